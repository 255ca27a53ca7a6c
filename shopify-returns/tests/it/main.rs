//! The Shopify client and its sandbox, against each other, hand-labelled refunds and Shopify's own schema where it is there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod bundles;
mod documents;
mod labelled_refunds;
mod origin;
mod sandbox;
mod webhook_samples;
mod webhooks;
mod wire;
