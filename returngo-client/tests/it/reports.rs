//! Refunds that ReturnGO asks for and another system pays: the report, on the sandbox.

use crate::shop::{KEY, SHOP, Shop, pounds, shirt};
use returngo_client::{
    Currency, DateOp, Delivery, Error, ErrorKind, JsonDecimal, Money, PresumedFields, ReportAdaptor, RmaId,
    Transaction, TransactionId, TransactionQuery, TransactionReport, TransactionStatus, TransactionType,
    sandbox::{FaultPlan, in_process},
};
use rust_decimal::Decimal;
use serde::Serialize;

const REFUND: &str = "900100200300";

fn paid() -> TransactionReport {
    TransactionReport::success(REFUND).unwrap()
}

/// An approved RMA, and the refund that ReturnGO asks others to pay for it.
fn asked(shop: &Shop) -> (RmaId, TransactionId) {
    let id = approved(shop);
    let transaction = shop.sandbox.request_refund(&id, &shop.sandbox.units(&id), pounds(2400)).unwrap();
    (id, transaction)
}

fn approved(shop: &Shop) -> RmaId {
    let id = shop.sandbox.submit(shirt()).unwrap();
    shop.sandbox.approve(&id).unwrap();
    id
}

async fn report(shop: &Shop, id: &TransactionId, report: &TransactionReport) -> Result<(), Error> {
    shop.client.transactions().report(id, report, &PresumedFields).await
}

async fn read(shop: &Shop, id: &TransactionId) -> Transaction {
    let query = TransactionQuery::new().ids(std::slice::from_ref(id)).unwrap();
    shop.client.transactions().list(&query).next_page().await.unwrap().unwrap().items.remove(0)
}

fn amount(transaction: &Transaction) -> Decimal {
    transaction.amount.as_ref().unwrap().presentment().unwrap().amount()
}

#[tokio::test]
async fn a_refund_paid_elsewhere_shows_the_shops_number_of_it() {
    let shop = Shop::open();
    let (rma, id) = asked(&shop);
    let open = read(&shop, &id).await;
    assert_eq!((&open.status, &open.kind), (&TransactionStatus::Requested, &TransactionType::RefundToPaymentMethod));
    assert!(open.external_reference_id.is_none() && open.platform_refund_id().is_none());
    assert_eq!(open.return_item_ids, shop.sandbox.units(&rma));
    let of_rma = shop.sandbox.rma(&rma).unwrap().last_updated;

    shop.hours(3);
    let at = shop.clock_now();
    report(&shop, &id, &paid()).await.unwrap();
    let done = read(&shop, &id).await;
    assert_eq!((&done.status, done.platform_refund_id()), (&TransactionStatus::Success, Some(REFUND)));
    assert_eq!((done.created_at, done.last_updated), (open.created_at, Some(at)));
    assert_eq!(done.amount, open.amount);
    let feed = TransactionQuery::new().updated_at(DateOp::Gte, at);
    let listed = shop.client.transactions().list(&feed).next_page().await.unwrap().unwrap().items;
    assert_eq!(listed, std::slice::from_ref(&done));
    let rma = shop.client.rmas().get(&rma).await.unwrap();
    assert_eq!((rma.last_updated, &rma.transactions[..]), (of_rma, std::slice::from_ref(&done)));
    assert_eq!(shop.sandbox.writes(), 1);
}

#[tokio::test]
async fn a_refund_that_failed_elsewhere_names_none_and_leaves_an_error_on_the_timeline() {
    let shop = Shop::open();
    let (rma, id) = asked(&shop);
    shop.hours(1);
    let at = shop.clock_now();
    report(&shop, &id, &TransactionReport::failed()).await.unwrap();
    let failed = read(&shop, &id).await;
    assert_eq!((&failed.status, failed.platform_refund_id()), (&TransactionStatus::Failed, None));
    assert_eq!(failed.last_updated, Some(at));
    let comment = &shop.sandbox.rma(&rma).unwrap().comments[0];
    assert!(comment.mentions("Refund <strong>failed</strong>") && comment.mentions(id.as_str()));
}

#[tokio::test]
async fn the_first_report_stands() {
    let shop = Shop::open();
    for first in [paid(), TransactionReport::failed()] {
        let (_, id) = asked(&shop);
        report(&shop, &id, &first).await.unwrap();
        let after_first = read(&shop, &id).await;
        shop.hours(1);
        for second in [paid(), TransactionReport::failed(), TransactionReport::success("900100200301").unwrap()] {
            let error = report(&shop, &id, &second).await.unwrap_err();
            assert_eq!(
                (error.status(), error.kind(), error.delivery()),
                (Some(400), ErrorKind::Invalid, Delivery::Rejected)
            );
            let said = format!("transaction {id} is {} already", first.outcome());
            assert!(error.to_string().contains(&said), "{error}");
        }
        assert_eq!(read(&shop, &id).await, after_first);
    }
    assert_eq!(shop.sandbox.writes(), 2);
}

#[tokio::test]
async fn only_what_returngo_asked_others_to_pay_is_reported_on() {
    let shop = Shop::open();
    let rma = approved(&shop);
    let units = shop.sandbox.units(&rma);
    for own in [
        shop.sandbox.staff_refund(&rma, &units, pounds(2400)).unwrap(),
        shop.sandbox.staff_refund_as(&rma, &units, pounds(2400), REFUND).unwrap(),
        shop.sandbox.store_credit_refund(&rma, &units, pounds(2400)).unwrap(),
        shop.sandbox.invoice(&rma, pounds(300)).unwrap(),
    ] {
        let before = read(&shop, &own).await;
        let error = report(&shop, &own, &paid()).await.unwrap_err();
        assert_eq!((error.status(), error.delivery()), (Some(400), Delivery::Rejected));
        assert!(error.to_string().contains("processed by ReturnGO itself"), "{error}");
        assert_eq!(read(&shop, &own).await, before);
    }
    let error = report(&shop, &TransactionId::new("1").unwrap(), &paid()).await.unwrap_err();
    assert_eq!((error.status(), error.kind(), error.delivery()), (Some(404), ErrorKind::NotFound, Delivery::Rejected));
    assert_eq!((shop.sandbox.rma(&rma).unwrap().transactions.len(), shop.sandbox.writes()), (4, 0), "none is made");
}

#[tokio::test]
async fn people_settle_by_hand_what_nobody_reported() {
    let shop = Shop::open();
    for (ok, status) in [(true, TransactionStatus::Success), (false, TransactionStatus::Failed)] {
        let (_, id) = asked(&shop);
        shop.sandbox.settle_refund(&id, ok).unwrap();
        let settled = read(&shop, &id).await;
        assert_eq!((settled.status.clone(), settled.platform_refund_id()), (status, None));
        assert_eq!(report(&shop, &id, &paid()).await.unwrap_err().status(), Some(400));
    }
    let (_, id) = asked(&shop);
    report(&shop, &id, &paid()).await.unwrap();
    assert!(shop.sandbox.settle_refund(&id, false).is_err());
    let rma = approved(&shop);
    assert!(shop.sandbox.request_refund(&rma, &[], pounds(100)).is_err());
    assert!(shop.sandbox.request_refund(&rma, &shop.sandbox.units(&rma), pounds(0)).is_err());
}

#[tokio::test]
async fn the_presumed_body_may_be_the_wrong_one() {
    let shop = Shop::open();
    let (_, id) = asked(&shop);
    let sandbox = shop.sandbox.clone().with_reports_accepted(false);
    for told in [paid(), TransactionReport::failed()] {
        let error = report(&shop, &id, &told).await.unwrap_err();
        assert_eq!((error.status(), error.delivery()), (Some(400), Delivery::Rejected));
        assert!(error.to_string().contains("its support can say how"), "{error}");
    }
    assert_eq!((read(&shop, &id).await.status, sandbox.writes()), (TransactionStatus::Requested, 0));
    let _same = sandbox.with_reports_accepted(true);
    report(&shop, &id, &paid()).await.unwrap();
}

/// With the amount, in a form that the sandbox takes.
#[derive(Debug)]
struct WithAmount;

impl ReportAdaptor for WithAmount {
    fn body(&self, report: &TransactionReport) -> Result<Vec<u8>, String> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            status: TransactionStatus,
            external_reference_id: Option<&'a str>,
            amount: Amount,
        }
        #[derive(Serialize)]
        struct Amount {
            amount: JsonDecimal,
            currency: Currency,
        }
        let paid = report.amount().ok_or("the amount is not known")?;
        let body = Body {
            status: report.outcome().status(),
            external_reference_id: report.platform_refund_id(),
            amount: Amount { amount: JsonDecimal(paid.amount()), currency: paid.currency() },
        };
        serde_json::to_vec(&body).map_err(|cause| cause.to_string())
    }
}

#[tokio::test]
async fn an_adaptor_may_tell_what_was_really_paid() {
    let shop = Shop::open();
    let of = |pence, currency| paid().with_amount(Money::new(pounds(pence), currency).unwrap()).unwrap();
    for (report, taken) in [
        (of(2399, Currency::GBP), true),
        (of(2400, Currency::GBP), true),
        (of(2401, Currency::GBP), false),
        (of(2400, Currency::EUR), false),
    ] {
        let (_, id) = asked(&shop);
        let told = shop.client.transactions().report(&id, &report, &WithAmount).await;
        assert_eq!(told.is_ok(), taken, "{report:?}");
        let expected = if taken { report.amount().unwrap().amount() } else { pounds(2400) };
        assert_eq!(amount(&read(&shop, &id).await), expected);
    }
    let (_, id) = asked(&shop);
    let error = shop.client.transactions().report(&id, &paid(), &WithAmount).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert!(error.to_string().contains("the amount is not known"), "{error}");
}

#[tokio::test]
async fn after_a_lost_answer_the_transaction_tells() {
    let shop = Shop::open();
    for (plan, status) in [
        (FaultPlan::on("PUT", "/transaction/").status(504).after_acting(), TransactionStatus::Success),
        (FaultPlan::on("PUT", "/transaction/").web_page(502), TransactionStatus::Requested),
        (FaultPlan::on("PUT", "/transaction/").status(500), TransactionStatus::Requested),
    ] {
        let (_, id) = asked(&shop);
        shop.sandbox.fail_next(plan);
        let sent = shop.client.requests_sent();
        let error = report(&shop, &id, &paid()).await.unwrap_err();
        assert_eq!((error.delivery(), shop.client.requests_sent() - sent), (Delivery::Unknown, 1));
        assert_eq!(read(&shop, &id).await.status, status);
        let again = report(&shop, &id, &paid()).await;
        assert_eq!(again.is_ok(), status == TransactionStatus::Requested);
        assert_eq!(read(&shop, &id).await.platform_refund_id(), Some(REFUND));
    }
    assert_eq!(shop.sandbox.writes(), 3);
    shop.sandbox.set_daily_limit(Some(1));
    let (_, id) = asked(&shop);
    let error = report(&shop, &id, &paid()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery(), error.attempts()), (ErrorKind::RateLimited, Delivery::Unknown, 1));
}

#[tokio::test]
async fn rough_reports_are_refused() {
    let shop = Shop::open();
    let (_, id) = asked(&shop);
    let transport = in_process(shop.sandbox.router());
    let send = async |method: &str, path: &str, kind: &str, body: &str| {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("https://sandbox.example{path}"))
            .header("X-API-KEY", KEY)
            .header("X-Shop-Name", SHOP)
            .header("content-type", kind)
            .body(body.to_owned().into())
            .unwrap();
        let answer = transport.send(request).await.unwrap();
        (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
    };
    let path = format!("/transaction/{id}");
    for (body, said) in [
        ("", "Invalid request body"),
        ("[]", "Invalid request body"),
        ("{}", "status"),
        (r#"{"status": "Success"}"#, "externalReferenceId is missing"),
        (r#"{"status": "Success", "externalReferenceId": null}"#, "externalReferenceId is missing"),
        (r#"{"status": "Success", "externalReferenceId": "R-1"}"#, "number of a refund"),
        (r#"{"status": "Success", "externalReferenceId": ""}"#, "number of a refund"),
        (r#"{"status": "Success", "externalReferenceId": 9}"#, "Invalid request body"),
        (r#"{"status": "success", "externalReferenceId": "9"}"#, "Success or Failed"),
        (r#"{"status": "Requested"}"#, "Success or Failed"),
        (r#"{"status": "Success", "externalReferenceId": "9", "colour": 1}"#, "colour"),
        (
            r#"{"status": "Success", "externalReferenceId": "9", "externalReferenceType": "RefundId"}"#,
            "PlatformRefundId",
        ),
        (r#"{"status": "Failed", "externalReferenceType": "PlatformRefundId"}"#, "without externalReferenceId"),
        (r#"{"status": "Failed", "amount": {"amount": 0, "currency": "GBP"}}"#, "more than 0"),
        (r#"{"status": "Failed", "amount": {"amount": 1, "currency": "EUR"}}"#, "in GBP"),
        (r#"{"status": "Failed", "amount": 1}"#, "Invalid request body"),
    ] {
        let (status, text) = send("PUT", &path, "application/json", body).await;
        assert!(status == 400 && text.contains(said), "{body}: {status} {text}");
    }
    let good = r#"{"status": "Failed"}"#;
    for (method, path, kind, expected) in [
        ("PUT", "/transaction/TX1", "application/json", 400),
        ("PUT", "/transaction/", "application/json", 400),
        ("PUT", "/transaction/1", "application/json", 404),
        ("PUT", &*format!("{path}?colour=red"), "application/json", 400),
        ("PUT", &*path, "text/plain", 400),
        ("POST", &*path, "application/json", 405),
        ("GET", &*path, "application/json", 405),
        ("PUT", "/transactions", "application/json", 405),
    ] {
        assert_eq!(send(method, path, kind, good).await.0, expected, "{method} {path}");
    }
    assert_eq!((read(&shop, &id).await.status, shop.sandbox.writes()), (TransactionStatus::Requested, 0));
    assert_eq!(send("PUT", &path, "application/json", good).await.0, 200);
}
