//! What the API answers, as it is used here. Personal fields are not asked for, so none can leak; a delivery address is, by an
//! operation of its own.

mod address;
mod list;
mod money;
mod order;
mod refund;

pub use address::ShippingAddress;
pub use list::{Completeness, List};
pub use money::Amount;
#[cfg(feature = "client")]
pub(crate) use money::one;
pub use order::{
    Allocation, AppRef, DiscountApplication, LineGroup, LineValue, LineVariant, Order, OrderLine, ShippingLine,
    TaxLine, ValueError, VariantComponent,
};
pub use refund::{
    Adjustment, Agreement, Balance, Moved, Note, OrderRefunds, Refund, RefundDuty, RefundLine, RefundRef,
    RefundShipping, RefundTransaction, RefundedLine, ReturnRef,
};

use serde::{Deserialize, Deserializer};

/// Text; null and empty text are `None`.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty()))
}

/// A list, where null stands for an empty one.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
