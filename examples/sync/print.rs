//! A report in plain words.

use returns_sync::{
    exception::{Exception, Owner},
    journal::Disposition,
    run::{ControlTotals, Mode, PostedCredit, Released, RunReport, Total, Waiting},
};
use std::collections::BTreeMap;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What this run did and found anew.
    News,
    /// Also what is open and waiting since earlier.
    Everything,
}

pub(crate) fn heading(text: &str) {
    println!("\n━━ {text} {}", "━".repeat(90usize.saturating_sub(text.len())));
}

pub(crate) fn report(report: &RunReport, detail: Detail) {
    if let Some(why) = &report.unfinished {
        println!("\n  {why}");
    }
    credits("Posted to the Sage sales ledger and read back", &report.posted);
    credits("Would be posted (nothing was)", &report.planned);
    released("Refunds released to staff: the credit note stands in the ledger", &report.released);
    released("Refunds that would be released (none was)", &report.would_release);
    stock(report, detail);
    waiting(report, detail);
    exceptions(report, detail);
    if let Some(totals) = &report.totals {
        control(totals);
    }
    calls(report);
}

fn part(title: &str) {
    println!("\n  {title}");
}

fn order(order: Option<&String>) -> &str {
    order.map_or("no order number", String::as_str)
}

fn credits(title: &str, credits: &[PostedCredit]) {
    if credits.is_empty() {
        return;
    }
    part(title);
    println!("    {:<15} {:<9} {:<26} {:>12} {:>11} {:>12}  goods", "reference", "URN", "order", "net", "VAT", "gross");
    for credit in credits {
        let money = |value: Option<returns_wire::Money>| value.map_or("?".to_owned(), |m| m.amount().to_string());
        let goods = credit.goods.iter().map(|(sku, count)| format!("{count} × {sku}")).collect::<Vec<_>>().join(", ");
        let urn = credit.urn.map_or("-".to_owned(), |urn| urn.to_string());
        println!(
            "    {:<15} {urn:<9} {:<26} {:>12} {:>11} {:>12}  {goods}",
            credit.second_reference,
            order(credit.order.as_ref()),
            money(credit.net),
            money(credit.vat),
            money(credit.gross)
        );
        if credit.answer_lost {
            println!("    {:<15} Sage's answer was lost; the credit note was found in the ledger, not sent again", "");
        }
    }
}

fn released(title: &str, released: &[Released]) {
    if released.is_empty() {
        return;
    }
    part(title);
    for release in released {
        let urns = release.urns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let units = release.units.len();
        println!(
            "    RMA {} ({}): refund {} for {units} unit(s); URN {urns}",
            release.rma,
            order(release.order.as_ref()),
            release.gross
        );
    }
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
        println!("    {:<15} {} × {:<12} {place}  (since {since}{new})", line.reference, line.quantity, line.sku);
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
            println!("    {owner}: {count} RMAs wait, among them {rma} for {what}");
            continue;
        }
        for entry in waiting {
            let until =
                entry.wait.until.map_or(String::new(), |until| format!(", until {} UTC", until.format("%-d %b %H:%M")));
            println!(
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
        println!("    [{}] {place}: {}{risk}", exception.owner, exception.title);
        println!("        found:  {}", finding.facts);
        println!("        to do:  {}", exception.next_step);
    }
    if rest > 0 {
        println!("    {rest} more are open since earlier.");
    }
    for exception in &report.cleared {
        let place = exception.finding.rma.as_ref().map_or("the run".to_owned(), |rma| format!("RMA {rma}"));
        println!("    cleared: {place}: {}", exception.title);
    }
}

fn control(totals: &ControlTotals) {
    part("Control totals since go-live");
    let line = |name: &str, total: &Total| {
        println!(
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
        println!("    {:<46} {:>3} documents, in neither sum", "sent and not read back yet", totals.under_way);
    }
    line("credited by hand in Sage, as read then", &totals.by_hand);
    println!(
        "    {:<46} {:>3} units     {:>44} gross",
        "refunds released, by the journal",
        totals.released.count,
        totals.released.value.amount()
    );
    println!(
        "    {:<46} {:>3} refunds   {:>44}",
        "refunds paid, read afresh from ReturnGO",
        totals.refunded.count,
        totals.refunded.value.amount()
    );
    println!(
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
    println!(
        "\n  {} call(s) to ReturnGO{today}, {} to Sage; {} write(s) in Sage, {} journal entries.",
        calls.returngo, calls.sage, report.writes, report.journal_entries
    );
}
