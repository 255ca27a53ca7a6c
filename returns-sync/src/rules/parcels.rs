//! The gate in ReturnGO: a parcel is told to be validated once the credit notes of all its units stand; ReturnGO's automatic
//! refund pays then.

use super::{
    Standing, Step,
    decide::{Deciding, Next},
    refunds,
    settle::TRY_REFUSED_AGAIN,
};
use crate::{
    exception::{Code, Owner},
    journal::{ReportStage, ToldValidated},
    policy::RefundGate,
};
use returngo_client::{Inspection, Item, ReturnedItemId, Shipment, ShipmentId, ShipmentStatus, ShipmentValidation};
use std::collections::BTreeMap;

impl Deciding<'_> {
    /// What ReturnGO was told is looked at before anything new is said; it may have to be said again.
    pub(super) fn settle_validations(&mut self) -> Option<Next> {
        let record = self.facts.record();
        let over = |unit: &ReturnedItemId| record.refunded.contains(unit) || record.settled.contains(unit);
        let asked = refunds::asked_for(self.facts, self.policy);
        for told in record.validations.iter().filter(|told| !told.units.iter().all(over)) {
            let applied = self.facts.rma.shipments.iter().any(|parcel| {
                parcel.shipment_id.as_ref() == Some(&told.shipment) && parcel.status == ShipmentStatus::Validated
            });
            let unpaid = told.units.iter().filter(|unit| !over(unit) && !asked.contains(*unit)).cloned();
            let unpaid: Vec<_> = unpaid.collect();
            if unpaid.is_empty() {
                continue;
            }
            if applied {
                self.wait_for_payment(told, unpaid);
                continue;
            }
            if let Some(next) = self.say_again(told, unpaid) {
                return Some(next);
            }
        }
        None
    }

    /// The parcel is validated: ReturnGO's automatic refund is its own affair for a while.
    fn wait_for_payment(&mut self, told: &ToldValidated, unpaid: Vec<ReturnedItemId>) {
        let until = told.at + self.policy.attribute_within;
        let parcel = &told.shipment;
        // It pays when everything that is sent back is validated.
        let to_come = |row: &&Shipment| {
            let holds = row.shipment_id.as_ref().is_some_and(|id| self.facts.rma.items_in(id).next().is_some());
            holds && row.is_outbound != Some(true) && row.status != ShipmentStatus::Validated
        };
        let others = self.facts.rma.shipments.iter().filter(to_come).count();
        if others > 0 {
            let what =
                format!("ReturnGO to refund parcel {parcel} once the RMA's {others} other parcel(s) are validated");
            self.wait_ours(what, None);
        } else if self.now < until {
            self.wait_ours(format!("ReturnGO to refund parcel {parcel}, which is validated"), Some(until));
        } else {
            let text = format!("parcel {parcel} is validated since {}", told.at.format("%-d %B %Y %H:%M UTC"));
            self.find(Code::ReturnGoDoesNotPay, unpaid, text);
        }
    }

    fn say_again(&mut self, told: &ToldValidated, unpaid: Vec<ReturnedItemId>) -> Option<Next> {
        let (parcel, waiting) = (&told.shipment, Some((None, Standing::AwaitingRefund)));
        let look = told.at + self.policy.settle;
        match &told.stage {
            ReportStage::NotSent(run, message) if *run == self.run => {
                self.wait_ours(format!("parcel {parcel} to be validated by the next run: {message}"), None);
                return waiting;
            }
            ReportStage::Refused(message) if self.now - told.at < TRY_REFUSED_AGAIN => {
                self.find(Code::ReturnGoDoesNotPay, unpaid, format!("parcel {parcel}: {message}"));
                return None;
            }
            ReportStage::Open | ReportStage::Taken if self.now < look => {
                self.wait_ours(format!("ReturnGO to show parcel {parcel} as validated"), Some(look));
                return waiting;
            }
            _ => {}
        }
        if self.policy.refund_gate != RefundGate::ReturnGoValidation {
            let text = format!("parcel {parcel} was to be validated, and refunds are released otherwise now");
            self.find(Code::ReturnGoDoesNotPay, unpaid, text);
            return None;
        }
        let step = self.validation(parcel, &told.units)?;
        Some((Some(step), Standing::AwaitingRefund))
    }

    /// A parcel all of whose units are covered by credit notes that stand as read now.
    fn validation(&mut self, shipment: &ShipmentId, units: &[ReturnedItemId]) -> Option<Step> {
        let held = |unit: &ReturnedItemId| self.perhaps_paid.contains(unit);
        if !self.is_payable() || units.iter().any(held) {
            return None;
        }
        let releases: Option<Vec<_>> = units.iter().map(|unit| self.release_of(std::slice::from_ref(unit))).collect();
        let releases = releases?;
        let (rma, record) = (self.facts.rma, self.facts.record());
        let in_parcel = rma.items_in(shipment).map(|item| &item.returned_item_id);
        let worthless: Vec<_> = in_parcel.filter(|unit| record.is_worth_nothing(unit)).cloned().collect();
        let all = [units, &worthless].concat();
        match ShipmentValidation::new(rma, shipment, &all) {
            Ok(_) => Some(Step::ValidateParcel { shipment: shipment.clone(), releases, worthless }),
            Err(error) => {
                self.find(Code::ReturnGoDoesNotPay, units.to_vec(), error.to_string());
                None
            }
        }
    }

    /// The next parcel to be validated, of those whose units are all due. Left in `due`, for staff to pay, are the units of
    /// no parcel, and those of a parcel that can't be validated as a whole any more.
    pub(super) fn parcel_due(&mut self, due: &mut Vec<ReturnedItemId>) -> Option<Step> {
        let rma = self.facts.rma;
        let mut parcels: BTreeMap<&ShipmentId, Vec<ReturnedItemId>> = BTreeMap::new();
        for item in rma.items.iter().filter(|item| due.contains(&item.returned_item_id)) {
            if let Some(shipment) = &item.shipment_id {
                parcels.entry(shipment).or_default().push(item.returned_item_id.clone());
            }
        }
        let validated = |shipment: &ShipmentId| {
            rma.shipments.iter().any(|parcel| {
                parcel.shipment_id.as_ref() == Some(shipment) && parcel.status == ShipmentStatus::Validated
            })
        };
        // What is validated may be paid by ReturnGO at any time.
        parcels.retain(|shipment, _| validated(shipment) || !rma.items_in(shipment).any(|item| self.never_due(item)));
        due.retain(|unit| !parcels.values().flatten().any(|in_parcel| in_parcel == unit));
        for (shipment, units) in parcels {
            let missing: Vec<_> =
                rma.items_in(shipment).filter(|item| !units.contains(&item.returned_item_id)).collect();
            let missing = self.names_of_worth(&missing);
            if validated(shipment) {
                let what = format!("ReturnGO to refund parcel {shipment}, which somebody else has validated");
                self.wait_for_parcel(Owner::CustomerService, units, what);
            } else if !missing.is_empty() {
                let what = format!(
                    "all of parcel {shipment} to be credited, what is not: {}; or what is credited to be refunded in ReturnGO",
                    missing.join(", ")
                );
                self.wait_for_parcel(Owner::Warehouse, units, what);
            } else if let Some(step) = self.validation(shipment, &units) {
                return Some(step);
            }
        }
        None
    }

    /// Items that are worth something, for people.
    fn names_of_worth(&self, items: &[&Item]) -> Vec<String> {
        let worth = items.iter().filter(|item| !self.facts.record().is_worth_nothing(&item.returned_item_id));
        worth.map(|item| format!("{} (unit {})", item.sku.as_deref().unwrap_or("?"), item.returned_item_id)).collect()
    }

    /// Credited units whose parcel can't be validated yet: told once everything in it should have been inspected and credited.
    fn wait_for_parcel(&mut self, whose: Owner, units: Vec<ReturnedItemId>, what: String) {
        let credited = self.facts.record().credited();
        let since = credited.iter().filter(|covered| units.contains(covered.unit)).map(|covered| covered.since).max();
        let until = since.map(|since| since + self.policy.inspect_within + self.policy.credit_within);
        match (since, until) {
            (Some(since), Some(until)) if self.now >= until => {
                let since = since.format("%-d %B %Y %H:%M UTC");
                self.find(Code::ReturnGoDoesNotPay, units, format!("credited since {since}, and waits for {what}"));
            }
            _ => self.wait_until(Some(whose), what, until),
        }
    }

    /// Will the parcel of a unit never be validated because of it? It did not come, or a person or another document has dealt
    /// with it; its parcel's other units are paid by staff, then.
    fn never_due(&self, item: &Item) -> bool {
        let (record, unit) = (self.facts.record(), &item.returned_item_id);
        let alone = record.released.contains(unit) && record.validated(unit).is_none();
        let over = record.refunded.contains(unit) || record.settled.contains(unit);
        alone || over || matches!(item.inspection(), Inspection::NotReturned { .. })
    }
}
