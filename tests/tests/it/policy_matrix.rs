//! Every combination of receipt proof, route and gate: the possible ones carry a return to its end, the impossible ones are
//! refused with their reason. And the ways of a return that leave the straight road.

use crate::common;
use crate::common::{Stage, cleared, codes, contains_all, d, hours, line, minutes, released, shirt, shirts};
use returngo_client::{
    RmaId,
    sandbox::{AutoRefund, Verdict},
};
use returns_examples::Shop;
use returns_sync::{
    journal::Event,
    policy::{Combination, KeptGoods, ReceiptProof, RefundGate, Route},
    run::Mode,
};
use rust_decimal::Decimal;

/// A stage for a combination, two shirts sold.
fn stage(combination: Combination) -> Stage {
    let mut stage = Stage::online();
    if combination.route == Route::SalesReturn {
        stage.shop.take_sales_returns().unwrap();
        stage.policy.sales_returns = Shop::policy_of_sales_returns().unwrap().sales_returns;
    }
    if combination.gate == RefundGate::ReturnGoValidation {
        let returngo = stage.shop.returngo.clone();
        drop(returngo.with_auto_refund(AutoRefund::Validated).with_shipment_validating_items(true));
    }
    stage.policy.receipt_proof = combination.proof;
    stage.policy.route = combination.route;
    stage.policy.refund_gate = combination.gate;
    stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    stage
}

/// The number of the sales return that was prepared last.
fn prepared(stage: &Stage) -> String {
    stage.returns_in_sage().pop().unwrap()
}

/// A person at the Sage desktop receives so many lines, prints the credit note and posts it.
fn person_in_sage(stage: &Stage, lines: i64) {
    let desktop = stage.shop.sage.desktop();
    let number = prepared(stage);
    let goods: Vec<_> = (1..=lines).map(|line| (line, Decimal::ONE)).collect();
    desktop.confirm_goods_in(&number, &goods).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
}

/// ReturnGO's refunds that are asked for are paid by the shop.
fn shop_pays(stage: &Stage, rma: &RmaId) {
    for transaction in stage.shop.returngo.rma(rma).unwrap().transactions {
        stage.shop.returngo.settle_refund(&transaction.id, true).unwrap();
    }
}

fn to_the_end(combination: Combination) {
    let stage = stage(combination);
    let rma = stage.approved("EX1", [shirts(2)]);
    stage.run_on();
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    stage.run_on();
    if combination.proof == ReceiptProof::ItemValidated {
        stage.shop.returngo.inspect_all(&rma).unwrap();
    }
    if combination.route == Route::SalesReturn {
        person_in_sage(&stage, 2);
    }
    let report = stage.run_until_quiet();
    let told = || format!("{combination:?}: {:?}, {:?}", report.exceptions, report.waiting);
    assert!(codes(&report, &rma).is_empty(), "{}", told());
    let in_ledger: Decimal = stage.shop.sage.ledger().iter().map(|row| row.gross).sum();
    assert_eq!(in_ledger, d("-48.00"), "{}", told());
    match combination.gate {
        RefundGate::WorkList => {
            assert_eq!(report.work_list.len(), 1, "{}", told());
            stage.shop.refunded_online(&rma, "EX1", d("48.00")).unwrap();
        }
        RefundGate::ShopifyRefund => {
            assert!(report.work_list.is_empty(), "{}", told());
            assert_eq!(stage.shop.shopify.refunds_made(), 1, "{}", told());
        }
        _ => {
            assert!(report.work_list.is_empty(), "nobody pays beside ReturnGO: {}", told());
            shop_pays(&stage, &rma);
        }
    }
    let report = stage.run_until_quiet();
    let told = || format!("{combination:?}: {:?}, {:?}", report.exceptions, report.waiting);
    assert!(report.exceptions.is_empty() && report.waiting.is_empty(), "{}", told());
    let refunded = stage.events().into_iter().filter(|event| matches!(event, Event::RefundSeen { .. })).count();
    assert_eq!(refunded, 1, "{}", told());
    let totals = report.totals.unwrap();
    assert_eq!(totals.journal.gross, totals.sage.gross);
}

#[test]
fn every_combination_runs_to_its_end_or_is_refused() {
    let (mut possible, mut refused) = (0, 0);
    for combination in Combination::all() {
        match combination.verdict() {
            Ok(()) => {
                to_the_end(combination);
                possible += 1;
            }
            Err(why) => {
                let error = stage(combination).attempt(Mode::Run).unwrap_err().to_string();
                contains_all(&error, &[&why.to_string(), why.fix()]);
                refused += 1;
            }
        }
    }
    assert_eq!((possible, refused), (13, 5));
}

/// A parcel of two units, one of them credited: ReturnGO would pay both, so nothing is said yet.
#[test]
fn a_parcel_is_validated_only_when_all_of_it_is_credited() {
    let stage = stage(Combination {
        proof: ReceiptProof::SageGoodsIn,
        route: Route::SalesReturn,
        gate: RefundGate::ReturnGoValidation,
    });
    let rma = stage.approved("EX1", [shirts(2)]);
    stage.run_on();
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    person_in_sage(&stage, 1);
    let report = stage.run_until_quiet();
    assert!(report.released.is_empty() && stage.shop.returngo.rma(&rma).unwrap().transactions.is_empty());
    let waits: Vec<_> = report.waiting.iter().map(|waiting| waiting.wait.what.as_str()).collect();
    contains_all(&waits.join("; "), &["all of parcel", "to be credited, what is not: SHIRT-M (unit "]);
    let desktop = stage.shop.sage.desktop();
    let number = prepared(&stage);
    desktop.confirm_goods_in(&number, &[(2, Decimal::ONE)]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("48.00"))]);
    assert_eq!(stage.shop.returngo.rma(&rma).unwrap().transactions.len(), 1);
}

/// The parcel is validated and ReturnGO pays nothing: its rule is off.
#[test]
fn a_validation_without_a_refund_is_told() {
    let combination = Combination {
        proof: ReceiptProof::ParcelReceived,
        route: Route::LedgerCreditNote,
        gate: RefundGate::ReturnGoValidation,
    };
    let stage = stage(combination);
    drop(stage.shop.returngo.clone().with_auto_refund(AutoRefund::Off));
    let rma = stage.approved("EX1", [shirts(2)]);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    let report = stage.run_until_quiet();
    assert!(codes(&report, &rma).is_empty() && report.work_list.is_empty(), "{:?}", report.exceptions);
    stage.shop.wait(hours(25));
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["returngo-does-not-pay"]);
    stage.shop.refunded_online(&rma, "EX1", d("48.00")).unwrap();
    let report = stage.run_until_quiet();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
}

/// Goods that the customer keeps: a credit note, no stock, on either route.
#[test]
fn goods_that_the_customer_keeps_are_credited_without_stock() {
    for route in [Route::LedgerCreditNote, Route::SalesReturn] {
        let mut stage = stage(Combination { proof: ReceiptProof::ItemValidated, route, gate: RefundGate::WorkList });
        let rma = stage.approved("EX1", [shirt().no_shipment(), shirt()]);
        let report = stage.run();
        assert!(codes(&report, &rma).contains(&"resolution-not-supported"), "{:?}", report.exceptions);
        assert!(stage.ours().is_empty());
        stage.policy.kept_goods = KeptGoods::CreditNote;
        let report = stage.run();
        // On the other route the first number is that of the return of the other unit.
        let number = if route == Route::SalesReturn { 2 } else { 1 };
        stage.assert_ours(&[(&format!("RMA{rma}-{number}"), "20.00", "4.00")]);
        assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
        assert!(report.stock.is_empty(), "{:?}", report.stock);
        let report = stage.run_until_quiet();
        assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
        let prepared = stage.events().into_iter().filter(|event| matches!(event, Event::ReturnIntended { .. })).count();
        assert_eq!(prepared, usize::from(route == Route::SalesReturn), "the other unit is to come back");
    }
}

/// A shop that pays in advance: nothing is wrong until the goods do not follow.
#[test]
fn a_refund_in_advance_is_told_when_the_goods_do_not_follow() {
    let mut stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.shop.refunded_online(&rma, "EX1", d("24.00")).unwrap();
    assert_eq!(codes(&stage.run(), &rma), ["refund-without-receipt"]);
    stage.policy.goods_follow_within = chrono::TimeDelta::days(21);
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["refund-without-receipt"]);
    stage.shop.wait(hours(20 * 24));
    assert!(codes(&stage.run(), &rma).is_empty());
    stage.shop.wait(hours(25));
    assert_eq!(codes(&stage.run(), &rma), ["refund-without-receipt"]);
    stage.shop.received(&rma).unwrap();
    let report = stage.run_until_quiet();
    assert!(report.exceptions.is_empty() && report.work_list.is_empty(), "{:?}", report.exceptions);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
}

/// Done in ReturnGO although nothing came: the return in Sage waits two months, then it goes.
#[test]
fn a_return_that_is_done_without_its_goods_goes_in_the_end() {
    let stage = Stage::of_returns();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.run_on();
    stage.shop.returngo.mark_done(&rma).unwrap();
    let report = stage.run_until_quiet();
    assert!(codes(&report, &rma).is_empty() && report.changed.is_empty(), "{:?}", report.exceptions);
    stage.shop.wait(hours(24 * 61));
    let report = stage.run();
    contains_all(&report.changed.join("; "), &["Done", "never came"]);
    let report = stage.run_until_quiet();
    assert!(report.exceptions.is_empty() && report.waiting.is_empty());
}

/// Called off, and taken up again: a second return, under a number of its own.
#[test]
fn an_rma_that_is_reopened_gets_a_return_again() {
    let stage = Stage::of_returns();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.run_on();
    stage.shop.returngo.cancel(&rma).unwrap();
    drop(stage.run_until_quiet());
    stage.shop.returngo.reopen(&rma).unwrap();
    let report = stage.run();
    assert_eq!(report.prepared.len(), 1, "{:?}", report.exceptions);
    assert_eq!(report.prepared[0].key, format!("RMA{rma}-2"));
}

/// Not in the parcel, and found after the RMA was Done: credited by a return of its own.
#[test]
fn a_unit_that_is_found_after_done_is_credited_by_a_return_of_its_own() {
    let stage = Stage::of_returns();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    stage.run_on();
    let missing = Verdict::NotReturned { reason: "not in the parcel".to_owned() };
    stage.shop.inspected(&rma, &[Some(Verdict::Returned { restockable: true }), Some(missing)]).unwrap();
    stage.run_on();
    let desktop = stage.shop.sage.desktop();
    let number = prepared(&stage);
    // Which of the two lines was taken off does not matter.
    let left = |line| desktop.confirm_goods_in(&number, &[(line, Decimal::ONE)]);
    left(1).or_else(|_| left(2)).unwrap();
    desktop.post_printed_credit_note(&desktop.print_credit_note(&number).unwrap()).unwrap();
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    stage.shop.refunded(&rma, d("24.00")).unwrap_or_default();
    stage.shop.returngo.mark_done(&rma).unwrap();
    drop(stage.run_unchecked());
    let units = stage.shop.units(&rma);
    stage.shop.returngo.inspect(&units[1], Verdict::Returned { restockable: true }).unwrap();
    stage.shop.wait(minutes(10));
    let report = stage.run_unchecked();
    assert_eq!(report.prepared.len(), 1, "{:?}", report.exceptions);
    assert_eq!(report.prepared[0].key, format!("RMA{rma}-2"));
}

/// Two parcels: what is in the first is credited while the second is on its way.
#[test]
fn the_units_of_one_parcel_do_not_wait_for_the_other() {
    let mut stage = Stage::of_returns();
    stage.policy.receipt_proof = ReceiptProof::ParcelReceived;
    stage.sold("EX1", vec![line("SHIRT-M", 1), line("BOOK-KNIT", 1)]);
    let rma = stage.approved("EX1", [shirt(), common::book()]);
    let units = stage.shop.units(&rma);
    stage.shop.returngo.staff_splits_parcel(&rma, &units[1..]).unwrap();
    stage.run_on();
    let parcels = stage.shop.returngo.shipments(&rma);
    assert_eq!(parcels.len(), 2);
    stage.shop.returngo.courier_delivers_parcel(&parcels[0]).unwrap();
    // The RMA as a whole is called Received then; only the parcels tell one unit from the other.
    stage.run_on();
    let desktop = stage.shop.sage.desktop();
    let number = prepared(&stage);
    desktop.confirm_goods_in(&number, &[(1, Decimal::ONE)]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run();
    assert_eq!(released(&report).len(), 1, "{:?}", report.exceptions);
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    let what: Vec<_> = report.waiting.iter().map(|waiting| waiting.wait.what.clone()).collect();
    contains_all(&what.join("; "), &["1 unit(s) to arrive"]);
}
