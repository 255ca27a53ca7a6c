//! Query parameters, filters and cursors, as strict as ReturnGO may be.

use chrono::{DateTime, NaiveDateTime, Utc};
use std::collections::BTreeMap;

/// The query of one request. Every parameter must be known, and be there once.
pub(super) struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads a query string the way web servers do, a bare plus being a space.
    pub(super) fn read(uri: &axum::http::Uri, known: &[&str]) -> Result<Self, String> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|cause| format!("the query can't be read: {cause}"))?;
        let mut params = BTreeMap::new();
        for (key, value) in pairs.0 {
            if !known.contains(&key.as_str()) {
                return Err(format!("unknown query parameter {key}"));
            }
            if params.insert(key.clone(), value).is_some() {
                return Err(format!("query parameter {key} is given twice"));
            }
        }
        Ok(Self(params))
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    pub(super) fn page_size(&self) -> Result<usize, String> {
        let text = self.text("pagesize").ok_or("missing required query parameter pagesize")?;
        match text.parse() {
            Ok(size) if (1..=500).contains(&size) => Ok(size),
            _ => Err("pagesize must be an integer from 1 to 500".to_owned()),
        }
    }

    /// A comma list; `None` lets everything through.
    pub(super) fn list(&self, key: &str) -> Result<Option<Vec<&str>>, String> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let values: Vec<_> = text.split(',').collect();
        if values.iter().any(|value| value.is_empty()) {
            Err(format!("{key} has an empty value"))
        } else {
            Ok(Some(values))
        }
    }

    /// A comma list of which every value must be one of these.
    pub(super) fn list_of(&self, key: &str, allowed: &[&str]) -> Result<Option<Vec<&str>>, String> {
        let values = self.list(key)?;
        match values.iter().flatten().find(|value| !allowed.contains(value)) {
            Some(value) => Err(format!("{key} has the unknown value {value}")),
            None => Ok(values),
        }
    }

    /// `<op>:<date>` without offset.
    pub(super) fn date(&self, key: &str) -> Result<Option<DateFilter>, String> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let wrong = || format!("{key} must be <op>:YYYY-MM-DDTHH:mm:ss with op one of lt, lte, gt, gte, eq, neq");
        let (op, date) = text.split_once(':').ok_or_else(wrong)?;
        let at = NaiveDateTime::parse_from_str(date, "%Y-%m-%dT%H:%M:%S").map_err(|_| wrong())?.and_utc();
        let op = ["lt", "lte", "gt", "gte", "eq", "neq"].into_iter().find(|known| *known == op).ok_or_else(wrong)?;
        Ok(Some(DateFilter { op, at }))
    }
}

/// A comparison with an instant.
pub(super) struct DateFilter {
    op: &'static str,
    at: DateTime<Utc>,
}

impl DateFilter {
    pub(super) fn lets(&self, at: DateTime<Utc>) -> bool {
        match self.op {
            "lt" => at < self.at,
            "lte" => at <= self.at,
            "gt" => at > self.at,
            "gte" => at >= self.at,
            "eq" => at == self.at,
            _ => at != self.at,
        }
    }
}

/// No filter lets everything through.
pub(super) fn lets(list: &Option<Vec<&str>>, value: &str) -> bool {
    list.as_ref().is_none_or(|values| values.contains(&value))
}

/// An opaque cursor, sometimes with `=` at its end.
pub(super) fn cursor(position: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in position.as_bytes().chunks(3) {
        let bits = (0..3).fold(0u32, |bits, i| bits << 8 | u32::from(group.get(i).copied().unwrap_or_default()));
        for place in 0..4 {
            let letter = usize::try_from(bits >> (18 - 6 * place) & 63).ok().and_then(|i| LETTERS.get(i));
            match letter {
                Some(letter) if place <= group.len() => text.push(char::from(*letter)),
                _ => text.push('='),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_base64() {
        assert_eq!(cursor("returns.id:4400123"), "cmV0dXJucy5pZDo0NDAwMTIz");
        assert_eq!(cursor("6100001"), "NjEwMDAwMQ==");
        assert_eq!(cursor("61000012"), "NjEwMDAwMTI=");
    }
}
