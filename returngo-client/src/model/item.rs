use crate::{
    ResolutionType, ReturnMethodType, ReturnedItemId, ShipmentId, ShopLineItemId, WireMoney, lenient, model::Redacted,
};
use chrono::{DateTime, Utc};
use returns_wire::JsonDecimal;
use serde::Deserialize;

/// One physical unit of a return. Nine pieces of one order line are nine items: there is no quantity field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Item {
    /// The unit's own key.
    pub returned_item_id: ReturnedItemId,
    /// The order line in the shop; units of one line share it.
    #[serde(default, deserialize_with = "lenient::id")]
    pub shop_line_item_id: Option<ShopLineItemId>,
    /// Product in the shop.
    #[serde(default, deserialize_with = "lenient::text")]
    pub shop_product_id: Option<String>,
    /// Variant in the shop.
    #[serde(default, deserialize_with = "lenient::text")]
    pub variant_id: Option<String>,
    /// Stock code.
    #[serde(default, deserialize_with = "lenient::text")]
    pub sku: Option<String>,
    /// Barcode; the key is often not sent.
    #[serde(default, deserialize_with = "lenient::text")]
    pub barcode: Option<String>,
    /// Product and variant in one text.
    #[serde(default, deserialize_with = "lenient::text")]
    pub full_name: Option<String>,
    /// Product.
    #[serde(default, deserialize_with = "lenient::text")]
    pub product_name: Option<String>,
    /// Variant; the key is not sent for products without variants.
    #[serde(default, deserialize_with = "lenient::text")]
    pub variant_name: Option<String>,
    /// Paid for this unit, after discounts; with tax in it when [`tax_included`](Self::tax_included).
    #[serde(default)]
    pub paid_price: Option<WireMoney>,
    /// Tax of this unit as ReturnGO shows it. Zero and odd values occur on taxed goods: not a source for VAT.
    #[serde(default)]
    pub paid_tax: Option<WireMoney>,
    /// Is the price with tax?
    #[serde(default, deserialize_with = "lenient::flag")]
    pub tax_included: Option<bool>,
    /// What the customer is to get.
    #[serde(default)]
    pub resolution_type: ResolutionType,
    /// The shop's label for it, in any language: not for decisions.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resolution_name: Option<String>,
    /// The shop's label for the reason: not for decisions.
    #[serde(default, deserialize_with = "lenient::text")]
    pub return_reason: Option<String>,
    /// More about the reason; may be the customer's own words.
    #[serde(default, deserialize_with = "lenient::text_as")]
    pub extended_reason: Option<Redacted>,
    /// The shop's label for the rule that applied: not for decisions.
    #[serde(default, deserialize_with = "lenient::text")]
    pub policy_rule_name: Option<String>,
    /// Was it approved by a rule?
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_auto_approve: Option<bool>,
    /// Fee for this unit. A bare number: the currency is presumably the order's.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub restocking_fee: Option<JsonDecimal>,
    /// Fee per RMA, shown on items; not to be summed over them. A bare number.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub return_fee: Option<JsonDecimal>,
    /// Label fee per RMA, shown on items; not to be summed over them. A bare number.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub shipment_fee: Option<JsonDecimal>,
    /// Its parcel, if it comes in one.
    #[serde(default, deserialize_with = "lenient::id")]
    pub shipment_id: Option<ShipmentId>,
    /// How it comes back.
    #[serde(default)]
    pub return_method: Option<ReturnMethod>,
    /// What an inspection found; ask [`inspection`](ItemValidation::inspection), not its flags.
    #[serde(default, rename = "itemValidationStatusResponse", deserialize_with = "lenient::or_default")]
    pub validation: ItemValidation,
    /// What the customer wants instead.
    #[serde(default, deserialize_with = "lenient::list")]
    pub exchange_items: Vec<ExchangeItem>,
    /// The portal's questions.
    #[serde(default, deserialize_with = "lenient::list")]
    pub follow_up_questions: Vec<FollowUpQuestion>,
}

impl Item {
    /// What an inspection found on this unit.
    pub fn inspection(&self) -> Inspection {
        self.validation.inspection()
    }

    /// Does the customer keep it? Then it is in no parcel, nobody inspects it, and a credit for it moves no stock. False
    /// when the way of return is not said.
    pub fn is_kept(&self) -> bool {
        self.return_method.as_ref().is_some_and(|method| method.kind == ReturnMethodType::NoShipmentRequired)
    }
}

/// How a unit comes back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub struct ReturnMethod {
    /// The kind.
    #[serde(default, rename = "type")]
    pub kind: ReturnMethodType,
    /// The shop's label: not for decisions.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
}

/// The raw fields of an inspection. The two flags are `false` on units that nobody has looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ItemValidation {
    /// Did the unit come back?
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_returned: Option<bool>,
    /// Is it fit for sale?
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_restockable: Option<bool>,
    /// Why it did not come back.
    #[serde(default, deserialize_with = "lenient::text")]
    pub non_returned_reason: Option<String>,
    /// Why it is not fit for sale.
    #[serde(default, deserialize_with = "lenient::text")]
    pub non_restockable_reason: Option<String>,
    /// Where it was inspected.
    #[serde(default, deserialize_with = "lenient::text")]
    pub store_location_id: Option<String>,
    /// When it was inspected last; missing means never.
    #[serde(default, deserialize_with = "lenient::instant")]
    pub last_validation_date: Option<DateTime<Utc>>,
    /// Who inspected it.
    #[serde(default, deserialize_with = "lenient::text_as")]
    pub last_validated_by: Option<Redacted>,
    /// The warehouse system that reported it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub third_party_name: Option<String>,
}

impl ItemValidation {
    /// The verdict: nothing is concluded without a date, and nothing from a missing flag.
    ///
    /// ```
    /// use returngo_client::{Inspection, model::ItemValidation};
    /// let never: ItemValidation = serde_json::from_str(r#"{"isReturned": false, "lastValidationDate": null}"#)?;
    /// assert_eq!(never.inspection(), Inspection::NotInspected);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn inspection(&self) -> Inspection {
        match (self.last_validation_date, self.is_returned) {
            (Some(at), Some(true)) => Inspection::Returned {
                at,
                restockable: self.is_restockable == Some(true),
                reason: self.non_restockable_reason.clone(),
            },
            (Some(at), Some(false)) => Inspection::NotReturned { at, reason: self.non_returned_reason.clone() },
            (Some(_), None) | (None, _) => Inspection::NotInspected,
        }
    }
}

/// What is known about a unit's inspection. A later inspection replaces an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inspection {
    /// Nobody has looked yet.
    NotInspected,
    /// Looked for and not there.
    NotReturned {
        /// When.
        at: DateTime<Utc>,
        /// The inspector's words.
        reason: Option<String>,
    },
    /// There.
    Returned {
        /// When it was inspected.
        at: DateTime<Utc>,
        /// Fit for sale. False when not said.
        restockable: bool,
        /// Why not, in the inspector's words.
        reason: Option<String>,
    },
}

/// What the customer wants instead of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExchangeItem {
    /// Product in the shop.
    #[serde(default, deserialize_with = "lenient::text")]
    pub product_id: Option<String>,
    /// Variant in the shop.
    #[serde(default, deserialize_with = "lenient::text")]
    pub variant_id: Option<String>,
    /// Stock code.
    #[serde(default, deserialize_with = "lenient::text")]
    pub sku: Option<String>,
    /// How many.
    #[serde(default, deserialize_with = "lenient::count")]
    pub quantity: Option<u32>,
    /// Which price counts: `CatalogPrice` or `PaidPrice`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub item_price_method: Option<String>,
    /// The band in which a difference in price is neither charged nor refunded.
    #[serde(default)]
    pub free_exchange_price_range: Option<FreeExchangePriceRange>,
    /// List price.
    #[serde(default)]
    pub catalog_price: Option<WireMoney>,
    /// Price that applies.
    #[serde(default)]
    pub effective_price: Option<WireMoney>,
}

/// The band in which a difference in price is neither charged nor refunded. Bare numbers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FreeExchangePriceRange {
    /// Lower end.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub min: Option<JsonDecimal>,
    /// Upper end.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub max: Option<JsonDecimal>,
}

/// A question of the portal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FollowUpQuestion {
    /// `Text`, `TextArray`, `Media` or something newer.
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    /// The question.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The answer; often empty.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub answer: FollowUpAnswer,
}

/// What the customer answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FollowUpAnswer {
    /// Free text.
    #[serde(default, deserialize_with = "lenient::text_as")]
    pub text_answer: Option<Redacted>,
    /// Choices.
    #[serde(default, deserialize_with = "choices")]
    pub text_array_answer: Vec<Redacted>,
    /// A number.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub numeric_answer: Option<JsonDecimal>,
    /// How many pictures or films. Their addresses are not kept: they expire, and open without a key.
    #[serde(default, rename = "mediaAnswer", deserialize_with = "lenient::length")]
    pub media_count: usize,
}

fn choices<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Redacted>, D::Error> {
    Ok(lenient::list::<D, String>(deserializer)?.into_iter().map(Redacted::from).collect())
}
