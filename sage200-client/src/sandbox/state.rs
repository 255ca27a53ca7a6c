//! One company's books: accounts, products, tax codes, currencies, documents, settings.

use super::{
    SandboxError,
    credits::{Credit, Receipt},
    documents::Document,
    ledger::Posted,
    orders_desk::{Courier, Despatch, StoredAddress},
    settings::{AdditionalCharge, LineItems, Mapping, Permissions, StatusShape, Version},
    stock::{HOME, Holding, Warehouse, WarehouseKind},
};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use std::{collections::BTreeMap, ops::RangeInclusive, time::Duration};

/// Sage's rounding: to pennies, halves away from zero.
pub(crate) fn pennies(value: Decimal) -> Decimal {
    let mut value = value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    value.rescale(2);
    value
}

/// Amounts and quantities stay below this, so that sums of them stay exact.
pub(crate) const LARGEST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

pub(crate) fn in_bounds(what: &'static str, value: Decimal) -> Result<Decimal, SandboxError> {
    if value.abs() <= LARGEST { Ok(value) } else { Err(SandboxError::TooLarge { what, value }) }
}

pub(crate) fn fits(what: &'static str, value: &str, max: usize) -> Result<String, SandboxError> {
    let units = value.encode_utf16().count();
    if units <= max { Ok(value.to_owned()) } else { Err(SandboxError::TooLong { what, units, max }) }
}

#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) site_id: String,
    pub(crate) site_name: String,
    pub(crate) company_id: i32,
    pub(crate) company_name: String,
}

pub(crate) struct Customer {
    pub(crate) id: i64,
    pub(crate) reference: String,
    pub(crate) name: String,
    pub(crate) currency: Currency,
    /// Number of the default tax code.
    pub(crate) tax_code: i16,
    pub(crate) nominal: (String, String, String),
    pub(crate) payment_terms_days: i16,
    pub(crate) on_hold: bool,
    pub(crate) hidden: bool,
    pub(crate) analysis: BTreeMap<u8, String>,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub(crate) id: i64,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) active: bool,
    /// Does Sage keep it in stock?
    pub(crate) stocked: bool,
    /// By batch.
    pub(crate) traced: bool,
    pub(crate) tax_code: i16,
    /// List price.
    pub(crate) price: Decimal,
    pub(crate) updated: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub(crate) struct TaxCode {
    pub(crate) id: i64,
    pub(crate) number: i16,
    pub(crate) name: String,
    pub(crate) rate: Decimal,
    pub(crate) updated: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub(crate) struct Currency {
    pub(crate) id: i64,
    pub(crate) iso_id: i64,
    pub(crate) iso: &'static str,
    pub(crate) name: &'static str,
    pub(crate) symbol: &'static str,
    /// Units of this currency for one of the base currency.
    pub(crate) rate: Decimal,
    pub(crate) base: bool,
}

/// A stock movement.
#[derive(Debug, Clone)]
pub(crate) struct Movement {
    pub(crate) id: i64,
    pub(crate) product: Product,
    /// Number in `product_transaction_types`.
    pub(crate) kind: i64,
    pub(crate) date: NaiveDate,
    pub(crate) reference: String,
    pub(crate) second_reference: String,
    /// Account of the customer it came from.
    pub(crate) customer: Option<String>,
    pub(crate) warehouse: String,
    pub(crate) bin: String,
    pub(crate) user: &'static str,
    pub(crate) quantity: Decimal,
    pub(crate) at: DateTime<Utc>,
}

/// How long a new ledger row stays out of the reads; see
/// [`SageSandbox::set_ledger_read_lag`](super::SageSandbox::set_ledger_read_lag).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ReadLag {
    /// Seen at once.
    #[default]
    None,
    /// Missing from so many ledger reads, then seen.
    Reads(u32),
    /// Missing for so long by the sandbox's clock.
    For(Duration),
}

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) auto_number_credit_notes: bool,
    pub(crate) invoices_carry_customer_number: bool,
    pub(crate) prices_tax_inclusive: bool,
    pub(crate) update_stock_on_despatch: bool,
    /// Does entering an order allocate what is free?
    pub(crate) allocate_on_entry: bool,
    pub(crate) read_lag: ReadLag,
    pub(crate) archived_up_to: Option<NaiveDate>,
    pub(crate) archived_on: Option<DateTime<Utc>>,
    pub(crate) version: Version,
    pub(crate) auto_number_documents: bool,
    pub(crate) credit_notes_reach_ledger: bool,
    pub(crate) credit_notes_carry_return_number: bool,
    pub(crate) line_items: LineItems,
    pub(crate) amend_header_analysis: bool,
    pub(crate) amend_line_analysis: bool,
    pub(crate) amend_nominal: bool,
    pub(crate) unmapped_analysis_ignored: bool,
    pub(crate) answers_without_lines: bool,
    pub(crate) permissions: Permissions,
    pub(crate) status_shape: Option<StatusShape>,
}

pub(crate) struct Company {
    pub(crate) site: Site,
    pub(crate) customers: Vec<Customer>,
    pub(crate) products: Vec<Product>,
    pub(crate) tax_codes: Vec<TaxCode>,
    pub(crate) currencies: Vec<Currency>,
    pub(crate) documents: Vec<Document>,
    pub(crate) ledger: Vec<Posted>,
    pub(crate) movements: Vec<Movement>,
    pub(crate) warehouses: Vec<Warehouse>,
    pub(crate) holdings: Vec<Holding>,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) despatches: Vec<Despatch>,
    pub(crate) couriers: Vec<Courier>,
    pub(crate) addresses: Vec<StoredAddress>,
    pub(crate) credits: Vec<Credit>,
    pub(crate) mappings: Vec<Mapping>,
    pub(crate) charges: Vec<AdditionalCharge>,
    pub(crate) open_years: RangeInclusive<i32>,
    pub(crate) closed: Vec<(NaiveDate, NaiveDate)>,
    pub(crate) settings: Settings,
    pub(crate) settings_id: i64,
    pub(crate) created: DateTime<Utc>,
    next_id: i64,
    next_stock_id: i64,
    next_receipt: i64,
    next_document: i64,
    pub(crate) next_urn: i64,
    pub(crate) next_credit_note: i64,
    pub(crate) next_invoice: i64,
}

/// The person whose consent the tokens carry.
pub(crate) const API_USER: &str = "api.user";
/// The person at the desktop.
pub(crate) const DESKTOP_USER: &str = "finance";

impl Company {
    /// Books as a new company has them. Ids of one company never occur in another, nor twice within one, so that a
    /// mix-up is noticed.
    pub(crate) fn new(site: Site, nth: u32, now: DateTime<Utc>) -> Self {
        let mut company = Self {
            site,
            customers: Vec::new(),
            products: Vec::new(),
            tax_codes: Vec::new(),
            currencies: Vec::new(),
            documents: Vec::new(),
            ledger: Vec::new(),
            movements: Vec::new(),
            warehouses: Vec::new(),
            holdings: Vec::new(),
            receipts: Vec::new(),
            despatches: Vec::new(),
            couriers: Vec::new(),
            addresses: Vec::new(),
            credits: Vec::new(),
            mappings: Vec::new(),
            charges: Vec::new(),
            open_years: now.year() - 1..=now.year() + 1,
            closed: Vec::new(),
            settings: Settings {
                auto_number_credit_notes: false,
                invoices_carry_customer_number: false,
                prices_tax_inclusive: false,
                update_stock_on_despatch: true,
                allocate_on_entry: false,
                read_lag: ReadLag::None,
                archived_up_to: None,
                archived_on: None,
                version: Version::default(),
                auto_number_documents: true,
                credit_notes_reach_ledger: true,
                credit_notes_carry_return_number: false,
                line_items: LineItems::Both,
                amend_header_analysis: true,
                amend_line_analysis: true,
                amend_nominal: true,
                unmapped_analysis_ignored: false,
                answers_without_lines: false,
                permissions: Permissions::default(),
                status_shape: Some(StatusShape::presumed()),
            },
            settings_id: 0,
            created: now,
            next_id: 1_001 + 1_000_000 * i64::from(nth),
            next_stock_id: 500_001 + 1_000_000 * i64::from(nth),
            next_receipt: 1,
            next_document: 1,
            next_urn: 123 + 1_000_000 * i64::from(nth),
            next_credit_note: 1,
            next_invoice: 1,
        };
        company.settings_id = company.take_id();
        company.add_warehouse(HOME, WarehouseKind::Sales);
        for (number, name, rate) in [(0, "Exempt", 0), (1, "Standard rate", 20), (2, "Zero rated", 0)] {
            company.add_tax_code(number, name, Decimal::from(rate), now);
        }
        for (iso, name, symbol, rate, base) in [
            ("GBP", "Pound Sterling", "\u{a3}", Decimal::ONE, true),
            ("EUR", "Euro", "\u{20ac}", Decimal::new(115, 2), false),
        ] {
            let (id, iso_id) = (company.take_id(), company.take_id());
            company.currencies.push(Currency { id, iso_id, iso, name, symbol, rate, base });
        }
        company
    }

    pub(crate) fn take_id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// Records of stock, receipts and analysis have a series of their own.
    pub(crate) fn take_stock_id(&mut self) -> i64 {
        self.next_stock_id += 1;
        self.next_stock_id - 1
    }

    pub(crate) fn take_receipt_no(&mut self) -> String {
        self.next_receipt += 1;
        format!("{:010}", self.next_receipt - 1)
    }

    pub(crate) fn take_urn(&mut self) -> i64 {
        self.next_urn += 1;
        self.next_urn - 1
    }

    /// Orders and returns share one series.
    pub(crate) fn take_document_no(&mut self) -> String {
        self.next_document += 1;
        format!("{:010}", self.next_document - 1)
    }

    pub(crate) fn take_credit_note_no(&mut self) -> String {
        self.next_credit_note += 1;
        format!("{:010}", self.next_credit_note - 1)
    }

    pub(crate) fn take_invoice_no(&mut self) -> String {
        self.next_invoice += 1;
        format!("{:010}", self.next_invoice - 1)
    }

    pub(crate) fn add_tax_code(&mut self, number: i16, name: &str, rate: Decimal, now: DateTime<Utc>) -> i64 {
        let id = self.take_id();
        self.tax_codes.push(TaxCode { id, number, name: name.to_owned(), rate, updated: now });
        id
    }

    pub(crate) fn customer(&self, id: i64) -> Result<&Customer, SandboxError> {
        self.customers.iter().find(|customer| customer.id == id).ok_or(SandboxError::UnknownCustomer { id })
    }

    pub(crate) fn customer_mut(&mut self, id: i64) -> Result<&mut Customer, SandboxError> {
        self.customers.iter_mut().find(|customer| customer.id == id).ok_or(SandboxError::UnknownCustomer { id })
    }

    pub(crate) fn tax_code(&self, number: i16) -> Result<&TaxCode, SandboxError> {
        self.tax_codes.iter().find(|code| code.number == number).ok_or(SandboxError::UnknownTaxCode { number })
    }

    pub(crate) fn product_mut(&mut self, code: &str) -> Result<&mut Product, SandboxError> {
        self.products
            .iter_mut()
            .find(|product| product.code.eq_ignore_ascii_case(code))
            .ok_or_else(|| SandboxError::UnknownProduct { code: code.to_owned() })
    }

    pub(crate) fn document_mut(&mut self, document_no: &str) -> Result<&mut Document, SandboxError> {
        self.documents
            .iter_mut()
            .find(|document| document.document_no == document_no)
            .ok_or_else(|| SandboxError::UnknownDocument { document_no: document_no.to_owned() })
    }

    /// What the calendar says to a date: the class, and why when it is not plainly good.
    pub(crate) fn classify(&self, date: NaiveDate, today: NaiveDate) -> (&'static str, &'static str) {
        if !self.open_years.contains(&date.year()) {
            ("Unacceptable", "The date is outside the financial years that are set up.")
        } else if self.closed.iter().any(|(from, to)| (from..=to).contains(&&date)) {
            ("Unacceptable", "The date is within a closed accounting period.")
        } else if date > today {
            ("Acceptable", "The date is later than today.")
        } else {
            ("Normal", "")
        }
    }
}
