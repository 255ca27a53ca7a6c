use returns_sync::evidence::{CreditNoteConfirmed, RefundRelease};

fn release(credit: CreditNoteConfirmed) -> [RefundRelease; 1] {
    [RefundRelease::new(credit)]
}

fn main() {
    let _ = release;
}
