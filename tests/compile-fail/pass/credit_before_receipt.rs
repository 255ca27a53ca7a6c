use returns_sync::{
    evidence::{CreditRefused, CreditRequest, ReceiptConfirmed},
    journal::CreditIntent,
};
use sage200_client::TaxTable;

fn credit<'t>(
    receipt: ReceiptConfirmed,
    intent: &CreditIntent,
    table: &'t TaxTable,
) -> Result<CreditRequest<'t>, CreditRefused> {
    CreditRequest::new(receipt, intent, table, None)
}

fn main() {
    let _ = credit;
}
