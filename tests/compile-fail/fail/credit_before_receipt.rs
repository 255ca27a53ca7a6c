use returns_sync::{
    evidence::{CreditRefused, CreditRequest},
    journal::CreditIntent,
};
use sage200_client::TaxTable;

// The units are known, but nothing proves that they were received.
fn credit<'t>(intent: &CreditIntent, table: &'t TaxTable) -> Result<CreditRequest<'t>, CreditRefused> {
    CreditRequest::new(&intent.units, intent, table, None)
}

fn main() {
    let _ = credit;
}
