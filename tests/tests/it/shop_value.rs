//! What a return is worth when the shop's own order says what was paid.

use crate::common::{
    Stage, book, codes, contains_all, d, exception, facts, item, line, released, shirt, shirts, worth,
};
use returngo_client::sandbox::NewRma;
use returns_sync::exception::Code;
use rust_decimal::Decimal;
use sage200_client::sandbox::{NewLine, NewOrder};
use shopify_returns::sandbox::{NewLine as ShopLine, NewOrder as ShopOrder, NewShipping};

fn twenty() -> Decimal {
    d("20")
}

/// Net and VAT of everything posted.
fn credited(stage: &Stage) -> (Decimal, Decimal) {
    stage.ours().iter().fold((Decimal::ZERO, Decimal::ZERO), |sum, row| (sum.0 + row.1, sum.1 + row.2))
}

#[test]
fn what_was_paid_online_is_credited() {
    let stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 2), ("BOOK-KNIT", 1)]);
    let rma = stage.returned("EX1", [shirts(2), book()]);
    let report = stage.run_until_quiet();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "52.00", "8.00")]);
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    assert!(report.calls.shopify > 0);
}

/// 9.99 with VAT in it has no net price in pence that gives 9.99 again: Sage sold it at 8.33 and 1.67, which is 10.00. The
/// customer paid 9.99, and gets 9.99.
#[test]
fn nine_ninety_nine_in_a_company_with_net_prices() {
    let stage = Stage::online();
    stage.sold("EX1", vec![worth("SHIRT-M", 1, "8.33", "1.67")]);
    let order = ShopOrder::new("EX1").line(ShopLine::new("SHIRT-M", 1, d("9.99")).tax(twenty()));
    stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    let rma = stage.returned("EX1", [item("SHIRT-M", "9.99", "1.67")]);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "8.32", "1.67")]);
    // 20% of 8.32 is 1.664: Sage computes 1.66, a penny beside what was paid, and finance is told.
    let [posted] = report.posted.as_slice() else { panic!("{:?}", report.posted) };
    let [rounding] = posted.rounding.as_slice() else { panic!("{:?}", posted.rounding) };
    assert_eq!((rounding.predicted.amount(), rounding.posted.amount()), (d("1.66"), d("1.67")));
    assert_eq!(released(&report), [(rma.to_string(), d("9.99"))]);
}

/// Shopify rounds the VAT of each line, Sage that of the document: a penny for each line is nobody's mistake.
#[test]
fn vat_that_was_rounded_line_by_line_is_credited_as_it_was_paid() {
    let stage = Stage::online();
    let skus = ["SOCKS", "SHIRT-M", "MUG-BLUE"];
    stage.sold("EX1", skus.map(|sku| worth(sku, 1, "8.32", "1.67")).into());
    let order = skus
        .iter()
        .fold(ShopOrder::new("EX1"), |order, sku| order.line(ShopLine::new(sku, 1, d("9.99")).tax(twenty())));
    stage.shop.placed("EX1", order, &skus).unwrap();
    let rma = stage.returned("EX1", skus.map(|sku| item(sku, "9.99", "1.67")));
    let report = stage.run();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "24.96", "5.01")]);
    let intents = stage.journal.entries().into_iter().filter(|entry| entry.body.contains("\"predicted\""));
    assert_eq!(intents.count(), 1, "the two pence are kept with the document");
}

#[test]
fn three_for_ten_add_up_whatever_order_they_come_back_in() {
    let stage = Stage::online();
    stage.sold("EX1", vec![worth("SOCKS", 3, "8.33", "1.67")]);
    let socks = ShopLine::new("SOCKS", 3, d("5.00")).discount(d("5.00")).tax(twenty());
    stage.shop.placed("EX1", ShopOrder::new("EX1").line(socks), &["SOCKS"]).unwrap();
    for _ in 0..3 {
        stage.returned("EX1", [item("SOCKS", "3.33", "0.56")]);
        stage.run_on();
    }
    // Shopify pays back 3.33, 3.34, 3.33, and each credit is worth its refund to the penny.
    let credits: Vec<_> = stage.ours().into_iter().map(|(_, net, vat)| (net, vat)).collect();
    assert_eq!(credits, [("2.77", "0.56"), ("2.79", "0.55"), ("2.77", "0.56")].map(|(net, vat)| (d(net), d(vat))));
    assert_eq!(credited(&stage), (d("8.33"), d("1.67")));
    // A fourth was never sold.
    let rma = stage.returned("EX1", [item("SOCKS", "3.33", "0.56")]);
    assert_eq!(codes(&stage.run(), &rma), ["quantity-exceeded"]);
}

#[test]
fn a_hundred_units_of_a_penny() {
    let stage = Stage::online();
    stage.sold("EX1", vec![worth("SOCKS", 100, "0.83", "0.17")]);
    let socks = ShopLine::new("SOCKS", 100, d("0.01")).tax(twenty());
    stage.shop.placed("EX1", ShopOrder::new("EX1").line(socks), &["SOCKS"]).unwrap();
    let some = |units| item("SOCKS", "0.01", "0.00").units(units);
    let first = stage.returned("EX1", [some(37)]);
    stage.run_on();
    let second = stage.returned("EX1", [some(63)]);
    let report = stage.run();
    assert_eq!((codes(&report, &first), codes(&report, &second)), (vec![], vec![]), "{:?}", report.exceptions);
    assert_eq!(credited(&stage), (d("0.83"), d("0.17")));
}

#[test]
fn a_discount_of_the_order_counts_on_its_lines() {
    let stage = Stage::online();
    stage.sold("EX1", vec![worth("SHIRT-M", 2, "36.00", "7.20"), line("BOOK-KNIT", 1)]);
    let order = ShopOrder::new("EX1")
        .line(ShopLine::new("SHIRT-M", 2, d("24.00")).discount(d("4.80")).tax(twenty()))
        .line(ShopLine::new("BOOK-KNIT", 1, d("12.00")).tax(Decimal::ZERO))
        .shipping(NewShipping::new("Standard", d("3.95")).tax(twenty()));
    stage.shop.placed("EX1", order, &["SHIRT-M", "BOOK-KNIT"]).unwrap();
    let rma = stage.returned("EX1", [item("SHIRT-M", "21.60", "3.60"), book()]);
    stage.run_on();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "30.00", "3.60")]);
}

#[test]
fn a_shop_with_net_prices_is_credited_alike() {
    let stage = Stage::online();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let order = ShopOrder::new("EX1").line(ShopLine::new("SHIRT-M", 1, d("20.00")).tax(twenty())).taxes_excluded();
    stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    let rma = stage.returned("EX1", [item("SHIRT-M", "20.00", "4.00").tax_excluded()]);
    stage.run_on();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
}

#[test]
fn a_company_with_prices_that_include_vat_is_credited_by_the_shop() {
    let stage = Stage::online();
    stage.order(NewOrder {
        are_prices_tax_inclusive: Some(true),
        ..NewOrder::new(stage.shop.web, "EX1", vec![NewLine::item("SHIRT-M", Decimal::ONE, d("24.00"), 1)])
    });
    stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
}

/// ReturnGO shows no tax on many taxed goods; the shop's own order is what counts.
#[test]
fn an_odd_tax_in_returngo_does_not_matter() {
    let stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [item("SHIRT-M", "24.00", "0.00")]);
    stage.run_on();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
}

#[test]
fn a_customer_who_paid_in_euros_is_refused() {
    let stage = Stage::online();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let order = ShopOrder::new("EX1")
        .line(ShopLine::new("SHIRT-M", 1, d("24.00")).tax(twenty()))
        .customer_currency(returns_wire::Currency::EUR, d("1.17"));
    stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["currency-differs"]);
    contains_all(&facts(&report, Code::CurrencyDiffers), &["EUR", "GBP"]);
    stage.assert_ours(&[]);
}

#[test]
fn the_three_must_agree_on_the_price() {
    let stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [item("SHIRT-M", "25.00", "4.17")]);
    contains_all(&facts(&stage.run(), Code::ValueDiffers), &["ReturnGO says 25.00", "Shopify sold it at 24.00"]);
    drop(rma);
    // The price book was changed in Sage before the order was imported: Sage sold something else.
    let stage = Stage::online();
    stage.sold("EX2", vec![worth("SHIRT-M", 1, "18.00", "3.60")]);
    stage.shop.placed_at_list("EX2", &[("SHIRT-M", 1)]).unwrap();
    stage.returned("EX2", [shirt()]);
    contains_all(&facts(&stage.run(), Code::ValueDiffers), &["Shopify says 24.00", "Sage sold it at 21.60"]);
    stage.assert_ours(&[]);
}

#[test]
fn the_line_that_returngo_names_must_be_that_of_the_unit() {
    let stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1), ("BOOK-KNIT", 1)]);
    let wrong = stage.line_of("EX1", "BOOK-KNIT").to_string();
    let rma = stage.returned("EX1", [shirt().line_id(&wrong)]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["shop-line-differs"]);
    contains_all(&facts(&report, Code::ShopLineDiffers), &["SHIRT-M", "BOOK-KNIT"]);
}

#[test]
fn an_order_that_the_shop_does_not_show_is_told() {
    let stage = Stage::online();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.shop.approved(NewRma::refund("EX1").order_id("123456789").line(shirt())).unwrap();
    stage.shop.received(&rma).unwrap();
    assert_eq!(codes(&stage.run(), &rma), ["shop-order-not-found"]);
    // The number is there, and is that of another order.
    let stage = Stage::online();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let other = stage.shop.placed_at_list("EX9", &[("SHIRT-M", 1)]).unwrap();
    let rma = stage.shop.approved(NewRma::refund("EX1").order_id(&other.to_string()).line(shirt())).unwrap();
    stage.shop.received(&rma).unwrap();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["shop-order-not-found"]);
    contains_all(&facts(&report, Code::ShopOrderNotFound), &["EX1", "EX9"]);
    stage.assert_ours(&[]);
}

/// Finance has credited the order under its number, without the RMA's: nobody sees it by the RMA, but the order is not
/// worth more than was paid.
#[test]
fn no_order_is_credited_above_what_was_paid() {
    let stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 1)]);
    let desktop = stage.shop.sage.desktop();
    desktop.post_credit_note(stage.shop.web, "EX1", "GOODWILL", d("20.00"), 1, d("4.00")).unwrap();
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["credit-exceeds-paid"]);
    contains_all(&facts(&report, Code::CreditExceedsPaid), &["24.00 GBP was received", "24.00 in Sage (GOODWILL)"]);
    stage.assert_ours(&[]);
}

#[test]
fn goods_go_back_into_what_is_left_of_an_order() {
    let stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 2)]);
    let desktop = stage.shop.sage.desktop();
    desktop.post_credit_note(stage.shop.web, "EX1", "GOODWILL", d("10.00"), 1, d("2.00")).unwrap();
    // 48.00 was paid; 12.00 is credited by hand: one shirt still fits, the second does not.
    let first = stage.returned("EX1", [shirt()]);
    let second = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!((codes(&report, &first), codes(&report, &second)), (vec![], vec!["credit-exceeds-paid"]));
}

#[test]
fn fees_are_taken_off_once_they_are_chosen() {
    let fee = || item("SHIRT-M", "24.00", "4.00").restocking_fee(d("3.50")).units(2);
    let mut stage = Stage::online();
    stage.sold_online("EX1", &[("SHIRT-M", 3)]);
    let rma = stage.returned("EX1", [fee()]);
    contains_all(&facts(&stage.run(), Code::FeesNotSupported), &["3.50", "policy.restocking_fee"]);
    stage.assert_ours(&[]);
    // Asked for within the 14 days in which a consumer may cancel: the fee is not deducted by a machine.
    stage.policy.fees.restocking = returns_sync::policy::FeeTreatment::Deduct;
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["fee-may-be-unlawful"]);
    contains_all(&facts(&report, Code::FeeMayBeUnlawful), &["3.50", "0 days after the order", "14 days"]);
    stage.assert_ours(&[]);
    // No customer of this shop is a consumer.
    stage.policy.cancel_within = chrono::TimeDelta::zero();
    let report = stage.run();
    // 24.00 less 3.50, of which 0.58 is VAT; twice.
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "34.16", "6.84")]);
    assert_eq!(released(&report), [(rma.to_string(), d("41.00"))]);
    // The third shirt of the line is not the dearer for it.
    stage.returned("EX1", [shirt()]);
    stage.run_on();
    assert_eq!(stage.ours()[1].1 + stage.ours()[1].2, d("24.00"));
}

#[test]
fn store_credit_is_credited_or_only_booked_as_chosen() {
    use returns_sync::policy::StoreCredit;
    let play = |choice| {
        let mut stage = Stage::online();
        stage.policy.store_credit = choice;
        stage.sold_online("EX1", &[("SHIRT-M", 1)]);
        let rma = stage.shop.approved(NewRma::store_credit("EX1").line(shirt())).unwrap();
        stage.shop.received(&rma).unwrap();
        let report = stage.run();
        (stage, rma, report)
    };
    let (stage, rma, report) = play(StoreCredit::Hold);
    assert_eq!(codes(&report, &rma), ["resolution-not-supported"]);
    stage.assert_ours(&[]);
    let (stage, rma, report) = play(StoreCredit::CreditNote);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    let [payable] = report.work_list.as_slice() else { panic!("{:?}", report.work_list) };
    assert!(payable.store_credit, "staff must not pay money for it");
    let (stage, rma, report) = play(StoreCredit::AtRedemption);
    stage.assert_ours(&[]);
    assert_eq!((codes(&report, &rma).len(), report.stock.len(), report.work_list.len()), (0, 1, 0));
}

#[test]
fn vat_that_does_not_follow_from_the_rate_is_refused() {
    let stage = Stage::online();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let order = ShopOrder::new("EX1").line(ShopLine::new("SHIRT-M", 1, d("24.00")).tax(d("5")));
    stage.shop.placed("EX1", order, &["SHIRT-M"]).unwrap();
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["tax-rate-wrong"]);
    assert!(exception(&report, Code::TaxRateWrong).finding.facts.contains("sold at 5%"));
}
