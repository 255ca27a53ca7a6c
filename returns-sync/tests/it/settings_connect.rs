//! From settings to clients, and a run that refuses a journal somebody has changed.

use returns_sync::{
    journal::{Entry, Event, Journal, JournalError, MemoryJournal, RunId, SqliteJournal},
    run::{Mode, RunError, Systems, run_once},
    settings::{Secrets, Settings, Stores, Transports},
};
use returns_wire::{Clock, ErrorKind, ManualClock, Secret, report};
use std::sync::Arc;

const SAMPLE: &str = include_str!("../../../returns.example.toml");

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-11-23T09:00:00Z".parse().unwrap()))
}

fn settings() -> Settings {
    Settings::from_toml(SAMPLE, "returns.toml").unwrap()
}

fn secrets(refresh_token: Option<&str>) -> Secrets {
    let value = |name: &str| if name == "SAGE200_REFRESH_TOKEN" { refresh_token } else { Some("value") };
    settings().secrets_from(|name| value(name).map(Secret::new)).unwrap()
}

fn stores(journal: &SqliteJournal) -> Stores {
    Stores { quota: journal.quota(), tokens: journal.tokens("sage200") }
}

async fn systems(journal: &SqliteJournal) -> Systems {
    settings().connect(secrets(Some("r-1")), stores(journal), clock(), Transports::default()).await.unwrap()
}

#[tokio::test]
async fn the_first_refresh_token_is_stored_once() {
    let journal = SqliteJournal::open("sqlite::memory:").await.unwrap();
    let (settings, clock) = (settings(), clock());
    let connect = |token| settings.connect(secrets(token), stores(&journal), clock.clone(), Transports::default());
    let error = connect(None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let text = report(&error);
    assert!(text.contains("SAGE200_REFRESH_TOKEN is not set") && text.contains("`sage.refresh_token_env`"), "{text}");
    assert!(text.contains("sign in with Sage ID once"), "{text}");
    let systems = connect(Some("r-1")).await.unwrap();
    assert_eq!(systems.returngo.shop(), "your-shop.myshopify.com");
    assert_eq!(systems.sage.key().company.get(), 1);
    assert_eq!(systems.clock.now(), clock.now());
    assert_eq!((systems.returngo.requests_sent(), systems.sage.requests_sent()), (0, 0));
    assert_eq!(systems.returngo.quota_state().await.unwrap().unwrap().limit, 2000);
    assert!(systems.sage.quota_state().await.unwrap().is_none());
    // The one in the environment is spent by now: what is stored is newer.
    connect(Some("r-0")).await.unwrap();
    connect(None).await.unwrap();
    let stored = journal.tokens("sage200").load().await.unwrap().unwrap();
    assert_eq!((stored.refresh_token.expose(), stored.obtained_at), ("r-1", clock.now()));
    // A new consent.
    journal.forget_tokens("sage200").await.unwrap();
    connect(Some("r-2")).await.unwrap();
    let stored = journal.tokens("sage200").load().await.unwrap().unwrap();
    assert_eq!(stored.refresh_token.expose(), "r-2");
    assert!(!format!("{systems:?}").contains("r-2"));
}

#[tokio::test]
async fn an_api_key_that_can_not_be_sent_is_refused_before_anything_is_stored() {
    let journal = SqliteJournal::open("sqlite::memory:").await.unwrap();
    let secrets = settings().secrets_from(|_| Some(Secret::new("two words"))).unwrap();
    let error = settings().connect(secrets, stores(&journal), clock(), Transports::default()).await.unwrap_err();
    assert!(error.to_string().contains("api_key") && !error.to_string().contains("two words"), "{error}");
    assert!(journal.tokens("sage200").load().await.unwrap().is_none());
}

/// Entries as they come, for journals that somebody else wrote.
#[derive(Debug)]
struct Tampered(Vec<Entry>);

impl Journal for Tampered {
    fn load(&self) -> returns_wire::BoxFuture<'_, Result<Vec<Entry>, JournalError>> {
        Box::pin(async { Ok(self.0.clone()) })
    }

    fn append(&self, entry: Entry) -> returns_wire::BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(async move { Err(JournalError::Conflict { seq: entry.seq }) })
    }
}

#[tokio::test]
async fn a_run_refuses_a_changed_journal_before_it_calls_anybody() {
    let store = SqliteJournal::open("sqlite::memory:").await.unwrap();
    let systems = systems(&store).await;
    let journal = MemoryJournal::new();
    for (seq, rma) in [(1, "4400123"), (2, "4400124"), (3, "4400125")] {
        let last = journal.entries().last().map_or(Entry::FIRST.to_owned(), |last| last.hash.clone());
        let body = serde_json::to_string(&Event::Baseline { rma: rma.parse().unwrap() }).unwrap();
        let now = clock().now();
        journal.append(Entry::link(&last, seq, now, RunId(now), body)).await.unwrap();
    }
    let entries = journal.entries();
    let mut changed = entries.clone();
    changed[1].body = changed[1].body.replace("4400124", "4400129");
    let mut shortened = entries.clone();
    shortened.remove(1);
    for (entries, damaged) in [(changed, 2), (shortened, 3), (entries[1..].to_vec(), 2)] {
        let error = run_once(&systems, &Tampered(entries), settings().policy(), Mode::Run).await.unwrap_err();
        assert!(
            matches!(&error, RunError::Journal(JournalError::Damaged { seq, .. }) if *seq == damaged),
            "{damaged}: {error}"
        );
        assert!(error.to_string().contains("restore it from its backup, nothing is posted meanwhile"), "{error}");
    }
    assert_eq!((systems.returngo.requests_sent(), systems.sage.requests_sent()), (0, 0));
}
