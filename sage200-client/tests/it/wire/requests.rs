use crate::wire::server::*;
use returns_wire::{DailyQuota, MemoryQuota};
use sage200_client::{transaction_view as t, *};
use serde_json::json;
use std::sync::Arc;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::method};

/// What the only request of a call looked like: path and decoded query.
async fn shape(server: &Server) -> String {
    let calls = server.calls().await;
    assert_eq!(calls.len(), 1);
    let request = &calls[0];
    assert_eq!(header(request, "authorization"), Some("Bearer access-1"));
    assert_eq!(header(request, "x-site"), Some("0f1e-example"));
    assert_eq!(header(request, "x-company"), Some("4"));
    assert_eq!(header(request, "accept"), Some("application/json"));
    assert_eq!(header(request, "ocp-apim-subscription-key"), None);
    let resource = request.url.path().strip_prefix(ROOT).unwrap().to_owned();
    let pairs = request.url.query_pairs().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
    server.http.reset().await;
    server.get("sop_settings", list(json!([{"are_prices_tax_inclusive": true}]))).await;
    Mock::given(method("GET")).respond_with(list(json!([]))).mount(&server.http).await;
    format!("{resource} {}", pairs.join(" & "))
}

#[tokio::test]
async fn every_read_asks_as_documented() {
    let s = Server::start().await;
    s.get("sop_settings", list(json!([{"are_prices_tax_inclusive": true}]))).await;
    Mock::given(method("GET")).respond_with(list(json!([]))).mount(&s.http).await;
    let c = &s.company;
    let date = "2026-03-01".parse().unwrap();

    assert_eq!(c.tax_table().await.unwrap().company(), &key());
    assert_eq!(shape(&s).await, "/tax_codes $orderby=id asc & $top=500");
    assert_eq!(c.sop_settings().await.unwrap().are_prices_tax_inclusive, Some(true));
    assert_eq!(shape(&s).await, "/sop_settings ");
    c.currencies().await.unwrap();
    assert_eq!(shape(&s).await, "/currencies $orderby=id asc & $top=500 & $expand=currency_iso_code");
    c.orders_by_document_no(&CustomerDocumentNo::new("#1001 O'N").unwrap()).await.unwrap();
    assert_eq!(
        shape(&s).await,
        "/sop_order_return_views $filter=(customer_document_no eq '#1001 O''N') and (document_type_id eq 0) \
         & $orderby=id asc & $top=500"
    );
    c.returns_mentioning(" 1001 ").await.unwrap();
    assert_eq!(
        shape(&s).await,
        "/sop_order_return_views $filter=(contains(customer_document_no,'1001')) and (document_type_id eq 1) \
         & $orderby=id asc & $top=500"
    );
    c.order_lines(Id::new(77).unwrap()).await.unwrap();
    assert_eq!(
        shape(&s).await,
        "/sop_order_line_views $filter=sop_order_id eq 77 & $orderby=sop_order_line_id asc & $top=500"
    );
    assert_eq!(c.customer(Id::new(12).unwrap()).await.unwrap(), None);
    assert_eq!(shape(&s).await, "/customers $filter=id eq 12 & $orderby=id asc & $top=500");
    c.customer_by_reference(&AccountReference::new("WEB01").unwrap()).await.unwrap();
    assert_eq!(shape(&s).await, "/customers $filter=reference eq 'WEB01' & $orderby=id asc & $top=500");
    c.products_by_code(&[ProductCode::new("B").unwrap(), ProductCode::new("A").unwrap()]).await.unwrap();
    assert_eq!(shape(&s).await, "/product_views $filter=(code eq 'A') or (code eq 'B') & $orderby=id asc & $top=500");
    c.transactions_mentioning("1001").await.unwrap();
    assert_eq!(
        shape(&s).await,
        "/sales_transaction_views $filter=(contains(reference,'1001')) or (contains(second_reference,'1001')) \
         & $orderby=posted_customer_transaction_id asc & $top=500"
    );
    c.credit_notes_by_second_reference(&SecondReference::new("RMA-1001").unwrap()).await.unwrap();
    assert_eq!(
        shape(&s).await,
        "/sales_transaction_views $filter=second_reference eq 'RMA-1001' \
         & $orderby=posted_customer_transaction_id asc & $top=500"
    );
    c.transactions_with_prefix("RMA-", date).await.unwrap();
    assert_eq!(
        shape(&s).await,
        "/sales_transaction_views $filter=(startswith(second_reference,'RMA-')) and (transaction_date ge 2026-03-01) \
         & $orderby=posted_customer_transaction_id asc & $top=500"
    );
    c.posted_by_urn(Urn(555)).await.unwrap();
    assert_eq!(
        shape(&s).await,
        "/sales_posted_transactions $filter=urn eq 555 & $orderby=id asc & $top=500 & $expand=tax_analysis_items"
    );
    assert_eq!(c.requests_sent(), 13);
}

#[tokio::test]
async fn filters_are_percent_encoded() {
    let s = Server::start().await;
    s.get("customers", list(json!([]))).await;
    s.company.customer_by_reference(&AccountReference::new("A+&'é#").unwrap()).await.unwrap();
    assert_eq!(
        s.calls().await[0].url.query(),
        Some("$filter=reference%20eq%20%27A%2B%26%27%27%C3%A9%23%27&$orderby=id%20asc&$top=500")
    );
}

#[tokio::test]
async fn sites_needs_no_company() {
    let s = Server::start().await;
    s.get(
        "sites",
        list(json!([{"company_id": 4, "site_id": "0f1e-example", "company_name": "Demo", "tenant_id": "x"}])),
    )
    .await;
    assert_eq!(s.company.check().await.unwrap().company_name.as_deref(), Some("Demo"));
    let request = &s.calls().await[0];
    assert_eq!((header(request, "x-site"), header(request, "x-company")), (None, None));
    assert_eq!(request.url.query(), None);
}

#[tokio::test]
async fn a_date_is_checked_against_the_sales_ledger() {
    let s = Server::start().await;
    s.post(
        "transaction_date_validation",
        list(json!({"classification": "Unacceptable", "message": "The period is closed."})),
    )
    .await;
    let verdict = s.company.check_date("2026-01-31".parse().unwrap()).await.unwrap();
    assert_eq!(verdict.classification, DateClassification::Unacceptable);
    assert_eq!(verdict.message.as_deref(), Some("The period is closed."));
    let request = &s.calls().await[0];
    assert_eq!(request.body, br#"{"date":"2026-01-31T00:00:00Z","ledger_type":"LedgerSales"}"#);
    assert_eq!(header(request, "content-type"), Some("application/json"));
}

#[tokio::test]
async fn pages_follow_the_key_until_a_short_one() {
    let s = Server::start().await;
    Mock::given(method("GET"))
        .respond_with(|request: &Request| {
            let filter = query(request, "$filter").unwrap();
            let after = filter
                .rsplit_once("posted_customer_transaction_id gt ")
                .map_or(0, |(_, rest)| rest.trim_end_matches(')').parse::<i64>().unwrap());
            let rows =
                (after + 1..=7).take(3).map(|id| json!({"posted_customer_transaction_id": id})).collect::<Vec<_>>();
            list(json!(rows))
        })
        .mount(&s.http)
        .await;
    let query = || Query::new().filter(t::URN.gt(Urn(0))).page_size(3);
    let rows: Vec<TransactionView> = s.company.read(query()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id.get()).collect::<Vec<_>>(), (1..=7).collect::<Vec<_>>());
    let filters = s.calls().await.iter().map(|r| crate::wire::server::query(r, "$filter").unwrap()).collect::<Vec<_>>();
    assert_eq!(
        filters,
        [
            "urn gt 0",
            "(urn gt 0) and (posted_customer_transaction_id gt 3)",
            "(urn gt 0) and (posted_customer_transaction_id gt 6)"
        ]
    );
    let some = s.company.read(query().limit(4)).await.unwrap();
    assert_eq!(some.len(), 4);
}

#[tokio::test]
async fn rows_out_of_order_are_refused() {
    let s = Server::start().await;
    for rows in [json!([{"id": 2}, {"id": 1}]), json!([{"id": 1}, {"id": 1}])] {
        s.http.reset().await;
        s.get("tax_codes", list(rows)).await;
        let error = s.company.tax_table().await.unwrap_err();
        assert!(error.to_string().contains("rows of tax_codes do not come in the order of `id`"), "{error}");
    }
}

#[tokio::test]
async fn lists_come_bare_or_in_an_envelope() {
    let s = Server::start().await;
    s.get("tax_codes", list(json!({"value": [{"id": 2, "code": 1, "tax_rate": 20.0}]}))).await;
    let table = s.company.tax_table().await.unwrap();
    assert_eq!(table.by_number(1).unwrap().rate(), rust_decimal::Decimal::from(20));
    assert_eq!(table.read_at(), NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
}

#[tokio::test]
async fn matches_are_checked_again_here() {
    let s = Server::start().await;
    s.get(
        "sales_transaction_views",
        list(json!([
            {"posted_customer_transaction_id": 1, "second_reference": "rma-1001 ", "transaction_type": "TradingAccountEntryTypeCreditNote"},
            {"posted_customer_transaction_id": 2, "second_reference": "RMA-10011", "transaction_type": "TradingAccountEntryTypeCreditNote"},
            {"posted_customer_transaction_id": 3, "second_reference": "RMA-1001", "transaction_type": "TradingAccountEntryTypeInvoice"},
            {"posted_customer_transaction_id": 4, "second_reference": "RMA-1001", "transaction_type": "SomethingNew"},
            {"posted_customer_transaction_id": 5, "second_reference": "RMA-1001"},
        ])),
    )
    .await;
    let ids = |rows: Vec<TransactionView>| rows.iter().map(|row| row.id.get()).collect::<Vec<_>>();
    let reference = SecondReference::new("RMA-1001").unwrap();
    let c = &s.company;
    assert_eq!(ids(c.credit_notes_by_second_reference(&reference).await.unwrap()), [1, 4, 5]);
    assert_eq!(ids(c.transactions_mentioning("1001").await.unwrap()), [1, 2, 3, 4, 5]);
    let since = "2026-01-01".parse().unwrap();
    assert_eq!(ids(c.transactions_with_prefix("RMA-10011", since).await.unwrap()), [2]);

    s.get(
        "sop_order_return_views",
        list(json!([
            {"id": 1, "customer_document_no": "#1001", "document_type_id": 0},
            {"id": 2, "customer_document_no": "#1001", "document_type_id": 1},
            {"id": 3, "customer_document_no": "#10010", "document_type_id": 0},
        ])),
    )
    .await;
    let orders = c.orders_by_document_no(&CustomerDocumentNo::new("#1001").unwrap()).await.unwrap();
    assert_eq!(orders.iter().map(|row| row.id.get()).collect::<Vec<_>>(), [1]);
    let returns = c.returns_mentioning("1001").await.unwrap();
    assert_eq!(returns.iter().map(|row| row.id.get()).collect::<Vec<_>>(), [2]);

    s.get("customers", list(json!([{"id": 1, "reference": "WEB01"}, {"id": 2, "reference": "web01"}]))).await;
    let error = c.customer_by_reference(&AccountReference::new("WEB01").unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(c.customer(Id::new(2).unwrap()).await.unwrap().unwrap().id.get(), 2);
}

#[tokio::test]
async fn nothing_is_searched_for_with_nothing() {
    let s = Server::start().await;
    let since = "2026-01-01".parse().unwrap();
    for error in [
        s.company.transactions_mentioning(" ").await.unwrap_err(),
        s.company.returns_mentioning("").await.unwrap_err(),
        s.company.transactions_with_prefix("", since).await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Invalid, Delivery::NotSent));
    }
    assert!(s.calls().await.is_empty());
}

#[tokio::test]
async fn many_products_are_asked_for_in_short_addresses() {
    let s = Server::start().await;
    Mock::given(method("GET"))
        .respond_with(|request: &Request| {
            // The server finds the first code of each request, and something that was not asked for.
            let filter = query(request, "$filter").unwrap();
            let code = filter.split('\'').nth(1).unwrap().to_owned();
            let id = code.rsplit(' ').next().unwrap().parse::<i64>().unwrap() + 1;
            list(json!([{"id": id, "code": code.to_lowercase()}, {"id": id + 900, "code": "OTHER"}]))
        })
        .mount(&s.http)
        .await;
    let codes = (100..190).map(|n| ProductCode::new(format!("ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜ & {n}")).unwrap());
    let codes = codes.collect::<Vec<_>>();
    let found = s.company.products_by_code(&codes).await.unwrap();
    let calls = s.calls().await;
    assert_eq!(found.len(), calls.len());
    assert!(calls.iter().all(|request| request.url.as_str().len() < 2000));
    assert!(calls.len() > 5, "addresses are the limit, not the number of codes");
    let asked =
        calls.iter().map(|request| query(request, "$filter").unwrap().matches("code eq").count()).sum::<usize>();
    assert_eq!(asked, 90);
    assert_eq!(s.company.products_by_code(&[]).await.unwrap(), []);

    let before = s.calls().await.len();
    let codes = (100..141).map(|n| ProductCode::new(format!("P {n}")).unwrap()).collect::<Vec<_>>();
    s.company.products_by_code(&codes).await.unwrap();
    assert_eq!(s.calls().await.len() - before, 3, "20 codes a request");
}

#[tokio::test]
async fn a_long_filter_is_not_sent() {
    let s = Server::start().await;
    let query = Query::<TransactionView>::new().filter(t::REFERENCE.eq("x".repeat(2000)));
    let error = s.company.read(query).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Invalid, Delivery::NotSent));
    assert!(s.calls().await.is_empty());
}

#[tokio::test]
async fn the_subscription_key_is_optional_and_calls_are_counted() {
    let s = Server::start().await;
    s.get("tax_codes", list(json!([]))).await;
    let quota = DailyQuota::new(Arc::new(MemoryQuota::default()), "sage", 2);
    let sage = builder(&s.http, &s.clock, s.tokens.clone())
        .subscription_key(Secret::new("subscription-1"))
        .quota(quota)
        .build()
        .unwrap();
    let company = sage.company(key().site, key().company);
    company.tax_table().await.unwrap();
    assert_eq!(header(&s.calls().await[0], "ocp-apim-subscription-key"), Some("subscription-1"));
    let state = company.quota_state().await.unwrap().unwrap();
    assert_eq!((state.used, state.left()), (1, 1));
    assert_eq!(s.company.quota_state().await.unwrap(), None);
    company.tax_table().await.unwrap();
    let error = company.tax_table().await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Quota, Delivery::NotSent));
    assert_eq!(sage.requests_sent(), 2);
}

#[tokio::test]
async fn a_server_on_this_machine_needs_no_encryption() {
    let http = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_string("[]")).mount(&http).await;
    let clock = returns_wire::ManualClock::at(NOW.parse().unwrap());
    let sage = builder(&http, &clock, Arc::new(MemoryTokens::new(good_tokens()))).build().unwrap();
    assert_eq!(sage.sites().await.unwrap(), []);
}

#[test]
fn handles_can_move_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Sage>();
    shared::<Company>();
    fn sendable<T: Send>(_: T) {}
    fn futures(company: &Company, draft: &CreditNoteDraft<'_>) {
        sendable(company.post_credit_note(draft));
        sendable(company.tax_table());
    }
    let _compiles = futures;
}
