use returns_wire::{Money, MoneyError};
use rust_decimal::Decimal;

fn add(price: Money, fee: Decimal) -> Result<Money, MoneyError> {
    price.checked_add(Money::new(fee, price.currency())?)
}

fn main() {
    let _ = add;
}
