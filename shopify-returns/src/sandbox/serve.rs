//! The HTTP side: who may ask, what it costs, and the operations.

use super::{
    How, Request, SandboxApp, Shared, cost,
    schema::{
        AccessScope, ApiVersion, AppInstallation, AssociatedOrder, AssociatedPayout, BalanceTransaction, BigInt,
        Connection, CurrencyCode, Order, OrderSortKeys, OrderTransactionKind, ProductVariant, Refund,
        RefundCreatePayload, RefundInput, RefundLineItemRestockType, Shop, ShopPlan,
        ShopifyPaymentsBalanceTransactionPayoutStatus, ShopifyPaymentsTransactionType, UserError, app, gid, instant,
        money, page,
    },
    search::{Search, instant_fits, name_fits},
    world::{Money, OrderState, Wish, World},
};
use crate::documents::{self, API_VERSION, Document};
use async_graphql::{
    Context, CustomDirective, Directive, EmptySubscription, ErrorExtensions, ID, Object, ResolveFut, Schema,
    ServerError, ServerResult, Value, Variables,
    parser::{parse_query, types::ExecutableDocument},
};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::{DateTime, TimeDelta, Utc};
use returns_wire::Currency;
use rust_decimal::Decimal;
use serde::Deserialize;
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

/// So long a key is remembered.
const KEY_LIFE: TimeDelta = TimeDelta::hours(24);
/// Without `read_all_orders`, older orders do not exist.
const VISIBLE: TimeDelta = TimeDelta::days(60);

type ShopSchema = Schema<Query, Mutation, EmptySubscription>;

/// Which search filters were dropped, for the answer's extensions.
#[derive(Clone, Default)]
struct Dropped(Arc<Mutex<Vec<String>>>);

struct Idempotent;

/// The oldest version that is served.
const OLDEST_VERSION: &str = "2026-01";

#[async_trait::async_trait]
impl CustomDirective for Idempotent {
    async fn resolve_field(&self, _ctx: &Context<'_>, resolve: ResolveFut<'_>) -> ServerResult<Option<Value>> {
        resolve.await
    }
}

/// The mutation is carried out once for its key.
#[Directive(location = "Field")]
fn idempotent(key: String) -> impl CustomDirective {
    let _ = key;
    Idempotent
}

/// The same for every sandbox, and slow to build. Which shop is asked is said by each request.
static SCHEMA: LazyLock<ShopSchema> =
    LazyLock::new(|| Schema::build(Query, Mutation, EmptySubscription).directive(idempotent).finish());

/// The client's own operations by their text: parsing one takes longer than answering it.
static PARSED: LazyLock<HashMap<String, ExecutableDocument>> = LazyLock::new(|| {
    let texts = documents::ALL.iter().map(Document::text);
    texts.filter_map(|text| parse_query(&text).ok().map(|parsed| (text, parsed))).collect()
});

pub(super) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/admin/api/{version}/graphql.json", post(graphql))
        .route("/admin/oauth/access_token", post(token))
        .with_state(shared)
}

#[cfg(test)]
pub(super) fn sdl() -> String {
    SCHEMA.sdl()
}

/// Notes a refusal on this path when a scope is missing.
pub(super) fn denied(ctx: &Context<'_>, scope: &str) -> async_graphql::Result<bool> {
    let Some(error) = refusal(ctx, scope)? else { return Ok(false) };
    ctx.add_error(ctx.set_error_path(error.into_server_error(ctx.item.pos)));
    Ok(true)
}

fn refusal(ctx: &Context<'_>, scope: &str) -> async_graphql::Result<Option<async_graphql::Error>> {
    let to_write = scope.strip_prefix("read_").map(|what| format!("write_{what}"));
    let granted = |world: &World| world.scopes.contains(scope) || to_write.is_some_and(|w| world.scopes.contains(&w));
    if granted(&ctx.data::<Shared>()?.lock()) {
        return Ok(None);
    }
    let error = async_graphql::Error::new(format!("Access denied for {} field.", ctx.field().name()));
    Ok(Some(error.extend_with(|_, extensions| {
        extensions.set("code", "ACCESS_DENIED");
        extensions.set("requiredAccess", format!("`{scope}` access scope."));
    })))
}

/// The number in a gid of this kind; a malformed one fails the whole query.
fn number(id: &ID, kind: &str) -> async_graphql::Result<u64> {
    let number = id.strip_prefix(&format!("gid://shopify/{kind}/")).and_then(|number| number.parse().ok());
    number.ok_or_else(|| async_graphql::Error::new(format!("Invalid global id '{}'", id.as_str())))
}

impl World {
    fn visible(&self, order: &OrderState, now: DateTime<Utc>) -> bool {
        self.scopes.contains("read_all_orders") || now - order.created_at <= VISIBLE
    }

    /// When the search index last heard of a change; none when it does not know the order yet.
    fn indexed(&self, order: &OrderState, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        order.updates.iter().filter(|at| **at <= now - self.lag || self.lag.is_zero()).max().copied()
    }
}

struct Query;

#[Object]
impl Query {
    async fn order(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Order>> {
        if denied(ctx, "read_orders")? {
            return Ok(None);
        }
        let id = number(&id, "Order")?;
        let shared = ctx.data::<Shared>()?;
        let (world, now) = (shared.lock(), shared.clock.now());
        let found = world.order(id).filter(|order| world.visible(order, now)).cloned();
        Ok(found.map(|state| Order { updated_at: state.updates.iter().max().copied().unwrap_or(now), state }))
    }

    async fn orders(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        query: Option<String>,
        sort_key: Option<OrderSortKeys>,
    ) -> async_graphql::Result<Connection<Order>> {
        if let Some(error) = refusal(ctx, "read_orders")? {
            return Err(error);
        }
        let shared = ctx.data::<Shared>()?;
        let (world, now) = (shared.lock(), shared.clock.now());
        let search = Search::read(query.as_deref().unwrap_or_default(), &["name", "updated_at"]);
        if let Ok(mut dropped) = ctx.data::<Dropped>()?.0.lock() {
            dropped.extend(search.unknown.iter().cloned());
        }
        let visible = world.orders.iter().filter(|order| world.visible(order, now));
        let known = visible.filter_map(|order| Some((order, world.indexed(order, now)?)));
        let mut found: Vec<_> = known
            .filter(|(order, updated)| {
                search.fits(|term| match term.filter.as_str() {
                    "name" => name_fits(term, &order.name),
                    _ => instant_fits(term, *updated),
                })
            })
            .map(|(order, updated_at)| Order { state: order.clone(), updated_at })
            .collect();
        if sort_key == Some(OrderSortKeys::UpdatedAt) {
            found.sort_by_key(|order| (order.updated_at, order.state.id));
        }
        page(found, first, after)
    }

    async fn refund(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Refund>> {
        if denied(ctx, "read_orders")? {
            return Ok(None);
        }
        let id = number(&id, "Refund")?;
        let shared = ctx.data::<Shared>()?;
        let now = shared.clock.now();
        let world = shared.lock();
        let found = world.orders.iter().filter(|order| world.visible(order, now)).find_map(|order| {
            let state = order.refunds.iter().find(|refund| refund.id == id)?.clone();
            Some(Refund { order: order.clone(), state })
        });
        Ok(found)
    }

    async fn product_variant(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<ProductVariant>> {
        if denied(ctx, "read_products")? {
            return Ok(None);
        }
        let id = number(&id, "ProductVariant")?;
        Ok(ctx.data::<Shared>()?.lock().product_variant(id))
    }

    async fn shop(&self, ctx: &Context<'_>) -> async_graphql::Result<Shop> {
        let world = ctx.data::<Shared>()?.lock();
        let pounds = CurrencyCode(Currency::GBP.code().to_owned());
        Ok(Shop {
            name: "Sample shop".to_owned(),
            myshopify_domain: world.shops.keys().next().cloned().unwrap_or_default(),
            currency_code: pounds.clone(),
            iana_timezone: "Europe/London".to_owned(),
            taxes_included: true,
            enabled_presentment_currencies: vec![pounds],
            plan: ShopPlan { public_display_name: "Basic".to_owned(), shopify_plus: false },
        })
    }

    async fn current_app_installation(&self, ctx: &Context<'_>) -> async_graphql::Result<AppInstallation> {
        let world = ctx.data::<Shared>()?.lock();
        let access_scopes = world.scopes.iter().map(|handle| AccessScope { handle: handle.clone() }).collect();
        Ok(AppInstallation { app: app(&SandboxApp::ours()), access_scopes })
    }

    async fn public_api_versions(&self) -> Vec<ApiVersion> {
        let version = |handle: &str| ApiVersion { handle: handle.to_owned(), supported: true };
        vec![version(OLDEST_VERSION), version("2026-04"), version("2026-07"), version(API_VERSION)]
    }

    async fn shopify_payments_account(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<PaymentsAccount>> {
        if denied(ctx, "read_shopify_payments_payouts")? {
            return Ok(None);
        }
        Ok(ctx.data::<Shared>()?.lock().payments_account.then_some(PaymentsAccount))
    }
}

struct PaymentsAccount;

#[Object(name = "ShopifyPaymentsAccount")]
impl PaymentsAccount {
    async fn balance_transactions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        query: Option<String>,
    ) -> async_graphql::Result<Connection<BalanceTransaction>> {
        let world = ctx.data::<Shared>()?.lock();
        let search = Search::read(query.as_deref().unwrap_or_default(), &["processed_at", "transaction_type"]);
        if let Ok(mut dropped) = ctx.data::<Dropped>()?.0.lock() {
            dropped.extend(search.unknown.iter().cloned());
        }
        let mut rows = Vec::new();
        for order in &world.orders {
            let moved = order.refunds.iter().flat_map(|refund| &refund.movements);
            for movement in moved.filter(|m| m.status == "SUCCESS" && m.gateway == "shopify_payments") {
                let fits = search.fits(|term| match term.filter.as_str() {
                    "transaction_type" => term.value.eq_ignore_ascii_case("refund"),
                    _ => instant_fits(term, movement.at),
                });
                if !fits {
                    continue;
                }
                let status = match movement.payout {
                    Some(_) => ShopifyPaymentsBalanceTransactionPayoutStatus::Paid,
                    None => ShopifyPaymentsBalanceTransactionPayoutStatus::Pending,
                };
                rows.push(BalanceTransaction {
                    id: gid("ShopifyPaymentsBalanceTransaction", movement.id + 50_000_000_000),
                    kind: ShopifyPaymentsTransactionType::Refund,
                    transaction_date: instant(movement.at),
                    source_order_transaction_id: Some(BigInt(movement.id.to_string())),
                    amount: money(-movement.amount, Currency::GBP),
                    fee: money(Decimal::ZERO, Currency::GBP),
                    net: money(-movement.amount, Currency::GBP),
                    associated_order: Some(AssociatedOrder { id: gid("Order", order.id), name: order.name.clone() }),
                    associated_payout: AssociatedPayout {
                        id: movement.payout.map(|payout| gid("ShopifyPaymentsPayout", payout)),
                        status: Some(status),
                    },
                });
            }
        }
        page(rows, first, after)
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn refund_create(
        &self,
        ctx: &Context<'_>,
        input: RefundInput,
    ) -> async_graphql::Result<Option<RefundCreatePayload>> {
        if denied(ctx, "write_orders")? {
            return Ok(None);
        }
        let mut key = None;
        for directive in ctx.field().directives()? {
            if directive.name.node == "idempotent" {
                key = directive.arguments.iter().find(|(name, _)| name.node == "key").map(|(_, key)| key.node.clone());
            }
        }
        let Some(Value::String(key)) = key else {
            return Err("The @idempotent directive is required for this mutation".into());
        };
        if key.trim().is_empty() {
            return Err("The idempotency key must not be blank".into());
        }
        let shared = ctx.data::<Shared>()?;
        let now = shared.clock.now();
        Ok(Some(shared.lock().refund_create(&input, &key, now)))
    }
}

impl World {
    fn refund_create(&mut self, input: &RefundInput, key: &str, now: DateTime<Utc>) -> RefundCreatePayload {
        let refuse = |field: Option<&str>, message: &str| RefundCreatePayload {
            refund: None,
            user_errors: vec![UserError {
                field: field.map(|field| vec!["input".to_owned(), field.to_owned()]),
                message: message.to_owned(),
            }],
        };
        self.keys.retain(|_, (at, ..)| now - *at < KEY_LIFE);
        let said = format!("{input:?}");
        if let Some((_, before, refund)) = self.keys.get(key) {
            if *before != said {
                return refuse(None, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH: this key was used with different parameters");
            }
            return match refund {
                Some(refund) => self.made(*refund),
                None => refuse(None, "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED: use another key"),
            };
        }
        self.keys.insert(key.to_owned(), (now, said.clone(), None));
        let order = number(&input.order_id, "Order").ok().and_then(|id| self.place(id).ok());
        let Some(place) = order else { return refuse(Some("orderId"), "Order does not exist") };
        let wish = match self.orders.get(place).map(|order| wish(order, input, key)) {
            Some(Ok(wish)) => wish,
            Some(Err((field, message))) => return refuse(Some(field), &message),
            None => return refuse(Some("orderId"), "Order does not exist"),
        };
        match self.refund(place, wish, now) {
            Ok(refund) => {
                self.keys.insert(key.to_owned(), (now, said, Some(refund)));
                self.made(refund)
            }
            Err(message) => refuse(None, &message),
        }
    }

    fn made(&self, id: u64) -> RefundCreatePayload {
        let refund = self.orders.iter().find_map(|order| {
            let state = order.refunds.iter().find(|refund| refund.id == id)?.clone();
            Some(Refund { order: order.clone(), state })
        });
        RefundCreatePayload { refund, user_errors: Vec::new() }
    }
}

/// What was asked for, checked against the order.
fn wish(order: &OrderState, input: &RefundInput, key: &str) -> Result<Wish, (&'static str, String)> {
    let own = order.customer.0.code();
    if input.currency.as_ref().map_or(own != Currency::GBP.code(), |currency| currency.0 != own) {
        return Err(("currency", format!("Currency must be {own}")));
    }
    let mut lines = Vec::new();
    for line in input.refund_line_items.iter().flatten() {
        let place = order.lines.iter().position(|known| gid("LineItem", known.id) == line.line_item_id);
        let place = place.ok_or(("refundLineItems", "Line item does not exist".to_owned()))?;
        let units = u32::try_from(line.quantity).unwrap_or_default();
        let restock = match line.restock_type {
            None | Some(RefundLineItemRestockType::NoRestock | RefundLineItemRestockType::LegacyRestock) => {
                "NO_RESTOCK"
            }
            Some(_) if line.location_id.is_none() => {
                return Err(("refundLineItems", "Location is required to restock".to_owned()));
            }
            Some(RefundLineItemRestockType::Return) => "RETURN",
            Some(RefundLineItemRestockType::Cancel) => "CANCEL",
        };
        lines.push((place, units, restock));
    }
    let mut parts = Vec::new();
    for part in input.transactions.iter().flatten() {
        let wrong = |message: &str| Err(("transactions", message.to_owned()));
        if part.kind != OrderTransactionKind::Refund {
            return wrong("Transactions kind must be refund");
        }
        if part.order_id != input.order_id {
            return wrong("Transactions order does not match");
        }
        let parent = part.parent_id.as_ref().and_then(|id| number(id, "OrderTransaction").ok());
        let payment = order.payments.iter().find(|payment| Some(payment.id) == parent);
        let Some(payment) = payment else { return wrong("Transactions parent does not exist") };
        if payment.gateway != part.gateway {
            return wrong("Transactions gateway does not match its parent");
        }
        let Ok(amount) = part.amount.0.parse::<Decimal>() else { return wrong("Transactions amount is not a number") };
        // Amounts are in the customer's currency; the store keeps the shop's.
        let rate = order.customer.1;
        let amount = if rate.is_zero() { amount } else { super::world::pennies(amount / rate) };
        parts.push((payment.id, amount));
    }
    Ok(Wish {
        lines,
        shipping: false,
        stock_only: false,
        money: if parts.is_empty() { Money::None } else { Money::Parts(parts) },
        note: input.note.clone().filter(|note| !note.is_empty()),
        native_return: false,
        app: Some(SandboxApp::ours()),
        key: Some(key.to_owned()),
        over: input.allow_over_refunding,
    })
}

#[derive(Deserialize)]
struct Body {
    query: String,
    #[serde(default)]
    variables: serde_json::Value,
    #[serde(default, rename = "operationName")]
    operation: Option<String>,
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

fn refused(status: StatusCode, message: &str) -> Response {
    json(status, serde_json::json!({"errors": message}).to_string())
}

async fn graphql(
    State(shared): State<Shared>,
    Path(version): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = shared.clock.now();
    let served = {
        let world = shared.lock();
        let token = headers.get("x-shopify-access-token").and_then(|token| token.to_str().ok()).unwrap_or_default();
        let fixed = world.shops.values().any(|known| known == token);
        let granted = world.granted.iter().any(|(known, until)| known == token && *until > now);
        if token.is_empty() || !(fixed || granted) {
            drop(world);
            return refused(
                StatusCode::UNAUTHORIZED,
                "[API] Invalid API key or access token (unrecognized login or wrong password)",
            );
        }
        // Asked for a version that is gone, Shopify answers with the oldest that it still has.
        if version == API_VERSION { world.version.clone() } else { OLDEST_VERSION.to_owned() }
    };
    let mut response = answer(&shared, &body).await;
    if let Ok(served) = served.parse() {
        response.headers_mut().insert("x-shopify-api-version", served);
    }
    if let Ok(id) = format!("sample-{}", shared.lock().log.len()).parse() {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

async fn answer(shared: &Shared, body: &[u8]) -> Response {
    let Ok(body) = serde_json::from_slice::<Body>(body) else {
        return refused(StatusCode::BAD_REQUEST, "the body is not a GraphQL request");
    };
    let operation = body.operation.clone().unwrap_or_default();
    let (points, now) = (cost::of(&body.query), shared.clock.now());
    let (how, throttled, bucket) = {
        let mut world = shared.lock();
        world.log.push(Request { operation: operation.clone(), cost: points });
        let how = world.faults.iter_mut().find_map(|fault| fault.take(&operation));
        let fits = world.bucket.take(points, now);
        (how, !fits, world.bucket.json())
    };
    let cost = |actual: &str| {
        format!(
            r#""extensions":{{"cost":{{"requestedQueryCost":{points},"actualQueryCost":{actual},"throttleStatus":{bucket}}}"#
        )
    };
    let coded = |code: &str, message: &str, actual: &str| {
        let error = serde_json::json!([{"message": message, "extensions": {"code": code, "requestId": "sample"}}]);
        json(StatusCode::OK, format!("{{\"errors\":{error},{}}}}}", cost(actual)))
    };
    if points > cost::MOST {
        return coded("MAX_COST_EXCEEDED", "Query cost exceeds the single query max cost limit", "null");
    }
    if throttled || matches!(how, Some(How::Throttle)) {
        return coded("THROTTLED", "Throttled", "null");
    }
    match &how {
        Some(How::Status(status)) => {
            return refused(StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), "fault");
        }
        Some(How::GraphqlError(code)) => return coded(code, "fault", "null"),
        _ => {}
    }
    let dropped = Dropped::default();
    let parsed = PARSED.get(&body.query).cloned();
    let mut request = async_graphql::Request::new(body.query)
        .variables(Variables::from_json(body.variables))
        .operation_name(operation)
        .data(shared.clone())
        .data(dropped.clone());
    if let Some(parsed) = parsed {
        request.set_parsed_query(parsed);
    }
    let reply = SCHEMA.execute(request).await;
    match how {
        Some(How::ActThenStatus(status)) => {
            return refused(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), "fault");
        }
        Some(How::ActThenGraphqlError(code)) => return coded(&code, "fault", "1"),
        _ => {}
    }
    let errors = errors(&reply.errors);
    let searched = dropped.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let warnings = if searched.is_empty() {
        String::new()
    } else {
        let warning = |field: &String| serde_json::json!({"field": field, "message": format!("Invalid search field for this query: {field}"), "code": "invalid_field"});
        format!(
            r#","search":{}"#,
            serde_json::json!([{"path": ["orders"], "warnings": searched.iter().map(warning).collect::<Vec<_>>()}])
        )
    };
    let data = serde_json::to_string(&reply.data).unwrap_or_else(|_| "null".to_owned());
    // A document that does not validate, or a bad id: nothing was carried out, and there is no data at all.
    let nothing = reply.data == Value::Null && reply.errors.iter().all(|error| error.path.is_empty());
    let parts = [
        (!nothing || errors.is_none()).then(|| format!(r#""data":{data}"#)),
        errors.map(|errors| format!(r#""errors":{errors}"#)),
        Some(format!("{}{warnings}}}", cost(&points.to_string()))),
    ];
    let mut text = format!("{{{}}}", parts.into_iter().flatten().collect::<Vec<_>>().join(","));
    if matches!(how, Some(How::ActThenLoseBody)) {
        let half = text.len() / 2;
        text.truncate((0..=half).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default());
    }
    json(StatusCode::OK, text)
}

fn errors(errors: &[ServerError]) -> Option<String> {
    if errors.is_empty() { None } else { serde_json::to_string(errors).ok() }
}

#[derive(Deserialize)]
struct Grant {
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
}

/// The client credentials grant: a token for a day, and no refresh token.
async fn token(State(shared): State<Shared>, body: Bytes) -> Response {
    let now = shared.clock.now();
    let grant: Option<Grant> = serde_json::from_slice(&body).ok().or_else(|| form(&body));
    let refuse = |error: &str| {
        let body = serde_json::json!({"error": error, "error_description": "refused"});
        json(StatusCode::BAD_REQUEST, body.to_string())
    };
    let Some(grant) = grant else { return refuse("invalid_request") };
    if grant.grant_type != "client_credentials" {
        return refuse("unsupported_grant_type");
    }
    let mut world = shared.lock();
    if !world.apps.iter().any(|(id, secret)| *id == grant.client_id && *secret == grant.client_secret) {
        return refuse("invalid_client");
    }
    let token = format!("granted-{}", world.granted.len() + 1);
    world.granted.push((token.clone(), now + TimeDelta::seconds(86_399)));
    let scope = world.scopes.iter().cloned().collect::<Vec<_>>().join(",");
    drop(world);
    json(StatusCode::OK, serde_json::json!({"access_token": token, "scope": scope, "expires_in": 86_399}).to_string())
}

fn form(body: &[u8]) -> Option<Grant> {
    let text = std::str::from_utf8(body).ok()?;
    let field = |name: &str| {
        let value = text.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        Some(value.replace("%20", " "))
    };
    Some(Grant {
        grant_type: field("grant_type")?,
        client_id: field("client_id").unwrap_or_default(),
        client_secret: field("client_secret").unwrap_or_default(),
    })
}
