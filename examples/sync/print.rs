//! A report in plain words.

use returns_sync::{
    exception::{Exception, Owner},
    journal::Disposition,
    rules::Standing,
    run::{ControlTotals, Mode, Payable, PostedCredit, Released, RunReport, Total, Waiting},
};
use std::collections::BTreeMap;

/// Prints a line. Whoever reads may have gone away (`| head`): then nothing more is said, and the run is not harmed.
macro_rules! say {
    ($($what:tt)*) => {{
        use std::io::Write;
        drop(writeln!(std::io::stdout(), $($what)*));
    }};
}
pub(crate) use say;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What this run did and found anew.
    News,
    /// Also what is open and waiting since earlier.
    Everything,
}

pub(crate) fn heading(text: &str) {
    say!("\n━━ {text} {}", "━".repeat(90usize.saturating_sub(text.len())));
}

pub(crate) fn report(report: &RunReport, detail: Detail) {
    if let Some(why) = &report.unfinished {
        say!("\n  {why}");
    }
    credits("Posted to the Sage sales ledger and read back", &report.posted);
    credits("Would be posted (nothing was)", &report.planned);
    if let Some(plan) = &report.plan {
        let (sage, returngo) = (plan.sage_calls, plan.returngo_calls);
        say!(
            "    {} worth {}; a run would take about {sage} calls to Sage and {returngo} to ReturnGO",
            count(plan.documents, "credit note"),
            plan.gross
        );
    }
    work_list(&report.work_list, detail);
    would_release(&report.would_release);
    stock(report, detail);
    waiting(report, detail);
    exceptions(report, detail);
    standings(report);
    if let Some(totals) = &report.totals {
        control(totals);
    }
    calls(report);
}

fn part(title: &str) {
    say!("\n  {title}");
}

fn order(order: Option<&String>) -> &str {
    order.map_or("no order number", String::as_str)
}

fn credits(title: &str, credits: &[PostedCredit]) {
    if credits.is_empty() {
        return;
    }
    part(title);
    say!("    {:<15} {:<9} {:<26} {:>12} {:>11} {:>12}  goods", "reference", "URN", "order", "net", "VAT", "gross");
    for credit in credits {
        let money = |value: Option<returns_wire::Money>| value.map_or("?".to_owned(), |m| m.amount().to_string());
        let goods = credit.goods.iter().map(|(sku, count)| format!("{count} × {sku}")).collect::<Vec<_>>().join(", ");
        let urn = credit.urn.map_or("-".to_owned(), |urn| urn.to_string());
        say!(
            "    {:<15} {urn:<9} {:<26} {:>12} {:>11} {:>12}  {goods}",
            credit.second_reference,
            order(credit.order.as_ref()),
            money(credit.net),
            money(credit.vat),
            money(credit.gross)
        );
        if credit.answer_lost {
            say!("    {:<15} Sage's answer was lost; the credit note was found in the ledger, not sent again", "");
        }
    }
}

fn work_list(list: &[Payable], detail: Detail) {
    let shown: Vec<_> = list.iter().filter(|item| item.new || detail == Detail::Everything).collect();
    if shown.is_empty() {
        return;
    }
    part("Work list: refunds that staff may pay, the credit note stands in the ledger");
    for item in shown {
        let urns = item.urns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let (order, new) = (order(item.order.as_ref()), if item.new { ", new" } else { "" });
        say!(
            "    RMA {} ({order}): refund {} for {}; URN {urns}{new}",
            item.rma,
            item.gross,
            count(item.units.len(), "unit")
        );
    }
}

fn would_release(list: &[Released]) {
    if list.is_empty() {
        return;
    }
    part("Refunds that would be released beside those (none was)");
    for item in list {
        let units = count(item.units.len(), "unit");
        say!("    RMA {} ({}): {} for {units}", item.rma, order(item.order.as_ref()), item.gross);
    }
}

/// "1 unit", "2 units".
fn count<N: TryInto<u64>>(number: N, what: &str) -> String {
    let number = number.try_into().unwrap_or_default();
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn stock(report: &RunReport, detail: Detail) {
    let shown: Vec<_> = report.stock.iter().filter(|line| line.new || detail == Detail::Everything).collect();
    if shown.is_empty() {
        return;
    }
    part("For the warehouse to book into Sage stock, once, under the reference given (two weeks)");
    for line in shown {
        let place = match line.disposition {
            Disposition::Saleable => "saleable",
            Disposition::Quarantine => "NOT saleable: keep apart",
        };
        let new = if line.new { ", new" } else { "" };
        let since = line.since.format("%-d %b");
        say!("    {:<15} {} × {:<12} {place}  (since {since}{new})", line.reference, line.quantity, line.sku);
    }
}

fn waiting(report: &RunReport, detail: Detail) {
    let mut by_owner: BTreeMap<Option<Owner>, Vec<&Waiting>> = BTreeMap::new();
    for waiting in &report.waiting {
        by_owner.entry(waiting.wait.whose).or_default().push(waiting);
    }
    if by_owner.is_empty() {
        return;
    }
    part("Waiting");
    for (owner, waiting) in by_owner {
        let owner = owner.map_or("nobody has to act".to_owned(), |owner| owner.to_string());
        if let (Detail::News, [first, _, _, _, _, _, _, ..]) = (detail, waiting.as_slice()) {
            let (count, rma, what) = (waiting.len(), &first.rma, &first.wait.what);
            say!("    {owner}: {count} RMAs wait, among them {rma} for {what}");
            continue;
        }
        for entry in waiting {
            let until =
                entry.wait.until.map_or(String::new(), |until| format!(", until {} UTC", until.format("%-d %b %H:%M")));
            say!(
                "    {owner}: RMA {} ({}) waits for {}{until}",
                entry.rma,
                order(entry.order.as_ref()),
                entry.wait.what
            );
        }
    }
}

fn exceptions(report: &RunReport, detail: Detail) {
    let show = |exception: &&Exception| {
        detail == Detail::Everything || exception.since >= report.run.0 || report.mode == Mode::Plan
    };
    let mut shown: Vec<_> = report.exceptions.iter().filter(show).collect();
    shown.sort_by_key(|exception| (exception.owner, exception.finding.code));
    let rest = report.exceptions.len() - shown.len();
    if !shown.is_empty() {
        part(if detail == Detail::News { "Wrong since this run, and what to do" } else { "Wrong, and what to do" });
    }
    for exception in shown {
        let finding = &exception.finding;
        let place = match &finding.rma {
            Some(rma) => match &finding.order {
                Some(order) => format!("RMA {rma} ({order})"),
                None => format!("RMA {rma}"),
            },
            None => "the run".to_owned(),
        };
        let risk = finding.money_at_risk.map_or(String::new(), |money| format!(", {money} at risk"));
        say!("    [{}] {place}: {}{risk}", exception.owner, exception.title);
        say!("        found:  {}", finding.facts);
        say!("        to do:  {}", exception.next_step);
    }
    if detail == Detail::Everything && !report.exceptions.is_empty() {
        say!("    An RMA is settled with: --settle RMA --by NAME --why TEXT");
    }
    if rest > 0 {
        say!("    {rest} more are open since earlier.");
    }
    for exception in &report.cleared {
        let place = exception.finding.rma.as_ref().map_or("the run".to_owned(), |rma| format!("RMA {rma}"));
        say!("    cleared: {place}: {}", exception.title);
    }
}

fn standings(report: &RunReport) {
    let name = |standing: &Standing| format!("{standing:?}");
    let words = |camel: String| {
        let spaced =
            camel.chars().map(|c| if c.is_uppercase() { format!(" {}", c.to_lowercase()) } else { c.to_string() });
        spaced.collect::<String>().trim().to_owned()
    };
    let list = report.standings.iter().map(|(standing, count)| format!("{count} {}", words(name(standing))));
    part("Where the RMAs stand");
    say!("    {}", list.collect::<Vec<_>>().join(", "));
}

fn control(totals: &ControlTotals) {
    part("Control totals since go-live");
    let line = |name: &str, total: &Total| {
        say!(
            "    {name:<46} {:>3} documents {:>10} net {:>9} VAT {:>10} gross",
            total.count,
            total.net.amount(),
            total.vat.amount(),
            total.gross.amount()
        );
    };
    line("our credit notes, by the journal's lines", &totals.journal);
    line("our credit notes, read afresh from Sage", &totals.sage);
    if totals.under_way > 0 {
        say!("    {:<46} {:>3} documents, in neither sum", "sent and not read back yet", totals.under_way);
    }
    line("credited by hand in Sage, as read then", &totals.by_hand);
    say!(
        "    {:<46} {:>3} units     {:>44} gross",
        "refunds released, by the journal",
        totals.released.count,
        totals.released.value.amount()
    );
    say!(
        "    {:<46} {:>3} refunds   {:>44}",
        "refunds paid, read afresh from ReturnGO",
        totals.refunded.count,
        totals.refunded.value.amount()
    );
    say!(
        "    {:<46} {:>3} refunds   {:>44}",
        "refunds asked for and not yet paid",
        totals.requested.count,
        totals.requested.value.amount()
    );
}

fn calls(report: &RunReport) {
    let calls = &report.calls;
    let today = calls
        .returngo_today
        .map_or(String::new(), |state| format!(" ({} used today, {} left)", state.used, state.left()));
    say!(
        "\n  {} call(s) to ReturnGO{today}, {} to Sage; {} write(s) in Sage, {} journal entries.",
        calls.returngo,
        calls.sage,
        report.writes,
        report.journal_entries
    );
}
