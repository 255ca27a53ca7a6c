//! Credit notes under way: found, looked up again, sent again, released.

use super::{
    DocumentFacts, Release, Standing, Step,
    credit::live_returns,
    decide::{Deciding, Next, is_running},
    documents::{Foreign, Stand, effect_of, foreign, stand},
    refunds,
    return_books::still_stands,
    units,
};
use crate::{
    exception::Code,
    journal::{Credit, CreditStage, Lookup, ReturnCredit},
    policy::RefundGate,
};
use chrono::{DateTime, TimeDelta, Utc};
use returngo_client::{Inspection, ReturnedItemId};
use sage200_client::Urn;

/// A refused credit note is tried again after this time: what it was refused for may have been put right in Sage.
pub(super) const TRY_REFUSED_AGAIN: TimeDelta = TimeDelta::hours(24);

/// What to do about a document whose answer was lost and that Sage does not show.
pub(super) enum Look {
    /// Looked twice, a settle time apart: it may be sent again.
    SendAgain,
    /// Time to look, and to note that it is not there.
    Now,
    /// Look at that time.
    At(DateTime<Utc>),
}

pub(super) fn look_again(lookup: Lookup, sent_at: DateTime<Utc>, settle: TimeDelta, now: DateTime<Utc>) -> Look {
    let next = match (lookup.first, lookup.last) {
        (Some(first), Some(last)) if last - first >= settle => return Look::SendAgain,
        (Some(first), _) => first + settle,
        (None, _) => sent_at + settle,
    };
    if now >= next { Look::Now } else { Look::At(next) }
}

fn names(urns: &[Urn]) -> String {
    urns.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

impl<'f> Deciding<'f> {
    /// An open credit note is settled before anything new is decided.
    pub(super) fn settle(&mut self) -> Option<Next> {
        let facts = self.facts;
        let credits = &facts.record().credits;
        for (position, credit) in credits.iter().enumerate() {
            // A refused credit note that was tried again is settled with the later attempt, which has its name.
            let name = &credit.intent.second_reference;
            if credits.iter().skip(position + 1).any(|later| later.intent.second_reference == *name) {
                continue;
            }
            if facts.record().is_settled(credit) {
                // Whoever settles knows of what Sage has taken: it is still read back, and nothing is told or sent.
                let taken = matches!(credit.stage, CreditStage::Posted { .. });
                let ledger = facts.documents.map(|documents| &documents.ledger).filter(|_| taken);
                if let Some(Stand::Once(urns)) = ledger.map(|ledger| stand(ledger, &credit.intent))
                    && let Some(urn) = urns.iter().max()
                {
                    return Some((Some(Step::NoteReadBack(name.clone(), *urn)), Standing::Crediting));
                }
                continue;
            }
            let settled = match (&credit.stage, facts.documents) {
                (CreditStage::ReadBack { .. } | CreditStage::Abandoned, _) => continue,
                (_, None) => {
                    self.wait_ours(format!("credit note {name} to be looked up in Sage"), None);
                    return Some((None, Standing::Crediting));
                }
                (stage, Some(documents)) => self.settle_one(credit, stage, documents),
            };
            if settled.is_some() {
                return settled;
            }
        }
        None
    }

    fn settle_one(&mut self, credit: &'f Credit, stage: &CreditStage, documents: &DocumentFacts) -> Option<Next> {
        let name = &credit.intent.second_reference;
        let held = Some((None, Standing::Held));
        match stand(&documents.ledger, &credit.intent) {
            Stand::Once(urns) => {
                let (urn, at) = match stage {
                    CreditStage::Posted { urn: Some(urn), at } => (Some(*urn), Some(*at)),
                    _ => (None, None),
                };
                let seen = urn.filter(|urn| urns.contains(urn)).or(urns.iter().max().copied());
                // Sage has answered with another number: somebody may have typed our reference while ours is on its
                // way into the ledger.
                let other = urn.is_some() && seen != urn;
                let until = at.map(|at| at + self.policy.settle).filter(|until| other && self.now < *until);
                if let Some(until) = until {
                    self.wait_ours(format!("credit note {name} to appear under the number Sage gave"), Some(until));
                    return Some((None, Standing::Crediting));
                }
                Some((seen.map(|urn| Step::NoteReadBack(name.clone(), urn)), Standing::Crediting))
            }
            Stand::Absent => self.settle_absent(credit, stage, documents),
            stand => {
                self.find_stand(credit, &stand);
                held
            }
        }
    }

    /// Says what is wrong with a credit note that does not stand as it was sent.
    fn find_stand(&mut self, credit: &Credit, stand: &Stand) {
        let name = &credit.intent.second_reference;
        let (code, text) = match stand {
            Stand::Once(_) => return,
            Stand::Absent => (Code::CreditNoteNotVisible, format!("{name} stood in the ledger and is gone")),
            Stand::Reversed => (Code::CreditNoteDiffers, format!("{name} was taken back in Sage")),
            Stand::Differs(differs) => (Code::CreditNoteDiffers, format!("{name}: {differs}")),
            Stand::Doubled(urns) => (Code::CreditNoteDoubled, format!("{name}: URN {}", names(urns))),
        };
        self.find(code, units_of(credit), text);
    }

    fn settle_absent(&mut self, credit: &'f Credit, stage: &CreditStage, documents: &DocumentFacts) -> Option<Next> {
        let name = &credit.intent.second_reference;
        match stage {
            CreditStage::Posted { at, urn } => {
                let urn = urn.map_or("no URN read".to_owned(), |urn| format!("URN {urn}"));
                if self.now - *at < self.policy.settle {
                    let until = Some(*at + self.policy.settle);
                    self.wait_ours(format!("credit note {name} ({urn}) to appear in the sales ledger"), until);
                    return Some((None, Standing::Crediting));
                }
                let text = format!("{name} ({urn}) was accepted at {} UTC", at.format("%-d %B %Y %H:%M"));
                self.find(Code::CreditNoteNotVisible, units_of(credit), text);
                Some((None, Standing::Held))
            }
            CreditStage::NotSent { run, message } => {
                if *run == self.run {
                    self.wait_ours(format!("credit note {name} to be sent by the next run: {message}"), None);
                    return Some((None, Standing::Crediting));
                }
                Some((Some(self.again(credit, documents)), Standing::Crediting))
            }
            CreditStage::Open(lookup) => Some(self.settle_open(credit, *lookup, documents)),
            CreditStage::Rejected { at, message, in_use } => {
                let pause = if *in_use { self.policy.settle } else { TRY_REFUSED_AGAIN };
                if self.now - *at >= pause {
                    return None;
                }
                self.find(Code::SageRefused, units_of(credit), format!("{name}: {message}"));
                Some((None, Standing::Held))
            }
            CreditStage::ReadBack { .. } | CreditStage::Abandoned => None,
        }
    }

    /// Sends a credit note again, unless somebody else has begun to credit the RMA meanwhile.
    fn again(&self, credit: &Credit, documents: &DocumentFacts) -> Step {
        if let Some(why) = self.not_due(credit) {
            return Step::Abandon(credit.intent.second_reference.clone(), why);
        }
        let new = self.unclaimed(documents).len();
        let returns = live_returns(documents, self.facts.record()).len();
        if new + returns == 0 {
            return Step::Resend(credit.intent.clone());
        }
        let why = format!("{new} credit note(s) and {returns} sales return(s) of others carry the RMA");
        Step::Abandon(credit.intent.second_reference.clone(), why)
    }

    /// Why the units of a credit note that is not in Sage must not be credited any more.
    fn not_due(&self, credit: &Credit) -> Option<String> {
        let rma = self.facts.rma;
        if !is_running(rma.status()) {
            return Some(format!("the RMA is {}", rma.status().as_str()));
        }
        credit.intent.units.iter().find_map(|value| {
            let Some(item) = rma.items.iter().find(|item| item.returned_item_id == value.unit) else {
                return Some(format!("unit {} is no longer in the RMA", value.unit));
            };
            if units::received(self.facts, self.policy, item).is_none() {
                return Some(format!("unit {} is not marked as returned", value.unit));
            }
            units::unsupported(rma, self.policy, item).map(|(_, why)| format!("unit {}: {why}", value.unit))
        })
    }

    /// The answer was lost and Sage does not show the document: look twice, a settle time apart, then send again.
    fn settle_open(&mut self, credit: &'f Credit, lookup: Lookup, documents: &DocumentFacts) -> Next {
        let name = &credit.intent.second_reference;
        let step = match look_again(lookup, credit.sent_at, self.policy.settle, self.now) {
            Look::SendAgain => Some(self.again(credit, documents)),
            Look::Now => Some(Step::NoteNotFound(name.clone())),
            Look::At(until) => {
                let text = format!("Sage's answer to credit note {name} was lost; Sage is asked again");
                self.wait_ours(text, Some(until));
                None
            }
        };
        (step, Standing::Crediting)
    }

    /// Credit notes of others that carry the RMA and were not taken for it yet.
    pub(super) fn unclaimed(&self, documents: &DocumentFacts) -> Vec<Foreign> {
        let record = self.facts.record();
        foreign(documents, self.facts.rma.id(), record, self.facts.state)
    }

    /// Credited units about which ReturnGO says something else now, before their refund is paid.
    pub(super) fn changed(&mut self) -> Vec<ReturnedItemId> {
        let facts = self.facts;
        let record = facts.record();
        let mut changed = Vec::new();
        for covered in record.credited().iter().filter(|covered| covered.ours || covered.exchanged) {
            let item = facts.rma.items.iter().find(|item| item.returned_item_id == *covered.unit);
            let says = match item {
                None => Some("the unit is no longer in the RMA".to_owned()),
                Some(item) if units::received(facts, self.policy, item).is_none() => {
                    if record.prepared(covered.unit).is_some() && item.inspection() == Inspection::NotInspected {
                        let text = "credited in Sage, and not proved to be received".to_owned();
                        self.find(Code::CreditWithoutReceipt, vec![covered.unit.clone()], text);
                        changed.push(covered.unit.clone());
                        continue;
                    }
                    Some("the unit is not marked as returned".to_owned())
                }
                Some(item)
                    if (units::is_store_credit(item), units::is_exchange(item))
                        != (covered.store_credit, covered.exchanged)
                        && !covered.gross.is_zero() =>
                {
                    Some(format!("the resolution is {} now", item.resolution_type.as_str()))
                }
                Some(item) => units::unsupported(facts.rma, self.policy, item).map(|(_, why)| why),
            };
            let Some(says) = says.filter(|_| !record.refunded.contains(covered.unit)) else { continue };
            self.find(Code::CreditedButChanged, vec![covered.unit.clone()], says);
            changed.push(covered.unit.clone());
        }
        changed
    }

    /// May anything be paid on this RMA as things stand?
    pub(super) fn is_payable(&self) -> bool {
        is_running(self.facts.rma.status()) && !self.findings.iter().any(|finding| finding.code.forbids_payment())
    }

    /// The credit note that covers all of these units and stands in the ledger as read now.
    pub(super) fn release_of(&self, units: &[ReturnedItemId]) -> Option<Release> {
        let (record, documents) = (self.facts.record(), self.facts.documents?);
        let ours = record.credits.iter().find(|credit| {
            let covers = |unit: &ReturnedItemId| credit.intent.units.iter().any(|value| value.unit == *unit);
            units.iter().all(covers) && matches!(stand(&documents.ledger, &credit.intent), Stand::Once(_))
        });
        if let Some(credit) = ours {
            return Some(Release::Ours { intent: credit.intent.clone(), units: units.to_vec() });
        }
        for of in &record.returns {
            let covers = |credit: &ReturnCredit| units.iter().all(|unit| credit.units.iter().any(|(c, _)| c == unit));
            let stands = |credit: &ReturnCredit| still_stands(of, credit, &documents.books).is_ok();
            if let Some((_, credit)) = of.credits.iter().find(|(_, credit)| covers(credit) && stands(credit)) {
                let (key, credit, units) = (of.intent.key.clone(), credit.clone(), units.to_vec());
                return Some(Release::ByReturn { key, credit, units });
            }
        }
        let hand = record.by_hand.iter().find(|hand| units.iter().all(|u| hand.units.iter().any(|h| h.unit == *u)))?;
        Some(Release::ByHand { urns: hand.urns.clone(), covers: hand.units.clone(), units: units.to_vec() })
    }

    /// Units that a credit note covers, read in the ledger, and that are not released yet.
    pub(super) fn release(&mut self) -> Option<Step> {
        let facts = self.facts;
        let record = facts.record();
        let changed = self.changed();
        let documents = facts.documents?;
        let mut in_shop = self.policy.refund_gate == RefundGate::ShopifyRefund;
        let mut due: Vec<ReturnedItemId> =
            refunds::to_release(facts, self.policy).iter().map(|c| c.unit.clone()).collect();
        if in_shop {
            // Refused a day ago: once more, under a new number.
            let again = refunds::unpaid(facts, self.policy).into_iter().filter(|c| record.refund_of(c.unit).is_some());
            due.extend(again.map(|c| c.unit.clone()).collect::<Vec<_>>());
            due.retain(|unit| self.without_refund(unit));
        }
        // Store credit is a code that staff give in ReturnGO: Shopify must not pay it out.
        let as_code = |unit: &ReturnedItemId| {
            facts.rma.items.iter().any(|item| item.returned_item_id == *unit && units::is_store_credit(item))
        };
        if in_shop && due.iter().any(as_code) {
            due.retain(as_code);
            in_shop = false;
        }
        due.retain(|unit| !changed.contains(unit) && !self.perhaps_paid.contains(unit));
        // Without the refunds of the order nobody can say that it is not paid already.
        if facts.shop.is_some_and(|shop| shop.refunds.is_none()) {
            let unpaid = refunds::unpaid(facts, self.policy);
            let units: Vec<_> = unpaid.iter().map(|covered| covered.unit.clone()).collect();
            if !units.is_empty() {
                let text = "Shopify does not show the order of this RMA, or its refunds".to_owned();
                self.find(Code::RefundsHidden, units, text);
            }
            due.clear();
        }

        for hand in &record.by_hand {
            let now = effect_of(&documents.ledger, &hand.urns);
            let same = now.is_some_and(|now| (now.net, now.vat) == (hand.net.amount(), hand.vat.amount()));
            if same || hand.urns.is_empty() {
                continue;
            }
            let released = hand.units.iter().any(|unit| record.released.contains(&unit.unit));
            if released {
                let units = hand.units.iter().map(|unit| unit.unit.clone()).collect();
                let text = format!("URN {} was changed or taken back after the refund was released", names(&hand.urns));
                self.find(Code::CreditedByHandDiffers, units, text);
            } else if hand.units.iter().any(|unit| due.contains(&unit.unit)) {
                return Some(Step::DropHandCredit(hand.urns.clone()));
            }
        }
        // While a credit note of somebody else is not understood, nothing more is paid out on this RMA.
        let unclaimed = self.unclaimed(documents);
        if !unclaimed.is_empty() {
            let waiting = facts.rma.items.iter().any(|item| {
                units::received(self.facts, self.policy, item).is_some() && !record.covers(&item.returned_item_id)
            });
            if !waiting && !self.is_settled() {
                let text = unclaimed.iter().map(|found| found.effect.to_string()).collect::<Vec<_>>().join("; ");
                self.find(Code::CreditedByHandDiffers, Vec::new(), format!("beside what covers all units: {text}"));
            }
            return None;
        }
        if self.policy.refund_gate == RefundGate::ReturnGoValidation
            && let Some(step) = self.parcel_due(&mut due)
        {
            return Some(step);
        }
        for hand in &record.by_hand {
            let units: Vec<_> = hand.units.iter().map(|u| u.unit.clone()).filter(|unit| due.contains(unit)).collect();
            if !units.is_empty() {
                let (urns, covers) = (hand.urns.clone(), hand.units.clone());
                let release = Release::ByHand { urns, covers, units };
                return if in_shop { self.refund_in_shop(release) } else { Some(Step::Release(release)) };
            }
        }
        for credit in record.credits.iter().filter(|credit| matches!(credit.stage, CreditStage::ReadBack { .. })) {
            let values = credit.intent.units.iter();
            let units: Vec<_> = values.map(|value| value.unit.clone()).filter(|unit| due.contains(unit)).collect();
            let unpaid = |unit: &ReturnedItemId| record.released.contains(unit) && !record.refunded.contains(unit);
            if units.is_empty() && !credit.intent.units.iter().any(|value| unpaid(&value.unit)) {
                continue;
            }
            match stand(&documents.ledger, &credit.intent) {
                Stand::Once(_) if units.is_empty() => {}
                Stand::Once(_) => {
                    let release = Release::Ours { intent: credit.intent.clone(), units };
                    return if in_shop { self.refund_in_shop(release) } else { Some(Step::Release(release)) };
                }
                stand => self.find_stand(credit, &stand),
            }
        }
        let release = self.release_by_return(&due)?;
        if in_shop { self.refund_in_shop(release) } else { Some(Step::Release(release)) }
    }
}

fn units_of(credit: &Credit) -> Vec<ReturnedItemId> {
    credit.intent.units.iter().map(|unit| unit.unit.clone()).collect()
}
