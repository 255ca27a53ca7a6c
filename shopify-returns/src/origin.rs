//! Who made a refund, and what kind it is: a verdict with its evidence, never a bare yes or no.

use crate::{
    AppId, AppRef, Balance, LineItemId, Moved, OrderRefunds, Refund, RefundId, RestockType, ReturnId, TransactionKind,
};
use chrono::{DateTime, TimeDelta, Utc};
use returns_wire::{Money, MoneyError};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// What Shopify records within this time of a refund belongs to the same act.
const SAME_ACT: TimeDelta = TimeDelta::seconds(60);

/// What the caller knows beside the shop.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// Refunds that the returns portal names in its own transactions.
    pub portal_refunds: &'k BTreeSet<RefundId>,
    /// The portal's app in this shop. While it is not known, any app may be the portal's.
    pub portal_apps: &'k [AppId],
    /// Refunds that this program has made, by their ids.
    pub our_refunds: &'k BTreeSet<RefundId>,
    /// Text that this program puts into the note of each refund it makes.
    pub our_marker: &'k str,
    /// This program's own app, if it is known.
    pub our_app: Option<AppId>,
    /// The units of this order that RMAs of the portal hold, cancelled ones left out. None at all means that the portal has
    /// refunded nothing of it.
    pub portal_units: &'k [PortalUnit],
    /// False without the scope `read_returns`: then no refund shows the native return it belongs to.
    pub native_returns_shown: bool,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
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

impl Verdict {
    /// True when nothing but an open RMA says that it pays twice, and nobody can be named for it: it may be the portal's own
    /// payment of that RMA, which the portal lists late. Pay nothing meanwhile, and look again.
    pub fn may_be_the_rma_itself(&self) -> bool {
        let twice =
            |evidence: &Evidence| matches!(evidence, Evidence::OverRefunded { .. } | Evidence::BeyondReceived { .. });
        self.origin == RefundOrigin::DoublePayment
            && self.maker == RefundOrigin::Unattributed
            && !self.evidence.iter().any(twice)
    }
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
#[non_exhaustive]
pub struct Verdict {
    /// The refund.
    pub refund: RefundId,
    /// What to call it: who made it, or that it pays twice.
    pub origin: RefundOrigin,
    /// Who made it, also when it pays twice.
    pub maker: RefundOrigin,
    /// What kind it is.
    pub kind: RefundKind,
    /// Its money.
    pub moved: Moved,
    /// Do its parts explain its money?
    pub balance: Balance,
    /// Why.
    pub evidence: Vec<Evidence>,
}

/// Says who made a refund and what kind it is.
///
/// `order` holds all refunds of the order, with the agreements that name the apps. What was paid back is compared with
/// what was received in the customer's currency, as the shop's own amounts follow the rate of the day.
///
/// # Errors
/// [`MoneyError`] for amounts that do not add up in one currency.
pub fn classify(order: &OrderRefunds, refund: &Refund, known: &Known<'_>) -> Result<Verdict, MoneyError> {
    let moved = refund.moved()?;
    let mut evidence = Vec::new();
    let kind = kind_of(order, refund, &moved, &mut evidence)?;
    let maker = maker_of(order, refund, known, &mut evidence);
    let money = moved.promised()?.amount() > Decimal::ZERO;
    let doubles = if money { doubles(order, refund, known, maker, kind)? } else { Vec::new() };
    let origin = if doubles.is_empty() { maker } else { RefundOrigin::DoublePayment };
    evidence.extend(doubles);
    Ok(Verdict {
        refund: refund.id,
        origin,
        maker,
        kind,
        moved,
        balance: refund.balance(order.taxes_included)?,
        evidence,
    })
}

fn kind_of(
    order: &OrderRefunds,
    refund: &Refund,
    moved: &Moved,
    evidence: &mut Vec<Evidence>,
) -> Result<RefundKind, MoneyError> {
    let near = |at: DateTime<Utc>| refund.created_at.is_some_and(|made| (made - at).abs() <= SAME_ACT);
    let restocks = |which: &[RestockType]| refund.lines.iter().any(|line| which.contains(&line.restock_type));
    let never_shipped =
        !refund.lines.items.is_empty() && refund.lines.iter().all(|line| line.restock_type == RestockType::Cancel);
    let cancelled = order.cancelled_at.is_some_and(|at| never_shipped || near(at));
    let edited = order.agreements.iter().any(|a| a.kind == "OrderEditAgreement" && near(a.happened_at));
    let by_act = if cancelled {
        evidence.push(Evidence::OrderCancelled);
        Some(RefundKind::Cancellation)
    } else if edited {
        evidence.push(Evidence::OrderEdited);
        Some(RefundKind::Edit)
    } else {
        None
    };
    let movements = refund.transactions.iter().filter(|t| t.kind == TransactionKind::Refund);
    if movements.map(|movement| movement.amount.shop.amount()).all(|amount| amount.is_zero()) {
        return Ok(by_act.unwrap_or_else(|| {
            if restocks(&[RestockType::Return, RestockType::LegacyRestock, RestockType::Cancel]) {
                RefundKind::RestockOnly
            } else {
                RefundKind::NoMoney
            }
        }));
    }
    if moved.promised()?.is_zero() {
        return Ok(RefundKind::Failed);
    }
    if !moved.pending.is_zero() {
        return Ok(RefundKind::Pending);
    }
    if let Some(kind) = by_act {
        return Ok(kind);
    }
    if !refund.lines.items.is_empty() {
        let all = refund.moved_to_customer()?.paid.amount() >= order.received.customer.amount();
        return Ok(if all { RefundKind::Full } else { RefundKind::Partial });
    }
    // In the customer's currency: the shop's own amounts follow the rate of the day.
    let shipping = refund.shipping_to_customer(order.taxes_included)?;
    let only_shipping = !refund.shipping.items.is_empty() && refund.moved_to_customer()?.paid == shipping;
    Ok(if only_shipping { RefundKind::ShippingOnly } else { RefundKind::AmountOnly })
}

/// Who made it, double payments left aside.
fn maker_of(order: &OrderRefunds, refund: &Refund, known: &Known<'_>, evidence: &mut Vec<Evidence>) -> RefundOrigin {
    let app = order.agreement(refund.id).and_then(|agreement| agreement.app.as_ref());
    evidence.push(app.map_or(Evidence::NoApp, |app| Evidence::MadeBy(app.clone())));
    if let Some(native) = &refund.native_return {
        evidence.push(Evidence::NativeReturn(native.id));
    }
    if known.our_refunds.contains(&refund.id) {
        evidence.push(Evidence::WeKnowIt);
        return RefundOrigin::Ours;
    }
    if known.portal_refunds.contains(&refund.id) {
        evidence.push(Evidence::PortalNamesIt);
        return RefundOrigin::ReturnGo;
    }
    if refund.note.as_ref().is_some_and(|note| note.carries(known.our_marker)) {
        evidence.push(Evidence::OurMarker);
        // Anybody can type a marker; another app's name beside it is a contradiction.
        let by_us = app.is_none_or(|app| Some(app.id) == known.our_app);
        return if by_us { RefundOrigin::Ours } else { RefundOrigin::Unattributed };
    }
    match app {
        Some(app) if known.portal_apps.contains(&app.id) => RefundOrigin::ReturnGo,
        // No RMA of the portal touches the order, so it is not the portal's.
        Some(_) if known.portal_units.is_empty() => RefundOrigin::Direct,
        // Another app than the portal's, and no native return, which the portal may have had carried out. This program's
        // own app is another one too: without its marker, somebody else works under it.
        Some(_) if !known.portal_apps.is_empty() && known.native_returns_shown && refund.native_return.is_none() => {
            RefundOrigin::Direct
        }
        Some(_) | None => RefundOrigin::Unattributed,
    }
}

/// What is paid twice, or would be, by this refund.
fn doubles(
    order: &OrderRefunds,
    refund: &Refund,
    known: &Known<'_>,
    maker: RefundOrigin,
    kind: RefundKind,
) -> Result<Vec<Evidence>, MoneyError> {
    let mut found = Vec::new();
    let place = |refund: &Refund| (refund.created_at.is_none(), refund.created_at, refund.id);
    let mut refunded = Money::zero(refund.total.customer.currency());
    let mut units: BTreeMap<LineItemId, u32> = BTreeMap::new();
    for earlier in order.refunds.iter().filter(|earlier| place(earlier) <= place(refund)) {
        let promised = earlier.moved_to_customer()?.promised()?;
        if promised.amount() <= Decimal::ZERO {
            continue;
        }
        refunded = refunded.checked_add(promised)?;
        for line in &earlier.lines {
            let sum = units.entry(line.line.id).or_default();
            *sum = sum.saturating_add(line.quantity);
        }
    }
    for line in &refund.lines {
        let Some(sold) = line.line.quantity else { continue };
        let refunded = units.get(&line.line.id).copied().unwrap_or_default();
        let over = Evidence::OverRefunded { line: line.line.id, refunded, sold };
        if refunded > sold && !found.contains(&over) {
            found.push(over);
        }
    }
    if refunded.amount() > order.received.customer.amount() {
        found.push(Evidence::BeyondReceived { refunded, received: order.received.customer });
    }
    let of_goods = kind != RefundKind::ShippingOnly;
    if of_goods && matches!(maker, RefundOrigin::Direct | RefundOrigin::Unattributed) {
        let touches = |unit: &PortalUnit| match unit.line {
            _ if refund.lines.items.is_empty() => true,
            Some(line) => refund.units_of(line) > 0,
            None => true,
        };
        for unit in known.portal_units.iter().filter(|unit| unit.open && touches(unit)) {
            let open = Evidence::OpenRma(unit.line);
            if !found.contains(&open) {
                found.push(open);
            }
        }
    }
    Ok(found)
}
