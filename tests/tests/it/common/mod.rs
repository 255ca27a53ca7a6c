//! A stage for one play: the invented shop, its clients, a journal in memory, and short ways to look at both ends.

use chrono::TimeDelta;
use returngo_client::{
    PresumedFields, ReturnGo, RmaId,
    sandbox::{FaultPlan, NewItem, NewRma, Verdict},
};
use returns_examples::{RETURNGO_APP, SHOP, Shop};
use returns_sync::{
    exception::{Code, Exception},
    journal::{Entry, Event, MemoryJournal},
    policy::Policy,
    run::{Mode, RunError, RunReport, Systems, run_once},
};
use returns_tests::run_to_end;
use returns_wire::{BaseUrl, Clock, DailyQuota, MemoryQuota, Secret, Transport, sandbox::in_process};
use rust_decimal::Decimal;
use sage200_client::{
    CompanyId, MemoryTokens, Sage, SiteId, StoredTokens,
    sandbox::{BASE_PATH, Fault, How, LedgerRow, NewLine, NewOrder, SageSandbox},
};
use shopify_returns::{LineItemId, OrderId};
use std::{collections::BTreeSet, sync::Arc};

/// The key that tests use; the shop accepts it beside its own.
pub(crate) const KEY: &str = "key-of-the-tests";

pub(crate) fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn hours(hours: i64) -> TimeDelta {
    TimeDelta::hours(hours)
}

pub(crate) fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

/// A unit as the customer paid for it: gross price, and the VAT in it.
pub(crate) fn item(sku: &str, gross: &str, vat: &str) -> NewItem {
    NewItem::new(sku, d(gross), d(vat))
}

pub(crate) fn shirt() -> NewItem {
    item("SHIRT-M", "24.00", "4.00")
}

pub(crate) fn shirts(units: u32) -> NewItem {
    shirt().units(units)
}

pub(crate) fn book() -> NewItem {
    item("BOOK-KNIT", "12.00", "0.00")
}

/// An order line at list price.
pub(crate) fn line(code: &str, quantity: u32) -> NewLine {
    Shop::line(code, quantity).unwrap()
}

/// An order line worth exactly this.
pub(crate) fn worth(code: &str, quantity: u32, net: &str, vat: &str) -> NewLine {
    NewLine { total: Some(d(net)), tax: Some(d(vat)), ..line(code, quantity) }
}

/// How the clients are wired; everything as it should be unless changed.
pub(crate) struct Wiring {
    pub(crate) shop: &'static str,
    pub(crate) key: &'static str,
    pub(crate) site: &'static str,
    pub(crate) company: i64,
    pub(crate) sage_path: &'static str,
    pub(crate) refresh_token: Option<&'static str>,
    pub(crate) returngo_calls: u32,
    pub(crate) sage_calls: Option<u32>,
    pub(crate) returngo: Option<(Transport, BaseUrl)>,
    pub(crate) sage: Option<(Transport, BaseUrl)>,
}

impl Default for Wiring {
    fn default() -> Self {
        Self {
            shop: SHOP,
            key: KEY,
            site: SageSandbox::SITE_ID,
            company: 1,
            sage_path: BASE_PATH,
            refresh_token: None,
            returngo_calls: 2000,
            sage_calls: None,
            returngo: None,
            sage: None,
        }
    }
}

impl Wiring {
    pub(crate) fn connect(self, shop: &Shop) -> Systems {
        let clock: Arc<dyn Clock> = Arc::new(shop.clock.clone());
        let quota = |name, calls| DailyQuota::new(Arc::new(MemoryQuota::default()), name, calls);
        let base = || "https://sandbox.example/".parse::<BaseUrl>().unwrap();
        let (returngo, returngo_base) =
            self.returngo.unwrap_or_else(|| (in_process(shop.returngo.clone().with_shop(SHOP, KEY).router()), base()));
        let (sage, sage_base) = self.sage.unwrap_or_else(|| (in_process(shop.sage.router()), base()));
        // Without a refresh token of its own, a test has an access token: the one refresh token works once.
        let tokens = match self.refresh_token {
            Some(token) => StoredTokens::new(Secret::new(token), clock.now()),
            None => {
                let mut tokens = StoredTokens::new(Secret::new("none"), clock.now());
                tokens.access_token = Some(Secret::new(shop.sage.mint_access_token()));
                tokens
            }
        };
        let returngo = ReturnGo::builder()
            .base_url(returngo_base)
            .shop(self.shop)
            .api_key(Secret::new(self.key))
            .transport(returngo)
            .clock(clock.clone())
            .quota(quota("ReturnGO", self.returngo_calls))
            .build()
            .unwrap();
        let origin = sage_base.as_str().trim_end_matches('/').to_owned();
        let sage = Sage::builder()
            .base_url(format!("{origin}{}", self.sage_path))
            .token_url(format!("{origin}/oauth/token"))
            .client_id(shop.sage.client_id())
            .client_secret(Secret::new(shop.sage.client_secret()))
            .tokens(Arc::new(MemoryTokens::new(tokens)))
            .transport(sage)
            .clock(clock.clone())
            .quota(self.sage_calls.map(|calls| quota("Sage 200", calls)))
            .build()
            .unwrap();
        Systems {
            returngo,
            sage: sage.company(SiteId::new(self.site), CompanyId::new(self.company)),
            shopify: None,
            reports: Arc::new(PresumedFields),
            clock,
        }
    }
}

pub(crate) struct Stage {
    pub(crate) shop: Shop,
    pub(crate) systems: Systems,
    pub(crate) journal: MemoryJournal,
    pub(crate) policy: Policy,
}

impl Stage {
    /// Monday, 30 March 2026, nine in the morning in London.
    pub(crate) fn open() -> Self {
        Self::at("2026-03-30T08:00:00Z")
    }

    pub(crate) fn at(now: &str) -> Self {
        let shop = Shop::open_at(now.parse().unwrap()).unwrap();
        shop.sage.set_access_lifetime(std::time::Duration::from_secs(365 * 86_400));
        let systems = Wiring::default().connect(&shop);
        Self { shop, systems, journal: MemoryJournal::new(), policy: Shop::policy().unwrap() }
    }

    /// The route by sales returns.
    pub(crate) fn of_returns() -> Self {
        let mut stage = Self::open();
        stage.shop.take_sales_returns().unwrap();
        stage.policy = Shop::policy_of_sales_returns().unwrap();
        stage
    }

    /// The same with Shopify connected.
    pub(crate) fn online() -> Self {
        let mut stage = Self::open();
        stage.systems = stage.shop.with_shopify(stage.systems.clone(), |transport| transport).unwrap();
        stage.policy.returngo_app = Some(RETURNGO_APP);
        stage
    }

    /// An order of these goods at list price, in the shop and in Sage, paid, despatched and invoiced.
    pub(crate) fn sold_online(&self, number: &str, goods: &[(&str, u32)]) -> OrderId {
        self.sold(number, goods.iter().map(|(code, quantity)| line(code, *quantity)).collect());
        self.shop.placed_at_list(number, goods).unwrap()
    }

    /// The line of an order in the shop that sold a SKU.
    pub(crate) fn line_of(&self, number: &str, sku: &str) -> LineItemId {
        self.shop.online(number).unwrap().lines[sku]
    }

    /// Codes of the open exceptions that belong to no RMA: code and subject.
    pub(crate) fn subjects(report: &RunReport) -> Vec<(&'static str, String)> {
        let about = |e: &Exception| Some((e.finding.code.as_str(), e.finding.subject.clone()?));
        report.exceptions.iter().filter_map(about).collect()
    }

    pub(crate) fn attempt(&self, mode: Mode) -> Result<RunReport, RunError> {
        run_to_end(run_once(&self.systems, &self.journal, &self.policy, mode))
    }

    /// One run. Whatever the test is about: no reference of ours stands twice in Sage, and nothing is released beyond
    /// what stands there.
    pub(crate) fn run(&self) -> RunReport {
        let report = self.run_unchecked();
        let names: Vec<_> = self.ours().into_iter().map(|row| row.0).collect();
        let distinct: BTreeSet<_> = names.iter().collect();
        assert_eq!(names.len(), distinct.len(), "posted twice: {names:?}");
        let ledger = self.shop.sage.ledger();
        let credits: BTreeSet<_> = ledger.iter().filter(|row| row.gross < Decimal::ZERO).map(names_of).collect();
        // The sale is no credit, what reverses a credit is.
        let credited: Decimal =
            ledger.iter().filter(|row| credits.contains(&names_of(row))).map(|row| -row.gross).sum();
        assert!(self.released_in_all() <= credited, "released more than Sage holds");
        report
    }

    /// The same, where the report does not matter.
    pub(crate) fn run_on(&self) {
        drop(self.run());
    }

    pub(crate) fn run_unchecked(&self) -> RunReport {
        self.attempt(Mode::Run).unwrap()
    }

    pub(crate) fn plan(&self) -> RunReport {
        self.attempt(Mode::Plan).unwrap()
    }

    /// Runs ten minutes apart until a run has written nothing.
    pub(crate) fn run_until_quiet(&self) -> RunReport {
        for _ in 0..12 {
            let report = self.run();
            if report.journal_entries == 0 {
                return report;
            }
            self.shop.wait(minutes(10));
        }
        panic!("no rest after 12 runs");
    }

    pub(crate) fn sold(&self, number: &str, lines: Vec<NewLine>) -> i64 {
        self.shop.sold(number, lines).unwrap()
    }

    pub(crate) fn order(&self, order: NewOrder) -> i64 {
        self.shop.sage.add_order(order).unwrap()
    }

    /// A refund of these lines, approved.
    pub(crate) fn approved(&self, order: &str, lines: impl IntoIterator<Item = NewItem>) -> RmaId {
        let rma = lines.into_iter().fold(NewRma::refund(order), NewRma::line);
        self.shop.approved(rma).unwrap()
    }

    /// The same, and the warehouse has found everything fit for sale.
    pub(crate) fn returned(&self, order: &str, lines: impl IntoIterator<Item = NewItem>) -> RmaId {
        let rma = self.approved(order, lines);
        self.shop.received(&rma).unwrap();
        rma
    }

    /// The usual play: one shirt sold under this number, returned and inspected.
    pub(crate) fn shirt_returned(&self, order: &str) -> RmaId {
        self.sold(order, vec![line("SHIRT-M", 1)]);
        self.returned(order, [shirt()])
    }

    /// Changes what ReturnGO answers for an RMA.
    pub(crate) fn rewrite(&self, rma: &RmaId, from: &str, to: &str) {
        let body = self.shop.returngo.json(rma).unwrap();
        assert!(body.contains(from), "{from} is not in {body}");
        self.shop.returngo.replace_body(rma, &body.replace(from, to)).unwrap();
    }

    /// Credit notes that came through the API: second reference, net and VAT as positive amounts.
    pub(crate) fn ours(&self) -> Vec<(String, Decimal, Decimal)> {
        let rows = self.shop.sage.ledger().into_iter().filter(|row| !row.by_hand);
        rows.map(|row| (row.second_reference, -row.goods, -row.tax)).collect()
    }

    /// Asserts what came through the API.
    #[track_caller]
    pub(crate) fn assert_ours(&self, expected: &[(&str, &str, &str)]) {
        let expected: Vec<_> = expected.iter().map(|row| (row.0.to_owned(), d(row.1), d(row.2))).collect();
        assert_eq!(self.ours(), expected);
    }

    /// Requests to post a credit note, whatever became of them.
    pub(crate) fn posts(&self) -> usize {
        let log = self.shop.sage.request_log();
        log.iter().filter(|request| request.method == "POST" && request.path.ends_with("sales_credit_notes")).count()
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.journal.entries()
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.entries().iter().map(|entry| serde_json::from_str(&entry.body).unwrap()).collect()
    }

    /// Inspects units whose parcel is there.
    pub(crate) fn inspect(&self, rma: &RmaId, verdicts: &[Option<Verdict>]) {
        for (unit, verdict) in self.shop.units(rma).iter().zip(verdicts) {
            if let Some(verdict) = verdict {
                self.shop.returngo.inspect(unit, verdict.clone()).unwrap();
            }
        }
    }

    /// The numbers of the sales returns in Sage that were read back.
    pub(crate) fn returns_in_sage(&self) -> Vec<String> {
        let number = |event| match event {
            Event::ReturnFound { document_no, .. } => Some(document_no),
            _ => None,
        };
        self.events().into_iter().filter_map(number).collect()
    }

    /// The value of all refunds released since the journal began.
    pub(crate) fn released_in_all(&self) -> Decimal {
        let amount = |event| match event {
            Event::RefundReleased { gross, .. } => Some(gross.amount()),
            _ => None,
        };
        self.events().into_iter().filter_map(amount).sum()
    }

    /// Finance types in a credit note on the web account at the standard rate.
    pub(crate) fn by_hand(&self, second_reference: &str, net: &str, vat: &str) -> i64 {
        let desktop = self.shop.sage.desktop();
        desktop.post_credit_note(self.shop.web, "", second_reference, d(net), 1, d(vat)).unwrap()
    }

    pub(crate) fn sage_fails(&self, how: How, times: u32) {
        self.shop.sage.fail_next(Fault { times, ..Fault::on_post("sales_credit_notes", how) });
    }

    pub(crate) fn returngo_fails(&self, plan: FaultPlan) {
        self.shop.returngo.fail_next(plan);
    }
}

fn names_of(row: &LedgerRow) -> (String, String) {
    (row.reference.clone(), row.second_reference.clone())
}

/// Several returns of all kinds; two of them can be credited.
pub(crate) fn busy(stage: &Stage) -> Vec<RmaId> {
    stage.sold("EX1", vec![line("SHIRT-M", 2), line("BOOK-KNIT", 1)]);
    stage.sold("EX2", vec![line("JUMPER-L", 1)]);
    stage.sold("EX3", vec![line("SHIRT-M", 1)]);
    let jumper = || item("JUMPER-L", "54.00", "9.00");
    let waiting = stage.approved("EX3", [shirt()]);
    vec![
        stage.returned("EX1", [shirts(2), book()]),
        stage.returned("EX2", [jumper()]),
        waiting,
        stage.returned("EX-NOWHERE", [shirt()]),
        stage.shop.approved(NewRma::store_credit("EX3").line(shirt())).unwrap(),
        stage.shop.returngo.submit(NewRma::refund("EX3").line(shirt())).unwrap(),
    ]
}

/// Codes of the open exceptions of one RMA.
pub(crate) fn codes(report: &RunReport, rma: &RmaId) -> Vec<&'static str> {
    let of = |e: &&Exception| e.finding.rma.as_ref() == Some(rma);
    report.exceptions.iter().filter(of).map(|e| e.finding.code.as_str()).collect()
}

/// Codes of the exceptions of one RMA that this run cleared.
pub(crate) fn cleared(report: &RunReport, rma: &RmaId) -> Vec<&'static str> {
    let of = |e: &&Exception| e.finding.rma.as_ref() == Some(rma);
    report.cleared.iter().filter(of).map(|e| e.finding.code.as_str()).collect()
}

/// The one open exception with this code.
#[track_caller]
pub(crate) fn exception(report: &RunReport, code: Code) -> &Exception {
    let found: Vec<_> = report.exceptions.iter().filter(|e| e.finding.code == code).collect();
    let all: Vec<_> = report.exceptions.iter().map(|e| (e.finding.code.as_str(), &e.finding.facts)).collect();
    match found.as_slice() {
        [one] => one,
        _ => panic!("{} exceptions {code}, all: {all:?}", found.len()),
    }
}

/// What was found, in words, for the one open exception with this code.
#[track_caller]
pub(crate) fn facts(report: &RunReport, code: Code) -> String {
    exception(report, code).finding.facts.clone()
}

/// Releases of this run: RMA and value.
pub(crate) fn released(report: &RunReport) -> Vec<(String, Decimal)> {
    report.released.iter().map(|release| (release.rma.to_string(), release.gross.amount())).collect()
}

/// References posted by this run.
pub(crate) fn posted(report: &RunReport) -> Vec<&str> {
    report.posted.iter().map(|credit| credit.second_reference.as_str()).collect()
}

#[track_caller]
pub(crate) fn contains_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}
