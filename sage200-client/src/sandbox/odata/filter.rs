//! `$filter`: a small grammar over typed fields.

use crate::sandbox::{
    resources::{Field, FieldKind, Table, choices::numbers_are_known},
    value::{Row, Value},
};
use chrono::{DateTime, NaiveDate, Utc};
use returns_wire::JsonDecimal;
use std::cmp::Ordering;

#[derive(Debug)]
pub(crate) enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Compare { field: &'static str, kind: FieldKind, operator: Operator, literal: Value },
    Search { field: &'static str, kind: FieldKind, how: Search, needle: String, wanted: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Search {
    Contains,
    StartsWith,
    EndsWith,
}

/// Text is compared as the database's collation does: case and trailing blanks don't count.
pub(crate) fn folded(text: &str) -> String {
    text.trim_end().to_lowercase()
}

/// Order of two values of one field; none when one is null.
pub(crate) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    Some(match (left, right) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Dec(a, _), Value::Dec(b, _)) => a.cmp(b),
        (Value::Flag(a), Value::Flag(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => folded(a).cmp(&folded(b)),
        (Value::Date(_) | Value::Stamp(_), Value::Date(_) | Value::Stamp(_)) => instant(left)?.cmp(&instant(right)?),
        _ => return None,
    })
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::Date(date) => Some(date.and_time(chrono::NaiveTime::MIN).and_utc()),
        Value::Stamp(stamp) => Some(*stamp),
        _ => None,
    }
}

impl Expr {
    pub(crate) fn holds(&self, row: &Row) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(row)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(row)),
            Self::Compare { field, kind, operator, literal } => {
                let order = compare(&row.get(field, *kind), literal);
                match operator {
                    Operator::Eq => order == Some(Ordering::Equal),
                    Operator::Ne => order != Some(Ordering::Equal),
                    Operator::Gt => order == Some(Ordering::Greater),
                    Operator::Ge => order.is_some_and(Ordering::is_ge),
                    Operator::Lt => order == Some(Ordering::Less),
                    Operator::Le => order.is_some_and(Ordering::is_le),
                }
            }
            Self::Search { field, kind, how, needle, wanted } => {
                let value = row.get(field, *kind);
                let Value::Text(text) = value.as_ref() else { return false };
                let text = text.to_lowercase();
                let found = match how {
                    Search::Contains => text.contains(needle.as_str()),
                    Search::StartsWith => text.starts_with(needle.as_str()),
                    Search::EndsWith => text.trim_end().ends_with(needle.as_str()),
                };
                found == *wanted
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Open,
    Close,
    Comma,
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ' ' => {}
            '(' => found.push(Token::Open),
            ')' => found.push(Token::Close),
            ',' => found.push(Token::Comma),
            '\'' => {
                let mut quoted = String::new();
                loop {
                    match rest.next() {
                        Some('\'') if rest.peek() == Some(&'\'') => {
                            rest.next();
                            quoted.push('\'');
                        }
                        Some('\'') => break,
                        Some(c) => quoted.push(c),
                        None => return Err("a quote is not closed".to_owned()),
                    }
                }
                found.push(Token::Quoted(quoted));
            }
            first => {
                let mut word = String::from(first);
                while let Some(c) = rest.next_if(|c| !matches!(c, ' ' | '(' | ')' | ',' | '\'')) {
                    word.push(c);
                }
                if rest.peek() == Some(&'\'') {
                    return Err(format!("{word}'…' is not a literal here"));
                }
                found.push(Token::Word(word));
            }
        }
    }
    Ok(found)
}

/// Brackets deeper than this are refused.
const DEEPEST: usize = 40;

/// Reads a filter over a table's fields.
pub(crate) fn parse(text: &str, table: &'static Table) -> Result<Expr, String> {
    let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable(), table };
    let expr = parser.any(0)?;
    match parser.tokens.next() {
        None => Ok(expr),
        Some(token) => Err(format!("{token:?} can't stand here")),
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    table: &'static Table,
}

impl Parser {
    fn takes_word(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Word(found) if found == word)).is_some()
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        match self.tokens.next() {
            Some(found) if found == *token => Ok(()),
            found => Err(format!("{token:?} is expected, found {found:?}")),
        }
    }

    fn any(&mut self, depth: usize) -> Result<Expr, String> {
        let mut parts = vec![self.all(depth)?];
        while self.takes_word("or") {
            parts.push(self.all(depth)?);
        }
        Ok(Expr::Any(parts))
    }

    fn all(&mut self, depth: usize) -> Result<Expr, String> {
        let mut parts = vec![self.part(depth)?];
        while self.takes_word("and") {
            parts.push(self.part(depth)?);
        }
        Ok(Expr::All(parts))
    }

    fn part(&mut self, depth: usize) -> Result<Expr, String> {
        if depth > DEEPEST {
            return Err("the brackets are nested too deep".to_owned());
        }
        match self.tokens.next() {
            Some(Token::Open) => {
                let inner = self.any(depth + 1)?;
                self.expect(&Token::Close)?;
                Ok(inner)
            }
            Some(Token::Word(word)) if self.tokens.peek() == Some(&Token::Open) => self.search(&word),
            Some(Token::Word(name)) => self.comparison(&name),
            found => Err(format!("a field or a bracket is expected, found {found:?}")),
        }
    }

    fn search(&mut self, function: &str) -> Result<Expr, String> {
        let how = match function {
            "contains" => Search::Contains,
            "startswith" => Search::StartsWith,
            "endswith" => Search::EndsWith,
            _ => return Err(format!("{function} is not a supported function")),
        };
        self.expect(&Token::Open)?;
        let &Field { ref name, kind, choices } = match self.tokens.next() {
            Some(Token::Word(name)) => self.field(&name)?,
            found => return Err(format!("{function}: a field is expected, found {found:?}")),
        };
        self.expect(&Token::Comma)?;
        let needle = match (kind, choices, self.tokens.next()) {
            (FieldKind::Text { .. }, None, Some(Token::Quoted(needle))) => needle.to_lowercase(),
            _ => return Err(format!("{function}: {name} must be text, and the search text quoted")),
        };
        self.expect(&Token::Close)?;
        let mut wanted = true;
        if self.takes_word("eq") {
            wanted = self.flag()?;
        } else if self.takes_word("ne") {
            wanted = !self.flag()?;
        }
        Ok(Expr::Search { field: name, kind, how, needle, wanted })
    }

    fn flag(&mut self) -> Result<bool, String> {
        match self.tokens.next() {
            Some(Token::Word(word)) if word == "true" || word == "false" => Ok(word == "true"),
            found => Err(format!("true or false is expected, found {found:?}")),
        }
    }

    fn field(&self, name: &str) -> Result<&'static Field, String> {
        match self.table.field(name) {
            None => Err(format!("there is no field {name}")),
            Some(field) if matches!(field.kind, FieldKind::Object | FieldKind::List) => {
                Err(format!("{name} can't be filtered on"))
            }
            Some(field) => Ok(field),
        }
    }

    fn comparison(&mut self, name: &str) -> Result<Expr, String> {
        let &Field { name: ref field, kind, choices } = self.field(name)?;
        let operator = match self.tokens.next() {
            Some(Token::Word(word)) => match word.as_str() {
                "eq" => Operator::Eq,
                "ne" => Operator::Ne,
                "gt" => Operator::Gt,
                "ge" => Operator::Ge,
                "lt" => Operator::Lt,
                "le" => Operator::Le,
                _ => return Err(format!("{word} is not a supported operator")),
            },
            found => return Err(format!("{field}: an operator is expected, found {found:?}")),
        };
        let only_equality = matches!(kind, FieldKind::Flag) || choices.is_some();
        if only_equality && !matches!(operator, Operator::Eq | Operator::Ne) {
            return Err(format!("{field} can be compared by eq and ne only"));
        }
        let literal = match (self.tokens.next(), kind, choices) {
            (Some(Token::Quoted(text)), FieldKind::Text { .. }, Some(choices)) => choices
                .iter()
                .find(|choice| {
                    choice.literal.eq_ignore_ascii_case(&text)
                        || (numbers_are_known(choices) && choice.id.to_string() == text)
                })
                .map(|choice| Value::Text(choice.literal.to_owned())),
            (Some(Token::Quoted(text)), FieldKind::Text { .. }, None) => Some(Value::Text(text)),
            (Some(Token::Word(word)), kind, _) => match kind {
                FieldKind::Integer { .. } => word.parse().ok().map(Value::Int),
                FieldKind::Decimal { places } => {
                    word.parse::<JsonDecimal>().ok().map(|number| Value::Dec(number.get(), places))
                }
                FieldKind::Flag => word.parse().ok().map(Value::Flag),
                FieldKind::Date | FieldKind::Timestamp => date_literal(&word),
                FieldKind::Text { .. } | FieldKind::Object | FieldKind::List => None,
            },
            _ => None,
        };
        let literal = literal.ok_or_else(|| format!("{field}: the literal does not suit the field ({kind:?})"))?;
        Ok(Expr::Compare { field, kind, operator, literal })
    }
}

/// A bare date, or a date-time in UTC with its `Z`.
fn date_literal(word: &str) -> Option<Value> {
    if word.len() == 10 {
        return word.parse::<NaiveDate>().ok().map(Value::Date);
    }
    if !word.ends_with('Z') {
        return None;
    }
    DateTime::parse_from_rfc3339(word).ok().map(|stamp| Value::Stamp(stamp.with_timezone(&Utc)))
}
