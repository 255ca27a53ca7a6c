//! What other systems tell about a parcel.

use super::{
    Verdict,
    http_side::json_body,
    parcels::find_parcel,
    rows::ShipmentRow,
    world::{Counters, RmaState, Settings, World, json},
};
use crate::RmaStatus;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// Why word on a parcel is not taken.
pub(super) enum ShipmentRefusal {
    UnknownShipment,
    Bad(String),
}

impl From<String> for ShipmentRefusal {
    fn from(message: String) -> Self {
        Self::Bad(message)
    }
}

/// All of it may be missing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Update {
    status: Option<String>,
    carrier_name: Option<String>,
    tracking_number: Option<String>,
    #[serde(rename = "trackingURL")]
    tracking_url: Option<String>,
    #[serde(rename = "labelURL")]
    label_url: Option<String>,
}

const STATUSES: [&str; 6] = ["Pending", "LabelCreated", "Shipped", "Received", "Canceled", "Validated"];

/// Where a parcel may go from here. To stay where it is, is no transition and always possible.
fn ways(from: &str) -> &'static [&'static str] {
    match from {
        "Pending" => &["LabelCreated", "Shipped", "Received", "Canceled", "Validated"],
        "LabelCreated" => &["Shipped", "Received", "Canceled", "Validated"],
        "Shipped" => &["Received", "Canceled", "Validated"],
        "Canceled" => &["Received", "Validated"],
        "Received" => &["Validated"],
        _ => &[],
    }
}

impl World {
    /// The parcel as it is afterwards.
    pub(super) fn take_shipment(
        &mut self,
        now: DateTime<Utc>,
        id: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<String, ShipmentRefusal> {
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ShipmentRefusal::Bad("Invalid shipmentId".to_owned()));
        }
        let settings = self.settings;
        let (rma, place) = find_parcel(&mut self.rmas, id).ok_or(ShipmentRefusal::UnknownShipment)?;
        let update: Update = json_body(headers, body)?;
        let row = rma.body.shipments.get(place).ok_or(ShipmentRefusal::UnknownShipment)?;
        let from = row.status;
        let to = match update.status.as_deref() {
            None => from,
            Some(text) => {
                let known = STATUSES.iter().find(|known| **known == text);
                known.ok_or_else(|| format!("status must be one of {}, not {text}", STATUSES.join(", ")))?
            }
        };
        if to != from && !ways(from).contains(&to) {
            return Err(ShipmentRefusal::Bad(format!("invalid status transition: {from} to {to}")));
        }
        if to != from && matches!(rma.status, RmaStatus::Pending | RmaStatus::Canceled | RmaStatus::Rejected) {
            return Err(ShipmentRefusal::Bad(format!("invalid status transition: RMA {} is {}", rma.id, rma.status)));
        }
        if to != from && to == "Validated" && !settings.validates_shipments {
            return Err(ShipmentRefusal::Bad("item validation is not enabled for this shop".to_owned()));
        }
        if let Some(row) = rma.body.shipments.get_mut(place) {
            row.take(update);
        }
        rma.move_parcel(now, &mut self.next, settings, place, to);
        self.writes += 1;
        rma.body.shipments.get(place).map(json).ok_or(ShipmentRefusal::UnknownShipment)
    }
}

impl ShipmentRow {
    fn take(&mut self, update: Update) {
        for (field, told) in [
            (&mut self.carrier_name, update.carrier_name),
            (&mut self.tracking_number, update.tracking_number),
            (&mut self.tracking_url, update.tracking_url),
            (&mut self.label_url, update.label_url),
        ] {
            if told.is_some() {
                *field = told;
            }
        }
    }
}

impl RmaState {
    /// A parcel was validated as a whole: everything in it is there and fit for sale, whatever was found before.
    pub(super) fn parcel_validated(
        &mut self,
        now: DateTime<Utc>,
        next: &mut Counters,
        settings: Settings,
        parcel: &str,
    ) {
        if self.status == RmaStatus::Approved {
            self.set_status(RmaStatus::Received);
        }
        if settings.shipment_validates_items {
            for item in self.body.items.iter_mut().filter(|item| item.shipment_id == parcel) {
                item.validate(now, &Verdict::Returned { restockable: true }, "ReturnGO API");
            }
            self.after_inspection(now, next, settings);
        } else if self.status == RmaStatus::Received && self.body.shipments.iter().all(|row| row.status == "Validated")
        {
            self.set_status(RmaStatus::Validated);
        }
    }
}
