use chrono::{DateTime, TimeDelta, Utc};
use returngo_client::{
    PresumedFields, ReturnGo, ReturnedItemId, RmaId,
    sandbox::{NewRma, ReturnGoSandbox, SandboxRefusal, Verdict},
};
use returns_sync::{
    journal::Disposition,
    policy::{Caps, Policy, Route, SalesReturns},
    run::{StockToBook, Systems},
};
use returns_wire::{
    BaseUrl, Clock, Currency, DailyQuota, Error, HttpOptions, ManualClock, MemoryQuota, Money, QuotaStore, Secret,
    Transport, over_reqwest,
    sandbox::{Loopback, in_process},
};
use rust_decimal::Decimal;
use sage200_client::{
    CompanyId, MemoryTokens, Sage, SiteId, StoredTokens, TokenStore,
    sandbox::{
        AnalysisLevel, NewCustomer, NewLine, NewMapping, NewOrder, SageSandbox, SandboxError, Version, WarehouseKind,
    },
};
use shopify_returns::{
    AccessToken, AppId, LineItemId, OrderId, RefundId, Shopify,
    sandbox::{NewLine as ShopLine, NewOrder as ShopOrder, SandboxApp, ShopifySandbox},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The shop's name in ReturnGO.
pub const SHOP: &str = "harbour-and-finch.myshopify.com";
const KEY: &str = "sandbox-key";
const SITE: &str = "11111111-2222-3333-4444-555555555555";

/// Something in the sandboxes could not be done as asked.
pub type Oops = Box<dyn std::error::Error + Send + Sync>;

/// The token of the shop's own app.
const TOKEN: &str = "sandbox-token";

/// ReturnGO's app in the shop.
pub const RETURNGO_APP: AppId = AppId::new(7_777_001);

/// An order in the shop, and its lines by their SKU.
#[derive(Debug, Clone)]
pub struct Online {
    /// Its id.
    pub id: OrderId,
    /// Its lines.
    pub lines: BTreeMap<String, LineItemId>,
}

/// The sandboxes, stocked, and the clock they share.
#[derive(Debug, Clone)]
pub struct Shop {
    /// The time.
    pub clock: ManualClock,
    /// ReturnGO.
    pub returngo: ReturnGoSandbox,
    /// Sage 200.
    pub sage: SageSandbox,
    /// Shopify.
    pub shopify: ShopifySandbox,
    /// The account of web sales, `WEB01`.
    pub web: i64,
    /// A trade customer's account, `TRADE7`.
    pub trade: i64,
    online: Arc<Mutex<BTreeMap<String, Online>>>,
}

/// What the shop sells: code, name, net price, VAT code, and the price online, VAT and all.
const GOODS: [(&str, &str, &str, i16, &str); 6] = [
    ("SHIRT-M", "Linen shirt, medium", "20.00", 1, "24.00"),
    ("JUMPER-L", "Wool jumper, large", "45.00", 1, "54.00"),
    ("MUG-BLUE", "Stoneware mug", "8.33", 1, "10.00"),
    ("SOCKS", "Wool socks", "4.17", 1, "5.00"),
    ("BOOK-KNIT", "Book of knitting patterns", "12.00", 2, "12.00"),
    ("LAMP-OLD", "Ship's lamp", "60.00", 1, "72.00"),
];

/// A price in pounds; for constants of this file and of tests.
pub(crate) fn pounds(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

impl Shop {
    /// The shop at nine in the morning of Monday, 30 March 2026, London time.
    ///
    /// # Errors
    /// Never, as the stock is fixed.
    pub fn open() -> Result<Self, Oops> {
        Self::open_at("2026-03-30T08:00:00Z".parse()?)
    }

    /// The shop at another time.
    ///
    /// # Errors
    /// Never, as the stock is fixed.
    pub fn open_at(now: DateTime<Utc>) -> Result<Self, Oops> {
        let clock = ManualClock::at(now);
        let sage = SageSandbox::new(Arc::new(clock.clone()));
        let web = sage.add_customer(NewCustomer::new("WEB01", "Web sales"))?;
        let trade = sage.add_customer(NewCustomer::new("TRADE7", "Example Trade Customer"))?;
        for (code, name, ..) in GOODS {
            sage.add_product(code, name, true)?;
        }
        let returngo = ReturnGoSandbox::new(Arc::new(clock.clone())).with_shop(SHOP, KEY);
        let shopify = ShopifySandbox::new(Arc::new(clock.clone())).with_shop(SHOP, TOKEN);
        Ok(Self { clock, returngo, sage, shopify, web, trade, online: Arc::default() })
    }

    /// A line of the catalogue at its price online.
    ///
    /// # Errors
    /// A code that is not in the catalogue.
    pub fn online_line(code: &str, quantity: u32) -> Result<ShopLine, Oops> {
        let (_, _, _, vat, price) =
            GOODS.iter().find(|goods| goods.0 == code).ok_or_else(|| format!("{code} is not in the catalogue"))?;
        let rate = if *vat == 1 { Decimal::from(20) } else { Decimal::ZERO };
        Ok(ShopLine::new(code, quantity, pounds(price)).tax(rate))
    }

    /// The codes of the catalogue.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        GOODS.iter().map(|goods| goods.0)
    }

    /// The price of one piece online, VAT and all.
    ///
    /// # Errors
    /// A code that is not in the catalogue.
    pub fn price_online(code: &str) -> Result<Decimal, Oops> {
        let goods = GOODS.iter().find(|goods| goods.0 == code);
        Ok(goods.map(|goods| pounds(goods.4)).ok_or_else(|| format!("{code} is not in the catalogue"))?)
    }

    /// An order in the shop. Returns of it name its order and lines from then on.
    ///
    /// # Errors
    /// The sandbox's own.
    pub fn placed(&self, number: &str, order: ShopOrder, codes: &[&str]) -> Result<OrderId, Oops> {
        let id = self.shopify.add_order(order)?;
        let lines = codes.iter().map(|code| (*code).to_owned()).zip(self.shopify.line_ids(id)).collect();
        self.lock().insert(number.to_owned(), Online { id, lines });
        Ok(id)
    }

    /// The same at the prices of the catalogue.
    ///
    /// # Errors
    /// A code that is not in the catalogue, or the sandbox's own.
    pub fn placed_at_list(&self, number: &str, goods: &[(&str, u32)]) -> Result<OrderId, Oops> {
        let mut order = ShopOrder::new(number);
        for (code, quantity) in goods {
            order = order.line(Self::online_line(code, *quantity)?);
        }
        let codes: Vec<_> = goods.iter().map(|(code, _)| *code).collect();
        self.placed(number, order, &codes)
    }

    /// An order in the shop that was placed through [`placed`](Self::placed).
    pub fn online(&self, number: &str) -> Option<Online> {
        self.lock().get(number).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Online>> {
        self.online.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names the order and the lines of a return as the shop knows them.
    pub fn named(&self, mut rma: NewRma) -> NewRma {
        if let Some(online) = self.online(&rma.order_name) {
            rma.order_id.get_or_insert(online.id.to_string());
            for line in &mut rma.lines {
                let known = line.sku.as_ref().and_then(|sku| online.lines.get(sku));
                if let (None, Some(known)) = (&line.shop_line_item_id, known) {
                    line.shop_line_item_id = Some(known.to_string());
                }
            }
        }
        rma
    }

    /// A line of the catalogue at its list price.
    ///
    /// # Errors
    /// A code that is not in the catalogue.
    pub fn line(code: &str, quantity: u32) -> Result<NewLine, Oops> {
        let (_, _, price, vat, _) =
            GOODS.iter().find(|goods| goods.0 == code).ok_or_else(|| format!("{code} is not in the catalogue"))?;
        Ok(NewLine::item(code, Decimal::from(quantity), pounds(price), *vat))
    }

    /// A web order in Sage, despatched and invoiced.
    ///
    /// # Errors
    /// The sandbox's own.
    pub fn sold(&self, number: &str, lines: Vec<NewLine>) -> Result<i64, SandboxError> {
        self.sage.add_order(NewOrder::new(self.web, number, lines))
    }

    /// A return, asked for and approved.
    ///
    /// # Errors
    /// The sandbox's own.
    pub fn approved(&self, rma: NewRma) -> Result<RmaId, SandboxRefusal> {
        let id = self.returngo.submit(self.named(rma))?;
        self.returngo.approve(&id)?;
        Ok(id)
    }

    /// A parcel arrives and everything in it is inspected as fit for sale.
    ///
    /// # Errors
    /// The sandbox's own.
    pub fn received(&self, rma: &RmaId) -> Result<(), SandboxRefusal> {
        self.returngo.courier_delivers(rma)?;
        self.returngo.inspect_all(rma)
    }

    /// A parcel arrives; units are inspected one by one, those without a verdict not at all.
    ///
    /// # Errors
    /// The sandbox's own.
    pub fn inspected(&self, rma: &RmaId, verdicts: &[Option<Verdict>]) -> Result<(), SandboxRefusal> {
        self.returngo.courier_delivers(rma)?;
        for (unit, verdict) in self.units(rma).iter().zip(verdicts) {
            if let Some(verdict) = verdict {
                self.returngo.inspect(unit, verdict.clone())?;
            }
        }
        Ok(())
    }

    /// The units of a return.
    pub fn units(&self, rma: &RmaId) -> Vec<ReturnedItemId> {
        self.returngo.units(rma)
    }

    /// Staff refund units and the shop pays at once.
    ///
    /// # Errors
    /// The sandbox's own.
    pub fn refunded(&self, rma: &RmaId, amount: Decimal) -> Result<(), SandboxRefusal> {
        let transaction = self.returngo.staff_refund(rma, &self.units(rma), amount)?;
        self.returngo.settle_refund(&transaction, true)
    }

    /// Staff refund units in ReturnGO, and ReturnGO has Shopify pay them at once.
    ///
    /// # Errors
    /// The sandboxes' own.
    pub fn refunded_online(&self, rma: &RmaId, number: &str, amount: Decimal) -> Result<RefundId, Oops> {
        let online = self.online(number).ok_or_else(|| format!("{number} was not placed in the shop"))?;
        let body: serde_json::Value = serde_json::from_str(&self.returngo.json(rma)?)?;
        let mut counts: BTreeMap<LineItemId, u32> = BTreeMap::new();
        for item in body.get("items").and_then(serde_json::Value::as_array).into_iter().flatten() {
            if let Some(line) = item.get("shopLineItemId").and_then(serde_json::Value::as_str) {
                *counts.entry(line.parse()?).or_default() += 1;
            }
        }
        let lines: Vec<_> = counts.into_iter().collect();
        let refund = self.shopify.app_refund(SandboxApp::returngo(), online.id, &lines, Some(amount))?;
        let transaction = self.returngo.staff_refund_as(rma, &self.units(rma), amount, &refund.to_string())?;
        self.returngo.settle_refund(&transaction, true)?;
        Ok(refund)
    }

    /// Time passes.
    pub fn wait(&self, time: TimeDelta) {
        self.clock.advance(time.to_std().unwrap_or_default());
    }

    /// A warehouse `UNFIT`, which sells nothing: for goods that are not fit for sale.
    ///
    /// # Errors
    /// When it was done before.
    pub fn keep_unfit_goods_apart(&self) -> Result<(), SandboxError> {
        self.sage.add_warehouse("UNFIT", WarehouseKind::Returns)?;
        for (code, ..) in GOODS {
            self.sage.add_holding(code, "UNFIT")?;
        }
        Ok(())
    }

    /// The warehouse books goods as the list of a run says, or moves them: into `HOME` what is fit for sale, into `UNFIT`
    /// the rest.
    ///
    /// # Errors
    /// When Sage's sandbox refuses.
    pub fn book_goods<'l>(&self, list: impl IntoIterator<Item = &'l StockToBook>) -> Result<(), Oops> {
        let desktop = self.sage.desktop();
        for StockToBook { sku, quantity, disposition, reference, lies_in, .. } in list {
            let place = if *disposition == Disposition::Saleable { "HOME" } else { "UNFIT" };
            let (quantity, references) = (Decimal::from(*quantity), ["", reference.as_str()]);
            match lies_in {
                Some(wrong) => desktop.transfer_stock([wrong, place], sku, quantity, references)?,
                None => desktop.book_stock_into(place, sku, quantity, references)?,
            }
        }
        Ok(())
    }

    /// Sage is upgraded to a release with sales returns: a warehouse `RETURNS` for all goods, and an analysis code for the
    /// order number.
    ///
    /// # Errors
    /// When it was done before.
    pub fn take_sales_returns(&self) -> Result<(), SandboxError> {
        self.sage.set_version(Version::R2025_1);
        self.sage.add_warehouse("RETURNS", WarehouseKind::Returns)?;
        for (code, ..) in GOODS {
            self.sage.add_holding(code, "RETURNS")?;
        }
        self.sage.add_analysis_mapping(NewMapping::new(AnalysisLevel::Header, 1, "Web order"))?;
        Ok(())
    }

    /// [`policy`](Self::policy) with the route by sales returns.
    ///
    /// # Errors
    /// Never, as the values are fixed.
    pub fn policy_of_sales_returns() -> Result<Policy, Oops> {
        let mut policy = Self::policy()?;
        policy.route = Route::SalesReturn;
        policy.sales_returns = Some(SalesReturns { warehouse: "RETURNS".to_owned(), order_code: 1 });
        Ok(policy)
    }

    /// The policy of the shop: live since 1 March 2026, web sales only, generous caps.
    ///
    /// # Errors
    /// Never, as the values are fixed.
    pub fn policy() -> Result<Policy, Oops> {
        let money = |text: &str| Money::new(pounds(text), Currency::GBP);
        let caps =
            Caps { documents_per_run: 50, value_per_run: money("5000.00")?, value_per_document: money("500.00")? };
        Ok(Policy::new("2026-03-01T00:00:00Z".parse()?, Currency::GBP, vec!["WEB01".parse()?], caps))
    }

    /// Clients that call the sandboxes without a socket, through whatever `wrap` puts around them.
    ///
    /// # Errors
    /// Never in practice.
    pub fn in_process(&self, wrap: impl Fn(Transport) -> Transport) -> Result<Systems, Oops> {
        self.in_process_with(self.tokens(), wrap)
    }

    /// The same with an access token at hand, so that no run begins by buying one.
    ///
    /// # Errors
    /// Never in practice.
    pub fn in_process_signed_in(&self, wrap: impl Fn(Transport) -> Transport) -> Result<Systems, Oops> {
        let tokens = StoredTokens {
            access_token: Some(Secret::new(self.sage.mint_access_token())),
            access_expires_at: Some(self.clock.now() + TimeDelta::hours(8)),
            ..self.tokens()
        };
        self.in_process_with(tokens, wrap)
    }

    fn in_process_with(&self, tokens: StoredTokens, wrap: impl Fn(Transport) -> Transport) -> Result<Systems, Oops> {
        let base: BaseUrl = "https://sandbox.example/".parse()?;
        let parts = Parts {
            returngo: wrap(in_process(self.returngo.router())),
            sage: wrap(in_process(self.sage.router())),
            shopify: None,
            returngo_base: base.clone(),
            sage_base: base,
            quota: Arc::new(MemoryQuota::default()),
            tokens: Arc::new(MemoryTokens::new(tokens)),
        };
        Ok(self.systems(parts)?)
    }

    /// Serves the sandboxes on this machine and gives clients that call them over real HTTP.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn on_loopback(
        &self,
        quota: Arc<dyn QuotaStore>,
        tokens: Arc<dyn TokenStore>,
    ) -> Result<(Systems, [Loopback; 3]), Oops> {
        let served = [
            Loopback::serve(self.returngo.router()).await?,
            Loopback::serve(self.sage.router()).await?,
            Loopback::serve(self.shopify.router()).await?,
        ];
        let transport = over_reqwest(&HttpOptions::default())?;
        let [returngo_base, sage_base, shopify_base] = served.each_ref().map(|loopback| loopback.base().clone());
        if tokens.load().await?.is_none() {
            tokens.save(&self.tokens()).await?;
        }
        let shopify = Some((transport.clone(), shopify_base));
        let parts =
            Parts { returngo: transport.clone(), sage: transport, shopify, returngo_base, sage_base, quota, tokens };
        Ok((self.systems(parts)?, served))
    }

    /// The tokens a person got when they gave their consent.
    pub fn tokens(&self) -> StoredTokens {
        StoredTokens::new(Secret::new(self.sage.initial_refresh_token()), self.clock.now())
    }

    /// Adds Shopify to clients that call the sandboxes without a socket.
    ///
    /// # Errors
    /// Never in practice.
    pub fn with_shopify(&self, systems: Systems, wrap: impl Fn(Transport) -> Transport) -> Result<Systems, Oops> {
        let transport = wrap(in_process(self.shopify.router()));
        let shopify = self.shopify_client(transport, "https://sandbox.example/".parse()?)?;
        Ok(Systems { shopify: Some(shopify), ..systems })
    }

    fn shopify_client(&self, transport: Transport, base: BaseUrl) -> Result<Shopify, Error> {
        Shopify::builder()
            .shop(SHOP)
            .token(AccessToken::Static(Secret::new(TOKEN)))
            .base_url(base)
            .transport(transport)
            .clock(Arc::new(self.clock.clone()))
            .build()
    }

    fn systems(&self, parts: Parts) -> Result<Systems, Error> {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let under = |path: &str| format!("{}{path}", parts.sage_base.as_str());
        let returngo = ReturnGo::builder()
            .base_url(parts.returngo_base)
            .shop(SHOP)
            .api_key(Secret::new(KEY))
            .transport(parts.returngo)
            .clock(clock.clone())
            .quota(DailyQuota::new(parts.quota, "returngo", 2000))
            .build()?;
        let sage = Sage::builder()
            .base_url(under("uk/sage200extra/accounts/v1/"))
            .token_url(under("oauth/token"))
            .client_id(self.sage.client_id())
            .client_secret(Secret::new(self.sage.client_secret()))
            .tokens(parts.tokens)
            .transport(parts.sage)
            .clock(clock.clone())
            .build()?;
        let company = sage.company(SiteId::new(SITE), CompanyId::new(1));
        let shopify = match parts.shopify {
            Some((transport, base)) => Some(self.shopify_client(transport, base)?),
            None => None,
        };
        Ok(Systems { returngo, sage: company, shopify, reports: Arc::new(PresumedFields), clock })
    }
}

struct Parts {
    returngo: Transport,
    sage: Transport,
    shopify: Option<(Transport, BaseUrl)>,
    returngo_base: BaseUrl,
    sage_base: BaseUrl,
    quota: Arc<dyn QuotaStore>,
    tokens: Arc<dyn TokenStore>,
}
