//! Parcels, as couriers and staff move them.

use super::{
    ReturnGoSandbox, SandboxRefusal,
    auto_refund::Cause,
    people::{STAFF, allow, find},
    rows::{CUSTOMER, ShipmentRow, WAREHOUSE},
    world::{Counters, RmaState, Settings, World, take},
};
use crate::{ReturnedItemId, RmaId, RmaStatus, ShipmentId};
use chrono::{DateTime, Utc};

const SHIPPING: [RmaStatus; 2] = [RmaStatus::Approved, RmaStatus::Received];
const DELIVERING: [RmaStatus; 4] = [RmaStatus::Approved, RmaStatus::Received, RmaStatus::Validated, RmaStatus::Done];
const NOT_ON_ITS_WAY: [&str; 2] = ["Pending", "LabelCreated"];
const NOT_ARRIVED: [&str; 4] = ["Pending", "LabelCreated", "Shipped", "Canceled"];

impl ReturnGoSandbox {
    /// The parcels of an RMA, oldest first; none when there is no such RMA.
    pub fn shipments(&self, id: &RmaId) -> Vec<ShipmentId> {
        let world = self.lock();
        let numbers = |rma: &RmaState| {
            let rows = rma.body.shipments.iter();
            rows.filter_map(|row| ShipmentId::new(&row.shipment_id).ok()).collect()
        };
        world.rma(id).map(numbers).unwrap_or_default()
    }

    /// The courier has the first parcel that was not sent yet. The RMA stays Approved.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Approved or Received, with a parcel that is not on its way yet.
    pub fn courier_ships(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        self.first_parcel(id, "shipping", (&SHIPPING, &NOT_ON_ITS_WAY), "Shipped")
    }

    /// The first parcel that has not arrived arrives: its status is Received, and so is the RMA's. `lastUpdated` stays,
    /// and no unit counts as inspected. An RMA that is past Received keeps its status.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Approved, Received, Validated or Done, with a parcel that has not arrived.
    pub fn courier_delivers(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        self.first_parcel(id, "delivering", (&DELIVERING, &NOT_ARRIVED), "Received")
    }

    /// As [`courier_ships`](Self::courier_ships), for one parcel of several.
    ///
    /// # Errors
    /// As there; [`SandboxRefusal::UnknownShipment`] when there is no such parcel.
    pub fn courier_ships_parcel(&self, id: &ShipmentId) -> Result<(), SandboxRefusal> {
        self.one_parcel(id, "shipping", (&SHIPPING, &NOT_ON_ITS_WAY), "Shipped")
    }

    /// As [`courier_delivers`](Self::courier_delivers), for one parcel of several.
    ///
    /// # Errors
    /// As there; [`SandboxRefusal::UnknownShipment`] when there is no such parcel.
    pub fn courier_delivers_parcel(&self, id: &ShipmentId) -> Result<(), SandboxRefusal> {
        self.one_parcel(id, "delivering", (&DELIVERING, &NOT_ARRIVED), "Received")
    }

    /// Staff mark an approved RMA as received by a click. Its parcels are Received; nobody has counted anything.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Approved, and when nothing comes back in a parcel.
    pub fn staff_marks_received(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let World { rmas, next, settings, .. } = &mut *world;
        let rma = find(rmas, id)?;
        allow("marking as received", rma, &[RmaStatus::Approved])?;
        if rma.body.shipments.is_empty() {
            let why = format!("RMA {id} has no parcel");
            return Err(SandboxRefusal::State { action: "marking as received", why });
        }
        rma.set_status(RmaStatus::Received);
        rma.comment(now, "system", STAFF, "Shipment <strong>RECEIVED</strong>".to_owned());
        for place in 0..rma.body.shipments.len() {
            let Some(row) = rma.body.shipments.get_mut(place) else { continue };
            if NOT_ARRIVED.contains(&row.status) {
                row.status = "Received";
                let number = row.shipment_id.clone();
                rma.refund_by_rule(now, next, *settings, Cause::Received(&number));
            }
        }
        Ok(())
    }

    /// Staff make a parcel of its own for some units. The others stay where they are.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Approved, for no units, for units that are not in a parcel, are in different parcels or
    /// in one that was sent, and when nothing would stay in it.
    pub fn staff_splits_parcel(&self, id: &RmaId, units: &[ReturnedItemId]) -> Result<ShipmentId, SandboxRefusal> {
        let mut world = self.lock();
        let World { rmas, next, .. } = &mut *world;
        let rma = find(rmas, id)?;
        allow("splitting a parcel", rma, &[RmaStatus::Approved])?;
        let refuse = |why: String| SandboxRefusal::State { action: "splitting a parcel", why };
        let moves = |unit: &str| units.iter().any(|moved| moved.as_str() == unit);
        let own = rma.units();
        if let Some(foreign) = units.iter().find(|unit| !own.contains(unit)) {
            return Err(SandboxRefusal::UnknownUnit(foreign.clone()));
        }
        let mut from: Vec<_> = rma
            .body
            .items
            .iter()
            .filter(|item| moves(&item.returned_item_id))
            .map(|item| item.shipment_id.clone())
            .collect();
        from.dedup();
        let [from] = from.as_slice() else {
            return Err(refuse(format!("{} units of {} parcels are named, not some of one", units.len(), from.len())));
        };
        let Some(row) = rma.body.shipments.iter().find(|row| row.shipment_id == *from) else {
            return Err(refuse("the units are in no parcel".to_owned()));
        };
        if !NOT_ON_ITS_WAY.contains(&row.status) {
            return Err(refuse(format!("parcel {from} is {}", row.status)));
        }
        if rma.body.items.iter().filter(|item| item.shipment_id == *from).all(|item| moves(&item.returned_item_id)) {
            return Err(refuse(format!("nothing would stay in parcel {from}")));
        }
        let parcel = new_parcel(next);
        let number = parcel.shipment_id.clone();
        for item in rma.body.items.iter_mut().filter(|item| moves(&item.returned_item_id)) {
            item.shipment_id = number.clone();
        }
        rma.body.shipments.push(parcel);
        ShipmentId::new(number).map_err(|cause| SandboxRefusal::Input(cause.to_string()))
    }

    fn first_parcel(
        &self,
        id: &RmaId,
        action: &'static str,
        (rma_from, from): (&[RmaStatus], &[&str]),
        to: &'static str,
    ) -> Result<(), SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let World { rmas, next, settings, .. } = &mut *world;
        let rma = find(rmas, id)?;
        allow(action, rma, rma_from)?;
        let Some(place) = rma.body.shipments.iter().position(|shipment| from.contains(&shipment.status)) else {
            let states: Vec<_> = rma.body.shipments.iter().map(|shipment| shipment.status).collect();
            let why = format!("the parcels of RMA {id} are {states:?}, one of {from:?} is needed");
            return Err(SandboxRefusal::State { action, why });
        };
        rma.courier_moves(now, next, *settings, place, to);
        Ok(())
    }

    fn one_parcel(
        &self,
        id: &ShipmentId,
        action: &'static str,
        (rma_from, from): (&[RmaStatus], &[&str]),
        to: &'static str,
    ) -> Result<(), SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let World { rmas, next, settings, .. } = &mut *world;
        let (rma, place) = find_parcel(rmas, id.as_str()).ok_or_else(|| SandboxRefusal::UnknownShipment(id.clone()))?;
        allow(action, rma, rma_from)?;
        let status = rma.body.shipments.get(place).map(|row| row.status).unwrap_or_default();
        if !from.contains(&status) {
            let why = format!("parcel {id} is {status}, one of {from:?} is needed");
            return Err(SandboxRefusal::State { action, why });
        }
        rma.courier_moves(now, next, *settings, place, to);
        Ok(())
    }
}

impl RmaState {
    /// A courier's word comes through the same call as everybody's.
    fn courier_moves(
        &mut self,
        now: DateTime<Utc>,
        next: &mut Counters,
        settings: Settings,
        place: usize,
        to: &'static str,
    ) {
        if let Some(row) = self.body.shipments.get_mut(place).filter(|row| row.tracking_number.is_none()) {
            let number = &row.shipment_id;
            row.tracking_number = Some(format!("TRK-{number}"));
            row.tracking_url = Some(format!("https://track.example/TRK-{number}"));
            row.carrier_name = Some("ExampleCarrier".to_owned());
        }
        self.move_parcel(now, next, settings, place, to);
    }

    /// A parcel's new state, and what follows from it for the RMA, its timeline and its refunds.
    pub(super) fn move_parcel(
        &mut self,
        now: DateTime<Utc>,
        next: &mut Counters,
        settings: Settings,
        place: usize,
        to: &'static str,
    ) {
        let Some(row) = self.body.shipments.get_mut(place) else { return };
        let moved = row.status != to;
        row.status = to;
        let number = row.shipment_id.clone();
        self.comment(now, "system", "ReturnGO API", format!("Shipment with ID: {number} was updated"));
        if !moved {
            return;
        }
        match to {
            "Shipped" => {
                self.comment(now, "system", "Automation", "Shipment <strong>IN TRANSIT</strong>".to_owned());
                self.refund_by_rule(now, next, settings, Cause::InTransit(&number));
            }
            "Received" => {
                if self.status == RmaStatus::Approved {
                    self.set_status(RmaStatus::Received);
                }
                self.comment(now, "system", "Automation", "Shipment <strong>RECEIVED</strong>".to_owned());
                self.refund_by_rule(now, next, settings, Cause::Received(&number));
            }
            "Validated" => self.parcel_validated(now, next, settings, &number),
            _ => {}
        }
    }
}

pub(super) fn find_parcel<'a>(rmas: &'a mut [RmaState], id: &str) -> Option<(&'a mut RmaState, usize)> {
    rmas.iter_mut().find_map(|rma| {
        let place = rma.body.shipments.iter().position(|row| row.shipment_id == id)?;
        Some((rma, place))
    })
}

/// A parcel that is expected.
pub(super) fn new_parcel(next: &mut Counters) -> ShipmentRow {
    ShipmentRow {
        shipment_id: take(&mut next.shipment).to_string(),
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
    }
}
