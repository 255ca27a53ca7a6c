//! Points: what an operation costs, and the bucket that they are taken from.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// Most points for one operation.
pub(super) const MOST: u64 = 1000;

#[derive(Debug)]
pub(super) struct Bucket {
    most: Decimal,
    per_second: Decimal,
    level: Decimal,
    at: Option<DateTime<Utc>>,
}

impl Bucket {
    pub(super) fn new(most: Decimal, per_second: Decimal) -> Self {
        Self { most, per_second, level: most, at: None }
    }

    /// Takes points if they are there.
    pub(super) fn take(&mut self, points: u64, now: DateTime<Utc>) -> bool {
        let passed = self.at.map_or(0, |at| (now - at).num_milliseconds().max(0));
        self.level = (self.level + Decimal::new(passed, 3) * self.per_second).min(self.most);
        self.at = Some(now);
        let points = Decimal::from(points);
        let fits = points <= self.level;
        if fits {
            self.level -= points;
        }
        fits
    }

    /// As Shopify writes it: numbers with a fraction.
    pub(super) fn json(&self) -> String {
        let float = |amount: Decimal| format!("{:.1}", amount.round_dp(1));
        format!(
            r#"{{"maximumAvailable":{},"currentlyAvailable":{},"restoreRate":{}}}"#,
            float(self.most),
            float(self.level.floor()),
            float(self.per_second)
        )
    }
}

/// What a document costs here: a point for each selection set, and a tenth of every page size; ten for a mutation. Shopify's
/// own sums are not published.
pub(super) fn of(document: &str) -> u64 {
    let sets = document.matches('{').count();
    let mut points = u64::try_from(sets).unwrap_or(MOST);
    for rest in document.split("first:").skip(1) {
        let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
        points += digits.parse::<u64>().unwrap_or_default() / 10;
    }
    points + if document.trim_start().starts_with("mutation") { 10 } else { 0 }
}
