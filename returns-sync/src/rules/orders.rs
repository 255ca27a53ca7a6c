//! Which order a return belongs to: in Sage, where it is, or standing alone.

use super::{CompanyFacts, Facts, OrderFacts, ShopOrder};
use crate::{
    exception::Code,
    journal::{Link, OrderLink, Standalone},
    policy::{OrdersNotInSage, Policy, StandsOn},
};
use chrono_tz::Europe::London;
use returngo_client::Rma;
use sage200_client::{AccountStatus, Customer, CustomerDocumentNo, Id, OrderView, TransactionType, TransactionView};
use shopify_returns::Order;

/// Why something is not credited: a code and the facts.
pub(super) type Refusal = (Code, String);

/// The order number as Sage has it.
pub(crate) fn order_number(rma: &Rma, policy: &Policy) -> Result<CustomerDocumentNo, Refusal> {
    let name = rma.order_name().ok_or((Code::OrderNotFound, "the RMA carries no order number".to_owned()))?;
    CustomerDocumentNo::new(bare_name(name, policy)).map_err(|error| (Code::TextTooLong, error.to_string()))
}

/// An order's name without what the shop puts in front of it.
pub(crate) fn bare_name<'n>(name: &'n str, policy: &Policy) -> &'n str {
    name.strip_prefix(&policy.order_prefix).unwrap_or(name).trim()
}

/// The orders on accounts this shop may credit.
pub(crate) fn orders_of_ours<'o>(orders: &'o [OrderView], policy: &Policy) -> Vec<&'o OrderView> {
    let allowed = |reference: &str| policy.customers.may_hold(reference);
    orders.iter().filter(|order| order.customer_reference.as_deref().is_some_and(allowed)).collect()
}

/// The one order of the return, fit to be credited.
pub(super) fn find_order(facts: &Facts<'_>, found: &OrderFacts, policy: &Policy) -> Result<OrderLink, Refusal> {
    let number = order_number(facts.rma, policy)?;
    let shop = shop_order(facts, policy)?;
    let list = |orders: &[&OrderView]| {
        let names = orders.iter().map(|order| {
            let account = order.customer_reference.as_deref().unwrap_or("?");
            format!("{} on {account}", order.document_no.as_deref().unwrap_or("?"))
        });
        names.collect::<Vec<_>>().join(", ")
    };
    let ours = orders_of_ours(&found.orders, policy);
    let order = match ours.as_slice() {
        [order] => *order,
        [] if found.orders.is_empty() => return standalone(facts, found, policy, &number, shop),
        [] => {
            let all: Vec<_> = found.orders.iter().collect();
            return Err((Code::CustomerUnmapped, format!("{number} is carried by {} only", list(&all))));
        }
        many => return Err((Code::OrderAmbiguous, format!("{number} is carried by {}", list(many)))),
    };
    supported(order, facts.company, &number, shop.is_some())?;
    let missing = |what: &str| (Code::OrderNotSupported, format!("the order with {number} shows no {what}"));
    let account = order.customer_reference.as_deref().unwrap_or_default().trim();
    let link = OrderLink {
        link: Link::Linked {
            id: order.id,
            document_no: order.document_no.clone().ok_or_else(|| missing("document number"))?,
        },
        shop_order: shop.map(|order| order.id),
        customer_document_no: number.as_str().to_owned(),
        customer: order.customer_id.ok_or_else(|| missing("customer"))?,
        account: account.parse().map_err(|error| (Code::CustomerUnusable, format!("{error}")))?,
    };
    usable_account(&link, found, facts.company)?;
    of_this_shop(&link, found, shop, policy)?;
    Ok(link)
}

/// The account by which the shop's customers are told must be this one.
fn of_this_shop(link: &OrderLink, found: &OrderFacts, shop: Option<&Order>, policy: &Policy) -> Result<(), Refusal> {
    let checked = policy.customers.check(link.account.as_str(), found.customer.as_ref(), shop, policy.currency);
    checked.map_err(|why| (Code::CustomerUnmapped, format!("{}: {why}", link.customer_document_no)))
}

/// The invoices of an order in the ledger.
fn invoices_of<'l>(ledger: &'l [TransactionView], number: &CustomerDocumentNo) -> Vec<&'l TransactionView> {
    // Sage numbers invoices itself, in the first reference: alike by chance.
    let of_it = |row: &&TransactionView| {
        row.transaction_type == Some(TransactionType::Invoice)
            && row.second_reference.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case(number.as_str()))
    };
    ledger.iter().filter(of_it).collect()
}

/// The one account that an order was invoiced to.
pub(crate) fn invoiced_to(ledger: &[TransactionView], number: &CustomerDocumentNo) -> Option<Id<Customer>> {
    let invoices = invoices_of(ledger, number);
    let to = invoices.first()?.customer_id?;
    invoices.iter().all(|invoice| invoice.customer_id == Some(to)).then_some(to)
}

/// The order in the shop, if the shop is connected, fit to value a credit by.
fn shop_order<'f>(facts: &Facts<'f>, policy: &Policy) -> Result<Option<&'f Order>, Refusal> {
    let Some(shop) = facts.shop else { return Ok(None) };
    let not_found = |text: String| Err((Code::ShopOrderNotFound, text));
    let order = match &shop.order {
        Some(ShopOrder::Found(order)) => &**order,
        Some(ShopOrder::Missing { hidden: false }) => return not_found("Shopify has no such order".to_owned()),
        Some(ShopOrder::Missing { hidden: true }) => {
            return not_found(
                "Shopify shows this app no order older than 60 days: it has no scope read_all_orders".to_owned(),
            );
        }
        Some(ShopOrder::Ambiguous { count }) => {
            return not_found(format!("ReturnGO names no order id, and {count} orders in Shopify have that name"));
        }
        None => return not_found("the order was not read in Shopify".to_owned()),
    };
    let name = facts.rma.order_name().unwrap_or_default();
    // `#1001` and `1001` are the same order, whatever the shop puts in front of its numbers.
    let bare = |name: &str| bare_name(name, policy).trim_start_matches('#').to_owned();
    if bare(name) != bare(&order.name) {
        return not_found(format!("ReturnGO says {name}, the order with its id is called {} in Shopify", order.name));
    }
    if order.test {
        return Err((Code::OrderNotSupported, format!("{} is a test order in Shopify: no money moved", order.name)));
    }
    for (whose, currency) in [("customer", order.customer_currency), ("shop", order.shop_currency)] {
        if currency != policy.currency {
            let text = format!("the {whose}'s currency is {currency}, the company credits {}", policy.currency);
            return Err((Code::CurrencyDiffers, text));
        }
    }
    Ok(Some(order))
}

/// Sage does not have the order: a credit that stands alone, where it may.
fn standalone(
    facts: &Facts<'_>,
    found: &OrderFacts,
    policy: &Policy,
    number: &CustomerDocumentNo,
    shop: Option<&Order>,
) -> Result<OrderLink, Refusal> {
    let refuse = |why: &str| Err((Code::OrderNotFound, format!("no Sage order carries {number}{why}")));
    let Some(shop) = shop else { return refuse("") };
    let placed = shop.created_at.with_timezone(&London).date_naive();
    let invoices = invoices_of(&found.ledger, number);
    let invoice = invoices.first();
    let reason = match (facts.company.archived_up_to, invoice) {
        (_, Some(invoice)) => Standalone::Invoiced { urn: invoice.urn },
        (Some(up_to), None) if placed <= up_to => Standalone::Archived { up_to },
        (_, None) => Standalone::NeverInSage,
    };
    if reason == Standalone::NeverInSage && policy.orders_not_in_sage == OrdersNotInSage::Hold {
        return refuse("; it was sold after the last archiving, and the sales ledger does not know it either");
    }
    let (customer, account) = match (policy.stands_on(Some(shop)), &found.customer) {
        (StandsOn::Account(account), Some(customer)) => (customer, account.clone()),
        (StandsOn::Account(account), None) => {
            return Err((Code::CustomerUnusable, format!("account {account} is not in Sage")));
        }
        (StandsOn::Invoiced, Some(customer)) if invoiced_to(&found.ledger, number) == Some(customer.id) => {
            let account = customer.reference.as_deref().unwrap_or_default().trim();
            (customer, account.parse().map_err(|error| (Code::CustomerUnusable, format!("{error}")))?)
        }
        (StandsOn::Invoiced, _) if invoices.is_empty() => {
            return refuse(
                "; no invoice of it is in the sales ledger either, so whose account it belongs to is not known",
            );
        }
        (StandsOn::Invoiced, _) => {
            return Err((Code::CustomerUnmapped, format!("{number} was not invoiced to one account that is in Sage")));
        }
        (StandsOn::Unknown, _) => {
            return refuse(
                "; which account its credit stands on is not set (`policy.standalone_account`, `policy.customers`)",
            );
        }
    };
    if let Some(invoice) = invoices.iter().find(|invoice| invoice.customer_id != Some(customer.id)) {
        let urn = invoice.urn.map_or("without a URN".to_owned(), |urn| format!("URN {urn}"));
        let text = format!("{number} was invoiced to another account than {account} ({urn})");
        return Err((Code::CustomerUnmapped, text));
    }
    let link = OrderLink {
        link: Link::Standalone(reason),
        shop_order: Some(shop.id),
        customer_document_no: number.as_str().to_owned(),
        customer: customer.id,
        account,
    };
    usable_account(&link, found, facts.company)?;
    of_this_shop(&link, found, Some(shop), policy)?;
    Ok(link)
}

/// With the shop's order beside it, the Sage order needs not say what was paid: only that it is the same sale.
fn supported(
    order: &OrderView,
    company: &CompanyFacts,
    number: &CustomerDocumentNo,
    valued_by_shop: bool,
) -> Result<(), Refusal> {
    let refuse = |what: &str| Err((Code::OrderNotSupported, format!("the order with {number} {what}")));
    match order.are_prices_tax_inclusive.or(company.prices_include_tax) {
        _ if valued_by_shop => {}
        Some(false) => {}
        Some(true) => return refuse("has prices that include VAT"),
        None => return refuse("does not say whether its prices include VAT"),
    }
    let percent = |value: Option<returns_wire::JsonDecimal>| value.is_some_and(|percent| !percent.get().is_zero());
    if percent(order.document_discount_percent) {
        return refuse("has a document discount");
    }
    if percent(order.settlement_discount_percent) {
        return refuse("has a settlement discount");
    }
    if order.currency_id != Some(company.base_currency) {
        return refuse("is not in the company's base currency");
    }
    Ok(())
}

fn usable_account(order: &OrderLink, found: &OrderFacts, company: &CompanyFacts) -> Result<(), Refusal> {
    let refuse = |what: &str| Err((Code::CustomerUnusable, format!("account {} {what}", order.account)));
    let Some(customer) = found.customer.as_ref().filter(|customer| customer.id == order.customer) else {
        return refuse("is not in Sage");
    };
    match &customer.account_status_type {
        Some(AccountStatus::Active) => {}
        Some(other) => return refuse(&format!("has the status {other}")),
        None => return refuse("shows no status"),
    }
    if customer.currency_id != Some(company.base_currency) {
        return refuse("is not in the company's base currency");
    }
    Ok(())
}
