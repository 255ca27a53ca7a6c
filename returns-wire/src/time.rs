use chrono::{DateTime, TimeDelta, Utc};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The only source of time, of waiting and of chance in all crates of this project.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The current instant.
    fn now(&self) -> DateTime<Utc>;
    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
    /// The dice that spread waits out, 0 to 1000. Always the same unless overridden, so that a run on a clock of
    /// tests repeats exactly; the system clock throws real ones.
    fn roll(&self) -> u16 {
        500
    }
}

/// The machine's clock; waiting needs a tokio runtime.
#[cfg(feature = "reqwest")]
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[cfg(feature = "reqwest")]
#[expect(clippy::disallowed_methods, reason = "the one place where real time enters")]
impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn roll(&self) -> u16 {
        fastrand::u16(0..=1000)
    }
}

/// A clock that moves only when told to: by [`advance`](Self::advance), or by somebody who sleeps on it.
///
/// Clones share the same time. Nobody waits in real time, so a test or a demonstration plays a week in
/// milliseconds.
///
/// ```
/// use returns_wire::{Clock, ManualClock};
/// let clock = ManualClock::at("2026-03-02T09:00:00Z".parse().unwrap());
/// clock.advance(std::time::Duration::from_secs(90));
/// assert_eq!(clock.now().to_rfc3339(), "2026-03-02T09:01:30+00:00");
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<DateTime<Utc>>>);

impl ManualClock {
    /// A clock that stands at `instant`.
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(instant)))
    }

    /// Moves time forward. A duration beyond the calendar's end leaves the clock where it is.
    pub fn advance(&self, duration: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(later) = TimeDelta::from_std(duration).ok().and_then(|delta| now.checked_add_signed(delta)) {
            *now = later;
        }
    }

    /// Sets the time, also backwards.
    pub fn set(&self, instant: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = instant;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(async move {
            yield_once().await;
            clock.advance(duration);
        })
    }
}

/// Gives the executor one turn. Seams yield here, so that a harness can stop a run at each of them.
pub async fn yield_once() {
    struct Once(bool);
    impl Future for Once {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            if self.0 {
                return Poll::Ready(());
            }
            self.0 = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    }
    Once(false).await;
}
