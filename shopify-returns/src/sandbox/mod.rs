//! A shop to test against: a stateful, strict model of the part of the Admin API that returns need, as an axum router.
//!
//! GraphQL is executed for real, over a store in memory that people and other programs change through methods. Time is the
//! clock's. The router is called [`in_process`], or served on this machine by a [`Loopback`].
//!
//! ```
//! use rust_decimal::Decimal;
//! use shopify_returns::{AccessToken, ManualClock, Secret, Shopify, sandbox::{NewLine, NewOrder, ShopifySandbox, in_process}};
//! use std::sync::Arc;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = Arc::new(ManualClock::at("2026-03-02T09:00:00Z".parse()?));
//! let sandbox = ShopifySandbox::new(clock.clone()).with_shop("sample.myshopify.com", "token");
//! let shirts = NewLine::new("SHIRT-M", 2, Decimal::new(2400, 2)).tax(Decimal::from(20));
//! let order = sandbox.add_order(NewOrder::new("EX1001").line(shirts))?;
//! let refund = sandbox.staff().refund_amount(order, Decimal::new(500, 2))?;
//! assert_eq!(sandbox.refunds().len(), 1);
//! let shop = Shopify::builder()
//!     .shop("sample.myshopify.com")
//!     .token(AccessToken::Static(Secret::new("token")))
//!     .transport(in_process(sandbox.router()))
//!     .clock(clock)
//!     .build()?;
//! # let _ = (shop, refund);
//! # Ok(())
//! # }
//! ```
//!
//! Modelled: tokens (static, and by the client credentials grant), scopes with partial data, orders by id and by search with
//! the index behind, plain lists and connections, line values with discounts and tax, refunds by the API, by staff and by
//! other apps, agreements, money that is slow or refused, payouts, the leaky bucket, `THROTTLED` and `MAX_COST_EXCEEDED`
//! inside a 200, the version that is served, and `@idempotent` with its memory.
//!
//! Choices where Shopify publishes nothing: keys are remembered for 24 hours, those of refused refunds too; lines of a record that only restocks are
//! worth nothing; a refund goes to gift cards first; costs are [simple](Request::cost). Not modelled: native returns beyond
//! their mark on a refund, fulfilments, duties, draft orders, products, bulk operations, webhooks.

mod cost;
mod new_order;
mod people;
mod schema;
mod search;
mod serve;
mod world;

pub use new_order::{NewAddress, NewLine, NewOrder, NewShipping};
pub use people::{MoneyOutcome, Restock, Staff};
pub use returns_wire::sandbox::{Loopback, in_process};

use crate::{LineItemId, OrderId, RefundId};
use axum::Router;
use chrono::{DateTime, Utc};
use returns_wire::Clock;
use rust_decimal::Decimal;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use world::World;

/// A shop. Clones share it.
#[derive(Debug, Clone)]
pub struct ShopifySandbox(Shared);

#[derive(Clone)]
struct Shared {
    clock: Arc<dyn Clock>,
    world: Arc<Mutex<World>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shop")
    }
}

/// Something could not be done as asked; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxRefusal {
    /// No such order.
    #[error("the sandbox has no order {id}")]
    UnknownOrder {
        /// Its number.
        id: u64,
    },
    /// No such line on the order.
    #[error("the order has no line {id}")]
    UnknownLine {
        /// Its number.
        id: u64,
    },
    /// No such refund.
    #[error("the sandbox has no refund {id}")]
    UnknownRefund {
        /// Its number.
        id: u64,
    },
    /// What was asked for breaks a rule.
    #[error("{0}")]
    Input(String),
}

/// A program that acts in the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SandboxApp {
    /// Its number.
    pub id: u64,
    /// Its title.
    pub title: String,
    /// Its handle.
    pub handle: String,
}

impl SandboxApp {
    /// Any program.
    pub fn new(id: u64, title: &str, handle: &str) -> Self {
        Self { id, title: title.to_owned(), handle: handle.to_owned() }
    }

    /// ReturnGO.
    pub fn returngo() -> Self {
        Self::new(7_777_001, "ReturnGO", "returngo")
    }

    /// The program whose token the API is asked with.
    pub fn ours() -> Self {
        Self::new(9001, "Returns sync", "returns-sync")
    }

    /// Staff in Shopify's admin.
    pub fn admin() -> Self {
        Self::new(1, "Shopify", "shopify-admin")
    }

    fn online_store() -> Self {
        Self::new(580_111, "Online Store", "online-store")
    }
}

/// A refund, seen from inside.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefundRow {
    /// Its number.
    pub id: RefundId,
    /// Its order.
    pub order: OrderId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Its note.
    pub note: Option<String>,
    /// Who made it.
    pub app: Option<SandboxApp>,
    /// Lines and units.
    pub lines: Vec<(LineItemId, u32)>,
    /// Paid, in the shop's currency.
    pub paid: Decimal,
    /// Under way.
    pub pending: Decimal,
    /// Refused.
    pub failed: Decimal,
    /// The key it was made under.
    pub key: Option<String>,
}

/// A request to the API.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// Its operation.
    pub operation: String,
    /// Points: one for each selection set, a tenth of every page size, ten for a mutation.
    pub cost: u64,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// This status, and nothing is done.
    Status(u16),
    /// It is done, and this status is answered.
    ActThenStatus(u16),
    /// It is done, and half of the answer is lost.
    ActThenLoseBody,
    /// An error with this code inside a 200, and nothing is done.
    GraphqlError(String),
    /// It is done, and an error with this code is answered.
    ActThenGraphqlError(String),
    /// No points.
    Throttle,
}

/// Something that goes wrong with an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The operation's name.
    pub operation: String,
    /// What.
    pub how: How,
    /// How often.
    pub times: u32,
}

impl Fault {
    /// Once.
    pub fn on(operation: &str, how: How) -> Self {
        Self { operation: operation.to_owned(), how, times: 1 }
    }

    fn take(&mut self, operation: &str) -> Option<How> {
        if self.times == 0 || self.operation != operation {
            return None;
        }
        self.times -= 1;
        Some(self.how.clone())
    }
}

impl ShopifySandbox {
    /// A shop that sells in pounds, with Shopify Payments; the app has every scope that returns need.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Shared { clock, world: Arc::new(Mutex::new(World::new())) })
    }

    /// Accepts this token.
    #[must_use]
    pub fn with_shop(self, domain: &str, token: &str) -> Self {
        self.0.lock().shops.insert(domain.to_owned(), token.to_owned());
        self
    }

    /// Gives tokens to this app by the client credentials grant.
    #[must_use]
    pub fn with_app(self, client_id: &str, client_secret: &str) -> Self {
        self.0.lock().apps.push((client_id.to_owned(), client_secret.to_owned()));
        self
    }

    /// The API.
    pub fn router(&self) -> Router {
        serve::router(self.0.clone())
    }

    /// Puts an order into the shop.
    ///
    /// # Errors
    /// [`SandboxRefusal::Input`]: no lines, a line worth less than nothing, a number that is taken.
    pub fn add_order(&self, order: NewOrder) -> Result<OrderId, SandboxRefusal> {
        let now = self.0.clock.now();
        self.0.lock().add_order(order, now).map(OrderId::new)
    }

    /// Makes the variant with this stock code a bundle: stock code, pieces and price of one for each component. Orders show
    /// what it is made of today, whenever they were placed.
    pub fn define_bundle(&self, sku: &str, components: &[(&str, u32, Decimal)]) {
        let mut world = self.0.lock();
        world.variant(sku);
        if let Some(variant) = world.variants.get_mut(sku) {
            variant.components =
                components.iter().map(|(sku, pieces, price)| ((*sku).to_owned(), *pieces, *price)).collect();
        }
    }

    /// The lines of an order, in its order.
    pub fn line_ids(&self, order: OrderId) -> Vec<LineItemId> {
        let world = self.0.lock();
        let lines = world.order(order.number()).map(|order| &order.lines);
        lines.into_iter().flatten().map(|line| LineItemId::new(line.id)).collect()
    }

    /// An order's name.
    pub fn order_name(&self, order: OrderId) -> Option<String> {
        self.0.lock().order(order.number()).map(|order| order.name.clone())
    }

    /// The people in Shopify's admin.
    pub fn staff(&self) -> Staff {
        Staff(self.clone())
    }

    /// New refunds are under way until they are [settled](Self::settle).
    pub fn money_is_slow(&self, slow: bool) {
        self.0.lock().slow_money = slow;
    }

    /// Searches see a change only after this time; an order by its id shows it at once.
    pub fn set_index_lag(&self, lag: Duration) {
        self.0.lock().lag = chrono::TimeDelta::from_std(lag).unwrap_or_default();
    }

    /// What the app may do.
    pub fn set_scopes(&self, scopes: &[&str]) {
        self.0.lock().scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    }

    /// May the app see personal data? It may at first; else addresses are null, without an error.
    pub fn set_personal_data(&self, shown: bool) {
        self.0.lock().personal_data = shown;
    }

    /// The version that is served, whatever was asked for.
    pub fn set_version_served(&self, version: &str) {
        self.0.lock().version = version.to_owned();
    }

    /// The bucket: its size, and the points a second.
    pub fn set_bucket(&self, most: u32, per_second: u32) {
        self.0.lock().bucket = cost::Bucket::new(Decimal::from(most), Decimal::from(per_second));
    }

    /// Whether the shop uses Shopify Payments.
    pub fn set_shopify_payments(&self, on: bool) {
        self.0.lock().payments_account = on;
    }

    /// Something goes wrong.
    pub fn fail_next(&self, fault: Fault) {
        self.0.lock().faults.push(fault);
    }

    /// All refunds, whoever made them.
    pub fn refunds(&self) -> Vec<RefundRow> {
        let world = self.0.lock();
        let mut rows = Vec::new();
        for order in &world.orders {
            for refund in &order.refunds {
                let line = |line: &world::RefundLineState| {
                    Some((LineItemId::new(order.lines.get(line.line)?.id), line.quantity))
                };
                rows.push(RefundRow {
                    id: RefundId::new(refund.id),
                    order: OrderId::new(order.id),
                    created_at: refund.created_at,
                    note: refund.note.clone(),
                    app: refund.app.clone(),
                    lines: refund.lines.iter().filter_map(line).collect(),
                    paid: refund.paid(),
                    pending: refund.pending(),
                    failed: refund.failed(),
                    key: refund.key.clone(),
                });
            }
        }
        rows
    }

    /// What was paid back on an order.
    pub fn refund_total_paid(&self, order: OrderId) -> Decimal {
        self.0.lock().order(order.number()).map_or(Decimal::ZERO, world::OrderState::refunded)
    }

    /// Every request to the API.
    pub fn request_log(&self) -> Vec<Request> {
        self.0.lock().log.clone()
    }

    /// Refunds made, by the API or otherwise.
    pub fn refunds_made(&self) -> u64 {
        self.0.lock().refunds_made
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apollo_compiler::{Schema, schema::ExtendedType};

    /// What this sandbox shows, Shopify shows alike: the same names, the same types, the same arguments.
    #[test]
    fn the_schema_is_a_part_of_shopifys() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/reference/shopify-schema/admin_2026-10.graphql");
        let Ok(text) = std::fs::read_to_string(file) else {
            println!("SKIPPED: Shopify's schema is not here");
            return;
        };
        let ours = serve::sdl();
        let ours = Schema::parse(ours, "sandbox.graphql").unwrap();
        let theirs = Schema::parse(text, "admin.graphql").unwrap();
        let mut wrong = Vec::new();
        let mut seen = 0u32;
        for (name, known) in &ours.types {
            let name = name.as_str();
            let there = match name {
                "Query" => "QueryRoot",
                other => other,
            };
            let fields = match known {
                ExtendedType::Object(object) => &object.fields,
                ExtendedType::Interface(interface) => &interface.fields,
                _ => continue,
            };
            if name.starts_with("__") {
                continue;
            }
            let there_fields = match theirs.types.get(there) {
                Some(ExtendedType::Object(object)) => &object.fields,
                Some(ExtendedType::Interface(interface)) => &interface.fields,
                _ => {
                    wrong.push(format!("{name} is no type of Shopify's"));
                    continue;
                }
            };
            for (field, definition) in fields {
                seen += 1;
                let Some(known) = there_fields.get(field) else {
                    wrong.push(format!("{name}.{field} is no field of Shopify's"));
                    continue;
                };
                if definition.ty.to_string() != known.ty.to_string() {
                    wrong.push(format!("{name}.{field} is {}, Shopify's is {}", definition.ty, known.ty));
                }
                for argument in &definition.arguments {
                    let known = known.arguments.iter().find(|known| known.name == argument.name);
                    if known.is_none_or(|known| known.ty.inner_named_type() != argument.ty.inner_named_type()) {
                        wrong.push(format!("{name}.{field}({}) is not Shopify's", argument.name));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{} of {seen}:\n{}", wrong.len(), wrong.join("\n"));
        assert!(seen > 150, "{seen} fields");
    }
}
