use crate::wire::server::*;
use returns_wire::TransportErrorKind;
use sage200_client::*;
use serde_json::json;
use wiremock::{Mock, Request, ResponseTemplate, matchers::method};

#[tokio::test]
async fn a_credit_note_goes_out_once_and_comes_back_as_a_urn() {
    let s = Server::start().await;
    s.post("sales_credit_notes", list(json!({"urn": "30012"}))).await;
    let table = tax_table(key());
    assert_eq!(s.company.post_credit_note(&draft(&table)).await.unwrap(), Posted::Urn(Urn(30012)));
    let calls = s.calls().await;
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].body, draft(&table).to_body());
    assert_eq!(header(&calls[0], "x-company"), Some("4"));
    assert_eq!(header(&calls[0], "content-type"), Some("application/json"));
}

#[tokio::test]
async fn what_may_have_been_posted_is_never_posted_again() {
    let table = tax_table(key());
    for (turn, kind) in [
        (Ok((500, "")), ErrorKind::Server),
        (Ok((502, "<html>")), ErrorKind::Server),
        (Ok((504, "")), ErrorKind::Timeout),
        (Ok((429, "")), ErrorKind::RateLimited),
        (Ok((408, "")), ErrorKind::Timeout),
        (Ok((302, "")), ErrorKind::Server),
        (Ok((401, "<html>Sign in</html>")), ErrorKind::Auth),
        (Ok((404, "<html>")), ErrorKind::NotFound),
        (Err(TransportErrorKind::Timeout), ErrorKind::Timeout),
        (Err(TransportErrorKind::Interrupted), ErrorKind::Transport),
        (Err(TransportErrorKind::BodyLost(http::StatusCode::BAD_REQUEST)), ErrorKind::Transport),
    ] {
        let (company, calls) = scripted_company(vec![turn]);
        let error = company.post_credit_note(&draft(&table)).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (kind, Delivery::Unknown), "{turn:?}");
        assert_eq!(*calls.lock().unwrap(), 1, "{turn:?}");
        assert_eq!(error.op(), "sage200.credit_notes.post");
        assert!(error.to_string().contains("look for the result before sending this again"), "{error}");
    }
}

#[tokio::test]
async fn what_was_not_sent_may_be_sent_again() {
    let table = tax_table(key());
    let (company, calls) = scripted_company(vec![Err(TransportErrorKind::NotConnected), Ok((200, "{\"urn\":\"7\"}"))]);
    assert_eq!(company.post_credit_note(&draft(&table)).await.unwrap(), Posted::Urn(Urn(7)));
    assert_eq!(*calls.lock().unwrap(), 2);
}

#[tokio::test]
async fn a_refusal_is_proved() {
    let table = tax_table(key());
    let (company, calls) = scripted_company(vec![Ok((400, r#"{"Message":"The period is closed."}"#))]);
    let error = company.post_credit_note(&draft(&table)).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Invalid, Delivery::Rejected));
    assert_eq!(*calls.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_success_that_can_not_be_read_is_not_an_error() {
    let table = tax_table(key());
    for turn in [
        Ok((200, "{\"urn\":\"30")),
        Ok((200, "")),
        Ok((201, "<html>")),
        Ok((204, "")),
        Ok((200, "{}")),
        Err(TransportErrorKind::BodyLost(http::StatusCode::OK)),
    ] {
        let (company, calls) = scripted_company(vec![turn]);
        let posted = company.post_credit_note(&draft(&table)).await.unwrap();
        assert!(matches!(posted, Posted::Unread { .. }), "{turn:?} {posted:?}");
        assert_eq!(*calls.lock().unwrap(), 1, "{turn:?}");
    }
}

#[tokio::test]
async fn a_draft_of_another_company_stays_here() {
    let s = Server::start().await;
    let table = tax_table(CompanyKey::new(key().site, CompanyId(5)));
    let error = s.company.post_credit_note(&draft(&table)).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Config, Delivery::NotSent));
    assert!(error.to_string().contains("company 5 of site") && error.to_string().contains("company 4 of"), "{error}");
    assert!(s.calls().await.is_empty());
}

#[tokio::test]
async fn an_expired_token_costs_one_refresh_and_no_second_posting() {
    let s = Server::start().await;
    s.sage_id().await;
    Mock::given(method("POST"))
        .respond_with(|request: &Request| match header(request, "authorization") {
            Some("Bearer access-2") => list(json!({"urn": 9})),
            _ => ResponseTemplate::new(401),
        })
        .mount(&s.http)
        .await;
    let table = tax_table(key());
    assert_eq!(s.company.post_credit_note(&draft(&table)).await.unwrap(), Posted::Urn(Urn(9)));
    assert_eq!((s.calls().await.len(), s.token_calls().await.len()), (2, 1));
}

#[tokio::test]
async fn without_a_token_nothing_was_posted() {
    let mut tokens = good_tokens();
    tokens.access_token = None;
    let s = Server::with(tokens).await;
    s.sage_id_answers(ResponseTemplate::new(500)).await;
    s.post("sales_credit_notes", list(json!({"urn": "30012"}))).await;
    let table = tax_table(key());
    let error = s.company.post_credit_note(&draft(&table)).await.unwrap_err();
    assert_eq!((error.op(), error.delivery()), ("sage200.credit_notes.post", Delivery::NotSent));
    assert!(s.calls().await.is_empty());
}
