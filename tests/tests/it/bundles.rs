//! Bundles: credited as their components, each to the penny, whatever comes back and in whatever order.

use crate::common::{Stage, codes, contains_all, d, exception, facts, hours, item, released, worth};
use returngo_client::RmaId;
use returns_sync::{
    exception::{Code, Owner},
    journal::{Disposition, Event, SplitBy, SplitLine},
    policy::{BundleSplit, OrdersNotInSage},
    run::RunReport,
};
use returns_wire::JsonDecimal;
use rust_decimal::Decimal;
use sage200_client::sandbox::NewLine;
use shopify_returns::{
    BundleSource, Component, LineItemId, RecipeTable,
    sandbox::{NewLine as ShopLine, NewOrder as ShopOrder},
};
use std::collections::BTreeMap;

const SET: &str = "GIFT-SET";

fn component(sku: &str, quantity: u32, each: &str) -> Component {
    let weight = (!each.is_empty()).then(|| JsonDecimal(d(each) * Decimal::from(quantity)));
    Component { sku: sku.to_owned(), quantity, weight }
}

/// A gift set: a mug and two teas, 18.00 and 6.00 each by themselves.
fn table() -> RecipeTable {
    RecipeTable::new([(SET.to_owned(), vec![component("MUG", 1, "18.00"), component("TEA", 2, "6.00")])]).unwrap()
}

fn stage() -> Stage {
    let mut stage = Stage::online();
    for (code, name) in [("MUG", "Mug"), ("TEA", "Tea"), ("ATLAS", "Atlas")] {
        stage.shop.sage.add_product(code, name, true).unwrap();
    }
    stage.policy.bundles = table();
    stage
}

fn sage(code: &str, quantity: u32, net: &str, vat: &str) -> NewLine {
    let zero = if d(vat).is_zero() { 2 } else { 1 };
    NewLine {
        total: Some(d(net)),
        tax: Some(d(vat)),
        ..NewLine::item(code, Decimal::from(quantity), d(net) / Decimal::from(quantity), zero)
    }
}

/// Sets on one line of the shop's order, for so much in all.
fn sold_online(stage: &Stage, order: &str, sets: u32, each: &str) -> LineItemId {
    let line = ShopLine::new(SET, sets, d(each)).tax(d("20"));
    stage.shop.placed(order, ShopOrder::new(order).line(line), &[SET]).unwrap();
    stage.line_of(order, SET)
}

/// One set for 24.00, which Sage sold as a mug for 14.40 and two teas for 9.60.
fn one_set(stage: &Stage) {
    sold_online(stage, "EX1", 1, "24.00");
    stage.sold("EX1", vec![sage("MUG", 1, "12.00", "2.40"), sage("TEA", 2, "8.00", "1.60")]);
}

fn a_set() -> returngo_client::sandbox::NewItem {
    item(SET, "24.00", "4.00")
}

/// A piece of a set, as ReturnGO may list it: under its own code, on the line of the set.
fn piece(line: LineItemId, sku: &str, gross: &str) -> returngo_client::sandbox::NewItem {
    item(sku, gross, "0.00").line_id(&line.to_string())
}

fn splits(stage: &Stage) -> Vec<SplitLine> {
    let split = |event| match event {
        Event::BundleSplit { split, .. } => Some(*split),
        _ => None,
    };
    stage.events().into_iter().filter_map(split).collect()
}

/// Product, pieces, net and VAT of every component that a run posted.
fn shares(report: &RunReport) -> Vec<(String, u32, Decimal, Decimal)> {
    let parts = report.posted.iter().flat_map(|posted| &posted.bundles).flat_map(|bundle| &bundle.components);
    parts.map(|part| (part.sku.clone(), part.pieces, part.net.amount(), part.vat.amount())).collect()
}

fn share(sku: &str, pieces: u32, net: &str, vat: &str) -> (String, u32, Decimal, Decimal) {
    (sku.to_owned(), pieces, d(net), d(vat))
}

fn credited(stage: &Stage) -> (Decimal, Decimal) {
    stage.ours().iter().fold((Decimal::ZERO, Decimal::ZERO), |sum, row| (sum.0 + row.1, sum.1 + row.2))
}

fn clean(report: &RunReport, rma: &RmaId) {
    assert!(codes(report, rma).is_empty(), "{:?}", report.exceptions);
}

#[test]
fn a_bundle_is_credited_as_what_the_sage_order_sold() {
    let stage = stage();
    one_set(&stage);
    let rma = stage.returned("EX1", [a_set()]);
    let plan = stage.plan();
    assert_eq!(plan.planned[0].goods, BTreeMap::from([("MUG".to_owned(), 1), ("TEA".to_owned(), 2)]));
    assert!(stage.entries().is_empty());
    let report = stage.run();
    clean(&report, &rma);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    assert_eq!(shares(&report), [share("MUG", 1, "12.00", "2.40"), share("TEA", 2, "8.00", "1.60")]);
    assert_eq!(report.posted[0].goods, BTreeMap::from([("MUG".to_owned(), 1), ("TEA".to_owned(), 2)]));
    assert_eq!(released(&report), [(rma.to_string(), d("24.00"))]);
    let [split] = splits(&stage).try_into().unwrap();
    assert_eq!((split.by, split.source, split.order_line), (SplitBy::Invoiced, BundleSource::Table, None));
    // The goods that go back on the shelf are the components, and Sage never hears of the set.
    let to_book: Vec<_> = report.stock.iter().map(|entry| (entry.sku.as_str(), entry.quantity)).collect();
    assert_eq!(to_book, [("MUG", 1), ("TEA", 2)]);
    assert!(stage.shop.sage.request_log().iter().all(|request| !request.path.contains(SET)));
    let desk = stage.shop.sage.desktop();
    let reference = format!("RMA{rma}-1");
    desk.book_stock_in("MUG", d("1"), "", &reference).unwrap();
    desk.book_stock_in("TEA", d("1"), "", &reference).unwrap();
    stage.shop.wait(hours(1));
    let report = stage.run();
    let left: Vec<_> = report.stock.iter().map(|entry| (entry.sku.as_str(), entry.quantity)).collect();
    assert_eq!(left, [("TEA", 1)]);
    stage.shop.wait(hours(80));
    let report = stage.run();
    contains_all(&facts(&report, Code::ReturnToStockFailed), &["1 x TEA", &reference]);
    assert_eq!(exception(&report, Code::ReturnToStockFailed).finding.money_at_risk.unwrap().amount(), d("4.80"));
    desk.book_stock_in("TEA", d("1"), "", &reference).unwrap();
    let report = stage.run();
    assert!(report.stock.is_empty() && codes(&report, &rma).is_empty());
    assert_eq!(report.stock_proved[0].disposition, Disposition::Saleable);
}

#[test]
fn a_bundle_that_sage_sold_as_one_line_is_shared_out_by_selling_prices() {
    let stage = stage();
    stage.shop.sage.add_product(SET, "Gift set", true).unwrap();
    sold_online(&stage, "EX1", 1, "24.00");
    stage.sold("EX1", vec![sage(SET, 1, "20.00", "4.00")]);
    let rma = stage.returned("EX1", [a_set()]);
    let report = stage.run();
    clean(&report, &rma);
    // 24.00 by 18 : 12.
    assert_eq!(shares(&report), [share("MUG", 1, "12.00", "2.40"), share("TEA", 2, "8.00", "1.60")]);
    assert_eq!((splits(&stage)[0].by, splits(&stage)[0].order_line.is_some()), (SplitBy::Prices, true));
    // The same set cannot come back twice.
    let again = stage.returned("EX1", [a_set()]);
    assert_eq!(codes(&stage.run(), &again), ["quantity-exceeded"]);
}

#[test]
fn the_table_may_decide_on_the_value_whatever_sage_sold_them_at() {
    let mut stage = stage();
    stage.policy.bundle_split = BundleSplit::Table;
    one_set(&stage);
    stage.policy.bundles =
        RecipeTable::new([(SET.to_owned(), vec![component("MUG", 1, "1"), component("TEA", 2, "1.50")])]).unwrap();
    let rma = stage.returned("EX1", [a_set()]);
    let report = stage.run();
    clean(&report, &rma);
    assert_eq!(shares(&report), [share("MUG", 1, "5.00", "1.00"), share("TEA", 2, "15.00", "3.00")]);
    assert_eq!(splits(&stage)[0].by, SplitBy::Table);
}

#[test]
fn what_a_bundle_was_made_of_is_kept_from_first_sight() {
    let mut stage = stage();
    stage.policy.bundles = RecipeTable::default();
    stage.shop.shopify.define_bundle(SET, &[("MUG", 1, d("18.00")), ("TEA", 2, d("6.00"))]);
    sold_online(&stage, "EX1", 2, "24.00");
    stage.shop.sage.add_product(SET, "Gift set", true).unwrap();
    stage.sold("EX1", vec![sage(SET, 2, "40.00", "8.00")]);
    let first = stage.approved("EX1", [a_set()]);
    stage.run_on();
    assert_eq!((splits(&stage).len(), splits(&stage)[0].source), (1, BundleSource::VariantComponents));
    // The recipe changes, in the shop and in the table: what was sold does not.
    stage.shop.shopify.define_bundle(SET, &[("ATLAS", 1, d("1.00"))]);
    stage.policy.bundles = RecipeTable::new([(SET.to_owned(), vec![component("ATLAS", 1, "1")])]).unwrap();
    stage.shop.received(&first).unwrap();
    let second = stage.returned("EX1", [a_set()]);
    let report = stage.run();
    clean(&report, &first);
    clean(&report, &second);
    let one = [share("MUG", 1, "12.00", "2.40"), share("TEA", 2, "8.00", "1.60")];
    assert_eq!(shares(&report), [one.clone(), one].concat());
    assert_eq!((splits(&stage).len(), credited(&stage)), (1, (d("40.00"), d("8.00"))));
}

#[test]
fn an_unknown_bundle_is_told_and_nothing_is_posted() {
    let mut stage = stage();
    stage.policy.bundles = RecipeTable::default();
    let many: Vec<String> = (0..101).map(|n| format!("PART-{n}")).collect();
    let many: Vec<_> = many.iter().map(|sku| (sku.as_str(), 1, d("1"))).collect();
    stage.shop.shopify.define_bundle(SET, &many);
    one_set(&stage);
    let rma = stage.returned("EX1", [a_set()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["bundle-unknown"]);
    assert_eq!(exception(&report, Code::BundleUnknown).owner, Owner::It);
    contains_all(&facts(&report, Code::BundleUnknown), &[SET, "does not say in full"]);
    assert!(stage.ours().is_empty() && stage.posts() == 0);
    // Written into the table, it goes on by itself.
    stage.policy.bundles = table();
    let report = stage.run_until_quiet();
    clean(&report, &rma);
    assert_eq!(credited(&stage), (d("20.00"), d("4.00")));

    // Components that Sage does not sell on the order, and no price of theirs: not guessed at.
    stage.policy.bundles =
        RecipeTable::new([("BOX".to_owned(), vec![component("MUG", 1, "18"), component("TEA", 2, "")])]).unwrap();
    stage.shop.sage.add_product("BOX", "Box", true).unwrap();
    let order = ShopOrder::new("EX2").line(ShopLine::new("BOX", 1, d("24.00")).tax(d("20")));
    stage.shop.placed("EX2", order, &["BOX"]).unwrap();
    stage.sold("EX2", vec![sage("BOX", 1, "20.00", "4.00")]);
    let rma = stage.returned("EX2", [item("BOX", "24.00", "4.00")]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["bundle-unknown"]);
    contains_all(&facts(&report, Code::BundleUnknown), &["no selling price of TEA in BOX", "policy.bundles"]);
}

#[test]
fn without_the_shop_a_listed_bundle_is_not_valued() {
    let mut stage = stage();
    stage.systems.shopify = None;
    one_set(&stage);
    let rma = stage.returned("EX1", [a_set()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["bundle-unknown"]);
    contains_all(&facts(&report, Code::BundleUnknown), &["without Shopify"]);
}

#[test]
fn pieces_and_whole_bundles_in_any_order_add_up_to_the_line() {
    let stage = stage();
    // Two sets for 47.99: Sage sold their parts at 28.79 and 19.20.
    let line_id = sold_online(&stage, "EX1", 2, "23.995");
    stage.sold("EX1", vec![sage("MUG", 2, "23.99", "4.80"), sage("TEA", 4, "16.00", "3.20")]);
    let tea = |gross: &str| piece(line_id, "TEA", gross);
    let first = stage.returned("EX1", [tea("4.80")]);
    let report = stage.run();
    clean(&report, &first);
    assert_eq!(shares(&report).iter().map(|row| (row.0.as_str(), row.1)).collect::<Vec<_>>(), [("TEA", 1)]);
    let whole = stage.returned("EX1", [item(SET, "24.00", "4.00")]);
    clean(&stage.run(), &whole);
    // No second whole set is left: a tea of it is back already.
    let none = stage.returned("EX1", [item(SET, "24.00", "4.00")]);
    assert_eq!(codes(&stage.run(), &none), ["quantity-exceeded"]);
    let rest = stage.returned("EX1", [piece(line_id, "MUG", "14.40"), tea("4.80")]);
    let report = stage.run();
    clean(&report, &rest);
    assert_eq!(credited(&stage).0 + credited(&stage).1, d("47.99"));
    assert_eq!(credited(&stage), (d("39.99"), d("8.00")));
    let more = stage.returned("EX1", [tea("4.80")]);
    assert_eq!(codes(&stage.run(), &more), ["quantity-exceeded"]);
}

#[test]
fn goods_at_several_rates_get_each_their_own_vat_code() {
    let mut stage = stage();
    stage.policy.bundles =
        RecipeTable::new([(SET.to_owned(), vec![component("MUG", 1, "18.00"), component("ATLAS", 1, "12.00")])])
            .unwrap();
    let set = ShopLine::new(SET, 1, d("30.00")).tax(d("20")).tax_amount(d("3.00"));
    stage.shop.placed("EX1", ShopOrder::new("EX1").line(set), &[SET]).unwrap();
    stage.sold("EX1", vec![sage("MUG", 1, "15.00", "3.00"), sage("ATLAS", 1, "12.00", "0.00")]);
    let rma = stage.returned("EX1", [item(SET, "30.00", "3.00")]);
    let report = stage.run();
    clean(&report, &rma);
    assert_eq!(shares(&report), [share("MUG", 1, "15.00", "3.00"), share("ATLAS", 1, "12.00", "0.00")]);
    let codes_posted: Vec<_> = report.posted[0].bundles[0].components.iter().map(|part| part.vat_code).collect();
    assert_eq!(codes_posted, [1, 2]);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "27.00", "3.00")]);

    // The shop charged VAT on all of it: the components' codes do not explain that, and nothing is posted.
    let set = ShopLine::new(SET, 1, d("30.00")).tax(d("20"));
    stage.shop.placed("EX2", ShopOrder::new("EX2").line(set), &[SET]).unwrap();
    stage.sold("EX2", vec![sage("MUG", 1, "15.00", "3.00"), sage("ATLAS", 1, "12.00", "0.00")]);
    let rma = stage.returned("EX2", [item(SET, "30.00", "5.00")]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["tax-rate-wrong"]);
    contains_all(&facts(&report, Code::TaxRateWrong), &["tax of 3.00 on 30.00 GBP", "carries 5.00 GBP"]);
}

#[test]
fn lines_that_shopify_expanded_are_worth_what_they_say() {
    let mut stage = stage();
    stage.policy.bundles = RecipeTable::default();
    let order = ShopOrder::new("EX1")
        .line(ShopLine::new("MUG", 1, d("14.40")).tax(d("20")).of_bundle(SET, 1))
        .line(ShopLine::new("TEA", 2, d("4.80")).tax(d("20")).of_bundle(SET, 1));
    stage.shop.placed("EX1", order, &["MUG", "TEA"]).unwrap();
    stage.sold("EX1", vec![sage("MUG", 1, "12.00", "2.40"), sage("TEA", 2, "8.00", "1.60")]);
    let rma = stage.returned("EX1", [item("TEA", "4.80", "0.80")]);
    let report = stage.run();
    clean(&report, &rma);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "4.00", "0.80")]);
    assert!(splits(&stage).is_empty() && report.posted[0].bundles.is_empty());
}

#[test]
fn a_historical_bundle_stands_alone_as_its_components() {
    let mut stage = stage();
    stage.policy.orders_not_in_sage = OrdersNotInSage::Standalone;
    stage.policy.vat_by_rate = vec![(d("20"), 1)];
    sold_online(&stage, "EX1", 1, "24.00");
    let rma = stage.returned("EX1", [a_set()]);
    let report = stage.run();
    clean(&report, &rma);
    assert_eq!(shares(&report), [share("MUG", 1, "12.00", "2.40"), share("TEA", 2, "8.00", "1.60")]);
    assert!(report.posted[0].standalone.is_some());
}

#[test]
fn an_order_that_changed_since_is_not_credited_by_the_old_working() {
    let stage = stage();
    let line_id = sold_online(&stage, "EX1", 1, "24.00");
    stage.sold("EX1", vec![sage("MUG", 1, "12.00", "2.40"), sage("TEA", 2, "8.00", "1.60")]);
    let rma = stage.approved("EX1", [a_set()]);
    stage.run_on();
    assert_eq!(splits(&stage).len(), 1);
    let id = stage.shop.online("EX1").unwrap().id;
    stage.shop.shopify.staff().discount_line(id, line_id, d("6.00")).unwrap();
    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["value-differs"]);
    contains_all(&facts(&report, Code::ValueDiffers), &["sold 1 for 20.00 GBP", "1 for 15.00 GBP", "taken apart"]);
    assert!(stage.ours().is_empty());
}

#[test]
fn components_that_sage_sold_for_another_sum_are_not_credited() {
    let stage = stage();
    sold_online(&stage, "EX1", 1, "24.00");
    stage.sold("EX1", vec![sage("MUG", 1, "15.00", "3.00"), sage("TEA", 2, "10.00", "2.00")]);
    let rma = stage.returned("EX1", [a_set()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["value-differs"]);
    contains_all(&facts(&report, Code::ValueDiffers), &["30.00 on the Sage order", "24.00 GBP in Shopify"]);
    // Neither the set nor its components.
    sold_online(&stage, "EX2", 1, "24.00");
    stage.sold("EX2", vec![worth("SHIRT-M", 1, "20.00", "4.00")]);
    let rma = stage.returned("EX2", [a_set()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["bundle-unknown"]);
    contains_all(&facts(&report, Code::BundleUnknown), &["neither GIFT-SET nor all of its components"]);
}

#[test]
fn the_same_product_beside_the_bundle_is_its_own_line() {
    let stage = stage();
    let order = ShopOrder::new("EX1")
        .line(ShopLine::new(SET, 1, d("24.00")).tax(d("20")))
        .line(ShopLine::new("MUG", 1, d("18.00")).tax(d("20")));
    stage.shop.placed("EX1", order, &[SET, "MUG"]).unwrap();
    stage.sold(
        "EX1",
        vec![sage("MUG", 1, "15.00", "3.00"), sage("MUG", 1, "12.00", "2.40"), sage("TEA", 2, "8.00", "1.60")],
    );
    let rma = stage.returned("EX1", [a_set(), item("MUG", "18.00", "3.00")]);
    let report = stage.run_until_quiet();
    clean(&report, &rma);
    assert_eq!(credited(&stage), (d("35.00"), d("7.00")));
}

#[test]
fn two_lines_of_the_same_bundle_do_not_share_a_line_in_sage() {
    let stage = stage();
    let set = || ShopLine::new(SET, 1, d("24.00")).tax(d("20"));
    let id = stage.shop.placed("EX1", ShopOrder::new("EX1").line(set()).line(set()), &[SET, SET]).unwrap();
    let lines = stage.shop.shopify.line_ids(id);
    let parts = || [sage("MUG", 1, "12.00", "2.40"), sage("TEA", 2, "8.00", "1.60")];
    stage.sold("EX1", [parts(), parts()].concat());
    let on = |line: LineItemId| a_set().line_id(&line.to_string());
    let rma = stage.returned("EX1", [on(lines[0]), on(lines[1])]);
    let report = stage.run_until_quiet();
    clean(&report, &rma);
    assert_eq!(credited(&stage), (d("40.00"), d("8.00")));
    let used: Vec<_> = splits(&stage).iter().flat_map(|split| split.components.clone()).map(|c| c.order_line).collect();
    let distinct: std::collections::BTreeSet<_> = used.iter().collect();
    assert_eq!((used.len(), distinct.len()), (4, 4));
}

#[test]
fn a_fee_comes_off_the_bundle_and_its_other_pieces_are_not_dearer() {
    let mut stage = stage();
    stage.policy.fees.restocking = returns_sync::policy::FeeTreatment::Deduct;
    stage.policy.cancel_within = chrono::TimeDelta::zero();
    // Two sets for 48.00; one comes back with a fee of 3.50, of which 0.58 is VAT.
    let line_id = sold_online(&stage, "EX1", 2, "24.00");
    stage.sold("EX1", vec![sage("MUG", 2, "24.00", "4.80"), sage("TEA", 4, "16.00", "3.20")]);
    let rma = stage.returned("EX1", [a_set().restocking_fee(d("3.50"))]);
    let report = stage.run();
    clean(&report, &rma);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "17.08", "3.42")]);
    let sum = shares(&report).iter().fold((Decimal::ZERO, Decimal::ZERO), |sum, row| (sum.0 + row.2, sum.1 + row.3));
    assert_eq!(sum, (d("17.08"), d("3.42")), "the components carry what is credited");
    // The other set comes back piece by piece, at what its pieces were sold for.
    let rest = stage.returned("EX1", [piece(line_id, "MUG", "14.40"), piece(line_id, "TEA", "4.80").units(2)]);
    clean(&stage.run(), &rest);
    assert_eq!(credited(&stage), (d("37.08"), d("7.42")));
}
