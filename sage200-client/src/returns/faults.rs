use crate::{Id, OrderLine};
use returns_wire::{Currency, JsonDecimal};
use rust_decimal::Decimal;
use std::fmt;

/// All rules that a return, or its amendment, breaks in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnFaults(pub(super) Vec<ReturnFault>);

impl ReturnFaults {
    /// The faults, at least one.
    pub fn faults(&self) -> &[ReturnFault] {
        &self.0
    }
}

impl fmt::Display for ReturnFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the return can't be sent: ")?;
        for (index, fault) in self.0.iter().enumerate() {
            write!(f, "{}{fault}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for ReturnFaults {}

/// A rule that a return breaks. `place` is like `lines[0].quantity`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReturnFault {
    /// Nothing by which it could be found again.
    #[error("customer_document_no and analysis_codes are empty; give one, so that the return can be found again")]
    NoKey,
    /// No line, or only comments.
    #[error("no line returns or credits anything; give one that is not a comment")]
    NothingToReturn,
    /// A quantity of nothing or less.
    #[error("{place} is {value}; a return is written with quantities above zero")]
    NotPositive {
        /// Where.
        place: String,
        /// The quantity.
        value: JsonDecimal,
    },
    /// A price below zero where there can be none.
    #[error("{place} is {value}; only a free text line may be negative, such as a fee taken off")]
    NegativePrice {
        /// Where.
        place: String,
        /// The price.
        value: JsonDecimal,
    },
    /// More decimal places than the field keeps.
    #[error("{place} is {value}; Sage 200 keeps {places} decimal places; round it")]
    TooFine {
        /// Where.
        place: String,
        /// The number.
        value: JsonDecimal,
        /// Places kept.
        places: u32,
    },
    /// Quantity times price past what can be computed exactly.
    #[error("{place}: quantity times price is too large to be computed exactly")]
    TooLarge {
        /// Where.
        place: String,
    },
    /// The lines together are below zero.
    #[error("the lines add up to {total}; a return can't be worth less than nothing")]
    NegativeValue {
        /// The sum of quantity times price.
        total: Decimal,
    },
    /// Tax codes from two readings of the ledger.
    #[error("{place} comes from another reading of the tax table; take all codes from one table")]
    MixedTables {
        /// Where.
        place: String,
    },
    /// A currency with more decimal places than Sage 200 keeps.
    #[error("{currency} has {digits} decimal places; Sage 200 keeps 2")]
    TooManyPlaces {
        /// The currency.
        currency: Currency,
        /// Its places.
        digits: u32,
    },
    /// An amendment that changes nothing.
    #[error("the amendment changes nothing; give a field or a line")]
    NothingToAmend,
    /// One line twice in an amendment.
    #[error("line {id} is changed twice; give each line once")]
    LineTwice {
        /// The line.
        id: Id<OrderLine>,
    },
}
