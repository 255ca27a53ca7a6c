//! What goes on in the shop and in Sage past ReturnGO: seen, told with what finance needs to act, and closed when its
//! cause is gone. Nothing is ever posted for it.

use crate::common::{
    Stage, cleared, codes, contains_all, d, exception, facts, hours, item, line, minutes, released, shirt, shirts,
};
use returngo_client::RmaId;
use returns_sync::{
    exception::{Code, Owner},
    run::{Adopt, RunError, RunReport, adopt},
};
use returns_tests::run_to_end;
use rust_decimal::Decimal;
use shopify_returns::{
    OrderId, RefundId, RefundKind,
    sandbox::{MoneyOutcome, NewOrder as ShopOrder, NewShipping, Restock, SandboxApp, Staff},
};

/// A shop that has been live for a while, with one order of two shirts and a book, shipping paid.
fn one_order() -> (Stage, OrderId) {
    let stage = Stage::online();
    stage.sold("EX1", vec![line("SHIRT-M", 2), line("BOOK-KNIT", 1)]);
    let order = ShopOrder::new("EX1")
        .line(returns_examples::Shop::online_line("SHIRT-M", 2).unwrap())
        .line(returns_examples::Shop::online_line("BOOK-KNIT", 1).unwrap())
        .shipping(NewShipping::new("Standard", d("3.60")).tax(d("20")));
    let order = stage.shop.placed("EX1", order, &["SHIRT-M", "BOOK-KNIT"]).unwrap();
    (stage, order)
}

fn staff(stage: &Stage) -> Staff {
    stage.shop.shopify.staff()
}

fn about(refund: RefundId) -> String {
    format!("refund {refund}")
}

/// The one thing told about a refund.
#[track_caller]
fn told(report: &RunReport, refund: RefundId) -> &'static str {
    let subjects = Stage::subjects(report);
    let of_it: Vec<_> = subjects.iter().filter(|(_, subject)| *subject == about(refund)).collect();
    match of_it.as_slice() {
        [(code, _)] => code,
        _ => panic!("{} told about {refund}: {subjects:?}", of_it.len()),
    }
}

#[track_caller]
fn nothing_told(report: &RunReport) {
    assert_eq!(Stage::subjects(report), [], "{:?}", report.exceptions);
}

fn adopted(stage: &Stage, what: Adopt, who: &str, why: &str) -> Result<(), RunError> {
    run_to_end(adopt(&stage.systems, &stage.journal, what, who, why))
}

/// What shop staff can do by hand, what it is told as, with which kind and money.
#[test]
fn every_way_past_returngo_is_told() {
    type Act = fn(&Stage, OrderId) -> RefundId;
    let cases: [(&str, Act, &str, RefundKind, Option<&str>); 9] = [
        (
            "a shirt",
            |s, o| staff(s).refund(o, &[(s.line_of("EX1", "SHIRT-M"), 1)], Restock::Return).unwrap(),
            "refund-outside-returngo",
            RefundKind::Partial,
            Some("24.00"),
        ),
        (
            "everything and the shipping",
            |s, o| {
                let lines = [(s.line_of("EX1", "SHIRT-M"), 2), (s.line_of("EX1", "BOOK-KNIT"), 1)];
                staff(s).refund_typed(o, &lines, d("63.60")).unwrap()
            },
            "refund-outside-returngo",
            RefundKind::Full,
            Some("63.60"),
        ),
        (
            "an amount for goodwill",
            |s, o| staff(s).refund_amount(o, d("5.00")).unwrap(),
            "refund-outside-returngo",
            RefundKind::AmountOnly,
            Some("5.00"),
        ),
        (
            "the shipping",
            |s, o| staff(s).refund_shipping(o).unwrap(),
            "refund-outside-returngo",
            RefundKind::ShippingOnly,
            Some("3.60"),
        ),
        (
            "goods for another price",
            |s, o| staff(s).refund_typed(o, &[(s.line_of("EX1", "SHIRT-M"), 1)], d("20.00")).unwrap(),
            "refund-outside-returngo",
            RefundKind::Partial,
            Some("20.00"),
        ),
        (
            "a return of Shopify's own",
            |s, o| staff(s).native_return_refund(o, &[(s.line_of("EX1", "SHIRT-M"), 1)]).unwrap(),
            "refund-outside-returngo",
            RefundKind::Partial,
            Some("24.00"),
        ),
        (
            "stock without money",
            |s, o| staff(s).restock_only(o, &[(s.line_of("EX1", "SHIRT-M"), 1)]).unwrap(),
            "restocked-in-shopify",
            RefundKind::RestockOnly,
            None,
        ),
        (
            "goods taken off the order",
            |s, o| staff(s).remove_line(o, s.line_of("EX1", "SHIRT-M"), 1).unwrap(),
            "edited-in-shopify",
            RefundKind::Edit,
            None,
        ),
        (
            "the order cancelled",
            |s, o| staff(s).cancel(o, true).unwrap(),
            "cancelled-in-shopify",
            RefundKind::Cancellation,
            Some("63.60"),
        ),
    ];
    for (what, act, code, kind, money) in cases {
        let (stage, order) = one_order();
        nothing_told(&stage.run());
        stage.shop.wait(minutes(30));
        let refund = act(&stage, order);
        let report = stage.run();
        assert_eq!(told(&report, refund), code, "{what}: {:?}", report.exceptions);
        let [seen] = report.shop_refunds.as_slice() else { panic!("{what}: {:?}", report.shop_refunds) };
        assert_eq!((seen.refund, seen.kind, seen.told.map(Code::as_str)), (refund, kind, Some(code)), "{what}");
        let open = report.exceptions.iter().find(|e| e.finding.subject == Some(about(refund))).unwrap();
        assert_eq!(open.finding.money_at_risk.map(|m| m.amount()), money.map(d), "{what}: {:?}", open.finding);
        // Finance has to find it in all three: Shopify's number, the order and its state in Sage, the payout.
        contains_all(&open.finding.facts, &[&refund.to_string(), "Sage order", "on WEB01 is completed"]);
        assert_eq!(open.finding.facts.contains("payout"), money.is_some(), "{what}: {}", open.finding.facts);
        assert_eq!(open.finding.order.as_deref(), Some("EX1"), "{what}");
        stage.assert_ours(&[]);
        // It is told as long as it stands, and written once.
        stage.shop.wait(hours(24));
        let next = stage.run();
        assert_eq!(told(&next, refund), code, "{what}");
        assert_eq!(next.journal_entries, 0, "{what}");
    }
}

#[test]
fn a_record_with_neither_money_nor_goods_is_no_business_of_anybody() {
    let (stage, order) = one_order();
    staff(&stage).record_without_money(order).unwrap();
    let report = stage.run_until_quiet();
    nothing_told(&report);
}

#[test]
fn the_payout_is_named_as_soon_as_there_is_one() {
    let (stage, order) = one_order();
    let refund = staff(&stage).refund_amount(order, d("5.00")).unwrap();
    contains_all(&facts(&stage.run(), Code::RefundOutsideReturnGo), &["5.00 GBP paid", "not yet taken from a payout"]);
    let payout = stage.shop.shopify.payout_run();
    stage.shop.wait(hours(24));
    let report = stage.run();
    contains_all(&facts(&report, Code::RefundOutsideReturnGo), &[&format!("in payout {payout}")]);
    assert_eq!(exception(&report, Code::RefundOutsideReturnGo).owner, Owner::Finance);
    assert_eq!(told(&report, refund), "refund-outside-returngo");
}

#[test]
fn the_order_is_told_as_open_gone_or_double() {
    // Still open in Sage: goods that were refunded may yet be despatched.
    let stage = Stage::online();
    stage.order(sage200_client::sandbox::NewOrder {
        despatched: false,
        invoiced: false,
        ..sage200_client::sandbox::NewOrder::new(stage.shop.web, "EX1", vec![line("SHIRT-M", 1)])
    });
    let order = stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    staff(&stage).refund_amount(order, d("5.00")).unwrap();
    contains_all(&facts(&stage.run(), Code::RefundOutsideReturnGo), &["on WEB01 is still open"]);
    let stage = Stage::online();
    let order = stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    staff(&stage).refund_amount(order, d("5.00")).unwrap();
    contains_all(&facts(&stage.run(), Code::RefundOutsideReturnGo), &["no Sage order carries EX1"]);
}

/// Finance credits the order in Sage and writes the refund's number on it: it is over by itself.
#[test]
fn a_credit_note_under_the_refunds_number_ends_it() {
    let (stage, order) = one_order();
    let shirt_line = stage.line_of("EX1", "SHIRT-M");
    let refund = staff(&stage).refund(order, &[(shirt_line, 1)], Restock::Return).unwrap();
    assert_eq!(told(&stage.run(), refund), "refund-outside-returngo");
    // Of another worth it explains nothing.
    let wrong = stage.by_hand(&format!("REF{refund}"), "15.00", "3.00");
    stage.shop.wait(minutes(30));
    assert_eq!(told(&stage.run(), refund), "refund-outside-returngo");
    stage.shop.sage.desktop().reverse(wrong).unwrap();
    stage.by_hand(&format!("REF {refund}"), "20.00", "4.00");
    stage.shop.wait(minutes(30));
    let report = stage.run();
    nothing_told(&report);
    let [gone] = report.cleared.as_slice() else { panic!("{:?}", report.cleared) };
    assert_eq!(gone.finding.subject, Some(about(refund)));
    // And it is not watched any more: only what changed in the shop is looked at.
    stage.shop.wait(hours(1));
    stage.shop.placed_at_list("EX2", &[("BOOK-KNIT", 1)]).unwrap();
    stage.run_on();
    let report = stage.run();
    assert!(report.shop_refunds.is_empty(), "{:?}", report.shop_refunds);
}

#[test]
fn a_person_may_take_responsibility_for_it() {
    let (stage, order) = one_order();
    let refund = staff(&stage).refund_amount(order, d("5.00")).unwrap();
    let what = Adopt::Refund(refund);
    let unknown = adopted(&stage, what.clone(), "Alex Example", "goodwill").unwrap_err().to_string();
    contains_all(&unknown, &["run the sync first"]);
    stage.run_on();
    assert!(adopted(&stage, what.clone(), " ", "goodwill").is_err(), "nobody");
    assert!(adopted(&stage, what.clone(), "Alex Example", "").is_err(), "no reason");
    let other = adopted(&stage, Adopt::Refund(RefundId::new(1)), "Alex Example", "goodwill").unwrap_err();
    contains_all(&other.to_string(), &["refund 1", "check the number"]);
    adopted(&stage, what.clone(), "Alex Example", "goodwill, agreed by phone").unwrap();
    let report = stage.run();
    nothing_told(&report);
    assert_eq!(report.cleared.len(), 1);
    assert!(stage.entries().iter().any(|entry| entry.body.contains("Alex Example")), "who did it is on record");
    stage.assert_ours(&[]);
    assert_eq!(stage.shop.sage.ledger().len(), 0, "nothing is posted for it");
}

/// ReturnGO pays through Shopify; Shopify shows the refund under ReturnGO's app, before or after ReturnGO lists it.
#[test]
fn refunds_of_returngo_are_its_own() {
    let (stage, _) = one_order();
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    stage.shop.refunded_online(&rma, "EX1", d("24.00")).unwrap();
    let report = stage.run_until_quiet();
    nothing_told(&report);
    assert!(codes(&report, &rma).is_empty());
}

#[test]
fn what_nobody_can_be_named_for_waits_a_day_for_returngo() {
    let (stage, order) = one_order();
    let shirt_line = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.unattributed_refund(order, &[(shirt_line, 1)]).unwrap();
    nothing_told(&stage.run());
    stage.shop.wait(hours(23));
    nothing_told(&stage.run());
    stage.shop.wait(hours(2));
    let report = stage.run();
    assert_eq!(told(&report, refund), "refund-unattributed");
    assert_eq!(exception(&report, Code::RefundUnattributed).finding.money_at_risk.unwrap().amount(), d("24.00"));
}

/// ReturnGO lists its refund two hours late, and nobody has told us its app: until then it may be a second payment, and
/// nobody is asked to pay.
#[test]
fn a_late_transaction_of_returngo_explains_a_refund() {
    let (mut stage, order) = one_order();
    stage.policy.returngo_app = None;
    let rma = stage.returned("EX1", [shirt()]);
    stage.run_on();
    let shirt_line = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.app_refund(SandboxApp::returngo(), order, &[(shirt_line, 1)], None).unwrap();
    let report = stage.run();
    // The refund itself is left alone for a while; the RMA, which staff were asked to pay, is not.
    nothing_told(&report);
    assert_eq!(codes(&report, &rma), ["double-payment"]);
    assert!(report.work_list.is_empty());
    contains_all(&facts_of(&report, &rma), &["made with ReturnGO"]);
    stage.shop.wait(hours(2));
    let returngo = &stage.shop.returngo;
    let units = stage.shop.units(&rma);
    let transaction = returngo.staff_refund_as(&rma, &units, d("24.00"), &refund.to_string()).unwrap();
    returngo.settle_refund(&transaction, true).unwrap();
    let report = stage.run_until_quiet();
    nothing_told(&report);
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
}

/// What staff have ReturnGO pay appears in the shop before ReturnGO says that it is paid.
#[test]
fn a_refund_that_returngo_was_asked_for_alarms_nobody() {
    let (mut stage, order) = one_order();
    stage.policy.returngo_app = None;
    let rma = stage.returned("EX1", [shirt()]);
    stage.run_on();
    let shirt_line = stage.line_of("EX1", "SHIRT-M");
    let (returngo, units) = (&stage.shop.returngo, stage.shop.units(&rma));
    let transaction = returngo.staff_refund(&rma, &units, d("24.00")).unwrap();
    let refund = stage.shop.shopify.app_refund(SandboxApp::returngo(), order, &[(shirt_line, 1)], None).unwrap();
    let report = stage.run();
    nothing_told(&report);
    assert!(codes(&report, &rma).is_empty() && report.work_list.is_empty(), "{:?}", report.exceptions);
    contains_all(&waits(&report, &rma), &["ReturnGO to list refund", &refund.to_string()]);
    // Never listed: a day later somebody has to look.
    stage.shop.wait(hours(25));
    let report = stage.run();
    assert_eq!((told(&report, refund), codes(&report, &rma)), ("double-payment", vec!["double-payment"]));
    returngo.settle_refund(&transaction, true).unwrap();
}

/// Nobody can be named, and the RMA is not released yet: nothing is paid, and nobody is alarmed before a day is over.
#[test]
fn a_refund_by_nobody_holds_an_rma_back_and_is_told_after_a_day() {
    let (stage, order) = one_order();
    let rma = stage.returned("EX1", [shirt()]);
    let shirt_line = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.unattributed_refund(order, &[(shirt_line, 1)]).unwrap();
    let report = stage.run();
    nothing_told(&report);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    assert!(released(&report).is_empty() && codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    stage.shop.wait(hours(25));
    let report = stage.run();
    assert_eq!((told(&report, refund), codes(&report, &rma)), ("double-payment", vec!["double-payment"]));
    assert!(released(&report).is_empty());
    // Somebody knows what it was for, and the RMA is paid.
    adopted(&stage, Adopt::RefundOfSomethingElse(refund), "Jo Finance", "goodwill beside the return").unwrap();
    stage.shop.wait(minutes(10));
    let report = stage.run();
    assert_eq!(released(&report).len(), 1, "{:?}", report.exceptions);
    nothing_told(&report);
}

fn waits(report: &RunReport, rma: &RmaId) -> String {
    let of_it = report.waiting.iter().filter(|waiting| waiting.rma == *rma);
    of_it.map(|waiting| waiting.wait.what.as_str()).collect::<Vec<_>>().join("; ")
}

/// With ReturnGO's app known, its refunds are its own before it lists them. What it does not list after a day belongs to
/// no RMA that anybody could credit.
#[test]
fn a_refund_of_returngos_app_is_its_own_for_a_day() {
    let (stage, order) = one_order();
    let rma = stage.approved("EX1", [shirt()]);
    stage.run_on();
    let shirt_line = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.app_refund(SandboxApp::returngo(), order, &[(shirt_line, 1)], None).unwrap();
    let report = stage.run();
    nothing_told(&report);
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    // The goods come: nothing is paid while it may be the refund of this very RMA.
    stage.shop.received(&rma).unwrap();
    let report = stage.run_until_quiet();
    assert!(report.work_list.is_empty() && codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    stage.shop.wait(hours(25));
    let report = stage.run();
    assert_eq!(told(&report, refund), "refund-unattributed");
    assert_eq!(codes(&report, &rma), ["double-payment"]);
    contains_all(&facts_of(&report, &rma), &["made with ReturnGO", "24.00 GBP paid"]);
}

/// A refund by hand for goods whose RMA is on its way: the RMA must not be paid as well.
#[test]
fn goods_refunded_by_hand_are_not_paid_again() {
    let (stage, order) = one_order();
    let rma = stage.returned("EX1", [shirts(2)]);
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("48.00"))]);
    assert_eq!(report.work_list.len(), 1);
    let shirt_line = stage.line_of("EX1", "SHIRT-M");
    let refund = staff(&stage).refund(order, &[(shirt_line, 1)], Restock::No).unwrap();
    stage.shop.wait(minutes(30));
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["double-payment"], "{:?}", report.exceptions);
    assert_eq!(told(&report, refund), "double-payment");
    assert!(report.work_list.is_empty(), "{:?}", report.work_list);
    contains_all(&facts_of(&report, &rma), &[&refund.to_string(), "24.00 GBP paid"]);
    // A person has looked: the refund paid something else.
    adopted(&stage, Adopt::RefundOfSomethingElse(refund), "Alex Example", "for a third shirt that was never sent")
        .unwrap();
    let report = stage.run();
    assert_eq!((codes(&report, &rma), cleared(&report, &rma)), (vec![], vec!["double-payment"]));
    assert_eq!(report.work_list.len(), 1);
}

#[track_caller]
fn facts_of(report: &RunReport, rma: &RmaId) -> String {
    report.exceptions.iter().find(|e| e.finding.rma.as_ref() == Some(rma)).unwrap().finding.facts.clone()
}

/// The goods were refunded by hand before the parcel was inspected: the credit is due, the refund is not.
#[test]
fn a_refund_by_hand_before_the_credit_note_is_seen_in_time() {
    let (stage, order) = one_order();
    let rma = stage.approved("EX1", [shirt()]);
    stage.run_on();
    let shirt_line = stage.line_of("EX1", "SHIRT-M");
    staff(&stage).refund(order, &[(shirt_line, 1)], Restock::No).unwrap();
    stage.shop.received(&rma).unwrap();
    stage.shop.wait(minutes(30));
    let report = stage.run();
    assert!(codes(&report, &rma).contains(&"double-payment"), "{:?}", report.exceptions);
    assert!(released(&report).is_empty() && report.work_list.is_empty(), "{:?}", report.released);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
}

#[test]
fn money_under_way_is_watched_to_its_end() {
    for (outcome, expected) in [(MoneyOutcome::Paid, None), (MoneyOutcome::Refused, Some("refund-failed"))] {
        let (stage, _) = one_order();
        let rma = stage.returned("EX1", [shirt()]);
        stage.run_on();
        stage.shop.shopify.money_is_slow(true);
        let refund = stage.shop.refunded_online(&rma, "EX1", d("24.00")).unwrap();
        let report = stage.run();
        nothing_told(&report);
        stage.shop.book_goods(&report.stock).unwrap();
        // Long out of the overlap of the sweep.
        stage.shop.wait(hours(72));
        nothing_told(&stage.run());
        stage.shop.shopify.settle(refund, outcome).unwrap();
        stage.shop.wait(hours(1));
        let report = stage.run();
        let subjects = Stage::subjects(&report);
        assert_eq!(subjects.first().map(|(code, _)| *code), expected, "{subjects:?}");
        if expected.is_some() {
            let open = exception(&report, Code::RefundFailed);
            assert_eq!((told(&report, refund), open.owner), ("refund-failed", Owner::CustomerService));
            contains_all(&open.finding.facts, &["24.00 GBP refused"]);
        }
    }
}

#[test]
fn a_credit_note_that_belongs_to_nothing_is_told_until_somebody_speaks_for_it() {
    let (stage, _) = one_order();
    let urn = stage.by_hand("GESTURE", "10.00", "2.00");
    let report = stage.run();
    assert_eq!(Stage::subjects(&report), [("credit-note-stray", format!("URN {urn}"))]);
    let stray = exception(&report, Code::CreditNoteStray);
    assert_eq!(stray.finding.money_at_risk.unwrap().amount(), d("12.00"));
    contains_all(&stray.finding.facts, &["GESTURE", "WEB01"]);
    let what = Adopt::CreditNote(sage200_client::Urn(urn));
    adopted(&stage, what.clone(), "Alex Example", "agreed with the customer").unwrap();
    nothing_told(&stage.run());
}

/// Who speaks for one credit note does not speak for the next one that looks like it.
#[test]
fn each_stray_credit_note_is_spoken_for_by_itself() {
    let (stage, _) = one_order();
    let first = stage.by_hand("", "10.00", "2.00");
    stage.run_on();
    adopted(&stage, Adopt::CreditNote(sage200_client::Urn(first)), "Alex Example", "agreed").unwrap();
    let second = stage.by_hand("", "10.00", "2.00");
    assert_eq!(Stage::subjects(&stage.run()), [("credit-note-stray", format!("URN {second}"))]);
}

#[test]
fn a_stray_credit_note_that_was_reversed_is_over() {
    let (stage, _) = one_order();
    let urn = stage.by_hand("GESTURE", "10.00", "2.00");
    assert_eq!(Stage::subjects(&stage.run()).len(), 1);
    stage.shop.sage.desktop().reverse(urn).unwrap();
    nothing_told(&stage.run());
}

#[test]
fn credit_notes_of_an_rma_or_before_go_live_are_no_strays() {
    let (stage, _) = one_order();
    let rma = stage.approved("EX1", [shirt()]);
    stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    stage.by_hand(&format!("{rma}"), "1.00", "0.20");
    nothing_told(&stage.run());
}

/// The goods are in, and for three days there was no credit note: an orphan on the wrong side.
#[test]
fn a_credit_that_does_not_come_is_told() {
    let stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [item("SHIRT-XX", "24.00", "4.00")]);
    let report = stage.run();
    assert!(!codes(&report, &rma).contains(&"credit-overdue"), "{:?}", report.exceptions);
    stage.shop.wait(hours(71));
    assert!(!codes(&stage.run(), &rma).contains(&"credit-overdue"));
    stage.shop.wait(hours(2));
    let report = stage.run();
    assert!(codes(&report, &rma).contains(&"credit-overdue"), "{:?}", report.exceptions);
    let overdue = exception(&report, Code::CreditOverdue);
    assert_eq!(overdue.owner, Owner::Finance);
    assert_eq!(overdue.finding.money_at_risk.unwrap().amount(), d("24.00"));
}

#[test]
fn a_scope_that_is_missing_costs_its_part_and_is_named() {
    let (stage, order) = one_order();
    stage.shop.shopify.set_scopes(&["read_orders"]);
    let rma = stage.returned("EX1", [shirt()]);
    let refund = staff(&stage).refund_amount(order, d("5.00")).unwrap();
    let report = stage.run();
    contains_all(&facts(&report, Code::ShopScopeMissing), &["read_all_orders", "read_returns"]);
    // The rest works: the credit, its release, the refund that came past ReturnGO.
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    // Without sight of native returns it may be ReturnGO's own, so it is told when ReturnGO has had its time.
    assert!(released(&report).is_empty() && codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    stage.shop.wait(hours(25));
    let report = stage.run();
    assert_eq!((told(&report, refund), codes(&report, &rma)), ("double-payment", vec!["double-payment"]));
    // Nothing is asked that would be refused: the payouts are the part that is missing.
    assert!(report.unfinished.is_none(), "{:?}", report.unfinished);
}

#[test]
fn an_old_order_that_the_app_may_not_see_is_told_as_such() {
    let stage = Stage::online();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let long_ago = "2025-12-01T10:00:00Z".parse().unwrap();
    let order = ShopOrder::new("EX1").line(returns_examples::Shop::online_line("SHIRT-M", 1).unwrap());
    stage.shop.placed("EX1", order.created_at(long_ago), &["SHIRT-M"]).unwrap();
    stage.shop.shopify.set_scopes(&["read_orders", "read_returns"]);
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["shop-order-not-found"]);
    contains_all(&facts(&report, Code::ShopOrderNotFound), &["read_all_orders"]);
}

#[test]
fn test_orders_and_the_time_before_go_live_are_left_alone() {
    let stage = Stage::online();
    let test = ShopOrder::new("EX1").line(returns_examples::Shop::online_line("SHIRT-M", 1).unwrap()).test();
    let test = stage.shop.placed("EX1", test, &["SHIRT-M"]).unwrap();
    staff(&stage).refund_amount(test, d("5.00")).unwrap();
    let now = returns_wire::Clock::now(&stage.shop.clock);
    let order = stage.shop.placed_at_list("EX2", &[("SHIRT-M", 1)]).unwrap();
    stage.shop.clock.set("2026-02-20T10:00:00Z".parse().unwrap());
    staff(&stage).refund_amount(order, d("5.00")).unwrap();
    stage.shop.clock.set(now);
    nothing_told(&stage.run_until_quiet());
}

/// The search index of the shop lags: a refund that it does not show yet is found by a later run.
#[test]
fn a_late_index_hides_no_refund() {
    let (stage, order) = one_order();
    stage.shop.shopify.set_index_lag(std::time::Duration::from_secs(600));
    stage.run_on();
    let refund = staff(&stage).refund_amount(order, d("5.00")).unwrap();
    nothing_told(&stage.run());
    stage.shop.wait(minutes(11));
    assert_eq!(told(&stage.run(), refund), "refund-outside-returngo");
}

#[test]
fn another_program_that_refunds_is_told_with_its_name() {
    let (stage, order) = one_order();
    let app = SandboxApp::new(4_711, "Helpdesk Example", "helpdesk");
    let shirt_line = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.app_refund(app, order, &[(shirt_line, 1)], None).unwrap();
    contains_all(&facts(&stage.run(), Code::RefundOutsideReturnGo), &["Helpdesk Example"]);
}

#[test]
fn more_than_was_received_is_told_as_such() {
    let (stage, order) = one_order();
    let shirt_line = stage.line_of("EX1", "SHIRT-M");
    staff(&stage).refund(order, &[(shirt_line, 2)], Restock::No).unwrap();
    let twice = staff(&stage).over_refund(order, &[(shirt_line, 1)], d("24.00")).unwrap();
    let report = stage.run();
    assert_eq!(told(&report, twice), "double-payment");
    let risk = report.exceptions.iter().filter_map(|e| e.finding.money_at_risk).map(|m| m.amount()).sum::<Decimal>();
    assert_eq!(risk, d("72.00"));
}

#[test]
fn when_refunds_can_not_be_read_the_rest_goes_on_and_nothing_is_forgotten() {
    use shopify_returns::sandbox::{Fault, How};
    let (stage, order) = one_order();
    stage.run_on();
    let refund = staff(&stage).refund_amount(order, d("5.00")).unwrap();
    stage.shop.wait(minutes(30));
    let fault = Fault { times: 9, ..Fault::on("OrdersChanged", How::Status(500)) };
    stage.shop.shopify.fail_next(fault);
    let report = stage.run();
    contains_all(&facts(&report, Code::ReadFailed), &["in Shopify could not be read"]);
    nothing_told(&report);
    for _ in 0..3 {
        stage.shop.wait(minutes(30));
        if Stage::subjects(&stage.run()) == [("refund-outside-returngo", about(refund))] {
            return;
        }
    }
    panic!("the refund was never told");
}
