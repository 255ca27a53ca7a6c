//! Sales orders.

use super::{
    AnalysisCodes, DeliveryAddress, SiteRules, SopDocument, SopFaults, SopLine, SopTotals, Violations, body, lines,
    rules,
};
use crate::{CompanyKey, Customer, CustomerDocumentNo, DocumentNo, Id, ids::DeliveryAddressRecord};
use chrono::NaiveDate;
use returns_wire::Currency;
use std::fmt;

/// What a sales order is made of; [`OrderDraft::new`] checks it.
#[derive(Debug, Clone)]
pub struct OrderParts<'t> {
    /// The customer's account.
    pub customer: Id<Customer>,
    /// Document date, a calendar date.
    pub date: NaiveDate,
    /// The account's currency, in which the prices are. It is not sent: [`OrderDraft::check`] compares it.
    pub currency: Currency,
    /// The document's own number, only where Sage 200 does not give it.
    pub document_no: Option<DocumentNo>,
    /// The customer's number for the order, usually the web shop's: a key by which it is found again.
    pub customer_document_no: Option<CustomerDocumentNo>,
    /// Analysis codes of the header.
    pub analysis_codes: AnalysisCodes,
    /// Where the goods go.
    pub deliver_to: DeliverTo,
    /// The order's priority, where it is not the account's.
    pub priority: Option<OrderPriority>,
    /// When the customer wants the goods.
    pub requested_delivery_date: Option<NaiveDate>,
    /// The lines.
    pub lines: Vec<SopLine<'t>>,
}

/// Where an order's goods go.
#[derive(Debug, Clone)]
pub enum DeliverTo {
    /// To the account's own address.
    InvoiceAddress,
    /// To an address that is stored with the account ([`delivery_addresses`](crate::Company::delivery_addresses)).
    Stored(Id<DeliveryAddressRecord>),
    /// To an address of this order alone.
    Address(Box<DeliveryAddress>),
}

/// An order's priority, A to Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderPriority(char);

impl OrderPriority {
    /// A letter from A to Z; small letters are taken as capitals.
    ///
    /// # Errors
    /// [`NotAPriority`] for anything else.
    pub fn new(letter: char) -> Result<Self, NotAPriority> {
        let capital = letter.to_ascii_uppercase();
        if capital.is_ascii_uppercase() { Ok(Self(capital)) } else { Err(NotAPriority { letter }) }
    }

    /// The letter.
    pub const fn get(self) -> char {
        self.0
    }
}

impl fmt::Display for OrderPriority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl serde::Serialize for OrderPriority {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_char(self.0)
    }
}

/// A letter that is no priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("order_priority is {letter:?}; give one letter from A to Z")]
#[non_exhaustive]
pub struct NotAPriority {
    /// The letter.
    pub letter: char,
}

/// A sales order that is right in itself; [`check`](Self::check) compares it with what a site allows.
///
/// An order worth nothing is lawful, as one that replaces returned goods can be: every price is given as zero, which the
/// user's permission to override prices must allow.
///
/// ```
/// use sage200_client::*;
/// let company = CompanyKey::new(SiteId::new("0f1e-example"), CompanyId(1));
/// let standard = TaxCodeRow::new(Id::new(2)?, 1, "Standard rate", JsonDecimal(20.into()));
/// let table = TaxTable::from_rows(company, "2026-03-02T09:00:00Z".parse()?, vec![standard]);
/// let draft = OrderDraft::new(OrderParts {
///     customer: Id::new(12)?,
///     date: "2026-03-02".parse()?,
///     currency: Currency::GBP,
///     document_no: None,
///     customer_document_no: Some(CustomerDocumentNo::new("EX1001-X")?),
///     analysis_codes: AnalysisCodes::new(),
///     deliver_to: DeliverTo::Address(Box::new(DeliveryAddress::new(AddressParts {
///         postal_name: "A Customer".to_owned(),
///         lines: ["1 Example Street".to_owned(), String::new(), String::new(), String::new()],
///         postcode: "EX1 1EX".to_owned(),
///         ..AddressParts::default()
///     })?)),
///     priority: Some(OrderPriority::new('B')?),
///     requested_delivery_date: None,
///     lines: vec![
///         SopLine::new(SopItem::Standard {
///             product: Id::new(41)?,
///             warehouse: Id::new(3)?,
///             quantity: "1".parse()?,
///             tax: table.by_number(1)?,
///             unit_price: Some("20.00".parse()?),
///             description: None,
///         }),
///         SopLine::new(SopItem::Charge { charge: ChargeCode::new("COURIER")?, value: Some("0".parse()?),
///             tax: Some(table.by_number(1)?) }),
///     ],
/// })?;
/// assert_eq!(draft.totals(false).unwrap().gross.to_string(), "24.00 GBP");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a draft does nothing until it is sent"]
pub struct OrderDraft<'t> {
    parts: OrderParts<'t>,
}

impl<'t> OrderDraft<'t> {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`SopFaults`] with everything that is wrong, not just the first.
    pub fn new(parts: OrderParts<'t>) -> Result<Self, SopFaults> {
        let mut faults = lines::check_document(parts.currency, &parts.lines);
        if parts.customer_document_no.is_none() && parts.analysis_codes.is_empty() {
            faults.insert(0, super::SopFault::NoKey);
        }
        SopFaults::unless_empty(SopDocument::Order, faults).map(|()| Self { parts })
    }

    /// Its parts.
    pub fn parts(&self) -> &OrderParts<'t> {
        &self.parts
    }

    /// The company whose tax table the codes come from; `None` without a tax code.
    pub fn company(&self) -> Option<&'t CompanyKey> {
        lines::company(&self.parts.lines)
    }

    /// What the order is expected to come to, every line rounded by itself. `prices_include_tax` is the site's
    /// [`are_prices_tax_inclusive`](crate::SopSettings::are_prices_tax_inclusive). `None` when a price is left to
    /// Sage 200.
    pub fn totals(&self, prices_include_tax: bool) -> Option<SopTotals> {
        SopTotals::of(&self.parts.lines, self.parts.currency, prices_include_tax)
    }

    /// Compares the draft with what the site allows. Nothing is sent.
    ///
    /// # Errors
    /// [`Violations`] with every rule that it breaks.
    pub fn check(&self, rules: &SiteRules) -> Result<(), Violations> {
        rules::check_order(self, rules)
    }

    /// The request body as it is sent, byte for byte (`sop_orders`).
    pub fn to_body(&self) -> Vec<u8> {
        body::of_order(&self.parts)
    }
}
