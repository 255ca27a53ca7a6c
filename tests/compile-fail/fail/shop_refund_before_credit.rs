use returns_sync::{
    evidence::{ReceiptConfirmed, RefundRefused, ShopRefundRequest},
    journal::RefundIntent,
};

// The goods are there, and the intent says what to pay; no credit note stands in the ledger.
fn refund(receipt: ReceiptConfirmed, intent: &RefundIntent) -> Result<ShopRefundRequest, RefundRefused> {
    ShopRefundRequest::new(receipt, intent)
}

fn main() {
    let _ = refund;
}
