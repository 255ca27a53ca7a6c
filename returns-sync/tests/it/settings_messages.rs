//! What somebody who fills in `returns.toml` is told. Every message has the key, the place, and the way out.

use chrono::{DateTime, TimeDelta, Utc};
use returns_sync::{
    policy::{
        BundleSplit, Caps, CheaperExchange, ClosedPeriod, Combination, Customers, ExchangeSite, Exchanges,
        FeeTreatment, Fees, Impossible, KeptGoods, NilOrders, NominalAccount, OrdersNotInSage, Policy, ReceiptProof,
        RefundGate, ReturnGoRefunds, Route, SalesReturns, ShippingIn, ShippingNames, StockProof, StoreCredit, matrix,
    },
    settings::{Settings, SettingsErrors},
};
use returns_wire::{Currency, JsonDecimal, Money, Secret};
use rust_decimal::Decimal;
use sage200_client::{AccountReference, CostCentre, Department, NominalReference};
use shopify_returns::{AppId, Component, RecipeTable};

const SAMPLE: &str = include_str!("../../../returns.example.toml");

/// Nothing but what must be chosen. One key a line, so that the tests can name lines.
const SHORT: &str = r#"[returngo]
shop = "brightboots.myshopify.com"
[sage]
client_id = "c-1"
site = "8d0f0a4e-55a1-4c3e-9f4e-0d5a3f0e7a11"
company = 3
[policy]
go_live = 2026-12-01
currency = "GBP"
customers = ["WEB001"]
[caps]
documents_per_run = 50
value_per_run = "5000.00"
value_per_document = "500.00"
"#;

fn read(text: &str) -> Result<Settings, SettingsErrors> {
    Settings::from_toml(text, "returns.toml")
}

fn settings(text: &str) -> Settings {
    read(text).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The one message about `SHORT` with a line in place of another.
fn message(old: &str, new: &str) -> String {
    assert_eq!(SHORT.matches(old).count(), 1, "{old}");
    let errors = read(&SHORT.replace(old, new)).expect_err(new);
    assert_eq!(errors.all().len(), 1, "{errors}");
    errors.to_string()
}

/// The one message about `SHORT` with a line added to a table.
fn added(table: &str, line: &str) -> String {
    message(&format!("[{table}]\n"), &format!("[{table}]\n{line}\n"))
}

#[track_caller]
fn says(message: &str, parts: &[&str]) {
    assert!(message.starts_with("returns.toml: "), "{message}");
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

fn gbp(pence: i64) -> Money {
    Money::new(Decimal::new(pence, 2), Currency::GBP).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn the_sample_is_a_file_that_works() {
    let settings = settings(SAMPLE);
    assert_eq!(settings.returngo().base_url.as_str(), "https://api.returngo.ai/");
    assert_eq!(settings.returngo().api_key_env, "RETURNGO_API_KEY");
    assert_eq!(settings.returngo().daily_calls, 2000);
    assert_eq!(settings.sage().base_url.as_str(), sage200_client::PROFESSIONAL);
    assert_eq!(settings.sage().token_url.as_str(), sage200_client::TOKEN_URL);
    assert_eq!(settings.sage().client_secret_env.as_deref(), Some("SAGE200_CLIENT_SECRET"));
    assert_eq!(settings.sage().daily_calls, None);
    assert_eq!(settings.journal(), "sqlite:returns-journal.sqlite");
}

#[test]
fn what_is_left_out_is_the_policys_own_default() {
    let caps = Caps { documents_per_run: 50, value_per_run: gbp(500_000), value_per_document: gbp(50_000) };
    let customers = vec![AccountReference::literal("WEB001")];
    let expected = Policy::new(at("2026-12-01T00:00:00Z"), Currency::GBP, customers, caps);
    assert_eq!(*settings(SHORT).policy(), expected);
}

#[test]
fn every_value_arrives() {
    let text = r##"
[returngo]
base_url = "http://127.0.0.1:8080"
shop = "brightboots.myshopify.com@Trade"
api_key_env = "RG_KEY_2"
daily_calls = 1_500
[sage]
base_url = "https://sage.example/uk/sage200/accounts/v1"
token_url = "https://id.example/token"
client_id = "c-1"
client_secret_env = ""
refresh_token_env = "SAGE_TOKEN"
site = "8d0f0a4e-55a1-4c3e-9f4e-0d5a3f0e7a11"
company = 3
requests_per_second = 2
daily_calls = 900
[shopify]
shop = "brightboots.myshopify.com"
base_url = "http://127.0.0.1:8081"
access_token_env = "SHOP_TOKEN"
client_id = "app-1"
client_secret_env = "SHOP_SECRET"
returngo_app = 7777001
[policy]
go_live = 2026-07-01
currency = "EUR"
customers = ["WEB001", "WEB002"]
customers_by = "list"
restocking_fee = "deduct"
return_fee = "hold"
label_fee = "deduct"
store_credit = "at_redemption"
store_credit_code_is = "discount"
orders_not_in_sage = "standalone"
standalone_account = "WEB002"
vat_by_rate = ["20 = 1", "5.5 = 20", "0 = 0"]
bundles = ["GIFT-SET = 1 x MUG @ 18.00; 2 x TEA = B @ 6", "tea=2 x BAG @ 3"]
bundle_split = "table"
credit_within_hours = 100
attribute_within_hours = 12
stock_proof = "booked"
stock_within_hours = 30
tax_codes = [0, 1, 20]
order_prefix = "#"
receipt_proof = "item_validated"
route = "ledger_credit_note"
refund_gate = "shopify_refund"
returngo_refunds = "notify_only"
cancellation_days = 0
kept_goods = "credit_note"
goods_follow_within_days = 21
closed_period = "hold"
send_reference = false
inspect_within_hours = 24
cheaper_exchange = "kept"
nil_orders = "ignore"
exchange_within_hours = 50
settle_seconds = 300
accept_existing = true
[sales_return]
warehouse = "RETURNS"
order_code = 3
[exchange]
warehouse = "MAIN"
rma_code = 2
order_code = 1
shipping_in = "analysis_code"
shipping_code = 4
default_shipping = "DPD-NEXT"
shipping_methods = ["Express = DPD-EXPRESS"]
[credit_note]
nominal_account = "41100"
cost_centre = "WEB"
department = "RET"
[caps]
documents_per_run = 7
value_per_run = "1000"
value_per_document = "99.5"
[journal]
url = "/var/lib/returns/journal.sqlite"
"##;
    let settings = settings(text);
    let eur = |text: &str| Money::new(text.parse().unwrap(), Currency::EUR).unwrap();
    let component = |sku: &str, quantity, weight: &str| {
        let weight = Some(JsonDecimal(weight.parse().unwrap()));
        Component { sku: sku.to_owned(), quantity, weight }
    };
    let bundles = [
        ("GIFT-SET".to_owned(), vec![component("MUG", 1, "18.00"), component("TEA = B", 2, "12")]),
        ("TEA".to_owned(), vec![component("BAG", 2, "6")]),
    ];
    let expected = Policy {
        // Midnight in London, in summer.
        go_live: at("2026-06-30T23:00:00Z"),
        currency: Currency::EUR,
        customers: vec![AccountReference::literal("WEB001"), AccountReference::literal("WEB002")].into(),
        tax_codes: Some(vec![0, 1, 20]),
        order_prefix: "#".to_owned(),
        receipt_proof: ReceiptProof::ItemValidated,
        route: Route::LedgerCreditNote,
        refund_gate: RefundGate::ShopifyRefund,
        sales_returns: Some(SalesReturns { warehouse: "RETURNS".to_owned(), order_code: 3 }),
        returngo_refunds: ReturnGoRefunds::NotifyOnly,
        cancel_within: TimeDelta::zero(),
        closed_period: ClosedPeriod::Hold,
        fees: Fees { restocking: FeeTreatment::Deduct, return_fee: FeeTreatment::Hold, label: FeeTreatment::Deduct },
        kept_goods: KeptGoods::CreditNote,
        goods_follow_within: TimeDelta::days(21),
        store_credit: StoreCredit::AtRedemption,
        orders_not_in_sage: OrdersNotInSage::Standalone,
        standalone_account: Some(AccountReference::literal("WEB002")),
        vat_by_rate: vec![(Decimal::from(20), 1), (Decimal::new(55, 1), 20), (Decimal::ZERO, 0)],
        bundles: RecipeTable::new(bundles).unwrap(),
        bundle_split: BundleSplit::Table,
        returngo_app: Some(AppId::new(7_777_001)),
        attribute_within: TimeDelta::hours(12),
        stock_proof: StockProof::Booked,
        stock_within: TimeDelta::hours(30),
        credit_within: TimeDelta::hours(100),
        exchanges: Exchanges::Hold,
        exchange_site: Some(ExchangeSite {
            warehouse: "MAIN".to_owned(),
            rma_code: 2,
            order_code: 1,
            shipping: Some(
                ShippingNames::new(
                    ShippingIn::AnalysisCode(4),
                    "DPD-NEXT",
                    vec![("Express".to_owned(), "DPD-EXPRESS".to_owned())],
                )
                .unwrap(),
            ),
        }),
        cheaper_exchange: CheaperExchange::Kept,
        nil_orders: NilOrders::Ignore,
        exchange_within: TimeDelta::hours(50),
        nominal: Some(NominalAccount {
            account: NominalReference::literal("41100"),
            cost_centre: Some(CostCentre::literal("WEB")),
            department: Some(Department::literal("RET")),
        }),
        send_reference: false,
        inspect_within: TimeDelta::hours(24),
        settle: TimeDelta::minutes(5),
        accept_existing: true,
        caps: Caps { documents_per_run: 7, value_per_run: eur("1000"), value_per_document: eur("99.5") },
    };
    assert_eq!(*settings.policy(), expected);
    let (returngo, sage) = (settings.returngo(), settings.sage());
    assert_eq!(returngo.base_url.as_str(), "http://127.0.0.1:8080/");
    assert_eq!((returngo.shop.as_str(), returngo.daily_calls), ("brightboots.myshopify.com@Trade", 1500));
    assert_eq!(sage.base_url.as_str(), "https://sage.example/uk/sage200/accounts/v1");
    assert_eq!(sage.token_url.as_str(), "https://id.example/token");
    assert_eq!((sage.client_id.as_str(), sage.client_secret_env.as_deref()), ("c-1", None));
    assert_eq!(sage.site.as_str(), "8d0f0a4e-55a1-4c3e-9f4e-0d5a3f0e7a11");
    assert_eq!((sage.company.get(), sage.requests_per_second.get(), sage.daily_calls), (3, 2, Some(900)));
    assert_eq!(settings.journal(), "/var/lib/returns/journal.sqlite");
    let shopify = settings.shopify().unwrap();
    assert_eq!((shopify.shop.as_str(), shopify.client_id.as_deref()), ("brightboots.myshopify.com", Some("app-1")));
    assert_eq!(shopify.base_url.as_ref().unwrap().as_str(), "http://127.0.0.1:8081/");
    assert_eq!(shopify.secret_env, "SHOP_SECRET", "with a client id, the secret is the app's");
}

/// VAT that would be cut twice, or never, is refused by name; so is what needs Shopify without it.
#[test]
fn choices_that_contradict_each_other_are_refused() {
    let with = |lines: &str| {
        let text = SHORT.replace("[policy]\n", &format!("[policy]\n{lines}\n"));
        Settings::from_toml(&text, "returns.toml").map(drop).map_err(|errors| errors.to_string())
    };
    let twice = with("store_credit = \"credit_note\"\nstore_credit_code_is = \"discount\"").unwrap_err();
    assert!(twice.contains("`policy.store_credit`") && twice.contains("cut twice"), "{twice}");
    let never = with("store_credit = \"at_redemption\"\nstore_credit_code_is = \"payment\"").unwrap_err();
    assert!(never.contains("never be cut"), "{never}");
    let unsaid = with("store_credit = \"credit_note\"").unwrap_err();
    assert!(unsaid.contains("`policy.store_credit_code_is`"), "{unsaid}");
    with("store_credit = \"credit_note\"\nstore_credit_code_is = \"payment\"").unwrap();
    with("store_credit = \"at_redemption\"\nstore_credit_code_is = \"discount\"").unwrap();
    for choice in ["refund_gate = \"shopify_refund\"", "orders_not_in_sage = \"standalone\""] {
        let error = with(choice).unwrap_err();
        assert!(error.contains("needs Shopify") && error.contains("`shopify.shop`"), "{error}");
    }
    let both = with("refund_gate = \"shopify_refund\"").unwrap_err();
    assert!(both.contains("`policy.refund_gate`") && both.contains("needs `policy.returngo_refunds`"), "{both}");
    let nobody = with("returngo_refunds = \"notify_only\"").unwrap_err();
    assert!(nobody.contains("neither does anybody else") && nobody.contains("`policy.refund_gate`"), "{nobody}");
    let stranger = with("standalone_account = \"OTHER\"").unwrap_err();
    assert!(stranger.contains("OTHER") && stranger.contains("`policy.customers`"), "{stranger}");
    for odd in ["20", "20 = x", "-1 = 1", "101 = 1", "20 = -1"] {
        let error = with(&format!("vat_by_rate = [\"{odd}\"]")).unwrap_err();
        assert!(error.contains("`policy.vat_by_rate`") && error.contains("20 = 1"), "{error}");
    }
}

/// What orders of new goods need is all there, or told by name; so are choices that go against each other.
#[test]
fn exchanges_need_what_their_orders_are_made_of() {
    const SITE: &str = "[exchange]\nwarehouse = \"MAIN\"\nrma_code = 2\norder_code = 1\n";
    let with = |policy: &str, tables: &str| {
        let text = SHORT.replace("[policy]\n", &format!("[policy]\n{policy}\n"));
        let text = text.replace("[caps]", &format!("[shopify]\nshop = \"brightboots.myshopify.com\"\n{tables}[caps]"));
        Settings::from_toml(&text, "returns.toml").map_err(|errors| errors.to_string())
    };
    let create = "exchanges = \"create\"\nvat_by_rate = [\"20 = 1\"]";
    let settings = with(create, SITE).unwrap();
    assert_eq!(settings.policy().exchanges, Exchanges::Create);
    assert!(settings.policy().exchange_site.as_ref().is_some_and(|site| site.shipping.is_none()));
    with("exchanges = \"imported\"", "").unwrap();
    let refused = |policy: &str, tables: &str, parts: &[&str]| says(&with(policy, tables).unwrap_err(), parts);
    refused(create, "", &["`policy.exchanges` (line", "where orders of new goods stand", "[exchange]"]);
    refused("exchanges = \"create\"", SITE, &["which VAT code stands for a rate", "policy.vat_by_rate"]);
    refused(create, "[exchange]\nwarehouse = \"MAIN\"\n", &["`exchange.warehouse` (line", "needs `exchange.rma_code`"]);
    let twice = SITE.replace("rma_code = 2", "rma_code = 1");
    refused(create, &twice, &["`exchange.order_code` (line", "as `exchange.rma_code` is", "take another"]);
    let shipping = |lines: &str| format!("{SITE}{lines}\n");
    refused(
        create,
        &shipping("default_shipping = \"DPD\""),
        &["`exchange.default_shipping`", "needs `exchange.shipping_in`"],
    );
    refused(create, &shipping("shipping_in = \"charge\""), &["needs `exchange.default_shipping`"]);
    let code = "shipping_in = \"analysis_code\"\ndefault_shipping = \"DPD\"";
    refused(create, &shipping(code), &["`exchange.shipping_in`", "needs `exchange.shipping_code`"]);
    refused(
        create,
        &shipping(&format!("{code}\nshipping_code = 1")),
        &["`exchange.shipping_code`", "`exchange.order_code` is"],
    );
    let charge = "shipping_in = \"charge\"\ndefault_shipping = \"DPD\"\nshipping_code = 3";
    refused(create, &shipping(charge), &["`exchange.shipping_code`", "used only where", "remove this line"]);
    let fast = "shipping_in = \"priority\"\ndefault_shipping = \"fast\"";
    refused(create, &shipping(fast), &["`exchange.default_shipping`", "one letter from A to Z"]);
    let list = "shipping_in = \"priority\"\ndefault_shipping = \"B\"\nshipping_methods = [\"Express\"]";
    refused(create, &shipping(list), &["`exchange.shipping_methods`", "Express = DPD-EXPRESS"]);
    let notify = format!("{create}\nrefund_gate = \"shopify_refund\"\nreturngo_refunds = \"notify_only\"");
    refused(&notify, SITE, &["the difference of a cheaper exchange is paid by ReturnGO alone"]);
    let validation = format!("{create}\nrefund_gate = \"returngo_validation\"\nreceipt_proof = \"parcel_received\"");
    refused(&validation, SITE, &["of an exchange there is nothing to refund"]);
    // Without Shopify nobody knows what is exchanged.
    let text =
        SHORT.replace("[policy]\n", &format!("[policy]\n{create}\n")).replace("[caps]", &format!("{SITE}[caps]"));
    let error = Settings::from_toml(&text, "returns.toml").unwrap_err().to_string();
    says(&error, &["`policy.exchanges`", "needs Shopify"]);
}

/// Each combination that can't be is told at the first of its keys that is written, with the way out.
#[test]
fn impossible_combinations_are_refused() {
    const WITH_SHOP: &str = "[shopify]\nshop = \"brightboots.myshopify.com\"\n[sales_return]\nwarehouse = \"RETURNS\"\norder_code = 1\n[caps]";
    let with = |combination: &Combination| {
        let Combination { proof, route, gate } = combination;
        let choices = format!(
            "receipt_proof = \"{proof}\"\nroute = \"{route}\"\nrefund_gate = \"{gate}\"\nreturngo_refunds = \"pays\""
        );
        let text = SHORT.replace("[policy]\n", &format!("[policy]\n{choices}\n"));
        read(&text.replace("[caps]", WITH_SHOP))
    };
    let mut refused = Vec::new();
    for (combination, verdict) in matrix() {
        let Combination { proof, route, gate } = combination;
        let Err(why) = verdict else {
            let settings = with(&combination).unwrap_or_else(|errors| panic!("{combination:?}: {errors}"));
            let policy = settings.policy();
            assert_eq!((policy.receipt_proof, policy.route, policy.refund_gate), (proof, route, gate));
            continue;
        };
        let errors = with(&combination).unwrap_err();
        let [error] = errors.all() else { panic!("{errors}") };
        let place = match why {
            Impossible::GoodsInWithoutReturn => "`policy.receipt_proof` (line 8) can't be: ",
            _ => "`policy.refund_gate` (line 10) can't be: ",
        };
        says(&error.to_string(), &[place, &why.to_string(), why.fix()]);
        refused.push((proof.as_str(), route.as_str(), gate.as_str()));
    }
    assert_eq!(
        refused,
        [
            ("item_validated", "ledger_credit_note", "returngo_validation"),
            ("item_validated", "sales_return", "returngo_validation"),
            ("sage_goods_in", "ledger_credit_note", "work_list"),
            ("sage_goods_in", "ledger_credit_note", "shopify_refund"),
            ("sage_goods_in", "ledger_credit_note", "returngo_validation"),
        ]
    );
    // A default is part of a combination as well: what is written is what is told.
    says(&added("policy", "refund_gate = \"returngo_validation\""), &["`policy.refund_gate` (line 8) can't be: "]);
    says(&added("policy", "receipt_proof = \"sage_goods_in\""), &["`policy.receipt_proof` (line 8) can't be: "]);
}

#[test]
fn sales_returns_need_a_warehouse_and_a_code() {
    says(
        &added("policy", "route = \"sales_return\""),
        &[
            "`policy.route` (line 8) can't be: ",
            "neither warehouse nor analysis code",
            "[sales_return]",
            "`order_code`",
        ],
    );
    let with = |line: &str| message("[caps]", &format!("[sales_return]\n{line}\n[caps]"));
    says(
        &with("warehouse = \"RETURNS\""),
        &["`sales_return.warehouse` (line 12) needs `sales_return.order_code` beside it: which analysis code"],
    );
    says(
        &with("order_code = 3"),
        &["`sales_return.order_code` (line 12) needs `sales_return.warehouse` beside it: the warehouse"],
    );
    says(&with("order_code = 21"), &["`sales_return.order_code` (line 12) is 21", "from 1 to 20"]);
    for name in ["", "  ", "A NAME OF 21 LETTERS."] {
        let text = with(&format!("warehouse = \"{name}\"\norder_code = 1"));
        says(&text, &["`sales_return.warehouse` (line 12) is ", "1 to 20 characters"]);
    }
}

#[test]
fn accounts_are_written_as_they_are_told() {
    let of = |by: &str, written: &str| {
        let text =
            SHORT.replace("customers = [\"WEB001\"]", &format!("customers = {written}\ncustomers_by = \"{by}\""));
        read(&text.replace("[caps]", "[shopify]\nshop = \"brightboots.myshopify.com\"\n[caps]"))
    };
    let read_as = |by: &str, written: &str| of(by, written).unwrap().policy().customers.clone();
    let web = || AccountReference::literal("WEB001");
    let shop = || AccountReference::literal("SHOP01");
    assert_eq!(read_as("list", "[\"WEB001\", \"SHOP01\"]"), Customers::List(vec![web(), shop()]));
    let currencies = vec![(Currency::GBP, web()), (Currency::EUR, shop())];
    assert_eq!(read_as("currency", "[\"GBP = WEB001\", \"EUR=SHOP01\"]"), Customers::ByCurrency(currencies));
    let channels = vec![("web".to_owned(), web()), ("pos".to_owned(), shop())];
    assert_eq!(read_as("channel", "[\"web = WEB001\", \"pos = SHOP01\"]"), Customers::ByChannel(channels));
    let recognised = Customers::Recognised { code: 3, value: "Web = shop".to_owned() };
    assert_eq!(read_as("analysis_code", "[\"3 = Web = shop\"]"), recognised);
    assert_eq!(read_as("each", "[\"any\"]"), Customers::Each);
    for (by, written, part) in [
        ("list", "[\"GBP = A\"]", "`policy.customers_by`"),
        ("currency", "[\"WEB001\"]", "currency = account"),
        ("currency", "[\"pounds = WEB001\"]", "three capital letters"),
        ("currency", "[\"GBP = WEB-CUSTOMER\"]", "Sage 200 allows 8"),
        ("currency", "[\"GBP = WEB001\", \"GBP = SHOP01\"]", "names two accounts for GBP"),
        ("channel", "[\" = WEB001\"]", "channel = account"),
        ("channel", "[\"web = WEB001\", \"Web = SHOP01\"]", "names two accounts for web"),
        ("analysis_code", "[\"21 = Web\"]", "analysis code = its value"),
        ("analysis_code", "[\"3 =\"]", "analysis code = its value"),
        ("analysis_code", "[\"3 = Web\", \"4 = Web\"]", "holds 2 texts"),
        ("each", "[\"WEB001\"]", "write [\"any\"]"),
    ] {
        let errors = of(by, written).unwrap_err();
        let [error] = errors.all() else { panic!("{by} {written}: {errors}") };
        says(&error.to_string(), &["`policy.customers` (line 10)", part]);
    }
    says(
        &added("policy", "customers_by = \"guess\""),
        &["`policy.customers_by` (line 8)", "\"analysis_code\", \"each\""],
    );
    let by = |lines: &str| message("customers = [\"WEB001\"]", lines);
    says(
        &by("customers = [\"web = WEB001\"]\ncustomers_by = \"channel\""),
        &["`policy.customers_by` (line 11) needs Shopify"],
    );
    says(
        &by("customers = [\"any\"]\ncustomers_by = \"each\"\nstandalone_account = \"WEB001\""),
        &["`policy.standalone_account` (line 12) can't be: ", "`policy.customers_by`"],
    );
}

#[test]
fn bundles_are_told_apart_from_their_faults() {
    let with =
        |lines: &str| message("[caps]", &format!("bundles = {lines}\n[shopify]\nshop = \"b.myshopify.com\"\n[caps]"));
    for (written, part) in [
        ("SET, 1 x MUG", "there is no ="),
        (" = 1 x MUG", "the bundle has no SKU"),
        ("SET = MUG", "a component has no pieces"),
        ("SET = 1 x MUG;", "a component has no pieces"),
        ("SET = 0 x MUG", "no whole number above 0"),
        ("SET = 1.5 x MUG", "no whole number above 0"),
        ("SET = 1 x MUG @ £18", "what a piece counts for is no number"),
        ("SET = 1 x MUG @ -1", "what a piece counts for is out of bounds"),
        ("SET = 1 x MUG @ 18.00; 2 x TEA", "behind all components, or behind none"),
        ("SET = 1 x  @ 18.00", "a component of SET has no SKU"),
        ("SET = 9999 x MUG; 2 x mug", "10001 pieces of mug in SET"),
        ("SET = 1 x MUG; 1 x SET", "SET contains itself"),
    ] {
        says(&with(&format!("[\"{written}\"]")), &["`policy.bundles` (line 11)", part]);
    }
    says(&with("[\"SET = 1 x MUG\", \"set = 2 x MUG\"]"), &["(line 11)", "set is listed twice"]);
    says(
        &with("[\"SET = 1 x KIT\", \"KIT = 2 x BOX\", \"BOX = 1 x SET\"]"),
        &["(line 11)", "BOX contains itself: BOX > SET > KIT > BOX"],
    );
    says(
        &added("policy", "bundles = [\"SET = 1 x MUG\"]"),
        &["`policy.bundles` (line 8) needs Shopify", "`shopify.shop`", "leave this key out"],
    );
    for (bundles, part) in
        [("", "no bundle is listed"), ("bundles = [\"SET = 1 x MUG\"]\n", "component of SET counts for")]
    {
        let shop = "[shopify]\nshop = \"b.myshopify.com\"\n[caps]";
        let text = message("[caps]", &format!("bundle_split = \"table\"\n{bundles}{shop}"));
        says(&text, &["`policy.bundle_split` (line 11) can't be: ", part, "selling_price"]);
    }
}

#[test]
fn a_go_live_means_one_instant() {
    let go_live = |written: &str| settings(&SHORT.replace("2026-12-01", written)).policy().go_live;
    assert_eq!(go_live("2026-12-01T06:30:00Z"), at("2026-12-01T06:30:00Z"));
    assert_eq!(go_live("2026-07-01T06:30:00"), at("2026-07-01T05:30:00Z"), "London's summer time");
    assert_eq!(go_live("2026-07-01T06:30:00+02:00"), at("2026-07-01T04:30:00Z"));
    let wrong = |written: &str| message("2026-12-01", written);
    says(
        &wrong("\"2026-12-01\""),
        &["`policy.go_live` (line 8) is text", "a date without quotes", "go_live = 2026-12-01"],
    );
    says(&wrong("06:30:00"), &["(line 8) is \"06:30:00\": it has no date; write one, such as 2026-12-01"]);
    says(&wrong("0206-12-01"), &["(line 8)", "0206-12-01", "check the year"]);
    says(&wrong("2026-10-25T01:30:00"), &["happens twice in London", "add an offset"]);
    says(&wrong("2026-03-29T01:30:00"), &["left out in London", "add an offset"]);
    let error = wrong("2026-02-30");
    says(&error, &["line 8"]);
}

#[test]
fn a_wrong_name_is_answered_with_the_right_one() {
    assert_eq!(
        added("policy", "go_liv = 2026-12-01"),
        "returns.toml: unknown key `policy.go_liv` (line 8); did you mean `policy.go_live`?"
    );
    assert_eq!(
        added("policy", "company = 3"),
        "returns.toml: unknown key `policy.company` (line 8); did you mean `sage.company`?"
    );
    says(
        &added("caps", "colour = 1"),
        &["`caps.colour` (line 12); the keys of [caps] are documents_per_run, value_per_run"],
    );
    says(&message("[returngo]\n", "comany = 3\n[returngo]\n"), &["unknown key `comany` (line 1)", "below the [table]"]);
    says(
        &message("[returngo]\n", "company = 3\n[returngo]\n"),
        &["`company` (line 1)", "did you mean `sage.company`?"],
    );
    says(
        &message("[returngo]\n", "[jurnal]\n[returngo]\n"),
        &["unknown table [jurnal] (line 1)", "did you mean [journal]?"],
    );
    says(
        &message("[returngo]\n", "[warehouse]\n[returngo]\n"),
        &[
            "unknown table [warehouse] (line 1); the tables are [returngo], [sage], [shopify], [policy], [sales_return], [exchange], [credit_note], [caps], [journal]",
        ],
    );
    says(
        &message("[returngo]\n", "journal = \"x\"\n[returngo]\n"),
        &["`journal` (line 1) must be a table; write [journal] above its keys"],
    );
    says(&message("[returngo]\n", "[[journal]]\n[returngo]\n"), &["`journal` (line 1) must be a table"]);
}

#[test]
fn an_empty_file_is_asked_for_everything_at_once() {
    let errors = read("").unwrap_err();
    let keys: Vec<_> = errors.all().iter().filter_map(|error| error.key.as_deref()).collect();
    assert_eq!(
        keys,
        [
            "returngo.shop",
            "sage.client_id",
            "sage.site",
            "sage.company",
            "policy.go_live",
            "policy.currency",
            "policy.customers",
            "caps.documents_per_run",
            "caps.value_per_run",
            "caps.value_per_document"
        ]
    );
    says(
        &errors.all()[2].to_string(),
        &[
            "returns.toml: `sage.site` is missing: the site's id, `site_id` in the answer of Sage's /sites; add `site = ",
        ],
    );
    assert_eq!(errors.to_string().lines().count(), 10);
}

#[test]
fn several_problems_come_in_the_order_of_the_file() {
    let text = SHORT
        .replace("company = 3", "company = \"3\"")
        .replace("\"GBP\"", "\"pounds\"")
        .replace("[caps]", "[caps]\nlimit = 3")
        .replace("shop = ", "# shop = ");
    let errors = read(&text).unwrap_err();
    let found: Vec<_> = errors.all().iter().map(|error| (error.key.as_deref().unwrap(), error.line)).collect();
    assert_eq!(
        found,
        [("sage.company", Some(6)), ("policy.currency", Some(9)), ("caps.limit", Some(12)), ("returngo.shop", None)]
    );
}

#[test]
fn what_is_not_toml_is_shown_by_line_and_never_by_content() {
    for text in
        ["[sage]\nclient_secret = s3cr3t-value\n", "[sage]\nclient_secret = \"s3cr3t-value\n", "[sage]\n= s3cr3t\n"]
    {
        let errors = read(text).unwrap_err();
        says(&errors.to_string(), &["line 2 is not TOML"]);
        assert!(!format!("{errors} {errors:?}").contains("s3cr3t"), "{errors}");
    }
    let twice = SHORT.replace("company = 3", "company = 3\ncompany = 4");
    says(&read(&twice).unwrap_err().to_string(), &["line 7 is not TOML: duplicate key"]);
}

#[test]
fn the_mark_and_line_ends_of_a_windows_editor_do_no_harm() {
    let windows = format!("\u{feff}{}", SHORT.replace('\n', "\r\n"));
    assert_eq!(settings(&windows), settings(SHORT));
    says(
        &read(&windows.replace("\"GBP\"", "\"gbp\"")).unwrap_err().to_string(),
        &["`policy.currency` (line 9) is \"gbp\"", "three capital letters"],
    );
}

#[test]
fn secrets_are_refused_without_being_repeated() {
    for (table, line, key, variable) in [
        ("returngo", "api_key = \"s3cr3t\"", "returngo.api_key_env", "RETURNGO_API_KEY"),
        ("returngo", "apikey = \"s3cr3t\"", "returngo.api_key_env", "RETURNGO_API_KEY"),
        ("sage", "client_secret = \"s3cr3t\"", "sage.client_secret_env", "SAGE200_CLIENT_SECRET"),
        ("sage", "refresh_token = \"s3cr3t\"", "sage.refresh_token_env", "SAGE200_REFRESH_TOKEN"),
        ("sage", "access-token = \"s3cr3t\"", "sage.refresh_token_env", "SAGE200_REFRESH_TOKEN"),
        ("sage", "password = \"s3cr3t\"", "sage.client_secret_env", "SAGE200_CLIENT_SECRET"),
    ] {
        let text = added(table, line);
        says(&text, &["secrets do not belong in this file; remove it", key, variable, "line "]);
        assert!(!text.contains("s3cr3t"), "{text}");
    }
    // The secret itself where the variable's name belongs.
    for key in ["api_key_env", "client_secret_env", "refresh_token_env"] {
        let table = if key == "api_key_env" { "returngo" } else { "sage" };
        for value in ["rg_live_s3cr3t", "S3CR3T-S3CR3T", "3S3CR3T", " "] {
            let text = added(table, &format!("{key} = \"{value}\""));
            says(&text, &[key, "is not the name of an environment variable", "never the secret itself", "line "]);
            assert!(!text.to_lowercase().contains("s3cr3t"), "{text}");
        }
    }
    says(&added("returngo", "api_key_env = \"\""), &["`returngo.api_key_env` (line 2) is not the name"]);
    let url = added("sage", "base_url = \"https://clerk:s3cr3t@sage.example/\"");
    says(&url, &["`sage.base_url` (line 4)", "no user, password"]);
    assert!(!url.contains("s3cr3t"));
}

#[test]
fn addresses_are_encrypted_or_local() {
    says(
        &added("returngo", "base_url = \"http://api.returngo.example\""),
        &["`returngo.base_url` (line 2) is \"http://api.returngo.example\"", "not encrypted; use https"],
    );
    says(
        &added("sage", "token_url = \"id.sage.example\""),
        &["`sage.token_url` (line 4)", "write it in full, such as https://"],
    );
    says(&added("sage", "base_url = \"ftp://sage.example\""), &["`sage.base_url` (line 4)", "use https"]);
    says(&message("\"brightboots.my", "\"https://brightboots.my"), &["`returngo.shop` (line 2)", "without https://"]);
    says(&message("\"c-1\"", "\"c 1\""), &["`sage.client_id` (line 4) is \"c 1\"", "without blanks"]);
    says(&message("\"c-1\"", "\"\""), &["`sage.client_id` (line 4)", "copy it again"]);
    let other = message("[caps]", "[journal]\nurl = \"postgres://clerk:s3cr3t@db.example/j\"\n[caps]");
    says(
        &other,
        &["`journal.url` (line 12) begins with \"postgres\"", "kept in SQLite", "sqlite:returns-journal.sqlite"],
    );
    assert!(!other.contains("s3cr3t"));
    says(&message("[caps]", "[journal]\nurl = \"\"\n[caps]"), &["`journal.url` (line 12) is empty"]);
}

#[test]
fn words_numbers_and_flags_are_taken_from_what_is_allowed() {
    for (line, allowed) in [
        ("receipt_proof = \"by_faith\"", "allowed is \"item_validated\""),
        ("route = \"by_post\"", "allowed is \"ledger_credit_note\", \"sales_return\""),
        ("refund_gate = \"by_hand\"", "allowed is \"work_list\", \"shopify_refund\""),
        ("closed_period = \"next_open\"", "allowed is \"hold\""),
        ("settle_seconds = 119", "is 119; allowed is a whole number from 120 to 86400"),
        ("settle_seconds = 99999999999999999999", "is too large; allowed is a whole number from 120"),
        ("inspect_within_hours = 0", "is 0; allowed is a whole number from 1 to 8760"),
        ("inspect_within_hours = 1.5", "is a decimal number without quotes; it is how many hours"),
        ("inspect_within_hours = \"48\"", "is text; it is how many hours"),
        ("send_reference = \"yes\"", "write true or false without quotes"),
        ("accept_existing = 1", "is a whole number; it is whether an empty journal may start"),
        ("tax_codes = []", "is empty; write a list of whole numbers, such as [1, 2]; leave the key out"),
        ("tax_codes = [1, -2]", "holds a number that is no VAT code; allowed is 0 to 32767"),
        ("tax_codes = [1, 32768]", "holds a number that is no VAT code"),
        ("tax_codes = [1, \"2\"]", "is text; it is the VAT code numbers"),
        ("tax_codes = [1, 2, 1]", "names the same value twice; write it once"),
        ("order_prefix = 5", "is a whole number; it is the text in front of order numbers"),
    ] {
        let key = line.split(' ').next().unwrap();
        says(&added("policy", line), &[&format!("`policy.{key}` (line 8) "), allowed]);
    }
    says(&added("sage", "requests_per_second = 0"), &["`sage.requests_per_second` (line 4) is 0", "from 1 to 50"]);
    says(&added("sage", "daily_calls = 0"), &["`sage.daily_calls` (line 4) is 0", "from 1"]);
    says(&added("returngo", "daily_calls = 0"), &["`returngo.daily_calls` (line 2) is 0", "from 1"]);
    says(&message("company = 3", "company = 0"), &["`sage.company` (line 6) is 0"]);
    says(&message("documents_per_run = 50", "documents_per_run = 0"), &["`caps.documents_per_run` (line 12) is 0"]);
    says(&message("[\"WEB001\"]", "[]"), &["`policy.customers` (line 10) is empty", "such as [\"WEB001\"]"]);
    says(&message("[\"WEB001\"]", "\"WEB001\""), &["`policy.customers` (line 10) is text", "[\"WEB001\"]"]);
    says(
        &message("[\"WEB001\"]", "[\n\"WEB001\",\n\"WEB-CUSTOMER\"]"),
        &["`policy.customers` (line 12) holds", "\"WEB-CUSTOMER\" has 12 characters; Sage 200 allows 8; shorten it"],
    );
    says(
        &message("[\"WEB001\"]", "[\"WEB001\", \"WEB001\"]"),
        &["`policy.customers` (line 10) names the same value twice"],
    );
}

#[test]
fn amounts_are_exact_text_in_the_currency() {
    let wrong = |written: &str| message("\"5000.00\"", written);
    says(
        &wrong("5000.00"),
        &[
            "`caps.value_per_run` (line 13) is a decimal number without quotes",
            "in quotes, so that it stays exact",
            "\"5000.00\"",
        ],
    );
    says(&wrong("5000"), &["(line 13) is a whole number", "in quotes"]);
    for text in ["5,000.00", "£5000", "5e3", "-5000", "+5000", ".5", "5_000", "", " 5000", "5000 GBP", "1.2.3"] {
        says(&wrong(&format!("{text:?}")), &["(line 13) is ", text, "write digits and a decimal point only"]);
    }
    says(&wrong("\"0.00\""), &["more than nothing"]);
    says(&wrong("\"5000.005\""), &["(line 13) is no amount: 5000.005 has more decimal places than GBP (2)"]);
    says(&wrong("\"99999999999999999999999999999999\""), &["write digits"]);
    says(
        &wrong("\"499.99\""),
        &["`caps.value_per_document` (line 14) is 500.00 GBP", "`caps.value_per_run`", "499.99 GBP", "lower it"],
    );
    // A wrong currency is told once, not at every amount again.
    says(&message("\"GBP\"", "\"Pounds\""), &["`policy.currency` (line 9) is \"Pounds\"", "three capital letters"]);
}

#[test]
fn the_nominal_account_comes_first() {
    for key in ["cost_centre", "department"] {
        let text = message("[caps]", &format!("[credit_note]\n{key} = \"WEB\"\n[caps]"));
        says(
            &text,
            &[&format!("`credit_note.{key}` (line 12) needs `credit_note.nominal_account`"), "remove this line"],
        );
    }
    let text = message("[caps]", "[credit_note]\nnominal_account = \"4110000000\"\n[caps]");
    says(&text, &["`credit_note.nominal_account` (line 12)", "has 10 characters; Sage 200 allows 8"]);
    assert_eq!(settings(&SHORT.replace("[caps]", "[credit_note]\n[caps]")), settings(SHORT), "an empty table is none");
}

#[test]
fn missing_variables_are_named_all_at_once() {
    let ours = settings(SHORT);
    let errors = ours.secrets_from(|_| None).unwrap_err();
    let [key, secret] = errors.all() else { panic!("{errors}") };
    says(
        &key.to_string(),
        &[
            "`returngo.api_key_env` names the environment variable RETURNGO_API_KEY, which is not set or empty; set it to",
        ],
    );
    says(&secret.to_string(), &["`sage.client_secret_env`", "SAGE200_CLIENT_SECRET", "`client_secret_env = \"\"`"]);
    let secrets = ours.secrets_from(|name| Some(Secret::new(format!("value of {name}")))).unwrap();
    assert_eq!(secrets.returngo_api_key.expose(), "value of RETURNGO_API_KEY");
    assert_eq!(secrets.sage_client_secret.as_ref().unwrap().expose(), "value of SAGE200_CLIENT_SECRET");
    assert_eq!(secrets.sage_refresh_token.as_ref().unwrap().expose(), "value of SAGE200_REFRESH_TOKEN");
    assert!(!format!("{secrets:?}").contains("value of"));
    let public = settings(&SHORT.replace("[sage]", "[sage]\nclient_secret_env = \"\""));
    let one = |name: &str| (name == "RETURNGO_API_KEY").then(|| Secret::new("k"));
    let secrets = public.secrets_from(one).unwrap();
    assert!(secrets.sage_client_secret.is_none() && secrets.sage_refresh_token.is_none());
    // From the environment itself: a variable that no machine has.
    let named = settings(&SHORT.replace("[returngo]", "[returngo]\napi_key_env = \"RETURNS_SYNC_TEST_NOT_SET\""));
    says(&named.secrets().unwrap_err().to_string(), &["RETURNS_SYNC_TEST_NOT_SET, which is not set"]);
}

#[test]
fn a_file_is_found_or_the_sample_is_named() {
    let folder = std::env::temp_dir().join(format!("returns-sync-settings-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("returns.toml");
    let missing = Settings::load(&path).unwrap_err().to_string();
    assert!(
        missing.contains("returns.toml: can't be read") && missing.contains("copy returns.example.toml"),
        "{missing}"
    );
    std::fs::write(&path, SHORT).unwrap();
    let loaded = Settings::load(&path);
    std::fs::write(&path, "[policy]\ngo_liv = 1").unwrap();
    let wrong = Settings::load(&path).unwrap_err().to_string();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(loaded.unwrap().journal(), format!("sqlite:{}", folder.join("returns-journal.sqlite").display()));
    assert!(wrong.starts_with(&format!("{}: unknown key", path.display())), "{wrong}");
}
