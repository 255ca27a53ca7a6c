//! What the warehouse finds.

use super::{
    ReturnGoSandbox, SandboxRefusal,
    auto_refund::Cause,
    people::{STAFF, allow, find},
    rows::{ItemRow, ValidationRow},
    world::{Counters, RmaState, Settings, World},
};
use crate::{ReturnedItemId, RmaId, RmaStatus};
use chrono::{DateTime, Utc};

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

const INSPECTED: [RmaStatus; 3] = [RmaStatus::Received, RmaStatus::Validated, RmaStatus::Done];

impl ReturnGoSandbox {
    /// The warehouse inspects a unit; a later verdict replaces an earlier one. No comment, no event, no change of
    /// `lastUpdated`. With the last shipped unit the RMA becomes Validated, and a refund may be asked for
    /// ([`with_auto_refund`](Self::with_auto_refund)).
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Received, Validated or Done, and for units that the customer keeps.
    pub fn inspect(&self, unit: &ReturnedItemId, verdict: Verdict) -> Result<(), SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let World { rmas, next, settings, .. } = &mut *world;
        let holds = |rma: &&mut RmaState| rma.body.items.iter().any(|item| item.returned_item_id == unit.as_str());
        let rma = rmas.iter_mut().find(holds).ok_or_else(|| SandboxRefusal::UnknownUnit(unit.clone()))?;
        allow("inspecting", rma, &INSPECTED)?;
        for item in rma.body.items.iter_mut().filter(|item| item.returned_item_id == unit.as_str()) {
            if !item.is_shipped() {
                let why = format!("unit {unit} needs no shipment; nothing comes back to look at");
                return Err(SandboxRefusal::State { action: "inspecting", why });
            }
            item.validate(now, &verdict, STAFF);
        }
        rma.after_inspection(now, next, *settings);
        Ok(())
    }

    /// The warehouse clicks "all returned, all fit for sale".
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect).
    pub fn inspect_all(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let World { rmas, next, settings, .. } = &mut *world;
        let rma = find(rmas, id)?;
        allow("inspecting", rma, &INSPECTED)?;
        for item in rma.body.items.iter_mut().filter(|item| item.is_shipped()) {
            item.validate(now, &Verdict::Returned { restockable: true }, STAFF);
        }
        rma.after_inspection(now, next, *settings);
        Ok(())
    }
}

impl ItemRow {
    pub(super) fn validate(&mut self, now: DateTime<Utc>, verdict: &Verdict, by: &'static str) {
        let (is_returned, is_restockable, missing) = match verdict {
            Verdict::Returned { restockable } => (true, *restockable, None),
            Verdict::NotReturned { reason } => (false, false, Some(reason.clone())),
        };
        self.item_validation_status_response = ValidationRow {
            is_returned,
            is_restockable,
            non_restockable_reason: (is_returned && !is_restockable).then(|| "Damaged".to_owned()),
            non_returned_reason: missing,
            last_validation_date: Some(now),
            last_validated_by: Some(by),
            ..ValidationRow::default()
        };
    }
}

impl RmaState {
    /// Was each unit looked at that does not stay with the customer?
    pub(super) fn is_inspected(&self) -> bool {
        let inspected = |item: &ItemRow| item.item_validation_status_response.last_validation_date.is_some();
        self.body.items.iter().filter(|item| item.is_shipped()).all(inspected)
    }

    /// What follows when units have been validated.
    pub(super) fn after_inspection(&mut self, now: DateTime<Utc>, next: &mut Counters, settings: Settings) {
        if self.is_inspected() && settings.validated_after_inspection && self.status == RmaStatus::Received {
            self.set_status(RmaStatus::Validated);
        }
        self.refund_by_rule(now, next, settings, Cause::Inspected);
    }
}
