//! What the business has chosen. Plain values: read from `returns.toml`, or built by the embedding program.

use chrono::{DateTime, TimeDelta, Utc};
use returns_wire::{Currency, Money};
use sage200_client::{AccountReference, CostCentre, Department, NominalReference};

/// What counts as proof that a unit was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReceiptProof {
    /// The unit was inspected in ReturnGO: a validation date is set and it is marked as returned.
    ItemValidated,
}

/// How a credit gets into Sage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Route {
    /// A credit note on the sales ledger, posted by us and read back. Stock is booked by a person.
    LedgerCreditNote,
}

/// How a refund is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefundGate {
    /// Staff refund by hand what the work list shows: units whose credit note is read back.
    WorkList,
}

/// What to do when Sage does not accept today's date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClosedPeriod {
    /// Post nothing, raise an exception.
    Hold,
}

/// Limits that stop a run that looks wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Credit notes per run.
    pub documents_per_run: u32,
    /// Gross value of all credit notes of a run.
    pub value_per_run: Money,
    /// Gross value of one credit note.
    pub value_per_document: Money,
}

/// The nominal account returns are posted to. Without one, Sage takes the customer's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NominalAccount {
    /// Account reference.
    pub account: NominalReference,
    /// Cost centre.
    pub cost_centre: Option<CostCentre>,
    /// Department.
    pub department: Option<Department>,
}

/// Everything the rules ask the business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// RMAs created before this instant are seen, never posted.
    pub go_live: DateTime<Utc>,
    /// The company's base currency, and the only one credited.
    pub currency: Currency,
    /// The shop's customer accounts in Sage: an order on any other account is not credited.
    pub customers: Vec<AccountReference>,
    /// VAT code numbers that may be credited; `None` for every code in Sage's table.
    pub tax_codes: Option<Vec<i16>>,
    /// Text in front of the order number in ReturnGO that the number in Sage does not have, such as `#`.
    pub order_prefix: String,
    /// Proof of receipt.
    pub receipt_proof: ReceiptProof,
    /// Way into Sage.
    pub route: Route,
    /// Way to the refund.
    pub refund_gate: RefundGate,
    /// Closed periods.
    pub closed_period: ClosedPeriod,
    /// Where returns are posted.
    pub nominal: Option<NominalAccount>,
    /// Whether the order number goes into the credit note's reference. Off where Sage numbers credit notes itself.
    pub send_reference: bool,
    /// How long a parcel may lie uninspected before the warehouse is told.
    pub inspect_within: TimeDelta,
    /// How long after a lost answer Sage is asked whether it acted: longer than the longest request.
    pub settle: TimeDelta,
    /// Start with an empty journal although Sage already holds our references.
    pub accept_existing: bool,
    /// Limits per run.
    pub caps: Caps,
}

impl Policy {
    /// The default choices, with what has no default as arguments: the start, the currency, the accounts, the caps.
    pub fn new(go_live: DateTime<Utc>, currency: Currency, customers: Vec<AccountReference>, caps: Caps) -> Self {
        Self {
            go_live,
            currency,
            customers,
            tax_codes: None,
            order_prefix: String::new(),
            receipt_proof: ReceiptProof::ItemValidated,
            route: Route::LedgerCreditNote,
            refund_gate: RefundGate::WorkList,
            closed_period: ClosedPeriod::Hold,
            nominal: None,
            send_reference: true,
            inspect_within: TimeDelta::hours(48),
            settle: TimeDelta::seconds(180),
            accept_existing: false,
            caps,
        }
    }
}
