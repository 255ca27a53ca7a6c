//! Sales returns of ours in Sage, as the journal holds them.

use super::{Disposition, Lookup, OrderLink, RunId, TaxChoice, UnitValue, VatRounding, total};
use chrono::{DateTime, NaiveDate, Utc};
use returngo_client::ReturnedItemId;
use returns_wire::{Money, MoneyError};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use sage200_client::{AnalysisText, CustomerDocumentNo, Id, Product, Urn, Warehouse};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A unit on a sales return: a line of quantity 1, or one for each piece of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedUnit {
    /// The unit and its value.
    pub value: UnitValue,
    /// The product's record; none for a bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Id<Product>>,
    /// The records of a bundle's components, in the order of its [`parts`](UnitValue::parts).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Id<Product>>,
}

/// One line of a sales return, of quantity 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreparedLine<'u> {
    /// The product.
    pub sku: &'u str,
    /// Its record.
    pub product: Id<Product>,
    /// Net value.
    pub net: Money,
    /// VAT.
    pub vat: Money,
    /// The VAT code.
    pub tax: TaxChoice,
}

impl PreparedUnit {
    /// Its lines. Pieces of one component share its value evenly, the first ones having the odd pennies.
    pub fn lines(&self) -> Vec<PreparedLine<'_>> {
        let records = self.product.iter().chain(&self.components);
        let mut lines = Vec::new();
        for (goods, product) in self.value.goods().zip(records) {
            for (net, vat) in evenly(goods.net, goods.pieces).zip(evenly(goods.vat, goods.pieces)) {
                lines.push(PreparedLine { sku: goods.sku, product: *product, net, vat, tax: goods.tax });
            }
        }
        lines
    }
}

/// So many parts of an amount that differ by the smallest coin at most, the larger ones first.
fn evenly(amount: Money, parts: u32) -> impl Iterator<Item = Money> {
    let coin = amount.currency().smallest();
    let count = Decimal::from(parts.max(1));
    let each = (amount.amount() / count / coin).trunc() * coin;
    let odd = ((amount.amount() - each * count) / coin).to_u32().unwrap_or_default();
    // An amount of whole coins, shared out in whole coins, is one of its currency.
    let of = move |part| Money::new(each + if part < odd { coin } else { Decimal::ZERO }, amount.currency());
    (0..parts).filter_map(move |part| of(part).ok())
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
    /// The units.
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

    /// The price of a line.
    pub fn price(&self, line: &PreparedLine<'_>) -> Decimal {
        if self.prices_include_tax { line.net.amount() + line.vat.amount() } else { line.net.amount() }
    }
}

/// How entering a sales return, or the sales order of an exchange, ended, as far as we saw.
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

/// How far a sales return, or the sales order of an exchange, got.
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
    /// A person has settled its units, and it is complete in Sage or not there.
    Left {
        /// Sage's number; empty when it was never read.
        document_no: String,
    },
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

impl ReturnStage {
    pub(super) fn ended(outcome: ReturnOutcome, at: DateTime<Utc>, run: RunId) -> Self {
        match outcome {
            ReturnOutcome::Made { document_no } => Self::Made { at, document_no },
            ReturnOutcome::Rejected { message, in_use } => Self::Rejected { at, message, in_use },
            ReturnOutcome::Abandoned { .. } => Self::Abandoned,
            ReturnOutcome::NotSent { message } => Self::NotSent { run, message },
            ReturnOutcome::Unknown { .. } => Self::Open(Lookup::default()),
        }
    }
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
        !matches!(
            self.stage,
            ReturnStage::Rejected { .. } | ReturnStage::Abandoned | ReturnStage::Deleted | ReturnStage::Left { .. }
        )
    }

    /// The units on it that were not taken off; none when it does not hold them.
    pub fn units(&self) -> impl Iterator<Item = &PreparedUnit> {
        let live = self.is_live();
        self.intent.units.iter().filter(move |unit| live && !self.dropped.contains(&unit.value.unit))
    }

    /// Gives what was noted for one unit to another.
    pub(super) fn move_goods(&mut self, from: &ReturnedItemId, to: &ReturnedItemId, place: Disposition) {
        if let Some(at) = self.received.remove(from) {
            self.received.insert(to.clone(), at);
        }
        for (unit, disposition) in self.credits.iter_mut().flat_map(|(_, credit)| &mut credit.units) {
            if unit == from {
                (*unit, *disposition) = (to.clone(), place);
            }
        }
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
        self.stage = ReturnStage::ended(outcome, at, run);
        if matches!(self.stage, ReturnStage::Open(_)) {
            self.sent_at = at;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use returns_wire::Currency;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn pieces_add_up_to_their_component(pennies in 0_i64..10_000_000, parts in 1_u32..60) {
            let whole = Money::new(Decimal::new(pennies, 2), Currency::GBP).unwrap();
            let shares: Vec<_> = evenly(whole, parts).map(|share| share.amount()).collect();
            prop_assert_eq!(shares.len(), usize::try_from(parts).unwrap());
            prop_assert_eq!(shares.iter().sum::<Decimal>(), whole.amount());
            prop_assert!(shares.iter().all(|share| *share >= Decimal::ZERO));
            prop_assert!(shares.is_sorted_by(|one, next| one >= next));
            prop_assert!(shares[0] - shares[shares.len() - 1] <= Decimal::new(1, 2));
        }
    }
}
