//! Sales returns, their receipts and their credit notes.

use super::choices::{DOCUMENT_STATUS, LINE_TYPE, TRADE_LINE_STATUS};
use super::documents::literal;
use crate::sandbox::{
    credits::{Credit, Filed},
    documents::{Document, Line, LineKind, progress},
    state::{Company, DESKTOP_USER},
    value::{Row, Value, int, money, quantity, rate, text},
    writes::Family,
};
use rust_decimal::Decimal;

fn returns(company: &Company) -> impl Iterator<Item = &Document> {
    company.documents.iter().filter(|document| document.is_return)
}

pub(super) fn sop_returns(company: &Company) -> Vec<Row> {
    returns(company).filter_map(|document| sop_document(company, document)).collect()
}

/// An order or a return, as answers to reads and writes hold it.
pub(crate) fn sop_document(company: &Company, document: &Document) -> Option<Row> {
    let customer = company.customer(document.customer_id).ok()?;
    let totals = document.totals();
    let mut row = document.kept.clone();
    if row.value("document_created_by").is_none() {
        row.put("document_created_by", text(document.created_by));
    }
    let lines = document.lines.iter().map(|line| whole_line(document, line)).collect();
    for (name, value) in [
        ("id", int(document.id)),
        ("customer_id", int(customer.id)),
        ("is_draft", Value::Flag(document.status() == 5)),
        ("document_no", text(&document.document_no)),
        ("customer_type", text("EnumCustomerTypeCredit")),
        ("document_date", Value::Date(document.date)),
        ("document_status", literal(DOCUMENT_STATUS, document.status())),
        ("despatch_receipt_status", literal(TRADE_LINE_STATUS, document.receipt())),
        ("invoice_credit_status", literal(TRADE_LINE_STATUS, document.credit())),
        ("cancelled_status", literal(TRADE_LINE_STATUS, document.cancelled())),
        ("currency_id", int(customer.currency.id)),
        ("exchange_rate", rate(document.exchange_rate.unwrap_or(customer.currency.rate))),
        ("subtotal_goods_value", money(totals.goods)),
        ("subtotal_charge_net_value", money(totals.charge_net)),
        ("subtotal_charge_tax_value", money(totals.charge_tax)),
        ("subtotal_discount_value", money(totals.discount)),
        ("total_net_value", money(totals.net)),
        ("total_tax_value", money(totals.tax)),
        ("total_gross_value", money(totals.gross)),
        ("customer_document_no", text(&document.customer_document_no)),
        ("document_discount_percent", money(document.discount_percent)),
        ("lines", Value::List(lines)),
        ("date_time_created", Value::Stamp(document.created)),
        ("date_time_updated", Value::Stamp(document.updated)),
    ] {
        row.put(name, value);
    }
    for (slot, code) in &document.analysis_codes {
        row.put(format!("analysis_code_{slot}"), text(code));
    }
    Some(row)
}

/// A line with all its fields, as nested records are printed.
fn whole_line(document: &Document, line: &Line) -> Row {
    let known = line_row(document, line);
    let mut row = Row::default();
    for field in super::fields(Family::of(document).lines()) {
        row.put(field.name.clone(), known.get(&field.name, field.kind).into_owned());
    }
    row
}

fn line_row(document: &Document, line: &Line) -> Row {
    let mut row = line.kept.clone();
    let step = |done| literal(TRADE_LINE_STATUS, progress(std::iter::once((done, line.quantity))));
    for (name, value) in [
        ("id", int(line.id)),
        (if document.is_return { "sop_return_id" } else { "sop_order_id" }, int(document.id)),
        ("line_type", literal(LINE_TYPE, line.kind.number())),
        ("product_id", line.product.as_ref().map_or(Value::Null, |product| int(product.id))),
        ("warehouse_id", line.warehouse.map_or(Value::Null, int)),
        ("code", text(&line.code)),
        ("description", text(&line.description)),
        ("line_quantity", quantity(line.quantity)),
        ("line_number", int(line.number)),
        ("tax_code_id", line.tax_code.as_ref().map_or(Value::Null, |code| int(code.id))),
        ("despatch_receipt_quantity", quantity(line.despatched)),
        ("invoice_credit_quantity", quantity(line.invoiced)),
        ("posted_invoice_credit_quantity", quantity(line.posted)),
        ("despatch_receipt_status", step(line.despatched)),
        ("invoice_credit_status", step(line.invoiced)),
        ("selling_unit_price", quantity(line.unit_price)),
        ("selling_unit_price_overridden", Value::Flag(line.price_overridden)),
        ("unit_discount_percent", money(line.unit_discount_percent)),
        ("unit_discount_value", quantity(line.unit_discount)),
        ("discounted_unit_price", money((line.unit_price - line.unit_discount).round_dp(2))),
        ("line_tax_value", money(line.tax)),
        ("line_total_value", money(line.total)),
        ("is_complete", Value::Flag(line.kind != LineKind::Comment && line.is_complete())),
        ("is_line_deletable", Value::Flag(line.despatched.is_zero() && line.invoiced.is_zero())),
        ("date_time_created", Value::Stamp(document.created)),
        ("date_time_updated", Value::Stamp(document.updated)),
    ] {
        row.put(name, value);
    }
    if !document.is_return {
        row.put("allocated_quantity", quantity(line.allocated));
        row.put("allocation_status", step(line.allocated + line.despatched));
        row.put("available_for_despatch", quantity(line.allocated));
    }
    if let Some([code, cost_centre, department]) = &line.nominal {
        row.put("nominal_reference", text(code));
        row.put("nominal_cost_centre", text(cost_centre));
        row.put("nominal_department", text(department));
    }
    for (slot, code) in &line.analysis_codes {
        row.put(format!("analysis_code_{slot}"), text(code));
    }
    row
}

pub(super) fn lookup_sop_returns(company: &Company) -> Vec<Row> {
    let row = |document: &Document| {
        Row::from([
            ("id", int(document.id)),
            ("document_no", text(&document.document_no)),
            ("customer_id", int(document.customer_id)),
            // As the look-up of orders, it has room for 20.
            ("customer_document_no", Value::Text(document.customer_document_no.chars().take(20).collect())),
            ("document_status_id", int(document.status())),
        ])
    };
    returns(company).map(row).collect()
}

pub(super) fn receipt_line_views(company: &Company) -> Vec<Row> {
    let mut rows = Vec::new();
    for receipt in &company.receipts {
        let source = returns(company).find(|document| document.id == receipt.source);
        let Some((document, customer)) = source.and_then(|d| Some((d, company.customer(d.customer_id).ok()?))) else {
            continue;
        };
        for received in &receipt.lines {
            let Some(line) = document.lines.iter().find(|line| line.id == received.line) else { continue };
            let mut row = Row::from([
                ("sop_return_receipt_line_id", int(received.id)),
                ("sop_return_receipt_line_quantity", quantity(received.quantity)),
                ("sop_return_receipt_line_is_credited", Value::Flag(line.invoiced >= line.despatched)),
                ("sop_return_receipt_id", int(receipt.id)),
                ("sop_return_receipt_document_no", text(&receipt.number)),
                ("sop_return_receipt_date", Value::Date(receipt.date)),
                ("sop_return_receipt_user_name", text(DESKTOP_USER)),
                ("sop_return_line_id", int(line.id)),
                ("sop_return_line_type_id", int(line.kind.number())),
                ("sop_return_line_item_code", text(&line.code)),
                ("sop_return_line_item_description", Value::Text(line.description.chars().take(60).collect())),
                ("sop_return_line_print_sequence_number", int(line.number)),
                ("sop_return_line_quantity", quantity(line.quantity)),
                ("sop_return_line_receipt_quantity", quantity(line.despatched)),
                ("sop_return_id", int(document.id)),
                ("sop_return_document_no", text(&document.document_no)),
                ("sop_return_document_date", Value::Date(document.date)),
                ("sop_return_document_status_type", literal(DOCUMENT_STATUS, document.status())),
                ("sop_return_customer_document_no", text(&document.customer_document_no)),
                ("customer_id", int(customer.id)),
                ("customer_reference", text(&customer.reference)),
                ("customer_name", text(&customer.name)),
                ("date_time_updated", Value::Stamp(receipt.at)),
            ]);
            if let (Some(product), Some(warehouse)) = (&line.product, received.warehouse) {
                row.put("product_id", int(product.id));
                row.put("product_code", text(&product.code));
                row.put("product_name", text(&product.name));
                let holding = company.holding(product.id, warehouse);
                row.put("warehouse_holding_id", holding.map_or(Value::Null, |holding| int(holding.id)));
                row.put("warehouse_id", int(warehouse));
                row.put("warehouse_name", text(company.warehouse_name(warehouse)));
            }
            rows.push(row);
        }
    }
    rows
}

/// Sage publishes neither the numbers nor the literals of these two.
fn note_type(credit: &Credit) -> i64 {
    credit.content.is_return.into()
}

/// Printed until it is posted.
fn note_status(credit: &Credit) -> i64 {
    match credit.filed {
        Filed::Printed | Filed::Pending => 6,
        Filed::Posted => 2,
    }
}

pub(super) fn invoice_credit_views(company: &Company) -> Vec<Row> {
    let row = |credit: &Credit| {
        let document = company.documents.iter().find(|document| document.id == credit.source)?;
        let customer = company.customer(document.customer_id).ok()?;
        let (totals, covered) = (document.totals(), credit.content.totals());
        Some(Row::from([
            ("sop_order_return_id", int(document.id)),
            ("sop_order_return_document_type_id", int(document.is_return.into())),
            ("sop_order_return_document_no", text(&document.document_no)),
            ("sop_order_return_document_date", Value::Date(document.date)),
            ("sop_order_return_document_status_id", int(document.status())),
            ("sop_order_return_customer_document_no", text(&document.customer_document_no)),
            ("sop_order_return_total_net_value", money(totals.net)),
            ("sop_order_return_total_tax_value", money(totals.tax)),
            ("sop_order_return_total_gross_value", money(totals.gross)),
            ("customer_id", int(customer.id)),
            ("customer_reference", text(&customer.reference)),
            ("customer_name", text(&customer.name)),
            ("customer_short_name", Value::Text(customer.name.chars().take(8).collect())),
            ("sop_invoice_credit_id", int(credit.id)),
            ("sop_invoice_credit_document_no", text(&credit.number)),
            ("sop_invoice_credit_type_id", Value::Text(note_type(credit).to_string())),
            ("sop_invoice_credit_document_date", Value::Date(credit.date)),
            ("sop_invoice_credit_document_status_id", Value::Text(note_status(credit).to_string())),
            ("sop_invoice_credit_total_net_value", money(covered.net)),
            ("sop_invoice_credit_total_tax_value", money(covered.tax)),
            ("sop_invoice_credit_total_gross_value", money(covered.gross)),
        ]))
    };
    company.credits.iter().filter_map(row).collect()
}

pub(super) fn line_invoice_credit_views(company: &Company) -> Vec<Row> {
    let mut rows = Vec::new();
    for credit in &company.credits {
        for line in credit.content.lines.iter().filter(|line| line.quantity > Decimal::ZERO) {
            rows.push(Row::from([
                ("sop_invoice_credit_id", int(credit.id)),
                ("sop_order_return_line_id", int(line.id)),
                ("sop_invoice_credit_document_no", text(&credit.number)),
                ("sop_invoice_credit_type_id", int(note_type(credit))),
                ("sop_invoice_credit_document_date", Value::Date(credit.date)),
                ("sop_invoice_credit_document_status_id", int(note_status(credit))),
                ("sop_invoice_credit_line_invoice_credit_quantity", quantity(line.quantity)),
            ]));
        }
    }
    rows
}
