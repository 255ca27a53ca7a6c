//! The journal: append-only, hash-chained, and the only state of the sync.
//!
//! An [`Event`] is written before and after every remote write. [`State`] is what the events add up to; it is
//! computed anew at the start of every run and is never trusted as evidence.

mod bundle;
mod credit;
mod entry;
mod event;
mod exchange;
mod order_link;
mod record;
mod refund;
mod sales_return;
mod state;

#[cfg(feature = "run")]
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "run")]
mod store;

pub use bundle::{PartValue, SplitBy, SplitComponent, SplitLine};
pub(crate) use credit::total;
pub use credit::{
    BookedUnit, CreditIntent, CreditOutcome, Disposition, FeeTaken, GoodsValue, HandUnit, TaxChoice, UnitValue,
    VatRounding,
};
pub use entry::Entry;
pub use event::{Binding, Event, RunId};
pub use exchange::{
    EnteredExchange, Exchange, ExchangeIntent, ExchangeWorth, LineWorth, ReplacementLine, ShippingMethod, WorthError,
};
pub use order_link::{Link, OrderLink, Standalone};
pub use record::{
    Booked, CoveredUnit, Credit, CreditStage, HandCredit, Lookup, Record, RefundStage, ReportStage, ShopRefund,
    ToldReturnGo,
};
pub use refund::{AdoptedAs, RefundIntent, RefundOutcome, Repayment, ReportEnd, SettledUnit, ToldValidated};
pub use sales_return::{
    ChangeOutcome, PendingChange, PreparedLine, PreparedReturn, PreparedUnit, ReturnChange, ReturnCredit, ReturnIntent,
    ReturnOutcome, ReturnStage,
};
pub use state::{OpenException, PriorCredit, State};

#[cfg(feature = "run")]
pub use memory::MemoryJournal;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteJournal;
#[cfg(feature = "run")]
pub use store::{Journal, JournalError};
