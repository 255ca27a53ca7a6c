use super::Inner;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderValue, Method, Request, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use returns_wire::{Call, Error, ErrorKind, Repeat, Secret, decode_json};
use serde::Deserialize;

/// How the client proves who it is.
#[derive(Debug, Clone)]
pub enum AccessToken {
    /// The token of an app made in the shop's admin; it is good until it is revoked.
    Static(Secret),
    /// An app of the Dev Dashboard that belongs to the same organisation as the shop. Its tokens last a day; the client
    /// asks for new ones by itself.
    ClientCredentials {
        /// The app's client id.
        client_id: String,
        /// The app's secret.
        client_secret: Secret,
    },
}

/// A token is replaced this long before its end.
const EARLY: TimeDelta = TimeDelta::hours(1);

/// The token in use. One request for a token at a time: all callers wait for it and share its result.
pub(super) struct Tokens {
    source: AccessToken,
    current: tokio::sync::Mutex<Option<Granted>>,
}

struct Granted {
    token: Secret,
    /// When to ask for the next; none when Shopify did not say how long it lasts.
    renew_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    #[serde(default)]
    expires_in: Option<i64>,
}

impl Tokens {
    pub(super) fn new(source: AccessToken) -> Self {
        Self { source, current: tokio::sync::Mutex::new(None) }
    }

    pub(super) fn can_renew(&self) -> bool {
        matches!(self.source, AccessToken::ClientCredentials { .. })
    }

    /// A token that should work, and is not the refused one.
    pub(super) async fn access(
        &self,
        inner: &Inner,
        op: &'static str,
        refused: Option<&Secret>,
    ) -> Result<Secret, Error> {
        let (client_id, client_secret) = match &self.source {
            AccessToken::Static(token) => return Ok(token.clone()),
            AccessToken::ClientCredentials { client_id, client_secret } => (client_id, client_secret),
        };
        let mut current = self.current.lock().await;
        if let Some(granted) = &*current {
            let fresh = granted.renew_at.is_none_or(|at| inner.clock().now() < at);
            let other = refused.is_none_or(|refused| refused.expose() != granted.token.expose());
            if fresh && other {
                return Ok(granted.token.clone());
            }
        }
        let granted = grant(inner, op, client_id, client_secret).await?;
        let token = granted.token.clone();
        *current = Some(granted);
        Ok(token)
    }
}

async fn grant(inner: &Inner, op: &'static str, client_id: &str, client_secret: &Secret) -> Result<Granted, Error> {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        encode(client_id),
        encode(client_secret.expose())
    );
    let mut request = Request::new(Bytes::from(form));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = inner.channel.base().uri(&["admin", "oauth", "access_token"], &[]);
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let asked_at = inner.clock().now();
    // Nothing is lost with a token that never arrives, so it may be asked for as often as a read.
    let answer = inner.channel.send(Call { op, request, repeat: Repeat::Read }).await;
    let answer = answer.map_err(|error| refusal(inner.shop(), op, &error))?;
    let fault = |message: &str| Error::not_sent(op, ErrorKind::Decode, message).help(CHECK_URL);
    // What the answer holds is not repeated: it may be a token.
    let grant: Grant = decode_json(op, &answer.body)
        .map_err(|_| fault("no access token: Shopify's answer to the request for a token can't be read"))?;
    if grant.access_token.trim().is_empty() {
        return Err(fault("no access token: Shopify's answer to the request for a token holds an empty one"));
    }
    let lifetime = grant.expires_in.and_then(TimeDelta::try_seconds).filter(|lifetime| *lifetime > TimeDelta::zero());
    let renew_at = lifetime.and_then(|all| asked_at.checked_add_signed(all - EARLY.min(all / 2)));
    tracing::debug!(op, ?renew_at, "new access token");
    Ok(Granted { token: Secret::new(grant.access_token), renew_at })
}

const CHECK_URL: &str = "check the shop's name and the base URL: something else may answer there";

/// The caller's own request was not sent. Of Shopify's words only its code is repeated, never a text that may quote what
/// was sent.
fn refusal(shop: &str, op: &'static str, error: &Error) -> Error {
    let code = error.api().and_then(|api| api.code.clone()).unwrap_or_default();
    let status = error.status().map_or_else(|| error.to_string(), |status| format!("status {status} {code}"));
    let message = format!("no access token for {shop}: {}", status.trim());
    let (kind, help) = match (error.status(), code.as_str()) {
        (_, "shop_not_permitted") => (
            ErrorKind::Auth,
            "the app must belong to the same organisation as the shop and be installed there; for other shops use an \
             app made in the shop's admin"
                .to_owned(),
        ),
        (_, "invalid_client" | "application_cannot_be_found" | "unauthorized_client") | (Some(401), _) => {
            (ErrorKind::Auth, "client_id or client_secret is wrong: copy both from the app's settings again".to_owned())
        }
        (Some(404), _) => (ErrorKind::NotFound, CHECK_URL.to_owned()),
        (Some(400 | 403), _) => {
            (ErrorKind::Auth, "check client_id and client_secret, and that the app is installed in the shop".to_owned())
        }
        _ => (error.kind(), String::new()),
    };
    Error::not_sent(op, kind, message).help(help)
}
