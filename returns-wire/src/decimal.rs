use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;
use std::{fmt, str::FromStr};

/// An amount or quantity as it stands in JSON: read from and written to the number's own text, so that no
/// binary float is ever in between and the scale survives.
///
/// Reads a JSON number or a quoted number (`10.50`, `"10.50"`, `1e2`); writes a number. Rejects `null`, other
/// text, and numbers that do not fit 28 digits exactly. It can't be read inside `#[serde(flatten)]`, untagged or
/// internally tagged enums, because those buffer the value first; no money sits there.
///
/// ```
/// use returns_wire::JsonDecimal;
/// let amount: JsonDecimal = serde_json::from_str("9007199254740993.10").unwrap();
/// assert_eq!(serde_json::to_string(&amount).unwrap(), "9007199254740993.10");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct JsonDecimal(pub Decimal);

impl JsonDecimal {
    /// The plain decimal.
    pub const fn get(self) -> Decimal {
        self.0
    }
}

/// Text that is not a decimal number we can hold exactly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotADecimal {
    /// Not a number at all. The text is not repeated: it may be anything.
    #[error("expected a decimal number such as 12.50, found {found}")]
    NotANumber {
        /// What kind of JSON value stood there.
        found: &'static str,
    },
    /// More digits than can be held exactly.
    #[error("the number has {digits} significant digits; at most 28 can be held exactly")]
    TooLong {
        /// Digits seen.
        digits: usize,
    },
    /// Written with an exponent that can't be read or leads out of the range.
    #[error("the number's exponent leads beyond 28 digits; write it out, such as 12.50")]
    Exponent,
}

impl FromStr for JsonDecimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        let found = match text.as_bytes().first() {
            Some(b'n') => "null",
            Some(b't' | b'f') => "a boolean",
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            None => "empty text",
            _ => "text that is not a number",
        };
        let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
        // rust_decimal also takes `1_000` and a leading `+`; neither is JSON.
        let number_like = digits > 0
            && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'e' | b'E' | b'+'))
            && !text.starts_with('+');
        if !number_like {
            return Err(NotADecimal::NotANumber { found });
        }
        // `from_scientific` alone would round a mantissa that is too long.
        let exact = Decimal::from_str_exact(mantissa).map_err(|_| {
            if digits > 28 { NotADecimal::TooLong { digits } } else { NotADecimal::NotANumber { found } }
        })?;
        if mantissa.len() == text.len() {
            return Ok(Self(exact));
        }
        Decimal::from_scientific(text).map(Self).map_err(|_| NotADecimal::Exponent)
    }
}

impl<'de> Deserialize<'de> for JsonDecimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let token = raw.get().trim();
        let number = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).map_or(token, str::trim);
        number.parse().map_err(de::Error::custom)
    }
}

impl Serialize for JsonDecimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string()).map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl From<Decimal> for JsonDecimal {
    fn from(value: Decimal) -> Self {
        Self(value)
    }
}

impl fmt::Display for JsonDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str) -> Result<JsonDecimal, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn keeps_every_digit_and_the_scale() {
        for text in ["10.50", "0.00", "-3", "1234567890123456.785", "9999999999999999999999999.999"] {
            let read = read(text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
        assert_eq!(read("\"10.50\"").unwrap().to_string(), "10.50");
        assert_eq!(read("1e2").unwrap().0, Decimal::from(100));
    }

    #[test]
    fn says_what_stood_in_place_of_a_number() {
        assert!(read("null").unwrap_err().contains("found null"));
        assert!(read("true").unwrap_err().contains("found a boolean"));
        let text = read("\"12 pounds\"").unwrap_err();
        assert!(text.contains("decimal number such as 12.50") && !text.contains("pounds"), "{text}");
        assert!(read("123456789012345678901234567890").unwrap_err().contains("30 significant digits"));
        assert!(read("\"1_000\"").is_err());
        assert!(read("1e400").unwrap_err().contains("exponent"));
    }

    #[test]
    fn arbitrary_precision_stays_off() {
        // With the feature on, a number this long would survive a trip through Value.
        let value: serde_json::Value = serde_json::from_str("9007199254740993.01").unwrap();
        assert_ne!(value.to_string(), "9007199254740993.01");
    }

    proptest! {
        #[test]
        fn any_amount_of_28_digits_goes_through_json_unchanged(mantissa in -9_999_999_999_999_999_999_999_999_999i128..9_999_999_999_999_999_999_999_999_999i128, scale in 0u32..=10) {
            let value = JsonDecimal(Decimal::from_i128_with_scale(mantissa, scale));
            let json = serde_json::to_string(&value).unwrap();
            let back: JsonDecimal = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(back.to_string(), value.to_string());
        }

        #[test]
        fn an_exponent_is_exact_or_refused(mantissa in 1i64.., places in 0usize..35, exponent in -35i32..35) {
            let digits = mantissa.to_string();
            let padded = format!("{digits:0>width$}", width = places + 1);
            let (whole, part) = padded.split_at(padded.len() - places);
            let text = if places == 0 { format!("{whole}e{exponent}") } else { format!("{whole}.{part}E{exponent}") };
            if let Ok(value) = text.parse::<JsonDecimal>() {
                // value = mantissa * 10^power, compared as the decimal digits they stand for.
                let power = exponent - i32::try_from(places).unwrap();
                let plain = value.0.normalize();
                let got = (plain.mantissa().to_string(), -i32::try_from(plain.scale()).unwrap());
                let strip = |(digits, power): (String, i32)| {
                    let short = digits.trim_end_matches('0').to_owned();
                    let zeros = i32::try_from(digits.len() - short.len()).unwrap();
                    (short, power + zeros)
                };
                prop_assert_eq!(strip(got), strip((digits, power)), "{}", text);
            }
        }

        #[test]
        fn a_mantissa_is_never_rounded(zeros in 26usize..60, exponent in 0u32..5) {
            let text = format!("1.{}1e{exponent}", "0".repeat(zeros));
            match text.parse::<JsonDecimal>() {
                Ok(value) => prop_assert_ne!(value.0.normalize(), Decimal::from(10u32.pow(exponent))),
                Err(error) => prop_assert!(zeros >= 28, "{zeros}: {error}"),
            }
        }

        #[test]
        fn no_number_like_text_panics(text in "-?[0-9]{0,40}[.]?[0-9]{0,40}([eE][-+]?[0-9]{0,12})?") {
            let _ignored = text.parse::<JsonDecimal>();
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ignored = text.parse::<JsonDecimal>();
        }
    }
}
