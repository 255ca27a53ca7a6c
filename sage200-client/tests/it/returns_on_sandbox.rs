//! Sales returns against the sandbox: what the client sends and reads, what a person does between, and what Sage refuses.

use returns_wire::ManualClock;
use rust_decimal::Decimal;
use sage200_client::{
    sandbox::{
        AnalysisLevel, BASE_PATH, Fault, How, NewCustomer, NewLine, NewMapping, NewOrder, Permissions, SageSandbox,
        Version, WarehouseKind,
    },
    *,
};
use std::sync::Arc;

struct Desk {
    sandbox: SageSandbox,
    company: Company,
    web: Id<Customer>,
    shirt: Id<Product>,
    returns: Id<Warehouse>,
}

async fn desk() -> Desk {
    let clock = Arc::new(ManualClock::at("2026-03-02T09:00:00Z".parse().unwrap()));
    let sandbox = SageSandbox::new(clock.clone()).with_version(Version::R2025_1);
    let web = sandbox.add_customer(NewCustomer::new("WEB", "Web shop")).unwrap();
    let shirt = sandbox.add_product("SHIRT", "Shirt", true).unwrap();
    let returns = sandbox.add_warehouse("RETURNS", WarehouseKind::Returns).unwrap();
    sandbox.add_holding("SHIRT", "RETURNS").unwrap();
    sandbox.add_analysis_mapping(NewMapping::new(AnalysisLevel::Header, 1, "Web order")).unwrap();
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
    let (web, shirt, returns) = (Id::new(web).unwrap(), Id::new(shirt).unwrap(), Id::new(returns).unwrap());
    Desk { sandbox, company, web, shirt, returns }
}

impl Desk {
    fn shirts<'t>(&self, table: &'t TaxTable, quantity: &str, price: &str) -> SopLine<'t> {
        SopLine::new(SopItem::Standard {
            product: self.shirt,
            warehouse: self.returns,
            quantity: quantity.parse().unwrap(),
            tax: table.by_number(1).unwrap(),
            unit_price: Some(price.parse().unwrap()),
            description: None,
        })
    }

    fn draft<'t>(&self, key: &str, lines: Vec<SopLine<'t>>) -> ReturnDraft<'t> {
        ReturnDraft::new(ReturnParts {
            customer: self.web,
            date: "2026-03-02".parse().unwrap(),
            currency: Currency::GBP,
            document_no: None,
            customer_document_no: Some(CustomerDocumentNo::new(key).unwrap()),
            analysis_codes: AnalysisCodes::new().with(1, AnalysisText::new("#1001").unwrap()).unwrap(),
            lines,
        })
        .unwrap()
    }

    /// A return of so many shirts, one line each; its record and number.
    async fn entered(&self, key: &str, shirts: usize) -> (Id<Order>, String) {
        let table = self.company.tax_table().await.unwrap();
        let lines = (0..shirts).map(|_| self.shirts(&table, "1", "20.00")).collect();
        match self.company.create_return(&self.draft(key, lines)).await.unwrap() {
            CreatedReturn::Made(made) => (made.id, made.document_no.unwrap()),
            other => panic!("{other:?}"),
        }
    }
}

fn one(line: i64) -> (i64, Decimal) {
    (line, Decimal::ONE)
}

/// Checklist: version switch.
#[tokio::test]
async fn before_2025_r1_every_endpoint_of_returns_answers_404() {
    let desk = desk().await;
    assert_eq!(desk.company.returns_support().await.unwrap(), ReturnsSupport::Available);
    desk.sandbox.set_version(Version::R2024_1);
    assert_eq!(desk.company.returns_support().await.unwrap(), ReturnsSupport::NotOnThisSite);
    let table = desk.company.tax_table().await.unwrap();
    let draft = desk.draft("RMA1-1", vec![desk.shirts(&table, "1", "20.00")]);
    let refused = desk.company.create_return(&draft).await.unwrap_err();
    assert_eq!((refused.kind(), refused.delivery()), (ErrorKind::NotFound, Delivery::Rejected));
    let receipts = desk.company.return_receipts(Id::new(1).unwrap()).await.unwrap_err();
    assert_eq!(receipts.kind(), ErrorKind::NotFound);
    // The views of lines are older: returns were always readable.
    assert!(desk.company.return_lines(Id::new(1).unwrap()).await.unwrap().is_empty());
}

/// Checklist: POST answers 200 with the full object; numbers are given, digits with leading zeros.
#[tokio::test]
async fn a_return_is_entered_and_found_by_its_keys() {
    let desk = desk().await;
    let (id, number) = desk.entered("RMA77-1", 2).await;
    assert_eq!(number.len(), 10);
    assert!(number.starts_with("00"));
    let read = desk.company.sales_return(id).await.unwrap().unwrap();
    assert_eq!(
        (read.customer_document_no.as_deref(), read.document_status),
        (Some("RMA77-1"), Some(DocumentStatus::Live))
    );
    assert_eq!(read.total_gross_value, Some("48.00".parse().unwrap()));
    let c = &desk.company;
    let key = CustomerDocumentNo::new("RMA77-1").unwrap();
    let by_code = c.returns_by_analysis_code(1, &AnalysisText::new("#1001").unwrap()).await.unwrap();
    let mentioned = c.returns_mentioning("77").await.unwrap();
    for found in [c.returns_by_document_no(&key).await.unwrap(), by_code, mentioned] {
        assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
    }
    let lines = c.return_lines(id).await.unwrap();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line.despatch_receipt_quantity == Some("0".parse().unwrap())));
}

/// Checklist: a return has no effect on stock or ledger until a person confirms, prints and posts.
#[tokio::test]
async fn nothing_moves_until_people_act() {
    let desk = desk().await;
    let (id, number) = desk.entered("RMA77-1", 2).await;
    let (c, person) = (&desk.company, desk.sandbox.desktop());
    let in_stock = || desk.sandbox.stock_in("SHIRT", "RETURNS").unwrap();
    assert_eq!((in_stock(), desk.sandbox.ledger().len()), (Decimal::ZERO, 0));
    person.confirm_goods_in(&number, &[one(1)]).unwrap();
    assert_eq!(in_stock(), Decimal::ONE);
    let receipts = c.return_receipts(id).await.unwrap();
    assert_eq!((receipts.len(), receipts[0].quantity), (1, Some("1".parse().unwrap())));
    let moved = c.stock_movements(desk.shirt, &number).await.unwrap();
    assert_eq!(moved.iter().map(|row| row.quantity).collect::<Vec<_>>(), [Some("1".parse().unwrap())]);
    let credit = person.print_credit_note(&number).unwrap();
    let shown = c.invoices_and_credits(id).await.unwrap();
    assert_eq!(shown[0].invoice_credit_document_no.as_deref(), Some(credit.as_str()));
    assert_eq!((desk.sandbox.ledger().len(), c.transactions_with_reference(&credit).await.unwrap().len()), (0, 0));
    let urn = person.post_printed_credit_note(&credit).unwrap().unwrap();
    let rows = c.transactions_with_reference(&credit).await.unwrap();
    assert_eq!(rows[0].urn, Some(Urn(urn)));
    assert_eq!(rows[0].transaction_type, Some(TransactionType::CreditNote));
    assert_eq!(rows[0].second_reference.as_deref(), Some("RMA77-1"));
    let lines = c.return_lines(id).await.unwrap();
    let credited: Vec<_> =
        lines.iter().filter(|line| line.invoice_credit_quantity == Some("1".parse().unwrap())).collect();
    assert_eq!(credited.len(), 1);
    let of_line = c.line_invoices_and_credits(credited[0].id).await.unwrap();
    assert_eq!(of_line[0].invoice_credit_document_no.as_deref(), Some(credit.as_str()));
    // The rest, and it is completed.
    person.confirm_goods_in(&number, &[one(2)]).unwrap();
    let credit = person.print_credit_note(&number).unwrap();
    person.post_printed_credit_note(&credit).unwrap();
    let read = c.sales_return(id).await.unwrap().unwrap();
    assert_eq!(read.document_status, Some(DocumentStatus::Complete));
}

/// Checklist: stock moves at the receipt or, where the site says so, at posting.
#[tokio::test]
async fn the_site_says_when_stock_moves() {
    let desk = desk().await;
    desk.sandbox.set_update_stock_on_despatch(false);
    let (_, number) = desk.entered("RMA77-1", 1).await;
    let person = desk.sandbox.desktop();
    person.confirm_goods_in(&number, &[one(1)]).unwrap();
    assert_eq!(desk.sandbox.stock_in("SHIRT", "RETURNS"), Some(Decimal::ZERO));
    let credit = person.print_credit_note(&number).unwrap();
    person.post_printed_credit_note(&credit).unwrap();
    assert_eq!(desk.sandbox.stock_in("SHIRT", "RETURNS"), Some(Decimal::ONE));
}

/// Checklist: amending, deleting and holding, and what is refused once goods are received.
#[tokio::test]
async fn a_return_is_amended_held_and_deleted_before_goods_are_received() {
    let desk = desk().await;
    let (id, number) = desk.entered("RMA77-1", 3).await;
    let c = &desk.company;
    let lines = c.return_lines(id).await.unwrap();
    let drop = |line| {
        let lines = vec![LineChange::Delete(line)];
        let (customer_document_no, analysis_codes) = (None, AnalysisCodes::new());
        ReturnAmendment::new(AmendmentParts { customer: desk.web, customer_document_no, analysis_codes, lines })
            .unwrap()
    };
    c.amend_return(id, &drop(lines[0].id)).await.unwrap();
    assert_eq!(c.return_lines(id).await.unwrap().len(), 2);
    c.set_return_status(id, ReturnStatus::OnHold, &PresumedStatus).await.unwrap();
    let person = desk.sandbox.desktop();
    let goods = [one(2)];
    assert!(person.confirm_goods_in(&number, &goods).is_err(), "on hold, nothing is received");
    c.set_return_status(id, ReturnStatus::Live, &PresumedStatus).await.unwrap();
    person.confirm_goods_in(&number, &goods).unwrap();
    // Lines before one that is refused stay changed, so a refusal does not say that nothing was done.
    let refused = c.amend_return(id, &drop(lines[1].id)).await.unwrap_err();
    assert_eq!(refused.delivery(), Delivery::Unknown, "goods are received on it");
    assert_eq!(c.return_lines(id).await.unwrap().len(), 2);
    assert_eq!(c.delete_return(id).await.unwrap_err().delivery(), Delivery::Rejected);
    let (other, _) = desk.entered("RMA78-1", 1).await;
    c.delete_return(other).await.unwrap();
    assert_eq!(c.sales_return(other).await.unwrap(), None);
}

/// Checklist: price override without permission is a 401, document_no required without automatic numbers, lengths and
/// unmapped codes a 400 with a message; a draft that was checked never gets there.
#[tokio::test]
async fn what_the_site_does_not_allow_is_refused_and_known_before() {
    let desk = desk().await;
    let c = &desk.company;
    let table = c.tax_table().await.unwrap();
    let draft = || desk.draft("RMA77-1", vec![desk.shirts(&table, "1", "20.00")]);
    let rules = || async {
        let mut rules = c.site_rules().await.unwrap();
        rules.customers = vec![c.customer(desk.web).await.unwrap().unwrap()];
        rules.products = c.products_by_id(&[desk.shirt]).await.unwrap();
        rules
    };
    draft().check(&rules().await).unwrap();
    desk.sandbox.set_permissions(Permissions { override_prices_discounts: false, ..Permissions::default() });
    let violations = draft().check(&rules().await).unwrap_err();
    assert_eq!(violations.all().iter().map(|v| v.rule).collect::<Vec<_>>(), [SiteRule::PriceForbidden]);
    let refused = c.create_return(&draft()).await.unwrap_err();
    assert_eq!(refused.delivery(), Delivery::Rejected, "{refused:?}");
    desk.sandbox.set_permissions(Permissions::default());
    desk.sandbox.set_auto_number_documents(false);
    let violations = draft().check(&rules().await).unwrap_err();
    assert_eq!(violations.all().iter().map(|v| v.rule).collect::<Vec<_>>(), [SiteRule::NumberMissing]);
    let refused = c.create_return(&draft()).await.unwrap_err();
    assert!(
        refused.to_string().contains("document_no") || format!("{refused:?}").contains("document_no"),
        "{refused:?}"
    );
    desk.sandbox.set_auto_number_documents(true);
    let mut parts = draft().parts().clone();
    parts.analysis_codes = AnalysisCodes::new().with(2, AnalysisText::new("x").unwrap()).unwrap();
    let unmapped = ReturnDraft::new(parts).unwrap();
    let violations = unmapped.check(&rules().await).unwrap_err();
    assert_eq!(violations.all().iter().map(|v| v.rule).collect::<Vec<_>>(), [SiteRule::CodeUnmapped]);
    assert_eq!(c.create_return(&unmapped).await.unwrap_err().delivery(), Delivery::Rejected);
}

/// Checklist: faults before and after the commit.
#[tokio::test]
async fn an_answer_that_is_lost_leaves_the_return_in_sage() {
    let desk = desk().await;
    let table = desk.company.tax_table().await.unwrap();
    let draft = desk.draft("RMA77-1", vec![desk.shirts(&table, "1", "20.00")]);
    let key = CustomerDocumentNo::new("RMA77-1").unwrap();
    for (how, there) in [(How::Refuse { status: 504, retry_after: None }, 0), (How::ActThenStatus(504), 1)] {
        desk.sandbox.fail_next(Fault::on_post("sop_returns", how));
        let lost = desk.company.create_return(&draft).await.unwrap_err();
        assert_eq!(lost.delivery(), Delivery::Unknown);
        assert_eq!(desk.company.returns_by_document_no(&key).await.unwrap().len(), there);
    }
    desk.sandbox.fail_next(Fault::on_post("sop_returns", How::ActThenEmpty));
    assert!(matches!(desk.company.create_return(&draft).await.unwrap(), CreatedReturn::Unread { .. }));
}

/// Checklist: archive makes documents vanish; what is posted stays in the ledger.
#[tokio::test]
async fn an_archived_return_is_gone_from_every_list() {
    let desk = desk().await;
    let (id, number) = desk.entered("RMA77-1", 1).await;
    let (c, person) = (&desk.company, desk.sandbox.desktop());
    assert!(person.archive_return(&number).is_err(), "it is not completed");
    person.confirm_goods_in(&number, &[one(1)]).unwrap();
    let credit = person.print_credit_note(&number).unwrap();
    person.post_printed_credit_note(&credit).unwrap();
    person.archive_return(&number).unwrap();
    assert_eq!(c.sales_return(id).await.unwrap(), None);
    assert!(c.returns_mentioning("77").await.unwrap().is_empty());
    assert!(c.return_lines(id).await.unwrap().is_empty() && c.invoices_and_credits(id).await.unwrap().is_empty());
    assert_eq!(c.transactions_with_reference(&credit).await.unwrap().len(), 1);
}

/// Checklist: stock transfers answer `{}`, check the free stock, and are found by their second reference.
#[tokio::test]
async fn goods_are_transferred_to_where_they_are_sold() {
    let desk = desk().await;
    let c = &desk.company;
    desk.sandbox.set_stock("SHIRT", "RETURNS", Decimal::ONE).unwrap();
    let bins = c.bin_holdings(desk.shirt).await.unwrap();
    let holdings = c.warehouse_holdings(desk.shirt).await.unwrap();
    let bin_in = |name: &str| {
        let holding = holdings.iter().find(|row| row.warehouse_name.as_deref() == Some(name)).unwrap();
        bins.iter().find(|bin| bin.warehouse_holding_id == Some(holding.id)).unwrap()
    };
    let draft = TransferDraft::new(TransferParts {
        product: desk.shirt,
        from: bin_in("RETURNS"),
        to: bin_in("HOME"),
        quantity: "1".parse().unwrap(),
        date: "2026-03-02".parse().unwrap(),
        reference: None,
        second_reference: SecondReference::new("RMA77-1").unwrap(),
    })
    .unwrap();
    // Somebody allocates it between the read and the transfer.
    desk.sandbox.set_allocated("SHIRT", "RETURNS", Decimal::ONE).unwrap();
    assert_eq!(c.post_stock_transfer(&draft).await.unwrap_err().delivery(), Delivery::Rejected);
    desk.sandbox.set_allocated("SHIRT", "RETURNS", Decimal::ZERO).unwrap();
    c.post_stock_transfer(&draft).await.unwrap();
    let moved = c.movements_by_second_reference(&SecondReference::new("RMA77-1").unwrap()).await.unwrap();
    assert_eq!(moved.len(), 2);
    assert_eq!(desk.sandbox.stock_in("SHIRT", "HOME"), Some(Decimal::ONE));
}

#[tokio::test]
async fn every_probe_is_understood() {
    let desk = desk().await;
    let c = &desk.company;
    c.current_user().await.unwrap();
    c.licence().await.unwrap();
    c.stock_settings().await.unwrap();
    c.system_settings().await.unwrap();
    c.check_enumerations().await.unwrap();
    assert_eq!(c.sop_user_permissions().await.unwrap().override_prices_discounts, Some(true));
    assert_eq!(c.analysis_code_mappings().await.unwrap().len(), 1);
    assert_eq!(c.warehouses().await.unwrap().len(), 2);
    assert!(c.additional_charges().await.unwrap().is_empty());
    let order = NewOrder::new(desk.web.get(), "#1001", vec![NewLine::item("SHIRT", Decimal::ONE, Decimal::TEN, 1)]);
    desk.sandbox.add_order(order).unwrap();
    assert!(
        c.product_warehouses(desk.shirt).await.unwrap().iter().all(|row| row.warehouse_name.as_deref() == Some("HOME"))
    );
}
