//! Review: sixth.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unused_imports, dead_code, unused_must_use, reason = "a test fails by panicking")]
mod common;
use common::{Stage, codes, d, hours, minutes, shirt, shirts, line, exception};
use returns_sync::{exception::Code, journal::Event, policy::RefundGate};
use rust_decimal::Decimal;
use shopify_returns::sandbox::{Fault, How, MoneyOutcome, Restock};
/// A hand-made refund, credited by hand with its number; then the shop's life goes on; then the credit is reversed, or doubled.
fn closed_then(what: &str) -> bool {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    if what == "fails" { stage.shop.shopify.money_is_slow(true); }
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.shopify.money_is_slow(false);
    stage.shop.wait(hours(1));
    stage.run();
    let urn = stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
    stage.shop.wait(hours(1));
    stage.run();
    // another order moves the watermark on
    stage.shop.wait(hours(30));
    stage.sold_online("EX2", &[("SHIRT-M", 1)]);
    stage.run();
    match what {
        "reversed" => drop(stage.shop.sage.desktop().reverse(urn).unwrap()),
        "doubled" => drop(stage.by_hand(&format!("REF{refund}"), "20.00", "4.00")),
        _ => stage.shop.shopify.settle(refund, MoneyOutcome::Refused).unwrap(),
    }
    for _ in 0..3 { stage.shop.wait(hours(30)); stage.run_unchecked(); }
    let r = stage.run_unchecked();
    for e in &r.exceptions { eprintln!("{what} EX {} {}", e.finding.code, e.finding.facts); }
    !r.exceptions.is_empty()
}
#[test]
fn s80_reversed() { assert!(closed_then("reversed"), "refund of 24.00 stands without a credit, told nobody"); }
#[test]
fn s80_doubled() { assert!(closed_then("doubled"), "one refund credited twice, told nobody"); }
#[test]
fn s80_fails() { assert!(closed_then("fails"), "credited, and the customer has not got the money, told nobody"); }

/// Refused again and again: each day a new request.
#[test]
fn s81_refused_window() {
    let mut stage = Stage::online();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::GraphqlError("ACCESS_DENIED".into())) });
    for _ in 0..8 { let r = stage.run_unchecked(); eprintln!("{:?} {:?}", codes(&r, &rma), r.refunds_made.len()); stage.shop.wait(hours(13)); }
}
/// Money pending for weeks.
#[test]
fn s82_pending_for_weeks() {
    let mut stage = Stage::online();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.returned("EX1", [shirt()]);
    stage.shop.shopify.money_is_slow(true);
    stage.run_until_quiet();
    stage.shop.wait(hours(24 * 40));
    let r = stage.run();
    assert!(!r.exceptions.is_empty(), "pending for 40 days, told nobody; waits {:?}", r.waiting.iter().map(|w| w.wait.what.clone()).collect::<Vec<_>>());
}
/// Shopify is taken out of the configuration while a refund is open.
#[test]
fn s83_disconnected_while_open() {
    let mut stage = Stage::online();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::Status(504)) });
    stage.run();
    stage.policy.refund_gate = RefundGate::WorkList;
    stage.systems.shopify = None;
    stage.shop.wait(hours(24 * 10));
    let r = stage.run();
    assert!(!r.exceptions.is_empty() || !r.work_list.is_empty(), "nobody told; waits {:?}", r.waiting.iter().map(|w| (w.wait.whose, w.wait.what.clone())).collect::<Vec<_>>());
}
