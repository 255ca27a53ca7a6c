use returns_wire::Money;
use sage200_client::{TaxTable, UnknownTaxCode, VatRow};

fn row(table: &TaxTable, goods: Money, tax: Money) -> Result<VatRow<'_>, UnknownTaxCode> {
    Ok(VatRow { code: table.by_number(1)?, goods, tax, pieces: 1 })
}

fn main() {
    let _ = row;
}
