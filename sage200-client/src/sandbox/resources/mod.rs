//! The resources served: their fields, their order, what can be expanded.

pub(crate) mod choices;
mod documents;
mod listing;
mod master;
mod orders;
mod returns;
mod site;
mod stock;
mod tables;
mod tables_orders;
mod tables_returns;
mod tables_stock;
mod transactions;

pub(crate) use listing::{
    CREDIT_NOTE, CREDIT_NOTE_NOMINAL, CREDIT_NOTE_TAX, DATE_VALIDATION, SOP_ORDER_ADDRESS, SOP_ORDER_LINES,
    SOP_ORDER_MEMOS, SOP_ORDERS, SOP_ORDERS_NEW, SOP_ORDERS_STATUS, SOP_RETURN_ADDRESS, SOP_RETURN_LINES,
    SOP_RETURN_MEMOS, SOP_RETURNS, SOP_RETURNS_NEW, SOP_RETURNS_STATUS, STOCK_TRANSFER,
};
pub(crate) use returns::sop_document;

use super::{settings::Version, state::Company, value::Decimals, value::Row};
use choices::Choice;
use listing::TABLES;
use std::borrow::Cow;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// A whole number of so many bits.
    Integer {
        /// 16, 32 or 64.
        bits: u8,
    },
    /// An exact number.
    Decimal {
        /// Places after the point.
        places: u32,
    },
    /// Text.
    Text {
        /// Limit in UTF-16 units, where Sage states one.
        max: Option<usize>,
    },
    /// True or false.
    Flag,
    /// A calendar date, printed as `2016-05-17T00:00:00`.
    Date,
    /// An instant in UTC, printed without zone.
    Timestamp,
    /// A nested record, null unless expanded.
    Object,
    /// Nested records, null unless expanded.
    List,
}

/// A field of a record.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: FieldKind,
    pub(crate) choices: Option<&'static [Choice]>,
}

/// A resource: path, fields, habits.
pub(crate) struct Table {
    pub(crate) path: &'static str,
    pub(crate) fields: Vec<Field>,
    /// Default order; `-` in front means descending.
    pub(crate) order: &'static [&'static str],
    /// What `$expand` fills in. Other nested fields are known to Sage, not to this model.
    pub(crate) expands: &'static [&'static str],
    pub(crate) decimals: Decimals,
    /// Can one record be read by id?
    pub(crate) by_id: bool,
    /// The release that brought it.
    pub(crate) since: Version,
    pub(crate) source: Source,
}

/// Where the records come from.
pub(crate) enum Source {
    Rows(fn(&Company) -> Vec<Row>),
    /// One object instead of a list.
    Single(fn(&Company) -> Row),
    Choices(&'static [Choice]),
    /// The bodies of POSTs: nothing to read.
    Request,
}

impl Table {
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(crate) fn rows(&self, company: &Company) -> Vec<Row> {
        match &self.source {
            Source::Rows(rows) => rows(company),
            Source::Single(row) => vec![row(company)],
            Source::Choices(choices) => choices.iter().map(master::choice_row).collect(),
            Source::Request => Vec::new(),
        }
    }
}

pub(crate) fn table(path: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.path == path)
}

/// Fields of a record, a POST body, or a row in one.
pub(crate) fn fields(path: &str) -> &'static [Field] {
    table(path).map(|table| table.fields.as_slice()).unwrap_or_default()
}

/// Reads the notation of `tables`. What can't be read is left out; a test sees to it that nothing is.
fn parse(spec: &'static str) -> Vec<Field> {
    let mut fields = Vec::new();
    for entry in spec.split_whitespace() {
        let Some((name, kind)) = entry.split_once(':') else { continue };
        let (kind, choices) = match kind.split_once('/') {
            Some((kind, choices)) => (kind, choices::by_name(choices)),
            None => (kind, None),
        };
        let Some(kind) = parse_kind(kind) else { continue };
        match name.split_once("1..") {
            Some((stem, last)) => fields.extend((1..=last.parse::<u8>().unwrap_or_default()).map(|n| Field {
                name: Cow::Owned(format!("{stem}{n}")),
                kind,
                choices,
            })),
            None => fields.push(Field { name: Cow::Borrowed(name), kind, choices }),
        }
    }
    fields
}

fn parse_kind(kind: &str) -> Option<FieldKind> {
    Some(match kind {
        "b" => FieldKind::Flag,
        "date" => FieldKind::Date,
        "utc" => FieldKind::Timestamp,
        "obj" => FieldKind::Object,
        "list" => FieldKind::List,
        "s" => FieldKind::Text { max: None },
        _ => match kind.split_at_checked(1)? {
            ("i", bits) => FieldKind::Integer { bits: bits.parse().ok()? },
            ("d", places) => FieldKind::Decimal { places: places.parse().ok()? },
            ("s", max) => FieldKind::Text { max: Some(max.parse().ok()?) },
            _ => return None,
        },
    })
}

/// What the sandbox knows of one field; see [`served`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServedField {
    /// Its name in JSON.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
}

/// What the sandbox knows of one resource; see [`served`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServedResource {
    /// Its path, such as `customers`. Bodies of POSTs are listed by their path, rows in them after a dot.
    pub path: &'static str,
    /// True for the body of a POST.
    pub request: bool,
    /// Its fields in Sage's order.
    pub fields: Vec<ServedField>,
}

/// Every resource and field that the sandbox serves or accepts: for comparing it with Sage's own description.
///
/// ```
/// # use sage200_client::sandbox::{FieldKind, served};
/// let note = served().into_iter().find(|r| r.path == "sales_credit_notes").unwrap();
/// let reference = note.fields.iter().find(|f| f.name == "reference").unwrap();
/// assert_eq!(reference.kind, FieldKind::Text { max: Some(20) });
/// ```
pub fn served() -> Vec<ServedResource> {
    TABLES
        .iter()
        .map(|table| ServedResource {
            path: table.path,
            request: matches!(table.source, Source::Request),
            fields: table
                .fields
                .iter()
                .map(|field| ServedField { name: field.name.to_string(), kind: field.kind })
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{AnalysisLevel, NewCustomer, NewLine, NewMapping, NewOrder, SageSandbox};
    use returns_wire::ManualClock;
    use rust_decimal::Decimal;
    use std::sync::Arc;

    #[test]
    fn every_entry_of_the_notation_is_read() {
        for table in TABLES.iter() {
            assert!(!table.fields.is_empty(), "{}", table.path);
            for name in table.order.iter().chain(table.expands) {
                assert!(table.field(name.trim_start_matches('-')).is_some(), "{}: {name}", table.path);
            }
        }
        assert_eq!(parse("a:i64 b_1..3:s60 c:d2 d:s20/account_status e:utc").len(), 7);
        for spec in [tables::CUSTOMERS, tables::SALES_POSTED_TRANSACTIONS, tables::SOP_ORDER_LINE_VIEWS] {
            for entry in spec.split_whitespace() {
                let (name, kind) = entry.split_once(':').unwrap();
                let (kind, choices) = kind.split_once('/').map_or((kind, None), |(kind, name)| (kind, Some(name)));
                assert!(parse_kind(kind).is_some() && choices.is_none_or(|c| choices::by_name(c).is_some()), "{name}");
            }
        }
    }

    #[test]
    fn records_hold_nothing_that_their_table_does_not_know() {
        let clock = ManualClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let sandbox = SageSandbox::new(Arc::new(clock));
        let customer = sandbox.add_customer(NewCustomer::new("WEB", "Web shop")).unwrap();
        sandbox.add_product("SHIRT", "Shirt", true).unwrap();
        let lines = vec![NewLine::item("SHIRT", Decimal::ONE, Decimal::TEN, 1)];
        sandbox.add_order(NewOrder { post_invoice: true, ..NewOrder::new(customer, "1001", lines.clone()) }).unwrap();
        let number = sandbox.desktop().enter_sales_return(customer, "RMA-1", lines.clone()).unwrap();
        sandbox.add_analysis_mapping(NewMapping::new(AnalysisLevel::Header, 1, "Web order")).unwrap();
        sandbox.add_additional_charge("CARR", "Carriage", Decimal::TEN).unwrap();
        sandbox.desktop().confirm_goods_in(&number, &[(1, Decimal::ONE)]).unwrap();
        let credit = sandbox.desktop().print_credit_note(&number).unwrap();
        sandbox.desktop().post_printed_credit_note(&credit).unwrap();
        sandbox.desktop().book_stock_in("SHIRT", Decimal::ONE, "RMA-1", "").unwrap();
        sandbox.add_courier("Example Couriers").unwrap();
        sandbox.add_delivery_address(customer, "Warehouse", ["A Customer", "1 Example Street", "EX1 1EX"]).unwrap();
        let open = NewOrder { despatched: false, invoiced: false, ..NewOrder::new(customer, "1002", lines) };
        let order = sandbox.add_order(open).unwrap();
        let order = sandbox.document_no(order).unwrap();
        sandbox.set_stock("SHIRT", "HOME", Decimal::ONE).unwrap();
        sandbox.desktop().allocate_order(&order).unwrap();
        sandbox.desktop().despatch_order(&order, &[(1, Decimal::ONE)], "Example Couriers", "EX123").unwrap();
        sandbox.with_company(|company, now| {
            company.begin_ledger_read(now);
            for table in TABLES.iter() {
                let rows = table.rows(company);
                assert!(!rows.is_empty() || matches!(table.source, Source::Request), "{} is empty", table.path);
                for name in rows.iter().flat_map(|row| row.names()) {
                    assert!(table.field(name).is_some(), "{} has no {name}", table.path);
                }
            }
        });
    }
}
