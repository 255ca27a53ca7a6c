use super::SopLine;
use returns_wire::{Currency, Money, Rounding};
use rust_decimal::Decimal;

/// What an order or a return is expected to come to. Sage 200 computes its own values; a penny per line may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SopTotals {
    /// Without VAT.
    pub net: Money,
    /// VAT.
    pub tax: Money,
    /// With VAT.
    pub gross: Money,
}

impl SopTotals {
    /// Every line rounded by itself; nothing when a price is left to Sage 200.
    pub(super) fn of(lines: &[SopLine<'_>], currency: Currency, prices_include_tax: bool) -> Option<Self> {
        let round = |amount| Money::rounded(amount, currency, Rounding::HalfUp).ok();
        let mut net = Money::zero(currency);
        let mut tax = net;
        for line in lines {
            let Some((quantity, price)) = line.item.priced() else { continue };
            let amount = round(quantity.checked_mul(price?)?)?;
            let rate = line.item.tax()?.rate();
            let base = if prices_include_tax { rate.checked_add(Decimal::ONE_HUNDRED)? } else { Decimal::ONE_HUNDRED };
            let of_line = round(amount.amount().checked_mul(rate)?.checked_div(base)?)?;
            let net_of_line = if prices_include_tax { amount.checked_sub(of_line).ok()? } else { amount };
            net = net.checked_add(net_of_line).ok()?;
            tax = tax.checked_add(of_line).ok()?;
        }
        Some(Self { net, tax, gross: net.checked_add(tax).ok()? })
    }
}
