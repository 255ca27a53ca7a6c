use sage200_client::{TaxCode, TaxTable};

fn resolve<F: Fn() -> TaxTable>(read: F) {
    let kept: TaxCode<'_>;
    {
        let table = read();
        kept = table.by_number(1).unwrap();
    }
    println!("{}", kept.rate());
}

fn main() {
    let _ = resolve::<fn() -> TaxTable>;
}
