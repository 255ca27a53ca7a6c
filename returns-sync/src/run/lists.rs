//! The lists people work from. They come from the journal, so that a lost report loses nothing.

use super::{Payable, PlanTotal, RunReport};
use crate::{
    journal::{CreditStage, Record, State},
    policy::Policy,
    rules::is_live,
};
use returngo_client::{ReturnedItemId, RmaId, Transaction};
use returns_wire::{Currency, Money};
use rust_decimal::Decimal;
use sage200_client::Urn;
use std::collections::BTreeSet;

/// Calls to Sage that one credit note takes beyond what a plan has made: posted once, read back, read for the release.
const CALLS_PER_DOCUMENT: u64 = 3;

/// Reference and URN of the credit note of ours, or from a sales return of ours, that covers a unit.
fn credit_of(record: &Record, unit: &ReturnedItemId) -> Option<(String, Urn)> {
    let posted = record.credits.iter().find_map(|credit| match credit.stage {
        CreditStage::ReadBack { urn, .. } if credit.intent.units.iter().any(|value| value.unit == *unit) => {
            Some((credit.intent.second_reference.to_string(), urn))
        }
        _ => None,
    });
    let from_return = || {
        let mut credits = record.returns.iter().flat_map(|of| of.credits.iter().map(move |(_, credit)| (of, credit)));
        let (of, credit) = credits.find(|(_, credit)| credit.units.iter().any(|(covered, _)| covered == unit))?;
        Some((of.intent.key.to_string(), *credit.urns.last()?))
    };
    posted.or_else(from_return)
}

/// Refunds that are released and not paid, less what was asked for already and what an exception speaks against.
pub(super) fn work(
    state: &State,
    policy: &Policy,
    report: &RunReport,
    refunds: &[Transaction],
    looked_at: &BTreeSet<RmaId>,
    asked: &BTreeSet<ReturnedItemId>,
) -> Vec<Payable> {
    let currency = policy.currency;
    let live = refunds.iter().filter(|row| is_live(row, policy.returngo_refunds));
    let listed = live.flat_map(|row| &row.return_item_ids);
    // What names no units is known from the RMA alone.
    let asked: BTreeSet<&ReturnedItemId> = listed.chain(asked).collect();
    let held = |rma: &RmaId| {
        let of_it = report.exceptions.iter().filter(|exception| exception.finding.rma.as_ref() == Some(rma));
        of_it.into_iter().any(|exception| exception.finding.code.forbids_payment())
    };
    let of = |(rma, record): (&RmaId, &Record), store_credit: bool| {
        // What this run has not seen may have been refunded or called off since.
        if held(rma) || !looked_at.contains(rma) {
            return None;
        }
        let mut units = Vec::new();
        let mut gross = Decimal::ZERO;
        let mut urns: Vec<Urn> = Vec::new();
        for covered in record.credited().into_iter().filter(|covered| covered.store_credit == store_credit) {
            let in_shop = record.refund_of(covered.unit).is_some() || record.validated(covered.unit).is_some();
            let open = record.released.contains(covered.unit) && !record.refunded.contains(covered.unit) && !in_shop;
            if !(covered.ours && open) || asked.contains(covered.unit) {
                continue;
            }
            units.push(covered.unit.clone());
            gross += covered.gross;
            let by_hand = record.by_hand.iter().filter(|hand| hand.units.iter().any(|unit| unit.unit == *covered.unit));
            let more = credit_of(record, covered.unit).map(|(_, urn)| urn).into_iter();
            urns.extend(more.chain(by_hand.flat_map(|hand| hand.urns.iter().copied())));
        }
        urns.sort_unstable();
        urns.dedup();
        let order = record.order_number().map(str::to_owned);
        let new = report.released.iter().any(|now| now.rma == *rma);
        let gross = Money::new(gross, currency).ok()?;
        (!units.is_empty()).then(|| Payable { rma: rma.clone(), order, units, gross, store_credit, urns, new })
    };
    state.rmas.iter().flat_map(|entry| [of(entry, false), of(entry, true)]).flatten().collect()
}

/// What a run would come to, beyond the calls a plan has made.
pub(super) fn plan(report: &RunReport, currency: Currency) -> PlanTotal {
    let documents = report.planned.len() + report.would_prepare.len();
    let planned = report.planned.iter().map(|credit| credit.gross);
    let gross = planned.chain(report.would_prepare.iter().map(|prepared| prepared.gross)).flatten();
    let gross = gross.map(|gross| gross.amount()).sum::<Decimal>();
    let count = u64::try_from(documents).unwrap_or(u64::MAX);
    PlanTotal {
        documents: u32::try_from(documents).unwrap_or(u32::MAX),
        gross: Money::new(gross, currency).unwrap_or(Money::zero(currency)),
        sage_calls: report.calls.sage + CALLS_PER_DOCUMENT * count,
        returngo_calls: report.calls.returngo,
    }
}
