//! Bundles: found on the shop's order, taken apart once, credited as their components.

use super::{
    matching::{Line, ShopLine, Valuer, usable_product},
    orders::Refusal,
    units,
};
#[cfg(feature = "run")]
use crate::journal::State;
use crate::{
    exception::Code,
    journal::{FeeTaken, PartValue, SplitBy, SplitComponent, SplitLine, TaxChoice, UnitValue},
    policy::{BundleSplit, Policy},
    rules::ShopOrder,
};
use returngo_client::Item;
#[cfg(feature = "run")]
use returngo_client::Rma;
use returns_wire::{JsonDecimal, Money};
use rust_decimal::Decimal;
use sage200_client::{Id, OrderLine as SageLine, ProductCode, TaxCode};
use shopify_returns::{
    BundleComponent, BundleError, BundleLine, BundleSource, Component, LineItemId, LineValue, Order, OrderLine, Recipe,
    RecipeFault, Share, Taken, apportion,
};
use std::collections::BTreeSet;

/// What a line of the shop's order is made of; none for a product that is no bundle, or that is sold as its components.
fn recipe(line: &OrderLine, policy: &Policy) -> Option<Result<Recipe, String>> {
    let sku = line.sku.as_deref()?.trim();
    let said = |fault: RecipeFault| fault.to_string();
    // What the merchant says comes first: it is meant for this.
    if line.group.is_none()
        && let Some(recipe) = policy.bundles.recipe(sku)
    {
        return Some(recipe.map_err(said));
    }
    if !line.is_whole_bundle() {
        return None;
    }
    let Some(components) = &line.components else {
        return Some(Err(format!("{sku} is a bundle, and Shopify does not say in full what it is made of")));
    };
    let component = |component: &shopify_returns::VariantComponent| Component {
        sku: component.sku.clone().unwrap_or_default(),
        quantity: component.quantity,
        weight: component.price.map(|price| JsonDecimal(price.get() * Decimal::from(component.quantity))),
    };
    let recipe = Recipe::new(sku, BundleSource::VariantComponents, components.iter().map(component).collect());
    Some(recipe.and_then(|recipe| policy.bundles.flatten(sku, recipe)).map_err(said))
}

/// The line of the shop's order that an item was sold on.
fn line_of<'o>(item: &Item, order: &'o Order) -> Option<&'o OrderLine> {
    let id: LineItemId = item.shop_line_item_id.as_ref()?.as_str().parse().ok()?;
    order.line(id)
}

/// Stock codes that Sage must know for an RMA: those of its items, components in the place of bundles.
#[cfg(feature = "run")]
pub(crate) fn codes(rma: &Rma, shop: Option<&Order>, state: &State, policy: &Policy) -> BTreeSet<ProductCode> {
    let mut codes = BTreeSet::new();
    for item in &rma.items {
        let line = shop.and_then(|order| line_of(item, order));
        let split = line.and_then(|line| state.bundles.get(&line.id));
        let parts: Vec<String> = match (split, line.and_then(|line| recipe(line, policy))) {
            (Some(split), _) => split.working.components.iter().map(|part| part.sku.clone()).collect(),
            (None, Some(Ok(recipe))) => recipe.components.into_iter().map(|part| part.sku).collect(),
            (None, _) => item.sku.clone().into_iter().collect(),
        };
        codes.extend(parts.iter().filter_map(|sku| ProductCode::new(sku.trim()).ok()));
    }
    codes
}

/// What is wanted of a bundle's line.
#[derive(Clone, Copy)]
enum Wanted {
    Whole,
    Piece(usize),
}

impl<'f> Valuer<'f> {
    /// The value of a unit that is a bundle, or a piece of one; none when its line sold no bundle.
    pub(super) fn bundle(&mut self, item: &Item, code: &ProductCode) -> Result<Option<UnitValue>, Refusal> {
        let unknown = |text: String| (Code::BundleUnknown, text);
        let Some(ShopOrder::Found(order)) = self.facts.shop.and_then(|shop| shop.order.as_ref()) else {
            let listed = self.policy.bundles.recipe(code.as_str()).is_some();
            let text = format!("{code} is a bundle; without Shopify, what was paid for its components can't be said");
            return if listed { Err(unknown(text)) } else { Ok(None) };
        };
        let Some(line) = line_of(item, order) else { return Ok(None) };
        let split = match self.facts.state.bundles.get(&line.id).or_else(|| self.splits.get(&line.id)) {
            Some(split) => split.clone(),
            None => {
                let Some(recipe) = recipe(line, self.policy) else { return Ok(None) };
                let split = self.split(item, order, line, recipe.map_err(unknown)?)?;
                self.splits.insert(line.id, split.clone());
                split
            }
        };
        let wanted = if same(code.as_str(), &split.sku) {
            Wanted::Whole
        } else {
            let place = split.working.components.iter().position(|component| same(&component.sku, code.as_str()));
            Wanted::Piece(place.ok_or_else(|| {
                let text = format!("ReturnGO says {code}, line {} of {} is {}", line.id, order.name, split.sku);
                (Code::ShopLineDiffers, text)
            })?)
        };
        self.unchanged(order, line, &split)?;
        self.part_of(item, code, &split, wanted).map(Some)
    }

    /// What was sold must still be what was taken apart.
    fn unchanged(&self, order: &Order, line: &OrderLine, split: &SplitLine) -> Result<(), Refusal> {
        let value = line.value(order.taxes_included).map_err(|error| (Code::ValueUnreadable, error.to_string()))?;
        let then = (split.working.bundles, split.working.net, split.working.tax);
        if (line.quantity, value.net, value.tax) != then {
            let text = format!(
                "{} of {} sold {} for {} with {} VAT when it was taken apart, and {} for {} with {} now",
                split.sku, order.name, then.0, then.1, then.2, line.quantity, value.net, value.tax
            );
            return Err((Code::ValueDiffers, text));
        }
        Ok(())
    }

    fn part_of(
        &mut self,
        item: &Item,
        code: &ProductCode,
        split: &SplitLine,
        wanted: Wanted,
    ) -> Result<UnitValue, Refusal> {
        let taken = self.taken_of(split)?;
        let working = &split.working;
        let unreadable = |error: BundleError| (Code::ValueUnreadable, format!("{}: {error}", split.sku));
        let gone = || {
            let text = format!("all pieces of {code} on {} x {} are credited already", working.bundles, split.sku);
            (Code::QuantityExceeded, text)
        };
        // Bundle, component, first piece, pieces, value.
        let picked: Vec<(u32, usize, u32, u32, Share)> = match wanted {
            Wanted::Whole => {
                let bundle = taken.whole(working).ok_or_else(gone)?;
                let shares = working.bundle(bundle).map_err(unreadable)?;
                let each = shares.into_iter().zip(&working.components).enumerate();
                each.map(|(place, (share, component))| (bundle, place, 0, component.quantity, share)).collect()
            }
            Wanted::Piece(place) => {
                let (bundle, piece) = taken.piece(working, place).ok_or_else(gone)?;
                let share = working.piece(bundle, place, piece).map_err(unreadable)?;
                vec![(bundle, place, piece, 1, share)]
            }
        };
        let mut parts = Vec::new();
        for (bundle, place, first, pieces, share) in picked {
            let (Some(component), Some(sage)) = (working.components.get(place), split.components.get(place)) else {
                return Err((Code::ValueUnreadable, format!("{} was not taken apart in full", split.sku)));
            };
            let product = ProductCode::new(component.sku.trim())
                .map_err(|error| (Code::TextTooLong, format!("component of {}: {error}", split.sku)))?;
            usable_product(&product, &self.found.products)?;
            let facts = self.facts;
            let tax = facts.company.tax.by_id(sage.tax.id).map_err(|e| (Code::TaxCodeUnmapped, e.to_string()))?;
            if (tax.rate(), tax.number()) != (sage.tax.rate.get(), sage.tax.number) {
                let (then, now) = (sage.tax.rate.get().normalize(), tax.rate().normalize());
                let text = format!("{product}: VAT code {} had {then}% when it was sold and has {now}%", tax.number());
                return Err((Code::TaxRateWrong, text));
            }
            let order_line = self.invoiced_part(split, sage, &product, pieces)?;
            let (sku, net, vat, tax) = (product.as_str().to_owned(), share.net, share.tax, sage.tax);
            parts.push(PartValue {
                sku,
                bundle,
                component: place,
                first,
                pieces,
                order_line,
                net,
                vat,
                tax,
                fee: None,
            });
        }
        let sum = |pick: fn(&PartValue) -> Money| {
            let zero = Money::zero(self.policy.currency);
            let sum = parts.iter().map(pick).try_fold(zero, Money::checked_add);
            sum.map_err(|error| (Code::ValueUnreadable, error.to_string()))
        };
        let (net, vat) = (sum(|part| part.net)?, sum(|part| part.vat)?);
        let paid = self.paid(item)?.0;
        match wanted {
            Wanted::Whole => {
                let value = LineValue { net: working.net, tax: working.tax, rate: None };
                self.agreed(&ShopLine { id: split.line, units: working.bundles, value }, code, paid)?;
            }
            // A penny for ReturnGO's rounding, and one for the piece's place in its line.
            Wanted::Piece(_) => {
                let (gross, penny) = (net.amount() + vat.amount(), self.policy.currency.smallest());
                if (gross - paid.amount()).abs() > penny + penny {
                    let text =
                        format!("{code}: ReturnGO says {}, its share of {} is {gross}", paid.amount(), split.sku);
                    return Err((Code::ValueDiffers, text));
                }
            }
        }
        let fee = self.fee(item, net, vat)?;
        let (net, vat) = match fee {
            None => (net, vat),
            Some(fee) => {
                take_off(&mut parts, fee).map_err(|why| (Code::FeesNotSupported, why))?;
                let less = |amount: Money, fee: Money| {
                    amount.checked_sub(fee).map_err(|error| (Code::ValueUnreadable, error.to_string()))
                };
                (less(net, fee.net)?, less(vat, fee.vat)?)
            }
        };
        let taken = self.taken.entry(split.line).or_default();
        for part in &parts {
            taken.extend((0..part.pieces).map(|piece| (part.bundle, part.component, part.first + piece)));
        }
        Ok(UnitValue {
            unit: item.returned_item_id.clone(),
            order_line: split.order_line,
            shop_line: Some(split.line),
            sku: code.as_str().to_owned(),
            net,
            vat,
            tax: None,
            fee,
            parts,
            store_credit: units::is_store_credit(item),
            exchanged: units::is_exchange(item),
        })
    }

    /// The Sage line of a component, once as many pieces are invoiced as would be credited.
    fn invoiced_part(
        &self,
        split: &SplitLine,
        sage: &SplitComponent,
        product: &ProductCode,
        pieces: u32,
    ) -> Result<Option<Id<SageLine>>, Refusal> {
        let Some(id) = sage.order_line.or(split.order_line) else { return Ok(None) };
        let view = self.found.lines.iter().find(|view| view.id == id);
        let view = view.ok_or_else(|| {
            (Code::ValueDiffers, format!("the line that sold {product} is not on the Sage order any more"))
        })?;
        let invoiced = view.invoice_credit_quantity.map(JsonDecimal::get).unwrap_or_default();
        let (need, what) = match sage.order_line {
            Some(_) => {
                let others = self.facts.state.prior(id).units;
                let now = self.taken.get(&split.line).into_iter().flatten();
                let place = split.working.components.iter().position(|part| same(&part.sku, product.as_str()));
                let now = now.filter(|(_, component, _)| Some(*component) == place).count();
                (others + u32::try_from(now).unwrap_or(u32::MAX) + pieces, product.as_str())
            }
            None => (1, split.sku.as_str()),
        };
        if Decimal::from(need) > invoiced {
            let text = format!("{what}: {} are invoiced, {need} would be credited", invoiced.normalize());
            return Err((Code::OrderNotInvoiced, text));
        }
        Ok(sage.order_line)
    }

    /// Pieces of a line that are credited, claimed or settled.
    fn taken_of(&self, split: &SplitLine) -> Result<Taken, Refusal> {
        let mut taken = Taken::new();
        let pieces = |part: &PartValue| {
            let (bundle, component, first) = (part.bundle, part.component, part.first);
            (0..part.pieces).map(move |piece| (bundle, component, first + piece))
        };
        for value in self.facts.state.values_in_shop(split.line) {
            if value.parts.is_empty() {
                let text =
                    format!("a unit of {} was credited as one product before it was known as a bundle", split.sku);
                return Err((Code::BundleUnknown, text));
            }
            value.parts.iter().flat_map(pieces).for_each(|(bundle, component, piece)| {
                taken.take(bundle, component, piece);
            });
        }
        for (bundle, component, piece) in self.taken.get(&split.line).into_iter().flatten() {
            taken.take(*bundle, *component, *piece);
        }
        let components = &split.working.components;
        // What persons have settled is used up, whole bundles first.
        let settled = |sku: &str| ProductCode::new(sku.trim()).map_or(0, |code| self.settled(&code));
        for _ in 0..settled(&split.sku) {
            let Some(bundle) = taken.whole(&split.working) else { break };
            for (place, component) in components.iter().enumerate() {
                for piece in 0..component.quantity {
                    taken.take(bundle, place, piece);
                }
            }
        }
        for (place, component) in components.iter().enumerate() {
            for _ in 0..settled(&component.sku) {
                let Some((bundle, piece)) = taken.piece(&split.working, place) else { break };
                taken.take(bundle, place, piece);
            }
        }
        Ok(taken)
    }

    /// Takes a line apart: what it sold, by what the components count for, with their VAT codes.
    fn split(&self, item: &Item, order: &Order, line: &OrderLine, recipe: Recipe) -> Result<SplitLine, Refusal> {
        let sku = line.sku.as_deref().unwrap_or_default().trim().to_owned();
        let unreadable = |why: String| (Code::ValueUnreadable, format!("line {} of {}: {why}", line.id, order.name));
        let value = line.value(order.taxes_included).map_err(|error| unreadable(error.to_string()))?;
        let gross = value.gross().map_err(|error| unreadable(error.to_string()))?;
        let sold = ShopLine { id: line.id, units: line.quantity, value: value.clone() };
        let code = ProductCode::new(&sku).map_err(|error| (Code::TextTooLong, error.to_string()))?;
        let in_sage = if self.linked { self.lines_of_bundle(&recipe, line.quantity, gross)? } else { None };
        let (by, weights, sage, order_line) = match &in_sage {
            Some(lines) => {
                let (by, weights) = match self.policy.bundle_split {
                    BundleSplit::SellingPrice => (SplitBy::Invoiced, lines.iter().map(|(_, gross)| *gross).collect()),
                    BundleSplit::Table => self.weights(&sku, &recipe)?,
                };
                let sage = lines.iter().map(|(line, _)| Ok((self.tax_code_of(line)?, Some(line.id))));
                (by, weights, sage.collect::<Result<Vec<_>, Refusal>>()?, None)
            }
            None => {
                let (by, weights) = self.weights(&sku, &recipe)?;
                let (tax, order_line) = if self.linked {
                    let price = self.agreed(&sold, &code, self.paid_whole(item, &code, &sold)?)?;
                    let parent = self.choose(&code, &price).map_err(|(why, text)| match why {
                        Code::SkuUnknown => (
                            Code::BundleUnknown,
                            format!("neither {sku} nor all of its components are lines of the Sage order"),
                        ),
                        why => (why, text),
                    })?;
                    (self.tax_code_of(&parent)?, Some(parent.id))
                } else {
                    (self.tax_code_by_rate(&code, value.rate)?, None)
                };
                (by, weights, recipe.components.iter().map(|_| (tax, None)).collect(), order_line)
            }
        };
        let one_rate = sage.iter().map(|(tax, _)| tax.rate()).collect::<BTreeSet<_>>().len() == 1;
        if let Some((tax, _)) = sage.first().filter(|_| one_rate) {
            self.check_rate(&code, tax, value.net, value.tax, Some(value.rate), None)?;
        }
        let component = |((part, weight), (tax, _)): ((&Component, &Decimal), &(TaxCode<'_>, _))| {
            BundleComponent::new(&part.sku, part.quantity, *weight, tax.rate())
        };
        let components = recipe.components.iter().zip(&weights).zip(&sage).map(component).collect();
        let working = BundleLine::new(line.quantity, value.net, value.tax, components);
        let working = working.map_err(|error| match error {
            BundleError::TaxDiffers { .. } => (Code::TaxRateWrong, format!("{sku}: {error}")),
            error => unreadable(error.to_string()),
        })?;
        let choice = |(tax, order_line): (TaxCode<'_>, Option<Id<SageLine>>)| SplitComponent {
            tax: TaxChoice { id: tax.id(), number: tax.number(), rate: tax.rate().into() },
            order_line,
        };
        let components = sage.into_iter().map(choice).collect();
        Ok(SplitLine { line: line.id, sku, source: recipe.source, by, working, components, order_line })
    }

    /// ReturnGO's price of a whole bundle; for a piece of one, what the shop says, as ReturnGO names no other.
    fn paid_whole(&self, item: &Item, code: &ProductCode, sold: &ShopLine) -> Result<Money, Refusal> {
        if item.sku.as_deref().is_some_and(|sku| same(sku, code.as_str())) {
            return Ok(self.paid(item)?.0);
        }
        let gross = sold.value.gross().map_err(|error| (Code::ValueUnreadable, error.to_string()))?;
        let parts = apportion(gross, &vec![Decimal::ONE; usize::try_from(sold.units).unwrap_or(1)]);
        let first = parts.ok().and_then(|parts| parts.first().copied());
        first.ok_or((Code::ValueUnreadable, format!("{code} was sold in no quantity")))
    }

    /// What the components count for where the Sage order does not say.
    fn weights(&self, sku: &str, recipe: &Recipe) -> Result<(SplitBy, Vec<Decimal>), Refusal> {
        let missing = recipe.components.iter().find(|component| component.weight.is_none());
        match (self.policy.bundle_split, recipe.source, missing) {
            (BundleSplit::Table, BundleSource::Table, None) => Ok((SplitBy::Table, recipe.weights())),
            (BundleSplit::SellingPrice, _, None) => Ok((SplitBy::Prices, recipe.weights())),
            (BundleSplit::Table, ..) => Err((
                Code::BundleUnknown,
                format!(
                    "`policy.bundles` does not say what each component of {sku} counts for, and `bundle_split` is \"table\""
                ),
            )),
            (_, _, Some(component)) => Err((
                Code::BundleUnknown,
                format!("no selling price of {} in {sku} is known: write it into `policy.bundles`", component.sku),
            )),
        }
    }

    /// The lines of the Sage order that sell the components one by one, with what each is worth with VAT: none when it
    /// sells none of them so, or under the bundle's own code.
    fn lines_of_bundle(
        &self,
        recipe: &Recipe,
        bundles: u32,
        gross: Money,
    ) -> Result<Option<Vec<(Line<'f>, Decimal)>>, Refusal> {
        let claimed: BTreeSet<_> = {
            let splits = self.facts.state.bundles.values().chain(self.splits.values());
            splits.flat_map(|split| split.components.iter().filter_map(|part| part.order_line)).collect()
        };
        let mut lines = Vec::new();
        for component in &recipe.components {
            let code =
                ProductCode::new(component.sku.trim()).map_err(|error| (Code::TextTooLong, error.to_string()))?;
            let found = match self.lines_of(&code) {
                Ok(found) => found,
                Err((Code::SkuUnknown, _)) => return Ok(None),
                Err(refusal) => return Err(refusal),
            };
            let wanted = component.quantity.saturating_mul(bundles);
            let free = |line: &Line<'_>| {
                !claimed.contains(&line.id) && line.units - self.used(line.id).units.min(line.units) >= wanted
            };
            // A line of just these pieces, else one that holds them among others of the product.
            let mut found: Vec<_> = found.into_iter().filter(free).collect();
            found.sort_by_key(|line| line.units != wanted);
            match found.into_iter().next() {
                Some(line) if line.units == wanted => lines.push(line),
                _ => return Ok(None),
            }
        }
        let sums = |pick: fn(&Line<'_>) -> Decimal| lines.iter().map(pick).collect::<Vec<_>>();
        let readings = [sums(|line| line.total.amount() + line.tax.amount()), sums(|line| line.total.amount())];
        let pieces: u32 = lines.iter().map(|line| line.units).sum();
        let allowed = (Decimal::from(pieces) * Decimal::new(6, 1)).ceil() * self.policy.currency.smallest();
        let close = |weights: &Vec<Decimal>| (weights.iter().sum::<Decimal>() - gross.amount()).abs() <= allowed;
        let inclusive = lines.iter().all(|line| line.gross.len() > 1);
        let fits = readings.iter().enumerate().find(|(place, weights)| (*place == 0 || inclusive) && close(weights));
        match fits {
            Some((_, weights)) => Ok(Some(lines.into_iter().zip(weights.clone()).collect())),
            None => {
                let [with, _] = &readings;
                let sum = with.iter().sum::<Decimal>();
                let text =
                    format!("the components are sold for {sum} on the Sage order, the bundle for {gross} in Shopify");
                Err((Code::ValueDiffers, text))
            }
        }
    }
}

/// Takes a fee off the parts of a bundle, by what each is worth.
fn take_off(parts: &mut [PartValue], fee: FeeTaken) -> Result<(), String> {
    let gross = fee.net.checked_add(fee.vat).map_err(|error| error.to_string())?;
    let worth = |part: &PartValue| part.net.amount() + part.vat.amount();
    let shares = apportion(gross, &parts.iter().map(worth).collect::<Vec<_>>()).map_err(|error| error.to_string())?;
    // VAT first: what is left of a share is net.
    let vats: Vec<_> = parts.iter().map(|part| part.vat.amount()).collect();
    let vats = apportion(fee.vat, &vats).map_err(|error| error.to_string())?;
    for ((part, share), vat) in parts.iter_mut().zip(shares).zip(vats) {
        let less = |amount: Money, fee: Money| amount.checked_sub(fee).map_err(|error| error.to_string());
        let net = less(share, vat)?;
        (part.net, part.vat) = (less(part.net, net)?, less(part.vat, vat)?);
        if part.net.amount().is_sign_negative() || part.vat.amount().is_sign_negative() {
            return Err(format!("a fee of {gross} leaves less than nothing of {}", part.sku));
        }
        part.fee = Some(FeeTaken { net, vat, of_rma: false });
    }
    Ok(())
}

fn same(left: &str, right: &str) -> bool {
    left.trim().eq_ignore_ascii_case(right.trim())
}
