use super::Day;
use crate::shop::{Oops, pounds};
use chrono::TimeDelta;
use returngo_client::sandbox::Verdict;
use sage200_client::Urn;
use shopify_returns::sandbox::{MoneyOutcome, Restock};

impl Day {
    pub(super) fn tuesday_morning(&mut self) -> Result<(), Oops> {
        self.shop.wait(TimeDelta::hours(18));
        let shop = &self.shop;
        // Shopify Payments pays out overnight; what is under way is in no payout.
        shop.shopify.payout_run();
        shop.refunded_online(self.rma("simple")?, "EX1001", pounds("24.00"))?;
        shop.refunded_online(self.rma("two-lines")?, "EX1002", pounds("36.00"))?;
        shop.refunded_online(self.rma("paid-twice")?, "EX1039", pounds("24.00"))?;
        shop.refunded_online(self.rma("paid-and-closed")?, "EX1040", pounds("24.00"))?;
        shop.returngo.mark_done(self.rma("paid-and-closed")?)?;
        let no_goods = self.rma("refund-no-goods")?;
        shop.returngo.staff_refund(no_goods, &shop.units(no_goods), pounds("24.00"))?;
        self.receive(&["refund-too-early", "month-end"])?;
        shop.refunded_online(self.rma("refund-too-early")?, "EX1020", pounds("24.00"))?;
        // A minute later, somebody who does not know of ReturnGO.
        shop.wait(TimeDelta::minutes(1));
        let staff = shop.shopify.staff();
        let paid = |number: &str| shop.online(number).ok_or_else(|| format!("{number} was not placed in the shop"));
        let in_shop = staff.refund(paid("EX1038")?.id, &[(self.line("EX1038", "SHIRT-M")?, 1)], Restock::No)?;
        let twice = staff.over_refund(paid("EX1039")?.id, &[(self.line("EX1039", "SHIRT-M")?, 1)], pounds("24.00"))?;
        self.exchange_on_tuesday_morning()?;
        shop.shopify.settle(self.refund("failing")?, MoneyOutcome::Refused)?;
        shop.sage.desktop().close_period("2026-03-01".parse()?, "2026-03-31".parse()?)?;
        self.refunds.extend([("paid-in-shop", in_shop), ("paid-twice", twice)]);
        Ok(())
    }

    pub(super) fn tuesday_afternoon(&mut self) -> Result<(), Oops> {
        self.shop.wait(TimeDelta::hours(4));
        let desktop = self.shop.sage.desktop();
        desktop.reopen_period("2026-03-01".parse()?, "2026-03-31".parse()?)?;
        let second = format!("REF{}", self.refund("full")?);
        let credited =
            desktop.post_credit_note(self.shop.web, "EX1051", &second, pounds("20.00"), 1, pounds("4.00"))?;
        self.credit_notes.insert("for-a-refund", Urn(credited));
        self.receive(&["bundle-rest"])?;
        self.exchange_on_tuesday_afternoon()?;
        let units = self.shop.units(self.rma("partial")?);
        let last = units.last().ok_or("RMA `partial` has no units")?;
        self.shop.returngo.inspect(last, Verdict::Returned { restockable: true })?;
        Ok(())
    }
}
