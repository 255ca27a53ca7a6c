//! What drafts of transfers accept, refuse and send; which enumerations can be relied on.

use sage200_client::*;
use serde_json::json;

fn id<T: Record>(id: i64) -> Id<T> {
    Id::new(id).unwrap()
}

fn number(text: &str) -> JsonDecimal {
    text.parse().unwrap()
}

/// A row with numbers, from text: a `Value` would keep them as floats.
fn stock(json: &str) -> BinHolding {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_transfer_is_checked_against_both_bins() {
    let from = stock(r#"{"id":1,"product_id":41,"free_stock_available":2.00000}"#);
    let to = stock(r#"{"id":2,"product_id":41,"free_stock_available":0}"#);
    let draft = |from: &BinHolding, to: &BinHolding, quantity: &str| {
        TransferDraft::new(TransferParts {
            product: id(41),
            from,
            to,
            quantity: number(quantity),
            date: "2026-03-02".parse().unwrap(),
            reference: Some(Reference::new("RETURNS").unwrap()),
            second_reference: SecondReference::new("RMA-1001").unwrap(),
        })
    };
    assert_eq!(
        String::from_utf8(draft(&from, &to, "2").unwrap().to_body()).unwrap(),
        concat!(
            r#"{"product_id":41,"bin_holding_from_id":1,"bin_holding_to_id":2,"quantity":2,"#,
            r#""date":"2026-03-02T00:00:00Z","reference":"RETURNS","second_reference":"RMA-1001"}"#,
        )
    );
    let other = stock(r#"{"id":3,"product_id":42}"#);
    for (result, says) in [
        (draft(&from, &to, "2.00001"), "quantity is 2.00001, but bin holding 1 has 2.00000 free"),
        (draft(&from, &to, "0"), "quantity is 0; it must be more than zero"),
        (draft(&from, &to, "0.000001"), "keeps 5 decimal places"),
        (draft(&from, &from, "1"), "from and to are both bin holding 1"),
        (draft(&from, &other, "1"), "to is bin holding 3, which is not one of product 41"),
        (draft(&other, &to, "1"), "bin holding 3 shows no free stock"),
    ] {
        let error = result.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(draft(&other, &other, "-1").unwrap_err().faults().len(), 5);
}

fn enumeration(of: Enumeration, rows: serde_json::Value) -> Result<EnumTable, Indistinct> {
    EnumTable::new(of, serde_json::from_value(rows).unwrap())
}

#[test]
fn orders_and_returns_must_be_told_apart() {
    let types = |rows| enumeration(Enumeration::DocumentTypes, rows).unwrap().check_document_types();
    let named = |id: i64, value: &str, description: &str| json!({"id": id, "value": value, "description": description});
    let rest = || [named(2, "Quotation", "Quotation"), named(3, "ProForma", "Pro Forma")];
    let with = |first: serde_json::Value, second: serde_json::Value| {
        let mut rows = vec![first, second];
        rows.extend(rest());
        types(json!(rows))
    };
    assert_eq!(with(named(0, "SalesOrder", "Sales Order"), named(1, "SalesReturn", "Sales Return")), Ok(()));
    let prefix = "EnumSOPOrderReturnType";
    assert_eq!(
        with(named(0, &format!("{prefix}Order"), "Order"), named(1, &format!("{prefix}Return"), "Return")),
        Ok(())
    );
    for (first, second, says) in [
        (named(1, "Order", "Order"), named(0, "Return", "Return"), "a sales order has the number 1, not 0"),
        (named(0, "Order", "Order"), named(7, "Return", "Return"), "a sales return has the number 7, not 1"),
        (named(0, "A", "?"), named(1, "Return", "Return"), "no row is a sales order"),
        (named(0, "Order", "Order"), named(1, "B", "?"), "no row is a sales return"),
        (named(0, "Order", "Order"), named(1, "Order2", "Order 2"), "several rows may be a sales order"),
    ] {
        let error = with(first, second).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(error.to_string().contains("2 Quotation (Quotation)"), "{error}");
    }
    let twice = enumeration(Enumeration::DocumentTypes, json!([{"id": 1, "value": "A"}, {"id": 1, "value": "B"}]));
    assert!(twice.unwrap_err().to_string().contains("1 B (nothing) has the number or literal of another row"));
}

#[test]
fn numbers_and_literals_are_found_both_ways() {
    let statuses = |second: &str| {
        enumeration(
            Enumeration::DocumentStatuses,
            json!([
                {"id": 0, "value": "EnumDocumentStatusLive"}, {"id": 1, "value": second},
                {"id": 2, "value": "EnumDocumentStatusComplete"}, {"id": 4, "value": "EnumDocumentStatusCancelled"},
                {"id": 5, "value": "EnumDocumentStatusDraft"}, {"id": 9, "value": "Brand new"},
            ]),
        )
        .unwrap()
    };
    let table = statuses("EnumDocumentStatusOnHold");
    assert_eq!((table.literal(2), table.id("enumdocumentstatuslive")), (Some("EnumDocumentStatusComplete"), Some(0)));
    assert_eq!((table.literal(8), table.id("x")), (None, None));
    assert_eq!(table.check_document_statuses(), Ok(()));
    let error = statuses("EnumDocumentStatusDispute").check_document_statuses().unwrap_err();
    assert!(error.to_string().contains("1 EnumDocumentStatusDispute (nothing) is not OnHold"), "{error}");
    let few = enumeration(Enumeration::DocumentStatuses, json!([{"id": 0, "value": "EnumDocumentStatusLive"}]));
    assert!(few.unwrap().check_document_statuses().unwrap_err().to_string().contains("OnHold is missing"));
}
