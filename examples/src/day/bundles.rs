//! Bundles: how they were sold, and what comes back of them.

use super::{Day, item, orders::Sale, orders::worth};
use crate::shop::{Oops, Shop, pounds};
use returngo_client::sandbox::{NewItem, NewRma, Verdict};
use returns_wire::JsonDecimal;
use rust_decimal::Decimal;
use sage200_client::sandbox::NewLine;
use shopify_returns::{Component, RecipeTable, sandbox::NewLine as ShopLine};

/// A component, how many of it one bundle has, and what so many cost by themselves.
type Part = (&'static str, u32, &'static str);

/// What the shop's bundles are made of.
const BUNDLES: [(&str, &[Part]); 2] = [
    ("GIFT-SET", &[("MUG-BLUE", 1, "10.00"), ("SOCKS", 2, "10.00")]),
    ("WINTER-SET", &[("JUMPER-L", 1, "54.00"), ("BOOK-KNIT", 1, "12.00")]),
];

/// The bundles, as the settings have them in `policy.bundles`.
pub(super) fn table() -> Result<RecipeTable, Oops> {
    let component = |(sku, quantity, weight): &Part| Component {
        sku: (*sku).to_owned(),
        quantity: *quantity,
        weight: Some(JsonDecimal(pounds(weight))),
    };
    let bundles = BUNDLES.iter().map(|(sku, of)| ((*sku).to_owned(), of.iter().map(component).collect()));
    Ok(RecipeTable::new(bundles)?)
}

/// A bundle on one line of the shop's order, and the lines that Sage has for it.
fn sale(shop: &Shop, number: &str, line: ShopLine, code: &str, in_sage: Vec<NewLine>) -> Result<Sale, Oops> {
    let mut sale = Sale::at_list(shop, number, &[])?;
    sale.in_shop = sale.in_shop.line(line);
    sale.codes = vec![code.to_owned()];
    sale.in_sage.lines = in_sage;
    Ok(sale)
}

fn gift_set(quantity: u32, price: &str) -> ShopLine {
    ShopLine::new("GIFT-SET", quantity, pounds(price)).tax(Decimal::from(20))
}

/// Sells what is taken apart later.
pub(super) fn sell(shop: &Shop) -> Result<(), Oops> {
    let parts =
        || -> Result<_, Oops> { Ok(vec![worth("MUG-BLUE", 1, "7.50", "1.50")?, worth("SOCKS", 2, "7.50", "1.50")?]) };
    sale(shop, "EX1071", gift_set(1, "18.00"), "GIFT-SET", parts()?)?.both(shop)?;
    // Here the importer wrote the set itself into Sage; 17.99 has no half in pence.
    shop.sage.add_product("GIFT-SET", "Gift set", true)?;
    let one = NewLine { total: Some(pounds("14.99")), tax: Some(pounds("3.00")), ..in_sage("GIFT-SET", "14.99") };
    sale(shop, "EX1072", gift_set(1, "17.99"), "GIFT-SET", vec![one])?.both(shop)?;
    let winter = ShopLine::new("WINTER-SET", 1, pounds("59.40")).tax(Decimal::from(20)).tax_amount(pounds("8.10"));
    let two_rates = vec![worth("JUMPER-L", 1, "40.50", "8.10")?, worth("BOOK-KNIT", 1, "10.80", "0.00")?];
    sale(shop, "EX1073", winter, "WINTER-SET", two_rates)?.both(shop)?;
    // Shopify has taken this one apart itself.
    let mug = ShopLine::new("MUG-BLUE", 1, pounds("9.00")).tax(Decimal::from(20)).of_bundle("GIFT-SET", 1);
    let mut expanded = sale(shop, "EX1074", mug, "MUG-BLUE", parts()?)?;
    let socks = ShopLine::new("SOCKS", 2, pounds("4.50")).tax(Decimal::from(20)).of_bundle("GIFT-SET", 1);
    expanded.in_shop = expanded.in_shop.line(socks);
    expanded.codes.push("SOCKS".to_owned());
    expanded.both(shop)?;
    let old = sale(shop, "EX1075", gift_set(1, "18.00"), "GIFT-SET", parts()?)?.earlier()?;
    let document = shop.sage.document_no(old.both(shop)?).ok_or("an order just entered has no number")?;
    shop.sage.desktop().archive_order(&document)?;
    // A bundle by its variant, of more parts than Shopify tells at once.
    let many: Vec<String> = (1..=101).map(|n| format!("SURPRISE-{n}")).collect();
    let many: Vec<_> = many.iter().map(|sku| (sku.as_str(), 1, Decimal::ONE)).collect();
    shop.shopify.define_bundle("MYSTERY-BOX", &many);
    let mystery = ShopLine::new("MYSTERY-BOX", 1, pounds("24.00")).tax(Decimal::from(20));
    sale(shop, "EX1076", mystery, "MYSTERY-BOX", vec![Shop::line("SHIRT-M", 1)?])?.both(shop)?;
    let four = vec![worth("MUG-BLUE", 2, "15.00", "3.00")?, worth("SOCKS", 4, "15.00", "3.00")?];
    sale(shop, "EX1077", gift_set(2, "18.00"), "GIFT-SET", four)?.both(shop)?;
    Ok(())
}

fn in_sage(code: &str, net: &str) -> NewLine {
    NewLine::item(code, Decimal::ONE, pounds(net), 1)
}

impl Day {
    /// A piece of a bundle, as ReturnGO lists it: under its own code, on the line of the bundle.
    fn piece(&self, number: &str, bundle: &str, sku: &str, price: &str, vat: &str) -> Result<NewItem, Oops> {
        Ok(item(sku, price, vat).line_id(&self.line(number, bundle)?.to_string()))
    }

    pub(super) fn ask_for_bundles(&mut self) -> Result<(), Oops> {
        let refund = |number: u32| NewRma::refund(&format!("EX{number}"));
        let set = || item("GIFT-SET", "18.00", "3.00");
        self.approve("bundle-whole", refund(1071).line(set()))?;
        let mug = self.piece("EX1072", "GIFT-SET", "MUG-BLUE", "9.00", "1.50")?;
        self.approve("bundle-piece", refund(1072).line(mug))?;
        let socks = self.piece("EX1072", "GIFT-SET", "SOCKS", "4.50", "0.75")?;
        self.approve("bundle-rest", refund(1072).line(socks.units(2)))?;
        self.approve("bundle-two-rates", refund(1073).line(item("WINTER-SET", "59.40", "8.10")))?;
        self.approve("bundle-of-shopify", refund(1074).line(item("SOCKS", "4.50", "0.75")))?;
        self.approve("bundle-archived", refund(1075).line(set()))?;
        self.approve("bundle-unknown", refund(1076).line(item("MYSTERY-BOX", "24.00", "4.00")))?;
        self.approve("bundle-damaged", refund(1077).line(set()))
    }

    pub(super) fn receive_bundles(&self) -> Result<(), Oops> {
        self.receive(&["bundle-whole", "bundle-piece", "bundle-two-rates", "bundle-of-shopify", "bundle-archived"])?;
        self.receive(&["bundle-unknown"])?;
        self.shop.inspected(self.rma("bundle-damaged")?, &[Some(Verdict::Returned { restockable: false })])?;
        Ok(())
    }
}
