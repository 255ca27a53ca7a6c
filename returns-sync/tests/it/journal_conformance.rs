//! What every journal and every count of calls must do, wherever it is kept.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use returns_sync::journal::{Entry, Event, Journal, JournalError, MemoryJournal, RunId, SqliteJournal};
use returns_wire::{MemoryQuota, QuotaStore, Secret};
use sage200_client::StoredTokens;
use std::{collections::BTreeSet, sync::Arc};

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A chain of entries at instants that are easy to store wrongly.
fn chain() -> Vec<Entry> {
    let times = [
        "2026-11-23T09:00:00Z",
        "2026-11-23T09:00:00.1Z",
        "2026-11-23T09:00:00.000001Z",
        "2026-11-23T09:00:00.000000001Z",
        "2026-11-23T09:00:00.999999999Z",
        "2016-12-31T23:59:60.5Z",
        "1969-12-31T23:59:59.25Z",
    ];
    let mut hash = Entry::FIRST.to_owned();
    let mut chain = Vec::new();
    for (seq, text) in (1..).zip(times) {
        let rma = "4400123".parse().unwrap();
        let body = serde_json::to_string(&Event::ParcelSeen { rma }).unwrap();
        let run = RunId(time(text) - TimeDelta::nanoseconds(1));
        let entry = Entry::link(&hash, seq, time(text), run, body);
        hash = entry.hash.clone();
        chain.push(entry);
    }
    chain
}

async fn keeps_the_chain(journal: &dyn Journal) {
    assert!(journal.load().await.unwrap().is_empty());
    let chain = chain();
    for entry in &chain[..5] {
        journal.append(entry.clone()).await.unwrap();
    }
    let refused = async |entry: Entry| {
        let error = journal.append(entry).await.unwrap_err();
        assert!(matches!(error, JournalError::Conflict { seq: 6 }), "{error}");
        assert_eq!(journal.load().await.unwrap(), chain[..5], "a refused entry leaves no trace");
    };
    // Out of order: a gap, the last one again, an early one again.
    for entry in [&chain[6], &chain[4], &chain[0]] {
        refused(entry.clone()).await;
    }
    // In order, but not linked to the last one.
    let stranger = &chain[5];
    refused(Entry::link(&chain[3].hash, 6, stranger.at, stranger.run, stranger.body.clone())).await;
    refused(Entry::link(Entry::FIRST, 6, stranger.at, stranger.run, stranger.body.clone())).await;
    // Linked to the last one, but numbered as another.
    for seq in [0, 5, 7] {
        refused(Entry::link(&chain[4].hash, seq, stranger.at, stranger.run, stranger.body.clone())).await;
    }
    // Linked, but changed afterwards.
    refused(Entry { body: stranger.body.replace('3', "4"), ..stranger.clone() }).await;
    refused(Entry { at: stranger.at + TimeDelta::nanoseconds(1), ..stranger.clone() }).await;
    for entry in &chain[5..] {
        journal.append(entry.clone()).await.unwrap();
    }
    let loaded = journal.load().await.unwrap();
    assert_eq!(loaded, chain);
    let mut previous = Entry::FIRST;
    for entry in &loaded {
        assert!(entry.follows(previous), "the hash of entry {} verifies after storage", entry.seq);
        previous = &entry.hash;
    }
}

#[tokio::test]
async fn a_journal_in_memory_keeps_the_chain() {
    keeps_the_chain(&MemoryJournal::new()).await;
}

#[tokio::test]
async fn a_journal_in_sqlite_keeps_the_chain() {
    keeps_the_chain(&SqliteJournal::open("sqlite::memory:").await.unwrap()).await;
}

/// A caller that is dropped in the middle of an append leaves the entry whole or away, and the journal usable.
async fn survives_a_lost_caller<J: Journal>(make: impl AsyncFn() -> J) {
    let chain = chain();
    for polls in 0..12 {
        let journal = make().await;
        journal.append(chain[0].clone()).await.unwrap();
        let mut append = journal.append(chain[1].clone());
        for _ in 0..polls {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            if append.as_mut().poll(&mut context).is_ready() {
                break;
            }
            // Gives a worker thread of the store its turn.
            std::thread::yield_now();
        }
        drop(append);
        let written = journal.load().await.unwrap().len();
        assert!((1..=2).contains(&written));
        for entry in &chain[written..] {
            journal.append(entry.clone()).await.unwrap();
        }
        assert_eq!(journal.load().await.unwrap(), chain, "dropped after {polls} polls");
    }
}

#[tokio::test]
async fn a_lost_caller_does_not_hurt_a_journal_in_memory() {
    survives_a_lost_caller(async || MemoryJournal::new()).await;
}

#[tokio::test]
async fn a_lost_caller_does_not_hurt_a_journal_in_sqlite() {
    survives_a_lost_caller(async || SqliteJournal::open("sqlite::memory:").await.unwrap()).await;
}

async fn counts_exactly(quota: Arc<dyn QuotaStore>) {
    let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    assert_eq!(quota.used("ReturnGO", day).await.unwrap(), 0);
    assert_eq!(quota.take("ReturnGO", day, 0).await.unwrap(), None, "a budget of nothing allows nothing");
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let quota = quota.clone();
            tokio::spawn(async move { quota.take("ReturnGO", day, 30).await.unwrap() })
        })
        .collect();
    let mut counts = Vec::new();
    for task in tasks {
        counts.extend(task.await.unwrap());
    }
    assert_eq!(counts.len(), 30);
    assert_eq!(counts.into_iter().collect::<BTreeSet<_>>(), (1..=30).collect(), "every count is given once");
    assert_eq!(quota.used("ReturnGO", day).await.unwrap(), 30);
    assert_eq!(quota.take("ReturnGO", day, 31).await.unwrap(), Some(31));
    assert_eq!(quota.take("Sage 200", day, 30).await.unwrap(), Some(1), "names are counted apart");
    assert_eq!(quota.take("ReturnGO", day.succ_opt().unwrap(), 30).await.unwrap(), Some(1), "and so are days");
}

#[tokio::test]
async fn calls_are_counted_exactly_in_memory() {
    counts_exactly(Arc::new(MemoryQuota::default())).await;
}

#[tokio::test]
async fn calls_are_counted_exactly_in_sqlite() {
    counts_exactly(SqliteJournal::open("sqlite::memory:").await.unwrap().quota()).await;
}

#[tokio::test]
async fn tokens_are_kept_by_name_and_to_the_nanosecond() {
    let journal = SqliteJournal::open("sqlite::memory:").await.unwrap();
    let store = journal.tokens("clerk");
    assert!(store.load().await.unwrap().is_none());
    let mut tokens = StoredTokens::new(Secret::new("r-1"), time("2026-11-23T09:00:00.123456789Z"));
    store.save(&tokens).await.unwrap();
    let loaded = store.load().await.unwrap().unwrap();
    assert!(loaded.access_token.is_none() && loaded.access_expires_at.is_none());
    tokens.refresh_token = Secret::new("r-2");
    tokens.access_token = Some(Secret::new("a-2"));
    tokens.access_expires_at = Some(time("2026-11-23T17:00:00.000000001Z"));
    store.save(&tokens).await.unwrap();
    let loaded = journal.tokens("clerk").load().await.unwrap().unwrap();
    assert_eq!(loaded.refresh_token.expose(), "r-2");
    assert_eq!(loaded.access_token.unwrap().expose(), "a-2");
    assert_eq!((loaded.access_expires_at, loaded.obtained_at), (tokens.access_expires_at, tokens.obtained_at));
    assert!(journal.tokens("manager").load().await.unwrap().is_none());
    journal.forget_tokens("clerk").await.unwrap();
    assert!(store.load().await.unwrap().is_none());
    for text in [format!("{journal:?}"), format!("{store:?}"), format!("{tokens:?}"), format!("{:?}", journal.quota())]
    {
        assert!(!text.contains("r-2") && !text.contains("a-2"), "{text}");
    }
}
