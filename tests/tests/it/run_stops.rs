//! What stops a run, what does not, and that nothing is lost either way.

use crate::common;
use crate::common::{Stage, Wiring, codes, contains_all, d, exception, facts, hours, line, posted, shirt};
use returngo_client::sandbox::FaultPlan;
use returns_sync::{
    exception::{Code, Owner},
    run::{Mode, RunError},
};
use returns_tests::run_to_end;
use returns_wire::Currency;
use sage200_client::sandbox::{Fault, How};

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
    // Two lists, the transactions, two RMAs.
    stage.systems = Wiring { returngo_calls: 5, ..Wiring::default() }.connect(&stage.shop);
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

/// With a budget for two returns a day, the third and fourth are not starved by the first and second, which wait for
/// their refund.
#[test]
fn a_run_that_stopped_early_is_taken_up_where_it_stopped() {
    let mut stage = Stage::open();
    let rmas: Vec<_> = (1..=6).map(|n| stage.shirt_returned(&format!("EX{n}"))).collect();
    for two in rmas.chunks(2) {
        stage.systems = Wiring { returngo_calls: 5, ..Wiring::default() }.connect(&stage.shop);
        let expected: Vec<_> = two.iter().map(|rma| format!("RMA{rma}-1")).collect();
        assert_eq!(posted(&stage.run()), expected);
        stage.shop.wait(hours(24));
    }
}
