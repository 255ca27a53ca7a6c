//! The resources served: their fields, their order, what can be expanded.

pub(crate) mod choices;
mod documents;
mod master;
mod tables;
mod transactions;

use super::{state::Company, value::Decimals, value::Row};
use choices::Choice;
use std::{borrow::Cow, sync::LazyLock};

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

/// All resources, requests last.
pub(crate) static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    use Decimals::{Full, Short};
    let table = |path, spec, order, expands, decimals, by_id, rows: fn(&Company) -> Vec<Row>| Table {
        path,
        fields: parse(spec),
        order,
        expands,
        decimals,
        by_id,
        source: Source::Rows(rows),
    };
    let single = |path, spec, source| Table {
        path,
        fields: parse(spec),
        order: &[],
        expands: &[],
        decimals: Short,
        by_id: false,
        source,
    };
    let mut tables = vec![
        single("current_user", tables::CURRENT_USER, Source::Single(master::current_user)),
        table("sites", tables::SITES, &[], &[], Short, false, master::sites),
        table(
            "customers",
            tables::CUSTOMERS,
            &["reference"],
            &["currency", "default_tax_code", "main_address", "contacts", "memos", "alerts"],
            Short,
            true,
            master::customers,
        ),
        table("customer_views", tables::CUSTOMER_VIEWS, &["reference"], &[], Full, false, master::customer_views),
        table("lookup_customers", tables::LOOKUP_CUSTOMERS, &["reference"], &[], Full, false, master::lookup_customers),
        table("products", tables::PRODUCTS, &["code"], &["tax_code"], Short, true, master::products),
        table("product_views", tables::PRODUCT_VIEWS, &["code"], &[], Full, false, master::product_views),
        table("lookup_products", tables::LOOKUP_PRODUCTS, &["code"], &[], Full, false, master::lookup_products),
        table("tax_codes", tables::TAX_CODES, &["code"], &[], Short, true, master::tax_codes),
        table("currencies", tables::CURRENCIES, &["name"], &["currency_iso_code"], Short, true, master::currencies),
        table("sop_settings", tables::SOP_SETTINGS, &[], &[], Short, true, master::sop_settings),
        table("system_settings", tables::SYSTEM_SETTINGS, &[], &[], Short, true, master::system_settings),
        table(
            "sop_order_return_views",
            tables::SOP_ORDER_RETURN_VIEWS,
            &["document_no", "id"],
            &[],
            Full,
            false,
            documents::order_return_views,
        ),
        table(
            "sop_order_line_views",
            tables::SOP_ORDER_LINE_VIEWS,
            &["-sop_order_id", "-sop_order_line_id"],
            &[],
            Full,
            false,
            documents::order_line_views,
        ),
        table(
            "sop_return_line_views",
            tables::SOP_RETURN_LINE_VIEWS,
            &["-sop_return_id", "-sop_return_line_id"],
            &[],
            Full,
            false,
            documents::return_line_views,
        ),
        table(
            "sales_posted_transactions",
            tables::SALES_POSTED_TRANSACTIONS,
            &["id"],
            &[
                "tax_analysis_items",
                "nominal_analysis_items",
                "bank_items",
                "allocation_session_items",
                "allocation_history_items",
                "customer",
            ],
            Short,
            true,
            transactions::sales_posted_transactions,
        ),
        table(
            "sales_transaction_views",
            tables::SALES_TRANSACTION_VIEWS,
            &["posted_customer_transaction_id"],
            &[],
            Full,
            false,
            transactions::sales_transaction_views,
        ),
        table(
            "product_transaction_views",
            tables::PRODUCT_TRANSACTION_VIEWS,
            &["-id"],
            &[],
            Full,
            false,
            transactions::product_transaction_views,
        ),
    ];
    let enumerations: [(&str, &str, &'static [Choice]); 12] = [
        ("sop_document_types", "id:i64 description:s50 value:s20", choices::DOCUMENT_TYPE),
        ("sop_document_status_types", "id:i64 description:s20 value:s20", choices::DOCUMENT_STATUS),
        ("sop_document_process_status_types", "id:i64 description:s20 value:s20", choices::PROCESS_STATUS),
        ("order_return_line_types", "id:i64 description:s20 value:s20", choices::LINE_TYPE),
        ("trader_transaction_types", "id:i64 description:s30 value:s30", choices::TRADER_TRANSACTION),
        ("account_status_types", "id:i64 description:s30 value:s30", choices::ACCOUNT_STATUS),
        ("product_status_types", "id:i64 description:s50 value:s50", choices::PRODUCT_STATUS),
        ("product_types", "id:i64 description:s50 value:s50", choices::PRODUCT_TYPE),
        ("ledger_types", "id:i64 description:s30 value:s30", choices::LEDGER),
        (
            "transaction_date_validation_classifications",
            "id:i64 description:s20 value:s20",
            choices::DATE_CLASSIFICATION,
        ),
        ("product_transaction_types", "id:i64 description:s25 value:s25", choices::STOCK_TRANSACTION),
        ("product_transaction_group_types", "id:i64 description:s20 value:s50", choices::STOCK_TRANSACTION_GROUP),
    ];
    tables.extend(
        enumerations
            .map(|(path, spec, choices)| Table { order: &["id"], ..single(path, spec, Source::Choices(choices)) }),
    );
    tables.extend([
        single(CREDIT_NOTE, tables::CREDIT_NOTE, Source::Request),
        single(CREDIT_NOTE_TAX, tables::CREDIT_NOTE_TAX_ANALYSIS_ITEMS, Source::Request),
        single(CREDIT_NOTE_NOMINAL, tables::CREDIT_NOTE_NOMINAL_ANALYSIS_ITEMS, Source::Request),
        single(DATE_VALIDATION, tables::DATE_VALIDATION, Source::Request),
    ]);
    tables
});

pub(crate) const CREDIT_NOTE: &str = "sales_credit_notes";
pub(crate) const CREDIT_NOTE_TAX: &str = "sales_credit_notes.tax_analysis_items";
pub(crate) const CREDIT_NOTE_NOMINAL: &str = "sales_credit_notes.nominal_analysis_items";
pub(crate) const DATE_VALIDATION: &str = "transaction_date_validation";

pub(crate) fn table(path: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.path == path)
}

/// Fields of a POST body or of one of its rows.
pub(crate) fn request_fields(path: &str) -> &'static [Field] {
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
    use crate::sandbox::{NewCustomer, NewLine, NewOrder, SageSandbox};
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
        sandbox.desktop().enter_sales_return(customer, "RMA-1", lines).unwrap();
        sandbox.desktop().book_stock_in("SHIRT", Decimal::ONE, "RMA-1", "").unwrap();
        sandbox.with_company(|company, now| {
            company.begin_ledger_read(now);
            for table in TABLES.iter() {
                let rows = table.rows(company);
                assert!(!rows.is_empty() || matches!(table.source, Source::Request), "{} is empty", table.path);
                for name in rows.iter().flat_map(|row| row.0.keys()) {
                    assert!(table.field(name).is_some(), "{} has no {name}", table.path);
                }
            }
        });
    }
}
