use returns_wire::Money;
use sage200_client::VatRow;

fn row<'t>(goods: Money, tax: Money) -> VatRow<'t> {
    VatRow { code: 1, goods, tax, pieces: 1 }
}

fn main() {
    let _ = row;
}
