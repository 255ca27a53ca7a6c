use super::{
    errors::{Problems, SettingsErrors},
    keys::{self, Absent, Key, Kind},
};
use std::fmt;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Reads keys from a parsed file and collects what is wrong. A reader that gives `None` for a key that was written,
/// or that must be, has noted why.
pub(super) struct Reader<'d> {
    text: &'d str,
    root: &'d DeTable<'d>,
    pub(super) problems: Problems,
}

/// Parses the file.
pub(super) fn parse<'t>(file: &str, text: &'t str) -> Result<Spanned<DeTable<'t>>, SettingsErrors> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(document);
    }
    let mut problems = Problems::new(file);
    for error in errors {
        let line = error.span().map(|span| line_of(text, span.start));
        let place = line.map_or(String::new(), |line| format!("line {line} "));
        // Its `Display` would show the line, and with it perhaps a secret.
        problems.whole(line, format!("{place}is not TOML: {}; text needs quotes: name = \"value\"", error.message()));
    }
    Err(problems.into_errors())
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// A value as messages repeat it.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number without quotes",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A value and its line.
pub(super) type Found<'d> = (&'d DeValue<'d>, usize);

impl<'d> Reader<'d> {
    pub(super) fn new(file: &str, text: &'d str, root: &'d DeTable<'d>) -> Self {
        Self { text, root, problems: Problems::new(file) }
    }

    /// Notes every table and key that nobody asked for.
    pub(super) fn check_names(&mut self) {
        for (name, value) in self.root {
            let line = line_of(self.text, name.span().start);
            let table = name.get_ref().as_ref();
            let known = keys::tables().any(|known| known == table);
            match value.get_ref() {
                DeValue::Table(entries) if known => {
                    for name in entries.keys() {
                        let line = line_of(self.text, name.span().start);
                        self.check_key(table, name.get_ref(), line);
                    }
                }
                _ if known => {
                    let message = format!("`{table}` (line {line}) must be a table; write [{table}] above its keys");
                    self.problems.stranger(table, line, message);
                }
                DeValue::Table(_) => {
                    let way_out = keys::nearest(table, keys::tables()).map_or_else(
                        || format!("the tables are {}", list(keys::tables().map(|table| format!("[{table}]")))),
                        |near| format!("did you mean [{near}]?"),
                    );
                    self.problems.stranger(table, line, format!("unknown table [{table}] (line {line}); {way_out}"));
                }
                _ => self.check_key("", table, line),
            }
        }
    }

    fn check_key(&mut self, table: &str, name: &str, line: usize) {
        if keys::ALL.iter().any(|key| key.table == table && key.name == name) {
            return;
        }
        let full = if table.is_empty() { name.to_owned() } else { format!("{table}.{name}") };
        if let Some(key) = secret(table, name) {
            let message = format!(
                "`{full}` (line {line}): secrets do not belong in this file; remove it, put it in the environment \
                 variable that {key} names ({} unless set), and replace the secret if others could read the file",
                key.example.trim_matches('"')
            );
            return self.problems.stranger(&full, line, message);
        }
        let here = || keys::ALL.iter().filter(|key| key.table == table).map(|key| key.name);
        let elsewhere = keys::ALL.iter().find(|key| key.name == name).map(|key| (key.table, key.name));
        let near = keys::nearest(name, here()).map(|near| (table, near)).or(elsewhere);
        let way_out = match near {
            Some((table, near)) => format!("did you mean `{table}.{near}`?"),
            None if table.is_empty() => "a key stands below the [table] that it belongs to".to_owned(),
            None => format!("the keys of [{table}] are {}", list(here())),
        };
        self.problems.stranger(&full, line, format!("unknown key `{full}` (line {line}); {way_out}"));
    }

    /// What was written for a key; notes it when it must be there and is not.
    pub(super) fn find(&mut self, key: &Key) -> Option<Found<'d>> {
        let root = self.root;
        let entries = root.iter().find(|(name, _)| name.get_ref() == key.table)?.1.get_ref().as_table();
        let found = entries.and_then(|entries| entries.iter().find(|(name, _)| name.get_ref() == key.name));
        found.map(|(_, value)| (value.get_ref(), line_of(self.text, value.span().start)))
    }

    /// As [`find`](Self::find), for keys that must be there.
    pub(super) fn need(&mut self, key: &Key) -> Option<Found<'d>> {
        let found = self.find(key);
        if found.is_none() && key.absent == Absent::Refused {
            let message =
                format!("is missing: {}; add `{} = {}` under [{}]", key.what, key.name, key.example, key.table);
            self.problems.about(key, None, &message);
        }
        found
    }

    /// Notes that a value breaks a rule.
    pub(super) fn wrong(&mut self, key: &Key, line: usize, message: impl fmt::Display) {
        self.problems.about(key, Some(line), &message.to_string());
    }

    /// Notes that a value is of the wrong kind.
    pub(super) fn wrong_kind(&mut self, key: &Key, (value, line): Found<'d>, wanted: &str) {
        let message =
            format!("is {}; it is {}: write {wanted}, such as {} = {}", kind(value), key.what, key.name, key.example);
        self.wrong(key, line, message);
    }

    /// A text with its line.
    pub(super) fn text(&mut self, key: &Key) -> Option<(&'d str, usize)> {
        let found = self.need(key)?;
        let DeValue::String(text) = found.0 else {
            self.wrong_kind(key, found, "text in quotes");
            return None;
        };
        Some((text.as_ref(), found.1))
    }

    /// A text that `read` makes something of. Its error goes on after "`key` (line n) is "value": ".
    pub(super) fn read<T, E: fmt::Display>(
        &mut self,
        key: &Key,
        read: impl FnOnce(&'d str) -> Result<T, E>,
    ) -> Option<T> {
        let (text, line) = self.text(key)?;
        read(text).map_err(|error| self.wrong(key, line, format!("is {}: {error}", shown(text)))).ok()
    }

    /// The value whose word is written; `all` in the order of the key's words.
    pub(super) fn choice<T: Copy>(&mut self, key: &Key, all: &[T]) -> Option<T> {
        let Kind::Word(words) = key.kind else { return None };
        self.read(key, |text| {
            let found = words.iter().zip(all).find(|(word, _)| **word == text).map(|(_, value)| *value);
            found.ok_or_else(|| format!("allowed is {}", list(words.iter().map(|word| format!("{word:?}")))))
        })
    }

    /// A whole number within the key's limits.
    pub(super) fn whole<T: TryFrom<i64>>(&mut self, key: &Key) -> Option<T> {
        let Kind::Whole(from, to) = key.kind else { return None };
        let found = self.need(key)?;
        let Some(number) = integer(found.0) else {
            self.wrong_kind(key, found, "a whole number without quotes");
            return None;
        };
        let value = number.filter(|number| (from..=to).contains(number)).and_then(|number| T::try_from(number).ok());
        if value.is_none() {
            let shown = number.map_or("too large".to_owned(), |number| number.to_string());
            self.wrong(key, found.1, format!("is {shown}; allowed is a whole number from {from} to {to}"));
        }
        value
    }

    /// True or false.
    pub(super) fn flag(&mut self, key: &Key) -> Option<bool> {
        let found = self.need(key)?;
        if found.0.as_bool().is_none() {
            self.wrong_kind(key, found, "true or false without quotes");
        }
        found.0.as_bool()
    }

    /// A list that is not empty, each value read by `one`.
    pub(super) fn list<T: PartialEq>(
        &mut self,
        key: &Key,
        wanted: &str,
        one: impl Fn(&'d DeValue<'d>) -> Option<Result<T, String>>,
    ) -> Option<Vec<T>> {
        let found = self.need(key)?;
        let DeValue::Array(values) = found.0 else {
            self.wrong_kind(key, found, wanted);
            return None;
        };
        if values.is_empty() {
            let way_out = if key.absent == Absent::Nothing { "; leave the key out for no limit" } else { "" };
            self.wrong(key, found.1, format!("is empty; write {wanted}, such as {}{way_out}", key.example));
            return None;
        }
        let mut list = Vec::new();
        let mut complete = true;
        for value in values.iter() {
            let line = line_of(self.text, value.span().start);
            match one(value.get_ref()) {
                Some(Ok(value)) if list.contains(&value) => {
                    self.wrong(key, line, "names the same value twice; write it once");
                    complete = false;
                }
                Some(Ok(value)) => list.push(value),
                Some(Err(error)) => {
                    self.wrong(key, line, format!("holds {error}"));
                    complete = false;
                }
                None => {
                    self.wrong_kind(key, (value.get_ref(), line), wanted);
                    complete = false;
                }
            }
        }
        complete.then_some(list)
    }
}

/// A whole number; `Some(None)` when it is past 64 bits.
pub(super) fn integer(value: &DeValue<'_>) -> Option<Option<i64>> {
    value.as_integer().map(|number| i64::from_str_radix(number.as_str(), number.radix()).ok())
}

/// The key that names the variable for a secret that was pasted as `table.name`, if that is what it looks like.
fn secret(table: &str, name: &str) -> Option<&'static Key> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    let looks = ["key", "secret", "token", "password"].iter().any(|end| name.ends_with(end));
    if !looks {
        return None;
    }
    if name.contains("token") {
        Some(keys::REFRESH_TOKEN_ENV)
    } else if table == "sage" || name.contains("secret") {
        Some(keys::CLIENT_SECRET_ENV)
    } else {
        Some(keys::API_KEY_ENV)
    }
}

fn list(names: impl Iterator<Item = impl fmt::Display>) -> String {
    names.map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}
