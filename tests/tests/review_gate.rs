//! Review: the gate.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unused_imports, dead_code, reason = "a test fails by panicking")]

mod common;

use common::{Stage, book, codes, contains_all, d, exception, facts, hours, item, line, minutes, released, shirt, shirts};
use returngo_client::sandbox::{NewRma, Verdict};
use returns_examples::Shop;
use returns_sync::{
    exception::{Code, Owner},
    journal::{Event, MemoryJournal},
    policy::{RefundGate, ReturnGoRefunds, OrdersNotInSage},
    run::{Adopt, Mode, adopt, settle},
};
use returns_tests::run_to_end;
use rust_decimal::Decimal;
use shopify_returns::sandbox::{Fault, How, MoneyOutcome, RefundRow, Restock, SandboxApp};

fn stage() -> Stage {
    let mut stage = Stage::online();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage
}
fn ours(stage: &Stage) -> Vec<RefundRow> {
    let ours = |row: &RefundRow| row.app.as_ref().is_some_and(|app| app.id == SandboxApp::ours().id);
    stage.shop.shopify.refunds().into_iter().filter(ours).collect()
}
fn show(report: &returns_sync::run::RunReport) {
    for e in &report.exceptions {
        eprintln!("  EX {} rma {:?} subj {:?}: {}", e.finding.code, e.finding.rma, e.finding.subject, e.finding.facts);
    }
    for w in &report.waiting { eprintln!("  WAIT {} {:?} {}", w.rma, w.wait.whose, w.wait.what); }
    for w in &report.work_list { eprintln!("  WORK {} {}", w.rma, w.gross); }
}

/// H1
#[test]
fn h1_settled_rma_is_not_refunded() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::Status(504)) });
    stage.run_on();
    assert!(ours(&stage).is_empty());
    run_to_end(settle(&stage.systems, &stage.journal, &rma, "Jo", "paid by bank transfer")).unwrap();
    for _ in 0..4 { stage.shop.wait(minutes(30)); show(&stage.run_unchecked()); }
    assert!(ours(&stage).is_empty(), "refunded after a person settled it: {:?}", ours(&stage));
}

/// H2
#[test]
fn h2_not_sent_is_not_sent_after_staff_paid() {
    for success in [true, false] {
    let stage = stage();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 30, ..Fault::on("RefundCreate", How::Throttle) });
    let report = stage.run();
    show(&report);
    stage.shop.shopify.fail_next(Fault { times: 0, ..Fault::on("RefundCreate", How::Throttle) });
    for e in stage.events() { if let Event::RefundEnded { outcome, .. } = e { eprintln!("{outcome:?}"); } }
    if success {
        stage.shop.refunded_online(&rma, "EX1", d("24.00")).unwrap();
    } else {
        stage.shop.returngo.staff_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    }
    for _ in 0..6 { stage.shop.wait(hours(5)); show(&stage.run_unchecked()); }
    for e in stage.events() { if let Event::RefundEnded { outcome, .. } = e { eprintln!("{outcome:?}"); } }
    assert!(ours(&stage).is_empty(), "success {success}: paid twice, {} in all", stage.shop.shopify.refund_total_paid(order));
    }
}

/// H3
#[test]
fn h3_adopting_does_not_pay_the_rma() {
    let stage = stage();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.run_on();
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.received(&rma).unwrap();
    show(&stage.run());
    stage.shop.wait(hours(30));
    let report = stage.run();
    show(&report);
    run_to_end(adopt(&stage.systems, &stage.journal, Adopt::RefundOfReturn(refund, rma.clone()), "Jo", "it is the refund of this RMA")).unwrap();
    stage.shop.wait(minutes(30));
    show(&stage.run());
    assert!(ours(&stage).is_empty(), "paid {} for one shirt", stage.shop.shopify.refund_total_paid(order));
}

/// H4
#[test]
fn h4_a_refund_by_returngos_app_is_not_paid_again() {
    for known in [true, false] {
    let mut stage = stage();
    if !known { stage.policy.returngo_app = None; }
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.run_on();
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.app_refund(SandboxApp::returngo(), order, &[(l, 1)], None).unwrap();
    stage.shop.received(&rma).unwrap();
    show(&stage.run());
    stage.shop.wait(hours(30));
    show(&stage.run());
    assert!(ours(&stage).is_empty(), "known {known}: paid {} for one shirt", stage.shop.shopify.refund_total_paid(order));
    }
}

/// H5
#[test]
fn h5_a_lost_journal_does_not_pay_again() {
    let mut stage = stage();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    stage.returned("EX1", [shirt()]);
    stage.run_until_quiet();
    assert_eq!(ours(&stage).len(), 1);
    stage.journal = MemoryJournal::new();
    stage.policy.accept_existing = true;
    stage.shop.wait(hours(72));
    for _ in 0..3 { stage.shop.wait(hours(1)); show(&stage.run_unchecked()); }
    assert_eq!(ours(&stage).len(), 1, "paid {} for one shirt", stage.shop.shopify.refund_total_paid(order));
}

/// H6
#[test]
fn h6_a_failed_refund_of_ours_can_be_closed() {
    let mut wrong = Vec::new();
    for way in ["adopt", "settle", "pay in returngo"] {
        let stage = stage();
        stage.sold_online("EX1", &[("SHIRT-M", 1)]);
        let rma = stage.returned("EX1", [shirt()]);
        stage.shop.shopify.money_is_slow(true);
        stage.run_until_quiet();
        let made = ours(&stage).pop().unwrap();
        stage.shop.shopify.settle(made.id, MoneyOutcome::Refused).unwrap();
        stage.shop.shopify.money_is_slow(false);
        stage.shop.wait(hours(24));
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["refund-failed"]);
        eprintln!("{way}: {}", exception(&report, Code::RefundFailed).next_step);
        match way {
            "adopt" => {
                if let Err(e) = run_to_end(adopt(&stage.systems, &stage.journal, Adopt::Refund(made.id), "Jo", "paid by bank")) { eprintln!("adopt: {e}"); }
            }
            "settle" => drop(run_to_end(settle(&stage.systems, &stage.journal, &rma, "Jo", "paid by bank")).unwrap()),
            _ => drop(stage.shop.refunded(&rma, d("24.00")).unwrap()),
        }
        stage.shop.wait(hours(2));
        stage.run_on();
        stage.shop.wait(hours(2));
        let report = stage.run();
        show(&report);
        let open = codes(&report, &rma);
        if !open.is_empty() { wrong.push(format!("{way}: {open:?}")); }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// H11
#[test]
fn h11_a_refund_found_after_a_lost_answer_is_reported() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 1, ..Fault::on("RefundCreate", How::ActThenLoseBody) });
    let mut told = 0;
    for _ in 0..6 { let r = stage.run(); told += r.refunds_made.len(); stage.shop.wait(minutes(10)); }
    assert_eq!(ours(&stage).len(), 1);
    assert_eq!(told, 1, "in no report");
}

/// gate changed back to work list after a refusal
#[test]
fn h16_gate_back_to_work_list_after_refusal() {
    let mut stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault::on("RefundCreate", How::GraphqlError("ACCESS_DENIED".into())));
    stage.run_on();
    stage.policy.refund_gate = RefundGate::WorkList;
    stage.shop.wait(hours(30));
    stage.run_on();
    stage.shop.wait(hours(300));
    let report = stage.run();
    show(&report);
    assert!(!report.work_list.is_empty() || !codes(&report, &rma).is_empty(), "nobody is asked to pay");
}

/// H10
#[test]
fn h10_notify_only_with_old_request() {
    let mut stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.run_until_quiet();
    stage.shop.returngo.request_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    stage.run_on();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage.policy.returngo_refunds = ReturnGoRefunds::NotifyOnly;
    for _ in 0..4 { stage.shop.wait(hours(30)); stage.run_on(); }
    let report = stage.run();
    show(&report);
    assert!(!ours(&stage).is_empty() || !report.work_list.is_empty() || !report.exceptions.is_empty(), "nobody pays and nobody is told");
}

/// H13
#[test]
fn h13_two_requests_for_the_same_unit() {
    let mut stage = stage();
    stage.policy.returngo_refunds = ReturnGoRefunds::NotifyOnly;
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    for _ in 0..2 { stage.shop.returngo.request_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap(); }
    stage.shop.received(&rma).unwrap();
    for _ in 0..4 { stage.shop.wait(minutes(30)); show(&stage.run()); }
    assert_eq!(ours(&stage).len(), 1);
    let told = stage.shop.returngo.request_log().iter().filter(|(method, ..)| method == "PUT").count();
    assert!(told <= 1, "{told} transactions called paid by one refund");
}
