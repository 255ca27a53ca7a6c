//! What is known to have been done for one RMA.

use super::{
    CreditIntent, Disposition, Exchange, HandUnit, OrderLink, PreparedReturn, RefundIntent, ReportEnd, ReturnCredit,
    RunId, SettledUnit, ToldValidated, UnitValue,
};
use chrono::{DateTime, Utc};
use returngo_client::{ReturnedItemId, RmaStatus, TransactionId};
use returns_wire::Money;
use rust_decimal::Decimal;
use sage200_client::{SecondReference, Urn};
use shopify_returns::{OrderId, RefundId};
use std::collections::{BTreeMap, BTreeSet};

/// What we know to have done for one RMA.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// From before go-live.
    pub baseline: bool,
    /// The expectation recorded at approval.
    pub expected: Option<(OrderLink, Vec<UnitValue>)>,
    /// When the parcel was first seen.
    pub parcel_seen: Option<DateTime<Utc>>,
    /// Since when it is known to be Done in ReturnGO with units open here.
    pub finished_since: Option<DateTime<Utc>>,
    /// Our credit notes, in order.
    pub credits: Vec<Credit>,
    /// Our sales returns, in order.
    pub returns: Vec<PreparedReturn>,
    /// Credit notes of others that cover units.
    pub by_hand: Vec<HandCredit>,
    /// Orders in the shop that replace returned goods, in the order in which they were seen.
    pub exchanges: Vec<Exchange>,
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
    /// Goods of units that Sage's stock ledger has shown where they belong, or that a person answers for.
    pub booked: BTreeMap<ReturnedItemId, Vec<Booked>>,
    /// When a person did so first, for each of them.
    pub settled_since: BTreeMap<ReturnedItemId, DateTime<Utc>>,
    /// Credit notes from its sales returns for which a person answers.
    pub answered: BTreeSet<Urn>,
    /// What the settled units are, where it is known.
    pub settled_goods: Vec<SettledUnit>,
    /// The status at which nothing more was to be done.
    pub closed: Option<RmaStatus>,
    /// The units it had then.
    pub units: Vec<ReturnedItemId>,
}

/// A piece that is where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Booked {
    /// Shown by Sage's stock ledger.
    Shown {
        /// The component, when the unit is a bundle.
        sku: Option<String>,
        /// Where.
        place: String,
    },
    /// A person answers for all of the unit.
    Accepted,
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
    pub(super) fn of(outcome: ReportEnd, run: RunId) -> Self {
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
    /// The customer gets other goods for it and no money, but for a difference.
    pub exchanged: bool,
    /// Since when we know.
    pub since: DateTime<Utc>,
    /// What it was valued at; none when somebody else credited what can't be valued.
    pub value: Option<&'r UnitValue>,
}

impl<'r> CoveredUnit<'r> {
    /// The products in it, with their pieces and what they were credited with: components in the place of a bundle.
    pub fn goods(&self) -> Vec<(&'r str, u32, Decimal)> {
        let parts = self.value.map(|value| value.parts.as_slice()).unwrap_or_default();
        if parts.is_empty() {
            return vec![(self.sku, 1, self.gross)];
        }
        parts.iter().map(|part| (part.sku.as_str(), part.pieces, part.net.amount() + part.vat.amount())).collect()
    }
}

impl Record {
    /// Nothing known yet.
    pub const NEW: Self = Self {
        baseline: false,
        expected: None,
        parcel_seen: None,
        finished_since: None,
        credits: Vec::new(),
        returns: Vec::new(),
        by_hand: Vec::new(),
        exchanges: Vec::new(),
        refunds: Vec::new(),
        reports: Vec::new(),
        validations: Vec::new(),
        released: BTreeSet::new(),
        refunded: BTreeSet::new(),
        settled: BTreeSet::new(),
        booked: BTreeMap::new(),
        settled_since: BTreeMap::new(),
        answered: BTreeSet::new(),
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
    pub(super) fn values_of_orders(&self) -> impl Iterator<Item = (&UnitValue, Option<&str>)> {
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

    /// Was the unit found to be sold for nothing, so that no credit note covers it?
    pub fn is_worth_nothing(&self, unit: &ReturnedItemId) -> bool {
        let nothing = self.by_hand.iter().filter(|hand| hand.urns.is_empty()).flat_map(|hand| &hand.units);
        nothing.into_iter().any(|hand| hand.unit == *unit && hand.gross.is_zero() && hand.value.is_some())
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

    /// Sales returns of ours with units that are not credited: people in Sage may go on with them, also when the units are
    /// settled.
    pub fn uncredited_returns(&self) -> impl Iterator<Item = &PreparedReturn> {
        self.returns.iter().filter(|of| of.uncredited().next().is_some())
    }

    /// A person has settled units.
    pub(super) fn settle(&mut self, units: impl IntoIterator<Item = ReturnedItemId>, at: DateTime<Utc>) {
        for unit in units {
            self.settled_since.entry(unit.clone()).or_insert(at);
            self.settled.insert(unit);
        }
    }

    /// A person answers for a credit note, if it was posted from one of these sales returns.
    pub(super) fn answer_for(&mut self, urn: Urn) {
        let mut credits = self.returns.iter().flat_map(|of| &of.credits);
        if credits.any(|(_, credit)| credit.urns.contains(&urn)) {
            self.answered.insert(urn);
        }
    }

    /// Credit notes that were posted from our sales returns and noted after a person had settled units on them, and for which
    /// nobody answers.
    pub fn credited_after_settling(&self) -> impl Iterator<Item = (&PreparedReturn, &ReturnCredit)> {
        let credits =
            self.returns.iter().flat_map(|of| of.credits.iter().map(move |(since, credit)| (of, since, credit)));
        let after = |since: &DateTime<Utc>, (unit, _): &(ReturnedItemId, Disposition)| {
            self.settled_since.get(unit).is_some_and(|settled| settled < since)
        };
        let answered = |credit: &ReturnCredit| credit.urns.iter().all(|urn| self.answered.contains(urn));
        let late = credits
            .filter(move |(_, since, credit)| !answered(credit) && credit.units.iter().any(|unit| after(since, unit)));
        late.map(|(of, _, credit)| (of, credit))
    }

    /// The units whose credit note was read in the ledger.
    pub fn credited(&self) -> Vec<CoveredUnit<'_>> {
        let mut found = Vec::new();
        for credit in &self.credits {
            let CreditStage::ReadBack { at, .. } = credit.stage else { continue };
            for (value, disposition) in credit.intent.units.iter().zip(&credit.intent.dispositions) {
                let gross = value.net.amount() + value.vat.amount();
                let (unit, sku, disposition) = (&value.unit, value.sku.as_str(), *disposition);
                let (exchanged, store_credit) = (value.exchanged, value.store_credit);
                let (ours, since, value) = (!gross.is_zero() && !exchanged, at, Some(value));
                found.push(CoveredUnit { unit, sku, gross, disposition, ours, store_credit, exchanged, since, value });
            }
        }
        for of in &self.returns {
            for (since, credit) in &of.credits {
                for (unit, disposition) in &credit.units {
                    let Some(value) = of.value(unit) else { continue };
                    let gross = value.net.amount() + value.vat.amount();
                    let (sku, store_credit, exchanged) = (value.sku.as_str(), value.store_credit, value.exchanged);
                    let (ours, disposition, since) = (!gross.is_zero() && !exchanged, *disposition, *since);
                    let value = Some(value);
                    let covered =
                        CoveredUnit { unit, sku, gross, disposition, ours, store_credit, exchanged, since, value };
                    found.push(covered);
                }
            }
        }
        for hand in &self.by_hand {
            found.extend(hand.units.iter().map(|unit| CoveredUnit {
                unit: &unit.unit,
                sku: &unit.sku,
                gross: unit.gross.amount(),
                disposition: unit.disposition,
                ours: unit.value.as_ref().is_some_and(|value| !value.exchanged) && !unit.gross.is_zero(),
                store_credit: unit.value.as_ref().is_some_and(|value| value.store_credit),
                exchanged: unit.value.as_ref().is_some_and(|value| value.exchanged),
                since: hand.at,
                value: unit.value.as_ref(),
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

    /// What is known of an order in the shop that replaces returned goods.
    pub fn exchange(&self, order: OrderId) -> Option<&Exchange> {
        self.exchanges.iter().find(|exchange| exchange.order == order)
    }

    /// The order that its credit notes or sales returns belong to, or are expected to.
    pub fn order(&self) -> Option<&OrderLink> {
        let credited = self.credits.first().map(|credit| &credit.intent.order);
        let prepared = || self.returns.first().map(|of| &of.intent.order);
        credited.or_else(prepared).or_else(|| self.expected.as_ref().map(|(order, _)| order))
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
            || self.uncredited_returns().next().is_some()
            || self.credited_after_settling().next().is_some()
            || self.credited().iter().any(|covered| covered.ours && !self.refunded.contains(covered.unit))
    }

    /// The shop's number of its order, as it was credited, prepared or expected under.
    pub fn order_number(&self) -> Option<&str> {
        self.order().map(|order| order.customer_document_no.as_str())
    }

    /// Has anything been done for it?
    pub fn is_empty(&self) -> bool {
        self.credits.is_empty() && self.returns.is_empty() && self.by_hand.is_empty() && self.expected.is_none()
    }

    pub(super) fn credit(&mut self, second_reference: &SecondReference) -> Option<&mut Credit> {
        self.credits.iter_mut().rev().find(|credit| credit.intent.second_reference == *second_reference)
    }
}
