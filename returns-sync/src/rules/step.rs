use crate::{
    exception::{Finding, Owner},
    journal::{
        CreditIntent, Event, ExchangeIntent, HandUnit, OrderLink, RefundIntent, ReturnChange, ReturnCredit,
        ReturnIntent, UnitValue,
    },
};
use chrono::{DateTime, Utc};
use returngo_client::{ReturnedItemId, RmaStatus, ShipmentId, TransactionId};
use returns_wire::Money;
use sage200_client::{CustomerDocumentNo, DeliveryAddress, Id, Order, OrderLine, SecondReference, Urn};
use shopify_returns::{LineItemId, OrderId, RefundId};

/// The next thing to do for one RMA.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Note that it is from before go-live.
    SeeBaseline,
    /// Note what will be due when the goods are there.
    Expect(OrderLink, Vec<UnitValue>),
    /// Note that the parcel is there.
    SeeParcel,
    /// Note that the RMA is Done in ReturnGO with units open, or is open again.
    SeeFinished(bool),
    /// Note that Sage does not have a credit note whose answer was lost.
    NoteNotFound(SecondReference),
    /// Note that Sage's ledger shows a credit note of ours.
    NoteReadBack(SecondReference, Urn),
    /// Send a credit note again that was proved not to be in Sage.
    Resend(CreditIntent),
    /// Give up a credit note that was proved not to be in Sage, because Sage's books changed meanwhile.
    Abandon(SecondReference, String),
    /// Post a credit note.
    Credit(CreditIntent),
    /// Enter a sales return.
    PrepareReturn {
        /// What is entered.
        intent: ReturnIntent,
        /// It was sent before, and proved not to be in Sage.
        resend: bool,
    },
    /// Take units off a sales return, or delete it.
    ChangeReturn {
        /// The return.
        key: CustomerDocumentNo,
        /// Its record.
        document: Id<Order>,
        /// The lines that go; all of them when it is deleted.
        lines: Vec<Id<OrderLine>>,
        /// What goes.
        change: ReturnChange,
        /// It was sent before, and Sage does not show it.
        resend: bool,
    },
    /// Enter the sales order of an exchange: the credit notes of all its units stand.
    EnterExchange {
        /// What is entered.
        intent: Box<ExchangeIntent>,
        /// Where the goods go.
        address: Box<DeliveryAddress>,
        /// All its units, each with what covers it.
        releases: Vec<Release>,
        /// It was sent before, and proved not to be in Sage.
        resend: bool,
    },
    /// Note what Sage shows of a sales return or an exchange.
    Note(Box<Event>),
    /// Note that somebody else's credit notes cover units.
    AcceptHandCredit {
        /// The transactions.
        urns: Vec<Urn>,
        /// Their net value.
        net: Money,
        /// Their VAT.
        vat: Money,
        /// The units.
        units: Vec<HandUnit>,
    },
    /// Note that units were sold for nothing.
    CoverNothing(Vec<HandUnit>),
    /// Note that credit notes of somebody else that covered units are gone or changed.
    DropHandCredit(Vec<Urn>),
    /// Release the refund of units whose credit note stands in the ledger.
    Release(Release),
    /// Make the refund of units whose credit note stands in the ledger.
    RefundInShop(Release, RefundPlan),
    /// Tell ReturnGO that a parcel is validated, which makes it refund: the credit notes of all its units stand.
    ValidateParcel {
        /// The parcel.
        shipment: ShipmentId,
        /// Its units, each with what covers it.
        releases: Vec<Release>,
        /// Its units that were sold for nothing.
        worthless: Vec<ReturnedItemId>,
    },
    /// Ask for a refund again whose answer was lost, under its key.
    ResendRefund(Release, RefundIntent),
    /// Note that the shop shows a refund of ours.
    NoteRefundMade(u32, RefundId),
    /// Tell ReturnGO that a refund it asked for was made.
    ReportRefund {
        /// What ReturnGO asked for.
        transaction: TransactionId,
        /// The refund in the shop.
        refund: RefundId,
        /// How much.
        amount: Money,
    },
    /// Note that refunds were paid.
    SeeRefund(Vec<ReturnedItemId>),
    /// Note that nothing more is to be done while the status stays.
    Close(RmaStatus),
}

/// Units to be released to the work list, by the credit note that covers them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Release {
    /// Covered by a credit note of ours.
    Ours {
        /// The credit note.
        intent: CreditIntent,
        /// Those of its units that are released.
        units: Vec<ReturnedItemId>,
    },
    /// Covered by a credit note that a person has posted from a sales return of ours.
    ByReturn {
        /// The return.
        key: CustomerDocumentNo,
        /// Its credit note.
        credit: ReturnCredit,
        /// Those of its units that are released.
        units: Vec<ReturnedItemId>,
    },
    /// Covered by somebody else's.
    ByHand {
        /// The transactions.
        urns: Vec<Urn>,
        /// All units they cover, and what these are worth.
        covers: Vec<HandUnit>,
        /// Those that are released.
        units: Vec<ReturnedItemId>,
    },
}

impl Release {
    /// The units that are released.
    pub fn units(&self) -> &[ReturnedItemId] {
        let (Self::Ours { units, .. } | Self::ByReturn { units, .. } | Self::ByHand { units, .. }) = self;
        units
    }
}

/// A refund to be made in the shop. Which payments it goes back to, the shop is asked just before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefundPlan {
    /// Counts the refunds of an RMA, from 1.
    pub number: u32,
    /// The order.
    pub order: OrderId,
    /// The units.
    pub units: Vec<ReturnedItemId>,
    /// Order lines and counts.
    pub lines: Vec<(LineItemId, u32)>,
    /// In all: what the units were credited with.
    pub amount: Money,
    /// What was kept as fees: so much more the goods are worth in the shop.
    pub kept: Money,
}

/// Something that is waited for, without anything being wrong.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Wait {
    /// Whose turn it is; none when it is ours.
    pub whose: Option<Owner>,
    /// What is waited for.
    pub what: String,
    /// Until when, if time alone ends it.
    pub until: Option<DateTime<Utc>>,
}

/// Where an RMA stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// From before go-live.
    Baseline,
    /// Not approved yet.
    AwaitingApproval,
    /// Approved, goods on their way.
    AwaitingGoods,
    /// Goods there, not all units inspected.
    AwaitingInspection,
    /// Something is due and held back.
    Held,
    /// A credit note is under way.
    Crediting,
    /// Credited, refund released and not yet paid.
    AwaitingRefund,
    /// Credited, new goods not yet on their way.
    AwaitingExchange,
    /// Cancelled or rejected, nothing received.
    Cancelled,
    /// Nothing more to do.
    Done,
}

/// What the rules say about one RMA now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a decision does nothing until it is carried out"]
pub struct Decision {
    /// The next step. After it, the facts are read again and decided anew.
    pub step: Option<Step>,
    /// What a person must see.
    pub findings: Vec<Finding>,
    /// What is waited for.
    pub waits: Vec<Wait>,
    /// Where the RMA stands.
    pub standing: Standing,
}
