use super::server::*;
use serde_json::{Value, json};
use shopify_returns::*;
use std::time::Duration;

#[tokio::test]
async fn a_read_carries_the_token_the_version_and_a_closed_document() {
    let server = Server::answering([data(json!({"order": order(1, "#1001")}))]).await;
    let read = server.client.order(OrderId::new(1)).await.unwrap().unwrap();
    assert_eq!((read.name.as_str(), read.lines.items.len()), ("#1001", 1));
    assert_eq!(read.financial_status, FinancialStatus::Unknown("SOMETHING_NEW".into()));
    assert_eq!((server.client.requests_sent(), server.client.shop()), (1, SHOP));
    let requests = server.requests(GRAPHQL).await;
    assert_eq!(requests[0].headers["x-shopify-access-token"], TOKEN);
    assert_eq!(requests[0].headers["content-type"], "application/json");
    let body = &server.bodies().await[0];
    assert_eq!(body["operationName"], "OrderById");
    assert_eq!(body["query"], documents::ORDER_BY_ID.text());
    assert_eq!(body["variables"], json!({"id": "gid://shopify/Order/1"}));
}

#[tokio::test]
async fn no_order_is_none_and_another_order_is_an_error() {
    let server = Server::answering([data(json!({"order": null})), data(json!({"order": order(2, "#1002")}))]).await;
    assert_eq!(server.client.order(OrderId::new(1)).await.unwrap(), None);
    let error = server.client.order(OrderId::new(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("asked for order 1, the answer is about order 2"), "{error}");
}

#[tokio::test]
async fn every_list_of_an_order_is_read_to_its_end() {
    let mut first = order(1, "#1001");
    first["lineItems"] = list(json!([line(3)]), Some("l1"));
    first["shippingLines"] = list(json!([]), Some("s1"));
    let shipping = json!([{"id": "gid://shopify/ShippingLine/9", "originalPriceSet": bag("3.00"),
        "discountAllocations": [], "taxLines": []}]);
    let server = Server::answering([
        data(json!({"order": first})),
        data(json!({"order": {"lineItems": list(json!([line(4)]), Some("l2"))}})),
        data(json!({"order": {"lineItems": list(json!([line(5)]), None)}})),
        data(json!({"order": {"shippingLines": list(shipping, None)}})),
    ])
    .await;
    let read = server.client.order(OrderId::new(1)).await.unwrap().unwrap();
    assert_eq!(read.lines.iter().map(|line| line.id.number()).collect::<Vec<_>>(), [3, 4, 5]);
    assert_eq!(read.lines.completeness(), Completeness::Complete);
    assert_eq!((read.shipping_lines.items.len(), read.shipping_lines.completeness()), (1, Completeness::Complete));
    let sent = server.bodies().await;
    let places: Vec<_> = sent[1..].iter().map(|body| (&body["operationName"], &body["variables"]["after"])).collect();
    assert_eq!(json!(places), json!([["OrderLines", "l1"], ["OrderLines", "l2"], ["OrderShipping", "s1"]]));
}

#[tokio::test]
async fn every_list_of_a_refund_is_read_to_its_end() {
    let mut one = refund(21);
    for field in ["refundLineItems", "refundShippingLines", "orderAdjustments", "transactions"] {
        one[field] = list(json!([]), Some("more"));
    }
    let shipping = json!([{"subtotalAmountSet": bag("3.00"), "taxAmountSet": bag("0.50")}]);
    let adjustment = json!([{"reason": "RESTOCK", "amountSet": bag("-1.00"), "taxAmountSet": bag("0.00")}]);
    let agreement = json!([{
        "__typename": "RefundAgreement", "id": "gid://shopify/RefundAgreement/1", "happenedAt": "2026-11-02T08:00:00Z",
        "app": {"id": "gid://shopify/App/5", "title": "Returns"}, "refund": {"id": "gid://shopify/Refund/21"},
    }]);
    let server = Server::answering([
        data(order_refunds(json!([one]), list(json!([]), Some("more")))),
        data(json!({"order": {"agreements": list(agreement, None)}})),
        data(json!({"refund": {"refundLineItems": list(json!([refund_line(31)]), None)}})),
        data(json!({"refund": {"refundShippingLines": list(shipping, None)}})),
        data(json!({"refund": {"orderAdjustments": list(adjustment, None)}})),
        data(json!({"refund": {"transactions": list(json!([transaction(71)]), None)}})),
    ])
    .await;
    let read = server.client.order_refunds(OrderId::new(1)).await.unwrap().unwrap();
    let refund = &read.refunds[0];
    assert_eq!(read.agreement(refund.id).unwrap().app.as_ref().unwrap().id, AppId::new(5));
    let lengths = [refund.lines.items.len(), refund.shipping.items.len(), refund.adjustments.items.len()];
    assert_eq!((lengths, refund.transactions.items.len()), ([1, 1, 1], 1));
    assert_ne!(refund.balance(true).unwrap(), Balance::Unknown);
    assert!(!format!("{read:?}").contains("Nora"));
}

#[tokio::test]
async fn a_list_without_its_end_is_an_error_and_no_endless_reading() {
    let mut first = order(1, "#1001");
    first["lineItems"] = list(json!([line(3)]), Some("l1"));
    let again = data(json!({"order": {"lineItems": list(json!([line(4)]), Some("l1"))}}));
    let end = data(json!({"order": {"lineItems": list(json!([]), None)}}));
    let server = Server::answering([data(json!({"order": first})), again, end]).await;
    let error = server.client.order(OrderId::new(1)).await.unwrap_err();
    assert!(error.to_string().contains("leads back"), "{error}");
    assert_eq!(server.bodies().await.len(), 2);

    let mut nowhere = order(1, "#1001");
    nowhere["lineItems"]["pageInfo"] = json!({"hasNextPage": true, "endCursor": null});
    let server = Server::answering([data(json!({"order": nowhere}))]).await;
    let error = server.client.order(OrderId::new(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("not where"), "{error}");

    let server = Server::answering([data(json!({"order": first})), data(json!({"order": null}))]).await;
    let error = server.client.order(OrderId::new(1)).await.unwrap_err();
    assert!(error.to_string().contains("is gone while"), "{error}");
}

#[tokio::test]
async fn orders_are_found_by_exact_name_only() {
    let row = |id: u64, name: &str| json!({"id": format!("gid://shopify/Order/{id}"), "name": name});
    let rows = json!([row(1, "#1001"), row(2, "#1001-A"), row(3, "#1002"), row(4, "#1002"), row(5, "#1003")]);
    let server = Server::answering([
        data(json!({"orders": list(rows, None)})),
        data(json!({"order": order(1, "#1001")})),
        data(json!({"order": order(3, "#1002")})),
        data(json!({"order": order(4, "#1002")})),
        // The search knew it by an older name.
        data(json!({"order": order(5, "#1003-B")})),
    ])
    .await;
    let names = ["#1001", "#1002", "#1003", "it's: (1)", " "];
    let found = server.client.orders_named(&names).await.unwrap();
    assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), [" ", "#1001", "#1002", "#1003", "it's: (1)"]);
    assert!(matches!(&found["#1001"], Found::One(order) if order.id == OrderId::new(1)));
    assert!(matches!(&found["#1002"], Found::Many(orders) if orders.len() == 2));
    assert!([" ", "#1003", "it's: (1)"].iter().all(|name| found[*name] == Found::None));
    assert_eq!(
        server.bodies().await[0]["variables"]["query"],
        r"name:'#1001' OR name:'#1002' OR name:'#1003' OR name:'it\'s\: \(1\)'"
    );
    assert!(server.client.orders_named(&[" "]).await.unwrap()[" "] == Found::None);
    assert_eq!(server.bodies().await.len(), 5, "a blank name is not searched for");
}

#[tokio::test]
async fn an_order_renamed_between_two_searches_is_still_one() {
    let names: Vec<_> = (10..36).map(|n| format!("#{n}")).collect();
    let found =
        |name: &str| data(json!({"orders": list(json!([{"id": "gid://shopify/Order/1", "name": name}]), None)}));
    let whole = || data(json!({"order": order(1, "#35")}));
    let server = Server::answering([found("#10"), whole(), found("#35"), whole()]).await;
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let found = server.client.orders_named(&names).await.unwrap();
    assert!(matches!(&found["#35"], Found::One(_)) && found["#10"] == Found::None);
    assert_eq!(server.bodies().await.len(), 3, "26 names are two searches");
}

#[tokio::test]
async fn a_search_by_name_that_finds_everything_is_an_error() {
    let rows: Vec<_> =
        (0..100).map(|n| json!({"id": format!("gid://shopify/Order/{n}"), "name": format!("#{n}")})).collect();
    let pages = (0..20).map(|n| data(json!({"orders": list(json!(rows), Some(&format!("c{n}")))})));
    let server = Server::answering(pages).await;
    let error = server.client.orders_named(&["#X"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("1000 orders and more: filter name"), "{error}");
    assert_eq!(server.bodies().await.len(), 10);
}

fn changed(id: u64, at: &str) -> serde_json::Value {
    json!({"id": format!("gid://shopify/Order/{id}"), "name": format!("#{id}"), "updatedAt": at,
           "refunds": [{"id": "gid://shopify/Refund/21"}]})
}

#[tokio::test]
async fn a_sweep_overlaps_drops_repeats_and_moves_its_watermark() {
    let server = Server::answering([
        data(json!({"orders": list(json!([changed(1, "2026-11-02T07:50:00Z"), changed(2, "2026-11-02T08:10:00Z")]), Some("c1"))})),
        data(json!({"orders": list(json!([changed(2, "2026-11-02T08:10:00Z"), changed(1, "2026-11-02T08:30:00Z")]), None)})),
    ])
    .await;
    let since = "2026-11-02T08:00:00.700Z".parse().unwrap();
    let mut sweep = server.client.changed_since(since, Duration::from_secs(900));
    let first = sweep.next_page().await.unwrap().unwrap();
    assert_eq!(first.orders.len(), 2);
    assert_eq!(first.orders[0].refunds[0].id, RefundId::new(21));
    assert_eq!(first.orders[0].completeness(), Completeness::Complete);
    assert_eq!(first.watermark.to_rfc3339(), "2026-11-02T08:10:00+00:00");
    let second = sweep.next_page().await.unwrap().unwrap();
    assert_eq!(second.orders.iter().map(|order| order.id.number()).collect::<Vec<_>>(), [1], "it changed again");
    assert_eq!(second.watermark.to_rfc3339(), "2026-11-02T08:30:00+00:00");
    assert!(sweep.next_page().await.unwrap().is_none());
    let sent = server.bodies().await;
    assert_eq!(sent[0]["variables"], json!({"query": "updated_at:>='2026-11-02T07:45:00Z'", "after": null}));
    assert_eq!(sent[1]["variables"]["after"], "c1");
    assert!(sent[0]["query"].as_str().unwrap().contains("sortKey: UPDATED_AT"));
}

#[tokio::test]
async fn a_sweep_never_goes_back_before_its_start() {
    let page = data(json!({"orders": list(json!([changed(1, "2026-11-02T07:50:00Z")]), None)}));
    let server = Server::answering([page]).await;
    let since = "2026-11-02T08:00:00Z".parse().unwrap();
    let page = server.client.changed_since(since, Duration::from_secs(900)).next_page().await.unwrap().unwrap();
    assert_eq!(page.watermark, since);
}

#[tokio::test]
async fn a_filter_that_did_not_work_is_named() {
    let page = data(json!({"orders": list(json!([changed(1, "2026-11-02T07:44:59Z")]), None)}));
    let server = Server::answering([page]).await;
    let mut sweep = server.client.changed_since("2026-11-02T08:00:00Z".parse().unwrap(), Duration::from_secs(900));
    let error = sweep.next_page().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("filter updated_at did not work"), "{error}");
}

#[tokio::test]
async fn a_sweeps_cursor_that_repeats_is_an_error() {
    let page = data(json!({"orders": list(json!([changed(1, "2026-11-02T08:10:00Z")]), Some("c1"))}));
    let server = Server::answering([page]).await;
    let mut sweep = server.client.changed_since("2026-11-02T08:00:00Z".parse().unwrap(), Duration::ZERO);
    assert_eq!(sweep.next_page().await.unwrap().unwrap().orders.len(), 1);
    for _ in 0..2 {
        assert!(sweep.next_page().await.unwrap_err().to_string().contains("leads back"));
    }
}

#[tokio::test]
async fn shopifys_own_warning_about_a_search_is_an_error() {
    let warned = answer(json!({
        "data": {"orders": list(json!([]), None)},
        "extensions": {"search": [{"path": ["orders"], "warnings": [{"field": "nmae", "message": "Invalid search field"}]}]},
    }));
    let server = Server::answering([warned]).await;
    let error = server.client.orders_named(&["#1001"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("Invalid search field"), "{error}");
}

fn balance(id: u64, kind: &str, transaction: u64) -> serde_json::Value {
    let money = |amount: &str| json!({"amount": amount, "currencyCode": "GBP"});
    json!({"id": format!("gid://shopify/ShopifyPaymentsBalanceTransaction/{id}"), "type": kind,
           "transactionDate": "2026-11-02T08:00:00Z", "sourceOrderTransactionId": transaction.to_string(),
           "amount": money("-12.00"), "fee": money("0.0"), "net": money("-12.00"),
           "associatedPayout": {"id": "gid://shopify/ShopifyPaymentsPayout/8", "status": "PAID"}})
}

#[tokio::test]
async fn payouts_are_joined_by_the_order_transaction() {
    let page = |rows, next| data(json!({"shopifyPaymentsAccount": {"balanceTransactions": list(rows, next)}}));
    let mut open = balance(2, "REFUND", 72);
    open["associatedPayout"] = json!({"id": null, "status": null});
    let since = "2026-11-01T00:00:00Z".parse().unwrap();
    let server = Server::answering([
        page(json!([balance(1, "REFUND", 71), balance(9, "REFUND_FAILURE", 71)]), Some("c1")),
        page(json!([open]), None),
    ])
    .await;
    let rows = server.client.refund_payouts(since).await.unwrap();
    let row = &rows[&OrderTransactionId::new(71)];
    assert_eq!((row.amount.to_string(), row.net.to_string()), ("-12.00 GBP".into(), "-12.00 GBP".into()));
    assert_eq!((row.payout, row.payout_status.as_deref()), (Some(PayoutId::new(8)), Some("PAID")));
    assert_eq!((rows.len(), rows[&OrderTransactionId::new(72)].payout), (2, None));
    let query = server.bodies().await[0]["variables"]["query"].clone();
    assert_eq!(query, "transaction_type:'refund' AND processed_at:>='2026-11-01T00:00:00Z'");

    let server = Server::answering([data(json!({"shopifyPaymentsAccount": null}))]).await;
    assert!(server.client.refund_payouts(since).await.unwrap().is_empty());
    let gone = data(json!({"shopifyPaymentsAccount": null}));
    let server = Server::answering([page(json!([balance(1, "REFUND", 71)]), Some("c1")), gone]).await;
    let error = server.client.refund_payouts(since).await.unwrap_err();
    assert!(error.to_string().contains("is gone while"), "half of the rows are no answer: {error}");
    let mut early = balance(1, "REFUND", 71);
    early["transactionDate"] = json!("2026-10-31T23:59:59Z");
    for (rows, said) in [
        (json!([balance(1, "CHARGE", 71)]), "filter transaction_type did not work"),
        (json!([early]), "filter processed_at did not work"),
        (json!([balance(1, "REFUND", 71), balance(2, "REFUND", 71)]), "two rows of the balance"),
    ] {
        let error = Server::answering([page(rows, None)]).await.client.refund_payouts(since).await.unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
async fn a_suggestion_names_amounts_and_payments() {
    let suggestion = json!({"order": {"id": "gid://shopify/Order/1", "suggestedRefund": {
        "amountSet": bag("12.00"), "maximumRefundableSet": bag("24.00"),
        "suggestedTransactions": [
            {"gateway": "shopify_payments", "kind": "SUGGESTED_REFUND", "amountSet": bag("12.00"),
             "maximumRefundableSet": bag("24.00"), "parentTransaction": {"id": "gid://shopify/OrderTransaction/7"}},
            {"gateway": null, "amountSet": bag("0.00"), "maximumRefundableSet": null, "parentTransaction": null},
        ],
    }}});
    let server = Server::answering([data(suggestion), data(json!({"order": null}))]).await;
    let lines = [(LineItemId::new(3), 1)];
    let suggested = server.client.suggested_refund(OrderId::new(1), &lines).await.unwrap();
    assert_eq!(suggested.amount.shop.to_string(), "12.00 GBP");
    assert_eq!(suggested.maximum_refundable.customer.to_string(), "24.00 GBP");
    assert_eq!(suggested.transactions[0].parent, Some(OrderTransactionId::new(7)));
    assert_eq!((suggested.transactions[1].parent, suggested.transactions[1].maximum), (None, None));
    let line = json!([{"lineItemId": "gid://shopify/LineItem/3", "quantity": 1}]);
    assert_eq!(server.bodies().await[0]["variables"], json!({"id": "gid://shopify/Order/1", "lines": line}));
    let error = server.client.suggested_refund(OrderId::new(1), &lines).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    for wrong in [&[][..], &[(LineItemId::new(3), 0)]] {
        let error = server.client.suggested_refund(OrderId::new(1), wrong).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Invalid, Delivery::NotSent));
    }
}

#[tokio::test]
async fn the_check_names_what_will_not_work() {
    let scopes = |names: &[&str]| names.iter().map(|name| json!({"handle": name})).collect::<Vec<_>>();
    let body = |domain: &str, names: &[&str]| {
        data(json!({
            "shop": {"name": "Sample", "myshopifyDomain": domain, "currencyCode": "GBP", "ianaTimezone": "Europe/London",
                     "taxesIncluded": true, "enabledPresentmentCurrencies": ["GBP", "EUR"],
                     "plan": {"publicDisplayName": "Basic", "shopifyPlus": false}},
            "currentAppInstallation": {"app": {"id": "gid://shopify/App/5", "title": "Returns sync"},
                                       "accessScopes": scopes(names)},
            "publicApiVersions": [{"handle": "2026-10", "supported": true}],
        }))
    };
    let all = ["write_orders", "read_all_orders", "read_returns", "read_products", "read_shopify_payments_payouts"];
    let server =
        Server::answering([body(SHOP, &all), body(SHOP, &["read_orders"]), body("other.myshopify.com", &all)]).await;
    let check = server.client.check().await.unwrap();
    assert_eq!((check.missing(), check.version.as_deref(), check.supported), (vec![], Some("2026-10"), Some(true)));
    assert_eq!(check.app.unwrap().title.as_deref(), Some("Returns sync"));
    let shop = check.shop;
    assert_eq!(
        (shop.currency, shop.taxes_included, shop.plan.as_deref()),
        (Some(Currency::GBP), Some(true), Some("Basic"))
    );
    let missing = server.client.check().await.unwrap().missing();
    let scopes: Vec<_> = missing.iter().map(|missing| missing.scope).collect();
    assert_eq!(
        scopes,
        ["read_all_orders", "read_returns", "read_products", "write_orders", "read_shopify_payments_payouts"]
    );
    let error = server.client.check().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("other.myshopify.com answered"), "{error}");
    let server = Server::answering([data(json!({"shop": {}, "currentAppInstallation": null}))]).await;
    assert_eq!(server.client.check().await.unwrap_err().kind(), ErrorKind::Auth);
}

#[tokio::test]
async fn the_check_says_nothing_that_it_was_not_told() {
    let of = |shop: Value| {
        let installation = json!({"app": null, "accessScopes": []});
        json!({"data": {"shop": shop, "currentAppInstallation": installation, "publicApiVersions": []}}).to_string()
    };
    // Without the header nobody knows which version answered. Not every currency of Shopify's has three letters.
    let shop = of(json!({"myshopifyDomain": SHOP, "enabledPresentmentCurrencies": ["GBP", "USDC"]}));
    let check = scripted(vec![Ok((200, shop))]).check().await.unwrap();
    assert_eq!((check.version, check.supported), (None, None));
    assert_eq!(check.shop.customer_currencies, ["GBP", "USDC"]);
    for shop in [Value::Null, json!({})] {
        let error = scripted(vec![Ok((200, of(shop)))]).check().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
}

#[tokio::test]
async fn a_list_that_does_not_say_that_it_ends_is_none() {
    let mut first = order(1, "#1001");
    first["lineItems"] = list(json!([line(3)]), Some("l1"));
    for second in [
        json!({"order": {"lineItems": null}}),
        json!({"order": {"lineItems": {"nodes": []}}}),
        json!({"order": {"lineItems": {"pageInfo": {"hasNextPage": false, "endCursor": null}}}}),
        json!({"order": {"lineItems": {"nodes": [], "pageInfo": {}}}}),
    ] {
        let server = Server::answering([data(json!({"order": first.clone()})), data(second.clone())]).await;
        let error = server.client.order(OrderId::new(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{second} {error}");
    }
}
