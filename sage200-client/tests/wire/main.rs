//! The client against an HTTP server: request shapes, failures, posting, tokens.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod failures;
mod posting;
mod requests;
mod returns;
mod server;
mod stock;
mod tokens;
