use sage200_client::Reference;

fn same(order_number: Reference) -> Reference {
    order_number
}

fn main() {
    let _ = same;
}
