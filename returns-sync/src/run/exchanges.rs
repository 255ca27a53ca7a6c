//! The sales orders of exchanges: entered once, when the credit notes of the returned goods stand.

use super::{
    EnteredOrder, Mode, RunError,
    act::{Acted, Acting, FOREIGN_PROOF, Tried, finding},
};
use crate::{
    evidence::{Books, ExchangeRequest, Fresh},
    exception::Code,
    journal::{EnteredExchange, Event, ExchangeIntent, ReturnOutcome, ReturnStage},
    rules::Release,
};
use returngo_client::Rma;
use returns_wire::{Delivery, ErrorKind, report as error_text};
use sage200_client::{CreatedOrder, DeliveryAddress};

impl Acting<'_, '_> {
    /// Credit notes read in this run, intent written, sent once, outcome written.
    pub(super) async fn enter_exchange(
        &mut self,
        rma: &Fresh<Rma>,
        documents: Option<&Fresh<Books>>,
        intent: ExchangeIntent,
        address: &DeliveryAddress,
        releases: &[Release],
        (resend, tried): (bool, &mut Tried),
    ) -> Result<Acted, RunError> {
        let (id, order) = (rma.get().id().clone(), intent.shop_order);
        let units = intent.units.clone();
        let gross = intent.due();
        let problem =
            |code, why| Acted::Enough(Some(finding(rma.get(), code, &units, gross.as_ref().ok().copied(), why)));
        let mut credits = Vec::new();
        for release in releases {
            match self.confirm_credit(rma, documents, release) {
                Ok(credit) => credits.push(credit),
                Err(finding) => return Ok(Acted::Enough(Some(*finding))),
            }
        }
        let Some(site) = self.policy.exchange_site.as_ref() else {
            return Ok(problem(
                Code::ExchangeNotBuilt,
                "where orders of new goods stand in Sage is not chosen".to_owned(),
            ));
        };
        let request = match ExchangeRequest::new(credits, &intent, address, &self.company.tax, site) {
            Ok(request) => request,
            // It was proved not to be in Sage, and can't be sent as it was meant: decide anew.
            Err(why) if resend => {
                let outcome = ReturnOutcome::Abandoned { message: why.to_string() };
                self.book.write(Event::ExchangeEnded { rma: id, order, outcome }).await?;
                return Ok(Acted::Again);
            }
            Err(why) => return Ok(problem(Code::ExchangeNotBuilt, why.to_string())),
        };
        if !tried.0.insert(format!("exchange {order}")) {
            return Ok(Acted::Enough(None));
        }
        if let Some(why) = self.over_cap(gross.clone()) {
            return Ok(problem(Code::CapReached, why));
        }
        let entered = EnteredOrder::new(rma.get(), &intent);
        self.book
            .write(if resend {
                Event::ExchangeResent { rma: id.clone(), order }
            } else {
                Event::ExchangeIntended { rma: id.clone(), intent: Box::new(intent) }
            })
            .await?;
        if self.mode == Mode::Plan {
            self.report.would_exchange.push(entered);
            return Ok(Acted::Enough(None));
        }
        let outcome = self.send_order(request).await;
        let refused = matches!(outcome, ReturnOutcome::Rejected { .. });
        let went = !matches!(outcome, ReturnOutcome::NotSent { .. } | ReturnOutcome::Rejected { .. });
        if let ReturnOutcome::Made { document_no } = &outcome {
            self.report.exchanges.push(EnteredOrder { document_no: document_no.clone(), ..entered });
        }
        self.book.write(Event::ExchangeEnded { rma: id, order, outcome }).await?;
        self.spent.refused = if refused { self.spent.refused + 1 } else { 0 };
        self.report.writes += u32::from(went);
        Ok(Acted::Again)
    }

    /// An order of ours that was found after its answer was lost, for the report.
    pub(super) fn note_exchange(&mut self, rma: &Rma, event: &Event) {
        let Event::ExchangeInSage { order, document_no, .. } = event else { return };
        let known = self.book.state().rma(rma.id()).exchange(*order).and_then(|exchange| exchange.entered.as_ref());
        let lost = |entered: &&EnteredExchange| {
            matches!(entered.stage, ReturnStage::Open(_) | ReturnStage::Made { document_no: None, .. })
        };
        if let Some(entered) = known.filter(lost) {
            let document_no = Some(document_no.clone());
            self.report.exchanges.retain(|told| told.exchange_order != entered.intent.key.as_str());
            let entered = EnteredOrder::new(rma, &entered.intent);
            self.report.exchanges.push(EnteredOrder { document_no, answer_lost: true, ..entered });
        }
    }

    /// Takes the request away: what was sent once can't be sent again.
    async fn send_order(&self, request: ExchangeRequest<'_>) -> ReturnOutcome {
        if request.run() != self.run {
            return ReturnOutcome::NotSent { message: FOREIGN_PROOF.to_owned() };
        }
        let error = match self.systems.sage.create_order(request.draft()).await {
            Ok(CreatedOrder::Made(made)) => return ReturnOutcome::Made { document_no: made.document_no },
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
}
