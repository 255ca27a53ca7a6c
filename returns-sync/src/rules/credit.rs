//! New credit notes: units valued, Sage's books asked, one document built.

use super::{
    DocumentFacts, OrderFacts, ShopOrder, Step,
    decide::Deciding,
    documents::{Effect, Foreign, about_order, credits_under, our_form},
    matching::Valuer,
    orders::{Refusal, find_order},
    units::{self, UnitState},
};
use crate::{
    exception::Code,
    journal::{
        CreditIntent, CreditStage, Disposition, Event, HandUnit, OrderLink, PreparedReturn, Record, ReturnStage,
        SplitLine, UnitValue, VatRounding,
    },
    policy::{KeptGoods, Route, StoreCredit},
};
use returngo_client::{Item, ReturnedItemId};
use returns_wire::{Money, Rounding};
use rust_decimal::Decimal;
use sage200_client::{DateClassification, DocumentStatus, Id, OrderView, Reference, SecondReference, TransactionView};
use shopify_returns::{LineItemId, RefundOrigin};
use std::collections::{BTreeMap, BTreeSet};

/// Units of a penny may have it all as VAT by their place in the line, and Sage takes no document without a net value: then the
/// penny is net, and the line's next unit makes up for its VAT.
fn pennies_of_vat_become_net(units: &mut [UnitValue]) {
    if units.iter().any(|unit| !unit.net.is_zero() || !unit.parts.is_empty()) {
        return;
    }
    for unit in units {
        let zero = Money::zero(unit.vat.currency());
        (unit.net, unit.vat) = (unit.vat, zero);
    }
}

/// What valuing the open units of an RMA came to.
struct Valued {
    order: Result<OrderLink, Refusal>,
    values: BTreeMap<ReturnedItemId, UnitValue>,
    refused: Vec<(ReturnedItemId, Refusal)>,
    /// Bundles that were seen first.
    split: Option<SplitLine>,
}

impl<'f> Deciding<'f> {
    /// Values what is due and what is expected and, where nothing is against it, credits what is due.
    pub(super) fn credit(&mut self, due: &[(&'f Item, Disposition)], awaiting: &[&'f Item]) -> Option<Step> {
        // Store credit that lowers the next order: goods are booked, nothing is credited.
        let at_redemption =
            |item: &Item| units::is_store_credit(item) && self.policy.store_credit == StoreCredit::AtRedemption;
        let for_stock: Vec<_> = due.iter().filter(|(item, _)| at_redemption(item)).collect();
        if !for_stock.is_empty() {
            let gross = Money::zero(self.policy.currency);
            let units = for_stock.into_iter().map(|(item, disposition)| HandUnit {
                unit: item.returned_item_id.clone(),
                sku: item.sku.clone().unwrap_or_default(),
                gross,
                value: None,
                disposition: *disposition,
            });
            return Some(Step::CoverNothing(units.collect()));
        }
        let awaiting: Vec<_> = awaiting.iter().copied().filter(|item| !at_redemption(item)).collect();
        let awaiting = awaiting.as_slice();
        let mut valued = self.value(due, awaiting);
        if let Some(split) = valued.as_mut().and_then(|valued| valued.split.take()) {
            let (rma, split) = (self.facts.rma.id().clone(), Box::new(split));
            return Some(Step::Note(Box::new(Event::BundleSplit { rma, split })));
        }
        // First, whether somebody else has credited the RMA: that may be the way out of every refusal below.
        if let Some(documents) = self.facts.documents {
            let unclaimed = self.unclaimed(documents);
            let received = self.received();
            if !unclaimed.is_empty() && !received.is_empty() {
                let step = self.by_hand(&unclaimed, &received, valued.as_ref());
                if step.is_some() {
                    return step;
                }
                self.refusals(valued, due, awaiting);
                return None;
            }
            // A journal that was lost may have entered it; its credit note need not carry the RMA.
            let completed = completed_returns(documents, self.facts.record());
            if !completed.is_empty() && (!received.is_empty() || !awaiting.is_empty()) {
                let list = completed.iter().filter_map(|row| row.document_no.as_deref()).collect::<Vec<_>>().join(", ");
                let here = received.iter().map(|(item, _)| *item).chain(awaiting.iter().copied());
                let units = here.map(|item| item.returned_item_id.clone()).collect();
                let text =
                    format!("sales return {list} is completed, and no credit note in the ledger carries the RMA");
                self.find(Code::CreditedByHandDiffers, units, text);
                self.refusals(valued, due, awaiting);
                return None;
            }
            let returns = live_returns(documents, self.facts.record());
            let prepares = self.policy.route == Route::SalesReturn;
            if !returns.is_empty() && (prepares || !received.is_empty()) {
                let list = returns.iter().filter_map(|row| row.document_no.as_deref()).collect::<Vec<_>>().join(", ");
                let awaited = awaiting.iter().filter(|_| prepares).map(|item| item.returned_item_id.clone());
                let units = received.iter().map(|(item, _)| item.returned_item_id.clone()).chain(awaited).collect();
                self.find(Code::ReturnOpenInSage, units, format!("sales return {list}"));
                self.refusals(valued, due, awaiting);
                return None;
            }
        }
        let (order, values) = self.refusals(valued, due, awaiting)?;
        if let Some(why) = self.credited_as_refund() {
            let held = due.iter().map(|(item, _)| *item).chain(awaiting.iter().copied());
            let held = held.map(|item| item.returned_item_id.clone()).filter(|unit| self.perhaps_paid.contains(unit));
            let held: Vec<_> = held.collect();
            if !held.is_empty() {
                self.find(Code::CreditExceedsPaid, held, why);
                return None;
            }
        }
        // What the customer keeps is credited on the ledger: nobody could receive it on a sales return.
        let kept: Vec<_> = due.iter().filter(|(_, place)| *place == Disposition::Kept).copied().collect();
        let (due, awaiting) = match self.policy.route {
            Route::LedgerCreditNote => (due, awaiting),
            Route::SalesReturn if !kept.is_empty() => (kept.as_slice(), [].as_slice()),
            Route::SalesReturn => return self.prepare(order, values, due, awaiting),
        };
        let names = match self.references(&order) {
            Ok(names) => names,
            Err((code, why)) => {
                self.find(code, Vec::new(), why);
                return None;
            }
        };
        let take = |item: &Item| values.get(&item.returned_item_id).cloned();
        let ready = due.iter().filter_map(|(item, disposition)| Some((take(item)?, *disposition)));
        let ready: Vec<_> = ready.collect();
        let worth = |value: &UnitValue| !(value.net.is_zero() && value.vat.is_zero());
        // A unit that rounding leaves without a penny is credited with those of its line that have one.
        let of_line = |value: &UnitValue| {
            let same = |other: &UnitValue| (other.order_line, other.shop_line) == (value.order_line, value.shop_line);
            ready.iter().any(|(other, _)| same(other) && worth(other))
        };
        let (ready, nothing): (Vec<_>, Vec<_>) = ready.iter().cloned().partition(|(value, _)| of_line(value));
        if !nothing.is_empty() {
            let zero = Money::zero(self.policy.currency);
            let units = nothing.into_iter().map(|(value, disposition)| {
                let (unit, sku) = (value.unit.clone(), value.sku.clone());
                HandUnit { unit, sku, gross: zero, value: Some(value), disposition }
            });
            return Some(Step::CoverNothing(units.collect()));
        }
        if !ready.is_empty() {
            return self.document(order, names, ready);
        }
        let expected: Vec<_> = awaiting.iter().filter_map(|item| take(item)).collect();
        let clean = due.is_empty() && expected.len() == awaiting.len() && !expected.is_empty();
        (clean && self.facts.record().expected.is_none()).then_some(Step::Expect(order, expected))
    }

    /// Units that were inspected as returned and that nothing covers yet, whether this version handles them or not.
    fn received(&self) -> Vec<(&'f Item, Disposition)> {
        let facts = self.facts;
        let open = |item: &&'f Item| !facts.record().covers(&item.returned_item_id);
        facts
            .rma
            .items
            .iter()
            .filter(open)
            .filter_map(|item| Some((item, units::received(facts, self.policy, item)?)))
            .collect()
    }

    /// None when the order was not read.
    fn value(&self, due: &[(&'f Item, Disposition)], awaiting: &[&'f Item]) -> Option<Valued> {
        let found = self.facts.order?;
        let order = find_order(self.facts, found, self.policy);
        let mut valued = Valued { order, values: BTreeMap::new(), refused: Vec::new(), split: None };
        if let Ok(order) = &valued.order {
            let mut valuer = Valuer::new(self.facts, found, self.policy, order);
            for item in due.iter().map(|(item, _)| *item).chain(awaiting.iter().copied()) {
                let unit = item.returned_item_id.clone();
                match valuer.value(item) {
                    Ok(value) => drop(valued.values.insert(unit, value)),
                    Err(refusal) => valued.refused.push((unit, refusal)),
                }
            }
            valued.split = valuer.splits.into_values().next();
        }
        Some(valued)
    }

    /// Tells what was refused; gives what can go on.
    fn refusals(
        &mut self,
        valued: Option<Valued>,
        due: &[(&'f Item, Disposition)],
        awaiting: &[&'f Item],
    ) -> Option<(OrderLink, BTreeMap<ReturnedItemId, UnitValue>)> {
        let Valued { order, values, refused, .. } = valued?;
        for (unit, (code, why)) in refused {
            self.find(code, vec![unit], why);
        }
        match order {
            Ok(order) => Some((order, values)),
            Err((code, why)) => {
                let units = due.iter().map(|(item, _)| *item).chain(awaiting.iter().copied());
                self.find(code, units.map(|item| item.returned_item_id.clone()).collect(), why);
                None
            }
        }
    }

    /// What the next credit note of this RMA is called: the first number that neither we nor anybody else has used. A
    /// refused one is tried again under its name. Checked before anything is due, so that a number that does not fit
    /// is known while the parcel is still under way.
    pub(super) fn references(&self, order: &OrderLink) -> Result<(SecondReference, Option<Reference>), Refusal> {
        let too_long = |error: sage200_client::FieldError| (Code::TextTooLong, error.to_string());
        let rma = self.facts.rma.id();
        let kept = |stage: &CreditStage| !matches!(stage, CreditStage::Rejected { .. });
        let ours = self.facts.record().credits.iter().filter(|credit| kept(&credit.stage));
        let ours = ours.map(|credit| credit.intent.second_reference.as_str().to_owned());
        let kept = |of: &&PreparedReturn| !matches!(of.stage, ReturnStage::Rejected { .. });
        let returns = self.facts.record().returns.iter().filter(kept).map(|of| of.intent.key.as_str().to_owned());
        let ours = ours.chain(returns);
        let documents = || self.facts.documents.iter();
        let theirs = documents().flat_map(|documents| &documents.ledger).filter_map(|row| row.second_reference.clone());
        let entered = documents().flat_map(|documents| &documents.returns);
        let theirs = theirs.chain(entered.filter_map(|row| row.customer_document_no.clone()));
        let used: Vec<u32> = ours
            .chain(theirs)
            .filter_map(|text| our_form(&text))
            .filter(|(of, _)| of == rma.as_str())
            .map(|(_, n)| n)
            .collect();
        let number = (1..).find(|number| !used.contains(number)).unwrap_or(u32::MAX);
        let second = SecondReference::new(format!("RMA{rma}-{number}")).map_err(too_long)?;
        let first = self.policy.send_reference.then(|| Reference::new(order.customer_document_no.as_str()));
        Ok((second, first.transpose().map_err(too_long)?))
    }

    /// One credit note for units that are valued.
    fn document(
        &mut self,
        order: OrderLink,
        (second_reference, reference): (SecondReference, Option<Reference>),
        values: Vec<(UnitValue, Disposition)>,
    ) -> Option<Step> {
        let documents = self.facts.documents?;
        let names: Vec<_> = values.iter().map(|(value, _)| value.unit.clone()).collect();
        match &documents.date {
            DateClassification::Normal | DateClassification::Acceptable => {}
            other => {
                self.find(Code::PeriodClosed, names, format!("Sage calls {} {other}", documents.today));
                return None;
            }
        }
        let (mut units, dispositions): (Vec<_>, Vec<_>) = values.into_iter().unzip();
        pennies_of_vat_become_net(&mut units);
        let date = documents.today;
        let rounding = match self.rounding(&units) {
            Ok(rounding) => rounding,
            Err(why) => {
                self.find(Code::VatRounding, names, why);
                return None;
            }
        };
        let intent = CreditIntent { second_reference, reference, date, order, units, dispositions, rounding };
        let gross = intent.gross();
        if let Some(why) = gross.as_ref().ok().and_then(|gross| self.beyond_paid(&intent.order, *gross)) {
            self.find(Code::CreditExceedsPaid, names, why);
            return None;
        }
        let cap = self.policy.caps.value_per_document;
        match gross {
            Ok(gross) if gross.amount() > cap.amount() => {
                self.find(Code::CreditTooLarge, names, format!("{gross}, allowed {cap}"));
                None
            }
            Ok(_) => Some(Step::Credit(intent)),
            Err(error) => {
                self.find(Code::ValueUnreadable, names, error.to_string());
                None
            }
        }
    }

    /// What Sage will compute is predicted for each VAT code. A penny beside it for each line that was sold is told, since a
    /// shop rounds the VAT of each line by itself; more is refused.
    fn rounding(&self, units: &[UnitValue]) -> Result<Vec<VatRounding>, String> {
        #[derive(Default)]
        struct Group<'u> {
            rate: Decimal,
            net: Decimal,
            vat: Decimal,
            /// Lines of the shop or of Sage, and the products on them.
            lines: BTreeSet<(Option<LineItemId>, Option<i64>, &'u str)>,
        }
        let mut groups: BTreeMap<i16, Group<'_>> = BTreeMap::new();
        for (unit, goods) in units.iter().flat_map(|unit| unit.goods().map(move |goods| (unit, goods))) {
            let group = groups.entry(goods.tax.number).or_default();
            group.rate = goods.tax.rate.get();
            group.net += goods.net.amount();
            group.vat += goods.vat.amount();
            group.lines.insert((unit.shop_line, goods.order_line.map(Id::get), goods.sku));
        }
        let currency = self.policy.currency;
        let mut found = Vec::new();
        for (number, Group { rate, net: goods, vat, lines }) in groups {
            let predicted = Money::rounded(goods * rate / Decimal::ONE_HUNDRED, currency, Rounding::HalfUp);
            let predicted = predicted.map_err(|error| error.to_string())?;
            let posted = Money::new(vat, currency).map_err(|error| error.to_string())?;
            let off = (predicted.amount() - vat).abs();
            if off > currency.smallest() * Decimal::from(lines.len()) {
                let rate = rate.normalize();
                return Err(format!("VAT code {number} at {rate}% on {goods} gives {predicted}, paid was {posted}"));
            }
            if !off.is_zero() {
                found.push(VatRounding { number, predicted, posted });
            }
        }
        Ok(found)
    }

    /// A credit note by hand for a refund that may be the one of this RMA: a credit of the RMA would be the second.
    fn credited_as_refund(&self) -> Option<String> {
        let twice = self.facts.shop?.refunds.as_ref()?.verdicts.iter();
        let twice = twice.filter(|verdict| verdict.origin == RefundOrigin::DoublePayment);
        let credits = &self.facts.order?.refund_credits;
        twice.into_iter().find_map(|verdict| {
            let (name, effect) = credits_under(credits.get(&verdict.refund)?).into_iter().next()?;
            Some(format!(
                "refund {} may be that of this RMA, and is credited already as {name}: {effect}",
                verdict.refund
            ))
        })
    }

    /// Why a credit would take the order above what was paid for it, over all RMAs and all credits found in Sage.
    pub(super) fn beyond_paid(&self, order: &OrderLink, gross: Money) -> Option<String> {
        let Some(ShopOrder::Found(shop)) = self.facts.shop?.order.as_ref() else { return None };
        let number = &order.customer_document_no;
        let mut sum = Decimal::ZERO;
        let mut said = Vec::new();
        let in_sage = credits_under(&about_order(&self.facts.order?.ledger, number, order.customer));
        let mut by_refund = credits_under(&about_refunds(self.facts.order?, &in_sage));
        by_refund.extend(in_sage.iter().cloned());
        for (name, effect) in &by_refund {
            sum += effect.net + effect.vat;
            said.push(format!("{} in Sage ({name})", effect.net + effect.vat));
        }
        let counted = |name: &str| in_sage.iter().any(|(known, _)| known == name);
        let records = self.facts.state.rmas.iter();
        for (rma, credit) in records.flat_map(|(rma, record)| record.live_credits().map(move |credit| (rma, credit))) {
            let name = credit.intent.second_reference.as_str().to_ascii_uppercase();
            if credit.intent.order.customer_document_no != *number || counted(&name) {
                continue;
            }
            let Ok(gross) = credit.intent.gross().map(|gross| gross.amount()) else {
                return Some(format!("the credit of RMA {rma} can't be added up"));
            };
            sum += gross;
            said.push(format!("{gross} of RMA {rma}"));
        }
        // What is on a sales return, credited or to be credited, is found in Sage under numbers of Sage's own.
        for (rma, record) in &self.facts.state.rmas {
            for of in record.returns.iter().filter(|of| of.intent.order.customer_document_no == *number) {
                let on_it = of.units().map(|unit| unit.value.net.amount() + unit.value.vat.amount()).sum::<Decimal>();
                sum += on_it;
                said.push(format!("{on_it} of RMA {rma}"));
            }
        }
        let gross = gross.amount();
        let received = shop.received.shop;
        (sum + gross > received.amount()).then(|| {
            let said = if said.is_empty() { "nothing".to_owned() } else { said.join(", ") };
            format!("{received} was received for {}; credited are {said}; this would be {gross} more", shop.name)
        })
    }

    /// Credit notes of others carry this RMA. They cover the received units if they are worth the same as all of
    /// these together; a part is never guessed at, for finance may have been told to credit the other part by hand.
    fn by_hand(
        &mut self,
        theirs: &[Foreign],
        received: &[(&'f Item, Disposition)],
        valued: Option<&Valued>,
    ) -> Option<Step> {
        let currency = self.policy.currency;
        let mut units = Vec::new();
        for (item, disposition) in received {
            let supported = !matches!(units::state_of(self.facts, self.policy, item), UnitState::Unsupported(..));
            let value = valued.and_then(|valued| valued.values.get(&item.returned_item_id)).filter(|_| supported);
            let gross = match value {
                Some(value) => value.net.checked_add(value.vat).ok(),
                None => units::paid(item).filter(|paid| paid.currency() == currency),
            };
            units.push((*item, value.cloned(), gross, *disposition));
        }
        let sum = |pick: fn(&Foreign) -> Decimal| theirs.iter().map(pick).sum::<Decimal>();
        let (net, vat) = (sum(|found| found.effect.net), sum(|found| found.effect.vat));
        let due: Option<Decimal> = units.iter().map(|(_, _, gross, _)| Some(gross.as_ref()?.amount())).sum();
        let exact = units.iter().map(|(_, value, ..)| value.as_ref()).collect::<Option<Vec<_>>>();
        let penny = currency.smallest();
        let close = |left: Decimal, right: Decimal| (left - right).abs() <= penny;
        let total = |values: &[&UnitValue], pick: fn(&UnitValue) -> Money| {
            values.iter().map(|value| pick(value).amount()).sum::<Decimal>()
        };
        let (agrees, worth) = match &exact {
            // Everything is valued by the order: net and VAT must both be right.
            Some(values) => {
                let (due_net, due_vat) = (total(values, |value| value.net), total(values, |value| value.vat));
                (close(net, due_net) && close(vat, due_vat), format!("is {due_net} net and {due_vat} VAT"))
            }
            None => match due {
                Some(due) => (close(net + vat, due), format!("is {due} with VAT, by what was paid")),
                None => (false, "can't be said".to_owned()),
            },
        };
        let customer = valued.and_then(|valued| valued.order.as_ref().ok()).map(|order| order.customer);
        let elsewhere = theirs.iter().any(|found| {
            found.effect.customers.iter().any(|on| customer.is_some() && *on != customer) || !found.effect.readable
        });
        let other = theirs.iter().find_map(|found| found.other.clone());
        let urns: Vec<_> = theirs.iter().flat_map(|found| found.effect.rows.iter().copied()).collect();
        // Nobody ever inspects what the customer keeps, and finance is told to credit it by hand: this may be it.
        let keeps = |item: &&Item| {
            let held = self.policy.kept_goods == KeptGoods::Hold && units::keeps(item);
            held && !self.facts.record().covers(&item.returned_item_id)
        };
        let kept = self.facts.rma.items.iter().filter(keeps).count();
        if agrees && !elsewhere && other.is_none() && kept == 0 {
            let net = Money::new(net, currency).ok()?;
            let vat = Money::new(vat, currency).ok()?;
            let units = units.into_iter().map(|(item, value, gross, disposition)| {
                let sku = item.sku.clone().unwrap_or_default();
                let gross = gross.unwrap_or(Money::zero(currency));
                HandUnit { unit: item.returned_item_id.clone(), sku, gross, value, disposition }
            });
            return Some(Step::AcceptHandCredit { urns, net, vat, units: units.collect() });
        }
        let list = theirs.iter().map(|found| found.effect.to_string()).collect::<Vec<_>>().join("; ");
        let other = other.map_or(String::new(), |rma| format!("; it concerns RMA {rma} as well"));
        let place = if elsewhere { "; it stands on another account" } else { "" };
        let names = received.iter().map(|(item, _)| item.returned_item_id.clone()).collect();
        let count = received.len();
        let kept = if kept > 0 { format!("; the customer keeps {kept} more") } else { String::new() };
        let text = format!("{list}; what is received and open, {count} unit(s), {worth}{other}{place}{kept}");
        self.find(Code::CreditedByHandDiffers, names, text);
        None
    }
}

/// Rows that credit refunds of the order under their own numbers, but for those that are counted under the order's.
fn about_refunds(order: &OrderFacts, counted: &[(String, Effect)]) -> Vec<TransactionView> {
    let known = |row: &&TransactionView| {
        row.urn.is_some_and(|urn| counted.iter().any(|(_, effect)| effect.rows.contains(&urn)))
    };
    order.refund_credits.values().flatten().filter(|row| !known(row)).cloned().collect()
}

/// Sales returns of others in Sage that may still credit the RMA. A completed one has its credit note in the ledger.
pub(super) fn live_returns<'d>(documents: &'d DocumentFacts, record: &Record) -> Vec<&'d OrderView> {
    let over = [Some(DocumentStatus::Cancelled), Some(DocumentStatus::Complete)];
    let live = documents.returns.iter().filter(|row| !over.contains(&row.document_status));
    live.filter(|row| !record.returns.iter().any(|of| of.is_live() && is_under(row, of.intent.key.as_str()))).collect()
}

/// Sales returns of others in Sage that are completed, while nothing by hand is taken for the RMA.
fn completed_returns<'d>(documents: &'d DocumentFacts, record: &Record) -> Vec<&'d OrderView> {
    if !record.by_hand.is_empty() {
        return Vec::new();
    }
    let ours = |row: &OrderView| record.returns.iter().any(|of| of.is_live() && is_under(row, of.intent.key.as_str()));
    let done = documents.returns.iter().filter(|row| row.document_status == Some(DocumentStatus::Complete));
    done.filter(|row| !ours(row)).collect()
}

/// Does a document stand under this customer document number?
pub(crate) fn is_under(row: &OrderView, key: &str) -> bool {
    row.customer_document_no.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case(key))
}
