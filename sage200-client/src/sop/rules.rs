use super::{
    AnalysisCodes, LineChange, OrderDraft, ReturnAmendment, ReturnDraft, SiteRule, SopDocument, SopItem, SopLine,
    SopTotals, Violation, Violations,
};
use crate::{
    AccountStatus, AdditionalCharge, AnalysisCodeMapping, CurrencyRow, Customer, DocumentNo, Id, LineItems, Product,
    ProductStatus, ProductView, SopSettings, SopUserPermissions, Warehouse, WarehouseHolding, WarehouseRow,
    reading::fold,
};
use returns_wire::Currency;
use rust_decimal::Decimal;
use std::fmt::Display;

/// What a site shows about what it allows. `Company::site_rules` reads all but customers, products and holdings, which
/// are read for the returns at hand.
///
/// A setting that the site does not show forbids nothing; a record that was not read does.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SiteRules {
    /// Settings of sales order processing.
    pub settings: SopSettings,
    /// What the user may do.
    pub permissions: SopUserPermissions,
    /// Analysis codes in use.
    pub mappings: Vec<AnalysisCodeMapping>,
    /// All warehouses.
    pub warehouses: Vec<WarehouseRow>,
    /// All currencies.
    pub currencies: Vec<CurrencyRow>,
    /// All additional charges.
    pub charges: Vec<AdditionalCharge>,
    /// The customers of the returns to be checked.
    pub customers: Vec<Customer>,
    /// The products of the returns to be checked.
    pub products: Vec<ProductView>,
    /// Where products are kept. A product of which none is given is not checked for it.
    pub holdings: Vec<WarehouseHolding>,
}

impl SiteRules {
    /// Settings and permissions; everything else is empty and can be filled in.
    pub fn new(settings: SopSettings, permissions: SopUserPermissions) -> Self {
        Self {
            settings,
            permissions,
            mappings: Vec::new(),
            warehouses: Vec::new(),
            currencies: Vec::new(),
            charges: Vec::new(),
            customers: Vec::new(),
            products: Vec::new(),
            holdings: Vec::new(),
        }
    }
}

const NOTHING: &str = "nothing";

/// Violations as they are found.
struct Found<'a> {
    rules: &'a SiteRules,
    document: SopDocument,
    all: Vec<Violation>,
}

pub(super) fn check_return(draft: &ReturnDraft<'_>, rules: &SiteRules) -> Result<(), Violations> {
    let parts = draft.parts();
    let mut found = Found { rules, document: SopDocument::Return, all: Vec::new() };
    found.number(parts.document_no.as_ref());
    found.customer(parts.customer, Some(parts.currency));
    found.header(&parts.analysis_codes, true);
    found.lines(&parts.lines, draft.totals(found.inclusive()));
    found.result()
}

pub(super) fn check_order(draft: &OrderDraft<'_>, rules: &SiteRules) -> Result<(), Violations> {
    let parts = draft.parts();
    let mut found = Found { rules, document: SopDocument::Order, all: Vec::new() };
    found.number(parts.document_no.as_ref());
    found.customer(parts.customer, Some(parts.currency));
    found.header(&parts.analysis_codes, true);
    found.lines(&parts.lines, draft.totals(found.inclusive()));
    found.result()
}

pub(super) fn check_amendment(amendment: &ReturnAmendment<'_>, rules: &SiteRules) -> Result<(), Violations> {
    let mut found = Found { rules, document: SopDocument::Return, all: Vec::new() };
    let parts = amendment.parts();
    found.customer(parts.customer, None);
    found.header(&parts.analysis_codes, false);
    for (index, change) in parts.lines.iter().enumerate() {
        if let LineChange::Add(line) | LineChange::Change { line, .. } = change {
            found.line(&format!("lines[{index}]"), line);
        }
    }
    found.result()
}

impl Found<'_> {
    fn add(&mut self, field: impl Into<String>, value: impl Display, rule: SiteRule) {
        self.all.push(Violation { field: field.into(), value: value.to_string(), rule });
    }

    fn result(self) -> Result<(), Violations> {
        if self.all.is_empty() { Ok(()) } else { Err(Violations { document: self.document, all: self.all }) }
    }

    fn inclusive(&self) -> bool {
        self.rules.settings.are_prices_tax_inclusive.unwrap_or(false)
    }

    fn number(&mut self, number: Option<&DocumentNo>) {
        match (self.rules.settings.auto_generate_order_return_numbers, number) {
            (Some(false), None) => self.add("document_no", NOTHING, SiteRule::NumberMissing),
            (Some(true), Some(number)) => self.add("document_no", number, SiteRule::NumberIgnored),
            (None | Some(_), _) => {}
        }
    }

    fn lines(&mut self, lines: &[SopLine<'_>], totals: Option<SopTotals>) {
        for (index, line) in lines.iter().enumerate() {
            self.line(&format!("lines[{index}]"), line);
        }
        for (field, money) in totals.iter().flat_map(|t| [("total_gross_value", t.gross), ("total_tax_value", t.tax)]) {
            if money.amount() < Decimal::ZERO {
                self.add(field, money, SiteRule::NegativeTotal);
            }
        }
    }

    fn customer(&mut self, id: Id<Customer>, currency: Option<Currency>) {
        let rules = self.rules;
        let Some(customer) = rules.customers.iter().find(|row| row.id == id) else {
            self.add("customer", id, SiteRule::UnknownCustomer);
            return;
        };
        if customer.account_status_type == Some(AccountStatus::Hidden) {
            self.add("customer", id, SiteRule::HiddenCustomer);
        }
        let row = rules.currencies.iter().find(|row| customer.currency_id == Some(row.id));
        match (currency, row.and_then(CurrencyRow::iso_code)) {
            (Some(ours), None) => self.add("currency", ours, SiteRule::CurrencyUnknown),
            (Some(ours), Some(theirs)) if ours != theirs => {
                self.add("currency", format!("{ours} and the account's {theirs}"), SiteRule::OtherCurrency);
            }
            (None | Some(_), _) => {}
        }
    }

    fn header(&mut self, codes: &AnalysisCodes, whole: bool) {
        self.codes("", codes, "SOPOrderReturn", self.rules.settings.amend_header_analysis_codes, whole);
    }

    fn line(&mut self, place: &str, line: &SopLine<'_>) {
        let rules = self.rules;
        let comment = matches!(line.item, SopItem::Comment { .. });
        match &line.item {
            SopItem::Standard { product, warehouse, unit_price, .. } => {
                if rules.settings.order_line_item_type == Some(LineItems::FreeTextOnly) {
                    self.add(place, "a product", SiteRule::StandardForbidden);
                }
                if let (Some(false), Some(price)) = (rules.permissions.override_prices_discounts, unit_price) {
                    self.add(format!("{place}.unit_price"), price, SiteRule::PriceForbidden);
                }
                self.product(place, *product, *warehouse);
            }
            SopItem::FreeText { .. } => {
                if rules.settings.order_line_item_type == Some(LineItems::StandardOnly) {
                    self.add(place, "free text", SiteRule::FreeTextForbidden);
                }
            }
            SopItem::Charge { charge, .. } => {
                let known = |row: &AdditionalCharge| {
                    row.code.as_deref().is_some_and(|code| fold(code) == fold(charge.as_str()))
                };
                if !rules.charges.iter().any(known) {
                    self.add(format!("{place}.charge"), charge, SiteRule::UnknownCharge);
                }
            }
            SopItem::Comment { .. } => {}
        }
        if let (Some(false), Some(nominal)) = (rules.settings.amend_nominal_codes, &line.nominal) {
            self.add(format!("{place}.nominal"), &nominal.account, SiteRule::NominalClosed);
        }
        let open = rules.settings.amend_analysis_codes;
        self.codes(&format!("{place}."), &line.analysis_codes, "SOPOrderReturnLine", open, !comment);
    }

    fn product(&mut self, place: &str, product: Id<Product>, warehouse: Id<Warehouse>) {
        let rules = self.rules;
        let place_of_warehouse = format!("{place}.warehouse");
        match rules.warehouses.iter().find(|row| row.id == warehouse) {
            None => self.add(&place_of_warehouse, warehouse, SiteRule::UnknownWarehouse),
            // Returns are often booked into one that is not used for sales trading first.
            Some(row) if self.document == SopDocument::Order && !row.sells() => {
                self.add(&place_of_warehouse, warehouse, SiteRule::NotForTrading);
            }
            Some(_) => {}
        }
        let mut kept = rules.holdings.iter().filter(|row| row.product_id == Some(product)).peekable();
        if kept.peek().is_some() && !kept.any(|row| row.warehouse_id == Some(warehouse)) {
            self.add(&place_of_warehouse, warehouse, SiteRule::NoHolding);
        }
        let place = format!("{place}.product");
        let Some(row) = rules.products.iter().find(|row| row.id == product) else {
            self.add(place, product, SiteRule::UnknownProduct);
            return;
        };
        let name = row.code.clone().unwrap_or_else(|| product.to_string());
        if row.status_type == Some(ProductStatus::Inactive) {
            self.add(&place, &name, SiteRule::InactiveProduct);
        }
        if row.allow_sales_order == Some(false) {
            self.add(&place, &name, SiteRule::NotForSale);
        }
        // Of an order, batches and serial numbers are chosen when it is allocated. Literals come with and without a
        // prefix; one that is not known may be a way of tracing.
        if self.document == SopDocument::Return
            && row.traceable_type.as_deref().is_some_and(|kind| !fold(kind).ends_with("none"))
        {
            self.add(&place, &name, SiteRule::Traceable);
        }
    }

    /// `open`: may codes be given at all? `whole`: must mandatory ones be there?
    fn codes(&mut self, place: &str, codes: &AnalysisCodes, class: &str, open: Option<bool>, whole: bool) {
        let rules = self.rules;
        let header = place.is_empty();
        for (number, text) in codes.iter() {
            let field = format!("{place}analysis_code_{number}");
            let shown = format!("{:?}", text.as_str());
            if open == Some(false) {
                self.add(&field, &shown, if header { SiteRule::HeaderCodesClosed } else { SiteRule::LineCodesClosed });
            }
            let mapping = rules.mappings.iter().find(|row| row.is_of(class) && row.number() == Some(number));
            let Some(mapping) = mapping else {
                self.add(&field, &shown, SiteRule::CodeUnmapped);
                continue;
            };
            if mapping.is_read_only == Some(true) {
                self.add(&field, &shown, SiteRule::CodeReadOnly);
            }
            let code = mapping.analysis_code.as_ref();
            if code.and_then(|code| code.allow_overtype) == Some(false) {
                match code.and_then(|code| code.values.as_ref()) {
                    None => self.add(&field, &shown, SiteRule::CodeListUnread),
                    Some(values) => {
                        let listed = |value: &str| fold(value) == fold(text.as_str());
                        if !values.iter().any(|row| row.value.as_deref().is_some_and(listed)) {
                            self.add(&field, &shown, SiteRule::CodeNotListed);
                        }
                    }
                }
            }
        }
        let mandatory = rules.mappings.iter().filter(|row| row.is_of(class) && row.is_mandatory == Some(true));
        for number in mandatory.filter_map(AnalysisCodeMapping::number) {
            if whole && codes.get(number).is_none() {
                self.add(format!("{place}analysis_code_{number}"), NOTHING, SiteRule::CodeMissing);
            }
        }
    }
}

impl AnalysisCodeMapping {
    /// The N of `analysis_code_N`, if it is one of 1 to 20.
    pub fn number(&self) -> Option<u8> {
        u8::try_from(self.slot?).ok().filter(|number| (1..=20).contains(number))
    }

    /// Does it belong to this kind of record, such as `SOPOrderReturn`? Sage 200 writes the kind with the names of
    /// what it is part of in front.
    pub fn is_of(&self, class: &str) -> bool {
        let last = |name: &str| name.rsplit('.').next().is_some_and(|last| last.trim().eq_ignore_ascii_case(class));
        self.class_name.as_deref().is_some_and(last)
    }
}
