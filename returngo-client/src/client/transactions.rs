use super::{Pages, ReturnGo};
use crate::{Transaction, TransactionQuery};

/// Pages of transactions.
pub type TransactionPages = Pages<Transaction>;

/// Refunds, store credits and invoice payments.
#[derive(Debug, Clone, Copy)]
pub struct TransactionApi<'a>(pub(super) &'a ReturnGo);

impl TransactionApi<'_> {
    /// Lists transactions; nothing is sent before the first page is asked for. The list is of a live table: a row may
    /// come twice, and the later one counts.
    pub fn list(&self, query: &TransactionQuery) -> TransactionPages {
        Pages::new(self.0.clone(), "returngo.transactions.list", "transactions", query.pairs())
    }
}
