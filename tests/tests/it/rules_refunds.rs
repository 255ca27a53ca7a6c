//! Refunds: released once, only when the credit note stands, and those that come too early are told.

use crate::common::{
    Stage, cleared, codes, contains_all, d, exception, facts, hours, line, posted, released, shirt, shirts,
};
use returngo_client::{ReturnedItemId, RmaId, TransactionId, sandbox::Verdict};
use returns_sync::{
    exception::{Code, Owner},
    rules::Standing,
};

fn ask(stage: &Stage, rma: &RmaId, units: &[ReturnedItemId], amount: &str) -> TransactionId {
    stage.shop.returngo.staff_refund(rma, units, d(amount)).unwrap()
}

fn settle(stage: &Stage, transaction: &TransactionId, ok: bool) {
    stage.shop.returngo.settle_refund(transaction, ok).unwrap();
}

#[test]
fn released_once_and_closed_when_paid() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    assert_eq!(released(&stage.run()), [(rma.to_string(), d("24.00"))]);
    for _ in 0..3 {
        stage.shop.wait(hours(12));
        let report = stage.run();
        assert!(report.released.is_empty());
        assert_eq!(report.standings[&Standing::AwaitingRefund], 1);
        assert_eq!(report.journal_entries, 0);
    }
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    let report = stage.run();
    assert_eq!(report.standings[&Standing::Done], 1);
    assert!(report.exceptions.is_empty() && report.released.is_empty());
    let totals = report.totals.unwrap();
    assert_eq!((totals.released, totals.refunded.value.to_string()), (totals.refunded, "24.00 GBP".to_owned()));
}

#[test]
fn a_refund_without_receipt_is_told_and_closes_when_the_receipt_is_proved() {
    for paid in [false, true] {
        let stage = Stage::open();
        stage.sold("EX1", vec![line("SHIRT-M", 1)]);
        let rma = stage.approved("EX1", [shirt()]);
        let transaction = ask(&stage, &rma, &stage.shop.units(&rma), "20.50");
        if paid {
            settle(&stage, &transaction, true);
        }
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["refund-without-receipt"]);
        let found = exception(&report, Code::RefundWithoutReceipt);
        assert_eq!(found.owner, Owner::Finance);
        assert_eq!(
            found.finding.money_at_risk.unwrap().to_string(),
            "20.50 GBP",
            "what was paid, not what it is worth"
        );
        let state = if paid { "Success" } else { "Requested" };
        contains_all(&found.finding.facts, &[transaction.as_str(), state, "20.50 GBP"]);
        stage.assert_ours(&[]);

        stage.shop.received(&rma).unwrap();
        let report = stage.run();
        assert!(cleared(&report, &rma).contains(&"refund-without-receipt"));
        assert_eq!(posted(&report), [format!("RMA{rma}-1")]);
        assert!(report.released.is_empty(), "the money is gone already");
        // Credited with 24.00, paid with 20.50.
        let report = stage.run_until_quiet();
        assert_eq!(codes(&report, &rma), ["refund-differs"]);
        let found = &exception(&report, Code::RefundDiffers).finding;
        assert_eq!(found.money_at_risk.unwrap().to_string(), "3.50 GBP");
        contains_all(&found.facts, &["20.50", "24.00"]);
    }
}

#[test]
fn a_refund_before_the_credit_is_told_and_closes_when_it_stands() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["refund-before-credit"], "told even though this run credits it");
    assert_eq!(posted(&report), [format!("RMA{rma}-1")]);
    assert!(report.released.is_empty());
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["refund-before-credit"]);
    assert!(report.exceptions.is_empty() && report.released.is_empty());
    assert_eq!(stage.run().journal_entries, 0);
}

#[test]
fn a_refund_before_a_credit_that_can_not_be_posted_stays() {
    let stage = Stage::open();
    let rma = stage.returned("EX-NOWHERE", [shirt()]);
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    for _ in 0..3 {
        let report = stage.run();
        let mut found = codes(&report, &rma);
        found.sort_unstable();
        assert_eq!(found, ["order-not-found", "refund-before-credit"]);
    }
    contains_all(&facts(&stage.run(), Code::RefundBeforeCredit), &["24.00 GBP"]);
}

#[test]
fn a_failed_refund_is_no_refund() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    let failed = ask(&stage, &rma, &stage.shop.units(&rma), "24.00");
    settle(&stage, &failed, false);
    assert!(stage.run().exceptions.is_empty());
    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    assert!(report.exceptions.is_empty());
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    let totals = report.totals.unwrap();
    assert_eq!((totals.refunded.count, totals.requested.count), (0, 0));
}

#[test]
fn a_unit_whose_refund_is_under_way_is_not_released_until_it_fails() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let asked = ask(&stage, &rma, &stage.shop.units(&rma), "24.00");
    for _ in 0..3 {
        assert!(stage.run().released.is_empty());
        stage.shop.wait(hours(1));
    }
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    settle(&stage, &asked, false);
    assert_eq!(released(&stage.run()), [(rma.to_string(), d("24.00"))]);
    assert!(stage.run().released.is_empty());
}

#[test]
fn only_units_not_yet_refunded_are_released() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 3)]);
    let rma = stage.returned("EX1", [shirts(3)]);
    let units = stage.shop.units(&rma);
    let paid = ask(&stage, &rma, &units[..1], "24.00");
    settle(&stage, &paid, true);
    ask(&stage, &rma, &units[1..2], "24.00");
    let report = stage.run();
    assert_eq!(report.released.len(), 1);
    assert_eq!(report.released[0].units, units[2..]);
    assert_eq!(report.released[0].gross.to_string(), "24.00 GBP");
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "60.00", "12.00")]);
}

#[test]
fn units_are_released_as_they_are_credited() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    let units = stage.shop.units(&rma);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    stage.shop.returngo.inspect(&units[1], Verdict::Returned { restockable: false }).unwrap();
    let report = stage.run();
    assert_eq!(report.released[0].units, units[1..]);
    // A refund of both, one of them not received.
    let both = ask(&stage, &rma, &units, "48.00");
    settle(&stage, &both, true);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["refund-without-receipt"]);
    assert_eq!(exception(&report, Code::RefundWithoutReceipt).finding.units, units[..1]);
}

#[test]
fn store_credit_given_for_a_unit_is_a_refund_of_it() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.shop.returngo.store_credit_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    assert_eq!(codes(&stage.run(), &rma), ["refund-without-receipt"]);
    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    assert!(report.released.is_empty(), "the customer has the money's worth already");
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
}

#[test]
fn what_the_customer_pays_is_no_refund() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    let invoice = stage.shop.returngo.invoice(&rma, d("5.00")).unwrap();
    assert!(stage.run().exceptions.is_empty());
    settle(&stage, &invoice, true);
    let report = stage.run();
    assert!(report.exceptions.is_empty());
    assert_eq!(report.totals.unwrap().refunded.count, 0);
    stage.shop.received(&rma).unwrap();
    assert_eq!(stage.run().released.len(), 1);
}

#[test]
fn a_refund_that_names_no_unit_is_for_all_of_them() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    let units = stage.shop.units(&rma);
    ask(&stage, &rma, &units[..1], "48.00");
    stage.rewrite(&rma, &format!("\"returnItemIds\":[\"{}\"]", units[0]), "\"returnItemIds\":[]");
    let report = stage.run();
    assert_eq!(exception(&report, Code::RefundWithoutReceipt).finding.units, units);
}

#[test]
fn a_refund_of_an_unknown_kind_or_state_counts() {
    for (from, to) in [
        ("\"type\":\"RefundToPaymentMethod\"", "\"type\":\"RefundByPigeon\""),
        ("\"status\":\"Requested\"", "\"status\":\"Dispatched\""),
    ] {
        let stage = Stage::open();
        stage.sold("EX1", vec![line("SHIRT-M", 1)]);
        let rma = stage.approved("EX1", [shirt()]);
        ask(&stage, &rma, &stage.shop.units(&rma), "24.00");
        stage.rewrite(&rma, from, to);
        assert_eq!(codes(&stage.run(), &rma), ["refund-without-receipt"], "{to}");
    }
}

/// The work list says 24.00; staff typed 240.00.
#[test]
fn more_refunded_than_credited_is_told() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.run_on();
    stage.shop.refunded(&rma, d("240.00")).unwrap();
    let report = stage.run();
    assert!(!report.exceptions.is_empty(), "216.00 GBP too much were refunded and nobody is told");
}

/// The RMA was finished with a unit that did not come back. Weeks later somebody refunds that unit after all.
#[test]
fn a_refund_on_a_finished_return_is_told() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    let verdict = Verdict::NotReturned { reason: "Not in the parcel".to_owned() };
    stage.shop.returngo.inspect(&stage.shop.units(&rma)[0], verdict).unwrap();
    stage.shop.returngo.mark_done(&rma).unwrap();
    assert_eq!(stage.run().standings[&Standing::Done], 1);
    stage.shop.wait(hours(24));
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["refund-without-receipt"]);
}
