//! How the site is set up: licence, permissions, settings, analysis codes, charges.

use crate::sandbox::{
    settings::{AdditionalCharge, Mapping},
    state::{API_USER, Company},
    value::{Row, Value, int, money, text},
};

pub(super) fn licence(_: &Company) -> Vec<Row> {
    let mut row = Row::default();
    for module in ["sales", "purchase", "nominal", "cash_book", "stock", "price_book", "sales_orders"] {
        row.put(format!("is_{module}_enabled"), Value::Flag(true));
    }
    vec![row]
}

pub(super) fn permissions(company: &Company) -> Vec<Row> {
    let may = company.settings.permissions;
    vec![Row::from([
        ("id", int(1)),
        ("user_number", int(1)),
        ("user_name", text(API_USER)),
        ("override_prices_discounts", Value::Flag(may.override_prices_discounts)),
        ("override_cost_price", Value::Flag(may.override_cost_price)),
        ("full_order_warehouse_id", may.full_order_warehouse.map_or(Value::Null, int)),
        ("date_time_created", Value::Stamp(company.created)),
        ("date_time_updated", Value::Stamp(company.created)),
    ])]
}

pub(super) fn stock_settings(company: &Company) -> Vec<Row> {
    vec![Row::from([
        ("id", int(company.settings_id)),
        ("use_multiple_locations", Value::Flag(company.warehouses.len() > 1)),
        ("integrate_stock_management_with_nominal", Value::Flag(true)),
        ("allow_fulfilment_from_stock", Value::Flag(true)),
        ("internal_areas", Value::List(Vec::new())),
        ("date_time_created", Value::Stamp(company.created)),
        ("date_time_updated", Value::Stamp(company.created)),
    ])]
}

pub(super) fn analysis_code_mappings(company: &Company) -> Vec<Row> {
    company.mappings.iter().map(|mapping| mapping_row(company, mapping)).collect()
}

fn mapping_row(company: &Company, mapping: &Mapping) -> Row {
    let is = &mapping.is;
    let class = is.level.class_name();
    let values = is.values.iter().zip(&mapping.value_ids).map(|(value, id)| {
        Row::from([
            ("id", int(*id)),
            ("analysis_code_id", int(mapping.code_id)),
            ("value", text(value)),
            ("is_default", Value::Flag(false)),
        ])
    });
    let code = Row::from([
        ("id", int(mapping.code_id)),
        ("name", text(&is.name)),
        ("allow_overtype", Value::Flag(is.allow_overtype)),
        ("allow_new_on_entry", Value::Flag(is.allow_new_on_entry)),
        ("values", Value::List(values.collect())),
    ]);
    Row::from([
        ("id", int(mapping.id)),
        ("class_name", text(class)),
        ("friendly_class_name", text(class.rsplit('.').next().unwrap_or_default())),
        ("property_name", Value::Text(format!("AnalysisCode{}", is.slot))),
        ("friendly_property_name", Value::Text(format!("Analysis Code {}", is.slot))),
        ("is_mandatory", Value::Flag(is.mandatory)),
        ("is_read_only", Value::Flag(is.read_only)),
        ("slot", int(is.slot.into())),
        ("analysis_code", Value::Object(code)),
        ("date_time_created", Value::Stamp(company.created)),
        ("date_time_updated", Value::Stamp(company.created)),
    ])
}

pub(super) fn additional_charges(company: &Company) -> Vec<Row> {
    let row = |charge: &AdditionalCharge| {
        Row::from([
            ("id", int(charge.id)),
            ("code", text(&charge.code)),
            ("name", text(&charge.name)),
            ("charge_value", money(charge.value)),
            ("date_time_created", Value::Stamp(company.created)),
            ("date_time_updated", Value::Stamp(company.created)),
        ])
    };
    company.charges.iter().map(row).collect()
}
