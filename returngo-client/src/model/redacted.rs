use std::fmt;

/// Text that may hold a name, an address or a spendable code. Printed by its length only.
///
/// ```
/// use returngo_client::model::Redacted;
/// let code = Redacted::from("GIFT-0001".to_owned());
/// assert_eq!(format!("{code:?}"), "Redacted(9 characters)");
/// assert_eq!(code.expose(), "GIFT-0001");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Redacted(String);

impl Redacted {
    /// The text itself. Whoever calls this keeps it out of logs and errors.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Redacted {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redacted({} characters)", self.0.chars().count())
    }
}
