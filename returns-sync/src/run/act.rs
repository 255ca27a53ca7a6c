use super::{MadeRefund, Mode, PostedCredit, Released, RunError, RunReport, Systems, book::Book};
use crate::{
    evidence::{Books, CreditNoteConfirmed, CreditRequest, Fresh, Proof, RefundRelease},
    exception::{Code, Finding},
    journal::{CreditIntent, CreditOutcome, CreditStage, Event, Record, RefundOutcome, RunId},
    policy::Policy,
    rules::{CompanyFacts, Release, Step},
};
use returngo_client::{ReturnedItemId, Rma};
use returns_wire::{Currency, Delivery, ErrorKind, Money, MoneyError, report as error_text};
use sage200_client::{Posted, SecondReference};
use std::collections::BTreeSet;

/// What a step came to.
pub(super) enum Acted {
    /// Done: read and decide again.
    Again,
    /// No more for this RMA in this run, perhaps because of something a person must see.
    Enough(Option<Finding>),
}

/// What this run has posted, against the caps.
pub(super) struct Spent {
    documents: u32,
    value: Money,
    /// Documents that Sage refused, one after the other.
    pub(super) refused: u32,
    /// The same of refunds in the shop.
    refunds: u32,
    refunded: Money,
    pub(super) refunds_refused: u32,
}

/// What was proved by the reads of one run is sent by that run or not at all.
pub(super) const FOREIGN_PROOF: &str = "what proves it was read by another run, which is a defect of this program";

/// So many refusals in a row mean that something is wrong for all: the run posts no more.
const REFUSALS_IN_A_ROW: u32 = 3;

impl Spent {
    pub(super) fn new(currency: Currency) -> Self {
        let nothing = Money::zero(currency);
        Self { documents: 0, value: nothing, refused: 0, refunds: 0, refunded: nothing, refunds_refused: 0 }
    }
}

/// Documents sent in this run, by reference or key: each at most once.
#[derive(Default)]
pub(super) struct Tried(pub(super) BTreeSet<String>);

/// The part of the run that writes.
pub(super) struct Acting<'a, 'j> {
    pub(super) systems: &'a Systems,
    pub(super) policy: &'a Policy,
    pub(super) mode: Mode,
    pub(super) run: RunId,
    pub(super) book: &'a mut Book<'j>,
    pub(super) company: &'a CompanyFacts,
    pub(super) report: &'a mut RunReport,
    pub(super) spent: &'a mut Spent,
}

impl Acting<'_, '_> {
    pub(super) async fn step(
        &mut self,
        rma: &Fresh<Rma>,
        documents: Option<&Fresh<Books>>,
        step: Step,
        tried: &mut Tried,
    ) -> Result<Acted, RunError> {
        let id = rma.get().id().clone();
        let event = match step {
            Step::Credit(intent) => return self.credit(rma, documents, intent, false, tried).await,
            Step::Resend(intent) => return self.credit(rma, documents, intent, true, tried).await,
            Step::Release(release) => return self.release(rma, documents, release).await,
            Step::RefundInShop(release, plan) => return self.refund(rma, documents, release, plan).await,
            Step::ValidateParcel { shipment, releases, worthless } => {
                return self.validate(rma, documents, shipment, &releases, &worthless).await;
            }
            Step::ResendRefund(release, intent) => {
                return self.send_refund(rma, documents, release, intent, true).await;
            }
            Step::NoteRefundMade(number, refund) => {
                let made = self.record(rma).refunds.iter().rev().find(|made| made.intent.number == number);
                if let Some(made) = made {
                    let (order, intent) = (rma.get().order_name().map(str::to_owned), made.intent.clone());
                    let (units, amount, rma) = (intent.units, intent.amount, id.clone());
                    let refund = Some(refund);
                    self.report.refunds_made.push(MadeRefund { rma, order, refund, units, amount, answer_lost: true });
                }
                Event::RefundEnded { rma: id, number, outcome: RefundOutcome::Made { refund: Some(refund) } }
            }
            Step::PrepareReturn { intent, resend } => return self.prepare(rma, intent, resend, tried).await,
            Step::ChangeReturn { key, document, lines, change, resend } => {
                return self.change_return(rma, key, document, lines, change, resend).await;
            }
            Step::EnterExchange { intent, address, releases, resend } => {
                return self.enter_exchange(rma, documents, *intent, &address, &releases, (resend, tried)).await;
            }
            Step::Note(event) => {
                self.note_return(rma.get(), &event);
                self.note_exchange(rma.get(), &event);
                *event
            }
            Step::SeeBaseline => Event::Baseline { rma: id },
            Step::Expect(order, units) => Event::Expected { rma: id, order, units },
            Step::SeeParcel => Event::ParcelSeen { rma: id },
            Step::SeeFinished(finished) => Event::FinishedSeen { rma: id, finished },
            Step::Abandon(second_reference, message) => {
                let outcome = CreditOutcome::Abandoned { message };
                Event::CreditEnded { rma: id, second_reference, outcome }
            }
            Step::NoteNotFound(second_reference) => Event::CreditNotFound { rma: id, second_reference },
            Step::NoteReadBack(second_reference, urn) => {
                self.note_read_back(rma.get(), &second_reference, urn);
                Event::CreditReadBack { rma: id, second_reference, urn }
            }
            Step::AcceptHandCredit { urns, net, vat, units } => {
                Event::CreditedByHand { rma: id, urns, net, vat, units }
            }
            Step::CoverNothing(units) => Event::NothingToCredit { rma: id, units },
            Step::DropHandCredit(urns) => Event::HandCreditGone { rma: id, urns },
            Step::ReportRefund { transaction, refund, amount } => {
                return self.report_refund(id, transaction, refund, amount).await;
            }
            Step::SeeRefund(units) => Event::RefundSeen { rma: id, units },
            Step::Close(status) => {
                let units = rma.get().items.iter().map(|item| item.returned_item_id.clone()).collect();
                Event::Closed { rma: id, status, units }
            }
        };
        self.book.write(event).await?;
        Ok(Acted::Again)
    }

    fn note_read_back(&mut self, rma: &Rma, name: &SecondReference, urn: sage200_client::Urn) {
        let credits = self.book.state().rmas.get(rma.id()).map(|record| &record.credits);
        let Some(credit) =
            credits.and_then(|credits| credits.iter().rev().find(|c| c.intent.second_reference == *name))
        else {
            return;
        };
        let answer_lost = matches!(credit.stage, CreditStage::Open(_) | CreditStage::Posted { urn: None, .. });
        let posted = PostedCredit { answer_lost, ..PostedCredit::new(rma, &credit.intent, Some(urn)) };
        self.report.posted.push(posted);
    }

    /// Receipt proved, intent written, sent once, outcome written.
    async fn credit(
        &mut self,
        rma: &Fresh<Rma>,
        documents: Option<&Fresh<Books>>,
        intent: CreditIntent,
        resend: bool,
        tried: &mut Tried,
    ) -> Result<Acted, RunError> {
        let id = rma.get().id().clone();
        let units: Vec<_> = intent.units.iter().map(|value| value.unit.clone()).collect();
        let problem = |code, facts: String| Finding {
            code,
            rma: Some(id.clone()),
            subject: None,
            order: rma.get().order_name().map(str::to_owned),
            units: units.clone(),
            money_at_risk: intent.gross().ok(),
            facts,
        };
        let nominal = self.policy.nominal.as_ref();
        let request = rma.receipt(&units, &self.proof(rma, documents)).and_then(|receipt| {
            CreditRequest::new(receipt, &intent, &self.company.tax, nominal).map_err(|why| why.to_string())
        });
        let request = match request {
            Ok(request) => request,
            // It was proved not to be in Sage, and can't be sent as it was meant: decide anew.
            Err(message) if resend => {
                let outcome = CreditOutcome::Abandoned { message };
                let second_reference = intent.second_reference;
                self.book.write(Event::CreditEnded { rma: id, second_reference, outcome }).await?;
                return Ok(Acted::Again);
            }
            Err(why) => return Ok(Acted::Enough(Some(problem(Code::CreditNoteNotBuilt, why)))),
        };
        if !tried.0.insert(intent.second_reference.to_string()) {
            return Ok(Acted::Enough(None));
        }
        if let Some(why) = self.over_cap(intent.gross()) {
            return Ok(Acted::Enough(Some(problem(Code::CapReached, why))));
        }
        let second_reference = intent.second_reference.clone();
        let planned = PostedCredit::new(rma.get(), &intent, None);
        self.book
            .write(if resend {
                Event::CreditResent { rma: id.clone(), second_reference: second_reference.clone() }
            } else {
                Event::CreditIntended { rma: id.clone(), intent }
            })
            .await?;
        if self.mode == Mode::Plan {
            // The intent is imagined, so that the next RMA of the same order is planned with what is left.
            self.report.planned.push(planned);
            return Ok(Acted::Enough(None));
        }
        let outcome = self.post(request).await;
        let went = !matches!(outcome, CreditOutcome::NotSent { .. } | CreditOutcome::Rejected { .. });
        let refused = matches!(outcome, CreditOutcome::Rejected { .. });
        self.book.write(Event::CreditEnded { rma: id, second_reference, outcome }).await?;
        self.spent.refused = if refused { self.spent.refused + 1 } else { 0 };
        if went {
            self.report.writes += 1;
        }
        Ok(Acted::Again)
    }

    /// Takes the request away: what was sent once can't be sent again.
    async fn post(&self, request: CreditRequest<'_>) -> CreditOutcome {
        if request.run() != self.run {
            return CreditOutcome::NotSent { message: FOREIGN_PROOF.to_owned() };
        }
        match self.systems.sage.post_credit_note(request.draft()).await {
            Ok(Posted::Urn(urn)) => CreditOutcome::Posted { urn: Some(urn) },
            // Whatever else a success says, it is one.
            Ok(_) => CreditOutcome::Posted { urn: None },
            Err(error) => {
                let message = error_text(&error);
                match error.delivery() {
                    Delivery::NotSent => CreditOutcome::NotSent { message },
                    Delivery::Rejected => {
                        let in_use = error.kind() == ErrorKind::Conflict;
                        CreditOutcome::Rejected { message, in_use }
                    }
                    Delivery::Applied => CreditOutcome::Posted { urn: None },
                    Delivery::Unknown => CreditOutcome::Unknown { message },
                }
            }
        }
    }

    /// Counts a document against the caps, unless it would break one.
    pub(super) fn over_cap(&mut self, gross: Result<Money, MoneyError>) -> Option<String> {
        let caps = &self.policy.caps;
        if self.spent.refused >= REFUSALS_IN_A_ROW {
            return Some(format!("Sage refused {} documents one after the other", self.spent.refused));
        }
        let Ok(value) = gross.and_then(|gross| self.spent.value.checked_add(gross)) else {
            return Some("its value can't be added to the run's".to_owned());
        };
        if self.spent.documents >= caps.documents_per_run {
            return Some(format!("{} documents are allowed per run", caps.documents_per_run));
        }
        if value.amount() > caps.value_per_run.amount() {
            return Some(format!("{} is allowed per run, {value} would be reached", caps.value_per_run));
        }
        self.spent.documents += 1;
        self.spent.value = value;
        None
    }

    /// Counts a refund against the same caps, by itself.
    pub(super) fn refund_over_cap(&mut self, amount: Money) -> Option<String> {
        let caps = &self.policy.caps;
        if self.spent.refunds_refused >= REFUSALS_IN_A_ROW {
            return Some(format!("Shopify refused {} refunds one after the other", self.spent.refunds_refused));
        }
        let Ok(value) = self.spent.refunded.checked_add(amount) else {
            return Some("its amount can't be added to the run's".to_owned());
        };
        if self.spent.refunds >= caps.documents_per_run {
            return Some(format!("{} refunds are allowed per run", caps.documents_per_run));
        }
        if value.amount() > caps.value_per_run.amount() {
            return Some(format!("refunds of {} are allowed per run, {value} would be reached", caps.value_per_run));
        }
        (self.spent.refunds, self.spent.refunded) = (self.spent.refunds + 1, value);
        None
    }

    /// Credit note read in this run, then the release is written.
    async fn release(
        &mut self,
        rma: &Fresh<Rma>,
        documents: Option<&Fresh<Books>>,
        release: Release,
    ) -> Result<Acted, RunError> {
        let release = match self.confirm(rma, documents, &release) {
            Ok(release) => release,
            Err(finding) => return Ok(Acted::Enough(Some(*finding))),
        };
        let released = Released {
            rma: rma.get().id().clone(),
            order: rma.get().order_name().map(str::to_owned),
            units: release.units().cloned().collect(),
            gross: release.gross(),
            urns: release.urns().to_vec(),
        };
        if self.mode == Mode::Plan {
            self.report.would_release.push(released);
            return Ok(Acted::Enough(None));
        }
        self.note_release(release, released).await?;
        Ok(Acted::Again)
    }

    /// The credit note read in this run, for units that are still here: the warehouse may have corrected itself since.
    pub(super) fn confirm(
        &self,
        rma: &Fresh<Rma>,
        documents: Option<&Fresh<Books>>,
        release: &Release,
    ) -> Result<RefundRelease, Box<Finding>> {
        self.confirm_credit(rma, documents, release).map(RefundRelease::new)
    }

    pub(super) fn confirm_credit(
        &self,
        rma: &Fresh<Rma>,
        documents: Option<&Fresh<Books>>,
        release: &Release,
    ) -> Result<CreditNoteConfirmed, Box<Finding>> {
        let units = release.units();
        let confirmed = self.credited(rma, documents, release);
        let confirmed = rma.receipt(units, &self.proof(rma, documents)).and(confirmed);
        confirmed.map_err(|why| Box::new(finding(rma.get(), Code::CreditedButChanged, units, None, why)))
    }

    fn credited(
        &self,
        rma: &Fresh<Rma>,
        documents: Option<&Fresh<Books>>,
        release: &Release,
    ) -> Result<CreditNoteConfirmed, String> {
        let books = documents.ok_or("Sage's books were not read")?;
        match release {
            Release::Ours { intent, units } => books.credited(intent, units),
            Release::ByHand { urns, covers, units } => books.credited_by_hand(urns, covers, units),
            Release::ByReturn { key, credit, units } => {
                let of = self.record(rma).returns.iter().rev().find(|of| of.intent.key == *key);
                books.credited_by_return(of.ok_or_else(|| format!("there is no sales return {key}"))?, credit, units)
            }
        }
    }

    fn record(&self, rma: &Fresh<Rma>) -> &Record {
        self.book.state().rma(rma.get().id())
    }

    pub(super) fn proof<'p>(&'p self, rma: &Fresh<Rma>, books: Option<&'p Fresh<Books>>) -> Proof<'p> {
        Proof { policy: self.policy, record: self.record(rma), books }
    }

    /// Takes the release away: what was released once can't be released again.
    async fn note_release(&mut self, release: RefundRelease, released: Released) -> Result<(), RunError> {
        let (units, gross) = (released.units.clone(), release.gross());
        self.book.write(Event::RefundReleased { rma: release.rma().clone(), units, gross }).await?;
        self.report.released.push(released);
        Ok(())
    }
}

pub(super) fn finding(
    rma: &Rma,
    code: Code,
    units: &[ReturnedItemId],
    money_at_risk: Option<Money>,
    facts: String,
) -> Finding {
    Finding {
        rma: Some(rma.id().clone()),
        order: rma.order_name().map(str::to_owned),
        units: units.to_vec(),
        money_at_risk,
        ..Finding::of_the_run(code, facts)
    }
}
