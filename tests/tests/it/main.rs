//! All crates together: plays in an invented shop, crash schedules, messages and reports.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod bundle_returns;
mod bundles;
mod common;
mod crash_exchanges;
mod crash_returns;
mod crash_schedules;
mod day;
mod exchange_cases;
mod exchange_site;
mod exchanges;
mod finished;
mod hostile_credits;
mod hostile_refunds;
mod journal_versions;
mod messages;
mod parcels;
mod policy_matrix;
mod probe;
mod report_schema;
mod returns_alike;
mod rules_answers;
mod rules_customers;
mod rules_documents;
mod rules_receipt;
mod rules_refunds;
mod rules_review;
mod rules_review_changes;
mod rules_review_paying;
mod rules_review_ways_out;
mod rules_value;
mod run_behaviour;
mod run_privacy;
mod run_stops;
mod sales_returns;
mod settled;
mod shop_gate;
mod shop_history;
mod shop_notify_only;
mod shop_pennies;
mod shop_value;
mod shop_watch;
mod stock;
