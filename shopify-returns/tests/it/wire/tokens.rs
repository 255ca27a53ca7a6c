use super::server::*;
use serde_json::json;
use shopify_returns::*;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use wiremock::{
    Mock, Request, ResponseTemplate,
    matchers::{method, path},
};

const GRANT: &str = "/admin/oauth/access_token";
const CLIENT_SECRET: &str = "client-secret+that/must=stay hidden";

fn credentials(builder: ShopifyBuilder) -> ShopifyBuilder {
    let client_secret = Secret::new(CLIENT_SECRET.replace(' ', "-"));
    builder.token(AccessToken::ClientCredentials { client_id: "client-1".into(), client_secret })
}

async fn server(answers: impl IntoIterator<Item = ResponseTemplate>) -> Server {
    Server::with(answers, credentials).await
}

fn found() -> ResponseTemplate {
    data(json!({"order": order(1, "#1001")}))
}

impl Server {
    /// Gives out access-1, access-2 and so on.
    async fn grants(&self) {
        let count = AtomicU32::new(1);
        Mock::given(method("POST"))
            .and(path(GRANT))
            .respond_with(move |_: &Request| {
                let token = format!("access-{}", count.fetch_add(1, Ordering::Relaxed));
                let grant = json!({"access_token": token, "scope": "read_orders", "expires_in": 86399});
                ResponseTemplate::new(200).set_body_json(grant)
            })
            .mount(&self.http)
            .await;
    }

    async fn refuses(&self, answer: ResponseTemplate) {
        Mock::given(method("POST")).and(path(GRANT)).respond_with(answer).mount(&self.http).await;
    }

    async fn read(&self) -> Result<Option<Order>, Error> {
        self.client.order(OrderId::new(1)).await
    }

    async fn tokens_used(&self) -> Vec<String> {
        let used = self.requests(GRAPHQL).await;
        used.iter().map(|request| request.headers["x-shopify-access-token"].to_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_replaced_an_hour_before_its_end() {
    let server = server([found()]).await;
    server.grants().await;
    for _ in 0..2 {
        server.read().await.unwrap();
    }
    server.clock.set(NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap() + Duration::from_secs(86_399 - 3601));
    server.read().await.unwrap();
    server.clock.advance(Duration::from_secs(1));
    server.read().await.unwrap();
    assert_eq!(server.tokens_used().await, ["access-1", "access-1", "access-1", "access-2"]);
    let asked = server.requests(GRANT).await;
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(
        std::str::from_utf8(&asked[0].body).unwrap(),
        "grant_type=client_credentials&client_id=client%2D1\
         &client_secret=client%2Dsecret%2Bthat%2Fmust%3Dstay%2Dhidden"
    );
}

#[tokio::test]
async fn many_callers_share_one_request_for_a_token() {
    let server = server([found()]).await;
    server.grants().await;
    let calls = (0..8).map(|_| server.read());
    for read in futures_util::future::join_all(calls).await {
        read.unwrap();
    }
    assert_eq!(server.requests(GRANT).await.len(), 1);
    assert!(server.tokens_used().await.iter().all(|token| token == "access-1"));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let refused = ResponseTemplate::new(401).set_body_json(json!({"errors": "Invalid API key or access token"}));
    let renewed = server([refused.clone(), found()]).await;
    renewed.grants().await;
    renewed.read().await.unwrap();
    assert_eq!(renewed.tokens_used().await, ["access-1", "access-2"]);

    let hopeless = server([refused.clone()]).await;
    hopeless.grants().await;
    let error = hopeless.read().await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Auth, Delivery::Rejected));
    assert_eq!((hopeless.tokens_used().await.len(), hopeless.requests(GRANT).await.len()), (2, 2));
    assert!(error.to_string().contains("not (or no longer) good"), "{error}");

    let fixed = Server::answering([refused]).await;
    assert_eq!(fixed.client.order(OrderId::new(1)).await.unwrap_err().kind(), ErrorKind::Auth);
    assert_eq!(fixed.client.requests_sent(), 1, "a token that was given can't be replaced");
}

#[tokio::test]
async fn a_refund_is_made_with_the_new_token() {
    let made = data(json!({"refundCreate": {"refund": refund(21), "userErrors": []}}));
    let server = server([ResponseTemplate::new(401).set_body_json(json!({"errors": "no"})), made]).await;
    server.grants().await;
    server.client.create_refund(&draft(), &key()).await.unwrap();
    assert_eq!(server.tokens_used().await, ["access-1", "access-2"]);
}

/// A 401 that is a page of something in between: the refund behind it may have been made, so a later refusal is no proof.
#[tokio::test]
async fn a_page_in_between_says_nothing_about_the_token() {
    let page = ResponseTemplate::new(401).set_body_raw("<html>gateway", "text/html");
    let server = server([page, ResponseTemplate::new(403).set_body_json(json!({}))]).await;
    server.grants().await;
    let error = server.client.create_refund(&draft(), &key()).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::Unknown, "{error}");
    assert!(server.tokens_used().await.iter().all(|token| token == "access-1"));
}

#[tokio::test]
async fn no_token_means_nothing_was_sent_and_says_why() {
    let json = |status, body| ResponseTemplate::new(status).set_body_json(body);
    let echo = format!("secret {} is wrong", CLIENT_SECRET.replace(' ', "-"));
    for (answer, kind, said) in [
        (
            json(400, json!({"error": "shop_not_permitted", "error_description": echo})),
            ErrorKind::Auth,
            "same organisation",
        ),
        (
            json(401, json!({"error": "invalid_client", "error_description": echo})),
            ErrorKind::Auth,
            "client_secret is wrong",
        ),
        (json(400, json!({"error": "application_cannot_be_found"})), ErrorKind::Auth, "client_id or client_secret"),
        (ResponseTemplate::new(404), ErrorKind::NotFound, "check the shop's name"),
        (ResponseTemplate::new(500), ErrorKind::Server, "status 500"),
        (json(200, json!({"access_token": ""})), ErrorKind::Decode, "an empty one"),
        (json(200, json!({"access_token": 5, "x": "access-9"})), ErrorKind::Decode, "can't be read"),
        (ResponseTemplate::new(200).set_body_string("<html>"), ErrorKind::Decode, "base URL"),
    ] {
        let server = server([found()]).await;
        server.refuses(answer).await;
        let error = server.client.create_refund(&draft(), &key()).await.unwrap_err();
        let text = format!("{error} {error:?} {}", report(&error));
        assert_eq!((error.kind(), error.delivery()), (kind, Delivery::NotSent), "{text}");
        assert!(text.contains("no access token") && text.contains(said), "{text}");
        assert!(!text.contains("client-secret+") && !text.contains("access-9"), "{text}");
        assert!(server.requests(GRAPHQL).await.is_empty());
    }
}
