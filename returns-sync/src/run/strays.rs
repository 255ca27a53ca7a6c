//! Credit notes in Sage that belong to no RMA.

use super::{Running, sweep::Listed};
use crate::{
    exception::{Code, Finding},
    journal::State,
    rules::{Effect, credits_under, mentions, our_form},
};
use returngo_client::RmaId;
use returns_wire::{Error, Money, report as error_text};
use sage200_client::{AccountReference, TransactionView};
use std::collections::BTreeSet;

impl Running<'_> {
    /// Credit notes on our accounts since go-live that belong to no RMA, no refund, and nobody who has spoken for them.
    pub(super) async fn look_for_strays(&mut self, listed: &Listed) {
        // Whose credit notes are the shop's is not known where no account is named.
        if !self.policy.customers.are_named() {
            return;
        }
        for account in &self.policy.customers {
            if let Err(error) = self.strays_on(account, listed).await {
                let text = format!("credit notes on account {account}: {}", error_text(&error));
                self.found(Finding::of_the_run(Code::ReadFailed, text));
                return;
            }
        }
        self.looked.credit_notes = true;
    }

    async fn strays_on(&mut self, account: &AccountReference, listed: &Listed) -> Result<(), Error> {
        let sage = &self.systems.sage;
        // An account that is not there has no credit notes; an order on it would say so.
        let Some(customer) = sage.customer_by_reference(account).await? else { return Ok(()) };
        let since = self.policy.go_live.date_naive();
        let state = self.book.state();
        let rmas: BTreeSet<_> = state.rmas.keys().chain(&listed.all).collect();
        let mut strays = Vec::new();
        for row in sage.credit_notes_on(customer.id, since).await? {
            if !spoken_for(&row, state, &rmas) && !self.taken_back(&row).await? {
                strays.push(row);
            }
        }
        for row in strays {
            let effect = Effect::of(std::iter::once(&row));
            let texts: Vec<_> = texts(&row).map(|text| format!("{text:?}")).collect();
            let texts = if texts.is_empty() { "no reference at all".to_owned() } else { texts.join(" and ") };
            let date = row.transaction_date.map_or(String::new(), |date| format!(" of {}", date.format("%-d %B %Y")));
            let facts = format!("{effect}, on account {account}{date}; it carries {texts}");
            self.found(Finding {
                money_at_risk: Money::new(effect.net + effect.vat, self.policy.currency).ok(),
                subject: Some(subject(&row)),
                ..Finding::of_the_run(Code::CreditNoteStray, facts)
            });
        }
        Ok(())
    }

    /// Has somebody reversed it? What reverses it carries the same references and is no credit note.
    async fn taken_back(&self, row: &TransactionView) -> Result<bool, Error> {
        // Without a reference nothing can be looked up; what shows no values is told whatever became of it.
        let Some(text) = texts(row).next().filter(|_| Effect::of(std::iter::once(row)).readable) else {
            return Ok(false);
        };
        let mut rows = self.systems.sage.transactions_with_reference(text).await?;
        rows.retain(|other| other.customer_id == row.customer_id);
        let stands =
            credits_under(&rows).into_iter().any(|(_, effect)| row.urn.is_none_or(|urn| effect.rows.contains(&urn)));
        Ok(!stands && rows.iter().any(|other| other.urn == row.urn))
    }
}

/// What a stray is called in exceptions, and when it is adopted.
fn subject(row: &TransactionView) -> String {
    row.urn.map_or("a credit note without a URN".to_owned(), |urn| format!("URN {urn}"))
}

fn texts(row: &TransactionView) -> impl Iterator<Item = &str> {
    let texts = [&row.second_reference, &row.reference].into_iter().flatten();
    texts.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// Does it belong to an RMA or to a refund, or has a person taken responsibility for it?
fn spoken_for(row: &TransactionView, state: &State, rmas: &BTreeSet<&RmaId>) -> bool {
    let named =
        |text: &str| our_form(text).is_some() || carries_refund(text) || rmas.iter().any(|rma| mentions(text, rma));
    row.urn.is_some_and(|urn| state.claimed(urn).is_some())
        || state.adopted.contains_key(&subject(row))
        || texts(row).any(named)
}

/// `REF` and a number: the credit of a refund that came past ReturnGO. Its worth is compared with the refund.
fn carries_refund(text: &str) -> bool {
    let upper = text.trim().to_ascii_uppercase();
    upper.strip_prefix("REF").is_some_and(|rest| {
        let digits = rest.trim_start_matches([' ', '-', '#']);
        digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
