//! Returns of orders that Sage has no more, or never had: valued by the shop's order, on the account that was chosen,
//! with both numbers and the reason.

use crate::common;
use crate::common::{Stage, codes, contains_all, d, exception, facts, item, line, shirt, worth};
use returns_sync::{exception::Code, policy::OrdersNotInSage, run::RunReport};
use sage200_client::sandbox::NewOrder;
use shopify_returns::sandbox::{NewLine as ShopLine, NewOrder as ShopOrder};

/// Credits may stand alone: rates of the shop and codes of Sage are set against each other.
fn with_vat_codes(mut stage: Stage) -> Stage {
    stage.policy.vat_by_rate = vec![(d("20"), 1), (d("0"), 2)];
    stage
}

fn stage() -> Stage {
    with_vat_codes(Stage::online())
}

/// The order as Sage numbers it.
fn sage_number(stage: &Stage, id: i64) -> String {
    stage.shop.sage.document_no(id).unwrap()
}

fn archive(stage: &Stage, id: i64) {
    stage.shop.sage.desktop().archive_order(&sage_number(stage, id)).unwrap();
}

/// The one credit posted, and why it stands alone.
#[track_caller]
fn reason(report: &RunReport) -> String {
    match report.posted.as_slice() {
        [one] => one.standalone.clone().unwrap(),
        more => panic!("{} posted; {:?}", more.len(), report.exceptions),
    }
}

#[test]
fn an_archived_order_is_credited_alone_with_both_numbers() {
    let stage = stage();
    let id = stage.sold("EX1", vec![line("SHIRT-M", 1), line("BOOK-KNIT", 1)]);
    stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1), ("BOOK-KNIT", 1)]).unwrap();
    archive(&stage, id);
    let rma = stage.returned("EX1", [shirt(), common::book()]);
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "32.00", "4.00")]);
    contains_all(&reason(&report), &["archived in Sage", "30 March 2026"]);
    // Whoever looks for either number in Sage finds it.
    let [row] = stage.shop.sage.ledger().try_into().unwrap();
    assert_eq!((row.reference.as_str(), row.customer_reference.as_str()), ("EX1", "WEB01"));
    assert!(row.second_reference.contains(rma.as_str()));
    // The same pennies on the same VAT codes as when it was linked.
    let linked = with_vat_codes(Stage::online());
    linked.sold_online("EX1", &[("SHIRT-M", 1), ("BOOK-KNIT", 1)]);
    linked.returned("EX1", [shirt(), common::book()]);
    linked.run_on();
    let values = |stage: &Stage| stage.ours().into_iter().map(|row| (row.1, row.2)).collect::<Vec<_>>();
    assert_eq!(values(&stage), values(&linked));
}

/// Sold before the day that Sage archived up to, though its own archive run is what we go by.
#[test]
fn an_order_from_after_the_archive_run_is_not_called_archived() {
    let mut stage = stage();
    let id = stage.order(NewOrder {
        document_date: Some("2026-03-10".parse().unwrap()),
        ..NewOrder::new(stage.shop.web, "EX0", vec![line("SHIRT-M", 1)])
    });
    archive(&stage, id);
    stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["order-not-found"]);
    contains_all(&facts(&report, Code::OrderNotFound), &["EX1", "after the last archiving"]);
    stage.assert_ours(&[]);
    // The business may choose otherwise, and the reason says what it was.
    stage.policy.orders_not_in_sage = OrdersNotInSage::Standalone;
    assert_eq!(reason(&stage.run()), "never in Sage");
}

#[test]
fn an_order_never_in_sage_is_held_unless_chosen_otherwise() {
    let mut stage = stage();
    stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    let rma = stage.returned("EX1", [shirt()]);
    assert_eq!(codes(&stage.run(), &rma), ["order-not-found"]);
    stage.assert_ours(&[]);
    stage.policy.orders_not_in_sage = OrdersNotInSage::Standalone;
    let report = stage.run();
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    assert_eq!(reason(&report), "never in Sage");
    assert!(codes(&report, &rma).is_empty());
}

#[test]
fn an_order_that_is_gone_and_was_invoiced_is_credited_with_its_invoice_named() {
    let stage = stage();
    stage.shop.sage.set_invoices_carry_customer_number(true);
    let id =
        stage.order(NewOrder { post_invoice: true, ..NewOrder::new(stage.shop.web, "EX1", vec![line("SHIRT-M", 1)]) });
    stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    let invoice = stage.shop.sage.ledger()[0].urn;
    archive(&stage, id);
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    contains_all(&reason(&report), &["invoiced", &invoice.to_string()]);
}

#[test]
fn an_invoice_on_another_account_is_no_proof_of_ours() {
    let stage = stage();
    stage.shop.sage.set_invoices_carry_customer_number(true);
    let id = stage
        .order(NewOrder { post_invoice: true, ..NewOrder::new(stage.shop.trade, "EX1", vec![line("SHIRT-M", 1)]) });
    archive(&stage, id);
    stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["customer-unmapped"]);
    contains_all(&facts(&report, Code::CustomerUnmapped), &["EX1", "WEB01", "URN"]);
    stage.assert_ours(&[]);
}

/// Sage's own invoice numbers look like the shop's order numbers.
#[test]
fn a_number_that_is_alike_by_chance_is_not_the_order() {
    let stage = stage();
    stage.order(NewOrder { post_invoice: true, ..NewOrder::new(stage.shop.trade, "PO-77", vec![line("SHIRT-M", 1)]) });
    let invoice = stage.shop.sage.ledger()[0].reference.clone();
    let credit = stage.shop.sage.desktop();
    credit.post_credit_note(stage.shop.trade, &invoice, "", d("20.00"), 1, d("4.00")).unwrap();
    stage.sold(&invoice, vec![line("SHIRT-M", 1)]);
    stage.shop.placed_at_list(&invoice, &[("SHIRT-M", 1)]).unwrap();
    let rma = stage.returned(&invoice, [shirt()]);
    let report = stage.run();
    // It is linked, and a trade customer's credit note under that number takes nothing from it.
    assert!(codes(&report, &rma).is_empty(), "{:?}", report.exceptions);
    assert_eq!(report.posted[0].standalone, None);
}

/// One of three came back while the order was in Sage, the others when it was archived: together they are the line.
#[test]
fn what_was_credited_before_the_archive_is_counted() {
    let stage = stage();
    let id = stage.sold("EX1", vec![worth("SOCKS", 3, "8.33", "1.67")]);
    let socks = ShopLine::new("SOCKS", 3, d("5.00")).discount(d("5.00")).tax(d("20"));
    stage.shop.placed("EX1", ShopOrder::new("EX1").line(socks), &["SOCKS"]).unwrap();
    let some = |units| item("SOCKS", "3.33", "0.56").units(units);
    stage.returned("EX1", [some(1)]);
    stage.run_on();
    archive(&stage, id);
    stage.returned("EX1", [some(2)]);
    stage.run_on();
    let sum = stage.ours().iter().fold((d("0"), d("0")), |sum, row| (sum.0 + row.1, sum.1 + row.2));
    assert_eq!((stage.ours().len(), sum), (2, (d("8.33"), d("1.67"))));
    let rma = stage.returned("EX1", [some(1)]);
    assert_eq!(codes(&stage.run(), &rma), ["quantity-exceeded"]);
}

/// Finance credited the archived order before this program came: nothing is paid beyond what was received.
#[test]
fn what_finance_credited_for_an_archived_order_is_counted() {
    let stage = stage();
    let id = stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    archive(&stage, id);
    let desktop = stage.shop.sage.desktop();
    desktop.post_credit_note(stage.shop.web, "CN77", "EX1", d("20.00"), 1, d("4.00")).unwrap();
    let rma = stage.returned("EX1", [shirt()]);
    assert_eq!(codes(&stage.run(), &rma), ["credit-exceeds-paid"]);
    stage.assert_ours(&[]);
}

#[test]
fn a_rate_that_is_not_set_against_a_code_is_held() {
    let mut stage = Stage::online();
    stage.policy.vat_by_rate = vec![(d("0"), 2)];
    let id = stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    archive(&stage, id);
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["tax-code-unmapped"]);
    contains_all(&facts(&report, Code::TaxCodeUnmapped), &["20", "vat_by_rate"]);
    // A code of another rate, or one that Sage does not have, is no better.
    for (number, code) in [(2, "tax-rate-wrong"), (77, "tax-code-unmapped")] {
        stage.policy.vat_by_rate = vec![(d("20"), number)];
        assert_eq!(codes(&stage.run(), &rma), [code], "{number}");
    }
    stage.assert_ours(&[]);
}

#[test]
fn the_account_must_be_named_and_usable() {
    let archived = || {
        let stage = stage();
        let id = stage.sold("EX1", vec![line("SHIRT-M", 1)]);
        stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
        archive(&stage, id);
        let rma = stage.returned("EX1", [shirt()]);
        (stage, rma)
    };
    // Several accounts of ours, and none of them chosen.
    let (mut stage, rma) = archived();
    stage.policy.customers = vec!["WEB01".parse().unwrap(), "TRADE7".parse().unwrap()].into();
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["order-not-found"]);
    contains_all(&facts(&report, Code::OrderNotFound), &["standalone_account"]);
    // One that Sage does not have.
    stage.policy.standalone_account = Some("GONE99".parse().unwrap());
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["customer-unusable"]);
    contains_all(&exception(&report, Code::CustomerUnusable).finding.facts, &["GONE99"]);
    // The right one.
    stage.policy.standalone_account = Some("WEB01".parse().unwrap());
    assert!(codes(&stage.run(), &rma).is_empty());
    assert_eq!(stage.shop.sage.ledger()[0].customer_reference, "WEB01");
    // One that is hidden.
    let (stage, rma) = archived();
    stage.shop.sage.desktop().hide_customer(stage.shop.web).unwrap();
    assert_eq!(codes(&stage.run(), &rma), ["customer-unusable"]);
}

/// Without the shop nobody says what was paid: the order is held as ever.
#[test]
fn without_the_shop_a_gone_order_is_held() {
    let mut stage = Stage::open();
    stage.policy.vat_by_rate = vec![(d("20"), 1)];
    stage.policy.orders_not_in_sage = OrdersNotInSage::Standalone;
    let rma = stage.returned("EX1", [shirt()]);
    assert_eq!(codes(&stage.run(), &rma), ["order-not-found"]);
    stage.assert_ours(&[]);
}

/// Two orders of ours carry the number: which of them was returned is not guessed at.
#[test]
fn several_with_the_same_number_are_held() {
    let stage = stage();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    let rma = stage.returned("EX1", [shirt()]);
    let report = stage.run();
    assert_eq!(codes(&report, &rma), ["order-ambiguous"]);
    stage.assert_ours(&[]);
}

/// The way is the same for a plan, and nothing is written.
#[test]
fn a_plan_names_the_reason_too() {
    let stage = stage();
    let id = stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    stage.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    archive(&stage, id);
    stage.returned("EX1", [shirt()]);
    let report = stage.plan();
    assert!(report.planned[0].standalone.as_ref().unwrap().contains("archived"));
    assert!(stage.entries().is_empty());
    stage.assert_ours(&[]);
}
