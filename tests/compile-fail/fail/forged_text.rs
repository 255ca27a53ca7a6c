use sage200_client::Text;

fn forge(text: String) -> Text<20> {
    Text(text.into())
}

fn main() {
    let _ = forge;
}
