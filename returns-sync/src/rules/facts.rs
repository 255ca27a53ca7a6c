use crate::journal::{Record, State};
use chrono::NaiveDate;
use returngo_client::Rma;
use sage200_client::{
    CurrencyRecord, Customer, DateClassification, Id, OrderLineView, OrderView, ProductView, TaxTable, TransactionView,
};

/// What the company itself is like, read once per run.
#[derive(Debug)]
pub struct CompanyFacts {
    /// Its VAT codes.
    pub tax: TaxTable,
    /// Its base currency's record.
    pub base_currency: Id<CurrencyRecord>,
    /// Whether its order prices include VAT.
    pub prices_include_tax: Option<bool>,
}

/// What Sage knows of the order behind an RMA.
#[derive(Debug, Clone, Default)]
pub struct OrderFacts {
    /// Orders that carry the shop's order number, on any account.
    pub orders: Vec<OrderView>,
    /// Lines of the one order on an account of ours; empty when there is not exactly one.
    pub lines: Vec<OrderLineView>,
    /// Its customer.
    pub customer: Option<Customer>,
    /// Products with the SKUs of the return.
    pub products: Vec<ProductView>,
}

/// What Sage's books hold for an RMA, and whether they take a document today.
#[derive(Debug, Clone)]
pub struct DocumentFacts {
    /// Transactions in the sales ledger whose references hold the RMA number: credit notes, and what reverses them.
    pub ledger: Vec<TransactionView>,
    /// Sales returns that hold the RMA number.
    pub returns: Vec<OrderView>,
    /// Today in London: the date a new document gets.
    pub today: NaiveDate,
    /// What Sage says to that date.
    pub date: DateClassification,
}

/// What the three systems and the journal say about one RMA, read in this run.
#[derive(Debug)]
pub struct Facts<'r> {
    /// The RMA.
    pub rma: &'r Rma,
    /// The journal.
    pub state: &'r State,
    /// The company.
    pub company: &'r CompanyFacts,
    /// The order, if it was looked up.
    pub order: Option<&'r OrderFacts>,
    /// The books, if they were looked at.
    pub documents: Option<&'r DocumentFacts>,
}

impl<'r> Facts<'r> {
    /// What the journal knows of this RMA.
    pub fn record(&self) -> &'r Record {
        static NOTHING: Record = Record::NEW;
        self.state.rmas.get(self.rma.id()).unwrap_or(&NOTHING)
    }
}

/// What has to be read from Sage before [`decide`](super::decide) can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// The order, its lines, customer and products.
    pub order: bool,
    /// The books.
    pub documents: bool,
}

impl Needs {
    /// Nothing.
    pub const NOTHING: Self = Self { order: false, documents: false };
}
