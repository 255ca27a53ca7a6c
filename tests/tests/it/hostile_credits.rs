//! Ways in which goods could be credited twice: past the shop, past the journal, and by hand.

use crate::common;
use crate::common::{Stage, d, hours, item, shirt, worth};
use returns_sync::{
    exception::Code,
    journal::Event,
    policy::{OrdersNotInSage, RefundGate},
    run::settle,
};
use returns_tests::run_to_end;
use rust_decimal::Decimal;
use shopify_returns::sandbox::{
    MoneyOutcome, NewLine as ShopLine, NewOrder as ShopOrder, RefundRow, Restock, SandboxApp,
};

/// The shop with the gate that pays by itself.
fn gated() -> Stage {
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

fn closed_then(what: &str) -> bool {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    if what == "fails" {
        stage.shop.shopify.money_is_slow(true);
    }
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.shopify.money_is_slow(false);
    stage.shop.wait(hours(1));
    stage.run_on();
    let urn = stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
    stage.shop.wait(hours(1));
    stage.run_on();
    // another order moves the watermark on
    stage.shop.wait(hours(30));
    stage.sold_online("EX2", &[("SHIRT-M", 1)]);
    stage.run_on();
    match what {
        "reversed" => drop(stage.shop.sage.desktop().reverse(urn).unwrap()),
        "doubled" => drop(stage.by_hand(&format!("REF{refund}"), "20.00", "4.00")),
        _ => stage.shop.shopify.settle(refund, MoneyOutcome::Refused).unwrap(),
    }
    for _ in 0..3 {
        stage.shop.wait(hours(30));
        drop(stage.run_unchecked());
    }
    let r = stage.run_unchecked();
    !r.exceptions.is_empty()
}

#[test]
fn a_refund_credited_by_hand_is_not_credited_again() {
    for gate in [RefundGate::WorkList, RefundGate::ShopifyRefund] {
        let mut stage = Stage::online();
        stage.policy.refund_gate = gate;
        let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
        let l = stage.line_of("EX1", "SHIRT-M");
        let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
        stage.run_on();
        stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
        stage.shop.wait(hours(30));
        stage.run_on();
        stage.returned("EX1", [shirt()]);
        for _ in 0..3 {
            stage.shop.wait(hours(30));
            stage.run_on();
        }
        assert!(credited(&stage) <= d("24.00"), "credited {} of a sale of 24.00", credited(&stage));
    }
}

#[test]
fn a_second_rma_on_the_same_unit_is_refused() {
    let stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1), ("BOOK-KNIT", 1)]);
    stage.returned("EX1", [shirt()]);
    stage.run_on();
    stage.returned("EX1", [shirt()]);
    for _ in 0..3 {
        stage.shop.wait(hours(3));
        stage.run_on();
    }
    assert!(credited(&stage) <= d("24.00"), "credited {}", credited(&stage));
}

#[test]
fn a_credit_beside_that_of_the_rma_is_told() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.run_on();
    stage.shop.wait(hours(30));
    stage.returned("EX1", [shirt()]);
    stage.run_on();
    stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
    stage.shop.wait(hours(3));
    let report = stage.run();
    assert!(
        credited(&stage) <= d("24.00") || report.exceptions.iter().any(|e| e.finding.code == Code::CreditNoteStray),
        "credited {} and told nobody",
        credited(&stage)
    );
}

#[test]
fn credits_for_refunds_are_compared_with_them() {
    let mut wrong = vec![];
    for case in ["nobody", "ours", "twice"] {
        let mut stage = Stage::online();
        stage.policy.refund_gate = RefundGate::ShopifyRefund;
        let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
        match case {
            "nobody" => {
                stage.run_on();
                stage.by_hand("REF999999999999", "20.00", "4.00");
            }
            "ours" => {
                stage.returned("EX1", [shirt()]);
                drop(stage.run_until_quiet());
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
        for _ in 0..3 {
            stage.shop.wait(hours(30));
            drop(stage.run_unchecked());
        }
        let report = stage.run_unchecked();
        if report.exceptions.is_empty() {
            wrong.push(case);
        }
    }
    assert!(wrong.is_empty(), "silent: {wrong:?}");
}

#[test]
fn a_credit_on_another_account_closes_nothing() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.run_on();
    let other =
        stage.shop.sage.add_customer(sage200_client::sandbox::NewCustomer::new("TRADE9", "A trade customer")).unwrap();
    stage.shop.sage.desktop().post_credit_note(other, "", &format!("REF{refund}"), d("20.00"), 1, d("4.00")).unwrap();
    stage.shop.wait(hours(30));
    let report = stage.run();
    assert!(!report.exceptions.is_empty(), "closed by a credit on another customer's account");
}

#[test]
fn a_run_that_stops_early_has_looked_at_the_shop() {
    let mut stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    stage.sold_online("EX2", &[("SHIRT-M", 2)]);
    for _ in 0..4 {
        stage.approved("EX2", [shirt()]);
    }
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    let w = common::Wiring { returngo_calls: 6, ..Default::default() };
    let s = w.connect(&stage.shop);
    stage.systems = stage.shop.with_shopify(s, |t| t).unwrap();
    for _ in 0..4 {
        stage.shop.wait(hours(24));
        stage.run_on();
    }
    let report = stage.run();
    assert!(report.exceptions.iter().any(|e| e.finding.code == Code::RefundOutsideReturnGo), "four days unseen");
}

#[test]
fn credits_from_before_the_shop_was_connected_count() {
    let mut stage = Stage::online();
    stage.policy.orders_not_in_sage = OrdersNotInSage::Standalone;
    stage.policy.vat_by_rate = vec![(d("20"), 1), (d("0"), 2)];
    let shopify = stage.systems.shopify.take();
    stage.sold_online("EX1", &[("SHIRT-M", 1), ("JUMPER-L", 1)]);
    stage.returned("EX1", [shirt()]);
    drop(stage.run_until_quiet());
    stage.systems.shopify = shopify;
    let doc = stage
        .events()
        .iter()
        .find_map(|e| {
            if let Event::CreditIntended { intent, .. } = e {
                match &intent.order.link {
                    returns_sync::journal::Link::Linked { document_no, .. } => Some(document_no.clone()),
                    returns_sync::journal::Link::Standalone(_) => None,
                }
            } else {
                None
            }
        })
        .unwrap();
    stage.shop.sage.desktop().archive_order(&doc).unwrap();
    stage.shop.wait(hours(30));
    stage.returned("EX1", [shirt()]);
    for _ in 0..3 {
        stage.shop.wait(hours(3));
        stage.run_on();
    }
    assert!(credited(&stage) <= d("24.00"), "one shirt credited with {}", credited(&stage));
}

#[test]
fn a_settled_unit_is_used_up() {
    let stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.run_on();
    let rma = stage.returned("EX1", [shirt()]);
    stage.by_hand("GOODWILL 1", "20.00", "4.00");
    run_to_end(settle(&stage.systems, &stage.journal, &rma, "Jo", "credited by hand")).unwrap();
    stage.run_on();
    stage.returned("EX1", [shirt()]);
    for _ in 0..2 {
        stage.shop.wait(hours(3));
        stage.run_on();
    }
    assert!(credited(&stage) <= d("24.00"), "credited {}", credited(&stage));
}

#[test]
fn a_cancelled_order_credited_by_hand_is_not_credited_again() {
    let stage = gated();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.shop.shopify.staff().cancel(order, true).unwrap();
    stage.run_on();
    let refund = stage.shop.shopify.refunds().pop().unwrap();
    stage.by_hand(&format!("REF{}", refund.id), "20.00", "4.00");
    stage.shop.wait(hours(1));
    stage.run_on();
    stage.returned("EX1", [shirt()]);
    for _ in 0..2 {
        stage.shop.wait(hours(30));
        drop(stage.run_unchecked());
    }
    assert!(ours(&stage).is_empty());
    assert!(credited(&stage) <= d("24"), "{}", credited(&stage));
}

#[test]
fn a_credit_by_hand_on_a_finished_rma_is_told() {
    let stage = gated();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    drop(stage.run_until_quiet());
    stage.shop.returngo.mark_done(&rma).unwrap();
    drop(stage.run_until_quiet());
    stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    for _ in 0..3 {
        stage.shop.wait(hours(30));
        drop(stage.run_unchecked());
    }
    let r = stage.run_unchecked();
    assert!(!r.exceptions.is_empty(), "credited twice, {} in all, told nobody", credited(&stage));
}

#[test]
fn a_tenth_of_a_pound_on_ten_units_is_no_rounding() {
    let stage = gated();
    stage.sold("EX1", vec![worth("SHIRT-M", 10, "19.92", "3.98")]);
    let order = ShopOrder::new("EX1").line(ShopLine::new("SHIRT-M", 10, d("2.40")).tax(d("20")));
    stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    stage.returned("EX1", [item("SHIRT-M", "2.40", "0.40").units(10)]);
    drop(stage.run_until_quiet());
    assert!(credited(&stage) <= d("23.91"), "Sage sold for 23.90, credited {}, and no exception", credited(&stage));
}

#[test]
fn a_credit_by_hand_under_the_order_counts() {
    for second in [true, false] {
        let stage = gated();
        stage.sold_online("EX1", &[("SHIRT-M", 1)]);
        let desktop = stage.shop.sage.desktop();
        let (a, b) = if second { ("", "EX1") } else { ("EX1", "") };
        desktop.post_credit_note(stage.shop.web, a, b, d("20.00"), 1, d("4.00")).unwrap();
        stage.returned("EX1", [shirt()]);
        drop(stage.run_unchecked());
        assert_eq!(credited(&stage), d("24"));
        assert!(ours(&stage).is_empty());
    }
}

#[test]
fn a_credit_for_a_refund_that_is_taken_back_is_told() {
    assert!(closed_then("reversed"), "refund of 24.00 stands without a credit, told nobody");
}

#[test]
fn a_credit_for_a_refund_posted_twice_is_told() {
    assert!(closed_then("doubled"), "one refund credited twice, told nobody");
}

#[test]
fn a_refund_credited_and_not_paid_is_told() {
    assert!(closed_then("fails"), "credited, and the customer has not got the money, told nobody");
}
