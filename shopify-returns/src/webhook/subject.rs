use super::Topic;
use crate::{OrderId, OrderTransactionId, RefundId, ReturnId};
use serde_json::Value;
use std::str::FromStr;

/// What a notice is about: ids to fetch by, and nothing else of the body.
///
/// Every id may be missing: Shopify's bodies differ by topic and version, and a subscription may ask for less of them. Where
/// the body has both a gid and a number, the gid counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Subject {
    /// The gid of what the topic is about, such as `gid://shopify/Refund/900`, without `?query` parts.
    pub gid: Option<String>,
    /// The order: itself, or the one that the refund, the return, the transaction, the dispute or the edit belongs to.
    pub order: Option<OrderId>,
    /// The refund.
    pub refund: Option<RefundId>,
    /// The native return.
    pub native_return: Option<ReturnId>,
    /// The movement of money.
    pub transaction: Option<OrderTransactionId>,
}

impl Subject {
    pub(super) fn of(topic: &Topic, body: &Value) -> Self {
        let gid = body.get("admin_graphql_api_id").and_then(gid).or_else(|| match topic {
            // `id` is the number of the change there, not of the shop.
            Topic::AppScopesUpdate => body.get("shop_id").and_then(gid),
            _ => Some(format!("gid://shopify/{}/{}", topic.kind()?, body.get("id").and_then(number)?)),
        });
        let edit = body.get("order_edit");
        let order = itself(gid.as_deref())
            .or_else(|| nested(body.get("order")))
            .or_else(|| body.get("order_id").and_then(id))
            .or_else(|| edit?.get("order_id").and_then(id));
        let native_return = itself(gid.as_deref())
            .or_else(|| nested(body.get("return")))
            .or_else(|| body.get("return_id").and_then(id));
        Self { order, native_return, refund: itself(gid.as_deref()), transaction: itself(gid.as_deref()), gid }
    }
}

/// The gid as an id, when it is of that kind.
fn itself<T: FromStr>(gid: Option<&str>) -> Option<T> {
    gid?.parse().ok()
}

/// The id of an object that stands inside another.
fn nested<T: FromStr>(object: Option<&Value>) -> Option<T> {
    let object = object?;
    object.get("admin_graphql_api_id").and_then(id).or_else(|| object.get("id").and_then(id))
}

fn id<T: FromStr>(value: &Value) -> Option<T> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(_) => number(value)?.to_string().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        _ => value.as_u64(),
    }
}

/// A gid of any kind. Anything else that stands there is not kept: it may be anything.
fn gid(value: &Value) -> Option<String> {
    let (kind, rest) = value.as_str()?.trim().strip_prefix("gid://shopify/")?.split_once('/')?;
    let number = rest.split_once('?').map_or(rest, |(number, _)| number);
    let plain = |text: &str| !text.is_empty() && text.len() <= 80 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    (plain(kind) && plain(number)).then(|| format!("gid://shopify/{kind}/{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn subject(topic: &str, body: &Value) -> Subject {
        Subject::of(&Topic::from(topic), body)
    }

    #[test]
    fn the_gid_counts_before_a_number_that_was_rounded() {
        let body = json!({
            "id": 820_982_911_946_154_500_u64,
            "admin_graphql_api_id": "gid://shopify/Order/820982911946154508",
        });
        assert_eq!(subject("orders/updated", &body).order, Some(OrderId::new(820_982_911_946_154_508)));
        let body = json!({ "id": 9, "order": { "id": 40, "admin_graphql_api_id": "gid://shopify/Order/41" } });
        assert_eq!(subject("returns/approve", &body).order, Some(OrderId::new(41)));
    }

    #[test]
    fn a_refund_names_its_order_and_its_return() {
        let body = json!({ "id": 900, "order_id": 51, "return": { "id": 7, "admin_graphql_api_id": null } });
        let found = subject("refunds/create", &body);
        assert_eq!(found.gid.as_deref(), Some("gid://shopify/Refund/900"));
        assert_eq!(found.refund, Some(RefundId::new(900)));
        assert_eq!(found.order, Some(OrderId::new(51)));
        assert_eq!(found.native_return, Some(ReturnId::new(7)));
        assert_eq!(found.transaction, None);
    }

    #[test]
    fn each_topic_names_its_order_in_its_own_way() {
        let edit = subject("orders/edited", &json!({ "order_edit": { "id": 3, "order_id": 51 } }));
        assert_eq!((edit.gid, edit.order), (None, Some(OrderId::new(51))));
        let close = subject("returns/close", &json!({ "id": 7, "order_id": "51" }));
        assert_eq!((close.native_return, close.order), (Some(ReturnId::new(7)), Some(OrderId::new(51))));
        let money = subject("order_transactions/create", &json!({ "id": 8, "order_id": 51 }));
        assert_eq!((money.transaction, money.order), (Some(OrderTransactionId::new(8)), Some(OrderId::new(51))));
        let draft = subject("draft_orders/update", &json!({ "id": 5, "order_id": null }));
        assert_eq!((draft.gid.as_deref(), draft.order), (Some("gid://shopify/DraftOrder/5"), None));
        let scopes = subject("app/scopes_update", &json!({ "id": 1, "shop_id": "gid://shopify/Shop/77" }));
        assert_eq!(scopes.gid.as_deref(), Some("gid://shopify/Shop/77"));
    }

    #[test]
    fn what_is_missing_or_odd_is_not_there() {
        for body in [
            json!({}),
            json!({ "id": null, "order_id": {}, "order": [], "return": "x", "order_edit": 1 }),
            json!({ "id": 1.5, "order_id": -1, "admin_graphql_api_id": 3 }),
            json!({ "id": "Ann", "order_id": true, "admin_graphql_api_id": "gid://shopify/Refund/" }),
            json!({ "id": "", "admin_graphql_api_id": "gid://shopify/Refund/1 ann@mail.example" }),
        ] {
            assert_eq!(subject("refunds/create", &body), Subject::default(), "{body}");
        }
        // Without a topic that is known, a number alone may number anything.
        assert_eq!(subject("shop/split", &json!({ "id": 5 })).gid, None);
    }

    #[test]
    fn a_number_is_never_taken_for_the_id_of_another_kind() {
        let body = json!({ "id": 1, "admin_graphql_api_id": "gid://shopify/Order/51?x=1" });
        let found = subject("refunds/create", &body);
        assert_eq!((found.gid.as_deref(), found.refund), (Some("gid://shopify/Order/51"), None));
        assert_eq!(found.order, Some(OrderId::new(51)));
    }
}
