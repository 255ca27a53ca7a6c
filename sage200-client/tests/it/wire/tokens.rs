use crate::wire::server::*;
use returns_wire::{BoxError, BoxFuture, ManualClock, TransportErrorKind};
use sage200_client::*;
use serde_json::json;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use wiremock::{Mock, Request, ResponseTemplate, matchers::method};

fn spent() -> StoredTokens {
    StoredTokens::new(Secret::new("refresh-1"), NOW.parse().unwrap())
}

#[tokio::test]
async fn a_refresh_is_a_form_and_its_result_is_kept() {
    let s = Server::with(spent()).await;
    s.sage_id().await;
    s.get("tax_codes", list(json!([]))).await;
    s.company.tax_table().await.unwrap();
    s.company.tax_table().await.unwrap();
    let calls = s.token_calls().await;
    assert_eq!(calls.len(), 1);
    assert_eq!(header(&calls[0], "content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(header(&calls[0], "authorization"), None);
    let mut form = std::str::from_utf8(&calls[0].body).unwrap().split('&').collect::<Vec<_>>();
    form.sort_unstable();
    assert_eq!(
        form,
        ["client_id=client-1", "client_secret=client-secret", "grant_type=refresh_token", "refresh_token=refresh-1"]
    );
    let kept = s.tokens.current();
    assert_eq!(kept.refresh_token.expose(), "refresh-2");
    assert_eq!(kept.access_token.unwrap().expose(), "access-2");
    assert!(
        kept.access_expires_at.unwrap() >= "2026-03-02T17:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap()
    );
    assert_eq!(header(&s.calls().await[0], "authorization"), Some("Bearer access-2"));
}

#[tokio::test]
async fn a_public_client_sends_no_secret() {
    let s = Server::with(spent()).await;
    s.sage_id().await;
    s.get("sites", list(json!([]))).await;
    let sage = builder(&s.http, &s.clock, s.tokens.clone()).client_secret(None).build().unwrap();
    sage.sites().await.unwrap();
    let body = String::from_utf8(s.token_calls().await[0].body.clone()).unwrap();
    assert!(body.contains("client_id=client-1") && !body.contains("client_secret"), "{body}");
}

#[tokio::test]
async fn two_callers_share_one_refresh() {
    let s = Server::with(spent()).await;
    s.sage_id().await;
    s.get("tax_codes", list(json!([]))).await;
    let (a, b) = futures_util::future::join(s.company.tax_table(), s.company.tax_table()).await;
    assert!(a.is_ok() && b.is_ok());
    assert_eq!(s.token_calls().await.len(), 1);
}

#[tokio::test]
async fn two_callers_with_a_refused_token_share_one_refresh() {
    let s = Server::start().await;
    s.sage_id().await;
    Mock::given(method("GET"))
        .respond_with(|request: &Request| match header(request, "authorization") {
            Some("Bearer access-1") => ResponseTemplate::new(401),
            _ => list(json!([])),
        })
        .mount(&s.http)
        .await;
    let (a, b) = futures_util::future::join(s.company.tax_table(), s.company.tax_table()).await;
    assert!(a.is_ok() && b.is_ok());
    assert_eq!(s.token_calls().await.len(), 1);
}

#[tokio::test]
async fn a_restart_uses_the_stored_access_token_until_a_minute_before_its_end() {
    let s = Server::start().await;
    s.sage_id().await;
    s.get("tax_codes", list(json!([]))).await;
    for (now, refreshes) in [("2026-03-02T16:58:59Z", 0), ("2026-03-02T16:59:00Z", 1)] {
        let clock = ManualClock::at(now.parse().unwrap());
        let sage = builder(&s.http, &clock, s.tokens.clone()).build().unwrap();
        sage.company(key().site, key().company).tax_table().await.unwrap();
        assert_eq!(s.token_calls().await.len(), refreshes, "{now}");
    }
    // In a running process as well.
    s.company.tax_table().await.unwrap();
    s.clock.advance(Duration::from_secs(24 * 3600));
    s.company.tax_table().await.unwrap();
    assert_eq!(s.token_calls().await.len(), 2);
}

/// A store that can be told to fail, and writes down what happens.
#[derive(Debug)]
struct Shaky {
    inner: MemoryTokens,
    broken: Mutex<bool>,
    saves: Mutex<Vec<String>>,
}

impl Shaky {
    fn new(broken: bool) -> Arc<Self> {
        Arc::new(Self { inner: MemoryTokens::new(spent()), broken: Mutex::new(broken), saves: Mutex::default() })
    }
}

impl TokenStore for Shaky {
    fn load(&self) -> BoxFuture<'_, Result<Option<StoredTokens>, BoxError>> {
        self.inner.load()
    }

    fn save<'a>(&'a self, tokens: &'a StoredTokens) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            if *self.broken.lock().unwrap() {
                return Err("disk full".into());
            }
            self.saves.lock().unwrap().push(tokens.refresh_token.expose().to_owned());
            self.inner.save(tokens).await
        })
    }
}

#[tokio::test]
async fn a_token_that_can_not_be_saved_is_not_used_and_not_lost() {
    let s = Server::with(spent()).await;
    s.sage_id().await;
    s.get("tax_codes", list(json!([]))).await;
    let store = Shaky::new(true);
    let sage = builder(&s.http, &s.clock, store.clone()).build().unwrap();
    let company = sage.company(key().site, key().company);
    for _ in 0..2 {
        let error = company.tax_table().await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Store, Delivery::NotSent));
        let text = report(&error);
        assert!(text.contains("not used") && text.contains("disk full"), "{text}");
    }
    assert_eq!((s.calls().await.len(), s.token_calls().await.len()), (0, 1));

    *store.broken.lock().unwrap() = false;
    company.tax_table().await.unwrap();
    assert_eq!(*store.saves.lock().unwrap(), ["refresh-2"]);
    assert_eq!((s.calls().await.len(), s.token_calls().await.len()), (1, 1), "the pending token, not another one");
}

#[tokio::test]
async fn a_new_token_is_saved_before_it_is_used() {
    let s = Server::with(spent()).await;
    s.sage_id().await;
    let store = Shaky::new(false);
    let seen = store.clone();
    Mock::given(method("GET"))
        .respond_with(move |_: &Request| {
            assert_eq!(*seen.saves.lock().unwrap(), ["refresh-2"], "saved before the first call");
            list(json!([]))
        })
        .mount(&s.http)
        .await;
    let sage = builder(&s.http, &s.clock, store).build().unwrap();
    sage.sites().await.unwrap();
}

#[tokio::test]
async fn a_refused_refresh_token_needs_a_person_and_is_not_tried_again() {
    for status in [400, 403] {
        let s = Server::with(spent()).await;
        let body = json!({"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."});
        s.sage_id_answers(ResponseTemplate::new(status).set_body_json(body)).await;
        s.get("tax_codes", list(json!([]))).await;
        for _ in 0..3 {
            let error = s.company.tax_table().await.unwrap_err();
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::Auth, Delivery::NotSent));
            let text = error.to_string();
            assert!(text.contains("Sage ID refused the refresh token (invalid_grant"), "{text}");
            assert!(text.contains("a person must sign in again (consent)"), "{text}");
        }
        assert_eq!((s.calls().await.len(), s.token_calls().await.len()), (0, 1));

        // After a new consent the running process goes on.
        s.http.reset().await;
        s.sage_id().await;
        s.get("tax_codes", list(json!([]))).await;
        s.tokens.save(&StoredTokens::new(Secret::new("refresh-9"), NOW.parse().unwrap())).await.unwrap();
        s.company.tax_table().await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_client_is_told_from_a_refused_token() {
    let s = Server::with(spent()).await;
    s.sage_id_answers(ResponseTemplate::new(401).set_body_json(json!({"error": "invalid_client"}))).await;
    let error = s.company.tax_table().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(error.to_string().contains("check client_id and client_secret"), "{error}");
}

#[tokio::test]
async fn a_lost_answer_may_have_spent_the_token() {
    for turn in [
        Err(TransportErrorKind::Timeout),
        Err(TransportErrorKind::Interrupted),
        Err(TransportErrorKind::BodyLost(http::StatusCode::OK)),
        Ok((503, "")),
        Ok((200, "{\"access_token\":\"sec")),
        Ok((200, "<html>")),
        Ok((200, "{\"token_type\":\"Bearer\",\"refresh_token\":\"secret-9\"}")),
    ] {
        let (transport, calls) = scripted(vec![turn]);
        let sage = Sage::builder()
            .client_id("client-1")
            .tokens(Arc::new(MemoryTokens::new(spent())))
            .clock(Arc::new(ManualClock::at(NOW.parse().unwrap())))
            .transport(transport)
            .build()
            .unwrap();
        let error = sage.sites().await.unwrap_err();
        assert_eq!(error.delivery(), Delivery::NotSent, "the call itself was not sent");
        assert_eq!(*calls.lock().unwrap(), 1, "{turn:?}");
        let text = format!("{} {error:?}", report(&error));
        assert!(text.contains("the stored refresh token may be spent"), "{text}");
        assert!(!text.contains("sec\"") && !text.contains("secret-9"), "{text}");
    }
}

#[tokio::test]
async fn an_unreachable_sage_id_has_spent_nothing() {
    let (company, calls) = {
        let (transport, calls) = scripted(vec![Err(TransportErrorKind::NotConnected)]);
        let sage = Sage::builder()
            .client_id("client-1")
            .tokens(Arc::new(MemoryTokens::new(spent())))
            .clock(Arc::new(ManualClock::at(NOW.parse().unwrap())))
            .transport(transport)
            .build()
            .unwrap();
        (sage.company(key().site, key().company), calls)
    };
    let error = company.tax_table().await.unwrap_err();
    assert!(!error.to_string().contains("spent") && error.to_string().contains("https://id.sage.com"), "{error}");
    company.tax_table().await.unwrap_err();
    assert_eq!(*calls.lock().unwrap(), 2, "the next call asks again");
}

#[derive(Debug)]
struct Empty(bool);

impl TokenStore for Empty {
    fn load(&self) -> BoxFuture<'_, Result<Option<StoredTokens>, BoxError>> {
        Box::pin(async { if self.0 { Ok(None) } else { Err("database is locked".into()) } })
    }
    fn save<'a>(&'a self, _: &'a StoredTokens) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn a_store_without_tokens_says_what_is_missing() {
    let s = Server::start().await;
    let call = |store: Empty| {
        let sage = builder(&s.http, &s.clock, Arc::new(store)).build().unwrap();
        async move { sage.sites().await.unwrap_err() }
    };
    let error = call(Empty(true)).await;
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(error.to_string().contains("no refresh token is stored; a person must sign in"), "{error}");
    let error = call(Empty(false)).await;
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(report(&error).contains("database is locked"));
}

#[tokio::test]
async fn secrets_are_not_printed() {
    let s = Server::start().await;
    let builder = builder(&s.http, &s.clock, s.tokens.clone()).subscription_key(Secret::new("subscription-1"));
    let shown = format!("{builder:?} {:?} {:?} {:?}", s.company, s.tokens, s.tokens.current());
    for secret in ["access-1", "refresh-1", "client-secret", "subscription-1"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn a_wrong_token_url_is_not_taken_for_a_refused_token() {
    for (answer, says) in [
        (ResponseTemplate::new(404).set_body_json(json!({"message": "no route"})), "answered no route"),
        (ResponseTemplate::new(405), "answered 405"),
        (ResponseTemplate::new(200).set_body_raw("<!DOCTYPE html><p>Sign in", "text/html"), "web page (HTML)"),
        (ResponseTemplate::new(200).set_body_raw("{\"access_tok", "application/json"), "no token answer"),
    ] {
        let s = Server::with(spent()).await;
        s.sage_id_answers(answer).await;
        for calls in 1..=2 {
            let text = report(&s.company.tax_table().await.unwrap_err());
            assert!(text.contains(says) && text.contains("/oauth/token") && text.contains("check token_url"), "{text}");
            assert!(!text.contains("refused the refresh token"), "{text}");
            assert_eq!(s.token_calls().await.len(), calls, "it may be put right while the process runs");
        }
    }
}
