//! `POST sales_credit_notes` and `POST transaction_date_validation`: strict reading and the ledger's rules.

use super::{
    ledger::{Entry, EntryType, NominalRow, TaxRow},
    resources::{self, Field, FieldKind, choices},
    state::{Company, LARGEST},
};
use chrono::{DateTime, NaiveDate, Utc};
use returns_wire::JsonDecimal;
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

enum Input {
    Int(i64),
    Dec(Decimal),
    Text(String),
    Flag(bool),
    Date(NaiveDate),
    Rows(Vec<Box<RawValue>>),
}

/// A JSON object whose fields all passed their limits.
struct Body(BTreeMap<String, Input>);

/// Fields that Sage fills in itself.
const READ_ONLY: &[&str] = &["is_eu_trader"];

impl Body {
    /// `place` is put in front of field names in messages.
    fn read(json: &str, place: &str, fields: &[Field]) -> Result<Self, String> {
        let raw: BTreeMap<String, Box<RawValue>> = serde_json::from_str(json)
            .map_err(|_| format!("{}The request body is not a JSON object.", label(place)))?;
        let mut read = BTreeMap::new();
        for (name, value) in raw {
            let path = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            let field = fields
                .iter()
                .find(|field| field.name == name)
                .ok_or_else(|| format!("{path}: this field does not exist."))?;
            if READ_ONLY.contains(&name.as_str()) {
                return Err(format!("{path}: this field is read-only."));
            }
            let input = read_value(value.get(), field).map_err(|reason| format!("{path}: {reason}"))?;
            read.insert(name, input);
        }
        Ok(Self(read))
    }

    fn int(&self, name: &str) -> Option<i64> {
        match self.0.get(name) {
            Some(Input::Int(n)) => Some(*n),
            _ => None,
        }
    }

    fn dec(&self, name: &str) -> Option<Decimal> {
        match self.0.get(name) {
            Some(Input::Dec(n)) => Some(*n),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Input::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn flag(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Input::Flag(true)))
    }

    fn date(&self, name: &str) -> Option<NaiveDate> {
        match self.0.get(name) {
            Some(Input::Date(date)) => Some(*date),
            _ => None,
        }
    }

    fn rows(&self, name: &str, row_fields: &str) -> Result<Option<Vec<(String, Self)>>, String> {
        let Some(Input::Rows(rows)) = self.0.get(name) else { return Ok(None) };
        let fields = resources::request_fields(row_fields);
        rows.iter()
            .enumerate()
            .map(|(at, row)| {
                let place = format!("{name}[{at}]");
                Self::read(row.get(), &place, fields).map(|body| (place, body))
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// An amount that must not be negative.
    fn amount(&self, place: &str, name: &str, otherwise: Decimal) -> Result<Decimal, String> {
        let amount = self.dec(name).unwrap_or(otherwise);
        if amount < Decimal::ZERO {
            Err(format!("{}{name}: the value must not be negative.", label(place)))
        } else {
            Ok(amount)
        }
    }
}

fn label(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!("{place}.") }
}

fn read_value(token: &str, field: &Field) -> Result<Input, String> {
    let token = token.trim();
    if token == "null" {
        return Err("null is not accepted; leave the field out.".to_owned());
    }
    match field.kind {
        FieldKind::Integer { bits } => token
            .parse::<i64>()
            .ok()
            .filter(|n| match bits {
                16 => i16::try_from(*n).is_ok(),
                32 => i32::try_from(*n).is_ok(),
                _ => true,
            })
            .map(Input::Int)
            .ok_or_else(|| format!("a whole number of {bits} bits is expected.")),
        FieldKind::Decimal { places } => {
            let number = (!token.starts_with('"')).then(|| token.parse::<JsonDecimal>().ok()).flatten();
            let number = number.ok_or("a number is expected.")?.get();
            if number.normalize().scale() > places {
                Err(format!("the value has more than {places} decimal places."))
            } else if number.abs() > LARGEST {
                Err("the value is too large.".to_owned())
            } else {
                Ok(Input::Dec(number))
            }
        }
        FieldKind::Text { max } => {
            let text: String = serde_json::from_str(token).map_err(|_| "text is expected.")?;
            match max {
                Some(max) if text.encode_utf16().count() > max => {
                    Err(format!("the text is longer than {max} characters."))
                }
                _ => Ok(Input::Text(text)),
            }
        }
        FieldKind::Flag => token.parse().map(Input::Flag).map_err(|_| "true or false is expected.".to_owned()),
        FieldKind::Date | FieldKind::Timestamp => serde_json::from_str::<String>(token)
            .ok()
            .as_deref()
            .and_then(|text| text.strip_suffix("T00:00:00Z"))
            .filter(|date| date.len() == 10)
            .and_then(|date| date.parse().ok())
            .map(Input::Date)
            .ok_or_else(|| "a date is written as 2026-03-02T00:00:00Z.".to_owned()),
        FieldKind::Object | FieldKind::List => {
            serde_json::from_str(token).map(Input::Rows).map_err(|_| "a list is expected.".to_owned())
        }
    }
}

/// Checks a sales credit note; nothing has happened when this fails.
pub(crate) fn read_credit_note(company: &Company, json: &str, now: DateTime<Utc>) -> Result<Entry, String> {
    let body = Body::read(json, "", resources::request_fields(resources::CREDIT_NOTE))?;
    let customer_id = body.int("customer_id").ok_or("customer_id: this field is required.")?;
    let customer =
        company.customer(customer_id).map_err(|_| format!("customer_id: there is no customer {customer_id}."))?;
    if customer.hidden {
        return Err(format!("customer_id: the account {} is hidden; nothing can be posted to it.", customer.reference));
    }
    let today = now.date_naive();
    let date = body.date("transaction_date").unwrap_or(today);
    if let ("Unacceptable", reason) = company.classify(date, today) {
        return Err(format!("transaction_date: {reason}"));
    }
    let goods = body.amount("", "document_goods_value", Decimal::ZERO)?;
    let tax = body.amount("", "document_tax_value", Decimal::ZERO)?;
    let discount = body.amount("", "document_discount_value", Decimal::ZERO)?;
    let tax_discount = body.amount("", "document_tax_discount_value", Decimal::ZERO)?;
    if (goods + tax).is_zero() {
        return Err("document_goods_value: a credit note of nothing can't be posted.".to_owned());
    }
    let exchange_rate = body.dec("exchange_rate");
    if exchange_rate.is_some_and(|rate| rate <= Decimal::ZERO || (customer.currency.base && rate != Decimal::ONE)) {
        return Err("exchange_rate: the rate does not suit the customer's currency.".to_owned());
    }
    let default_tax = || {
        let code = company.tax_code(customer.tax_code).map_err(|_| "tax_analysis_items: the default is missing.")?;
        Ok::<_, String>(vec![TaxRow { tax_code: code.clone(), goods, discount, tax, tax_discount }])
    };
    let tax_rows = match body.rows("tax_analysis_items", resources::CREDIT_NOTE_TAX)? {
        Some(rows) if !rows.is_empty() => rows
            .iter()
            .map(|(place, row)| {
                let id = row.int("id").ok_or_else(|| missing_key(place, "id"))?;
                let tax_code = company.tax_codes.iter().find(|code| code.id == id);
                Ok(TaxRow {
                    tax_code: tax_code.ok_or_else(|| format!("{place}.id: there is no tax code record {id}."))?.clone(),
                    goods: row.amount(place, "goods_amount", goods)?,
                    discount: row.amount(place, "discount_amount", discount)?,
                    tax: row.amount(place, "tax_amount", tax)?,
                    tax_discount: row.amount(place, "tax_discount_amount", tax_discount)?,
                })
            })
            .collect::<Result<Vec<_>, String>>()?,
        _ => default_tax()?,
    };
    for (column, header, wanted, sum) in [
        ("goods_amount", "document_goods_value", goods, tax_rows.iter().map(|row| row.goods).sum::<Decimal>()),
        ("tax_amount", "document_tax_value", tax, tax_rows.iter().map(|row| row.tax).sum()),
        ("discount_amount", "document_discount_value", discount, tax_rows.iter().map(|row| row.discount).sum()),
        (
            "tax_discount_amount",
            "document_tax_discount_value",
            tax_discount,
            tax_rows.iter().map(|row| row.tax_discount).sum(),
        ),
    ] {
        if sum != wanted {
            return Err(format!("tax_analysis_items: {column} adds up to {sum}, but {header} is {wanted}."));
        }
    }
    let nominal_rows = match body.rows("nominal_analysis_items", resources::CREDIT_NOTE_NOMINAL)? {
        Some(rows) if !rows.is_empty() => rows
            .iter()
            .map(|(place, row)| {
                let code = row.text("code").filter(|code| !code.is_empty());
                if row.text("transaction_analysis_code").is_some_and(|code| !code.is_empty()) {
                    return Err(format!("{place}.transaction_analysis_code: additional analysis is not in use."));
                }
                Ok(NominalRow {
                    code: code.ok_or_else(|| missing_key(place, "code"))?.to_owned(),
                    cost_centre: row.text("cost_centre").unwrap_or_default().to_owned(),
                    department: row.text("department").unwrap_or_default().to_owned(),
                    narrative: row.text("narrative").unwrap_or_default().to_owned(),
                    value: row.amount(place, "value", goods)?,
                })
            })
            .collect::<Result<Vec<_>, String>>()?,
        _ => vec![company.default_nominal(customer_id, goods, "").map_err(|error| error.to_string())?],
    };
    let sum = nominal_rows.iter().map(|row| row.value).sum::<Decimal>();
    if sum != goods {
        return Err(format!("nominal_analysis_items: value adds up to {sum}, but document_goods_value is {goods}."));
    }
    Ok(Entry {
        customer_id,
        entry_type: EntryType::CreditNote,
        reference: body.text("reference").unwrap_or_default().to_owned(),
        second_reference: body.text("second_reference").unwrap_or_default().to_owned(),
        date,
        exchange_rate,
        settled_immediately: body.flag("settled_immediately"),
        discount_percent: body.dec("discount_percent").unwrap_or_default(),
        discount_days: body.int("discount_days").and_then(|days| i16::try_from(days).ok()).unwrap_or_default(),
        tax_rows,
        nominal_rows,
        by_hand: false,
    })
}

/// Sage answers an analysis row without its key with the name of an exception of its own.
fn missing_key(place: &str, key: &str) -> String {
    format!("SageNullFieldException: {place}.{key} must not be null.")
}

/// Answers `POST transaction_date_validation`: class and message.
pub(crate) fn validate_date(
    company: &Company,
    json: &str,
    now: DateTime<Utc>,
) -> Result<(&'static str, &'static str), String> {
    let body = Body::read(json, "", resources::request_fields(resources::DATE_VALIDATION))?;
    let date = body.date("date").ok_or("date: this field is required.")?;
    let ledger = body.text("ledger_type").ok_or("ledger_type: this field is required.")?;
    if !choices::LEDGER.iter().any(|choice| choice.literal == ledger) {
        return Err("ledger_type: there is no such ledger.".to_owned());
    }
    Ok(company.classify(date, now.date_naive()))
}
