use chrono::{DateTime, Utc};
use returns_wire::Currency;
use rust_decimal::Decimal;

/// An order to be put into the shop: paid in full and shipped, unless said otherwise.
///
/// ```
/// use rust_decimal::Decimal;
/// use shopify_returns::sandbox::{NewLine, NewOrder, NewShipping};
/// let order = NewOrder::new("EX1001")
///     .line(NewLine::new("SHIRT-M", 2, Decimal::new(2400, 2)).tax(Decimal::from(20)))
///     .shipping(NewShipping::new("Standard", Decimal::new(395, 2)).tax(Decimal::from(20)));
/// ```
#[derive(Debug, Clone)]
#[must_use = "it is in the shop once it is added"]
pub struct NewOrder {
    pub(super) id: Option<u64>,
    pub(super) name: String,
    pub(super) lines: Vec<NewLine>,
    pub(super) shipping: Vec<NewShipping>,
    pub(super) taxes_included: bool,
    pub(super) customer_currency: Option<(Currency, Decimal)>,
    pub(super) created_at: Option<DateTime<Utc>>,
    pub(super) paid: bool,
    pub(super) fulfilled: bool,
    pub(super) test: bool,
    pub(super) by_gift_card: Decimal,
    pub(super) address: Option<NewAddress>,
}

/// Where the goods of a new order go, in Great Britain unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "goods go there once its order is added"]
pub struct NewAddress {
    pub(super) name: String,
    pub(super) company: Option<String>,
    pub(super) address1: String,
    pub(super) address2: Option<String>,
    pub(super) city: String,
    pub(super) province: Option<String>,
    pub(super) zip: String,
    pub(super) country: (String, String),
    pub(super) phone: Option<String>,
}

impl NewAddress {
    /// Name, street, city and postcode.
    pub fn new(name: &str, address1: &str, city: &str, zip: &str) -> Self {
        Self {
            name: name.to_owned(),
            company: None,
            address1: address1.to_owned(),
            address2: None,
            city: city.to_owned(),
            province: None,
            zip: zip.to_owned(),
            country: ("United Kingdom".to_owned(), "GB".to_owned()),
            phone: None,
        }
    }

    /// At this company.
    pub fn company(mut self, company: &str) -> Self {
        self.company = Some(company.to_owned());
        self
    }

    /// A second line.
    pub fn address2(mut self, address2: &str) -> Self {
        self.address2 = Some(address2.to_owned());
        self
    }

    /// In another country: its name, and its code of two letters.
    pub fn country(mut self, name: &str, code: &str) -> Self {
        self.country = (name.to_owned(), code.to_owned());
        self
    }

    /// Telephone.
    pub fn phone(mut self, phone: &str) -> Self {
        self.phone = Some(phone.to_owned());
        self
    }
}

impl NewOrder {
    /// With this name, which need not be the only one.
    pub fn new(name: &str) -> Self {
        Self {
            id: None,
            name: name.to_owned(),
            lines: Vec::new(),
            shipping: Vec::new(),
            taxes_included: true,
            customer_currency: None,
            created_at: None,
            paid: true,
            fulfilled: true,
            test: false,
            by_gift_card: Decimal::ZERO,
            address: None,
        }
    }

    /// With this number.
    pub fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// Its goods go there.
    pub fn ship_to(mut self, address: NewAddress) -> Self {
        self.address = Some(address);
        self
    }

    /// Adds a line.
    pub fn line(mut self, line: NewLine) -> Self {
        self.lines.push(line);
        self
    }

    /// Adds shipping.
    pub fn shipping(mut self, shipping: NewShipping) -> Self {
        self.shipping.push(shipping);
        self
    }

    /// Prices are without tax.
    pub fn taxes_excluded(mut self) -> Self {
        self.taxes_included = false;
        self
    }

    /// The customer pays in another currency, at so much of it for one of the shop's.
    pub fn customer_currency(mut self, currency: Currency, rate: Decimal) -> Self {
        self.customer_currency = Some((currency, rate));
        self
    }

    /// Placed then; now, unless said.
    pub fn created_at(mut self, at: DateTime<Utc>) -> Self {
        self.created_at = Some(at);
        self
    }

    /// Not paid yet.
    pub fn unpaid(mut self) -> Self {
        self.paid = false;
        self
    }

    /// Not shipped yet.
    pub fn unfulfilled(mut self) -> Self {
        self.fulfilled = false;
        self
    }

    /// A test order.
    pub fn test(mut self) -> Self {
        self.test = true;
        self
    }

    /// So much of it is paid with a gift card.
    pub fn split_payment(mut self, gift_card: Decimal) -> Self {
        self.by_gift_card = gift_card;
        self
    }
}

/// A line of a new order.
#[derive(Debug, Clone)]
#[must_use = "it is sold once its order is added"]
pub struct NewLine {
    pub(super) id: Option<u64>,
    pub(super) sku: String,
    pub(super) quantity: u32,
    pub(super) unit_price: Decimal,
    pub(super) discount: Decimal,
    pub(super) tax_rate: Option<Decimal>,
    pub(super) tax_amount: Option<Decimal>,
    pub(super) gift_card: bool,
    pub(super) group: Option<(String, u32)>,
}

impl NewLine {
    /// So many of a product, at this price each.
    pub fn new(sku: &str, quantity: u32, unit_price: Decimal) -> Self {
        Self {
            id: None,
            sku: sku.to_owned(),
            quantity,
            unit_price,
            discount: Decimal::ZERO,
            tax_rate: None,
            tax_amount: None,
            gift_card: false,
            group: None,
        }
    }

    /// A component of so many bundles of this stock code, whose lines stand one after the other.
    pub fn of_bundle(mut self, bundle: &str, bundles: u32) -> Self {
        self.group = Some((bundle.to_owned(), bundles));
        self
    }

    /// With this number.
    pub fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// So much off the whole line.
    pub fn discount(mut self, amount: Decimal) -> Self {
        self.discount = amount;
        self
    }

    /// Taxed at this rate in percent. Without one there is no tax line.
    pub fn tax(mut self, rate: Decimal) -> Self {
        self.tax_rate = Some(rate);
        self
    }

    /// Another tax than its rate gives.
    pub fn tax_amount(mut self, amount: Decimal) -> Self {
        self.tax_amount = Some(amount);
        self
    }

    /// A gift card.
    pub fn gift_card(mut self) -> Self {
        self.gift_card = true;
        self
    }
}

/// Shipping of a new order.
#[derive(Debug, Clone)]
#[must_use = "it is sold once its order is added"]
pub struct NewShipping {
    pub(super) title: String,
    pub(super) price: Decimal,
    pub(super) tax_rate: Option<Decimal>,
}

impl NewShipping {
    /// At this price.
    pub fn new(title: &str, price: Decimal) -> Self {
        Self { title: title.to_owned(), price, tax_rate: None }
    }

    /// Taxed at this rate in percent.
    pub fn tax(mut self, rate: Decimal) -> Self {
        self.tax_rate = Some(rate);
        self
    }
}
