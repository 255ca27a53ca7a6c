use super::{
    AdoptedAs, BookedUnit, ChangeOutcome, CreditIntent, CreditOutcome, Disposition, ExchangeIntent, HandUnit,
    OrderLink, RefundIntent, RefundOutcome, ReportEnd, ReturnChange, ReturnCredit, ReturnIntent, ReturnOutcome,
    SettledUnit, SplitLine, UnitValue,
};
use crate::exception::Finding;
use chrono::{DateTime, Utc};
use returngo_client::{ReturnedItemId, RmaId, RmaStatus, ShipmentId, TransactionId};
use returns_wire::{Currency, Money};
use sage200_client::{CompanyId, CustomerDocumentNo, SecondReference, SiteId, Urn};
use serde::{Deserialize, Serialize};
use shopify_returns::{OrderId, RefundId};
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
    /// A line that sold bundles was seen first, and taken apart.
    BundleSplit {
        /// The RMA.
        rma: RmaId,
        /// The line.
        split: Box<SplitLine>,
    },
    /// The parcel was seen as received, units not yet inspected.
    ParcelSeen {
        /// The RMA.
        rma: RmaId,
    },
    /// The RMA was seen to be Done in ReturnGO while units of it were open, or to be open again.
    FinishedSeen {
        /// The RMA.
        rma: RmaId,
        /// Is it Done?
        finished: bool,
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
    /// A sales return whose units a person has settled needs nothing more: it is complete in Sage, or not there.
    ReturnLeft {
        /// The RMA.
        rma: RmaId,
        /// The return.
        key: CustomerDocumentNo,
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
    /// What was noted for one unit of a sales return, goods and credit note, belongs to another whose line is alike: so
    /// says an inspection that came later.
    GoodsMoved {
        /// The RMA.
        rma: RmaId,
        /// The return.
        key: CustomerDocumentNo,
        /// The unit for which it was noted.
        from: ReturnedItemId,
        /// The unit to which it belongs.
        to: ReturnedItemId,
        /// Where the goods go.
        disposition: Disposition,
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
    /// ReturnGO shows the shop's order that replaces returned goods.
    ExchangeReleased {
        /// The RMA.
        rma: RmaId,
        /// The order in the shop.
        order: OrderId,
        /// Its name.
        name: String,
    },
    /// Its sales order is about to be entered in Sage.
    ExchangeIntended {
        /// The RMA.
        rma: RmaId,
        /// What is about to be entered.
        intent: Box<ExchangeIntent>,
    },
    /// The same sales order is about to be sent again, after it was looked up and not found.
    ExchangeResent {
        /// The RMA.
        rma: RmaId,
        /// The order in the shop.
        order: OrderId,
    },
    /// Entering it ended.
    ExchangeEnded {
        /// The RMA.
        rma: RmaId,
        /// The order in the shop.
        order: OrderId,
        /// How.
        outcome: ReturnOutcome,
    },
    /// Sage was asked for a sales order whose answer was lost, and does not have it.
    ExchangeNotFound {
        /// The RMA.
        rma: RmaId,
        /// The order in the shop.
        order: OrderId,
    },
    /// Sage shows the sales order of an exchange, whoever entered it.
    ExchangeInSage {
        /// The RMA.
        rma: RmaId,
        /// The order in the shop.
        order: OrderId,
        /// Sage's number for it.
        document_no: String,
    },
    /// Sage shows all goods of an exchange as despatched.
    ExchangeShipped {
        /// The RMA.
        rma: RmaId,
        /// The order in the shop.
        order: OrderId,
        /// What was paid back for the exchanged units until then.
        refunded: Money,
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
    /// The shop has an order for nothing that no RMA was known to name.
    NilOrderSeen {
        /// The order.
        order: OrderId,
        /// Its name.
        name: String,
    },
    /// It is cancelled, or costs something now.
    NilOrderOver {
        /// The order.
        order: OrderId,
    },
    /// A person takes responsibility for something that no RMA explains: a refund past ReturnGO, a credit note.
    Adopted {
        /// `refund <number>`, `URN <number>` or `order <number>`.
        subject: String,
        /// Who.
        who: String,
        /// Why.
        why: String,
        /// What the refund has paid.
        #[serde(default)]
        paid: AdoptedAs,
    },
    /// Sage's stock ledger shows units where they belong.
    GoodsBooked {
        /// The RMA.
        rma: RmaId,
        /// The units.
        units: Vec<BookedUnit>,
    },
    /// A person answers for goods that the stock ledger does not show where they belong.
    GoodsAccepted {
        /// The RMA.
        rma: RmaId,
        /// The units.
        units: Vec<ReturnedItemId>,
        /// Who.
        who: String,
        /// Why.
        why: String,
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
