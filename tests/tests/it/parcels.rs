//! The gate `returngo_validation` and parcels of which a part never becomes due: nobody waits for ever, and nothing is
//! validated that would pay for what is not credited.

use crate::common::{Stage, book, codes, contains_all, d, facts, hours, item, line, released, shirt, shirts, worth};
use returngo_client::{
    RmaId,
    sandbox::{AutoRefund, Verdict},
};
use returns_sync::{
    exception::Code,
    journal::Event,
    policy::{ReceiptProof, RefundGate},
};

const HERE: Option<Verdict> = Some(Verdict::Returned { restockable: true });

fn missing() -> Option<Verdict> {
    Some(Verdict::NotReturned { reason: "not in the parcel".to_owned() })
}

/// ReturnGO pays when a parcel is validated, and validating a parcel validates its items.
fn stage(mut stage: Stage, proof: ReceiptProof) -> Stage {
    let returngo = stage.shop.returngo.clone();
    drop(returngo.with_auto_refund(AutoRefund::Validated).with_shipment_validating_items(true));
    stage.policy.refund_gate = RefundGate::ReturnGoValidation;
    stage.policy.receipt_proof = proof;
    stage
}

fn validations(stage: &Stage) -> usize {
    stage.events().iter().filter(|event| matches!(event, Event::ValidationIntended { .. })).count()
}

fn paid_by_returngo(stage: &Stage, rma: &RmaId) -> usize {
    stage.shop.returngo.rma(rma).unwrap().transactions.len()
}

/// One of two shirts was not in the parcel: ReturnGO would pay for both, so staff pay for the one.
#[test]
fn a_parcel_with_a_unit_missing_is_paid_by_staff() {
    let stage = stage(Stage::online(), ReceiptProof::ParcelReceived);
    stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    stage.shop.inspected(&rma, &[None, missing()]).unwrap();
    let report = stage.run();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    assert_eq!((validations(&stage), paid_by_returngo(&stage, &rma)), (0, 0));
    assert_eq!(report.work_list.len(), 1);
    // It is found: staff pay for that as well, since the first one is on their list.
    stage.inspect(&rma, &[None, HERE]);
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    assert_eq!((validations(&stage), stage.released_in_all()), (0, d("48.00")));
}

/// A free gift in the parcel is worth nothing and is no reason to wait.
#[test]
fn a_free_gift_does_not_hold_up_its_parcel() {
    let stage = stage(Stage::open(), ReceiptProof::ParcelReceived);
    stage.sold("EX1", vec![line("SHIRT-M", 1), worth("MUG-BLUE", 1, "0.00", "0.00")]);
    let rma = stage.approved("EX1", [shirt(), item("MUG-BLUE", "0.00", "0.00")]);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    let report = stage.run_until_quiet();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    assert_eq!((validations(&stage), paid_by_returngo(&stage, &rma)), (1, 1));
    let transaction = stage.shop.returngo.rma(&rma).unwrap().transactions[0].id.clone();
    stage.shop.returngo.settle_refund(&transaction, true).unwrap();
    let report = stage.run_until_quiet();
    assert!(report.waiting.is_empty() && report.work_list.is_empty(), "{:?}", report.waiting);
}

/// The rest of the parcel is credited by nobody: after a time that is told, with the way out.
#[test]
fn a_parcel_that_waits_too_long_for_its_rest_is_told() {
    let stage = stage(Stage::of_returns(), ReceiptProof::SageGoodsIn);
    stage.sold("EX1", vec![line("SHIRT-M", 1), line("BOOK-KNIT", 1)]);
    let rma = stage.approved("EX1", [shirt(), book()]);
    stage.run_on();
    let number = stage.returns_in_sage().remove(0);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    let desktop = stage.shop.sage.desktop();
    desktop.confirm_goods_in(&number, &[(1, d("1"))]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = stage.run_until_quiet();
    let waits: Vec<_> = report.waiting.iter().map(|waiting| waiting.wait.what.as_str()).collect();
    contains_all(&waits.join("; "), &["what is not: ", "or what is credited to be refunded in ReturnGO"]);
    assert_eq!(validations(&stage), 0);
    stage.shop.wait(stage.policy.inspect_within + stage.policy.credit_within + hours(1));
    let report = stage.run();
    let mut told = codes(&report, &rma);
    told.sort_unstable();
    assert_eq!(told, ["return-to-stock-failed", "returngo-does-not-pay"], "{:?}", report.exceptions);
    contains_all(&facts(&report, Code::ReturnGoDoesNotPay), &["credited since", "BOOK-KNIT", "refunded in ReturnGO"]);
    // Staff do so.
    let units = stage.shop.units(&rma);
    let transaction = stage.shop.returngo.staff_refund(&rma, &units[..1], d("24.00")).unwrap();
    stage.shop.returngo.settle_refund(&transaction, true).unwrap();
    let report = stage.run_until_quiet();
    assert_eq!(codes(&report, &rma), ["return-to-stock-failed"], "{:?}", report.exceptions);
    assert_eq!(validations(&stage), 0);
}
