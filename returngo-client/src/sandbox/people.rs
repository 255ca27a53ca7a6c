use super::{
    NewRma, ReturnGoSandbox,
    new_rma::item_rows,
    rows::{
        CUSTOMER, EventRow, ExchangeOrderRow, ItemRow, OrderRow, RmaRow, ShipmentRow, SummaryRow, ValidationRow,
        WAREHOUSE,
    },
    world::{RmaState, World, take},
};
use crate::{ReturnedItemId, RmaId, RmaStatus, TransactionId};
use chrono::{DateTime, Utc};
use returns_wire::JsonDecimal;

/// What the warehouse found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The unit is there.
    Returned {
        /// Fit for sale?
        restockable: bool,
    },
    /// The unit is not there.
    NotReturned {
        /// The inspector's words.
        reason: String,
    },
}

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
        let mut rma = RmaState { id: id.clone(), number, status, was_approved: false, body, replaced: None };
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
        let World { rmas, next, .. } = &mut *world;
        let rma = find(rmas, id)?;
        allow("approving", rma, &[RmaStatus::Pending])?;
        rma.set_status(RmaStatus::Approved);
        rma.was_approved = true;
        rma.body.last_updated = now;
        rma.body.rma_summary.events.push(event("RMA_APPROVED", "Dashboard", now));
        if rma.body.items.iter().any(ItemRow::is_shipped) {
            let shipment = take(&mut next.shipment).to_string();
            for item in rma.body.items.iter_mut().filter(|item| item.is_shipped()) {
                item.shipment_id = shipment.clone();
            }
            rma.body.shipments.push(ShipmentRow {
                shipment_id: shipment,
                status: "Pending",
                carrier_name: None,
                requested_service_level: (),
                actual_service_level: (),
                tracking_number: None,
                tracking_url: None,
                label_url: None,
                customer_address: CUSTOMER,
                return_address: WAREHOUSE,
                is_outbound: false,
            });
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
        let order = rma.body.order_details.order_name.clone();
        rma.note(now, format!("Shopify return <strong>{order}-R1</strong> created"));
        rma.comment(now, "system", STAFF, "Return request <strong>approved</strong>".to_owned());
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
            for shipment in rma.body.shipments.iter_mut().filter(|shipment| shipment.status != "Received") {
                shipment.status = "Canceled";
            }
            rma.comment(now, "system", STAFF, "Return request <strong>canceled</strong>".to_owned());
        })
    }

    /// Staff reopen: Approved when it had been approved before, else Pending. `lastUpdated` moves; no event is written.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Canceled or Rejected.
    pub fn reopen(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        self.change(id, "reopening", &[RmaStatus::Canceled, RmaStatus::Rejected], |rma, now| {
            rma.set_status(if rma.was_approved { RmaStatus::Approved } else { RmaStatus::Pending });
            rma.body.last_updated = now;
            for shipment in rma.body.shipments.iter_mut().filter(|shipment| shipment.status == "Canceled") {
                shipment.status = "Pending";
            }
            if rma.was_approved {
                let order = rma.body.order_details.order_name.clone();
                rma.note(now, format!("Shopify return <strong>{order}-R2</strong> created"));
            }
            rma.comment(now, "system", STAFF, "Return request <strong>reopened</strong>".to_owned());
        })
    }

    /// The courier has the parcel. The RMA stays Approved.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Approved with a parcel that is not on its way yet.
    pub fn courier_ships(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        self.parcel(id, "shipping", &["Pending", "LabelCreated"], "Shipped", "IN TRANSIT")
    }

    /// The parcel arrives: its status is Received, and so is the RMA's. `lastUpdated` stays.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Approved with a parcel that has not arrived.
    pub fn courier_delivers(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        let from = ["Pending", "LabelCreated", "Shipped", "Canceled"];
        self.parcel(id, "delivering", &from, "Received", "RECEIVED")
    }

    /// The warehouse inspects a unit; a later verdict replaces an earlier one. No comment, no event, no change of
    /// `lastUpdated`.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Received, Validated or Done, and for units that the customer keeps.
    pub fn inspect(&self, unit: &ReturnedItemId, verdict: Verdict) -> Result<(), SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let World { rmas, validated_after_inspection, .. } = &mut *world;
        let holds = |rma: &&mut RmaState| rma.body.items.iter().any(|item| item.returned_item_id == unit.as_str());
        let rma = rmas.iter_mut().find(holds).ok_or_else(|| SandboxRefusal::UnknownUnit(unit.clone()))?;
        allow("inspecting", rma, &[RmaStatus::Received, RmaStatus::Validated, RmaStatus::Done])?;
        for item in rma.body.items.iter_mut().filter(|item| item.returned_item_id == unit.as_str()) {
            if !item.is_shipped() {
                let why = format!("unit {unit} needs no shipment; nothing comes back to look at");
                return Err(SandboxRefusal::State { action: "inspecting", why });
            }
            let (is_returned, is_restockable, missing) = match &verdict {
                Verdict::Returned { restockable } => (true, *restockable, None),
                Verdict::NotReturned { reason } => (false, false, Some(reason.clone())),
            };
            item.item_validation_status_response = ValidationRow {
                is_returned,
                is_restockable,
                non_restockable_reason: (is_returned && !is_restockable).then(|| "Damaged".to_owned()),
                non_returned_reason: missing,
                last_validation_date: Some(now),
                last_validated_by: Some(STAFF),
                ..ValidationRow::default()
            };
        }
        let inspected = |item: &ItemRow| item.item_validation_status_response.last_validation_date.is_some();
        let all = rma.body.items.iter().filter(|item| item.is_shipped()).all(inspected);
        if all && *validated_after_inspection && rma.status == RmaStatus::Received {
            rma.set_status(RmaStatus::Validated);
        }
        Ok(())
    }

    /// The warehouse clicks "all returned, all fit for sale".
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect).
    pub fn inspect_all(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        let shipped: Vec<_> = {
            let world = self.lock();
            let rma = world.rma(id)?;
            allow("inspecting", rma, &[RmaStatus::Received, RmaStatus::Validated, RmaStatus::Done])?;
            let items = rma.body.items.iter().filter(|item| item.is_shipped());
            items.filter_map(|item| ReturnedItemId::new(&item.returned_item_id).ok()).collect()
        };
        shipped.iter().try_for_each(|unit| self.inspect(unit, Verdict::Returned { restockable: true }))
    }

    /// Staff mark the RMA as finished. It says nothing about goods or money.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Approved, Received or Validated.
    pub fn mark_done(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        self.change(
            id,
            "marking as done",
            &[RmaStatus::Approved, RmaStatus::Received, RmaStatus::Validated],
            |rma, now| {
                rma.set_status(RmaStatus::Done);
                rma.comment(now, "system", STAFF, "RMA status changed to <strong>done</strong>".to_owned());
            },
        )
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

    fn parcel(
        &self,
        id: &RmaId,
        action: &'static str,
        from: &[&str],
        to: &'static str,
        shout: &str,
    ) -> Result<(), SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let rma = world.rma_mut(id)?;
        allow(action, rma, &[RmaStatus::Approved])?;
        let Some(shipment) = rma.body.shipments.iter_mut().find(|shipment| from.contains(&shipment.status)) else {
            let states: Vec<_> = rma.body.shipments.iter().map(|shipment| shipment.status).collect();
            let why = format!("the parcels of RMA {id} are {states:?}, one of {from:?} is needed");
            return Err(SandboxRefusal::State { action, why });
        };
        shipment.status = to;
        let number = shipment.shipment_id.clone();
        if shipment.tracking_number.is_none() {
            shipment.carrier_name = Some("ExampleCarrier".to_owned());
            shipment.tracking_number = Some(format!("TRK-{number}"));
            shipment.tracking_url = Some(format!("https://track.example/TRK-{number}"));
        }
        if to == "Received" {
            rma.set_status(RmaStatus::Received);
        }
        rma.comment(now, "system", "ReturnGO API", format!("Shipment with ID: {number} was updated"));
        rma.comment(now, "system", "Automation", format!("Shipment <strong>{shout}</strong>"));
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
