use crate::{BoxError, BoxFuture, Clock};
use chrono::NaiveDate;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// Where the count of calls per day is kept. A count that survives restarts needs a store that does.
pub trait QuotaStore: fmt::Debug + Send + Sync {
    /// Counts one call, unless `limit` calls were already counted on that day. Gives the count after it, or
    /// `None` when the limit is reached. One atomic step.
    fn take<'a>(&'a self, name: &'a str, day: NaiveDate, limit: u32) -> BoxFuture<'a, Result<Option<u32>, BoxError>>;

    /// Calls counted on that day.
    fn used<'a>(&'a self, name: &'a str, day: NaiveDate) -> BoxFuture<'a, Result<u32, BoxError>>;
}

/// A count in memory: forgotten at exit.
#[derive(Debug, Default)]
pub struct MemoryQuota(Mutex<HashMap<(String, NaiveDate), u32>>);

impl QuotaStore for MemoryQuota {
    fn take<'a>(&'a self, name: &'a str, day: NaiveDate, limit: u32) -> BoxFuture<'a, Result<Option<u32>, BoxError>> {
        Box::pin(async move {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry((name.to_owned(), day)).or_default();
            if *count >= limit {
                return Ok(None);
            }
            *count += 1;
            Ok(Some(*count))
        })
    }

    fn used<'a>(&'a self, name: &'a str, day: NaiveDate) -> BoxFuture<'a, Result<u32, BoxError>> {
        Box::pin(async move {
            let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(counts.get(&(name.to_owned(), day)).copied().unwrap_or_default())
        })
    }
}

/// A budget of calls per UTC day, shared by all who use the same store and name.
#[derive(Debug, Clone)]
pub struct DailyQuota {
    store: Arc<dyn QuotaStore>,
    name: String,
    limit: u32,
}

/// Calls used and left today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct QuotaState {
    /// The day, in UTC.
    pub day: NaiveDate,
    /// Calls made.
    pub used: u32,
    /// Calls allowed.
    pub limit: u32,
}

impl QuotaState {
    /// Calls still allowed.
    pub fn left(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }
}

impl DailyQuota {
    /// A budget of `limit` calls a day under `name`, one name per vendor account.
    pub fn new(store: Arc<dyn QuotaStore>, name: impl Into<String>, limit: u32) -> Self {
        Self { store, name: name.into(), limit }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Counts one call; `None` when today's budget is used up.
    ///
    /// # Errors
    /// The store's own.
    pub async fn take(&self, clock: &dyn Clock) -> Result<Option<u32>, BoxError> {
        self.store.take(&self.name, clock.now().date_naive(), self.limit).await
    }

    /// Used and left today.
    ///
    /// # Errors
    /// The store's own.
    pub async fn state(&self, clock: &dyn Clock) -> Result<QuotaState, BoxError> {
        let day = clock.now().date_naive();
        Ok(QuotaState { day, used: self.store.used(&self.name, day).await?, limit: self.limit })
    }
}
