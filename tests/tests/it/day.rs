//! The days of the `sync` example, played without sockets: what each part must come to.

use crate::common::{cleared, codes, d, posted, released};
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
use shopify_returns::{RefundKind, RefundOrigin};
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
            let list = reports.last().map_or(&[][..], |report: &RunReport| &report.stock);
            day.warehouse(act, list).unwrap();
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
        let credit = |value: Decimal| (Decimal::ZERO - value).to_string();
        Some((number, credit(row.goods), credit(row.tax), credit(row.gross)))
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
    assert_eq!(
        played().reports[2].standings[&Standing::Done],
        5,
        "those whose refund was paid, or whose new goods were sent"
    );
}

#[test]
fn what_comes_in_parts_is_credited_in_parts() {
    credited("partial", &[["1", "16.67", "3.33", "20.00"], ["2", "8.33", "1.67", "10.00"]]);
    assert_eq!(releases("partial"), [(1, d("20.00")), (3, d("10.00"))]);
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
    // One unit was refunded before its credit, so it was never released. Four bundles came back whole: three pieces
    // each, and one of two. Seven shirts were exchanged.
    assert_eq!(new, totals.released.count + 1 + 2 + 1 + 2 + 2 + 7);
    let proved = played().reports.iter().flat_map(|report| &report.stock_proved).map(|line| line.quantity).sum::<u32>();
    assert_eq!(pieces(&last().stock, true), new - proved, "whoever reads the last report alone misses nothing");
    // On Tuesday morning the warehouse has booked all of Monday but one RMA, and one unit in the wrong place.
    let monday = played().reports[1].stock.iter();
    let booked =
        monday.filter(|line| ![rma("two-lines"), rma("damaged")].contains(&&line.rma)).map(|line| line.quantity);
    assert_eq!(proved, booked.sum::<u32>());
    let lies_in = |part: &str| {
        let of_part = last().stock.iter().filter(|line| line.rma == *rma(part));
        of_part.map(|line| line.lies_in.as_deref()).collect::<Vec<_>>()
    };
    assert_eq!((lies_in("damaged"), lies_in("two-lines")), (vec![Some("HOME")], vec![None, None]));
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
fn bundles_are_credited_as_their_components() {
    credited("bundle-whole", &[["1", "15.00", "3.00", "18.00"]]);
    credited("bundle-two-rates", &[["1", "51.30", "8.10", "59.40"]]);
    credited("bundle-of-shopify", &[["1", "3.75", "0.75", "4.50"]]);
    credited("bundle-archived", &[["1", "15.00", "3.00", "18.00"]]);
    credited("bundle-damaged", &[["1", "15.00", "3.00", "18.00"]]);
    for part in ["bundle-whole", "bundle-piece", "bundle-rest", "bundle-two-rates", "bundle-of-shopify"] {
        clean(part);
    }
    // A mug on Monday, the socks on Tuesday: together the 17.99 that the set was sold for.
    credited("bundle-piece", &[["1", "7.50", "1.50", "9.00"]]);
    credited("bundle-rest", &[["1", "7.49", "1.50", "8.99"]]);
    assert_eq!((releases("bundle-piece"), releases("bundle-rest")), (vec![(1, d("9.00"))], vec![(3, d("8.99"))]));
    held("bundle-unknown", 0, Code::BundleUnknown);
    let shares = played().reports.iter().flat_map(|report| &report.posted).find(|c| c.rma == *rma("bundle-two-rates"));
    let shares = &shares.unwrap().bundles[0].components;
    let shares: Vec<_> = shares.iter().map(|part| (part.sku.as_str(), part.vat_code, part.net.amount())).collect();
    assert_eq!(shares, [("JUMPER-L", 1, d("40.50")), ("BOOK-KNIT", 2, d("10.80"))]);
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
    held("gift-card", 0, Code::ResolutionNotSupported);
    held("keeps-it", 0, Code::ResolutionNotSupported);
    held("not-in-shop", 0, Code::ShopOrderNotFound);
    held("unreadable", 0, Code::RmaUnreadable);
}

#[test]
fn what_only_waits_waits() {
    held("uninspected", 4, Code::ReceiptNotInspected);
    for part in ["cancelled", "not-approved", "on-its-way", "before-go-live"] {
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

/// Open exceptions about a refund or credit note that no RMA stands behind, run by run.
fn found_about(subject: &str) -> Vec<Vec<&'static str>> {
    let of = |report: &RunReport| {
        let about = report.exceptions.iter().filter(|e| e.finding.subject.as_deref() == Some(subject));
        about.map(|e| e.finding.code.as_str()).collect()
    };
    played().reports.iter().map(of).collect()
}

/// What the runs say about a refund in the shop: one code, or none, for each run.
#[track_caller]
fn refund_told(part: &str, expected: [Option<Code>; 6]) {
    let subject = format!("refund {}", played().day.refund(part).unwrap());
    let expected: Vec<Vec<_>> = expected.iter().map(|code| code.iter().map(|code| code.as_str()).collect()).collect();
    assert_eq!(found_about(&subject), expected, "{part}");
}

/// From Monday afternoon to the end.
fn since_monday(code: Code) -> [Option<Code>; 6] {
    let told = Some(code);
    [None, told, told, told, told, told]
}

/// A refund in the shop as the run after Monday afternoon saw it: who made it, what it is, what was paid.
fn seen(run: usize, part: &str) -> (RefundOrigin, RefundKind, Decimal) {
    let id = played().day.refund(part).unwrap();
    let refund = played().reports[run].shop_refunds.iter().find(|refund| refund.refund == id).unwrap();
    (refund.origin, refund.kind, refund.paid.amount())
}

#[test]
fn orders_that_sage_does_not_keep_any_more_are_credited_alone() {
    credited("archived", &[["1", "45.00", "9.00", "54.00"]]);
    credited("invoiced-and-gone", &[["1", "20.00", "4.00", "24.00"]]);
    let posted = |part: &str| played().reports[1].posted.iter().find(|credit| credit.rma == *rma(part)).unwrap();
    let why = |part: &str| posted(part).standalone.clone().unwrap();
    assert_eq!(why("archived"), "archived in Sage (orders up to 3 March 2026)");
    assert!(why("invoiced-and-gone").starts_with("no longer among Sage's orders, invoiced as URN "));
    assert_eq!(posted("simple").standalone, None);
    // Both numbers are found again in Sage, on the account of web sales.
    for (part, order) in [("archived", "EX1033"), ("invoiced-and-gone", "EX1034")] {
        let ledger = played().day.shop().sage.ledger();
        let row = ledger.iter().find(|row| row.second_reference == format!("RMA{}-1", rma(part))).unwrap();
        assert_eq!((row.reference.as_str(), row.customer_reference.as_str()), (order, "WEB01"));
        clean(part);
    }
}

#[test]
fn what_was_paid_is_credited_whatever_it_costs_today() {
    for (part, expected) in [
        ("price-book", ["1", "22.00", "4.40", "26.40"]),
        ("discounted", ["1", "18.00", "3.60", "21.60"]),
        ("nine-ninety-nine", ["1", "8.32", "1.67", "9.99"]),
        ("zero-rated", ["1", "12.00", "0.00", "12.00"]),
        ("first-of-two", ["1", "20.00", "4.00", "24.00"]),
        ("second-of-two", ["1", "20.00", "4.00", "24.00"]),
    ] {
        credited(part, &[expected]);
        assert_eq!(releases(part), [(1, d(expected[3]))], "{part}");
        clean(part);
    }
    let rounded: Vec<_> = played().reports.iter().flat_map(|report| &report.posted).collect();
    let rounded: Vec<_> = rounded.into_iter().filter(|credit| !credit.rounding.is_empty()).collect();
    let [credit] = rounded.as_slice() else { panic!("{rounded:?}") };
    let [rounding] = credit.rounding.as_slice() else { panic!("{:?}", credit.rounding) };
    assert_eq!(credit.rma, *rma("nine-ninety-nine"));
    assert_eq!((rounding.predicted.amount(), rounding.posted.amount()), (d("1.66"), d("1.67")));
}

#[test]
fn store_credit_and_fees_are_as_the_policy_says() {
    credited("store-credit", &[["1", "20.00", "4.00", "24.00"]]);
    held("fee-too-soon", 0, Code::FeeMayBeUnlawful);
    credited("with-fee", &[["1", "17.08", "3.42", "20.50"]]);
    assert_eq!(releases("with-fee"), [(1, d("20.50"))]);
    let (store_credit, money): (Vec<_>, Vec<_>) = last().work_list.iter().partition(|item| item.store_credit);
    assert_eq!(store_credit.iter().map(|item| &item.rma).collect::<Vec<_>>(), [rma("store-credit")]);
    assert!(money.iter().any(|item| item.rma == *rma("with-fee")));
}

#[test]
fn refunds_past_returngo_are_told_each_by_its_kind() {
    use RefundOrigin::Direct;
    let outside = Code::RefundOutsideReturnGo;
    for (part, kind, paid, code) in [
        ("amount", RefundKind::AmountOnly, "5.00", outside),
        ("shipping", RefundKind::ShippingOnly, "3.95", outside),
        ("pending", RefundKind::Pending, "0", outside),
        ("restocked", RefundKind::RestockOnly, "0", Code::RestockedInShopify),
        ("cancelled", RefundKind::Cancellation, "24.00", Code::CancelledInShopify),
        ("edited", RefundKind::Edit, "0", Code::EditedInShopify),
    ] {
        assert_eq!(seen(1, part), (Direct, kind, d(paid)), "{part}");
        refund_told(part, since_monday(code));
    }
    assert_eq!(seen(1, "full"), (Direct, RefundKind::Full, d("24.00")));
    assert_eq!(seen(1, "partial"), (Direct, RefundKind::Partial, d("24.00")));
    // No money and no goods: seen once, told never.
    assert_eq!(seen(1, "no-money"), (Direct, RefundKind::NoMoney, d("0")));
    refund_told("no-money", [None; 6]);
    // ReturnGO lists its refunds late: a day goes by before nobody is named.
    let unattributed = Some(Code::RefundUnattributed);
    refund_told("unattributed", [None, None, None, None, unattributed, unattributed]);
    // The bank refuses on Tuesday what was under way on Monday.
    let failed = Some(Code::RefundFailed);
    refund_told("failing", [None, Some(outside), failed, failed, failed, failed]);
}

#[test]
fn what_stands_outside_clears_by_a_credit_note_or_by_a_person() {
    let outside = Some(Code::RefundOutsideReturnGo);
    // Credited in Sage on Tuesday afternoon, under its number.
    refund_told("full", [None, outside, outside, None, None, None]);
    // Adopted on Tuesday morning.
    refund_told("partial", [None, outside, None, None, None, None]);
    let note = played().day.credit_note("for-a-refund").unwrap();
    assert!(found_about(&format!("URN {note}")).iter().all(Vec::is_empty), "the credit of a refund is no stray");
    let stray = played().day.credit_note("stray").unwrap();
    let stray = found_about(&format!("URN {stray}"));
    assert_eq!(stray[0], Vec::<&str>::new());
    assert!(stray[1..].iter().all(|codes| codes == &["credit-note-stray"]), "{stray:?}");
    let about = |part: &str| Some(format!("refund {}", played().day.refund(part).unwrap()));
    let cleared = |run: usize| -> Vec<_> {
        let all = played().reports[run].cleared.iter();
        all.filter(|e| e.finding.code == Code::RefundOutsideReturnGo).map(|e| e.finding.subject.clone()).collect()
    };
    assert_eq!(cleared(3), [about("full")]);
    assert!(cleared(2).contains(&about("partial")));
}

#[test]
fn paid_in_the_shop_while_the_return_is_open_is_not_paid_again() {
    let double = Some(Code::DoublePayment);
    refund_told("paid-in-shop", [None, None, double, double, double, double]);
    let code = vec!["double-payment"];
    let expected = [vec![], vec![], code.clone(), code.clone(), code.clone(), code];
    assert_eq!(found("paid-in-shop"), expected);
    let listed = |run: usize| played().reports[run].work_list.iter().any(|item| item.rma == *rma("paid-in-shop"));
    assert_eq!((listed(1), listed(2), listed(5)), (true, false, false));
    // Paid through ReturnGO, and then once more by hand.
    refund_told("paid-twice", [None, None, double, double, double, double]);
    assert_eq!(seen(2, "paid-twice").0, RefundOrigin::DoublePayment);
    credited("paid-twice", &[["1", "20.00", "4.00", "24.00"]]);
    credited("paid-in-shop", &[["1", "20.00", "4.00", "24.00"]]);
}

#[test]
fn refunds_through_returngo_are_known_as_such() {
    credited("paid-and-closed", &[["1", "20.00", "4.00", "24.00"]]);
    clean("paid-and-closed");
    let through = |report: &RunReport| -> BTreeSet<String> {
        let through = report.shop_refunds.iter().filter(|refund| refund.origin == RefundOrigin::ReturnGo);
        through.inspect(|refund| assert_eq!(refund.told, None)).map(|refund| refund.order.clone()).collect()
    };
    let orders = ["EX1001", "EX1002", "EX1020", "EX1039", "EX1040", "EX1083"].map(str::to_owned);
    assert_eq!(through(&played().reports[2]), BTreeSet::from(orders));
    assert_eq!(played().reports.iter().map(|report| report.shop_writes).sum::<u32>(), 0, "staff pay, not we");
}

/// The orders entered for a part, run by run: name in the shop, value with VAT.
fn exchanged_for(part: &str) -> Vec<(usize, String, String)> {
    let runs = played().reports.iter().enumerate();
    let all = runs.flat_map(|(run, report)| report.exchanges.iter().map(move |order| (run, order)));
    let of_part = all.filter(|(_, order)| order.rma == *rma(part));
    of_part.map(|(run, order)| (run, order.exchange_order.clone(), order.gross.unwrap().amount().to_string())).collect()
}

#[test]
fn exchanges_are_entered_for_what_is_due_once_the_goods_are_credited() {
    for (part, run, order, worth) in [
        ("exchange-even", 1, "EX1181", "24.00"),
        ("exchange-dearer", 1, "EX1182", "54.00"),
        // The difference was paid back on Tuesday.
        ("exchange-cheaper", 2, "EX1183", "10.00"),
        // Released on Monday; the shirt came on Tuesday.
        ("exchange-early", 3, "EX1184", "24.00"),
        ("exchange-called-off", 1, "EX1186", "24.00"),
        ("exchange-address", 3, "EX1187", "24.00"),
    ] {
        assert_eq!(exchanged_for(part), [(run, order.to_owned(), worth.to_owned())], "{part}");
        assert!(releases(part).is_empty(), "{part}: other goods, no money");
    }
    for part in ["exchange-even", "exchange-dearer", "exchange-cheaper", "exchange-early"] {
        clean(part);
    }
    assert!(exchanged_for("exchange-imported").is_empty(), "Sage had an order for it");
    let differs = vec!["exchange-value-differs"];
    assert_eq!(
        found("exchange-imported"),
        [vec![], differs.clone(), differs.clone(), differs.clone(), differs.clone(), differs]
    );
    let cancelled = vec!["exchange-cancelled"];
    let expected = [vec![], vec![], cancelled.clone(), cancelled.clone(), cancelled.clone(), cancelled];
    assert_eq!(found("exchange-called-off"), expected, "told with the RMA, and not a second time as a cancelled order");
    let address = vec!["exchange-address"];
    assert_eq!(found("exchange-address"), [vec![], address.clone(), address, vec![], vec![], vec![]]);
    // The six that we have entered were each sent once.
    let log = played().day.shop().sage.request_log();
    assert_eq!(log.iter().filter(|r| r.method == "POST" && r.path.ends_with("/sop_orders")).count(), 6);
}

#[test]
fn every_part_is_played_and_no_exception_is_left_out() {
    assert!(played().day.parts().count() >= 40);
    let seen: BTreeSet<_> =
        played().reports.iter().flat_map(|report| &report.exceptions).map(|e| e.finding.code.as_str()).collect();
    let expected = BTreeSet::from([
        "bundle-unknown",
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
        "rma-unreadable",
        "shop-order-not-found",
        "refund-outside-returngo",
        "refund-unattributed",
        "refund-failed",
        "double-payment",
        "cancelled-in-shopify",
        "edited-in-shopify",
        "exchange-address",
        "exchange-cancelled",
        "exchange-value-differs",
        "fee-may-be-unlawful",
        "restocked-in-shopify",
        "credit-note-stray",
    ]);
    assert_eq!(seen, expected);
    // Every exception belongs to a part: none is about something that nobody planned.
    let rmas = played().day.parts().map(|(_, rma)| rma.to_string());
    let refunds = played().day.refunds().map(|(_, refund)| format!("refund {refund}"));
    let notes = [format!("URN {}", played().day.credit_note("stray").unwrap())];
    let parts: BTreeSet<_> = rmas.chain(refunds).chain(notes).collect();
    for exception in played().reports.iter().flat_map(|report| &report.exceptions) {
        let finding = &exception.finding;
        let about = finding.subject.clone().or(finding.rma.as_ref().map(ToString::to_string)).unwrap();
        assert!(parts.contains(&about), "{about}: {}", finding.code);
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
    assert_eq!(ours.len(), 39);
    assert_eq!(ours.iter().collect::<BTreeSet<_>>().len(), 39, "no reference twice");
    // One lost answer was there already, one refusal was tried again: one request more than credit notes.
    assert_eq!(*played().posts.last().unwrap(), 40);
}

#[test]
fn both_sides_add_up_after_every_run() {
    for (run, report) in played().reports.iter().enumerate() {
        let totals = report.totals.as_ref().unwrap();
        assert_eq!(totals.journal, totals.sage, "run {run}");
    }
    let totals = last().totals.as_ref().unwrap();
    let text = |money: returns_wire::Money| money.to_string();
    assert_eq!(totals.sage.count, 39);
    assert_eq!(text(totals.sage.net), "794.44 GBP");
    assert_eq!(text(totals.sage.vat), "151.94 GBP");
    assert_eq!(text(totals.sage.gross), "946.38 GBP");
    assert_eq!((totals.by_hand.count, text(totals.by_hand.gross)), (1, "54.00 GBP".to_owned()));
    assert_eq!((totals.released.count, text(totals.released.value)), (37, "808.38 GBP".to_owned()));
    assert_eq!((totals.refunded.count, text(totals.refunded.value)), (6, "146.00 GBP".to_owned()));
    assert_eq!((totals.requested.count, text(totals.requested.value)), (1, "24.00 GBP".to_owned()));
    // Sage's books, looked at from inside: ours, and the two by hand.
    let ours: Decimal = played().day.shop().sage.ledger().iter().filter(|row| !row.by_hand).map(|row| -row.gross).sum();
    assert_eq!(ours, totals.sage.gross.amount());
    // Released is what was credited, less what was refunded too early and what seven exchanges are worth.
    assert_eq!(totals.released.value.amount(), ours + d("54.00") - d("24.00") - d("168.00"));
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
