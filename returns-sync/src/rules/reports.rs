//! Telling ReturnGO about refunds that it asked for and we have made.

use super::{
    Standing, Step,
    decide::{Deciding, Next},
    refunds,
    units::{self, UnitState},
};
use crate::{
    exception::Code,
    journal::{RefundStage, ReportStage},
    policy::ReturnGoRefunds,
};
use chrono::TimeDelta;
use returngo_client::{ReturnedItemId, Transaction};
use returns_wire::Money;
use rust_decimal::Decimal;

/// Whatever came of it, ReturnGO is not told the same again before this time.
const TELL_AGAIN: TimeDelta = TimeDelta::hours(24);

impl Deciding<'_> {
    /// What ReturnGO only asked for, and we have paid.
    pub(super) fn report_refunds(&mut self) -> Option<Next> {
        if self.policy.returngo_refunds != ReturnGoRefunds::NotifyOnly {
            return None;
        }
        let asking = self.facts.rma.transactions.iter().filter(|transaction| refunds::only_asks(transaction));
        asking.into_iter().find_map(|transaction| self.report_refund(transaction))
    }

    fn report_refund(&mut self, transaction: &Transaction) -> Option<Next> {
        let facts = self.facts;
        let record = facts.record();
        let units = refunds::units_of(facts, transaction);
        let paid = |unit: &ReturnedItemId| record.refunded.contains(unit);
        let made = |unit: &ReturnedItemId| {
            record.refunds.iter().rev().find_map(|refund| match refund.stage {
                RefundStage::Made(id) if refund.intent.units.contains(unit) => id,
                _ => None,
            })
        };
        let refund = units.iter().filter(|unit| paid(unit)).filter_map(made).max()?;
        // One word speaks for all its units: those that may yet be paid are waited for.
        let over = |unit: &ReturnedItemId| {
            let item = facts.rma.items.iter().find(|item| item.returned_item_id == *unit);
            paid(unit)
                || record.settled.contains(unit)
                || item.is_some_and(|i| matches!(units::state_of(facts, self.policy, i), UnitState::NotReturned))
        };
        if units.iter().all(|unit| record.settled.contains(unit)) || !units.iter().all(over) {
            return None;
        }
        let credited = record.credited();
        let of_it = credited.iter().filter(|covered| paid(covered.unit) && units.contains(covered.unit));
        let sum = of_it.map(|covered| covered.gross).sum::<Decimal>();
        let asked = transaction.amount.as_ref().and_then(|amount| amount.presentment().ok());
        let pennies = self.policy.currency.smallest() * Decimal::from(units.len());
        let agreed =
            asked.filter(|asked| asked.currency() == self.policy.currency && (asked.amount() - sum).abs() <= pennies);
        let id = &transaction.id;
        if agreed.is_none() {
            let asked = asked.map_or("an amount that can't be read".to_owned(), |asked| asked.to_string());
            let text = format!("transaction {id} asks for {asked}; {sum} was refunded as {refund}");
            self.find(Code::RefundNotReported, units, text);
            return None;
        }
        let another = record.reports.iter().find(|told| told.refund == refund && told.transaction != *id);
        if let Some(told) = another.filter(|told| matches!(told.stage, ReportStage::Taken | ReportStage::Open)) {
            let text =
                format!("transaction {id} asks for units that refund {refund} has paid for {}", told.transaction);
            self.find(Code::DoublePayment, units, text);
            return None;
        }
        let told = record.reports.iter().rev().find(|told| told.transaction == *id);
        let recently = told.is_some_and(|told| self.now - told.at < TELL_AGAIN);
        match told.map(|told| &told.stage) {
            Some(ReportStage::Taken) if recently => {
                self.wait_ours(format!("ReturnGO to show transaction {id} as paid"), None);
                Some((None, Standing::AwaitingRefund))
            }
            Some(ReportStage::NotSent(run, message)) if *run == self.run => {
                self.wait_ours(format!("ReturnGO to be told about refund {refund} by the next run: {message}"), None);
                Some((None, Standing::AwaitingRefund))
            }
            // Whether it was taken, the transaction says when it is read again.
            Some(ReportStage::Open) if told.is_some_and(|told| self.now - told.at < self.policy.settle) => {
                self.wait_ours(format!("ReturnGO's answer about refund {refund} was lost; it is read again"), None);
                Some((None, Standing::AwaitingRefund))
            }
            Some(ReportStage::Refused(message)) if recently => {
                self.find(Code::RefundNotReported, units, format!("refund {refund}: {message}"));
                None
            }
            Some(ReportStage::Taken) => {
                let text =
                    format!("ReturnGO took the word about refund {refund}, and transaction {id} is still Requested");
                self.find(Code::RefundNotReported, units, text);
                None
            }
            None | Some(ReportStage::Open | ReportStage::NotSent(..) | ReportStage::Refused(_)) => {
                let amount = Money::new(sum, self.policy.currency).ok()?;
                let step = Step::ReportRefund { transaction: id.clone(), refund, amount };
                Some((Some(step), Standing::AwaitingRefund))
            }
        }
    }
}
