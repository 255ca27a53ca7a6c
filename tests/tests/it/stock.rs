//! Goods that came back: booked by people in Sage, proved by its stock ledger, told when they are not where they belong.

use crate::common::{
    Stage, book, cleared, codes, contains_all, d, exception, facts, hours, line, released, shirt, shirts,
};
use returngo_client::{RmaId, sandbox::Verdict};
use returns_examples::Shop;
use returns_sync::{
    exception::{Code, Owner},
    journal::{Disposition, Event},
    policy::{Contradiction, Policy, Route, SalesReturns, StockProof},
    probe::probe,
    run::{RunReport, accept_goods},
};
use returns_tests::run_to_end;
use sage200_client::sandbox::{Fault, How, Version, WarehouseKind};

const SHIRT: &str = "SHIRT-M";

/// A stage whose Sage has a second warehouse, from which nothing is sold.
fn stage() -> Stage {
    let stage = Stage::open();
    stage.shop.sage.add_warehouse("UNFIT", WarehouseKind::Returns).unwrap();
    for code in [SHIRT, "BOOK-KNIT"] {
        stage.shop.sage.add_holding(code, "UNFIT").unwrap();
    }
    stage
}

/// Shirts sold and returned, each with what the warehouse found.
fn inspected(stage: &Stage, found: &[bool]) -> RmaId {
    let units = u32::try_from(found.len()).unwrap();
    stage.sold("EX1", vec![line(SHIRT, units)]);
    let rma = stage.approved("EX1", [shirts(units)]);
    stage.shop.returngo.courier_delivers(&rma).unwrap();
    for (unit, fit) in stage.shop.units(&rma).iter().zip(found) {
        stage.shop.returngo.inspect(unit, Verdict::Returned { restockable: *fit }).unwrap();
    }
    rma
}

fn to_book(report: &RunReport) -> Vec<(String, u32, Disposition, Option<String>)> {
    report.stock.iter().map(|l| (l.reference.clone(), l.quantity, l.disposition, l.lies_in.clone())).collect()
}

fn proved(report: &RunReport) -> Vec<(u32, Disposition, &str)> {
    report.stock_proved.iter().map(|l| (l.quantity, l.disposition, l.place.as_str())).collect()
}

fn movements_asked(stage: &Stage) -> usize {
    let log = stage.shop.sage.request_log();
    log.iter().filter(|request| request.path.ends_with("product_transaction_views")).count()
}

#[test]
fn goods_are_saleable_once_sage_shows_them_where_they_can_be_sold() {
    let stage = stage();
    let rma = inspected(&stage, &[true, true, false]);
    let reference = format!("RMA{rma}-1");
    let report = stage.run();
    assert_eq!(released(&report), [(rma.to_string(), d("72.00"))], "the customer does not wait for the warehouse");
    let listed = |fit: u32, unfit: u32| {
        let line = |count, disposition| (reference.clone(), count, disposition, None);
        let lines = [line(fit, Disposition::Saleable), line(unfit, Disposition::Quarantine)];
        lines.into_iter().filter(|line| line.1 > 0).collect::<Vec<_>>()
    };
    assert_eq!((to_book(&report), movements_asked(&stage)), (listed(2, 1), 0), "nobody can have booked it yet");

    let desk = stage.shop.sage.desktop();
    desk.book_stock_in(SHIRT, d("1"), "", &reference).unwrap();
    stage.shop.wait(hours(1));
    let report = stage.run();
    assert_eq!(proved(&report), [(1, Disposition::Saleable, "HOME")]);
    assert_eq!(to_book(&report), listed(1, 1));

    desk.book_stock_in(SHIRT, d("1"), &reference.to_lowercase(), "").unwrap();
    desk.book_stock_into("UNFIT", SHIRT, d("1"), ["", &reference]).unwrap();
    let report = stage.run();
    assert_eq!(proved(&report), [(1, Disposition::Saleable, "HOME"), (1, Disposition::Quarantine, "UNFIT")]);
    assert!(report.stock.is_empty() && codes(&report, &rma).is_empty());

    // What is proved is looked for no more.
    let asked = movements_asked(&stage);
    stage.shop.wait(hours(200));
    let report = stage.run();
    assert_eq!((movements_asked(&stage), report.stock.len(), report.stock_proved.len()), (asked, 0, 0));
}

#[test]
fn goods_not_booked_in_time_are_told_to_the_warehouse_until_they_are() {
    let stage = stage();
    let rma = inspected(&stage, &[true]);
    stage.run_on();
    stage.shop.wait(hours(71));
    assert!(codes(&stage.run(), &rma).is_empty());
    stage.shop.wait(hours(1));
    let report = stage.run();
    let told = exception(&report, Code::ReturnToStockFailed);
    assert_eq!((told.owner, told.finding.money_at_risk.unwrap().amount()), (Owner::Warehouse, d("24.00")));
    assert_eq!(told.finding.order.as_deref(), Some("EX1"));
    let reference = format!("RMA{rma}-1");
    contains_all(&told.finding.facts, &["1 x SHIRT-M", &reference, "fit for sale", "30 March 2026", "no booking"]);
    // It is no word about the money.
    assert_eq!(report.work_list.len(), 1);

    // A ledger that can't be read clears nothing, and what is to be booked is shown all the same.
    stage.shop.sage.fail_next(Fault::on_get("product_transaction_views", How::WebPage(403)));
    let report = stage.run_unchecked();
    assert_eq!((report.stock.len(), cleared(&report, &rma).len()), (1, 0));
    contains_all(&facts(&report, Code::ReadFailed), &["movements of stock"]);
    assert!(codes(&report, &rma).contains(&"return-to-stock-failed"));

    stage.shop.sage.desktop().book_stock_in(SHIRT, d("1"), "", &reference).unwrap();
    let report = stage.run();
    assert_eq!((cleared(&report, &rma), proved(&report).len()), (vec!["return-to-stock-failed"], 1));
    assert!(report.stock.is_empty());
}

#[test]
fn goods_in_the_wrong_place_are_told_and_cleared_by_a_transfer() {
    let stage = stage();
    let rma = inspected(&stage, &[true, false]);
    let reference = format!("RMA{rma}-1");
    stage.run_on();
    let desk = stage.shop.sage.desktop();
    // The wrong way round: the one that is fit where nothing is sold, the other for sale.
    desk.book_stock_into("UNFIT", SHIRT, d("1"), ["", &reference]).unwrap();
    stage.shop.wait(hours(1));
    let report = stage.run();
    // One shirt is like another: what lies in UNFIT is the damaged one.
    assert_eq!(proved(&report), [(1, Disposition::Quarantine, "UNFIT")]);
    desk.book_stock_into("UNFIT", SHIRT, d("1"), ["", &reference]).unwrap();
    let report = stage.run();
    let wrong = |place: &str| Some(place.to_owned());
    assert_eq!(to_book(&report), [(reference.clone(), 1, Disposition::Saleable, wrong("UNFIT"))]);
    assert!(report.stock_proved.is_empty());
    stage.shop.wait(hours(72));
    contains_all(
        &facts(&stage.run(), Code::ReturnToStockFailed),
        &["fit for sale", "lie in UNFIT, which sells nothing"],
    );
    desk.transfer_stock(["UNFIT", "HOME"], SHIRT, d("1"), ["", &reference]).unwrap();
    let report = stage.run();
    assert_eq!(proved(&report), [(1, Disposition::Saleable, "HOME")]);
    assert_eq!((codes(&report, &rma).len(), report.stock.len()), (0, 0));
}

#[test]
fn unfit_goods_that_can_be_sold_are_told_until_they_are_moved_or_written_off() {
    for write_off in [false, true] {
        let stage = stage();
        let rma = inspected(&stage, &[true, false]);
        let reference = format!("RMA{rma}-1");
        stage.run_on();
        let desk = stage.shop.sage.desktop();
        desk.book_stock_in(SHIRT, d("2"), "", &reference).unwrap();
        stage.shop.wait(hours(72));
        let report = stage.run();
        assert_eq!(proved(&report), [(1, Disposition::Saleable, "HOME")]);
        contains_all(
            &facts(&report, Code::ReturnToStockFailed),
            &["not fit for sale", "lie in HOME, where they can be sold"],
        );
        let place = if write_off {
            desk.book_stock_in(SHIRT, d("-1"), "", &reference).unwrap();
            "written off"
        } else {
            desk.transfer_stock(["HOME", "UNFIT"], SHIRT, d("1"), ["", &reference]).unwrap();
            "UNFIT"
        };
        let report = stage.run();
        assert_eq!(proved(&report), [(1, Disposition::Quarantine, place)]);
        assert_eq!((codes(&report, &rma).len(), report.stock.len()), (0, 0));
    }
}

#[test]
fn a_transfer_of_what_was_never_booked_in_proves_nothing() {
    let stage = stage();
    let rma = inspected(&stage, &[true]);
    let reference = format!("RMA{rma}-1");
    stage.run_on();
    let desk = stage.shop.sage.desktop();
    desk.book_stock_into("UNFIT", SHIRT, d("5"), ["", "STOCKTAKE"]).unwrap();
    desk.transfer_stock(["UNFIT", "HOME"], SHIRT, d("1"), ["", &reference]).unwrap();
    stage.shop.wait(hours(72));
    let report = stage.run();
    assert!(report.stock_proved.is_empty());
    assert_eq!(codes(&report, &rma), ["return-to-stock-failed"]);
}

#[test]
fn more_than_came_back_and_other_goods_are_told() {
    let stage = stage();
    let rma = inspected(&stage, &[true, true]);
    let reference = format!("RMA{rma}-1");
    stage.run_on();
    let desk = stage.shop.sage.desktop();
    desk.book_stock_in("BOOK-KNIT", d("1"), "", &reference).unwrap();
    stage.shop.wait(hours(1));
    let report = stage.run();
    contains_all(&facts(&report, Code::WrongItem), &["1 x BOOK-KNIT", &reference]);
    assert_eq!(codes(&report, &rma), ["wrong-item"]);
    desk.book_stock_in("BOOK-KNIT", d("-1"), "", &reference).unwrap();
    desk.book_stock_in(SHIRT, d("3"), "", &reference).unwrap();
    let report = stage.run();
    contains_all(&facts(&report, Code::QuantityMismatch), &["3 x SHIRT-M", &reference, "2 came back"]);
    assert_eq!((codes(&report, &rma), cleared(&report, &rma)), (vec!["quantity-mismatch"], vec!["wrong-item"]));
}

#[test]
fn with_the_policy_booked_any_warehouse_will_do() {
    let mut stage = stage();
    stage.policy.stock_proof = StockProof::Booked;
    let rma = inspected(&stage, &[true, false]);
    stage.run_on();
    let reference = format!("RMA{rma}-1");
    stage.shop.sage.desktop().book_stock_into("UNFIT", SHIRT, d("2"), ["", &reference]).unwrap();
    stage.shop.wait(hours(1));
    let report = stage.run();
    assert_eq!(proved(&report), [(1, Disposition::Quarantine, "UNFIT"), (1, Disposition::Saleable, "UNFIT")]);
    assert!(report.stock.is_empty());
}

#[test]
fn a_person_may_answer_for_goods_by_name_and_reason() {
    let stage = stage();
    let rma = inspected(&stage, &[true]);
    stage.run_on();
    stage.shop.wait(hours(80));
    assert_eq!(codes(&stage.run(), &rma), ["return-to-stock-failed"]);
    let accept = |who: &str, why: &str| {
        run_to_end(accept_goods(&stage.systems, &stage.journal, &rma, who, why)).map_err(|error| error.to_string())
    };
    contains_all(&accept("Ann", " ").unwrap_err(), &["by somebody and for a reason"]);
    let units = accept("Ann", "booked with the stocktake of 2 April").unwrap();
    assert_eq!(units, stage.shop.units(&rma));
    contains_all(&accept("Ann", "again").unwrap_err(), &["no goods that wait"]);
    let report = stage.run();
    assert_eq!((cleared(&report, &rma), report.stock.len()), (vec!["return-to-stock-failed"], 0));
    assert_eq!(report.work_list.len(), 1, "the refund stays due");
    let named = |event: &Event| matches!(event, Event::GoodsAccepted { who, .. } if who == "Ann");
    assert!(stage.events().iter().any(named));
}

#[test]
fn products_that_sage_does_not_keep_in_stock_are_not_waited_for() {
    let stage = stage();
    stage.shop.sage.keep_no_stock("BOOK-KNIT").unwrap();
    stage.sold("EX1", vec![line("BOOK-KNIT", 1)]);
    let rma = stage.returned("EX1", [book()]);
    stage.run_on();
    stage.shop.wait(hours(80));
    let report = stage.run();
    assert_eq!(proved(&report), [(1, Disposition::Saleable, "no stock item")]);
    assert!(codes(&report, &rma).is_empty() && report.stock.is_empty());
}

#[test]
fn goods_received_on_a_sales_return_are_proved_by_its_number() {
    let stage = Stage::of_returns();
    stage.sold("EX1", vec![line(SHIRT, 1)]);
    let rma = stage.approved("EX1", [shirt()]);
    stage.run_on();
    stage.shop.received(&rma).unwrap();
    let desk = stage.shop.sage.desktop();
    let number = desk.find_return(&format!("RMA{rma}-1")).unwrap();
    desk.confirm_goods_received(&number).unwrap();
    let printed = desk.print_credit_note(&number).unwrap();
    desk.post_printed_credit_note(&printed).unwrap();
    // Another document of the same number moves the same product: it proves nothing, and takes nothing away.
    desk.book_stock_in(SHIRT, d("-1"), &number, "DESPATCH").unwrap();
    let report = stage.run();
    let wrong = Some("RETURNS".to_owned());
    assert_eq!(to_book(&report), [(format!("RMA{rma}-1"), 1, Disposition::Saleable, wrong)]);
    desk.transfer_stock(["RETURNS", "HOME"], SHIRT, d("1"), [&format!("RMA{rma}-1"), ""]).unwrap();
    let report = stage.run();
    assert_eq!(proved(&report), [(1, Disposition::Saleable, "HOME")]);
    assert!(report.stock.is_empty() && codes(&report, &rma).is_empty());
}

#[test]
fn the_probe_says_where_goods_can_be_proved() {
    let shop = Shop::open().unwrap();
    let look = |policy: &Policy| {
        let found =
            run_to_end(probe(&shop.in_process_signed_in(|transport| transport).unwrap(), Some(policy))).unwrap();
        let about = |all: Vec<Contradiction>| {
            all.into_iter()
                .filter(|one| one.keys.contains(&"policy.stock_proof"))
                .map(|one| one.reason)
                .collect::<Vec<_>>()
        };
        (about(found.contradictions), about(found.remarks))
    };
    let mut policy = Shop::policy().unwrap();
    let (against, remarks) = look(&policy);
    assert_eq!(against, Vec::<String>::new());
    contains_all(&remarks.concat(), &["every warehouse sells", "written off"]);
    shop.sage.set_warehouse_kind("HOME", WarehouseKind::Returns).unwrap();
    let (against, remarks) = look(&policy);
    assert_eq!(remarks, Vec::<String>::new());
    contains_all(&against.concat(), &["no warehouse is used for sales trading"]);
    policy.stock_proof = StockProof::Booked;
    assert_eq!(look(&policy), (vec![], vec![]), "then any warehouse will do");

    shop.sage.set_version(Version::R2025_1);
    shop.sage.add_warehouse("SHOP", WarehouseKind::Sales).unwrap();
    policy.stock_proof = StockProof::InPlace;
    policy.route = Route::SalesReturn;
    for (warehouse, says) in
        [("SHOP", "those not fit for sale are to be moved"), ("home", "those fit for sale are to be moved")]
    {
        policy.sales_returns = Some(SalesReturns { warehouse: warehouse.to_owned(), order_code: 1 });
        let (against, remarks) = look(&policy);
        assert_eq!(against, Vec::<String>::new());
        contains_all(&remarks.concat(), &[says]);
    }
}
