//! Shopify's search: terms with AND and OR, and a filter that it does not know is dropped without a word.

use chrono::{DateTime, Utc};

/// One term of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) filter: String,
    pub(super) comparator: &'static str,
    pub(super) value: String,
}

/// Terms in groups: one group must fit, and in it all terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) any: Vec<Vec<Term>>,
    /// Filters that are not known: they fit everything.
    pub(super) unknown: Vec<String>,
}

impl Search {
    pub(super) fn read(text: &str, known: &[&str]) -> Self {
        let mut search = Self { any: vec![Vec::new()], unknown: Vec::new() };
        let mut rest = text.trim();
        while !rest.is_empty() {
            let after = |word: &str| rest.strip_prefix(word).filter(|r| r.starts_with([' ', '(', ')']) || r.is_empty());
            if let Some(more) = after("OR") {
                search.any.push(Vec::new());
                rest = more.trim_start();
            } else if let Some(more) = after("AND") {
                rest = more.trim_start();
            } else if let Some(more) = rest.strip_prefix(['(', ')']) {
                rest = more.trim_start();
            } else {
                let (term, more) = term(rest);
                rest = more.trim_start();
                if known.contains(&term.filter.as_str()) {
                    if let Some(group) = search.any.last_mut() {
                        group.push(term);
                    }
                } else {
                    search.unknown.push(term.filter);
                }
            }
        }
        search
    }

    /// True when a group fits. A group without terms fits everything.
    pub(super) fn fits(&self, fits: impl Fn(&Term) -> bool) -> bool {
        self.any.iter().any(|group| group.iter().all(&fits))
    }
}

fn term(text: &str) -> (Term, &str) {
    let end = text.find([':', ' ']).unwrap_or(text.len());
    let (filter, rest) = text.split_at(end);
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let comparator = [">=", "<=", ">", "<"].into_iter().find(|c| rest.starts_with(*c)).unwrap_or("");
    let rest = rest.get(comparator.len()..).unwrap_or_default();
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(usize::from(quote.is_some()));
    let mut stop = rest.len();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c if Some(c) == quote => {
                stop = at + 1;
                break;
            }
            ' ' | ')' if quote.is_none() => {
                stop = at;
                break;
            }
            c => value.push(c),
        }
    }
    let rest = rest.get(stop..).unwrap_or_default();
    (Term { filter: filter.to_owned(), comparator, value }, rest)
}

/// Does an instant fit a comparison? Searches see no parts of a second.
pub(super) fn instant_fits(term: &Term, at: DateTime<Utc>) -> bool {
    let Ok(wanted) = term.value.parse::<DateTime<Utc>>() else { return true };
    let (at, wanted) = (at.timestamp(), wanted.timestamp());
    match term.comparator {
        ">=" => at >= wanted,
        "<=" => at <= wanted,
        ">" => at > wanted,
        "<" => at < wanted,
        _ => at == wanted,
    }
}

/// Words of a name: a search for one name finds longer ones too.
pub(super) fn name_fits(term: &Term, name: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        parts.map(str::to_lowercase).collect()
    };
    let found = words(name);
    words(&term.value).iter().all(|word| found.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_client_writes_is_read() {
        let search = Search::read(r"name:'#1001' OR name:'a\'b\: c'", &["name"]);
        let values: Vec<_> = search.any.iter().flatten().map(|term| term.value.as_str()).collect();
        assert_eq!((values, search.any.len()), (vec!["#1001", "a'b: c"], 2));
        let search = Search::read(
            "transaction_type:'refund' AND processed_at:>='2026-03-02T09:00:00Z'",
            &["transaction_type", "processed_at"],
        );
        assert_eq!((search.any.len(), search.any[0].len(), search.any[0][1].comparator), (1, 2, ">="));
    }

    #[test]
    fn a_filter_that_is_not_known_finds_everything() {
        let search = Search::read("updatedat:>='2026-03-02T09:00:00Z'", &["updated_at"]);
        assert_eq!(search.unknown, ["updatedat"]);
        assert!(search.fits(|_| false));
    }
}
