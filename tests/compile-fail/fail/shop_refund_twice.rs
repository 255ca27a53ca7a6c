use returns_sync::{
    evidence::{RefundRelease, ShopRefundRequest},
    journal::RefundIntent,
};

// One release pays one refund, under whatever key.
fn refund(release: RefundRelease, first: &RefundIntent, second: &RefundIntent) {
    let _ = ShopRefundRequest::new(release, first);
    let _ = ShopRefundRequest::new(release, second);
}

fn main() {
    let _ = refund;
}
