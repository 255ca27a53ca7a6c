//! Exchanges: the shop's orders that replace returned goods are watched until Sage shows them as despatched, and entered in
//! Sage where that is chosen, once the credit notes of the returned goods stand.

use super::{
    ExchangeFacts, Release, ShopOrder, Standing, Step,
    decide::{Deciding, Next, is_running},
    exchange_order::{Hindrance, Replacement},
    orders::bare_name,
    refunds,
    sales_returns::is_there,
    settle::{Look, TRY_REFUSED_AGAIN, look_again},
    units,
};
use crate::{
    exception::{Code, Owner},
    journal::{CoveredUnit, EnteredExchange, Event, Exchange, ReturnOutcome, ReturnStage},
    policy::Exchanges,
};
use chrono::{DateTime, Utc};
use returngo_client::{ExchangeOrder, ReturnedItemId, Rma, RmaStatus, TransactionType};
use returns_wire::Money;
use rust_decimal::Decimal;
use sage200_client::{LineType, OrderLineView, OrderView};
use shopify_returns::OrderId;
use std::collections::BTreeMap;

/// Orders that carry goods: what ReturnGO calls a fee is none.
pub(super) fn of_goods(rma: &Rma) -> impl Iterator<Item = &ExchangeOrder> {
    rma.exchange_orders.iter().filter(|order| order.kind.as_deref() != Some("Fee"))
}

/// Those that are released, by the shop's id.
pub(super) fn released(rma: &Rma) -> impl Iterator<Item = (Option<OrderId>, &str)> {
    of_goods(rma).filter_map(|order| {
        let id = order.order_id.as_ref()?;
        Some((id.as_str().parse().ok(), order.order_name.as_deref().unwrap_or_default().trim()))
    })
}

fn note(event: Event) -> Option<Next> {
    Some((Some(Step::Note(Box::new(event))), Standing::AwaitingExchange))
}

/// SKU and pieces, for people.
fn listed(goods: &BTreeMap<String, Decimal>) -> String {
    if goods.is_empty() {
        return "nothing".to_owned();
    }
    goods.iter().map(|(sku, count)| format!("{} x {sku}", count.normalize())).collect::<Vec<_>>().join(", ")
}

fn code_of(line: &OrderLineView) -> String {
    line.product_code.as_deref().unwrap_or("a line without a code").trim().to_ascii_uppercase()
}

/// Lines with goods on them.
fn goods_lines(lines: &[OrderLineView]) -> impl Iterator<Item = &OrderLineView> {
    lines.iter().filter(|line| line.line_type.as_ref().is_none_or(|kind| *kind == LineType::Standard))
}

fn amount(value: Option<returns_wire::JsonDecimal>) -> Decimal {
    value.map_or(Decimal::ZERO, |value| value.get())
}

impl<'f> Deciding<'f> {
    /// Has a person settled the whole RMA?
    pub(super) fn is_settled(&self) -> bool {
        let settled = &self.facts.record().settled;
        self.facts.rma.items.iter().all(|item| settled.contains(&item.returned_item_id))
    }

    /// Units that are exchanged and that no person has settled.
    pub(super) fn exchanged(&self) -> Vec<ReturnedItemId> {
        let settled = &self.facts.record().settled;
        let open = self.facts.rma.items.iter().filter(|item| units::is_exchange(item));
        open.map(|item| item.returned_item_id.clone()).filter(|unit| !settled.contains(unit)).collect()
    }

    /// Those of them that credit notes in the ledger cover, when all of them are.
    pub(super) fn credited_for_exchange(&self) -> Option<Vec<CoveredUnit<'f>>> {
        let units = self.exchanged();
        let mut covered = self.facts.record().credited();
        covered.retain(|covered| covered.exchanged && units.contains(covered.unit));
        (!units.is_empty() && covered.len() == units.len()).then_some(covered)
    }

    /// What ReturnGO has paid back, or will, for units that are exchanged.
    pub(super) fn paid_back(&self, exchanged: &[ReturnedItemId]) -> Result<Money, String> {
        let mut sum = Money::zero(self.policy.currency);
        for transaction in refunds::live(self.facts, self.policy) {
            let units = refunds::units_of(self.facts, transaction);
            let of_exchange = units.iter().filter(|unit| exchanged.contains(unit)).count();
            if of_exchange == 0 {
                continue;
            }
            let id = &transaction.id;
            if of_exchange < units.len() {
                return Err(format!("transaction {id} refunds goods that are exchanged together with others"));
            }
            if transaction.kind != TransactionType::RefundToPaymentMethod {
                return Err(format!("transaction {id} for goods that are exchanged is {}", transaction.kind.as_str()));
            }
            let amount = transaction.amount.as_ref().and_then(|amount| amount.presentment().ok());
            let added = amount.map(|amount| sum.checked_add(amount));
            sum = added
                .and_then(Result::ok)
                .ok_or_else(|| format!("transaction {id} shows no amount in {}", self.policy.currency))?;
        }
        Ok(sum)
    }

    /// Looks at every exchange of the RMA; gives what is to be noted or entered next.
    pub(super) fn exchanges(&mut self) -> Option<Next> {
        let facts = self.facts;
        let record = facts.record();
        if self.is_settled() || *facts.rma.status() == RmaStatus::Pending {
            return None;
        }
        let mut any = false;
        for (id, name) in released(facts.rma) {
            any = true;
            let Some(order) = id else {
                let text = format!("ReturnGO shows the exchange order {name} with an id that is no number");
                self.find(Code::ExchangeUnclear, self.exchanged(), text);
                continue;
            };
            let Some(known) = record.exchange(order) else {
                let (rma, name) = (facts.rma.id().clone(), name.to_owned());
                return note(Event::ExchangeReleased { rma, order, name });
            };
            if let Some((at, refunded)) = known.shipped {
                self.paid_since(known, at, refunded);
                continue;
            }
            let Some(found) = facts.exchanges.and_then(|exchanges| exchanges.get(&order)) else {
                self.wait_ours(format!("exchange {} to be looked up in Sage", known.name), None);
                continue;
            };
            if let Some(next) = self.exchange(known, found) {
                return Some(next);
            }
        }
        if !any {
            self.unreleased();
        }
        None
    }

    /// The new goods are on their way: whatever is paid back now was not reckoned with.
    fn paid_since(&mut self, known: &Exchange, at: DateTime<Utc>, refunded: Money) {
        let units = self.exchanged();
        let text = match self.paid_back(&units) {
            Ok(now) if now == refunded => return,
            Ok(now) => format!("{now} is paid back for the returned goods, it was {refunded}"),
            Err(why) => why,
        };
        let at = at.format("%-d %B %Y");
        self.find(Code::ExchangeValueDiffers, units, format!("{} was despatched by {at}; {text}", known.name));
    }

    /// The goods are credited, and ReturnGO shows no order for the new ones.
    fn unreleased(&mut self) {
        let Some(covered) = self.credited_for_exchange() else { return };
        let units = self.exchanged();
        if self.is_paid_out(&covered) {
            return;
        }
        let Some(since) = covered.iter().map(|covered| covered.since).max() else { return };
        let draft = of_goods(self.facts.rma).filter_map(|order| order.order_name.as_deref()).collect::<Vec<_>>();
        let draft = if draft.is_empty() { "no draft of it".to_owned() } else { draft.join(", ") };
        let until = since + self.policy.exchange_within;
        if self.now < until {
            let what = format!("the exchange to be released in ReturnGO ({draft})");
            self.wait_until(Some(Owner::CustomerService), what, Some(until));
        } else {
            let since = since.format("%-d %B %Y %H:%M UTC");
            self.find(Code::ExchangeNotReleased, units, format!("credited since {since}; ReturnGO shows {draft}"));
        }
    }

    /// Has the customer got all the money in the place of other goods?
    fn is_paid_out(&self, covered: &[CoveredUnit<'_>]) -> bool {
        let units: Vec<_> = covered.iter().map(|covered| covered.unit.clone()).collect();
        let credited: Decimal = covered.iter().map(|covered| covered.gross).sum();
        let pennies = self.policy.currency.smallest() * Decimal::from(covered.len());
        self.paid_back(&units).is_ok_and(|paid| !paid.is_zero() && credited - paid.amount() <= pennies)
    }

    /// Is something of an exchange still to come? The RMA does not come to rest before.
    pub(super) fn awaits_exchange(&self) -> bool {
        let facts = self.facts;
        if self.is_settled() {
            return false;
        }
        let mut any = false;
        for (id, _) in released(facts.rma) {
            any = true;
            let Some(known) = id.and_then(|id| facts.record().exchange(id)) else { return true };
            let found = facts.exchanges.and_then(|exchanges| exchanges.get(&known.order));
            let nothing_there = known.in_sage.is_none() && known.entered.is_none();
            let over = found.is_some_and(|found| self.called_off(found).is_some()) && nothing_there;
            if known.shipped.is_none() && !over {
                return true;
            }
        }
        let unreleased = !any && self.credited_for_exchange().is_some_and(|covered| !self.is_paid_out(&covered));
        unreleased && (*facts.rma.status() != RmaStatus::Done || self.is_watched())
    }

    /// Why the exchange is not to happen any more.
    fn called_off(&self, found: &ExchangeFacts) -> Option<String> {
        if let Some(ShopOrder::Found(order)) = &found.order
            && let Some(at) = order.cancelled_at
        {
            return Some(format!("{} was cancelled in Shopify on {}", order.name, at.format("%-d %B %Y")));
        }
        let status = self.facts.rma.status();
        (!is_running(status)).then(|| format!("the RMA is {}", status.as_str()))
    }

    fn exchange(&mut self, known: &'f Exchange, found: &'f ExchangeFacts) -> Option<Next> {
        let there = |row: &&OrderView| is_there(row.document_status.as_ref());
        let orders: Vec<_> = found.orders.iter().filter(there).collect();
        let number = |order: &OrderView| order.document_no.clone().unwrap_or_default().trim().to_owned();
        match orders.as_slice() {
            [] => self.absent_exchange(known, found),
            [order] => {
                let document_no = number(order);
                if known.in_sage.as_ref().is_none_or(|(_, known)| *known != document_no) {
                    let (rma, order) = (self.facts.rma.id().clone(), known.order);
                    return note(Event::ExchangeInSage { rma, order, document_no });
                }
                self.present_exchange(known, found, order, &document_no)
            }
            several => {
                let numbers = several.iter().map(|order| number(order)).collect::<Vec<_>>().join(" and ");
                self.find(Code::ExchangeDoubled, self.exchanged(), format!("{}: {numbers}", known.name));
                None
            }
        }
    }

    /// Sage has one order for it.
    fn present_exchange(
        &mut self,
        known: &Exchange,
        found: &ExchangeFacts,
        order: &OrderView,
        document_no: &str,
    ) -> Option<Next> {
        let units = self.exchanged();
        let name = format!("order {document_no} for {}", known.name);
        if let Some(why) = self.called_off(found) {
            let sent: Decimal = goods_lines(&found.lines).map(|line| amount(line.despatch_receipt_quantity)).sum();
            let sent = if sent.is_zero() { "nothing is" } else { "goods are" };
            self.find(Code::ExchangeCancelled, units, format!("{why}; {name} stands in Sage, {sent} despatched"));
            return None;
        }
        let account = order.customer_reference.as_deref().unwrap_or("?").trim();
        let ours = known.entered.as_ref().map(|entered| entered.intent.account.as_str());
        if ours.map_or(!self.policy.customers.may_hold(account), |ours| !ours.eq_ignore_ascii_case(account)) {
            self.find(Code::ExchangeDiffers, units, format!("{name} stands on account {account}"));
            return None;
        }
        if let Some(text) = self.other_goods(found) {
            self.find(Code::ExchangeDiffers, units, format!("{name}: {text}"));
            return None;
        }
        let worth = self.other_value(found, order);
        let lines: Vec<_> = goods_lines(&found.lines).collect();
        let open = |line: &&&OrderLineView| amount(line.despatch_receipt_quantity) < amount(line.quantity);
        let shipped = !lines.is_empty() && !lines.iter().any(|line| open(&line));
        match worth {
            Some(Err(text)) => self.find(Code::ExchangeValueDiffers, units.clone(), format!("{name}: {text}")),
            Some(Ok(())) if shipped => {
                let refunded = self.paid_back(&units).unwrap_or(Money::zero(self.policy.currency));
                let (rma, order) = (self.facts.rma.id().clone(), known.order);
                return note(Event::ExchangeShipped { rma, order, refunded });
            }
            // What comes back for it is not credited yet: the RMA is open for that.
            None | Some(Ok(())) => {}
        }
        if shipped {
            return None;
        }
        let text = lines.iter().filter(|line| open(line)).map(|line| {
            let [wanted, sent, ready] = [line.quantity, line.despatch_receipt_quantity, line.allocated_quantity];
            let [wanted, sent, ready] = [wanted, sent, ready].map(|value| amount(value).normalize());
            format!("{sent} of {wanted} x {} despatched, {ready} allocated", code_of(line))
        });
        let text = format!("{name}: {}", text.collect::<Vec<_>>().join("; "));
        let since = known.in_sage.as_ref().map_or(known.since, |(since, _)| *since);
        let until = since + self.policy.exchange_within;
        if self.now < until {
            self.wait_until(Some(Owner::Warehouse), format!("the new goods to be despatched, {text}"), Some(until));
        } else {
            let since = since.format("%-d %B %Y %H:%M UTC");
            self.find(Code::ExchangeNotShipped, units, format!("{text}; in Sage since {since}"));
        }
        None
    }

    /// How the goods in Sage differ from those of the shop's order, as far as it can be said.
    fn other_goods(&self, found: &ExchangeFacts) -> Option<String> {
        let Some(ShopOrder::Found(order)) = &found.order else { return None };
        let mut wanted: BTreeMap<String, Decimal> = BTreeMap::new();
        for line in order.lines.iter().filter(|line| line.current_quantity > 0) {
            let sku = line.sku.as_deref().unwrap_or_default().trim().to_ascii_uppercase();
            // No goods of the shop's own: a fee, an insurance.
            if sku.is_empty() {
                continue;
            }
            // In Sage it stands as its components, or as itself.
            if line.is_whole_bundle() || self.policy.bundles.recipe(&sku).is_some() {
                return None;
            }
            *wanted.entry(sku).or_default() += Decimal::from(line.current_quantity);
        }
        let mut there: BTreeMap<String, Decimal> = BTreeMap::new();
        for line in goods_lines(&found.lines).filter(|line| !amount(line.quantity).is_zero()) {
            *there.entry(code_of(line)).or_default() += amount(line.quantity);
        }
        (wanted != there).then(|| format!("{} in Shopify, {} in Sage", listed(&wanted), listed(&there)))
    }

    /// Is the order in Sage worth what was credited and paid on top, less what was paid back? None while that can't be said,
    /// because the goods are not credited yet.
    fn other_value(&self, found: &ExchangeFacts, order: &OrderView) -> Option<Result<(), String>> {
        let unknown = self.policy.exchanges == Exchanges::Hold || self.exchanged().is_empty() || found.order.is_none();
        if unknown {
            return Some(Ok(()));
        }
        let covered = self.credited_for_exchange()?;
        let worth = amount(order.total_gross_value);
        let due = self.due_for(&covered, found);
        let lines = i64::try_from(found.lines.len()).unwrap_or(i64::MAX);
        let pennies = self.policy.currency.smallest() * Decimal::from(lines.saturating_add(1));
        Some(match due {
            Ok(due) if (due.amount() - worth).abs() <= pennies => Ok(()),
            Ok(due) => {
                Err(format!("it is worth {worth:.2} with VAT, {due} was credited and paid, less what was paid back"))
            }
            Err(why) => Err(format!("it is worth {worth:.2} with VAT; {why}")),
        })
    }

    /// Credited, and paid on top, less what was paid back.
    fn due_for(&self, covered: &[CoveredUnit<'_>], found: &ExchangeFacts) -> Result<Money, String> {
        if of_goods(self.facts.rma).count() > 1 {
            return Err("ReturnGO shows several exchange orders, and what was credited can't be told apart".to_owned());
        }
        let units: Vec<_> = covered.iter().map(|covered| covered.unit.clone()).collect();
        let credited: Decimal = covered.iter().map(|covered| covered.gross).sum();
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let paid = match &found.order {
            Some(ShopOrder::Found(order)) => order.total.shop,
            _ => {
                return Err("Shopify does not show the exchange order, so what was paid on top is not known".to_owned());
            }
        };
        let credited = Money::new(credited, self.policy.currency).map_err(|error| text(&error))?;
        let sum = credited.checked_add(paid).map_err(|error| text(&error))?;
        sum.checked_sub(self.paid_back(&units)?).map_err(|error| text(&error))
    }

    /// Sage has no order for it.
    fn absent_exchange(&mut self, known: &'f Exchange, found: &'f ExchangeFacts) -> Option<Next> {
        let (rma, order) = (self.facts.rma.id().clone(), known.order);
        if let Some(entered) = &known.entered {
            let name = format!("the order for {}", known.name);
            match &entered.stage {
                ReturnStage::Open(lookup) => {
                    return match look_again(*lookup, entered.sent_at, self.policy.settle, self.now) {
                        Look::SendAgain => self.enter_again(known, entered, found),
                        Look::Now => note(Event::ExchangeNotFound { rma, order }),
                        Look::At(until) => {
                            let what = format!("Sage's answer to {name} was lost; Sage is asked again");
                            self.wait_ours(what, Some(until));
                            None
                        }
                    };
                }
                ReturnStage::NotSent { run, message } if *run == self.run => {
                    self.wait_ours(format!("{name} to be sent by the next run: {message}"), None);
                    return None;
                }
                ReturnStage::NotSent { .. } => return self.enter_again(known, entered, found),
                ReturnStage::Made { at, .. } if self.now - *at < self.policy.settle => {
                    self.wait_ours(format!("{name} to appear in Sage"), Some(*at + self.policy.settle));
                    return None;
                }
                ReturnStage::Made { .. } | ReturnStage::Found { .. } | ReturnStage::Deleted => {}
                ReturnStage::Rejected { at, message, in_use } => {
                    let pause = if *in_use { self.policy.settle } else { TRY_REFUSED_AGAIN };
                    if self.now - *at < pause {
                        self.find(Code::SageRefused, entered.intent.units.clone(), format!("{name}: {message}"));
                        return None;
                    }
                }
                ReturnStage::Abandoned | ReturnStage::Left { .. } => {}
            }
        }
        let made = known.entered.as_ref().is_some_and(|entered| {
            matches!(entered.stage, ReturnStage::Made { .. } | ReturnStage::Found { .. } | ReturnStage::Deleted)
        });
        if let Some(why) = self.called_off(found) {
            self.owed(&why);
        } else if made || known.in_sage.is_some() {
            let number = known.in_sage.as_ref().map_or("not known", |(_, number)| number.as_str());
            let text = format!("the order for {} (its number was {number})", known.name);
            self.find(Code::ExchangeGone, self.exchanged(), text);
        } else if self.policy.exchanges == Exchanges::Create {
            return self.enter(known, found);
        } else {
            self.lost(known, "no order in Sage carries its number");
        }
        None
    }

    /// Called off without an order in Sage: nothing is to be packed, but what was credited may be owed.
    fn owed(&mut self, why: &str) {
        let Some(covered) = self.credited_for_exchange().filter(|covered| !self.is_paid_out(covered)) else { return };
        let credited: Decimal = covered.iter().map(|covered| covered.gross).sum();
        let text = format!("{why}; no order stands in Sage, and {credited} {} was credited", self.policy.currency);
        self.find(Code::ExchangeCancelled, self.exchanged(), text);
    }

    /// Told from the run on after the one that saw it first.
    fn lost(&mut self, known: &Exchange, why: &str) {
        if known.since < self.run.0 {
            let since = known.since.format("%-d %B %Y %H:%M UTC");
            self.find(
                Code::ExchangeNotInSage,
                self.exchanged(),
                format!("{}, released since {since}: {why}", known.name),
            );
        } else {
            self.wait_ours(format!("Sage to have an order for the exchange {}", known.name), None);
        }
    }

    /// Enters the order, or says what is in the way.
    fn enter(&mut self, known: &'f Exchange, found: &'f ExchangeFacts) -> Option<Next> {
        match self.replacement(known, found) {
            Ok(Replacement { intent, address, releases }) => {
                let step = Step::EnterExchange { intent, address, releases, resend: false };
                return Some((Some(step), Standing::AwaitingExchange));
            }
            Err(Hindrance::Waits(whose, what)) => {
                let until = known.since + self.policy.exchange_within;
                if self.now < until {
                    let what = format!("{what}, before the exchange {} is entered in Sage", known.name);
                    self.wait_until(whose, what, Some(until));
                } else {
                    self.lost(known, &format!("still waited for: {what}"));
                }
            }
            Err(Hindrance::Refused(code, why)) => {
                self.find(code, self.exchanged(), format!("{}: {why}", known.name));
            }
        }
        None
    }

    /// Proved not to be in Sage: sent as it was meant, or given up because something has changed.
    fn enter_again(
        &mut self,
        known: &'f Exchange,
        entered: &EnteredExchange,
        found: &'f ExchangeFacts,
    ) -> Option<Next> {
        let now = match self.called_off(found) {
            Some(why) => Err(why),
            None => match self.replacement(known, found) {
                Ok(new) if new.intent.is_still(&entered.intent) => Ok(new),
                Ok(_) => Err("credit, payments or goods are not what they were".to_owned()),
                Err(Hindrance::Waits(_, why) | Hindrance::Refused(_, why)) => Err(why),
            },
        };
        match now {
            Ok(Replacement { address, releases, .. }) => {
                let intent = Box::new(entered.intent.clone());
                let step = Step::EnterExchange { intent, address, releases, resend: true };
                Some((Some(step), Standing::AwaitingExchange))
            }
            Err(message) => {
                let (rma, order) = (self.facts.rma.id().clone(), known.order);
                note(Event::ExchangeEnded { rma, order, outcome: ReturnOutcome::Abandoned { message } })
            }
        }
    }

    /// What covers each of the units, in the ledger as read now.
    pub(super) fn releases_of(&self, covered: &[CoveredUnit<'_>]) -> Option<Vec<Release>> {
        covered.iter().map(|covered| self.release_of(std::slice::from_ref(covered.unit))).collect()
    }

    /// The order's number as Sage has it.
    pub(super) fn exchange_number<'n>(&self, name: &'n str) -> &'n str {
        bare_name(name, self.policy)
    }
}
