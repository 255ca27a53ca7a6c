//! Goods that are exchanged for others.

use super::{Policy, RefundGate, ReturnGoRefunds};
use sage200_client::{AnalysisText, ChargeCode, FieldError, OrderPriority};

choices! {
    /// What is done with units that are exchanged for other goods.
    #[derive(Default)]
    Exchanges {
        /// They are not credited: a person handles them. Their orders are watched all the same.
        #[default]
        Hold "hold",
        /// They are credited in full. Another program brings their orders into Sage, priced alike; they are compared and
        /// watched.
        Imported "imported",
        /// They are credited in full, and we enter the order of the new goods once the credit note is read back, worth what
        /// was credited and paid on top, less what is paid back.
        Create "create",
    }
}

choices! {
    /// What becomes of the difference when the new goods are cheaper.
    #[derive(Default)]
    CheaperExchange {
        /// ReturnGO pays it back: the order in Sage waits for that refund, so that it is worth that much less.
        #[default]
        Refunded "refunded",
        /// The shop keeps it, unless ReturnGO shows a refund: the order is worth what was credited.
        Kept "kept",
    }
}

choices! {
    /// What to do with orders of the shop that are for nothing and that no RMA names.
    #[derive(Default)]
    NilOrders {
        /// They are told once ReturnGO has had [`attribute_within`](Policy::attribute_within) to name them: an exchange may be
        /// among them.
        #[default]
        Report "report",
        /// Nothing: for shops that give much away.
        Ignore "ignore",
    }
}

/// What entering the orders of new goods needs to know of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeSite {
    /// The warehouse that new goods are taken from, by its name in Sage.
    pub warehouse: String,
    /// Which analysis code of an order (1 to 20; above 5 Professional only) carries the RMA number.
    pub rma_code: u8,
    /// Which one carries the number of the order that the goods were returned of.
    pub order_code: u8,
    /// How the goods are to be sent; none where this site keeps it nowhere.
    pub shipping: Option<ShippingNames>,
}

/// Where a site keeps how goods are to be sent. Sage 200 has no field of its own for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShippingIn {
    /// A charge line; the method is the charge's code.
    Charge,
    /// This analysis code of the order.
    AnalysisCode(u8),
    /// The order's priority; the method is a letter.
    Priority,
}

/// Which shipping method an exchange has in Sage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippingNames {
    place: ShippingIn,
    default: String,
    by_title: Vec<(String, String)>,
}

impl ShippingNames {
    /// `default`, unless the shop's order has shipping of one of these titles.
    ///
    /// # Errors
    /// The method that does not fit its place, and why.
    pub fn new(place: ShippingIn, default: &str, by_title: Vec<(String, String)>) -> Result<Self, String> {
        let fits = |method: &str| -> Result<(), String> {
            let field = |error: FieldError| error.to_string();
            match place {
                ShippingIn::Charge => ChargeCode::new(method).map(drop).map_err(field),
                ShippingIn::AnalysisCode(_) => AnalysisText::new(method).map(drop).map_err(field),
                ShippingIn::Priority => letter(method).map(drop),
            }
        };
        for method in std::iter::once(default).chain(by_title.iter().map(|(_, method)| method.as_str())) {
            fits(method).map_err(|why| format!("the shipping method {method:?}: {why}"))?;
        }
        Ok(Self { place, default: default.to_owned(), by_title })
    }

    /// Where the site keeps it.
    pub fn place(&self) -> ShippingIn {
        self.place
    }

    /// The method for shipping of this title in the shop.
    pub fn method(&self, title: Option<&str>) -> &str {
        let title = title.unwrap_or_default().trim();
        let known = self.by_title.iter().find(|(known, _)| known.trim().eq_ignore_ascii_case(title));
        known.map_or(self.default.as_str(), |(_, method)| method.as_str())
    }

    /// All methods, the default one first.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.default.as_str()).chain(self.by_title.iter().map(|(_, method)| method.as_str()))
    }
}

/// The letter of a priority.
pub(crate) fn letter(method: &str) -> Result<OrderPriority, String> {
    let mut letters = method.trim().chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => OrderPriority::new(letter).map_err(|error| error.to_string()),
        _ => Err("a priority is one letter from A to Z".to_owned()),
    }
}

impl Policy {
    pub(super) fn exchange_contradictions(&self, add: &mut impl FnMut(&[&'static str], &str, &str)) {
        if self.exchanges == Exchanges::Hold {
            return;
        }
        if self.refund_gate == RefundGate::ReturnGoValidation {
            add(
                &["policy.exchanges", "policy.refund_gate"],
                "ReturnGO refunds a parcel as a whole once it is validated, and of an exchange there is nothing to refund",
                "set `policy.exchanges` to hold, or `policy.refund_gate` to work_list",
            );
        }
        if self.returngo_refunds == ReturnGoRefunds::NotifyOnly {
            add(
                &["policy.exchanges", "policy.returngo_refunds"],
                "policy.returngo_refunds is notify_only, and the difference of a cheaper exchange is paid by ReturnGO alone",
                "set `policy.exchanges` to hold, or `policy.returngo_refunds` to pays",
            );
        }
        if self.exchanges != Exchanges::Create {
            return;
        }
        if self.exchange_site.is_none() {
            add(
                &["policy.exchanges", "exchange.warehouse", "exchange.rma_code", "exchange.order_code"],
                "policy.exchanges is create, and where orders of new goods stand in Sage is not chosen",
                "add a table [exchange] with `warehouse`, `rma_code` and `order_code`",
            );
        }
        if self.vat_by_rate.is_empty() {
            add(
                &["policy.exchanges", "policy.vat_by_rate"],
                "policy.exchanges is create, and which VAT code stands for a rate of the shop is not known",
                "write `policy.vat_by_rate`, such as [\"20 = 1\", \"0 = 2\"]",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_follows_the_title_or_is_the_default() {
        let by_title = vec![("Express Delivery".to_owned(), "DPD-EXPRESS".to_owned())];
        let names = ShippingNames::new(ShippingIn::AnalysisCode(3), "DPD-NEXT", by_title).unwrap();
        assert_eq!(names.method(None), "DPD-NEXT");
        assert_eq!(names.method(Some("Standard")), "DPD-NEXT");
        assert_eq!(names.method(Some(" express delivery")), "DPD-EXPRESS");
    }

    #[test]
    fn a_method_must_fit_its_place() {
        let long = "X".repeat(61);
        assert!(ShippingNames::new(ShippingIn::AnalysisCode(3), &long, vec![]).is_err());
        assert!(ShippingNames::new(ShippingIn::Charge, &"X".repeat(21), vec![]).is_err());
        assert!(ShippingNames::new(ShippingIn::Priority, "B", vec![]).is_ok());
        let refused = ShippingNames::new(ShippingIn::Priority, "B", vec![("x".to_owned(), "fast".to_owned())]);
        assert_eq!(refused.unwrap_err(), "the shipping method \"fast\": a priority is one letter from A to Z");
    }
}
