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
    }
}
