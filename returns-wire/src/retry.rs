use crate::Delivery;
use std::time::Duration;

/// May an operation be sent again? Declared per operation, never guessed from the HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Reads: any failure that may pass is tried again.
    Read,
    /// Writes that leave the same state however often they arrive.
    Idempotent,
    /// Writes that move money or stock, or that we know nothing about: only when proved not sent.
    Never,
}

/// One failed attempt, as the decision sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// May the server have acted?
    pub delivery: Delivery,
    /// The status, when a complete answer came.
    pub status: Option<u16>,
    /// What the server asks for.
    pub retry_after: Option<Duration>,
}

/// Limits of trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryLimits {
    /// Attempts in all, the first included.
    pub attempts: u32,
    /// Wait before the second attempt; doubles from there.
    pub base: Duration,
    /// Longest wait. A server that asks for more gets no further attempt in this call.
    pub cap: Duration,
}

impl Default for RetryLimits {
    fn default() -> Self {
        Self { attempts: 3, base: Duration::from_secs(1), cap: Duration::from_secs(30) }
    }
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Hand the error to the caller.
    GiveUp,
    /// Send the same request again after this wait.
    After(Duration),
}

/// Decides on one more attempt. Pure: `roll` (0 to 1000) is the dice, thrown by the caller.
///
/// `attempt` counts from 1. The wait is at least half of the doubled base, never above the cap.
///
/// ```
/// use returns_wire::{Delivery, Failure, Repeat, Retry, RetryLimits, decide_retry};
/// let lost_answer = Failure { delivery: Delivery::Unknown, status: None, retry_after: None };
/// let limits = RetryLimits::default();
/// assert_eq!(decide_retry(Repeat::Never, &lost_answer, 1, &limits, 500), Retry::GiveUp);
/// assert!(matches!(decide_retry(Repeat::Read, &lost_answer, 1, &limits, 500), Retry::After(_)));
/// ```
pub fn decide_retry(repeat: Repeat, failure: &Failure, attempt: u32, limits: &RetryLimits, roll: u16) -> Retry {
    if attempt >= limits.attempts {
        return Retry::GiveUp;
    }
    let may_pass = match (failure.status, failure.delivery) {
        (Some(status), _) => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
        (None, Delivery::NotSent | Delivery::Unknown) => true,
        // Done, but the answer was lost: a read wants the answer, a write wanted the deed.
        (None, Delivery::Applied) => repeat == Repeat::Read,
        (None, Delivery::Rejected) => false,
    };
    let safe = match repeat {
        Repeat::Read | Repeat::Idempotent => true,
        Repeat::Never => failure.delivery == Delivery::NotSent,
    };
    if !(may_pass && safe) {
        return Retry::GiveUp;
    }
    let doubled = limits.base.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1))).min(limits.cap);
    let half = doubled / 2;
    let wait = half + half * u32::from(roll.min(1000)) / 1000;
    match failure.retry_after {
        Some(asked) if asked > limits.cap => Retry::GiveUp,
        Some(asked) => Retry::After(asked.max(wait).min(limits.cap)),
        None => Retry::After(wait.min(limits.cap)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_delivery() -> impl Strategy<Value = Delivery> {
        prop_oneof![Just(Delivery::NotSent), Just(Delivery::Rejected), Just(Delivery::Unknown), Just(Delivery::Applied)]
    }

    proptest! {
        #[test]
        fn a_write_that_may_have_acted_is_never_sent_again(delivery in any_delivery(), status in proptest::option::of(100u16..600), after in proptest::option::of(0u64..100_000), attempt in 1u32..10, roll in 0u16..2000) {
            let failure = Failure { delivery, status, retry_after: after.map(Duration::from_secs) };
            let decision = decide_retry(Repeat::Never, &failure, attempt, &RetryLimits::default(), roll);
            if delivery != Delivery::NotSent {
                prop_assert_eq!(decision, Retry::GiveUp);
            }
        }

        #[test]
        fn waits_and_attempts_are_bounded(delivery in any_delivery(), status in proptest::option::of(100u16..600), after in proptest::option::of(0u64..100_000), attempt in 1u32..10, roll in 0u16..2000) {
            let limits = RetryLimits::default();
            let failure = Failure { delivery, status, retry_after: after.map(Duration::from_secs) };
            match decide_retry(Repeat::Read, &failure, attempt, &limits, roll) {
                Retry::After(wait) => {
                    prop_assert!(attempt < limits.attempts);
                    prop_assert!(wait <= limits.cap);
                    prop_assert!(wait >= limits.base / 2);
                }
                Retry::GiveUp => prop_assert!(
                    attempt >= limits.attempts
                        || status.map_or(delivery == Delivery::Rejected, |s| !matches!(s, 408 | 429 | 500 | 502 | 503 | 504))
                        || after.is_some_and(|a| a > 30)
                ),
            }
        }
    }
}
