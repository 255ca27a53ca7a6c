use returns_sync::journal::TaxChoice;

// The choice is stored; it is resolved again before it is used.
fn store(choice: TaxChoice) -> String {
    serde_json::to_string(&choice).unwrap()
}

fn main() {
    let _ = store;
}
