use super::Systems;
use crate::{journal::State, policy::Policy};
use returngo_client::{DateOp, QueryError, RmaId, RmaQuery, RmaStatus};
use returns_wire::{Error, ErrorKind};
use std::collections::BTreeMap;

/// What ReturnGO's lists show.
pub(super) struct Listed {
    /// RMAs to be read.
    pub(super) to_read: Vec<RmaId>,
    /// RMAs that rest at the status they were closed with, or are from before go-live.
    pub(super) at_rest: Vec<RmaId>,
    /// Entries that could not be read.
    pub(super) unreadable: Vec<String>,
}

/// Open RMAs of any age, finished ones since go-live, and every RMA the journal still has open.
///
/// The list shows a status and nothing else, and ReturnGO's own time of change does not move on receipt, so every
/// RMA that is not at rest is read anew.
pub(super) async fn open_rmas(systems: &Systems, policy: &Policy, state: &State) -> Result<Listed, Error> {
    let open = [RmaStatus::Pending, RmaStatus::Approved, RmaStatus::Received, RmaStatus::Validated];
    let ended = [RmaStatus::Done, RmaStatus::Rejected, RmaStatus::Canceled];
    let filter = |error: QueryError| {
        Error::not_sent("returngo.rmas.list", ErrorKind::Config, "the list can't be asked for").because(error)
    };
    let queries = [
        RmaQuery::new().statuses(&open).map_err(filter)?,
        RmaQuery::new().statuses(&ended).map_err(filter)?.created_at(DateOp::Gte, policy.go_live),
    ];
    let mut seen: BTreeMap<RmaId, RmaStatus> = BTreeMap::new();
    let mut unreadable = Vec::new();
    for query in queries {
        let mut pages = systems.returngo.rmas().list(&query);
        while let Some(page) = pages.next_page().await? {
            seen.extend(page.items.into_iter().map(|summary| (summary.rma_id, summary.status)));
            unreadable.extend(page.unreadable.iter().map(ToString::to_string));
        }
    }
    let rests = |id: &RmaId, status: Option<&RmaStatus>| {
        state.rmas.get(id).is_some_and(|record| {
            record.baseline || (record.closed.is_some() && (status.is_none() || record.closed.as_ref() == status))
        })
    };
    let known = state.rmas.keys().filter(|id| !seen.contains_key(*id)).map(|id| (id.clone(), None));
    let (at_rest, to_read): (Vec<_>, Vec<_>) = seen
        .iter()
        .map(|(id, status)| (id.clone(), Some(status)))
        .chain(known)
        .partition(|(id, status)| rests(id, *status));
    let ids = |pairs: Vec<(RmaId, Option<&RmaStatus>)>| pairs.into_iter().map(|(id, _)| id).collect();
    Ok(Listed { to_read: ids(to_read), at_rest: ids(at_rest), unreadable })
}
