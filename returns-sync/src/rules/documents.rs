use crate::journal::{Credit, CreditIntent};
use returngo_client::RmaId;
use returns_wire::Money;
use rust_decimal::Decimal;
use sage200_client::TransactionView;

/// Does the text carry the RMA's number? The number must stand alone: 4400123 is not in 44001234.
pub(crate) fn mentions(text: &str, rma: &RmaId) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| word.trim_start_matches(|c: char| c.is_ascii_alphabetic()) == rma.as_str())
        || text.trim() == rma.as_str()
}

/// Sage compares text without regard to case and trailing blanks; so do we.
pub(crate) fn same_reference(row: &TransactionView, second_reference: &str) -> bool {
    row.second_reference.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case(second_reference))
}

/// The rows that carry one of our credit notes' references.
pub(super) fn ours<'d>(rows: &'d [TransactionView], credit: &Credit) -> Vec<&'d TransactionView> {
    rows.iter().filter(|row| same_reference(row, credit.intent.second_reference.as_str())).collect()
}

/// The rows that carry the RMA's number and none of our references.
pub(super) fn foreign<'d>(rows: &'d [TransactionView], rma: &RmaId, credits: &[Credit]) -> Vec<&'d TransactionView> {
    rows.iter()
        .filter(|row| {
            let texts = [row.reference.as_deref(), row.second_reference.as_deref()];
            texts.into_iter().flatten().any(|text| mentions(text, rma))
                && !credits.iter().any(|credit| same_reference(row, credit.intent.second_reference.as_str()))
        })
        .collect()
}

/// Net and VAT of a ledger row, without the sign that credits carry there.
pub(super) fn values(row: &TransactionView) -> Option<(Decimal, Decimal)> {
    Some((row.document_goods_value?.get().abs(), row.document_tax_value?.get().abs()))
}

/// In what a ledger row differs from what we sent. `None` when it is exactly that.
pub(crate) fn row_differs(row: &TransactionView, intent: &CreditIntent) -> Option<String> {
    let (Ok(net), Ok(vat)) = (intent.net(), intent.vat()) else {
        return Some("our own values can't be added up".to_owned());
    };
    let mut differences = Vec::new();
    if row.customer_id != Some(intent.order.customer) {
        differences.push(format!("it stands on another account than {}", intent.order.account));
    }
    match values(row) {
        None => differences.push("it shows no values".to_owned()),
        Some((goods, tax)) => {
            let mut compare = |name: &str, found: Decimal, sent: Money| {
                if found != sent.amount() {
                    differences.push(format!("{name} is {found}, we sent {}", sent.amount()));
                }
            };
            compare("net", goods, net);
            compare("VAT", tax, vat);
        }
    }
    (!differences.is_empty()).then(|| differences.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rma_number_stands_alone() {
        let rma = RmaId::new("4400123").unwrap();
        for yes in
            ["4400123", "RMA4400123", "rma-4400123", "RMA 4400123", "RMA4400123-1", "see RMA4400123/2", " 4400123 "]
        {
            assert!(mentions(yes, &rma), "{yes}");
        }
        for no in ["44001234", "14400123", "RMA44001230-1", "EX1042", "", "4400-123"] {
            assert!(!mentions(no, &rma), "{no}");
        }
    }
}
