use returns_wire::{Money, MoneyError, Rounding};
use rust_decimal::Decimal;

/// What one more unit of an order line is worth, when `units` of its `of` units are credited with `credited` in all.
///
/// The first `n` units are together worth `total × n / of`, halves rounded up; one more unit is worth what is missing
/// to that sum. So the units of a line add up to the line to the penny, whatever RMAs they come back in, and no
/// sequence of returns is ever worth more than the line.
///
/// ```
/// use returns_sync::rules::share;
/// use returns_wire::{Currency, Money};
/// let money = |text: &str| Money::new(text.parse().unwrap(), Currency::GBP);
/// let total = money("10.00")?;
/// assert_eq!(share(total, 0, money("0.00")?, 3)?.to_string(), "3.33 GBP");
/// assert_eq!(share(total, 1, money("3.33")?, 3)?.to_string(), "3.34 GBP");
/// assert_eq!(share(total, 2, money("6.67")?, 3)?.to_string(), "3.33 GBP");
/// # Ok::<(), returns_wire::MoneyError>(())
/// ```
///
/// # Errors
/// [`MoneyError`] past 28 digits, or for two currencies. A line of no units is worth nothing, and no unit is worth
/// less than nothing.
pub fn share(total: Money, units: u32, credited: Money, of: u32) -> Result<Money, MoneyError> {
    if of == 0 {
        return Ok(Money::zero(total.currency()));
    }
    let count = Decimal::from(units.saturating_add(1).min(of));
    let product = total.amount().checked_mul(count).ok_or(MoneyError::TooLarge { currency: total.currency() })?;
    let up_to = Money::rounded(product / Decimal::from(of), total.currency(), Rounding::HalfUp)?;
    let part = up_to.checked_sub(credited)?;
    Ok(if part.amount().is_sign_negative() { Money::zero(total.currency()) } else { part })
}

/// What a customer pays for something, and the VAT in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnitShare {
    pub(super) gross: Money,
    pub(super) vat: Money,
}

impl UnitShare {
    pub(super) fn net(self) -> Result<Money, MoneyError> {
        self.gross.checked_sub(self.vat)
    }
}

/// [`share`] of a line with VAT in it. The gross is shared out, because that is what the customer gets back: so credit and
/// refund agree to the penny. The VAT up to a unit follows the gross up to it; net is the difference and never below zero.
pub(super) fn unit_share(line: UnitShare, units: u32, credited: UnitShare, of: u32) -> Result<UnitShare, MoneyError> {
    let gross = share(line.gross, units, credited.gross, of)?;
    if gross.is_zero() {
        return Ok(UnitShare { gross, vat: gross });
    }
    let up_to = credited.gross.checked_add(gross)?.amount();
    let vat = line.vat.amount().checked_mul(up_to).and_then(|product| product.checked_div(line.gross.amount()));
    let vat = vat.ok_or(MoneyError::TooLarge { currency: gross.currency() })?;
    let vat = Money::rounded(vat, gross.currency(), Rounding::HalfUp)?.checked_sub(credited.vat)?;
    let within = vat.amount().clamp(Decimal::ZERO, gross.amount());
    Ok(UnitShare { gross, vat: Money::new(within, gross.currency())? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use returns_wire::Currency;

    proptest! {
        #[test]
        fn shares_add_up_and_none_is_negative(pence in 0i64..10_000_000, of in 1u32..200) {
            let total = Money::new(Decimal::new(pence, 2), Currency::GBP).unwrap();
            let mut sum = Money::zero(Currency::GBP);
            for units in 0..of {
                let part = share(total, units, sum, of).unwrap();
                prop_assert!(part.amount() >= Decimal::ZERO);
                sum = sum.checked_add(part).unwrap();
            }
            prop_assert_eq!(sum, total);
        }

        #[test]
        fn gross_and_vat_add_up_and_no_net_is_negative(pence in 0i64..100_000, rate in 0i64..=25, of in 1u32..60) {
            let money = |pence| Money::new(Decimal::new(pence, 2), Currency::GBP).unwrap();
            let vat = Decimal::from(pence * rate) / Decimal::from(100 + rate);
            let vat = Money::rounded(vat / Decimal::ONE_HUNDRED, Currency::GBP, Rounding::HalfUp).unwrap();
            let line = UnitShare { gross: money(pence), vat };
            let mut sum = UnitShare { gross: money(0), vat: money(0) };
            for units in 0..of {
                let unit = unit_share(line, units, sum, of).unwrap();
                prop_assert!(unit.net().unwrap().amount() >= Decimal::ZERO);
                // What a shop pays back for the unit: the rounded sum up to it less the rounded sum before it.
                let up_to = |units: u32| {
                    let part = line.gross.amount() * Decimal::from(units) / Decimal::from(of);
                    Money::rounded(part, Currency::GBP, Rounding::HalfUp).unwrap()
                };
                prop_assert_eq!(unit.gross, up_to(units + 1).checked_sub(up_to(units)).unwrap());
                sum = UnitShare {
                    gross: sum.gross.checked_add(unit.gross).unwrap(),
                    vat: sum.vat.checked_add(unit.vat).unwrap(),
                };
            }
            prop_assert_eq!(sum, line);
        }
    }
}
