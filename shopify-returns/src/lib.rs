#![doc = include_str!("../README.md")]

mod enums;
mod ids;
pub mod model;
mod origin;

pub use returns_wire::{Currency, JsonDecimal, Money, MoneyError};

pub use enums::{
    AdjustmentReason, DiscountTarget, FinancialStatus, FulfillmentStatus, RestockType, TransactionKind,
    TransactionStatus,
};
pub use ids::{
    AppId, GidError, LineItemId, OrderId, OrderTransactionId, PayoutId, RefundId, RefundLineId, ReturnId,
    ShippingLineId,
};
pub use model::{
    Agreement, Amount, AppRef, Balance, Completeness, LineValue, List, Moved, Order, OrderLine, OrderRefunds, Refund,
    RefundLine, RefundTransaction, ShippingLine, ValueError,
};
pub use origin::{Evidence, Known, PortalUnit, RefundKind, RefundOrigin, Verdict, classify};
