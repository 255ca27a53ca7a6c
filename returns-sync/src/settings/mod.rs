//! `returns.toml`: what the business has chosen and where its systems are. Secrets stay in the environment.

mod connect;
mod errors;
mod keys;
mod read_customers;
mod read_exchange;
mod read_policy;
mod reader;
mod schema;

pub use connect::{Stores, Transports};
pub use errors::{SettingsError, SettingsErrors};

use crate::policy::{Customers, Exchanges, OrdersNotInSage, Policy, RefundGate};
use errors::Problems;
use reader::{Reader, shown};
use returns_wire::{BaseUrl, BaseUrlError, Secret};
use sage200_client::{CompanyId, SiteId};
use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
};

/// What `returns.toml` says, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    file: String,
    returngo: ReturnGoSettings,
    sage: SageSettings,
    shopify: Option<ShopifySettings>,
    policy: Policy,
    journal: String,
}

/// `[shopify]`, where a shop is named.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShopifySettings {
    /// The shop's permanent address.
    pub shop: String,
    /// Where the API lives, if not there.
    pub base_url: Option<BaseUrl>,
    /// The app's client id, where it gets its tokens by the client credentials grant.
    pub client_id: Option<String>,
    /// The environment variable with the client secret, or with the access token where there is no client id.
    pub secret_env: String,
}

/// `[returngo]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReturnGoSettings {
    /// Where the API lives.
    pub base_url: BaseUrl,
    /// The shop.
    pub shop: String,
    /// The environment variable with the API key.
    pub api_key_env: String,
    /// Calls a day.
    pub daily_calls: u32,
}

/// `[sage]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SageSettings {
    /// Where the API lives.
    pub base_url: BaseUrl,
    /// Where Sage ID gives access tokens.
    pub token_url: BaseUrl,
    /// The application.
    pub client_id: String,
    /// The environment variable with the client secret; `None` for a public client.
    pub client_secret_env: Option<String>,
    /// The environment variable with the first refresh token.
    pub refresh_token_env: String,
    /// The site.
    pub site: SiteId,
    /// The company in it.
    pub company: CompanyId,
    /// Requests a second.
    pub requests_per_second: NonZeroU32,
    /// Calls a day; `None` for no limit of ours.
    pub daily_calls: Option<u32>,
}

/// What the environment variables named in the settings hold.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Secrets {
    /// ReturnGO's API key.
    pub returngo_api_key: Secret,
    /// The client secret; `None` for a public client.
    pub sage_client_secret: Option<Secret>,
    /// The refresh token of the consent; needed only while the token store is empty.
    pub sage_refresh_token: Option<Secret>,
    /// Shopify's access token, or the app's client secret; none where Shopify is not connected.
    pub shopify: Option<Secret>,
}

impl Settings {
    /// Reads a file. A relative path of the journal is meant from the file's folder.
    ///
    /// # Errors
    /// [`SettingsErrors`]: everything that is wrong with it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, SettingsErrors> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let mut problems = Problems::new(&name);
            problems.whole(None, format!("can't be read ({error}); copy returns.example.toml there and fill it in"));
            problems.into_errors()
        })?;
        let mut settings = Self::from_toml(&text, &name)?;
        if let Some(folder) = path.parent() {
            settings.journal = below(folder, &settings.journal);
        }
        Ok(settings)
    }

    /// Reads the text of a file; `file_name` is what messages call it.
    ///
    /// # Errors
    /// [`SettingsErrors`]: everything that is wrong with it.
    ///
    /// ```
    /// use returns_sync::settings::Settings;
    /// let errors = Settings::from_toml("[policy]\ngo_liv = 2026-12-01", "returns.toml").unwrap_err();
    /// assert_eq!(
    ///     errors.all()[0].to_string(),
    ///     "returns.toml: unknown key `policy.go_liv` (line 2); did you mean `policy.go_live`?"
    /// );
    /// ```
    pub fn from_toml(text: &str, file_name: &str) -> Result<Self, SettingsErrors> {
        let document = reader::parse(file_name, text)?;
        let mut reader = Reader::new(file_name, text, document.get_ref());
        reader.check_names();
        let returngo = returngo(&mut reader);
        let sage = sage(&mut reader);
        let shopify = shopify(&mut reader);
        let policy = read_policy::policy(&mut reader);
        if let Some(policy) = &policy {
            read_policy::contradictions(&mut reader, policy);
        }
        if let (Some(policy), Some(None)) = (&policy, &shopify) {
            needs_shopify(&mut reader, policy);
        }
        let journal = journal(&mut reader);
        match (returngo, sage, shopify, policy) {
            (Some(returngo), Some(sage), Some(shopify), Some(policy)) if reader.problems.is_empty() => {
                Ok(Self { file: file_name.to_owned(), returngo, sage, shopify, policy, journal })
            }
            _ => Err(reader.problems.into_errors()),
        }
    }

    /// What the rules ask the business.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// ReturnGO.
    pub fn returngo(&self) -> &ReturnGoSettings {
        &self.returngo
    }

    /// Sage 200.
    pub fn sage(&self) -> &SageSettings {
        &self.sage
    }

    /// Shopify, if it is connected.
    pub fn shopify(&self) -> Option<&ShopifySettings> {
        self.shopify.as_ref()
    }

    /// Where the journal is kept.
    pub fn journal(&self) -> &str {
        &self.journal
    }

    /// Reads the environment variables that the settings name.
    ///
    /// # Errors
    /// [`SettingsErrors`]: every variable that is missing, with the key that names it.
    pub fn secrets(&self) -> Result<Secrets, SettingsErrors> {
        self.secrets_from(|name| Secret::from_env(name).ok())
    }

    /// As [`secrets`](Self::secrets), from a vault or anything else that knows secrets by name.
    ///
    /// # Errors
    /// As there.
    pub fn secrets_from(&self, read: impl Fn(&str) -> Option<Secret>) -> Result<Secrets, SettingsErrors> {
        let mut problems = Problems::new(&self.file);
        let mut need = |key: &keys::Key, name: &str, what: &str| {
            let secret = read(name);
            if secret.is_none() {
                let message =
                    format!("names the environment variable {name}, which is not set or empty; set it to {what}");
                problems.about(key, None, &message);
            }
            secret
        };
        let api_key = need(keys::API_KEY_ENV, &self.returngo.api_key_env, "the API key from ReturnGO's settings");
        let client_secret = self.sage.client_secret_env.as_deref().and_then(|name| {
            let what = "the client secret, or write `client_secret_env = \"\"` for a public client, which has none";
            need(keys::CLIENT_SECRET_ENV, name, what)
        });
        let shopify = self.shopify.as_ref().and_then(|shopify| match shopify.client_id {
            Some(_) => need(keys::SHOPIFY_CLIENT_SECRET_ENV, &shopify.secret_env, "the app's client secret"),
            None => need(keys::SHOPIFY_TOKEN_ENV, &shopify.secret_env, "the app's access token"),
        });
        match api_key {
            Some(returngo_api_key) if problems.is_empty() => Ok(Secrets {
                returngo_api_key,
                sage_client_secret: client_secret,
                sage_refresh_token: read(&self.sage.refresh_token_env),
                shopify,
            }),
            _ => Err(problems.into_errors()),
        }
    }
}

fn returngo(reader: &mut Reader<'_>) -> Option<ReturnGoSettings> {
    let base_url = base_url(reader, keys::RETURNGO_BASE_URL, "https://api.returngo.ai");
    let shop = reader.read(keys::SHOP, |text| {
        if text.contains("://") {
            return Err("write the name alone, such as your-shop.myshopify.com, without https://");
        }
        header(text)
    });
    let api_key_env = variable(reader, keys::API_KEY_ENV, "RETURNGO_API_KEY");
    let daily_calls = absent(reader, keys::RETURNGO_DAILY_CALLS, 2000, |reader, key| reader.whole(key));
    Some(ReturnGoSettings { base_url: base_url?, shop: shop?, api_key_env: api_key_env??, daily_calls: daily_calls? })
}

fn sage(reader: &mut Reader<'_>) -> Option<SageSettings> {
    let api = base_url(reader, keys::SAGE_BASE_URL, sage200_client::PROFESSIONAL);
    let token_url = base_url(reader, keys::TOKEN_URL, sage200_client::TOKEN_URL);
    let client_id = reader.read(keys::CLIENT_ID, header);
    let client_secret_env = variable(reader, keys::CLIENT_SECRET_ENV, "SAGE200_CLIENT_SECRET");
    let refresh_token_env = variable(reader, keys::REFRESH_TOKEN_ENV, "SAGE200_REFRESH_TOKEN");
    let site = reader.read(keys::SITE, header);
    let company = reader.whole(keys::COMPANY);
    let per_second = absent(reader, keys::REQUESTS_PER_SECOND, 4, |reader, key| reader.whole(key));
    let daily_calls = optional(reader, keys::SAGE_DAILY_CALLS, |reader, key| reader.whole(key));
    Some(SageSettings {
        base_url: api?,
        token_url: token_url?,
        client_id: client_id?,
        client_secret_env: client_secret_env?,
        refresh_token_env: refresh_token_env??,
        site: SiteId::new(site?),
        company: CompanyId::new(company?),
        requests_per_second: NonZeroU32::new(per_second?)?,
        daily_calls: daily_calls?,
    })
}

/// `Some(None)` where no shop is named.
fn shopify(reader: &mut Reader<'_>) -> Option<Option<ShopifySettings>> {
    let shop = optional(reader, keys::SHOPIFY_SHOP, |reader, key| {
        reader.read(key, |text| {
            if text.contains("://") || text.contains('/') {
                return Err("write the name alone, such as your-shop.myshopify.com, without https://");
            }
            header(text)
        })
    });
    let base = if reader.find(keys::SHOPIFY_BASE_URL).is_some() {
        base_url(reader, keys::SHOPIFY_BASE_URL, "").map(Some)
    } else {
        Some(None)
    };
    let token_env = variable(reader, keys::SHOPIFY_TOKEN_ENV, "SHOPIFY_ACCESS_TOKEN");
    let client_id = optional(reader, keys::SHOPIFY_CLIENT_ID, |reader, key| reader.read(key, header));
    let secret_env = variable(reader, keys::SHOPIFY_CLIENT_SECRET_ENV, "SHOPIFY_CLIENT_SECRET");
    let (shop, base_url, client_id) = (shop?, base?, client_id?);
    let (token_env, secret_env) = (token_env??, secret_env??);
    Some(shop.map(|shop| {
        let secret_env = if client_id.is_some() { secret_env } else { token_env };
        ShopifySettings { shop, base_url, client_id, secret_env }
    }))
}

/// Choices that mean nothing without Shopify.
fn needs_shopify(reader: &mut Reader<'_>, policy: &Policy) {
    let gate = policy.refund_gate == RefundGate::ShopifyRefund;
    let alone = policy.orders_not_in_sage == OrdersNotInSage::Standalone;
    let channel = matches!(policy.customers, Customers::ByChannel(_));
    let choices = [
        (gate, keys::REFUND_GATE),
        (alone, keys::ORDERS_NOT_IN_SAGE),
        (channel, keys::CUSTOMERS_BY),
        (!policy.bundles.is_empty(), keys::BUNDLES),
        (policy.exchanges == Exchanges::Create, keys::EXCHANGES),
    ];
    for (chosen, key) in choices {
        if let Some((_, line)) = reader.find(key).filter(|_| chosen) {
            let otherwise = match key.absent {
                keys::Absent::Default => format!("choose {} here", key.example),
                _ => "leave this key out".to_owned(),
            };
            reader.wrong(key, line, format!("needs Shopify; set {}, or {otherwise}", keys::SHOPIFY_SHOP));
        }
    }
}

fn journal(reader: &mut Reader<'_>) -> String {
    let default = || "sqlite:returns-journal.sqlite".to_owned();
    if reader.find(keys::JOURNAL_URL).is_none() {
        return default();
    }
    let Some((text, line)) = reader.text(keys::JOURNAL_URL) else { return default() };
    // An address of another database may hold a password: only its scheme is repeated.
    let other = text.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| *scheme != "sqlite");
    if let Some(scheme) = other {
        let message = format!("begins with {}: the journal is kept in SQLite; write a path, such as ", shown(scheme));
        reader.wrong(keys::JOURNAL_URL, line, message + keys::JOURNAL_URL.example);
    } else if text.trim().is_empty() {
        let message = format!("is empty; write a path, such as {}", keys::JOURNAL_URL.example);
        reader.wrong(keys::JOURNAL_URL, line, message);
    }
    text.to_owned()
}

/// The same journal, from a folder.
fn below(folder: &Path, journal: &str) -> String {
    let (scheme, path) = match journal.strip_prefix("sqlite:") {
        Some(rest) => ("sqlite:", rest.strip_prefix("//").unwrap_or(rest)),
        None => ("", journal),
    };
    if path == ":memory:" {
        return journal.to_owned();
    }
    let path: PathBuf = folder.join(path);
    format!("{scheme}{}", path.display())
}

/// A key that may be left out: `default` then.
fn absent<T>(
    reader: &mut Reader<'_>,
    key: &keys::Key,
    default: T,
    read: impl FnOnce(&mut Reader<'_>, &keys::Key) -> Option<T>,
) -> Option<T> {
    if reader.find(key).is_some() { read(reader, key) } else { Some(default) }
}

/// A key that may be left out: nothing then.
fn optional<T>(
    reader: &mut Reader<'_>,
    key: &keys::Key,
    read: impl FnOnce(&mut Reader<'_>, &keys::Key) -> Option<T>,
) -> Option<Option<T>> {
    absent(reader, key, None, |reader, key| read(reader, key).map(Some))
}

fn base_url(reader: &mut Reader<'_>, key: &keys::Key, default: &str) -> Option<BaseUrl> {
    let (text, line) = if reader.find(key).is_some() { reader.text(key)? } else { return default.parse().ok() };
    let error = match text.parse::<BaseUrl>() {
        Ok(url) => return Some(url),
        // It may hold a password, and is not repeated.
        Err(error @ BaseUrlError::Extra) => format!("holds more than an address: {error}"),
        Err(error) => format!("is {}: {error}", shown(text)),
    };
    reader.wrong(key, line, error);
    None
}

/// The name of an environment variable; `Some(None)` for an empty one where that is allowed.
///
/// Whoever pastes the secret itself here must not find it in a message, so names are narrow and never repeated.
fn variable(reader: &mut Reader<'_>, key: &'static keys::Key, default: &str) -> Option<Option<String>> {
    if reader.find(key).is_none() {
        return Some(Some(default.to_owned()));
    }
    let (text, line) = reader.text(key)?;
    if text.is_empty() && key == keys::CLIENT_SECRET_ENV {
        return Some(None);
    }
    let name = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if name(text) && text.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Some(Some(text.to_owned()));
    }
    let message = format!(
        "is not the name of an environment variable (capital letters, digits and _); write the name, such as {}, \
         never the secret itself",
        key.example
    );
    reader.wrong(key, line, message);
    None
}

/// Text that can be sent in a header.
fn header(text: &str) -> Result<String, &'static str> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("it must be letters, digits and signs without blanks; copy it again")
    }
}

#[cfg(test)]
mod tests;
