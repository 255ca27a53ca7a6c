use super::server::*;
use serde_json::{Value, json};
use shopify_returns::*;
use wiremock::ResponseTemplate;

/// Between two requests, however few points they cost.
const PACE: i64 = 50;

fn cost(requested: u32, available: &str) -> Value {
    let available: Value = serde_json::from_str(available).unwrap();
    json!({"cost": {"requestedQueryCost": requested, "actualQueryCost": null, "throttleStatus":
        {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0}}})
}

fn throttled(extensions: Value) -> ResponseTemplate {
    answer(json!({"errors": [error("THROTTLED", "Throttled")], "extensions": extensions}))
}

fn found(extensions: Value) -> ResponseTemplate {
    answer(json!({"data": {"order": order(1, "#1001")}, "extensions": extensions}))
}

#[tokio::test]
async fn a_refusal_for_want_of_points_is_waited_out_exactly() {
    let server = Server::answering([throttled(cost(250, "50.0")), found(cost(250, "0"))]).await;
    server.client.order(OrderId::new(1)).await.unwrap();
    assert_eq!((server.passed(), server.client.requests_sent()), (2000, 2));
    // The next one knows its cost and that nothing is left.
    server.client.order(OrderId::new(1)).await.unwrap();
    assert_eq!((server.passed(), server.client.requests_sent()), (4500, 3));
    // A clone draws on the same points.
    server.client.clone().order(OrderId::new(1)).await.unwrap();
    assert_eq!(server.passed(), 7000);
}

#[tokio::test]
async fn without_a_known_level_the_wait_is_a_second() {
    let server = Server::answering([throttled(json!({})), throttled(json!(null)), found(json!({}))]).await;
    server.client.order(OrderId::new(1)).await.unwrap();
    assert_eq!(server.passed(), 2000);
}

#[tokio::test]
async fn enough_points_cost_no_wait() {
    let server = Server::answering([found(cost(250, "1750"))]).await;
    for _ in 0..3 {
        server.client.order(OrderId::new(1)).await.unwrap();
    }
    assert_eq!(server.passed(), 2 * PACE);
}

#[tokio::test]
async fn waiting_for_points_has_an_end() {
    let server = Server::answering([throttled(json!({}))]).await;
    let error = server.client.order(OrderId::new(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::RateLimited, Delivery::Rejected));
    assert!(error.to_string().contains("refused 7 times, waited 6 s"), "{error}");
    assert_eq!((server.client.requests_sent(), server.passed()), (7, 6000));
    let mut slow = cost(1000, "0");
    slow["cost"]["throttleStatus"]["restoreRate"] = json!(10);
    let server = Server::answering([throttled(slow)]).await;
    let error = server.client.order(OrderId::new(1)).await.unwrap_err();
    assert_eq!((error.kind(), server.passed()), (ErrorKind::RateLimited, 0), "100 s are not waited for");
}

#[tokio::test]
async fn waits_before_sending_count_too() {
    // 40 s before it is sent, and 40 s more would be asked for after the refusal.
    let mut slow = cost(400, "0");
    slow["cost"]["throttleStatus"]["restoreRate"] = json!(10);
    let server = Server::answering([found(slow.clone()), throttled(slow)]).await;
    server.client.order(OrderId::new(1)).await.unwrap();
    let error = server.client.order(OrderId::new(1)).await.unwrap_err();
    assert_eq!((error.kind(), server.passed()), (ErrorKind::RateLimited, 40_000), "{error}");
}

#[tokio::test]
async fn a_refund_waits_too_because_nothing_was_carried_out() {
    let made = json!({"data": {"refundCreate": {"refund": refund(21), "userErrors": []}}});
    let server = Server::answering([throttled(cost(20, "0")), answer(made)]).await;
    let created = server.client.create_refund(&draft(), &key()).await.unwrap();
    assert_eq!(created.id, RefundId::new(21));
    assert_eq!((server.client.requests_sent(), server.passed()), (2, 200));
    let server = Server::answering([throttled(json!({}))]).await;
    let error = server.client.create_refund(&draft(), &key()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::RateLimited, Delivery::Rejected), "{error}");
}
