use crate::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Spaces requests out and bounds how many are under way.
#[derive(Debug)]
pub struct Pacer {
    gap: Duration,
    next: Mutex<Option<DateTime<Utc>>>,
    in_flight: Semaphore,
}

impl Pacer {
    /// At most `per_second` requests a second, evenly spaced, and `in_flight` at a time.
    pub fn new(per_second: NonZeroU32, in_flight: NonZeroU32) -> Self {
        Self {
            gap: Duration::from_secs(1) / per_second.get(),
            next: Mutex::new(None),
            in_flight: Semaphore::new(usize::try_from(in_flight.get()).unwrap_or(1)),
        }
    }

    /// Waits for a turn. The turn ends when the permit is dropped.
    ///
    /// # Errors
    /// Never in practice: the semaphore is not closed.
    pub async fn turn(&self, clock: &dyn Clock) -> Option<SemaphorePermit<'_>> {
        let permit = self.in_flight.acquire().await.ok();
        let wait = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = clock.now();
            // A clock set back must not make us wait for hours.
            let gap = TimeDelta::from_std(self.gap).unwrap_or_default();
            let start = next.filter(|at| *at > now && *at - now <= gap * 100).unwrap_or(now);
            *next = start.checked_add_signed(gap);
            (start - now).to_std().unwrap_or_default()
        };
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
        permit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManualClock;

    #[tokio::test]
    async fn requests_are_spaced() {
        let clock = ManualClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let pacer = Pacer::new(NonZeroU32::new(4).unwrap(), NonZeroU32::MIN);
        let start = clock.now();
        for _ in 0..9 {
            drop(pacer.turn(&clock).await);
        }
        assert_eq!(clock.now() - start, TimeDelta::seconds(2));
        clock.advance(Duration::from_secs(60));
        let idle = clock.now();
        drop(pacer.turn(&clock).await);
        assert_eq!(clock.now(), idle, "no wait after a quiet time");
        clock.set(start);
        drop(pacer.turn(&clock).await);
        assert_eq!(clock.now(), start, "a clock set back does not block");
    }
}
