/// Why a request is no notice: the rule that it breaks, and what to do. Holds nothing of the body and no signature.
///
/// Whatever it is, do not answer with a 2xx: Shopify takes that for received and does not send again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoticeFault {
    /// Nothing to verify with. A blank secret counts: anybody can sign with that.
    #[error("there is no secret to verify with, or one of them is blank; give the app's client secret")]
    NoSecret,
    /// A header is missing.
    #[error("the header {name} is missing; only Shopify sends it: look who calls this address, or what drops headers")]
    MissingHeader {
        /// Its name.
        name: &'static str,
    },
    /// A header came more than once, with different values.
    #[error(
        "the header {name} came more than once, and they differ; look what stands between Shopify and this address"
    )]
    HeaderTwice {
        /// Its name.
        name: &'static str,
    },
    /// A header is not of its form.
    #[error("the header {name} is {got:?}; it must be {rule}. Look what stands between Shopify and this address")]
    HeaderForm {
        /// Its name.
        name: &'static str,
        /// What it is, at most 60 characters.
        got: String,
        /// What it must be.
        rule: &'static str,
    },
    /// The signature is not of its form.
    #[error("the header X-Shopify-Hmac-SHA256 is not the base64 of 32 bytes; only Shopify sends it: look who calls")]
    SignatureForm,
    /// The signature is of another body, or made with another secret.
    #[error(
        "the signature does not fit the body under any of the {tried} secrets; give the client secret of the app that \
         subscribed, and the body's bytes as they came, not decoded or written anew"
    )]
    WrongSignature {
        /// How many secrets were tried.
        tried: usize,
    },
    /// Signed, but no JSON object. The same secret signs other things too, which are none.
    #[error("the body is signed, but no JSON object; subscribe with the format JSON")]
    NotAnObject,
    /// Signed, but broken.
    #[error(
        "the body is signed, but is not JSON at line {line}, column {column}; subscribe with the format JSON, and \
         report it to Shopify if it stays"
    )]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The body, which is signed, is about another shop than the header, which is not.
    #[error(
        "the header X-Shopify-Shop-Domain says {header:?}, but the body, which is signed, is about another shop; \
         somebody may have sent an old notice again under another name"
    )]
    OtherShop {
        /// What the header says.
        header: String,
    },
}

impl NoticeFault {
    /// The HTTP status to answer with: 401, but 400 for a signed body that can't be read, and 500 when the fault is ours.
    pub fn status(&self) -> u16 {
        match self {
            Self::NoSecret => 500,
            Self::NotAnObject | Self::NotJson { .. } => 400,
            Self::MissingHeader { .. }
            | Self::HeaderTwice { .. }
            | Self::HeaderForm { .. }
            | Self::SignatureForm
            | Self::WrongSignature { .. }
            | Self::OtherShop { .. } => 401,
        }
    }
}
