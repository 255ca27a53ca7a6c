//! Review: fifth.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unused_imports, dead_code, unused_must_use, reason = "a test fails by panicking")]
mod common;
use common::{Stage, codes, d, hours, minutes, shirt, shirts, line, exception};
use returns_examples::Shop;
use returngo_client::sandbox::{NewRma, Verdict};
use returns_sync::{exception::Code, journal::Event, policy::{RefundGate, ReturnGoRefunds}, run::{Adopt, Mode, adopt, settle}};
use returns_tests::run_to_end;
use rust_decimal::Decimal;
use shopify_returns::sandbox::{Fault, How, NewOrder as ShopOrder, MoneyOutcome, Restock, SandboxApp};
fn show(report: &returns_sync::run::RunReport) {
    for e in &report.exceptions { eprintln!("  EX {} rma {:?} subj {:?} {:?}: {}", e.finding.code, e.finding.rma, e.finding.subject, e.finding.money_at_risk, e.finding.facts); }
    for e in &report.cleared { eprintln!("  CLEARED {} {:?} {:?}", e.finding.code, e.finding.rma, e.finding.subject); }
    for w in &report.waiting { eprintln!("  WAIT {} {:?} {}", w.rma, w.wait.whose, w.wait.what); }
    for w in &report.work_list { eprintln!("  WORK {} {}", w.rma, w.gross); }
    eprintln!("  --");
}
/// The order grows older than 60 days, and the app has no read_all_orders.
#[test]
fn s70_an_order_that_hides() {
    let stage = Stage::online();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let now = stage.shop.clock.clone();
    let at = returns_wire::Clock::now(&now) - chrono::TimeDelta::days(58);
    let order = ShopOrder::new("EX1").line(Shop::online_line("SHIRT-M", 2).unwrap()).created_at(at);
    let order = stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    let all = ["read_orders", "read_returns", "write_orders", "read_shopify_payments_payouts", "read_customers", "read_products"];
    stage.shop.shopify.set_scopes(&all);
    let rma = stage.returned("EX1", [shirt()]);
    show(&stage.run_until_quiet());
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.wait(hours(1));
    let r = stage.run();
    show(&r);
    assert!(codes(&r, &rma).contains(&"double-payment"));
    stage.shop.wait(hours(24 * 4));
    let r = stage.run();
    show(&r);
    assert!(r.work_list.is_empty(), "asked to pay again, once the shop hides the order");
}
/// Under work_list, a hand refund of a released unit, adopted, not settled: work list asks again.
#[test]
fn h3b_work_list_after_adoption() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.run_until_quiet();
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.wait(hours(1));
    show(&stage.run());
    run_to_end(adopt(&stage.systems, &stage.journal, Adopt::Refund(refund), "Jo", "it paid this return")).unwrap();
    stage.shop.wait(hours(1));
    let r = stage.run();
    show(&r);
    assert!(r.work_list.is_empty(), "asks staff to pay again");
}
/// Deleted/hidden order in the watch: the watermark never advances and the exception never closes.
#[test]
fn s71_hidden_watched_order() {
    let stage = Stage::online();
    let at = returns_wire::Clock::now(&stage.shop.clock) - chrono::TimeDelta::days(58);
    let order = ShopOrder::new("EX1").line(Shop::online_line("SHIRT-M", 2).unwrap()).created_at(at);
    let order = stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    stage.shop.shopify.set_scopes(&["read_orders", "read_returns", "write_orders", "read_shopify_payments_payouts"]);
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.run();
    stage.shop.wait(hours(24 * 4));
    show(&stage.run());
    stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
    run_to_end(adopt(&stage.systems, &stage.journal, Adopt::Refund(refund), "Jo", "ok")).unwrap();
    let mut r = stage.run();
    for _ in 0..4 { stage.shop.wait(hours(24)); r = stage.run(); }
    show(&r);
    assert!(r.exceptions.iter().all(|e| e.finding.code == Code::ShopScopeMissing), "credited and adopted, and still open");
}
