//! What a unit is credited with: its part of the original order line, to the penny, and never a penny more.

use crate::common;
use crate::common::{Stage, book, codes, contains_all, d, exception, facts, item, line, posted, shirt, shirts, worth};
use returngo_client::RmaId;
use returns_sync::{exception::Code, rules::Standing};
use returns_tests::run_to_end;
use rust_decimal::Decimal;
use sage200_client::{
    Urn,
    sandbox::{NewCustomer, NewLine, NewOrder},
};

fn net_and_vat(stage: &Stage) -> (Decimal, Decimal) {
    stage.ours().iter().fold((Decimal::ZERO, Decimal::ZERO), |sum, row| (sum.0 + row.1, sum.1 + row.2))
}

/// VAT analysis of a posted credit note: code number, goods, tax; positive.
fn vat_rows(stage: &Stage, urn: Urn) -> Vec<(i16, Decimal, Decimal)> {
    let rows = run_to_end(stage.systems.sage.posted_by_urn(urn)).unwrap();
    let items = rows.iter().flat_map(|row| row.tax_analysis_items.iter().flatten());
    let amount = |value: Option<returns_wire::JsonDecimal>| value.unwrap().get().abs();
    let mut rows: Vec<_> =
        items.map(|item| (item.code.unwrap(), amount(item.goods_amount), amount(item.tax_amount))).collect();
    rows.sort();
    rows
}

#[test]
fn a_unit_is_worth_its_order_line() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    let credit = &report.posted[0];
    let money = |m: Option<returns_wire::Money>| m.unwrap().to_string();
    assert_eq!(
        (money(credit.net), money(credit.vat), money(credit.gross)),
        ("20.00 GBP".into(), "4.00 GBP".into(), "24.00 GBP".into())
    );
    assert_eq!((credit.account.as_str(), credit.order.as_deref()), ("WEB01", Some("EX1")));
    assert_eq!(stage.shop.sage.ledger()[0].reference, "EX1");
    assert!(codes(&report, &rma).is_empty());
}

#[test]
fn every_vat_code_has_its_own_row() {
    let stage = Stage::open();
    stage.shop.sage.add_tax_code(5, "Reduced rate", d("5")).unwrap();
    let mug = NewLine { tax_code_number: 5, ..worth("MUG-BLUE", 1, "8.33", "0.42") };
    stage.sold("EX1", vec![line("SHIRT-M", 2), line("BOOK-KNIT", 1), mug]);
    let rma = stage.returned("EX1", [shirts(2), book(), item("MUG-BLUE", "8.75", "0.42")]);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "60.33", "8.42")]);
    assert_eq!(
        vat_rows(&stage, report.posted[0].urn.unwrap()),
        [(1, d("40.00"), d("8.00")), (2, d("12.00"), d("0.00")), (5, d("8.33"), d("0.42"))]
    );
    assert_eq!(report.posted[0].goods.values().sum::<u32>(), 4);
}

#[test]
fn three_for_ten_in_one_return() {
    let stage = Stage::open();
    stage.sold("EX1", vec![worth("SOCKS", 3, "10.00", "2.00")]);
    let rma = stage.returned("EX1", [item("SOCKS", "4.00", "0.67").units(3)]);
    stage.run_on();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "10.00", "2.00")]);
}

#[test]
fn three_for_ten_in_three_returns_of_any_order_are_ten() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let stage = Stage::open();
        stage.sold("EX1", vec![worth("SOCKS", 3, "10.00", "2.00")]);
        let socks = || item("SOCKS", "4.00", "0.67");
        let rmas: Vec<RmaId> = (0..3).map(|_| stage.approved("EX1", [socks()])).collect();
        stage.run_on();
        for place in order {
            stage.shop.received(&rmas[place]).unwrap();
            let report = stage.run();
            assert_eq!(posted(&report), [format!("RMA{}-1", rmas[place])], "{order:?}");
        }
        assert_eq!(net_and_vat(&stage), (d("10.00"), d("2.00")), "{order:?}");
        for (name, net, _) in stage.ours() {
            assert!([d("3.33"), d("3.34")].contains(&net), "{name}: {net}");
        }
    }
}

#[test]
fn three_for_ten_in_one_run_of_three_returns_are_ten() {
    let stage = Stage::open();
    stage.sold("EX1", vec![worth("SOCKS", 3, "10.00", "2.00")]);
    for _ in 0..3 {
        stage.returned("EX1", [item("SOCKS", "4.00", "0.67")]);
    }
    let report = stage.run();
    assert_eq!(report.posted.len(), 3);
    assert_eq!(net_and_vat(&stage), (d("10.00"), d("2.00")));
}

#[test]
fn a_hundred_units_of_a_penny_are_a_pound() {
    for parts in [vec![100], vec![50, 50], vec![30, 1, 69]] {
        let stage = Stage::open();
        stage.sold("EX1", vec![worth("SOCKS", 100, "1.00", "0.20")]);
        for units in &parts {
            stage.returned("EX1", [item("SOCKS", "0.01", "0.00").units(*units)]);
        }
        let report = stage.run();
        assert_eq!(report.posted.len(), parts.len(), "{parts:?}: {:?}", report.exceptions);
        assert_eq!(net_and_vat(&stage), (d("1.00"), d("0.20")), "{parts:?}");
    }
}

#[test]
fn ten_units_for_five_pence_are_five_pence() {
    for parts in [vec![10], vec![5, 5], vec![3, 7]] {
        let stage = Stage::open();
        stage.sold("EX1", vec![worth("SOCKS", 10, "0.05", "0.01")]);
        for units in &parts {
            stage.returned("EX1", [item("SOCKS", "0.01", "0.00").units(*units)]);
        }
        let report = stage.run();
        assert_eq!(report.posted.len(), parts.len(), "{parts:?}: {:?}", report.exceptions);
        assert_eq!(net_and_vat(&stage), (d("0.05"), d("0.01")), "{parts:?}");
    }
}

#[test]
fn units_of_half_a_penny_one_by_one_add_up_to_the_line() {
    let stage = Stage::open();
    stage.sold("EX1", vec![worth("SOCKS", 10, "0.05", "0.01")]);
    let rmas: Vec<_> = (0..10).map(|_| stage.returned("EX1", [item("SOCKS", "0.01", "0.00")])).collect();
    let report = stage.run();
    // A document that is VAT only can't be posted, so each penny is net.
    assert_eq!(net_and_vat(&stage), (d("0.06"), d("0.00")));
    assert!(report.exceptions.is_empty(), "{:?}", report.exceptions);
    // Four of them are worth nothing: no credit note, no refund, and goods to be booked all the same.
    assert_eq!((stage.ours().len(), report.released.len(), report.stock.len()), (6, 6, 10));
    for rma in &rmas {
        assert!(report.stock.iter().any(|entry| entry.rma == *rma), "RMA {rma} is silent");
    }
}

#[test]
fn never_more_units_than_were_sold() {
    // Two were sold; three come back, two of them in one parcel.
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let both = stage.returned("EX1", [shirts(2)]);
    let third = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{both}-1"), "40.00", "8.00")]);
    assert_eq!(codes(&report, &third), ["quantity-exceeded"]);
    contains_all(&facts(&report, Code::QuantityExceeded), &["all 2 sold of SHIRT-M"]);

    // The other way round, the one unit that is left is credited and its neighbour is not.
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 2)]);
    let first = stage.returned("EX1", [shirt()]);
    let two = stage.returned("EX1", [shirts(2)]);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{first}-1"), "20.00", "4.00"), (&format!("RMA{two}-1"), "20.00", "4.00")]);
    assert_eq!(exception(&report, Code::QuantityExceeded).finding.units, stage.shop.units(&two)[1..]);
    assert_eq!(exception(&report, Code::QuantityExceeded).finding.money_at_risk.unwrap().to_string(), "24.00 GBP");
    stage.shop.wait(common::hours(24));
    stage.run_on();
    assert_eq!(stage.ours().len(), 2);
}

#[test]
fn sage_says_the_value_and_returngo_may_be_a_penny_off() {
    let tries = [
        ("24.00", "4.00", true),
        ("24.01", "4.00", true),
        ("23.99", "4.00", true),
        ("24.00", "4.01", true),
        ("24.00", "3.99", true),
        ("24.02", "4.00", false),
        ("23.98", "4.00", false),
        ("24.00", "4.02", false),
        ("24.00", "3.98", false),
        ("24.00", "0.00", false),
        ("20.00", "4.00", false),
        ("25.00", "4.00", false),
        ("0.00", "0.00", false),
    ];
    for (gross, vat, accepted) in tries {
        let stage = Stage::open();
        stage.sold("EX1", vec![line("SHIRT-M", 1)]);
        let rma = stage.returned("EX1", [item("SHIRT-M", gross, vat)]);
        let report = stage.run();
        if accepted {
            // Credited with what Sage sold it at, not with what ReturnGO says.
            stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
            assert_eq!(common::released(&report), [(rma.to_string(), d("24.00"))]);
        } else {
            stage.assert_ours(&[]);
            assert_eq!(codes(&report, &rma), ["value-differs"], "{gross} with {vat}");
            contains_all(&facts(&report, Code::ValueDiffers), &["SHIRT-M", gross, vat, "24.00 with VAT 4.00"]);
        }
    }
}

#[test]
fn a_discount_on_the_order_line_counts() {
    let stage = Stage::open();
    stage.sold("EX1", vec![NewLine { unit_discount_percent: d("10"), ..line("SHIRT-M", 1) }]);
    let dear = stage.returned("EX1", [shirt()]);
    assert_eq!(codes(&stage.run(), &dear), ["value-differs"]);
    let right = stage.returned("EX1", [item("SHIRT-M", "21.60", "3.60")]);
    stage.run_on();
    stage.assert_ours(&[(&format!("RMA{right}-1"), "18.00", "3.60")]);
}

#[test]
fn a_price_without_vat_is_understood() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [item("SHIRT-M", "20.00", "4.00").tax_excluded()]);
    stage.run_on();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);

    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [item("SHIRT-M", "24.00", "4.00").tax_excluded()]);
    assert_eq!(codes(&stage.run(), &rma), ["value-differs"]);

    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.rewrite(&rma, "\"taxIncluded\":true,", "");
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["value-unreadable"]);
    contains_all(&facts(&report, Code::ValueUnreadable), &["whether the price includes VAT"]);
    stage.assert_ours(&[]);
}

/// Nothing is posted and the exception says why.
fn refused(order: impl FnOnce(&Stage) -> NewOrder, code: Code, why: &str) {
    let stage = Stage::open();
    let order = order(&stage);
    stage.order(order);
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    stage.assert_ours(&[]);
    assert!(report.released.is_empty());
    assert_eq!(codes(&report, &rma), [code.as_str()]);
    contains_all(&facts(&report, code), &[why]);
}

#[test]
fn orders_with_what_is_not_supported_are_refused() {
    let one = |stage: &Stage| NewOrder::new(stage.shop.web, "EX1", vec![line("SHIRT-M", 1)]);
    refused(
        |stage| NewOrder { are_prices_tax_inclusive: Some(true), ..one(stage) },
        Code::OrderNotSupported,
        "prices that include VAT",
    );
    refused(
        |stage| NewOrder { document_discount_percent: d("5"), ..one(stage) },
        Code::OrderNotSupported,
        "document discount",
    );
    refused(|stage| NewOrder { invoiced: false, ..one(stage) }, Code::OrderNotInvoiced, "0 of 1 are invoiced");
    refused(
        |stage| NewOrder { lines: vec![NewLine { quantity: d("0.5"), ..line("SHIRT-M", 1) }], ..one(stage) },
        Code::OrderNotSupported,
        "whole quantity",
    );
    refused(
        |stage| {
            stage.shop.sage.set_prices_tax_inclusive(true);
            NewOrder { are_prices_tax_inclusive: None, ..one(stage) }
        },
        Code::OrderNotSupported,
        "prices that include VAT",
    );
}

#[test]
fn a_customer_or_a_payment_in_another_currency_is_refused() {
    let mut stage = Stage::open();
    let euro = NewCustomer { currency: "EUR".to_owned(), ..NewCustomer::new("WEBEU", "Web sales, euro") };
    let euro = stage.shop.sage.add_customer(euro).unwrap();
    stage.policy.customers = vec!["WEB01".parse().unwrap(), "WEBEU".parse().unwrap()].into();
    stage.order(NewOrder::new(euro, "EX1", vec![line("SHIRT-M", 1)]));
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["order-not-supported"]);
    contains_all(&facts(&report, Code::OrderNotSupported), &["base currency"]);

    stage.sold("EX2", vec![line("SHIRT-M", 1)]);
    let paid_in_euro = stage.returned("EX2", [shirt().currency("EUR")]);
    let report = stage.run();
    assert_eq!(codes(&report, &paid_in_euro), ["currency-differs"]);
    contains_all(&facts(&report, Code::CurrencyDiffers), &["EUR", "GBP"]);
    stage.assert_ours(&[]);
}

#[test]
fn only_invoiced_units_are_credited() {
    let stage = Stage::open();
    stage.sold("EX1", vec![NewLine { invoiced: Some(d("1")), ..line("SHIRT-M", 2) }]);
    let rma = stage.returned("EX1", [shirts(2)]);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    assert_eq!(codes(&report, &rma), ["order-not-invoiced"]);
}

#[test]
fn two_lines_of_one_sku_are_told_apart_by_price() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1), NewLine { unit_price: d("15.00"), ..line("SHIRT-M", 1) }]);
    let cheap = || item("SHIRT-M", "18.00", "3.00");
    let first = stage.returned("EX1", [cheap()]);
    stage.run_on();
    stage.assert_ours(&[(&format!("RMA{first}-1"), "15.00", "3.00")]);

    // A second cheap one was never sold; the dear one was.
    let again = stage.returned("EX1", [cheap()]);
    assert_eq!(codes(&stage.run(), &again), ["value-differs"]);
    let dear = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!(posted(&report), [format!("RMA{dear}-1")]);
    assert_eq!(net_and_vat(&stage), (d("35.00"), d("7.00")));
    assert_eq!(codes(&report, &again), ["value-differs"], "the cheap one is looked at before the dear one");
    assert_eq!(codes(&stage.run(), &again), ["quantity-exceeded"]);
}

#[test]
fn a_gift_comes_back_with_a_paid_unit() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1), worth("BOOK-KNIT", 1, "0.00", "0.00")]);
    let rma = stage.returned("EX1", [shirt(), item("BOOK-KNIT", "0.00", "0.00")]);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    assert_eq!(report.stock.iter().map(|stock| stock.quantity).sum::<u32>(), 2);
}

#[test]
fn a_gift_alone_is_nothing_to_credit() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1), worth("BOOK-KNIT", 1, "0.00", "0.00")]);
    let rma = stage.returned("EX1", [item("BOOK-KNIT", "0.00", "0.00")]);
    let report = stage.run();
    stage.assert_ours(&[]);
    assert!(report.released.is_empty() && codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    let stock: Vec<_> = report.stock.iter().map(|entry| (entry.reference.as_str(), entry.quantity)).collect();
    assert_eq!(stock, [(format!("RMA{rma}").as_str(), 1)]);
    assert_eq!(report.standings[&Standing::Done], 1);
    assert_eq!(stage.run_until_quiet().exit_code(), 0);
}

#[test]
fn only_agreed_vat_codes_are_credited() {
    let mut stage = Stage::open();
    stage.policy.tax_codes = Some(vec![1]);
    stage.sold("EX1", vec![line("SHIRT-M", 1), line("BOOK-KNIT", 1)]);
    let rma = stage.returned("EX1", [shirt(), book()]);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    assert_eq!(codes(&report, &rma), ["tax-code-unmapped"]);
    contains_all(&facts(&report, Code::TaxCodeUnmapped), &["VAT code 2"]);
    stage.policy.tax_codes = Some(vec![1, 2]);
    let report = stage.run();
    assert_eq!(posted(&report), [format!("RMA{rma}-2")]);
    assert_eq!(common::cleared(&report, &rma), ["tax-code-unmapped"]);
    assert_eq!(net_and_vat(&stage), (d("32.00"), d("4.00")));
}

#[test]
fn vat_that_does_not_follow_its_code_is_refused() {
    // Two pence off the rate of 20%; one penny is rounding.
    for (vat, accepted) in [("4.01", true), ("3.99", true), ("4.02", false), ("3.98", false)] {
        let stage = Stage::open();
        stage.sold("EX1", vec![worth("SHIRT-M", 1, "20.00", vat)]);
        let gross = (d("20.00") + d(vat)).to_string();
        let rma = stage.returned("EX1", [item("SHIRT-M", &gross, vat)]);
        let report = stage.run();
        if accepted {
            stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", vat)]);
        } else {
            stage.assert_ours(&[]);
            assert_eq!(codes(&report, &rma), ["tax-rate-wrong"]);
        }
    }
}

#[test]
fn order_numbers_and_skus_are_matched_as_people_write_them() {
    let mut stage = Stage::open();
    stage.policy.order_prefix = "#".to_owned();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.returned("#EX1", [item(" shirt-m ", "24.00", "4.00")]);
    stage.run_on();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    // The start of another number is another order.
    stage.sold("EX22", vec![line("SHIRT-M", 1)]);
    let other = stage.returned("#EX2", [shirt()]);
    assert_eq!(codes(&stage.run(), &other), ["order-not-found"]);
}

#[test]
fn an_item_without_a_sku_or_not_of_the_order_is_refused() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let nameless = stage.returned("EX1", [shirt().without_sku()]);
    let other = stage.returned("EX1", [item("JUMPER-L", "54.00", "9.00")]);
    let report = stage.run();
    assert_eq!(codes(&report, &nameless), ["sku-unknown"]);
    assert_eq!(codes(&report, &other), ["sku-unknown"]);
    let other = report.exceptions.iter().find(|e| e.finding.rma.as_ref() == Some(&other)).unwrap();
    contains_all(&other.finding.facts, &["JUMPER-L is not on the order"]);
    stage.assert_ours(&[]);
}
