//! What the sandbox's HTTP surface must have in common with Sage 200, checked by plain requests.

use crate::sandbox_world::{TWELVE, World, dec, world};
use http::{Method, Request};
use returns_wire::{Clock, HttpOptions, over_reqwest};
use rust_decimal::Decimal;
use sage200_client::sandbox::{BASE_PATH, Fault, How, NewCustomer, NewLine, NewOrder, SageSandbox};
use std::time::Duration;

#[test]
fn a_request_names_its_site_and_company_or_gets_an_empty_401() {
    let w = world();
    let bearer = format!("Bearer {}", w.token);
    let path = format!("{BASE_PATH}customers");
    let site = SageSandbox::SITE_ID;
    for (token, site, company, status) in [
        (bearer.as_str(), site, "1", 200),
        (&bearer, "", "1", 401),
        (&bearer, site, "", 401),
        (&bearer, "99999999-2222-3333-4444-555555555555", "1", 401),
        (&bearer, site, "2", 401),
        (&bearer, site, "one", 401),
        ("Bearer stale", site, "1", 401),
        ("", site, "1", 401),
    ] {
        let all = [("Authorization", token), ("X-Site", site), ("X-Company", company)];
        let headers: Vec<_> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let got = w.send(Method::GET, &path, &headers, "");
        assert_eq!(got.status, status, "{headers:?}");
        assert!(status == 200 || got.body.is_empty());
    }
}

#[test]
fn sites_needs_the_token_only_and_companies_do_not_share_books() {
    let w = world();
    let second = w.sage.add_site("aaaaaaaa-2222-3333-4444-555555555555", "Second Example", 7).unwrap();
    let other = second.add_customer(NewCustomer::new("WEB", "Web shop two")).unwrap();
    assert_ne!(other, w.web);
    assert!(w.sage.add_site(SageSandbox::SITE_ID, "Again", 1).is_err());
    let bearer = format!("Bearer {}", w.token);
    let got = w.send(Method::GET, &format!("{BASE_PATH}sites"), &[("Authorization", &bearer)], "");
    assert_eq!(got.count(), 2);
    assert_eq!(got.json()[0]["site_id"], SageSandbox::SITE_ID);
    assert_eq!(got.json()[1]["company_id"], 7);
    assert_eq!(w.send(Method::GET, &format!("{BASE_PATH}sites"), &[], "").status, 401);
    assert_eq!(w.get("customers").count(), 1);
    second.desktop().post_credit_note(other, "", "", Decimal::ONE, 2, Decimal::ZERO).unwrap();
    assert!(w.sage.ledger().is_empty() && second.ledger().len() == 1);
    let elsewhere = w.credit(TWELVE).status;
    assert_eq!((elsewhere, w.sage.ledger().len()), (200, 1));
    assert!(
        w.post("sales_credit_notes", &format!("{{\"customer_id\":{other},{TWELVE}}}"))
            .refusal()
            .contains("customer_id")
    );
}

#[test]
fn another_edition_unknown_paths_and_later_endpoints_are_404_from_the_gateway() {
    let w = world();
    let bearer = format!("Bearer {}", w.token);
    let headers = [("Authorization", bearer.as_str()), ("X-Site", SageSandbox::SITE_ID), ("X-Company", "1")];
    let standard = w.send(Method::GET, "/uk/sage200/accounts/v1/customers", &headers, "");
    let later = w.get("lookup_sop_returns?$top=1");
    for got in
        [standard, later, w.get("customer"), w.get("sales_credit_notes.tax_analysis_items/1"), w.get("customers/1/x")]
    {
        assert_eq!(got.status, 404, "{}", got.body);
    }
    let got = w.get("nonsense");
    assert_eq!((got.status, got.json()["statusCode"].as_i64()), (404, Some(404)));
    assert_eq!(w.get("customers/999999").json()["Message"], "The record does not exist.");
    assert_eq!(w.get("sales_credit_notes").status, 405);
    assert_eq!(w.post("customers", "{}").status, 405);
}

#[test]
fn lists_are_bare_arrays_and_a_count_is_a_bare_number() {
    let w = world();
    for n in 0..3 {
        w.order(&format!("100{n}"));
    }
    assert!(w.get("sop_order_return_views").body.starts_with('['));
    assert_eq!(w.get("sop_order_return_views?$count=true").body, "3");
    assert_eq!(w.get("sop_order_return_views?$count=true&$filter=customer_document_no eq '1001'").body, "1");
    assert_eq!(w.get("sop_order_return_views?$filter=customer_document_no eq 'none'").body, "[]");
    assert!(w.get("sop_order_return_views?$count=yes").refusal().contains("$count"));
}

#[test]
fn pages_have_their_limits() {
    let w = world();
    for n in 0..501 {
        w.sage.add_product(&format!("P{n:04}"), "Part", true).unwrap();
    }
    assert_eq!(w.get("lookup_products").count(), 500);
    assert_eq!(w.get("lookup_products?$top=5000").count(), 502);
    assert_eq!(w.get("lookup_products?$top=10&$skip=500&$orderby=id").count(), 2);
    assert!(w.get("lookup_products?$top=5001").refusal().contains("$top"));
    assert!(w.get("lookup_products?$top=-1").refusal().contains("$top"));
    assert!(w.get("lookup_products?$skip=1").refusal().contains("requires $orderby"));
    let last = w.get("lookup_products?$orderby=code desc&$top=1&$select=code");
    assert_eq!(last.body, r#"[{"code":"SHIRT"}]"#);
}

#[test]
fn what_sage_does_not_know_is_refused_with_a_message() {
    let w = world();
    for query in [
        "$select=colour",
        "$filter=colour eq 'red'",
        "$orderby=colour",
        "$orderby=name upwards",
        "$expand=colour",
        "$expand=price_band",
        "$format=json",
        "top=5",
        "$top=1&$top=2",
        "$filter=name in ('a')",
        "$filter=not name eq 'a'",
        "$filter=tolower(name) eq 'a'",
        "$filter=name eq null",
        "$filter=name eq bare",
        "$filter=name eq 'open",
        "$filter='a' eq name",
        "$filter=id eq '5'",
        "$filter=id eq 5.5",
        "$filter=(id eq 5",
        "$filter=id eq 5)",
        "$filter=id eq 5 and",
        "$filter=on_hold gt true",
        "$filter=currency eq 'GBP'",
        "$filter=contains(id,'5')",
        "$filter=date_time_updated gt 2026-03-02T00:00:00",
        "$filter=date_time_updated gt '2026-03-02'",
        "$filter=date_time_updated gt datetime'2026-03-02T00:00:00'",
        "$filter=account_status_type eq 'AccountStatusLost'",
        "$filter=id%20add%201%20eq%202",
    ] {
        assert!(!w.get(&format!("customers?{query}")).refusal().is_empty(), "{query}");
    }
    let deep = format!("customers?$filter={}id eq 1{}", "(".repeat(60), ")".repeat(60));
    assert!(w.get(&deep).refusal().contains("too deep"));
    assert!(w.get(&format!("customers/{}?$filter=id eq 1", w.web)).refusal().contains("single record"));
}

#[test]
fn filters_compare_as_the_database_does() {
    let w = world();
    w.sage.add_customer(NewCustomer::new("O1", "O'Neil & Sons")).unwrap();
    w.clock.advance(Duration::from_secs(60));
    w.sage.add_customer(NewCustomer::new("LATE", "Late riser")).unwrap();
    let hits = |filter: &str| w.get(&format!("customers?$filter={filter}")).count();
    assert_eq!(hits("reference eq 'web'"), 1);
    assert_eq!(hits("reference eq 'WEB  '"), 1);
    assert_eq!(hits("reference ne 'WEB'"), 2);
    assert_eq!(hits("name eq 'O''Neil %26 Sons'"), 1);
    assert_eq!(hits("contains(name,'NEIL')"), 1);
    assert_eq!(hits("startswith(name,'web') and endswith(name,'shop')"), 1);
    assert_eq!(hits("endswith(name,'shop') eq false"), 2);
    assert_eq!(hits("reference eq 'O1' or reference eq 'WEB' and on_hold eq true"), 1);
    assert_eq!(hits("(reference eq 'O1' or reference eq 'WEB') and on_hold eq false"), 2);
    assert_eq!(hits("date_time_updated gt 2026-03-02T09:00:30Z"), 1);
    assert_eq!(hits("date_time_updated le 2026-03-02T09:00:00.120Z"), 2);
    assert_eq!(hits("date_time_created ge 2026-03-02"), 3);
    assert_eq!(hits("account_opened eq 2026-03-02"), 3);
    assert_eq!(hits("credit_limit ge 0.00"), 3);
    assert_eq!(hits(&format!("id ge {}", w.web)), 3);
    assert_eq!(hits("last_credit_review eq 2026-03-02"), 0);
}

#[test]
fn an_enumeration_is_filtered_by_literal_or_quoted_number() {
    let w = world();
    let hidden = w.sage.add_customer(NewCustomer::new("HIDE", "Hidden")).unwrap();
    w.sage.desktop().hide_customer(hidden).unwrap();
    let hits = |filter: &str| w.get(&format!("customers?$filter={filter}")).count();
    assert_eq!(hits("account_status_type eq 'AccountStatusHidden'"), 1);
    assert_eq!(hits("account_status_type ne 'accountstatushidden'"), 1);
    // Its numbers are not published.
    assert!(w.get("customers?$filter=account_status_type eq '1'").refusal().contains("account_status_type"));
    w.order("1001");
    assert_eq!(w.get("sop_order_line_views?$filter=sop_order_document_status eq '2'").count(), 1);
    assert_eq!(w.get("sop_order_line_views?$filter=sop_order_document_status eq '0'").count(), 0);
    assert_eq!(w.get("sop_order_line_views?$filter=sop_order_line_type eq 'EnumLineTypeStandard'").count(), 1);
    assert_eq!(w.get("sop_order_return_views?$filter=document_status_id eq 2").count(), 1);
    let types = w.get("sop_document_types?$filter=description eq 'Sales Return'&$select=id");
    assert_eq!(types.body, r#"[{"id":1}]"#);
}

#[test]
fn documents_are_numbered_and_valued_by_sage() {
    let w = world();
    let lines = vec![
        NewLine::item("SHIRT", dec("3"), dec("3.335"), 1),
        NewLine::free_text("Gift wrap", dec("1.00"), 2),
        NewLine::charge("POST", dec("4.00"), 1),
        NewLine::comment("Leave at the door"),
    ];
    let id = w.sage.add_order(NewOrder::new(w.web, "1001", lines)).unwrap();
    assert_eq!(w.sage.document_no(id).as_deref(), Some("0000000001"));
    let got = w.get("sop_order_return_views?$select=document_no,document_type_id,subtotal_goods_value,subtotal_charge_net_value,total_net_value,total_tax_value,total_gross_value");
    // 3 x 3.335 = 10.005, half up to 10.01; its tax 2.002 to 2.00.
    assert_eq!(
        got.body,
        r#"[{"document_no":"0000000001","document_type_id":0,"subtotal_goods_value":11.01,"subtotal_charge_net_value":4.00,"total_net_value":15.01,"total_tax_value":2.80,"total_gross_value":17.81}]"#
    );
    let lines = w.get("sop_order_line_views?$orderby=sop_order_line_number&$select=sop_order_line_type,sop_order_line_total_value,product_id,tax_code_code");
    let types: Vec<_> = lines.json().as_array().unwrap().iter().map(|l| l["sop_order_line_type"].clone()).collect();
    assert_eq!(types, ["EnumLineTypeStandard", "EnumLineTypeFreeText", "EnumLineTypeCharge", "EnumLineTypeComment"]);
    assert!(lines.json()[1]["product_id"].is_null() && lines.json()[0]["product_id"].is_i64());

    let inclusive = NewOrder {
        are_prices_tax_inclusive: Some(true),
        document_discount_percent: dec("10"),
        ..NewOrder::new(w.web, "1002", vec![NewLine::item("SHIRT", Decimal::ONE, dec("12.00"), 1)])
    };
    w.sage.add_order(inclusive).unwrap();
    let got = w.get("sop_order_return_views?$filter=customer_document_no eq '1002'&$select=subtotal_discount_value,total_net_value,total_tax_value,total_gross_value");
    assert_eq!(
        got.body,
        r#"[{"subtotal_discount_value":1.20,"total_net_value":9.00,"total_tax_value":1.80,"total_gross_value":10.80}]"#
    );
    let odd = NewLine {
        total: Some(dec("9.98")),
        tax: Some(dec("1.99")),
        ..NewLine::item("SHIRT", Decimal::ONE, dec("9.99"), 1)
    };
    w.sage.add_order(NewOrder::new(w.web, "1003", vec![odd])).unwrap();
    let got = w.get("sop_order_return_views?$filter=customer_document_no eq '1003'&$select=total_gross_value");
    assert_eq!(got.body, r#"[{"total_gross_value":11.97}]"#);
    assert!(
        w.sage
            .add_order(NewOrder::new(w.web, "1004", vec![NewLine::item("NONE", Decimal::ONE, Decimal::ONE, 1)]))
            .is_err()
    );
    assert!(w.sage.add_order(NewOrder::new(w.web, &"9".repeat(31), vec![])).is_err());
}

#[test]
fn decimals_and_dates_are_printed_as_sage_prints_them() {
    let w = world();
    w.order("1001");
    let line = w.get(
        "sop_order_line_views?$select=sop_order_line_quantity,sop_order_document_date,sop_order_date_time_updated",
    );
    assert_eq!(
        line.body,
        r#"[{"sop_order_document_date":"2026-03-02T00:00:00","sop_order_date_time_updated":"2026-03-02T09:00:00.12","sop_order_line_quantity":2.00000}]"#
    );
    let codes = w.get("tax_codes?$select=code,tax_rate&$filter=tax_rate gt 0");
    assert_eq!(codes.body, r#"[{"code":1,"tax_rate":20.0}]"#);
    let id = w.sage.tax_code_id(1).unwrap();
    assert_ne!(id, 1);
    assert_eq!(w.get(&format!("tax_codes/{id}?$select=code")).body, r#"{"code":1}"#);
}

#[test]
fn nested_records_come_when_expanded() {
    let w = world();
    assert!(w.get("currencies").json()[0]["currency_iso_code"].is_null());
    let got = w.get(
        "currencies?$expand=currency_iso_code&$filter=is_base_currency eq true&$select=symbol,currency_iso_code.code",
    );
    assert_eq!(got.body, "[{\"symbol\":\"\u{a3}\",\"currency_iso_code\":{\"code\":\"GBP\"}}]");
    assert!(w.get("currencies?$select=currency_iso_code.code").refusal().contains("not expanded"));
    let one = w.get(&format!("customers/{}?$expand=default_tax_code", w.web)).json();
    assert_eq!(one["default_tax_code"]["code"], 1);
    assert!(one["currency"].is_null());
}

#[test]
fn refresh_tokens_rotate_and_access_tokens_expire() {
    let w = world();
    let (first, secret) = (w.sage.initial_refresh_token(), w.sage.client_secret());
    assert_eq!(w.refresh(first, "wrong").status, 401);
    let got = w.refresh(first, secret);
    assert_eq!(
        (got.status, got.json()["expires_in"].as_i64(), got.json()["token_type"].as_str()),
        (200, Some(28_800), Some("Bearer"))
    );
    let again = w.refresh(first, secret);
    assert_eq!((again.status, again.json()["error"].as_str()), (403, Some("invalid_grant")));
    assert_eq!(w.sage.refresh_count(), 1);
    let second = got.json()["refresh_token"].as_str().unwrap().to_owned();
    let w = World { token: got.json()["access_token"].as_str().unwrap().to_owned(), ..w };
    assert_eq!(w.get("current_user").status, 200);
    w.clock.advance(Duration::from_secs(28_800));
    assert_eq!((w.get("current_user").status, w.get("current_user").body.len()), (401, 0));
    let got = w.refresh(&second, secret);
    assert_eq!(got.status, 200);
    w.sage.withdraw_consent();
    assert_eq!(w.refresh(got.json()["refresh_token"].as_str().unwrap(), secret).json()["error"], "invalid_grant");
    let other = w.send(Method::POST, "/oauth/token", &[("Content-Type", "application/json")], "{}");
    assert_eq!((other.status, other.json()["error"].as_str()), (400, Some("invalid_request")));
}

#[test]
fn faults_strike_before_or_after_the_books_change() {
    let w = world();
    let committed = |how: How| {
        let before = w.sage.writes_committed();
        w.sage.fail_next(Fault::on_post("sales_credit_notes", how));
        let got = w.credit(TWELVE);
        (got.status, w.sage.writes_committed() - before, got)
    };
    let (status, acted, got) = committed(How::Refuse { status: 429, retry_after: Some(7) });
    assert_eq!((status, acted, got.response.headers()["retry-after"].to_str().unwrap()), (429, 0, "7"));
    for (how, wanted) in [
        (How::Refuse { status: 502, retry_after: None }, (502, 0)),
        (How::ActThenStatus(504), (504, 1)),
        (How::WebPage(502), (502, 0)),
        (How::ActThenWebPage(200), (200, 1)),
        (How::ActThenTruncate, (200, 1)),
        (How::ActThenEmpty, (200, 1)),
        (How::Unauthorised, (401, 0)),
    ] {
        let (status, acted, got) = committed(how);
        assert_eq!((status, acted), wanted, "{how:?}");
        match how {
            How::WebPage(_) | How::ActThenWebPage(_) => assert!(got.body.starts_with("<!DOCTYPE html>")),
            How::ActThenTruncate => assert_eq!(got.body, "{\"urn\""),
            How::ActThenEmpty | How::Unauthorised => assert!(got.body.is_empty()),
            _ => assert!(got.json()["Message"].is_string()),
        }
    }
    w.sage.fail_next(Fault { times: 2, ..Fault::on_get("customers", How::Unauthorised) });
    let statuses =
        [w.get("tax_codes").status, w.get("customers").status, w.get("customers").status, w.get("customers").status];
    assert_eq!(statuses, [200, 401, 401, 200]);
    let log = w.sage.request_log();
    let last = log.last().unwrap();
    assert_eq!((last.method.as_str(), last.path.ends_with("/customers"), last.status), ("GET", true, 200));
    assert_eq!(log.iter().filter(|request| request.status == 401).count(), 3);
}

#[test]
fn settings_and_the_user_can_be_read() {
    let w = world();
    w.sage.set_prices_tax_inclusive(true);
    assert_eq!(w.get("sop_settings").json()[0]["are_prices_tax_inclusive"], true);
    assert_eq!(w.get("sop_settings").count(), 1);
    assert_eq!(w.get("system_settings").json()[0]["next_urn"], "123");
    assert_eq!(w.get("current_user").json()["logon_name"], "api.user");
    assert_eq!(w.clock.now().to_rfc3339(), "2026-03-02T09:00:00.120+00:00");
}

#[tokio::test]
async fn the_same_model_is_served_over_a_socket() {
    let w = world();
    let server = w.sage.serve().await.unwrap();
    let transport = over_reqwest(&HttpOptions::default()).unwrap();
    let uri = server.base().uri(&["uk", "sage200extra", "accounts", "v1", "tax_codes"], &[("$count", "true".into())]);
    let request = Request::get(uri)
        .header("Authorization", format!("Bearer {}", w.token))
        .header("X-Site", SageSandbox::SITE_ID)
        .header("X-Company", "1")
        .body(Vec::new().into())
        .unwrap();
    let got = transport.send(request).await.unwrap();
    assert_eq!((got.status().as_u16(), &got.body()[..]), (200, b"3".as_slice()));
}
