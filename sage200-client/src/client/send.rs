use super::tokens::{Caller, Tokens};
use crate::CompanyKey;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
use returns_wire::{Answer, Call, Channel, Delivery, Error, ErrorKind, Repeat, Secret};

/// Longest address sent; what Sage's gateway takes is not published.
pub(crate) const MAX_ADDRESS: usize = 2000;

/// What all clones of a connection share.
pub(crate) struct Connection {
    pub(crate) channel: Channel,
    pub(crate) tokens: Tokens,
    pub(crate) subscription_key: Option<Secret>,
}

/// One call to the API, before credentials.
pub(crate) struct Outgoing<'a> {
    pub(crate) op: &'static str,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) body: Bytes,
    pub(crate) repeat: Repeat,
    pub(crate) company: Option<&'a CompanyKey>,
}

impl Connection {
    /// Sends with a token; a refused token is renewed once.
    pub(crate) async fn send(&self, out: Outgoing<'_>) -> Result<Answer, Error> {
        let op = out.op;
        let length = out.uri.to_string().len();
        if length > MAX_ADDRESS {
            let message = format!("the address has {length} characters; at most {MAX_ADDRESS} are sent");
            return Err(Error::not_sent(op, ErrorKind::Invalid, message).help("split the query"));
        }
        let access = self.tokens.access(Caller { op, delivery: Delivery::NotSent }).await?;
        let first = match self.attempt(&out, &access).await {
            Err(error) if error.status() == Some(401) => error,
            other => return self.judge(&out, other),
        };
        // A 401 that is a web page proves nothing about a write.
        if out.repeat != Repeat::Read && first.delivery() != Delivery::Rejected {
            return self.judge(&out, Err(first));
        }
        let caller = Caller { op, delivery: first.delivery() };
        let Some(renewed) = self.tokens.renew(&access, caller).await? else {
            return self.judge(&out, Err(first));
        };
        let second = self.attempt(&out, &renewed).await;
        if second.as_ref().is_err_and(|error| error.status() == Some(401)) {
            self.tokens.mark_useless(&renewed);
        }
        self.judge(&out, second)
    }

    async fn attempt(&self, out: &Outgoing<'_>, access: &Secret) -> Result<Answer, Error> {
        let request = self.request(out, access)?;
        self.channel.send(Call { op: out.op, request, repeat: out.repeat }).await
    }

    fn request(&self, out: &Outgoing<'_>, access: &Secret) -> Result<Request<Bytes>, Error> {
        let config = |what: &str| {
            Error::not_sent(out.op, ErrorKind::Config, format!("{what} can't be sent as an HTTP header"))
                .help("it may only hold printable ASCII characters")
        };
        let secret = |what: &str, text: &str| {
            let mut value = HeaderValue::from_str(text).map_err(|_| config(what))?;
            value.set_sensitive(true);
            Ok::<_, Error>(value)
        };
        let json = HeaderValue::from_static("application/json");
        let mut request = Request::new(out.body.clone());
        *request.method_mut() = out.method.clone();
        *request.uri_mut() = out.uri.clone();
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, json.clone());
        if !out.body.is_empty() {
            headers.insert(header::CONTENT_TYPE, json);
        }
        let bearer = format!("Bearer {}", access.expose());
        headers.insert(header::AUTHORIZATION, secret("the access token", &bearer)?);
        if let Some(key) = &self.subscription_key {
            headers.insert("ocp-apim-subscription-key", secret("subscription_key", key.expose())?);
        }
        if let Some(CompanyKey { site, company }) = out.company {
            headers.insert("x-site", HeaderValue::from_str(site.as_str()).map_err(|_| config("the site id (X-Site)"))?);
            headers.insert("x-company", HeaderValue::from(company.get()));
        }
        Ok(request)
    }

    /// What Sage 200 means by its statuses.
    fn judge(&self, out: &Outgoing<'_>, result: Result<Answer, Error>) -> Result<Answer, Error> {
        let error = match result {
            Ok(answer) => {
                self.tokens.mark_useful();
                return Ok(answer);
            }
            Err(error) => error,
        };
        // A write that may have acted has its advice already: look before sending again.
        if out.repeat != Repeat::Read && matches!(error.delivery(), Delivery::Unknown | Delivery::Applied) {
            return Err(error);
        }
        let message = error.api().and_then(|api| api.message.as_deref()).unwrap_or_default();
        Err(match error.status() {
            Some(400) if names_a_lock(message) => error
                .with_kind(ErrorKind::Conflict)
                .help("the record is open in Sage 200; try again when it has been closed there"),
            Some(401) => {
                let whom = out.company.map_or_else(
                    || "the Sage ID user".to_owned(),
                    |key| format!("X-Site {} and X-Company {}", key.site, key.company),
                );
                error.with_kind(ErrorKind::Auth).help(format!(
                    "the access token is new, so check {whom}: does `sites` list that company for this user, and may the \
                     user do this in Sage 200?"
                ))
            }
            Some(403) => error.help("the user's role in Sage 200 lacks this module or feature"),
            Some(404) => {
                let (base, path) = (self.channel.base().as_str(), out.uri.path());
                error.help(format!(
                    "{path} does not exist under {base}: Professional lives under `sage200extra`, Standard under \
                     `sage200`; or this version of Sage 200 does not have it yet"
                ))
            }
            _ => error,
        })
    }
}

/// True for "the record is locked", "in use", "another user"; not for "blocked".
fn names_a_lock(message: &str) -> bool {
    let words = message.to_lowercase();
    let words = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>();
    let text = format!(" {} ", words.join(" "));
    [" in use ", " locked ", " another user "].iter().any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::names_a_lock;

    #[test]
    fn locks_are_told_from_other_refusals() {
        for lock in ["The order is locked.", "Record in use by JSMITH", "Being amended by another user!"] {
            assert!(names_a_lock(lock), "{lock}");
        }
        for other in ["The account is blocked", "The reference was used before", ""] {
            assert!(!names_a_lock(other), "{other}");
        }
    }
}
