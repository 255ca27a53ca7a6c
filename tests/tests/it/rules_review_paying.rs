//! What staff may pay, after something changed: the work list never names a refund that must not be paid.

use crate::common;
use crate::common::{Stage, Wiring, book, codes, contains_all, d, facts, hours, line, minutes, posted, shirt};
use returngo_client::{RmaId, sandbox::NewRma, sandbox::Verdict};
use returns_sync::{exception::Code, run::RunReport};
use sage200_client::sandbox::{How, ReadLag};
use std::time::Duration;

fn payable(report: &RunReport) -> Vec<String> {
    // The two places that speak of payment say the same.
    let asked = report.waiting.iter().filter(|waiting| waiting.wait.what.starts_with("the released refund"));
    assert_eq!(asked.count(), report.work_list.len(), "{:?}", report.waiting);
    report.work_list.iter().map(|item| item.rma.to_string()).collect()
}

/// One shirt, credited and released, not paid.
fn released(stage: &Stage) -> RmaId {
    let rma = stage.shirt_returned("EX1");
    let report = stage.run();
    assert_eq!(payable(&report), [rma.to_string()]);
    assert!(report.work_list[0].new);
    stage.shop.wait(hours(1));
    let report = stage.run();
    assert_eq!((payable(&report), report.work_list[0].new), (vec![rma.to_string()], false));
    rma
}

#[test]
fn a_credit_note_taken_back_after_the_release_takes_the_refund_off_the_list() {
    for same_reference in [true, false] {
        let stage = Stage::open();
        let rma = released(&stage);
        let urn = stage.shop.sage.ledger()[0].urn;
        let reversal = stage.shop.sage.desktop().reverse(urn).unwrap();
        if !same_reference {
            stage.shop.sage.desktop().amend_second_reference(reversal, &format!("RMA{rma}-1 REV")).unwrap();
        }
        let report = stage.run_unchecked();
        let code = if same_reference { "credit-note-differs" } else { "credited-by-hand-differs" };
        assert_eq!(codes(&report, &rma), [code]);
        assert!(payable(&report).is_empty());
    }
}

#[test]
fn a_credit_by_hand_taken_back_after_the_release_takes_the_refund_off_the_list() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let urn = stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    assert_eq!(payable(&stage.run()), [rma.to_string()]);
    stage.shop.sage.desktop().reverse(urn).unwrap();
    for _ in 0..2 {
        let report = stage.run_unchecked();
        assert_eq!(codes(&report, &rma), ["credited-by-hand-differs"]);
        assert!(payable(&report).is_empty());
    }
}

#[test]
fn a_credit_by_hand_beside_a_released_one_is_told() {
    let stage = Stage::open();
    let rma = released(&stage);
    stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["credited-by-hand-differs"]);
    contains_all(&facts(&report, Code::CreditedByHandDiffers), &["beside what covers all units"]);
    assert!(payable(&report).is_empty());
}

#[test]
fn a_credit_under_way_does_not_hide_what_must_not_be_paid() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1), line("BOOK-KNIT", 1)]);
    let rma = stage.approved("EX1", [shirt(), book()]);
    stage.shop.inspected(&rma, &[Some(Verdict::Returned { restockable: true })]).unwrap();
    assert_eq!(payable(&stage.run()), [rma.to_string()]);
    // The book is refused by Sage for a day; meanwhile the warehouse corrects itself about the shirt.
    stage.shop.returngo.inspect(&stage.shop.units(&rma)[1], Verdict::Returned { restockable: true }).unwrap();
    stage.sage_fails(How::Refuse { status: 400, retry_after: None }, 1);
    let missing = Verdict::NotReturned { reason: "Not in the parcel".to_owned() };
    stage.shop.returngo.inspect(&stage.shop.units(&rma)[0], missing).unwrap();
    for _ in 0..2 {
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["credited-but-changed", "sage-refused"]);
        assert!(payable(&report).is_empty());
        stage.shop.wait(hours(2));
    }
}

#[test]
fn a_run_that_did_not_look_lists_nothing_to_pay() {
    let mut stage = Stage::open();
    let rma = released(&stage);
    // Staff ask for the refund; the next run has no calls left to see it.
    stage.shop.returngo.staff_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    stage.systems = Wiring { returngo_calls: 1, ..Wiring::default() }.connect(&stage.shop);
    let report = stage.run();
    assert!(report.unfinished.is_some() && payable(&report).is_empty());
    stage.systems = Wiring::default().connect(&stage.shop);
    let report = stage.run();
    assert!(report.unfinished.is_none() && payable(&report).is_empty(), "it was asked for already");
}

#[test]
fn a_hand_credit_that_names_two_returns_in_our_form_is_seen_by_both() {
    let stage = Stage::open();
    // A journal that has begun: an empty one would stop at a reference of our form.
    stage.run_on();
    let (first, second) = (stage.shirt_returned("EX1"), stage.shirt_returned("EX2"));
    stage.by_hand(&format!("RMA{first}-{second}"), "20.00", "4.00");
    let report = stage.run();
    assert!(posted(&report).is_empty() && stage.posts() == 0, "{:?}", posted(&report));
    assert_eq!(codes(&report, &second), ["credited-by-hand-differs"]);
}

#[test]
fn a_credit_note_given_up_that_turns_up_late_is_not_doubled_in_silence() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    // Booked, the answer lost, and shown only much later than the settle time.
    stage.shop.sage.set_ledger_read_lag(ReadLag::For(Duration::from_secs(7200)));
    stage.sage_fails(How::ActThenStatus(504), 1);
    drop(stage.run_unchecked());
    let status = |text: &str| stage.rewrite(&rma, "RefundToPaymentMethod", text);
    status("RefundToStoreCredit");
    for _ in 0..3 {
        stage.shop.wait(minutes(10));
        drop(stage.run_unchecked());
    }
    stage.shop.returngo.restore_body(&rma).unwrap();
    stage.shop.wait(hours(3));
    stage.shop.sage.set_ledger_read_lag(ReadLag::None);
    drop(stage.run_unchecked());
    assert_eq!(stage.ours().len(), 1, "the late one covers the unit");
}

#[test]
fn a_refund_of_another_amount_is_told_beside_a_gift() {
    let stage = Stage::open();
    let gift = common::item("MUG-BLUE", "0.00", "0.00");
    stage.sold("EX1", vec![line("SHIRT-M", 1), common::worth("MUG-BLUE", 1, "0.00", "0.00")]);
    let rma = stage.shop.approved(NewRma::refund("EX1").line(shirt()).line(gift)).unwrap();
    stage.shop.received(&rma).unwrap();
    stage.run_on();
    stage.shop.refunded(&rma, d("500.00")).unwrap();
    assert_eq!(codes(&stage.run(), &rma), ["refund-differs"]);
}

#[test]
fn a_refund_on_a_return_cancelled_before_anything_is_told() {
    let stage = Stage::open();
    let rma = stage.approved("EX1", [shirt()]);
    stage.shop.returngo.cancel(&rma).unwrap();
    assert_eq!(stage.run().exit_code(), 0);
    stage.shop.returngo.reopen(&rma).unwrap();
    let transaction = stage.shop.returngo.staff_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    stage.shop.returngo.settle_refund(&transaction, true).unwrap();
    stage.shop.returngo.cancel(&rma).unwrap();
    assert_eq!(codes(&stage.run(), &rma), ["refund-without-receipt"]);
}
