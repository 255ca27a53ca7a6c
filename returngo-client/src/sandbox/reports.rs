//! What another system tells about a refund that ReturnGO asked for.

use super::{
    http_side::json_body,
    rows::{MoneyRow, Payer, TransactionRow},
    world::{RmaState, World},
};
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use returns_wire::Money;
use rust_decimal::Decimal;
use serde::Deserialize;

/// Why a report is not taken.
pub(super) enum ReportRefusal {
    UnknownTransaction,
    Bad(String),
}

impl From<String> for ReportRefusal {
    fn from(message: String) -> Self {
        Self::Bad(message)
    }
}

/// The body as it is presumed to be; ReturnGO shows none.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Report {
    status: String,
    external_reference_id: Option<String>,
    external_reference_type: Option<String>,
    amount: Option<Money>,
}

impl World {
    pub(super) fn take_report(
        &mut self,
        now: DateTime<Utc>,
        id: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), ReportRefusal> {
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ReportRefusal::Bad("Invalid transactionId".to_owned()));
        }
        let (rma, place) = find(&mut self.rmas, id).ok_or(ReportRefusal::UnknownTransaction)?;
        if !self.reports_accepted {
            return Err(ReportRefusal::Bad("Invalid request body".to_owned()));
        }
        let report: Report = json_body(headers, body)?;
        let row = rma.body.transactions.get_mut(place).ok_or(ReportRefusal::UnknownTransaction)?;
        let paid = check(row, &report)?;
        if let Some(reference) = report.external_reference_id {
            row.external_reference_id = Some(reference);
        }
        if let Some(amount) = report.amount {
            row.amount = MoneyRow::new(amount.amount(), amount.currency().code());
        }
        let number = row.id;
        rma.conclude(now, number, paid);
        self.writes += 1;
        Ok(())
    }
}

fn find<'a>(rmas: &'a mut [RmaState], id: &str) -> Option<(&'a mut RmaState, usize)> {
    rmas.iter_mut().find_map(|rma| {
        let place = rma.body.transactions.iter().position(|row| row.id.to_string() == id)?;
        Some((rma, place))
    })
}

/// Was it paid? An error when the report and the transaction do not go together.
fn check(row: &TransactionRow, report: &Report) -> Result<bool, String> {
    let id = row.id;
    if row.payer != Payer::Elsewhere {
        return Err(format!("transaction {id} is processed by ReturnGO itself"));
    }
    if row.status != "Requested" {
        return Err(format!("invalid status transition: transaction {id} is {} already", row.status));
    }
    let paid = match report.status.as_str() {
        "Success" => true,
        "Failed" => false,
        other => return Err(format!("status must be Success or Failed, not {other}")),
    };
    match report.external_reference_id.as_deref() {
        None if paid => return Err("externalReferenceId is missing".to_owned()),
        None if report.external_reference_type.is_some() => {
            return Err("externalReferenceType without externalReferenceId".to_owned());
        }
        Some(reference) if reference.is_empty() || !reference.bytes().all(|b| b.is_ascii_digit()) => {
            return Err("externalReferenceId must be the number of a refund".to_owned());
        }
        _ => {}
    }
    if let Some(other) = report.external_reference_type.as_deref().filter(|kind| *kind != row.external_reference_type) {
        return Err(format!("externalReferenceType must be {}, not {other}", row.external_reference_type));
    }
    match report.amount {
        Some(amount) if amount.currency().code() != row.amount.currency => {
            Err(format!("amount must be in {}", row.amount.currency))
        }
        Some(amount) if amount.amount() <= Decimal::ZERO || amount.amount() > row.amount.amount => {
            Err(format!("amount must be more than 0 and at most {}", row.amount.amount))
        }
        _ => Ok(paid),
    }
}
