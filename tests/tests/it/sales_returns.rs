//! The route by sales returns: prepared on approval, received, printed and posted by people in Sage, read back.

use crate::common;
use crate::common::{
    Stage, cleared, codes, contains_all, d, exception, facts, hours, item, line, minutes, released, shirt, shirts,
};
use returngo_client::{RmaId, sandbox::Verdict};
use returns_sync::{exception::Code, policy::ReceiptProof};
use rust_decimal::Decimal;
use sage200_client::sandbox::{Fault, How};

/// Two shirts sold and asked back, the return prepared: its RMA and its number in Sage.
fn two_shirts(stage: &Stage) -> (RmaId, String) {
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    let report = stage.run();
    assert_eq!(report.prepared.len(), 1, "{:?}", report.exceptions);
    let numbers = stage.returns_in_sage();
    (rma, numbers[0].clone())
}

fn returned() -> Option<Verdict> {
    Some(Verdict::Returned { restockable: true })
}

fn missing() -> Option<Verdict> {
    Some(Verdict::NotReturned { reason: "not in the parcel".to_owned() })
}

fn one() -> Decimal {
    Decimal::ONE
}

/// The whole way of one return, a person in Sage at every step that has no API.
#[test]
fn a_return_goes_from_approval_to_the_work_list() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    // Nothing has moved: no ledger row, no stock.
    assert!(stage.shop.sage.ledger().iter().all(|row| row.gross >= Decimal::ZERO));
    assert_eq!(stage.shop.sage.stock_in("SHIRT-M", "RETURNS"), Some(Decimal::ZERO));
    let report = stage.run();
    assert_eq!((report.journal_entries, report.exceptions.len()), (0, 0), "a second run adds nothing");
    contains_all(&report.waiting[0].wait.what, &["2 unit(s) to arrive", &number]);

    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    contains_all(&report.waiting[0].wait.what, &["2 x SHIRT-M to be received", &number, "RETURNS"]);
    desktop.confirm_goods_in(&number, &[(1, one()), (2, one())]).unwrap();
    let report = stage.run();
    contains_all(&report.waiting[0].wait.what, &["2 x SHIRT-M to be credited", "printed and posted"]);
    assert!(report.released.is_empty());
    let credit = desktop.print_credit_note(&number).unwrap();
    let report = stage.run();
    contains_all(&report.waiting[0].wait.what, &[&credit, "to be posted"]);
    assert!(report.released.is_empty(), "printed is not posted");
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("48.00"))]);
    assert_eq!(report.posted[0].credit_note.as_deref(), Some(credit.as_str()));
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    let totals = report.totals.unwrap();
    assert_eq!((totals.journal.gross, totals.sage.gross), (totals.sage.gross, totals.journal.gross));
    assert_eq!(totals.sage.gross.amount(), d("48.00"));
    assert_eq!(report.work_list.len(), 1);
    let lies_in: Vec<_> = report.stock.iter().map(|goods| (goods.quantity, goods.lies_in.as_deref())).collect();
    assert_eq!(lies_in, [(2, Some("RETURNS"))], "booked by receiving it, and not yet where it sells");
    stage.shop.book_goods(&report.stock).unwrap();
    stage.shop.refunded(&rma, d("48.00")).unwrap();
    let report = stage.run_until_quiet();
    assert!(report.exceptions.is_empty() && report.waiting.is_empty(), "{:?}", report.exceptions);
}

/// Units are separable: what is received and credited is released, the rest waits.
#[test]
fn a_part_is_received_credited_and_released() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    stage.shop.inspected(&rma, &[None, returned()]).unwrap();
    stage.run_on();
    // The warehouse takes the first line, ReturnGO says the second unit: they are alike.
    desktop.confirm_goods_in(&number, &[(1, one())]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    let units = stage.shop.units(&rma);
    assert_eq!(report.released[0].units, [units[1].clone()]);
    stage.shop.returngo.inspect(&units[0], Verdict::Returned { restockable: true }).unwrap();
    desktop.confirm_goods_in(&number, &[(2, one())]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
}

/// Credited in Sage before anybody has inspected: the money waits.
#[test]
fn a_credit_note_without_a_receipt_releases_nothing() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    desktop.confirm_goods_in(&number, &[(1, one()), (2, one())]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run();
    assert!(report.released.is_empty());
    assert_eq!(codes(&report, &rma), ["credit-without-receipt"]);
    assert_eq!(exception(&report, Code::CreditWithoutReceipt).finding.money_at_risk.unwrap().amount(), d("48.00"));
    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["credit-without-receipt"]);
    assert_eq!(released(&report), [(rma.to_string(), d("48.00"))]);
}

/// With goods received in Sage as proof nobody inspects in ReturnGO.
#[test]
fn goods_received_in_sage_are_a_proof() {
    let mut stage = Stage::of_returns();
    stage.policy.receipt_proof = ReceiptProof::SageGoodsIn;
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    let report = stage.run();
    contains_all(&report.waiting[0].wait.what, &["2 x SHIRT-M to be received", &number]);
    stage.shop.wait(hours(49));
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["return-to-stock-failed"]);
    contains_all(&facts(&report, Code::ReturnToStockFailed), &["2 x SHIRT-M", &number, "warehouse RETURNS"]);
    desktop.confirm_goods_in(&number, &[(1, one()), (2, one())]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["return-to-stock-failed"]);
    assert_eq!(released(&report), [(rma.to_string(), d("48.00"))]);
}

/// A customer takes one unit back, before anything has come: its line goes, the other stays.
#[test]
fn a_unit_that_leaves_the_rma_leaves_the_return() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    stage.shop.inspected(&rma, &[missing(), returned()]).unwrap();
    let report = stage.run();
    assert_eq!(report.changed.len(), 1);
    contains_all(&report.changed[0], &["not returned"]);
    desktop
        .confirm_goods_in(&number, &[(2, one())])
        .or_else(|_| desktop.confirm_goods_in(&number, &[(1, one())]))
        .unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    // It comes after all: a second return.
    let units = stage.shop.units(&rma);
    stage.shop.returngo.inspect(&units[0], Verdict::Returned { restockable: true }).unwrap();
    let report = stage.run();
    assert_eq!(report.prepared.len(), 1);
    assert_eq!(report.prepared[0].key, format!("RMA{rma}-2"));
}

/// Called off before the parcel came: the return is deleted.
#[test]
fn a_cancelled_rma_takes_its_return_along() {
    let stage = Stage::of_returns();
    let (rma, number) = two_shirts(&stage);
    stage.shop.returngo.cancel(&rma).unwrap();
    let report = stage.run();
    assert_eq!(report.changed.len(), 1, "{:?}", report.exceptions);
    assert!(stage.shop.sage.desktop().hold_return(&number).is_err(), "it is gone");
    let report = stage.run_until_quiet();
    assert!(report.exceptions.is_empty() && report.waiting.is_empty());
}

/// Sage refuses again and again, in words that do not say whether anything was done.
#[test]
fn a_change_that_sage_never_makes_is_told() {
    let stage = Stage::of_returns();
    let (rma, _) = two_shirts(&stage);
    stage.shop.inspected(&rma, &[missing(), returned()]).unwrap();
    let refused = How::Refuse { status: 400, retry_after: None };
    stage.shop.sage.fail_next(Fault { times: 3, ..Fault::on_put("sop_returns", refused) });
    for _ in 0..3 {
        assert!(codes(&stage.run(), &rma).is_empty());
        stage.shop.wait(minutes(10));
    }
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["return-change-refused"], "{:?}", report.exceptions);
    contains_all(&facts(&report, Code::ReturnChangeRefused), &["not returned", "3 times"]);
    // A day later it is tried again.
    stage.shop.wait(hours(25));
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["return-change-refused"]);
}

/// Called off after goods were received: nothing is deleted, a person is told.
#[test]
fn a_cancelled_rma_with_goods_received_is_told() {
    let stage = Stage::of_returns();
    let (rma, number) = two_shirts(&stage);
    stage.shop.sage.desktop().confirm_goods_in(&number, &[(1, one())]).unwrap();
    stage.shop.returngo.cancel(&rma).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["cancelled-after-receipt"]);
    assert_eq!(exception(&report, Code::CancelledAfterReceipt).finding.money_at_risk.unwrap().amount(), d("24.00"));
}

#[test]
fn a_lost_answer_is_looked_up_and_never_repeated() {
    for how in [How::ActThenStatus(504), How::ActThenTruncate, How::Refuse { status: 504, retry_after: None }] {
        let stage = Stage::of_returns();
        stage.sold("EX1", vec![line("SHIRT-M", 1)]);
        let rma = stage.approved("EX1", [shirt()]);
        stage.shop.sage.fail_next(Fault::on_post("sop_returns", how));
        stage.run_on();
        for _ in 0..6 {
            stage.shop.wait(minutes(10));
            stage.run_on();
        }
        assert_eq!(stage.returns_in_sage().len(), 1, "{how:?}");
        let report = stage.run();
        assert!(codes(&report, &rma).is_empty(), "{how:?}: {:?}", report.exceptions);
        let log = stage.shop.sage.request_log();
        let sent = log.iter().filter(|request| request.method == "POST" && request.path.ends_with("sop_returns"));
        assert_eq!(sent.count(), if matches!(how, How::Refuse { .. }) { 2 } else { 1 });
    }
}

#[test]
fn what_people_change_in_sage_is_told() {
    type Act = fn(&Stage, &str);
    let acts: [(&str, Act, &[&str]); 5] = [
        (
            "return-gone",
            |stage, number| stage.shop.sage.desktop().delete_return(number).unwrap(),
            &["customer document"],
        ),
        ("return-gone", |stage, number| stage.shop.sage.desktop().cancel_return(number).unwrap(), &["RMA"]),
        (
            "return-changed",
            |stage, number| stage.shop.sage.desktop().change_return_price(number, 1, d("19.00")).unwrap(),
            &["1 x SHIRT-M at 19"],
        ),
        (
            "return-changed",
            |stage, number| {
                stage.shop.sage.desktop().add_return_line(number, line("MUG-BLUE", 1)).unwrap();
            },
            &["1 x MUG-BLUE"],
        ),
        (
            "wrong-item",
            |stage, number| drop(stage.shop.sage.desktop().receive_wrong_item(number, 1, "MUG-BLUE").unwrap()),
            &["MUG-BLUE"],
        ),
    ];
    for (code, act, parts) in acts {
        let stage = Stage::of_returns();
        let (rma, number) = two_shirts(&stage);
        act(&stage, &number);
        let report = stage.run();
        assert_eq!(codes(&report, &rma), [code], "{:?}", report.exceptions);
        contains_all(&report.exceptions[0].finding.facts, parts);
        assert!(report.prepared.is_empty());
    }
}

#[test]
fn more_received_in_sage_than_came_is_told() {
    let stage = Stage::of_returns();
    let (rma, number) = two_shirts(&stage);
    stage.shop.sage.desktop().confirm_goods_in(&number, &[(1, one()), (2, one())]).unwrap();
    stage.shop.inspected(&rma, &[returned(), missing()]).unwrap();
    let report = stage.run();
    assert!(codes(&report, &rma).contains(&"quantity-mismatch"), "{:?}", report.exceptions);
    contains_all(&facts(&report, Code::QuantityMismatch), &["2 x SHIRT-M received", "1 of 2 did not come"]);
}

#[test]
fn a_credit_note_of_another_worth_is_not_taken() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    stage.shop.received(&rma).unwrap();
    desktop.confirm_goods_in(&number, &[(1, one()), (2, one())]).unwrap();
    stage.run_on();
    desktop.change_return_price(&number, 1, d("30.00")).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run();
    assert!(report.released.is_empty());
    assert_eq!(codes(&report, &rma), ["return-changed"], "{:?}", report.exceptions);
}

#[test]
fn a_credit_note_taken_back_releases_nothing() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    desktop.confirm_goods_in(&number, &[(1, one()), (2, one())]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    let urn = desktop.post_printed_credit_note(&credit).unwrap().unwrap();
    stage.run_on();
    desktop.reverse(urn).unwrap();
    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    assert!(report.released.is_empty());
    assert!(codes(&report, &rma).contains(&"credit-note-differs"), "{:?}", report.exceptions);
}

/// Sites where credit notes carry the return's own number, and sites with a pending file.
#[test]
fn the_site_decides_how_a_credit_note_reaches_the_ledger() {
    let stage = Stage::of_returns();
    stage.shop.sage.set_credit_notes_carry_return_number(true);
    stage.shop.sage.set_credit_notes_reach_ledger_at_once(false);
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    stage.shop.received(&rma).unwrap();
    desktop.confirm_goods_in(&number, &[(1, one()), (2, one())]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run();
    assert!(report.released.is_empty(), "it waits in the pending file");
    desktop.update_ledgers().unwrap();
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("48.00"))]);
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    assert_eq!(report.totals.unwrap().sage.gross.amount(), d("48.00"));
}

/// Invoices may have the numbers of credit notes: they are no reversals.
#[test]
fn an_invoice_with_the_number_of_the_credit_note_is_another_document() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    stage.shop.received(&rma).unwrap();
    desktop.confirm_goods_in(&number, &[(1, one()), (2, one())]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    let other = desktop.post_credit_note(stage.shop.web, &credit, "EX9", d("20.00"), 1, d("4.00")).unwrap();
    desktop.reverse(other).unwrap();
    let report = stage.run_unchecked();
    assert_eq!(released(&report), [(rma.to_string(), d("48.00"))], "{:?}", report.exceptions);
}

/// The journal is lost, the return is completed, and its credit note carries no RMA: nothing is entered again.
#[test]
fn a_completed_return_that_the_journal_does_not_know_holds() {
    let mut stage = Stage::of_returns();
    stage.shop.sage.set_credit_notes_carry_return_number(true);
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    stage.shop.received(&rma).unwrap();
    desktop.confirm_goods_in(&number, &[(1, one()), (2, one())]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    stage.journal = returns_sync::journal::MemoryJournal::new();
    let report = stage.run_unchecked();
    assert!(report.prepared.is_empty() && report.released.is_empty());
    assert!(codes(&report, &rma).contains(&"credited-by-hand-differs"), "{:?}", report.exceptions);
}

#[test]
fn what_takes_too_long_is_told() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    let (rma, number) = two_shirts(&stage);
    stage.shop.received(&rma).unwrap();
    stage.run_on();
    stage.shop.wait(hours(49));
    assert_eq!(codes(&stage.run(), &rma), ["return-to-stock-failed"]);
    desktop.confirm_goods_in(&number, &[(1, one()), (2, one())]).unwrap();
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["return-to-stock-failed"]);
    stage.shop.wait(hours(73));
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["return-stuck"]);
    contains_all(&facts(&report, Code::ReturnStuck), &[&number, "2 x SHIRT-M", "printed and posted"]);
}

/// Nine ninety-nine with VAT is 8.325 net: Sage rounds each line by itself, and the penny is told.
#[test]
fn a_penny_of_rounding_for_each_line_is_told() {
    let stage = Stage::of_returns();
    let desktop = stage.shop.sage.desktop();
    stage.sold("EX1", vec![common::worth("MUG-BLUE", 3, "24.98", "4.99")]);
    let rma = stage.approved("EX1", [item("MUG-BLUE", "9.99", "1.66").units(3)]);
    let report = stage.run();
    assert_eq!(report.prepared.len(), 1, "{:?}", report.exceptions);
    let number = stage.returns_in_sage()[0].clone();
    stage.shop.received(&rma).unwrap();
    desktop.confirm_goods_in(&number, &[(1, one()), (2, one()), (3, one())]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run_unchecked();
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    assert_eq!(released(&report).len(), 1);
}

#[test]
fn a_site_without_returns_is_refused_before_anything_is_done() {
    let mut stage = Stage::open();
    stage.policy = returns_examples::Shop::policy_of_sales_returns().unwrap();
    let error = stage.attempt(returns_sync::run::Mode::Run).unwrap_err().to_string();
    contains_all(&error, &["2025 R1", "`policy.route`", "ledger_credit_note"]);
    stage.shop.take_sales_returns().unwrap();
    stage.policy.sales_returns.as_mut().unwrap().warehouse = "RETURN".to_owned();
    let error = stage.attempt(returns_sync::run::Mode::Run).unwrap_err().to_string();
    contains_all(&error, &["sales_return.warehouse", "\"RETURN\"", "RETURNS"]);
}
