//! The probe, at sites good and bad: what it finds, and that it writes nothing.

use bytes::Bytes;
use chrono::{NaiveDate, TimeDelta};
use http::{Method, Request, Response};
use returngo_client::sandbox::FaultPlan;
use returns_examples::Shop;
use returns_sync::{
    policy::{Contradiction, Customers, OrdersNotInSage, Policy, ReceiptProof, RefundGate, Route, SalesReturns},
    probe::{Probe, Release, Returns, Where, Whom, probe},
    run::{RunError, Systems},
};
use returns_tests::run_to_end;
use returns_wire::{Currency, Secret, Transport, sandbox::in_process};
use rust_decimal::Decimal;
use sage200_client::{
    CompanyId, MemoryTokens, NominalReference, STANDARD, Sage, SiteId,
    sandbox::{
        AnalysisLevel, Fault, How, LineItems, NewCustomer, NewMapping, Permissions, SageSandbox, Version, WarehouseKind,
    },
};
use shopify_returns::{AccessToken, Shopify, sandbox::ShopifySandbox};
use std::sync::Arc;

/// A site on 2025 R1 with all that sales returns need.
fn shop() -> Shop {
    let shop = Shop::open().unwrap();
    shop.sage.set_version(Version::R2025_1);
    shop.sage.add_warehouse("RETURNS", WarehouseKind::Returns).unwrap();
    shop.sage.add_analysis_mapping(NewMapping::new(AnalysisLevel::Header, 1, "Web order")).unwrap();
    shop
}

fn policy() -> Policy {
    Policy {
        route: Route::SalesReturn,
        refund_gate: RefundGate::ShopifyRefund,
        sales_returns: Some(SalesReturns { warehouse: "RETURNS".to_owned(), order_code: 1 }),
        ..Shop::policy().unwrap()
    }
}

fn ledger_policy() -> Policy {
    Policy { route: Route::LedgerCreditNote, refund_gate: RefundGate::WorkList, sales_returns: None, ..policy() }
}

fn systems(shop: &Shop) -> Systems {
    let systems = shop.in_process_signed_in(|transport| transport).unwrap();
    shop.with_shopify(systems, |transport| transport).unwrap()
}

/// Looks, and makes sure that nothing was written anywhere.
fn look_with(shop: &Shop, systems: &Systems, policy: Option<&Policy>) -> Result<Probe, RunError> {
    let found = run_to_end(probe(systems, policy));
    for request in shop.sage.request_log() {
        let asks = ["/oauth/token", "/transaction_date_validation"].iter().any(|end| request.path.ends_with(end));
        assert!(request.method == Method::GET || (request.method == Method::POST && asks), "{request:?}");
    }
    assert_eq!(shop.sage.writes_committed(), 0);
    assert!(shop.returngo.request_log().iter().all(|(method, ..)| method == "GET"));
    assert_eq!(shop.returngo.writes(), 0);
    assert!(shop.shopify.request_log().iter().all(|request| request.operation == "SelfCheck"));
    assert_eq!(shop.shopify.refunds_made(), 0);
    found
}

fn look(shop: &Shop, policy: &Policy) -> Probe {
    look_with(shop, &systems(shop), Some(policy)).unwrap()
}

/// The one contradiction that there is.
#[track_caller]
fn only(found: &Probe) -> &Contradiction {
    let [contradiction] = found.contradictions.as_slice() else { panic!("{:#?}", found.contradictions) };
    assert_eq!(found.exit_code(), 2);
    contradiction
}

#[track_caller]
fn says(contradiction: &Contradiction, key: &str, parts: &[&str]) {
    assert_eq!(contradiction.keys[0], key, "{contradiction}");
    for part in parts {
        assert!(contradiction.to_string().contains(part), "{part:?} is not in {contradiction}");
    }
}

fn asked(found: &Probe, whom: Whom) -> String {
    found.asks.iter().filter(|ask| ask.whom == whom).map(|ask| ask.what.clone()).collect::<Vec<_>>().join("\n")
}

fn possible(found: &Probe, proof: ReceiptProof, route: Route, gate: RefundGate) -> bool {
    let of = |verdict: &&returns_sync::probe::Verdict| {
        let combination = verdict.combination;
        (combination.proof, combination.route, combination.gate) == (proof, route, gate)
    };
    let verdict = found.combinations.iter().find(of).unwrap();
    assert_eq!(verdict.possible, verdict.why_not.is_empty());
    verdict.possible
}

#[test]
fn a_site_that_has_everything_is_clean() {
    let shop = shop();
    let found = look(&shop, &policy());
    assert_eq!((found.contradictions.as_slice(), found.unread.as_slice()), ([].as_slice(), [].as_slice()));
    assert_eq!(found.exit_code(), 0);
    assert_eq!(found.combinations.len(), 18);
    assert_eq!(found.combinations.iter().filter(|verdict| verdict.possible).count(), 13, "as in the matrix");
    let sage = &found.sage;
    assert_eq!((sage.release, sage.returns.as_ref()), (Release::From2025R1, Some(&Returns::Available)));
    assert_eq!((sage.professional, sage.currency), (Some(true), Some(Currency::GBP)));
    let warehouses: Vec<_> = sage.warehouses.iter().flatten().map(|w| (w.name.as_str(), w.sells)).collect();
    assert_eq!(warehouses, [("HOME", true), ("RETURNS", false)]);
    let code = &sage.codes.as_ref().unwrap()[0];
    assert_eq!((code.on, code.number, code.name.as_deref()), (Where::Header, 1, Some("Web order")));
    assert!(sage.today.as_ref().unwrap().open);
    assert!(sage.accounts[0].exists && sage.accounts[0].active == Some(true));
    assert_eq!(found.returngo.today.unwrap().used, 2);
    let shopify = found.shopify.as_ref().unwrap();
    assert!(shopify.makes_refunds && shopify.missing.is_empty() && shopify.supported == Some(true));
    assert!(asked(&found, Whom::ReturnGo).contains("automatic refunds off"));
    assert!(found.remarks.iter().any(|remark| remark.reason.contains("by a person")), "{:?}", found.remarks);
    // Without a policy there is nothing to contradict, and everything to ask.
    let open = look_with(&Shop::open().unwrap(), &systems(&shop), None).unwrap();
    assert!(open.contradictions.is_empty() && open.remarks.is_empty() && open.sage.accounts.is_empty());
    assert!(
        asked(&open, Whom::ReturnGo).contains("Notify-Only") && asked(&open, Whom::SagePartner).contains("post credit")
    );
}

/// What goes to other programs: its name, and no person.
#[test]
fn the_json_form_names_itself_and_nobody() {
    let text = serde_json::to_string(&look(&shop(), &policy())).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["schema"], "returns-sync.probe/1");
    assert_eq!(json["combinations"][0]["proof"], "item_validated");
    assert_eq!(json["sage"]["release"], "from2025_r1");
    for person in ["Web sales", "api.user", "@example"] {
        assert!(!text.to_lowercase().contains(&person.to_lowercase()), "{person} is in {text}");
    }
}

#[test]
fn before_2025_r1_there_are_no_sales_returns() {
    let shop = shop();
    shop.sage.set_version(Version::R2024_1);
    let found = look(&shop, &policy());
    says(only(&found), "policy.route", &["2025 R1", "upgraded", "ledger_credit_note"]);
    assert_eq!(found.sage.returns, Some(Returns::NotOnThisSite));
    assert_eq!(found.sage.release, Release::From2024R1);
    for verdict in &found.combinations {
        let expected = verdict.combination.route == Route::LedgerCreditNote && verdict.combination.verdict().is_ok();
        assert_eq!(verdict.possible, expected, "{verdict:?}");
    }
    assert!(asked(&found, Whom::SagePartner).contains("upgrade to 2025 R1"));
    // The ledger's route needs none of it.
    assert_eq!(look(&Shop::open().unwrap(), &ledger_policy()).exit_code(), 0);
}

#[test]
fn what_the_user_and_the_settings_forbid_is_told() {
    let told = |set: fn(&SageSandbox)| {
        let shop = shop();
        set(&shop.sage);
        look(&shop, &policy())
    };
    let prices = told(|sage| {
        sage.set_permissions(Permissions { override_prices_discounts: false, ..Permissions::default() });
    });
    says(only(&prices), "policy.route", &["override prices", "SOP user permissions"]);
    assert!(asked(&prices, Whom::SagePartner).contains("override prices and discounts"));
    assert!(!possible(&prices, ReceiptProof::SageGoodsIn, Route::SalesReturn, RefundGate::WorkList));
    assert!(possible(&prices, ReceiptProof::ItemValidated, Route::LedgerCreditNote, RefundGate::ShopifyRefund));
    says(only(&told(|sage| sage.set_auto_number_documents(false))), "policy.route", &["numbers returns by hand"]);
    says(only(&told(|sage| sage.set_line_items(LineItems::FreeTextOnly))), "policy.route", &["free text lines only"]);
    let closed = told(|sage| sage.set_amend_analysis_codes(false, true));
    says(only(&closed), "sales_return.order_code", &["can't be amended"]);
    let nominal = {
        let shop = shop();
        shop.sage.set_amend_nominal_codes(false);
        let account = NominalReference::literal("41100");
        let nominal = returns_sync::policy::NominalAccount { account, cost_centre: None, department: None };
        look(&shop, &Policy { nominal: Some(nominal), ..policy() })
    };
    says(only(&nominal), "credit_note.nominal_account", &["41100", "can't be amended"]);
    assert!(asked(&nominal, Whom::SagePartner).contains("nominal account 41100"));
    let pending = told(|sage| sage.set_credit_notes_reach_ledger_at_once(false));
    assert_eq!(pending.exit_code(), 0);
    assert!(pending.remarks.iter().any(|remark| remark.reason.contains("pending file")));
    let posting = told(|sage| sage.set_update_stock_on_despatch(false));
    assert!(posting.remarks.iter().any(|remark| remark.reason.contains("when the credit note is posted")));
}

#[test]
fn the_warehouse_and_the_analysis_code_must_be_there() {
    let missing = SalesReturns { warehouse: "RETRUNS".to_owned(), order_code: 1 };
    let found = look(&shop(), &Policy { sales_returns: Some(missing), ..policy() });
    says(only(&found), "sales_return.warehouse", &["\"RETRUNS\"", "nearest: \"RETURNS\", \"HOME\""]);

    let of = |number: u8| {
        let returns = SalesReturns { warehouse: "returns".to_owned(), order_code: number };
        Policy { sales_returns: Some(returns), ..policy() }
    };
    let found = look(&shop(), &of(7));
    says(
        only(&found),
        "sales_return.order_code",
        &["analysis code 7 is not set up", "choose analysis code 1 (Web order)"],
    );
    assert!(!asked(&found, Whom::SagePartner).contains("analysis code"), "there is one already");
    let bare = Shop::open().unwrap();
    bare.sage.set_version(Version::R2025_1);
    bare.sage.add_warehouse("RETURNS", WarehouseKind::Returns).unwrap();
    let found = look(&bare, &of(1));
    says(only(&found), "sales_return.order_code", &["analysis code 1 is not set up", "have an analysis code set up"]);
    assert!(asked(&found, Whom::SagePartner).contains("an analysis code on sales orders and returns"));
    assert!(!possible(&found, ReceiptProof::SageGoodsIn, Route::SalesReturn, RefundGate::WorkList));
    let site = shop();
    let channel = NewMapping {
        values: vec!["Web".to_owned()],
        allow_overtype: false,
        ..NewMapping::new(AnalysisLevel::Header, 2, "Channel")
    };
    site.sage.add_analysis_mapping(channel).unwrap();
    let closed = NewMapping { read_only: true, ..NewMapping::new(AnalysisLevel::Header, 3, "Region") };
    site.sage.add_analysis_mapping(closed).unwrap();
    assert_eq!(look(&site, &of(1)).exit_code(), 0);
    says(
        only(&look(&site, &of(2))),
        "sales_return.order_code",
        &["analysis code 2 (Channel) takes only values on its list"],
    );
    says(only(&look(&site, &of(3))), "sales_return.order_code", &["analysis code 3 (Region) is read only"]);
    // A code that must be filled is filled by the order number, or by nobody.
    let must = NewMapping { mandatory: true, ..NewMapping::new(AnalysisLevel::Header, 4, "Source") };
    site.sage.add_analysis_mapping(must).unwrap();
    assert_eq!(look(&site, &of(4)).exit_code(), 0);
    let found = look(&site, &of(1));
    says(only(&found), "sales_return.order_code", &["analysis code 4 (Source) must be filled on returns"]);
    assert!(possible(&found, ReceiptProof::SageGoodsIn, Route::SalesReturn, RefundGate::WorkList), "with code 4");
    let must = NewMapping { mandatory: true, ..NewMapping::new(AnalysisLevel::Line, 1, "Reason") };
    site.sage.add_analysis_mapping(must).unwrap();
    let found = look(&site, &of(4));
    says(only(&found), "sales_return.order_code", &["analysis code 1 (Reason) must be filled on lines of returns"]);
    assert!(!possible(&found, ReceiptProof::SageGoodsIn, Route::SalesReturn, RefundGate::WorkList));
}

/// Through a client whose address is that of Standard; the sandbox itself answers as always.
#[test]
fn standard_has_five_analysis_codes() {
    let shop = shop();
    shop.sage.add_analysis_mapping(NewMapping::new(AnalysisLevel::Header, 6, "Order")).unwrap();
    let inner = in_process(shop.sage.router());
    let transport = Transport::new(tower::service_fn(move |mut request: Request<Bytes>| {
        let inner = inner.clone();
        let address = request.uri().to_string().replace("/uk/sage200/", "/uk/sage200extra/");
        *request.uri_mut() = address.parse().unwrap();
        async move { inner.send(request).await }
    }));
    let sage = Sage::builder()
        .base_url(STANDARD)
        .token_url("https://id.example/oauth/token")
        .client_id(shop.sage.client_id())
        .client_secret(Secret::new(shop.sage.client_secret()))
        .tokens(Arc::new(MemoryTokens::new(shop.tokens())))
        .transport(transport)
        .clock(Arc::new(shop.clock.clone()))
        .build()
        .unwrap();
    let company = sage.company(SiteId::new(SageSandbox::SITE_ID), CompanyId::new(1));
    let systems = Systems { sage: company, ..systems(&shop) };
    let returns = SalesReturns { warehouse: "RETURNS".to_owned(), order_code: 6 };
    let found = look_with(&shop, &systems, Some(&Policy { sales_returns: Some(returns), ..policy() })).unwrap();
    assert_eq!(found.sage.professional, Some(false));
    says(only(&found), "sales_return.order_code", &["Standard has 1 to 5 only"]);
}

#[test]
fn scopes_cost_what_they_are_for() {
    let site = shop();
    site.shopify.set_scopes(&["read_all_orders", "read_orders", "read_returns"]);
    let found = look(&site, &policy());
    says(only(&found), "policy.refund_gate", &["write_orders", "work_list"]);
    let missing: Vec<_> = found.shopify.as_ref().unwrap().missing.iter().map(|missing| missing.scope).collect();
    assert_eq!(missing, ["read_products", "write_orders", "read_shopify_payments_payouts"]);
    let gate = |gate| found.combinations.iter().filter(move |v| v.combination.gate == gate && v.possible).count();
    assert_eq!((gate(RefundGate::WorkList), gate(RefundGate::ShopifyRefund)), (5, 0));
    let site = shop();
    site.shopify.set_scopes(&["read_orders", "write_orders"]);
    let found = look(&site, &policy());
    assert_eq!(found.exit_code(), 0);
    assert!(found.remarks.iter().any(|r| r.reason.contains("read_all_orders") && r.reason.contains("60 days")));
    // Nothing to value by.
    let site = shop();
    site.shopify.set_scopes(&["write_customers"]);
    let found = look(&site, &Policy { refund_gate: RefundGate::WorkList, ..policy() });
    says(only(&found), "shopify.shop", &["may not read orders"]);
    // Not connected at all.
    let site = shop();
    site.sage.set_prices_tax_inclusive(true);
    let alone = site.in_process(|transport| transport).unwrap();
    let found = look_with(&site, &alone, Some(&policy())).unwrap();
    assert_eq!(found.contradictions.len(), 2, "{:?}", found.contradictions);
    says(&found.contradictions[0], "policy.refund_gate", &["not connected"]);
    says(&found.contradictions[1], "shopify.shop", &["include VAT"]);
}

#[test]
fn returngo_that_does_not_answer_leaves_nothing_possible() {
    let site = shop();
    site.returngo.fail_next(FaultPlan::on("GET", "/rmas").status(401));
    let found = look(&site, &policy());
    says(only(&found), "returngo.shop", &["does not show its returns"]);
    assert!(found.combinations.iter().all(|verdict| !verdict.possible));
    let [unread] = found.unread.as_slice() else { panic!("{:?}", found.unread) };
    assert!(unread.part == "returns in ReturnGO" && unread.why.contains("API key"), "{unread:?}");
    assert!(!found.returngo.returns && found.returngo.refunds);
}

/// Each part by itself: the others are read all the same.
#[test]
fn a_part_that_can_not_be_read_costs_its_part_only() {
    for (path, part, key) in [
        ("lookup_sop_returns", "sales returns", Some("policy.route")),
        ("licence", "the licence", None),
        ("/sop_settings", "settings of sales orders", Some("policy.route")),
        ("current_user_sop_user_permissions", "permissions of the API's user", Some("policy.route")),
        ("analysis_code_mappings", "analysis codes", Some("sales_return.order_code")),
        ("warehouses", "warehouses", Some("sales_return.warehouse")),
        ("tax_codes", "VAT codes", Some("policy.tax_codes")),
        ("sop_document_types", "numbers of document types", Some("sage.company")),
        ("customers", "account WEB01", Some("policy.customers")),
    ] {
        // Nothing in the way of a client that asks for its rights: a 403 for what exists, a 404 for what does not.
        for status in [403, 404] {
            let site = shop();
            site.sage.fail_next(Fault::on_get(path, How::Refuse { status, retry_after: None }));
            let found = look(&site, &policy());
            assert_eq!(found.exit_code(), 2, "{path} {status}");
            assert!(found.shopify.is_some() && found.returngo.returns && found.sage.today.is_some());
            if path == "lookup_sop_returns" {
                // Here the refusal is the answer.
                assert!(
                    found.unread.is_empty() && found.sage.returns != Some(Returns::Available),
                    "{:?}",
                    found.unread
                );
                says(only(&found), "policy.route", &[]);
                continue;
            }
            let [unread] = found.unread.as_slice() else { panic!("{path} {status}: {:?}", found.unread) };
            assert_eq!(unread.part, part);
            assert!(unread.why.contains("sage200."), "{unread:?}");
            match key {
                Some(key) => says(only(&found), key, &["could not be found out"]),
                None => assert!(found.contradictions.is_empty(), "{:?}", found.contradictions),
            }
        }
    }
    let site = shop();
    site.sage.fail_next(Fault::on_post("transaction_date_validation", How::Refuse { status: 403, retry_after: None }));
    says(only(&look(&site, &policy())), "policy.closed_period", &["could not be found out"]);
}

#[test]
fn a_sage_that_lets_nobody_in_ends_it() {
    let shop = shop();
    let systems = systems(&shop);
    shop.sage.withdraw_consent();
    let error = look_with(&shop, &systems, Some(&policy())).unwrap_err();
    assert!(matches!(error, RunError::System(_)), "{error}");
}

#[test]
fn accounts_must_be_fit_for_credits() {
    let site = shop();
    let add = |name: &str| site.sage.add_customer(NewCustomer::new(name, "A customer")).unwrap();
    let desktop = site.sage.desktop();
    desktop.hide_customer(add("HIDDEN")).unwrap();
    desktop.put_on_hold(add("HELD")).unwrap();
    let euros = NewCustomer { currency: "EUR".to_owned(), ..NewCustomer::new("EURO", "A customer") };
    site.sage.add_customer(euros).unwrap();
    for (account, parts) in [
        ("NOBODY", ["there is no customer account NOBODY", "correct the account's code"]),
        ("HIDDEN", ["account HIDDEN is hidden", "make it active"]),
        ("HELD", ["account HELD is on hold", "ask finance"]),
        ("EURO", ["account EURO is in EUR", "the policy has it for GBP"]),
    ] {
        let customers = vec!["WEB01".parse().unwrap(), account.parse().unwrap()].into();
        says(only(&look(&site, &Policy { customers, ..policy() })), "policy.customers", &parts);
        let alone = Some(account.parse().unwrap());
        says(
            only(&look(&site, &Policy { standalone_account: alone, ..policy() })),
            "policy.standalone_account",
            &parts,
        );
    }
}

#[test]
fn accounts_that_are_told_otherwise_are_looked_at_as_they_are_told() {
    let site = shop();
    let euros = NewCustomer { currency: "EUR".to_owned(), ..NewCustomer::new("EURO", "A customer") };
    site.sage.add_customer(euros).unwrap();
    let by = |accounts: &[(Currency, &str)]| {
        let accounts = accounts.iter().map(|(currency, account)| (*currency, account.parse().unwrap())).collect();
        look(&site, &Policy { customers: Customers::ByCurrency(accounts), ..policy() })
    };
    assert_eq!(by(&[(Currency::GBP, "WEB01"), (Currency::EUR, "EURO")]).exit_code(), 0);
    let crossed = by(&[(Currency::GBP, "EURO"), (Currency::EUR, "WEB01")]);
    assert_eq!(crossed.contradictions.len(), 2, "{:?}", crossed.contradictions);
    says(&crossed.contradictions[0], "policy.customers", &["EURO is in EUR", "for GBP"]);
    let each = look(&site, &Policy { customers: Customers::Each, ..ledger_policy() });
    assert_eq!(each.exit_code(), 0);
    assert!(each.remarks.iter().any(|remark| remark.keys[0] == "policy.customers_by"), "{:?}", each.remarks);
    says(
        only(&look(&site, &Policy { customers: Customers::Each, ..policy() })),
        "policy.customers_by",
        &["not written down"],
    );
}

#[test]
fn vat_codes_and_currencies_are_those_of_the_company() {
    let site = shop();
    let codes = look(&site, &Policy { tax_codes: Some(vec![1, 9]), ..policy() });
    says(only(&codes), "policy.tax_codes", &["no VAT code 9", "0 (0%), 1 (20%), 2 (0%)"]);
    let rates = |list: &[(i64, i16)]| {
        let vat_by_rate = list.iter().map(|(rate, code)| (Decimal::new(*rate, 0), *code)).collect();
        look(&site, &Policy { vat_by_rate, ..policy() })
    };
    assert_eq!(rates(&[(20, 1), (0, 2)]).exit_code(), 0);
    says(only(&rates(&[(20, 1), (5, 7)])), "policy.vat_by_rate", &["5% stands for VAT code 7", "no such code"]);
    says(only(&rates(&[(20, 2)])), "policy.vat_by_rate", &["20% stands for VAT code 2", "has 0% in Sage"]);
    let euros = look(&site, &Policy { currency: Currency::EUR, ..policy() });
    let keys: Vec<_> = euros.contradictions.iter().map(|contradiction| contradiction.keys[0]).collect();
    assert_eq!(keys, ["policy.currency", "policy.customers", "policy.currency"]);
    says(&euros.contradictions[0], "policy.currency", &["base currency is GBP"]);
    // Credits that stand alone need an account and VAT codes.
    let customers = vec!["WEB01".parse().unwrap(), "TRADE7".parse().unwrap()].into();
    let alone = Policy { customers, orders_not_in_sage: OrdersNotInSage::Standalone, ..policy() };
    let keys: Vec<_> = look(&site, &alone).contradictions.iter().map(|contradiction| contradiction.keys[0]).collect();
    assert_eq!(keys, ["policy.standalone_account", "policy.vat_by_rate"]);
}

#[test]
fn the_calendar_is_looked_at() {
    let site = shop();
    let later = look(&site, &Policy { go_live: "2026-06-01T00:00:00Z".parse().unwrap(), ..policy() });
    says(only(&later), "policy.go_live", &["go-live is 1 June 2026", "nothing is credited before"]);
    let long_ago = look(&site, &Policy { go_live: look(&site, &policy()).at - TimeDelta::days(400), ..policy() });
    assert_eq!(long_ago.exit_code(), 0, "it may have run since");
    assert!(long_ago.remarks.iter().any(|remark| remark.reason.contains("400 days ago")), "{:?}", long_ago.remarks);
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    site.sage.desktop().close_period(day("2026-03-01"), day("2026-03-31")).unwrap();
    let closed = look(&site, &policy());
    says(only(&closed), "policy.closed_period", &["30 March 2026 is in no open period", "open the period"]);
}

#[test]
fn two_shops_are_not_one() {
    let site = shop();
    let clock = Arc::new(site.clock.clone());
    let other = ShopifySandbox::new(clock.clone()).with_shop("another-shop.myshopify.com", "token");
    let shopify = Shopify::builder()
        .shop("another-shop.myshopify.com")
        .token(AccessToken::Static(Secret::new("token")))
        .base_url("https://sandbox.example/".parse().unwrap())
        .transport(in_process(other.router()))
        .clock(clock)
        .build()
        .unwrap();
    let systems = Systems { shopify: Some(shopify), ..systems(&site) };
    let found = look_with(&site, &systems, Some(&policy())).unwrap();
    says(only(&found), "shopify.shop", &["harbour-and-finch", "another-shop", "the same shop in both"]);
}

/// As the settings have it: what can't be anywhere is told, and what ReturnGO must be asked.
#[test]
fn what_can_not_be_anywhere_is_told() {
    let found = look(&shop(), &Policy { refund_gate: RefundGate::ReturnGoValidation, ..policy() });
    says(only(&found), "policy.refund_gate", &["the money would go first"]);
    assert!(asked(&found, Whom::ReturnGo).contains("when items are validated"));
}

/// Numbers of document types that differ from what the views are read by.
#[test]
fn a_site_that_numbers_documents_otherwise_is_refused() {
    let shop = shop();
    let other = |inner: Transport| {
        Transport::new(tower::service_fn(move |request: Request<Bytes>| {
            let inner = inner.clone();
            async move {
                if request.uri().path().ends_with("/sop_document_types") {
                    let body = br#"[{"id":0,"value":"SalesReturn"},{"id":1,"value":"SalesOrder"}]"#;
                    return Ok(Response::new(Bytes::from_static(body)));
                }
                inner.send(request).await
            }
        }))
    };
    let systems = shop.with_shopify(shop.in_process(other).unwrap(), |transport| transport).unwrap();
    let found = look_with(&shop, &systems, Some(&policy())).unwrap();
    says(only(&found), "sage.company", &["sop_document_types", "must not run here"]);
    assert!(found.combinations.iter().all(|verdict| !verdict.possible));
}
