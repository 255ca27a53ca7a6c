//! The run as a whole: what it does twice, what it does not do, what stops it, and what it says.

mod common;

use common::{
    KEY, Stage, Wiring, book, codes, contains_all, d, exception, facts, hours, item, line, minutes, posted, released,
    shirt, shirts,
};
use returngo_client::{
    RmaId,
    sandbox::{FaultPlan, NewRma},
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
    sandbox::{Fault, How, SageSandbox},
};
use std::collections::BTreeSet;

fn pounds(text: &str) -> Money {
    Money::new(d(text), Currency::GBP).unwrap()
}

/// Several returns of all kinds.
fn busy(stage: &Stage) -> Vec<RmaId> {
    stage.sold("EX1", vec![line("SHIRT-M", 2), line("BOOK-KNIT", 1)]);
    stage.sold("EX2", vec![line("JUMPER-L", 1)]);
    stage.sold("EX3", vec![line("SHIRT-M", 1)]);
    let jumper = || item("JUMPER-L", "54.00", "9.00");
    let waiting = stage.approved("EX3", [shirt()]);
    vec![
        stage.returned("EX1", [shirts(2), book()]),
        stage.returned("EX2", [jumper()]),
        waiting,
        stage.returned("EX-NOWHERE", [shirt()]),
        stage.shop.approved(NewRma::store_credit("EX3").line(shirt())).unwrap(),
        stage.shop.returngo.submit(NewRma::refund("EX3").line(shirt())).unwrap(),
    ]
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
    contains_all(text, &["2 credit notes are allowed per run"]);
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
        contains_all(&facts(&report, Code::JournalEmpty), &["1 credit note(s)", &format!("RMA{rma}-1")]);
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
            entries[at] = Entry::link(&previous, at as u64 + 1, entry.at, entry.run, entry.body);
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
fn one_bad_rma_does_not_stop_the_others() {
    let stage = Stage::open();
    let rmas: Vec<_> = (1..=7).map(|n| stage.shirt_returned(&format!("EX{n}"))).collect();
    let bad = &rmas[1..6];
    stage.shop.returngo.replace_body(&bad[0], "{").unwrap();
    stage.shop.returngo.replace_body(&bad[1], "<html>Sign in</html>").unwrap();
    stage.shop.returngo.replace_body(&bad[2], "null").unwrap();
    let other = stage.shop.returngo.json(&rmas[0]).unwrap();
    stage.shop.returngo.replace_body(&bad[3], &other).unwrap();
    stage.rewrite(&bad[4], "\"items\":[", "\"items\":[7,");
    let report = stage.run();
    assert_eq!(posted(&report).len(), 2, "{:?}", report.unfinished);
    for rma in bad {
        assert_eq!(codes(&report, rma), ["rma-unreadable"], "{:?}", report.exceptions);
    }
    assert!(report.unfinished.is_none() && report.totals.is_some());
    for rma in bad {
        stage.shop.returngo.restore_body(rma).unwrap();
    }
    let report = stage.run();
    assert_eq!((report.posted.len(), report.exceptions.len(), report.cleared.len()), (5, 0, 5));
}

#[test]
fn when_sage_goes_down_the_run_stops_early_and_loses_nothing() {
    let stage = Stage::open();
    let rmas: Vec<_> = (1..=8).map(|n| stage.shirt_returned(&format!("EX{n}"))).collect();
    let down = How::Refuse { status: 503, retry_after: None };
    stage.shop.sage.fail_next(Fault { times: 1000, ..Fault::on_get("sop_order_return_views", down) });
    let report = stage.run();
    contains_all(report.unfinished.as_deref().unwrap(), &["the run stopped early", "of 8 RMAs were looked at", "503"]);
    assert_eq!(report.exit_code(), 2);
    assert!(report.totals.is_none() && report.posted.is_empty());
    let asked = stage.shop.sage.request_log().iter().filter(|request| request.status == 503).count();
    assert!(asked <= 9, "{asked} requests to a system that is down");

    let stage = up_again(stage);
    let report = stage.run();
    assert_eq!(report.posted.len(), rmas.len());
    assert!(report.exceptions.is_empty() && report.unfinished.is_none(), "{:?}", report.exceptions);
}

/// The same shop with a Sage that answers again.
fn up_again(stage: Stage) -> Stage {
    // Faults that are left are used up by requests nobody waits for.
    let transport = stage.shop.sage.transport();
    loop {
        let request =
            http::Request::get("https://sandbox.example/sop_order_return_views").body(bytes::Bytes::new()).unwrap();
        if run_to_end(transport.send(request)).unwrap().status() != 503 {
            return Stage { systems: Wiring::default().connect(&stage.shop), ..stage };
        }
    }
}

#[test]
fn when_returngo_goes_down_the_run_stops_early_and_loses_nothing() {
    let stage = Stage::open();
    for n in 1..=8 {
        stage.shirt_returned(&format!("EX{n}"));
    }
    stage.returngo_fails(FaultPlan::on("GET", "/rma/").status(503).times(9));
    let report = stage.run();
    contains_all(report.unfinished.as_deref().unwrap(), &["the run stopped early", "2 of 8 RMAs were looked at"]);
    assert_eq!(report.exit_code(), 2);
    let report = stage.run();
    assert_eq!((report.posted.len(), report.exceptions.len()), (8, 0));
}

#[test]
fn two_failures_in_a_row_are_no_reason_to_stop() {
    let stage = Stage::open();
    for n in 1..=5 {
        stage.shirt_returned(&format!("EX{n}"));
    }
    stage.returngo_fails(FaultPlan::on("GET", "/rma/").status(503).times(6));
    let report = stage.run();
    assert!(report.unfinished.is_none());
    assert_eq!((report.posted.len(), report.exceptions.len()), (3, 2));
    assert!(report.exceptions.iter().all(|e| e.finding.code == Code::ReadFailed));
    assert_eq!(stage.run().posted.len(), 2);
}

#[test]
fn whichever_call_the_quota_ends_at_nothing_is_lost_or_doubled() {
    let scene = || {
        let stage = Stage::open();
        for n in 1..=3 {
            stage.shirt_returned(&format!("EX{n}"));
        }
        stage
    };
    let whole = {
        let stage = scene();
        let report = stage.run();
        (report.calls.returngo, report.calls.sage)
    };
    assert!(whole.0 > 5 && whole.1 > 20);
    let first_day = |wiring: Wiring| {
        let mut stage = scene();
        stage.systems = wiring.connect(&stage.shop);
        let told = match stage.attempt(Mode::Run) {
            Ok(report) => {
                let ended = report.unfinished.clone().unwrap_or_default();
                assert_eq!(report.exit_code(), 2);
                ended
            }
            Err(error) => error.to_string(),
        };
        contains_all(&told, &["budget of calls", "is used up"]);
        stage.shop.wait(hours(24));
        stage.systems = Wiring::default().connect(&stage.shop);
        stage.run_on();
        let report = stage.run_until_quiet();
        assert_eq!(stage.ours().len(), 3);
        assert_eq!(stage.released_in_all(), d("72.00"));
        assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    };
    for calls in 0..u32::try_from(whole.0).unwrap() {
        first_day(Wiring { returngo_calls: calls, ..Wiring::default() });
    }
    for calls in 0..u32::try_from(whole.1).unwrap() {
        first_day(Wiring { sage_calls: Some(calls), ..Wiring::default() });
    }
}

#[test]
fn a_quota_used_up_in_the_middle_is_told_and_the_rest_is_for_tomorrow() {
    let mut stage = Stage::open();
    let rmas: Vec<_> = (1..=4).map(|n| stage.shirt_returned(&format!("EX{n}"))).collect();
    stage.systems = Wiring { returngo_calls: 4, ..Wiring::default() }.connect(&stage.shop);
    let report = stage.run();
    contains_all(report.unfinished.as_deref().unwrap(), &["2 of 4 RMAs were looked at", "ReturnGO"]);
    assert_eq!(exception(&report, Code::QuotaUsedUp).owner, Owner::It);
    assert_eq!(report.posted.len(), 2);
    assert_eq!(report.calls.returngo_today.unwrap().left(), 0);
    // An hour later it is no better; the next UTC day it is.
    stage.shop.wait(hours(1));
    let report = stage.run();
    contains_all(report.unfinished.as_deref().unwrap(), &["no RMA was looked at"]);
    stage.shop.wait(hours(24));
    stage.systems = Wiring::default().connect(&stage.shop);
    let report = stage.run();
    assert_eq!((report.posted.len(), report.exceptions.len()), (2, 0));
    drop(rmas);
}

#[test]
fn a_policy_in_the_wrong_currency_can_not_run() {
    let mut stage = Stage::open();
    stage.shirt_returned("EX1");
    stage.policy.currency = Currency::EUR;
    let error = stage.attempt(Mode::Run).unwrap_err();
    assert!(matches!(error, RunError::Policy(_)));
    contains_all(&error.to_string(), &["policy.currency is EUR", "GBP", "set the company's own currency"]);
    assert_eq!((stage.posts(), stage.entries().len()), (0, 0));
}

#[test]
fn exceptions_keep_their_age_and_clear_when_the_cause_is_gone() {
    let stage = Stage::open();
    let rma = stage.returned("EX1", [shirt()]);
    let since = exception(&stage.run(), Code::OrderNotFound).since;
    for _ in 0..3 {
        stage.shop.wait(hours(10));
        assert_eq!(exception(&stage.run(), Code::OrderNotFound).since, since);
    }
    // A run that did not look does not clear.
    stage.returngo_fails(FaultPlan::on("GET", "/rma/").status(503).times(3));
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["order-not-found", "read-failed"]);
    assert_eq!(exception(&report, Code::OrderNotFound).since, since);
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let report = stage.run();
    let mut cleared = common::cleared(&report, &rma);
    cleared.sort_unstable();
    assert_eq!(cleared, ["order-not-found", "read-failed"]);
    assert_eq!(posted(&report), [format!("RMA{rma}-1")]);
    assert_eq!(report.exit_code(), 0);
    // It comes back as a new one.
    let again = stage.returned("EX2", [shirt()]);
    stage.shop.wait(hours(1));
    let report = stage.run();
    assert_eq!(codes(&report, &again), ["order-not-found"]);
    assert!(exception(&report, Code::OrderNotFound).since > since);
}

#[test]
fn an_exception_whose_facts_change_is_as_old_as_it_was() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let first = stage.by_hand(rma.as_str(), "15.00", "3.00");
    let since = exception(&stage.run(), Code::CreditedByHandDiffers).since;
    stage.shop.sage.desktop().delete_posted(first).unwrap();
    stage.by_hand(rma.as_str(), "16.00", "3.20");
    stage.shop.wait(hours(3));
    let report = stage.run();
    contains_all(&facts(&report, Code::CreditedByHandDiffers), &["16.00"]);
    assert_eq!(exception(&report, Code::CreditedByHandDiffers).since, since);
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
    contains_all(&facts(&report, Code::TotalsDiffer), &[&format!("RMA{rma}-1"), "0 times"]);
    let totals = report.totals.unwrap();
    assert_ne!(totals.journal, totals.sage);
    assert_eq!(stage.posts(), 1);
    // Another value under our name.
    stage.by_hand(&format!("RMA{rma}-1"), "19.00", "3.80");
    contains_all(&facts(&stage.run_unchecked(), Code::TotalsDiffer), &["19.00 GBP net"]);
    // One of ours that the journal does not know.
    stage.by_hand("RMA99-1", "1.00", "0.20");
    contains_all(&facts(&stage.run_unchecked(), Code::TotalsDiffer), &["RMA99-1 is in Sage and not in the journal"]);
}

/// Personal data of the sandboxes' people, and every secret in play.
fn private(stage: &Stage) -> Vec<String> {
    let mut private: Vec<String> = [
        "Petra",
        "Samplewell",
        "Invented Lane",
        "ZZ1 1ZZ",
        "7946 0000",
        "petra@customer.example",
        "Sam Placeholder",
        "CREDIT-PETRA-7Q",
        "Does not fit",
        "Too small",
        KEY,
        "sandbox-key",
        "Bearer",
        "sandbox-access",
        "sandbox-refresh",
    ]
    .map(str::to_owned)
    .to_vec();
    private.push(stage.shop.sage.client_secret().to_owned());
    private
}

/// A shop in which much goes wrong, with personal data in the places that are wrong.
fn everything_wrong() -> (Stage, Vec<RunReport>) {
    let stage = Stage::open();
    busy(&stage);
    let unreadable = stage.shirt_returned("EX11");
    stage.rewrite(&unreadable, "\"isReturned\":true", "\"isReturned\":\"Petra Samplewell\"");
    let money = stage.shirt_returned("EX12");
    stage.rewrite(&money, "\"amount\":24,", "\"amount\":\"Petra Samplewell\",");
    let email = stage.shirt_returned("EX13");
    stage.rewrite(&email, "\"returnedItemId\":", "\"returnedItemId\":{\"petra@customer.example\":1},\"x\":");
    let date = stage.shirt_returned("EX14");
    stage.rewrite(&date, "\"lastUpdated\":\"2026", "\"lastUpdated\":\"Petra 2026");
    let state = stage.shirt_returned("EX15");
    stage.rewrite(&state, "\"rmaId\":\"", "\"rmaId\":\"petra@customer.example");
    let paid = stage.approved("EX1", [shirt()]);
    stage.shop.returngo.store_credit_refund(&paid, &stage.shop.units(&paid), d("24.00")).unwrap();
    let refused = stage.shirt_returned("EX16");
    stage.sage_fails(How::Refuse { status: 400, retry_after: None }, 1);
    stage.sage_fails(How::ActThenStatus(504), 1);
    stage.sage_fails(How::ActThenTruncate, 1);
    let mut reports = vec![stage.plan()];
    for _ in 0..4 {
        reports.push(stage.run());
        stage.shop.wait(hours(13));
    }
    assert!(!codes(&reports[1], &unreadable).is_empty() && !codes(&reports[1], &money).is_empty());
    assert!(!codes(&reports[1], &email).is_empty() && !codes(&reports[1], &state).is_empty());
    drop((date, refused));
    (stage, reports)
}

#[test]
fn the_report_is_machine_readable_and_holds_nothing_private() {
    let (stage, reports) = everything_wrong();
    for report in &reports {
        let text = serde_json::to_string_pretty(report).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["schema"], "returns-sync.run-report/1");
        for private in private(&stage) {
            assert!(!text.contains(&private), "{private:?} is in the report: {text}");
            let debug = format!("{report:?}");
            assert!(!debug.contains(&private), "{private:?} is in the report's Debug");
        }
    }
    let json = serde_json::to_value(&reports[1]).unwrap();
    for field in [
        "schema",
        "run",
        "mode",
        "finished",
        "unfinished",
        "blocked",
        "standings",
        "posted",
        "planned",
        "released",
        "stock",
        "waiting",
        "exceptions",
        "cleared",
        "totals",
        "calls",
        "writes",
        "journal_entries",
    ] {
        assert!(json.get(field).is_some(), "{field}");
    }
    // Amounts are text, never JSON numbers.
    assert!(json["posted"][0]["gross"].to_string().contains('"'), "{}", json["posted"][0]);
    for exception in json["exceptions"].as_array().unwrap() {
        for field in ["code", "owner", "title", "next_step", "since", "facts", "rma", "units", "money_at_risk"] {
            assert!(exception.get(field).is_some(), "{field} is missing in {exception}");
        }
    }
}

#[test]
fn the_journal_holds_nothing_private() {
    let (stage, _) = everything_wrong();
    assert!(stage.entries().len() > 20);
    for entry in stage.entries() {
        for private in private(&stage) {
            assert!(!entry.body.contains(&private), "{private:?} is in {}", entry.body);
        }
    }
    let debug = format!("{:?} {:?}", stage.systems, stage.journal);
    for private in private(&stage) {
        assert!(!debug.contains(&private), "{private:?} is in a Debug");
    }
}

#[test]
fn every_write_has_its_intent_before_and_its_outcome_after() {
    let (stage, _) = everything_wrong();
    let (mut intended, mut ended) = (0, 0);
    for event in stage.events() {
        match event {
            Event::CreditIntended { .. } | Event::CreditResent { .. } => intended += 1,
            Event::CreditEnded { .. } => {
                ended += 1;
                assert_eq!(intended, ended, "an outcome follows its own intent");
            }
            _ => {}
        }
    }
    assert_eq!((intended, ended), (stage.posts(), stage.posts()));
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
