use super::BundleSource;
use returns_wire::JsonDecimal;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bundles in bundles in bundles: more than so many are a mistake.
const DEPTH: usize = 8;
/// Most pieces in one bundle.
const PIECES: u64 = 10_000;

/// A product in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its stock code.
    pub sku: String,
    /// Pieces in one bundle.
    pub quantity: u32,
    /// What all its pieces in one bundle count for when the bundle's value is shared out: their selling price as a rule. None
    /// where nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<JsonDecimal>,
}

/// What one bundle is made of: no stock code twice, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Where that is known from.
    pub source: BundleSource,
    /// The components.
    pub components: Vec<Component>,
}

/// Why a bundle can't be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeFault {
    /// It has no components.
    #[error("{sku} has no components")]
    Empty {
        /// The bundle.
        sku: String,
    },
    /// A component without a stock code.
    #[error("a component of {sku} has no SKU")]
    NoSku {
        /// The bundle.
        sku: String,
    },
    /// No piece of a component, or far too many.
    #[error("{quantity} pieces of {component} in {sku}; between 1 and 10000 pieces can be in one bundle")]
    Quantity {
        /// The bundle.
        sku: String,
        /// The component.
        component: String,
        /// Its pieces.
        quantity: u64,
    },
    /// A price below zero.
    #[error("{component} in {sku} counts for {weight}, which is less than nothing")]
    Weight {
        /// The bundle.
        sku: String,
        /// The component.
        component: String,
        /// What it counts for.
        weight: Decimal,
    },
    /// It contains itself.
    #[error("{sku} contains itself: {path}")]
    Circle {
        /// The bundle.
        sku: String,
        /// By which way.
        path: String,
    },
}

fn fold(sku: &str) -> String {
    sku.trim().to_ascii_uppercase()
}

impl Recipe {
    /// A recipe from components as somebody lists them: the same product twice becomes one component.
    ///
    /// # Errors
    /// [`RecipeFault`].
    pub fn new(sku: &str, source: BundleSource, components: Vec<Component>) -> Result<Self, RecipeFault> {
        let mut merged: Vec<Component> = Vec::new();
        for component in components {
            let code = component.sku.trim().to_owned();
            if code.is_empty() {
                return Err(RecipeFault::NoSku { sku: sku.to_owned() });
            }
            if let Some(weight) = component.weight.filter(|weight| weight.get() < Decimal::ZERO) {
                return Err(RecipeFault::Weight { sku: sku.to_owned(), component: code, weight: weight.get() });
            }
            let known = merged.iter_mut().find(|known| fold(&known.sku) == fold(&code));
            let quantity = u64::from(component.quantity) + known.as_ref().map_or(0, |known| u64::from(known.quantity));
            let checked = u32::try_from(quantity).ok().filter(|_| component.quantity > 0 && quantity <= PIECES);
            let Some(quantity) = checked else {
                return Err(RecipeFault::Quantity { sku: sku.to_owned(), component: code, quantity });
            };
            match known {
                Some(known) => {
                    known.quantity = quantity;
                    let sum = known.weight.zip(component.weight).map(|(one, other)| one.get() + other.get());
                    known.weight = sum.map(JsonDecimal);
                }
                None => merged.push(Component { sku: code, ..component }),
            }
        }
        if merged.is_empty() {
            return Err(RecipeFault::Empty { sku: sku.to_owned() });
        }
        Ok(Self { source, components: merged })
    }

    /// The component with this stock code.
    pub fn component(&self, sku: &str) -> Option<usize> {
        self.components.iter().position(|component| fold(&component.sku) == fold(sku))
    }

    /// True when what each component counts for is known.
    pub fn has_weights(&self) -> bool {
        self.components.iter().all(|component| component.weight.is_some())
    }

    /// What each component counts for: its price, when every component has one and not all are nothing; else the number of
    /// its pieces.
    pub fn weights(&self) -> Vec<Decimal> {
        let prices: Option<Vec<_>> =
            self.components.iter().map(|component| component.weight.map(JsonDecimal::get)).collect();
        let prices = prices.filter(|prices| prices.iter().any(|price| !price.is_zero()));
        prices.unwrap_or_else(|| self.components.iter().map(|component| component.quantity.into()).collect())
    }
}

/// Bundles by stock code, as a merchant lists them. Upper and lower case are the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecipeTable(BTreeMap<String, Vec<Component>>);

impl RecipeTable {
    /// A table of these bundles. Every one of them is taken apart, to the last bundle in it.
    ///
    /// # Errors
    /// The first [`RecipeFault`].
    pub fn new(bundles: impl IntoIterator<Item = (String, Vec<Component>)>) -> Result<Self, RecipeFault> {
        let table = Self(bundles.into_iter().map(|(sku, components)| (fold(&sku), components)).collect());
        for sku in table.0.keys() {
            table.recipe(sku).transpose()?;
        }
        Ok(table)
    }

    /// True when it lists nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bundles it lists, in capital letters.
    pub fn skus(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What a bundle is made of, bundles in it taken apart as well; none when the table does not list it.
    pub fn recipe(&self, sku: &str) -> Option<Result<Recipe, RecipeFault>> {
        let components = self.0.get(&fold(sku))?.clone();
        let top = Recipe::new(sku, BundleSource::Table, components);
        Some(top.and_then(|recipe| self.flatten(sku, recipe)))
    }

    /// A recipe with every component that is listed here taken apart. A bundle in a bundle passes its own price on to its
    /// components, in proportion to theirs.
    ///
    /// # Errors
    /// [`RecipeFault`].
    pub fn flatten(&self, sku: &str, recipe: Recipe) -> Result<Recipe, RecipeFault> {
        let leaves = self.leaves(sku, &recipe, &mut vec![fold(sku)])?;
        Recipe::new(sku, recipe.source, leaves)
    }

    fn leaves(&self, sku: &str, recipe: &Recipe, path: &mut Vec<String>) -> Result<Vec<Component>, RecipeFault> {
        let mut leaves = Vec::new();
        for component in &recipe.components {
            let code = fold(&component.sku);
            let Some(listed) = self.0.get(&code) else {
                leaves.push(component.clone());
                continue;
            };
            path.push(code.clone());
            if path.iter().filter(|step| **step == code).count() > 1 || path.len() > DEPTH {
                return Err(RecipeFault::Circle { sku: sku.to_owned(), path: path.join(" > ") });
            }
            let inner = Recipe::new(&component.sku, recipe.source, listed.clone())?;
            let inside = self.leaves(sku, &inner, path)?;
            path.pop();
            let inside = Recipe::new(&component.sku, recipe.source, inside)?;
            let shares = inside.weights();
            let whole: Decimal = shares.iter().sum();
            for (part, share) in inside.components.into_iter().zip(shares) {
                // Without a price of its own, a bundle counts for what its components count for.
                let weight = match component.weight {
                    Some(weight) if !whole.is_zero() => Some(JsonDecimal((weight.get() * share / whole).round_dp(9))),
                    Some(_) => Some(JsonDecimal(Decimal::ZERO)),
                    None => part.weight.map(|own| JsonDecimal(own.get() * Decimal::from(component.quantity))),
                };
                let quantity = u64::from(part.quantity) * u64::from(component.quantity);
                let checked = u32::try_from(quantity).ok().filter(|_| quantity <= PIECES);
                let Some(quantity) = checked else {
                    return Err(RecipeFault::Quantity { sku: sku.to_owned(), component: part.sku, quantity });
                };
                leaves.push(Component { quantity, weight, ..part });
            }
        }
        Ok(leaves)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(sku: &str, quantity: u32, weight: &str) -> Component {
        let weight = (!weight.is_empty()).then(|| JsonDecimal(weight.parse().unwrap()));
        Component { sku: sku.to_owned(), quantity, weight }
    }

    fn shown(recipe: &Recipe) -> Vec<(String, u32, String)> {
        let weights = recipe.weights();
        let each = recipe.components.iter().zip(weights);
        each.map(|(part, weight)| (part.sku.clone(), part.quantity, weight.normalize().to_string())).collect()
    }

    fn listed(parts: &[(&str, u32, &str)]) -> Vec<(String, u32, String)> {
        parts.iter().map(|(sku, quantity, weight)| ((*sku).to_owned(), *quantity, (*weight).to_owned())).collect()
    }

    #[test]
    fn a_recipe_names_each_product_once() {
        let recipe = |parts| Recipe::new("SET", BundleSource::Table, parts);
        let merged = recipe(vec![part("MUG", 1, "6"), part(" tea", 1, "2"), part("mug ", 2, "12")]).unwrap();
        assert_eq!(shown(&merged), listed(&[("MUG", 3, "18"), ("tea", 1, "2")]));
        assert_eq!(merged.component("TEA "), Some(1));
        // One price is missing, or all are nothing: the pieces count.
        assert_eq!(
            shown(&recipe(vec![part("MUG", 1, "6"), part("TEA", 2, "")]).unwrap()),
            listed(&[("MUG", 1, "1"), ("TEA", 2, "2")])
        );
        assert_eq!(
            shown(&recipe(vec![part("MUG", 1, "0"), part("TEA", 2, "0")]).unwrap()),
            listed(&[("MUG", 1, "1"), ("TEA", 2, "2")])
        );
        for (parts, says) in [
            (vec![], "no components"),
            (vec![part(" ", 1, "")], "no SKU"),
            (vec![part("MUG", 0, "")], "0 pieces of MUG"),
            (vec![part("MUG", 9_000, ""), part("MUG", 9_000, "")], "18000 pieces of MUG"),
            (vec![part("MUG", 1, "-1")], "less than nothing"),
        ] {
            let fault = recipe(parts).unwrap_err().to_string();
            assert!(fault.contains(says), "{fault}");
        }
    }

    #[test]
    fn bundles_in_bundles_are_taken_apart() {
        let table = |bundles: Vec<(&str, Vec<Component>)>| {
            RecipeTable::new(bundles.into_iter().map(|(sku, parts)| (sku.to_owned(), parts)))
        };
        let nested = table(vec![
            ("HAMPER", vec![part("SET", 2, "30"), part("JAM", 1, "5")]),
            ("SET", vec![part("MUG", 1, "8"), part("TEA", 2, "4"), part("JAM", 1, "3")]),
        ])
        .unwrap();
        // 30 for two sets, shared 8 : 4 : 3; the jam of the sets and the one beside them are one component.
        let hamper = nested.recipe("hamper").unwrap().unwrap();
        assert_eq!(shown(&hamper), listed(&[("MUG", 2, "16"), ("TEA", 4, "8"), ("JAM", 3, "11")]));
        assert!(nested.recipe("MUG").is_none());
        // Without a price of its own, a set counts for its components.
        let open =
            table(vec![("HAMPER", vec![part("SET", 2, ""), part("JAM", 1, "5")]), ("SET", vec![part("MUG", 1, "8")])]);
        assert_eq!(
            shown(&open.unwrap().recipe("HAMPER").unwrap().unwrap()),
            listed(&[("MUG", 2, "16"), ("JAM", 1, "5")])
        );
        let circle = table(vec![("A", vec![part("B", 1, "")]), ("B", vec![part("a", 1, "")])]).unwrap_err();
        assert_eq!(circle.to_string(), "A contains itself: A > B > A");
        let huge = table(vec![("A", vec![part("B", 200, "")]), ("B", vec![part("C", 200, "")])]).unwrap_err();
        assert!(huge.to_string().contains("40000 pieces of C"), "{huge}");
    }
}
