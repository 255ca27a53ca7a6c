//! Reading fields the way ReturnGO really sends them: empty text for null, 0 and 1 for booleans, numbers for text.

use chrono::{DateTime, NaiveDateTime, Utc};
use returns_wire::JsonDecimal;
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;
use std::fmt;

/// A JSON value that is neither a list nor an object. Whole numbers keep their own text.
pub(crate) enum Scalar {
    Null,
    Flag(bool),
    Integer(String),
    Text(String),
}

impl Scalar {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Flag(_) => "a boolean",
            Self::Integer(_) => "a whole number",
            Self::Text(_) => "text",
        }
    }

    fn unless_empty(self) -> Option<Self> {
        match self {
            Self::Null => None,
            Self::Text(text) if text.trim().is_empty() => None,
            other => Some(other),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, a whole number, a boolean or null")
            }
            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar::Flag(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar::Integer(value.to_string()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar::Integer(value.to_string()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_owned()))
            }
            fn visit_string<E>(self, value: String) -> Result<Scalar, E> {
                Ok(Scalar::Text(value))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Text; null and empty text are `None`.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Scalar::deserialize(deserializer)?.unless_empty() {
        None => Ok(None),
        Some(Scalar::Text(text) | Scalar::Integer(text)) => Ok(Some(text)),
        Some(Scalar::Flag(flag)) => Ok(Some(flag.to_string())),
        Some(Scalar::Null) => Ok(None),
    }
}

/// Text that is put into a type of its own; null and empty text are `None`.
pub(crate) fn text_as<'de, D: Deserializer<'de>, T: From<String>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(text(deserializer)?.map(T::from))
}

/// An id; null and empty text are `None`.
pub(crate) fn id<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err = crate::IdError>,
{
    text(deserializer)?.map(|text| text.parse().map_err(de::Error::custom)).transpose()
}

/// A boolean; null and empty text are `None`.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let Some(scalar) = Scalar::deserialize(deserializer)?.unless_empty() else { return Ok(None) };
    let kind = scalar.kind();
    match scalar {
        Scalar::Flag(flag) => Ok(Some(flag)),
        Scalar::Integer(text) | Scalar::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" => Ok(Some(true)),
            "0" | "false" => Ok(Some(false)),
            _ => {
                Err(de::Error::custom(format_args!("expected true, false, 0 or 1, found {kind} that is none of them")))
            }
        },
        Scalar::Null => Ok(None),
    }
}

/// An instant; null and empty text are `None`.
pub(crate) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    text(deserializer)?
        .map(|text| {
            parse_instant(&text)
                .ok_or_else(|| de::Error::custom("expected a date and time such as 2026-05-01T09:00:00+00:00"))
        })
        .transpose()
}

fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let mut text = text.trim().replacen(' ', "T", 1);
    text.retain(|c| c != ' ');
    DateTime::parse_from_rfc3339(&text)
        .or_else(|_| DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .map(|at| at.to_utc())
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").map(|at| at.and_utc()))
        .ok()
}

/// A decimal; null and empty text are `None`, never zero.
pub(crate) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JsonDecimal>, D::Error> {
    let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else { return Ok(None) };
    let token = raw.get().trim();
    let number = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).map_or(token, str::trim);
    if number.is_empty() { Ok(None) } else { number.parse().map(Some).map_err(de::Error::custom) }
}

/// A count such as `1` or `1.0`; null and empty text are `None`.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    decimal(deserializer)?
        .map(|number| {
            let whole = number.get().normalize();
            (whole.scale() == 0)
                .then(|| u32::try_from(whole.mantissa()).ok())
                .flatten()
                .ok_or_else(|| de::Error::custom("expected a whole number that is not negative"))
        })
        .transpose()
}

/// A list, where null stands for an empty one.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Any object, where null stands for its default.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Whether there is anything at all; what it is, is thrown away unread.
pub(crate) fn presence<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<de::IgnoredAny>::deserialize(deserializer)?.is_some())
}

/// How many entries a list has; what they are, is thrown away unread.
pub(crate) fn length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    Ok(Option::<Vec<de::IgnoredAny>>::deserialize(deserializer)?.map_or(0, |list| list.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_an_instant_is_the_same_instant() {
        let expected = "2026-05-01T09:00:00Z".parse::<DateTime<Utc>>().unwrap();
        for text in [
            "2026-05-01T09:00:00+00:00",
            "2026-05-01T09:00:00Z",
            "2026-05-01T10:00:00+01:00",
            "2026-05-01T10:00:00+0100",
            "2026-05-01 09:00:00",
            "2026-05-01T09:00:00",
            "2026-05-01T09:00:00.000Z",
            "2026-05-01 09:00:00.000000 +00:00",
            " 2026-05-01 09:00:00Z ",
        ] {
            assert_eq!(parse_instant(text), Some(expected), "{text}");
        }
        for text in ["", "yesterday", "2026-05-01", "2026-13-01T09:00:00Z", "01/05/2026 09:00"] {
            assert_eq!(parse_instant(text), None, "{text}");
        }
    }

    #[test]
    fn booleans_in_every_dress() {
        let read = |json: &str| flag(&mut serde_json::Deserializer::from_str(json)).map_err(|e| e.to_string());
        for json in ["true", "1", "\"1\"", "\"true\"", "\"True\""] {
            assert_eq!(read(json), Ok(Some(true)), "{json}");
        }
        for json in ["false", "0", "\"0\"", "\"false\""] {
            assert_eq!(read(json), Ok(Some(false)), "{json}");
        }
        for json in ["null", "\"\""] {
            assert_eq!(read(json), Ok(None), "{json}");
        }
        assert!(read("2").unwrap_err().contains("expected true, false, 0 or 1"));
        assert!(!read("\"Ann\"").unwrap_err().contains("Ann"));
    }

    #[test]
    fn a_missing_decimal_is_not_zero() {
        let read = |json: &str| decimal(&mut serde_json::Deserializer::from_str(json)).map_err(|e| e.to_string());
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read("\"\""), Ok(None));
        assert_eq!(read("0").unwrap().unwrap().to_string(), "0");
        assert_eq!(read("\"12.50\"").unwrap().unwrap().to_string(), "12.50");
        assert!(read("\"12,50\"").is_err());
    }

    #[test]
    fn counts_are_whole() {
        let read = |json: &str| count(&mut serde_json::Deserializer::from_str(json)).map_err(|e| e.to_string());
        assert_eq!((read("1"), read("1.0"), read("\"2\"")), (Ok(Some(1)), Ok(Some(1)), Ok(Some(2))));
        assert_eq!(read("20"), Ok(Some(20)));
        assert!(read("1.5").is_err() && read("-1").is_err());
    }
}
