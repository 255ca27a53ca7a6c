use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize};
use std::{fmt, str::FromStr};

/// An ISO 4217 currency code.
///
/// ```
/// use returns_wire::Currency;
/// assert_eq!(Currency::GBP.minor_digits(), 2);
/// assert!("gbp".parse::<Currency>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Pound sterling.
    pub const GBP: Self = Self(*b"GBP");
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Decimal places of the smallest unit: 0 for yen, 3 for dinars, 2 for most.
    pub fn minor_digits(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// The smallest amount that exists, such as 0.01.
    pub fn smallest(&self) -> Decimal {
        Decimal::new(1, self.minor_digits())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match text.as_bytes() {
            bytes @ [a, b, c] if bytes.iter().all(u8::is_ascii_uppercase) => Ok(Self([*a, *b, *c])),
            _ => Err(MoneyError::NotACurrency { got: text.chars().take(12).collect() }),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How a value that falls between two smallest units is rounded; always named at the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rounding {
    /// Halves away from zero: what Sage 200, HMRC examples and people do.
    HalfUp,
    /// Towards zero.
    Down,
}

/// An amount in a currency, with no more decimal places than the currency has.
///
/// ```
/// use returns_wire::{Currency, Money, Rounding};
/// use rust_decimal::Decimal;
/// let net = Money::new(Decimal::new(2000, 2), Currency::GBP)?;
/// let vat = Money::rounded(Decimal::new(3999, 3), Currency::GBP, Rounding::HalfUp)?;
/// assert_eq!(net.checked_add(vat)?.to_string(), "24.00 GBP");
/// # Ok::<(), returns_wire::MoneyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Money {
    #[serde(serialize_with = "as_text")]
    amount: Decimal,
    currency: Currency,
}

fn as_text<S: serde::Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

impl Money {
    /// Checks the scale: 1.005 is not an amount of pounds.
    ///
    /// # Errors
    /// [`MoneyError::Scale`] when `amount` has parts of the smallest unit.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let digits = currency.minor_digits();
        if amount.normalize().scale() > digits {
            return Err(MoneyError::Scale { amount, currency, digits });
        }
        let mut amount = amount;
        amount.rescale(digits);
        // Minus nothing is nothing: no `-0.00` in a document.
        if amount.is_zero() {
            amount.set_sign_positive(true);
        }
        // rescale gives up silently near 28 digits; such an amount is no money of ours.
        if amount.scale() == digits { Ok(Self { amount, currency }) } else { Err(MoneyError::TooLarge { currency }) }
    }

    /// Rounds to the currency's smallest unit by the rule named.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] when the result does not fit.
    pub fn rounded(amount: Decimal, currency: Currency, rounding: Rounding) -> Result<Self, MoneyError> {
        let strategy = match rounding {
            Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Rounding::Down => RoundingStrategy::ToZero,
        };
        Self::new(amount.round_dp_with_strategy(currency.minor_digits(), strategy), currency)
    }

    /// Nothing, in a currency.
    pub fn zero(currency: Currency) -> Self {
        Self { amount: Decimal::new(0, currency.minor_digits()), currency }
    }

    /// The number.
    pub const fn amount(&self) -> Decimal {
        self.amount
    }

    /// The currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// True for exactly nothing.
    pub fn is_zero(&self) -> bool {
        self.amount.is_zero()
    }

    /// Adds an amount of the same currency.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`] for two currencies, [`MoneyError::TooLarge`] past 28 digits.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        let sum = self.amount.checked_add(other.amount).ok_or(MoneyError::TooLarge { currency: self.currency })?;
        Self::new(sum, self.currency)
    }

    /// Takes off an amount of the same currency.
    ///
    /// # Errors
    /// As [`checked_add`](Self::checked_add).
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.checked_add(Self { amount: -other.amount, currency: other.currency })
    }

    /// The same amount without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self { amount: self.amount.abs(), currency: self.currency }
    }

    fn same(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::Mixed { left: self.currency, right: other.currency })
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.amount, self.currency))
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Parts {
            amount: crate::JsonDecimal,
            currency: Currency,
        }
        let Parts { amount, currency } = Parts::deserialize(deserializer)?;
        Self::new(amount.0, currency).map_err(serde::de::Error::custom)
    }
}

/// A value that is not money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Not three capital letters.
    #[error("{got:?} is not a currency code; use the three capital letters of ISO 4217, such as GBP")]
    NotACurrency {
        /// The text, shortened.
        got: String,
    },
    /// More decimal places than the currency has.
    #[error("{amount} has more decimal places than {currency} ({digits}); round it by a named rule first")]
    Scale {
        /// The amount.
        amount: Decimal,
        /// Its currency.
        currency: Currency,
        /// Places the currency has.
        digits: u32,
    },
    /// Two currencies in one sum.
    #[error("{left} and {right} can't be added")]
    Mixed {
        /// Currency of the left amount.
        left: Currency,
        /// Currency of the right amount.
        right: Currency,
    },
    /// Past what 28 digits hold.
    #[error("the amount of {currency} is too large to hold exactly")]
    TooLarge {
        /// Its currency.
        currency: Currency,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scale_follows_the_currency() {
        let yen: Currency = "JPY".parse().unwrap();
        assert!(Money::new(Decimal::new(15, 1), yen).is_err());
        assert_eq!(Money::new(Decimal::new(5, 0), Currency::GBP).unwrap().to_string(), "5.00 GBP");
        assert_eq!(Money::new(Decimal::new(5000, 3), Currency::GBP).unwrap().to_string(), "5.00 GBP");
        assert!(Money::new(Decimal::MAX, Currency::GBP).is_err());
    }

    #[test]
    fn halves_go_up_away_from_zero() {
        let round = |n| Money::rounded(Decimal::new(n, 3), Currency::GBP, Rounding::HalfUp).unwrap().amount();
        assert_eq!(round(1005), Decimal::new(101, 2));
        assert_eq!(round(-1005), Decimal::new(-101, 2));
    }

    #[test]
    fn nothing_has_no_sign() {
        let zero = Money::zero(Currency::GBP);
        assert_eq!(zero.checked_sub(zero).unwrap().to_string(), "0.00 GBP");
        let pence = Money::rounded(Decimal::new(-1, 3), Currency::GBP, Rounding::HalfUp).unwrap();
        assert_eq!(pence.to_string(), "0.00 GBP");
        assert_eq!(Money::new("-0".parse::<Decimal>().unwrap(), Currency::GBP).unwrap().to_string(), "0.00 GBP");
    }

    #[test]
    fn currencies_do_not_mix() {
        let one = Money::new(Decimal::ONE, Currency::GBP).unwrap();
        assert!(one.checked_add(Money::zero(Currency::EUR)).is_err());
    }

    proptest! {
        #[test]
        fn json_and_sums_are_exact(a in -99_999_999_999i64..99_999_999_999, b in -99_999_999_999i64..99_999_999_999) {
            let money = |n| Money::new(Decimal::new(n, 2), Currency::GBP).unwrap();
            prop_assert_eq!(money(a).checked_add(money(b)).unwrap(), money(a + b));
            let json = serde_json::to_string(&money(a)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money(a));
        }
    }
}
