//! Review: credits.
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

fn show(report: &returns_sync::run::RunReport) {
    for e in &report.exceptions {
        eprintln!("  EX {} rma {:?} subj {:?}: {}", e.finding.code, e.finding.rma, e.finding.subject, e.finding.facts);
    }
    for w in &report.waiting { eprintln!("  WAIT {} {:?} {}", w.rma, w.wait.whose, w.wait.what); }
    for w in &report.work_list { eprintln!("  WORK {} {}", w.rma, w.gross); }
    for w in &report.posted { eprintln!("  POSTED {} {:?}", w.second_reference, w.gross); }
}
fn credited(stage: &Stage) -> Decimal {
    stage.shop.sage.ledger().iter().filter(|r| r.gross < Decimal::ZERO).map(|r| -r.gross).sum()
}

/// H7: the only shirt was refunded by staff and credited by hand as told; then an RMA comes for it.
#[test]
fn h7_a_refund_credited_by_hand_is_not_credited_again() {
    for gate in [RefundGate::WorkList, RefundGate::ShopifyRefund] {
    let mut stage = Stage::online();
    stage.policy.refund_gate = gate;
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    show(&stage.run());
    stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
    stage.shop.wait(hours(30));
    show(&stage.run());
    let rma = stage.returned("EX1", [shirt()]);
    for _ in 0..3 { stage.shop.wait(hours(30)); show(&stage.run()); }
    assert!(credited(&stage) <= d("24.00"), "credited {} of a sale of 24.00", credited(&stage));
    }
}

/// H7b: the same with the refund from ReturnGO for a first RMA credited... second RMA on the same unit, other line free.
#[test]
fn h7b_second_rma_same_unit() {
    let stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1), ("BOOK-KNIT", 1)]);
    stage.returned("EX1", [shirt()]);
    stage.run_on();
    stage.returned("EX1", [shirt()]);
    for _ in 0..3 { stage.shop.wait(hours(3)); show(&stage.run()); }
    assert!(credited(&stage) <= d("24.00"), "credited {}", credited(&stage));
}

/// H7c: staff refunded (in the shop) without credit; RMA comes; credit posts. Then finance credits REF as the exception says.
#[test]
fn h7c_open_outside_exception_and_rma_credit() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    show(&stage.run());
    stage.shop.wait(hours(30));
    stage.returned("EX1", [shirt()]);
    let report = stage.run();
    show(&report);
    for e in &report.exceptions { eprintln!("NEXT {} {}", e.finding.code, e.next_step); }
    stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
    stage.shop.wait(hours(3));
    let report = stage.run();
    show(&report);
    assert!(credited(&stage) <= d("24.00") || report.exceptions.iter().any(|e| e.finding.facts.contains("48")), "credited {} and told nobody", credited(&stage));
}

/// H8
#[test]
fn h8_ref_credits_are_compared() {
    let mut wrong = vec![];
    for case in ["nobody", "ours", "twice"] {
        let mut stage = Stage::online();
        stage.policy.refund_gate = RefundGate::ShopifyRefund;
        let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
        match case {
            "nobody" => { stage.run_on(); stage.by_hand("REF999999999999", "20.00", "4.00"); }
            "ours" => {
                stage.returned("EX1", [shirt()]);
                stage.run_until_quiet();
                let made = stage.shop.shopify.refunds().pop().unwrap();
                stage.by_hand(&format!("REF{}", made.id), "20.00", "4.00");
            }
            _ => {
                let l = stage.line_of("EX1", "SHIRT-M");
                let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
                stage.run_on();
                stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
                stage.shop.wait(hours(1));
                stage.run_on();
                stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
            }
        }
        for _ in 0..3 { stage.shop.wait(hours(30)); stage.run_unchecked(); }
        let report = stage.run_unchecked();
        show(&report);
        if report.exceptions.is_empty() { wrong.push(case); }
    }
    assert!(wrong.is_empty(), "silent: {wrong:?}");
}

/// H9
#[test]
fn h9_a_credit_on_a_foreign_account_does_not_close() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.run_on();
    let other = stage.shop.sage.add_customer(sage200_client::sandbox::NewCustomer::new("TRADE9", "A trade customer")).unwrap();
    stage.shop.sage.desktop().post_credit_note(other, "", &format!("REF{refund}"), d("20.00"), 1, d("4.00")).unwrap();
    stage.shop.wait(hours(30));
    let report = stage.run();
    show(&report);
    assert!(!report.exceptions.is_empty(), "closed by a credit on another customer's account");
}

/// H12
#[test]
fn h12_early_stop_hides_the_shop() {
    let mut stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    stage.sold_online("EX2", &[("SHIRT-M", 2)]);
    for _ in 0..4 { stage.approved("EX2", [shirt()]); }
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    let w = common::Wiring { returngo_calls: 6, ..Default::default() };
    let s = w.connect(&stage.shop);
    stage.systems = stage.shop.with_shopify(s, |t| t).unwrap();
    for _ in 0..4 {
        stage.shop.wait(hours(24));
        let report = stage.run();
        show(&report);
        eprintln!("UNF {:?}", report.unfinished);
    }
    let report = stage.run();
    assert!(report.exceptions.iter().any(|e| e.finding.code == Code::RefundOutsideReturnGo), "four days unseen");
}

/// H14
#[test]
fn h14_credits_from_before_shopify_count() {
    let mut stage = Stage::online();
    stage.policy.orders_not_in_sage = OrdersNotInSage::Standalone;
    stage.policy.vat_by_rate = vec![(d("20"), 1), (d("0"), 2)];
    let shopify = stage.systems.shopify.take();
    stage.sold_online("EX1", &[("SHIRT-M", 1), ("JUMPER-L", 1)]);
    stage.returned("EX1", [shirt()]);
    show(&stage.run_until_quiet());
    stage.systems.shopify = shopify;
    let no = stage.shop.sage.document_no(1);
    eprintln!("{no:?}");
    let doc = stage.events().iter().find_map(|e| if let Event::CreditIntended { intent, .. } = e { match &intent.order.link { returns_sync::journal::Link::Linked { document_no, .. } => Some(document_no.clone()), _ => None } } else { None }).unwrap();
    stage.shop.sage.desktop().archive_order(&doc).unwrap();
    stage.shop.wait(hours(30));
    stage.returned("EX1", [shirt()]);
    for _ in 0..3 { stage.shop.wait(hours(3)); show(&stage.run()); }
    assert!(credited(&stage) <= d("24.00"), "one shirt credited with {}", credited(&stage));
}
