//! Refunds in the shop: those of ours, under way, and those that would pay an RMA twice.

use super::{
    RefundPlan, Release, Standing, Step,
    decide::{Deciding, Next},
    facts::ShopRefunds,
    refunds,
};
use crate::{
    exception::{Code, Owner},
    journal::{AdoptedAs, CoveredUnit, Event, RefundIntent, RefundOutcome, RefundStage, ShopRefund},
    policy::{Policy, RefundGate},
};
use chrono::{DateTime, TimeDelta, Utc};
use returngo_client::{Item, ReturnedItemId};
use returns_wire::Money;
use rust_decimal::Decimal;
use shopify_returns::{Evidence, LineItemId, Refund, RefundOrigin, Verdict};
use std::collections::BTreeMap;

/// A refused refund is tried again after this time: what it was refused for may have been put right.
const TRY_REFUSED_AGAIN: TimeDelta = TimeDelta::hours(24);

/// A refund that the gateway has not paid after this time is told.
const LONG_UNDER_WAY: TimeDelta = TimeDelta::days(10);

/// The order line of a unit, as ReturnGO names it.
pub(crate) fn shop_line(item: &Item) -> Option<LineItemId> {
    item.shop_line_item_id.as_ref()?.as_str().parse().ok()
}

impl Deciding<'_> {
    /// Refunds past ReturnGO, or twice, on the order of this RMA: nothing is paid for the units they may have paid.
    pub(super) fn watch_shop(&mut self) {
        let Some(shop) = self.facts.shop.and_then(|shop| shop.refunds.as_ref()) else { return };
        let record = self.facts.record();
        self.watch_unknown(shop);
        let twice = |verdict: &&Verdict| verdict.origin == RefundOrigin::DoublePayment || is_unnamed(verdict);
        let twice = shop.verdicts.iter().filter(twice);
        let said = |verdict: &&Verdict| self.facts.state.adopted.get(&subject(verdict));
        for verdict in twice.filter(|verdict| said(verdict) != Some(&AdoptedAs::SomethingElse)) {
            let Some(refund) = shop.read.refunds.iter().find(|refund| refund.id == verdict.refund) else { continue };
            let open = |item: &&Item| {
                let unit = &item.returned_item_id;
                !record.refunded.contains(unit) && !record.settled.contains(unit)
            };
            let may_be_paid = |item: &&Item| {
                refund.lines.items.is_empty() || shop_line(item).is_none_or(|line| refund.units_of(line) > 0)
            };
            let items = self.facts.rma.items.iter();
            let units: Vec<_> = items.filter(open).filter(may_be_paid).map(|i| i.returned_item_id.clone()).collect();
            self.perhaps_paid.extend(units.iter().cloned());
            // It may be ReturnGO's own payment, not listed yet. Nobody is waiting to pay what was asked for or is not
            // released; what staff are asked to pay is another matter.
            let asked = refunds::asked_for(self.facts, self.policy);
            let harmless = |unit: &ReturnedItemId| asked.contains(unit) || !record.released.contains(unit);
            match not_listed_yet(refund, verdict, self.policy, self.now) {
                _ if units.is_empty() => {}
                Some(until) if units.iter().all(harmless) => {
                    let what = format!("ReturnGO to list {}, or somebody to say what it is", describe(refund, verdict));
                    self.wait_ours(what, Some(until));
                }
                _ => self.find(Code::DoublePayment, units, describe(refund, verdict)),
            }
        }
    }

    /// Refunds that carry our marker for this RMA and that the journal does not know: it was lost, or is an old copy.
    fn watch_unknown(&mut self, shop: &ShopRefunds) {
        let record = self.facts.record();
        let marker = format!("{}{}/", RefundIntent::MARKER, self.facts.rma.id());
        for refund in &shop.read.refunds {
            let carries = |text: &str| refund.note.as_ref().is_some_and(|note| note.carries(text));
            let known = record
                .refunds
                .iter()
                .any(|ours| ours.stage == RefundStage::Made(Some(refund.id)) || carries(&ours.intent.marker));
            let open = |unit: &&ReturnedItemId| !record.settled.contains(*unit);
            if !carries(&marker) || known {
                continue;
            }
            let items = self.facts.rma.items.iter();
            let units: Vec<_> = items.map(|item| &item.returned_item_id).filter(open).cloned().collect();
            if !units.is_empty() {
                self.perhaps_paid.extend(units.iter().cloned());
                let text =
                    format!("refund {} on {} is ours, and this journal does not know it", refund.id, shop.read.name);
                self.find(Code::RefundUnknown, units, text);
            }
        }
    }

    /// A refund of ours is settled before a new one is made.
    pub(super) fn settle_refunds(&mut self) -> Option<Next> {
        let facts = self.facts;
        let record = facts.record();
        for refund in record.refunds.iter().filter(|refund| refund.stage != RefundStage::Abandoned) {
            let over = |unit: &ReturnedItemId| record.refunded.contains(unit) || record.settled.contains(unit);
            let paid = |unit: &ReturnedItemId| record.refunded.contains(unit);
            let units = &refund.intent.units;
            if units.iter().all(paid) {
                continue;
            }
            let Some(read) = facts.shop.and_then(|shop| shop.refunds.as_ref()) else {
                if !units.iter().all(over) {
                    let RefundIntent { number, amount, .. } = &refund.intent;
                    let text =
                        format!("refund {number} of {amount} may or may not have been made; Shopify can't be asked");
                    self.find(Code::RefundUnknown, units.clone(), text);
                }
                continue;
            };
            if let Some(next) = self.settle_refund(refund, read) {
                return Some(next);
            }
        }
        None
    }

    fn settle_refund(&mut self, refund: &ShopRefund, read: &ShopRefunds) -> Option<Next> {
        let intent = &refund.intent;
        let number = intent.number;
        let known = match refund.stage {
            RefundStage::Made(Some(id)) => read.read.refunds.iter().find(|made| made.id == id),
            _ => None,
        };
        if let Some(made) = known {
            return self.watch_made(intent, made);
        }
        let carries = |made: &&Refund| made.note.as_ref().is_some_and(|note| note.carries(&intent.marker));
        if let Some(made) = read.read.refunds.iter().find(carries) {
            return Some((Some(Step::NoteRefundMade(number, made.id)), Standing::AwaitingRefund));
        }
        // A person has said that the units need nothing more, or somebody else is paying them.
        let settled = |unit: &ReturnedItemId| self.facts.record().settled.contains(unit);
        if intent.units.iter().any(settled) {
            return self.give_up(refund, "the units are settled");
        }
        if self.policy.refund_gate != RefundGate::ShopifyRefund {
            return self.give_up(refund, "refunds are made by staff now");
        }
        let asked = refunds::asked_for(self.facts, self.policy);
        if matches!(refund.stage, RefundStage::NotSent { .. }) && intent.units.iter().any(|unit| asked.contains(unit)) {
            return self.give_up(refund, "ReturnGO was asked to pay it");
        }
        match &refund.stage {
            RefundStage::Rejected { at, message } => {
                if self.now - *at < TRY_REFUSED_AGAIN {
                    self.find(Code::RefundRefused, intent.units.clone(), message.clone());
                }
                None
            }
            RefundStage::NotSent { run, message } if *run == self.run => {
                self.wait_ours(format!("refund {number} to be sent by the next run: {message}"), None);
                Some((None, Standing::AwaitingRefund))
            }
            RefundStage::NotSent { .. } => self.resend(intent),
            RefundStage::Open | RefundStage::Made(None) => {
                let look = refund.sent_at + self.policy.settle;
                if self.now < look {
                    let what = format!("Shopify's answer to refund {number} was lost; the order is read again");
                    self.wait_ours(what, Some(look));
                    return Some((None, Standing::AwaitingRefund));
                }
                self.resend(intent)
            }
            RefundStage::Made(Some(id)) => {
                let text = format!("refund {id} was made and is not on the order any more");
                self.find(Code::RefundFailed, intent.units.clone(), text);
                None
            }
            RefundStage::Abandoned => None,
        }
    }

    /// A refund that Shopify does not show is never sent again. What may be on its way is looked for twice first.
    fn give_up(&mut self, refund: &ShopRefund, why: &str) -> Option<Next> {
        let number = refund.intent.number;
        let until = refund.sent_at + self.policy.settle * 2;
        match &refund.stage {
            RefundStage::Made(Some(_)) | RefundStage::Abandoned => return None,
            RefundStage::Open | RefundStage::Made(None) if self.now < until => {
                self.wait_ours(format!("refund {number} to be looked up in Shopify: {why}"), Some(until));
                return Some((None, Standing::AwaitingRefund));
            }
            RefundStage::Open
            | RefundStage::Made(None)
            | RefundStage::NotSent { .. }
            | RefundStage::Rejected { .. } => {}
        }
        let outcome = RefundOutcome::Abandoned { message: why.to_owned() };
        let event = Event::RefundEnded { rma: self.facts.rma.id().clone(), number, outcome };
        Some((Some(Step::Note(Box::new(event))), Standing::AwaitingRefund))
    }

    /// Where the money of a refund of ours is.
    fn watch_made(&mut self, intent: &RefundIntent, made: &Refund) -> Option<Next> {
        let record = self.facts.record();
        let open = |unit: &&ReturnedItemId| !record.refunded.contains(*unit) && !record.settled.contains(*unit);
        let unpaid: Vec<_> = intent.units.iter().filter(open).cloned().collect();
        if unpaid.is_empty() {
            return None;
        }
        let moved = match made.moved() {
            Ok(moved) => moved,
            Err(error) => {
                self.find(Code::RefundFailed, unpaid, format!("refund {}: {error}", made.id));
                return None;
            }
        };
        if moved.paid.amount() >= intent.amount.amount() {
            return Some((Some(Step::SeeRefund(unpaid)), Standing::AwaitingRefund));
        }
        let asked = refunds::asked_for(self.facts, self.policy);
        if moved.paid.is_zero() && moved.pending.is_zero() && unpaid.iter().any(|unit| asked.contains(unit)) {
            let message = "its money was refused, and ReturnGO was asked to pay".to_owned();
            let (rma, number, outcome) =
                (self.facts.rma.id().clone(), intent.number, RefundOutcome::Abandoned { message });
            let event = Event::RefundEnded { rma, number, outcome };
            return Some((Some(Step::Note(Box::new(event))), Standing::AwaitingRefund));
        }
        if made.created_at.is_some_and(|at| !moved.pending.is_zero() && self.now - at >= LONG_UNDER_WAY) {
            let since = made.created_at.unwrap_or(self.now).format("%-d %B %Y");
            let text = format!("refund {} of {}: {} is under way since {since}", made.id, intent.amount, moved.pending);
            self.find(Code::RefundUnknown, unpaid, text);
            return None;
        }
        if !moved.pending.is_zero() {
            self.wait_ours(format!("refund {} of {} to be paid by the gateway", made.id, intent.amount), None);
            return None;
        }
        let text =
            format!("refund {} of {}: {} was paid, {} refused", made.id, intent.amount, moved.paid, moved.failed);
        self.find(Code::RefundFailed, unpaid, text);
        None
    }

    /// Asks for the same refund again, under the same key. The credit note must be read anew for it.
    fn resend(&mut self, intent: &RefundIntent) -> Option<Next> {
        if intent.units.iter().any(|unit| self.perhaps_paid.contains(unit)) || !self.is_payable() {
            return None;
        }
        let release = self.release_of(&intent.units)?;
        Some((Some(Step::ResendRefund(release, intent.clone())), Standing::AwaitingRefund))
    }

    /// A refund to be made in the shop for units whose credit note stands.
    pub(super) fn refund_in_shop(&mut self, release: Release) -> Option<Step> {
        let facts = self.facts;
        let units = release.units().to_vec();
        let not_built = |deciding: &mut Self, why: &str| {
            deciding.find(Code::RefundNotBuilt, units.clone(), why.to_owned());
            None
        };
        let Some(read) = facts.shop.and_then(|shop| shop.refunds.as_ref()) else {
            return not_built(self, "the order was not read in Shopify");
        };
        let mut lines: BTreeMap<LineItemId, u32> = BTreeMap::new();
        let (mut amount, mut kept) = (Decimal::ZERO, Decimal::ZERO);
        let credited = facts.record().credited();
        for unit in &units {
            let line = facts.rma.items.iter().find(|item| item.returned_item_id == *unit).and_then(shop_line);
            let Some(line) = line else { return not_built(self, "ReturnGO names no order line for a unit") };
            *lines.entry(line).or_default() += 1;
            let gross = credited.iter().find(|covered| covered.unit == unit).map(|covered| covered.gross);
            amount += gross.unwrap_or_default();
            let fee = facts.record().values().find(|value| value.unit == *unit).and_then(|value| value.fee);
            kept += fee.map_or(Decimal::ZERO, |fee| fee.net.amount() + fee.vat.amount());
        }
        let number = facts.record().refunds.iter().map(|refund| refund.intent.number).max().unwrap_or_default() + 1;
        let money = |amount| Money::new(amount, self.policy.currency);
        let (Ok(amount), Ok(kept)) = (money(amount), money(kept)) else {
            return not_built(self, "its amount can't be added up");
        };
        let plan = RefundPlan { number, order: read.read.id, units, lines: lines.into_iter().collect(), amount, kept };
        Some(Step::RefundInShop(release, plan))
    }

    /// Credited units of ours for which no refund in the shop is under way, made, or only just refused.
    pub(super) fn without_refund(&self, unit: &ReturnedItemId) -> bool {
        self.facts.record().refund_of(unit).is_none_or(
            |refund| matches!(refund.stage, RefundStage::Rejected { at, .. } if self.now - at >= TRY_REFUSED_AGAIN),
        )
    }

    /// Tells who waits for refunds of ours that are only just refused: staff may pay them.
    pub(super) fn wait_for_refused(&mut self, covered: &[CoveredUnit<'_>]) {
        let refused = covered.iter().filter(|covered| {
            let of_it = self.facts.record().refund_of(covered.unit);
            of_it.is_some_and(|refund| matches!(refund.stage, RefundStage::Rejected { .. }))
        });
        let count = refused.count();
        if count > 0 {
            let what = format!("a refund that Shopify refused to be paid in ReturnGO, {count} unit(s)");
            self.wait_for(Owner::CustomerService, what);
        }
    }
}

/// Until when ReturnGO may still list a refund as its own payment of an open RMA; none when it is no such refund, or has
/// had its time.
pub(crate) fn not_listed_yet(
    refund: &Refund,
    verdict: &Verdict,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let until = refund.created_at? + policy.attribute_within;
    ((verdict.may_be_the_rma_itself() || is_unnamed(verdict)) && now < until).then_some(until)
}

/// Made by ReturnGO's app, with money, and named by ReturnGO for no RMA: which one it has paid is not known.
fn is_unnamed(verdict: &Verdict) -> bool {
    verdict.origin == RefundOrigin::ReturnGo
        && !verdict.evidence.contains(&Evidence::PortalNamesIt)
        && verdict.moved.promised().is_ok_and(|money| !money.is_zero())
}

/// What a refund in the shop is called where no RMA is: in exceptions, and when it is adopted.
pub(crate) fn subject(verdict: &Verdict) -> String {
    format!("refund {}", verdict.refund)
}

/// A refund in the words of somebody who looks for it in Shopify's admin.
pub(crate) fn describe(refund: &Refund, verdict: &Verdict) -> String {
    let when = refund.created_at.map_or(String::new(), |at| format!(" of {}", at.format("%-d %B %Y %H:%M UTC")));
    let moved = &verdict.moved;
    let mut money = Vec::new();
    for (amount, what) in [(moved.paid, "paid"), (moved.pending, "under way"), (moved.failed, "refused")] {
        if !amount.is_zero() {
            money.push(format!("{amount} {what}"));
        }
    }
    let money = if money.is_empty() { "no money".to_owned() } else { money.join(", ") };
    let mut why = Vec::new();
    for evidence in &verdict.evidence {
        why.push(match evidence {
            Evidence::PortalNamesIt => "ReturnGO names it".to_owned(),
            Evidence::WeKnowIt | Evidence::OurMarker => "it carries our marker".to_owned(),
            Evidence::MadeBy(app) => format!("made with {}", app.title.as_deref().unwrap_or("an app without a name")),
            Evidence::NoApp => "Shopify names no app".to_owned(),
            Evidence::NativeReturn(id) => format!("for Shopify's own return {id}"),
            Evidence::OpenRma(Some(line)) => format!("an RMA with units of line {line} is still to be refunded"),
            Evidence::OpenRma(None) => "an RMA of the order is still to be refunded".to_owned(),
            Evidence::OverRefunded { line, refunded, sold } => {
                format!("{refunded} units of line {line} are refunded, {sold} were sold")
            }
            Evidence::BeyondReceived { refunded, received } => {
                format!("{refunded} is refunded in all, {received} was received")
            }
            Evidence::OrderEdited => "the order was changed in the same minute".to_owned(),
            Evidence::OrderCancelled => "the order was cancelled".to_owned(),
            _ => continue,
        });
    }
    format!("refund {}{when}: {money}; {}", refund.id, why.join("; "))
}
