//! Bundles: what one is made of, and what each of its pieces was sold for, to the smallest coin.
//!
//! Shopify sells a bundle in two ways. Where its lines are the components themselves ([`BundleSource::GroupedLines`]), each
//! line has its own price, discounts and tax: nothing is split. Where one line carries the whole bundle, its value is
//! shared out among the components by [`BundleLine`].
//!
//! Every piece of every bundle on a line has a value of its own that depends on nothing but the line: whatever comes back,
//! in whatever order, adds up to the line and never exceeds it.
//!
//! ```
//! use returns_wire::{Currency, Money};
//! use shopify_returns::{BundleComponent, BundleLine};
//! let pounds = |text: &str| Money::new(text.parse().unwrap(), Currency::GBP).unwrap();
//! // A gift set for 24.00 with VAT: a mug of 18.00 and two teas of 6.00, sold for less than their sum.
//! let line = BundleLine::new(
//!     1,
//!     pounds("20.00"),
//!     pounds("4.00"),
//!     vec![
//!         BundleComponent::new("MUG", 1, "18.00".parse()?, "20".parse()?),
//!         BundleComponent::new("TEA", 2, "12.00".parse()?, "20".parse()?),
//!     ],
//! )?;
//! let [mug, teas] = line.bundle(0)?.try_into().unwrap();
//! assert_eq!((mug.net, mug.tax), (pounds("12.00"), pounds("2.40")));
//! assert_eq!((teas.net, teas.tax), (pounds("8.00"), pounds("1.60")));
//! // One of the two teas.
//! assert_eq!(line.piece(0, 1, 0)?.net, pounds("4.00"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod recipe;
mod split;

pub use recipe::{Component, Recipe, RecipeFault, RecipeTable};
pub use split::{BundleComponent, BundleError, BundleLine, Share, Taken, apportion};

use serde::{Deserialize, Serialize};

/// Where the components of a bundle are known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BundleSource {
    /// The order's lines are the components: Shopify's own bundles, and carts that an app expands or merges. Each line says
    /// which bundle it belongs to (its group).
    GroupedLines,
    /// One line carries the bundle, and its variant says what it is made of
    /// (its variant's components): orders made through the API, changed orders, subscriptions. It is
    /// what the variant is made of today.
    VariantComponents,
    /// One line carries the bundle, and a table of the merchant's says what it is made of: apps that keep a bundle under a
    /// stock code of its own and tell Shopify nothing.
    Table,
}
