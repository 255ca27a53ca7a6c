//! Credit notes in Sage that belong to no RMA.

use super::{Running, SeenRefund, sweep::Listed};
use crate::{
    exception::{Code, Finding},
    journal::{RefundStage, ReturnStage, State},
    rules::{Effect, credits_under, mentions, our_form},
};
use returngo_client::RmaId;
use returns_wire::{Error, Money, report as error_text};
use sage200_client::{AccountReference, TransactionView};
use shopify_returns::RefundId;
use std::collections::{BTreeMap, BTreeSet};

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
        if self.systems.shopify.is_some()
            && let Err(error) = self.credits_of_refunds().await
        {
            let text = format!("credit notes for refunds: {}", error_text(&error));
            self.found(Finding::of_the_run(Code::ReadFailed, text));
            return;
        }
        self.looked.credit_notes = true;
    }

    /// Credit notes under `REF` and the number of a refund: each refund has one, is known, and is not paid for an RMA.
    async fn credits_of_refunds(&mut self) -> Result<(), Error> {
        let since = self.policy.go_live.date_naive();
        let rows = self.systems.sage.transactions_with_prefix("REF", since).await?;
        let mut by_refund: BTreeMap<RefundId, Vec<TransactionView>> = BTreeMap::new();
        for row in rows {
            let refund = row.second_reference.as_deref().and_then(refund_of);
            if let Some(refund) = refund {
                by_refund.entry(refund).or_default().push(row);
            }
        }
        // Looked at by this run, and an RMA may be what it has paid.
        let told = |seen: &&SeenRefund| seen.told == Some(Code::DoublePayment);
        let waiting: BTreeSet<_> = self.report.shop_refunds.iter().filter(told).map(|seen| seen.refund).collect();
        let waits = |refund: &RefundId| waiting.contains(refund);
        for (refund, rows) in by_refund {
            let effect = Effect::of(rows.iter());
            let adopted =
                effect.credits.iter().any(|urn| self.book.state().adopted.contains_key(&format!("URN {urn}")));
            let stands = effect.credits.len() > effect.reversals;
            let state = self.book.state();
            let ours = state.rmas.values().flat_map(|record| &record.refunds);
            let ours = ours.into_iter().any(|made| made.stage == RefundStage::Made(Some(refund)));
            let seen = self.report.shop_refunds.iter().any(|seen| seen.refund == refund);
            let known = seen || state.watched.contains_key(&refund) || state.rested.contains_key(&refund);
            let why = match (stands, ours, known) {
                _ if adopted => continue,
                // Taken back: the refund has no credit again, and is looked at by the next run.
                (false, _, _) => {
                    if let Some(order) = state.rested.get(&refund).copied() {
                        self.rewatch.push((refund, order));
                    }
                    continue;
                }
                (true, true, _) => format!("refund {refund} is ours: its RMA is credited already"),
                (true, false, false) => format!("no refund {refund} is known in Shopify"),
                (true, false, true) if effect.credits.len() > effect.reversals + 1 => {
                    format!(
                        "{} credit notes carry the number of refund {refund}",
                        effect.credits.len() - effect.reversals
                    )
                }
                (true, false, true) if waits(&refund) => {
                    format!("an RMA waits for the goods of refund {refund}: its credit and this one would be two")
                }
                (true, false, true) => continue,
            };
            let urn = effect.credits.iter().max().copied();
            let subject = urn.map(|urn| format!("URN {urn}"));
            let money_at_risk = Money::new(effect.net + effect.vat, self.policy.currency).ok();
            let facts = format!("{effect}: {why}");
            self.found(Finding { money_at_risk, subject, ..Finding::of_the_run(Code::CreditNoteStray, facts) });
        }
        Ok(())
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
            let closed = closed_rma(&row, state, listed);
            if (closed.is_some() || !spoken_for(&row, state, &rmas)) && !self.taken_back(&row).await? {
                strays.push((row, closed));
            }
        }
        for (row, closed) in strays {
            let effect = Effect::of(std::iter::once(&row));
            let texts: Vec<_> = texts(&row).map(|text| format!("{text:?}")).collect();
            let texts = if texts.is_empty() { "no reference at all".to_owned() } else { texts.join(" and ") };
            let date = row.transaction_date.map_or(String::new(), |date| format!(" of {}", date.format("%-d %B %Y")));
            let closed = closed.map_or(String::new(), |rma| format!("; RMA {rma} is finished without it"));
            let facts = format!("{effect}, on account {account}{date}; it carries {texts}{closed}");
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
    // Sage may write a sales return's own number on its credit note.
    let of_return = |text: &str| {
        let returns = state.rmas.values().flat_map(|record| &record.returns);
        returns.into_iter().any(|of| {
            matches!(&of.stage, ReturnStage::Found { document_no } | ReturnStage::Left { document_no }
                if !document_no.is_empty() && document_no == text)
        })
    };
    let adopted = state.adopted.contains_key(&subject(row));
    let claimed = row.urn.is_some_and(|urn| state.claimed(urn).is_some());
    if !adopted && !claimed && row.second_reference.as_deref().is_some_and(|text| state.is_given_up(text)) {
        return false;
    }
    claimed || adopted || texts(row).any(of_return) || texts(row).any(named)
}

/// An RMA that the row carries and that rests, if the row is nothing that we know of it: credited twice, or for nothing.
/// Who settles an RMA credits it by hand.
fn closed_rma(row: &TransactionView, state: &State, listed: &Listed) -> Option<RmaId> {
    let urn = row.urn?;
    let carried = |id: &&RmaId| texts(row).any(|text| mentions(text, id));
    let id = listed.at_rest.iter().find(carried)?;
    let record = state.rmas.get(id)?;
    let ours = |text: &str| {
        let credits = record.credits.iter().map(|credit| credit.intent.second_reference.as_str());
        let returns = record.returns.iter().map(|of| of.intent.key.as_str());
        credits.chain(returns).any(|name| name.eq_ignore_ascii_case(text))
    };
    let known = record.by_hand.iter().any(|hand| hand.urns.contains(&urn)) || texts(row).any(ours);
    let expected = record.baseline || !record.settled.is_empty() || state.adopted.contains_key(&subject(row));
    (!known && !expected && id.as_str().len() >= 6).then(|| id.clone())
}

/// The refund in `REF` and a number.
fn refund_of(text: &str) -> Option<RefundId> {
    let upper = text.trim().to_ascii_uppercase();
    upper.strip_prefix("REF")?.trim_start_matches([' ', '-', '#']).parse().ok()
}

/// `REF` and a number: the credit of a refund that came past ReturnGO. Its worth is compared with the refund.
fn carries_refund(text: &str) -> bool {
    let upper = text.trim().to_ascii_uppercase();
    upper.strip_prefix("REF").is_some_and(|rest| {
        let digits = rest.trim_start_matches([' ', '-', '#']);
        digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
