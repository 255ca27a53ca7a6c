use super::{
    Inner, Shopify,
    envelope::{Code, GraphError, plain},
    orders::{RETURN, same},
    send::{Answered, Operation, explain},
};
use crate::{
    Amount, IdempotencyKey, LineItemId, OrderId, OrderTransactionId, Refund, RefundDraft, RefundId,
    documents::{self, API_VERSION},
    model::{list, text},
};
use returns_wire::{Delivery, Error, ErrorKind, Failure, Money, Repeat, Retry, decide_retry, decode_json};
use serde::{Deserialize, Serialize};

const SUGGESTED: Operation = Operation {
    op: "shopify.refunds.suggest",
    document: documents::SUGGESTED_REFUND,
    scope: "read_orders",
    tolerated: &[],
};
const CREATE: Operation = Operation {
    op: "shopify.refunds.create",
    document: documents::REFUND_CREATE,
    scope: "write_orders",
    tolerated: RETURN,
};
const LOOK: &str = "the refund may have been made: read the order's refunds before anything else, and try again under the \
                    same key only";

/// What Shopify would pay back for some units.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SuggestedRefund {
    /// For these units.
    #[serde(rename = "amountSet")]
    pub amount: Amount,
    /// The most that can be paid back for the order.
    #[serde(rename = "maximumRefundableSet")]
    pub maximum_refundable: Amount,
    /// By which payments.
    #[serde(default, deserialize_with = "list", rename = "suggestedTransactions")]
    pub transactions: Vec<SuggestedTransaction>,
}

/// A payment that Shopify suggests.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SuggestedTransaction {
    /// The gateway.
    #[serde(default, deserialize_with = "text")]
    pub gateway: Option<String>,
    /// How much.
    #[serde(rename = "amountSet")]
    pub amount: Amount,
    /// The most that can go this way.
    #[serde(default, rename = "maximumRefundableSet")]
    pub maximum: Option<Amount>,
    /// The sale or capture that took the money.
    #[serde(default, rename = "parentTransaction", deserialize_with = "id_of")]
    pub parent: Option<OrderTransactionId>,
}

fn id_of<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<OrderTransactionId>, D::Error> {
    #[derive(Deserialize)]
    struct Parent {
        id: OrderTransactionId,
    }
    Ok(Option::<Parent>::deserialize(deserializer)?.map(|parent| parent.id))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    line_item_id: LineItemId,
    quantity: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    restock_type: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Transaction<'d> {
    order_id: OrderId,
    parent_id: OrderTransactionId,
    gateway: &'d str,
    kind: &'static str,
    amount: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Input<'d> {
    allow_over_refunding: bool,
    order_id: OrderId,
    currency: &'d str,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'d str,
    notify: bool,
    refund_line_items: Vec<Line>,
    transactions: Vec<Transaction<'d>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created<R> {
    refund_create: Option<Payload<R>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload<R> {
    refund: Option<R>,
    #[serde(default, deserialize_with = "list")]
    user_errors: Vec<UserError>,
}

#[derive(Deserialize)]
struct UserError {
    #[serde(default, deserialize_with = "list")]
    field: Vec<String>,
    #[serde(default)]
    message: String,
}

/// With the decimal places that the currency has, as text: no number of JSON is in between.
fn written(money: Money) -> String {
    let mut amount = money.amount();
    amount.rescale(money.currency().minor_digits());
    amount.to_string()
}

impl Shopify {
    /// What Shopify would pay back for these units, and how. Nothing is changed.
    ///
    /// # Errors
    /// Those of a read; [`ErrorKind::Invalid`] for no line or quantity 0; [`ErrorKind::NotFound`] when there is no such
    /// order, or it is too old to be seen.
    pub async fn suggested_refund(
        &self,
        order: OrderId,
        lines: &[(LineItemId, u32)],
    ) -> Result<SuggestedRefund, Error> {
        #[derive(Serialize)]
        struct Variables {
            id: OrderId,
            lines: Vec<Line>,
        }
        #[derive(Deserialize)]
        struct Data {
            #[serde(default)]
            order: Option<Suggestion>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Suggestion {
            id: OrderId,
            #[serde(default)]
            suggested_refund: Option<SuggestedRefund>,
        }
        const OP: &str = SUGGESTED.op;
        if lines.is_empty() || lines.iter().any(|(_, units)| *units == 0) {
            let message = format!("a suggestion for order {order} needs lines, each with at least one unit");
            return Err(Error::not_sent(OP, ErrorKind::Invalid, message));
        }
        let line = |&(line_item_id, quantity): &(LineItemId, u32)| Line { line_item_id, quantity, restock_type: None };
        let variables = Variables { id: order, lines: lines.iter().map(line).collect() };
        let data: Data = self.0.read(&SUGGESTED, &variables).await?;
        let missing = |message| {
            Error::new(OP, ErrorKind::NotFound, Delivery::Rejected, message)
                .help("orders older than 60 days need the scope read_all_orders")
        };
        let found = data.order.ok_or_else(|| missing(format!("there is no order {order} in {}", self.shop())))?;
        same(OP, order, found.id)?;
        found.suggested_refund.ok_or_else(|| missing(format!("Shopify suggests nothing for order {order}")))
    }

    /// Makes a refund: pays the money back and takes the units off the order. Nothing is put into stock, and Shopify does
    /// not write to the customer.
    ///
    /// Store `key` before the call. The same draft under the same key is carried out once, however often it arrives, so
    /// this call itself tries again after a failure that leaves open what happened.
    ///
    /// Gives the refund as Shopify shows it. Whether money has moved is told by its transactions; read
    /// [`order_refunds`](Self::order_refunds) for lists that are [not complete](crate::List::completeness).
    ///
    /// # Errors
    /// [`Error::delivery`] says what to do. [`Delivery::Rejected`]: nothing was refunded. [`Delivery::Applied`]: the refund
    /// was made, and is to be read in the order's refunds. [`Delivery::Unknown`]: read these first. An answer that can't be
    /// read leaves it open even with a status of success, which Shopify gives to refusals too.
    pub async fn create_refund(&self, draft: &RefundDraft, key: &IdempotencyKey) -> Result<Refund, Error> {
        #[derive(Serialize)]
        struct Variables<'d> {
            input: Input<'d>,
            key: &'d str,
        }
        let currency = draft.currency();
        let line = |&(line_item_id, quantity): &(LineItemId, u32)| Line {
            line_item_id,
            quantity,
            restock_type: Some("NO_RESTOCK"),
        };
        let transactions = draft.payments().iter().map(|payment| Transaction {
            order_id: draft.order(),
            parent_id: payment.parent,
            gateway: &payment.gateway,
            kind: "REFUND",
            amount: written(payment.amount),
        });
        let input = Input {
            allow_over_refunding: false,
            order_id: draft.order(),
            // Always sent: where it is not the customer's currency, Shopify refuses instead of paying in another one.
            currency: currency.code(),
            note: draft.note(),
            notify: false,
            refund_line_items: draft.lines().iter().map(line).collect(),
            transactions: transactions.collect(),
        };
        self.0.create(&Variables { input, key: key.as_str() }, draft.order()).await
    }
}

impl Inner {
    /// The channel sends each attempt once. It could repeat them itself, since the key makes them one deed; but then a
    /// refusal after an attempt of open outcome would look like a plain refusal, and it is none if the key was forgotten.
    async fn create(&self, variables: &impl Serialize, order: OrderId) -> Result<Refund, Error> {
        let (mut earlier, mut attempt) = (Delivery::NotSent, 1);
        loop {
            let error = match self.ask(&CREATE, variables, Repeat::Never).await {
                Ok(answered) => match judge(&answered, self.shop(), order) {
                    Ok(refund) => return Ok(refund),
                    Err(error) => error,
                },
                // A status of success, and nothing behind it that can be read: refusals have that status too.
                Err(error) if error.delivery() == Delivery::Applied => {
                    open(&format!("the answer can't be read: {}", error.message())).because(error)
                }
                Err(error) => error,
            };
            let failure =
                Failure { delivery: error.delivery(), status: error.status(), retry_after: error.retry_after() };
            let again = match error.delivery() {
                Delivery::Unknown => {
                    decide_retry(Repeat::Idempotent, &failure, attempt, &self.limits, self.clock().roll())
                }
                // Not sent was tried again below; the others are final.
                Delivery::NotSent | Delivery::Rejected | Delivery::Applied => Retry::GiveUp,
            };
            let Retry::After(wait) = again else { return Err(settle(error, earlier)) };
            tracing::warn!(op = CREATE.op, attempt, status = error.status(), "trying again under the same key");
            earlier = earlier.or(error.delivery());
            self.clock().sleep(wait).await;
            attempt += 1;
        }
    }
}

/// The last word on all attempts: a refusal does not undo what an earlier attempt may have done.
fn settle(error: Error, earlier: Delivery) -> Error {
    let delivery = earlier.or(error.delivery());
    if delivery == error.delivery() {
        return error;
    }
    let message = format!("an earlier attempt may have been carried out, and the last one failed: {}", error.message());
    Error::new(CREATE.op, error.kind(), delivery, message).help(LOOK).because(error)
}

fn judge(answered: &Answered, shop: &str, order: OrderId) -> Result<Refund, Error> {
    #[derive(Deserialize)]
    struct Made {
        id: RefundId,
    }
    let envelope = &answered.envelope;
    let made = |refund: Option<RefundId>, what: &str| {
        let refund = refund.map_or("a refund".to_owned(), |id| format!("refund {id}"));
        let message = format!("{refund} of order {order} was made, but {what}");
        Error::new(CREATE.op, ErrorKind::Decode, Delivery::Applied, message).help("read it in the order's refunds")
    };
    let data = envelope.data.as_ref().filter(|_| envelope.has_data());
    if let Some(data) = data {
        let text = data.get().as_bytes();
        let serious = envelope.errors.iter().find(|error| !error.costs_only_itself(CREATE.tolerated));
        match decode_json::<Created<Refund>>(CREATE.op, text) {
            Ok(Created { refund_create: Some(Payload { refund: Some(refund), .. }) }) => {
                return match serious {
                    Some(error) => {
                        Err(made(Some(refund.id), &format!("a part of the answer failed: {}", error.said())))
                    }
                    // What another version means by its fields is not known; that it made the refund is.
                    None if !answered.is_pinned_version() => {
                        let version = answered.version.as_deref().unwrap_or_default();
                        Err(made(Some(refund.id), &format!("API version {version} answered, not {API_VERSION}")))
                    }
                    None => Ok(refund),
                };
            }
            Ok(Created { refund_create: Some(Payload { user_errors, .. }) }) if !user_errors.is_empty() => {
                return Err(refused(&user_errors, order));
            }
            Ok(_) => {}
            Err(unread) => {
                // Its number alone may be readable.
                let known =
                    decode_json::<Created<Made>>(CREATE.op, text).ok().and_then(|created| created.refund_create);
                return Err(match known.and_then(|payload| payload.refund) {
                    Some(refund) => made(Some(refund.id), "the answer can't be read").because(unread),
                    None => open("the answer can't be read").because(unread),
                });
            }
        }
    }
    // Below the field of the mutation, its deed is done and only the answer has failed. Without `data` nothing ran, and a
    // path leads into the document instead.
    let ran = envelope.data.is_some();
    if let Some(error) = envelope.errors.iter().find(|error| ran && error.depth() > 1) {
        return Err(made(None, &format!("the answer failed: {}", error.said())));
    }
    let carried_out = envelope.errors.iter().map(|error| delivery_of(error, ran));
    let delivery = carried_out.fold(Delivery::NotSent, Delivery::or);
    let mut failed = None;
    for error in &envelope.errors {
        if let Some(known) = about_key(&error.words(), order) {
            return Err(known);
        }
        failed = failed.or_else(|| Some(explain(&CREATE, shop, error, delivery)));
    }
    Err(match failed {
        Some(error) if delivery == Delivery::Rejected => error,
        Some(error) => error.help(LOOK),
        None => open("the answer names neither a refund nor a reason why there is none"),
    })
}

/// What was answered leaves open what happened.
fn open(what: &str) -> Error {
    Error::new(CREATE.op, ErrorKind::Decode, Delivery::Unknown, what).help(LOOK)
}

/// Shopify checks access, cost and document before it does anything; everything else may come from the deed itself. What
/// is wrong with the document has a place in it; an error without code and place may be anything.
fn delivery_of(error: &GraphError, ran: bool) -> Delivery {
    match error.code() {
        Code::Denied | Code::TooExpensive | Code::ShopInactive => Delivery::Rejected,
        Code::Other if !ran && error.is_about_the_document() => Delivery::Rejected,
        Code::Other | Code::Internal | Code::Throttled => Delivery::Unknown,
    }
}

fn refused(errors: &[UserError], order: OrderId) -> Error {
    let words = errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join(" ");
    if let Some(known) = about_key(&words, order) {
        return known;
    }
    let said = |error: &UserError| match error.field.as_slice() {
        [] => plain(&error.message),
        path => format!("{}: {}", plain(&path.join(".")), plain(&error.message)),
    };
    let said = errors.iter().map(said).collect::<Vec<_>>().join("; ");
    let message = format!("Shopify refused the refund of order {order}: {said}");
    Error::new(CREATE.op, ErrorKind::Invalid, Delivery::Rejected, message).help("nothing was refunded")
}

/// Errors about the key itself have no code here, so their words are looked for.
fn about_key(words: &str, order: OrderId) -> Option<Error> {
    let text = words.to_lowercase();
    if !text.contains("idempoten") {
        return None;
    }
    let has = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
    let new = |kind, delivery, what: &str| {
        Error::new(CREATE.op, kind, delivery, format!("the refund of order {order}: {what} ({})", plain(words)))
    };
    if has(&["concurrent", "in progress", "in_progress", "being processed", "still processing"]) {
        return Some(
            new(ErrorKind::Conflict, Delivery::Unknown, "another request with this key is being carried out")
                .help(LOOK),
        );
    }
    if has(&["mismatch", "different", "other parameters", "not match", "reused"]) {
        return Some(new(ErrorKind::Invalid, Delivery::Rejected, "this key was used for another refund").help(
            "this request did nothing; read the order's refunds to see what the key was used for, and give every \
                 refund a key of its own",
        ));
    }
    (text.contains("previous") && text.contains("failed")).then(|| {
        new(ErrorKind::Conflict, Delivery::Rejected, "the first attempt with this key failed, and the key is spent")
            .help("read the order's refunds; if it is not there, try again under a new key")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use returns_wire::Currency;

    #[test]
    fn amounts_have_the_places_of_their_currency() {
        let money = |text: &str, currency: &str| {
            written(Money::new(text.parse().unwrap(), currency.parse::<Currency>().unwrap()).unwrap())
        };
        assert_eq!(money("24", "GBP"), "24.00");
        assert_eq!(money("24.5", "GBP"), "24.50");
        assert_eq!(money("1200", "JPY"), "1200");
        assert_eq!(money("1.5", "KWD"), "1.500");
    }

    #[test]
    fn words_about_a_key_are_understood_in_many_forms() {
        let order = OrderId::new(1);
        let kind = |words| about_key(words, order).map(|error| (error.kind(), error.delivery()));
        for words in ["IDEMPOTENCY_CONCURRENT_REQUEST", "A request with this idempotency key is in progress"] {
            assert_eq!(kind(words), Some((ErrorKind::Conflict, Delivery::Unknown)), "{words}");
        }
        for words in ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "Idempotency key used with different parameters"] {
            assert_eq!(kind(words), Some((ErrorKind::Invalid, Delivery::Rejected)), "{words}");
        }
        assert_eq!(kind("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"), Some((ErrorKind::Conflict, Delivery::Rejected)));
        assert_eq!(kind("The amount is different"), None);
        assert_eq!(kind("The idempotency check failed"), None, "that does not say that the key is spent");
    }

    #[test]
    fn an_earlier_attempt_of_open_outcome_is_not_forgotten() {
        let refused = || Error::new(CREATE.op, ErrorKind::Invalid, Delivery::Rejected, "too much");
        assert_eq!(settle(refused(), Delivery::NotSent).delivery(), Delivery::Rejected);
        let error = settle(refused(), Delivery::Unknown);
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Invalid, Delivery::Unknown));
        assert!(error.to_string().contains("same key only"), "{error}");
    }
}
