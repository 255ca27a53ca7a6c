//! The query options of a read: what is accepted, and what it does to the records.

mod filter;

use super::{
    resources::{FieldKind, Table},
    value::{Row, Value, write_text},
};
use filter::{Expr, compare};
use std::cmp::Ordering;

const DEFAULT_TOP: usize = 500;
const LARGEST_TOP: usize = 5000;

/// A read's options, checked against its table.
pub(crate) struct Query {
    table: &'static Table,
    /// Fields to print; a nested field has a second name.
    select: Option<Vec<(String, Option<String>)>>,
    filter: Option<Expr>,
    order: Vec<(&'static str, FieldKind, bool)>,
    top: usize,
    skip: usize,
    expand: Vec<String>,
    count: bool,
}

impl Query {
    /// `list` is false when one record is read by id: then only `$select` and `$expand` have a meaning.
    pub(crate) fn parse(pairs: &[(String, String)], table: &'static Table, list: bool) -> Result<Self, String> {
        let mut query = Self {
            table,
            select: None,
            filter: None,
            order: Vec::new(),
            top: DEFAULT_TOP,
            skip: 0,
            expand: Vec::new(),
            count: false,
        };
        for (at, (name, value)) in pairs.iter().enumerate() {
            if pairs.iter().take(at).any(|(earlier, _)| earlier == name) {
                return Err(format!("{name} is given twice."));
            }
            if !list && !matches!(name.as_str(), "$select" | "$expand") {
                return Err(format!("{name} is not supported when a single record is read."));
            }
            let number = || value.parse::<usize>().map_err(|_| format!("{name}: {value:?} is not a positive number."));
            match name.as_str() {
                "$select" => query.select = Some(query.parse_select(value)?),
                "$filter" => {
                    query.filter = Some(filter::parse(value, table).map_err(|reason| format!("$filter: {reason}."))?);
                }
                "$orderby" => query.order = parse_order(value, table)?,
                "$top" => query.top = number()?,
                "$skip" => query.skip = number()?,
                "$expand" => query.expand = parse_expand(value, table)?,
                "$count" => {
                    query.count = value.parse().map_err(|_| format!("$count: {value:?} is not true or false."))?;
                }
                _ => return Err(format!("{name} is not a supported query option.")),
            }
        }
        if query.top > LARGEST_TOP {
            return Err(format!("$top: {} is more than {LARGEST_TOP}.", query.top));
        }
        if pairs.iter().any(|(name, _)| name == "$skip") && query.order.is_empty() {
            return Err("$skip requires $orderby.".to_owned());
        }
        let unexpanded =
            query.select.iter().flatten().find(|(name, nested)| nested.is_some() && !query.expand.contains(name));
        if let Some((name, _)) = unexpanded {
            return Err(format!("$select: {name} is not expanded."));
        }
        Ok(query)
    }

    fn parse_select(&self, value: &str) -> Result<Vec<(String, Option<String>)>, String> {
        value
            .split(',')
            .map(|entry| {
                let (name, nested) = match entry.trim().split_once('.') {
                    Some((name, nested)) => (name, Some(nested.to_owned())),
                    None => (entry.trim(), None),
                };
                match self.table.field(name) {
                    Some(_) => Ok((name.to_owned(), nested)),
                    None => Err(format!("$select: there is no field {name}.")),
                }
            })
            .collect()
    }

    /// The answer of a list read.
    pub(crate) fn list(&self, mut rows: Vec<Row>) -> String {
        rows.retain(|row| self.filter.as_ref().is_none_or(|filter| filter.holds(row)));
        if self.count {
            return rows.len().to_string();
        }
        let order = if self.order.is_empty() { default_order(self.table) } else { self.order.clone() };
        rows.sort_by(|left, right| {
            order.iter().fold(Ordering::Equal, |so_far, (name, kind, descending)| {
                so_far.then_with(|| {
                    let (left, right) = (left.get(name, *kind), right.get(name, *kind));
                    let nulls = |value: &Value| *value != Value::Null;
                    let found = compare(&left, &right).unwrap_or_else(|| nulls(&left).cmp(&nulls(&right)));
                    if *descending { found.reverse() } else { found }
                })
            })
        });
        let mut out = String::from("[");
        for (at, row) in rows.iter().skip(self.skip).take(self.top).enumerate() {
            if at > 0 {
                out.push(',');
            }
            self.write(row, &mut out);
        }
        out.push(']');
        out
    }

    /// The answer of a single read.
    pub(crate) fn single(&self, row: &Row) -> String {
        let mut out = String::new();
        self.write(row, &mut out);
        out
    }

    fn write(&self, row: &Row, out: &mut String) {
        out.push('{');
        let mut first = true;
        for field in &self.table.fields {
            let expanded = self.expand.iter().any(|name| *name == field.name);
            let chosen: Option<Vec<&Option<String>>> = self.select.as_ref().map(|select| {
                select.iter().filter(|(name, _)| *name == field.name).map(|(_, nested)| nested).collect()
            });
            if chosen.as_ref().is_some_and(Vec::is_empty) && !expanded {
                continue;
            }
            if !first {
                out.push(',');
            }
            first = false;
            write_text(out, &field.name);
            out.push(':');
            let nested = matches!(field.kind, FieldKind::Object | FieldKind::List);
            if nested && !expanded {
                out.push_str("null");
                continue;
            }
            let value = row.get(&field.name, field.kind);
            let parts: Vec<&String> = chosen.into_iter().flatten().flatten().collect();
            match value.as_ref() {
                Value::Object(object) if !parts.is_empty() => {
                    let mut kept = object.clone();
                    kept.keep(|name| parts.iter().any(|part| *part == name));
                    Value::Object(kept).write(out, self.table.decimals);
                }
                value => value.write(out, self.table.decimals),
            }
        }
        out.push('}');
    }
}

fn parse_order(value: &str, table: &'static Table) -> Result<Vec<(&'static str, FieldKind, bool)>, String> {
    value
        .split(',')
        .map(|entry| {
            let mut words = entry.split_whitespace();
            let name = words.next().unwrap_or_default();
            let descending = match (words.next(), words.next()) {
                (None | Some("asc"), None) => false,
                (Some("desc"), None) => true,
                _ => return Err(format!("$orderby: {:?} is not `field`, `field asc` or `field desc`.", entry.trim())),
            };
            match table.field(name) {
                Some(field) if matches!(field.kind, FieldKind::Object | FieldKind::List) => {
                    Err(format!("$orderby: {name} can't be sorted by."))
                }
                Some(field) => Ok((field.name.as_ref(), field.kind, descending)),
                None => Err(format!("$orderby: there is no field {name}.")),
            }
        })
        .collect()
}

fn default_order(table: &'static Table) -> Vec<(&'static str, FieldKind, bool)> {
    table
        .order
        .iter()
        .filter_map(|name| {
            let field = table.field(name.trim_start_matches('-'))?;
            Some((field.name.as_ref(), field.kind, name.starts_with('-')))
        })
        .collect()
}

fn parse_expand(value: &str, table: &'static Table) -> Result<Vec<String>, String> {
    value
        .split(',')
        .map(|token| {
            let token = token.trim();
            let known = table.field(token).is_some_and(|f| matches!(f.kind, FieldKind::Object | FieldKind::List));
            if table.expands.contains(&token) {
                Ok(token.to_owned())
            } else if known {
                Err(format!("$expand: {token} exists in Sage, but this sandbox does not model it."))
            } else {
                Err(format!("$expand: {token} can't be expanded."))
            }
        })
        .collect()
}
