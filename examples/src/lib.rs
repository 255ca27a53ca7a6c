//! An invented shop: Harbour & Finch, on Shopify, ReturnGO and Sage 200, in the vendors' sandboxes, on a clock that moves only
//! when told. The examples play in it, and so do the tests.

mod day;
mod desk;
mod exchanges;
pub mod json;
pub mod live;
mod shop;
pub mod terminal;

pub use day::{Act, Adoption, Day, Story};
pub use desk::Desk;
pub use shop::{Online, Oops, RETURNGO_APP, SHOP, Shop};
