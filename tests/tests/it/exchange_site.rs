//! Whether a site takes the orders of exchanges: found before the first run, and refused by the run.

use crate::common::Stage;
use returns_examples::Shop;
use returns_sync::{
    policy::Contradiction,
    probe::probe,
    run::{Mode, RunError},
};
use returns_tests::run_to_end;
use sage200_client::sandbox::{AnalysisLevel, LineItems, NewMapping, Permissions, SageSandbox};

fn stage() -> Stage {
    let mut stage = Stage::online();
    stage.shop.take_exchanges().unwrap();
    stage.policy = Shop::with_exchanges(stage.policy).unwrap();
    stage
}

fn found(stage: &Stage) -> Vec<Contradiction> {
    run_to_end(probe(&stage.systems, Some(&stage.policy))).unwrap().contradictions
}

#[track_caller]
fn told(stage: &Stage, key: &str, parts: &[&str]) {
    let found = found(stage);
    let about = found.iter().filter(|one| one.keys[0] == key).map(ToString::to_string).collect::<Vec<_>>().join("\n");
    for part in parts {
        assert!(about.contains(part), "{part:?} is not in {about:?} of {found:?}");
    }
}

#[test]
fn a_site_that_is_made_ready_is_clean() {
    assert!(found(&stage()).is_empty(), "{:?}", found(&stage()));
}

#[test]
fn what_keeps_orders_of_new_goods_out_is_told_with_its_key() {
    let with = |set: fn(&SageSandbox), key: &str, parts: &[&str]| {
        let stage = stage();
        set(&stage.shop.sage);
        told(&stage, key, parts);
    };
    let prices = |sage: &SageSandbox| {
        sage.set_permissions(Permissions { override_prices_discounts: false, ..Permissions::default() });
    };
    with(prices, "policy.exchanges", &["may not override prices"]);
    with(|sage| sage.set_auto_number_documents(false), "policy.exchanges", &["numbers orders by hand"]);
    with(|sage| sage.set_line_items(LineItems::FreeTextOnly), "policy.exchanges", &["new goods are products"]);
    with(|sage| sage.set_amend_analysis_codes(false, true), "policy.exchanges", &["can't be amended"]);
    let mandatory = |sage: &SageSandbox| {
        let mut must = NewMapping::new(AnalysisLevel::Header, 4, "Campaign");
        must.mandatory = true;
        sage.add_analysis_mapping(must).unwrap();
    };
    with(mandatory, "policy.exchanges", &["analysis code 4 (Campaign) must be filled on orders"]);
    let mut stage = stage();
    stage.policy.exchange_site.as_mut().unwrap().warehouse = "HOEM".to_owned();
    told(&stage, "exchange.warehouse", &["no warehouse \"HOEM\"", "\"HOME\""]);
    stage.policy.exchange_site.as_mut().unwrap().rma_code = 5;
    told(&stage, "exchange.rma_code", &["analysis code 5 is not set up for sales orders"]);
    // A run says so as well, and does nothing.
    let error = stage.attempt(Mode::Run).unwrap_err();
    assert!(matches!(&error, RunError::Policy(why) if why.contains("exchange.warehouse is \"HOEM\"")), "{error}");
    stage.systems.shopify = None;
    let error = stage.attempt(Mode::Run).unwrap_err();
    assert!(matches!(&error, RunError::Policy(why) if why.contains("Shopify is not connected")), "{error}");
}
