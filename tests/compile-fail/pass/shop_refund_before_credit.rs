use returns_sync::{
    evidence::{CreditNoteConfirmed, RefundRefused, RefundRelease, ShopRefundRequest},
    journal::RefundIntent,
};

fn refund(credit: CreditNoteConfirmed, intent: &RefundIntent) -> Result<ShopRefundRequest, RefundRefused> {
    ShopRefundRequest::new(RefundRelease::new(credit), intent)
}

fn main() {
    let _ = refund;
}
