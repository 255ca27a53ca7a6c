//! Which customer accounts in Sage are the shop's.

use super::Policy;
use returns_wire::Currency;
use sage200_client::{AccountReference, Customer};
use shopify_returns::Order;

choices! {
    /// How the shop's accounts are told.
    CustomersBy {
        /// By their names.
        List "list",
        /// By the currency that customers pay in.
        Currency "currency",
        /// By the channel that orders come from.
        Channel "channel",
        /// By an analysis code of the account.
        AnalysisCode "analysis_code",
        /// Every account is one.
        Each "each",
    }
}

/// The shop's accounts. An order on any other account is not credited.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Customers {
    /// These.
    List(Vec<AccountReference>),
    /// One for each currency that customers pay in. Only the policy's own currency is credited.
    ByCurrency(Vec<(Currency, AccountReference)>),
    /// One for each channel in Shopify, by the order's `sourceName`, such as `web` or `pos`. Needs Shopify.
    ByChannel(Vec<(String, AccountReference)>),
    /// Those whose analysis code has this value.
    Recognised {
        /// The code, 1 to 20.
        code: u8,
        /// Its value.
        value: String,
    },
    /// All: every customer has an account.
    Each,
}

impl From<Vec<AccountReference>> for Customers {
    fn from(accounts: Vec<AccountReference>) -> Self {
        Self::List(accounts)
    }
}

/// The accounts that are named. None are where accounts are recognised, or every customer has one.
impl<'c> IntoIterator for &'c Customers {
    type Item = &'c AccountReference;
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        let accounts: Vec<_> = match self {
            Customers::List(accounts) => accounts.iter().collect(),
            Customers::ByCurrency(accounts) => accounts.iter().map(|(_, account)| account).collect(),
            Customers::ByChannel(accounts) => accounts.iter().map(|(_, account)| account).collect(),
            Customers::Recognised { .. } | Customers::Each => Vec::new(),
        };
        accounts.into_iter()
    }
}

impl Customers {
    /// Are they named? Then everything on them can be looked through.
    pub fn are_named(&self) -> bool {
        !matches!(self, Self::Recognised { .. } | Self::Each)
    }

    /// Can this account be one of them, as far as its name says?
    pub(crate) fn may_hold(&self, account: &str) -> bool {
        !self.are_named() || self.into_iter().any(|known| same(known, account))
    }

    /// Makes sure that an account is the one for this sale.
    ///
    /// # Errors
    /// Why it is not.
    pub(crate) fn check(
        &self,
        account: &str,
        customer: Option<&Customer>,
        shop: Option<&Order>,
        currency: Currency,
    ) -> Result<(), String> {
        let (what, wanted) = match self {
            Self::List(_) | Self::Each => return Ok(()),
            Self::Recognised { code, value } => {
                let found = customer.and_then(|customer| customer.analysis_code(*code)).map(str::trim);
                if found.is_some_and(|found| found.eq_ignore_ascii_case(value.trim())) {
                    return Ok(());
                }
                let found = found.map_or("nothing".to_owned(), |found| format!("{found:?}"));
                return Err(format!(
                    "account {account} has {found} in analysis code {code}, and the shop's accounts have {value:?}"
                ));
            }
            Self::ByCurrency(_) => (format!("paid in {}", paid_in(shop, currency)), self.account_of(shop, currency)),
            Self::ByChannel(_) => match channel(shop) {
                Some(channel) => (format!("from the channel {channel:?}"), self.account_of(shop, currency)),
                None => return Err("Shopify does not say which channel the order came from".to_owned()),
            },
        };
        match wanted {
            Some(wanted) if same(wanted, account) => Ok(()),
            Some(wanted) => Err(format!("the order was {what}, which is account {wanted}, and it is on {account}")),
            None => Err(format!("the order was {what}, and no account is named for that")),
        }
    }

    /// The account of a sale by its currency or channel.
    fn account_of(&self, shop: Option<&Order>, currency: Currency) -> Option<&AccountReference> {
        match self {
            Self::ByCurrency(accounts) => {
                let paid_in = paid_in(shop, currency);
                accounts.iter().find(|(known, _)| *known == paid_in).map(|(_, account)| account)
            }
            Self::ByChannel(accounts) => {
                let channel = channel(shop)?;
                accounts.iter().find(|(known, _)| known.eq_ignore_ascii_case(channel)).map(|(_, account)| account)
            }
            Self::List(_) | Self::Recognised { .. } | Self::Each => None,
        }
    }
}

fn same(known: &AccountReference, account: &str) -> bool {
    known.as_str().eq_ignore_ascii_case(account.trim())
}

/// Without the shop's order, the sale is in the only currency that is credited.
fn paid_in(shop: Option<&Order>, currency: Currency) -> Currency {
    shop.map_or(currency, |order| order.customer_currency)
}

fn channel(shop: Option<&Order>) -> Option<&str> {
    shop?.source_name.as_deref().map(str::trim).filter(|name| !name.is_empty())
}

/// Where a credit goes whose order Sage does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StandsOn<'p> {
    /// On this account.
    Account(&'p AccountReference),
    /// On the account that the ledger's invoice is on.
    Invoiced,
    /// Nobody knows.
    Unknown,
}

impl Policy {
    /// The account of credit notes that stand alone, where it is the same for all of them.
    pub fn standalone_account(&self) -> Option<&AccountReference> {
        match (&self.standalone_account, &self.customers) {
            (Some(account), Customers::List(_)) => Some(account),
            (None, Customers::List(accounts)) => match accounts.as_slice() {
                [account] => Some(account),
                _ => None,
            },
            _ => None,
        }
    }

    /// Where a credit of this sale goes if Sage does not have its order.
    pub(crate) fn stands_on(&self, shop: Option<&Order>) -> StandsOn<'_> {
        let account = match &self.customers {
            Customers::List(_) => self.standalone_account(),
            Customers::ByCurrency(_) | Customers::ByChannel(_) => self.customers.account_of(shop, self.currency),
            Customers::Recognised { .. } | Customers::Each => return StandsOn::Invoiced,
        };
        account.map_or(StandsOn::Unknown, StandsOn::Account)
    }
}
