use crate::journal::{Record, State};
use chrono::NaiveDate;
use returngo_client::Rma;
use sage200_client::{
    CurrencyRecord, Customer, DateClassification, Id, OrderLineView, OrderView, ProductView, TaxTable, TransactionView,
};
use shopify_returns::{Order, OrderRefunds, Verdict};

/// What the company itself is like, read once per run.
#[derive(Debug)]
pub struct CompanyFacts {
    /// Its VAT codes.
    pub tax: TaxTable,
    /// Its base currency's record.
    pub base_currency: Id<CurrencyRecord>,
    /// Whether its order prices include VAT.
    pub prices_include_tax: Option<bool>,
    /// Up to which day it has moved finished orders to its archive.
    pub archived_up_to: Option<NaiveDate>,
}

/// The order behind an RMA as the shop has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShopOrder {
    /// Read.
    Found(Box<Order>),
    /// The shop does not show it.
    Missing {
        /// True when it may be there, but this app sees only the orders of the last 60 days.
        hidden: bool,
    },
    /// ReturnGO gives no number, and several orders have that name.
    Ambiguous {
        /// How many.
        count: usize,
    },
}

/// The refunds of an order in the shop, and what they are.
#[derive(Debug, Clone)]
pub struct ShopRefunds {
    /// As read.
    pub read: OrderRefunds,
    /// One for each, in their order.
    pub verdicts: Vec<Verdict>,
}

/// What the shop knows of the order behind an RMA.
#[derive(Debug, Clone, Default)]
pub struct ShopFacts {
    /// The order, if its values were needed.
    pub order: Option<ShopOrder>,
    /// Its refunds, if they were looked at.
    pub refunds: Option<ShopRefunds>,
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
    /// Rows of the sales ledger that carry the shop's order number: the invoice of an order that is gone, and credits.
    pub ledger: Vec<TransactionView>,
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
    /// The shop; none when it is not connected: then values come from Sage's order alone.
    pub shop: Option<&'r ShopFacts>,
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
    /// The refunds of the order in the shop, where the shop is connected.
    pub shop_refunds: bool,
}

impl Needs {
    /// Nothing.
    pub const NOTHING: Self = Self { order: false, documents: false, shop_refunds: false };
}
