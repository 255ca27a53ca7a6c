//! What people and parcels do out of the ordinary: each situation as the client reads it, and what is refused.

use crate::shop::{Shop, mug, pounds, shirt};
use returngo_client::{
    Inspection, ReturnedItemId, Rma, RmaId, RmaStatus, ShipmentMove, ShipmentStatus, ShipmentUpdate,
    ShipmentValidation, ShipmentValidationError, TransactionStatus, TransactionType, ValidationSeen,
    sandbox::{AutoRefund, NewRma, SandboxRefusal, Verdict},
};

fn approved(shop: &Shop, new: NewRma) -> (RmaId, Vec<ReturnedItemId>) {
    let id = shop.sandbox.submit(new).unwrap();
    shop.sandbox.approve(&id).unwrap();
    let units = shop.sandbox.units(&id);
    (id, units)
}

async fn read(shop: &Shop, id: &RmaId) -> Rma {
    shop.client.rmas().get(id).await.unwrap()
}

fn states(rma: &Rma) -> Vec<ShipmentStatus> {
    rma.shipments.iter().map(|parcel| parcel.status.clone()).collect()
}

fn inspected(rma: &Rma) -> Vec<bool> {
    rma.items.iter().map(|item| item.inspection() != Inspection::NotInspected).collect()
}

fn refused<T: std::fmt::Debug>(result: Result<T, SandboxRefusal>, said: &str) {
    let text = result.unwrap_err().to_string();
    assert!(text.contains(said), "{text}");
}

#[tokio::test]
async fn what_the_customer_keeps_has_no_parcel_and_no_inspection() {
    let shop = Shop::open();
    let (id, units) = approved(&shop, NewRma::refund("EX1").line(mug().no_shipment()));
    let rma = read(&shop, &id).await;
    assert!(rma.items[0].is_kept() && rma.shipments.is_empty() && rma.items[0].shipment_id.is_none());
    refused(shop.sandbox.courier_delivers(&id), "one of");
    refused(shop.sandbox.staff_marks_received(&id), "has no parcel");
    refused(shop.sandbox.staff_splits_parcel(&id, &units), "in no parcel");
    shop.sandbox.mark_done(&id).unwrap();
    refused(shop.sandbox.inspect(&units[0], Verdict::Returned { restockable: true }), "nothing comes back");
    let (id, _) = approved(&shop, shirt());
    assert!(!read(&shop, &id).await.items[0].is_kept());
}

#[tokio::test]
async fn instant_credit_is_paid_before_anything_comes_back() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(NewRma::refund("EX1").line(mug().units(2))).unwrap();
    let units = shop.sandbox.units(&id);
    shop.sandbox.customer_takes_instant_credit(&id, &units[..1], pounds(2596)).unwrap();
    let rma = read(&shop, &id).await;
    assert_eq!((rma.status(), rma.shipments.len()), (&RmaStatus::Pending, 0));
    let credit = &rma.transactions[0];
    assert_eq!((&credit.kind, &credit.status), (&TransactionType::RefundToStoreCredit, &TransactionStatus::Success));
    assert!(credit.covers(&units[0]) && !credit.covers(&units[1]));
    let take = |units: &[ReturnedItemId]| shop.sandbox.customer_takes_instant_credit(&id, units, pounds(100));
    refused(take(&units), "has a refund already");
    refused(take(&[]), "at least one unit");
    assert!(matches!(take(&[ReturnedItemId::new("1").unwrap()]), Err(SandboxRefusal::UnknownUnit(_))));
    refused(shop.sandbox.customer_takes_instant_credit(&id, &units[1..], pounds(0)), "no amount");
    shop.sandbox.approve(&id).unwrap();
    shop.sandbox.courier_delivers(&id).unwrap();
    refused(take(&units[1..]), "is Received already");
    let id = shop.sandbox.submit(shirt()).unwrap();
    shop.sandbox.reject(&id, "late").unwrap();
    refused(shop.sandbox.customer_takes_instant_credit(&id, &shop.sandbox.units(&id), pounds(100)), "is Rejected");
}

#[tokio::test]
async fn each_rule_refunds_at_its_own_time_and_once() {
    let new = || NewRma::refund("EX1").line(mug().units(2)).line(mug().no_shipment());
    for (rule, refunds) in [
        (AutoRefund::Off, [0, 0, 0, 0]),
        (AutoRefund::Approved, [3, 3, 3, 3]),
        (AutoRefund::InTransit, [0, 2, 2, 2]),
        (AutoRefund::Received, [0, 0, 2, 2]),
        (AutoRefund::Validated, [0, 0, 0, 2]),
    ] {
        let shop = Shop::open();
        let sandbox = shop.sandbox.clone().with_auto_refund(rule);
        let id = sandbox.submit(new()).unwrap();
        let paid = || {
            let rma = sandbox.rma(&id).unwrap();
            rma.transactions.iter().map(|row| row.return_item_ids.len()).sum::<usize>()
        };
        assert_eq!(paid(), 0, "{rule:?}");
        let mut found = Vec::new();
        sandbox.approve(&id).unwrap();
        found.push(paid());
        sandbox.courier_ships(&id).unwrap();
        found.push(paid());
        sandbox.courier_delivers(&id).unwrap();
        found.push(paid());
        sandbox.inspect_all(&id).unwrap();
        sandbox.inspect_all(&id).unwrap();
        found.push(paid());
        assert_eq!(found, refunds, "{rule:?}");
        assert!(read(&shop, &id).await.transactions.iter().all(|row| row.status == TransactionStatus::Requested));
    }
}

#[tokio::test]
async fn the_validation_rule_waits_for_the_last_unit_and_pays_only_what_is_there() {
    let shop = Shop::open();
    let sandbox = shop.sandbox.clone().with_auto_refund(AutoRefund::Validated);
    let (id, units) = approved(&shop, NewRma::refund("EX1").line(mug().units(3).restocking_fee(pounds(96))));
    sandbox.refunded_in_shop(&id, &units[..1]).unwrap();
    sandbox.courier_delivers(&id).unwrap();
    sandbox.inspect(&units[0], Verdict::Returned { restockable: true }).unwrap();
    sandbox.inspect(&units[1], Verdict::Returned { restockable: false }).unwrap();
    assert!(read(&shop, &id).await.transactions.is_empty());
    sandbox.inspect(&units[2], Verdict::NotReturned { reason: "not in the box".into() }).unwrap();
    let refunds = read(&shop, &id).await.transactions;
    assert_eq!((refunds.len(), &refunds[0].return_item_ids[..]), (1, &units[1..2]));
    assert_eq!(refunds[0].amount.as_ref().unwrap().presentment().unwrap().amount(), pounds(2500));
    sandbox.settle_refund(&refunds[0].id, false).unwrap();
    sandbox.inspect(&units[2], Verdict::Returned { restockable: true }).unwrap();
    let again = read(&shop, &id).await.transactions;
    assert_eq!((again.len(), &again[1].return_item_ids[..]), (2, &units[1..]), "a failed one is asked for again");
    refused(sandbox.refunded_in_shop(&id, &[]), "at least one unit");
    assert!(sandbox.refunded_in_shop(&id, &[ReturnedItemId::new("1").unwrap()]).is_err());
}

#[tokio::test]
async fn done_comes_without_receipt_and_the_parcel_after_it() {
    let shop = Shop::open();
    let (id, units) = approved(&shop, shirt());
    shop.sandbox.mark_done(&id).unwrap();
    let rma = read(&shop, &id).await;
    assert_eq!((rma.status(), states(&rma)), (&RmaStatus::Done, vec![ShipmentStatus::Pending]));
    assert_eq!((inspected(&rma), rma.transactions.len()), (vec![false], 0));
    refused(shop.sandbox.staff_marks_received(&id), "is Done");
    refused(shop.sandbox.mark_done(&id), "is Done");
    shop.sandbox.courier_delivers(&id).unwrap();
    let rma = read(&shop, &id).await;
    assert_eq!((rma.status(), states(&rma)), (&RmaStatus::Done, vec![ShipmentStatus::Received]));
    shop.sandbox.inspect(&units[0], Verdict::Returned { restockable: true }).unwrap();
    assert_eq!(read(&shop, &id).await.status(), &RmaStatus::Done);
}

#[tokio::test]
async fn a_shop_may_want_the_inspection_before_done() {
    let shop = Shop::open();
    let sandbox = shop.sandbox.clone().with_inspection_before_done(true);
    let (id, _) = approved(&shop, NewRma::refund("EX1").line(mug()).line(mug().no_shipment()));
    refused(sandbox.mark_done(&id), "not inspected");
    sandbox.courier_delivers(&id).unwrap();
    refused(sandbox.mark_done(&id), "not inspected");
    sandbox.inspect_all(&id).unwrap();
    sandbox.mark_done(&id).unwrap();
    let (kept, _) = approved(&shop, NewRma::refund("EX1").line(mug().no_shipment()));
    sandbox.mark_done(&kept).unwrap();
}

#[tokio::test]
async fn a_verdict_changes_after_done() {
    let shop = Shop::open();
    let (id, units) = approved(&shop, shirt());
    shop.sandbox.courier_delivers(&id).unwrap();
    shop.sandbox.inspect(&units[0], Verdict::Returned { restockable: true }).unwrap();
    shop.sandbox.mark_done(&id).unwrap();
    let first = read(&shop, &id).await;
    shop.hours(24);
    shop.sandbox.inspect(&units[0], Verdict::NotReturned { reason: "another shop's shirt".into() }).unwrap();
    let second = read(&shop, &id).await;
    assert_eq!((second.status(), second.last_updated), (&RmaStatus::Done, first.last_updated));
    let date = |rma: &Rma| rma.items[0].validation.last_validation_date.unwrap();
    assert!(date(&second) > date(&first));
    assert!(matches!(second.items[0].inspection(), Inspection::NotReturned { reason: Some(_), .. }));
    let parcel = &shop.sandbox.shipments(&id)[0];
    let error = ShipmentValidation::new(&second, parcel, &units).unwrap_err();
    assert!(matches!(error, ShipmentValidationError::NotReturned { .. }), "{error}");
}

#[tokio::test]
async fn a_parcel_is_validated_after_done() {
    let shop = Shop::open();
    let (id, units) = approved(&shop, shirt());
    shop.sandbox.mark_done(&id).unwrap();
    let draft = ShipmentValidation::new(&read(&shop, &id).await, &shop.sandbox.shipments(&id)[0], &units).unwrap();
    shop.client.shipments().validate(&draft).await.unwrap();
    let rma = read(&shop, &id).await;
    assert_eq!((draft.seen_in(&rma), rma.status()), (ValidationSeen::Applied, &RmaStatus::Done));
}

#[tokio::test]
async fn a_reopened_rma_keeps_what_arrived_and_what_was_found() {
    let shop = Shop::open();
    let (id, units) = approved(&shop, NewRma::refund("EX1").line(mug().units(2)));
    shop.sandbox.courier_delivers(&id).unwrap();
    shop.sandbox.inspect(&units[0], Verdict::Returned { restockable: true }).unwrap();
    shop.sandbox.cancel(&id).unwrap();
    refused(shop.sandbox.courier_delivers(&id), "is Canceled");
    refused(shop.sandbox.inspect(&units[1], Verdict::Returned { restockable: true }), "is Canceled");
    shop.hours(1);
    shop.sandbox.reopen(&id).unwrap();
    refused(shop.sandbox.reopen(&id), "is Approved");
    let rma = read(&shop, &id).await;
    assert_eq!((rma.status(), states(&rma)), (&RmaStatus::Approved, vec![ShipmentStatus::Received]));
    assert_eq!((inspected(&rma), rma.summary.events.len()), (vec![true, false], 2));
    refused(shop.sandbox.courier_delivers(&id), "one of");
    shop.sandbox.staff_marks_received(&id).unwrap();
    shop.sandbox.inspect(&units[1], Verdict::Returned { restockable: true }).unwrap();
    assert_eq!(read(&shop, &id).await.status(), &RmaStatus::Validated);
    let (id, _) = approved(&shop, shirt());
    for number in 2..4 {
        shop.sandbox.cancel(&id).unwrap();
        shop.sandbox.reopen(&id).unwrap();
        let name = format!("EX1042-R{number}<");
        assert!(read(&shop, &id).await.comments.iter().any(|comment| comment.mentions(&name)), "{name}");
    }
    assert_eq!(states(&read(&shop, &id).await), [ShipmentStatus::Pending]);
}

#[tokio::test]
async fn received_says_nothing_about_units() {
    let shop = Shop::open();
    let (id, units) = approved(&shop, NewRma::refund("EX1").line(mug().units(2)));
    let parcel = shop.sandbox.shipments(&id).remove(0);
    let (other, _) = approved(&shop, shirt());
    shop.sandbox.staff_marks_received(&other).unwrap();
    refused(shop.sandbox.staff_marks_received(&other), "is Received");
    shop.client.shipments().update(&parcel, &ShipmentUpdate::to(ShipmentMove::Received)).await.unwrap();
    for id in [&id, &other] {
        let rma = read(&shop, id).await;
        assert_eq!((rma.status(), states(&rma)), (&RmaStatus::Received, vec![ShipmentStatus::Received]));
        assert!(inspected(&rma).iter().all(|seen| !seen));
        assert!(rma.comments.iter().any(|comment| comment.mentions("Shipment <strong>RECEIVED</strong>")));
    }
    assert_eq!(units.len(), 2);
}

#[tokio::test]
async fn several_parcels_go_their_own_ways() {
    let shop = Shop::open();
    let sandbox = shop.sandbox.clone().with_auto_refund(AutoRefund::Validated);
    let (id, units) = approved(&shop, NewRma::refund("EX1").line(mug().units(3)));
    let second = sandbox.staff_splits_parcel(&id, &units[2..]).unwrap();
    let parcels = sandbox.shipments(&id);
    assert_eq!((parcels.len(), &parcels[1]), (2, &second));
    let first = parcels[0].clone();
    let rma = read(&shop, &id).await;
    let held = |parcel| rma.items_in(parcel).map(|item| item.returned_item_id.clone()).collect::<Vec<_>>();
    assert_eq!((held(&first), held(&second)), (units[..2].to_vec(), units[2..].to_vec()));

    sandbox.courier_ships_parcel(&first).unwrap();
    sandbox.courier_delivers_parcel(&second).unwrap();
    refused(sandbox.courier_delivers_parcel(&second), "is Received");
    refused(sandbox.courier_ships_parcel(&first), "is Shipped");
    let rma = read(&shop, &id).await;
    assert_eq!(rma.status(), &RmaStatus::Received, "with its first parcel");
    assert_eq!(states(&rma), [ShipmentStatus::Shipped, ShipmentStatus::Received]);

    let error = ShipmentValidation::new(&rma, &second, &units).unwrap_err();
    assert!(matches!(error, ShipmentValidationError::Foreign { .. }), "{error}");
    let draft = ShipmentValidation::new(&rma, &second, &units[2..]).unwrap();
    shop.client.shipments().validate(&draft).await.unwrap();
    let rma = read(&shop, &id).await;
    assert_eq!((inspected(&rma), rma.status()), (vec![false, false, true], &RmaStatus::Received));
    assert!(draft.seen_in(&rma) == ValidationSeen::Applied && rma.transactions.is_empty());
    let other = ShipmentValidation::new(&rma, &first, &units[..2]).unwrap();
    assert_eq!(other.seen_in(&rma), ValidationSeen::NotApplied);

    sandbox.courier_delivers_parcel(&first).unwrap();
    shop.client.shipments().validate(&other).await.unwrap();
    let rma = read(&shop, &id).await;
    assert_eq!(rma.status(), &RmaStatus::Validated);
    assert_eq!((rma.transactions.len(), &rma.transactions[0].return_item_ids[..]), (1, &units[..]));
}

#[tokio::test]
async fn a_parcel_that_was_split_since_is_seen_as_changed() {
    let shop = Shop::open();
    let (id, units) = approved(&shop, NewRma::refund("EX1").line(mug().units(2)));
    let parcel = shop.sandbox.shipments(&id).remove(0);
    let draft = ShipmentValidation::new(&read(&shop, &id).await, &parcel, &units).unwrap();
    shop.sandbox.staff_splits_parcel(&id, &units[1..]).unwrap();
    assert_eq!(draft.seen_in(&read(&shop, &id).await), ValidationSeen::Changed);
    let (other, _) = approved(&shop, shirt());
    assert_eq!(draft.seen_in(&read(&shop, &other).await), ValidationSeen::Changed);
}

#[test]
fn parcels_are_split_before_they_are_sent() {
    let shop = Shop::open();
    let sandbox = &shop.sandbox;
    let id = sandbox.submit(NewRma::refund("EX1").line(mug().units(3)).line(mug().no_shipment())).unwrap();
    let units = sandbox.units(&id);
    refused(sandbox.staff_splits_parcel(&id, &units[..1]), "is Pending");
    sandbox.approve(&id).unwrap();
    refused(sandbox.staff_splits_parcel(&id, &[]), "0 units of 0 parcels");
    refused(sandbox.staff_splits_parcel(&id, &units[..3]), "nothing would stay");
    refused(sandbox.staff_splits_parcel(&id, &units[2..]), "of 2 parcels");
    refused(sandbox.staff_splits_parcel(&id, &units[3..]), "in no parcel");
    let foreign = ReturnedItemId::new("1").unwrap();
    assert_eq!(
        sandbox.staff_splits_parcel(&id, std::slice::from_ref(&foreign)),
        Err(SandboxRefusal::UnknownUnit(foreign))
    );
    sandbox.courier_ships(&id).unwrap();
    refused(sandbox.staff_splits_parcel(&id, &units[..1]), "is Shipped");
}
