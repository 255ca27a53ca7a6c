use crate::seam::{Transport, TransportError, TransportErrorKind};
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use std::time::Duration;

/// Settings of the reqwest transport.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpOptions {
    /// Time for one whole exchange. Sage 200 on a customer's own server is slow: 100 s.
    pub timeout: Duration,
    /// Time to open a connection.
    pub connect_timeout: Duration,
    /// Sent as `User-Agent`.
    pub user_agent: String,
    /// Longest answer that is read, in bytes after unpacking; a longer one counts as broken off. 64 MiB.
    pub max_body: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(100),
            connect_timeout: Duration::from_secs(10),
            user_agent: concat!("returns-sdk/", env!("CARGO_PKG_VERSION")).to_owned(),
            max_body: 64 * 1024 * 1024,
        }
    }
}

/// reqwest behind the seam: rustls, no redirects, no retries of its own.
///
/// # Errors
/// [`TransportError`] when the TLS set-up of this machine can't be used.
pub fn over_reqwest(options: &HttpOptions) -> Result<Transport, TransportError> {
    let client = reqwest::Client::builder()
        .timeout(options.timeout)
        .connect_timeout(options.connect_timeout)
        .user_agent(&options.user_agent)
        .redirect(reqwest::redirect::Policy::none())
        // Ours must be the only counter of attempts.
        .retry(reqwest::retry::never())
        .build()
        .map_err(|error| TransportErrorKind::NotConnected.because(error))?;
    let max_body = options.max_body;
    Ok(Transport::new(tower::service_fn(move |request: Request<Bytes>| exchange(client.clone(), request, max_body))))
}

async fn exchange(
    client: reqwest::Client,
    request: Request<Bytes>,
    max_body: usize,
) -> Result<Response<Bytes>, TransportError> {
    let request = reqwest::Request::try_from(request)
        .map_err(|error| TransportErrorKind::NotConnected.because(error.without_url()))?;
    let mut answer = client.execute(request).await.map_err(|error| {
        // `is_request` proves nothing: a server that read the whole POST and closed gives exactly that.
        let kind = if error.is_connect() {
            TransportErrorKind::NotConnected
        } else if error.is_timeout() {
            TransportErrorKind::Timeout
        } else {
            TransportErrorKind::Interrupted
        };
        kind.because(error.without_url())
    })?;
    let lost = TransportErrorKind::BodyLost(answer.status());
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| lost.because(error.without_url()))? {
        if body.len().saturating_add(chunk.len()) > max_body {
            return Err(lost.because(format!("the answer is longer than the {max_body} bytes allowed")));
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = Response::new(body.freeze());
    *response.status_mut() = answer.status();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(response)
}
