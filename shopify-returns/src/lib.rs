#![doc = include_str!("../README.md")]

mod bundle;
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

pub use bundle::{
    BundleComponent, BundleError, BundleLine, BundleSource, Component, Recipe, RecipeFault, RecipeTable, Share, Taken,
    apportion,
};
pub use enums::{
    AdjustmentReason, DiscountTarget, FinancialStatus, FulfillmentStatus, RestockType, TransactionKind,
    TransactionStatus,
};
pub use idempotency::{IdempotencyKey, KeyFault};
pub use ids::{
    AppId, GidError, LineGroupId, LineItemId, OrderId, OrderTransactionId, PayoutId, RefundId, RefundLineId, ReturnId,
    ShippingLineId, VariantId,
};
pub use model::{
    Agreement, Amount, AppRef, Balance, Completeness, LineGroup, LineValue, LineVariant, List, Moved, Order, OrderLine,
    OrderRefunds, Refund, RefundLine, RefundRef, RefundTransaction, ShippingAddress, ShippingLine, ValueError,
    VariantComponent,
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
