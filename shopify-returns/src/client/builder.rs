use super::{AccessToken, Inner, Shopify, bucket::Bucket, tokens::Tokens};
use crate::ids::is_permanent_name;
use returns_wire::{BaseUrl, Channel, ChannelConfig, Clock, Error, ErrorKind, RetryLimits, Secret, Transport};
use std::{num::NonZeroU32, sync::Arc};

/// Shopify counts points, not requests; this only keeps bursts away.
const PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);
const OP: &str = "shopify.config";

/// What a [`Shopify`] is made of.
#[derive(Debug, Clone, Default)]
pub struct ShopifyBuilder {
    shop: Option<String>,
    token: Option<AccessToken>,
    base_url: Option<BaseUrl>,
    transport: Option<Transport>,
    clock: Option<Arc<dyn Clock>>,
    limits: RetryLimits,
}

impl ShopifyBuilder {
    /// The shop's permanent name: `name.myshopify.com`.
    #[must_use]
    pub fn shop(mut self, shop: &str) -> Self {
        self.shop = Some(shop.trim().to_ascii_lowercase());
        self
    }

    /// How the client proves who it is.
    #[must_use]
    pub fn token(mut self, token: AccessToken) -> Self {
        self.token = Some(token);
        self
    }

    /// Where the API lives; `https://` and the shop's name unless set.
    #[must_use]
    pub fn base_url(mut self, base: BaseUrl) -> Self {
        self.base_url = Some(base);
        self
    }

    /// The way out; reqwest with a timeout of 60 s unless set.
    #[must_use]
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// The clock; the machine's unless set.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Limits of trying again; three attempts unless set. Waiting for points is counted apart: at most a minute in a call.
    #[must_use]
    pub fn limits(mut self, limits: RetryLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The handle. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] that names the setting which is missing or wrong.
    pub fn build(self) -> Result<Shopify, Error> {
        const NAME: &str = "set it to the shop's permanent name, such as name.myshopify.com";
        let shop = self.shop.filter(|shop| !shop.is_empty()).ok_or_else(|| wrong("`shop` is missing", NAME))?;
        if !is_permanent_name(&shop) {
            let shown: String = shop.chars().take(80).collect();
            return Err(wrong(&format!("`shop` is {shown:?}, which is no shop's permanent name"), NAME));
        }
        let token = self.token.ok_or_else(|| wrong("`token` is missing", "give the app's token or its credentials"))?;
        let readable = |secret: &Secret| {
            let text = secret.expose();
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
        };
        match &token {
            AccessToken::Static(secret) if !readable(secret) => {
                return Err(wrong(
                    "`token` is empty or holds spaces, line breaks or letters outside ASCII",
                    "copy it from the app's settings again, without anything around it",
                ));
            }
            AccessToken::ClientCredentials { client_id, client_secret }
                if client_id.trim().is_empty() || !readable(client_secret) =>
            {
                return Err(wrong(
                    "`token`: client_id is empty, or client_secret is empty or holds spaces or letters outside ASCII",
                    "copy both from the app's settings again, without anything around them",
                ));
            }
            AccessToken::Static(_) | AccessToken::ClientCredentials { .. } => {}
        }
        let base = match self.base_url {
            Some(base) => base,
            None => format!("https://{shop}")
                .parse()
                .map_err(|cause| wrong("`shop` does not make an address", NAME).because(Box::new(cause)))?,
        };
        let transport = self.transport.map_or_else(default_transport, Ok)?;
        let clock = self.clock.map_or_else(default_clock, Ok)?;
        let limits = self.limits;
        let channel =
            Channel::new(ChannelConfig { base, transport, clock, per_second: PER_SECOND, quota: None, limits });
        Ok(Shopify(Arc::new(Inner { channel, shop, tokens: Tokens::new(token), bucket: Bucket::default(), limits })))
    }
}

fn wrong(message: &str, help: &str) -> Error {
    Error::not_sent(OP, ErrorKind::Config, message).help(help)
}

#[cfg(feature = "reqwest")]
fn default_transport() -> Result<Transport, Error> {
    let mut options = returns_wire::HttpOptions::default();
    options.timeout = std::time::Duration::from_secs(60);
    options.user_agent = concat!("shopify-returns/", env!("CARGO_PKG_VERSION")).to_owned();
    returns_wire::over_reqwest(&options)
        .map_err(|cause| wrong("`transport` could not be set up", "check this machine's TLS set-up").because(cause))
}

#[cfg(not(feature = "reqwest"))]
fn default_transport() -> Result<Transport, Error> {
    Err(wrong("`transport` is missing", "set it, or turn on the feature `reqwest`"))
}

#[cfg(feature = "reqwest")]
fn default_clock() -> Result<Arc<dyn Clock>, Error> {
    Ok(Arc::new(returns_wire::SystemClock))
}

#[cfg(not(feature = "reqwest"))]
fn default_clock() -> Result<Arc<dyn Clock>, Error> {
    Err(wrong("`clock` is missing", "set it, or turn on the feature `reqwest`"))
}
