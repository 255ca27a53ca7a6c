use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        ///
        /// A value that is not known here is kept, never an error: new ones appear between API versions.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// Not known to this version, as it was sent; empty when the field was missing or null.
            Unknown(String),
        }

        impl $name {
            /// Shopify's own spelling.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(text) => text,
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Unknown(String::new())
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                // Webhooks write some of them in lower case.
                $(if text.eq_ignore_ascii_case($text) {
                    return Self::$variant;
                })+
                Self::Unknown(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Option::<String>::deserialize(deserializer)?;
                Ok(text.map_or_else(Self::default, |text| Self::from(text.as_str())))
            }
        }
    };
}

wire_enum! {
    /// What has been paid of an order, in one word.
    FinancialStatus {
        /// Money is reserved.
        Authorized = "AUTHORIZED",
        /// The reservation is over.
        Expired = "EXPIRED",
        /// Paid.
        Paid = "PAID",
        /// Paid in part.
        PartiallyPaid = "PARTIALLY_PAID",
        /// Part of it was refunded.
        PartiallyRefunded = "PARTIALLY_REFUNDED",
        /// Not paid yet.
        Pending = "PENDING",
        /// All of it was refunded.
        Refunded = "REFUNDED",
        /// Called off before it was paid.
        Voided = "VOIDED",
    }
}

wire_enum! {
    /// What has been shipped of an order, in one word.
    FulfillmentStatus {
        /// All of it.
        Fulfilled = "FULFILLED",
        /// Nothing has to be shipped.
        FulfillmentNotRequired = "FULFILLMENT_NOT_REQUIRED",
        /// Being packed.
        InProgress = "IN_PROGRESS",
        /// Held.
        OnHold = "ON_HOLD",
        /// Open.
        Open = "OPEN",
        /// Part of it.
        PartiallyFulfilled = "PARTIALLY_FULFILLED",
        /// Handed to somebody who has not confirmed it.
        PendingFulfillment = "PENDING_FULFILLMENT",
        /// Somebody declined to ship it.
        RequestDeclined = "REQUEST_DECLINED",
        /// Put back into stock.
        Restocked = "RESTOCKED",
        /// For a later day.
        Scheduled = "SCHEDULED",
        /// Nothing yet.
        Unfulfilled = "UNFULFILLED",
    }
}

wire_enum! {
    /// What Shopify did to its own stock when a line was refunded. Says nothing about where the goods are.
    RestockType {
        /// Never shipped.
        Cancel = "CANCEL",
        /// Came back.
        Return = "RETURN",
        /// Not put back.
        NoRestock = "NO_RESTOCK",
        /// Put back, by an old way.
        LegacyRestock = "LEGACY_RESTOCK",
    }
}

wire_enum! {
    /// Why a refund pays another amount than its lines say.
    AdjustmentReason {
        /// The customer.
        Customer = "CUSTOMER",
        /// Damage.
        Damage = "DAMAGE",
        /// Balances a full return.
        FullReturnBalancingAdjustment = "FULL_RETURN_BALANCING_ADJUSTMENT",
        /// Waits for a pending refund.
        PendingRefundDiscrepancy = "PENDING_REFUND_DISCREPANCY",
        /// The amount was typed in.
        RefundDiscrepancy = "REFUND_DISCREPANCY",
        /// A restocking fee.
        Restock = "RESTOCK",
    }
}

wire_enum! {
    /// What a movement of money is.
    TransactionKind {
        /// Reserves money.
        Authorization = "AUTHORIZATION",
        /// Takes what was reserved.
        Capture = "CAPTURE",
        /// Change given for cash.
        Change = "CHANGE",
        /// Reserves money at a till.
        EmvAuthorization = "EMV_AUTHORIZATION",
        /// Gives money back.
        Refund = "REFUND",
        /// Takes money at once.
        Sale = "SALE",
        /// A suggestion; nothing has moved.
        SuggestedRefund = "SUGGESTED_REFUND",
        /// Lets go what was reserved.
        Void = "VOID",
    }
}

wire_enum! {
    /// How far a movement of money is. Only [`Success`](Self::Success) has moved it.
    TransactionStatus {
        /// The gateway has not answered yet.
        AwaitingResponse = "AWAITING_RESPONSE",
        /// It broke.
        Error = "ERROR",
        /// It was refused.
        Failure = "FAILURE",
        /// Under way, for days at some gateways.
        Pending = "PENDING",
        /// Done.
        Success = "SUCCESS",
    }
}

impl TransactionStatus {
    /// True when no money moved and none will.
    pub fn is_over_without_money(&self) -> bool {
        matches!(self, Self::Error | Self::Failure)
    }
}

wire_enum! {
    /// What a discount lowers.
    DiscountTarget {
        /// Goods.
        LineItem = "LINE_ITEM",
        /// Shipping.
        ShippingLine = "SHIPPING_LINE",
    }
}
