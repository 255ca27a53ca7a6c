//! The rules: pure, total, synchronous. Nothing here reads, writes, waits or knows a client's handle.

mod credit;
mod decide;
mod documents;
mod facts;
mod matching;
mod refunds;
mod settle;
mod step;
mod units;
mod value;

pub use decide::{decide, needs};
#[cfg(feature = "run")]
pub(crate) use documents::{Effect, Stand, effect_of, mentions, our_form, stand};
pub use facts::{CompanyFacts, DocumentFacts, Facts, Needs, OrderFacts};
#[cfg(feature = "run")]
pub(crate) use matching::{order_number, orders_of_ours};
pub use step::{Decision, Release, Standing, Step, Wait};
pub use value::share;
