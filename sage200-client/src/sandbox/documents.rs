//! Sales orders and sales returns, and what Sage computes on them.

use super::{
    SandboxError,
    state::{Company, DESKTOP_USER, Product, TaxCode, fits, in_bounds, pennies},
    stock::HOME,
    value::Row,
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
    /// Pieces that stock is allocated to and that are not despatched yet.
    pub(crate) allocated: Decimal,
    pub(crate) despatched: Decimal,
    pub(crate) invoiced: Decimal,
    /// Invoiced or credited, and posted.
    pub(crate) posted: Decimal,
    /// Value and tax credited so far.
    pub(crate) credited: (Decimal, Decimal),
    /// Pieces that moved stock.
    pub(crate) stocked: Decimal,
    /// Standard lines only.
    pub(crate) warehouse: Option<i64>,
    /// The price is not the list's.
    pub(crate) price_overridden: bool,
    pub(crate) nominal: Option<[String; 3]>,
    pub(crate) analysis_codes: BTreeMap<u8, String>,
    /// Fields that are stored and change nothing.
    pub(crate) kept: Row,
}

impl Line {
    pub(crate) fn needs_receipt(&self) -> bool {
        matches!(self.kind, LineKind::Standard | LineKind::FreeText)
    }

    pub(crate) fn is_complete(&self) -> bool {
        (!self.needs_receipt() || self.despatched >= self.quantity) && self.posted >= self.quantity
    }

    /// Computes value and tax from quantity, price and rate.
    pub(crate) fn value(&mut self, tax_inclusive: bool) {
        let rate = self.tax_code.as_ref().map(|code| code.rate).unwrap_or_default();
        self.total = pennies(self.quantity.saturating_mul(self.unit_price - self.unit_discount));
        self.tax = tax_on(self.total, rate, tax_inclusive);
    }
}

/// Tax on, or within, a line's value.
fn tax_on(total: Decimal, rate: Decimal, inclusive: bool) -> Decimal {
    if inclusive { pennies(total.saturating_mul(rate) / (Decimal::ONE_HUNDRED + rate)) } else { percent(total, rate) }
}

/// What people decided about a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Live,
    OnHold,
    Cancelled,
    /// Still being entered through the API.
    Draft,
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
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) standing: Standing,
    /// Open on somebody's screen.
    pub(crate) locked: bool,
    /// A part was cancelled after the rest had come in.
    pub(crate) part_cancelled: bool,
    pub(crate) exchange_rate: Option<Decimal>,
    pub(crate) kept: Row,
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

    /// Received or despatched: 0 none, 1 part, 2 full.
    pub(crate) fn receipt(&self) -> i64 {
        progress(self.lines.iter().filter(|line| line.needs_receipt()).map(|line| (line.despatched, line.quantity)))
    }

    /// Invoiced or credited: 0 none, 1 part, 2 full.
    pub(crate) fn credit(&self) -> i64 {
        let lines = self.lines.iter().filter(|line| line.kind != LineKind::Comment);
        progress(lines.map(|line| (line.invoiced, line.quantity)))
    }

    /// 0 none, 1 part, 2 full.
    pub(crate) fn cancelled(&self) -> i64 {
        if self.standing == Standing::Cancelled { 2 } else { self.part_cancelled.into() }
    }

    /// Number in `sop_document_status_types`.
    pub(crate) fn status(&self) -> i64 {
        match self.standing {
            Standing::Live if self.is_complete() => 2,
            Standing::Live => 0,
            Standing::OnHold => 1,
            Standing::Cancelled => 4,
            Standing::Draft => 5,
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        let mut lines = self.lines.iter().filter(|line| line.kind != LineKind::Comment).peekable();
        lines.peek().is_some() && lines.all(Line::is_complete)
    }
}

/// 0 none, 1 part, 2 full, of what is done and what there is.
pub(crate) fn progress(lines: impl Iterator<Item = (Decimal, Decimal)>) -> i64 {
    let (mut any, mut open, mut some) = (false, false, false);
    for (done, quantity) in lines {
        any = true;
        open |= done < quantity;
        some |= done > Decimal::ZERO;
    }
    match (any, open, some) {
        (true, false, _) => 2,
        (_, _, true) => 1,
        _ => 0,
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
            lines.push(self.enter_line(line, number, tax_inclusive, [order.despatched, order.invoiced])?);
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
            created: now,
            updated: now,
            standing: Standing::Live,
            locked: false,
            part_cancelled: false,
            exchange_rate: None,
            kept: Row::default(),
        };
        if order.post_invoice {
            self.post_invoice(&document, now)?;
        }
        let entered = (document.id, document.document_no.clone());
        self.documents.push(document);
        Ok(entered)
    }

    pub(crate) fn enter_line(
        &mut self,
        line: NewLine,
        number: i64,
        tax_inclusive: bool,
        [despatched, invoiced]: [bool; 2],
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
            None => tax_on(total, rate, tax_inclusive),
        };
        let done = |all: bool| if all { quantity } else { Decimal::ZERO };
        let despatched = line.despatched.unwrap_or_else(|| done(despatched));
        let invoiced = line.invoiced.unwrap_or_else(|| done(invoiced));
        let warehouse = match product {
            Some(_) => Some(self.warehouse(HOME)?.id),
            None => None,
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
            allocated: Decimal::ZERO,
            despatched,
            invoiced,
            posted: invoiced,
            credited: (Decimal::ZERO, Decimal::ZERO),
            stocked: despatched,
            warehouse,
            price_overridden: true,
            nominal: None,
            analysis_codes: BTreeMap::new(),
            kept: Row::default(),
        })
    }
}
