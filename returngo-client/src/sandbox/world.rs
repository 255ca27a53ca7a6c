use super::{
    AutoRefund, EndCursor, FaultPlan, SandboxRefusal,
    rows::{CommentRow, RmaRow, TransactionRow},
};
use crate::{ReturnedItemId, RmaId, RmaStatus};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, HashMap};

/// Everything behind the router.
pub(super) struct World {
    pub(super) shops: Vec<(String, String)>,
    /// Oldest first, which is also by number.
    pub(super) rmas: Vec<RmaState>,
    pub(super) order_ids: HashMap<String, String>,
    pub(super) next: Counters,
    pub(super) log: Vec<(String, String, u16)>,
    pub(super) writes: usize,
    pub(super) faults: Vec<FaultPlan>,
    pub(super) daily_limit: Option<u32>,
    pub(super) calls: BTreeMap<NaiveDate, u32>,
    pub(super) end_cursor: EndCursor,
    pub(super) settings: Settings,
    pub(super) reports_accepted: bool,
}

/// How the shop is set up, and how ReturnGO behaves where it does not say so.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    pub(super) validated_after_inspection: bool,
    pub(super) validates_shipments: bool,
    pub(super) shipment_validates_items: bool,
    pub(super) auto_refund: AutoRefund,
    pub(super) notify_only: bool,
    pub(super) inspection_before_done: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            validated_after_inspection: true,
            validates_shipments: true,
            shipment_validates_items: true,
            auto_refund: AutoRefund::Off,
            notify_only: false,
            inspection_before_done: false,
        }
    }
}

/// The next number of each kind.
pub(super) struct Counters {
    pub(super) rma: u64,
    pub(super) unit: u64,
    pub(super) shipment: u64,
    pub(super) transaction: u64,
    pub(super) order: u64,
    pub(super) line: u64,
    pub(super) draft: u64,
    pub(super) reference: u64,
}

impl Default for World {
    fn default() -> Self {
        Self {
            shops: Vec::new(),
            rmas: Vec::new(),
            order_ids: HashMap::new(),
            next: Counters {
                rma: 4_400_123,
                unit: 70_000_001,
                shipment: 880_001,
                transaction: 6_100_001,
                order: 5_550_001_112_223,
                line: 11_100_000_000_001,
                draft: 12,
                reference: 990_000_000_001,
            },
            log: Vec::new(),
            writes: 0,
            faults: Vec::new(),
            daily_limit: None,
            calls: BTreeMap::new(),
            end_cursor: EndCursor::default(),
            settings: Settings::default(),
            reports_accepted: true,
        }
    }
}

/// An RMA, and what ReturnGO knows of it without showing it.
pub(super) struct RmaState {
    pub(super) id: RmaId,
    pub(super) number: u64,
    pub(super) status: RmaStatus,
    /// Returns made in the shop so far: one on approval, one more on every reopening after that.
    pub(super) shop_returns: u32,
    /// Units that the shop itself has paid back.
    pub(super) refunded_in_shop: Vec<String>,
    pub(super) body: RmaRow,
    pub(super) replaced: Option<String>,
}

impl RmaState {
    pub(super) fn units(&self) -> Vec<ReturnedItemId> {
        self.body.items.iter().filter_map(|item| ReturnedItemId::new(&item.returned_item_id).ok()).collect()
    }

    pub(super) fn set_status(&mut self, status: RmaStatus) {
        self.body.rma_summary.status = match &status {
            RmaStatus::Pending => "Pending",
            RmaStatus::Approved => "Approved",
            RmaStatus::Received => "Received",
            RmaStatus::Validated => "Validated",
            RmaStatus::Done => "Done",
            RmaStatus::Rejected => "Rejected",
            RmaStatus::Canceled => "Canceled",
            RmaStatus::Unknown(_) => return,
        };
        self.status = status;
    }

    /// Newest first.
    pub(super) fn comment(&mut self, at: DateTime<Utc>, kind: &'static str, by: &'static str, html: String) {
        let row = CommentRow { comment_type: kind, triggered_by: by, html_text: html, datetime: at };
        self.body.comments.insert(0, row);
    }

    /// A transaction comes to its end. Only its own `lastUpdated` moves.
    pub(super) fn conclude(&mut self, at: DateTime<Utc>, transaction: u64, paid: bool) {
        for row in self.body.transactions.iter_mut().filter(|row| row.id == transaction) {
            row.status = if paid { "Success" } else { "Failed" };
            row.last_updated = at;
        }
        if !paid {
            self.comment(at, "error", "", format!("Refund <strong>failed</strong>. Transaction ID: {transaction}"));
        }
    }

    /// The shop gets a return of its own, with the next number.
    pub(super) fn open_shop_return(&mut self, at: DateTime<Utc>) {
        self.shop_returns += 1;
        let order = &self.body.order_details.order_name;
        self.note(at, format!("Shopify return <strong>{order}-R{}</strong> created", self.shop_returns));
    }

    pub(super) fn note(&mut self, at: DateTime<Utc>, html: impl Into<String>) {
        self.comment(at, "system", "", html.into());
    }
}

impl World {
    pub(super) fn rma(&self, id: &RmaId) -> Result<&RmaState, SandboxRefusal> {
        self.rmas.iter().find(|rma| rma.id == *id).ok_or_else(|| SandboxRefusal::UnknownRma(id.clone()))
    }

    pub(super) fn rma_mut(&mut self, id: &RmaId) -> Result<&mut RmaState, SandboxRefusal> {
        self.rmas.iter_mut().find(|rma| rma.id == *id).ok_or_else(|| SandboxRefusal::UnknownRma(id.clone()))
    }

    pub(super) fn body_of(&self, rma: &RmaState) -> String {
        match &rma.replaced {
            Some(text) => text.clone(),
            None => json(&rma.body),
        }
    }

    /// Oldest first, each with its RMA.
    pub(super) fn transactions(&self) -> Vec<(&RmaState, &TransactionRow)> {
        let mut all: Vec<_> =
            self.rmas.iter().flat_map(|rma| rma.body.transactions.iter().map(move |row| (rma, row))).collect();
        all.sort_by_key(|(_, row)| row.id);
        all
    }
}

/// Gives a number out.
pub(super) fn take(next: &mut u64) -> u64 {
    let number = *next;
    *next += 1;
    number
}

/// Rows can't fail to be written; an empty object would show at once if they did.
pub(super) fn json<T: serde::Serialize>(row: &T) -> String {
    serde_json::to_string(row).unwrap_or_else(|_| "{}".to_owned())
}
