//! Units of a sales return whose lines are alike: Sage counts them, ReturnGO tells them apart, and the latest inspection
//! decides whose goods are here.

use crate::common::{Stage, cleared, codes, d, hours, line, released, shirts};
use returngo_client::{RmaId, sandbox::Verdict};
use returns_sync::{
    journal::Event,
    policy::ReceiptProof,
    run::{Mode, run_once},
};
use returns_tests::{Limits, drive_while, every_schedule};
use rust_decimal::Decimal;

const HERE: Option<Verdict> = Some(Verdict::Returned { restockable: true });

fn missing() -> Option<Verdict> {
    Some(Verdict::NotReturned { reason: "not in the parcel".to_owned() })
}

/// Two shirts to come back, the return prepared: the RMA and the return's number in Sage.
fn two_shirts(stage: &Stage) -> (RmaId, String) {
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    stage.run_on();
    (rma, stage.returns_in_sage().remove(0))
}

fn moves(stage: &Stage) -> usize {
    stage.events().iter().filter(|event| matches!(event, Event::GoodsMoved { .. })).count()
}

fn credit_posted(stage: &Stage, number: &str) {
    let desktop = stage.shop.sage.desktop();
    let credit = desktop.print_credit_note(number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
}

/// One shirt is in the parcel. The warehouse receives it in Sage, ReturnGO says only then which unit it is.
#[test]
fn goods_received_before_the_inspection_belong_to_the_unit_that_is_here() {
    for verdicts in [[missing(), HERE], [HERE, missing()], [None, HERE]] {
        let stage = Stage::of_returns();
        let (rma, number) = two_shirts(&stage);
        stage.shop.returngo.courier_delivers(&rma).unwrap();
        stage.shop.sage.desktop().confirm_goods_in(&number, &[(1, Decimal::ONE)]).unwrap();
        stage.run_on();
        let here = verdicts.iter().position(|verdict| *verdict == HERE).unwrap();
        let other_is_missing = verdicts.contains(&missing());
        stage.inspect(&rma, &verdicts);
        let report = stage.run();
        assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
        assert_eq!(report.changed.len(), usize::from(other_is_missing), "the other one leaves the return");
        credit_posted(&stage, &number);
        let report = stage.run();
        assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
        assert_eq!(report.released[0].units, [stage.shop.units(&rma)[here].clone()]);
        stage.shop.book_goods(&report.stock).unwrap();
        // Nobody is sent for a shirt that is not there.
        stage.shop.wait(hours(24 * 8));
        let report = stage.run();
        let told = codes(&report, &rma);
        assert_eq!(
            told,
            if other_is_missing { vec![] } else { vec!["receipt-not-inspected"] },
            "{:?}",
            report.exceptions
        );
        assert_eq!(moves(&stage), usize::from(here == 1));
    }
}

/// The same, and finance has posted the credit note before anybody inspected.
#[test]
fn a_credit_note_before_the_inspection_belongs_to_the_unit_that_is_here() {
    let stage = Stage::of_returns();
    let (rma, number) = two_shirts(&stage);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    stage.shop.sage.desktop().confirm_goods_in(&number, &[(1, Decimal::ONE)]).unwrap();
    credit_posted(&stage, &number);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["credit-without-receipt"]);
    assert!(report.stock.is_empty(), "received where uninspected goods belong");
    stage.inspect(&rma, &[missing(), HERE]);
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["credit-without-receipt"]);
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    assert_eq!(report.released[0].units, [stage.shop.units(&rma)[1].clone()]);
    // Fit for sale by the inspection: to be moved.
    assert_eq!(report.stock.iter().map(|goods| goods.quantity).sum::<u32>(), 1, "{:?}", report.stock);
    stage.shop.book_goods(&report.stock).unwrap();
    let report = stage.run_until_quiet();
    assert!(report.exceptions.is_empty() && report.stock.is_empty(), "{:?}", report.stock);
    assert_eq!(moves(&stage), 1);
}

/// Inspected twice, the second time the other way round.
#[test]
fn the_latest_inspection_counts() {
    let stage = Stage::of_returns();
    let (rma, number) = two_shirts(&stage);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    stage.inspect(&rma, &[HERE, None]);
    stage.shop.sage.desktop().confirm_goods_in(&number, &[(1, Decimal::ONE)]).unwrap();
    stage.run_on();
    stage.shop.wait(hours(1));
    stage.inspect(&rma, &[missing(), HERE]);
    stage.run_on();
    credit_posted(&stage, &number);
    let report = stage.run();
    assert_eq!(report.released[0].units, [stage.shop.units(&rma)[1].clone()]);
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
}

/// Money that is released stays with its unit: what is said of it afterwards is told.
#[test]
fn what_is_released_is_not_given_to_another_unit() {
    let mut stage = Stage::of_returns();
    stage.policy.receipt_proof = ReceiptProof::SageGoodsIn;
    let (rma, number) = two_shirts(&stage);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    stage.shop.sage.desktop().confirm_goods_in(&number, &[(1, Decimal::ONE)]).unwrap();
    credit_posted(&stage, &number);
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    stage.inspect(&rma, &[missing(), HERE]);
    let report = stage.run();
    assert!(codes(&report, &rma).contains(&"credited-but-changed"), "{:?}", report.exceptions);
    assert_eq!(moves(&stage), 0);
}

/// The run may die anywhere between giving the goods to the other unit and taking the first off the return.
#[test]
fn wherever_a_run_dies_meanwhile_the_unit_that_is_here_is_paid_once() {
    let schedules = every_schedule(&[Limits { faults: 0, crashes: 1 }], |schedule| {
        let stage = Stage::of_returns();
        let (rma, number) = two_shirts(&stage);
        stage.shop.returngo.courier_delivers(&rma).unwrap();
        stage.shop.sage.desktop().confirm_goods_in(&number, &[(1, Decimal::ONE)]).unwrap();
        stage.run_on();
        stage.inspect(&rma, &[missing(), HERE]);
        let run = run_once(&stage.systems, &stage.journal, &stage.policy, Mode::Run);
        let mortal = || {
            let entries = stage.entries();
            let noted = |kind: &str| entries.iter().any(|entry| entry.body.contains(kind));
            noted("goods_moved") && !noted("return_change_ended")
        };
        if let Some(report) = drive_while(run, schedule, String::new, mortal) {
            assert!(report.unwrap().exceptions.is_empty(), "{:?}", schedule.trace());
        }
        stage.shop.wait(hours(1));
        stage.run_on();
        credit_posted(&stage, &number);
        let report = stage.run_until_quiet();
        assert!(report.exceptions.is_empty(), "{:?}: {:?}", schedule.trace(), report.exceptions);
        assert_eq!((stage.released_in_all(), moves(&stage)), (d("24.00"), 1), "{:?}", schedule.trace());
        let here = stage.shop.units(&rma)[1].clone();
        let paid = |event: &Event| matches!(event, Event::RefundReleased { units, .. } if *units == [here.clone()]);
        assert_eq!(stage.events().iter().filter(|event| paid(event)).count(), 1, "{:?}", schedule.trace());
    });
    println!("{schedules} schedules");
    assert!(schedules > 10, "{schedules}");
}
