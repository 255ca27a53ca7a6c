use returns_wire::{Money, MoneyError, Rounding};
use rust_decimal::Decimal;

/// The part of `total` that belongs to unit number `nth` (from 0) of `of` equal units.
///
/// The first `n` units are together worth `total × n / of`, halves rounded up; one unit is the difference of two
/// such sums. So the units of a line add up to the line to the penny, whatever RMAs they come back in, and no
/// sequence of returns is ever worth more than the line.
///
/// ```
/// use returns_sync::rules::share;
/// use returns_wire::{Currency, Money};
/// let total = Money::new("10.00".parse().unwrap(), Currency::GBP)?;
/// let parts: Vec<String> = (0..3).map(|n| share(total, n, 3).unwrap().to_string()).collect();
/// assert_eq!(parts, ["3.33 GBP", "3.34 GBP", "3.33 GBP"]);
/// # Ok::<(), returns_wire::MoneyError>(())
/// ```
///
/// # Errors
/// [`MoneyError::TooLarge`] past 28 digits. A line of no units is worth nothing.
pub fn share(total: Money, nth: u32, of: u32) -> Result<Money, MoneyError> {
    if of == 0 {
        return Ok(Money::zero(total.currency()));
    }
    let up_to = |n: u32| {
        let product =
            total.amount().checked_mul(Decimal::from(n)).ok_or(MoneyError::TooLarge { currency: total.currency() })?;
        Money::rounded(product / Decimal::from(of), total.currency(), Rounding::HalfUp)
    };
    up_to(nth.saturating_add(1))?.checked_sub(up_to(nth)?)
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
            for nth in 0..of {
                let part = share(total, nth, of).unwrap();
                prop_assert!(part.amount() >= Decimal::ZERO);
                sum = sum.checked_add(part).unwrap();
            }
            prop_assert_eq!(sum, total);
        }
    }
}
