//! Lines of `POST` and `PUT sop_orders` and `sop_returns`: what each kind must and must not carry, and what may be amended.

use super::{
    body::{Body, label},
    documents::{Document, Line, LineKind},
    resources::choices::LINE_TYPE,
    settings::{AnalysisLevel, LineItems},
    state::{Company, Product},
    value::Row,
    writes::{Family, Refusal},
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Fields of a line that Sage fills in itself.
pub(crate) const READ_ONLY: &[&str] = &[
    "sop_return_id",
    "sop_order_id",
    "line_number",
    "available_for_despatch",
    "allocated_quantity",
    "stock_unit_line_quantity",
    "stock_unit_allocated_quantity",
    "stock_unit_available_quantity",
    "stock_unit_available_for_despatch",
    "stock_unit_despatch_receipt_quantity",
    "stock_unit_invoice_credit_quantity",
    "stock_unit_posted_invoice_credit_quantity",
    "allocation_status",
    "has_pop_order",
    "back_to_back_status",
    "despatch_receipt_quantity",
    "invoice_credit_quantity",
    "posted_invoice_credit_quantity",
    "despatch_receipt_status",
    "invoice_credit_status",
    "discounted_unit_price",
    "line_tax_value",
    "line_total_value",
    "is_complete",
    "is_line_deletable",
    "date_time_created",
    "date_time_updated",
];

const NOT_ON_STANDARD: &[&str] = &["selling_unit_description", "show_on_customer_docs", "show_on_picking_list_type"];
const NOT_ON_FREE_TEXT: &[&str] =
    &["product_id", "warehouse_id", "code", "show_on_customer_docs", "show_on_picking_list_type"];
const NOT_ON_CHARGE: &[&str] = &[
    "product_id",
    "warehouse_id",
    "line_quantity",
    "unit_discount_percent",
    "unit_discount_value",
    "selling_unit_description",
    "picking_list_comment",
    "despatch_note_comment",
    "show_on_customer_docs",
    "show_on_picking_list_type",
];
const NOT_ON_COMMENT: &[&str] = &[
    "product_id",
    "warehouse_id",
    "code",
    "line_quantity",
    "selling_unit_price",
    "selling_unit_price_overridden",
    "selling_unit_description",
    "unit_discount_percent",
    "unit_discount_value",
    "cost_price",
    "tax_code_id",
    "nominal_reference",
    "nominal_cost_centre",
    "nominal_department",
    "picking_list_comment",
    "despatch_note_comment",
];

/// Fields that are stored as sent.
fn is_kept(name: &str) -> bool {
    name.starts_with("spare_")
        || matches!(
            name,
            "use_description"
                | "selling_unit_description"
                | "retain_manual_prices"
                | "requested_delivery_date"
                | "promised_delivery_date"
                | "cost_price"
                | "picking_list_comment"
                | "despatch_note_comment"
                | "show_on_customer_docs"
                | "show_on_picking_list_type"
        )
}

fn kind_of(literal: &str) -> Option<LineKind> {
    let choice = LINE_TYPE.iter().find(|choice| choice.literal == literal)?;
    [LineKind::Standard, LineKind::FreeText, LineKind::Charge, LineKind::Comment]
        .into_iter()
        .find(|kind| kind.number() == choice.id)
}

fn not_allowed(kind: LineKind) -> &'static [&'static str] {
    match kind {
        LineKind::Standard => NOT_ON_STANDARD,
        LineKind::FreeText => NOT_ON_FREE_TEXT,
        LineKind::Charge => NOT_ON_CHARGE,
        LineKind::Comment => NOT_ON_COMMENT,
    }
}

/// A line of a request that is being applied.
pub(crate) struct LineRequest<'r> {
    /// Where it stands in the body, for messages.
    pub(crate) place: &'r str,
    pub(crate) body: &'r Body,
}

impl LineRequest<'_> {
    fn refuse(&self, field: &str, reason: impl AsRef<str>) -> Refusal {
        format!("{}{field}: {}", label(self.place), reason.as_ref()).into()
    }

    fn required<T>(&self, field: &str, value: Option<T>) -> Result<T, Refusal> {
        value.ok_or_else(|| self.refuse(field, "this field is required."))
    }

    fn only_allowed_fields(&self, kind: LineKind, literal: &str) -> Result<(), Refusal> {
        match not_allowed(kind).iter().find(|field| self.body.has(field)) {
            Some(field) => Err(self.refuse(field, format!("not allowed on a line of type {literal}."))),
            None => Ok(()),
        }
    }

    /// Adds, changes or deletes.
    pub(crate) fn apply(&self, company: &mut Company, document: &mut Document) -> Result<(), Refusal> {
        match (self.body.int("id"), self.body.flag("is_to_delete")) {
            (None, true) => Err(self.refuse("is_to_delete", "the line has no id.")),
            (None, false) => self.add(company, document),
            (Some(id), true) => {
                let line = self.find(document, id)?;
                if line.despatched > Decimal::ZERO || line.invoiced > Decimal::ZERO {
                    return Err(self.refuse("is_to_delete", "the line is received or credited in part."));
                }
                document.lines.retain(|line| line.id != id);
                Ok(())
            }
            (Some(id), false) => {
                let mut line = self.find(document, id)?.clone();
                self.change(company, document, &mut line)?;
                if let Some(stored) = document.lines.iter_mut().find(|stored| stored.id == id) {
                    *stored = line;
                }
                Ok(())
            }
        }
    }

    fn find<'d>(&self, document: &'d Document, id: i64) -> Result<&'d Line, Refusal> {
        let line = document.lines.iter().find(|line| line.id == id);
        line.ok_or_else(|| self.refuse("id", format!("the {} has no line {id}.", Family::of(document).noun())))
    }

    fn add(&self, company: &mut Company, document: &mut Document) -> Result<(), Refusal> {
        let literal = self.required("line_type", self.body.text("line_type"))?;
        let kind = kind_of(literal).ok_or_else(|| self.refuse("line_type", format!("there is no {literal:?}.")))?;
        self.only_allowed_fields(kind, literal)?;
        match (company.settings.line_items, kind) {
            (LineItems::StandardOnly, LineKind::FreeText) | (LineItems::FreeTextOnly, LineKind::Standard) => {
                return Err(self.refuse("line_type", "the settings do not allow lines of this type."));
            }
            _ => {}
        }
        let product = match kind {
            LineKind::Standard => Some(self.product(company)?.clone()),
            LineKind::FreeText | LineKind::Charge | LineKind::Comment => None,
        };
        let charge = self.charge(company, kind)?;
        let description = self.body.text("description").filter(|text| !text.is_empty());
        let given = product.as_ref().map(|product| product.name.clone()).or(charge.clone().map(|(_, name, _)| name));
        let description = self.required("description", description.map(str::to_owned).or(given))?;
        let mut line = Line {
            id: company.take_id(),
            number: document.lines.iter().map(|line| line.number).max().unwrap_or(0) + 1,
            kind,
            code: match (&product, &charge) {
                (Some(product), _) => product.code.clone(),
                (None, Some((code, _, _))) => code.clone(),
                (None, None) => String::new(),
            },
            description,
            quantity: if kind == LineKind::Comment { Decimal::ZERO } else { Decimal::ONE },
            unit_price: product.as_ref().map(|product| product.price).or(charge.map(|(_, _, v)| v)).unwrap_or_default(),
            unit_discount_percent: Decimal::ZERO,
            unit_discount: Decimal::ZERO,
            total: Decimal::ZERO,
            tax: Decimal::ZERO,
            tax_code: self.default_tax(company, document, kind, product.as_ref())?,
            warehouse: None,
            product,
            allocated: Decimal::ZERO,
            despatched: Decimal::ZERO,
            invoiced: Decimal::ZERO,
            posted: Decimal::ZERO,
            credited: (Decimal::ZERO, Decimal::ZERO),
            stocked: Decimal::ZERO,
            price_overridden: false,
            nominal: None,
            analysis_codes: BTreeMap::new(),
            kept: Row::default(),
        };
        if line.needs_receipt() {
            self.required("line_quantity", self.body.dec("line_quantity"))?;
        }
        if kind == LineKind::Standard {
            let default = company.settings.permissions.full_order_warehouse;
            line.warehouse = Some(self.required("warehouse_id", self.body.int("warehouse_id").or(default))?);
        }
        if matches!(kind, LineKind::FreeText) {
            self.required("selling_unit_price", self.body.dec("selling_unit_price"))?;
        }
        line.analysis_codes = BTreeMap::new();
        self.fill(company, document, &mut line, true)?;
        document.lines.push(line);
        Ok(())
    }

    fn product<'c>(&self, company: &'c Company) -> Result<&'c Product, Refusal> {
        let id = self.required("product_id", self.body.int("product_id"))?;
        let product = company.products.iter().find(|product| product.id == id);
        let product = product.ok_or_else(|| self.refuse("product_id", format!("there is no product {id}.")))?;
        match self.body.text("code") {
            Some(code) if !code.eq_ignore_ascii_case(&product.code) => {
                Err(self.refuse("code", format!("product {id} is {}, not {code}.", product.code)))
            }
            _ => Ok(product),
        }
    }

    /// Code, name and value of the additional charge named, where one is.
    fn charge(&self, company: &Company, kind: LineKind) -> Result<Option<(String, String, Decimal)>, Refusal> {
        let code = self.body.text("code").filter(|code| kind == LineKind::Charge && !code.is_empty());
        let Some(code) = code else { return Ok(None) };
        let charge = company.charges.iter().find(|charge| charge.code.eq_ignore_ascii_case(code));
        let charge = charge.ok_or_else(|| self.refuse("code", format!("there is no additional charge {code}.")))?;
        Ok(Some((charge.code.clone(), charge.name.clone(), charge.value)))
    }

    fn default_tax(
        &self,
        company: &Company,
        document: &Document,
        kind: LineKind,
        product: Option<&Product>,
    ) -> Result<Option<super::state::TaxCode>, Refusal> {
        if kind == LineKind::Comment || self.body.has("tax_code_id") {
            return Ok(None);
        }
        let customers = company.customer(document.customer_id).map(|customer| customer.tax_code).unwrap_or_default();
        let number = product.map_or(customers, |product| product.tax_code);
        let code = company.tax_code(number).cloned();
        code.map(Some).map_err(|_| self.refuse("tax_code_id", "the default tax code is missing."))
    }

    fn change(&self, company: &mut Company, document: &Document, line: &mut Line) -> Result<(), Refusal> {
        if line.kind != LineKind::Comment && line.is_complete() {
            return Err(self.refuse("id", "the line is fully processed and can't be amended."));
        }
        let literal = LINE_TYPE.iter().find(|choice| choice.id == line.kind.number()).map(|choice| choice.literal);
        if self.body.text("line_type").is_some_and(|sent| Some(sent) != literal) {
            return Err(self.refuse("line_type", "the type of a line can't be changed."));
        }
        if self.body.has("product_id") && self.body.int("product_id") != line.product.as_ref().map(|p| p.id) {
            return Err(self.refuse("product_id", "the product of a line can't be changed."));
        }
        if self.body.text("code").is_some_and(|code| !code.eq_ignore_ascii_case(&line.code)) {
            return Err(self.refuse("code", "the item of a line can't be changed."));
        }
        let same_product = |field: &&&str| matches!(**field, "product_id" | "code");
        let mut barred = not_allowed(line.kind).iter().filter(|field| !same_product(field));
        if let Some(field) = barred.find(|field| self.body.has(field)) {
            return Err(self.refuse(field, "not allowed on a line of this type."));
        }
        if let Some(text) = self.body.text("description") {
            text.clone_into(&mut line.description);
        }
        let wanted = self.body.int("warehouse_id");
        if wanted.is_some() && wanted != line.warehouse {
            if line.despatched > Decimal::ZERO {
                return Err(self.refuse("warehouse_id", "goods of the line are received already."));
            }
            line.warehouse = wanted;
        }
        self.fill(company, document, line, false)
    }

    /// Quantity, price, discount, tax, accounts and codes.
    fn fill(&self, company: &mut Company, document: &Document, line: &mut Line, is_new: bool) -> Result<(), Refusal> {
        let before = (line.unit_price, line.unit_discount, line.tax_code.as_ref().map(|code| code.id));
        if let (Some(product), Some(warehouse)) = (&line.product, line.warehouse) {
            if company.warehouse_name(warehouse).is_empty() {
                return Err(self.refuse("warehouse_id", format!("there is no warehouse {warehouse}.")));
            }
            if company.holding(product.id, warehouse).is_none() {
                let reason = format!("{} has no holding in warehouse {warehouse}.", product.code);
                return Err(self.refuse("warehouse_id", reason));
            }
        }
        if let Some(quantity) = self.body.dec("line_quantity") {
            if quantity <= Decimal::ZERO {
                return Err(self.refuse("line_quantity", "the value must be more than 0."));
            }
            let done = line.despatched.max(line.invoiced);
            if quantity < done {
                return Err(self.refuse("line_quantity", format!("{done} are received or credited already.")));
            }
            line.quantity = quantity;
        }
        self.price(company, line)?;
        if let Some(id) = self.body.int("tax_code_id") {
            let code = company.tax_codes.iter().find(|code| code.id == id).cloned();
            let code = code.ok_or_else(|| self.refuse("tax_code_id", format!("there is no tax code record {id}.")))?;
            line.tax_code = Some(code);
        }
        let after = (line.unit_price, line.unit_discount, line.tax_code.as_ref().map(|code| code.id));
        if line.invoiced > Decimal::ZERO && before != after {
            return Err(self.refuse("selling_unit_price", "a part of the line is credited at its price and tax."));
        }
        if is_new || self.body.has("line_quantity") || before != after {
            line.value(document.tax_inclusive);
        }
        self.nominal(company, line)?;
        if self.body.has("cost_price") && !company.settings.permissions.override_cost_price {
            return Err(Refusal::unauthorised());
        }
        let codes = check_analysis(
            company,
            AnalysisLevel::Line,
            self.place,
            self.body,
            (!is_new).then_some(&line.analysis_codes),
        )?;
        line.analysis_codes.extend(codes);
        self.body.keep(&mut line.kept, is_kept);
        Ok(())
    }

    fn price(&self, company: &Company, line: &mut Line) -> Result<(), Refusal> {
        let may = company.settings.permissions.override_prices_discounts;
        let is_item = line.kind == LineKind::Standard;
        // A caller who says that the price is not overridden gets the list's.
        let sent = self.body.dec("selling_unit_price");
        let sent = sent.filter(|_| !is_item || self.body.maybe_flag("selling_unit_price_overridden") != Some(false));
        if let Some(price) = sent.filter(|price| *price != line.unit_price) {
            if is_item && !may {
                return Err(Refusal::unauthorised());
            }
            if price < Decimal::ZERO && line.kind != LineKind::FreeText {
                return Err(self.refuse("selling_unit_price", "the value must not be negative."));
            }
            (line.unit_price, line.price_overridden) = (price, is_item);
        }
        let (value, percent) = (self.body.dec("unit_discount_value"), self.body.dec("unit_discount_percent"));
        let given = value.or(percent).is_some_and(|discount| !discount.is_zero());
        if given && is_item && !may {
            return Err(Refusal::unauthorised());
        }
        if percent.is_some_and(|percent| !(Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&percent)) {
            return Err(self.refuse("unit_discount_percent", "the value must be 0 to 100."));
        }
        match (value, percent) {
            (Some(value), _) => (line.unit_discount, line.unit_discount_percent) = (value, Decimal::ZERO),
            (None, Some(percent)) => line.unit_discount_percent = percent,
            (None, None) => {}
        }
        if value.is_none() && !line.unit_discount_percent.is_zero() || value.is_none() && percent.is_some() {
            let discount = line.unit_price.saturating_mul(line.unit_discount_percent) / Decimal::ONE_HUNDRED;
            line.unit_discount = discount.round_dp(5);
        }
        if line.unit_discount < Decimal::ZERO || line.unit_discount > line.unit_price.max(Decimal::ZERO) {
            return Err(self.refuse("unit_discount_value", "the discount does not suit the price."));
        }
        Ok(())
    }

    fn nominal(&self, company: &Company, line: &mut Line) -> Result<(), Refusal> {
        let fields = ["nominal_reference", "nominal_cost_centre", "nominal_department"];
        let Some(sent) = fields.iter().find(|field| self.body.has(field)) else { return Ok(()) };
        if !company.settings.amend_nominal {
            return Err(self.refuse(sent, "the settings do not allow nominal accounts to be amended."));
        }
        let account = fields.map(|field| self.body.text(field).unwrap_or_default().to_owned());
        if account.first().is_none_or(String::is_empty) {
            return Err(self.refuse("nominal_reference", "this field is required."));
        }
        line.nominal = Some(account);
        Ok(())
    }
}

/// The analysis codes sent, as far as they are to be stored. `stored` is none for what is new.
pub(crate) fn check_analysis(
    company: &Company,
    level: AnalysisLevel,
    place: &str,
    body: &Body,
    stored: Option<&BTreeMap<u8, String>>,
) -> Result<BTreeMap<u8, String>, Refusal> {
    let sent = body.analysis_codes();
    let place = label(place);
    let may_amend = match level {
        AnalysisLevel::Header => company.settings.amend_header_analysis,
        AnalysisLevel::Line => company.settings.amend_line_analysis,
    };
    let mut accepted = BTreeMap::new();
    for (slot, text) in &sent {
        let refuse = |reason: &str| Err(Refusal::from(format!("{place}analysis_code_{slot}: {reason}")));
        if !may_amend {
            return refuse("the settings do not allow analysis codes to be amended.");
        }
        let Some(mapping) = company.mapping(level, *slot) else {
            if company.settings.unmapped_analysis_ignored {
                continue;
            }
            return refuse("no analysis code is mapped here.");
        };
        let changed = stored.is_none_or(|stored| stored.get(slot) != Some(text));
        if mapping.is.read_only && changed {
            return refuse("the analysis code is read-only.");
        }
        let listed = mapping.is.values.iter().any(|value| value.eq_ignore_ascii_case(text));
        if !(text.is_empty() || listed || mapping.is.allow_overtype || mapping.is.allow_new_on_entry) {
            return refuse("the value is not on the list.");
        }
        accepted.insert(*slot, text.clone());
    }
    for mapping in company.mappings.iter().filter(|mapping| mapping.is.level == level) {
        let slot = mapping.is.slot;
        let filled = sent.get(&slot).or_else(|| stored.and_then(|stored| stored.get(&slot)));
        if mapping.is.mandatory && !mapping.is.read_only && filled.is_none_or(String::is_empty) {
            return Err(format!("{place}analysis_code_{slot}: {} is mandatory.", mapping.is.name).into());
        }
    }
    Ok(accepted)
}
