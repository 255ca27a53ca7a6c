use serde::{Deserialize, Deserializer};

/// Was a list read to its end?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Yes.
    Complete,
    /// There is more, or there may be: nothing may be concluded from what is missing.
    Truncated {
        /// Entries read.
        shown: usize,
    },
}

/// A connection: entries, and where the rest begins. The client reads it to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T> {
    /// The entries read.
    pub items: Vec<T>,
    /// The cursor behind the last of them, while there are more.
    pub next: Option<String>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new(), next: None }
    }
}

impl<T> List<T> {
    /// Whether the entries are all there are.
    pub fn completeness(&self) -> Completeness {
        match self.next {
            None => Completeness::Complete,
            Some(_) => Completeness::Truncated { shown: self.items.len() },
        }
    }

    /// The entries.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }
}

impl<'l, T> IntoIterator for &'l List<T> {
    type Item = &'l T;
    type IntoIter = std::slice::Iter<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct PageInfo {
            has_next_page: bool,
            #[serde(default)]
            end_cursor: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Connection<T> {
            nodes: Vec<T>,
            page_info: PageInfo,
        }
        // What is asked for is always answered: a list that is missing, or does not say that it ends, is none.
        let Connection { nodes, page_info } = Connection::deserialize(deserializer)?;
        // A page that promises more and gives no cursor is not complete; asking for an empty cursor fails, and says so.
        let next = page_info.has_next_page.then(|| page_info.end_cursor.unwrap_or_default());
        Ok(Self { items: nodes, next })
    }
}
