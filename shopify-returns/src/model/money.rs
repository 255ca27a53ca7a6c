use returns_wire::{Currency, JsonDecimal, Money};
use serde::{Deserialize, Deserializer, de};

/// An amount in the shop's currency and in the customer's. The two are rounded apart: neither is computed from the other,
/// and they are never mixed in one sum.
///
/// ```
/// use shopify_returns::Amount;
/// let json = r#"{"shopMoney": {"amount": "24.0", "currencyCode": "GBP"},
///                "presentmentMoney": {"amount": "28.50", "currencyCode": "EUR"}}"#;
/// let amount: Amount = serde_json::from_str(json)?;
/// assert_eq!((amount.shop.to_string(), amount.customer.to_string()), ("24.00 GBP".into(), "28.50 EUR".into()));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// In the shop's currency (`shopMoney`).
    pub shop: Money,
    /// In the customer's currency (`presentmentMoney`).
    pub customer: Money,
}

impl Amount {
    /// The same amount in both, for a shop that sells in one currency.
    pub const fn one_currency(money: Money) -> Self {
        Self { shop: money, customer: money }
    }

    /// Nothing, in both.
    pub fn zero(shop: Currency, customer: Currency) -> Self {
        Self { shop: Money::zero(shop), customer: Money::zero(customer) }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MoneyV2 {
    amount: JsonDecimal,
    currency_code: Currency,
}

impl MoneyV2 {
    fn money<E: de::Error>(self) -> Result<Money, E> {
        Money::new(self.amount.get(), self.currency_code).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Bag {
            shop_money: MoneyV2,
            presentment_money: MoneyV2,
        }
        let bag = Bag::deserialize(deserializer)?;
        Ok(Self { shop: bag.shop_money.money()?, customer: bag.presentment_money.money()? })
    }
}

/// One `MoneyV2`.
#[cfg(feature = "client")]
pub(crate) fn one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
    MoneyV2::deserialize(deserializer)?.money()
}
