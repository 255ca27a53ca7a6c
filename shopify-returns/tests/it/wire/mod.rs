//! What is sent to Shopify, and what is made of every answer.

mod creating;
mod failures;
mod reading;
mod server;
mod throttling;
mod tokens;
