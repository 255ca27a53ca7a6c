//! What Sage shows of a sales return, compared with what was prepared. Lines that are alike can't be told apart: they
//! are counted together.

use super::{CreditBook, Effect, Facts, ReturnBook, units};
use crate::{
    journal::{Disposition, PreparedLine, PreparedReturn, PreparedUnit, ReturnCredit, ReturnIntent},
    policy::Policy,
};
use returngo_client::{Inspection, ReturnedItemId};
use returns_wire::{Currency, Money};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use sage200_client::{Id, LineType, OrderLine, Product, ReturnLineView, TaxCodeRecord};
use std::collections::BTreeMap;

/// Lines that are alike: product, price, VAT code.
type Kind = (Id<Product>, Decimal, Option<Id<TaxCodeRecord>>);

/// Units whose lines are alike, and what Sage shows of these lines.
pub(super) struct Group<'r> {
    /// The product of these lines.
    pub(super) sku: &'r str,
    /// For each line prepared, its unit: a bundle may have several pieces that are alike.
    pub(super) units: Vec<&'r PreparedUnit>,
    /// Their lines in Sage.
    pub(super) lines: Vec<Id<OrderLine>>,
    /// How many goods are received on them.
    pub(super) received: usize,
    /// Lines on which nothing is received, of quantity 1.
    pub(super) untouched: Vec<Id<OrderLine>>,
}

impl Group<'_> {
    /// How many of its lines belong to a unit.
    pub(super) fn lines_of(&self, unit: &ReturnedItemId) -> usize {
        self.units.iter().filter(|known| known.value.unit == *unit).count()
    }
}

/// A return that is not as it was prepared.
pub(super) struct Differs {
    /// What differs.
    pub(super) text: String,
    /// Were goods received that are not on it?
    pub(super) wrong_item: bool,
}

fn whole(quantity: Decimal) -> Option<usize> {
    quantity.is_integer().then(|| quantity.to_usize()).flatten()
}

fn kind(intent: &ReturnIntent, line: &PreparedLine<'_>) -> Kind {
    (line.product, intent.price(line).normalize(), Some(line.tax.id))
}

/// What one line is; nothing when it can't be compared.
fn kind_of(line: &ReturnLineView) -> Option<Kind> {
    let discounted = [line.unit_discount_percent, line.unit_discount_value].into_iter().flatten();
    if discounted.map(|value| value.get()).any(|value| !value.is_zero()) {
        return None;
    }
    Some((line.product_id?, line.selling_unit_price?.get().normalize(), Some(line.tax_code_id?)))
}

fn describe(line: &ReturnLineView) -> String {
    let code = line.product_code.as_deref().unwrap_or("without a code").trim();
    let amount = |value: Option<returns_wire::JsonDecimal>| {
        value.map_or("?".to_owned(), |value| value.get().normalize().to_string())
    };
    format!("{} x {code} at {}", amount(line.quantity), amount(line.selling_unit_price))
}

/// Groups the units given, if the lines are exactly theirs.
pub(super) fn compare<'r>(
    intent: &ReturnIntent,
    units: impl Iterator<Item = &'r PreparedUnit>,
    lines: &[ReturnLineView],
) -> Result<Vec<Group<'r>>, Differs> {
    let mut wanted: BTreeMap<Kind, (&'r str, Vec<&'r PreparedUnit>)> = BTreeMap::new();
    for unit in units {
        for line in unit.lines() {
            wanted.entry(kind(intent, &line)).or_insert_with(|| (line.sku, Vec::new())).1.push(unit);
        }
    }
    let mut there: BTreeMap<Kind, Vec<&ReturnLineView>> = BTreeMap::new();
    let (mut texts, mut wrong_item) = (Vec::new(), false);
    for line in lines {
        let quantity = line.quantity.map(|value| value.get());
        let standard = line.line_type.as_ref().is_none_or(|kind| *kind == LineType::Standard);
        let received = line.despatch_receipt_quantity.is_some_and(|value| !value.get().is_zero());
        if line.line_type == Some(LineType::Comment) || quantity.is_some_and(|quantity| quantity.is_zero()) {
            continue;
        }
        match kind_of(line).filter(|_| standard) {
            Some(kind) if wanted.contains_key(&kind) => there.entry(kind).or_default().push(line),
            _ => {
                let known = wanted.keys().any(|(product, ..)| line.product_id == Some(*product));
                wrong_item |= standard && received && !known;
                texts.push(format!("{} in Sage was not prepared so", describe(line)));
            }
        }
    }
    let mut groups = Vec::new();
    for (kind, (sku, mut units)) in wanted {
        let lines = there.remove(&kind).unwrap_or_default();
        let sum = |pick: fn(&ReturnLineView) -> Option<returns_wire::JsonDecimal>| {
            lines.iter().map(|line| Some(pick(line)?.get())).sum::<Option<Decimal>>().and_then(whole)
        };
        let (quantity, received) = (sum(|line| line.quantity), sum(|line| line.despatch_receipt_quantity));
        match (quantity, received) {
            (Some(quantity), Some(received)) if quantity == units.len() => {
                let fresh = |line: &&&ReturnLineView| {
                    line.quantity.is_some_and(|quantity| quantity.get() == Decimal::ONE)
                        && line.despatch_receipt_quantity.is_some_and(|value| value.get().is_zero())
                };
                let untouched = lines.iter().filter(fresh).map(|line| line.id).collect();
                units.sort_by(|left, right| left.value.unit.cmp(&right.value.unit));
                groups.push(Group {
                    sku,
                    units,
                    lines: lines.iter().map(|line| line.id).collect(),
                    received,
                    untouched,
                });
            }
            (quantity, _) => {
                let shown = quantity.map_or("no whole number".to_owned(), |quantity| quantity.to_string());
                texts.push(format!("{} x {sku} at {} were prepared, Sage shows {shown}", units.len(), kind.1));
            }
        }
    }
    if texts.is_empty() { Ok(groups) } else { Err(Differs { text: texts.join("; "), wrong_item }) }
}

/// How likely goods or a credit note in Sage are those of a unit, by its inspection; the lower, the likelier. What a person has
/// settled is likeliest dealt with otherwise.
pub(super) fn inspected_rank(facts: &Facts<'_>, unit: &ReturnedItemId) -> u8 {
    if facts.record().settled.contains(unit) {
        return 4;
    }
    let item = facts.rma.items.iter().find(|item| item.returned_item_id == *unit);
    match item.map(|item| item.inspection()) {
        Some(Inspection::Returned { .. }) => 0,
        Some(Inspection::NotInspected) => 1,
        Some(Inspection::NotReturned { .. }) => 2,
        None => 3,
    }
}

/// Where the goods of a unit go; what nobody has inspected is kept apart.
pub(super) fn place_of(facts: &Facts<'_>, policy: &Policy, unit: &ReturnedItemId) -> Disposition {
    let Some(item) = facts.rma.items.iter().find(|item| item.returned_item_id == *unit) else {
        return Disposition::Quarantine;
    };
    units::received(facts, policy, item).unwrap_or(match item.inspection() {
        Inspection::Returned { restockable: true, .. } => Disposition::Saleable,
        _ => Disposition::Quarantine,
    })
}

/// Units whose lines are among so many of each group, those first that are most likely meant: known to be received, then
/// inspected as returned, then not inspected, then inspected as not returned. What is left over of each group belongs
/// to bundles of which only a part is there.
pub(super) fn likeliest<'r>(
    groups: &[Group<'r>],
    counts: &[usize],
    of: &PreparedReturn,
    facts: &Facts<'_>,
    open: impl Fn(&PreparedUnit) -> bool,
) -> (Vec<&'r PreparedUnit>, Vec<usize>) {
    let rank = |unit: &ReturnedItemId| (!of.received.contains_key(unit), inspected_rank(facts, unit));
    let mut units: Vec<&PreparedUnit> = Vec::new();
    for unit in groups.iter().flat_map(|group| &group.units).filter(|unit| open(unit)) {
        if !units.iter().any(|known| known.value.unit == unit.value.unit) {
            units.push(unit);
        }
    }
    units.sort_by(|left, right| left.value.unit.cmp(&right.value.unit));
    units.sort_by_key(|unit| rank(&unit.value.unit));
    let mut left = counts.to_vec();
    let mut whole = Vec::new();
    for unit in units {
        let needs = groups.iter().map(|group| group.lines_of(&unit.value.unit));
        let rest: Option<Vec<usize>> = needs.zip(&left).map(|(needs, left)| left.checked_sub(needs)).collect();
        if let Some(rest) = rest {
            left = rest;
            whole.push(unit);
        }
    }
    (whole, left)
}

/// What is left over, for people: `1 x MUG, 2 x TEA`; nothing when nothing is.
pub(super) fn parts_left(groups: &[Group<'_>], left: &[usize]) -> String {
    let left = groups.iter().zip(left).filter(|(_, count)| **count > 0);
    left.map(|(group, count)| format!("{count} x {}", group.sku)).collect::<Vec<_>>().join(", ")
}

/// How a credit note of a return stands.
pub(super) enum CreditStand {
    /// In the ledger, worth its units.
    Stands(ReturnCredit),
    /// Printed, and not in the ledger.
    NotPosted,
    /// Not worth its units, taken back, or not to be understood.
    Differs(String),
}

/// Compares a credit note of a return, not noted yet, with the ledger and with the values of its units.
pub(super) fn credit_stand(
    of: &PreparedReturn,
    groups: &[Group<'_>],
    credit: &CreditBook,
    facts: &Facts<'_>,
    policy: &Policy,
) -> CreditStand {
    let (mut counts, mut lines_known) = (Vec::new(), 0);
    let open = |unit: &PreparedUnit| !of.is_credited(&unit.value.unit);
    for group in groups {
        let on_it = credit.lines.iter().filter(|(line, _)| group.lines.contains(line));
        let Some(count) = on_it.clone().map(|(_, quantity)| *quantity).sum::<Decimal>().to_usize() else {
            return CreditStand::Differs(format!("credit note {} credits no whole number of units", credit.number));
        };
        lines_known += on_it.count();
        let there = group.units.iter().filter(|unit| open(unit)).count();
        if count > there {
            return CreditStand::Differs(format!(
                "credit note {} credits {count} where {there} are open",
                credit.number
            ));
        }
        counts.push(count);
    }
    let (covered, left) = likeliest(groups, &counts, of, facts, open);
    let parts = parts_left(groups, &left);
    if !parts.is_empty() {
        let text = format!("credit note {} credits a bundle in part ({parts}): its pieces are one unit", credit.number);
        return CreditStand::Differs(text);
    }
    if lines_known != credit.lines.len() || covered.is_empty() {
        return CreditStand::Differs(format!("credit note {} does not credit the lines of this return", credit.number));
    }
    let names = || covered.iter().map(|unit| unit.value.unit.clone());
    let effect = Effect::of(credit.ledger.iter());
    if effect.credits.is_empty() && effect.readable {
        return CreditStand::NotPosted;
    }
    if let Err(why) = worth(of, credit, &effect, &covered, policy.currency) {
        return CreditStand::Differs(format!("credit note {}: {why}", credit.number));
    }
    let money = |amount: Decimal| Money::new(amount, policy.currency);
    let (Ok(net), Ok(vat)) = (money(effect.net), money(effect.vat)) else {
        return CreditStand::Differs(format!("credit note {}: its values are no amounts", credit.number));
    };
    let units = names().map(|unit| (unit.clone(), place_of(facts, policy, &unit))).collect();
    let date = credit.ledger.iter().filter_map(|row| row.transaction_date).min();
    CreditStand::Stands(ReturnCredit {
        credit_note: credit.number.clone(),
        urns: effect.credits,
        date,
        net,
        vat,
        units,
    })
}

/// Is it worth its units? The net must be exact; Sage rounds VAT line by line, so a penny of VAT for each may be off.
fn worth(
    of: &PreparedReturn,
    credit: &CreditBook,
    effect: &Effect,
    units: &[&PreparedUnit],
    currency: Currency,
) -> Result<(), String> {
    stands_once(of, effect)?;
    let lines: Vec<_> = units.iter().flat_map(|unit| unit.lines()).collect();
    let sum = |pick: fn(&PreparedLine<'_>) -> Money| lines.iter().map(|line| pick(line).amount()).sum::<Decimal>();
    let (net, vat) = (sum(|line| line.net), sum(|line| line.vat));
    let pennies = currency.smallest() * Decimal::from(lines.len());
    let gross_off = (effect.net + effect.vat - net - vat).abs();
    // With prices that include VAT the gross is exact, and the split may be off.
    let (exact, split) = if of.intent.prices_include_tax {
        (gross_off.is_zero(), (effect.vat - vat).abs())
    } else {
        (effect.net == net, (effect.vat - vat).abs())
    };
    if !exact || split > pennies {
        return Err(format!("it is worth {} net and {} VAT, its units {net} and {vat}", effect.net, effect.vat));
    }
    let printed =
        credit.printed.as_ref().map(|printed| (printed.invoice_credit_net_value, printed.invoice_credit_tax_value));
    if let Some((Some(net), Some(vat))) = printed
        && (net.get().abs(), vat.get().abs()) != (effect.net, effect.vat)
    {
        let (net, vat) = (net.get(), vat.get());
        return Err(format!("printed with {net} net and {vat} VAT, posted with {} and {}", effect.net, effect.vat));
    }
    Ok(())
}

/// Is it in the ledger once, in the end, on the right account?
fn stands_once(of: &PreparedReturn, effect: &Effect) -> Result<(), String> {
    if !effect.readable {
        return Err("a ledger row with its number shows no values or no URN".to_owned());
    }
    if effect.credits.is_empty() {
        return Err("it is not in the sales ledger".to_owned());
    }
    if effect.net.is_zero() && effect.vat.is_zero() && effect.reversals > 0 {
        return Err("it was taken back in Sage".to_owned());
    }
    if effect.credits.len() > effect.reversals + 1 {
        return Err(format!("it stands {} times in the sales ledger", effect.credits.len()));
    }
    let order = &of.intent.order;
    if effect.customers.iter().any(|customer| *customer != Some(order.customer)) {
        return Err(format!("it stands on another account than {}", order.account));
    }
    Ok(())
}

/// Does a credit note that was noted before stand in the ledger as it did?
pub(crate) fn still_stands(of: &PreparedReturn, credit: &ReturnCredit, books: &[ReturnBook]) -> Result<(), String> {
    let number = &credit.credit_note;
    let book = books.iter().find(|book| book.key == of.intent.key);
    let read = book.and_then(|book| book.credits.iter().find(|read| read.number == *number));
    let read = read.ok_or_else(|| format!("credit note {number} was not read"))?;
    let effect = Effect::of(read.ledger.iter());
    stands_once(of, &effect).map_err(|why| format!("credit note {number}: {why}"))?;
    if (effect.net, effect.vat) != (credit.net.amount(), credit.vat.amount()) {
        let (net, vat) = (credit.net.amount(), credit.vat.amount());
        return Err(format!("credit note {number}: {effect}; it was {net} net and {vat} VAT"));
    }
    Ok(())
}

/// Does Sage show goods received for a unit?
#[cfg(feature = "run")]
pub(crate) fn shows_goods(of: &PreparedReturn, unit: &ReturnedItemId, books: &[ReturnBook]) -> Result<(), String> {
    let key = &of.intent.key;
    let book = books.iter().find(|book| book.key == *key).ok_or_else(|| format!("sales return {key} was not read"))?;
    let groups = compare(&of.intent, of.units(), &book.lines).map_err(|differs| differs.text)?;
    let noted = |group: &Group<'_>| group.units.iter().filter(|u| of.received.contains_key(&u.value.unit)).count();
    let mut its = groups.iter().filter(|group| group.lines_of(unit) > 0).peekable();
    if its.peek().is_some() && of.received.contains_key(unit) && its.all(|group| group.received >= noted(group)) {
        return Ok(());
    }
    Err(format!("unit {unit} is not received on sales return {key}"))
}
