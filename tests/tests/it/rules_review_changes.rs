//! RMAs that change between the post, the read-back, the release and the payment: nothing is posted or paid for what
//! is no longer due.

use crate::common::{Stage, cleared, codes, contains_all, d, exception, facts, hours, minutes, posted, released};
use returngo_client::{RmaId, sandbox::Verdict};
use returns_sync::exception::Code;
use sage200_client::sandbox::{How, ReadLag};
use std::time::Duration;

const FIT: Verdict = Verdict::Returned { restockable: true };

fn missing() -> Verdict {
    Verdict::NotReturned { reason: "Not in the parcel".to_owned() }
}

fn inspect(stage: &Stage, rma: &RmaId, unit: usize, verdict: Verdict) {
    stage.shop.returngo.inspect(&stage.shop.units(rma)[unit], verdict).unwrap();
}

/// One shirt, credited by us ten minutes ago and not seen in the ledger then; now it can be.
fn on_its_way(stage: &Stage) -> RmaId {
    let rma = stage.shirt_returned("EX1");
    stage.shop.sage.set_ledger_read_lag(ReadLag::For(Duration::from_secs(60)));
    let report = stage.run();
    stage.shop.sage.set_ledger_read_lag(ReadLag::None);
    assert!(report.posted.is_empty() && report.released.is_empty());
    assert_eq!(stage.ours().len(), 1);
    stage.shop.wait(minutes(10));
    rma
}

/// A stage whose RMAs can still be cancelled after all units were inspected.
fn cancellable() -> Stage {
    let stage = Stage::open();
    let _same_world = stage.shop.returngo.clone().with_validated_after_inspection(false);
    stage
}

#[test]
fn not_returned_after_all_is_not_released() {
    let stage = Stage::open();
    let rma = on_its_way(&stage);
    inspect(&stage, &rma, 0, missing());
    for _ in 0..2 {
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["credited-but-changed"]);
        contains_all(&facts(&report, Code::CreditedButChanged), &["not marked as returned"]);
        assert!(report.released.is_empty());
        stage.shop.wait(hours(1));
    }
    inspect(&stage, &rma, 0, FIT);
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["credited-but-changed"]);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    assert_eq!(stage.posts(), 1);
}

#[test]
fn switched_to_store_credit_after_the_post_is_not_released() {
    let stage = Stage::open();
    let rma = on_its_way(&stage);
    stage.rewrite(&rma, "\"RefundToPaymentMethod\"", "\"RefundToStoreCredit\"");
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["credited-but-changed"]);
    contains_all(&facts(&report, Code::CreditedButChanged), &["RefundToStoreCredit"]);
    assert!(report.released.is_empty());
    stage.shop.returngo.restore_body(&rma).unwrap();
    assert_eq!(released(&stage.run()), [(rma.to_string(), d("24.00"))]);
}

#[test]
fn changed_after_the_release_is_told_until_it_is_paid() {
    for switched in [false, true] {
        let stage = Stage::open();
        let rma = stage.shirt_returned("EX1");
        assert_eq!(stage.run().released.len(), 1);
        if switched {
            stage.rewrite(&rma, "\"RefundToPaymentMethod\"", "\"RefundToStoreCredit\"");
        } else {
            inspect(&stage, &rma, 0, missing());
        }
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["credited-but-changed"]);
        contains_all(exception(&report, Code::CreditedButChanged).next_step, &["Do not refund it"]);
        assert_eq!(stage.posts(), 1);
    }
}

/// The exception says "do not refund it"; the list of what is waited for must not ask for that very refund.
#[test]
fn what_is_changed_is_not_asked_to_be_paid() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.run_on();
    inspect(&stage, &rma, 0, missing());
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["credited-but-changed"]);
    assert!(!report.waiting.iter().any(|w| w.wait.what.contains("to be paid")), "{:?}", report.waiting);
}

#[test]
fn cancelled_between_post_and_read_back_is_not_released() {
    let stage = cancellable();
    let rma = on_its_way(&stage);
    stage.shop.returngo.cancel(&rma).unwrap();
    for _ in 0..2 {
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["cancelled-after-credit"]);
        assert!(report.released.is_empty());
        stage.shop.wait(hours(12));
    }
    stage.shop.returngo.reopen(&rma).unwrap();
    let report = stage.run();
    assert_eq!(cleared(&report, &rma), ["cancelled-after-credit"]);
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    assert_eq!(stage.posts(), 1);
}

/// The request was lost and Sage does not have the credit note. Meanwhile the RMA changes so that none is due.
fn nothing_is_sent_again(change: impl FnOnce(&Stage, &RmaId), undo: impl FnOnce(&Stage, &RmaId)) {
    let stage = cancellable();
    let rma = stage.shirt_returned("EX1");
    stage.sage_fails(How::Refuse { status: 504, retry_after: None }, 1);
    stage.run_on();
    change(&stage, &rma);
    for _ in 0..4 {
        stage.shop.wait(minutes(10));
        assert!(stage.run().released.is_empty());
    }
    stage.assert_ours(&[]);
    assert!(!codes(&stage.run(), &rma).is_empty());
    undo(&stage, &rma);
    let mut all = Vec::new();
    for _ in 0..4 {
        stage.shop.wait(minutes(10));
        all.extend(posted(&stage.run()).into_iter().map(str::to_owned));
    }
    assert_eq!((all.len(), stage.released_in_all()), (1, d("24.00")));
}

#[test]
fn lost_and_then_cancelled_is_not_sent_again() {
    nothing_is_sent_again(
        |stage, rma| stage.shop.returngo.cancel(rma).unwrap(),
        |stage, rma| stage.shop.returngo.reopen(rma).unwrap(),
    );
}

#[test]
fn lost_and_then_switched_to_store_credit_is_not_sent_again() {
    nothing_is_sent_again(
        |stage, rma| stage.rewrite(rma, "\"RefundToPaymentMethod\"", "\"RefundToStoreCredit\""),
        |stage, rma| stage.shop.returngo.restore_body(rma).unwrap(),
    );
}

#[test]
fn lost_and_then_at_an_unknown_status_is_not_sent_again() {
    nothing_is_sent_again(
        |stage, rma| {
            stage.rewrite(
                rma,
                "\"rmaSummary\":{\"rmaId\":\"4400123\",\"status\":\"Received\"",
                "\"rmaSummary\":{\"rmaId\":\"4400123\",\"status\":\"Archived\"",
            )
        },
        |stage, rma| stage.shop.returngo.restore_body(rma).unwrap(),
    );
}
