use crate::lenient::Scalar;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        ///
        /// Read without regard to case and outer spaces; a value that is not known here is kept, never an error.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// Not known to this version, as it was sent; empty when the field was missing.
            Unknown(String),
        }

        impl $name {
            /// ReturnGO's own spelling.
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
                let text = text.trim();
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
                match Scalar::deserialize(deserializer)? {
                    Scalar::Text(text) | Scalar::Integer(text) => Ok(Self::from(text.as_str())),
                    Scalar::Null => Ok(Self::default()),
                    Scalar::Flag(_) => Err(de::Error::custom("expected text, found a boolean")),
                }
            }
        }
    };
}

wire_enum! {
    /// Where an RMA stands. No status is final: cancelled and rejected RMAs are reopened, done ones are validated.
    RmaStatus {
        /// Asked for by the customer or created by staff; nothing has moved.
        Pending = "Pending",
        /// Authorised.
        Approved = "Approved",
        /// The parcel is marked received. Says nothing about how many pieces, or their condition.
        Received = "Received",
        /// Inspected.
        Validated = "Validated",
        /// Finished in the eyes of the shop. Proves nothing about goods.
        Done = "Done",
        /// Refused.
        Rejected = "Rejected",
        /// Cancelled.
        Canceled = "Canceled",
    }
}

wire_enum! {
    /// What the customer is to get for a unit.
    ResolutionType {
        /// Money back the way it was paid.
        RefundToPaymentMethod = "RefundToPaymentMethod",
        /// Credit in the shop: a discount code in the customer's name.
        RefundToStoreCredit = "RefundToStoreCredit",
        /// Another variant. In spite of its name, the ordinary exchange: the new goods go out after release.
        InstantVariantExchange = "InstantVariantExchange",
    }
}

wire_enum! {
    /// How a unit comes back.
    ReturnMethodType {
        /// Not at all: the customer keeps it.
        NoShipmentRequired = "No shipment required",
        /// By any carrier the customer likes.
        ShipWithAnyCarrier = "Ship with any carrier",
    }
}

wire_enum! {
    /// What a transaction is.
    TransactionType {
        /// Money back the way it was paid.
        RefundToPaymentMethod = "RefundToPaymentMethod",
        /// Credit in the shop.
        RefundToStoreCredit = "RefundToStoreCredit",
        /// Money that the customer owes for an exchange.
        InvoicePayment = "InvoicePayment",
    }
}

wire_enum! {
    /// How far a transaction is. Only [`Success`](Self::Success) is money paid.
    TransactionStatus {
        /// Asked for; the result comes later, hours later for refunds.
        Requested = "Requested",
        /// Paid.
        Success = "Success",
        /// Not paid.
        Failed = "Failed",
    }
}

wire_enum! {
    /// Where a parcel is.
    ShipmentStatus {
        /// No label yet.
        Pending = "Pending",
        /// Label made.
        LabelCreated = "LabelCreated",
        /// On its way.
        Shipped = "Shipped",
        /// Arrived.
        Received = "Received",
        /// Cancelled.
        Canceled = "Canceled",
        /// Inspected.
        Validated = "Validated",
    }
}

wire_enum! {
    /// Who speaks in a timeline comment.
    CommentType {
        /// ReturnGO itself.
        System = "system",
        /// A person or a program of the shop.
        Merchant = "merchant",
        /// ReturnGO, about something that went wrong: worth showing to an operator.
        Error = "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_is_lenient_and_keeps_what_it_does_not_know() {
        let read = |json: &str| serde_json::from_str::<ReturnMethodType>(json).unwrap();
        assert_eq!(read("\" no shipment REQUIRED \""), ReturnMethodType::NoShipmentRequired);
        let unknown = read("\"Drop-off at a locker\"");
        assert_eq!(unknown, ReturnMethodType::Unknown("Drop-off at a locker".into()));
        assert_eq!(serde_json::to_string(&unknown).unwrap(), "\"Drop-off at a locker\"");
        assert_eq!(read("null"), ReturnMethodType::Unknown(String::new()));
        assert_eq!(format!("{:>10}", RmaStatus::Done), "      Done");
    }
}
