use returns_sync::journal::CreditIntent;

// An intent is a record of what was to be done, and can be kept.
fn read(stored: &str) -> CreditIntent {
    serde_json::from_str(stored).unwrap()
}

fn main() {
    let _ = read;
}
