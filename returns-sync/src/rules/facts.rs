use crate::journal::{Record, State};
use chrono::NaiveDate;
use returngo_client::Rma;
use rust_decimal::Decimal;
use sage200_client::{
    CountryCode, CurrencyRecord, Customer, CustomerDocumentNo, DateClassification, Id, InvoiceCreditView, OrderLine,
    OrderLineView, OrderView, ProductView, ReturnLineView, SiteRules, TaxTable, TransactionView, Warehouse,
};
use shopify_returns::{Order, OrderId, OrderRefunds, RefundId, ShippingAddress, Verdict};
use std::collections::BTreeMap;

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
    /// What the site allows for sales returns; none on the other route.
    pub returns: Option<ReturnSite>,
    /// What it allows for the orders of exchanges; none unless we enter them.
    pub exchanges: Option<ExchangeSiteFacts>,
}

/// What has to be known of a site before the order of an exchange is entered.
#[derive(Debug)]
pub struct ExchangeSiteFacts {
    /// Its settings, permissions and records.
    pub rules: SiteRules,
    /// The warehouse that new goods are taken from.
    pub warehouse: Id<Warehouse>,
    /// Its country codes.
    pub countries: Vec<CountryCode>,
}

/// What has to be known of a site before a sales return is entered.
#[derive(Debug)]
pub struct ReturnSite {
    /// Its settings, permissions and records.
    pub rules: SiteRules,
    /// The warehouse that goods are received into.
    pub warehouse: Id<Warehouse>,
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
    /// Rows of the sales ledger that carry the number of a refund past ReturnGO on the order: credits by hand for it.
    pub refund_credits: BTreeMap<RefundId, Vec<TransactionView>>,
}

/// What is known of an order in the shop that replaces returned goods.
#[derive(Debug, Clone, Default)]
pub struct ExchangeFacts {
    /// The order in the shop; none when that is not connected.
    pub order: Option<ShopOrder>,
    /// Orders in Sage that carry its number, on any account, cancelled ones too.
    pub orders: Vec<OrderView>,
    /// The lines of the one that is not cancelled; empty when there is not exactly one.
    pub lines: Vec<OrderLineView>,
    /// Where its goods go, before the order is entered.
    pub address: Option<ShippingAddress>,
    /// The customer of the return, before the order is entered.
    pub customer: Option<Customer>,
    /// Products with the SKUs of the new goods, before the order is entered.
    pub products: Vec<ProductView>,
}

/// What Sage shows of one sales return of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct ReturnBook {
    /// Its key.
    pub key: CustomerDocumentNo,
    /// The documents under its key that are not cancelled: one, if all is well.
    pub documents: Vec<OrderView>,
    /// The lines of the one document.
    pub lines: Vec<ReturnLineView>,
    /// Its credit notes, posted or not.
    pub credits: Vec<CreditBook>,
}

/// What Sage shows of one credit note of a sales return.
#[derive(Debug, Clone, PartialEq)]
pub struct CreditBook {
    /// Its number: the ledger's reference.
    pub number: String,
    /// The document, with its values; none when Sage does not show it any more.
    pub printed: Option<InvoiceCreditView>,
    /// How much of each line it credits.
    pub lines: BTreeMap<Id<OrderLine>, Decimal>,
    /// The rows of the sales ledger under its number.
    pub ledger: Vec<TransactionView>,
}

/// What Sage's books hold for an RMA, and whether they take a document today.
#[derive(Debug, Clone)]
pub struct DocumentFacts {
    /// Transactions in the sales ledger whose references hold the RMA number: credit notes, and what reverses them.
    pub ledger: Vec<TransactionView>,
    /// Sales returns that hold the RMA number, ours and others.
    pub returns: Vec<OrderView>,
    /// What Sage shows of our own sales returns for the RMA that are not done with.
    pub books: Vec<ReturnBook>,
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
    /// Its exchanges that are not shipped, if they were looked up.
    pub exchanges: Option<&'r BTreeMap<OrderId, ExchangeFacts>>,
}

impl<'r> Facts<'r> {
    /// What the journal knows of this RMA.
    pub fn record(&self) -> &'r Record {
        self.state.rma(self.rma.id())
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
    /// Its exchanges that are not shipped.
    pub exchanges: bool,
}

impl Needs {
    /// Nothing.
    pub const NOTHING: Self = Self { order: false, documents: false, shop_refunds: false, exchanges: false };
}
