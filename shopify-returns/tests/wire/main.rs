//! What is sent to Shopify, and what is made of every answer.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests, and what they share")]

mod creating;
mod failures;
mod reading;
mod server;
mod throttling;
mod tokens;
