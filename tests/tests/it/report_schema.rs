//! The JSON form of a run's report is a promise to other programs: its keys are pinned. A key may be added; one that
//! changes its meaning or goes away needs a new number in the schema's name.

use returngo_client::sandbox::{NewItem, NewRma};
use returns_examples::{Day, Shop};
use returns_sync::{
    journal::MemoryJournal,
    policy::{Policy, RefundGate, ReturnGoRefunds},
    run::{Mode, RunReport, adopt, run_once},
};
use returns_tests::run_to_end;
use serde_json::Value;
use std::collections::BTreeSet;

fn keys(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                // Keys of these maps are data: standings and SKUs.
                let data = path.ends_with("standings") || path.ends_with("goods");
                let path = if data { format!("{path}.*") } else { format!("{path}.{key}") };
                keys(value, &path, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, &format!("{path}[]"), found)),
        leaf => {
            let kind = match leaf {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(_) => "number",
                _ => "text",
            };
            found.insert(format!("{}: {kind}", path.trim_start_matches('.')));
        }
    }
}

#[test]
fn the_keys_of_the_report_stay() {
    let mut day = Day::new(Shop::open().unwrap()).unwrap();
    let systems = day.shop().in_process(|transport| transport).unwrap();
    let systems = day.shop().with_shopify(systems, |transport| transport).unwrap();
    let (policy, journal) = (Day::policy().unwrap(), MemoryJournal::new());
    let (mut found, mut list) = (BTreeSet::new(), Vec::new());
    for act in 0..Day::ACTS.len() {
        day.play(act).unwrap();
        day.warehouse(act, &list).unwrap();
        for adoption in day.adoptions(act).unwrap() {
            run_to_end(adopt(&systems, &journal, adoption.what, adoption.by, adoption.why)).unwrap();
        }
        for mode in [Mode::Plan, Mode::Run] {
            let report = run_to_end(run_once(&systems, &journal, &policy, mode)).unwrap();
            keys(&serde_json::to_value(&report).unwrap(), "", &mut found);
            list = report.stock;
        }
    }
    // What only a shop that refunds by itself has.
    for report in refunded_by_us() {
        keys(&serde_json::to_value(&report).unwrap(), "", &mut found);
    }
    let found = found.into_iter().collect::<Vec<_>>().join("\n") + "\n";
    let pinned = include_str!("report_keys.txt");
    if let Ok(path) = std::env::var("WRITE_REPORT_KEYS") {
        std::fs::write(path, &found).unwrap();
    }
    assert_eq!(found, pinned, "set WRITE_REPORT_KEYS to a path to write the keys found");
}

/// One return that ReturnGO asks to be refunded: a plan once its credit note stands, and a run.
fn refunded_by_us() -> Vec<RunReport> {
    let shop = Shop::open().unwrap();
    shop.sold("EX1001", vec![Shop::line("SHIRT-M", 1).unwrap()]).unwrap();
    shop.placed_at_list("EX1001", &[("SHIRT-M", 1)]).unwrap();
    let shirt = NewItem::new("SHIRT-M", "24.00".parse().unwrap(), "4.00".parse().unwrap());
    let rma = shop.approved(NewRma::refund("EX1001").line(shirt)).unwrap();
    shop.returngo.request_refund(&rma, &shop.units(&rma), "24.00".parse().unwrap()).unwrap();
    shop.received(&rma).unwrap();
    let desktop = shop.sage.desktop();
    let (net, vat) = ("20.00".parse().unwrap(), "4.00".parse().unwrap());
    desktop.post_credit_note(shop.web, "EX1001", &format!("RMA {rma}"), net, 1, vat).unwrap();
    let systems = shop.with_shopify(shop.in_process(|transport| transport).unwrap(), |transport| transport).unwrap();
    let policy = Policy {
        refund_gate: RefundGate::ShopifyRefund,
        returngo_refunds: ReturnGoRefunds::NotifyOnly,
        ..Shop::policy().unwrap()
    };
    let journal = MemoryJournal::new();
    let run = |mode| run_to_end(run_once(&systems, &journal, &policy, mode)).unwrap();
    vec![run(Mode::Plan), run(Mode::Run), run(Mode::Plan), run(Mode::Run)]
}
