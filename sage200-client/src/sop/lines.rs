use super::{AnalysisCodes, SopFault};
use crate::{
    ChargeCode, CompanyKey, CostCentre, Department, Id, LineDescription, NominalReference, Product, TaxCode, Warehouse,
};
use returns_wire::{Currency, JsonDecimal};
use rust_decimal::Decimal;

/// A line of an order or a return.
#[derive(Debug, Clone)]
pub struct SopLine<'t> {
    /// What it sells, returns or credits.
    pub item: SopItem<'t>,
    /// The nominal account, where it is not the product's or the charge's own; never on a comment.
    pub nominal: Option<LineNominal>,
    /// Analysis codes of the line.
    pub analysis_codes: AnalysisCodes,
}

impl<'t> SopLine<'t> {
    /// A line without nominal account or analysis codes of its own.
    pub fn new(item: SopItem<'t>) -> Self {
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
pub enum SopItem<'t> {
    /// A product, out of stock or back into it.
    Standard {
        /// The product.
        product: Id<Product>,
        /// Where it comes from, or goes.
        warehouse: Id<Warehouse>,
        /// In selling units, more than zero.
        quantity: JsonDecimal,
        /// The tax code.
        tax: TaxCode<'t>,
        /// The price. Without it Sage 200 takes today's price, which need not be what was paid.
        unit_price: Option<JsonDecimal>,
        /// In place of the product's own.
        description: Option<LineDescription>,
    },
    /// A value without stock: carriage, goodwill, a fee taken off (negative).
    FreeText {
        /// What it is for.
        description: LineDescription,
        /// More than zero.
        quantity: JsonDecimal,
        /// The price; it may be negative as long as the document is not.
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

impl<'t> SopItem<'t> {
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

pub(super) fn fine(faults: &mut Vec<SopFault>, place: String, value: JsonDecimal, places: u32) {
    if value.0.normalize().scale() > places {
        faults.push(SopFault::TooFine { place, value, places });
    }
}

/// The rules of each line, and that all tax codes come from one table.
pub(super) fn check<'a, 't: 'a>(faults: &mut Vec<SopFault>, lines: impl Iterator<Item = (String, &'a SopLine<'t>)>) {
    let mut table = None;
    for (place, line) in lines {
        let (quantity, price, name) = match &line.item {
            SopItem::Standard { quantity, unit_price, .. } => (Some(*quantity), *unit_price, "unit_price"),
            SopItem::FreeText { quantity, unit_price, .. } => (Some(*quantity), Some(*unit_price), "unit_price"),
            SopItem::Charge { value, .. } => (None, *value, "value"),
            SopItem::Comment { .. } => (None, None, "description"),
        };
        if let Some(value) = quantity {
            if value.0 <= Decimal::ZERO {
                faults.push(SopFault::NotPositive { place: format!("{place}.quantity"), value });
            }
            fine(faults, format!("{place}.quantity"), value, PLACES);
        }
        if let Some(value) = price {
            if value.0 < Decimal::ZERO && !matches!(line.item, SopItem::FreeText { .. }) {
                faults.push(SopFault::NegativePrice { place: format!("{place}.{name}"), value });
            }
            fine(faults, format!("{place}.{name}"), value, PLACES);
        }
        // Room for adding up and for the rate.
        let most = Decimal::from(1_000_000_000_000_i64);
        let large = |(quantity, price): (Decimal, Option<Decimal>)| {
            price.is_some_and(|price| quantity.checked_mul(price).is_none_or(|value| value.abs() > most))
        };
        if line.item.priced().is_some_and(large) {
            faults.push(SopFault::TooLarge { place: place.clone() });
        }
        if let Some(code) = line.item.tax() {
            let snapshot = code.table().snapshot();
            if table.get_or_insert_with(|| snapshot.clone()) != &snapshot {
                faults.push(SopFault::MixedTables { place: format!("{place}.tax") });
            }
        }
    }
}

/// The rules of a whole document's lines.
pub(super) fn check_document(currency: Currency, lines: &[SopLine<'_>]) -> Vec<SopFault> {
    let mut faults = Vec::new();
    if currency.minor_digits() > 2 {
        faults.push(SopFault::TooManyPlaces { currency, digits: currency.minor_digits() });
    }
    if lines.iter().all(|line| matches!(line.item, SopItem::Comment { .. })) {
        faults.push(SopFault::NothingInIt);
    }
    check(&mut faults, lines.iter().enumerate().map(|(index, line)| (format!("lines[{index}]"), line)));
    if let Some(total) = value(lines).filter(|total| *total < Decimal::ZERO) {
        faults.push(SopFault::NegativeValue { total });
    }
    faults
}

/// Sum of quantity times price, as far as prices are known and can be multiplied.
fn value(lines: &[SopLine<'_>]) -> Option<Decimal> {
    let mut total = Decimal::ZERO;
    for (quantity, price) in lines.iter().filter_map(|line| line.item.priced()) {
        total = total.checked_add(quantity.checked_mul(price?)?)?;
    }
    Some(total)
}

/// The company whose tax table the codes come from.
pub(super) fn company<'t>(lines: &[SopLine<'t>]) -> Option<&'t CompanyKey> {
    lines.iter().find_map(|line| line.item.tax()).map(|code| code.table().company())
}
