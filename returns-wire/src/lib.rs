#![doc = include_str!("../README.md")]

mod decimal;
mod delivery;
mod money;
mod secret;
mod time;

#[cfg(feature = "client")]
mod answer;
#[cfg(feature = "client")]
mod base_url;
#[cfg(feature = "client")]
mod channel;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod pace;
#[cfg(feature = "client")]
mod quota;
#[cfg(feature = "client")]
mod retry;
#[cfg(feature = "client")]
mod seam;

#[cfg(feature = "reqwest")]
mod over_reqwest;
#[cfg(feature = "sandbox")]
pub mod sandbox;

pub use decimal::{JsonDecimal, NotADecimal};
pub use delivery::Delivery;
pub use money::{Currency, Money, MoneyError, Rounding};
pub use secret::{MissingSecret, Secret};
pub use time::{BoxFuture, Clock, ManualClock, yield_once};

#[cfg(feature = "reqwest")]
pub use over_reqwest::{HttpOptions, over_reqwest};
#[cfg(feature = "reqwest")]
pub use time::SystemClock;

#[cfg(feature = "client")]
pub use {
    answer::{Answer, decode_json},
    base_url::{BaseUrl, BaseUrlError},
    channel::{Call, Channel, ChannelConfig},
    error::{ApiError, BoxError, Error, ErrorKind, report},
    pace::Pacer,
    quota::{DailyQuota, MemoryQuota, QuotaState, QuotaStore},
    retry::{Failure, Repeat, Retry, RetryLimits, decide_retry},
    seam::{Transport, TransportError, TransportErrorKind},
};
