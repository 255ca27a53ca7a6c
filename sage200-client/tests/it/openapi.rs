//! The table of fields, and with it models, limits and bodies, against Sage's own API description, where that is at
//! hand. It is Sage's and not part of this repository.

use sage200_client::{
    AccountReference, AddressParts, AmendmentParts, AnalysisCodes, AnalysisText, BinHolding, ChargeCode, CompanyId,
    CompanyKey, CostCentre, CreditNoteDraft, CreditNoteParts, Currency, CustomerDocumentNo, DeliverTo, DeliveryAddress,
    Department, DocumentNo, Enumeration, Id, JsonDecimal, LineChange, LineDescription, LineNominal, Money, Narrative,
    NominalReference, NominalRow, OrderDraft, OrderParts, OrderPriority, ProductCode, Reference, ReturnAmendment,
    ReturnDraft, ReturnParts, SecondReference, SiteId, SopItem, SopLine, TaxCodeRow, TaxTable, TransactionAnalysisCode,
    TransferDraft, TransferParts, VatRow,
    fields::{
        ANSWERS, CREDIT_NOTE, Entity, Field, Kind, PRESUMED, REQUESTS, SALES_ORDER, SALES_RETURN, STOCK_TRANSFER,
    },
};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, path::Path};

/// All schemas and paths of Sage's files; `None` where the files are absent.
fn description() -> Option<(Map<String, Value>, BTreeSet<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/sage200-openapi");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("SKIPPED: Sage's API description is not here, so nothing was compared with it");
        return None;
    };
    let (mut schemas, mut paths) = (Map::new(), BTreeSet::new());
    for file in files {
        let file = file.unwrap().path();
        if !file.file_name().unwrap().to_str().unwrap().starts_with("oas3-") {
            continue;
        }
        let json: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        paths.extend(json["paths"].as_object().unwrap().keys().map(|path| path.trim_matches('/').to_owned()));
        schemas.extend(json["components"]["schemas"].as_object().unwrap().clone());
    }
    Some((schemas, paths))
}

/// A schema or what it refers to.
fn followed<'a>(schema: &'a Value, schemas: &'a Map<String, Value>) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    name.map_or(schema, |name| &schemas[name])
}

fn spelled(property: &Value) -> String {
    if property["$ref"].is_string() {
        return "object".into();
    }
    let text = |key| property[key].as_str().unwrap_or_default();
    match (text("type"), text("format")) {
        ("integer", format) => format.to_owned(),
        ("number", format) => format.to_owned(),
        ("string", "date-time") => "date".into(),
        ("string", _) => property["maxLength"].as_u64().map_or("text".into(), |max| format!("text {max}")),
        (other, _) => other.to_owned(),
    }
}

fn ours(kind: Kind) -> String {
    match kind {
        Kind::Text(max) => format!("text {max}"),
        Kind::LongText => "text".into(),
        Kind::Int64 => "int64".into(),
        Kind::Int32 => "int32".into(),
        Kind::Int16 => "int16".into(),
        Kind::Decimal(places) => format!("decimal {places}dp"),
        Kind::Bool => "boolean".into(),
        Kind::Date => "date".into(),
        Kind::List(_) => "array".into(),
        Kind::Object(_) => "object".into(),
        other => format!("{other:?}"),
    }
}

fn compare(
    place: &str,
    fields: &[Field],
    schema: &Value,
    schemas: &Map<String, Value>,
    wrong: &mut Vec<String>,
) -> usize {
    let mut compared = 0;
    for (name, kind) in fields {
        let property = &schema["properties"][name];
        if property.is_null() {
            wrong.push(format!("{place}.{name} does not exist"));
            continue;
        }
        if ours(*kind) != spelled(property) {
            wrong.push(format!("{place}.{name} is {}, not {}", spelled(property), ours(*kind)));
        }
        compared += 1;
        compared += match kind {
            Kind::List(inner) => {
                compare(&format!("{place}.{name}[]"), inner, followed(&property["items"], schemas), schemas, wrong)
            }
            // Sage describes nested records as bare objects; their schema has the field's name.
            Kind::Object(inner) => {
                let inside = property["properties"].as_object().is_some_and(|fields| !fields.is_empty());
                let schema = if inside { property } else { &schemas[*name] };
                compare(&format!("{place}.{name}"), inner, schema, schemas, wrong)
            }
            _ => 0,
        };
    }
    compared
}

#[test]
fn every_field_type_and_limit_is_sages() {
    let Some((schemas, paths)) = description() else { return };
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for Entity { resource, schema, fields, .. } in REQUESTS.iter().chain(ANSWERS) {
        assert!(paths.contains(*resource), "there is no {resource}");
        assert!(schemas.contains_key(*schema), "there is no schema {schema}");
        compared += compare(resource, fields, &schemas[*schema], &schemas, &mut wrong);
    }
    // Sage's files are older than returns; their fields are presumed to be those of orders.
    for Entity { resource, schema, fields, .. } in PRESUMED {
        assert!(!paths.contains(*resource), "{resource} is described now and need not be presumed");
        compared += compare(resource, fields, &schemas[*schema], &schemas, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 450, "only {compared} fields were compared");
    for enumeration in Enumeration::ALL {
        assert!(paths.contains(enumeration.path()), "there is no {enumeration}");
    }
}

/// Where each limited type is used.
const LIMITS: &[(usize, &str, &str)] = &[
    (AccountReference::LIMIT, "customer", "reference"),
    (Reference::LIMIT, "sales_credit_note", "reference"),
    (SecondReference::LIMIT, "sales_credit_note", "second_reference"),
    (CustomerDocumentNo::LIMIT, "sop_order", "customer_document_no"),
    (CustomerDocumentNo::LIMIT, "sop_order_return_view", "customer_document_no"),
    (DocumentNo::LIMIT, "sop_order", "document_no"),
    (AnalysisText::LIMIT, "sop_order", "analysis_code_20"),
    (AnalysisText::LIMIT, "sop_order_line", "analysis_code_20"),
    (AnalysisText::LIMIT, "sop_order_return_view", "analysis_code_20"),
    (LineDescription::LIMIT, "sop_order_line", "description"),
    (ChargeCode::LIMIT, "sop_additional_charge", "code"),
    (Reference::LIMIT, "stock_transfer", "reference"),
    (SecondReference::LIMIT, "stock_transfer", "second_reference"),
    (NominalReference::LIMIT, "sop_order_line", "nominal_reference"),
    (CostCentre::LIMIT, "sop_order_line", "nominal_cost_centre"),
    (Department::LIMIT, "sop_order_line", "nominal_department"),
    (ProductCode::LIMIT, "product", "code"),
    (NominalReference::LIMIT, "sales_credit_note", "nominal_analysis_items/code"),
    (CostCentre::LIMIT, "sales_credit_note", "nominal_analysis_items/cost_centre"),
    (Department::LIMIT, "sales_credit_note", "nominal_analysis_items/department"),
    (Narrative::LIMIT, "sales_credit_note", "nominal_analysis_items/narrative"),
    (TransactionAnalysisCode::LIMIT, "sales_credit_note", "nominal_analysis_items/transaction_analysis_code"),
];

#[test]
fn every_limited_type_has_sages_limit() {
    let Some((schemas, _)) = description() else { return };
    for (limit, schema, field) in LIMITS {
        let mut at = &schemas[*schema];
        for step in field.split('/') {
            at = if at["items"].is_object() { &at["items"]["properties"][step] } else { &at["properties"][step] };
        }
        assert_eq!(at["maxLength"], *limit, "{schema}.{field}");
    }
}

/// Each value of a body stands in the table and is of its kind.
fn fits(place: &str, value: &Value, fields: &[Field]) {
    for (name, value) in value.as_object().unwrap() {
        let kind = fields.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind);
        match kind.unwrap_or_else(|| panic!("{place}.{name} is not in the table")) {
            Kind::Text(max) => assert!(value.as_str().unwrap().encode_utf16().count() <= max),
            Kind::Int64 => assert!(value.is_i64()),
            Kind::Decimal(places) => {
                let digits = value.to_string().split_once('.').map_or(0, |(_, digits)| digits.len());
                assert!(value.is_number() && digits <= usize::try_from(places).unwrap(), "{place}.{name} {value}");
            }
            Kind::Date => assert!(value.as_str().unwrap().ends_with("T00:00:00Z")),
            Kind::List(inner) => value.as_array().unwrap().iter().for_each(|row| fits(name, row, inner)),
            Kind::Object(inner) => fits(name, value, inner),
            Kind::Bool => assert!(value.is_boolean()),
            other => panic!("{place}.{name} is of kind {other:?}, which no body holds"),
        }
    }
}

#[test]
fn a_full_body_fills_the_table_of_the_credit_note() {
    let money = |pence| Money::new(rust_decimal::Decimal::new(pence, 2), Currency::GBP).unwrap();
    let company = CompanyKey::new(SiteId::new("0f1e-example"), CompanyId(4));
    let code = TaxCodeRow::new(Id::new(2).unwrap(), 1, "Standard", JsonDecimal(20.into()));
    let table = TaxTable::from_rows(company, "2026-03-02T09:00:00Z".parse().unwrap(), vec![code]);
    let draft = CreditNoteDraft::new(CreditNoteParts {
        customer: Id::new(12).unwrap(),
        date: "2026-03-02".parse().unwrap(),
        reference: Some(Reference::new("x".repeat(20)).unwrap()),
        second_reference: SecondReference::new("x".repeat(20)).unwrap(),
        currency: Currency::GBP,
        vat: vec![VatRow { code: table.by_number(1).unwrap(), goods: money(1234), tax: money(247), pieces: 1 }],
        nominal: vec![NominalRow {
            account: NominalReference::new("x".repeat(8)).unwrap(),
            cost_centre: Some(CostCentre::new("WEB").unwrap()),
            department: Some(Department::new("UK1").unwrap()),
            narrative: Some(Narrative::new("x".repeat(6000)).unwrap()),
            value: money(1234),
            transaction_analysis_code: Some(TransactionAnalysisCode::new("x".repeat(20)).unwrap()),
        }],
    })
    .unwrap();
    let body: Value = serde_json::from_slice(&draft.to_body()).unwrap();
    fits("credit note", &body, CREDIT_NOTE.fields);
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let table_names = |fields: &[Field]| fields.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(names(&body), table_names(CREDIT_NOTE.fields), "a full draft uses every field of the table");
    for (name, kind) in CREDIT_NOTE.fields {
        if let Kind::List(inner) = kind {
            assert_eq!(names(&body[*name][0]), table_names(inner));
        }
    }
}

#[test]
fn full_bodies_fill_the_tables_of_order_return_and_transfer() {
    let company = CompanyKey::new(SiteId::new("0f1e-example"), CompanyId(4));
    let code = TaxCodeRow::new(Id::new(2).unwrap(), 1, "Standard", JsonDecimal(20.into()));
    let table = TaxTable::from_rows(company, "2026-03-02T09:00:00Z".parse().unwrap(), vec![code]);
    let tax = table.by_number(1).unwrap();
    let codes = || AnalysisCodes::new().with(1, AnalysisText::new("x".repeat(60)).unwrap()).unwrap();
    let number = |text: &str| text.parse::<JsonDecimal>().unwrap();
    let product = SopLine {
        item: SopItem::Standard {
            product: Id::new(41).unwrap(),
            warehouse: Id::new(3).unwrap(),
            quantity: number("1.00001"),
            tax,
            unit_price: Some(number("20.00001")),
            description: Some(LineDescription::new("x".repeat(6000)).unwrap()),
        },
        nominal: Some(LineNominal {
            account: NominalReference::new("x".repeat(8)).unwrap(),
            cost_centre: Some(CostCentre::new("WEB").unwrap()),
            department: Some(Department::new("UK1").unwrap()),
        }),
        analysis_codes: codes(),
    };
    let charge = SopLine::new(SopItem::Charge {
        charge: ChargeCode::new("x".repeat(20)).unwrap(),
        value: Some(number("1")),
        tax: Some(tax),
    });
    let draft = ReturnDraft::new(ReturnParts {
        customer: Id::new(12).unwrap(),
        date: "2026-03-02".parse().unwrap(),
        currency: Currency::GBP,
        document_no: Some(DocumentNo::new("x".repeat(20)).unwrap()),
        customer_document_no: Some(CustomerDocumentNo::new("x".repeat(30)).unwrap()),
        analysis_codes: codes(),
        lines: vec![product.clone(), charge],
    })
    .unwrap();
    let full = |length: usize| "x".repeat(length);
    let address = DeliveryAddress::new(AddressParts {
        postal_name: full(60),
        lines: [full(60), full(60), full(60), full(60)],
        city: full(60),
        county: full(60),
        postcode: full(10),
        country: full(60),
        contact: full(235),
        telephone: full(30),
        email: full(255),
        country_code: Some(Id::new(1).unwrap()),
    });
    let order = |deliver_to| {
        OrderDraft::new(OrderParts {
            customer: Id::new(12).unwrap(),
            date: "2026-03-02".parse().unwrap(),
            currency: Currency::GBP,
            document_no: Some(DocumentNo::new(full(20)).unwrap()),
            customer_document_no: Some(CustomerDocumentNo::new(full(30)).unwrap()),
            analysis_codes: codes(),
            deliver_to,
            priority: Some(OrderPriority::new('A').unwrap()),
            requested_delivery_date: Some("2026-03-05".parse().unwrap()),
            lines: vec![product.clone()],
        })
        .unwrap()
    };
    let orders = [DeliverTo::Address(Box::new(address.unwrap())), DeliverTo::Stored(Id::new(5).unwrap())].map(order);
    let amendment = ReturnAmendment::new(AmendmentParts {
        customer: Id::new(12).unwrap(),
        customer_document_no: None,
        analysis_codes: codes(),
        lines: vec![
            LineChange::Change { id: Id::new(7).unwrap(), line: product.clone() },
            LineChange::Delete(Id::new(8).unwrap()),
        ],
    })
    .unwrap();
    let (mut heads, mut lines) = (BTreeSet::new(), BTreeSet::new());
    for body in [draft.to_body(), amendment.to_body()] {
        let body: Value = serde_json::from_slice(&body).unwrap();
        fits("return", &body, SALES_RETURN.fields);
        heads.extend(body.as_object().unwrap().keys().cloned());
        lines.extend(
            body["lines"].as_array().unwrap().iter().flat_map(|line| line.as_object().unwrap().keys().cloned()),
        );
    }
    let names = |fields: &[Field]| fields.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(heads, names(SALES_RETURN.fields));
    let mut heads = BTreeSet::new();
    for body in orders.map(|order| order.to_body()) {
        let body: Value = serde_json::from_slice(&body).unwrap();
        fits("order", &body, SALES_ORDER.fields);
        heads.extend(body.as_object().unwrap().keys().cloned());
    }
    assert_eq!(heads, names(SALES_ORDER.fields));
    let of_lines =
        SALES_RETURN.fields.iter().find_map(|(_, kind)| if let Kind::List(inner) = kind { Some(*inner) } else { None });
    assert_eq!(lines, names(of_lines.unwrap()));

    let bin = |json: &str| serde_json::from_str::<BinHolding>(json).unwrap();
    let transfer = TransferDraft::new(TransferParts {
        product: Id::new(41).unwrap(),
        from: &bin(r#"{"id":1,"product_id":41,"free_stock_available":2}"#),
        to: &bin(r#"{"id":2,"product_id":41}"#),
        quantity: number("1.00001"),
        date: "2026-03-02".parse().unwrap(),
        reference: Some(Reference::new("x".repeat(20)).unwrap()),
        second_reference: SecondReference::new("x".repeat(20)).unwrap(),
    })
    .unwrap();
    let body: Value = serde_json::from_slice(&transfer.to_body()).unwrap();
    fits("transfer", &body, STOCK_TRANSFER.fields);
    assert_eq!(body.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>(), names(STOCK_TRANSFER.fields));
}
