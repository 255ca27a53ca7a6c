//! The journal, the call budget and the token store in one SQLite file.

mod address;
mod stores;

use super::{Entry, Journal, JournalError, RunId};
use address::Address;
use chrono::{DateTime, ParseError, Utc};
use returns_wire::{BoxFuture, QuotaStore};
use sage200_client::TokenStore;
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{fmt, path::Path, sync::Arc, time::Duration};
use stores::{SqliteQuota, SqliteTokens};
use tokio::sync::Mutex;

/// Marks the file as ours: `RSjn`.
const APPLICATION_ID: i64 = 0x5253_6a6e;

/// The newest format known.
const FORMAT: i64 = 1;

/// Long enough for a run that is just ending, too short to queue a second run behind the first.
const BUSY: Duration = Duration::from_secs(1);

/// Amounts stand inside `body` as decimal text; no column can hold a binary fraction.
const SCHEMA: &str = "
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    at TEXT NOT NULL,
    run TEXT NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER entries_are_not_changed BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries of the journal are never changed'); END;
CREATE TRIGGER entries_are_not_removed BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries of the journal are never removed'); END;
-- INSERT OR REPLACE removes a row without a DELETE that a trigger sees.
CREATE TRIGGER entries_follow_one_another BEFORE INSERT ON entries
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM entries)
BEGIN SELECT RAISE(ABORT, 'entries of the journal are only added at its end'); END;
CREATE TABLE quota (
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (name, day)
) STRICT;
CREATE TABLE tokens (
    name TEXT PRIMARY KEY NOT NULL,
    refresh_token TEXT NOT NULL,
    access_token TEXT,
    access_expires_at TEXT,
    obtained_at TEXT NOT NULL
) STRICT;
";

/// A journal in a SQLite file, with the call budget and the token store beside it. Clones share the file.
///
/// The file is held for this process alone until the handle, its clones and its stores are dropped: a second run can't
/// begin meanwhile. It holds refresh tokens, so a new file is readable for its owner only (on Unix). Keep it on a local
/// disk: network drives do not lock reliably. Once the handle is dropped the one file is everything, and a copy of it
/// is a backup.
#[derive(Clone)]
pub struct SqliteJournal(Arc<Inner>);

struct Inner {
    place: String,
    connection: Mutex<SqliteConnection>,
}

impl SqliteJournal {
    /// Opens a journal, or creates it where there is no file yet. Needs a tokio runtime.
    ///
    /// `address` is a path, `sqlite:path`, `sqlite://path`, or `sqlite::memory:` for a journal that is gone at exit.
    ///
    /// # Errors
    /// [`JournalError`]; the file is as it was before.
    pub async fn open(address: &str) -> Result<Self, JournalError> {
        let address = Address::parse(address)?;
        let place = address.place().to_owned();
        let failed = |error| failure(&place, error);
        let options = SqliteConnectOptions::new()
            .filename(address.file_name())
            .create_if_missing(true)
            .busy_timeout(BUSY)
            .disable_statement_logging();
        let mut connection = options.connect().await.map_err(failed)?;
        // Locks are kept from here on. A rollback journal, not a write-ahead log: after every entry the one file is whole.
        execute(&mut connection, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL").await.map_err(failed)?;
        prepare(&mut connection, &place, address.path()).await?;
        execute(&mut connection, "PRAGMA journal_mode = TRUNCATE").await.map_err(failed)?;
        Ok(Self(Arc::new(Inner { place, connection: Mutex::new(connection) })))
    }

    /// Where the journal is kept.
    pub fn place(&self) -> &str {
        &self.0.place
    }

    /// The count of calls per day, in the same file.
    pub fn quota(&self) -> Arc<dyn QuotaStore> {
        Arc::new(SqliteQuota(self.0.clone()))
    }

    /// The tokens of one consent, in the same file. One name per Sage ID user.
    pub fn tokens(&self, name: &str) -> Arc<dyn TokenStore> {
        Arc::new(SqliteTokens { inner: self.0.clone(), name: name.to_owned() })
    }

    /// Forgets the tokens of a consent that has ended, so that the refresh token of a new consent can be stored.
    ///
    /// # Errors
    /// [`JournalError`] when the file can't be written.
    pub async fn forget_tokens(&self, name: &str) -> Result<(), JournalError> {
        let mut connection = self.0.connection.lock().await;
        let done = sqlx::query("DELETE FROM tokens WHERE name = ?").bind(name).execute(&mut *connection).await;
        done.map(drop).map_err(|error| self.0.failure(error))
    }
}

impl Inner {
    fn failure(&self, error: sqlx::Error) -> JournalError {
        failure(&self.place, error)
    }
}

async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(connection).await.map(drop)
}

/// Takes the lock, makes sure that the file is a journal of ours or a new one, and that it can be written.
async fn prepare(connection: &mut SqliteConnection, place: &str, path: Option<&Path>) -> Result<(), JournalError> {
    let failed = |error| match code(&error) {
        // The side file for the first write can't be created: the folder is read-only.
        Some(IO_WRITE) => JournalError::ReadOnly { place: place.to_owned() },
        _ => failure(place, error),
    };
    let mut transaction = connection.begin_with("BEGIN EXCLUSIVE").await.map_err(failed)?;
    let (application, found, objects): (i64, i64, i64) = sqlx::query_as(
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
         FROM pragma_application_id, pragma_user_version",
    )
    .fetch_one(&mut *transaction)
    .await
    .map_err(failed)?;
    match application {
        APPLICATION_ID if found > FORMAT => {
            return Err(JournalError::Newer { place: place.to_owned(), found, known: FORMAT });
        }
        APPLICATION_ID => {}
        0 if found == 0 && objects == 0 => {
            // Before anything secret is in it.
            path.map_or(Ok(()), for_owner_only).map_err(|error| failed(sqlx::Error::Io(error)))?;
            execute(&mut transaction, SCHEMA).await.map_err(failed)?;
        }
        _ => return Err(JournalError::NotAJournal { place: place.to_owned() }),
    }
    // A write in any case: SQLite opens a file that can't be written without a word, and locks nothing.
    let mark = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(mark)).execute(&mut *transaction).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

#[cfg(unix)]
fn for_owner_only(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // By name: opening and closing the file here would drop the locks this process holds on it.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn for_owner_only(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// SQLite's extended code for a write that the system refused.
const IO_WRITE: i32 = 778;

fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// What an error of SQLite means to whoever runs the sync.
fn failure(place: &str, error: sqlx::Error) -> JournalError {
    let place = place.to_owned();
    // The low byte is the kind; the rest says more about it.
    match code(&error).map(|code| code & 0xff) {
        Some(5 | 6) => JournalError::Locked { place },
        Some(3 | 8 | 14) => JournalError::ReadOnly { place },
        Some(26) => JournalError::NotAJournal { place },
        _ => JournalError::Failed { place, source: Box::new(error) },
    }
}

impl Journal for SqliteJournal {
    fn load(&self) -> BoxFuture<'_, Result<Vec<Entry>, JournalError>> {
        Box::pin(async move {
            let mut connection = self.0.connection.lock().await;
            let rows: Vec<Row> = sqlx::query_as("SELECT seq, at, run, body, hash FROM entries ORDER BY seq")
                .fetch_all(&mut *connection)
                .await
                .map_err(|error| self.0.failure(error))?;
            rows.into_iter().map(entry).collect()
        })
    }

    fn append(&self, entry: Entry) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(async move {
            let mut connection = self.0.connection.lock().await;
            self.0.append(&mut connection, &entry).await.map_err(|error| self.0.failure(error))?.map_or(Ok(()), Err)
        })
    }
}

impl Inner {
    /// One transaction: either the entry is at the end of the chain afterwards, or nothing has changed.
    async fn append(
        &self,
        connection: &mut SqliteConnection,
        entry: &Entry,
    ) -> Result<Option<JournalError>, sqlx::Error> {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let last: Option<(i64, String)> = sqlx::query_as("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut *transaction)
            .await?;
        let (last, hash) = last.unwrap_or((0, Entry::FIRST.to_owned()));
        let next = last.saturating_add(1);
        if u64::try_from(next) != Ok(entry.seq) || !entry.follows(&hash) {
            return Ok(Some(JournalError::Conflict { seq: u64::try_from(next).unwrap_or_default() }));
        }
        sqlx::query("INSERT INTO entries (seq, at, run, body, hash) VALUES (?, ?, ?, ?, ?)")
            .bind(next)
            .bind(entry.at.to_rfc3339())
            .bind(entry.run.0.to_rfc3339())
            .bind(&entry.body)
            .bind(&entry.hash)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(None)
    }
}

/// Number, time, run, body and hash, as stored.
type Row = (i64, String, String, String, String);

fn entry((seq, at, run, body, hash): Row) -> Result<Entry, JournalError> {
    let seq = u64::try_from(seq).unwrap_or_default();
    let time = |text: &str| {
        instant(text).map_err(|error| JournalError::Damaged { seq, reason: format!("its time {text:?}: {error}") })
    };
    Ok(Entry { seq, at: time(&at)?, run: RunId(time(&run)?), body, hash })
}

/// Reads what `to_rfc3339` wrote, to the nanosecond.
fn instant(text: &str) -> Result<DateTime<Utc>, ParseError> {
    DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc))
}

impl fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJournal").field("place", &self.0.place).finish_non_exhaustive()
    }
}
