//! Sales returns whose units a person has settled: watched until they are complete or gone, because people and batches in Sage
//! may go on with them.

use super::{
    CreditBook, DocumentFacts, Effect, ReturnBook,
    decide::{Deciding, Next},
    return_books::compare,
    sales_returns::{name, note, units_of},
    settle::{Look, look_again},
};
use crate::{
    exception::{Code, Finding},
    journal::{Event, PreparedReturn, ReturnStage},
};
use chrono_tz::Europe::London;
use returngo_client::ReturnedItemId;
use returns_wire::Money;
use sage200_client::{DocumentStatus, Urn};

impl<'f> Deciding<'f> {
    /// A return all of whose units a person has settled. What nobody has touched is taken off.
    pub(super) fn settled_return(&mut self, of: &'f PreparedReturn, documents: &'f DocumentFacts) -> Option<Next> {
        let (rma, key) = (self.facts.rma.id().clone(), of.intent.key.clone());
        let book = documents.books.iter().find(|book| book.key == of.intent.key);
        let shown = book.map(|book| book.documents.as_slice()).unwrap_or_default();
        let (Some(book), [document]) = (book, shown) else {
            if shown.len() > 1 {
                let text = format!("{} documents in Sage carry {key}", shown.len());
                self.find(Code::SettledButOpen, units_of(of), text);
                return None;
            }
            let until = match &of.stage {
                ReturnStage::Open(lookup) => match look_again(*lookup, of.sent_at, self.policy.settle, self.now) {
                    Look::SendAgain => return note(Event::ReturnLeft { rma, key }),
                    Look::Now => return note(Event::ReturnNotFound { rma, key }),
                    Look::At(until) => until,
                },
                ReturnStage::Made { at, .. } if self.now - *at < self.policy.settle => *at + self.policy.settle,
                _ => return note(Event::ReturnLeft { rma, key }),
            };
            self.wait_ours(format!("Sage to show {}, whose units are settled", name(of)), Some(until));
            return None;
        };
        let document_no = document.document_no.clone().unwrap_or_default().trim().to_owned();
        if !matches!(&of.stage, ReturnStage::Found { document_no: known } if *known == document_no) {
            return note(Event::ReturnFound { rma, key, document_no });
        }
        let told = self.credited_after_settling(of, book);
        if document.document_status == Some(DocumentStatus::Complete) {
            return if told { None } else { note(Event::ReturnLeft { rma, key }) };
        }
        let text = match compare(&of.intent, of.units(), &book.lines) {
            Ok(groups) => {
                let next = self.goods_received(of, &groups).or_else(|| self.take_off(of, &groups, document.id));
                if next.is_some() {
                    return next;
                }
                format!("{}: goods are received on it", name(of))
            }
            Err(differs) => format!("{}: {}", name(of), differs.text),
        };
        self.find(Code::SettledButOpen, units_of(of), text);
        None
    }

    /// Tells credit notes that were posted from a return on the day when its units were settled, or later.
    fn credited_after_settling(&mut self, of: &'f PreparedReturn, book: &ReturnBook) -> bool {
        let since = &self.facts.record().settled_since;
        let settled = of.uncredited().filter_map(|unit| since.get(&unit.value.unit)).max();
        let settled = settled.map(|at| at.with_timezone(&London).date_naive());
        let known = |credit: &&CreditBook| of.credits.iter().any(|(_, known)| known.credit_note == credit.number);
        let mut told = false;
        for credit in book.credits.iter().filter(|credit| !known(credit)) {
            // A document may bear an earlier date than the day on which it was posted.
            let posted = credit.ledger.iter().filter_map(|row| row.posted_date.max(row.transaction_date)).max();
            if posted.zip(settled).is_some_and(|(posted, settled)| posted < settled) {
                continue;
            }
            told |= self.find_credited_after_settling(of, credit, units_of(of));
        }
        told
    }

    /// The same for credit notes that were noted while other units of their return were open.
    pub(super) fn watch_settled(&mut self) {
        let (record, documents) = (self.facts.record(), self.facts.documents);
        for (of, credit) in record.credited_after_settling() {
            let book = documents.and_then(|documents| documents.books.iter().find(|book| book.key == of.intent.key));
            let read = book.and_then(|book| book.credits.iter().find(|read| read.number == credit.credit_note));
            let settled = credit.units.iter().map(|(unit, _)| unit).filter(|unit| record.settled.contains(*unit));
            let units = settled.cloned().collect();
            if let Some(read) = read {
                self.find_credited_after_settling(of, read, units);
            }
        }
    }

    /// Tells it, unless it is taken back, or a person answers for it.
    fn find_credited_after_settling(
        &mut self,
        of: &PreparedReturn,
        credit: &CreditBook,
        units: Vec<ReturnedItemId>,
    ) -> bool {
        let effect = Effect::of(credit.ledger.iter());
        let adopted = |urn: &Urn| self.facts.state.adopted.contains_key(&format!("URN {urn}"));
        let taken_back = effect.readable && effect.net.is_zero() && effect.vat.is_zero();
        if effect.credits.is_empty() || taken_back || effect.credits.iter().all(adopted) {
            return false;
        }
        let text = format!("{}: credit note {}, {effect}", name(of), credit.number);
        let rma = self.facts.rma;
        self.findings.push(Finding {
            rma: Some(rma.id().clone()),
            // By this it is adopted.
            subject: effect.credits.first().map(|urn| format!("URN {urn}")),
            order: rma.order_name().map(str::to_owned),
            units,
            money_at_risk: Money::new(effect.net + effect.vat, self.policy.currency).ok(),
            ..Finding::of_the_run(Code::SettledButCredited, text)
        });
        true
    }

    /// Tells settled units of a return that goes on, for which goods are received.
    pub(super) fn settled_goods(&mut self, of: &PreparedReturn) -> Option<Next> {
        let settled = &self.facts.record().settled;
        let here = of.uncredited().map(|unit| &unit.value.unit);
        let here = here.filter(|unit| settled.contains(*unit) && of.received.contains_key(*unit));
        let units: Vec<_> = here.cloned().collect();
        if !units.is_empty() {
            self.find(Code::SettledButOpen, units, format!("{}: goods of them are received on it", name(of)));
        }
        None
    }
}
