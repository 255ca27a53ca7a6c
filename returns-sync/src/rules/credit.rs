//! New credit notes: units valued, Sage's books asked, one document built.

use super::{
    DocumentFacts, Step,
    decide::Deciding,
    documents::{foreign, values},
    matching::{Refusal, Valuer, find_order},
};
use crate::{
    exception::Code,
    journal::{CreditIntent, Disposition, OrderLink, UnitValue},
};
use returngo_client::Item;
use returns_wire::Money;
use rust_decimal::Decimal;
use sage200_client::{DateClassification, DocumentStatus, OrderView, Reference, SecondReference, TransactionView, Urn};

impl<'f> Deciding<'f> {
    /// Values the units and, where nothing is against it, credits what is due.
    pub(super) fn credit(&mut self, due: &[(&'f Item, Disposition)], awaiting: &[&'f Item]) -> Option<Step> {
        let found = self.facts.order?;
        let order = match find_order(self.facts, found, self.policy) {
            Ok(order) => order,
            Err((code, why)) => {
                let units = due.iter().map(|(item, _)| *item).chain(awaiting.iter().copied());
                self.find(code, units.map(|item| item.returned_item_id.clone()).collect(), why);
                return None;
            }
        };
        let names = match self.references(&order) {
            Ok(names) => names,
            Err((code, why)) => {
                self.find(code, Vec::new(), why);
                return None;
            }
        };
        let mut valuer = Valuer::new(self.facts, found, self.policy);
        let mut values = Vec::new();
        for (item, disposition) in due {
            match valuer.value(item) {
                Ok(value) => values.push((value, *disposition)),
                Err(refusal) => self.refuse(item, refusal),
            }
        }
        let mut expected = Vec::new();
        for item in awaiting {
            match valuer.value(item) {
                Ok(value) => expected.push(value),
                Err(refusal) => self.refuse(item, refusal),
            }
        }
        if !values.is_empty() {
            return self.document(order, names, values);
        }
        let clean = due.is_empty() && expected.len() == awaiting.len() && !expected.is_empty();
        (clean && self.facts.record().expected.is_none()).then_some(Step::Expect(order, expected))
    }

    fn refuse(&mut self, item: &Item, (code, why): Refusal) {
        self.find(code, vec![item.returned_item_id.clone()], why);
    }

    /// One credit note for units that are valued, unless Sage's books speak against it.
    fn document(
        &mut self,
        order: OrderLink,
        (second_reference, reference): (SecondReference, Option<Reference>),
        values: Vec<(UnitValue, Disposition)>,
    ) -> Option<Step> {
        let documents = self.facts.documents?;
        let record = self.facts.record();
        let rma = self.facts.rma.id();
        let names: Vec<_> = values.iter().map(|(value, _)| value.unit.clone()).collect();

        let returns = live_returns(documents);
        if !returns.is_empty() {
            let list = returns.iter().filter_map(|row| row.document_no.as_deref()).collect::<Vec<_>>().join(", ");
            self.find(Code::ReturnOpenInSage, names, format!("sales return {list}"));
            return None;
        }

        let (units, dispositions): (Vec<_>, Vec<_>) = values.into_iter().unzip();
        let known: Vec<Urn> = record.by_hand.iter().flat_map(|hand| hand.urns.iter().copied()).collect();
        let theirs: Vec<_> = foreign(&documents.credit_notes, rma, &record.credits)
            .into_iter()
            .filter(|row| row.urn.is_none_or(|urn| !known.contains(&urn)))
            .collect();
        if !theirs.is_empty() {
            return self.by_hand(&order, &theirs, units, dispositions);
        }

        match &documents.date {
            DateClassification::Normal | DateClassification::Acceptable => {}
            other => {
                self.find(Code::PeriodClosed, names, format!("Sage calls {} {other}", documents.today));
                return None;
            }
        }
        let date = documents.today;
        let intent = CreditIntent { second_reference, reference, date, order, units, dispositions };
        match intent.gross() {
            Ok(gross)
                if gross.amount() <= self.policy.caps.value_per_document.amount() && gross.amount() > Decimal::ZERO =>
            {
                Some(Step::Credit(intent))
            }
            Ok(gross) if gross.is_zero() => {
                self.find(
                    Code::ValueDiffers,
                    names,
                    "the units are worth nothing; there is nothing to credit".to_owned(),
                );
                None
            }
            Ok(gross) => {
                self.find(
                    Code::CreditTooLarge,
                    names,
                    format!("{gross}, allowed {}", self.policy.caps.value_per_document),
                );
                None
            }
            Err(error) => {
                self.find(Code::ValueUnreadable, names, error.to_string());
                None
            }
        }
    }

    /// What the next credit note of this RMA is called. Checked before anything is due, so that a number that does
    /// not fit is known while the parcel is still under way.
    fn references(&self, order: &OrderLink) -> Result<(SecondReference, Option<Reference>), Refusal> {
        let too_long = |error: sage200_client::FieldError| (Code::TextTooLong, error.to_string());
        let number = self.facts.record().live_credits().count() + 1;
        let second = SecondReference::new(format!("RMA{}-{number}", self.facts.rma.id())).map_err(too_long)?;
        let first = self.policy.send_reference.then(|| Reference::new(order.customer_document_no.as_str()));
        Ok((second, first.transpose().map_err(too_long)?))
    }

    /// Somebody else's credit notes carry this RMA: they cover the units if they are worth the same, to the penny.
    fn by_hand(
        &mut self,
        order: &OrderLink,
        theirs: &[&TransactionView],
        units: Vec<UnitValue>,
        dispositions: Vec<Disposition>,
    ) -> Option<Step> {
        let urns: Vec<Urn> = theirs.iter().filter_map(|row| row.urn).collect();
        let zero = Decimal::ZERO;
        let sum = |pick: fn((Decimal, Decimal)) -> Decimal| {
            theirs.iter().filter_map(|row| values(row)).map(pick).sum::<Decimal>()
        };
        let (net, vat) = (sum(|v| v.0), sum(|v| v.1));
        let want =
            |pick: fn(&UnitValue) -> Money| units.iter().map(|unit| pick(unit).amount()).fold(zero, |a, b| a + b);
        let (want_net, want_vat) = (want(|unit| unit.net), want(|unit| unit.vat));
        let elsewhere = theirs.iter().any(|row| row.customer_id != Some(order.customer));
        let penny = self.policy.currency.smallest();
        let agrees = (net - want_net).abs() <= penny && (vat - want_vat).abs() <= penny;
        if agrees && !elsewhere && urns.len() == theirs.len() {
            return Some(Step::AcceptHandCredit { urns, units, dispositions });
        }
        let list = urns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let place = if elsewhere { ", on another account" } else { "" };
        self.find(
            Code::CreditedByHandDiffers,
            units.iter().map(|unit| unit.unit.clone()).collect(),
            format!("URN {list}{place}: {net} net and {vat} VAT; due is {want_net} net and {want_vat} VAT"),
        );
        None
    }
}

/// Sales returns in Sage that may still credit the RMA.
pub(super) fn live_returns(documents: &DocumentFacts) -> Vec<&OrderView> {
    let live = |row: &&OrderView| row.document_status != Some(DocumentStatus::Cancelled);
    documents.returns.iter().filter(live).collect()
}
