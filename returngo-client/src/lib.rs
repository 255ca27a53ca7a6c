#![doc = include_str!("../README.md")]

mod comment_text;
mod enums;
mod ids;
mod lenient;
pub mod model;
mod query;
mod shipment_update;
mod shipment_validation;
mod transaction_report;

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "sandbox")]
pub mod sandbox;

pub use comment_text::{CommentText, MarkerError};
pub use enums::{
    CommentType, ResolutionType, ReturnMethodType, RmaStatus, ShipmentStatus, TransactionStatus, TransactionType,
};
pub use ids::{IdError, ReturnedItemId, RmaId, ShipmentId, ShopLineItemId, ShopOrderId, TransactionId};
pub use model::{ExchangeItem, ExchangeOrder, Inspection, Item, Rma, RmaSummary, Shipment, Transaction, WireMoney};
pub use query::{DateOp, QueryError, RmaQuery, SortColumn, TransactionQuery};
pub use shipment_update::{ShipmentMove, ShipmentUpdate, ShipmentUpdateError};
pub use shipment_validation::{ShipmentValidation, ShipmentValidationError, ValidationSeen};
pub use transaction_report::{PresumedFields, ReportAdaptor, ReportError, ReportOutcome, TransactionReport};

#[cfg(feature = "client")]
pub use client::{
    CommentApi, ItemError, Page, Pages, Posted, ReturnGo, ReturnGoBuilder, RmaApi, RmaPages, ShipmentApi,
    TransactionApi, TransactionPages,
};
#[cfg(feature = "client")]
pub use returns_wire::{
    BaseUrl, DailyQuota, Error, ErrorKind, MemoryQuota, QuotaState, QuotaStore, RetryLimits, Transport, report,
};
pub use returns_wire::{Clock, Currency, Delivery, JsonDecimal, ManualClock, Money, MoneyError, Secret};
