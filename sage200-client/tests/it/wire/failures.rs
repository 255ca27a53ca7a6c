use crate::wire::server::*;
use returns_wire::TransportErrorKind;
use sage200_client::*;
use serde_json::json;
use std::sync::Arc;
use wiremock::{Mock, Request, ResponseTemplate, matchers::method};

#[tokio::test]
async fn every_refusal_has_its_kind() {
    let gateway = r#"{"statusCode": 403, "message": "Out of call volume quota"}"#;
    let cases = [
        (400, r#"{"Message":"The order is locked by another user."}"#, ErrorKind::Conflict, "try again"),
        (400, r#"{"Message":"SageNullFieldException: id"}"#, ErrorKind::Invalid, "SageNullFieldException"),
        (400, r#"{"Message":"Bad.","ModelState":{"a.b":["too long"]}}"#, ErrorKind::Invalid, "a.b: too long"),
        (403, "", ErrorKind::Forbidden, "role"),
        (403, gateway, ErrorKind::Forbidden, "Out of call volume quota"),
        (404, r#"{"statusCode":404,"message":"Resource not found"}"#, ErrorKind::NotFound, "sage200extra"),
        (405, "", ErrorKind::Invalid, "405"),
        (409, "", ErrorKind::Conflict, "409"),
    ];
    for (status, body, kind, says) in cases {
        let (company, calls) = scripted_company(vec![Ok((status, body))]);
        let error = company.tax_table().await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (kind, Delivery::Rejected), "{status} {body}");
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(error.op(), "sage200.tax_codes.list");
        assert_eq!(*calls.lock().unwrap(), 1, "{status} is not tried again");
    }
}

#[tokio::test]
async fn reads_are_tried_again_while_it_may_pass() {
    for first in [
        Ok((503, "<html>Application Proxy</html>")),
        Ok((429, "")),
        Ok((500, "")),
        Err(TransportErrorKind::Timeout),
        Err(TransportErrorKind::Interrupted),
        Err(TransportErrorKind::NotConnected),
    ] {
        let (company, calls) = scripted_company(vec![first, Ok((200, "[]"))]);
        company.tax_table().await.unwrap();
        assert_eq!(*calls.lock().unwrap(), 2);
    }
    let (company, calls) = scripted_company(vec![Ok((502, ""))]);
    let error = company.tax_table().await.unwrap_err();
    assert_eq!((error.kind(), error.delivery(), error.attempts()), (ErrorKind::Server, Delivery::Unknown, 3));
    assert_eq!(*calls.lock().unwrap(), 3);
}

#[tokio::test]
async fn the_wrong_edition_is_recognised() {
    let s = Server::start().await;
    let page = "<html><title>404</title></html>";
    s.get("tax_codes", ResponseTemplate::new(404).set_body_raw(page, "text/html")).await;
    let error = s.company.tax_table().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = error.to_string();
    assert!(text.contains("/uk/sage200extra/accounts/v1/tax_codes") && text.contains("Standard"), "{text}");

    // A missing path is never "no such customer".
    s.get("customers", ResponseTemplate::new(404)).await;
    let error = s.company.customer(Id::new(1).unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn answers_that_are_no_answers() {
    for (body, says) in [
        ("<!DOCTYPE html><p>Sign in", "web page (HTML) instead of JSON"),
        ("[{\"id\":1},{\"id\":", "breaks off after 16 bytes"),
        ("[{\"id\":1},{\"id\":2,\"tax_rate\":\"Ann Example\"}]", "`[1].tax_rate`"),
        ("[{\"id\":1},{\"code\":3}]", "`[1]"),
        ("{\"Message\":\"ok\"}", "value"),
        ("null", "can't be read"),
        ("", "breaks off after 0 bytes"),
    ] {
        let (company, _) = scripted_company(vec![Ok((200, body))]);
        let error = company.tax_table().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        let text = report(&error);
        assert!(text.contains(says) && !text.contains("Ann"), "{text}");
    }
    let (company, _) = scripted_company(vec![Ok((200, "[]"))]);
    assert!(company.sop_settings().await.unwrap_err().to_string().contains("empty list"));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let s = Server::start().await;
    s.sage_id().await;
    Mock::given(method("GET"))
        .respond_with(|request: &Request| match header(request, "authorization") {
            Some("Bearer access-2") => list(json!([])),
            _ => ResponseTemplate::new(401),
        })
        .mount(&s.http)
        .await;
    s.company.tax_table().await.unwrap();
    s.company.tax_table().await.unwrap();
    assert_eq!((s.calls().await.len(), s.token_calls().await.len()), (3, 1));
}

#[tokio::test]
async fn a_company_that_is_refused_does_not_burn_refresh_tokens() {
    let s = Server::start().await;
    s.sage_id().await;
    s.get("tax_codes", ResponseTemplate::new(401)).await;
    s.get("sites", list(json!([]))).await;
    let error = s.company.tax_table().await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Auth, Delivery::Rejected));
    let text = error.to_string();
    assert!(text.contains("X-Site 0f1e-example") && text.contains("X-Company 4"), "{text}");
    assert_eq!((s.calls().await.len(), s.token_calls().await.len()), (2, 1));

    let error = s.company.tax_table().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!((s.calls().await.len(), s.token_calls().await.len()), (3, 1), "the new token is known to be good");

    // Once the token has worked, a later 401 is worth a refresh again.
    s.company.sage().sites().await.unwrap();
    s.company.tax_table().await.unwrap_err();
    assert_eq!(s.token_calls().await.len(), 2);
}

#[tokio::test]
async fn the_wrong_company_is_named_with_the_right_ones() {
    let s = Server::start().await;
    let check = |site: &str, company| s.company.sage().company(SiteId::new(site), CompanyId(company));
    s.get(
        "sites",
        list(json!([
            {"company_id": 1, "company_name": "Demo Shop Ltd", "site_id": "aaaa", "site_name": "Demo"},
            {"company_id": 2, "company_name": "Test Shop Ltd", "site_id": "aaaa", "site_name": "Demo"},
            {"company_id": 9, "company_name": "Other Ltd", "site_id": "bbbb"},
        ])),
    )
    .await;
    assert_eq!(check("aaaa", 2).check().await.unwrap().company_name.as_deref(), Some("Test Shop Ltd"));

    let error = check("cccc", 1).check().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.to_string(),
        "sage200.company.check: site cccc is not one of the user's sites; use one of: \
         site aaaa (Demo), company 1 (Demo Shop Ltd); site aaaa (Demo), company 2 (Test Shop Ltd); \
         site bbbb (no name), company 9 (Other Ltd)"
    );
    let error = check("aaaa", 9).check().await.unwrap_err().to_string();
    assert!(error.contains("site aaaa has no company 9") && error.contains("company 2 (Test Shop Ltd)"), "{error}");
    assert!(!error.contains("bbbb"), "{error}");

    s.http.reset().await;
    s.get("sites", list(json!([]))).await;
    let error = check("aaaa", 1).check().await.unwrap_err().to_string();
    assert!(error.contains("may open no company") && error.contains("System Administration"), "{error}");
}

#[tokio::test]
async fn a_site_id_that_is_no_header_is_refused_here() {
    let s = Server::start().await;
    let company = s.company.sage().company(SiteId::new("a\nb"), CompanyId(1));
    let error = company.tax_table().await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Config, Delivery::NotSent));
    assert!(error.to_string().contains("X-Site"), "{error}");
}

#[test]
fn settings_are_checked_by_name() {
    let tokens = || Arc::new(MemoryTokens::new(good_tokens()));
    let good = || Sage::builder().client_id("client-1").tokens(tokens());
    assert!(good().build().is_ok());
    for (builder, says) in [
        (Sage::builder().tokens(tokens()), "client_id is missing"),
        (good().client_id(" "), "client_id is missing"),
        (Sage::builder().client_id("client-1"), "tokens is missing"),
        (
            good().base_url("http://sage.example/"),
            "base_url \"http://sage.example/\": http://sage.example is not encrypted",
        ),
        (good().base_url("sage"), "base_url \"sage\": not a URL"),
        (good().token_url("ftp://id.example/"), "token_url"),
        (good().requests_per_second(0), "requests_per_second is 0"),
        (good().limits(returns_wire::RetryLimits { attempts: 0, ..Default::default() }), "limits.attempts is 0"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Config, Delivery::NotSent));
        assert!(error.to_string().starts_with(&format!("sage200.build: {says}")), "{error}");
    }
}
