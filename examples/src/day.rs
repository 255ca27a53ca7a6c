use crate::shop::{Oops, Shop, pounds};
use chrono::TimeDelta;
use returngo_client::{
    RmaId,
    sandbox::{NewItem, NewRma, Verdict},
};
use sage200_client::sandbox::{Fault, How, NewLine, NewOrder};
use std::collections::BTreeMap;

/// Three days of returns at the shop, act by act.
#[derive(Debug)]
pub struct Day {
    shop: Shop,
    rmas: BTreeMap<&'static str, RmaId>,
}

/// What happens between two runs, in the words of somebody who was there.
#[derive(Debug, Clone, Copy)]
pub struct Act {
    /// When.
    pub when: &'static str,
    /// What people did.
    pub what: &'static str,
}

const FIT: Option<Verdict> = Some(Verdict::Returned { restockable: true });
const DAMAGED: Option<Verdict> = Some(Verdict::Returned { restockable: false });

fn missing() -> Option<Verdict> {
    Some(Verdict::NotReturned { reason: "Not in the parcel".to_owned() })
}

fn item(sku: &str, price: &str, vat: &str) -> NewItem {
    NewItem::new(sku, pounds(price), pounds(vat))
}

fn shirt() -> NewItem {
    item("SHIRT-M", "24.00", "4.00")
}

fn jumper() -> NewItem {
    item("JUMPER-L", "54.00", "9.00")
}

impl Day {
    /// The acts, in order. A run follows each.
    pub const ACTS: [Act; 6] = [
        Act { when: "Monday 09:00", what: "Customers have asked for returns; staff have approved all but one." },
        Act {
            when: "Monday 16:00",
            what: "Parcels have come in; the warehouse has inspected most of them, not all units were there or fit for \
                   sale.\nFinance has credited two returns by hand. Sage will lose one answer and refuse one credit note.",
        },
        Act {
            when: "Tuesday 10:00",
            what: "Staff have refunded two released returns, one that was only just inspected, and asked for one whose \
                   goods nobody has seen.\nFinance has closed March, a day too soon.",
        },
        Act {
            when: "Tuesday 14:00",
            what: "Finance has opened March again. The warehouse has inspected the third mug of EX1004.",
        },
        Act {
            when: "Wednesday 17:00",
            what: "Staff have put right the SKU on EX1015. One parcel still lies uninspected.",
        },
        Act { when: "Wednesday 18:00", what: "Nothing has happened since." },
    ];

    /// Sets the scene: orders in Sage, nothing in ReturnGO yet.
    ///
    /// # Errors
    /// When the sandboxes refuse the scene.
    pub fn new(shop: Shop) -> Result<Self, Oops> {
        let one = |code: &str| Ok::<_, Oops>(vec![Shop::line(code, 1)?]);
        for number in 1001..=1031 {
            let lines = match number {
                1002 => vec![Shop::line("SHIRT-M", 1)?, Shop::line("BOOK-KNIT", 1)?],
                // Three for 10.00 net: a third of it is no amount of pence.
                1003 => {
                    vec![NewLine { total: Some(pounds("10.00")), tax: Some(pounds("2.00")), ..Shop::line("SOCKS", 3)? }]
                }
                1004 => vec![Shop::line("MUG-BLUE", 3)?],
                1005 => vec![Shop::line("SHIRT-M", 2)?],
                1012 => vec![NewLine { tax_code_number: 7, ..Shop::line("SHIRT-M", 1)? }],
                1013 => vec![NewLine { tax_code_number: 8, ..Shop::line("SHIRT-M", 1)? }],
                1016 => one("LAMP-OLD")?,
                1009 | 1010 | 1018 | 1025 => one("JUMPER-L")?,
                // Sold to a trade customer, under a number like the web shop's; never in Sage; long; twice.
                1011 | 1014 | 1017 | 1024 => continue,
                _ => one("SHIRT-M")?,
            };
            if number == 1012 {
                shop.sage.add_tax_code(7, "Reduced until March", pounds("20"))?;
            }
            if number == 1013 {
                shop.sage.add_tax_code(8, "Special scheme", pounds("20"))?;
            }
            shop.sold(&format!("EX{number}"), lines)?;
        }
        shop.sage.add_order(NewOrder::new(shop.trade, "EX1011", one("SHIRT-M")?))?;
        shop.sold("EX1014-MARKETPLACE-NORTH", one("SHIRT-M")?)?;
        shop.sold("EX1024", one("SHIRT-M")?)?;
        shop.sold("EX1024", one("SHIRT-M")?)?;
        let mut day = Self { shop, rmas: BTreeMap::new() };
        // One return from before go-live is still open.
        let monday = returns_wire::Clock::now(&day.shop.clock);
        day.shop.clock.set("2026-02-20T11:00:00Z".parse()?);
        day.approve("before-go-live", NewRma::refund("EX0871").line(shirt()))?;
        day.shop.clock.set(monday);
        Ok(day)
    }

    /// The shop it plays in.
    pub fn shop(&self) -> &Shop {
        &self.shop
    }

    /// The RMA that plays a part.
    ///
    /// # Errors
    /// When no RMA plays it yet.
    pub fn rma(&self, part: &str) -> Result<&RmaId, Oops> {
        self.rmas.get(part).ok_or_else(|| format!("no RMA plays {part:?} yet").into())
    }

    /// Parts and RMAs.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &RmaId)> {
        self.rmas.iter().map(|(part, rma)| (*part, rma))
    }

    /// Plays an act: moves the clock and lets people do what they do.
    ///
    /// # Errors
    /// When the sandboxes refuse.
    pub fn play(&mut self, act: usize) -> Result<(), Oops> {
        match act {
            0 => self.monday_morning(),
            1 => self.monday_afternoon(),
            2 => self.tuesday_morning(),
            3 => self.tuesday_afternoon(),
            4 => self.wednesday(),
            _ => {
                self.shop.wait(TimeDelta::hours(1));
                Ok(())
            }
        }
    }

    fn submit(&mut self, part: &'static str, rma: NewRma) -> Result<RmaId, Oops> {
        let id = self.shop.returngo.submit(self.shop.named(rma))?;
        self.rmas.insert(part, id.clone());
        Ok(id)
    }

    fn approve(&mut self, part: &'static str, rma: NewRma) -> Result<(), Oops> {
        let id = self.submit(part, rma)?;
        Ok(self.shop.returngo.approve(&id)?)
    }

    fn receive(&self, parts: &[&str]) -> Result<(), Oops> {
        for part in parts {
            self.shop.received(self.rma(part)?)?;
        }
        Ok(())
    }

    fn monday_morning(&mut self) -> Result<(), Oops> {
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
        self.approve("wrong-sku", refund(1015).line(item("SHIRT-XM", "24.00", "4.00")))?;
        self.approve("inactive-sku", refund(1016).line(item("LAMP-OLD", "72.00", "12.00")))?;
        self.approve("not-in-sage", refund(1017).line(shirt()))?;
        self.approve("month-end", refund(1018).line(jumper()))?;
        self.approve("refund-no-goods", refund(1019).line(shirt()))?;
        self.approve("refund-too-early", refund(1020).line(shirt()))?;
        self.approve("store-credit", NewRma::store_credit("EX1021").line(shirt()))?;
        self.approve(
            "exchange",
            NewRma::exchange("EX1022").swap("SHIRT-M", pounds("24.00"), pounds("4.00"), "SHIRT-L"),
        )?;
        self.approve("with-fee", refund(1023).line(shirt().restocking_fee(pounds("3.50"))))?;
        self.approve("two-orders", refund(1024).line(shirt()))?;
        self.approve("price-differs", refund(1026).line(item("SHIRT-M", "21.60", "3.60")))?;
        self.approve("keeps-it", refund(1027).line(shirt().no_shipment()))?;
        self.submit("not-approved", refund(1029).line(shirt()))?;
        self.approve("unreadable", refund(1030).line(shirt()))?;
        let unreadable = self.rma("unreadable")?;
        let body = self.shop.returngo.json(unreadable)?.replace("\"returnedItemId\"", "\"itemId\"");
        self.shop.returngo.replace_body(unreadable, &body)?;
        let desktop = self.shop.sage.desktop();
        desktop.deactivate_product("LAMP-OLD")?;
        desktop.delete_tax_code(7)?;
        desktop.change_tax_rate(8, pounds("17.5"))?;
        Ok(())
    }

    fn monday_afternoon(&mut self) -> Result<(), Oops> {
        self.shop.wait(TimeDelta::hours(7));
        let desktop = self.shop.sage.desktop();
        let by_hand = self.rma("by-hand")?.to_string();
        desktop.post_credit_note(
            self.shop.web,
            "EX1009",
            &format!("RMA {by_hand}"),
            pounds("45.00"),
            1,
            pounds("9.00"),
        )?;
        let differs = self.rma("by-hand-differs")?.to_string();
        desktop.post_credit_note(self.shop.web, "EX1010", &differs, pounds("40.00"), 1, pounds("8.00"))?;
        self.receive(&["simple", "two-lines", "three-for-ten", "by-hand", "by-hand-differs", "wrong-sku", "with-fee"])?;
        self.receive(&["lost-answer", "refused", "price-differs", "two-orders", "not-in-sage", "store-credit"])?;
        self.shop.inspected(self.rma("partial")?, &[FIT, FIT])?;
        self.shop.inspected(self.rma("one-missing")?, &[FIT, missing()])?;
        self.shop.inspected(self.rma("damaged")?, &[DAMAGED])?;
        self.shop.returngo.courier_delivers(self.rma("uninspected")?)?;
        self.shop.returngo.cancel(self.rma("cancelled")?)?;
        // Sage books the first credit note of the run, and its gateway loses the answer; the second one it refuses.
        self.shop.sage.fail_next(Fault::on_post("sales_credit_notes", How::ActThenStatus(504)));
        self.shop.sage.fail_next(Fault::on_post("sales_credit_notes", How::Refuse { status: 400, retry_after: None }));
        Ok(())
    }

    fn tuesday_morning(&mut self) -> Result<(), Oops> {
        self.shop.wait(TimeDelta::hours(18));
        let shop = &self.shop;
        shop.refunded(self.rma("simple")?, pounds("24.00"))?;
        shop.refunded(self.rma("two-lines")?, pounds("36.00"))?;
        shop.returngo.staff_refund(
            self.rma("refund-no-goods")?,
            &shop.units(self.rma("refund-no-goods")?),
            pounds("24.00"),
        )?;
        self.receive(&["refund-too-early", "month-end"])?;
        shop.refunded(self.rma("refund-too-early")?, pounds("24.00"))?;
        shop.sage.desktop().close_period("2026-03-01".parse()?, "2026-03-31".parse()?)?;
        Ok(())
    }

    fn tuesday_afternoon(&mut self) -> Result<(), Oops> {
        self.shop.wait(TimeDelta::hours(4));
        self.shop.sage.desktop().reopen_period("2026-03-01".parse()?, "2026-03-31".parse()?)?;
        let units = self.shop.units(self.rma("partial")?);
        let last = units.last().ok_or("RMA `partial` has no units")?;
        self.shop.returngo.inspect(last, Verdict::Returned { restockable: true })?;
        Ok(())
    }

    fn wednesday(&mut self) -> Result<(), Oops> {
        self.shop.wait(TimeDelta::hours(27));
        let wrong = self.rma("wrong-sku")?;
        let body = self.shop.returngo.json(wrong)?.replace("SHIRT-XM", "SHIRT-M");
        self.shop.returngo.replace_body(wrong, &body)?;
        Ok(())
    }
}
