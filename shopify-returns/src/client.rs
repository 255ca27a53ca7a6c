//! The handle.

mod bucket;
mod builder;
mod changed;
mod check;
mod envelope;
mod follow;
mod orders;
mod payouts;
mod refunds;
mod search;
mod send;
mod tokens;

pub use builder::ShopifyBuilder;
pub use changed::{ChangedOrder, ChangedOrders, ChangedPage};
pub use check::{MissingScope, SelfCheck, ShopFacts};
pub use orders::Found;
pub use payouts::PayoutRow;
pub use refunds::{SuggestedRefund, SuggestedTransaction};
pub use tokens::AccessToken;

use bucket::Bucket;
use returns_wire::{Channel, Clock, RetryLimits};
use std::{fmt, sync::Arc};
use tokens::Tokens;

/// A handle on one shop. Clones share connection, token, points and counters.
///
/// One request at a time. Reads are tried again after failures that may pass; a refund is tried again only under its own
/// idempotency key.
#[derive(Clone)]
pub struct Shopify(Arc<Inner>);

struct Inner {
    channel: Channel,
    shop: String,
    tokens: Tokens,
    bucket: Bucket,
    limits: RetryLimits,
}

impl Inner {
    fn shop(&self) -> &str {
        &self.shop
    }

    fn clock(&self) -> &dyn Clock {
        &**self.channel.clock()
    }
}

impl Shopify {
    /// Starts with nothing set.
    pub fn builder() -> ShopifyBuilder {
        ShopifyBuilder::default()
    }

    /// The shop's permanent name.
    pub fn shop(&self) -> &str {
        self.0.shop()
    }

    /// Requests sent by this handle and its clones, those for tokens included, attempts counted one by one.
    pub fn requests_sent(&self) -> u64 {
        self.0.channel.requests_sent()
    }
}

impl fmt::Debug for Shopify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shopify").field("shop", &self.0.shop).field("channel", &self.0.channel).finish_non_exhaustive()
    }
}
