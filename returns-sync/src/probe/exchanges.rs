//! Whether orders of new goods can be entered here.

use super::{Probe, about, fit::warehouse_fits, sage::Where, verdicts::name};
use crate::policy::{Contradiction, ExchangeSite, Exchanges, Policy, ShippingIn, ShippingNames};

const EXCHANGES: &[&str] = &["policy.exchanges"];

/// What stands in the way of them, where they are to be entered.
pub(super) fn against(found: &Probe, policy: &Policy) -> Vec<Contradiction> {
    let Some(site) = policy.exchange_site.as_ref().filter(|_| policy.exchanges == Exchanges::Create) else {
        return Vec::new();
    };
    let sage = &found.sage;
    let mut against = Vec::new();
    let mut no = |reason: &str, fix: &str| against.push(about(EXCHANGES, reason, fix));
    let otherwise = "or set `policy.exchanges` to hold or imported";
    if found.shopify.as_ref().is_none_or(|shop| !shop.reads_orders) {
        no(
            "what is exchanged is read in Shopify, and it is not connected or shows no orders",
            "connect Shopify with read_orders",
        );
    }
    if sage.modules.is_some_and(|modules| modules.sales_orders == Some(false)) {
        no("the licence of this company has no sales order processing", &format!("have it licensed, {otherwise}"));
    }
    match sage.user {
        None => no("it could not be found out whether the API's user may give prices", "see what could not be read"),
        Some(may) if may.override_prices == Some(false) => no(
            "the API's user may not override prices, so an order can't be worth what was credited",
            "allow \"override prices and discounts\" for the user in Sage's SOP user permissions",
        ),
        Some(_) => {}
    }
    match &sage.settings {
        None => no("it could not be found out what orders may carry here", "see what could not be read"),
        Some(settings) => {
            if settings.numbers_documents == Some(false) {
                no(
                    "this company numbers orders by hand, and this program gives no numbers",
                    "let Sage generate order and return numbers (SOP settings)",
                );
            }
            if settings.prices_include_vat.is_none() {
                no(
                    "Sage does not say whether prices include VAT, so no order can be priced",
                    &format!("ask your Sage partner, {otherwise}"),
                );
            }
            if settings.free_text_only == Some(true) {
                no(
                    "this company enters free text lines only, and new goods are products",
                    "allow product lines in the SOP settings",
                );
            }
            if settings.header_codes_open == Some(false) {
                no(
                    "analysis codes of orders can't be amended here",
                    "allow amending header analysis codes in the SOP settings",
                );
            }
        }
    }
    against.extend(warehouse_fits(sage, &site.warehouse, "exchange.warehouse"));
    against.extend(codes(found, site));
    against
}

/// Analysis codes that carry something, and those that must be filled and are not.
fn codes(found: &Probe, site: &ExchangeSite) -> Vec<Contradiction> {
    let Some(codes) = &found.sage.codes else {
        return vec![about(
            EXCHANGES,
            "it could not be found out which analysis codes are set up",
            "see what could not be read",
        )];
    };
    let mut against = Vec::new();
    let mut used = vec![("exchange.rma_code", site.rma_code, true), ("exchange.order_code", site.order_code, true)];
    if let Some(ShippingIn::AnalysisCode(number)) = site.shipping.as_ref().map(ShippingNames::place) {
        // Methods may well be a list.
        used.push(("exchange.shipping_code", number, false));
    }
    for (key, number, any_text) in &used {
        let found_code = codes.iter().find(|code| code.on == Where::Header && code.number == *number);
        let reason = match found_code {
            None => format!("analysis code {number} is not set up for sales orders; Sage would drop the text"),
            Some(code) if code.read_only => format!("{} is read only", name(code)),
            Some(code) if code.from_list && *any_text => {
                format!("{} takes only values on its list, and numbers of returns and orders are not", name(code))
            }
            Some(_) if *number > 5 && found.sage.professional == Some(false) => {
                format!("analysis code {number} is chosen, and Sage 200 Standard has 1 to 5 only")
            }
            Some(_) => continue,
        };
        against.push(about(&[*key], reason, "choose another, or have it set up in Sage so that it takes any text"));
    }
    let open = |code: &&super::sage::AnalysisCode| {
        code.mandatory && (code.on == Where::Line || !used.iter().any(|(_, number, _)| *number == code.number))
    };
    for code in codes.iter().filter(open) {
        let on = if code.on == Where::Line { "lines of orders" } else { "orders" };
        let reason = format!("{} must be filled on {on}, and this program does not fill it", name(code));
        against.push(about(EXCHANGES, reason, "make it optional in Sage"));
    }
    against
}
