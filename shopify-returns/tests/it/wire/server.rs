use returns_wire::{HttpOptions, TransportErrorKind, over_reqwest};
use serde_json::{Value, json};
use shopify_returns::*;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{method, path},
};

pub(crate) const NOW: &str = "2026-11-02T09:00:00Z";
pub(crate) const SHOP: &str = "sample.myshopify.com";
pub(crate) const TOKEN: &str = "shpat_token-that-must-stay-hidden";
pub(crate) const GRAPHQL: &str = "/admin/api/2026-10/graphql.json";

pub(crate) struct Server {
    pub(crate) http: MockServer,
    pub(crate) clock: ManualClock,
    pub(crate) client: Shopify,
}

/// Answers in turn; the last one for ever.
struct Script(Mutex<VecDeque<ResponseTemplate>>);

impl Respond for Script {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let mut answers = self.0.lock().unwrap();
        if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() }
    }
}

pub(crate) fn builder(http: &MockServer, clock: &ManualClock) -> ShopifyBuilder {
    Shopify::builder()
        .shop(SHOP)
        .token(AccessToken::Static(Secret::new(TOKEN)))
        .base_url(http.uri().parse().unwrap())
        .clock(Arc::new(clock.clone()))
        .transport(over_reqwest(&HttpOptions::default()).unwrap())
}

impl Server {
    /// A server that gives these answers to the API's requests.
    pub(crate) async fn answering(answers: impl IntoIterator<Item = ResponseTemplate>) -> Self {
        Self::with(answers, |builder| builder).await
    }

    pub(crate) async fn with(
        answers: impl IntoIterator<Item = ResponseTemplate>,
        change: impl FnOnce(ShopifyBuilder) -> ShopifyBuilder,
    ) -> Self {
        let http = MockServer::start().await;
        let script = Script(Mutex::new(answers.into_iter().collect()));
        Mock::given(method("POST")).and(path(GRAPHQL)).respond_with(script).mount(&http).await;
        let clock = ManualClock::at(NOW.parse().unwrap());
        let client = change(builder(&http, &clock)).build().unwrap();
        Self { http, clock, client }
    }

    pub(crate) async fn requests(&self, at: &str) -> Vec<Request> {
        let all = self.http.received_requests().await.unwrap();
        all.into_iter().filter(|request| request.url.path() == at).collect()
    }

    /// Bodies of the API's requests.
    pub(crate) async fn bodies(&self) -> Vec<Value> {
        self.requests(GRAPHQL).await.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
    }

    /// Milliseconds since the start.
    pub(crate) fn passed(&self) -> i64 {
        (returns_wire::Clock::now(&self.clock) - NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap())
            .num_milliseconds()
    }
}

pub(crate) fn answer(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).insert_header("x-shopify-api-version", "2026-10").set_body_json(body)
}

pub(crate) fn data(data: Value) -> ResponseTemplate {
    answer(json!({ "data": data }))
}

pub(crate) fn error(code: &str, message: &str) -> Value {
    json!({"message": message, "extensions": {"code": code}})
}

pub(crate) fn bag(amount: &str) -> Value {
    let money = json!({"amount": amount, "currencyCode": "GBP"});
    json!({"shopMoney": money, "presentmentMoney": money})
}

pub(crate) fn list(nodes: Value, next: Option<&str>) -> Value {
    json!({"nodes": nodes, "pageInfo": {"hasNextPage": next.is_some(), "endCursor": next}})
}

pub(crate) fn line(id: u64) -> Value {
    json!({
        "id": format!("gid://shopify/LineItem/{id}"), "title": "Shirt", "sku": "SHIRT-M", "quantity": 2,
        "currentQuantity": 2, "refundableQuantity": 2, "isGiftCard": false, "taxable": true,
        "originalTotalSet": bag("24.0"), "discountAllocations": [], "newField": {"any": 1},
        "taxLines": [{"title": "VAT", "ratePercentage": 20.0, "channelLiable": null, "priceSet": bag("4.00")}],
    })
}

pub(crate) fn order(id: u64, name: &str) -> Value {
    json!({
        "id": format!("gid://shopify/Order/{id}"), "name": name, "createdAt": "2026-11-01T09:00:00Z",
        "updatedAt": "2026-11-02T08:00:00Z", "currencyCode": "GBP", "presentmentCurrencyCode": "GBP",
        "taxesIncluded": true, "displayFinancialStatus": "SOMETHING_NEW", "totalPriceSet": bag("24.00"),
        "totalTaxSet": bag("4.00"), "totalReceivedSet": bag("24.00"), "totalRefundedSet": bag("0.0"),
        "lineItems": list(json!([line(3)]), None), "shippingLines": list(json!([]), None),
    })
}

pub(crate) fn refund_line(id: u64) -> Value {
    json!({
        "id": format!("gid://shopify/RefundLineItem/{id}"), "quantity": 1, "restockType": "NO_RESTOCK",
        "subtotalSet": bag("12.00"), "totalTaxSet": bag("2.00"), "lineItem": {"id": "gid://shopify/LineItem/3"},
    })
}

pub(crate) fn transaction(id: u64) -> Value {
    json!({
        "id": format!("gid://shopify/OrderTransaction/{id}"), "kind": "REFUND", "status": "SUCCESS",
        "gateway": "shopify_payments", "amountSet": bag("12.00"),
    })
}

pub(crate) fn refund(id: u64) -> Value {
    json!({
        "id": format!("gid://shopify/Refund/{id}"), "createdAt": "2026-11-02T08:00:00Z", "note": "Nora called",
        "return": null, "totalRefundedSet": bag("12.00"), "duties": [],
        "refundLineItems": list(json!([refund_line(31)]), None), "refundShippingLines": list(json!([]), None),
        "orderAdjustments": list(json!([]), None), "transactions": list(json!([transaction(71)]), None),
    })
}

pub(crate) fn order_refunds(refunds: Value, agreements: Value) -> Value {
    let mut order = order(1, "#1001");
    order["refunds"] = refunds;
    order["agreements"] = agreements;
    json!({ "order": order })
}

pub(crate) fn draft() -> RefundDraft {
    let payment = Payment {
        parent: OrderTransactionId::new(7),
        gateway: "shopify_payments".into(),
        amount: Money::new("12.5".parse().unwrap(), Currency::GBP).unwrap(),
    };
    RefundDraft::new(OrderId::new(1), vec![(LineItemId::new(3), 1)], vec![payment], "RMA 7001234 for Nora").unwrap()
}

pub(crate) fn key() -> IdempotencyKey {
    IdempotencyKey::new("refund-7001234-1").unwrap()
}

/// An exchange that fails, or a complete answer.
pub(crate) type Exchange = Result<(u16, String), TransportErrorKind>;

/// A client whose way out plays these in turn, the last one for ever.
pub(crate) fn scripted(script: Vec<Exchange>) -> Shopify {
    let script = Arc::new(Mutex::new(VecDeque::from(script)));
    let transport = Transport::new(tower::service_fn(move |_request: http::Request<bytes::Bytes>| {
        let mut script = script.lock().unwrap();
        let turn = if script.len() > 1 { script.pop_front().unwrap() } else { script[0].clone() };
        async move {
            let (status, body) = turn.map_err(|kind| kind.because("scripted"))?;
            Ok(http::Response::builder().status(status).body(bytes::Bytes::from(body)).unwrap())
        }
    }));
    Shopify::builder()
        .shop(SHOP)
        .token(AccessToken::Static(Secret::new(TOKEN)))
        .clock(Arc::new(ManualClock::at(NOW.parse().unwrap())))
        .transport(transport)
        .build()
        .unwrap()
}
