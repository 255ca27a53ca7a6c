use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// Text that is not an id of the kind that was wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{got:?} is not the id of a Shopify {kind}; it looks like gid://shopify/{kind}/1234567890, or the number alone"
)]
pub struct GidError {
    kind: &'static str,
    got: String,
}

/// The number in `gid://shopify/<kind>/<number>`, in the same with `?query` parts behind it, or alone.
fn number(kind: &'static str, text: &str) -> Result<u64, GidError> {
    let trimmed = text.trim();
    let bare = match trimmed.strip_prefix("gid://shopify/") {
        Some(rest) => rest.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/')),
        None => Some(trimmed),
    };
    let digits = bare.map(|bare| bare.split_once('?').map_or(bare, |(digits, _)| digits));
    digits
        .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| GidError { kind, got: text.chars().take(60).collect() })
}

macro_rules! gids {
    ($($(#[$doc:meta])* $name:ident $kind:literal;)+) => {$(
        $(#[$doc])*
        ///
        /// Read from a gid, from a number in text, or from a JSON number; written as a gid.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The id with this number.
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number alone, as webhooks and other vendors write it.
            pub const fn number(self) -> u64 {
                self.0
            }

            /// The form that the API takes.
            pub fn gid(self) -> String {
                format!(concat!("gid://shopify/", $kind, "/{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = GidError;

            fn from_str(text: &str) -> Result<Self, GidError> {
                number($kind, text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0.to_string())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.gid())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl de::Visitor<'_> for Visitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("the id of a Shopify ", $kind))
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        // The value is not repeated: what stands in a wrong place may be anything.
                        text.parse().map_err(|_| E::custom(concat!("expected the id of a Shopify ", $kind)))
                    }
                    fn visit_u64<E>(self, number: u64) -> Result<$name, E> {
                        Ok($name(number))
                    }
                }
                deserializer.deserialize_any(Visitor)
            }
        }
    )+};
}

gids! {
    /// An order.
    ///
    /// ```
    /// use shopify_returns::OrderId;
    /// let id: OrderId = "gid://shopify/Order/5000000000001".parse()?;
    /// assert_eq!(id, "5000000000001".parse()?);
    /// assert_eq!(id.gid(), "gid://shopify/Order/5000000000001");
    /// assert!("gid://shopify/Refund/1".parse::<OrderId>().is_err());
    /// # Ok::<(), shopify_returns::GidError>(())
    /// ```
    OrderId "Order";
    /// A line of an order.
    LineItemId "LineItem";
    /// A bundle that is sold as several lines of an order.
    LineGroupId "LineItemGroup";
    /// A variant of a product.
    VariantId "ProductVariant";
    /// A shipping line of an order.
    ShippingLineId "ShippingLine";
    /// A refund.
    RefundId "Refund";
    /// A line of a refund. One order line can be in several, even in one refund.
    RefundLineId "RefundLineItem";
    /// A movement of money on an order.
    OrderTransactionId "OrderTransaction";
    /// A native return.
    ReturnId "Return";
    /// An app.
    AppId "App";
    /// A payout of Shopify Payments.
    PayoutId "ShopifyPaymentsPayout";
}

/// Is it a shop's permanent name, `name.myshopify.com`?
#[cfg(any(feature = "client", feature = "webhook"))]
pub(crate) fn is_permanent_name(shop: &str) -> bool {
    let name = shop.strip_suffix(".myshopify.com").unwrap_or_default();
    !name.is_empty() && !name.starts_with('-') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_an_id_is_the_same_id() {
        for json in ["\"gid://shopify/Refund/900\"", "\"gid://shopify/Refund/900?x=1\"", "\"900\"", "900"] {
            assert_eq!(serde_json::from_str::<RefundId>(json).unwrap(), RefundId::new(900), "{json}");
        }
        for json in ["\"gid://shopify/Order/900\"", "\"\"", "\"12a\"", "-1", "1.5", "null", "\"99999999999999999999\""]
        {
            assert!(serde_json::from_str::<RefundId>(json).is_err(), "{json}");
        }
        assert_eq!(serde_json::to_string(&RefundId::new(900)).unwrap(), "\"gid://shopify/Refund/900\"");
        let text = "Ann".parse::<OrderId>().unwrap_err().to_string();
        assert!(text.contains("gid://shopify/Order/"), "{text}");
    }

    proptest! {
        #[test]
        fn ids_survive_a_round_trip(number: u64) {
            let id = LineItemId::new(number);
            prop_assert_eq!(id.gid().parse::<LineItemId>().unwrap(), id);
            prop_assert_eq!(id.to_string().parse::<LineItemId>().unwrap(), id);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ignored = text.parse::<OrderId>();
        }
    }
}
