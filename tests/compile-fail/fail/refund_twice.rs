use returns_sync::evidence::{CreditNoteConfirmed, RefundRelease};

fn release(credit: CreditNoteConfirmed) -> [RefundRelease; 2] {
    [RefundRelease::new(credit), RefundRelease::new(credit)]
}

fn main() {
    let _ = release;
}
