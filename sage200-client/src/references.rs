use crate::text::{Shortened, Text, TextError, TextRule};
use std::fmt;

/// A value that a named field of Sage 200 does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// The field.
    pub field: &'static str,
    /// UTF-16 units that it holds.
    pub limit: usize,
    /// UTF-16 units that the value has.
    pub got: usize,
    /// The value, its first 60 characters.
    pub value: String,
    /// The rule broken.
    pub rule: TextRule,
}

impl FieldError {
    fn new(field: &'static str, value: &str, error: &TextError) -> Self {
        let value = value.chars().take(60).collect();
        Self { field, limit: error.limit, got: error.got, value, rule: error.rule }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = TextError { limit: self.limit, got: self.got, rule: self.rule };
        write!(f, "{} {:?} {why}", self.field, self.value)
    }
}

impl std::error::Error for FieldError {}

macro_rules! references {
    ($($(#[$meta:meta])* $name:ident($limit:literal) $field:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(Text<$limit>);

        impl $name {
            /// UTF-16 units that fit.
            pub const LIMIT: usize = $limit;
            /// The field's name in messages.
            pub const FIELD: &'static str = $field;

            /// Checks a value.
            ///
            /// # Errors
            /// [`FieldError`] names the field, the value, the rule and the limit.
            pub fn new(text: impl Into<String>) -> Result<Self, FieldError> {
                let text = text.into();
                Text::new(text.as_str()).map(Self).map_err(|error| FieldError::new($field, &text, &error))
            }

            /// Checks a literal; in a `const` the compiler does it.
            ///
            /// # Panics
            /// Outside of a `const`, when the literal breaks a rule.
            pub const fn literal(text: &'static str) -> Self {
                Self(Text::literal(text))
            }

            /// Cuts what does not fit; what was cut is given back.
            ///
            /// # Errors
            /// [`FieldError`] when length is not the only fault.
            pub fn shorten(text: &str) -> Result<(Self, String), FieldError> {
                let Shortened { value, lost } =
                    Text::shorten(text).map_err(|error| FieldError::new($field, text, &error))?;
                Ok((Self(value), lost))
            }

            /// The value.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::str::FromStr for $name {
            type Err = FieldError;

            fn from_str(text: &str) -> Result<Self, FieldError> {
                Self::new(text)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(<String as serde::Deserialize>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    )*

    #[cfg(test)]
    type Check = fn(&str) -> Result<String, FieldError>;

    /// Type, field, limit and constructor of each.
    #[cfg(test)]
    const ALL: &[(&str, &str, usize, Check)] = &[
        $((stringify!($name), $field, $name::LIMIT, |text| $name::new(text).map(|value| value.to_string()))),*
    ];
    };
}

references! {
    /// A customer's account code (`customers.reference`), 8 characters.
    AccountReference(8) "account_reference";
    /// First reference of a ledger document (`reference`), 20 characters.
    Reference(20) "reference";
    /// Second reference of a ledger document (`second_reference`), 20 characters.
    SecondReference(20) "second_reference";
    /// The customer's own number for an order or return (`customer_document_no`), 30 characters.
    CustomerDocumentNo(30) "customer_document_no";
    /// A document's own number, where Sage 200 does not give it (`document_no`), 20 characters.
    DocumentNo(20) "document_no";
    /// A product's code (`products.code`), 30 characters.
    ProductCode(30) "product_code";
    /// A nominal account (`code` of a nominal analysis row), 8 characters.
    NominalReference(8) "nominal_reference";
    /// A cost centre, 3 characters.
    CostCentre(3) "cost_centre";
    /// A department, 3 characters.
    Department(3) "department";
    /// Narrative of a nominal analysis row, 6000 characters.
    Narrative(6000) "narrative";
    /// Text of an analysis code (`analysis_code_1` to `analysis_code_20`), 60 characters.
    AnalysisText(60) "analysis_code";
    /// Description of a line (`description`), 6000 characters; views show 1000.
    LineDescription(6000) "description";
    /// Code of an additional charge (`sop_additional_charges.code`), 20 characters.
    ChargeCode(20) "charge_code";
    /// Transaction analysis code of a nominal analysis row, 20 characters.
    TransactionAnalysisCode(20) "transaction_analysis_code";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_takes_its_limit_and_not_one_more() {
        assert_eq!(ALL.len(), 14);
        for (_, field, limit, make) in ALL {
            assert!(make(&"x".repeat(*limit)).is_ok(), "{field}");
            let error = make(&"x".repeat(limit + 1)).unwrap_err();
            assert_eq!((error.field, error.limit, error.got), (*field, *limit, limit + 1));
        }
    }

    #[test]
    fn the_readme_shows_these_limits() {
        let readme = include_str!("../README.md");
        let shown = readme.lines().filter_map(|line| {
            let (name, limit) = line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | ")?;
            Some((name, limit.parse::<usize>().ok()?))
        });
        let real = ALL.iter().map(|(name, _, limit, _)| (*name, *limit));
        assert_eq!(shown.collect::<Vec<_>>(), real.collect::<Vec<_>>());
    }

    #[test]
    fn the_error_is_a_sentence_with_a_way_out() {
        let error = SecondReference::new("RMA-1001-SHOP-4711-ABCDE").unwrap_err();
        assert_eq!(
            error.to_string(),
            "second_reference \"RMA-1001-SHOP-4711-ABCDE\" has 24 characters; Sage 200 allows 20; shorten it"
        );
        assert!(Narrative::new("x".repeat(7000)).unwrap_err().to_string().len() < 200);
    }

    #[test]
    fn literals_are_checked_by_the_compiler() {
        const CODE: NominalReference = NominalReference::literal("41100");
        assert_eq!(format!("{CODE:?} {CODE}"), "NominalReference(\"41100\") 41100");
    }
}
