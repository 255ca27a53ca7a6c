//! Views of orders and returns.

use super::choices::{DOCUMENT_STATUS, LINE_TYPE};
use crate::sandbox::{
    documents::{Document, Line, LineKind},
    state::Company,
    value::{Row, Value, int, money, quantity, rate, text},
};
use rust_decimal::Decimal;

pub(super) fn order_return_views(company: &Company) -> Vec<Row> {
    company.documents.iter().filter_map(|document| header(company, document)).collect()
}

/// Who entered it, as told or as known.
fn created_by(document: &Document) -> Value {
    document.kept.value("document_created_by").cloned().unwrap_or_else(|| text(document.created_by))
}

fn header(company: &Company, document: &Document) -> Option<Row> {
    let customer = company.customer(document.customer_id).ok()?;
    let totals = document.totals();
    let despatched = document.receipt();
    let invoiced = document.credit();
    let open = document.status() == 0;
    let mut row = Row::from([
        ("id", int(document.id)),
        ("document_no", text(&document.document_no)),
        ("document_date", Value::Date(document.date)),
        ("document_type_id", int(document.is_return.into())),
        ("document_status_id", int(document.status())),
        ("document_print_status_id", int(0)),
        ("customer_document_no", text(&document.customer_document_no)),
        ("currency_id", int(customer.currency.id)),
        ("exchange_rate", rate(document.exchange_rate.unwrap_or(customer.currency.rate))),
        ("are_prices_tax_inclusive", Value::Flag(document.tax_inclusive)),
        ("subtotal_goods_value", money(totals.goods)),
        ("subtotal_charge_net_value", money(totals.charge_net)),
        ("subtotal_charge_tax_value", money(totals.charge_tax)),
        ("subtotal_discount_value", money(totals.discount)),
        ("total_net_value", money(totals.net)),
        ("total_tax_value", money(totals.tax)),
        ("total_gross_value", money(totals.gross)),
        ("total_gross_value_inc_sett", money(totals.gross)),
        ("document_discount_percent", money(document.discount_percent)),
        ("document_created_by", created_by(document)),
        ("ready_for_allocation", Value::Flag(!document.is_return && open && document.allocation() < 2)),
        ("ready_for_despatch_receipt", Value::Flag(ready_to_move(document, open, despatched))),
        ("ready_for_invoice_print", Value::Flag(open && despatched > 0 && invoiced < 2)),
        ("allocated_status_id", int(document.allocation())),
        ("despatch_receipt_status_id", int(despatched)),
        ("invoice_credit_status_id", int(invoiced)),
        ("cancelled_status_id", int(document.cancelled())),
        ("date_time_updated", Value::Stamp(document.updated)),
        ("customer_id", int(customer.id)),
        ("customer_reference", text(&customer.reference)),
        ("customer_name", text(&customer.name)),
        ("customer_short_name", Value::Text(customer.name.chars().take(8).collect())),
    ]);
    for (slot, code) in &document.analysis_codes {
        row.put(format!("analysis_code_{slot}"), text(code));
    }
    address(document, &mut row);
    Some(row)
}

/// A return is waited for as it is; of an order something must be allocated.
fn ready_to_move(document: &Document, open: bool, despatched: i64) -> bool {
    let allocated = document
        .lines
        .iter()
        .any(|line| line.needs_receipt() && (!line.is_stocked() || line.allocated > Decimal::ZERO));
    open && despatched < 2 && (document.is_return || allocated)
}

/// The delivery address, as views show it.
fn address(document: &Document, row: &mut Row) {
    if document.is_return {
        return;
    }
    let Some(Value::Object(address)) = document.kept.value("delivery_address") else { return };
    for (name, shown) in [
        ("postal_name", "postal_name"),
        ("address_1", "address_1"),
        ("address_2", "address_2"),
        ("address_3", "address_3"),
        ("address_4", "address_4"),
        ("city", "city"),
        ("county", "county"),
        ("postcode", "post_code"),
        ("country", "country"),
        ("contact", "contact"),
        ("telephone_number", "telephone"),
        ("email_address", "email"),
    ] {
        // Some columns of the views are narrower than the fields.
        if let Some(Value::Text(value)) = address.value(name) {
            row.put(format!("sop_delivery_addr_{shown}"), Value::Text(value.chars().take(60).collect()));
        }
    }
}

pub(super) fn order_line_views(company: &Company) -> Vec<Row> {
    lines(company, false)
}

pub(super) fn return_line_views(company: &Company) -> Vec<Row> {
    lines(company, true)
}

fn lines(company: &Company, returns: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    for document in company.documents.iter().filter(|document| document.is_return == returns) {
        let totals = document.totals();
        rows.extend(document.lines.iter().filter_map(|line| {
            let mut row = line_row(company, document, line)?;
            if !returns {
                // Only orders repeat the header's values on their lines.
                for (name, value) in [
                    ("sop_order_subtotal_goods_value", totals.goods),
                    ("sop_order_subtotal_charge_net_value", totals.charge_net),
                    ("sop_order_subtotal_charge_tax_value", totals.charge_tax),
                    ("sop_order_subtotal_discount_value", totals.discount),
                    ("sop_order_document_discount_percent", document.discount_percent),
                ] {
                    row.put(name, money(value));
                }
                row.put("sop_order_document_created_by", created_by(document));
                row.put("sop_order_line_allocated_quantity", quantity(line.allocated));
                address(document, &mut row);
            }
            Some(row)
        }));
    }
    rows
}

pub(super) fn literal(choices: &[super::Choice], id: i64) -> Value {
    text(choices.iter().find(|choice| choice.id == id).map(|choice| choice.literal).unwrap_or_default())
}

fn line_row(company: &Company, document: &Document, line: &Line) -> Option<Row> {
    let customer = company.customer(document.customer_id).ok()?;
    let prefix = if document.is_return { "sop_return" } else { "sop_order" };
    let mut row = Row::from([
        ("customer_id", int(customer.id)),
        ("customer_reference", text(&customer.reference)),
        ("customer_name", text(&customer.name)),
    ]);
    for (name, value) in [
        ("id", int(document.id)),
        ("document_no", text(&document.document_no)),
        ("document_date", Value::Date(document.date)),
        ("document_status", literal(DOCUMENT_STATUS, document.status())),
        ("customer_document_no", text(&document.customer_document_no)),
        ("currency_id", int(customer.currency.id)),
        ("currency_name", text(customer.currency.name)),
        ("currency_symbol", text(customer.currency.symbol)),
        ("exchange_rate", rate(customer.currency.rate)),
        ("date_time_updated", Value::Stamp(document.updated)),
        ("line_id", int(line.id)),
        ("line_number", int(line.number)),
        ("line_type", literal(LINE_TYPE, line.kind.number())),
        ("line_product_code", text(&line.code)),
        // The views show 1,000 of the line's 6,000.
        ("line_product_description", Value::Text(line.description.chars().take(1000).collect())),
        ("line_quantity", quantity(line.quantity)),
        ("line_despatch_receipt_quantity", quantity(line.despatched)),
        ("line_invoice_credit_quantity", quantity(line.invoiced)),
        ("line_selling_unit_description", text(if line.kind == LineKind::Standard { "Each" } else { "" })),
        ("line_selling_unit_price", quantity(line.unit_price)),
        ("line_unit_discount_percent", money(line.unit_discount_percent)),
        ("line_unit_discount_value", quantity(line.unit_discount)),
        ("line_discounted_unit_price", quantity(line.unit_price - line.unit_discount)),
        ("line_total_value", money(line.total)),
        ("line_line_tax_value", money(line.tax)),
        ("line_date_time_updated", Value::Stamp(document.updated)),
    ] {
        row.put(format!("{prefix}_{name}"), value);
    }
    for (slot, code) in &document.analysis_codes {
        row.put(format!("{prefix}_analysis_code_{slot}"), text(code));
    }
    if let Some(product) = &line.product {
        row.put("product_id", int(product.id));
        row.put("product_code", text(&product.code));
        row.put("product_name", text(&product.name));
        row.put("product_description", text(&product.name));
    }
    if let Some(warehouse) = line.warehouse {
        row.put("warehouse_id", int(warehouse));
        row.put("warehouse_name", text(company.warehouse_name(warehouse)));
    }
    for (slot, code) in &line.analysis_codes {
        row.put(format!("{prefix}_line_analysis_code_{slot}"), text(code));
    }
    if let Some(entered) = &line.tax_code {
        // The view joins the code as it is now; a deleted one is shown as it was.
        let code = company.tax_codes.iter().find(|code| code.id == entered.id).unwrap_or(entered);
        row.put("tax_code_id", int(code.id));
        row.put("tax_code_code", int(code.number.into()));
        row.put("tax_code_name", text(&code.name));
        row.put("tax_code_rate", money(code.rate));
    }
    Some(row)
}
