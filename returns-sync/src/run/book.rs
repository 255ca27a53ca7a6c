use super::Mode;
use crate::journal::{Entry, Event, Journal, JournalError, RunId, State};
use returns_wire::Clock;

/// The journal as one run sees it: what the events add up to, and the end of the chain.
#[derive(Debug)]
pub(super) struct Book<'j> {
    journal: &'j dyn Journal,
    clock: &'j dyn Clock,
    run: RunId,
    mode: Mode,
    /// What was true when the run began; a plan goes on to imagine.
    loaded: Option<State>,
    state: State,
    seq: u64,
    hash: String,
    written: u64,
}

impl<'j> Book<'j> {
    /// Reads the whole journal and checks the chain.
    pub(super) async fn open(
        journal: &'j dyn Journal,
        clock: &'j dyn Clock,
        run: RunId,
        mode: Mode,
    ) -> Result<Self, JournalError> {
        let mut state = State::default();
        let mut hash = Entry::FIRST.to_owned();
        let mut seq = 0;
        for entry in journal.load().await? {
            let damaged = |reason: String| JournalError::Damaged { seq: entry.seq, reason };
            if entry.seq != seq + 1 {
                return Err(damaged(format!("entry {} is missing", seq + 1)));
            }
            if !entry.follows(&hash) {
                return Err(damaged("it was changed, or does not follow the entry before it".to_owned()));
            }
            let event = serde_json::from_str(&entry.body).map_err(|error| damaged(error.to_string()))?;
            state.apply(&entry, event).map_err(damaged)?;
            seq = entry.seq;
            hash = entry.hash;
        }
        let loaded = (mode == Mode::Plan).then(|| state.clone());
        Ok(Self { journal, clock, run, mode, loaded, state, seq, hash, written: 0 })
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// What is true: in a plan, without what it imagines.
    pub(super) fn real(&self) -> &State {
        self.loaded.as_ref().unwrap_or(&self.state)
    }

    /// Entries written by this run.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Appends an event; in a plan, only imagines it.
    pub(super) async fn write(&mut self, event: Event) -> Result<(), JournalError> {
        let seq = self.seq + 1;
        let damaged = |reason: String| JournalError::Damaged { seq, reason };
        let body = serde_json::to_string(&event).map_err(|error| damaged(error.to_string()))?;
        let entry = Entry::link(&self.hash, seq, self.clock.now(), self.run, body);
        if self.mode == Mode::Run {
            self.journal.append(entry.clone()).await?;
            self.written += 1;
        }
        self.state.apply(&entry, event).map_err(damaged)?;
        self.seq = seq;
        self.hash = entry.hash;
        Ok(())
    }
}
