//! Review: third.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unused_imports, dead_code, unused_must_use, reason = "a test fails by panicking")]

mod common;

use common::{Stage, Wiring, book, codes, contains_all, d, exception, facts, hours, item, line, minutes, released, shirt, shirts};
use returngo_client::sandbox::{NewRma, Verdict};
use returns_examples::{SHOP, Shop};
use returns_sync::{
    exception::{Code, Owner},
    journal::{Event, Journal, MemoryJournal},
    policy::{RefundGate, ReturnGoRefunds, OrdersNotInSage, StoreCredit, FeeTreatment},
    run::{Adopt, Mode, adopt, settle},
};
use returns_tests::run_to_end;
use returns_wire::{Currency, Money};
use rust_decimal::Decimal;
use shopify_returns::sandbox::{Fault, How, MoneyOutcome, NewOrder as ShopOrder, RefundRow, Restock, SandboxApp};

fn stage() -> Stage {
    let mut stage = Stage::online();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage
}
fn ours(stage: &Stage) -> Vec<RefundRow> {
    let ours = |row: &RefundRow| row.app.as_ref().is_some_and(|app| app.id == SandboxApp::ours().id);
    stage.shop.shopify.refunds().into_iter().filter(ours).collect()
}
fn credited(stage: &Stage) -> Decimal {
    stage.shop.sage.ledger().iter().filter(|r| r.gross < Decimal::ZERO).map(|r| -r.gross).sum()
}
fn show(report: &returns_sync::run::RunReport) {
    for e in &report.exceptions {
        eprintln!("  EX {} rma {:?} subj {:?}: {}", e.finding.code, e.finding.rma, e.finding.subject, e.finding.facts);
    }
    for w in &report.waiting { eprintln!("  WAIT {} {:?} {}", w.rma, w.wait.whose, w.wait.what); }
    for w in &report.work_list { eprintln!("  WORK {} {}", w.rma, w.gross); }
    for w in &report.posted { eprintln!("  POSTED {} {:?}", w.second_reference, w.gross); }
    eprintln!("  --");
}

/// H48: caps and refunds.
#[test]
fn h48_refunds_know_caps() {
    let mut stage = stage();
    stage.policy.caps.documents_per_run = 1;
    stage.policy.caps.value_per_run = Money::new(d("30"), Currency::GBP).unwrap();
    stage.policy.caps.value_per_document = Money::new(d("30"), Currency::GBP).unwrap();
    for n in 1..=5 {
        let name = format!("EX{n}");
        stage.sold_online(&name, &[("SHIRT-M", 1)]);
        let rma = stage.returned(&name, [shirt()]);
        stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    }
    let report = stage.run();
    show(&report);
    let sum: Decimal = ours(&stage).iter().map(|r| r.paid).sum();
    assert!(sum <= d("30"), "refunded {sum} in one run, allowed 30.00");
}

/// H67: adopted while under way; then refused.
#[test]
fn h67_adopted_then_failed() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.money_is_slow(true);
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.wait(hours(1));
    show(&stage.run());
    run_to_end(adopt(&stage.systems, &stage.journal, Adopt::Refund(refund), "Jo", "goodwill")).unwrap();
    stage.shop.wait(hours(1));
    show(&stage.run());
    stage.shop.shopify.settle(refund, MoneyOutcome::Refused).unwrap();
    for _ in 0..3 { stage.shop.wait(hours(30)); show(&stage.run()); }
    let report = stage.run();
    assert!(report.exceptions.iter().any(|e| e.finding.code == Code::RefundFailed), "the customer never got it, told nobody");
}
/// H68: credited while under way; then refused.
#[test]
fn h68_credited_then_failed() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.money_is_slow(true);
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.wait(hours(1));
    stage.run();
    stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
    stage.shop.wait(hours(1));
    show(&stage.run());
    stage.shop.shopify.settle(refund, MoneyOutcome::Refused).unwrap();
    for _ in 0..3 { stage.shop.wait(hours(30)); show(&stage.run()); }
    let report = stage.run();
    assert!(report.exceptions.iter().any(|e| e.finding.code == Code::RefundFailed), "the customer never got it, told nobody");
}
/// H68b: credited by hand, rests, then the credit is reversed in Sage.
#[test]
fn h68b_credited_then_reversed() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.wait(hours(1));
    stage.run();
    let urn = stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
    stage.shop.wait(hours(1));
    stage.run();
    stage.shop.sage.desktop().reverse(urn).unwrap();
    for _ in 0..3 { stage.shop.wait(hours(30)); show(&stage.run_unchecked()); }
    let report = stage.run_unchecked();
    assert!(!report.exceptions.is_empty(), "refund without credit, told nobody");
}
/// H68c: a second REF credit after the first closed it.
#[test]
fn h68c_credited_twice() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.wait(hours(1));
    stage.run();
    stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
    for _ in 0..3 { stage.shop.wait(hours(30)); show(&stage.run_unchecked()); }
    stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
    for _ in 0..3 { stage.shop.wait(hours(30)); show(&stage.run_unchecked()); }
    let report = stage.run_unchecked();
    assert!(!report.exceptions.is_empty(), "one refund credited twice, told nobody");
}

/// H77
#[test]
fn h77_settle_clears_a_refused_refund() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault::on("RefundCreate", How::GraphqlError("ACCESS_DENIED".into())));
    stage.run();
    run_to_end(settle(&stage.systems, &stage.journal, &rma, "Jo", "paid by bank transfer")).unwrap();
    stage.shop.wait(hours(1));
    let report = stage.run();
    show(&report);
    assert!(codes(&report, &rma).is_empty(), "its exceptions clear in the next run");
}

/// H98: the journal restored from last night's backup.
#[test]
fn h98_an_older_journal_does_not_pay_again() {
    let mut wrong = vec![];
    for wait in [1, 72] {
    let mut stage = stage();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    stage.approved("EX1", [shirt()]);
    stage.run();
    let backup = stage.entries();
    let rma = stage.shop.returngo.json(&"4400123".parse::<returngo_client::RmaId>().unwrap());
    assert!(rma.is_ok());
    stage.shop.received(&"4400123".parse().unwrap()).unwrap();
    stage.run_until_quiet();
    assert_eq!(ours(&stage).len(), 1);
    let restored = MemoryJournal::new();
    for entry in backup { run_to_end(restored.append(entry)).unwrap(); }
    stage.journal = restored;
    stage.shop.wait(hours(wait));
    for _ in 0..3 { stage.shop.wait(hours(1)); show(&stage.run_unchecked()); }
    if ours(&stage).len() != 1 { wrong.push(format!("after {wait} h: paid {} for one shirt", stage.shop.shopify.refund_total_paid(order))); }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
/// H98b: with the work list.
#[test]
fn h98b_a_lost_journal_and_the_work_list() {
    let mut stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    stage.returned("EX1", [shirt()]);
    stage.run_until_quiet();
    stage.journal = MemoryJournal::new();
    stage.policy.accept_existing = true;
    stage.policy.refund_gate = RefundGate::WorkList;
    stage.shop.wait(hours(1));
    let r = stage.run_unchecked();
    show(&r);
    assert!(r.work_list.is_empty(), "asks staff to pay what was refunded");
}
/// H104: partial refund of our line by staff between our credit and our refund when 2 sold (race through refusal)
#[test]
fn h104_cancelled_after_our_open_refund() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::Status(504)) });
    stage.run();
    stage.shop.returngo.cancel(&rma);
    for _ in 0..3 { stage.shop.wait(hours(1)); show(&stage.run_unchecked()); }
    assert!(ours(&stage).is_empty());
}
/// Same, staff refund by hand in the shop while Open (2 sold)
#[test]
fn h105_staff_refund_while_open() {
    let stage = stage();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::Status(504)) });
    stage.run();
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    for _ in 0..3 { stage.shop.wait(hours(30)); show(&stage.run_unchecked()); }
    assert!(ours(&stage).is_empty());
}
/// Free items, 100% discount, with a paid one.
#[test]
fn h106_free_items() {
    let stage = stage();
    stage.sold("EX1", vec![common::worth("SHIRT-M", 1, "0.00", "0.00"), line("BOOK-KNIT", 1)]);
    let order = ShopOrder::new("EX1").line(Shop::online_line("SHIRT-M", 1).unwrap().discount(d("24.00"))).line(Shop::online_line("BOOK-KNIT", 1).unwrap());
    stage.shop.placed("EX1", order, &["SHIRT-M", "BOOK-KNIT"]).unwrap();
    let rma = stage.returned("EX1", [item("SHIRT-M", "0.00", "0.00"), book()]);
    show(&stage.run_until_quiet());
    assert_eq!(ours(&stage).iter().map(|r| r.paid).sum::<Decimal>(), d("12.00"));
    assert_eq!(credited(&stage), d("12.00"));
}
/// Unpaid in the shop.
#[test]
fn h107_unpaid() {
    let stage = stage();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let order = ShopOrder::new("EX1").line(Shop::online_line("SHIRT-M", 1).unwrap()).unpaid();
    stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    stage.returned("EX1", [shirt()]);
    show(&stage.run_until_quiet());
    assert_eq!((ours(&stage).len(), credited(&stage)), (0, d("0")));
}
/// Cancelled in the shop with refund, invoiced in Sage, RMA comes.
#[test]
fn h108_cancelled_order_then_rma() {
    let stage = stage();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.shop.shopify.staff().cancel(order, true);
    stage.run();
    let refund = stage.shop.shopify.refunds().pop().unwrap();
    eprintln!("{refund:?}");
    stage.by_hand(&format!("REF{}", refund.id), "20.00", "4.00");
    stage.shop.wait(hours(1));
    show(&stage.run());
    stage.returned("EX1", [shirt()]);
    for _ in 0..2 { stage.shop.wait(hours(30)); show(&stage.run_unchecked()); }
    assert!(ours(&stage).is_empty());
    assert!(credited(&stage) <= d("24"), "{}", credited(&stage));
}
/// Same SKU at two prices: the right one is credited; and a swapped line is refused.
#[test]
fn h109_same_sku_two_prices() {
    let stage = stage();
    stage.sold("EX1", vec![line("SHIRT-M", 1), common::worth("SHIRT-M", 1, "10.00", "2.00")]);
    let order = ShopOrder::new("EX1").line(Shop::online_line("SHIRT-M", 1).unwrap()).line(Shop::online_line("SHIRT-M", 1).unwrap().discount(d("12.00")));
    let id = stage.shop.shopify.add_order(order).unwrap();
    let lines = stage.shop.shopify.line_ids(id);
    let rma = |l: &shopify_returns::LineItemId, g: &str, v: &str| {
        let rma = stage.shop.approved(NewRma::refund("EX1").order_id(&id.to_string()).line(item("SHIRT-M", g, v).line_id(&l.to_string()))).unwrap();
        stage.shop.received(&rma).unwrap();
        rma
    };
    rma(&lines[1], "12.00", "2.00");
    show(&stage.run_until_quiet());
    assert_eq!((credited(&stage), ours(&stage).iter().map(|r| r.paid).sum::<Decimal>()), (d("12"), d("12")));
    rma(&lines[1], "24.00", "4.00");
    show(&stage.run_until_quiet());
    assert_eq!(credited(&stage), d("12"));
}
