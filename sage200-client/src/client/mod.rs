//! The handle over the HTTP seam.

mod builder;
mod company;
mod credit_notes;
mod lookups;
mod orders;
mod probes;
mod read;
mod returns;
mod send;
mod sites;
mod stock;
mod tokens;

pub use builder::{Builder, PROFESSIONAL, STANDARD, Sage, TOKEN_URL};
pub use company::Company;
pub use credit_notes::Posted;
pub use orders::CreatedOrder;
pub use returns::{CreatedReturn, ReturnsSupport};
pub use sites::Edition;
pub use tokens::{MemoryTokens, StoredTokens, TokenStore};
