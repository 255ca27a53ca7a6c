//! Stock for sales orders, and what people do with orders at the Sage desktop: allocate, despatch, invoice.

use super::{
    Desktop, SageSandbox, SandboxError,
    credits::{ReceiptLine, piece},
    documents::{Document, Line, LineKind, Standing, progress},
    state::{Company, fits},
    stock::{Bin, Move},
    value::{Row, Value, int, text},
    writes::Family,
};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

/// What a movement of despatched goods is; Sage publishes no number for it.
const SOP_DESPATCH: i64 = 15;

/// One despatch of an order's goods.
#[derive(Debug, Clone)]
pub(crate) struct Despatch {
    pub(crate) id: i64,
    pub(crate) number: String,
    pub(crate) source: i64,
    pub(crate) date: NaiveDate,
    pub(crate) lines: Vec<ReceiptLine>,
    pub(crate) courier: String,
    pub(crate) consignment: String,
    pub(crate) at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub(crate) struct Courier {
    pub(crate) id: i64,
    pub(crate) name: String,
}

/// An address that is stored with an account.
#[derive(Debug, Clone)]
pub(crate) struct StoredAddress {
    pub(crate) id: i64,
    pub(crate) customer_id: i64,
    pub(crate) description: String,
    pub(crate) postal_name: String,
    pub(crate) address_1: String,
    pub(crate) postcode: String,
    pub(crate) created: DateTime<Utc>,
}

impl StoredAddress {
    pub(crate) fn row(&self) -> Row {
        Row::from([
            ("id", int(self.id)),
            ("customer_id", int(self.customer_id)),
            ("is_default", Value::Flag(false)),
            ("description", text(&self.description)),
            ("postal_name", text(&self.postal_name)),
            ("address_1", text(&self.address_1)),
            ("postcode", text(&self.postcode)),
            ("date_time_created", Value::Stamp(self.created)),
            ("date_time_updated", Value::Stamp(self.created)),
        ])
    }
}

impl Line {
    /// Does stock leave for it?
    pub(crate) fn is_stocked(&self) -> bool {
        self.product.as_ref().is_some_and(|product| product.stocked)
    }
}

impl Document {
    /// Allocated or gone: 0 none, 1 part, 2 full.
    pub(crate) fn allocation(&self) -> i64 {
        if self.is_return {
            return 0;
        }
        let lines = self.lines.iter().filter(|line| line.is_stocked());
        progress(lines.map(|line| (line.allocated + line.despatched, line.quantity)))
    }
}

impl Company {
    fn sales_order(&mut self, number: &str) -> Result<&mut Document, SandboxError> {
        let document = self.document_mut(number)?;
        if document.is_return {
            return Err(SandboxError::UnknownDocument { document_no: number.to_owned() });
        }
        Ok(document)
    }

    pub(crate) fn stored_address(&self, customer_id: i64, id: i64) -> Option<Row> {
        let known = self.addresses.iter().find(|address| address.id == id && address.customer_id == customer_id)?;
        Some(Row::from([
            ("postal_name", text(&known.postal_name)),
            ("address_1", text(&known.address_1)),
            ("postcode", text(&known.postcode)),
        ]))
    }

    /// The first bin of a line's product in its warehouse.
    fn bin_of(&mut self, line: &Line) -> Option<&mut Bin> {
        let (product, warehouse) = (line.product.as_ref()?.id, line.warehouse?);
        let mut holdings = self.holdings.iter_mut();
        holdings.find(|holding| holding.product_id == product && holding.warehouse_id == warehouse)?.bins.first_mut()
    }

    /// Allocates what is free and not allocated yet.
    pub(crate) fn allocate(&mut self, document: &mut Document) {
        for line in document.lines.iter_mut().filter(|line| line.is_stocked()) {
            let open = line.quantity - line.despatched - line.allocated;
            let Some(bin) = self.bin_of(line) else { continue };
            let quantity = open.min(bin.free()).max(Decimal::ZERO);
            bin.allocated += quantity;
            line.allocated += quantity;
        }
    }

    /// Gives back what is allocated to it.
    pub(crate) fn free_allocation(&mut self, document: &mut Document) {
        for line in document.lines.iter_mut().filter(|line| line.allocated > Decimal::ZERO) {
            if let Some(bin) = self.bin_of(line) {
                bin.allocated -= line.allocated;
            }
            line.allocated = Decimal::ZERO;
        }
    }

    fn stock_out(
        &mut self,
        document: &Document,
        line: &Line,
        quantity: Decimal,
        references: [&str; 2],
        now: DateTime<Utc>,
    ) -> Result<(), SandboxError> {
        let (Some(product), Some(warehouse)) = (&line.product, line.warehouse) else { return Ok(()) };
        if !product.stocked || quantity.is_zero() {
            return Ok(());
        }
        let warehouse = self.warehouse_name(warehouse).to_owned();
        let account = self.customer(document.customer_id).map(|customer| customer.reference.clone()).ok();
        let how = Move { customer: account.as_deref(), ..Move::by_hand(SOP_DESPATCH, references, now) };
        self.move_stock(&product.code, &warehouse, -quantity, &how, now)
    }

    /// Confirms goods out; gives the number of the despatch note. Nothing has happened when this fails.
    fn despatch(
        &mut self,
        number: &str,
        goods: &[(i64, Decimal)],
        [courier, consignment]: [&str; 2],
        now: DateTime<Utc>,
    ) -> Result<String, SandboxError> {
        let (courier, consignment) = (fits("courier_name", courier, 60)?, fits("consignment_no", consignment, 60)?);
        if !courier.is_empty() && !self.couriers.iter().any(|known| known.name == courier) {
            return Err(SandboxError::NotPossible { why: format!("there is no courier {courier}") });
        }
        let mut document = self.sales_order(number)?.clone();
        document.can_be_processed()?;
        let mut sent = Vec::new();
        for (line_no, quantity) in goods {
            let unknown = || SandboxError::UnknownLine { document_no: number.to_owned(), line: *line_no };
            let line = document.lines.iter_mut().find(|line| line.number == *line_no).ok_or_else(unknown)?;
            let (open, stocked) = (line.quantity - line.despatched, line.is_stocked());
            let reason = match () {
                () if !line.needs_receipt() => Some(format!("line {line_no} has no goods to despatch")),
                () if *quantity <= Decimal::ZERO || *quantity > open => {
                    Some(format!("line {line_no}: {quantity} can't be despatched; {open} are open"))
                }
                () if stocked && *quantity > line.allocated => {
                    Some(format!("line {line_no}: {quantity} can't be despatched; {} are allocated", line.allocated))
                }
                () => None,
            };
            if let Some(reason) = reason {
                return Err(document.refuse(reason));
            }
            line.despatched += *quantity;
            if stocked {
                line.allocated -= *quantity;
            }
            sent.push((line.clone(), *quantity));
        }
        if sent.is_empty() {
            return Err(document.refuse("nothing is left to despatch"));
        }
        let despatch_no = self.take_receipt_no();
        let mut lines = Vec::new();
        for (line, quantity) in &sent {
            if line.is_stocked() {
                if let Some(bin) = self.bin_of(line) {
                    bin.allocated -= *quantity;
                }
                if self.settings.update_stock_on_despatch {
                    self.stock_out(&document, line, *quantity, [number, &despatch_no], now)?;
                    for moved in document.lines.iter_mut().filter(|moved| moved.id == line.id) {
                        moved.stocked += *quantity;
                    }
                }
            }
            let (id, warehouse) = (self.take_stock_id(), line.warehouse);
            lines.push(ReceiptLine { id, line: line.id, quantity: *quantity, warehouse });
        }
        let (id, source, date) = (self.take_stock_id(), document.id, now.date_naive());
        self.despatches.push(Despatch {
            id,
            number: despatch_no.clone(),
            source,
            date,
            lines,
            courier,
            consignment,
            at: now,
        });
        document.updated = now;
        self.store(document);
        Ok(despatch_no)
    }

    /// Prints and posts the invoice of what is despatched and not yet invoiced, with all charges; gives its URN.
    fn invoice(&mut self, number: &str, now: DateTime<Utc>) -> Result<i64, SandboxError> {
        let mut document = self.sales_order(number)?.clone();
        document.can_be_processed()?;
        let mut content = document.clone();
        content.lines.clear();
        for line in &document.lines {
            let ready = if line.needs_receipt() { line.despatched } else { line.quantity };
            if line.kind != LineKind::Comment && ready > line.invoiced {
                content.lines.push(piece(line, ready - line.invoiced));
            }
        }
        if !content.lines.iter().any(Line::needs_receipt) {
            return Err(document.refuse("nothing is despatched that is not invoiced yet"));
        }
        for covered in &content.lines {
            let Some(line) = document.lines.iter().find(|line| line.id == covered.id).cloned() else { continue };
            // On some sites stock moves now, not at the despatch.
            let quantity = (line.posted + covered.quantity - line.stocked).max(Decimal::ZERO);
            if line.is_stocked() {
                self.stock_out(&document, &line, quantity, [number, ""], now)?;
            }
            for line in document.lines.iter_mut().filter(|line| line.id == covered.id) {
                line.invoiced += covered.quantity;
                line.posted += covered.quantity;
                line.credited.0 += covered.total;
                line.credited.1 += covered.tax;
                line.stocked += if line.is_stocked() { quantity } else { Decimal::ZERO };
            }
        }
        let urn = self.post_invoice(&content, now)?;
        document.updated = now;
        self.store(document);
        Ok(urn)
    }
}

/// # Sales orders
///
/// Orders are named by their number, lines by their number from 1.
///
/// # Errors
/// [`SandboxError::Refused`] with the reason when Sage would not let a person do it as the order stands.
impl Desktop {
    /// The number of the latest order with this customer document number that is not cancelled.
    pub fn find_order(&self, customer_document_no: &str) -> Result<String, SandboxError> {
        self.act(|company, _| {
            let is_it = |document: &&Document| {
                !document.is_return
                    && document.standing != Standing::Cancelled
                    && document.customer_document_no.eq_ignore_ascii_case(customer_document_no)
            };
            let found = company.documents.iter().rev().find(is_it).map(|document| document.document_no.clone());
            found.ok_or_else(|| SandboxError::UnknownDocument { document_no: customer_document_no.to_owned() })
        })
    }

    /// Allocates free stock to an order, as far as there is any.
    pub fn allocate_order(&self, order_no: &str) -> Result<(), SandboxError> {
        self.act(|company, now| {
            let mut document = company.sales_order(order_no)?.clone();
            document.can_be_processed()?;
            company.allocate(&mut document);
            document.updated = now;
            company.store(document);
            Ok(())
        })
    }

    /// Stores despatch so many pieces of these lines, which must be allocated; the courier may be empty. Gives the number
    /// of the despatch note. Stock moves now if `update_stock_on_despatch` is on, otherwise when the invoice is posted.
    pub fn despatch_order(
        &self,
        order_no: &str,
        goods: &[(i64, Decimal)],
        courier: &str,
        consignment: &str,
    ) -> Result<String, SandboxError> {
        self.act(|company, now| company.despatch(order_no, goods, [courier, consignment], now))
    }

    /// Prints and posts the invoice of what is despatched and not yet invoiced, with all charges. Gives its URN.
    pub fn invoice_order(&self, order_no: &str) -> Result<i64, SandboxError> {
        self.act(|company, now| company.invoice(order_no, now))
    }

    /// Puts an order on hold.
    pub fn hold_order(&self, order_no: &str) -> Result<(), SandboxError> {
        self.stand_order(order_no, Standing::OnHold)
    }

    /// Makes an order live again.
    pub fn make_order_live(&self, order_no: &str) -> Result<(), SandboxError> {
        self.stand_order(order_no, Standing::Live)
    }

    /// Cancels what is not yet despatched of an order: all of it, or the rest. What was allocated is free again.
    pub fn cancel_order(&self, order_no: &str) -> Result<(), SandboxError> {
        self.stand_order(order_no, Standing::Cancelled)
    }

    fn stand_order(&self, order_no: &str, wanted: Standing) -> Result<(), SandboxError> {
        self.act(|company, now| {
            let before = company.sales_order(order_no)?.clone();
            let mut document = before.clone();
            document.stand(wanted, now).map_err(|reason| before.refuse(reason))?;
            if wanted == Standing::Cancelled {
                company.free_allocation(&mut before.clone());
                document.lines.iter_mut().for_each(|line| line.allocated = Decimal::ZERO);
            }
            company.store(document);
            Ok(())
        })
    }

    /// Deletes an order of which nothing is despatched or invoiced.
    pub fn delete_order(&self, order_no: &str) -> Result<(), SandboxError> {
        self.act(|company, _| {
            let document = company.sales_order(order_no)?.clone();
            company.delete(Family::Orders, document.id).map_err(|refusal| document.refuse(refusal.message))
        })
    }

    /// Changes the quantity of an order's line; what was allocated to the order is free again.
    pub fn change_order_quantity(&self, order_no: &str, line: i64, quantity: Decimal) -> Result<(), SandboxError> {
        self.act(|company, now| {
            let mut document = company.sales_order(order_no)?.clone();
            document.can_be_processed()?;
            company.free_allocation(&mut document);
            let inclusive = document.tax_inclusive;
            let unknown = || SandboxError::UnknownLine { document_no: order_no.to_owned(), line };
            let changed = document.lines.iter_mut().find(|known| known.number == line).ok_or_else(unknown)?;
            if quantity < changed.despatched.max(changed.invoiced) || quantity <= Decimal::ZERO {
                return Err(document.refuse(format!("line {line}: {quantity} is less than what is despatched or none")));
            }
            changed.quantity = quantity;
            changed.value(inclusive);
            document.updated = now;
            company.store(document);
            Ok(())
        })
    }
}

/// # What orders need
impl SageSandbox {
    /// Does entering an order through the API allocate what is free? Off at first.
    pub fn set_allocate_on_order_entry(&self, on: bool) {
        self.with_company(|company, _| company.settings.allocate_on_entry = on);
    }

    /// Adds a courier; gives its record id.
    ///
    /// # Errors
    /// When the name is longer than 60, or taken.
    pub fn add_courier(&self, name: &str) -> Result<i64, SandboxError> {
        self.with_company(|company, _| {
            if company.couriers.iter().any(|courier| courier.name == name) {
                return Err(SandboxError::Exists { what: "courier", key: name.to_owned() });
            }
            let (id, name) = (company.take_stock_id(), fits("name", name, 60)?);
            company.couriers.push(Courier { id, name });
            Ok(id)
        })
    }

    /// Stores a delivery address with an account; gives its record id.
    ///
    /// # Errors
    /// When there is no such customer, or a text is too long.
    pub fn add_delivery_address(
        &self,
        customer: i64,
        description: &str,
        [postal_name, address_1, postcode]: [&str; 3],
    ) -> Result<i64, SandboxError> {
        self.with_company(|company, now| {
            company.customer(customer)?;
            let id = company.take_stock_id();
            company.addresses.push(StoredAddress {
                id,
                customer_id: customer,
                description: fits("description", description, 255)?,
                postal_name: fits("postal_name", postal_name, 60)?,
                address_1: fits("address_1", address_1, 60)?,
                postcode: fits("postcode", postcode, 10)?,
                created: now,
            });
            Ok(id)
        })
    }
}
