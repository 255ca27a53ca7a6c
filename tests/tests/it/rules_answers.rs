//! However badly or late Sage answers, and whatever it refuses: one credit note in the end.

use crate::common::{
    Stage, Wiring, cleared, codes, contains_all, d, exception, facts, hours, minutes, posted, released,
};
use returns_sync::exception::Code;
use returns_wire::TransportErrorKind;
use sage200_client::sandbox::{Fault, How, ReadLag};
use std::time::Duration;

#[test]
fn however_late_the_ledger_shows_it_there_is_one() {
    let lags = (1..=12)
        .map(ReadLag::Reads)
        .chain([1, 60, 179, 180, 181, 300, 3600].map(|s| ReadLag::For(Duration::from_secs(s))));
    for lag in lags {
        let stage = Stage::open();
        stage.shop.sage.set_ledger_read_lag(lag);
        let rma = stage.shirt_returned("EX1");
        let mut all = Vec::new();
        for _ in 0..16 {
            all.extend(released(&stage.run()));
            stage.shop.wait(minutes(10));
        }
        assert_eq!(stage.posts(), 1, "{lag:?}");
        assert_eq!(all, [(rma.to_string(), d("24.00"))], "{lag:?}");
        assert!(stage.run().exceptions.is_empty(), "{lag:?}");
    }
}

#[test]
fn a_lost_answer_and_a_late_ledger_make_one() {
    // Later than a settle time, earlier than two.
    for lag in [
        ReadLag::Reads(1),
        ReadLag::Reads(2),
        ReadLag::For(Duration::from_secs(200)),
        ReadLag::For(Duration::from_secs(350)),
    ] {
        let stage = Stage::open();
        stage.shop.sage.set_ledger_read_lag(lag);
        stage.sage_fails(How::ActThenStatus(504), 1);
        let rma = stage.shirt_returned("EX1");
        let mut all = Vec::new();
        for _ in 0..60 {
            all.extend(released(&stage.run()));
            stage.shop.wait(minutes(1));
        }
        assert_eq!(stage.posts(), 1, "{lag:?}");
        assert_eq!(all, [(rma.to_string(), d("24.00"))], "{lag:?}");
    }
}

#[test]
fn whatever_sage_answers_there_is_one_in_the_end() {
    let refuse = |status| How::Refuse { status, retry_after: None };
    let tries = [
        refuse(500),
        refuse(502),
        refuse(503),
        refuse(504),
        refuse(408),
        refuse(429),
        How::Refuse { status: 429, retry_after: Some(86_400) },
        How::ActThenStatus(500),
        How::ActThenStatus(502),
        How::ActThenStatus(504),
        How::ActThenStatus(408),
        How::ActThenStatus(429),
        How::ActThenTruncate,
        How::ActThenEmpty,
        How::ActThenWebPage(200),
        How::ActThenWebPage(502),
        How::ActThenWebPage(401),
        How::WebPage(502),
        How::WebPage(401),
        How::WebPage(403),
    ];
    for how in tries {
        for times in [1, 2] {
            let stage = Stage::open();
            let rma = stage.shirt_returned("EX1");
            stage.sage_fails(how, times);
            let mut all = Vec::new();
            for _ in 0..12 {
                all.extend(released(&stage.run()));
                stage.shop.wait(minutes(10));
            }
            stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
            assert_eq!(all, [(rma.to_string(), d("24.00"))], "{how:?} {times} times");
            assert!(stage.run().exceptions.is_empty(), "{how:?} {times} times");
        }
    }
}

/// A page with status 200 says neither that Sage has the credit note nor that it has not.
#[test]
fn a_web_page_instead_of_an_answer_is_never_sent_again_unseen() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.sage_fails(How::WebPage(200), 1);
    let mut last = stage.run();
    for _ in 0..12 {
        stage.shop.wait(minutes(10));
        last = stage.run();
    }
    assert!(last.released.is_empty() || stage.ours().len() == 1);
    if stage.ours().is_empty() {
        assert_eq!(codes(&last, &rma), ["credit-note-not-visible"]);
    }
}

#[test]
fn a_request_that_never_left_is_sent_again() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let down = returns_wire::sandbox::in_process(stage.shop.sage.router());
    let open = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let switch = open.clone();
    let transport = returns_wire::Transport::new(tower::service_fn(move |request: http::Request<bytes::Bytes>| {
        let (down, open) = (down.clone(), switch.clone());
        async move {
            let is_post = request.uri().path().ends_with("sales_credit_notes");
            if is_post && !open.load(std::sync::atomic::Ordering::SeqCst) {
                return Err(TransportErrorKind::NotConnected.because("nobody listens"));
            }
            down.send(request).await
        }
    }));
    let base = "https://sandbox.example/".parse().unwrap();
    let stage =
        Stage { systems: Wiring { sage: Some((transport, base)), ..Wiring::default() }.connect(&stage.shop), ..stage };
    let report = stage.run();
    assert!(report.released.is_empty());
    assert!(report.waiting.iter().any(|w| w.wait.what.contains("to be sent by the next run")), "{:?}", report.waiting);
    open.store(true, std::sync::atomic::Ordering::SeqCst);
    let report = stage.run();
    assert_eq!(posted(&report), [format!("RMA{rma}-1")]);
}

#[test]
fn a_read_that_fails_after_the_post_loses_nothing() {
    let stage = Stage::open();
    stage.run_on();
    let rma = stage.shirt_returned("EX1");
    // The look before the post works, nothing after it for a while.
    stage.shop.sage.set_ledger_read_lag(ReadLag::Reads(1));
    stage.run_on();
    stage.shop.sage.fail_next(Fault { times: 30, ..Fault::on_get("sales_transaction_views", How::ActThenTruncate) });
    let mut all = Vec::new();
    for _ in 0..16 {
        all.extend(released(&stage.run()));
        stage.shop.wait(minutes(10));
    }
    assert_eq!(all, [(rma.to_string(), d("24.00"))]);
    assert_eq!(stage.posts(), 1);
}

#[test]
fn refused_is_told_and_tried_again_a_day_later_under_the_same_name() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.sage_fails(How::Refuse { status: 400, retry_after: None }, 1);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["sage-refused"]);
    contains_all(
        &facts(&report, Code::SageRefused),
        &[&format!("RMA{rma}-1"), "400", "The sandbox refuses as it was told to."],
    );
    assert_eq!(exception(&report, Code::SageRefused).finding.money_at_risk.unwrap().to_string(), "24.00 GBP");
    assert_eq!(report.writes, 0);
    for wait in [1, 11, 11] {
        stage.shop.wait(hours(wait));
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["sage-refused"]);
        assert_eq!(stage.posts(), 1, "not before a day has passed");
    }
    stage.shop.wait(hours(1));
    let report = stage.run();
    assert_eq!(posted(&report), [format!("RMA{rma}-1")]);
    assert_eq!(cleared(&report, &rma), ["sage-refused"]);
    assert_eq!(stage.posts(), 2);
    assert!(stage.run_until_quiet().exceptions.is_empty());
}

#[test]
fn refused_again_and_again_is_one_exception_and_one_try_a_day() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.sage_fails(How::Refuse { status: 400, retry_after: None }, 3);
    let first = exception(&stage.run(), Code::SageRefused).since;
    for day in 1..3 {
        stage.shop.wait(hours(25));
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["sage-refused"]);
        assert_eq!(exception(&report, Code::SageRefused).since, first);
        assert_eq!(stage.posts(), day + 1);
    }
    stage.shop.wait(hours(25));
    assert_eq!(posted(&stage.run()), [format!("RMA{rma}-1")]);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
}

/// Refused by us, then credited by hand: nothing is posted when the day is over.
#[test]
fn refused_and_then_credited_by_hand_is_over() {
    for name in ["RMA {}", "RMA{}-1"] {
        let stage = Stage::open();
        let rma = stage.shirt_returned("EX1");
        stage.sage_fails(How::Refuse { status: 400, retry_after: None }, 1);
        stage.run_on();
        stage.by_hand(&name.replace("{}", rma.as_str()), "20.00", "4.00");
        stage.shop.wait(hours(25));
        let report = stage.run();
        stage.assert_ours(&[]);
        assert_eq!(stage.posts(), 1);
        assert_eq!(released(&report), [(rma.to_string(), d("24.00"))], "{name}");
        assert!(stage.run_until_quiet().exceptions.is_empty());
    }
}

#[test]
fn a_closed_period_holds_and_the_date_is_that_of_the_day_it_is_posted() {
    let stage = Stage::at("2026-03-31T10:00:00Z");
    let desktop = stage.shop.sage.desktop();
    let march = ["2026-03-01", "2026-04-01"].map(|date| date.parse().unwrap());
    desktop.close_period(march[0], march[1]).unwrap();
    let rma = stage.shirt_returned("EX1");
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["period-closed"]);
    contains_all(&facts(&report, Code::PeriodClosed), &["2026-03-31"]);
    assert_eq!((stage.posts(), report.released.len()), (0, 0));
    stage.shop.wait(hours(24));
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["period-closed"]);
    desktop.reopen_period(march[0], march[1]).unwrap();
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["period-closed"]);
    assert_eq!(report.posted[0].date.to_string(), "2026-04-01");
    assert_eq!(stage.shop.sage.ledger()[0].date.to_string(), "2026-04-01");
}

#[test]
fn a_date_frozen_before_the_period_closed_is_refused_and_not_moved() {
    let stage = Stage::at("2026-03-31T10:00:00Z");
    let rma = stage.shirt_returned("EX1");
    stage.sage_fails(How::Refuse { status: 504, retry_after: None }, 1);
    stage.run_on();
    stage.shop.sage.desktop().close_period("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap()).unwrap();
    for _ in 0..3 {
        stage.shop.wait(hours(6));
        stage.run_on();
    }
    // Sent again with the same date, refused; a day later it is a new credit note of that day.
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["sage-refused"]);
    stage.shop.wait(hours(25));
    let report = stage.run();
    assert_eq!(posted(&report), [format!("RMA{rma}-1")]);
    assert_eq!(stage.ours().len(), 1);
    assert!(report.posted[0].date.to_string().starts_with("2026-04-0"));
}

#[test]
fn a_vat_code_that_changes_before_it_is_sent_again_stops_it() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.sage_fails(How::Refuse { status: 504, retry_after: None }, 1);
    stage.run_on();
    stage.shop.sage.desktop().change_tax_rate(1, d("25")).unwrap();
    for _ in 0..4 {
        stage.shop.wait(minutes(10));
        let report = stage.run();
        assert!(report.released.is_empty());
    }
    let report = stage.run();
    assert_eq!(stage.posts(), 1);
    assert_eq!(codes(&report, &rma).len(), 1, "{:?}", report.exceptions);
    contains_all(&report.exceptions[0].finding.facts, &["20", "25", "%"]);
    // It was given up, so its number is not used again.
    stage.shop.sage.desktop().change_tax_rate(1, d("20")).unwrap();
    assert_eq!(posted(&stage.run()), [format!("RMA{rma}-2")]);
    assert_eq!(stage.ours().len(), 1);
}
