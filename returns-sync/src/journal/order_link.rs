//! The original order, and how a credit hangs together with it.

use chrono::NaiveDate;
use sage200_client::{AccountReference, Customer, Id, Order, Urn};
use serde::{Deserialize, Serialize};
use shopify_returns::OrderId;
use std::fmt;

/// How a credit hangs together with the original order in Sage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The order is there.
    Linked {
        /// Its record.
        id: Id<Order>,
        /// Sage's number for it.
        document_no: String,
    },
    /// It is not there: the credit stands alone, valued by the shop's order.
    Standalone(Standalone),
}

/// Why a credit stands alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standalone {
    /// Sage has moved finished orders of that time to its archive.
    Archived {
        /// Orders up to this day are archived.
        up_to: NaiveDate,
    },
    /// The order is gone, but the sales ledger still holds what was invoiced under its number.
    Invoiced {
        /// The transaction.
        urn: Option<Urn>,
    },
    /// Sage has never seen it.
    NeverInSage,
}

impl fmt::Display for Standalone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archived { up_to } => write!(f, "archived in Sage (orders up to {})", up_to.format("%-d %B %Y")),
            Self::Invoiced { urn: Some(urn) } => write!(f, "no longer among Sage's orders, invoiced as URN {urn}"),
            Self::Invoiced { urn: None } => f.write_str("no longer among Sage's orders, but invoiced"),
            Self::NeverInSage => f.write_str("never in Sage"),
        }
    }
}

/// The original order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct OrderLink {
    /// The order in Sage, or why there is none.
    pub link: Link,
    /// The order in the shop, where it was read.
    pub shop_order: Option<OrderId>,
    /// The shop's number for it.
    pub customer_document_no: String,
    /// The account it was sold to.
    pub customer: Id<Customer>,
    /// That account's reference.
    pub account: AccountReference,
}

/// As it stands in a journal. Before there were credits that stand alone, number and record stood beside the account.
#[derive(Deserialize)]
struct Written {
    link: Option<Link>,
    id: Option<Id<Order>>,
    document_no: Option<String>,
    shop_order: Option<OrderId>,
    customer_document_no: String,
    customer: Id<Customer>,
    account: AccountReference,
}

impl TryFrom<Written> for OrderLink {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { link, id, document_no, shop_order, customer_document_no, customer, account } = written;
        let link = match (link, id, document_no) {
            (Some(link), ..) => link,
            (None, Some(id), Some(document_no)) => Link::Linked { id, document_no },
            (None, ..) => return Err("an order without `link`, and without `id` and `document_no`"),
        };
        Ok(Self { link, shop_order, customer_document_no, customer, account })
    }
}
