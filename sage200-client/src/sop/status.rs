use crate::{DocumentStatus, Id, Order};
use serde::Serialize;
use std::fmt;

/// A status that a return can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReturnStatus {
    /// Being worked on.
    Live,
    /// Held: it can't be received or credited.
    OnHold,
    /// Cancelled, for what is not received yet.
    Cancelled,
}

impl ReturnStatus {
    /// The literal as Sage 200 writes it.
    pub const fn literal(self) -> &'static str {
        match self {
            Self::Live => "EnumDocumentStatusLive",
            Self::OnHold => "EnumDocumentStatusOnHold",
            Self::Cancelled => "EnumDocumentStatusCancelled",
        }
    }

    /// The status that a return with it shows.
    pub const fn shown(self) -> DocumentStatus {
        match self {
            Self::Live => DocumentStatus::Live,
            Self::OnHold => DocumentStatus::OnHold,
            Self::Cancelled => DocumentStatus::Cancelled,
        }
    }
}

/// The verb of a change of status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusVerb {
    /// `POST sop_returns_status`.
    Post,
    /// `PUT sop_returns_status`.
    Put,
    /// `PUT sop_returns_status/{id}`.
    PutWithId,
}

/// A change of status as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusRequest {
    /// How.
    pub verb: StatusVerb,
    /// The body: one JSON object in UTF-8.
    pub body: Vec<u8>,
}

/// Turns a change of status into the request that Sage 200 takes.
///
/// **Sage has not published verb and body of `sop_returns_status`.** Only somebody who has tried it, or asked Sage, can
/// say which adaptor is right. That is why there is no default.
///
/// ```
/// use sage200_client::{Id, Order, ReturnStatus, StatusAdaptor, StatusRequest, StatusVerb};
///
/// /// As it was found on our test company.
/// #[derive(Debug)]
/// struct AsTried;
///
/// impl StatusAdaptor for AsTried {
///     fn request(&self, id: Id<Order>, status: ReturnStatus) -> Result<StatusRequest, String> {
///         let body = format!("{{\"sop_return_id\":{id},\"document_status\":\"{}\"}}", status.literal());
///         Ok(StatusRequest { verb: StatusVerb::Put, body: body.into_bytes() })
///     }
/// }
/// # AsTried.request(Id::new(7).unwrap(), ReturnStatus::OnHold).unwrap();
/// ```
pub trait StatusAdaptor: fmt::Debug + Send + Sync {
    /// The request.
    ///
    /// # Errors
    /// Why this change can't be said in this form. Nothing is sent then, and the text becomes part of the error.
    fn request(&self, id: Id<Order>, status: ReturnStatus) -> Result<StatusRequest, String>;
}

/// `POST {"id":7,"status":"EnumDocumentStatusOnHold"}`: a presumption. Try it on a test company first.
///
/// ```
/// use sage200_client::{Id, PresumedStatus, ReturnStatus, StatusAdaptor};
/// let request = PresumedStatus.request(Id::new(7).unwrap(), ReturnStatus::OnHold).unwrap();
/// assert_eq!(request.body, br#"{"id":7,"status":"EnumDocumentStatusOnHold"}"#);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PresumedStatus;

impl StatusAdaptor for PresumedStatus {
    fn request(&self, id: Id<Order>, status: ReturnStatus) -> Result<StatusRequest, String> {
        #[derive(Serialize)]
        struct Body {
            id: Id<Order>,
            status: &'static str,
        }
        let body = serde_json::to_vec(&Body { id, status: status.literal() }).map_err(|cause| cause.to_string())?;
        Ok(StatusRequest { verb: StatusVerb::Post, body })
    }
}
