//! Goods that customers exchange, in the sandboxes.

use crate::shop::{Oops, Shop};
use returngo_client::RmaId;
use returns_sync::policy::{ExchangeSite, Exchanges, Policy, ShippingIn, ShippingNames};
use rust_decimal::Decimal;
use sage200_client::sandbox::{AnalysisLevel, NewMapping, SandboxError};
use shopify_returns::{
    OrderId,
    sandbox::{NewAddress, NewOrder as ShopOrder},
};

impl Shop {
    /// Sage is made ready for orders of new goods: analysis codes for the order, the RMA and the shipping method, and ten
    /// pieces of every product on the shelf.
    ///
    /// # Errors
    /// When it was done before.
    pub fn take_exchanges(&self) -> Result<(), SandboxError> {
        for (number, name) in [(1, "Web order"), (2, "RMA"), (3, "Shipping")] {
            // The route by sales returns has mapped the first.
            match self.sage.add_analysis_mapping(NewMapping::new(AnalysisLevel::Header, number, name)) {
                Ok(_) | Err(SandboxError::Exists { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        for code in Self::codes() {
            self.sage.set_stock(code, "HOME", Decimal::TEN)?;
        }
        Ok(())
    }

    /// A policy by which orders of new goods are entered in Sage.
    ///
    /// # Errors
    /// Never, as the values are fixed.
    pub fn with_exchanges(mut policy: Policy) -> Result<Policy, Oops> {
        let express = vec![("Express".to_owned(), "DPD-EXPRESS".to_owned())];
        policy.exchanges = Exchanges::Create;
        policy.exchange_site = Some(ExchangeSite {
            warehouse: "HOME".to_owned(),
            rma_code: 2,
            order_code: 1,
            shipping: Some(ShippingNames::new(ShippingIn::AnalysisCode(3), "DPD-NEXT", express)?),
        });
        policy.vat_by_rate = vec![(Decimal::from(20), 1), (Decimal::ZERO, 2)];
        Ok(policy)
    }

    /// The shop's order of new goods at catalogue prices, for which the customer pays only so much on top; it comes off the
    /// discount of the first lines.
    ///
    /// # Errors
    /// A code that is not in the catalogue.
    pub fn new_goods(number: &str, goods: &[(&str, u32)], paid: Decimal) -> Result<ShopOrder, Oops> {
        let home = NewAddress::new("A Customer", "1 Example Street", "Exampleton", "EX1 1EX");
        let mut order = ShopOrder::new(number).unfulfilled().ship_to(home);
        let mut left = paid;
        for (code, quantity) in goods {
            let price = Self::price_online(code)? * Decimal::from(*quantity);
            let of_line = left.min(price);
            left -= of_line;
            order = order.line(Self::online_line(code, *quantity)?.discount(price - of_line));
        }
        Ok(order)
    }

    /// Staff release an exchange: its draft becomes this order of the shop.
    ///
    /// # Errors
    /// The sandboxes' own.
    pub fn released(&self, rma: &RmaId, number: &str, order: ShopOrder) -> Result<OrderId, Oops> {
        let id = self.shopify.add_order(order)?;
        self.returngo.release_exchange(rma, &id.to_string(), number)?;
        Ok(id)
    }

    /// Stores allocate the order of new goods that carries this number, and despatch so many pieces of each of its lines; gives
    /// its number in Sage.
    ///
    /// # Errors
    /// Sage's own: when it is not there, or the goods are not.
    pub fn despatched(&self, number: &str, pieces: &[u32]) -> Result<String, SandboxError> {
        let desktop = self.sage.desktop();
        let document = desktop.find_order(number)?;
        desktop.allocate_order(&document)?;
        let goods: Vec<_> = (1..).zip(pieces.iter().copied().map(Decimal::from)).collect();
        desktop.despatch_order(&document, &goods, "", "")?;
        Ok(document)
    }
}
