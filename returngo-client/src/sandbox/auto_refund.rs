//! Refunds that ReturnGO asks for by itself.

use super::{
    payments::Asked,
    rows::{ItemRow, Payer},
    world::{Counters, RmaState, Settings},
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// When ReturnGO asks for refunds by itself, at once and with nobody's further word.
///
/// The real one has this per policy rule, and delays; here all units of all RMAs follow one rule, without delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AutoRefund {
    /// Never: staff refund by hand.
    #[default]
    Off,
    /// On approval, before anything is sent back. The only rule that pays for units that the customer keeps.
    Approved,
    /// When a parcel is on its way, for the units in it.
    InTransit,
    /// When a parcel has arrived, for the units in it.
    Received,
    /// When all shipped units of the RMA are validated, by whomever; for those that are there.
    Validated,
}

/// What may set a refund off.
#[derive(Clone, Copy)]
pub(super) enum Cause<'a> {
    Approved,
    InTransit(&'a str),
    Received(&'a str),
    Inspected,
}

impl RmaState {
    /// Asks for what the shop's rule wants now, as far as it was neither asked for nor paid before.
    pub(super) fn refund_by_rule(
        &mut self,
        now: DateTime<Utc>,
        next: &mut Counters,
        settings: Settings,
        cause: Cause<'_>,
    ) {
        let complete = self.is_inspected();
        let due = |item: &ItemRow| match (settings.auto_refund, cause) {
            (AutoRefund::Approved, Cause::Approved) => true,
            (AutoRefund::InTransit, Cause::InTransit(parcel)) | (AutoRefund::Received, Cause::Received(parcel)) => {
                item.shipment_id == parcel
            }
            (AutoRefund::Validated, Cause::Inspected) => {
                complete && item.is_shipped() && item.item_validation_status_response.is_returned
            }
            _ => false,
        };
        let payer = if settings.notify_only { Payer::Elsewhere } else { Payer::AskedByReturnGo };
        for (kind, reference) in
            [("RefundToPaymentMethod", "PlatformRefundId"), ("RefundToStoreCredit", "StoreCreditCode")]
        {
            let wanted = |item: &&ItemRow| {
                due(item) && item.resolution_type == kind && !self.is_refunded(&item.returned_item_id)
            };
            let items: Vec<_> = self.body.items.iter().filter(wanted).collect();
            let amount: Decimal = items.iter().map(|item| item.refundable()).sum();
            let units: Vec<_> = items.iter().map(|item| item.returned_item_id.clone()).collect();
            if units.is_empty() || amount <= Decimal::ZERO {
                continue;
            }
            let number = self.ask(now, next, Asked { units, amount, kind, reference, payer, by: "Automation" });
            if kind == "RefundToStoreCredit" && payer == Payer::AskedByReturnGo {
                self.settle(now, next, number, true);
            }
        }
    }

    /// Asked for and not failed, or paid in the shop.
    pub(super) fn is_refunded(&self, unit: &str) -> bool {
        let covers = |units: &[String]| units.iter().any(|covered| covered == unit);
        let asked = self.body.transactions.iter().any(|row| row.status != "Failed" && covers(&row.return_item_ids));
        asked || covers(&self.refunded_in_shop)
    }
}

impl ItemRow {
    /// What was paid, less the fee for the unit.
    fn refundable(&self) -> Decimal {
        let tax = if self.tax_included { Decimal::ZERO } else { self.paid_tax.amount };
        self.paid_price.amount + tax - self.restocking_fee
    }
}
