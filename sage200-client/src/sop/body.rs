use super::{
    AmendmentParts, AnalysisCodes, DeliverTo, LineChange, LineNominal, OrderParts, ReturnParts, SopItem, SopLine,
};
use crate::{Id, LineType, OrderLine, dates::write_date};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};

pub(super) fn of_return(parts: &ReturnParts<'_>) -> Vec<u8> {
    // Texts and numbers into memory: there is nothing that could fail.
    serde_json::to_vec(&Return(parts)).unwrap_or_default()
}

pub(super) fn of_order(parts: &OrderParts<'_>) -> Vec<u8> {
    serde_json::to_vec(&Order(parts)).unwrap_or_default()
}

pub(super) fn of_amendment(parts: &AmendmentParts<'_>) -> Vec<u8> {
    serde_json::to_vec(&Amendment(parts)).unwrap_or_default()
}

/// An entry that is left out when there is nothing to say: Sage 200 refuses some nulls.
fn entry<M: SerializeMap>(map: &mut M, name: &str, value: Option<&impl Serialize>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}

fn analysis<M: SerializeMap>(map: &mut M, codes: &AnalysisCodes) -> Result<(), M::Error> {
    codes.iter().try_for_each(|(number, text)| map.serialize_entry(&format!("analysis_code_{number}"), text))
}

struct Return<'a>(&'a ReturnParts<'a>);

impl Serialize for Return<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("customer_id", &parts.customer)?;
        map.serialize_entry("document_date", &write_date(parts.date))?;
        entry(&mut map, "document_no", parts.document_no.as_ref())?;
        entry(&mut map, "customer_document_no", parts.customer_document_no.as_ref())?;
        analysis(&mut map, &parts.analysis_codes)?;
        map.serialize_entry("lines", &Lines(&parts.lines))?;
        map.end()
    }
}

struct Order<'a>(&'a OrderParts<'a>);

impl Serialize for Order<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("customer_id", &parts.customer)?;
        map.serialize_entry("document_date", &write_date(parts.date))?;
        entry(&mut map, "document_no", parts.document_no.as_ref())?;
        entry(&mut map, "customer_document_no", parts.customer_document_no.as_ref())?;
        entry(&mut map, "order_priority", parts.priority.as_ref())?;
        entry(&mut map, "requested_delivery_date", parts.requested_delivery_date.map(write_date).as_ref())?;
        match &parts.deliver_to {
            DeliverTo::InvoiceAddress => map.serialize_entry("use_invoice_address", &true)?,
            DeliverTo::Stored(id) => map.serialize_entry("customer_delivery_address_id", id)?,
            DeliverTo::Address(address) => {
                map.serialize_entry("use_invoice_address", &false)?;
                map.serialize_entry("delivery_address", address)?;
            }
        }
        analysis(&mut map, &parts.analysis_codes)?;
        map.serialize_entry("lines", &Lines(&parts.lines))?;
        map.end()
    }
}

struct Lines<'a>(&'a [SopLine<'a>]);

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for line in self.0 {
            list.serialize_element(&Line { id: None, line })?;
        }
        list.end()
    }
}

struct Amendment<'a>(&'a AmendmentParts<'a>);

impl Serialize for Amendment<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("customer_id", &parts.customer)?;
        entry(&mut map, "customer_document_no", parts.customer_document_no.as_ref())?;
        analysis(&mut map, &parts.analysis_codes)?;
        if !parts.lines.is_empty() {
            map.serialize_entry("lines", &Changes(&parts.lines))?;
        }
        map.end()
    }
}

struct Changes<'a>(&'a [LineChange<'a>]);

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for change in self.0 {
            match change {
                LineChange::Add(line) => list.serialize_element(&Line { id: None, line })?,
                LineChange::Change { id, line } => list.serialize_element(&Line { id: Some(*id), line })?,
                LineChange::Delete(id) => list.serialize_element(&Gone { id: *id, is_to_delete: true })?,
            }
        }
        list.end()
    }
}

#[derive(Serialize)]
struct Gone {
    id: Id<OrderLine>,
    is_to_delete: bool,
}

struct Line<'a> {
    id: Option<Id<OrderLine>>,
    line: &'a SopLine<'a>,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        entry(&mut map, "id", self.id.as_ref())?;
        match &self.line.item {
            SopItem::Standard { product, warehouse, quantity, tax, unit_price, description } => {
                map.serialize_entry("line_type", LineType::Standard.literal())?;
                map.serialize_entry("product_id", product)?;
                map.serialize_entry("warehouse_id", warehouse)?;
                entry(&mut map, "use_description", description.as_ref().map(|_| &true))?;
                entry(&mut map, "description", description.as_ref())?;
                map.serialize_entry("line_quantity", quantity)?;
                map.serialize_entry("tax_code_id", &tax.id())?;
                entry(&mut map, "selling_unit_price", unit_price.as_ref())?;
                entry(&mut map, "selling_unit_price_overridden", unit_price.map(|_| &true))?;
            }
            SopItem::FreeText { description, quantity, unit_price, tax } => {
                map.serialize_entry("line_type", LineType::FreeText.literal())?;
                map.serialize_entry("description", description)?;
                map.serialize_entry("line_quantity", quantity)?;
                map.serialize_entry("tax_code_id", &tax.id())?;
                map.serialize_entry("selling_unit_price", unit_price)?;
            }
            SopItem::Charge { charge, value, tax } => {
                map.serialize_entry("line_type", LineType::Charge.literal())?;
                map.serialize_entry("code", charge)?;
                entry(&mut map, "selling_unit_price", value.as_ref())?;
                entry(&mut map, "tax_code_id", tax.map(|code| code.id()).as_ref())?;
            }
            SopItem::Comment { description } => {
                map.serialize_entry("line_type", LineType::Comment.literal())?;
                map.serialize_entry("description", description)?;
            }
        }
        if let Some(LineNominal { account, cost_centre, department }) = &self.line.nominal {
            map.serialize_entry("nominal_reference", account)?;
            entry(&mut map, "nominal_cost_centre", cost_centre.as_ref())?;
            entry(&mut map, "nominal_department", department.as_ref())?;
        }
        analysis(&mut map, &self.line.analysis_codes)?;
        map.end()
    }
}
