//! Which proof of receipt goes with which route and which way to the refund. The one place that says so.

use super::{ReceiptProof, RefundGate, Route};

/// A choice of proof, route and gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Combination {
    /// What proves the receipt.
    pub proof: ReceiptProof,
    /// How the credit gets into Sage.
    pub route: Route,
    /// How the refund is released.
    pub gate: RefundGate,
}

/// Why a combination can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Impossible {
    /// There is no document to receive goods on.
    #[error("goods are received in Sage on a sales return only, and the ledger route makes none")]
    GoodsInWithoutReturn,
    /// The money would go before the credit note.
    #[error(
        "ReturnGO refunds as soon as all items are validated, and with item_validated the warehouse validates before \
         there is a credit note: the money would go first"
    )]
    ValidationIsTheProof,
}

impl Impossible {
    /// What to choose instead.
    pub const fn fix(self) -> &'static str {
        match self {
            Self::GoodsInWithoutReturn => {
                "set `policy.route` to sales_return, or `policy.receipt_proof` to item_validated or parcel_received"
            }
            Self::ValidationIsTheProof => {
                "set `policy.refund_gate` to work_list or shopify_refund, or `policy.receipt_proof` to sage_goods_in or \
                 parcel_received"
            }
        }
    }

    /// The keys it is about.
    pub(super) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::GoodsInWithoutReturn => &["policy.receipt_proof", "policy.route"],
            Self::ValidationIsTheProof => &["policy.refund_gate", "policy.receipt_proof"],
        }
    }
}

impl Combination {
    /// Every combination there is.
    pub fn all() -> impl Iterator<Item = Self> {
        ReceiptProof::ALL.iter().flat_map(|proof| {
            Route::ALL.iter().flat_map(move |route| {
                RefundGate::ALL.iter().map(move |gate| Self { proof: *proof, route: *route, gate: *gate })
            })
        })
    }

    /// Whether it can be.
    ///
    /// # Errors
    /// [`Impossible`].
    pub const fn verdict(self) -> Result<(), Impossible> {
        match (self.proof, self.route, self.gate) {
            (ReceiptProof::SageGoodsIn, Route::LedgerCreditNote, _) => Err(Impossible::GoodsInWithoutReturn),
            (ReceiptProof::ItemValidated, _, RefundGate::ReturnGoValidation) => Err(Impossible::ValidationIsTheProof),
            _ => Ok(()),
        }
    }
}

/// Every combination with its verdict.
///
/// ```
/// let possible = returns_sync::policy::matrix().into_iter().filter(|(_, verdict)| verdict.is_ok()).count();
/// assert_eq!(possible, 13);
/// ```
pub fn matrix() -> Vec<(Combination, Result<(), Impossible>)> {
    Combination::all().map(|combination| (combination, combination.verdict())).collect()
}

/// The matrix as a table in Markdown, as it stands in the documentation.
pub fn matrix_table() -> String {
    let mut table = String::from("| receipt proof | route | refund gate | |\n|---|---|---|---|\n");
    for (Combination { proof, route, gate }, verdict) in matrix() {
        let verdict = verdict.map_or_else(|why| format!("no: {why}"), |()| "yes".to_owned());
        table.push_str(&format!("| `{proof}` | `{route}` | `{gate}` | {verdict} |\n"));
    }
    table
}
