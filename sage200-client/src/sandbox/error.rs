//! What can't be set up or done by hand.

use rust_decimal::Decimal;

/// Something that can't be set up or done at the desktop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// No account has this id.
    #[error("the sandbox has no customer with id {id}; use the id that add_customer gave")]
    UnknownCustomer {
        /// The id.
        id: i64,
    },
    /// No tax code has this number.
    #[error("the sandbox has no tax code {number}; add it with add_tax_code")]
    UnknownTaxCode {
        /// The number.
        number: i16,
    },
    /// No product has this code.
    #[error("the sandbox has no product {code}; add it with add_product")]
    UnknownProduct {
        /// The code.
        code: String,
    },
    /// No such currency.
    #[error("the sandbox has no currency {code}; it knows GBP and EUR")]
    UnknownCurrency {
        /// The ISO code.
        code: String,
    },
    /// No document of the kind needed has this number.
    #[error("the sandbox has no such document {document_no}; it may be archived, or of the other kind")]
    UnknownDocument {
        /// The number.
        document_no: String,
    },
    /// Nothing was posted under this URN.
    #[error("nothing is posted under URN {urn}")]
    UnknownUrn {
        /// The URN.
        urn: i64,
    },
    /// Slots go from 1 to 20.
    #[error("there is no analysis code slot {slot}; slots go from 1 to 20")]
    UnknownAnalysisSlot {
        /// The slot.
        slot: u8,
    },
    /// Stock that can't be moved so.
    #[error("stock can't be moved: {why}")]
    NotPossible {
        /// Why.
        why: String,
    },
    /// Already there.
    #[error("{what} {key} exists already")]
    Exists {
        /// What it is.
        what: &'static str,
        /// Its key.
        key: String,
    },
    /// Text longer than Sage's field.
    #[error("{what} has {units} characters (UTF-16); Sage's field holds {max}")]
    TooLong {
        /// The field.
        what: &'static str,
        /// Its length.
        units: usize,
        /// The limit.
        max: usize,
    },
    /// An amount, quantity or percentage out of bounds.
    #[error("{what} {value} is out of bounds")]
    TooLarge {
        /// The field.
        what: &'static str,
        /// The value.
        value: Decimal,
    },
    /// No warehouse has this name.
    #[error("the sandbox has no warehouse {name}; add it with add_warehouse")]
    UnknownWarehouse {
        /// The name.
        name: String,
    },
    /// The warehouse does not hold the product.
    #[error("warehouse {warehouse} does not hold {code}; add it with add_holding")]
    NoHolding {
        /// The product.
        code: String,
        /// The warehouse.
        warehouse: String,
    },
    /// The document has no line of this number.
    #[error("document {document_no} has no line {line}")]
    UnknownLine {
        /// The document.
        document_no: String,
        /// The line's number, from 1.
        line: i64,
    },
    /// Sage does not let a person do this as the document stands.
    #[error("document {document_no}: {reason}")]
    Refused {
        /// The document.
        document_no: String,
        /// Why not.
        reason: String,
    },
}
