//! Refunds in the shop: made once, and told to ReturnGO where it asked for them.

use super::{
    MadeRefund, Mode, Released, ReportedRefund, RunError,
    act::{Acted, Acting, FOREIGN_PROOF, finding},
};
use crate::{
    evidence::{Books, Fresh, RefundRelease, ShopRefundRequest, ValidationRequest},
    exception::Code,
    journal::{Event, RefundIntent, RefundOutcome, Repayment, ReportEnd},
    rules::{RefundPlan, Release},
};
use returngo_client::{ReturnedItemId, Rma, RmaId, ShipmentId, TransactionId, TransactionReport};
use returns_wire::{Delivery, ErrorKind, Money, report as error_text};
use rust_decimal::Decimal;
use shopify_returns::{RefundId, SuggestedRefund};

impl Acting<'_, '_> {
    /// Asks the shop which payments the refund goes back to, writes the intent, sends it once, writes the outcome.
    pub(super) async fn refund(
        &mut self,
        rma: &Fresh<Rma>,
        documents: Option<&Fresh<Books>>,
        release: Release,
        plan: RefundPlan,
    ) -> Result<Acted, RunError> {
        let id = rma.get().id();
        let Some(shopify) = &self.systems.shopify else { return Ok(Acted::Enough(None)) };
        let problem =
            |code, facts| Acted::Enough(Some(finding(rma.get(), code, &plan.units, Some(plan.amount), facts)));
        let suggested = match shopify.suggested_refund(plan.order, &plan.lines).await {
            Ok(suggested) => suggested,
            Err(error) => return Ok(problem(Code::ReadFailed, error_text(&error))),
        };
        let payments = match repayments(&suggested, &plan) {
            Ok(payments) => payments,
            Err(why) => return Ok(problem(Code::RefundNotBuilt, why)),
        };
        let (key, marker) = RefundIntent::names(self.systems.returngo.shop(), id, plan.number);
        let RefundPlan { number, order, units, lines, amount, kept: _ } = plan;
        let intent = RefundIntent { number, key, marker, order, units, lines, payments, amount };
        self.send_refund(rma, documents, release, intent, false).await
    }

    /// The credit note read in this run, the intent written, the refund sent once, the outcome written.
    pub(super) async fn send_refund(
        &mut self,
        rma: &Fresh<Rma>,
        documents: Option<&Fresh<Books>>,
        release: Release,
        intent: RefundIntent,
        resend: bool,
    ) -> Result<Acted, RunError> {
        let id = rma.get().id().clone();
        let release = match self.confirm(rma, documents, &release) {
            Ok(release) => release,
            Err(finding) => return Ok(Acted::Enough(Some(*finding))),
        };
        let request = match ShopRefundRequest::new(release, &intent) {
            Ok(request) => request,
            Err(why) => {
                let why = why.to_string();
                return Ok(Acted::Enough(Some(finding(
                    rma.get(),
                    Code::RefundNotBuilt,
                    &intent.units,
                    Some(intent.amount),
                    why,
                ))));
            }
        };
        let number = intent.number;
        let made = MadeRefund {
            rma: id.clone(),
            order: rma.get().order_name().map(str::to_owned),
            refund: None,
            units: intent.units.clone(),
            amount: intent.amount,
            answer_lost: false,
        };
        if let Some(why) = self.refund_over_cap(intent.amount) {
            return Ok(Acted::Enough(Some(finding(
                rma.get(),
                Code::CapReached,
                &intent.units,
                Some(intent.amount),
                why,
            ))));
        }
        self.book
            .write(if resend {
                Event::RefundResent { rma: id.clone(), number }
            } else {
                Event::RefundIntended { rma: id.clone(), intent }
            })
            .await?;
        if self.mode == Mode::Plan {
            self.report.would_refund.push(made);
            return Ok(Acted::Enough(None));
        }
        let outcome = self.create_refund(request).await;
        let refused = matches!(outcome, RefundOutcome::Rejected { .. });
        self.spent.refunds_refused = if refused { self.spent.refunds_refused + 1 } else { 0 };
        if let RefundOutcome::Made { refund: Some(refund) } = &outcome {
            self.report.refunds_made.push(MadeRefund { refund: Some(*refund), ..made });
        }
        self.report.shop_writes +=
            u32::from(!matches!(outcome, RefundOutcome::NotSent { .. } | RefundOutcome::Rejected { .. }));
        let lost = matches!(outcome, RefundOutcome::Unknown { .. } | RefundOutcome::Made { refund: None });
        self.book.write(Event::RefundEnded { rma: id, number, outcome }).await?;
        Ok(if lost { Acted::Enough(None) } else { Acted::Again })
    }

    /// Takes the request away: what was asked for once can't be asked for again.
    async fn create_refund(&self, request: ShopRefundRequest) -> RefundOutcome {
        if request.run() != self.run {
            return RefundOutcome::NotSent { message: FOREIGN_PROOF.to_owned() };
        }
        let Some(shopify) = &self.systems.shopify else {
            return RefundOutcome::NotSent { message: "Shopify is not connected".to_owned() };
        };
        match shopify.create_refund(request.draft(), request.key()).await {
            Ok(refund) => RefundOutcome::Made { refund: Some(refund.id) },
            Err(error) => {
                let message = error_text(&error);
                match error.delivery() {
                    Delivery::NotSent => RefundOutcome::NotSent { message },
                    Delivery::Rejected => RefundOutcome::Rejected { message },
                    Delivery::Applied => RefundOutcome::Made { refund: None },
                    Delivery::Unknown => RefundOutcome::Unknown { message },
                }
            }
        }
    }

    /// The credit notes of a parcel's units read in this run, the intent written, ReturnGO told once, the outcome written.
    pub(super) async fn validate(
        &mut self,
        rma: &Fresh<Rma>,
        documents: Option<&Fresh<Books>>,
        shipment: ShipmentId,
        releases: &[Release],
        worthless: &[ReturnedItemId],
    ) -> Result<Acted, RunError> {
        let id = rma.get().id().clone();
        let mut confirmed = Vec::new();
        for release in releases {
            match self.confirm(rma, documents, release) {
                Ok(release) => confirmed.push(release),
                Err(finding) => return Ok(Acted::Enough(Some(*finding))),
            }
        }
        let units: Vec<_> = releases.iter().flat_map(|release| release.units().iter().cloned()).collect();
        let gross = confirmed.iter().map(RefundRelease::gross).map(Ok).reduce(|sum, more| sum?.checked_add(more?));
        let gross = gross.and_then(Result::ok);
        let problem = |code, why| Acted::Enough(Some(finding(rma.get(), code, &units, gross, why)));
        let urns = confirmed.iter().flat_map(|release| release.urns().to_vec()).collect();
        let worthless = rma.nothing_to_credit(worthless, &self.proof(rma, documents));
        let request = worthless.and_then(|worthless| {
            ValidationRequest::new(confirmed, worthless, rma.get(), &shipment).map_err(|why| why.to_string())
        });
        let request = match request {
            Ok(request) => request,
            Err(why) => return Ok(problem(Code::ReturnGoDoesNotPay, why)),
        };
        let Some(amount) = gross else {
            return Ok(problem(Code::ReturnGoDoesNotPay, "its amount can't be added up".to_owned()));
        };
        if let Some(why) = self.refund_over_cap(amount) {
            return Ok(problem(Code::CapReached, why));
        }
        let order = rma.get().order_name().map(str::to_owned);
        let released = Released { rma: id.clone(), order, units: units.clone(), gross: amount, urns };
        let intended = Event::ValidationIntended { rma: id.clone(), shipment: shipment.clone(), units };
        self.book.write(intended).await?;
        if self.mode == Mode::Plan {
            self.report.would_release.push(released);
            return Ok(Acted::Enough(None));
        }
        let outcome = self.tell_validated(request).await;
        self.report.released.push(released);
        self.book.write(Event::ValidationEnded { rma: id, shipment, outcome }).await?;
        // What came of it is seen when the RMA is read again.
        Ok(Acted::Enough(None))
    }

    /// Takes the request away: what was said once can't be said again.
    async fn tell_validated(&self, request: ValidationRequest) -> ReportEnd {
        if request.run() != self.run {
            return ReportEnd::NotSent { message: FOREIGN_PROOF.to_owned() };
        }
        let Err(error) = self.systems.returngo.shipments().validate(request.draft()).await else {
            return ReportEnd::Taken;
        };
        let message = error_text(&error);
        match error.delivery() {
            Delivery::Applied => ReportEnd::Taken,
            Delivery::Rejected => ReportEnd::Refused { message },
            Delivery::NotSent => ReportEnd::NotSent { message },
            Delivery::Unknown => ReportEnd::Unknown { message },
        }
    }

    /// Tells ReturnGO about a refund that it asked for. It moves no money; what came of it is read from the transaction.
    pub(super) async fn report_refund(
        &mut self,
        rma: RmaId,
        transaction: TransactionId,
        refund: RefundId,
        amount: Money,
    ) -> Result<Acted, RunError> {
        if self.mode == Mode::Plan {
            return Ok(Acted::Enough(None));
        }
        let intended = Event::ReportIntended { rma: rma.clone(), transaction: transaction.clone(), refund };
        self.book.write(intended).await?;
        let outcome = self.tell_returngo(&transaction, refund, amount).await;
        if outcome == ReportEnd::Taken {
            let told = ReportedRefund { rma: rma.clone(), transaction: transaction.clone(), refund, amount };
            self.report.refunds_reported.push(told);
        }
        self.book.write(Event::ReportEnded { rma, transaction, outcome }).await?;
        Ok(Acted::Again)
    }

    async fn tell_returngo(&self, transaction: &TransactionId, refund: RefundId, amount: Money) -> ReportEnd {
        let report = TransactionReport::success(&refund.to_string()).and_then(|report| report.with_amount(amount));
        let report = match report {
            Ok(report) => report,
            Err(error) => return ReportEnd::Refused { message: error.to_string() },
        };
        let transactions = self.systems.returngo.transactions();
        let Err(error) = transactions.report(transaction, &report, &*self.systems.reports).await else {
            return ReportEnd::Taken;
        };
        let message = error_text(&error);
        match error.delivery() {
            Delivery::Applied => ReportEnd::Taken,
            Delivery::Rejected => ReportEnd::Refused { message },
            // A form that can't be said is no passing trouble.
            Delivery::NotSent if error.kind() == ErrorKind::Invalid => ReportEnd::Refused { message },
            Delivery::NotSent => ReportEnd::NotSent { message },
            Delivery::Unknown => ReportEnd::Unknown { message },
        }
    }
}

/// Which payments a refund goes back to: as the shop suggests it, as much as was credited and not a penny more.
fn repayments(suggested: &SuggestedRefund, plan: &RefundPlan) -> Result<Vec<Repayment>, String> {
    let units: u32 = plan.lines.iter().map(|(_, count)| count).sum();
    let pennies = plan.amount.currency().smallest() * Decimal::from(units);
    let fees = if plan.kept.is_zero() { String::new() } else { format!(", fees kept are {}", plan.kept) };
    let differs = || format!("credited are {}{fees}, Shopify would refund {}", plan.amount, suggested.amount.shop);
    if (suggested.amount.shop.amount() - plan.kept.amount() - plan.amount.amount()).abs() > pennies {
        return Err(differs());
    }
    // As suggested; what a fee or a penny makes of it is taken off, or put on, at the last payments.
    let known = suggested.transactions.iter().filter_map(|part| Some((part, part.parent?, part.gateway.clone()?)));
    let known: Vec<_> = known.collect();
    let mut amounts: Vec<Decimal> = known.iter().map(|(part, ..)| part.amount.shop.amount()).collect();
    let mut left = plan.amount.amount() - amounts.iter().sum::<Decimal>();
    for ((part, ..), amount) in known.iter().zip(&mut amounts).rev() {
        let most = part.maximum.map_or(*amount, |maximum| maximum.shop.amount());
        let changed = (*amount + left).max(Decimal::ZERO).min(most.max(*amount));
        left -= changed - *amount;
        *amount = changed;
    }
    let mut payments = Vec::new();
    for ((_, parent, gateway), amount) in known.into_iter().zip(amounts) {
        if amount > Decimal::ZERO {
            let amount = Money::new(amount, plan.amount.currency()).map_err(|error| error.to_string())?;
            payments.push(Repayment { parent, gateway, amount });
        }
    }
    if left.is_zero() { Ok(payments) } else { Err(format!("{}; its payments leave {left} uncovered", differs())) }
}
