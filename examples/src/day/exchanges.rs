//! Exchanges: what customers want instead, and how it gets to them or does not.

use super::{Day, orders::Sale, orders::worth, shirt};
use crate::shop::{Oops, Shop, pounds};
use returngo_client::sandbox::NewRma;
use rust_decimal::Decimal;
use sage200_client::sandbox::NewOrder;
use shopify_returns::sandbox::{NewAddress, NewOrder as ShopOrder, NewShipping};

/// Sells what is exchanged later: a shirt each.
pub(super) fn sell(shop: &Shop) -> Result<(), Oops> {
    shop.take_exchanges()?;
    (1081..=1087).try_for_each(|number| {
        Sale::at_list(shop, &format!("EX{number}"), &[("SHIRT-M", 1)])?.both(shop)?;
        Ok(())
    })
}

impl Day {
    pub(super) fn ask_for_exchanges(&mut self) -> Result<(), Oops> {
        let swap = |number: u32, sku: &str, price: &str| {
            NewRma::exchange(&format!("EX{number}")).line(shirt().exchange_for(sku).exchange_price(pounds(price)))
        };
        self.approve("exchange-even", swap(1081, "SHIRT-M", "24.00"))?;
        self.approve("exchange-dearer", swap(1082, "JUMPER-L", "54.00"))?;
        self.approve("exchange-cheaper", swap(1083, "MUG-BLUE", "10.00"))?;
        self.approve("exchange-early", swap(1084, "SHIRT-M", "24.00"))?;
        self.approve("exchange-imported", swap(1085, "SHIRT-M", "24.00"))?;
        self.approve("exchange-called-off", swap(1086, "SHIRT-M", "24.00"))?;
        self.approve("exchange-address", swap(1087, "SHIRT-M", "24.00"))
    }

    /// Staff release an exchange: what the customer gets, and pays for it.
    fn release(&self, part: &str, number: &str, order: ShopOrder) -> Result<(), Oops> {
        self.shop.released(self.rma(part)?, number, order)?;
        Ok(())
    }

    /// All but one shirt are back. That one, too, is released.
    pub(super) fn exchange_on_monday(&self) -> Result<(), Oops> {
        self.receive(&["exchange-even", "exchange-dearer", "exchange-cheaper", "exchange-imported"])?;
        self.receive(&["exchange-called-off", "exchange-address"])?;
        let goods = |number: &str, sku: &str, paid: &str| Shop::new_goods(number, &[(sku, 1)], pounds(paid));
        let express = NewShipping::new("Express", Decimal::ZERO);
        self.release("exchange-even", "EX1181", goods("EX1181", "SHIRT-M", "0.00")?)?;
        self.release("exchange-dearer", "EX1182", goods("EX1182", "JUMPER-L", "30.00")?.shipping(express))?;
        self.release("exchange-cheaper", "EX1183", goods("EX1183", "MUG-BLUE", "0.00")?)?;
        self.release("exchange-early", "EX1184", goods("EX1184", "SHIRT-M", "0.00")?)?;
        self.release("exchange-imported", "EX1185", goods("EX1185", "SHIRT-M", "0.00")?)?;
        self.release("exchange-called-off", "EX1186", goods("EX1186", "SHIRT-M", "0.00")?)?;
        let long = "The Old Harbour Master's House, behind the Chapel of St Example on the Quay";
        let house = NewAddress::new("A Customer", long, "Exampleton", "EX1 1EX");
        self.release("exchange-address", "EX1187", goods("EX1187", "SHIRT-M", "0.00")?.ship_to(house))?;
        // The importer of web orders has brought one of them, as the shop shows it: for nothing.
        let free = NewOrder::new(self.shop.web, "EX1185", vec![worth("SHIRT-M", 1, "0.00", "0.00")?]);
        self.shop.sage.add_order(NewOrder { despatched: false, invoiced: false, ..free })?;
        Ok(())
    }

    pub(super) fn exchange_on_tuesday_morning(&self) -> Result<(), Oops> {
        let shop = &self.shop;
        shop.refunded_online(self.rma("exchange-cheaper")?, "EX1083", pounds("14.00"))?;
        shop.despatched("EX1181", &[1])?;
        shop.shopify.staff().cancel(self.exchange_order("exchange-called-off")?, false)?;
        Ok(())
    }

    pub(super) fn exchange_on_tuesday_afternoon(&self) -> Result<(), Oops> {
        self.receive(&["exchange-early"])?;
        let shorter = NewAddress::new("A Customer", "The Old Harbour Master's House", "Exampleton", "EX1 1EX");
        let order = self.exchange_order("exchange-address")?;
        self.shop.shopify.staff().ship_to(order, shorter.address2("behind the Chapel of St Example"))?;
        Ok(())
    }

    fn exchange_order(&self, part: &str) -> Result<shopify_returns::OrderId, Oops> {
        let body: serde_json::Value = serde_json::from_str(&self.shop.returngo.json(self.rma(part)?)?)?;
        let id = body.pointer("/exchangeOrders/0/orderId").and_then(serde_json::Value::as_str);
        Ok(id.ok_or_else(|| format!("{part} has no exchange order"))?.parse()?)
    }
}
