//! Typed filters: a field knows its resource and its type, so that a wrong comparison does not compile.
//!
//! ```
//! use sage200_client::{transaction_view as t, TransactionType};
//! let filter = t::SECOND_REFERENCE.eq("RMA-O'Neil").and(t::TRANSACTION_TYPE.eq(TransactionType::CreditNote));
//! assert_eq!(
//!     filter.to_string(),
//!     "(second_reference eq 'RMA-O''Neil') and (transaction_type eq 'TradingAccountEntryTypeCreditNote')",
//! );
//! ```
//!
//! ```compile_fail
//! use sage200_client::{order_view, transaction_view};
//! let _mixed = transaction_view::URN.eq(sage200_client::Urn(1)).and(order_view::DOCUMENT_NO.eq("1"));
//! ```

use crate::{
    AccountReference, AnalysisText, CustomerDocumentNo, Id, ProductCode, Record, Reference, SecondReference, Urn,
    enums::{
        AccountStatus, DateClassification, DocumentStatus, DocumentType, LineType, ProductStatus, TransactionType,
    },
};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use returns_wire::JsonDecimal;
use std::{fmt, marker::PhantomData};

/// A field of resource `R` that holds values of type `T`.
pub struct Field<R, T> {
    name: &'static str,
    of: PhantomData<fn() -> (R, T)>,
}

impl<R, T> Clone for Field<R, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R, T> Copy for Field<R, T> {}

impl<R, T> fmt::Debug for Field<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({})", self.name)
    }
}

/// A value that can be compared with a field of type `T`.
pub trait Operand<T> {
    /// The value as OData writes it, before percent-encoding.
    fn literal(&self) -> String;
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

macro_rules! text_operands {
    ($($type:ty),*) => {$(
        impl Operand<String> for $type {
            fn literal(&self) -> String {
                quoted(self.as_ref())
            }
        }
    )*};
}
text_operands!(
    &str,
    String,
    &String,
    AccountReference,
    &AccountReference,
    Reference,
    &Reference,
    SecondReference,
    &SecondReference,
    CustomerDocumentNo,
    &CustomerDocumentNo,
    ProductCode,
    &ProductCode,
    AnalysisText,
    &AnalysisText
);

macro_rules! bare_operands {
    ($($type:ty),*) => {$(
        impl Operand<$type> for $type {
            fn literal(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
bare_operands!(i16, i64, bool, Urn, JsonDecimal, NaiveDate);

macro_rules! quoted_operands {
    ($($type:ty),*) => {$(
        impl Operand<$type> for $type {
            fn literal(&self) -> String {
                quoted(self.literal())
            }
        }
    )*};
}
quoted_operands!(TransactionType, AccountStatus, DateClassification, LineType);

impl<T: Record> Operand<Id<T>> for Id<T> {
    fn literal(&self) -> String {
        self.to_string()
    }
}

impl Operand<DocumentType> for DocumentType {
    fn literal(&self) -> String {
        self.id().to_string()
    }
}

impl Operand<DateTime<Utc>> for DateTime<Utc> {
    fn literal(&self) -> String {
        self.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}

// Written with differing prefixes or as numbers by Sage 200: compared as the text that the caller has seen.
impl Operand<ProductStatus> for &str {
    fn literal(&self) -> String {
        quoted(self)
    }
}
impl Operand<DocumentStatus> for &str {
    fn literal(&self) -> String {
        quoted(self)
    }
}

macro_rules! comparisons {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        pub fn $name(self, value: impl Operand<T>) -> Filter<R> {
            Filter::new(format!(concat!("{} ", stringify!($name), " {}"), self.name, value.literal()))
        }
    )*};
}

impl<R, T> Field<R, T> {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        self.name
    }

    comparisons! {
        /// Equal.
        eq;
        /// Not equal.
        ne;
        /// Greater.
        gt;
        /// Greater or equal.
        ge;
        /// Less.
        lt;
        /// Less or equal.
        le;
    }
}

impl<R> Field<R, String> {
    /// Holds this text somewhere.
    pub fn contains(self, text: impl Operand<String>) -> Filter<R> {
        self.call("contains", text)
    }

    /// Begins with this text.
    pub fn starts_with(self, text: impl Operand<String>) -> Filter<R> {
        self.call("startswith", text)
    }

    /// Ends with this text.
    pub fn ends_with(self, text: impl Operand<String>) -> Filter<R> {
        self.call("endswith", text)
    }

    fn call(self, function: &str, text: impl Operand<String>) -> Filter<R> {
        Filter::new(format!("{function}({},{})", self.name, text.literal()))
    }
}

/// A condition on rows of resource `R`.
#[must_use = "a filter does nothing until it is in a query"]
pub struct Filter<R> {
    text: String,
    of: PhantomData<fn() -> R>,
}

impl<R> Filter<R> {
    fn new(text: String) -> Self {
        Self { text, of: PhantomData }
    }

    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        Self::new(format!("({self}) and ({other})"))
    }

    /// At least one holds.
    pub fn or(self, other: Self) -> Self {
        Self::new(format!("({self}) or ({other})"))
    }

    /// At least one of these holds; `None` for none.
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut filters = filters.into_iter().peekable();
        let first = filters.next()?;
        if filters.peek().is_none() {
            return Some(first);
        }
        Some(Self::new(filters.fold(format!("({first})"), |all, next| format!("{all} or ({next})"))))
    }
}

impl<R> Clone for Filter<R> {
    fn clone(&self) -> Self {
        Self::new(self.text.clone())
    }
}

impl<R> fmt::Display for Filter<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<R> fmt::Debug for Filter<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({})", self.text)
    }
}

/// What to read of resource `R`.
///
/// ```
/// use sage200_client::{Query, Resource, TransactionView, transaction_view as t};
/// let since = "2026-03-01".parse::<chrono::NaiveDate>().unwrap();
/// let query = Query::<TransactionView>::new().filter(t::TRANSACTION_DATE.ge(since)).page_size(1000);
/// assert_eq!(TransactionView::PATH, "sales_transaction_views");
/// # let _ = query;
/// ```
#[must_use = "a query does nothing until it is read"]
pub struct Query<R> {
    pub(crate) filter: Option<Filter<R>>,
    pub(crate) page_size: u32,
    pub(crate) limit: Option<usize>,
}

impl<R> Query<R> {
    /// Rows that Sage 200 gives per page when nothing is said.
    pub const PAGE_SIZE: u32 = 500;
    /// Rows that Sage 200 gives per page at most.
    pub const MAX_PAGE_SIZE: u32 = 5000;

    /// Everything.
    pub fn new() -> Self {
        Self { filter: None, page_size: Self::PAGE_SIZE, limit: None }
    }

    /// Only rows that fit; two calls are joined by "and".
    pub fn filter(mut self, filter: Filter<R>) -> Self {
        self.filter = Some(match self.filter.take() {
            Some(first) => first.and(filter),
            None => filter,
        });
        self
    }

    /// Rows per request, 1 to [`MAX_PAGE_SIZE`](Self::MAX_PAGE_SIZE).
    pub fn page_size(mut self, rows: u32) -> Self {
        self.page_size = rows.clamp(1, Self::MAX_PAGE_SIZE);
        self
    }

    /// Stops after so many rows.
    pub fn limit(mut self, rows: usize) -> Self {
        self.limit = Some(rows);
        self
    }
}

impl<R> Default for Query<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> Clone for Query<R> {
    fn clone(&self) -> Self {
        Self { filter: self.filter.clone(), page_size: self.page_size, limit: self.limit }
    }
}

impl<R> fmt::Debug for Query<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("filter", &self.filter).field("page_size", &self.page_size).finish()
    }
}

/// A list that can be read page by page.
pub trait Resource: serde::de::DeserializeOwned + Send + sealed::Sealed {
    /// Its path under the base URL.
    const PATH: &'static str;
    /// The operation's name in errors and traces.
    const OP: &'static str;
    /// The field that rows are ordered by while paging.
    const KEY: &'static str;
    /// Nested records to ask for.
    const EXPAND: &'static [&'static str] = &[];

    /// The row's value of [`KEY`](Self::KEY).
    fn key(&self) -> i64;
}

pub(crate) mod sealed {
    pub trait Sealed {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{customer, order_view, transaction_view as t};
    use proptest::prelude::*;

    #[test]
    fn literals() {
        assert_eq!(customer::REFERENCE.eq("O'Neil").to_string(), "reference eq 'O''Neil'");
        assert_eq!(t::URN.eq(Urn(5)).to_string(), "urn eq 5");
        let date = "2026-03-02".parse::<NaiveDate>().unwrap();
        assert_eq!(t::TRANSACTION_DATE.ge(date).to_string(), "transaction_date ge 2026-03-02");
        let time = "2026-03-02T09:52:11.452Z".parse::<DateTime<Utc>>().unwrap();
        assert_eq!(
            t::TRANSACTION_DATE_TIME_UPDATED.gt(time).to_string(),
            "transaction_date_time_updated gt 2026-03-02T09:52:11.452Z"
        );
        assert_eq!(order_view::DOCUMENT_TYPE.eq(DocumentType::Return).to_string(), "document_type_id eq 1");
        assert_eq!(customer::ON_HOLD.ne(true).to_string(), "on_hold ne true");
        assert_eq!(t::REFERENCE.ends_with("7").to_string(), "endswith(reference,'7')");
        let amount = JsonDecimal("-10.50".parse().unwrap());
        assert_eq!(t::DOCUMENT_GROSS_VALUE.le(amount).to_string(), "document_gross_value le -10.50");
    }

    #[test]
    fn brackets_keep_and_and_or_apart() {
        let [a, b, c] = ["a", "b", "c"].map(|x| t::REFERENCE.eq(x));
        assert_eq!(
            a.clone().or(b.clone()).and(c.clone()).to_string(),
            "((reference eq 'a') or (reference eq 'b')) and (reference eq 'c')"
        );
        assert_eq!(
            Filter::any([a.clone(), b, c]).unwrap().to_string(),
            "(reference eq 'a') or (reference eq 'b') or (reference eq 'c')"
        );
        assert_eq!(Filter::any([a]).unwrap().to_string(), "reference eq 'a'");
        assert!(Filter::<crate::TransactionView>::any([]).is_none());
    }

    /// What a server makes of `field eq '...'`: the text, if nothing follows the closing quote.
    fn read_back(expression: &str) -> Option<String> {
        let mut rest = expression.strip_prefix("reference eq '")?.chars();
        let mut text = String::new();
        loop {
            match rest.next()? {
                '\'' => match rest.next() {
                    Some('\'') => text.push('\''),
                    None => return Some(text),
                    Some(_) => return None,
                },
                c => text.push(c),
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_quotes(text in prop_oneof![".*", "['(), a-z]*"]) {
            prop_assert_eq!(read_back(&t::REFERENCE.eq(text.as_str()).to_string()), Some(text));
        }
    }
}
