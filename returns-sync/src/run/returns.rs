//! Sales returns: entered, changed, and what people did on them.

use super::{
    Mode, PostedCredit, PreparedDocument, RunError,
    act::{Acted, Acting, Tried, finding},
};
use crate::{
    evidence::Fresh,
    exception::Code,
    journal::{ChangeOutcome, Event, ReturnChange, ReturnIntent, ReturnOutcome},
    rules::return_draft,
};
use returngo_client::Rma;
use returns_wire::{Delivery, Error, ErrorKind, report as error_text};
use sage200_client::{
    AmendmentParts, AnalysisCodes, CreatedReturn, CustomerDocumentNo, Id, LineChange, Order, OrderLine,
    ReturnAmendment, ReturnDraft,
};

impl Acting<'_, '_> {
    /// Intent written, sent once, outcome written.
    pub(super) async fn prepare(
        &mut self,
        rma: &Fresh<Rma>,
        intent: ReturnIntent,
        resend: bool,
        tried: &mut Tried,
    ) -> Result<Acted, RunError> {
        let (id, key) = (rma.get().id().clone(), intent.key.clone());
        let units: Vec<_> = intent.values().map(|value| value.unit.clone()).collect();
        let problem = |code, why| Acted::Enough(Some(finding(rma.get(), code, &units, intent.gross().ok(), why)));
        if !tried.0.insert(key.to_string()) {
            return Ok(Acted::Enough(None));
        }
        let draft = match return_draft(&intent, &self.company.tax, self.policy) {
            Ok(draft) => draft,
            // It was proved not to be in Sage, and can't be sent as it was meant: decide anew.
            Err(message) if resend => {
                let outcome = ReturnOutcome::Abandoned { message };
                self.book.write(Event::ReturnEnded { rma: id, key, outcome }).await?;
                return Ok(Acted::Again);
            }
            Err(why) => return Ok(problem(Code::ReturnNotBuilt, why)),
        };
        if let Some(why) = self.over_cap(intent.gross()) {
            return Ok(problem(Code::CapReached, why));
        }
        let prepared = PreparedDocument::new(rma.get(), &intent);
        self.book
            .write(if resend {
                Event::ReturnResent { rma: id.clone(), key: key.clone() }
            } else {
                Event::ReturnIntended { rma: id.clone(), intent }
            })
            .await?;
        if self.mode == Mode::Plan {
            self.report.would_prepare.push(prepared);
            return Ok(Acted::Enough(None));
        }
        let outcome = self.enter(draft).await;
        let refused = matches!(outcome, ReturnOutcome::Rejected { .. });
        let went = !matches!(outcome, ReturnOutcome::NotSent { .. } | ReturnOutcome::Rejected { .. });
        if let ReturnOutcome::Made { document_no } = &outcome {
            self.report.prepared.push(PreparedDocument { document_no: document_no.clone(), ..prepared });
        }
        self.book.write(Event::ReturnEnded { rma: id, key, outcome }).await?;
        self.spent.refused = if refused { self.spent.refused + 1 } else { 0 };
        self.report.writes += u32::from(went);
        Ok(Acted::Again)
    }

    /// Takes the draft away: what was sent once can't be sent again.
    async fn enter(&self, draft: ReturnDraft<'_>) -> ReturnOutcome {
        let error = match self.systems.sage.create_return(&draft).await {
            Ok(CreatedReturn::Made(made)) => return ReturnOutcome::Made { document_no: made.document_no },
            // Whatever else a success says, it is one.
            Ok(_) => return ReturnOutcome::Made { document_no: None },
            Err(error) => error,
        };
        let message = error_text(&error);
        match error.delivery() {
            Delivery::NotSent => ReturnOutcome::NotSent { message },
            Delivery::Rejected => ReturnOutcome::Rejected { message, in_use: error.kind() == ErrorKind::Conflict },
            Delivery::Applied => ReturnOutcome::Made { document_no: None },
            Delivery::Unknown => ReturnOutcome::Unknown { message },
        }
    }

    /// Units taken off a return on which nothing is received for them, or all of it deleted. Sent again it has no other
    /// effect, and Sage refuses it once goods are received.
    pub(super) async fn change_return(
        &mut self,
        rma: &Fresh<Rma>,
        key: CustomerDocumentNo,
        document: Id<Order>,
        lines: Vec<Id<OrderLine>>,
        change: ReturnChange,
        resend: bool,
    ) -> Result<Acted, RunError> {
        let id = rma.get().id().clone();
        let customer = self.book.state().rmas.get(&id).and_then(|record| {
            Some(record.returns.iter().rev().find(|of| of.intent.key == key)?.intent.order.customer)
        });
        let amendment = match (&change, customer) {
            (ReturnChange::Delete { .. }, _) => None,
            (ReturnChange::Drop { .. }, None) => return Ok(Acted::Enough(None)),
            (ReturnChange::Drop { units, .. }, Some(customer)) => {
                let lines = lines.into_iter().map(LineChange::Delete).collect();
                let parts = AmendmentParts {
                    customer,
                    customer_document_no: None,
                    analysis_codes: AnalysisCodes::new(),
                    lines,
                };
                match ReturnAmendment::new(parts) {
                    Ok(amendment) => Some(amendment),
                    Err(faults) => {
                        let why = faults.to_string();
                        return Ok(Acted::Enough(Some(finding(rma.get(), Code::ReturnNotBuilt, units, None, why))));
                    }
                }
            }
        };
        let text = format!("{key}: {}", change.why());
        self.book.write(Event::ReturnChangeIntended { rma: id.clone(), key: key.clone(), change }).await?;
        if self.mode == Mode::Plan {
            self.report.would_change.push(text);
            return Ok(Acted::Enough(None));
        }
        let sage = &self.systems.sage;
        let answer = match &amendment {
            Some(amendment) => sage.amend_return(document, amendment).await,
            None => sage.delete_return(document).await,
        };
        let outcome = change_outcome(answer);
        if !matches!(outcome, ChangeOutcome::NotSent { .. } | ChangeOutcome::Rejected { .. }) {
            self.report.writes += 1;
            if !resend {
                self.report.changed.push(text);
            }
        }
        self.book.write(Event::ReturnChangeEnded { rma: id, key, outcome }).await?;
        Ok(Acted::Again)
    }

    /// What people did in Sage, for the report.
    pub(super) fn note_return(&mut self, rma: &Rma, event: &Event) {
        let Event::ReturnCredited { key, credit, .. } = event else { return };
        let record = self.book.state().rmas.get(rma.id());
        let of = record.and_then(|record| record.returns.iter().rev().find(|of| of.intent.key == *key));
        if let Some(of) = of {
            self.report.posted.push(PostedCredit::of_return(rma, of, credit));
        }
    }
}

fn change_outcome(answer: Result<(), Error>) -> ChangeOutcome {
    let Err(error) = answer else { return ChangeOutcome::Taken };
    let message = error_text(&error);
    match error.delivery() {
        Delivery::NotSent => ChangeOutcome::NotSent { message },
        Delivery::Rejected => ChangeOutcome::Rejected { message },
        Delivery::Applied => ChangeOutcome::Taken,
        Delivery::Unknown => ChangeOutcome::Unknown { message },
    }
}
