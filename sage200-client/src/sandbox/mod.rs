//! A stateful, strict model of the Sage 200 API, to build and test against without a tenant.
//!
//! # What is modelled
//!
//! - Sage ID's `POST /oauth/token` (refresh grant): access tokens that expire by the sandbox's clock, refresh tokens
//!   that rotate; a spent one is refused.
//! - Under [`BASE_PATH`]: `sites`, and with `X-Site` and `X-Company` the reads of customers, products, tax codes,
//!   currencies, settings, order and return views, line views, posted sales transactions, stock, permissions, analysis
//!   codes and enumerations ([`served`] lists all with their fields); `POST sales_credit_notes`, `POST stock_transfers` and
//!   `POST transaction_date_validation`.
//! - The sales returns of 2025 R1, entered, amended, held, cancelled and deleted; their endpoints answer 404 until
//!   [`SageSandbox::with_version`] says so. Sage has not published their fields: they are those of an order.
//! - Query options: `$select`, `$filter`, `$orderby`, `$top`, `$skip`, `$expand`, `$count`, with Sage's limits. What Sage
//!   does not document is refused with 400, not guessed.
//! - The ledger's rules for credit notes: lengths in UTF-16 units, two decimals, sums, open periods, hidden accounts.
//! - People: [`Desktop`]. What has no API, they do: goods confirmed in, credit notes printed and posted, documents edited,
//!   deleted, archived. Failures: [`Fault`]. Slow visibility of new ledger rows: [`ReadLag`].
//!
//! # What is not
//!
//! - Writing orders through the API; receiving, printing and posting, which no version of Sage lets a program do.
//! - Uniqueness of references, a link between credit note and order, stock effects of a credit note: Sage has none of
//!   these either.
//! - The chart of nominal accounts, allocation, `$metadata`.
//! - Numbers and literals of enumerations that Sage does not publish follow the published order: read them from their
//!   endpoints.
//! - "Today" is the UTC date of the clock.
//!
//! # Example
//!
//! ```
//! use returns_wire::ManualClock;
//! use rust_decimal::Decimal;
//! use sage200_client::sandbox::{BASE_PATH, NewCustomer, NewLine, NewOrder, SageSandbox};
//! use std::sync::Arc;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::at("2026-03-02T09:00:00Z".parse()?);
//! let sage = SageSandbox::new(Arc::new(clock));
//! let web = sage.add_customer(NewCustomer::new("WEB", "Web shop"))?;
//! sage.add_product("SHIRT-M", "Shirt, medium", true)?;
//! sage.add_order(NewOrder::new(web, "1001", vec![NewLine::item("SHIRT-M", Decimal::TWO, Decimal::TEN, 1)]))?;
//!
//! // Any HTTP client will do; this one calls the model in process.
//! let request = http::Request::get(format!(
//!     "https://api.example{BASE_PATH}sop_order_return_views\
//!      ?$filter=customer_document_no%20eq%20'1001'&$select=document_no,total_gross_value"
//! ))
//! .header("Authorization", format!("Bearer {}", sage.mint_access_token()))
//! .header("X-Site", SageSandbox::SITE_ID)
//! .header("X-Company", "1")
//! .body(Default::default())?;
//! let answer = sage.transport().send(request).await?;
//! assert_eq!(answer.body(), r#"[{"document_no":"0000000001","total_gross_value":24.00}]"#);
//!
//! // Finance types one in by hand.
//! sage.desktop().post_credit_note(web, "CN-1", "RMA-1", Decimal::TEN, 1, Decimal::TWO)?;
//! assert_eq!(sage.ledger_totals().gross, Decimal::from(-12));
//! # Ok(()) }
//! ```

mod auth;
mod body;
mod credit_notes;
mod credits;
mod desktop;
mod documents;
mod error;
mod faults;
mod http;
mod ledger;
mod odata;
mod orders_desk;
mod resources;
mod returns_desk;
mod settings;
mod sop_lines;
mod state;
mod stock;
mod value;
mod writes;

pub use self::{
    desktop::Desktop,
    documents::{LineKind, NewLine, NewOrder},
    error::SandboxError,
    faults::{Fault, How},
    http::BASE_PATH,
    ledger::{EntryType, LedgerRow, LedgerTotals},
    resources::{FieldKind, ServedField, ServedResource, served},
    settings::{AnalysisLevel, LineItems, NewMapping, Permissions, StatusShape, Version},
    state::ReadLag,
    stock::WarehouseKind,
};

use auth::Auth;
use axum::Router;
use chrono::{DateTime, Utc};
use returns_wire::{
    Clock, Transport,
    sandbox::{Loopback, in_process},
};
use rust_decimal::Decimal;
use state::{Company, Customer, Product, Site, fits};
use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The model. Clones share the same books; see the [module](self) for what it does.
#[derive(Clone)]
pub struct SageSandbox {
    pub(crate) shared: Arc<Shared>,
    company: Arc<Mutex<Company>>,
}

pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    world: Mutex<World>,
}

pub(crate) struct World {
    pub(crate) companies: Vec<Arc<Mutex<Company>>>,
    pub(crate) auth: Auth,
    pub(crate) faults: Vec<Fault>,
    pub(crate) log: Vec<Request>,
    pub(crate) writes: usize,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SageSandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SageSandbox")
    }
}

/// A request that the sandbox answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// Its method.
    pub method: ::http::Method,
    /// Its path.
    pub path: String,
    /// Its query, as sent.
    pub query: String,
    /// The status of the answer.
    pub status: u16,
}

/// An account to add. Start from [`NewCustomer::new`].
#[derive(Clone, PartialEq, Eq)]
pub struct NewCustomer {
    /// Account code, at most 8.
    pub reference: String,
    /// Name, at most 60.
    pub name: String,
    /// ISO code of the account's currency: `GBP` or `EUR`.
    pub currency: String,
    /// Number of the default tax code.
    pub tax_code_number: i16,
    /// Default nominal account, at most 8.
    pub nominal_code: String,
    /// Its cost centre, at most 3.
    pub cost_centre: String,
    /// Its department, at most 3.
    pub department: String,
    /// Days until payment is due.
    pub payment_terms_days: i16,
}

impl NewCustomer {
    /// An account in pounds, standard rated.
    pub fn new(reference: &str, name: &str) -> Self {
        Self {
            reference: reference.to_owned(),
            name: name.to_owned(),
            currency: "GBP".to_owned(),
            tax_code_number: 1,
            nominal_code: "41000".to_owned(),
            cost_centre: String::new(),
            department: String::new(),
            payment_terms_days: 30,
        }
    }
}

impl fmt::Debug for NewCustomer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewCustomer({})", self.reference)
    }
}

/// # Setting up
impl SageSandbox {
    /// GUID of the site that is there from the start.
    pub const SITE_ID: &'static str = "11111111-2222-3333-4444-555555555555";

    /// One site, company 1 "Example Trading" with empty ledgers; tax codes 0 exempt, 1 standard 20 %, 2 zero rated;
    /// pounds and euros; last, this and next calendar year open for posting.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let name = "Example Trading".to_owned();
        let site =
            Site { site_id: Self::SITE_ID.to_owned(), site_name: name.clone(), company_id: 1, company_name: name };
        let company = Arc::new(Mutex::new(Company::new(site, 0, clock.now())));
        let world = World {
            companies: vec![Arc::clone(&company)],
            auth: Auth::new(),
            faults: Vec::new(),
            log: Vec::new(),
            writes: 0,
        };
        Self { shared: Arc::new(Shared { clock, world: Mutex::new(world) }), company }
    }

    /// Adds a site or a further company of one. The handle that comes back sets up, inspects and works in that
    /// company; tokens, faults, log and router are shared.
    ///
    /// # Errors
    /// [`SandboxError::Exists`], [`SandboxError::TooLong`].
    pub fn add_site(&self, site_id: &str, site_name: &str, company_id: i32) -> Result<Self, SandboxError> {
        let site = Site {
            site_id: fits("site_id", site_id, 36)?,
            site_name: fits("site_name", site_name, 100)?,
            company_id,
            company_name: site_name.to_owned(),
        };
        // Never hold the world while locking a company: posting locks them the other way round.
        let companies = self.shared.lock().companies.clone();
        let exists = companies.iter().any(|company| {
            let company = company.lock().unwrap_or_else(PoisonError::into_inner);
            company.site.site_id.eq_ignore_ascii_case(site_id) && company.site.company_id == company_id
        });
        if exists {
            return Err(SandboxError::Exists { what: "company", key: company_id.to_string() });
        }
        let nth = u32::try_from(companies.len()).unwrap_or(u32::MAX);
        let company = Arc::new(Mutex::new(Company::new(site, nth, self.shared.clock.now())));
        self.shared.lock().companies.push(Arc::clone(&company));
        Ok(Self { shared: Arc::clone(&self.shared), company })
    }

    /// Adds an account; gives its record id.
    ///
    /// # Errors
    /// When it exists, does not fit, or names a currency or tax code that is not there.
    pub fn add_customer(&self, new: NewCustomer) -> Result<i64, SandboxError> {
        self.with_company(|company, now| {
            if company.customers.iter().any(|customer| customer.reference.eq_ignore_ascii_case(&new.reference)) {
                return Err(SandboxError::Exists { what: "customer", key: new.reference });
            }
            let currency = company.currencies.iter().find(|currency| currency.iso == new.currency).cloned();
            let currency = currency.ok_or(SandboxError::UnknownCurrency { code: new.currency })?;
            company.tax_code(new.tax_code_number)?;
            let customer = Customer {
                id: company.take_id(),
                reference: fits("reference", &new.reference, 8)?,
                name: fits("name", &new.name, 60)?,
                currency,
                tax_code: new.tax_code_number,
                nominal: (
                    fits("nominal_code", &new.nominal_code, 8)?,
                    fits("cost_centre", &new.cost_centre, 3)?,
                    fits("department", &new.department, 3)?,
                ),
                payment_terms_days: new.payment_terms_days,
                on_hold: false,
                hidden: false,
                analysis: BTreeMap::new(),
                created: now,
                updated: now,
            };
            let id = customer.id;
            company.customers.push(customer);
            Ok(id)
        })
    }

    /// Adds a stock item, standard rated; gives its record id.
    ///
    /// # Errors
    /// When it exists or does not fit.
    pub fn add_product(&self, code: &str, name: &str, active: bool) -> Result<i64, SandboxError> {
        self.with_company(|company, now| {
            if company.product_mut(code).is_ok() {
                return Err(SandboxError::Exists { what: "product", key: code.to_owned() });
            }
            let (code, name) = (fits("code", code, 30)?, fits("name", name, 60)?);
            let id = company.take_id();
            company.products.push(Product {
                id,
                code,
                name,
                active,
                stocked: true,
                traced: false,
                tax_code: 1,
                price: Decimal::ZERO,
                updated: now,
            });
            let home = company.warehouse(stock::HOME)?.id;
            company.add_holding(id, home);
            Ok(id)
        })
    }

    /// Adds a tax code; gives its record id.
    ///
    /// # Errors
    /// When it exists, or the rate is not 0 to 100 percent.
    pub fn add_tax_code(&self, number: i16, name: &str, rate: Decimal) -> Result<i64, SandboxError> {
        self.with_company(|company, now| {
            if company.tax_code(number).is_ok() {
                return Err(SandboxError::Exists { what: "tax code", key: number.to_string() });
            }
            if !(Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&rate) {
                return Err(SandboxError::TooLarge { what: "tax rate", value: rate });
            }
            let name = fits("name", name, 60)?;
            Ok(company.add_tax_code(number, &name, rate, now))
        })
    }

    /// Adds a sales order; gives its record id. Its number, values and tax are computed.
    ///
    /// # Errors
    /// When the customer, a product or a tax code is not there, or a text or value does not fit.
    pub fn add_order(&self, order: NewOrder) -> Result<i64, SandboxError> {
        self.with_company(|company, now| company.enter(order, false, now).map(|(id, _)| id))
    }

    /// The number of an order or return.
    pub fn document_no(&self, id: i64) -> Option<String> {
        self.with_company(|company, _| {
            company.documents.iter().find(|document| document.id == id).map(|document| document.document_no.clone())
        })
    }

    /// The record id of a tax code.
    pub fn tax_code_id(&self, number: i16) -> Option<i64> {
        self.with_company(|company, _| company.tax_code(number).ok().map(|code| code.id))
    }

    /// Does the ledger number credit notes itself, whatever reference was sent? Off at first.
    pub fn set_auto_number_credit_notes(&self, on: bool) {
        self.with_company(|company, _| company.settings.auto_number_credit_notes = on);
    }

    /// Do invoices carry the customer's order number as second reference (where it fits), or the number of the Sage order?
    /// Sage's documentation does not say which; the Sage order's at first.
    pub fn set_invoices_carry_customer_number(&self, on: bool) {
        self.with_company(|company, _| company.settings.invoices_carry_customer_number = on);
    }

    /// Do order prices contain tax, unless an order says otherwise? Off at first.
    pub fn set_prices_tax_inclusive(&self, on: bool) {
        self.with_company(|company, _| company.settings.prices_tax_inclusive = on);
    }

    /// What `sop_settings.update_stock_on_despatch` says. On at first.
    pub fn set_update_stock_on_despatch(&self, on: bool) {
        self.with_company(|company, _| company.settings.update_stock_on_despatch = on);
    }

    /// How long ledger rows posted from now on stay out of `sales_posted_transactions` and
    /// `sales_transaction_views`.
    pub fn set_ledger_read_lag(&self, lag: ReadLag) {
        self.with_company(|company, _| company.settings.read_lag = lag);
    }

    /// How long access tokens granted from now on live. 28,800 seconds at first.
    pub fn set_access_lifetime(&self, lifetime: Duration) {
        self.shared.lock().auth.lifetime = lifetime;
    }

    /// Makes requests fail. Faults are met in the order given.
    pub fn fail_next(&self, fault: Fault) {
        self.shared.lock().faults.push(fault);
    }
}

/// # Calling
impl SageSandbox {
    /// The model as a router: Sage ID's token endpoint and the API.
    pub fn router(&self) -> Router {
        http::router(self.clone())
    }

    /// The model behind the HTTP seam, in process; needs no runtime.
    pub fn transport(&self) -> Transport {
        in_process(self.router())
    }

    /// Serves the model on a free port of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn serve(&self) -> io::Result<Loopback> {
        Loopback::serve(self.router()).await
    }

    /// The OAuth client id.
    pub fn client_id(&self) -> &'static str {
        auth::CLIENT_ID
    }

    /// The OAuth client secret.
    pub fn client_secret(&self) -> &'static str {
        auth::CLIENT_SECRET
    }

    /// The refresh token that a person's consent gave; spent by its first use.
    pub fn initial_refresh_token(&self) -> &'static str {
        auth::FIRST_REFRESH_TOKEN
    }

    /// An access token without the token endpoint.
    pub fn mint_access_token(&self) -> String {
        self.shared.lock().auth.mint(self.shared.clock.now())
    }

    /// Makes all access tokens invalid before their time; refresh tokens stay good.
    pub fn expire_access_tokens(&self) {
        self.shared.lock().auth.forget_access();
    }

    /// Withdraws the person's consent: no token works any more.
    pub fn withdraw_consent(&self) {
        self.shared.lock().auth.withdraw();
    }
}

/// # Looking
impl SageSandbox {
    /// People at the Sage desktop.
    pub fn desktop(&self) -> Desktop {
        Desktop(self.clone())
    }

    /// The sales ledger in order of posting, whatever the read lag.
    pub fn ledger(&self) -> Vec<LedgerRow> {
        self.with_company(|company, _| company.ledger_rows())
    }

    /// Sums over the sales ledger.
    pub fn ledger_totals(&self) -> LedgerTotals {
        self.ledger().iter().fold(LedgerTotals::default(), |sum, row| LedgerTotals {
            rows: sum.rows + 1,
            goods: sum.goods + row.goods,
            tax: sum.tax + row.tax,
            gross: sum.gross + row.gross,
        })
    }

    /// Free stock of a product in all warehouses.
    pub fn free_stock(&self, product_code: &str) -> Option<Decimal> {
        self.with_company(|company, _| {
            let id = company.product_mut(product_code).ok()?.id;
            Some(company.free_stock(id))
        })
    }

    /// Every request so far, token requests included.
    pub fn request_log(&self) -> Vec<Request> {
        self.shared.lock().log.clone()
    }

    /// Writes that changed the books, whether or not their answer arrived.
    pub fn writes_committed(&self) -> usize {
        self.shared.lock().writes
    }

    /// Token refreshes granted.
    pub fn refresh_count(&self) -> usize {
        self.shared.lock().auth.refreshes
    }

    pub(crate) fn with_company<T>(&self, act: impl FnOnce(&mut Company, DateTime<Utc>) -> T) -> T {
        let now = self.shared.clock.now();
        act(&mut self.company.lock().unwrap_or_else(PoisonError::into_inner), now)
    }
}
