//! Journals that earlier versions wrote are read and gone on with: nothing in them is done a second time.

use crate::common::{Stage, busy, d, line, minutes, shirt};
use returns_sync::{
    journal::{Entry, Event, Journal, Link, MemoryJournal, RunId, State},
    run::{RunReport, settle},
};
use returns_tests::run_to_end;
use sage200_client::sandbox::How;

/// Written before Shopify was connected. [`played`] plays the same day.
const BEFORE_SHOPIFY: &str = include_str!("journals/before_shopify.jsonl");

fn read(lines: &str) -> MemoryJournal {
    let journal = MemoryJournal::new();
    for line in lines.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        let run = RunId(text("run").parse().unwrap());
        let seq = row["seq"].as_u64().unwrap();
        let entry = Entry { seq, at: text("at").parse().unwrap(), run, body: text("body"), hash: text("hash") };
        run_to_end(journal.append(entry)).unwrap();
    }
    journal
}

/// Credited, credited after a lost answer, credited by hand, paid, settled, held.
fn played(stage: Stage) -> Stage {
    let rmas = busy(&stage);
    for number in ["EX4", "EX5", "EX6"] {
        stage.sold(number, vec![line("SHIRT-M", 1)]);
    }
    let by_hand = stage.returned("EX4", [shirt()]);
    stage.by_hand(by_hand.as_str(), "20.00", "4.00");
    stage.run_on();
    stage.shop.wait(minutes(10));
    stage.shop.received(&rmas[2]).unwrap();
    stage.returned("EX5", [shirt()]);
    stage.sage_fails(How::ActThenStatus(504), 1);
    stage.run_on();
    let units = stage.shop.units(&rmas[0]);
    let transaction = stage.shop.returngo.staff_refund(&rmas[0], &units, d("60.00")).unwrap();
    stage.shop.returngo.settle_refund(&transaction, true).unwrap();
    stage.returned("EX6", [shirt()]);
    for _ in 0..4 {
        stage.shop.wait(minutes(10));
        stage.run_on();
    }
    run_to_end(settle(&stage.systems, &stage.journal, &rmas[3], "Jo Finance", "credited elsewhere")).unwrap();
    stage.run_on();
    stage
}

#[test]
fn a_journal_from_before_shopify_goes_on_where_it_stopped() {
    let stage = played(Stage::open());
    let (ours, posts) = (stage.ours(), stage.posts());
    let own = stage.run();
    let old = Stage { journal: read(BEFORE_SHOPIFY), ..stage };
    let report = old.run();
    assert_eq!((old.ours(), old.posts()), (ours, posts), "posted again");
    assert!(report.released.is_empty());
    assert_eq!(report.standings, own.standings);
    let open = |report: &RunReport| report.exceptions.iter().map(|e| e.finding.key()).collect::<Vec<_>>();
    assert_eq!(open(&report), open(&own));
}

#[test]
fn the_order_of_a_credit_from_before_shopify_is_linked() {
    let mut state = State::default();
    for entry in read(BEFORE_SHOPIFY).entries() {
        let event: Event = serde_json::from_str(&entry.body).unwrap();
        state.apply(&entry, event).unwrap();
    }
    let credits: Vec<_> = state.rmas.values().flat_map(|record| &record.credits).collect();
    assert_eq!(credits.len(), 5);
    assert!(credits.iter().all(
        |credit| matches!(&credit.intent.order.link, Link::Linked { document_no, .. } if !document_no.is_empty())
    ));
    assert!(credits.iter().all(|credit| credit.intent.order.shop_order.is_none()));
}
