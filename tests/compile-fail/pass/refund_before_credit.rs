use returns_sync::evidence::{CreditNoteConfirmed, RefundRelease};

fn release(credit: CreditNoteConfirmed) -> RefundRelease {
    RefundRelease::new(credit)
}

fn main() {
    let _ = release;
}
