use super::{Mode, Systems};
use crate::{
    exception::{Code, Exception},
    journal::{
        CreditIntent, Disposition, ExchangeIntent, Link, OrderLink, PartValue, PreparedReturn, ReturnCredit,
        ReturnIntent, RunId, UnitValue, VatRounding,
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
    /// Sales orders of exchanges entered by this run, or found in Sage after their answer was lost.
    pub exchanges: Vec<EnteredOrder>,
    /// Those a plan would enter.
    pub would_exchange: Vec<EnteredOrder>,
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
    /// Goods that are credited, and that Sage's stock ledger does not show where they belong: a person must book or move
    /// them. The new ones are marked.
    pub stock: Vec<StockToBook>,
    /// Goods that this run has found where they belong.
    pub stock_proved: Vec<StockProved>,
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
    /// Units that are bundles or pieces of one, and what their components are credited with.
    pub bundles: Vec<BundleShares>,
}

/// A unit that is a bundle, or a piece of one, as it is credited.
#[derive(Debug, Clone, Serialize)]
pub struct BundleShares {
    /// The unit.
    pub unit: ReturnedItemId,
    /// What ReturnGO calls it.
    pub sku: String,
    /// Its components.
    pub components: Vec<ComponentShare>,
}

/// What pieces of a component are credited with.
#[derive(Debug, Clone, Serialize)]
pub struct ComponentShare {
    /// Its product.
    pub sku: String,
    /// Pieces.
    pub pieces: u32,
    /// Net value.
    pub net: Money,
    /// VAT.
    pub vat: Money,
    /// The VAT code.
    pub vat_code: i16,
}

fn bundles<'v>(values: impl Iterator<Item = &'v UnitValue>) -> Vec<BundleShares> {
    let share = |part: &PartValue| ComponentShare {
        sku: part.sku.clone(),
        pieces: part.pieces,
        net: part.net,
        vat: part.vat,
        vat_code: part.tax.number,
    };
    let of_bundles = values.filter(|value| !value.parts.is_empty());
    let shares = |value: &UnitValue| BundleShares {
        unit: value.unit.clone(),
        sku: value.sku.clone(),
        components: value.parts.iter().map(share).collect(),
    };
    of_bundles.map(shares).collect()
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
            bundles: bundles(intent.units.iter()),
        }
    }

    /// One that a person has posted from a sales return of ours.
    pub(super) fn of_return(rma: &Rma, of: &PreparedReturn, credit: &ReturnCredit) -> Self {
        let values = || credit.units.iter().filter_map(|(unit, _)| of.value(unit));
        Self {
            rma: rma.id().clone(),
            order: rma.order_name().map(str::to_owned),
            account: of.intent.order.account.to_string(),
            second_reference: of.intent.key.to_string(),
            credit_note: Some(credit.credit_note.clone()),
            urn: credit.urns.last().copied(),
            date: credit.date.unwrap_or(of.intent.date),
            goods: count_goods(values()),
            net: Some(credit.net),
            vat: Some(credit.vat),
            gross: credit.net.checked_add(credit.vat).ok(),
            answer_lost: false,
            standalone: standalone(&of.intent.order),
            rounding: Vec::new(),
            bundles: bundles(values()),
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

/// The sales order of an exchange, entered or planned.
#[derive(Debug, Clone, Serialize)]
pub struct EnteredOrder {
    /// The RMA.
    pub rma: RmaId,
    /// The number of the order that the goods were returned of.
    pub order: Option<String>,
    /// The number of the shop's exchange order, its customer document number in Sage.
    pub exchange_order: String,
    /// Sage's number; none for a plan, and while its answer could not be read.
    pub document_no: Option<String>,
    /// The customer account.
    pub account: String,
    /// Its date.
    pub date: NaiveDate,
    /// SKU and count of the new goods.
    pub goods: BTreeMap<String, u32>,
    /// What the returned goods were credited with.
    pub credited: Money,
    /// What the customer paid on top.
    pub paid: Money,
    /// What was paid back, because the new goods are cheaper.
    pub refunded: Money,
    /// Net value.
    pub net: Option<Money>,
    /// VAT.
    pub vat: Option<Money>,
    /// Net plus VAT.
    pub gross: Option<Money>,
    /// What Sage's rounding leaves on the account: a penny at most.
    pub rounding: Option<Money>,
    /// True when Sage's answer was lost, and the order was found by its number.
    pub answer_lost: bool,
}

impl EnteredOrder {
    pub(super) fn new(rma: &Rma, intent: &ExchangeIntent) -> Self {
        let mut goods = BTreeMap::new();
        for line in &intent.lines {
            *goods.entry(line.sku.clone()).or_default() += line.quantity;
        }
        let worth = intent.worth().ok();
        Self {
            rma: rma.id().clone(),
            order: rma.order_name().map(str::to_owned),
            exchange_order: intent.key.to_string(),
            document_no: None,
            account: intent.account.to_string(),
            date: intent.date,
            goods,
            credited: intent.credited,
            paid: intent.paid,
            refunded: intent.refunded,
            net: worth.as_ref().map(|worth| worth.net),
            vat: worth.as_ref().map(|worth| worth.vat),
            gross: worth.as_ref().map(|worth| worth.gross),
            rounding: worth.map(|worth| worth.rounding),
            answer_lost: false,
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
        value.goods().for_each(|part| *goods.entry(part.sku.to_owned()).or_default() += part.pieces);
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

/// Goods that Sage's stock ledger shows where they belong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StockProved {
    /// The RMA.
    pub rma: RmaId,
    /// Product.
    pub sku: String,
    /// How many.
    pub quantity: u32,
    /// Where they were to go.
    pub disposition: Disposition,
    /// The reference they were booked under.
    pub reference: String,
    /// The warehouse that they lie in; or why they lie in none.
    pub place: String,
}

/// Goods to be booked into stock, or to be moved.
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
    /// The reference to book or move them under, so that it can be found and is done once. On a sales return they are
    /// received without it.
    pub reference: String,
    /// The warehouse that they lie in and do not belong in; none while they are not booked.
    pub lies_in: Option<String>,
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
            exchanges: Vec::new(),
            would_exchange: Vec::new(),
            changed: Vec::new(),
            would_change: Vec::new(),
            released: Vec::new(),
            would_release: Vec::new(),
            work_list: Vec::new(),
            plan: None,
            stock: Vec::new(),
            stock_proved: Vec::new(),
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
