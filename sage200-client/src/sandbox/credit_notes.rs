//! `POST sales_credit_notes` and `POST transaction_date_validation`: the ledger's rules.

use super::{
    body::{Body, missing_key},
    ledger::{Entry, EntryType, NominalRow, TaxRow},
    resources::{self, choices},
    state::Company,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// Fields that Sage fills in itself.
const READ_ONLY: &[&str] = &["is_eu_trader"];

/// Checks a sales credit note; nothing has happened when this fails.
pub(crate) fn read_credit_note(company: &Company, json: &str, now: DateTime<Utc>) -> Result<Entry, String> {
    let body = Body::read(json, "", resources::fields(resources::CREDIT_NOTE), READ_ONLY)?;
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
    let tax_rows = match body.rows("tax_analysis_items", resources::fields(resources::CREDIT_NOTE_TAX), &[])? {
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
    let nominal_rows =
        match body.rows("nominal_analysis_items", resources::fields(resources::CREDIT_NOTE_NOMINAL), &[])? {
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

/// Answers `POST transaction_date_validation`: class and message.
pub(crate) fn validate_date(
    company: &Company,
    json: &str,
    now: DateTime<Utc>,
) -> Result<(&'static str, &'static str), String> {
    let body = Body::read(json, "", resources::fields(resources::DATE_VALIDATION), &[])?;
    let date = body.date("date").ok_or("date: this field is required.")?;
    let ledger = body.text("ledger_type").ok_or("ledger_type: this field is required.")?;
    if !choices::LEDGER.iter().any(|choice| choice.literal == ledger) {
        return Err("ledger_type: there is no such ledger.".to_owned());
    }
    Ok(company.classify(date, now.date_naive()))
}
