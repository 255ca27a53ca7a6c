//! What the shop holds, and the arithmetic of its refunds.

use super::{
    SandboxApp, SandboxRefusal,
    new_order::{NewAddress, NewOrder, NewShipping},
};
use chrono::{DateTime, Utc};
use returns_wire::Currency;
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
pub(super) struct World {
    pub(super) shops: BTreeMap<String, String>,
    pub(super) apps: Vec<(String, String)>,
    pub(super) granted: Vec<(String, DateTime<Utc>)>,
    pub(super) orders: Vec<OrderState>,
    pub(super) scopes: BTreeSet<String>,
    /// May the app see personal data?
    pub(super) personal_data: bool,
    pub(super) version: String,
    pub(super) lag: chrono::TimeDelta,
    pub(super) slow_money: bool,
    pub(super) payments_account: bool,
    pub(super) keys: BTreeMap<String, (DateTime<Utc>, String, Option<u64>)>,
    pub(super) bucket: super::cost::Bucket,
    pub(super) faults: Vec<super::Fault>,
    pub(super) log: Vec<super::Request>,
    pub(super) refunds_made: u64,
    /// Variants by stock code: their number, and what they are made of, if they are bundles.
    pub(super) variants: BTreeMap<String, VariantState>,
    next: u64,
}

#[derive(Debug, Clone)]
pub(super) struct OrderState {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) created_at: DateTime<Utc>,
    /// Every time it changed; the search index sees the older ones only.
    pub(super) updates: Vec<DateTime<Utc>>,
    pub(super) cancelled_at: Option<DateTime<Utc>>,
    pub(super) test: bool,
    pub(super) edited: bool,
    pub(super) fulfilled: bool,
    pub(super) taxes_included: bool,
    pub(super) customer: (Currency, Decimal),
    pub(super) lines: Vec<LineState>,
    pub(super) shipping: Vec<ShippingState>,
    pub(super) payments: Vec<PaymentState>,
    pub(super) refunds: Vec<RefundState>,
    pub(super) agreements: Vec<AgreementState>,
    pub(super) address: Option<NewAddress>,
}

#[derive(Debug, Clone)]
pub(super) struct LineState {
    pub(super) id: u64,
    pub(super) sku: String,
    pub(super) quantity: u32,
    pub(super) removed: u32,
    pub(super) unit_price: Decimal,
    pub(super) discount: Decimal,
    pub(super) tax_rate: Option<Decimal>,
    pub(super) tax: Decimal,
    pub(super) gift_card: bool,
    pub(super) variant: u64,
    /// The bundle that it is a component of: number, stock code, how many.
    pub(super) group: Option<(u64, String, u32)>,
}

/// A variant, as it is today.
#[derive(Debug, Clone)]
pub(super) struct VariantState {
    pub(super) id: u64,
    /// Stock code, pieces, price of one.
    pub(super) components: Vec<(String, u32, Decimal)>,
}

#[derive(Debug, Clone)]
pub(super) struct ShippingState {
    pub(super) id: u64,
    pub(super) title: String,
    pub(super) price: Decimal,
    pub(super) tax_rate: Option<Decimal>,
    pub(super) tax: Decimal,
}

#[derive(Debug, Clone)]
pub(super) struct PaymentState {
    pub(super) id: u64,
    pub(super) gateway: &'static str,
    pub(super) amount: Decimal,
}

#[derive(Debug, Clone)]
pub(super) struct RefundState {
    pub(super) id: u64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) note: Option<String>,
    pub(super) native_return: Option<(u64, String)>,
    pub(super) lines: Vec<RefundLineState>,
    pub(super) shipping: Vec<(u64, Decimal, Decimal)>,
    pub(super) adjustments: Vec<(u64, Decimal)>,
    pub(super) movements: Vec<Movement>,
    pub(super) app: Option<SandboxApp>,
    pub(super) key: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct RefundLineState {
    pub(super) id: u64,
    pub(super) line: usize,
    pub(super) quantity: u32,
    pub(super) subtotal: Decimal,
    pub(super) tax: Decimal,
    pub(super) restock: &'static str,
}

#[derive(Debug, Clone)]
pub(super) struct Movement {
    pub(super) id: u64,
    pub(super) parent: u64,
    pub(super) gateway: &'static str,
    pub(super) amount: Decimal,
    pub(super) status: &'static str,
    pub(super) at: DateTime<Utc>,
    pub(super) payout: Option<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct AgreementState {
    pub(super) id: u64,
    pub(super) kind: AgreementKind,
    pub(super) at: DateTime<Utc>,
    pub(super) app: Option<SandboxApp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AgreementKind {
    Order,
    Edit,
    Refund(u64),
}

/// A refund to be made.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) lines: Vec<(usize, u32, &'static str)>,
    pub(super) shipping: bool,
    /// Lines are worth nothing: only Shopify's stock is meant.
    pub(super) stock_only: bool,
    pub(super) money: Money,
    pub(super) note: Option<String>,
    pub(super) native_return: bool,
    pub(super) app: Option<SandboxApp>,
    pub(super) key: Option<String>,
    pub(super) over: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Money {
    /// None moves.
    None,
    /// What lines and shipping are worth.
    Stated,
    /// An amount that was typed in.
    Typed(Decimal),
    /// To these payments.
    Parts(Vec<(u64, Decimal)>),
}

pub(super) fn pennies(amount: Decimal) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    rounded
}

pub(super) fn tax_of(amount: Decimal, rate: Option<Decimal>, included: bool) -> Decimal {
    let Some(rate) = rate else { return Decimal::ZERO };
    let hundred = Decimal::ONE_HUNDRED;
    pennies(if included { amount * rate / (hundred + rate) } else { amount * rate / hundred })
}

impl LineState {
    /// All units after discounts, as prices are shown in this shop.
    pub(super) fn total(&self) -> Decimal {
        self.unit_price * Decimal::from(self.quantity) - self.discount
    }

    /// The first `units` of them: cumulative, so that partial refunds add up to the whole.
    fn share(&self, whole: Decimal, units: u32) -> Decimal {
        if self.quantity == 0 {
            return Decimal::ZERO;
        }
        pennies(whole * Decimal::from(units.min(self.quantity)) / Decimal::from(self.quantity))
    }
}

impl RefundState {
    fn sum(&self, status: &[&str]) -> Decimal {
        self.movements.iter().filter(|movement| status.contains(&movement.status)).map(|movement| movement.amount).sum()
    }

    pub(super) fn paid(&self) -> Decimal {
        self.sum(&["SUCCESS"])
    }

    pub(super) fn pending(&self) -> Decimal {
        self.sum(&["PENDING"])
    }

    pub(super) fn failed(&self) -> Decimal {
        self.sum(&["FAILURE"])
    }
}

impl OrderState {
    pub(super) fn refunded_units(&self, line: usize) -> u32 {
        let lines = self.refunds.iter().flat_map(|refund| &refund.lines).filter(|refunded| refunded.line == line);
        lines.map(|refunded| refunded.quantity).sum()
    }

    pub(super) fn refundable(&self, line: usize) -> u32 {
        let Some(state) = self.lines.get(line) else { return 0 };
        state.quantity.saturating_sub(state.removed).saturating_sub(self.refunded_units(line))
    }

    pub(super) fn total(&self) -> Decimal {
        let lines: Decimal = self.lines.iter().map(LineState::total).sum();
        let shipping: Decimal = self.shipping.iter().map(|shipping| shipping.price).sum();
        lines + shipping + if self.taxes_included { Decimal::ZERO } else { self.tax() }
    }

    pub(super) fn tax(&self) -> Decimal {
        self.lines.iter().map(|line| line.tax).chain(self.shipping.iter().map(|shipping| shipping.tax)).sum()
    }

    pub(super) fn received(&self) -> Decimal {
        self.payments.iter().map(|payment| payment.amount).sum()
    }

    pub(super) fn refunded(&self) -> Decimal {
        self.refunds.iter().map(RefundState::paid).sum()
    }

    /// What of a payment is neither paid back nor on its way back.
    pub(super) fn left_of(&self, payment: &PaymentState) -> Decimal {
        let moved = self.refunds.iter().flat_map(|refund| &refund.movements);
        let taken: Decimal = moved.filter(|m| m.parent == payment.id && m.status != "FAILURE").map(|m| m.amount).sum();
        (payment.amount - taken).max(Decimal::ZERO)
    }

    pub(super) fn financial_status(&self) -> &'static str {
        let (received, refunded) = (self.received(), self.refunded());
        match () {
            () if received.is_zero() && self.cancelled_at.is_some() => "VOIDED",
            () if received.is_zero() && !self.total().is_zero() => "PENDING",
            () if refunded >= received && !refunded.is_zero() => "REFUNDED",
            () if !refunded.is_zero() => "PARTIALLY_REFUNDED",
            () => "PAID",
        }
    }

    pub(super) fn touched(&mut self, now: DateTime<Utc>) {
        self.updates.push(now);
    }

    /// Worth of units of a line, with the tax in it or beside it: what comes after the units refunded before.
    fn worth(&self, line: usize, units: u32) -> (Decimal, Decimal) {
        let Some(state) = self.lines.get(line) else { return (Decimal::ZERO, Decimal::ZERO) };
        let before = self.refunded_units(line);
        let part = |whole| state.share(whole, before.saturating_add(units)) - state.share(whole, before);
        (part(state.total()), part(state.tax))
    }

    /// What lines and shipping are worth to the customer.
    pub(super) fn stated(&self, lines: &[(usize, u32)], shipping: bool) -> Decimal {
        let mut sum = Decimal::ZERO;
        for (line, units) in lines {
            let (subtotal, tax) = self.worth(*line, *units);
            sum += subtotal + if self.taxes_included { Decimal::ZERO } else { tax };
        }
        if shipping {
            let tax = |s: &ShippingState| if self.taxes_included { Decimal::ZERO } else { s.tax };
            sum += self.shipping.iter().map(|shipping| shipping.price + tax(shipping)).sum::<Decimal>();
        }
        sum
    }

    /// Which payments an amount goes back to: gift cards first, then the largest.
    pub(super) fn split(&self, amount: Decimal, over: bool) -> Result<Vec<(u64, Decimal)>, String> {
        let mut payments: Vec<_> = self.payments.iter().map(|payment| (payment, self.left_of(payment))).collect();
        payments.sort_by_key(|(payment, left)| (payment.gateway != "gift_card", std::cmp::Reverse(*left)));
        let mut left = amount;
        let mut parts = Vec::new();
        for (payment, most) in &payments {
            let part = left.min(*most);
            if part > Decimal::ZERO {
                parts.push((payment.id, part));
                left -= part;
            }
        }
        if left > Decimal::ZERO {
            match payments.last() {
                Some((payment, _)) if over => parts.push((payment.id, left)),
                _ => return Err(format!("Refund amount {amount} is more than the {} that is left", amount - left)),
            }
        }
        Ok(parts)
    }
}

impl World {
    pub(super) fn new() -> Self {
        let scopes = [
            "read_orders",
            "read_all_orders",
            "read_returns",
            "write_orders",
            "read_shopify_payments_payouts",
            "read_products",
        ];
        Self {
            shops: BTreeMap::new(),
            apps: Vec::new(),
            granted: Vec::new(),
            orders: Vec::new(),
            scopes: scopes.into_iter().map(str::to_owned).collect(),
            personal_data: true,
            version: crate::documents::API_VERSION.to_owned(),
            lag: chrono::TimeDelta::zero(),
            slow_money: false,
            payments_account: true,
            keys: BTreeMap::new(),
            bucket: super::cost::Bucket::new(Decimal::from(2000), Decimal::from(100)),
            faults: Vec::new(),
            log: Vec::new(),
            refunds_made: 0,
            variants: BTreeMap::new(),
            next: 900_000_000_001,
        }
    }

    pub(super) fn take(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    /// The number of the variant with this stock code.
    pub(super) fn variant(&mut self, sku: &str) -> u64 {
        if let Some(known) = self.variants.get(sku) {
            return known.id;
        }
        let id = self.take();
        self.variants.insert(sku.to_owned(), VariantState { id, components: Vec::new() });
        id
    }

    pub(super) fn order(&self, id: u64) -> Option<&OrderState> {
        self.orders.iter().find(|order| order.id == id)
    }

    pub(super) fn place(&self, id: u64) -> Result<usize, SandboxRefusal> {
        self.orders.iter().position(|order| order.id == id).ok_or(SandboxRefusal::UnknownOrder { id })
    }

    pub(super) fn add_order(&mut self, new: NewOrder, now: DateTime<Utc>) -> Result<u64, SandboxRefusal> {
        let id = match new.id {
            Some(id) if self.order(id).is_some() => {
                return Err(SandboxRefusal::Input(format!("order {id} is there already")));
            }
            Some(id) => id,
            None => self.take(),
        };
        if new.lines.is_empty() {
            return Err(SandboxRefusal::Input("an order has at least one line".to_owned()));
        }
        let included = new.taxes_included;
        let mut lines: Vec<LineState> = Vec::new();
        for line in new.lines {
            let total = line.unit_price * Decimal::from(line.quantity) - line.discount;
            if total < Decimal::ZERO || line.quantity == 0 {
                return Err(SandboxRefusal::Input(format!(
                    "line {} is worth less than nothing, or has no units",
                    line.sku
                )));
            }
            let group = line.group.map(|(bundle, bundles)| {
                let before = lines.last().and_then(|line| line.group.clone());
                let same = before.filter(|(_, known, of)| (known, *of) == (&bundle, bundles));
                same.unwrap_or_else(|| (self.take(), bundle, bundles))
            });
            lines.push(LineState {
                id: line.id.unwrap_or_else(|| self.take()),
                variant: self.variant(&line.sku),
                group,
                sku: line.sku,
                quantity: line.quantity,
                removed: 0,
                unit_price: line.unit_price,
                discount: line.discount,
                tax_rate: line.tax_rate,
                tax: line.tax_amount.unwrap_or_else(|| tax_of(total, line.tax_rate, included)),
                gift_card: line.gift_card,
            });
        }
        let shipping = new.shipping.into_iter().map(|NewShipping { title, price, tax_rate }| ShippingState {
            id: self.take(),
            title,
            price,
            tax_rate,
            tax: tax_of(price, tax_rate, included),
        });
        let shipping: Vec<_> = shipping.collect();
        let at = new.created_at.unwrap_or(now);
        let mut order = OrderState {
            id,
            name: new.name,
            created_at: at,
            updates: vec![at],
            cancelled_at: None,
            test: new.test,
            edited: false,
            fulfilled: new.fulfilled,
            taxes_included: included,
            customer: new.customer_currency.unwrap_or((Currency::GBP, Decimal::ONE)),
            lines,
            shipping,
            payments: Vec::new(),
            refunds: Vec::new(),
            agreements: Vec::new(),
            address: new.address,
        };
        if new.paid {
            let total = order.total();
            let card = new.by_gift_card.min(total);
            for (gateway, amount) in [("gift_card", card), ("shopify_payments", total - card)] {
                if amount > Decimal::ZERO {
                    order.payments.push(PaymentState { id: self.take(), gateway, amount });
                }
            }
        }
        let agreement =
            AgreementState { id: self.take(), kind: AgreementKind::Order, at, app: Some(SandboxApp::online_store()) };
        order.agreements.push(agreement);
        self.orders.push(order);
        Ok(id)
    }

    /// Makes a refund, or says why not; nothing is changed then.
    pub(super) fn refund(&mut self, place: usize, wish: Wish, now: DateTime<Utc>) -> Result<u64, String> {
        let order = self.orders.get(place).ok_or("Order does not exist")?;
        let mut wanted: BTreeMap<usize, u32> = BTreeMap::new();
        for (line, units, _) in &wish.lines {
            if order.lines.get(*line).is_none() {
                return Err("Refund line items line item does not exist".to_owned());
            }
            let sum = wanted.entry(*line).or_default();
            *sum += units;
            if *units == 0 || (*sum > order.refundable(*line) && !wish.over) {
                return Err("Refund line items quantity cannot refund more items than were purchased".to_owned());
            }
        }
        let units: Vec<_> = wanted.iter().map(|(line, units)| (*line, *units)).collect();
        let stated = if wish.stock_only { Decimal::ZERO } else { order.stated(&units, wish.shipping) };
        let parts = match &wish.money {
            Money::None => Vec::new(),
            Money::Stated => order.split(stated, wish.over)?,
            Money::Typed(amount) => order.split(*amount, wish.over)?,
            Money::Parts(parts) => {
                for (parent, amount) in parts {
                    let payment = order.payments.iter().find(|payment| payment.id == *parent);
                    let payment = payment.ok_or("Transactions parent does not exist")?;
                    if *amount <= Decimal::ZERO {
                        return Err("Transactions amount must be greater than 0".to_owned());
                    }
                    if *amount > order.left_of(payment) && !wish.over {
                        return Err("Refund amount cannot be greater than the amount left on its payment".to_owned());
                    }
                }
                parts.clone()
            }
        };
        let amount: Decimal = parts.iter().map(|(_, amount)| *amount).sum();
        let mut lines = Vec::new();
        for (line, quantity, restock) in &wish.lines {
            let before: u32 =
                lines.iter().filter(|made: &&RefundLineState| made.line == *line).map(|made| made.quantity).sum();
            let (with, tax_with) = order.worth(*line, before + quantity);
            let (without, tax_without) = order.worth(*line, before);
            let (subtotal, tax) =
                if wish.stock_only { (Decimal::ZERO, Decimal::ZERO) } else { (with - without, tax_with - tax_without) };
            lines.push(RefundLineState { id: 0, line: *line, quantity: *quantity, subtotal, tax, restock });
        }
        let shipping: Vec<_> =
            if wish.shipping { order.shipping.iter().map(|s| (0, s.price, s.tax)).collect() } else { Vec::new() };
        let gateways: BTreeMap<u64, &'static str> = order.payments.iter().map(|p| (p.id, p.gateway)).collect();
        let (order_id, name) = (order.id, order.name.clone());
        let id = self.take();
        lines.iter_mut().for_each(|line| line.id = self.take());
        let shipping = shipping.into_iter().map(|(_, price, tax)| (self.take(), price, tax)).collect();
        // Seen from the shop: what the customer gets beyond the lines is negative.
        let off = stated - amount;
        let adjusts = !matches!(wish.money, Money::None) && !off.is_zero();
        let adjustments = if adjusts { vec![(self.take(), off)] } else { Vec::new() };
        let status = if self.slow_money { "PENDING" } else { "SUCCESS" };
        let movements = parts.into_iter().map(|(parent, amount)| Movement {
            id: self.take(),
            parent,
            gateway: gateways.get(&parent).copied().unwrap_or("manual"),
            amount,
            status,
            at: now,
            payout: None,
        });
        let movements: Vec<_> = movements.collect();
        let native_return = wish.native_return.then(|| (self.take(), format!("{name}-R1")));
        let agreement =
            AgreementState { id: self.take(), kind: AgreementKind::Refund(id), at: now, app: wish.app.clone() };
        self.refunds_made += 1;
        let refund = RefundState {
            id,
            created_at: now,
            updated_at: now,
            note: wish.note,
            native_return,
            lines,
            shipping,
            adjustments,
            movements,
            app: wish.app,
            key: wish.key,
        };
        if let Some(order) = self.orders.iter_mut().find(|order| order.id == order_id) {
            order.refunds.push(refund);
            order.agreements.push(agreement);
            order.touched(now);
        }
        Ok(id)
    }
}
