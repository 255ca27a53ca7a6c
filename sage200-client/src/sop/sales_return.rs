//! Sales returns.

use super::{AnalysisCodes, SiteRules, SopDocument, SopFaults, SopLine, SopTotals, Violations, body, lines, rules};
use crate::{CompanyKey, Customer, CustomerDocumentNo, DocumentNo, Id};
use chrono::NaiveDate;
use returns_wire::Currency;

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
    pub lines: Vec<SopLine<'t>>,
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
///     lines: vec![SopLine::new(SopItem::Standard {
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

impl<'t> ReturnDraft<'t> {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`SopFaults`] with everything that is wrong, not just the first.
    pub fn new(parts: ReturnParts<'t>) -> Result<Self, SopFaults> {
        let mut faults = lines::check_document(parts.currency, &parts.lines);
        if parts.customer_document_no.is_none() && parts.analysis_codes.is_empty() {
            faults.insert(0, super::SopFault::NoKey);
        }
        SopFaults::unless_empty(SopDocument::Return, faults).map(|()| Self { parts })
    }

    /// Its parts.
    pub fn parts(&self) -> &ReturnParts<'t> {
        &self.parts
    }

    /// The company whose tax table the codes come from; `None` without a tax code.
    pub fn company(&self) -> Option<&'t CompanyKey> {
        lines::company(&self.parts.lines)
    }

    /// What the return is expected to come to, every line rounded by itself. `prices_include_tax` is the site's
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
        rules::check_return(self, rules)
    }

    /// The request body as it is sent, byte for byte (`sop_returns`).
    pub fn to_body(&self) -> Vec<u8> {
        body::of_return(&self.parts)
    }
}
