use crate::journal::JournalError;
use std::path::{Path, PathBuf};

/// Where a journal is kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address {
    Memory,
    File(PathBuf),
}

const MEMORY: &str = ":memory:";

fn wrong(reason: impl Into<String>) -> JournalError {
    JournalError::Address { reason: reason.into() }
}

impl Address {
    /// Reads an address, and makes sure that a file can be at it.
    pub(super) fn parse(text: &str) -> Result<Self, JournalError> {
        let (path, is_url) = match text.strip_prefix("sqlite:") {
            Some(rest) => (rest.strip_prefix("//").unwrap_or(rest), true),
            None => (text, false),
        };
        // The rest of an unknown address may hold a password.
        let scheme = path.split_once("://").map(|(scheme, _)| scheme).filter(|_| !is_url);
        if let Some(scheme) = scheme.or_else(|| path.starts_with("file:").then_some("file")) {
            return Err(wrong(format!(
                "{scheme:?} is not supported; give a path, such as sqlite:returns-journal.sqlite"
            )));
        }
        if path == MEMORY {
            return Ok(Self::Memory);
        }
        if path.trim().is_empty() {
            return Err(wrong("it is empty; give a path, such as sqlite:returns-journal.sqlite"));
        }
        if path.contains('\0') || (is_url && path.contains('?')) {
            return Err(wrong(format!(
                "{path:?} has parameters, which are not supported; give a path and nothing else"
            )));
        }
        let path = PathBuf::from(path);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if path.is_dir() {
            return Err(wrong(format!("{} is a folder; add the name of a file", path.display())));
        }
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(wrong(format!("there is no folder {}; create it, or correct the path", folder.display())));
        }
        Ok(Self::File(path))
    }

    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Memory => None,
            Self::File(path) => Some(path),
        }
    }

    /// What SQLite takes for it.
    pub(super) fn file_name(&self) -> &Path {
        self.path().unwrap_or(Path::new(MEMORY))
    }

    /// What messages call it.
    pub(super) fn place(&self) -> String {
        self.file_name().display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Address::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_same_file_has_several_addresses() {
        let file = |path: &str| Address::File(PathBuf::from(path));
        for text in ["j.sqlite", "sqlite:j.sqlite", "sqlite://j.sqlite"] {
            assert_eq!(Address::parse(text).unwrap(), file("j.sqlite"));
        }
        assert_eq!(Address::parse("sqlite:///j.sqlite").unwrap(), file("/j.sqlite"));
        assert_eq!(Address::parse("sqlite::memory:").unwrap(), Address::Memory);
        assert_eq!(Address::parse("what?.sqlite").unwrap(), file("what?.sqlite"));
    }

    #[test]
    fn what_can_not_hold_a_journal_is_refused_with_a_way_out() {
        let other = refused("postgres://clerk:hunter2@db.example/journal");
        assert!(other.contains("\"postgres\" is not supported; give a path, such as sqlite:"), "{other}");
        assert!(!other.contains("hunter2"));
        for text in ["file:j.sqlite?mode=memory", "sqlite:file:j.sqlite"] {
            assert!(refused(text).contains("\"file\" is not supported"), "{text}");
        }
        for text in ["", " ", "sqlite:", "sqlite://"] {
            assert!(refused(text).contains("empty"), "{text:?}");
        }
        assert!(refused("sqlite:j.sqlite?mode=ro").contains("parameters"));
        assert!(refused("/").contains("is a folder; add"));
        assert!(refused("sqlite:no/such/folder/j.sqlite").contains("there is no folder no/such/folder; create it"));
    }
}
