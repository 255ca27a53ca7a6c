//! A week of sales returns: prepared in Sage by the sync, received, credited and meddled with by people.

use crate::{
    day::{Act, Adoption, Story},
    shop::{Oops, Shop, pounds},
};
use chrono::TimeDelta;
use returngo_client::{
    RmaId,
    sandbox::{NewItem, NewRma, Verdict},
};
use returns_sync::{
    policy::{KeptGoods, Policy},
    run::StockToBook,
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Returns at the desk, act by act. The orders are EX2001 to EX2010.
#[derive(Debug)]
pub struct Desk {
    shop: Shop,
    rmas: BTreeMap<&'static str, RmaId>,
}

fn item(sku: &str, price: &str, vat: &str) -> NewItem {
    NewItem::new(sku, pounds(price), pounds(vat))
}

fn shirts(units: u32) -> NewItem {
    item("SHIRT-M", "24.00", "4.00").units(units)
}

fn mug() -> NewItem {
    item("MUG-BLUE", "10.00", "1.67")
}

fn lines(count: i64) -> Vec<(i64, Decimal)> {
    (1..=count).map(|line| (line, Decimal::ONE)).collect()
}

impl Desk {
    /// The acts, in order. A run follows each.
    pub const ACTS: [Act; 5] = [
        Act {
            when: "Monday 09:00",
            what: "Ten customers have asked for returns, and staff have approved them. Nothing has arrived.",
        },
        Act {
            when: "Tuesday 16:00",
            what: "Parcels have come in and are inspected; of EX2002 one shirt was not in the parcel. The stores have \
                   received the\ngoods of EX2001, EX2002 and EX2003 in Sage, and a lamp in place of the mug of EX2004. \
                   A customer has called off\nEX2005. Somebody at the desk has deleted the return of EX2006, and changed \
                   the price on that of EX2007.",
        },
        Act {
            when: "Wednesday 10:00",
            what: "Finance has printed and posted the credit notes of EX2001 and EX2002; that of EX2003 is printed only.",
        },
        Act {
            when: "Wednesday 15:00",
            what: "Staff have refunded EX2001 and EX2002. The desk has put the price on EX2007 right and received, printed \
                   and\nposted it; the return of EX2006 is entered again by hand.",
        },
        Act {
            when: "Monday, a week later",
            what: "Nobody has posted the credit note of EX2003, and nobody has received the goods of EX2008, which were \
                   inspected\nlast Tuesday. The warehouse has moved what is fit for sale from RETURNS to where it sells, but not \
                   the goods of EX2007.",
        },
    ];

    /// Sets the scene: Sage upgraded, orders sold.
    ///
    /// # Errors
    /// When the sandboxes refuse the scene.
    pub fn new(shop: Shop) -> Result<Self, Oops> {
        shop.take_sales_returns()?;
        shop.keep_unfit_goods_apart()?;
        for number in 2001..=2010 {
            let name = format!("EX{number}");
            let goods: &[(&str, u32)] = if number == 2004 { &[("MUG-BLUE", 1)] } else { &[("SHIRT-M", 2)] };
            let sold: Result<Vec<_>, _> = goods.iter().map(|(code, count)| Shop::line(code, *count)).collect();
            shop.sold(&name, sold?)?;
            shop.placed_at_list(&name, goods)?;
        }
        Ok(Self { shop, rmas: BTreeMap::new() })
    }

    /// What this shop has chosen: the route by sales returns, and a credit note for goods that stay with the customer.
    ///
    /// # Errors
    /// Never, as the values are fixed.
    pub fn policy() -> Result<Policy, Oops> {
        Ok(Policy { kept_goods: KeptGoods::CreditNote, ..Shop::policy_of_sales_returns()? })
    }

    /// The RMA of an order.
    ///
    /// # Errors
    /// When there is none yet.
    pub fn rma(&self, order: &str) -> Result<&RmaId, Oops> {
        self.rmas.get(order).ok_or_else(|| format!("no RMA of {order} yet").into())
    }

    /// The number of the sales return that was prepared for an order.
    fn number(&self, order: &str) -> Result<String, Oops> {
        Ok(self.shop.sage.desktop().find_return(&format!("RMA{}-1", self.rma(order)?))?)
    }

    fn monday(&mut self) -> Result<(), Oops> {
        let asked: [(&'static str, Vec<NewItem>); 10] = [
            ("EX2001", vec![shirts(2)]),
            ("EX2002", vec![shirts(2)]),
            ("EX2003", vec![shirts(1)]),
            ("EX2004", vec![mug()]),
            ("EX2005", vec![shirts(1)]),
            ("EX2006", vec![shirts(1)]),
            ("EX2007", vec![shirts(1)]),
            ("EX2008", vec![shirts(1)]),
            ("EX2009", vec![shirts(1).no_shipment()]),
            ("EX2010", vec![shirts(1)]),
        ];
        for (order, items) in asked {
            let rma = items.into_iter().fold(NewRma::refund(order), NewRma::line);
            self.rmas.insert(order, self.shop.approved(rma)?);
        }
        Ok(())
    }

    fn tuesday(&self) -> Result<(), Oops> {
        self.shop.wait(TimeDelta::hours(31));
        for order in ["EX2001", "EX2003", "EX2004", "EX2006", "EX2007", "EX2008"] {
            self.shop.received(self.rma(order)?)?;
        }
        let here = Verdict::Returned { restockable: true };
        let missing = Verdict::NotReturned { reason: "not in the parcel".to_owned() };
        self.shop.inspected(self.rma("EX2002")?, &[Some(here), Some(missing)])?;
        let desktop = self.shop.sage.desktop();
        desktop.confirm_goods_in(&self.number("EX2001")?, &lines(2))?;
        desktop.confirm_goods_in(&self.number("EX2002")?, &lines(1))?;
        desktop.confirm_goods_in(&self.number("EX2003")?, &lines(1))?;
        desktop.receive_wrong_item(&self.number("EX2004")?, 1, "LAMP-OLD")?;
        self.shop.returngo.cancel(self.rma("EX2005")?)?;
        desktop.delete_return(&self.number("EX2006")?)?;
        desktop.change_return_price(&self.number("EX2007")?, 1, pounds("15.00"))?;
        Ok(())
    }

    fn wednesday(&self) -> Result<(), Oops> {
        self.shop.wait(TimeDelta::hours(18));
        let desktop = self.shop.sage.desktop();
        for order in ["EX2001", "EX2002"] {
            let credit = desktop.print_credit_note(&self.number(order)?)?;
            desktop.post_printed_credit_note(&credit)?;
        }
        desktop.print_credit_note(&self.number("EX2003")?)?;
        Ok(())
    }

    fn afternoon(&self) -> Result<(), Oops> {
        self.shop.wait(TimeDelta::hours(5));
        self.shop.refunded_online(self.rma("EX2001")?, "EX2001", pounds("48.00"))?;
        let units = self.shop.units(self.rma("EX2002")?);
        let first = units.first().ok_or("EX2002 has no unit")?;
        let transaction =
            self.shop.returngo.staff_refund(self.rma("EX2002")?, std::slice::from_ref(first), pounds("24.00"))?;
        self.shop.returngo.settle_refund(&transaction, true)?;
        let desktop = self.shop.sage.desktop();
        let number = self.number("EX2007")?;
        desktop.change_return_price(&number, 1, pounds("20.00"))?;
        desktop.confirm_goods_in(&number, &lines(1))?;
        let credit = desktop.print_credit_note(&number)?;
        desktop.post_printed_credit_note(&credit)?;
        let key = format!("RMA{}-1", self.rma("EX2006")?);
        desktop.enter_sales_return(self.shop.web, &key, vec![Shop::line("SHIRT-M", 1)?])?;
        Ok(())
    }
}

impl Story for Desk {
    fn acts(&self) -> &'static [Act] {
        &Self::ACTS
    }

    fn shop(&self) -> &Shop {
        &self.shop
    }

    fn play(&mut self, act: usize) -> Result<(), Oops> {
        match act {
            0 => self.monday(),
            1 => self.tuesday(),
            2 => self.wednesday(),
            3 => self.afternoon(),
            _ => {
                self.shop.wait(TimeDelta::days(5));
                Ok(())
            }
        }
    }

    fn warehouse(&self, act: usize, list: &[StockToBook]) -> Result<(), Oops> {
        let left = self.rma("EX2007")?;
        let list = list.iter().filter(|line| act == 4 && line.rma != *left);
        self.shop.book_goods(list)
    }

    fn adoptions(&self, _: usize) -> Result<Vec<Adoption>, Oops> {
        Ok(Vec::new())
    }
}
