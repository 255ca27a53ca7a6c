//! Strict reading of request bodies.

use super::{
    resources::{Field, FieldKind},
    state::LARGEST,
    value::{Row, Value},
};
use chrono::NaiveDate;
use returns_wire::JsonDecimal;
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

#[derive(Debug)]
enum Input {
    Int(i64),
    Dec(Decimal, u32),
    Text(String),
    Flag(bool),
    Date(NaiveDate),
    Object(Box<RawValue>),
    Rows(Vec<Box<RawValue>>),
}

/// A JSON object whose fields all passed their limits.
#[derive(Debug)]
pub(crate) struct Body(BTreeMap<String, Input>);

impl Body {
    /// `place` is put in front of field names in messages.
    pub(crate) fn read(json: &str, place: &str, fields: &[Field], read_only: &[&str]) -> Result<Self, String> {
        let raw: BTreeMap<String, Box<RawValue>> = serde_json::from_str(json)
            .map_err(|_| format!("{}The request body is not a JSON object.", label(place)))?;
        let mut read = BTreeMap::new();
        for (name, value) in raw {
            let path = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            let field = fields
                .iter()
                .find(|field| field.name == name)
                .ok_or_else(|| format!("{path}: this field does not exist."))?;
            if read_only.contains(&name.as_str()) {
                return Err(format!("{path}: this field is read-only."));
            }
            let input = read_value(value.get(), field).map_err(|reason| format!("{path}: {reason}"))?;
            read.insert(name, input);
        }
        Ok(Self(read))
    }

    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        match self.0.get(name) {
            Some(Input::Int(n)) => Some(*n),
            _ => None,
        }
    }

    pub(crate) fn dec(&self, name: &str) -> Option<Decimal> {
        match self.0.get(name) {
            Some(Input::Dec(n, _)) => Some(*n),
            _ => None,
        }
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Input::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.maybe_flag(name) == Some(true)
    }

    pub(crate) fn maybe_flag(&self, name: &str) -> Option<bool> {
        match self.0.get(name) {
            Some(Input::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The analysis codes sent, by slot.
    pub(crate) fn analysis_codes(&self) -> BTreeMap<u8, String> {
        (1..=20).filter_map(|slot| Some((slot, self.text(&format!("analysis_code_{slot}"))?.to_owned()))).collect()
    }

    /// Plain values as sent, of the fields that `wanted` picks.
    pub(crate) fn keep(&self, row: &mut Row, wanted: impl Fn(&str) -> bool) {
        for (name, input) in self.0.iter().filter(|(name, _)| wanted(name)) {
            let value = match input {
                Input::Int(n) => Value::Int(*n),
                Input::Dec(n, places) => Value::Dec(*n, *places),
                Input::Text(text) => Value::Text(text.clone()),
                Input::Flag(flag) => Value::Flag(*flag),
                Input::Date(date) => Value::Date(*date),
                Input::Object(_) | Input::Rows(_) => continue,
            };
            row.put(name.clone(), value);
        }
    }

    pub(crate) fn object(&self, name: &str, fields: &[Field]) -> Result<Option<Self>, String> {
        let Some(Input::Object(object)) = self.0.get(name) else { return Ok(None) };
        Self::read(object.get(), name, fields, &[]).map(Some)
    }

    pub(crate) fn date(&self, name: &str) -> Option<NaiveDate> {
        match self.0.get(name) {
            Some(Input::Date(date)) => Some(*date),
            _ => None,
        }
    }

    pub(crate) fn rows(
        &self,
        name: &str,
        fields: &[Field],
        read_only: &[&str],
    ) -> Result<Option<Vec<(String, Self)>>, String> {
        let Some(Input::Rows(rows)) = self.0.get(name) else { return Ok(None) };
        rows.iter()
            .enumerate()
            .map(|(at, row)| {
                let place = format!("{name}[{at}]");
                Self::read(row.get(), &place, fields, read_only).map(|body| (place, body))
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// An amount that must not be negative.
    pub(crate) fn amount(&self, place: &str, name: &str, otherwise: Decimal) -> Result<Decimal, String> {
        let amount = self.dec(name).unwrap_or(otherwise);
        if amount < Decimal::ZERO {
            Err(format!("{}{name}: the value must not be negative.", label(place)))
        } else {
            Ok(amount)
        }
    }
}

pub(crate) fn label(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!("{place}.") }
}

fn read_value(token: &str, field: &Field) -> Result<Input, String> {
    let token = token.trim();
    if token == "null" {
        return Err("null is not accepted; leave the field out.".to_owned());
    }
    match field.kind {
        FieldKind::Integer { bits } => token
            .parse::<i64>()
            .ok()
            .filter(|n| match bits {
                16 => i16::try_from(*n).is_ok(),
                32 => i32::try_from(*n).is_ok(),
                _ => true,
            })
            .map(Input::Int)
            .ok_or_else(|| format!("a whole number of {bits} bits is expected.")),
        FieldKind::Decimal { places } => {
            let number = (!token.starts_with('"')).then(|| token.parse::<JsonDecimal>().ok()).flatten();
            let number = number.ok_or("a number is expected.")?.get();
            if number.normalize().scale() > places {
                Err(format!("the value has more than {places} decimal places."))
            } else if number.abs() > LARGEST {
                Err("the value is too large.".to_owned())
            } else {
                Ok(Input::Dec(number, places))
            }
        }
        FieldKind::Text { max } => {
            let text: String = serde_json::from_str(token).map_err(|_| "text is expected.")?;
            match max {
                Some(max) if text.encode_utf16().count() > max => {
                    Err(format!("the text is longer than {max} characters."))
                }
                _ => Ok(Input::Text(text)),
            }
        }
        FieldKind::Flag => token.parse().map(Input::Flag).map_err(|_| "true or false is expected.".to_owned()),
        FieldKind::Date | FieldKind::Timestamp => serde_json::from_str::<String>(token)
            .ok()
            .as_deref()
            .and_then(|text| text.strip_suffix("T00:00:00Z"))
            .filter(|date| date.len() == 10)
            .and_then(|date| date.parse().ok())
            .map(Input::Date)
            .ok_or_else(|| "a date is written as 2026-03-02T00:00:00Z.".to_owned()),
        FieldKind::Object => {
            serde_json::from_str(token).map(Input::Object).map_err(|_| "an object is expected.".to_owned())
        }
        FieldKind::List => serde_json::from_str(token).map(Input::Rows).map_err(|_| "a list is expected.".to_owned()),
    }
}

/// Sage answers an analysis row without its key with the name of an exception of its own.
pub(crate) fn missing_key(place: &str, key: &str) -> String {
    format!("SageNullFieldException: {place}.{key} must not be null.")
}
