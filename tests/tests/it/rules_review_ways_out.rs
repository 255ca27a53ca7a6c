//! Every exception has a way out, and nothing is lost on the way: credits by hand, answers that were lost, RMAs that
//! come back, people who settle.

use crate::common::{
    Stage, cleared, codes, contains_all, d, exception, facts, hours, item, line, minutes, posted, released, shirt,
    shirts,
};
use returngo_client::{RmaId, sandbox::Verdict};
use returns_sync::{
    exception::Code,
    journal::{CreditOutcome, Event},
    rules::Standing,
    run::{Mode, RunError, RunReport, run_once, settle},
};
use returns_tests::{Limits, drive, every_schedule, run_to_end};
use sage200_client::sandbox::{How, ReadLag};
use std::time::Duration;

const FIT: Verdict = Verdict::Returned { restockable: true };
const LOST: How = How::Refuse { status: 504, retry_after: None };

fn missing() -> Verdict {
    Verdict::NotReturned { reason: "Not in the parcel".to_owned() }
}

fn inspect(stage: &Stage, rma: &RmaId, unit: usize, verdict: Verdict) {
    stage.shop.returngo.inspect(&stage.shop.units(rma)[unit], verdict).unwrap();
}

fn happened(stage: &Stage, what: impl Fn(&Event) -> bool) -> bool {
    stage.events().iter().any(what)
}

fn abandoned(event: &Event) -> bool {
    matches!(event, Event::CreditEnded { outcome: CreditOutcome::Abandoned { .. }, .. })
}

fn settle_by(stage: &Stage, rma: &RmaId, who: &str, why: &str) -> Result<usize, RunError> {
    run_to_end(settle(&stage.systems, &stage.journal, rma, who, why)).map(|units| units.len())
}

/// A run whose credit note shows in the ledger a minute later.
fn run_late(stage: &Stage) {
    stage.shop.sage.set_ledger_read_lag(ReadLag::For(Duration::from_secs(60)));
    assert!(stage.run().released.is_empty());
    stage.shop.sage.set_ledger_read_lag(ReadLag::None);
}

#[test]
fn credited_by_hand_is_the_way_out_of_what_we_can_not_value() {
    type Scene = fn(&Stage) -> RmaId;
    let scenes: [(Code, Scene, [&str; 2]); 5] = [
        (Code::OrderNotFound, |stage| stage.returned("EX-NOWHERE", [shirt()]), ["20.00", "4.00"]),
        (
            Code::OrderAmbiguous,
            |stage| {
                stage.sold("EX1", vec![line("SHIRT-M", 1)]);
                stage.shirt_returned("EX1")
            },
            ["20.00", "4.00"],
        ),
        (
            Code::ValueDiffers,
            |stage| {
                stage.sold("EX1", vec![line("SHIRT-M", 1)]);
                stage.returned("EX1", [item("SHIRT-M", "23.00", "3.83")])
            },
            ["19.17", "3.83"],
        ),
        (
            Code::TaxRateWrong,
            |stage| {
                let rma = stage.shirt_returned("EX1");
                stage.shop.sage.desktop().change_tax_rate(1, d("25")).unwrap();
                rma
            },
            ["20.00", "4.00"],
        ),
        (
            Code::SkuInactive,
            |stage| {
                let rma = stage.shirt_returned("EX1");
                stage.shop.sage.desktop().deactivate_product("SHIRT-M").unwrap();
                rma
            },
            ["20.00", "4.00"],
        ),
    ];
    for (code, scene, [net, vat]) in scenes {
        let stage = Stage::open();
        let rma = scene(&stage);
        assert_eq!(codes(&stage.run(), &rma), [code.as_str()]);
        stage.by_hand(&format!("RMA {rma}"), net, vat);
        let report = stage.run();
        assert_eq!(cleared(&report, &rma), [code.as_str()]);
        assert!(report.exceptions.is_empty(), "{code}: {:?}", report.exceptions);
        assert!(report.released.is_empty(), "{code}: what we can't value is not ours to release");
        let stock: Vec<_> = report.stock.iter().map(|entry| entry.reference.clone()).collect();
        assert_eq!(stock, [format!("RMA{rma}")], "{code}");
        stage.shop.refunded(&rma, d(net) + d(vat)).unwrap();
        stage.shop.wait(hours(24));
        assert_eq!((stage.run_until_quiet().exit_code(), stage.posts()), (0, 0), "{code}");
    }
}

#[test]
fn lost_and_then_credited_by_hand_is_given_up_and_ends_done() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.sage_fails(LOST, 1);
    stage.run_on();
    stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    let mut all = Vec::new();
    for _ in 0..4 {
        stage.shop.wait(minutes(10));
        let report = stage.run();
        assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
        all.extend(released(&report));
    }
    assert!(happened(&stage, abandoned));
    assert_eq!(all, [(rma.to_string(), d("24.00"))]);
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    let report = stage.run_until_quiet();
    assert!(happened(&stage, |event| matches!(event, Event::Closed { .. })));
    assert_eq!((report.exit_code(), stage.posts(), stage.ours().len()), (0, 1, 0));
    let totals = report.totals.unwrap();
    assert_eq!((totals.journal.count, totals.sage.count, totals.by_hand.count, totals.under_way), (0, 0, 1, 0));
}

#[test]
fn an_open_credit_of_a_return_cancelled_again_is_settled_and_told() {
    let stage = Stage::open();
    let _same_world = stage.shop.returngo.clone().with_validated_after_inspection(false);
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.shop.returngo.cancel(&rma).unwrap();
    stage.run_on();
    assert!(happened(&stage, |event| matches!(event, Event::Closed { .. })));
    stage.shop.returngo.reopen(&rma).unwrap();
    stage.shop.received(&rma).unwrap();
    stage.sage_fails(How::ActThenStatus(504), 1);
    run_late(&stage);
    assert_eq!(stage.ours().len(), 1);
    stage.shop.returngo.cancel(&rma).unwrap();
    stage.shop.wait(minutes(10));
    let report = stage.run();
    assert_eq!(posted(&report), [format!("RMA{rma}-1")]);
    assert!(report.posted[0].answer_lost && report.released.is_empty());
    assert_eq!(codes(&report, &rma), ["cancelled-after-credit"]);
    assert_eq!((stage.posts(), stage.run_until_quiet().standings[&Standing::Held]), (1, 1));
}

#[test]
fn credits_in_flight_are_settled_though_go_live_is_moved() {
    for lost in [false, true] {
        let mut stage = Stage::open();
        let rma = stage.shirt_returned("EX1");
        if lost {
            stage.sage_fails(How::ActThenStatus(504), 1);
        }
        run_late(&stage);
        stage.policy.go_live = "2026-04-10T00:00:00Z".parse().unwrap();
        stage.shop.wait(minutes(10));
        let report = stage.run();
        assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
        assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
        let totals = report.totals.unwrap();
        assert_eq!((totals.journal, totals.journal.count), (totals.sage, 1));
        stage.shop.refunded(&rma, d("24.00")).unwrap();
        stage.shop.wait(hours(24));
        assert_eq!((stage.run_until_quiet().exit_code(), stage.posts()), (0, 1));
        assert!(happened(&stage, |event| matches!(event, Event::Closed { .. })), "paid and over, lost: {lost}");
    }
}

#[test]
fn a_sales_return_completed_before_the_first_look_counts_as_credited_by_hand() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let desktop = stage.shop.sage.desktop();
    let number = desktop.enter_sales_return(stage.shop.web, &format!("RMA {rma}"), vec![line("SHIRT-M", 1)]).unwrap();
    desktop.confirm_goods_received(&number).unwrap();
    desktop.post_sop_credit_note(&number).unwrap();
    let report = stage.run();
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    assert_eq!((released(&report), stage.posts()), (vec![(rma.to_string(), d("24.00"))], 0));
}

#[test]
fn not_returned_marked_done_and_found_two_days_later_is_credited() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    inspect(&stage, &rma, 0, missing());
    stage.run_on();
    stage.shop.returngo.mark_done(&rma).unwrap();
    assert_eq!(stage.run_until_quiet().standings[&Standing::Done], 1);
    stage.shop.wait(hours(48));
    inspect(&stage, &rma, 0, FIT);
    let report = stage.run();
    assert_eq!(posted(&report), [format!("RMA{rma}-1")]);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
}

#[test]
fn two_early_refunds_are_one_exception_with_both_transactions() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    let units = stage.shop.units(&rma);
    let ask = |units, amount| stage.shop.returngo.staff_refund(&rma, units, d(amount)).unwrap();
    let (first, second) = (ask(&units[..1], "24.00"), ask(&units[1..], "20.50"));
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["refund-without-receipt"]);
    let finding = &exception(&report, Code::RefundWithoutReceipt).finding;
    contains_all(&finding.facts, &[first.as_str(), second.as_str(), "24.00 GBP", "20.50 GBP", "; "]);
    assert_eq!((finding.units.len(), finding.money_at_risk.unwrap().to_string()), (2, "44.50 GBP".to_owned()));
}

#[test]
fn a_unit_that_left_an_open_credit_does_not_hold_the_others() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 3)]);
    let rma = stage.returned("EX1", [shirts(3)]);
    stage.sage_fails(LOST, 1);
    stage.run_on();
    inspect(&stage, &rma, 1, missing());
    let mut all = Vec::new();
    for _ in 0..5 {
        stage.shop.wait(minutes(10));
        all.extend(released(&stage.run()));
    }
    assert!(happened(&stage, abandoned));
    stage.assert_ours(&[(&format!("RMA{rma}-2"), "40.00", "8.00")]);
    assert_eq!(all, [(rma.to_string(), d("48.00"))]);
    assert_eq!((stage.posts(), stage.run().exit_code()), (2, 0));
    // Found after all.
    inspect(&stage, &rma, 1, FIT);
    assert_eq!(posted(&stage.run()), [format!("RMA{rma}-3")]);
}

#[test]
fn a_run_that_dies_anywhere_loses_no_goods_from_the_list() {
    let died_after_read_back = std::cell::Cell::new(0u32);
    let schedules = every_schedule(&[Limits { faults: 0, crashes: 1 }], |schedule| {
        let stage = Stage::open();
        stage.sold("EX1", vec![line("SHIRT-M", 2)]);
        let rma = stage.returned("EX1", [shirts(2)]);
        let hand = stage.shirt_returned("EX2");
        stage.by_hand(&format!("RMA {hand}"), "20.00", "4.00");
        let mut last: Option<RunReport> = None;
        for _ in 0..6 {
            let run = run_once(&stage.systems, &stage.journal, &stage.policy, Mode::Run);
            match drive(run, schedule, String::new) {
                Some(report) => {
                    let report = report.unwrap();
                    let quiet = report.journal_entries == 0;
                    last = Some(report);
                    if quiet {
                        break;
                    }
                }
                None => {
                    let read_back = happened(&stage, |event| matches!(event, Event::CreditReadBack { .. }));
                    died_after_read_back.set(died_after_read_back.get() + u32::from(read_back));
                }
            }
            stage.shop.wait(minutes(10));
        }
        let mut stock: Vec<_> = last.unwrap().stock.into_iter().map(|e| (e.reference, e.quantity)).collect();
        stock.sort();
        assert_eq!(stock, [(format!("RMA{rma}-1"), 2), (format!("RMA{hand}"), 1)], "{:?}", schedule.trace());
    });
    assert!(schedules > 20 && died_after_read_back.get() > 0, "{schedules}");
}

#[test]
fn an_rma_first_seen_at_an_unknown_status_is_told() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    // Not among the statuses that are open.
    stage.shop.returngo.mark_done(&rma).unwrap();
    stage.rewrite(&rma, "\"status\":\"Done\"", "\"status\":\"Archived\"");
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["rma-status-unknown"]);
    contains_all(&facts(&report, Code::RmaStatusUnknown), &["Archived"]);
    assert_eq!(stage.posts(), 0);
}

#[test]
fn a_plan_of_two_returns_for_one_sold_unit_shows_it_once() {
    let stage = Stage::open();
    let first = stage.shirt_returned("EX1");
    let second = stage.returned("EX1", [shirt()]);
    let plan = stage.plan();
    let planned: Vec<_> = plan.planned.iter().map(|credit| credit.second_reference.as_str()).collect();
    assert_eq!(planned, [format!("RMA{first}-1")]);
    assert_eq!(codes(&plan, &second), ["quantity-exceeded"]);
    assert_eq!(stage.entries().len(), 0);
    let report = stage.run();
    assert_eq!((posted(&report), codes(&report, &second)), (planned, vec!["quantity-exceeded"]));
}

#[test]
fn a_late_inspection_is_as_old_as_its_oldest_unit() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 3)]);
    let rma = stage.approved("EX1", [shirts(3)]);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    stage.run_on();
    stage.shop.wait(hours(48));
    let first = exception(&stage.run(), Code::ReceiptNotInspected).since;
    stage.shop.wait(hours(5));
    inspect(&stage, &rma, 0, FIT);
    for _ in 0..2 {
        let report = stage.run();
        let found = exception(&report, Code::ReceiptNotInspected);
        assert_eq!((found.since, found.finding.units.len()), (first, 2));
        assert!(report.cleared.is_empty());
        stage.shop.wait(hours(1));
    }
    assert_eq!(stage.ours().len(), 1);
}

#[test]
fn settled_by_a_person_needs_a_name_a_reason_and_a_journal_in_use() {
    let stage = Stage::open();
    let rma = stage.returned("EX-NOWHERE", [shirt()]);
    let error = settle_by(&stage, &rma, "Kim of finance", "credited on paper").unwrap_err();
    assert!(matches!(error, RunError::Policy(_)));
    contains_all(&error.to_string(), &["run the sync first"]);
    assert!(stage.entries().is_empty());
    stage.run_on();
    let entries = stage.entries().len();
    for (who, why) in [("", "credited on paper"), ("Kim of finance", ""), (" ", "\t"), ("", "")] {
        let error = settle_by(&stage, &rma, who, why).unwrap_err();
        contains_all(&error.to_string(), &["by somebody and for a reason"]);
    }
    let nobodys = RmaId::new("999999").unwrap();
    assert!(matches!(settle_by(&stage, &nobodys, "Kim", "typing error"), Err(RunError::System(_))));
    assert_eq!(stage.entries().len(), entries);
}

#[test]
fn settled_by_a_person_is_over() {
    let stage = Stage::open();
    let rma = stage.returned("EX1", [shirt()]);
    assert_eq!(codes(&stage.run(), &rma), ["order-not-found"]);
    assert_eq!(settle_by(&stage, &rma, " Kim of finance ", "credited on paper").unwrap(), 1);
    let said = |event: &Event| matches!(event, Event::Settled { who, why, .. } if who == "Kim of finance" && why == "credited on paper");
    assert!(happened(&stage, said));
    stage.shop.wait(hours(1));
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["order-not-found"]);
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    // What stood in the way is gone, and nothing is posted all the same.
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    for _ in 0..3 {
        stage.shop.wait(hours(24));
        let report = stage.run();
        assert!(report.exceptions.is_empty() && report.released.is_empty(), "{:?}", report.exceptions);
    }
    assert_eq!(stage.posts(), 0);
}

#[test]
fn settled_with_a_credit_of_ours_releases_nothing_more() {
    // Still on its way, lost on its way, or standing and wrong.
    for scene in 0..3 {
        let stage = Stage::open();
        let rma = stage.shirt_returned("EX1");
        match scene {
            0 => run_late(&stage),
            1 => {
                stage.sage_fails(LOST, 1);
                stage.run_on();
            }
            _ => {
                run_late(&stage);
                stage.shop.returngo.inspect(&stage.shop.units(&rma)[0], missing()).unwrap();
                stage.shop.wait(minutes(10));
                assert_eq!(codes(&stage.run(), &rma), ["credited-but-changed"]);
            }
        }
        settle_by(&stage, &rma, "Kim of finance", "sorted out with the customer").unwrap();
        for _ in 0..4 {
            stage.shop.wait(minutes(10));
            let report = stage.run();
            assert!(report.released.is_empty() && report.exceptions.is_empty(), "{scene}: {:?}", report.exceptions);
        }
        assert_eq!(stage.posts(), 1, "{scene}");
        assert!(!happened(&stage, |event| matches!(event, Event::RefundReleased { .. })));
    }
}

#[test]
fn a_refund_that_differs_and_is_settled_is_over() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.run_on();
    stage.shop.refunded(&rma, d("30.00")).unwrap();
    assert_eq!(codes(&stage.run(), &rma), ["refund-differs"]);
    settle_by(&stage, &rma, "Kim of finance", "6.00 as a courtesy").unwrap();
    stage.shop.wait(minutes(10));
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["refund-differs"]);
    assert_eq!(stage.run_until_quiet().exit_code(), 0);
}

#[test]
fn a_unit_that_joins_later_is_not_settled() {
    joins_later(false);
}

/// A run has been over the settled return since, and its status is still the same.
#[test]
fn a_unit_that_joins_a_settled_return_at_rest_is_seen() {
    joins_later(true);
}

fn joins_later(at_rest: bool) {
    let stage = Stage::open();
    let rma = stage.returned("EX1", [shirts(2)]);
    let units = stage.shop.units(&rma);
    let mut body: serde_json::Value = serde_json::from_str(&stage.shop.returngo.json(&rma).unwrap()).unwrap();
    body["items"].as_array_mut().unwrap().truncate(1);
    stage.shop.returngo.replace_body(&rma, &body.to_string()).unwrap();
    assert_eq!(exception(&stage.run(), Code::OrderNotFound).finding.units, units[..1]);
    assert_eq!(settle_by(&stage, &rma, "Kim of finance", "credited on paper").unwrap(), 1);
    if at_rest {
        stage.shop.wait(hours(1));
        assert_eq!(cleared(&stage.run(), &rma), ["order-not-found"]);
    }
    stage.shop.returngo.restore_body(&rma).unwrap();
    stage.shop.wait(hours(1));
    assert_eq!(exception(&stage.run(), Code::OrderNotFound).finding.units, units[1..]);
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    assert_eq!(report.released[0].units, units[1..]);
}
