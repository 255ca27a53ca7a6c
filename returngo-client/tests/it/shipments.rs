//! Parcels validated as a whole: the draft, and what becomes of it on the sandbox.

use crate::shop::{KEY, SHOP, Shop, mug, pounds, shirt};
use returngo_client::{
    Delivery, ErrorKind, Inspection, ReturnedItemId, Rma, RmaId, RmaStatus, ShipmentId, ShipmentStatus,
    ShipmentValidation, ShipmentValidationError, TransactionReport, TransactionStatus, TransactionType, ValidationSeen,
    sandbox::{AutoRefund, FaultPlan, NewItem, NewRma, SandboxRefusal, Verdict, in_process},
};

/// An approved RMA and its only parcel.
fn approved(shop: &Shop, new: NewRma) -> (RmaId, ShipmentId) {
    let id = shop.sandbox.submit(new).unwrap();
    shop.sandbox.approve(&id).unwrap();
    let parcels = shop.sandbox.shipments(&id);
    assert_eq!(parcels.len(), 1);
    (id, parcels[0].clone())
}

fn arrived(shop: &Shop, new: NewRma) -> (RmaId, ShipmentId) {
    let (id, parcel) = approved(shop, new);
    shop.sandbox.courier_delivers(&id).unwrap();
    (id, parcel)
}

fn three_mugs() -> NewRma {
    NewRma::refund("EX1").line(mug().units(3))
}

fn units_in(rma: &Rma, parcel: &ShipmentId) -> Vec<ReturnedItemId> {
    rma.items_in(parcel).map(|item| item.returned_item_id.clone()).collect()
}

async fn draft(shop: &Shop, id: &RmaId, parcel: &ShipmentId) -> ShipmentValidation {
    let rma = shop.client.rmas().get(id).await.unwrap();
    ShipmentValidation::new(&rma, parcel, &units_in(&rma, parcel)).unwrap()
}

async fn seen(shop: &Shop, draft: &ShipmentValidation) -> ValidationSeen {
    draft.seen_in(&shop.client.rmas().get(draft.rma()).await.unwrap())
}

#[tokio::test]
async fn a_parcel_is_validated_with_all_its_units_and_the_rma_tells() {
    let shop = Shop::open();
    let (id, parcel) = arrived(&shop, three_mugs());
    let draft = draft(&shop, &id, &parcel).await;
    assert_eq!((draft.rma(), draft.shipment(), draft.units().len()), (&id, &parcel, 3));
    assert_eq!(seen(&shop, &draft).await, ValidationSeen::NotApplied);
    let before = shop.sandbox.rma(&id).unwrap();
    shop.hours(1);
    let at = shop.clock_now();
    shop.client.shipments().validate(&draft).await.unwrap();
    assert_eq!(seen(&shop, &draft).await, ValidationSeen::Applied);
    let rma = shop.client.rmas().get(&id).await.unwrap();
    assert_eq!((rma.status(), rma.last_updated), (&RmaStatus::Validated, before.last_updated));
    assert_eq!(rma.shipment(&parcel).unwrap().status, ShipmentStatus::Validated);
    for item in &rma.items {
        let Inspection::Returned { at: when, restockable: true, reason: None } = item.inspection() else {
            panic!("{:?}", item.inspection())
        };
        assert_eq!(when.timestamp(), at.timestamp());
    }
    assert!(rma.comments[0].mentions(&format!("Shipment with ID: {parcel} was updated")));
    assert_eq!((rma.transactions.len(), shop.sandbox.writes()), (0, 1), "no rule, no refund");
}

#[tokio::test]
async fn nothing_but_the_whole_parcel_can_be_said() {
    let shop = Shop::open();
    let (id, parcel) = arrived(&shop, NewRma::refund("EX1").line(mug().units(3)).line(mug().no_shipment()));
    let rma = shop.client.rmas().get(&id).await.unwrap();
    let all = units_in(&rma, &parcel);
    let kept = rma.items.iter().find(|item| item.is_kept()).unwrap().returned_item_id.clone();
    let new = |units: &[ReturnedItemId]| ShipmentValidation::new(&rma, &parcel, units);
    for (units, missing) in [(&all[..0], &all[..]), (&all[..1], &all[1..]), (&all[1..], &all[..1])] {
        let error = new(units).unwrap_err();
        assert_eq!(error, ShipmentValidationError::NotNamed { shipment: parcel.clone(), missing: missing.to_vec() });
        let text = error.to_string();
        assert!(text.contains(&format!("{} unit", missing.len())) && text.contains(missing[0].as_str()), "{text}");
    }
    let twice = [&all[..], &all[..1]].concat();
    assert!(matches!(new(&twice), Err(ShipmentValidationError::Twice { unit, .. }) if unit == all[0]));
    for foreign in [kept, ReturnedItemId::new("1").unwrap()] {
        let more = [&all[..], std::slice::from_ref(&foreign)].concat();
        assert!(matches!(new(&more), Err(ShipmentValidationError::Foreign { unit, .. }) if unit == foreign));
    }
    let other = ShipmentId::new("1").unwrap();
    let error = ShipmentValidation::new(&rma, &other, &all).unwrap_err();
    assert!(matches!(error, ShipmentValidationError::Parcel { found: 0, .. }), "{error}");
    let backwards: Vec<_> = all.iter().rev().cloned().collect();
    assert_eq!(new(&backwards).unwrap(), new(&all).unwrap());
}

#[test]
fn what_is_doubtful_makes_no_draft() {
    use ShipmentValidationError as Wrong;
    let sound = r#"{
        "rmaSummary": {"rmaId": "1", "status": "Received"},
        "shipments": [{"shipmentId": "8", "status": "Received"}],
        "items": [{"returnedItemId": "7", "shipmentId": "8"}]
    }"#;
    let (parcel, unit) = (ShipmentId::new("8").unwrap(), ReturnedItemId::new("7").unwrap());
    let with = |from: &str, to: &str| {
        assert!(sound.contains(from), "{from}");
        let rma: Rma = serde_json::from_str(&sound.replacen(from, to, 1)).unwrap();
        ShipmentValidation::new(&rma, &parcel, std::slice::from_ref(&unit))
    };
    let (of_rma, of_parcel) = (r#""rmaId": "1", "status": "Received""#, r#""shipmentId": "8", "status": "Received""#);
    for status in ["Approved", "Received", "Validated", "Done"] {
        with(of_rma, &format!(r#""rmaId": "1", "status": "{status}""#)).unwrap();
    }
    for status in ["Pending", "Rejected", "Canceled", "Archived", ""] {
        let error = with(of_rma, &format!(r#""rmaId": "1", "status": "{status}""#)).unwrap_err();
        assert!(matches!(&error, Wrong::RmaStatus { status: found, .. } if found.as_str() == status), "{error}");
    }
    for status in ["Pending", "LabelCreated", "Shipped", "Received", "Canceled"] {
        with(of_parcel, &format!(r#""shipmentId": "8", "status": "{status}""#)).unwrap();
    }
    for status in ["Validated", "Lost", ""] {
        let error = with(of_parcel, &format!(r#""shipmentId": "8", "status": "{status}""#)).unwrap_err();
        assert!(matches!(&error, Wrong::ShipmentStatus { status: found, .. } if found.as_str() == status), "{error}");
    }
    let outbound = with(of_parcel, &format!(r#"{of_parcel}, "isOutbound": true"#));
    assert!(matches!(outbound, Err(Wrong::Outbound { .. })));
    let twice = with(r#""shipments": ["#, r#""shipments": [{"shipmentId": "8", "status": "Shipped"}, "#);
    assert!(matches!(twice, Err(Wrong::Parcel { found: 2, .. })));
    for stray in [r#"{"returnedItemId": "6", "shipmentId": ""}, "#, r#"{"returnedItemId": "6", "shipmentId": "9"}, "#] {
        let error = with(r#""items": ["#, &format!(r#""items": [{stray}"#)).unwrap_err();
        assert!(matches!(&error, Wrong::Unassigned { unit, .. } if unit.as_str() == "6"), "{error}");
    }
    let kept = r#""returnMethod": {"type": "No shipment required"}"#;
    with(r#""items": ["#, &format!(r#""items": [{{"returnedItemId": "6", {kept}}}, "#)).unwrap();
    let item = r#""returnedItemId": "7""#;
    assert!(matches!(with(item, &format!("{item}, {kept}")), Err(Wrong::Kept { .. })));
    let verdict = |returned: bool, date: &str| {
        let verdict = format!(r#"{{"isReturned": {returned}, "lastValidationDate": {date}}}"#);
        with(item, &format!(r#"{item}, "itemValidationStatusResponse": {verdict}"#))
    };
    assert!(matches!(verdict(false, r#""2026-05-01T09:00:00Z""#), Err(Wrong::NotReturned { .. })));
    verdict(true, r#""2026-05-01T09:00:00Z""#).unwrap();
    verdict(false, "null").unwrap();
    let empty =
        serde_json::from_str::<Rma>(&sound.replace(r#"{"returnedItemId": "7", "shipmentId": "8"}"#, "")).unwrap();
    assert!(matches!(ShipmentValidation::new(&empty, &parcel, &[]), Err(Wrong::Empty { .. })));
}

#[tokio::test]
async fn after_a_lost_answer_the_rma_tells() {
    let shop = Shop::open();
    for (plan, applied) in [
        (FaultPlan::on("PUT", "/shipment/").status(504).after_acting(), true),
        (FaultPlan::on("PUT", "/shipment/").web_page(502), false),
        (FaultPlan::on("PUT", "/shipment/").status(500), false),
    ] {
        let (id, parcel) = arrived(&shop, three_mugs());
        let draft = draft(&shop, &id, &parcel).await;
        shop.sandbox.fail_next(plan);
        let sent = shop.client.requests_sent();
        let error = shop.client.shipments().validate(&draft).await.unwrap_err();
        assert_eq!((error.delivery(), shop.client.requests_sent() - sent), (Delivery::Unknown, 1));
        let expected = if applied { ValidationSeen::Applied } else { ValidationSeen::NotApplied };
        assert_eq!(seen(&shop, &draft).await, expected);
    }
    let (id, parcel) = arrived(&shop, three_mugs());
    let draft = draft(&shop, &id, &parcel).await;
    shop.sandbox.fail_next(FaultPlan::on("PUT", "/shipment/").truncated());
    shop.client.shipments().validate(&draft).await.unwrap();
    assert_eq!((seen(&shop, &draft).await, shop.sandbox.writes()), (ValidationSeen::Applied, 2));
}

#[tokio::test]
async fn what_changed_since_it_was_read_is_not_validated_twice() {
    let shop = Shop::open();
    let (id, parcel) = arrived(&shop, three_mugs());
    let early = draft(&shop, &id, &parcel).await;
    shop.client.shipments().validate(&early).await.unwrap();
    let before = shop.sandbox.json(&id).unwrap();
    // The same word once more is no transition: ReturnGO takes it and changes nothing but the timeline.
    shop.hours(1);
    shop.client.shipments().validate(&early).await.unwrap();
    let after = shop.sandbox.rma(&id).unwrap();
    assert_eq!(after.items, serde_json::from_str::<Rma>(&before).unwrap().items);
    assert!(ShipmentValidation::new(&after, &parcel, &units_in(&after, &parcel)).is_err());

    let (id, parcel) = arrived(&shop, shirt());
    let early = draft(&shop, &id, &parcel).await;
    shop.sandbox.cancel(&id).unwrap();
    let error = shop.client.shipments().validate(&early).await.unwrap_err();
    assert_eq!((error.status(), error.kind(), error.delivery()), (Some(400), ErrorKind::Invalid, Delivery::Rejected));
    assert!(error.to_string().contains("is as it was"), "{error}");
    assert_eq!(seen(&shop, &early).await, ValidationSeen::NotApplied);
}

#[tokio::test]
async fn the_units_may_stay_uninspected() {
    let shop = Shop::open();
    let sandbox = shop.sandbox.clone().with_shipment_validating_items(false).with_auto_refund(AutoRefund::Validated);
    let (id, parcel) = arrived(&shop, three_mugs());
    let draft = draft(&shop, &id, &parcel).await;
    shop.client.shipments().validate(&draft).await.unwrap();
    let rma = sandbox.rma(&id).unwrap();
    assert_eq!(draft.seen_in(&rma), ValidationSeen::ParcelOnly { uninspected: units_in(&rma, &parcel) });
    assert_eq!((rma.status(), rma.transactions.len()), (&RmaStatus::Validated, 0));
}

#[tokio::test]
async fn a_shop_without_inspection_refuses() {
    let shop = Shop::open();
    let _same = shop.sandbox.clone().with_shipment_validation(false);
    let (id, parcel) = arrived(&shop, three_mugs());
    let draft = draft(&shop, &id, &parcel).await;
    let error = shop.client.shipments().validate(&draft).await.unwrap_err();
    assert_eq!((error.status(), error.delivery()), (Some(400), Delivery::Rejected));
    assert!(error.to_string().contains("does not inspect in ReturnGO"), "{error}");
    assert_eq!((seen(&shop, &draft).await, shop.sandbox.writes()), (ValidationSeen::NotApplied, 0));
}

#[tokio::test]
async fn a_validation_sets_the_shops_refund_off_once() {
    let shop = Shop::open();
    let sandbox = shop.sandbox.clone().with_auto_refund(AutoRefund::Validated);
    let new = three_mugs().line(NewItem::new("CAP", pounds(1000), pounds(167)).resolution("RefundToStoreCredit"));
    let (id, parcel) = arrived(&shop, new.line(NewItem::new("KEPT", pounds(500), pounds(83)).no_shipment()));
    let draft = draft(&shop, &id, &parcel).await;
    shop.client.shipments().validate(&draft).await.unwrap();
    let rma = shop.client.rmas().get(&id).await.unwrap();
    let found: Vec<_> = rma
        .transactions
        .iter()
        .map(|row| {
            let amount = row.amount.as_ref().unwrap().presentment().unwrap().amount();
            (row.kind.clone(), row.status.clone(), amount, row.return_item_ids.len())
        })
        .collect();
    assert_eq!(
        found,
        [
            (TransactionType::RefundToPaymentMethod, TransactionStatus::Requested, pounds(7788), 3),
            (TransactionType::RefundToStoreCredit, TransactionStatus::Success, pounds(1000), 1),
        ]
    );
    sandbox.settle_refund(&rma.transactions[0].id, true).unwrap();
    sandbox.inspect(&rma.items[0].returned_item_id, Verdict::Returned { restockable: false }).unwrap();
    assert_eq!(sandbox.rma(&id).unwrap().transactions.len(), 2, "asked for once");
}

#[tokio::test]
async fn a_refund_after_validation_may_be_for_others_to_pay() {
    let shop = Shop::open();
    let sandbox = shop.sandbox.clone().with_auto_refund(AutoRefund::Validated).with_notify_only(true);
    let (id, parcel) = arrived(&shop, shirt());
    shop.client.shipments().validate(&draft(&shop, &id, &parcel).await).await.unwrap();
    let asked = sandbox.rma(&id).unwrap().transactions[0].id.clone();
    let paid = TransactionReport::success("900100200300").unwrap();
    shop.client.transactions().report(&asked, &paid, &returngo_client::PresumedFields).await.unwrap();
    assert_eq!(sandbox.rma(&id).unwrap().transactions[0].platform_refund_id(), Some("900100200300"));
}

#[tokio::test]
async fn rough_words_on_parcels_are_refused() {
    let shop = Shop::open();
    let (id, parcel) = approved(&shop, shirt());
    let transport = in_process(shop.sandbox.router());
    let send = async |method: &str, path: &str, kind: &str, body: &str| {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("https://sandbox.example{path}"))
            .header("X-API-KEY", KEY)
            .header("X-Shop-Name", SHOP)
            .header("content-type", kind)
            .body(body.to_owned().into())
            .unwrap();
        let answer = transport.send(request).await.unwrap();
        (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
    };
    let path = format!("/shipment/{parcel}");
    let before = shop.sandbox.json(&id).unwrap();
    for (method, path, kind, body, status, said) in [
        ("PUT", "/shipment/S1", "application/json", "{}", 400, "Invalid shipmentId"),
        ("PUT", "/shipment/", "application/json", "{}", 400, "Invalid shipmentId"),
        ("PUT", "/shipment/1", "application/json", "{}", 404, "Shipment not found"),
        ("PUT", &*format!("{path}?force=1"), "application/json", "{}", 400, "force"),
        ("PUT", &*path, "text/plain", "{}", 400, "content-type"),
        ("PUT", &*path, "application/json", "", 400, "Invalid request body"),
        ("PUT", &*path, "application/json", r#"{"state": "Validated"}"#, 400, "state"),
        ("PUT", &*path, "application/json", r#"{"status": "validated"}"#, 400, "status must be one of"),
        ("PUT", &*path, "application/json", r#"{"status": 1}"#, 400, "Invalid request body"),
        ("POST", &*path, "application/json", "{}", 405, ""),
        ("GET", &*path, "application/json", "", 405, ""),
    ] {
        let (got, text) = send(method, path, kind, body).await;
        assert!(got == status && text.contains(said), "{method} {path} {body}: {got} {text}");
    }
    assert_eq!((shop.sandbox.json(&id).unwrap(), shop.sandbox.writes()), (before, 0));

    let all = ["Pending", "LabelCreated", "Shipped", "Received", "Canceled", "Validated"];
    for (from, ways) in [
        ("Pending", &all[..]),
        ("LabelCreated", &all[1..]),
        ("Shipped", &all[2..]),
        ("Received", &["Received", "Validated"]),
        ("Canceled", &["Canceled", "Received", "Validated"]),
        ("Validated", &["Validated"]),
    ] {
        for to in all {
            let (_, parcel) = approved(&shop, shirt());
            let path = format!("/shipment/{parcel}");
            let body = |status: &str| format!(r#"{{"status": "{status}"}}"#);
            assert_eq!(send("PUT", &path, "application/json", &body(from)).await.0, 200, "{from}");
            let (status, text) = send("PUT", &path, "application/json", &body(to)).await;
            assert_eq!(status, if ways.contains(&to) { 200 } else { 400 }, "{from} to {to}: {text}");
            let expected = if status == 200 { format!(r#""status":"{to}""#) } else { format!("{from} to {to}") };
            assert!(text.contains(&expected), "{text}");
        }
    }
}

#[test]
fn a_parcel_that_is_not_there_is_refused() {
    let shop = Shop::open();
    let nobody = ShipmentId::new("1").unwrap();
    for refused in [shop.sandbox.courier_ships_parcel(&nobody), shop.sandbox.courier_delivers_parcel(&nobody)] {
        assert_eq!(refused, Err(SandboxRefusal::UnknownShipment(nobody.clone())));
    }
    assert!(shop.sandbox.shipments(&RmaId::new("1").unwrap()).is_empty());
}
