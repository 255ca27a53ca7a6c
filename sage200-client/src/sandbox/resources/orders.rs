//! Sales orders, their despatches, and what belongs to them.

use super::{choices::DOCUMENT_STATUS, documents::literal, returns::sop_document};
use crate::sandbox::{
    documents::Document,
    state::{Company, DESKTOP_USER},
    value::{Row, Value, int, quantity, text},
};

fn orders(company: &Company) -> impl Iterator<Item = &Document> {
    company.documents.iter().filter(|document| !document.is_return)
}

pub(super) fn sop_orders(company: &Company) -> Vec<Row> {
    orders(company).filter_map(|document| sop_document(company, document)).collect()
}

pub(super) fn lookup_sop_orders(company: &Company) -> Vec<Row> {
    let row = |document: &Document| {
        Row::from([
            ("id", int(document.id)),
            ("document_no", text(&document.document_no)),
            ("customer_id", int(document.customer_id)),
            // The look-up has room for 20.
            ("customer_document_no", Value::Text(document.customer_document_no.chars().take(20).collect())),
            ("document_status_id", int(document.status())),
        ])
    };
    orders(company).map(row).collect()
}

pub(super) fn despatch_views(company: &Company) -> Vec<Row> {
    let mut rows = Vec::new();
    for despatch in &company.despatches {
        let source = orders(company).find(|document| document.id == despatch.source);
        let Some((document, customer)) = source.and_then(|d| Some((d, company.customer(d.customer_id).ok()?))) else {
            continue;
        };
        let courier = company.couriers.iter().find(|courier| courier.name == despatch.courier);
        rows.push(Row::from([
            ("sop_despatch_id", int(despatch.id)),
            ("sop_despatch_document_no", text(&despatch.number)),
            ("sop_despatch_date", Value::Date(despatch.date)),
            ("sop_despatch_courier_id", courier.map_or(Value::Null, |courier| int(courier.id))),
            ("sop_despatch_courier_name", text(&despatch.courier)),
            ("sop_despatch_consignment_no", text(&despatch.consignment)),
            ("sop_despatch_user_name", text(DESKTOP_USER)),
            ("sop_order_id", int(document.id)),
            ("sop_order_document_no", text(&document.document_no)),
            ("sop_order_document_date", Value::Date(document.date)),
            ("sop_order_document_status_id", int(document.status())),
            ("sop_order_customer_document_no", text(&document.customer_document_no)),
            ("customer_id", int(customer.id)),
            ("customer_reference", text(&customer.reference)),
            ("customer_name", text(&customer.name)),
        ]));
    }
    rows
}

pub(super) fn despatch_line_views(company: &Company) -> Vec<Row> {
    let mut rows = Vec::new();
    for despatch in &company.despatches {
        let source = orders(company).find(|document| document.id == despatch.source);
        let Some((document, customer)) = source.and_then(|d| Some((d, company.customer(d.customer_id).ok()?))) else {
            continue;
        };
        for sent in &despatch.lines {
            let Some(line) = document.lines.iter().find(|line| line.id == sent.line) else { continue };
            let mut row = Row::from([
                ("sop_despatch_line_id", int(sent.id)),
                ("sop_despatch_line_quantity", quantity(sent.quantity)),
                ("sop_despatch_line_is_invoiced", Value::Flag(line.invoiced >= line.despatched)),
                ("sop_despatch_id", int(despatch.id)),
                ("sop_despatch_document_no", text(&despatch.number)),
                ("sop_despatch_date", Value::Date(despatch.date)),
                ("sop_despatch_user_name", text(DESKTOP_USER)),
                ("sop_order_line_id", int(line.id)),
                ("sop_order_line_type_id", int(line.kind.number())),
                ("sop_order_line_item_code", text(&line.code)),
                ("sop_order_line_item_description", Value::Text(line.description.chars().take(60).collect())),
                ("sop_order_line_print_sequence_number", int(line.number)),
                ("sop_order_line_quantity", quantity(line.quantity)),
                ("sop_order_line_despatch_quantity", quantity(line.despatched)),
                ("sop_order_id", int(document.id)),
                ("sop_order_document_no", text(&document.document_no)),
                ("sop_order_document_date", Value::Date(document.date)),
                ("sop_order_document_status_type", literal(DOCUMENT_STATUS, document.status())),
                ("sop_order_customer_document_no", text(&document.customer_document_no)),
                ("customer_id", int(customer.id)),
                ("customer_reference", text(&customer.reference)),
                ("customer_name", text(&customer.name)),
                ("sop_despatch_courier_name", text(&despatch.courier)),
                ("sop_despatch_consignment_no", text(&despatch.consignment)),
                ("date_time_updated", Value::Stamp(despatch.at)),
            ]);
            if let (Some(product), Some(warehouse)) = (&line.product, line.warehouse) {
                row.put("product_id", int(product.id));
                row.put("product_code", text(&product.code));
                row.put("product_name", text(&product.name));
                row.put("warehouse_id", int(warehouse));
                row.put("warehouse_name", text(company.warehouse_name(warehouse)));
            }
            rows.push(row);
        }
    }
    rows
}

pub(super) fn delivery_addresses(company: &Company) -> Vec<Row> {
    company.addresses.iter().map(|address| address.row()).collect()
}

pub(super) fn couriers(company: &Company) -> Vec<Row> {
    let row = |(place, courier): (usize, &crate::sandbox::orders_desk::Courier)| {
        Row::from([
            ("id", int(courier.id)),
            ("name", text(&courier.name)),
            ("is_default", Value::Flag(place == 0)),
            ("date_time_created", Value::Stamp(company.created)),
            ("date_time_updated", Value::Stamp(company.created)),
        ])
    };
    company.couriers.iter().enumerate().map(row).collect()
}

pub(super) fn country_codes(company: &Company) -> Vec<Row> {
    let countries = [(1, "GB", "Great Britain", false), (2, "IE", "Ireland", true), (3, "DE", "Germany", true)];
    let row = |(id, code, name, eu): (i64, &str, &str, bool)| {
        Row::from([
            ("id", int(id)),
            ("code", text(code)),
            ("name", text(name)),
            ("eu_member", Value::Flag(eu)),
            ("date_time_created", Value::Stamp(company.created)),
            ("date_time_updated", Value::Stamp(company.created)),
        ])
    };
    countries.into_iter().map(row).collect()
}
