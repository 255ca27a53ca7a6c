//! What `sop_returns` must have in common with Sage 200, checked by plain requests: each test is a point of the checklist.

use crate::sandbox_world::{Got, World, dec, world};
use http::Method;
use sage200_client::sandbox::{AnalysisLevel, LineItems, NewMapping, Permissions, Version, WarehouseKind};

struct Returns {
    w: World,
    shirt: i64,
    home: i64,
}

fn returns() -> Returns {
    let w = world();
    w.sage.set_version(Version::R2025_1);
    w.sage.set_list_price("SHIRT", dec("24.00")).unwrap();
    let shirt = w.get("lookup_products?$filter=code eq 'SHIRT'").json()[0]["id"].as_i64().unwrap();
    let home = w.get("warehouses").json()[0]["id"].as_i64().unwrap();
    Returns { w, shirt, home }
}

impl Returns {
    fn standard(&self, more: &str) -> String {
        let (shirt, home) = (self.shirt, self.home);
        format!(
            r#"{{"line_type":"EnumLineTypeStandard","product_id":{shirt},"warehouse_id":{home},"line_quantity":1{more}}}"#
        )
    }

    fn post(&self, header: &str, lines: &[&str]) -> Got {
        let body = format!(r#"{{"customer_id":{}{header},"lines":[{}]}}"#, self.w.web, lines.join(","));
        self.w.post("sop_returns", &body)
    }

    fn put(&self, id: i64, fields: &str) -> Got {
        self.w.as_user(Method::PUT, &format!("sop_returns/{id}"), &format!("{{{fields}}}"))
    }

    /// A return of so many shirts: its record id, number, and the ids of its lines.
    fn entered(&self, shirts: usize) -> (i64, String, Vec<i64>) {
        let line = self.standard("");
        let made = self.post("", &vec![line.as_str(); shirts]);
        assert_eq!(made.status, 200, "{}", made.body);
        let made = made.json();
        let lines = made["lines"].as_array().unwrap().iter().map(|line| line["id"].as_i64().unwrap()).collect();
        (made["id"].as_i64().unwrap(), made["document_no"].as_str().unwrap().to_owned(), lines)
    }

    fn stored(&self) -> usize {
        self.w.get("lookup_sop_returns").count()
    }
}

/// POST gives 200 and the whole object; numbers are assigned, zero-padded.
#[test]
fn post_gives_200_and_the_whole_object_with_the_number_assigned() {
    let r = returns();
    let made = r.post(r#","customer_document_no":"RMA77""#, &[&r.standard("")]);
    assert_eq!(made.status, 200);
    assert!(made.body.contains(r#""total_gross_value":28.8,"#), "{}", made.body);
    let made = made.json();
    assert_eq!(made["document_no"], "0000000001");
    assert_eq!(made["customer_document_no"], "RMA77");
    assert_eq!(
        (&made["lines"][0]["product_id"], &made["lines"][0]["line_type"]),
        (&r.shirt.into(), &"EnumLineTypeStandard".into())
    );
}

/// Over-long text and unknown fields are refused with a message; nothing is stored.
#[test]
fn lengths_and_unknown_fields_are_a_400_with_a_message() {
    let r = returns();
    let long = |len| "x".repeat(len);
    let line = r.standard("");
    for (header, says) in [
        (format!(r#","customer_document_no":"{}""#, long(31)), "customer_document_no"),
        (format!(r#","document_created_by":"{}""#, long(31)), "document_created_by"),
        (format!(r#","spare_text_1":"{}""#, long(101)), "spare_text_1"),
        (format!(r#","delivery_address":{{"postal_name":"{}"}}"#, long(61)), "postal_name"),
        (format!(r#","memos":[{{"note":"{}"}}]"#, long(1001)), "note"),
        (r#","rma":"77""#.to_owned(), "rma"),
        (r#","document_status":"EnumDocumentStatusLive""#.to_owned(), "document_status"),
    ] {
        assert!(r.post(&header, &[&line]).refusal().contains(says), "{header}");
    }
    for (more, says) in [
        (format!(r#","despatch_note_comment":"{}""#, long(161)), "despatch_note_comment"),
        (format!(r#","description":"{}""#, long(6001)), "description"),
        (r#","colour":"red""#.to_owned(), "colour"),
    ] {
        assert!(r.post("", &[&r.standard(&more)]).refusal().contains(says), "{more}");
    }
    let fits = format!(r#","customer_document_no":"{}""#, long(30));
    assert_eq!(r.post(&fits, &[&r.standard(&format!(r#","description":"{}""#, long(6000)))]).status, 200);
    assert_eq!(r.stored(), 1);
}

/// What a line must and must not carry depends on its type.
#[test]
fn per_line_type_validation() {
    let r = returns();
    r.w.sage.add_additional_charge("FEE", "Restocking fee", dec("5.00")).unwrap();
    let (shirt, home) = (r.shirt, r.home);
    let free = |more: &str| format!(r#"{{"line_type":"EnumLineTypeFreeText"{more}}}"#);
    let charge = |more: &str| format!(r#"{{"line_type":"EnumLineTypeCharge"{more}}}"#);
    let comment = |more: &str| format!(r#"{{"line_type":"EnumLineTypeComment"{more}}}"#);
    let fee = free(r#","description":"Fee","line_quantity":1,"selling_unit_price":4"#);
    for (line, says) in [
        (r#"{"product_id":1}"#.to_owned(), "line_type"),
        (r#"{"line_type":"EnumLineTypeBundle"}"#.to_owned(), "line_type"),
        (format!(r#"{{"line_type":"EnumLineTypeStandard","warehouse_id":{home},"line_quantity":1}}"#), "product_id"),
        (format!(r#"{{"line_type":"EnumLineTypeStandard","product_id":{shirt},"line_quantity":1}}"#), "warehouse_id"),
        (
            format!(r#"{{"line_type":"EnumLineTypeStandard","product_id":{shirt},"warehouse_id":{home}}}"#),
            "line_quantity",
        ),
        (r.standard(r#","show_on_customer_docs":true"#), "show_on_customer_docs"),
        (r.standard(r#","code":"SOCK""#), "code"),
        (free(r#","line_quantity":1,"selling_unit_price":4"#), "description"),
        (free(r#","description":"Fee","selling_unit_price":4"#), "line_quantity"),
        (
            free(&format!(r#","description":"Fee","line_quantity":1,"selling_unit_price":4,"warehouse_id":{home}"#)),
            "warehouse_id",
        ),
        (charge(""), "description"),
        (charge(r#","code":"NONE""#), "code"),
        (charge(r#","code":"FEE","line_quantity":1"#), "line_quantity"),
        (charge(r#","code":"FEE","unit_discount_percent":10"#), "unit_discount_percent"),
        (comment(""), "description"),
        (comment(r#","description":"Note","selling_unit_price":1"#), "selling_unit_price"),
        (comment(r#","description":"Note","tax_code_id":1"#), "tax_code_id"),
    ] {
        assert!(r.post("", &[&line]).refusal().contains(says), "{line}");
    }
    let all = [r.standard(""), fee.clone(), charge(r#","code":"FEE""#), comment(r#","description":"Note""#)];
    let made = r.post("", &all.each_ref().map(String::as_str));
    assert_eq!(made.status, 200, "{}", made.body);
    r.w.sage.set_line_items(LineItems::StandardOnly);
    assert!(r.post("", &[&fee]).refusal().contains("line_type"));
    r.w.sage.set_line_items(LineItems::FreeTextOnly);
    assert!(r.post("", &[&r.standard("")]).refusal().contains("line_type"));
    assert_eq!(r.stored(), 1);
}

/// Neither tax nor gross of a return may be negative, when it is entered and when it is amended.
#[test]
fn totals_never_negative() {
    let r = returns();
    let less = |price: &str| {
        format!(
            r#"{{"line_type":"EnumLineTypeFreeText","description":"Fee","line_quantity":1,"selling_unit_price":{price}}}"#
        )
    };
    let line = r.standard("");
    assert!(r.post("", &[&line, &less("-24.01")]).refusal().contains("total_"));
    assert_eq!(r.stored(), 0);
    let made = r.post("", &[&line, &less("-24.00")]);
    assert!(made.body.contains(r#""total_gross_value":0.0,"#), "{}", made.body);
    let made = made.json();
    let (id, shirt) = (made["id"].as_i64().unwrap(), made["lines"][0]["id"].as_i64().unwrap());
    let refused = r.put(id, &format!(r#""lines":[{{"id":{shirt},"is_to_delete":true}}]"#));
    assert!(refused.refusal().contains("total_"));
    assert_eq!(r.w.get(&format!("sop_returns/{id}?$expand=lines")).json()["lines"].as_array().unwrap().len(), 2);
}

/// When a line of a PUT is refused, the lines before it are changed and those after it are not.
#[test]
fn put_partial_line_failure_keeps_the_lines_before() {
    let r = returns();
    let (id, _, lines) = r.entered(3);
    let [first, second, third] = lines[..] else { panic!("{lines:?}") };
    let refused = r.put(
        id,
        &format!(
            r#""lines":[{{"id":{first},"selling_unit_price":20}},{{"id":{second},"line_quantity":0}},{{"id":{third},"selling_unit_price":20}}]"#
        ),
    );
    assert!(refused.refusal().contains("line_quantity"));
    let stored =
        r.w.get("sop_return_line_views?$orderby=sop_return_line_number&$select=sop_return_line_selling_unit_price");
    assert_eq!(
        stored.body,
        r#"[{"sop_return_line_selling_unit_price":20.00000},{"sop_return_line_selling_unit_price":24.00000},{"sop_return_line_selling_unit_price":24.00000}]"#
    );
}

/// While somebody has the document open, every write to it is refused with a message that names the lock.
#[test]
fn locks_refuse_every_write_until_the_document_is_closed() {
    let r = returns();
    let (id, number, lines) = r.entered(1);
    let person = r.w.sage.desktop();
    person.open_document(&number).unwrap();
    let change = format!(r#""lines":[{{"id":{},"selling_unit_price":20}}]"#, lines[0]);
    assert!(r.put(id, &change).refusal().contains("in use by another user"));
    assert!(r.w.as_user(Method::DELETE, &format!("sop_returns/{id}"), "").refusal().contains("locked"));
    let hold = format!(r#"{{"id":{id},"status":"EnumDocumentStatusOnHold"}}"#);
    assert!(r.w.post("sop_returns_status", &hold).refusal().contains("locked"));
    assert_eq!(r.w.get(&format!("sop_returns/{id}")).status, 200, "reading is not barred");
    person.close_document(&number).unwrap();
    assert_eq!(r.put(id, &change).status, 200);
}

/// Codes bound to a list, mandatory and read-only ones; codes that nothing is mapped to; sites that close them.
#[test]
fn analysis_codes_list_bound_mandatory_and_read_only() {
    let r = returns();
    let map = |slot, change: fn(&mut NewMapping)| {
        let mut mapping = NewMapping::new(AnalysisLevel::Header, slot, "Code");
        change(&mut mapping);
        r.w.sage.add_analysis_mapping(mapping).unwrap();
    };
    map(1, |code| (code.allow_overtype, code.values) = (false, vec!["WEB".to_owned()]));
    map(2, |code| code.mandatory = true);
    map(3, |code| code.read_only = true);
    map(4, |code| (code.allow_overtype, code.allow_new_on_entry) = (false, true));
    let line = r.standard("");
    let post = |codes: &str| r.post(codes, &[&line]);
    assert!(post("").refusal().contains("analysis_code_2: Code is mandatory"));
    let full = r#","analysis_code_2":"x""#;
    for (codes, says) in [
        (r#","analysis_code_1":"SHOP""#, "analysis_code_1: the value is not on the list"),
        (r#","analysis_code_3":"x""#, "analysis_code_3: the analysis code is read-only"),
        (r#","analysis_code_5":"x""#, "analysis_code_5: no analysis code is mapped"),
    ] {
        assert!(post(&format!("{full}{codes}")).refusal().contains(says), "{codes}");
    }
    let made = post(&format!(r#"{full},"analysis_code_1":"web","analysis_code_4":"first""#));
    assert_eq!(made.status, 200, "{}", made.body);
    let id = made.json()["id"].as_i64().unwrap();
    assert!(r.put(id, r#""analysis_code_2":"""#).refusal().contains("mandatory"));
    r.w.sage.set_amend_analysis_codes(false, true);
    assert!(r.put(id, r#""analysis_code_1":"WEB""#).refusal().contains("do not allow analysis codes"));
    assert!(r.post("", &[&r.standard(r#","analysis_code_1":"x""#)]).status == 400, "no code is mapped on lines");
}

/// `is_editing` makes a draft; a draft may be empty and stays one until a PUT leaves the flag out.
#[test]
fn draft_flags() {
    let r = returns();
    assert!(r.post("", &[]).refusal().contains("lines"));
    let made = r.post(r#","is_editing":true"#, &[]).json();
    assert_eq!((&made["is_draft"], &made["document_status"]), (&true.into(), &"EnumDocumentStatusDraft".into()));
    let id = made["id"].as_i64().unwrap();
    let number = made["document_no"].as_str().unwrap();
    assert!(r.w.sage.desktop().confirm_goods_in(number, &[(1, dec("1"))]).is_err(), "a draft takes no goods");
    assert!(r.put(id, r#""customer_document_no":"RMA77""#).refusal().contains("lines"), "confirmed, it needs lines");
    let line = r.standard("");
    let still = r.put(id, &format!(r#""is_editing":true,"lines":[{line}]"#)).json();
    assert_eq!(still["is_draft"], true);
    let live = r.put(id, r#""customer_document_no":"RMA77""#).json();
    assert_eq!((&live["is_draft"], &live["document_status"]), (&false.into(), &"EnumDocumentStatusLive".into()));
    assert!(r.put(id, r#""is_editing":true"#).refusal().contains("not a draft"));
}

/// `sop_returns_new` says what a return would hold and stores nothing.
#[test]
fn proposals_are_not_stored() {
    let r = returns();
    let proposed = r.w.post("sop_returns_new", &format!(r#"{{"customer_id":{}}}"#, r.w.web));
    assert_eq!((proposed.status, proposed.json()["id"].is_null()), (200, true));
    assert_eq!(r.stored(), 0);
}

/// Prices, discounts and costs without the permission are an empty 401, and nothing is stored.
#[test]
fn price_override_without_permission_is_a_401() {
    let r = returns();
    r.w.sage.set_permissions(Permissions {
        override_prices_discounts: false,
        override_cost_price: false,
        full_order_warehouse: Some(r.home),
    });
    for more in [r#","selling_unit_price":20"#, r#","unit_discount_percent":5"#, r#","cost_price":1"#] {
        let refused = r.post("", &[&r.standard(more)]);
        assert_eq!((refused.status, refused.body.len()), (401, 0), "{more}");
    }
    assert_eq!(r.post(r#","document_discount_percent":5"#, &[&r.standard("")]).status, 401);
    let from_list = r.standard(r#","selling_unit_price":20,"selling_unit_price_overridden":false"#);
    let made = r.post("", &[&from_list]);
    assert!(made.body.contains(r#""selling_unit_price":24.0,"#), "the list's price: {}", made.body);
    let shirt = r.shirt;
    let line = format!(r#"{{"line_type":"EnumLineTypeStandard","product_id":{shirt},"line_quantity":1}}"#);
    assert_eq!(r.post("", &[&line]).status, 200, "the user's own warehouse");
    assert_eq!(r.stored(), 2);
}

/// `stock_transfers` answers an empty object and checks the free stock.
#[test]
fn stock_transfers_return_an_empty_object_and_check_free_stock() {
    let r = returns();
    r.w.sage.add_warehouse("RETURNS", WarehouseKind::Returns).unwrap();
    r.w.sage.add_holding("SHIRT", "RETURNS").unwrap();
    r.w.sage.set_stock("SHIRT", "RETURNS", dec("1")).unwrap();
    let bins = r.w.get("bin_holdings?$orderby=id").json();
    let (home, back) = (bins[0]["id"].as_i64().unwrap(), bins[1]["id"].as_i64().unwrap());
    let body = |quantity: &str| {
        format!(
            r#"{{"product_id":{},"bin_holding_from_id":{back},"bin_holding_to_id":{home},"quantity":{quantity},"second_reference":"RMA77"}}"#,
            r.shirt
        )
    };
    assert!(r.w.post("stock_transfers", &body("2")).refusal().contains("quantity"));
    let done = r.w.post("stock_transfers", &body("1"));
    assert_eq!((done.status, done.body.as_str()), (200, "{}"));
    assert_eq!(r.w.sage.stock_in("SHIRT", "HOME"), Some(dec("1")));
}

/// Enumerations name every value by number and literal, the traceable kinds among them.
#[test]
fn a_traced_product_shows_its_kind() {
    let r = returns();
    let kinds = r.w.get("traceable_types?$orderby=id").json();
    assert_eq!(kinds[0]["value"], "EnumTraceableTypeNone");
    let shown = |r: &Returns| r.w.get("product_views?$filter=code eq 'SHIRT'").json()[0]["traceable_type"].clone();
    assert_eq!(shown(&r), "EnumTraceableTypeNone");
    r.w.sage.trace_by_batch("SHIRT").unwrap();
    assert_eq!(shown(&r), "EnumTraceableTypeBatch");
}
