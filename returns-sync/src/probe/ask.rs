//! What no system says.

use super::{Probe, sage::Returns, verdicts::can_carry};
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

/// Each goes on after "ask for".
fn sage(found: &Probe, policy: Option<&Policy>) -> Vec<String> {
    let mut asks = Vec::new();
    let mut ask = |what: &str| asks.push(what.to_owned());
    let site = &found.sage;
    let may_be = |route: Route| policy.is_none_or(|policy| policy.route == route);
    if may_be(Route::LedgerCreditNote) {
        ask(
            "confirmation that the API's user may post credit notes to the sales ledger: nothing shows it but posting one",
        );
        if policy.is_none_or(|policy| policy.send_reference) {
            ask(
                "the ledger's setting for credit note numbers: if Sage numbers them itself, `policy.send_reference` is false",
            );
        }
    }
    if let Some(nominal) = policy.and_then(|policy| policy.nominal.as_ref()) {
        ask(&format!("confirmation that nominal account {} exists and takes returns", nominal.account));
    }
    if may_be(Route::SalesReturn) {
        match &site.returns {
            Some(Returns::NotOnThisSite) => {
                ask("the release of this Sage 200, and an upgrade to 2025 R1 or later: sales returns need it");
            }
            Some(Returns::NotPermitted(_)) => {
                ask("permission for the API's user to enter, change and read sales returns")
            }
            Some(Returns::Available) | None => {}
        }
        if site.user.is_some_and(|may| may.override_prices == Some(false)) {
            ask("\"override prices and discounts\" for the API's user, in the SOP user permissions");
        }
        if site.codes.as_deref().is_some_and(|codes| !codes.iter().any(can_carry)) {
            ask("an analysis code on sales orders and returns that takes any text, for the shop's order number");
        }
        if site.settings.as_ref().is_some_and(|settings| settings.posts_at_once == Some(false)) {
            ask("a daily update of the ledgers from the pending file, or posting at once (SOP settings)");
        }
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
