//! The sales ledger: posted transactions, their visibility, and what finance sees.

use super::{
    SandboxError,
    credits::{Credit, Filed},
    documents::{Document, LineKind},
    state::{API_USER, Company, DESKTOP_USER, ReadLag, TaxCode, pennies},
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

/// What a ledger row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EntryType {
    /// `TradingAccountEntryTypeInvoice`.
    Invoice,
    /// `TradingAccountEntryTypeCreditNote`.
    CreditNote,
}

impl EntryType {
    /// Sage's literal.
    pub fn literal(self) -> &'static str {
        match self {
            Self::Invoice => "TradingAccountEntryTypeInvoice",
            Self::CreditNote => "TradingAccountEntryTypeCreditNote",
        }
    }

    /// What the ledger multiplies positive amounts by.
    pub(crate) fn sign(self) -> Decimal {
        match self {
            Self::Invoice => Decimal::ONE,
            Self::CreditNote => Decimal::NEGATIVE_ONE,
        }
    }
}

/// A row of the sales ledger as finance sees it. Credits are negative.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LedgerRow {
    /// Unique reference number.
    pub urn: i64,
    /// Account code.
    pub customer_reference: String,
    /// First reference.
    pub reference: String,
    /// Second reference.
    pub second_reference: String,
    /// Transaction date.
    pub date: NaiveDate,
    /// Net value.
    pub goods: Decimal,
    /// Tax.
    pub tax: Decimal,
    /// Net value and tax.
    pub gross: Decimal,
    /// Entered by a person at the desktop, not through the API.
    pub by_hand: bool,
    /// What it is.
    pub entry_type: EntryType,
}

/// Sums over the sales ledger. Credits count negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LedgerTotals {
    /// Number of rows.
    pub rows: usize,
    /// Net values.
    pub goods: Decimal,
    /// Tax.
    pub tax: Decimal,
    /// Net values and tax.
    pub gross: Decimal,
}

#[derive(Debug, Clone)]
pub(crate) struct TaxRow {
    pub(crate) tax_code: TaxCode,
    pub(crate) goods: Decimal,
    pub(crate) discount: Decimal,
    pub(crate) tax: Decimal,
    pub(crate) tax_discount: Decimal,
}

#[derive(Debug, Clone)]
pub(crate) struct NominalRow {
    pub(crate) code: String,
    pub(crate) cost_centre: String,
    pub(crate) department: String,
    pub(crate) narrative: String,
    pub(crate) value: Decimal,
}

/// What is to be posted: positive amounts.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) customer_id: i64,
    pub(crate) entry_type: EntryType,
    pub(crate) reference: String,
    pub(crate) second_reference: String,
    pub(crate) date: NaiveDate,
    pub(crate) exchange_rate: Option<Decimal>,
    pub(crate) settled_immediately: bool,
    pub(crate) discount_percent: Decimal,
    pub(crate) discount_days: i16,
    pub(crate) tax_rows: Vec<TaxRow>,
    pub(crate) nominal_rows: Vec<NominalRow>,
    pub(crate) by_hand: bool,
}

/// A posted transaction: signed amounts.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    pub(crate) id: i64,
    pub(crate) urn: i64,
    pub(crate) entry: Entry,
    pub(crate) goods: Decimal,
    pub(crate) tax: Decimal,
    pub(crate) discount: Decimal,
    pub(crate) tax_discount: Decimal,
    pub(crate) exchange_rate: Decimal,
    pub(crate) posted: NaiveDate,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    reads_left: u32,
    hidden_until: Option<DateTime<Utc>>,
    /// Does the ledger read in hand see it?
    pub(crate) visible: bool,
}

impl Posted {
    pub(crate) fn gross(&self) -> Decimal {
        self.goods + self.tax
    }

    pub(crate) fn outstanding(&self) -> Decimal {
        if self.entry.settled_immediately { Decimal::ZERO } else { self.gross() }
    }

    pub(crate) fn in_base(&self, value: Decimal) -> Decimal {
        pennies(value.checked_div(self.exchange_rate).unwrap_or(value))
    }

    pub(crate) fn user(&self) -> &'static str {
        if self.entry.by_hand { DESKTOP_USER } else { API_USER }
    }
}

impl Entry {
    /// Positive amounts to the ledger's signs, and back.
    pub(crate) fn turn(&mut self) {
        let sign = self.entry_type.sign();
        for row in &mut self.tax_rows {
            for amount in [&mut row.goods, &mut row.discount, &mut row.tax, &mut row.tax_discount] {
                *amount *= sign;
            }
        }
        for row in &mut self.nominal_rows {
            row.value *= sign;
        }
    }
}

impl Company {
    /// Posts; gives the URN.
    pub(crate) fn post(&mut self, mut entry: Entry, now: DateTime<Utc>) -> Result<i64, SandboxError> {
        let customer = self.customer(entry.customer_id)?;
        let exchange_rate = entry.exchange_rate.unwrap_or(customer.currency.rate);
        entry.turn();
        let sum = |pick: fn(&TaxRow) -> Decimal| pennies(entry.tax_rows.iter().map(pick).sum());
        let (reads_left, hidden_until) = match self.settings.read_lag {
            ReadLag::None => (0, None),
            ReadLag::Reads(reads) => (reads, None),
            ReadLag::For(wait) => {
                (0, TimeDelta::from_std(wait).ok().and_then(|wait| now.checked_add_signed(wait)).or(Some(now)))
            }
        };
        let urn = self.take_urn();
        let posted = Posted {
            id: self.take_id(),
            urn,
            goods: sum(|row| row.goods),
            tax: sum(|row| row.tax),
            discount: sum(|row| row.discount),
            tax_discount: sum(|row| row.tax_discount),
            entry,
            exchange_rate,
            posted: now.date_naive(),
            created: now,
            updated: now,
            reads_left,
            hidden_until,
            visible: false,
        };
        self.ledger.push(posted);
        Ok(urn)
    }

    /// Decides what the ledger read in hand sees, and counts it as a read.
    pub(crate) fn begin_ledger_read(&mut self, now: DateTime<Utc>) {
        for row in &mut self.ledger {
            row.visible = row.reads_left == 0 && row.hidden_until.is_none_or(|until| now >= until);
            row.reads_left = row.reads_left.saturating_sub(1);
        }
    }

    /// The one tax row and one nominal row that Sage builds from the customer's defaults.
    pub(crate) fn default_nominal(
        &self,
        customer_id: i64,
        value: Decimal,
        narrative: &str,
    ) -> Result<NominalRow, SandboxError> {
        let (code, cost_centre, department) = self.customer(customer_id)?.nominal.clone();
        Ok(NominalRow { code, cost_centre, department, narrative: narrative.to_owned(), value })
    }

    /// Posts what a document adds up to, one tax row per code.
    pub(crate) fn post_document(
        &mut self,
        document: &Document,
        entry_type: EntryType,
        reference: String,
        second_reference: String,
        now: DateTime<Utc>,
    ) -> Result<i64, SandboxError> {
        let totals = document.totals();
        let mut tax_rows: Vec<TaxRow> = Vec::new();
        for line in &document.lines {
            let Some(tax_code) = &line.tax_code else { continue };
            let after_discount = |value: Decimal| match line.kind {
                LineKind::Standard | LineKind::FreeText => {
                    value - pennies(value.saturating_mul(document.discount_percent) / Decimal::ONE_HUNDRED)
                }
                LineKind::Charge | LineKind::Comment => value,
            };
            let tax = after_discount(line.tax);
            let goods = after_discount(line.total) - if document.tax_inclusive { tax } else { Decimal::ZERO };
            match tax_rows.iter_mut().find(|row| row.tax_code.id == tax_code.id) {
                Some(row) => {
                    row.goods += goods;
                    row.tax += tax;
                }
                None => tax_rows.push(TaxRow {
                    tax_code: tax_code.clone(),
                    goods,
                    discount: Decimal::ZERO,
                    tax,
                    tax_discount: Decimal::ZERO,
                }),
            }
        }
        // A document discount is rounded once over the document; the first row takes the odd penny.
        let odd = totals.net - tax_rows.iter().map(|row| row.goods).sum::<Decimal>();
        if let Some(first) = tax_rows.first_mut() {
            first.goods += odd;
        }
        let nominal_rows = self.nominals(document, totals.net)?;
        let entry = Entry {
            customer_id: document.customer_id,
            entry_type,
            reference,
            second_reference,
            date: now.date_naive(),
            exchange_rate: document.exchange_rate,
            settled_immediately: false,
            discount_percent: Decimal::ZERO,
            discount_days: 0,
            tax_rows,
            nominal_rows,
            by_hand: true,
        };
        self.post(entry, now)
    }

    /// What lines with an account of their own come to stands there; the rest on the customer's.
    fn nominals(&self, document: &Document, net: Decimal) -> Result<Vec<NominalRow>, SandboxError> {
        let mut rows = Vec::new();
        for line in &document.lines {
            let Some([code, cost_centre, department]) = &line.nominal else { continue };
            let value = line.total - if document.tax_inclusive { line.tax } else { Decimal::ZERO };
            let discounted = line.kind != LineKind::Charge;
            let discount = pennies(value.saturating_mul(document.discount_percent) / Decimal::ONE_HUNDRED);
            rows.push(NominalRow {
                code: code.clone(),
                cost_centre: cost_centre.clone(),
                department: department.clone(),
                narrative: String::new(),
                value: if discounted { value - discount } else { value },
            });
        }
        let rest = net - rows.iter().map(|row| row.value).sum::<Decimal>();
        if rows.is_empty() || !rest.is_zero() {
            rows.push(self.default_nominal(document.customer_id, rest, "")?);
        }
        Ok(rows)
    }

    pub(crate) fn post_invoice(&mut self, order: &Document, now: DateTime<Utc>) -> Result<i64, SandboxError> {
        let reference = self.take_invoice_no();
        let id = self.take_stock_id();
        let number = &order.customer_document_no;
        let customers = self.settings.invoices_carry_customer_number && number.len() <= 20;
        let second = if customers { number } else { &order.document_no };
        let urn = self.post_document(order, EntryType::Invoice, reference.clone(), second.clone(), now)?;
        self.credits.push(Credit {
            id,
            number: reference,
            source: order.id,
            date: now.date_naive(),
            filed: Filed::Posted,
            content: order.clone(),
            updated: now,
        });
        Ok(urn)
    }

    pub(crate) fn ledger_rows(&self) -> Vec<LedgerRow> {
        let row = |posted: &Posted| LedgerRow {
            urn: posted.urn,
            customer_reference: self
                .customer(posted.entry.customer_id)
                .map(|customer| customer.reference.clone())
                .unwrap_or_default(),
            reference: posted.entry.reference.clone(),
            second_reference: posted.entry.second_reference.clone(),
            date: posted.entry.date,
            goods: posted.goods,
            tax: posted.tax,
            gross: posted.gross(),
            by_hand: posted.entry.by_hand,
            entry_type: posted.entry.entry_type,
        };
        self.ledger.iter().map(row).collect()
    }
}
