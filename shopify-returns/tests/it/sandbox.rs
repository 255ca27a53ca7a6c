//! The client against the sandbox, and the sandbox's own quirks, each by its name.

use chrono::TimeDelta;
use returns_wire::{Clock, Delivery, ErrorKind, ManualClock, Secret, sandbox::in_process};
use rust_decimal::Decimal;
use shopify_returns::{
    documents,
    sandbox::{
        Fault, How, MoneyOutcome, NewAddress, NewLine, NewOrder, NewShipping, Restock, SandboxApp, ShopifySandbox,
    },
    *,
};
use std::{
    collections::BTreeSet,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

const SHOP: &str = "sample.myshopify.com";

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn pounds(text: &str) -> Money {
    Money::new(d(text), Currency::GBP).unwrap()
}

/// Drives a future with no runtime at all: the sandbox needs none.
fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

struct Stage {
    clock: ManualClock,
    sandbox: ShopifySandbox,
    shop: Shopify,
}

impl Stage {
    fn open() -> Self {
        let clock = ManualClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let sandbox = ShopifySandbox::new(Arc::new(clock.clone())).with_shop(SHOP, "token");
        let shop = Shopify::builder()
            .shop(SHOP)
            .token(AccessToken::Static(Secret::new("token")))
            .transport(in_process(sandbox.router()))
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        Self { clock, sandbox, shop }
    }

    fn order(&self, name: &str) -> (OrderId, Vec<LineItemId>) {
        let order = NewOrder::new(name)
            .line(NewLine::new("SHIRT-M", 3, d("24.00")).discount(d("2.00")).tax(d("20")))
            .line(NewLine::new("BOOK-KNIT", 1, d("12.00")).tax(d("0")))
            .shipping(NewShipping::new("Standard", d("3.95")).tax(d("20")));
        let id = self.sandbox.add_order(order).unwrap();
        (id, self.sandbox.line_ids(id))
    }

    fn refunds(&self, order: OrderId) -> OrderRefunds {
        run(self.shop.order_refunds(order)).unwrap().unwrap()
    }

    fn wait(&self, time: TimeDelta) {
        self.clock.advance(time.to_std().unwrap());
    }

    fn draft(&self, order: OrderId, line: LineItemId, units: u32, amount: &str) -> RefundDraft {
        let suggested = run(self.shop.suggested_refund(order, &[(line, units)])).unwrap();
        let part = &suggested.transactions[0];
        let payment =
            Payment { parent: part.parent.unwrap(), gateway: part.gateway.clone().unwrap(), amount: pounds(amount) };
        RefundDraft::new(order, vec![(line, units)], vec![payment], "returns-sync RMA 1/1.").unwrap()
    }
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text).unwrap()
}

#[test]
fn every_document_is_executed_and_read() {
    let stage = Stage::open();
    let (id, lines) = stage.order("EX1001");
    stage.sandbox.define_bundle("BOOK-KNIT", &[("PATTERN", 1, d("12.00"))]);
    let order = run(stage.shop.order(id)).unwrap().unwrap();
    assert_eq!((order.name.as_str(), order.lines.items.len(), order.received.shop), ("EX1001", 2, pounds("85.95")));
    let shirt = order.line(lines[0]).unwrap().value(order.taxes_included).unwrap();
    assert_eq!((shirt.net, shirt.tax, shirt.rate), (pounds("58.33"), pounds("11.67"), Some(d("20"))));
    assert!(matches!(&run(stage.shop.orders_named(&["EX1001", "EX9"])).unwrap()["EX1001"], Found::One(_)));
    assert_eq!(run(stage.shop.shipping_address(id)).unwrap(), None);
    let address = NewAddress::new("A Customer", "1 Example Street", "Exampleton", "EX1 1EX");
    stage.sandbox.staff().ship_to(id, address).unwrap();
    let address = run(stage.shop.shipping_address(id)).unwrap().unwrap();
    assert_eq!((address.city.as_deref(), address.zip.as_deref()), (Some("Exampleton"), Some("EX1 1EX")));
    let check = run(stage.shop.check()).unwrap();
    assert!(check.missing().is_empty() && check.app.is_some(), "{check:?}");

    let draft = stage.draft(id, lines[0], 1, "23.33");
    let made = run(stage.shop.create_refund(&draft, &key("k1"))).unwrap();
    let read = stage.refunds(id);
    assert_eq!(read.refunds, [made]);
    assert_eq!(read.refunds[0].moved().unwrap().paid, pounds("23.33"));
    assert_eq!(read.refunds[0].balance(true).unwrap(), Balance::Balanced);
    assert_eq!(read.agreement(read.refunds[0].id).unwrap().app.as_ref().unwrap().id, AppId::new(9001));

    let mut pages = stage.shop.changed_since(stage.clock.now() - TimeDelta::hours(1), Duration::from_secs(60));
    let page = run(pages.next_page()).unwrap().unwrap();
    assert_eq!((page.orders.len(), page.orders[0].refunds.len()), (1, 1));

    stage.sandbox.payout_run();
    let payouts = run(stage.shop.refund_payouts(stage.clock.now() - TimeDelta::hours(1))).unwrap();
    let row = &payouts[&read.refunds[0].transactions.items[0].id];
    assert_eq!((row.net, row.payout.is_some()), (pounds("-23.33"), true));

    // Every document that exists was carried out, but those for the second page of something.
    let asked: BTreeSet<_> = stage.sandbox.request_log().into_iter().map(|request| request.operation).collect();
    let next_pages = [
        "OrderLines",
        "OrderShipping",
        "OrderAgreements",
        "RefundLines",
        "RefundShipping",
        "RefundAdjustments",
        "RefundTransactions",
    ];
    for document in documents::ALL {
        assert!(asked.contains(document.name) || next_pages.contains(&document.name), "{}", document.name);
    }
}

#[test]
fn long_orders_and_refunds_are_read_to_their_end() {
    let stage = Stage::open();
    let mut order = NewOrder::new("EX1001");
    for n in 0..120 {
        order = order.line(NewLine::new(&format!("SKU-{n}"), 1, d("1.00")).tax(d("20")));
    }
    for n in 0..12 {
        order = order.shipping(NewShipping::new(&format!("Parcel {n}"), d("1.00")));
    }
    let id = stage.sandbox.add_order(order).unwrap();
    let lines: Vec<_> = stage.sandbox.line_ids(id).into_iter().map(|line| (line, 1)).collect();
    let order = run(stage.shop.order(id)).unwrap().unwrap();
    assert_eq!((order.lines.items.len(), order.shipping_lines.items.len()), (120, 12));
    assert_eq!(order.lines.completeness(), Completeness::Complete);
    stage.sandbox.staff().refund(id, &lines, Restock::No).unwrap();
    let read = stage.refunds(id);
    assert_eq!(read.refunds[0].lines.items.len(), 120);
    assert_eq!(read.refunds[0].balance(true).unwrap(), Balance::Balanced);
}

#[test]
fn partial_refunds_of_a_line_add_up_to_it() {
    let stage = Stage::open();
    let (id, lines) = stage.order("EX1001");
    for _ in 0..3 {
        stage.sandbox.staff().refund(id, &[(lines[0], 1)], Restock::Return).unwrap();
    }
    let amounts: Vec<_> = stage.refunds(id).refunds.iter().map(|r| r.moved().unwrap().paid.amount()).collect();
    assert_eq!(amounts, [d("23.33"), d("23.34"), d("23.33")]);
    let fourth = stage.sandbox.staff().refund(id, &[(lines[0], 1)], Restock::Return);
    assert!(fourth.unwrap_err().to_string().contains("more items than were purchased"));
}

#[test]
fn the_same_key_makes_one_refund_and_is_forgotten_after_a_day() {
    let stage = Stage::open();
    let (id, lines) = stage.order("EX1001");
    let draft = stage.draft(id, lines[0], 1, "23.33");
    for _ in 0..3 {
        run(stage.shop.create_refund(&draft, &key("k1"))).unwrap();
    }
    assert_eq!(stage.sandbox.refunds().len(), 1);
    // The same key for something else is refused, and does nothing.
    let other = stage.draft(id, lines[0], 1, "20.00");
    let error = run(stage.shop.create_refund(&other, &key("k1"))).unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Invalid, Delivery::Rejected), "{error}");
    assert_eq!(stage.sandbox.refunds().len(), 1);
    stage.wait(TimeDelta::hours(25));
    run(stage.shop.create_refund(&draft, &key("k1"))).unwrap();
    assert_eq!(stage.sandbox.refunds().len(), 2, "the key is forgotten: whoever waits that long reads the order first");
}

#[test]
fn a_refund_whose_answer_is_lost_is_made_once() {
    for how in [How::ActThenStatus(504), How::ActThenLoseBody, How::ActThenGraphqlError("INTERNAL_SERVER_ERROR".into())]
    {
        let stage = Stage::open();
        let (id, lines) = stage.order("EX1001");
        let draft = stage.draft(id, lines[0], 1, "23.33");
        stage.sandbox.fail_next(Fault::on("RefundCreate", how.clone()));
        let made = run(stage.shop.create_refund(&draft, &key("k1")));
        assert!(made.as_ref().map_or_else(|e| e.delivery() == Delivery::Unknown, |_| true), "{how:?}: {made:?}");
        assert_eq!(stage.sandbox.refunds().len(), 1, "{how:?}");
    }
}

#[test]
fn a_refund_that_breaks_a_rule_does_nothing() {
    let stage = Stage::open();
    let (id, lines) = stage.order("EX1001");
    let good = stage.draft(id, lines[0], 1, "23.33");
    let with = |lines: Vec<(LineItemId, u32)>, amount: &str, gateway: &str| {
        let parent = good.payments()[0].parent;
        let payment = Payment { parent, gateway: gateway.to_owned(), amount: pounds(amount) };
        RefundDraft::new(id, lines, vec![payment], "note").unwrap()
    };
    for (number, (draft, says)) in [
        (with(vec![(lines[0], 4)], "23.33", "shopify_payments"), "more items"),
        (with(vec![(LineItemId::new(5), 1)], "23.33", "shopify_payments"), "does not exist"),
        (with(vec![(lines[0], 1)], "85.96", "shopify_payments"), "greater than"),
        (with(vec![(lines[0], 1)], "23.33", "cash"), "gateway"),
    ]
    .into_iter()
    .enumerate()
    {
        let key = key(&format!("k{number}"));
        let error = run(stage.shop.create_refund(&draft, &key)).unwrap_err();
        assert_eq!(error.delivery(), Delivery::Rejected);
        assert!(error.to_string().contains(says), "{error}");
        let again = run(stage.shop.create_refund(&draft, &key)).unwrap_err();
        assert!(again.to_string().contains("the key is spent"), "{again}");
    }
    assert!(stage.sandbox.refunds().is_empty());
}

#[test]
fn gift_cards_are_paid_back_first() {
    let stage = Stage::open();
    let order =
        NewOrder::new("EX1").line(NewLine::new("SHIRT-M", 2, d("24.00")).tax(d("20"))).split_payment(d("10.00"));
    let id = stage.sandbox.add_order(order).unwrap();
    let line = stage.sandbox.line_ids(id)[0];
    let suggested = run(stage.shop.suggested_refund(id, &[(line, 1)])).unwrap();
    let parts: Vec<_> = suggested.transactions.iter().map(|t| (t.gateway.as_deref().unwrap(), t.amount.shop)).collect();
    assert_eq!(parts, [("gift_card", pounds("10.00")), ("shopify_payments", pounds("14.00"))]);
}

#[test]
fn money_that_is_slow_is_pending_and_then_paid_or_refused() {
    let stage = Stage::open();
    let (id, lines) = stage.order("EX1");
    stage.sandbox.money_is_slow(true);
    let first = stage.sandbox.staff().refund(id, &[(lines[0], 1)], Restock::No).unwrap();
    let second = stage.sandbox.staff().refund(id, &[(lines[0], 1)], Restock::No).unwrap();
    assert_eq!(stage.refunds(id).refunded.shop, pounds("0"), "Shopify's sum leaves out what is under way");
    stage.sandbox.settle(first, MoneyOutcome::Paid).unwrap();
    stage.sandbox.settle(second, MoneyOutcome::Refused).unwrap();
    let moved: Vec<_> = stage.refunds(id).refunds.iter().map(|r| r.moved().unwrap()).collect();
    assert_eq!((moved[0].paid, moved[1].failed, moved[1].paid), (pounds("23.33"), pounds("23.34"), pounds("0")));
    assert!(stage.sandbox.settle(first, MoneyOutcome::Paid).is_err(), "it is over");
}

#[test]
fn every_act_of_staff_is_what_it_looks_like() {
    let stage = Stage::open();
    let staff = stage.sandbox.staff();
    let (portal, ours) = (BTreeSet::new(), BTreeSet::new());
    let known = Known {
        portal_refunds: &portal,
        portal_apps: &[AppId::new(7_777_001)],
        our_refunds: &ours,
        our_marker: "returns-sync RMA ",
        our_app: Some(AppId::new(9001)),
        portal_units: &[],
        native_returns_shown: true,
    };
    let judge = |id: OrderId| {
        let read = stage.refunds(id);
        let last = read.refunds.last().unwrap();
        let verdict = classify(&read, last, &known).unwrap();
        (verdict.origin, verdict.kind)
    };
    use {RefundKind as K, RefundOrigin as O};
    let (id, lines) = stage.order("EX1");
    staff.refund(id, &[(lines[0], 1)], Restock::No).unwrap();
    assert_eq!(judge(id), (O::Direct, K::Partial));
    staff.refund_amount(id, d("5.00")).unwrap();
    assert_eq!(judge(id), (O::Direct, K::AmountOnly));
    staff.refund_shipping(id).unwrap();
    assert_eq!(judge(id), (O::Direct, K::ShippingOnly));
    staff.restock_only(id, &[(lines[1], 1)]).unwrap();
    assert_eq!(judge(id), (O::Direct, K::RestockOnly));
    staff.record_without_money(id).unwrap();
    assert_eq!(judge(id), (O::Direct, K::NoMoney));
    staff.over_refund(id, &[(lines[0], 2)], d("80.00")).unwrap();
    assert_eq!(judge(id), (O::DoublePayment, K::Partial));

    let (id, lines) = stage.order("EX2");
    staff.remove_line(id, lines[1], 1).unwrap();
    assert_eq!(judge(id), (O::Direct, K::Edit));
    stage.wait(TimeDelta::minutes(5));
    staff.native_return_refund(id, &[(lines[0], 1)]).unwrap();
    assert_eq!(judge(id), (O::Direct, K::Partial));
    let app = SandboxApp::returngo();
    stage.sandbox.app_refund(app, id, &[(lines[0], 1)], Some(d("20.00"))).unwrap();
    assert_eq!(judge(id), (O::ReturnGo, K::Partial));
    stage.sandbox.unattributed_refund(id, &[(lines[0], 1)]).unwrap();
    assert_eq!(judge(id), (O::Unattributed, K::Partial));

    let (id, lines) = stage.order("EX3");
    staff.refund_typed(id, &lines.iter().map(|line| (*line, 1)).collect::<Vec<_>>(), d("40.00")).unwrap();
    let read = stage.refunds(id);
    assert_eq!(read.refunds[0].balance(true).unwrap(), Balance::Balanced, "an adjustment explains what was typed in");
    assert_eq!(read.refunds[0].adjustments.items[0].amount.shop, pounds("-4.67"), "more to the customer is negative");

    let (id, _) = stage.order("EX4");
    staff.cancel(id, true).unwrap();
    assert_eq!(judge(id), (O::Direct, K::Cancellation));
}

#[test]
fn without_read_all_orders_old_orders_do_not_exist() {
    let stage = Stage::open();
    let (id, _) = stage.order("EX1");
    stage.sandbox.set_scopes(&["read_orders", "write_orders", "read_returns"]);
    stage.wait(TimeDelta::days(61));
    assert_eq!(run(stage.shop.order(id)).unwrap(), None);
    assert!(matches!(run(stage.shop.orders_named(&["EX1"])).unwrap()["EX1"], Found::None));
    let missing = run(stage.shop.check()).unwrap().missing();
    let scopes: Vec<_> = missing.iter().map(|missing| missing.scope).collect();
    assert!(scopes.contains(&"read_all_orders") && scopes.contains(&"read_shopify_payments_payouts"), "{scopes:?}");
    assert!(!scopes.contains(&"read_orders"));
}

#[test]
fn without_read_returns_only_the_return_is_missing() {
    let stage = Stage::open();
    let (id, lines) = stage.order("EX1");
    stage.sandbox.staff().native_return_refund(id, &[(lines[0], 1)]).unwrap();
    assert!(stage.refunds(id).refunds[0].native_return.is_some());
    stage.sandbox.set_scopes(&["read_orders", "read_all_orders"]);
    let read = stage.refunds(id);
    assert_eq!((read.refunds.len(), read.refunds[0].native_return.is_some()), (1, false));
    let draft = stage.draft(id, lines[0], 1, "20.00");
    let error = run(stage.shop.create_refund(&draft, &key("k"))).unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Forbidden, Delivery::Rejected), "{error}");
    assert!(error.to_string().contains("write_orders"), "{error}");
    stage.sandbox.set_scopes(&[]);
    assert!(run(stage.shop.order_refunds(id)).unwrap_err().to_string().contains("read_orders"));
}

#[test]
fn the_index_is_behind_and_an_order_by_its_id_is_not() {
    let stage = Stage::open();
    stage.sandbox.set_index_lag(Duration::from_secs(600));
    let (id, _) = stage.order("EX1");
    let changed = || {
        let mut pages = stage.shop.changed_since("2026-03-02T08:00:00Z".parse().unwrap(), Duration::from_secs(60));
        run(pages.next_page()).unwrap().map_or(0, |page| page.orders.len())
    };
    assert_eq!(changed(), 0);
    assert!(run(stage.shop.order(id)).unwrap().is_some());
    stage.wait(TimeDelta::minutes(11));
    assert_eq!(changed(), 1);
}

#[test]
fn names_are_not_unique_and_a_search_finds_longer_ones() {
    let stage = Stage::open();
    stage.order("#1001");
    stage.order("#1001-A");
    stage.order("#1002");
    stage.order("#1002");
    let found = run(stage.shop.orders_named(&["#1001", "#1002", "#1003"])).unwrap();
    assert!(matches!(found["#1001"], Found::One(_)));
    assert!(matches!(&found["#1002"], Found::Many(many) if many.len() == 2));
    assert!(matches!(found["#1003"], Found::None));
}

#[test]
fn throttling_inside_a_200_is_waited_for() {
    let stage = Stage::open();
    let (id, _) = stage.order("EX1");
    stage.sandbox.fail_next(Fault::on("OrderById", How::Throttle));
    let before = stage.clock.now();
    assert!(run(stage.shop.order(id)).unwrap().is_some());
    assert!(stage.clock.now() - before >= TimeDelta::seconds(1));
    // A bucket that is too small for the work is waited for too.
    stage.sandbox.set_bucket(60, 10);
    for _ in 0..5 {
        assert!(run(stage.shop.order(id)).unwrap().is_some());
    }
}

#[test]
fn another_version_is_told() {
    let stage = Stage::open();
    let (id, _) = stage.order("EX1");
    stage.sandbox.set_version_served("2027-01");
    let error = run(stage.shop.order(id)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("2027-01") && error.to_string().contains(documents::API_VERSION), "{error}");
}

#[test]
fn a_wrong_token_is_told() {
    let stage = Stage::open();
    let shop = Shopify::builder()
        .shop(SHOP)
        .token(AccessToken::Static(Secret::new("another")))
        .transport(in_process(stage.sandbox.router()))
        .clock(Arc::new(stage.clock.clone()))
        .build()
        .unwrap();
    let error = run(shop.order(OrderId::new(1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(!error.to_string().contains("another"), "{error}");
}

#[test]
fn a_shop_without_shopify_payments_has_no_payouts() {
    let stage = Stage::open();
    stage.sandbox.set_shopify_payments(false);
    assert!(run(stage.shop.refund_payouts(stage.clock.now())).unwrap().is_empty());
}

#[test]
fn bundles_are_lines_of_their_own_or_one_line_with_components() {
    let stage = Stage::open();
    let (mug, tea) = ("18.00", "6.00");
    stage.sandbox.define_bundle("GIFT-SET", &[("MUG", 1, d(mug)), ("TEA", 2, d(tea))]);
    let order = NewOrder::new("EX1")
        .line(NewLine::new("MUG", 2, d("14.40")).tax(d("20")).of_bundle("GIFT-SET", 2))
        .line(NewLine::new("TEA", 4, d("4.80")).tax(d("20")).of_bundle("GIFT-SET", 2))
        .line(NewLine::new("GIFT-SET", 1, d("24.00")).tax(d("20")))
        .line(NewLine::new("GIFT-SET", 1, d("24.00")).tax(d("20")))
        .line(NewLine::new("MUG", 1, d("18.00")).tax(d("20")));
    let id = stage.sandbox.add_order(order).unwrap();
    let read = || run(stage.shop.order(id)).unwrap().unwrap();
    let order = read();
    let groups: Vec<_> = order.lines.iter().map(|line| line.group.as_ref().map(|group| group.id)).collect();
    assert!(groups[0].is_some() && groups[0] == groups[1] && groups[2..].iter().all(Option::is_none));
    let group = order.lines.items[0].group.as_ref().unwrap();
    assert_eq!((group.quantity, group.variant_sku.as_deref()), (Some(2), Some("GIFT-SET")));
    let whole: Vec<_> = order.lines.iter().map(OrderLine::is_whole_bundle).collect();
    assert_eq!(whole, [false, false, true, true, false]);
    let made_of = order.lines.items[2].components.as_ref().unwrap();
    let made_of: Vec<_> = made_of.iter().map(|c| (c.sku.as_deref().unwrap(), c.quantity, c.price.unwrap().0)).collect();
    assert_eq!(made_of, [("MUG", 1, d(mug)), ("TEA", 2, d(tea))]);
    // One variant on two lines is asked for once.
    let asked = |stage: &Stage| {
        stage.sandbox.request_log().iter().filter(|request| request.operation == "VariantComponents").count()
    };
    assert_eq!(asked(&stage), 1);
    // What does not fit one page is not known: no part of a bundle is taken for the whole.
    let many: Vec<String> = (0..101).map(|n| format!("PART-{n}")).collect();
    let many: Vec<_> = many.iter().map(|sku| (sku.as_str(), 1, d("1"))).collect();
    stage.sandbox.define_bundle("GIFT-SET", &many);
    assert_eq!(read().lines.items[2].components, None);
    // Without the scope, a bundle is not told from another product, and the order is read all the same.
    stage.sandbox.set_scopes(&["read_orders", "read_all_orders"]);
    let blind = read();
    assert!(blind.lines.iter().all(|line| line.variant.is_none() && !line.is_whole_bundle()));
    assert!(blind.lines.items[0].group.is_some());
    let missing = run(stage.shop.check()).unwrap().missing();
    assert!(missing.iter().any(|missing| missing.scope == "read_products"));
}
