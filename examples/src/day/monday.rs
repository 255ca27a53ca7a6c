use super::{Day, item, jumper, shirt};
use crate::shop::{Oops, pounds};
use chrono::TimeDelta;
use returngo_client::sandbox::{NewRma, Verdict};
use sage200_client::{
    Urn,
    sandbox::{Fault, How},
};
use shopify_returns::{OrderId, sandbox::Restock};

const FIT: Option<Verdict> = Some(Verdict::Returned { restockable: true });
const DAMAGED: Option<Verdict> = Some(Verdict::Returned { restockable: false });

fn missing() -> Option<Verdict> {
    Some(Verdict::NotReturned { reason: "Not in the parcel".to_owned() })
}

impl Day {
    pub(super) fn monday_morning(&mut self) -> Result<(), Oops> {
        let refund = |number: u32| NewRma::refund(&format!("EX{number}"));
        // RMAs are numbered as they are asked for, and run in that order.
        self.approve("lost-answer", refund(1025).line(jumper()))?;
        self.approve("refused", refund(1028).line(shirt()))?;
        self.approve("simple", refund(1001).line(shirt()))?;
        self.approve("two-lines", refund(1002).line(shirt()).line(item("BOOK-KNIT", "12.00", "0.00")))?;
        self.approve("three-for-ten", refund(1003).line(item("SOCKS", "4.00", "0.67").units(3)))?;
        self.approve("partial", refund(1004).line(item("MUG-BLUE", "10.00", "1.67").units(3)))?;
        self.approve("one-missing", refund(1005).line(shirt().units(2)))?;
        self.approve("damaged", refund(1006).line(shirt()))?;
        self.approve("uninspected", refund(1007).line(shirt()))?;
        self.approve("cancelled", refund(1008).line(shirt()))?;
        self.approve("by-hand", refund(1009).line(jumper()))?;
        self.approve("by-hand-differs", refund(1010).line(jumper()))?;
        self.approve("trade-order", refund(1011).line(shirt()))?;
        self.approve("vat-code-gone", refund(1012).line(shirt()))?;
        self.approve("vat-rate-changed", refund(1013).line(shirt()))?;
        self.approve("long-number", NewRma::refund("EX1014-MARKETPLACE-NORTH").line(shirt()))?;
        // The portal names the right line of the order, and a SKU that nobody sells.
        let line = self.line("EX1015", "SHIRT-M")?.to_string();
        self.approve("wrong-sku", refund(1015).line(item("SHIRT-XM", "24.00", "4.00").line_id(&line)))?;
        self.approve("inactive-sku", refund(1016).line(item("LAMP-OLD", "72.00", "12.00")))?;
        self.approve("not-in-sage", refund(1017).line(shirt()))?;
        self.approve("month-end", refund(1018).line(jumper()))?;
        self.approve("refund-no-goods", refund(1019).line(shirt()))?;
        self.approve("refund-too-early", refund(1020).line(shirt()))?;
        self.approve("store-credit", NewRma::store_credit("EX1021").line(shirt()))?;
        self.approve("gift-card", NewRma::new("EX1022", "GiftCard").line(shirt()))?;
        self.approve("with-fee", refund(1023).line(shirt().restocking_fee(pounds("3.50"))))?;
        self.approve("fee-too-soon", refund(1043).line(shirt().restocking_fee(pounds("3.50"))))?;
        self.approve("two-orders", refund(1024).line(shirt()))?;
        self.approve("price-differs", refund(1026).line(item("SHIRT-M", "21.60", "3.60")))?;
        self.approve("keeps-it", refund(1027).line(shirt().no_shipment()))?;
        self.submit("not-approved", refund(1029).line(shirt()))?;
        self.approve("unreadable", refund(1030).line(shirt()))?;
        self.approve("on-its-way", refund(1031).line(shirt()))?;
        self.approve("not-in-shop", refund(1032).line(shirt()))?;
        self.approve("archived", refund(1033).line(jumper()))?;
        self.approve("invoiced-and-gone", refund(1034).line(shirt()))?;
        self.approve("price-book", refund(1035).line(item("SHIRT-M", "26.40", "4.40")))?;
        self.approve("discounted", refund(1036).line(item("SHIRT-M", "21.60", "3.60")))?;
        self.approve("nine-ninety-nine", refund(1037).line(item("MUG-BLUE", "9.99", "1.67")))?;
        self.approve("paid-in-shop", refund(1038).line(shirt()))?;
        self.approve("paid-twice", refund(1039).line(shirt()))?;
        self.approve("paid-and-closed", refund(1040).line(shirt()))?;
        self.approve("first-of-two", refund(1041).line(shirt()))?;
        self.approve("second-of-two", refund(1041).line(shirt()))?;
        self.approve("zero-rated", refund(1042).line(item("BOOK-KNIT", "12.00", "0.00")))?;
        self.ask_for_bundles()?;
        self.ask_for_exchanges()?;
        self.rewrite("unreadable", "\"returnedItemId\"", "\"itemId\"")?;
        let desktop = self.shop.sage.desktop();
        desktop.deactivate_product("LAMP-OLD")?;
        desktop.delete_tax_code(7)?;
        desktop.change_tax_rate(8, pounds("17.5"))?;
        Ok(())
    }

    /// Changes what ReturnGO answers for an RMA.
    pub(super) fn rewrite(&self, part: &str, from: &str, to: &str) -> Result<(), Oops> {
        let rma = self.rma(part)?;
        let body = self.shop.returngo.json(rma)?.replace(from, to);
        Ok(self.shop.returngo.replace_body(rma, &body)?)
    }

    pub(super) fn monday_afternoon(&mut self) -> Result<(), Oops> {
        self.shop.wait(TimeDelta::hours(7));
        let desktop = self.shop.sage.desktop();
        let web = self.shop.web;
        let by_hand = self.rma("by-hand")?.to_string();
        desktop.post_credit_note(web, "EX1009", &format!("RMA {by_hand}"), pounds("45.00"), 1, pounds("9.00"))?;
        let differs = self.rma("by-hand-differs")?.to_string();
        desktop.post_credit_note(web, "EX1010", &differs, pounds("40.00"), 1, pounds("8.00"))?;
        let stray = desktop.post_credit_note(web, "", "GOODWILL MARCH", pounds("10.00"), 1, pounds("2.00"))?;
        self.credit_notes.insert("stray", Urn(stray));
        self.receive(&["simple", "two-lines", "three-for-ten", "by-hand", "by-hand-differs", "wrong-sku", "with-fee"])?;
        self.receive(&["fee-too-soon"])?;
        self.receive(&["lost-answer", "refused", "price-differs", "two-orders", "not-in-sage", "store-credit"])?;
        self.receive(&[
            "not-in-shop",
            "archived",
            "invoiced-and-gone",
            "price-book",
            "discounted",
            "nine-ninety-nine",
        ])?;
        self.receive(&[
            "paid-in-shop",
            "paid-twice",
            "paid-and-closed",
            "first-of-two",
            "second-of-two",
            "zero-rated",
        ])?;
        self.receive_bundles()?;
        self.exchange_on_monday()?;
        self.shop.inspected(self.rma("partial")?, &[FIT, FIT])?;
        self.shop.inspected(self.rma("one-missing")?, &[FIT, missing()])?;
        self.shop.inspected(self.rma("damaged")?, &[DAMAGED])?;
        self.shop.returngo.courier_delivers(self.rma("uninspected")?)?;
        self.shop.returngo.cancel(self.rma("cancelled")?)?;
        // Sage books the first credit note of the run, and its gateway loses the answer; the second one it refuses.
        self.shop.sage.fail_next(Fault::on_post("sales_credit_notes", How::ActThenStatus(504)));
        self.shop.sage.fail_next(Fault::on_post("sales_credit_notes", How::Refuse { status: 400, retry_after: None }));
        self.work_in_shopify()
    }

    /// What staff do in Shopify past ReturnGO: each kind once.
    fn work_in_shopify(&mut self) -> Result<(), Oops> {
        let order = |number: &str| -> Result<OrderId, Oops> {
            let online = self.shop.online(number).ok_or_else(|| format!("{number} was not placed in the shop"))?;
            Ok(online.id)
        };
        let shirt = |number: &str| self.line(number, "SHIRT-M");
        let (shopify, staff) = (&self.shop.shopify, self.shop.shopify.staff());
        let full = staff.refund(order("EX1051")?, &[(shirt("EX1051")?, 1)], Restock::Return)?;
        let partial = staff.refund(order("EX1052")?, &[(shirt("EX1052")?, 1)], Restock::No)?;
        let amount = staff.refund_amount(order("EX1053")?, pounds("5.00"))?;
        let shipping = staff.refund_shipping(order("EX1054")?)?;
        let restocked = staff.restock_only(order("EX1055")?, &[(shirt("EX1055")?, 1)])?;
        let no_money = staff.record_without_money(order("EX1056")?)?;
        let cancelled = staff.cancel(order("EX1057")?, true)?;
        let edited = staff.remove_line(order("EX1058")?, shirt("EX1058")?, 1)?;
        let unattributed = shopify.unattributed_refund(order("EX1061")?, &[(shirt("EX1061")?, 1)])?;
        shopify.money_is_slow(true);
        let failing = staff.refund(order("EX1059")?, &[(shirt("EX1059")?, 1)], Restock::No)?;
        let pending = staff.refund(order("EX1060")?, &[(shirt("EX1060")?, 1)], Restock::No)?;
        shopify.money_is_slow(false);
        self.refunds.extend([
            ("full", full),
            ("partial", partial),
            ("amount", amount),
            ("shipping", shipping),
            ("restocked", restocked),
            ("no-money", no_money),
            ("cancelled", cancelled),
            ("edited", edited),
            ("failing", failing),
            ("pending", pending),
            ("unattributed", unattributed),
        ]);
        Ok(())
    }
}
