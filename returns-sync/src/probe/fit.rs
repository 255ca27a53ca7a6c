//! What of a policy does not fit the site.

use super::{
    Probe, about, exchanges,
    sage::{SageSite, StockMoves},
    verdicts,
};
use crate::policy::{Combination, Contradiction, Customers, OrdersNotInSage, Policy, Route, StockProof};
use chrono::TimeDelta;
use returns_wire::Currency;
use rust_decimal::Decimal;
use sage200_client::AccountReference;

/// A go-live that long ago is told.
const LONG_AGO: TimeDelta = TimeDelta::days(366);

/// What can't be carried out.
pub(super) fn contradictions(found: &Probe, policy: &Policy, shopify_set: bool) -> Vec<Contradiction> {
    let chosen = Combination { proof: policy.receipt_proof, route: policy.route, gate: policy.refund_gate };
    let order_code = policy.sales_returns.as_ref().map(|returns| returns.order_code);
    let mut against = policy.contradictions();
    against.extend(verdicts::here(found, chosen, order_code));
    against.extend(go_live(found, policy));
    against.extend(currency(&found.sage, policy));
    for account in &policy.customers {
        let currency = match &policy.customers {
            Customers::ByCurrency(accounts) => {
                accounts.iter().find(|(_, of)| of == account).map(|(currency, _)| *currency)
            }
            _ => None,
        };
        let currency = currency.unwrap_or(policy.currency);
        against.extend(account_fits(&found.sage, currency, account, "policy.customers"));
    }
    let named = |account: &&AccountReference| policy.customers.into_iter().any(|known| known == *account);
    if let Some(account) = policy.standalone_account.as_ref().filter(|account| !named(account)) {
        against.extend(account_fits(&found.sage, policy.currency, account, "policy.standalone_account"));
    }
    against.extend(vat_codes(&found.sage, policy));
    against.extend(standalone(policy));
    if policy.route == Route::SalesReturn {
        against.extend(warehouse(&found.sage, policy));
        against.extend(nominal(&found.sage, policy));
    }
    against.extend(exchanges::against(found, policy));
    against.extend(selling(&found.sage, policy));
    against.extend(period(&found.sage));
    against.extend(shop(found, policy, shopify_set));
    against
}

/// What can be carried out, and a person should know about.
pub(super) fn remarks(found: &Probe, policy: &Policy) -> Vec<Contradiction> {
    let mut remarks = Vec::new();
    let old = found.at - policy.go_live;
    if old > LONG_AGO {
        remarks.push(about(
            &["policy.go_live"],
            format!(
                "go-live was {} days ago: with an empty journal, every return since would be credited",
                old.num_days()
            ),
            "leave it if this journal has run since; otherwise set the day on which this program starts",
        ));
    }
    if !policy.customers.are_named() {
        remarks.push(about(
            &["policy.customers_by"],
            "credit notes in Sage that belong to no return are not searched for, as no account is named",
            "name the accounts, if finance wants them searched for",
        ));
    }
    if policy.route == Route::SalesReturn {
        remarks.push(about(
            &["policy.route"],
            "goods are received on the sales return in Sage, and its credit note is printed and posted there: by a person, no \
             program can",
            "agree who does it, and how often: the refund waits for it",
        ));
    }
    remarks.extend(unfit(&found.sage, policy));
    if let Some(settings) = found.sage.settings.as_ref().filter(|_| policy.route == Route::SalesReturn) {
        if settings.posts_at_once == Some(false) {
            remarks.push(about(
                &["policy.route"],
                "a posted credit note waits in Sage's pending file, and the refund waits with it",
                "update the ledgers daily, or have Sage post at once (SOP settings)",
            ));
        }
        if settings.stock_moves == Some(StockMoves::AtPosting) {
            remarks.push(about(
                &["policy.route"],
                "stock moves when the credit note is posted, not when the goods are received",
                "nothing, if the warehouse knows",
            ));
        }
    }
    if found.shopify.as_ref().is_some_and(|shop| shop.supported == Some(false)) {
        remarks.push(about(
            &["shopify.shop"],
            "Shopify no longer supports the version of its API that this program is made for",
            "have this program updated",
        ));
    }
    for missing in found.shopify.iter().flat_map(|shop| &shop.missing) {
        // Those are contradictions where they are needed, and of no use where they are not.
        if !["read_orders", "write_orders"].contains(&missing.scope) {
            remarks.push(about(
                &["shopify.shop"],
                format!("the app in Shopify lacks the scope {}; that costs: {}", missing.scope, missing.costs),
                "give the app that scope in Shopify's settings, if you need it",
            ));
        }
    }
    remarks
}

fn go_live(found: &Probe, policy: &Policy) -> Option<Contradiction> {
    (policy.go_live > found.at).then(|| {
        about(
            &["policy.go_live"],
            format!("go-live is {}: nothing is credited before", policy.go_live.format("%-d %B %Y")),
            "wait until then, or set an earlier day",
        )
    })
}

fn currency(sage: &SageSite, policy: &Policy) -> Option<Contradiction> {
    match sage.currency {
        None => Some(about(
            &["policy.currency"],
            "it could not be found out what the base currency of this company is",
            "see what could not be read, or set a base currency in Sage",
        )),
        Some(theirs) if theirs != policy.currency => Some(about(
            &["policy.currency"],
            format!("the policy credits {}, and the company's base currency is {theirs}", policy.currency),
            format!("set `policy.currency` to \"{theirs}\", or choose another company"),
        )),
        Some(_) => None,
    }
}

fn account_fits(
    sage: &SageSite,
    currency: Currency,
    account: &AccountReference,
    key: &'static str,
) -> Vec<Contradiction> {
    let Some(found) = sage.accounts.iter().find(|found| found.account == *account) else {
        return vec![about(
            &[key],
            format!("it could not be found out whether account {account} can be credited"),
            "see what could not be read, and check again",
        )];
    };
    if !found.exists {
        return vec![about(
            &[key],
            format!("there is no customer account {account} in this company"),
            "correct the account's code; Sage's customer list shows it",
        )];
    }
    let mut against = Vec::new();
    if found.active != Some(true) {
        let what = if found.active.is_none() { "shows no status" } else { "is hidden" };
        against.push(about(
            &[key],
            format!("account {account} {what}, and nothing is credited to it"),
            "make it active in Sage, or take another account",
        ));
    }
    if found.on_hold {
        against.push(about(
            &[key],
            format!("account {account} is on hold"),
            "take it off hold in Sage, or ask finance whether credits to it are meant",
        ));
    }
    if let Some(theirs) = found.currency.filter(|theirs| *theirs != currency) {
        against.push(about(
            &[key],
            format!("account {account} is in {theirs}, and the policy has it for {currency}"),
            "take the shop's account in that currency",
        ));
    } else if found.currency.is_none() && sage.currency.is_some() {
        against.push(about(
            &[key],
            format!("the currency of account {account} is not known"),
            "set a currency on the account in Sage",
        ));
    }
    against
}

fn vat_codes(sage: &SageSite, policy: &Policy) -> Vec<Contradiction> {
    let Some(table) = &sage.vat_codes else {
        return vec![about(
            &["policy.tax_codes", "policy.vat_by_rate"],
            "it could not be found out which VAT codes there are",
            "see what could not be read, and check again",
        )];
    };
    let known = || {
        let code = |code: &super::VatCode| {
            let rate = code.rate.map_or("no rate".to_owned(), |rate| format!("{rate}%"));
            format!("{} ({rate})", code.number)
        };
        let list: Vec<_> = table.iter().map(code).collect();
        format!("take one of {}", list.join(", "))
    };
    let mut against = Vec::new();
    for number in policy.tax_codes.iter().flatten() {
        if !table.iter().any(|code| code.number == *number) {
            against.push(about(
                &["policy.tax_codes"],
                format!("there is no VAT code {number} in this company"),
                known(),
            ));
        }
    }
    for (rate, number) in &policy.vat_by_rate {
        let wrong = match table.iter().find(|code| code.number == *number) {
            None => format!("{rate}% stands for VAT code {number}, and there is no such code in this company"),
            Some(code) if code.rate == Some(*rate) => continue,
            Some(code) => {
                let theirs = code.rate.map_or("shows no rate".to_owned(), |rate: Decimal| format!("has {rate}%"));
                format!("{rate}% stands for VAT code {number}, and that code {theirs} in Sage")
            }
        };
        against.push(about(&["policy.vat_by_rate"], wrong, known()));
    }
    against
}

/// Credits that stand alone need an account and VAT codes.
fn standalone(policy: &Policy) -> Vec<Contradiction> {
    let mut against = Vec::new();
    if policy.orders_not_in_sage != OrdersNotInSage::Standalone {
        return against;
    }
    if matches!(policy.customers, Customers::List(_)) && policy.standalone_account().is_none() {
        against.push(about(
            &["policy.standalone_account", "policy.orders_not_in_sage"],
            "orders that Sage has never seen are to be credited, and on which account is not said",
            "set `policy.standalone_account` to one of the shop's accounts",
        ));
    }
    if policy.vat_by_rate.is_empty() {
        against.push(about(
            &["policy.vat_by_rate", "policy.orders_not_in_sage"],
            "orders that Sage has never seen are to be credited, and which VAT code stands for which rate is not said",
            "set `policy.vat_by_rate`, such as [\"20 = 1\", \"0 = 2\"]",
        ));
    }
    against
}

fn warehouse(sage: &SageSite, policy: &Policy) -> Option<Contradiction> {
    warehouse_fits(sage, &policy.sales_returns.as_ref()?.warehouse, "sales_return.warehouse")
}

/// Is there one warehouse of that name?
pub(super) fn warehouse_fits(sage: &SageSite, wanted: &str, key: &'static str) -> Option<Contradiction> {
    let Some(warehouses) = &sage.warehouses else {
        return Some(about(
            &[key],
            format!("it could not be found out whether there is a warehouse {wanted}"),
            "see what could not be read, and check again",
        ));
    };
    let names: Vec<_> = warehouses.iter().map(|warehouse| warehouse.name.as_str()).collect();
    let same = |name: &&&str| name.trim().eq_ignore_ascii_case(wanted.trim());
    match names.iter().filter(same).count() {
        1 => None,
        0 => {
            let upper = wanted.to_ascii_uppercase();
            let mut near = names;
            near.sort_by_key(|name| strsim::damerau_levenshtein(&upper, &name.to_ascii_uppercase()));
            let near: Vec<_> = near.into_iter().take(3).map(|name| format!("{name:?}")).collect();
            let fix = if near.is_empty() {
                "add it in Sage".to_owned()
            } else {
                format!("write one of the nearest: {}", near.join(", "))
            };
            Some(about(&[key], format!("there is no warehouse {wanted:?} in this company"), fix))
        }
        many => Some(about(
            &[key],
            format!("{many} warehouses are called {wanted:?}"),
            "give one of them another name in Sage",
        )),
    }
}

/// Whether goods fit for sale can be proved to be where they belong.
fn selling(sage: &SageSite, policy: &Policy) -> Option<Contradiction> {
    let warehouses = sage.warehouses.as_ref().filter(|_| policy.stock_proof == StockProof::InPlace)?;
    (!warehouses.iter().any(|warehouse| warehouse.sells)).then(|| {
        about(
            &["policy.stock_proof"],
            "no warehouse is used for sales trading, so that goods fit for sale never stand where they belong",
            "tick \"use for sales trading\" on a warehouse in Sage, or set `policy.stock_proof` to \"booked\"",
        )
    })
}

/// Where goods lie that are not fit for sale.
fn unfit(sage: &SageSite, policy: &Policy) -> Option<Contradiction> {
    let warehouses = sage.warehouses.as_ref().filter(|_| policy.stock_proof == StockProof::InPlace)?;
    let all_sell = !warehouses.is_empty() && warehouses.iter().all(|warehouse| warehouse.sells);
    if all_sell {
        return Some(about(
            &["policy.stock_proof"],
            "every warehouse sells, so that goods not fit for sale count as in place only when they are written off",
            "add a warehouse in Sage that is not used for sales trading, or set `policy.stock_proof` to \"booked\"",
        ));
    }
    let received = policy.sales_returns.as_ref().filter(|_| policy.route == Route::SalesReturn)?.warehouse.trim();
    let mut warehouses = warehouses.iter();
    let warehouse = warehouses.find(|warehouse| warehouse.name.trim().eq_ignore_ascii_case(received))?;
    let (can, others) = if warehouse.sells { ("can", "not fit for sale") } else { ("can't", "fit for sale") };
    Some(about(
        &["sales_return.warehouse", "policy.stock_proof"],
        format!(
            "goods are received into {received}, where they {can} be sold: those {others} are to be moved from there"
        ),
        "agree who moves them, under the return's customer document number; or set `policy.stock_proof` to \"booked\"",
    ))
}

fn nominal(sage: &SageSite, policy: &Policy) -> Option<Contradiction> {
    let account = &policy.nominal.as_ref()?.account;
    let closed = sage.settings.as_ref().is_some_and(|settings| settings.nominal_open == Some(false));
    closed.then(|| {
        about(
            &["credit_note.nominal_account"],
            format!("returns are to be posted to {account}, and nominal accounts can't be amended on returns here"),
            "allow amending nominal codes in the SOP settings, or leave the account out",
        )
    })
}

fn period(sage: &SageSite) -> Option<Contradiction> {
    match &sage.today {
        None => Some(about(
            &["policy.closed_period"],
            "it could not be found out whether today can be posted on",
            "see what could not be read, and check again",
        )),
        Some(day) if day.open => None,
        Some(day) => {
            let message = day.message.as_ref().map_or(String::new(), |message| format!(" ({message})"));
            Some(about(
                &["policy.closed_period"],
                format!(
                    "{} is in no open period of the sales ledger{message}: nothing is credited",
                    day.date.format("%-d %B %Y")
                ),
                "open the period in Sage, or wait for the next one",
            ))
        }
    }
}

fn shop(found: &Probe, policy: &Policy, shopify_set: bool) -> Vec<Contradiction> {
    let mut against = Vec::new();
    let Some(shop) = &found.shopify else {
        let inclusive = found.sage.settings.as_ref().and_then(|settings| settings.prices_include_vat);
        if !shopify_set && inclusive != Some(false) {
            against.push(about(
                &["shopify.shop"],
                "prices on Sage's orders include VAT, or Sage does not say so: without Shopify no return is credited",
                "connect Shopify: values come from its orders then",
            ));
        }
        if shopify_set {
            against.push(about(
                &["shopify.shop"],
                "Shopify does not answer, and no run begins without it",
                "see what could not be read, and check again",
            ));
        }
        return against;
    };
    if !shop.reads_orders {
        against.push(about(
            &["shopify.shop"],
            "the app in Shopify may not read orders, so no return can be valued",
            "give the app the scope read_orders in Shopify's settings",
        ));
    }
    if let Some(theirs) = shop.currency.filter(|theirs| *theirs != policy.currency) {
        against.push(about(
            &["policy.currency"],
            format!("the policy credits {}, and the shop sells in {theirs}", policy.currency),
            "connect the shop that belongs to this company",
        ));
    }
    // ReturnGO may put the name of a portal behind the shop's.
    let theirs = found.returngo.shop.split('@').next().unwrap_or_default();
    if !theirs.eq_ignore_ascii_case(&shop.shop) {
        against.push(about(
            &["shopify.shop", "returngo.shop"],
            format!("returns are those of {theirs}, and orders those of {}", shop.shop),
            "name the same shop in both",
        ));
    }
    against
}
