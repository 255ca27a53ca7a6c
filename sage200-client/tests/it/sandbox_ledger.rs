//! What the sandbox's books must have in common with Sage 200's, checked by plain requests and at the desktop.

use crate::sandbox_world::{TWELVE, dec, world};
use http::Method;
use rust_decimal::Decimal;
use sage200_client::sandbox::{BASE_PATH, EntryType, NewCustomer, NewLine, NewOrder, ReadLag, SageSandbox};
use std::{collections::BTreeMap, time::Duration};

#[test]
fn a_credit_note_becomes_one_negative_row() {
    let w = world();
    let (standard, zero) = (w.sage.tax_code_id(1).unwrap(), w.sage.tax_code_id(2).unwrap());
    let got = w.credit(&format!(
        r#""transaction_date":"2026-03-01T00:00:00Z","reference":"CN-1","second_reference":"RMA-1","document_goods_value":15.00,"document_tax_value":2.00,"tax_analysis_items":[{{"id":{standard},"goods_amount":10,"tax_amount":2}},{{"id":{zero},"goods_amount":5.0,"tax_amount":0}}],"nominal_analysis_items":[{{"code":"41000","cost_centre":"WEB","department":"UK","narrative":"Order 1001","value":15}}]"#
    ));
    assert_eq!((got.status, got.body.as_str()), (200, r#"{"urn":"123"}"#));
    let rows = w.sage.ledger();
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.urn, row.customer_reference.as_str(), row.by_hand), (123, "WEB", false));
    assert_eq!((row.goods, row.tax, row.gross), (dec("-15"), dec("-2"), dec("-17")));
    assert_eq!((row.date.to_string().as_str(), row.entry_type), ("2026-03-01", EntryType::CreditNote));
    assert_eq!(w.sage.ledger_totals().gross, dec("-17.00"));
    assert_eq!(w.sage.writes_committed(), 1);

    let view = w
        .get(&format!("sales_transaction_views?$filter=customer_id eq {} and second_reference eq 'RMA-1'", w.web))
        .json();
    assert_eq!(view[0]["transaction_type"], "TradingAccountEntryTypeCreditNote");
    assert_eq!(view[0]["urn"], 123);
    assert_eq!(view[0]["document_gross_value"].to_string(), "-17.0");
    let id = view[0]["posted_customer_transaction_id"].as_i64().unwrap();
    let one = w
        .get(&format!("sales_posted_transactions/{id}?$expand=tax_analysis_items,nominal_analysis_items,customer"))
        .json();
    assert_eq!(one["trader_transaction_type"], "TradingAccountEntryTypeCreditNote");
    assert_eq!(one["tax_analysis_items"].as_array().unwrap().len(), 2);
    assert_eq!(one["tax_analysis_items"][0]["code"], 1);
    assert_eq!(one["tax_analysis_items"][0]["goods_amount"].to_string(), "-10.0");
    assert_eq!(one["nominal_analysis_items"][0]["narrative"], "Order 1001");
    assert_eq!(one["customer"]["reference"], "WEB");
    let plain = w.get("sales_posted_transactions?$filter=trader_transaction_type eq 'TradingAccountEntryTypeCreditNote' and urn eq 123");
    assert!(plain.json()[0]["tax_analysis_items"].is_null());
    assert_eq!(plain.json()[0]["document_outstanding_value"].to_string(), "-17.0");
    // No stock, no document.
    assert_eq!(w.get("product_transaction_views").body, "[]");
    assert_eq!(w.get("sop_order_return_views").body, "[]");
}

#[test]
fn the_same_reference_is_accepted_twice_and_omitted_analysis_is_the_customers() {
    let w = world();
    let note = format!(r#""second_reference":"RMA-1",{TWELVE}"#);
    assert_eq!((w.credit(&note).status, w.credit(&note).status), (200, 200));
    assert_eq!(w.sage.ledger_totals().rows, 2);
    let got = w.get("sales_posted_transactions?$expand=tax_analysis_items,nominal_analysis_items&$top=1").json();
    assert_eq!(got[0]["tax_analysis_items"][0]["id"].as_i64(), w.sage.tax_code_id(1));
    assert_eq!(got[0]["nominal_analysis_items"][0]["code"], "41000");
    assert_eq!(got[0]["transaction_date"], "2026-03-02T00:00:00");
}

#[test]
fn a_wrong_credit_note_is_refused_and_nothing_happens() {
    let w = world();
    let code = w.sage.tax_code_id(1).unwrap();
    let long = |n: usize| "x".repeat(n);
    let cases = [
        (format!(r#""colour":"red",{TWELVE}"#), "colour"),
        (format!(r#""reference":"{}",{TWELVE}"#, long(21)), "reference"),
        (format!(r#""second_reference":"{}",{TWELVE}"#, "\u{1F455}".repeat(11)), "second_reference"),
        (format!(r#""reference":null,{TWELVE}"#), "reference"),
        (format!(r#""is_eu_trader":false,{TWELVE}"#), "is_eu_trader"),
        (r#""document_goods_value":10.005"#.into(), "document_goods_value"),
        (r#""document_goods_value":"10.00""#.into(), "document_goods_value"),
        (r#""document_goods_value":-10"#.into(), "document_goods_value"),
        (r#""document_goods_value":0"#.into(), "document_goods_value"),
        (r#""document_goods_value":1e30"#.into(), "document_goods_value"),
        (format!(r#""transaction_date":"2026-03-02",{TWELVE}"#), "transaction_date"),
        (format!(r#""transaction_date":"2026-03-02T00:00:00",{TWELVE}"#), "transaction_date"),
        (format!(r#""transaction_date":"2026-03-02T09:00:00Z",{TWELVE}"#), "transaction_date"),
        (format!(r#""transaction_date":"2019-03-02T00:00:00Z",{TWELVE}"#), "transaction_date"),
        (format!(r#""exchange_rate":1.1,{TWELVE}"#), "exchange_rate"),
        (format!(r#""tax_analysis_items":[{{"goods_amount":10,"tax_amount":2}}],{TWELVE}"#), "SageNullFieldException"),
        (
            format!(r#""tax_analysis_items":[{{"id":1,"goods_amount":10,"tax_amount":2}}],{TWELVE}"#),
            "tax code record 1",
        ),
        (
            format!(r#""tax_analysis_items":[{{"id":{code},"goods_amount":9.99,"tax_amount":2}}],{TWELVE}"#),
            "goods_amount adds up",
        ),
        (
            format!(r#""tax_analysis_items":[{{"id":{code},"goods_amount":10,"tax_amount":1.99}}],{TWELVE}"#),
            "tax_amount adds up",
        ),
        (format!(r#""tax_analysis_items":[{{"id":{code},"rate":20}}],{TWELVE}"#), "tax_analysis_items[0].rate"),
        (format!(r#""nominal_analysis_items":[{{"value":10}}],{TWELVE}"#), "SageNullFieldException"),
        (format!(r#""nominal_analysis_items":[{{"code":"41000","value":9}}],{TWELVE}"#), "nominal_analysis_items"),
        (format!(r#""nominal_analysis_items":[{{"code":"{}"}}],{TWELVE}"#, long(9)), "nominal_analysis_items[0].code"),
        (format!(r#""nominal_analysis_items":[{{"code":"1","cost_centre":"{}"}}],{TWELVE}"#, long(4)), "cost_centre"),
        (format!(r#""nominal_analysis_items":[{{"code":"1","department":"{}"}}],{TWELVE}"#, long(4)), "department"),
        (format!(r#""nominal_analysis_items":[{{"code":"1","narrative":"{}"}}],{TWELVE}"#, long(6001)), "narrative"),
    ];
    for (body, place) in cases {
        let text = w.credit(&body).refusal();
        assert!(text.contains(place), "{place}: {text}");
    }
    assert!(w.post("sales_credit_notes", &format!("{{{TWELVE}}}")).refusal().contains("customer_id"));
    assert!(w.post("sales_credit_notes", &format!("{{\"customer_id\":5,{TWELVE}}}")).refusal().contains("customer_id"));
    assert!(w.post("sales_credit_notes", "[]").refusal().contains("not a JSON object"));
    assert!(w.post("sales_credit_notes?$select=urn", "{}").refusal().contains("$select"));
    let bearer = format!("Bearer {}", w.token);
    let headers = [("Authorization", bearer.as_str()), ("X-Site", SageSandbox::SITE_ID), ("X-Company", "1")];
    assert_eq!(w.send(Method::POST, &format!("{BASE_PATH}sales_credit_notes"), &headers, "{}").status, 415);
    assert!(w.sage.ledger().is_empty());
    assert_eq!(w.sage.writes_committed(), 0);
    // What just fits is accepted.
    let fits = format!(r#""reference":"{}","second_reference":"{}",{TWELVE}"#, long(20), "\u{1F455}".repeat(10));
    assert_eq!(w.credit(&fits).status, 200);
}

#[test]
fn closed_periods_and_hidden_accounts_refuse_postings() {
    let w = world();
    let date = |text: &str| text.parse().unwrap();
    let ask = |date: &str| {
        let body = format!(r#"{{"date":"{date}T00:00:00Z","ledger_type":"LedgerSales"}}"#);
        w.post("transaction_date_validation", &body).json()["classification"].as_str().unwrap().to_owned()
    };
    let february = format!(r#""transaction_date":"2026-02-28T00:00:00Z",{TWELVE}"#);
    assert_eq!((ask("2026-02-28").as_str(), w.credit(&february).status), ("Normal", 200));
    w.sage.desktop().close_period(date("2026-02-01"), date("2026-02-28")).unwrap();
    assert_eq!(ask("2026-02-28"), "Unacceptable");
    assert!(w.credit(&february).refusal().contains("closed"));
    assert_eq!(ask("2026-03-01"), "Normal");
    assert_eq!(ask("2026-03-03"), "Acceptable");
    assert_eq!(ask("2019-03-03"), "Unacceptable");
    w.sage.desktop().reopen_period(date("2026-02-01"), date("2026-02-28")).unwrap();
    assert_eq!(w.credit(&february).status, 200);
    assert!(
        w.post("transaction_date_validation", r#"{"date":"2026-02-28","ledger_type":"LedgerSales"}"#)
            .refusal()
            .contains("date")
    );
    assert!(
        w.post("transaction_date_validation", r#"{"date":"2026-02-28T00:00:00Z","ledger_type":"Sales"}"#)
            .refusal()
            .contains("ledger_type")
    );
    w.sage.desktop().put_on_hold(w.web).unwrap();
    assert_eq!(w.credit(TWELVE).status, 200);
    w.sage.desktop().hide_customer(w.web).unwrap();
    assert!(w.credit(TWELVE).refusal().contains("hidden"));
}

#[test]
fn a_ledger_that_numbers_its_credit_notes_overrides_the_reference() {
    let w = world();
    w.sage.set_auto_number_credit_notes(true);
    assert_eq!(w.credit(&format!(r#""reference":"MINE","second_reference":"RMA-1",{TWELVE}"#)).status, 200);
    let row = w.sage.ledger().remove(0);
    assert_eq!((row.reference.as_str(), row.second_reference.as_str()), ("0000000001", "RMA-1"));
}

#[test]
fn new_rows_may_be_seen_late() {
    let w = world();
    let seen = || w.get("sales_transaction_views?$filter=second_reference eq 'RMA-1'").count();
    w.sage.set_ledger_read_lag(ReadLag::Reads(2));
    w.credit(&format!(r#""second_reference":"RMA-1",{TWELVE}"#));
    assert_eq!((seen(), seen(), seen()), (0, 0, 1));
    w.sage.set_ledger_read_lag(ReadLag::For(Duration::from_secs(30)));
    w.credit(&format!(r#""second_reference":"RMA-1",{TWELVE}"#));
    assert_eq!(seen(), 1);
    w.clock.advance(Duration::from_secs(30));
    assert_eq!(seen(), 2);
    assert_eq!(w.sage.ledger().len(), 2);
}

#[test]
fn a_return_has_no_effect_until_people_act() {
    let w = world();
    let desk = w.sage.desktop();
    let lines = vec![NewLine::item("SHIRT", Decimal::TWO, dec("9.99"), 1)];
    let no = desk.enter_sales_return(w.web, "RMA-1", lines).unwrap();
    let status = || {
        let got = w.get("sop_order_return_views?$filter=document_type_id eq 1").json();
        (got[0]["despatch_receipt_status_id"].as_i64(), got[0]["invoice_credit_status_id"].as_i64())
    };
    assert_eq!(status(), (Some(0), Some(0)));
    assert_eq!(w.get("sop_return_line_views?$filter=sop_return_document_no eq '0000000001'").count(), 1);
    assert_eq!(w.get("sop_order_line_views").body, "[]");
    assert!(w.sage.ledger().is_empty() && w.sage.free_stock("SHIRT") == Some(Decimal::ZERO));
    desk.confirm_goods_received(&no).unwrap();
    assert_eq!((status(), w.sage.free_stock("SHIRT")), ((Some(2), Some(0)), Some(Decimal::TWO)));
    assert_eq!(
        w.get("product_transaction_views?$filter=reference eq '0000000001' and transaction_group_id eq 2").count(),
        1
    );
    desk.post_sop_credit_note(&no).unwrap();
    assert_eq!(status(), (Some(2), Some(2)));
    let row = w.sage.ledger().remove(0);
    assert_eq!((row.gross, row.by_hand, row.second_reference.as_str()), (dec("-23.98"), true, "RMA-1"));
    let order = w.order("1001");
    assert!(desk.post_sop_credit_note(&w.sage.document_no(order).unwrap()).is_err());
}

#[test]
fn archived_documents_vanish_and_the_settings_say_why() {
    let w = world();
    let id = w.order("1001");
    assert!(w.get("sop_settings").json()[0]["orders_returns_last_archived_up_to"].is_null());
    w.sage.desktop().archive_order(&w.sage.document_no(id).unwrap()).unwrap();
    assert_eq!(w.get("sop_order_return_views").body, "[]");
    assert_eq!(w.get("sop_order_line_views").body, "[]");
    let settings = w.get("sop_settings").json();
    assert_eq!(settings[0]["orders_returns_last_archived_up_to"], "2026-03-02T00:00:00");
}

#[test]
fn finance_changes_things_behind_our_back() {
    let w = world();
    let desk = w.sage.desktop();
    w.order("1001");
    let urn = desk.post_credit_note(w.web, "CN-9", "RMA-9", Decimal::TEN, 1, Decimal::TWO).unwrap();
    assert_eq!(w.get("sales_transaction_views?$filter=user_name eq 'finance'").count(), 1);
    desk.amend_second_reference(urn, "RMA-8").unwrap();
    assert_eq!(w.get("sales_transaction_views?$filter=second_reference eq 'RMA-8'").count(), 1);
    let reversal = desk.reverse(urn).unwrap();
    assert_eq!((w.sage.ledger_totals().gross, w.sage.ledger_totals().rows), (Decimal::ZERO, 2));
    assert_eq!(w.sage.ledger().pop().unwrap().entry_type, EntryType::Invoice);
    desk.delete_posted(reversal).unwrap();
    assert_eq!(w.sage.ledger_totals().rows, 1);
    assert!(desk.delete_posted(reversal).is_err());

    desk.change_tax_rate(1, dec("17.5")).unwrap();
    let line = || w.get("sop_order_line_views?$select=sop_order_line_line_tax_value,tax_code_rate,tax_code_id").json();
    assert_eq!(
        (line()[0]["tax_code_rate"].as_f64(), line()[0]["sop_order_line_line_tax_value"].as_f64()),
        (Some(17.5), Some(4.0))
    );
    let old = w.sage.tax_code_id(1).unwrap();
    desk.delete_tax_code(1).unwrap();
    assert_eq!(w.get("tax_codes?$count=true").body, "2");
    assert_eq!(line()[0]["tax_code_id"].as_i64(), Some(old));
    assert!(w.credit(TWELVE).refusal().contains("default"));
    let items = format!(r#""tax_analysis_items":[{{"id":{old}}}],{TWELVE}"#);
    assert!(w.credit(&items).refusal().contains("tax code record"));
    desk.deactivate_product("SHIRT").unwrap();
    assert_eq!(w.get("lookup_products?$filter=product_status_id eq 1").count(), 1);
    desk.book_stock_in("SHIRT", Decimal::ONE, "RMA-8", "goods in").unwrap();
    assert_eq!(w.get("product_transaction_views?$filter=reference eq 'rma-8' and quantity gt 0").count(), 1);
}

#[test]
fn an_invoice_is_posted_where_asked_for() {
    let w = world();
    let lines = vec![NewLine::item("SHIRT", Decimal::TWO, dec("9.99"), 1)];
    let new = NewOrder {
        post_invoice: true,
        analysis_codes: BTreeMap::from([(2, "RMA".to_owned())]),
        ..NewOrder::new(w.web, "1001", lines)
    };
    w.sage.add_order(new).unwrap();
    assert_eq!(w.sage.ledger_totals().gross, dec("23.98"));
    assert_eq!(w.get("customers?$select=balance").body, r#"[{"balance":23.98}]"#);
    assert_eq!(w.get("sop_order_return_views?$filter=analysis_code_2 eq 'RMA'").count(), 1);
}

#[test]
fn an_account_in_euros_is_kept_in_euros() {
    let w = world();
    let new = NewCustomer { currency: "EUR".into(), ..NewCustomer::new("EURO", "Euro shop") };
    let euro = w.sage.add_customer(new).unwrap();
    assert_eq!(
        w.post("sales_credit_notes", &format!("{{\"customer_id\":{euro},\"document_goods_value\":11.50}}")).status,
        200
    );
    let view =
        w.get("sales_transaction_views?$select=currency_symbol,exchange_rate,document_goods_value,base_goods_value");
    assert_eq!(
        view.body,
        "[{\"exchange_rate\":1.150000,\"base_goods_value\":-10.00,\"document_goods_value\":-11.50,\"currency_symbol\":\"\u{20ac}\"}]"
    );
}
