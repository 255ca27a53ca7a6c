use super::{Amount, List, text};
use crate::{
    AppId, DiscountTarget, FinancialStatus, FulfillmentStatus, LineGroupId, LineItemId, OrderId, ShippingLineId,
    VariantId,
};
use chrono::{DateTime, Utc};
use returns_wire::{Currency, JsonDecimal, Money, MoneyError};
use rust_decimal::Decimal;
use serde::Deserialize;

/// Most tax lines read of one line; more make its tax unknown.
const TAX_LINES: usize = 20;

/// An order: what was sold, at what exact value, and how it was paid.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// What people call it, such as `#1001`. Not unique.
    pub name: String,
    /// When it was made. Unlike [`processed_at`](Self::processed_at), no importer can set it.
    pub created_at: DateTime<Utc>,
    /// When it was placed.
    #[serde(default)]
    pub processed_at: Option<DateTime<Utc>>,
    /// When it changed last.
    #[serde(default)]
    pub updated_at: Option<DateTime<Utc>>,
    /// When it was cancelled.
    #[serde(default)]
    pub cancelled_at: Option<DateTime<Utc>>,
    /// A test order: no money ever moved.
    #[serde(default)]
    pub test: bool,
    /// Was it changed after it was placed?
    #[serde(default)]
    pub edited: bool,
    /// Where it was made, such as `web`.
    #[serde(default, deserialize_with = "text")]
    pub source_name: Option<String>,
    /// What has been paid.
    #[serde(default, rename = "displayFinancialStatus")]
    pub financial_status: FinancialStatus,
    /// What has been shipped.
    #[serde(default, rename = "displayFulfillmentStatus")]
    pub fulfillment_status: FulfillmentStatus,
    /// The shop's currency.
    #[serde(rename = "currencyCode")]
    pub shop_currency: Currency,
    /// The customer's currency.
    #[serde(rename = "presentmentCurrencyCode")]
    pub customer_currency: Currency,
    /// Do prices contain the tax?
    pub taxes_included: bool,
    /// The app it was made with.
    #[serde(default)]
    pub app: Option<AppRef>,
    /// Its total before returns.
    #[serde(rename = "totalPriceSet")]
    pub total: Amount,
    /// The tax in it or on it; none where Shopify does not say.
    #[serde(default, rename = "totalTaxSet")]
    pub total_tax: Option<Amount>,
    /// What was paid.
    #[serde(rename = "totalReceivedSet")]
    pub received: Amount,
    /// What was paid back; completed movements only.
    #[serde(rename = "totalRefundedSet")]
    pub refunded: Amount,
    /// Its lines.
    #[serde(rename = "lineItems")]
    pub lines: List<OrderLine>,
    /// Shipping; none, one or several.
    pub shipping_lines: List<ShippingLine>,
}

/// An app, as far as it says who acted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AppRef {
    /// Its id.
    pub id: AppId,
    /// Its title.
    #[serde(default, alias = "name", deserialize_with = "text")]
    pub title: Option<String>,
}

/// A line of an order. Edits lower [`current_quantity`](Self::current_quantity); the line stays.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OrderLine {
    /// Its id; ReturnGO calls it `shopLineItemId`.
    pub id: LineItemId,
    /// What it is called.
    #[serde(default, deserialize_with = "text")]
    pub title: Option<String>,
    /// Stock code.
    #[serde(default, deserialize_with = "text")]
    pub sku: Option<String>,
    /// Units ordered, those refunded or removed since included.
    pub quantity: u32,
    /// Units ordered and neither refunded nor removed.
    #[serde(default)]
    pub current_quantity: u32,
    /// Units that can still be refunded.
    #[serde(default)]
    pub refundable_quantity: u32,
    /// A gift card: no sale of goods.
    #[serde(default)]
    pub is_gift_card: bool,
    /// Is it taxed?
    #[serde(default)]
    pub taxable: bool,
    /// The bundle that this line is a component of.
    #[serde(default, rename = "lineItemGroup")]
    pub group: Option<LineGroup>,
    /// Its variant; none when it was deleted, or when the app lacks the scope `read_products`.
    #[serde(default)]
    pub variant: Option<LineVariant>,
    /// What one unit is made of, for a line that [carries a whole bundle](Self::is_whole_bundle): what its variant is made
    /// of today. None when it could not be read to its end.
    #[serde(skip)]
    pub components: Option<Vec<VariantComponent>>,
    /// Unit price times quantity, before discounts.
    #[serde(rename = "originalTotalSet")]
    pub original_total: Amount,
    /// The exact money of every discount on it, order discounts included.
    #[serde(rename = "discountAllocations")]
    pub discounts: Vec<Allocation>,
    /// Tax of all its units.
    pub tax_lines: Vec<TaxLine>,
}

/// A bundle whose components are lines of the order: each is priced, discounted and taxed by itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LineGroup {
    /// Its id: the same bundle sold twice in one order is two groups.
    pub id: LineGroupId,
    /// What the bundle is called.
    #[serde(default, deserialize_with = "text")]
    pub title: Option<String>,
    /// How many bundles.
    #[serde(default)]
    pub quantity: Option<u32>,
    /// The bundle's own stock code.
    #[serde(default, deserialize_with = "text")]
    pub variant_sku: Option<String>,
}

/// The variant that a line sold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LineVariant {
    /// Its id.
    pub id: VariantId,
    /// Is it a bundle, as it is today?
    #[serde(default)]
    pub requires_components: bool,
}

/// A component of a bundle's variant, as it is today.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VariantComponent {
    /// Its stock code.
    pub sku: Option<String>,
    /// Pieces in one bundle.
    pub quantity: u32,
    /// What one piece costs by itself, in the shop's currency.
    pub price: Option<JsonDecimal>,
}

/// The part of a discount that falls on one line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Allocation {
    /// How much.
    #[serde(rename = "allocatedAmountSet")]
    pub amount: Amount,
    /// The discount.
    #[serde(default, rename = "discountApplication")]
    pub application: Option<DiscountApplication>,
}

/// A discount. Codes are not kept: they can be spent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DiscountApplication {
    /// `DiscountCodeApplication`, `ManualDiscountApplication` or another.
    #[serde(default, rename = "__typename", deserialize_with = "text")]
    pub kind: Option<String>,
    /// Its place among the order's discounts.
    #[serde(default)]
    pub index: Option<u32>,
    /// What it lowers.
    #[serde(default)]
    pub target_type: DiscountTarget,
}

/// One tax on a line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaxLine {
    /// Its name, such as `VAT`.
    #[serde(default, deserialize_with = "text")]
    pub title: Option<String>,
    /// Its rate in percent, as a label: tax is never computed from it.
    #[serde(default)]
    pub rate_percentage: Option<JsonDecimal>,
    /// Does a marketplace owe it to the tax office, and not the shop?
    #[serde(default)]
    pub channel_liable: Option<bool>,
    /// How much.
    #[serde(rename = "priceSet")]
    pub amount: Amount,
}

/// Shipping that was sold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ShippingLine {
    /// Its id.
    #[serde(default)]
    pub id: Option<ShippingLineId>,
    /// What it is called.
    #[serde(default, deserialize_with = "text")]
    pub title: Option<String>,
    /// Its code.
    #[serde(default, deserialize_with = "text")]
    pub code: Option<String>,
    /// Taken off the order since?
    #[serde(default)]
    pub is_removed: bool,
    /// Before discounts.
    #[serde(rename = "originalPriceSet")]
    pub original_price: Amount,
    /// The exact money of every discount on it.
    #[serde(rename = "discountAllocations")]
    pub discounts: Vec<Allocation>,
    /// Its tax.
    pub tax_lines: Vec<TaxLine>,
}

/// What a line was sold for, in the shop's currency, all its units together. `net + tax` is what the customer paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineValue {
    /// Without tax.
    pub net: Money,
    /// Tax.
    pub tax: Money,
    /// The rate in percent, when exactly one tax comes to something, or none does (then 0). Two such taxes on one line have no
    /// one rate; a tax that comes to nothing beside another does not count.
    pub rate: Option<Decimal>,
}

impl LineValue {
    /// With tax.
    ///
    /// # Errors
    /// [`MoneyError`] past 28 digits.
    pub fn gross(&self) -> Result<Money, MoneyError> {
        self.net.checked_add(self.tax)
    }
}

/// A value that can't be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// Amounts that do not add up in one currency.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// Discounts above the price, or tax above what was paid.
    #[error("{what} of {amount} is less than nothing")]
    Negative {
        /// What.
        what: &'static str,
        /// How much.
        amount: Money,
    },
    /// More taxes than were read.
    #[error("it carries {count} taxes, and perhaps more that were not read")]
    TooManyTaxes {
        /// Taxes read.
        count: usize,
    },
    /// A marketplace owes the tax.
    #[error("a marketplace owes its tax to the tax office, not the shop")]
    MarketplaceTax,
}

impl OrderLine {
    /// What all units of the line were sold for: original total less the exact discount allocations, with the tax beside
    /// it. Unit prices are rounded and never multiplied back.
    ///
    /// # Errors
    /// [`ValueError`] when the value can't be told exactly.
    pub fn value(&self, taxes_included: bool) -> Result<LineValue, ValueError> {
        value_of(self.original_total, &self.discounts, &self.tax_lines, taxes_included)
    }
}

impl OrderLine {
    /// Does the line carry a bundle as a whole, so that its value is to be shared out among the components?
    pub fn is_whole_bundle(&self) -> bool {
        self.group.is_none() && self.variant.as_ref().is_some_and(|variant| variant.requires_components)
    }
}

impl ShippingLine {
    /// What it was sold for, as [`OrderLine::value`]; nothing once it is removed.
    ///
    /// # Errors
    /// As there.
    pub fn value(&self, taxes_included: bool) -> Result<LineValue, ValueError> {
        if self.is_removed {
            let zero = Money::zero(self.original_price.shop.currency());
            return Ok(LineValue { net: zero, tax: zero, rate: Some(Decimal::ZERO) });
        }
        value_of(self.original_price, &self.discounts, &self.tax_lines, taxes_included)
    }
}

fn value_of(
    original: Amount,
    discounts: &[Allocation],
    taxes: &[TaxLine],
    taxes_included: bool,
) -> Result<LineValue, ValueError> {
    let paid = discounts.iter().try_fold(original.shop, |left, discount| left.checked_sub(discount.amount.shop))?;
    let zero = Money::zero(paid.currency());
    let tax = taxes.iter().try_fold(zero, |sum, tax| sum.checked_add(tax.amount.shop))?;
    if taxes.len() >= TAX_LINES {
        return Err(ValueError::TooManyTaxes { count: taxes.len() });
    }
    if taxes.iter().any(|tax| tax.channel_liable == Some(true)) {
        return Err(ValueError::MarketplaceTax);
    }
    let net = if taxes_included { paid.checked_sub(tax)? } else { paid };
    for (what, amount) in [("a price after discounts", paid), ("a tax", tax), ("a price without tax", net)] {
        if amount.amount() < Decimal::ZERO {
            return Err(ValueError::Negative { what, amount });
        }
    }
    // A tax that comes to nothing beside one that does not, such as a local one at 0 %, does not blur the rate.
    let mut counted: Vec<_> = taxes.iter().filter(|tax| !tax.amount.shop.is_zero()).collect();
    if counted.is_empty() {
        let is_zero = |tax: &&TaxLine| tax.rate_percentage.is_some_and(|rate| rate.get().is_zero());
        counted = taxes.iter().filter(|tax| !is_zero(tax)).collect();
    }
    let rate = match counted.as_slice() {
        [] => Some(Decimal::ZERO),
        [one] => one.rate_percentage.map(JsonDecimal::get),
        _ => None,
    };
    Ok(LineValue { net, tax, rate })
}

impl Order {
    /// The line with this id.
    pub fn line(&self, id: LineItemId) -> Option<&OrderLine> {
        self.lines.iter().find(|line| line.id == id)
    }

    /// Does the customer's currency differ from the shop's?
    pub fn is_foreign(&self) -> bool {
        self.customer_currency != self.shop_currency
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pence(pence: i64) -> Amount {
        Amount::one_currency(Money::new(Decimal::new(pence, 2), Currency::GBP).unwrap())
    }

    fn line(total: i64, discounts: &[i64], taxes: &[(i64, i64)]) -> OrderLine {
        let discount = |part: &i64| Allocation { amount: pence(*part), application: None };
        let tax = |(amount, rate): &(i64, i64)| TaxLine {
            title: None,
            rate_percentage: Some(JsonDecimal(Decimal::from(*rate))),
            channel_liable: None,
            amount: pence(*amount),
        };
        OrderLine {
            id: LineItemId::new(1),
            title: None,
            sku: None,
            quantity: 1,
            current_quantity: 1,
            refundable_quantity: 1,
            is_gift_card: false,
            taxable: true,
            group: None,
            variant: None,
            components: None,
            original_total: pence(total),
            discounts: discounts.iter().map(discount).collect(),
            tax_lines: taxes.iter().map(tax).collect(),
        }
    }

    fn worth(line: &OrderLine, taxes_included: bool) -> (String, String, Option<Decimal>) {
        let value = line.value(taxes_included).unwrap();
        (value.net.amount().to_string(), value.tax.amount().to_string(), value.rate)
    }

    #[test]
    fn a_line_is_worth_its_total_less_every_discount() {
        let twenty = Some(Decimal::from(20));
        // 9.99 with 20% in it: 1.665 of VAT, which Shopify rounds to 1.67.
        assert_eq!(worth(&line(999, &[], &[(167, 20)]), true), ("8.32".into(), "1.67".into(), twenty));
        assert_eq!(worth(&line(4800, &[480, 120], &[(700, 20)]), true), ("35.00".into(), "7.00".into(), twenty));
        assert_eq!(worth(&line(1000, &[], &[(200, 20)]), false), ("10.00".into(), "2.00".into(), twenty));
        // No tax line is a rate of nothing; two taxes have no one rate.
        assert_eq!(worth(&line(1200, &[], &[]), true), ("12.00".into(), "0.00".into(), Some(Decimal::ZERO)));
        assert_eq!(worth(&line(1200, &[], &[(100, 10), (50, 5)]), false).2, None);
        // A tax that comes to nothing beside one that does not is none; of a line for nothing, the rate above nothing counts.
        assert_eq!(worth(&line(2400, &[], &[(400, 20), (0, 0)]), true), ("20.00".into(), "4.00".into(), twenty));
        assert_eq!(worth(&line(2400, &[2400], &[(0, 20), (0, 0)]), true), ("0.00".into(), "0.00".into(), twenty));
        assert_eq!(worth(&line(2400, &[], &[(0, 0), (0, 0)]), true).2, Some(Decimal::ZERO));
    }

    #[test]
    fn what_can_not_be_told_is_not_told() {
        assert!(matches!(line(1000, &[1100], &[]).value(true), Err(ValueError::Negative { .. })));
        assert!(matches!(line(1000, &[], &[(1100, 20)]).value(true), Err(ValueError::Negative { .. })));
        assert!(matches!(line(1000, &[], &[(1, 1); 20]).value(true), Err(ValueError::TooManyTaxes { count: 20 })));
        let mut market = line(1000, &[], &[(167, 20)]);
        market.tax_lines.iter_mut().for_each(|tax| tax.channel_liable = Some(true));
        assert_eq!(market.value(true), Err(ValueError::MarketplaceTax));
    }

    proptest! {
        #[test]
        fn net_and_tax_are_what_was_paid(total in 0i64..1_000_000, off in 0i64..1_000, tax in 0i64..1_000) {
            prop_assume!(off + tax <= total);
            let line = line(total, &[off], &[(tax, 20)]);
            let included = line.value(true).unwrap().gross().unwrap();
            prop_assert_eq!(included, pence(total - off).shop);
            prop_assert_eq!(line.value(false).unwrap().gross().unwrap(), pence(total - off + tax).shop);
        }
    }
}
