//! The client on the sandbox, and the sandbox's own strictness.

use crate::shop::{KEY, SHOP, Shop, mug, pounds, shirt};
use futures_util::TryStreamExt;
use proptest::prelude::*;
use returngo_client::{
    CommentText, DateOp, Delivery, ErrorKind, Inspection, ReturnGo, ReturnedItemId, RmaId, RmaQuery, RmaStatus, Secret,
    SortColumn, TransactionId, TransactionQuery,
    sandbox::{EndCursor, FaultPlan, Loopback, NewRma, ReturnGoSandbox, SandboxRefusal, Verdict, in_process},
};
use std::{future::Future, sync::Arc};

async fn listed(client: &ReturnGo, query: &RmaQuery) -> Vec<String> {
    let rows: Vec<_> = client.rmas().list(query).into_stream().try_collect().await.unwrap();
    rows.into_iter().map(|row| row.rma_id.to_string()).collect()
}

#[tokio::test]
async fn one_return_from_request_to_done() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(NewRma::refund("EX1").line(mug().units(3))).unwrap();
    let units = shop.sandbox.units(&id);
    let status = || shop.sandbox.rma(&id).unwrap().status().clone();
    assert_eq!(status(), RmaStatus::Pending);
    assert!(matches!(shop.sandbox.courier_ships(&id), Err(SandboxRefusal::State { .. })));
    shop.sandbox.approve(&id).unwrap();
    assert!(shop.sandbox.approve(&id).unwrap_err().to_string().contains("is Approved"));
    shop.sandbox.courier_ships(&id).unwrap();
    assert_eq!(status(), RmaStatus::Approved);
    assert!(shop.sandbox.inspect(&units[0], Verdict::Returned { restockable: true }).is_err());
    shop.sandbox.courier_delivers(&id).unwrap();
    assert!(shop.sandbox.courier_delivers(&id).is_err());
    assert_eq!(status(), RmaStatus::Received);
    shop.sandbox.inspect(&units[0], Verdict::Returned { restockable: true }).unwrap();
    shop.sandbox.inspect(&units[1], Verdict::Returned { restockable: false }).unwrap();
    assert_eq!(status(), RmaStatus::Received);
    shop.sandbox.inspect(&units[2], Verdict::NotReturned { reason: "Box held two".into() }).unwrap();
    assert_eq!(status(), RmaStatus::Validated);
    let at = shop.clock_now();
    let rma = shop.client.rmas().get(&id).await.unwrap();
    let verdicts: Vec<_> = rma.items.iter().map(returngo_client::Item::inspection).collect();
    assert_eq!(
        verdicts,
        [
            Inspection::Returned { at, restockable: true, reason: None },
            Inspection::Returned { at, restockable: false, reason: Some("Damaged".into()) },
            Inspection::NotReturned { at, reason: Some("Box held two".into()) },
        ]
    );
    shop.sandbox.mark_done(&id).unwrap();
    shop.hours(48);
    shop.sandbox.inspect(&units[2], Verdict::Returned { restockable: true }).unwrap();
    assert_eq!(status(), RmaStatus::Done, "the late unit changes nothing but itself");
    assert!(matches!(shop.sandbox.rma(&id).unwrap().items[2].inspection(), Inspection::Returned { .. }));
}

#[tokio::test]
async fn the_status_may_stay_received_after_inspection() {
    let shop = Shop::open();
    let sandbox = shop.sandbox.clone().with_validated_after_inspection(false);
    let id = sandbox.submit(shirt()).unwrap();
    sandbox.approve(&id).unwrap();
    sandbox.courier_delivers(&id).unwrap();
    sandbox.inspect_all(&id).unwrap();
    let rma = shop.client.rmas().get(&id).await.unwrap();
    assert_eq!(*rma.status(), RmaStatus::Received);
    assert!(matches!(rma.items[0].inspection(), Inspection::Returned { restockable: true, .. }));
}

#[test]
fn people_can_not_do_what_makes_no_sense() {
    let shop = Shop::open();
    let sandbox = &shop.sandbox;
    assert!(matches!(sandbox.submit(NewRma::refund("EX1")), Err(SandboxRefusal::Input(_))));
    let nobody = RmaId::new("1").unwrap();
    assert_eq!(sandbox.approve(&nobody), Err(SandboxRefusal::UnknownRma(nobody.clone())));
    assert!(sandbox.rma(&nobody).is_err() && sandbox.units(&nobody).is_empty() && sandbox.comments(&nobody).is_empty());
    let id = sandbox.submit(shirt()).unwrap();
    sandbox.reject(&id, "too <late>").unwrap();
    assert!(sandbox.comments(&id)[0].contains("too &lt;late&gt;"));
    assert!(sandbox.cancel(&id).is_err());
    sandbox.reopen(&id).unwrap();
    assert_eq!(*sandbox.rma(&id).unwrap().status(), RmaStatus::Pending);
    sandbox.approve(&id).unwrap();
    let foreign = ReturnedItemId::new("5").unwrap();
    let refused = sandbox.staff_refund(&id, std::slice::from_ref(&foreign), pounds(1));
    assert_eq!(refused, Err(SandboxRefusal::UnknownUnit(foreign)));
    assert!(sandbox.staff_refund(&id, &[], pounds(1)).is_err());
    assert!(sandbox.staff_refund(&id, &sandbox.units(&id), pounds(0)).is_err());
    assert!(sandbox.release_exchange(&id, "1", "EX2").is_err());
    let refund = sandbox.staff_refund(&id, &sandbox.units(&id), pounds(1)).unwrap();
    sandbox.settle_refund(&refund, true).unwrap();
    assert!(sandbox.settle_refund(&refund, false).is_err(), "settled once");
    assert!(sandbox.settle_refund(&TransactionId::new("1").unwrap(), true).is_err());
}

#[tokio::test]
async fn lists_are_paged_filtered_and_sorted() {
    for end in [EndCursor::Absent, EndCursor::Null, EndCursor::Empty] {
        let shop = Shop::open();
        let sandbox = shop.sandbox.clone().with_first_rma(10).with_end_cursor(end);
        for _ in 0..5 {
            sandbox.submit(shirt()).unwrap();
            shop.hours(1);
        }
        let small = RmaQuery::new().page_size(2).unwrap();
        assert_eq!(listed(&shop.client, &small).await, ["14", "13", "12", "11", "10"], "newest first");
        assert_eq!(shop.client.requests_sent(), 3);
        sandbox.approve(&RmaId::new("11").unwrap()).unwrap();
        let pending = small.clone().statuses(&[RmaStatus::Pending]).unwrap().ascending(SortColumn::CreatedAt);
        assert_eq!(listed(&shop.client, &pending).await, ["10", "12", "13", "14"]);
        let updated = small.clone().descending(SortColumn::UpdatedAt);
        assert_eq!(listed(&shop.client, &updated).await, ["11", "14", "13", "12", "10"]);
        let since = small.clone().created_at(DateOp::Gte, "2026-05-01T12:00:00Z".parse().unwrap());
        assert_eq!(listed(&shop.client, &since).await, ["14", "13"]);
        let changed = small.clone().updated_at(DateOp::Gte, "2026-05-01T14:00:00Z".parse().unwrap());
        assert_eq!(listed(&shop.client, &changed).await, ["11"], "approved at two o'clock, made at ten");
        assert!(listed(&shop.client, &small.order_names(["EX9"]).unwrap()).await.is_empty());
    }
}

#[tokio::test]
async fn transactions_come_oldest_first_and_as_a_feed() {
    let shop = Shop::open();
    let mut refunds = Vec::new();
    for _ in 0..3 {
        let id = shop.sandbox.submit(shirt()).unwrap();
        shop.sandbox.approve(&id).unwrap();
        refunds.push(shop.sandbox.staff_refund(&id, &shop.sandbox.units(&id), pounds(2400)).unwrap());
    }
    let ids = async |query: TransactionQuery| {
        let rows: Vec<_> = shop.client.transactions().list(&query).into_stream().try_collect().await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let all = TransactionQuery::new().page_size(1).unwrap();
    assert_eq!(ids(all.clone()).await, refunds);
    shop.hours(3);
    let last_run = shop.clock_now();
    shop.sandbox.settle_refund(&refunds[1], true).unwrap();
    assert_eq!(ids(all.clone().updated_at(DateOp::Gte, last_run)).await, refunds[1..2]);
    assert!(ids(all.created_at(DateOp::Gte, last_run)).await.is_empty());
}

#[tokio::test]
async fn credentials_are_checked_as_two_things() {
    let shop = Shop::open();
    let sandbox = shop.sandbox.clone().with_shop("other.myshopify.com", "other-key");
    let with = |name: &str, key: &str| {
        let transport = in_process(sandbox.router());
        ReturnGo::builder().shop(name).api_key(Secret::new(key)).transport(transport).build().unwrap()
    };
    for (name, key, status) in [(SHOP, "wrong", 401), ("other.myshopify.com", KEY, 403), ("nobody", KEY, 403)] {
        let error = with(name, key).rmas().list(&RmaQuery::new()).next_page().await.unwrap_err();
        assert_eq!((error.status(), error.kind()), (Some(status), ErrorKind::Auth));
    }
    assert!(listed(&with("other.myshopify.com", "other-key"), &RmaQuery::new()).await.is_empty());
}

#[tokio::test]
async fn rough_requests_are_refused() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(shirt()).unwrap();
    let transport = in_process(shop.sandbox.router());
    let send = async |method: &str, path: &str, body: &str| {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("https://sandbox.example{path}"))
            .header("X-API-KEY", KEY)
            .header("X-Shop-Name", SHOP)
            .header("content-type", "application/json")
            .body(body.to_owned().into())
            .unwrap();
        let answer = transport.send(request).await.unwrap();
        (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
    };
    let comment = format!("/rma/{id}/comment");
    for (method, path, body, status, said) in [
        ("GET", "/rmas", "", 400, "pagesize"),
        ("GET", "/rmas?pagesize=0", "", 400, "1 to 500"),
        ("GET", "/rmas?pagesize=501", "", 400, "1 to 500"),
        ("GET", "/rmas?pagesize=5&colour=red", "", 400, "unknown query parameter colour"),
        ("GET", "/rmas?pagesize=5&pagesize=6", "", 400, "twice"),
        ("GET", "/rmas?pagesize=5&sort_by=+rma_created_at", "", 400, "%2B"),
        ("GET", "/rmas?pagesize=5&sort_by=-colour", "", 400, "-colour"),
        ("GET", "/rmas?pagesize=5&status=Lost", "", 400, "Lost"),
        ("GET", "/rmas?pagesize=5&cursor=zzz", "", 400, "invalid cursor"),
        ("GET", "/rmas?pagesize=5&rma_updated_at=2026-05-01T09:00:00", "", 400, "<op>"),
        ("GET", "/rmas?pagesize=5&rma_updated_at=gte:2026-05-01T09:00:00Z", "", 400, "<op>"),
        ("GET", "/transactions?pagesize=5&statuses=Paid", "", 400, "Paid"),
        ("GET", "/rma/RMA4400123", "", 400, "Invalid rmaId"),
        ("GET", "/rma/1", "", 404, "not found"),
        ("GET", "/rma/4400123?includeMedia=true", "", 200, "rmaSummary"),
        ("PUT", "/rma/4400123", "", 405, ""),
        ("GET", "/v1/rmas", "", 404, ""),
        ("POST", &comment, r#"{"text": "x"}"#, 400, "htmlText"),
        ("POST", &comment, r#"{"htmlText": " "}"#, 400, "empty"),
        ("POST", &comment, r#"{"htmlText": "x"}"#, 200, ""),
    ] {
        let (got, text) = send(method, path, body).await;
        assert!(got == status && text.contains(said), "{method} {path}: {got} {text}");
    }
    assert_eq!(shop.sandbox.writes(), 1);
    let log = shop.sandbox.request_log();
    assert_eq!(log.len(), 20);
    assert_eq!(log[0], ("GET".to_owned(), "/rmas".to_owned(), 400));
}

#[tokio::test]
async fn the_answers_have_the_real_shapes() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(NewRma::refund("EX1").line(mug().no_shipment()).line(mug().variant("Red"))).unwrap();
    shop.sandbox.approve(&id).unwrap();
    shop.sandbox.staff_refund(&id, &shop.sandbox.units(&id), pounds(5000)).unwrap();
    let json = shop.sandbox.json(&id).unwrap();
    for shape in [
        r#""rmaId":"4400123""#,
        r#""id":6100001"#,
        r#""isAutoApprove":0"#,
        r#""isOutOfPolicy":0"#,
        r#""shipmentId":"""#,
        r#""amount":25.96"#,
        r#""amount":50,"#,
        r#""restockingFee":0,"#,
        r#""isRestockable":false,"isReturned":false,"nonRestockableReason":null"#,
        r#""lastValidationDate":null"#,
        r#""userDetails":null"#,
        r#""createdAt":"2026-05-01T09:00:00+00:00""#,
        r#""trackingNumber":null"#,
        r#""answer":{}"#,
        r#""bankAccountDetails":null"#,
        r#""email":"petra@customer.example""#,
    ] {
        assert!(json.contains(shape), "{shape} in {json}");
    }
    assert_eq!(json.matches("\"variantName\"").count(), 1);
    assert!(!json.contains("barcode"));
}

#[tokio::test]
async fn faults_come_before_or_after_the_deed() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(shirt()).unwrap();
    let text = CommentText::marked("sync:1").unwrap();
    shop.sandbox.fail_next(FaultPlan::on("POST", "/rma/").status(500));
    let error = shop.client.comments().post(&id, &text).await.unwrap_err();
    assert_eq!((error.delivery(), shop.sandbox.writes()), (Delivery::Unknown, 0));
    shop.sandbox.fail_next(FaultPlan::on("POST", "/rma/").status(504).after_acting());
    let error = shop.client.comments().post(&id, &text).await.unwrap_err();
    assert_eq!((error.delivery(), shop.sandbox.writes()), (Delivery::Unknown, 1));
    let rma = shop.client.rmas().get(&id).await.unwrap();
    assert!(rma.comments[0].mentions(text.marker()), "the marker tells that it was posted after all");

    shop.sandbox.fail_next(FaultPlan::on("GET", "/rma/").status(429).times(2));
    shop.client.rmas().get(&id).await.unwrap();
    shop.sandbox.fail_next(FaultPlan::on("GET", "/rma/").truncated());
    let error = shop.client.rmas().get(&id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    shop.sandbox.fail_next(FaultPlan::on("GET", "/rmas").web_page(200));
    let error = shop.client.rmas().list(&RmaQuery::new()).next_page().await.unwrap_err();
    assert!(error.to_string().contains("HTML"), "{error}");
    shop.sandbox.replace_body(&id, "{}").unwrap();
    assert!(shop.client.rmas().get(&id).await.unwrap_err().to_string().contains("rmaSummary"));
    shop.sandbox.restore_body(&id).unwrap();
    shop.client.rmas().get(&id).await.unwrap();
}

#[tokio::test]
async fn the_days_calls_can_run_out() {
    let shop = Shop::open();
    shop.sandbox.submit(shirt()).unwrap();
    shop.sandbox.set_daily_limit(Some(1));
    assert_eq!(listed(&shop.client, &RmaQuery::new()).await.len(), 1);
    let error = shop.client.rmas().list(&RmaQuery::new()).next_page().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 3));
    shop.hours(24);
    assert_eq!(listed(&shop.client, &RmaQuery::new()).await.len(), 1, "a new day");
}

#[tokio::test]
async fn the_same_over_a_socket() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(shirt()).unwrap();
    let served = Loopback::serve(shop.sandbox.router()).await.unwrap();
    let client = ReturnGo::builder()
        .base_url(served.base().clone())
        .shop(SHOP)
        .api_key(Secret::new(KEY))
        .clock(Arc::new(shop.clock.clone()))
        .build()
        .unwrap();
    assert_eq!(client.rmas().get(&id).await.unwrap(), shop.sandbox.rma(&id).unwrap());
    client.comments().post(&id, &CommentText::marked("m").unwrap()).await.unwrap();
    assert_eq!(listed(&client, &RmaQuery::new()).await, [id.to_string()]);
    assert_eq!(shop.sandbox.request_log().iter().map(|(_, _, status)| *status).collect::<Vec<_>>(), [200, 200, 200]);
}

#[test]
fn no_runtime_is_needed_in_process() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(shirt()).unwrap();
    shop.sandbox.fail_next(FaultPlan::on("GET", "/rma/").status(503));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let rmas = shop.client.rmas();
    let mut reading = std::pin::pin!(rmas.get(&id));
    let read = (0..100).find_map(|_| match reading.as_mut().poll(&mut context) {
        std::task::Poll::Ready(read) => Some(read),
        std::task::Poll::Pending => None,
    });
    assert_eq!(read.unwrap().unwrap().id(), &id);
    assert_eq!(shop.client.requests_sent(), 2);
}

#[test]
fn handles_move_between_threads() {
    fn check<T: Clone + Send + Sync + std::fmt::Debug>() {}
    check::<ReturnGo>();
    check::<ReturnGoSandbox>();
}

proptest! {
    #[test]
    fn amounts_arrive_to_the_penny(price in 1i64..100_000_000_000, tax in 0i64..100_000_000) {
        let shop = Shop::open();
        let id = shop.sandbox.submit(NewRma::refund("EX1").unit("A", pounds(price), pounds(tax))).unwrap();
        let item = shop.sandbox.rma(&id).unwrap().items.remove(0);
        prop_assert_eq!(item.paid_price.unwrap().presentment().unwrap().amount(), pounds(price));
        prop_assert_eq!(item.paid_tax.unwrap().shop().unwrap().unwrap().amount(), pounds(tax));
    }
}
