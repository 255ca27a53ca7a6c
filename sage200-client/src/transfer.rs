use crate::{BinHolding, Id, Product, Reference, SecondReference, dates::write_date};
use chrono::NaiveDate;
use returns_wire::JsonDecimal;
use rust_decimal::Decimal;
use serde::Serialize;
use std::fmt;

/// What a transfer between two bins is made of; [`TransferDraft::new`] checks it.
#[derive(Debug, Clone)]
pub struct TransferParts<'a> {
    /// The product.
    pub product: Id<Product>,
    /// Where it lies, as just read: it must hold enough free stock.
    pub from: &'a BinHolding,
    /// Where it goes, in the same or another warehouse.
    pub to: &'a BinHolding,
    /// In stock units, more than zero.
    pub quantity: JsonDecimal,
    /// Date of the movement.
    pub date: NaiveDate,
    /// First reference.
    pub reference: Option<Reference>,
    /// Second reference: the key by which the transfer is found again.
    pub second_reference: SecondReference,
}

/// A movement of stock between two bins that Sage 200 has no reason to refuse.
#[derive(Debug, Clone)]
#[must_use = "a draft does nothing until it is sent"]
pub struct TransferDraft {
    product: Id<Product>,
    from: Id<BinHolding>,
    to: Id<BinHolding>,
    quantity: JsonDecimal,
    date: NaiveDate,
    reference: Option<Reference>,
    second_reference: SecondReference,
}

/// All rules that a transfer breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferFaults(Vec<TransferFault>);

impl TransferFaults {
    /// The faults, at least one.
    pub fn faults(&self) -> &[TransferFault] {
        &self.0
    }
}

impl fmt::Display for TransferFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the stock can't be transferred: ")?;
        for (index, fault) in self.0.iter().enumerate() {
            write!(f, "{}{fault}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for TransferFaults {}

/// A rule that a transfer breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransferFault {
    /// Nothing or less.
    #[error("quantity is {quantity}; it must be more than zero")]
    NotPositive {
        /// The quantity.
        quantity: JsonDecimal,
    },
    /// More decimal places than Sage 200 keeps.
    #[error("quantity is {quantity}; Sage 200 keeps 5 decimal places; round it")]
    TooFine {
        /// The quantity.
        quantity: JsonDecimal,
    },
    /// From a bin to itself.
    #[error("from and to are both bin holding {bin}; name two")]
    SameBin {
        /// The bin.
        bin: Id<BinHolding>,
    },
    /// A bin of another product.
    #[error("{place} is bin holding {bin}, which is not one of product {product}; read the product's bin holdings")]
    OtherProduct {
        /// `from` or `to`.
        place: &'static str,
        /// The bin.
        bin: Id<BinHolding>,
        /// The product.
        product: Id<Product>,
    },
    /// Less free stock than is to be moved.
    #[error("quantity is {quantity}, but bin holding {bin} has {free} free; move less, or free stock in Sage 200")]
    NotEnough {
        /// The quantity.
        quantity: JsonDecimal,
        /// The bin.
        bin: Id<BinHolding>,
        /// Its free stock.
        free: JsonDecimal,
    },
    /// The free stock is not known.
    #[error("bin holding {bin} shows no free stock; read it again")]
    StockUnknown {
        /// The bin.
        bin: Id<BinHolding>,
    },
}

impl TransferDraft {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`TransferFaults`] with everything that is wrong, not just the first.
    pub fn new(parts: TransferParts<'_>) -> Result<Self, TransferFaults> {
        let TransferParts { product, from, to, quantity, date, reference, second_reference } = parts;
        let mut faults = Vec::new();
        if quantity.0 <= Decimal::ZERO {
            faults.push(TransferFault::NotPositive { quantity });
        }
        if quantity.0.normalize().scale() > 5 {
            faults.push(TransferFault::TooFine { quantity });
        }
        if from.id == to.id {
            faults.push(TransferFault::SameBin { bin: from.id });
        }
        for (place, holding) in [("from", from), ("to", to)] {
            if holding.product_id != Some(product) {
                faults.push(TransferFault::OtherProduct { place, bin: holding.id, product });
            }
        }
        match from.free_stock_available {
            None => faults.push(TransferFault::StockUnknown { bin: from.id }),
            Some(free) if free < quantity => {
                faults.push(TransferFault::NotEnough { quantity, bin: from.id, free });
            }
            Some(_) => {}
        }
        if faults.is_empty() {
            Ok(Self { product, from: from.id, to: to.id, quantity, date, reference, second_reference })
        } else {
            Err(TransferFaults(faults))
        }
    }

    /// The product.
    pub fn product(&self) -> Id<Product> {
        self.product
    }

    /// In stock units.
    pub fn quantity(&self) -> JsonDecimal {
        self.quantity
    }

    /// The second reference.
    pub fn second_reference(&self) -> &SecondReference {
        &self.second_reference
    }

    /// The request body as it is sent, byte for byte (`stock_transfers`).
    pub fn to_body(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'a> {
            product_id: Id<Product>,
            bin_holding_from_id: Id<BinHolding>,
            bin_holding_to_id: Id<BinHolding>,
            quantity: JsonDecimal,
            date: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            reference: Option<&'a Reference>,
            second_reference: &'a SecondReference,
        }
        let body = Body {
            product_id: self.product,
            bin_holding_from_id: self.from,
            bin_holding_to_id: self.to,
            quantity: self.quantity,
            date: write_date(self.date),
            reference: self.reference.as_ref(),
            second_reference: &self.second_reference,
        };
        // Texts and numbers into memory: there is nothing that could fail.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}
