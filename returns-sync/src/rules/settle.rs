//! Credit notes under way: found, looked up again, sent again, released.

use super::{
    DocumentFacts, Release, Standing, Step,
    credit::live_returns,
    decide::{Deciding, Next},
    documents::{foreign, ours, row_differs},
    refunds,
};
use crate::{
    exception::Code,
    journal::{Credit, CreditStage, Lookup, UnitValue},
};
use chrono::TimeDelta;
use returngo_client::ReturnedItemId;
use sage200_client::Urn;

/// A refused credit note is tried again after this time: what it was refused for may have been put right in Sage.
const TRY_REFUSED_AGAIN: TimeDelta = TimeDelta::hours(24);

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
            let settled = match (&credit.stage, facts.documents) {
                (CreditStage::ReadBack { .. }, _) => continue,
                (_, None) => return Some((None, Standing::Crediting)),
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
        let units = || credit.intent.units.iter().map(|unit| unit.unit.clone()).collect::<Vec<_>>();
        let gross = credit.intent.gross().ok();
        let held = Some((None, Standing::Held));
        match ours(&documents.credit_notes, credit).as_slice() {
            [row] => {
                if let Some(differs) = row_differs(row, &credit.intent) {
                    self.find(Code::CreditNoteDiffers, units(), format!("{name}: {differs}"));
                    return held;
                }
                match row.urn {
                    Some(urn) => Some((Some(Step::NoteReadBack(name.clone(), urn)), Standing::Crediting)),
                    None => {
                        self.find(Code::CreditNoteDiffers, units(), format!("{name}: the ledger row has no URN"));
                        held
                    }
                }
            }
            [] => match stage {
                CreditStage::Posted { at, urn } => {
                    let urn = urn.map_or("no URN read".to_owned(), |urn| format!("URN {urn}"));
                    if self.now - *at < self.policy.settle {
                        self.wait_ours(format!("credit note {name} ({urn}) to appear in the sales ledger"), None);
                        return Some((None, Standing::Crediting));
                    }
                    self.find(Code::CreditNoteNotVisible, units(), format!("{name} ({urn}) was accepted at {at}"));
                    held
                }
                CreditStage::NotSent { run, message } => {
                    if *run == self.run {
                        self.wait_ours(format!("credit note {name} to be sent by the next run: {message}"), None);
                        return Some((None, Standing::Crediting));
                    }
                    Some((Some(self.again(credit, documents)), Standing::Crediting))
                }
                CreditStage::Open(lookup) => Some(self.settle_open(credit, *lookup, documents)),
                CreditStage::Abandoned => None,
                CreditStage::Rejected { at, message, in_use } => {
                    let pause = if *in_use { self.policy.settle } else { TRY_REFUSED_AGAIN };
                    if self.now - *at >= pause {
                        return None;
                    }
                    self.find(Code::SageRefused, units(), format!("{name}: {message}"));
                    held
                }
                CreditStage::ReadBack { .. } => None,
            },
            many => {
                let urns = many.iter().filter_map(|row| row.urn).map(|urn| urn.to_string()).collect::<Vec<_>>();
                self.find(Code::CreditNoteDoubled, units(), format!("{name}: URN {}", urns.join(" and ")));
                if let Some(finding) = self.findings.last_mut() {
                    finding.money_at_risk = gross;
                }
                held
            }
        }
    }

    /// Sends a credit note again, unless somebody else has begun to credit the RMA meanwhile.
    fn again(&self, credit: &Credit, documents: &DocumentFacts) -> Step {
        let record = self.facts.record();
        let theirs = foreign(&documents.credit_notes, self.facts.rma.id(), &record.credits);
        let known = |urn: &Urn| record.by_hand.iter().any(|hand| hand.urns.contains(urn));
        let new = theirs.iter().filter(|row| row.urn.is_none_or(|urn| !known(&urn))).count();
        let returns = live_returns(documents).len();
        if new + returns == 0 {
            return Step::Resend(credit.intent.clone());
        }
        let why = format!("{new} credit note(s) and {returns} sales return(s) of others carry the RMA");
        Step::Abandon(credit.intent.second_reference.clone(), why)
    }

    /// The answer was lost and Sage does not show the document: look twice, a settle time apart, then send again.
    fn settle_open(&mut self, credit: &'f Credit, lookup: Lookup, documents: &DocumentFacts) -> Next {
        let name = &credit.intent.second_reference;
        let settle = self.policy.settle;
        let next_look = match (lookup.first, lookup.last) {
            (Some(first), Some(last)) if last - first >= settle => {
                return (Some(self.again(credit, documents)), Standing::Crediting);
            }
            (Some(first), _) => first + settle,
            (None, _) => credit.sent_at + settle,
        };
        if self.now >= next_look {
            return (Some(Step::NoteNotFound(name.clone())), Standing::Crediting);
        }
        self.wait_ours(format!("Sage's answer to credit note {name} was lost; Sage is asked again"), Some(next_look));
        (None, Standing::Crediting)
    }

    /// Units that a credit note covers, read in the ledger, and that are not released yet.
    pub(super) fn release(&mut self) -> Option<Step> {
        let record = self.facts.record();
        let facts = self.facts;
        let unreleased = |values: &[UnitValue]| -> Vec<ReturnedItemId> {
            refunds::to_release(facts, values.iter()).into_iter().map(|value| value.unit.clone()).collect()
        };
        for hand in &record.by_hand {
            let units = unreleased(&hand.units);
            if !units.is_empty() {
                let (urns, covers) = (hand.urns.clone(), hand.units.clone());
                return Some(Step::Release(Release::ByHand { urns, covers, units }));
            }
        }
        let documents = self.facts.documents?;
        for credit in &record.credits {
            let due = unreleased(&credit.intent.units);
            if !matches!(credit.stage, CreditStage::ReadBack { .. }) || due.is_empty() {
                continue;
            }
            let units = || credit.intent.units.iter().map(|unit| unit.unit.clone()).collect::<Vec<_>>();
            let name = &credit.intent.second_reference;
            match ours(&documents.credit_notes, credit).as_slice() {
                [row] => match row_differs(row, &credit.intent) {
                    None => return Some(Step::Release(Release::Ours { intent: credit.intent.clone(), units: due })),
                    Some(differs) => self.find(Code::CreditNoteDiffers, units(), format!("{name}: {differs}")),
                },
                [] => self.find(Code::CreditNoteNotVisible, units(), format!("{name} stood in the ledger and is gone")),
                _ => self.find(Code::CreditNoteDoubled, units(), format!("{name} stands more than once")),
            }
        }
        None
    }
}
