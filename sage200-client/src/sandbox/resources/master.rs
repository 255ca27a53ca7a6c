//! Records of accounts, products, tax codes, currencies, sites and settings.

use super::choices::{ACCOUNT_STATUS, Choice, MISCELLANEOUS, NOT_TRACED, STOCK_ITEM, TRACED_BY_BATCH};
use crate::sandbox::{
    state::{API_USER, Company, Currency, Customer, TaxCode},
    value::{Row, Value, int, money, quantity, rate, text},
};
use rust_decimal::Decimal;

pub(super) fn choice_row(choice: &Choice) -> Row {
    Row::from([("id", int(choice.id)), ("description", text(choice.description)), ("value", text(choice.literal))])
}

pub(super) fn sites(company: &Company) -> Vec<Row> {
    let site = &company.site;
    vec![Row::from([
        ("company_id", int(site.company_id.into())),
        ("company_name", text(&site.company_name)),
        ("site_id", text(&site.site_id)),
        ("site_name", text(&site.site_name)),
        ("site_short_name", Value::Text(site.site_name.chars().take(50).collect())),
    ])]
}

pub(super) fn current_user(company: &Company) -> Row {
    Row::from([
        ("id", int(1)),
        ("logon_name", text(API_USER)),
        ("friendly_name", text("API user")),
        ("is_web_user", Value::Flag(true)),
        ("last_logon_date_time", Value::Stamp(company.created)),
    ])
}

fn account_status(customer: &Customer) -> Choice {
    let [active, hidden] = ACCOUNT_STATUS else { return Choice { id: 0, literal: "", description: "" } };
    if customer.hidden { *hidden } else { *active }
}

fn tax_code(code: &TaxCode) -> Row {
    Row::from([
        ("id", int(code.id)),
        ("code", int(code.number.into())),
        ("name", text(&code.name)),
        ("tax_rate", money(code.rate)),
        ("date_time_created", Value::Stamp(code.updated)),
        ("date_time_updated", Value::Stamp(code.updated)),
    ])
}

fn currency(company: &Company, currency: &Currency) -> Row {
    Row::from([
        ("id", int(currency.id)),
        ("symbol", text(currency.symbol)),
        ("name", text(currency.name)),
        ("core_currency_rate", rate(currency.rate)),
        ("is_base_currency", Value::Flag(currency.base)),
        ("is_euro_currency", Value::Flag(currency.iso == "EUR")),
        ("use_for_new_accounts", Value::Flag(true)),
        ("exchange_rate_type", text("ExchangeRateSingle")),
        ("currency_iso_code_id", int(currency.iso_id)),
        (
            "currency_iso_code",
            Value::Object(Row::from([
                ("id", int(currency.iso_id)),
                ("code", text(currency.iso)),
                ("name", text(currency.name)),
            ])),
        ),
        ("date_time_created", Value::Stamp(company.created)),
        ("date_time_updated", Value::Stamp(company.created)),
    ])
}

pub(super) fn tax_codes(company: &Company) -> Vec<Row> {
    company.tax_codes.iter().map(tax_code).collect()
}

pub(super) fn currencies(company: &Company) -> Vec<Row> {
    company.currencies.iter().map(|row| currency(company, row)).collect()
}

fn balance(company: &Company, customer: &Customer) -> Decimal {
    company.ledger.iter().filter(|row| row.entry.customer_id == customer.id).map(|row| row.outstanding()).sum()
}

fn short_name(customer: &Customer) -> Value {
    Value::Text(customer.name.chars().take(8).collect())
}

/// The nested customer of a posted transaction, and the base of the resource.
pub(super) fn customer(company: &Company, customer: &Customer) -> Row {
    let (nominal, cost_centre, department) = &customer.nominal;
    let default_tax = company.tax_code(customer.tax_code).ok();
    let mut row = Row::from([
        ("id", int(customer.id)),
        ("reference", text(&customer.reference)),
        ("name", text(&customer.name)),
        ("short_name", short_name(customer)),
        ("balance", money(balance(company, customer))),
        ("on_hold", Value::Flag(customer.on_hold)),
        ("account_status_type", text(account_status(customer).literal)),
        ("currency_id", int(customer.currency.id)),
        ("exchange_rate_type", text("ExchangeRateSingle")),
        ("default_tax_code_id", default_tax.map_or(Value::Null, |code| int(code.id))),
        ("account_type", text("TradingAccountTypeOpenItem")),
        ("payment_terms_days", int(customer.payment_terms_days.into())),
        ("payment_terms_basis", text("PaymentDueFromDocumentDate")),
        ("account_opened", Value::Date(customer.created.date_naive())),
        ("default_nominal_code_reference", text(nominal)),
        ("default_nominal_code_cost_centre", text(cost_centre)),
        ("default_nominal_code_department", text(department)),
        ("date_time_created", Value::Stamp(customer.created)),
        ("date_time_updated", Value::Stamp(customer.updated)),
    ]);
    for (slot, value) in &customer.analysis {
        row.put(format!("analysis_code_{slot}"), text(value));
    }
    row
}

pub(super) fn customers(company: &Company) -> Vec<Row> {
    let with_nested = |account: &Customer| {
        let mut row = customer(company, account);
        let tax = company.tax_code(account.tax_code).map_or(Value::Null, |code| Value::Object(tax_code(code)));
        row.put("default_tax_code", tax);
        row.put("currency", Value::Object(currency(company, &account.currency)));
        row.put("main_address", Value::Object(Row::from([("customer_id", int(account.id))])));
        for empty in ["contacts", "memos", "alerts"] {
            row.put(empty, Value::List(Vec::new()));
        }
        row
    };
    company.customers.iter().map(with_nested).collect()
}

pub(super) fn customer_views(company: &Company) -> Vec<Row> {
    let row = |customer: &Customer| {
        let (nominal, cost_centre, department) = &customer.nominal;
        let (balance, status) = (balance(company, customer), account_status(customer));
        let in_base = balance.checked_div(customer.currency.rate).unwrap_or(balance);
        let mut row = Row::from([
            ("id", int(customer.id)),
            ("reference", text(&customer.reference)),
            ("name", text(&customer.name)),
            ("short_name", short_name(customer)),
            ("currency_id", int(customer.currency.id)),
            ("currency_name", text(customer.currency.name)),
            ("currency_symbol", text(customer.currency.symbol)),
            ("currency_iso_code_id", int(customer.currency.iso_id)),
            ("currency_iso_code", text(customer.currency.iso)),
            ("currency_iso_code_name", text(customer.currency.name)),
            ("balance", money(balance)),
            ("base_balance", money(in_base.round_dp(2))),
            ("default_nominal_account_number", text(nominal)),
            ("default_nominal_cost_centre", text(cost_centre)),
            ("default_nominal_department", text(department)),
            ("payment_terms_in_days", int(customer.payment_terms_days.into())),
            ("account_is_on_hold", Value::Flag(customer.on_hold)),
            ("account_status_type_id", int(status.id)),
            ("account_status_type", text(status.literal)),
            ("account_type", text("TradingAccountTypeOpenItem")),
            ("account_opened", Value::Date(customer.created.date_naive())),
            ("date_time_created", Value::Stamp(customer.created)),
            ("date_time_updated", Value::Stamp(customer.updated)),
        ]);
        if let Ok(code) = company.tax_code(customer.tax_code) {
            row.put("default_tax_rate_id", int(code.id));
            row.put("default_tax_rate_code", int(code.number.into()));
            row.put("default_tax_rate_name", text(&code.name));
            row.put("default_tax_rate", money(code.rate));
        }
        row
    };
    company.customers.iter().map(row).collect()
}

pub(super) fn lookup_customers(company: &Company) -> Vec<Row> {
    let row = |customer: &Customer| {
        Row::from([
            ("id", int(customer.id)),
            ("reference", text(&customer.reference)),
            ("name", text(&customer.name)),
            ("short_name", short_name(customer)),
            ("account_status_type_id", int(account_status(customer).id)),
        ])
    };
    company.customers.iter().map(row).collect()
}

fn status(active: bool) -> (Value, Value) {
    if active { (int(0), text("Active")) } else { (int(1), text("Inactive")) }
}

pub(super) fn products(company: &Company) -> Vec<Row> {
    let mut rows = Vec::new();
    for product in &company.products {
        let code = company.tax_code(product.tax_code).ok();
        rows.push(Row::from([
            ("id", int(product.id)),
            ("code", text(&product.code)),
            ("name", text(&product.name)),
            ("description", text(&product.name)),
            ("allow_sales_order", Value::Flag(true)),
            ("free_stock_quantity", quantity(company.free_stock(product.id))),
            ("tax_code_id", code.map_or(Value::Null, |code| int(code.id))),
            ("tax_code", code.map_or(Value::Null, |code| Value::Object(tax_code(code)))),
            ("product_status_type", status(product.active).1),
            ("date_time_created", Value::Stamp(company.created)),
            ("date_time_updated", Value::Stamp(product.updated)),
        ]));
    }
    rows
}

pub(super) fn product_views(company: &Company) -> Vec<Row> {
    let mut rows = Vec::new();
    for product in &company.products {
        let (status_id, status) = status(product.active);
        let kind = if product.stocked { STOCK_ITEM } else { MISCELLANEOUS };
        let traced = if product.traced { TRACED_BY_BATCH } else { NOT_TRACED };
        rows.push(Row::from([
            ("id", int(product.id)),
            ("code", text(&product.code)),
            ("name", text(&product.name)),
            ("status_type_id", status_id),
            ("status_type", status),
            ("selling_price", quantity(product.price)),
            ("product_group_product_type_id", int(kind.id)),
            ("product_group_product_type", text(kind.literal)),
            ("traceable_type_id", int(traced.id)),
            ("traceable_type", text(traced.literal)),
            ("allow_sales_order", Value::Flag(true)),
            ("description", text(&product.name)),
            ("free_stock_quantity", quantity(company.free_stock(product.id))),
            ("confirmed_quantity_in_stock", quantity(company.stock(product.id))),
            ("actual_quantity", quantity(company.stock(product.id))),
            ("quantity_allocated_sop", quantity(company.stock(product.id) - company.free_stock(product.id))),
        ]));
    }
    rows
}

pub(super) fn lookup_products(company: &Company) -> Vec<Row> {
    let mut rows = Vec::new();
    for product in &company.products {
        rows.push(Row::from([
            ("id", int(product.id)),
            ("code", text(&product.code)),
            ("name", text(&product.name)),
            ("free_stock_quantity", quantity(company.free_stock(product.id))),
            ("product_status_id", status(product.active).0),
            ("product_type_id", int(0)),
            ("allow_sales_order", Value::Flag(true)),
        ]));
    }
    rows
}

pub(super) fn sop_settings(company: &Company) -> Vec<Row> {
    let settings = &company.settings;
    let flag = Value::Flag;
    vec![Row::from([
        ("id", int(company.settings_id)),
        ("auto_generate_order_return_numbers", flag(settings.auto_number_documents)),
        ("order_line_item_type", text(settings.line_items.literal())),
        ("amend_analysis_codes", flag(settings.amend_line_analysis)),
        ("amend_header_analysis_codes", flag(settings.amend_header_analysis)),
        ("amend_nominal_codes", flag(settings.amend_nominal)),
        ("are_prices_tax_inclusive", flag(settings.prices_tax_inclusive)),
        ("allocate_stock_on_order_entry", flag(settings.allocate_on_entry)),
        ("update_stock_on_despatch", flag(settings.update_stock_on_despatch)),
        ("record_cancelled_order_lines", flag(true)),
        ("add_invoice_credit_note_to_sales_ledger", flag(settings.credit_notes_reach_ledger)),
        ("orders_returns_last_archived_up_to", settings.archived_up_to.map_or(Value::Null, Value::Date)),
        ("last_archive_run_on", settings.archived_on.map_or(Value::Null, Value::Stamp)),
        ("date_time_created", Value::Stamp(company.created)),
        ("date_time_updated", Value::Stamp(settings.archived_on.unwrap_or(company.created))),
    ])]
}

pub(super) fn system_settings(company: &Company) -> Vec<Row> {
    vec![Row::from([
        ("id", int(company.settings_id)),
        ("next_urn", text(&company.next_urn.to_string())),
        ("next_invoice_number", int(company.next_invoice)),
        ("next_credit_note_number", int(company.next_credit_note)),
        ("number_open_periods", int(12)),
        ("use_segmented_address", Value::Flag(true)),
        ("date_time_created", Value::Stamp(company.created)),
        ("date_time_updated", Value::Stamp(company.created)),
    ])]
}
