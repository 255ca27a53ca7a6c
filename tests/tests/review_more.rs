//! Review: more.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unused_imports, dead_code, unused_must_use, reason = "a test fails by panicking")]

mod common;

use common::{Stage, Wiring, book, codes, contains_all, d, exception, facts, hours, item, line, minutes, released, shirt, shirts};
use bytes::Bytes;
use http::{Request, Response};
use returngo_client::sandbox::{NewRma, Verdict};
use returns_examples::{SHOP, Shop};
use returns_sync::{
    exception::{Code, Owner},
    journal::{Event, MemoryJournal},
    policy::{RefundGate, ReturnGoRefunds, OrdersNotInSage, StoreCredit},
    run::{Adopt, Mode, adopt, settle},
};
use returns_tests::run_to_end;
use returns_wire::{Transport, TransportErrorKind, sandbox::in_process};
use rust_decimal::Decimal;
use shopify_returns::sandbox::{Fault, How, MoneyOutcome, NewOrder as ShopOrder, RefundRow, Restock, SandboxApp};
use std::sync::{Arc, atomic::{AtomicBool, Ordering}};

fn stage() -> Stage {
    let mut stage = Stage::online();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage
}
fn ours(stage: &Stage) -> Vec<RefundRow> {
    let ours = |row: &RefundRow| row.app.as_ref().is_some_and(|app| app.id == SandboxApp::ours().id);
    stage.shop.shopify.refunds().into_iter().filter(ours).collect()
}
fn credited(stage: &Stage) -> Decimal {
    stage.shop.sage.ledger().iter().filter(|r| r.gross < Decimal::ZERO).map(|r| -r.gross).sum()
}
fn show(report: &returns_sync::run::RunReport) {
    for e in &report.exceptions {
        eprintln!("  EX {} rma {:?} subj {:?}: {}", e.finding.code, e.finding.rma, e.finding.subject, e.finding.facts);
    }
    for w in &report.waiting { eprintln!("  WAIT {} {:?} {}", w.rma, w.wait.whose, w.wait.what); }
    for w in &report.work_list { eprintln!("  WORK {} {}", w.rma, w.gross); }
    for w in &report.posted { eprintln!("  POSTED {} {:?}", w.second_reference, w.gross); }
    eprintln!("  --");
}

/// H2: connection refused for the refund, then staff pay in ReturnGO.
#[test]
fn h2_a_refund_not_sent_is_not_sent_after_staff_paid() {
    let mut wrong = vec![];
    for how in ["paid", "requested"] {
        let mut stage = stage();
        let down = Arc::new(AtomicBool::new(false));
        let flag = down.clone();
        stage.systems = stage.shop.with_shopify(stage.systems.clone(), move |inner| {
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
        }).unwrap();
        let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
        let rma = stage.returned("EX1", [shirt()]);
        down.store(true, Ordering::SeqCst);
        show(&stage.run());
        down.store(false, Ordering::SeqCst);
        if how == "paid" { stage.shop.refunded_online(&rma, "EX1", d("24.00")).unwrap(); }
        else { stage.shop.returngo.staff_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap(); }
        for _ in 0..3 { stage.shop.wait(hours(1)); show(&stage.run_unchecked()); }
        for e in stage.events() { if let Event::RefundEnded { outcome, .. } = e { eprintln!("{outcome:?}"); } }
        if !ours(&stage).is_empty() { wrong.push(format!("{how}: {}", stage.shop.shopify.refund_total_paid(order))); }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// H4b: ReturnGO calls its payment failed, the shop has made it.
#[test]
fn h4b_failed_in_returngo_paid_in_the_shop() {
    let stage = stage();
    let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.run_on();
    let l = stage.line_of("EX1", "SHIRT-M");
    let refund = stage.shop.shopify.app_refund(SandboxApp::returngo(), order, &[(l, 1)], None).unwrap();
    let t = stage.shop.returngo.staff_refund_as(&rma, &stage.shop.units(&rma), d("24.00"), &refund.to_string()).unwrap();
    stage.shop.returngo.settle_refund(&t, false).unwrap();
    stage.shop.received(&rma).unwrap();
    for _ in 0..3 { stage.shop.wait(hours(30)); show(&stage.run_unchecked()); }
    assert!(ours(&stage).is_empty(), "paid {} for one shirt", stage.shop.shopify.refund_total_paid(order));
}

/// H21: settled as credited by hand; then a second RMA of the only unit.
#[test]
fn h21_settled_unit_and_second_rma() {
    let stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.by_hand(&format!("RMA {rma}"), "20.00", "4.00");
    stage.run_on();
    run_to_end(settle(&stage.systems, &stage.journal, &rma, "Jo", "credited by hand")).unwrap();
    stage.returned("EX1", [shirt()]);
    for _ in 0..2 { stage.shop.wait(hours(3)); show(&stage.run()); }
    assert!(credited(&stage) <= d("24.00"), "credited {}", credited(&stage));
}
/// H21b: settled before we accepted.
#[test]
fn h21b_settled_unit_and_second_rma() {
    let stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.run_on();
    let rma = stage.returned("EX1", [shirt()]);
    stage.by_hand("GOODWILL 1", "20.00", "4.00");
    run_to_end(settle(&stage.systems, &stage.journal, &rma, "Jo", "credited by hand")).unwrap();
    stage.run_on();
    stage.returned("EX1", [shirt()]);
    for _ in 0..2 { stage.shop.wait(hours(3)); show(&stage.run()); }
    assert!(credited(&stage) <= d("24.00"), "credited {}", credited(&stage));
}

/// H30: adopted as goodwill; a month later the shirt comes back.
#[test]
fn h30_adopted_goodwill_then_rma() {
    for gate in [RefundGate::WorkList, RefundGate::ShopifyRefund] {
        let mut stage = Stage::online();
        stage.policy.refund_gate = gate;
        let order = stage.sold_online("EX1", &[("SHIRT-M", 2)]);
        stage.run_on();
        let l = stage.line_of("EX1", "SHIRT-M");
        let refund = stage.shop.shopify.staff().refund(order, &[(l, 1)], Restock::No).unwrap();
        stage.shop.wait(hours(1));
        show(&stage.run());
        run_to_end(adopt(&stage.systems, &stage.journal, Adopt::Refund(refund), "Jo", "shirt refunded, customer sends it back")).unwrap();
        stage.run_on();
        stage.returned("EX1", [shirt()]);
        stage.shop.wait(hours(1));
        let report = stage.run();
        show(&report);
        assert!(ours(&stage).is_empty() && report.work_list.is_empty(), "{gate:?}: released or paid beside an adopted refund of the line; total {}", stage.shop.shopify.refund_total_paid(order));
    }
}

/// H47: the gate is switched off while a refund is open.
#[test]
fn h47_gate_switched_off() {
    let mut stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.returned("EX1", [shirt()]);
    stage.shop.shopify.fail_next(Fault { times: 3, ..Fault::on("RefundCreate", How::Status(504)) });
    stage.run_on();
    stage.policy.refund_gate = RefundGate::WorkList;
    for _ in 0..3 { stage.shop.wait(hours(1)); show(&stage.run_unchecked()); }
    assert!(ours(&stage).is_empty(), "refunded with gate work_list");
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
        for t in list { f(t.as_object_mut().unwrap()); }
    }
}

/// H15: transactions that name no units.
#[test]
fn h15_unitless_request_takes_it_off_the_work_list() {
    let mut stage = Stage::online();
    rewriting(&mut stage, |_, text| {
        let Ok(mut v) = serde_json::from_str::<serde_json::Value>(&text) else { return text };
        each(&mut v, &|t| { t.insert("returnItemIds".into(), serde_json::json!([])); });
        v.to_string()
    });
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    let r = stage.run_until_quiet();
    assert_eq!(r.work_list.len(), 1);
    stage.shop.returngo.staff_refund(&rma, &stage.shop.units(&rma), d("24.00")).unwrap();
    stage.shop.wait(hours(1));
    let report = stage.run();
    show(&report);
    assert!(report.work_list.is_empty(), "staff asked for it already, and are asked to pay it again");
}
/// H15b: a closed RMA, refunded again without units.
#[test]
fn h15b_unitless_second_refund_after_close() {
    for unitless in [false, true] {
    let mut stage = Stage::online();
    rewriting(&mut stage, move |_, text| {
        let Ok(mut v) = serde_json::from_str::<serde_json::Value>(&text) else { return text };
        if unitless { each(&mut v, &|t| { t.insert("returnItemIds".into(), serde_json::json!([])); }); }
        v.to_string()
    });
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.run_until_quiet();
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    stage.shop.returngo.mark_done(&rma).unwrap();
    stage.run_until_quiet();
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    stage.shop.wait(hours(1));
    let report = stage.run();
    show(&report);
    assert!(!report.exceptions.is_empty(), "unitless {unitless}: refunded twice, told nobody");
    }
}
/// H25: foreign currency
#[test]
fn h25_a_refund_in_euros_is_not_the_credit_in_pounds() {
    let mut stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    stage.run_until_quiet();
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    let body = stage.shop.returngo.json(&rma).unwrap();
    eprintln!("{}", &body[body.find("\"transactions\"").unwrap()..].chars().take(700).collect::<String>());
    rewriting(&mut stage, |_, text| {
        let Ok(mut v) = serde_json::from_str::<serde_json::Value>(&text) else { return text };
        each(&mut v, &|t| { let a = t["amount"].to_string().replace("GBP", "EUR"); t.insert("amount".into(), serde_json::from_str(&a).unwrap()); });
        v.to_string()
    });
    stage.shop.wait(hours(1));
    let report = stage.run();
    show(&report);
    for e in &report.exceptions { eprintln!("{} {} NEXT {}", e.finding.code, e.title, e.next_step); }
    assert!(codes(&report, &rma).contains(&"refund-differs"), "24 EUR taken for 24 GBP");
}

/// H40: split payments follow the suggestion.
#[test]
fn h40_split_payment() {
    let stage = stage();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let order = ShopOrder::new("EX1").line(Shop::online_line("SHIRT-M", 2).unwrap()).split_payment(d("10.00"));
    stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    stage.returned("EX1", [shirt()]);
    show(&stage.run_until_quiet());
    for e in stage.events() { if let Event::RefundIntended { intent, .. } = e { eprintln!("{:?}", intent.payments); } }
}

/// H52: AtRedemption then money
#[test]
fn h52_resolution_changed_after_credit() {
    let mut stage = Stage::online();
    stage.policy.store_credit = StoreCredit::CreditNote;
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt()]);
    let r = stage.run_until_quiet();
    show(&r);
    stage.rewrite(&rma, "RefundToPaymentMethod", "RefundToStoreCredit");
    stage.shop.wait(hours(1));
    let report = stage.run();
    show(&report);
    assert!(report.work_list.iter().all(|p| p.store_credit) , "asks for money where the RMA says store credit: {:?}", report.work_list);
}
