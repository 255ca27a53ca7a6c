use sage200_client::Text;

const REFERENCE: Text<20> = Text::literal("RMA4400123-1 for order EX1042");

fn main() {
    println!("{REFERENCE}");
}
