use returns_wire::{HttpOptions, ManualClock, Transport, over_reqwest};
use sage200_client::*;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path},
};

pub(crate) const NOW: &str = "2026-03-02T09:00:00Z";
pub(crate) const ROOT: &str = "/uk/sage200extra/accounts/v1";

pub(crate) struct Server {
    pub(crate) http: MockServer,
    pub(crate) clock: ManualClock,
    pub(crate) tokens: Arc<MemoryTokens>,
    pub(crate) company: Company,
}

/// Tokens whose access token is good for a working day.
pub(crate) fn good_tokens() -> StoredTokens {
    let mut tokens = StoredTokens::new(Secret::new("refresh-1"), NOW.parse().unwrap());
    tokens.access_token = Some(Secret::new("access-1"));
    tokens.access_expires_at = Some("2026-03-02T17:00:00Z".parse().unwrap());
    tokens
}

pub(crate) fn builder(http: &MockServer, clock: &ManualClock, tokens: Arc<dyn TokenStore>) -> Builder {
    Sage::builder()
        .base_url(format!("{}{ROOT}/", http.uri()))
        .token_url(format!("{}/oauth/token", http.uri()))
        .client_id("client-1")
        .client_secret(Secret::new("client-secret"))
        .tokens(tokens)
        .clock(Arc::new(clock.clone()))
        .transport(transport())
}

pub(crate) fn transport() -> Transport {
    over_reqwest(&HttpOptions::default()).unwrap()
}

pub(crate) fn key() -> CompanyKey {
    CompanyKey::new(SiteId::new("0f1e-example"), CompanyId(4))
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(good_tokens()).await
    }

    pub(crate) async fn with(tokens: StoredTokens) -> Self {
        let http = MockServer::start().await;
        let clock = ManualClock::at(NOW.parse().unwrap());
        let tokens = Arc::new(MemoryTokens::new(tokens));
        let sage = builder(&http, &clock, tokens.clone()).build().unwrap();
        let company = sage.company(key().site, key().company);
        Self { http, clock, tokens, company }
    }

    pub(crate) async fn get(&self, resource: &str, answer: ResponseTemplate) {
        Mock::given(method("GET")).and(path(format!("{ROOT}/{resource}"))).respond_with(answer).mount(&self.http).await;
    }

    pub(crate) async fn post(&self, resource: &str, answer: ResponseTemplate) {
        Mock::given(method("POST"))
            .and(path(format!("{ROOT}/{resource}")))
            .respond_with(answer)
            .mount(&self.http)
            .await;
    }

    /// Sage ID gives out access-2, refresh-2, then access-3, refresh-3 and so on.
    pub(crate) async fn sage_id(&self) {
        let count = std::sync::atomic::AtomicU32::new(2);
        Mock::given(method("POST"))
            .and(path("/oauth/token"))
            .respond_with(move |_: &Request| {
                let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                ResponseTemplate::new(200).set_body_json(json!({
                    "access_token": format!("access-{n}"), "refresh_token": format!("refresh-{n}"),
                    "token_type": "Bearer", "expires_in": 28800,
                }))
            })
            .mount(&self.http)
            .await;
    }

    pub(crate) async fn sage_id_answers(&self, answer: ResponseTemplate) {
        Mock::given(method("POST")).and(path("/oauth/token")).respond_with(answer).mount(&self.http).await;
    }

    /// Requests to the API.
    pub(crate) async fn calls(&self) -> Vec<Request> {
        self.seen(ROOT).await
    }

    /// Requests to Sage ID.
    pub(crate) async fn token_calls(&self) -> Vec<Request> {
        self.seen("/oauth").await
    }

    async fn seen(&self, prefix: &str) -> Vec<Request> {
        let all = self.http.received_requests().await.unwrap();
        all.into_iter().filter(|request| request.url.path().starts_with(prefix)).collect()
    }
}

pub(crate) fn list(rows: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(rows)
}

pub(crate) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.get(name).map(|value| value.to_str().unwrap())
}

pub(crate) fn query(request: &Request, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A tax table with code 1 (20 %, id 2) and code 2 (0 %, id 3).
pub(crate) fn tax_table(company: CompanyKey) -> TaxTable {
    let row = |id, code, rate: i64| TaxCodeRow::new(Id::new(id).unwrap(), code, "Rate", JsonDecimal(rate.into()));
    TaxTable::from_rows(company, NOW.parse().unwrap(), vec![row(2, 1, 20), row(3, 2, 0)])
}

pub(crate) fn pounds(pence: i64) -> Money {
    Money::new(rust_decimal::Decimal::new(pence, 2), Currency::GBP).unwrap()
}

pub(crate) fn draft(table: &TaxTable) -> CreditNoteDraft<'_> {
    let code = table.by_number(1).unwrap();
    CreditNoteDraft::new(CreditNoteParts {
        customer: Id::new(12).unwrap(),
        date: "2026-03-02".parse().unwrap(),
        reference: None,
        second_reference: SecondReference::new("RMA-1001").unwrap(),
        currency: Currency::GBP,
        vat: vec![VatRow { code, goods: pounds(2000), tax: pounds(400), pieces: 1 }],
        nominal: vec![],
    })
    .unwrap()
}

/// How a scripted server answers: a complete answer, or an exchange that fails.
pub(crate) type Exchange = Result<(u16, &'static str), returns_wire::TransportErrorKind>;

/// A transport that plays answers in turn, the last one forever, and counts.
pub(crate) fn scripted(script: Vec<Exchange>) -> (Transport, Arc<std::sync::Mutex<usize>>) {
    let count = Arc::new(std::sync::Mutex::new(0));
    let counter = count.clone();
    let transport = Transport::new(tower::service_fn(move |_request: http::Request<bytes::Bytes>| {
        let mut count = counter.lock().unwrap();
        let turn = script[(*count).min(script.len() - 1)];
        *count += 1;
        async move {
            let (status, body) = turn.map_err(|kind| kind.because("scripted"))?;
            Ok(http::Response::builder().status(status).body(bytes::Bytes::from_static(body.as_bytes())).unwrap())
        }
    }));
    (transport, count)
}

/// A company over a scripted transport, with good tokens.
pub(crate) fn scripted_company(script: Vec<Exchange>) -> (Company, Arc<std::sync::Mutex<usize>>) {
    let (transport, count) = scripted(script);
    let clock = ManualClock::at(NOW.parse().unwrap());
    clock.advance(Duration::from_secs(1));
    let sage = Sage::builder()
        .client_id("client-1")
        .tokens(Arc::new(MemoryTokens::new(good_tokens())))
        .clock(Arc::new(clock))
        .transport(transport)
        .build()
        .unwrap();
    (sage.company(key().site, key().company), count)
}
