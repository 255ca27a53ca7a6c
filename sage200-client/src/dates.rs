//! The two kinds of date in Sage 200.
//!
//! Audit times (`date_time_updated`) are UTC and printed without `Z`, with 0 to 7 fraction digits. Document and ledger
//! dates are calendar dates printed as midnight; they belong to no time zone and are never shifted.

use crate::reading::{Read, Scalar};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Deserializer, de};

/// Reads an audit time; text without an offset is UTC.
///
/// ```
/// let time = sage200_client::dates::parse_time("2016-05-17T08:57:10.79").unwrap();
/// assert_eq!(time.to_rfc3339(), "2016-05-17T08:57:10.790+00:00");
/// ```
pub fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|time| time.and_utc())
}

/// Reads a document date; a time of day behind it is ignored, not shifted.
///
/// ```
/// let date = sage200_client::dates::parse_date("2016-05-17T00:00:00").unwrap();
/// assert_eq!(date.to_string(), "2016-05-17");
/// ```
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let date = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
    (text.len() == 10 || parse_time(text).is_some()).then_some(date)
}

/// Writes a document date as Sage 200 takes it: midnight with `Z`.
///
/// ```
/// let date = "2026-03-02".parse().unwrap();
/// assert_eq!(sage200_client::dates::write_date(date), "2026-03-02T00:00:00Z");
/// ```
pub fn write_date(date: NaiveDate) -> String {
    date.format("%Y-%m-%dT00:00:00Z").to_string()
}

impl Read for NaiveDate {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let Some(text) = Scalar::deserialize(deserializer)?.text() else { return Ok(None) };
        let expected = || de::Error::custom("expected a date such as 2026-03-02T00:00:00");
        parse_date(&text).map(Some).ok_or_else(expected)
    }
}

impl Read for DateTime<Utc> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let Some(text) = Scalar::deserialize(deserializer)?.text() else { return Ok(None) };
        let expected = || de::Error::custom("expected a UTC time such as 2026-03-02T09:30:00.123");
        parse_time(&text).map(Some).ok_or_else(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_without_zone_are_utc() {
        for (text, rfc) in [
            ("2016-05-17T08:57:38", "2016-05-17T08:57:38+00:00"),
            ("2016-05-17T08:57:38.0030001", "2016-05-17T08:57:38.003000100+00:00"),
            ("2016-05-17T08:57:38Z", "2016-05-17T08:57:38+00:00"),
            ("2016-07-17T08:57:38+01:00", "2016-07-17T07:57:38+00:00"),
        ] {
            assert_eq!(parse_time(text).unwrap().to_rfc3339(), rfc, "{text}");
        }
        assert_eq!(parse_time("17/05/2016"), None);
    }

    #[test]
    fn document_dates_are_never_shifted() {
        for text in ["2016-07-17", "2016-07-17T00:00:00", "2016-07-17T23:30:00Z", "2016-07-17T00:30:00+01:00"] {
            assert_eq!(parse_date(text).unwrap().to_string(), "2016-07-17", "{text}");
        }
        for bad in ["", "2016-13-01", "2016-07-17x", "2016-07-17Tnoon", "£££££££"] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn written_dates_are_read_back(days in 0i32..100_000) {
            let date = NaiveDate::from_num_days_from_ce_opt(days + 700_000).unwrap();
            prop_assert_eq!(parse_date(&write_date(date)), Some(date));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _both = (parse_date(&text), parse_time(&text));
        }
    }
}
