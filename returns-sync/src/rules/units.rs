use super::Facts;
use crate::{exception::Code, journal::Disposition};
use returngo_client::{Inspection, Item, ResolutionType, ReturnMethodType, Rma, RmaStatus, ShipmentStatus};
use returns_wire::{JsonDecimal, Money};

/// Where one physical unit stands.
#[derive(Debug)]
pub(super) enum UnitState {
    /// A credit note covers it.
    Covered,
    /// Received and inspected: a credit is due.
    Due(Disposition),
    /// Not inspected yet.
    Awaiting,
    /// Inspected as not there. May still come: a later inspection replaces this one.
    NotReturned,
    /// Not handled by this version.
    Unsupported(Code, String),
}

pub(super) fn state_of(facts: &Facts<'_>, item: &Item) -> UnitState {
    if facts.record().covers(&item.returned_item_id) {
        return UnitState::Covered;
    }
    if let Some((code, why)) = unsupported(facts.rma, item) {
        return UnitState::Unsupported(code, why);
    }
    match (received(item), item.inspection()) {
        (Some(disposition), _) => UnitState::Due(disposition),
        (None, Inspection::NotReturned { .. }) => UnitState::NotReturned,
        (None, _) => UnitState::Awaiting,
    }
}

/// Where an inspected unit goes; none for a unit that is not proved to be here.
pub(super) fn received(item: &Item) -> Option<Disposition> {
    match item.inspection() {
        Inspection::Returned { restockable: true, .. } => Some(Disposition::Saleable),
        Inspection::Returned { restockable: false, .. } => Some(Disposition::Quarantine),
        Inspection::NotInspected | Inspection::NotReturned { .. } => None,
    }
}

/// Why a unit is not handled by this version.
pub(super) fn unsupported(rma: &Rma, item: &Item) -> Option<(Code, String)> {
    let method = item.return_method.as_ref().map(|method| &method.kind);
    if item.resolution_type != ResolutionType::RefundToPaymentMethod {
        let said = item.resolution_type.as_str();
        let said = if said.is_empty() { "missing" } else { said };
        return Some((Code::ResolutionNotSupported, format!("the resolution is {said}")));
    }
    if method == Some(&ReturnMethodType::NoShipmentRequired) {
        return Some((Code::ResolutionNotSupported, "the customer keeps the goods (no shipment required)".into()));
    }
    let charged = |fee: Option<JsonDecimal>| fee.filter(|fee| !fee.get().is_zero());
    let per_rma = rma.items.iter().flat_map(|item| [("return fee", item.return_fee), ("label fee", item.shipment_fee)]);
    let fee = std::iter::once(("restocking fee", item.restocking_fee))
        .chain(per_rma)
        .chain([("cancellation fee", rma.cancellation_fee)])
        .find_map(|(name, fee)| Some((name, charged(fee)?)));
    fee.map(|(name, fee)| (Code::FeesNotSupported, format!("{name} of {:.2}", fee.get())))
}

/// Has the parcel of this unit arrived, as far as ReturnGO says? Not a proof of anything.
pub(super) fn arrived(rma: &Rma, item: &Item) -> bool {
    if matches!(rma.status(), RmaStatus::Received | RmaStatus::Validated) {
        return true;
    }
    rma.shipments.iter().filter(|parcel| !parcel.is_outbound.unwrap_or(false)).any(|parcel| {
        matches!(parcel.status, ShipmentStatus::Received | ShipmentStatus::Validated)
            && (item.shipment_id.is_none() || parcel.shipment_id == item.shipment_id)
    })
}

/// What the customer paid for a unit, as ReturnGO says it, with VAT.
pub(super) fn paid(item: &Item) -> Option<Money> {
    let price = item.paid_price.as_ref()?.presentment().ok()?;
    if item.tax_included == Some(false) {
        return price.checked_add(item.paid_tax.as_ref()?.presentment().ok()?).ok();
    }
    Some(price)
}
