use returns_sync::{
    evidence::{CreditNoteConfirmed, ExchangeRequest},
    journal::ExchangeIntent,
    policy::ExchangeSite,
};
use sage200_client::{DeliveryAddress, TaxTable};

fn enter(
    credit: CreditNoteConfirmed,
    intent: &ExchangeIntent,
    to: &DeliveryAddress,
    table: &TaxTable,
    site: &ExchangeSite,
) {
    let _ = ExchangeRequest::new(vec![credit], intent, to, table, site);
}

fn main() {
    let _ = enter;
}
