//! What a person settles is no more acted on, and still watched: people, batches and late answers in Sage may go on with it.

use crate::common::{Stage, cleared, codes, contains_all, d, exception, facts, hours, line, minutes, released, shirts};
use bytes::Bytes;
use http::Request;
use returngo_client::{
    RmaId,
    sandbox::{FaultPlan, Verdict},
};
use returns_sync::{
    exception::Code,
    journal::Event,
    run::{Adopt, Mode, RunReport, adopt, run_once, settle, settle_units},
};
use returns_tests::{SUITE, drive_while, every_schedule, faulty, run_to_end};
use rust_decimal::Decimal;
use sage200_client::{
    Urn,
    sandbox::{Fault, How, ReadLag},
};
use std::time::Duration;

const HERE: Option<Verdict> = Some(Verdict::Returned { restockable: true });

fn settle_all(stage: &Stage, rma: &RmaId) {
    run_to_end(settle(&stage.systems, &stage.journal, rma, "Jo Finance", "credited by hand")).unwrap();
}

fn adopt_credit(stage: &Stage, urn: Urn) {
    run_to_end(adopt(&stage.systems, &stage.journal, Adopt::CreditNote(urn), "Jo Finance", "the only one")).unwrap();
}

fn two_shirts(stage: &Stage) -> (RmaId, String) {
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    stage.run_on();
    (rma, stage.returns_in_sage().remove(0))
}

fn told(report: &RunReport, code: Code) -> bool {
    report.exceptions.iter().any(|exception| exception.finding.code == code)
}

/// The answer was lost, finance credits by hand and settles; then ours reaches the ledger after all.
#[test]
fn a_credit_note_that_lands_after_settling_is_told() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.returned("EX1", [shirts(2)]);
    stage.shop.sage.set_ledger_read_lag(ReadLag::For(Duration::from_secs(3 * 3600)));
    stage.sage_fails(How::ActThenStatus(504), 1);
    stage.run_on();
    stage.shop.sage.set_ledger_read_lag(ReadLag::None);
    stage.by_hand(&format!("RMA {rma}"), "40.00", "8.00");
    settle_all(&stage, &rma);
    let report = stage.run();
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    stage.shop.wait(hours(4));
    let report = stage.run_unchecked();
    assert!(told(&report, Code::CreditNoteStray), "{:?}", report.exceptions);
    let stray = exception(&report, Code::CreditNoteStray);
    contains_all(&stray.finding.facts, &[&format!("RMA{rma}-1")]);
    assert_eq!(stray.finding.money_at_risk.unwrap().amount(), d("48.00"));
    let urn = stage.shop.sage.ledger().iter().find(|row| !row.by_hand).unwrap().urn;
    stage.shop.sage.desktop().reverse(urn).unwrap();
    let report = stage.run();
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
}

/// Nobody has touched the return: it goes, so that no batch credits it.
#[test]
fn an_untouched_return_goes_when_its_units_are_settled() {
    let stage = Stage::of_returns();
    let (rma, number) = two_shirts(&stage);
    stage.by_hand(&format!("RMA {rma}"), "40.00", "8.00");
    settle_all(&stage, &rma);
    let report = stage.run();
    assert_eq!(report.changed.len(), 1, "{:?}", report.exceptions);
    assert!(stage.shop.sage.desktop().hold_return(&number).is_err(), "it is gone");
    assert!(stage.run_until_quiet().exceptions.is_empty());
}

/// Goods are received on it: told until somebody cancels or completes it, and what is credited then is told as well.
#[test]
fn a_return_with_goods_on_it_is_told_until_it_is_over() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    stage.shop.inspected(&rma, &[HERE, HERE]).unwrap();
    desktop.confirm_goods_in(&number, &[(1, Decimal::ONE), (2, Decimal::ONE)]).unwrap();
    stage.run_on();
    stage.by_hand(&format!("RMA {rma}"), "40.00", "8.00");
    settle_all(&stage, &rma);
    let report = stage.run_until_quiet();
    assert_eq!(codes(&report, &rma), ["settled-but-open"], "{:?}", report.exceptions);
    contains_all(&facts(&report, Code::SettledButOpen), &[&number, "goods are received"]);
    // The month-end batch.
    stage.shop.wait(hours(1));
    let credit = desktop.print_credit_note(&number).unwrap();
    let urn = desktop.post_printed_credit_note(&credit).unwrap().unwrap();
    for _ in 0..2 {
        let report = stage.run_until_quiet();
        assert_eq!(codes(&report, &rma), ["settled-but-credited"], "{:?}", report.exceptions);
        contains_all(&facts(&report, Code::SettledButCredited), &[&credit]);
        let at_risk = exception(&report, Code::SettledButCredited).finding.money_at_risk.unwrap();
        assert_eq!(at_risk.amount(), d("48.00"));
        assert!(report.released.is_empty());
        stage.shop.wait(hours(24));
    }
    // A run that could not read the RMA clears nothing.
    stage.returngo_fails(FaultPlan::on("GET", "/rma/").truncated().times(1));
    let report = stage.run();
    assert!(told(&report, Code::SettledButCredited) && report.cleared.is_empty(), "{:?}", report.exceptions);
    adopt_credit(&stage, Urn(urn));
    let report = stage.run();
    assert!(cleared(&report, &rma).contains(&"settled-but-credited"), "{:?}", report.cleared);
    assert!(stage.run_until_quiet().exceptions.is_empty());
}

/// Cancelled in Sage, as the exception says: it is over.
#[test]
fn a_settled_return_that_is_cancelled_is_over() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    desktop.change_return_price(&number, 1, d("19.00")).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["return-changed"]);
    settle_all(&stage, &rma);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["settled-but-open"], "{:?}", report.exceptions);
    desktop.cancel_return(&number).unwrap();
    let report = stage.run_until_quiet();
    assert!(report.exceptions.is_empty() && report.waiting.is_empty(), "{:?}", report.exceptions);
}

/// Changed, completed and credited in Sage, then settled: the way out that `return-changed` names.
#[test]
fn what_was_finished_by_hand_before_is_left_alone() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    desktop.change_return_price(&number, 1, d("19.00")).unwrap();
    desktop.confirm_goods_in(&number, &[(1, Decimal::ONE), (2, Decimal::ONE)]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    stage.run_on();
    stage.shop.wait(hours(24));
    settle_all(&stage, &rma);
    let report = stage.run_until_quiet();
    assert!(report.exceptions.is_empty() && report.waiting.is_empty(), "{:?}", report.exceptions);
    assert!(stage.events().iter().any(|event| matches!(event, Event::ReturnLeft { .. })));
}

/// Settled while the answer to the return was lost: looked up, and never sent again.
#[test]
fn a_return_whose_answer_was_lost_is_looked_up_after_settling() {
    for how in [How::Refuse { status: 504, retry_after: None }, How::ActThenStatus(504)] {
        let stage = Stage::of_returns();
        stage.sold("EX1", vec![line("SHIRT-M", 2)]);
        let rma = stage.approved("EX1", [shirts(2)]);
        stage.shop.sage.fail_next(Fault::on_post("sop_returns", how));
        stage.run_on();
        settle_all(&stage, &rma);
        for _ in 0..6 {
            stage.shop.wait(minutes(10));
            stage.run_on();
        }
        let report = stage.run_until_quiet();
        assert!(report.exceptions.is_empty() && report.waiting.is_empty(), "{how:?}: {:?}", report.exceptions);
        let log = stage.shop.sage.request_log();
        let sent = log.iter().filter(|request| request.method == "POST" && request.path.ends_with("sop_returns"));
        assert_eq!(sent.count(), 1, "{how:?}");
        let made = matches!(how, How::ActThenStatus(_));
        let deleted = log.iter().any(|request| request.method == "DELETE");
        assert_eq!(deleted, made, "what was entered is taken away again");
    }
}

/// One unit settled, the other goes on: credited, read back, released.
#[test]
fn a_unit_that_is_not_settled_goes_on() {
    for of_returns in [false, true] {
        let stage = if of_returns { Stage::of_returns() } else { Stage::open() };
        stage.sold("EX1", vec![line("SHIRT-M", 2)]);
        let rma = stage.approved("EX1", [shirts(2)]);
        stage.run_on();
        let units = stage.shop.units(&rma);
        let some =
            |units| run_to_end(settle_units(&stage.systems, &stage.journal, &rma, units, "Jo", "kept by the customer"));
        assert_eq!(some(&units[1..]).unwrap(), units[1..]);
        contains_all(&some(&[]).unwrap_err().to_string(), &["no unit", "nothing is settled"]);
        let stranger = ["99999999".parse().unwrap()];
        contains_all(&some(&stranger).unwrap_err().to_string(), &["99999999", "is not in RMA", units[0].as_str()]);
        stage.shop.inspected(&rma, &[HERE, None]).unwrap();
        let mut report = stage.run();
        if of_returns {
            assert_eq!(report.changed.len(), 1, "the settled unit leaves the return: {:?}", report.exceptions);
            let (desktop, number) = (stage.shop.sage.desktop(), stage.returns_in_sage().remove(0));
            let received = |line| desktop.confirm_goods_in(&number, &[(line, Decimal::ONE)]);
            received(1).or_else(|_| received(2)).unwrap();
            desktop.post_printed_credit_note(&desktop.print_credit_note(&number).unwrap()).unwrap();
            report = stage.run();
        }
        assert_eq!(released(&report), [(rma.to_string(), d("24.00"))], "{:?}", report.exceptions);
        assert_eq!(report.released[0].units, units[..1]);
        assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    }
}

/// Goods of both units are received when one is settled, and a batch credits both.
#[test]
fn a_settled_unit_that_is_credited_with_another_is_told() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    stage.shop.inspected(&rma, &[HERE, HERE]).unwrap();
    desktop.confirm_goods_in(&number, &[(1, Decimal::ONE), (2, Decimal::ONE)]).unwrap();
    stage.run_on();
    let units = stage.shop.units(&rma);
    run_to_end(settle_units(&stage.systems, &stage.journal, &rma, &units[..1], "Jo", "paid in the shop")).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["settled-but-open"], "{:?}", report.exceptions);
    assert_eq!(exception(&report, Code::SettledButOpen).finding.units, units[..1]);
    let credit = desktop.print_credit_note(&number).unwrap();
    let urn = desktop.post_printed_credit_note(&credit).unwrap().unwrap();
    for _ in 0..2 {
        let report = stage.run_until_quiet();
        assert_eq!(codes(&report, &rma), ["settled-but-credited"], "{:?}", report.exceptions);
        assert_eq!(exception(&report, Code::SettledButCredited).finding.units, units[..1]);
        stage.shop.wait(hours(24));
    }
    assert_eq!(stage.released_in_all(), d("24.00"), "the other unit's");
    adopt_credit(&stage, Urn(urn));
    assert_eq!(cleared(&stage.run(), &rma), ["settled-but-credited"]);
    // Nothing of it is asked for any more, once the RMA is over.
    stage.shop.book_goods(&stage.run().stock).unwrap();
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    stage.shop.returngo.mark_done(&rma).unwrap();
    drop(stage.run_until_quiet());
    stage.shop.wait(hours(1));
    let before = stage.shop.sage.request_log().len();
    assert!(stage.run().exceptions.is_empty());
    let asked = &stage.shop.sage.request_log()[before..];
    assert!(asked.iter().all(|request| !request.query.contains(rma.as_str())), "{asked:?}");
}

/// Printed before anybody settled, and posted afterwards.
#[test]
fn a_credit_note_printed_before_settling_and_posted_after_it_is_told() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    desktop.confirm_goods_in(&number, &[(1, Decimal::ONE), (2, Decimal::ONE)]).unwrap();
    stage.run_on();
    let credit = desktop.print_credit_note(&number).unwrap();
    stage.shop.wait(hours(24));
    settle_all(&stage, &rma);
    stage.shop.wait(hours(24));
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run_until_quiet();
    assert_eq!(codes(&report, &rma), ["settled-but-credited"], "{:?}", report.exceptions);
}

fn is_document(request: &Request<Bytes>) -> bool {
    let path = request.uri().path();
    request.method() != "GET" && (path.ends_with("/sales_credit_notes") || path.ends_with("/sop_returns"))
}

fn documents_sent(stage: &Stage) -> usize {
    let log = stage.shop.sage.request_log();
    let is_document = |path: &str| path.ends_with("/sales_credit_notes") || path.ends_with("/sop_returns");
    log.iter().filter(|request| request.method == "POST" && is_document(&request.path)).count()
}

/// Settled in the middle of a write, whatever became of it: nothing is sent again, and nothing that stands is overlooked.
#[test]
fn settling_while_a_write_is_open_sends_nothing_and_overlooks_nothing() {
    for of_returns in [false, true] {
        let mut settled = 0;
        every_schedule(SUITE, |schedule| {
            let mut stage = if of_returns { Stage::of_returns() } else { Stage::open() };
            stage.sold("EX1", vec![line("SHIRT-M", 2)]);
            let rma = match of_returns {
                true => stage.approved("EX1", [shirts(2)]),
                false => stage.returned("EX1", [shirts(2)]),
            };
            let systems =
                stage.shop.in_process_signed_in(|transport| faulty(transport, schedule, is_document)).unwrap();
            let run = run_once(&systems, &stage.journal, &stage.policy, Mode::Run);
            let noted = |kind: &str| stage.entries().iter().any(|entry| entry.body.contains(kind));
            let mortal = || noted("_intended") && !noted("read_back") && !noted("return_found");
            drop(drive_while(run, schedule, String::new, mortal));
            if !noted("_intended") {
                return;
            }
            settled += 1;
            stage.systems = stage.shop.in_process_signed_in(|transport| transport).unwrap();
            settle_all(&stage, &rma);
            let sent = documents_sent(&stage);
            let mut last = stage.run_unchecked();
            for _ in 0..5 {
                stage.shop.wait(minutes(10));
                last = stage.run_unchecked();
            }
            assert_eq!(documents_sent(&stage), sent, "{:?}", schedule.trace());
            assert!(last.released.is_empty() && last.waiting.is_empty(), "{:?}", schedule.trace());
            let read_back = stage.events().iter().any(|event| matches!(event, Event::CreditReadBack { .. }));
            let overlooked = !stage.ours().is_empty() && !read_back && !told(&last, Code::CreditNoteStray);
            let is_there = stage.shop.sage.desktop().find_return(&format!("RMA{rma}-1")).is_ok();
            assert!(!overlooked && !is_there, "{is_there}: {:?}", schedule.trace());
        });
        assert!(settled > 5, "{settled}");
    }
}

/// Refused by Sage, typed by finance under the name that the report shows, and settled: that row is finance's own.
#[test]
fn a_credit_typed_under_our_name_after_a_refusal_is_no_stray() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.returned("EX1", [shirts(2)]);
    stage.sage_fails(How::Refuse { status: 400, retry_after: None }, 1);
    assert_eq!(codes(&stage.run(), &rma), ["sage-refused"]);
    settle_all(&stage, &rma);
    stage.by_hand(&format!("RMA{rma}-1"), "40.00", "8.00");
    let report = stage.run();
    assert!(!told(&report, Code::CreditNoteStray), "{:?}", report.exceptions);
}
