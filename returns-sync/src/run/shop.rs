//! The shop's side of a run: refunds that came past ReturnGO, twice or not at all, and credit notes that belong to no RMA.

use super::{Adopt, Running, SeenRefund, gather::rows_of_refund, sweep::Listed};
use crate::{
    evidence::Fresh,
    exception::{Code, Finding},
    journal::{Event, RefundIntent, RefundStage, State},
    policy::{Exchanges, NilOrders, Policy},
    rules::{GOODS, ShopRefunds, credits_under, describe, not_listed_yet, shop_line, subject},
};
use chrono::{DateTime, TimeDelta, Utc};
use returngo_client::{Rma, RmaId, RmaStatus, Transaction, TransactionStatus};
use returns_wire::{Delivery, Error, ErrorKind, report as error_text};
use rust_decimal::Decimal;
use sage200_client::{Customer, CustomerDocumentNo, DocumentStatus, Id, OrderView};
use shopify_returns::{
    AppId, ChangedOrder, Evidence, Known, OrderId, OrderRefunds, OrderTransactionId, PayoutRow, PortalUnit, Refund,
    RefundId, RefundKind, RefundOrigin, Verdict, classify,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// The search index of the shop may lag: what changed just before the last look is looked at again.
const OVERLAP: Duration = Duration::from_secs(15 * 60);

/// How subjects begin that are orders for nothing.
const NIL_ORDER: &str = "order ";

/// What is known about who makes refunds.
#[derive(Debug, Clone, Default)]
pub(super) struct Attribution {
    portal_refunds: BTreeSet<RefundId>,
    our_app: Option<AppId>,
    native_returns_shown: bool,
}

impl Attribution {
    pub(super) fn new(refunds: &[Transaction], our_app: Option<AppId>, native_returns_shown: bool) -> Self {
        Self { portal_refunds: named(refunds).collect(), our_app, native_returns_shown }
    }

    /// Says what the refunds of an order are, as far as these RMAs tell.
    pub(super) fn classify(
        &self,
        read: OrderRefunds,
        rmas: &[&Rma],
        state: &State,
        policy: &Policy,
    ) -> Result<ShopRefunds, Error> {
        let mut portal_refunds = self.portal_refunds.clone();
        portal_refunds.extend(rmas.iter().flat_map(|rma| named(&rma.transactions)));
        let of_ours = state.rmas.values().flat_map(|record| &record.refunds);
        let our_refunds = of_ours.filter_map(|refund| match refund.stage {
            RefundStage::Made(id) => id,
            _ => None,
        });
        let our_refunds: BTreeSet<_> = our_refunds.collect();
        let portal_apps: Vec<_> = policy.returngo_app.into_iter().collect();
        let portal_units: Vec<_> = rmas.iter().flat_map(|rma| units(rma, state)).collect();
        let known = Known {
            portal_refunds: &portal_refunds,
            portal_apps: &portal_apps,
            our_refunds: &our_refunds,
            our_marker: RefundIntent::MARKER,
            our_app: self.our_app,
            portal_units: &portal_units,
            native_returns_shown: self.native_returns_shown,
        };
        let verdicts = read.refunds.iter().map(|refund| classify(&read, refund, &known)).collect::<Result<_, _>>();
        let verdicts = verdicts.map_err(|error| {
            let message = format!("the refunds of {} in Shopify can't be added up", read.name);
            Error::new("returns_sync.shop", ErrorKind::Decode, Delivery::Applied, message).because(error)
        })?;
        Ok(ShopRefunds { read, verdicts })
    }
}

/// Refunds in the shop that ReturnGO names as paid or asked for.
fn named(transactions: &[Transaction]) -> impl Iterator<Item = RefundId> {
    let live = transactions.iter().filter(|row| row.status != TransactionStatus::Failed);
    live.filter_map(|row| row.platform_refund_id()?.parse().ok())
}

/// The units of an RMA, as the shop's refunds are compared with them.
fn units(rma: &Rma, state: &State) -> Vec<PortalUnit> {
    if matches!(rma.status(), RmaStatus::Canceled | RmaStatus::Rejected) {
        return Vec::new();
    }
    let record = state.rmas.get(rma.id());
    let paid = |id: &returngo_client::ReturnedItemId| {
        let success = |row: &Transaction| row.status == TransactionStatus::Success && row.return_item_ids.contains(id);
        record.is_some_and(|record| record.refunded.contains(id) || record.settled.contains(id))
            || rma.transactions.iter().any(success)
    };
    let unit = |item: &returngo_client::Item| PortalUnit { line: shop_line(item), open: !paid(&item.returned_item_id) };
    rma.items.iter().map(unit).collect()
}

/// What one look at the shop has found, beyond single RMAs.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Subjects that were looked at: what is open about them and was not found again is over.
    pub(super) subjects: BTreeSet<String>,
    /// True when all credit notes were looked through.
    pub(super) credit_notes: bool,
    /// True when all movements of returned goods were looked through.
    pub(super) goods: bool,
    /// True when all orders for nothing were looked through.
    pub(super) nil_orders: bool,
}

impl Looked {
    pub(super) fn saw(&self, subject: &str) -> bool {
        self.subjects.contains(subject)
            || (self.credit_notes && subject.starts_with("URN "))
            || (self.goods && subject.starts_with(GOODS))
            || (self.nil_orders && subject.starts_with(NIL_ORDER))
    }
}

impl Running<'_> {
    /// Looks through the orders that changed, and at every refund that is still watched.
    pub(super) async fn look_at_shop(&mut self, listed: &Listed) -> Result<(), super::RunError> {
        let Some(shopify) = self.systems.shopify.clone() else { return Ok(()) };
        let since = self.book.state().shop_swept.unwrap_or(self.policy.go_live);
        let mut orders: BTreeSet<OrderId> = self.book.state().watched.values().copied().collect();
        let mut pages = shopify.changed_since(since, OVERLAP);
        let mut until = since;
        loop {
            match pages.next_page().await {
                Ok(None) => break,
                Ok(Some(page)) => {
                    orders.extend(page.orders.iter().filter(|order| !order.refunds.is_empty()).map(|order| order.id));
                    until = until.max(page.watermark);
                    self.note_nil_orders(&page.orders).await?;
                }
                Err(error) => {
                    self.shop_failed("the orders that changed", &error);
                    return Ok(());
                }
            }
        }
        let mut complete = true;
        let mut payouts = None;
        for order in orders {
            match shopify.order_refunds(order).await {
                Ok(Some(read)) => complete &= self.refunds_of(read, listed, &mut payouts).await?,
                Ok(None) => self.order_hidden(order).await?,
                Err(error) => {
                    self.shop_failed("the refunds of an order", &error);
                    complete = false;
                }
            }
        }
        if complete && self.book.state().shop_swept != Some(until) && until > since {
            self.book.write(Event::ShopSwept { until }).await?;
        }
        Ok(())
    }

    /// Orders for nothing are remembered until ReturnGO names them: it does so late.
    async fn note_nil_orders(&mut self, orders: &[ChangedOrder]) -> Result<(), super::RunError> {
        if self.policy.nil_orders == NilOrders::Ignore {
            return Ok(());
        }
        for order in orders {
            let known = self.book.state().nil_orders.contains_key(&order.id);
            let since_go_live = order.created_at.is_some_and(|at| at >= self.policy.go_live);
            let open = order.is_for_nothing() && order.cancelled_at.is_none() && since_go_live;
            match (known, open) {
                (false, true) if !self.is_exchange(order.id) => {
                    let (order, name) = (order.id, order.name.clone());
                    self.book.write(Event::NilOrderSeen { order, name }).await?;
                }
                (true, false) => self.book.write(Event::NilOrderOver { order: order.id }).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Does an RMA name it as the order of its new goods?
    fn is_exchange(&self, order: OrderId) -> bool {
        self.book.state().rmas.values().any(|record| record.exchange(order).is_some())
    }

    /// Orders for nothing that no RMA has named in time. An exchange that Sage never hears of may be among them.
    pub(super) fn look_for_nil_orders(&mut self) {
        // What is over, or not asked for any more, clears.
        self.looked.nil_orders = true;
        if self.policy.nil_orders == NilOrders::Ignore {
            return;
        }
        let now = self.systems.clock.now();
        for (order, (since, name)) in self.book.state().nil_orders.clone() {
            let about = Adopt::NilOrder(order).to_string();
            let adopted = self.book.state().adopted.contains_key(&about);
            if adopted || now - since < self.policy.attribute_within || self.is_exchange(order) {
                continue;
            }
            let since = since.format("%-d %B %Y %H:%M UTC");
            let facts = format!("{about} in Shopify is for nothing, seen since {since}, and no RMA names it");
            self.found(Finding {
                subject: Some(about),
                order: Some(name),
                ..Finding::of_the_run(Code::NilOrderUnlinked, facts)
            });
        }
    }

    /// An order whose refunds are watched and that the shop shows no more. Those that somebody has adopted rest; the others
    /// stay open until then.
    async fn order_hidden(&mut self, order: OrderId) -> Result<(), super::RunError> {
        let of_it = self.book.state().watched.iter().filter(|(_, of)| **of == order).map(|(refund, _)| *refund);
        for refund in of_it.collect::<Vec<_>>() {
            let about = format!("refund {refund}");
            if self.book.state().adopted.contains_key(&about) {
                self.looked.subjects.insert(about);
                self.book.write(Event::RefundRests { refund }).await?;
                continue;
            }
            let text = format!(
                "refund {refund} is watched, and Shopify does not show its order {order}: it is gone, or older than 60 days \
                 and hidden from this app (read_all_orders)"
            );
            self.found(Finding { subject: Some(about), ..Finding::of_the_run(Code::RefundsHidden, text) });
        }
        Ok(())
    }

    /// The records of the policy's accounts.
    pub(super) async fn accounts(&mut self) -> Result<BTreeSet<Id<Customer>>, Error> {
        if self.accounts.is_none() {
            let mut found = BTreeSet::new();
            for account in &self.policy.customers {
                found.extend(self.systems.sage.customer_by_reference(account).await?.map(|customer| customer.id));
            }
            self.accounts = Some(found);
        }
        Ok(self.accounts.clone().unwrap_or_default())
    }

    fn shop_failed(&mut self, what: &str, error: &Error) {
        let text = format!("{what} in Shopify could not be read: {}", error_text(error));
        self.found(Finding::of_the_run(Code::ReadFailed, text));
    }

    /// Judges the refunds of one order. False when something about them could not be read.
    async fn refunds_of(
        &mut self,
        read: OrderRefunds,
        listed: &Listed,
        payouts: &mut Option<Result<BTreeMap<OrderTransactionId, PayoutRow>, String>>,
    ) -> Result<bool, super::RunError> {
        let name = read.name.clone();
        let bare = |name: &str| crate::rules::bare_name(name, self.policy).trim_start_matches('#').to_owned();
        let ids: Vec<RmaId> = listed.by_order.get(&bare(&name)).cloned().unwrap_or_default();
        let mut rmas = Vec::new();
        for id in &ids {
            match Fresh::rma(&self.systems.returngo, id, self.run).await {
                Ok(rma) => rmas.push(rma),
                // It is told with the RMA itself; without its units nobody can be named.
                Err(_) => return Ok(false),
            }
        }
        let rmas: Vec<_> = rmas.iter().map(Fresh::get).collect();
        let attribution = self.gatherer.attribution().clone();
        let judged = match attribution.classify(read, &rmas, self.book.state(), self.policy) {
            Ok(judged) => judged,
            Err(error) => {
                self.shop_failed("the refunds of an order", &error);
                return Ok(false);
            }
        };
        if judged.read.completeness() != shopify_returns::Completeness::Complete {
            let text = format!("{name} has so many refunds in Shopify that not all can be read");
            self.found(Finding::of_the_run(Code::ReadFailed, text));
        }
        let sage_orders = OnceOrders::default();
        for (refund, verdict) in judged.read.refunds.iter().zip(&judged.verdicts) {
            let about = subject(verdict);
            let state = self.book.state();
            let adopted = state.adopted.contains_key(&about);
            let code = match code_of(refund, verdict, &judged.read, adopted, self.policy, self.systems.clock.now()) {
                Judged::Told(Code::CancelledInShopify) if self.told_as_exchange(judged.read.id, verdict) => {
                    Judged::Over
                }
                code => code,
            };
            let (code, mut watch) = match code {
                Judged::Told(code) => (Some(code), true),
                Judged::Wait => (None, true),
                Judged::Over => (None, false),
            };
            let mut told = code;
            if told.is_some_and(|code| code != Code::RefundFailed && code != Code::DoublePayment) {
                match self.credited_for(refund.id, verdict).await {
                    Ok(true) => (told, watch) = (None, false),
                    Ok(false) => {}
                    Err(error) => {
                        self.shop_failed("the credit note for a refund", &error);
                        return Ok(false);
                    }
                }
            }
            self.looked.subjects.insert(about.clone());
            if let Some(code) = told {
                let place = self.sage_order(&name, &sage_orders).await;
                let payout = self.payout(refund, payouts).await;
                let facts = format!("{}; {}{payout}; {place}", words(verdict), describe(refund, verdict));
                self.found(Finding {
                    code,
                    rma: None,
                    subject: Some(about),
                    order: Some(name.clone()),
                    units: Vec::new(),
                    money_at_risk: verdict.moved.promised().ok().filter(|money| !money.is_zero()),
                    facts,
                });
            }
            self.report.shop_refunds.push(SeenRefund::new(&name, refund, verdict, told));
            let watched = self.book.state().watched.contains_key(&refund.id);
            if watch && !watched {
                self.book.write(Event::RefundWatched { refund: refund.id, order: judged.read.id }).await?;
            } else if !watch && watched {
                self.book.write(Event::RefundRests { refund: refund.id }).await?;
            }
        }
        Ok(true)
    }

    /// The order of an exchange was called off before its goods were sent, and no money has moved: its RMA tells of it.
    fn told_as_exchange(&self, order: OrderId, verdict: &Verdict) -> bool {
        let mut of_rmas = self.book.state().rmas.values().filter_map(|record| record.exchange(order));
        let open = of_rmas.any(|exchange| exchange.shipped.is_none());
        open && self.policy.exchanges != Exchanges::Hold && verdict.moved.promised().is_ok_and(|money| money.is_zero())
    }

    /// Does the sales ledger hold credit for this refund, under its number and of its worth?
    async fn credited_for(&mut self, refund: RefundId, verdict: &Verdict) -> Result<bool, Error> {
        let Some(paid) = verdict.moved.promised().ok().filter(|paid| !paid.is_zero()) else { return Ok(false) };
        let mut rows = rows_of_refund(&self.systems.sage, refund).await?;
        // Where accounts are not named, any may be the order's.
        if self.policy.customers.are_named() {
            let accounts = self.accounts().await?;
            rows.retain(|row| row.customer_id.is_some_and(|id| accounts.contains(&id)));
        }
        let credited: Decimal = credits_under(&rows).iter().map(|(_, effect)| effect.net + effect.vat).sum();
        Ok(credited > Decimal::ZERO && (credited - paid.amount()).abs() <= paid.currency().smallest())
    }

    /// The order in Sage, and whether it is still open.
    async fn sage_order(&self, name: &str, once: &OnceOrders) -> String {
        if let Some(known) = once.0.borrow().as_ref() {
            return known.clone();
        }
        let number = CustomerDocumentNo::new(crate::rules::bare_name(name, self.policy).trim_start_matches('#'));
        let text = match number {
            Err(error) => error.to_string(),
            Ok(number) => match self.systems.sage.orders_by_document_no(&number).await {
                Err(error) => format!("its Sage order could not be read: {}", error_text(&error)),
                Ok(orders) if orders.is_empty() => format!("no Sage order carries {number}"),
                Ok(orders) => orders.iter().map(shown).collect::<Vec<_>>().join(", "),
            },
        };
        once.0.replace(Some(text.clone()));
        text
    }

    /// The payout that a refund's money was taken from, as far as the shop tells.
    async fn payout(
        &self,
        refund: &Refund,
        payouts: &mut Option<Result<BTreeMap<OrderTransactionId, PayoutRow>, String>>,
    ) -> String {
        let Some(shopify) = &self.systems.shopify else { return String::new() };
        if !refund.transactions.iter().any(|movement| !movement.amount.shop.is_zero()) {
            return String::new();
        }
        if payouts.is_none() {
            let since = self.policy.go_live - TimeDelta::days(1);
            *payouts = Some(shopify.refund_payouts(since).await.map_err(|error| error_text(&error)));
        }
        let rows = match payouts {
            Some(Ok(rows)) => rows,
            Some(Err(error)) => return format!("; its payout can't be read: {error}"),
            None => return String::new(),
        };
        let mut said = Vec::new();
        for movement in &refund.transactions {
            if let Some(row) = rows.get(&movement.id) {
                let status = row.payout_status.as_deref().unwrap_or("of no known state").to_lowercase();
                said.push(match row.payout {
                    Some(payout) => format!("{} in payout {payout}, {status}", row.net),
                    None => format!("{}, not yet taken from a payout", movement.amount.shop),
                });
            }
        }
        if said.is_empty() { "; in no payout yet".to_owned() } else { format!("; {}", said.join(" and ")) }
    }
}

/// The text about an order in Sage, read at most once.
#[derive(Default)]
struct OnceOrders(std::cell::RefCell<Option<String>>);

fn shown(order: &OrderView) -> String {
    let number = order.document_no.as_deref().unwrap_or("?");
    let account = order.customer_reference.as_deref().unwrap_or("?");
    let status = match &order.document_status {
        Some(DocumentStatus::Live) => "still open",
        Some(DocumentStatus::OnHold) => "on hold",
        Some(DocumentStatus::Complete) => "completed",
        Some(DocumentStatus::Dispute) => "in dispute",
        Some(DocumentStatus::Cancelled) => "cancelled",
        Some(DocumentStatus::Draft) => "a draft",
        Some(_) | None => "of a state we do not know",
    };
    format!("Sage order {number} on {account} is {status}")
}

enum Judged {
    Told(Code),
    Wait,
    Over,
}

fn code_of(
    refund: &Refund,
    verdict: &Verdict,
    order: &OrderRefunds,
    adopted: bool,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Judged {
    let pending = verdict.kind == RefundKind::Pending;
    // Whoever adopts money under way does not speak for its failure.
    if order.test || (adopted && verdict.kind != RefundKind::Failed) {
        return if pending && !order.test { Judged::Wait } else { Judged::Over };
    }
    // From before go-live: seen, never told.
    if refund.created_at.is_some_and(|at| at < policy.go_live) {
        return Judged::Over;
    }
    let by_kind = |money: Code| match verdict.kind {
        RefundKind::Cancellation => Judged::Told(Code::CancelledInShopify),
        RefundKind::Edit => Judged::Told(Code::EditedInShopify),
        RefundKind::RestockOnly => Judged::Told(Code::RestockedInShopify),
        RefundKind::NoMoney => Judged::Over,
        _ => Judged::Told(money),
    };
    match (verdict.origin, verdict.kind) {
        _ if not_listed_yet(refund, verdict, policy, now).is_some() => Judged::Wait,
        (RefundOrigin::DoublePayment, _) => Judged::Told(Code::DoublePayment),
        // Ours is told with its RMA.
        (RefundOrigin::Ours, _) => {
            if pending {
                Judged::Wait
            } else {
                Judged::Over
            }
        }
        (_, RefundKind::Failed) => Judged::Told(Code::RefundFailed),
        (RefundOrigin::ReturnGo, _) if verdict.evidence.contains(&Evidence::PortalNamesIt) => {
            if pending {
                Judged::Wait
            } else {
                Judged::Over
            }
        }
        (RefundOrigin::Direct, _) => by_kind(Code::RefundOutsideReturnGo),
        // ReturnGO's app as well: a refund that it lists for no RMA has no credit note either.
        _ if refund.created_at.is_some_and(|at| now - at < policy.attribute_within) => Judged::Wait,
        _ => by_kind(Code::RefundUnattributed),
    }
}

/// The verdict in words.
fn words(verdict: &Verdict) -> &'static str {
    match verdict.kind {
        RefundKind::Full => "goods, all that was received for the order",
        RefundKind::Partial => "goods, a part of the order",
        RefundKind::ShippingOnly => "shipping only",
        RefundKind::AmountOnly => "an amount without goods",
        RefundKind::RestockOnly => "stock only",
        RefundKind::NoMoney => "a record only",
        RefundKind::Edit => "goods taken off the order",
        RefundKind::Cancellation => "the order cancelled",
        RefundKind::Pending => "money under way",
        RefundKind::Failed => "money refused",
        _ => "a refund",
    }
}
