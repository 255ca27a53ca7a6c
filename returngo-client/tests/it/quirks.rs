//! One test for each way in which ReturnGO surprises.

use crate::shop::{MIXED, Shop, mixed, mixed_with, mug, pounds, shirt};
use returngo_client::{
    CommentText, DateOp, Inspection, ResolutionType, ReturnMethodType, Rma, RmaQuery, RmaStatus, ShipmentStatus,
    TransactionQuery, TransactionStatus, TransactionType,
    sandbox::{NewRma, Verdict},
};

#[tokio::test]
async fn quirk_4_1_last_updated_does_not_move_on_receipt() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(shirt()).unwrap();
    shop.hours(1);
    shop.sandbox.approve(&id).unwrap();
    let approved = shop.client.rmas().get(&id).await.unwrap().last_updated;
    shop.hours(24);
    let last_run = shop.clock_now();
    shop.sandbox.courier_ships(&id).unwrap();
    shop.sandbox.courier_delivers(&id).unwrap();
    let units = shop.sandbox.units(&id);
    shop.sandbox.inspect_all(&id).unwrap();
    shop.sandbox.staff_refund(&id, &units, pounds(2400)).unwrap();
    let text = CommentText::marked("note").unwrap();
    shop.client.comments().post(&id, &text).await.unwrap();
    let after = shop.client.rmas().get(&id).await.unwrap();
    assert_eq!(after.last_updated, approved);
    assert!(after.comments[0].datetime > approved);
    let changed = RmaQuery::new().updated_at(DateOp::Gte, last_run);
    assert!(
        shop.client.rmas().list(&changed).next_page().await.unwrap().is_none(),
        "polling by date misses the receipt"
    );
    let sweep = RmaQuery::new().statuses(&[RmaStatus::Received, RmaStatus::Validated]).unwrap();
    let page = shop.client.rmas().list(&sweep).next_page().await.unwrap().unwrap();
    assert_eq!(page.items[0].rma_id, id, "the sweep by status finds it");
}

#[tokio::test]
async fn quirk_4_2_receipt_leaves_no_event_but_a_comment() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(shirt()).unwrap();
    shop.sandbox.approve(&id).unwrap();
    shop.sandbox.courier_delivers(&id).unwrap();
    let rma = shop.client.rmas().get(&id).await.unwrap();
    assert_eq!(*rma.status(), RmaStatus::Received);
    let events: Vec<_> = rma.summary.events.iter().filter_map(|event| event.event_name.as_deref()).collect();
    assert_eq!(events, ["RMA_CREATED", "RMA_APPROVED"]);
    assert_eq!(rma.comments.iter().filter(|comment| comment.mentions("<strong>RECEIVED</strong>")).count(), 1);
}

#[test]
fn quirk_4_3_false_without_a_date_means_nobody_looked() {
    let rma = mixed();
    assert_eq!(rma.items[0].validation.is_returned, Some(false));
    assert_eq!(rma.items[0].inspection(), Inspection::NotInspected);
    let at = "2026-04-11T08:15:00Z".parse().unwrap();
    assert_eq!(rma.items[1].inspection(), Inspection::Returned { at, restockable: true, reason: None });

    let date = "\"lastValidationDate\": \"2026-04-11T08:15:00+00:00\"";
    let flags =
        "\"isRestockable\": true, \"isReturned\": true, \"nonRestockableReason\": null, \"nonReturnedReason\": null";
    let verdict = |flags_now: &str| mixed_with(flags, flags_now).unwrap().items[1].inspection();
    assert_eq!(verdict("\"isRestockable\": true"), Inspection::NotInspected, "no word on the return is no verdict");
    assert_eq!(verdict("\"isReturned\": true"), Inspection::Returned { at, restockable: false, reason: None });
    assert_eq!(
        verdict("\"isReturned\": false, \"nonReturnedReason\": \"Box was empty\""),
        Inspection::NotReturned { at, reason: Some("Box was empty".into()) }
    );
    let undated = mixed_with(date, "\"lastValidationDate\": null").unwrap();
    assert_eq!(undated.items[1].inspection(), Inspection::NotInspected, "true without a date is no verdict either");
    let gone = mixed_with("\"itemValidationStatusResponse\": {", "\"itemValidationStatusResponse\": null, \"was\": {");
    assert_eq!(gone.unwrap().items[0].inspection(), Inspection::NotInspected);
}

#[test]
fn quirk_4_4_booleans_come_as_numbers() {
    let rma = mixed();
    assert_eq!(rma.is_out_of_policy, Some(false));
    assert_eq!((rma.items[0].is_auto_approve, rma.items[0].tax_included), (Some(true), Some(true)));
    for (json, expected) in [("true", Some(true)), ("\"1\"", Some(true)), ("\"false\"", Some(false)), ("null", None)] {
        let rma = mixed_with("\"isOutOfPolicy\": 0", &format!("\"isOutOfPolicy\": {json}")).unwrap();
        assert_eq!(rma.is_out_of_policy, expected, "{json}");
    }
    assert!(mixed_with("\"isOutOfPolicy\": 0", "\"isOutOfPolicy\": 7").is_err());
}

#[tokio::test]
async fn quirk_4_5_a_transaction_is_not_yet_money_paid() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(shirt()).unwrap();
    shop.sandbox.approve(&id).unwrap();
    shop.sandbox.courier_delivers(&id).unwrap();
    let refund = shop.sandbox.staff_refund(&id, &shop.sandbox.units(&id), pounds(2400)).unwrap();
    let asked = shop.client.rmas().get(&id).await.unwrap();
    assert_eq!(asked.transactions[0].status, TransactionStatus::Requested);
    assert!(asked.comments[0].mentions("Total refund amount 24 GBP"), "the timeline speaks as if it were paid");
    shop.hours(3);
    shop.sandbox.settle_refund(&refund, false).unwrap();
    let settled = shop.client.rmas().get(&id).await.unwrap();
    assert_eq!(settled.transactions[0].status, TransactionStatus::Failed);
    assert!(settled.transactions[0].last_updated > asked.transactions[0].last_updated);
    assert_eq!(settled.last_updated, asked.last_updated);
    assert_eq!(settled.error_comments().count(), 1);
}

#[test]
fn quirk_4_6_ids_come_as_text_and_as_numbers() {
    let numbers = mixed();
    assert_eq!(numbers.transactions[0].id.as_str(), "5200001");
    assert_eq!(mixed_with("\"id\": 5200001", "\"id\": \"5200001\"").unwrap(), numbers);
    assert_eq!(mixed_with("\"rmaId\": \"7001234\"", "\"rmaId\": 7001234").unwrap(), numbers);
    assert_eq!(mixed_with("[\"81000001\"]", "[81000001]").unwrap(), numbers);
}

#[test]
fn quirk_4_7_keys_are_left_out() {
    let mug = &mixed().items[2];
    assert_eq!((mug.variant_name.as_deref(), mug.barcode.as_deref()), (None, None));
    assert_eq!(mixed().items[0].follow_up_questions[1].answer.media_count, 0);
    let bare = r#"{"rmaSummary": {"rmaId": "1"}, "items": [{"returnedItemId": "2"}], "transactions": [{"id": 3}]}"#;
    let rma: Rma = serde_json::from_str(bare).unwrap();
    assert_eq!(rma.status(), &RmaStatus::Unknown(String::new()));
    assert_eq!(rma.items[0].resolution_type, ResolutionType::Unknown(String::new()));
    assert_eq!((rma.items[0].paid_price.as_ref(), rma.items[0].inspection()), (None, Inspection::NotInspected));
    assert_eq!(rma.order_name(), None);
    for (json, key) in [
        (r#"{"rmaSummary": {}}"#, "rmaId"),
        (r#"{"rmaSummary": {"rmaId": "1"}, "items": [{}]}"#, "returnedItemId"),
        (r#"{"rmaSummary": {"rmaId": "1"}, "transactions": [{}]}"#, "`id`"),
        (r#"{"items": []}"#, "rmaSummary"),
    ] {
        let error = serde_json::from_str::<Rma>(json).unwrap_err().to_string();
        assert!(error.contains("missing field") && error.contains(key), "{error}");
    }
}

#[test]
fn quirk_4_8_empty_text_means_nothing() {
    let rma = mixed();
    assert_eq!(rma.items[2].shipment_id, None);
    assert_eq!(rma.exchange_orders[0].order_id, None);
    assert_eq!(rma.shipments[0].tracking_number, None);
    assert_eq!(mixed_with("\"sku\": \"MUG-1\"", "\"sku\": \" \"").unwrap().items[2].sku, None);
}

#[test]
fn quirk_4_9_whole_and_broken_amounts_mix() {
    let rma = mixed();
    let prices: Vec<_> =
        rma.items.iter().map(|item| item.paid_price.as_ref().unwrap().presentment().unwrap().to_string()).collect();
    assert_eq!(prices, ["36.00 GBP", "36.00 GBP", "25.96 GBP"]);
    assert_eq!(rma.items[2].paid_tax.as_ref().unwrap().shop().unwrap().unwrap().to_string(), "0.00 GBP");
}

#[test]
fn quirk_4_10_nobody_stands_behind_an_event() {
    let named = "{\"userFirstName\": \"Olaf\", \"userLastName\": \"Madeup\"}";
    let rma = mixed_with("\"userDetails\": null", &format!("\"userDetails\": {named}")).unwrap();
    assert_eq!(rma, mixed(), "whoever it was is neither needed nor kept");
}

#[test]
fn quirk_4_11_timestamps_come_in_every_dress() {
    let written = "\"createdAt\": \"2026-04-02T11:20:05+00:00\"";
    for text in ["2026-04-02T11:20:05Z", "2026-04-02 11:20:05", "2026-04-02T12:20:05.000+01:00"] {
        assert_eq!(mixed_with(written, &format!("\"createdAt\": \"{text}\"")).unwrap(), mixed(), "{text}");
    }
    let error = mixed_with(written, "\"createdAt\": \"last Tuesday\"").unwrap_err().to_string();
    assert!(error.contains("2026-05-01T09:00:00+00:00") && !error.contains("Tuesday"), "{error}");
}

#[tokio::test]
async fn quirk_4_12_one_item_a_piece() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(NewRma::refund("EX7").line(mug().units(9))).unwrap();
    let rma = shop.client.rmas().get(&id).await.unwrap();
    assert_eq!(rma.items.len(), 9);
    let lines: std::collections::BTreeSet<_> = rma.items.iter().map(|item| &item.shop_line_item_id).collect();
    let units: std::collections::BTreeSet<_> = rma.items.iter().map(|item| &item.returned_item_id).collect();
    assert_eq!((lines.len(), units.len()), (1, 9));
}

#[tokio::test]
async fn quirk_4_13_an_exchange_order_is_not_an_exchange() {
    let shop = Shop::open();
    let new = NewRma::exchange("EX8").swap("SHIRT-M", pounds(2400), pounds(400), "SHIRT-L").swap(
        "CAP-M",
        pounds(1200),
        pounds(200),
        "CAP-L",
    );
    let id = shop.sandbox.submit(new).unwrap();
    shop.sandbox.approve(&id).unwrap();
    shop.sandbox.courier_delivers(&id).unwrap();
    let rma = shop.client.rmas().get(&id).await.unwrap();
    assert_eq!(rma.exchange_orders.len(), 1, "two exchanged units share it");
    assert!(!rma.exchange_orders[0].is_released());
    assert_eq!(rma.exchange_orders[0].order_name.as_deref(), Some("#D12"));
    assert_eq!(rma.items[0].exchange_items[0].quantity, Some(1));
    shop.sandbox.release_exchange(&id, "5550001119999", "EX9").unwrap();
    let released = shop.client.rmas().get(&id).await.unwrap();
    assert!(released.exchange_orders[0].is_released());
    assert_eq!(released.last_updated, rma.last_updated);
}

#[tokio::test]
async fn quirk_4_14_a_refund_may_differ_from_the_price() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(shirt()).unwrap();
    shop.sandbox.approve(&id).unwrap();
    shop.sandbox.store_credit_refund(&id, &shop.sandbox.units(&id), pounds(2900)).unwrap();
    let rma = shop.client.rmas().get(&id).await.unwrap();
    let paid = rma.items[0].paid_price.as_ref().unwrap().presentment().unwrap();
    let credited = rma.transactions[0].amount.as_ref().unwrap().presentment().unwrap();
    assert_eq!(credited.checked_sub(paid).unwrap().to_string(), "5.00 GBP");
}

#[tokio::test]
async fn quirk_4_15_a_refund_may_come_before_the_goods() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(NewRma::refund("EX9").line(mug().no_shipment())).unwrap();
    assert!(shop.sandbox.staff_refund(&id, &shop.sandbox.units(&id), pounds(2596)).is_err(), "not while Pending");
    shop.sandbox.approve(&id).unwrap();
    let units = shop.sandbox.units(&id);
    let refund = shop.sandbox.staff_refund(&id, &units, pounds(2596)).unwrap();
    shop.sandbox.settle_refund(&refund, true).unwrap();
    let rma = shop.client.rmas().get(&id).await.unwrap();
    assert_eq!((rma.status(), &rma.transactions[0].status), (&RmaStatus::Approved, &TransactionStatus::Success));
    assert!(rma.transactions[0].covers(&units[0]));
    assert_eq!(rma.items[0].return_method.as_ref().unwrap().kind, ReturnMethodType::NoShipmentRequired);
    assert_eq!((rma.shipments.len(), rma.items[0].shipment_id.as_ref()), (0, None));
    assert!(shop.sandbox.inspect(&units[0], Verdict::Returned { restockable: true }).is_err());
}

#[tokio::test]
async fn quirk_4_16_a_cancelled_rma_comes_back() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(shirt()).unwrap();
    shop.sandbox.approve(&id).unwrap();
    let before = shop.client.rmas().get(&id).await.unwrap();
    shop.hours(1);
    shop.sandbox.cancel(&id).unwrap();
    let cancelled = shop.client.rmas().get(&id).await.unwrap();
    assert_eq!((cancelled.status(), cancelled.last_updated), (&RmaStatus::Canceled, before.last_updated));
    shop.hours(1);
    shop.sandbox.reopen(&id).unwrap();
    let reopened = shop.client.rmas().get(&id).await.unwrap();
    assert_eq!(*reopened.status(), RmaStatus::Approved);
    assert!(reopened.last_updated > before.last_updated);
    assert_eq!(reopened.summary.events, before.summary.events, "no event tells of it");
    assert!(shop.sandbox.comments(&id).iter().any(|html| html.contains("EX1042-R2")));
}

#[tokio::test]
async fn quirk_4_17_an_order_has_several_rmas() {
    let shop = Shop::open();
    let first = shop.sandbox.submit(shirt()).unwrap();
    let second = shop.sandbox.submit(shirt()).unwrap();
    let of_order = RmaQuery::new().order_names(["EX1042"]).unwrap();
    let page = shop.client.rmas().list(&of_order).next_page().await.unwrap().unwrap();
    let ids: Vec<_> = page.items.iter().map(|rma| rma.rma_id.clone()).collect();
    assert_eq!(ids, [second.clone(), first.clone()]);
    let (first, second) =
        (shop.client.rmas().get(&first).await.unwrap(), shop.client.rmas().get(&second).await.unwrap());
    assert_eq!(first.order.order_id, second.order.order_id);
    assert_ne!(first.items[0].returned_item_id, second.items[0].returned_item_id);
}

#[tokio::test]
async fn quirk_4_18_a_return_from_an_exchange_names_the_exchange_order() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(NewRma::refund("EX1099").order_id("5550001119999").line(mug())).unwrap();
    let rma = shop.client.rmas().get(&id).await.unwrap();
    assert_eq!(rma.order_name(), Some("EX1099"));
    assert_eq!(rma.order.order_id.as_ref().unwrap().as_str(), "5550001119999");
    let only_summary = mixed_with("\"orderDetails\": {", "\"orderDetails\": null, \"was\": {").unwrap();
    assert_eq!(only_summary.order_name(), Some("FX2088"));
}

#[tokio::test]
async fn quirk_4_19_an_approved_rma_may_have_no_parcel_yet() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(shirt()).unwrap();
    assert!(shop.client.rmas().get(&id).await.unwrap().shipments.is_empty());
    shop.sandbox.approve(&id).unwrap();
    let rma = shop.client.rmas().get(&id).await.unwrap();
    let parcel = &rma.shipments[0];
    assert_eq!((&parcel.status, parcel.tracking_number.as_ref()), (&ShipmentStatus::Pending, None));
    assert_eq!(parcel.shipment_id, rma.items[0].shipment_id);
    let labelled =
        mixed_with("\"shipmentId\": \"910044\", \"status\": \"Received\"", "\"status\": \"LabelCreated\"").unwrap();
    assert_eq!(
        (&labelled.shipments[0].status, labelled.shipments[0].shipment_id.as_ref()),
        (&ShipmentStatus::LabelCreated, None)
    );
}

#[test]
fn quirk_4_20_labels_do_not_decide() {
    let renamed = mixed_with("\"resolutionName\": \"Geld zurueck\"", "\"resolutionName\": \"Store credit\"").unwrap();
    assert_eq!(renamed.items[0].resolution_type, ResolutionType::RefundToPaymentMethod);
    let newer = mixed_with("\"RefundToPaymentMethod\"", "\"RefundToGiftCard\"").unwrap();
    assert_eq!(newer.items[0].resolution_type, ResolutionType::Unknown("RefundToGiftCard".into()));
}

#[test]
fn quirk_4_21_errors_are_part_of_the_timeline() {
    let rma = mixed();
    let errors: Vec<_> = rma.error_comments().collect();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].mentions("could not be created"));
}

#[test]
fn quirk_4_22_addresses_of_media_are_not_kept() {
    let rma = mixed();
    assert!(MIXED.contains("open-sesame"));
    assert_eq!(rma.items[2].follow_up_questions[0].answer.media_count, 1);
    assert!(!format!("{rma:?}").contains("open-sesame"));
    assert_eq!(rma.shipments[0].label_url.as_ref().unwrap().expose(), "https://labels.example/dummy.pdf");
}

#[tokio::test]
async fn quirk_4_23_an_invoice_payment_belongs_to_no_unit() {
    let shop = Shop::open();
    let other = shop.sandbox.submit(shirt()).unwrap();
    let id = shop.sandbox.submit(NewRma::exchange("EX8").swap("CAP-M", pounds(1200), pounds(200), "CAP-L")).unwrap();
    for rma in [&id, &other] {
        shop.sandbox.approve(rma).unwrap();
    }
    shop.sandbox.staff_refund(&other, &shop.sandbox.units(&other), pounds(100)).unwrap();
    let invoice = shop.sandbox.invoice(&id, pounds(250)).unwrap();
    let query = TransactionQuery::new().rma_ids(&[id]).unwrap();
    let page = shop.client.transactions().list(&query).next_page().await.unwrap().unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].id, invoice);
    assert_eq!(
        (&page.items[0].kind, &page.items[0].status),
        (&TransactionType::InvoicePayment, &TransactionStatus::Requested)
    );
    assert!(page.items[0].return_item_ids.is_empty());
}
