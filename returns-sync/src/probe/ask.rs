//! What no system says.

use super::{Probe, sage::Returns};
use crate::policy::{Policy, ReceiptProof, RefundGate, ReturnGoRefunds, Route};
use serde::Serialize;

/// Who knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Whom {
    /// The partner who looks after Sage 200.
    SagePartner,
    /// ReturnGO's support.
    ReturnGo,
}

/// Something to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Ask {
    /// Whom.
    pub whom: Whom,
    /// What.
    pub what: String,
}

/// What to ask. Without a policy, whatever may be chosen.
pub(super) fn asks(found: &Probe, policy: Option<&Policy>) -> Vec<Ask> {
    let sage = sage(found, policy).into_iter().map(|what| Ask { whom: Whom::SagePartner, what });
    let returngo = returngo(policy).into_iter().map(|what| Ask { whom: Whom::ReturnGo, what: what.to_owned() });
    sage.chain(returngo).collect()
}

fn sage(found: &Probe, policy: Option<&Policy>) -> Vec<String> {
    let mut asks = Vec::new();
    let may_be = |route: Route| policy.is_none_or(|policy| policy.route == route);
    if may_be(Route::LedgerCreditNote) {
        asks.push(
            "May the API's user post credit notes to the sales ledger? Nothing tells it but posting one.".to_owned(),
        );
        if policy.is_none_or(|policy| policy.send_reference) {
            asks.push(
                "Does the sales ledger number credit notes itself? If so, set `policy.send_reference` to false."
                    .to_owned(),
            );
        }
        if let Some(nominal) = policy.and_then(|policy| policy.nominal.as_ref()) {
            asks.push(format!("Does nominal account {} exist, and may returns be posted to it?", nominal.account));
        }
    }
    if may_be(Route::SalesReturn) {
        match &found.sage.returns {
            Some(Returns::NotOnThisSite) => asks.push(
                "Which release is this Sage 200, and can it be upgraded to 2025 R1 or later? Sales returns need that."
                    .to_owned(),
            ),
            Some(Returns::NotPermitted(_)) => {
                asks.push("Please let the API's user enter, change and read sales returns.".to_owned());
            }
            Some(Returns::Available) | None => {}
        }
        if found.sage.user.is_some_and(|may| may.override_prices == Some(false)) {
            asks.push(
                "Please allow \"override prices and discounts\" for the API's user in the SOP user permissions."
                    .to_owned(),
            );
        }
        if found.sage.settings.as_ref().is_some_and(|settings| settings.posts_at_once == Some(false)) {
            asks.push("Who updates the ledgers from the pending file, and how often?".to_owned());
        }
        asks.push(
            "Who receives returned goods in Sage, prints the credit notes and posts them? No other program can."
                .to_owned(),
        );
    }
    asks
}

fn returngo(policy: Option<&Policy>) -> Vec<&'static str> {
    let mut asks = Vec::new();
    let may_be = |proof: ReceiptProof| policy.is_none_or(|policy| policy.receipt_proof == proof);
    if may_be(ReceiptProof::ItemValidated) {
        asks.push(
            "Is item validation switched on for this shop (Pro plan or add-on)? Without it, no item is ever inspected.",
        );
    }
    match policy.map(|policy| policy.refund_gate) {
        Some(RefundGate::ReturnGoValidation) => {
            asks.push(
                "Is the automatic refund set to \"when items are validated\" in every policy rule, without delay?",
            );
            asks.push("Can staff be kept from validating items? Whoever validates releases the money.");
        }
        Some(RefundGate::WorkList | RefundGate::ShopifyRefund) => {
            asks.push(
                "Are automatic refunds off in every policy rule? One that is left on pays before the credit note.",
            );
        }
        None => asks.push("Which policy rules refund automatically, and when?"),
    }
    if policy.is_none_or(|policy| policy.returngo_refunds == ReturnGoRefunds::NotifyOnly) {
        asks.push(
            "Is Notify-Only available for this shop, and in which form is a refund reported that others have paid?",
        );
    }
    asks.push("How many calls a day does this API key have, and which other programs use it?");
    asks
}
