//! What the shop sends by itself, verified: notices that something changed. Needs no web framework and no HTTP library.
//!
//! A notice is a hint. It names what to fetch and carries no facts: it may come late, twice, out of order or not at all, its
//! body is as old as the event, and only its body is signed. So: verify, look at the topic and the shop, fetch what it names
//! through the client, and decide on that alone. Sweep with `changed_since` for what was never announced.
//!
//! ```
//! use shopify_returns::{Secret, webhook::{Notice, Topic, sign}};
//!
//! # #[cfg(feature = "client")]
//! async fn fetch(shopify: &shopify_returns::Shopify, notice: &Notice) -> Result<(), shopify_returns::Error> {
//!     if notice.topic.changes_access() {
//!         println!("missing now: {:?}", shopify.check().await?.missing());
//!     } else if let Some(order) = notice.subject.order {
//!         // What was refunded is what this says, never what the notice's body said.
//!         match shopify.order_refunds(order).await? {
//!             Some(order) => println!("{} refunds", order.refunds.len()),
//!             None => println!("no such order, or older than the app may see"),
//!         }
//!     }
//!     Ok(())
//! }
//!
//! # fn main() -> Result<(), shopify_returns::webhook::NoticeFault> {
//! // What a web framework hands over: headers, the body's raw bytes. Here Shopify's part is played with `sign`.
//! let secrets = [Secret::new("the app's client secret")];
//! let body = br#"{"id": 900, "order_id": 51}"#;
//! let signature = sign(body, &secrets[0]);
//! let headers = [
//!     ("x-shopify-hmac-sha256", signature.as_str()),
//!     ("x-shopify-topic", "refunds/create"),
//!     ("x-shopify-shop-domain", "sample.myshopify.com"),
//!     ("x-shopify-webhook-id", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"),
//! ];
//!
//! let notice = Notice::verify(headers, body, &secrets)?;
//! assert_eq!(notice.shop, "sample.myshopify.com"); // is it one of yours?
//! assert_eq!(notice.topic, Topic::RefundsCreate);
//! assert_eq!(notice.subject.order, Some(shopify_returns::OrderId::new(51)));
//!
//! assert!(Notice::verify(headers, b"{}", &secrets).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # Answering
//!
//! Shopify waits 5 seconds for a 2xx and takes everything else, redirects too, for a failure. It tries 8 times within 4
//! hours; then it deletes a subscription that was made through the API. So store the notice, answer, and work on it later;
//! answer [`NoticeFault::status`] to what is none. Look daily whether the subscriptions are still there.

mod fault;
mod subject;
mod topic;

pub use fault::NoticeFault;
pub use subject::Subject;
pub use topic::Topic;

use crate::ids::is_permanent_name;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac, digest::Key};
use returns_wire::Secret;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A notice whose body is signed with one of the secrets. Of the body only ids are kept.
///
/// The signature covers the body alone. What comes from headers (topic, shop, ids, time) could be changed by somebody who
/// has seen an old notice: good enough to fetch something once more, not to decide anything. Compare the shop with yours.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// What has happened.
    pub topic: Topic,
    /// The shop's permanent name in lower case: `name.myshopify.com`.
    pub shop: String,
    /// Shopify's name for this delivery.
    pub webhook_id: String,
    /// Shopify's name for what somebody did in the shop. Shared by all notices that it caused, about whatever things.
    pub event_id: Option<String>,
    /// The version in which the body is written, such as `2026-10`. It is the app's setting, not the client's.
    pub api_version: Option<String>,
    /// When it happened, to tell an old notice that is tried again. `None` when it was not sent or is no time.
    pub triggered_at: Option<DateTime<Utc>>,
    /// What it is about.
    pub subject: Subject,
    /// SHA-256 of the body, in base64.
    digest: String,
}

impl Notice {
    /// Verifies a request and reads what it is about. Nothing is read before the signature fits.
    ///
    /// `headers` are all headers of the request, their names in any case, such as `&http::HeaderMap` gives them. Both
    /// `X-Shopify-Topic` and `shopify-topic` are taken; with both there, the former counts. `body` are its raw bytes:
    /// decoded and written anew, the signature fits no more. `secrets` are the app's client secrets, several while one is
    /// being replaced: Shopify goes on for up to an hour with the old one.
    ///
    /// # Errors
    /// [`NoticeFault`] names the rule that is broken, what to do, and the status to answer with.
    pub fn verify<N, V>(
        headers: impl IntoIterator<Item = (N, V)>,
        body: &[u8],
        secrets: &[Secret],
    ) -> Result<Self, NoticeFault>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let headers = Headers::gather(headers);
        check_signature(headers.get(SIGNATURE)?.ok_or(NoticeFault::MissingHeader { name: SIGNATURE })?, body, secrets)?;

        let topic = Topic::from(headers.word(TOPIC)?.as_str());
        let shop = headers.shop()?;
        let webhook_id = headers.word(WEBHOOK_ID)?;
        // The same secret also signs links and requests of other kinds; none of them begins like this.
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Err(NoticeFault::NotAnObject);
        }
        let json: Value = serde_json::from_slice(body)
            .map_err(|broken| NoticeFault::NotJson { line: broken.line(), column: broken.column() })?;
        let signed_for = json.get("myshopify_domain").and_then(Value::as_str);
        if signed_for.is_some_and(|name| !name.trim().eq_ignore_ascii_case(&shop)) {
            return Err(NoticeFault::OtherShop { header: shop });
        }
        let triggered_at = headers.get(TRIGGERED_AT)?.and_then(|value| std::str::from_utf8(value).ok());
        Ok(Self {
            subject: Subject::of(&topic, &json),
            topic,
            shop,
            webhook_id,
            event_id: headers.get(EVENT_ID)?.and_then(word),
            api_version: headers.get(API_VERSION)?.and_then(word),
            triggered_at: triggered_at
                .and_then(|text| DateTime::parse_from_rfc3339(text.trim()).ok())
                .map(|time| time.to_utc()),
            digest: STANDARD.encode(Sha256::digest(body)),
        })
    }

    /// Two keys by which to know a notice again. Skip it when either is stored; store both when it is dealt with, not
    /// earlier, and keep them for 48 hours at least.
    ///
    /// The first is shop, topic and webhook id: the same delivery, tried again. The second is shop, topic, event id and
    /// what it is about: the same happening, delivered for another subscription. Neither part alone would do. One
    /// happening can touch several things, and whether the webhook id stays over retries is disputed. Where the body has
    /// no gid, its SHA-256 stands for it; where there is no event id, the webhook id.
    ///
    /// The keys hold no spaces but those between their parts. A notice that slips through must do no harm: work on the
    /// order as it is, so that doing it twice changes nothing.
    pub fn duplicate_keys(&self) -> [String; 2] {
        let Self { topic, shop, webhook_id, .. } = self;
        let about = self.subject.gid.as_ref().unwrap_or(&self.digest);
        let second = match &self.event_id {
            Some(event) => format!("event {shop} {topic} {event} {about}"),
            None => format!("delivery {shop} {topic} {webhook_id} {about}"),
        };
        [format!("delivery {shop} {topic} {webhook_id}"), second]
    }
}

/// The signature that Shopify would send with a body: base64 of its HMAC-SHA256. For your own tests.
///
/// ```
/// use shopify_returns::{Secret, webhook::sign};
/// assert_eq!(sign(b"{}", &Secret::new("hush")).len(), 44);
/// ```
pub fn sign(body: &[u8], secret: &Secret) -> String {
    STANDARD.encode(mac(body, secret).finalize().into_bytes())
}

fn mac(body: &[u8], secret: &Secret) -> Hmac<Sha256> {
    // `new_from_slice` takes keys of every length, yet answers with a `Result`; what it does with them is this.
    let key = secret.expose().as_bytes();
    let mut block = Key::<Hmac<Sha256>>::default();
    let hashed = Sha256::digest(key);
    let key = if key.len() > block.len() { hashed.as_slice() } else { key };
    for (byte, of_key) in block.iter_mut().zip(key) {
        *byte = *of_key;
    }
    Hmac::new(&block).chain_update(body)
}

fn check_signature(header: &[u8], body: &[u8], secrets: &[Secret]) -> Result<(), NoticeFault> {
    if secrets.is_empty() || secrets.iter().any(|secret| secret.expose().trim().is_empty()) {
        return Err(NoticeFault::NoSecret);
    }
    let signature = STANDARD.decode(header.trim_ascii()).map_err(|_| NoticeFault::SignatureForm)?;
    if signature.len() != 32 {
        return Err(NoticeFault::SignatureForm);
    }
    let fits = secrets.iter().any(|secret| mac(body, secret).verify_slice(&signature).is_ok());
    fits.then_some(()).ok_or(NoticeFault::WrongSignature { tried: secrets.len() })
}

const SIGNATURE: &str = "X-Shopify-Hmac-SHA256";
const TOPIC: &str = "X-Shopify-Topic";
const SHOP: &str = "X-Shopify-Shop-Domain";
const WEBHOOK_ID: &str = "X-Shopify-Webhook-Id";
const EVENT_ID: &str = "X-Shopify-Event-Id";
const API_VERSION: &str = "X-Shopify-API-Version";
const TRIGGERED_AT: &str = "X-Shopify-Triggered-At";

/// The headers of Shopify's; others may hold anything and are not kept.
struct Headers(Vec<(String, Vec<u8>)>);

impl Headers {
    fn gather<N: AsRef<str>, V: AsRef<[u8]>>(headers: impl IntoIterator<Item = (N, V)>) -> Self {
        let ours = |(name, value): (N, V)| {
            let name = name.as_ref().trim().to_ascii_lowercase();
            let is_shopifys = name.starts_with("x-shopify-") || name.starts_with("shopify-");
            is_shopifys.then(|| (name, value.as_ref().to_vec()))
        };
        Self(headers.into_iter().filter_map(ours).collect())
    }

    /// The value of a header, in the spelling with `X-` before the one without.
    fn get(&self, name: &'static str) -> Result<Option<&[u8]>, NoticeFault> {
        let spelt = name.to_ascii_lowercase();
        for spelt in [spelt.as_str(), spelt.trim_start_matches("x-")] {
            let mut values = self.0.iter().filter(|(name, _)| name == spelt).map(|(_, value)| value.as_slice());
            if let Some(first) = values.next() {
                let agreed = values.all(|other| other == first);
                return if agreed { Ok(Some(first)) } else { Err(NoticeFault::HeaderTwice { name }) };
            }
        }
        Ok(None)
    }

    fn word(&self, name: &'static str) -> Result<String, NoticeFault> {
        const RULE: &str = "1 to 255 visible ASCII characters";
        let value = self.get(name)?.ok_or(NoticeFault::MissingHeader { name })?;
        word(value).ok_or_else(|| NoticeFault::HeaderForm { name, got: shown(value), rule: RULE })
    }

    fn shop(&self) -> Result<String, NoticeFault> {
        const RULE: &str = "a shop's permanent name, such as name.myshopify.com";
        let shop = self.word(SHOP)?.to_ascii_lowercase();
        if !is_permanent_name(&shop) {
            return Err(NoticeFault::HeaderForm { name: SHOP, got: shown(shop.as_bytes()), rule: RULE });
        }
        Ok(shop)
    }
}

/// A value in which nothing can hide: visible ASCII without spaces, so that keys made of several stay apart.
fn word(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let plain = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    plain.then(|| text.to_owned())
}

fn shown(value: &[u8]) -> String {
    String::from_utf8_lossy(value).chars().take(60).collect()
}
