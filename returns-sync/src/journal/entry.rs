use super::RunId;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Position, from 1.
    pub seq: u64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// By which run.
    pub run: RunId,
    /// What happened, as stored: JSON text of an [`Event`](super::Event).
    pub body: String,
    /// SHA-256 over the previous entry's hash and everything above, in hexadecimal.
    pub hash: String,
}

impl Entry {
    /// What the first entry follows.
    pub const FIRST: &'static str = "";

    /// The entry at `seq` that follows one with the hash `previous`.
    pub fn link(previous: &str, seq: u64, at: DateTime<Utc>, run: RunId, body: String) -> Self {
        let hash = Self::digest(previous, seq, at, run, &body);
        Self { seq, at, run, body, hash }
    }

    /// True when the entry is unchanged and follows the entry with the hash `previous`.
    pub fn follows(&self, previous: &str) -> bool {
        self.hash == Self::digest(previous, self.seq, self.at, self.run, &self.body)
    }

    fn digest(previous: &str, seq: u64, at: DateTime<Utc>, run: RunId, body: &str) -> String {
        let text = format!("{previous}\n{seq}\n{}\n{}\n{body}", at.to_rfc3339(), run.0.to_rfc3339());
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
