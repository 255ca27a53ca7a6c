use super::{ReturnGo, rmas};
use crate::{CommentText, RmaId};
use returns_wire::{Delivery, Error, ErrorKind};
use serde::Serialize;

/// Timeline comments.
#[derive(Debug, Clone, Copy)]
pub struct CommentApi<'a>(pub(super) &'a ReturnGo);

/// A comment that ReturnGO has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Posted {
    /// The marker by which it is found again.
    pub marker: String,
}

impl CommentApi<'_> {
    /// Adds a comment to an RMA's timeline. Any 2xx is a success, whatever its body.
    ///
    /// # Errors
    /// [`Error::delivery`] says whether the comment may be there. It is never sent twice by this call: after
    /// [`Delivery::Unknown`], read the RMA and look for the marker before posting again.
    pub async fn post(&self, id: &RmaId, text: &CommentText) -> Result<Posted, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            html_text: String,
        }
        const OP: &str = "returngo.comments.post";
        let body = serde_json::to_vec(&Body { html_text: text.html() })
            .map_err(|cause| Error::not_sent(OP, ErrorKind::Invalid, "the comment can't be written").because(cause))?;
        let posted = || Posted { marker: text.marker().to_owned() };
        match self.0.post(OP, &["rma", id.as_str(), "comment"], body).await {
            Ok(_) => Ok(posted()),
            // The status line was a 2xx and the body was lost: there is nothing in it that we need.
            Err(error) if error.delivery() == Delivery::Applied => Ok(posted()),
            Err(error) => Err(rmas::name(error, self.0, id)),
        }
    }
}
