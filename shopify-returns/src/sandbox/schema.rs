//! The part of the Admin API's schema that returns need, with Shopify's own names.

use super::{
    SandboxApp,
    new_order::NewAddress,
    world::{AgreementKind, AgreementState, LineState, OrderState, RefundLineState, RefundState, pennies},
};
use async_graphql::{
    Context, Enum, ID, InputObject, Interface, Object, OutputType, Scalar, ScalarType, SimpleObject, Value,
};
use chrono::{DateTime, SecondsFormat, Utc};
use returns_wire::Currency;
use rust_decimal::Decimal;

macro_rules! text_scalar {
    ($($(#[$doc:meta])* $name:ident $shown:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(super) struct $name(pub(super) String);

        #[Scalar(name = $shown)]
        impl ScalarType for $name {
            fn parse(value: Value) -> async_graphql::InputValueResult<Self> {
                match value {
                    Value::String(text) => Ok(Self(text)),
                    other => Err(async_graphql::InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }
    )+};
}

text_scalar! {
    /// An amount, as text.
    Amount "Money";
    /// A number, as text.
    Number "Decimal";
    /// An instant.
    Instant "DateTime";
    /// A currency code.
    CurrencyCode "CurrencyCode";
    /// A whole number, as text.
    BigInt "BigInt";
    /// A country, by two letters.
    CountryCode "CountryCode";
}

macro_rules! shop_enum {
    ($($name:ident { $($variant:ident),+ })+) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
        pub(super) enum $name { $($variant),+ }
    )+};
}

shop_enum! {
    OrderDisplayFinancialStatus { Authorized, Expired, Paid, PartiallyPaid, PartiallyRefunded, Pending, Refunded, Voided }
    OrderDisplayFulfillmentStatus { Fulfilled, Unfulfilled }
    RefundLineItemRestockType { Cancel, LegacyRestock, NoRestock, Return }
    OrderTransactionKind { Authorization, Capture, Change, EmvAuthorization, Refund, Sale, SuggestedRefund, Void }
    OrderTransactionStatus { AwaitingResponse, Error, Failure, Pending, Success, Unknown }
    SuggestedOrderTransactionKind { SuggestedRefund }
    OrderAdjustmentDiscrepancyReason { RefundDiscrepancy }
    DiscountApplicationTargetType { LineItem, ShippingLine }
    OrderSortKeys { CreatedAt, Id, ProcessedAt, UpdatedAt }
    ShopifyPaymentsTransactionType { Refund }
    ShopifyPaymentsBalanceTransactionPayoutStatus { Paid, Pending, Scheduled }
}

pub(super) fn gid(kind: &str, number: u64) -> ID {
    ID(format!("gid://shopify/{kind}/{number}"))
}

pub(super) fn instant(at: DateTime<Utc>) -> Instant {
    Instant(at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[derive(SimpleObject)]
pub(super) struct MoneyV2 {
    amount: Number,
    currency_code: CurrencyCode,
}

#[derive(SimpleObject)]
pub(super) struct MoneyBag {
    shop_money: MoneyV2,
    presentment_money: MoneyV2,
}

pub(super) fn money(amount: Decimal, currency: Currency) -> MoneyV2 {
    let mut amount = amount;
    amount.rescale(currency.minor_digits());
    // The number of zeros at the end varies.
    let text = amount.to_string();
    let short = text.strip_suffix('0').filter(|rest| rest.contains('.') && !rest.ends_with('.'));
    MoneyV2 {
        amount: Number(short.unwrap_or(&text).to_owned()),
        currency_code: CurrencyCode(currency.code().to_owned()),
    }
}

impl OrderState {
    pub(super) fn bag(&self, amount: Decimal) -> MoneyBag {
        let (currency, rate) = self.customer;
        MoneyBag {
            shop_money: money(amount, Currency::GBP),
            presentment_money: money(pennies(amount * rate), currency),
        }
    }
}

#[derive(SimpleObject)]
pub(super) struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(SimpleObject)]
#[graphql(concrete(name = "OrderConnection", params(Order)))]
#[graphql(concrete(name = "LineItemConnection", params(LineItem)))]
#[graphql(concrete(name = "ProductVariantComponentConnection", params(ProductVariantComponent)))]
#[graphql(concrete(name = "ShippingLineConnection", params(ShippingLine)))]
#[graphql(concrete(name = "SalesAgreementConnection", params(SalesAgreement)))]
#[graphql(concrete(name = "RefundLineItemConnection", params(RefundLineItem)))]
#[graphql(concrete(name = "RefundShippingLineConnection", params(RefundShippingLine)))]
#[graphql(concrete(name = "OrderAdjustmentConnection", params(OrderAdjustment)))]
#[graphql(concrete(name = "OrderTransactionConnection", params(OrderTransaction)))]
#[graphql(concrete(name = "ShopifyPaymentsBalanceTransactionConnection", params(BalanceTransaction)))]
pub(super) struct Connection<T: OutputType> {
    nodes: Vec<T>,
    page_info: PageInfo,
}

/// One page. Cursors say nothing to anybody but us.
pub(super) fn page<T: OutputType>(
    all: Vec<T>,
    first: Option<i32>,
    after: Option<String>,
) -> async_graphql::Result<Connection<T>> {
    let first = first.and_then(|first| usize::try_from(first).ok()).ok_or("you must provide first")?;
    if first > 250 {
        return Err("first cannot exceed 250".into());
    }
    let start = match after {
        None => 0,
        Some(cursor) => {
            let number = cursor.strip_prefix("c2hvcA").and_then(|number| number.parse().ok());
            number.ok_or("Invalid cursor for current pagination sort.")?
        }
    };
    let total = all.len();
    let nodes: Vec<T> = all.into_iter().skip(start).take(first).collect();
    let end = start + nodes.len();
    let end_cursor = (!nodes.is_empty()).then(|| format!("c2hvcA{end}"));
    Ok(Connection { nodes, page_info: PageInfo { has_next_page: end < total, end_cursor } })
}

#[derive(SimpleObject)]
pub(super) struct OrderApp {
    id: ID,
    name: String,
}

#[derive(SimpleObject, Clone)]
pub(super) struct App {
    id: ID,
    title: String,
    handle: Option<String>,
}

pub(super) fn app(app: &SandboxApp) -> App {
    App { id: gid("App", app.id), title: app.title.clone(), handle: Some(app.handle.clone()) }
}

#[derive(SimpleObject)]
struct TaxLine {
    title: String,
    rate_percentage: Option<f64>,
    channel_liable: Option<bool>,
    price_set: MoneyBag,
}

fn tax_lines(order: &OrderState, rate: Option<Decimal>, tax: Decimal) -> Vec<TaxLine> {
    let Some(rate) = rate else { return Vec::new() };
    // A label on the wire, and Shopify writes it as a float; nothing is computed from it.
    let rate_percentage = rate.normalize().to_string().parse().ok();
    vec![TaxLine { title: "VAT".to_owned(), rate_percentage, channel_liable: Some(false), price_set: order.bag(tax) }]
}

#[derive(SimpleObject)]
struct ManualDiscountApplication {
    index: i32,
    target_type: DiscountApplicationTargetType,
    title: String,
}

#[derive(Interface)]
#[graphql(field(name = "index", ty = "&i32"), field(name = "target_type", ty = "&DiscountApplicationTargetType"))]
enum DiscountApplication {
    Manual(ManualDiscountApplication),
}

#[derive(SimpleObject)]
struct DiscountAllocation {
    allocated_amount_set: MoneyBag,
    discount_application: DiscountApplication,
}

#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct LineItem {
    id: ID,
    title: String,
    sku: Option<String>,
    quantity: i32,
    current_quantity: i32,
    refundable_quantity: i32,
    is_gift_card: bool,
    taxable: bool,
    line_item_group: Option<LineItemGroup>,
    original_total_set: MoneyBag,
    discount_allocations: Vec<DiscountAllocation>,
    #[graphql(skip)]
    taxes: (OrderState, Option<Decimal>, Decimal),
    #[graphql(skip)]
    variant_id: u64,
}

#[derive(SimpleObject)]
struct LineItemGroup {
    id: ID,
    title: String,
    quantity: i32,
    variant_sku: Option<String>,
}

/// A variant as it is today.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct ProductVariant {
    id: ID,
    sku: Option<String>,
    price: Amount,
    requires_components: bool,
    #[graphql(skip)]
    components: Vec<(u64, String, u32, Decimal)>,
}

#[derive(SimpleObject)]
struct ProductVariantComponent {
    quantity: i32,
    product_variant: ProductVariant,
}

#[async_graphql::ComplexObject]
impl ProductVariant {
    async fn product_variant_components(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> async_graphql::Result<Connection<ProductVariantComponent>> {
        let component = |(id, sku, pieces, price): &(u64, String, u32, Decimal)| ProductVariantComponent {
            quantity: int(*pieces),
            product_variant: ProductVariant {
                id: gid("ProductVariant", *id),
                sku: Some(sku.clone()).filter(|sku| !sku.is_empty()),
                price: Amount(price.to_string()),
                requires_components: false,
                components: Vec::new(),
            },
        };
        page(self.components.iter().map(component).collect(), first, after)
    }
}

impl super::world::World {
    pub(super) fn product_variant(&self, id: u64) -> Option<ProductVariant> {
        let (sku, state) = self.variants.iter().find(|(_, state)| state.id == id)?;
        let number = |sku: &String| self.variants.get(sku.as_str()).map_or(0, |state| state.id);
        let component = |(sku, pieces, price): &(String, u32, Decimal)| (number(sku), sku.clone(), *pieces, *price);
        Some(ProductVariant {
            id: gid("ProductVariant", id),
            sku: Some(sku.clone()).filter(|sku| !sku.is_empty()),
            price: Amount(Decimal::ZERO.to_string()),
            requires_components: !state.components.is_empty(),
            components: state.components.iter().map(component).collect(),
        })
    }
}

#[async_graphql::ComplexObject]
impl LineItem {
    async fn tax_lines(&self, first: Option<i32>) -> Vec<TaxLine> {
        let _ = first;
        tax_lines(&self.taxes.0, self.taxes.1, self.taxes.2)
    }

    async fn variant(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ProductVariant>> {
        if super::serve::denied(ctx, "read_products")? {
            return Ok(None);
        }
        Ok(ctx.data::<super::Shared>()?.lock().product_variant(self.variant_id))
    }
}

fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn line_item(order: &OrderState, place: usize, line: &LineState) -> LineItem {
    let discounts = if line.discount.is_zero() {
        Vec::new()
    } else {
        let application = ManualDiscountApplication {
            index: 0,
            target_type: DiscountApplicationTargetType::LineItem,
            title: "Offer".to_owned(),
        };
        vec![DiscountAllocation {
            allocated_amount_set: order.bag(line.discount),
            discount_application: DiscountApplication::Manual(application),
        }]
    };
    let left = line.quantity.saturating_sub(line.removed).saturating_sub(order.refunded_units(place));
    LineItem {
        id: gid("LineItem", line.id),
        title: format!("Sample {}", line.sku),
        sku: Some(line.sku.clone()).filter(|sku| !sku.is_empty()),
        quantity: int(line.quantity),
        current_quantity: int(left),
        refundable_quantity: int(order.refundable(place)),
        is_gift_card: line.gift_card,
        taxable: line.tax_rate.is_some(),
        line_item_group: line.group.as_ref().map(|(id, bundle, bundles)| LineItemGroup {
            id: gid("LineItemGroup", *id),
            title: format!("Sample {bundle}"),
            quantity: int(*bundles),
            variant_sku: Some(bundle.clone()),
        }),
        original_total_set: order.bag(line.unit_price * Decimal::from(line.quantity)),
        discount_allocations: discounts,
        taxes: (order.clone(), line.tax_rate, line.tax),
        variant_id: line.variant,
    }
}

#[derive(SimpleObject)]
pub(super) struct ShippingLine {
    id: Option<ID>,
    title: String,
    code: Option<String>,
    is_removed: bool,
    original_price_set: MoneyBag,
    discounted_price_set: MoneyBag,
    discount_allocations: Vec<DiscountAllocation>,
    tax_lines: Vec<TaxLine>,
}

#[derive(SimpleObject)]
pub(super) struct OrderAgreement {
    id: ID,
    happened_at: Instant,
    app: Option<App>,
}

#[derive(SimpleObject)]
pub(super) struct OrderEditAgreement {
    id: ID,
    happened_at: Instant,
    app: Option<App>,
}

#[derive(SimpleObject)]
pub(super) struct RefundAgreement {
    id: ID,
    happened_at: Instant,
    app: Option<App>,
    refund: Box<Refund>,
}

#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "&ID"),
    field(name = "happened_at", ty = "&Instant"),
    field(name = "app", ty = "&Option<App>")
)]
pub(super) enum SalesAgreement {
    Order(OrderAgreement),
    Edit(OrderEditAgreement),
    Refund(RefundAgreement),
}

fn agreement(order: &OrderState, state: &AgreementState) -> Option<SalesAgreement> {
    let (happened_at, app) = (instant(state.at), state.app.as_ref().map(app));
    Some(match state.kind {
        AgreementKind::Order => {
            SalesAgreement::Order(OrderAgreement { id: gid("OrderAgreement", state.id), happened_at, app })
        }
        AgreementKind::Edit => {
            SalesAgreement::Edit(OrderEditAgreement { id: gid("OrderEditAgreement", state.id), happened_at, app })
        }
        AgreementKind::Refund(id) => {
            let refund = order.refunds.iter().find(|refund| refund.id == id)?;
            let refund = Refund { order: order.clone(), state: refund.clone() };
            SalesAgreement::Refund(RefundAgreement {
                id: gid("RefundAgreement", state.id),
                happened_at,
                app,
                refund: Box::new(refund),
            })
        }
    })
}

#[derive(Debug, Clone, SimpleObject)]
pub(super) struct MailingAddress {
    name: Option<String>,
    company: Option<String>,
    address1: Option<String>,
    address2: Option<String>,
    city: Option<String>,
    province: Option<String>,
    zip: Option<String>,
    country: Option<String>,
    #[graphql(name = "countryCodeV2")]
    country_code_v2: Option<CountryCode>,
    phone: Option<String>,
}

fn mailing_address(address: &NewAddress) -> MailingAddress {
    MailingAddress {
        name: Some(address.name.clone()),
        company: address.company.clone(),
        address1: Some(address.address1.clone()),
        address2: address.address2.clone(),
        city: Some(address.city.clone()),
        province: address.province.clone(),
        zip: Some(address.zip.clone()),
        country: Some(address.country.0.clone()),
        country_code_v2: Some(CountryCode(address.country.1.clone())),
        phone: address.phone.clone(),
    }
}

/// An order as it is now.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) state: OrderState,
    /// What an order's time of change is: in a search, as the index knows it.
    pub(super) updated_at: DateTime<Utc>,
}

#[Object]
impl Order {
    async fn id(&self) -> ID {
        gid("Order", self.state.id)
    }

    async fn name(&self) -> &str {
        &self.state.name
    }

    async fn created_at(&self) -> Instant {
        instant(self.state.created_at)
    }

    async fn processed_at(&self) -> Instant {
        instant(self.state.created_at)
    }

    async fn updated_at(&self) -> Instant {
        instant(self.updated_at)
    }

    async fn cancelled_at(&self) -> Option<Instant> {
        self.state.cancelled_at.map(instant)
    }

    async fn test(&self) -> bool {
        self.state.test
    }

    async fn edited(&self) -> bool {
        self.state.edited
    }

    async fn source_name(&self) -> Option<&str> {
        Some("web")
    }

    async fn display_financial_status(&self) -> Option<OrderDisplayFinancialStatus> {
        Some(match self.state.financial_status() {
            "VOIDED" => OrderDisplayFinancialStatus::Voided,
            "PENDING" => OrderDisplayFinancialStatus::Pending,
            "REFUNDED" => OrderDisplayFinancialStatus::Refunded,
            "PARTIALLY_REFUNDED" => OrderDisplayFinancialStatus::PartiallyRefunded,
            _ => OrderDisplayFinancialStatus::Paid,
        })
    }

    async fn display_fulfillment_status(&self) -> OrderDisplayFulfillmentStatus {
        if self.state.fulfilled {
            OrderDisplayFulfillmentStatus::Fulfilled
        } else {
            OrderDisplayFulfillmentStatus::Unfulfilled
        }
    }

    async fn currency_code(&self) -> CurrencyCode {
        CurrencyCode(Currency::GBP.code().to_owned())
    }

    async fn presentment_currency_code(&self) -> CurrencyCode {
        CurrencyCode(self.state.customer.0.code().to_owned())
    }

    async fn taxes_included(&self) -> bool {
        self.state.taxes_included
    }

    async fn app(&self) -> Option<OrderApp> {
        let app = SandboxApp::online_store();
        Some(OrderApp { id: gid("App", app.id), name: app.title })
    }

    async fn shipping_address(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MailingAddress>> {
        let shown = ctx.data::<super::Shared>()?.lock().personal_data;
        Ok(self.state.address.as_ref().filter(|_| shown).map(mailing_address))
    }

    async fn total_price_set(&self) -> MoneyBag {
        self.state.bag(self.state.total())
    }

    async fn total_tax_set(&self) -> Option<MoneyBag> {
        Some(self.state.bag(self.state.tax()))
    }

    async fn total_received_set(&self) -> MoneyBag {
        self.state.bag(self.state.received())
    }

    async fn total_refunded_set(&self) -> MoneyBag {
        self.state.bag(self.state.refunded())
    }

    async fn line_items(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> async_graphql::Result<Connection<LineItem>> {
        let lines = self.state.lines.iter().enumerate();
        page(lines.map(|(place, line)| line_item(&self.state, place, line)).collect(), first, after)
    }

    async fn shipping_lines(
        &self,
        first: Option<i32>,
        after: Option<String>,
        #[graphql(default)] include_removals: bool,
    ) -> async_graphql::Result<Connection<ShippingLine>> {
        let _ = include_removals;
        let line = |line: &super::world::ShippingState| ShippingLine {
            id: Some(gid("ShippingLine", line.id)),
            title: line.title.clone(),
            code: Some(line.title.clone()),
            is_removed: false,
            original_price_set: self.state.bag(line.price),
            discounted_price_set: self.state.bag(line.price),
            discount_allocations: Vec::new(),
            tax_lines: tax_lines(&self.state, line.tax_rate, line.tax),
        };
        page(self.state.shipping.iter().map(line).collect(), first, after)
    }

    /// A plain list: there is no cursor, and no way to the rest.
    async fn refunds(&self, first: Option<i32>) -> Vec<Refund> {
        let first = first.and_then(|first| usize::try_from(first).ok()).unwrap_or(usize::MAX);
        let refund = |state: &RefundState| Refund { order: self.state.clone(), state: state.clone() };
        self.state.refunds.iter().take(first).map(refund).collect()
    }

    async fn agreements(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> async_graphql::Result<Connection<SalesAgreement>> {
        page(self.state.agreements.iter().filter_map(|state| agreement(&self.state, state)).collect(), first, after)
    }

    async fn suggested_refund(
        &self,
        refund_line_items: Option<Vec<RefundLineItemInput>>,
    ) -> async_graphql::Result<Option<SuggestedRefund>> {
        let mut lines = Vec::new();
        for wanted in refund_line_items.unwrap_or_default() {
            let place = self.state.lines.iter().position(|line| gid("LineItem", line.id) == wanted.line_item_id);
            let units = u32::try_from(wanted.quantity).unwrap_or_default();
            let place = place.ok_or("Line item does not exist")?;
            if units > self.state.refundable(place) {
                return Err("Quantity cannot refund more items than were purchased".into());
            }
            lines.push((place, units));
        }
        let stated = self.state.stated(&lines, false);
        let left = self.state.payments.iter().map(|payment| self.state.left_of(payment)).sum::<Decimal>();
        let amount = stated.min(left);
        let parts = self.state.split(amount, false)?;
        let suggest = |(id, amount): (u64, Decimal)| {
            let payment = self.state.payments.iter().find(|payment| payment.id == id);
            SuggestedOrderTransaction {
                gateway: payment.map(|payment| payment.gateway.to_owned()),
                kind: SuggestedOrderTransactionKind::SuggestedRefund,
                amount_set: self.state.bag(amount),
                maximum_refundable_set: payment.map(|payment| self.state.bag(self.state.left_of(payment))),
                parent_transaction: payment.map(|payment| OrderTransaction {
                    id: gid("OrderTransaction", payment.id),
                    kind: OrderTransactionKind::Sale,
                    status: OrderTransactionStatus::Success,
                    gateway: Some(payment.gateway.to_owned()),
                    created_at: instant(self.state.created_at),
                    processed_at: Some(instant(self.state.created_at)),
                    amount_set: self.state.bag(payment.amount),
                }),
            }
        };
        Ok(Some(SuggestedRefund {
            amount_set: self.state.bag(amount),
            maximum_refundable_set: self.state.bag(left),
            suggested_transactions: parts.into_iter().map(suggest).collect(),
        }))
    }
}

#[derive(SimpleObject)]
struct SuggestedRefund {
    amount_set: MoneyBag,
    maximum_refundable_set: MoneyBag,
    suggested_transactions: Vec<SuggestedOrderTransaction>,
}

#[derive(SimpleObject)]
struct SuggestedOrderTransaction {
    gateway: Option<String>,
    kind: SuggestedOrderTransactionKind,
    amount_set: MoneyBag,
    maximum_refundable_set: Option<MoneyBag>,
    parent_transaction: Option<OrderTransaction>,
}

#[derive(SimpleObject)]
struct Return {
    id: ID,
    name: String,
}

#[derive(SimpleObject)]
struct RefundDuty {
    amount_set: MoneyBag,
}

#[derive(SimpleObject)]
pub(super) struct RefundLineItem {
    id: Option<ID>,
    quantity: i32,
    restock_type: RefundLineItemRestockType,
    restocked: bool,
    subtotal_set: MoneyBag,
    total_tax_set: MoneyBag,
    line_item: LineItem,
}

#[derive(SimpleObject)]
pub(super) struct RefundShippingLine {
    id: ID,
    subtotal_amount_set: MoneyBag,
    tax_amount_set: MoneyBag,
}

#[derive(SimpleObject)]
pub(super) struct OrderAdjustment {
    id: ID,
    reason: Option<OrderAdjustmentDiscrepancyReason>,
    amount_set: MoneyBag,
    tax_amount_set: MoneyBag,
}

#[derive(SimpleObject)]
pub(super) struct OrderTransaction {
    id: ID,
    kind: OrderTransactionKind,
    status: OrderTransactionStatus,
    gateway: Option<String>,
    created_at: Instant,
    processed_at: Option<Instant>,
    amount_set: MoneyBag,
}

/// A refund, with its order.
#[derive(Debug, Clone)]
pub(super) struct Refund {
    pub(super) order: OrderState,
    pub(super) state: RefundState,
}

#[Object]
impl Refund {
    async fn id(&self) -> ID {
        gid("Refund", self.state.id)
    }

    async fn created_at(&self) -> Option<Instant> {
        Some(instant(self.state.created_at))
    }

    async fn processed_at(&self) -> Instant {
        instant(self.state.created_at)
    }

    async fn updated_at(&self) -> Instant {
        instant(self.state.updated_at)
    }

    async fn note(&self) -> Option<&str> {
        self.state.note.as_deref()
    }

    #[graphql(name = "return")]
    async fn native_return(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Return>> {
        if super::serve::denied(ctx, "read_returns")? {
            return Ok(None);
        }
        Ok(self.state.native_return.as_ref().map(|(id, name)| Return { id: gid("Return", *id), name: name.clone() }))
    }

    async fn total_refunded_set(&self) -> MoneyBag {
        self.order.bag(self.state.paid())
    }

    async fn duties(&self) -> Option<Vec<RefundDuty>> {
        Some(Vec::new())
    }

    async fn refund_line_items(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> async_graphql::Result<Connection<RefundLineItem>> {
        let line = |refunded: &RefundLineState| {
            let state = self.order.lines.get(refunded.line)?;
            Some(RefundLineItem {
                id: Some(gid("RefundLineItem", refunded.id)),
                quantity: int(refunded.quantity),
                restock_type: match refunded.restock {
                    "CANCEL" => RefundLineItemRestockType::Cancel,
                    "RETURN" => RefundLineItemRestockType::Return,
                    _ => RefundLineItemRestockType::NoRestock,
                },
                restocked: refunded.restock == "RETURN",
                subtotal_set: self.order.bag(refunded.subtotal),
                total_tax_set: self.order.bag(refunded.tax),
                line_item: line_item(&self.order, refunded.line, state),
            })
        };
        page(self.state.lines.iter().filter_map(line).collect(), first, after)
    }

    async fn refund_shipping_lines(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> async_graphql::Result<Connection<RefundShippingLine>> {
        let line = |(id, price, tax): &(u64, Decimal, Decimal)| RefundShippingLine {
            id: gid("RefundShippingLine", *id),
            subtotal_amount_set: self.order.bag(*price),
            tax_amount_set: self.order.bag(*tax),
        };
        page(self.state.shipping.iter().map(line).collect(), first, after)
    }

    async fn order_adjustments(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> async_graphql::Result<Connection<OrderAdjustment>> {
        let adjustment = |(id, amount): &(u64, Decimal)| OrderAdjustment {
            id: gid("OrderAdjustment", *id),
            reason: Some(OrderAdjustmentDiscrepancyReason::RefundDiscrepancy),
            amount_set: self.order.bag(*amount),
            tax_amount_set: self.order.bag(Decimal::ZERO),
        };
        page(self.state.adjustments.iter().map(adjustment).collect(), first, after)
    }

    async fn transactions(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> async_graphql::Result<Connection<OrderTransaction>> {
        let movement = |movement: &super::world::Movement| OrderTransaction {
            id: gid("OrderTransaction", movement.id),
            kind: OrderTransactionKind::Refund,
            status: match movement.status {
                "SUCCESS" => OrderTransactionStatus::Success,
                "PENDING" => OrderTransactionStatus::Pending,
                _ => OrderTransactionStatus::Failure,
            },
            gateway: Some(movement.gateway.to_owned()),
            created_at: instant(movement.at),
            processed_at: Some(instant(movement.at)),
            amount_set: self.order.bag(movement.amount),
        };
        page(self.state.movements.iter().map(movement).collect(), first, after)
    }
}

#[derive(InputObject, Debug, Clone, serde::Serialize)]
pub(super) struct RefundLineItemInput {
    pub(super) line_item_id: ID,
    pub(super) quantity: i32,
    #[serde(skip)]
    pub(super) restock_type: Option<RefundLineItemRestockType>,
    pub(super) location_id: Option<ID>,
}

#[derive(InputObject, Debug, Clone)]
pub(super) struct OrderTransactionInput {
    pub(super) amount: Amount,
    pub(super) gateway: String,
    pub(super) kind: OrderTransactionKind,
    pub(super) order_id: ID,
    pub(super) parent_id: Option<ID>,
}

#[derive(InputObject, Debug, Clone)]
pub(super) struct RefundInput {
    #[graphql(default)]
    pub(super) allow_over_refunding: bool,
    pub(super) currency: Option<CurrencyCode>,
    pub(super) note: Option<String>,
    pub(super) notify: Option<bool>,
    pub(super) order_id: ID,
    pub(super) refund_line_items: Option<Vec<RefundLineItemInput>>,
    pub(super) transactions: Option<Vec<OrderTransactionInput>>,
}

#[derive(SimpleObject)]
pub(super) struct UserError {
    pub(super) field: Option<Vec<String>>,
    pub(super) message: String,
}

#[derive(SimpleObject)]
pub(super) struct RefundCreatePayload {
    pub(super) refund: Option<Refund>,
    pub(super) user_errors: Vec<UserError>,
}

#[derive(SimpleObject)]
pub(super) struct ShopPlan {
    pub(super) public_display_name: String,
    pub(super) shopify_plus: bool,
}

#[derive(SimpleObject)]
pub(super) struct Shop {
    pub(super) name: String,
    pub(super) myshopify_domain: String,
    pub(super) currency_code: CurrencyCode,
    pub(super) iana_timezone: String,
    pub(super) taxes_included: bool,
    pub(super) enabled_presentment_currencies: Vec<CurrencyCode>,
    pub(super) plan: ShopPlan,
}

#[derive(SimpleObject)]
pub(super) struct AccessScope {
    pub(super) handle: String,
}

#[derive(SimpleObject)]
pub(super) struct AppInstallation {
    pub(super) app: App,
    pub(super) access_scopes: Vec<AccessScope>,
}

#[derive(SimpleObject)]
pub(super) struct ApiVersion {
    pub(super) handle: String,
    pub(super) supported: bool,
}

#[derive(SimpleObject)]
#[graphql(name = "ShopifyPaymentsAssociatedOrder")]
pub(super) struct AssociatedOrder {
    pub(super) id: ID,
    pub(super) name: String,
}

#[derive(SimpleObject)]
#[graphql(name = "ShopifyPaymentsBalanceTransactionAssociatedPayout")]
pub(super) struct AssociatedPayout {
    pub(super) id: Option<ID>,
    pub(super) status: Option<ShopifyPaymentsBalanceTransactionPayoutStatus>,
}

#[derive(SimpleObject)]
#[graphql(name = "ShopifyPaymentsBalanceTransaction")]
pub(super) struct BalanceTransaction {
    pub(super) id: ID,
    #[graphql(name = "type")]
    pub(super) kind: ShopifyPaymentsTransactionType,
    pub(super) transaction_date: Instant,
    pub(super) source_order_transaction_id: Option<BigInt>,
    pub(super) amount: MoneyV2,
    pub(super) fee: MoneyV2,
    pub(super) net: MoneyV2,
    pub(super) associated_order: Option<AssociatedOrder>,
    pub(super) associated_payout: AssociatedPayout,
}
