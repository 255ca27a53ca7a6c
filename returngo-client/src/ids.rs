use crate::lenient::Scalar;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::{fmt, str::FromStr};

/// Longest id accepted, in characters. Real ones have 7 to 15 digits.
const MAX_CHARS: usize = 64;

/// Text that can't be an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Nothing there.
    #[error("{what} is empty; use the number that ReturnGO shows")]
    Empty {
        /// What the id is of.
        what: &'static str,
    },
    /// Longer than any id.
    #[error("{what} has {chars} characters, at most 64 are allowed")]
    TooLong {
        /// What the id is of.
        what: &'static str,
        /// Characters found.
        chars: usize,
    },
    /// A character that would change the address or list it is sent in, or a log line.
    #[error("{what} holds {found:?}; slashes, backslashes, commas and control characters are not allowed")]
    Character {
        /// What the id is of.
        what: &'static str,
        /// The first such character.
        found: char,
    },
}

fn check(what: &'static str, text: &str) -> Result<(), IdError> {
    let chars = text.chars().count();
    if text.trim().is_empty() {
        Err(IdError::Empty { what })
    } else if chars > MAX_CHARS {
        Err(IdError::TooLong { what, chars })
    } else if let Some(found) = text.chars().find(|c| c.is_control() || matches!(c, '/' | '\\' | ',')) {
        Err(IdError::Character { what, found })
    } else {
        Ok(())
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $what:literal;)+) => {$(
        $(#[$doc])*
        ///
        /// Read from a JSON string or a whole number; both occur for the same field.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks an id: not empty, at most 64 characters, no slash, comma or control character. Spaces
            /// around it are dropped.
            ///
            /// # Errors
            /// [`IdError`] with the rule that is broken.
            pub fn new(id: impl Into<String>) -> Result<Self, IdError> {
                let id = id.into();
                check($what, &id)?;
                Ok(Self(if id.trim().len() == id.len() { id } else { id.trim().to_owned() }))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match Scalar::deserialize(deserializer)? {
                    Scalar::Text(text) | Scalar::Integer(text) => Self::new(text).map_err(de::Error::custom),
                    other => Err(de::Error::custom(format_args!(
                        "expected {} as text or a whole number, found {}", $what, other.kind(),
                    ))),
                }
            }
        }
    )+};
}

ids! {
    /// Number of an RMA, without the letters: `4400123`, not `RMA4400123`.
    ///
    /// ```
    /// use returngo_client::RmaId;
    /// let id = RmaId::new("4400123")?;
    /// assert_eq!(id.to_string(), "4400123");
    /// assert!(RmaId::new("44/00").is_err());
    /// # Ok::<(), returngo_client::IdError>(())
    /// ```
    RmaId: "an RMA id";
    /// One physical unit of a return: the key of everything that is decided per unit.
    ReturnedItemId: "a returned item id";
    /// A refund, store credit or invoice payment. ReturnGO documents text and sends numbers.
    TransactionId: "a transaction id";
    /// A parcel.
    ShipmentId: "a shipment id";
    /// An order in the shop (Shopify's own number, not the order name).
    ShopOrderId: "a shop order id";
    /// A line of an order in the shop. Several units share it.
    ShopLineItemId: "a shop line item id";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_would_change_an_address_or_a_log_line() {
        for (bad, expected) in [
            ("", "empty"),
            ("  ", "empty"),
            ("1/2", "'/'"),
            ("1,2", "','"),
            ("1\\2", "'\\\\'"),
            ("1\n2", "'\\n'"),
            (&*"9".repeat(65), "65 characters"),
        ] {
            let text = RmaId::new(bad).unwrap_err().to_string();
            assert!(text.contains(expected) && text.starts_with("an RMA id"), "{text}");
        }
        assert_eq!(RmaId::new(" 44 ").unwrap().as_str(), "44");
    }

    #[test]
    fn nothing_but_text_and_whole_numbers_is_an_id() {
        assert_eq!(serde_json::from_str::<TransactionId>("6100001").unwrap(), TransactionId::new("6100001").unwrap());
        assert_eq!(serde_json::from_str::<TransactionId>("\"6100001\"").unwrap().as_str(), "6100001");
        assert_eq!(serde_json::to_string(&TransactionId::new("7").unwrap()).unwrap(), "\"7\"");
        for bad in ["null", "true", "1.5", "[]", "{}", "\"\""] {
            assert!(serde_json::from_str::<TransactionId>(bad).is_err(), "{bad}");
        }
    }
}
