//! The client against an HTTP server: request shapes, failures, posting, tokens.

mod failures;
mod posting;
mod requests;
mod returns;
mod server;
mod stock;
mod tokens;
