use super::Company;
use crate::{CreditNoteDraft, Urn, reading::Scalar};
use returns_wire::{Delivery, Error, ErrorKind, Repeat, decode_json};
use serde::Deserialize;

const OP: &str = "sage200.credit_notes.post";

/// A credit note that Sage 200 has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a posted credit note must be read back"]
#[non_exhaustive]
pub enum Posted {
    /// With this URN.
    Urn(Urn),
    /// The answer said success, but its URN can't be read: find the credit note by its second reference.
    Unread {
        /// What is wrong with the answer.
        message: String,
    },
}

impl Company {
    /// Posts a credit note to the sales ledger (`sales_credit_notes`). Never sent twice.
    ///
    /// # Errors
    /// [`Error`]. With [`Delivery::NotSent`] and [`Delivery::Rejected`] nothing was posted; with
    /// [`Delivery::Unknown`] it may have been: look it up by its second reference before anything else. A success that
    /// can't be read is [`Posted::Unread`], not an error.
    pub async fn post_credit_note(&self, draft: &CreditNoteDraft<'_>) -> Result<Posted, Error> {
        if draft.company() != Some(self.key()) {
            let theirs = draft.company().map(ToString::to_string).unwrap_or_default();
            let message = format!("the draft's tax codes are those of {theirs}, this is {}", self.key());
            return Err(Error::not_sent(OP, ErrorKind::Config, message)
                .help("build the draft from the tax table of the company it is posted to"));
        }
        match self.post(OP, "sales_credit_notes", draft.to_body(), Repeat::Never).await {
            Ok(answer) => Ok(posted(&answer.body)),
            Err(error) if error.delivery() == Delivery::Applied => Ok(Posted::Unread { message: error.to_string() }),
            Err(error) => Err(error),
        }
    }
}

/// Reads `{"urn": "123"}`, `{"urn": 123}`, `"123"` or `123`.
fn posted(body: &[u8]) -> Posted {
    #[derive(Deserialize)]
    struct Answer {
        urn: Scalar,
    }
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    let urn = if text.first() == Some(&b'{') {
        decode_json::<Answer>(OP, text).map(|answer| answer.urn)
    } else {
        decode_json::<Scalar>(OP, text)
    };
    let number = match urn {
        Ok(Scalar::Int(urn)) => Some(urn),
        Ok(Scalar::Text(urn)) => urn.trim().parse().ok(),
        Ok(Scalar::None | Scalar::Bool(_)) => None,
        Err(error) => return Posted::Unread { message: error.to_string() },
    };
    match number {
        Some(urn) if urn > 0 => Posted::Urn(Urn(urn)),
        _ => Posted::Unread { message: format!("{OP}: the answer holds no URN") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_urn_comes_in_four_shapes() {
        for body in ["{\"urn\":\"123\"}", "{\"urn\":123,\"x\":[]}", "\"123\"", "123", "\u{feff}{\"urn\":\"123\"}"] {
            assert_eq!(posted(body.as_bytes()), Posted::Urn(Urn(123)), "{body}");
        }
    }

    #[test]
    fn any_other_success_is_unread_and_never_an_error() {
        for body in [
            "",
            "{}",
            "{\"urn\":",
            "{\"urn\":null}",
            "{\"urn\":\"\"}",
            "[]",
            "true",
            "0",
            "-5",
            "<html>",
            "{\"urn\":1.5}",
        ] {
            assert!(matches!(posted(body.as_bytes()), Posted::Unread { .. }), "{body}");
        }
    }
}
