use crate::AnalysisText;
use std::{collections::BTreeMap, fmt};

/// Analysis codes of a header or line, by number.
///
/// ```
/// use sage200_client::{AnalysisCodes, AnalysisText};
/// let codes = AnalysisCodes::new().with(1, AnalysisText::new("RMA-1001")?)?;
/// assert_eq!(codes.get(1).unwrap().as_str(), "RMA-1001");
/// assert!(codes.with(21, AnalysisText::new("x")?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnalysisCodes(BTreeMap<u8, AnalysisText>);

/// An analysis code that can't be set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlotError {
    /// Sage 200 has 1 to 20.
    NoSuchNumber {
        /// The number.
        number: u8,
    },
    /// It is set already.
    SetTwice {
        /// The number.
        number: u8,
    },
}

impl fmt::Display for SlotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchNumber { number } => {
                write!(f, "there is no analysis code {number}; use 1 to 20 (1 to 5 in Sage 200 Standard)")
            }
            Self::SetTwice { number } => write!(f, "analysis code {number} is set twice; give each number once"),
        }
    }
}

impl std::error::Error for SlotError {}

impl AnalysisCodes {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    ///
    /// # Errors
    /// [`SlotError`] unless the number is 1 to 20 and free.
    pub fn with(mut self, number: u8, text: AnalysisText) -> Result<Self, SlotError> {
        if !(1..=20).contains(&number) {
            return Err(SlotError::NoSuchNumber { number });
        }
        if self.0.insert(number, text).is_some() {
            return Err(SlotError::SetTwice { number });
        }
        Ok(self)
    }

    /// The text of a number.
    pub fn get(&self, number: u8) -> Option<&AnalysisText> {
        self.0.get(&number)
    }

    /// All, by number.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &AnalysisText)> {
        self.0.iter().map(|(number, text)| (*number, text))
    }

    /// True when none is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
