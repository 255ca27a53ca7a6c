use super::{ControlTotals, PaidRefunds, Systems, Total};
use crate::{
    journal::{CreditIntent, CreditStage, State, total},
    policy::Policy,
};
use returngo_client::{DateOp, TransactionQuery, TransactionStatus, TransactionType};
use returns_wire::{Currency, Error, ErrorKind, Money, MoneyError};
use rust_decimal::Decimal;
use sage200_client::{Company, TransactionView};
use std::collections::BTreeMap;

/// Is it a reference we give: `RMA`, digits, a dash, digits?
fn is_ours(second_reference: &str) -> bool {
    let parts = second_reference.strip_prefix("RMA").and_then(|rest| rest.split_once('-'));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    parts.is_some_and(|(rma, number)| digits(rma) && digits(number))
}

/// Credit notes in Sage that carry references of ours, by reference.
pub(super) async fn ours_in_sage(
    sage: &Company,
    policy: &Policy,
) -> Result<BTreeMap<String, Vec<TransactionView>>, Error> {
    // Go-live is an instant; a day earlier covers every time zone.
    let since = policy.go_live.date_naive().pred_opt().unwrap_or(policy.go_live.date_naive());
    let mut found: BTreeMap<String, Vec<TransactionView>> = BTreeMap::new();
    for row in sage.credit_notes_with_prefix("RMA", since).await? {
        let reference = row.second_reference.as_deref().unwrap_or_default().trim().to_ascii_uppercase();
        if is_ours(&reference) {
            found.entry(reference).or_default().push(row);
        }
    }
    Ok(found)
}

/// Sums from both sides, and the documents in which they differ.
pub(super) async fn control_totals(
    systems: &Systems,
    policy: &Policy,
    state: &State,
) -> Result<(ControlTotals, Vec<String>), Error> {
    let in_sage = ours_in_sage(&systems.sage, policy).await?;
    let bad = |error: MoneyError| {
        Error::not_sent("returns_sync.totals", ErrorKind::Config, "amounts can't be added up").because(error)
    };
    let mut journal = Sum::new(policy.currency);
    let mut by_hand = Sum::new(policy.currency);
    let mut released = PaidRefunds { count: 0, value: Money::zero(policy.currency) };
    let mut known: BTreeMap<&str, &CreditIntent> = BTreeMap::new();
    let mut differences = Vec::new();
    for record in state.rmas.values() {
        for credit in record.live_credits() {
            known.insert(credit.intent.second_reference.as_str(), &credit.intent);
            if matches!(credit.stage, CreditStage::ReadBack { .. }) {
                journal.add(credit.intent.net().map_err(bad)?, credit.intent.vat().map_err(bad)?).map_err(bad)?;
                let name = credit.intent.second_reference.as_str();
                let rows = in_sage.get(name).map_or(0, Vec::len);
                if rows != 1 {
                    differences.push(format!("{name} stands {rows} times in Sage"));
                }
            }
        }
        for hand in &record.by_hand {
            let net = total(hand.units.iter().map(|unit| unit.net)).map_err(bad)?;
            by_hand.add(net, total(hand.units.iter().map(|unit| unit.vat)).map_err(bad)?).map_err(bad)?;
        }
        for value in record.covered().filter(|value| record.released.contains(&value.unit)) {
            released.count += 1;
            released.value =
                released.value.checked_add(value.net).and_then(|sum| sum.checked_add(value.vat)).map_err(bad)?;
        }
    }
    let mut sage = Sum::new(policy.currency);
    for (name, rows) in &in_sage {
        let intent = known.get(name.as_str());
        if intent.is_none() {
            differences.push(format!("{name} is in Sage and not in the journal"));
        }
        for row in rows {
            let amount = |value: Option<returns_wire::JsonDecimal>| {
                Money::new(value.map_or(Decimal::ZERO, |value| value.get().abs()), policy.currency).map_err(bad)
            };
            let (net, vat) = (amount(row.document_goods_value)?, amount(row.document_tax_value)?);
            sage.add(net, vat).map_err(bad)?;
            let sent = intent.map(|intent| (intent.net(), intent.vat()));
            if sent.is_some_and(|sent| sent != (Ok(net), Ok(vat))) {
                differences.push(format!("{name} is worth {net} net and {vat} VAT in Sage"));
            }
        }
    }
    let (refunded, requested) = refunds(systems, policy).await?;
    let totals = ControlTotals { journal: journal.0, sage: sage.0, by_hand: by_hand.0, released, refunded, requested };
    Ok((totals, differences))
}

struct Sum(Total);

impl Sum {
    fn new(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self(Total { count: 0, net: zero, vat: zero, gross: zero })
    }

    fn add(&mut self, net: Money, vat: Money) -> Result<(), MoneyError> {
        self.0.count += 1;
        self.0.net = self.0.net.checked_add(net)?;
        self.0.vat = self.0.vat.checked_add(vat)?;
        self.0.gross = self.0.net.checked_add(self.0.vat)?;
        Ok(())
    }
}

/// Refunds since go-live in ReturnGO's own books: paid, and asked for.
async fn refunds(systems: &Systems, policy: &Policy) -> Result<(PaidRefunds, PaidRefunds), Error> {
    let zero = PaidRefunds { count: 0, value: Money::zero(policy.currency) };
    let (mut paid, mut requested) = (zero, zero);
    let query = TransactionQuery::new().created_at(DateOp::Gte, policy.go_live);
    let mut pages = systems.returngo.transactions().list(&query);
    while let Some(page) = pages.next_page().await? {
        for transaction in page.items {
            if transaction.kind == TransactionType::InvoicePayment {
                continue;
            }
            let sum = match transaction.status {
                TransactionStatus::Success => &mut paid,
                TransactionStatus::Requested => &mut requested,
                _ => continue,
            };
            sum.count += 1;
            let amount = transaction.amount.and_then(|amount| amount.presentment().ok());
            if let Some(value) = amount.and_then(|amount| sum.value.checked_add(amount).ok()) {
                sum.value = value;
            }
        }
    }
    Ok((paid, requested))
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn our_references_have_one_form() {
        assert!(is_ours("RMA4400123-1") && is_ours("RMA1-12"));
        for other in ["RMA4400123", "RMA 4400123-1", "RMA4400123-", "RMA-1", "CN4400123-1", "RMA4400123-1a"] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
