use super::Reading;
use crate::{
    policy::Policy,
    run::{RunError, Systems},
};
use chrono::NaiveDate;
use chrono_tz::Europe::London;
use returns_wire::{Currency, Error, ErrorKind};
use rust_decimal::Decimal;
use sage200_client::{
    AccountReference, AccountStatus, AnalysisCodeMapping, Company, CurrencyRow, DateClassification, Edition, LineItems,
    ReturnsSupport, SopSettings, TaxTable, WarehouseRow,
};
use serde::Serialize;

/// What a company of Sage 200 is like. What was not read, or is not shown, is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SageSite {
    /// The company's name.
    pub company: Option<String>,
    /// The site's name.
    pub site: Option<String>,
    /// True for Professional, false for Standard; none when the address does not say.
    pub professional: Option<bool>,
    /// How old it can be.
    pub release: Release,
    /// Whether sales returns can be entered through the API.
    pub returns: Option<Returns>,
    /// Modules.
    pub modules: Option<Modules>,
    /// Settings of sales order processing.
    pub settings: Option<SopFacts>,
    /// What the API's user may do.
    pub user: Option<UserMay>,
    /// Its warehouses.
    pub warehouses: Option<Vec<Warehouse>>,
    /// Analysis codes of orders and returns.
    pub codes: Option<Vec<AnalysisCode>>,
    /// VAT codes.
    pub vat_codes: Option<Vec<VatCode>>,
    /// The base currency.
    pub currency: Option<Currency>,
    /// Whether kinds and states of documents have the numbers that this program reads them by.
    pub numbers: Option<Numbers>,
    /// Whether today can be posted on.
    pub today: Option<Day>,
    /// The accounts of the policy.
    pub accounts: Vec<Account>,
}

/// How old a Sage 200 can be. No call tells its version; what it has does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Release {
    /// It has sales returns.
    From2025R1,
    /// It shows what came with 2024 R1.
    From2024R1,
    /// It shows neither.
    Unknown,
}

/// Whether sales returns can be entered through the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Returns {
    /// Yes.
    Available,
    /// It has none: it is older than 2025 R1, or its edition lacks them.
    NotOnThisSite,
    /// It has them, and this user may not: what Sage says.
    NotPermitted(String),
}

/// Whether kinds and states of documents have the numbers that this program reads them by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Numbers {
    /// They have.
    AsExpected,
    /// They have others: which.
    Others(String),
}

/// Modules in the licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Modules {
    /// Sales ledger.
    pub sales_ledger: Option<bool>,
    /// Sales order processing.
    pub sales_orders: Option<bool>,
    /// Stock.
    pub stock: Option<bool>,
}

/// Settings of sales order processing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SopFacts {
    /// Unit prices include VAT.
    pub prices_include_vat: Option<bool>,
    /// Sage numbers orders and returns.
    pub numbers_documents: Option<bool>,
    /// When stock moves.
    pub stock_moves: Option<StockMoves>,
    /// Invoices and credit notes go to the ledger when they are posted; else they wait in the pending file.
    pub posts_at_once: Option<bool>,
    /// Cancelled lines are kept.
    pub keeps_cancelled_lines: Option<bool>,
    /// Orders and returns up to this day are archived.
    pub archived_up_to: Option<NaiveDate>,
    /// Analysis codes of headers may be filled.
    pub header_codes_open: Option<bool>,
    /// Nominal accounts of lines may be given.
    pub nominal_open: Option<bool>,
    /// Only free text may be entered on orders and returns.
    pub free_text_only: Option<bool>,
}

/// When a return's goods are in stock again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StockMoves {
    /// When they are received.
    AtReceipt,
    /// When the credit note is posted.
    AtPosting,
}

/// What the API's user may do in sales order processing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UserMay {
    /// Give prices and discounts.
    pub override_prices: Option<bool>,
}

/// On what an analysis code stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Where {
    /// On orders and returns themselves.
    Header,
    /// On their lines.
    Line,
}

/// An analysis code that is set up for orders and returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AnalysisCode {
    /// On what it stands.
    pub on: Where,
    /// Its number, 1 to 20.
    pub number: u8,
    /// Its name.
    pub name: Option<String>,
    /// It must be filled.
    pub mandatory: bool,
    /// It can't be filled.
    pub read_only: bool,
    /// It takes only values on its list.
    pub from_list: bool,
}

/// A warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Warehouse {
    /// Its name.
    pub name: String,
    /// What lies there can be sold.
    pub sells: bool,
}

/// A VAT code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VatCode {
    /// Its number.
    pub number: i16,
    /// Its name.
    pub name: Option<String>,
    /// Its rate in percent.
    pub rate: Option<Decimal>,
}

/// Whether a day can be posted on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Day {
    /// The day, in London.
    pub date: NaiveDate,
    /// The sales ledger takes it.
    pub open: bool,
    /// What Sage says to it.
    pub message: Option<String>,
}

/// An account of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Account {
    /// Its code.
    pub account: AccountReference,
    /// It is there.
    pub exists: bool,
    /// It is active; none when Sage shows no status.
    pub active: Option<bool>,
    /// It is on hold.
    pub on_hold: bool,
    /// Its currency.
    pub currency: Option<Currency>,
}

impl SageSite {
    pub(super) async fn read(
        systems: &Systems,
        policy: Option<&Policy>,
        reading: &mut Reading,
    ) -> Result<Self, RunError> {
        let sage = &systems.sage;
        let site = sage.check().await.map_err(RunError::System)?;
        let returns =
            reading.part("sales returns", "whether sales returns are possible", sage.returns_support().await)?;
        let returns = returns.map(|support| match support {
            ReturnsSupport::Available => Returns::Available,
            ReturnsSupport::NotPermitted { message } => Returns::NotPermitted(message),
            _ => Returns::NotOnThisSite,
        });
        // Nobody is named: only whether the record has what came with a release.
        let user = reading.part("the API's user", "how old this Sage can be", sage.current_user().await)?;
        let release = match (&returns, user) {
            (Some(Returns::Available | Returns::NotPermitted(_)), _) => Release::From2025R1,
            (_, Some(user)) if user.id.is_some() => Release::From2024R1,
            _ => Release::Unknown,
        };
        let licence = reading.part("the licence", "which modules there are", sage.licence().await)?;
        let settings = reading.part("settings of sales orders", "what returns may carry", sage.sop_settings().await)?;
        let may = reading.part(
            "permissions of the API's user",
            "whether a return can carry the price paid",
            sage.sop_user_permissions().await,
        )?;
        let mappings = sage.analysis_code_mappings().await;
        let mappings = reading.part("analysis codes", "which code can carry the order number", mappings)?;
        let warehouses = reading.part("warehouses", "where goods can be received", sage.warehouses().await)?;
        let tax = reading.part("VAT codes", "whether the VAT codes are right", sage.tax_table().await)?;
        let currencies = reading.part("currencies", "whether the currencies are right", sage.currencies().await)?;
        let numbers = numbers(sage, reading).await?;
        let today = today(systems, reading).await?;
        let accounts = accounts(sage, policy, currencies.as_deref().unwrap_or_default(), reading).await?;
        Ok(Self {
            company: site.company_name,
            site: site.site_name,
            professional: sage.sage().edition().map(|edition| edition == Edition::Professional),
            release,
            returns,
            modules: licence.map(|licence| Modules {
                sales_ledger: licence.is_sales_enabled,
                sales_orders: licence.is_sales_orders_enabled,
                stock: licence.is_stock_enabled,
            }),
            settings: settings.map(facts),
            user: may.map(|may| UserMay { override_prices: may.override_prices_discounts }),
            warehouses: warehouses.map(|rows| rows.into_iter().filter_map(warehouse).collect()),
            codes: mappings.map(|rows| rows.iter().filter_map(code).collect()),
            vat_codes: tax.as_ref().map(vat_codes),
            currency: currencies.as_deref().and_then(base_currency),
            numbers,
            today,
            accounts,
        })
    }
}

async fn numbers(sage: &Company, reading: &mut Reading) -> Result<Option<Numbers>, RunError> {
    let read = match sage.check_enumerations().await {
        Err(error) if error.kind() == ErrorKind::Config => Ok(Numbers::Others(error.message().to_owned())),
        other => other.map(|()| Numbers::AsExpected),
    };
    reading.part("numbers of document types", "whether orders and returns are told apart", read)
}

async fn today(systems: &Systems, reading: &mut Reading) -> Result<Option<Day>, RunError> {
    let date = systems.clock.now().with_timezone(&London).date_naive();
    let verdict = systems.sage.check_date(date).await;
    let verdict = reading.part("the accounting period", "whether today can be posted on", verdict)?;
    // As the rules have it: what is not known is not open.
    let open =
        |class: &DateClassification| matches!(class, DateClassification::Normal | DateClassification::Acceptable);
    Ok(verdict.map(|verdict| Day { date, open: open(&verdict.classification), message: verdict.message }))
}

fn facts(settings: SopSettings) -> SopFacts {
    let moves = |at_receipt| if at_receipt { StockMoves::AtReceipt } else { StockMoves::AtPosting };
    SopFacts {
        prices_include_vat: settings.are_prices_tax_inclusive,
        numbers_documents: settings.auto_generate_order_return_numbers,
        stock_moves: settings.update_stock_on_despatch.map(moves),
        posts_at_once: settings.add_invoice_credit_note_to_sales_ledger,
        keeps_cancelled_lines: settings.record_cancelled_order_lines,
        archived_up_to: settings.orders_returns_last_archived_up_to,
        header_codes_open: settings.amend_header_analysis_codes,
        nominal_open: settings.amend_nominal_codes,
        free_text_only: settings.order_line_item_type.map(|kinds| kinds == LineItems::FreeTextOnly),
    }
}

fn code(row: &AnalysisCodeMapping) -> Option<AnalysisCode> {
    let on = match (row.is_of("SOPOrderReturn"), row.is_of("SOPOrderReturnLine")) {
        (true, _) => Where::Header,
        (_, true) => Where::Line,
        _ => return None,
    };
    let code = row.analysis_code.as_ref();
    Some(AnalysisCode {
        on,
        number: row.number()?,
        name: code.and_then(|code| code.name.clone()),
        mandatory: row.is_mandatory == Some(true),
        read_only: row.is_read_only == Some(true),
        from_list: code.and_then(|code| code.allow_overtype) == Some(false),
    })
}

fn warehouse(row: WarehouseRow) -> Option<Warehouse> {
    let sells = row.sells();
    Some(Warehouse { name: row.name?, sells })
}

fn vat_codes(table: &TaxTable) -> Vec<VatCode> {
    let rows = table.rows().iter();
    let code = |row: &sage200_client::TaxCodeRow| {
        let rate = row.tax_rate.map(|rate| rate.get().normalize());
        Some(VatCode { number: row.code?, name: row.name.clone(), rate })
    };
    rows.filter_map(code).collect()
}

fn base_currency(rows: &[CurrencyRow]) -> Option<Currency> {
    currency(rows.iter().find(|row| row.is_base_currency == Some(true))?)
}

/// Not every site expands the ISO code; the symbol says it as well.
fn currency(row: &CurrencyRow) -> Option<Currency> {
    row.iso_code().or(match row.symbol.as_deref()?.trim() {
        "£" => Some(Currency::GBP),
        "€" => Some(Currency::EUR),
        _ => None,
    })
}

async fn accounts(
    sage: &Company,
    policy: Option<&Policy>,
    currencies: &[CurrencyRow],
    reading: &mut Reading,
) -> Result<Vec<Account>, RunError> {
    let mut accounts = Vec::<Account>::new();
    let wanted = policy.into_iter().flat_map(|policy| policy.customers.into_iter().chain(&policy.standalone_account));
    for account in wanted {
        if accounts.iter().any(|known| known.account == *account) {
            continue;
        }
        let found: Result<_, Error> = sage.customer_by_reference(account).await;
        let Some(found) = reading.part(&format!("account {account}"), "whether it can be credited", found)? else {
            continue;
        };
        let theirs = found.as_ref().and_then(|row| currencies.iter().find(|c| Some(c.id) == row.currency_id));
        accounts.push(Account {
            account: account.clone(),
            exists: found.is_some(),
            active: found.as_ref().and_then(|row| Some(*row.account_status_type.as_ref()? == AccountStatus::Active)),
            on_hold: found.as_ref().is_some_and(|row| row.on_hold == Some(true)),
            currency: theirs.and_then(currency),
        });
    }
    Ok(accounts)
}
