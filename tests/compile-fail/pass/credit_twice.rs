use returns_sync::{
    evidence::{CreditRequest, ReceiptConfirmed},
    journal::CreditIntent,
};
use sage200_client::TaxTable;

fn credit(receipt: ReceiptConfirmed, intent: &CreditIntent, table: &TaxTable) {
    let _ = CreditRequest::new(receipt, intent, table, None);
}

fn main() {
    let _ = credit;
}
