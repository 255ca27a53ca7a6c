use sage200_client::{Text, TextError};

fn check(text: String) -> Result<Text<20>, TextError> {
    Text::new(text)
}

fn main() {
    let _ = check;
}
