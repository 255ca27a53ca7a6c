use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, StatusCode};
use oauth2::{
    AsyncHttpClient, AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    RefreshToken, RequestTokenError, TokenResponse, TokenUrl, basic::BasicClient,
};
use returns_wire::{BaseUrl, BoxError, BoxFuture, Clock, Delivery, Error, ErrorKind, Secret, Transport};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// Where the tokens of one consent are kept. A real one survives restarts and writes atomically.
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// The tokens saved last.
    fn load(&self) -> BoxFuture<'_, Result<Option<StoredTokens>, BoxError>>;

    /// Replaces the tokens. Nothing is called with a token before this has succeeded.
    fn save<'a>(&'a self, tokens: &'a StoredTokens) -> BoxFuture<'a, Result<(), BoxError>>;
}

/// The tokens of one consent. `Debug` hides them; [`Secret::expose`] is for the store.
#[derive(Debug, Clone)]
pub struct StoredTokens {
    /// Buys the next access token, once.
    pub refresh_token: Secret,
    /// Opens the API until it expires.
    pub access_token: Option<Secret>,
    /// When the access token expires.
    pub access_expires_at: Option<DateTime<Utc>>,
    /// When the refresh token was obtained.
    pub obtained_at: DateTime<Utc>,
}

impl StoredTokens {
    /// The refresh token of a fresh consent.
    pub fn new(refresh_token: Secret, obtained_at: DateTime<Utc>) -> Self {
        Self { refresh_token, access_token: None, access_expires_at: None, obtained_at }
    }

    /// The access token, unless it expires within the next 60 seconds or is the one refused.
    fn usable(&self, now: DateTime<Utc>, refused: Option<&Secret>) -> Option<Secret> {
        let access = self.access_token.as_ref()?;
        let fresh = self.access_expires_at.is_none_or(|end| end - now > TimeDelta::seconds(60));
        (fresh && !refused.is_some_and(|refused| same(refused, access))).then(|| access.clone())
    }
}

/// Tokens in memory: gone at exit, and with them the consent. For tests and one-off scripts.
#[derive(Debug)]
pub struct MemoryTokens(Mutex<StoredTokens>);

impl MemoryTokens {
    /// Starts with these.
    pub fn new(tokens: StoredTokens) -> Self {
        Self(Mutex::new(tokens))
    }

    /// The tokens as they are now.
    pub fn current(&self) -> StoredTokens {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl TokenStore for MemoryTokens {
    fn load(&self) -> BoxFuture<'_, Result<Option<StoredTokens>, BoxError>> {
        Box::pin(async { Ok(Some(self.current())) })
    }

    fn save<'a>(&'a self, tokens: &'a StoredTokens) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = tokens.clone();
            Ok(())
        })
    }
}

const OP: &str = "sage200.token.refresh";
const SIGN_IN: &str = "a person must sign in again (consent) and the new refresh token be stored";

const CHECK_URL: &str = "check token_url: a proxy, a login page or another service answers there";

/// One client of Sage ID.
pub(crate) struct TokenClient {
    oauth: BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>,
    transport: Transport,
    origin: String,
    /// Where it asks, for messages: without query or credentials.
    place: String,
}

impl TokenClient {
    pub(crate) fn new(
        client_id: String,
        secret: Option<Secret>,
        url: BaseUrl,
        transport: Transport,
    ) -> Result<Self, Error> {
        let token_url = TokenUrl::new(url.as_str().to_owned())
            .map_err(|error| Error::not_sent("sage200.build", ErrorKind::Config, format!("token_url: {error}")))?;
        let mut oauth =
            BasicClient::new(ClientId::new(client_id)).set_auth_type(AuthType::RequestBody).set_token_uri(token_url);
        if let Some(secret) = secret {
            oauth = oauth.set_client_secret(ClientSecret::new(secret.expose().to_owned()));
        }
        Ok(Self { oauth, transport, origin: url.origin(), place: url.as_str().to_owned() })
    }

    /// Asks once. The error's delivery is that of the token request itself.
    async fn refresh(&self, spent: &Secret, now: DateTime<Utc>) -> Result<StoredTokens, Error> {
        let refresh_token = RefreshToken::new(spent.expose().to_owned());
        let answer = self.oauth.exchange_refresh_token(&refresh_token).request_async(self).await;
        let answer = answer.map_err(|error| match error {
            RequestTokenError::Request(error) => error,
            // The others hold the answer's body, and with it perhaps a token.
            _ => {
                let message = format!("{} answered with something that is no token answer", self.place);
                Error::new(OP, ErrorKind::Decode, Delivery::Applied, message).help(CHECK_URL)
            }
        })?;
        let lifetime = answer.expires_in().and_then(|seconds| TimeDelta::from_std(seconds).ok());
        Ok(StoredTokens {
            refresh_token: answer.refresh_token().map_or_else(|| spent.clone(), |token| Secret::new(token.secret())),
            access_token: Some(Secret::new(answer.access_token().secret())),
            access_expires_at: lifetime.and_then(|lifetime| now.checked_add_signed(lifetime)),
            obtained_at: now,
        })
    }
}

impl<'c> AsyncHttpClient<'c> for TokenClient {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse, Error>>;

    /// A refusal is an error of ours here already, because it knows its delivery.
    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let answer = self.transport.send(Request::from_parts(parts, body.into())).await;
            let answer = answer.map_err(|error| Error::from_transport(OP, &self.origin, error))?;
            let (mut parts, body) = answer.into_parts();
            if !parts.status.is_success() {
                return Err(Error::from_answer(OP, parts.status, &parts.headers, body));
            }
            if body.trim_ascii_start().first() == Some(&b'<') {
                let message = format!("{} answered with a web page (HTML) instead of JSON", self.place);
                return Err(Error::new(OP, ErrorKind::Decode, Delivery::Unknown, message).help(CHECK_URL));
            }
            parts.status = StatusCode::OK;
            Ok(HttpResponse::from_parts(parts, body.to_vec()))
        })
    }
}

/// The tokens in use. One refresh at a time; all callers wait for it and share its result.
pub(crate) struct Tokens {
    store: Arc<dyn TokenStore>,
    client: TokenClient,
    clock: Arc<dyn Clock>,
    state: tokio::sync::Mutex<State>,
    /// An access token that was refused although it was new: another refresh would not help.
    useless: Mutex<Option<Secret>>,
}

#[derive(Default)]
struct State {
    current: Option<StoredTokens>,
    /// `current` is not in the store yet.
    unsaved: bool,
    /// A refresh token that Sage ID refused, and what it said.
    refused: Option<(Secret, String)>,
}

/// On whose behalf a token is wanted: for errors.
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) op: &'static str,
    /// What is known of the caller's own request so far.
    pub(crate) delivery: Delivery,
}

impl Caller {
    fn error(self, kind: ErrorKind, message: impl Into<String>) -> Error {
        Error::new(self.op, kind, self.delivery, message)
    }
}

fn same(a: &Secret, b: &Secret) -> bool {
    a.expose() == b.expose()
}

impl Tokens {
    pub(crate) fn new(store: Arc<dyn TokenStore>, client: TokenClient, clock: Arc<dyn Clock>) -> Self {
        Self { store, client, clock, state: tokio::sync::Mutex::default(), useless: Mutex::new(None) }
    }

    /// An access token that should work.
    pub(crate) async fn access(&self, caller: Caller) -> Result<Secret, Error> {
        self.other_than(None, caller).await
    }

    /// Another token than this one, which the API has refused; `None` when a new one has been refused as well.
    pub(crate) async fn renew(&self, refused: &Secret, caller: Caller) -> Result<Option<Secret>, Error> {
        if self.useless().as_ref().is_some_and(|useless| same(useless, refused)) {
            return Ok(None);
        }
        self.other_than(Some(refused), caller).await.map(Some)
    }

    /// Remembers that a token just obtained was refused.
    pub(crate) fn mark_useless(&self, access: &Secret) {
        *self.useless() = Some(access.clone());
    }

    /// Remembers that the API accepts the tokens.
    pub(crate) fn mark_useful(&self) {
        self.useless().take();
    }

    fn useless(&self) -> std::sync::MutexGuard<'_, Option<Secret>> {
        self.useless.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn other_than(&self, refused: Option<&Secret>, caller: Caller) -> Result<Secret, Error> {
        let mut state = self.state.lock().await;
        if state.unsaved {
            self.save(&mut state, caller).await?;
        }
        let now = self.clock.now();
        if let Some(access) = state.current.as_ref().and_then(|tokens| tokens.usable(now, refused)) {
            return Ok(access);
        }
        let stored = self.load(caller).await?;
        if let Some(access) = stored.usable(now, refused) {
            state.current = Some(stored);
            return Ok(access);
        }
        self.refresh(&mut state, &stored.refresh_token, caller).await
    }

    async fn load(&self, caller: Caller) -> Result<StoredTokens, Error> {
        match self.store.load().await {
            Ok(Some(stored)) => Ok(stored),
            Ok(None) => Err(caller
                .error(ErrorKind::Auth, "no refresh token is stored")
                .help("a person must sign in with Sage ID once (consent) and the refresh token be stored")),
            Err(error) => Err(caller.error(ErrorKind::Store, "the stored tokens could not be read").because(error)),
        }
    }

    async fn refresh(&self, state: &mut State, spent: &Secret, caller: Caller) -> Result<Secret, Error> {
        if let Some((refused, said)) = &state.refused
            && same(refused, spent)
        {
            return Err(caller.error(ErrorKind::Auth, format!("{said}; not asked again")).help(SIGN_IN));
        }
        let tokens = match self.client.refresh(spent, self.clock.now()).await {
            Ok(tokens) => tokens,
            Err(error) => return Err(explain(state, spent, caller, error, &self.client.place)),
        };
        tracing::debug!(expires_at = ?tokens.access_expires_at, "new access token");
        state.current = Some(tokens);
        state.unsaved = true;
        self.save(state, caller).await
    }

    /// Saves before use: the token before it is spent, and without the new one the consent is lost.
    async fn save(&self, state: &mut State, caller: Caller) -> Result<Secret, Error> {
        let Some(tokens) = &state.current else {
            return Err(caller.error(ErrorKind::Store, "there are no tokens to save"));
        };
        self.store.save(tokens).await.map_err(|error| {
            caller
                .error(ErrorKind::Store, "the new tokens could not be saved, so they are not used")
                .help("put the token store right while this process runs: it holds the only valid refresh token")
                .because(error)
        })?;
        let access = tokens.access_token.clone();
        state.unsaved = false;
        access.ok_or_else(|| caller.error(ErrorKind::Auth, "Sage ID gave no access token"))
    }
}

fn explain(state: &mut State, spent: &Secret, caller: Caller, error: Error, place: &str) -> Error {
    let api = error.api();
    let code = api.and_then(|api| api.code.clone()).unwrap_or_default();
    let text = api.and_then(|api| api.message.clone()).unwrap_or_default();
    let said =
        [code.as_str(), text.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
    let said = if said.is_empty() { error.status().map_or_else(String::new, |s| s.to_string()) } else { said };
    match error.delivery() {
        Delivery::Rejected if matches!(code.as_str(), "invalid_client" | "unauthorized_client") => {
            let message = format!("Sage ID refused the client ({said})");
            state.refused = Some((spent.clone(), message.clone()));
            caller
                .error(ErrorKind::Auth, message)
                .help("check client_id and client_secret, then restart")
                .because(error)
        }
        // 403 without a code is how Sage ID's provider refuses a spent token.
        Delivery::Rejected if code == "invalid_grant" || (code.is_empty() && error.status() == Some(403)) => {
            let message = format!("Sage ID refused the refresh token ({said})");
            state.refused = Some((spent.clone(), message.clone()));
            caller.error(ErrorKind::Auth, message).help(SIGN_IN).because(error)
        }
        // A 404 says nothing about the token.
        Delivery::Rejected => {
            let message = format!("no access token: {place} answered {said}");
            caller.error(ErrorKind::Config, message).help(CHECK_URL).because(error)
        }
        Delivery::Unknown | Delivery::Applied => caller
            .error(error.kind(), format!("no access token ({error})"))
            .help(format!("the stored refresh token may be spent: if the next attempt is refused, {SIGN_IN}"))
            .because(error),
        Delivery::NotSent => caller.error(error.kind(), format!("no access token ({error})")).because(error),
    }
}
