use super::keys::Key;
use std::fmt;

/// One problem with `returns.toml`. Its text names the file, the key, the line, the rule and the way out; never a
/// secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingsError {
    /// The file.
    pub file: String,
    /// `table.key`, or a table, or nothing when the file as a whole can't be read.
    pub key: Option<String>,
    /// Line in the file, from 1.
    pub line: Option<usize>,
    message: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl std::error::Error for SettingsError {}

/// Everything that is wrong with `returns.toml`, found in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsErrors(Vec<SettingsError>);

impl SettingsErrors {
    /// The problems; at least one.
    pub fn all(&self) -> &[SettingsError] {
        &self.0
    }
}

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsErrors {}

/// Collects problems.
#[derive(Debug)]
pub(super) struct Problems {
    file: String,
    found: Vec<SettingsError>,
}

impl Problems {
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), found: Vec::new() }
    }

    /// About the file as a whole.
    pub(super) fn whole(&mut self, line: Option<usize>, message: String) {
        self.push(None, line, message);
    }

    /// About something that is not a key of ours.
    pub(super) fn stranger(&mut self, name: &str, line: usize, message: String) {
        self.push(Some(name.to_owned()), Some(line), message);
    }

    /// About a key: the message goes on after its name and line.
    pub(super) fn about(&mut self, key: &Key, line: Option<usize>, message: &str) {
        let place = line.map_or(String::new(), |line| format!(" (line {line})"));
        self.push(Some(format!("{}.{}", key.table, key.name)), line, format!("{key}{place} {message}"));
    }

    fn push(&mut self, key: Option<String>, line: Option<usize>, message: String) {
        self.found.push(SettingsError { file: self.file.clone(), key, line, message });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All problems, in the order of the file; what is missing comes last.
    pub(super) fn into_errors(mut self) -> SettingsErrors {
        self.found.sort_by_key(|error| error.line.unwrap_or(usize::MAX));
        SettingsErrors(self.found)
    }
}
