use returns_sync::{evidence::ReceiptConfirmed, journal::{CreditIntent, RunId}};

// Built by hand from what the journal holds.
fn forge(intent: &CreditIntent, run: RunId) -> ReceiptConfirmed {
    ReceiptConfirmed {
        rma: "4400123".parse().unwrap(),
        units: intent.units.iter().map(|value| value.unit.clone()).collect(),
        run,
    }
}

fn main() {
    let _ = forge;
}
