use super::server::*;
use returns_wire::TransportErrorKind;
use serde_json::{Value, json};
use shopify_returns::*;
use wiremock::ResponseTemplate;

fn made() -> Value {
    json!({"refundCreate": {"refund": refund(21), "userErrors": []}})
}

async fn create(template: ResponseTemplate) -> (Result<Refund, Error>, u64) {
    let server = Server::answering([template]).await;
    let created = server.client.create_refund(&draft(), &key()).await;
    (created, server.client.requests_sent())
}

#[tokio::test]
async fn a_refund_is_sent_under_its_key_with_everything_said() {
    let server = Server::answering([data(made())]).await;
    let created = server.client.create_refund(&draft(), &key()).await.unwrap();
    assert_eq!(created.id, RefundId::new(21));
    let body = &server.bodies().await[0];
    assert!(body["query"].as_str().unwrap().contains("@idempotent(key: $key)"));
    assert_eq!(
        body["variables"],
        json!({
            "key": "refund-7001234-1",
            "input": {
                "allowOverRefunding": false, "orderId": "gid://shopify/Order/1", "currency": "GBP", "note": "RMA 7001234 for Nora", "notify": false,
                "refundLineItems": [
                    {"lineItemId": "gid://shopify/LineItem/3", "quantity": 1, "restockType": "NO_RESTOCK"},
                ],
                "transactions": [{
                    "orderId": "gid://shopify/Order/1", "parentId": "gid://shopify/OrderTransaction/7",
                    "gateway": "shopify_payments", "kind": "REFUND", "amount": "12.50",
                }],
            },
        })
    );
}

#[tokio::test]
async fn what_shopify_refuses_is_named_and_did_nothing() {
    let refused = json!({"refundCreate": {"refund": null, "userErrors": [
        {"field": ["refundLineItems", "0", "quantity"], "message": "cannot refund more items than were purchased"},
        {"field": null, "message": "Refund amount is too high"},
    ]}});
    let (created, sent) = create(data(refused)).await;
    let error = created.unwrap_err();
    assert_eq!((error.kind(), error.delivery(), sent), (ErrorKind::Invalid, Delivery::Rejected, 1));
    let text = error.to_string();
    assert!(
        text.contains("refundLineItems.0.quantity: cannot refund more") && text.contains("; Refund amount"),
        "{text}"
    );
    assert!(text.contains("order 1"), "{text}");
}

#[tokio::test]
async fn a_refund_whose_answer_can_not_be_read_whole_was_made() {
    let mut odd = made();
    odd["refundCreate"]["refund"]["totalRefundedSet"] = json!("?");
    let deep = |field: &str, code: &str| json!({"message": "no", "path": ["refundCreate", "refund", field], "extensions": {"code": code}});
    let mut without = made();
    without["refundCreate"]["refund"]["duties"] = Value::Null;
    let none = json!({"refundCreate": {"refund": null, "userErrors": []}});
    for (template, number) in [
        (data(odd), true),
        (answer(json!({"data": without, "errors": [deep("duties", "INTERNAL_SERVER_ERROR")]})), true),
        (answer(json!({"data": none, "errors": [deep("transactions", "ACCESS_DENIED")]})), false),
        (answer(json!({"data": null, "errors": [deep("transactions", "ACCESS_DENIED")]})), false),
        (
            ResponseTemplate::new(200)
                .insert_header("x-shopify-api-version", "2027-01")
                .set_body_json(json!({"data": made()})),
            true,
        ),
    ] {
        let (created, sent) = create(template).await;
        let error = created.unwrap_err();
        assert_eq!((error.kind(), error.delivery(), sent), (ErrorKind::Decode, Delivery::Applied, 1), "{error}");
        let text = error.to_string();
        assert_eq!(text.contains("refund 21 of order 1 was made, but"), number, "{text}");
        assert!(text.contains("of order 1 was made, but"), "{text}");
    }
}

#[tokio::test]
async fn a_status_of_success_alone_says_nothing() {
    let none = json!({"refundCreate": {"refund": null, "userErrors": []}});
    for body in [
        json!({ "data": none }).to_string(),
        json!({"data": {"refundCreate": null}}).to_string(),
        json!({"data": {}}).to_string(),
        json!({"errors": "Not Found"}).to_string(),
        "{}".to_owned(),
        "{\"data\": {\"refundCr".to_owned(),
        "<html>Sign in to the hotel's network".to_owned(),
        String::new(),
    ] {
        let client = scripted(vec![Ok((200, body.clone()))]);
        let error = client.create_refund(&draft(), &key()).await.unwrap_err();
        assert_eq!((error.delivery(), client.requests_sent()), (Delivery::Unknown, 3), "{body}: {error}");
        assert!(error.to_string().contains("read the order's refunds before anything else"), "{error}");
    }
    // What was lost behind such a status is asked for again, under the same key.
    let good = json!({ "data": made() }).to_string();
    let lost = Err(TransportErrorKind::BodyLost(http::StatusCode::OK));
    let client = scripted(vec![lost, Ok((200, "{}".to_owned())), Ok((200, good))]);
    assert_eq!(client.create_refund(&draft(), &key()).await.unwrap().id, RefundId::new(21));
}

#[tokio::test]
async fn advice_after_a_lost_answer_and_a_spent_key_is_one() {
    let spent = json!({"data": {"refundCreate": {"refund": null, "userErrors": [
        {"field": null, "message": "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"}]}}});
    let client = scripted(vec![Err(TransportErrorKind::Timeout), Ok((200, spent.to_string()))]);
    let error = client.create_refund(&draft(), &key()).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::Unknown);
    let text = error.to_string();
    assert!(text.contains("same key only") && !text.contains("new key"), "{text}");
}

#[tokio::test]
async fn a_refund_with_a_part_refused_is_still_the_refund() {
    let denied =
        json!({"message": "no", "path": ["refundCreate", "refund", "return"], "extensions": {"code": "ACCESS_DENIED"}});
    let (created, _) = create(answer(json!({"data": made(), "errors": [denied]}))).await;
    assert_eq!(created.unwrap().id, RefundId::new(21));
}

#[tokio::test]
async fn errors_in_a_200_say_whether_the_refund_may_be_there() {
    let at = |code: &str, message: &str, path: Value| json!({"message": message, "path": path, "extensions": {"code": code}});
    let root = || json!(["refundCreate"]);
    let none = json!({"refundCreate": null});
    for (body, kind, delivery) in [
        (
            json!({"data": none, "errors": [at("ACCESS_DENIED", "no", root())]}),
            ErrorKind::Forbidden,
            Delivery::Rejected,
        ),
        (json!({"errors": [error("MAX_COST_EXCEEDED", "no")]}), ErrorKind::Invalid, Delivery::Rejected),
        (json!({"errors": [error("SHOP_INACTIVE", "no")]}), ErrorKind::Forbidden, Delivery::Rejected),
        (
            json!({"errors": [{"message": "Field 'x' doesn't exist", "locations": [{"line": 2, "column": 3}],
                "path": ["mutation RefundCreate", "refundCreate", "x"]}]}),
            ErrorKind::Config,
            Delivery::Rejected,
        ),
        (json!({"errors": [{"message": "something went wrong"}]}), ErrorKind::Config, Delivery::Unknown),
        (
            json!({"data": none, "errors": [
                {"message": "something", "locations": [{"line": 2, "column": 3}], "path": ["refundCreate"]}]}),
            ErrorKind::Config,
            Delivery::Unknown,
        ),
        (json!({"data": null, "errors": [{"message": "something"}]}), ErrorKind::Config, Delivery::Unknown),
        (json!({"errors": [error("INTERNAL_SERVER_ERROR", "no")]}), ErrorKind::Server, Delivery::Unknown),
        (
            json!({"data": none, "errors": [at("ACCESS_DENIED", "no", root()), error("INTERNAL_SERVER_ERROR", "no")]}),
            ErrorKind::Forbidden,
            Delivery::Unknown,
        ),
        (
            json!({"data": none, "errors": [at("IDEMPOTENCY_CONCURRENT_REQUEST", "wait", root())]}),
            ErrorKind::Conflict,
            Delivery::Unknown,
        ),
        (
            json!({"errors": [{"message": "The idempotency key was used with different parameters"}]}),
            ErrorKind::Invalid,
            Delivery::Rejected,
        ),
        (
            json!({"data": {"refundCreate": {"refund": null, "userErrors": [
                {"field": null, "message": "Idempotency: a previous attempt failed"}]}}}),
            ErrorKind::Conflict,
            Delivery::Rejected,
        ),
    ] {
        let (created, sent) = create(answer(body.clone())).await;
        let error = created.unwrap_err();
        let times = if delivery == Delivery::Unknown { 3 } else { 1 };
        assert_eq!((error.kind(), error.delivery(), sent), (kind, delivery, times), "{body} {error}");
        if delivery == Delivery::Unknown {
            assert!(error.to_string().contains("read the order's refunds before anything else"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_under_the_same_key() {
    let good = json!({ "data": made() }).to_string();
    let client = scripted(vec![Err(TransportErrorKind::Interrupted), Ok((502, String::new())), Ok((200, good))]);
    let created = client.create_refund(&draft(), &key()).await.unwrap();
    assert_eq!(created.id, RefundId::new(21));
    assert_eq!(client.requests_sent(), 3);

    let server = Server::answering([ResponseTemplate::new(500), ResponseTemplate::new(503), data(made())]).await;
    server.client.create_refund(&draft(), &key()).await.unwrap();
    let sent = server.bodies().await;
    assert!(sent.len() == 3 && sent.iter().all(|body| body == &sent[0]), "the same refund under the same key");
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_is_no_proof() {
    let refused = json!({"data": {"refundCreate": {"refund": null, "userErrors": [{"message": "amount too high"}]}}});
    for last in [Ok((200, refused.to_string())), Ok((403, "{}".to_owned())), Err(TransportErrorKind::NotConnected)] {
        let client = scripted(vec![Err(TransportErrorKind::Timeout), last]);
        let error = client.create_refund(&draft(), &key()).await.unwrap_err();
        assert_eq!(error.delivery(), Delivery::Unknown, "{error}");
        assert!(error.to_string().contains("earlier attempt may have been carried out"), "{error}");
    }
    for (only, delivery, sent) in [
        (Err(TransportErrorKind::NotConnected), Delivery::NotSent, 3),
        (Ok((403, "{}".to_owned())), Delivery::Rejected, 1),
        (Err(TransportErrorKind::Timeout), Delivery::Unknown, 3),
        (Ok((502, "<html>".to_owned())), Delivery::Unknown, 3),
    ] {
        let client = scripted(vec![only]);
        let error = client.create_refund(&draft(), &key()).await.unwrap_err();
        assert_eq!((error.delivery(), client.requests_sent()), (delivery, sent), "{error}");
    }
}
