//! One sales return under schedules of faults and crashes, with the person at the Sage desktop acting at any point:
//! one document in Sage, one credit note, one release, and that only in a run that has read the credit note in the ledger.

use bytes::Bytes;
use chrono::TimeDelta;
use http::Request;
use returngo_client::{
    RmaId,
    sandbox::{NewItem, NewRma},
};
use returns_examples::Shop;
use returns_sync::{
    journal::MemoryJournal,
    policy::Policy,
    run::{Mode, RunReport, Systems, run_once},
};
use returns_tests::{Limits, Schedule, drive_while, every_schedule, faulty};
use returns_wire::Transport;
use rust_decimal::Decimal;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

fn is_return_write(request: &Request<Bytes>) -> bool {
    request.method() != "GET" && request.uri().path().contains("/sop_returns")
}

fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A shop with one return of two shirts and a book.
fn three_units() -> (Shop, RmaId) {
    let shop = Shop::open().unwrap();
    shop.take_sales_returns().unwrap();
    shop.sold("EX1001", vec![Shop::line("SHIRT-M", 2).unwrap(), Shop::line("BOOK-KNIT", 1).unwrap()]).unwrap();
    let shirts = NewItem::new("SHIRT-M", amount("24.00"), amount("4.00")).units(2);
    let book = NewItem::new("BOOK-KNIT", amount("12.00"), amount("0.00"));
    let rma = shop.approved(NewRma::refund("EX1001").line(shirts).line(book)).unwrap();
    (shop, rma)
}

/// What the person at the desktop does next, in order; each step once it is possible.
#[derive(Clone)]
struct Person {
    shop: Shop,
    /// Steps done: goods received, credit note printed, credit note posted.
    done: Arc<AtomicUsize>,
    printed: Arc<Mutex<String>>,
}

impl Person {
    const STEPS: usize = 3;

    fn new(shop: &Shop) -> Self {
        Self { shop: shop.clone(), done: Arc::default(), printed: Arc::default() }
    }

    fn has_finished(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= Self::STEPS
    }

    /// The number of the only return there is.
    fn number(&self) -> Option<String> {
        (1..10_000).filter_map(|id| self.shop.sage.document_no(id)).find(|number| self.try_receive(number).is_some())
    }

    fn try_receive(&self, number: &str) -> Option<String> {
        let lines: Vec<_> = (1..=3).map(|line| (line, Decimal::ONE)).collect();
        self.shop.sage.desktop().confirm_goods_in(number, &lines).ok()
    }

    /// One step, if it can be done.
    fn act(&self) {
        let desktop = self.shop.sage.desktop();
        let done = match self.done.load(Ordering::Relaxed) {
            0 => match self.number() {
                Some(number) => {
                    *self.printed.lock().unwrap() = number;
                    true
                }
                None => false,
            },
            1 => {
                let mut number = self.printed.lock().unwrap();
                *number = desktop.print_credit_note(&number).unwrap();
                true
            }
            2 => {
                desktop.post_printed_credit_note(&self.printed.lock().unwrap()).unwrap();
                true
            }
            _ => false,
        };
        self.done.fetch_add(usize::from(done), Ordering::Relaxed);
    }
}

/// Before the request of this number, and before each that follows, a person takes a step; and it is noted when the
/// ledger has shown a credit note.
fn with_person(
    inner: Transport,
    person: Person,
    from: usize,
    count: Arc<AtomicUsize>,
    seen: Arc<AtomicBool>,
) -> Transport {
    Transport::new(tower::service_fn(move |request: Request<Bytes>| {
        let (inner, person, seen) = (inner.clone(), person.clone(), seen.clone());
        if request.uri().path().contains("/accounts/") && count.fetch_add(1, Ordering::Relaxed) >= from {
            person.act();
        }
        async move {
            let of_ledger = request.uri().path().ends_with("/sales_transaction_views");
            let answer = inner.send(request).await?;
            let credit = answer.body().windows(12).any(|text| text == b"RMA4400123-1");
            seen.fetch_or(of_ledger && credit, Ordering::Relaxed);
            Ok(answer)
        }
    }))
}

fn released(journal: &MemoryJournal) -> usize {
    journal.entries().iter().filter(|entry| entry.body.contains("refund_released")).count()
}

struct Play {
    shop: Shop,
    journal: MemoryJournal,
    reports: Vec<RunReport>,
    crashes_after_commit: u64,
}

/// Runs until nothing is left to do, ten minutes apart; the person begins at request `from`.
fn until_quiet(policy: &Policy, schedule: &Schedule, from: usize, mortal: fn(&MemoryJournal) -> bool) -> Play {
    let (shop, rma) = three_units();
    shop.received(&rma).unwrap();
    let journal = MemoryJournal::new();
    let person = Person::new(&shop);
    let count = Arc::new(AtomicUsize::new(0));
    let mut play = Play { shop, journal, reports: Vec::new(), crashes_after_commit: 0 };
    for _ in 0..16 {
        let seen = Arc::new(AtomicBool::new(false));
        let wrap = |transport| {
            with_person(faulty(transport, schedule, is_return_write), person.clone(), from, count.clone(), seen.clone())
        };
        let systems: Systems = play.shop.in_process_signed_in(wrap).unwrap();
        let before = released(&play.journal);
        let run = run_once(&systems, &play.journal, policy, Mode::Run);
        let place = || format!("{} writes", play.shop.sage.writes_committed());
        let report = drive_while(run, schedule, place, || mortal(&play.journal));
        let now = released(&play.journal);
        assert!(now == before || seen.load(Ordering::Relaxed), "released unread: {:?}", schedule.trace());
        match report {
            None => play.crashes_after_commit += u64::from(play.shop.sage.writes_committed() > 0),
            Some(report) => {
                let report = report.unwrap();
                let quiet = report.journal_entries == 0 && person.has_finished();
                play.reports.push(report);
                if quiet {
                    return play;
                }
            }
        }
        play.shop.wait(TimeDelta::minutes(10));
        // Whatever the schedule: the person gets there in the end.
        if count.load(Ordering::Relaxed) >= from {
            person.act();
        }
    }
    panic!("no rest after 16 runs: {:?}", schedule.trace());
}

fn ends_well(play: &Play, schedule: &Schedule) {
    let trace = || format!("{:?}", schedule.trace());
    let credits: Vec<_> = play.shop.sage.ledger().iter().map(|row| (row.goods, row.tax)).collect();
    assert_eq!(credits, [(amount("-52.00"), amount("-8.00"))], "{}", trace());
    assert_eq!(play.shop.sage.writes_committed(), 1, "{}", trace());
    let last = play.reports.last().unwrap();
    assert!(last.exceptions.is_empty(), "{}: {:?}", trace(), last.exceptions);
    let totals = last.totals.as_ref().unwrap();
    assert_eq!((totals.journal, totals.released.count), (totals.sage, 3), "{}", trace());
    assert_eq!(released(&play.journal), 1, "{}", trace());
}

/// Every fate of the write, a crash at every point; the person begins as soon as there is a document.
fn one_return_and_one_release(limits: &[Limits], mortal: fn(&MemoryJournal) -> bool) -> [u64; 3] {
    let policy = Shop::policy_of_sales_returns().unwrap();
    let (mut after_commit, mut resent) = (0, 0u64);
    let schedules = every_schedule(limits, |schedule| {
        let play = until_quiet(&policy, schedule, 0, mortal);
        ends_well(&play, schedule);
        after_commit += play.crashes_after_commit;
        resent += u64::from(play.journal.entries().iter().any(|entry| entry.body.contains("return_resent")));
    });
    println!("{schedules} schedules; {after_commit} crashes after Sage had committed; {resent} sent a return again");
    [schedules, after_commit, resent]
}

/// The return is on its way and not read back.
fn while_it_is_entered(journal: &MemoryJournal) -> bool {
    let entries = journal.entries();
    let shows = |text: &str| entries.iter().any(|entry| entry.body.contains(text));
    shows("return_intended") && !shows("return_found")
}

#[test]
fn one_return_and_one_release_whatever_breaks() {
    let [_, _, resent] = one_return_and_one_release(&[Limits { faults: 2, crashes: 0 }], |_| true);
    assert!(resent > 0, "no schedule sent a return again: the harness proves nothing");
}

#[test]
#[ignore = "hundreds of schedules: in release mode"]
fn one_return_and_one_release_whatever_breaks_while_it_is_entered() {
    let limits = &[Limits { faults: 1, crashes: 1 }];
    let [_, after_commit, resent] = one_return_and_one_release(limits, while_it_is_entered);
    assert!(after_commit > 0 && resent > 0, "the harness proves nothing: {after_commit}, {resent}");
}

#[test]
fn one_return_and_one_release_wherever_a_run_dies_while_it_is_entered() {
    let limits = &[Limits { faults: 0, crashes: 1 }];
    let [_, after_commit, _] = one_return_and_one_release(limits, while_it_is_entered);
    assert!(after_commit > 0, "no crash fell after Sage had committed: the harness proves nothing");
}

#[test]
#[ignore = "thousands of schedules: in release mode"]
fn one_return_and_one_release_whatever_breaks_twice() {
    one_return_and_one_release(&[Limits { faults: 2, crashes: 1 }], |_| true);
}

/// The person begins before the first, the second, ... request to Sage: each step falls between two reads of a run.
fn a_person_in_sage_acts_at(points: impl Iterator<Item = usize>) {
    let policy = Shop::policy_of_sales_returns().unwrap();
    let mut schedules = 0;
    for from in points {
        schedules += every_schedule(&[Limits { faults: 1, crashes: 0 }], |schedule| {
            ends_well(&until_quiet(&policy, schedule, from, |_| true), schedule);
        });
    }
    println!("{schedules} schedules with a person who acts between any two requests");
}

#[test]
fn the_person_in_sage_may_act_in_between() {
    a_person_in_sage_acts_at((0..60).step_by(7));
}

#[test]
#[ignore = "hundreds of schedules: in release mode"]
fn the_person_in_sage_may_act_at_any_point() {
    a_person_in_sage_acts_at(0..60);
}

/// Called off after the return was entered: the return goes, whatever becomes of the request, and nothing is credited.
fn a_return_that_is_called_off_is_gone(limits: &[Limits]) {
    let policy = Shop::policy_of_sales_returns().unwrap();
    let mut again = 0u64;
    let schedules = every_schedule(limits, |schedule| {
        let (shop, rma) = three_units();
        let journal = MemoryJournal::new();
        let calm = shop.in_process_signed_in(|transport| transport).unwrap();
        drop(returns_tests::run_to_end(run_once(&calm, &journal, &policy, Mode::Run)).unwrap());
        assert_eq!(shop.sage.writes_committed(), 1);
        shop.returngo.cancel(&rma).unwrap();
        let mut rested = false;
        for _ in 0..12 {
            shop.wait(TimeDelta::minutes(10));
            let systems = shop.in_process_signed_in(|transport| faulty(transport, schedule, is_return_write)).unwrap();
            let run = run_once(&systems, &journal, &policy, Mode::Run);
            let place = || format!("{} writes", shop.sage.writes_committed());
            let changing = || journal.entries().iter().any(|entry| entry.body.contains("return_change_intended"));
            let report = drive_while(run, schedule, place, changing);
            let report = report.map(|report| report.unwrap());
            let told = report.as_ref().is_some_and(|report| !report.exceptions.is_empty());
            if report.is_some_and(|report| report.journal_entries == 0) && !told {
                rested = true;
                break;
            }
            // What was refused, or sent three times without effect, is told and tried again a day later.
            if told || journal.entries().iter().any(|entry| entry.body.contains("\"rejected\"")) {
                shop.wait(TimeDelta::hours(24));
            }
        }
        assert!(rested, "{:?}", schedule.trace());
        assert_eq!(shop.sage.writes_committed(), 2, "entered once, deleted once: {:?}", schedule.trace());
        assert!(Person::new(&shop).number().is_none(), "it is still there: {:?}", schedule.trace());
        let changes = journal.entries().iter().filter(|entry| entry.body.contains("return_change_intended")).count();
        again += u64::from(changes > 1);
    });
    assert!(again > 0, "no schedule sent the change again");
    println!("{schedules} schedules in which an RMA is called off; {again} sent the change again");
}

#[test]
fn a_return_that_is_called_off_is_gone_whatever_breaks() {
    a_return_that_is_called_off_is_gone(&[Limits { faults: 2, crashes: 0 }]);
}

#[test]
fn a_return_that_is_called_off_is_gone_wherever_a_run_dies() {
    a_return_that_is_called_off_is_gone(&[Limits { faults: 0, crashes: 1 }]);
}

#[test]
#[ignore = "thousands of schedules: in release mode"]
fn a_return_that_is_called_off_is_gone_whatever_breaks_twice() {
    a_return_that_is_called_off_is_gone(&[Limits { faults: 2, crashes: 1 }]);
}
