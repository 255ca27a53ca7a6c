use returns_sync::journal::ReplacementLine;
use returns_wire::{Currency, Money};

// A line has no price that could be nothing: what was credited decides.
fn for_nothing(line: ReplacementLine) -> ReplacementLine {
    ReplacementLine { unit_price: Money::zero(Currency::GBP), ..line }
}

fn main() {
    let _ = for_nothing;
}
