//! Where returned goods are, as Sage's stock ledger shows it. Nothing is called saleable before it stands where it can be
//! sold.

use crate::{
    exception::{Code, Finding},
    journal::{Booked, CreditStage, Disposition, PreparedReturn, Record, ReturnStage, State},
    policy::{Policy, StockProof},
};
use chrono::{DateTime, NaiveDate, Utc};
use returngo_client::{ReturnedItemId, RmaId};
use returns_wire::Money;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use sage200_client::{ProductTransactionView, StockGroups, WarehouseRow};
use std::collections::{BTreeMap, BTreeSet};

/// The place of goods that were booked in and are not in stock any more.
const WRITTEN_OFF: &str = "written off";

/// Goods of one product that came back under one reference.
#[derive(Debug)]
pub(crate) struct Goods<'s> {
    /// The RMA.
    pub(crate) rma: &'s RmaId,
    /// The shop's number of its order.
    order: Option<&'s str>,
    /// The reference that people book and move them under.
    pub(crate) reference: String,
    /// The sales return they are received on.
    on_return: Option<OnReturn<'s>>,
    /// The product.
    pub(crate) sku: &'s str,
    /// The units, those first that were proved before.
    units: Vec<GoodsUnit<'s>>,
    /// Pieces of units that a person has settled, or answered for: nothing need prove them.
    accepted: usize,
}

#[derive(Debug)]
struct OnReturn<'s> {
    /// Its number in Sage: the reference of what is received on it. Other documents may have the same one.
    number: &'s str,
    account: &'s str,
    since: NaiveDate,
}

/// One of them.
#[derive(Debug, Clone)]
pub(crate) struct GoodsUnit<'s> {
    /// The unit.
    pub(crate) unit: &'s ReturnedItemId,
    /// Where it belongs.
    pub(crate) disposition: Disposition,
    /// Is it a piece of a bundle?
    pub(crate) is_part: bool,
    /// What it was credited with.
    gross: Decimal,
    /// Since when it is credited.
    pub(crate) since: DateTime<Utc>,
    proved: bool,
}

impl Goods<'_> {
    /// The texts that its movements may carry.
    pub(crate) fn references(&self) -> impl Iterator<Item = &str> {
        self.on_return.iter().map(|on| on.number).chain([self.reference.as_str()])
    }

    /// Can anybody have booked it by the time this run began?
    pub(crate) fn may_be_booked(&self, began: DateTime<Utc>) -> bool {
        self.on_return.is_some() || self.units.iter().any(|unit| unit.since < began)
    }

    /// Units that nothing has proved yet.
    pub(crate) fn unproved(&self) -> impl Iterator<Item = &GoodsUnit<'_>> {
        self.units.iter().filter(|unit| !unit.proved)
    }

    fn finding(&self, code: Code, facts: String) -> Finding {
        let (rma, subject) = (Some(self.rma.clone()), Some(format!("{GOODS}{}", self.rma)));
        Finding { rma, subject, order: self.order.map(str::to_owned), ..Finding::of_the_run(code, facts) }
    }

    fn is_of(&self, row: &ProductTransactionView) -> bool {
        row.product_code.as_deref().is_some_and(|code| code.trim().eq_ignore_ascii_case(self.sku.trim()))
    }

    /// What a movement adds under these references.
    fn change(&self, row: &ProductTransactionView, groups: &StockGroups) -> Option<Decimal> {
        let change = row.change(groups)?;
        if carries(row, &self.reference) {
            return Some(change);
        }
        let on = self.on_return.as_ref().filter(|on| carries(row, on.number))?;
        // An order or a purchase may have the number of the return: only what came in from its customer is its own.
        let shown = row.source_area_reference.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let from_customer = shown.is_none_or(|account| account.eq_ignore_ascii_case(on.account.trim()));
        let in_time = row.transaction_date.is_none_or(|date| date >= on.since);
        (change > Decimal::ZERO && !row.is_transfer() && from_customer && in_time).then_some(change)
    }
}

fn carries(row: &ProductTransactionView, reference: &str) -> bool {
    let texts = [&row.reference, &row.second_reference];
    texts.into_iter().flatten().any(|text| text.trim().eq_ignore_ascii_case(reference.trim()))
}

/// Goods that are credited, go somewhere, and are not all proved to be there, with all that came under the same
/// reference.
pub(crate) fn goods(state: &State) -> Vec<Goods<'_>> {
    let mut all = Vec::new();
    for (rma, record) in &state.rmas {
        let mut of_rma: Vec<Goods<'_>> = Vec::new();
        for covered in record.credited() {
            // What the customer keeps is not booked at all.
            if covered.disposition == Disposition::Kept {
                continue;
            }
            let is_part = covered.value.is_some_and(|value| !value.parts.is_empty());
            for (sku, pieces, gross) in covered.goods() {
                let (reference, on_return) = reference(rma, record, covered.unit);
                let at = of_rma.iter().position(|known| known.reference == reference && known.sku == sku);
                let at = at.unwrap_or_else(|| {
                    let (units, accepted, order) = (Vec::new(), 0, record.order_number());
                    of_rma.push(Goods { rma, order, reference, on_return, sku, units, accepted });
                    of_rma.len() - 1
                });
                let Some(goods) = of_rma.get_mut(at) else { continue };
                let booked = record.booked.get(covered.unit).map(Vec::as_slice).unwrap_or_default();
                if booked.contains(&Booked::Accepted) {
                    goods.accepted += usize::try_from(pieces).unwrap_or_default();
                    continue;
                }
                let shown = booked.iter().filter(|booked| match booked {
                    Booked::Shown { sku: Some(of), .. } => of == sku,
                    Booked::Shown { sku: None, .. } => !is_part,
                    Booked::Accepted => false,
                });
                let shown = u32::try_from(shown.count()).unwrap_or(u32::MAX);
                let (unit, disposition, since) = (covered.unit, covered.disposition, covered.since);
                let gross = (gross / Decimal::from(pieces.max(1))).round_dp(2);
                let piece = |piece| GoodsUnit { unit, disposition, is_part, gross, since, proved: piece < shown };
                goods.units.extend((0..pieces).map(piece));
            }
        }
        for goods in &mut of_rma {
            goods.accepted += settled_pieces(record, &goods.reference, goods.sku);
        }
        // Whole references: what else is booked under one is part of the picture.
        let open: BTreeSet<_> =
            of_rma.iter().filter(|goods| goods.unproved().next().is_some()).map(|g| g.reference.clone()).collect();
        all.extend(of_rma.into_iter().filter(|goods| open.contains(&goods.reference)));
    }
    for goods in &mut all {
        goods.units.sort_by_key(|unit| (!unit.proved, unit.unit));
    }
    all
}

/// Pieces of a product that belong to units which a person has settled, under a reference of ours: they may be booked.
fn settled_pieces(record: &Record, reference: &str, sku: &str) -> usize {
    let returns = record.returns.iter().filter(|of| of.intent.key.as_str() == reference);
    let prepared = returns.flat_map(|of| of.units().map(|unit| &unit.value));
    let credits = record.live_credits().filter(|credit| credit.intent.second_reference.as_str() == reference);
    let values = prepared.chain(credits.flat_map(|credit| &credit.intent.units));
    let settled = values.filter(|value| record.settled.contains(&value.unit));
    let pieces = settled.map(|value| match value.parts.as_slice() {
        [] => u32::from(value.sku == sku),
        parts => parts.iter().filter(|part| part.sku == sku).map(|part| part.pieces).sum(),
    });
    usize::try_from(pieces.sum::<u32>()).unwrap_or(usize::MAX)
}

/// Under which reference a unit's goods are booked, and by which sales return they came.
fn reference<'s>(rma: &RmaId, record: &'s Record, unit: &ReturnedItemId) -> (String, Option<OnReturn<'s>>) {
    if let Some(of) = record.prepared(unit) {
        return (of.intent.key.to_string(), on_return(of));
    }
    let posted = record.credits.iter().find(|credit| {
        let covers = credit.intent.units.iter().any(|value| value.unit == *unit);
        covers && matches!(credit.stage, CreditStage::ReadBack { .. })
    });
    // Credited by hand, or sold for nothing: there is no reference of ours but the RMA itself.
    (posted.map_or_else(|| format!("RMA{rma}"), |credit| credit.intent.second_reference.to_string()), None)
}

fn on_return(of: &PreparedReturn) -> Option<OnReturn<'_>> {
    let ReturnStage::Found { document_no } = &of.stage else { return None };
    Some(OnReturn { number: document_no, account: of.intent.order.account.as_str(), since: of.intent.date })
}

/// What Sage's stock ledger says of some goods.
#[derive(Debug)]
pub(crate) struct GoodsStand<'g> {
    /// Units that are proved now, and where they are.
    pub(crate) proved: Vec<(&'g GoodsUnit<'g>, String)>,
    /// Units that are not, and the wrong place where they are, if they are anywhere.
    pub(crate) open: Vec<(&'g GoodsUnit<'g>, Option<String>)>,
    /// How many are booked beyond those that came back.
    pub(crate) extra: usize,
}

impl<'g> GoodsStand<'g> {
    /// When the stock ledger was not read.
    pub(crate) fn unknown(goods: &'g Goods<'_>) -> Self {
        Self { proved: Vec::new(), open: goods.unproved().map(|unit| (unit, None)).collect(), extra: 0 }
    }
}

/// The stock ledger as one run has read it.
#[derive(Debug)]
pub(crate) struct StockLedger {
    /// Movements under the references of [`goods`].
    pub(crate) rows: Vec<ProductTransactionView>,
    /// What goods in and goods out are.
    pub(crate) groups: StockGroups,
    /// All warehouses.
    pub(crate) warehouses: Vec<WarehouseRow>,
}

impl StockLedger {
    fn sells(&self, warehouse: &str) -> bool {
        let is_it = |row: &&WarehouseRow| {
            row.name.as_deref().is_some_and(|name| name.trim().eq_ignore_ascii_case(warehouse.trim()))
        };
        self.warehouses.iter().find(is_it).is_some_and(WarehouseRow::sells)
    }

    /// Compares goods with their movements.
    pub(crate) fn stand<'g>(&self, goods: &'g Goods<'_>, proof: StockProof) -> GoodsStand<'g> {
        let mut entered = Decimal::ZERO;
        let mut places: BTreeMap<String, Decimal> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| goods.is_of(row)) {
            let Some(change) = goods.change(row, &self.groups) else { continue };
            if change > Decimal::ZERO && !row.is_transfer() {
                entered += change;
            }
            let warehouse = row.warehouse_name.as_deref().unwrap_or("a warehouse without a name").trim();
            *places.entry(warehouse.to_owned()).or_default() += change;
        }
        let whole = |quantity: Decimal| quantity.max(Decimal::ZERO).floor().to_usize().unwrap_or_default();
        let (mut selling, mut elsewhere) = (Vec::new(), Vec::new());
        for (place, quantity) in &places {
            let list = if self.sells(place) { &mut selling } else { &mut elsewhere };
            list.extend(std::iter::repeat_n(place.as_str(), whole(*quantity)));
        }
        let standing = selling.len() + elsewhere.len();
        let mut left = whole(entered);
        // What was moved here without ever having been booked in proves nothing.
        let mut off = left.saturating_sub(standing);
        let mut take = |list: &mut Vec<&str>| {
            let place = list.last().filter(|_| left > 0).map(|place| (*place).to_owned());
            if place.is_some() {
                (left, _) = (left - 1, list.pop());
            }
            place
        };
        let (mut proved, mut open) = (Vec::new(), Vec::new());
        let mut put = |unit: &'g GoodsUnit<'_>, place: Option<String>| match place {
            Some(place) => proved.push((unit, place)),
            None => open.push((unit, None)),
        };
        for unit in goods.units.iter().filter(|unit| unit.disposition == Disposition::Saleable) {
            put(unit, take(&mut selling));
        }
        for unit in goods.units.iter().filter(|unit| unit.disposition != Disposition::Saleable) {
            let mut gone: Vec<_> = (0..off).map(|_| WRITTEN_OFF).collect();
            let place = take(&mut elsewhere).or_else(|| take(&mut gone));
            off = gone.len();
            put(unit, place);
        }
        for (unit, wrong) in &mut open {
            let saleable = unit.disposition == Disposition::Saleable;
            *wrong = take(if saleable { &mut elsewhere } else { &mut selling });
        }
        if proof == StockProof::Booked {
            let (there, not) = open.into_iter().partition::<Vec<_>, _>(|(_, place)| place.is_some());
            proved.extend(there.into_iter().filter_map(|(unit, place)| Some((unit, place?))));
            open = not;
        }
        proved.retain(|(unit, _)| !unit.proved);
        GoodsStand { proved, open, extra: standing.saturating_sub(goods.units.len() + goods.accepted) }
    }

    /// Goods in that carry references of ours and are none of the goods that came back.
    pub(crate) fn wrong_items(&self, all: &[Goods<'_>]) -> Vec<Finding> {
        let mut known: BTreeMap<&str, Vec<&Goods<'_>>> = BTreeMap::new();
        for goods in all {
            known.entry(&goods.reference).or_default().push(goods);
        }
        let mut found = Vec::new();
        for (reference, goods) in known {
            let of_others = self.rows.iter().filter(|row| carries(row, reference));
            let mut codes: BTreeMap<&str, Decimal> = BTreeMap::new();
            for row in of_others.filter(|row| !goods.iter().any(|goods| goods.is_of(row))) {
                let code = row.product_code.as_deref().unwrap_or("a product without a code").trim();
                *codes.entry(code).or_default() += row.change(&self.groups).unwrap_or_default();
            }
            for (code, quantity) in codes.into_iter().filter(|(_, quantity)| *quantity > Decimal::ZERO) {
                let quantity = quantity.normalize();
                let facts = format!("{quantity} x {code} booked under {reference}, which did not come back on it");
                found.extend(goods.first().map(|goods| goods.finding(Code::WrongItem, facts)));
            }
        }
        found
    }
}

/// What subjects of findings about goods begin with.
pub(crate) const GOODS: &str = "goods of RMA ";

/// What is wrong with goods: booked too often, or not where they belong in time.
pub(crate) fn judge_goods(
    goods: &Goods<'_>,
    stand: &GoodsStand<'_>,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let Goods { reference, sku, .. } = goods;
    if stand.extra > 0 {
        let came = goods.units.len() + goods.accepted;
        let facts = format!("{} x {sku} booked under {reference}, {came} came back", came + stand.extra);
        found.push(goods.finding(Code::QuantityMismatch, facts));
    }
    let mut late: BTreeMap<(bool, Option<&str>), Vec<&GoodsUnit<'_>>> = BTreeMap::new();
    for (unit, place) in stand.open.iter().filter(|(unit, _)| now >= unit.since + policy.stock_within) {
        late.entry((unit.disposition == Disposition::Saleable, place.as_deref())).or_default().push(unit);
    }
    for ((saleable, place), units) in late {
        let what = format!("{} x {sku} of {reference}", units.len());
        let fit = if saleable { "fit for sale" } else { "not fit for sale" };
        let facts = match place {
            None => {
                let since = units.iter().map(|unit| unit.since).min().map(|at| at.format("%-d %B %Y").to_string());
                let on = goods.on_return.as_ref().map(|on| format!(" nor {}", on.number)).unwrap_or_default();
                let since = since.unwrap_or_default();
                format!(
                    "{what}, {fit}, credited since {since}: no booking under {reference}{on} in Sage's stock ledger"
                )
            }
            Some(place) if saleable => format!("{what}, {fit}, lie in {place}, which sells nothing"),
            Some(place) => format!("{what}, {fit}, lie in {place}, where they can be sold"),
        };
        let gross = units.iter().map(|unit| unit.gross).sum();
        let money_at_risk = Money::new(gross, policy.currency).ok();
        let mut units: Vec<_> = units.iter().map(|unit| unit.unit.clone()).collect();
        units.dedup();
        found.push(Finding { units, money_at_risk, ..goods.finding(Code::ReturnToStockFailed, facts) });
    }
    found
}

/// Products of goods that are not proved in time: some may be none that Sage keeps in stock.
pub(crate) fn overdue<'s>(all: &[&Goods<'s>], policy: &Policy, now: DateTime<Utc>) -> impl Iterator<Item = &'s str> {
    let late = move |goods: &&&Goods<'_>| goods.unproved().any(|unit| now >= unit.since + policy.stock_within);
    all.iter().filter(late).map(|goods| goods.sku)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "these are tests")]
mod tests {
    use super::*;

    /// Movements of one shirt each: group, type, warehouse, reference, account, date.
    fn row(
        group: i64,
        kind: &str,
        warehouse: &str,
        reference: &str,
        account: &str,
        date: &str,
    ) -> ProductTransactionView {
        serde_json::from_value(serde_json::json!({
            "id": 1, "product_code": "SHIRT", "warehouse_name": warehouse, "quantity": 1, "reference": reference,
            "transaction_group_id": group, "transaction_type": kind, "source_area_reference": account,
            "transaction_date": format!("{date}T00:00:00"),
        }))
        .unwrap()
    }

    fn ledger(rows: Vec<ProductTransactionView>) -> StockLedger {
        let warehouses = serde_json::json!([
            {"id": 1, "name": "HOME", "use_for_sales_trading": true},
            {"id": 2, "name": "BACK", "use_for_sales_trading": false},
        ]);
        let groups = StockGroups { goods_in: 2, goods_out: 1 };
        StockLedger { rows, groups, warehouses: serde_json::from_value(warehouses).unwrap() }
    }

    /// Where a unit received on return 0000000017 of account WEB stands after these movements.
    fn place(disposition: Disposition, rows: Vec<ProductTransactionView>) -> (Option<String>, Option<String>, usize) {
        let (rma, unit) = (RmaId::new("77").unwrap(), ReturnedItemId::new("7").unwrap());
        let since = "2026-03-02T09:00:00Z".parse().unwrap();
        let gross = Decimal::TEN;
        let unit = GoodsUnit { unit: &unit, disposition, is_part: false, gross, since, proved: false };
        let since = "2026-03-02".parse().unwrap();
        let on_return = Some(OnReturn { number: "0000000017", account: "WEB", since });
        let (order, reference, units) = (None, "RMA77-1".to_owned(), vec![unit]);
        let goods = Goods { rma: &rma, order, reference, on_return, sku: "shirt", units, accepted: 0 };
        let ledger = ledger(rows);
        let GoodsStand { proved, open, extra } = ledger.stand(&goods, StockProof::InPlace);
        (proved.into_iter().map(|(_, place)| place).next(), open.into_iter().find_map(|(_, place)| place), extra)
    }

    const NUMBER: &str = "0000000017";
    const KEY: &str = "RMA77-1";

    #[test]
    fn what_came_in_from_the_customer_under_the_returns_number_is_its_goods() {
        let fit = |row| place(Disposition::Saleable, vec![row]);
        let home = (Some("HOME".to_owned()), None, 0);
        assert_eq!(fit(row(2, "Sales return", "HOME", NUMBER, "WEB", "2026-03-03")), home);
        assert_eq!(fit(row(2, "Sales return", "HOME", NUMBER, "", "2026-03-02")), home, "where Sage names no account");
        let nothing = (None, None, 0);
        // Orders and purchases may have the number too.
        assert_eq!(fit(row(2, "Purchase receipt", "HOME", NUMBER, "SUPPLIER", "2026-03-03")), nothing);
        assert_eq!(fit(row(2, "Sales return", "HOME", NUMBER, "WEB", "2026-03-01")), nothing, "before it was entered");
        assert_eq!(fit(row(1, "Despatch", "HOME", NUMBER, "WEB", "2026-03-03")), nothing);
        assert_eq!(fit(row(2, "Transfer in", "HOME", NUMBER, "WEB", "2026-03-03")), nothing);
        // Under our own reference it counts whoever booked it.
        assert_eq!(
            fit(row(2, "Stock addition", "home", "rma77-1 ", "SUPPLIER", "2026-02-01")).0.as_deref(),
            Some("home")
        );
        assert_eq!(fit(row(9, "On order", "HOME", KEY, "", "2026-03-03")), nothing, "neither goods in nor out");
    }

    #[test]
    fn a_unit_is_proved_only_where_it_belongs() {
        let booked = |at: &str| row(2, "Stock addition", at, KEY, "", "2026-03-03");
        let out = |at: &str| row(1, "Write-off", at, KEY, "", "2026-03-04");
        let wrong = |at: &str| (None, Some(at.to_owned()), 0);
        let right = |at: &str| (Some(at.to_owned()), None, 0);
        for (disposition, belongs, other) in
            [(Disposition::Saleable, "HOME", "BACK"), (Disposition::Quarantine, "BACK", "HOME")]
        {
            assert_eq!(place(disposition, vec![booked(belongs)]), right(belongs));
            assert_eq!(place(disposition, vec![booked(other)]), wrong(other));
            let moved = |kind, at| row(if kind == "Transfer in" { 2 } else { 1 }, kind, at, KEY, "", "2026-03-04");
            let transfer = vec![booked(other), moved("Transfer out", other), moved("Transfer in", belongs)];
            assert_eq!(place(disposition, transfer), right(belongs));
            // What is moved without having been booked in proves nothing.
            assert_eq!(place(disposition, vec![moved("Transfer in", belongs)]), (None, None, 0));
            assert_eq!(place(disposition, vec![booked(belongs), booked(belongs)]), (Some(belongs.to_owned()), None, 1));
            assert_eq!(place(disposition, vec![booked("A place that nobody knows")]).1.is_some(), belongs == "HOME");
        }
        let written_off = vec![booked("HOME"), out("HOME")];
        assert_eq!(place(Disposition::Quarantine, written_off.clone()), right(WRITTEN_OFF));
        assert_eq!(place(Disposition::Saleable, written_off), (None, None, 0));
    }
}
