//! What a verdict must not be surer of than its evidence.

use serde_json::{Value, json};
use shopify_returns::{
    AppId, Known, LineItemId, Order, OrderLine, OrderRefunds, PortalUnit, Refund, RefundId, RefundKind, RefundOrigin,
    ShippingLine, Verdict, classify,
};
use std::collections::BTreeSet;

const PORTAL: u64 = 7001;
const ADMIN: u64 = 1001;
const NOON: &str = "2026-03-10T12:00:00Z";

/// Amounts of the shop and of the customer.
fn bag(shop: &str, customer: (&str, &str)) -> Value {
    json!({"shopMoney": {"amount": shop, "currencyCode": "GBP"},
        "presentmentMoney": {"amount": customer.0, "currencyCode": customer.1}})
}

fn pounds(amount: &str) -> Value {
    bag(amount, (amount, "GBP"))
}

fn page(nodes: Value) -> Value {
    json!({"nodes": nodes, "pageInfo": {"hasNextPage": false, "endCursor": null}})
}

/// A refund of one unit of line 3, of which some were sold.
fn refund(number: u64, at: Value, sold: u32) -> Value {
    json!({
        "id": format!("gid://shopify/Refund/{number}"), "createdAt": at, "return": null, "note": null, "duties": [],
        "totalRefundedSet": pounds("24.00"),
        "refundLineItems": page(json!([{"quantity": 1, "restockType": "NO_RESTOCK", "subtotalSet": pounds("24.00"),
            "totalTaxSet": pounds("4.00"), "lineItem": {"id": "gid://shopify/LineItem/3", "quantity": sold}}])),
        "refundShippingLines": page(json!([])), "orderAdjustments": page(json!([])),
        "transactions": page(json!([paid(number, pounds("24.00"))])),
    })
}

fn paid(number: u64, amount: Value) -> Value {
    json!({"id": format!("gid://shopify/OrderTransaction/{number}"), "kind": "REFUND", "status": "SUCCESS",
        "gateway": "shopify_payments", "amountSet": amount})
}

fn order(received: Value, refunds: &[Value], apps: &[(u64, u64)]) -> OrderRefunds {
    let agreement = |(refund, app): &(u64, u64)| {
        json!({"__typename": "RefundAgreement", "happenedAt": NOON,
            "app": {"id": format!("gid://shopify/App/{app}"), "title": "an app"},
            "refund": {"id": format!("gid://shopify/Refund/{refund}")}})
    };
    let currency = received["presentmentMoney"]["currencyCode"].clone();
    let order = json!({
        "id": "gid://shopify/Order/1", "name": "#1", "createdAt": "2026-03-01T09:00:00Z", "taxesIncluded": true,
        "currencyCode": "GBP", "presentmentCurrencyCode": currency, "totalPriceSet": received,
        "totalReceivedSet": received, "totalRefundedSet": received, "refunds": refunds,
        "agreements": page(apps.iter().map(agreement).collect()),
    });
    serde_json::from_str(&order.to_string()).unwrap()
}

struct Judge {
    apps: Vec<AppId>,
    open: bool,
    native_returns_shown: bool,
}

const JUDGE: fn() -> Judge = || Judge { apps: vec![AppId::new(PORTAL)], open: false, native_returns_shown: true };

impl Judge {
    /// Judges the last refund, with an RMA on line 3.
    fn judge(&self, order: &OrderRefunds) -> Verdict {
        let none = BTreeSet::<RefundId>::new();
        let units = [PortalUnit { line: Some(LineItemId::new(3)), open: self.open }];
        let known = Known {
            portal_refunds: &none,
            portal_apps: &self.apps,
            our_refunds: &none,
            our_marker: "marker/",
            our_app: Some(AppId::new(9001)),
            portal_units: &units,
            native_returns_shown: self.native_returns_shown,
        };
        classify(order, order.refunds.last().unwrap(), &known).unwrap()
    }
}

#[test]
fn without_read_returns_nobody_is_surely_past_the_portal() {
    let order = order(pounds("48.00"), &[refund(21, json!(NOON), 2)], &[(21, ADMIN)]);
    assert_eq!(JUDGE().judge(&order).origin, RefundOrigin::Direct);
    let blind = Judge { native_returns_shown: false, ..JUDGE() };
    assert_eq!(blind.judge(&order).origin, RefundOrigin::Unattributed);
}

#[test]
fn while_the_portals_app_is_unknown_any_app_may_be_it() {
    let order = order(pounds("48.00"), &[refund(21, json!(NOON), 2)], &[(21, PORTAL)]);
    let stranger = Judge { apps: vec![], ..JUDGE() };
    assert_eq!(stranger.judge(&order).origin, RefundOrigin::Unattributed);
    // Beside an open RMA nothing is paid, and it may be that RMA's own payment.
    let verdict = Judge { open: true, ..stranger }.judge(&order);
    assert_eq!((verdict.origin, verdict.maker), (RefundOrigin::DoublePayment, RefundOrigin::Unattributed));
    assert!(verdict.may_be_the_rma_itself());
    assert_eq!(Judge { open: true, ..JUDGE() }.judge(&order).origin, RefundOrigin::ReturnGo);
}

#[test]
fn a_double_payment_still_says_who_made_it() {
    let refunds = [refund(20, json!("2026-03-01T12:00:00Z"), 1), refund(21, json!(NOON), 1)];
    for (app, maker) in [(PORTAL, RefundOrigin::ReturnGo), (ADMIN, RefundOrigin::Direct)] {
        let verdict = JUDGE().judge(&order(pounds("48.00"), &refunds, &[(21, app)]));
        assert_eq!((verdict.origin, verdict.maker), (RefundOrigin::DoublePayment, maker));
        assert!(!verdict.may_be_the_rma_itself());
    }
}

#[test]
fn a_refund_without_a_time_comes_after_those_with_one() {
    let refunds = [refund(21, json!(NOON), 1), refund(22, Value::Null, 1)];
    let verdict = JUDGE().judge(&order(pounds("48.00"), &refunds, &[(22, ADMIN)]));
    assert_eq!(verdict.origin, RefundOrigin::DoublePayment);
}

#[test]
fn shipping_is_shipping_at_any_rate_of_the_day() {
    let mut shipping = refund(21, json!(NOON), 2);
    shipping["totalRefundedSet"] = bag("4.05", ("4.68", "EUR"));
    shipping["refundLineItems"] = page(json!([]));
    shipping["refundShippingLines"] = page(json!([{"subtotalAmountSet": bag("4.00", ("4.68", "EUR")),
        "taxAmountSet": bag("0.67", ("0.78", "EUR"))}]));
    shipping["transactions"] = page(json!([paid(1, bag("4.05", ("4.68", "EUR")))]));
    let order = order(bag("52.00", ("60.84", "EUR")), &[shipping], &[(21, ADMIN)]);
    let verdict = Judge { open: true, ..JUDGE() }.judge(&order);
    // What the RMA's goods cost is not paid by it.
    assert_eq!((verdict.kind, verdict.origin), (RefundKind::ShippingOnly, RefundOrigin::Direct));
}

#[test]
fn what_is_missing_is_not_nothing() {
    let line = json!({"id": "gid://shopify/LineItem/1", "quantity": 1, "originalTotalSet": pounds("24.00"),
        "discountAllocations": [], "taxLines": []});
    serde_json::from_str::<OrderLine>(&line.to_string()).unwrap();
    for key in ["discountAllocations", "taxLines", "originalTotalSet"] {
        let mut without = line.clone();
        without.as_object_mut().unwrap().remove(key);
        assert!(serde_json::from_str::<OrderLine>(&without.to_string()).is_err(), "{key}");
    }
    let whole = refund(21, json!(NOON), 1);
    for key in ["transactions", "refundLineItems", "refundShippingLines", "orderAdjustments"] {
        let mut without = whole.clone();
        without.as_object_mut().unwrap().remove(key);
        assert!(serde_json::from_str::<Refund>(&without.to_string()).is_err(), "{key}");
    }
    for part in ["nodes", "pageInfo"] {
        let mut without = whole.clone();
        without["transactions"].as_object_mut().unwrap().remove(part);
        assert!(serde_json::from_str::<Refund>(&without.to_string()).is_err(), "{part}");
    }
}

#[test]
fn what_shopify_may_leave_out_is_left_out() {
    let removed =
        json!({"isRemoved": true, "originalPriceSet": pounds("4.80"), "discountAllocations": [], "taxLines": []});
    let line: ShippingLine = serde_json::from_str(&removed.to_string()).unwrap();
    assert!(line.value(true).unwrap().gross().unwrap().is_zero());
    let order = json!({
        "id": "gid://shopify/Order/1", "name": "#1", "createdAt": NOON, "taxesIncluded": true, "currencyCode": "GBP",
        "presentmentCurrencyCode": "GBP", "totalPriceSet": pounds("1.00"), "totalTaxSet": null,
        "totalReceivedSet": pounds("1.00"), "totalRefundedSet": pounds("0.00"), "lineItems": page(json!([])),
        "shippingLines": page(json!([])),
    });
    let order: Order = serde_json::from_str(&order.to_string()).unwrap();
    assert_eq!(order.total_tax, None);
}
