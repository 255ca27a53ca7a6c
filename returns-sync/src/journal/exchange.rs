//! Exchanges: the shop's order that replaces returned goods, and the sales order in Sage that has it packed.

use super::{Lookup, ReturnOutcome, ReturnStage, RunId, TaxChoice};
use chrono::{DateTime, NaiveDate, Utc};
use returngo_client::ReturnedItemId;
use returns_wire::{Money, MoneyError, Rounding};
use rust_decimal::Decimal;
use sage200_client::{
    AccountReference, AnalysisText, ChargeCode, Customer, CustomerDocumentNo, Id, Product, Warehouse,
};
use serde::{Deserialize, Serialize};
use shopify_returns::{LineItemId, OrderId};

/// A line of a sales order that replaces returned goods. It has no value of its own: that follows from what was
/// credited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacementLine {
    /// The line of the shop's order.
    pub shop_line: LineItemId,
    /// The product.
    pub sku: String,
    /// Its record.
    pub product: Id<Product>,
    /// Pieces.
    pub quantity: u32,
    /// What they cost by themselves, with VAT: their share in the value is by this.
    pub listed: Money,
    /// The VAT code.
    pub tax: TaxChoice,
}

/// How the goods are to be sent, where the site keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShippingMethod {
    /// A charge line with this code, worth what the customer paid for shipping.
    Charge {
        /// The code.
        code: ChargeCode,
        /// The VAT code.
        tax: TaxChoice,
    },
    /// An analysis code of the order.
    AnalysisCode {
        /// Which.
        number: u8,
        /// The method.
        text: AnalysisText,
    },
    /// The order's priority, a letter.
    Priority(char),
}

/// A sales order for replacement goods that is about to be entered: frozen units, amounts, date and key. Where the goods go
/// is not kept: it is read in the shop when the order is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeIntent {
    /// The key under which it is found in Sage, its customer document number: the number of the shop's exchange order.
    pub key: CustomerDocumentNo,
    /// The exchange order in the shop.
    pub shop_order: OrderId,
    /// The RMA, in an analysis code.
    pub rma_no: AnalysisText,
    /// The number of the order that the goods were returned of, in an analysis code.
    pub order_no: AnalysisText,
    /// The document's date, in London.
    pub date: NaiveDate,
    /// The account.
    pub customer: Id<Customer>,
    /// That account's reference.
    pub account: AccountReference,
    /// Where the goods are taken from.
    pub warehouse: Id<Warehouse>,
    /// Whether Sage's prices include VAT.
    pub prices_include_tax: bool,
    /// The units that are exchanged.
    pub units: Vec<ReturnedItemId>,
    /// What they were credited with.
    pub credited: Money,
    /// What the customer paid on top, shipping included.
    pub paid: Money,
    /// What of it was for shipping.
    pub shipping_paid: Money,
    /// What was paid back, because the new goods are cheaper.
    pub refunded: Money,
    /// The new goods.
    pub lines: Vec<ReplacementLine>,
    /// How they are sent; none where the site keeps it nowhere.
    pub shipping: Option<ShippingMethod>,
}

/// What a line of a replacement order is worth, as Sage will compute it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineWorth {
    /// Price of one piece, with VAT where the site's prices include it.
    pub unit_price: Decimal,
    /// Without VAT.
    pub net: Money,
    /// VAT.
    pub vat: Money,
}

/// What a replacement order is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeWorth {
    /// What each of its lines is worth.
    pub lines: Vec<LineWorth>,
    /// What its charge for shipping is worth.
    pub shipping: Option<LineWorth>,
    /// Net value.
    pub net: Money,
    /// VAT.
    pub vat: Money,
    /// With VAT.
    pub gross: Money,
    /// What it was to be worth less what Sage will compute: a smallest coin at most, where no net value comes to it.
    pub rounding: Money,
}

/// A replacement order that can't be worth what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorthError {
    /// More was paid back than the credit and the customer's payment come to.
    #[error(
        "credited {credited}, paid {paid} ({shipping} of it for shipping), paid back {refunded}: nothing is left for the goods"
    )]
    NothingLeft {
        /// Credited.
        credited: Money,
        /// Paid on top.
        paid: Money,
        /// Of it for shipping.
        shipping: Money,
        /// Paid back.
        refunded: Money,
    },
    /// No line says what it costs.
    #[error("the shop's order says of no line what it costs, so the value can't be shared out")]
    NoPrices,
    /// Shipping was paid, and there is no line for it.
    #[error("{0} was paid for shipping, and the order has no charge line for it")]
    ShippingHasNoLine(Money),
    /// Sage's rounding does not come near the value.
    #[error("{quantity} x {sku} can't be priced so that Sage comes to {wanted}: it comes to {got}")]
    Unreachable {
        /// The product.
        sku: String,
        /// Pieces.
        quantity: u32,
        /// Wanted, with VAT.
        wanted: Money,
        /// What Sage comes to.
        got: Money,
    },
    /// Amounts that can't be added.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// Places of a unit price in Sage.
const PLACES: u32 = 5;

/// The price of one piece so that Sage comes to `wanted` for all of them, or as near to it as it can.
fn price(wanted: Money, quantity: u32, rate: Decimal, prices_include_tax: bool) -> Result<LineWorth, MoneyError> {
    let currency = wanted.currency();
    let (count, hundred) = (Decimal::from(quantity.max(1)), Decimal::ONE_HUNDRED);
    let round = |amount| Money::rounded(amount, currency, Rounding::HalfUp);
    // As Sage reckons: the line first, VAT of it, each rounded by itself.
    let of_line = |line: Decimal| -> Result<LineWorth, MoneyError> {
        let unit_price =
            (line / count).round_dp_with_strategy(PLACES, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        let line = round(unit_price * count)?;
        let base = if prices_include_tax { hundred + rate } else { hundred };
        let vat = round(line.amount() * rate / base)?;
        let net = if prices_include_tax { line.checked_sub(vat)? } else { line };
        Ok(LineWorth { unit_price, net, vat })
    };
    if prices_include_tax {
        return of_line(wanted.amount());
    }
    let near = round(wanted.amount() * hundred / (hundred + rate))?.amount();
    let coin = currency.smallest();
    let mut best: Option<(Decimal, LineWorth)> = None;
    for net in [near, near - coin, near + coin] {
        if net < Decimal::ZERO {
            continue;
        }
        let worth = of_line(net)?;
        let off = (wanted.amount() - worth.net.amount() - worth.vat.amount()).abs();
        if best.is_none_or(|(least, _)| off < least) {
            best = Some((off, worth));
        }
    }
    best.map_or_else(|| of_line(near), |(_, worth)| Ok(worth))
}

impl ExchangeIntent {
    /// Is it what an earlier one was, but for its date?
    pub fn is_still(&self, earlier: &Self) -> bool {
        *self == Self { date: self.date, ..earlier.clone() }
    }

    /// What the order is to be worth with VAT, so that credit, payments and order come to nothing: credited, and paid on top,
    /// less what was paid back.
    ///
    /// # Errors
    /// [`MoneyError`] past 28 digits, or for two currencies.
    pub fn due(&self) -> Result<Money, MoneyError> {
        self.credited.checked_add(self.paid)?.checked_sub(self.refunded)
    }

    /// The value of each line. The goods share what is [due](Self::due) by what they cost by themselves; what Sage's
    /// rounding leaves of one line goes to the next.
    ///
    /// # Errors
    /// [`WorthError`].
    pub fn worth(&self) -> Result<ExchangeWorth, WorthError> {
        let currency = self.credited.currency();
        let (coin, zero) = (currency.smallest(), Money::zero(currency));
        let goods = self.due()?.checked_sub(self.shipping_paid)?;
        if goods.amount().is_sign_negative() && !goods.is_zero() || goods.is_zero() && !self.credited.is_zero() {
            let (credited, paid) = (self.credited, self.paid);
            let (shipping, refunded) = (self.shipping_paid, self.refunded);
            return Err(WorthError::NothingLeft { credited, paid, shipping, refunded });
        }
        let shipping = match &self.shipping {
            Some(ShippingMethod::Charge { tax, .. }) => {
                Some(price(self.shipping_paid, 1, tax.rate.get(), self.prices_include_tax)?)
            }
            _ if !self.shipping_paid.is_zero() => return Err(WorthError::ShippingHasNoLine(self.shipping_paid)),
            _ => None,
        };
        let gross = |worth: &LineWorth| worth.net.checked_add(worth.vat);
        // What was wanted so far less what Sage comes to.
        let mut left = match &shipping {
            Some(worth) => self.shipping_paid.checked_sub(gross(worth)?)?,
            None => zero,
        };
        let weights: Vec<_> = self.lines.iter().map(|line| line.listed.amount()).collect();
        let shares = by_weight(goods.amount(), &weights, coin).ok_or(WorthError::NoPrices)?;
        let mut lines = Vec::new();
        for (line, share) in self.lines.iter().zip(shares) {
            let wanted = Money::new(share, currency)?.checked_add(left)?;
            // A line of nothing stays one, whatever is left over.
            let wanted = if share.is_zero() || wanted.amount().is_sign_negative() { zero } else { wanted };
            let worth = price(wanted, line.quantity, line.tax.rate.get(), self.prices_include_tax)?;
            left = left.checked_add(Money::new(share, currency)?)?.checked_sub(gross(&worth)?)?;
            if left.amount().abs() > coin {
                let (sku, quantity, got) = (line.sku.clone(), line.quantity, gross(&worth)?);
                return Err(WorthError::Unreachable { sku, quantity, wanted, got });
            }
            lines.push(worth);
        }
        let all = || lines.iter().chain(&shipping);
        let net = all().try_fold(zero, |sum, worth| sum.checked_add(worth.net))?;
        let vat = all().try_fold(zero, |sum, worth| sum.checked_add(worth.vat))?;
        Ok(ExchangeWorth { net, vat, gross: net.checked_add(vat)?, rounding: left, lines, shipping })
    }
}

/// An amount shared out by weights in whole coins, by largest remainder, the first of equal ones first. None without any
/// weight.
fn by_weight(amount: Decimal, weights: &[Decimal], coin: Decimal) -> Option<Vec<Decimal>> {
    let all: Decimal = weights.iter().sum();
    if all <= Decimal::ZERO || weights.iter().any(|weight| weight.is_sign_negative() && !weight.is_zero()) {
        return None;
    }
    let exact: Vec<Decimal> = weights.iter().map(|weight| amount * weight / all / coin).collect();
    let mut parts: Vec<Decimal> = exact.iter().map(|part| part.trunc()).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let rest = |place: &usize| exact.get(*place).map_or(Decimal::ZERO, |part| part.fract());
    order.sort_by_key(|place| std::cmp::Reverse(rest(place)));
    let mut missing = amount / coin - parts.iter().sum::<Decimal>();
    for place in order {
        if missing < Decimal::ONE {
            break;
        }
        if let Some(part) = parts.get_mut(place) {
            *part += Decimal::ONE;
        }
        missing -= Decimal::ONE;
    }
    Some(parts.into_iter().map(|part| part * coin).collect())
}

/// What is known of one exchange.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The order in the shop.
    pub order: OrderId,
    /// Its name.
    pub name: String,
    /// Since when we know it.
    pub since: DateTime<Utc>,
    /// The sales order that we enter, or have entered.
    pub entered: Option<EnteredExchange>,
    /// Sage's number for the order, whoever entered it, and since when we know it.
    pub in_sage: Option<(DateTime<Utc>, String)>,
    /// Since when all of its goods are despatched, and what was paid back for the units by then.
    pub shipped: Option<(DateTime<Utc>, Money)>,
}

/// A sales order of ours.
#[derive(Debug, Clone)]
pub struct EnteredExchange {
    /// What was to be entered.
    pub intent: ExchangeIntent,
    /// When it was last sent, or about to be.
    pub sent_at: DateTime<Utc>,
    /// How far it got.
    pub stage: ReturnStage,
}

impl EnteredExchange {
    pub(super) fn new(intent: ExchangeIntent, at: DateTime<Utc>) -> Self {
        Self { intent, sent_at: at, stage: ReturnStage::Open(Lookup::default()) }
    }

    pub(super) fn end(&mut self, outcome: ReturnOutcome, at: DateTime<Utc>, run: RunId) {
        self.stage = ReturnStage::ended(outcome, at, run);
        if matches!(self.stage, ReturnStage::Open(_)) {
            self.sent_at = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use returns_wire::{Currency, JsonDecimal};

    fn money(pennies: i64) -> Money {
        Money::new(Decimal::new(pennies, 2), Currency::GBP).unwrap()
    }

    fn tax(rate: u32) -> TaxChoice {
        let (id, rate) = (Id::new(2).unwrap(), JsonDecimal(rate.into()));
        TaxChoice { id, number: 1, rate }
    }

    fn intent(credited: i64, lines: &[(u32, i64, u32)], prices_include_tax: bool) -> ExchangeIntent {
        let line = |(place, (quantity, listed, rate)): (usize, &(u32, i64, u32))| ReplacementLine {
            shop_line: LineItemId::new(u64::try_from(place).unwrap() + 1),
            sku: format!("SKU-{place}"),
            product: Id::new(7).unwrap(),
            quantity: *quantity,
            listed: money(*listed),
            tax: tax(*rate),
        };
        ExchangeIntent {
            key: CustomerDocumentNo::new("EX1").unwrap(),
            shop_order: OrderId::new(1),
            rma_no: AnalysisText::new("RMA1").unwrap(),
            order_no: AnalysisText::new("EX0").unwrap(),
            date: "2026-03-30".parse().unwrap(),
            customer: Id::new(1).unwrap(),
            account: AccountReference::new("WEB001").unwrap(),
            warehouse: Id::new(1).unwrap(),
            prices_include_tax,
            units: Vec::new(),
            credited: money(credited),
            paid: money(0),
            shipping_paid: money(0),
            refunded: money(0),
            lines: lines.iter().enumerate().map(line).collect(),
            shipping: None,
        }
    }

    fn lines() -> impl Strategy<Value = Vec<(u32, i64, u32)>> {
        let rate = prop_oneof![Just(0_u32), Just(5), Just(20)];
        prop::collection::vec((1_u32..6, 1_i64..50_000, rate), 1..5)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// Credit and order leave nothing on the account: always where prices include VAT, and where they do not unless no
        /// net value comes to it, which is never more than a penny.
        #[test]
        fn an_even_exchange_leaves_nothing(credited in 1_i64..500_000, lines in lines(), inclusive: bool) {
            let intent = intent(credited, &lines, inclusive);
            // A line of many pieces and few pennies can't be priced; it is refused, and never sent.
            let Ok(worth) = intent.worth() else { return Ok(()) };
            let effect = intent.credited.amount() - worth.gross.amount();
            prop_assert_eq!(effect, worth.rounding.amount());
            if inclusive {
                prop_assert_eq!(effect, Decimal::ZERO);
            } else if !effect.is_zero() {
                prop_assert_eq!(effect.abs(), Decimal::new(1, 2));
                let last = intent.lines.last().unwrap();
                prop_assert!(!last.tax.rate.get().is_zero() || worth.lines.last().unwrap().net.is_zero());
            }
            prop_assert!(worth.lines.iter().all(|line| line.net.amount() >= Decimal::ZERO));
        }

        /// What was sold at a net price that Sage reckoned VAT for is exchanged for goods at the same rate without a penny.
        #[test]
        fn what_sage_has_sold_is_exchanged_without_a_penny(net in 1_i64..200_000, rate in 0_u32..26) {
            let net = money(net);
            let vat = Money::rounded(net.amount() * Decimal::from(rate) / Decimal::ONE_HUNDRED, Currency::GBP, Rounding::HalfUp);
            let credited = net.checked_add(vat.unwrap()).unwrap();
            let mut intent = intent(0, &[(1, 1_000, rate)], false);
            intent.credited = credited;
            let worth = intent.worth().unwrap();
            prop_assert!(worth.rounding.is_zero());
            prop_assert_eq!(worth.net, net);
        }

        #[test]
        fn shares_add_up(pennies in 0_i64..1_000_000, weights in prop::collection::vec(0_i64..10_000, 1..8)) {
            let amount = Decimal::new(pennies, 2);
            let weights: Vec<_> = weights.into_iter().map(Decimal::from).collect();
            match by_weight(amount, &weights, Decimal::new(1, 2)) {
                None => prop_assert!(weights.iter().all(|weight| weight.is_zero())),
                Some(parts) => {
                    prop_assert_eq!(parts.iter().sum::<Decimal>(), amount);
                    prop_assert!(parts.iter().all(|part| *part >= Decimal::ZERO));
                    let nothing = parts.iter().zip(&weights).filter(|(_, weight)| weight.is_zero());
                    prop_assert!(nothing.into_iter().all(|(part, _)| part.is_zero()));
                }
            }
        }
    }
}
