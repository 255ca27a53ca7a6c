//! Typed values of a record, and how Sage prints them.

use super::resources::FieldKind;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use std::borrow::Cow;

/// One value. Decimals know their declared places; they never pass through a float.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Dec(Decimal, u32),
    Text(String),
    Flag(bool),
    Date(NaiveDate),
    Stamp(DateTime<Utc>),
    Object(Row),
    List(Vec<Row>),
}

/// A record: what is not put in has its kind's usual empty value. Every record of a resource is made for every read of it,
/// and few of its fields are asked for: a list is made faster than a map.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Row(Vec<(Cow<'static, str>, Value)>);

impl<const N: usize> From<[(&'static str, Value); N]> for Row {
    fn from(pairs: [(&'static str, Value); N]) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect())
    }
}

impl Row {
    pub(crate) fn put(&mut self, name: impl Into<Cow<'static, str>>, value: Value) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }

    /// What was put in.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// What is printed and searched.
    pub(crate) fn get(&self, name: &str, kind: FieldKind) -> Cow<'_, Value> {
        self.value(name).map_or_else(|| Cow::Owned(empty(name, kind)), Cow::Borrowed)
    }

    /// Takes a value out.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Keeps what is wanted by name.
    pub(crate) fn keep(&mut self, wanted: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| wanted(name));
    }

    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }
}

fn empty(name: &str, kind: FieldKind) -> Value {
    match kind {
        FieldKind::Integer { .. } if name == "id" || name.ends_with("_id") => Value::Null,
        FieldKind::Integer { .. } => Value::Int(0),
        FieldKind::Decimal { places } => Value::Dec(Decimal::ZERO, places),
        FieldKind::Text { .. } => Value::Text(String::new()),
        FieldKind::Flag => Value::Flag(false),
        FieldKind::Date | FieldKind::Timestamp | FieldKind::Object | FieldKind::List => Value::Null,
    }
}

pub(crate) fn int(n: i64) -> Value {
    Value::Int(n)
}

pub(crate) fn money(n: Decimal) -> Value {
    Value::Dec(n, 2)
}

pub(crate) fn quantity(n: Decimal) -> Value {
    Value::Dec(n, 5)
}

pub(crate) fn rate(n: Decimal) -> Value {
    Value::Dec(n, 6)
}

pub(crate) fn text(s: &str) -> Value {
    Value::Text(s.to_owned())
}

/// How a resource prints its decimals; clients must live with both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decimals {
    /// All declared places: `1.00000`.
    Full,
    /// As few as needed, at least one: `1.0`.
    Short,
}

impl Value {
    /// Appends JSON. Numbers are written from the decimal's own digits.
    pub(crate) fn write(&self, out: &mut String, decimals: Decimals) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Int(n) => out.push_str(&n.to_string()),
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Dec(n, places) => {
                let mut n = n.normalize();
                let least = match decimals {
                    Decimals::Full => *places,
                    Decimals::Short => 1,
                };
                if n.scale() < least {
                    n.rescale(least);
                }
                out.push_str(&n.to_string());
            }
            Self::Text(text) => write_text(out, text),
            Self::Date(date) => out.push_str(&format!("\"{}T00:00:00\"", date.format("%Y-%m-%d"))),
            Self::Stamp(stamp) => {
                // Sage prints audit times in UTC without saying so, and without trailing zeros.
                let printed = stamp.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
                out.push_str(&format!("\"{}\"", printed.trim_end_matches('0').trim_end_matches('.')));
            }
            Self::Object(row) => {
                out.push('{');
                for (at, (name, value)) in row.0.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_text(out, name);
                    out.push(':');
                    value.write(out, decimals);
                }
                out.push('}');
            }
            Self::List(rows) => {
                out.push('[');
                for (at, row) in rows.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    Self::Object(row.clone()).write(out, decimals);
                }
                out.push(']');
            }
        }
    }
}

/// Appends a JSON string.
pub(crate) fn write_text(out: &mut String, text: &str) {
    // Text always serialises; the fallback can't be reached.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(value: &Value, decimals: Decimals) -> String {
        let mut out = String::new();
        value.write(&mut out, decimals);
        out
    }

    #[test]
    fn decimals_are_printed_exactly_in_two_ways() {
        let n = |mantissa, scale| Value::Dec(Decimal::new(mantissa, scale), 5);
        assert_eq!(printed(&n(1, 0), Decimals::Full), "1.00000");
        assert_eq!(printed(&n(1, 0), Decimals::Short), "1.0");
        assert_eq!(printed(&n(-12_500, 3), Decimals::Short), "-12.5");
        assert_eq!(printed(&money(Decimal::new(900_719_925_474_099_301, 2)), Decimals::Full), "9007199254740993.01");
    }

    #[test]
    fn times_have_no_zone_and_no_trailing_zeros() {
        let at = |text: &str| Value::Stamp(text.parse().unwrap());
        assert_eq!(printed(&at("2016-05-17T08:57:38.003Z"), Decimals::Full), "\"2016-05-17T08:57:38.003\"");
        assert_eq!(printed(&at("2016-05-17T08:57:10.790Z"), Decimals::Full), "\"2016-05-17T08:57:10.79\"");
        assert_eq!(printed(&at("2016-05-17T08:57:10Z"), Decimals::Full), "\"2016-05-17T08:57:10\"");
        let date = Value::Date("2016-05-17".parse().unwrap());
        assert_eq!(printed(&date, Decimals::Full), "\"2016-05-17T00:00:00\"");
    }
}
