use super::{CompanyFacts, Facts, OrderFacts, share, units};
use crate::{
    exception::Code,
    journal::{OrderLink, PriorCredit, TaxChoice, UnitValue},
    policy::Policy,
};
use returngo_client::{Item, Rma};
use returns_wire::{Money, Rounding};
use rust_decimal::Decimal;
use sage200_client::{
    AccountStatus, CustomerDocumentNo, Id, LineType, OrderLine, OrderLineView, OrderView, ProductCode, ProductStatus,
    ProductView, TaxCode,
};
use std::collections::BTreeMap;

/// Why something is not credited: a code and the facts.
pub(super) type Refusal = (Code, String);

/// The order number as Sage has it.
pub(crate) fn order_number(rma: &Rma, policy: &Policy) -> Result<CustomerDocumentNo, Refusal> {
    let name = rma.order_name().ok_or((Code::OrderNotFound, "the RMA carries no order number".to_owned()))?;
    let name = name.strip_prefix(&policy.order_prefix).unwrap_or(name).trim();
    CustomerDocumentNo::new(name).map_err(|error| (Code::TextTooLong, error.to_string()))
}

/// The orders on accounts this shop may credit.
pub(crate) fn orders_of_ours<'o>(orders: &'o [OrderView], policy: &Policy) -> Vec<&'o OrderView> {
    let allowed = |reference: &str| policy.customers.iter().any(|a| a.as_str().eq_ignore_ascii_case(reference.trim()));
    orders.iter().filter(|order| order.customer_reference.as_deref().is_some_and(allowed)).collect()
}

/// The one order of the return, fit to be credited.
pub(super) fn find_order(facts: &Facts<'_>, found: &OrderFacts, policy: &Policy) -> Result<OrderLink, Refusal> {
    let number = order_number(facts.rma, policy)?;
    let list = |orders: &[&OrderView]| {
        let names = orders.iter().map(|order| {
            let account = order.customer_reference.as_deref().unwrap_or("?");
            format!("{} on {account}", order.document_no.as_deref().unwrap_or("?"))
        });
        names.collect::<Vec<_>>().join(", ")
    };
    let ours = orders_of_ours(&found.orders, policy);
    let order = match ours.as_slice() {
        [order] => *order,
        [] if found.orders.is_empty() => return Err((Code::OrderNotFound, format!("no Sage order carries {number}"))),
        [] => {
            let all: Vec<_> = found.orders.iter().collect();
            return Err((Code::CustomerUnmapped, format!("{number} is carried by {} only", list(&all))));
        }
        many => return Err((Code::OrderAmbiguous, format!("{number} is carried by {}", list(many)))),
    };
    supported(order, facts.company, &number)?;
    let missing = |what: &str| (Code::OrderNotSupported, format!("the order with {number} shows no {what}"));
    let account = order.customer_reference.as_deref().unwrap_or_default().trim();
    let link = OrderLink {
        id: order.id,
        document_no: order.document_no.clone().ok_or_else(|| missing("document number"))?,
        customer_document_no: number.as_str().to_owned(),
        customer: order.customer_id.ok_or_else(|| missing("customer"))?,
        account: account.parse().map_err(|error| (Code::CustomerUnusable, format!("{error}")))?,
    };
    usable_account(&link, found, facts.company)?;
    Ok(link)
}

fn supported(order: &OrderView, company: &CompanyFacts, number: &CustomerDocumentNo) -> Result<(), Refusal> {
    let refuse = |what: &str| Err((Code::OrderNotSupported, format!("the order with {number} {what}")));
    match order.are_prices_tax_inclusive.or(company.prices_include_tax) {
        Some(false) => {}
        Some(true) => return refuse("has prices that include VAT"),
        None => return refuse("does not say whether its prices include VAT"),
    }
    let percent = |value: Option<returns_wire::JsonDecimal>| value.is_some_and(|percent| !percent.get().is_zero());
    if percent(order.document_discount_percent) {
        return refuse("has a document discount");
    }
    if percent(order.settlement_discount_percent) {
        return refuse("has a settlement discount");
    }
    if order.currency_id != Some(company.base_currency) {
        return refuse("is not in the company's base currency");
    }
    Ok(())
}

fn usable_account(order: &OrderLink, found: &OrderFacts, company: &CompanyFacts) -> Result<(), Refusal> {
    let refuse = |what: &str| Err((Code::CustomerUnusable, format!("account {} {what}", order.account)));
    let Some(customer) = found.customer.as_ref().filter(|customer| customer.id == order.customer) else {
        return refuse("is not in Sage");
    };
    match &customer.account_status_type {
        Some(AccountStatus::Active) => {}
        Some(other) => return refuse(&format!("has the status {other}")),
        None => return refuse("shows no status"),
    }
    if customer.currency_id != Some(company.base_currency) {
        return refuse("is not in the company's base currency");
    }
    Ok(())
}

/// Gives units their value from the order's lines, in the order of the units given.
pub(super) struct Valuer<'f> {
    facts: &'f Facts<'f>,
    found: &'f OrderFacts,
    policy: &'f Policy,
    taken: BTreeMap<Id<OrderLine>, PriorCredit>,
}

/// A line of the order with everything a value needs.
struct Line<'f> {
    id: Id<OrderLine>,
    units: u32,
    total: Money,
    tax: Money,
    view: &'f OrderLineView,
}

impl<'f> Valuer<'f> {
    pub(super) fn new(facts: &'f Facts<'f>, found: &'f OrderFacts, policy: &'f Policy) -> Self {
        Self { facts, found, policy, taken: BTreeMap::new() }
    }

    /// The value of one more unit.
    pub(super) fn value(&mut self, item: &Item) -> Result<UnitValue, Refusal> {
        let sku = item.sku.as_deref().ok_or((Code::SkuUnknown, "the item carries no SKU".to_owned()))?;
        let code = ProductCode::new(sku.trim()).map_err(|error| (Code::TextTooLong, error.to_string()))?;
        usable_product(&code, &self.found.products)?;
        let paid = self.paid(item)?;
        let lines = self.lines_of(&code)?;
        let line = self.choose(&lines, &code, paid)?;
        let tax = self.tax_code(line)?;
        let too_large = |error: returns_wire::MoneyError| (Code::ValueUnreadable, error.to_string());
        let prior = self.used(line.id);
        let credited = |amount| Money::new(amount, self.policy.currency);
        let net = credited(prior.net).and_then(|sum| share(line.total, prior.units, sum, line.units));
        let vat = credited(prior.vat).and_then(|sum| share(line.tax, prior.units, sum, line.units));
        let (net, vat) = (net.map_err(too_large)?, vat.map_err(too_large)?);
        let units = prior.units + 1;
        let (sum_net, sum_vat) = (prior.net + net.amount(), prior.vat + vat.amount());
        self.taken.insert(line.id, PriorCredit { units, net: sum_net, vat: sum_vat });
        Ok(UnitValue {
            unit: item.returned_item_id.clone(),
            order_line: line.id,
            sku: code.as_str().to_owned(),
            net,
            vat,
            tax: TaxChoice { id: tax.id(), number: tax.number(), rate: tax.rate().into() },
        })
    }

    /// Gross price and tax that the customer paid for the unit, in the one currency we credit.
    fn paid(&self, item: &Item) -> Result<(Money, Money), Refusal> {
        let refuse = |what: String| (Code::ValueUnreadable, what);
        if item.tax_included.is_none() {
            return Err(refuse("ReturnGO does not say whether the price includes VAT".to_owned()));
        }
        let tax = item.paid_tax.as_ref().ok_or_else(|| refuse("the item carries no paid tax".to_owned()))?;
        let tax = tax.presentment().map_err(|error| refuse(format!("paid tax: {error}")))?;
        let gross = units::paid(item).ok_or_else(|| refuse("the item carries no usable paid price".to_owned()))?;
        if gross.currency() != self.policy.currency || tax.currency() != self.policy.currency {
            return Err(refuse(format!(
                "it was paid in {}, the company credits {}",
                gross.currency(),
                self.policy.currency
            )));
        }
        Ok((gross, tax))
    }

    /// The lines of a product that can be credited from; the reason of the first odd one when there is none.
    fn lines_of(&self, code: &ProductCode) -> Result<Vec<Line<'f>>, Refusal> {
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
        Ok(Line {
            id: view.id,
            units: units.ok_or_else(|| missing("whole quantity"))?,
            total: total.ok_or_else(|| missing("value"))?,
            tax: tax.ok_or_else(|| missing("VAT"))?,
            view,
        })
    }

    fn used(&self, line: Id<OrderLine>) -> PriorCredit {
        self.taken.get(&line).copied().unwrap_or_else(|| self.facts.state.prior(line))
    }

    /// The first line with units left whose unit was sold at what ReturnGO says was paid.
    fn choose<'l>(
        &self,
        lines: &'l [Line<'f>],
        code: &ProductCode,
        paid: (Money, Money),
    ) -> Result<&'l Line<'f>, Refusal> {
        let left: Vec<_> = lines.iter().filter(|line| self.used(line.id).units < line.units).collect();
        if left.is_empty() {
            let sold: u32 = lines.iter().map(|line| line.units).sum();
            return Err((Code::QuantityExceeded, format!("all {sold} sold of {code} are credited or claimed already")));
        }
        let penny = self.policy.currency.smallest();
        // Compared unrounded: a third of 10.00 is 3.333..., and 3.33 and 3.34 are both within a penny of it.
        let close = |line: &Line<'_>| {
            let units = Decimal::from(line.units);
            let gross = (line.total.amount() + line.tax.amount()) / units;
            let tax = line.tax.amount() / units;
            (gross - paid.0.amount()).abs() <= penny && (tax - paid.1.amount()).abs() <= penny
        };
        let equal: Vec<_> = left.iter().copied().filter(|line| close(line)).collect();
        let Some(first) = equal.first() else {
            let sold = left.iter().map(|line| {
                let units = Decimal::from(line.units);
                let pounds = |amount: Decimal| format!("{:.2}", amount / units);
                format!("{} with VAT {}", pounds(line.total.amount() + line.tax.amount()), pounds(line.tax.amount()))
            });
            let sold = sold.collect::<Vec<_>>().join(" or ");
            let (gross, tax) = (paid.0.amount(), paid.1.amount());
            return Err((
                Code::ValueDiffers,
                format!("{code}: ReturnGO says {gross} with VAT {tax} a unit, Sage sold it at {sold}"),
            ));
        };
        let invoiced = |line: &Line<'_>| line.view.invoice_credit_quantity.map(|q| q.get()).unwrap_or_default();
        let billed = |line: &&Line<'_>| Decimal::from(self.used(line.id).units + 1) <= invoiced(line);
        equal.iter().copied().find(billed).ok_or_else(|| {
            let text = format!("{code}: {} of {} are invoiced", invoiced(first).normalize(), first.units);
            (Code::OrderNotInvoiced, text)
        })
    }

    fn tax_code(&self, line: &Line<'_>) -> Result<TaxCode<'f>, Refusal> {
        let code = line.view.product_code.as_deref().unwrap_or_default();
        let id = line
            .view
            .tax_code_id
            .ok_or_else(|| (Code::TaxCodeUnmapped, format!("the order line of {code} shows no VAT code")))?;
        let facts: &'f Facts<'f> = self.facts;
        let tax = facts.company.tax.by_id(id).map_err(|error| (Code::TaxCodeUnmapped, error.to_string()))?;
        if self.policy.tax_codes.as_ref().is_some_and(|agreed| !agreed.contains(&tax.number())) {
            return Err((
                Code::TaxCodeUnmapped,
                format!("VAT code {} is not among those agreed in the policy", tax.number()),
            ));
        }
        let expected = line.total.amount() * tax.rate() / Decimal::ONE_HUNDRED;
        let expected = Money::rounded(expected, self.policy.currency, Rounding::HalfUp)
            .map_err(|error| (Code::ValueUnreadable, error.to_string()))?;
        let off = (expected.amount() - line.tax.amount()).abs();
        let renamed = line.view.tax_code_rate.is_some_and(|rate| rate.get() != tax.rate());
        if off > self.policy.currency.smallest() || renamed {
            return Err((
                Code::TaxRateWrong,
                format!(
                    "{code}: {} net carries {} VAT on the order; VAT code {} at {}% today gives {}",
                    line.total.amount(),
                    line.tax.amount(),
                    tax.number(),
                    tax.rate().normalize(),
                    expected.amount()
                ),
            ));
        }
        Ok(tax)
    }
}

fn usable_product(code: &ProductCode, products: &[ProductView]) -> Result<(), Refusal> {
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
