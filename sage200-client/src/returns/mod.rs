//! Sales returns before they are sent: parts, rules, body.

mod amendment;
mod analysis;
mod body;
mod faults;
mod lines;
mod rules;
mod status;
mod violations;

pub use amendment::{AmendmentParts, LineChange, ReturnAmendment};
pub use analysis::{AnalysisCodes, SlotError};
pub use faults::{ReturnFault, ReturnFaults};
pub use lines::{LineNominal, ReturnItem, ReturnLine};
pub use rules::SiteRules;
pub use status::{PresumedStatus, ReturnStatus, StatusAdaptor, StatusRequest, StatusVerb};
pub use violations::{SiteRule, Violation, Violations};

use crate::{CompanyKey, Customer, CustomerDocumentNo, DocumentNo, Id};
use chrono::NaiveDate;
use returns_wire::{Currency, Money, Rounding};
use rust_decimal::Decimal;

/// What a sales return is made of; [`ReturnDraft::new`] checks it.
///
/// Addresses are left as Sage 200 takes them from the account.
#[derive(Debug, Clone)]
pub struct ReturnParts<'t> {
    /// The customer's account.
    pub customer: Id<Customer>,
    /// Document date, a calendar date.
    pub date: NaiveDate,
    /// The account's currency, in which the prices are. It is not sent: [`ReturnDraft::check`] compares it.
    pub currency: Currency,
    /// The document's own number, only where Sage 200 does not give it.
    pub document_no: Option<DocumentNo>,
    /// The customer's number for the return: a key by which it is found again.
    pub customer_document_no: Option<CustomerDocumentNo>,
    /// Analysis codes of the header.
    pub analysis_codes: AnalysisCodes,
    /// The lines.
    pub lines: Vec<ReturnLine<'t>>,
}

/// A sales return that is right in itself; [`check`](Self::check) compares it with what a site allows.
///
/// ```
/// use sage200_client::*;
/// let company = CompanyKey::new(SiteId::new("0f1e-example"), CompanyId(1));
/// let standard = TaxCodeRow::new(Id::new(2)?, 1, "Standard rate", JsonDecimal(20.into()));
/// let table = TaxTable::from_rows(company, "2026-03-02T09:00:00Z".parse()?, vec![standard]);
/// let draft = ReturnDraft::new(ReturnParts {
///     customer: Id::new(12)?,
///     date: "2026-03-02".parse()?,
///     currency: Currency::GBP,
///     document_no: None,
///     customer_document_no: Some(CustomerDocumentNo::new("RMA-1001")?),
///     analysis_codes: AnalysisCodes::new().with(1, AnalysisText::new("#1001")?)?,
///     lines: vec![ReturnLine::new(ReturnItem::Standard {
///         product: Id::new(41)?,
///         warehouse: Id::new(3)?,
///         quantity: "1".parse()?,
///         tax: table.by_number(1)?,
///         unit_price: Some("20.00".parse()?),
///         description: None,
///     })],
/// })?;
/// assert_eq!(draft.totals(false).unwrap().gross.to_string(), "24.00 GBP");
/// assert_eq!(draft.totals(true).unwrap().gross.to_string(), "20.00 GBP");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a draft does nothing until it is sent"]
pub struct ReturnDraft<'t> {
    parts: ReturnParts<'t>,
}

/// What a return is expected to come to. Sage 200 computes its own values; a penny per line may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReturnTotals {
    /// Without VAT.
    pub net: Money,
    /// VAT.
    pub tax: Money,
    /// With VAT.
    pub gross: Money,
}

impl<'t> ReturnDraft<'t> {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`ReturnFaults`] with everything that is wrong, not just the first.
    pub fn new(parts: ReturnParts<'t>) -> Result<Self, ReturnFaults> {
        let mut faults = Vec::new();
        let currency = parts.currency;
        if currency.minor_digits() > 2 {
            faults.push(ReturnFault::TooManyPlaces { currency, digits: currency.minor_digits() });
        }
        if parts.customer_document_no.is_none() && parts.analysis_codes.is_empty() {
            faults.push(ReturnFault::NoKey);
        }
        if parts.lines.iter().all(|line| matches!(line.item, ReturnItem::Comment { .. })) {
            faults.push(ReturnFault::NothingToReturn);
        }
        let lines = parts.lines.iter().enumerate().map(|(index, line)| (format!("lines[{index}]"), line));
        lines::check(&mut faults, lines);
        if let Some(total) = value(&parts.lines).filter(|total| *total < Decimal::ZERO) {
            faults.push(ReturnFault::NegativeValue { total });
        }
        if faults.is_empty() { Ok(Self { parts }) } else { Err(ReturnFaults(faults)) }
    }

    /// Its parts.
    pub fn parts(&self) -> &ReturnParts<'t> {
        &self.parts
    }

    /// The company whose tax table the codes come from; `None` without a tax code.
    pub fn company(&self) -> Option<&'t CompanyKey> {
        self.parts.lines.iter().find_map(|line| line.item.tax()).map(|code| code.table().company())
    }

    /// What the return is expected to come to, every line rounded by itself. `prices_include_tax` is the site's
    /// [`are_prices_tax_inclusive`](crate::SopSettings::are_prices_tax_inclusive). `None` when a price is left to
    /// Sage 200.
    pub fn totals(&self, prices_include_tax: bool) -> Option<ReturnTotals> {
        let currency = self.parts.currency;
        let round = |amount| Money::rounded(amount, currency, Rounding::HalfUp).ok();
        let mut net = Money::zero(currency);
        let mut tax = net;
        for line in &self.parts.lines {
            let Some((quantity, price)) = line.item.priced() else { continue };
            let amount = round(quantity.checked_mul(price?)?)?;
            let rate = line.item.tax()?.rate();
            let base = if prices_include_tax { rate.checked_add(Decimal::ONE_HUNDRED)? } else { Decimal::ONE_HUNDRED };
            let of_line = round(amount.amount().checked_mul(rate)?.checked_div(base)?)?;
            let net_of_line = if prices_include_tax { amount.checked_sub(of_line).ok()? } else { amount };
            net = net.checked_add(net_of_line).ok()?;
            tax = tax.checked_add(of_line).ok()?;
        }
        Some(ReturnTotals { net, tax, gross: net.checked_add(tax).ok()? })
    }

    /// Compares the draft with what the site allows. Nothing is sent.
    ///
    /// # Errors
    /// [`Violations`] with every rule that it breaks.
    pub fn check(&self, rules: &SiteRules) -> Result<(), Violations> {
        rules::check_draft(self, rules)
    }

    /// The request body as it is sent, byte for byte (`sop_returns`).
    pub fn to_body(&self) -> Vec<u8> {
        body::of_draft(&self.parts)
    }
}

/// Sum of quantity times price, as far as prices are known and can be multiplied.
fn value(lines: &[ReturnLine<'_>]) -> Option<Decimal> {
    let mut total = Decimal::ZERO;
    for (quantity, price) in lines.iter().filter_map(|line| line.item.priced()) {
        total = total.checked_add(quantity.checked_mul(price?)?)?;
    }
    Some(total)
}
