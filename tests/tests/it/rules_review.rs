//! Who credited what, and whether that still holds: credits by hand that carry the RMA, credits of ours on their way,
//! and refunds that do not fit them.

use crate::common::{
    Stage, book, cleared, codes, contains_all, d, exception, facts, hours, item, line, minutes, posted, released,
    shirt, shirts, worth,
};
use returngo_client::{
    RmaId,
    sandbox::{NewItem, Verdict},
};
use returns_sync::{exception::Code, journal::Event, rules::Standing, run::RunReport};
use rust_decimal::Decimal;
use sage200_client::sandbox::{How, ReadLag};
use std::time::Duration;

const FIT: Verdict = Verdict::Returned { restockable: true };

fn inspect(stage: &Stage, rma: &RmaId, unit: usize, verdict: Verdict) {
    stage.shop.returngo.inspect(&stage.shop.units(rma)[unit], verdict).unwrap();
}

/// What we post is hidden for that long; what finance types afterwards is not.
fn run_with_a_late_ledger(stage: &Stage, minutes: u64) -> RunReport {
    stage.shop.sage.set_ledger_read_lag(ReadLag::For(Duration::from_secs(60 * minutes)));
    let report = stage.run();
    stage.shop.sage.set_ledger_read_lag(ReadLag::None);
    report
}

/// What stands in Sage in the end, with VAT.
fn credited(stage: &Stage) -> Decimal {
    -stage.shop.sage.ledger_totals().gross
}

fn refund_all(stage: &Stage, rma: &RmaId, amount: &str) {
    stage.shop.refunded(rma, d(amount)).unwrap();
}

fn happened(stage: &Stage, what: impl Fn(&Event) -> bool) -> bool {
    stage.events().iter().any(what)
}

#[test]
fn a_credit_by_hand_is_recognised_however_the_number_is_written() {
    for text in ["{}CR", "RMA{}A", "RMA0{}", "cr{}", "{}/CN"] {
        let stage = Stage::open();
        let rma = stage.shirt_returned("EX1");
        stage.by_hand(&text.replace("{}", rma.as_str()), "20.00", "4.00");
        let report = stage.run();
        assert_eq!(stage.posts(), 0, "{text}");
        assert_eq!(released(&report), [(rma.to_string(), d("24.00"))], "{text}");
        assert!(report.exceptions.is_empty(), "{text}: {:?}", report.exceptions);
    }
}

/// Finance credits the unit that we may not credit; the other one is still owed.
fn refund_and_store_credit(store_credit: NewItem, its: [&str; 2], both: &str) {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 2), line("BOOK-KNIT", 1)]);
    let rma = stage.returned("EX1", [shirt(), store_credit.resolution("RefundToStoreCredit")]);
    let units = stage.shop.units(&rma);
    stage.by_hand(&format!("RMA {rma}"), its[0], its[1]);
    for _ in 0..2 {
        let report = stage.run();
        let mut found = codes(&report, &rma);
        found.sort_unstable();
        assert_eq!(found, ["credited-by-hand-differs", "resolution-not-supported"]);
        contains_all(&facts(&report, Code::CreditedByHandDiffers), &["2 unit(s)", both]);
        assert!(report.released.is_empty() && report.stock.is_empty());
        stage.shop.wait(hours(12));
    }
    assert_eq!(stage.posts(), 0);
    // Finance credits the other one as well.
    stage.by_hand(&format!("RMA {rma}/2"), "20.00", "4.00");
    let report = stage.run();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))], "store credit is not ours to release");
    assert_eq!(report.released[0].units, units[..1]);
    assert_eq!(report.stock.iter().map(|entry| entry.quantity).sum::<u32>(), 2);
    let paid = stage.shop.returngo.staff_refund(&rma, &units[..1], d("24.00")).unwrap();
    stage.shop.returngo.settle_refund(&paid, true).unwrap();
    let report = stage.run_until_quiet();
    assert_eq!((report.exit_code(), stage.posts()), (0, 0));
    // The store credit is not ours to release, and is not forgotten.
    assert!(report.waiting.iter().any(|waiting| waiting.wait.what.contains("1 unit(s) credited by hand")));
    assert!(!happened(&stage, |event| matches!(event, Event::Closed { .. })));
    stage.shop.returngo.store_credit_refund(&rma, &units[1..], d(its[0]) + d(its[1])).unwrap();
    assert_eq!(stage.run_until_quiet().exit_code(), 0);
    assert!(happened(&stage, |event| matches!(event, Event::Closed { .. })));
}

#[test]
fn a_credit_for_the_store_credit_unit_is_not_taken_for_the_other_of_the_same_value() {
    refund_and_store_credit(shirt(), ["20.00", "4.00"], "is 48.00 with VAT");
}

#[test]
fn a_credit_for_the_store_credit_unit_is_not_taken_for_the_other_of_another_value() {
    refund_and_store_credit(book(), ["12.00", "0.00"], "is 36.00 with VAT");
}

/// The customer keeps it, so nobody will ever inspect it; finance is told to credit it by hand.
#[test]
fn a_credit_for_a_unit_the_customer_keeps_is_not_taken_for_the_other() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.returned("EX1", [shirt(), shirt().no_shipment()]);
    stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    let report = stage.run_unchecked();
    assert!(report.released.is_empty(), "the credit note is for the unit that is kept");
    assert!(codes(&report, &rma).contains(&"credited-by-hand-differs"), "{:?}", report.exceptions);
}

#[test]
fn our_own_credit_note_is_not_taken_for_the_rma_whose_number_is_its_order_number() {
    let stage = Stage::open();
    let first = stage.shirt_returned("4400124");
    stage.run_on();
    assert_eq!(stage.shop.sage.ledger()[0].reference, "4400124");
    let second = stage.shirt_returned("EX2");
    assert_eq!((first.as_str(), second.as_str()), ("4400123", "4400124"));
    let report = stage.run();
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    stage.assert_ours(&[("RMA4400123-1", "20.00", "4.00"), ("RMA4400124-1", "20.00", "4.00")]);
    assert_eq!(released(&report), [("4400124".to_owned(), d("24.00"))]);
}

#[test]
fn a_number_that_finance_used_is_passed_over() {
    let stage = Stage::open();
    stage.run_on();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    inspect(&stage, &rma, 0, FIT);
    stage.by_hand(&format!("RMA{rma}-1"), "20.00", "4.00");
    assert_eq!(released(&stage.run()), [(rma.to_string(), d("24.00"))]);
    inspect(&stage, &rma, 1, FIT);
    let report = stage.run();
    assert_eq!(posted(&report), [format!("RMA{rma}-2")]);
    stage.assert_ours(&[(&format!("RMA{rma}-2"), "20.00", "4.00")]);
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    let totals = report.totals.unwrap();
    assert_eq!((totals.by_hand.count, totals.journal, totals.journal.count), (1, totals.sage, 1));
}

#[test]
fn a_credit_by_hand_that_was_taken_back_is_none() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let urn = stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    stage.shop.sage.desktop().reverse(urn).unwrap();
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    assert_eq!(credited(&stage), d("24.00"));
}

#[test]
fn a_credit_by_hand_taken_back_before_the_release_releases_nothing() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    // Accepted and not released, because a refund is under way.
    let asked = stage.shop.returngo.staff_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    let urn = stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    assert!(stage.run().released.is_empty());
    assert!(happened(&stage, |event| matches!(event, Event::CreditedByHand { .. })));
    stage.shop.sage.desktop().reverse(urn).unwrap();
    stage.shop.returngo.settle_refund(&asked, false).unwrap();
    let report = stage.run();
    assert!(happened(&stage, |event| matches!(event, Event::HandCreditGone { .. })));
    // The goods are here: they are credited by us, and that is what the refund is released on.
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    let ours = stage.shop.sage.ledger().into_iter().find(|row| !row.by_hand).unwrap().urn;
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    assert_eq!(report.released[0].urns.iter().map(|urn| urn.get()).collect::<Vec<_>>(), [ours]);
    assert_eq!((stage.released_in_all(), credited(&stage)), (d("24.00"), d("24.00")));
}

#[test]
fn a_wrong_credit_by_hand_reversed_and_typed_right_is_accepted() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let name = format!("RMA {rma}");
    let wrong = stage.by_hand(&name, "15.00", "3.00");
    assert_eq!(codes(&stage.run(), &rma), ["credited-by-hand-differs"]);
    stage.shop.sage.desktop().reverse(wrong).unwrap();
    stage.by_hand(&name, "20.00", "4.00");
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["credited-by-hand-differs"]);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    assert_eq!((stage.posts(), credited(&stage)), (0, d("24.00")));
}

#[test]
fn ours_reversed_after_the_release_shows_in_the_totals() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.run_on();
    stage.shop.sage.desktop().reverse(stage.shop.sage.ledger()[0].urn).unwrap();
    let report = stage.run_unchecked();
    contains_all(&facts(&report, Code::TotalsDiffer), &[&format!("RMA{rma}-1: was taken back in Sage")]);
    assert_eq!(stage.posts(), 1, "taken back by finance, it is not posted again");
}

#[test]
fn ours_reversed_before_the_release_is_not_released() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    // Read back and not released, because a refund is under way.
    let asked = stage.shop.returngo.staff_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    assert_eq!(posted(&stage.run()).len(), 1);
    stage.shop.sage.desktop().reverse(stage.shop.sage.ledger()[0].urn).unwrap();
    stage.shop.returngo.settle_refund(&asked, false).unwrap();
    let report = stage.run_unchecked();
    assert!(report.released.is_empty());
    contains_all(&facts(&report, Code::CreditNoteDiffers), &[&format!("RMA{rma}-1 was taken back in Sage")]);
    assert_eq!(stage.posts(), 1);
}

#[test]
fn one_document_for_two_rmas_is_an_exception_for_both() {
    for (net, vat) in [("40.00", "8.00"), ("20.00", "4.00")] {
        let stage = Stage::open();
        let rmas = ["EX1", "EX2"].map(|order| {
            stage.sold(order, vec![line("SHIRT-M", 1)]);
            stage.approved(order, [shirt()])
        });
        stage.run_on();
        for rma in &rmas {
            stage.shop.received(rma).unwrap();
        }
        stage.by_hand(&format!("{}/{}", rmas[0], rmas[1]), net, vat);
        let report = stage.run();
        for (rma, other) in [(&rmas[0], &rmas[1]), (&rmas[1], &rmas[0])] {
            assert_eq!(codes(&report, rma), ["credited-by-hand-differs"], "{net}");
            let of_it = report.exceptions.iter().find(|e| e.finding.rma.as_ref() == Some(rma)).unwrap();
            contains_all(&of_it.finding.facts, &[&format!("it concerns RMA {other} as well")]);
        }
        assert!(report.released.is_empty());
        assert_eq!(stage.posts(), 0);
    }
}

/// The other one was seen days ago and is held, so nothing has happened to it that the journal could tell.
#[test]
fn one_document_for_two_rmas_is_an_exception_though_one_of_them_is_held() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    let held = stage.returned("EX-NOWHERE", [shirt()]);
    assert_eq!(codes(&stage.run(), &held), ["order-not-found"]);
    stage.shop.wait(hours(24));
    stage.shop.received(&rma).unwrap();
    stage.by_hand(&format!("{rma}/{held}"), "20.00", "4.00");
    let report = stage.run();
    assert!(report.released.is_empty(), "it may be the credit note of RMA {held}");
    assert_eq!(codes(&report, &rma), ["credited-by-hand-differs"]);
}

#[test]
fn refunds_that_are_not_what_was_credited_are_told_and_nothing_is_closed() {
    let tries = [
        (&["24.00", "24.00"][..], Some("24.00 GBP")),
        (&["240.00"], Some("216.00 GBP")),
        (&["24.02"], Some("0.02 GBP")),
        (&["20.00"], Some("4.00 GBP")),
        (&["24.01"], None),
        (&["23.99"], None),
        (&["12.00", "12.00"], None),
    ];
    for (amounts, off) in tries {
        let stage = Stage::open();
        let rma = stage.shirt_returned("EX1");
        stage.run_on();
        for amount in amounts {
            refund_all(&stage, &rma, amount);
        }
        let report = stage.run_until_quiet();
        let closed = happened(&stage, |event| matches!(event, Event::Closed { .. }));
        assert_eq!(closed, off.is_none(), "{amounts:?}");
        match off {
            Some(off) => {
                assert_eq!(codes(&report, &rma), ["refund-differs"], "{amounts:?}");
                let finding = &exception(&report, Code::RefundDiffers).finding;
                assert_eq!(finding.money_at_risk.unwrap().to_string(), off, "{amounts:?}");
                assert_eq!(report.standings[&Standing::Held], 1);
            }
            None => assert_eq!(report.exit_code(), 0, "{amounts:?}"),
        }
    }
}

/// What is paid for a unit beside it that we do not credit must not hide it.
#[test]
fn refunded_twice_beside_store_credit_is_told() {
    for by_hand in [false, true] {
        let stage = Stage::open();
        stage.sold("EX1", vec![line("SHIRT-M", 2)]);
        let rma = stage.approved("EX1", [shirt(), shirt().resolution("RefundToStoreCredit")]);
        let units = stage.shop.units(&rma);
        stage.shop.returngo.courier_delivers(&rma).unwrap();
        inspect(&stage, &rma, 0, FIT);
        assert_eq!(stage.run().released.len(), 1);
        inspect(&stage, &rma, 1, FIT);
        if by_hand {
            stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
        }
        stage.run_on();
        for _ in 0..2 {
            let paid = stage.shop.returngo.staff_refund(&rma, &units[..1], d("24.00")).unwrap();
            stage.shop.returngo.settle_refund(&paid, true).unwrap();
        }
        stage.shop.returngo.store_credit_refund(&rma, &units[1..], d("24.00")).unwrap();
        let report = stage.run();
        assert!(codes(&report, &rma).contains(&"refund-differs"), "{by_hand}: {:?}", report.exceptions);
    }
}

#[test]
fn a_second_refund_on_a_closed_return_is_told() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.run_on();
    refund_all(&stage, &rma, "24.00");
    assert_eq!(stage.run_until_quiet().exit_code(), 0);
    assert!(happened(&stage, |event| matches!(event, Event::Closed { .. })));
    stage.shop.wait(hours(24));
    refund_all(&stage, &rma, "24.00");
    for _ in 0..2 {
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["refund-differs"]);
        contains_all(&facts(&report, Code::RefundDiffers), &["48.00", "24.00"]);
        stage.shop.wait(hours(1));
    }
}

#[test]
fn credited_by_hand_while_ours_is_late_releases_nothing() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    assert!(run_with_a_late_ledger(&stage, 60).released.is_empty());
    stage.shop.wait(minutes(10));
    let by_hand = stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    let report = stage.run();
    assert!(report.released.is_empty());
    assert!(!codes(&report, &rma).is_empty(), "accepted and not visible, beside one by hand");
    // Both stand.
    stage.shop.wait(hours(2));
    for _ in 0..2 {
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["credited-by-hand-differs"]);
        assert!(report.released.is_empty());
        stage.shop.wait(hours(1));
    }
    stage.shop.sage.desktop().reverse(by_hand).unwrap();
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["credited-by-hand-differs"]);
    assert_eq!((released(&report), stage.posts()), (vec![(rma.to_string(), d("24.00"))], 1));
}

#[test]
fn our_reference_typed_while_ours_is_on_its_way_is_not_taken_for_it() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.run_on_late();
    let ours = stage.shop.sage.ledger()[0].urn;
    let other = stage.by_hand(&format!("RMA{rma}-1"), "20.00", "4.00");
    let report = stage.run_unchecked();
    assert!(report.released.is_empty() && report.posted.is_empty(), "within the settle time ours may still appear");
    assert!(report.waiting.iter().any(|w| w.wait.what.contains("under the number Sage gave")), "{:?}", report.waiting);
    // Ours appears within the settle time.
    stage.shop.wait(minutes(2));
    let report = stage.run_unchecked();
    assert_eq!(codes(&report, &rma), ["credit-note-doubled"]);
    contains_all(&facts(&report, Code::CreditNoteDoubled), &[&ours.to_string(), &other.to_string()]);
    assert!(report.released.is_empty());
    stage.shop.sage.desktop().reverse(other).unwrap();
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
}

#[test]
fn our_reference_typed_where_ours_never_appears_is_released_after_the_settle_time() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.run_on_late();
    stage.shop.sage.desktop().delete_posted(stage.shop.sage.ledger()[0].urn).unwrap();
    stage.by_hand(&format!("RMA{rma}-1"), "20.00", "4.00");
    assert!(stage.run().released.is_empty());
    stage.shop.wait(minutes(10));
    assert_eq!(released(&stage.run()), [(rma.to_string(), d("24.00"))]);
    assert_eq!((stage.posts(), stage.released_in_all(), credited(&stage)), (1, d("24.00"), d("24.00")));
}

#[test]
fn three_for_ten_with_a_refusal_in_between_are_ten() {
    let stage = Stage::open();
    stage.sold("EX1", vec![worth("SOCKS", 3, "10.00", "2.00")]);
    let socks = || stage.returned("EX1", [item("SOCKS", "4.00", "0.67")]);
    socks();
    stage.run_on();
    stage.sage_fails(How::Refuse { status: 400, retry_after: None }, 1);
    let refused = socks();
    assert_eq!(codes(&stage.run(), &refused), ["sage-refused"]);
    socks();
    assert_eq!(stage.run().posted.len(), 1);
    stage.shop.wait(hours(25));
    assert_eq!(posted(&stage.run()), [format!("RMA{refused}-1")]);
    let sum = |pick: fn(&(String, Decimal, Decimal)) -> Decimal| stage.ours().iter().map(pick).sum::<Decimal>();
    assert_eq!((sum(|row| row.1), sum(|row| row.2)), (d("10.00"), d("2.00")), "{:?}", stage.ours());
    assert_eq!((stage.released_in_all(), stage.run_until_quiet().exit_code()), (d("12.00"), 0));
}

impl Stage {
    /// A run whose credit note shows a minute later.
    fn run_on_late(&self) {
        assert!(run_with_a_late_ledger(self, 1).released.is_empty());
    }
}
