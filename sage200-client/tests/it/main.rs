//! The Sage 200 client and its sandbox, against each other and against Sage's own description where it is there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod client_on_sandbox;
mod draft;
mod openapi;
mod orders_on_sandbox;
mod returns;
mod returns_fidelity;
mod returns_on_sandbox;
mod sandbox_fidelity;
mod sandbox_ledger;
mod sandbox_openapi;
mod sandbox_world;
mod transfers_and_enumerations;
mod wire;
