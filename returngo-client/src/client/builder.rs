use super::{Inner, ReturnGo};
use http::HeaderValue;
use returns_wire::{
    BaseUrl, Channel, ChannelConfig, Clock, DailyQuota, Error, ErrorKind, RetryLimits, Secret, Transport,
};
use std::{num::NonZeroU32, sync::Arc};

/// Below 5 a second, the lowest limit that anybody gives for ReturnGO.
const PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(3);
const OP: &str = "returngo.config";

/// What a [`ReturnGo`] is made of.
#[derive(Debug, Clone, Default)]
pub struct ReturnGoBuilder {
    base_url: Option<BaseUrl>,
    shop: Option<String>,
    api_key: Option<Secret>,
    transport: Option<Transport>,
    clock: Option<Arc<dyn Clock>>,
    quota: Option<DailyQuota>,
    limits: RetryLimits,
}

impl ReturnGoBuilder {
    /// Where the API lives; `https://api.returngo.ai` unless set.
    #[must_use]
    pub fn base_url(mut self, base: BaseUrl) -> Self {
        self.base_url = Some(base);
        self
    }

    /// The shop, as ReturnGO's store selector shows it: `name.myshopify.com`, or `name.myshopify.com@Portal`.
    #[must_use]
    pub fn shop(mut self, shop: &str) -> Self {
        self.shop = Some(shop.trim().to_owned());
        self
    }

    /// The store owner's API key.
    #[must_use]
    pub fn api_key(mut self, key: Secret) -> Self {
        self.api_key = Some(key);
        self
    }

    /// The way out; reqwest with a timeout of 35 s unless set. ReturnGO's gateway gives up after about 30 s.
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

    /// A budget of calls a day. ReturnGO allows 2,000 per key, shared by all shops and programs of its owner: leave
    /// room for the others, and use a store that survives restarts. None unless set.
    #[must_use]
    pub fn quota(mut self, quota: DailyQuota) -> Self {
        self.quota = Some(quota);
        self
    }

    /// Limits of trying again; three attempts unless set.
    #[must_use]
    pub fn limits(mut self, limits: RetryLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The handle. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] that names the setting which is missing or wrong.
    pub fn build(self) -> Result<ReturnGo, Error> {
        let shop = self.shop.filter(|shop| !shop.is_empty()).ok_or_else(|| {
            wrong("`shop` is missing", "set it to the name in ReturnGO's store selector, such as name.myshopify.com")
        })?;
        let shop_header = HeaderValue::from_str(&shop).map_err(|cause| {
            wrong(&format!("`shop` is {shop:?}, which can't be sent as a header"), "remove line breaks from it")
                .because(cause)
        })?;
        let key = self
            .api_key
            .ok_or_else(|| wrong("`api_key` is missing", "set it to the API key from ReturnGO's settings"))?;
        let readable = |key: &str| !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic());
        let mut key_header = Some(key.expose())
            .filter(|key| readable(key))
            .and_then(|key| HeaderValue::from_str(key).ok())
            .ok_or_else(|| {
                wrong(
                    "`api_key` is empty or holds spaces, line breaks or letters outside ASCII",
                    "copy the key from ReturnGO's settings again, without anything around it",
                )
            })?;
        key_header.set_sensitive(true);
        let base = match self.base_url {
            Some(base) => base,
            None => "https://api.returngo.ai".parse().map_err(|cause| {
                wrong("`base_url` is missing", "set it to the address of the API").because(Box::new(cause))
            })?,
        };
        let transport = self.transport.map_or_else(default_transport, Ok)?;
        let clock = self.clock.map_or_else(default_clock, Ok)?;
        let channel = Channel::new(ChannelConfig {
            base,
            transport,
            clock,
            per_second: PER_SECOND,
            quota: self.quota,
            limits: self.limits,
        });
        Ok(ReturnGo(Arc::new(Inner { channel, shop, shop_header, key_header })))
    }
}

fn wrong(message: &str, help: &str) -> Error {
    Error::not_sent(OP, ErrorKind::Config, message).help(help)
}

#[cfg(feature = "reqwest")]
fn default_transport() -> Result<Transport, Error> {
    let mut options = returns_wire::HttpOptions::default();
    options.timeout = std::time::Duration::from_secs(35);
    options.user_agent = concat!("returngo-client/", env!("CARGO_PKG_VERSION")).to_owned();
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
