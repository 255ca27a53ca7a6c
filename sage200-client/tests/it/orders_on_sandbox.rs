//! Sales orders through the client, on the sandbox, with the people at the Sage desk.

use returns_wire::{Clock, Delivery, ManualClock, Secret};
use rust_decimal::Decimal;
use sage200_client::{
    AddressParts, AnalysisCodes, AnalysisText, ChargeCode, Company, CompanyId, CreatedOrder, Currency,
    CustomerDocumentNo, DeliverTo, DeliveryAddress, DocumentStatus, Id, JsonDecimal, LineType, MemoryTokens,
    OrderDraft, OrderParts, OrderPriority, Personal, Sage, SiteId, SopItem, SopLine, StoredTokens, TaxTable,
    sandbox::{
        AnalysisLevel, BASE_PATH, Fault, How, NewCustomer, NewMapping, Permissions, SageSandbox, SandboxError,
        WarehouseKind,
    },
};
use std::sync::Arc;

struct Stage {
    sandbox: SageSandbox,
    company: Company,
    customer: i64,
    table: TaxTable,
}

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn stage() -> Stage {
    let clock = ManualClock::at("2026-03-02T09:00:00Z".parse().unwrap());
    let sandbox = SageSandbox::new(Arc::new(clock.clone()));
    let customer = sandbox.add_customer(NewCustomer::new("WEB", "Web shop")).unwrap();
    for code in ["SHIRT", "BOOK"] {
        sandbox.add_product(code, code, true).unwrap();
        sandbox.set_list_price(code, d("20.00")).unwrap();
    }
    sandbox.set_stock("SHIRT", "HOME", d("3")).unwrap();
    sandbox.add_analysis_mapping(NewMapping::new(AnalysisLevel::Header, 1, "RMA")).unwrap();
    sandbox.add_additional_charge("COURIER", "Next day", d("4.95")).unwrap();
    sandbox.add_courier("Example Couriers").unwrap();
    let tokens = StoredTokens::new(Secret::new(sandbox.initial_refresh_token()), clock.now());
    let sage = Sage::builder()
        .base_url(format!("https://sage.example{BASE_PATH}"))
        .token_url("https://sage.example/oauth/token")
        .client_id(sandbox.client_id())
        .client_secret(Secret::new(sandbox.client_secret()))
        .tokens(Arc::new(MemoryTokens::new(tokens)))
        .transport(sandbox.transport())
        .clock(Arc::new(clock))
        .build()
        .unwrap();
    let company = sage.company(SiteId::new(SageSandbox::SITE_ID), CompanyId::new(1));
    let table = company.tax_table().await.unwrap();
    Stage { sandbox, company, customer, table }
}

fn address() -> DeliverTo {
    let parts = AddressParts {
        postal_name: "A Customer".to_owned(),
        lines: ["1 Example Street".to_owned(), String::new(), "Exampleton ".to_owned(), String::new()],
        postcode: "EX1 1EX".to_owned(),
        country: "United Kingdom".to_owned(),
        ..AddressParts::default()
    };
    DeliverTo::Address(Box::new(DeliveryAddress::new(parts).unwrap()))
}

impl Stage {
    async fn line(&self, code: &str, quantity: &str, price: Option<&str>, tax: i16) -> SopLine<'_> {
        let codes = [code.parse().unwrap()];
        let product = self.company.products_by_code(&codes).await.unwrap()[0].id;
        let warehouse = self.company.warehouses().await.unwrap()[0].id;
        SopLine::new(SopItem::Standard {
            product,
            warehouse,
            quantity: JsonDecimal(d(quantity)),
            tax: self.table.by_number(tax).unwrap(),
            unit_price: price.map(|price| JsonDecimal(d(price))),
            description: None,
        })
    }

    fn parts<'t>(&'t self, number: &str, lines: Vec<SopLine<'t>>) -> OrderParts<'t> {
        OrderParts {
            customer: Id::new(self.customer).unwrap(),
            date: "2026-03-02".parse().unwrap(),
            currency: Currency::GBP,
            document_no: None,
            customer_document_no: Some(CustomerDocumentNo::new(number).unwrap()),
            analysis_codes: AnalysisCodes::new().with(1, AnalysisText::new("RMA-77").unwrap()).unwrap(),
            deliver_to: address(),
            priority: Some(OrderPriority::new('b').unwrap()),
            requested_delivery_date: None,
            lines,
        }
    }

    async fn enter(&self, number: &str, lines: Vec<SopLine<'_>>) -> (Id<sage200_client::Order>, String) {
        let draft = OrderDraft::new(self.parts(number, lines)).unwrap();
        let CreatedOrder::Made(order) = self.company.create_order(&draft).await.unwrap() else { panic!("unread") };
        (order.id, order.document_no.unwrap())
    }
}

#[tokio::test]
async fn an_order_is_entered_found_allocated_despatched_and_invoiced() {
    let stage = stage().await;
    let company = &stage.company;
    let charge = SopLine::new(SopItem::Charge {
        charge: ChargeCode::new("COURIER").unwrap(),
        value: Some(JsonDecimal(d("0"))),
        tax: Some(stage.table.by_number(1).unwrap()),
    });
    let lines = vec![stage.line("SHIRT", "2", Some("20.00"), 1).await, charge];
    let draft = OrderDraft::new(stage.parts("EX1001-X", lines)).unwrap();
    let mut rules = company.site_rules().await.unwrap();
    rules.customers = vec![company.customer(Id::new(stage.customer).unwrap()).await.unwrap().unwrap()];
    rules.products = company.products_by_code(&["SHIRT".parse().unwrap()]).await.unwrap();
    draft.check(&rules).unwrap();
    let CreatedOrder::Made(order) = company.create_order(&draft).await.unwrap() else { panic!("unread") };
    let number = order.document_no.clone().unwrap();
    assert_eq!(order.total_gross_value.unwrap().get(), draft.totals(false).unwrap().gross.amount());
    assert_eq!((order.order_priority.as_deref(), order.use_invoice_address), (Some("B"), Some(false)));

    // Found again by either key, never among returns, its address where the views show it.
    let found = company.orders_by_document_no(&"EX1001-X".parse().unwrap()).await.unwrap();
    assert_eq!((found.len(), found[0].id), (1, order.id));
    assert_eq!(found[0].delivery_postcode, Some(Personal::new("EX1 1EX")));
    let by_code = company.orders_by_analysis_code(1, &AnalysisText::new("rma-77").unwrap()).await.unwrap();
    assert_eq!(by_code.iter().map(|row| row.id).collect::<Vec<_>>(), [order.id]);
    assert_eq!(company.orders_mentioning("1001").await.unwrap().len(), 1);
    assert!(company.returns_mentioning("1001").await.unwrap().is_empty());
    assert_eq!(found[0].ready_for_allocation, Some(true));
    assert_eq!(found[0].ready_for_despatch, Some(false));

    // Nothing was allocated on entry; people do it, and what goes out is what was allocated.
    let desk = stage.sandbox.desktop();
    let early = desk.despatch_order(&number, &[(1, d("1"))], "", "").unwrap_err();
    assert!(matches!(early, SandboxError::Refused { .. }), "{early}");
    assert!(company.despatches(order.id).await.unwrap().is_empty());
    desk.allocate_order(&number).unwrap();
    let lines = company.order_lines(order.id).await.unwrap();
    let shirt = lines.iter().find(|line| line.line_type == Some(LineType::Standard)).unwrap();
    assert_eq!(shirt.allocated_quantity.unwrap().get(), d("2"));
    assert_eq!(stage.sandbox.free_stock("SHIRT"), Some(d("1")));
    desk.despatch_order(&number, &[(1, d("2"))], "Example Couriers", "EX-CONSIGNMENT").unwrap();
    assert_eq!(stage.sandbox.stock_in("SHIRT", "HOME"), Some(d("1")));
    let despatch = &company.despatches(order.id).await.unwrap()[0];
    assert_eq!(despatch.courier_name.as_deref(), Some("Example Couriers"));
    assert_eq!(despatch.consignment_no.as_deref(), Some("EX-CONSIGNMENT"));
    assert_eq!(company.despatch_lines(order.id).await.unwrap()[0].quantity.unwrap().get(), d("2"));
    desk.invoice_order(&number).unwrap();
    let whole = company.sales_order(order.id).await.unwrap().unwrap();
    assert_eq!(whole.document_status, Some(DocumentStatus::Complete));
    let row = stage.sandbox.ledger().pop().unwrap();
    assert_eq!((row.goods, row.tax, row.gross), (d("40.00"), d("8.00"), d("48.00")));
}

#[tokio::test]
async fn an_order_worth_nothing_is_lawful_and_moves_stock() {
    let stage = stage().await;
    let (id, number) = stage.enter("EX1001-X", vec![stage.line("SHIRT", "1", Some("0"), 1).await]).await;
    let desk = stage.sandbox.desktop();
    desk.allocate_order(&number).unwrap();
    desk.despatch_order(&number, &[(1, d("1"))], "", "").unwrap();
    desk.invoice_order(&number).unwrap();
    let order = stage.company.sales_order(id).await.unwrap().unwrap();
    assert_eq!(
        (order.total_gross_value.unwrap().get(), order.document_status),
        (d("0"), Some(DocumentStatus::Complete))
    );
    assert_eq!(stage.sandbox.stock_in("SHIRT", "HOME"), Some(d("2")));
    assert_eq!(stage.sandbox.ledger().last().unwrap().gross, d("0"));
}

#[tokio::test]
async fn what_is_out_of_stock_is_entered_and_not_allocated() {
    let stage = stage().await;
    stage.sandbox.set_allocate_on_order_entry(true);
    let (id, number) = stage
        .enter("EX1", vec![stage.line("SHIRT", "5", Some("1"), 1).await, stage.line("BOOK", "1", Some("1"), 2).await])
        .await;
    let allocated: Vec<_> = stage.company.sales_order(id).await.unwrap().unwrap().lines.unwrap();
    let allocated: Vec<_> = allocated.iter().map(|line| line.allocated_quantity.unwrap().get()).collect();
    assert_eq!(allocated, [d("3"), d("0")]);
    let view = &stage.company.orders_by_document_no(&"EX1".parse().unwrap()).await.unwrap()[0];
    assert_eq!((view.ready_for_allocation, view.ready_for_despatch), (Some(true), Some(true)));
    // Cancelled or deleted, it holds nothing.
    stage.sandbox.desktop().cancel_order(&number).unwrap();
    assert_eq!(stage.sandbox.free_stock("SHIRT"), Some(d("3")));
    let (id, _) = stage.enter("EX2", vec![stage.line("SHIRT", "1", Some("1"), 1).await]).await;
    assert_eq!(stage.sandbox.free_stock("SHIRT"), Some(d("2")));
    stage.company.delete_order(id).await.unwrap();
    assert_eq!(stage.sandbox.free_stock("SHIRT"), Some(d("3")));
    assert!(stage.company.sales_order(id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_lost_answer_has_entered_the_order() {
    let stage = stage().await;
    let draft = OrderDraft::new(stage.parts("EX9", vec![stage.line("SHIRT", "1", Some("0"), 1).await])).unwrap();
    stage.sandbox.fail_next(Fault::on_post("sop_orders", How::ActThenStatus(504)));
    let error = stage.company.create_order(&draft).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::Unknown);
    assert_eq!(stage.company.orders_by_document_no(&"EX9".parse().unwrap()).await.unwrap().len(), 1);
    stage.sandbox.fail_next(Fault::on_post("sop_orders", How::ActThenTruncate));
    let made = stage.company.create_order(&draft).await.unwrap();
    assert!(matches!(made, CreatedOrder::Unread { .. }), "{made:?}");
    assert_eq!(stage.sandbox.writes_committed(), 2, "sent once each");
}

#[tokio::test]
async fn what_a_site_does_not_take_is_told_before_it_is_sent() {
    let stage = stage().await;
    stage.sandbox.add_warehouse("RETURNS", WarehouseKind::Returns).unwrap();
    stage.sandbox.trace_by_batch("BOOK").unwrap();
    let company = &stage.company;
    let mut rules = company.site_rules().await.unwrap();
    rules.customers = vec![company.customer(Id::new(stage.customer).unwrap()).await.unwrap().unwrap()];
    rules.products = company.products_by_code(&["SHIRT".parse().unwrap(), "BOOK".parse().unwrap()]).await.unwrap();
    rules.permissions.override_prices_discounts = Some(false);
    let mut line = stage.line("SHIRT", "1", Some("0"), 1).await;
    let returns = rules.warehouses.iter().find(|row| row.name.as_deref() == Some("RETURNS")).unwrap().id;
    if let SopItem::Standard { warehouse, .. } = &mut line.item {
        *warehouse = returns;
    }
    let lines = vec![line, stage.line("BOOK", "1", None, 2).await];
    let refused = OrderDraft::new(stage.parts("EX1", lines)).unwrap().check(&rules).unwrap_err().to_string();
    for part in ["the site does not take the order: ", "may not override prices", "not used for sales trading"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    // Which batch is sent is chosen when it is allocated.
    assert!(!refused.contains("traced"), "{refused}");
    // Sage's own answer to the price.
    stage.sandbox.set_permissions(Permissions { override_prices_discounts: false, ..Permissions::default() });
    let draft = OrderDraft::new(stage.parts("EX1", vec![stage.line("SHIRT", "1", Some("1"), 1).await])).unwrap();
    let error = company.create_order(&draft).await.unwrap_err();
    assert_eq!((error.status(), error.delivery()), (Some(401), Delivery::Rejected));
    assert_eq!(stage.sandbox.writes_committed(), 0);
}

#[tokio::test]
async fn an_address_is_stored_with_the_account_or_with_the_order() {
    let stage = stage().await;
    let company = &stage.company;
    let customer = Id::new(stage.customer).unwrap();
    let lines = ["A Customer", "2 Example Road", "EX2 2EX"];
    stage.sandbox.add_delivery_address(stage.customer, "Home", lines).unwrap();
    let stored = company.delivery_addresses(customer).await.unwrap();
    assert_eq!(stored[0].postal_name, Some(Personal::new("A Customer")));
    assert!(!format!("{stored:?}").contains("Example Road"));
    let mut parts = stage.parts("EX5", vec![stage.line("SHIRT", "1", Some("1"), 1).await]);
    parts.deliver_to = DeliverTo::Stored(stored[0].id);
    let CreatedOrder::Made(order) = company.create_order(&OrderDraft::new(parts).unwrap()).await.unwrap() else {
        panic!("unread")
    };
    assert_eq!(order.use_invoice_address, Some(false));
    let view = &company.orders_by_document_no(&"EX5".parse().unwrap()).await.unwrap()[0];
    assert_eq!(view.delivery_postcode, Some(Personal::new("EX2 2EX")));
    let countries = company.country_codes().await.unwrap();
    assert!(countries.iter().any(|country| country.code.as_deref() == Some("GB")));
    assert_eq!(company.couriers().await.unwrap()[0].name.as_deref(), Some("Example Couriers"));
    let defaults = company.order_defaults(customer).await.unwrap();
    assert_eq!(defaults.customer_id, Some(customer));
    assert_eq!(stage.sandbox.writes_committed(), 1, "a proposal is not stored");
}

#[test]
fn an_address_that_does_not_fit_names_every_field_and_no_text() {
    let parts = AddressParts {
        lines: ["x".repeat(61), String::new(), String::new(), String::new()],
        postcode: "EX1 1EX, the yard".to_owned(),
        telephone: "0".repeat(31),
        ..AddressParts::default()
    };
    let debug = format!("{parts:?}");
    let faults = DeliveryAddress::new(parts).unwrap_err();
    let fields: Vec<_> = faults.faults().iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["postal_name", "address_1", "postcode", "telephone_number"]);
    let text = faults.to_string();
    assert!(text.contains("postal_name is empty") && text.contains("postcode has 17 characters"), "{text}");
    assert!(!text.contains("yard") && !debug.contains("yard"), "{text} {debug}");
    let fits = DeliverTo::InvoiceAddress;
    assert!(!format!("{:?} {fits:?}", address()).contains("Example"));
    assert!(OrderPriority::new('7').is_err());
}
