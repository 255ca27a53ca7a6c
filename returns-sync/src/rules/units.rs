use super::{Facts, decide::is_running};
use crate::{
    exception::Code,
    journal::Disposition,
    policy::{Exchanges, FeeTreatment, KeptGoods, Policy, ReceiptProof, StoreCredit},
};
use returngo_client::{Inspection, Item, ResolutionType, ReturnMethodType, Rma, RmaStatus, ShipmentStatus};
use returns_wire::{JsonDecimal, Money};
use rust_decimal::Decimal;

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

pub(super) fn state_of(facts: &Facts<'_>, policy: &Policy, item: &Item) -> UnitState {
    if facts.record().covers(&item.returned_item_id) {
        return UnitState::Covered;
    }
    if let Some((code, why)) = unsupported(facts.rma, policy, item) {
        return UnitState::Unsupported(code, why);
    }
    match (received(facts, policy, item), item.inspection()) {
        (Some(disposition), _) => UnitState::Due(disposition),
        (None, Inspection::NotReturned { .. }) => UnitState::NotReturned,
        (None, _) => UnitState::Awaiting,
    }
}

/// Where a received unit goes; none for a unit that is not proved to be here. What nobody has inspected is kept apart.
pub(super) fn received(facts: &Facts<'_>, policy: &Policy, item: &Item) -> Option<Disposition> {
    if keeps(item) {
        // By the word of ReturnGO's rules and of the policy: there is nothing to receive.
        let credited = policy.kept_goods == KeptGoods::CreditNote && is_running(facts.rma.status());
        return credited.then_some(Disposition::Kept);
    }
    let inspected = match item.inspection() {
        Inspection::Returned { restockable: true, .. } => Some(Disposition::Saleable),
        Inspection::Returned { restockable: false, .. } => Some(Disposition::Quarantine),
        Inspection::NotReturned { .. } => return None,
        Inspection::NotInspected => None,
    };
    let received = match policy.receipt_proof {
        ReceiptProof::ItemValidated => inspected.is_some(),
        ReceiptProof::ParcelReceived => inspected.is_some() || arrived(facts.rma, item),
        // What is on no sales return of ours can't be received there.
        ReceiptProof::SageGoodsIn => match facts.record().prepared(&item.returned_item_id) {
            Some(of) => of.received.contains_key(&item.returned_item_id),
            None => inspected.is_some(),
        },
    };
    received.then(|| inspected.unwrap_or(Disposition::Quarantine))
}

/// Why a unit is not handled by this version.
pub(super) fn unsupported(rma: &Rma, policy: &Policy, item: &Item) -> Option<(Code, String)> {
    if is_store_credit(item) && policy.store_credit == StoreCredit::Hold {
        let why = "the resolution is RefundToStoreCredit, whose treatment is not chosen (`policy.store_credit`)";
        return Some((Code::ResolutionNotSupported, why.to_owned()));
    }
    if is_exchange(item) {
        if policy.exchanges == Exchanges::Hold {
            let said = item.resolution_type.as_str();
            let why =
                format!("the resolution is {said}, and what exchanges are in Sage is not chosen (`policy.exchanges`)");
            return Some((Code::ResolutionNotSupported, why));
        }
        let fees = [item.restocking_fee, item.return_fee, item.shipment_fee, rma.cancellation_fee];
        if let Some(fee) = fees.into_iter().find_map(charged) {
            return Some((Code::FeesNotSupported, format!("a fee of {fee:.2} on goods that are exchanged")));
        }
    } else if item.resolution_type != ResolutionType::RefundToPaymentMethod && !is_store_credit(item) {
        let said = item.resolution_type.as_str();
        let said = if said.is_empty() { "missing" } else { said };
        return Some((Code::ResolutionNotSupported, format!("the resolution is {said}")));
    }
    if keeps(item) && policy.kept_goods == KeptGoods::Hold {
        let why = "the customer keeps the goods (no shipment required), and what that is in Sage is not chosen \
                   (`policy.kept_goods`)";
        return Some((Code::ResolutionNotSupported, why.to_owned()));
    }
    let refuse = |why: String| Some((Code::FeesNotSupported, why));
    let fees = [
        ("restocking fee", charged(item.restocking_fee), policy.fees.restocking, "restocking_fee"),
        ("return fee", rma.items.iter().find_map(|i| charged(i.return_fee)), policy.fees.return_fee, "return_fee"),
        ("label fee", rma.items.iter().find_map(|i| charged(i.shipment_fee)), policy.fees.label, "label_fee"),
    ];
    for (name, fee, treatment, key) in fees {
        if let (Some(fee), FeeTreatment::Hold) = (fee, treatment) {
            return refuse(format!("{name} of {fee:.2}, and how it is treated is not chosen (`policy.{key}`)"));
        }
    }
    if let Err(why) = fee_of_rma(rma) {
        return refuse(why);
    }
    charged(rma.cancellation_fee).and_then(|fee| refuse(format!("cancellation fee of {fee:.2}")))
}

/// Does the customer keep the goods?
pub(crate) fn keeps(item: &Item) -> bool {
    item.return_method.as_ref().is_some_and(|method| method.kind == ReturnMethodType::NoShipmentRequired)
}

/// Money goes back as a discount code of ReturnGO's.
pub(super) fn is_store_credit(item: &Item) -> bool {
    item.resolution_type == ResolutionType::RefundToStoreCredit
}

/// Other goods go to the customer in its place.
pub(crate) fn is_exchange(item: &Item) -> bool {
    item.resolution_type == ResolutionType::InstantVariantExchange
}

fn charged(fee: Option<JsonDecimal>) -> Option<Decimal> {
    fee.map(JsonDecimal::get).filter(|fee| !fee.is_zero())
}

/// Return fee and label fee of the RMA together. ReturnGO shows each on every item: the same number is one fee, and two
/// numbers can't be told apart.
pub(super) fn fee_of_rma(rma: &Rma) -> Result<Decimal, String> {
    let fees = [
        ("return fee", rma.items.iter().filter_map(|item| charged(item.return_fee)).collect::<Vec<_>>()),
        ("label fee", rma.items.iter().filter_map(|item| charged(item.shipment_fee)).collect()),
    ];
    let mut sum = Decimal::ZERO;
    for (name, found) in fees {
        let Some(first) = found.first() else { continue };
        if found.iter().any(|fee| fee != first) {
            return Err(format!("its items show different amounts as {name}"));
        }
        sum += first;
    }
    Ok(sum)
}

/// The fee for one unit alone.
pub(super) fn fee_of_unit(item: &Item) -> Decimal {
    charged(item.restocking_fee).unwrap_or_default()
}

/// Has the parcel of this unit arrived, as far as ReturnGO says? Not a proof of anything.
pub(crate) fn arrived(rma: &Rma, item: &Item) -> bool {
    let inbound = || rma.shipments.iter().filter(|parcel| !parcel.is_outbound.unwrap_or(false));
    // With the first parcel of several the RMA is called Received.
    let told_apart = inbound().count() > 1 && inbound().any(|parcel| parcel.shipment_id == item.shipment_id);
    if !told_apart && matches!(rma.status(), RmaStatus::Received | RmaStatus::Validated) {
        return true;
    }
    inbound().any(|parcel| {
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
