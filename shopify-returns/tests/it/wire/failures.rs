use super::server::*;
use serde_json::{Value, json};
use shopify_returns::*;
use wiremock::ResponseTemplate;

async fn read(template: ResponseTemplate) -> Error {
    Server::answering([template]).await.client.order(OrderId::new(1)).await.unwrap_err()
}

#[tokio::test]
async fn statuses_say_what_to_do() {
    for (status, kind, said) in [
        (401, ErrorKind::Auth, "still installed"),
        (402, ErrorKind::Forbidden, "frozen"),
        (403, ErrorKind::Forbidden, "may not use the API of sample.myshopify.com"),
        (404, ErrorKind::NotFound, "there is no shop sample.myshopify.com"),
        (423, ErrorKind::Forbidden, "locked by Shopify"),
        (430, ErrorKind::Forbidden, "protection"),
    ] {
        let template = ResponseTemplate::new(status).set_body_json(json!({"errors": "no"}));
        let error = read(template.insert_header("x-request-id", "req-1")).await;
        let text = error.to_string();
        assert_eq!((error.kind(), error.delivery(), error.attempts()), (kind, Delivery::Rejected, 1), "{text}");
        assert!(text.starts_with("shopify.orders.get: ") && text.contains(said), "{text}");
        assert_eq!(error.api().unwrap().request_ids[0].1, "req-1");
    }
    for (status, kind) in [(429, ErrorKind::RateLimited), (500, ErrorKind::Server), (503, ErrorKind::Server)] {
        let server = Server::answering([ResponseTemplate::new(status)]).await;
        let error = server.client.order(OrderId::new(1)).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), server.client.requests_sent()), (kind, 3, 3), "{error}");
    }
    let moved = ResponseTemplate::new(302).insert_header("location", "https://elsewhere.example/");
    assert!(read(moved).await.to_string().contains("redirects are not followed"));
}

#[tokio::test]
async fn errors_in_a_200_are_told_apart() {
    let coded = |code: &str, more: Value| {
        let mut error = error(code, "words of Shopify");
        error["extensions"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        answer(json!({"errors": [error]}))
    };
    for (template, kind, said) in [
        (
            coded("MAX_COST_EXCEEDED", json!({"cost": 1200, "maxCost": 1000})),
            ErrorKind::Invalid,
            "cost: 1200; most allowed: 1000",
        ),
        (
            coded("ACCESS_DENIED", json!({"requiredAccess": "`read_orders` access scope."})),
            ErrorKind::Forbidden,
            "wants: `read_orders`",
        ),
        (coded("SHOP_INACTIVE", json!({})), ErrorKind::Forbidden, "is not active"),
        (
            answer(json!({"errors": [{"message": "Field 'x' doesn't exist on type 'Order'"}]})),
            ErrorKind::Config,
            "update this program",
        ),
        (answer(json!({"data": null})), ErrorKind::Decode, "neither data nor errors"),
    ] {
        let server = Server::answering([template]).await;
        let error = server.client.order(OrderId::new(1)).await.unwrap_err();
        assert_eq!((error.kind(), server.client.requests_sent()), (kind, 1), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
async fn a_fault_inside_shopify_is_tried_again_for_reads() {
    let mut fault = error("INTERNAL_SERVER_ERROR", "Internal error");
    fault["extensions"]["requestId"] = json!("req-9");
    let fault = answer(json!({"data": null, "errors": [fault]}));
    let server = Server::answering([fault.clone(), fault.clone(), data(json!({"order": order(1, "#1001")}))]).await;
    server.client.order(OrderId::new(1)).await.unwrap();
    assert_eq!(server.client.requests_sent(), 3);
    let server = Server::answering([fault]).await;
    let error = server.client.order(OrderId::new(1)).await.unwrap_err();
    assert_eq!((error.kind(), server.client.requests_sent()), (ErrorKind::Server, 3));
    assert!(error.to_string().contains("request id: req-9"), "{error}");
}

#[tokio::test]
async fn only_what_costs_its_own_part_may_be_missing() {
    let denied = |path: Value| {
        let mut error = error("ACCESS_DENIED", "Access denied");
        error["path"] = path;
        error
    };
    let body = |error: Value| {
        answer(json!({"data": order_refunds(json!([refund(21)]), list(json!([]), None)), "errors": [error]}))
    };
    let tolerated = body(denied(json!(["order", "refunds", 0, "return"])));
    let server = Server::answering([tolerated]).await;
    let read = server.client.order_refunds(OrderId::new(1)).await.unwrap().unwrap();
    assert_eq!(read.refunds[0].native_return, None);
    let mut internal = denied(json!(["order", "refunds", 0, "return"]));
    internal["extensions"]["code"] = json!("SOMETHING_ELSE");
    for serious in [denied(json!(["order", "refunds", 0, "transactions"])), denied(json!(["order"])), internal] {
        let server = Server::answering([body(serious.clone())]).await;
        let error = server.client.order_refunds(OrderId::new(1)).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::Config), "{serious} {error}");
    }
    let none = json!({"shopifyPaymentsAccount": null});
    let refused = answer(json!({"data": none, "errors": [denied(json!(["shopifyPaymentsAccount"]))]}));
    let server = Server::answering([refused]).await;
    let error = server.client.refund_payouts(NOW.parse().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Forbidden, Delivery::Rejected));
    assert!(error.to_string().contains("the scope read_shopify_payments_payouts"), "{error}");
}

#[tokio::test]
async fn an_answer_of_another_version_is_not_trusted() {
    let body = json!({"data": {"order": order(1, "#1001")}});
    let other = ResponseTemplate::new(200).insert_header("X-Shopify-API-Version", "2027-01").set_body_json(&body);
    let error = read(other).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("version 2027-01, not 2026-10"), "{error}");
    let silent = Server::answering([ResponseTemplate::new(200).set_body_json(&body)]).await;
    assert!(silent.client.order(OrderId::new(1)).await.unwrap().is_some(), "no word of a version is no other version");
}

#[tokio::test]
async fn answers_that_can_not_be_read_say_where_and_not_what() {
    let mut broken = order(1, "#1001");
    broken["totalPriceSet"]["shopMoney"]["amount"] = json!("Nora");
    let error = read(data(json!({"order": broken}))).await;
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Decode, Delivery::Applied));
    assert!(error.to_string().contains("`order.totalPriceSet.shopMoney.amount`"), "{error}");
    assert!(!report(&error).contains("Nora"), "{error}");
    let page = ResponseTemplate::new(200).set_body_raw("<html>Sign in", "text/html");
    assert!(read(page).await.to_string().contains("web page (HTML)"));
}

#[tokio::test]
async fn neither_token_nor_note_is_ever_shown() {
    let server = Server::answering([ResponseTemplate::new(401)]).await;
    let read = server.client.order(OrderId::new(1)).await.unwrap_err();
    let made = server.client.create_refund(&draft(), &key()).await.unwrap_err();
    let token = AccessToken::ClientCredentials { client_id: "id".into(), client_secret: Secret::new("hidden") };
    let builder = Shopify::builder().shop(SHOP).token(token.clone());
    let text = format!(
        "{read} {read:?} {} {made} {made:?} {:?} {:?} {:?} {token:?} {builder:?}",
        report(&made),
        server.client,
        draft(),
        server.client.changed_since(NOW.parse().unwrap(), std::time::Duration::ZERO),
    );
    for secret in [TOKEN, "hidden\"", "Nora"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn a_missing_setting_is_named() {
    let token = |text: &str| AccessToken::Static(Secret::new(text));
    let credentials = |id: &str, secret: &str| AccessToken::ClientCredentials {
        client_id: id.into(),
        client_secret: Secret::new(secret),
    };
    let set = |shop: &str, token| Shopify::builder().shop(shop).token(token);
    for (builder, named) in [
        (Shopify::builder().token(token(TOKEN)), "`shop` is missing"),
        (set(" ", token(TOKEN)), "`shop` is missing"),
        (set("sample", token(TOKEN)), "`shop` is \"sample\""),
        (set("shop.example", token(TOKEN)), "`shop` is \"shop.example\""),
        (set("evil.example/.myshopify.com", token(TOKEN)), "no shop's permanent name"),
        (set(".myshopify.com", token(TOKEN)), "no shop's permanent name"),
        (Shopify::builder().shop(SHOP), "`token` is missing"),
        (set(SHOP, token("two words")), "`token` is empty or holds spaces"),
        (set(SHOP, credentials("", "secret")), "client_id is empty"),
        (set(SHOP, credentials("id", "")), "client_secret is empty"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Config, Delivery::NotSent));
        assert!(error.to_string().contains(named) && !error.to_string().contains("two words"), "{error}");
    }
    assert_eq!(set(" Sample.MyShopify.com ", token(TOKEN)).build().unwrap().shop(), SHOP);
}
