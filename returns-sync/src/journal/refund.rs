//! Refunds in the shop, as the journal holds them.

use super::{Record, ReportStage, State};
use chrono::{DateTime, Utc};
#[cfg(feature = "run")]
use returngo_client::{Item, Rma};
use returngo_client::{ReturnedItemId, RmaId, ShipmentId};
use returns_wire::Money;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shopify_returns::{LineItemId, OrderId, OrderTransactionId, RefundId};

/// A payment of the customer's, and how much of it goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repayment {
    /// The payment.
    pub parent: OrderTransactionId,
    /// The gateway it was paid through.
    pub gateway: String,
    /// How much goes back.
    pub amount: Money,
}

/// A refund in the shop that is about to be made: frozen units, amount and key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundIntent {
    /// Counts the refunds of an RMA, from 1.
    pub number: u32,
    /// Shopify makes one refund for it, however often it is asked.
    pub key: String,
    /// Stands in the refund's note, so that it is found again.
    pub marker: String,
    /// The order.
    pub order: OrderId,
    /// The units.
    pub units: Vec<ReturnedItemId>,
    /// Order lines and counts.
    pub lines: Vec<(LineItemId, u32)>,
    /// What goes back to which payment.
    pub payments: Vec<Repayment>,
    /// In all: what the units were credited with.
    pub amount: Money,
}

impl RefundIntent {
    /// Begins every marker of ours.
    pub const MARKER: &'static str = "returns-sync RMA ";

    /// Key and marker of a refund: always the same for the same RMA and number.
    pub fn names(shop: &str, rma: &RmaId, number: u32) -> (String, String) {
        let text = format!("returns-sync/refund\n{shop}\n{rma}\n{number}");
        let digest = Sha256::digest(text.as_bytes());
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
        let key = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
        (key, format!("{}{rma}/{number}.", Self::MARKER))
    }
}

/// How a refund in the shop ended, as far as we saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundOutcome {
    /// Shopify has made it. Whether its money has moved is another question.
    Made {
        /// Shopify's number; none when the answer could not be read.
        refund: Option<RefundId>,
    },
    /// A complete answer that nothing was done.
    Rejected {
        /// Shopify's words.
        message: String,
    },
    /// Proved not to have been sent.
    NotSent {
        /// Why.
        message: String,
    },
    /// Proved not to have been made, and given up: somebody else pays, or nobody.
    Abandoned {
        /// Why.
        message: String,
    },
    /// May have been made.
    Unknown {
        /// What was seen.
        message: String,
    },
}

/// A unit that a person has settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledUnit {
    /// The unit.
    pub unit: ReturnedItemId,
    /// The name of its order in ReturnGO.
    pub order: String,
    /// Its product.
    pub sku: String,
}

impl SettledUnit {
    /// The units of an RMA as they are now.
    #[cfg(feature = "run")]
    pub(crate) fn all_of(rma: &Rma) -> Vec<Self> {
        let order = rma.order_name().unwrap_or_default();
        let unit = |item: &Item| Self {
            unit: item.returned_item_id.clone(),
            order: order.to_owned(),
            sku: item.sku.clone().unwrap_or_default(),
        };
        rma.items.iter().map(unit).collect()
    }

    /// Does no credit of ours, or in our place, give it a value?
    pub(crate) fn unit_is_not_valued(&self, state: &State) -> bool {
        !state.rmas.values().flat_map(Record::values).any(|value| value.unit == self.unit)
    }
}

/// What a refund past ReturnGO has paid, as the person says who adopts it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdoptedAs {
    /// Not said: where an RMA waits for the same money, it goes on waiting.
    #[default]
    Unsaid,
    /// These units of an RMA, which are settled by it.
    Return {
        /// The RMA.
        rma: RmaId,
        /// Its units.
        goods: Vec<SettledUnit>,
    },
    /// Something else: the RMA is still to be paid.
    SomethingElse,
}

/// A parcel that ReturnGO was, or is about to be, told to be validated: it refunds its units then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldValidated {
    /// The parcel.
    pub shipment: ShipmentId,
    /// All its units.
    pub units: Vec<ReturnedItemId>,
    /// When it was last said, or about to be.
    pub at: DateTime<Utc>,
    /// How it ended.
    pub stage: ReportStage,
}

/// How a word to ReturnGO about a refund ended, as far as we saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportEnd {
    /// Taken. What ReturnGO made of it is seen by reading the transaction.
    Taken,
    /// A complete answer that it was not taken.
    Refused {
        /// ReturnGO's words.
        message: String,
    },
    /// Proved not to have been sent.
    NotSent {
        /// Why.
        message: String,
    },
    /// May have been taken.
    Unknown {
        /// What was seen.
        message: String,
    },
}
