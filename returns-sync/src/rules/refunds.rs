use super::{
    Facts,
    units::{self, UnitState},
};
use crate::{
    exception::Code,
    journal::{CreditStage, Record, UnitValue},
};
use returngo_client::{Inspection, ReturnMethodType, ReturnedItemId, Transaction, TransactionStatus, TransactionType};
use std::collections::BTreeSet;

/// A refund that should not be there yet.
pub(super) struct EarlyRefund<'r> {
    pub(super) code: Code,
    pub(super) units: Vec<ReturnedItemId>,
    pub(super) transaction: &'r Transaction,
}

fn is_refund(transaction: &Transaction) -> bool {
    // An unknown type may be a refund; only the customer's own payment is none.
    transaction.kind != TransactionType::InvoicePayment
}

/// The units a transaction pays for; all of the RMA's when it names none.
fn units_of(facts: &Facts<'_>, transaction: &Transaction) -> Vec<ReturnedItemId> {
    if transaction.return_item_ids.is_empty() {
        return facts.rma.items.iter().map(|item| item.returned_item_id.clone()).collect();
    }
    transaction.return_item_ids.clone()
}

/// Refunds, asked for or paid, of units without proof of receipt or without a credit note read back.
///
/// A requested refund counts: what was requested is paid hours later without anybody doing anything.
pub(super) fn early<'r>(facts: &Facts<'r>) -> Vec<EarlyRefund<'r>> {
    let record = facts.record();
    // What is not handled here is an exception already, and no credit note of ours will ever close it.
    let unsupported = |unit: &ReturnedItemId| {
        let item = facts.rma.items.iter().find(|item| item.returned_item_id == *unit);
        item.is_some_and(|item| matches!(units::state_of(facts, item), UnitState::Unsupported(..)))
    };
    let received = |unit: &ReturnedItemId| {
        facts
            .rma
            .items
            .iter()
            .any(|item| item.returned_item_id == *unit && matches!(item.inspection(), Inspection::Returned { .. }))
    };
    let mut found = Vec::new();
    for transaction in facts.rma.transactions.iter().filter(|t| is_refund(t) && t.status != TransactionStatus::Failed) {
        let units = units_of(facts, transaction);
        let missing: Vec<_> = units.iter().filter(|unit| !received(unit) && !kept(facts, unit)).cloned().collect();
        if !missing.is_empty() {
            found.push(EarlyRefund { code: Code::RefundWithoutReceipt, units: missing, transaction });
            continue;
        }
        let uncredited: Vec<_> =
            units.iter().filter(|unit| !stands(record, unit) && !unsupported(unit)).cloned().collect();
        if !uncredited.is_empty() {
            found.push(EarlyRefund { code: Code::RefundBeforeCredit, units: uncredited, transaction });
        }
    }
    found
}

/// Units that stay with the customer are never received; they are an exception of their own.
fn kept(facts: &Facts<'_>, unit: &ReturnedItemId) -> bool {
    let method =
        facts.rma.items.iter().find(|item| item.returned_item_id == *unit).and_then(|i| i.return_method.as_ref());
    method.is_some_and(|method| method.kind == ReturnMethodType::NoShipmentRequired)
}

/// Does a credit note that was read in the ledger cover the unit?
pub(super) fn stands(record: &Record, unit: &ReturnedItemId) -> bool {
    let ours = record.credits.iter().filter(|credit| matches!(credit.stage, CreditStage::ReadBack { .. }));
    ours.flat_map(|credit| &credit.intent.units)
        .chain(record.by_hand.iter().flat_map(|hand| &hand.units))
        .any(|value| value.unit == *unit)
}

/// Credited units whose refund is paid now and was not seen before.
pub(super) fn newly_paid(facts: &Facts<'_>) -> Vec<ReturnedItemId> {
    let record = facts.record();
    let paid = facts.rma.transactions.iter().filter(|t| is_refund(t) && t.status == TransactionStatus::Success);
    let units: BTreeSet<_> = paid.flat_map(|transaction| units_of(facts, transaction)).collect();
    units.into_iter().filter(|unit| stands(record, unit) && !record.refunded.contains(unit)).collect()
}

/// Those of the units that are neither released nor refunded, and for which no refund was asked for: releasing a unit
/// whose refund is under way would make staff pay it twice.
pub(super) fn to_release<'u>(facts: &Facts<'_>, units: impl Iterator<Item = &'u UnitValue>) -> Vec<&'u UnitValue> {
    let record = facts.record();
    let live = facts.rma.transactions.iter().filter(|t| is_refund(t) && t.status != TransactionStatus::Failed);
    let under_way: BTreeSet<_> = live.flat_map(|transaction| units_of(facts, transaction)).collect();
    units
        .filter(|value| {
            !record.released.contains(&value.unit)
                && !record.refunded.contains(&value.unit)
                && !under_way.contains(&value.unit)
        })
        .collect()
}
