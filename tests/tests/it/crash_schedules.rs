//! One return of three units: exactly one credit note, the same end as undisturbed, and nothing more to do after it. Each
//! fault and each crash by itself in every run of the tests, up to two faults and a crash together in release mode. A naive
//! engine posts twice under one fault and one crash.
//!
//! The same with the refund made in the shop: the refund and the credit note meet every fate, and there is one of each.
//!
//! Each schedule begins signed in: a token that was spent and not answered for needs a person, whatever the order.

use chrono::TimeDelta;
use http::Request;
use returngo_client::{RmaId, sandbox::NewItem, sandbox::NewRma};
use returns_examples::{SHOP, Shop};
use returns_sync::{
    journal::MemoryJournal,
    policy::{Policy, RefundGate},
    rules::Standing,
    run::{Mode, RunReport, Systems, run_once},
};
use returns_tests::{Limits, SUITE, Schedule, drive, drive_while, every_schedule, faulty};
use returns_wire::Transport;
use rust_decimal::Decimal;
use sage200_client::sandbox::{LedgerRow, NewLine, ReadLag};
use shopify_returns::sandbox::{NewLine as ShopLine, NewOrder as ShopOrder};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

fn is_credit_note(request: &Request<bytes::Bytes>) -> bool {
    request.method() == "POST" && request.uri().path().ends_with("/sales_credit_notes")
}

fn is_refund(request: &Request<bytes::Bytes>) -> bool {
    request.body().windows(12).any(|text| text == b"refundCreate")
}

fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A shop with one return of three units on two lines and two VAT rates, received and inspected.
fn three_units() -> (Shop, RmaId) {
    let shop = Shop::open().unwrap();
    shop.sold("EX1001", vec![Shop::line("SHIRT-M", 2).unwrap(), Shop::line("BOOK-KNIT", 1).unwrap()]).unwrap();
    let shirts = NewItem::new("SHIRT-M", amount("24.00"), amount("4.00")).units(2);
    let book = NewItem::new("BOOK-KNIT", amount("12.00"), amount("0.00"));
    let rma = shop.approved(NewRma::refund("EX1001").line(shirts).line(book)).unwrap();
    shop.received(&rma).unwrap();
    (shop, rma)
}

fn systems(shop: &Shop, schedule: &Schedule) -> Systems {
    shop.in_process_signed_in(|transport| faulty(transport, schedule, is_credit_note)).unwrap()
}

/// The same with the shop. A refund may be asked for only when this very run has read its credit note in the sales
/// ledger: whoever asks earlier fails the test.
fn systems_with_shop(shop: &Shop, schedule: &Schedule) -> Systems {
    let credit_note_read = Arc::new(AtomicBool::new(false));
    let wrap = |transport| watching(faulty(transport, schedule, is_credit_note), credit_note_read.clone());
    let systems = shop.in_process_signed_in(wrap).unwrap();
    let wrap = |transport| behind(faulty(transport, schedule, is_refund), credit_note_read.clone());
    shop.with_shopify(systems, wrap).unwrap()
}

/// Notes when an answer from the sales ledger shows our credit note.
fn watching(inner: Transport, seen: Arc<AtomicBool>) -> Transport {
    Transport::new(tower::service_fn(move |request: Request<bytes::Bytes>| {
        let (inner, seen) = (inner.clone(), seen.clone());
        let of_ledger = request.method() == "GET" && request.uri().path().ends_with("/sales_transaction_views");
        async move {
            let answer = inner.send(request).await?;
            let ours = answer.body().windows(12).any(|text| text == b"RMA4400123-1");
            seen.fetch_or(of_ledger && ours, Ordering::Relaxed);
            Ok(answer)
        }
    }))
}

/// Lets no refund through before the credit note was seen.
fn behind(inner: Transport, seen: Arc<AtomicBool>) -> Transport {
    Transport::new(tower::service_fn(move |request: Request<bytes::Bytes>| {
        let inner = inner.clone();
        let allowed = !is_refund(&request) || seen.load(Ordering::Relaxed);
        assert!(allowed, "a refund was asked for before its credit note was read by this run");
        async move { inner.send(request).await }
    }))
}

/// Runs until nothing is left to do, ten minutes apart; a crash loses everything but journal and sandboxes.
fn until_quiet(
    shop: &Shop,
    policy: &Policy,
    schedule: &Schedule,
    connect: fn(&Shop, &Schedule) -> Systems,
    mortal: fn(&Shop, &MemoryJournal) -> bool,
    after_commit: &mut u64,
) -> (Vec<RunReport>, MemoryJournal) {
    let journal = MemoryJournal::new();
    let mut reports = Vec::new();
    for _ in 0..12 {
        let systems = connect(shop, schedule);
        let place = || {
            let (sage, shop) = (shop.sage.writes_committed(), shop.shopify.refunds_made());
            format!("{sage} write(s) in Sage, {shop} refund(s), {} journal entries", journal.entries().len())
        };
        let run = run_once(&systems, &journal, policy, Mode::Run);
        match drive_while(run, schedule, place, || mortal(shop, &journal)) {
            None => *after_commit += u64::from(shop.sage.writes_committed() > 0),
            Some(report) => {
                let report = report.unwrap();
                let quiet = resting(&report);
                reports.push(report);
                if quiet {
                    return (reports, journal);
                }
            }
        }
        shop.wait(TimeDelta::minutes(10));
    }
    panic!("no rest after 12 runs: {:?}", schedule.trace());
}

/// Nothing written, nothing under way.
fn resting(report: &RunReport) -> bool {
    let under_way = [Standing::Crediting, Standing::AwaitingRefund];
    let paid_by_us = report.calls.shopify > 0;
    report.journal_entries == 0
        && !under_way.iter().take(1 + usize::from(paid_by_us)).any(|standing| report.standings.contains_key(standing))
}

/// What must be the same however it came about.
fn end_state(ledger: &[LedgerRow], journal: &MemoryJournal) -> (Vec<(String, Decimal, Decimal)>, usize) {
    let rows = ledger.iter().map(|row| (row.second_reference.clone(), row.goods, row.tax)).collect();
    let released = journal.entries().iter().filter(|entry| entry.body.contains("refund_released")).count();
    (rows, released)
}

/// What a set of schedules came to.
struct Tally {
    schedules: u64,
    after_commit: u64,
    resent: u64,
}

/// Plays every schedule; each must end like the first, which is the undisturbed one.
fn every_end_is_the_same(limits: &[Limits], lag: ReadLag) -> Tally {
    let policy = Shop::policy().unwrap();
    let undisturbed = RefCell::new(None);
    let mut after_commit = 0;
    let mut resent = 0;
    let schedules = every_schedule(limits, |schedule| {
        let (shop, _) = three_units();
        shop.sage.set_ledger_read_lag(lag);
        let (reports, journal) = until_quiet(&shop, &policy, schedule, systems, |_, _| true, &mut after_commit);
        let end = end_state(&shop.sage.ledger(), &journal);
        let first = undisturbed.borrow_mut().get_or_insert_with(|| end.clone()).clone();
        assert_eq!(end, first, "{:?}", schedule.trace());
        assert_eq!(shop.sage.writes_committed(), 1, "{:?}", schedule.trace());
        let last = reports.last().unwrap();
        assert!(last.exceptions.is_empty(), "{:?}: {:?}", schedule.trace(), last.exceptions);
        let totals = last.totals.as_ref().unwrap();
        assert_eq!((totals.journal, totals.released.count), (totals.sage, 3), "{:?}", schedule.trace());
        resent += u64::from(journal.entries().iter().any(|entry| entry.body.contains("credit_resent")));
    });
    let first = undisturbed.into_inner().unwrap();
    assert_eq!(first.0, [("RMA4400123-1".to_owned(), amount("-52.00"), amount("-8.00"))]);
    Tally { schedules, after_commit, resent }
}

fn one_credit_note(limits: &[Limits]) {
    let Tally { schedules, after_commit, resent } = every_end_is_the_same(limits, ReadLag::None);
    assert!(after_commit > 0, "no crash fell after Sage had committed: the harness proves nothing");
    assert!(resent > 0, "no schedule made a credit note be sent again: the harness proves nothing");
    println!(
        "{schedules} schedules; {after_commit} crashes after Sage had committed; {resent} sent a credit note again"
    );
}

#[test]
fn one_credit_note_whatever_breaks() {
    one_credit_note(SUITE);
}

#[test]
#[ignore = "thousands of schedules: in release mode"]
fn one_credit_note_whatever_breaks_twice() {
    one_credit_note(&[Limits { faults: 2, crashes: 1 }]);
}

fn one_credit_note_though_late(limits: &[Limits]) {
    // Just under the settle time: a look-up made before that would not see what was committed.
    let lag = Shop::policy().unwrap().settle.to_std().unwrap() - Duration::from_secs(1);
    let Tally { schedules, after_commit, .. } = every_end_is_the_same(limits, ReadLag::For(lag));
    assert!(after_commit > 0, "no crash fell after Sage had committed: the harness proves nothing");
    println!("{schedules} schedules with a late ledger; {after_commit} crashes after Sage had committed");
}

#[test]
fn one_credit_note_though_the_ledger_shows_it_late() {
    one_credit_note_though_late(SUITE);
}

#[test]
#[ignore = "a thousand schedules: in release mode"]
fn one_credit_note_though_the_ledger_shows_it_late_and_a_run_dies() {
    one_credit_note_though_late(&[Limits { faults: 1, crashes: 1 }]);
}

/// From the credit note's arrival in Sage to the end of the return. What goes before is the same without the shop.
fn while_the_refund_is_due(shop: &Shop, journal: &MemoryJournal) -> bool {
    shop.sage.writes_committed() > 0 && !journal.entries().iter().any(|entry| entry.body.contains("\"closed\""))
}

/// A return of one unit, refunded in the shop, under every schedule within the limits. Gives how many there were, how
/// many crashes fell after the shop had paid, and how many asked for the refund again.
fn one_refund(limits: &[Limits]) -> [u64; 3] {
    let policy = Policy { refund_gate: RefundGate::ShopifyRefund, ..Shop::policy().unwrap() };
    let (mut after_commit, mut after_refund, mut resent) = (0, 0u64, 0u64);
    let schedules = every_schedule(limits, |schedule| {
        let shop = Shop::open().unwrap();
        shop.sold("EX1001", vec![Shop::line("SHIRT-M", 1).unwrap()]).unwrap();
        shop.placed_at_list("EX1001", &[("SHIRT-M", 1)]).unwrap();
        let shirt = NewItem::new("SHIRT-M", amount("24.00"), amount("4.00"));
        let rma = shop.approved(NewRma::refund("EX1001").line(shirt)).unwrap();
        shop.received(&rma).unwrap();
        let mortal = while_the_refund_is_due;
        let (reports, journal) = until_quiet(&shop, &policy, schedule, systems_with_shop, mortal, &mut after_commit);
        let trace = || format!("{:?}", schedule.trace());
        let rows = shop.sage.ledger();
        let credited: Vec<_> = rows.iter().map(|row| (row.second_reference.as_str(), row.gross)).collect();
        assert_eq!(credited, [("RMA4400123-1", amount("-24.00"))], "{}", trace());
        let refunds: Vec<_> = shop.shopify.refunds().iter().map(|row| row.paid).collect();
        assert_eq!(refunds, [amount("24.00")], "{}", trace());
        let bodies: Vec<_> = journal.entries().into_iter().map(|entry| entry.body).collect();
        let count = |event: &str| bodies.iter().filter(|body| body.contains(event)).count();
        assert_eq!((count("\"closed\""), count("\"refund_intended\"")), (1, 1), "{}", trace());
        let last = reports.last().unwrap();
        assert!(last.exceptions.is_empty(), "{}: {:?}", trace(), last.exceptions);
        resent += u64::from(count("\"refund_resent\"") > 0);
        after_refund += u64::from(schedule.trace().iter().any(|t| t.starts_with("died") && t.contains("1 refund(s)")));
    });
    [schedules, after_refund, resent]
}

fn one_credit_note_and_then_one_refund(limits: &[Limits]) {
    let [schedules, after_refund, resent] = one_refund(limits);
    assert!(after_refund > 0, "no crash fell after the shop had paid: the harness proves nothing");
    assert!(resent > 0, "no schedule made a refund be asked for again: the harness proves nothing");
    println!("{schedules} schedules with a refund; {after_refund} crashes after it was made; {resent} asked again");
}

#[test]
fn one_credit_note_and_then_one_refund_whatever_breaks() {
    one_credit_note_and_then_one_refund(&[Limits { faults: 2, crashes: 0 }, Limits { faults: 0, crashes: 1 }]);
}

#[test]
#[ignore = "hundreds of schedules: in release mode"]
fn one_credit_note_and_then_one_refund_whatever_breaks_twice() {
    one_credit_note_and_then_one_refund(&[Limits { faults: 2, crashes: 1 }]);
}

#[test]
#[ignore = "hundreds of schedules: in release mode"]
fn one_refund_though_answers_are_lost_three_times() {
    let [schedules, _, resent] = one_refund(&[Limits { faults: 3, crashes: 0 }]);
    assert!(resent > 0, "no schedule made a refund be asked for again: the harness proves nothing");
    println!("{schedules} schedules with up to three faults and a refund; {resent} asked again in another run");
}

/// From the moment that the bundle is taken apart until its credit note is read back.
fn while_it_is_credited(_: &Shop, journal: &MemoryJournal) -> bool {
    let entries = journal.entries();
    let shows = |text: &str| entries.iter().any(|entry| entry.body.contains(text));
    shows("\"bundle_split\"") && !shows("\"credit_read_back\"")
}

/// A gift set of a mug and two pairs of socks: taken apart once, whatever breaks, and credited as its components.
fn one_split_and_one_credit_note(limits: &[Limits], mortal: fn(&Shop, &MemoryJournal) -> bool) -> [u64; 2] {
    let component = |sku: &str, quantity, weight| shopify_returns::Component {
        sku: sku.to_owned(),
        quantity,
        weight: Some(returns_wire::JsonDecimal(amount(weight))),
    };
    let parts = vec![component("MUG-BLUE", 1, "10.00"), component("SOCKS", 2, "10.00")];
    let bundles = shopify_returns::RecipeTable::new([("GIFT-SET".to_owned(), parts)]).unwrap();
    let policy = Policy { bundles, refund_gate: RefundGate::ShopifyRefund, ..Shop::policy().unwrap() };
    let mut after_commit = 0;
    let schedules = every_schedule(limits, |schedule| {
        let shop = Shop::open().unwrap();
        shop.sage.add_product("GIFT-SET", "Gift set", true).unwrap();
        let sold = |code, net: &str, vat: &str| NewLine {
            total: Some(amount(net)),
            tax: Some(amount(vat)),
            ..NewLine::item(code, Decimal::ONE, amount(net), 1)
        };
        shop.sold("EX1001", vec![sold("GIFT-SET", "14.99", "3.00")]).unwrap();
        let line = ShopLine::new("GIFT-SET", 1, amount("17.99")).tax(Decimal::from(20));
        shop.placed("EX1001", ShopOrder::new("EX1001").line(line), &["GIFT-SET"]).unwrap();
        let set = NewItem::new("GIFT-SET", amount("17.99"), amount("3.00"));
        let rma = shop.approved(NewRma::refund("EX1001").line(set)).unwrap();
        shop.received(&rma).unwrap();
        let (reports, journal) = until_quiet(&shop, &policy, schedule, systems_with_shop, mortal, &mut after_commit);
        let trace = || format!("{:?}", schedule.trace());
        let rows = shop.sage.ledger();
        let credited: Vec<_> = rows.iter().map(|row| (row.second_reference.as_str(), row.goods, row.tax)).collect();
        assert_eq!(credited, [("RMA4400123-1", amount("-14.99"), amount("-3.00"))], "{}", trace());
        let bodies: Vec<_> = journal.entries().into_iter().map(|entry| entry.body).collect();
        let count = |event: &str| bodies.iter().filter(|body| body.contains(event)).count();
        assert_eq!((count("\"bundle_split\""), count("\"refund_intended\"")), (1, 1), "{}", trace());
        let refunds: Vec<_> = shop.shopify.refunds().iter().map(|row| row.paid).collect();
        assert_eq!(refunds, [amount("17.99")], "{}", trace());
        let last = reports.last().unwrap();
        assert!(last.exceptions.is_empty(), "{}: {:?}", trace(), last.exceptions);
    });
    [schedules, after_commit]
}

#[test]
fn a_bundle_is_taken_apart_and_credited_once_wherever_a_run_dies_meanwhile() {
    let [schedules, after_commit] =
        one_split_and_one_credit_note(&[Limits { faults: 0, crashes: 1 }], while_it_is_credited);
    assert!(after_commit > 0, "no crash fell after Sage had committed: the harness proves nothing");
    println!("{schedules} schedules with a bundle; {after_commit} crashes after Sage had committed");
}

#[test]
fn a_bundle_is_taken_apart_and_credited_once_whatever_answer_is_lost() {
    let [schedules, _] = one_split_and_one_credit_note(&[Limits { faults: 1, crashes: 0 }], |_, _| true);
    println!("{schedules} schedules with a bundle and a fault");
}

#[test]
#[ignore = "thousands of schedules: in release mode"]
fn a_bundle_is_taken_apart_and_credited_once_whatever_breaks() {
    let [schedules, after_commit] = one_split_and_one_credit_note(&[Limits { faults: 1, crashes: 1 }], |_, _| true);
    println!("{schedules} schedules with a bundle; {after_commit} crashes after Sage had committed");
}

/// Finance sees no credit note after the first run and types one by hand, while ours may be on its way. Whatever had
/// happened before: one credit note in the end releases its refund, two release nothing and are told.
fn a_credit_by_hand_in_between(limits: &[Limits]) {
    let policy = Shop::policy().unwrap();
    let (mut alone, mut beside) = (0u64, 0u64);
    let schedules = every_schedule(limits, |schedule| {
        let (shop, rma) = three_units();
        let journal = MemoryJournal::new();
        let mut last = None;
        for run in 0..10 {
            let systems = systems(&shop, schedule);
            last = drive(run_once(&systems, &journal, &policy, Mode::Run), schedule, String::new);
            if run > 0 && last.as_ref().is_some_and(|report| resting(report.as_ref().unwrap())) {
                break;
            }
            let read_back = journal.entries().iter().any(|entry| entry.body.contains("credit_read_back"));
            if run == 0 && !read_back {
                let desktop = shop.sage.desktop();
                let name = format!("RMA {rma}");
                // One document of one VAT code: its net and VAT are those of the shirts and the book together.
                desktop.post_credit_note(shop.web, "EX1001", &name, amount("52.00"), 1, amount("8.00")).unwrap();
            }
            shop.wait(TimeDelta::minutes(10));
        }
        let released = journal.entries().iter().filter(|entry| entry.body.contains("refund_released")).count();
        let report = last.unwrap().unwrap();
        let rows = shop.sage.ledger();
        if rows.len() == 1 {
            alone += 1;
            assert_eq!((released, report.exceptions.len()), (1, 0), "{:?}", schedule.trace());
        } else {
            beside += 1;
            assert_eq!(rows.len(), 2, "{:?}", schedule.trace());
            assert_eq!((released, report.exceptions.len()), (0, 1), "{:?}", schedule.trace());
        }
    });
    assert!(alone > 0 && beside > 0, "the schedules do not reach both ends");
    println!("{schedules} schedules with a credit by hand: {alone} with one credit note, {beside} with two and told");
}

#[test]
fn a_credit_by_hand_in_between_never_pays_twice() {
    a_credit_by_hand_in_between(SUITE);
}

#[test]
#[ignore = "hundreds of schedules: in release mode"]
fn a_credit_by_hand_in_between_never_pays_twice_though_a_run_dies() {
    a_credit_by_hand_in_between(&[Limits { faults: 1, crashes: 1 }]);
}

/// Posts, then remembers: the design every first version has.
async fn naive(systems: &Systems, remembered: &Mutex<BTreeSet<RmaId>>, rma: &RmaId, policy: &Policy) {
    // Its values are right: only the order of what it writes is wrong.
    if remembered.lock().unwrap().contains(rma) {
        return;
    }
    let sage = &systems.sage;
    let Ok(table) = sage.tax_table().await else { return };
    let money = |text: &str| returns_wire::Money::new(amount(text), policy.currency).unwrap();
    let row = |number, goods, tax, pieces| sage200_client::VatRow {
        code: table.by_number(number).unwrap(),
        goods: money(goods),
        tax: money(tax),
        pieces,
    };
    let draft = sage200_client::CreditNoteDraft::new(sage200_client::CreditNoteParts {
        customer: sage.customer_by_reference(&"WEB01".parse().unwrap()).await.unwrap().unwrap().id,
        date: "2026-03-30".parse().unwrap(),
        reference: None,
        second_reference: format!("RMA{rma}-1").parse().unwrap(),
        currency: policy.currency,
        vat: vec![row(1, "40.00", "8.00", 2), row(2, "12.00", "0.00", 1)],
        nominal: Vec::new(),
    })
    .unwrap();
    if sage.post_credit_note(&draft).await.is_ok() {
        returns_wire::yield_once().await;
        remembered.lock().unwrap().insert(rma.clone());
    }
}

#[test]
fn the_same_schedules_catch_a_naive_engine() {
    let policy = Shop::policy().unwrap();
    let mut doubled = 0u64;
    let schedules = every_schedule(&[Limits { faults: 1, crashes: 1 }], |schedule| {
        let (shop, rma) = three_units();
        let remembered = Mutex::new(BTreeSet::new());
        for _ in 0..4 {
            let systems = systems(&shop, schedule);
            let _crash = drive(naive(&systems, &remembered, &rma, &policy), schedule, String::new);
            shop.wait(TimeDelta::minutes(10));
        }
        doubled += u64::from(shop.sage.ledger().len() > 1);
    });
    assert!(doubled > 0, "the harness does not find what it is there for");
    println!("{schedules} schedules on {SHOP}: the naive engine posted twice in {doubled}");
}
