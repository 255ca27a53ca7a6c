use crate::{Money, TransactionStatus};
use serde::Serialize;
use std::fmt;

/// Longest number of a refund accepted, in digits: what 64 bits hold. Shopify's have 12 or 13.
const MAX_DIGITS: usize = 20;

/// What another system made of a refund that ReturnGO asked for.
///
/// It says what has happened, so make it from what was read back from the shop, not from what was asked of it.
///
/// ```
/// use returngo_client::{ReportOutcome, TransactionReport};
/// let paid = TransactionReport::success("900100200300")?;
/// assert_eq!(paid.platform_refund_id(), Some("900100200300"));
/// assert_eq!(TransactionReport::failed().outcome(), ReportOutcome::Failed);
/// assert!(TransactionReport::success("gid://shopify/Refund/900100200300").is_err());
/// # Ok::<(), returngo_client::ReportError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionReport {
    outcome: ReportOutcome,
    platform_refund_id: Option<String>,
    amount: Option<Money>,
}

/// How it ended. There is no third: what is still open is not reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportOutcome {
    /// Paid.
    Success,
    /// Not paid, and it will not be.
    Failed,
}

impl ReportOutcome {
    /// The same among the states of a transaction.
    pub const fn status(self) -> TransactionStatus {
        match self {
            Self::Success => TransactionStatus::Success,
            Self::Failed => TransactionStatus::Failed,
        }
    }
}

impl fmt::Display for ReportOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.status().as_str())
    }
}

/// A report that can't be true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Not the number of a refund. Of the text only its length is kept: it may be a code that can be spent.
    #[error(
        "a paid refund is reported with the shop's number of it, 1 to 20 digits without a leading 0, such as \
         900100200300; got {chars} characters{}",
        .found.map(|found| format!(" with {found:?} among them")).unwrap_or_default()
    )]
    RefundId {
        /// Characters found.
        chars: usize,
        /// The first that is no digit.
        found: Option<char>,
    },
    /// Nothing, or less.
    #[error("{amount} is not the amount of a refund; it must be more than 0")]
    Amount {
        /// The amount.
        amount: Money,
    },
}

impl TransactionReport {
    /// The refund was made in the shop, under this number: `900100200300`, not `gid://shopify/Refund/900100200300`.
    ///
    /// # Errors
    /// [`ReportError::RefundId`] unless it has 1 to 20 digits, nothing else, and no 0 in front.
    pub fn success(platform_refund_id: &str) -> Result<Self, ReportError> {
        let chars = platform_refund_id.chars().count();
        let found = platform_refund_id.chars().find(|c| !c.is_ascii_digit());
        if found.is_some() || !(1..=MAX_DIGITS).contains(&chars) || platform_refund_id.starts_with('0') {
            return Err(ReportError::RefundId { chars, found });
        }
        Ok(Self {
            outcome: ReportOutcome::Success,
            platform_refund_id: Some(platform_refund_id.to_owned()),
            amount: None,
        })
    }

    /// The refund was not made, so there is no number of it. ReturnGO may tell its staff, who may then pay by hand: say
    /// this only of a refund that can no longer come.
    pub fn failed() -> Self {
        Self { outcome: ReportOutcome::Failed, platform_refund_id: None, amount: None }
    }

    /// Adds how much was paid, or was to be paid, in the customer's currency. Whether it is sent is the adaptor's
    /// decision.
    ///
    /// # Errors
    /// [`ReportError::Amount`] unless it is more than 0.
    pub fn with_amount(mut self, amount: Money) -> Result<Self, ReportError> {
        if amount.amount().is_sign_negative() || amount.is_zero() {
            return Err(ReportError::Amount { amount });
        }
        self.amount = Some(amount);
        Ok(self)
    }

    /// How it ended.
    pub const fn outcome(&self) -> ReportOutcome {
        self.outcome
    }

    /// The shop's number of the refund; always there for a success, never for a failure.
    pub fn platform_refund_id(&self) -> Option<&str> {
        self.platform_refund_id.as_deref()
    }

    /// How much, if it was given.
    pub const fn amount(&self) -> Option<Money> {
        self.amount
    }
}

/// Turns a report into the body that ReturnGO takes.
///
/// **ReturnGO has not confirmed this body.** Its documentation names the call and not its fields, so nobody but the
/// integrator, who has asked ReturnGO or tried it, can say which adaptor is right. That is why there is no default.
///
/// ```
/// use returngo_client::{ReportAdaptor, TransactionReport};
///
/// /// As ReturnGO's support gave it to us.
/// #[derive(Debug)]
/// struct AsConfirmed;
///
/// impl ReportAdaptor for AsConfirmed {
///     fn body(&self, report: &TransactionReport) -> Result<Vec<u8>, String> {
///         let refund = report.platform_refund_id().ok_or("failures are reported by hand here")?;
///         let body = serde_json::json!({ "state": report.outcome().status(), "refund": refund });
///         serde_json::to_vec(&body).map_err(|cause| cause.to_string())
///     }
/// }
///
/// assert_eq!(AsConfirmed.body(&TransactionReport::success("9001")?)?, br#"{"refund":"9001","state":"Success"}"#);
/// assert!(AsConfirmed.body(&TransactionReport::failed()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait ReportAdaptor: fmt::Debug + Send + Sync {
    /// The body: one JSON object with at least one field, in UTF-8. Bytes, not a `serde_json::Value`, because a `Value`
    /// keeps amounts as binary floats; write them with [`JsonDecimal`](crate::JsonDecimal).
    ///
    /// # Errors
    /// Why this report can't be said in this form. Nothing is sent then, and the text becomes part of the error: one
    /// line, without personal data or codes.
    fn body(&self, report: &TransactionReport) -> Result<Vec<u8>, String>;
}

/// The names that ReturnGO uses where it shows a transaction: `status`, and for a success `externalReferenceId` with
/// `externalReferenceType` `PlatformRefundId`.
///
/// A presumption: ask ReturnGO before money depends on it. The report's amount is not sent, because nothing tells in which
/// form; ReturnGO then keeps the amount that it asked for. If another was paid, write an adaptor that says so.
///
/// ```
/// use returngo_client::{PresumedFields, ReportAdaptor, TransactionReport};
/// let body = PresumedFields.body(&TransactionReport::success("900100200300")?)?;
/// let expected = r#"{"status":"Success","externalReferenceId":"900100200300","externalReferenceType":"PlatformRefundId"}"#;
/// assert_eq!(body, expected.as_bytes());
/// assert_eq!(PresumedFields.body(&TransactionReport::failed())?, br#"{"status":"Failed"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PresumedFields;

impl ReportAdaptor for PresumedFields {
    fn body(&self, report: &TransactionReport) -> Result<Vec<u8>, String> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            status: TransactionStatus,
            #[serde(skip_serializing_if = "Option::is_none")]
            external_reference_id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            external_reference_type: Option<&'static str>,
        }
        let external_reference_id = report.platform_refund_id();
        let body = Body {
            status: report.outcome().status(),
            external_reference_id,
            external_reference_type: external_reference_id.map(|_| "PlatformRefundId"),
        };
        serde_json::to_vec(&body).map_err(|cause| cause.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use returns_wire::Currency;
    use rust_decimal::Decimal;

    #[test]
    fn only_the_number_of_a_refund_makes_a_success() {
        for bad in ["", " ", "gid://shopify/Refund/9", "9 ", "-9", "9.0", "٣", "0", "0900", &*"9".repeat(21)] {
            let error = TransactionReport::success(bad).unwrap_err();
            assert!(matches!(error, ReportError::RefundId { chars, .. } if chars == bad.chars().count()), "{bad}");
        }
        let text = TransactionReport::success("CREDIT-NORA-7Q").unwrap_err().to_string();
        assert!(text.contains("got 14 characters with 'C' among them") && !text.contains("NORA"), "{text}");
        let text = TransactionReport::success("").unwrap_err().to_string();
        assert!(text.ends_with("got 0 characters"), "{text}");
        for good in ["9", "900100200300", &*"9".repeat(20)] {
            assert_eq!(TransactionReport::success(good).unwrap().platform_refund_id(), Some(good));
        }
        assert_eq!(TransactionReport::failed().platform_refund_id(), None);
    }

    #[test]
    fn an_amount_is_more_than_nothing() {
        let pence = |pence| Money::new(Decimal::new(pence, 2), Currency::GBP).unwrap();
        for bad in [0, -1] {
            let error = TransactionReport::failed().with_amount(pence(bad)).unwrap_err();
            assert_eq!(error, ReportError::Amount { amount: pence(bad) });
        }
        let report = TransactionReport::success("9").unwrap().with_amount(pence(1)).unwrap();
        assert_eq!((report.amount(), report.platform_refund_id()), (Some(pence(1)), Some("9")));
    }

    #[test]
    fn the_presumed_body_leaves_the_amount_out() {
        let pound = Money::new(Decimal::ONE, Currency::GBP).unwrap();
        let body = PresumedFields.body(&TransactionReport::failed().with_amount(pound).unwrap()).unwrap();
        assert_eq!(body, br#"{"status":"Failed"}"#);
    }
}
