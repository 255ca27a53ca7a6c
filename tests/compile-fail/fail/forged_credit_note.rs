use returns_sync::evidence::CreditNoteConfirmed;

// A proof of an earlier run, kept as text.
fn forge(stored: &str) -> CreditNoteConfirmed {
    serde_json::from_str(stored).unwrap()
}

fn main() {
    let _ = forge;
}
