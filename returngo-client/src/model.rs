//! What ReturnGO says about an RMA, read leniently.
//!
//! All structs are read from JSON (`serde_json::from_str::<Rma>(..)` in a test or a planner); none is written back.
//! Only three keys must be there: `rmaSummary.rmaId`, `items[].returnedItemId` and a transaction's `id`. Everything
//! else may be missing. Empty text means missing. Personal data is either not kept at all or [`Redacted`].

mod item;
mod money;
mod redacted;
mod rma;
mod transaction;

pub use item::{
    ExchangeItem, FollowUpAnswer, FollowUpQuestion, FreeExchangePriceRange, Inspection, Item, ItemValidation,
    ReturnMethod,
};
pub use money::WireMoney;
pub use redacted::Redacted;
pub use rma::{Address, Comment, ExchangeOrder, OrderDetails, Rma, RmaEvent, RmaSummary, Shipment};
pub use transaction::Transaction;
