//! Who made a refund, and what kind it is: a verdict with its evidence, never a bare yes or no.

use crate::{AppId, AppRef, Balance, LineItemId, Moved, RefundId, ReturnId};
use returns_wire::Money;
use std::collections::BTreeSet;

/// What the caller knows beside the shop.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// Refunds that the returns portal names in its own transactions.
    pub portal_refunds: &'k BTreeSet<RefundId>,
    /// The portal's app in this shop, if it is known.
    pub portal_apps: &'k [AppId],
    /// Refunds that this program has made, by their ids.
    pub our_refunds: &'k BTreeSet<RefundId>,
    /// Text that this program puts into the note of each refund it makes.
    pub our_marker: &'k str,
    /// This program's own app, if it is known.
    pub our_app: Option<AppId>,
    /// The units of this order that RMAs of the portal hold, cancelled ones left out.
    pub portal_units: &'k [PortalUnit],
}

/// A unit that an RMA holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortalUnit {
    /// Its order line; none when the portal does not say.
    pub line: Option<LineItemId>,
    /// Is its refund still to come?
    pub open: bool,
}

/// Who made a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RefundOrigin {
    /// The returns portal.
    ReturnGo,
    /// This program.
    Ours,
    /// Somebody else, past the portal: staff in Shopify's admin, a till, another app.
    Direct,
    /// Not to be told, or the evidence contradicts itself. The portal lists its own refunds late: look again later.
    Unattributed,
    /// Whoever made it: it pays, or will pay together with an open RMA, for what is paid already.
    DoublePayment,
}

/// What kind of refund it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RefundKind {
    /// Goods, and everything that was received for the order.
    Full,
    /// Goods, and a part of what was received.
    Partial,
    /// Shipping and nothing else.
    ShippingOnly,
    /// Money without goods: goodwill, or a correction.
    AmountOnly,
    /// Goods put back into Shopify's stock, no money.
    RestockOnly,
    /// A record without money and without stock.
    NoMoney,
    /// Made by changing the order.
    Edit,
    /// Made by cancelling the order.
    Cancellation,
    /// Its money is under way.
    Pending,
    /// Its money was refused: the customer got nothing.
    Failed,
}

/// What speaks for a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// The portal names this refund in a transaction of its own.
    PortalNamesIt,
    /// This program has its id from Shopify's answer.
    WeKnowIt,
    /// Its note carries this program's marker.
    OurMarker,
    /// This app made it.
    MadeBy(AppRef),
    /// Shopify names no app.
    NoApp,
    /// It belongs to a native return.
    NativeReturn(ReturnId),
    /// An RMA holds units of this line (of the order, when there is none) whose refund is still to come.
    OpenRma(Option<LineItemId>),
    /// More units of a line are refunded than were sold.
    OverRefunded {
        /// The line.
        line: LineItemId,
        /// Units refunded, up to and with this refund.
        refunded: u32,
        /// Units sold.
        sold: u32,
    },
    /// More money was paid back than was received.
    BeyondReceived {
        /// Paid back, or promised, up to and with this refund.
        refunded: Money,
        /// Received.
        received: Money,
    },
    /// The order was changed within a minute of it.
    OrderEdited,
    /// The order was cancelled.
    OrderCancelled,
}

/// What a refund is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The refund.
    pub refund: RefundId,
    /// Who made it.
    pub origin: RefundOrigin,
    /// What kind it is.
    pub kind: RefundKind,
    /// Its money.
    pub moved: Moved,
    /// Do its parts explain its money?
    pub balance: Balance,
    /// Why.
    pub evidence: Vec<Evidence>,
}
