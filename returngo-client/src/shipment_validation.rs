use crate::{Inspection, ReturnedItemId, Rma, RmaId, RmaStatus, ShipmentId, ShipmentStatus};
use std::collections::BTreeSet;

/// Word to ReturnGO that everything in a parcel has come back.
///
/// ReturnGO knows no such word for one unit. A parcel that is Validated validates **all** units in it, for good, and where
/// the shop refunds after validation the money follows at once. So the units are named one by one, and must be exactly those
/// that the RMA shows in the parcel: a part of a parcel can't be said. Make it from an RMA that was read just now.
///
/// ```
/// use returngo_client::{ReturnedItemId, Rma, ShipmentId, ShipmentValidation, ShipmentValidationError};
/// let rma: Rma = serde_json::from_str(r#"{
///     "rmaSummary": {"rmaId": "4400123", "status": "Received"},
///     "shipments": [{"shipmentId": "880001", "status": "Received"}],
///     "items": [
///         {"returnedItemId": "70000001", "shipmentId": "880001"},
///         {"returnedItemId": "70000002", "shipmentId": "880001"}
///     ]
/// }"#)?;
/// let parcel = ShipmentId::new("880001")?;
/// let units = [ReturnedItemId::new("70000001")?, ReturnedItemId::new("70000002")?];
/// assert!(matches!(
///     ShipmentValidation::new(&rma, &parcel, &units[..1]),
///     Err(ShipmentValidationError::NotNamed { .. })
/// ));
/// let all = ShipmentValidation::new(&rma, &parcel, &units)?;
/// assert_eq!(all.units().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipmentValidation {
    rma: RmaId,
    shipment: ShipmentId,
    units: BTreeSet<ReturnedItemId>,
}

/// A validation that must not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShipmentValidationError {
    /// The RMA is not in a state in which goods are looked at.
    #[error(
        "RMA {rma} is {status:?}; a parcel is validated only while its RMA is Approved, Received, Validated or Done: see \
         in ReturnGO why it is not"
    )]
    RmaStatus {
        /// The RMA.
        rma: RmaId,
        /// Its status.
        status: RmaStatus,
    },
    /// Not one parcel of the RMA.
    #[error(
        "RMA {rma} shows {found} parcels with the number {shipment}, not one: read it again, or see it in ReturnGO"
    )]
    Parcel {
        /// The RMA.
        rma: RmaId,
        /// The parcel asked for.
        shipment: ShipmentId,
        /// How many it shows.
        found: usize,
    },
    /// It goes to the customer.
    #[error("parcel {shipment} goes to the customer; only one that comes back is validated")]
    Outbound {
        /// The parcel.
        shipment: ShipmentId,
    },
    /// No way leads from there to Validated.
    #[error(
        "parcel {shipment} is {status:?}; it can be validated from Pending, LabelCreated, Shipped, Received and Canceled \
         only, and once"
    )]
    ShipmentStatus {
        /// The parcel.
        shipment: ShipmentId,
        /// Its status.
        status: ShipmentStatus,
    },
    /// The RMA does not say where a unit is.
    #[error(
        "unit {unit} of RMA {rma} comes back, but not in a parcel that the RMA names: whether parcel {shipment} would \
         validate it is not known; validate by hand in ReturnGO"
    )]
    Unassigned {
        /// The RMA.
        rma: RmaId,
        /// The parcel asked for.
        shipment: ShipmentId,
        /// The unit.
        unit: ReturnedItemId,
    },
    /// The customer keeps a unit that is shown in the parcel.
    #[error("unit {unit} needs no shipment, and is still shown in parcel {shipment}: see it in ReturnGO")]
    Kept {
        /// The parcel.
        shipment: ShipmentId,
        /// The unit.
        unit: ReturnedItemId,
    },
    /// Somebody looked for a unit, and it was not there.
    #[error(
        "unit {unit} in parcel {shipment} was looked for and is missing; validating the parcel would say that it is there: \
         have the verdict corrected in ReturnGO, or settle this RMA by hand"
    )]
    NotReturned {
        /// The parcel.
        shipment: ShipmentId,
        /// The unit.
        unit: ReturnedItemId,
    },
    /// A unit is named twice.
    #[error("unit {unit} is named twice for parcel {shipment}: name each unit once")]
    Twice {
        /// The parcel.
        shipment: ShipmentId,
        /// The unit.
        unit: ReturnedItemId,
    },
    /// A unit that is not in the parcel.
    #[error("unit {unit} is not in parcel {shipment} of RMA {rma}: leave it out, and see where it belongs")]
    Foreign {
        /// The RMA.
        rma: RmaId,
        /// The parcel.
        shipment: ShipmentId,
        /// The unit.
        unit: ReturnedItemId,
    },
    /// Units in the parcel that were not named. They would be validated all the same.
    #[error(
        "parcel {shipment} holds {} more than named ({}); ReturnGO validates a parcel as a whole: wait until all of it may \
         be validated, or settle this RMA by hand",
        units(.missing.len()),
        list(.missing)
    )]
    NotNamed {
        /// The parcel.
        shipment: ShipmentId,
        /// Those units.
        missing: Vec<ReturnedItemId>,
    },
    /// Nothing is in it.
    #[error("RMA {rma} shows nothing in parcel {shipment}: there is nothing to validate; see it in ReturnGO")]
    Empty {
        /// The RMA.
        rma: RmaId,
        /// The parcel.
        shipment: ShipmentId,
    },
}

fn units(count: usize) -> String {
    if count == 1 { "1 unit".to_owned() } else { format!("{count} units") }
}

/// The first few, so that an error stays one line.
fn list(units: &[ReturnedItemId]) -> String {
    const SHOWN: usize = 5;
    let shown = units.iter().take(SHOWN).map(ReturnedItemId::as_str).collect::<Vec<_>>().join(", ");
    if units.len() > SHOWN { format!("{shown} and others") } else { shown }
}

/// What an RMA that was read later shows of a validation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValidationSeen {
    /// The parcel is not Validated: it was not applied, or not yet.
    NotApplied,
    /// The parcel is Validated, but these units show no inspection. ReturnGO does not say whether they must: do not send
    /// it again (Validated is the end), and have a person look.
    ParcelOnly {
        /// The units without an inspection.
        uninspected: Vec<ReturnedItemId>,
    },
    /// The parcel is Validated, and each unit shows an inspection. Of what it found, the units tell.
    Applied,
    /// Another RMA, or the parcel is gone or holds other units now. A person must look.
    Changed,
}

impl ShipmentValidation {
    /// Checks the units against the RMA as read.
    ///
    /// # Errors
    /// [`ShipmentValidationError`] when the units are not exactly those of the parcel, when one of them was found missing,
    /// or when RMA or parcel are in a state from which nothing is validated.
    pub fn new(rma: &Rma, shipment: &ShipmentId, units: &[ReturnedItemId]) -> Result<Self, ShipmentValidationError> {
        use ShipmentValidationError as Wrong;
        let (id, parcel) = (rma.id().clone(), shipment.clone());
        match rma.status() {
            RmaStatus::Approved | RmaStatus::Received | RmaStatus::Validated | RmaStatus::Done => {}
            RmaStatus::Pending | RmaStatus::Rejected | RmaStatus::Canceled | RmaStatus::Unknown(_) => {
                return Err(Wrong::RmaStatus { rma: id, status: rma.status().clone() });
            }
        }
        let named: Vec<_> = rma.shipments.iter().filter(|row| row.shipment_id.as_ref() == Some(shipment)).collect();
        let [row] = named.as_slice() else {
            return Err(Wrong::Parcel { rma: id, shipment: parcel, found: named.len() });
        };
        if row.is_outbound == Some(true) {
            return Err(Wrong::Outbound { shipment: parcel });
        }
        match row.status {
            ShipmentStatus::Pending
            | ShipmentStatus::LabelCreated
            | ShipmentStatus::Shipped
            | ShipmentStatus::Received
            | ShipmentStatus::Canceled => {}
            ShipmentStatus::Validated | ShipmentStatus::Unknown(_) => {
                return Err(Wrong::ShipmentStatus { shipment: parcel, status: row.status.clone() });
            }
        }
        for item in &rma.items {
            let unit = item.returned_item_id.clone();
            let known =
                rma.shipments.iter().any(|row| row.shipment_id.is_some() && row.shipment_id == item.shipment_id);
            if !known && !item.is_kept() {
                return Err(Wrong::Unassigned { rma: id, shipment: parcel, unit });
            }
        }
        for item in rma.items_in(shipment) {
            let unit = item.returned_item_id.clone();
            if item.is_kept() {
                return Err(Wrong::Kept { shipment: parcel, unit });
            }
            if let Inspection::NotReturned { .. } = item.inspection() {
                return Err(Wrong::NotReturned { shipment: parcel, unit });
            }
        }
        let held: BTreeSet<_> = rma.items_in(shipment).map(|item| &item.returned_item_id).collect();
        let mut seen = BTreeSet::new();
        for unit in units {
            if !held.contains(unit) {
                return Err(Wrong::Foreign { rma: id, shipment: parcel, unit: unit.clone() });
            }
            if !seen.insert(unit) {
                return Err(Wrong::Twice { shipment: parcel, unit: unit.clone() });
            }
        }
        if held.is_empty() {
            return Err(Wrong::Empty { rma: id, shipment: parcel });
        }
        let missing: Vec<_> = held.difference(&seen).map(|unit| (*unit).clone()).collect();
        if !missing.is_empty() {
            return Err(Wrong::NotNamed { shipment: parcel, missing });
        }
        Ok(Self { rma: id, shipment: parcel, units: held.into_iter().cloned().collect() })
    }

    /// The RMA.
    pub const fn rma(&self) -> &RmaId {
        &self.rma
    }

    /// The parcel.
    pub const fn shipment(&self) -> &ShipmentId {
        &self.shipment
    }

    /// All units of the parcel, as it was read.
    pub const fn units(&self) -> &BTreeSet<ReturnedItemId> {
        &self.units
    }

    /// Looks in an RMA that was read after sending. This, and not the answer to the call, tells whether it was applied.
    pub fn seen_in(&self, rma: &Rma) -> ValidationSeen {
        let held: BTreeSet<_> = rma.items_in(&self.shipment).map(|item| item.returned_item_id.clone()).collect();
        let mut parcels = rma.shipments.iter().filter(|row| row.shipment_id.as_ref() == Some(&self.shipment));
        let (Some(parcel), None) = (parcels.next(), parcels.next()) else { return ValidationSeen::Changed };
        if *rma.id() != self.rma || held != self.units {
            return ValidationSeen::Changed;
        }
        if parcel.status != ShipmentStatus::Validated {
            return ValidationSeen::NotApplied;
        }
        let uninspected: Vec<_> = rma
            .items_in(&self.shipment)
            .filter(|item| item.inspection() == Inspection::NotInspected)
            .map(|item| item.returned_item_id.clone())
            .collect();
        if uninspected.is_empty() { ValidationSeen::Applied } else { ValidationSeen::ParcelOnly { uninspected } }
    }
}
