use returns_sync::evidence::{ReceiptConfirmed, RefundRelease};

// The goods are there, but no credit note stands in the ledger.
fn release(receipt: ReceiptConfirmed) -> RefundRelease {
    RefundRelease::new(receipt)
}

fn main() {
    let _ = release;
}
