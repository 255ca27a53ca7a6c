use super::{Inner, instant};
use chrono::NaiveDate;
use returns_wire::{BoxError, BoxFuture, QuotaStore, Secret};
use sage200_client::{StoredTokens, TokenStore};
use std::{fmt, sync::Arc};

/// The count of calls per day.
pub(super) struct SqliteQuota(pub(super) Arc<Inner>);

impl QuotaStore for SqliteQuota {
    fn take<'a>(&'a self, name: &'a str, day: NaiveDate, limit: u32) -> BoxFuture<'a, Result<Option<u32>, BoxError>> {
        Box::pin(async move {
            let mut connection = self.0.connection.lock().await;
            // All rows, so that the statement has come to its end and is committed.
            let counts: Vec<u32> = sqlx::query_scalar(
                "INSERT INTO quota (name, day, used) SELECT ?1, ?2, 1 WHERE ?3 > 0
                 ON CONFLICT (name, day) DO UPDATE SET used = used + 1 WHERE used < ?3
                 RETURNING used",
            )
            .bind(name)
            .bind(day.to_string())
            .bind(limit)
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| self.0.failure(error))?;
            Ok(counts.first().copied())
        })
    }

    fn used<'a>(&'a self, name: &'a str, day: NaiveDate) -> BoxFuture<'a, Result<u32, BoxError>> {
        Box::pin(async move {
            let mut connection = self.0.connection.lock().await;
            let used: Option<u32> = sqlx::query_scalar("SELECT used FROM quota WHERE name = ? AND day = ?")
                .bind(name)
                .bind(day.to_string())
                .fetch_optional(&mut *connection)
                .await
                .map_err(|error| self.0.failure(error))?;
            Ok(used.unwrap_or_default())
        })
    }
}

impl fmt::Debug for SqliteQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteQuota").field("place", &self.0.place).finish_non_exhaustive()
    }
}

/// The tokens of one consent.
pub(super) struct SqliteTokens {
    pub(super) inner: Arc<Inner>,
    pub(super) name: String,
}

impl TokenStore for SqliteTokens {
    fn load(&self) -> BoxFuture<'_, Result<Option<StoredTokens>, BoxError>> {
        Box::pin(async move {
            let mut connection = self.inner.connection.lock().await;
            let row: Option<(String, Option<String>, Option<String>, String)> = sqlx::query_as(
                "SELECT refresh_token, access_token, access_expires_at, obtained_at FROM tokens WHERE name = ?",
            )
            .bind(&self.name)
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| self.inner.failure(error))?;
            let Some((refresh, access, expires, obtained)) = row else { return Ok(None) };
            let mut tokens = StoredTokens::new(Secret::new(refresh), instant(&obtained)?);
            tokens.access_token = access.map(Secret::new);
            tokens.access_expires_at = expires.as_deref().map(instant).transpose()?;
            Ok(Some(tokens))
        })
    }

    fn save<'a>(&'a self, tokens: &'a StoredTokens) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let mut connection = self.inner.connection.lock().await;
            sqlx::query(
                "INSERT INTO tokens (name, refresh_token, access_token, access_expires_at, obtained_at)
                 VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT (name) DO UPDATE SET refresh_token = excluded.refresh_token,
                     access_token = excluded.access_token, access_expires_at = excluded.access_expires_at,
                     obtained_at = excluded.obtained_at",
            )
            .bind(&self.name)
            .bind(tokens.refresh_token.expose())
            .bind(tokens.access_token.as_ref().map(Secret::expose))
            .bind(tokens.access_expires_at.map(|at| at.to_rfc3339()))
            .bind(tokens.obtained_at.to_rfc3339())
            .execute(&mut *connection)
            .await
            .map_err(|error| self.inner.failure(error))?;
            Ok(())
        })
    }
}

impl fmt::Debug for SqliteTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteTokens")
            .field("place", &self.inner.place)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
