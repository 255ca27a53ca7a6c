//! What people do at the Sage desktop, outside the API.

use super::{
    SageSandbox, SandboxError,
    documents::{NewLine, NewOrder},
    ledger::{Entry, EntryType, Posted, TaxRow},
    state::{Company, fits, in_bounds, pennies},
    stock::{HOME, Move},
};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

const STOCK_ADDITION: i64 = 0;
const WRITE_OFF: i64 = 5;

/// People at the Sage desktop: finance, sales office, stores, the system's keeper. Nothing here is logged as a
/// request or counted as a write.
#[derive(Debug, Clone)]
pub struct Desktop(pub(crate) SageSandbox);

/// # Errors
/// All methods fail when what they name does not exist, or a text or amount does not fit.
impl Desktop {
    pub(crate) fn act<T>(
        &self,
        act: impl FnOnce(&mut Company, DateTime<Utc>) -> Result<T, SandboxError>,
    ) -> Result<T, SandboxError> {
        self.0.with_company(act)
    }

    /// Finance types in a credit note of one tax code, dated today; amounts positive. Gives the URN.
    pub fn post_credit_note(
        &self,
        customer: i64,
        reference: &str,
        second_reference: &str,
        goods: Decimal,
        tax_code_number: i16,
        tax: Decimal,
    ) -> Result<i64, SandboxError> {
        self.act(|company, now| {
            let entry = by_hand(company, customer, [reference, second_reference], [goods, tax], tax_code_number, now)?;
            company.post(entry, now)
        })
    }

    /// Sales office prints and posts the credit note of all that a sales return has left, received or not, and puts it
    /// into the ledger at once. Gives the URN.
    pub fn post_sop_credit_note(&self, return_no: &str) -> Result<i64, SandboxError> {
        self.act(|company, now| {
            let number = company.print_credit(return_no, true, now)?;
            let nothing = || SandboxError::UnknownDocument { document_no: number.clone() };
            company.post_credit(&number, true, now)?.ok_or_else(nothing)
        })
    }

    /// Sales office enters a sales return; nothing is received or credited yet. Gives the document number.
    pub fn enter_sales_return(
        &self,
        customer: i64,
        customer_document_no: &str,
        lines: Vec<NewLine>,
    ) -> Result<String, SandboxError> {
        let new =
            NewOrder { despatched: false, invoiced: false, ..NewOrder::new(customer, customer_document_no, lines) };
        self.act(|company, now| company.enter(new, true, now).map(|(_, document_no)| document_no))
    }

    /// Stores confirm all goods in that a sales return still expects.
    pub fn confirm_goods_received(&self, return_no: &str) -> Result<(), SandboxError> {
        self.act(|company, now| {
            let document = company.sales_return(return_no)?;
            let open = document.lines.iter().filter(|line| line.needs_receipt() && line.despatched < line.quantity);
            let goods: Vec<_> = open.map(|line| (line.number, line.quantity - line.despatched)).collect();
            company.receive(return_no, &goods, now).map(|_| ())
        })
    }

    /// Stores book stock into `HOME` by hand; negative writes it off.
    pub fn book_stock_in(
        &self,
        product_code: &str,
        quantity: Decimal,
        reference: &str,
        second_reference: &str,
    ) -> Result<(), SandboxError> {
        self.book_stock_into(HOME, product_code, quantity, [reference, second_reference])
    }

    /// As [`book_stock_in`](Self::book_stock_in), into another warehouse.
    pub fn book_stock_into(
        &self,
        warehouse: &str,
        product_code: &str,
        quantity: Decimal,
        references: [&str; 2],
    ) -> Result<(), SandboxError> {
        self.act(|company, now| {
            let kind = if quantity < Decimal::ZERO { WRITE_OFF } else { STOCK_ADDITION };
            company.move_stock(product_code, warehouse, quantity, &Move::by_hand(kind, references, now), now)
        })
    }

    /// Stores carry stock from one warehouse to another.
    pub fn transfer_stock(
        &self,
        [from, to]: [&str; 2],
        product_code: &str,
        quantity: Decimal,
        references: [&str; 2],
    ) -> Result<(), SandboxError> {
        self.act(|company, now| company.carry(product_code, [from, to], quantity, references, now))
    }

    /// Closes an accounting period: both dates and all between.
    pub fn close_period(&self, from: NaiveDate, to: NaiveDate) -> Result<(), SandboxError> {
        self.act(|company, _| {
            company.closed.push((from, to));
            Ok(())
        })
    }

    /// Opens every closed period that has a day in common with these dates.
    pub fn reopen_period(&self, from: NaiveDate, to: NaiveDate) -> Result<(), SandboxError> {
        self.act(|company, _| {
            company.closed.retain(|(first, last)| *last < from || to < *first);
            Ok(())
        })
    }

    /// Hides an account: nothing can be posted to it through the API.
    pub fn hide_customer(&self, customer: i64) -> Result<(), SandboxError> {
        self.act(|company, now| {
            let customer = company.customer_mut(customer)?;
            (customer.hidden, customer.updated) = (true, now);
            Ok(())
        })
    }

    /// Puts an account on hold: no new orders; credit notes are still accepted.
    pub fn put_on_hold(&self, customer: i64) -> Result<(), SandboxError> {
        self.act(|company, now| {
            let customer = company.customer_mut(customer)?;
            (customer.on_hold, customer.updated) = (true, now);
            Ok(())
        })
    }

    /// Fills an analysis code of an account, 1 to 20.
    pub fn fill_analysis_code(&self, customer: i64, slot: u8, value: &str) -> Result<(), SandboxError> {
        self.act(|company, now| {
            if !(1..=20).contains(&slot) {
                return Err(SandboxError::UnknownAnalysisSlot { slot });
            }
            let value = fits("analysis_code", value, 60)?;
            let customer = company.customer_mut(customer)?;
            customer.analysis.insert(slot, value);
            customer.updated = now;
            Ok(())
        })
    }

    /// Makes a product inactive.
    pub fn deactivate_product(&self, product_code: &str) -> Result<(), SandboxError> {
        self.act(|company, now| {
            let product = company.product_mut(product_code)?;
            (product.active, product.updated) = (false, now);
            Ok(())
        })
    }

    /// Changes the rate of a tax code, in percent (0 to 100). Lines entered before keep their tax.
    pub fn change_tax_rate(&self, number: i16, rate: Decimal) -> Result<(), SandboxError> {
        self.act(|company, now| {
            if !(Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&rate) {
                return Err(SandboxError::TooLarge { what: "tax rate", value: rate });
            }
            let code = company.tax_codes.iter_mut().find(|code| code.number == number);
            let code = code.ok_or(SandboxError::UnknownTaxCode { number })?;
            (code.rate, code.updated) = (rate, now);
            Ok(())
        })
    }

    /// Deletes a tax code; documents and postings that carry it keep their copy.
    pub fn delete_tax_code(&self, number: i16) -> Result<(), SandboxError> {
        self.act(|company, _| {
            company.tax_code(number)?;
            company.tax_codes.retain(|code| code.number != number);
            Ok(())
        })
    }

    /// Archives a document: it vanishes from every view, and `orders_returns_last_archived_up_to` moves on to its
    /// date.
    pub fn archive_order(&self, document_no: &str) -> Result<(), SandboxError> {
        self.act(|company, now| {
            let document = company.document_mut(document_no)?;
            let (id, date) = (document.id, document.date);
            let mut gone = document.clone();
            company.free_allocation(&mut gone);
            company.receipts.retain(|receipt| receipt.source != id);
            company.despatches.retain(|despatch| despatch.source != id);
            company.credits.retain(|credit| credit.source != id);
            company.documents.retain(|document| document.document_no != document_no);
            company.settings.archived_up_to = company.settings.archived_up_to.max(Some(date));
            company.settings.archived_on = Some(now);
            Ok(())
        })
    }

    /// Removes a posted transaction, as if it had never been.
    pub fn delete_posted(&self, urn: i64) -> Result<(), SandboxError> {
        self.act(|company, _| {
            posted(company, urn)?;
            company.ledger.retain(|row| row.urn != urn);
            Ok(())
        })
    }

    /// Reverses a posted transaction: the same with the other sign, same references, dated today. Gives the new URN.
    pub fn reverse(&self, urn: i64) -> Result<i64, SandboxError> {
        self.act(|company, now| {
            let original = posted(company, urn)?.clone();
            let mut entry = Entry { date: now.date_naive(), by_hand: true, ..original.entry };
            entry.turn();
            entry.entry_type = match entry.entry_type {
                EntryType::Invoice => EntryType::CreditNote,
                EntryType::CreditNote => EntryType::Invoice,
            };
            company.post(entry, now)
        })
    }

    /// Overwrites the second reference of a posted transaction.
    pub fn amend_second_reference(&self, urn: i64, text: &str) -> Result<(), SandboxError> {
        self.act(|company, now| {
            let text = fits("second_reference", text, 20)?;
            let row = posted(company, urn)?;
            row.entry.second_reference = text;
            row.updated = now;
            Ok(())
        })
    }
}

fn posted(company: &mut Company, urn: i64) -> Result<&mut Posted, SandboxError> {
    company.ledger.iter_mut().find(|row| row.urn == urn).ok_or(SandboxError::UnknownUrn { urn })
}

fn by_hand(
    company: &Company,
    customer: i64,
    [reference, second_reference]: [&str; 2],
    [goods, tax]: [Decimal; 2],
    tax_code_number: i16,
    now: DateTime<Utc>,
) -> Result<Entry, SandboxError> {
    let goods = pennies(in_bounds("goods", goods)?);
    let tax = pennies(in_bounds("tax", tax)?);
    let none = Decimal::ZERO;
    let tax_code = company.tax_code(tax_code_number)?.clone();
    Ok(Entry {
        customer_id: customer,
        entry_type: EntryType::CreditNote,
        reference: fits("reference", reference, 20)?,
        second_reference: fits("second_reference", second_reference, 20)?,
        date: now.date_naive(),
        exchange_rate: None,
        settled_immediately: false,
        discount_percent: none,
        discount_days: 0,
        tax_rows: vec![TaxRow { tax_code, goods, discount: none, tax, tax_discount: none }],
        nominal_rows: vec![company.default_nominal(customer, goods, "")?],
        by_hand: true,
    })
}
