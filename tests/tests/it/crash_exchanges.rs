//! One exchange under every schedule of faults and crashes: one credit note, one order of the new goods, and that only in a run
//! that has read the credit note in the ledger.

use bytes::Bytes;
use chrono::TimeDelta;
use http::Request;
use returngo_client::sandbox::NewRma;
use returns_examples::Shop;
use returns_sync::{
    journal::MemoryJournal,
    policy::Policy,
    run::{Mode, RunReport, run_once},
};
use returns_tests::{Limits, Schedule, drive_while, every_schedule, faulty};
use returns_wire::Transport;
use rust_decimal::Decimal;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

fn is_order(request: &Request<Bytes>) -> bool {
    request.method() == "POST" && request.uri().path().ends_with("/sop_orders")
}

fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A shop with a shirt that came back and a jumper that is released for it, 30.00 paid on top.
fn exchanged() -> Shop {
    let shop = Shop::open().unwrap();
    shop.take_exchanges().unwrap();
    shop.sold("EX1001", vec![Shop::line("SHIRT-M", 1).unwrap()]).unwrap();
    shop.placed_at_list("EX1001", &[("SHIRT-M", 1)]).unwrap();
    let swap = NewRma::exchange("EX1001").swap("SHIRT-M", amount("24.00"), amount("4.00"), "JUMPER-L");
    let rma = shop.approved(swap).unwrap();
    shop.received(&rma).unwrap();
    let order = Shop::new_goods("EX2001", &[("JUMPER-L", 1)], amount("30.00")).unwrap();
    shop.released(&rma, "EX2001", order).unwrap();
    shop
}

/// An order may be sent only when this very run has read the credit note in the sales ledger: whoever is earlier fails the
/// test.
fn guarded(inner: Transport, seen: Arc<AtomicBool>) -> Transport {
    Transport::new(tower::service_fn(move |request: Request<Bytes>| {
        let (inner, seen) = (inner.clone(), seen.clone());
        assert!(!is_order(&request) || seen.load(Ordering::Relaxed), "new goods before the credit note was read");
        async move {
            let of_ledger = request.uri().path().ends_with("/sales_transaction_views");
            let answer = inner.send(request).await?;
            let credit = answer.body().windows(12).any(|text| text == b"RMA4400123-1");
            seen.fetch_or(of_ledger && credit, Ordering::Relaxed);
            Ok(answer)
        }
    }))
}

struct Play {
    shop: Shop,
    journal: MemoryJournal,
    last: RunReport,
    crashes_after_commit: u64,
}

fn orders(shop: &Shop) -> usize {
    let log = shop.sage.request_log();
    log.iter().filter(|request| request.method == "POST" && request.path.ends_with("sop_orders")).count()
}

/// Runs until nothing is left to do, ten minutes apart.
fn until_quiet(policy: &Policy, schedule: &Schedule, mortal: fn(&MemoryJournal) -> bool) -> Play {
    let (shop, journal) = (exchanged(), MemoryJournal::new());
    let mut crashes_after_commit = 0;
    for _ in 0..16 {
        let seen = Arc::new(AtomicBool::new(false));
        let wrap = |transport| guarded(faulty(transport, schedule, is_order), seen.clone());
        let systems = shop.in_process_signed_in(wrap).unwrap();
        let systems = shop.with_shopify(systems, |transport| transport).unwrap();
        let run = run_once(&systems, &journal, policy, Mode::Run);
        let place = || format!("{} writes", shop.sage.writes_committed());
        match drive_while(run, schedule, place, || mortal(&journal)) {
            None => crashes_after_commit += u64::from(shop.sage.writes_committed() > 1),
            Some(report) => {
                let last = report.unwrap();
                if last.journal_entries == 0 {
                    return Play { shop, journal, last, crashes_after_commit };
                }
            }
        }
        shop.wait(TimeDelta::minutes(10));
    }
    panic!("no rest after 16 runs: {:?}", schedule.trace());
}

fn one_order(limits: &[Limits], mortal: fn(&MemoryJournal) -> bool) -> [u64; 3] {
    let policy = Shop::with_exchanges(Shop::policy().unwrap()).unwrap();
    let (mut after_commit, mut resent) = (0, 0u64);
    let schedules = every_schedule(limits, |schedule| {
        let play = until_quiet(&policy, schedule, mortal);
        let trace = || format!("{:?}", schedule.trace());
        assert_eq!(play.shop.sage.writes_committed(), 2, "one credit note, one order: {}", trace());
        assert!(play.last.exceptions.is_empty(), "{}: {:?}", trace(), play.last.exceptions);
        assert!(play.last.released.is_empty() && play.last.work_list.is_empty(), "{}", trace());
        let document = play.shop.despatched("EX2001", &[1]).unwrap();
        play.shop.sage.desktop().invoice_order(&document).unwrap();
        // Credited 24.00, sold for 54.00: what the customer paid on top is left.
        let account: Decimal = play.shop.sage.ledger().iter().map(|row| row.gross).sum();
        assert_eq!(account, amount("30.00"), "{}", trace());
        after_commit += play.crashes_after_commit;
        resent += u64::from(play.journal.entries().iter().any(|entry| entry.body.contains("exchange_resent")));
        assert!(orders(&play.shop) <= 4, "{}", trace());
    });
    println!("{schedules} schedules; {after_commit} crashes after Sage had the order; {resent} sent it again");
    [schedules, after_commit, resent]
}

/// The order is on its way and not read back.
fn while_it_is_entered(journal: &MemoryJournal) -> bool {
    let entries = journal.entries();
    let shows = |text: &str| entries.iter().any(|entry| entry.body.contains(text));
    shows("exchange_intended") && !shows("exchange_in_sage")
}

#[test]
fn one_order_of_the_new_goods_whatever_breaks() {
    let [_, _, resent] = one_order(&[Limits { faults: 2, crashes: 0 }], |_| true);
    assert!(resent > 0, "no schedule sent an order again: the harness proves nothing");
}

#[test]
#[ignore = "hundreds of schedules: in release mode"]
fn one_order_of_the_new_goods_whatever_breaks_while_it_is_entered() {
    let [_, after_commit, resent] = one_order(&[Limits { faults: 1, crashes: 1 }], while_it_is_entered);
    assert!(after_commit > 0 && resent > 0, "the harness proves nothing: {after_commit}, {resent}");
}

#[test]
fn one_order_of_the_new_goods_wherever_a_run_dies_while_it_is_entered() {
    let [_, after_commit, _] = one_order(&[Limits { faults: 0, crashes: 1 }], while_it_is_entered);
    assert!(after_commit > 0, "no crash fell after Sage had committed: the harness proves nothing");
}

#[test]
#[ignore = "thousands of schedules: in release mode"]
fn one_order_of_the_new_goods_whatever_breaks_twice() {
    one_order(&[Limits { faults: 2, crashes: 1 }], |_| true);
}
