//! What is waited for on sales returns of ours, for whom, and what takes too long.

use super::{Facts, Standing, decide::Deciding, sales_returns::name, units};
use crate::{
    exception::{Code, Owner},
    journal::{PreparedReturn, PreparedUnit},
    policy::ReceiptProof,
};
use chrono::{DateTime, TimeDelta, Utc};
use returngo_client::{Item, RmaStatus};
use std::collections::BTreeMap;

/// `2 x MUG-BLUE`, for people.
fn goods<'u>(units: impl Iterator<Item = &'u PreparedUnit>) -> String {
    let mut skus: BTreeMap<&str, u32> = BTreeMap::new();
    for unit in units {
        *skus.entry(&unit.value.sku).or_default() += 1;
    }
    skus.iter().map(|(sku, count)| format!("{count} x {sku}")).collect::<Vec<_>>().join(", ")
}

impl<'f> Deciding<'f> {
    /// What is waited for on sales returns of ours, and what takes too long.
    pub(super) fn rest_returns(&mut self) -> Option<Standing> {
        let facts = self.facts;
        let record = facts.record();
        let mut standing = None;
        for of in record.open_returns() {
            let (mut to_come, mut to_receive, mut to_inspect, mut to_credit) = (0, vec![], vec![], vec![]);
            for unit in of.uncredited().filter(|unit| !record.settled.contains(&unit.value.unit)) {
                let id = &unit.value.unit;
                let Some(item) = facts.rma.items.iter().find(|item| item.returned_item_id == *id) else { continue };
                let goods_in = of.received.get(id);
                let proved = units::received(facts, self.policy, item).is_some();
                let here = units::arrived(facts.rma, item);
                let validated = item.validation.last_validation_date;
                match (goods_in, proved) {
                    (Some(at), true) => to_credit.push((unit, validated.map_or(*at, |seen| seen.max(*at)))),
                    (Some(at), false) => to_inspect.push((unit, *at)),
                    (None, true) => to_receive.push((unit, validated.or(record.parcel_seen).unwrap_or(self.now))),
                    (None, false) if here && self.policy.receipt_proof == ReceiptProof::SageGoodsIn => {
                        to_receive.push((unit, record.parcel_seen.unwrap_or(self.now)));
                    }
                    // Uninspected and there: ReturnGO's inspection is waited for, as on the other route.
                    (None, false) if here => standing = standing.max(Some(Standing::AwaitingInspection)),
                    (None, false) => to_come += 1,
                }
            }
            if to_come > 0 && *facts.rma.status() != RmaStatus::Done {
                self.wait_ours(format!("{} unit(s) to arrive, prepared as {}", to_come, name(of)), None);
                standing = standing.max(Some(Standing::AwaitingGoods));
            }
            let (inspect, credit) = (self.policy.inspect_within, self.policy.credit_within);
            let at = self.warehouse_name();
            let text = format!("on {} in Sage{at}", name(of));
            self.due_on(&to_receive, inspect, Owner::Warehouse, Code::ReturnToStockFailed, "to be received", &text);
            let text = format!("that Sage shows as received on {}", name(of));
            self.due_on(&to_inspect, inspect, Owner::Warehouse, Code::ReceiptNotInspected, "to be inspected", &text);
            let text = match self.printed(of).as_slice() {
                [] => format!("on {}: its credit note to be printed and posted", name(of)),
                numbers => format!("on {}: credit note {} to be posted", name(of), numbers.join(" and ")),
            };
            self.due_on(&to_credit, credit, Owner::Finance, Code::ReturnStuck, "to be credited", &text);
            if to_receive.len() + to_inspect.len() > 0 {
                standing = standing.max(Some(Standing::AwaitingInspection));
            }
            if of.received.len() > to_inspect.len() {
                standing = standing.max(Some(Standing::Crediting));
            }
        }
        let held = standing.is_some() && !self.findings.is_empty();
        if held { Some(Standing::Held) } else { standing }
    }

    /// Numbers of credit notes of a return that are printed and not in the ledger.
    fn printed(&self, of: &PreparedReturn) -> Vec<&'f str> {
        let books = self.facts.documents.into_iter().flat_map(|documents| &documents.books);
        let credits = books.filter(|book| book.key == of.intent.key).flat_map(|book| &book.credits);
        credits.filter(|credit| credit.ledger.is_empty()).map(|credit| credit.number.as_str()).collect()
    }

    fn warehouse_name(&self) -> String {
        self.policy.sales_returns.as_ref().map_or(String::new(), |site| format!(", warehouse {}", site.warehouse))
    }

    /// Something that a person must do for units since a time: waited for, and told once it takes too long.
    fn due_on(
        &mut self,
        units: &[(&PreparedUnit, DateTime<Utc>)],
        within: TimeDelta,
        whose: Owner,
        code: Code,
        what: &str,
        place: &str,
    ) {
        let Some(since) = units.iter().map(|(_, since)| *since).min() else { return };
        let text = format!("{} {what} {place}", goods(units.iter().map(|(unit, _)| *unit)));
        if self.now >= since + within {
            let names = units.iter().map(|(unit, _)| unit.value.unit.clone()).collect();
            self.find(code, names, format!("{text}, since {}", since.format("%-d %B %Y %H:%M UTC")));
        } else {
            self.wait_until(Some(whose), text, Some(since + within));
        }
    }
}

/// Is the unit on a sales return of ours, without goods received and without a credit note?
pub(super) fn is_expected(facts: &Facts<'_>, item: &Item) -> bool {
    let unit = &item.returned_item_id;
    let expects = |of: &PreparedReturn| {
        !of.received.contains_key(unit) && of.uncredited().any(|prepared| prepared.value.unit == *unit)
    };
    facts.record().open_returns().any(expects)
}
