use super::{Mode, Systems};
use crate::{
    exception::{Code, Exception},
    journal::{
        CreditIntent, Disposition, Link, OrderLink, PreparedReturn, ReturnCredit, ReturnIntent, RunId, UnitValue,
        VatRounding,
    },
    rules::{Standing, Wait},
};
use chrono::{DateTime, NaiveDate, Utc};
use returngo_client::{ReturnedItemId, Rma, RmaId, TransactionId};
use returns_wire::{Error, Money, QuotaState};
use sage200_client::Urn;
use serde::Serialize;
use shopify_returns::{Balance, Refund, RefundId, RefundKind, RefundOrigin, Shopify, Verdict};
use std::collections::BTreeMap;

/// Name and version of the report's JSON form. The number grows when a field changes meaning or goes away.
pub const SCHEMA: &str = "returns-sync.run-report/1";

/// What a run did, what waits for whom, and what is wrong.
#[derive(Debug, Clone, Serialize)]
#[must_use = "the report holds what people must see"]
#[non_exhaustive]
pub struct RunReport {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The run.
    pub run: RunId,
    /// Whether it acted.
    pub mode: Mode,
    /// When it ended.
    pub finished: DateTime<Utc>,
    /// Why it did not get to its end, if it did not.
    pub unfinished: Option<String>,
    /// True when it refused to begin.
    pub blocked: bool,
    /// How many RMAs stand where.
    pub standings: BTreeMap<Standing, u32>,
    /// Credit notes read in the sales ledger by this run for the first time.
    pub posted: Vec<PostedCredit>,
    /// Credit notes a plan would post.
    pub planned: Vec<PostedCredit>,
    /// Sales returns entered by this run.
    pub prepared: Vec<PreparedDocument>,
    /// Sales returns a plan would enter.
    pub would_prepare: Vec<PreparedDocument>,
    /// Sales returns that units were taken off, or that were deleted, with the reason.
    pub changed: Vec<String>,
    /// What a plan would change on sales returns.
    pub would_change: Vec<String>,
    /// Refunds released by this run.
    pub released: Vec<Released>,
    /// Refunds a plan would release.
    pub would_release: Vec<Released>,
    /// The work list: every refund that is released and not paid yet, the new ones marked. Staff pay these and no others.
    pub work_list: Vec<Payable>,
    /// What a run would come to, for a plan.
    pub plan: Option<PlanTotal>,
    /// Goods to be booked into stock by a person: all that were credited in the last two weeks, the new ones marked.
    pub stock: Vec<StockToBook>,
    /// What is waited for.
    pub waiting: Vec<Waiting>,
    /// What is wrong, now.
    pub exceptions: Vec<Exception>,
    /// What was wrong and is not any more.
    pub cleared: Vec<Exception>,
    /// Refunds that this run has made in the shop.
    pub refunds_made: Vec<MadeRefund>,
    /// Refunds that a plan would make in the shop.
    pub would_refund: Vec<MadeRefund>,
    /// Refunds that ReturnGO asked for and this run has told it of.
    pub refunds_reported: Vec<ReportedRefund>,
    /// Refunds on the shop's orders that this run has looked at, whoever made them.
    pub shop_refunds: Vec<SeenRefund>,
    /// Totals from both sides.
    pub totals: Option<ControlTotals>,
    /// Calls made.
    pub calls: CallsUsed,
    /// Writes sent to Sage that may have changed its books.
    pub writes: u32,
    /// Refunds asked for in the shop that may have been made.
    pub shop_writes: u32,
    /// Entries written to the journal.
    pub journal_entries: u64,
}

/// A credit note, posted or planned.
#[derive(Debug, Clone, Serialize)]
pub struct PostedCredit {
    /// The RMA.
    pub rma: RmaId,
    /// The shop's order number.
    pub order: Option<String>,
    /// The customer account.
    pub account: String,
    /// Where it is found in Sage: its second reference, or the key of its sales return.
    pub second_reference: String,
    /// Its own number, where a person has posted it from a sales return of ours.
    pub credit_note: Option<String>,
    /// Sage's number; none for a plan.
    pub urn: Option<Urn>,
    /// Its date.
    pub date: NaiveDate,
    /// SKU and count.
    pub goods: BTreeMap<String, u32>,
    /// Net value.
    pub net: Option<Money>,
    /// VAT.
    pub vat: Option<Money>,
    /// Net plus VAT.
    pub gross: Option<Money>,
    /// True when Sage's answer was lost, and the credit note was found in the ledger by its reference.
    pub answer_lost: bool,
    /// Why it stands alone; none when it belongs to an order in Sage.
    pub standalone: Option<String>,
    /// Pennies of VAT beside what the rates give.
    pub rounding: Vec<VatRounding>,
}

impl PostedCredit {
    pub(super) fn new(rma: &Rma, intent: &CreditIntent, urn: Option<Urn>) -> Self {
        let goods = count_goods(intent.units.iter());
        Self {
            rma: rma.id().clone(),
            order: rma.order_name().map(str::to_owned),
            account: intent.order.account.to_string(),
            second_reference: intent.second_reference.to_string(),
            credit_note: None,
            urn,
            date: intent.date,
            goods,
            net: intent.net().ok(),
            vat: intent.vat().ok(),
            gross: intent.gross().ok(),
            answer_lost: false,
            standalone: standalone(&intent.order),
            rounding: intent.rounding.clone(),
        }
    }

    /// One that a person has posted from a sales return of ours.
    pub(super) fn of_return(rma: &Rma, of: &PreparedReturn, credit: &ReturnCredit) -> Self {
        let values = credit.units.iter().filter_map(|(unit, _)| of.value(unit));
        Self {
            rma: rma.id().clone(),
            order: rma.order_name().map(str::to_owned),
            account: of.intent.order.account.to_string(),
            second_reference: of.intent.key.to_string(),
            credit_note: Some(credit.credit_note.clone()),
            urn: credit.urns.last().copied(),
            date: credit.date.unwrap_or(of.intent.date),
            goods: count_goods(values),
            net: Some(credit.net),
            vat: Some(credit.vat),
            gross: credit.net.checked_add(credit.vat).ok(),
            answer_lost: false,
            standalone: standalone(&of.intent.order),
            rounding: Vec::new(),
        }
    }
}

/// A sales return, entered or planned.
#[derive(Debug, Clone, Serialize)]
pub struct PreparedDocument {
    /// The RMA.
    pub rma: RmaId,
    /// The shop's order number.
    pub order: Option<String>,
    /// The customer account.
    pub account: String,
    /// Its customer document number in Sage.
    pub key: String,
    /// Sage's number; none for a plan, and while its answer could not be read.
    pub document_no: Option<String>,
    /// Its date.
    pub date: NaiveDate,
    /// SKU and count.
    pub goods: BTreeMap<String, u32>,
    /// What its credit notes will come to in all, with VAT.
    pub gross: Option<Money>,
    /// Pennies of VAT that Sage is expected to differ by.
    pub rounding: Vec<VatRounding>,
}

impl PreparedDocument {
    pub(super) fn new(rma: &Rma, intent: &ReturnIntent) -> Self {
        Self {
            rma: rma.id().clone(),
            order: rma.order_name().map(str::to_owned),
            account: intent.order.account.to_string(),
            key: intent.key.to_string(),
            document_no: None,
            date: intent.date,
            goods: count_goods(intent.values()),
            gross: intent.gross().ok(),
            rounding: intent.rounding.clone(),
        }
    }
}

fn standalone(order: &OrderLink) -> Option<String> {
    match &order.link {
        Link::Linked { .. } => None,
        Link::Standalone(reason) => Some(reason.to_string()),
    }
}

fn count_goods<'v>(values: impl Iterator<Item = &'v UnitValue>) -> BTreeMap<String, u32> {
    let mut goods = BTreeMap::new();
    for value in values {
        *goods.entry(value.sku.clone()).or_default() += 1;
    }
    goods
}

/// A refund of ours in the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MadeRefund {
    /// The RMA.
    pub rma: RmaId,
    /// The shop's order number.
    pub order: Option<String>,
    /// Shopify's number; none for a plan, and while its answer is lost.
    pub refund: Option<RefundId>,
    /// The units.
    pub units: Vec<ReturnedItemId>,
    /// How much.
    pub amount: Money,
    /// True when Shopify's answer was lost, and the refund was found on the order.
    pub answer_lost: bool,
}

/// Word to ReturnGO of a refund that it asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportedRefund {
    /// The RMA.
    pub rma: RmaId,
    /// What ReturnGO asked for.
    pub transaction: TransactionId,
    /// The refund in the shop.
    pub refund: RefundId,
    /// How much.
    pub amount: Money,
}

/// A refund in the shop, as it was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeenRefund {
    /// Its number.
    pub refund: RefundId,
    /// The order's name.
    pub order: String,
    /// Who made it.
    pub origin: RefundOrigin,
    /// What kind it is.
    pub kind: RefundKind,
    /// Paid to the customer.
    pub paid: Money,
    /// Under way.
    pub pending: Money,
    /// Tried and not paid.
    pub failed: Money,
    /// What lines and money differ by, where they do.
    pub residual: Option<Money>,
    /// The exception it led to.
    pub told: Option<Code>,
}

impl SeenRefund {
    pub(super) fn new(order: &str, refund: &Refund, verdict: &Verdict, told: Option<Code>) -> Self {
        let residual = match verdict.balance {
            Balance::Residual(residual) => Some(residual),
            Balance::Balanced | Balance::Unknown => None,
        };
        let moved = verdict.moved;
        let (paid, pending, failed) = (moved.paid, moved.pending, moved.failed);
        let (origin, kind, order) = (verdict.origin, verdict.kind, order.to_owned());
        Self { refund: refund.id, order, origin, kind, paid, pending, failed, residual, told }
    }
}

/// Units whose refund may be paid: their credit note was read in the ledger by this run.
#[derive(Debug, Clone, Serialize)]
pub struct Released {
    /// The RMA.
    pub rma: RmaId,
    /// The shop's order number.
    pub order: Option<String>,
    /// The units.
    pub units: Vec<ReturnedItemId>,
    /// What they were credited with.
    pub gross: Money,
    /// The credit notes.
    pub urns: Vec<Urn>,
}

/// A refund that staff may pay: its credit note stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payable {
    /// The RMA.
    pub rma: RmaId,
    /// The shop's order number, where we know it.
    pub order: Option<String>,
    /// The units.
    pub units: Vec<ReturnedItemId>,
    /// What they were credited with.
    pub gross: Money,
    /// True when it is to be given as store credit, not as money.
    pub store_credit: bool,
    /// The credit notes.
    pub urns: Vec<Urn>,
    /// True when no earlier run has shown it.
    pub new: bool,
}

/// What a run would come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PlanTotal {
    /// Credit notes it would post, and sales returns it would enter.
    pub documents: u32,
    /// Their gross value.
    pub gross: Money,
    /// Calls to Sage it would take, about.
    pub sage_calls: u64,
    /// Calls to ReturnGO it would take, about.
    pub returngo_calls: u64,
}

/// Goods to be booked into stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StockToBook {
    /// The RMA.
    pub rma: RmaId,
    /// Product.
    pub sku: String,
    /// How many.
    pub quantity: u32,
    /// Where they go.
    pub disposition: Disposition,
    /// The reference to book them under, so that a booking can be found and is made once.
    pub reference: String,
    /// Since when they are credited.
    pub since: DateTime<Utc>,
    /// True when no earlier run has shown it.
    pub new: bool,
}

/// Something waited for.
#[derive(Debug, Clone, Serialize)]
pub struct Waiting {
    /// The RMA.
    pub rma: RmaId,
    /// The shop's order number.
    pub order: Option<String>,
    /// What, for whom, until when.
    #[serde(flatten)]
    pub wait: Wait,
}

/// Number and value of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Total {
    /// How many.
    pub count: u32,
    /// Net value.
    pub net: Money,
    /// VAT.
    pub vat: Money,
    /// Net plus VAT.
    pub gross: Money,
}

/// Number and value of refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PaidRefunds {
    /// How many.
    pub count: u32,
    /// Their value.
    pub value: Money,
}

/// Sums since go-live, each computed from its own source.
#[derive(Debug, Clone, Serialize)]
pub struct ControlTotals {
    /// Our credit notes by the journal's lines.
    pub journal: Total,
    /// Our credit notes in Sage's sales ledger, read afresh.
    pub sage: Total,
    /// Credit notes of ours that are sent and not read back yet; in neither sum.
    pub under_way: u32,
    /// Credit notes by hand that cover units, as they were read when they were taken.
    pub by_hand: Total,
    /// Refunds released, by the journal.
    pub released: PaidRefunds,
    /// Refunds paid, in ReturnGO's transactions, read afresh.
    pub refunded: PaidRefunds,
    /// Refunds asked for and not yet paid, in ReturnGO's transactions.
    pub requested: PaidRefunds,
}

/// Calls made by this run, and the day's budget.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CallsUsed {
    /// Requests to ReturnGO.
    pub returngo: u64,
    /// Requests to Sage, token requests not counted.
    pub sage: u64,
    /// Requests to Shopify.
    pub shopify: u64,
    /// ReturnGO's budget of the day.
    pub returngo_today: Option<QuotaState>,
    /// Sage's budget of the day, if one is set.
    pub sage_today: Option<QuotaState>,
}

/// Requests sent so far to ReturnGO, Sage and Shopify.
pub(super) fn sent(systems: &Systems) -> [u64; 3] {
    let shopify = systems.shopify.as_ref().map_or(0, Shopify::requests_sent);
    [systems.returngo.requests_sent(), systems.sage.requests_sent(), shopify]
}

pub(super) async fn calls(systems: &Systems, before: [u64; 3]) -> Result<CallsUsed, Error> {
    let ([returngo, sage, shopify], [returngo_before, sage_before, shopify_before]) = (sent(systems), before);
    Ok(CallsUsed {
        returngo: returngo - returngo_before,
        sage: sage - sage_before,
        shopify: shopify - shopify_before,
        returngo_today: systems.returngo.quota_state().await?,
        sage_today: systems.sage.quota_state().await?,
    })
}

impl RunReport {
    pub(super) fn new(run: RunId, mode: Mode) -> Self {
        Self {
            schema: SCHEMA,
            run,
            mode,
            finished: run.0,
            unfinished: None,
            blocked: false,
            standings: BTreeMap::new(),
            posted: Vec::new(),
            planned: Vec::new(),
            prepared: Vec::new(),
            would_prepare: Vec::new(),
            changed: Vec::new(),
            would_change: Vec::new(),
            released: Vec::new(),
            would_release: Vec::new(),
            work_list: Vec::new(),
            plan: None,
            stock: Vec::new(),
            waiting: Vec::new(),
            exceptions: Vec::new(),
            cleared: Vec::new(),
            refunds_made: Vec::new(),
            would_refund: Vec::new(),
            refunds_reported: Vec::new(),
            shop_refunds: Vec::new(),
            totals: None,
            calls: CallsUsed::default(),
            writes: 0,
            shop_writes: 0,
            journal_entries: 0,
        }
    }

    /// 0 when clean, 2 when a person must look.
    pub fn exit_code(&self) -> u8 {
        if self.exceptions.is_empty() && self.unfinished.is_none() { 0 } else { 2 }
    }
}
