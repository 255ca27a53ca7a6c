//! Bundles as they were taken apart when their order was first seen: what changes later changes nothing.

use super::{FeeTaken, TaxChoice};
use returns_wire::Money;
use sage200_client::{Id, OrderLine};
use serde::{Deserialize, Serialize};
use shopify_returns::{BundleLine, BundleSource, LineItemId};

/// What the components of a bundle count for when its value is shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SplitBy {
    /// For what the Sage order sells them at.
    Invoiced,
    /// For their selling prices: the table's where it gives any, else those of the shop's variants.
    Prices,
    /// For the numbers in the table.
    Table,
}

/// A line of the shop's order that sold bundles, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitLine {
    /// The line.
    pub line: LineItemId,
    /// The bundle's own stock code, which Sage never sees.
    pub sku: String,
    /// Where the components are known from.
    pub source: BundleSource,
    /// What they count for.
    pub by: SplitBy,
    /// The working.
    pub working: BundleLine,
    /// What Sage needs for each component, in the working's order.
    pub components: Vec<SplitComponent>,
    /// The line of the Sage order that sold the bundle as a whole, where the components are not lines there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_line: Option<Id<OrderLine>>,
}

/// What Sage needs for a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitComponent {
    /// Its VAT code.
    pub tax: TaxChoice,
    /// Its line of the Sage order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_line: Option<Id<OrderLine>>,
}

/// Pieces of a component of a bundle, as they are credited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartValue {
    /// The component.
    pub sku: String,
    /// Which bundle of its line, from 0.
    pub bundle: u32,
    /// The component's place in the working.
    pub component: usize,
    /// The first piece, from 0.
    pub first: u32,
    /// How many.
    pub pieces: u32,
    /// Its line of the Sage order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_line: Option<Id<OrderLine>>,
    /// Net value.
    pub net: Money,
    /// VAT.
    pub vat: Money,
    /// The VAT code.
    pub tax: TaxChoice,
    /// What was taken off for fees; net and VAT are after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<FeeTaken>,
}
