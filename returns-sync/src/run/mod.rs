//! The run: gather, decide, write the intent, act, read back, write the outcome. Then decide again.

mod act;
mod book;
mod by_person;
mod exchanges;
mod gather;
mod lists;
mod refunds;
mod report;
mod returns;
mod shop;
mod stock;
mod strays;
mod sweep;
mod totals;

pub use report::{
    BundleShares, CallsUsed, ComponentShare, ControlTotals, EnteredOrder, MadeRefund, PaidRefunds, Payable, PlanTotal,
    PostedCredit, PreparedDocument, Released, ReportedRefund, RunReport, SCHEMA, SeenRefund, StockProved, StockToBook,
    Total, Waiting,
};

pub use by_person::{Adopt, accept_goods, adopt, settle, settle_units};

use crate::{
    evidence::{Books, Fresh},
    exception::{Code, Exception, Finding},
    journal::{Binding, Event, Journal, JournalError, RunId},
    policy::{Exchanges, Policy, RefundGate},
    rules::{Decision, Standing, Step, asked_for, decide},
};
use act::{Acted, Spent};
use book::Book;
use gather::Gatherer;
use returngo_client::{ReportAdaptor, ReturnGo, ReturnedItemId, Rma, RmaId, Transaction};
use returns_wire::{Clock, Error, ErrorKind, report as error_text};
use sage200_client::{Company, Customer, Id};
use shop::{Attribution, Looked};
use shopify_returns::{OrderId, RefundId, Shopify};
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
};

/// The systems a run works on.
#[derive(Debug, Clone)]
pub struct Systems {
    /// ReturnGO, for one shop.
    pub returngo: ReturnGo,
    /// Sage 200, for one company.
    pub sage: Company,
    /// Shopify, for the same shop. Without it, values come from Sage's orders alone and refunds past ReturnGO go unseen.
    pub shopify: Option<Shopify>,
    /// In which form ReturnGO is told about refunds that it asked for and we have made. Used only with
    /// [`ReturnGoRefunds::NotifyOnly`](crate::policy::ReturnGoRefunds::NotifyOnly). ReturnGO has not confirmed any:
    /// [`PresumedFields`](returngo_client::PresumedFields) is a presumption.
    pub reports: Arc<dyn ReportAdaptor>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// Whether a run acts or only says what it would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Posts, releases, writes the journal.
    Run,
    /// Reads only. Nothing is posted, and the journal is not written.
    Plan,
}

/// How far a run has got, for whoever watches.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'p> {
    /// RMAs looked at.
    pub done: usize,
    /// RMAs to look at.
    pub of: usize,
    /// The RMA that comes next.
    pub rma: &'p RmaId,
}

/// A run that could not work at all. Nothing, or nothing more, was posted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal belongs elsewhere.
    #[error(
        "this journal belongs to shop {} and Sage site {} company {} in {}, the run is for shop {} and site {} company {} in {}; use one journal for each",
        bound.shop, bound.site, bound.company, bound.currency, asked.shop, asked.site, asked.company, asked.currency
    )]
    OtherJournal {
        /// What it belongs to.
        bound: Box<Binding>,
        /// What the run is for.
        asked: Box<Binding>,
    },
    /// A system can't be reached or refuses us.
    #[error("{0}")]
    System(#[source] Error),
    /// The policy does not fit the company.
    #[error("{0}")]
    Policy(String),
}

/// Looks at every open RMA once, and does what can be done.
///
/// # Errors
/// [`RunError`] when the run can't work at all. What is wrong with single RMAs is in the report.
pub async fn run_once(
    systems: &Systems,
    journal: &dyn Journal,
    policy: &Policy,
    mode: Mode,
) -> Result<RunReport, RunError> {
    run_watched(systems, journal, policy, mode, &|_| {}).await
}

/// [`run_once`], telling `watch` before each RMA.
///
/// # Errors
/// As [`run_once`].
pub async fn run_watched(
    systems: &Systems,
    journal: &dyn Journal,
    policy: &Policy,
    mode: Mode,
    watch: &(dyn Fn(Progress<'_>) + Send + Sync),
) -> Result<RunReport, RunError> {
    let run = RunId(systems.clock.now());
    let sent_before = report::sent(systems);
    let book = Book::open(journal, &*systems.clock, run, mode).await?;
    let binding = Binding {
        shop: systems.returngo.shop().to_owned(),
        site: systems.sage.key().site.clone(),
        company: systems.sage.key().company,
        currency: policy.currency,
    };
    if let Some(bound) = book.state().binding.clone().filter(|bound| *bound != binding) {
        return Err(RunError::OtherJournal { bound: Box::new(bound), asked: Box::new(binding) });
    }
    if let Some(contradiction) = policy.contradictions().first() {
        return Err(RunError::Policy(contradiction.to_string()));
    }
    if policy.refund_gate == RefundGate::ShopifyRefund && systems.shopify.is_none() {
        return Err(RunError::Policy(
            "policy.refund_gate is shopify_refund, and Shopify is not connected; add [shopify], or choose work_list"
                .to_owned(),
        ));
    }
    if policy.exchanges == Exchanges::Create && systems.shopify.is_none() {
        return Err(RunError::Policy(
            "policy.exchanges is create, and Shopify is not connected, so what is exchanged is not known; add [shopify], or \
             choose hold or imported"
                .to_owned(),
        ));
    }
    let gatherer = Gatherer::open(systems, policy, run).await?;
    let mut running = Running {
        systems,
        policy,
        mode,
        run,
        book,
        gatherer,
        report: RunReport::new(run, mode),
        found: BTreeMap::new(),
        looked_at: BTreeSet::new(),
        spent: Spent::new(policy.currency),
        failures: 0,
        sent_before,
        refunds: Vec::new(),
        asked: BTreeSet::new(),
        looked: Looked::default(),
        rewatch: Vec::new(),
        accounts: None,
    };
    if running.book.state().binding.is_none() {
        if !running.may_begin().await? {
            return running.finish().await;
        }
        running.book.write(Event::Bound(binding)).await?;
    }
    running.all(watch).await?;
    running.finish().await
}

/// So many RMAs in a row that can't be read mean that a system is down.
const FAILURES_IN_A_ROW: u32 = 3;

/// More rounds for one RMA in one run than any way through the rules has.
const ROUNDS: u32 = 12;

struct Running<'r> {
    systems: &'r Systems,
    policy: &'r Policy,
    mode: Mode,
    run: RunId,
    book: Book<'r>,
    gatherer: Gatherer<'r>,
    report: RunReport,
    found: BTreeMap<String, Finding>,
    looked_at: BTreeSet<RmaId>,
    spent: Spent,
    failures: u32,
    sent_before: [u64; 3],
    refunds: Vec<Transaction>,
    /// Units whose refund ReturnGO has paid or will pay, by the RMAs read.
    asked: BTreeSet<ReturnedItemId>,
    looked: Looked,
    /// Refunds that were over and whose credit was taken back since, with their orders.
    rewatch: Vec<(RefundId, OrderId)>,
    /// The records of the policy's accounts, once they are read.
    accounts: Option<BTreeSet<Id<Customer>>>,
}

/// Why the run goes no further.
enum Stop {
    Budget(String),
    Down(String),
}

impl Running<'_> {
    /// An empty journal against books that already hold our references: somebody lost the journal.
    async fn may_begin(&mut self) -> Result<bool, RunError> {
        if self.policy.accept_existing {
            return Ok(true);
        }
        let rows = totals::ours_in_sage(&self.systems.sage, self.policy, self.book.state()).await;
        let names = totals::references(&rows.map_err(RunError::System)?);
        if names.is_empty() {
            return Ok(true);
        }
        let some = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let facts = format!("{} reference(s) of our form are in Sage's sales ledger, such as {some}", names.len());
        self.found(Finding::of_the_run(Code::JournalEmpty, facts));
        self.report.unfinished = Some("nothing was posted: the journal is empty, but Sage is not".to_owned());
        self.report.blocked = true;
        Ok(false)
    }

    async fn all(&mut self, watch: &(dyn Fn(Progress<'_>) + Send + Sync)) -> Result<(), RunError> {
        let listed = match sweep::look(self.systems, self.policy, self.book.state()).await {
            Ok(listed) => listed,
            Err(error) if error.kind() == ErrorKind::Quota => {
                self.stop(&Stop::Budget(error_text(&error)), "no RMA was looked at");
                return Ok(());
            }
            Err(error) => return Err(RunError::System(error)),
        };
        for row in &listed.unreadable {
            self.found(Finding::of_the_run(Code::RmaUnreadable, row.clone()));
        }
        self.refunds = listed.refunds.clone();
        self.looked_at.extend(listed.at_rest.iter().cloned());
        self.check_shop().await?;
        // Before the RMAs: a run that ends early has looked for refunds past ReturnGO all the same.
        self.look_at_shop(&listed).await?;
        let of = listed.to_read.len();
        for (done, rma) in listed.to_read.iter().enumerate() {
            watch(Progress { done, of, rma });
            if let Some(stop) = self.one(rma).await? {
                self.stop(&stop, &format!("{done} of {of} RMAs were looked at"));
                if self.book.state().resume_at.as_ref() != Some(rma) {
                    self.book.write(Event::Stopped { next: Some(rma.clone()) }).await?;
                }
                return Ok(());
            }
        }
        if self.book.state().resume_at.is_some() {
            self.book.write(Event::Stopped { next: None }).await?;
        }
        self.look_for_strays(&listed).await;
        self.look_for_nil_orders();
        for (refund, order) in std::mem::take(&mut self.rewatch) {
            self.book.write(Event::RefundWatched { refund, order }).await?;
        }
        Ok(())
    }

    /// Asks the shop what it lets us see. A missing scope costs its part only, and is told.
    async fn check_shop(&mut self) -> Result<(), RunError> {
        let Some(shopify) = &self.systems.shopify else { return Ok(()) };
        let check = shopify.check().await.map_err(RunError::System)?;
        let missing = check.missing();
        let hidden = missing.iter().any(|missing| missing.scope == "read_all_orders");
        if !missing.is_empty() {
            let list = missing.iter().map(|missing| format!("{} ({})", missing.scope, missing.part));
            let text = list.collect::<Vec<_>>().join(", ");
            self.found(Finding::of_the_run(Code::ShopScopeMissing, text));
        }
        let our_app = check.app.as_ref().map(|app| app.id);
        let attribution = Attribution::new(&self.refunds, our_app, check.grants("read_returns"));
        self.gatherer.knows(attribution, hidden);
        Ok(())
    }

    fn stop(&mut self, stop: &Stop, looked: &str) {
        let (code, why) = match stop {
            Stop::Budget(why) => (Code::QuotaUsedUp, why),
            Stop::Down(why) => (Code::ReadFailed, why),
        };
        self.report.unfinished = Some(format!("the run stopped early, {looked}: {why}"));
        self.found(Finding::of_the_run(code, why.clone()));
    }

    /// Carries one RMA as far as it goes now.
    async fn one(&mut self, id: &RmaId) -> Result<Option<Stop>, RunError> {
        let rma = match Fresh::rma(&self.systems.returngo, id, self.run).await {
            Ok(rma) => rma,
            Err(error) => return Ok(self.failed(id, &error)),
        };
        let closed = self.book.state().rmas.get(id).and_then(|record| record.closed.clone());
        if closed.is_some_and(|closed| closed != *rma.get().status()) {
            self.book.write(Event::Reopened { rma: id.clone() }).await?;
        }
        let mut early = Vec::new();
        let mut tried = act::Tried::default();
        for round in 0..ROUNDS {
            let gathered = match self.gatherer.gather(&rma, self.book.state()).await {
                Ok(gathered) => gathered,
                Err(error) => return Ok(self.failed(id, &error)),
            };
            let facts = gathered.facts(rma.get(), self.book.state(), self.gatherer.company());
            let decision = decide(&facts, self.policy, self.run, self.systems.clock.now());
            if round == 0 {
                // What was wrong on arrival is told even if this run puts it right.
                early = decision.findings.iter().filter(|f| f.code == Code::RefundBeforeCredit).cloned().collect();
            }
            self.asked.extend(asked_for(&facts, self.policy));
            let Some(step) = decision.step.clone() else {
                self.settled(rma.get(), decision, early);
                return Ok(None);
            };
            let documents = gathered.into_documents();
            match self.act(&rma, documents.as_ref(), step, &mut tried).await? {
                Acted::Again => {}
                Acted::Enough(finding) => {
                    let mut decision = decision;
                    decision.standing = if finding.is_some() { Standing::Held } else { decision.standing };
                    decision.findings.extend(finding);
                    self.settled(rma.get(), decision, early);
                    return Ok(None);
                }
            }
        }
        let text = "the rules did not come to rest; this is a defect of this program".to_owned();
        self.found(Finding { rma: Some(id.clone()), ..Finding::of_the_run(Code::ReadFailed, text) });
        Ok(None)
    }

    fn settled(&mut self, rma: &Rma, decision: Decision, early: Vec<Finding>) {
        self.failures = 0;
        self.looked_at.insert(rma.id().clone());
        for finding in decision.findings.into_iter().chain(early) {
            self.found(finding);
        }
        *self.report.standings.entry(decision.standing).or_default() += 1;
        for wait in decision.waits {
            self.report.waiting.push(Waiting {
                rma: rma.id().clone(),
                order: rma.order_name().map(str::to_owned),
                wait,
            });
        }
    }

    fn found(&mut self, finding: Finding) {
        match self.found.entry(finding.key()) {
            Entry::Vacant(place) => drop(place.insert(finding)),
            Entry::Occupied(mut known) => known.get_mut().merge(finding),
        }
    }

    /// One RMA that can't be read does not stop the others, unless everything is down.
    fn failed(&mut self, rma: &RmaId, error: &Error) -> Option<Stop> {
        if error.kind() == ErrorKind::Quota {
            return Some(Stop::Budget(error_text(error)));
        }
        let of_returngo = error.op().starts_with("returngo.");
        let unreadable = of_returngo && matches!(error.kind(), ErrorKind::Decode | ErrorKind::NotFound);
        let code = if unreadable { Code::RmaUnreadable } else { Code::ReadFailed };
        self.found(Finding { rma: Some(rma.clone()), ..Finding::of_the_run(code, error_text(error)) });
        self.failures = if unreadable { 0 } else { self.failures + 1 };
        // The next run begins here, so that a few sick RMAs never keep the others from being looked at.
        let down = matches!(error.kind(), ErrorKind::Auth | ErrorKind::Store) || self.failures >= FAILURES_IN_A_ROW;
        down.then(|| Stop::Down(error_text(error)))
    }

    async fn finish(mut self) -> Result<RunReport, RunError> {
        let complete = self.report.unfinished.is_none();
        if complete {
            match totals::control_totals(&self.systems.sage, self.policy, self.book.real(), &self.refunds).await {
                Ok((totals, differences)) => {
                    if !differences.is_empty() {
                        self.found(Finding::of_the_run(Code::TotalsDiffer, differences.join("; ")));
                    }
                    self.report.totals = Some(totals);
                }
                Err(error) if error.kind() == ErrorKind::Quota => {
                    self.report.unfinished = Some(format!("the control totals were not read: {}", error_text(&error)));
                }
                Err(error) => {
                    self.found(Finding::of_the_run(Code::ReadFailed, format!("control totals: {}", error_text(&error))))
                }
            }
        }
        if !self.report.blocked {
            self.look_at_stock().await?;
        }
        match report::calls(self.systems, self.sent_before).await {
            Ok(calls) => self.report.calls = calls,
            Err(error) => self.found(Finding::of_the_run(Code::ReadFailed, error_text(&error))),
        }
        let blocked = self.report.blocked;
        let open = self.book.state().exceptions.clone();
        if !blocked {
            for (key, exception) in &open {
                let finding = &exception.finding;
                let looked = match (&finding.subject, &finding.rma) {
                    (Some(_), Some(rma)) if finding.code == Code::SettledButCredited => self.looked_at.contains(rma),
                    (Some(subject), _) => self.looked.saw(subject),
                    (None, Some(rma)) => self.looked_at.contains(rma),
                    (None, None) => complete,
                };
                if looked && !self.found.contains_key(key) {
                    self.book.write(Event::ExceptionCleared { key: key.clone() }).await?;
                    self.report.cleared.push(Exception::new(exception.finding.clone(), exception.since));
                }
            }
            for (key, finding) in &self.found {
                if open.get(key).is_none_or(|known| known.finding != *finding) {
                    self.book.write(Event::ExceptionRaised(finding.clone())).await?;
                }
            }
        }
        // What this run did not look at stays open and is shown.
        for (key, exception) in self.book.state().exceptions.clone() {
            self.found.entry(key).or_insert(exception.finding);
        }
        let now = self.systems.clock.now();
        for (key, finding) in std::mem::take(&mut self.found) {
            let since = self.book.state().exceptions.get(&key).map_or(now, |known| known.since);
            self.report.exceptions.push(Exception::new(finding, since));
        }
        self.report.work_list =
            lists::work(self.book.real(), self.policy, &self.report, &self.refunds, &self.looked_at, &self.asked);
        if self.mode == Mode::Plan {
            self.report.plan = Some(lists::plan(&self.report, self.policy.currency));
        }
        self.report.journal_entries = self.book.written();
        self.report.finished = self.systems.clock.now();
        Ok(self.report)
    }

    async fn act(
        &mut self,
        rma: &Fresh<Rma>,
        documents: Option<&Fresh<Books>>,
        step: Step,
        tried: &mut act::Tried,
    ) -> Result<Acted, RunError> {
        let mut acting = act::Acting {
            systems: self.systems,
            policy: self.policy,
            mode: self.mode,
            run: self.run,
            book: &mut self.book,
            company: self.gatherer.company(),
            report: &mut self.report,
            spent: &mut self.spent,
        };
        acting.step(rma, documents, step, tried).await
    }
}
