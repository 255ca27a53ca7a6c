use super::{RunError, Systems, shop::Attribution};
use crate::{
    evidence::{Books, Fresh},
    journal::{RunId, State},
    policy::{ExchangeSite, Exchanges, Policy, Route, StandsOn},
    rules::{
        CompanyFacts, DocumentFacts, ExchangeFacts, ExchangeSiteFacts, Facts, Needs, OrderFacts, ReturnSite, ShopFacts,
        ShopOrder, ShopRefunds, bare_name, invoiced_to, is_there, needs, order_number, orders_of_ours, product_codes,
    },
};
use chrono::NaiveDate;
use chrono_tz::Europe::London;
use returngo_client::{Rma, RmaId};
use returns_wire::{Currency, Error};
use sage200_client::{
    Company, CurrencyRecord, CurrencyRow, Customer, CustomerDocumentNo, DateClassification, Id, OrderLineView,
    OrderView, ProductCode, ProductView, ReturnsSupport, SiteRules, TransactionView, Warehouse,
};
use shopify_returns::{Evidence, Found, OrderId, RefundId, RefundOrigin, Shopify};
use std::collections::{BTreeMap, BTreeSet};

/// Reads what the rules need, each thing once per run where it can't change under us.
pub(super) struct Gatherer<'r> {
    systems: &'r Systems,
    policy: &'r Policy,
    run: RunId,
    company: CompanyFacts,
    orders: BTreeMap<CustomerDocumentNo, (Vec<OrderView>, Vec<OrderLineView>)>,
    customers: BTreeMap<Id<Customer>, Option<Customer>>,
    products: BTreeMap<ProductCode, Option<ProductView>>,
    date: Option<(NaiveDate, DateClassification)>,
    /// Sales returns of others: read once a run, while there is none of ours.
    returns: BTreeMap<RmaId, Vec<OrderView>>,
    shop_orders: BTreeMap<RmaId, ShopOrder>,
    attribution: Attribution,
    /// True when the shop shows this app no old orders.
    old_orders_hidden: bool,
}

/// What was read for one RMA.
pub(super) struct Gathered {
    order: Option<OrderFacts>,
    shop: Option<ShopFacts>,
    documents: Option<(Fresh<Books>, DocumentFacts)>,
    exchanges: Option<BTreeMap<OrderId, ExchangeFacts>>,
}

impl Gathered {
    pub(super) fn facts<'g>(&'g self, rma: &'g Rma, state: &'g State, company: &'g CompanyFacts) -> Facts<'g> {
        let documents = self.documents.as_ref().map(|(_, documents)| documents);
        let (order, shop, exchanges) = (self.order.as_ref(), self.shop.as_ref(), self.exchanges.as_ref());
        Facts { rma, state, company, order, shop, documents, exchanges }
    }

    /// Sage's books, from which proofs are minted.
    pub(super) fn into_documents(self) -> Option<Fresh<Books>> {
        self.documents.map(|(fresh, _)| fresh)
    }
}

impl<'r> Gatherer<'r> {
    /// Checks site and company and reads what the company itself is like.
    pub(super) async fn open(systems: &'r Systems, policy: &'r Policy, run: RunId) -> Result<Self, RunError> {
        let sage = &systems.sage;
        sage.check().await.map_err(RunError::System)?;
        let returns = match policy.route {
            Route::SalesReturn => Some(return_site(sage, policy).await?),
            Route::LedgerCreditNote => None,
        };
        let (currencies, settings) = match &returns {
            Some(site) => (site.rules.currencies.clone(), site.rules.settings.clone()),
            None => {
                let currencies = sage.currencies().await.map_err(RunError::System)?;
                (currencies, sage.sop_settings().await.map_err(RunError::System)?)
            }
        };
        if returns.is_some() && settings.are_prices_tax_inclusive.is_none() {
            let text = "Sage does not say whether this company's prices include VAT (sop_settings), so no sales return \
                        can be priced; ask your Sage partner";
            return Err(RunError::Policy(text.to_owned()));
        }
        let exchanges = match &policy.exchange_site {
            Some(site) if policy.exchanges == Exchanges::Create => {
                if settings.are_prices_tax_inclusive.is_none() {
                    let text = "Sage does not say whether this company's prices include VAT (sop_settings), so no sales \
                                order can be priced; ask your Sage partner";
                    return Err(RunError::Policy(text.to_owned()));
                }
                Some(exchange_site(sage, site).await?)
            }
            _ => None,
        };
        let company = CompanyFacts {
            base_currency: base_currency(&currencies, policy.currency)?,
            tax: sage.tax_table().await.map_err(RunError::System)?,
            prices_include_tax: settings.are_prices_tax_inclusive,
            archived_up_to: settings.orders_returns_last_archived_up_to,
            returns,
            exchanges,
        };
        Ok(Self {
            systems,
            policy,
            run,
            company,
            orders: BTreeMap::new(),
            customers: BTreeMap::new(),
            products: BTreeMap::new(),
            date: None,
            returns: BTreeMap::new(),
            shop_orders: BTreeMap::new(),
            attribution: Attribution::default(),
            old_orders_hidden: false,
        })
    }

    /// Who is known to make refunds, and whether old orders are hidden.
    pub(super) fn knows(&mut self, attribution: Attribution, old_orders_hidden: bool) {
        (self.attribution, self.old_orders_hidden) = (attribution, old_orders_hidden);
    }

    pub(super) fn attribution(&self) -> &Attribution {
        &self.attribution
    }

    pub(super) fn company(&self) -> &CompanyFacts {
        &self.company
    }

    /// Everything the rules need for this RMA now. The ledger is read anew each time.
    pub(super) async fn gather(&mut self, rma: &Fresh<Rma>, state: &State) -> Result<Gathered, Error> {
        let (company, order, shop, documents, exchanges) = (&self.company, None, None, None, None);
        let bare = Facts { rma: rma.get(), state, company, order, shop, documents, exchanges };
        let Needs { order, documents, shop_refunds, exchanges } = needs(&bare, self.policy);
        let shop = self.shop(rma.get(), state, order, shop_refunds).await?;
        let mut order = if order { Some(self.order(rma.get(), state).await?) } else { None };
        if let (Some(order), Some(refunds)) = (&mut order, shop.as_ref().and_then(|shop| shop.refunds.as_ref())) {
            order.refund_credits = self.refund_credits(refunds).await?;
        }
        let exchanges = if exchanges { Some(self.exchanges(rma.get(), state).await?) } else { None };
        let documents = if documents { Some(self.documents(rma.get().id(), state).await?) } else { None };
        Ok(Gathered { order, shop, documents, exchanges })
    }

    async fn order(&mut self, rma: &Rma, state: &State) -> Result<OrderFacts, Error> {
        // A number that does not fit is refused by the rules; there is nothing to look up.
        let Ok(number) = order_number(rma, self.policy) else { return Ok(OrderFacts::default()) };
        let sage = &self.systems.sage;
        if !self.orders.contains_key(&number) {
            let orders = sage.orders_by_document_no(&number).await?;
            let lines = match orders_of_ours(&orders, self.policy).as_slice() {
                [order] => sage.order_lines(order.id).await?,
                _ => Vec::new(),
            };
            self.orders.insert(number.clone(), (orders, lines));
        }
        let (orders, lines) = self.orders.get(&number).cloned().unwrap_or_default();
        let by_shop = self.systems.shopify.is_some();
        let ledger = if by_shop { sage.transactions_with_reference(number.as_str()).await? } else { Vec::new() };
        let shop = match self.shop_orders.get(rma.id()) {
            Some(ShopOrder::Found(order)) => Some(&**order),
            _ => None,
        };
        // What an order that Sage does not have is credited to.
        let alone = (by_shop && orders.is_empty()).then(|| self.policy.stands_on(shop));
        let customer = match (orders_of_ours(&orders, self.policy).as_slice(), alone) {
            ([order], _) => match order.customer_id {
                Some(id) => self.customer(id).await?,
                None => None,
            },
            (_, Some(StandsOn::Account(account))) => sage.customer_by_reference(account).await?,
            (_, Some(StandsOn::Invoiced)) => match invoiced_to(&ledger, &number) {
                Some(id) => self.customer(id).await?,
                None => None,
            },
            _ => None,
        };
        let stands = customer.is_some() && alone.is_some();
        let products = if lines.is_empty() && !stands { Vec::new() } else { self.products(rma, state).await? };
        Ok(OrderFacts { orders, lines, customer, products, ledger, refund_credits: BTreeMap::new() })
    }

    /// What the shop knows. Its refunds are read anew each time: money may follow from them.
    async fn shop(&mut self, rma: &Rma, state: &State, order: bool, refunds: bool) -> Result<Option<ShopFacts>, Error> {
        let Some(shopify) = self.systems.shopify.clone() else { return Ok(None) };
        let mut facts = ShopFacts::default();
        if !order && !refunds {
            return Ok(Some(facts));
        }
        let named: Option<OrderId> = rma.order.order_id.as_ref().and_then(|id| id.as_str().parse().ok());
        let mut id = named;
        if order || named.is_none() {
            if !self.shop_orders.contains_key(rma.id()) {
                let found = self.shop_order(&shopify, rma, named).await?;
                self.shop_orders.insert(rma.id().clone(), found);
            }
            facts.order = self.shop_orders.get(rma.id()).cloned();
            if let Some(ShopOrder::Found(order)) = &facts.order {
                id = Some(order.id);
            }
        }
        if let Some(id) = id.filter(|_| refunds)
            && let Some(read) = shopify.order_refunds(id).await?
        {
            facts.refunds = Some(self.attribution.classify(read, &[rma], state, self.policy)?);
        }
        Ok(Some(facts))
    }

    async fn shop_order(&self, shopify: &Shopify, rma: &Rma, named: Option<OrderId>) -> Result<ShopOrder, Error> {
        let missing = ShopOrder::Missing { hidden: self.old_orders_hidden };
        if let Some(id) = named {
            return Ok(shopify.order(id).await?.map_or(missing, |order| ShopOrder::Found(Box::new(order))));
        }
        let Some(name) = rma.order_name() else { return Ok(missing) };
        let with_sign = format!("#{}", bare_name(name, self.policy));
        let found = shopify.orders_named(&[name, &with_sign]).await?;
        let mut orders = Vec::new();
        for found in found.into_values() {
            match found {
                Found::None => {}
                Found::One(order) => orders.push(*order),
                Found::Many(many) => orders.extend(many),
            }
        }
        Ok(match (orders.len(), orders.pop()) {
            (1, Some(order)) => ShopOrder::Found(Box::new(order)),
            (0, _) | (_, None) => missing,
            (count, _) => ShopOrder::Ambiguous { count },
        })
    }

    /// Its exchanges that are not shipped, each as the shop and Sage show it now. What an order is built from is read only
    /// while it is to be entered.
    async fn exchanges(&mut self, rma: &Rma, state: &State) -> Result<BTreeMap<OrderId, ExchangeFacts>, Error> {
        let record = state.rma(rma.id());
        let mut all = BTreeMap::new();
        for exchange in record.exchanges.iter().filter(|exchange| exchange.shipped.is_none()) {
            let mut facts = ExchangeFacts::default();
            if let Some(shopify) = self.systems.shopify.clone() {
                let missing = ShopOrder::Missing { hidden: self.old_orders_hidden };
                let found = shopify.order(exchange.order).await?;
                facts.order = Some(found.map_or(missing, |order| ShopOrder::Found(Box::new(order))));
            }
            // A number that does not fit is refused by the rules; there is nothing to look up.
            if let Ok(number) = CustomerDocumentNo::new(bare_name(&exchange.name, self.policy)) {
                facts.orders = self.systems.sage.orders_by_document_no(&number).await?;
                let there: Vec<_> = facts.orders.iter().filter(|row| is_there(row.document_status.as_ref())).collect();
                if let [order] = there.as_slice() {
                    facts.lines = self.systems.sage.order_lines(order.id).await?;
                }
            }
            let to_enter = self.policy.exchanges == Exchanges::Create && facts.lines.is_empty();
            if to_enter
                && record.credited().iter().any(|covered| covered.exchanged)
                && let Some(ShopOrder::Found(order)) = &facts.order
            {
                let codes = order.lines.iter().filter_map(|line| ProductCode::new(line.sku.as_deref()?.trim()).ok());
                facts.products = self.products_of(codes.collect()).await?;
                if let Some(shopify) = self.systems.shopify.clone() {
                    facts.address = shopify.shipping_address(exchange.order).await?;
                }
                if let Some(sold) = record.order() {
                    facts.customer = self.customer(sold.customer).await?;
                }
            }
            all.insert(exchange.order, facts);
        }
        Ok(all)
    }

    /// What Sage's ledger holds under the numbers of refunds past ReturnGO.
    async fn refund_credits(&self, refunds: &ShopRefunds) -> Result<BTreeMap<RefundId, Vec<TransactionView>>, Error> {
        let mut found = BTreeMap::new();
        for verdict in refunds.verdicts.iter().filter(|verdict| verdict.origin != RefundOrigin::Ours) {
            if verdict.evidence.contains(&Evidence::PortalNamesIt) {
                continue;
            }
            found.insert(verdict.refund, rows_of_refund(&self.systems.sage, verdict.refund).await?);
        }
        Ok(found)
    }

    async fn customer(&mut self, id: Id<Customer>) -> Result<Option<Customer>, Error> {
        if let Some(known) = self.customers.get(&id) {
            return Ok(known.clone());
        }
        let customer = self.systems.sage.customer(id).await?;
        self.customers.insert(id, customer.clone());
        Ok(customer)
    }

    async fn products(&mut self, rma: &Rma, state: &State) -> Result<Vec<ProductView>, Error> {
        let shop = match self.shop_orders.get(rma.id()) {
            Some(ShopOrder::Found(order)) => Some(&**order),
            _ => None,
        };
        self.products_of(product_codes(rma, shop, state, self.policy)).await
    }

    async fn products_of(&mut self, codes: BTreeSet<ProductCode>) -> Result<Vec<ProductView>, Error> {
        let unknown: Vec<_> = codes.iter().filter(|code| !self.products.contains_key(*code)).cloned().collect();
        if !unknown.is_empty() {
            let found = self.systems.sage.products_by_code(&unknown).await?;
            for code in unknown {
                let same = |row: &&ProductView| {
                    row.code.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case(code.as_str()))
                };
                let product = found.iter().find(same).cloned();
                self.products.insert(code, product);
            }
        }
        Ok(codes.iter().filter_map(|code| self.products.get(code).cloned().flatten()).collect())
    }

    async fn documents(&mut self, rma: &RmaId, state: &State) -> Result<(Fresh<Books>, DocumentFacts), Error> {
        let sage = &self.systems.sage;
        let record = state.rma(rma);
        let today = self.systems.clock.now().with_timezone(&London).date_naive();
        if self.date.as_ref().is_none_or(|(date, _)| *date != today) {
            self.date = Some((today, sage.check_date(today).await?.classification));
        }
        let date = self.date.as_ref().map_or(DateClassification::Unacceptable, |(_, date)| date.clone());
        // Last, so that nothing of ours lies between this read and what follows from it.
        let known = self.returns.remove(rma).filter(|_| record.returns.is_empty());
        let fresh = Fresh::books(sage, rma, record, known, self.run).await?;
        self.returns.insert(rma.clone(), fresh.get().returns.clone());
        let Books { ledger, returns, ours } = fresh.get();
        let (ledger, returns, books) = (ledger.clone(), returns.clone(), ours.clone());
        let documents = DocumentFacts { ledger, returns, books, today, date };
        Ok((fresh, documents))
    }
}

/// What the site allows for sales returns, and the warehouse of the policy.
async fn return_site(sage: &Company, policy: &Policy) -> Result<ReturnSite, RunError> {
    match sage.returns_support().await.map_err(RunError::System)? {
        ReturnsSupport::Available => {}
        ReturnsSupport::NotPermitted { message } => return Err(RunError::Policy(message)),
        _ => {
            return Err(RunError::Policy(
                "policy.route is sales_return, and this Sage site has no sales returns in its API (they came with Sage 200 \
                 2025 R1); update Sage, or set `policy.route` to ledger_credit_note"
                    .to_owned(),
            ));
        }
    }
    let rules = sage.site_rules().await.map_err(RunError::System)?;
    let wanted = policy.sales_returns.as_ref().map(|site| site.warehouse.trim()).unwrap_or_default();
    let warehouse = warehouse(&rules, wanted, "sales_return.warehouse")?;
    Ok(ReturnSite { rules, warehouse })
}

/// What the site allows for sales orders, and the warehouse of the policy.
async fn exchange_site(sage: &Company, site: &ExchangeSite) -> Result<ExchangeSiteFacts, RunError> {
    let rules = sage.site_rules().await.map_err(RunError::System)?;
    let warehouse = warehouse(&rules, &site.warehouse, "exchange.warehouse")?;
    let countries = sage.country_codes().await.map_err(RunError::System)?;
    Ok(ExchangeSiteFacts { rules, warehouse, countries })
}

/// The warehouse of that name.
fn warehouse(rules: &SiteRules, wanted: &str, key: &str) -> Result<Id<Warehouse>, RunError> {
    let names = || rules.warehouses.iter().filter_map(|row| row.name.as_deref()).map(str::trim);
    let wanted = wanted.trim();
    let found = rules
        .warehouses
        .iter()
        .find(|row| row.name.as_deref().is_some_and(|name| name.trim().eq_ignore_ascii_case(wanted)));
    found.map(|row| row.id).ok_or_else(|| {
        RunError::Policy(format!(
            "{key} is {wanted:?}, and Sage has no warehouse of that name; it has {}",
            names().collect::<Vec<_>>().join(", ")
        ))
    })
}

/// The rows of the sales ledger that carry a refund's number.
pub(super) async fn rows_of_refund(sage: &Company, refund: RefundId) -> Result<Vec<TransactionView>, Error> {
    let digits = refund.to_string();
    let mut rows = sage.transactions_mentioning(&digits).await?;
    rows.retain(|row| {
        let texts = [&row.reference, &row.second_reference].into_iter().flatten();
        texts.into_iter().any(|text| text.split(|c: char| !c.is_ascii_digit()).any(|number| number == digits))
    });
    Ok(rows)
}

/// The base currency's record, which must be the policy's currency.
fn base_currency(rows: &[CurrencyRow], wanted: Currency) -> Result<Id<CurrencyRecord>, RunError> {
    let Some(base) = rows.iter().find(|row| row.is_base_currency == Some(true)) else {
        return Err(RunError::Policy("Sage names no base currency for this company".to_owned()));
    };
    let symbol = match wanted {
        Currency::GBP => Some("£"),
        Currency::EUR => Some("€"),
        _ => None,
    };
    let same = match base.iso_code() {
        Some(code) => code == wanted,
        // Not every site expands the code; the symbol says it as well.
        None => symbol.is_some() && base.symbol.as_deref() == symbol,
    };
    if same {
        return Ok(base.id);
    }
    let found = base.iso_code().map(|code| code.to_string()).or(base.name.clone()).unwrap_or("not named".to_owned());
    Err(RunError::Policy(format!(
        "policy.currency is {wanted}, but the base currency of this Sage company is {found}; set the company's own currency"
    )))
}
