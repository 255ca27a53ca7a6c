//! The days of the `sync` example, played without sockets: what each part must come to.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

mod common;

use common::{cleared, codes, d, posted, released};
use returngo_client::RmaId;
use returns_examples::{Day, Shop};
use returns_sync::{
    exception::Code,
    journal::{Disposition, MemoryJournal},
    rules::Standing,
    run::{Mode, RunReport, StockToBook, adopt, run_once},
};
use returns_tests::run_to_end;
use rust_decimal::Decimal;
use std::{collections::BTreeSet, sync::OnceLock};

struct Played {
    day: Day,
    reports: Vec<RunReport>,
    /// Requests to post a credit note before each run, and after the last.
    posts: Vec<usize>,
    journal: MemoryJournal,
}

/// Played once for all tests of this file.
fn played() -> &'static Played {
    static PLAYED: OnceLock<Played> = OnceLock::new();
    PLAYED.get_or_init(|| {
        let mut day = Day::new(Shop::open().unwrap()).unwrap();
        let systems = day.shop().in_process(|transport| transport).unwrap();
        let systems = day.shop().with_shopify(systems, |transport| transport).unwrap();
        let policy = Day::policy().unwrap();
        let journal = MemoryJournal::new();
        let mut reports = Vec::new();
        let mut posts = Vec::new();
        let count = |day: &Day| {
            let log = day.shop().sage.request_log();
            log.iter().filter(|r| r.method == "POST" && r.path.ends_with("sales_credit_notes")).count()
        };
        for act in 0..Day::ACTS.len() {
            day.play(act).unwrap();
            for adoption in day.adoptions(act).unwrap() {
                run_to_end(adopt(&systems, &journal, adoption.what, adoption.by, adoption.why)).unwrap();
            }
            posts.push(count(&day));
            reports.push(run_to_end(run_once(&systems, &journal, &policy, Mode::Run)).unwrap());
        }
        posts.push(count(&day));
        Played { day, reports, posts, journal }
    })
}

fn rma(part: &str) -> &'static RmaId {
    played().day.rma(part).unwrap()
}

fn last() -> &'static RunReport {
    played().reports.last().unwrap()
}

/// Everything in Sage that came through the API for a part: reference without the RMA, net, VAT, gross.
fn credits(part: &str) -> Vec<(String, String, String, String)> {
    let name = format!("RMA{}-", rma(part));
    let rows = played().day.shop().sage.ledger().into_iter().filter(|row| !row.by_hand);
    rows.filter_map(|row| {
        let number = row.second_reference.strip_prefix(&name)?.to_owned();
        Some((number, (-row.goods).to_string(), (-row.tax).to_string(), (-row.gross).to_string()))
    })
    .collect()
}

#[track_caller]
fn credited(part: &str, expected: &[[&str; 4]]) {
    let expected: Vec<_> =
        expected.iter().map(|row| (row[0].into(), row[1].into(), row[2].into(), row[3].into())).collect();
    assert_eq!(credits(part), expected, "{part}");
}

/// What was released for a part, run by run.
fn releases(part: &str) -> Vec<(usize, Decimal)> {
    let mut found = Vec::new();
    for (run, report) in played().reports.iter().enumerate() {
        let of_part = released(report).into_iter().filter(|(id, _)| id == rma(part).as_str());
        found.extend(of_part.map(|(_, gross)| (run, gross)));
    }
    found
}

/// Open exceptions of a part, run by run.
fn found(part: &str) -> Vec<Vec<&'static str>> {
    let mut all: Vec<_> = played().reports.iter().map(|report| codes(report, rma(part))).collect();
    all.iter_mut().for_each(|codes| codes.sort_unstable());
    all
}

#[track_caller]
fn clean(part: &str) {
    assert!(found(part).iter().all(Vec::is_empty), "{part}: {:?}", found(part));
}

/// Never posted, never released, and this exception from that run on.
#[track_caller]
fn held(part: &str, from: usize, code: Code) {
    credited(part, &[]);
    assert!(releases(part).is_empty(), "{part}");
    for (run, codes) in found(part).into_iter().enumerate() {
        let expected: &[&str] = if run < from { &[] } else { &[code.as_str()] };
        assert_eq!(codes, expected, "{part}, run {run}");
    }
}

#[test]
fn what_is_simple_is_credited_released_and_closed() {
    credited("simple", &[["1", "20.00", "4.00", "24.00"]]);
    credited("two-lines", &[["1", "32.00", "4.00", "36.00"]]);
    credited("three-for-ten", &[["1", "10.00", "2.00", "12.00"]]);
    for (part, gross) in [("simple", "24.00"), ("two-lines", "36.00"), ("three-for-ten", "12.00")] {
        assert_eq!(releases(part), [(1, d(gross))], "{part}");
        clean(part);
    }
    assert_eq!(played().reports[2].standings[&Standing::Done], 2, "the two whose refund was paid");
}

#[test]
fn what_comes_in_parts_is_credited_in_parts() {
    credited("partial", &[["1", "16.66", "3.33", "19.99"], ["2", "8.33", "1.67", "10.00"]]);
    assert_eq!(releases("partial"), [(1, d("19.99")), (3, d("10.00"))]);
    clean("partial");
    credited("one-missing", &[["1", "20.00", "4.00", "24.00"]]);
    assert_eq!(releases("one-missing"), [(1, d("24.00"))]);
    clean("one-missing");
}

#[test]
fn stock_goes_where_the_inspection_says_under_our_reference() {
    let stock = |part: &str| -> Vec<(usize, u32, Disposition, String)> {
        let runs = played().reports.iter().enumerate();
        let all = runs.flat_map(|(run, report)| report.stock.iter().map(move |entry| (run, entry)));
        all.filter(|(_, entry)| entry.new && entry.rma == *rma(part))
            .map(|(run, entry)| (run, entry.quantity, entry.disposition, entry.reference.clone()))
            .collect()
    };
    let ours = |part: &str, number: u32| format!("RMA{}-{number}", rma(part));
    let (saleable, quarantine) = (Disposition::Saleable, Disposition::Quarantine);
    assert_eq!(stock("damaged"), [(1, 1, quarantine, ours("damaged", 1))]);
    assert_eq!(stock("simple"), [(1, 1, saleable, ours("simple", 1))]);
    assert_eq!(stock("two-lines"), [(1, 1, saleable, ours("two-lines", 1)), (1, 1, saleable, ours("two-lines", 1))]);
    assert_eq!(stock("partial"), [(1, 2, saleable, ours("partial", 1)), (3, 1, saleable, ours("partial", 2))]);
    assert_eq!(stock("one-missing"), [(1, 1, saleable, ours("one-missing", 1))]);
    let by_hand = stock("by-hand");
    assert_eq!((by_hand.len(), by_hand[0].2), (1, saleable));
    assert_eq!(by_hand[0].3, format!("RMA{}", rma("by-hand")), "there is no reference of ours but the RMA");
    credited("damaged", &[["1", "20.00", "4.00", "24.00"]]);
    clean("damaged");
    // As many pieces as were credited, none twice.
    let pieces = |entries: &[StockToBook], all: bool| -> u32 {
        entries.iter().filter(|entry| all || entry.new).map(|entry| entry.quantity).sum()
    };
    let new: u32 = played().reports.iter().map(|report| pieces(&report.stock, false)).sum();
    let totals = last().totals.as_ref().unwrap();
    // One unit was refunded before its credit, so it was never released.
    assert_eq!(new, totals.released.count + 1);
    assert_eq!(pieces(&last().stock, true), new, "whoever reads the last report alone misses nothing");
}

#[test]
fn a_lost_answer_and_a_refusal_end_with_one_credit_note_each() {
    credited("lost-answer", &[["1", "45.00", "9.00", "54.00"]]);
    assert_eq!(releases("lost-answer"), [(1, d("54.00"))]);
    clean("lost-answer");
    credited("refused", &[["1", "20.00", "4.00", "24.00"]]);
    assert_eq!(releases("refused"), [(4, d("24.00"))]);
    let refused = vec!["sage-refused"];
    assert_eq!(found("refused"), [vec![], refused.clone(), refused.clone(), refused, vec![], vec![]]);
    assert_eq!(cleared(&played().reports[4], rma("refused")), ["sage-refused"]);
}

#[test]
fn a_closed_period_holds_and_opens() {
    credited("month-end", &[["1", "45.00", "9.00", "54.00"]]);
    assert_eq!(releases("month-end"), [(3, d("54.00"))]);
    assert_eq!(found("month-end"), [vec![], vec![], vec!["period-closed"], vec![], vec![], vec![]]);
    assert_eq!(cleared(&played().reports[3], rma("month-end")), ["period-closed"]);
    let dates: BTreeSet<_> = played().reports[3].posted.iter().map(|credit| credit.date.to_string()).collect();
    assert_eq!(dates, BTreeSet::from(["2026-03-31".to_owned()]));
}

#[test]
fn refunds_that_came_too_early_are_told_and_never_released() {
    credited("refund-too-early", &[["1", "20.00", "4.00", "24.00"]]);
    assert!(releases("refund-too-early").is_empty());
    assert_eq!(
        found("refund-too-early"),
        [vec![], vec![], vec!["period-closed", "refund-before-credit"], vec!["refund-before-credit"], vec![], vec![]]
    );
    assert_eq!(cleared(&played().reports[4], rma("refund-too-early")), ["refund-before-credit"]);
    held("refund-no-goods", 2, Code::RefundWithoutReceipt);
}

#[test]
fn credited_by_hand_is_accepted_or_told() {
    credited("by-hand", &[]);
    assert_eq!(releases("by-hand"), [(1, d("54.00"))]);
    clean("by-hand");
    held("by-hand-differs", 1, Code::CreditedByHandDiffers);
    let ledger = played().day.shop().sage.ledger();
    let about = |part: &str| ledger.iter().filter(|row| row.second_reference.contains(rma(part).as_str())).count();
    assert_eq!((about("by-hand"), about("by-hand-differs")), (1, 1));
}

#[test]
fn a_sku_that_is_put_right_is_credited() {
    credited("wrong-sku", &[["1", "20.00", "4.00", "24.00"]]);
    assert_eq!(releases("wrong-sku"), [(4, d("24.00"))]);
    let unknown = vec!["sku-unknown"];
    assert_eq!(found("wrong-sku"), [unknown.clone(), unknown.clone(), unknown.clone(), unknown, vec![], vec![]]);
    assert_eq!(cleared(&played().reports[4], rma("wrong-sku")), ["sku-unknown"]);
}

#[test]
fn what_can_not_be_posted_is_told_from_the_first_run_on() {
    held("trade-order", 0, Code::CustomerUnmapped);
    held("vat-code-gone", 0, Code::TaxCodeUnmapped);
    held("vat-rate-changed", 0, Code::TaxRateWrong);
    held("long-number", 0, Code::TextTooLong);
    held("inactive-sku", 0, Code::SkuInactive);
    held("not-in-sage", 0, Code::OrderNotFound);
    held("two-orders", 0, Code::OrderAmbiguous);
    held("price-differs", 0, Code::ValueDiffers);
    held("store-credit", 0, Code::ResolutionNotSupported);
    held("exchange", 0, Code::ResolutionNotSupported);
    held("keeps-it", 0, Code::ResolutionNotSupported);
    held("with-fee", 0, Code::FeesNotSupported);
    held("unreadable", 0, Code::RmaUnreadable);
}

#[test]
fn what_only_waits_waits() {
    held("uninspected", 4, Code::ReceiptNotInspected);
    for part in ["cancelled", "not-approved", "before-go-live"] {
        credited(part, &[]);
        assert!(releases(part).is_empty());
        clean(part);
    }
    assert_eq!(played().reports[0].standings[&Standing::Baseline], 1);
    assert_eq!(played().reports[1].standings[&Standing::Cancelled], 1);
    assert_eq!(last().standings[&Standing::AwaitingApproval], 1);
}

#[test]
fn a_return_from_before_go_live_is_never_posted_or_looked_at_again() {
    let id = rma("before-go-live");
    let reads = played().day.shop().returngo.request_log();
    let of_it = reads.iter().filter(|(_, path, _)| path.starts_with(&format!("/rma/{id}"))).count();
    assert_eq!(of_it, 1);
    let about: Vec<_> =
        played().journal.entries().into_iter().filter(|entry| entry.body.contains(id.as_str())).collect();
    assert_eq!(about.len(), 1);
    assert!(about[0].body.contains("baseline"));
}

#[test]
fn every_part_is_played_and_no_exception_is_left_out() {
    assert!(played().day.parts().count() >= 20);
    let seen: BTreeSet<_> =
        played().reports.iter().flat_map(|report| &report.exceptions).map(|e| e.finding.code.as_str()).collect();
    let expected = BTreeSet::from([
        "customer-unmapped",
        "tax-code-unmapped",
        "tax-rate-wrong",
        "text-too-long",
        "sku-unknown",
        "sku-inactive",
        "order-not-found",
        "period-closed",
        "refund-without-receipt",
        "refund-before-credit",
        "resolution-not-supported",
        "sage-refused",
        "receipt-not-inspected",
        "value-differs",
        "credited-by-hand-differs",
        "order-ambiguous",
        "fees-not-supported",
        "rma-unreadable",
    ]);
    assert_eq!(seen, expected);
    // Every exception belongs to a part: none is about something that nobody planned.
    let parts: BTreeSet<_> = played().day.parts().map(|(_, rma)| rma.clone()).collect();
    for exception in played().reports.iter().flat_map(|report| &report.exceptions) {
        assert!(parts.contains(exception.finding.rma.as_ref().unwrap()));
    }
}

#[test]
fn the_runs_post_what_they_say() {
    let mut said = Vec::new();
    for (run, report) in played().reports.iter().enumerate() {
        assert!(report.unfinished.is_none() && !report.blocked, "run {run}");
        said.extend(posted(report).into_iter().map(str::to_owned));
    }
    let ledger = played().day.shop().sage.ledger();
    let ours: Vec<_> = ledger.iter().filter(|row| !row.by_hand).map(|row| row.second_reference.clone()).collect();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(said), sorted(ours.clone()));
    assert_eq!(ours.len(), 12);
    assert_eq!(ours.iter().collect::<BTreeSet<_>>().len(), 12, "no reference twice");
    // One lost answer was there already, one refusal was tried again: thirteen requests for twelve credit notes.
    assert_eq!(*played().posts.last().unwrap(), 13);
}

#[test]
fn both_sides_add_up_after_every_run() {
    for (run, report) in played().reports.iter().enumerate() {
        let totals = report.totals.as_ref().unwrap();
        assert_eq!(totals.journal, totals.sage, "run {run}");
    }
    let totals = last().totals.as_ref().unwrap();
    let text = |money: returns_wire::Money| money.to_string();
    assert_eq!(totals.sage.count, 12);
    assert_eq!(text(totals.sage.net), "276.99 GBP");
    assert_eq!(text(totals.sage.vat), "53.00 GBP");
    assert_eq!(text(totals.sage.gross), "329.99 GBP");
    assert_eq!((totals.by_hand.count, text(totals.by_hand.gross)), (1, "54.00 GBP".to_owned()));
    assert_eq!((totals.released.count, text(totals.released.value)), (16, "359.99 GBP".to_owned()));
    assert_eq!((totals.refunded.count, text(totals.refunded.value)), (3, "84.00 GBP".to_owned()));
    assert_eq!((totals.requested.count, text(totals.requested.value)), (1, "24.00 GBP".to_owned()));
    // Sage's books, looked at from inside: ours, and the two by hand.
    let ours: Decimal = played().day.shop().sage.ledger().iter().filter(|row| !row.by_hand).map(|row| -row.gross).sum();
    assert_eq!(ours, totals.sage.gross.amount());
    // Released is what was credited, less what was refunded too early.
    assert_eq!(totals.released.value.amount(), ours + d("54.00") - d("24.00"));
}

#[test]
fn the_last_run_in_which_nothing_happened_writes_nothing() {
    let report = last();
    assert_eq!((report.writes, report.journal_entries), (0, 0));
    assert!(report.posted.is_empty() && report.released.is_empty() && report.cleared.is_empty());
    assert!(!report.stock.is_empty() && report.stock.iter().all(|entry| !entry.new));
    let posts = &played().posts;
    assert_eq!(posts[posts.len() - 1], posts[posts.len() - 2]);
    assert_eq!(played().day.shop().returngo.writes(), 0);
    assert_eq!(report.exit_code(), 2);
}
