use super::{Secrets, Settings, keys};
use crate::run::Systems;
use returngo_client::{PresumedFields, ReturnGo};
use returns_wire::{Clock, DailyQuota, Error, ErrorKind, QuotaStore, Transport};
use sage200_client::{Sage, StoredTokens, TokenStore};
use shopify_returns::{AccessToken, Shopify};
use std::sync::Arc;

const OP: &str = "returns_sync.connect";

/// What must survive restarts beside the journal.
#[derive(Debug, Clone)]
pub struct Stores {
    /// The count of calls per day.
    pub quota: Arc<dyn QuotaStore>,
    /// The tokens of the Sage ID user.
    pub tokens: Arc<dyn TokenStore>,
}

/// Other ways out than reqwest.
#[derive(Debug, Clone, Default)]
pub struct Transports {
    /// To ReturnGO.
    pub returngo: Option<Transport>,
    /// To Sage 200 and Sage ID.
    pub sage: Option<Transport>,
    /// To Shopify.
    pub shopify: Option<Transport>,
}

impl Settings {
    /// Makes the clients. Nothing is sent yet.
    ///
    /// The refresh token among the secrets is stored if the token store is empty, and ignored otherwise: Sage ID gives
    /// a new one at every refresh, and the one in the environment is spent by then.
    ///
    /// # Errors
    /// [`ErrorKind::Store`] when the token store fails, [`ErrorKind::Config`] when no refresh token is known or a
    /// client can't be made.
    pub async fn connect(
        &self,
        secrets: Secrets,
        stores: Stores,
        clock: Arc<dyn Clock>,
        transports: Transports,
    ) -> Result<Systems, Error> {
        let mut returngo = ReturnGo::builder()
            .base_url(self.returngo.base_url.clone())
            .shop(&self.returngo.shop)
            .api_key(secrets.returngo_api_key.clone())
            .clock(clock.clone())
            .quota(DailyQuota::new(stores.quota.clone(), "ReturnGO", self.returngo.daily_calls));
        if let Some(transport) = transports.returngo {
            returngo = returngo.transport(transport);
        }
        let mut sage = Sage::builder()
            .base_url(self.sage.base_url.as_str())
            .token_url(self.sage.token_url.as_str())
            .client_id(&self.sage.client_id)
            .client_secret(secrets.sage_client_secret.clone())
            .tokens(stores.tokens.clone())
            .clock(clock.clone())
            .quota(self.sage.daily_calls.map(|limit| DailyQuota::new(stores.quota.clone(), "Sage 200", limit)))
            .requests_per_second(self.sage.requests_per_second.get());
        if let Some(transport) = transports.sage {
            sage = sage.transport(transport);
        }
        let (returngo, sage) = (returngo.build()?, sage.build()?);
        self.store_first_token(&secrets, &*stores.tokens, &*clock).await?;
        let sage = sage.company(self.sage.site.clone(), self.sage.company);
        let shopify = self.connect_shopify(&secrets, &clock, transports.shopify)?;
        Ok(Systems { returngo, sage, shopify, reports: Arc::new(PresumedFields), clock })
    }

    fn connect_shopify(
        &self,
        secrets: &Secrets,
        clock: &Arc<dyn Clock>,
        transport: Option<Transport>,
    ) -> Result<Option<Shopify>, Error> {
        let (Some(settings), Some(secret)) = (&self.shopify, &secrets.shopify) else { return Ok(None) };
        let token = match &settings.client_id {
            Some(client_id) => {
                AccessToken::ClientCredentials { client_id: client_id.clone(), client_secret: secret.clone() }
            }
            None => AccessToken::Static(secret.clone()),
        };
        let mut shopify = Shopify::builder().shop(&settings.shop).token(token).clock(clock.clone());
        if let Some(base) = &settings.base_url {
            shopify = shopify.base_url(base.clone());
        }
        if let Some(transport) = transport {
            shopify = shopify.transport(transport);
        }
        shopify.build().map(Some)
    }

    async fn store_first_token(
        &self,
        secrets: &Secrets,
        store: &dyn TokenStore,
        clock: &dyn Clock,
    ) -> Result<(), Error> {
        let failed = |message: &str| Error::not_sent(OP, ErrorKind::Store, message);
        let stored =
            store.load().await.map_err(|error| failed("the stored tokens could not be read").because(error))?;
        if stored.is_some() {
            return Ok(());
        }
        let Some(token) = &secrets.sage_refresh_token else {
            let name = &self.sage.refresh_token_env;
            let key = keys::REFRESH_TOKEN_ENV;
            let message =
                format!("no refresh token for Sage is stored, and the environment variable {name} is not set");
            let help = format!("sign in with Sage ID once and set {name} (see {key}) to the refresh token");
            return Err(Error::not_sent(OP, ErrorKind::Config, message).help(help));
        };
        let tokens = StoredTokens::new(token.clone(), clock.now());
        store.save(&tokens).await.map_err(|error| failed("the first refresh token could not be stored").because(error))
    }
}
