//! The answers' shapes, quirks included. A row of the world is what is sent.

use chrono::{DateTime, Utc};
use returns_wire::JsonDecimal;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RmaRow {
    pub(super) rma_summary: SummaryRow,
    pub(super) order_details: OrderRow,
    pub(super) shipments: Vec<ShipmentRow>,
    pub(super) items: Vec<ItemRow>,
    pub(super) comments: Vec<CommentRow>,
    pub(super) exchange_orders: Vec<ExchangeOrderRow>,
    pub(super) exchange_items: Vec<ExchangeItemRow>,
    pub(super) cancellation_fee: JsonDecimal,
    pub(super) transactions: Vec<TransactionRow>,
    #[serde(serialize_with = "instant")]
    pub(super) created_at: DateTime<Utc>,
    #[serde(serialize_with = "instant")]
    pub(super) last_updated: DateTime<Utc>,
    #[serde(serialize_with = "zero_or_one")]
    pub(super) is_out_of_policy: bool,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SummaryRow {
    pub(super) rma_id: String,
    pub(super) status: &'static str,
    #[serde(rename = "order_name")]
    pub(super) order_name: String,
    pub(super) events: Vec<EventRow>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventRow {
    pub(super) event_name: &'static str,
    #[serde(serialize_with = "instant")]
    pub(super) event_date: DateTime<Utc>,
    pub(super) triggered_via: &'static str,
    pub(super) store_location_id: &'static str,
    /// Null even when a named person did it.
    pub(super) user_details: (),
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderRow {
    pub(super) order_id: String,
    #[serde(rename = "order_name")]
    pub(super) order_name: String,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShipmentRow {
    pub(super) shipment_id: String,
    pub(super) status: &'static str,
    pub(super) carrier_name: Option<String>,
    pub(super) requested_service_level: (),
    pub(super) actual_service_level: (),
    pub(super) tracking_number: Option<String>,
    #[serde(rename = "trackingURL")]
    pub(super) tracking_url: Option<String>,
    #[serde(rename = "labelURL")]
    pub(super) label_url: Option<String>,
    pub(super) customer_address: AddressRow,
    pub(super) return_address: AddressRow,
    pub(super) is_outbound: bool,
}

#[derive(Clone, Serialize)]
pub(super) struct AddressRow {
    pub(super) name: &'static str,
    pub(super) street1: &'static str,
    pub(super) street2: &'static str,
    pub(super) city: &'static str,
    pub(super) state: &'static str,
    pub(super) zip: &'static str,
    pub(super) country: &'static str,
    pub(super) phone: &'static str,
    pub(super) email: &'static str,
}

/// An invented person, so that users see what their logs make of one.
pub(super) const CUSTOMER: AddressRow = AddressRow {
    name: "Petra Samplewell",
    street1: "1 Invented Lane",
    street2: "",
    city: "Sampleton",
    state: "SA",
    zip: "ZZ1 1ZZ",
    country: "GB",
    phone: "+44 20 7946 0000",
    email: "petra@customer.example",
};

/// The shop's own place, with the customer's e-mail: so it comes.
pub(super) const WAREHOUSE: AddressRow = AddressRow {
    name: "Sample Warehouse",
    street1: "2 Depot Road",
    street2: "",
    city: "Sampleton",
    state: "SA",
    zip: "ZZ9 9ZZ",
    country: "GB",
    phone: "+44 20 7946 0001",
    email: "petra@customer.example",
};

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ItemRow {
    pub(super) shop_line_item_id: String,
    pub(super) shop_product_id: String,
    pub(super) variant_id: String,
    pub(super) returned_item_id: String,
    pub(super) full_name: String,
    pub(super) product_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) variant_name: Option<String>,
    pub(super) image: &'static str,
    pub(super) sku: Option<String>,
    pub(super) paid_price: MoneyRow,
    pub(super) paid_tax: MoneyRow,
    pub(super) tax_included: bool,
    pub(super) return_reason: &'static str,
    pub(super) resolution_name: &'static str,
    pub(super) policy_rule_name: &'static str,
    #[serde(serialize_with = "zero_or_one")]
    pub(super) is_auto_approve: bool,
    pub(super) resolution_type: String,
    #[serde(serialize_with = "number")]
    pub(super) restocking_fee: Decimal,
    #[serde(serialize_with = "number")]
    pub(super) return_fee: Decimal,
    #[serde(serialize_with = "number")]
    pub(super) shipment_fee: Decimal,
    /// Empty text when there is none.
    pub(super) shipment_id: String,
    pub(super) extended_reason: &'static str,
    pub(super) return_method: MethodRow,
    pub(super) item_validation_status_response: ValidationRow,
    pub(super) exchange_items: Vec<ExchangeItemRow>,
    pub(super) follow_up_questions: Vec<QuestionRow>,
}

impl ItemRow {
    pub(super) fn is_shipped(&self) -> bool {
        self.return_method.kind != NO_SHIPMENT
    }
}

pub(super) const NO_SHIPMENT: &str = "No shipment required";

#[derive(Clone, Serialize)]
pub(super) struct MethodRow {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) name: &'static str,
}

/// Before any inspection: two times false, and no date.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ValidationRow {
    pub(super) is_restockable: bool,
    pub(super) is_returned: bool,
    pub(super) non_restockable_reason: Option<String>,
    pub(super) non_returned_reason: Option<String>,
    pub(super) store_location_id: (),
    #[serde(serialize_with = "maybe_instant")]
    pub(super) last_validation_date: Option<DateTime<Utc>>,
    pub(super) last_validated_by: Option<&'static str>,
    pub(super) third_party_name: (),
    pub(super) user_details: (),
}

#[derive(Clone, Serialize)]
pub(super) struct QuestionRow {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) name: &'static str,
    pub(super) answer: AnswerRow,
}

#[derive(Clone, Serialize)]
pub(super) struct AnswerRow {}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExchangeItemRow {
    pub(super) product_id: String,
    pub(super) variant_id: String,
    pub(super) sku: String,
    pub(super) quantity: u32,
    pub(super) item_price_method: &'static str,
    pub(super) free_exchange_price_range: RangeRow,
    pub(super) catalog_price: MoneyRow,
    pub(super) effective_price: MoneyRow,
}

#[derive(Clone, Serialize)]
pub(super) struct RangeRow {
    pub(super) min: u32,
    pub(super) max: u32,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CommentRow {
    pub(super) comment_type: &'static str,
    pub(super) triggered_by: &'static str,
    pub(super) html_text: String,
    #[serde(serialize_with = "instant")]
    pub(super) datetime: DateTime<Utc>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExchangeOrderRow {
    pub(super) draft_order_id: String,
    /// Empty text until released.
    pub(super) order_id: String,
    pub(super) order_name: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

/// Who pays a transaction. No answer shows it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Payer {
    /// The shop or the customer, on ReturnGO's own asking.
    AskedByReturnGo,
    /// Another system, which reports.
    Elsewhere,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TransactionRow {
    pub(super) id: u64,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) external_reference_id: Option<String>,
    pub(super) external_reference_type: &'static str,
    pub(super) amount: MoneyRow,
    pub(super) status: &'static str,
    pub(super) processor: &'static str,
    #[serde(skip)]
    pub(super) payer: Payer,
    pub(super) bank_account_details: (),
    pub(super) return_item_ids: Vec<String>,
    #[serde(serialize_with = "instant")]
    pub(super) created_at: DateTime<Utc>,
    #[serde(serialize_with = "instant")]
    pub(super) last_updated: DateTime<Utc>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MoneyRow {
    #[serde(serialize_with = "number")]
    pub(super) amount: Decimal,
    pub(super) currency: String,
    #[serde(serialize_with = "number")]
    pub(super) shop_amount: Decimal,
    pub(super) shop_currency: String,
}

impl MoneyRow {
    /// The same for customer and shop.
    pub(super) fn new(amount: Decimal, currency: &str) -> Self {
        Self { amount, currency: currency.to_owned(), shop_amount: amount, shop_currency: currency.to_owned() }
    }
}

/// Whole amounts lose their places, others their trailing zeros: `24`, `25.9`.
fn number<S: Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    JsonDecimal(amount.normalize()).serialize(serializer)
}

fn zero_or_one<S: Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(u8::from(*flag))
}

fn instant<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&at.format("%Y-%m-%dT%H:%M:%S+00:00"))
}

fn maybe_instant<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => instant(at, serializer),
        None => serializer.serialize_none(),
    }
}
