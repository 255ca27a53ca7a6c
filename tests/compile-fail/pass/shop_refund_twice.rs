use returns_sync::{
    evidence::{RefundRelease, ShopRefundRequest},
    journal::RefundIntent,
};

fn refund(releases: [RefundRelease; 2], first: &RefundIntent, second: &RefundIntent) {
    let [one, other] = releases;
    let _ = ShopRefundRequest::new(one, first);
    let _ = ShopRefundRequest::new(other, second);
}

fn main() {
    let _ = refund;
}
