//! What is sent, and what is made of every answer.

use crate::shop::{KEY, MIXED, SHOP, mixed, mixed_with};
use futures_util::StreamExt;
use returngo_client::{
    CommentText, DailyQuota, DateOp, Delivery, Error, ErrorKind, ManualClock, MemoryQuota, PresumedFields,
    ReportAdaptor, ReturnGo, ReturnGoBuilder, Rma, RmaId, RmaQuery, RmaStatus, Secret, SortColumn, TransactionId,
    TransactionQuery, TransactionReport, report,
};
use returns_wire::{HttpOptions, over_reqwest};
use std::{
    io::{Read, Write},
    sync::Arc,
    time::Duration,
};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{body_json, body_string, header, method, path, query_param, query_param_is_missing},
};

const TRANSACTIONS: &str = include_str!("fixtures/transactions_page.json");

/// A client on the mock server, in time that only the client's own waiting moves.
fn builder(server: &MockServer) -> ReturnGoBuilder {
    ReturnGo::builder()
        .base_url(server.uri().parse().unwrap())
        .shop(SHOP)
        .api_key(Secret::new(KEY))
        .clock(Arc::new(ManualClock::at("2026-05-01T09:00:00Z".parse().unwrap())))
}

fn json(body: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.into(), "application/json")
}

async fn serving(template: ResponseTemplate) -> (MockServer, ReturnGo) {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::any()).respond_with(template).mount(&server).await;
    let client = builder(&server).build().unwrap();
    (server, client)
}

fn id() -> RmaId {
    RmaId::new("7001234").unwrap()
}

async fn get(body: impl Into<String>) -> Result<Rma, Error> {
    let (_server, client) = serving(json(body)).await;
    client.rmas().get(&id()).await
}

async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

#[tokio::test]
async fn a_read_carries_both_headers_and_nothing_else() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/rma/7001234"))
        .and(header("x-api-key", KEY))
        .and(header("x-shop-name", SHOP))
        .respond_with(json(MIXED))
        .expect(1)
        .mount(&server)
        .await;
    let client = builder(&server).build().unwrap();
    assert_eq!(client.rmas().get(&id()).await.unwrap(), mixed());
    assert_eq!(client.requests_sent(), 1);
    let sent = &requests(&server).await[0];
    assert!(sent.body.is_empty() && sent.url.query().is_none() && !sent.headers.contains_key("authorization"));
}

#[tokio::test]
async fn filters_are_encoded() {
    let (server, client) = serving(json(r#"{"rmas": []}"#)).await;
    let at = "2026-05-01T10:00:00+01:00".parse::<chrono::DateTime<chrono::FixedOffset>>().unwrap().to_utc();
    let query = RmaQuery::new()
        .page_size(50)
        .unwrap()
        .statuses(&[RmaStatus::Approved, RmaStatus::Received])
        .unwrap()
        .order_names(["#EX 1&2"])
        .unwrap()
        .updated_at(DateOp::Gte, at)
        .ascending(SortColumn::CreatedAt);
    assert!(client.rmas().list(&query).next_page().await.unwrap().is_none());
    let query = TransactionQuery::new().rma_ids(&[id()]).unwrap().updated_at(DateOp::Gt, at);
    let error = client.transactions().list(&query).next_page().await.unwrap_err();
    assert!(error.to_string().contains("no field `transactions`"), "{error}");
    let sent: Vec<_> =
        requests(&server).await.iter().map(|r| format!("{}?{}", r.url.path(), r.url.query().unwrap())).collect();
    assert_eq!(
        sent,
        [
            "/rmas?pagesize=50&status=Approved%2CReceived&order_name=%23EX%201%262\
             &rma_updated_at=gte%3A2026-05-01T09%3A00%3A00&sort_by=%2Brma_created_at",
            "/transactions?pagesize=500&rma_ids=7001234&updated_at=gt%3A2026-05-01T09%3A00%3A00",
        ]
    );
}

#[tokio::test]
async fn pages_follow_the_cursor_with_the_same_filters() {
    for end in [r#""next_cursor": """#, r#""next_cursor": null"#, r#""other": 1"#] {
        let server = MockServer::start().await;
        let first =
            r#"{"rmas": [{"rmaId": "3", "status": "Done", "order_name": "EX3", "events": []}], "next_cursor": "a+/="}"#;
        let all = || Mock::given(path("/rmas")).and(query_param("status", "Done"));
        all().and(query_param_is_missing("cursor")).respond_with(json(first)).expect(1).mount(&server).await;
        let last = format!(r#"{{"rmas": [{{"rmaId": 2, "new_field": {{}}}}], {end}}}"#);
        all().and(query_param("cursor", "a+/=")).respond_with(json(last)).expect(1).mount(&server).await;
        let client = builder(&server).build().unwrap();
        let query = RmaQuery::new().statuses(&[RmaStatus::Done]).unwrap();
        let rows: Vec<_> = client.rmas().list(&query).into_stream().map(|row| row.unwrap().rma_id).collect().await;
        assert_eq!(rows, [RmaId::new("3").unwrap(), RmaId::new("2").unwrap()], "{end}");
        assert!(requests(&server).await[1].url.query().unwrap().ends_with("cursor=a%2B%2F%3D"));
    }
}

#[tokio::test]
async fn a_cursor_that_repeats_is_an_error_and_no_endless_list() {
    let (server, client) = serving(json(TRANSACTIONS)).await;
    let mut pages = client.transactions().list(&TransactionQuery::new());
    assert_eq!(pages.next_page().await.unwrap().unwrap().items.len(), 1);
    assert_eq!(pages.next_page().await.unwrap().unwrap().items.len(), 1);
    for _ in 0..2 {
        let error = pages.next_page().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("leads back"), "{error}");
    }
    assert_eq!(requests(&server).await.len(), 2);
    let rows: Vec<_> = client.transactions().list(&TransactionQuery::new()).into_stream().collect().await;
    assert_eq!(rows.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false]);
}

#[tokio::test]
async fn an_empty_page_is_the_end_whatever_its_cursor() {
    for body in [r#"{"rmas": [], "next_cursor": "more"}"#, r#"{"rmas": null}"#] {
        let (_server, client) = serving(json(body)).await;
        let mut pages = client.rmas().list(&RmaQuery::new());
        assert!(pages.next_page().await.unwrap().is_none());
        assert!(pages.next_page().await.unwrap().is_none());
        assert_eq!(client.requests_sent(), 1);
    }
}

#[tokio::test]
async fn a_bad_row_does_not_take_the_page_with_it() {
    let page = r#"{"transactions": [{"id": 1}, {"id": 2, "amount": {"amount": "12,50"}}, {"type": "x"}, {"id": 4}]}"#;
    let (_server, client) = serving(json(page)).await;
    let page = client.transactions().list(&TransactionQuery::new()).next_page().await.unwrap().unwrap();
    assert_eq!(page.items.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["1", "4"]);
    let texts: Vec<_> = page.unreadable.iter().map(ToString::to_string).collect();
    assert!(texts[0].starts_with("row 1 of the page (id 2)") && texts[0].contains("`amount.amount`"), "{}", texts[0]);
    assert!(texts[1].starts_with("row 2 of the page:") && texts[1].contains("missing field `id`"), "{}", texts[1]);
    let rows: Vec<_> = client.transactions().list(&TransactionQuery::new()).into_stream().collect().await;
    let errors: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).map(|error| report(error)).collect();
    assert_eq!((rows.len(), errors.len()), (4, 2));
    assert!(errors[0].contains("(id 2)"), "{}", errors[0]);
}

#[tokio::test]
async fn every_refusal_has_its_kind_and_its_proof() {
    use Delivery::{Rejected, Unknown};
    let gateway = "<html><h1>502</h1></html>";
    for (status, body, kind, delivery, said) in [
        (400, r#"{"message": "Invalid rmaId"}"#, ErrorKind::Invalid, Rejected, "Invalid rmaId"),
        (401, r#"{"message": "Unauthorized"}"#, ErrorKind::Auth, Rejected, "Unauthorized"),
        (403, r#"{"message": "Forbidden"}"#, ErrorKind::Auth, Rejected, "Forbidden"),
        (403, gateway, ErrorKind::Auth, Unknown, "base URL"),
        (404, r#"{"statusCode": 404, "message": "RMA not found"}"#, ErrorKind::NotFound, Rejected, "RMA not found"),
        (404, "", ErrorKind::NotFound, Rejected, "RMA 7001234"),
        (429, r#"{"message": "Too Many Requests"}"#, ErrorKind::RateLimited, Unknown, "2,000 a day"),
        (500, r#"{"error": "boom"}"#, ErrorKind::Server, Unknown, "500"),
        (500, "plain text", ErrorKind::Server, Unknown, "500"),
        (502, gateway, ErrorKind::Server, Unknown, "web page (HTML)"),
        (504, r#"{"message": "Endpoint request timed out"}"#, ErrorKind::Timeout, Unknown, "timed out"),
    ] {
        let answer = ResponseTemplate::new(status).set_body_string(body).insert_header("x-amzn-requestid", "req-1");
        let (_server, client) = serving(answer).await;
        let error = client.rmas().get(&id()).await.unwrap_err();
        let text = error.to_string();
        assert_eq!((error.kind(), error.delivery(), error.status()), (kind, delivery, Some(status)), "{text}");
        assert!(text.starts_with("returngo.rmas.get: ") && text.contains(said), "{text}");
        assert_eq!(error.api().unwrap().request_ids[0].1, "req-1");
        let attempts = if status == 429 || status >= 500 { 3 } else { 1 };
        assert_eq!((error.attempts(), client.requests_sent()), (attempts, u64::from(attempts)), "{text}");
    }
}

#[tokio::test]
async fn refused_credentials_name_both_causes_and_never_the_key() {
    for status in [401, 403] {
        let (_server, client) = serving(ResponseTemplate::new(status)).await;
        let error = client.rmas().list(&RmaQuery::new()).next_page().await.unwrap_err();
        let text = format!("{error} {error:?} {client:?} {}", report(&error));
        assert!(
            text.contains("API key is wrong") && text.contains(SHOP) && text.contains("not under this key"),
            "{text}"
        );
        assert!(!text.contains(KEY), "{text}");
    }
}

#[tokio::test]
async fn answers_that_can_not_be_read_say_where_and_for_which_rma() {
    let bad_price = MIXED.replacen("\"paidPrice\": {\"amount\": 36,", "\"paidPrice\": {\"amount\": \"12,50\",", 1);
    let long_price = MIXED.replacen("\"amount\": 36,", "\"amount\": 123456789012345678901234567890,", 1);
    let no_key = MIXED.replacen("\"returnedItemId\": \"81000003\",", "", 1);
    let twice = MIXED.replacen("\"returnedItemId\": \"81000002\"", "\"returnedItemId\": \"81000001\"", 1);
    let other = MIXED.replacen("\"rmaId\": \"7001234\"", "\"rmaId\": \"7001235\"", 1);
    let half = MIXED.get(..MIXED.len() / 2).unwrap().to_owned();
    for (body, expected) in [
        (bad_price, ["`items[0].paidPrice.amount`", "decimal number such as 12.50"]),
        (long_price, ["`items[0].paidPrice.amount`", "30 significant digits"]),
        (no_key, ["`items[2]", "missing field `returnedItemId`"]),
        (twice, ["unit 81000001 twice", "7001234"]),
        (other, ["asked for RMA 7001234", "about RMA 7001235"]),
        (half, ["breaks off after", "RMA 7001234"]),
        ("<!DOCTYPE html><p>Sign in".to_owned(), ["web page (HTML)", "base URL"]),
        (String::new(), ["breaks off after 0 bytes", "RMA 7001234"]),
    ] {
        let error = get(body).await.unwrap_err();
        let text = report(&error);
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Decode, Delivery::Applied), "{text}");
        assert!(expected.iter().all(|part| text.contains(part)), "{text}");
        assert!(!text.contains("Nora"), "{text}");
    }
}

#[tokio::test]
async fn answers_that_are_only_odd_are_read() {
    let quoted = MIXED.replacen("\"amount\": 36,", "\"amount\": \"12.50\",", 1);
    let price = get(quoted).await.unwrap().items[0].paid_price.clone().unwrap();
    assert_eq!(price.presentment().unwrap().to_string(), "12.50 GBP");
    let newer = MIXED.replacen("\"status\": \"Received\"", "\"status\": \"Quarantined\"", 1);
    assert_eq!(*get(newer).await.unwrap().status(), RmaStatus::Unknown("Quarantined".into()));
    let shouted = mixed_with("\"status\": \"Received\"", "\"status\": \"RECEIVED\"").unwrap();
    assert_eq!(*shouted.status(), RmaStatus::Received);
}

#[tokio::test]
async fn a_used_up_budget_sends_nothing() {
    let (server, _) = serving(json(MIXED)).await;
    let quota = DailyQuota::new(Arc::new(MemoryQuota::default()), "returngo", 2);
    let client = builder(&server).quota(quota).build().unwrap();
    for _ in 0..2 {
        client.rmas().get(&id()).await.unwrap();
    }
    let error = client.rmas().get(&id()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Quota, Delivery::NotSent));
    assert_eq!(requests(&server).await.len(), 2);
    let state = client.quota_state().await.unwrap().unwrap();
    assert_eq!((state.used, state.left()), (2, 0));
    assert!(builder(&server).build().unwrap().quota_state().await.unwrap().is_none());
}

#[tokio::test]
async fn a_busy_read_is_sent_again() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "2");
    Mock::given(method("GET")).respond_with(busy).up_to_n_times(2).mount(&server).await;
    Mock::given(method("GET")).respond_with(json(MIXED)).mount(&server).await;
    let client = builder(&server).build().unwrap();
    client.rmas().get(&id()).await.unwrap();
    assert_eq!(client.requests_sent(), 3);
}

/// A client of a server that takes one connection, says this and hangs up.
fn breaking_off(answer: &'static [u8]) -> (std::thread::JoinHandle<()>, ReturnGo) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let (mut request, mut part) = (Vec::new(), [0; 4096]);
        // To its end: what stays unread would make the hanging up swallow the answer.
        while !request.ends_with(b"}") {
            let read = socket.read(&mut part).unwrap();
            assert!(read > 0, "the request broke off");
            request.extend_from_slice(&part[..read]);
        }
        socket.write_all(answer).unwrap();
    });
    let builder = ReturnGo::builder().base_url(base.parse().unwrap()).shop(SHOP).api_key(Secret::new(KEY));
    (server, builder.build().unwrap())
}

fn comment() -> CommentText {
    CommentText::marked("sync:7001234:1").unwrap().text("Posted as ").bold("CN <1>")
}

#[tokio::test]
async fn a_comment_is_html_with_a_marker_and_any_2xx_is_success() {
    for answer in [
        ResponseTemplate::new(200),
        ResponseTemplate::new(201).set_body_string("created"),
        ResponseTemplate::new(200).set_body_raw("<p>ok", "text/html"),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/rma/7001234/comment"))
            .and(header("content-type", "application/json"))
            .and(body_json(serde_json::json!({
                "htmlText": "Posted as <strong>CN &lt;1&gt;</strong> [sync:7001234:1]"
            })))
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        let client = builder(&server).build().unwrap();
        assert_eq!(client.comments().post(&id(), &comment()).await.unwrap().marker, "[sync:7001234:1]");
    }
}

#[tokio::test]
async fn a_comment_whose_answer_breaks_off_after_a_2xx_is_posted() {
    let (server, client) = breaking_off(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"com");
    client.comments().post(&id(), &comment()).await.unwrap();
    assert_eq!(client.requests_sent(), 1);
    server.join().unwrap();
}

#[tokio::test]
async fn a_comment_is_never_sent_twice() {
    for (status, delivery) in
        [(400, Delivery::Rejected), (429, Delivery::Unknown), (500, Delivery::Unknown), (504, Delivery::Unknown)]
    {
        let (server, client) = serving(ResponseTemplate::new(status)).await;
        let error = client.comments().post(&id(), &comment()).await.unwrap_err();
        assert_eq!((error.delivery(), error.attempts()), (delivery, 1), "{error}");
        assert_eq!(requests(&server).await.len(), 1);
    }
    let (server, _) = serving(ResponseTemplate::new(200).set_delay(Duration::from_secs(5))).await;
    let mut options = HttpOptions::default();
    options.timeout = Duration::from_millis(100);
    let client = builder(&server).transport(over_reqwest(&options).unwrap()).build().unwrap();
    let error = client.comments().post(&id(), &comment()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery(), client.requests_sent()), (ErrorKind::Timeout, Delivery::Unknown, 1));
}

const PAID: &str =
    r#"{"status":"Success","externalReferenceId":"900100200300","externalReferenceType":"PlatformRefundId"}"#;

fn transaction() -> TransactionId {
    TransactionId::new("6100001").unwrap()
}

fn paid() -> TransactionReport {
    TransactionReport::success("900100200300").unwrap()
}

async fn report_paid(client: &ReturnGo) -> Result<(), Error> {
    client.transactions().report(&transaction(), &paid(), &PresumedFields).await
}

/// Says whatever it is made to say.
#[derive(Debug)]
struct Says(&'static [u8]);

impl ReportAdaptor for Says {
    fn body(&self, _: &TransactionReport) -> Result<Vec<u8>, String> {
        if self.0.is_empty() { Err("no word for it".to_owned()) } else { Ok(self.0.to_vec()) }
    }
}

#[tokio::test]
async fn a_report_is_the_adaptors_body_and_any_2xx_is_success() {
    for answer in [
        ResponseTemplate::new(200),
        ResponseTemplate::new(201).set_body_string("saved"),
        ResponseTemplate::new(204),
        ResponseTemplate::new(200).set_body_raw("<p>ok", "text/html"),
    ] {
        let server = MockServer::start().await;
        let put = || {
            Mock::given(method("PUT"))
                .and(path("/transaction/6100001"))
                .and(header("content-type", "application/json"))
                .and(header("x-api-key", KEY))
                .and(header("x-shop-name", SHOP))
        };
        for body in [PAID, r#"{"status":"Failed"}"#, r#" {"state": 3, "amount": 12.50}"#] {
            put().and(body_string(body)).respond_with(answer.clone()).expect(1).mount(&server).await;
        }
        let client = builder(&server).build().unwrap();
        report_paid(&client).await.unwrap();
        let failed = TransactionReport::failed();
        client.transactions().report(&transaction(), &failed, &PresumedFields).await.unwrap();
        let own = Says(br#" {"state": 3, "amount": 12.50}"#);
        client.transactions().report(&transaction(), &paid(), &own).await.unwrap();
        assert!(requests(&server).await.iter().all(|request| request.url.query().is_none()));
    }
}

#[tokio::test]
async fn a_report_is_never_sent_twice_and_its_failure_says_what_to_do() {
    use Delivery::{Rejected, Unknown};
    let gateway = "<html><h1>gateway</h1></html>";
    let read = "read transaction 6100001, and report again only if it is still Requested";
    for (status, body, kind, delivery, said) in [
        (302, "", ErrorKind::Server, Unknown, vec![read, "base URL"]),
        (400, r#"{"message": "Bad status"}"#, ErrorKind::Invalid, Rejected, vec!["Bad status", "transaction 6100001"]),
        (401, "", ErrorKind::Auth, Rejected, vec!["API key is wrong", SHOP]),
        (403, "", ErrorKind::Auth, Rejected, vec!["ask ReturnGO whether", "transaction 6100001", "key is wrong", SHOP]),
        (403, gateway, ErrorKind::Auth, Unknown, vec![read, "key is wrong", "base URL"]),
        (404, "", ErrorKind::NotFound, Rejected, vec!["transaction 6100001 is not in the shop", SHOP, "makes no"]),
        (405, "", ErrorKind::Invalid, Rejected, vec!["ask ReturnGO whether"]),
        (409, "", ErrorKind::Conflict, Rejected, vec!["still Requested"]),
        (429, "", ErrorKind::RateLimited, Unknown, vec![read, "2,000 a day"]),
        (500, "", ErrorKind::Server, Unknown, vec![read]),
        (502, gateway, ErrorKind::Server, Unknown, vec![read, "base URL"]),
        (504, "", ErrorKind::Timeout, Unknown, vec![read]),
    ] {
        let (server, client) = serving(ResponseTemplate::new(status).set_body_string(body)).await;
        let error = report_paid(&client).await.unwrap_err();
        let text = error.to_string();
        assert_eq!((error.kind(), error.delivery(), error.attempts()), (kind, delivery, 1), "{text}");
        assert!(text.starts_with("returngo.transactions.report: the server answered"), "{text}");
        assert!(said.iter().all(|part| text.contains(part)) && !text.contains(KEY), "{text}");
        assert_eq!(requests(&server).await.len(), 1, "{text}");
    }
    let (server, _) = serving(ResponseTemplate::new(200).set_delay(Duration::from_secs(5))).await;
    let mut options = HttpOptions::default();
    options.timeout = Duration::from_millis(100);
    let client = builder(&server).transport(over_reqwest(&options).unwrap()).build().unwrap();
    let error = report_paid(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery(), client.requests_sent()), (ErrorKind::Timeout, Unknown, 1));
    assert!(error.to_string().contains(read), "{error}");
}

#[tokio::test]
async fn a_report_whose_answer_is_lost_is_open_until_a_status_line_was_seen() {
    let (server, client) = breaking_off(b"");
    let error = report_paid(&client).await.unwrap_err();
    assert_eq!((error.delivery(), client.requests_sent()), (Delivery::Unknown, 1));
    assert!(error.to_string().contains("read transaction 6100001"), "{error}");
    server.join().unwrap();
    let (server, client) = breaking_off(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id");
    report_paid(&client).await.unwrap();
    assert_eq!(client.requests_sent(), 1);
    server.join().unwrap();
}

#[tokio::test]
async fn an_adaptor_without_a_body_sends_nothing() {
    let (server, client) = serving(ResponseTemplate::new(200)).await;
    for (said, expected) in [
        (&b""[..], "no word for it"),
        (b"{}", "says nothing"),
        (b"[1]", "no JSON object"),
        (b"\"CREDIT-NORA\"", "no JSON object"),
        (b"{\"CREDIT-NORA\": tru", "no JSON object"),
        (b"{\"a\": \"\xff\"}", "no JSON object"),
        (b"{\"a\": 1} {}", "no JSON object"),
    ] {
        let error = client.transactions().report(&transaction(), &paid(), &Says(said)).await.unwrap_err();
        let text = format!("{} {error:?}", report(&error));
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Invalid, Delivery::NotSent), "{text}");
        assert!(text.contains("transaction 6100001 as Success") && text.contains(expected), "{text}");
        assert!(!text.contains("NORA"), "{text}");
    }
    assert_eq!((requests(&server).await.len(), client.requests_sent()), (0, 0));
}

#[tokio::test]
async fn a_report_counts_as_a_call_of_the_day() {
    let (server, _) = serving(ResponseTemplate::new(200)).await;
    let quota = DailyQuota::new(Arc::new(MemoryQuota::default()), "returngo", 1);
    let client = builder(&server).quota(quota).build().unwrap();
    report_paid(&client).await.unwrap();
    let error = report_paid(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Quota, Delivery::NotSent));
    assert_eq!(requests(&server).await.len(), 1);
    assert_eq!(client.quota_state().await.unwrap().unwrap().used, 1);
}

#[test]
fn a_missing_setting_is_named() {
    let key = || ReturnGo::builder().api_key(Secret::new(KEY));
    for (builder, named) in [
        (key(), "`shop` is missing"),
        (key().shop("  "), "`shop` is missing"),
        (key().shop("a\nb"), "`shop` is \"a\\nb\""),
        (ReturnGo::builder().shop(SHOP), "`api_key` is missing"),
        (ReturnGo::builder().shop(SHOP).api_key(Secret::new("two words")), "`api_key` is empty or holds spaces"),
        (ReturnGo::builder().shop(SHOP).api_key(Secret::new("")), "`api_key` is empty"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Config, Delivery::NotSent));
        assert!(error.to_string().contains(named) && !error.to_string().contains("two words"), "{error}");
    }
    key().shop("shop.myshopify.com@Portal").build().unwrap();
}
