//! A credit: what each unit is worth, where it goes, and how posting it ended.

use super::{OrderLink, PartValue};
use chrono::NaiveDate;
use returngo_client::ReturnedItemId;
use returns_wire::{Currency, JsonDecimal, Money, MoneyError};
use rust_decimal::Decimal;
use sage200_client::{Id, OrderLine, Reference, SecondReference, TaxCodeRecord, Urn};
use serde::{Deserialize, Serialize};
use shopify_returns::LineItemId;

/// The VAT code a value was computed with. It must be resolved anew before it is used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxChoice {
    /// The code's record.
    pub id: Id<TaxCodeRecord>,
    /// Its number, as people know it.
    pub number: i16,
    /// Its rate then, in percent.
    pub rate: JsonDecimal,
}

/// Where a received unit goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Inspected as fit to be sold again.
    Saleable,
    /// Not fit, or not inspected: kept apart.
    Quarantine,
    /// Stays with the customer: nothing is booked.
    Kept,
}

/// A unit that Sage's stock ledger shows where it belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookedUnit {
    /// The unit.
    pub unit: ReturnedItemId,
    /// The component of it, when it is a bundle: one piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Where it was to go.
    pub disposition: Disposition,
    /// The warehouse that it lies in; or why it lies in none.
    pub place: String,
}

/// A fee that was taken off a unit's credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeTaken {
    /// Without VAT.
    pub net: Money,
    /// VAT.
    pub vat: Money,
    /// Is a fee of the whole RMA in it? That is taken once.
    pub of_rma: bool,
}

/// What one physical unit is credited with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitValue {
    /// The unit.
    pub unit: ReturnedItemId,
    /// The line of the Sage order it was sold on; none when the credit stands alone.
    #[serde(default)]
    pub order_line: Option<Id<OrderLine>>,
    /// The line of the shop's order it was sold on, as ReturnGO names it.
    #[serde(default)]
    pub shop_line: Option<LineItemId>,
    /// Its product.
    pub sku: String,
    /// Net value.
    pub net: Money,
    /// VAT.
    pub vat: Money,
    /// The VAT code; none for a bundle, whose components have their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<TaxChoice>,
    /// What was taken off for fees; net and VAT are after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<FeeTaken>,
    /// What a bundle, or a piece of one, is credited as; empty for any other product.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartValue>,
    /// The customer gets a code for it and no money.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub store_credit: bool,
    /// The customer gets other goods for it, and money only for a difference.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exchanged: bool,
}

/// Pieces of one product in a unit's value, as documents name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoodsValue<'v> {
    /// The product.
    pub sku: &'v str,
    /// Pieces.
    pub pieces: u32,
    /// Net value.
    pub net: Money,
    /// VAT.
    pub vat: Money,
    /// What was taken off for fees.
    pub fee: Option<FeeTaken>,
    /// The VAT code.
    pub tax: TaxChoice,
    /// The line of the Sage order.
    pub order_line: Option<Id<OrderLine>>,
}

impl UnitValue {
    /// The products in it: the unit itself, or the components of the bundle that it is.
    pub fn goods(&self) -> impl Iterator<Item = GoodsValue<'_>> {
        let own = self.tax.map(|tax| GoodsValue {
            sku: &self.sku,
            pieces: 1,
            net: self.net,
            vat: self.vat,
            fee: self.fee,
            tax,
            order_line: self.order_line,
        });
        let parts = self.parts.iter().map(|part| GoodsValue {
            sku: &part.sku,
            pieces: part.pieces,
            net: part.net,
            vat: part.vat,
            fee: part.fee,
            tax: part.tax,
            order_line: part.order_line,
        });
        own.into_iter().chain(parts)
    }

    /// What the unit was sold for, without VAT: fees taken off its credit do not make the line's other units dearer.
    pub fn sold_net(&self) -> Decimal {
        self.net.amount() + self.fee.map_or(Decimal::ZERO, |fee| fee.net.amount())
    }

    /// VAT of what the unit was sold for.
    pub fn sold_vat(&self) -> Decimal {
        self.vat.amount() + self.fee.map_or(Decimal::ZERO, |fee| fee.vat.amount())
    }
}

/// A penny of VAT that a document carries beside what its rate gives on the goods: the shop rounded line by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VatRounding {
    /// The VAT code.
    pub number: i16,
    /// What the rate gives on the goods, and what Sage computes.
    pub predicted: Money,
    /// What the customer paid, and what is posted.
    pub posted: Money,
}

/// A unit that somebody else's credit note covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandUnit {
    /// The unit.
    pub unit: ReturnedItemId,
    /// Its product, as far as known.
    pub sku: String,
    /// What it is worth, with VAT: by the order line, or by what the customer paid where that can't be said.
    pub gross: Money,
    /// What we would have credited it with. None where this version does not credit it: no refund is released then.
    pub value: Option<UnitValue>,
    /// Where it goes.
    pub disposition: Disposition,
}

/// A credit note that is about to be posted: frozen units, values, date and reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditIntent {
    /// The key under which it is found in Sage: `RMA<number>-<n>`.
    pub second_reference: SecondReference,
    /// The shop's order number.
    pub reference: Option<Reference>,
    /// The document's date, in London.
    pub date: NaiveDate,
    /// The original order.
    pub order: OrderLink,
    /// The units and their values.
    pub units: Vec<UnitValue>,
    /// Where each unit goes once the credit note stands.
    pub dispositions: Vec<Disposition>,
    /// Pennies of VAT beside what the rates give, told to finance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounding: Vec<VatRounding>,
}

impl CreditIntent {
    /// Sum of the units' net values.
    ///
    /// # Errors
    /// Mixed currencies or a sum past 28 digits.
    pub fn net(&self) -> Result<Money, MoneyError> {
        total(self.units.iter().map(|unit| unit.net))
    }

    /// Sum of the units' VAT.
    ///
    /// # Errors
    /// As [`net`](Self::net).
    pub fn vat(&self) -> Result<Money, MoneyError> {
        total(self.units.iter().map(|unit| unit.vat))
    }

    /// Net plus VAT.
    ///
    /// # Errors
    /// As [`net`](Self::net).
    pub fn gross(&self) -> Result<Money, MoneyError> {
        self.net()?.checked_add(self.vat()?)
    }
}

/// Adds amounts of one currency. No amounts are nothing in pounds.
pub(crate) fn total(mut amounts: impl Iterator<Item = Money>) -> Result<Money, MoneyError> {
    let first = amounts.next().unwrap_or(Money::zero(Currency::GBP));
    amounts.try_fold(first, Money::checked_add)
}

/// How a post to Sage ended, as far as we saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditOutcome {
    /// A 2xx. The URN is missing when the answer could not be read.
    Posted {
        /// Sage's number for the transaction.
        urn: Option<Urn>,
    },
    /// A complete answer that nothing was done.
    Rejected {
        /// Sage's words.
        message: String,
        /// True when somebody was working on the account just then: the next run tries again.
        in_use: bool,
    },
    /// Looked up, not found, and given up, because Sage's books changed meanwhile.
    Abandoned {
        /// What was found instead.
        message: String,
    },
    /// Proved not to have been sent.
    NotSent {
        /// Why.
        message: String,
    },
    /// May have been applied.
    Unknown {
        /// What was seen.
        message: String,
    },
}
