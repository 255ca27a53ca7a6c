use returns_wire::{JsonDecimal, Money, MoneyError, Rounding};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Decimal places that a weight keeps.
const PLACES: u32 = 9;

/// A component of the bundles on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleComponent {
    /// Its stock code.
    pub sku: String,
    /// Pieces in one bundle.
    pub quantity: u32,
    /// What all its pieces in one bundle count for, with tax: their selling price as a rule.
    pub weight: JsonDecimal,
    /// Its rate of tax in percent.
    pub rate: JsonDecimal,
}

impl BundleComponent {
    /// All four.
    pub fn new(sku: &str, quantity: u32, weight: Decimal, rate: Decimal) -> Self {
        Self { sku: sku.to_owned(), quantity, weight: JsonDecimal(weight), rate: JsonDecimal(rate) }
    }
}

/// A line that sold bundles, and how its value is shared out among their pieces. It is the working: kept with a document,
/// it shows how each value came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleLine {
    /// Bundles sold on it.
    pub bundles: u32,
    /// What they were all sold for, without tax.
    pub net: Money,
    /// The tax on them all.
    pub tax: Money,
    /// What each is made of.
    pub components: Vec<BundleComponent>,
}

/// What some pieces were sold for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Without tax.
    pub net: Money,
    /// Tax.
    pub tax: Money,
}

/// Why a value can't be shared out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Amounts that can't be computed with.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// Nothing to share it out among, or no bundle.
    #[error("there is nothing to share it out among")]
    Nothing,
    /// An amount below zero.
    #[error("{amount} is less than nothing")]
    Negative {
        /// The amount.
        amount: Decimal,
    },
    /// A weight that is not a price.
    #[error("a component counts for {weight}; it must be 0 to 1000000000000")]
    Weight {
        /// The weight.
        weight: Decimal,
    },
    /// The rates of the components do not explain the tax.
    #[error("the components' rates give a tax of {expected} on {gross}, the line carries {tax}")]
    TaxDiffers {
        /// What they give.
        expected: Decimal,
        /// On what, with tax.
        gross: Money,
        /// What it carries.
        tax: Money,
    },
    /// There is no such bundle or piece on the line.
    #[error("there is no such piece on the line")]
    NoSuchPiece,
}

/// Shares an amount out by weights in the smallest coins of its currency. Coins that are left go to the largest remainders,
/// among equal ones to the first. The parts add up to the amount, and none is less than nothing.
///
/// Weights that are all nothing count alike.
///
/// # Errors
/// [`BundleError`] for no weights, amounts or weights below zero, weights above 10^12.
///
/// ```
/// use returns_wire::{Currency, Money};
/// use shopify_returns::apportion;
/// let yen = |amount: i64| Money::new(amount.into(), "JPY".parse().unwrap()).unwrap();
/// // 100 by 1 : 1 : 1: 33 each, and the coin that is left to the first.
/// assert_eq!(apportion(yen(100), &[1.into(), 1.into(), 1.into()])?, [yen(34), yen(33), yen(33)]);
/// # Ok::<(), shopify_returns::BundleError>(())
/// ```
pub fn apportion(total: Money, weights: &[Decimal]) -> Result<Vec<Money>, BundleError> {
    let currency = total.currency();
    let too_large = || BundleError::Money(MoneyError::TooLarge { currency });
    if weights.is_empty() {
        return Err(BundleError::Nothing);
    }
    if total.amount() < Decimal::ZERO {
        return Err(BundleError::Negative { amount: total.amount() });
    }
    let limit = Decimal::from(1_000_000_000_000_u64);
    let whole = |weight: &Decimal| {
        let fits = *weight >= Decimal::ZERO && *weight <= limit;
        let scaled = (weight * Decimal::from(1_000_000_000_u32)).round_dp(0).to_u128();
        scaled.filter(|_| fits).ok_or(BundleError::Weight { weight: *weight })
    };
    let mut weights = weights.iter().map(whole).collect::<Result<Vec<_>, _>>()?;
    if weights.iter().all(|weight| *weight == 0) {
        weights.fill(1);
    }
    let sum: u128 = weights.iter().sum();
    let coins = (total.amount() / currency.smallest()).to_u128().ok_or_else(too_large)?;
    let mut parts = Vec::new();
    for weight in &weights {
        let product = coins.checked_mul(*weight).ok_or_else(too_large)?;
        parts.push((product / sum, product % sum));
    }
    let left = coins - parts.iter().map(|(coins, _)| coins).sum::<u128>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    // Stable: among equal remainders the first comes first.
    order.sort_by_key(|place| std::cmp::Reverse(parts.get(*place).map(|(_, remainder)| *remainder)));
    for place in order.into_iter().take(usize::try_from(left).unwrap_or_default()) {
        if let Some((coins, _)) = parts.get_mut(place) {
            *coins += 1;
        }
    }
    let money = |(coins, _): (u128, u128)| {
        let coins = i128::try_from(coins).ok().and_then(|coins| Decimal::try_from_i128_with_scale(coins, 0).ok());
        Ok(Money::new(coins.ok_or_else(too_large)? * currency.smallest(), currency)?)
    };
    parts.into_iter().map(money).collect()
}

/// The n-th of so many equal parts, counted from 0: what rounding the sum up to it adds. The price with tax is shared out,
/// since that is what a customer gets back; the tax up to a part follows the price up to it, and the rest is net.
fn nth_share(total: Share, n: u32, of: u32) -> Result<Share, MoneyError> {
    let gross = total.net.checked_add(total.tax)?;
    let currency = gross.currency();
    let part = |amount: Money, count: Decimal, of: Decimal| {
        let part = amount.amount().checked_mul(count).and_then(|product| product.checked_div(of));
        Money::rounded(part.ok_or(MoneyError::TooLarge { currency })?, currency, Rounding::HalfUp)
    };
    let up_to = |count: u32| -> Result<Share, MoneyError> {
        let price = part(gross, count.into(), of.into())?;
        let tax = if gross.is_zero() { total.tax } else { part(total.tax, price.amount(), gross.amount())? };
        Ok(Share { net: price.checked_sub(tax)?, tax })
    };
    let (before, after) = (up_to(n)?, up_to(n + 1)?);
    Ok(Share { net: after.net.checked_sub(before.net)?, tax: after.tax.checked_sub(before.tax)? })
}

impl BundleLine {
    /// A line of `bundles`, sold for `net` and `tax` in all.
    ///
    /// # Errors
    /// [`BundleError`], of whatever bundle on it: then no bundle of it can be valued.
    pub fn new(bundles: u32, net: Money, tax: Money, components: Vec<BundleComponent>) -> Result<Self, BundleError> {
        let line = Self { bundles, net, tax, components };
        line.net.checked_add(line.tax)?;
        if bundles == 0 || line.components.iter().any(|component| component.quantity == 0) {
            return Err(BundleError::Nothing);
        }
        if line.rates().len() > 1 {
            line.explained(line.net, line.tax)?;
        }
        line.bundle(0)?;
        line.bundle(bundles - 1)?;
        Ok(line)
    }

    /// What each component of one bundle was sold for: all its pieces, in the order of the components. Bundles are counted
    /// from 0.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn bundle(&self, number: u32) -> Result<Vec<Share>, BundleError> {
        if number >= self.bundles {
            return Err(BundleError::NoSuchPiece);
        }
        // What the customer sees is shared out first: prices with tax.
        let all = nth_share(Share { net: self.net, tax: self.tax }, number, self.bundles)?;
        let (net, tax) = (all.net, all.tax);
        let weights: Vec<_> = self.components.iter().map(|component| component.weight.get()).collect();
        let weights = if weights.iter().all(Decimal::is_zero) {
            self.components.iter().map(|component| component.quantity.into()).collect()
        } else {
            weights
        };
        let gross = apportion(net.checked_add(tax)?, &weights)?;
        let taxes = self.taxes(&gross, tax)?;
        let share = |(part, tax_of_it): (Money, Money)| {
            let net_of_it = part.checked_sub(tax_of_it)?;
            if net_of_it.amount() < Decimal::ZERO {
                let (expected, gross) = (part.amount(), net.checked_add(tax)?);
                return Err(BundleError::TaxDiffers { expected, gross, tax });
            }
            Ok(Share { net: net_of_it, tax: tax_of_it })
        };
        gross.into_iter().zip(taxes).map(share).collect()
    }

    /// What one piece of one component of one bundle was sold for; all are counted from 0.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn piece(&self, number: u32, component: usize, piece: u32) -> Result<Share, BundleError> {
        let of = self.components.get(component).map(|component| component.quantity);
        let of = of.filter(|of| piece < *of).ok_or(BundleError::NoSuchPiece)?;
        let all = self.bundle(number)?.get(component).copied().ok_or(BundleError::NoSuchPiece)?;
        Ok(nth_share(all, piece, of)?)
    }

    fn rates(&self) -> BTreeSet<Decimal> {
        self.components.iter().map(|component| component.rate.get().normalize()).collect()
    }

    /// The tax of each component: shared out among the rates by what each rate gives, within a rate by price.
    fn taxes(&self, gross: &[Money], tax: Money) -> Result<Vec<Money>, BundleError> {
        let mut by_rate: BTreeMap<Decimal, Vec<usize>> = BTreeMap::new();
        for (place, component) in self.components.iter().enumerate() {
            by_rate.entry(component.rate.get().normalize()).or_default().push(place);
        }
        let of = |places: &[usize]| -> Vec<Decimal> {
            places.iter().filter_map(|place| gross.get(*place)).map(Money::amount).collect()
        };
        let expected = |(rate, places): (&Decimal, &Vec<usize>)| {
            of(places).iter().sum::<Decimal>() * rate / (Decimal::ONE_HUNDRED + rate)
        };
        let weights: Vec<_> = by_rate.iter().map(expected).map(|weight| weight.round_dp(PLACES)).collect();
        if weights.iter().all(Decimal::is_zero) && !tax.is_zero() && by_rate.len() > 1 {
            let gross = gross.iter().try_fold(Money::zero(tax.currency()), |sum, part| sum.checked_add(*part))?;
            return Err(BundleError::TaxDiffers { expected: Decimal::ZERO, gross, tax });
        }
        let mut taxes = vec![Money::zero(tax.currency()); gross.len()];
        for (places, tax) in by_rate.values().zip(apportion(tax, &weights)?) {
            for (place, part) in places.iter().zip(apportion(tax, &of(places))?) {
                if let Some(slot) = taxes.get_mut(*place) {
                    *slot = part;
                }
            }
        }
        Ok(taxes)
    }

    /// Do several rates explain the tax of the whole line? A coin for each of them is rounding.
    fn explained(&self, net: Money, tax: Money) -> Result<(), BundleError> {
        let gross = net.checked_add(tax)?;
        let weights: Vec<_> = self.components.iter().map(|component| component.weight.get()).collect();
        let parts = apportion(gross, &weights)?;
        let of = |(part, component): (Money, &BundleComponent)| {
            let rate = component.rate.get();
            part.amount() * rate / (Decimal::ONE_HUNDRED + rate)
        };
        let expected: Decimal = parts.into_iter().zip(&self.components).map(of).sum();
        let allowed = tax.currency().smallest() * Decimal::from(self.rates().len());
        if (expected - tax.amount()).abs() > allowed {
            let expected = expected.round_dp(tax.currency().minor_digits());
            return Err(BundleError::TaxDiffers { expected, gross, tax });
        }
        Ok(())
    }
}

/// Pieces of a line that are spoken for, and which come next.
///
/// A whole bundle is the first of which no piece is taken; a piece by itself is the first of its component that is left. So
/// pieces that come back one by one open as few bundles as can be, and a whole bundle can come back as long as there is one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken(BTreeSet<(u32, usize, u32)>);

impl Taken {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one piece: bundle, component, piece, counted from 0. False when it was taken before.
    pub fn take(&mut self, bundle: u32, component: usize, piece: u32) -> bool {
        self.0.insert((bundle, component, piece))
    }

    /// The next whole bundle.
    pub fn whole(&self, line: &BundleLine) -> Option<u32> {
        let opened: BTreeSet<u32> = self.0.iter().map(|(bundle, ..)| *bundle).collect();
        (0..line.bundles).find(|bundle| !opened.contains(bundle))
    }

    /// The next piece of a component: bundle and piece.
    pub fn piece(&self, line: &BundleLine, component: usize) -> Option<(u32, u32)> {
        let of = line.components.get(component)?.quantity;
        let all = (0..line.bundles).flat_map(|bundle| (0..of).map(move |piece| (bundle, piece)));
        all.into_iter().find(|(bundle, piece)| !self.0.contains(&(*bundle, component, *piece)))
    }
}
