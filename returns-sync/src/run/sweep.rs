use super::Systems;
use crate::{
    journal::{Record, RefundStage, ReturnStage, ShopRefund, State},
    policy::Policy,
    rules::bare_name,
};
use returngo_client::{
    DateOp, QueryError, ReturnedItemId, RmaId, RmaQuery, RmaStatus, Transaction, TransactionQuery, TransactionStatus,
    TransactionType,
};
use returns_wire::{Error, ErrorKind};
use rust_decimal::Decimal;
use shopify_returns::RefundId;
use std::collections::{BTreeMap, BTreeSet};

/// What ReturnGO's lists show.
pub(super) struct Listed {
    /// RMAs to be read, in the order to read them.
    pub(super) to_read: Vec<RmaId>,
    /// RMAs that rest at the status they were closed with, or are from before go-live.
    pub(super) at_rest: Vec<RmaId>,
    /// Refunds since go-live.
    pub(super) refunds: Vec<Transaction>,
    /// Every RMA that the lists show.
    pub(super) all: BTreeSet<RmaId>,
    /// RMAs by the bare name of their order.
    pub(super) by_order: BTreeMap<String, Vec<RmaId>>,
    /// Rows of either list that could not be read.
    pub(super) unreadable: Vec<String>,
}

/// Open RMAs of any age, all RMAs since go-live, and every RMA the journal still has open.
///
/// The list shows a status and nothing else, and ReturnGO's own time of change does not move on receipt, so every
/// RMA that is not at rest is read anew.
pub(super) async fn look(systems: &Systems, policy: &Policy, state: &State) -> Result<Listed, Error> {
    let open = [RmaStatus::Pending, RmaStatus::Approved, RmaStatus::Received, RmaStatus::Validated];
    let filter = |error: QueryError| {
        Error::not_sent("returngo.rmas.list", ErrorKind::Config, "the list can't be asked for").because(error)
    };
    // Without a filter the second also shows what is at a status that we do not know.
    let queries =
        [RmaQuery::new().statuses(&open).map_err(filter)?, RmaQuery::new().created_at(DateOp::Gte, policy.go_live)];
    let mut seen: BTreeMap<RmaId, RmaStatus> = BTreeMap::new();
    let mut by_order: BTreeMap<String, Vec<RmaId>> = BTreeMap::new();
    let mut unreadable = Vec::new();
    for query in queries {
        let mut pages = systems.returngo.rmas().list(&query);
        while let Some(page) = pages.next_page().await? {
            for summary in page.items {
                if let Some(name) = &summary.order_name {
                    let bare = bare_name(name, policy).trim_start_matches('#').to_owned();
                    let of_it = by_order.entry(bare).or_default();
                    if !of_it.contains(&summary.rma_id) {
                        of_it.push(summary.rma_id.clone());
                    }
                }
                seen.insert(summary.rma_id, summary.status);
            }
            unreadable.extend(page.unreadable.iter().map(|row| format!("list of RMAs, {row}")));
        }
    }
    let mut refunds = Vec::new();
    let query = TransactionQuery::new().created_at(DateOp::Gte, policy.go_live);
    let mut pages = systems.returngo.transactions().list(&query);
    while let Some(page) = pages.next_page().await? {
        refunds.extend(page.items.into_iter().filter(|row| row.kind != TransactionType::InvoicePayment));
        unreadable.extend(page.unreadable.iter().map(|row| format!("list of transactions, {row}")));
    }
    let rests = |id: &RmaId, status: Option<&RmaStatus>| {
        state.rmas.get(id).is_some_and(|record| {
            let closed = record.closed.is_some() && (status.is_none() || record.closed.as_ref() == status);
            // A person has settled the units there were; staff may still add some.
            let settled_and_open = !record.settled.is_empty() && status.is_some_and(|status| open.contains(status));
            record.baseline || (!settled_and_open && closed && !record.unsettled() && !disturbed(record, &refunds))
        })
    };
    let known = state.rmas.keys().filter(|id| !seen.contains_key(*id)).map(|id| (id, None));
    let (at_rest, to_read): (Vec<_>, Vec<_>) =
        seen.iter().map(|(id, status)| (id, Some(status))).chain(known).partition(|(id, status)| rests(id, *status));
    let all = seen.keys().cloned().collect();
    let at_rest = at_rest.into_iter().map(|(id, _)| id.clone()).collect();
    let mut to_read: Vec<RmaId> = to_read.into_iter().map(|(id, _)| id.clone()).collect();
    to_read.sort();
    // A run that stopped early is taken up where it ended; what is under way in Sage comes first in any case.
    if let Some(next) = &state.resume_at {
        let from = to_read.partition_point(|id| id < next);
        to_read.rotate_left(from);
    }
    to_read.sort_by_key(|id| {
        !state.rmas.get(id).is_some_and(|record| record.live_credits().any(open_credit) || unsure(record))
    });
    Ok(Listed { to_read, at_rest, refunds, all, by_order, unreadable })
}

/// Is it not known whether Sage has a sales return of ours?
fn unsure(record: &Record) -> bool {
    record
        .returns
        .iter()
        .any(|of| of.is_live() && (of.change.is_some() || !matches!(of.stage, ReturnStage::Found { .. })))
}

fn open_credit(credit: &crate::journal::Credit) -> bool {
    !matches!(credit.stage, crate::journal::CreditStage::ReadBack { .. })
}

/// Do refunds not agree with what a closed RMA was credited with? Somebody refunded after it was closed.
fn disturbed(record: &Record, refunds: &[Transaction]) -> bool {
    let credited = record.credited();
    let units: BTreeSet<&ReturnedItemId> = record.units.iter().collect();
    let live = refunds.iter().filter(|row| row.status != TransactionStatus::Failed);
    let ours: Vec<_> = live
        .filter(|row| row.return_item_ids.iter().any(|id| units.contains(id) && !record.settled.contains(id)))
        .collect();
    if ours.is_empty() {
        return false;
    }
    let made = |row: &Transaction| {
        let named = row.platform_refund_id().and_then(|id| id.parse::<RefundId>().ok());
        named.is_some() && record.refunds.iter().any(|refund| refund.stage == RefundStage::Made(named))
    };
    // We have paid in the shop, and ReturnGO pays or asks for more than that.
    let pays = |refund: &ShopRefund| matches!(refund.stage, RefundStage::Made(_) | RefundStage::Open);
    if record.refunds.iter().any(pays) && ours.iter().any(|row| !made(row)) {
        return true;
    }
    let amounts = ours.iter().map(|row| row.amount.as_ref()?.presentment().ok());
    let Some(amounts) = amounts.collect::<Option<Vec<_>>>() else { return true };
    let paid = amounts.iter().map(|amount| amount.amount()).sum::<Decimal>();
    let due = credited.iter().filter(|covered| covered.ours).map(|covered| covered.gross).sum::<Decimal>();
    // What was paid back because new goods are cheaper.
    let differences = record.exchanges.iter().filter_map(|exchange| exchange.shipped);
    let due = due + differences.map(|(_, refunded)| refunded.amount()).sum::<Decimal>();
    let pennies = Decimal::new(1, 2) * Decimal::from(credited.len());
    (paid - due).abs() > pennies
}
