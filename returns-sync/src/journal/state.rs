use super::{Binding, CreditIntent, CreditOutcome, Disposition, Entry, Event, OrderLink, RunId, UnitValue};
use crate::exception::Finding;
use chrono::{DateTime, Utc};
use returngo_client::{ReturnedItemId, RmaId, RmaStatus};
use sage200_client::{Id, OrderLine, SecondReference, Urn};
use std::collections::{BTreeMap, BTreeSet};

/// What the journal's events add up to.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// What the journal belongs to.
    pub binding: Option<Binding>,
    /// By RMA.
    pub rmas: BTreeMap<RmaId, Record>,
    /// Open exceptions by key.
    pub exceptions: BTreeMap<String, OpenException>,
}

/// An exception that was raised and has not been cleared.
#[derive(Debug, Clone)]
pub struct OpenException {
    /// When it was raised.
    pub since: DateTime<Utc>,
    /// As it was raised.
    pub finding: Finding,
}

/// What we know to have done for one RMA.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// From before go-live.
    pub baseline: bool,
    /// The expectation recorded at approval.
    pub expected: Option<(OrderLink, Vec<UnitValue>)>,
    /// When the parcel was first seen.
    pub parcel_seen: Option<DateTime<Utc>>,
    /// Our credit notes, in order.
    pub credits: Vec<Credit>,
    /// Credit notes of others that cover units.
    pub by_hand: Vec<HandCredit>,
    /// Units whose refund is released.
    pub released: BTreeSet<ReturnedItemId>,
    /// Units whose refund was seen as paid.
    pub refunded: BTreeSet<ReturnedItemId>,
    /// The status at which nothing more was to be done.
    pub closed: Option<RmaStatus>,
}

/// Units that somebody else credited in Sage.
#[derive(Debug, Clone)]
pub struct HandCredit {
    /// The transactions found.
    pub urns: Vec<Urn>,
    /// The units and what they would have been credited with.
    pub units: Vec<UnitValue>,
    /// Where each unit goes.
    pub dispositions: Vec<Disposition>,
}

/// One credit note of ours.
#[derive(Debug, Clone)]
pub struct Credit {
    /// What was to be posted.
    pub intent: CreditIntent,
    /// When it was last sent, or about to be.
    pub sent_at: DateTime<Utc>,
    /// How far it got.
    pub stage: CreditStage,
}

/// Look-ups that did not find a credit note whose answer was lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lookup {
    /// The first one.
    pub first: Option<DateTime<Utc>>,
    /// The latest one.
    pub last: Option<DateTime<Utc>>,
}

/// How far a credit note got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreditStage {
    /// Sent, or about to be; the end is not known.
    Open(Lookup),
    /// Proved not to have been sent, in that run.
    NotSent {
        /// The run.
        run: RunId,
        /// Why.
        message: String,
    },
    /// Accepted; not yet read in the ledger.
    Posted {
        /// When.
        at: DateTime<Utc>,
        /// Sage's number, when the answer could be read.
        urn: Option<Urn>,
    },
    /// Refused.
    Rejected {
        /// When.
        at: DateTime<Utc>,
        /// Sage's words.
        message: String,
        /// True when somebody was working on the account just then.
        in_use: bool,
    },
    /// Proved not to be in Sage, and given up.
    Abandoned,
    /// Read in the ledger.
    ReadBack {
        /// Sage's number.
        urn: Urn,
    },
}

/// Units of an order line that are credited already, over all RMAs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PriorCredit {
    /// How many.
    pub units: u32,
}

impl Record {
    /// Nothing known yet.
    pub const NEW: Self = Self {
        baseline: false,
        expected: None,
        parcel_seen: None,
        credits: Vec::new(),
        by_hand: Vec::new(),
        released: BTreeSet::new(),
        refunded: BTreeSet::new(),
        closed: None,
    };

    /// Credits that hold their units: all but those refused or given up.
    pub fn live_credits(&self) -> impl Iterator<Item = &Credit> {
        let gone = |stage: &CreditStage| matches!(stage, CreditStage::Rejected { .. } | CreditStage::Abandoned);
        self.credits.iter().filter(move |credit| !gone(&credit.stage))
    }

    /// Every unit that a credit note of ours or of somebody else covers.
    pub fn covered(&self) -> impl Iterator<Item = &UnitValue> {
        self.live_credits()
            .flat_map(|credit| &credit.intent.units)
            .chain(self.by_hand.iter().flat_map(|hand| &hand.units))
    }

    fn credit(&mut self, second_reference: &SecondReference) -> Option<&mut Credit> {
        self.credits.iter_mut().rev().find(|credit| credit.intent.second_reference == *second_reference)
    }
}

impl State {
    /// Units of `line` that are covered, over all RMAs.
    pub fn prior(&self, line: Id<OrderLine>) -> PriorCredit {
        let units = self.rmas.values().flat_map(Record::covered).filter(|unit| unit.order_line == line).count();
        PriorCredit { units: u32::try_from(units).unwrap_or(u32::MAX) }
    }

    /// Applies one event. An event about a credit note that was never intended is an error of the writer.
    ///
    /// # Errors
    /// What is wrong with the event.
    pub fn apply(&mut self, entry: &Entry, event: Event) -> Result<(), String> {
        let at = entry.at;
        match event {
            Event::Bound(binding) => self.binding = Some(binding),
            Event::Baseline { rma } => self.record(rma).baseline = true,
            Event::Expected { rma, order, units } => self.record(rma).expected = Some((order, units)),
            Event::ParcelSeen { rma } => self.record(rma).parcel_seen = Some(at),
            Event::CreditIntended { rma, intent } => {
                let stage = CreditStage::Open(Lookup::default());
                self.record(rma).credits.push(Credit { intent, sent_at: at, stage });
            }
            Event::CreditResent { rma, second_reference } => {
                let credit = self.credit(rma, &second_reference)?;
                credit.sent_at = at;
                credit.stage = CreditStage::Open(Lookup::default());
            }
            Event::CreditEnded { rma, second_reference, outcome } => {
                let run = entry.run;
                let credit = self.credit(rma, &second_reference)?;
                credit.stage = match outcome {
                    CreditOutcome::Posted { urn } => CreditStage::Posted { at, urn },
                    CreditOutcome::Rejected { message, in_use } => CreditStage::Rejected { at, message, in_use },
                    CreditOutcome::Abandoned { .. } => CreditStage::Abandoned,
                    CreditOutcome::NotSent { message } => CreditStage::NotSent { run, message },
                    CreditOutcome::Unknown { .. } => {
                        credit.sent_at = at;
                        CreditStage::Open(Lookup::default())
                    }
                };
            }
            Event::CreditNotFound { rma, second_reference } => {
                if let CreditStage::Open(lookup) = &mut self.credit(rma, &second_reference)?.stage {
                    lookup.first.get_or_insert(at);
                    lookup.last = Some(at);
                }
            }
            Event::CreditReadBack { rma, second_reference, urn } => {
                self.credit(rma, &second_reference)?.stage = CreditStage::ReadBack { urn };
            }
            Event::CreditedByHand { rma, urns, units, dispositions } => {
                self.record(rma).by_hand.push(HandCredit { urns, units, dispositions });
            }
            Event::RefundReleased { rma, units, .. } => self.record(rma).released.extend(units),
            Event::RefundSeen { rma, units } => self.record(rma).refunded.extend(units),
            Event::Closed { rma, status } => self.record(rma).closed = Some(status),
            Event::ExceptionRaised(finding) => {
                // Raised again with other facts, it is still as old as it was.
                let since = self.exceptions.get(&finding.key()).map_or(at, |open| open.since);
                self.exceptions.insert(finding.key(), OpenException { since, finding });
            }
            Event::ExceptionCleared { key } => {
                self.exceptions.remove(&key);
            }
        }
        Ok(())
    }

    fn record(&mut self, rma: RmaId) -> &mut Record {
        self.rmas.entry(rma).or_default()
    }

    fn credit(&mut self, rma: RmaId, second_reference: &SecondReference) -> Result<&mut Credit, String> {
        self.record(rma)
            .credit(second_reference)
            .ok_or_else(|| format!("credit note {second_reference} was never intended"))
    }
}
