use super::{
    send::{Connection, Outgoing},
    tokens::{TokenClient, TokenStore, Tokens},
};
use crate::{Company, CompanyId, CompanyKey, SiteId};
use returns_wire::{
    BaseUrl, Channel, ChannelConfig, Clock, DailyQuota, Error, ErrorKind, QuotaState, RetryLimits, Secret, Transport,
};
use std::{fmt, num::NonZeroU32, sync::Arc};

/// Base URL of Sage 200 Professional.
pub const PROFESSIONAL: &str = "https://api.columbus.sage.com/uk/sage200extra/accounts/v1/";
/// Base URL of Sage 200 Standard.
pub const STANDARD: &str = "https://api.columbus.sage.com/uk/sage200/accounts/v1/";
/// Where Sage ID gives access tokens.
pub const TOKEN_URL: &str = "https://id.sage.com/oauth/token";

const OP: &str = "sage200.build";

/// A connection to Sage 200 as one Sage ID user. Clones share tokens, pace and budget.
#[derive(Clone)]
pub struct Sage(pub(crate) Arc<Connection>);

impl Sage {
    /// Starts a connection's settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// One company of one site. Nothing is sent; [`Company::check`] finds out whether it can be used.
    pub fn company(&self, site: SiteId, company: CompanyId) -> Company {
        Company::new(self.clone(), CompanyKey::new(site, company))
    }

    /// Requests sent to the API since the connection was made, attempts counted one by one.
    pub fn requests_sent(&self) -> u64 {
        self.0.channel.requests_sent()
    }

    /// Calls used and left today; `None` without a budget.
    ///
    /// # Errors
    /// [`ErrorKind::Store`] when the count can't be read.
    pub async fn quota_state(&self) -> Result<Option<QuotaState>, Error> {
        let Some(quota) = self.0.channel.quota() else { return Ok(None) };
        quota.state(&**self.0.channel.clock()).await.map(Some).map_err(|error| {
            Error::not_sent("sage200.quota.read", ErrorKind::Store, "the count of today's calls could not be read")
                .because(error)
        })
    }

    pub(crate) async fn send(&self, out: Outgoing<'_>) -> Result<returns_wire::Answer, Error> {
        self.0.send(out).await
    }
}

impl fmt::Debug for Sage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sage").field("channel", &self.0.channel).finish_non_exhaustive()
    }
}

/// Settings of a connection. Required: [`client_id`](Self::client_id) and [`tokens`](Self::tokens); without the
/// `reqwest` feature also [`transport`](Self::transport) and [`clock`](Self::clock).
#[derive(Debug, Default)]
#[must_use = "settings do nothing until built"]
pub struct Builder {
    base_url: Option<String>,
    token_url: Option<String>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    tokens: Option<Arc<dyn TokenStore>>,
    transport: Option<Transport>,
    clock: Option<Arc<dyn Clock>>,
    subscription_key: Option<Secret>,
    quota: Option<DailyQuota>,
    limits: RetryLimits,
    requests_per_second: Option<u32>,
}

impl Builder {
    /// Where the API lives; [`PROFESSIONAL`] unless said otherwise. Plain `http` is for this machine only.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Where Sage ID gives access tokens; [`TOKEN_URL`] unless said otherwise.
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = Some(url.into());
        self
    }

    /// The client id that Sage issued for your application.
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.client_id = Some(id.into());
        self
    }

    /// The client secret of a confidential client; `None` for a public one.
    pub fn client_secret(mut self, secret: impl Into<Option<Secret>>) -> Self {
        self.client_secret = secret.into();
        self
    }

    /// Where tokens are kept. Only one process may use a store at a time: every refresh spends the token before it.
    pub fn tokens(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.tokens = Some(store);
        self
    }

    /// The way out; reqwest unless said otherwise.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// The clock; the machine's own unless said otherwise.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The `ocp-apim-subscription-key`, which Sage has not required since 2025.
    pub fn subscription_key(mut self, key: impl Into<Option<Secret>>) -> Self {
        self.subscription_key = key.into();
        self
    }

    /// A daily budget of calls.
    pub fn quota(mut self, quota: impl Into<Option<DailyQuota>>) -> Self {
        self.quota = quota.into();
        self
    }

    /// Limits of trying again.
    pub fn limits(mut self, limits: RetryLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Requests a second, 4 unless said otherwise.
    pub fn requests_per_second(mut self, requests: u32) -> Self {
        self.requests_per_second = Some(requests);
        self
    }

    /// Checks the settings; nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] names the setting, what is wrong with it and what to write.
    pub fn build(self) -> Result<Sage, Error> {
        let base = url("base_url", self.base_url.as_deref().unwrap_or(PROFESSIONAL))?;
        let token_url = url("token_url", self.token_url.as_deref().unwrap_or(TOKEN_URL))?;
        let client_id = match self.client_id {
            Some(id) if !id.trim().is_empty() => id,
            _ => {
                return Err(config("client_id is missing", "give the client id that Sage issued for your application"));
            }
        };
        let store = self
            .tokens
            .ok_or_else(|| config("tokens is missing", "give the store that keeps the refresh token of the consent"))?;
        let per_second = NonZeroU32::new(self.requests_per_second.unwrap_or(4))
            .ok_or_else(|| config("requests_per_second is 0", "give at least 1; 4 is usual"))?;
        if self.limits.attempts == 0 {
            return Err(config("limits.attempts is 0", "give at least 1; 3 is usual"));
        }
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport()?,
        };
        let clock = match self.clock {
            Some(clock) => clock,
            None => default_clock()?,
        };
        let token_client = TokenClient::new(client_id, self.client_secret, token_url, transport.clone())?;
        Ok(Sage(Arc::new(Connection {
            tokens: Tokens::new(store, token_client, clock.clone()),
            channel: Channel::new(ChannelConfig {
                base,
                transport,
                clock,
                per_second,
                quota: self.quota,
                limits: self.limits,
            }),
            subscription_key: self.subscription_key,
        })))
    }
}

fn config(message: &str, help: &str) -> Error {
    Error::not_sent(OP, ErrorKind::Config, message).help(help)
}

fn url(setting: &str, text: &str) -> Result<BaseUrl, Error> {
    text.parse().map_err(|error| Error::not_sent(OP, ErrorKind::Config, format!("{setting} {text:?}: {error}")))
}

#[cfg(feature = "reqwest")]
fn default_transport() -> Result<Transport, Error> {
    returns_wire::over_reqwest(&returns_wire::HttpOptions::default()).map_err(|error| {
        config("the TLS set-up of this machine can't be used", "check its certificates").because(error)
    })
}

#[cfg(not(feature = "reqwest"))]
fn default_transport() -> Result<Transport, Error> {
    Err(config("transport is missing", "give one, or switch the feature `reqwest` on"))
}

#[cfg(feature = "reqwest")]
#[expect(clippy::unnecessary_wraps, reason = "fails without the feature")]
fn default_clock() -> Result<Arc<dyn Clock>, Error> {
    Ok(Arc::new(returns_wire::SystemClock))
}

#[cfg(not(feature = "reqwest"))]
fn default_clock() -> Result<Arc<dyn Clock>, Error> {
    Err(config("clock is missing", "give one, or switch the feature `reqwest` on"))
}
