//! Ways in which money could go out twice, or out of sight: with the gate, without it, and past it.

use crate::common;
use crate::common::{Stage, Wiring, codes, d, hours, line, minutes, shirt};
use bytes::Bytes;
use http::{Request, Response};
use returns_examples::{SHOP, Shop};
use returns_sync::{
    exception::Code,
    journal::{Journal, MemoryJournal},
    policy::{RefundGate, ReturnGoRefunds, StoreCredit},
    run::{Adopt, adopt, settle},
};
use returns_tests::run_to_end;
use returns_wire::{Currency, Money, Transport, TransportErrorKind, sandbox::in_process};
use rust_decimal::Decimal;
use shopify_returns::sandbox::{Fault, How, MoneyOutcome, NewOrder as ShopOrder, RefundRow, Restock, SandboxApp};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// The shop with the gate that pays by itself.
fn gated() -> Stage {
    let mut stage = Stage::online();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage
}

fn ours(stage: &Stage) -> Vec<RefundRow> {
    let ours = |row: &RefundRow| row.app.as_ref().is_some_and(|app| app.id == SandboxApp::ours().id);
    stage.shop.shopify.refunds().into_iter().filter(ours).collect()
}

fn rewriting(stage: &mut Stage, f: impl Fn(&str, String) -> String + Send + Sync + Clone + 'static) {
    let inner = in_process(stage.shop.returngo.clone().with_shop(SHOP, common::KEY).router());
    let t = Transport::new(tower::service_fn(move |request: Request<Bytes>| {
        let (inner, f) = (inner.clone(), f.clone());
        async move {
            let path = request.uri().path().to_owned();
            let answer = inner.send(request).await?;
            let (mut parts, body) = answer.into_parts();
            let text = String::from_utf8(body.to_vec()).unwrap();
            parts.headers.remove("content-length");
            Ok(Response::from_parts(parts, Bytes::from(f(&path, text))))
        }
    }));
    let base = "https://sandbox.example/".parse().unwrap();
    let s = Wiring { returngo: Some((t, base)), ..Default::default() }.connect(&stage.shop);
    stage.systems = stage.shop.with_shopify(s, |t| t).unwrap();
}

fn each(v: &mut serde_json::Value, f: &dyn Fn(&mut serde_json::Map<String, serde_json::Value>)) {
    if let Some(list) = v.get_mut("transactions").and_then(|l| l.as_array_mut()) {
        for t in list {
            f(t.as_object_mut().unwrap());
        }
    }
}

#[test]
fn a_settled_rma_is_not_refunded() {
    let stage = gated();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::Status(504)) });
    stage.run_on();
    assert!(ours(&stage).is_empty());
    run_to_end(settle(&stage.systems, &stage.journal, &rma, "Jo", "paid by bank transfer")).unwrap();
    for _ in 0..4 {
        stage.shop.wait(minutes(30));
        drop(stage.run_unchecked());
    }
    assert!(ours(&stage).is_empty(), "refunded after a person settled it: {:?}", ours(&stage));
}

#[test]
fn a_refund_that_was_not_sent_is_not_sent_after_staff_paid() {
    let mut wrong = vec![];
    for how in ["paid", "requested"] {
        let mut stage = gated();
        let down = Arc::new(AtomicBool::new(false));
        let flag = down.clone();
        stage.systems = stage
            .shop
            .with_shopify(stage.systems.clone(), move |inner| {
                let flag = flag.clone();
                Transport::new(tower::service_fn(move |request: Request<Bytes>| {
                    let (inner, flag) = (inner.clone(), flag.clone());
                    async move {
                        let refund = String::from_utf8_lossy(request.body()).contains("refundCreate");
                        if refund && flag.load(Ordering::SeqCst) {
                            return Err(TransportErrorKind::NotConnected.because("connection refused"));
                        }
                        inner.send(request).await
                    }
                }))
            })
            .unwrap();
        let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
        let rma = stage.returned("EX1", [shirt()]);
        down.store(true, Ordering::SeqCst);
        stage.run_on();
        down.store(false, Ordering::SeqCst);
        if how == "paid" {
            stage.shop.refunded_online(&rma, "EX1", d("24.00")).unwrap();
        } else {
            stage.shop.returngo.staff_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
        }
        for _ in 0..3 {
            stage.shop.wait(hours(1));
            drop(stage.run_unchecked());
        }
        if !ours(&stage).is_empty() {
            wrong.push(format!("{how}: {}", stage.shop.shopify.refund_total_paid(order)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_refund_adopted_for_the_return_settles_it() {
    let stage = gated();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.run_on();
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.received(&rma).unwrap();
    stage.run_on();
    stage.shop.wait(hours(30));
    stage.run_on();
    run_to_end(adopt(
        &stage.systems,
        &stage.journal,
        Adopt::RefundOfReturn(refund, rma.clone()),
        "Jo",
        "it is the refund of this RMA",
    ))
    .unwrap();
    stage.shop.wait(minutes(30));
    stage.run_on();
    assert!(ours(&stage).is_empty(), "paid {} for one shirt", stage.shop.shopify.refund_total_paid(order));
}

#[test]
fn a_refund_adopted_for_the_return_takes_it_off_the_work_list() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    drop(stage.run_until_quiet());
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.wait(hours(1));
    stage.run_on();
    run_to_end(adopt(
        &stage.systems,
        &stage.journal,
        Adopt::RefundOfReturn(refund, rma.clone()),
        "Jo",
        "it paid this return",
    ))
    .unwrap();
    stage.shop.wait(hours(1));
    let r = stage.run();
    assert!(r.work_list.is_empty(), "asks staff to pay again");
}

#[test]
fn a_refund_adopted_earlier_does_not_let_a_return_be_paid() {
    for gate in [RefundGate::WorkList, RefundGate::ShopifyRefund] {
        let mut stage = Stage::online();
        stage.policy.refund_gate = gate;
        let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
        stage.run_on();
        let l = stage.line_of("EX1", "SHIRT-M");
        let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
        stage.shop.wait(hours(1));
        stage.run_on();
        run_to_end(adopt(
            &stage.systems,
            &stage.journal,
            Adopt::Refund(refund),
            "Jo",
            "shirt refunded, customer sends it back",
        ))
        .unwrap();
        stage.run_on();
        stage.returned("EX1", [shirt()]);
        stage.shop.wait(hours(1));
        let report = stage.run();
        assert!(
            ours(&stage).is_empty() && report.work_list.is_empty(),
            "{gate:?}: released or paid beside an adopted refund of the line; total {}",
            stage.shop.shopify.refund_total_paid(order)
        );
    }
}

#[test]
fn a_refund_by_returngos_app_is_not_paid_again() {
    for known in [true, false] {
        let mut stage = gated();
        if !known {
            stage.policy.returngo_app = None;
        }
        let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
        let rma = stage.approved("EX1", [shirt()]);
        stage.run_on();
        let l = stage.line_of("EX1", "SHIRT-M");
        stage.shop.shopify.app_refund(SandboxApp::returngo(), order, &[(l, 1)], None).unwrap();
        stage.shop.received(&rma).unwrap();
        stage.run_on();
        stage.shop.wait(hours(30));
        stage.run_on();
        assert!(
            ours(&stage).is_empty(),
            "known {known}: paid {} for one shirt",
            stage.shop.shopify.refund_total_paid(order)
        );
    }
}

#[test]
fn what_returngo_calls_failed_and_the_shop_has_paid_is_not_paid_again() {
    let stage = gated();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.run_on();
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.app_refund(SandboxApp::returngo(), order, &[(l, 1)], None).unwrap();
    let t =
        stage.shop.returngo.staff_refund_as(&rma, &stage.shop.units(&rma), d("24.00"), &refund.to_string()).unwrap();
    stage.shop.returngo.settle_refund(&t, false).unwrap();
    stage.shop.received(&rma).unwrap();
    for _ in 0..3 {
        stage.shop.wait(hours(30));
        drop(stage.run_unchecked());
    }
    assert!(ours(&stage).is_empty(), "paid {} for one shirt", stage.shop.shopify.refund_total_paid(order));
}

#[test]
fn staff_are_not_asked_to_pay_what_returngos_app_has_paid() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.run_on();
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.app_refund(SandboxApp::returngo(), order, &[(l, 1)], None).unwrap();
    stage.shop.received(&rma).unwrap();
    for _ in 0..3 {
        stage.shop.wait(hours(30));
        stage.run_on();
    }
    let r = stage.run();
    assert!(r.work_list.is_empty(), "staff are asked to pay what ReturnGO's app has paid");
}

#[test]
fn a_lost_journal_does_not_pay_again() {
    let mut stage = gated();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    stage.returned("EX1", [shirt()]);
    drop(stage.run_until_quiet());
    assert_eq!(ours(&stage).len(), 1);
    stage.journal = MemoryJournal::new();
    stage.policy.accept_existing = true;
    stage.shop.wait(hours(72));
    for _ in 0..3 {
        stage.shop.wait(hours(1));
        drop(stage.run_unchecked());
    }
    assert_eq!(ours(&stage).len(), 1, "paid {} for one shirt", stage.shop.shopify.refund_total_paid(order));
}

#[test]
fn an_older_journal_does_not_pay_again() {
    let mut wrong = vec![];
    for wait in [1, 72] {
        let mut stage = gated();
        let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
        stage.approved("EX1", [shirt()]);
        stage.run_on();
        let backup = stage.entries();
        let rma = stage.shop.returngo.json(&"4400123".parse::<returngo_client::RmaId>().unwrap());
        assert!(rma.is_ok());
        stage.shop.received(&"4400123".parse().unwrap()).unwrap();
        drop(stage.run_until_quiet());
        assert_eq!(ours(&stage).len(), 1);
        let restored = MemoryJournal::new();
        for entry in backup {
            run_to_end(restored.append(entry)).unwrap();
        }
        stage.journal = restored;
        stage.shop.wait(hours(wait));
        for _ in 0..3 {
            stage.shop.wait(hours(1));
            drop(stage.run_unchecked());
        }
        if ours(&stage).len() != 1 {
            wrong.push(format!("after {wait} h: paid {} for one shirt", stage.shop.shopify.refund_total_paid(order)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_lost_journal_does_not_ask_staff_to_pay_again() {
    let mut stage = gated();
    stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    stage.returned("EX1", [shirt()]);
    drop(stage.run_until_quiet());
    stage.journal = MemoryJournal::new();
    stage.policy.accept_existing = true;
    stage.policy.refund_gate = RefundGate::WorkList;
    stage.shop.wait(hours(1));
    let r = stage.run_unchecked();
    assert!(r.work_list.is_empty(), "asks staff to pay what was refunded");
}

#[test]
fn a_failed_refund_of_ours_can_be_closed() {
    let mut wrong = Vec::new();
    for way in ["settle", "pay in returngo"] {
        let stage = gated();
        stage.sold_online("EX1", &[("SHIRT-M", 1)]);
        let rma = stage.returned("EX1", [shirt()]);
        stage.shop.shopify.money_is_slow(true);
        drop(stage.run_until_quiet());
        let made = ours(&stage).pop().unwrap();
        stage.shop.shopify.settle(made.id, MoneyOutcome::Refused).unwrap();
        stage.shop.shopify.money_is_slow(false);
        stage.shop.wait(hours(24));
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["refund-failed"]);
        match way {
            "settle" => drop(run_to_end(settle(&stage.systems, &stage.journal, &rma, "Jo", "paid by bank")).unwrap()),
            _ => stage.shop.refunded(&rma, d("24.00")).unwrap(),
        }
        stage.shop.wait(hours(2));
        stage.run_on();
        stage.shop.wait(hours(2));
        let report = stage.run();
        let open = codes(&report, &rma);
        if !open.is_empty() {
            wrong.push(format!("{way}: {open:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn money_refused_after_an_adoption_is_told() {
    let stage = Stage::online();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.money_is_slow(true);
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.wait(hours(1));
    stage.run_on();
    run_to_end(adopt(&stage.systems, &stage.journal, Adopt::Refund(refund), "Jo", "goodwill")).unwrap();
    stage.shop.wait(hours(1));
    stage.run_on();
    stage.shop.shopify.settle(refund, MoneyOutcome::Refused).unwrap();
    for _ in 0..3 {
        stage.shop.wait(hours(30));
        stage.run_on();
    }
    let report = stage.run();
    assert!(
        report.exceptions.iter().any(|e| e.finding.code == Code::RefundFailed),
        "the customer never got it, told nobody"
    );
}

#[test]
fn a_request_that_returngo_never_pays_stays_on_the_work_list() {
    let mut stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    drop(stage.run_until_quiet());
    stage.shop.returngo.request_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    stage.run_on();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage.policy.returngo_refunds = ReturnGoRefunds::NotifyOnly;
    for _ in 0..4 {
        stage.shop.wait(hours(30));
        stage.run_on();
    }
    let report = stage.run();
    assert!(
        !ours(&stage).is_empty() || !report.work_list.is_empty() || !report.exceptions.is_empty(),
        "nobody pays and nobody is told"
    );
}

#[test]
fn a_refund_found_after_a_lost_answer_is_reported() {
    let stage = gated();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::ActThenLoseBody) });
    let mut told = 0;
    for _ in 0..6 {
        let r = stage.run();
        told += r.refunds_made.len();
        stage.shop.wait(minutes(10));
    }
    assert_eq!(ours(&stage).len(), 1);
    assert_eq!(told, 1, "24.00 was refunded and stands in no report as made");
}

#[test]
fn one_refund_is_told_for_one_request() {
    let mut stage = gated();
    stage.policy.returngo_refunds = ReturnGoRefunds::NotifyOnly;
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    for _ in 0..2 {
        stage.shop.returngo.request_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    }
    stage.shop.received(&rma).unwrap();
    for _ in 0..4 {
        stage.shop.wait(minutes(30));
        stage.run_on();
    }
    assert_eq!(ours(&stage).len(), 1);
    let told = stage.shop.returngo.request_log().iter().filter(|(method, ..)| method == "PUT").count();
    assert!(told <= 1, "{told} transactions called paid by one refund");
}

#[test]
fn a_request_without_units_takes_the_rma_off_the_work_list() {
    let mut stage = Stage::online();
    rewriting(&mut stage, |_, text| {
        let Ok(mut v) = serde_json::from_str::<serde_json::Value>(&text) else { return text };
        each(&mut v, &|t| {
            t.insert("returnItemIds".into(), serde_json::json!([]));
        });
        v.to_string()
    });
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    let r = stage.run_until_quiet();
    assert_eq!(r.work_list.len(), 1);
    stage.shop.returngo.staff_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    stage.shop.wait(hours(1));
    let report = stage.run();
    assert!(report.work_list.is_empty(), "staff asked for it already, and are asked to pay it again");
}

#[test]
fn a_refused_refund_goes_back_to_the_work_list_with_the_gate() {
    let mut stage = gated();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault::on("RefundCreate", How::GraphqlError("ACCESS_DENIED".into())));
    stage.run_on();
    stage.policy.refund_gate = RefundGate::WorkList;
    stage.shop.wait(hours(30));
    stage.run_on();
    stage.shop.wait(hours(300));
    let report = stage.run();
    assert!(!report.work_list.is_empty() || !codes(&report, &rma).is_empty(), "nobody is asked to pay");
}

#[test]
fn a_gate_that_is_switched_off_sends_nothing() {
    let mut stage = gated();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::Status(504)) });
    stage.run_on();
    stage.policy.refund_gate = RefundGate::WorkList;
    for _ in 0..3 {
        stage.shop.wait(hours(1));
        drop(stage.run_unchecked());
    }
    assert!(ours(&stage).is_empty(), "refunded with gate work_list");
}

#[test]
fn a_refund_in_euros_is_not_the_credit_in_pounds() {
    let mut stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    drop(stage.run_until_quiet());
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    rewriting(&mut stage, |_, text| {
        let Ok(mut v) = serde_json::from_str::<serde_json::Value>(&text) else { return text };
        each(&mut v, &|t| {
            let a = t["amount"].to_string().replace("GBP", "EUR");
            t.insert("amount".into(), serde_json::from_str(&a).unwrap());
        });
        v.to_string()
    });
    stage.shop.wait(hours(1));
    let report = stage.run();
    assert!(codes(&report, &rma).contains(&"refund-differs"), "24 EUR taken for 24 GBP");
}

#[test]
fn refunds_know_the_caps() {
    let mut stage = gated();
    stage.policy.caps.documents_per_run = 1;
    stage.policy.caps.value_per_run = Money::new(d("30"), Currency::GBP).unwrap();
    stage.policy.caps.value_per_document = Money::new(d("30"), Currency::GBP).unwrap();
    for n in 1..=5 {
        let name = format!("EX{n}");
        stage.sold_online(&name, &[("SHIRT-M", 1)]);
        let rma = stage.returned(&name, [shirt()]);
        stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    }
    stage.run_on();
    let sum: Decimal = ours(&stage).iter().map(|r| r.paid).sum();
    assert!(sum <= d("30"), "refunded {sum} in one run, allowed 30.00");
}

#[test]
fn a_resolution_changed_after_the_credit_holds_the_money() {
    let mut stage = Stage::online();
    stage.policy.store_credit = StoreCredit::CreditNote;
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    drop(stage.run_until_quiet());
    stage.rewrite(&rma, "RefundToPaymentMethod", "RefundToStoreCredit");
    stage.shop.wait(hours(1));
    let report = stage.run();
    assert!(
        report.work_list.iter().all(|p| p.store_credit),
        "asks for money where the RMA says store credit: {:?}",
        report.work_list
    );
}

#[test]
fn settling_clears_a_refused_refund() {
    let stage = gated();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault::on("RefundCreate", How::GraphqlError("ACCESS_DENIED".into())));
    stage.run_on();
    run_to_end(settle(&stage.systems, &stage.journal, &rma, "Jo", "paid by bank transfer")).unwrap();
    stage.shop.wait(hours(1));
    let report = stage.run();
    assert!(codes(&report, &rma).is_empty(), "its exceptions clear in the next run");
}

#[test]
fn a_refund_by_staff_stops_one_of_ours_that_is_open() {
    let stage = gated();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::Status(504)) });
    stage.run_on();
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    for _ in 0..3 {
        stage.shop.wait(hours(30));
        drop(stage.run_unchecked());
    }
    assert!(ours(&stage).is_empty());
}

#[test]
fn an_order_that_the_shop_hides_holds_the_money() {
    let stage = Stage::online();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let now = stage.shop.clock.clone();
    let at = returns_wire::Clock::now(&now) - chrono::TimeDelta::days(58);
    let order = ShopOrder::new("EX1").line(Shop::online_line("SHIRT-M", 2).unwrap()).created_at(at);
    let order = stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    let all = [
        "read_orders",
        "read_returns",
        "write_orders",
        "read_shopify_payments_payouts",
        "read_customers",
        "read_products",
    ];
    stage.shop.shopify.set_scopes(&all);
    let rma = stage.returned("EX1", [shirt()]);
    drop(stage.run_until_quiet());
    let l = stage.line_of("EX1", "SHIRT-M");
    stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.shop.wait(hours(1));
    let r = stage.run();
    assert!(codes(&r, &rma).contains(&"double-payment"));
    stage.shop.wait(hours(24 * 4));
    let r = stage.run();
    assert!(r.work_list.is_empty(), "asked to pay again, once the shop hides the order");
}

#[test]
fn a_watched_order_that_the_shop_hides_can_be_closed() {
    let stage = Stage::online();
    let at = returns_wire::Clock::now(&stage.shop.clock) - chrono::TimeDelta::days(58);
    let order = ShopOrder::new("EX1").line(Shop::online_line("SHIRT-M", 2).unwrap()).created_at(at);
    let order = stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    stage.shop.shopify.set_scopes(&["read_orders", "read_returns", "write_orders", "read_shopify_payments_payouts"]);
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
    stage.run_on();
    stage.shop.wait(hours(24 * 4));
    stage.run_on();
    stage.by_hand(&format!("REF{refund}"), "20.00", "4.00");
    run_to_end(adopt(&stage.systems, &stage.journal, Adopt::Refund(refund), "Jo", "ok")).unwrap();
    let mut r = stage.run();
    for _ in 0..4 {
        stage.shop.wait(hours(24));
        r = stage.run();
    }
    assert!(
        r.exceptions.iter().all(|e| e.finding.code == Code::ShopScopeMissing),
        "credited and adopted, and still open"
    );
}

#[test]
fn money_under_way_for_weeks_is_told() {
    let mut stage = Stage::online();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.returned("EX1", [shirt()]);
    stage.shop.shopify.money_is_slow(true);
    drop(stage.run_until_quiet());
    stage.shop.wait(hours(24 * 40));
    let r = stage.run();
    assert!(
        !r.exceptions.is_empty(),
        "pending for 40 days, told nobody; waits {:?}",
        r.waiting.iter().map(|w| w.wait.what.clone()).collect::<Vec<_>>()
    );
}

#[test]
fn a_refund_left_open_without_the_shop_is_told() {
    let mut stage = Stage::online();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::Status(504)) });
    stage.run_on();
    stage.policy.refund_gate = RefundGate::WorkList;
    stage.systems.shopify = None;
    stage.shop.wait(hours(24 * 10));
    let r = stage.run();
    assert!(
        !r.exceptions.is_empty() || !r.work_list.is_empty(),
        "nobody told; waits {:?}",
        r.waiting.iter().map(|w| (w.wait.whose, w.wait.what.clone())).collect::<Vec<_>>()
    );
}
