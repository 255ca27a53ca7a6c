use returns_sync::{
    evidence::{ExchangeRequest, ReceiptConfirmed},
    journal::ExchangeIntent,
    policy::ExchangeSite,
};
use sage200_client::{DeliveryAddress, TaxTable};

// That the goods were received is proved, not that they are credited.
fn enter(
    receipt: ReceiptConfirmed,
    intent: &ExchangeIntent,
    to: &DeliveryAddress,
    table: &TaxTable,
    site: &ExchangeSite,
) {
    let _ = ExchangeRequest::new(vec![receipt], intent, to, table, site);
}

fn main() {
    let _ = enter;
}
