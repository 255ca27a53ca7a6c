//! ReturnGO asks for refunds and pays none (its Notify-Only mode): the run pays in the shop, after the credit note, and
//! tells ReturnGO, in the form that was presumed.

use crate::common::{Stage, codes, contains_all, d, facts, hours, minutes, shirt, shirts};
use returngo_client::{
    ReportAdaptor, RmaId, TransactionId, TransactionReport,
    sandbox::{FaultPlan, NewItem, Verdict},
};
use returns_sync::{
    exception::{Code, Owner},
    journal::Event,
    policy::{RefundGate, ReturnGoRefunds},
    run::{Mode, RunReport},
};
use std::sync::Arc;

fn stage() -> Stage {
    let mut stage = Stage::online();
    stage.policy.refund_gate = RefundGate::ShopifyRefund;
    stage.policy.returngo_refunds = ReturnGoRefunds::NotifyOnly;
    stage
}

/// An order of two shirts, some of them returned, inspected, and asked to be refunded by ReturnGO.
fn asked(stage: &Stage, item: NewItem, amount: &str) -> (RmaId, TransactionId) {
    stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let rma = stage.approved("EX1", [item]);
    let transaction = stage.shop.returngo.request_refund(&rma, &stage.shop.units(&rma), d(amount)).unwrap();
    (rma, transaction)
}

/// Is the form of our words the one that ReturnGO takes?
fn takes_reports(stage: &Stage, yes: bool) {
    drop(stage.shop.returngo.clone().with_reports_accepted(yes));
}

/// Words sent to ReturnGO.
fn told(stage: &Stage) -> usize {
    stage.shop.returngo.request_log().iter().filter(|(method, ..)| method == "PUT").count()
}

fn closed(stage: &Stage) -> bool {
    stage.events().iter().any(|event| matches!(event, Event::Closed { .. }))
}

fn refunds(stage: &Stage) -> usize {
    stage.shop.shopify.refunds().len()
}

fn next(stage: &Stage) -> RunReport {
    stage.shop.wait(minutes(10));
    stage.run()
}

#[test]
fn what_returngo_asks_for_is_paid_after_the_credit_and_told() {
    let stage = stage();
    let (rma, transaction) = asked(&stage, shirt(), "24.00");
    // That it is asked for is no refund: nothing is wrong, and nothing is paid before the goods are there.
    let report = stage.run();
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    assert_eq!((refunds(&stage), told(&stage)), (0, 0));
    stage.shop.received(&rma).unwrap();
    let report = next(&stage);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    let [made] = report.refunds_made.as_slice() else { panic!("{:?}", report.exceptions) };
    let [word] = report.refunds_reported.as_slice() else { panic!("{:?}", report.exceptions) };
    assert_eq!((&word.rma, &word.transaction, Some(word.refund)), (&rma, &transaction, made.refund));
    assert_eq!(word.amount.amount(), d("24.00"));
    // ReturnGO shows it as paid, under our number: the end.
    let report = next(&stage);
    assert!(report.exceptions.is_empty() && closed(&stage), "{:?}", report.exceptions);
    assert_eq!((refunds(&stage), told(&stage)), (1, 1));
    assert!(stage.shop.returngo.json(&rma).unwrap().contains(&made.refund.unwrap().to_string()));
    assert_eq!(next(&stage).journal_entries, 0);
}

#[test]
fn one_word_speaks_for_all_units() {
    let stage = stage();
    let (rma, _) = asked(&stage, shirts(2), "48.00");
    let fit = Verdict::Returned { restockable: true };
    stage.shop.inspected(&rma, &[Some(fit.clone())]).unwrap();
    stage.run_on();
    drop(next(&stage));
    assert_eq!((refunds(&stage), told(&stage)), (1, 0), "the second unit may yet come");
    let second = stage.shop.units(&rma).pop().unwrap();
    stage.shop.returngo.inspect(&second, fit).unwrap();
    drop(next(&stage));
    drop(next(&stage));
    assert_eq!((refunds(&stage), told(&stage)), (2, 1));
    assert!(closed(&stage));
}

/// Less was refunded than ReturnGO asks for: calling that paid would be a lie.
#[test]
fn another_amount_is_not_called_paid() {
    let stage = stage();
    let (rma, _) = asked(&stage, shirts(2), "48.00");
    let missing = Verdict::NotReturned { reason: "not in the parcel".to_owned() };
    stage.shop.inspected(&rma, &[Some(Verdict::Returned { restockable: true }), Some(missing)]).unwrap();
    stage.run_on();
    let report = next(&stage);
    assert_eq!(codes(&report, &rma), ["refund-not-reported"], "{:?}", report.exceptions);
    contains_all(&facts(&report, Code::RefundNotReported), &["asks for 48.00 GBP", "24.00 was refunded"]);
    assert_eq!((refunds(&stage), told(&stage)), (1, 0));
}

#[test]
fn a_form_that_returngo_does_not_take_is_told_and_not_repeated_all_day() {
    let stage = stage();
    takes_reports(&stage, false);
    let (rma, _) = asked(&stage, shirt(), "24.00");
    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["refund-not-reported"], "{:?}", report.exceptions);
    let open = report.exceptions.iter().find(|e| e.finding.code == Code::RefundNotReported).unwrap();
    assert_eq!(open.owner, Owner::It);
    drop(next(&stage));
    assert_eq!((refunds(&stage), told(&stage), closed(&stage)), (1, 1, false));
    // The next day ReturnGO takes it.
    takes_reports(&stage, true);
    stage.shop.wait(hours(24));
    stage.run_on();
    let report = next(&stage);
    assert!(report.exceptions.is_empty() && closed(&stage), "{:?}", report.exceptions);
    assert_eq!((refunds(&stage), told(&stage)), (1, 2));
}

#[test]
fn a_lost_answer_is_read_from_the_transaction() {
    for acted in [true, false] {
        let stage = stage();
        let (rma, _) = asked(&stage, shirt(), "24.00");
        stage.shop.received(&rma).unwrap();
        let plan = FaultPlan::on("PUT", "/transaction").status(504);
        stage.returngo_fails(if acted { plan.after_acting() } else { plan });
        stage.run_on();
        assert!(!closed(&stage));
        drop(next(&stage));
        let report = next(&stage);
        assert!(report.exceptions.is_empty() && closed(&stage), "{acted}: {:?}", report.exceptions);
        assert_eq!((refunds(&stage), told(&stage)), (1, if acted { 1 } else { 2 }), "{acted}");
    }
}

/// Whoever knows what ReturnGO wants says so; what he can't say is not sent.
#[test]
fn the_form_is_the_integrators() {
    #[derive(Debug)]
    struct Nothing;
    impl ReportAdaptor for Nothing {
        fn body(&self, _: &TransactionReport) -> Result<Vec<u8>, String> {
            Err("ask ReturnGO first".to_owned())
        }
    }
    let mut stage = stage();
    stage.systems.reports = Arc::new(Nothing);
    let (rma, _) = asked(&stage, shirt(), "24.00");
    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["refund-not-reported"]);
    contains_all(&facts(&report, Code::RefundNotReported), &["ask ReturnGO first"]);
    assert_eq!((refunds(&stage), told(&stage)), (1, 0));
}

/// Staff mark it by hand: ReturnGO shows it as paid under no number, or another. Whether that is our refund, a person says.
#[test]
fn what_others_report_beside_us_is_told() {
    let stage = stage();
    takes_reports(&stage, false);
    let (rma, transaction) = asked(&stage, shirt(), "24.00");
    stage.shop.received(&rma).unwrap();
    stage.run_on();
    stage.shop.returngo.settle_refund(&transaction, true).unwrap();
    let report = next(&stage);
    assert_eq!(codes(&report, &rma), ["double-payment"], "{:?}", report.exceptions);
    contains_all(&facts(&report, Code::DoublePayment), &["Success", "our refund 1"]);
}

#[test]
fn a_plan_tells_nobody() {
    let stage = stage();
    let (rma, _) = asked(&stage, shirt(), "24.00");
    stage.shop.received(&rma).unwrap();
    takes_reports(&stage, false);
    stage.run_on();
    takes_reports(&stage, true);
    stage.shop.wait(hours(25));
    drop(stage.attempt(Mode::Plan).unwrap());
    assert_eq!(told(&stage), 1);
}

#[test]
fn somebody_must_pay() {
    let mut stage = stage();
    stage.policy.refund_gate = RefundGate::WorkList;
    let error = stage.attempt(Mode::Run).unwrap_err().to_string();
    contains_all(&error, &["returngo_refunds", "refund_gate", "shopify_refund"]);
}
