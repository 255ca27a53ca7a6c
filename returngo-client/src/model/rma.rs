use crate::{
    CommentType, RmaId, RmaStatus, ShipmentId, ShipmentStatus, ShopOrderId, lenient,
    model::{ExchangeItem, Item, Redacted, Transaction},
};
use chrono::{DateTime, Utc};
use returns_wire::JsonDecimal;
use serde::Deserialize;

/// One RMA, complete.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Rma {
    /// Number, status and events.
    #[serde(rename = "rmaSummary")]
    pub summary: RmaSummary,
    /// The order it belongs to. Several RMAs may share one.
    #[serde(default, rename = "orderDetails", deserialize_with = "lenient::or_default")]
    pub order: OrderDetails,
    /// Parcels; none when nothing is shipped.
    #[serde(default, deserialize_with = "lenient::list")]
    pub shipments: Vec<Shipment>,
    /// Units, one entry each.
    #[serde(default, deserialize_with = "lenient::list")]
    pub items: Vec<Item>,
    /// The timeline, newest first.
    #[serde(default, deserialize_with = "lenient::list")]
    pub comments: Vec<Comment>,
    /// Exchange orders. An entry does not mean that anything was exchanged: see [`ExchangeOrder::is_released`].
    #[serde(default, deserialize_with = "lenient::list")]
    pub exchange_orders: Vec<ExchangeOrder>,
    /// Goods of exchanges that are not one for one.
    #[serde(default, deserialize_with = "lenient::list")]
    pub exchange_items: Vec<ExchangeItem>,
    /// A bare number: the currency is presumably the order's.
    #[serde(default, deserialize_with = "lenient::decimal")]
    pub cancellation_fee: Option<JsonDecimal>,
    /// Refunds and payments.
    #[serde(default, deserialize_with = "lenient::list")]
    pub transactions: Vec<Transaction>,
    /// When it was submitted.
    #[serde(default, deserialize_with = "lenient::instant")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it was created, approved or reopened last. Receipt, inspection, comments and refunds do not move it.
    #[serde(default, deserialize_with = "lenient::instant")]
    pub last_updated: Option<DateTime<Utc>>,
    /// Outside the shop's return policy?
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_out_of_policy: Option<bool>,
}

impl Rma {
    /// Its number.
    pub fn id(&self) -> &RmaId {
        &self.summary.rma_id
    }

    /// Where it stands.
    pub fn status(&self) -> &RmaStatus {
        &self.summary.status
    }

    /// The order's name, such as `EX1042`.
    pub fn order_name(&self) -> Option<&str> {
        self.order.order_name.as_deref().or(self.summary.order_name.as_deref())
    }

    /// Its parcel with this number.
    pub fn shipment(&self, id: &ShipmentId) -> Option<&Shipment> {
        self.shipments.iter().find(|shipment| shipment.shipment_id.as_ref() == Some(id))
    }

    /// The units in a parcel.
    pub fn items_in<'a>(&'a self, id: &'a ShipmentId) -> impl Iterator<Item = &'a Item> + 'a {
        self.items.iter().filter(move |item| item.shipment_id.as_ref() == Some(id))
    }

    /// Timeline comments about something that went wrong, newest first.
    pub fn error_comments(&self) -> impl Iterator<Item = &Comment> {
        self.comments.iter().filter(|comment| comment.kind == CommentType::Error)
    }
}

/// An RMA as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RmaSummary {
    /// Its number.
    pub rma_id: RmaId,
    /// Where it stands.
    #[serde(default)]
    pub status: RmaStatus,
    /// The order's name.
    #[serde(default, rename = "order_name", deserialize_with = "lenient::text")]
    pub order_name: Option<String>,
    /// Creation and approval. Nothing else has been seen here: no receipt, no refund, no reopening.
    #[serde(default, deserialize_with = "lenient::list")]
    pub events: Vec<RmaEvent>,
}

/// Something that happened to an RMA.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RmaEvent {
    /// `RMA_CREATED`, `RMA_APPROVED` or something newer.
    #[serde(default, deserialize_with = "lenient::text")]
    pub event_name: Option<String>,
    /// When.
    #[serde(default, deserialize_with = "lenient::instant")]
    pub event_date: Option<DateTime<Utc>>,
    /// `Return Portal`, `Dashboard` or something newer.
    #[serde(default, deserialize_with = "lenient::text")]
    pub triggered_via: Option<String>,
    /// Where; `online` in most shops.
    #[serde(default, deserialize_with = "lenient::text")]
    pub store_location_id: Option<String>,
}

/// The order of an RMA.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OrderDetails {
    /// The shop's own number of the order.
    #[serde(default, deserialize_with = "lenient::id")]
    pub order_id: Option<ShopOrderId>,
    /// The order's name.
    #[serde(default, rename = "order_name", deserialize_with = "lenient::text")]
    pub order_name: Option<String>,
}

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Shipment {
    /// Its key.
    #[serde(default, deserialize_with = "lenient::id")]
    pub shipment_id: Option<ShipmentId>,
    /// Where it is.
    #[serde(default)]
    pub status: ShipmentStatus,
    /// Who carries it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub carrier_name: Option<String>,
    /// The carrier's number.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tracking_number: Option<String>,
    /// Where to follow it. Carriers show the recipient there.
    #[serde(default, rename = "trackingURL", deserialize_with = "lenient::text_as")]
    pub tracking_url: Option<Redacted>,
    /// The label, which shows the customer's address.
    #[serde(default, rename = "labelURL", deserialize_with = "lenient::text_as")]
    pub label_url: Option<Redacted>,
    /// Where it comes from.
    #[serde(default)]
    pub customer_address: Option<Address>,
    /// Where it goes.
    #[serde(default)]
    pub return_address: Option<Address>,
    /// Does it go to the customer?
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_outbound: Option<bool>,
}

/// What is kept of an address: the country. Names, streets, telephone and e-mail are dropped while reading.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Address {
    /// Two letters as a rule, such as `GB`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub country: Option<String>,
}

/// An entry of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Comment {
    /// Who speaks.
    #[serde(default, rename = "commentType")]
    pub kind: CommentType,
    /// `Automation`, `ReturnGO API`, or a person's name.
    #[serde(default, deserialize_with = "lenient::text_as")]
    pub triggered_by: Option<Redacted>,
    /// HTML, in the shop's language; may hold names and codes.
    #[serde(default, deserialize_with = "lenient::text_as")]
    pub html_text: Option<Redacted>,
    /// When.
    #[serde(default, deserialize_with = "lenient::instant")]
    pub datetime: Option<DateTime<Utc>>,
}

impl Comment {
    /// True when the comment's text holds this text, such as the marker of a comment posted earlier.
    pub fn mentions(&self, text: &str) -> bool {
        self.html_text.as_ref().is_some_and(|html| html.expose().contains(text))
    }
}

/// An order that replaces returned goods.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExchangeOrder {
    /// The shop's draft order.
    #[serde(default, deserialize_with = "lenient::text")]
    pub draft_order_id: Option<String>,
    /// The shop's order; none until the exchange is released.
    #[serde(default, deserialize_with = "lenient::id")]
    pub order_id: Option<ShopOrderId>,
    /// Its name; before release the draft's, such as `#D12`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub order_name: Option<String>,
    /// `Exchange`, `Fee` or something newer.
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
}

impl ExchangeOrder {
    /// Has the draft become an order? Whether that order exists, only the shop knows.
    pub fn is_released(&self) -> bool {
        self.order_id.is_some()
    }
}
