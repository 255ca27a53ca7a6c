use crate::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use std::{num::NonZeroU32, time::Duration};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

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

    /// Waits for a turn, first come, first served. The turn ends when the permit is dropped; a caller that gives
    /// up while waiting uses up nothing.
    ///
    /// `None` would mean a closed semaphore, and this one is never closed.
    #[must_use = "the turn ends as soon as the permit is dropped"]
    pub async fn turn(&self, clock: &dyn Clock) -> Option<SemaphorePermit<'_>> {
        let permit = self.in_flight.acquire().await.ok();
        // Held while waiting: the others queue behind it, and the slot is taken only once the wait is over.
        let mut next = self.next.lock().await;
        // Never longer than one gap, so that a clock set back can't make us wait for hours.
        let wait = next.and_then(|at| (at - clock.now()).to_std().ok()).unwrap_or_default().min(self.gap);
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
        *next = TimeDelta::from_std(self.gap).ok().and_then(|gap| clock.now().checked_add_signed(gap));
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
        assert_eq!(clock.now() - start, TimeDelta::milliseconds(250), "a clock set back costs one gap, not an hour");
    }

    #[tokio::test]
    async fn many_at_a_time_keep_the_distance() {
        let clock = ManualClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let start = clock.now();
        let pacer = Pacer::new(NonZeroU32::new(10).unwrap(), NonZeroU32::new(300).unwrap());
        let mut permits = Vec::new();
        for _ in 0..300 {
            permits.push(pacer.turn(&clock).await);
        }
        assert_eq!(clock.now() - start, TimeDelta::milliseconds(29_900));
        assert!(permits.iter().all(Option::is_some));
    }

    #[tokio::test]
    async fn a_caller_that_gives_up_uses_nothing_up() {
        let clock = ManualClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let pacer = Pacer::new(NonZeroU32::MIN, NonZeroU32::MIN);
        drop(pacer.turn(&clock).await);
        let start = clock.now();
        for _ in 0..50 {
            let mut waiting = Box::pin(pacer.turn(&clock));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(waiting.as_mut().poll(&mut context).is_pending());
        }
        drop(pacer.turn(&clock).await);
        assert_eq!(clock.now() - start, TimeDelta::seconds(1));
    }
}
