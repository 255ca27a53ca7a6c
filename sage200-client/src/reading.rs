//! Lenient reading: what Sage 200 prints in more than one way.

use returns_wire::JsonDecimal;
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, Visitor},
};
use serde_json::value::RawValue;
use std::fmt;

/// As SQL Server compares: without case, without trailing blanks.
pub(crate) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A value that may be absent, null or empty text, all three meaning "none".
pub(crate) trait Read: Sized {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;
}

pub(crate) fn optional<'de, D: Deserializer<'de>, T: Read>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::read(deserializer)
}

pub(crate) fn required<'de, D: Deserializer<'de>, T: Read>(deserializer: D) -> Result<T, D::Error> {
    T::read(deserializer)?.ok_or_else(|| de::Error::custom("expected a value, found none"))
}

/// One JSON value that is not a list, an object or a fraction.
pub(crate) enum Scalar {
    None,
    Bool(bool),
    Int(i64),
    Text(String),
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("expected text, a whole number, true or false")
            }
            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar::None)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar::Int(value))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
                i64::try_from(value).map(Scalar::Int).map_err(|_| E::custom("expected a whole number of 64 bits"))
            }
            fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
                Ok(if value.trim().is_empty() { Scalar::None } else { Scalar::Text(value.to_owned()) })
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl Scalar {
    pub(crate) fn int<E: de::Error>(self) -> Result<Option<i64>, E> {
        match self {
            Self::None => Ok(None),
            Self::Int(value) => Ok(Some(value)),
            Self::Text(text) => text.trim().parse().map(Some).map_err(|_| E::custom("expected a whole number")),
            Self::Bool(_) => Err(E::custom("expected a whole number, found a boolean")),
        }
    }

    pub(crate) fn text(self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Text(text) => Some(text),
            Self::Int(value) => Some(value.to_string()),
            Self::Bool(value) => Some(value.to_string()),
        }
    }
}

impl Read for String {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(Scalar::deserialize(deserializer)?.text())
    }
}

impl Read for i64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Scalar::deserialize(deserializer)?.int()
    }
}

impl Read for i16 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let wide = Scalar::deserialize(deserializer)?.int()?;
        wide.map(|wide| Self::try_from(wide).map_err(|_| de::Error::custom("expected a whole number of 16 bits")))
            .transpose()
    }
}

impl Read for bool {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        match Scalar::deserialize(deserializer)? {
            Scalar::None => Ok(None),
            Scalar::Bool(value) => Ok(Some(value)),
            Scalar::Int(value @ 0..=1) => Ok(Some(value == 1)),
            Scalar::Text(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Scalar::Text(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Scalar::Int(_) | Scalar::Text(_) => Err(de::Error::custom("expected true or false")),
        }
    }
}

impl Read for JsonDecimal {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else { return Ok(None) };
        let token = raw.get().trim();
        let number = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).map_or(token, str::trim);
        if number.is_empty() || number == "null" {
            return Ok(None);
        }
        number.parse().map(Some).map_err(de::Error::custom)
    }
}

impl<T: DeserializeOwned> Read for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Read>(json: &str) -> Result<Option<T>, String> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        T::read(&mut deserializer).map_err(|error| error.to_string())
    }

    #[test]
    fn none_has_three_faces() {
        for json in ["null", "\"\"", "\"  \""] {
            assert_eq!(read::<String>(json), Ok(None));
            assert_eq!(read::<i64>(json), Ok(None));
            assert_eq!(read::<bool>(json), Ok(None));
            assert_eq!(read::<JsonDecimal>(json), Ok(None), "{json}");
        }
    }

    #[test]
    fn numbers_may_be_quoted() {
        assert_eq!(read::<i64>("\"30\""), Ok(Some(30)));
        assert_eq!(read::<i16>("30"), Ok(Some(30)));
        assert!(read::<i16>("40000").is_err());
        assert_eq!(read::<JsonDecimal>("\"1.50\"").unwrap().unwrap().to_string(), "1.50");
        assert_eq!(read::<JsonDecimal>("1.50000").unwrap().unwrap().to_string(), "1.50000");
        assert_eq!(read::<bool>("\"True\""), Ok(Some(true)));
        assert!(read::<i64>("1.5").is_err());
        assert!(read::<i64>("true").is_err());
        assert!(!read::<JsonDecimal>("\"Ann\"").unwrap_err().contains("Ann"));
    }
}
