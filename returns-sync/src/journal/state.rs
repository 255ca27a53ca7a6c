use super::{
    AdoptedAs, Binding, CreditIntent, CreditOutcome, Disposition, Entry, Event, HandUnit, OrderLink, PendingChange,
    PreparedReturn, RefundIntent, RefundOutcome, ReportEnd, ReturnStage, RunId, SettledUnit, ToldValidated, UnitValue,
};
use crate::exception::Finding;
use chrono::{DateTime, Utc};
use returngo_client::{ReturnedItemId, RmaId, RmaStatus, TransactionId};
use returns_wire::{Currency, Money};
use rust_decimal::Decimal;
use sage200_client::{CustomerDocumentNo, Id, OrderLine, SecondReference, Urn};
use shopify_returns::{LineItemId, OrderId, RefundId};
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
    /// Where the last run stopped, if it did not come to its end.
    pub resume_at: Option<RmaId>,
    /// Up to when the shop's orders were looked through for refunds.
    pub shop_swept: Option<DateTime<Utc>>,
    /// Refunds in the shop that every run looks at, with their orders.
    pub watched: BTreeMap<RefundId, OrderId>,
    /// Those that were watched and are over, with their orders.
    pub rested: BTreeMap<RefundId, OrderId>,
    /// What persons took responsibility for: by subject, what they said it has paid.
    pub adopted: BTreeMap<String, AdoptedAs>,
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
    /// Our sales returns, in order.
    pub returns: Vec<PreparedReturn>,
    /// Credit notes of others that cover units.
    pub by_hand: Vec<HandCredit>,
    /// Refunds of ours in the shop, in order.
    pub refunds: Vec<ShopRefund>,
    /// What ReturnGO was told about refunds of ours that it asked for, in order.
    pub reports: Vec<ToldReturnGo>,
    /// Parcels that ReturnGO was told to be validated, in order.
    pub validations: Vec<ToldValidated>,
    /// Units whose refund is released.
    pub released: BTreeSet<ReturnedItemId>,
    /// Units whose refund was seen as paid.
    pub refunded: BTreeSet<ReturnedItemId>,
    /// Units that a person has settled otherwise.
    pub settled: BTreeSet<ReturnedItemId>,
    /// What the settled units are, where it is known.
    pub settled_goods: Vec<SettledUnit>,
    /// The status at which nothing more was to be done.
    pub closed: Option<RmaStatus>,
    /// The units it had then.
    pub units: Vec<ReturnedItemId>,
}

/// Units that somebody else credited in Sage.
#[derive(Debug, Clone)]
pub struct HandCredit {
    /// When we found it.
    pub at: DateTime<Utc>,
    /// The transactions found; none for units that were sold for nothing.
    pub urns: Vec<Urn>,
    /// Their net value, as read.
    pub net: Money,
    /// Their VAT, as read.
    pub vat: Money,
    /// The units.
    pub units: Vec<HandUnit>,
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

/// One refund of ours in the shop.
#[derive(Debug, Clone)]
pub struct ShopRefund {
    /// What was to be refunded.
    pub intent: RefundIntent,
    /// When it was last sent, or about to be.
    pub sent_at: DateTime<Utc>,
    /// How far it got.
    pub stage: RefundStage,
}

/// How far a refund in the shop got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundStage {
    /// Sent, or about to be; the end is not known.
    Open,
    /// Made by Shopify. The number is missing while its answer could not be read.
    Made(Option<RefundId>),
    /// Refused.
    Rejected {
        /// When.
        at: DateTime<Utc>,
        /// Shopify's words.
        message: String,
    },
    /// Proved not to have been made, and given up.
    Abandoned,
    /// Proved not to have been sent, in that run.
    NotSent {
        /// The run.
        run: RunId,
        /// Why.
        message: String,
    },
}

/// One word to ReturnGO about a refund of ours that it asked for.
#[derive(Debug, Clone)]
pub struct ToldReturnGo {
    /// What ReturnGO asked for.
    pub transaction: TransactionId,
    /// The refund in the shop.
    pub refund: RefundId,
    /// When it was said, or about to be.
    pub at: DateTime<Utc>,
    /// How it ended.
    pub stage: ReportStage,
}

/// How a word to ReturnGO ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportStage {
    /// Sent, or about to be; the end is not known.
    Open,
    /// Taken.
    Taken,
    /// Not taken, in ReturnGO's words.
    Refused(String),
    /// Proved not to have been sent, in that run.
    NotSent(RunId, String),
}

impl ReportStage {
    fn of(outcome: ReportEnd, run: RunId) -> Self {
        match outcome {
            ReportEnd::Taken => Self::Taken,
            ReportEnd::Refused { message } => Self::Refused(message),
            ReportEnd::NotSent { message } => Self::NotSent(run, message),
            ReportEnd::Unknown { .. } => Self::Open,
        }
    }
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
        /// When.
        at: DateTime<Utc>,
        /// Sage's number.
        urn: Urn,
    },
}

/// What of an order line is credited already, over all RMAs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriorCredit {
    /// Units.
    pub units: u32,
    /// Their net value.
    pub net: Decimal,
    /// Their VAT.
    pub vat: Decimal,
}

/// A unit that a credit note in the ledger covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoveredUnit<'r> {
    /// The unit.
    pub unit: &'r ReturnedItemId,
    /// Its product.
    pub sku: &'r str,
    /// What it was credited with, with VAT.
    pub gross: Decimal,
    /// Where it goes.
    pub disposition: Disposition,
    /// Whether there is a refund, and it is ours to release.
    pub ours: bool,
    /// The customer gets a code for it and no money.
    pub store_credit: bool,
    /// Since when we know.
    pub since: DateTime<Utc>,
}

impl Record {
    /// Nothing known yet.
    pub const NEW: Self = Self {
        baseline: false,
        expected: None,
        parcel_seen: None,
        credits: Vec::new(),
        returns: Vec::new(),
        by_hand: Vec::new(),
        refunds: Vec::new(),
        reports: Vec::new(),
        validations: Vec::new(),
        released: BTreeSet::new(),
        refunded: BTreeSet::new(),
        settled: BTreeSet::new(),
        settled_goods: Vec::new(),
        closed: None,
        units: Vec::new(),
    };

    /// Credits that hold their units: all but those refused or given up.
    pub fn live_credits(&self) -> impl Iterator<Item = &Credit> {
        let gone = |stage: &CreditStage| matches!(stage, CreditStage::Rejected { .. } | CreditStage::Abandoned);
        self.credits.iter().filter(move |credit| !gone(&credit.stage))
    }

    /// Every value that a credit note of ours, or of somebody else in our place, gives to a unit.
    pub fn values(&self) -> impl Iterator<Item = &UnitValue> {
        self.values_of_orders().map(|(value, _)| value)
    }

    /// The same with the number of the order, where it is known.
    fn values_of_orders(&self) -> impl Iterator<Item = (&UnitValue, Option<&str>)> {
        let posted = self.live_credits().flat_map(|credit| {
            let order = credit.intent.order.customer_document_no.as_str();
            credit.intent.units.iter().map(move |value| (value, Some(order)))
        });
        let on_returns = self.returns.iter().flat_map(|of| {
            let order = of.intent.order.customer_document_no.as_str();
            of.units().map(move |unit| (&unit.value, Some(order)))
        });
        let order = self.expected.as_ref().map(|(order, _)| order.customer_document_no.as_str());
        let by_hand = self.by_hand.iter().flat_map(|hand| &hand.units).filter_map(|unit| unit.value.as_ref());
        posted.chain(on_returns).chain(by_hand.map(move |value| (value, order)))
    }

    /// Is nothing more to be done for the unit than what is under way?
    pub fn covers(&self, unit: &ReturnedItemId) -> bool {
        self.settled.contains(unit)
            || self.live_credits().flat_map(|credit| &credit.intent.units).any(|value| value.unit == *unit)
            || self.prepared(unit).is_some()
            || self.by_hand.iter().flat_map(|hand| &hand.units).any(|hand| hand.unit == *unit)
    }

    /// The sales return of ours that holds a unit.
    pub fn prepared(&self, unit: &ReturnedItemId) -> Option<&PreparedReturn> {
        self.returns.iter().find(|of| of.units().any(|prepared| prepared.value.unit == *unit))
    }

    /// Sales returns of ours with units that are neither credited nor settled.
    pub fn open_returns(&self) -> impl Iterator<Item = &PreparedReturn> {
        let open = |of: &&PreparedReturn| of.uncredited().any(|unit| !self.settled.contains(&unit.value.unit));
        self.returns.iter().filter(open)
    }

    /// The units whose credit note was read in the ledger.
    pub fn credited(&self) -> Vec<CoveredUnit<'_>> {
        let mut found = Vec::new();
        for credit in &self.credits {
            let CreditStage::ReadBack { at, .. } = credit.stage else { continue };
            for (value, disposition) in credit.intent.units.iter().zip(&credit.intent.dispositions) {
                let gross = value.net.amount() + value.vat.amount();
                let (unit, sku, disposition) = (&value.unit, value.sku.as_str(), *disposition);
                let (ours, store_credit) = (!gross.is_zero(), value.store_credit);
                found.push(CoveredUnit { unit, sku, gross, disposition, ours, store_credit, since: at });
            }
        }
        for of in &self.returns {
            for (since, credit) in &of.credits {
                for (unit, disposition) in &credit.units {
                    let Some(value) = of.value(unit) else { continue };
                    let gross = value.net.amount() + value.vat.amount();
                    let (sku, store_credit) = (value.sku.as_str(), value.store_credit);
                    let (ours, disposition, since) = (!gross.is_zero(), *disposition, *since);
                    found.push(CoveredUnit { unit, sku, gross, disposition, ours, store_credit, since });
                }
            }
        }
        for hand in &self.by_hand {
            found.extend(hand.units.iter().map(|unit| CoveredUnit {
                unit: &unit.unit,
                sku: &unit.sku,
                gross: unit.gross.amount(),
                disposition: unit.disposition,
                ours: unit.value.is_some() && !unit.gross.is_zero(),
                store_credit: unit.value.as_ref().is_some_and(|value| value.store_credit),
                since: hand.at,
            }));
        }
        found.retain(|covered| !self.settled.contains(covered.unit));
        found
    }

    /// The latest refund of ours in the shop for a unit, unless it was given up.
    pub fn refund_of(&self, unit: &ReturnedItemId) -> Option<&ShopRefund> {
        let latest = self.refunds.iter().rev().find(|refund| refund.intent.units.contains(unit));
        latest.filter(|refund| refund.stage != RefundStage::Abandoned)
    }

    /// Will ReturnGO pay the unit, because we have told it that its parcel is validated?
    pub fn validated(&self, unit: &ReturnedItemId) -> Option<&ToldValidated> {
        self.validations.iter().rev().find(|told| told.units.contains(unit))
    }

    /// Has a person settled all units of a credit note of ours?
    pub fn is_settled(&self, credit: &Credit) -> bool {
        credit.intent.units.iter().all(|value| self.settled.contains(&value.unit))
    }

    /// Is something under way that must not be left alone, whatever the RMA's status?
    pub fn unsettled(&self) -> bool {
        let open = |credit: &&Credit| !matches!(credit.stage, CreditStage::ReadBack { .. }) && !self.is_settled(credit);
        self.live_credits().any(|credit| open(&credit))
            || self.open_returns().next().is_some()
            || self.credited().iter().any(|covered| covered.ours && !self.refunded.contains(covered.unit))
    }

    /// Has anything been done for it?
    pub fn is_empty(&self) -> bool {
        self.credits.is_empty() && self.returns.is_empty() && self.by_hand.is_empty() && self.expected.is_none()
    }

    fn credit(&mut self, second_reference: &SecondReference) -> Option<&mut Credit> {
        self.credits.iter_mut().rev().find(|credit| credit.intent.second_reference == *second_reference)
    }
}

impl State {
    /// What of a line of a Sage order is credited or claimed, over all RMAs.
    pub fn prior(&self, line: Id<OrderLine>) -> PriorCredit {
        self.prior_where(|value, _| value.order_line == Some(line))
    }

    /// What of a line of the shop's order is credited or claimed, over all RMAs: also when some of it was credited while
    /// Sage still had the order, and some after. What was credited before the shop was connected names no line: it counts
    /// by the order's number and the product.
    pub fn prior_in_shop(&self, line: LineItemId, order: &str, sku: &str) -> PriorCredit {
        self.prior_where(|value, of| match value.shop_line {
            Some(named) => named == line,
            None => of.is_some_and(|of| of == order) && value.sku.trim().eq_ignore_ascii_case(sku.trim()),
        })
    }

    fn prior_where(&self, is_of_it: impl Fn(&UnitValue, Option<&str>) -> bool) -> PriorCredit {
        let mut prior = PriorCredit { units: 0, net: Decimal::ZERO, vat: Decimal::ZERO };
        let values = self.rmas.values().flat_map(Record::values_of_orders);
        for (value, _) in values.filter(|(value, order)| is_of_it(value, *order)) {
            prior.units += 1;
            prior.net += value.sold_net();
            prior.vat += value.sold_vat();
        }
        prior
    }

    /// What is known of an RMA; nothing yet, if it was never seen.
    pub fn rma(&self, id: &RmaId) -> &Record {
        static NOTHING: Record = Record::NEW;
        self.rmas.get(id).unwrap_or(&NOTHING)
    }

    /// The RMA for which a credit note by hand was taken already.
    pub fn claimed(&self, urn: Urn) -> Option<&RmaId> {
        let claims = |record: &Record| record.by_hand.iter().any(|hand| hand.urns.contains(&urn));
        self.rmas.iter().find(|(_, record)| claims(record)).map(|(rma, _)| rma)
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
                self.credit(rma, &second_reference)?.stage = CreditStage::ReadBack { at, urn };
            }
            Event::ReturnIntended { rma, intent } => self.record(rma).returns.push(PreparedReturn::new(intent, at)),
            Event::ReturnResent { rma, key } => {
                let of = self.prepared(rma, &key)?;
                (of.sent_at, of.stage) = (at, ReturnStage::Open(Lookup::default()));
            }
            Event::ReturnEnded { rma, key, outcome } => self.prepared(rma, &key)?.end(outcome, at, entry.run),
            Event::ReturnNotFound { rma, key } => {
                if let ReturnStage::Open(lookup) = &mut self.prepared(rma, &key)?.stage {
                    lookup.first.get_or_insert(at);
                    lookup.last = Some(at);
                }
            }
            Event::ReturnFound { rma, key, document_no } => {
                self.prepared(rma, &key)?.stage = ReturnStage::Found { document_no };
            }
            Event::ReturnChangeIntended { rma, key, change } => {
                let of = self.prepared(rma, &key)?;
                let before = of.change.take().filter(|before| before.change == change);
                let tries = before.map_or(1, |before| before.tries + 1);
                of.change = Some(PendingChange { change, sent_at: at, not_sent: None, tries, message: None });
                of.refused_change = None;
            }
            Event::ReturnChangeEnded { rma, key, outcome } => {
                self.prepared(rma, &key)?.end_change(outcome, at, entry.run);
            }
            Event::GoodsReceived { rma, key, units } => {
                self.prepared(rma, &key)?.received.extend(units.into_iter().map(|unit| (unit, at)));
            }
            Event::ReturnCredited { rma, key, credit } => self.prepared(rma, &key)?.credits.push((at, credit)),
            Event::CreditedByHand { rma, urns, net, vat, units } => {
                self.record(rma).by_hand.push(HandCredit { at, urns, net, vat, units });
            }
            Event::NothingToCredit { rma, units } => {
                let nothing = Money::zero(units.first().map_or(Currency::GBP, |unit| unit.gross.currency()));
                let hand = HandCredit { at, urns: Vec::new(), net: nothing, vat: nothing, units };
                self.record(rma).by_hand.push(hand);
            }
            Event::HandCreditGone { rma, urns } => self.record(rma).by_hand.retain(|hand| hand.urns != urns),
            Event::Settled { rma, units, goods, .. } => {
                let record = self.record(rma);
                record.settled.extend(units);
                record.settled_goods.extend(goods);
            }
            Event::Reopened { rma } => self.record(rma).closed = None,
            Event::RefundReleased { rma, units, .. } => self.record(rma).released.extend(units),
            Event::RefundIntended { rma, intent } => {
                let record = self.record(rma);
                record.released.extend(intent.units.iter().cloned());
                record.refunds.push(ShopRefund { intent, sent_at: at, stage: RefundStage::Open });
            }
            Event::RefundResent { rma, number } => {
                let refund = self.refund(rma, number)?;
                (refund.sent_at, refund.stage) = (at, RefundStage::Open);
            }
            Event::RefundEnded { rma, number, outcome } => {
                let run = entry.run;
                let refund = self.refund(rma, number)?;
                refund.stage = match outcome {
                    RefundOutcome::Made { refund } => RefundStage::Made(refund),
                    RefundOutcome::Rejected { message } => RefundStage::Rejected { at, message },
                    RefundOutcome::NotSent { message } => RefundStage::NotSent { run, message },
                    RefundOutcome::Abandoned { .. } => RefundStage::Abandoned,
                    RefundOutcome::Unknown { .. } => {
                        refund.sent_at = at;
                        RefundStage::Open
                    }
                };
            }
            Event::ReportIntended { rma, transaction, refund } => {
                self.record(rma).reports.push(ToldReturnGo { transaction, refund, at, stage: ReportStage::Open });
            }
            Event::ReportEnded { rma, transaction, outcome } => {
                let run = entry.run;
                let reports = &mut self.record(rma).reports;
                let told = reports.iter_mut().rev().find(|told| told.transaction == transaction);
                let told = told.ok_or_else(|| format!("a word about transaction {transaction} was never intended"))?;
                told.at = at;
                told.stage = ReportStage::of(outcome, run);
            }
            Event::ValidationIntended { rma, shipment, units } => {
                let record = self.record(rma);
                record.released.extend(units.iter().cloned());
                record.validations.retain(|told| told.shipment != shipment);
                record.validations.push(ToldValidated { shipment, units, at, stage: ReportStage::Open });
            }
            Event::ValidationEnded { rma, shipment, outcome } => {
                let run = entry.run;
                let told = self.record(rma).validations.iter_mut().rev().find(|told| told.shipment == shipment);
                let told = told.ok_or_else(|| format!("validating parcel {shipment} was never intended"))?;
                (told.at, told.stage) = (at, ReportStage::of(outcome, run));
            }
            Event::ShopSwept { until } => self.shop_swept = Some(until),
            Event::RefundWatched { refund, order } => drop(self.watched.insert(refund, order)),
            Event::RefundRests { refund } => {
                if let Some(order) = self.watched.remove(&refund) {
                    self.rested.insert(refund, order);
                }
            }
            Event::Adopted { subject, paid, .. } => {
                if let AdoptedAs::Return { rma, goods } = &paid {
                    let record = self.record(rma.clone());
                    record.settled.extend(goods.iter().map(|goods| goods.unit.clone()));
                    record.settled_goods.extend(goods.iter().cloned());
                }
                self.adopted.insert(subject, paid);
            }
            Event::RefundSeen { rma, units } => self.record(rma).refunded.extend(units),
            Event::Closed { rma, status, units } => {
                let record = self.record(rma);
                (record.closed, record.units) = (Some(status), units);
            }
            Event::Stopped { next } => self.resume_at = next,
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

    fn prepared(&mut self, rma: RmaId, key: &CustomerDocumentNo) -> Result<&mut PreparedReturn, String> {
        let found = self.record(rma).returns.iter_mut().rev().find(|of| of.intent.key == *key);
        found.ok_or_else(|| format!("sales return {key} was never intended"))
    }

    fn refund(&mut self, rma: RmaId, number: u32) -> Result<&mut ShopRefund, String> {
        let refunds = &mut self.record(rma).refunds;
        let found = refunds.iter_mut().rev().find(|refund| refund.intent.number == number);
        found.ok_or_else(|| format!("refund {number} was never intended"))
    }

    fn credit(&mut self, rma: RmaId, second_reference: &SecondReference) -> Result<&mut Credit, String> {
        self.record(rma)
            .credit(second_reference)
            .ok_or_else(|| format!("credit note {second_reference} was never intended"))
    }
}
