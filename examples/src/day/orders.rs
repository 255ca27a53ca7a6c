//! What was sold before the days begin.

use crate::shop::{Oops, Shop, pounds};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sage200_client::sandbox::{NewLine, NewOrder};
use shopify_returns::sandbox::{NewLine as ShopLine, NewOrder as ShopOrder, NewShipping};

/// Most orders are two weeks old.
const SOLD: &str = "2026-03-16T10:00:00Z";

/// Some are older, and Sage does not keep them among its orders any more.
const SOLD_EARLIER: &str = "2026-03-03T10:00:00Z";

/// An order on both sides.
pub(super) struct Sale {
    number: String,
    at: DateTime<Utc>,
    pub(super) in_sage: NewOrder,
    pub(super) in_shop: ShopOrder,
    pub(super) codes: Vec<String>,
}

impl Sale {
    /// Goods at list price, in the shop and in Sage.
    pub(super) fn at_list(shop: &Shop, number: &str, goods: &[(&str, u32)]) -> Result<Self, Oops> {
        let at = SOLD.parse()?;
        let mut lines = Vec::new();
        let mut in_shop = ShopOrder::new(number).created_at(at);
        for (code, quantity) in goods {
            lines.push(Shop::line(code, *quantity)?);
            in_shop = in_shop.line(Shop::online_line(code, *quantity)?);
        }
        let codes = goods.iter().map(|(code, _)| (*code).to_owned()).collect();
        let in_sage = NewOrder { document_date: Some(at.date_naive()), ..NewOrder::new(shop.web, number, lines) };
        Ok(Self { number: number.to_owned(), at, in_sage, in_shop, codes })
    }

    /// One line at another price than that of the list: in Sage net and VAT, in the shop as it was sold.
    fn at(shop: &Shop, number: &str, in_sage: NewLine, in_shop: ShopLine) -> Result<Self, Oops> {
        let code = in_sage.code.clone();
        let mut sale = Self::at_list(shop, number, &[(&code, 1)])?;
        sale.in_sage.lines = vec![in_sage];
        sale.in_shop = ShopOrder::new(number).created_at(sale.at).line(in_shop);
        Ok(sale)
    }

    /// The same sale, some weeks earlier.
    pub(super) fn earlier(mut self) -> Result<Self, Oops> {
        self.at = SOLD_EARLIER.parse()?;
        self.in_sage.document_date = Some(self.at.date_naive());
        self.in_shop = self.in_shop.created_at(self.at);
        Ok(self)
    }

    fn place(&self, shop: &Shop) -> Result<(), Oops> {
        let codes: Vec<_> = self.codes.iter().map(String::as_str).collect();
        shop.placed(&self.number, self.in_shop.clone(), &codes)?;
        Ok(())
    }

    fn import(&self, shop: &Shop) -> Result<i64, Oops> {
        Ok(shop.sage.add_order(self.in_sage.clone())?)
    }

    pub(super) fn both(&self, shop: &Shop) -> Result<i64, Oops> {
        self.place(shop)?;
        self.import(shop)
    }
}

/// A line of Sage's worth exactly this, net and VAT.
pub(super) fn worth(code: &str, quantity: u32, net: &str, vat: &str) -> Result<NewLine, Oops> {
    Ok(NewLine { total: Some(pounds(net)), tax: Some(pounds(vat)), ..Shop::line(code, quantity)? })
}

/// A line of the shop's at the standard rate.
fn online(code: &str, quantity: u32, price: &str) -> ShopLine {
    ShopLine::new(code, quantity, pounds(price)).tax(Decimal::from(20))
}

/// Sells everything that the days need.
pub(super) fn sell(shop: &Shop) -> Result<(), Oops> {
    shop.sage.add_tax_code(7, "Reduced until March", pounds("20"))?;
    shop.sage.add_tax_code(8, "Special scheme", pounds("20"))?;
    for number in 1001..=1043 {
        let goods: &[(&str, u32)] = match number {
            1002 => &[("SHIRT-M", 1), ("BOOK-KNIT", 1)],
            1004 => &[("MUG-BLUE", 3)],
            1005 | 1041 => &[("SHIRT-M", 2)],
            1016 => &[("LAMP-OLD", 1)],
            1009 | 1010 | 1018 | 1025 => &[("JUMPER-L", 1)],
            1042 => &[("BOOK-KNIT", 1)],
            // Sold in ways of their own, below.
            1003 | 1011..=1014 | 1017 | 1024 | 1032..=1037 => continue,
            _ => &[("SHIRT-M", 1)],
        };
        let sale = Sale::at_list(shop, &format!("EX{number}"), goods)?;
        // One comes back long after a consumer could cancel for free.
        if number == 1023 { sale.earlier()? } else { sale }.both(shop)?;
    }
    odd_in_sage(shop)?;
    priced(shop)?;
    gone_from_sage(shop)?;
    for_staff(shop)
}

/// Orders that Sage has otherwise than the shop, or that only one of them has.
fn odd_in_sage(shop: &Shop) -> Result<(), Oops> {
    let shirt = |number: &str| Sale::at_list(shop, number, &[("SHIRT-M", 1)]);
    let mut trade = shirt("EX1011")?;
    trade.in_sage.customer = shop.trade;
    trade.both(shop)?;
    for (number, tax_code_number) in [("EX1012", 7), ("EX1013", 8)] {
        let mut sale = shirt(number)?;
        sale.in_sage.lines = vec![NewLine { tax_code_number, ..Shop::line("SHIRT-M", 1)? }];
        sale.both(shop)?;
    }
    shirt("EX1014-MARKETPLACE-NORTH")?.both(shop)?;
    shirt("EX1017")?.place(shop)?;
    let twice = shirt("EX1024")?;
    twice.both(shop)?;
    twice.import(shop)?;
    shirt("EX1032")?.import(shop)?;
    Ok(())
}

/// Orders at other prices than today's.
fn priced(shop: &Shop) -> Result<(), Oops> {
    // Three for 10.00 net: a third of it is no amount of pence.
    let socks = online("SOCKS", 3, "5.00").discount(pounds("3.00"));
    Sale::at(shop, "EX1003", worth("SOCKS", 3, "10.00", "2.00")?, socks)?.both(shop)?;
    // Sold before the price list was lowered to 20.00 net, 24.00 with VAT.
    let dearer = NewLine { unit_price: pounds("22.00"), ..Shop::line("SHIRT-M", 1)? };
    Sale::at(shop, "EX1035", dearer, online("SHIRT-M", 1, "26.40"))?.both(shop)?;
    // A tenth off the order, and shipping, which stays paid.
    let shirts = online("SHIRT-M", 2, "24.00").discount(pounds("4.80"));
    let mut discounted = Sale::at(shop, "EX1036", worth("SHIRT-M", 2, "36.00", "7.20")?, shirts)?;
    discounted.in_shop = discounted.in_shop.shipping(shipping());
    discounted.both(shop)?;
    // 9.99 has no net price in pence that gives 9.99 again: Sage sold it at 10.00.
    Sale::at(shop, "EX1037", worth("MUG-BLUE", 1, "8.33", "1.67")?, online("MUG-BLUE", 1, "9.99"))?.both(shop)?;
    Ok(())
}

fn shipping() -> NewShipping {
    NewShipping::new("Standard", pounds("3.95")).tax(Decimal::from(20))
}

/// Orders that Sage has archived since they were sold; of one the invoice is still in the sales ledger.
fn gone_from_sage(shop: &Shop) -> Result<(), Oops> {
    let desktop = shop.sage.desktop();
    for (number, post_invoice) in [("EX1033", false), ("EX1034", true)] {
        let goods = if post_invoice { "SHIRT-M" } else { "JUMPER-L" };
        let mut sale = Sale::at_list(shop, number, &[(goods, 1)])?.earlier()?;
        sale.in_sage.post_invoice = post_invoice;
        let id = sale.both(shop)?;
        if post_invoice {
            // The invoices of this shop carry the number of the web order.
            let invoice = shop.sage.ledger().last().map(|row| row.urn).ok_or("an invoice just posted is not there")?;
            desktop.amend_second_reference(invoice, number)?;
        }
        let document = shop.sage.document_no(id).ok_or("an order just entered has no number")?;
        desktop.archive_order(&document)?;
    }
    Ok(())
}

/// Orders whose customers never ask for a return: staff deal with them in Shopify.
fn for_staff(shop: &Shop) -> Result<(), Oops> {
    for number in 1051..=1061 {
        let name = format!("EX{number}");
        let goods: &[(&str, u32)] = match number {
            1052 | 1058 => &[("SHIRT-M", 2)],
            1053 => &[("JUMPER-L", 1)],
            _ => &[("SHIRT-M", 1)],
        };
        let mut sale = Sale::at_list(shop, &name, goods)?;
        if number == 1054 {
            sale.in_sage.lines.push(NewLine::charge("POSTAGE", pounds("3.29"), 1));
            sale.in_shop = sale.in_shop.shipping(shipping());
        }
        if number == 1057 {
            (sale.in_sage.despatched, sale.in_sage.invoiced) = (false, false);
            sale.in_shop = sale.in_shop.unfulfilled();
        }
        sale.both(shop)?;
    }
    Ok(())
}
