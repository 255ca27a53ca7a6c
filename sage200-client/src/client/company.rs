use super::{Sage, send::Outgoing};
use crate::CompanyKey;
use bytes::Bytes;
use http::Method;
use returns_wire::{Answer, Error, QuotaState, Repeat};
use serde::Serialize;

/// One company of one site: every call carries `X-Site` and `X-Company`. Clones share everything.
#[derive(Debug, Clone)]
pub struct Company {
    sage: Sage,
    key: CompanyKey,
}

impl Company {
    pub(crate) fn new(sage: Sage, key: CompanyKey) -> Self {
        Self { sage, key }
    }

    /// Site and company.
    pub fn key(&self) -> &CompanyKey {
        &self.key
    }

    /// The connection it belongs to.
    pub fn sage(&self) -> &Sage {
        &self.sage
    }

    /// As [`Sage::requests_sent`].
    pub fn requests_sent(&self) -> u64 {
        self.sage.requests_sent()
    }

    /// As [`Sage::quota_state`].
    ///
    /// # Errors
    /// As there.
    pub async fn quota_state(&self) -> Result<Option<QuotaState>, Error> {
        self.sage.quota_state().await
    }

    pub(crate) async fn get(&self, op: &'static str, path: &str, query: &[(&str, String)]) -> Result<Answer, Error> {
        let uri = self.sage.0.channel.base().uri(&[path], query);
        let (method, body, repeat) = (Method::GET, Bytes::new(), Repeat::Read);
        self.sage.send(Outgoing { op, method, uri, body, repeat, company: Some(&self.key) }).await
    }

    pub(crate) async fn post(
        &self,
        op: &'static str,
        path: &str,
        body: Vec<u8>,
        repeat: Repeat,
    ) -> Result<Answer, Error> {
        let uri = self.sage.0.channel.base().uri(&[path], &[]);
        let (method, body) = (Method::POST, Bytes::from(body));
        self.sage.send(Outgoing { op, method, uri, body, repeat, company: Some(&self.key) }).await
    }
}

impl Company {
    /// A write, which is never sent again unless it is proved that it was not taken.
    pub(crate) async fn write(
        &self,
        op: &'static str,
        method: Method,
        path: &[&str],
        body: Vec<u8>,
    ) -> Result<Answer, Error> {
        let uri = self.sage.0.channel.base().uri(path, &[]);
        let body = Bytes::from(body);
        self.sage.send(Outgoing { op, method, uri, body, repeat: Repeat::Never, company: Some(&self.key) }).await
    }
}

/// A request made of texts only: nothing in it could fail to be written.
pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
