//! The run as a whole: what it does twice, what it does not do, what it says.

use crate::common::{
    Stage, book, busy, codes, contains_all, d, exception, facts, hours, item, line, minutes, posted, released, shirt,
    shirts,
};
use returns_sync::{
    exception::{Code, Owner},
    journal::{Binding, Entry, Event, Journal, MemoryJournal, RunId},
    rules::Standing,
    run::{Mode, RunError, RunReport, run_once},
};
use returns_tests::run_to_end;
use returns_wire::{Currency, Money};
use sage200_client::{
    CompanyId, SiteId,
    sandbox::{How, SageSandbox},
};
use std::collections::BTreeSet;

fn pounds(text: &str) -> Money {
    Money::new(d(text), Currency::GBP).unwrap()
}

fn units_of(report: &RunReport) -> BTreeSet<String> {
    report.released.iter().flat_map(|release| release.units.iter().map(ToString::to_string)).collect()
}

fn memory(entries: Vec<Entry>) -> MemoryJournal {
    let journal = MemoryJournal::new();
    for entry in entries {
        run_to_end(journal.append(entry)).unwrap();
    }
    journal
}

#[test]
fn a_second_run_without_news_writes_nothing_anywhere() {
    let stage = Stage::open();
    busy(&stage);
    let first = stage.run();
    assert_eq!((first.posted.len(), first.writes), (2, 2));
    assert!(first.journal_entries > 0);
    let posts = stage.posts();
    for wait in [0, 1, 24] {
        stage.shop.wait(hours(wait));
        let report = stage.run();
        assert_eq!((report.writes, report.journal_entries), (0, 0));
        assert!(report.posted.is_empty() && report.released.is_empty() && report.cleared.is_empty());
        assert_eq!(report.exceptions.len(), first.exceptions.len());
        assert_eq!(report.exit_code(), 2);
    }
    assert_eq!((stage.posts(), stage.shop.returngo.writes()), (posts, 0));
}

#[test]
fn a_plan_writes_nothing_and_shows_what_the_run_posts() {
    let stage = Stage::open();
    busy(&stage);
    let plan = stage.plan();
    assert_eq!(
        (stage.entries().len(), stage.posts(), stage.shop.sage.writes_committed(), stage.shop.returngo.writes()),
        (0, 0, 0, 0)
    );
    assert_eq!((plan.mode, plan.journal_entries, plan.writes), (Mode::Plan, 0, 0));
    assert!(plan.posted.is_empty() && plan.released.is_empty());
    assert_eq!(plan.planned.len(), 2);
    // Planning twice changes nothing either.
    assert_eq!(serde_json::to_value(&stage.plan().planned).unwrap(), serde_json::to_value(&plan.planned).unwrap());

    let run = stage.run();
    let what = |credits: &[returns_sync::run::PostedCredit]| {
        credits
            .iter()
            .map(|c| (c.second_reference.clone(), c.account.clone(), c.date, c.goods.clone(), c.net, c.vat, c.gross))
            .collect::<Vec<_>>()
    };
    assert_eq!(what(&plan.planned), what(&run.posted));
    assert!(run.planned.is_empty());
    let codes = |report: &RunReport| report.exceptions.iter().map(|e| e.finding.key()).collect::<Vec<_>>();
    assert_eq!(codes(&plan), codes(&run));
    assert!(stage.plan().planned.is_empty(), "nothing is left to post");
}

#[test]
fn a_plan_in_the_middle_leaves_an_open_credit_note_alone() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.sage_fails(How::Refuse { status: 504, retry_after: None }, 1);
    stage.run_on();
    let entries = stage.entries().len();
    for _ in 0..4 {
        stage.shop.wait(minutes(10));
        let plan = stage.plan();
        assert!(plan.released.is_empty());
    }
    assert_eq!((stage.entries().len(), stage.posts()), (entries, 1));
    assert!(stage.run_until_quiet().exceptions.is_empty());
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
}

#[test]
fn the_cap_on_documents_stops_and_says_so() {
    let mut stage = Stage::open();
    stage.policy.caps.documents_per_run = 2;
    let rmas: Vec<_> = (1..=5).map(|n| stage.shirt_returned(&format!("EX{n}"))).collect();
    assert_eq!(stage.plan().planned.len(), 2, "a plan keeps to the caps");
    let report = stage.run();
    assert_eq!(stage.ours().len(), 2);
    for rma in &rmas[2..] {
        assert_eq!(codes(&report, rma), ["cap-reached"]);
    }
    let text = &report.exceptions[0].finding.facts;
    contains_all(text, &["2 documents are allowed per run"]);
    assert_eq!(stage.run().posted.len(), 2);
    assert_eq!(stage.run().posted.len(), 1);
    assert!(stage.run().exceptions.is_empty());
}

#[test]
fn the_cap_on_value_stops_and_says_so() {
    let mut stage = Stage::open();
    stage.policy.caps.value_per_run = pounds("50.00");
    let rmas: Vec<_> = (1..=3).map(|n| stage.shirt_returned(&format!("EX{n}"))).collect();
    let report = stage.run();
    assert_eq!(stage.ours().len(), 2, "48.00 of 50.00");
    assert_eq!(codes(&report, &rmas[2]), ["cap-reached"]);
    contains_all(&facts(&report, Code::CapReached), &["50.00 GBP", "72.00 GBP"]);
    assert_eq!(exception(&report, Code::CapReached).owner, Owner::Finance);

    // Exactly the cap is allowed.
    let mut stage = Stage::open();
    stage.policy.caps.value_per_run = pounds("48.00");
    for n in 1..=2 {
        stage.shirt_returned(&format!("EX{n}"));
    }
    assert_eq!(stage.run().posted.len(), 2);
}

#[test]
fn the_cap_on_one_document_stops_and_says_so() {
    for (cap, allowed) in [("48.00", true), ("47.99", false)] {
        let mut stage = Stage::open();
        stage.policy.caps.value_per_document = pounds(cap);
        stage.sold("EX1", vec![line("SHIRT-M", 2)]);
        let rma = stage.returned("EX1", [shirts(2)]);
        let report = stage.run();
        assert_eq!(stage.ours().len(), usize::from(allowed));
        if !allowed {
            assert_eq!(codes(&report, &rma), ["credit-too-large"]);
            contains_all(&facts(&report, Code::CreditTooLarge), &["48.00 GBP", "47.99 GBP"]);
            stage.policy.caps.value_per_document = pounds("48.00");
            assert_eq!(posted(&stage.run()), [format!("RMA{rma}-1")]);
        }
    }
}

/// Refused three times in a row: something is wrong for all of them.
#[test]
fn three_refusals_in_a_row_end_the_posting() {
    let stage = Stage::open();
    let rmas: Vec<_> = (1..=5).map(|n| stage.shirt_returned(&format!("EX{n}"))).collect();
    stage.sage_fails(How::Refuse { status: 400, retry_after: None }, 9);
    let report = stage.run();
    assert_eq!(stage.posts(), 3);
    for (place, rma) in rmas.iter().enumerate() {
        assert_eq!(codes(&report, rma), [if place < 3 { "sage-refused" } else { "cap-reached" }]);
    }
    let capped = report.exceptions.iter().find(|e| e.finding.code == Code::CapReached).unwrap();
    contains_all(&capped.finding.facts, &["Sage refused 3 documents one after the other"]);
}

/// A lost request counts when it is sent again, but the same money is not counted twice within a run.
#[test]
fn caps_hold_over_lost_answers() {
    let mut stage = Stage::open();
    stage.policy.caps.documents_per_run = 1;
    for n in 1..=3 {
        stage.shirt_returned(&format!("EX{n}"));
    }
    stage.sage_fails(How::ActThenStatus(504), 1);
    for expected in 1..=3 {
        stage.run_on();
        assert_eq!(stage.ours().len(), expected);
    }
}

#[test]
fn returns_from_before_go_live_are_never_posted() {
    let stage = Stage::open();
    let now = returns_wire::Clock::now(&stage.shop.clock);
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    stage.sold("EX2", vec![line("SHIRT-M", 1)]);
    stage.shop.clock.set("2026-02-28T23:59:59Z".parse().unwrap());
    let old = stage.returned("EX1", [shirt()]);
    stage.shop.clock.set("2026-03-01T00:00:00Z".parse().unwrap());
    let new = stage.returned("EX2", [shirt()]);
    stage.shop.clock.set(now);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{new}-1"), "20.00", "4.00")]);
    assert_eq!(report.standings[&Standing::Baseline], 1);
    assert!(codes(&report, &old).is_empty());
    // Whatever becomes of it, and even if go-live is moved back by mistake: it was seen as old.
    stage.shop.refunded(&old, d("24.00")).unwrap();
    stage.shop.wait(hours(24));
    let mut stage = stage;
    stage.policy.go_live = "2026-02-01T00:00:00Z".parse().unwrap();
    stage.run_on();
    assert_eq!(stage.ours().len(), 1);
}

#[test]
fn an_rma_without_a_date_of_creation_is_not_posted() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.rewrite(&rma, "\"createdAt\":\"2026-03-30T08:00:00+00:00\",\"lastUpdated\"", "\"lastUpdated\"");
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["rma-unreadable"]);
    stage.assert_ours(&[]);
}

#[test]
fn an_empty_journal_against_books_that_hold_ours_posts_nothing() {
    let mut stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.run_on();
    let other = stage.shirt_returned("EX2");
    stage.journal = MemoryJournal::new();
    for mode in [Mode::Plan, Mode::Run, Mode::Run] {
        let report = stage.attempt(mode).unwrap();
        assert!(report.blocked && report.planned.is_empty() && report.posted.is_empty() && report.released.is_empty());
        contains_all(
            &facts(&report, Code::JournalEmpty),
            &["1 reference(s) of our form are in Sage's sales ledger", &format!("RMA{rma}-1")],
        );
        contains_all(report.unfinished.as_deref().unwrap(), &["nothing was posted", "journal is empty"]);
        contains_all(exception(&report, Code::JournalEmpty).next_step, &["backup", "accept_existing"]);
        assert_eq!((report.exit_code(), stage.entries().len(), stage.posts()), (2, 0, 1));
    }
    assert_eq!(stage.ours().len(), 1);
    drop(other);
}

#[test]
fn accept_existing_takes_what_is_there_as_credited_by_hand() {
    let mut stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.run_on();
    let other = stage.shirt_returned("EX2");
    stage.journal = MemoryJournal::new();
    stage.policy.accept_existing = true;
    let report = stage.run_unchecked();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00"), (&format!("RMA{other}-1"), "20.00", "4.00")]);
    assert_eq!(units_of(&report).len(), 2);
    let totals = report.totals.as_ref().unwrap();
    assert_eq!((totals.by_hand.count, totals.journal.count), (1, 1));
}

/// What was accepted must not be called a difference for ever.
#[test]
fn accept_existing_ends_clean() {
    let mut stage = Stage::open();
    stage.shirt_returned("EX1");
    stage.run_on();
    stage.journal = MemoryJournal::new();
    stage.policy.accept_existing = true;
    stage.run_on();
    let report = stage.run();
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
}

/// The lost journal had credited the first unit; the second comes later.
#[test]
fn accept_existing_does_not_use_a_number_twice() {
    let mut stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    let units = stage.shop.units(&rma);
    let fit = returngo_client::sandbox::Verdict::Returned { restockable: true };
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    stage.shop.returngo.inspect(&units[0], fit.clone()).unwrap();
    stage.run_on();
    stage.journal = MemoryJournal::new();
    stage.policy.accept_existing = true;
    drop(stage.run_unchecked());
    stage.shop.returngo.inspect(&units[1], fit).unwrap();
    drop(stage.run_unchecked());
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00"), (&format!("RMA{rma}-2"), "20.00", "4.00")]);
}

#[test]
fn the_journal_of_another_shop_or_company_is_refused() {
    let stage = Stage::open();
    stage.shirt_returned("EX1");
    let bound = Binding {
        shop: returns_examples::SHOP.to_owned(),
        site: SiteId::new(SageSandbox::SITE_ID),
        company: CompanyId::new(1),
        currency: Currency::GBP,
    };
    let others = [
        Binding { shop: "other.myshopify.com".to_owned(), ..bound.clone() },
        Binding { site: SiteId::new("99999999-2222-3333-4444-555555555555"), ..bound.clone() },
        Binding { company: CompanyId::new(2), ..bound.clone() },
        Binding { currency: Currency::EUR, ..bound.clone() },
    ];
    let now = returns_wire::Clock::now(&stage.shop.clock);
    let entry = |binding: Binding| {
        let body = serde_json::to_string(&Event::Bound(binding)).unwrap();
        Entry::link(Entry::FIRST, 1, now, RunId(now), body)
    };
    for other in others {
        let journal = memory(vec![entry(other.clone())]);
        let error = run_to_end(run_once(&stage.systems, &journal, &stage.policy, Mode::Run)).unwrap_err();
        assert!(matches!(error, RunError::OtherJournal { .. }), "{error}");
        contains_all(&error.to_string(), &[&other.shop, other.site.as_str(), "use one journal for each"]);
        assert_eq!((journal.entries().len(), stage.posts()), (1, 0));
    }
    let journal = memory(vec![entry(bound)]);
    assert_eq!(run_to_end(run_once(&stage.systems, &journal, &stage.policy, Mode::Run)).unwrap().posted.len(), 1);
}

#[test]
fn a_journal_that_was_changed_or_cut_is_refused() {
    let stage = Stage::open();
    busy(&stage);
    stage.run_on();
    let entries = stage.entries();
    assert!(entries.len() > 5);
    let relinked = |mut entries: Vec<Entry>, from: usize| {
        for at in from..entries.len() {
            let previous = at.checked_sub(1).map_or(Entry::FIRST.to_owned(), |at| entries[at].hash.clone());
            let entry = entries[at].clone();
            entries[at] = Entry::link(&previous, u64::try_from(at).unwrap() + 1, entry.at, entry.run, entry.body);
        }
        entries
    };
    let mut amended = entries.clone();
    let at = amended.iter().position(|entry| entry.body.contains("credit_intended")).unwrap();
    amended[at].body = amended[at].body.replace("20.00", "10.00");
    let mut removed = entries.clone();
    removed.remove(2);
    let mut swapped = entries.clone();
    swapped.swap(2, 3);
    let mut foreign = entries.clone();
    foreign[2].body = "{\"event_of_a_later_version\":{}}".to_owned();
    let foreign = relinked(foreign, 2);
    for (what, entries, says) in [
        ("amended", amended, "it was changed"),
        ("removed", removed, "entry 3 is missing"),
        ("swapped", swapped, "entry 3 is missing"),
        ("of a later version", foreign, "entry 3"),
    ] {
        let broken = Broken(entries);
        let posts = stage.posts();
        let error = run_to_end(run_once(&stage.systems, &broken, &stage.policy, Mode::Run)).unwrap_err();
        contains_all(&error.to_string(), &["damaged", says, "restore it from its backup"]);
        assert_eq!(stage.posts(), posts, "{what}");
    }
}

/// A journal that somebody has worked on.
#[derive(Debug)]
struct Broken(Vec<Entry>);

impl Journal for Broken {
    fn load(&self) -> returns_wire::BoxFuture<'_, Result<Vec<Entry>, returns_sync::journal::JournalError>> {
        Box::pin(async { Ok(self.0.clone()) })
    }

    fn append(&self, _: Entry) -> returns_wire::BoxFuture<'_, Result<(), returns_sync::journal::JournalError>> {
        Box::pin(async { panic!("a damaged journal is not written") })
    }
}

#[test]
fn the_order_of_the_returns_does_not_matter() {
    let scene = |order: &[usize]| {
        let stage = Stage::open();
        stage.sold("EX1", vec![line("SHIRT-M", 2), line("BOOK-KNIT", 1)]);
        stage.sold("EX2", vec![line("JUMPER-L", 1)]);
        for which in order {
            match which {
                0 => stage.returned("EX1", [shirt()]),
                1 => stage.returned("EX1", [shirt(), book()]),
                2 => stage.returned("EX2", [item("JUMPER-L", "54.00", "9.00")]),
                _ => stage.returned("EX-NOWHERE", [shirt()]),
            };
        }
        let report = stage.run_until_quiet();
        let mut worths: Vec<_> = stage.ours().into_iter().map(|row| (row.1, row.2)).collect();
        worths.sort();
        (worths, stage.released_in_all(), report.exceptions.len())
    };
    let first = scene(&[0, 1, 2, 3]);
    assert_eq!((first.0.len(), first.1, first.2), (3, d("114.00"), 1));
    for order in [[3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1], [0, 3, 1, 2]] {
        assert_eq!(scene(&order), first, "{order:?}");
    }
}

#[test]
fn totals_that_differ_are_told() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.run_on();
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    stage.run_on();
    let urn = stage.shop.sage.ledger()[0].urn;
    // Deleted after everything was done: nobody reads that RMA any more, the totals do.
    stage.shop.sage.desktop().delete_posted(urn).unwrap();
    let report = stage.run_unchecked();
    contains_all(&facts(&report, Code::TotalsDiffer), &[&format!("RMA{rma}-1: is not in Sage any more")]);
    let totals = report.totals.unwrap();
    assert_ne!(totals.journal, totals.sage);
    assert_eq!(stage.posts(), 1);
    // Another value under our name.
    stage.by_hand(&format!("RMA{rma}-1"), "19.00", "3.80");
    contains_all(&facts(&stage.run_unchecked(), Code::TotalsDiffer), &["it is worth 19.00 net and 3.80 VAT"]);
    // One of ours that the journal does not know.
    stage.by_hand("RMA99-1", "1.00", "0.20");
    contains_all(
        &facts(&stage.run_unchecked(), Code::TotalsDiffer),
        &["RMA99-1: URN ", " with 1.00 net and 0.20 VAT, and not in the journal"],
    );
}

#[test]
fn a_run_that_only_waits_is_clean() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    stage.approved("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!(report.exit_code(), 0);
    assert_eq!(report.waiting.len(), 1);
    let empty = Stage::open();
    let report = empty.run();
    assert_eq!((report.exit_code(), report.waiting.len(), report.totals.unwrap().journal.count), (0, 0, 0));
    assert_eq!(released(&empty.run()), []);
}
