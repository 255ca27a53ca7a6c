//! Ledger and stock transactions.

use super::{choices::STOCK_TRANSACTION, master};
use crate::sandbox::{
    ledger::{NominalRow, Posted, TaxRow},
    state::{Company, Movement},
    value::{Row, Value, int, money, quantity, rate, text},
};
use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

/// Fields that the resource and its view share.
fn shared(posted: &Posted, due: NaiveDate) -> Row {
    let entry = &posted.entry;
    let allocated = posted.gross() - posted.outstanding();
    Row::from([
        ("reference", text(&entry.reference)),
        ("second_reference", text(&entry.second_reference)),
        ("transaction_date", Value::Date(entry.date)),
        ("posted_date", Value::Date(posted.posted)),
        ("due_date", Value::Date(due)),
        ("discount_days", int(entry.discount_days.into())),
        ("user_name", text(posted.user())),
        ("urn", int(posted.urn)),
        ("exchange_rate", rate(posted.exchange_rate)),
        ("settled_immediately", Value::Flag(entry.settled_immediately)),
        ("document_goods_value", money(posted.goods)),
        ("document_gross_value", money(posted.gross())),
        ("document_tax_value", money(posted.tax)),
        ("document_discount_value", money(posted.discount)),
        ("document_tax_discount_value", money(posted.tax_discount)),
        ("document_allocated_value", money(allocated)),
        ("document_outstanding_value", money(posted.outstanding())),
        ("base_goods_value", money(posted.in_base(posted.goods))),
        ("base_gross_value", money(posted.in_base(posted.goods) + posted.in_base(posted.tax))),
        ("base_tax_value", money(posted.in_base(posted.tax))),
        ("base_discount_value", money(posted.in_base(posted.discount))),
        ("base_tax_discount_value", money(posted.in_base(posted.tax_discount))),
        ("base_allocated_value", money(posted.in_base(allocated))),
        ("customer_id", int(entry.customer_id)),
    ])
}

fn due(company: &Company, posted: &Posted) -> NaiveDate {
    let days = company.customer(posted.entry.customer_id).map(|customer| customer.payment_terms_days).unwrap_or(0);
    let days = Days::new(u64::try_from(days).unwrap_or(0));
    posted.entry.date.checked_add_days(days).unwrap_or(posted.entry.date)
}

fn tax_row(row: &TaxRow) -> Row {
    Row::from([
        ("id", int(row.tax_code.id)),
        ("code", int(row.tax_code.number.into())),
        ("name", text(&row.tax_code.name)),
        ("entry_type", text("")),
        ("goods_amount", money(row.goods)),
        ("tax_amount", money(row.tax)),
        ("tax_discount_amount", money(row.tax_discount)),
    ])
}

fn nominal_row(posted: &Posted, row: &NominalRow) -> Row {
    Row::from([
        ("code", text(&row.code)),
        ("cost_centre", text(&row.cost_centre)),
        ("department", text(&row.department)),
        ("name", text("")),
        ("location", text("")),
        ("reference", text(&posted.entry.reference)),
        ("narrative", text(&row.narrative)),
        ("value", money(row.value)),
        ("base_value", money(posted.in_base(row.value))),
        ("transaction_analysis_code", text("")),
        ("source", text("")),
    ])
}

pub(super) fn sales_posted_transactions(company: &Company) -> Vec<Row> {
    let row = |posted: &Posted| {
        let mut row = shared(posted, due(company, posted));
        row.put("id", int(posted.id));
        row.put("trader_transaction_type", text(posted.entry.entry_type.literal()));
        row.put("discount_percent", money(posted.entry.discount_percent));
        row.put("control_value_in_base_currency", money(posted.in_base(posted.gross())));
        row.put("tax_analysis_items", Value::List(posted.entry.tax_rows.iter().map(tax_row).collect()));
        let nominal = posted.entry.nominal_rows.iter().map(|row| nominal_row(posted, row)).collect();
        row.put("nominal_analysis_items", Value::List(nominal));
        for empty in ["bank_items", "allocation_session_items", "allocation_history_items"] {
            row.put(empty, Value::List(Vec::new()));
        }
        if let Ok(customer) = company.customer(posted.entry.customer_id) {
            row.put("customer", Value::Object(master::customer(company, customer)));
        }
        row.put("date_time_created", Value::Stamp(posted.created));
        row.put("date_time_updated", Value::Stamp(posted.updated));
        row
    };
    company.ledger.iter().filter(|posted| posted.visible).map(row).collect()
}

pub(super) fn sales_transaction_views(company: &Company) -> Vec<Row> {
    let row = |posted: &Posted| {
        let mut row = shared(posted, due(company, posted));
        row.put("posted_customer_transaction_id", int(posted.id));
        row.put("transaction_type", text(posted.entry.entry_type.literal()));
        row.put("ledger_type", text("LedgerSales"));
        row.put("base_outstanding_value", money(posted.in_base(posted.outstanding())));
        if let Ok(customer) = company.customer(posted.entry.customer_id) {
            row.put("customer_reference", text(&customer.reference));
            row.put("customer_name", text(&customer.name));
            row.put("currency_name", text(customer.currency.name));
            row.put("currency_symbol", text(customer.currency.symbol));
        }
        row.put("transaction_date_time_updated", Value::Stamp(posted.updated));
        row
    };
    company.ledger.iter().filter(|posted| posted.visible).map(row).collect()
}

pub(super) fn product_transaction_views(company: &Company) -> Vec<Row> {
    company.movements.iter().map(movement).collect()
}

fn movement(movement: &Movement) -> Row {
    let kind = STOCK_TRANSACTION.iter().find(|choice| choice.id == movement.kind);
    Row::from([
        ("id", int(movement.id)),
        ("product_id", int(movement.product.id)),
        ("product_code", text(&movement.product.code)),
        ("transaction_group_id", int(if movement.quantity < Decimal::ZERO { 1 } else { 2 })),
        ("transaction_type_id", int(movement.kind)),
        ("transaction_type", text(kind.map(|choice| choice.literal).unwrap_or_default())),
        ("transaction_date", Value::Date(movement.date)),
        ("source_area_reference", text(movement.customer.as_deref().unwrap_or_default())),
        ("reference", text(&movement.reference)),
        ("second_reference", text(&movement.second_reference)),
        ("warehouse_name", text(&movement.warehouse)),
        ("bin_name", text(&movement.bin)),
        ("quantity", quantity(movement.quantity)),
        ("user_name", text(movement.user)),
        ("date_time_updated", Value::Stamp(movement.at)),
    ])
}
