//! The handle.

mod builder;
mod comments;
mod pages;
mod rmas;
mod shipments;
mod transactions;

pub use builder::ReturnGoBuilder;
pub use comments::{CommentApi, Posted};
pub use pages::{ItemError, Page, Pages};
pub use rmas::{RmaApi, RmaPages};
pub use shipments::ShipmentApi;
pub use transactions::{TransactionApi, TransactionPages};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header::CONTENT_TYPE};
use returns_wire::{Answer, Call, Channel, Error, ErrorKind, QuotaState, Repeat};
use std::{fmt, sync::Arc};

/// A handle on one shop's returns. Clones share connection, pace and counters.
///
/// One request at a time, at most four a second. Reads are tried again after failures that may pass; writes are sent
/// once.
#[derive(Clone)]
pub struct ReturnGo(Arc<Inner>);

struct Inner {
    channel: Channel,
    shop: String,
    shop_header: HeaderValue,
    key_header: HeaderValue,
}

impl ReturnGo {
    /// Starts with nothing set but ReturnGO's own address.
    pub fn builder() -> ReturnGoBuilder {
        ReturnGoBuilder::default()
    }

    /// RMAs.
    pub fn rmas(&self) -> RmaApi<'_> {
        RmaApi(self)
    }

    /// Refunds, store credits and invoice payments.
    pub fn transactions(&self) -> TransactionApi<'_> {
        TransactionApi(self)
    }

    /// Parcels.
    pub fn shipments(&self) -> ShipmentApi<'_> {
        ShipmentApi(self)
    }

    /// Timeline comments.
    pub fn comments(&self) -> CommentApi<'_> {
        CommentApi(self)
    }

    /// The shop this handle reads.
    pub fn shop(&self) -> &str {
        &self.0.shop
    }

    /// Calls used and left today; `None` when no budget was given.
    ///
    /// # Errors
    /// [`ErrorKind::Store`] when the budget's store can't be read.
    pub async fn quota_state(&self) -> Result<Option<QuotaState>, Error> {
        let Some(quota) = self.0.channel.quota() else { return Ok(None) };
        let state = quota.state(&**self.0.channel.clock()).await;
        state.map(Some).map_err(|cause| {
            Error::not_sent("returngo.quota", ErrorKind::Store, "the count of today's calls could not be read")
                .because(cause)
        })
    }

    /// Requests sent by this handle and its clones, attempts counted one by one.
    pub fn requests_sent(&self) -> u64 {
        self.0.channel.requests_sent()
    }

    async fn get(&self, op: &'static str, path: &[&str], query: &[(&str, String)]) -> Result<Answer, Error> {
        let request = self.request(op, Method::GET, path, query, Bytes::new())?;
        self.send(Call { op, request, repeat: Repeat::Read }).await
    }

    async fn post(&self, op: &'static str, path: &[&str], body: Vec<u8>) -> Result<Answer, Error> {
        self.write(op, Method::POST, path, body).await
    }

    async fn put(&self, op: &'static str, path: &[&str], body: Vec<u8>) -> Result<Answer, Error> {
        self.write(op, Method::PUT, path, body).await
    }

    async fn write(&self, op: &'static str, method: Method, path: &[&str], body: Vec<u8>) -> Result<Answer, Error> {
        let request = self.request(op, method, path, &[], body.into())?;
        self.send(Call { op, request, repeat: Repeat::Never }).await
    }

    fn request(
        &self,
        op: &'static str,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        body: Bytes,
    ) -> Result<Request<Bytes>, Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(self.0.channel.base().uri(path, query))
            .header("x-shop-name", &self.0.shop_header)
            .header("x-api-key", &self.0.key_header)
            .header(http::header::ACCEPT, "application/json");
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request
            .body(body)
            .map_err(|cause| Error::not_sent(op, ErrorKind::Config, "the request could not be built").because(cause))
    }

    async fn send(&self, call: Call) -> Result<Answer, Error> {
        self.0.channel.send(call).await.map_err(|error| self.explain(error))
    }

    fn explain(&self, error: Error) -> Error {
        let error = if matches!(error.status(), Some(401 | 403)) { error.with_kind(ErrorKind::Auth) } else { error };
        match self.advice(&error) {
            Some(advice) => error.help(advice),
            None => error,
        }
    }

    /// Why it is not known whether a write was taken, to be added to what to do about it; empty when nothing tells.
    fn cause(&self, error: &Error) -> String {
        let astray = is_page(error) || error.status().is_some_and(|status| (300..400).contains(&status));
        match self.advice(error) {
            Some(advice) => format!("; {advice}"),
            None if astray => "; something other than ReturnGO answered: check the base URL".to_owned(),
            None => String::new(),
        }
    }

    /// ReturnGO and the gateway before it use 401 and 403 for the same two causes, so both are always named.
    fn advice(&self, error: &Error) -> Option<String> {
        let shop = &self.0.shop;
        match error.status() {
            Some(401 | 403) => {
                let proxy = if is_page(error) {
                    "; or something between us and ReturnGO answered: check the base URL"
                } else {
                    ""
                };
                Some(format!(
                    "either the API key is wrong, or the shop `{shop}` is not under this key: compare both with \
                     ReturnGO's settings (the shop as shown in its store selector, such as name.myshopify.com){proxy}"
                ))
            }
            Some(429) => Some(
                "ReturnGO allows a few calls a second and 2,000 a day for all programs that share the key; if this \
                 lasts for minutes, the day's calls are used up"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// True when the answer is a web page, which ReturnGO itself never sends.
fn is_page(error: &Error) -> bool {
    error.raw_body().is_some_and(|body| body.trim_ascii_start().starts_with(b"<"))
}

impl fmt::Debug for ReturnGo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReturnGo").field("shop", &self.0.shop).field("channel", &self.0.channel).finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "reqwest"))]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_is_logged_hides_the_key() {
        let key = returns_wire::Secret::new("key-that-must-stay-hidden");
        let client = ReturnGo::builder().shop("sample").api_key(key).build().unwrap();
        let request = client.request("op", Method::GET, &["rmas"], &[], Bytes::new()).unwrap();
        assert_eq!(request.headers()["x-api-key"], "key-that-must-stay-hidden");
        assert!(!format!("{request:?}").contains("hidden"));
    }
}
