//! No personal data and no secret leaves through the report, the journal or `Debug`.

use crate::common::{KEY, Stage, busy, codes, d, hours, shirt};
use returns_sync::{journal::Event, run::RunReport};
use sage200_client::sandbox::How;

/// Personal data of the sandboxes' people, and every secret in play.
fn private(stage: &Stage) -> Vec<String> {
    let mut private: Vec<String> = [
        "Petra",
        "Samplewell",
        "Invented Lane",
        "ZZ1 1ZZ",
        "7946 0000",
        "petra@customer.example",
        "Sam Placeholder",
        "CREDIT-PETRA-7Q",
        "Does not fit",
        "Too small",
        KEY,
        "sandbox-key",
        "Bearer",
        "sandbox-access",
        "sandbox-refresh",
    ]
    .map(str::to_owned)
    .to_vec();
    private.push(stage.shop.sage.client_secret().to_owned());
    private
}

/// A shop in which much goes wrong, with personal data in the places that are wrong.
fn everything_wrong() -> (Stage, Vec<RunReport>) {
    let stage = Stage::open();
    busy(&stage);
    let unreadable = stage.shirt_returned("EX11");
    stage.rewrite(&unreadable, "\"isReturned\":true", "\"isReturned\":\"Petra Samplewell\"");
    let money = stage.shirt_returned("EX12");
    stage.rewrite(&money, "\"amount\":24,", "\"amount\":\"Petra Samplewell\",");
    let email = stage.shirt_returned("EX13");
    stage.rewrite(&email, "\"returnedItemId\":", "\"returnedItemId\":{\"petra@customer.example\":1},\"x\":");
    let date = stage.shirt_returned("EX14");
    stage.rewrite(&date, "\"lastUpdated\":\"2026", "\"lastUpdated\":\"Petra 2026");
    let state = stage.shirt_returned("EX15");
    stage.rewrite(&state, "\"status\":\"Validated\"", "\"status\":[\"petra@customer.example\"]");
    let paid = stage.approved("EX1", [shirt()]);
    stage.shop.returngo.store_credit_refund(&paid, &stage.shop.units(&paid), d("24.00")).unwrap();
    let refused = stage.shirt_returned("EX16");
    stage.sage_fails(How::Refuse { status: 400, retry_after: None }, 1);
    stage.sage_fails(How::ActThenStatus(504), 1);
    stage.sage_fails(How::ActThenTruncate, 1);
    let mut reports = vec![stage.plan()];
    for _ in 0..4 {
        reports.push(stage.run());
        stage.shop.wait(hours(13));
    }
    assert!(!codes(&reports[1], &unreadable).is_empty() && !codes(&reports[1], &money).is_empty());
    assert!(!codes(&reports[1], &email).is_empty() && !codes(&reports[1], &state).is_empty());
    drop((date, refused));
    (stage, reports)
}

#[test]
fn the_report_is_machine_readable_and_holds_nothing_private() {
    let (stage, reports) = everything_wrong();
    for report in &reports {
        let text = serde_json::to_string_pretty(report).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["schema"], "returns-sync.run-report/1");
        for private in private(&stage) {
            assert!(!text.contains(&private), "{private:?} is in the report: {text}");
            let debug = format!("{report:?}");
            assert!(!debug.contains(&private), "{private:?} is in the report's Debug");
        }
    }
    let json = serde_json::to_value(&reports[1]).unwrap();
    for field in [
        "schema",
        "run",
        "mode",
        "finished",
        "unfinished",
        "blocked",
        "standings",
        "posted",
        "planned",
        "released",
        "stock",
        "waiting",
        "exceptions",
        "cleared",
        "totals",
        "calls",
        "writes",
        "journal_entries",
    ] {
        assert!(json.get(field).is_some(), "{field}");
    }
    // Amounts are text, never JSON numbers.
    assert!(json["posted"][0]["gross"].to_string().contains('"'), "{}", json["posted"][0]);
    for exception in json["exceptions"].as_array().unwrap() {
        for field in ["code", "owner", "title", "next_step", "since", "facts", "rma", "units", "money_at_risk"] {
            assert!(exception.get(field).is_some(), "{field} is missing in {exception}");
        }
    }
}

#[test]
fn the_journal_holds_nothing_private() {
    let (stage, _) = everything_wrong();
    assert!(stage.entries().len() > 20);
    for entry in stage.entries() {
        for private in private(&stage) {
            assert!(!entry.body.contains(&private), "{private:?} is in {}", entry.body);
        }
    }
    let debug = format!("{:?} {:?}", stage.systems, stage.journal);
    for private in private(&stage) {
        assert!(!debug.contains(&private), "{private:?} is in a Debug");
    }
}

#[test]
fn every_write_has_its_intent_before_and_its_outcome_after() {
    let (stage, _) = everything_wrong();
    let (mut intended, mut ended) = (0, 0);
    for event in stage.events() {
        match event {
            Event::CreditIntended { .. } | Event::CreditResent { .. } => intended += 1,
            Event::CreditEnded { .. } => {
                ended += 1;
                assert_eq!(intended, ended, "an outcome follows its own intent");
            }
            _ => {}
        }
    }
    assert_eq!((intended, ended), (stage.posts(), stage.posts()));
}
