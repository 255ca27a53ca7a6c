use crate::wire::server::*;
use returns_wire::TransportErrorKind;
use sage200_client::*;
use serde_json::{Value, json};
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{method, path},
};

fn parts(table: &TaxTable) -> ReturnParts<'_> {
    ReturnParts {
        customer: Id::new(12).unwrap(),
        date: "2026-03-02".parse().unwrap(),
        currency: Currency::GBP,
        document_no: None,
        customer_document_no: Some(CustomerDocumentNo::new("RMA-1001").unwrap()),
        analysis_codes: AnalysisCodes::new(),
        lines: vec![SopLine::new(SopItem::Standard {
            product: Id::new(41).unwrap(),
            warehouse: Id::new(3).unwrap(),
            quantity: "1".parse().unwrap(),
            tax: table.by_number(1).unwrap(),
            unit_price: Some("20.00".parse().unwrap()),
            description: None,
        })],
    }
}

fn draft(table: &TaxTable) -> ReturnDraft<'_> {
    ReturnDraft::new(parts(table)).unwrap()
}

fn order(table: &TaxTable) -> OrderDraft<'_> {
    let ReturnParts { customer, date, currency, customer_document_no, lines, .. } = parts(table);
    let address = AddressParts {
        postal_name: "A Customer".to_owned(),
        lines: ["1 Example Street".to_owned(), String::new(), String::new(), String::new()],
        postcode: "EX1 1EX".to_owned(),
        country_code: Some(Id::new(1).unwrap()),
        ..AddressParts::default()
    };
    OrderDraft::new(OrderParts {
        customer,
        date,
        currency,
        document_no: None,
        customer_document_no,
        analysis_codes: AnalysisCodes::new(),
        deliver_to: DeliverTo::Address(Box::new(DeliveryAddress::new(address).unwrap())),
        priority: Some(OrderPriority::new('C').unwrap()),
        requested_delivery_date: Some("2026-03-05".parse().unwrap()),
        lines,
    })
    .unwrap()
}

fn amendment(table: &TaxTable) -> ReturnAmendment<'_> {
    ReturnAmendment::new(AmendmentParts {
        customer: Id::new(12).unwrap(),
        customer_document_no: None,
        analysis_codes: AnalysisCodes::new(),
        lines: vec![LineChange::Add(parts(table).lines.remove(0)), LineChange::Delete(Id::new(8).unwrap())],
    })
    .unwrap()
}

pub(crate) fn transfer() -> TransferDraft {
    let bin = |json: &str| serde_json::from_str::<BinHolding>(json).unwrap();
    TransferDraft::new(TransferParts {
        product: Id::new(41).unwrap(),
        from: &bin(r#"{"id":1,"product_id":41,"free_stock_available":5}"#),
        to: &bin(r#"{"id":2,"product_id":41}"#),
        quantity: "1".parse().unwrap(),
        date: "2026-03-02".parse().unwrap(),
        reference: None,
        second_reference: SecondReference::new("RMA-1001").unwrap(),
    })
    .unwrap()
}

const ORDER: i64 = 77;

pub(crate) fn id<T: Record>() -> Id<T> {
    Id::new(ORDER).unwrap()
}

#[tokio::test]
async fn the_site_is_asked_whether_it_takes_returns() {
    let s = Server::start().await;
    s.get("lookup_sop_returns", list(json!([{"id": 1}]))).await;
    assert_eq!(s.company.returns_support().await.unwrap(), ReturnsSupport::Available);
    let calls = s.calls().await;
    assert_eq!((calls[0].url.path(), calls[0].url.query()), (&*format!("{ROOT}/lookup_sop_returns"), Some("$top=1")));

    for (turn, expected) in [
        (Ok((200, "[]")), "Available"),
        (Ok((404, "")), "NotOnThisSite"),
        (Ok((404, "<html>")), "NotOnThisSite"),
        (Ok((404, r#"{"statusCode":404,"message":"Resource not found"}"#)), "NotOnThisSite"),
        (Ok((403, r#"{"Message":"No."}"#)), "NotPermitted"),
        (Ok((403, r#"{"statusCode":403,"message":"Out of call volume quota"}"#)), "Forbidden"),
        (Ok((400, "{}")), "Invalid"),
        (Ok((500, "")), "Server"),
        (Ok((200, "<html>Sign in")), "Decode"),
        (Err(TransportErrorKind::Timeout), "Timeout"),
    ] {
        let (company, _) = scripted_company(vec![turn]);
        let found = match company.returns_support().await {
            Ok(support) => format!("{support:?}"),
            Err(error) => format!("{:?}", error.kind()),
        };
        assert!(found.starts_with(expected), "{turn:?} {found}");
    }
}

#[tokio::test]
async fn a_fresh_token_that_is_refused_is_a_permission_and_no_token_is_an_error() {
    let s = Server::start().await;
    s.sage_id().await;
    s.get("lookup_sop_returns", ResponseTemplate::new(401)).await;
    let support = s.company.returns_support().await.unwrap();
    let ReturnsSupport::NotPermitted { message } = support else { panic!("{support:?}") };
    assert!(message.contains("X-Company 4"), "{message}");
    assert_eq!((s.calls().await.len(), s.token_calls().await.len()), (2, 1));

    let s = Server::start().await;
    s.sage_id_answers(ResponseTemplate::new(403)).await;
    s.get("lookup_sop_returns", ResponseTemplate::new(401)).await;
    assert_eq!(s.company.returns_support().await.unwrap_err().kind(), ErrorKind::Auth);
}

#[tokio::test]
async fn a_return_goes_out_once_and_comes_back_whole() {
    let s = Server::start().await;
    let stored = json!({
        "id": ORDER, "document_no": "0000000042", "document_status": "EnumDocumentStatusLive",
        "despatch_receipt_status": "None", "customer_document_no": "RMA-1001", "brand_new": {"a": [1]},
        "lines": [{"id": 8, "line_type": "EnumLineTypeStandard", "product_id": 41, "line_quantity": 1}],
    });
    s.post("sop_returns", list(stored)).await;
    let table = tax_table(key());
    let CreatedReturn::Made(made) = s.company.create_return(&draft(&table)).await.unwrap() else { panic!() };
    assert_eq!((made.id, made.document_no.as_deref()), (id(), Some("0000000042")));
    assert_eq!(made.document_status, Some(DocumentStatus::Live));
    assert_eq!(made.despatch_receipt_status, Some(ProcessStatus::None));
    assert_eq!((made.total_gross_value, made.analysis_code(1)), (None, None));
    assert_eq!(made.lines.unwrap()[0].line_type, Some(LineType::Standard));
    let calls = s.calls().await;
    assert_eq!((calls.len(), &calls[0].body), (1, &draft(&table).to_body()));
}

#[tokio::test]
async fn an_order_goes_out_once_as_it_was_drafted_and_comes_back_whole() {
    let s = Server::start().await;
    let stored = json!({
        "id": ORDER, "document_no": "0000000043", "document_status": "EnumDocumentStatusLive", "order_priority": "C",
        "brand_new": {"a": [1]}, "lines": [{"id": 8, "line_type": "EnumLineTypeStandard", "allocated_quantity": 1}],
    });
    s.post("sop_orders", list(stored)).await;
    let table = tax_table(key());
    let CreatedOrder::Made(made) = s.company.create_order(&order(&table)).await.unwrap() else { panic!() };
    assert_eq!((made.id, made.document_no.as_deref()), (id(), Some("0000000043")));
    assert_eq!(made.lines.unwrap()[0].allocated_quantity, Some("1".parse().unwrap()));
    let calls = s.calls().await;
    assert_eq!(calls.len(), 1);
    let sent: Value = serde_json::from_slice(&calls[0].body).unwrap();
    let tax = table.by_number(1).unwrap().id().get();
    assert_eq!(
        sent,
        json!({
            "customer_id": 12, "document_date": "2026-03-02T00:00:00Z", "customer_document_no": "RMA-1001",
            "order_priority": "C", "requested_delivery_date": "2026-03-05T00:00:00Z", "use_invoice_address": false,
            "delivery_address": {
                "postal_name": "A Customer", "address_1": "1 Example Street", "postcode": "EX1 1EX", "country_code_id": 1
            },
            "lines": [{
                "line_type": "EnumLineTypeStandard", "product_id": 41, "warehouse_id": 3, "line_quantity": 1,
                "tax_code_id": tax, "selling_unit_price": 20.00, "selling_unit_price_overridden": true
            }],
        })
    );
}

#[tokio::test]
async fn a_success_that_can_not_be_read_is_not_an_error() {
    let table = tax_table(key());
    for turn in [
        Ok((200, "")),
        Ok((201, "{}")),
        Ok((200, "{\"id\":7")),
        Ok((200, "{\"id\":0}")),
        Ok((200, "<html>")),
        Err(TransportErrorKind::BodyLost(http::StatusCode::OK)),
    ] {
        let (company, calls) = scripted_company(vec![turn]);
        let made = company.create_return(&draft(&table)).await.unwrap();
        assert!(matches!(made, CreatedReturn::Unread { .. }), "{turn:?} {made:?}");
        let made = company.create_order(&order(&table)).await.unwrap();
        assert!(matches!(made, CreatedOrder::Unread { .. }), "{turn:?} {made:?}");
        // The other writes need nothing of the answer.
        company.delete_order(id()).await.unwrap();
        company.amend_return(id(), &amendment(&table)).await.unwrap();
        company.delete_return(id()).await.unwrap();
        company.set_return_status(id(), ReturnStatus::OnHold, &PresumedStatus).await.unwrap();
        company.post_stock_transfer(&transfer()).await.unwrap();
        assert_eq!(*calls.lock().unwrap(), 7, "{turn:?}");
    }
}

/// Every write of this part, each over its own scripted server: the error, and how often it was sent.
async fn each_write(script: &[Exchange]) -> Vec<(Error, usize)> {
    let table = tax_table(key());
    let mut errors = Vec::new();
    for which in 0..OPS.len() {
        let (company, calls) = scripted_company(script.to_vec());
        let error = match which {
            0 => company.create_return(&draft(&table)).await.map(|_| ()),
            1 => company.amend_return(id(), &amendment(&table)).await,
            2 => company.delete_return(id()).await,
            5 => company.create_order(&order(&table)).await.map(|_| ()),
            6 => company.delete_order(id()).await,
            3 => company.set_return_status(id(), ReturnStatus::Cancelled, &PresumedStatus).await,
            _ => company.post_stock_transfer(&transfer()).await,
        };
        errors.push((error.unwrap_err(), *calls.lock().unwrap()));
    }
    errors
}

const OPS: [&str; 7] = [
    "sage200.sop_returns.create",
    "sage200.sop_returns.amend",
    "sage200.sop_returns.delete",
    "sage200.sop_returns_status.set",
    "sage200.stock_transfers.post",
    "sage200.sop_orders.create",
    "sage200.sop_orders.delete",
];

#[tokio::test]
async fn what_may_have_been_done_is_never_done_again() {
    for turn in [
        Ok((500, "")),
        Ok((502, "<html>")),
        Ok((504, "")),
        Ok((429, "")),
        Ok((408, "")),
        Ok((401, "<html>Sign in</html>")),
        Err(TransportErrorKind::Timeout),
        Err(TransportErrorKind::Interrupted),
    ] {
        for (at, (error, sent)) in each_write(&[turn]).await.into_iter().enumerate() {
            assert_eq!((error.op(), error.delivery(), sent), (OPS[at], Delivery::Unknown, 1), "{turn:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_is_proved_except_of_an_amendment() {
    let refusal = Ok((400, r#"{"Message":"The quantity is wrong."}"#));
    for (at, (error, sent)) in each_write(&[refusal]).await.into_iter().enumerate() {
        let delivery = if at == 1 { Delivery::Unknown } else { Delivery::Rejected };
        assert_eq!((error.kind(), error.delivery(), sent), (ErrorKind::Invalid, delivery, 1), "{}", OPS[at]);
        assert!(error.to_string().contains("The quantity is wrong."), "{error}");
        assert_eq!(at == 1, error.to_string().contains("read the return again"), "{error}");
    }
    for (error, _) in each_write(&[Ok((404, r#"{"Message":"Not found."}"#))]).await {
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::NotFound, Delivery::Rejected));
    }
    for (error, sent) in each_write(&[Err(TransportErrorKind::NotConnected), Ok((403, "{\"Message\":\"No.\"}"))]).await
    {
        assert_eq!((error.kind(), error.delivery(), sent), (ErrorKind::Forbidden, Delivery::Rejected, 2));
    }
}

#[tokio::test]
async fn a_draft_of_another_company_stays_here() {
    let s = Server::start().await;
    let table = tax_table(CompanyKey::new(key().site, CompanyId(5)));
    let created = s.company.create_return(&draft(&table)).await.unwrap_err();
    let amended = s.company.amend_return(id(), &amendment(&table)).await.unwrap_err();
    for error in [created, amended] {
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Config, Delivery::NotSent));
        assert!(error.to_string().contains("company 5 of site"), "{error}");
    }
    assert!(s.calls().await.is_empty());
}

#[derive(Debug)]
struct Says(Result<StatusRequest, &'static str>);

impl StatusAdaptor for Says {
    fn request(&self, _: Id<Order>, _: ReturnStatus) -> Result<StatusRequest, String> {
        self.0.clone().map_err(str::to_owned)
    }
}

#[tokio::test]
async fn the_adaptor_says_how_a_status_is_set() {
    let s = Server::start().await;
    Mock::given(method("POST")).respond_with(list(json!({}))).mount(&s.http).await;
    Mock::given(method("PUT")).respond_with(list(json!({}))).mount(&s.http).await;
    s.company.set_return_status(id(), ReturnStatus::Live, &PresumedStatus).await.unwrap();
    for verb in [StatusVerb::Put, StatusVerb::PutWithId] {
        let adaptor = Says(Ok(StatusRequest { verb, body: br#"{"x":1}"#.to_vec() }));
        s.company.set_return_status(id(), ReturnStatus::Live, &adaptor).await.unwrap();
    }
    let seen = s
        .calls()
        .await
        .iter()
        .map(|call| {
            let body = String::from_utf8(call.body.clone()).unwrap();
            format!("{} {} {body}", call.method, call.url.path().strip_prefix(ROOT).unwrap())
        })
        .collect::<Vec<_>>();
    assert_eq!(
        seen,
        [
            r#"POST /sop_returns_status {"id":77,"status":"EnumDocumentStatusLive"}"#,
            r#"PUT /sop_returns_status {"x":1}"#,
            r#"PUT /sop_returns_status/77 {"x":1}"#,
        ]
    );
    for (request, says) in [
        (Err("not in this form"), "not in this form"),
        (Ok(StatusRequest { verb: StatusVerb::Put, body: b"[]".to_vec() }), "no JSON object"),
        (Ok(StatusRequest { verb: StatusVerb::Put, body: b"{}".to_vec() }), "no JSON object"),
        (Ok(StatusRequest { verb: StatusVerb::Put, body: vec![0xff] }), "no JSON object"),
    ] {
        let error = s.company.set_return_status(id(), ReturnStatus::Live, &Says(request)).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Invalid, Delivery::NotSent));
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(s.calls().await.len(), 3);
}

#[tokio::test]
async fn amending_and_deleting_name_the_return() {
    let s = Server::start().await;
    let table = tax_table(key());
    for verb in ["PUT", "DELETE"] {
        let at = path(format!("{ROOT}/sop_returns/77"));
        Mock::given(method(verb)).and(at).respond_with(ResponseTemplate::new(200)).expect(1).mount(&s.http).await;
    }
    s.company.amend_return(id(), &amendment(&table)).await.unwrap();
    s.company.delete_return(id()).await.unwrap();
    let calls = s.calls().await;
    assert_eq!(calls[0].body, amendment(&table).to_body());
    assert!(calls[1].body.is_empty());
}

/// Path and decoded query of the only request.
pub(crate) async fn shape(s: &Server) -> String {
    let calls = s.calls().await;
    assert_eq!(calls.len(), 1);
    let url = &calls[0].url;
    let pairs = url.query_pairs().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
    let shape = format!("{} {}", url.path().strip_prefix(ROOT).unwrap(), pairs.join(" & "));
    s.http.reset().await;
    shape
}

pub(crate) async fn answers(s: &Server, rows: Value) {
    Mock::given(method("GET")).respond_with(list(rows)).mount(&s.http).await;
}

#[tokio::test]
async fn every_look_up_asks_as_documented_and_checks_what_comes() {
    let s = Server::start().await;
    let c = &s.company;
    let header = |number: &str, code: &str, kind: i64, id: i64| json!({"id": id, "customer_document_no": number, "analysis_code_7": code, "document_type_id": kind});
    let heads = json!([
        header("RMA-1", "A-1", 1, 1),
        header("rma-1 ", "a-1 ", 1, 2),
        header("RMA-10", "A-10", 1, 3),
        header("RMA-1", "A-1", 0, 4),
        header("other", "other", 1, 5),
    ]);
    let ids = |rows: Vec<OrderView>| rows.iter().map(|row| row.id.get()).collect::<Vec<_>>();
    let view = "/sop_order_return_views $filter=(";
    let tail = ") and (document_type_id eq 1) & $orderby=id asc & $top=500";

    answers(&s, heads.clone()).await;
    let found = c.returns_by_document_no(&CustomerDocumentNo::new("RMA-1").unwrap()).await.unwrap();
    assert_eq!((ids(found), shape(&s).await), (vec![1, 2], format!("{view}customer_document_no eq 'RMA-1'{tail}")));
    answers(&s, heads.clone()).await;
    let found = c.returns_by_analysis_code(7, &AnalysisText::new("A-1").unwrap()).await.unwrap();
    assert_eq!((ids(found), shape(&s).await), (vec![1, 2], format!("{view}analysis_code_7 eq 'A-1'{tail}")));
    answers(&s, heads).await;
    let found = c.returns_mentioning_in_code(7, " A-1 ").await.unwrap();
    let asked = format!("{view}contains(analysis_code_7,'A-1'){tail}");
    assert_eq!((ids(found), shape(&s).await), (vec![1, 2, 3], asked));
    for error in [
        c.returns_mentioning_in_code(7, " ").await.unwrap_err(),
        c.returns_mentioning_in_code(21, "x").await.unwrap_err(),
        c.returns_by_analysis_code(0, &AnalysisText::new("x").unwrap()).await.unwrap_err(),
        c.stock_movements(Id::new(1).unwrap(), "").await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Invalid, Delivery::NotSent));
    }

    answers(&s, json!([{"id": 76}, {"id": ORDER}])).await;
    assert_eq!(c.sales_return(id()).await.unwrap().unwrap().id, id());
    assert_eq!(shape(&s).await, "/sop_returns $filter=id eq 77 & $orderby=id asc & $top=500 & $expand=lines");
    answers(&s, json!([])).await;
    assert_eq!(c.sales_return(id()).await.unwrap(), None);
    s.http.reset().await;

    answers(
        &s,
        json!([{"sop_return_id": 77, "sop_return_line_id": 1, "sop_return_line_analysis_code_2": "u1"},
        {"sop_return_id": 78, "sop_return_line_id": 2}]),
    )
    .await;
    let lines = c.return_lines(id()).await.unwrap();
    assert_eq!((lines.len(), lines[0].analysis_code(2)), (1, Some("u1")));
    let asked = "/sop_return_line_views $filter=sop_return_id eq 77 & $orderby=sop_return_line_id asc & $top=500";
    assert_eq!(shape(&s).await, asked);
    answers(&s, json!([{"sop_return_id": 77, "quantity_called_otherwise": 1}, {"sop_return_id": 78}])).await;
    let receipts = c.return_receipts(id()).await.unwrap();
    assert_eq!((receipts.len(), receipts[0].quantity), (1, None));
    assert_eq!(shape(&s).await, "/sop_return_receipt_line_views $filter=sop_return_id eq 77 & $top=5000");
    answers(
        &s,
        json!([{"sop_order_return_id": 77, "sop_invoice_credit_type_id": 1,
        "sop_invoice_credit_document_no": "CN1"}, {"sop_order_return_id": 78}]),
    )
    .await;
    let credits = c.invoices_and_credits(id()).await.unwrap();
    assert_eq!((credits.len(), credits[0].invoice_credit_type_id.as_deref()), (1, Some("1")));
    assert_eq!(shape(&s).await, "/sop_order_return_invoice_credit_views $filter=sop_order_return_id eq 77 & $top=5000");
    answers(&s, json!([{"sop_order_return_line_id": 77}, {"sop_order_return_line_id": 78}])).await;
    assert_eq!(c.line_invoices_and_credits(id()).await.unwrap().len(), 1);
    let asked = "/sop_order_return_line_invoice_credit_views $filter=sop_order_return_line_id eq 77 & $top=5000";
    assert_eq!(shape(&s).await, asked);
    // A view of which the filter is dropped gives a whole page of everything.
    answers(&s, json!(vec![json!({"sop_return_id": 77}); 5000])).await;
    assert!(c.return_receipts(id()).await.unwrap_err().to_string().contains("rows could be missing"));
}
