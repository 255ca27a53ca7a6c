//! The ReturnGO client, against fixtures, loopback servers and the sandbox.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod people;
mod quirks;
mod reports;
mod sandbox;
mod secrecy;
mod shipments;
mod shop;
mod wire;
mod wire_shipments;
