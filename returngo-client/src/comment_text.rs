/// The text of a timeline comment: safe HTML, with a marker by which it is found again.
///
/// ReturnGO gives a posted comment no id and posts it again when asked again. The marker is how a program that did
/// not see the answer finds out: read the RMA, look for a comment that [`mentions`](crate::model::Comment::mentions)
/// the marker.
///
/// ```
/// use returngo_client::CommentText;
/// let comment = CommentText::marked("sync:4400123:1")?.text("Credit note ").bold("CN <7>").text(" is posted.");
/// assert_eq!(comment.html(), "Credit note <strong>CN &lt;7&gt;</strong> is posted. [sync:4400123:1]");
/// assert_eq!(comment.marker(), "[sync:4400123:1]");
/// # Ok::<(), returngo_client::MarkerError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CommentText {
    html: String,
    marker: String,
}

/// A marker that would not survive its way through HTML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{got:?} can't mark a comment; use 1 to 80 letters a-z, digits and any of - _ . :")]
#[non_exhaustive]
pub struct MarkerError {
    /// The text, shortened.
    pub got: String,
}

impl CommentText {
    /// An empty comment that will end in `[marker]`.
    ///
    /// # Errors
    /// [`MarkerError`] unless the marker is 1 to 80 ASCII letters, digits, or `-`, `_`, `.`, `:`.
    pub fn marked(marker: &str) -> Result<Self, MarkerError> {
        let fits = (1..=80).contains(&marker.len())
            && marker.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'));
        if fits {
            Ok(Self { html: String::new(), marker: format!("[{marker}]") })
        } else {
            Err(MarkerError { got: marker.chars().take(80).collect() })
        }
    }

    /// Adds text. Nothing in it is read as HTML.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        for c in text.chars() {
            match c {
                '&' => self.html.push_str("&amp;"),
                '<' => self.html.push_str("&lt;"),
                '>' => self.html.push_str("&gt;"),
                '"' => self.html.push_str("&quot;"),
                '\'' => self.html.push_str("&#39;"),
                other => self.html.push(other),
            }
        }
        self
    }

    /// Adds text in bold. Nothing in it is read as HTML.
    #[must_use]
    pub fn bold(mut self, text: &str) -> Self {
        self.html.push_str("<strong>");
        self = self.text(text);
        self.html.push_str("</strong>");
        self
    }

    /// Starts a new line.
    #[must_use]
    pub fn line_break(mut self) -> Self {
        self.html.push_str("<br>");
        self
    }

    /// What is sent.
    pub fn html(&self) -> String {
        format!("{} {}", self.html, self.marker).trim_start().to_owned()
    }

    /// The marker as it stands in the comment, brackets included.
    pub fn marker(&self) -> &str {
        &self.marker
    }
}

impl std::fmt::Debug for CommentText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CommentText({} characters, {})", self.html.chars().count(), self.marker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_plain() {
        for bad in ["", "a b", "a]", "<b>", "ä", &*"x".repeat(81)] {
            assert!(CommentText::marked(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn text_can_not_become_html() {
        let html = CommentText::marked("m").unwrap().text("<script>\"'&").html();
        assert_eq!(html, "&lt;script&gt;&quot;&#39;&amp; [m]");
    }
}
