//! What a site can do, and whether a policy fits it.
//!
//! It only reads. Whether a date is open is asked of Sage by a POST, as Sage wants it; nothing is changed by that either.

mod ask;
mod exchanges;
mod fit;
mod sage;
mod shop;
mod verdicts;

pub use ask::{Ask, Whom};
pub use sage::{
    Account, AnalysisCode, Day, Modules, Numbers, Release, Returns, SageSite, SopFacts, StockMoves, UserMay, VatCode,
    Warehouse, Where,
};
pub use shop::{Missing, ReturnGoSite, ShopifySite};
pub use verdicts::Verdict;

use crate::{
    policy::{Contradiction, Policy},
    run::{RunError, Systems},
};
use chrono::{DateTime, Utc};
use returns_wire::{Error, ErrorKind, report as error_text};

/// Name and version of the JSON form of a [`Probe`].
pub const SCHEMA: &str = "returns-sync.probe/1";

/// What was found.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[must_use = "a probe says what is wrong"]
#[non_exhaustive]
pub struct Probe {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// When.
    pub at: DateTime<Utc>,
    /// Sage 200.
    pub sage: SageSite,
    /// ReturnGO.
    pub returngo: ReturnGoSite,
    /// Shopify; none where it is not connected or does not answer.
    pub shopify: Option<ShopifySite>,
    /// Every combination of receipt proof, route and refund gate, and whether it can be here.
    pub combinations: Vec<Verdict>,
    /// What of the policy can't be carried out here. Empty without a policy.
    pub contradictions: Vec<Contradiction>,
    /// What of the policy can be carried out, and a person should know about. Empty without a policy.
    pub remarks: Vec<Contradiction>,
    /// Parts that could not be read.
    pub unread: Vec<Unread>,
    /// What no system says, and who knows it.
    pub asks: Vec<Ask>,
}

/// A part that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Unread {
    /// What it is.
    pub part: String,
    /// Why it could not be read.
    pub why: String,
    /// What can't be said without it.
    pub costs: &'static str,
}

impl Probe {
    /// 0 when everything was read and nothing contradicts the policy, else 2.
    pub fn exit_code(&self) -> u8 {
        if self.contradictions.is_empty() && self.unread.is_empty() { 0 } else { 2 }
    }
}

/// Looks at the three systems, and compares the policy with them if one is given. A part that can't be read costs its
/// part only, and stands in [`Probe::unread`].
///
/// # Errors
/// [`RunError::System`] when Sage can't be reached, or lets the user into no such company: then nothing can be said.
pub async fn probe(systems: &Systems, policy: Option<&Policy>) -> Result<Probe, RunError> {
    let mut reading = Reading::default();
    let sage = SageSite::read(systems, policy, &mut reading).await?;
    let returngo = ReturnGoSite::read(&systems.returngo, &mut reading).await?;
    let shopify = match &systems.shopify {
        Some(shopify) => ShopifySite::read(shopify, &mut reading).await?,
        None => None,
    };
    let mut found = Probe {
        schema: SCHEMA,
        at: systems.clock.now(),
        sage,
        returngo,
        shopify,
        combinations: Vec::new(),
        contradictions: Vec::new(),
        remarks: Vec::new(),
        unread: reading.unread,
        asks: Vec::new(),
    };
    found.combinations = verdicts::all(&found);
    if let Some(policy) = policy {
        found.contradictions = fit::contradictions(&found, policy, systems.shopify.is_some());
        found.remarks = fit::remarks(&found, policy);
    }
    found.asks = ask::asks(&found, policy);
    Ok(found)
}

/// What could not be read so far.
#[derive(Default)]
struct Reading {
    unread: Vec<Unread>,
}

impl Reading {
    /// What was read. A refusal is noted; a system that is down ends the probe.
    fn part<T>(&mut self, part: &str, costs: &'static str, read: Result<T, Error>) -> Result<Option<T>, RunError> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) if is_down(&error) => Err(RunError::System(error)),
            Err(error) => {
                self.note(part, costs, &error);
                Ok(None)
            }
        }
    }

    fn note(&mut self, part: &str, costs: &'static str, error: &Error) {
        self.unread.push(Unread { part: part.to_owned(), why: error_text(error), costs });
    }
}

/// Would every other call fail as well?
fn is_down(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Transport | ErrorKind::Timeout | ErrorKind::Quota | ErrorKind::Store)
}

/// A contradiction, or a remark.
fn about(keys: &[&'static str], reason: impl Into<String>, fix: impl Into<String>) -> Contradiction {
    Contradiction { keys: keys.to_vec(), reason: reason.into(), fix: fix.into() }
}
