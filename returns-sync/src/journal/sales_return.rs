//! Sales returns of ours in Sage, as the journal holds them.

use super::{Disposition, Lookup, OrderLink, RunId, UnitValue, VatRounding, total};
use chrono::{DateTime, NaiveDate, Utc};
use returngo_client::ReturnedItemId;
use returns_wire::{Money, MoneyError};
use rust_decimal::Decimal;
use sage200_client::{AnalysisText, CustomerDocumentNo, Id, Product, Urn, Warehouse};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A unit on a sales return: one line of quantity 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedUnit {
    /// The unit and its value.
    pub value: UnitValue,
    /// The product's record.
    pub product: Id<Product>,
}

/// A sales return that is about to be entered: frozen units, values, date and key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnIntent {
    /// The key under which it is found in Sage, its customer document number: `RMA<number>-<n>`.
    pub key: CustomerDocumentNo,
    /// The shop's order number, in an analysis code.
    pub order_no: AnalysisText,
    /// The document's date, in London.
    pub date: NaiveDate,
    /// The original order.
    pub order: OrderLink,
    /// Where the goods are received.
    pub warehouse: Id<Warehouse>,
    /// Whether Sage's prices include VAT: what a line's price means.
    pub prices_include_tax: bool,
    /// The units, one line each.
    pub units: Vec<PreparedUnit>,
    /// Pennies of VAT that Sage's rounding line by line is expected to differ by, told to finance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounding: Vec<VatRounding>,
}

impl ReturnIntent {
    /// The values of its units.
    pub fn values(&self) -> impl Iterator<Item = &UnitValue> {
        self.units.iter().map(|unit| &unit.value)
    }

    /// Net plus VAT of all its units.
    ///
    /// # Errors
    /// As [`CreditIntent::net`](super::CreditIntent::net).
    pub fn gross(&self) -> Result<Money, MoneyError> {
        total(self.values().flat_map(|value| [value.net, value.vat]))
    }

    /// The price of a unit's line.
    pub fn price(&self, value: &UnitValue) -> Decimal {
        if self.prices_include_tax { value.net.amount() + value.vat.amount() } else { value.net.amount() }
    }
}

/// How entering a sales return ended, as far as we saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnOutcome {
    /// A 2xx. The number is missing when the answer could not be read.
    Made {
        /// Sage's number for it.
        document_no: Option<String>,
    },
    /// A complete answer that nothing was done.
    Rejected {
        /// Sage's words.
        message: String,
        /// True when somebody was working on the account just then: the next run tries again.
        in_use: bool,
    },
    /// Looked up, not found, and given up, because the RMA or Sage's books changed meanwhile.
    Abandoned {
        /// What was found instead.
        message: String,
    },
    /// Proved not to have been sent.
    NotSent {
        /// Why.
        message: String,
    },
    /// May have been applied.
    Unknown {
        /// What was seen.
        message: String,
    },
}

/// A change to a sales return that nobody has received goods on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnChange {
    /// The lines of these units go.
    Drop {
        /// The units.
        units: Vec<ReturnedItemId>,
        /// Why.
        why: String,
    },
    /// The whole return goes.
    Delete {
        /// Why.
        why: String,
    },
}

impl ReturnChange {
    /// Why.
    pub fn why(&self) -> &str {
        let (Self::Drop { why, .. } | Self::Delete { why }) = self;
        why
    }
}

/// How a change ended, as far as we saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeOutcome {
    /// Sage shows the return without what was to go.
    Done,
    /// Taken by Sage, and not yet looked at.
    Taken,
    /// A complete answer that nothing was done.
    Rejected {
        /// Sage's words.
        message: String,
    },
    /// Given up: goods were received meanwhile.
    Abandoned {
        /// What was found.
        message: String,
    },
    /// Proved not to have been sent.
    NotSent {
        /// Why.
        message: String,
    },
    /// May have been applied.
    Unknown {
        /// What was seen.
        message: String,
    },
}

/// A credit note that a person has posted from a sales return of ours, read in the sales ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnCredit {
    /// Its number: the ledger's reference.
    pub credit_note: String,
    /// The transactions.
    pub urns: Vec<Urn>,
    /// Its date in the ledger.
    pub date: Option<NaiveDate>,
    /// Its net value, as Sage computed it.
    pub net: Money,
    /// Its VAT, as Sage computed it.
    pub vat: Money,
    /// The units on it, and where each goes.
    pub units: Vec<(ReturnedItemId, Disposition)>,
}

/// One sales return of ours.
#[derive(Debug, Clone)]
pub struct PreparedReturn {
    /// What was to be entered.
    pub intent: ReturnIntent,
    /// When it was last sent, or about to be.
    pub sent_at: DateTime<Utc>,
    /// How far it got.
    pub stage: ReturnStage,
    /// A change that is under way.
    pub change: Option<PendingChange>,
    /// A change that Sage refused, and when.
    pub refused_change: Option<(DateTime<Utc>, String)>,
    /// Units whose lines were taken off.
    pub dropped: BTreeSet<ReturnedItemId>,
    /// Units on whose lines goods were received, and since when we know.
    pub received: BTreeMap<ReturnedItemId, DateTime<Utc>>,
    /// Credit notes posted from it, and since when we know.
    pub credits: Vec<(DateTime<Utc>, ReturnCredit)>,
}

/// How far a sales return got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnStage {
    /// Sent, or about to be; the end is not known.
    Open(Lookup),
    /// Proved not to have been sent, in that run.
    NotSent {
        /// The run.
        run: RunId,
        /// Why.
        message: String,
    },
    /// Accepted; not yet read back.
    Made {
        /// When.
        at: DateTime<Utc>,
        /// Sage's number, when the answer could be read.
        document_no: Option<String>,
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
    /// Read back.
    Found {
        /// Sage's number.
        document_no: String,
    },
    /// Deleted by us.
    Deleted,
}

/// A change that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingChange {
    /// What is to go.
    pub change: ReturnChange,
    /// When it was last sent, or about to be.
    pub sent_at: DateTime<Utc>,
    /// In which run it was proved not to have been sent, if it was.
    pub not_sent: Option<RunId>,
    /// How often it was sent, or about to be.
    pub tries: u32,
    /// What Sage said last, where that does not tell whether it was done.
    pub message: Option<String>,
}

impl PreparedReturn {
    /// A return that is about to be entered.
    pub(super) fn new(intent: ReturnIntent, at: DateTime<Utc>) -> Self {
        Self {
            intent,
            sent_at: at,
            stage: ReturnStage::Open(Lookup::default()),
            change: None,
            refused_change: None,
            dropped: BTreeSet::new(),
            received: BTreeMap::new(),
            credits: Vec::new(),
        }
    }

    /// Does it hold its units?
    pub fn is_live(&self) -> bool {
        !matches!(self.stage, ReturnStage::Rejected { .. } | ReturnStage::Abandoned | ReturnStage::Deleted)
    }

    /// The units on it that were not taken off; none when it does not hold them.
    pub fn units(&self) -> impl Iterator<Item = &PreparedUnit> {
        let live = self.is_live();
        self.intent.units.iter().filter(move |unit| live && !self.dropped.contains(&unit.value.unit))
    }

    /// The units on it that no credit note covers yet.
    pub fn uncredited(&self) -> impl Iterator<Item = &PreparedUnit> {
        self.units().filter(|unit| !self.is_credited(&unit.value.unit))
    }

    /// Does a credit note that was read in the ledger cover the unit?
    pub fn is_credited(&self, unit: &ReturnedItemId) -> bool {
        self.credits.iter().any(|(_, credit)| credit.units.iter().any(|(covered, _)| covered == unit))
    }

    /// The value of a unit on it.
    pub fn value(&self, unit: &ReturnedItemId) -> Option<&UnitValue> {
        self.intent.values().find(|value| value.unit == *unit)
    }

    pub(super) fn end(&mut self, outcome: ReturnOutcome, at: DateTime<Utc>, run: RunId) {
        self.stage = match outcome {
            ReturnOutcome::Made { document_no } => ReturnStage::Made { at, document_no },
            ReturnOutcome::Rejected { message, in_use } => ReturnStage::Rejected { at, message, in_use },
            ReturnOutcome::Abandoned { .. } => ReturnStage::Abandoned,
            ReturnOutcome::NotSent { message } => ReturnStage::NotSent { run, message },
            ReturnOutcome::Unknown { .. } => {
                self.sent_at = at;
                ReturnStage::Open(Lookup::default())
            }
        };
    }

    pub(super) fn end_change(&mut self, outcome: ChangeOutcome, at: DateTime<Utc>, run: RunId) {
        let Some(pending) = &mut self.change else { return };
        match outcome {
            ChangeOutcome::Taken => pending.sent_at = at,
            ChangeOutcome::Unknown { message } => (pending.sent_at, pending.message) = (at, Some(message)),
            ChangeOutcome::NotSent { .. } => pending.not_sent = Some(run),
            ChangeOutcome::Done => {
                match &pending.change {
                    ReturnChange::Drop { units, .. } => self.dropped.extend(units.iter().cloned()),
                    ReturnChange::Delete { .. } => self.stage = ReturnStage::Deleted,
                }
                (self.change, self.refused_change) = (None, None);
            }
            ChangeOutcome::Rejected { message } | ChangeOutcome::Abandoned { message } => {
                (self.change, self.refused_change) = (None, Some((at, message)));
            }
        }
    }
}
