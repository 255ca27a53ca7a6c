//! An axum router behind the seam: what the vendors' sandboxes stand on.

use crate::{BaseUrl, Transport, TransportErrorKind, yield_once};
use axum::{Router, body::Body};
use bytes::Bytes;
use http::Request;
use std::{io, net::Ipv4Addr};
use tower::ServiceExt;

/// Calls the router directly: no socket, no thread, no runtime. Each call yields once before and once after the
/// router has acted, so that a harness can stop the caller on either side.
pub fn in_process(router: Router) -> Transport {
    Transport::new(tower::service_fn(move |request: Request<Bytes>| {
        let router = router.clone();
        async move {
            yield_once().await;
            let response = match router.oneshot(request.map(Body::from)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let (parts, body) = response.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX)
                .await
                .map_err(|error| TransportErrorKind::BodyLost(parts.status).because(error))?;
            yield_once().await;
            Ok(http::Response::from_parts(parts, body))
        }
    }))
}

/// A router served on a free port of this machine until dropped.
#[derive(Debug)]
pub struct Loopback {
    base: BaseUrl,
    task: tokio::task::JoinHandle<()>,
}

impl Loopback {
    /// Starts serving on 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn serve(router: Router) -> io::Result<Self> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base = format!("http://{}/", listener.local_addr()?).parse().map_err(io::Error::other)?;
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the sandbox stopped");
            }
        });
        Ok(Self { base, task })
    }

    /// Its base URL.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.task.abort();
    }
}
