//! The journal: append-only, hash-chained, and the only state of the sync.
//!
//! An [`Event`] is written before and after every remote write. [`State`] is what the events add up to; it is
//! computed anew at the start of every run and is never trusted as evidence.

mod event;
mod order_link;
mod refund;
mod sales_return;
mod state;

#[cfg(feature = "run")]
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "run")]
mod store;

pub(crate) use event::total;
pub use event::{
    Binding, CreditIntent, CreditOutcome, Disposition, Entry, Event, FeeTaken, HandUnit, RunId, TaxChoice, UnitValue,
    VatRounding,
};
pub use order_link::{Link, OrderLink, Standalone};
pub use refund::{AdoptedAs, RefundIntent, RefundOutcome, Repayment, ReportEnd, SettledUnit, ToldValidated};
pub use sales_return::{
    ChangeOutcome, PendingChange, PreparedReturn, PreparedUnit, ReturnChange, ReturnCredit, ReturnIntent,
    ReturnOutcome, ReturnStage,
};
pub use state::{
    CoveredUnit, Credit, CreditStage, HandCredit, Lookup, OpenException, PriorCredit, Record, RefundStage, ReportStage,
    ShopRefund, State, ToldReturnGo,
};

#[cfg(feature = "run")]
pub use memory::MemoryJournal;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteJournal;
#[cfg(feature = "run")]
pub use store::{Journal, JournalError};
