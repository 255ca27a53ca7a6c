//! Money, as people and the shop move it. Whoever pays, the transaction is ReturnGO's own.

use super::{
    ReturnGoSandbox, SandboxRefusal,
    people::{STAFF, allow, find},
    rows::{MoneyRow, Payer, TransactionRow},
    world::{Counters, RmaState, World, take},
};
use crate::{ReturnedItemId, RmaId, RmaStatus, TransactionId};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

impl ReturnGoSandbox {
    /// Staff ask for a refund to the payment method, of any amount. It is Requested until
    /// [settled](Self::settle_refund); the timeline speaks of it at once.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Approved, Received, Validated or Done, and for no or foreign units.
    pub fn staff_refund(
        &self,
        id: &RmaId,
        units: &[ReturnedItemId],
        amount: Decimal,
    ) -> Result<TransactionId, SandboxRefusal> {
        self.pay(id, units, amount, "RefundToPaymentMethod", "PlatformRefundId", Payer::AskedByReturnGo)
    }

    /// The same, for a refund that the shop has made under this number.
    ///
    /// # Errors
    /// As [`staff_refund`](Self::staff_refund).
    pub fn staff_refund_as(
        &self,
        id: &RmaId,
        units: &[ReturnedItemId],
        amount: Decimal,
        platform_refund_id: &str,
    ) -> Result<TransactionId, SandboxRefusal> {
        let transaction = self.staff_refund(id, units, amount)?;
        let mut world = self.lock();
        let rma = world.rma_mut(id)?;
        let same = |row: &&mut TransactionRow| row.id.to_string() == transaction.as_str();
        if let Some(row) = rma.body.transactions.iter_mut().find(same) {
            row.external_reference_id = Some(platform_refund_id.to_owned());
        }
        Ok(transaction)
    }

    /// Staff give store credit: paid at once, with a code that can be spent.
    ///
    /// # Errors
    /// As [`staff_refund`](Self::staff_refund).
    pub fn store_credit_refund(
        &self,
        id: &RmaId,
        units: &[ReturnedItemId],
        amount: Decimal,
    ) -> Result<TransactionId, SandboxRefusal> {
        let transaction =
            self.pay(id, units, amount, "RefundToStoreCredit", "StoreCreditCode", Payer::AskedByReturnGo)?;
        self.settle_refund(&transaction, true)?;
        Ok(transaction)
    }

    /// Staff ask the customer to pay for an exchange: Requested, and linked to no unit.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Approved, Received, Validated or Done.
    pub fn invoice(&self, id: &RmaId, amount: Decimal) -> Result<TransactionId, SandboxRefusal> {
        self.pay(id, &[], amount, "InvoicePayment", "InvoicePaymentId", Payer::AskedByReturnGo)
    }

    /// ReturnGO asks for a refund and pays nothing itself, as in its Notify-Only mode: Requested, without a reference.
    /// Another system pays and reports with `PUT /transaction/{id}`, which is not possible for any other transaction
    /// here. Staff may also mark it by hand as [settled](Self::settle_refund); it then names no refund.
    ///
    /// # Errors
    /// As [`staff_refund`](Self::staff_refund).
    pub fn request_refund(
        &self,
        id: &RmaId,
        units: &[ReturnedItemId],
        amount: Decimal,
    ) -> Result<TransactionId, SandboxRefusal> {
        self.pay(id, units, amount, "RefundToPaymentMethod", "PlatformRefundId", Payer::Elsewhere)
    }

    /// The shop's answer to a request for money, hours later: Success or Failed. Only the transaction's own
    /// `lastUpdated` moves. A failure adds an error comment.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Requested.
    pub fn settle_refund(&self, id: &TransactionId, ok: bool) -> Result<(), SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let World { rmas, next, .. } = &mut *world;
        for rma in rmas {
            let matching = |row: &&TransactionRow| row.id.to_string() == id.as_str();
            let Some(row) = rma.body.transactions.iter().find(matching) else { continue };
            if row.status != "Requested" {
                let why = format!("transaction {id} is {} already", row.status);
                return Err(SandboxRefusal::State { action: "settling", why });
            }
            let number = row.id;
            rma.settle(now, next, number, ok);
            return Ok(());
        }
        Err(SandboxRefusal::UnknownTransaction(id.clone()))
    }

    fn pay(
        &self,
        id: &RmaId,
        units: &[ReturnedItemId],
        amount: Decimal,
        kind: &'static str,
        reference: &'static str,
        payer: Payer,
    ) -> Result<TransactionId, SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let World { rmas, next, .. } = &mut *world;
        let rma = find(rmas, id)?;
        let paying = [RmaStatus::Approved, RmaStatus::Received, RmaStatus::Validated, RmaStatus::Done];
        allow("moving money", rma, &paying)?;
        let own = rma.units();
        if let Some(foreign) = units.iter().find(|unit| !own.contains(unit)) {
            return Err(SandboxRefusal::UnknownUnit(foreign.clone()));
        }
        if units.is_empty() && kind != "InvoicePayment" {
            return Err(SandboxRefusal::Input("a refund is for at least one unit".to_owned()));
        }
        if amount <= Decimal::ZERO {
            return Err(SandboxRefusal::Input(format!("{amount} is no amount to pay")));
        }
        let units = units.iter().map(ToString::to_string).collect();
        let number = rma.ask(now, next, Asked { units, amount, kind, reference, payer, by: STAFF });
        TransactionId::new(number.to_string()).map_err(|cause| SandboxRefusal::Input(cause.to_string()))
    }
}

/// Money that is asked for.
pub(super) struct Asked {
    pub(super) units: Vec<String>,
    pub(super) amount: Decimal,
    pub(super) kind: &'static str,
    pub(super) reference: &'static str,
    pub(super) payer: Payer,
    pub(super) by: &'static str,
}

impl RmaState {
    /// A new transaction, Requested; the timeline speaks of it at once.
    pub(super) fn ask(&mut self, now: DateTime<Utc>, next: &mut Counters, asked: Asked) -> u64 {
        let currency = self.body.items.first().map(|item| item.paid_price.currency.clone()).unwrap_or_default();
        let number = take(&mut next.transaction);
        let what = if asked.units.is_empty() { "Invoice amount" } else { "Total refund amount" };
        let text = format!("{what} {} {currency}. Transaction ID: {number}", asked.amount.normalize());
        self.body.transactions.push(TransactionRow {
            id: number,
            kind: asked.kind,
            external_reference_id: None,
            external_reference_type: asked.reference,
            amount: MoneyRow::new(asked.amount, &currency),
            status: "Requested",
            processor: "Shopify",
            payer: asked.payer,
            bank_account_details: (),
            return_item_ids: asked.units,
            created_at: now,
            last_updated: now,
        });
        self.comment(now, "system", asked.by, text);
        number
    }

    /// A transaction comes to its end, with the reference that the shop gives.
    pub(super) fn settle(&mut self, now: DateTime<Utc>, next: &mut Counters, transaction: u64, ok: bool) {
        let unnamed = |row: &&mut TransactionRow| row.id == transaction && row.external_reference_id.is_none();
        if let Some(row) = self.body.transactions.iter_mut().find(unnamed)
            && ok
            && row.payer == Payer::AskedByReturnGo
        {
            row.external_reference_id = Some(match row.external_reference_type {
                // One code for each customer, used again and again.
                "StoreCreditCode" => "CREDIT-PETRA-7Q".to_owned(),
                _ => take(&mut next.reference).to_string(),
            });
        }
        self.conclude(now, transaction, ok);
    }
}
