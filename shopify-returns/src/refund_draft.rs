use crate::{LineItemId, OrderId, OrderTransactionId};
use returns_wire::{Currency, Money, MoneyError};
use rust_decimal::Decimal;
use std::{collections::BTreeSet, fmt};

/// A refund that may be sent: goods of one order, and the payments that give the money back.
///
/// It never puts anything into Shopify's stock, never writes to the customer, and never pays more than was received.
///
/// ```
/// use shopify_returns::{Currency, LineItemId, Money, OrderId, OrderTransactionId, Payment, RefundDraft};
/// let payment = Payment {
///     parent: OrderTransactionId::new(7),
///     gateway: "shopify_payments".into(),
///     amount: Money::new("24.00".parse()?, Currency::GBP)?,
/// };
/// let line = (LineItemId::new(3), 1);
/// let draft = RefundDraft::new(OrderId::new(1), vec![line], vec![payment], "RMA 7001234")?;
/// assert_eq!(draft.amount().to_string(), "24.00 GBP");
/// let without_money = RefundDraft::new(OrderId::new(1), vec![line], vec![], "").unwrap_err();
/// assert!(without_money.to_string().contains("no payment"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RefundDraft {
    order: OrderId,
    lines: Vec<(LineItemId, u32)>,
    payments: Vec<Payment>,
    amount: Money,
    note: String,
}

/// Money on its way back through the payment it came by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The sale or capture that took the money.
    pub parent: OrderTransactionId,
    /// Its gateway, such as `shopify_payments`.
    pub gateway: String,
    /// How much, in the customer's currency.
    pub amount: Money,
}

/// What keeps a draft from being a refund.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DraftFault {
    /// No goods.
    #[error("the refund of order {order} names no line: money without goods is nothing a return asks for")]
    NoLines {
        /// The order.
        order: OrderId,
    },
    /// No units.
    #[error("line {line} is refunded with quantity 0; leave it out")]
    NoUnits {
        /// The line.
        line: LineItemId,
    },
    /// More units than Shopify's numbers hold.
    #[error("line {line} is refunded with quantity {units}; Shopify takes at most 2147483647")]
    TooManyUnits {
        /// The line.
        line: LineItemId,
        /// Units asked for.
        units: u32,
    },
    /// Twice the same line.
    #[error("line {line} stands in the refund twice; give it once with all its units")]
    LineTwice {
        /// The line.
        line: LineItemId,
    },
    /// No money.
    #[error("the refund of order {order} has no payment: Shopify would record it and pay nothing")]
    NoPayments {
        /// The order.
        order: OrderId,
    },
    /// Nothing to pay, or less.
    #[error("the payment by transaction {parent} is {amount}; it must be more than nothing")]
    NotPositive {
        /// The payment's parent.
        parent: OrderTransactionId,
        /// Its amount.
        amount: Money,
    },
    /// No gateway.
    #[error("the payment by transaction {parent} names no gateway; take it from Shopify's suggestion")]
    NoGateway {
        /// The payment's parent.
        parent: OrderTransactionId,
    },
    /// Twice by the same transaction.
    #[error("two payments go by transaction {parent}; add them up first")]
    ParentTwice {
        /// The parent.
        parent: OrderTransactionId,
    },
    /// More than one currency, or too large a sum.
    #[error("the payments do not add up: {0}")]
    Money(#[from] MoneyError),
    /// Too long a note.
    #[error("the note has {got} characters; at most {} are sent", RefundDraft::NOTE_LIMIT)]
    NoteTooLong {
        /// Characters it has.
        got: usize,
    },
}

impl RefundDraft {
    /// Characters of a note that are sent.
    pub const NOTE_LIMIT: usize = 1000;

    /// Checks a draft. `lines` are order lines with units; an empty note is not sent.
    ///
    /// # Errors
    /// [`DraftFault`] names the line or payment and the rule that it breaks.
    pub fn new(
        order: OrderId,
        lines: Vec<(LineItemId, u32)>,
        payments: Vec<Payment>,
        note: &str,
    ) -> Result<Self, DraftFault> {
        if lines.is_empty() {
            return Err(DraftFault::NoLines { order });
        }
        let mut seen = BTreeSet::new();
        for &(line, units) in &lines {
            if units == 0 {
                return Err(DraftFault::NoUnits { line });
            }
            if i32::try_from(units).is_err() {
                return Err(DraftFault::TooManyUnits { line, units });
            }
            if !seen.insert(line) {
                return Err(DraftFault::LineTwice { line });
            }
        }
        let Some(first) = payments.first() else { return Err(DraftFault::NoPayments { order }) };
        let mut amount = Money::zero(first.amount.currency());
        let mut parents = BTreeSet::new();
        for payment in &payments {
            let parent = payment.parent;
            if payment.amount.amount() <= Decimal::ZERO {
                return Err(DraftFault::NotPositive { parent, amount: payment.amount });
            }
            if payment.gateway.trim().is_empty() {
                return Err(DraftFault::NoGateway { parent });
            }
            if !parents.insert(parent) {
                return Err(DraftFault::ParentTwice { parent });
            }
            amount = amount.checked_add(payment.amount)?;
        }
        let got = note.chars().count();
        if got > Self::NOTE_LIMIT {
            return Err(DraftFault::NoteTooLong { got });
        }
        Ok(Self { order, lines, payments, amount, note: note.trim().to_owned() })
    }

    /// The order.
    pub fn order(&self) -> OrderId {
        self.order
    }

    /// Order lines with units.
    pub fn lines(&self) -> &[(LineItemId, u32)] {
        &self.lines
    }

    /// The payments.
    pub fn payments(&self) -> &[Payment] {
        &self.payments
    }

    /// All payments together.
    pub fn amount(&self) -> Money {
        self.amount
    }

    /// The currency of all payments.
    pub fn currency(&self) -> Currency {
        self.amount.currency()
    }

    /// Words for the shop's staff; may be empty.
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// The note is left out: it may name the customer.
impl fmt::Debug for RefundDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefundDraft")
            .field("order", &self.order)
            .field("lines", &self.lines)
            .field("payments", &self.payments)
            .field("note_characters", &self.note.chars().count())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pays(parent: u64, pence: i64, currency: Currency) -> Payment {
        let amount = Money::new(Decimal::new(pence, 2), currency).unwrap();
        Payment { parent: OrderTransactionId::new(parent), gateway: "sample_gateway".into(), amount }
    }

    fn draft(lines: &[(u64, u32)], payments: Vec<Payment>) -> Result<RefundDraft, DraftFault> {
        let lines = lines.iter().map(|&(line, units)| (LineItemId::new(line), units)).collect();
        RefundDraft::new(OrderId::new(1), lines, payments, " Nora called ")
    }

    #[test]
    fn a_draft_holds_what_it_was_given() {
        let draft = draft(&[(3, 2), (4, 1)], vec![pays(7, 2000, Currency::GBP), pays(8, 450, Currency::GBP)]).unwrap();
        assert_eq!(draft.amount().to_string(), "24.50 GBP");
        assert_eq!((draft.order(), draft.lines().len(), draft.payments().len()), (OrderId::new(1), 2, 2));
        assert_eq!((draft.currency(), draft.note()), (Currency::GBP, "Nora called"));
        assert!(!format!("{draft:?}").contains("Nora"));
    }

    #[test]
    fn what_would_pay_wrongly_is_refused() {
        let one = || vec![pays(7, 2000, Currency::GBP)];
        let fault = |lines: &[(u64, u32)], payments| draft(lines, payments).unwrap_err();
        let (line, parent) = (LineItemId::new(3), OrderTransactionId::new(7));
        assert_eq!(fault(&[], one()), DraftFault::NoLines { order: OrderId::new(1) });
        assert_eq!(fault(&[(3, 0)], one()), DraftFault::NoUnits { line });
        let units = 1 << 31;
        assert_eq!(fault(&[(3, units)], one()), DraftFault::TooManyUnits { line, units });
        assert_eq!(fault(&[(3, 1), (3, 1)], one()), DraftFault::LineTwice { line });
        assert_eq!(fault(&[(3, 1)], vec![]), DraftFault::NoPayments { order: OrderId::new(1) });
        for pence in [0, -1] {
            let wrong = fault(&[(3, 1)], vec![pays(7, pence, Currency::GBP)]);
            assert!(matches!(wrong, DraftFault::NotPositive { .. }), "{wrong}");
        }
        let twice = vec![pays(7, 1, Currency::GBP), pays(7, 2, Currency::GBP)];
        assert_eq!(fault(&[(3, 1)], twice), DraftFault::ParentTwice { parent });
        let mixed = vec![pays(7, 1, Currency::GBP), pays(8, 2, Currency::EUR)];
        assert!(matches!(fault(&[(3, 1)], mixed), DraftFault::Money(_)));
        let nameless = Payment { gateway: " ".into(), ..pays(7, 1, Currency::GBP) };
        assert_eq!(fault(&[(3, 1)], vec![nameless]), DraftFault::NoGateway { parent });
        let long = RefundDraft::new(OrderId::new(1), vec![(line, 1)], one(), &"x".repeat(1001)).unwrap_err();
        assert_eq!(long, DraftFault::NoteTooLong { got: 1001 });
    }
}
