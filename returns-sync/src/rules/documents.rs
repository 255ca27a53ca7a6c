//! Documents in Sage's books that carry an RMA: ours, and those of others. A document and what reverses it are one.

use super::DocumentFacts;
use crate::journal::{CreditIntent, CreditStage, Record, State};
use returngo_client::RmaId;
use rust_decimal::Decimal;
use sage200_client::{Customer, Id, TransactionType, TransactionView, Urn};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Does the text carry the RMA's number? What stands around it must not be digits; leading zeros do not count:
/// 4400123 is in `RMA4400123-1`, `4400123CR` and `004400123`, and not in 44001234.
pub(crate) fn mentions(text: &str, rma: &RmaId) -> bool {
    let bare = |digits: &str| digits.trim_start_matches('0').to_owned();
    let wanted = bare(rma.as_str());
    if wanted.is_empty() || !rma.as_str().bytes().all(|b| b.is_ascii_digit()) {
        return text.to_ascii_uppercase().contains(&rma.as_str().to_ascii_uppercase());
    }
    text.split(|c: char| !c.is_ascii_digit()).any(|digits| bare(digits) == wanted)
}

/// Sage compares text without regard to case and trailing blanks; so do we.
fn fold(text: Option<&str>) -> String {
    text.unwrap_or_default().trim().to_ascii_uppercase()
}

/// The RMA and the number in a reference of our form, `RMA<number>-<n>`.
pub(crate) fn our_form(second_reference: &str) -> Option<(String, u32)> {
    let folded = fold(Some(second_reference));
    let (rma, number) = folded.strip_prefix("RMA")?.split_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (digits(rma) && digits(number)).then(|| Some((rma.to_owned(), number.parse().ok()?))).flatten()
}

/// +1 for what credits the customer, -1 for what takes a credit back; nothing for money received or paid.
fn direction(row: &TransactionView) -> Option<Decimal> {
    match &row.transaction_type {
        Some(TransactionType::Invoice | TransactionType::OpeningBalanceInvoice) => Some(Decimal::NEGATIVE_ONE),
        Some(TransactionType::SalesReceipt | TransactionType::SalesPayment | TransactionType::DeletedRecord) => None,
        // What we do not know may be a credit note.
        _ => Some(Decimal::ONE),
    }
}

/// What rows of one document come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Effect {
    /// All rows.
    pub(crate) rows: Vec<Urn>,
    /// Rows that credit.
    pub(crate) credits: Vec<Urn>,
    /// Rows that take back.
    pub(crate) reversals: usize,
    /// Net value credited in the end.
    pub(crate) net: Decimal,
    /// VAT credited in the end.
    pub(crate) vat: Decimal,
    /// Accounts it stands on.
    pub(crate) customers: Vec<Option<Id<Customer>>>,
    /// False when a row shows no values or no number.
    pub(crate) readable: bool,
}

impl Effect {
    /// What these rows come to together.
    pub(crate) fn of<'d>(rows: impl Iterator<Item = &'d TransactionView>) -> Self {
        let mut effect = Self { readable: true, ..Self::default() };
        for row in rows {
            let Some(direction) = direction(row) else { continue };
            let (Some(net), Some(vat), Some(urn)) = (row.document_goods_value, row.document_tax_value, row.urn) else {
                effect.readable = false;
                continue;
            };
            effect.net += direction * net.get().abs();
            effect.vat += direction * vat.get().abs();
            effect.rows.push(urn);
            if direction.is_sign_positive() {
                effect.credits.push(urn);
            } else {
                effect.reversals += 1;
            }
            if !effect.customers.contains(&row.customer_id) {
                effect.customers.push(row.customer_id);
            }
        }
        effect
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urns = self.rows.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        write!(f, "URN {urns} with {} net and {} VAT", self.net, self.vat)?;
        if self.readable { Ok(()) } else { f.write_str(", and a row that shows no values") }
    }
}

/// How a credit note of ours stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stand {
    /// Not there.
    Absent,
    /// There, once in the end, exactly as sent: the rows that credit, of which others may take back all but one.
    Once(Vec<Urn>),
    /// There, and taken back.
    Reversed,
    /// There more than once.
    Doubled(Vec<Urn>),
    /// There with other values.
    Differs(String),
}

/// How the credit note of an intent stands, among all rows read.
pub(crate) fn stand(rows: &[TransactionView], intent: &CreditIntent) -> Stand {
    let name = fold(Some(intent.second_reference.as_str()));
    let effect = Effect::of(rows.iter().filter(|row| fold(row.second_reference.as_deref()) == name));
    let (Ok(net), Ok(vat)) = (intent.net(), intent.vat()) else {
        return Stand::Differs("our own values can't be added up".to_owned());
    };
    if !effect.readable {
        return Stand::Differs("a ledger row with its reference shows no values or no URN".to_owned());
    }
    if effect.credits.is_empty() {
        return Stand::Absent;
    }
    if effect.net.is_zero() && effect.vat.is_zero() {
        return Stand::Reversed;
    }
    if effect.credits.len() > effect.reversals + 1 {
        return Stand::Doubled(effect.credits);
    }
    if effect.customers.iter().any(|customer| *customer != Some(intent.order.customer)) {
        return Stand::Differs(format!("it stands on another account than {}", intent.order.account));
    }
    if (effect.net, effect.vat) != (net.amount(), vat.amount()) {
        return Stand::Differs(format!(
            "it is worth {} net and {} VAT, we sent {} and {}",
            effect.net,
            effect.vat,
            net.amount(),
            vat.amount()
        ));
    }
    Stand::Once(effect.credits)
}

/// A credit note of somebody else that carries the RMA's number and is not taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// What it comes to.
    pub(crate) effect: Effect,
    /// Another RMA that it carries as well, or that it was taken for already.
    pub(crate) other: Option<RmaId>,
}

/// Credit notes of others that carry the RMA and that it has not taken yet.
pub(crate) fn foreign(documents: &DocumentFacts, rma: &RmaId, record: &Record, state: &State) -> Vec<Foreign> {
    let (rows, credits) = (&documents.ledger, &record.credits);
    // A credit note that Sage shows on a sales return of ours is no stranger.
    let of_returns = record.returns.iter().flat_map(|of| {
        let noted = of.credits.iter().map(|(_, credit)| credit.credit_note.as_str());
        let shown = documents.books.iter().filter(|book| book.key == of.intent.key).flat_map(|book| &book.credits);
        let customer = Some(of.intent.order.customer);
        noted.chain(shown.map(|credit| credit.number.as_str())).map(move |number| (fold(Some(number)), customer))
    });
    let of_returns: BTreeSet<_> = of_returns.collect();
    // One that was given up and turns up after all is like one of somebody else.
    let alive = credits.iter().filter(|credit| credit.stage != CreditStage::Abandoned);
    let own: Vec<String> = alive.map(|credit| fold(Some(credit.intent.second_reference.as_str()))).collect();
    let of_another = |second: &str| {
        let theirs = state.rmas.iter().filter(|(other, _)| *other != rma).flat_map(|(_, record)| &record.credits);
        our_form(second).is_some()
            && theirs.into_iter().any(|c| fold(Some(c.intent.second_reference.as_str())) == second)
    };
    let mut documents: BTreeMap<_, Vec<&TransactionView>> = BTreeMap::new();
    let mut first_credit = None;
    for row in rows {
        let (first, second) = (fold(row.reference.as_deref()), fold(row.second_reference.as_deref()));
        if of_another(&second) || !(mentions(&first, rma) || mentions(&second, rma)) {
            continue;
        }
        if direction(row).is_some_and(|direction| direction.is_sign_positive()) {
            first_credit = first_credit.into_iter().chain(row.transaction_date).min();
        }
        if !own.contains(&second) && !of_returns.contains(&(first.clone(), row.customer_id)) {
            documents.entry((row.customer_id, first, second)).or_default().push(row);
        }
    }
    let mut found = Vec::new();
    for ((_, first, second), rows) in documents {
        // A reversal under a text of its own counts; an invoice from before any credit is the sale itself.
        let late = rows.iter().any(|row| first_credit.is_some() && row.transaction_date >= first_credit);
        let effect = Effect::of(rows.into_iter());
        let taken_back = effect.readable && effect.net.is_zero() && effect.vat.is_zero();
        let mine = |urn: &Urn| state.claimed(*urn) == Some(rma);
        let sale = effect.credits.is_empty() && !late;
        if effect.readable && (sale || taken_back || effect.rows.iter().all(mine)) {
            continue;
        }
        let claimed = effect.rows.iter().find_map(|urn| state.claimed(*urn).filter(|other| *other != rma));
        // Those that are held may be known by their exceptions alone.
        let held = state.exceptions.values().filter_map(|open| open.finding.rma.as_ref());
        let named = state.rmas.keys().chain(held).find(|other| {
            // Short numbers stand in many texts by chance.
            *other != rma && other.as_str().len() >= 6 && (mentions(&first, other) || mentions(&second, other))
        });
        found.push(Foreign { other: claimed.or(named).cloned(), effect });
    }
    found
}

/// Documents that credit, among the rows under an order's number: each with what has been taken back of it. The sale
/// itself is none.
pub(crate) fn credits_under(rows: &[TransactionView]) -> Vec<(String, Effect)> {
    let mut documents: BTreeMap<_, Vec<&TransactionView>> = BTreeMap::new();
    for row in rows {
        let (first, second) = (fold(row.reference.as_deref()), fold(row.second_reference.as_deref()));
        documents.entry((row.customer_id, second, first)).or_default().push(row);
    }
    let effects = documents.into_iter().map(|((_, second, _), rows)| (second, Effect::of(rows.into_iter())));
    effects.filter(|(_, effect)| !effect.credits.is_empty() && effect.net > Decimal::ZERO).collect()
}

/// Rows that are about an order: under its number as second reference, on any account, or as first on its own. In the
/// first reference Sage has numbers of its own, which on another account are alike by chance.
pub(crate) fn about_order(rows: &[TransactionView], number: &str, customer: Id<Customer>) -> Vec<TransactionView> {
    let number = fold(Some(number));
    let about = |row: &&TransactionView| {
        fold(row.second_reference.as_deref()) == number
            || (row.customer_id == Some(customer) && fold(row.reference.as_deref()) == number)
    };
    rows.iter().filter(about).cloned().collect()
}

/// What credit notes by hand come to now, with whatever has been done to them since.
pub(crate) fn effect_of(rows: &[TransactionView], urns: &[Urn]) -> Option<Effect> {
    let key = |row: &TransactionView| {
        (row.customer_id, fold(row.reference.as_deref()), fold(row.second_reference.as_deref()))
    };
    let keys: Vec<_> = rows.iter().filter(|row| row.urn.is_some_and(|urn| urns.contains(&urn))).map(key).collect();
    let there = |urn: &Urn| rows.iter().any(|row| row.urn == Some(*urn));
    if !urns.iter().all(there) {
        return None;
    }
    Some(Effect::of(rows.iter().filter(|row| keys.contains(&key(row))))).filter(|effect| effect.readable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rma_number_stands_between_anything_but_digits() {
        let rma = RmaId::new("4400123").unwrap();
        for yes in [
            "4400123",
            "RMA4400123",
            "rma-4400123",
            "RMA 4400123",
            "RMA4400123-1",
            "see RMA4400123/2",
            " 4400123 ",
            "4400123CR",
            "RMA4400123A",
            "RMA04400123",
            "4400124/4400123",
        ] {
            assert!(mentions(yes, &rma), "{yes}");
        }
        for no in ["44001234", "14400123", "RMA44001230-1", "EX1042", "", "4400-123"] {
            assert!(!mentions(no, &rma), "{no}");
        }
    }

    #[test]
    fn our_references_have_one_form() {
        assert_eq!(our_form("RMA4400123-1"), Some(("4400123".to_owned(), 1)));
        assert_eq!(our_form(" rma1-12 "), Some(("1".to_owned(), 12)));
        for other in ["RMA4400123", "RMA 4400123-1", "RMA4400123-", "RMA-1", "CN4400123-1", "RMA4400123-1a"] {
            assert_eq!(our_form(other), None, "{other}");
        }
    }
}
