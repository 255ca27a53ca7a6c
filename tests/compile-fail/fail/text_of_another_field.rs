use sage200_client::{Reference, SecondReference};

// Both hold 20 characters, and must not be swapped.
fn swap(order_number: Reference) -> SecondReference {
    order_number
}

fn main() {
    let _ = swap;
}
