use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;

/// The name of one deed. Shopify carries out a refund with a key it has seen, with the same content, only once, and gives
/// the first result again. How long it remembers is not published: after a long break look the refund up before trying
/// again.
///
/// Make it from the deed itself, so that the same deed always has the same key, and store it before the first attempt.
///
/// ```
/// use shopify_returns::IdempotencyKey;
/// assert_eq!(IdempotencyKey::new("refund-7001234-1")?.as_str(), "refund-7001234-1");
/// assert!(IdempotencyKey::new(" ").is_err());
/// # Ok::<(), shopify_returns::KeyFault>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct IdempotencyKey(String);

/// Text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// Nothing in it.
    #[error("an idempotency key must not be blank")]
    Blank,
    /// Too long.
    #[error("an idempotency key of {got} characters is too long; at most {} are taken", IdempotencyKey::LIMIT)]
    TooLong {
        /// Characters it has.
        got: usize,
    },
    /// Spaces, control characters or letters outside ASCII.
    #[error("an idempotency key holds visible ASCII characters only, no spaces; character {at} (from 1) is none")]
    NotVisible {
        /// Place of the first wrong character, from 1.
        at: usize,
    },
}

impl IdempotencyKey {
    /// Characters that are taken.
    pub const LIMIT: usize = 255;

    /// Checks a key: 1 to 255 visible ASCII characters.
    ///
    /// # Errors
    /// [`KeyFault`] names the rule that is broken.
    pub fn new(text: impl Into<String>) -> Result<Self, KeyFault> {
        let text = text.into();
        if text.trim().is_empty() {
            return Err(KeyFault::Blank);
        }
        if let Some(at) = text.chars().position(|c| !c.is_ascii_graphic()) {
            return Err(KeyFault::NotVisible { at: at.saturating_add(1) });
        }
        if text.len() > Self::LIMIT {
            return Err(KeyFault::TooLong { got: text.len() });
        }
        Ok(Self(text))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdempotencyKey({})", self.0)
    }
}

impl<'de> Deserialize<'de> for IdempotencyKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_are_keys() {
        for good in ["a", "550e8400-e29b-41d4-a716-446655440000", &"k".repeat(255)] {
            let key = IdempotencyKey::new(good).unwrap();
            let json = serde_json::to_string(&key).unwrap();
            assert_eq!(serde_json::from_str::<IdempotencyKey>(&json).unwrap(), key);
        }
        assert_eq!(IdempotencyKey::new("\t "), Err(KeyFault::Blank));
        assert_eq!(IdempotencyKey::new("a b"), Err(KeyFault::NotVisible { at: 2 }));
        assert_eq!(IdempotencyKey::new("é"), Err(KeyFault::NotVisible { at: 1 }));
        assert_eq!(IdempotencyKey::new("k".repeat(256)), Err(KeyFault::TooLong { got: 256 }));
        assert!(serde_json::from_str::<IdempotencyKey>("\"a\\nb\"").is_err());
    }
}
