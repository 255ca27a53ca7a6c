use super::Reading;
use crate::run::RunError;
use returngo_client::{QueryError, ReturnGo, RmaQuery, TransactionQuery};
use returns_wire::{Currency, Error, ErrorKind, QuotaState};
use serde::Serialize;
use shopify_returns::Shopify;

/// What ReturnGO lets us see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReturnGoSite {
    /// The shop.
    pub shop: String,
    /// It answers, and the key opens this shop's returns.
    pub returns: bool,
    /// The key opens its refunds.
    pub refunds: bool,
    /// Calls used and left today, as counted here: ReturnGO does not say.
    pub today: Option<QuotaState>,
}

impl ReturnGoSite {
    pub(super) async fn read(returngo: &ReturnGo, reading: &mut Reading) -> Result<Self, RunError> {
        // One row tells as much as all of them.
        let query = |error: QueryError| {
            Error::not_sent("returngo.probe", ErrorKind::Config, "the list can't be asked for").because(error)
        };
        let rmas = RmaQuery::new().page_size(1).map_err(query).map_err(RunError::System)?;
        let transactions = TransactionQuery::new().page_size(1).map_err(query).map_err(RunError::System)?;
        let rmas = returngo.rmas().list(&rmas).next_page().await;
        let returns = noted(reading, "returns in ReturnGO", "whether anything can be done at all", rmas);
        let transactions = returngo.transactions().list(&transactions).next_page().await;
        let refunds = noted(reading, "refunds in ReturnGO", "whether refunds can be watched", transactions);
        let today = returngo.quota_state().await.map_err(RunError::System)?;
        Ok(Self { shop: returngo.shop().to_owned(), returns, refunds, today })
    }
}

/// A system beside Sage may even be down: what Sage says stands.
fn noted<T>(reading: &mut Reading, part: &str, costs: &'static str, read: Result<T, Error>) -> bool {
    read.map_err(|error| reading.note(part, costs, &error)).is_ok()
}

/// What Shopify lets us see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ShopifySite {
    /// Its permanent address.
    pub shop: String,
    /// What it is called.
    pub name: Option<String>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// The version of the API that answered.
    pub version: Option<String>,
    /// Whether Shopify still supports the version that this program is made for.
    pub supported: Option<bool>,
    /// Scopes that the app does not have.
    pub missing: Vec<Missing>,
    /// It may read orders.
    pub reads_orders: bool,
    /// It may make refunds.
    pub makes_refunds: bool,
}

/// A scope that the app does not have, and what won't work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Missing {
    /// The scope.
    pub scope: &'static str,
    /// What won't work.
    pub costs: &'static str,
}

impl ShopifySite {
    pub(super) async fn read(shopify: &Shopify, reading: &mut Reading) -> Result<Option<Self>, RunError> {
        let check = match shopify.check().await {
            Ok(check) => check,
            Err(error) => {
                reading.note("Shopify", "what customers paid, and who refunded", &error);
                return Ok(None);
            }
        };
        let missing = check.missing().into_iter().map(|missing| Missing { scope: missing.scope, costs: missing.part });
        Ok(Some(Self {
            shop: shopify.shop().to_owned(),
            missing: missing.collect(),
            reads_orders: check.grants("read_orders"),
            makes_refunds: check.grants("write_orders"),
            name: check.shop.name,
            currency: check.shop.currency,
            version: check.version,
            supported: check.supported,
        }))
    }
}
