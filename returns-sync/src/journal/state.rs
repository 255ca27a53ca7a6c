use super::{
    AdoptedAs, Binding, Booked, BookedUnit, Credit, CreditOutcome, CreditStage, EnteredExchange, Entry, Event,
    Exchange, HandCredit, Lookup, PendingChange, PreparedReturn, Record, RefundOutcome, RefundStage, ReportStage,
    ReturnStage, ShopRefund, SplitLine, ToldReturnGo, ToldValidated, UnitValue,
};
use crate::exception::Finding;
use chrono::{DateTime, Utc};
use returngo_client::RmaId;
use returns_wire::{Currency, Money};
use rust_decimal::Decimal;
use sage200_client::{CustomerDocumentNo, Id, OrderLine, SecondReference, Urn};
use shopify_returns::{LineItemId, OrderId, RefundId};
use std::collections::BTreeMap;

/// What the journal's events add up to.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// What the journal belongs to.
    pub binding: Option<Binding>,
    /// By RMA.
    pub rmas: BTreeMap<RmaId, Record>,
    /// Open exceptions by key.
    pub exceptions: BTreeMap<String, OpenException>,
    /// Where the last run stopped, if it did not come to its end.
    pub resume_at: Option<RmaId>,
    /// Up to when the shop's orders were looked through for refunds.
    pub shop_swept: Option<DateTime<Utc>>,
    /// Refunds in the shop that every run looks at, with their orders.
    pub watched: BTreeMap<RefundId, OrderId>,
    /// Those that were watched and are over, with their orders.
    pub rested: BTreeMap<RefundId, OrderId>,
    /// The shop's orders for nothing, since when we know them, and their names.
    pub nil_orders: BTreeMap<OrderId, (DateTime<Utc>, String)>,
    /// Lines of the shop's orders that sold bundles, as they were taken apart.
    pub bundles: BTreeMap<LineItemId, SplitLine>,
    /// What persons took responsibility for: by subject, what they said it has paid.
    pub adopted: BTreeMap<String, AdoptedAs>,
}

/// An exception that was raised and has not been cleared.
#[derive(Debug, Clone)]
pub struct OpenException {
    /// When it was raised.
    pub since: DateTime<Utc>,
    /// As it was raised.
    pub finding: Finding,
}

/// What of an order line is credited already, over all RMAs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriorCredit {
    /// Units.
    pub units: u32,
    /// Their net value.
    pub net: Decimal,
    /// Their VAT.
    pub vat: Decimal,
}

impl State {
    /// What of a line of a Sage order is credited or claimed, over all RMAs.
    pub fn prior(&self, line: Id<OrderLine>) -> PriorCredit {
        let mut prior = PriorCredit { units: 0, net: Decimal::ZERO, vat: Decimal::ZERO };
        let values = self.rmas.values().flat_map(Record::values);
        for goods in values.flat_map(UnitValue::goods).filter(|goods| goods.order_line == Some(line)) {
            prior.units += goods.pieces;
            prior.net += goods.net.amount() + goods.fee.map_or(Decimal::ZERO, |fee| fee.net.amount());
            prior.vat += goods.vat.amount() + goods.fee.map_or(Decimal::ZERO, |fee| fee.vat.amount());
        }
        prior
    }

    /// The values of units that were sold on a line of the shop's order.
    pub fn values_in_shop(&self, line: LineItemId) -> impl Iterator<Item = &UnitValue> {
        self.rmas.values().flat_map(Record::values).filter(move |value| value.shop_line == Some(line))
    }

    /// What of a line of the shop's order is credited or claimed, over all RMAs: also when some of it was credited while
    /// Sage still had the order, and some after. What was credited before the shop was connected names no line: it counts
    /// by the order's number and the product.
    pub fn prior_in_shop(&self, line: LineItemId, order: &str, sku: &str) -> PriorCredit {
        let is_of_it = |value: &UnitValue, of: Option<&str>| match value.shop_line {
            Some(named) => named == line,
            None => of.is_some_and(|of| of == order) && value.sku.trim().eq_ignore_ascii_case(sku.trim()),
        };
        let mut prior = PriorCredit { units: 0, net: Decimal::ZERO, vat: Decimal::ZERO };
        let values = self.rmas.values().flat_map(Record::values_of_orders);
        for (value, _) in values.filter(|(value, order)| is_of_it(value, *order)) {
            prior.units += 1;
            prior.net += value.sold_net();
            prior.vat += value.sold_vat();
        }
        prior
    }

    /// What is known of an RMA; nothing yet, if it was never seen.
    pub fn rma(&self, id: &RmaId) -> &Record {
        static NOTHING: Record = Record::NEW;
        self.rmas.get(id).unwrap_or(&NOTHING)
    }

    /// Is it the reference of a credit note of ours whose fate is unknown and that nobody waits for any more? It was looked up and
    /// given up, or a person has settled its units meanwhile. If it reaches the ledger after all, it may be one too many.
    pub fn is_given_up(&self, second_reference: &str) -> bool {
        let name = second_reference.trim();
        let credits = self.rmas.values().flat_map(|record| record.credits.iter().map(move |credit| (record, credit)));
        let mut named =
            credits.filter(|(_, credit)| credit.intent.second_reference.as_str().eq_ignore_ascii_case(name));
        named.next_back().is_some_and(|(record, credit)| match credit.stage {
            CreditStage::Abandoned => true,
            CreditStage::Open(_) => record.is_settled(credit),
            // Sage's word is known: what bears the name of one that was refused or not sent is a person's.
            CreditStage::ReadBack { .. }
            | CreditStage::Posted { .. }
            | CreditStage::Rejected { .. }
            | CreditStage::NotSent { .. } => false,
        })
    }

    /// Is it the key of a sales return of ours all of whose units a person has settled?
    pub fn is_settled_return(&self, key: &str) -> bool {
        let returns = self.rmas.values().flat_map(|record| record.returns.iter().map(move |of| (record, of)));
        let mut under = returns.filter(|(_, of)| of.intent.key.as_str().eq_ignore_ascii_case(key.trim()));
        under.any(|(record, of)| of.intent.units.iter().all(|unit| record.settled.contains(&unit.value.unit)))
    }

    /// The RMA for which a credit note by hand was taken already.
    pub fn claimed(&self, urn: Urn) -> Option<&RmaId> {
        let claims = |record: &Record| record.by_hand.iter().any(|hand| hand.urns.contains(&urn));
        self.rmas.iter().find(|(_, record)| claims(record)).map(|(rma, _)| rma)
    }

    /// Applies one event. An event about a credit note that was never intended is an error of the writer.
    ///
    /// # Errors
    /// What is wrong with the event.
    pub fn apply(&mut self, entry: &Entry, event: Event) -> Result<(), String> {
        let at = entry.at;
        match event {
            Event::Bound(binding) => self.binding = Some(binding),
            Event::Baseline { rma } => self.record(rma).baseline = true,
            Event::Expected { rma, order, units } => self.record(rma).expected = Some((order, units)),
            Event::BundleSplit { split, .. } => {
                self.bundles.entry(split.line).or_insert(*split);
            }
            Event::ParcelSeen { rma } => self.record(rma).parcel_seen = Some(at),
            Event::FinishedSeen { rma, finished } => self.record(rma).finished_since = finished.then_some(at),
            Event::CreditIntended { rma, intent } => {
                let stage = CreditStage::Open(Lookup::default());
                self.record(rma).credits.push(Credit { intent, sent_at: at, stage });
            }
            Event::CreditResent { rma, second_reference } => {
                let credit = self.credit(rma, &second_reference)?;
                credit.sent_at = at;
                credit.stage = CreditStage::Open(Lookup::default());
            }
            Event::CreditEnded { rma, second_reference, outcome } => {
                let run = entry.run;
                let credit = self.credit(rma, &second_reference)?;
                credit.stage = match outcome {
                    CreditOutcome::Posted { urn } => CreditStage::Posted { at, urn },
                    CreditOutcome::Rejected { message, in_use } => CreditStage::Rejected { at, message, in_use },
                    CreditOutcome::Abandoned { .. } => CreditStage::Abandoned,
                    CreditOutcome::NotSent { message } => CreditStage::NotSent { run, message },
                    CreditOutcome::Unknown { .. } => {
                        credit.sent_at = at;
                        CreditStage::Open(Lookup::default())
                    }
                };
            }
            Event::CreditNotFound { rma, second_reference } => {
                if let CreditStage::Open(lookup) = &mut self.credit(rma, &second_reference)?.stage {
                    lookup.first.get_or_insert(at);
                    lookup.last = Some(at);
                }
            }
            Event::CreditReadBack { rma, second_reference, urn } => {
                self.credit(rma, &second_reference)?.stage = CreditStage::ReadBack { at, urn };
            }
            Event::ReturnIntended { rma, intent } => self.record(rma).returns.push(PreparedReturn::new(intent, at)),
            Event::ReturnResent { rma, key } => {
                let of = self.prepared(rma, &key)?;
                (of.sent_at, of.stage) = (at, ReturnStage::Open(Lookup::default()));
            }
            Event::ReturnEnded { rma, key, outcome } => self.prepared(rma, &key)?.end(outcome, at, entry.run),
            Event::ReturnNotFound { rma, key } => {
                if let ReturnStage::Open(lookup) = &mut self.prepared(rma, &key)?.stage {
                    lookup.first.get_or_insert(at);
                    lookup.last = Some(at);
                }
            }
            Event::ReturnFound { rma, key, document_no } => {
                self.prepared(rma, &key)?.stage = ReturnStage::Found { document_no };
            }
            Event::ReturnChangeIntended { rma, key, change } => {
                let of = self.prepared(rma, &key)?;
                let before = of.change.take().filter(|before| before.change == change);
                let tries = before.map_or(1, |before| before.tries + 1);
                of.change = Some(PendingChange { change, sent_at: at, not_sent: None, tries, message: None });
                of.refused_change = None;
            }
            Event::ReturnChangeEnded { rma, key, outcome } => {
                self.prepared(rma, &key)?.end_change(outcome, at, entry.run);
            }
            Event::GoodsReceived { rma, key, units } => {
                self.prepared(rma, &key)?.received.extend(units.into_iter().map(|unit| (unit, at)));
            }
            Event::ReturnLeft { rma, key } => {
                let of = self.prepared(rma, &key)?;
                let document_no = match &of.stage {
                    ReturnStage::Found { document_no } => document_no.clone(),
                    _ => String::new(),
                };
                of.stage = ReturnStage::Left { document_no };
            }
            Event::GoodsMoved { rma, key, from, to, disposition } => {
                // Where its goods lie is read anew: they may belong elsewhere now.
                self.record(rma.clone()).booked.remove(&from);
                self.prepared(rma, &key)?.move_goods(&from, &to, disposition);
            }
            Event::ReturnCredited { rma, key, credit } => self.prepared(rma, &key)?.credits.push((at, credit)),
            Event::ExchangeReleased { rma, order, name } => {
                let record = self.record(rma);
                if record.exchange(order).is_none() {
                    let (entered, in_sage, shipped) = (None, None, None);
                    record.exchanges.push(Exchange { order, name, since: at, entered, in_sage, shipped });
                }
            }
            Event::ExchangeIntended { rma, intent } => {
                let exchange = self.exchange(rma, intent.shop_order)?;
                exchange.entered = Some(EnteredExchange::new(*intent, at));
            }
            Event::ExchangeResent { rma, order } => {
                let entered = self.entered(rma, order)?;
                (entered.sent_at, entered.stage) = (at, ReturnStage::Open(Lookup::default()));
            }
            Event::ExchangeEnded { rma, order, outcome } => self.entered(rma, order)?.end(outcome, at, entry.run),
            Event::ExchangeNotFound { rma, order } => {
                if let ReturnStage::Open(lookup) = &mut self.entered(rma, order)?.stage {
                    lookup.first.get_or_insert(at);
                    lookup.last = Some(at);
                }
            }
            Event::ExchangeInSage { rma, order, document_no } => {
                let exchange = self.exchange(rma, order)?;
                if let Some(entered) = &mut exchange.entered {
                    entered.stage = ReturnStage::Found { document_no: document_no.clone() };
                }
                exchange.in_sage = Some((at, document_no));
            }
            Event::ExchangeShipped { rma, order, refunded } => {
                self.exchange(rma, order)?.shipped = Some((at, refunded));
            }
            Event::CreditedByHand { rma, urns, net, vat, units } => {
                self.record(rma).by_hand.push(HandCredit { at, urns, net, vat, units });
            }
            Event::NothingToCredit { rma, units } => {
                let nothing = Money::zero(units.first().map_or(Currency::GBP, |unit| unit.gross.currency()));
                let hand = HandCredit { at, urns: Vec::new(), net: nothing, vat: nothing, units };
                self.record(rma).by_hand.push(hand);
            }
            Event::HandCreditGone { rma, urns } => self.record(rma).by_hand.retain(|hand| hand.urns != urns),
            Event::Settled { rma, units, goods, .. } => {
                let record = self.record(rma);
                record.settle(units, at);
                record.settled_goods.extend(goods);
            }
            Event::Reopened { rma } => self.record(rma).closed = None,
            Event::RefundReleased { rma, units, .. } => self.record(rma).released.extend(units),
            Event::RefundIntended { rma, intent } => {
                let record = self.record(rma);
                record.released.extend(intent.units.iter().cloned());
                record.refunds.push(ShopRefund { intent, sent_at: at, stage: RefundStage::Open });
            }
            Event::RefundResent { rma, number } => {
                let refund = self.refund(rma, number)?;
                (refund.sent_at, refund.stage) = (at, RefundStage::Open);
            }
            Event::RefundEnded { rma, number, outcome } => {
                let run = entry.run;
                let refund = self.refund(rma, number)?;
                refund.stage = match outcome {
                    RefundOutcome::Made { refund } => RefundStage::Made(refund),
                    RefundOutcome::Rejected { message } => RefundStage::Rejected { at, message },
                    RefundOutcome::NotSent { message } => RefundStage::NotSent { run, message },
                    RefundOutcome::Abandoned { .. } => RefundStage::Abandoned,
                    RefundOutcome::Unknown { .. } => {
                        refund.sent_at = at;
                        RefundStage::Open
                    }
                };
            }
            Event::ReportIntended { rma, transaction, refund } => {
                self.record(rma).reports.push(ToldReturnGo { transaction, refund, at, stage: ReportStage::Open });
            }
            Event::ReportEnded { rma, transaction, outcome } => {
                let run = entry.run;
                let reports = &mut self.record(rma).reports;
                let told = reports.iter_mut().rev().find(|told| told.transaction == transaction);
                let told = told.ok_or_else(|| format!("a word about transaction {transaction} was never intended"))?;
                told.at = at;
                told.stage = ReportStage::of(outcome, run);
            }
            Event::ValidationIntended { rma, shipment, units } => {
                let record = self.record(rma);
                record.released.extend(units.iter().cloned());
                record.validations.retain(|told| told.shipment != shipment);
                record.validations.push(ToldValidated { shipment, units, at, stage: ReportStage::Open });
            }
            Event::ValidationEnded { rma, shipment, outcome } => {
                let run = entry.run;
                let told = self.record(rma).validations.iter_mut().rev().find(|told| told.shipment == shipment);
                let told = told.ok_or_else(|| format!("validating parcel {shipment} was never intended"))?;
                (told.at, told.stage) = (at, ReportStage::of(outcome, run));
            }
            Event::ShopSwept { until } => self.shop_swept = Some(until),
            Event::RefundWatched { refund, order } => drop(self.watched.insert(refund, order)),
            Event::RefundRests { refund } => {
                if let Some(order) = self.watched.remove(&refund) {
                    self.rested.insert(refund, order);
                }
            }
            Event::NilOrderSeen { order, name } => drop(self.nil_orders.entry(order).or_insert((at, name))),
            Event::NilOrderOver { order } => drop(self.nil_orders.remove(&order)),
            Event::Adopted { subject, paid, .. } => {
                if let AdoptedAs::Return { rma, goods } = &paid {
                    let record = self.record(rma.clone());
                    record.settle(goods.iter().map(|goods| goods.unit.clone()), at);
                    record.settled_goods.extend(goods.iter().cloned());
                }
                if let Some(urn) = subject.strip_prefix("URN ").and_then(|urn| urn.parse().ok()).map(Urn) {
                    for record in self.rmas.values_mut() {
                        record.answer_for(urn);
                    }
                }
                self.adopted.insert(subject, paid);
            }
            Event::GoodsBooked { rma, units } => {
                let record = self.record(rma);
                for BookedUnit { unit, sku, place, .. } in units {
                    record.booked.entry(unit).or_default().push(Booked::Shown { sku, place });
                }
            }
            Event::GoodsAccepted { rma, units, .. } => {
                let record = self.record(rma);
                units.into_iter().for_each(|unit| record.booked.entry(unit).or_default().push(Booked::Accepted));
            }
            Event::RefundSeen { rma, units } => self.record(rma).refunded.extend(units),
            Event::Closed { rma, status, units } => {
                let record = self.record(rma);
                (record.closed, record.units) = (Some(status), units);
            }
            Event::Stopped { next } => self.resume_at = next,
            Event::ExceptionRaised(finding) => {
                // Raised again with other facts, it is still as old as it was.
                let since = self.exceptions.get(&finding.key()).map_or(at, |open| open.since);
                self.exceptions.insert(finding.key(), OpenException { since, finding });
            }
            Event::ExceptionCleared { key } => {
                self.exceptions.remove(&key);
            }
        }
        Ok(())
    }

    fn record(&mut self, rma: RmaId) -> &mut Record {
        self.rmas.entry(rma).or_default()
    }

    fn prepared(&mut self, rma: RmaId, key: &CustomerDocumentNo) -> Result<&mut PreparedReturn, String> {
        let found = self.record(rma).returns.iter_mut().rev().find(|of| of.intent.key == *key);
        found.ok_or_else(|| format!("sales return {key} was never intended"))
    }

    fn exchange(&mut self, rma: RmaId, order: OrderId) -> Result<&mut Exchange, String> {
        let found = self.record(rma).exchanges.iter_mut().find(|exchange| exchange.order == order);
        found.ok_or_else(|| format!("exchange order {order} was never seen"))
    }

    fn entered(&mut self, rma: RmaId, order: OrderId) -> Result<&mut EnteredExchange, String> {
        let entered = self.exchange(rma, order)?.entered.as_mut();
        entered.ok_or_else(|| format!("the sales order of exchange {order} was never intended"))
    }

    fn refund(&mut self, rma: RmaId, number: u32) -> Result<&mut ShopRefund, String> {
        let refunds = &mut self.record(rma).refunds;
        let found = refunds.iter_mut().rev().find(|refund| refund.intent.number == number);
        found.ok_or_else(|| format!("refund {number} was never intended"))
    }

    fn credit(&mut self, rma: RmaId, second_reference: &SecondReference) -> Result<&mut Credit, String> {
        self.record(rma)
            .credit(second_reference)
            .ok_or_else(|| format!("credit note {second_reference} was never intended"))
    }
}
