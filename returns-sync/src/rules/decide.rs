use super::{
    Decision, Facts, Needs, Standing, Step, Wait,
    exchanges::released,
    refunds,
    returns_waiting::is_expected,
    units::{self, UnitState},
};
use crate::{
    exception::{Code, Finding, Owner},
    journal::{CoveredUnit, Credit, CreditStage, Disposition, RefundStage, RunId},
    policy::{Exchanges, Policy, ReceiptProof, Route},
};
use chrono::{DateTime, TimeDelta, Utc};
use returngo_client::{Inspection, Item, ReturnedItemId, RmaStatus};
use returns_wire::{Currency, Money};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// An RMA that is Done with units open is watched for this long after that was first seen: they may come yet.
const WATCH_FINISHED: TimeDelta = TimeDelta::days(60);

/// Approved and not called off: the statuses at which goods are credited and refunds released.
pub(crate) fn is_running(status: &RmaStatus) -> bool {
    matches!(status, RmaStatus::Approved | RmaStatus::Received | RmaStatus::Validated | RmaStatus::Done)
}

/// What has to be read from Sage before this RMA can be decided.
pub fn needs(facts: &Facts<'_>, policy: &Policy) -> Needs {
    let record = facts.record();
    if record.baseline || (record.is_empty() && facts.rma.created_at.is_none_or(|at| at < policy.go_live)) {
        return Needs::NOTHING;
    }
    let settled = |stage: &CreditStage| matches!(stage, CreditStage::ReadBack { .. } | CreditStage::Abandoned);
    let taken = |credit: &Credit| matches!(credit.stage, CreditStage::Posted { .. });
    let open = record.credits.iter().any(|it| !settled(&it.stage) && (taken(it) || !record.is_settled(it)));
    let unreleased = !refunds::to_release(facts, policy).is_empty();
    let running = is_running(facts.rma.status());
    let states = || facts.rma.items.iter().map(|item| units::state_of(facts, policy, item));
    let due = running && states().any(|state| matches!(state, UnitState::Due(_)));
    let awaiting = running && states().any(|state| matches!(state, UnitState::Awaiting));
    let received = |item: &Item| units::received(facts, policy, item).is_some();
    // A unit that this version does not handle may be credited by hand.
    let by_hand = running && facts.rma.items.iter().any(|i| !record.covers(&i.returned_item_id) && received(i));
    // What is released and not paid may have been taken back in Sage since.
    let unpaid = |unit: &CoveredUnit<'_>| record.released.contains(unit.unit) && !record.refunded.contains(unit.unit);
    let unpaid = record.credited().iter().any(|covered| covered.ours && unpaid(covered));
    let prepared = record.uncredited_returns().next().is_some() || record.returns.iter().any(|of| of.change.is_some());
    // Before a return is prepared, Sage is searched for one that somebody else has entered.
    let to_prepare = awaiting && policy.route == Route::SalesReturn;
    let late = record.credited_after_settling().next().is_some();
    let documents = late || by_hand || open || prepared || to_prepare || unreleased || unpaid;
    let told = record.validations.iter().any(|told| !told.units.iter().all(|unit| record.refunded.contains(unit)));
    let refunding = record.refunds.iter().any(|refund| {
        refund.stage != RefundStage::Abandoned && !refund.intent.units.iter().all(|u| record.refunded.contains(u))
    });
    let order = due || (awaiting && record.expected.is_none());
    let exchanges = released(facts.rma).any(|(order, _)| {
        order.and_then(|order| record.exchange(order)).is_some_and(|exchange| exchange.shipped.is_none())
    }) && !facts.rma.items.iter().all(|item| record.settled.contains(&item.returned_item_id));
    // Its order is entered only after the credit notes are read again.
    let to_enter = exchanges
        && policy.exchanges == Exchanges::Create
        && record.exchanges.iter().any(|exchange| exchange.in_sage.is_none())
        && record.credited().iter().any(|covered| covered.exchanged);
    // A refund of ours is sent again only after its credit note is read again.
    let documents = documents || refunding || told || to_enter;
    Needs { order, documents, exchanges, shop_refunds: due || unreleased || unpaid || refunding }
}

/// Decides the next step for one RMA. Pure: the same facts, policy and time give the same decision.
///
/// `run` tells an attempt of this run from those of earlier ones.
pub fn decide(facts: &Facts<'_>, policy: &Policy, run: RunId, now: DateTime<Utc>) -> Decision {
    let (findings, waits, perhaps_paid) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut deciding = Deciding { facts, policy, run, now, findings, waits, perhaps_paid };
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
    /// Units that a refund past ReturnGO, or ours beside one of ReturnGO's, may have paid already.
    pub(super) perhaps_paid: BTreeSet<ReturnedItemId>,
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
            Some(at) if at < self.policy.go_live && record.is_empty() => {
                return (Some(Step::SeeBaseline), Standing::Baseline);
            }
            Some(_) => {}
            None => {
                self.find(Code::RmaUnreadable, Vec::new(), "ReturnGO does not say when it was created".to_owned());
                return (None, Standing::Held);
            }
        }
        if rma.items.is_empty() {
            self.find(Code::RmaUnreadable, Vec::new(), "ReturnGO shows no items for it".to_owned());
            return (None, Standing::Held);
        }
        if let Some(step) = self.see_finished() {
            return (Some(step), Standing::Done);
        }
        self.watch_refunds();
        self.watch_shop();
        self.watch_credited();
        self.watch_settled();
        if let Some(next) = self.settle() {
            return next;
        }
        if let Some(next) = self.settle_returns() {
            return next;
        }
        if let Some(next) = self.exchanges() {
            return next;
        }
        if let Some(next) = self.settle_refunds() {
            return next;
        }
        if let Some(next) = self.settle_validations() {
            return next;
        }
        let paid = refunds::newly_paid(self.facts, self.policy);
        if !paid.is_empty() {
            return (Some(Step::SeeRefund(paid)), Standing::AwaitingRefund);
        }
        if let Some(next) = self.report_refunds() {
            return next;
        }
        if matches!(rma.status(), RmaStatus::Rejected | RmaStatus::Canceled) {
            return self.cancelled();
        }
        if let Some(step) = is_running(rma.status()).then(|| self.release()).flatten() {
            return (Some(step), Standing::AwaitingRefund);
        }
        match rma.status() {
            RmaStatus::Pending => {
                self.wait_until(Some(Owner::CustomerService), "the request to be approved".to_owned(), None);
                (None, Standing::AwaitingApproval)
            }
            RmaStatus::Approved | RmaStatus::Received | RmaStatus::Validated | RmaStatus::Done => self.running(),
            other => {
                self.find(Code::RmaStatusUnknown, Vec::new(), format!("the status is {:?}", other.as_str()));
                (None, Standing::Held)
            }
        }
    }

    /// Refunds that should not be there yet, or not with that amount.
    fn watch_refunds(&mut self) {
        let mut odd = refunds::odd(self.facts, self.policy, self.now);
        odd.extend(refunds::beside_ours(self.facts, self.policy));
        for refund in &odd {
            if refund.code == Code::DoublePayment {
                self.perhaps_paid.extend(refund.units.iter().cloned());
            }
            self.find(refund.code, refund.units.clone(), refund.text.clone());
        }
        for finding in &mut self.findings {
            let amounts = odd.iter().filter(|refund| refund.code == finding.code).filter_map(|refund| refund.amount);
            let sum = amounts.map(Ok).reduce(|sum, amount| sum?.checked_add(amount?));
            finding.money_at_risk = sum.and_then(Result::ok).or(finding.money_at_risk);
        }
    }

    /// Credited units whose refund must not be paid as things stand in ReturnGO. Looked at before anything else: what is
    /// under way for other units must not hide it.
    fn watch_credited(&mut self) {
        let facts = self.facts;
        self.changed();
        let status = facts.rma.status();
        if is_running(status) {
            return;
        }
        let record = facts.record();
        let credited = record.credited();
        let unpaid = credited
            .iter()
            .filter(|covered| (covered.ours || covered.exchanged) && !record.refunded.contains(covered.unit));
        let unpaid: Vec<_> = unpaid.map(|covered| covered.unit.clone()).collect();
        if !unpaid.is_empty() {
            let text = format!("the RMA is {}, and units of it are credited", status.as_str());
            self.find(Code::CancelledAfterCredit, unpaid, text);
        }
    }

    /// Cancelled or rejected, which staff may undo. Nothing is released; what is there or credited is told.
    fn cancelled(&mut self) -> Next {
        let facts = self.facts;
        let status = facts.rma.status().as_str();
        let here = |item: &&Item| match units::state_of(facts, self.policy, item) {
            UnitState::Due(_) => true,
            UnitState::Awaiting => units::arrived(facts.rma, item),
            UnitState::Unsupported(..) => units::received(facts, self.policy, item).is_some(),
            UnitState::Covered | UnitState::NotReturned => false,
        };
        let mut here: Vec<_> = facts.rma.items.iter().filter(here).map(|item| item.returned_item_id.clone()).collect();
        here.extend(self.received_on_returns());
        if !here.is_empty() {
            self.find(Code::CancelledAfterReceipt, here, format!("the RMA is {status}"));
        }
        if !self.findings.is_empty() {
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
        let (mut due, mut awaiting, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        let (mut not_returned, mut by_hand) = (0usize, false);
        for item in &facts.rma.items {
            match units::state_of(facts, self.policy, item) {
                UnitState::Covered if is_expected(facts, item) => expected.push(item),
                UnitState::Covered => {}
                UnitState::Due(disposition) => due.push((item, disposition)),
                UnitState::Awaiting => awaiting.push(item),
                UnitState::NotReturned => not_returned += 1,
                UnitState::Unsupported(code, why) => {
                    by_hand |= units::received(facts, self.policy, item).is_some();
                    self.find(code, vec![item.returned_item_id.clone()], why);
                }
            }
        }
        if let Some(step) = self.inspections(&awaiting, &expected) {
            return (Some(step), Standing::AwaitingInspection);
        }
        let expecting = !awaiting.is_empty() && facts.record().expected.is_none();
        let to_value = !due.is_empty() || by_hand || expecting;
        if let Some(step) = to_value.then(|| self.credit(&due, &awaiting)).flatten() {
            return (Some(step), Standing::Crediting);
        }
        self.rest(&due, &awaiting, not_returned)
    }

    /// Units whose parcel is there and that nobody has inspected: those on no sales return, and those on one.
    fn inspections(&mut self, awaiting: &[&'f Item], expected: &[&'f Item]) -> Option<Step> {
        let facts = self.facts;
        let mut here: Vec<_> = awaiting.iter().chain(expected).filter(|i| units::arrived(facts.rma, i)).collect();
        if here.is_empty() {
            return None;
        }
        let Some(seen) = facts.record().parcel_seen else { return Some(Step::SeeParcel) };
        // Where Sage proves the receipt, nobody need inspect in ReturnGO.
        here.retain(|item| units::received(facts, self.policy, item).is_none());
        if here.is_empty() || self.policy.receipt_proof == ReceiptProof::SageGoodsIn {
            return None;
        }
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
        let credited = record.credited();
        let ours = || credited.iter().filter(|covered| covered.ours && !record.refunded.contains(covered.unit));
        let asked = refunds::asked_for(facts, self.policy);
        let in_shop = |unit: &ReturnedItemId| record.refund_of(unit).is_some();
        let to_pay = |covered: &&CoveredUnit<'_>| {
            let elsewhere = in_shop(covered.unit) || record.validated(covered.unit).is_some();
            record.released.contains(covered.unit) && !asked.contains(covered.unit) && !elsewhere
        };
        let unpaid: Vec<_> = ours().filter(to_pay).collect();
        // Nobody is asked to pay what an exception says must not be paid.
        let forbidden = self.findings.iter().any(|finding| finding.code.forbids_payment());
        if !unpaid.is_empty() && !forbidden {
            let gross = unpaid.iter().map(|covered| covered.gross).sum::<Decimal>();
            let (currency, count) = (self.policy.currency, unpaid.len());
            let what = format!("the released refund of {gross} {currency} for {count} unit(s) to be paid");
            self.wait_until(Some(Owner::CustomerService), what, None);
        }
        self.wait_for_refused(&credited);
        let told = |covered: &&CoveredUnit<'_>| in_shop(covered.unit) || record.validated(covered.unit).is_some();
        let refunding = ours().filter(told).count();
        let under_way = ours().filter(|covered| asked.contains(covered.unit)).count();
        if under_way > 0 {
            self.wait_until(None, format!("a refund that was asked for to be paid, {under_way} unit(s)"), None);
        }
        // Credited by hand, and not valued by us: whether and what to refund is for a person to say.
        let theirs = refunds::of_others(facts, self.policy);
        if theirs > 0 {
            let what =
                format!("the refund of {theirs} unit(s) credited by hand to be decided and paid, or the RMA settled");
            self.wait_until(Some(Owner::CustomerService), what, None);
        }
        self.overdue(due);
        let on_returns = self.rest_returns();
        if !due.is_empty() || !refunds::to_release(facts, self.policy).is_empty() {
            return (None, Standing::Held);
        }
        if let Some(standing) = on_returns {
            return (None, standing);
        }
        let done = *facts.rma.status() == RmaStatus::Done;
        let here = awaiting.iter().any(|item| units::arrived(facts.rma, item));
        if here || !awaiting.is_empty() && (!done || self.is_watched()) {
            if here {
                return (None, Standing::AwaitingInspection);
            }
            if self.findings.is_empty() && !done {
                self.wait_until(None, format!("{} unit(s) to arrive", awaiting.len()), None);
            }
            return (None, if self.findings.is_empty() { Standing::AwaitingGoods } else { Standing::Held });
        }
        if !unpaid.is_empty() || under_way + theirs + refunding > 0 {
            return (None, Standing::AwaitingRefund);
        }
        if !self.findings.is_empty() {
            return (None, Standing::Held);
        }
        if self.awaits_exchange() {
            return (None, Standing::AwaitingExchange);
        }
        // Units inspected as not there may come later, also after staff call the RMA done.
        if not_returned > 0 && (!done || self.is_watched()) {
            if !done {
                let what = format!("the RMA to be closed: {not_returned} unit(s) did not come back");
                self.wait_until(Some(Owner::CustomerService), what, None);
            }
            return (None, if done { Standing::Done } else { Standing::AwaitingGoods });
        }
        (self.close(), Standing::Done)
    }

    /// Received units that no credit note covers, for too long.
    fn overdue(&mut self, due: &[(&'f Item, Disposition)]) {
        let late = |item: &&Item| match item.inspection() {
            Inspection::Returned { at, .. } => self.now - at >= self.policy.credit_within,
            Inspection::NotInspected | Inspection::NotReturned { .. } => false,
        };
        let late: Vec<_> = due.iter().map(|(item, _)| *item).filter(late).collect();
        let inspected = late.iter().filter_map(|item| item.validation.last_validation_date).min();
        let Some(since) = inspected else { return };
        let held: Vec<_> = self.findings.iter().map(|finding| finding.code.as_str()).collect();
        let held = if held.is_empty() { "nothing that is known here".to_owned() } else { held.join(", ") };
        let text = format!("received and inspected since {}; held by {held}", since.format("%-d %B %Y %H:%M UTC"));
        self.find(Code::CreditOverdue, late.iter().map(|item| item.returned_item_id.clone()).collect(), text);
    }

    /// Notes since when the RMA is Done in ReturnGO, as far as units of it are open; a status that is left starts anew.
    fn see_finished(&self) -> Option<Step> {
        let (rma, record) = (self.facts.rma, self.facts.record());
        let done = *rma.status() == RmaStatus::Done;
        let credited = record.credited();
        let over = |item: &Item| {
            let unit = &item.returned_item_id;
            record.settled.contains(unit) || credited.iter().any(|it| it.unit == unit && !it.exchanged)
        };
        let open = !done || !rma.items.iter().all(over);
        (open && done != record.finished_since.is_some()).then_some(Step::SeeFinished(done))
    }

    /// May units of it that never came be received yet, although it is Done?
    pub(super) fn is_watched(&self) -> bool {
        self.facts.record().finished_since.is_none_or(|at| self.now - at < WATCH_FINISHED)
    }

    /// Tells something a person must see: one finding for each code, over all units it concerns.
    pub(super) fn find(&mut self, code: Code, units: Vec<ReturnedItemId>, facts: String) {
        let (rma, currency) = (self.facts.rma, self.policy.currency);
        let finding = match self.findings.iter().position(|finding| finding.code == code) {
            Some(place) => self.findings.get_mut(place),
            None => {
                self.findings.push(Finding {
                    code,
                    rma: Some(rma.id().clone()),
                    subject: None,
                    order: rma.order_name().map(str::to_owned),
                    units: Vec::new(),
                    money_at_risk: None,
                    facts: String::new(),
                });
                self.findings.last_mut()
            }
        };
        let Some(finding) = finding else { return };
        finding.units.extend(units.into_iter().filter(|unit| !finding.units.contains(unit)).collect::<Vec<_>>());
        if finding.facts.is_empty() {
            finding.facts = facts;
        } else if !finding.facts.contains(&facts) {
            finding.facts = format!("{}; {facts}", finding.facts);
        }
        finding.money_at_risk = worth(self.facts, &finding.units, currency);
    }

    pub(super) fn wait_ours(&mut self, what: String, until: Option<DateTime<Utc>>) {
        self.wait_until(None, what, until);
    }

    pub(super) fn wait_for(&mut self, whose: Owner, what: String) {
        self.wait_until(Some(whose), what, None);
    }

    pub(super) fn wait_until(&mut self, whose: Option<Owner>, what: String, until: Option<DateTime<Utc>>) {
        self.waits.push(Wait { whose, what, until });
    }
}

/// What was paid for the units (for all units of the RMA when none are named), as far as it can be read.
fn worth(facts: &Facts<'_>, units: &[ReturnedItemId], currency: Currency) -> Option<Money> {
    let concerned = facts.rma.items.iter().filter(|item| units.is_empty() || units.contains(&item.returned_item_id));
    concerned.map(units::paid).try_fold(Money::zero(currency), |sum, paid| sum.checked_add(paid?).ok())
}
