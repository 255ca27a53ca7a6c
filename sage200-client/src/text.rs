use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt};

/// Text that fits a Sage 200 field of `MAX` characters.
///
/// Sage 200 stores text in SQL Server, so length is counted in UTF-16 units: an emoji counts 2. Empty text, control
/// characters and blanks at either end are refused, never repaired silently.
///
/// ```
/// use sage200_client::Text;
/// const LABEL: Text<20> = Text::literal("Returned goods");
/// assert_eq!(LABEL.as_str(), "Returned goods");
/// assert!(Text::<5>::new("abc😀").is_ok());
/// assert!(Text::<4>::new("abc😀").is_err());
/// ```
///
/// ```compile_fail
/// const TOO_LONG: sage200_client::Text<3> = sage200_client::Text::literal("abcd");
/// # fn main() { println!("{TOO_LONG}"); }
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(Cow<'static, str>);

/// The rule that a text breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextRule {
    /// More UTF-16 units than the field holds.
    TooLong,
    /// Nothing in it.
    Empty,
    /// A control character: tab, line break and the like.
    Control,
    /// A blank at the beginning or the end.
    Blank,
}

/// A text that a field of Sage 200 does not take. The text itself is not repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextError {
    /// UTF-16 units that the field holds.
    pub limit: usize,
    /// UTF-16 units that the text has.
    pub got: usize,
    /// The rule broken.
    pub rule: TextRule,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, got, rule } = self;
        match rule {
            TextRule::TooLong => write!(f, "has {got} characters; Sage 200 allows {limit}; shorten it"),
            TextRule::Empty => write!(f, "is empty; give 1 to {limit} characters or leave the field out"),
            TextRule::Control => f.write_str("holds a control character (tab, line break, ...); remove it"),
            TextRule::Blank => f.write_str("begins or ends with a blank; remove it"),
        }
    }
}

impl std::error::Error for TextError {}

impl<const MAX: usize> Text<MAX> {
    /// UTF-16 units that fit.
    pub const LIMIT: usize = MAX;

    /// Checks a text.
    ///
    /// # Errors
    /// [`TextError`] names the rule broken and the limit.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        match broken_rule(&text, MAX) {
            None => Ok(Self(Cow::Owned(text))),
            Some(rule) => Err(TextError { limit: MAX, got: utf16_units(&text), rule }),
        }
    }

    /// Checks a literal; in a `const` the compiler does it.
    ///
    /// # Panics
    /// Outside of a `const`, when the literal breaks a rule.
    #[expect(clippy::panic, reason = "a panic in a const is the compile error wanted")]
    pub const fn literal(text: &'static str) -> Self {
        match broken_rule(text, MAX) {
            None => Self(Cow::Borrowed(text)),
            Some(TextRule::TooLong) => panic!("this text is longer than the Sage 200 field"),
            Some(TextRule::Empty) => panic!("this text is empty"),
            Some(TextRule::Control) => panic!("this text holds a control character"),
            Some(TextRule::Blank) => panic!("this text begins or ends with a blank"),
        }
    }

    /// Cuts what does not fit and gives it back in [`Shortened::lost`].
    ///
    /// # Errors
    /// [`TextError`] when length is not the only fault.
    ///
    /// ```
    /// use sage200_client::Text;
    /// let short = Text::<8>::shorten("Carrier damage").unwrap();
    /// assert_eq!((short.value.as_str(), short.lost.as_str()), ("Carrier", " damage"));
    /// ```
    pub fn shorten(text: &str) -> Result<Shortened<MAX>, TextError> {
        let mut units = 0;
        let cut = text.char_indices().find_map(|(at, c)| {
            units += c.len_utf16();
            (units > MAX).then_some(at)
        });
        let (kept, _) = text.split_at_checked(cut.unwrap_or(text.len())).unwrap_or((text, ""));
        let kept = if cut.is_some() { kept.trim_end() } else { kept };
        let value = Self::new(kept)?;
        let lost = text.get(kept.len()..).unwrap_or_default().to_owned();
        Ok(Shortened { value, lost })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text cut to fit, and what was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "what was lost belongs into the record"]
pub struct Shortened<const MAX: usize> {
    /// What fits.
    pub value: Text<MAX>,
    /// What was cut off at the end; empty when everything fitted.
    pub lost: String,
}

pub(crate) fn utf16_units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

const fn broken_rule(text: &str, max: usize) -> Option<TextRule> {
    let mut rest = text.as_bytes();
    match rest {
        [] => return Some(TextRule::Empty),
        // The blanks of Unicode, in UTF-8.
        [b' ', ..]
        | [0xC2, 0xA0, ..]
        | [0xE1, 0x9A, 0x80, ..]
        | [0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF, ..]
        | [0xE2, 0x81, 0x9F, ..]
        | [0xE3, 0x80, 0x80, ..]
        | [.., b' ']
        | [.., 0xC2, 0xA0]
        | [.., 0xE1, 0x9A, 0x80]
        | [.., 0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF]
        | [.., 0xE2, 0x81, 0x9F]
        | [.., 0xE3, 0x80, 0x80] => return Some(TextRule::Blank),
        _ => {}
    }
    let mut units = 0;
    while let [byte, tail @ ..] = rest {
        match (*byte, tail) {
            (0..=0x1F | 0x7F, _) | (0xC2, [0x80..=0x9F, ..]) => return Some(TextRule::Control),
            (0x80..=0xBF, _) => {}
            (0xF0..=0xFF, _) => units += 2,
            _ => units += 1,
        }
        rest = tail;
    }
    if units > max { Some(TextRule::TooLong) } else { None }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?)
            .map_err(|error| de::Error::custom(format_args!("the text {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule<const MAX: usize>(text: &str) -> Option<TextRule> {
        Text::<MAX>::new(text).err().map(|error| error.rule)
    }

    #[test]
    fn counts_what_sql_server_counts() {
        assert_eq!(rule::<20>(&"x".repeat(20)), None);
        assert_eq!(rule::<20>(&"x".repeat(21)), Some(TextRule::TooLong));
        assert_eq!(rule::<20>(&"é€".repeat(10)), None);
        assert_eq!(rule::<20>(&"😀".repeat(10)), None);
        let error = Text::<20>::new("😀".repeat(11)).unwrap_err();
        assert_eq!((error.got, error.limit, error.rule), (22, 20, TextRule::TooLong));
        assert_eq!(error.to_string(), "has 22 characters; Sage 200 allows 20; shorten it");
    }

    #[test]
    fn refuses_what_would_not_be_found_again() {
        for blank in [" a", "a ", "\u{a0}a", "a\u{3000}", "a\u{2009}", "\u{1680}a", "a\u{205f}"] {
            assert_eq!(rule::<9>(blank), Some(TextRule::Blank), "{blank:?}");
        }
        for control in ["a\tb", "a\nb", "a\0", "\u{7f}", "a\u{85}b", "a\u{9f}"] {
            assert_eq!(rule::<9>(control), Some(TextRule::Control), "{control:?}");
        }
        assert_eq!(rule::<9>(""), Some(TextRule::Empty));
        assert_eq!(rule::<9>("a b"), None);
    }

    #[test]
    fn json_goes_through_the_same_gate() {
        assert!(serde_json::from_str::<Text<3>>("\"abc\"").is_ok());
        let error = serde_json::from_str::<Text<3>>("\"abcd\"").unwrap_err().to_string();
        assert!(error.contains("allows 3") && !error.contains("abcd"), "{error}");
    }

    #[test]
    fn shortening_never_cuts_a_character_in_two() {
        let short = Text::<4>::shorten("abc😀d").unwrap();
        assert_eq!((short.value.as_str(), short.lost.as_str()), ("abc", "😀d"));
        assert!(Text::<4>::shorten(" abcdef").is_err());
        assert!(Text::<4>::shorten("").is_err());
    }

    proptest! {
        #[test]
        fn what_is_accepted_fits_and_is_unchanged(text in "\\PC{0,12}") {
            match Text::<8>::new(text.clone()) {
                Ok(ok) => {
                    prop_assert!(text.encode_utf16().count() <= 8);
                    prop_assert_eq!(text.trim(), text.as_str());
                    prop_assert_eq!(ok.as_str(), text.as_str());
                }
                Err(error) => {
                    prop_assert_eq!(error.got, text.encode_utf16().count());
                    let expected = if text.is_empty() { TextRule::Empty }
                        else if text.trim() != text { TextRule::Blank }
                        else { TextRule::TooLong };
                    prop_assert_eq!(error.rule, expected);
                }
            }
        }

        #[test]
        fn shortened_and_lost_make_up_the_whole(text in ".{1,30}") {
            if let Ok(short) = Text::<8>::shorten(&text) {
                prop_assert_eq!(format!("{}{}", short.value, short.lost), text);
            }
        }

        #[test]
        fn rules_agree_with_the_standard_library(c in any::<char>()) {
            let text = format!("a{c}");
            let expected = if c.is_control() { Some(TextRule::Control) }
                else if c.is_whitespace() { Some(TextRule::Blank) }
                else { None };
            prop_assert_eq!(rule::<9>(&text), expected);
        }
    }
}
