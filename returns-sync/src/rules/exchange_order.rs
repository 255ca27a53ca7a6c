//! The sales order of an exchange, before it is entered: what it is worth, where it goes, how it is sent.

use super::{
    ExchangeFacts, ExchangeSiteFacts, Release, ShopOrder,
    decide::{Deciding, is_running},
    exchanges::of_goods,
    units,
};
use crate::{
    exception::{Code, Owner},
    journal::{CoveredUnit, Exchange, ExchangeIntent, ReplacementLine, ShippingMethod, TaxChoice, WorthError},
    policy::{CheaperExchange, ExchangeSite, ShippingIn, ShippingNames, letter},
};
use returngo_client::ExchangeItem;
use returns_wire::{JsonDecimal, Money};
use rust_decimal::Decimal;
use sage200_client::{
    AddressParts, AnalysisCodes, AnalysisText, ChargeCode, CustomerDocumentNo, DeliverTo, DeliveryAddress, OrderDraft,
    OrderParts, SopItem, SopLine, TaxTable,
};
use shopify_returns::{Order, OrderLine, ShippingAddress};

/// An order that may be entered.
pub(super) struct Replacement {
    pub(super) intent: Box<ExchangeIntent>,
    pub(super) address: Box<DeliveryAddress>,
    /// All its units, each with what covers it.
    pub(super) releases: Vec<Release>,
}

/// Why an order is not entered now.
pub(super) enum Hindrance {
    /// Something is still to come.
    Waits(Option<Owner>, String),
    /// A person must see to it.
    Refused(Code, String),
}

fn refuse<T>(code: Code, why: impl ToString) -> Result<T, Hindrance> {
    Err(Hindrance::Refused(code, why.to_string()))
}

/// The document of an intent. VAT codes are resolved anew against `table`.
pub(crate) fn exchange_draft<'t>(
    intent: &ExchangeIntent,
    address: &DeliveryAddress,
    table: &'t TaxTable,
    site: &ExchangeSite,
) -> Result<OrderDraft<'t>, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let code = |sold: TaxChoice| {
        let tax = table.by_id(sold.id).map_err(|error| text(&error))?;
        if (tax.rate(), tax.number()) != (sold.rate.get(), sold.number) {
            let (then, now, number) = (sold.rate.get().normalize(), tax.rate().normalize(), sold.number);
            return Err(format!("VAT code {number} had {then}% when the value was computed and has {now}% today"));
        }
        Ok(tax)
    };
    let worth = intent.worth().map_err(|error| text(&error))?;
    let mut lines = Vec::new();
    for (line, worth) in intent.lines.iter().zip(&worth.lines) {
        lines.push(SopLine::new(SopItem::Standard {
            product: line.product,
            warehouse: intent.warehouse,
            quantity: JsonDecimal(line.quantity.into()),
            tax: code(line.tax)?,
            unit_price: Some(JsonDecimal(worth.unit_price)),
            description: None,
        }));
    }
    let mut codes = AnalysisCodes::new()
        .with(site.rma_code, intent.rma_no.clone())
        .and_then(|codes| codes.with(site.order_code, intent.order_no.clone()))
        .map_err(|error| text(&error))?;
    let mut priority = None;
    match &intent.shipping {
        Some(ShippingMethod::Charge { code: charge, tax }) => {
            let value = worth.shipping.map_or(Decimal::ZERO, |worth| worth.unit_price);
            let (charge, value) = (charge.clone(), Some(JsonDecimal(value)));
            lines.push(SopLine::new(SopItem::Charge { charge, value, tax: Some(code(*tax)?) }));
        }
        Some(ShippingMethod::AnalysisCode { number, text: method }) => {
            codes = codes.with(*number, method.clone()).map_err(|error| text(&error))?;
        }
        Some(ShippingMethod::Priority(method)) => priority = Some(letter(&method.to_string())?),
        None => {}
    }
    OrderDraft::new(OrderParts {
        customer: intent.customer,
        date: intent.date,
        currency: intent.credited.currency(),
        document_no: None,
        customer_document_no: Some(intent.key.clone()),
        analysis_codes: codes,
        deliver_to: DeliverTo::Address(Box::new(address.clone())),
        priority,
        requested_delivery_date: None,
        lines,
    })
    .map_err(|faults| text(&faults))
}

/// Where the goods go. Errors name fields and never what stands in them.
fn address(to: &ShippingAddress, site: &ExchangeSiteFacts) -> Result<DeliveryAddress, String> {
    let code = to.country_code.as_deref().unwrap_or_default().trim();
    let country = site.countries.iter().find(|row| {
        row.code.as_deref().is_some_and(|known| !code.is_empty() && known.trim().eq_ignore_ascii_case(code))
    });
    let Some(country) = country else {
        return Err(if code.is_empty() {
            "it names no country".to_owned()
        } else {
            format!("its country {code} is none of Sage's country codes")
        });
    };
    let text = |field: &Option<String>| field.as_deref().unwrap_or_default().trim().to_owned();
    let lines = [&to.company, &to.address1, &to.address2].map(text);
    let mut filled = lines.into_iter().filter(|line| !line.is_empty());
    let mut next = || filled.next().unwrap_or_default();
    let lines = [next(), next(), next(), String::new()];
    let parts = AddressParts {
        postal_name: text(&to.name),
        lines,
        city: text(&to.city),
        county: text(&to.province),
        postcode: text(&to.zip),
        country: country.name.clone().unwrap_or_else(|| code.to_owned()),
        contact: text(&to.name),
        telephone: text(&to.phone),
        email: String::new(),
        country_code: Some(country.id),
    };
    DeliveryAddress::new(parts).map_err(|faults| faults.to_string())
}

impl<'f> Deciding<'f> {
    /// The order of an exchange whose goods are credited; or what is in the way.
    pub(super) fn replacement(&self, known: &Exchange, found: &ExchangeFacts) -> Result<Replacement, Hindrance> {
        let facts = self.facts;
        if !is_running(facts.rma.status()) {
            return Err(Hindrance::Waits(None, format!("the RMA is {}", facts.rma.status().as_str())));
        }
        let site = facts.company.exchanges.as_ref().zip(self.policy.exchange_site.as_ref());
        let Some((site, chosen)) = site.zip(facts.company.prices_include_tax).map(|(site, _)| site) else {
            return refuse(Code::ExchangeNotBuilt, "Sage's settings for sales orders were not read");
        };
        if of_goods(facts.rma).count() > 1 {
            return refuse(
                Code::ExchangeUnclear,
                "ReturnGO shows several exchange orders, and what was credited can't be told apart",
            );
        }
        let units = self.exchanged();
        if units.is_empty() {
            return refuse(Code::ExchangeUnclear, "ReturnGO calls no unit of the RMA exchanged");
        }
        let Some(covered) = self.credited_for_exchange() else {
            let what = format!("the {} unit(s) of the exchange to be received and credited", units.len());
            return Err(Hindrance::Waits(Some(Owner::Warehouse), what));
        };
        if !self.is_payable() {
            return Err(Hindrance::Waits(None, "the other exceptions of the RMA to be cleared".to_owned()));
        }
        let order = self.exchange_order(known, found)?;
        let intent = self.exchange_intent(known, found, order, &covered, (site, chosen))?;
        let to = match &found.address {
            Some(to) => address(to, site).or_else(|why| refuse(Code::ExchangeAddress, why))?,
            None => {
                let why = "the exchange order in Shopify has none, or Shopify does not show this app any: ask IT for access \
                           to protected customer data";
                return refuse(Code::ExchangeAddress, why);
            }
        };
        let draft = exchange_draft(&intent, &to, &facts.company.tax, chosen);
        let draft = draft.or_else(|why| refuse(Code::ExchangeNotBuilt, why))?;
        let mut rules = site.rules.clone();
        rules.customers = found.customer.iter().cloned().collect();
        rules.products = found.products.clone();
        draft.check(&rules).or_else(|violations| refuse(Code::ExchangeNotBuilt, violations))?;
        let Some(releases) = self.releases_of(&covered) else {
            return Err(Hindrance::Waits(None, "the credit notes of its units to stand in the ledger".to_owned()));
        };
        Ok(Replacement { intent: Box::new(intent), address: Box::new(to), releases })
    }

    /// The exchange order in the shop, paid as far as it is to be paid.
    fn exchange_order<'o>(&self, known: &Exchange, found: &'o ExchangeFacts) -> Result<&'o Order, Hindrance> {
        let order = match &found.order {
            Some(ShopOrder::Found(order)) => &**order,
            Some(ShopOrder::Missing { .. } | ShopOrder::Ambiguous { .. }) => {
                return refuse(
                    Code::ShopOrderNotFound,
                    format!("Shopify does not show the exchange order {}", known.order),
                );
            }
            None => {
                return refuse(Code::ExchangeNotBuilt, "Shopify is not connected, so what is exchanged is not known");
            }
        };
        let bare = |name: &str| self.exchange_number(name).trim_start_matches('#').to_owned();
        if bare(&order.name) != bare(&known.name) {
            let text =
                format!("ReturnGO calls it {}, the order with its id is called {} in Shopify", known.name, order.name);
            return refuse(Code::ShopOrderNotFound, text);
        }
        if order.test {
            return refuse(Code::ExchangeUnclear, "it is a test order in Shopify");
        }
        for currency in [order.shop_currency, order.customer_currency] {
            if currency != self.policy.currency {
                return refuse(
                    Code::CurrencyDiffers,
                    format!("its currency is {currency}, the company's {}", self.policy.currency),
                );
            }
        }
        if !order.refunded.shop.is_zero() {
            let text = format!("{} of the exchange order itself was refunded in Shopify", order.refunded.shop);
            return refuse(Code::ExchangeUnclear, text);
        }
        let (total, received) = (order.total.shop, order.received.shop);
        if received.amount() < total.amount() {
            let what = format!("the customer to pay {total} for it, {received} is paid");
            return Err(Hindrance::Waits(Some(Owner::CustomerService), what));
        }
        Ok(order)
    }

    fn exchange_intent(
        &self,
        known: &Exchange,
        found: &ExchangeFacts,
        order: &Order,
        covered: &[CoveredUnit<'_>],
        (site, chosen): (&ExchangeSiteFacts, &ExchangeSite),
    ) -> Result<ExchangeIntent, Hindrance> {
        let facts = self.facts;
        let too_long = |error: sage200_client::FieldError| Hindrance::Refused(Code::TextTooLong, error.to_string());
        let unclear = |why: String| Hindrance::Refused(Code::ExchangeUnclear, why);
        let money = |error: returns_wire::MoneyError| Hindrance::Refused(Code::ExchangeUnclear, error.to_string());
        let Some(sold) = facts.record().order() else {
            return Err(unclear(
                "the goods were credited by hand, so the order they were sold on is not known".to_owned(),
            ));
        };
        let credited: Decimal = covered.iter().map(|covered| covered.gross).sum();
        let credited = Money::new(credited, self.policy.currency).map_err(money)?;
        let units: Vec<_> = covered.iter().map(|covered| covered.unit.clone()).collect();
        let refunded = self.paid_back(&units).map_err(unclear)?;
        let mut shipping_paid = Money::zero(self.policy.currency);
        for line in order.shipping_lines.iter() {
            let value = line.value(order.taxes_included).map_err(|error| unclear(error.to_string()))?;
            shipping_paid = shipping_paid.checked_add(value.gross().map_err(money)?).map_err(money)?;
        }
        let paid = order.total.shop;
        let lines = self.replacement_lines(order, found)?;
        if paid.amount() <= shipping_paid.amount() {
            self.difference(credited, refunded, &lines, covered.len())?;
        }
        let shipping = chosen.shipping.as_ref().map(|names| self.shipping(names, order, &lines)).transpose()?;
        let intent = ExchangeIntent {
            key: CustomerDocumentNo::new(self.exchange_number(&known.name)).map_err(too_long)?,
            shop_order: known.order,
            rma_no: AnalysisText::new(format!("RMA{}", facts.rma.id())).map_err(too_long)?,
            order_no: AnalysisText::new(sold.customer_document_no.as_str()).map_err(too_long)?,
            date: facts
                .documents
                .map(|documents| documents.today)
                .ok_or_else(|| Hindrance::Waits(None, "Sage's books to be read".to_owned()))?,
            customer: sold.customer,
            account: sold.account.clone(),
            warehouse: site.warehouse,
            prices_include_tax: facts.company.prices_include_tax == Some(true),
            units,
            credited,
            paid,
            shipping_paid,
            refunded,
            lines,
            shipping,
        };
        match intent.worth() {
            Ok(_) => Ok(intent),
            Err(error @ (WorthError::ShippingHasNoLine(_) | WorthError::Unreachable { .. })) => {
                refuse(Code::ExchangeNotBuilt, error)
            }
            Err(error) => refuse(Code::ExchangeUnclear, error),
        }
    }

    /// Cheaper goods, and no refund of the difference yet: whether there will be one changes what the order is worth.
    fn difference(
        &self,
        credited: Money,
        refunded: Money,
        lines: &[ReplacementLine],
        units: usize,
    ) -> Result<(), Hindrance> {
        if self.policy.cheaper_exchange == CheaperExchange::Kept || !refunded.is_zero() {
            return Ok(());
        }
        let rma = self.facts.rma;
        let items = || {
            let of_units =
                rma.items.iter().filter(|item| units::is_exchange(item)).flat_map(|item| &item.exchange_items);
            of_units.chain(&rma.exchange_items)
        };
        let priced = |item: &ExchangeItem| {
            let price = item.effective_price.as_ref()?.presentment().ok()?.amount();
            Some(price * Decimal::from(item.quantity.unwrap_or(1)))
        };
        // What ReturnGO reckons with; else what Shopify lists.
        let known = items().next().is_some().then(|| items().map(priced).sum::<Option<Decimal>>()).flatten();
        let new = known.unwrap_or_else(|| lines.iter().map(|line| line.listed.amount()).sum());
        let less = credited.amount() - new;
        let band = items().filter_map(|item| item.free_exchange_price_range.as_ref()?.max).map(JsonDecimal::get);
        let free = band.max().unwrap_or_default();
        let pennies = self.policy.currency.smallest() * Decimal::from(units);
        if less <= pennies.max(free) {
            return Ok(());
        }
        let what = format!(
            "the difference of {less:.2} {} to be refunded in ReturnGO, for which the credit note stands",
            self.policy.currency
        );
        Err(Hindrance::Waits(Some(Owner::CustomerService), what))
    }

    /// The new goods of the shop's order.
    fn replacement_lines(&self, order: &Order, found: &ExchangeFacts) -> Result<Vec<ReplacementLine>, Hindrance> {
        let mut lines = Vec::new();
        for line in order.lines.iter().filter(|line| line.current_quantity > 0) {
            let title = || line.title.as_deref().unwrap_or("a line").to_owned();
            let sku = line.sku.as_deref().unwrap_or_default().trim();
            if line.is_gift_card {
                return refuse(Code::ExchangeUnclear, format!("{} is a gift card", title()));
            }
            if sku.is_empty() {
                return refuse(Code::SkuUnknown, format!("{} has no SKU in Shopify", title()));
            }
            if line.is_whole_bundle() || self.policy.bundles.recipe(sku).is_some() {
                return refuse(
                    Code::ExchangeNotBuilt,
                    format!("{sku} is a bundle, and bundles are not entered as new goods"),
                );
            }
            let is_it = |code: &str| code.trim().eq_ignore_ascii_case(sku);
            let product = found.products.iter().find(|row| row.code.as_deref().is_some_and(is_it));
            let Some(product) = product else {
                return refuse(Code::SkuUnknown, format!("{sku} is no product in Sage"));
            };
            let tax = self.tax_of(line)?;
            // Lines that were changed cost by their pieces.
            let all = line.original_total.shop.amount();
            let all = if order.taxes_included {
                all
            } else {
                all * (Decimal::ONE_HUNDRED + tax.rate.get()) / Decimal::ONE_HUNDRED
            };
            let share = all * Decimal::from(line.current_quantity) / Decimal::from(line.quantity.max(1));
            let listed = Money::rounded(share, self.policy.currency, returns_wire::Rounding::HalfUp);
            let listed = listed.or_else(|error| refuse(Code::ExchangeUnclear, error))?;
            let (shop_line, sku, quantity) = (line.id, sku.to_owned(), line.current_quantity);
            lines.push(ReplacementLine { shop_line, sku, product: product.id, quantity, listed, tax });
        }
        if lines.is_empty() {
            return refuse(Code::ExchangeUnclear, "the exchange order in Shopify has no goods");
        }
        Ok(lines)
    }

    /// The VAT code for the rate that the shop shows on a line.
    fn tax_of(&self, line: &OrderLine) -> Result<TaxChoice, Hindrance> {
        let sku = line.sku.as_deref().unwrap_or_default();
        let rate = match line.tax_lines.as_slice() {
            [tax] => tax.rate_percentage.map(JsonDecimal::get),
            [] if !line.taxable => Some(Decimal::ZERO),
            _ => None,
        };
        match rate {
            Some(rate) => self.code_of_rate(rate, sku),
            None => refuse(Code::TaxCodeUnmapped, format!("Shopify does not show one rate of VAT for {sku}")),
        }
    }

    fn code_of_rate(&self, rate: Decimal, what: &str) -> Result<TaxChoice, Hindrance> {
        let shown = rate.normalize();
        let Some((_, number)) = self.policy.vat_by_rate.iter().find(|(known, _)| *known == rate) else {
            return refuse(
                Code::TaxCodeUnmapped,
                format!("{what} is taxed at {shown}%, and `policy.vat_by_rate` names no code for it"),
            );
        };
        let code = self.facts.company.tax.by_number(*number).or_else(|error| refuse(Code::TaxCodeUnmapped, error))?;
        if code.rate() != rate {
            let now = code.rate().normalize();
            return refuse(
                Code::TaxRateWrong,
                format!("{what} is taxed at {shown}%, and VAT code {number} is {now}% in Sage"),
            );
        }
        Ok(TaxChoice { id: code.id(), number: code.number(), rate: JsonDecimal(code.rate()) })
    }

    fn shipping(
        &self,
        names: &ShippingNames,
        order: &Order,
        lines: &[ReplacementLine],
    ) -> Result<ShippingMethod, Hindrance> {
        let sold = order.shipping_lines.iter().find(|line| !line.is_removed);
        let method = names.method(sold.and_then(|line| line.title.as_deref()));
        let not_built =
            |error: sage200_client::FieldError| Hindrance::Refused(Code::ExchangeNotBuilt, error.to_string());
        match names.place() {
            ShippingIn::Charge => {
                let rates: Option<Vec<_>> = sold.map(|line| {
                    line.tax_lines.iter().filter_map(|tax| tax.rate_percentage).map(JsonDecimal::get).collect()
                });
                let tax = match rates.as_deref() {
                    Some([rate]) => self.code_of_rate(*rate, "shipping")?,
                    // Sent for nothing: any code will do, that of the goods is theirs.
                    _ => lines.first().map(|line| line.tax).ok_or_else(|| {
                        Hindrance::Refused(
                            Code::ExchangeUnclear,
                            "the exchange order in Shopify has no goods".to_owned(),
                        )
                    })?,
                };
                Ok(ShippingMethod::Charge { code: ChargeCode::new(method).map_err(not_built)?, tax })
            }
            ShippingIn::AnalysisCode(number) => {
                Ok(ShippingMethod::AnalysisCode { number, text: AnalysisText::new(method).map_err(not_built)? })
            }
            ShippingIn::Priority => {
                let letter = letter(method).or_else(|why| refuse(Code::ExchangeNotBuilt, why))?;
                Ok(ShippingMethod::Priority(letter.get()))
            }
        }
    }
}
