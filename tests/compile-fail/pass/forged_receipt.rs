use returns_sync::evidence::ReceiptConfirmed;

// What was proved can be looked at.
fn look(receipt: &ReceiptConfirmed) -> usize {
    receipt.units().count()
}

fn main() {
    let _ = look;
}
