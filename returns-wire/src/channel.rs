use crate::{
    Answer, BaseUrl, Clock, DailyQuota, Delivery, Error, ErrorKind, Failure, Pacer, Repeat, Retry, RetryLimits,
    Transport, decide_retry,
};
use bytes::Bytes;
use http::Request;
use std::{
    fmt,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

/// One call: an operation's name, its request and whether it may be sent again.
#[derive(Debug, Clone)]
pub struct Call {
    /// `crate.resource.verb`, the same in errors, traces and reports.
    pub op: &'static str,
    /// The complete request, credentials included. It must go to the channel's [`BaseUrl`]: see
    /// [`BaseUrl::uri`].
    pub request: Request<Bytes>,
    /// May it be sent again?
    pub repeat: Repeat,
}

/// The way of all calls to one vendor: pace, budget, send, retry.
///
/// Clones share pace, budget and counters.
#[derive(Clone)]
pub struct Channel(Arc<Inner>);

struct Inner {
    config: ChannelConfig,
    pacer: Pacer,
    sent: AtomicU64,
    spare_retries: AtomicU32,
}

/// Retries that may be open in all before successes pay them back: bounds the load of a storm of failures.
const RETRY_BUDGET: u32 = 50;

/// What a channel is made of.
#[derive(Debug, Clone)]
pub struct ChannelConfig {
    /// Where the API lives.
    pub base: BaseUrl,
    /// The way out.
    pub transport: Transport,
    /// The clock all waiting goes through.
    pub clock: Arc<dyn Clock>,
    /// Requests a second, evenly spaced, one at a time.
    pub per_second: NonZeroU32,
    /// A daily budget, if the vendor has one.
    pub quota: Option<DailyQuota>,
    /// Limits of trying again.
    pub limits: RetryLimits,
}

impl Channel {
    /// A channel; nothing is sent yet.
    pub fn new(config: ChannelConfig) -> Self {
        Self(Arc::new(Inner {
            pacer: Pacer::new(config.per_second, NonZeroU32::MIN),
            config,
            sent: AtomicU64::new(0),
            spare_retries: AtomicU32::new(RETRY_BUDGET),
        }))
    }

    /// Where the API lives.
    pub fn base(&self) -> &BaseUrl {
        &self.0.config.base
    }

    /// The clock all waiting goes through.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.config.clock
    }

    /// The daily budget, if there is one.
    pub fn quota(&self) -> Option<&DailyQuota> {
        self.0.config.quota.as_ref()
    }

    /// Requests sent since the channel was made, attempts counted one by one.
    pub fn requests_sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// Makes a call; tries again as its [`Repeat`] allows. A request to another host than the base URL's is
    /// refused, so that a link in an answer can't carry our keys away.
    ///
    /// # Errors
    /// [`Error`] whose [`delivery`](Error::delivery) covers all attempts together.
    pub async fn send(&self, call: Call) -> Result<Answer, Error> {
        let Call { op, request, repeat } = call;
        let mut delivery = Delivery::NotSent;
        let mut attempt = 1;
        loop {
            let error = match self.attempt(op, request.clone()).await {
                Ok(answer) => {
                    let credit = |n: u32| (n < RETRY_BUDGET).then(|| n + 1);
                    let _full = self.0.spare_retries.fetch_update(Ordering::Relaxed, Ordering::Relaxed, credit);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            delivery = delivery.or(error.delivery());
            let failure =
                Failure { delivery: error.delivery(), status: error.status(), retry_after: error.retry_after() };
            let decision = match error.kind() {
                ErrorKind::Quota | ErrorKind::Config | ErrorKind::Store => Retry::GiveUp,
                _ => decide_retry(repeat, &failure, attempt, &self.0.config.limits, self.0.config.clock.roll()),
            };
            let spare = |n: u32| n.checked_sub(1);
            match decision {
                Retry::After(wait)
                    if self.0.spare_retries.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spare).is_ok() =>
                {
                    tracing::warn!(op, attempt, delivery = %error.delivery(), status = error.status(), "trying again");
                    self.0.config.clock.sleep(wait).await;
                    attempt += 1;
                }
                Retry::After(_) | Retry::GiveUp => {
                    let error = error.with_attempts(attempt, delivery);
                    return Err(if repeat == Repeat::Read { error } else { error.of_a_write() });
                }
            }
        }
    }

    async fn attempt(&self, op: &'static str, request: Request<Bytes>) -> Result<Answer, Error> {
        let base = &self.0.config.base;
        if !base.serves(request.uri()) {
            let there = request.uri().host().unwrap_or("no host");
            let here = base.origin();
            let message = format!("the request goes to {there}, but this client and its keys are for {here}");
            return Err(Error::not_sent(op, ErrorKind::Config, message).help("build its address with BaseUrl::uri"));
        }
        let _turn = self.0.pacer.turn(&*self.0.config.clock).await;
        if let Some(quota) = &self.0.config.quota {
            let taken = quota.take(&*self.0.config.clock).await.map_err(|error| {
                Error::not_sent(op, ErrorKind::Store, "the count of today's calls could not be kept").because(error)
            })?;
            if taken.is_none() {
                let name = quota.name();
                return Err(Error::not_sent(
                    op,
                    ErrorKind::Quota,
                    format!("today's budget of calls to {name} is used up"),
                )
                .help("it starts anew at midnight UTC; raise the daily limit only if the vendor has raised yours"));
            }
        }
        self.0.sent.fetch_add(1, Ordering::Relaxed);
        let response = self
            .0
            .config
            .transport
            .send(request)
            .await
            .map_err(|error| Error::from_transport(op, &base.origin(), error))?;
        let (parts, body) = response.into_parts();
        tracing::debug!(op, status = parts.status.as_u16(), bytes = body.len(), "answered");
        if parts.status.is_success() {
            Ok(Answer { op, status: parts.status, headers: parts.headers, body })
        } else {
            Err(Error::from_answer(op, parts.status, &parts.headers, body))
        }
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("base", &self.0.config.base)
            .field("sent", &self.requests_sent())
            .finish_non_exhaustive()
    }
}
