use crate::{Delivery, TransportError, TransportErrorKind};
use bytes::Bytes;
use chrono::DateTime;
use http::{
    HeaderMap, StatusCode,
    header::{DATE, RETRY_AFTER},
};
use serde_json::Value;
use std::{error::Error as StdError, fmt, time::Duration};

/// A boxed cause.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// A call that did not end in a readable success.
///
/// `Display` is one line: operation, what happened, what to do. [`report`] adds the causes. Of what went over the
/// wire, both print the status and the server's own message only: no other part of a body, no header.
pub struct Error(Box<Inner>);

struct Inner {
    op: &'static str,
    kind: ErrorKind,
    delivery: Delivery,
    message: String,
    help: String,
    api: Option<ApiError>,
    status: Option<StatusCode>,
    retry_after: Option<Duration>,
    attempts: u32,
    body: Option<Bytes>,
    source: Option<BoxError>,
}

/// What happened, in the terms in which a caller reacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Credentials, or the shop, site or company they are used for, are not accepted.
    Auth,
    /// Known, but not allowed.
    Forbidden,
    /// No such thing, or no such path in this version or edition.
    NotFound,
    /// The request breaks a rule.
    Invalid,
    /// Somebody else holds or changed the thing.
    Conflict,
    /// Too many requests just now.
    RateLimited,
    /// Our own daily budget is used up.
    Quota,
    /// The server, or something in front of it, failed.
    Server,
    /// No complete exchange.
    Transport,
    /// No answer in time.
    Timeout,
    /// An answer that can't be read.
    Decode,
    /// Something on our side is set up wrongly.
    Config,
    /// A store of ours (tokens, quota) failed.
    Store,
}

/// What the server itself said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ApiError {
    /// Its own code, such as `invalid_grant`.
    pub code: Option<String>,
    /// Its message, without control characters, at most 400 characters.
    pub message: Option<String>,
    /// Request ids that the vendor's support asks for, as header name and value.
    pub request_ids: Vec<(String, String)>,
}

const REQUEST_ID_HEADERS: [&str; 5] =
    ["x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id", "x-request-id", "request-id"];

impl ApiError {
    /// Finds code and message in whatever the server sent: the usual JSON shapes, else nothing.
    pub fn parse(headers: &HeaderMap, body: &[u8]) -> Self {
        let json: Value = serde_json::from_slice(without_bom(body)).unwrap_or(Value::Null);
        let text = |keys: &[&str]| {
            keys.iter().find_map(|key| json.get(key).and_then(Value::as_str)).map(plain).filter(|t| !t.is_empty())
        };
        let model_state = json.get("ModelState").and_then(Value::as_object).map(|fields| {
            fields
                .iter()
                .flat_map(|(field, texts)| {
                    texts
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str)
                        .map(move |t| format!("{field}: {t}"))
                })
                .collect::<Vec<_>>()
                .join("; ")
        });
        let message = text(&["Message", "message", "error_description", "ExceptionMessage", "MessageDetail"])
            .or_else(|| json.as_str().map(plain));
        let message = match (message, model_state.filter(|m| !m.is_empty())) {
            (Some(message), Some(fields)) => Some(plain(&format!("{message} {fields}"))),
            (message, fields) => message.or(fields),
        };
        let request_ids = REQUEST_ID_HEADERS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), plain(headers.get(*name)?.to_str().ok()?))))
            .collect();
        Self { code: text(&["error", "code", "ExceptionType"]), message, request_ids }
    }
}

/// Text from outside made fit for one line of ours.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect::<String>().trim().to_owned()
}

/// A byte order mark is no part of JSON, but some servers send one.
pub(crate) fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// True when a body is a web page: a proxy, a login form, a gateway, never the API itself.
pub(crate) fn is_html(body: &[u8]) -> bool {
    without_bom(body).trim_ascii_start().first() == Some(&b'<')
}

impl Error {
    /// An error of our own making: nothing was sent.
    pub fn not_sent(op: &'static str, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::new(op, kind, Delivery::NotSent, message)
    }

    /// An error with a delivery that the caller has established.
    pub fn new(op: &'static str, kind: ErrorKind, delivery: Delivery, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            op,
            kind,
            delivery,
            message: message.into(),
            help: String::new(),
            api: None,
            status: None,
            retry_after: None,
            attempts: 1,
            body: None,
            source: None,
        }))
    }

    /// A complete answer that is not a success.
    ///
    /// A 4xx is [`Delivery::Rejected`], except 408, 429 and web pages: those may come from something in front of
    /// the API, and are as open as a 5xx.
    pub fn from_answer(op: &'static str, status: StatusCode, headers: &HeaderMap, body: Bytes) -> Self {
        let html = is_html(&body);
        let delivery = match status.as_u16() {
            408 | 429 => Delivery::Unknown,
            400..=499 if !html => Delivery::Rejected,
            _ => Delivery::Unknown,
        };
        let kind = match status.as_u16() {
            401 => ErrorKind::Auth,
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            408 | 504 => ErrorKind::Timeout,
            409 | 423 => ErrorKind::Conflict,
            429 => ErrorKind::RateLimited,
            400..=499 => ErrorKind::Invalid,
            _ => ErrorKind::Server,
        };
        let api = ApiError::parse(headers, &body);
        let said = match &api.message {
            Some(message) => format!(": {message}"),
            None if html => ", with a web page (HTML) instead of JSON".to_owned(),
            None => String::new(),
        };
        let mut error = Self::new(op, kind, delivery, format!("the server answered {status}{said}"));
        if status.is_redirection() {
            error = error.help("check the base URL: redirects are not followed");
        } else if html {
            error = error.help("check the base URL: a proxy, a login page or a gateway answers there");
        }
        error.0.status = Some(status);
        error.0.retry_after = retry_after(headers);
        error.0.api = Some(api);
        // A copy: a slice would keep all of a large body in memory.
        error.0.body = body.get(..body.len().min(64 * 1024)).map(Bytes::copy_from_slice);
        error
    }

    /// No complete answer.
    pub fn from_transport(op: &'static str, origin: &str, source: TransportError) -> Self {
        let (kind, delivery) = match source.kind {
            TransportErrorKind::NotConnected => (ErrorKind::Transport, Delivery::NotSent),
            TransportErrorKind::Timeout => (ErrorKind::Timeout, Delivery::Unknown),
            TransportErrorKind::BodyLost(status) if status.is_success() => (ErrorKind::Decode, Delivery::Applied),
            TransportErrorKind::Interrupted | TransportErrorKind::BodyLost(_) => {
                (ErrorKind::Transport, Delivery::Unknown)
            }
        };
        let help = match source.kind {
            TransportErrorKind::NotConnected => "check the host name in the base URL, the network and the firewall",
            _ => "",
        };
        let mut error = Self::new(op, kind, delivery, format!("{origin}: {source}")).help(help);
        error.0.source = Some(Box::new(source));
        error
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = help.into();
        self
    }

    /// Names the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Changes the kind, where a vendor's answer means something more precise than its status.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32, delivery: Delivery) -> Self {
        self.0.attempts = attempts;
        self.0.delivery = delivery;
        self
    }

    /// The last word on a write that may have been applied: what to do before sending it again.
    pub(crate) fn of_a_write(mut self) -> Self {
        if matches!(self.0.delivery, Delivery::Unknown | Delivery::Applied) {
            let advice = "the server may have acted: look for the result before sending this again";
            let before = if self.0.help.is_empty() { "" } else { "; " };
            self.0.help = format!("{}{before}{advice}", self.0.help);
        }
        self
    }

    /// What happened.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// May the server have acted?
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// The operation, such as `sage200.credit_notes.post`.
    pub fn op(&self) -> &'static str {
        self.0.op
    }

    /// What happened, without operation and advice.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The HTTP status, when a complete answer came.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// How long the server asks to wait (`Retry-After`, in seconds or as a date), at most one day.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What the server said.
    pub fn api(&self) -> Option<&ApiError> {
        self.0.api.as_ref()
    }

    /// How often the request was tried.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The answer's first 64 KiB, for a support case. It may hold personal data: do not log it.
    pub fn raw_body(&self) -> Option<&[u8]> {
        self.0.body.as_deref()
    }
}

/// `Retry-After` in seconds, or as a date measured from the answer's own `Date`, so that our clock does not matter.
/// Nonsense counts as absent; our own back-off applies then.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
    let text = |name| Some(headers.get(name)?.to_str().ok()?.trim());
    let date = |text: &str| DateTime::parse_from_rfc2822(text).ok();
    let asked = text(RETRY_AFTER)?;
    let wait = if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long time all the same.
        Duration::from_secs(asked.parse().unwrap_or(u64::MAX))
    } else {
        let span = date(asked)?.signed_duration_since(date(text(DATE)?)?);
        // A date that has passed asks for no wait.
        span.to_std().unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.op, self.0.message)?;
        if self.0.attempts > 1 {
            write!(f, " (tried {} times)", self.0.attempts)?;
        }
        if !self.0.help.is_empty() {
            write!(f, "; {}", self.0.help)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("op", &self.0.op)
            .field("kind", &self.0.kind)
            .field("delivery", &self.0.delivery)
            .field("status", &self.status())
            .field("message", &self.0.message)
            .field("attempts", &self.0.attempts)
            .field("request_ids", &self.0.api.as_ref().map(|api| &api.request_ids))
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}

/// An error and its causes in one line, each once.
///
/// ```
/// use returns_wire::{Error, ErrorKind, report};
/// let cause = std::io::Error::other("disk full");
/// let error = Error::not_sent("sage200.token", ErrorKind::Store, "the token was not saved").because(cause);
/// assert_eq!(report(&error), "sage200.token: the token was not saved (disk full)");
/// ```
pub fn report(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text} ({cause_text})");
        }
        next = cause.source();
    }
    text
}
