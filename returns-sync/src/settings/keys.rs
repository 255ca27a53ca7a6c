//! Every key that `returns.toml` may have. The only list: reading, suggestions, messages and the schema use it.

use crate::policy::{
    BundleSplit, CheaperExchange, ClosedPeriod, CustomersBy, Exchanges, FeeTreatment, KeptGoods, NilOrders,
    OrdersNotInSage, ReceiptProof, RefundGate, ReturnGoRefunds, Route, StockProof, StoreCredit,
};
use sage200_client::{AccountReference, CostCentre, Department, NominalReference};

/// One key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Its table.
    pub(super) table: &'static str,
    /// Its name in the table.
    pub(super) name: &'static str,
    /// What happens when it is not written.
    pub(super) absent: Absent,
    /// What it is, for messages.
    pub(super) what: &'static str,
    /// A value as it would be written.
    pub(super) example: &'static str,
    /// What a value looks like.
    pub(super) kind: Kind,
}

/// What a value looks like. Words and limits are read by it; texts have types of their own that refuse more than their
/// form says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    Text(Form),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number, from and to.
    Whole(i64, i64),
    /// True or false.
    Flag,
    /// A date, or a date with a time.
    Instant,
    /// A list of texts, each of them once.
    Texts(Form),
    /// A list of whole numbers, each of them once, from and to.
    Wholes(i64, i64),
}

/// What a text looks like.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// As a regular expression.
    pub(super) pattern: &'static str,
    /// Its longest.
    pub(super) longest: Option<usize>,
}

impl Form {
    const fn new(pattern: &'static str) -> Self {
        Self { pattern, longest: None }
    }

    const fn at_most(longest: usize) -> Self {
        Self { pattern: ".", longest: Some(longest) }
    }
}

const ADDRESS: Kind = Kind::Text(Form::new("^https?://."));
const VARIABLE: Kind = Kind::Text(Form::new("^[A-Z][A-Z0-9_]*$"));
/// May be empty: a public client has no secret.
const VARIABLE_OR_NONE: Kind = Kind::Text(Form::new("^[A-Z0-9_]*$"));
/// Letters, digits and signs without blanks.
const SIGNS: Kind = Kind::Text(Form::new("^[!-~]+$"));
const ANY: Kind = Kind::Text(Form::new(""));
const SOME_TEXT: Form = Form::new(".");
const SOME: Kind = Kind::Text(SOME_TEXT);
const AMOUNT: Kind = Kind::Text(Form::new("^[0-9][0-9.]*$"));
const HOURS: Kind = Kind::Whole(1, 8760);
const FEE: Kind = Kind::Word(FeeTreatment::NAMES);

/// Where a site may keep how goods are sent.
pub(super) const SHIPPING_PLACES: &[&str] = &["charge", "analysis_code", "priority"];

/// Characters of a warehouse's name.
pub(super) const WAREHOUSE_LONGEST: usize = 20;

/// What happens when a key is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// It must be chosen.
    Refused,
    /// The example is the default.
    Default,
    /// There is no value then.
    Nothing,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}.{}`", self.table, self.name)
    }
}

macro_rules! keys {
    ($($constant:ident $table:literal $name:literal $absent:ident $what:literal $example:literal => $kind:expr;)*) => {
        $(pub(super) const $constant: &Key =
            &Key { table: $table, name: $name, absent: Absent::$absent, what: $what, example: $example, kind: $kind };)*
        /// All of them.
        pub(super) const ALL: &[&Key] = &[$($constant),*];
    };
}

keys! {
    RETURNGO_BASE_URL "returngo" "base_url" Default "the address of ReturnGO's API" "\"https://api.returngo.ai\"" => ADDRESS;
    SHOP "returngo" "shop" Refused "the shop, as ReturnGO's store selector shows it" "\"your-shop.myshopify.com\"" => SIGNS;
    API_KEY_ENV "returngo" "api_key_env" Default "the environment variable that holds ReturnGO's API key" "\"RETURNGO_API_KEY\"" => VARIABLE;
    RETURNGO_DAILY_CALLS "returngo" "daily_calls" Default "how many calls a day ReturnGO allows us" "2000" => Kind::Whole(1, 1_000_000);
    SAGE_BASE_URL "sage" "base_url" Default "the address of the Sage 200 API" "\"https://api.columbus.sage.com/uk/sage200extra/accounts/v1/\"" => ADDRESS;
    TOKEN_URL "sage" "token_url" Default "where Sage ID gives access tokens" "\"https://id.sage.com/oauth/token\"" => ADDRESS;
    CLIENT_ID "sage" "client_id" Refused "the client id that Sage issued for your application" "\"your-client-id\"" => SIGNS;
    CLIENT_SECRET_ENV "sage" "client_secret_env" Default "the environment variable that holds the client secret" "\"SAGE200_CLIENT_SECRET\"" => VARIABLE_OR_NONE;
    REFRESH_TOKEN_ENV "sage" "refresh_token_env" Default "the environment variable that holds the first refresh token" "\"SAGE200_REFRESH_TOKEN\"" => VARIABLE;
    SITE "sage" "site" Refused "the site's id, `site_id` in the answer of Sage's /sites" "\"00000000-0000-0000-0000-000000000000\"" => SIGNS;
    COMPANY "sage" "company" Refused "the company's id, `company_id` in the answer of Sage's /sites" "1" => Kind::Whole(1, 2_147_483_647);
    REQUESTS_PER_SECOND "sage" "requests_per_second" Default "how many requests a second are sent to Sage" "4" => Kind::Whole(1, 50);
    SAGE_DAILY_CALLS "sage" "daily_calls" Nothing "how many calls a day are made to Sage" "10000" => Kind::Whole(1, 10_000_000);
    SHOPIFY_SHOP "shopify" "shop" Nothing "the shop's permanent address" "\"your-shop.myshopify.com\"" => SIGNS;
    SHOPIFY_BASE_URL "shopify" "base_url" Nothing "another address of Shopify's API" "\"https://your-shop.myshopify.com\"" => ADDRESS;
    SHOPIFY_TOKEN_ENV "shopify" "access_token_env" Default "the environment variable that holds the access token of an app without a client id" "\"SHOPIFY_ACCESS_TOKEN\"" => VARIABLE;
    SHOPIFY_CLIENT_ID "shopify" "client_id" Nothing "the client id of the app, where it gets its tokens by the client credentials grant" "\"your-app-client-id\"" => SIGNS;
    SHOPIFY_CLIENT_SECRET_ENV "shopify" "client_secret_env" Default "the environment variable that holds the app's client secret" "\"SHOPIFY_CLIENT_SECRET\"" => VARIABLE;
    RETURNGO_APP "shopify" "returngo_app" Nothing "the number of ReturnGO's app in the shop" "7777001" => Kind::Whole(1, i64::MAX);
    GO_LIVE "policy" "go_live" Refused "the day from which returns are credited by this program; older ones are never posted" "2026-12-01" => Kind::Instant;
    CURRENCY "policy" "currency" Refused "the base currency of the Sage company" "\"GBP\"" => Kind::Text(Form::new("^[A-Z]{3}$"));
    CUSTOMERS "policy" "customers" Refused "the shop's customer accounts in Sage, the only ones that are credited" "[\"WEB001\"]" => Kind::Texts(SOME_TEXT);
    CUSTOMERS_BY "policy" "customers_by" Default "how the shop's customer accounts are told" "\"list\"" => Kind::Word(CustomersBy::NAMES);
    TAX_CODES "policy" "tax_codes" Nothing "the VAT code numbers that may be credited" "[1, 2]" => Kind::Wholes(0, 32_767);
    ORDER_PREFIX "policy" "order_prefix" Default "the text in front of order numbers in ReturnGO that Sage's do not have" "\"\"" => ANY;
    RECEIPT_PROOF "policy" "receipt_proof" Default "what proves that a unit was received" "\"item_validated\"" => Kind::Word(ReceiptProof::NAMES);
    ROUTE "policy" "route" Default "how a credit gets into Sage" "\"ledger_credit_note\"" => Kind::Word(Route::NAMES);
    REFUND_GATE "policy" "refund_gate" Default "how a refund is released" "\"work_list\"" => Kind::Word(RefundGate::NAMES);
    RETURNGO_REFUNDS "policy" "returngo_refunds" Default "who pays the refunds that ReturnGO asks for" "\"pays\"" => Kind::Word(ReturnGoRefunds::NAMES);
    CLOSED_PERIOD "policy" "closed_period" Default "what to do when Sage does not accept today's date" "\"hold\"" => Kind::Word(ClosedPeriod::NAMES);
    RESTOCKING_FEE "policy" "restocking_fee" Default "how restocking fees are treated" "\"hold\"" => FEE;
    RETURN_FEE "policy" "return_fee" Default "how return fees are treated" "\"hold\"" => FEE;
    LABEL_FEE "policy" "label_fee" Default "how label fees are treated" "\"hold\"" => FEE;
    CANCELLATION_DAYS "policy" "cancellation_days" Default "within how many days of the order a restocking fee is told instead of deducted" "14" => Kind::Whole(0, 365);
    KEPT_GOODS "policy" "kept_goods" Default "what to do with goods that the customer keeps" "\"hold\"" => Kind::Word(KeptGoods::NAMES);
    GOODS_FOLLOW_WITHIN_DAYS "policy" "goods_follow_within_days" Default "for how many days a refund may go before its goods" "0" => Kind::Whole(0, 365);
    STORE_CREDIT "policy" "store_credit" Default "what a return for store credit is in Sage" "\"hold\"" => Kind::Word(StoreCredit::NAMES);
    STORE_CREDIT_CODE_IS "policy" "store_credit_code_is" Nothing "how the importer of orders takes a store credit code" "\"payment\"" => Kind::Word(&["payment", "discount"]);
    ORDERS_NOT_IN_SAGE "policy" "orders_not_in_sage" Default "what to do with returns of orders that Sage has never seen" "\"hold\"" => Kind::Word(OrdersNotInSage::NAMES);
    STANDALONE_ACCOUNT "policy" "standalone_account" Nothing "the account of credit notes that stand alone" "\"WEB001\"" => Kind::Text(Form::at_most(AccountReference::LIMIT));
    VAT_BY_RATE "policy" "vat_by_rate" Nothing "which VAT code stands for a rate of the shop" "[\"20 = 1\", \"0 = 2\"]" => Kind::Texts(Form::new("^ *[0-9.]+ *= *[0-9]+ *$"));
    BUNDLES "policy" "bundles" Nothing "what bundles are made of that one line of an order carries" "[\"GIFT-SET = 1 x MUG @ 18.00; 2 x TEA @ 6.00\"]" => Kind::Texts(Form::new("^.+= *[0-9]+ *x .+$"));
    BUNDLE_SPLIT "policy" "bundle_split" Default "what the components of a bundle count for" "\"selling_price\"" => Kind::Word(BundleSplit::NAMES);
    SEND_REFERENCE "policy" "send_reference" Default "whether the order number goes into the credit note's reference" "true" => Kind::Flag;
    INSPECT_WITHIN_HOURS "policy" "inspect_within_hours" Default "how many hours a parcel may lie uninspected" "48" => HOURS;
    CREDIT_WITHIN_HOURS "policy" "credit_within_hours" Default "how many hours received units may go without a credit note" "72" => HOURS;
    ATTRIBUTE_WITHIN_HOURS "policy" "attribute_within_hours" Default "how many hours a refund may go without anybody to be named for it" "24" => HOURS;
    STOCK_PROOF "policy" "stock_proof" Default "when returned goods are proved to be back in stock" "\"in_place\"" => Kind::Word(StockProof::NAMES);
    STOCK_WITHIN_HOURS "policy" "stock_within_hours" Default "how many hours credited goods may go without being booked where they belong" "72" => HOURS;
    EXCHANGES "policy" "exchanges" Default "what is done with units that are exchanged for other goods" "\"hold\"" => Kind::Word(Exchanges::NAMES);
    CHEAPER_EXCHANGE "policy" "cheaper_exchange" Default "what becomes of the difference when the new goods are cheaper" "\"refunded\"" => Kind::Word(CheaperExchange::NAMES);
    NIL_ORDERS "policy" "nil_orders" Default "what to do with orders for nothing that no return names" "\"report\"" => Kind::Word(NilOrders::NAMES);
    EXCHANGE_WITHIN_HOURS "policy" "exchange_within_hours" Default "how many hours the new goods of an exchange may take" "72" => HOURS;
    // Longer than the longest request (100 s), or a request still under way could be sent again.
    SETTLE_SECONDS "policy" "settle_seconds" Default "how many seconds after a lost answer Sage is asked whether it acted" "180" => Kind::Whole(120, 86_400);
    ACCEPT_EXISTING "policy" "accept_existing" Default "whether an empty journal may start although Sage already holds our credit notes" "false" => Kind::Flag;
    WAREHOUSE "sales_return" "warehouse" Nothing "the warehouse that returned goods are received into" "\"RETURNS\"" => Kind::Text(Form::at_most(WAREHOUSE_LONGEST));
    ORDER_CODE "sales_return" "order_code" Nothing "which analysis code of a sales return carries the shop's order number" "1" => Kind::Whole(1, 20);
    EXCHANGE_WAREHOUSE "exchange" "warehouse" Nothing "the warehouse that new goods of exchanges are taken from" "\"MAIN\"" => Kind::Text(Form::at_most(WAREHOUSE_LONGEST));
    EXCHANGE_RMA_CODE "exchange" "rma_code" Nothing "which analysis code of an exchange's order carries the RMA number" "2" => Kind::Whole(1, 20);
    EXCHANGE_ORDER_CODE "exchange" "order_code" Nothing "which analysis code of an exchange's order carries the number of the order that the goods were returned of" "1" => Kind::Whole(1, 20);
    SHIPPING_IN "exchange" "shipping_in" Nothing "where this site keeps how goods are sent" "\"analysis_code\"" => Kind::Word(SHIPPING_PLACES);
    SHIPPING_CODE "exchange" "shipping_code" Nothing "which analysis code that is" "3" => Kind::Whole(1, 20);
    DEFAULT_SHIPPING "exchange" "default_shipping" Nothing "the shipping method that exchanges have in Sage" "\"DPD-NEXT\"" => SOME;
    SHIPPING_METHODS "exchange" "shipping_methods" Nothing "shipping methods in Sage for certain titles of shipping in the shop" "[\"Express = DPD-EXPRESS\"]" => Kind::Texts(Form::new("^.+=.+$"));
    NOMINAL_ACCOUNT "credit_note" "nominal_account" Nothing "the nominal account that returns are posted to" "\"41100\"" => Kind::Text(Form::at_most(NominalReference::LIMIT));
    COST_CENTRE "credit_note" "cost_centre" Nothing "the cost centre of that account" "\"WEB\"" => Kind::Text(Form::at_most(CostCentre::LIMIT));
    DEPARTMENT "credit_note" "department" Nothing "the department of that account" "\"RET\"" => Kind::Text(Form::at_most(Department::LIMIT));
    DOCUMENTS_PER_RUN "caps" "documents_per_run" Refused "how many credit notes one run may post" "50" => Kind::Whole(1, 100_000);
    VALUE_PER_RUN "caps" "value_per_run" Refused "the gross value that one run may post" "\"5000.00\"" => AMOUNT;
    VALUE_PER_DOCUMENT "caps" "value_per_document" Refused "the gross value that one credit note may have" "\"500.00\"" => AMOUNT;
    JOURNAL_URL "journal" "url" Default "where the journal is kept" "\"sqlite:returns-journal.sqlite\"" => SOME;
}

/// The key of this name, such as `policy.route`.
pub(super) fn by_name(name: &str) -> Option<&'static Key> {
    let (table, key) = name.split_once('.')?;
    ALL.iter().copied().find(|known| known.table == table && known.name == key)
}

/// The tables, in order.
pub(super) fn tables() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    ALL.iter().map(|key| key.table).filter(move |table| std::mem::replace(&mut last, table) != *table)
}

/// The known name nearest to a wrong one, if it is near enough to be meant.
pub(super) fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let wrong = wrong.to_ascii_lowercase().replace('-', "_");
    let far = (wrong.chars().count() / 3).max(1);
    let distance = |name: &str| strsim::damerau_levenshtein(&wrong, name);
    names.map(|name| (distance(name), name)).filter(|(distance, _)| *distance <= far).min().map(|(_, name)| name)
}
