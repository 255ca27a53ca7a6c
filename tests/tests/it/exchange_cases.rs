//! The worked cases of `exchange_cases.md`, each carried through on the sandboxes: sold, returned, credited, released,
//! entered in Sage, despatched and invoiced.

use crate::common::{Stage, codes, d, item, minutes, worth};
use returngo_client::sandbox::NewRma;
use returns_examples::Shop;
use returns_sync::policy::{CheaperExchange, ExchangeSite, ShippingIn, ShippingNames};
use returns_tests::run_to_end;
use rust_decimal::Decimal;
use sage200_client::{
    LineType, Query, SalesOrder,
    sandbox::{NewLine, SageSandbox},
};
use shopify_returns::sandbox::{NewAddress, NewLine as ShopLine, NewOrder as ShopOrder, NewShipping};

const CASES: &str = include_str!("exchange_cases.md");

struct Returned<'c> {
    sku: &'c str,
    net: &'c str,
    vat: &'c str,
    rate: i16,
}

struct New<'c> {
    quantity: u32,
    sku: &'c str,
    price: &'c str,
    rate: Decimal,
}

/// `SHIRT-M 20.00 + 4.00 at 20%`.
fn returned(text: &str) -> Returned<'_> {
    let (sku, rest) = text.split_once(' ').unwrap();
    let (net, rest) = rest.split_once(" + ").unwrap();
    let (vat, rate) = rest.split_once(" at ").unwrap();
    Returned { sku, net, vat, rate: rate.trim_end_matches('%').parse().unwrap() }
}

/// `1 x JUMPER-L at 54.00, 20%`.
fn new(text: &str) -> New<'_> {
    let (quantity, rest) = text.split_once(" x ").unwrap();
    let (sku, rest) = rest.split_once(" at ").unwrap();
    let (price, rate) = rest.split_once(", ").unwrap();
    New { quantity: quantity.parse().unwrap(), sku, price, rate: d(rate.trim_end_matches('%')) }
}

fn stage(with_vat: bool, keeps: bool) -> Stage {
    let mut stage = Stage::online();
    let sage: &SageSandbox = &stage.shop.sage;
    sage.add_tax_code(3, "Reduced rate", d("5")).unwrap();
    sage.add_product("HEATER", "Heater", true).unwrap();
    sage.add_product("CARD", "Card", true).unwrap();
    sage.set_prices_tax_inclusive(with_vat);
    sage.add_additional_charge("CARRIAGE", "Carriage", Decimal::ZERO).unwrap();
    stage.shop.take_exchanges().unwrap();
    for code in ["HEATER", "CARD"] {
        sage.set_stock(code, "HOME", Decimal::TEN).unwrap();
    }
    stage.policy = Shop::with_exchanges(stage.policy).unwrap();
    stage.policy.vat_by_rate.push((d("5"), 3));
    let shipping = ShippingNames::new(ShippingIn::Charge, "CARRIAGE", vec![]).unwrap();
    let site: &mut ExchangeSite = stage.policy.exchange_site.as_mut().unwrap();
    site.shipping = Some(shipping);
    stage.policy.cheaper_exchange = if keeps { CheaperExchange::Kept } else { CheaperExchange::Refunded };
    stage
}

fn code_of_rate(rate: i16) -> i16 {
    match rate {
        20 => 1,
        5 => 3,
        _ => 2,
    }
}

fn play(row: &str) {
    let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
    let [_, name, prices, back, out, paid, shipping, refunded, lines, order, left, _] = cells.try_into().unwrap();
    let back: Vec<_> = back.split("; ").map(returned).collect();
    let out: Vec<_> = out.split("; ").map(new).collect();
    let stage = stage(prices == "with VAT", name.contains("keeps"));
    // Sold: what is alike on one line, in the shop and in Sage.
    let gross = |unit: &Returned<'_>| d(unit.net) + d(unit.vat);
    let (mut sold, mut in_sage, mut skus) = (ShopOrder::new("EX1"), Vec::new(), Vec::new());
    for unit in &back {
        let count = back.iter().filter(|other| other.sku == unit.sku).count();
        if skus.contains(&unit.sku) {
            continue;
        }
        skus.push(unit.sku);
        let (count, pieces) = (u32::try_from(count).unwrap(), Decimal::from(count));
        let vat = d(unit.vat) * pieces;
        sold = sold.line(ShopLine::new(unit.sku, count, gross(unit)).tax(unit.rate.into()).tax_amount(vat));
        let (net, vat) = ((d(unit.net) * pieces).to_string(), vat.to_string());
        let line = if unit.sku == "BOOK-KNIT" || unit.rate == 20 {
            worth(unit.sku, count, &net, &vat)
        } else {
            NewLine::item(unit.sku, pieces, d(unit.net), code_of_rate(unit.rate))
        };
        in_sage.push(line);
    }
    stage.shop.placed("EX1", sold, &skus).unwrap();
    stage.sold("EX1", in_sage);
    let mut rma = NewRma::exchange("EX1");
    for unit in &back {
        rma = rma.line(item(unit.sku, &gross(unit).to_string(), unit.vat).exchange_for(out[0].sku));
    }
    let rma = stage.shop.approved(rma).unwrap();
    stage.shop.received(&rma).unwrap();
    stage.run_on();
    assert_eq!(stage.ours().len(), 1, "{name}: credited");
    if d(refunded) > Decimal::ZERO {
        stage.shop.refunded(&rma, d(refunded)).unwrap();
    }
    // Released: what the customer pays for goods is left of the discount of the first lines.
    let home = NewAddress::new("A Customer", "1 Example Street", "Exampleton", "EX1 1EX");
    let mut exchange = ShopOrder::new("EX9").unfulfilled().ship_to(home);
    let mut to_pay = d(paid) - d(shipping);
    for goods in &out {
        let price = d(goods.price) * Decimal::from(goods.quantity);
        let part = to_pay.min(price);
        to_pay -= part;
        let line = ShopLine::new(goods.sku, goods.quantity, d(goods.price)).tax(goods.rate).discount(price - part);
        exchange = exchange.line(line);
    }
    if d(shipping) > Decimal::ZERO {
        exchange = exchange.shipping(NewShipping::new("Standard", d(shipping)).tax(d("20")));
    }
    stage.shop.released(&rma, "EX9", exchange).unwrap();
    stage.shop.wait(minutes(10));
    let report = stage.run();
    assert!(codes(&report, &rma).is_empty(), "{name}: {:?}", report.exceptions);
    let [entered] = report.exchanges.as_slice() else { panic!("{name}: {:?}", report.waiting) };
    assert_eq!((entered.paid.amount(), entered.refunded.amount()), (d(paid), d(refunded)), "{name}");
    assert_eq!((entered.gross.unwrap().amount(), -entered.rounding.unwrap().amount()), (d(order), d(left)), "{name}");
    // As Sage has reckoned.
    let mut all: Vec<SalesOrder> = run_to_end(stage.systems.sage.read(Query::new())).unwrap();
    all.retain(|order| order.customer_document_no.as_deref() == Some("EX9"));
    let [made] = all.try_into().unwrap();
    assert_eq!(made.total_gross_value.unwrap().get(), d(order), "{name}");
    let shown = |line: &sage200_client::SalesOrderLine| {
        let (total, vat) = (line.line_total_value.unwrap().get(), line.line_tax_value.unwrap().get());
        let net = if prices == "with VAT" { total - vat } else { total };
        let what = if line.line_type == Some(LineType::Charge) { "shipping" } else { line.code.as_deref().unwrap() };
        format!("{what} {net:.2} + {vat:.2}")
    };
    let made_lines = made.lines.unwrap();
    let free = |line: &&sage200_client::SalesOrderLine| {
        line.line_type != Some(LineType::Charge) || !line.line_total_value.unwrap().get().is_zero()
    };
    let made_of: Vec<_> = made_lines.iter().filter(free).map(shown).collect();
    assert_eq!(made_of.join("; "), lines, "{name}");
    // Sent and invoiced, nothing stays on the account but what the row says.
    let pieces: Vec<_> = out.iter().map(|goods| goods.quantity).collect();
    let document = stage.shop.despatched("EX9", &pieces).unwrap();
    stage.shop.sage.desktop().invoice_order(&document).unwrap();
    let account: Decimal = stage.shop.sage.ledger().iter().map(|row| row.gross).sum();
    assert_eq!(account - d(paid) + d(refunded), d(left), "{name}");
    stage.shop.returngo.mark_done(&rma).unwrap();
    let report = stage.run_until_quiet();
    assert!(codes(&report, &rma).is_empty(), "{name}: {:?}", report.exceptions);
}

#[test]
fn every_worked_case_comes_to_what_it_says() {
    let rows: Vec<_> = CASES.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |")).collect();
    assert!(rows.len() >= 25, "{} cases", rows.len());
    rows.into_iter().for_each(play);
}
