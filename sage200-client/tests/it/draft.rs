//! What a credit note draft accepts, refuses and sends.

use proptest::prelude::*;
use rust_decimal::Decimal;
use sage200_client::*;

fn money(pence: i64) -> Money {
    Money::new(Decimal::new(pence, 2), Currency::GBP).unwrap()
}

fn company() -> CompanyKey {
    CompanyKey::new(SiteId::new("0f1e-example"), CompanyId(4))
}

fn table(read_at: &str) -> TaxTable {
    let row = |id, code, rate| {
        TaxCodeRow::new(Id::new(id).unwrap(), code, format!("Code {code}"), JsonDecimal(Decimal::new(rate, 1)))
    };
    TaxTable::from_rows(company(), read_at.parse().unwrap(), vec![row(2, 1, 200), row(3, 2, 0), row(5, 7, 175)])
}

fn row(table: &TaxTable, code: i16, goods: i64, tax: i64, pieces: u32) -> VatRow<'_> {
    VatRow { code: table.by_number(code).unwrap(), goods: money(goods), tax: money(tax), pieces }
}

fn nominal(account: &str, pence: i64) -> NominalRow {
    NominalRow {
        account: NominalReference::new(account).unwrap(),
        cost_centre: None,
        department: None,
        narrative: None,
        value: money(pence),
        transaction_analysis_code: None,
    }
}

fn parts<'t>(vat: Vec<VatRow<'t>>, nominal: Vec<NominalRow>) -> CreditNoteParts<'t> {
    CreditNoteParts {
        customer: Id::new(12).unwrap(),
        date: "2026-03-02".parse().unwrap(),
        reference: None,
        second_reference: SecondReference::new("RMA-1001").unwrap(),
        currency: Currency::GBP,
        vat,
        nominal,
    }
}

fn faults(parts: CreditNoteParts<'_>) -> Vec<DraftFault> {
    CreditNoteDraft::new(parts).unwrap_err().faults().to_vec()
}

const READ: &str = "2026-03-02T09:00:00Z";

#[test]
fn the_body_is_exactly_this() {
    let table = table(READ);
    let mut parts = parts(vec![row(&table, 1, 2000, 400, 1), row(&table, 2, 550, 0, 1)], vec![]);
    let draft = CreditNoteDraft::new(parts.clone()).unwrap();
    assert_eq!(
        String::from_utf8(draft.to_body()).unwrap(),
        concat!(
            r#"{"customer_id":12,"transaction_date":"2026-03-02T00:00:00Z","second_reference":"RMA-1001","#,
            r#""document_goods_value":25.50,"document_tax_value":4.00,"tax_analysis_items":["#,
            r#"{"id":2,"goods_amount":20.00,"tax_amount":4.00},{"id":3,"goods_amount":5.50,"tax_amount":0.00}]}"#
        )
    );
    parts.reference = Some(Reference::new("CN-1").unwrap());
    parts.nominal = vec![nominal("41100", 2500), nominal("41200", 50)];
    parts.nominal[0].cost_centre = Some(CostCentre::new("WEB").unwrap());
    parts.nominal[0].department = Some(Department::new("UK").unwrap());
    parts.nominal[0].narrative = Some(Narrative::new("Order #1001, RMA-1001").unwrap());
    parts.nominal[0].transaction_analysis_code = Some(TransactionAnalysisCode::new("RETURNS").unwrap());
    let body = String::from_utf8(CreditNoteDraft::new(parts).unwrap().to_body()).unwrap();
    assert!(body.contains(r#""reference":"CN-1","second_reference""#), "{body}");
    assert!(
        body.ends_with(concat!(
            r#""nominal_analysis_items":[{"code":"41100","cost_centre":"WEB","department":"UK","#,
            r#""narrative":"Order #1001, RMA-1001","value":25.00,"transaction_analysis_code":"RETURNS"},"#,
            r#"{"code":"41200","value":0.50}]}"#
        )),
        "{body}"
    );
    assert!(!body.contains("null"));
}

#[test]
fn everything_wrong_is_told_at_once() {
    let (table, other) = (table(READ), table("2026-03-02T10:00:00Z"));
    let mut bad = parts(
        vec![row(&table, 1, -2000, 400, 1), row(&table, 1, 1000, 199, 1), row(&other, 2, 100, 0, 1)],
        vec![nominal("41100", -5)],
    );
    bad.vat.push(VatRow {
        code: table.by_number(7).unwrap(),
        goods: Money::zero(Currency::EUR),
        tax: Money::zero(Currency::EUR),
        pieces: 1,
    });
    let error = CreditNoteDraft::new(bad).unwrap_err();
    let text = error.to_string();
    for says in [
        "vat[0].goods is -20.00 GBP",
        "vat[0].tax is 4.00 GBP, but tax code 1 is 20% and gives -4 on -20.00 GBP",
        "vat[3].goods is in EUR; the credit note is in GBP",
        "vat[3].tax is in EUR",
        "vat[2].code comes from another reading",
        "tax code 1 (id 2) stands in 2 rows",
        "nominal[0].value is -0.05 GBP",
        "the goods value is -9.00 GBP; it must be more than zero",
        "the nominal rows add up to -0.05 GBP, the goods to -9.00 GBP",
    ] {
        assert!(text.contains(says), "{says:?} is missing in {text}");
    }
    assert_eq!(error.faults().len(), 9, "{text}");
}

#[test]
fn single_faults() {
    let table = table(READ);
    assert_eq!(faults(parts(vec![], vec![])), [DraftFault::NoVatRow]);
    assert!(matches!(faults(parts(vec![row(&table, 2, 0, 0, 1)], vec![]))[..], [DraftFault::NothingToCredit { .. }]));
    assert!(matches!(
        faults(parts(vec![row(&table, 2, 100, 0, 1)], vec![nominal("1", 99)]))[..],
        [DraftFault::NominalSum { .. }]
    ));
    let dinar: Currency = "KWD".parse().unwrap();
    let mut foreign = parts(vec![], vec![]);
    foreign.currency = dinar;
    assert_eq!(faults(foreign), [DraftFault::TooManyPlaces { currency: dinar, digits: 3 }, DraftFault::NoVatRow]);
}

#[test]
fn a_penny_a_piece_is_rounding_and_more_is_a_wrong_rate() {
    let table = table(READ);
    let fits = |tax, pieces| CreditNoteDraft::new(parts(vec![row(&table, 1, 2000, tax, pieces)], vec![])).is_ok();
    assert!(fits(400, 1) && fits(401, 1) && fits(399, 1));
    assert!(!fits(402, 1) && !fits(398, 1));
    assert!(fits(401, 0) && !fits(402, 0), "no pieces count as one");
    assert!(fits(403, 3) && !fits(404, 3));
    assert!(!fits(0, 5), "zero VAT at 20% is never rounding");
}

#[test]
fn amounts_too_large_to_add_are_a_fault_and_no_panic() {
    let table = table(READ);
    let huge =
        Money::new(Decimal::from_i128_with_scale(79_228_162_514_264_337_593_543_950_335, 2), Currency::GBP).unwrap();
    let code = |n| table.by_number(n).unwrap();
    let rows = vec![
        VatRow { code: code(2), goods: huge, tax: Money::zero(Currency::GBP), pieces: 1 },
        VatRow { code: code(1), goods: huge, tax: huge, pieces: u32::MAX },
    ];
    assert!(faults(parts(rows, vec![])).contains(&DraftFault::TooLarge));
}

proptest! {
    #[test]
    fn an_accepted_draft_adds_up(
        rows in prop::collection::vec((prop::sample::select(vec![1i16, 2, 7]), -500i64..100_000, -3i64..4, 0u32..4), 0..4),
        split in prop::option::of(0i64..100_000),
    ) {
        let table = table(READ);
        let vat = rows.iter().map(|(code, goods, off, pieces)| {
            let rate = table.by_number(*code).unwrap().rate();
            let exact = (Decimal::from(*goods) * rate / Decimal::ONE_HUNDRED).round();
            let tax = i64::try_from(exact.mantissa() / 10i128.pow(exact.scale())).unwrap() + off;
            row(&table, *code, *goods, tax, *pieces)
        }).collect::<Vec<_>>();
        let goods = rows.iter().map(|row| row.1).sum::<i64>();
        let nominal = split.map(|first| vec![nominal("1", first), nominal("2", goods - first)]).unwrap_or_default();
        if let Ok(draft) = CreditNoteDraft::new(parts(vat, nominal)) {
            prop_assert_eq!(draft.goods(), money(goods));
            let tax = draft.vat().iter().map(|row| row.tax.amount()).sum::<Decimal>();
            prop_assert_eq!(draft.tax().amount(), tax);
            prop_assert_eq!(draft.gross().amount(), draft.goods().amount() + tax);
            prop_assert!(draft.goods().amount() > Decimal::ZERO);
            prop_assert!(draft.vat().iter().all(|row| row.goods.amount() >= Decimal::ZERO && row.tax.amount() >= Decimal::ZERO));
            let codes = draft.vat().iter().map(|row| row.code.id()).collect::<std::collections::BTreeSet<_>>();
            prop_assert_eq!(codes.len(), draft.vat().len());
            if !draft.nominal().is_empty() {
                let nominal = draft.nominal().iter().map(|row| row.value.amount()).sum::<Decimal>();
                prop_assert_eq!(nominal, draft.goods().amount());
            }
            let body: serde_json::Value = serde_json::from_slice(&draft.to_body()).unwrap();
            prop_assert_eq!(body["tax_analysis_items"].as_array().unwrap().len(), draft.vat().len());
        }
    }

    #[test]
    fn a_right_draft_is_accepted(goods in prop::collection::btree_map(prop::sample::select(vec![1i16, 2, 7]), 1i64..10_000_000, 1..4)) {
        let table = table(READ);
        let vat = goods.iter().map(|(code, goods)| {
            let code = table.by_number(*code).unwrap();
            let goods = money(*goods);
            let tax = Money::rounded(goods.amount() * code.rate() / Decimal::ONE_HUNDRED, Currency::GBP, returns_wire::Rounding::HalfUp).unwrap();
            VatRow { code, goods, tax, pieces: 1 }
        }).collect();
        prop_assert!(CreditNoteDraft::new(parts(vat, vec![])).is_ok());
    }
}
