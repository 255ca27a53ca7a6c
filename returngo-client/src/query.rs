use crate::{RmaId, RmaStatus, ShopOrderId, TransactionId, TransactionStatus, TransactionType};
use chrono::{DateTime, TimeDelta, Timelike, Utc};

/// Largest page ReturnGO gives.
const MAX_PAGE: u16 = 500;
/// Values in one list filter; keeps the address far below what gateways cut off.
const MAX_VALUES: usize = 200;

/// A list query that can't be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// A page of no or too many rows.
    #[error("a page of {got} rows can't be asked for; use 1 to 500")]
    PageSize {
        /// The size asked for.
        got: u16,
    },
    /// A filter without values would list everything.
    #[error("the filter `{filter}` has no values; leave it out to list everything")]
    NoValues {
        /// The filter.
        filter: &'static str,
    },
    /// Too many values for one address.
    #[error("the filter `{filter}` has {got} values; at most 200 fit in one query, ask in several")]
    TooManyValues {
        /// The filter.
        filter: &'static str,
        /// Values given.
        got: usize,
    },
    /// A value that would be read as none or as several.
    #[error("{value:?} can't stand in the filter `{filter}`: it is empty or holds a comma or a control character")]
    Value {
        /// The filter.
        filter: &'static str,
        /// The value, shortened.
        value: String,
    },
}

/// How a date is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateOp {
    /// Before.
    Lt,
    /// Before or at.
    Lte,
    /// After.
    Gt,
    /// At or after.
    Gte,
    /// At.
    Eq,
    /// Not at.
    Neq,
}

impl DateOp {
    /// ReturnGO's spelling, and the instant without offset. Fractions of a second are dropped so that the filter
    /// gets wider, never narrower.
    fn filter(self, at: DateTime<Utc>) -> String {
        let (op, up) = match self {
            Self::Lt => ("lt", true),
            Self::Lte => ("lte", true),
            Self::Gt => ("gt", false),
            Self::Gte => ("gte", false),
            Self::Eq => ("eq", false),
            Self::Neq => ("neq", false),
        };
        let at =
            if up && at.nanosecond() > 0 { at.checked_add_signed(TimeDelta::seconds(1)).unwrap_or(at) } else { at };
        format!("{op}:{}", at.format("%Y-%m-%dT%H:%M:%S"))
    }
}

/// A column that RMAs can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortColumn {
    /// Submission.
    CreatedAt,
    /// Creation, approval or reopening, whichever was last. Receipt does not move it.
    UpdatedAt,
}

impl SortColumn {
    fn name(self) -> &'static str {
        match self {
            Self::CreatedAt => "rma_created_at",
            Self::UpdatedAt => "rma_updated_at",
        }
    }
}

fn page_size(got: u16) -> Result<u16, QueryError> {
    if (1..=MAX_PAGE).contains(&got) { Ok(got) } else { Err(QueryError::PageSize { got }) }
}

fn joined(filter: &'static str, values: impl Iterator<Item = String>) -> Result<String, QueryError> {
    let values: Vec<String> = values.collect();
    if values.is_empty() {
        return Err(QueryError::NoValues { filter });
    }
    if values.len() > MAX_VALUES {
        return Err(QueryError::TooManyValues { filter, got: values.len() });
    }
    let breaks = |value: &&String| value.trim().is_empty() || value.chars().any(|c| c == ',' || c.is_control());
    match values.iter().find(breaks) {
        Some(value) => Err(QueryError::Value { filter, value: value.chars().take(80).collect() }),
        None => Ok(values.join(",")),
    }
}

macro_rules! list_filters {
    ($($(#[$doc:meta])* $method:ident: $item:ty => $filter:literal;)+) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// [`QueryError`] for no values, more than 200, or a value that would be read as several.
        pub fn $method<'a>(mut self, values: impl IntoIterator<Item = &'a $item>) -> Result<Self, QueryError> {
            let text = joined($filter, values.into_iter().map(|value| value.to_string()))?;
            self.set($filter, text);
            Ok(self)
        }
    )+};
}

/// Which RMAs to list; 500 a page, in no order, all of them, unless said otherwise. Each filter is there once: setting
/// it again replaces it.
///
/// ```
/// use returngo_client::{RmaQuery, RmaStatus, SortColumn};
/// let open = RmaQuery::new()
///     .statuses(&[RmaStatus::Approved, RmaStatus::Received])?
///     .ascending(SortColumn::CreatedAt)
///     .page_size(100)?;
/// # Ok::<(), returngo_client::QueryError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RmaQuery(Vec<(&'static str, String)>);

impl Default for RmaQuery {
    fn default() -> Self {
        Self::new()
    }
}

impl RmaQuery {
    /// All RMAs.
    pub fn new() -> Self {
        Self(vec![("pagesize", MAX_PAGE.to_string())])
    }

    /// Rows a page, 1 to 500.
    ///
    /// # Errors
    /// [`QueryError::PageSize`].
    pub fn page_size(mut self, rows: u16) -> Result<Self, QueryError> {
        self.set("pagesize", page_size(rows)?.to_string());
        Ok(self)
    }

    list_filters! {
        /// Only RMAs in these states.
        statuses: RmaStatus => "status";
        /// Only RMAs of these orders, by order name.
        order_names: str => "order_name";
    }

    /// Only RMAs submitted then. UTC, whole seconds.
    #[must_use]
    pub fn created_at(mut self, op: DateOp, at: DateTime<Utc>) -> Self {
        self.set("rma_created_at", op.filter(at));
        self
    }

    /// Only RMAs created, approved or reopened then. Finds no receipts, inspections or refunds: sweep by status for
    /// those. UTC, whole seconds.
    #[must_use]
    pub fn updated_at(mut self, op: DateOp, at: DateTime<Utc>) -> Self {
        self.set("rma_updated_at", op.filter(at));
        self
    }

    /// Oldest first.
    #[must_use]
    pub fn ascending(mut self, column: SortColumn) -> Self {
        self.set("sort_by", format!("+{}", column.name()));
        self
    }

    /// Newest first.
    #[must_use]
    pub fn descending(mut self, column: SortColumn) -> Self {
        self.set("sort_by", format!("-{}", column.name()));
        self
    }

    fn set(&mut self, key: &'static str, value: String) {
        self.0.retain(|(name, _)| *name != key);
        self.0.push((key, value));
    }

    #[cfg(feature = "client")]
    pub(crate) fn pairs(&self) -> &[(&'static str, String)] {
        &self.0
    }
}

/// Which transactions to list; 500 a page, all of them, unless said otherwise. Each filter is there once: setting it
/// again replaces it.
///
/// ```
/// use returngo_client::{RmaId, TransactionQuery};
/// let of_one_rma = TransactionQuery::new().rma_ids(&[RmaId::new("4400123")?])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionQuery(Vec<(&'static str, String)>);

impl Default for TransactionQuery {
    fn default() -> Self {
        Self::new()
    }
}

impl TransactionQuery {
    /// All transactions.
    pub fn new() -> Self {
        Self(vec![("pagesize", MAX_PAGE.to_string())])
    }

    /// Rows a page, 1 to 500.
    ///
    /// # Errors
    /// [`QueryError::PageSize`].
    pub fn page_size(mut self, rows: u16) -> Result<Self, QueryError> {
        self.set("pagesize", page_size(rows)?.to_string());
        Ok(self)
    }

    list_filters! {
        /// Only transactions of these RMAs: the only way to link an invoice payment.
        rma_ids: RmaId => "rma_ids";
        /// Only transactions of these orders, by the shop's own order number, not by name.
        order_ids: ShopOrderId => "order_ids";
        /// Only these transactions.
        ids: TransactionId => "ids";
        /// Only transactions that are this far.
        statuses: TransactionStatus => "statuses";
        /// Only transactions of these types.
        types: TransactionType => "types";
    }

    /// Only transactions asked for then. UTC, whole seconds.
    #[must_use]
    pub fn created_at(mut self, op: DateOp, at: DateTime<Utc>) -> Self {
        self.set("created_at", op.filter(at));
        self
    }

    /// Only transactions that changed then: the feed of refunds. UTC, whole seconds; overlap some minutes.
    #[must_use]
    pub fn updated_at(mut self, op: DateOp, at: DateTime<Utc>) -> Self {
        self.set("updated_at", op.filter(at));
        self
    }

    fn set(&mut self, key: &'static str, value: String) {
        self.0.retain(|(name, _)| *name != key);
        self.0.push((key, value));
    }

    #[cfg(feature = "client")]
    pub(crate) fn pairs(&self) -> &[(&'static str, String)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_say_why_they_can_not_be_sent() {
        assert_eq!(RmaQuery::new().page_size(0), Err(QueryError::PageSize { got: 0 }));
        assert_eq!(RmaQuery::new().page_size(501), Err(QueryError::PageSize { got: 501 }));
        assert_eq!(RmaQuery::new().statuses(&[]), Err(QueryError::NoValues { filter: "status" }));
        let missing = RmaStatus::default();
        assert!(matches!(RmaQuery::new().statuses(&[missing]), Err(QueryError::Value { filter: "status", .. })));
        let text = RmaQuery::new().order_names(["EX1,EX2"]).unwrap_err().to_string();
        assert!(text.contains("EX1,EX2") && text.contains("order_name"), "{text}");
        let many = vec!["EX1"; 201];
        assert!(matches!(RmaQuery::new().order_names(many), Err(QueryError::TooManyValues { got: 201, .. })));
    }

    #[test]
    fn a_fraction_of_a_second_widens_the_filter() {
        let at = "2026-05-01T09:00:00.5Z".parse().unwrap();
        assert_eq!(DateOp::Gte.filter(at), "gte:2026-05-01T09:00:00");
        assert_eq!(DateOp::Lte.filter(at), "lte:2026-05-01T09:00:01");
    }
}
