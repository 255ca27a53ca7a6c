//! The rules: pure, total, synchronous. Nothing here reads, writes, waits or knows a client's handle.

mod credit;
mod decide;
mod documents;
mod facts;
mod matching;
mod orders;
mod refunds;
mod reports;
mod settle;
mod shop_refunds;
mod step;
mod units;
mod value;

pub use decide::{decide, needs};
#[cfg(feature = "run")]
pub(crate) use documents::{Effect, Stand, credits_under, effect_of, mentions, our_form, stand};
pub use facts::{CompanyFacts, DocumentFacts, Facts, Needs, OrderFacts, ShopFacts, ShopOrder, ShopRefunds};
#[cfg(feature = "run")]
pub(crate) use orders::{bare_name, invoiced_to, order_number, orders_of_ours};
#[cfg(feature = "run")]
pub(crate) use shop_refunds::{describe, not_listed_yet, shop_line, subject};
pub use step::{Decision, RefundPlan, Release, Standing, Step, Wait};
pub use value::share;
