#![doc = include_str!("../README.md")]

pub mod documents;
mod enums;
mod idempotency;
mod ids;
pub mod model;
mod origin;
mod refund_draft;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(feature = "webhook")]
pub mod webhook;

#[cfg(feature = "client")]
mod client;

pub use returns_wire::{Currency, JsonDecimal, Money, MoneyError};

pub use enums::{
    AdjustmentReason, DiscountTarget, FinancialStatus, FulfillmentStatus, RestockType, TransactionKind,
    TransactionStatus,
};
pub use idempotency::{IdempotencyKey, KeyFault};
pub use ids::{
    AppId, GidError, LineItemId, OrderId, OrderTransactionId, PayoutId, RefundId, RefundLineId, ReturnId,
    ShippingLineId,
};
pub use model::{
    Agreement, Amount, AppRef, Balance, Completeness, LineValue, List, Moved, Order, OrderLine, OrderRefunds, Refund,
    RefundLine, RefundRef, RefundTransaction, ShippingLine, ValueError,
};
pub use origin::{Evidence, Known, PortalUnit, RefundKind, RefundOrigin, Verdict, classify};
pub use refund_draft::{DraftFault, Payment, RefundDraft};

#[cfg(feature = "client")]
pub use client::{
    AccessToken, ChangedOrder, ChangedOrders, ChangedPage, Found, MissingScope, PayoutRow, SelfCheck, ShopFacts,
    Shopify, ShopifyBuilder, SuggestedRefund, SuggestedTransaction,
};
#[cfg(feature = "client")]
pub use returns_wire::{BaseUrl, Error, ErrorKind, RetryLimits, Transport, report};
pub use returns_wire::{Clock, Delivery, ManualClock, Secret};
