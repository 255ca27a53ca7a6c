use super::{Shopify, follow::Cursors, orders::Search, search::Filter, send::Operation};
use crate::{Amount, Completeness, List, OrderId, documents, model::RefundRef};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use returns_wire::{Delivery, Error, ErrorKind};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt, time::Duration};

const CHANGED: Operation = Operation {
    op: "shopify.orders.changed",
    document: documents::ORDERS_CHANGED,
    scope: "read_orders",
    tolerated: &[],
};
/// Refunds that the list names of each order.
const REFUNDS: usize = 10;

/// An order that changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedOrder {
    /// Its id.
    pub id: OrderId,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// When it was cancelled.
    #[serde(default)]
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Its total before returns.
    #[serde(default, rename = "totalPriceSet")]
    pub total: Option<Amount>,
    /// Its refunds, the first ten.
    #[serde(default, deserialize_with = "crate::model::list")]
    pub refunds: Vec<RefundRef>,
}

impl ChangedOrder {
    /// Does it cost nothing? Giveaways, samples and replacements do, and orders that replace returned goods at no extra
    /// charge. An order paid with a gift card costs something.
    pub fn is_for_nothing(&self) -> bool {
        self.total.as_ref().is_some_and(|total| total.shop.is_zero())
    }

    /// Are [`refunds`](Self::refunds) all of them?
    pub fn completeness(&self) -> Completeness {
        match self.refunds.len() {
            shown if shown >= REFUNDS => Completeness::Truncated { shown },
            _ => Completeness::Complete,
        }
    }
}

/// A page of orders that changed, the oldest change first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedPage {
    /// The orders. One that changes while the list is read may come again, with its later time.
    pub orders: Vec<ChangedOrder>,
    /// The latest change seen so far, never before the start: where the next sweep begins, once all pages are dealt with.
    pub watermark: DateTime<Utc>,
}

/// Orders that changed, page by page.
pub struct ChangedOrders {
    client: Shopify,
    query: String,
    from: DateTime<Utc>,
    watermark: DateTime<Utc>,
    next: Next,
    cursors: Cursors,
    seen: BTreeMap<OrderId, DateTime<Utc>>,
}

enum Next {
    Page(Option<String>),
    End,
}

impl fmt::Debug for ChangedOrders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangedOrders")
            .field("query", &self.query)
            .field("watermark", &self.watermark)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Data {
    orders: List<ChangedOrder>,
}

impl Shopify {
    /// Orders that changed since then, and in the `overlap` before: the search lags behind the shop by seconds, now and
    /// then by minutes, so a quarter of an hour is a good overlap. Nothing is sent before the first page is asked for.
    pub fn changed_since(&self, since: DateTime<Utc>, overlap: Duration) -> ChangedOrders {
        let early = TimeDelta::from_std(overlap).ok().and_then(|overlap| since.checked_sub_signed(overlap));
        let from = early.unwrap_or(DateTime::UNIX_EPOCH).trunc_subsecs(0);
        ChangedOrders {
            client: self.clone(),
            query: Filter::UpdatedAt.since(from),
            from,
            watermark: since,
            next: Next::Page(None),
            cursors: Cursors::default(),
            seen: BTreeMap::new(),
        }
    }
}

impl ChangedOrders {
    /// The next page; `None` at the end. After an error the same page is asked for again.
    ///
    /// # Errors
    /// Those of a read; [`ErrorKind::Config`] when an older order comes back than was asked for, because then the filter
    /// did not work; [`ErrorKind::Decode`] when a cursor leads back.
    pub async fn next_page(&mut self) -> Result<Option<ChangedPage>, Error> {
        let Next::Page(after) = &self.next else { return Ok(None) };
        let search = Search { query: &self.query, after: after.as_deref() };
        let data: Data = self.client.0.read(&CHANGED, &search).await?;
        if let Some(old) = data.orders.items.iter().find(|order| order.updated_at < self.from) {
            let message = format!(
                "the filter {} did not work: asked for changes since {}, order {} of {} came back",
                Filter::UpdatedAt.as_str(),
                self.from,
                old.id,
                old.updated_at
            );
            return Err(Error::new(CHANGED.op, ErrorKind::Config, Delivery::Applied, message)
                .help("Shopify drops a filter that it does not understand; nothing was concluded from the rows"));
        }
        if let Some(cursor) = &data.orders.next {
            self.cursors.check(CHANGED.op, cursor)?;
        }
        self.next = data.orders.next.map_or(Next::End, |cursor| Next::Page(Some(cursor)));
        let mut orders = Vec::with_capacity(data.orders.items.len());
        for order in data.orders.items {
            self.watermark = self.watermark.max(order.updated_at);
            if self.seen.get(&order.id).is_none_or(|seen| *seen < order.updated_at) {
                self.seen.insert(order.id, order.updated_at);
                orders.push(order);
            }
        }
        Ok(Some(ChangedPage { orders, watermark: self.watermark }))
    }
}
