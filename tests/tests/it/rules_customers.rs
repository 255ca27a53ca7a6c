//! Whose account an order may be on: by name, by channel, by currency, by a code of the account, or any.

use crate::common::{Stage, codes, contains_all, d, facts, line, shirt};
use returngo_client::RmaId;
use returns_sync::{
    exception::Code,
    policy::{Customers, OrdersNotInSage, Route, SalesReturns},
    run::RunError,
};
use returns_wire::Currency;
use sage200_client::{
    AccountReference,
    sandbox::{NewCustomer, NewOrder},
};

fn account(code: &str) -> AccountReference {
    code.parse().unwrap()
}

fn stage(customers: Customers) -> Stage {
    let mut stage = Stage::online();
    stage.policy.vat_by_rate = vec![(d("20"), 1), (d("0"), 2)];
    stage.policy.customers = customers;
    stage
}

/// An order on an account, in Sage and in the shop, and its return.
fn returned(stage: &Stage, customer: i64, number: &str) -> RmaId {
    stage.order(NewOrder::new(customer, number, vec![line("SHIRT-M", 1)]));
    stage.shop.placed_at_list(number, &[("SHIRT-M", 1)]).unwrap();
    stage.returned(number, [shirt()])
}

/// The same, archived since; the ledger has its invoice under its number.
fn invoiced_and_gone(stage: &Stage, customer: i64, number: &str) -> RmaId {
    stage.shop.sage.set_invoices_carry_customer_number(true);
    let sold = NewOrder { post_invoice: true, ..NewOrder::new(customer, number, vec![line("SHIRT-M", 1)]) };
    let id = stage.order(sold);
    stage.shop.sage.desktop().archive_order(&stage.shop.sage.document_no(id).unwrap()).unwrap();
    stage.shop.placed_at_list(number, &[("SHIRT-M", 1)]).unwrap();
    stage.returned(number, [shirt()])
}

/// Credited on the account that it was sold on, and nowhere else.
#[track_caller]
fn credited_on(stage: &Stage, rma: &RmaId, account: &str) {
    let report = stage.run();
    assert!(codes(&report, rma).is_empty(), "{:?}", report.exceptions);
    stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    let ledger = stage.shop.sage.ledger();
    let ours = ledger.iter().find(|row| row.second_reference == format!("RMA{rma}-1")).unwrap();
    assert_eq!(ours.customer_reference, account);
}

/// Held as not the shop's, and nothing is posted.
#[track_caller]
fn held(stage: &Stage, rma: &RmaId, parts: &[&str]) {
    let report = stage.run();
    assert_eq!(codes(&report, rma), ["customer-unmapped"]);
    contains_all(&facts(&report, Code::CustomerUnmapped), parts);
    stage.assert_ours(&[]);
}

#[test]
fn a_channel_has_its_account() {
    let by = |channel: &str, code: &str| vec![(channel.to_owned(), account(code))];
    // The sandbox's orders all come from `web`.
    let of_web = stage(Customers::ByChannel(by("Web", "WEB01")));
    let rma = returned(&of_web, of_web.shop.web, "EX1");
    credited_on(&of_web, &rma, "WEB01");
    // An order of the web on the till's account was put there by mistake.
    let both = [by("web", "WEB01"), by("pos", "TRADE7")].concat();
    let crossed = stage(Customers::ByChannel(both));
    let rma = returned(&crossed, crossed.shop.trade, "EX1");
    held(&crossed, &rma, &["EX1", "channel \"web\"", "account WEB01", "on TRADE7"]);
    let unknown = stage(Customers::ByChannel(by("pos", "WEB01")));
    let rma = returned(&unknown, unknown.shop.web, "EX1");
    held(&unknown, &rma, &["channel \"web\"", "no account is named"]);
    // A credit that stands alone goes where the channel says.
    let mut alone = stage(Customers::ByChannel(by("web", "WEB01")));
    alone.policy.orders_not_in_sage = OrdersNotInSage::Standalone;
    alone.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    let rma = alone.returned("EX1", [shirt()]);
    credited_on(&alone, &rma, "WEB01");
}

#[test]
fn a_currency_has_its_account() {
    let accounts = vec![(Currency::GBP, account("WEB01")), (Currency::EUR, account("TRADE7"))];
    let right = stage(Customers::ByCurrency(accounts.clone()));
    let rma = returned(&right, right.shop.web, "EX1");
    credited_on(&right, &rma, "WEB01");
    let crossed = stage(Customers::ByCurrency(accounts.clone()));
    let rma = returned(&crossed, crossed.shop.trade, "EX1");
    held(&crossed, &rma, &["paid in GBP", "account WEB01", "on TRADE7"]);
    // Told while the goods are still on their way.
    let early = stage(Customers::ByCurrency(accounts));
    early.order(NewOrder::new(early.shop.trade, "EX1", vec![line("SHIRT-M", 1)]));
    early.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    let rma = early.approved("EX1", [shirt()]);
    held(&early, &rma, &["paid in GBP"]);
}

#[test]
fn an_account_is_recognised_by_its_analysis_code() {
    let by_code = || Customers::Recognised { code: 3, value: "Web shop".to_owned() };
    let fill = |stage: &Stage, customer, value: &str| {
        stage.shop.sage.desktop().fill_analysis_code(customer, 3, value).unwrap();
    };
    let right = stage(by_code());
    fill(&right, right.shop.trade, "WEB SHOP ");
    let rma = returned(&right, right.shop.trade, "EX1");
    credited_on(&right, &rma, "TRADE7");
    let none = stage(by_code());
    let rma = returned(&none, none.shop.trade, "EX1");
    held(&none, &rma, &["account TRADE7 has nothing in analysis code 3", "\"Web shop\""]);
    let other = stage(by_code());
    fill(&other, other.shop.trade, "Trade");
    let rma = returned(&other, other.shop.trade, "EX1");
    held(&other, &rma, &["\"Trade\" in analysis code 3"]);
    // What stands alone is recognised too.
    let gone = stage(by_code());
    let rma = invoiced_and_gone(&gone, gone.shop.trade, "EX1");
    held(&gone, &rma, &["account TRADE7 has nothing"]);
    fill(&gone, gone.shop.trade, "Web shop");
    credited_on(&gone, &rma, "TRADE7");
}

#[test]
fn every_customer_may_have_an_account() {
    let any = stage(Customers::Each);
    let own = any.shop.sage.add_customer(NewCustomer::new("C0001", "A shopper")).unwrap();
    let rma = returned(&any, own, "EX1");
    credited_on(&any, &rma, "C0001");
    // The same number on two accounts is nobody's guess.
    let twice = stage(Customers::Each);
    twice.order(NewOrder::new(twice.shop.trade, "EX1", vec![line("SHIRT-M", 1)]));
    let rma = returned(&twice, twice.shop.web, "EX1");
    assert_eq!(codes(&twice.run(), &rma), ["order-ambiguous"]);
    twice.assert_ours(&[]);
    // An account that is not fit for a credit is refused as always.
    let hidden = stage(Customers::Each);
    let rma = returned(&hidden, hidden.shop.trade, "EX1");
    hidden.shop.sage.desktop().hide_customer(hidden.shop.trade).unwrap();
    assert_eq!(codes(&hidden.run(), &rma), ["customer-unusable"]);
    hidden.assert_ours(&[]);
}

#[test]
fn a_credit_that_stands_alone_follows_the_invoice_or_is_held() {
    let gone = stage(Customers::Each);
    let rma = invoiced_and_gone(&gone, gone.shop.trade, "EX1");
    credited_on(&gone, &rma, "TRADE7");
    // Invoiced twice, on two accounts.
    let split = stage(Customers::Each);
    let first = NewOrder { post_invoice: true, ..NewOrder::new(split.shop.web, "EX1", vec![line("SHIRT-M", 1)]) };
    split.shop.sage.set_invoices_carry_customer_number(true);
    let id = split.order(first);
    split.shop.sage.desktop().archive_order(&split.shop.sage.document_no(id).unwrap()).unwrap();
    let rma = invoiced_and_gone(&split, split.shop.trade, "EX1");
    held(&split, &rma, &["EX1 was not invoiced to one account"]);
    // Never in Sage: nobody knows whose it is.
    let mut never = stage(Customers::Each);
    never.policy.orders_not_in_sage = OrdersNotInSage::Standalone;
    never.shop.placed_at_list("EX1", &[("SHIRT-M", 1)]).unwrap();
    let rma = never.returned("EX1", [shirt()]);
    let report = never.run();
    assert_eq!(codes(&report, &rma), ["order-not-found"]);
    contains_all(&facts(&report, Code::OrderNotFound), &["EX1", "whose account"]);
    never.assert_ours(&[]);
}

/// With a list, a second invoice on a stranger's account is a reason to stop as well.
#[test]
fn every_invoice_of_an_order_must_be_on_its_account() {
    let listed = stage(vec![account("WEB01")].into());
    listed.shop.sage.set_invoices_carry_customer_number(true);
    let ours = NewOrder { post_invoice: true, ..NewOrder::new(listed.shop.web, "EX1", vec![line("SHIRT-M", 1)]) };
    let id = listed.order(ours);
    listed.shop.sage.desktop().archive_order(&listed.shop.sage.document_no(id).unwrap()).unwrap();
    let rma = invoiced_and_gone(&listed, listed.shop.trade, "EX1");
    held(&listed, &rma, &["another account than WEB01"]);
}

/// Strays are looked for on named accounts only; those told before stay open, as nobody looked.
#[test]
fn strays_are_searched_for_where_accounts_are_named() {
    let mut stage = stage(vec![account("WEB01")].into());
    stage.by_hand("SOMETHING", "10.00", "2.00");
    let strays = |stage: &Stage| {
        let report = stage.run_unchecked();
        report.exceptions.iter().filter(|exception| exception.finding.code == Code::CreditNoteStray).count()
    };
    assert_eq!(strays(&stage), 1);
    stage.policy.customers = Customers::Each;
    assert_eq!(strays(&stage), 1, "not cleared unseen");
    let fresh = self::stage(Customers::Each);
    fresh.by_hand("SOMETHING", "10.00", "2.00");
    assert_eq!(strays(&fresh), 0);
}

#[test]
fn choices_that_do_not_go_together_stop_the_run() {
    let refused = |stage: &Stage| match stage.attempt(returns_sync::run::Mode::Run) {
        Err(RunError::Policy(text)) => text,
        other => panic!("{other:?}"),
    };
    let mut alone = stage(Customers::Each);
    alone.policy.standalone_account = Some(account("WEB01"));
    contains_all(&refused(&alone), &["policy.standalone_account", "policy.customers_by"]);
    let mut returns = stage(Customers::Each);
    returns.policy.route = Route::SalesReturn;
    returns.policy.sales_returns = Some(SalesReturns { warehouse: "RETURNS".to_owned(), order_code: 1 });
    contains_all(&refused(&returns), &["policy.customers_by", "not written down"]);
}
