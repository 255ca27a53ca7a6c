use crate::error::BoxError;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use std::fmt;
use tower::{Service, ServiceExt, util::BoxCloneSyncService};

/// The one way out: a cloneable service that turns a request into a complete response.
///
/// reqwest stands behind it in real life ([`over_reqwest`](crate::over_reqwest)), an axum router in tests
/// ([`sandbox::in_process`](crate::sandbox::in_process)), and any `tower` service or layer of yours.
#[derive(Clone)]
pub struct Transport(BoxCloneSyncService<Request<Bytes>, Response<Bytes>, TransportError>);

impl Transport {
    /// Puts a service behind the seam. The response body must be complete when the future resolves.
    pub fn new<S>(service: S) -> Self
    where
        S: Service<Request<Bytes>, Response = Response<Bytes>, Error = TransportError> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        Self(BoxCloneSyncService::new(service))
    }

    /// Sends once. Never resends.
    ///
    /// # Errors
    /// [`TransportError`] when no complete answer came back.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.0.clone().oneshot(request).await
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

/// No complete answer came back.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct TransportError {
    /// How far the exchange got.
    pub kind: TransportErrorKind,
    /// What the HTTP library says.
    #[source]
    pub source: Option<BoxError>,
}

/// How far an exchange got before it failed. Only [`NotConnected`](Self::NotConnected) proves that the request
/// was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection was opened: the name did not resolve, the port was closed, TLS was refused.
    NotConnected,
    /// The connection was there; the answer did not come in time.
    Timeout,
    /// The connection was there and broke before a status line was read.
    Interrupted,
    /// A status line was read; the body was not complete.
    BodyLost(StatusCode),
}

impl TransportErrorKind {
    /// An error of this kind with its cause.
    pub fn because(self, source: impl Into<BoxError>) -> TransportError {
        TransportError { kind: self, source: Some(source.into()) }
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => f.write_str("no connection could be opened"),
            Self::Timeout => f.write_str("no answer in time"),
            Self::Interrupted => f.write_str("the connection broke before an answer was read"),
            Self::BodyLost(status) => write!(f, "the answer broke off after its status line ({status})"),
        }
    }
}
