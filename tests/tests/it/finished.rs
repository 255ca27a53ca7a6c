//! RMAs that staff call Done in ReturnGO while units of them are open: they are watched for sixty days from then, and longer
//! while anything of them may be here.

use crate::common::{Stage, book, codes, d, hours, line, released, shirt, shirts};
use returngo_client::{RmaId, sandbox::Verdict};
use returns_sync::{journal::Event, policy::ReceiptProof, rules::Standing};
use rust_decimal::Decimal;

const HERE: Option<Verdict> = Some(Verdict::Returned { restockable: true });

fn days(days: i64) -> chrono::TimeDelta {
    hours(24 * days)
}

fn approved(stage: &Stage) -> RmaId {
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    stage.run_on();
    rma
}

fn entered_and_changed(stage: &Stage) -> (usize, usize) {
    let events = stage.events();
    let count = |wanted: fn(&Event) -> bool| events.iter().filter(|event| wanted(event)).count();
    let changed = count(|event| matches!(event, Event::ReturnChangeIntended { .. }));
    (count(|event| matches!(event, Event::ReturnIntended { .. })), changed)
}

/// Inspected as returned, not yet received in Sage: its return stays, however long the RMA is Done.
#[test]
fn goods_that_are_here_keep_their_return() {
    let stage = Stage::of_returns();
    let rma = approved(&stage);
    let number = stage.returns_in_sage().remove(0);
    stage.shop.wait(days(61));
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    stage.inspect(&rma, &[HERE, HERE]);
    stage.shop.returngo.mark_done(&rma).unwrap();
    for _ in 0..3 {
        drop(stage.run_until_quiet());
        stage.shop.wait(days(40));
    }
    assert_eq!(entered_and_changed(&stage), (1, 0));
    assert_eq!(codes(&stage.run(), &rma), ["return-to-stock-failed"]);
    stage.shop.sage.desktop().confirm_goods_in(&number, &[(1, Decimal::ONE), (2, Decimal::ONE)]).unwrap();
    let credit = stage.shop.sage.desktop().print_credit_note(&number).unwrap();
    stage.shop.sage.desktop().post_printed_credit_note(&credit).unwrap();
    assert_eq!(released(&stage.run()), [(rma.to_string(), d("48.00"))]);
}

/// The parcel is there and nobody has inspected it.
#[test]
fn a_parcel_on_the_dock_keeps_its_return() {
    for proof in [ReceiptProof::ItemValidated, ReceiptProof::SageGoodsIn] {
        let mut stage = Stage::of_returns();
        stage.policy.receipt_proof = proof;
        let rma = approved(&stage);
        stage.shop.returngo.courier_delivers(&rma).unwrap();
        stage.shop.returngo.mark_done(&rma).unwrap();
        stage.run_on();
        stage.shop.wait(days(61));
        let report = stage.run();
        assert_eq!(entered_and_changed(&stage), (1, 0));
        let told = match proof {
            ReceiptProof::SageGoodsIn => "return-to-stock-failed",
            _ => "receipt-not-inspected",
        };
        assert_eq!(codes(&report, &rma), [told], "{:?}", report.exceptions);
    }
}

/// An old RMA whose parcel has just come is watched on both routes, although it is Done already.
#[test]
fn an_old_rma_is_watched_from_the_day_it_is_done() {
    for of_returns in [false, true] {
        let stage = if of_returns { Stage::of_returns() } else { Stage::open() };
        let rma = approved(&stage);
        stage.shop.wait(days(61));
        stage.shop.returngo.courier_delivers(&rma).unwrap();
        stage.shop.returngo.mark_done(&rma).unwrap();
        let report = stage.run_until_quiet();
        assert_eq!(report.standings.keys().collect::<Vec<_>>(), [&Standing::AwaitingInspection]);
        stage.inspect(&rma, &[HERE, HERE]);
        let report = stage.run();
        if of_returns {
            assert_eq!(report.waiting.len(), 1, "to be received");
        } else {
            assert_eq!(released(&report), [(rma.to_string(), d("48.00"))]);
        }
    }
}

/// The goods never came: sixty days after it was Done their return goes, and the RMA is left alone.
#[test]
fn what_never_came_is_given_up_sixty_days_after_done() {
    let stage = Stage::of_returns();
    let rma = approved(&stage);
    stage.shop.wait(days(59));
    stage.shop.returngo.mark_done(&rma).unwrap();
    drop(stage.run_until_quiet());
    stage.shop.wait(days(59));
    drop(stage.run_until_quiet());
    assert_eq!(entered_and_changed(&stage), (1, 0), "the RMA is old, and Done for less than sixty days");
    stage.shop.wait(days(2));
    let report = stage.run_until_quiet();
    assert_eq!(entered_and_changed(&stage), (1, 1));
    assert!(stage.events().iter().any(|event| matches!(event, Event::Closed { .. })), "{:?}", report.standings);
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
}

/// Open again in ReturnGO: the sixty days start anew with the next Done.
#[test]
fn an_rma_that_is_open_again_is_not_given_up() {
    let stage = Stage::of_returns();
    let rma = approved(&stage);
    stage.shop.returngo.mark_done(&rma).unwrap();
    drop(stage.run_until_quiet());
    stage.shop.wait(days(59));
    stage.rewrite(&rma, "\"status\":\"Done\"", "\"status\":\"Validated\"");
    drop(stage.run_until_quiet());
    stage.shop.wait(days(30));
    stage.rewrite(&rma, "\"status\":\"Validated\"", "\"status\":\"Done\"");
    drop(stage.run_until_quiet());
    stage.shop.wait(days(30));
    drop(stage.run_until_quiet());
    assert_eq!(entered_and_changed(&stage), (1, 0));
}

/// The parcel comes on the last day, and the warehouse has its usual time to inspect it.
#[test]
fn a_parcel_of_the_last_day_is_waited_for() {
    let stage = Stage::open();
    let rma = approved(&stage);
    stage.shop.returngo.mark_done(&rma).unwrap();
    drop(stage.run_until_quiet());
    stage.shop.wait(days(60) - hours(1));
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    drop(stage.run_until_quiet());
    stage.shop.wait(hours(2));
    let report = stage.run_until_quiet();
    assert_eq!(report.standings.keys().collect::<Vec<_>>(), [&Standing::AwaitingInspection]);
    stage.inspect(&rma, &[HERE, HERE]);
    assert_eq!(released(&stage.run()), [(rma.to_string(), d("48.00"))]);
}

/// Approved, delivered and Done between two runs: what has arrived gets its return, what has not does not.
#[test]
fn what_has_arrived_gets_its_return_although_done() {
    let stage = Stage::of_returns();
    stage.sold("EX1", vec![line("SHIRT-M", 1), line("BOOK-KNIT", 1)]);
    let rma = stage.approved("EX1", [shirt(), book()]);
    let units = stage.shop.units(&rma);
    stage.shop.returngo.staff_splits_parcel(&rma, &units[1..]).unwrap();
    let parcels = stage.shop.returngo.shipments(&rma);
    stage.shop.returngo.courier_delivers_parcel(&parcels[0]).unwrap();
    stage.shop.returngo.mark_done(&rma).unwrap();
    let report = stage.run();
    assert_eq!(report.prepared.len(), 1, "{:?}", report.exceptions);
    let entered = stage.events().into_iter().find_map(|event| match event {
        Event::ReturnIntended { intent, .. } => Some(intent),
        _ => None,
    });
    assert_eq!(entered.unwrap().units.iter().map(|unit| &unit.value.unit).collect::<Vec<_>>(), [&units[0]]);
}
