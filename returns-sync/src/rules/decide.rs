use super::{
    Decision, Facts, Needs, Standing, Step, Wait, refunds,
    units::{self, UnitState},
};
use crate::{
    exception::{Code, Finding, Owner},
    journal::{CreditStage, Disposition, RunId, UnitValue},
    policy::Policy,
};
use chrono::{DateTime, TimeDelta, Utc};
use returngo_client::{Item, ReturnedItemId, RmaStatus};
use returns_wire::{Currency, Money};
use rust_decimal::Decimal;

/// A finished RMA with units that nobody inspected is watched for this long: they may be inspected yet.
const WATCH_FINISHED: TimeDelta = TimeDelta::days(60);

/// What has to be read from Sage before this RMA can be decided.
pub fn needs(facts: &Facts<'_>, policy: &Policy) -> Needs {
    let record = facts.record();
    if record.baseline || facts.rma.created_at.is_none_or(|at| at < policy.go_live) {
        return Needs::NOTHING;
    }
    let open = record.live_credits().any(|credit| !matches!(credit.stage, CreditStage::ReadBack { .. }));
    let refused = record.credits.iter().any(|credit| matches!(credit.stage, CreditStage::Rejected { .. }));
    let unreleased = !refunds::to_release(facts, record.covered()).is_empty();
    let running = matches!(
        facts.rma.status(),
        RmaStatus::Approved | RmaStatus::Received | RmaStatus::Validated | RmaStatus::Done
    );
    let states = || facts.rma.items.iter().map(|item| units::state_of(facts, item));
    let due = running && states().any(|state| matches!(state, UnitState::Due(_)));
    let awaiting = running && states().any(|state| matches!(state, UnitState::Awaiting));
    Needs { order: due || (awaiting && record.expected.is_none()), documents: due || open || refused || unreleased }
}

/// Decides the next step for one RMA. Pure: the same facts, policy and time give the same decision.
///
/// `run` tells an attempt of this run from those of earlier ones.
pub fn decide(facts: &Facts<'_>, policy: &Policy, run: RunId, now: DateTime<Utc>) -> Decision {
    let mut deciding = Deciding { facts, policy, run, now, findings: Vec::new(), waits: Vec::new() };
    let (step, standing) = deciding.next();
    Decision { step, findings: deciding.findings, waits: deciding.waits, standing }
}

pub(super) struct Deciding<'f> {
    pub(super) facts: &'f Facts<'f>,
    pub(super) policy: &'f Policy,
    pub(super) run: RunId,
    pub(super) now: DateTime<Utc>,
    pub(super) findings: Vec<Finding>,
    waits: Vec<Wait>,
}

/// The next step, and where the RMA stands.
pub(super) type Next = (Option<Step>, Standing);

impl<'f> Deciding<'f> {
    fn next(&mut self) -> Next {
        let rma = self.facts.rma;
        let record = self.facts.record();
        if record.baseline {
            return (None, Standing::Baseline);
        }
        match rma.created_at {
            Some(at) if at < self.policy.go_live => return (Some(Step::SeeBaseline), Standing::Baseline),
            Some(_) => {}
            None => {
                self.find(Code::RmaUnreadable, Vec::new(), "ReturnGO does not say when it was created".to_owned());
                return (None, Standing::Held);
            }
        }
        self.watch_refunds();
        if let Some(next) = self.settle() {
            return next;
        }
        if let Some(step) = self.release() {
            return (Some(step), Standing::AwaitingRefund);
        }
        let paid = refunds::newly_paid(self.facts);
        if !paid.is_empty() {
            return (Some(Step::SeeRefund(paid)), Standing::AwaitingRefund);
        }
        match rma.status() {
            RmaStatus::Pending => {
                self.wait(Owner::CustomerService, "the request to be approved");
                (None, Standing::AwaitingApproval)
            }
            RmaStatus::Rejected | RmaStatus::Canceled => self.cancelled(),
            RmaStatus::Approved | RmaStatus::Received | RmaStatus::Validated | RmaStatus::Done => self.running(),
            other => {
                self.find(Code::RmaStatusUnknown, Vec::new(), format!("the status is {:?}", other.as_str()));
                (None, Standing::Held)
            }
        }
    }

    /// Refunds that should not be there yet.
    fn watch_refunds(&mut self) {
        for early in refunds::early(self.facts) {
            let amount = early.transaction.amount.as_ref().and_then(|amount| amount.presentment().ok());
            let text = format!(
                "transaction {} is {}{}",
                early.transaction.id,
                early.transaction.status.as_str(),
                amount.map(|amount| format!(" with {amount}")).unwrap_or_default(),
            );
            self.find(early.code, early.units, text);
            if let Some(finding) = self.findings.last_mut() {
                finding.money_at_risk = amount.or(finding.money_at_risk);
            }
        }
    }

    fn cancelled(&mut self) -> Next {
        let due: Vec<_> = self
            .facts
            .rma
            .items
            .iter()
            .filter(|item| matches!(units::state_of(self.facts, item), UnitState::Due(_)))
            .map(|item| item.returned_item_id.clone())
            .collect();
        if !due.is_empty() {
            let status = self.facts.rma.status().as_str();
            self.find(Code::CancelledAfterReceipt, due, format!("the RMA is {status}"));
            return (None, Standing::Held);
        }
        (self.close(), Standing::Cancelled)
    }

    fn close(&self) -> Option<Step> {
        let status = self.facts.rma.status();
        let nothing_open = self.findings.is_empty() && self.facts.record().closed.as_ref() != Some(status);
        nothing_open.then(|| Step::Close(status.clone()))
    }

    fn running(&mut self) -> Next {
        let facts = self.facts;
        let (mut due, mut awaiting, mut not_returned) = (Vec::new(), Vec::new(), 0usize);
        for item in &facts.rma.items {
            match units::state_of(facts, item) {
                UnitState::Covered => {}
                UnitState::Due(disposition) => due.push((item, disposition)),
                UnitState::Awaiting => awaiting.push(item),
                UnitState::NotReturned => not_returned += 1,
                UnitState::Unsupported(code, why) => self.find(code, vec![item.returned_item_id.clone()], why),
            }
        }
        if let Some(step) = self.inspections(&awaiting) {
            return (Some(step), Standing::AwaitingInspection);
        }
        let to_value = !due.is_empty() || (!awaiting.is_empty() && facts.record().expected.is_none());
        if let Some(step) = to_value.then(|| self.credit(&due, &awaiting)).flatten() {
            return (Some(step), Standing::Crediting);
        }
        self.rest(&due, &awaiting, not_returned)
    }

    /// Units whose parcel is there and that nobody has inspected.
    fn inspections(&mut self, awaiting: &[&'f Item]) -> Option<Step> {
        let rma = self.facts.rma;
        let here: Vec<_> = awaiting.iter().filter(|item| units::arrived(rma, item)).collect();
        if here.is_empty() {
            return None;
        }
        let Some(seen) = self.facts.record().parcel_seen else { return Some(Step::SeeParcel) };
        let deadline = seen + self.policy.inspect_within;
        if self.now >= deadline {
            let units = here.iter().map(|item| item.returned_item_id.clone()).collect();
            let since = seen.format("%-d %B %Y %H:%M");
            self.find(Code::ReceiptNotInspected, units, format!("the parcel is there since {since} UTC"));
        } else {
            let count = here.len();
            self.wait_until(Some(Owner::Warehouse), format!("{count} unit(s) to be inspected"), Some(deadline));
        }
        None
    }

    /// Nothing to do just now: says what is waited for and where the RMA stands.
    fn rest(&mut self, due: &[(&'f Item, Disposition)], awaiting: &[&'f Item], not_returned: usize) -> Next {
        let facts = self.facts;
        let record = facts.record();
        let released = |value: &&UnitValue| record.released.contains(&value.unit);
        let paid = |value: &&UnitValue| record.refunded.contains(&value.unit);
        let held_back = refunds::to_release(facts, record.covered());
        let unpaid: Vec<_> = record.covered().filter(|value| released(value) && !paid(value)).collect();
        if !unpaid.is_empty() {
            let gross = unpaid.iter().map(|value| value.net.amount() + value.vat.amount()).sum::<Decimal>();
            let currency = self.policy.currency;
            self.wait(
                Owner::CustomerService,
                &format!("the released refund of {gross} {currency} for {} unit(s) to be paid", unpaid.len()),
            );
        }
        let under_way = record.covered().filter(|value| !released(value) && !paid(value)).count() - held_back.len();
        if under_way > 0 {
            self.wait_until(None, format!("a refund asked for without release to be paid, {under_way} unit(s)"), None);
        }
        if !held_back.is_empty() {
            return (None, Standing::Held);
        }
        if !due.is_empty() {
            return (None, Standing::Held);
        }
        let done = *facts.rma.status() == RmaStatus::Done;
        let watched = facts.rma.created_at.is_some_and(|at| self.now - at < WATCH_FINISHED);
        if !awaiting.is_empty() && (!done || watched) {
            if awaiting.iter().any(|item| units::arrived(facts.rma, item)) {
                return (None, Standing::AwaitingInspection);
            }
            if self.findings.is_empty() && !done {
                self.wait_until(None, format!("{} unit(s) to arrive", awaiting.len()), None);
            }
            return (None, if self.findings.is_empty() { Standing::AwaitingGoods } else { Standing::Held });
        }
        if !unpaid.is_empty() || under_way > 0 {
            return (None, Standing::AwaitingRefund);
        }
        if !self.findings.is_empty() {
            return (None, Standing::Held);
        }
        // Units inspected as not there may come later, until staff call the RMA done.
        if not_returned > 0 && !done {
            self.wait(
                Owner::CustomerService,
                &format!("the RMA to be closed: {not_returned} unit(s) did not come back"),
            );
            return (None, Standing::AwaitingGoods);
        }
        (self.close(), Standing::Done)
    }

    pub(super) fn find(&mut self, code: Code, units: Vec<ReturnedItemId>, facts: String) {
        if let Some(same) = self.findings.iter_mut().find(|f| f.code == code && f.facts == facts) {
            same.units.extend(units);
            same.money_at_risk = worth(self.facts, &same.units, self.policy.currency);
            return;
        }
        self.findings.push(Finding {
            code,
            rma: Some(self.facts.rma.id().clone()),
            order: self.facts.rma.order_name().map(str::to_owned),
            money_at_risk: worth(self.facts, &units, self.policy.currency),
            units,
            facts,
        });
    }

    pub(super) fn wait(&mut self, whose: Owner, what: &str) {
        self.wait_until(Some(whose), what.to_owned(), None);
    }

    pub(super) fn wait_ours(&mut self, what: String, until: Option<DateTime<Utc>>) {
        self.wait_until(None, what, until);
    }

    fn wait_until(&mut self, whose: Option<Owner>, what: String, until: Option<DateTime<Utc>>) {
        self.waits.push(Wait { whose, what, until });
    }
}

/// What was paid for the units (for all units of the RMA when none are named), as far as it can be read.
fn worth(facts: &Facts<'_>, units: &[ReturnedItemId], currency: Currency) -> Option<Money> {
    let concerned = facts.rma.items.iter().filter(|item| units.is_empty() || units.contains(&item.returned_item_id));
    concerned.map(units::paid).try_fold(Money::zero(currency), |sum, paid| sum.checked_add(paid?).ok())
}
