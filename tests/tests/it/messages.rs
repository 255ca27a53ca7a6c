//! What a user reads when something is set up wrongly or a vendor answers nonsense: every message names the thing and
//! the way out, and nothing is posted.

use crate::common;
use crate::common::{Stage, Wiring, codes, contains_all, facts, line, shirt};
use returngo_client::{RmaId, sandbox::FaultPlan};
use returns_examples::SHOP;
use returns_sync::{
    exception::Code,
    journal::SqliteJournal,
    run::{Mode, run_once},
    settings::Settings,
};
use returns_wire::{BaseUrl, HttpOptions, Secret, Transport, over_reqwest};
use sage200_client::sandbox::{Fault, How, SageSandbox};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

/// A shop with a return that would be posted, wired wrongly.
fn wired(wiring: Wiring) -> Stage {
    let mut stage = Stage::open();
    stage.shirt_returned("EX1");
    stage.systems = wiring.connect(&stage.shop);
    stage
}

/// The run can't work at all: one line, nothing posted, nothing written.
#[track_caller]
fn can_not_run(stage: &Stage, parts: &[&str]) {
    let error = stage.attempt(Mode::Run).unwrap_err();
    let text = returns_wire::report(&error);
    contains_all(&text, parts);
    assert!(!text.contains('\n'), "{text}");
    for secret in [common::KEY, stage.shop.sage.client_secret(), "sandbox-access", "sandbox-refresh"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert_eq!(stage.posts(), 0);
    assert!(!stage.entries().iter().any(|entry| entry.body.contains("credit_intended")));
}

/// The run works, and this RMA is parked. Gives what was found and what to do.
#[track_caller]
fn parked(stage: &Stage, rma: &RmaId, code: Code, parts: &[&str]) -> (String, &'static str) {
    let report = stage.run();
    assert_eq!(codes(&report, rma), [code.as_str()]);
    contains_all(&facts(&report, code), parts);
    assert!(report.released.is_empty() && report.unfinished.is_none());
    stage.assert_ours(&[]);
    (facts(&report, code), report.exceptions[0].next_step)
}

#[test]
fn a_wrong_key_of_returngo() {
    let stage = wired(Wiring { key: "not-the-key", ..Wiring::default() });
    can_not_run(&stage, &["returngo", "the API key is wrong", SHOP, "ReturnGO's settings", "401"]);
}

#[test]
fn a_wrong_shop() {
    let stage = wired(Wiring { shop: "harbour-finch.myshopify.com", ..Wiring::default() });
    can_not_run(&stage, &["`harbour-finch.myshopify.com` is not under this key", "store selector", "403"]);
}

#[test]
fn a_wrong_site() {
    let stage = wired(Wiring { site: "99999999-2222-3333-4444-555555555555", ..Wiring::default() });
    let site = SageSandbox::SITE_ID;
    can_not_run(
        &stage,
        &[
            "site 99999999-2222-3333-4444-555555555555 is not one of the user's sites",
            "use one of",
            site,
            "company 1 (Example Trading)",
        ],
    );
}

#[test]
fn a_wrong_company_and_those_that_exist() {
    let stage = Stage::open();
    stage.shop.sage.add_site(SageSandbox::SITE_ID, "Second Trading", 2).unwrap();
    stage.shop.sage.add_site("77777777-2222-3333-4444-555555555555", "Elsewhere", 7).unwrap();
    let stage = Stage { systems: Wiring { company: 7, ..Wiring::default() }.connect(&stage.shop), ..stage };
    can_not_run(
        &stage,
        &["has no company 7", "use one of", "company 1 (Example Trading)", "company 2 (Second Trading)"],
    );
    assert!(!stage.attempt(Mode::Run).unwrap_err().to_string().contains("Elsewhere"));
}

#[test]
fn a_refresh_token_that_sage_id_refuses() {
    let stage = wired(Wiring { refresh_token: Some("spent-long-ago"), ..Wiring::default() });
    can_not_run(&stage, &["Sage ID refused the refresh token", "invalid_grant", "a person must sign in again"]);
    assert!(!stage.attempt(Mode::Run).unwrap_err().to_string().contains("spent-long-ago"));
}

#[test]
fn a_consent_that_was_withdrawn() {
    let stage = Stage::open();
    let wiring = Wiring { refresh_token: Some(stage.shop.sage.initial_refresh_token()), ..Wiring::default() };
    let stage = Stage { systems: wiring.connect(&stage.shop), ..stage };
    stage.run_on();
    stage.shirt_returned("EX1");
    stage.shop.sage.withdraw_consent();
    can_not_run(&stage, &["Sage ID refused the refresh token", "a person must sign in again"]);
}

#[test]
fn the_wrong_edition_of_sage() {
    let stage = wired(Wiring { sage_path: "/uk/sage200/accounts/v1/", ..Wiring::default() });
    can_not_run(
        &stage,
        &["404", "/uk/sage200/accounts/v1/sites does not exist", "Professional lives under `sage200extra`"],
    );
}

/// A port of this machine at which nobody listens.
fn nobody() -> (Transport, BaseUrl, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    (over_reqwest(&HttpOptions::default()).unwrap(), format!("http://{address}/").parse().unwrap(), address)
}

#[tokio::test]
async fn hosts_that_can_not_be_reached() {
    let (transport, base, address) = nobody();
    let stage = wired(Wiring { sage: Some((transport.clone(), base.clone())), ..Wiring::default() });
    let error = run_once(&stage.systems, &stage.journal, &stage.policy, Mode::Run).await.unwrap_err();
    let text = returns_wire::report(&error);
    contains_all(
        &text,
        &["sage200.", &address, "no connection could be opened", "check the host name in the base URL", "firewall"],
    );

    let stage = wired(Wiring { returngo: Some((transport, base)), ..Wiring::default() });
    let error = run_once(&stage.systems, &stage.journal, &stage.policy, Mode::Run).await.unwrap_err();
    let text = returns_wire::report(&error);
    contains_all(
        &text,
        &["returngo.", &address, "no connection could be opened", "check the host name in the base URL", "firewall"],
    );
    assert_eq!(stage.posts(), 0);
}

#[test]
fn a_web_page_instead_of_returngo() {
    let stage = wired(Wiring::default());
    stage.returngo_fails(FaultPlan::on("GET", "/rmas").web_page(200).times(9));
    can_not_run(&stage, &["returngo.rmas.list", "web page (HTML) instead of JSON", "check the base URL"]);

    let stage = wired(Wiring::default());
    stage.returngo_fails(FaultPlan::on("GET", "/rmas").web_page(502).times(9));
    can_not_run(&stage, &["returngo.rmas.list", "502", "web page (HTML)", "check the base URL"]);
}

#[test]
fn a_web_page_instead_of_sage() {
    for status in [200, 403, 502] {
        let stage = wired(Wiring::default());
        stage.shop.sage.fail_next(Fault { times: 9, ..Fault::on_get("sites", How::WebPage(status)) });
        can_not_run(&stage, &["sage200.sites.list", "web page (HTML) instead of JSON"]);
    }
}

#[test]
fn an_answer_that_breaks_off() {
    let stage = wired(Wiring::default());
    stage.returngo_fails(FaultPlan::on("GET", "/rmas").truncated().times(9));
    can_not_run(&stage, &["returngo.rmas.list", "the JSON breaks off after", "cut short on its way"]);

    let stage = wired(Wiring::default());
    stage.shop.sage.fail_next(Fault { times: 9, ..Fault::on_get("tax_codes", How::ActThenTruncate) });
    can_not_run(&stage, &["sage200.tax_codes.list", "the JSON breaks off after", "cut short on its way"]);

    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.returngo_fails(FaultPlan::on("GET", "/rma/").truncated().times(9));
    parked(&stage, &rma, Code::RmaUnreadable, &["the JSON breaks off after", rma.as_str()]);
}

/// What Sage answers badly is Sage's: ReturnGO's support must not be asked about it.
#[test]
fn a_broken_answer_of_sage_is_not_blamed_on_returngo() {
    for how in [How::ActThenTruncate, How::WebPage(200)] {
        let stage = Stage::open();
        stage.run_on();
        let rma = stage.shirt_returned("EX1");
        stage.shop.sage.fail_next(Fault { times: 9, ..Fault::on_get("sop_order_return_views", how) });
        let report = stage.run();
        assert_eq!(codes(&report, &rma), ["read-failed"], "{:?}", report.exceptions);
        contains_all(&facts(&report, Code::ReadFailed), &["sage200.sop_order_return_views.list"]);
    }
}

#[test]
fn an_rma_without_keys_that_must_be_there() {
    for (from, to, names) in [
        ("\"returnedItemId\"", "\"itemId\"", "items[0]"),
        ("\"rmaSummary\"", "\"summary\"", "rmaSummary"),
        ("\"rmaId\"", "\"id\"", "rmaSummary"),
    ] {
        let stage = Stage::open();
        let rma = stage.shirt_returned("EX1");
        stage.rewrite(&rma, from, to);
        let (_, next_step) =
            parked(&stage, &rma, Code::RmaUnreadable, &["missing field", names, &format!("RMA {rma}")]);
        contains_all(next_step, &["ReturnGO's support"]);
    }
}

#[test]
fn an_rma_without_items_or_status() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.rewrite(&rma, "\"status\":\"Validated\"", "\"state\":\"Validated\"");
    parked(&stage, &rma, Code::RmaStatusUnknown, &["the status is \"\""]);

    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.rewrite(&rma, "\"items\":[", "\"pieces\":[");
    let report = stage.run();
    stage.assert_ours(&[]);
    let told = !codes(&report, &rma).is_empty() || report.waiting.iter().any(|waiting| waiting.rma == rma);
    assert!(told, "an RMA without units was closed without a word: {:?}", report.standings);
}

#[test]
fn a_status_that_nobody_knows_is_parked() {
    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.rewrite(&rma, "\"status\":\"Validated\"", "\"status\":\"Quarantined\"");
    let (_, next_step) = parked(&stage, &rma, Code::RmaStatusUnknown, &["Quarantined"]);
    contains_all(next_step, &["Update this program"]);
}

#[test]
fn a_resolution_that_nobody_knows_is_parked() {
    let stage = Stage::open();
    stage.sold("EX1", vec![line("SHIRT-M", 1)]);
    let rma = stage.returned("EX1", [shirt().resolution("RefundByPigeon")]);
    parked(&stage, &rma, Code::ResolutionNotSupported, &["RefundByPigeon"]);

    let stage = Stage::open();
    let rma = stage.shirt_returned("EX1");
    stage.rewrite(&rma, "\"resolutionType\"", "\"resolution\"");
    parked(&stage, &rma, Code::ResolutionNotSupported, &["the resolution is missing"]);
}

#[test]
fn money_that_is_no_number() {
    for (money, says) in [
        ("\"12,50\"", "expected a decimal number such as 12.50"),
        ("123456789012345678901234567890", "30 significant digits"),
        ("null", "paidPrice.amount"),
        ("true", "paidPrice.amount"),
        ("{}", "paidPrice.amount"),
    ] {
        let stage = Stage::open();
        let rma = stage.shirt_returned("EX1");
        stage.rewrite(&rma, "\"paidPrice\":{\"amount\":24,", &format!("\"paidPrice\":{{\"amount\":{money},"));
        let (found, _) = parked(&stage, &rma, Code::RmaUnreadable, &["items[0].paidPrice.amount", says, rma.as_str()]);
        assert!(!found.contains("12,50"));
    }
}

#[test]
fn money_in_an_unusual_dress_is_still_exact() {
    for money in ["\"24.00\"", "24.0", "2.4e1", "24.000000000000000000000000"] {
        let stage = Stage::open();
        let rma = stage.shirt_returned("EX1");
        stage.rewrite(&rma, "\"paidPrice\":{\"amount\":24,", &format!("\"paidPrice\":{{\"amount\":{money},"));
        stage.run_on();
        stage.assert_ours(&[(&format!("RMA{rma}-1"), "20.00", "4.00")]);
    }
    // Parts of a penny, no currency, another shape of it: not usable, and said so.
    for (from, to) in [
        ("\"amount\":24,\"currency\":\"GBP\"", "\"amount\":24.005,\"currency\":\"GBP\""),
        ("\"amount\":24,\"currency\":\"GBP\"", "\"amount\":24,\"currency\":\"\""),
        ("\"amount\":24,\"currency\":\"GBP\"", "\"amount\":24,\"currency\":\"pounds\""),
    ] {
        let stage = Stage::open();
        let rma = stage.shirt_returned("EX1");
        stage.rewrite(&rma, from, to);
        parked(&stage, &rma, Code::ValueUnreadable, &["paid price"]);
    }
}

#[test]
fn a_budget_that_is_used_up() {
    let stage = wired(Wiring { sage_calls: Some(0), ..Wiring::default() });
    can_not_run(&stage, &["today's budget of calls to Sage 200 is used up", "midnight UTC", "raise the daily limit"]);

    let stage = wired(Wiring { returngo_calls: 0, ..Wiring::default() });
    let report = stage.run();
    contains_all(
        report.unfinished.as_deref().unwrap(),
        &["no RMA was looked at", "budget of calls to ReturnGO is used up", "midnight UTC"],
    );
    assert_eq!(stage.posts(), 0);

    // The vendor's own count, ours notwithstanding.
    let stage = wired(Wiring::default());
    stage.shop.returngo.set_daily_limit(Some(0));
    can_not_run(&stage, &["429", "2,000 a day for all programs that share the key"]);
}

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("returns-messages-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn journal(&self) -> String {
        self.0.join("journal.sqlite").display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0).is_ok();
    }
}

#[tokio::test]
async fn a_journal_that_another_run_holds() {
    let folder = Folder::new();
    let held = SqliteJournal::open(&folder.journal()).await.unwrap();
    let error = SqliteJournal::open(&folder.journal()).await.unwrap_err().to_string();
    contains_all(&error, &[&folder.journal(), "in use by another process", "wait for the other run to end"]);
    drop(held);
    SqliteJournal::open(&folder.journal()).await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_journal_that_can_not_be_written() {
    // Not even root can make a file here.
    let error = SqliteJournal::open("sqlite:/proc/returns-journal.sqlite").await.unwrap_err().to_string();
    contains_all(
        &error,
        &["/proc/returns-journal.sqlite", "can't be written", "write access to the file and its folder"],
    );
}

#[tokio::test]
async fn a_journal_of_a_later_version() {
    let folder = Folder::new();
    drop(SqliteJournal::open(&folder.journal()).await.unwrap());
    // The format's number in SQLite's header.
    let mut bytes = std::fs::read(folder.journal()).unwrap();
    bytes[60..64].copy_from_slice(&7u32.to_be_bytes());
    std::fs::write(folder.journal(), bytes).unwrap();
    let error = SqliteJournal::open(&folder.journal()).await.unwrap_err().to_string();
    contains_all(&error, &[&folder.journal(), "has format 7", "knows up to 1", "update this program"]);
}

#[tokio::test]
async fn a_file_that_is_no_journal() {
    let folder = Folder::new();
    std::fs::write(folder.journal(), "Dear diary, this is long enough to be looked at. ".repeat(100)).unwrap();
    let error = SqliteJournal::open(&folder.journal()).await.unwrap_err().to_string();
    contains_all(&error, &[&folder.journal(), "is not a returns-sync journal", "check the path"]);
    let error = SqliteJournal::open("postgres://user:hidden@db.example/journal").await.unwrap_err().to_string();
    contains_all(&error, &["postgres", "give a path, such as sqlite:"]);
    assert!(!error.contains("hidden"));
}

/// The run on a real file, so that its error comes out of `run_once` as well.
#[tokio::test]
async fn a_journal_file_of_another_shop() {
    let folder = Folder::new();
    let stage = Stage::open();
    stage.shirt_returned("EX1");
    let journal = SqliteJournal::open(&folder.journal()).await.unwrap();
    assert_eq!(run_once(&stage.systems, &journal, &stage.policy, Mode::Run).await.unwrap().posted.len(), 1);
    drop(journal);
    let elsewhere = Wiring { company: 2, ..Wiring::default() }.connect(&stage.shop);
    let journal = SqliteJournal::open(&folder.journal()).await.unwrap();
    let error = run_once(&elsewhere, &journal, &stage.policy, Mode::Run).await.unwrap_err().to_string();
    contains_all(&error, &["this journal belongs to shop", SHOP, "company 1", "company 2", "use one journal for each"]);
}

const SETTINGS: &str = r#"
[returngo]
shop = "harbour-and-finch.myshopify.com"

[sage]
client_id = "harbour-client"
site = "11111111-2222-3333-4444-555555555555"
company = 1

[policy]
go_live = 2026-03-01
currency = "GBP"
customers = ["WEB01"]

[caps]
documents_per_run = 50
value_per_run = "5000.00"
value_per_document = "500.00"
"#;

#[track_caller]
fn settings(from: &str, to: &str) -> String {
    assert!(SETTINGS.contains(from), "{from}");
    Settings::from_toml(&SETTINGS.replace(from, to), "returns.toml").unwrap_err().to_string()
}

#[test]
fn a_secret_that_is_not_set() {
    let settings = Settings::from_toml(SETTINGS, "returns.toml").unwrap();
    let error = settings.secrets_from(|_| None).unwrap_err().to_string();
    contains_all(&error, &["returns.toml", "RETURNGO_API_KEY", "SAGE200_CLIENT_SECRET", "not set", "set it to"]);
    let only = |wanted: &'static str| move |name: &str| (name == wanted).then(|| Secret::new("here-it-is"));
    let error = settings.secrets_from(only("RETURNGO_API_KEY")).unwrap_err().to_string();
    assert!(!error.contains("RETURNGO_API_KEY") && !error.contains("here-it-is"), "{error}");
}

#[test]
fn a_key_that_is_missing_or_misspelt() {
    contains_all(
        &settings("go_live = 2026-03-01\n", ""),
        &["`policy.go_live` is missing", "add `go_live = 2026-12-01` under [policy]"],
    );
    contains_all(
        &settings("go_live", "go_liv"),
        &["unknown key `policy.go_liv` (line 11)", "did you mean `policy.go_live`?"],
    );
    contains_all(&settings("[caps]", "[cap]"), &["unknown table [cap]", "did you mean [caps]?"]);
    contains_all(&settings("[\"WEB01\"]", "[\"WEBSALES01\"]"), &["policy.customers", "8"]);
    contains_all(&settings("\"500.00\"", "500.00"), &["caps.value_per_document", "quotes"]);
    contains_all(&settings("\"GBP\"", "\"pounds\""), &["policy.currency", "pounds"]);
    contains_all(
        &settings("[returngo]\n", "[returngo]\napi_key = \"abc\"\n"),
        &["secrets do not belong in this file", "RETURNGO_API_KEY"],
    );
}

#[test]
fn several_mistakes_are_told_at_once() {
    let error = settings("company = 1", "company = \"one\"\nrequests_per_second = 0");
    contains_all(&error, &["sage.company", "sage.requests_per_second"]);
    assert_eq!(error.lines().count(), 2, "{error}");
}
