//! The rules: pure, total, synchronous. Nothing here reads, writes, waits or knows a client's handle.

mod bundles;
mod credit;
mod decide;
mod documents;
mod exchange_order;
mod exchanges;
mod facts;
mod matching;
mod orders;
mod parcels;
mod prepare;
mod refunds;
mod reports;
mod return_books;
mod returns_waiting;
mod sales_returns;
mod settle;
mod settled_returns;
mod shop_refunds;
mod step;
#[cfg(feature = "run")]
mod stock;
mod units;
mod value;

#[cfg(feature = "run")]
pub(crate) use bundles::codes as product_codes;
#[cfg(feature = "run")]
pub(crate) use credit::is_under;
#[cfg(feature = "run")]
pub(crate) use decide::is_running;
pub use decide::{decide, needs};
pub(crate) use documents::Effect;
#[cfg(feature = "run")]
pub(crate) use documents::{Stand, credits_under, effect_of, mentions, our_form, stand};
pub(crate) use exchange_order::exchange_draft;
pub use facts::{
    CompanyFacts, CreditBook, DocumentFacts, ExchangeFacts, ExchangeSiteFacts, Facts, Needs, OrderFacts, ReturnBook,
    ReturnSite, ShopFacts, ShopOrder, ShopRefunds,
};
#[cfg(feature = "run")]
pub(crate) use orders::{bare_name, invoiced_to, order_number, orders_of_ours};
#[cfg(feature = "run")]
pub(crate) use prepare::return_draft;
#[cfg(feature = "run")]
pub(crate) use refunds::{asked_for, is_live};
#[cfg(feature = "run")]
pub(crate) use return_books::{shows_goods, still_stands};
#[cfg(feature = "run")]
pub(crate) use sales_returns::is_there;
#[cfg(feature = "run")]
pub(crate) use shop_refunds::{describe, not_listed_yet, shop_line, subject};
pub use step::{Decision, RefundPlan, Release, Standing, Step, Wait};
#[cfg(feature = "run")]
pub(crate) use stock::{GOODS, Goods, GoodsStand, StockLedger, goods, judge_goods, overdue};
#[cfg(feature = "run")]
pub(crate) use units::{arrived, keeps};
pub use value::share;
