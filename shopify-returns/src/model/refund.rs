use super::{Amount, AppRef, Completeness, List, list, text};
use crate::{
    AdjustmentReason, FinancialStatus, FulfillmentStatus, LineItemId, OrderId, OrderTransactionId, RefundId,
    RefundLineId, RestockType, ReturnId, TransactionKind, TransactionStatus,
};
use chrono::{DateTime, Utc};
use returns_wire::{Currency, Money, MoneyError};
use rust_decimal::Decimal;
use serde::Deserialize;

/// Most refunds read of one order; there is no way to ask for the next ones.
pub(crate) const REFUNDS: usize = 50;

/// The refunds of an order, and who made them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OrderRefunds {
    /// The order.
    pub id: OrderId,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    #[serde(default)]
    pub updated_at: Option<DateTime<Utc>>,
    /// When it was cancelled.
    #[serde(default)]
    pub cancelled_at: Option<DateTime<Utc>>,
    /// A test order.
    #[serde(default)]
    pub test: bool,
    /// Was it changed after it was placed?
    #[serde(default)]
    pub edited: bool,
    /// Do prices contain the tax?
    pub taxes_included: bool,
    /// The shop's currency.
    #[serde(rename = "currencyCode")]
    pub shop_currency: Currency,
    /// The customer's currency.
    #[serde(rename = "presentmentCurrencyCode")]
    pub customer_currency: Currency,
    /// What has been paid.
    #[serde(default, rename = "displayFinancialStatus")]
    pub financial_status: FinancialStatus,
    /// What has been shipped.
    #[serde(default, rename = "displayFulfillmentStatus")]
    pub fulfillment_status: FulfillmentStatus,
    /// Its total before returns.
    #[serde(rename = "totalPriceSet")]
    pub total: Amount,
    /// What was paid.
    #[serde(rename = "totalReceivedSet")]
    pub received: Amount,
    /// What was paid back, by Shopify's own sum of completed movements.
    #[serde(rename = "totalRefundedSet")]
    pub refunded: Amount,
    /// The refunds.
    pub refunds: Vec<Refund>,
    /// Everything that changed what was sold, with the app that did it.
    pub agreements: List<Agreement>,
}

impl OrderRefunds {
    /// Are these all refunds of the order?
    pub fn completeness(&self) -> Completeness {
        if self.refunds.len() < REFUNDS {
            Completeness::Complete
        } else {
            Completeness::Truncated { shown: self.refunds.len() }
        }
    }

    /// What is known of who made a refund.
    pub fn agreement(&self, refund: RefundId) -> Option<&Agreement> {
        self.agreements.iter().find(|agreement| agreement.refund.as_ref().is_some_and(|of| of.id == refund))
    }
}

/// Something that changed what was sold, and the app that did it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Agreement {
    /// `OrderAgreement`, `OrderEditAgreement`, `RefundAgreement`, `ReturnAgreement` or something newer.
    #[serde(default, rename = "__typename")]
    pub kind: String,
    /// When.
    pub happened_at: DateTime<Utc>,
    /// The app; none for what Shopify does not attribute.
    #[serde(default)]
    pub app: Option<AppRef>,
    /// The refund, for a `RefundAgreement`.
    #[serde(default)]
    pub refund: Option<RefundRef>,
}

/// The refund of an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RefundRef {
    /// Its id.
    pub id: RefundId,
}

/// A refund. That it exists says nothing about money: see [`moved`](Self::moved).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// When it counts from; can be set to another day.
    #[serde(default)]
    pub processed_at: Option<DateTime<Utc>>,
    /// When it changed last.
    #[serde(default)]
    pub updated_at: Option<DateTime<Utc>>,
    /// Staff's words. Only whether it carries a marker of ours is asked.
    #[serde(default, deserialize_with = "note")]
    pub note: Option<Note>,
    /// The native return it belongs to. Null too when the scope `read_returns` is missing.
    #[serde(default, rename = "return")]
    pub native_return: Option<ReturnRef>,
    /// Completed movements, by Shopify's own sum.
    #[serde(rename = "totalRefundedSet")]
    pub total: Amount,
    /// Duties given back.
    #[serde(default, deserialize_with = "list")]
    pub duties: Vec<RefundDuty>,
    /// Goods.
    #[serde(rename = "refundLineItems")]
    pub lines: List<RefundLine>,
    /// Shipping.
    #[serde(rename = "refundShippingLines")]
    pub shipping: List<RefundShipping>,
    /// Differences between what its lines say and what was paid, seen from the shop: negative when the customer got more.
    #[serde(rename = "orderAdjustments")]
    pub adjustments: List<Adjustment>,
    /// Movements of money.
    pub transactions: List<RefundTransaction>,
}

/// Staff's words: may name the customer, so they are not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Note(String);

impl Note {
    /// Does it carry this marker?
    pub fn carries(&self, marker: &str) -> bool {
        !marker.is_empty() && self.0.contains(marker)
    }
}

impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Note({} characters)", self.0.chars().count())
    }
}

fn note<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Note>, D::Error> {
    Ok(text(deserializer)?.map(Note))
}

/// A native return.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ReturnRef {
    /// Its id.
    pub id: ReturnId,
    /// What people call it, such as `#1001-R1`.
    #[serde(default, deserialize_with = "text")]
    pub name: Option<String>,
}

/// Duties given back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RefundDuty {
    /// How much.
    #[serde(rename = "amountSet")]
    pub amount: Amount,
}

/// Goods on a refund.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RefundLine {
    /// Its own id. One order line can be in several refunds, and twice in one.
    #[serde(default)]
    pub id: Option<RefundLineId>,
    /// Units.
    pub quantity: u32,
    /// What Shopify did to its own stock.
    #[serde(default)]
    pub restock_type: RestockType,
    /// Done yet?
    #[serde(default)]
    pub restocked: bool,
    /// All units after discounts; with tax in it when the order's prices contain tax.
    #[serde(rename = "subtotalSet")]
    pub subtotal: Amount,
    /// Tax of all units.
    #[serde(rename = "totalTaxSet")]
    pub tax: Amount,
    /// The order line.
    #[serde(rename = "lineItem")]
    pub line: RefundedLine,
}

/// The order line of refunded goods.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RefundedLine {
    /// Its id.
    pub id: LineItemId,
    /// Units sold on it.
    #[serde(default)]
    pub quantity: Option<u32>,
    /// Stock code.
    #[serde(default, deserialize_with = "text")]
    pub sku: Option<String>,
}

/// Shipping on a refund.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RefundShipping {
    /// After discounts; with tax in it when the order's prices contain tax.
    #[serde(rename = "subtotalAmountSet")]
    pub subtotal: Amount,
    /// Its tax.
    #[serde(rename = "taxAmountSet")]
    pub tax: Amount,
}

/// A difference between lines and money.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Adjustment {
    /// Why.
    #[serde(default)]
    pub reason: AdjustmentReason,
    /// How much; negative when the customer got more than the lines say.
    #[serde(rename = "amountSet")]
    pub amount: Amount,
    /// Its tax.
    #[serde(rename = "taxAmountSet")]
    pub tax: Amount,
}

/// A movement of money.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RefundTransaction {
    /// Its id.
    pub id: OrderTransactionId,
    /// What it is.
    #[serde(default)]
    pub kind: TransactionKind,
    /// How far it is.
    #[serde(default)]
    pub status: TransactionStatus,
    /// The gateway, such as `shopify_payments` or `gift_card`.
    #[serde(default, deserialize_with = "text")]
    pub gateway: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// When it was carried out.
    #[serde(default)]
    pub processed_at: Option<DateTime<Utc>>,
    /// How much; positive for refunds too.
    #[serde(rename = "amountSet")]
    pub amount: Amount,
}

/// What money a refund has moved, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Paid to the customer.
    pub paid: Money,
    /// Under way.
    pub pending: Money,
    /// Tried and not paid.
    pub failed: Money,
}

impl Moved {
    /// Paid, or still to be paid without anybody doing anything.
    ///
    /// # Errors
    /// [`MoneyError`] past 28 digits.
    pub fn promised(&self) -> Result<Money, MoneyError> {
        self.paid.checked_add(self.pending)
    }
}

/// Whether a refund's parts explain its money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balance {
    /// To the penny.
    Balanced,
    /// This much was paid, or is promised, beyond what lines, shipping, duties and adjustments say; negative for too
    /// little.
    Residual(Money),
    /// A list in it was not read to its end.
    Unknown,
}

impl Refund {
    /// The money it has moved, in the shop's currency. Only movements of the kind `REFUND` count.
    ///
    /// # Errors
    /// [`MoneyError`] for amounts that do not add up in one currency.
    pub fn moved(&self) -> Result<Moved, MoneyError> {
        self.moved_in(|amount| amount.shop)
    }

    /// The same in the customer's currency: what they got is compared with what they paid in it, because the rate of a sale
    /// and that of its refund differ.
    ///
    /// # Errors
    /// As [`moved`](Self::moved).
    pub fn moved_to_customer(&self) -> Result<Moved, MoneyError> {
        self.moved_in(|amount| amount.customer)
    }

    fn moved_in(&self, side: fn(&Amount) -> Money) -> Result<Moved, MoneyError> {
        let zero = Money::zero(side(&self.total).currency());
        let mut moved = Moved { paid: zero, pending: zero, failed: zero };
        for transaction in self.transactions.iter().filter(|t| t.kind == TransactionKind::Refund) {
            let sum = match &transaction.status {
                TransactionStatus::Success => &mut moved.paid,
                status if status.is_over_without_money() => &mut moved.failed,
                // What we do not know may still pay.
                _ => &mut moved.pending,
            };
            *sum = sum.checked_add(side(&transaction.amount))?;
        }
        Ok(moved)
    }

    /// What its parts say the customer should get, in the shop's currency: lines, shipping and duties with their tax,
    /// less the adjustments.
    ///
    /// # Errors
    /// As [`moved`](Self::moved).
    pub fn stated(&self, taxes_included: bool) -> Result<Money, MoneyError> {
        let mut sum = Money::zero(self.total.shop.currency());
        for line in &self.lines {
            sum = sum.checked_add(line.subtotal.shop)?;
            if !taxes_included {
                sum = sum.checked_add(line.tax.shop)?;
            }
        }
        for shipping in &self.shipping {
            sum = sum.checked_add(shipping.subtotal.shop)?;
            if !taxes_included {
                sum = sum.checked_add(shipping.tax.shop)?;
            }
        }
        for duty in &self.duties {
            sum = sum.checked_add(duty.amount.shop)?;
        }
        for adjustment in &self.adjustments {
            sum = sum.checked_sub(adjustment.amount.shop)?;
            if !taxes_included {
                sum = sum.checked_sub(adjustment.tax.shop)?;
            }
        }
        Ok(sum)
    }

    /// Do its parts explain its money, pending movements included?
    ///
    /// # Errors
    /// As [`moved`](Self::moved).
    pub fn balance(&self, taxes_included: bool) -> Result<Balance, MoneyError> {
        let lists = [
            self.lines.completeness(),
            self.shipping.completeness(),
            self.adjustments.completeness(),
            self.transactions.completeness(),
        ];
        if lists.iter().any(|list| *list != Completeness::Complete) {
            return Ok(Balance::Unknown);
        }
        let residual = self.moved()?.promised()?.checked_sub(self.stated(taxes_included)?)?;
        Ok(if residual.is_zero() { Balance::Balanced } else { Balance::Residual(residual) })
    }

    /// Shipping given back, with tax, in the customer's currency.
    ///
    /// # Errors
    /// As [`moved`](Self::moved).
    pub fn shipping_to_customer(&self, taxes_included: bool) -> Result<Money, MoneyError> {
        self.shipping.iter().try_fold(Money::zero(self.total.customer.currency()), |sum, line| {
            let sum = sum.checked_add(line.subtotal.customer)?;
            if taxes_included { Ok(sum) } else { sum.checked_add(line.tax.customer) }
        })
    }

    /// Units of an order line on it.
    pub fn units_of(&self, line: LineItemId) -> u32 {
        self.lines
            .iter()
            .filter(|refunded| refunded.line.id == line)
            .fold(0, |sum, refunded| sum.saturating_add(refunded.quantity))
    }

    /// True when it paid, or promises, any money.
    ///
    /// # Errors
    /// As [`moved`](Self::moved).
    pub fn has_money(&self) -> Result<bool, MoneyError> {
        Ok(self.moved()?.promised()?.amount() > Decimal::ZERO)
    }
}
