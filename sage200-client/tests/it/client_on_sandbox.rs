//! The client against the sandbox: what one sends, the other takes, and the other way round.

use returns_wire::ManualClock;
use rust_decimal::Decimal;
use sage200_client::{
    sandbox::{BASE_PATH, Fault, How, NewCustomer, NewLine, NewOrder, SageSandbox},
    *,
};
use std::sync::Arc;

struct Shop {
    sandbox: SageSandbox,
    company: Company,
    web: Id<Customer>,
}

fn shop() -> Shop {
    let clock = Arc::new(ManualClock::at("2026-03-02T09:00:00Z".parse().unwrap()));
    let sandbox = SageSandbox::new(clock.clone());
    let web = sandbox.add_customer(NewCustomer::new("WEB", "Web shop")).unwrap();
    for n in 0..45 {
        sandbox.add_product(&format!("SHIRT & 'TIE' {n:02}"), "Shirt", n != 3).unwrap();
    }
    let line = |n: i64| NewLine::item("SHIRT & 'TIE' 00", Decimal::from(n), Decimal::TEN, 1);
    for number in ["#1001", "#10010", "O'N 7"] {
        sandbox.add_order(NewOrder::new(web, number, vec![line(1), line(2)])).unwrap();
    }
    let tokens =
        StoredTokens::new(Secret::new(sandbox.initial_refresh_token()), "2026-03-01T09:00:00Z".parse().unwrap());
    let sage = Sage::builder()
        .base_url(format!("https://api.example{BASE_PATH}"))
        .token_url("https://id.example/oauth/token")
        .client_id(sandbox.client_id())
        .client_secret(Secret::new(sandbox.client_secret()))
        .tokens(Arc::new(MemoryTokens::new(tokens)))
        .clock(clock)
        .transport(sandbox.transport())
        .build()
        .unwrap();
    let company = sage.company(SiteId::new(SageSandbox::SITE_ID), CompanyId(1));
    Shop { sandbox, company, web: Id::new(web).unwrap() }
}

fn draft<'t>(shop: &Shop, table: &'t TaxTable, reference: &str) -> CreditNoteDraft<'t> {
    let pounds = |pence| Money::new(Decimal::new(pence, 2), Currency::GBP).unwrap();
    CreditNoteDraft::new(CreditNoteParts {
        customer: shop.web,
        date: "2026-03-02".parse().unwrap(),
        reference: None,
        second_reference: SecondReference::new(reference).unwrap(),
        currency: Currency::GBP,
        vat: vec![VatRow { code: table.by_number(1).unwrap(), goods: pounds(1000), tax: pounds(200), pieces: 1 }],
        nominal: vec![],
    })
    .unwrap()
}

#[test]
fn the_address_says_the_edition() {
    let at = |base: &str| {
        let shop = shop();
        let first = StoredTokens::new(Secret::new("t"), "2026-03-01T09:00:00Z".parse().unwrap());
        let tokens = Arc::new(MemoryTokens::new(first));
        let builder = Sage::builder().base_url(base).client_id("c").tokens(tokens).transport(shop.sandbox.transport());
        builder.build().unwrap().edition()
    };
    assert_eq!(at(PROFESSIONAL), Some(Edition::Professional));
    assert_eq!(at(STANDARD), Some(Edition::Standard));
    assert_eq!(at("https://relay.example/sage/"), None);
}

#[tokio::test]
async fn every_read_is_understood() {
    let shop = shop();
    let c = &shop.company;
    c.check().await.unwrap();
    assert_eq!(c.tax_table().await.unwrap().by_number(1).unwrap().rate(), Decimal::from(20));
    assert!(c.sop_settings().await.unwrap().update_stock_on_despatch.is_some());
    let currencies = c.currencies().await.unwrap();
    let base = currencies.iter().find(|row| row.is_base_currency == Some(true)).unwrap();
    assert_eq!(base.iso_code(), Some(Currency::GBP));
    let customer = c.customer(shop.web).await.unwrap().unwrap();
    assert_eq!(customer.reference.as_deref(), Some("WEB"));
    let by_code = c.customer_by_reference(&AccountReference::new("web").unwrap()).await.unwrap();
    assert_eq!(by_code.unwrap().id, shop.web);
    assert_eq!(c.customer(Id::new(9999).unwrap()).await.unwrap(), None);

    let orders = c.orders_by_document_no(&CustomerDocumentNo::new("#1001").unwrap()).await.unwrap();
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].document_type, Some(DocumentType::Order));
    let lines = c.order_lines(orders[0].id).await.unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].line_type, Some(LineType::Standard));
    assert_eq!(lines[0].tax_code_code, Some(1));
    assert_eq!(c.orders_by_document_no(&CustomerDocumentNo::new("O'N 7").unwrap()).await.unwrap().len(), 1);
    assert_eq!(c.returns_mentioning("1001").await.unwrap(), []);

    let codes = (0..45).map(|n| ProductCode::new(format!("SHIRT & 'TIE' {n:02}")).unwrap()).collect::<Vec<_>>();
    let products = c.products_by_code(&codes).await.unwrap();
    assert_eq!(products.len(), 45);
    let inactive = products.iter().filter(|row| row.status_type == Some(ProductStatus::Inactive)).count();
    assert_eq!(inactive, 1);
    assert_eq!(shop.sandbox.refresh_count(), 1);
}

#[tokio::test]
async fn dates_are_checked() {
    let shop = shop();
    let date = |text: &str| text.parse().unwrap();
    assert_eq!(shop.company.check_date(date("2026-03-02")).await.unwrap().classification, DateClassification::Normal);
    shop.sandbox.desktop().close_period(date("2026-01-01"), date("2026-01-31")).unwrap();
    let verdict = shop.company.check_date(date("2026-01-15")).await.unwrap();
    assert_eq!(verdict.classification, DateClassification::Unacceptable);
}

#[tokio::test]
async fn a_credit_note_is_posted_and_found_again() {
    let shop = shop();
    let c = &shop.company;
    let table = c.tax_table().await.unwrap();
    let draft = draft(&shop, &table, "RMA-1001");
    let Posted::Urn(urn) = c.post_credit_note(&draft).await.unwrap() else { panic!("no urn") };

    let posted = c.posted_by_urn(urn).await.unwrap();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].transaction_type, Some(TransactionType::CreditNote));
    assert_eq!(posted[0].tax_analysis_items.as_ref().unwrap().len(), 1);
    assert_eq!(posted[0].document_gross_value.unwrap().0.abs(), draft.gross().amount());
    let same = |rows: Vec<TransactionView>| {
        assert_eq!(rows.iter().map(|row| row.urn).collect::<Vec<_>>(), [Some(urn)]);
        assert_eq!(rows[0].customer_id, Some(shop.web));
    };
    same(c.credit_notes_by_second_reference(draft.second_reference()).await.unwrap());
    same(c.transactions_mentioning("1001").await.unwrap());
    same(c.transactions_with_prefix("RMA-", "2026-03-01".parse().unwrap()).await.unwrap());
    assert_eq!(c.transactions_with_prefix("RMA-", "2026-03-03".parse().unwrap()).await.unwrap(), []);
}

#[tokio::test]
async fn lost_answers_are_told_apart_and_nothing_is_posted_twice() {
    let shop = shop();
    let c = &shop.company;
    let table = c.tax_table().await.unwrap();
    let draft = |reference| draft(&shop, &table, reference);
    let no_answer = How::Refuse { status: 503, retry_after: None };
    for (how, written) in
        [(no_answer, 0), (How::WebPage(404), 0), (How::ActThenStatus(504), 1), (How::ActThenWebPage(500), 1)]
    {
        let before = shop.sandbox.writes_committed();
        shop.sandbox.fail_next(Fault::on_post("sales_credit_notes", how));
        let error = c.post_credit_note(&draft("RMA-2")).await.unwrap_err();
        assert_eq!(error.delivery(), Delivery::Unknown, "{how:?}");
        assert_eq!(shop.sandbox.writes_committed() - before, written, "{how:?}");
    }
    for how in [How::ActThenTruncate, How::ActThenEmpty, How::ActThenWebPage(200)] {
        let before = shop.sandbox.writes_committed();
        shop.sandbox.fail_next(Fault::on_post("sales_credit_notes", how));
        let posted = c.post_credit_note(&draft("RMA-2")).await.unwrap();
        assert!(matches!(posted, Posted::Unread { .. }), "{how:?} {posted:?}");
        assert_eq!(shop.sandbox.writes_committed() - before, 1, "{how:?}");
    }
    shop.sandbox.expire_access_tokens();
    assert!(matches!(c.post_credit_note(&draft("RMA-3")).await.unwrap(), Posted::Urn(_)));
    assert_eq!(shop.sandbox.refresh_count(), 2);
    shop.sandbox.withdraw_consent();
    shop.sandbox.expire_access_tokens();
    let error = c.post_credit_note(&draft("RMA-4")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(matches!(error.delivery(), Delivery::NotSent | Delivery::Rejected));
}

#[tokio::test]
async fn documents_are_found_by_an_order_number_and_by_account() {
    let shop = shop();
    let c = &shop.company;
    let other = shop.sandbox.add_customer(NewCustomer::new("TRADE", "Example Trade Customer")).unwrap();
    let desktop = shop.sandbox.desktop();
    let (web, ten, two) = (shop.web.get(), Decimal::TEN, Decimal::TWO);
    let first = desktop.post_credit_note(web, "EX1001", "GOODWILL", ten, 1, two).unwrap();
    let second = desktop.post_credit_note(web, "CN7", "ex1001 ", ten, 1, two).unwrap();
    desktop.post_credit_note(web, "EX10010", "EX1001-1", ten, 1, two).unwrap();
    let elsewhere = desktop.post_credit_note(other, "EX1001", "", ten, 1, two).unwrap();
    let urns = |rows: Vec<TransactionView>| {
        let mut urns: Vec<_> = rows.into_iter().map(|row| row.urn.unwrap().to_string()).collect();
        urns.sort();
        urns
    };
    let of = |urns: &[i64]| {
        let mut urns: Vec<_> = urns.iter().map(ToString::to_string).collect();
        urns.sort();
        urns
    };
    // The whole text, in either reference, on any account; what only begins with it is another order.
    assert_eq!(urns(c.transactions_with_reference("EX1001").await.unwrap()), of(&[first, second, elsewhere]));
    assert!(c.transactions_with_reference(" ").await.is_err(), "nothing would find everything");

    let line = NewLine::item("SHIRT & 'TIE' 00", Decimal::ONE, ten, 1);
    shop.sandbox.add_order(NewOrder { post_invoice: true, ..NewOrder::new(web, "EX1", vec![line]) }).unwrap();
    let today = "2026-03-02".parse().unwrap();
    let on = c.credit_notes_on(shop.web, today).await.unwrap();
    assert_eq!(on.len(), 3, "no invoice, no other account");
    assert!(c.credit_notes_on(shop.web, "2026-03-03".parse().unwrap()).await.unwrap().is_empty());
}
