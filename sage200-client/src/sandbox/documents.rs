//! Sales orders and sales returns, and what Sage computes on them.

use super::{
    SandboxError,
    state::{Company, DESKTOP_USER, Product, TaxCode, fits, in_bounds, pennies},
};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// The four kinds of document line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineKind {
    /// A stock item.
    #[default]
    Standard,
    /// Described, priced and taxed, no stock.
    FreeText,
    /// An additional charge such as carriage.
    Charge,
    /// Text only.
    Comment,
}

impl LineKind {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Standard => 0,
            Self::FreeText => 1,
            Self::Charge => 2,
            Self::Comment => 3,
        }
    }
}

/// A line to enter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewLine {
    /// Its kind.
    pub kind: LineKind,
    /// Product code (standard lines) or charge code, at most 30.
    pub code: String,
    /// Text; a standard line without one takes the product's name.
    pub description: String,
    /// Pieces.
    pub quantity: Decimal,
    /// Price of one, with tax if the company's prices are tax inclusive.
    pub unit_price: Decimal,
    /// Percent off the unit price.
    pub unit_discount_percent: Decimal,
    /// Number of the tax code (not its record id).
    pub tax_code_number: i16,
    /// The line's value where it is not quantity × price to the penny.
    pub total: Option<Decimal>,
    /// The line's tax where it is not rate × value to the penny.
    pub tax: Option<Decimal>,
    /// Pieces despatched or received, where not as the whole document.
    pub despatched: Option<Decimal>,
    /// Pieces invoiced or credited, where not as the whole document.
    pub invoiced: Option<Decimal>,
}

impl NewLine {
    /// A stock item.
    pub fn item(code: &str, quantity: Decimal, unit_price: Decimal, tax_code_number: i16) -> Self {
        Self { code: code.to_owned(), quantity, unit_price, tax_code_number, ..Self::default() }
    }

    /// A free-text line of quantity one.
    pub fn free_text(description: &str, value: Decimal, tax_code_number: i16) -> Self {
        Self {
            kind: LineKind::FreeText,
            description: description.to_owned(),
            ..Self::item("", Decimal::ONE, value, tax_code_number)
        }
    }

    /// An additional charge.
    pub fn charge(code: &str, value: Decimal, tax_code_number: i16) -> Self {
        Self {
            kind: LineKind::Charge,
            description: code.to_owned(),
            ..Self::item(code, Decimal::ONE, value, tax_code_number)
        }
    }

    /// A comment.
    pub fn comment(text: &str) -> Self {
        Self { kind: LineKind::Comment, description: text.to_owned(), ..Self::default() }
    }
}

/// A sales order to enter. Start from [`NewOrder::new`]: despatched and invoiced in full, dated today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// Record id of the customer.
    pub customer: i64,
    /// The customer's number, usually the web shop's, at most 30.
    pub customer_document_no: String,
    /// Its lines.
    pub lines: Vec<NewLine>,
    /// Its date; today when none.
    pub document_date: Option<NaiveDate>,
    /// Percent off goods; negative is a surcharge.
    pub document_discount_percent: Decimal,
    /// Do prices contain tax? As the company is set up when none.
    pub are_prices_tax_inclusive: Option<bool>,
    /// Have the goods gone out?
    pub despatched: bool,
    /// Has it been invoiced?
    pub invoiced: bool,
    /// Post the invoice to the sales ledger too? Off unless set, so that a ledger starts empty.
    pub post_invoice: bool,
    /// Header analysis codes, slot 1 to 20, text at most 60.
    pub analysis_codes: BTreeMap<u8, String>,
}

impl NewOrder {
    /// An order as most are when goods come back.
    pub fn new(customer: i64, customer_document_no: &str, lines: Vec<NewLine>) -> Self {
        Self {
            customer,
            customer_document_no: customer_document_no.to_owned(),
            lines,
            document_date: None,
            document_discount_percent: Decimal::ZERO,
            are_prices_tax_inclusive: None,
            despatched: true,
            invoiced: true,
            post_invoice: false,
            analysis_codes: BTreeMap::new(),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: i64,
    pub(crate) number: i64,
    pub(crate) kind: LineKind,
    pub(crate) product: Option<Product>,
    pub(crate) code: String,
    pub(crate) description: String,
    pub(crate) quantity: Decimal,
    pub(crate) unit_price: Decimal,
    pub(crate) unit_discount_percent: Decimal,
    pub(crate) unit_discount: Decimal,
    pub(crate) total: Decimal,
    pub(crate) tax: Decimal,
    /// As it was when the line was entered; none on comments.
    pub(crate) tax_code: Option<TaxCode>,
    pub(crate) despatched: Decimal,
    pub(crate) invoiced: Decimal,
}

#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) id: i64,
    pub(crate) document_no: String,
    pub(crate) is_return: bool,
    pub(crate) customer_id: i64,
    pub(crate) customer_document_no: String,
    pub(crate) date: NaiveDate,
    pub(crate) lines: Vec<Line>,
    pub(crate) discount_percent: Decimal,
    pub(crate) tax_inclusive: bool,
    pub(crate) analysis_codes: BTreeMap<u8, String>,
    pub(crate) created_by: &'static str,
    pub(crate) updated: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Totals {
    pub(crate) goods: Decimal,
    pub(crate) charge_net: Decimal,
    pub(crate) charge_tax: Decimal,
    pub(crate) discount: Decimal,
    pub(crate) net: Decimal,
    pub(crate) tax: Decimal,
    pub(crate) gross: Decimal,
}

/// Share of a percentage, to the penny.
fn percent(value: Decimal, percent: Decimal) -> Decimal {
    pennies(value.saturating_mul(percent) / Decimal::ONE_HUNDRED)
}

impl Document {
    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        let mut goods_tax = Decimal::ZERO;
        for line in &self.lines {
            match line.kind {
                LineKind::Standard | LineKind::FreeText => {
                    totals.goods += line.total;
                    goods_tax += line.tax - percent(line.tax, self.discount_percent);
                }
                LineKind::Charge => {
                    totals.charge_net += if self.tax_inclusive { line.total - line.tax } else { line.total };
                    totals.charge_tax += line.tax;
                }
                LineKind::Comment => {}
            }
        }
        totals.discount = percent(totals.goods, self.discount_percent);
        let goods_net = totals.goods - totals.discount - if self.tax_inclusive { goods_tax } else { Decimal::ZERO };
        totals.net = goods_net + totals.charge_net;
        totals.tax = goods_tax + totals.charge_tax;
        totals.gross = totals.net + totals.tax;
        totals
    }

    /// 0 none, 1 part, 2 full.
    pub(crate) fn progress(&self, done: impl Fn(&Line) -> Decimal) -> i64 {
        let lines = || self.lines.iter().filter(|line| line.kind != LineKind::Comment);
        if lines().all(|line| done(line) >= line.quantity) {
            2
        } else if lines().any(|line| done(line) > Decimal::ZERO) {
            1
        } else {
            0
        }
    }

    /// 0 live, 2 complete.
    pub(crate) fn status(&self) -> i64 {
        if self.progress(|line| line.despatched.min(line.invoiced)) == 2 { 2 } else { 0 }
    }
}

impl Company {
    /// Enters an order or a return; numbers, values and tax are Sage's. Gives its id and number.
    pub(crate) fn enter(
        &mut self,
        order: NewOrder,
        is_return: bool,
        now: DateTime<Utc>,
    ) -> Result<(i64, String), SandboxError> {
        self.customer(order.customer)?;
        let customer_document_no = fits("customer_document_no", &order.customer_document_no, 30)?;
        if order.document_discount_percent.abs() >= Decimal::ONE_HUNDRED {
            return Err(SandboxError::TooLarge {
                what: "document_discount_percent",
                value: order.document_discount_percent,
            });
        }
        for (slot, text) in &order.analysis_codes {
            fits("analysis_code", text, 60)?;
            if !(1..=20).contains(slot) {
                return Err(SandboxError::UnknownAnalysisSlot { slot: *slot });
            }
        }
        let tax_inclusive = order.are_prices_tax_inclusive.unwrap_or(self.settings.prices_tax_inclusive);
        let mut lines = Vec::new();
        for (number, line) in (1..).zip(order.lines) {
            let done = |all: bool| if all { line.quantity } else { Decimal::ZERO };
            let (despatched, invoiced) = (done(order.despatched), done(order.invoiced));
            lines.push(self.enter_line(line, number, tax_inclusive, despatched, invoiced)?);
        }
        let document = Document {
            id: self.take_id(),
            document_no: self.take_document_no(),
            is_return,
            customer_id: order.customer,
            customer_document_no,
            date: order.document_date.unwrap_or_else(|| now.date_naive()),
            lines,
            discount_percent: order.document_discount_percent,
            tax_inclusive,
            analysis_codes: order.analysis_codes,
            created_by: DESKTOP_USER,
            updated: now,
        };
        if order.post_invoice {
            self.post_invoice(&document, now)?;
        }
        let entered = (document.id, document.document_no.clone());
        self.documents.push(document);
        Ok(entered)
    }

    fn enter_line(
        &mut self,
        line: NewLine,
        number: i64,
        tax_inclusive: bool,
        despatched: Decimal,
        invoiced: Decimal,
    ) -> Result<Line, SandboxError> {
        let code = fits("code", &line.code, 30)?;
        let mut description = fits("description", &line.description, 1000)?;
        let product = match line.kind {
            LineKind::Standard => Some(self.product_mut(&code)?.clone()),
            LineKind::FreeText | LineKind::Charge | LineKind::Comment => None,
        };
        if let (true, Some(product)) = (description.is_empty(), &product) {
            description.clone_from(&product.name);
        }
        let tax_code = match line.kind {
            LineKind::Comment => None,
            LineKind::Standard | LineKind::FreeText | LineKind::Charge => {
                Some(self.tax_code(line.tax_code_number)?.clone())
            }
        };
        let quantity = in_bounds("quantity", line.quantity)?;
        let unit_price = in_bounds("unit_price", line.unit_price)?;
        let unit_discount_percent = in_bounds("unit_discount_percent", line.unit_discount_percent)?;
        let unit_discount = (unit_price.saturating_mul(unit_discount_percent) / Decimal::ONE_HUNDRED).round_dp(5);
        let total = match line.total {
            Some(total) => pennies(in_bounds("total", total)?),
            None => pennies(in_bounds("total", quantity.saturating_mul(unit_price - unit_discount))?),
        };
        let rate = tax_code.as_ref().map(|code| code.rate).unwrap_or_default();
        let tax = match line.tax {
            Some(tax) => pennies(in_bounds("tax", tax)?),
            None if tax_inclusive => pennies(total.saturating_mul(rate) / (Decimal::ONE_HUNDRED + rate)),
            None => percent(total, rate),
        };
        Ok(Line {
            id: self.take_id(),
            number,
            kind: line.kind,
            product,
            code,
            description,
            quantity,
            unit_price,
            unit_discount_percent,
            unit_discount,
            total,
            tax,
            tax_code,
            despatched: line.despatched.unwrap_or(despatched),
            invoiced: line.invoiced.unwrap_or(invoiced),
        })
    }
}
