//! The gate `shopify_refund`: once the credit note is read back in Sage, and only then, we make the refund in the shop,
//! once.

use crate::common;
use crate::common::{
    Stage, book, codes, contains_all, d, exception, facts, hours, item, line, minutes, released, shirt, shirts,
};
use returngo_client::sandbox::{NewRma, Verdict};
use returns_examples::Shop;
use returns_sync::{
    exception::{Code, Owner},
    journal::Event,
    policy::{FeeTreatment, RefundGate, StoreCredit},
    rules::Standing,
    run::Mode,
};
use rust_decimal::Decimal;
use sage200_client::sandbox::How as SageHow;
use shopify_returns::{
    RefundOrigin,
    sandbox::{Fault, How, MoneyOutcome, NewOrder as ShopOrder, RefundRow, Restock, SandboxApp},
};

fn stage() -> Stage {
    let mut stage = Stage::online();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage
}

/// Refunds that we made.
fn ours(stage: &Stage) -> Vec<RefundRow> {
    let ours = |row: &RefundRow| row.app.as_ref().is_some_and(|app| app.id == SandboxApp::ours().id);
    stage.shop.shopify.refunds().into_iter().filter(ours).collect()
}

/// Returns that came to their end.
fn closed(stage: &Stage) -> usize {
    stage.events().iter().filter(|event| matches!(event, Event::Closed { .. })).count()
}

/// The shop answers nothing to a refund, however often the client asks in one run, and does nothing.
fn silence(stage: &Stage) {
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::Status(504)) });
}

fn asked(stage: &Stage) -> usize {
    stage.shop.shopify.request_log().iter().filter(|request| request.operation == "RefundCreate").count()
}

#[test]
fn the_refund_follows_the_credit_note_and_ends_the_return() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 2), ("BOOK-KNIT", 1)]);
    let rma = stage.returned("EX1", [shirts(2), book()]);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "52.00", "8.00")]);
    let [made] = ours(&stage).try_into().unwrap();
    assert_eq!(made.paid, d("60.00"));
    let shirt_line = stage.line_of("EX1", "SHIRT-M");
    let book_line = stage.line_of("EX1", "BOOK-KNIT");
    assert_eq!(made.lines, [(shirt_line, 2), (book_line, 1)]);
    contains_all(made.note.as_deref().unwrap(), &[rma.as_str()]);
    let [told] = report.refunds_made.as_slice() else { panic!("{:?}", report.refunds_made) };
    assert_eq!((told.refund, told.amount.amount(), told.units.len()), (Some(made.id), d("60.00"), 3));
    assert_eq!((report.shop_writes, report.writes), (1, 1));
    // Nobody else has to pay, and nothing is wrong.
    assert!(report.work_list.is_empty() && report.exceptions.is_empty(), "{:?}", report.exceptions);
    let report = stage.run_until_quiet();
    assert_eq!(closed(&stage), 1);
    assert_eq!((asked(&stage), report.shop_writes), (1, 0));
    // Seen in the shop, it is known as ours.
    assert!(report.shop_refunds.iter().all(|seen| seen.origin == RefundOrigin::Ours && seen.told.is_none()));
}

#[test]
fn without_a_credit_note_nothing_is_refunded() {
    // Nobody has the goods; Sage refuses; Sage's answer is lost; the period is closed; a caps stops it.
    let waiting = stage();
    waiting.sold_online("EX1", &[("SHIRT-M", 1)]);
    waiting.approved("EX1", [shirt()]);
    waiting.run_on();
    let refused = stage();
    refused.sold_online("EX1", &[("SHIRT-M", 1)]);
    refused.returned("EX1", [shirt()]);
    refused.sage_fails(SageHow::Refuse { status: 400, retry_after: None }, 1);
    refused.run_on();
    let lost = stage();
    lost.sold_online("EX1", &[("SHIRT-M", 1)]);
    lost.returned("EX1", [shirt()]);
    lost.sage_fails(SageHow::Refuse { status: 504, retry_after: None }, 1);
    lost.run_on();
    let closed = stage();
    closed.sold_online("EX1", &[("SHIRT-M", 1)]);
    closed.returned("EX1", [shirt()]);
    let desktop = closed.shop.sage.desktop();
    desktop.close_period("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap()).unwrap();
    closed.run_on();
    for stage in [waiting, refused, lost, closed] {
        assert_eq!((asked(&stage), ours(&stage).len()), (0, 0));
    }
}

#[test]
fn each_part_is_refunded_when_it_is_credited() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirts(2)]);
    stage.shop.inspected(&rma, &[Some(Verdict::Returned { restockable: true })]).unwrap();
    stage.run_on();
    assert_eq!(ours(&stage).iter().map(|row| row.paid).collect::<Vec<_>>(), [d("24.00")]);
    let second = stage.shop.units(&rma).pop().unwrap();
    stage.shop.returngo.inspect(&second, Verdict::Returned { restockable: true }).unwrap();
    drop(stage.run_until_quiet());
    let made = ours(&stage);
    assert_eq!(made.iter().map(|row| row.paid).collect::<Vec<_>>(), [d("24.00"), d("24.00")]);
    assert_ne!(made[0].key, made[1].key, "each under a key of its own");
}

#[test]
fn a_lost_answer_is_looked_up_and_never_paid_twice() {
    for how in [How::ActThenStatus(504), How::ActThenLoseBody, How::ActThenGraphqlError("INTERNAL_SERVER_ERROR".into())]
    {
        let stage = stage();
        stage.sold_online("EX1", &[("SHIRT-M", 1)]);
        let rma = stage.returned("EX1", [shirt()]);
        stage.shop.shopify.fail_next(Fault::on("RefundCreate", how.clone()));
        let report = stage.run();
        assert!(report.exceptions.is_empty(), "{how:?}: {:?}", report.exceptions);
        let report = stage.run_until_quiet();
        assert_eq!((ours(&stage).len(), closed(&stage)), (1, 1), "{how:?}");
        assert!(codes(&report, &rma).is_empty(), "{how:?}");
    }
}

#[test]
fn an_answer_lost_before_anything_was_done_is_asked_for_again_under_the_same_key() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.returned("EX1", [shirt()]);
    silence(&stage);
    stage.run_on();
    assert!(ours(&stage).is_empty());
    // Not before the settle time: what is under way may still arrive.
    stage.run_on();
    assert!(ours(&stage).is_empty());
    stage.shop.wait(minutes(10));
    drop(stage.run_until_quiet());
    let [made] = ours(&stage).try_into().unwrap();
    assert_eq!((made.paid, closed(&stage)), (d("24.00"), 1));
    let keys = stage.events().into_iter().filter_map(|event| match event {
        Event::RefundIntended { intent, .. } => Some(intent.key.to_string()),
        _ => None,
    });
    assert_eq!(keys.collect::<Vec<_>>(), [made.key.unwrap()]);
}

#[test]
fn what_the_shop_refuses_is_told_and_tried_again_the_next_day() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    let denied = Fault::on("RefundCreate", How::GraphqlError("ACCESS_DENIED".into()));
    stage.shop.shopify.fail_next(denied);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["refund-refused"], "{:?}", report.exceptions);
    assert_eq!(exception(&report, Code::RefundRefused).finding.money_at_risk.unwrap().amount(), d("24.00"));
    stage.shop.wait(hours(1));
    stage.run_on();
    assert_eq!(asked(&stage), 1, "not hammered");
    stage.shop.wait(hours(24));
    let report = stage.run_until_quiet();
    assert_eq!((ours(&stage).len(), closed(&stage)), (1, 1));
    assert!(codes(&report, &rma).is_empty());
}

/// Staff pay it in ReturnGO meanwhile: then it is paid.
#[test]
fn what_staff_paid_after_a_refusal_is_not_paid_again() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault::on("RefundCreate", How::GraphqlError("ACCESS_DENIED".into())));
    stage.run_on();
    stage.shop.refunded_online(&rma, "EX1", d("24.00")).unwrap();
    stage.shop.wait(hours(25));
    let report = stage.run_until_quiet();
    assert_eq!((ours(&stage).len(), asked(&stage)), (0, 1));
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
}

/// Or by hand, past ReturnGO: then it may be paid, and a person decides.
#[test]
fn what_staff_refunded_by_hand_is_not_refunded_again() {
    let stage = stage();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1), ("BOOK-KNIT", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.run_on();
    let shirt_line = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.staff().refund(order, &[(shirt_line, 1)], Restock::No).unwrap();
    stage.shop.received(&rma).unwrap();
    let report = stage.run_until_quiet();
    assert!(codes(&report, &rma).contains(&"double-payment"), "{:?}", report.exceptions);
    assert_eq!(asked(&stage), 0);
    assert_eq!(stage.shop.shopify.refund_total_paid(order), d("24.00"));
}

#[test]
fn money_that_comes_late_is_waited_for_and_money_that_comes_back_is_told() {
    for (outcome, code) in [(MoneyOutcome::Paid, None), (MoneyOutcome::Refused, Some("refund-failed"))] {
        let stage = stage();
        stage.sold_online("EX1", &[("SHIRT-M", 1)]);
        let rma = stage.returned("EX1", [shirt()]);
        stage.shop.shopify.money_is_slow(true);
        let report = stage.run_until_quiet();
        assert_eq!(report.standings[&Standing::AwaitingRefund], 1);
        assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
        let [made] = ours(&stage).try_into().unwrap();
        stage.shop.shopify.settle(made.id, outcome).unwrap();
        stage.shop.wait(hours(24));
        let report = stage.run_until_quiet();
        assert_eq!(codes(&report, &rma).first().copied(), code, "{:?}", report.exceptions);
        // It is never made again by itself: the customer may have it by another way.
        assert_eq!(asked(&stage), 1);
        if code.is_none() {
            assert_eq!(closed(&stage), 1);
        }
    }
}

#[test]
fn a_refund_goes_back_to_where_the_money_came_from() {
    let stage = stage();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let order = ShopOrder::new("EX1").line(Shop::online_line("SHIRT-M", 1).unwrap()).split_payment(d("10.00"));
    stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run_until_quiet();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    let [made] = ours(&stage).try_into().unwrap();
    assert_eq!(made.paid, d("24.00"));
}

/// Another value in the shop than was credited is not refunded: a person finds out why.
#[test]
fn no_other_amount_than_was_credited_is_refunded() {
    let stage = stage();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.sage_fails(SageHow::Refuse { status: 400, retry_after: None }, 1);
    let rma = stage.returned("EX1", [shirt()]);
    stage.run_on();
    // Before Sage takes the credit note, 5.00 of the 24.00 have gone back for goodwill.
    stage.shop.shopify.staff().refund_amount(order, d("5.00")).unwrap();
    stage.shop.wait(hours(25));
    let report = stage.run_until_quiet();
    let told = codes(&report, &rma);
    assert!(!told.is_empty(), "{:?}", report.exceptions);
    assert!(ours(&stage).iter().map(|row| row.paid).sum::<Decimal>() <= d("19.00"));
    assert!(stage.shop.shopify.refund_total_paid(order) <= d("24.00"));
}

/// A fee kept from the customer is kept from the refund.
#[test]
fn what_was_credited_after_fees_is_refunded() {
    let mut stage = stage();
    stage.policy.fees.restocking = FeeTreatment::Deduct;
    stage.policy.cancel_within = chrono::TimeDelta::zero();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.shop.approved(NewRma::refund("EX1").line(shirt().restocking_fee(d("2.40")))).unwrap();
    stage.shop.received(&rma).unwrap();
    let report = stage.run_until_quiet();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "18.00", "3.60")]);
    if let [made] = ours(&stage).as_slice() {
        assert_eq!(made.paid, d("21.60"));
    } else {
        panic!("{:?}", report.exceptions);
    }
}

/// Store credit is given in ReturnGO, by people: it is never money.
#[test]
fn store_credit_goes_to_the_work_list() {
    let mut stage = stage();
    stage.policy.store_credit = StoreCredit::CreditNote;
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.shop.approved(NewRma::store_credit("EX1").line(shirt())).unwrap();
    stage.shop.received(&rma).unwrap();
    let report = stage.run_until_quiet();
    assert_eq!(asked(&stage), 0);
    let [payable] = report.work_list.as_slice() else { panic!("{:?}", report.exceptions) };
    assert_eq!((payable.rma.clone(), payable.store_credit), (rma, true));
    stage.assert_ours(&[(&format!("RMA{}-1", payable.rma), "20.00", "4.00")]);
}

#[test]
fn a_plan_names_what_it_would_refund_and_refunds_nothing() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    // The credit is only planned, so no refund can be.
    let report = stage.plan();
    assert_eq!((report.planned.len(), report.would_refund.len()), (1, 0));
    // A credit note of finance's stands, so the refund is what is left to do.
    stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    let before = stage.entries().len();
    let report = stage.attempt(Mode::Plan).unwrap();
    let [would] = report.would_refund.as_slice() else { panic!("{:?}", report.exceptions) };
    assert_eq!((would.amount.amount(), would.refund), (d("24.00"), None));
    assert_eq!((asked(&stage), stage.entries().len()), (0, before));
    // And a run does it.
    drop(stage.run_until_quiet());
    assert_eq!((ours(&stage).len(), closed(&stage)), (1, 1));
}

/// The credit note is taken back in Sage between our two looks: no refund.
#[test]
fn a_credit_note_that_was_reversed_releases_no_refund() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    silence(&stage);
    stage.run_on();
    let urn = stage.shop.sage.ledger()[0].urn;
    stage.shop.sage.desktop().reverse(urn).unwrap();
    for _ in 0..4 {
        stage.shop.wait(minutes(30));
        let report = stage.run_unchecked();
        assert!(!codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    }
    assert!(ours(&stage).is_empty());
}

#[test]
fn without_the_shop_the_gate_can_not_be_had() {
    let mut stage = Stage::open();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    let error = stage.attempt(Mode::Run).unwrap_err().to_string();
    contains_all(&error, &["refund_gate", "[shopify]", "work_list"]);
}

/// Whether it may write is asked before anything is decided.
#[test]
fn a_scope_to_write_that_is_missing_is_named() {
    let stage = stage();
    stage.shop.shopify.set_scopes(&["read_orders", "read_all_orders", "read_returns"]);
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    contains_all(&facts(&report, Code::ShopScopeMissing), &["write_orders"]);
    assert_eq!(exception(&report, Code::ShopScopeMissing).owner, Owner::It);
    // The credit is due all the same.
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    assert!(ours(&stage).is_empty());
    assert!(released(&report).is_empty() || !report.work_list.is_empty());
}

/// Two returns of one order, run after run: each is refunded once, and never more than was paid.
#[test]
fn returns_of_one_order_add_up() {
    let stage = stage();
    stage.sold("EX1", vec![common::worth("SOCKS", 3, "8.33", "1.67")]);
    let socks = shopify_returns::sandbox::NewLine::new("SOCKS", 3, d("5.00")).discount(d("5.00")).tax(d("20"));
    let order = stage.shop.placed("EX1", ShopOrder::new("EX1").line(socks), &["SOCKS"]).unwrap();
    for _ in 0..3 {
        stage.returned("EX1", [item("SOCKS", "3.33", "0.56")]);
        drop(stage.run_until_quiet());
    }
    let credited: Decimal = stage.ours().iter().map(|row| row.1 + row.2).sum();
    assert_eq!((credited, stage.shop.shopify.refund_total_paid(order)), (d("10.00"), d("10.00")));
}

/// ReturnGO pays by itself what we have paid: its automatic refunds were not switched off.
#[test]
fn a_refund_of_returngo_beside_ours_is_told_whenever_it_comes() {
    for after_the_end in [false, true] {
        let stage = stage();
        stage.sold_online("EX1", &[("SHIRT-M", 2)]);
        let rma = stage.returned("EX1", [shirt()]);
        stage.shop.shopify.money_is_slow(!after_the_end);
        drop(stage.run_until_quiet());
        assert_eq!(closed(&stage), usize::from(after_the_end));
        stage.shop.shopify.money_is_slow(false);
        let units = stage.shop.units(&rma);
        stage.shop.returngo.staff_refund(&rma, &units, d("24.00")).unwrap();
        stage.shop.wait(hours(1));
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["double-payment"], "{:?}", report.exceptions);
        contains_all(
            &facts(&report, Code::DoublePayment),
            &["is Requested with 24.00 GBP", "our refund 1 of 24.00 GBP"],
        );
        // It is paid meanwhile, by whatever number: still too much.
        stage.shop.refunded_online(&rma, "EX1", d("24.00")).unwrap();
        stage.shop.wait(hours(1));
        assert!(codes(&stage.run_unchecked(), &rma).contains(&"double-payment"));
    }
}

/// ReturnGO shows our refund as its own transaction: one refund.
#[test]
fn a_transaction_that_names_our_refund_is_that_refund() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    drop(stage.run_until_quiet());
    let [made] = ours(&stage).try_into().unwrap();
    let returngo = &stage.shop.returngo;
    let transaction =
        returngo.staff_refund_as(&rma, &stage.shop.units(&rma), d("24.00"), &made.id.to_string()).unwrap();
    returngo.settle_refund(&transaction, true).unwrap();
    stage.shop.wait(hours(1));
    let report = stage.run_until_quiet();
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
}
