//! Three days of returns.

mod bundles;
mod exchanges;
mod monday;
mod orders;
mod tuesday;
mod wednesday;

use crate::shop::{Oops, RETURNGO_APP, Shop, pounds};
use chrono::TimeDelta;
use returngo_client::{
    RmaId,
    sandbox::{NewItem, NewRma},
};
use returns_sync::{
    journal::Disposition,
    policy::{FeeTreatment, Policy, StoreCredit},
    run::{Adopt, StockToBook},
};
use returns_wire::Clock;
use sage200_client::Urn;
use shopify_returns::{LineItemId, RefundId};
use std::collections::BTreeMap;

/// Three days of returns at the shop, act by act.
#[derive(Debug)]
pub struct Day {
    shop: Shop,
    rmas: BTreeMap<&'static str, RmaId>,
    refunds: BTreeMap<&'static str, RefundId>,
    credit_notes: BTreeMap<&'static str, Urn>,
}

/// A story that a run follows act by act.
pub trait Story {
    /// The acts, in order. A run follows each.
    fn acts(&self) -> &'static [Act];

    /// The shop it plays in.
    fn shop(&self) -> &Shop;

    /// Plays an act: moves the clock and lets people do what they do.
    ///
    /// # Errors
    /// When the sandboxes refuse.
    fn play(&mut self, act: usize) -> Result<(), Oops>;

    /// The warehouse works through the list that the last run gave it, after an act is played.
    ///
    /// # Errors
    /// When the sandboxes refuse.
    fn warehouse(&self, act: usize, list: &[StockToBook]) -> Result<(), Oops>;

    /// What people adopt in an act, to be [adopted](returns_sync::run::adopt) after it is played and before its run.
    ///
    /// # Errors
    /// When the act was not played.
    fn adoptions(&self, act: usize) -> Result<Vec<Adoption>, Oops>;
}

/// What happens between two runs, in the words of somebody who was there.
#[derive(Debug, Clone, Copy)]
pub struct Act {
    /// When.
    pub when: &'static str,
    /// What people did.
    pub what: &'static str,
}

/// What a person takes responsibility for, with name and reason.
#[derive(Debug, Clone)]
pub struct Adoption {
    /// The refund or credit note.
    pub what: Adopt,
    /// Who.
    pub by: &'static str,
    /// Why.
    pub why: &'static str,
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
                   sale.\nFinance has credited two returns by hand, and typed in a credit note that names no return. Sage \
                   will lose one answer\nand refuse one credit note.\nStaff have worked in Shopify, past ReturnGO: they \
                   have refunded goods, an amount and shipping, put goods back\ninto stock, cancelled an order and taken \
                   goods off another (EX1051 to EX1061).\nBundles have come back whole, in part, damaged (EX1071 to \
                   EX1077). Shirts have come back for other goods\n(EX1081 to EX1087), and staff have released these, one \
                   before its shirt was there; the importer of web orders has\nbrought EX1185 into Sage, for nothing.",
        },
        Act {
            when: "Tuesday 10:00",
            what: "Staff have refunded three released returns in ReturnGO, one that was only just inspected, and asked for one \
                   whose\ngoods nobody has seen. Another (EX1039) they have refunded in ReturnGO and, by hand, in Shopify; \
                   EX1038, on the work\nlist, in Shopify only. The bank has refused the refund of EX1059.\nFinance has \
                   closed March, a day too soon, and adopted the refund of EX1052. The warehouse has booked Monday's list, \
                   but for\nEX1002, and put the damaged shirt of EX1006 among those for sale; it has sent EX1181. Staff \
                   have refunded the 14.00\nby which the mug of EX1183 is cheaper; the customer of EX1186 has called off.",
        },
        Act {
            when: "Tuesday 14:00",
            what: "Finance has opened March again, and credited the refund of EX1051 in Sage under its number. The \
                   warehouse has\ninspected the third mug of EX1004, the socks that complete the gift set of EX1072, and the \
                   shirt of EX1084.\nStaff have shortened the address of EX1187.",
        },
        Act {
            when: "Wednesday 17:00",
            what: "Staff have put right the SKU on EX1015. One parcel still lies uninspected, and nobody has said who \
                   refunded EX1061.",
        },
        Act { when: "Wednesday 18:00", what: "Nothing has happened since." },
    ];

    /// Sets the scene: orders in the shop and in Sage, nothing in ReturnGO but one return from before go-live.
    ///
    /// # Errors
    /// When the sandboxes refuse the scene.
    pub fn new(shop: Shop) -> Result<Self, Oops> {
        shop.keep_unfit_goods_apart()?;
        orders::sell(&shop)?;
        bundles::sell(&shop)?;
        exchanges::sell(&shop)?;
        let (rmas, refunds, credit_notes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut day = Self { shop, rmas, refunds, credit_notes };
        // One return from before go-live is still open.
        let monday = day.shop.clock.now();
        day.shop.clock.set("2026-02-20T11:00:00Z".parse()?);
        day.approve("before-go-live", NewRma::refund("EX0871").line(shirt()))?;
        day.shop.clock.set(monday);
        Ok(day)
    }

    /// What this shop has chosen, beyond [`Shop::policy`]: restocking fees come off the credit, store credit is credited
    /// at the return, refunds that ReturnGO's app makes in Shopify are ReturnGO's, and the orders of exchanges are entered in
    /// Sage.
    ///
    /// # Errors
    /// Never, as the values are fixed.
    pub fn policy() -> Result<Policy, Oops> {
        let mut policy = Shop::policy()?;
        policy.fees.restocking = FeeTreatment::Deduct;
        policy.store_credit = StoreCredit::CreditNote;
        policy.returngo_app = Some(RETURNGO_APP);
        policy.bundles = bundles::table()?;
        Shop::with_exchanges(policy)
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

    /// The refund that plays a part: one that staff made in the shop, past ReturnGO.
    ///
    /// # Errors
    /// When no refund plays it yet.
    pub fn refund(&self, part: &str) -> Result<RefundId, Oops> {
        self.refunds.get(part).copied().ok_or_else(|| format!("no refund plays {part:?} yet").into())
    }

    /// The credit note by hand that plays a part.
    ///
    /// # Errors
    /// When no credit note plays it yet.
    pub fn credit_note(&self, part: &str) -> Result<Urn, Oops> {
        self.credit_notes.get(part).copied().ok_or_else(|| format!("no credit note plays {part:?} yet").into())
    }

    /// Parts and RMAs.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &RmaId)> {
        self.rmas.iter().map(|(part, rma)| (*part, rma))
    }

    /// Parts and refunds that staff made in the shop.
    pub fn refunds(&self) -> impl Iterator<Item = (&'static str, RefundId)> {
        self.refunds.iter().map(|(part, refund)| (*part, *refund))
    }

    /// What people adopt in an act, to be [adopted](returns_sync::run::adopt) after it is played and before its run.
    ///
    /// # Errors
    /// When the act was not played.
    pub fn adoptions(&self, act: usize) -> Result<Vec<Adoption>, Oops> {
        if act != 2 {
            return Ok(Vec::new());
        }
        let what = Adopt::Refund(self.refund("partial")?);
        let why = "Torn in the parcel and not sent back; the courier pays for it, under its own invoice";
        Ok(vec![Adoption { what, by: "Finance Example", why }])
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

    /// The warehouse works through the list of the last run: on Tuesday morning, not without a slip.
    ///
    /// # Errors
    /// When the sandboxes refuse.
    pub fn warehouse(&self, act: usize, list: &[StockToBook]) -> Result<(), Oops> {
        if act != 2 {
            return Ok(());
        }
        let (left, damaged) = (self.rma("two-lines")?, self.rma("damaged")?);
        let booked = list.iter().filter(|line| line.rma != *left).cloned();
        let slip = |line: StockToBook| match line.rma == *damaged {
            true => StockToBook { disposition: Disposition::Saleable, ..line },
            false => line,
        };
        self.shop.book_goods(&booked.map(slip).collect::<Vec<_>>())
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

    /// The line of an order in the shop that sold a SKU.
    fn line(&self, number: &str, sku: &str) -> Result<LineItemId, Oops> {
        let line = self.shop.online(number).and_then(|online| online.lines.get(sku).copied());
        line.ok_or_else(|| format!("{number} sold no {sku} in the shop").into())
    }
}

impl Story for Day {
    fn acts(&self) -> &'static [Act] {
        &Self::ACTS
    }

    fn shop(&self) -> &Shop {
        Day::shop(self)
    }

    fn play(&mut self, act: usize) -> Result<(), Oops> {
        Day::play(self, act)
    }

    fn warehouse(&self, act: usize, list: &[StockToBook]) -> Result<(), Oops> {
        Day::warehouse(self, act, list)
    }

    fn adoptions(&self, act: usize) -> Result<Vec<Adoption>, Oops> {
        Day::adoptions(self, act)
    }
}
