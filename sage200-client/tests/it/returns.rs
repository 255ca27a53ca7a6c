//! What drafts of returns accept, refuse and send, and what a site's rules say about them.

use proptest::prelude::*;
use rust_decimal::Decimal;
use sage200_client::*;
use serde::de::DeserializeOwned;
use serde_json::json;

const READ: &str = "2026-03-02T09:00:00Z";

fn table(read_at: &str) -> TaxTable {
    let company = CompanyKey::new(SiteId::new("0f1e-example"), CompanyId(4));
    let row = |id, code, rate: i64| TaxCodeRow::new(Id::new(id).unwrap(), code, "Rate", JsonDecimal(rate.into()));
    TaxTable::from_rows(company, read_at.parse().unwrap(), vec![row(2, 1, 20), row(3, 2, 0), row(5, 3, 5)])
}

fn id<T: Record>(id: i64) -> Id<T> {
    Id::new(id).unwrap()
}

fn number(text: &str) -> JsonDecimal {
    text.parse().unwrap()
}

fn product<'t>(table: &'t TaxTable, quantity: &str, price: Option<&str>) -> SopLine<'t> {
    SopLine::new(SopItem::Standard {
        product: id(41),
        warehouse: id(3),
        quantity: number(quantity),
        tax: table.by_number(1).unwrap(),
        unit_price: price.map(number),
        description: None,
    })
}

fn text<'t>(table: &'t TaxTable, code: i16, price: &str) -> SopLine<'t> {
    SopLine::new(SopItem::FreeText {
        description: LineDescription::new("Carriage").unwrap(),
        quantity: number("1"),
        unit_price: number(price),
        tax: table.by_number(code).unwrap(),
    })
}

fn charge<'t>(code: &str, value: Option<&str>) -> SopLine<'t> {
    SopLine::new(SopItem::Charge { charge: ChargeCode::new(code).unwrap(), value: value.map(number), tax: None })
}

fn comment<'t>() -> SopLine<'t> {
    SopLine::new(SopItem::Comment { description: LineDescription::new("Order #1001").unwrap() })
}

fn codes(number: u8, text: &str) -> AnalysisCodes {
    AnalysisCodes::new().with(number, AnalysisText::new(text).unwrap()).unwrap()
}

fn parts(lines: Vec<SopLine<'_>>) -> ReturnParts<'_> {
    ReturnParts {
        customer: id(12),
        date: "2026-03-02".parse().unwrap(),
        currency: Currency::GBP,
        document_no: None,
        customer_document_no: Some(CustomerDocumentNo::new("RMA-1001").unwrap()),
        analysis_codes: AnalysisCodes::new(),
        lines,
    }
}

fn row<T: DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}

#[test]
fn the_body_is_exactly_this() {
    let table = table(READ);
    let mut line = product(&table, "1", Some("20.00"));
    line.analysis_codes = codes(2, "unit-1");
    let mut free = text(&table, 2, "-2.50");
    free.nominal = Some(LineNominal {
        account: NominalReference::new("41100").unwrap(),
        cost_centre: Some(CostCentre::new("WEB").unwrap()),
        department: None,
    });
    let mut parts = parts(vec![line, free, charge("CARR", Some("4")), comment()]);
    parts.analysis_codes = codes(1, "#1001");
    let draft = ReturnDraft::new(parts.clone()).unwrap();
    assert_eq!(
        String::from_utf8(draft.to_body()).unwrap(),
        concat!(
            r##"{"customer_id":12,"document_date":"2026-03-02T00:00:00Z","customer_document_no":"RMA-1001","##,
            r##""analysis_code_1":"#1001","lines":["##,
            r#"{"line_type":"EnumLineTypeStandard","product_id":41,"warehouse_id":3,"line_quantity":1,"tax_code_id":2,"#,
            r#""selling_unit_price":20.00,"selling_unit_price_overridden":true,"analysis_code_2":"unit-1"},"#,
            r#"{"line_type":"EnumLineTypeFreeText","description":"Carriage","line_quantity":1,"tax_code_id":3,"#,
            r#""selling_unit_price":-2.50,"nominal_reference":"41100","nominal_cost_centre":"WEB"},"#,
            r#"{"line_type":"EnumLineTypeCharge","code":"CARR","selling_unit_price":4},"#,
            r##"{"line_type":"EnumLineTypeComment","description":"Order #1001"}]}"##,
        )
    );
    assert_eq!(draft.company(), Some(table.company()));
    // A price left to Sage 200 is not sent, and not said to be ours.
    parts.lines = vec![product(&table, "1", None)];
    let body = String::from_utf8(ReturnDraft::new(parts).unwrap().to_body()).unwrap();
    assert!(!body.contains("price") && !body.contains("null"), "{body}");
}

#[test]
fn an_amendment_adds_changes_and_deletes_lines() {
    let table = table(READ);
    let parts = AmendmentParts {
        customer: id(12),
        customer_document_no: None,
        analysis_codes: AnalysisCodes::new(),
        lines: vec![
            LineChange::Change { id: id(7), line: comment() },
            LineChange::Delete(id(8)),
            LineChange::Add(product(&table, "2", Some("1.5"))),
        ],
    };
    assert_eq!(
        String::from_utf8(ReturnAmendment::new(parts.clone()).unwrap().to_body()).unwrap(),
        concat!(
            r##"{"customer_id":12,"lines":[{"id":7,"line_type":"EnumLineTypeComment","description":"Order #1001"},"##,
            r#"{"id":8,"is_to_delete":true},{"line_type":"EnumLineTypeStandard","product_id":41,"warehouse_id":3,"#,
            r#""line_quantity":2,"tax_code_id":2,"selling_unit_price":1.5,"selling_unit_price_overridden":true}]}"#,
        )
    );
    let nothing = AmendmentParts { lines: vec![], ..parts.clone() };
    assert_eq!(ReturnAmendment::new(nothing).unwrap_err().faults(), [SopFault::NothingToAmend]);
    let twice = vec![LineChange::Delete(id(8)), LineChange::Change { id: id(8), line: product(&table, "0", None) }];
    let error = ReturnAmendment::new(AmendmentParts { lines: twice, ..parts }).unwrap_err();
    assert!(error.to_string().contains("lines[1].quantity is 0"), "{error}");
    assert!(error.faults().contains(&SopFault::LineTwice { id: id(8) }), "{error}");
}

#[test]
fn everything_wrong_is_told_at_once() {
    let (table, other) = (table(READ), self::table("2026-03-02T10:00:00Z"));
    let mut bad = parts(vec![
        product(&table, "0", Some("-20")),
        product(&table, "1.000001", Some("0.000001")),
        text(&other, 2, "-5"),
        charge("CARR", Some("-1")),
        product(&table, "9999999999", Some("9999999999")),
    ]);
    bad.customer_document_no = None;
    let error = ReturnDraft::new(bad).unwrap_err();
    let text = error.to_string();
    for says in [
        "customer_document_no and analysis_codes are empty",
        "lines[0].quantity is 0; quantities are written above zero, on returns too",
        "lines[0].unit_price is -20; only a free text line may be negative",
        "lines[1].quantity is 1.000001; Sage 200 keeps 5 decimal places",
        "lines[1].unit_price is 0.000001; Sage 200 keeps 5",
        "lines[2].tax comes from another reading",
        "lines[3].value is -1; only a free text",
        "lines[4]: quantity times price is too large",
    ] {
        assert!(text.contains(says), "{says:?} is missing in {text}");
    }
    assert_eq!(error.faults().len(), 8, "{text}");
    let faults = |lines| ReturnDraft::new(parts(lines)).unwrap_err().faults().to_vec();
    assert_eq!(faults(vec![]), [SopFault::NothingInIt]);
    assert_eq!(faults(vec![comment()]), [SopFault::NothingInIt]);
    let below = vec![product(&table, "1", Some("2")), self::text(&table, 1, "-2.01")];
    assert_eq!(faults(below), [SopFault::NegativeValue { total: Decimal::new(-1, 2) }]);
    assert!(ReturnDraft::new(parts(vec![product(&table, "1", Some("0"))])).is_ok(), "nil for nil is a return");
    let dinar: Currency = "KWD".parse().unwrap();
    let mut foreign = parts(vec![product(&table, "1", None)]);
    foreign.currency = dinar;
    let faults = ReturnDraft::new(foreign).unwrap_err();
    assert_eq!(faults.faults(), [SopFault::TooManyPlaces { currency: dinar, digits: 3 }]);
}

#[test]
fn analysis_codes_have_twenty_numbers_each_once() {
    let text = || AnalysisText::new("x").unwrap();
    for number in [0, 21, 255] {
        assert_eq!(AnalysisCodes::new().with(number, text()), Err(SlotError::NoSuchNumber { number }));
    }
    assert_eq!(codes(20, "y").with(20, text()), Err(SlotError::SetTwice { number: 20 }));
}

/// A site where everything is allowed, with customer 12, product 41 and warehouse 3.
fn site() -> SiteRules {
    let mapping = |id: i64, class: &str, slot: i64, more: serde_json::Value| {
        let mut all = json!({"id": id, "class_name": format!("Sage.Accounting.SOP.{class}"), "slot": slot});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row::<AnalysisCodeMapping>(all)
    };
    let mut rules = SiteRules::new(
        row(json!({"auto_generate_order_return_numbers": true, "are_prices_tax_inclusive": false})),
        row(json!({"override_prices_discounts": true})),
    );
    rules.mappings = vec![
        mapping(1, "SOPOrderReturn", 1, json!({"analysis_code": {"allow_overtype": true, "values": []}})),
        mapping(
            2,
            "SOPOrderReturn",
            2,
            json!({"analysis_code": {"allow_overtype": false, "values": [{"value": "Web"}, {"value": "Shop"}]}}),
        ),
        mapping(3, "SOPOrderReturn", 3, json!({"is_read_only": true})),
        mapping(4, "SOPOrderReturn", 4, json!({"analysis_code": {"allow_overtype": false}})),
        mapping(5, "SOPOrderReturnLine", 6, json!({})),
    ];
    rules.warehouses = vec![
        row(json!({"id": 3, "use_for_sales_trading": true})),
        row(json!({"id": 4, "use_for_sales_trading": false})),
    ];
    rules.currencies = vec![row(json!({"id": 1, "currency_iso_code": {"code": "GBP"}}))];
    rules.charges = vec![row(json!({"id": 1, "code": "CARR"}))];
    rules.customers = vec![
        row(json!({"id": 12, "currency_id": 1, "account_status_type": "AccountStatusActive"})),
        row(json!({"id": 13, "currency_id": 1, "account_status_type": "AccountStatusHidden"})),
    ];
    rules.products = vec![row(json!({
        "id": 41, "code": "SHIRT-M", "status_type": "Active", "allow_sales_order": true,
        "traceable_type": "EnumTraceableTypeNone",
    }))];
    rules
}

/// That site with a difference.
fn with(change: impl FnOnce(&mut SiteRules)) -> SiteRules {
    let mut rules = site();
    change(&mut rules);
    rules
}

/// The rules that a draft breaks.
fn broken(parts: ReturnParts<'_>, rules: &SiteRules) -> Vec<(String, SiteRule)> {
    match ReturnDraft::new(parts).unwrap().check(rules) {
        Ok(()) => vec![],
        Err(violations) => violations.all().iter().map(|v| (v.field.clone(), v.rule)).collect(),
    }
}

fn only(field: &str, rule: SiteRule) -> Vec<(String, SiteRule)> {
    vec![(field.to_owned(), rule)]
}

#[test]
fn a_good_return_breaks_no_rule() {
    let table = table(READ);
    let mut good =
        parts(vec![product(&table, "1", Some("20")), charge("carr", None), text(&table, 1, "-1"), comment()]);
    assert_eq!(broken(good.clone(), &site()), []);
    good.analysis_codes = codes(2, "web");
    good.lines[0].analysis_codes = codes(6, "unit-1");
    assert_eq!(broken(good, &site()), []);
    // What a site does not show forbids nothing, but the records must be there.
    let rules = SiteRules::new(row(json!({})), row(json!({})));
    let nothing = broken(parts(vec![text(&table, 1, "1")]), &rules);
    assert_eq!(nothing, only("customer", SiteRule::UnknownCustomer));
}

#[test]
fn settings_and_permissions_are_kept() {
    let table = table(READ);
    let settings = |json: serde_json::Value| with(|rules| rules.settings = row(json));
    let one = || parts(vec![product(&table, "1", Some("20"))]);

    let by_hand = settings(json!({"auto_generate_order_return_numbers": false}));
    assert_eq!(broken(one(), &by_hand), only("document_no", SiteRule::NumberMissing));
    let mut numbered = one();
    numbered.document_no = Some(DocumentNo::new("R1").unwrap());
    assert_eq!(broken(numbered.clone(), &by_hand), []);
    assert_eq!(broken(numbered, &site()), only("document_no", SiteRule::NumberIgnored));

    let free = settings(json!({"order_line_item_type": "FreeText"}));
    assert_eq!(broken(one(), &free), only("lines[0]", SiteRule::StandardForbidden));
    let standard = settings(json!({"order_line_item_type": "Standard"}));
    assert_eq!(broken(parts(vec![text(&table, 1, "1")]), &standard), only("lines[0]", SiteRule::FreeTextForbidden));

    let closed = settings(
        json!({"amend_nominal_codes": false, "amend_analysis_codes": false, "amend_header_analysis_codes": false}),
    );
    let mut full = one();
    full.analysis_codes = codes(1, "x");
    full.lines[0].analysis_codes = codes(6, "x");
    full.lines[0].nominal =
        Some(LineNominal { account: NominalReference::new("41100").unwrap(), cost_centre: None, department: None });
    assert_eq!(
        broken(full, &closed),
        [
            ("analysis_code_1".to_owned(), SiteRule::HeaderCodesClosed),
            ("lines[0].nominal".to_owned(), SiteRule::NominalClosed),
            ("lines[0].analysis_code_6".to_owned(), SiteRule::LineCodesClosed),
        ]
    );
    let no_prices = with(|rules| rules.permissions = row(json!({"override_prices_discounts": false})));
    assert_eq!(broken(one(), &no_prices), only("lines[0].unit_price", SiteRule::PriceForbidden));
    assert_eq!(broken(parts(vec![product(&table, "1", None)]), &no_prices), []);
}

#[test]
fn analysis_codes_are_those_of_the_site() {
    let table = table(READ);
    let coded = |number, text| {
        let mut parts = parts(vec![product(&table, "1", Some("20"))]);
        parts.analysis_codes = codes(number, text);
        broken(parts, &site())
    };
    assert_eq!(coded(2, "Market"), only("analysis_code_2", SiteRule::CodeNotListed));
    assert_eq!(coded(3, "x"), only("analysis_code_3", SiteRule::CodeReadOnly));
    assert_eq!(coded(4, "x"), only("analysis_code_4", SiteRule::CodeListUnread));
    assert_eq!(coded(6, "x"), only("analysis_code_6", SiteRule::CodeUnmapped));
    let mut rules = site();
    rules.mappings[0].is_mandatory = Some(true);
    rules.mappings[4].is_mandatory = Some(true);
    assert_eq!(
        broken(parts(vec![product(&table, "1", Some("20")), comment()]), &rules),
        [
            ("analysis_code_1".to_owned(), SiteRule::CodeMissing),
            ("lines[0].analysis_code_6".to_owned(), SiteRule::CodeMissing),
        ]
    );
}

#[test]
fn records_must_be_there_and_usable() {
    let table = table(READ);
    let one = || parts(vec![product(&table, "1", Some("20"))]);
    let hidden = ReturnParts { customer: id(13), ..one() };
    assert_eq!(broken(hidden, &site()), only("customer", SiteRule::HiddenCustomer));
    let euros = ReturnParts { currency: Currency::EUR, ..one() };
    assert_eq!(broken(euros, &site()), only("currency", SiteRule::OtherCurrency));
    let unread = with(|rules| rules.currencies.clear());
    assert_eq!(broken(one(), &unread), only("currency", SiteRule::CurrencyUnknown));
    assert_eq!(broken(parts(vec![charge("X", Some("1"))]), &site()), only("lines[0].charge", SiteRule::UnknownCharge));

    let mut elsewhere = one();
    for (there, rule) in [(4, None), (9, Some(SiteRule::UnknownWarehouse))] {
        if let SopItem::Standard { warehouse, .. } = &mut elsewhere.lines[0].item {
            *warehouse = id(there);
        }
        let expected = rule.map_or(vec![], |rule| only("lines[0].warehouse", rule));
        assert_eq!(broken(elsewhere.clone(), &site()), expected);
    }
    let mut rules = site();
    rules.holdings = vec![row(json!({"id": 1, "product_id": 41, "warehouse_id": 8}))];
    assert_eq!(broken(one(), &rules), only("lines[0].warehouse", SiteRule::NoHolding));
    rules.holdings.push(row(json!({"id": 2, "product_id": 41, "warehouse_id": 3})));
    assert_eq!(broken(one(), &rules), []);

    for (change, rule) in [
        (json!({"id": 41, "status_type": "EnumStockItemStatusTypeInactive"}), SiteRule::InactiveProduct),
        (json!({"id": 41, "allow_sales_order": false}), SiteRule::NotForSale),
        (json!({"id": 41, "traceable_type": "EnumTraceableTypeBatch"}), SiteRule::Traceable),
        (json!({"id": 41, "traceable_type": "SomethingNew"}), SiteRule::Traceable),
        (json!({"id": 42}), SiteRule::UnknownProduct),
    ] {
        let rules = with(|rules| rules.products = vec![row(change)]);
        assert_eq!(broken(one(), &rules), only("lines[0].product", rule));
    }
    // 5% on 100 and 20% off 30: the VAT is below zero though the value is not.
    let upside = parts(vec![text(&table, 3, "100"), text(&table, 1, "-30")]);
    assert_eq!(broken(upside, &site()), only("total_tax_value", SiteRule::NegativeTotal));
}

#[test]
fn violations_are_sentences_with_a_way_out_and_come_all_at_once() {
    let table = table(READ);
    let mut bad = parts(vec![product(&table, "1", Some("20")), charge("X", None)]);
    bad.analysis_codes = codes(2, "Market");
    let rules = with(|rules| rules.products.clear());
    let error = ReturnDraft::new(bad).unwrap().check(&rules).unwrap_err();
    assert_eq!(error.all().len(), 3);
    assert_eq!(
        error.to_string(),
        "the site does not take the return: analysis_code_2 is \"Market\": the analysis code takes only values on its \
         list, so use one of them, or add it in Sage 200; lines[0].product is 41: no such product was read, so read the \
         product into the rules, or correct the id; lines[1].charge is X: there is no such additional charge, so use one \
         that `sop_additional_charges` lists"
    );
}

#[test]
fn an_amendment_is_checked_too() {
    let table = table(READ);
    let mut rules = site();
    rules.mappings[0].is_mandatory = Some(true);
    rules.warehouses.clear();
    let amendment = ReturnAmendment::new(AmendmentParts {
        customer: id(12),
        customer_document_no: None,
        analysis_codes: AnalysisCodes::new(),
        lines: vec![LineChange::Delete(id(1)), LineChange::Add(product(&table, "1", Some("20")))],
    })
    .unwrap();
    let error = amendment.check(&rules).unwrap_err();
    assert_eq!(error.all().iter().map(|v| v.rule).collect::<Vec<_>>(), [SiteRule::UnknownWarehouse]);
    assert_eq!(error.all()[0].field, "lines[1].warehouse");
}

proptest! {
    #[test]
    fn totals_are_the_sum_of_rounded_lines(
        lines in prop::collection::vec((1i64..500_000, 0i64..10_000_000, 1i16..4), 1..6), inclusive in any::<bool>(),
    ) {
        let table = table(READ);
        let made = lines.iter().map(|(quantity, price, code)| {
            let mut line = product(&table, "1", None);
            if let SopItem::Standard { quantity: q, unit_price, tax, .. } = &mut line.item {
                *q = JsonDecimal(Decimal::new(*quantity, 5));
                *unit_price = Some(JsonDecimal(Decimal::new(*price, 5)));
                *tax = table.by_number(*code).unwrap();
            }
            line
        }).collect::<Vec<_>>();
        let single = |line: &SopLine<'_>| ReturnDraft::new(parts_of(line.clone())).unwrap().totals(inclusive).unwrap();
        let draft = ReturnDraft::new(parts(made.clone())).unwrap();
        let totals = draft.totals(inclusive).unwrap();
        prop_assert_eq!(totals.net.checked_add(totals.tax).unwrap(), totals.gross);
        let sum = |of: fn(&SopTotals) -> Money| made.iter().map(|line| of(&single(line)).amount()).sum::<Decimal>();
        prop_assert_eq!(totals.net.amount(), sum(|t| t.net));
        prop_assert_eq!(totals.tax.amount(), sum(|t| t.tax));
        // Against the exact value: half a penny a line from the price, half a penny from the VAT.
        let exact = lines.iter().map(|(q, p, _)| Decimal::new(*q, 5) * Decimal::new(*p, 5)).sum::<Decimal>();
        let shown = if inclusive { totals.gross } else { totals.net };
        let off = Decimal::new(5, 3) * Decimal::from(lines.len());
        prop_assert!((shown.amount() - exact).abs() <= off);
        let vat = lines.iter().map(|(q, p, code)| {
            let rate = table.by_number(*code).unwrap().rate();
            let base = if inclusive { rate + Decimal::ONE_HUNDRED } else { Decimal::ONE_HUNDRED };
            Decimal::new(*q, 5) * Decimal::new(*p, 5) * rate / base
        }).sum::<Decimal>();
        prop_assert!((totals.tax.amount() - vat).abs() <= off * Decimal::new(12, 1));
    }
}

fn parts_of(line: SopLine<'_>) -> ReturnParts<'_> {
    parts(vec![line])
}
