//! People and other programs: what they do to the shop, outside its API.

use super::{NewAddress, SandboxApp, SandboxRefusal, ShopifySandbox, world};
use crate::{LineItemId, OrderId, RefundId};
use rust_decimal::Decimal;
use world::{AgreementKind, AgreementState, Money, Wish};

/// What staff do with Shopify's own stock when they refund goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restock {
    /// Nothing.
    No,
    /// The goods came back.
    Return,
    /// The goods never left.
    Cancel,
}

impl Restock {
    fn text(self) -> &'static str {
        match self {
            Self::No => "NO_RESTOCK",
            Self::Return => "RETURN",
            Self::Cancel => "CANCEL",
        }
    }
}

/// How the gateway ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyOutcome {
    /// The customer has it.
    Paid,
    /// It came back.
    Refused,
}

/// The people of the shop, in Shopify's admin.
#[derive(Debug, Clone)]
pub struct Staff(pub(super) ShopifySandbox);

type Made = Result<RefundId, SandboxRefusal>;

impl Wish {
    fn plain(app: Option<SandboxApp>) -> Self {
        Self {
            lines: Vec::new(),
            shipping: false,
            stock_only: false,
            money: Money::Stated,
            note: None,
            native_return: false,
            app,
            key: None,
            over: false,
        }
    }
}

impl ShopifySandbox {
    fn make(&self, order: OrderId, lines: &[(LineItemId, u32)], restock: Restock, wish: Wish) -> Made {
        let now = self.0.clock.now();
        let mut world = self.0.lock();
        let place = world.place(order.number())?;
        let mut wanted = Vec::new();
        for (line, units) in lines {
            let known =
                world.orders.get(place).and_then(|order| order.lines.iter().position(|l| l.id == line.number()));
            wanted.push((known.ok_or(SandboxRefusal::UnknownLine { id: line.number() })?, *units, restock.text()));
        }
        let refund = world.refund(place, Wish { lines: wanted, ..wish }, now).map_err(SandboxRefusal::Input)?;
        Ok(RefundId::new(refund))
    }

    /// Another program refunds goods; another amount than they are worth, if given.
    ///
    /// # Errors
    /// [`SandboxRefusal`]: an unknown order or line, more units or money than are left.
    pub fn app_refund(
        &self,
        app: SandboxApp,
        order: OrderId,
        lines: &[(LineItemId, u32)],
        amount: Option<Decimal>,
    ) -> Made {
        let money = amount.map_or(Money::Stated, Money::Typed);
        self.make(order, lines, Restock::No, Wish { money, ..Wish::plain(Some(app)) })
    }

    /// A refund for which Shopify names nobody.
    ///
    /// # Errors
    /// As [`app_refund`](Self::app_refund).
    pub fn unattributed_refund(&self, order: OrderId, lines: &[(LineItemId, u32)]) -> Made {
        self.make(order, lines, Restock::No, Wish::plain(None))
    }

    /// The gateway's answer for money that is under way.
    ///
    /// # Errors
    /// [`SandboxRefusal`] when there is no such refund, or nothing of it is under way.
    pub fn settle(&self, refund: RefundId, outcome: MoneyOutcome) -> Result<(), SandboxRefusal> {
        let now = self.0.clock.now();
        let mut world = self.0.lock();
        for order in &mut world.orders {
            let Some(state) = order.refunds.iter_mut().find(|state| state.id == refund.number()) else { continue };
            let pending = state.movements.iter_mut().filter(|movement| movement.status == "PENDING");
            let mut count = 0u32;
            for movement in pending {
                movement.status = if outcome == MoneyOutcome::Paid { "SUCCESS" } else { "FAILURE" };
                movement.at = now;
                count += 1;
            }
            if count == 0 {
                return Err(SandboxRefusal::Input(format!("nothing of refund {refund} is under way")));
            }
            state.updated_at = now;
            order.touched(now);
            return Ok(());
        }
        Err(SandboxRefusal::UnknownRefund { id: refund.number() })
    }

    /// Shopify Payments pays out: every refund that has moved goes into one payout.
    pub fn payout_run(&self) -> u64 {
        let mut world = self.0.lock();
        let payout = world.take();
        for movement in
            world.orders.iter_mut().flat_map(|order| &mut order.refunds).flat_map(|refund| &mut refund.movements)
        {
            if movement.status == "SUCCESS" && movement.payout.is_none() {
                movement.payout = Some(payout);
            }
        }
        payout
    }
}

impl Staff {
    fn wish() -> Wish {
        Wish::plain(Some(SandboxApp::admin()))
    }

    /// Refunds goods for what they are worth.
    ///
    /// # Errors
    /// [`SandboxRefusal`]: an unknown order or line, more units or money than are left.
    pub fn refund(&self, order: OrderId, lines: &[(LineItemId, u32)], restock: Restock) -> Made {
        self.0.make(order, lines, restock, Self::wish())
    }

    /// Refunds an amount without goods.
    ///
    /// # Errors
    /// As [`refund`](Self::refund).
    pub fn refund_amount(&self, order: OrderId, amount: Decimal) -> Made {
        self.0.make(order, &[], Restock::No, Wish { money: Money::Typed(amount), ..Self::wish() })
    }

    /// Refunds the shipping.
    ///
    /// # Errors
    /// As [`refund`](Self::refund).
    pub fn refund_shipping(&self, order: OrderId) -> Made {
        self.0.make(order, &[], Restock::No, Wish { shipping: true, ..Self::wish() })
    }

    /// Refunds goods with an amount that was typed in.
    ///
    /// # Errors
    /// As [`refund`](Self::refund).
    pub fn refund_typed(&self, order: OrderId, lines: &[(LineItemId, u32)], amount: Decimal) -> Made {
        self.0.make(order, lines, Restock::No, Wish { money: Money::Typed(amount), ..Self::wish() })
    }

    /// Refunds more than was paid, or goods twice: Shopify lets them.
    ///
    /// # Errors
    /// An unknown order or line.
    pub fn over_refund(&self, order: OrderId, lines: &[(LineItemId, u32)], amount: Decimal) -> Made {
        self.0.make(order, lines, Restock::No, Wish { money: Money::Typed(amount), over: true, ..Self::wish() })
    }

    /// Puts goods back into stock without paying. The lines of such a record are worth nothing here.
    ///
    /// # Errors
    /// As [`refund`](Self::refund).
    pub fn restock_only(&self, order: OrderId, lines: &[(LineItemId, u32)]) -> Made {
        let wish = Wish { stock_only: true, money: Money::None, ..Self::wish() };
        self.0.make(order, lines, Restock::Return, wish)
    }

    /// Leaves a record with neither money nor goods.
    ///
    /// # Errors
    /// An unknown order.
    pub fn record_without_money(&self, order: OrderId) -> Made {
        self.0.make(order, &[], Restock::No, Wish { money: Money::None, ..Self::wish() })
    }

    /// Processes a native return of Shopify's and pays it.
    ///
    /// # Errors
    /// As [`refund`](Self::refund).
    pub fn native_return_refund(&self, order: OrderId, lines: &[(LineItemId, u32)]) -> Made {
        self.0.make(order, lines, Restock::Return, Wish { native_return: true, ..Self::wish() })
    }

    /// Cancels an order that was not shipped, with all its lines; pays what is left of it, if asked to.
    ///
    /// # Errors
    /// An unknown order.
    pub fn cancel(&self, order: OrderId, refund: bool) -> Made {
        let now = self.0.0.clock.now();
        let lines: Vec<_> = {
            let mut world = self.0.0.lock();
            let place = world.place(order.number())?;
            let Some(state) = world.orders.get_mut(place) else {
                return Err(SandboxRefusal::UnknownOrder { id: order.number() });
            };
            state.cancelled_at = Some(now);
            state.touched(now);
            let left = state.lines.iter().enumerate().map(|(place, line)| (line.id, state.refundable(place)));
            left.filter(|(_, units)| *units > 0).map(|(id, units)| (LineItemId::new(id), units)).collect()
        };
        let money = if refund { Money::Stated } else { Money::None };
        self.0.make(
            order,
            &lines,
            Restock::Cancel,
            Wish { money, shipping: refund, stock_only: !refund, ..Self::wish() },
        )
    }

    /// Changes where an order's goods go.
    ///
    /// # Errors
    /// An unknown order.
    pub fn ship_to(&self, order: OrderId, address: NewAddress) -> Result<(), SandboxRefusal> {
        let now = self.0.0.clock.now();
        let mut world = self.0.0.lock();
        let place = world.place(order.number())?;
        if let Some(state) = world.orders.get_mut(place) {
            state.address = Some(address);
            state.touched(now);
        }
        Ok(())
    }

    /// Takes units off an order by changing it: leaves a record without money.
    ///
    /// # Errors
    /// As [`refund`](Self::refund).
    pub fn remove_line(&self, order: OrderId, line: LineItemId, units: u32) -> Made {
        let now = self.0.0.clock.now();
        let wish = Wish { stock_only: true, money: Money::None, ..Self::wish() };
        let refund = self.0.make(order, &[(line, units)], Restock::Cancel, wish)?;
        let mut world = self.0.0.lock();
        let id = world.take();
        let place = world.place(order.number())?;
        if let Some(state) = world.orders.get_mut(place) {
            state.edited = true;
            let app = Some(SandboxApp::admin());
            state.agreements.push(AgreementState { id, kind: AgreementKind::Edit, at: now, app });
        }
        Ok(refund)
    }

    /// Changes the order: so much less for a line. Nothing is paid back by that.
    ///
    /// # Errors
    /// When order or line are not there, or the line would be worth less than nothing.
    pub fn discount_line(&self, order: OrderId, line: LineItemId, amount: Decimal) -> Result<(), SandboxRefusal> {
        let now = self.0.0.clock.now();
        let mut world = self.0.0.lock();
        let (id, place) = (world.take(), world.place(order.number())?);
        let Some(state) = world.orders.get_mut(place) else { return Ok(()) };
        let included = state.taxes_included;
        let found = state.lines.iter_mut().find(|known| known.id == line.number());
        let found = found.ok_or(SandboxRefusal::UnknownLine { id: line.number() })?;
        if amount < Decimal::ZERO || amount > found.total() {
            return Err(SandboxRefusal::Input(format!("a discount of {amount} on {}", found.total())));
        }
        found.discount += amount;
        found.tax = super::world::tax_of(found.total(), found.tax_rate, included);
        state.edited = true;
        let app = Some(SandboxApp::admin());
        state.agreements.push(AgreementState { id, kind: AgreementKind::Edit, at: now, app });
        state.touched(now);
        Ok(())
    }
}
