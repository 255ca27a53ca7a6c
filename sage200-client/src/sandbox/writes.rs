//! Writing `sop_orders` and `sop_returns`, and their status.

use super::{
    body::Body,
    documents::{Document, Line, LineKind, Standing},
    odata::Query,
    resources,
    settings::AnalysisLevel,
    sop_lines::{self, LineRequest, check_analysis},
    state::{API_USER, Company},
    value::{Row, Value},
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Orders or returns: the same writes of two resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Orders,
    Returns,
}

impl Family {
    pub(crate) fn of(document: &Document) -> Self {
        if document.is_return { Self::Returns } else { Self::Orders }
    }

    fn is_return(self) -> bool {
        self == Self::Returns
    }

    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Orders => "order",
            Self::Returns => "return",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Orders => resources::SOP_ORDERS,
            Self::Returns => resources::SOP_RETURNS,
        }
    }

    fn proposal(self) -> &'static str {
        match self {
            Self::Orders => resources::SOP_ORDERS_NEW,
            Self::Returns => resources::SOP_RETURNS_NEW,
        }
    }

    pub(crate) fn lines(self) -> &'static str {
        match self {
            Self::Orders => resources::SOP_ORDER_LINES,
            Self::Returns => resources::SOP_RETURN_LINES,
        }
    }

    fn address(self) -> &'static str {
        match self {
            Self::Orders => resources::SOP_ORDER_ADDRESS,
            Self::Returns => resources::SOP_RETURN_ADDRESS,
        }
    }

    fn memos(self) -> &'static str {
        match self {
            Self::Orders => resources::SOP_ORDER_MEMOS,
            Self::Returns => resources::SOP_RETURN_MEMOS,
        }
    }
}

/// Fields of a header that Sage fills in itself.
const READ_ONLY: &[&str] = &[
    "id",
    "is_draft",
    "lock_id",
    "document_status",
    "despatch_receipt_status",
    "invoice_credit_status",
    "cancelled_status",
    "currency_id",
    "subtotal_goods_value",
    "subtotal_charge_net_value",
    "subtotal_charge_tax_value",
    "subtotal_discount_value",
    "total_net_value",
    "total_tax_value",
    "total_gross_value",
    "external_reference",
    "is_credit_limit_exceeded",
    "available_document_discount_percent",
    "payment_declared",
    "payment_undeclared",
    "declared_payment_remaining",
    "currency",
    "customer",
    "payment_method",
    "payment_status",
    "profitability",
    "date_time_created",
    "date_time_updated",
];

/// A write that is refused: nothing in the body when the status says it all.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
}

impl Refusal {
    /// What Sage says to prices and discounts that the user may not override.
    pub(crate) fn unauthorised() -> Self {
        Self { status: 401, message: String::new() }
    }

    pub(crate) fn missing() -> Self {
        Self { status: 404, message: "The record does not exist.".to_owned() }
    }
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Self { status: 400, message }
    }
}

impl From<&str> for Refusal {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

fn is_kept(name: &str) -> bool {
    name.starts_with("spare_")
        || matches!(
            name,
            "use_invoice_address"
                | "is_triangulated"
                | "settlement_discount_days"
                | "settlement_discount_percent"
                | "document_created_by"
                | "requested_delivery_date"
                | "promised_delivery_date"
                | "order_priority"
        )
}

impl Company {
    fn by_id(&self, family: Family, id: i64) -> Result<Document, Refusal> {
        let mut documents = self.documents.iter().filter(|document| Family::of(document) == family);
        documents.find(|document| document.id == id).cloned().ok_or_else(Refusal::missing)
    }

    pub(crate) fn store(&mut self, document: Document) {
        for stored in self.documents.iter_mut().filter(|stored| stored.id == document.id) {
            *stored = document.clone();
        }
    }

    /// The whole record, as answers to writes hold it.
    fn whole(&self, family: Family, id: i64) -> Result<String, Refusal> {
        let table = resources::table(family.path()).ok_or_else(Refusal::missing)?;
        let expand = [("$expand".to_owned(), "lines,memos,delivery_address".to_owned())];
        let expand = if self.settings.answers_without_lines { &[] } else { expand.as_slice() };
        let row = table.rows(self).into_iter().find(|row| row.value("id") == Some(&Value::Int(id)));
        Ok(Query::parse(expand, table, false)?.single(&row.ok_or_else(Refusal::missing)?))
    }

    /// `POST sop_orders`, `POST sop_returns`.
    pub(crate) fn create(&mut self, family: Family, json: &str, now: DateTime<Utc>) -> Result<String, Refusal> {
        let body = Body::read(json, "", resources::fields(family.path()), READ_ONLY)?;
        let customer_id = body.int("customer_id").ok_or("customer_id: this field is required.")?;
        let lines = lines_of(family, &body)?.unwrap_or_default();
        let mut document = self.new_document(family, customer_id, now)?;
        if self.settings.auto_number_documents {
            document.document_no = self.take_document_no();
        } else {
            let number = body.text("document_no").filter(|number| !number.is_empty());
            number
                .ok_or("document_no: this field is required; numbers are not generated.")?
                .clone_into(&mut document.document_no);
            if self.documents.iter().any(|other| other.document_no == document.document_no) {
                return Err(format!("document_no: {} exists already.", document.document_no).into());
            }
        }
        if body.flag("is_editing") {
            document.standing = Standing::Draft;
        } else if lines.is_empty() {
            return Err(needs_a_line(family));
        }
        self.fill_header(&mut document, &body, true)?;
        for (place, line) in &lines {
            LineRequest { place, body: line }.apply(self, &mut document)?;
        }
        not_negative(&document)?;
        let id = document.id;
        self.learn(&document);
        if family == Family::Orders && document.standing == Standing::Live && self.settings.allocate_on_entry {
            self.allocate(&mut document);
        }
        self.documents.push(document);
        self.whole(family, id)
    }

    /// `POST sop_orders_new`, `POST sop_returns_new`: what a new one would hold; nothing is stored.
    pub(crate) fn propose(&mut self, family: Family, json: &str, now: DateTime<Utc>) -> Result<String, Refusal> {
        let body = Body::read(json, "", resources::fields(family.proposal()), &[])?;
        let customer_id = body.int("customer_id").ok_or("customer_id: this field is required.")?;
        let document = Document { id: 0, ..self.new_document(family, customer_id, now)? };
        let table = resources::table(family.path()).ok_or_else(Refusal::missing)?;
        let mut row = resources::sop_document(self, &document).ok_or_else(Refusal::missing)?;
        row.put("id", Value::Null);
        Ok(Query::parse(&[], table, false)?.single(&row))
    }

    fn new_document(&mut self, family: Family, customer_id: i64, now: DateTime<Utc>) -> Result<Document, Refusal> {
        let customer = self.customer(customer_id);
        let customer = customer.map_err(|_| format!("customer_id: there is no customer {customer_id}."))?;
        if customer.hidden {
            return Err(format!("customer_id: the account {} is hidden.", customer.reference).into());
        }
        Ok(Document {
            id: self.take_id(),
            document_no: String::new(),
            is_return: family.is_return(),
            customer_id,
            customer_document_no: String::new(),
            date: now.date_naive(),
            lines: Vec::new(),
            discount_percent: Decimal::ZERO,
            tax_inclusive: self.settings.prices_tax_inclusive,
            analysis_codes: BTreeMap::new(),
            created_by: API_USER,
            created: now,
            updated: now,
            standing: Standing::Live,
            locked: false,
            part_cancelled: false,
            exchange_rate: None,
            kept: Row::default(),
        })
    }

    fn fill_header(&mut self, document: &mut Document, body: &Body, is_new: bool) -> Result<(), Refusal> {
        if body.text("customer_type").is_some_and(|kind| kind != "EnumCustomerTypeCredit") {
            return Err("customer_type: only credit accounts are set up.".into());
        }
        if let Some(date) = body.date("document_date") {
            document.date = date;
        }
        if let Some(number) = body.text("customer_document_no") {
            number.clone_into(&mut document.customer_document_no);
        }
        if let Some(percent) = body.dec("document_discount_percent") {
            if percent.abs() >= Decimal::ONE_HUNDRED {
                return Err("document_discount_percent: the value must be -99.99 to 99.99.".into());
            }
            if percent != document.discount_percent && !self.settings.permissions.override_prices_discounts {
                return Err(Refusal::unauthorised());
            }
            if percent != document.discount_percent && document.credit() > 0 {
                return Err("document_discount_percent: a part of it is invoiced or credited already.".into());
            }
            document.discount_percent = percent;
        }
        if let Some(rate) = body.dec("exchange_rate") {
            let base = self.customer(document.customer_id).is_ok_and(|customer| customer.currency.base);
            if rate <= Decimal::ZERO || (base && rate != Decimal::ONE) {
                return Err("exchange_rate: the rate does not suit the customer's currency.".into());
            }
            document.exchange_rate = Some(rate);
        }
        let stored_address = match body.int("customer_delivery_address_id") {
            Some(id) => Some(self.stored_address(document.customer_id, id).ok_or_else(|| {
                Refusal::from("customer_delivery_address_id: the customer has no such delivery address.")
            })?),
            None => None,
        };
        let stored = (!is_new).then_some(&document.analysis_codes);
        let codes = check_analysis(self, AnalysisLevel::Header, "", body, stored)?;
        document.analysis_codes.extend(codes);
        body.keep(&mut document.kept, is_kept);
        let family = Family::of(document);
        if let Some(address) = body.object("delivery_address", resources::fields(family.address()))? {
            let mut row = Row::default();
            address.keep(&mut row, |_| true);
            document.kept.put("delivery_address", Value::Object(row));
        }
        if let Some(address) = stored_address {
            document.kept.put("delivery_address", Value::Object(address));
            document.kept.put("use_invoice_address", Value::Flag(false));
        }
        let memos = body.rows("memos", resources::fields(family.memos()), MEMO_READ_ONLY)?;
        let mut rows = match document.kept.take("memos") {
            Some(Value::List(rows)) => rows,
            _ => Vec::new(),
        };
        for (_, memo) in memos.unwrap_or_default() {
            let mut row = Row::from([("id", Value::Int(self.take_stock_id())), ("is_active", Value::Flag(true))]);
            memo.keep(&mut row, |_| true);
            rows.push(row);
        }
        document.kept.put("memos", Value::List(rows));
        Ok(())
    }

    fn learn(&mut self, document: &Document) {
        self.learn_values(AnalysisLevel::Header, document.analysis_codes.iter());
        self.learn_values(AnalysisLevel::Line, document.lines.iter().flat_map(|line| &line.analysis_codes));
    }

    /// `PUT sop_orders/{id}`, `PUT sop_returns/{id}`, and whether the books changed: lines before one that fails stay
    /// changed.
    pub(crate) fn amend(
        &mut self,
        family: Family,
        id: i64,
        json: &str,
        now: DateTime<Utc>,
    ) -> (Result<String, Refusal>, bool) {
        let (before, body, lines) = match self.read_amendment(family, id, json) {
            Ok(read) => read,
            Err(refusal) => return (Err(refusal), false),
        };
        let mut document = before.clone();
        if let Err(refusal) = self.fill_header(&mut document, &body, false) {
            return (Err(refusal), false);
        }
        document.updated = now;
        if document.standing == Standing::Draft && !body.flag("is_editing") {
            document.standing = Standing::Live;
        }
        let mut failed = None;
        for (place, line) in &lines {
            if let Err(refusal) = (LineRequest { place, body: line }).apply(self, &mut document) {
                failed = Some(refusal);
                break;
            }
        }
        if failed.is_none() && body.flag("is_to_sequence_lines") {
            sequence(&mut document, &lines);
        }
        if let Err(refusal) = not_negative(&document).and_then(|()| has_lines(&document)) {
            return (Err(failed.unwrap_or(refusal)), false);
        }
        self.learn(&document);
        if document.lines.iter().chain(&before.lines).any(|line| line.allocated > Decimal::ZERO) {
            self.free_allocation(&mut before.clone());
            document.lines.iter_mut().for_each(|line| line.allocated = Decimal::ZERO);
            self.allocate(&mut document);
        }
        self.store(document);
        match failed {
            Some(refusal) => (Err(refusal), true),
            None => (self.whole(family, id), true),
        }
    }

    #[allow(clippy::type_complexity, reason = "one caller")]
    fn read_amendment(
        &self,
        family: Family,
        id: i64,
        json: &str,
    ) -> Result<(Document, Body, Vec<(String, Body)>), Refusal> {
        let document = self.by_id(family, id)?;
        let body = Body::read(json, "", resources::fields(family.path()), READ_ONLY)?;
        let lines = lines_of(family, &body)?.unwrap_or_default();
        let noun = family.noun();
        may_change(&document)?;
        if body.int("customer_id").is_some_and(|customer| customer != document.customer_id) {
            return Err(format!("customer_id: the customer of the {noun} can't be changed.").into());
        }
        if body.text("document_no").is_some_and(|number| number != document.document_no) {
            return Err(format!("document_no: the number of the {noun} can't be changed.").into());
        }
        if body.flag("is_editing") && document.standing != Standing::Draft {
            return Err(format!("is_editing: the {noun} is not a draft any more.").into());
        }
        Ok((document, body, lines))
    }

    /// `DELETE sop_orders/{id}`, `DELETE sop_returns/{id}`.
    pub(crate) fn delete(&mut self, family: Family, id: i64) -> Result<(), Refusal> {
        let mut document = self.by_id(family, id)?;
        unlocked(&document)?;
        if document.receipt() > 0 || document.credit() > 0 || document.part_cancelled {
            let reason = match family {
                Family::Orders => "goods are despatched or invoiced; it can't be deleted.",
                Family::Returns => "goods are received or credited; it can't be deleted.",
            };
            return Err(format!("The {} {}: {reason}", family.noun(), document.document_no).into());
        }
        self.free_allocation(&mut document);
        self.documents.retain(|document| document.id != id);
        Ok(())
    }

    /// `sop_returns_status` and `sop_orders_status`.
    pub(crate) fn change_status(&mut self, family: Family, json: &str, now: DateTime<Utc>) -> Result<String, Refusal> {
        let shape = self.settings.status_shape.clone().ok_or("The request is invalid.")?;
        let fields: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(json).map_err(|_| "The request body is not a JSON object.")?;
        if let Some(name) = fields.keys().find(|name| **name != shape.id && **name != shape.status) {
            return Err(format!("{name}: this field does not exist.").into());
        }
        let id = fields.get(&shape.id).and_then(serde_json::Value::as_i64);
        let id = id.ok_or_else(|| format!("{}: this field is required.", shape.id))?;
        let status = fields.get(&shape.status).and_then(|status| status.as_str());
        let status = status.ok_or_else(|| format!("{}: this field is required.", shape.status))?;
        let mut document = self.by_id(family, id)?;
        unlocked(&document)?;
        let change = match status {
            "EnumDocumentStatusLive" => Standing::Live,
            "EnumDocumentStatusOnHold" => Standing::OnHold,
            "EnumDocumentStatusCancelled" => Standing::Cancelled,
            _ => return Err(format!("{}: {status:?} can't be set.", shape.status).into()),
        };
        let number = document.document_no.clone();
        let mut before = document.clone();
        document.stand(change, now).map_err(|reason| format!("The document {number}: {reason}."))?;
        if document.standing == Standing::Cancelled || document.part_cancelled {
            self.free_allocation(&mut before);
            document.lines.iter_mut().for_each(|line| line.allocated = Decimal::ZERO);
        }
        self.store(document);
        if family.is_return() {
            self.whole(family, id)
        } else {
            Ok(format!("{{\"{}\":{id},\"{}\":\"{status}\"}}", shape.id, shape.status))
        }
    }
}

const MEMO_READ_ONLY: &[&str] =
    &["id", "sop_order_return_id", "is_to_delete", "created_by", "date_time_created", "date_time_updated"];

fn lines_of(family: Family, body: &Body) -> Result<Option<Vec<(String, Body)>>, String> {
    body.rows("lines", resources::fields(family.lines()), sop_lines::READ_ONLY)
}

fn needs_a_line(family: Family) -> Refusal {
    format!("lines: the {} needs at least one line.", family.noun()).into()
}

fn unlocked(document: &Document) -> Result<(), Refusal> {
    if document.locked {
        let reason = "the record is locked: it is in use by another user.";
        return Err(format!("The document {}: {reason}", document.document_no).into());
    }
    Ok(())
}

fn may_change(document: &Document) -> Result<(), Refusal> {
    unlocked(document)?;
    let reason = match document.standing {
        Standing::Cancelled => "it is cancelled and can't be amended.",
        Standing::Live | Standing::OnHold if document.is_complete() => "it is completed and can't be amended.",
        Standing::Live | Standing::OnHold | Standing::Draft => return Ok(()),
    };
    Err(format!("The {} {}: {reason}", Family::of(document).noun(), document.document_no).into())
}

fn not_negative(document: &Document) -> Result<(), Refusal> {
    let totals = document.totals();
    for (field, total) in [("total_tax_value", totals.tax), ("total_gross_value", totals.gross)] {
        if total < Decimal::ZERO {
            return Err(format!("{field}: the total of the document must not be negative.").into());
        }
    }
    Ok(())
}

fn has_lines(document: &Document) -> Result<(), Refusal> {
    if document.lines.is_empty() && document.standing != Standing::Draft {
        return Err(needs_a_line(Family::of(document)));
    }
    Ok(())
}

/// The order of the lines sent becomes the order of printing; lines not sent follow.
fn sequence(document: &mut Document, lines: &[(String, Body)]) {
    let sent: Vec<i64> = lines.iter().filter_map(|(_, line)| line.int("id")).collect();
    document.lines.sort_by_key(|line| sent.iter().position(|id| *id == line.id).unwrap_or(usize::MAX));
    for (number, line) in (1..).zip(&mut document.lines) {
        line.number = number;
    }
}

impl Document {
    /// Hold, make live, cancel; the reason when that can't be.
    pub(crate) fn stand(&mut self, wanted: Standing, now: DateTime<Utc>) -> Result<(), String> {
        match (self.standing, wanted) {
            _ if self.is_complete() => return Err("it is completed; its status can't change".to_owned()),
            (Standing::Cancelled, _) => return Err("it is cancelled; its status can't change".to_owned()),
            (Standing::Draft, _) => return Err("it is a draft; confirm or delete it".to_owned()),
            (Standing::OnHold, Standing::OnHold) => return Err("it is on hold already".to_owned()),
            (Standing::Live, Standing::Live) => return Err("it is live already".to_owned()),
            (_, Standing::Cancelled) => self.cancel()?,
            _ => self.standing = wanted,
        }
        self.updated = now;
        Ok(())
    }

    /// Cancels what is not yet received or despatched.
    fn cancel(&mut self) -> Result<(), String> {
        let done = |line: &Line| line.despatched.max(line.invoiced);
        if self.lines.iter().all(|line| done(line).is_zero()) {
            self.standing = Standing::Cancelled;
            return Ok(());
        }
        let open = |line: &Line| line.needs_receipt() && done(line) < line.quantity;
        if !self.lines.iter().any(open) {
            return Err("everything is received; nothing is left to cancel".to_owned());
        }
        self.lines.retain(|line| !(line.needs_receipt() && done(line).is_zero()));
        let inclusive = self.tax_inclusive;
        for line in self.lines.iter_mut().filter(|line| line.kind != LineKind::Comment && open(line)) {
            line.quantity = done(line);
            line.value(inclusive);
        }
        self.part_cancelled = true;
        Ok(())
    }
}
