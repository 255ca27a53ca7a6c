//! Journals on disk and settings, as a program that embeds this crate meets them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod generated;
mod journal_conformance;
mod journal_file;
mod settings_connect;
mod settings_messages;
