use super::{
    NewRma, ReturnGoSandbox,
    auto_refund::Cause,
    new_rma::item_rows,
    parcels::new_parcel,
    rows::{EventRow, ExchangeOrderRow, ItemRow, OrderRow, RmaRow, SummaryRow},
    world::{RmaState, World, take},
};
use crate::{ReturnedItemId, RmaId, RmaStatus, ShipmentId, TransactionId};
use chrono::{DateTime, Utc};
use returns_wire::JsonDecimal;

/// Something that can't be done in the sandbox as it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxRefusal {
    /// No such RMA.
    #[error("there is no RMA {0} in this sandbox")]
    UnknownRma(RmaId),
    /// No such unit, there or at all.
    #[error("there is no unit {0} in this RMA")]
    UnknownUnit(ReturnedItemId),
    /// No such parcel.
    #[error("there is no parcel {0} in this sandbox")]
    UnknownShipment(ShipmentId),
    /// No such transaction.
    #[error("there is no transaction {0} in this sandbox")]
    UnknownTransaction(TransactionId),
    /// Not in this state.
    #[error("{action} is not possible: {why}")]
    State {
        /// What was to be done.
        action: &'static str,
        /// What stands in the way.
        why: String,
    },
    /// Input that makes no sense.
    #[error("{0}")]
    Input(String),
}

pub(super) const STAFF: &str = "Sam Placeholder";

impl ReturnGoSandbox {
    /// A customer asks for a return in the portal: Pending.
    ///
    /// # Errors
    /// [`SandboxRefusal::Input`] when nothing comes back.
    pub fn submit(&self, new: NewRma) -> Result<RmaId, SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let world = &mut *world;
        if new.lines.iter().all(|line| line.units == 0) {
            return Err(SandboxRefusal::Input("an RMA needs at least one unit".to_owned()));
        }
        let number = take(&mut world.next.rma);
        let id = RmaId::new(number.to_string()).map_err(|cause| SandboxRefusal::Input(cause.to_string()))?;
        let known = world.order_ids.get(&new.order_name).cloned();
        let order_id = new.order_id.or(known).unwrap_or_else(|| take(&mut world.next.order).to_string());
        world.order_ids.insert(new.order_name.clone(), order_id.clone());
        let items = new.lines.iter().flat_map(|line| item_rows(&mut world.next, line, &new.resolution)).collect();
        let body = RmaRow {
            rma_summary: SummaryRow {
                rma_id: id.to_string(),
                status: "Pending",
                order_name: new.order_name.clone(),
                events: vec![event("RMA_CREATED", "Return Portal", now)],
            },
            order_details: OrderRow { order_id, order_name: new.order_name },
            shipments: Vec::new(),
            items,
            comments: Vec::new(),
            exchange_orders: Vec::new(),
            exchange_items: Vec::new(),
            cancellation_fee: JsonDecimal::default(),
            transactions: Vec::new(),
            created_at: now,
            last_updated: now,
            is_out_of_policy: new.out_of_policy,
        };
        let status = RmaStatus::Pending;
        let mut rma = RmaState {
            id: id.clone(),
            number,
            status,
            shop_returns: 0,
            refunded_in_shop: Vec::new(),
            body,
            replaced: None,
        };
        rma.note(now, "Return request <strong>submitted</strong>");
        world.rmas.push(rma);
        Ok(id)
    }

    /// Staff approve: a parcel is expected for what is shipped, a draft order is made for what is exchanged.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Pending.
    pub fn approve(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let World { rmas, next, settings, .. } = &mut *world;
        let rma = find(rmas, id)?;
        allow("approving", rma, &[RmaStatus::Pending])?;
        rma.set_status(RmaStatus::Approved);
        rma.body.last_updated = now;
        rma.body.rma_summary.events.push(event("RMA_APPROVED", "Dashboard", now));
        if rma.body.items.iter().any(ItemRow::is_shipped) {
            let parcel = new_parcel(next);
            for item in rma.body.items.iter_mut().filter(|item| item.is_shipped()) {
                item.shipment_id = parcel.shipment_id.clone();
            }
            rma.body.shipments.push(parcel);
        }
        if rma.body.items.iter().any(|item| !item.exchange_items.is_empty()) {
            let draft = take(&mut next.draft);
            rma.body.exchange_orders.push(ExchangeOrderRow {
                draft_order_id: (1_200_000_000_000 + draft).to_string(),
                order_id: String::new(),
                order_name: format!("#D{draft}"),
                kind: "Exchange",
            });
        }
        rma.open_shop_return(now);
        rma.comment(now, "system", STAFF, "Return request <strong>approved</strong>".to_owned());
        rma.refund_by_rule(now, next, *settings, Cause::Approved);
        Ok(())
    }

    /// Staff refuse the request.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Pending.
    pub fn reject(&self, id: &RmaId, reason: &str) -> Result<(), SandboxRefusal> {
        self.change(id, "rejecting", &[RmaStatus::Pending], |rma, now| {
            rma.set_status(RmaStatus::Rejected);
            rma.comment(now, "system", STAFF, format!("Return request <strong>rejected</strong>: {}", escape(reason)));
        })
    }

    /// Staff cancel. No event is written and `lastUpdated` stays.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Pending, Approved or Received.
    pub fn cancel(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        self.change(id, "cancelling", &[RmaStatus::Pending, RmaStatus::Approved, RmaStatus::Received], |rma, now| {
            rma.set_status(RmaStatus::Canceled);
            for shipment in rma.body.shipments.iter_mut().filter(|row| !["Received", "Validated"].contains(&row.status))
            {
                shipment.status = "Canceled";
            }
            rma.comment(now, "system", STAFF, "Return request <strong>canceled</strong>".to_owned());
        })
    }

    /// Staff reopen: Approved when it had been approved before, else Pending. `lastUpdated` moves; no event is written. Parcels
    /// that arrived and units that were inspected stay so, and refunds that were asked for stand.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Canceled or Rejected.
    pub fn reopen(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        self.change(id, "reopening", &[RmaStatus::Canceled, RmaStatus::Rejected], |rma, now| {
            let approved = rma.shop_returns > 0;
            rma.set_status(if approved { RmaStatus::Approved } else { RmaStatus::Pending });
            rma.body.last_updated = now;
            for shipment in rma.body.shipments.iter_mut().filter(|shipment| shipment.status == "Canceled") {
                shipment.status = "Pending";
            }
            if approved {
                rma.open_shop_return(now);
            }
            rma.comment(now, "system", STAFF, "Return request <strong>reopened</strong>".to_owned());
        })
    }

    /// Staff mark the RMA as finished. It says nothing about goods or money: it is possible before anything came back.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Approved, Received or Validated; also with units that nobody has inspected, where
    /// [that is asked for](Self::with_inspection_before_done).
    pub fn mark_done(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let World { rmas, settings, .. } = &mut *world;
        let rma = find(rmas, id)?;
        allow("marking as done", rma, &[RmaStatus::Approved, RmaStatus::Received, RmaStatus::Validated])?;
        if settings.inspection_before_done && !rma.is_inspected() {
            let why = format!("units of RMA {id} are not inspected");
            return Err(SandboxRefusal::State { action: "marking as done", why });
        }
        rma.set_status(RmaStatus::Done);
        rma.comment(now, "system", STAFF, "RMA status changed to <strong>done</strong>".to_owned());
        Ok(())
    }

    /// The draft of an exchange becomes an order in the shop, and the RMA shows its number and name. `lastUpdated`
    /// stays.
    ///
    /// # Errors
    /// [`SandboxRefusal`] when there is no draft to release.
    pub fn release_exchange(&self, id: &RmaId, order_id: &str, order_name: &str) -> Result<(), SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let rma = world.rma_mut(id)?;
        let open = rma.body.exchange_orders.iter_mut().find(|order| order.order_id.is_empty());
        let Some(order) = open else {
            let why = format!("RMA {id} has no draft order that waits");
            return Err(SandboxRefusal::State { action: "releasing the exchange", why });
        };
        order.order_id = order_id.to_owned();
        order.order_name = order_name.to_owned();
        rma.note(now, "Exchange <strong>released</strong>");
        Ok(())
    }

    fn change(
        &self,
        id: &RmaId,
        action: &'static str,
        from: &[RmaStatus],
        act: impl FnOnce(&mut RmaState, DateTime<Utc>),
    ) -> Result<(), SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let rma = world.rma_mut(id)?;
        allow(action, rma, from)?;
        act(rma, now);
        Ok(())
    }
}

pub(super) fn find<'a>(rmas: &'a mut [RmaState], id: &RmaId) -> Result<&'a mut RmaState, SandboxRefusal> {
    rmas.iter_mut().find(|rma| rma.id == *id).ok_or_else(|| SandboxRefusal::UnknownRma(id.clone()))
}

pub(super) fn allow(action: &'static str, rma: &RmaState, from: &[RmaStatus]) -> Result<(), SandboxRefusal> {
    if from.contains(&rma.status) {
        return Ok(());
    }
    let wanted = from.iter().map(RmaStatus::as_str).collect::<Vec<_>>().join(", ");
    let why = format!("RMA {} is {}, it must be one of: {wanted}", rma.id, rma.status);
    Err(SandboxRefusal::State { action, why })
}

fn event(name: &'static str, via: &'static str, at: DateTime<Utc>) -> EventRow {
    EventRow { event_name: name, event_date: at, triggered_via: via, store_location_id: "online", user_details: () }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
