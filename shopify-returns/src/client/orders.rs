use super::{
    Inner, Shopify,
    follow::Cursors,
    search::{Filter, any_of},
    send::Operation,
};
use crate::{JsonDecimal, List, Order, OrderId, OrderRefunds, ShippingAddress, VariantComponent, VariantId, documents};
use returns_wire::{Delivery, Error, ErrorKind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Names in one search.
const CHUNK: usize = 25;
/// Rows that a search for so many names may find before it is clear that it was not understood.
const ROWS: usize = 1000;
const SCOPE: &str = "read_orders";
/// Null without `read_returns`, and told apart by nobody: it costs the link to a native return, nothing else.
pub(super) const RETURN: &[&str] = &["return"];

const fn operation(op: &'static str, document: documents::Document) -> Operation {
    Operation { op, document, scope: SCOPE, tolerated: &[] }
}

/// Null without `read_products`: then a bundle is not told from another product.
const VARIANT: &[&str] = &["variant"];
const ORDER: Operation = Operation { tolerated: VARIANT, ..operation("shopify.orders.get", documents::ORDER_BY_ID) };
const LINES: Operation = Operation { tolerated: VARIANT, ..operation("shopify.orders.lines", documents::ORDER_LINES) };
const COMPONENTS: Operation =
    Operation { scope: "read_products", ..operation("shopify.variants.components", documents::VARIANT_COMPONENTS) };
/// Null, with or without an error, where the app may not see personal data.
const DESTINATION: Operation = Operation {
    tolerated: &["shippingAddress"],
    ..operation("shopify.orders.destination", documents::ORDER_DESTINATION)
};
const SHIPPING: Operation = operation("shopify.orders.shipping", documents::ORDER_SHIPPING);
const NAMED: Operation = operation("shopify.orders.named", documents::ORDERS_BY_NAME);
const REFUNDS: Operation =
    Operation { tolerated: RETURN, ..operation("shopify.refunds.of_order", documents::ORDER_REFUNDS) };
const AGREEMENTS: Operation = operation("shopify.orders.agreements", documents::ORDER_AGREEMENTS);
const REFUND_LINES: Operation = operation("shopify.refunds.lines", documents::REFUND_LINES);
const REFUND_SHIPPING: Operation = operation("shopify.refunds.shipping", documents::REFUND_SHIPPING_LINES);
const ADJUSTMENTS: Operation = operation("shopify.refunds.adjustments", documents::REFUND_ADJUSTMENTS);
const TRANSACTIONS: Operation = operation("shopify.refunds.transactions", documents::REFUND_TRANSACTIONS);

/// What a search by name found. Names are not unique: there is no first hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// Nothing, as far as this app may see: orders older than 60 days need the scope `read_all_orders`.
    None,
    /// Exactly one.
    One(Box<T>),
    /// Several with the same name: a person must say which.
    Many(Vec<T>),
}

#[derive(Serialize)]
pub(super) struct Id {
    pub(super) id: OrderId,
}

#[derive(Serialize)]
pub(super) struct Search<'s> {
    pub(super) query: &'s str,
    pub(super) after: Option<&'s str>,
}

#[derive(Deserialize)]
struct Named {
    id: OrderId,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct NamedPage {
    orders: List<Named>,
}

impl Shopify {
    /// Reads one order with all its lines. `None` when there is none, or when it is older than 60 days and the app lacks
    /// the scope `read_all_orders`: Shopify does not tell the two apart.
    ///
    /// # Errors
    /// Those of a read; [`ErrorKind::Decode`] when the answer is about another order or a list can't be read to its end.
    pub async fn order(&self, id: OrderId) -> Result<Option<Order>, Error> {
        #[derive(Deserialize)]
        struct Data {
            #[serde(default)]
            order: Option<Order>,
        }
        let data: Data = self.0.read(&ORDER, &Id { id }).await?;
        let Some(mut order) = data.order else { return Ok(None) };
        same(ORDER.op, id, order.id)?;
        let gid = id.gid();
        self.0.to_the_end(&LINES, &gid, &mut order.lines).await?;
        self.0.to_the_end(&SHIPPING, &gid, &mut order.shipping_lines).await?;
        let mut known: BTreeMap<VariantId, Option<Vec<VariantComponent>>> = BTreeMap::new();
        for line in order.lines.items.iter_mut().filter(|line| line.is_whole_bundle()) {
            let Some(variant) = line.variant.as_ref().map(|variant| variant.id) else { continue };
            let components = match known.get(&variant) {
                Some(components) => components.clone(),
                None => self.0.components(variant).await?,
            };
            known.insert(variant, components.clone());
            line.components = components;
        }
        Ok(Some(order))
    }

    /// Where an order's goods go: read when it is needed, and kept by nothing here. `None` when the order has no address,
    /// when this app may not see personal data (Shopify does not tell the two apart), or when there is no such order.
    ///
    /// # Errors
    /// Those of a read; [`ErrorKind::Decode`] when the answer is about another order.
    pub async fn shipping_address(&self, id: OrderId) -> Result<Option<ShippingAddress>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Destination {
            id: OrderId,
            #[serde(default)]
            shipping_address: Option<ShippingAddress>,
        }
        #[derive(Deserialize)]
        struct Data {
            #[serde(default)]
            order: Option<Destination>,
        }
        let data: Data = self.0.read(&DESTINATION, &Id { id }).await?;
        let Some(order) = data.order else { return Ok(None) };
        same(DESTINATION.op, id, order.id)?;
        Ok(order.shipping_address)
    }

    /// Finds orders by exactly these names, prefix and suffix of the shop included (`#1001`). Every name asked for is in
    /// the answer. The search lags behind: an order of the last minutes may not be found yet.
    ///
    /// # Errors
    /// As [`order`](Self::order); [`ErrorKind::Config`] when the search finds so much that its filter can't have worked.
    pub async fn orders_named(&self, names: &[&str]) -> Result<BTreeMap<String, Found<Order>>, Error> {
        let mut found: BTreeMap<String, Found<Order>> =
            names.iter().map(|name| ((*name).to_owned(), Found::None)).collect();
        // A blank name would find every order, and is the name of none.
        let wanted: Vec<String> = found.keys().filter(|name| !name.trim().is_empty()).cloned().collect();
        // Renamed in between, an order may be found by two names; it is one all the same.
        let mut seen = BTreeSet::new();
        for chunk in wanted.chunks(CHUNK) {
            for id in self.0.ids_named(chunk).await? {
                if !seen.insert(id) {
                    continue;
                }
                let Some(order) = self.order(id).await? else { continue };
                // Read anew, it may have another name than the search knew.
                if let Some(entry) = found.get_mut(&order.name) {
                    let before = std::mem::replace(entry, Found::None);
                    *entry = match before {
                        Found::None => Found::One(Box::new(order)),
                        Found::One(one) => Found::Many(vec![*one, order]),
                        Found::Many(mut many) => {
                            many.push(order);
                            Found::Many(many)
                        }
                    };
                }
            }
        }
        Ok(found)
    }

    /// Reads the refunds of an order whole: every line, shipping, adjustment and movement, and who made them. `None` as for
    /// [`order`](Self::order). An order with 50 refunds or more gives the first 50:
    /// [`completeness`](OrderRefunds::completeness) says so.
    ///
    /// # Errors
    /// As [`order`](Self::order).
    pub async fn order_refunds(&self, id: OrderId) -> Result<Option<OrderRefunds>, Error> {
        #[derive(Deserialize)]
        struct Data {
            #[serde(default)]
            order: Option<OrderRefunds>,
        }
        let data: Data = self.0.read(&REFUNDS, &Id { id }).await?;
        let Some(mut order) = data.order else { return Ok(None) };
        same(REFUNDS.op, id, order.id)?;
        self.0.to_the_end(&AGREEMENTS, &id.gid(), &mut order.agreements).await?;
        for refund in &mut order.refunds {
            let gid = refund.id.gid();
            self.0.to_the_end(&REFUND_LINES, &gid, &mut refund.lines).await?;
            self.0.to_the_end(&REFUND_SHIPPING, &gid, &mut refund.shipping).await?;
            self.0.to_the_end(&ADJUSTMENTS, &gid, &mut refund.adjustments).await?;
            self.0.to_the_end(&TRANSACTIONS, &gid, &mut refund.transactions).await?;
        }
        Ok(Some(order))
    }
}

#[derive(Serialize)]
struct Variant {
    id: VariantId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComponentRow {
    #[serde(default)]
    quantity: u32,
    #[serde(default)]
    product_variant: Option<ComponentVariant>,
}

#[derive(Deserialize)]
struct ComponentVariant {
    #[serde(default, deserialize_with = "crate::model::text")]
    sku: Option<String>,
    #[serde(default)]
    price: Option<JsonDecimal>,
}

impl Inner {
    /// What a bundle's variant is made of today; none when it is gone or has more components than one page holds.
    async fn components(&self, id: VariantId) -> Result<Option<Vec<VariantComponent>>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Found {
            product_variant_components: List<ComponentRow>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Data {
            #[serde(default)]
            product_variant: Option<Found>,
        }
        let data: Data = self.read(&COMPONENTS, &Variant { id }).await?;
        let list = data.product_variant.map(|found| found.product_variant_components);
        let component = |row: ComponentRow| {
            let (sku, price) = row.product_variant.map_or((None, None), |variant| (variant.sku, variant.price));
            VariantComponent { sku, quantity: row.quantity, price }
        };
        let whole = list.filter(|list| list.next.is_none());
        Ok(whole.map(|list| list.items.into_iter().map(component).collect()))
    }

    async fn ids_named(&self, names: &[String]) -> Result<BTreeSet<OrderId>, Error> {
        let query = any_of(&names.iter().map(|name| Filter::Name.is(name)).collect::<Vec<_>>());
        let (mut ids, mut rows, mut cursors, mut after) = (BTreeSet::new(), 0_usize, Cursors::default(), None);
        loop {
            let page: NamedPage = self.read(&NAMED, &Search { query: &query, after: after.as_deref() }).await?;
            rows = rows.saturating_add(page.orders.items.len());
            // Searches look at words, so orders with similar names come along.
            ids.extend(page.orders.items.into_iter().filter(|row| names.contains(&row.name)).map(|row| row.id));
            let Some(cursor) = page.orders.next else { return Ok(ids) };
            if rows >= ROWS {
                let filter = Filter::Name.as_str();
                let message =
                    format!("a search for {} names found {rows} orders and more: filter {filter}", names.len());
                return Err(Error::new(NAMED.op, ErrorKind::Config, Delivery::Applied, message)
                    .help("Shopify drops a filter that it does not understand; nothing was concluded from the rows"));
            }
            cursors.check(NAMED.op, &cursor)?;
            after = Some(cursor);
        }
    }
}

/// An answer about another order proves nothing about the one asked for.
pub(super) fn same(op: &'static str, asked: OrderId, answered: OrderId) -> Result<(), Error> {
    if asked == answered {
        return Ok(());
    }
    let message = format!("asked for order {asked}, the answer is about order {answered}");
    Err(Error::new(op, ErrorKind::Decode, Delivery::Applied, message)
        .help("leave this order alone and tell Shopify's support"))
}
