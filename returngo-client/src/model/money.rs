use crate::lenient;
use returns_wire::{JsonDecimal, Money, MoneyError};
use serde::Deserialize;

/// An amount as ReturnGO sends it: in the customer's currency, and in the shop's.
///
/// Two reads of the same value may differ in their text (`24` and `24.00`) and are still equal.
///
/// ```
/// use returngo_client::WireMoney;
/// let price: WireMoney = serde_json::from_str(r#"{"amount": 24, "currency": "GBP"}"#)?;
/// assert_eq!(price.presentment()?.to_string(), "24.00 GBP");
/// assert_eq!(price.shop()?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WireMoney {
    /// In the customer's currency. The one part of an amount that must be there: nothing stands in for it.
    pub amount: JsonDecimal,
    /// The customer's currency; empty when it was missing, and then [`presentment`](Self::presentment) fails.
    #[serde(default, deserialize_with = "currency")]
    pub currency: String,
    /// In the shop's currency.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub shop_amount: Option<JsonDecimal>,
    /// The shop's currency.
    #[serde(default, deserialize_with = "lenient::text")]
    pub shop_currency: Option<String>,
}

fn currency<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(lenient::text(deserializer)?.unwrap_or_default())
}

impl WireMoney {
    /// The amount in the customer's currency: the currency refunds are paid in.
    ///
    /// # Errors
    /// [`MoneyError`] when the currency is no currency or the amount has parts of its smallest unit.
    pub fn presentment(&self) -> Result<Money, MoneyError> {
        Money::new(self.amount.get(), self.currency.parse()?)
    }

    /// The amount in the shop's currency, if it was sent.
    ///
    /// # Errors
    /// As [`presentment`](Self::presentment); also when there is an amount without a currency.
    pub fn shop(&self) -> Result<Option<Money>, MoneyError> {
        let Some(amount) = self.shop_amount else { return Ok(None) };
        let currency = self.shop_currency.as_deref().unwrap_or_default().parse()?;
        Money::new(amount.get(), currency).map(Some)
    }
}
