use super::{ControlTotals, PaidRefunds, Total};
use crate::{
    journal::{CreditIntent, CreditStage, PreparedReturn, ReturnCredit, State},
    policy::Policy,
    rules::{Effect, Stand, our_form, stand},
};
use chrono::NaiveDate;
use returngo_client::{Transaction, TransactionStatus};
use returns_wire::{Currency, Error, ErrorKind, Money, MoneyError};
use rust_decimal::Decimal;
use sage200_client::{Company, TransactionView, Urn};
use std::collections::{BTreeMap, BTreeSet};

/// Since when documents of ours can be in Sage: go-live, a day earlier to cover every time zone, or the oldest intent.
fn since(policy: &Policy, state: &State) -> NaiveDate {
    let start = policy.go_live.date_naive();
    let start = start.pred_opt().unwrap_or(start);
    let credits = state.rmas.values().flat_map(|record| &record.credits);
    credits.map(|credit| credit.intent.date).fold(start, NaiveDate::min)
}

/// Every transaction in the sales ledger under a reference of our form.
pub(super) async fn ours_in_sage(
    sage: &Company,
    policy: &Policy,
    state: &State,
) -> Result<Vec<TransactionView>, Error> {
    let mut rows = sage.transactions_with_prefix("RMA", since(policy, state)).await?;
    rows.retain(|row| row.second_reference.as_deref().and_then(our_form).is_some());
    Ok(rows)
}

/// References of our form that are in Sage.
pub(super) fn references(rows: &[TransactionView]) -> Vec<String> {
    let references = rows.iter().filter_map(|row| row.second_reference.as_deref());
    let mut names: Vec<_> = references.filter(|text| our_form(text).is_some()).map(name).collect();
    names.sort();
    names.dedup();
    names
}

fn name(second_reference: &str) -> String {
    second_reference.trim().to_ascii_uppercase()
}

/// Sums from both sides, and the documents in which they differ.
pub(super) async fn control_totals(
    sage: &Company,
    policy: &Policy,
    state: &State,
    refunds: &[Transaction],
) -> Result<(ControlTotals, Vec<String>), Error> {
    let mut rows = ours_in_sage(sage, policy, state).await?;
    // What a person posts from a sales return may carry no reference of our form: it is found on its account.
    if state.rmas.values().flat_map(|record| &record.returns).any(|of| !of.credits.is_empty()) {
        for row in credit_notes(sage, policy).await? {
            if row.urn.is_none_or(|urn| !rows.iter().any(|known| known.urn == Some(urn))) {
                rows.push(row);
            }
        }
    }
    summed(&rows, policy.currency, state, refunds).map_err(|error| {
        Error::not_sent("returns_sync.totals", ErrorKind::Config, "amounts can't be added up").because(error)
    })
}

/// Every credit note since go-live on the accounts of the policy.
async fn credit_notes(sage: &Company, policy: &Policy) -> Result<Vec<TransactionView>, Error> {
    let mut rows = Vec::new();
    for account in &policy.customers {
        // An account that is not there has no credit notes; an order on it would say so.
        if let Some(customer) = sage.customer_by_reference(account).await? {
            rows.extend(sage.credit_notes_on(customer.id, policy.go_live.date_naive()).await?);
        }
    }
    Ok(rows)
}

fn summed(
    rows: &[TransactionView],
    currency: Currency,
    state: &State,
    refunds: &[Transaction],
) -> Result<(ControlTotals, Vec<String>), MoneyError> {
    let (mut journal, mut by_hand, mut in_sage) = (Sum::new(currency), Sum::new(currency), Sum::new(currency));
    let mut released = PaidRefunds { count: 0, value: Money::zero(currency) };
    let mut under_way = 0;
    let mut known: BTreeMap<String, &CreditIntent> = BTreeMap::new();
    let mut differences = Vec::new();
    // Credit notes from sales returns of ours: compared by their own number.
    let mut returned: BTreeSet<Urn> = BTreeSet::new();
    for record in state.rmas.values() {
        for credit in record.live_credits() {
            let intent = &credit.intent;
            known.insert(name(intent.second_reference.as_str()), intent);
            if !matches!(credit.stage, CreditStage::ReadBack { .. }) {
                under_way += u32::from(!record.is_settled(credit));
                continue;
            }
            journal.add(intent.net()?.amount(), intent.vat()?.amount())?;
            let text = match stand(rows, intent) {
                Stand::Once(_) => continue,
                Stand::Absent => "is not in Sage any more".to_owned(),
                Stand::Reversed => "was taken back in Sage".to_owned(),
                Stand::Doubled(urns) => format!("stands {} times in Sage", urns.len()),
                Stand::Differs(text) => text,
            };
            differences.push(format!("{}: {text}", intent.second_reference));
        }
        for of in &record.returns {
            for (_, credit) in &of.credits {
                journal.add(credit.net.amount(), credit.vat.amount())?;
                let seconds: BTreeSet<_> = rows.iter().filter(|row| is_one_of(row, credit)).map(second).collect();
                let is_of = |row: &&TransactionView| is_of(row, of, credit) && seconds.contains(&second(row));
                let of_it: Vec<_> = rows.iter().filter(is_of).collect();
                returned.extend(of_it.iter().filter_map(|row| row.urn));
                let effect = Effect::of(of_it.into_iter());
                if effect.readable && !effect.credits.is_empty() {
                    in_sage.add(effect.net, effect.vat)?;
                }
                if (effect.net, effect.vat) != (credit.net.amount(), credit.vat.amount()) || !effect.readable {
                    let (number, key) = (&credit.credit_note, &of.intent.key);
                    let (net, vat) = (credit.net.amount(), credit.vat.amount());
                    let now = if effect.credits.is_empty() {
                        "it is not in Sage any more".into()
                    } else {
                        format!("{effect}")
                    };
                    differences.push(format!("credit note {number} of {key} was {net} net and {vat} VAT: {now}"));
                }
            }
        }
        for hand in &record.by_hand {
            by_hand.add(hand.net.amount(), hand.vat.amount())?;
        }
        for covered in record.credited().iter().filter(|covered| record.released.contains(covered.unit)) {
            released.count += 1;
            released.value = released.value.checked_add(Money::new(covered.gross, currency)?)?;
        }
    }
    let rest: Vec<_> = rows.iter().filter(|row| row.urn.is_none_or(|urn| !returned.contains(&urn))).cloned().collect();
    let rows = rest.as_slice();
    for reference in references(rows) {
        let of_it = |row: &&TransactionView| row.second_reference.as_deref().map(name).as_ref() == Some(&reference);
        let effect = Effect::of(rows.iter().filter(of_it));
        let by_somebody = !effect.credits.is_empty() && effect.credits.iter().all(|urn| state.claimed(*urn).is_some());
        if by_somebody || (effect.net.is_zero() && effect.vat.is_zero() && effect.readable) {
            continue;
        }
        let adopted = |urn: &Urn| state.adopted.contains_key(&format!("URN {urn}"));
        // What was credited from a settled return is told with its RMA, if it came after settling.
        let answered = !effect.credits.is_empty() && effect.credits.iter().all(adopted);
        if answered || state.is_settled_return(&reference) {
            continue;
        }
        match known.get(&reference) {
            Some(_) if state.is_given_up(&reference) => {
                differences.push(format!("{reference}: {effect}, and a person has settled its units"));
            }
            Some(intent) => {
                let read_back = |credit: &crate::journal::Credit| {
                    credit.intent == **intent && matches!(credit.stage, CreditStage::ReadBack { .. })
                };
                if state.rmas.values().flat_map(|record| &record.credits).any(read_back) {
                    in_sage.add(effect.net, effect.vat)?;
                }
            }
            None => {
                in_sage.add(effect.net, effect.vat)?;
                differences.push(format!("{reference}: {effect}, and not in the journal"));
            }
        }
    }
    let (mut refunded, mut requested) = (released, released);
    (refunded.count, refunded.value) = (0, Money::zero(currency));
    (requested.count, requested.value) = (0, Money::zero(currency));
    for transaction in refunds {
        let sum = match transaction.status {
            TransactionStatus::Success => &mut refunded,
            TransactionStatus::Failed => continue,
            _ => &mut requested,
        };
        sum.count += 1;
        let amount = transaction.amount.as_ref().and_then(|amount| amount.presentment().ok());
        match amount.and_then(|amount| sum.value.checked_add(amount).ok()) {
            Some(value) => sum.value = value,
            None => {
                differences.push(format!("ReturnGO's transaction {} shows no amount in {currency}", transaction.id))
            }
        }
    }
    let (journal, sage, by_hand) = (journal.0, in_sage.0, by_hand.0);
    Ok((ControlTotals { journal, sage, under_way, by_hand, released, refunded, requested }, differences))
}

/// Is it a row of this credit note, or what takes it back?
fn is_of(row: &TransactionView, of: &PreparedReturn, credit: &ReturnCredit) -> bool {
    row.customer_id == Some(of.intent.order.customer)
        && row.reference.as_deref().is_some_and(|text| name(text) == name(&credit.credit_note))
}

/// Is it one of the transactions that were noted?
fn is_one_of(row: &TransactionView, credit: &ReturnCredit) -> bool {
    row.urn.is_some_and(|urn| credit.urns.contains(&urn))
}

fn second(row: &TransactionView) -> String {
    name(row.second_reference.as_deref().unwrap_or_default())
}

struct Sum(Total);

impl Sum {
    fn new(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self(Total { count: 0, net: zero, vat: zero, gross: zero })
    }

    fn add(&mut self, net: Decimal, vat: Decimal) -> Result<(), MoneyError> {
        let currency = self.0.net.currency();
        self.0.count += 1;
        self.0.net = self.0.net.checked_add(Money::new(net, currency)?)?;
        self.0.vat = self.0.vat.checked_add(Money::new(vat, currency)?)?;
        self.0.gross = self.0.net.checked_add(self.0.vat)?;
        Ok(())
    }
}
