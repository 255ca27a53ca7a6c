use super::{
    Facts,
    units::{self, UnitState},
};
use crate::{
    exception::Code,
    journal::{CoveredUnit, Record, RefundStage, ShopRefund},
    policy::{Policy, ReturnGoRefunds},
};
use chrono::{DateTime, Utc};
use returngo_client::{ReturnedItemId, Transaction, TransactionStatus, TransactionType};
use returns_wire::Money;
use rust_decimal::Decimal;
use shopify_returns::RefundId;
use std::collections::BTreeSet;

/// A refund that is not as it should be.
pub(super) struct OddRefund {
    pub(super) code: Code,
    pub(super) units: Vec<ReturnedItemId>,
    pub(super) amount: Option<Money>,
    pub(super) text: String,
}

fn is_refund(transaction: &Transaction) -> bool {
    // An unknown type may be a refund; only the customer's own payment is none.
    transaction.kind != TransactionType::InvoicePayment
}

/// Refunds that were asked for or paid: what was asked for is paid hours later without anybody doing anything, unless
/// ReturnGO only asks.
pub(super) fn live<'r>(facts: &Facts<'r>, policy: &Policy) -> impl Iterator<Item = &'r Transaction> + use<'r> {
    let policy = policy.returngo_refunds;
    facts.rma.transactions.iter().filter(move |transaction| is_live(transaction, policy))
}

/// Does it pay, or will it be paid by ReturnGO?
pub(crate) fn is_live(transaction: &Transaction, who_pays: ReturnGoRefunds) -> bool {
    let waits_for_us = who_pays == ReturnGoRefunds::NotifyOnly && only_asks(transaction);
    is_refund(transaction) && transaction.status != TransactionStatus::Failed && !waits_for_us
}

/// Is it a request for money to somebody else?
pub(super) fn only_asks(transaction: &Transaction) -> bool {
    transaction.kind == TransactionType::RefundToPaymentMethod
        && transaction.status == TransactionStatus::Requested
        && transaction.platform_refund_id().is_none()
}

/// Refunds by ReturnGO of units that a refund of ours pays, or may have paid: one of the two is too many.
pub(super) fn beside_ours(facts: &Facts<'_>, policy: &Policy) -> Vec<OddRefund> {
    let record = facts.record();
    let mut found = Vec::new();
    for transaction in live(facts, policy) {
        let named = transaction.platform_refund_id().and_then(|id| id.parse::<RefundId>().ok());
        let of_ours = |refund: &&ShopRefund| match refund.stage {
            RefundStage::Made(Some(made)) => Some(made) != named && !has_failed(facts, made),
            RefundStage::Made(None) | RefundStage::Open => true,
            RefundStage::Rejected { .. } | RefundStage::NotSent { .. } | RefundStage::Abandoned => false,
        };
        let theirs = units_of(facts, transaction);
        for refund in record.refunds.iter().filter(of_ours) {
            let both = |unit: &&ReturnedItemId| theirs.contains(unit) && !record.settled.contains(*unit);
            let units: Vec<_> = refund.intent.units.iter().filter(both).cloned().collect();
            // One that names a refund of ours is that refund.
            let ours = record.refunds.iter().any(|ours| named.is_some() && ours.stage == RefundStage::Made(named));
            if units.is_empty() || ours {
                continue;
            }
            let amount = transaction.amount.as_ref().and_then(|amount| amount.presentment().ok());
            let worth = amount.map(|amount| format!(" with {amount}")).unwrap_or_default();
            let text = format!(
                "ReturnGO's transaction {} is {}{worth}, and our refund {} of {} pays the same units",
                transaction.id,
                transaction.status.as_str(),
                refund.intent.number,
                refund.intent.amount
            );
            found.push(OddRefund { code: Code::DoublePayment, units, amount, text });
        }
    }
    found
}

/// Was all the money of a refund of ours refused? Then it pays nothing.
fn has_failed(facts: &Facts<'_>, id: RefundId) -> bool {
    let read = facts.shop.and_then(|shop| shop.refunds.as_ref());
    let made = read.and_then(|read| read.read.refunds.iter().find(|refund| refund.id == id));
    made.and_then(|refund| refund.moved().ok())
        .is_some_and(|moved| moved.paid.is_zero() && moved.pending.is_zero() && !moved.failed.is_zero())
}

/// The units a transaction pays for; all of the RMA's when it names none.
pub(super) fn units_of(facts: &Facts<'_>, transaction: &Transaction) -> Vec<ReturnedItemId> {
    if transaction.return_item_ids.is_empty() {
        return facts.rma.items.iter().map(|item| item.returned_item_id.clone()).collect();
    }
    transaction.return_item_ids.clone()
}

/// Refunds of units without proof of receipt, without a credit note read back, or of another amount than credited.
pub(super) fn odd(facts: &Facts<'_>, policy: &Policy, now: DateTime<Utc>) -> Vec<OddRefund> {
    let record = facts.record();
    let item = |unit: &ReturnedItemId| facts.rma.items.iter().find(|item| item.returned_item_id == *unit);
    // What is not handled here is an exception already, and no credit note of ours will ever close it.
    let unsupported = |unit: &ReturnedItemId| {
        item(unit).is_some_and(|item| matches!(units::state_of(facts, policy, item), UnitState::Unsupported(..)))
    };
    // Units that stay with the customer are never received; they are an exception of their own.
    let kept = |unit: &ReturnedItemId| item(unit).is_some_and(units::keeps);
    let received = |unit: &ReturnedItemId| item(unit).is_some_and(|i| units::received(facts, policy, i).is_some());
    let settled = |unit: &ReturnedItemId| record.settled.contains(unit);
    let mut found = Vec::new();
    for transaction in live(facts, policy) {
        let units = units_of(facts, transaction);
        let missing: Vec<_> =
            units.iter().filter(|unit| !received(unit) && !kept(unit) && !settled(unit)).cloned().collect();
        let uncredited: Vec<_> = units
            .iter()
            .filter(|unit| !stands(record, unit) && !unsupported(unit) && !settled(unit))
            .cloned()
            .collect();
        // A shop that pays in advance is told only when the goods do not follow.
        let early = transaction.created_at.is_some_and(|at| now - at < policy.goods_follow_within);
        let (code, units) = match (missing.is_empty(), uncredited.is_empty()) {
            (false, _) | (true, false) if early => continue,
            (false, _) => (Code::RefundWithoutReceipt, missing),
            (true, false) => (Code::RefundBeforeCredit, uncredited),
            (true, true) => continue,
        };
        let amount = transaction.amount.as_ref().and_then(|amount| amount.presentment().ok());
        let worth = amount.map(|amount| format!(" with {amount}")).unwrap_or_default();
        let text = format!("transaction {} is {}{worth}", transaction.id, transaction.status.as_str());
        found.push(OddRefund { code, units, amount, text });
    }
    if found.is_empty() {
        found.extend(differs(facts, policy));
    }
    found
}

/// Refunds that together are not what their units were credited with, a penny a unit aside.
fn differs(facts: &Facts<'_>, policy: &Policy) -> Option<OddRefund> {
    let record = facts.record();
    let credited = record.credited();
    let known = |covered: &CoveredUnit<'_>| covered.ours || covered.gross.is_zero();
    let ours = |unit: &ReturnedItemId| credited.iter().any(|covered| known(covered) && covered.unit == unit);
    // What is paid for units that are not ours to release was never compared with anything.
    // A code that lowers the next order instead of a credit note: it was never to be worth what is credited.
    let worthless = |unit: &ReturnedItemId| {
        let item = facts.rma.items.iter().find(|item| item.returned_item_id == *unit);
        item.is_some_and(units::is_store_credit) && credited.iter().any(|c| c.unit == unit && c.gross.is_zero())
    };
    let counted = live(facts, policy).filter(|transaction| !units_of(facts, transaction).iter().all(worthless));
    let (of_ours, others): (Vec<_>, Vec<_>) =
        counted.partition(|transaction| units_of(facts, transaction).iter().all(ours));
    if others.iter().any(|transaction| units_of(facts, transaction).iter().any(ours)) {
        return None;
    }
    let units: BTreeSet<_> = of_ours.iter().flat_map(|transaction| units_of(facts, transaction)).collect();
    let covered: Vec<_> = credited.iter().filter(|covered| units.contains(covered.unit)).collect();
    if covered.is_empty() {
        return None;
    }
    let currency = facts.rma.items.iter().find_map(units::paid)?.currency();
    let amounts = of_ours.iter().map(|transaction| transaction.amount.as_ref()?.presentment().ok());
    let elsewhere = amounts.clone().flatten().find(|amount| amount.currency() != policy.currency);
    if let Some(amount) = elsewhere {
        let text = format!("a refund of {amount} for units credited in {}", policy.currency);
        return Some(OddRefund { code: Code::RefundDiffers, units: units.into_iter().collect(), amount: None, text });
    }
    let paid = amounts.collect::<Option<Vec<_>>>()?.into_iter().map(|amount| amount.amount()).sum::<Decimal>();
    let due = covered.iter().map(|covered| covered.gross).sum::<Decimal>();
    let pennies = currency.smallest() * Decimal::from(covered.len());
    let off = (paid - due).abs();
    (off > pennies).then(|| OddRefund {
        code: Code::RefundDiffers,
        units: units.into_iter().collect(),
        amount: Money::new(off, currency).ok(),
        text: format!("refunds of {paid} for units credited with {due}"),
    })
}

/// Does a credit note that was read in the ledger cover the unit?
fn stands(record: &Record, unit: &ReturnedItemId) -> bool {
    record.credited().iter().any(|covered| covered.unit == unit)
}

/// Credited units whose refund is paid now and was not seen before.
pub(super) fn newly_paid(facts: &Facts<'_>, policy: &Policy) -> Vec<ReturnedItemId> {
    let record = facts.record();
    let paid = live(facts, policy).filter(|transaction| transaction.status == TransactionStatus::Success);
    let units: BTreeSet<_> = paid.flat_map(|transaction| units_of(facts, transaction)).collect();
    units.into_iter().filter(|unit| stands(record, unit) && !record.refunded.contains(unit)).collect()
}

/// Units whose refund was asked for or paid.
pub(crate) fn asked_for(facts: &Facts<'_>, policy: &Policy) -> BTreeSet<ReturnedItemId> {
    live(facts, policy).flat_map(|transaction| units_of(facts, transaction)).collect()
}

/// Credited units of ours that are not refunded, and for which ReturnGO was not asked for a refund.
pub(super) fn unpaid<'r>(facts: &Facts<'r>, policy: &Policy) -> Vec<CoveredUnit<'r>> {
    let record = facts.record();
    let under_way = asked_for(facts, policy);
    let mut units = record.credited();
    units
        .retain(|covered| covered.ours && !record.refunded.contains(covered.unit) && !under_way.contains(covered.unit));
    units
}

/// Credited units that are neither released nor refunded, and for which no refund was asked for: releasing a unit
/// whose refund is under way would make staff pay it twice.
pub(super) fn to_release<'r>(facts: &Facts<'r>, policy: &Policy) -> Vec<CoveredUnit<'r>> {
    let mut units = unpaid(facts, policy);
    units.retain(|covered| !facts.record().released.contains(covered.unit));
    units
}

/// Units that were credited by hand and not valued by us, for which no refund was asked for yet.
pub(super) fn of_others(facts: &Facts<'_>, policy: &Policy) -> usize {
    let record = facts.record();
    let under_way = asked_for(facts, policy);
    let for_goods = |unit: &ReturnedItemId| {
        facts.rma.items.iter().any(|item| item.returned_item_id == *unit && units::is_exchange(item))
    };
    let open = |covered: &&CoveredUnit<'_>| {
        !covered.ours
            && !covered.exchanged
            && !for_goods(covered.unit)
            && !covered.gross.is_zero()
            && !record.refunded.contains(covered.unit)
            && !under_way.contains(covered.unit)
    };
    record.credited().iter().filter(open).count()
}
