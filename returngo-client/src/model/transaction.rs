use crate::{ReturnedItemId, TransactionId, TransactionStatus, TransactionType, WireMoney, lenient, model::Redacted};
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// A refund, store credit or invoice payment. It names no RMA: link it by
/// [`return_item_ids`](Self::return_item_ids), or ask for the transactions of an RMA.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Transaction {
    /// Its key.
    pub id: TransactionId,
    /// What it is.
    #[serde(default, rename = "type")]
    pub kind: TransactionType,
    /// How far it is. Only `Success` is money paid.
    #[serde(default)]
    pub status: TransactionStatus,
    /// Who pays, such as `Shopify`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub processor: Option<String>,
    /// What the reference is: `PlatformRefundId`, `StoreCreditCode`, `InvoicePaymentId`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub external_reference_type: Option<String>,
    /// The reference. Not unique, and for store credit a code that can be spent.
    #[serde(default, deserialize_with = "lenient::text_as")]
    pub external_reference_id: Option<Redacted>,
    /// How much. It may differ from the sum of its units' prices.
    #[serde(default)]
    pub amount: Option<WireMoney>,
    /// The units it pays for; empty for invoice payments.
    #[serde(default, deserialize_with = "lenient::list")]
    pub return_item_ids: Vec<ReturnedItemId>,
    /// When it was asked for.
    #[serde(default, deserialize_with = "lenient::instant")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it changed last; unlike an RMA's, it moves with every change.
    #[serde(default, deserialize_with = "lenient::instant")]
    pub last_updated: Option<DateTime<Utc>>,
    /// Are there bank details? They themselves are not kept.
    #[serde(default, rename = "bankAccountDetails", deserialize_with = "lenient::presence")]
    pub has_bank_details: bool,
}

impl Transaction {
    /// The shop's number of the refund, such as Shopify's. For any other kind of reference `None`: it may be a code that can
    /// be spent.
    pub fn platform_refund_id(&self) -> Option<&str> {
        let kind = self.external_reference_type.as_deref()?;
        let of_shop = kind.trim().eq_ignore_ascii_case("PlatformRefundId");
        self.external_reference_id.as_ref().filter(|_| of_shop).map(|reference| reference.expose().trim())
    }

    /// Does it pay for this unit? Never true for invoice payments.
    pub fn covers(&self, unit: &ReturnedItemId) -> bool {
        self.return_item_ids.contains(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refund_of_the_shop_shows_its_number() {
        let read = |kind: &str| -> Transaction {
            let json =
                format!(r#"{{"id": 1, "externalReferenceType": "{kind}", "externalReferenceId": "900100200300"}}"#);
            serde_json::from_str(&json).unwrap()
        };
        assert_eq!(read("PlatformRefundId").platform_refund_id(), Some("900100200300"));
        for other in ["StoreCreditCode", "InvoicePaymentId", ""] {
            assert_eq!(read(other).platform_refund_id(), None, "{other}");
        }
    }
}
