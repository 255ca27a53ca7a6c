//! Refunds with labels made by hand (`cases.json`): each is written out as Shopify answers it, read, and judged.
//!
//! A refund's parts are written in one line each: `A x1 24.00 tax 4.00 RETURN`, `REFUND SUCCESS 24.00 gateway`,
//! `-10.00 tax 0.00 CUSTOMER`, and an amount as `shop` or `shop/customer`. Without `refund`, the last one is judged.

use returns_wire::{Currency, Money};
use serde::Deserialize;
use serde_json::{Value, json};
use shopify_returns::{
    AppId, Balance, Known, LineItemId, Moved, OrderRefunds, PortalUnit, RefundId, RefundKind, RefundOrigin, classify,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    story: String,
    order: OrderPart,
    refunds: Vec<RefundPart>,
    #[serde(default)]
    refund: Option<String>,
    #[serde(default)]
    known: KnownPart,
    label: Label,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderPart {
    sold: BTreeMap<char, Option<u32>>,
    received: String,
    #[serde(default)]
    total: Option<String>,
    #[serde(default)]
    cancelled: Option<String>,
    #[serde(default = "yes")]
    taxes_included: bool,
    #[serde(default)]
    test: bool,
    #[serde(default)]
    currencies: Option<String>,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default)]
    agreements_truncated: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundPart {
    id: String,
    at: String,
    app: String,
    #[serde(default)]
    note: Option<String>,
    #[serde(default, rename = "return")]
    native_return: Option<String>,
    #[serde(default)]
    lines: Vec<String>,
    #[serde(default)]
    shipping: Vec<String>,
    #[serde(default)]
    adjust: Vec<String>,
    #[serde(default)]
    duties: Vec<String>,
    #[serde(default)]
    money: Vec<String>,
    #[serde(default)]
    truncated: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownPart {
    #[serde(default)]
    portal_names: Vec<String>,
    #[serde(default)]
    ours: Vec<String>,
    #[serde(default)]
    units: Vec<String>,
    #[serde(default)]
    no_apps: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    origin: String,
    kind: String,
    #[serde(default = "nothing")]
    paid: String,
    #[serde(default = "nothing")]
    pending: String,
    #[serde(default = "nothing")]
    failed: String,
    balance: String,
}

fn nothing() -> String {
    "0".to_owned()
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("cases.json")).unwrap()
}

const PORTAL: u64 = 7001;
const OURS: u64 = 9001;
const MARKER: &str = "MARKER/";

fn line_id(line: char) -> u64 {
    10_000 + u64::from(u32::from(line))
}

fn refund_id(id: &str) -> u64 {
    900_000 + id.strip_prefix('r').unwrap().parse::<u64>().unwrap()
}

fn gid(kind: &str, number: u64) -> String {
    format!("gid://shopify/{kind}/{number}")
}

fn at(text: &str) -> String {
    format!("2026-{}Z", text.replace(' ', "T"))
}

fn app(name: &str) -> Value {
    let (id, title) = match name {
        "none" => return Value::Null,
        "portal" => (PORTAL, "Returns portal"),
        "ours" => (OURS, "Returns sync"),
        "admin" => (1001, "Shopify"),
        "pos" => (1002, "Point of Sale"),
        "flow" => (1003, "Flow"),
        "desk" => (1004, "Help desk"),
        other => panic!("no such app: {other}"),
    };
    json!({"id": gid("App", id), "title": title, "handle": name})
}

/// Writes a case out as the API answers it.
struct Wire<'c> {
    case: &'c Case,
    shop: &'c str,
    customer: &'c str,
    transactions: u64,
}

impl<'c> Wire<'c> {
    fn of(case: &'c Case) -> Self {
        let (shop, customer) = case.order.currencies.as_deref().unwrap_or("GBP/GBP").split_once('/').unwrap();
        Self { case, shop, customer, transactions: 500_000 }
    }

    fn bag(&self, amount: &str) -> Value {
        let (shop, customer) = amount.split_once('/').unwrap_or((amount, amount));
        json!({
            "shopMoney": {"amount": shop, "currencyCode": self.shop},
            "presentmentMoney": {"amount": customer, "currencyCode": self.customer},
        })
    }

    fn page(refund: &RefundPart, part: &str) -> Value {
        let more = refund.truncated.iter().any(|truncated| truncated == part);
        json!({"hasNextPage": more, "endCursor": if more { json!("cursor") } else { Value::Null }})
    }

    fn refund(&mut self, refund: &RefundPart) -> Value {
        let lines: Vec<_> = refund.lines.iter().enumerate().map(|(place, text)| {
            let parts: Vec<_> = text.split_whitespace().collect();
            let [line, count, subtotal, "tax", tax, restock] = parts.as_slice() else { panic!("line: {text}") };
            let line = line.chars().next().unwrap();
            json!({
                "id": gid("RefundLineItem", 800_000 + u64::try_from(place).unwrap()),
                "quantity": count.strip_prefix('x').unwrap().parse::<u32>().unwrap(),
                "restockType": restock,
                "restocked": *restock == "RETURN",
                "subtotalSet": self.bag(subtotal),
                "totalTaxSet": self.bag(tax),
                "lineItem": {"id": gid("LineItem", line_id(line)), "sku": format!("SKU-{line}"), "quantity": self.case.order.sold[&line]},
            })
        }).collect();
        let shipping: Vec<_> = refund.shipping.iter().map(|text| {
            let parts: Vec<_> = text.split_whitespace().collect();
            let [subtotal, "tax", tax] = parts.as_slice() else { panic!("shipping: {text}") };
            json!({"id": gid("RefundShippingLine", 1), "subtotalAmountSet": self.bag(subtotal), "taxAmountSet": self.bag(tax)})
        }).collect();
        let adjustments: Vec<_> = refund.adjust.iter().map(|text| {
            let parts: Vec<_> = text.split_whitespace().collect();
            let [amount, "tax", tax, reason] = parts.as_slice() else { panic!("adjustment: {text}") };
            json!({"id": gid("OrderAdjustment", 1), "reason": reason, "amountSet": self.bag(amount), "taxAmountSet": self.bag(tax)})
        }).collect();
        let mut transactions = Vec::new();
        for text in &refund.money {
            let parts: Vec<_> = text.split_whitespace().collect();
            let [kind, status, amount, gateway] = parts.as_slice() else { panic!("money: {text}") };
            self.transactions += 1;
            transactions.push(json!({
                "id": gid("OrderTransaction", self.transactions), "kind": kind, "status": status, "gateway": gateway,
                "createdAt": at(&refund.at), "processedAt": at(&refund.at), "amountSet": self.bag(amount),
            }));
        }
        let native = refund.native_return.as_ref().map(|name| json!({"id": gid("Return", 600_001), "name": name}));
        json!({
            "id": gid("Refund", refund_id(&refund.id)),
            "createdAt": at(&refund.at), "processedAt": at(&refund.at), "updatedAt": at(&refund.at),
            "note": refund.note, "return": native,
            "totalRefundedSet": self.bag("0.0"),
            "duties": refund.duties.iter().map(|amount| json!({"amountSet": self.bag(amount)})).collect::<Vec<_>>(),
            "refundLineItems": {"nodes": lines, "pageInfo": Self::page(refund, "lines")},
            "refundShippingLines": {"nodes": shipping, "pageInfo": Self::page(refund, "shipping")},
            "orderAdjustments": {"nodes": adjustments, "pageInfo": Self::page(refund, "adjustments")},
            "transactions": {"nodes": transactions, "pageInfo": Self::page(refund, "transactions")},
        })
    }

    fn order(&mut self) -> Value {
        let (case, order) = (self.case, &self.case.order);
        let mut agreements = vec![
            json!({"__typename": "OrderAgreement", "id": gid("OrderAgreement", 1), "happenedAt": "2026-03-01T09:00:00Z", "app": app("admin")}),
        ];
        for event in &order.events {
            let parts: Vec<_> = event.split_whitespace().collect();
            let [kind, day, time, by] = parts.as_slice() else { panic!("event: {event}") };
            agreements.push(json!({"__typename": kind, "id": gid("SalesAgreement", 2), "happenedAt": at(&format!("{day} {time}")), "app": app(by)}));
        }
        for refund in case.refunds.iter().filter(|refund| refund.app != "no agreement") {
            agreements.push(json!({
                "__typename": "RefundAgreement", "id": gid("RefundAgreement", refund_id(&refund.id)),
                "happenedAt": at(&refund.at), "app": app(&refund.app), "refund": {"id": gid("Refund", refund_id(&refund.id))},
            }));
        }
        let refunds: Vec<_> = case.refunds.iter().map(|refund| self.refund(refund)).collect();
        let cursor = if order.agreements_truncated { json!("cursor") } else { Value::Null };
        json!({
            "id": gid("Order", 5001), "name": "#1001",
            "createdAt": "2026-03-01T09:00:00Z", "updatedAt": "2026-03-30T09:00:00Z",
            "cancelledAt": order.cancelled.as_deref().map(at), "test": order.test, "edited": !order.events.is_empty(),
            "taxesIncluded": order.taxes_included, "currencyCode": self.shop, "presentmentCurrencyCode": self.customer,
            "displayFinancialStatus": "PAID", "displayFulfillmentStatus": "FULFILLED",
            "totalPriceSet": self.bag(order.total.as_deref().unwrap_or(&order.received)),
            "totalReceivedSet": self.bag(&order.received),
            "totalRefundedSet": self.bag("0.0"),
            "refunds": refunds,
            "agreements": {"nodes": agreements, "pageInfo": {"hasNextPage": order.agreements_truncated, "endCursor": cursor}},
        })
    }
}

/// What the caller knows, as the case says.
struct Knows {
    portal: BTreeSet<RefundId>,
    ours: BTreeSet<RefundId>,
    apps: Vec<AppId>,
    our_app: Option<AppId>,
    units: Vec<PortalUnit>,
}

impl Knows {
    fn of(known: &KnownPart) -> Self {
        let ids = |list: &[String]| list.iter().map(|id| RefundId::new(refund_id(id))).collect();
        let unit = |text: &String| {
            let (line, state) = text.split_once(' ').unwrap();
            let line = line.chars().next().filter(|line| *line != '?').map(|line| LineItemId::new(line_id(line)));
            assert!(["open", "done"].contains(&state), "{text}");
            PortalUnit { line, open: state == "open" }
        };
        Self {
            portal: ids(&known.portal_names),
            ours: ids(&known.ours),
            apps: if known.no_apps { Vec::new() } else { vec![AppId::new(PORTAL)] },
            our_app: (!known.no_apps).then(|| AppId::new(OURS)),
            units: known.units.iter().map(unit).collect(),
        }
    }

    fn known(&self) -> Known<'_> {
        Known {
            portal_refunds: &self.portal,
            portal_apps: &self.apps,
            our_refunds: &self.ours,
            our_marker: MARKER,
            our_app: self.our_app,
            portal_units: &self.units,
            native_returns_shown: true,
        }
    }
}

/// Verdict and label, side by side, where they differ.
fn judge(case: &Case) -> Result<(RefundOrigin, RefundKind), String> {
    let wire = Wire::of(case).order().to_string();
    let order: OrderRefunds = serde_json::from_str(&wire).map_err(|error| format!("can't be read: {error}"))?;
    let which = case.refund.as_ref().unwrap_or(&case.refunds.last().unwrap().id);
    let refund = order.refunds.iter().find(|refund| refund.id == RefundId::new(refund_id(which))).unwrap();
    let knows = Knows::of(&case.known);
    let verdict = classify(&order, refund, &knows.known()).map_err(|error| error.to_string())?;
    let currency: Currency =
        case.order.currencies.as_deref().unwrap_or("GBP").split('/').next().unwrap().parse().unwrap();
    let money = |text: &str| Money::new(text.parse().unwrap(), currency).unwrap();
    let label = &case.label;
    let moved = Moved { paid: money(&label.paid), pending: money(&label.pending), failed: money(&label.failed) };
    let balance = match label.balance.split_once(' ') {
        Some(("Residual", amount)) => Balance::Residual(money(amount)),
        None if label.balance == "Balanced" => Balance::Balanced,
        None if label.balance == "Unknown" => Balance::Unknown,
        _ => panic!("balance: {}", label.balance),
    };
    let got = (format!("{:?}", verdict.origin), format!("{:?}", verdict.kind), verdict.moved, verdict.balance);
    let wanted = (label.origin.clone(), label.kind.clone(), moved, balance);
    if got == wanted {
        Ok((verdict.origin, verdict.kind))
    } else {
        Err(format!("judged {got:?}\n    label  {wanted:?}\n    evidence {:?}", verdict.evidence))
    }
}

#[test]
fn every_verdict_is_the_label() {
    let mut seen = BTreeMap::<_, u32>::new();
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        match judge(case) {
            Ok(verdict) => *seen.entry(verdict).or_default() += 1,
            Err(why) => wrong.push(format!("{}\n    {}\n    {why}", case.name, case.story)),
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len(), "no case twice");
    // Every origin and every kind is judged, not only the frequent ones.
    let origins: BTreeSet<_> = seen.keys().map(|(origin, _)| *origin).collect();
    let kinds: BTreeSet<_> = seen.keys().map(|(_, kind)| *kind).collect();
    assert_eq!((origins.len(), kinds.len()), (5, 10), "{seen:?}");
    println!("{} refunds, {} combinations of origin and kind", cases.len(), seen.len());
}

/// What a label says can be wrong: each of the first cases with another label is found out.
#[test]
fn a_wrong_label_is_found() {
    for mut case in cases().into_iter().take(20) {
        case.label.origin = if case.label.origin == "Ours" { "Direct".to_owned() } else { "Ours".to_owned() };
        assert!(judge(&case).is_err(), "{}", case.name);
    }
}
