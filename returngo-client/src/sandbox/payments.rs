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
        self.pay(id, &PAYING, units, Asked::to_payment_method(amount, Payer::AskedByReturnGo))
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
        let transaction = self.pay(id, &PAYING, units, Asked::store_credit(amount))?;
        self.settle_refund(&transaction, true)?;
        Ok(transaction)
    }

    /// Staff ask the customer to pay for an exchange: Requested, and linked to no unit.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Approved, Received, Validated or Done.
    pub fn invoice(&self, id: &RmaId, amount: Decimal) -> Result<TransactionId, SandboxRefusal> {
        self.pay(id, &PAYING, &[], Asked::invoice(amount))
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
        self.pay(id, &PAYING, units, Asked::to_payment_method(amount, Payer::Elsewhere))
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

    /// The customer takes store credit at once, before anything is sent back: paid, with a code that can be spent. Whether
    /// the goods ever come is another matter.
    ///
    /// # Errors
    /// [`SandboxRefusal`] unless Pending or Approved with no parcel that has arrived; for no or foreign units, and for units
    /// that have a refund already.
    pub fn customer_takes_instant_credit(
        &self,
        id: &RmaId,
        units: &[ReturnedItemId],
        amount: Decimal,
    ) -> Result<TransactionId, SandboxRefusal> {
        {
            let world = self.lock();
            let rma = world.rma(id)?;
            let refuse = |why: String| SandboxRefusal::State { action: "taking instant credit", why };
            if let Some(row) = rma.body.shipments.iter().find(|row| ["Received", "Validated"].contains(&row.status)) {
                return Err(refuse(format!("parcel {} is {} already", row.shipment_id, row.status)));
            }
            if let Some(unit) = units.iter().find(|unit| rma.is_refunded(unit.as_str())) {
                return Err(refuse(format!("unit {unit} has a refund already")));
            }
        }
        let before_goods = [RmaStatus::Pending, RmaStatus::Approved];
        let asked = Asked { by: "", ..Asked::store_credit(amount) };
        let transaction = self.pay(id, &before_goods, units, asked)?;
        self.settle_refund(&transaction, true)?;
        Ok(transaction)
    }

    /// Somebody refunds units in the shop, past ReturnGO: no transaction shows it, and ReturnGO no longer asks for a refund
    /// of them by itself.
    ///
    /// # Errors
    /// [`SandboxRefusal`] for no or foreign units.
    pub fn refunded_in_shop(&self, id: &RmaId, units: &[ReturnedItemId]) -> Result<(), SandboxRefusal> {
        let mut world = self.lock();
        let rma = world.rma_mut(id)?;
        rma.check_units(units)?;
        rma.refunded_in_shop.extend(units.iter().map(ToString::to_string));
        Ok(())
    }

    fn pay(
        &self,
        id: &RmaId,
        from: &[RmaStatus],
        units: &[ReturnedItemId],
        mut asked: Asked,
    ) -> Result<TransactionId, SandboxRefusal> {
        let now = self.clock.now();
        let mut world = self.lock();
        let World { rmas, next, .. } = &mut *world;
        let rma = find(rmas, id)?;
        allow("moving money", rma, from)?;
        if asked.kind != "InvoicePayment" {
            rma.check_units(units)?;
        }
        if asked.amount <= Decimal::ZERO {
            return Err(SandboxRefusal::Input(format!("{} is no amount to pay", asked.amount)));
        }
        asked.units = units.iter().map(ToString::to_string).collect();
        let number = rma.ask(now, next, asked);
        TransactionId::new(number.to_string()).map_err(|cause| SandboxRefusal::Input(cause.to_string()))
    }
}

/// When staff can move money.
const PAYING: [RmaStatus; 4] = [RmaStatus::Approved, RmaStatus::Received, RmaStatus::Validated, RmaStatus::Done];

/// Money that is asked for.
pub(super) struct Asked {
    pub(super) units: Vec<String>,
    pub(super) amount: Decimal,
    pub(super) kind: &'static str,
    pub(super) reference: &'static str,
    pub(super) payer: Payer,
    pub(super) by: &'static str,
}

impl Asked {
    fn to_payment_method(amount: Decimal, payer: Payer) -> Self {
        let (kind, reference) = ("RefundToPaymentMethod", "PlatformRefundId");
        Self { units: Vec::new(), amount, kind, reference, payer, by: STAFF }
    }

    fn store_credit(amount: Decimal) -> Self {
        let (kind, reference, payer) = ("RefundToStoreCredit", "StoreCreditCode", Payer::AskedByReturnGo);
        Self { units: Vec::new(), amount, kind, reference, payer, by: STAFF }
    }

    fn invoice(amount: Decimal) -> Self {
        let (kind, reference, payer) = ("InvoicePayment", "InvoicePaymentId", Payer::AskedByReturnGo);
        Self { units: Vec::new(), amount, kind, reference, payer, by: STAFF }
    }
}

impl RmaState {
    /// Some units, and all of this RMA.
    fn check_units(&self, units: &[ReturnedItemId]) -> Result<(), SandboxRefusal> {
        let own = self.units();
        match units.iter().find(|unit| !own.contains(unit)) {
            Some(foreign) => Err(SandboxRefusal::UnknownUnit(foreign.clone())),
            None if units.is_empty() => Err(SandboxRefusal::Input("a refund is for at least one unit".to_owned())),
            None => Ok(()),
        }
    }

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
