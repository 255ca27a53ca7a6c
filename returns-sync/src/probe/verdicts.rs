//! Which combinations can be, here. The matrix says what can be anywhere; the site takes more away.

use super::{
    Probe, about,
    sage::{AnalysisCode, Numbers, Returns, SageSite, Where},
};
use crate::policy::{Combination, Contradiction, ReceiptProof, RefundGate, Route};
use serde::Serialize;

/// Whether a combination can be here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// The combination.
    #[serde(flatten)]
    pub combination: Combination,
    /// It can be.
    pub possible: bool,
    /// Why not: the first reason holds anywhere, if there is one.
    pub why_not: Vec<String>,
}

pub(super) fn all(found: &Probe) -> Vec<Verdict> {
    let verdict = |combination: Combination| {
        let anywhere = combination.verdict().err().map(|why| why.to_string());
        let here = here(found, combination, None).into_iter().map(|obstacle| obstacle.reason);
        let why_not: Vec<_> = anywhere.into_iter().chain(here).collect();
        Verdict { combination, possible: why_not.is_empty(), why_not }
    };
    Combination::all().map(verdict).collect()
}

/// What stands in the way of a combination here. `order_code` is the analysis code that is chosen, if one is.
pub(super) fn here(found: &Probe, combination: Combination, order_code: Option<u8>) -> Vec<Contradiction> {
    let Combination { proof, route, gate } = combination;
    let mut against = Vec::new();
    if !found.returngo.returns || !found.returngo.refunds {
        against.push(about(
            &["returngo.shop", "returngo.api_key_env"],
            "ReturnGO does not show its returns and refunds",
            "see what could not be read; check shop and API key",
        ));
    }
    match &found.sage.numbers {
        Some(Numbers::AsExpected) => {}
        Some(Numbers::Others(which)) => {
            against.push(about(&["sage.company"], which, "tell the makers of this program: it must not run here"));
        }
        None => against.push(unknown(&["sage.company"], "whether orders and returns are told apart")),
    }
    match route {
        Route::LedgerCreditNote => against.extend(ledger(&found.sage)),
        Route::SalesReturn => against.extend(sales_return(&found.sage, order_code)),
    }
    if gate == RefundGate::ShopifyRefund {
        against.extend(shopify_refund(found));
    }
    if proof == ReceiptProof::SageGoodsIn && found.sage.modules.is_some_and(|modules| modules.stock == Some(false)) {
        against.push(about(
            &["policy.receipt_proof"],
            "goods are received in Sage's stock module, and the licence has none",
            "set `policy.receipt_proof` to item_validated or parcel_received",
        ));
    }
    against
}

fn unknown(keys: &[&'static str], what: &str) -> Contradiction {
    about(keys, format!("it could not be found out {what}"), "see what could not be read, and check again")
}

fn ledger(sage: &SageSite) -> Option<Contradiction> {
    let none = sage.modules.is_some_and(|modules| modules.sales_ledger == Some(false));
    none.then(|| {
        about(&["policy.route"], "the licence of this company has no sales ledger", "have the sales ledger licensed")
    })
}

const ROUTE: &[&str] = &["policy.route"];
const CODE: &[&str] = &["sales_return.order_code"];

fn sales_return(sage: &SageSite, order_code: Option<u8>) -> Vec<Contradiction> {
    let mut against = Vec::new();
    match &sage.returns {
        Some(Returns::Available) => {}
        Some(Returns::NotOnThisSite) => against.push(about(
            ROUTE,
            "this Sage 200 takes no sales returns from other programs; that came with 2025 R1",
            "have Sage 200 upgraded to 2025 R1 or later, or set `policy.route` to ledger_credit_note",
        )),
        Some(Returns::NotPermitted(message)) => against.push(about(
            ROUTE,
            format!("Sage does not let the API's user work with sales returns ({message})"),
            "allow it in System Administration, or set `policy.route` to ledger_credit_note",
        )),
        None => against.push(unknown(ROUTE, "whether this Sage takes sales returns")),
    }
    // Sage's own sales returns are a part of its sales orders.
    if sage.modules.is_some_and(|modules| modules.sales_orders == Some(false)) {
        against.push(about(
            ROUTE,
            "the licence of this company has no sales order processing",
            "have it licensed, or set `policy.route` to ledger_credit_note",
        ));
    }
    match sage.user {
        None => against.push(unknown(ROUTE, "whether the API's user may give prices")),
        Some(may) if may.override_prices == Some(false) => against.push(about(
            ROUTE,
            "the API's user may not override prices, so a return can't carry what the customer paid",
            "allow \"override prices and discounts\" for the user in Sage's SOP user permissions",
        )),
        Some(_) => {}
    }
    match &sage.settings {
        None => against.push(unknown(ROUTE, "what returns may carry here")),
        Some(settings) => {
            if settings.numbers_documents == Some(false) {
                against.push(about(
                    ROUTE,
                    "this company numbers returns by hand, and this program gives no numbers",
                    "let Sage generate order and return numbers (SOP settings)",
                ));
            }
            if settings.prices_include_vat.is_none() {
                against.push(about(
                    ROUTE,
                    "Sage does not say whether prices include VAT, so no sales return can be priced",
                    "ask your Sage partner, or set `policy.route` to ledger_credit_note",
                ));
            }
            if settings.free_text_only == Some(true) {
                against.push(about(
                    ROUTE,
                    "this company enters free text lines only, and returns are of products",
                    "allow product lines in the SOP settings",
                ));
            }
            if settings.header_codes_open == Some(false) {
                against.push(about(
                    CODE,
                    "analysis codes of orders and returns can't be amended here",
                    "allow amending header analysis codes in the SOP settings",
                ));
            }
        }
    }
    match &sage.codes {
        None => against.push(unknown(CODE, "which analysis codes are set up")),
        Some(codes) => against.extend(codes_against(codes, order_code)),
    }
    if let Some(number) = order_code
        && number > 5
        && sage.professional == Some(false)
    {
        against.push(about(
            CODE,
            format!("analysis code {number} is chosen, and Sage 200 Standard has 1 to 5 only"),
            "choose one of 1 to 5",
        ));
    }
    against
}

/// Can it carry the order number of a return?
pub(super) fn can_carry(code: &AnalysisCode) -> bool {
    code.on == Where::Header && !code.read_only && !code.from_list
}

fn codes_against(codes: &[AnalysisCode], chosen: Option<u8>) -> Vec<Contradiction> {
    let mut against = Vec::new();
    let headers = || codes.iter().filter(|code| code.on == Where::Header);
    let free_ones: Vec<_> = codes.iter().filter(|code| can_carry(code)).collect();
    let set_up = "have an analysis code set up for sales orders and returns that takes any text";
    let others = match free_ones.as_slice() {
        [] => set_up.to_owned(),
        free => format!("choose {}", names(free)),
    };
    let carries = match chosen {
        Some(number) => {
            match headers().find(|code| code.number == number) {
                None => against.push(about(
                    CODE,
                    format!(
                        "analysis code {number} is not set up for sales orders and returns; Sage would drop the text"
                    ),
                    others,
                )),
                Some(code) if code.read_only => {
                    against.push(about(CODE, format!("{} is read only", name(code)), others))
                }
                Some(code) if code.from_list => against.push(about(
                    CODE,
                    format!("{} takes only values on its list, and order numbers are not", name(code)),
                    others,
                )),
                Some(_) => {}
            }
            Some(number)
        }
        None if free_ones.is_empty() => {
            let reason = "no analysis code of sales orders and returns is free to carry the shop's order number";
            against.push(about(CODE, reason, set_up));
            None
        }
        // The one that must be filled anyway, if there is one.
        None => free_ones.iter().find(|code| code.mandatory).or(free_ones.first()).map(|code| code.number),
    };
    let unfilled: Vec<_> = headers().filter(|code| code.mandatory && Some(code.number) != carries).collect();
    let on_lines: Vec<_> = codes.iter().filter(|code| code.on == Where::Line && code.mandatory).collect();
    for (list, what) in [(unfilled, "returns"), (on_lines, "lines of returns")] {
        if !list.is_empty() {
            against.push(about(
                CODE,
                format!("{} must be filled on {what}, and this program does not fill it", names(&list)),
                "make it optional in Sage",
            ));
        }
    }
    against
}

pub(super) fn name(code: &AnalysisCode) -> String {
    let name = code.name.as_ref().map_or(String::new(), |name| format!(" ({name})"));
    format!("analysis code {}{name}", code.number)
}

fn names(codes: &[&AnalysisCode]) -> String {
    codes.iter().map(|code| name(code)).collect::<Vec<_>>().join(", ")
}

fn shopify_refund(found: &Probe) -> Option<Contradiction> {
    const KEYS: &[&str] = &["policy.refund_gate", "shopify.shop"];
    let otherwise = "or set `policy.refund_gate` to work_list";
    match &found.shopify {
        None => Some(about(
            KEYS,
            "refunds are to be made in Shopify, and it is not connected or does not answer",
            format!("connect Shopify, {otherwise}"),
        )),
        Some(shop) if !shop.makes_refunds || !shop.reads_orders => Some(about(
            KEYS,
            "refunds are to be made in Shopify, and the app may not: it needs read_orders and write_orders",
            format!("give the app both scopes in Shopify's settings, {otherwise}"),
        )),
        Some(_) => None,
    }
}
