//! What a unit is worth: matched to the line that sold it, in Sage and in the shop.

use super::{
    Facts, OrderFacts, ShopOrder,
    orders::{Refusal, bare_name, orders_of_ours},
    units,
    value::{UnitShare, unit_share},
};
use crate::{
    exception::Code,
    journal::{FeeTaken, Link, OrderLink, PriorCredit, SettledUnit, SplitLine, TaxChoice, UnitValue},
    policy::Policy,
};
use returngo_client::Item;
use returns_wire::{Money, MoneyError, Rounding};
use rust_decimal::Decimal;
use sage200_client::{Id, LineType, OrderLine, OrderLineView, ProductCode, ProductStatus, ProductView, TaxCode};
use shopify_returns::{LineItemId, LineValue};
use std::collections::{BTreeMap, BTreeSet};

/// Gives units their value, in the order of the units given: by the shop's order where it is connected, else by Sage's.
pub(super) struct Valuer<'f> {
    pub(super) facts: &'f Facts<'f>,
    pub(super) found: &'f OrderFacts,
    pub(super) policy: &'f Policy,
    pub(super) linked: bool,
    /// The order's number in Sage.
    number: String,
    in_sage: BTreeMap<Id<OrderLine>, PriorCredit>,
    in_shop: BTreeMap<LineItemId, PriorCredit>,
    fee_taken: bool,
    /// Bundles that were taken apart here, and the pieces of them that were valued.
    pub(super) splits: BTreeMap<LineItemId, SplitLine>,
    pub(super) taken: BTreeMap<LineItemId, BTreeSet<(u32, usize, u32)>>,
}

/// A line of the Sage order with everything a value needs.
pub(super) struct Line<'f> {
    pub(super) id: Id<OrderLine>,
    pub(super) units: u32,
    pub(super) total: Money,
    pub(super) tax: Money,
    /// What all its units cost with VAT, by either way to read the prices of an order.
    pub(super) gross: Vec<Decimal>,
    pub(super) view: &'f OrderLineView,
}

/// A line of the shop's order.
pub(super) struct ShopLine {
    pub(super) id: LineItemId,
    pub(super) units: u32,
    pub(super) value: LineValue,
}

/// What a unit cost, unrounded: a third of 10.00 is 3.333..., and 3.33 and 3.34 are both within a penny of it.
pub(super) struct UnitPrice {
    pub(super) gross: Decimal,
    pub(super) tax: Option<Decimal>,
    pub(super) whose: &'static str,
}

impl<'f> Valuer<'f> {
    pub(super) fn new(facts: &'f Facts<'f>, found: &'f OrderFacts, policy: &'f Policy, order: &OrderLink) -> Self {
        let linked = matches!(order.link, Link::Linked { .. });
        let number = order.customer_document_no.clone();
        Self {
            facts,
            found,
            policy,
            linked,
            number,
            in_sage: BTreeMap::new(),
            in_shop: BTreeMap::new(),
            fee_taken: false,
            splits: BTreeMap::new(),
            taken: BTreeMap::new(),
        }
    }

    /// The value of one more unit.
    pub(super) fn value(&mut self, item: &Item) -> Result<UnitValue, Refusal> {
        let sku = item.sku.as_deref().ok_or((Code::SkuUnknown, "the item carries no SKU".to_owned()))?;
        let code = ProductCode::new(sku.trim()).map_err(|error| (Code::TextTooLong, error.to_string()))?;
        if let Some(value) = self.bundle(item, &code)? {
            return Ok(value);
        }
        usable_product(&code, &self.found.products)?;
        let paid = self.paid(item)?;
        let sold = self.sold(item, &code)?;
        let price = match &sold {
            Some(sold) => self.agreed(sold, &code, paid.0)?,
            None => UnitPrice { gross: paid.0.amount(), tax: Some(paid.1.amount()), whose: "ReturnGO" },
        };
        let line = if self.linked { Some(self.choose(&code, &price)?) } else { None };
        // What was paid is what the shop says; without the shop, what Sage's own order says.
        let (net, tax, of, prior) = match (&sold, &line) {
            (Some(sold), _) => (sold.value.net, sold.value.tax, sold.units, self.used_in_shop(sold.id, &code)),
            (None, Some(line)) => (line.total, line.tax, line.units, self.used(line.id)),
            (None, None) => return Err((Code::OrderNotFound, "neither Sage nor the shop has the order".to_owned())),
        };
        let rate = sold.as_ref().map(|sold| sold.value.rate);
        let code_of_tax = match &line {
            Some(line) => self.tax_code_of(line)?,
            None => self.tax_code_by_rate(&code, rate.flatten())?,
        };
        self.check_rate(&code, &code_of_tax, net, tax, rate, line.as_ref())?;
        let too_large = |error: MoneyError| (Code::ValueUnreadable, error.to_string());
        let credited = |amount| Money::new(amount, self.policy.currency);
        let so_far = credited(prior.net + prior.vat).and_then(|gross| Ok((gross, credited(prior.vat)?)));
        let (gross_so_far, vat_so_far) = so_far.map_err(too_large)?;
        let whole = UnitShare { gross: net.checked_add(tax).map_err(too_large)?, vat: tax };
        let credited_so_far = UnitShare { gross: gross_so_far, vat: vat_so_far };
        let unit = unit_share(whole, prior.units, credited_so_far, of).map_err(too_large)?;
        let (unit_net, unit_vat) = (unit.net().map_err(too_large)?, unit.vat);
        let more = |prior: PriorCredit| PriorCredit {
            units: prior.units + 1,
            net: prior.net + unit_net.amount(),
            vat: prior.vat + unit_vat.amount(),
        };
        if let Some(line) = &line {
            self.in_sage.insert(line.id, more(self.used(line.id)));
        }
        if let Some(sold) = &sold {
            self.in_shop.insert(sold.id, more(self.used_in_shop(sold.id, &code)));
        }
        let fee = self.fee(item, unit_net, unit_vat)?;
        let after = |amount: Money, fee: Option<Money>| match fee {
            Some(fee) => amount.checked_sub(fee).map_err(too_large),
            None => Ok(amount),
        };
        Ok(UnitValue {
            unit: item.returned_item_id.clone(),
            order_line: line.map(|line| line.id),
            shop_line: sold.map(|sold| sold.id),
            sku: code.as_str().to_owned(),
            net: after(unit_net, fee.map(|fee| fee.net))?,
            vat: after(unit_vat, fee.map(|fee| fee.vat))?,
            fee,
            store_credit: units::is_store_credit(item),
            exchanged: units::is_exchange(item),
            tax: Some(TaxChoice {
                id: code_of_tax.id(),
                number: code_of_tax.number(),
                rate: code_of_tax.rate().into(),
            }),
            parts: Vec::new(),
        })
    }

    /// What fees take off a unit's credit, VAT at the rate of the goods. A fee of the RMA is taken once, off the first unit
    /// that is credited.
    pub(super) fn fee(&mut self, item: &Item, net: Money, vat: Money) -> Result<Option<FeeTaken>, Refusal> {
        let refuse = |why: String| (Code::FeesNotSupported, why);
        let own = units::fee_of_unit(item);
        let record = self.facts.record();
        let taken = self.fee_taken || record.values().any(|value| value.fee.is_some_and(|fee| fee.of_rma));
        let of_rma = if taken { Decimal::ZERO } else { units::fee_of_rma(self.facts.rma).map_err(refuse)? };
        let fee = own + of_rma;
        if fee.is_zero() {
            return Ok(None);
        }
        if !own.is_zero() {
            self.may_restocking_fee_be_kept(own)?;
        }
        let gross = net.amount() + vat.amount();
        if fee > gross || fee < Decimal::ZERO {
            return Err(refuse(format!("fees of {fee:.2} on a unit worth {gross}")));
        }
        let currency = self.policy.currency;
        let fee = Money::new(fee, currency).map_err(|error| refuse(error.to_string()))?;
        let part = Money::rounded(fee.amount() * vat.amount() / gross, currency, Rounding::HalfUp);
        let part = part.map_err(|error| refuse(error.to_string()))?;
        let rest = fee.checked_sub(part).map_err(|error| refuse(error.to_string()))?;
        self.fee_taken |= !of_rma.is_zero();
        Ok(Some(FeeTaken { net: rest, vat: part, of_rma: !of_rma.is_zero() }))
    }

    /// Who cancels in time gets everything back. The time runs from the delivery, which nobody here knows: within it from
    /// the order on, it is not over in any case.
    fn may_restocking_fee_be_kept(&self, fee: Decimal) -> Result<(), Refusal> {
        let order = match self.facts.shop.and_then(|shop| shop.order.as_ref()) {
            Some(ShopOrder::Found(order)) => order,
            _ => return Ok(()),
        };
        let Some(asked) = self.facts.rma.created_at else { return Ok(()) };
        let after = asked - order.created_at;
        if after >= self.policy.cancel_within {
            return Ok(());
        }
        let text = format!(
            "a restocking fee of {fee:.2} on a return asked for {} days after the order; within {} days of \
             the delivery a consumer may cancel and owes none",
            after.num_days(),
            self.policy.cancel_within.num_days()
        );
        Err((Code::FeeMayBeUnlawful, text))
    }

    /// Gross price and tax that the customer paid for the unit by ReturnGO, in the one currency we credit.
    pub(super) fn paid(&self, item: &Item) -> Result<(Money, Money), Refusal> {
        let refuse = |what: String| (Code::ValueUnreadable, what);
        if item.tax_included.is_none() {
            return Err(refuse("ReturnGO does not say whether the price includes VAT".to_owned()));
        }
        let tax = item.paid_tax.as_ref().ok_or_else(|| refuse("the item carries no paid tax".to_owned()))?;
        let tax = tax.presentment().map_err(|error| refuse(format!("paid tax: {error}")))?;
        let gross = units::paid(item).ok_or_else(|| refuse("the item carries no usable paid price".to_owned()))?;
        if gross.currency() != self.policy.currency || tax.currency() != self.policy.currency {
            let text = format!("it was paid in {}, the company credits {}", gross.currency(), self.policy.currency);
            return Err((Code::CurrencyDiffers, text));
        }
        Ok((gross, tax))
    }

    /// The line of the shop's order that ReturnGO names, with units left; none when the shop is not connected.
    fn sold(&self, item: &Item, code: &ProductCode) -> Result<Option<ShopLine>, Refusal> {
        let Some(ShopOrder::Found(order)) = self.facts.shop.and_then(|shop| shop.order.as_ref()) else {
            return Ok(None);
        };
        let differs = |text: String| (Code::ShopLineDiffers, text);
        let named =
            item.shop_line_item_id.as_ref().ok_or_else(|| differs("ReturnGO names no order line".to_owned()))?;
        let id: LineItemId = named.as_str().parse().map_err(|error| differs(format!("{error}")))?;
        let line = order.line(id).ok_or_else(|| differs(format!("line {id} is not on {}", order.name)))?;
        let same = line.sku.as_deref().is_some_and(|sku| sku.trim().eq_ignore_ascii_case(code.as_str()));
        if !same {
            let there = line.sku.as_deref().unwrap_or("without a SKU");
            return Err(differs(format!("ReturnGO says {code}, line {id} of {} is {there}", order.name)));
        }
        if line.is_gift_card {
            return Err((Code::OrderNotSupported, format!("{code} is a gift card: no sale of goods")));
        }
        let value = line
            .value(order.taxes_included)
            .map_err(|error| (Code::ValueUnreadable, format!("line {id} of {} in Shopify: {error}", order.name)))?;
        let units = line.quantity;
        if self.used_in_shop(id, code).units + self.settled(code) >= units {
            let text = format!("all {units} sold of {code} on line {id} are credited, claimed or settled already");
            return Err((Code::QuantityExceeded, text));
        }
        Ok(Some(ShopLine { id, units, value }))
    }

    /// The price of one unit by the shop, once ReturnGO agrees with it to a penny. ReturnGO's own tax is not asked: it is
    /// zero or odd on many taxed goods.
    pub(super) fn agreed(&self, sold: &ShopLine, code: &ProductCode, paid: Money) -> Result<UnitPrice, Refusal> {
        let of = Decimal::from(sold.units);
        let gross = sold.value.gross().map_err(|error| (Code::ValueUnreadable, error.to_string()))?.amount() / of;
        if (gross - paid.amount()).abs() > self.policy.currency.smallest() {
            let text = format!("{code}: ReturnGO says {} a unit, Shopify sold it at {gross:.2}", paid.amount());
            return Err((Code::ValueDiffers, text));
        }
        Ok(UnitPrice { gross, tax: None, whose: "Shopify" })
    }

    /// The lines of a product that can be credited from; the reason of the first odd one when there is none.
    pub(super) fn lines_of(&self, code: &ProductCode) -> Result<Vec<Line<'f>>, Refusal> {
        let carries = |line: &&OrderLineView| {
            line.line_type.as_ref().is_none_or(|kind| *kind == LineType::Standard)
                && line.product_code.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case(code.as_str()))
        };
        let lines: Vec<_> = self.found.lines.iter().filter(carries).map(|view| self.line(view, code)).collect();
        let (good, odd): (Vec<_>, Vec<_>) = lines.into_iter().partition(Result::is_ok);
        if good.is_empty() {
            let unknown = Err((Code::SkuUnknown, format!("{code} is not on the order")));
            return odd.into_iter().next().map_or(unknown, |line| line.map(|line| vec![line]));
        }
        Ok(good.into_iter().flatten().collect())
    }

    fn line(&self, view: &'f OrderLineView, code: &ProductCode) -> Result<Line<'f>, Refusal> {
        let missing =
            |what: &str| (Code::OrderNotSupported, format!("the order line of {code} shows no usable {what}"));
        let quantity = view.quantity.ok_or_else(|| missing("quantity"))?.get().normalize();
        let units = u32::try_from(quantity).ok().filter(|units| *units > 0 && quantity.is_integer());
        let money = |value: Option<returns_wire::JsonDecimal>| Money::new(value?.get(), self.policy.currency).ok();
        let total = money(view.total_value).filter(|total| total.amount() >= Decimal::ZERO);
        let tax = money(view.line_tax_value).filter(|tax| tax.amount() >= Decimal::ZERO);
        let (total, tax) = (total.ok_or_else(|| missing("value"))?, tax.ok_or_else(|| missing("VAT"))?);
        let mut gross = vec![total.amount() + tax.amount()];
        let order = orders_of_ours(&self.found.orders, self.policy).first().copied();
        let inclusive =
            order.and_then(|order| order.are_prices_tax_inclusive).or(self.facts.company.prices_include_tax);
        if inclusive != Some(false) {
            gross.push(total.amount());
        }
        let units = units.ok_or_else(|| missing("whole quantity"))?;
        Ok(Line { id: view.id, units, total, tax, gross, view })
    }

    pub(super) fn used(&self, line: Id<OrderLine>) -> PriorCredit {
        self.in_sage.get(&line).copied().unwrap_or_else(|| self.facts.state.prior(line))
    }

    fn used_in_shop(&self, line: LineItemId, code: &ProductCode) -> PriorCredit {
        let prior = || self.facts.state.prior_in_shop(line, &self.number, code.as_str());
        self.in_shop.get(&line).copied().unwrap_or_else(prior)
    }

    /// Units of the product that persons have settled without a credit of ours, on any RMA of the order: they are used up.
    pub(super) fn settled(&self, code: &ProductCode) -> u32 {
        let same = |goods: &&SettledUnit| {
            bare_name(&goods.order, self.policy) == self.number
                && goods.sku.trim().eq_ignore_ascii_case(code.as_str())
                && goods.unit_is_not_valued(self.facts.state)
        };
        let settled = self.facts.state.rmas.values().flat_map(|record| &record.settled_goods);
        u32::try_from(settled.filter(same).count()).unwrap_or(u32::MAX)
    }

    /// The first line of the Sage order with units left whose unit was sold at the price given.
    pub(super) fn choose(&self, code: &ProductCode, price: &UnitPrice) -> Result<Line<'f>, Refusal> {
        let lines = self.lines_of(code)?;
        let sold: u32 = lines.iter().map(|line| line.units).sum();
        let left: Vec<_> = lines.into_iter().filter(|line| self.used(line.id).units < line.units).collect();
        let open: u32 = left.iter().map(|line| line.units - self.used(line.id).units).sum();
        if open <= self.settled(code) {
            let text = format!("all {sold} sold of {code} are credited, claimed or settled already");
            return Err((Code::QuantityExceeded, text));
        }
        // What an importer's rounding of a net unit price to two places explains: half a penny a unit, VAT on it.
        let penny = self.policy.currency.smallest();
        let close = |line: &Line<'_>| {
            let units = Decimal::from(line.units);
            let allowed = (units * Decimal::new(6, 1)).ceil() * penny;
            line.gross.iter().any(|gross| (gross - price.gross * units).abs() <= allowed)
                && price.tax.is_none_or(|paid| (line.tax.amount() - paid * units).abs() <= allowed)
        };
        let said = left.iter().map(|line| {
            let units = Decimal::from(line.units);
            let pounds = |amount: Decimal| format!("{:.2}", amount / units);
            format!("{} with VAT {}", pounds(line.total.amount() + line.tax.amount()), pounds(line.tax.amount()))
        });
        let said = said.collect::<Vec<_>>().join(" or ");
        let mut equal: Vec<_> = left.into_iter().filter(close).collect();
        let Some(first) = equal.first() else {
            let tax = price.tax.map_or(String::new(), |tax| format!(" with VAT {tax}"));
            let text = format!("{code}: {} says {:.2}{tax} a unit, Sage sold it at {said}", price.whose, price.gross);
            return Err((Code::ValueDiffers, text));
        };
        let invoiced = |line: &Line<'_>| line.view.invoice_credit_quantity.map(|q| q.get()).unwrap_or_default();
        let text = format!("{code}: {} of {} are invoiced", invoiced(first).normalize(), first.units);
        let billed = |line: &Line<'_>| Decimal::from(self.used(line.id).units + 1) <= invoiced(line);
        match equal.iter().position(billed) {
            Some(place) => Ok(equal.swap_remove(place)),
            None => Err((Code::OrderNotInvoiced, text)),
        }
    }

    /// The VAT code of the Sage order's line.
    pub(super) fn tax_code_of(&self, line: &Line<'_>) -> Result<TaxCode<'f>, Refusal> {
        let code = line.view.product_code.as_deref().unwrap_or_default();
        let id = line
            .view
            .tax_code_id
            .ok_or_else(|| (Code::TaxCodeUnmapped, format!("the order line of {code} shows no VAT code")))?;
        let facts: &'f Facts<'f> = self.facts;
        let tax = facts.company.tax.by_id(id).map_err(|error| (Code::TaxCodeUnmapped, error.to_string()))?;
        self.agreed_code(tax)
    }

    /// The VAT code that stands for a rate of the shop.
    pub(super) fn tax_code_by_rate(&self, code: &ProductCode, rate: Option<Decimal>) -> Result<TaxCode<'f>, Refusal> {
        let refuse = |text: String| Err((Code::TaxCodeUnmapped, text));
        let Some(rate) = rate else {
            return refuse(format!("{code} was sold with several taxes, or none that is named"));
        };
        let mapped = self.policy.vat_by_rate.iter().find(|(of, _)| *of == rate);
        let Some((_, number)) = mapped else {
            let rate = rate.normalize();
            return refuse(format!("{code} was sold at {rate}%, and `policy.vat_by_rate` names no VAT code for that"));
        };
        let facts: &'f Facts<'f> = self.facts;
        let tax = facts.company.tax.by_number(*number).map_err(|error| (Code::TaxCodeUnmapped, error.to_string()))?;
        self.agreed_code(tax)
    }

    fn agreed_code(&self, tax: TaxCode<'f>) -> Result<TaxCode<'f>, Refusal> {
        if self.policy.tax_codes.as_ref().is_some_and(|agreed| !agreed.contains(&tax.number())) {
            let text = format!("VAT code {} is not among those agreed in the policy", tax.number());
            return Err((Code::TaxCodeUnmapped, text));
        }
        Ok(tax)
    }

    /// The VAT of the sale must follow from the code's rate today, to a penny a line, and from the shop's own rate.
    pub(super) fn check_rate(
        &self,
        code: &ProductCode,
        tax: &TaxCode<'_>,
        net: Money,
        vat: Money,
        shop_rate: Option<Option<Decimal>>,
        line: Option<&Line<'_>>,
    ) -> Result<(), Refusal> {
        let expected = net.amount() * tax.rate() / Decimal::ONE_HUNDRED;
        let expected = Money::rounded(expected, self.policy.currency, Rounding::HalfUp)
            .map_err(|error| (Code::ValueUnreadable, error.to_string()))?;
        let off = (expected.amount() - vat.amount()).abs();
        let renamed = line.and_then(|line| line.view.tax_code_rate).is_some_and(|rate| rate.get() != tax.rate());
        let other = shop_rate.flatten().is_some_and(|rate| rate != tax.rate());
        if off > self.policy.currency.smallest() || renamed || other {
            let shop = shop_rate.flatten().map_or(String::new(), |rate| format!(", sold at {}%", rate.normalize()));
            return Err((
                Code::TaxRateWrong,
                format!(
                    "{code}: {} net carries {} VAT on the order{shop}; VAT code {} at {}% today gives {}",
                    net.amount(),
                    vat.amount(),
                    tax.number(),
                    tax.rate().normalize(),
                    expected.amount()
                ),
            ));
        }
        Ok(())
    }
}

pub(super) fn usable_product(code: &ProductCode, products: &[ProductView]) -> Result<(), Refusal> {
    let same = |product: &&ProductView| {
        product.code.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case(code.as_str()))
    };
    match products.iter().find(same).map(|product| &product.status_type) {
        None => Err((Code::SkuUnknown, format!("{code} is not a product in Sage"))),
        Some(Some(ProductStatus::Active)) => Ok(()),
        Some(Some(other)) => Err((Code::SkuInactive, format!("{code} has the status {other}"))),
        Some(None) => Err((Code::SkuInactive, format!("{code} shows no status"))),
    }
}
