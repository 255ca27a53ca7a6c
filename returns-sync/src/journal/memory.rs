use super::{Entry, Journal, JournalError};
use returns_wire::{BoxFuture, yield_once};
use std::sync::{Arc, Mutex, PoisonError};

/// A journal in memory, for tests, trials and plans. Clones share the entries.
#[derive(Debug, Clone, Default)]
pub struct MemoryJournal(Arc<Mutex<Vec<Entry>>>);

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of the entries.
    pub fn entries(&self) -> Vec<Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Journal for MemoryJournal {
    fn load(&self) -> BoxFuture<'_, Result<Vec<Entry>, JournalError>> {
        Box::pin(async move {
            yield_once().await;
            Ok(self.entries())
        })
    }

    fn append(&self, entry: Entry) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(async move {
            // Before and after: a caller that dies here finds the entry missing, or written unknown to it.
            yield_once().await;
            {
                let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let last = entries.last();
                let seq = last.map_or(1, |last| last.seq + 1);
                if entry.seq != seq || !entry.follows(last.map_or(Entry::FIRST, |last| &last.hash)) {
                    return Err(JournalError::Conflict { seq });
                }
                entries.push(entry);
            }
            yield_once().await;
            Ok(())
        })
    }
}
