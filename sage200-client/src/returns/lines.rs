use super::{AnalysisCodes, ReturnFault};
use crate::{ChargeCode, CostCentre, Department, Id, LineDescription, NominalReference, Product, TaxCode, Warehouse};
use returns_wire::JsonDecimal;
use rust_decimal::Decimal;

/// A line of a return.
#[derive(Debug, Clone)]
pub struct ReturnLine<'t> {
    /// What it returns or credits.
    pub item: ReturnItem<'t>,
    /// The nominal account, where it is not the product's or the charge's own; never on a comment.
    pub nominal: Option<LineNominal>,
    /// Analysis codes of the line.
    pub analysis_codes: AnalysisCodes,
}

impl<'t> ReturnLine<'t> {
    /// A line without nominal account or analysis codes of its own.
    pub fn new(item: ReturnItem<'t>) -> Self {
        Self { item, nominal: None, analysis_codes: AnalysisCodes::new() }
    }
}

/// A nominal account with cost centre and department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineNominal {
    /// The account.
    pub account: NominalReference,
    /// Its cost centre.
    pub cost_centre: Option<CostCentre>,
    /// Its department.
    pub department: Option<Department>,
}

/// The four kinds of line. Prices are net or gross as the site says
/// ([`are_prices_tax_inclusive`](crate::SopSettings::are_prices_tax_inclusive)).
#[derive(Debug, Clone)]
pub enum ReturnItem<'t> {
    /// A product that comes back into stock.
    Standard {
        /// The product.
        product: Id<Product>,
        /// Where it goes.
        warehouse: Id<Warehouse>,
        /// In selling units, more than zero.
        quantity: JsonDecimal,
        /// The tax code.
        tax: TaxCode<'t>,
        /// The price paid. Without it Sage 200 takes today's price, which need not be what was paid.
        unit_price: Option<JsonDecimal>,
        /// In place of the product's own.
        description: Option<LineDescription>,
    },
    /// A value without stock: carriage given back, goodwill, a fee taken off (negative).
    FreeText {
        /// What it is for.
        description: LineDescription,
        /// More than zero.
        quantity: JsonDecimal,
        /// The price; it may be negative as long as the return is not.
        unit_price: JsonDecimal,
        /// The tax code.
        tax: TaxCode<'t>,
    },
    /// An additional charge that the company has set up.
    Charge {
        /// Its code.
        charge: ChargeCode,
        /// In place of its own value.
        value: Option<JsonDecimal>,
        /// In place of its own tax code.
        tax: Option<TaxCode<'t>>,
    },
    /// Text without value.
    Comment {
        /// The text.
        description: LineDescription,
    },
}

impl<'t> ReturnItem<'t> {
    /// Its tax code, if one is given.
    pub fn tax(&self) -> Option<TaxCode<'t>> {
        match self {
            Self::Standard { tax, .. } | Self::FreeText { tax, .. } => Some(*tax),
            Self::Charge { tax, .. } => *tax,
            Self::Comment { .. } => None,
        }
    }

    /// Quantity and price; `None` for a comment, a price of `None` when Sage 200 is to find it.
    pub(super) fn priced(&self) -> Option<(Decimal, Option<Decimal>)> {
        match self {
            Self::Standard { quantity, unit_price, .. } => Some((quantity.0, unit_price.map(|price| price.0))),
            Self::FreeText { quantity, unit_price, .. } => Some((quantity.0, Some(unit_price.0))),
            Self::Charge { value, .. } => Some((Decimal::ONE, value.map(|value| value.0))),
            Self::Comment { .. } => None,
        }
    }
}

/// Decimal places of quantities and unit prices.
const PLACES: u32 = 5;

pub(super) fn fine(faults: &mut Vec<ReturnFault>, place: String, value: JsonDecimal, places: u32) {
    if value.0.normalize().scale() > places {
        faults.push(ReturnFault::TooFine { place, value, places });
    }
}

/// The rules of each line, and that all tax codes come from one table.
pub(super) fn check<'a, 't: 'a>(
    faults: &mut Vec<ReturnFault>,
    lines: impl Iterator<Item = (String, &'a ReturnLine<'t>)>,
) {
    let mut table = None;
    for (place, line) in lines {
        let (quantity, price, name) = match &line.item {
            ReturnItem::Standard { quantity, unit_price, .. } => (Some(*quantity), *unit_price, "unit_price"),
            ReturnItem::FreeText { quantity, unit_price, .. } => (Some(*quantity), Some(*unit_price), "unit_price"),
            ReturnItem::Charge { value, .. } => (None, *value, "value"),
            ReturnItem::Comment { .. } => (None, None, "description"),
        };
        if let Some(value) = quantity {
            if value.0 <= Decimal::ZERO {
                faults.push(ReturnFault::NotPositive { place: format!("{place}.quantity"), value });
            }
            fine(faults, format!("{place}.quantity"), value, PLACES);
        }
        if let Some(value) = price {
            if value.0 < Decimal::ZERO && !matches!(line.item, ReturnItem::FreeText { .. }) {
                faults.push(ReturnFault::NegativePrice { place: format!("{place}.{name}"), value });
            }
            fine(faults, format!("{place}.{name}"), value, PLACES);
        }
        // Room for adding up and for the rate.
        let most = Decimal::from(1_000_000_000_000_i64);
        let large = |(quantity, price): (Decimal, Option<Decimal>)| {
            price.is_some_and(|price| quantity.checked_mul(price).is_none_or(|value| value.abs() > most))
        };
        if line.item.priced().is_some_and(large) {
            faults.push(ReturnFault::TooLarge { place: place.clone() });
        }
        if let Some(code) = line.item.tax() {
            let snapshot = code.table().snapshot();
            if table.get_or_insert_with(|| snapshot.clone()) != &snapshot {
                faults.push(ReturnFault::MixedTables { place: format!("{place}.tax") });
            }
        }
    }
}
