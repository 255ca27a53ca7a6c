//! Documents in Sage: never a second credit note beside one that is there, whoever posted it.

use crate::common::{
    Stage, cleared, codes, contains_all, d, exception, facts, hours, line, minutes, posted, released, shirt, shirts,
};
use returngo_client::{RmaId, sandbox::Verdict};
use returns_sync::{
    exception::{Code, Owner},
    journal::MemoryJournal,
};
use sage200_client::sandbox::{How, ReadLag};
use std::time::Duration;

/// A return of `units` shirts, inspected; the first `there` of them are there.
fn partly(stage: &Stage, units: u32, there: usize) -> RmaId {
    stage.sold("EX1", vec![line("SHIRT-M", units)]);
    let rma = stage.approved("EX1", [shirts(units)]);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    for unit in stage.shop.units(&rma).iter().take(there) {
        stage.shop.returngo.inspect(unit, Verdict::Returned { restockable: true }).unwrap();
    }
    rma
}

fn inspect(stage: &Stage, rma: &RmaId, unit: usize) {
    stage.shop.returngo.inspect(&stage.shop.units(rma)[unit], Verdict::Returned { restockable: true }).unwrap();
}

#[test]
fn credited_by_hand_is_accepted_and_released() {
    for text in ["RMA {}", "rma-{}", "{}", "RMA{}", "see RMA {}/1"] {
        let stage = Stage::open();
        let rma = stage.shirt_returned("EX1");
        let urn = stage.by_hand(&text.replace("{}", rma.as_str()), "20.00", "4.00");
        let report = stage.run();
        stage.assert_ours(&[]);
        assert_eq!(stage.posts(), 0);
        assert_eq!(released(&report), [(rma.to_string(), d("24.00"))], "{text}");
        assert_eq!(report.released[0].urns.iter().map(|urn| urn.get()).collect::<Vec<_>>(), [urn]);
        let stock: Vec<_> = report.stock.iter().map(|entry| entry.reference.clone()).collect();
        assert_eq!(stock, [format!("RMA{rma}")], "whatever finance has typed");
        let totals = report.totals.unwrap();
        assert_eq!((totals.by_hand.gross.to_string(), totals.journal.count), ("24.00 GBP".to_owned(), 0));
        assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    }
}

#[test]
fn credited_by_hand_in_the_first_reference_counts_too() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let desktop = stage.shop.sage.desktop();
    desktop.post_credit_note(stage.shop.web, &format!("RMA {rma}"), "", d("20.00"), 1, d("4.00")).unwrap();
    assert_eq!(released(&stage.run()), [(rma.to_string(), d("24.00"))]);
    stage.assert_ours(&[]);
}

#[test]
fn credited_by_hand_with_another_value_holds_until_it_is_right() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let urn = stage.by_hand(rma.as_str(), "15.00", "3.00");
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["credited-by-hand-differs"]);
    let found = facts(&report, Code::CreditedByHandDiffers);
    contains_all(&found, &[&format!("URN {urn} with 15.00 net and 3.00 VAT"), "1 unit(s), is 20.00 net and 4.00 VAT"]);
    assert!(report.released.is_empty());
    stage.assert_ours(&[]);
    // Finance takes it back and posts the right one.
    stage.shop.sage.desktop().delete_posted(urn).unwrap();
    stage.by_hand(rma.as_str(), "20.00", "4.00");
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["credited-by-hand-differs"]);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    stage.assert_ours(&[]);
}

#[test]
fn credited_by_hand_may_be_a_penny_off_and_no_more() {
    let tries = [
        ("20.01", "4.00", true),
        ("19.99", "4.01", true),
        ("20.00", "3.99", true),
        ("20.02", "4.00", false),
        ("20.00", "4.02", false),
        ("19.98", "4.00", false),
        ("24.00", "0.00", false),
        ("4.00", "20.00", false),
    ];
    for (net, vat, accepted) in tries {
        let stage = Stage::open();
        let rma = stage.shirt_returned("EX1");
        stage.by_hand(rma.as_str(), net, vat);
        let report = stage.run_unchecked();
        stage.assert_ours(&[]);
        assert_eq!(report.released.len(), usize::from(accepted), "{net} and {vat}");
        assert_eq!(codes(&report, &rma).is_empty(), accepted, "{net} and {vat}: {:?}", report.exceptions);
    }
}

#[test]
fn credited_by_hand_on_another_account_is_not_accepted() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let desktop = stage.shop.sage.desktop();
    desktop.post_credit_note(stage.shop.trade, "", rma.as_str(), d("20.00"), 1, d("4.00")).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["credited-by-hand-differs"]);
    contains_all(&facts(&report, Code::CreditedByHandDiffers), &["on another account"]);
    assert!(report.released.is_empty());
    stage.assert_ours(&[]);
}

#[test]
fn two_credit_notes_by_hand_may_add_up() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.returned("EX1", [shirts(2)]);
    stage.by_hand(&format!("RMA {rma}/1"), "20.00", "4.00");
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["credited-by-hand-differs"], "one of two is not enough");
    assert!(report.released.is_empty());
    stage.by_hand(&format!("RMA {rma}/2"), "20.00", "4.00");
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("48.00"))]);
    assert_eq!(report.released[0].urns.len(), 2);
    stage.assert_ours(&[]);
}

#[test]
fn a_number_inside_a_longer_number_is_another_return() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.by_hand(&format!("RMA {rma}9"), "20.00", "4.00");
    stage.by_hand(&format!("1{rma}"), "20.00", "4.00");
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    assert_eq!(report.released[0].urns.len(), 1);
}

/// The advice of several exceptions is "credit by hand with the RMA number in the second reference". Whoever writes it
/// the way we do takes our next number.
#[test]
fn a_reference_that_is_taken_is_not_used_again() {
    let stage = Stage::open();
    stage.run_on();
    let rma = partly(&stage, 2, 1);
    stage.by_hand(&format!("RMA{rma}-1"), "20.00", "4.00");
    assert_eq!(released(&stage.run()), [(rma.to_string(), d("24.00"))]);
    inspect(&stage, &rma, 1);
    let report = stage.run_unchecked();
    let names: Vec<_> = stage.shop.sage.ledger().into_iter().map(|row| row.second_reference).collect();
    assert_eq!(names, [format!("RMA{rma}-1"), format!("RMA{rma}-2")]);
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
}

/// As above, and our own request is lost: the credit note of the first unit must not pass for that of the second.
#[test]
fn a_taken_reference_and_a_lost_request_release_nothing_twice() {
    let stage = Stage::open();
    stage.run_on();
    let rma = partly(&stage, 2, 1);
    stage.by_hand(&format!("RMA{rma}-1"), "20.00", "4.00");
    stage.run_on();
    inspect(&stage, &rma, 1);
    stage.sage_fails(How::Refuse { status: 504, retry_after: None }, 1);
    for _ in 0..6 {
        drop(stage.run_unchecked());
        stage.shop.wait(minutes(10));
    }
    let credited = -stage.shop.sage.ledger_totals().gross;
    assert_eq!((stage.released_in_all(), credited), (d("48.00"), d("48.00")));
}

#[test]
fn one_unit_credited_by_hand_and_the_next_by_us() {
    let stage = Stage::open();
    let rma = partly(&stage, 2, 1);
    stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    stage.run_on();
    inspect(&stage, &rma, 1);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
}

#[test]
fn one_unit_credited_by_us_and_the_next_by_hand() {
    let stage = Stage::open();
    let rma = partly(&stage, 2, 1);
    stage.run_on();
    stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    inspect(&stage, &rma, 1);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
}

#[test]
fn a_sales_return_in_sage_holds() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let desktop = stage.shop.sage.desktop();
    let number = desktop.enter_sales_return(stage.shop.web, &format!("RMA {rma}"), vec![line("SHIRT-M", 1)]).unwrap();
    let report = stage.run();
    stage.assert_ours(&[]);
    assert_eq!(codes(&report, &rma), ["return-open-in-sage"]);
    contains_all(&facts(&report, Code::ReturnOpenInSage), &[&number]);
    // Gone from Sage, the return goes on.
    desktop.archive_order(&number).unwrap();
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["return-open-in-sage"]);
    assert_eq!(posted(&report), [format!("RMA{rma}-1")]);
}

/// "Complete it in Sage" is the advice; who follows it must get out.
#[test]
fn a_sales_return_completed_in_sage_counts_as_credited_by_hand() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let desktop = stage.shop.sage.desktop();
    let number = desktop.enter_sales_return(stage.shop.web, &format!("RMA {rma}"), vec![line("SHIRT-M", 1)]).unwrap();
    stage.run_on();
    desktop.confirm_goods_received(&number).unwrap();
    desktop.post_sop_credit_note(&number).unwrap();
    let report = stage.run();
    stage.assert_ours(&[]);
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
}

/// A credit note of ours that Sage took, and a run that did not see it yet.
fn posted_and_not_seen(stage: &Stage) -> (RmaId, i64) {
    stage.shop.sage.set_ledger_read_lag(ReadLag::For(Duration::from_secs(60)));
    let rma = stage.shirt_returned("EX1");
    let report = stage.run();
    assert!(report.posted.is_empty() && report.released.is_empty());
    assert_eq!(stage.ours().len(), 1);
    stage.shop.sage.set_ledger_read_lag(ReadLag::None);
    (rma, stage.shop.sage.ledger()[0].urn)
}

#[test]
fn changed_in_sage_before_it_was_read_back() {
    let stage = Stage::open();
    let (rma, urn) = posted_and_not_seen(&stage);
    stage.shop.sage.desktop().delete_posted(urn).unwrap();
    let amended = stage.by_hand(&format!("RMA{rma}-1"), "10.00", "2.00");
    stage.shop.wait(minutes(10));
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["credit-note-differs"]);
    contains_all(
        &facts(&report, Code::CreditNoteDiffers),
        &["it is worth 10.00 net and 2.00 VAT, we sent 20.00 and 4.00"],
    );
    assert!(report.released.is_empty() && report.posted.is_empty());
    // Put right, the refund is released.
    stage.shop.sage.desktop().delete_posted(amended).unwrap();
    stage.by_hand(&format!("RMA{rma}-1"), "20.00", "4.00");
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["credit-note-differs"]);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    assert_eq!(stage.posts(), 1);
}

#[test]
fn moved_to_another_account_before_it_was_read_back() {
    let stage = Stage::open();
    let (rma, urn) = posted_and_not_seen(&stage);
    let desktop = stage.shop.sage.desktop();
    desktop.delete_posted(urn).unwrap();
    desktop.post_credit_note(stage.shop.trade, "EX1", &format!("RMA{rma}-1"), d("20.00"), 1, d("4.00")).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["credit-note-differs"]);
    contains_all(&facts(&report, Code::CreditNoteDiffers), &["another account than WEB01"]);
    assert!(report.released.is_empty());
}

#[test]
fn deleted_in_sage_before_it_was_read_back_is_not_sent_again() {
    let stage = Stage::open();
    let (rma, urn) = posted_and_not_seen(&stage);
    stage.shop.sage.desktop().delete_posted(urn).unwrap();
    for _ in 0..4 {
        stage.shop.wait(hours(12));
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["credit-note-not-visible"]);
        contains_all(&facts(&report, Code::CreditNoteNotVisible), &[&format!("RMA{rma}-1"), &urn.to_string()]);
        assert!(report.released.is_empty());
    }
    assert_eq!(stage.posts(), 1);
    stage.by_hand(&format!("RMA{rma}-1"), "20.00", "4.00");
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["credit-note-not-visible"]);
    assert_eq!(report.released.len(), 1);
}

#[test]
fn a_second_reference_changed_in_sage_is_not_sent_again() {
    let stage = Stage::open();
    let (rma, urn) = posted_and_not_seen(&stage);
    stage.shop.sage.desktop().amend_second_reference(urn, "checked by finance").unwrap();
    stage.shop.wait(hours(1));
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["credit-note-not-visible"]);
    assert!(report.released.is_empty());
    assert_eq!(stage.posts(), 1);
}

#[test]
fn two_of_one_reference_are_told_and_nothing_is_released() {
    let stage = Stage::open();
    let (rma, first) = posted_and_not_seen(&stage);
    let second = stage.by_hand(&format!("RMA{rma}-1"), "20.00", "4.00");
    stage.shop.wait(minutes(10));
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["credit-note-doubled"]);
    contains_all(&facts(&report, Code::CreditNoteDoubled), &[&first.to_string(), &second.to_string()]);
    assert_eq!(exception(&report, Code::CreditNoteDoubled).owner, Owner::Finance);
    assert_eq!(exception(&report, Code::CreditNoteDoubled).finding.money_at_risk.unwrap().to_string(), "24.00 GBP");
    assert!(report.released.is_empty());
    stage.shop.sage.desktop().delete_posted(second).unwrap();
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["credit-note-doubled"]);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
}

/// "Reverse one of them in Sage" is the advice; who follows it must get out.
#[test]
fn two_of_one_reference_are_right_again_when_one_is_reversed() {
    let stage = Stage::open();
    let (rma, _) = posted_and_not_seen(&stage);
    let second = stage.by_hand(&format!("RMA{rma}-1"), "20.00", "4.00");
    stage.shop.wait(minutes(10));
    stage.run_on();
    stage.shop.sage.desktop().reverse(second).unwrap();
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["credit-note-doubled"], "still open: {:?}", codes(&report, &rma));
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
}

#[test]
fn the_date_is_londons() {
    for (now, date) in [
        ("2026-06-30T23:30:00Z", "2026-07-01"),
        ("2026-06-30T22:30:00Z", "2026-06-30"),
        ("2026-03-29T00:30:00Z", "2026-03-29"),
        ("2026-12-31T23:59:00Z", "2026-12-31"),
    ] {
        let stage = Stage::at(now);
        stage.shirt_returned("EX1");
        assert_eq!(stage.run().posted[0].date.to_string(), date, "{now}");
    }
}

#[test]
fn the_reference_is_left_to_sage_where_sage_numbers_credit_notes() {
    let mut stage = Stage::open();
    stage.policy.send_reference = false;
    stage.shop.sage.set_auto_number_credit_notes(true);
    let rma = stage.shirt_returned("EX1-LONGER-THAN-TWENTY");
    let report = stage.run();
    assert_eq!(posted(&report), [format!("RMA{rma}-1")]);
    let row = &stage.shop.sage.ledger()[0];
    assert_eq!(row.reference, "0000000001");
    assert_eq!(report.released.len(), 1);
}

#[test]
fn an_account_that_is_hidden_is_not_credited_and_one_on_hold_is() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.shop.sage.desktop().put_on_hold(stage.shop.web).unwrap();
    let report = stage.run();
    let on_hold = codes(&report, &rma);
    // On hold stops orders, not credit notes; what is not posted is told.
    assert!(stage.ours().len() == 1 || on_hold == ["customer-unusable"], "{on_hold:?}");

    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.shop.sage.desktop().hide_customer(stage.shop.web).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["customer-unusable"]);
    contains_all(&facts(&report, Code::CustomerUnusable), &["WEB01"]);
    assert_eq!(stage.posts(), 0);
}

#[test]
fn the_nominal_account_of_the_policy_is_used() {
    let mut stage = Stage::open();
    stage.policy.nominal = Some(returns_sync::policy::NominalAccount {
        account: "41100".parse().unwrap(),
        cost_centre: Some("WEB".parse().unwrap()),
        department: None,
    });
    let rma = stage.shirt_returned("EX1");
    assert_eq!(posted(&stage.run()), [format!("RMA{rma}-1")]);
}

/// A journal that was copied back from before the post: the books say what it does not know.
#[test]
fn an_older_journal_finds_its_own_credit_note_in_sage() {
    let mut stage = Stage::open();
    stage.sold("EX0", vec![line("SHIRT-M", 1)]);
    stage.approved("EX0", [shirt()]);
    stage.run_on();
    let old = stage.entries();
    let rma = stage.shirt_returned("EX1");
    stage.run_on();
    assert_eq!(stage.ours().len(), 1);

    let journal = MemoryJournal::new();
    for entry in old {
        returns_tests::run_to_end(returns_sync::journal::Journal::append(&journal, entry)).unwrap();
    }
    stage.journal = journal;
    let report = stage.run();
    assert_eq!(stage.posts(), 1, "not posted beside the one that is there");
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
}
