//! Review: fourth.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unused_imports, dead_code, unused_must_use, reason = "a test fails by panicking")]

mod common;

use common::{Stage, Wiring, book, codes, contains_all, d, exception, facts, hours, item, line, minutes, released, shirt, shirts, worth};
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
use shopify_returns::sandbox::{Fault, How, MoneyOutcome, NewOrder as ShopOrder, NewLine as ShopLine, RefundRow, Restock, SandboxApp};

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
        eprintln!("  EX {} rma {:?} subj {:?} {:?}: {}", e.finding.code, e.finding.rma, e.finding.subject, e.finding.money_at_risk, e.finding.facts);
    }
    for w in &report.waiting { eprintln!("  WAIT {} {:?} {}", w.rma, w.wait.whose, w.wait.what); }
    for w in &report.work_list { eprintln!("  WORK {} {}", w.rma, w.gross); }
    for w in &report.posted { eprintln!("  POSTED {} {:?}", w.second_reference, w.gross); }
    eprintln!("  --");
}

#[test]
fn h11b_a_refund_found_after_a_lost_answer_is_reported() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::ActThenLoseBody) });
    let mut told = 0;
    for _ in 0..6 { let r = stage.run(); show(&r); told += r.refunds_made.len(); stage.shop.wait(minutes(10)); }
    assert_eq!(ours(&stage).len(), 1);
    assert_eq!(told, 1, "24.00 was refunded and stands in no report as made");
}

#[test]
fn h104_cancelled_after_our_open_refund() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::Status(504)) });
    stage.run();
    stage.rewrite(&rma, "\"status\":\"Validated\",\"order_name\"", "\"status\":\"Canceled\",\"order_name\"");
    for _ in 0..3 { stage.shop.wait(hours(1)); show(&stage.run_unchecked()); }
    assert!(ours(&stage).is_empty());
}

/// a hand credit with the RMA's number after the RMA is closed
#[test]
fn s22b_hand_credit_on_a_closed_rma() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.run_until_quiet();
    stage.shop.returngo.mark_done(&rma).unwrap();
    stage.run_until_quiet();
    stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    for _ in 0..3 { stage.shop.wait(hours(30)); show(&stage.run_unchecked()); }
    let r = stage.run_unchecked();
    assert!(!r.exceptions.is_empty(), "credited twice, {} in all, told nobody", credited(&stage));
}

/// Ten units, a penny each.
#[test]
fn s24_ten_units_a_penny_each() {
    let mut stage = stage();
    stage.sold("EX1", vec![worth("SHIRT-M", 10, "19.92", "3.98")]);
    let order = ShopOrder::new("EX1").line(ShopLine::new("SHIRT-M", 10, d("2.40")).tax(d("20")));
    stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    stage.returned("EX1", [item("SHIRT-M", "2.40", "0.40").units(10)]);
    show(&stage.run_until_quiet());
    assert!(credited(&stage) <= d("23.91"), "Sage sold for 23.90, credited {}, and no exception", credited(&stage));
}

/// Hand credit under the order's number.
#[test]
fn s42_hand_credit_under_the_order() {
    for second in [true, false] {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let desktop = stage.shop.sage.desktop();
    let (a, b) = if second { ("", "EX1") } else { ("EX1", "") };
    desktop.post_credit_note(stage.shop.web, a, b, d("20.00"), 1, d("4.00")).unwrap();
    stage.returned("EX1", [shirt()]);
    show(&stage.run_unchecked());
    assert_eq!(credited(&stage), d("24"));
    assert!(ours(&stage).is_empty());
    }
}

/// Gate and ReturnGO paying: ReturnGO asks after us.
#[test]
fn s2_returngo_pays_after_us() {
    let stage = stage();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.run_until_quiet();
    stage.shop.returngo.staff_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    stage.shop.wait(hours(1));
    show(&stage.run());
    stage.shop.refunded_online(&rma, "EX1", d("24.00")).unwrap();
    let r = stage.run();
    show(&r);
    assert!(codes(&r, &rma).contains(&"double-payment"));
}

/// Two returns of one order, staff refund one line unit by hand: who is paid?
#[test]
fn s4_two_rmas_one_hand_refund() {
    let stage = stage();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 3)]);
    let a = stage.approved("EX1", [shirt()]);
    let b = stage.approved("EX1", [shirt()]);
    stage.run();
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.received(&a).unwrap();
    stage.shop.wait(hours(30));
    show(&stage.run());
    // staff book the hand refund as that of A in ReturnGO
    let refund = stage.shop.shopify.refunds()[0].id;
    let t = stage.shop.returngo.staff_refund_as(&a, &stage.shop.units(&a), d("24.00"), &refund.to_string()).unwrap();
    stage.shop.returngo.settle_refund(&t, true).unwrap();
    stage.shop.received(&b).unwrap();
    for _ in 0..3 { stage.shop.wait(hours(30)); show(&stage.run()); }
    assert_eq!(ours(&stage).len(), 1);
    assert_eq!(stage.shop.shopify.refund_total_paid(order), d("48"));
    assert_eq!(credited(&stage), d("48"));
}

/// The gate with the refund by ReturnGO's app, unlisted, on the work list.
#[test]
fn h4c_work_list() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.run();
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.app_refund(SandboxApp::returngo(), order, &[(l, 1)], None).unwrap();
    stage.shop.received(&rma).unwrap();
    for _ in 0..3 { stage.shop.wait(hours(30)); show(&stage.run()); }
    let r = stage.run();
    assert!(r.work_list.is_empty(), "staff are asked to pay what ReturnGO's app has paid");
}

/// Partial credit: fee of the RMA with two units, first one by hand.
#[test]
fn s6_fee_of_rma_once() {
    let mut stage = stage();
    stage.policy.fees.return_fee = FeeTreatment::Deduct;
    stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    stage.rewrite(&rma, "\"returnFee\":0", "\"returnFee\":5");
    show(&stage.run());
}

/// Quota stop: exceptions about refunds stay open.
#[test]
fn s7_early_stop_keeps_refund_exceptions() {
    let mut stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    stage.sold_online("EX2", &[("SHIRT-M", 4)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.by_hand("STRAY", "1.00", "0.20");
    stage.run();
    for _ in 0..4 { stage.approved("EX2", [shirt()]); }
    let s = Wiring { returngo_calls: 6, ..Default::default() }.connect(&stage.shop);
    stage.systems = stage.shop.with_shopify(s, |t| t).unwrap();
    stage.shop.wait(hours(1));
    let r = stage.run();
    show(&r);
    assert_eq!(Stage::subjects(&r).len(), 2);
    assert!(r.cleared.is_empty());
}

/// Plan writes nothing in any system.
#[test]
fn s8_plan_is_quiet() {
    let mut stage = stage();
    stage.policy.returngo_refunds = ReturnGoRefunds::NotifyOnly;
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.returngo.request_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    let l = stage.line_of("EX1", "SHIRT-M");
    for _ in 0..3 {
        show(&stage.plan());
        assert!(stage.entries().is_empty() && ours(&stage).is_empty() && stage.posts() == 0);
        assert!(stage.shop.returngo.request_log().iter().all(|(m, ..)| m == "GET"));
        stage.shop.wait(hours(1));
    }
    stage.run_until_quiet();
    let n = stage.entries().len();
    stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.plan();
    assert_eq!((stage.entries().len(), ours(&stage).len()), (n, 1));
}
