use super::{Shopify, send::Operation};
use crate::{
    AppRef, Currency,
    documents::{self, API_VERSION},
    model::{list, text},
};
use returns_wire::{Delivery, Error, ErrorKind};
use serde::Deserialize;

const CHECK: Operation = Operation {
    op: "shopify.check",
    document: documents::SELF_CHECK,
    scope: "read_orders",
    tolerated: &["plan", "publicApiVersions", "enabledPresentmentCurrencies", "app"],
};

/// What the token may do, and the shop's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelfCheck {
    /// The shop.
    pub shop: ShopFacts,
    /// This program's own app.
    pub app: Option<AppRef>,
    /// The scopes granted, sorted.
    pub scopes: Vec<String>,
    /// The API version that answered; none when the answer did not say.
    pub version: Option<String>,
    /// Does Shopify still support that version? None when it does not say.
    pub supported: Option<bool>,
}

/// The shop's settings, as far as Shopify shows them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ShopFacts {
    /// What it is called.
    #[serde(default, deserialize_with = "text")]
    pub name: Option<String>,
    /// Its permanent name.
    #[serde(default, rename = "myshopifyDomain", deserialize_with = "text")]
    pub domain: Option<String>,
    /// Its currency.
    #[serde(default, rename = "currencyCode")]
    pub currency: Option<Currency>,
    /// Its time zone, such as `Europe/London`.
    #[serde(default, rename = "ianaTimezone", deserialize_with = "text")]
    pub timezone: Option<String>,
    /// Do new orders' prices contain the tax?
    #[serde(default)]
    pub taxes_included: Option<bool>,
    /// Currencies that customers can pay in.
    #[serde(default, rename = "enabledPresentmentCurrencies", deserialize_with = "list")]
    pub customer_currencies: Vec<String>,
    /// Its plan.
    #[serde(default, deserialize_with = "plan_name")]
    pub plan: Option<String>,
}

fn plan_name<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Plan {
        #[serde(default, deserialize_with = "text")]
        public_display_name: Option<String>,
    }
    Ok(Option::<Plan>::deserialize(deserializer)?.and_then(|plan| plan.public_display_name))
}

/// Something that will not work, and the scope that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingScope {
    /// What will not work.
    pub part: &'static str,
    /// The scope.
    pub scope: &'static str,
}

/// Scopes in use, the required one first.
const PARTS: [MissingScope; 6] = [
    MissingScope { part: "everything: orders and refunds can't be read", scope: "read_orders" },
    MissingScope { part: "orders older than 60 days look as if they did not exist", scope: "read_all_orders" },
    MissingScope { part: "which native return a refund belongs to", scope: "read_returns" },
    MissingScope { part: "what bundles are made of that one line of an order carries", scope: "read_products" },
    MissingScope { part: "making refunds", scope: "write_orders" },
    MissingScope { part: "refunds in the payouts of Shopify Payments", scope: "read_shopify_payments_payouts" },
];

impl SelfCheck {
    /// What will not work for want of which scope. Without `read_orders` nothing does; each of the others costs its part.
    pub fn missing(&self) -> Vec<MissingScope> {
        PARTS.into_iter().filter(|part| !self.grants(part.scope)).collect()
    }

    /// May the token do this? A scope to write includes the one to read.
    pub fn grants(&self, scope: &str) -> bool {
        let write = scope.strip_prefix("read_").map(|what| format!("write_{what}"));
        self.scopes.iter().any(|granted| granted == scope || Some(granted) == write.as_ref())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(default)]
    shop: Option<ShopFacts>,
    #[serde(default)]
    current_app_installation: Option<Installation>,
    #[serde(default, deserialize_with = "list")]
    public_api_versions: Vec<Version>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Installation {
    #[serde(default)]
    app: Option<AppRef>,
    #[serde(default, deserialize_with = "list")]
    access_scopes: Vec<Scope>,
}

#[derive(Deserialize)]
struct Scope {
    handle: String,
}

#[derive(Deserialize)]
struct Version {
    handle: String,
    #[serde(default)]
    supported: Option<bool>,
}

impl Shopify {
    /// Finds out whether the client can work: token, version, scopes, the shop's settings. Ask before the first run and
    /// show [`missing`](SelfCheck::missing).
    ///
    /// # Errors
    /// Those of a read; [`ErrorKind::Config`] when another shop answers than was set; [`ErrorKind::Auth`] when Shopify knows
    /// no app behind the token.
    pub async fn check(&self) -> Result<SelfCheck, Error> {
        #[derive(serde::Serialize)]
        struct Nothing {}
        let (data, version) = self.0.read_with_version::<Data>(&CHECK, &Nothing {}).await?;
        let Some(installation) = data.current_app_installation else {
            let message = "Shopify names no app for this token, so what it may do can't be told";
            return Err(Error::new(CHECK.op, ErrorKind::Auth, Delivery::Applied, message)
                .help("use the token of an app, not one of the storefront or of a partner account"));
        };
        let shop = data.shop.unwrap_or_default();
        let answered = shop.domain.as_deref().unwrap_or("a shop without a name");
        if !answered.eq_ignore_ascii_case(self.shop()) {
            let message = format!("the client is set to {}, but {answered} answered", self.shop());
            return Err(Error::new(CHECK.op, ErrorKind::Config, Delivery::Applied, message)
                .help("set `shop` to the permanent name of the shop that is meant"));
        }
        let mut scopes: Vec<String> = installation.access_scopes.into_iter().map(|scope| scope.handle).collect();
        scopes.sort_unstable();
        let supported = data.public_api_versions.iter().find(|version| version.handle == API_VERSION);
        Ok(SelfCheck {
            shop,
            app: installation.app,
            scopes,
            version,
            supported: supported.and_then(|version| version.supported),
        })
    }
}
