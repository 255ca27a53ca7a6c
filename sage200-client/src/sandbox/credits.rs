//! Goods received on returns, and their credit notes: printed, then posted.

use super::{
    SandboxError,
    documents::{Document, Line, LineKind, Standing},
    ledger::EntryType,
    state::{Company, pennies},
    stock::Move,
};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

/// One confirmation of goods received.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) id: i64,
    pub(crate) number: String,
    pub(crate) source: i64,
    pub(crate) date: NaiveDate,
    pub(crate) lines: Vec<ReceiptLine>,
    pub(crate) at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub(crate) struct ReceiptLine {
    pub(crate) id: i64,
    pub(crate) line: i64,
    pub(crate) quantity: Decimal,
    pub(crate) warehouse: Option<i64>,
}

/// How far a printed invoice or credit note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filed {
    Printed,
    /// Posted to the pending file; the ledger does not have it.
    Pending,
    Posted,
}

/// A printed invoice or credit note of an order or a return.
#[derive(Debug, Clone)]
pub(crate) struct Credit {
    pub(crate) id: i64,
    pub(crate) number: String,
    /// Record id of the order or return.
    pub(crate) source: i64,
    pub(crate) date: NaiveDate,
    pub(crate) filed: Filed,
    /// The document cut down to what this note covers; line ids are the source's.
    pub(crate) content: Document,
    pub(crate) updated: DateTime<Utc>,
}

fn refused(document_no: &str, reason: impl Into<String>) -> SandboxError {
    SandboxError::Refused { document_no: document_no.to_owned(), reason: reason.into() }
}

impl Document {
    pub(crate) fn refuse(&self, reason: impl Into<String>) -> SandboxError {
        refused(&self.document_no, reason)
    }

    /// Can goods be received and credit notes printed?
    pub(crate) fn can_be_processed(&self) -> Result<(), SandboxError> {
        match self.standing {
            Standing::Live if self.is_complete() => Err(self.refuse("it is completed")),
            Standing::Live => Ok(()),
            Standing::OnHold => Err(self.refuse("it is on hold; make it live first")),
            Standing::Cancelled => Err(self.refuse("it is cancelled")),
            Standing::Draft => Err(self.refuse("it is a draft that the API has not confirmed")),
        }
    }
}

/// The piece of a line that a credit note covers.
pub(crate) fn piece(line: &Line, quantity: Decimal) -> Line {
    // The last piece takes what rounding left, so that the pieces add up to the line.
    let share = |whole: Decimal, credited: Decimal| {
        if line.invoiced + quantity >= line.quantity {
            whole - credited
        } else {
            pennies(whole.saturating_mul(quantity).checked_div(line.quantity).unwrap_or(whole))
        }
    };
    Line {
        quantity,
        total: share(line.total, line.credited.0),
        tax: share(line.tax, line.credited.1),
        despatched: quantity,
        invoiced: quantity,
        posted: Decimal::ZERO,
        ..line.clone()
    }
}

/// What a movement of received goods is; Sage publishes no number for it.
const SOP_RETURN: i64 = 16;

impl Company {
    pub(crate) fn sales_return(&mut self, number: &str) -> Result<&mut Document, SandboxError> {
        let document = self.document_mut(number)?;
        if document.is_return {
            Ok(document)
        } else {
            Err(SandboxError::UnknownDocument { document_no: number.to_owned() })
        }
    }

    fn stock_back(
        &mut self,
        line: &Line,
        quantity: Decimal,
        references: [&str; 2],
        now: DateTime<Utc>,
    ) -> Result<(), SandboxError> {
        let [number, _] = references;
        let (Some(product), Some(warehouse)) = (&line.product, line.warehouse) else { return Ok(()) };
        if !product.stocked {
            return Ok(());
        }
        let warehouse = self.warehouse_name(warehouse).to_owned();
        let customer = self.sales_return(number)?.customer_id;
        let account = self.customer(customer).map(|customer| customer.reference.clone()).ok();
        let how = Move { customer: account.as_deref(), ..Move::by_hand(SOP_RETURN, references, now) };
        self.move_stock(&product.code, &warehouse, quantity, &how, now)
    }

    /// Confirms goods in; gives the number of the receipt. Nothing has happened when this fails.
    pub(crate) fn receive(
        &mut self,
        number: &str,
        goods: &[(i64, Decimal)],
        now: DateTime<Utc>,
    ) -> Result<String, SandboxError> {
        let document = self.sales_return(number)?;
        document.can_be_processed()?;
        let mut received = document.clone();
        let mut lines: Vec<(Line, Decimal)> = Vec::new();
        for (line_no, quantity) in goods {
            let no_line = || SandboxError::UnknownLine { document_no: number.to_owned(), line: *line_no };
            let line = received.lines.iter_mut().find(|line| line.number == *line_no).ok_or_else(no_line)?;
            let open = line.quantity - line.despatched;
            if !line.needs_receipt() {
                return Err(refused(number, format!("line {line_no} has no goods to receive")));
            }
            if *quantity <= Decimal::ZERO || *quantity > open {
                return Err(refused(number, format!("line {line_no}: {quantity} can't be received; {open} are open")));
            }
            line.despatched += *quantity;
            lines.push((line.clone(), *quantity));
        }
        if lines.is_empty() {
            return Err(refused(number, "nothing is left to receive"));
        }
        let receipt_no = self.take_receipt_no();
        let mut receipt = Receipt {
            id: self.take_stock_id(),
            number: receipt_no.clone(),
            source: received.id,
            date: now.date_naive(),
            lines: Vec::new(),
            at: now,
        };
        for (line, quantity) in &lines {
            if self.settings.update_stock_on_despatch {
                self.stock_back(line, *quantity, [number, &receipt_no], now)?;
                for moved in received.lines.iter_mut().filter(|moved| moved.id == line.id) {
                    moved.stocked += *quantity;
                }
            }
            let (id, warehouse) = (self.take_stock_id(), line.warehouse);
            receipt.lines.push(ReceiptLine { id, line: line.id, quantity: *quantity, warehouse });
        }
        received.updated = now;
        *self.sales_return(number)? = received;
        self.receipts.push(receipt);
        Ok(receipt_no)
    }

    /// Prints the credit note of what is received and not yet credited; gives its number. `all` credits the rest too,
    /// received or not.
    pub(crate) fn print_credit(&mut self, number: &str, all: bool, now: DateTime<Utc>) -> Result<String, SandboxError> {
        let document = self.sales_return(number)?;
        document.can_be_processed()?;
        let mut content = document.clone();
        content.lines.clear();
        for line in &document.lines {
            let ready = if all || !line.needs_receipt() { line.quantity } else { line.despatched };
            if line.kind != LineKind::Comment && ready > line.invoiced {
                content.lines.push(piece(line, ready - line.invoiced));
            }
        }
        let goods = content.lines.iter().any(Line::needs_receipt);
        let only_charges = !document.lines.iter().any(Line::needs_receipt);
        if content.lines.is_empty() || !(goods || only_charges) {
            return Err(refused(number, "nothing is received that is not credited yet"));
        }
        if content.totals().gross < Decimal::ZERO {
            return Err(refused(number, "the credit note would come to less than nothing"));
        }
        for line in &mut document.lines {
            for piece in content.lines.iter().filter(|piece| piece.id == line.id) {
                line.invoiced += piece.quantity;
                line.credited.0 += piece.total;
                line.credited.1 += piece.tax;
            }
        }
        document.updated = now;
        let source = document.id;
        let credit_no = self.take_credit_note_no();
        let id = self.take_stock_id();
        let (number, date, filed) = (credit_no.clone(), now.date_naive(), Filed::Printed);
        self.credits.push(Credit { id, number, source, date, filed, content, updated: now });
        Ok(credit_no)
    }

    fn credit_of(&self, credit_no: &str) -> Result<Credit, SandboxError> {
        let mut notes = self.credits.iter().filter(|credit| credit.content.is_return);
        let found = notes.find(|credit| credit.number == credit_no).cloned();
        found.ok_or_else(|| SandboxError::UnknownDocument { document_no: credit_no.to_owned() })
    }

    /// Posts a printed credit note: to the ledger, giving its URN, or to the pending file.
    pub(crate) fn post_credit(
        &mut self,
        credit_no: &str,
        to_ledger: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<i64>, SandboxError> {
        let credit = self.credit_of(credit_no)?;
        if credit.filed != Filed::Printed {
            return Err(refused(credit_no, "it is posted already"));
        }
        let number = credit.content.document_no.clone();
        if self.sales_return(&number)?.standing == Standing::OnHold {
            return Err(refused(credit_no, "its return is on hold"));
        }
        self.may_post(credit_no, now)?;
        // On some sites stock moves now, not at the receipt.
        for covered in &credit.content.lines {
            let line = self.sales_return(&number)?.lines.iter().find(|line| line.id == covered.id).cloned();
            let Some(line) = line else { continue };
            let quantity = (line.posted + covered.quantity - line.stocked).max(Decimal::ZERO);
            let moves = line.product.is_some() && !quantity.is_zero();
            if moves {
                self.stock_back(&line, quantity, [&number, credit_no], now)?;
            }
            for line in self.sales_return(&number)?.lines.iter_mut().filter(|line| line.id == covered.id) {
                line.posted += covered.quantity;
                line.stocked += if moves { quantity } else { Decimal::ZERO };
            }
        }
        self.sales_return(&number)?.updated = now;
        if to_ledger {
            return self.enter_in_ledger(credit, now).map(Some);
        }
        self.file(credit.id, Filed::Pending, now);
        Ok(None)
    }

    fn may_post(&self, credit_no: &str, now: DateTime<Utc>) -> Result<(), SandboxError> {
        let today = now.date_naive();
        match self.classify(today, today) {
            ("Unacceptable", reason) => Err(refused(credit_no, reason)),
            _ => Ok(()),
        }
    }

    fn file(&mut self, id: i64, filed: Filed, now: DateTime<Utc>) {
        for credit in self.credits.iter_mut().filter(|credit| credit.id == id) {
            (credit.filed, credit.updated) = (filed, now);
        }
    }

    fn enter_in_ledger(&mut self, credit: Credit, now: DateTime<Utc>) -> Result<i64, SandboxError> {
        let content = &credit.content;
        let second = if self.settings.credit_notes_carry_return_number || content.customer_document_no.is_empty() {
            content.document_no.clone()
        } else {
            content.customer_document_no.chars().take(20).collect()
        };
        let urn = self.post_document(content, EntryType::CreditNote, credit.number.clone(), second, now)?;
        self.file(credit.id, Filed::Posted, now);
        Ok(urn)
    }

    /// Moves the pending file into the ledger; gives the URNs.
    pub(crate) fn update_ledgers(&mut self, now: DateTime<Utc>) -> Result<Vec<i64>, SandboxError> {
        let pending: Vec<Credit> =
            self.credits.iter().filter(|credit| credit.filed == Filed::Pending).cloned().collect();
        if let Some(first) = pending.first() {
            self.may_post(&first.number, now)?;
        }
        pending.into_iter().map(|credit| self.enter_in_ledger(credit, now)).collect()
    }
}
