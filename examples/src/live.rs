//! The systems of a configuration.

use crate::Oops;
use returns_sync::{
    journal::SqliteJournal,
    run::{RunError, Systems},
    settings::{Settings, Stores, Transports},
};
use returns_wire::{Clock, ErrorKind, SystemClock};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The configuration in the current folder.
const DEFAULT_CONFIG: &str = "returns.toml";

/// Under which name the Sage tokens are kept.
const TOKENS: &str = "sage200";

/// The configuration that was named, or the one in the current folder.
pub fn config(named: Option<&Path>) -> Option<PathBuf> {
    let here = PathBuf::from(DEFAULT_CONFIG);
    named.map(Path::to_owned).or_else(|| here.exists().then_some(here))
}

/// A configuration, its journal, and clients for its systems.
#[derive(Debug)]
pub struct Live {
    /// The configuration.
    pub settings: Settings,
    /// The journal. Sage's tokens are in its file: Sage ID gives a new one at every use.
    pub journal: SqliteJournal,
    /// The systems.
    pub systems: Systems,
}

impl Live {
    /// Reads a configuration and makes the clients. `journal` overrides its own; a new consent forgets the token kept there.
    ///
    /// # Errors
    /// What is wrong with the configuration, a secret that is missing, or the journal.
    pub async fn connect(config: &Path, journal: Option<&str>, new_consent: bool) -> Result<Self, Oops> {
        let settings = Settings::load(config)?;
        let secrets = settings.secrets()?;
        let journal = SqliteJournal::open(journal.unwrap_or_else(|| settings.journal())).await?;
        if new_consent {
            journal.forget_tokens(TOKENS).await?;
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let stores = Stores { quota: journal.quota(), tokens: journal.tokens(TOKENS) };
        let systems = settings.connect(secrets, stores, clock, Transports::default()).await?;
        Ok(Self { settings, journal, systems })
    }
}

/// An error that says what to do about a consent that is gone.
pub fn explained(error: RunError) -> Oops {
    match &error {
        RunError::System(cause) if cause.kind() == ErrorKind::Auth && cause.op().starts_with("sage200.") => {
            Oops::from(format!("{error}; after a new consent run once with --new-consent"))
        }
        _ => error.into(),
    }
}
