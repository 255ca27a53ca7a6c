use chrono::{DateTime, SecondsFormat, Utc};

/// The filters in use. Shopify drops a filter that it does not know and then finds everything, so no other is ever written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    Name,
    ProcessedAt,
    TransactionType,
    UpdatedAt,
}

impl Filter {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::ProcessedAt => "processed_at",
            Self::TransactionType => "transaction_type",
            Self::UpdatedAt => "updated_at",
        }
    }

    pub(super) fn is(self, value: &str) -> String {
        format!("{}:'{}'", self.as_str(), escaped(value))
    }

    /// From this second on: searches see no parts of a second.
    pub(super) fn since(self, at: DateTime<Utc>) -> String {
        format!("{}:>='{}'", self.as_str(), at.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

pub(super) fn any_of(terms: &[String]) -> String {
    terms.join(" OR ")
}

pub(super) fn all_of(terms: &[String]) -> String {
    terms.join(" AND ")
}

/// A value within quotes, with a backslash before everything that has a meaning in a search.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, ':' | '\\' | '(' | ')' | '\'' | '"') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads one quoted value the way a search does; gives it and what stands behind it.
    fn read(text: &str) -> Option<(String, &str)> {
        let mut value = String::new();
        let mut chars = text.strip_prefix('\'')?.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => value.push(chars.next()?.1),
                '\'' => return Some((value, text.get(at + 2..)?)),
                ':' | '(' | ')' | '"' => return None,
                other => value.push(other),
            }
        }
        None
    }

    #[test]
    fn terms_are_written_as_shopify_reads_them() {
        let at = "2026-11-01T10:00:00.9+01:00".parse::<DateTime<chrono::FixedOffset>>().unwrap().to_utc();
        assert_eq!(Filter::UpdatedAt.since(at), "updated_at:>='2026-11-01T09:00:00Z'");
        let names = [Filter::Name.is("#1001-A"), Filter::Name.is("o'clock: (1)")];
        assert_eq!(any_of(&names), r"name:'#1001-A' OR name:'o\'clock\: \(1\)'");
        assert_eq!(
            all_of(&[Filter::TransactionType.is("refund"), Filter::ProcessedAt.since(at)]),
            "transaction_type:'refund' AND processed_at:>='2026-11-01T09:00:00Z'"
        );
    }

    proptest! {
        #[test]
        fn no_value_leaves_its_quotes(value in ".*|[:()'\"\\\\ a-z]*") {
            let term = Filter::Name.is(&value);
            let (back, rest) = read(term.strip_prefix("name:").unwrap()).unwrap();
            prop_assert_eq!(back, value);
            prop_assert_eq!(rest, "");
        }
    }
}
