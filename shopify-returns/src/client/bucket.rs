use chrono::{DateTime, Utc};
use returns_wire::JsonDecimal;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Longest wait for the bucket in one call, all of them together. A full bucket refills in about 20 s on every plan.
pub(super) const LONGEST: Duration = Duration::from_secs(60);
/// Shopify's own advice when nothing is known.
pub(super) const UNKNOWN: Duration = Duration::from_secs(1);

/// `extensions.cost` of an answer. Numbers come as `2000` or `2000.0`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cost {
    #[serde(default)]
    requested_query_cost: Option<JsonDecimal>,
    #[serde(default)]
    throttle_status: Option<Status>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    maximum_available: JsonDecimal,
    currently_available: JsonDecimal,
    restore_rate: JsonDecimal,
}

/// What is known of the points that Shopify lets us spend. Other programs with the same app spend from them too, so this
/// only lowers the number of refusals.
#[derive(Debug, Default)]
pub(super) struct Bucket(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    level: Option<Level>,
    costs: BTreeMap<&'static str, Decimal>,
}

#[derive(Debug, Clone, Copy)]
struct Level {
    available: Decimal,
    most: Decimal,
    per_second: Decimal,
    at: DateTime<Utc>,
}

impl Level {
    /// Points that must be there by now.
    fn now(&self, now: DateTime<Utc>) -> Decimal {
        let passed = Decimal::new((now - self.at).num_milliseconds().max(0), 3);
        let restored = passed.checked_mul(self.per_second).and_then(|points| points.checked_add(self.available));
        restored.unwrap_or(self.most).min(self.most)
    }

    /// How long until `needed` points are there; `None` when that can't be told.
    fn wait(&self, needed: Decimal, now: DateTime<Utc>) -> Option<Duration> {
        let short = needed.checked_sub(self.now(now))?;
        if short <= Decimal::ZERO {
            return Some(Duration::ZERO);
        }
        if self.per_second <= Decimal::ZERO {
            return None;
        }
        let millis = short.checked_mul(Decimal::from(1000))?.checked_div(self.per_second)?.ceil();
        millis.to_u64().map(Duration::from_millis)
    }
}

impl Bucket {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long to wait before sending this operation. Its points are taken at once, so that clones do not all count on
    /// the same ones.
    pub(super) fn take(&self, name: &'static str, now: DateTime<Utc>) -> Duration {
        let mut state = self.state();
        let Some(&needed) = state.costs.get(name) else { return Duration::ZERO };
        let Some(level) = &mut state.level else { return Duration::ZERO };
        // More than the bucket holds never fits; Shopify says what it makes of it.
        if needed > level.most {
            return Duration::ZERO;
        }
        let wait = level.wait(needed, now).unwrap_or(UNKNOWN).min(LONGEST);
        level.available = level.now(now).saturating_sub(needed);
        level.at = now;
        wait
    }

    /// Learns from an answer; what Shopify says replaces what was reckoned.
    pub(super) fn learn(&self, name: &'static str, cost: &Cost, now: DateTime<Utc>) {
        let mut state = self.state();
        if let Some(needed) = cost.requested_query_cost {
            state.costs.insert(name, needed.get());
        }
        if let Some(status) = &cost.throttle_status {
            state.level = Some(Level {
                available: status.currently_available.get(),
                most: status.maximum_available.get(),
                per_second: status.restore_rate.get(),
                at: now,
            });
        }
    }

    /// How long to wait after a refusal for want of points; never nothing.
    pub(super) fn refused(&self, name: &'static str, now: DateTime<Utc>) -> Duration {
        let state = self.state();
        let needed = state.costs.get(name).copied();
        let wait = needed.zip(state.level).and_then(|(needed, level)| level.wait(needed, now));
        wait.filter(|wait| !wait.is_zero()).unwrap_or(UNKNOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(requested: &str, available: &str, rate: &str) -> Cost {
        serde_json::from_str(&format!(
            r#"{{"requestedQueryCost": {requested}, "actualQueryCost": null, "throttleStatus":
                {{"maximumAvailable": 2000.0, "currentlyAvailable": {available}, "restoreRate": {rate}}}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn waits_are_exact() {
        let (bucket, now) = (Bucket::default(), "2026-03-02T09:00:00Z".parse().unwrap());
        assert_eq!(bucket.take("A", now), Duration::ZERO, "nothing is known yet");
        assert_eq!(bucket.refused("A", now), UNKNOWN);
        bucket.learn("A", &cost("250", "50.0", "100.0"), now);
        assert_eq!(bucket.refused("A", now), Duration::from_secs(2));
        assert_eq!(bucket.take("A", now), Duration::from_secs(2));
        assert_eq!(bucket.take("A", now), Duration::from_millis(4500), "the first one's points are gone");
        assert_eq!(bucket.take("B", now), Duration::ZERO, "an operation of unknown cost");
        let later = now + chrono::TimeDelta::seconds(60);
        assert_eq!(bucket.take("A", later), Duration::ZERO);
        bucket.learn("A", &cost("250", "250", "100"), now);
        assert_eq!(bucket.refused("A", now), UNKNOWN, "enough, by what is known: somebody else was faster");
        bucket.learn("A", &cost("250", "0", "0"), now);
        assert_eq!((bucket.take("A", now), bucket.refused("A", now)), (UNKNOWN, UNKNOWN), "no division by nothing");
    }

    #[test]
    fn a_clock_set_back_and_absurd_numbers_cost_little() {
        let (bucket, now) = (Bucket::default(), "2026-03-02T09:00:00Z".parse().unwrap());
        bucket.learn("A", &cost("250", "50", "100"), now);
        assert_eq!(bucket.take("A", now - chrono::TimeDelta::days(1)), Duration::from_secs(2));
        bucket.learn("A", &cost("1999", "-9000000000000000000000000000", "0.0000000001"), now);
        assert!(bucket.take("A", now) <= LONGEST);
        bucket.learn("A", &cost("9000", "0", "100"), now);
        assert_eq!(bucket.take("A", now), Duration::ZERO, "it never fits: not waited for");
    }
}
