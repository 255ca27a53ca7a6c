use super::{Company, company::to_json};
use crate::{
    AccountReference, CurrencyRow, Customer, CustomerDocumentNo, DateVerdict, DocumentType, Id, Order, OrderLineView,
    OrderView, PostedTransaction, ProductCode, ProductView, Query, SecondReference, SopSettings, TaxCodeRow, TaxTable,
    TransactionType, TransactionView, Urn, customer, dates::write_date, order_line_view, order_view,
    posted_transaction, product_view, reading::fold, transaction_view,
};
use chrono::NaiveDate;
use returns_wire::{Delivery, Error, ErrorKind, Repeat};
use serde::Serialize;
use std::collections::BTreeSet;

pub(super) fn equal(found: Option<&str>, wanted: &str) -> bool {
    found.is_some_and(|found| fold(found) == fold(wanted))
}

pub(super) fn mentions(found: Option<&str>, wanted: &str) -> bool {
    found.is_some_and(|found| fold(found).contains(&fold(wanted)))
}

/// Text to search for: nothing would find everything.
pub(super) fn needle<'a>(op: &'static str, what: &str, text: &'a str) -> Result<&'a str, Error> {
    let text = text.trim();
    if text.is_empty() {
        let message = format!("{what} is empty and would find everything");
        return Err(Error::not_sent(op, ErrorKind::Invalid, message).help("give the text to search for"));
    }
    Ok(text)
}

fn credit_note(row: &TransactionView) -> bool {
    row.transaction_type.as_ref().is_none_or(TransactionType::may_be_credit_note)
}

/// Look-ups. Every match of text is checked again here, because the server's collation decides what is equal there.
impl Company {
    /// All tax codes (`tax_codes`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn tax_table(&self) -> Result<TaxTable, Error> {
        let rows: Vec<TaxCodeRow> = self.read(Query::new()).await?;
        Ok(TaxTable::from_rows(self.key().clone(), self.sage().0.channel.clock().now(), rows))
    }

    /// Settings of sales order processing (`sop_settings`).
    ///
    /// # Errors
    /// [`Error`], also when the company has none.
    pub async fn sop_settings(&self) -> Result<SopSettings, Error> {
        self.one("sage200.sop_settings.get", "sop_settings").await
    }

    /// All currencies with their ISO codes (`currencies`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn currencies(&self) -> Result<Vec<CurrencyRow>, Error> {
        self.read(Query::new()).await
    }

    /// Sales orders with this customer document number, not returns; several orders can carry one number.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn orders_by_document_no(&self, number: &CustomerDocumentNo) -> Result<Vec<OrderView>, Error> {
        let filter = order_view::CUSTOMER_DOCUMENT_NO.eq(number).and(order_view::DOCUMENT_TYPE.eq(DocumentType::Order));
        let mut orders = self.read(Query::new().filter(filter)).await?;
        orders.retain(|row| {
            equal(row.customer_document_no.as_deref(), number.as_str())
                && row.document_type.is_none_or(|kind| kind == DocumentType::Order)
        });
        Ok(orders)
    }

    /// Sales returns whose customer document number holds this text.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Invalid`] for empty text.
    pub async fn returns_mentioning(&self, text: &str) -> Result<Vec<OrderView>, Error> {
        let text = needle("sage200.sop_order_return_views.list", "text", text)?;
        let filter =
            order_view::CUSTOMER_DOCUMENT_NO.contains(text).and(order_view::DOCUMENT_TYPE.eq(DocumentType::Return));
        let mut returns = self.read(Query::new().filter(filter)).await?;
        returns.retain(|row| {
            mentions(row.customer_document_no.as_deref(), text)
                && row.document_type.is_none_or(|kind| kind == DocumentType::Return)
        });
        Ok(returns)
    }

    /// The lines of an order.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn order_lines(&self, order: Id<Order>) -> Result<Vec<OrderLineView>, Error> {
        let mut lines = self.read(Query::new().filter(order_line_view::ORDER_ID.eq(order))).await?;
        lines.retain(|line| line.order_id == order);
        Ok(lines)
    }

    /// A customer's account by id.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn customer(&self, id: Id<Customer>) -> Result<Option<Customer>, Error> {
        // As a list: its 404 can't be mistaken for "no such customer".
        let found = self.read(Query::new().filter(customer::ID.eq(id))).await?;
        Ok(found.into_iter().find(|row| row.id == id))
    }

    /// A customer's account by its code.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Conflict`] when two accounts have that code.
    pub async fn customer_by_reference(&self, reference: &AccountReference) -> Result<Option<Customer>, Error> {
        let mut found = self.read(Query::new().filter(customer::REFERENCE.eq(reference))).await?;
        found.retain(|row| equal(row.reference.as_deref(), reference.as_str()));
        if found.len() > 1 {
            let message = format!("{} accounts have the code {reference}", found.len());
            return Err(Error::new("sage200.customers.list", ErrorKind::Conflict, Delivery::Applied, message)
                .help("use the account's id"));
        }
        Ok(found.pop())
    }

    /// Products by code, several at a time; codes without a product are simply absent.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn products_by_code(&self, codes: &[ProductCode]) -> Result<Vec<ProductView>, Error> {
        let wanted = codes.iter().map(|code| fold(code.as_str())).collect::<BTreeSet<_>>();
        let codes = codes.iter().collect::<BTreeSet<_>>().into_iter();
        let mut found: Vec<ProductView> =
            self.read_any(codes.map(|code| product_view::CODE.eq(code)).collect()).await?;
        found.retain(|row| row.code.as_deref().is_some_and(|code| wanted.contains(&fold(code))));
        Ok(found)
    }

    /// Asks Sage 200 whether the sales ledger takes a date (`transaction_date_validation`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn check_date(&self, date: NaiveDate) -> Result<DateVerdict, Error> {
        #[derive(Serialize)]
        struct Body {
            date: String,
            ledger_type: &'static str,
        }
        let body = to_json(&Body { date: write_date(date), ledger_type: "LedgerSales" });
        let op = "sage200.transaction_date_validation.check";
        self.post(op, "transaction_date_validation", body, Repeat::Read).await?.json()
    }

    /// Ledger transactions of every kind that hold these digits in either reference: credit notes, and what reverses
    /// them.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Invalid`] for empty text.
    pub async fn transactions_mentioning(&self, digits: &str) -> Result<Vec<TransactionView>, Error> {
        let digits = needle("sage200.sales_transaction_views.list", "digits", digits)?;
        let filter =
            transaction_view::REFERENCE.contains(digits).or(transaction_view::SECOND_REFERENCE.contains(digits));
        let mut rows = self.read(Query::new().filter(filter)).await?;
        rows.retain(|row| {
            mentions(row.reference.as_deref(), digits) || mentions(row.second_reference.as_deref(), digits)
        });
        Ok(rows)
    }

    /// Ledger transactions of every kind whose reference or second reference is this text.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Invalid`] for empty text.
    pub async fn transactions_with_reference(&self, text: &str) -> Result<Vec<TransactionView>, Error> {
        let text = needle("sage200.sales_transaction_views.list", "text", text)?;
        let filter = transaction_view::REFERENCE.eq(text).or(transaction_view::SECOND_REFERENCE.eq(text));
        let mut rows = self.read(Query::new().filter(filter)).await?;
        rows.retain(|row| equal(row.reference.as_deref(), text) || equal(row.second_reference.as_deref(), text));
        Ok(rows)
    }

    /// Ledger credit notes on an account, dated `since` or later.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn credit_notes_on(
        &self,
        customer: Id<Customer>,
        since: NaiveDate,
    ) -> Result<Vec<TransactionView>, Error> {
        let filter = transaction_view::CUSTOMER_ID
            .eq(customer)
            .and(transaction_view::TRANSACTION_TYPE.eq(TransactionType::CreditNote))
            .and(transaction_view::TRANSACTION_DATE.ge(since));
        let mut rows = self.read(Query::new().filter(filter)).await?;
        rows.retain(|row| {
            credit_note(row)
                && row.customer_id == Some(customer)
                && row.transaction_date.is_none_or(|date| date >= since)
        });
        Ok(rows)
    }

    /// Ledger credit notes with this second reference. Sage 200 does not keep it unique. Rows of unknown kind are
    /// kept.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn credit_notes_by_second_reference(
        &self,
        reference: &SecondReference,
    ) -> Result<Vec<TransactionView>, Error> {
        let filter = transaction_view::SECOND_REFERENCE.eq(reference);
        let mut rows = self.read(Query::new().filter(filter)).await?;
        rows.retain(|row| credit_note(row) && equal(row.second_reference.as_deref(), reference.as_str()));
        Ok(rows)
    }

    /// Ledger transactions of every kind dated `since` or later whose second reference begins with `prefix`.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Invalid`] for an empty prefix.
    pub async fn transactions_with_prefix(
        &self,
        prefix: &str,
        since: NaiveDate,
    ) -> Result<Vec<TransactionView>, Error> {
        let prefix = needle("sage200.sales_transaction_views.list", "prefix", prefix)?;
        let filter =
            transaction_view::SECOND_REFERENCE.starts_with(prefix).and(transaction_view::TRANSACTION_DATE.ge(since));
        let mut rows = self.read(Query::new().filter(filter)).await?;
        rows.retain(|row| {
            row.second_reference.as_deref().is_some_and(|found| fold(found).starts_with(&fold(prefix)))
                && row.transaction_date.is_none_or(|date| date >= since)
        });
        Ok(rows)
    }

    /// The posted transactions of a URN with their VAT analysis; one URN may cover several.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn posted_by_urn(&self, urn: Urn) -> Result<Vec<PostedTransaction>, Error> {
        let mut rows = self.read(Query::new().filter(posted_transaction::URN.eq(urn))).await?;
        rows.retain(|row| row.urn == Some(urn));
        Ok(rows)
    }
}
