use sage200_client::TaxCode;

fn store(code: TaxCode<'_>) -> String {
    serde_json::to_string(&code).unwrap()
}

fn main() {
    let _ = store;
}
