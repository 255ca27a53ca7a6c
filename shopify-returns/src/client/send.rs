use super::{
    Inner,
    bucket::LONGEST,
    envelope::{Code, Envelope, GraphError, plain},
};
use crate::documents::{API_VERSION, Document};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use returns_wire::{
    Answer, Call, Delivery, Error, ErrorKind, Failure, Repeat, Retry, Secret, decide_retry, decode_json,
};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// Refusals for want of points that are waited out in one call.
const THROTTLES: u32 = 6;
pub(super) const VERSION_HEADER: &str = "x-shopify-api-version";

/// One operation, as errors name it and as Shopify knows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    pub(super) op: &'static str,
    pub(super) document: Document,
    /// The scope without which nothing of it works.
    pub(super) scope: &'static str,
    /// Fields whose refusal costs only themselves.
    pub(super) tolerated: &'static [&'static str],
}

/// A complete answer of the API, throttling done with.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) envelope: Envelope,
    /// The version that served it, when it said so.
    pub(super) version: Option<String>,
}

impl Answered {
    pub(super) fn is_pinned_version(&self) -> bool {
        self.version.as_deref().is_none_or(|version| version == API_VERSION)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'b, V> {
    query: &'b str,
    variables: &'b V,
    operation_name: &'b str,
}

impl Inner {
    /// Reads, and trusts the answer only if all of it can be trusted.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        variables: &impl Serialize,
    ) -> Result<T, Error> {
        self.read_with_version(operation, variables).await.map(|(data, _)| data)
    }

    pub(super) async fn read_with_version<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        variables: &impl Serialize,
    ) -> Result<(T, Option<String>), Error> {
        let op = operation.op;
        let mut attempt = 1;
        loop {
            let answered = self.ask(operation, variables, Repeat::Read).await?;
            if !answered.is_pinned_version() {
                return Err(wrong_version(op, answered.version.as_deref().unwrap_or_default()));
            }
            let envelope = answered.envelope;
            if let Some(warning) = envelope.search_warning() {
                let message = format!("Shopify did not understand the search, so it may find too much: {warning}");
                return Err(Error::new(op, ErrorKind::Config, Delivery::Applied, message).help(DRIFT));
            }
            let serious = envelope.errors.iter().find(|error| !error.costs_only_itself(operation.tolerated));
            let Some(error) = serious else {
                let Some(data) = envelope.data.as_ref().filter(|_| envelope.has_data()) else {
                    let message = "the answer holds neither data nor errors";
                    return Err(Error::new(op, ErrorKind::Decode, Delivery::Applied, message)
                        .help("check the base URL: something else may answer there"));
                };
                return Ok((decode_json(op, data.get().as_bytes())?, answered.version));
            };
            let failed = explain(operation, self.shop(), error, Delivery::Rejected);
            if error.code() != Code::Internal {
                return Err(failed);
            }
            let failure = Failure { delivery: Delivery::Unknown, status: None, retry_after: None };
            let Retry::After(wait) = decide_retry(Repeat::Read, &failure, attempt, &self.limits, self.clock().roll())
            else {
                return Err(failed);
            };
            tracing::warn!(op, attempt, "Shopify failed inside; trying again");
            self.clock().sleep(wait).await;
            attempt += 1;
        }
    }

    /// Sends until the answer is about the operation itself and not about points or tokens.
    pub(super) async fn ask(
        &self,
        operation: &Operation,
        variables: &impl Serialize,
        repeat: Repeat,
    ) -> Result<Answered, Error> {
        let (op, name) = (operation.op, operation.document.name);
        let text = operation.document.text();
        let body = serde_json::to_vec(&Body { query: &text, variables, operation_name: name })
            .map_err(|cause| Error::not_sent(op, ErrorKind::Invalid, "the request can't be written").because(cause))?;
        let body = Bytes::from(body);
        let (mut refusals, mut waited) = (0, Duration::ZERO);
        loop {
            let wait = self.bucket.take(name, self.clock().now());
            if !wait.is_zero() {
                self.clock().sleep(wait).await;
                waited = waited.saturating_add(wait);
            }
            let answer = self.send(op, &body, repeat).await?;
            let version = answer.headers.get(VERSION_HEADER).map(|v| plain(&String::from_utf8_lossy(v.as_bytes())));
            let envelope: Envelope = answer.json()?;
            let now = self.clock().now();
            if let Some(cost) = envelope.cost() {
                self.bucket.learn(name, &cost, now);
            }
            // With data in it something was carried out, and sending again would not be the same.
            if !envelope.is(Code::Throttled) || envelope.has_data() {
                return Ok(Answered { envelope, version });
            }
            refusals += 1;
            let wait = self.bucket.refused(name, now);
            if refusals > THROTTLES || waited.saturating_add(wait) > LONGEST {
                let message = format!(
                    "Shopify has no points left for this (refused {refusals} times, waited {} s)",
                    waited.as_secs()
                );
                // Nothing is carried out for want of points, so this one did nothing.
                return Err(Error::new(op, ErrorKind::RateLimited, Delivery::Rejected, message).help(
                    "all programs that use the same app share the points: let the others pause, or try again later",
                ));
            }
            tracing::warn!(op, refusals, wait_ms = wait.as_millis(), "out of points; waiting");
            self.clock().sleep(wait).await;
            waited = waited.saturating_add(wait);
        }
    }

    /// Sends with a token; a refused one is renewed once.
    async fn send(&self, op: &'static str, body: &Bytes, repeat: Repeat) -> Result<Answer, Error> {
        let token = self.tokens.access(self, op, None).await?;
        let first = match self.attempt(op, body, &token, repeat).await {
            // A page that is not Shopify's says nothing about the token, and a write behind it may have been taken.
            Err(error)
                if error.status() == Some(401)
                    && self.tokens.can_renew()
                    && (repeat == Repeat::Read || error.delivery() == Delivery::Rejected) =>
            {
                error
            }
            other => return other.map_err(|error| self.explain_status(error)),
        };
        tracing::debug!(op, "token refused; asking for another");
        let renewed = match self.tokens.access(self, op, Some(&token)).await {
            Ok(renewed) => renewed,
            // What the refused request may have done weighs more than that no token came.
            Err(error) => return Err(Error::new(op, error.kind(), first.delivery(), error.to_string()).because(error)),
        };
        self.attempt(op, body, &renewed, repeat).await.map_err(|error| self.explain_status(error))
    }

    async fn attempt(&self, op: &'static str, body: &Bytes, token: &Secret, repeat: Repeat) -> Result<Answer, Error> {
        let mut secret = HeaderValue::from_str(token.expose()).map_err(|_| {
            Error::not_sent(op, ErrorKind::Config, "the access token can't be sent as an HTTP header")
                .help("it may only hold printable ASCII characters")
        })?;
        secret.set_sensitive(true);
        let json = HeaderValue::from_static("application/json");
        let mut request = Request::new(body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.channel.base().uri(&["admin", "api", API_VERSION, "graphql.json"], &[]);
        request.headers_mut().insert("x-shopify-access-token", secret);
        request.headers_mut().insert(header::ACCEPT, json.clone());
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        self.channel.send(Call { op, request, repeat }).await
    }

    /// What Shopify means by its statuses.
    fn explain_status(&self, error: Error) -> Error {
        // A write that may have acted has its advice already: look before sending again.
        if matches!(error.delivery(), Delivery::Unknown | Delivery::Applied) && error.status() != Some(429) {
            return error;
        }
        let shop = self.shop();
        match error.status() {
            Some(401) => error.with_kind(ErrorKind::Auth).help(format!(
                "the token is not (or no longer) good for {shop}: check it, and that the app is still installed there"
            )),
            Some(402) => error
                .with_kind(ErrorKind::Forbidden)
                .help(format!("{shop} is frozen for an unpaid bill; its owner must settle it with Shopify")),
            Some(403) => error.help(format!("the app may not use the API of {shop}: check that it is installed there")),
            Some(404) => error.help(format!(
                "there is no shop {shop}, or not at this base URL: use its permanent name, such as name.myshopify.com"
            )),
            Some(423) => error
                .with_kind(ErrorKind::Forbidden)
                .help(format!("{shop} is locked by Shopify; its owner must ask Shopify's support")),
            Some(430) => error
                .with_kind(ErrorKind::Forbidden)
                .help("Shopify's protection against attacks refused the request; pause, then tell Shopify's support"),
            _ => error,
        }
    }
}

const DRIFT: &str = "the API does not speak the version that this program was written for: update this program";

pub(super) fn wrong_version(op: &'static str, served: &str) -> Error {
    let message = format!("Shopify answered with API version {served}, not {API_VERSION}; the answer is not used");
    Error::new(op, ErrorKind::Config, Delivery::Applied, message).help(DRIFT)
}

/// One GraphQL error as an error of ours.
pub(super) fn explain(operation: &Operation, shop: &str, error: &GraphError, delivery: Delivery) -> Error {
    let said = error.said();
    let new = |kind, message: String| Error::new(operation.op, kind, delivery, message);
    match error.code() {
        Code::Denied => new(ErrorKind::Forbidden, format!("Shopify refused access: {said}")).help(format!(
            "this needs the scope {}: add it to the app, install that version in {shop}, and take a new token",
            operation.scope
        )),
        Code::TooExpensive => new(ErrorKind::Invalid, format!("Shopify finds the query too expensive: {said}"))
            .help("trying again does not help: tell the authors of this program"),
        Code::ShopInactive => {
            new(ErrorKind::Forbidden, format!("the shop {shop} is not active: {said}")).help("its owner must reopen it")
        }
        Code::Throttled => {
            new(ErrorKind::RateLimited, format!("Shopify had no points left half-way: {said}")).help("try again later")
        }
        Code::Internal => new(ErrorKind::Server, format!("Shopify failed inside: {said}"))
            .help("try again later; if it lasts, give Shopify's support the request id"),
        Code::Other => new(ErrorKind::Config, format!("Shopify did not take the request: {said}")).help(DRIFT),
    }
}
