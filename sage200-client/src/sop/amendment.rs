use super::{AnalysisCodes, SiteRules, SopDocument, SopFault, SopFaults, SopLine, Violations, body, lines, rules};
use crate::{CompanyKey, Customer, CustomerDocumentNo, Id, OrderLine};
use std::collections::BTreeSet;

/// What is to change on a return; [`ReturnAmendment::new`] checks it. What is left out stays as it is.
#[derive(Debug, Clone)]
pub struct AmendmentParts<'t> {
    /// The return's account, which can't change.
    pub customer: Id<Customer>,
    /// A new number of the customer's.
    pub customer_document_no: Option<CustomerDocumentNo>,
    /// New analysis codes of the header.
    pub analysis_codes: AnalysisCodes,
    /// Changes to lines.
    pub lines: Vec<LineChange<'t>>,
}

/// A change to a return's lines.
#[derive(Debug, Clone)]
pub enum LineChange<'t> {
    /// A new line.
    Add(SopLine<'t>),
    /// Another content for a line.
    Change {
        /// The line.
        id: Id<OrderLine>,
        /// What it is to be.
        line: SopLine<'t>,
    },
    /// The line goes.
    Delete(Id<OrderLine>),
}

impl<'t> LineChange<'t> {
    pub(super) fn line(&self) -> Option<&SopLine<'t>> {
        match self {
            Self::Add(line) | Self::Change { line, .. } => Some(line),
            Self::Delete(_) => None,
        }
    }
}

/// An amendment that is right in itself.
#[derive(Debug, Clone)]
#[must_use = "an amendment does nothing until it is sent"]
pub struct ReturnAmendment<'t> {
    parts: AmendmentParts<'t>,
}

impl<'t> ReturnAmendment<'t> {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`SopFaults`] with everything that is wrong, not just the first.
    pub fn new(parts: AmendmentParts<'t>) -> Result<Self, SopFaults> {
        let mut faults = Vec::new();
        if parts.lines.is_empty() && parts.customer_document_no.is_none() && parts.analysis_codes.is_empty() {
            faults.push(SopFault::NothingToAmend);
        }
        let changed = parts.lines.iter().enumerate();
        let new = changed.filter_map(|(index, change)| Some((format!("lines[{index}]"), change.line()?)));
        lines::check(&mut faults, new);
        let mut seen = BTreeSet::new();
        for change in &parts.lines {
            match change {
                LineChange::Change { id, .. } | LineChange::Delete(id) if !seen.insert(*id) => {
                    faults.push(SopFault::LineTwice { id: *id });
                }
                LineChange::Add(_) | LineChange::Change { .. } | LineChange::Delete(_) => {}
            }
        }
        SopFaults::unless_empty(SopDocument::Return, faults).map(|()| Self { parts })
    }

    /// Its parts.
    pub fn parts(&self) -> &AmendmentParts<'t> {
        &self.parts
    }

    /// The company whose tax table the codes come from; `None` without a tax code.
    pub fn company(&self) -> Option<&'t CompanyKey> {
        let lines = self.parts.lines.iter().filter_map(LineChange::line);
        lines.filter_map(|line| line.item.tax()).map(|code| code.table().company()).next()
    }

    /// Compares the amendment with what the site allows. Nothing is sent.
    ///
    /// # Errors
    /// [`Violations`] with every rule that it breaks.
    pub fn check(&self, rules: &SiteRules) -> Result<(), Violations> {
        rules::check_amendment(self, rules)
    }

    /// The request body as it is sent, byte for byte (`sop_returns`).
    pub fn to_body(&self) -> Vec<u8> {
        body::of_amendment(&self.parts)
    }
}
