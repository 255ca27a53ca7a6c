use crate::wire::{
    returns::{answers, id, shape, transfer},
    server::*,
};
use sage200_client::*;
use serde_json::{Value, json};

#[tokio::test]
async fn stock_is_read_and_transfers_are_found_again() {
    let s = Server::start().await;
    let c = &s.company;
    let product = id::<Product>();
    answers(&s, json!([{"id": 3, "name": "RETURNS", "use_for_sales_trading": false}])).await;
    assert_eq!(c.warehouses().await.unwrap()[0].name.as_deref(), Some("RETURNS"));
    assert_eq!(shape(&s).await, "/warehouses $orderby=id asc & $top=500");
    let rows = json!([{"id": 1, "product_id": 77}, {"id": 2, "product_id": 78}]);
    answers(&s, rows.clone()).await;
    assert_eq!(c.warehouse_holdings(product).await.unwrap().len(), 1);
    assert_eq!(shape(&s).await, "/warehouse_holdings $filter=product_id eq 77 & $orderby=id asc & $top=500");
    answers(&s, rows).await;
    assert_eq!(c.bin_holdings(product).await.unwrap().len(), 1);
    assert_eq!(shape(&s).await, "/bin_holdings $filter=product_id eq 77 & $orderby=id asc & $top=500");
    answers(&s, json!([{"warehouse_holding_id": 1, "product_id": 77}])).await;
    assert_eq!(c.product_warehouses(product).await.unwrap().len(), 1);
    let asked = "/product_warehouse_views $filter=product_id eq 77 & $orderby=warehouse_holding_id asc & $top=500";
    assert_eq!(shape(&s).await, asked);
    answers(&s, json!([{"id": 77}, {"id": 99}])).await;
    assert_eq!(c.products_by_id(&[product, product]).await.unwrap().len(), 1);
    assert_eq!(shape(&s).await, "/product_views $filter=id eq 77 & $orderby=id asc & $top=500");

    let movement = |id: i64, product: i64, first: &str, second: &str| json!({"id": id, "product_id": product, "reference": first, "second_reference": second, "quantity": 1});
    let rows = json!([
        movement(1, 77, "R1", "x"),
        movement(2, 77, "x", "r1 "),
        movement(3, 78, "R1", "R1"),
        movement(4, 77, "R10", ""),
    ]);
    answers(&s, rows.clone()).await;
    assert_eq!(c.stock_movements(product, "R1").await.unwrap().len(), 2);
    assert_eq!(
        shape(&s).await,
        "/product_transaction_views $filter=(product_id eq 77) and ((reference eq 'R1') or (second_reference eq 'R1')) \
         & $orderby=id asc & $top=500"
    );
    answers(&s, rows).await;
    let found = c.movements_by_second_reference(&SecondReference::new("R1").unwrap()).await.unwrap();
    assert_eq!(found.iter().map(|row| row.id.get()).collect::<Vec<_>>(), [2, 3]);
    let asked = "/product_transaction_views $filter=second_reference eq 'R1' & $orderby=id asc & $top=500";
    assert_eq!(shape(&s).await, asked);

    let rows = json!([movement(5, 77, "RMA1-1", ""), movement(6, 78, "x", "rma2-1 "), movement(7, 78, "RMA3-1", ""),]);
    answers(&s, rows).await;
    let found = c.movements_by_references(["RMA2-1", "RMA1-1", "RMA1-1"]).await.unwrap();
    assert_eq!(found.iter().map(|row| row.id.get()).collect::<Vec<_>>(), [5, 6]);
    let one = |text: &str| format!("((reference eq '{text}') or (second_reference eq '{text}'))");
    let (first, second) = (one("RMA1-1"), one("RMA2-1"));
    let asked = format!("/product_transaction_views $filter={first} or {second} & $orderby=id asc & $top=500");
    assert_eq!(shape(&s).await, asked);
    assert!(c.movements_by_references([" "]).await.is_err());
    assert!(c.movements_by_references([]).await.unwrap().is_empty());

    s.post("stock_transfers", list(json!({}))).await;
    c.post_stock_transfer(&transfer()).await.unwrap();
    assert_eq!(s.calls().await[0].body, transfer().to_body());
}

#[tokio::test]
async fn probes_come_as_a_list_of_one_or_by_themselves() {
    for wrap in [|row: Value| json!([row]), |row: Value| row, |row: Value| json!({"value": [row]})] {
        let s = Server::start().await;
        let c = &s.company;
        s.get("licence", list(wrap(json!({"is_sales_orders_enabled": true})))).await;
        s.get("current_user", list(wrap(json!({"id": 5, "logon_name": "ann", "email_address": "a@b.example"})))).await;
        s.get("stock_settings", list(wrap(json!({"use_multiple_locations": true})))).await;
        s.get("system_settings", list(wrap(json!({"number_open_periods": 2})))).await;
        s.get("current_user_sop_user_permissions", list(wrap(json!({"override_prices_discounts": false})))).await;
        s.get("sop_settings", list(wrap(json!({"order_line_item_type": "Standard"})))).await;
        assert_eq!(c.licence().await.unwrap().is_sales_orders_enabled, Some(true));
        let user = c.current_user().await.unwrap();
        assert!(!format!("{user:?}").contains("ann") && user.logon_name.unwrap().expose() == "ann");
        assert_eq!(c.stock_settings().await.unwrap().use_multiple_locations, Some(true));
        assert_eq!(c.system_settings().await.unwrap().number_open_periods, Some(2));
        for path in ["warehouses", "currencies", "sop_additional_charges"] {
            s.get(path, list(json!([{"id": 1}]))).await;
        }
        let mapping = json!([{"id": 1, "class_name": "SOPOrderReturn", "slot": 1, "analysis_code_id": 9,
            "analysis_code": {"name": "RMA", "values": [{"value": "x"}]}}]);
        s.get("analysis_code_mappings", list(mapping)).await;
        let rules = c.site_rules().await.unwrap();
        assert_eq!(rules.permissions.override_prices_discounts, Some(false));
        assert_eq!(rules.settings.order_line_item_type, Some(LineItems::StandardOnly));
        assert_eq!((rules.mappings[0].number(), rules.warehouses.len(), rules.charges.len()), (Some(1), 1, 1));
        assert!(rules.mappings[0].is_of("SOPOrderReturn") && !rules.mappings[0].is_of("SOPOrderReturnLine"));
        let asked = s.calls().await.iter().find_map(|call| query(call, "$expand"));
        assert_eq!(asked.as_deref(), Some("analysis_code"));
    }
    let (company, _) = scripted_company(vec![Ok((200, "[]"))]);
    assert!(company.sop_user_permissions().await.unwrap_err().to_string().contains("is an empty list"));
}

#[tokio::test]
async fn enumerations_are_checked_before_they_are_trusted() {
    let s = Server::start().await;
    let types = json!([{"id": 0, "value": "SalesOrder"}, {"id": 1, "value": "SalesReturn"}]);
    s.get("sop_document_types", list(types)).await;
    let statuses = ["Live", "OnHold", "Complete", "Dispute", "Cancelled"];
    let rows =
        statuses.iter().enumerate().map(|(id, name)| json!({"id": id, "value": format!("EnumDocumentStatus{name}")}));
    s.get("sop_document_status_types", list(rows.collect())).await;
    s.company.check_enumerations().await.unwrap();
    let table = s.company.enumeration(Enumeration::DocumentTypes).await.unwrap();
    assert_eq!((table.literal(1), table.id("SalesOrder")), (Some("SalesReturn"), Some(0)));

    for body in [r#"[{"id":0,"value":"A"},{"id":1,"value":"B"}]"#, r#"[{"id":0,"value":"A"},{"id":0,"value":"B"}]"#] {
        let (company, _) = scripted_company(vec![Ok((200, body))]);
        let error = company.check_enumerations().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("nothing read by these numbers can be trusted"), "{error}");
    }
}

#[tokio::test]
async fn many_references_are_asked_for_in_few_requests_that_fit() {
    let s = Server::start().await;
    answers(&s, json!([])).await;
    let texts: Vec<_> = (0..50).map(|n| format!("RMA44{n:05}-1")).collect();
    s.company.movements_by_references(texts.iter().map(String::as_str)).await.unwrap();
    let calls = s.calls().await;
    let asked: String = calls.iter().map(|call| call.url.as_str()).collect();
    assert!(calls.len() <= 5 && calls.iter().all(|call| call.url.as_str().len() <= 2000), "{}", calls.len());
    for text in &texts {
        assert_eq!(asked.matches(text.as_str()).count(), 2, "{text}");
    }
}

#[test]
fn goods_in_and_out_are_told_by_the_companys_own_numbers() {
    let row = |id: i64, value: &str| serde_json::from_value(json!({"id": id, "value": value})).unwrap();
    let table = |rows: Vec<EnumRow>| EnumTable::new(Enumeration::ProductTransactionGroups, rows).unwrap();
    let groups = table(vec![row(7, "Allocation"), row(9, "Goods Out"), row(8, "EnumTransactionGroupGoodsIn")]);
    let groups = groups.stock_groups().unwrap();
    assert_eq!(groups, StockGroups { goods_in: 8, goods_out: 9 });
    let change = |group: i64, quantity: &str| {
        let text = format!(r#"{{"id": 1, "transaction_group_id": {group}, "quantity": {quantity}}}"#);
        let row: ProductTransactionView = serde_json::from_str(&text).unwrap();
        row.change(&groups).map(|change| change.normalize().to_string())
    };
    let said = [(8, "2.00000"), (8, "-1"), (9, "2"), (9, "-2"), (7, "5")].map(|(group, text)| change(group, text));
    assert_eq!(said, [Some("2"), Some("-1"), Some("-2"), Some("-2"), None].map(|text| text.map(str::to_owned)));
    for rows in
        [vec![], vec![row(1, "Goods In")], vec![row(1, "Goods In"), row(2, "goods in 2"), row(3, "Own Goods In")]]
    {
        assert!(table(rows).stock_groups().unwrap_err().to_string().contains("stop"));
    }
}

#[test]
fn a_warehouse_that_does_not_say_sells_unless_its_type_speaks_against_it() {
    let sells = |text: &str| serde_json::from_str::<WarehouseRow>(text).unwrap().sells();
    assert!(sells(r#"{"id": 1}"#) && sells(r#"{"id": 1, "warehouse_type": "Warehouse"}"#));
    assert!(
        !sells(r#"{"id": 1, "warehouse_type": "Returns"}"#)
            && !sells(r#"{"id": 1, "warehouse_type": "Direct Delivery"}"#)
    );
    assert!(!sells(r#"{"id": 1, "use_for_sales_trading": false}"#));
    assert!(sells(r#"{"id": 1, "use_for_sales_trading": true, "warehouse_type": "Returns"}"#));
}
