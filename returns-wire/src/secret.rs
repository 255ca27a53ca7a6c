use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// A key or token: never printed, wiped from memory when dropped.
///
/// ```
/// use returns_wire::Secret;
/// let key = Secret::new("k-123");
/// assert_eq!(format!("{key:?}"), "Secret(hidden)");
/// assert_eq!(key.expose(), "k-123");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// Reads an environment variable.
    ///
    /// # Errors
    /// [`MissingSecret`] when the variable is not set, is empty or is not text.
    pub fn from_env(name: &str) -> Result<Self, MissingSecret> {
        match std::env::var(name) {
            Ok(value) if !value.trim().is_empty() => Ok(Self::new(value.trim())),
            _ => Err(MissingSecret { name: name.to_owned() }),
        }
    }

    /// The value itself. Whoever calls this keeps it out of logs and errors.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// An environment variable that must hold a secret does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} is not set or empty; set it to the secret before starting")]
pub struct MissingSecret {
    /// The variable's name.
    pub name: String,
}
