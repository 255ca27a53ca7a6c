use super::Entry;
use returns_wire::{BoxError, BoxFuture};
use std::fmt;

/// Where the journal is kept. One process writes at a time.
pub trait Journal: fmt::Debug + Send + Sync {
    /// All entries in order. The caller checks the chain.
    fn load(&self) -> BoxFuture<'_, Result<Vec<Entry>, JournalError>>;

    /// Appends one entry durably: when it returns, the entry survives a crash. Refuses an entry that does not
    /// follow the last one.
    fn append(&self, entry: Entry) -> BoxFuture<'_, Result<(), JournalError>>;
}

/// The journal can't be used. Nothing is posted without it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another process holds it.
    #[error(
        "the journal {place} is in use by another process; wait for the other run to end, two must never post at once"
    )]
    Locked {
        /// Which journal.
        place: String,
    },
    /// It can't be written.
    #[error("the journal {place} can't be written; give this user write access to the file and its folder")]
    ReadOnly {
        /// Which journal.
        place: String,
    },
    /// A later version of this program wrote it.
    #[error("the journal {place} has format {found}, this program knows up to {known}; update this program")]
    Newer {
        /// Which journal.
        place: String,
        /// Format found.
        found: i64,
        /// Newest format known.
        known: i64,
    },
    /// The file is not a journal.
    #[error("{place} is not a returns-sync journal; check the path")]
    NotAJournal {
        /// Which file.
        place: String,
    },
    /// The address does not lead to a file that could hold a journal.
    #[error("the journal's address can't be used: {reason}")]
    Address {
        /// Why not, and what to write.
        reason: String,
    },
    /// An entry was changed, removed or can't be read.
    #[error("the journal is damaged at entry {seq}: {reason}; restore it from its backup, nothing is posted meanwhile")]
    Damaged {
        /// The entry.
        seq: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody appended in between.
    #[error("another process wrote entry {seq} of the journal meanwhile; run again, with one process only")]
    Conflict {
        /// The entry.
        seq: u64,
    },
    /// Anything else.
    #[error("the journal {place} failed")]
    Failed {
        /// Which journal.
        place: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}
