use super::{
    AdoptedAs, ChangeOutcome, OrderLink, RefundIntent, RefundOutcome, ReportEnd, ReturnChange, ReturnCredit,
    ReturnIntent, ReturnOutcome, SettledUnit,
};
use crate::exception::Finding;
use chrono::{DateTime, NaiveDate, Utc};
use returngo_client::{ReturnedItemId, RmaId, RmaStatus, ShipmentId, TransactionId};
use returns_wire::{Currency, JsonDecimal, Money, MoneyError};
use rust_decimal::Decimal;
use sage200_client::{
    CompanyId, CustomerDocumentNo, Id, OrderLine, Reference, SecondReference, SiteId, TaxCodeRecord, Urn,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shopify_returns::{LineItemId, OrderId, RefundId};
use std::fmt;

/// One run of the sync: the instant it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub DateTime<Utc>);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y%m%dT%H%M%SZ"))
    }
}

/// What a journal belongs to. A journal is never used for another shop or company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// ReturnGO's shop.
    pub shop: String,
    /// Sage site.
    pub site: SiteId,
    /// Sage company.
    pub company: CompanyId,
    /// Its base currency.
    pub currency: Currency,
}

/// The VAT code a value was computed with. It must be resolved anew before it is used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxChoice {
    /// The code's record.
    pub id: Id<TaxCodeRecord>,
    /// Its number, as people know it.
    pub number: i16,
    /// Its rate then, in percent.
    pub rate: JsonDecimal,
}

/// Where a received unit goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Inspected as fit to be sold again.
    Saleable,
    /// Not fit, or not inspected: kept apart.
    Quarantine,
    /// Stays with the customer: nothing is booked.
    Kept,
}

/// A fee that was taken off a unit's credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeTaken {
    /// Without VAT.
    pub net: Money,
    /// VAT.
    pub vat: Money,
    /// Is a fee of the whole RMA in it? That is taken once.
    pub of_rma: bool,
}

/// What one physical unit is credited with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitValue {
    /// The unit.
    pub unit: ReturnedItemId,
    /// The line of the Sage order it was sold on; none when the credit stands alone.
    #[serde(default)]
    pub order_line: Option<Id<OrderLine>>,
    /// The line of the shop's order it was sold on, as ReturnGO names it.
    #[serde(default)]
    pub shop_line: Option<LineItemId>,
    /// Its product.
    pub sku: String,
    /// Net value.
    pub net: Money,
    /// VAT.
    pub vat: Money,
    /// The VAT code.
    pub tax: TaxChoice,
    /// What was taken off for fees; net and VAT are after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<FeeTaken>,
    /// The customer gets a code for it and no money.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub store_credit: bool,
}

impl UnitValue {
    /// What the unit was sold for, without VAT: fees taken off its credit do not make the line's other units dearer.
    pub fn sold_net(&self) -> Decimal {
        self.net.amount() + self.fee.map_or(Decimal::ZERO, |fee| fee.net.amount())
    }

    /// VAT of what the unit was sold for.
    pub fn sold_vat(&self) -> Decimal {
        self.vat.amount() + self.fee.map_or(Decimal::ZERO, |fee| fee.vat.amount())
    }
}

/// A penny of VAT that a document carries beside what its rate gives on the goods: the shop rounded line by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VatRounding {
    /// The VAT code.
    pub number: i16,
    /// What the rate gives on the goods, and what Sage computes.
    pub predicted: Money,
    /// What the customer paid, and what is posted.
    pub posted: Money,
}

/// A unit that somebody else's credit note covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandUnit {
    /// The unit.
    pub unit: ReturnedItemId,
    /// Its product, as far as known.
    pub sku: String,
    /// What it is worth, with VAT: by the order line, or by what the customer paid where that can't be said.
    pub gross: Money,
    /// What we would have credited it with. None where this version does not credit it: no refund is released then.
    pub value: Option<UnitValue>,
    /// Where it goes.
    pub disposition: Disposition,
}

/// A credit note that is about to be posted: frozen units, values, date and reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditIntent {
    /// The key under which it is found in Sage: `RMA<number>-<n>`.
    pub second_reference: SecondReference,
    /// The shop's order number.
    pub reference: Option<Reference>,
    /// The document's date, in London.
    pub date: NaiveDate,
    /// The original order.
    pub order: OrderLink,
    /// The units and their values.
    pub units: Vec<UnitValue>,
    /// Where each unit goes once the credit note stands.
    pub dispositions: Vec<Disposition>,
    /// Pennies of VAT beside what the rates give, told to finance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounding: Vec<VatRounding>,
}

impl CreditIntent {
    /// Sum of the units' net values.
    ///
    /// # Errors
    /// Mixed currencies or a sum past 28 digits.
    pub fn net(&self) -> Result<Money, MoneyError> {
        total(self.units.iter().map(|unit| unit.net))
    }

    /// Sum of the units' VAT.
    ///
    /// # Errors
    /// As [`net`](Self::net).
    pub fn vat(&self) -> Result<Money, MoneyError> {
        total(self.units.iter().map(|unit| unit.vat))
    }

    /// Net plus VAT.
    ///
    /// # Errors
    /// As [`net`](Self::net).
    pub fn gross(&self) -> Result<Money, MoneyError> {
        self.net()?.checked_add(self.vat()?)
    }
}

/// Adds amounts of one currency. No amounts are nothing in pounds.
pub(crate) fn total(mut amounts: impl Iterator<Item = Money>) -> Result<Money, MoneyError> {
    let first = amounts.next().unwrap_or(Money::zero(Currency::GBP));
    amounts.try_fold(first, Money::checked_add)
}

/// How a post to Sage ended, as far as we saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditOutcome {
    /// A 2xx. The URN is missing when the answer could not be read.
    Posted {
        /// Sage's number for the transaction.
        urn: Option<Urn>,
    },
    /// A complete answer that nothing was done.
    Rejected {
        /// Sage's words.
        message: String,
        /// True when somebody was working on the account just then: the next run tries again.
        in_use: bool,
    },
    /// Looked up, not found, and given up, because Sage's books changed meanwhile.
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

/// What happened. Money sits in these, so the enum is externally tagged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The journal was bound to a shop and a company.
    Bound(Binding),
    /// An RMA from before go-live was seen.
    Baseline {
        /// The RMA.
        rma: RmaId,
    },
    /// An approved return was matched to its order: what will be due when the goods are there.
    Expected {
        /// The RMA.
        rma: RmaId,
        /// The order.
        order: OrderLink,
        /// The units and their values.
        units: Vec<UnitValue>,
    },
    /// The parcel was seen as received, units not yet inspected.
    ParcelSeen {
        /// The RMA.
        rma: RmaId,
    },
    /// A credit note is about to be posted.
    CreditIntended {
        /// The RMA.
        rma: RmaId,
        /// What is about to be posted.
        intent: CreditIntent,
    },
    /// The same credit note is about to be sent again, after it was looked up and not found.
    CreditResent {
        /// The RMA.
        rma: RmaId,
        /// The credit note.
        second_reference: SecondReference,
    },
    /// The post ended.
    CreditEnded {
        /// The RMA.
        rma: RmaId,
        /// The credit note.
        second_reference: SecondReference,
        /// How.
        outcome: CreditOutcome,
    },
    /// Sage was asked for a credit note whose answer was lost, and does not have it.
    CreditNotFound {
        /// The RMA.
        rma: RmaId,
        /// The credit note.
        second_reference: SecondReference,
    },
    /// The credit note was read from the sales ledger.
    CreditReadBack {
        /// The RMA.
        rma: RmaId,
        /// The credit note.
        second_reference: SecondReference,
        /// Sage's number for the transaction.
        urn: Urn,
    },
    /// A sales return is about to be entered.
    ReturnIntended {
        /// The RMA.
        rma: RmaId,
        /// What is about to be entered.
        intent: ReturnIntent,
    },
    /// The same sales return is about to be sent again, after it was looked up and not found.
    ReturnResent {
        /// The RMA.
        rma: RmaId,
        /// The return.
        key: CustomerDocumentNo,
    },
    /// Entering it ended.
    ReturnEnded {
        /// The RMA.
        rma: RmaId,
        /// The return.
        key: CustomerDocumentNo,
        /// How.
        outcome: ReturnOutcome,
    },
    /// Sage was asked for a sales return whose answer was lost, and does not have it.
    ReturnNotFound {
        /// The RMA.
        rma: RmaId,
        /// The return.
        key: CustomerDocumentNo,
    },
    /// A sales return of ours was read back.
    ReturnFound {
        /// The RMA.
        rma: RmaId,
        /// The return.
        key: CustomerDocumentNo,
        /// Sage's number for it.
        document_no: String,
    },
    /// A sales return of ours is about to be changed, before goods are received on what goes.
    ReturnChangeIntended {
        /// The RMA.
        rma: RmaId,
        /// The return.
        key: CustomerDocumentNo,
        /// What goes.
        change: ReturnChange,
    },
    /// The change ended.
    ReturnChangeEnded {
        /// The RMA.
        rma: RmaId,
        /// The return.
        key: CustomerDocumentNo,
        /// How.
        outcome: ChangeOutcome,
    },
    /// Sage shows goods received for these units.
    GoodsReceived {
        /// The RMA.
        rma: RmaId,
        /// The return.
        key: CustomerDocumentNo,
        /// The units.
        units: Vec<ReturnedItemId>,
    },
    /// A credit note that a person posted from a sales return of ours was read in the sales ledger.
    ReturnCredited {
        /// The RMA.
        rma: RmaId,
        /// The return.
        key: CustomerDocumentNo,
        /// The credit note.
        credit: ReturnCredit,
    },
    /// Credit notes that somebody else posted cover these units.
    CreditedByHand {
        /// The RMA.
        rma: RmaId,
        /// The transactions found.
        urns: Vec<Urn>,
        /// Their net value, as read.
        net: Money,
        /// Their VAT, as read.
        vat: Money,
        /// The units.
        units: Vec<HandUnit>,
    },
    /// Units that were sold for nothing: there is nothing to credit or to refund, only goods to be booked.
    NothingToCredit {
        /// The RMA.
        rma: RmaId,
        /// The units.
        units: Vec<HandUnit>,
    },
    /// Credit notes that somebody else had posted are gone or changed: they cover nothing any more.
    HandCreditGone {
        /// The RMA.
        rma: RmaId,
        /// The transactions that had been found.
        urns: Vec<Urn>,
    },
    /// A person says that these units need nothing more from us.
    Settled {
        /// The RMA.
        rma: RmaId,
        /// The units.
        units: Vec<ReturnedItemId>,
        /// Who says so.
        who: String,
        /// Why.
        why: String,
        /// What they are.
        #[serde(default)]
        goods: Vec<SettledUnit>,
    },
    /// The refund of these units was released to the work list.
    RefundReleased {
        /// The RMA.
        rma: RmaId,
        /// The units.
        units: Vec<ReturnedItemId>,
        /// Their gross value.
        gross: Money,
    },
    /// A refund is about to be made in the shop.
    RefundIntended {
        /// The RMA.
        rma: RmaId,
        /// What is about to be refunded.
        intent: RefundIntent,
    },
    /// The same refund is about to be asked for again, under the same key, after the order was read without it.
    RefundResent {
        /// The RMA.
        rma: RmaId,
        /// [`RefundIntent::number`].
        number: u32,
    },
    /// It ended.
    RefundEnded {
        /// The RMA.
        rma: RmaId,
        /// [`RefundIntent::number`].
        number: u32,
        /// How.
        outcome: RefundOutcome,
    },
    /// ReturnGO is about to be told that a refund it asked for was made.
    ReportIntended {
        /// The RMA.
        rma: RmaId,
        /// What ReturnGO asked for.
        transaction: TransactionId,
        /// The refund in the shop.
        refund: RefundId,
    },
    /// ReturnGO was told.
    ReportEnded {
        /// The RMA.
        rma: RmaId,
        /// What ReturnGO asked for.
        transaction: TransactionId,
        /// How.
        outcome: ReportEnd,
    },
    /// ReturnGO is about to be told that a parcel is validated: the credit notes of all its units were read back.
    ValidationIntended {
        /// The RMA.
        rma: RmaId,
        /// The parcel.
        shipment: ShipmentId,
        /// All its units.
        units: Vec<ReturnedItemId>,
    },
    /// ReturnGO was told.
    ValidationEnded {
        /// The RMA.
        rma: RmaId,
        /// The parcel.
        shipment: ShipmentId,
        /// How.
        outcome: ReportEnd,
    },
    /// The shop's orders were looked through for refunds up to this instant.
    ShopSwept {
        /// Up to when.
        until: DateTime<Utc>,
    },
    /// A refund in the shop has to be looked at again by every run.
    RefundWatched {
        /// The refund.
        refund: RefundId,
        /// Its order.
        order: OrderId,
    },
    /// Nothing more is to be seen on it.
    RefundRests {
        /// The refund.
        refund: RefundId,
    },
    /// A person takes responsibility for something that no RMA explains: a refund past ReturnGO, a credit note.
    Adopted {
        /// `refund <number>` or `URN <number>`.
        subject: String,
        /// Who.
        who: String,
        /// Why.
        why: String,
        /// What the refund has paid.
        #[serde(default)]
        paid: AdoptedAs,
    },
    /// The refund of these units was seen as paid.
    RefundSeen {
        /// The RMA.
        rma: RmaId,
        /// The units.
        units: Vec<ReturnedItemId>,
    },
    /// Nothing more is to be done while the status stays.
    Closed {
        /// The RMA.
        rma: RmaId,
        /// Its status in ReturnGO then.
        status: RmaStatus,
        /// The units it had: a refund of one of them wakes it.
        units: Vec<ReturnedItemId>,
    },
    /// It moved on from the status it was closed at.
    Reopened {
        /// The RMA.
        rma: RmaId,
    },
    /// A run stopped early; or, with nothing next, one came to its end again.
    Stopped {
        /// The RMA that comes next.
        next: Option<RmaId>,
    },
    /// An exception was raised.
    ExceptionRaised(Finding),
    /// An exception's cause is gone.
    ExceptionCleared {
        /// [`Finding::key`].
        key: String,
    },
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Position, from 1.
    pub seq: u64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// By which run.
    pub run: RunId,
    /// What happened, as stored: JSON text of an [`Event`].
    pub body: String,
    /// SHA-256 over the previous entry's hash and everything above, in hexadecimal.
    pub hash: String,
}

impl Entry {
    /// What the first entry follows.
    pub const FIRST: &'static str = "";

    /// The entry at `seq` that follows one with the hash `previous`.
    pub fn link(previous: &str, seq: u64, at: DateTime<Utc>, run: RunId, body: String) -> Self {
        let hash = Self::digest(previous, seq, at, run, &body);
        Self { seq, at, run, body, hash }
    }

    /// True when the entry is unchanged and follows the entry with the hash `previous`.
    pub fn follows(&self, previous: &str) -> bool {
        self.hash == Self::digest(previous, self.seq, self.at, self.run, &self.body)
    }

    fn digest(previous: &str, seq: u64, at: DateTime<Utc>, run: RunId, body: &str) -> String {
        let text = format!("{previous}\n{seq}\n{}\n{}\n{body}", at.to_rfc3339(), run.0.to_rfc3339());
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
