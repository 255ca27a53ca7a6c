use crate::{Id, OrderLine};
use returns_wire::{Currency, JsonDecimal};
use rust_decimal::Decimal;
use std::fmt;

/// The two documents of sales order processing that can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SopDocument {
    /// A sales order.
    Order,
    /// A sales return, or its amendment.
    Return,
}

impl fmt::Display for SopDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Order => "order",
            Self::Return => "return",
        })
    }
}

/// All rules that an order, a return or its amendment breaks in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SopFaults {
    document: SopDocument,
    all: Vec<SopFault>,
}

impl SopFaults {
    pub(super) fn unless_empty(document: SopDocument, all: Vec<SopFault>) -> Result<(), Self> {
        if all.is_empty() { Ok(()) } else { Err(Self { document, all }) }
    }

    /// The faults, at least one.
    pub fn faults(&self) -> &[SopFault] {
        &self.all
    }
}

impl fmt::Display for SopFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} can't be sent: ", self.document)?;
        for (index, fault) in self.all.iter().enumerate() {
            write!(f, "{}{fault}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for SopFaults {}

/// A rule that an order or a return breaks. `place` is like `lines[0].quantity`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SopFault {
    /// Nothing by which it could be found again.
    #[error("customer_document_no and analysis_codes are empty; give one, so that the document can be found again")]
    NoKey,
    /// No line, or only comments.
    #[error("no line carries goods or a value; give one that is not a comment")]
    NothingInIt,
    /// A quantity of nothing or less.
    #[error("{place} is {value}; quantities are written above zero, on returns too")]
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
    #[error("the lines add up to {total}; a document can't be worth less than nothing")]
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
