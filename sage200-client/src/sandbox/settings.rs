//! How the site is set up: its version, its settings, what the user may do.

use super::{
    SageSandbox, SandboxError,
    state::{Company, fits, in_bounds},
};
use http::Method;
use rust_decimal::Decimal;

/// Sage 200's release, where it decides what exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum Version {
    /// 2024 R1: no returns in the API; their endpoints answer 404.
    #[default]
    R2024_1,
    /// 2025 R1: `sop_returns` and its family.
    R2025_1,
}

/// Which lines may be entered on orders and returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LineItems {
    /// Standard and free-text lines.
    #[default]
    Both,
    /// No free-text lines.
    StandardOnly,
    /// No standard lines.
    FreeTextOnly,
}

impl LineItems {
    /// Sage publishes no literals here.
    pub(crate) fn literal(self) -> &'static str {
        match self {
            Self::Both => "StandardAndFreeText",
            Self::StandardOnly => "Standard",
            Self::FreeTextOnly => "FreeText",
        }
    }
}

/// What the API's user may do in sales order processing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permissions {
    /// Send prices and discounts of his own; without it they get a 401.
    pub override_prices_discounts: bool,
    /// Send cost prices of his own.
    pub override_cost_price: bool,
    /// Warehouse of lines that name none; when none, they are refused.
    pub full_order_warehouse: Option<i64>,
}

impl Default for Permissions {
    fn default() -> Self {
        Self { override_prices_discounts: true, override_cost_price: true, full_order_warehouse: None }
    }
}

/// Verb and body of `sop_returns_status` and `sop_orders_status`. Sage does not publish them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusShape {
    /// The verb.
    pub method: Method,
    /// The field with the document's record id.
    pub id: String,
    /// The field with the literal of the new status.
    pub status: String,
}

impl StatusShape {
    /// `POST {"id":…,"status":"EnumDocumentStatusOnHold"}`: a guess.
    pub fn presumed() -> Self {
        Self { method: Method::POST, id: "id".to_owned(), status: "status".to_owned() }
    }
}

/// Where an analysis code belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnalysisLevel {
    /// Headers of orders and returns.
    Header,
    /// Their lines.
    Line,
}

impl AnalysisLevel {
    pub(crate) fn class_name(self) -> &'static str {
        match self {
            Self::Header => "Sage.Accounting.SOP.SOPOrderReturn",
            Self::Line => "Sage.Accounting.SOP.SOPOrderReturnLine",
        }
    }
}

/// An analysis code put to use. Start from [`NewMapping::new`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMapping {
    /// Where it belongs.
    pub level: AnalysisLevel,
    /// The N of `analysis_code_N`, 1 to 20.
    pub slot: u8,
    /// Its name, at most 60.
    pub name: String,
    /// Must it be filled in?
    pub mandatory: bool,
    /// Is it closed to changes?
    pub read_only: bool,
    /// Values on its list, each at most 60.
    pub values: Vec<String>,
    /// Are other values accepted?
    pub allow_overtype: bool,
    /// Does a new value join the list?
    pub allow_new_on_entry: bool,
}

impl NewMapping {
    /// An optional code that takes any text.
    pub fn new(level: AnalysisLevel, slot: u8, name: &str) -> Self {
        Self {
            level,
            slot,
            name: name.to_owned(),
            mandatory: false,
            read_only: false,
            values: Vec::new(),
            allow_overtype: true,
            allow_new_on_entry: false,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    pub(crate) id: i64,
    pub(crate) code_id: i64,
    pub(crate) is: NewMapping,
    /// Ids of the values on the list.
    pub(crate) value_ids: Vec<i64>,
}

/// An additional charge that lines may name.
#[derive(Debug, Clone)]
pub(crate) struct AdditionalCharge {
    pub(crate) id: i64,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) value: Decimal,
}

/// # How the site is set up
impl SageSandbox {
    /// The release of this company's Sage 200; [`Version::R2024_1`] at first.
    #[must_use]
    pub fn with_version(self, version: Version) -> Self {
        self.set_version(version);
        self
    }

    /// As [`with_version`](Self::with_version): the site is upgraded, or goes back.
    pub fn set_version(&self, version: Version) {
        self.with_company(|company, _| company.settings.version = version);
    }

    /// Does Sage number orders and returns? When not, `document_no` is required. On at first.
    pub fn set_auto_number_documents(&self, on: bool) {
        self.with_company(|company, _| company.settings.auto_number_documents = on);
    }

    /// Does posting a return's credit note reach the ledger at once? When not, it waits in a pending file for
    /// [`Desktop::update_ledgers`](super::Desktop::update_ledgers). On at first.
    pub fn set_credit_notes_reach_ledger_at_once(&self, on: bool) {
        self.with_company(|company, _| company.settings.credit_notes_reach_ledger = on);
    }

    /// Do credit notes of returns carry the number of the return as second reference, or the customer's document
    /// number (cut to 20)? Sage's documentation does not say which; the customer's at first.
    pub fn set_credit_notes_carry_return_number(&self, on: bool) {
        self.with_company(|company, _| company.settings.credit_notes_carry_return_number = on);
    }

    /// Which kinds of line may be entered.
    pub fn set_line_items(&self, allowed: LineItems) {
        self.with_company(|company, _| company.settings.line_items = allowed);
    }

    /// May analysis codes of headers and of lines be amended? Both at first. A code sent all the same is refused.
    pub fn set_amend_analysis_codes(&self, headers: bool, lines: bool) {
        self.with_company(|company, _| {
            company.settings.amend_header_analysis = headers;
            company.settings.amend_line_analysis = lines;
        });
    }

    /// May nominal accounts of lines be amended? Yes at first. One sent all the same is refused.
    pub fn set_amend_nominal_codes(&self, on: bool) {
        self.with_company(|company, _| company.settings.amend_nominal = on);
    }

    /// Is the text of an analysis code without mapping dropped without a word? Refused at first.
    pub fn set_unmapped_analysis_codes_ignored(&self, on: bool) {
        self.with_company(|company, _| company.settings.unmapped_analysis_ignored = on);
    }

    /// Do answers to `POST` and `PUT` of a return leave the lines out? They hold them at first.
    pub fn set_answers_without_lines(&self, on: bool) {
        self.with_company(|company, _| company.settings.answers_without_lines = on);
    }

    /// What the API's user may do. Everything at first.
    pub fn set_permissions(&self, permissions: Permissions) {
        self.with_company(|company, _| company.settings.permissions = permissions);
    }

    /// Verb and body that the status endpoints take; with none they refuse whatever comes.
    /// [`StatusShape::presumed`] at first.
    pub fn set_status_shape(&self, shape: Option<StatusShape>) {
        self.with_company(|company, _| company.settings.status_shape = shape);
    }

    /// Adds an additional charge such as carriage; gives its record id. Lines of the API can only name charges that are
    /// there.
    ///
    /// # Errors
    /// When it exists, or something does not fit.
    pub fn add_additional_charge(&self, code: &str, name: &str, value: Decimal) -> Result<i64, SandboxError> {
        self.with_company(|company, _| {
            let (code, name) = (fits("code", code, 20)?, fits("name", name, 60)?);
            let value = in_bounds("charge_value", value)?;
            if company.charges.iter().any(|charge| charge.code.eq_ignore_ascii_case(&code)) {
                return Err(SandboxError::Exists { what: "additional charge", key: code });
            }
            let id = company.take_stock_id();
            company.charges.push(AdditionalCharge { id, code, name, value });
            Ok(id)
        })
    }

    /// Puts an analysis code to use; gives the record id of its mapping. None is in use at first.
    ///
    /// # Errors
    /// When the slot is not there or taken, or a text does not fit.
    pub fn add_analysis_mapping(&self, new: NewMapping) -> Result<i64, SandboxError> {
        self.with_company(|company, _| {
            if !(1..=20).contains(&new.slot) {
                return Err(SandboxError::UnknownAnalysisSlot { slot: new.slot });
            }
            if company.mapping(new.level, new.slot).is_some() {
                return Err(SandboxError::Exists { what: "analysis code mapping", key: new.slot.to_string() });
            }
            fits("name", &new.name, 60)?;
            for value in &new.values {
                fits("value", value, 60)?;
            }
            let (id, code_id) = (company.take_stock_id(), company.take_stock_id());
            let value_ids = new.values.iter().map(|_| company.take_stock_id()).collect();
            company.mappings.push(Mapping { id, code_id, is: new, value_ids });
            Ok(id)
        })
    }
}

impl Company {
    pub(crate) fn mapping(&self, level: AnalysisLevel, slot: u8) -> Option<&Mapping> {
        self.mappings.iter().find(|mapping| mapping.is.level == level && mapping.is.slot == slot)
    }

    /// Stores values that join their list.
    pub(crate) fn learn_values<'v>(&mut self, level: AnalysisLevel, codes: impl Iterator<Item = (&'v u8, &'v String)>) {
        for (slot, text) in codes.filter(|(_, text)| !text.is_empty()) {
            let new =
                self.mapping(level, *slot).is_some_and(|m| m.is.allow_new_on_entry && !m.is.values.contains(text));
            if !new {
                continue;
            }
            let id = self.take_stock_id();
            let mapping = self.mappings.iter_mut().find(|m| m.is.level == level && m.is.slot == *slot);
            if let Some(mapping) = mapping {
                mapping.is.values.push(text.clone());
                mapping.value_ids.push(id);
            }
        }
    }
}
