//! Exchanges: credited in full, entered in Sage once and worth what was credited, watched until the new goods are sent.

use crate::common;
use crate::common::{
    Stage, cleared, codes, contains_all, d, exception, facts, hours, item, line, minutes, released, shirt,
};
use returngo_client::{RmaId, sandbox::NewRma};
use returns_examples::Shop;
use returns_sync::{
    exception::{Code, Owner},
    journal::Event,
    policy::{CheaperExchange, Exchanges},
    run::{EnteredOrder, RunReport},
};
use returns_tests::run_to_end;
use rust_decimal::Decimal;
use sage200_client::{Query, SalesOrder, sandbox::NewOrder};
use shopify_returns::{
    OrderId,
    sandbox::{NewAddress, NewOrder as ShopOrder, NewShipping},
};

fn stage() -> Stage {
    let mut stage = Stage::online();
    stage.shop.take_exchanges().unwrap();
    stage.policy = Shop::with_exchanges(stage.policy).unwrap();
    stage
}

/// A shirt that is exchanged: sold and approved, not yet back.
fn shirt_for(stage: &Stage, new: &str) -> RmaId {
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    stage.shop.approved(NewRma::exchange("EX1").line(shirt().exchange_for(new))).unwrap()
}

/// The same, back and credited.
fn shirt_credited_for(stage: &Stage, new: &str) -> RmaId {
    let rma = shirt_for(stage, new);
    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    rma
}

fn goods(number: &str, goods: &[(&str, u32)]) -> ShopOrder {
    Shop::new_goods(number, goods, Decimal::ZERO).unwrap()
}

fn release(stage: &Stage, rma: &RmaId, order: ShopOrder) -> OrderId {
    stage.shop.released(rma, "EX9", order).unwrap()
}

/// A run ten minutes later.
fn later(stage: &Stage) -> RunReport {
    stage.shop.wait(minutes(10));
    stage.run()
}

fn waits(report: &RunReport, rma: &RmaId) -> Vec<String> {
    let of = report.waiting.iter().filter(|waiting| waiting.rma == *rma);
    of.map(|waiting| waiting.wait.what.clone()).collect()
}

/// Entries that the API made for sales orders, whatever became of them.
fn order_posts(stage: &Stage) -> usize {
    let log = stage.shop.sage.request_log();
    log.iter().filter(|request| request.method == "POST" && request.path.ends_with("sop_orders")).count()
}

/// Sage's sales orders under a number.
fn in_sage(stage: &Stage, number: &str) -> Vec<SalesOrder> {
    let mut orders: Vec<SalesOrder> = run_to_end(stage.systems.sage.read(Query::new())).unwrap();
    orders.retain(|order| order.customer_document_no.as_deref() == Some(number));
    orders
}

#[track_caller]
fn entered(report: &RunReport) -> &EnteredOrder {
    let found: Vec<_> = report.exceptions.iter().map(|e| (e.finding.code.as_str(), &e.finding.facts)).collect();
    assert_eq!(report.exchanges.len(), 1, "{found:?} {:?}", report.waiting);
    &report.exchanges[0]
}

#[test]
fn an_even_exchange_is_credited_entered_and_watched_until_it_is_sent() {
    let stage = stage();
    let rma = shirt_for(&stage, "SHIRT-M");
    let report = stage.run();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    // Nobody refunds it, and the new goods are not released yet.
    assert_eq!((released(&report), report.work_list.len()), (vec![], 0));
    assert!(report.exchanges.is_empty());
    let order = Shop::new_goods("EX9", &[("SHIRT-M", 1)], Decimal::ZERO).unwrap();
    stage.shop.released(&rma, "EX9", order).unwrap();
    stage.shop.wait(minutes(10));
    let report = stage.run();
    let order = entered(&report);
    assert_eq!((order.exchange_order.as_str(), order.order.as_deref()), ("EX9", Some("EX1")));
    assert_eq!(order.gross.unwrap().amount(), d("24.00"));
    assert!(order.rounding.unwrap().is_zero());
    let [sage] = in_sage(&stage, "EX9").try_into().unwrap();
    assert_eq!(sage.total_gross_value.unwrap().get(), d("24.00"));
    assert_eq!(sage.analysis_code_1.as_deref(), Some("EX1"));
    assert_eq!(sage.analysis_code_2.as_deref(), Some(format!("RMA{rma}").as_str()));
    assert_eq!(sage.analysis_code_3.as_deref(), Some("DPD-NEXT"));
    assert_eq!(sage.lines.unwrap()[0].line_quantity.unwrap().get(), Decimal::ONE);
    stage.shop.wait(hours(1));
    let report = stage.run();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    let document = stage.shop.despatched("EX9", &[1]).unwrap();
    stage.run_on();
    stage.shop.sage.desktop().invoice_order(&document).unwrap();
    stage.shop.returngo.mark_done(&rma).unwrap();
    let report = stage.run_until_quiet();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    assert_eq!(in_sage(&stage, "EX9").len(), 1);
    let closed = |event: &Event| matches!(event, Event::Closed { .. });
    assert!(stage.events().iter().any(closed));
    // The first sale is older than this ledger: credit and new order come to nothing.
    let sum: Decimal = stage.shop.sage.ledger().iter().map(|row| row.gross).sum();
    assert_eq!(sum, Decimal::ZERO);
}

#[test]
fn where_exchanges_are_held_they_are_not_credited_and_their_orders_are_watched_all_the_same() {
    let mut stage = stage();
    stage.policy.exchanges = Exchanges::Hold;
    let rma = shirt_for(&stage, "SHIRT-M");
    stage.shop.received(&rma).unwrap();
    release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]));
    let report = stage.run();
    // Seen first by this run: the importer may bring it yet.
    assert_eq!(codes(&report, &rma), ["resolution-not-supported"]);
    assert!(stage.ours().is_empty());
    let report = later(&stage);
    assert_eq!(codes(&report, &rma), ["exchange-not-in-sage", "resolution-not-supported"]);
    let told = exception(&report, Code::ExchangeNotInSage);
    assert_eq!((told.owner, told.finding.money_at_risk.unwrap().amount()), (Owner::CustomerService, d("24.00")));
    contains_all(&told.finding.facts, &["EX9", "released since 30 March 2026 08:00 UTC", "no order in Sage"]);
    // Somebody enters it; nobody sends it; then somebody does.
    stage.order(NewOrder {
        despatched: false,
        invoiced: false,
        ..NewOrder::new(stage.shop.web, "EX9", vec![line("SHIRT-M", 1)])
    });
    let report = later(&stage);
    assert_eq!(cleared(&report, &rma), ["exchange-not-in-sage"]);
    stage.shop.wait(hours(72));
    let report = stage.run();
    let told = exception(&report, Code::ExchangeNotShipped);
    assert_eq!(told.owner, Owner::Warehouse);
    contains_all(&told.finding.facts, &["EX9", "0 of 1 x SHIRT-M despatched, 0 allocated"]);
    stage.shop.despatched("EX9", &[1]).unwrap();
    let report = later(&stage);
    assert_eq!(cleared(&report, &rma), ["exchange-not-shipped"]);
    assert_eq!(order_posts(&stage), 0);
}

#[test]
fn the_new_goods_wait_until_the_returned_ones_are_credited_even_when_they_are_released_before() {
    let stage = stage();
    let rma = shirt_for(&stage, "SHIRT-M");
    release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]));
    for _ in 0..2 {
        let report = later(&stage);
        assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
        let waits = waits(&report, &rma);
        assert!(
            waits.iter().any(|what| what.contains("1 unit(s) of the exchange to be received and credited")),
            "{waits:?}"
        );
    }
    assert_eq!(order_posts(&stage), 0);
    stage.shop.wait(hours(73));
    contains_all(&facts(&stage.run(), Code::ExchangeNotInSage), &["EX9", "still waited for", "received and credited"]);
    stage.shop.received(&rma).unwrap();
    let report = later(&stage);
    assert_eq!(entered(&report).gross.unwrap().amount(), d("24.00"));
    assert!(codes(&later(&stage), &rma).is_empty());
}

#[test]
fn a_plan_shows_the_order_and_enters_nothing() {
    let stage = stage();
    let rma = shirt_credited_for(&stage, "JUMPER-L");
    release(&stage, &rma, Shop::new_goods("EX9", &[("JUMPER-L", 1)], d("30.00")).unwrap());
    let plan = stage.plan();
    let [order] = plan.would_exchange.as_slice() else { panic!("{:?} {:?}", plan.waiting, plan.exceptions) };
    assert_eq!((order.gross.unwrap().amount(), order.paid.amount()), (d("54.00"), d("30.00")));
    assert_eq!(order_posts(&stage), 0);
}

#[test]
fn cheaper_goods_wait_for_the_refund_of_the_difference() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let mug = shirt().exchange_for("MUG-BLUE").exchange_price(d("10.00"));
    let rma = stage.shop.approved(NewRma::exchange("EX1").line(mug)).unwrap();
    stage.shop.received(&rma).unwrap();
    stage.run_on();
    release(&stage, &rma, goods("EX9", &[("MUG-BLUE", 1)]));
    let report = later(&stage);
    let waits = waits(&report, &rma);
    assert!(
        waits.iter().any(|what| what.contains("the difference of 14.00 GBP to be refunded in ReturnGO")),
        "{waits:?}"
    );
    assert_eq!(order_posts(&stage), 0);
    stage.shop.refunded(&rma, d("14.00")).unwrap();
    let report = later(&stage);
    let order = entered(&report);
    assert_eq!((order.gross.unwrap().amount(), order.refunded.amount()), (d("10.00"), d("14.00")));
    assert!(codes(&later(&stage), &rma).is_empty());
    // Another refund later leaves a difference on the account.
    stage.shop.refunded(&rma, d("5.00")).unwrap();
    let text = facts(&later(&stage), Code::ExchangeValueDiffers);
    contains_all(&text, &["worth 10.00", "5.00 GBP was credited and paid"]);
}

#[test]
fn a_difference_that_the_shop_keeps_stays_in_the_order() {
    let mut stage = stage();
    stage.policy.cheaper_exchange = CheaperExchange::Kept;
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let mug = shirt().exchange_for("MUG-BLUE").exchange_price(d("10.00"));
    let rma = stage.shop.approved(NewRma::exchange("EX1").line(mug)).unwrap();
    stage.shop.received(&rma).unwrap();
    stage.run_on();
    release(&stage, &rma, goods("EX9", &[("MUG-BLUE", 1)]));
    assert_eq!(entered(&later(&stage)).gross.unwrap().amount(), d("24.00"));
}

#[test]
fn dearer_goods_wait_for_the_customer_to_pay() {
    let stage = stage();
    let rma = shirt_credited_for(&stage, "JUMPER-L");
    release(&stage, &rma, Shop::new_goods("EX9", &[("JUMPER-L", 1)], d("30.00")).unwrap().unpaid());
    let report = later(&stage);
    let waits = waits(&report, &rma);
    assert!(
        waits.iter().any(|what| what.contains("the customer to pay 30.00 GBP for it, 0.00 GBP is paid")),
        "{waits:?}"
    );
    assert_eq!(order_posts(&stage), 0);
}

#[test]
fn an_order_that_somebody_else_has_brought_is_taken_and_compared() {
    let stage = stage();
    let rma = shirt_credited_for(&stage, "SHIRT-M");
    let open = |lines| NewOrder { despatched: false, invoiced: false, ..NewOrder::new(stage.shop.web, "EX9", lines) };
    // For nothing, against a credit in full: 24.00 would stay on the account.
    stage.order(open(vec![common::worth("SHIRT-M", 1, "0.00", "0.00")]));
    release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]));
    let report = later(&stage);
    assert_eq!(codes(&report, &rma), ["exchange-value-differs"]);
    let told = exception(&report, Code::ExchangeValueDiffers);
    assert_eq!(told.owner, Owner::Finance);
    contains_all(&told.finding.facts, &["worth 0.00 with VAT", "24.00 GBP was credited and paid"]);
    assert_eq!((order_posts(&stage), report.exchanges.len()), (0, 0));
    // Goods of another kind.
    let desktop = stage.shop.sage.desktop();
    desktop.cancel_order(&desktop.find_order("EX9").unwrap()).unwrap();
    stage.order(open(vec![line("JUMPER-L", 1)]));
    let report = later(&stage);
    assert_eq!(codes(&report, &rma), ["exchange-differs"]);
    contains_all(&facts(&report, Code::ExchangeDiffers), &["1 x SHIRT-M in Shopify, 1 x JUMPER-L in Sage"]);
    // Twice.
    stage.order(open(vec![line("SHIRT-M", 1)]));
    assert_eq!(codes(&later(&stage), &rma), ["exchange-doubled"]);
    assert_eq!(order_posts(&stage), 0);
}

#[test]
fn where_another_program_imports_exchanges_they_are_credited_and_compared_and_never_entered() {
    let mut stage = stage();
    stage.policy.exchanges = Exchanges::Imported;
    stage.policy.exchange_site = None;
    let rma = shirt_credited_for(&stage, "SHIRT-M");
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]));
    assert!(codes(&later(&stage), &rma).is_empty());
    assert_eq!(codes(&later(&stage), &rma), ["exchange-not-in-sage"]);
    let lines = vec![line("SHIRT-M", 1)];
    stage.order(NewOrder { despatched: false, invoiced: false, ..NewOrder::new(stage.shop.web, "EX9", lines) });
    assert!(codes(&later(&stage), &rma).is_empty());
    stage.shop.despatched("EX9", &[1]).unwrap();
    stage.shop.returngo.mark_done(&rma).unwrap();
    assert!(codes(&stage.run_until_quiet(), &rma).is_empty());
    assert!(stage.events().iter().any(|event| matches!(event, Event::Closed { .. })));
    assert_eq!(order_posts(&stage), 0);
}

#[test]
fn an_exchange_that_is_called_off_is_told_before_it_is_packed() {
    let stage = stage();
    let rma = shirt_credited_for(&stage, "SHIRT-M");
    let order = release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]));
    assert_eq!(entered(&later(&stage)).exchange_order, "EX9");
    stage.shop.shopify.staff().cancel(order, false).unwrap();
    let report = later(&stage);
    let told = exception(&report, Code::ExchangeCancelled);
    assert_eq!(told.owner, Owner::Warehouse);
    contains_all(&told.finding.facts, &["EX9 was cancelled in Shopify", "stands in Sage, nothing is despatched"]);
    let desktop = stage.shop.sage.desktop();
    desktop.cancel_order(&desktop.find_order("EX9").unwrap()).unwrap();
    // Nothing is packed any more, and the customer has neither goods nor money.
    let report = later(&stage);
    contains_all(&facts(&report, Code::ExchangeCancelled), &["no order stands in Sage, and 24.00 GBP was credited"]);
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    let report = later(&stage);
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    assert_eq!(order_posts(&stage), 1);
}

#[test]
fn an_exchange_cancelled_before_it_is_entered_is_not_entered() {
    let stage = stage();
    let rma = shirt_credited_for(&stage, "SHIRT-M");
    let order = release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]));
    stage.shop.shopify.staff().cancel(order, false).unwrap();
    let report = later(&stage);
    assert_eq!(codes(&report, &rma), ["exchange-cancelled"]);
    assert_eq!(order_posts(&stage), 0);
}

#[test]
fn an_order_of_ours_that_is_gone_or_changed_is_told() {
    let stage = stage();
    let rma = shirt_credited_for(&stage, "SHIRT-M");
    release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]));
    assert_eq!(entered(&later(&stage)).exchange_order, "EX9");
    stage.run_on();
    let desktop = stage.shop.sage.desktop();
    let document = desktop.find_order("EX9").unwrap();
    desktop.change_order_quantity(&document, 1, d("2")).unwrap();
    assert_eq!(codes(&later(&stage), &rma), ["exchange-differs"]);
    desktop.delete_order(&document).unwrap();
    let report = later(&stage);
    assert_eq!(codes(&report, &rma), ["exchange-gone"]);
    contains_all(&facts(&report, Code::ExchangeGone), &["EX9", &document]);
    // Never entered again by itself: a person has taken it away.
    assert_eq!((order_posts(&stage), in_sage(&stage, "EX9").len()), (1, 0));
    // A person enters it again under its number.
    let lines = vec![line("SHIRT-M", 1)];
    stage.order(NewOrder { despatched: false, invoiced: false, ..NewOrder::new(stage.shop.web, "EX9", lines) });
    assert_eq!(cleared(&later(&stage), &rma), ["exchange-gone"]);
}

#[test]
fn goods_that_are_out_of_stock_are_told_when_they_are_not_sent_in_time() {
    let stage = stage();
    stage.shop.sage.set_stock("SHIRT-M", "HOME", Decimal::ZERO).unwrap();
    let rma = shirt_credited_for(&stage, "SHIRT-M");
    release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]));
    assert_eq!(entered(&later(&stage)).exchange_order, "EX9");
    stage.run_on();
    stage.shop.wait(hours(73));
    let report = stage.run();
    assert!(codes(&report, &rma).contains(&"exchange-not-shipped"), "{:?}", report.exceptions);
    contains_all(&facts(&report, Code::ExchangeNotShipped), &["0 of 1 x SHIRT-M despatched, 0 allocated"]);
}

#[test]
fn a_part_of_the_goods_sent_is_not_all_of_them() {
    let stage = stage();
    stage.sold_online("EX1", &[("JUMPER-L", 1)]);
    let jumper = item("JUMPER-L", "54.00", "9.00").exchange_for("SHIRT-M");
    let rma = stage.shop.approved(NewRma::exchange("EX1").line(jumper)).unwrap();
    stage.shop.received(&rma).unwrap();
    stage.run_on();
    release(&stage, &rma, Shop::new_goods("EX9", &[("SHIRT-M", 2), ("SOCKS", 2)], d("4.00")).unwrap());
    assert_eq!(entered(&later(&stage)).gross.unwrap().amount(), d("58.00"));
    stage.run_on();
    let desktop = stage.shop.sage.desktop();
    let document = desktop.find_order("EX9").unwrap();
    desktop.allocate_order(&document).unwrap();
    desktop.despatch_order(&document, &[(1, d("1")), (2, d("2"))], "", "").unwrap();
    stage.shop.wait(hours(73));
    let text = facts(&stage.run(), Code::ExchangeNotShipped);
    contains_all(&text, &["1 of 2 x SHIRT-M despatched, 1 allocated"]);
    assert!(!text.contains("SOCKS"), "{text}");
    desktop.despatch_order(&document, &[(1, d("1"))], "", "").unwrap();
    assert_eq!(cleared(&later(&stage), &rma), ["exchange-not-shipped"]);
}

#[test]
fn an_address_that_does_not_fit_is_told_without_being_repeated() {
    let stage = stage();
    let rma = shirt_credited_for(&stage, "SHIRT-M");
    let long = format!("{} Lane", "Example".repeat(9));
    let to = NewAddress::new("A Customer", &long, "Exampleton", "EX1 1EX (side door)");
    let order = release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]).ship_to(to));
    let report = later(&stage);
    let told = exception(&report, Code::ExchangeAddress);
    assert_eq!(told.owner, Owner::CustomerService);
    contains_all(
        &told.finding.facts,
        &["address_1 has 68 characters", "postcode has 19 characters; Sage 200 allows 10"],
    );
    assert!(!format!("{report:?}").contains("side door") && !told.finding.facts.contains("Lane"));
    assert_eq!(order_posts(&stage), 0);
    // A country that Sage does not have, and no address that may be seen.
    let abroad = NewAddress::new("A Customer", "1 Rue de l'Exemple", "Exempleville", "99999").country("Nowhere", "XX");
    stage.shop.shopify.staff().ship_to(order, abroad).unwrap();
    contains_all(&facts(&later(&stage), Code::ExchangeAddress), &["country XX is none of Sage's country codes"]);
    stage.shop.shopify.set_personal_data(false);
    contains_all(&facts(&later(&stage), Code::ExchangeAddress), &["Shopify does not show this app any"]);
    stage.shop.shopify.set_personal_data(true);
    let home = NewAddress::new("A Customer", "1 Example Street", "Exampleton", "EX1 1EX").company("Example Ltd");
    stage.shop.shopify.staff().ship_to(order, home.address2("Flat 2").phone("01632 960001")).unwrap();
    let report = later(&stage);
    assert_eq!(entered(&report).exchange_order, "EX9");
    assert_eq!(cleared(&report, &rma), ["exchange-address"]);
    // Whatever is kept knows nothing of it.
    let kept = format!("{:?} {report:?}", stage.entries());
    assert!(!kept.contains("Example Street") && !kept.contains("01632") && !kept.contains("EX1 1EX"));
}

#[test]
fn the_shipping_method_follows_its_title_in_the_shop() {
    let stage = stage();
    let rma = shirt_credited_for(&stage, "SHIRT-M");
    release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]).shipping(NewShipping::new("Express", Decimal::ZERO)));
    stage.run_on();
    let [order] = in_sage(&stage, "EX9").try_into().unwrap();
    assert_eq!(order.analysis_code_3.as_deref(), Some("DPD-EXPRESS"));
}

#[test]
fn what_can_not_be_entered_says_why() {
    let play = |order: ShopOrder, code: Code, parts: &[&str]| {
        let stage = stage();
        let rma = shirt_credited_for(&stage, "SHIRT-M");
        release(&stage, &rma, order);
        let report = later(&stage);
        assert_eq!(codes(&report, &rma), [code.as_str()], "{:?}", report.exceptions);
        contains_all(&facts(&report, code), parts);
        assert_eq!(order_posts(&stage), 0);
    };
    use shopify_returns::sandbox::NewLine as ShopLine;
    let free = |line: ShopLine, price: &str| goods("EX9", &[]).line(line.discount(d(price)));
    play(
        free(ShopLine::new("HAT", 1, d("24.00")).tax(d("20")), "24.00"),
        Code::SkuUnknown,
        &["HAT is no product in Sage"],
    );
    play(
        free(ShopLine::new("SHIRT-M", 1, d("24.00")).tax(d("5")), "24.00"),
        Code::TaxCodeUnmapped,
        &["5%", "vat_by_rate"],
    );
    play(
        free(ShopLine::new("SHIRT-M", 1, d("0.00")).tax(d("20")), "0.00"),
        Code::ExchangeUnclear,
        &["of no line what it costs"],
    );
    play(goods("EX9", &[("SHIRT-M", 1)]).test(), Code::ExchangeUnclear, &["test order"]);
    // Shipping was paid, and this site keeps the method in an analysis code.
    let paid = goods("EX9", &[("SHIRT-M", 1)]).shipping(NewShipping::new("Standard", d("4.95")).tax(d("20")));
    play(paid, Code::ExchangeNotBuilt, &["4.95 GBP was paid for shipping", "no charge line"]);
}

#[test]
fn on_sales_returns_the_new_goods_follow_the_credit_note_that_a_person_posts() {
    let mut stage = Stage::online();
    stage.shop.take_sales_returns().unwrap();
    stage.shop.take_exchanges().unwrap();
    stage.policy = Shop::with_exchanges(Shop::policy_of_sales_returns().unwrap()).unwrap();
    let rma = shirt_for(&stage, "SHIRT-M");
    let report = stage.run();
    let [prepared] = report.prepared.as_slice() else { panic!("{:?} {:?}", report.exceptions, report.waiting) };
    let number = prepared.document_no.clone().unwrap();
    stage.shop.received(&rma).unwrap();
    release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]));
    stage.run_on();
    assert_eq!(order_posts(&stage), 0);
    let desktop = stage.shop.sage.desktop();
    desktop.confirm_goods_in(&number, &[(1, Decimal::ONE)]).unwrap();
    let credit = desktop.print_credit_note(&number).unwrap();
    // Printed is not posted.
    assert!(later(&stage).exchanges.is_empty());
    desktop.post_printed_credit_note(&credit).unwrap();
    let report = later(&stage);
    assert_eq!(entered(&report).gross.unwrap().amount(), d("24.00"));
    assert!(report.released.is_empty() && report.work_list.is_empty());
    let report = later(&stage);
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    // Deleted behind our back before the goods go out: a credit that is gone must not be packed for.
    assert_eq!(in_sage(&stage, "EX9").len(), 1);
}

#[test]
fn a_credit_by_hand_serves_as_well() {
    let stage = stage();
    let rma = shirt_for(&stage, "SHIRT-M");
    stage.shop.received(&rma).unwrap();
    stage.by_hand(&format!("RMA{rma}"), "20.00", "4.00");
    stage.run_on();
    release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]));
    let report = later(&stage);
    // Without an expectation from before, the order it was sold on is not known to the journal.
    assert_eq!(codes(&report, &rma), ["exchange-unclear"], "{:?}", report.waiting);
    contains_all(&facts(&report, Code::ExchangeUnclear), &["credited by hand"]);
    assert_eq!((stage.ours().len(), order_posts(&stage)), (0, 0));
}

#[test]
fn another_resolution_after_the_credit_is_told_and_nothing_is_entered_or_paid() {
    let stage = stage();
    let rma = shirt_credited_for(&stage, "SHIRT-M");
    stage.rewrite(&rma, "InstantVariantExchange", "RefundToPaymentMethod");
    let report = later(&stage);
    assert!(codes(&report, &rma).contains(&"credited-but-changed"), "{:?}", report.exceptions);
    assert!(report.released.is_empty() && report.work_list.is_empty());
    // And the other way round: credited for a refund, to be exchanged now.
    let stage = self::stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.shop.approved(NewRma::refund("EX1").line(shirt())).unwrap();
    stage.shop.received(&rma).unwrap();
    assert_eq!(released(&stage.run()), [(rma.to_string(), d("24.00"))]);
    stage.rewrite(&rma, "RefundToPaymentMethod", "InstantVariantExchange");
    let report = later(&stage);
    assert!(codes(&report, &rma).contains(&"credited-but-changed"), "{:?}", report.exceptions);
    assert!(report.work_list.is_empty(), "{:?}", report.work_list);
    assert_eq!(order_posts(&stage), 0);
}

#[test]
fn an_rma_may_refund_one_unit_and_exchange_another() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1), ("BOOK-KNIT", 1)]);
    let both = NewRma::refund("EX1").line(common::book()).line(shirt().exchange_for("SHIRT-M"));
    let rma = stage.shop.approved(both).unwrap();
    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("12.00"))]);
    release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]));
    let report = later(&stage);
    assert_eq!(entered(&report).credited.amount(), d("24.00"));
    assert_eq!(report.work_list.len(), 1);
}

#[test]
fn a_fee_on_goods_that_are_exchanged_is_for_a_person() {
    let stage = stage();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let fee = shirt().exchange_for("SHIRT-M").restocking_fee(d("3.50"));
    let rma = stage.shop.approved(NewRma::exchange("EX1").line(fee)).unwrap();
    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["fees-not-supported"]);
    contains_all(&facts(&report, Code::FeesNotSupported), &["a fee of 3.50 on goods that are exchanged"]);
    assert!(stage.ours().is_empty());
}

#[test]
fn an_exchange_that_nobody_releases_is_told() {
    let stage = stage();
    let rma = shirt_credited_for(&stage, "SHIRT-M");
    let report = later(&stage);
    let waits = waits(&report, &rma);
    assert!(waits.iter().any(|what| what.contains("the exchange to be released in ReturnGO (#D")), "{waits:?}");
    stage.shop.returngo.mark_done(&rma).unwrap();
    stage.shop.wait(hours(73));
    let report = stage.run();
    assert!(codes(&report, &rma).contains(&"exchange-not-released"), "{:?}", report.exceptions);
    // The customer takes the money instead.
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    let report = later(&stage);
    assert!(!codes(&report, &rma).contains(&"exchange-not-released"), "{:?}", report.exceptions);
}

#[test]
fn an_order_for_nothing_that_no_return_names_is_told_until_somebody_answers_for_it() {
    let stage = stage();
    let rma = shirt_credited_for(&stage, "SHIRT-M");
    // One is an exchange that ReturnGO names a day late; one is a sample.
    let exchange = stage.shop.shopify.add_order(goods("EX9", &[("SHIRT-M", 1)])).unwrap();
    let sample = stage.shop.shopify.add_order(goods("EX10", &[("SOCKS", 1)])).unwrap();
    let other = stage.shop.shopify.add_order(goods("EX11", &[("SOCKS", 1)])).unwrap();
    assert!(Stage::subjects(&later(&stage)).is_empty());
    stage.shop.returngo.release_exchange(&rma, &exchange.to_string(), "EX9").unwrap();
    stage.shop.wait(hours(25));
    let report = stage.run();
    assert_eq!(report.exchanges.len(), 1);
    let mut told = Stage::subjects(&report);
    told.retain(|(code, _)| *code == "nil-order-unlinked");
    let subject = |order: OrderId| ("nil-order-unlinked", format!("order {order}"));
    assert_eq!(told, [subject(sample), subject(other)]);
    let adopt =
        |what| run_to_end(returns_sync::run::adopt(&stage.systems, &stage.journal, what, "A. Example", "A sample"));
    adopt(returns_sync::run::Adopt::NilOrder(sample)).unwrap();
    stage.shop.shopify.staff().cancel(other, false).unwrap();
    let report = later(&stage);
    let open: Vec<_> = Stage::subjects(&report).into_iter().filter(|(code, _)| *code == "nil-order-unlinked").collect();
    assert!(open.is_empty(), "{open:?}");
    // A shop that gives much away hears nothing.
    let mut stage = self::stage();
    stage.policy.nil_orders = returns_sync::policy::NilOrders::Ignore;
    stage.shop.shopify.add_order(goods("EX10", &[("SOCKS", 1)])).unwrap();
    stage.run_on();
    stage.shop.wait(hours(25));
    assert!(Stage::subjects(&stage.run()).is_empty());
}

#[test]
fn a_refund_of_exchanged_goods_after_the_new_ones_were_sent_is_told() {
    let stage = stage();
    let rma = shirt_credited_for(&stage, "SHIRT-M");
    release(&stage, &rma, goods("EX9", &[("SHIRT-M", 1)]));
    assert_eq!(entered(&later(&stage)).exchange_order, "EX9");
    stage.run_on();
    stage.shop.despatched("EX9", &[1]).unwrap();
    stage.shop.returngo.mark_done(&rma).unwrap();
    assert!(codes(&stage.run_until_quiet(), &rma).is_empty());
    assert!(stage.events().iter().any(|event| matches!(event, Event::Closed { .. })));
    stage.shop.refunded(&rma, d("24.00")).unwrap();
    let report = later(&stage);
    assert!(codes(&report, &rma).contains(&"exchange-value-differs"), "{:?}", report.exceptions);
    contains_all(&facts(&report, Code::ExchangeValueDiffers), &["24.00 GBP is paid back", "it was 0.00 GBP"]);
}
