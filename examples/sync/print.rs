//! A report in plain words.

use chrono::{DateTime, Utc};
use returns_examples::{say, terminal::wrapped};
use returns_sync::{
    exception::{Exception, Finding, Owner},
    journal::Disposition,
    rules::Standing,
    run::{
        BundleShares, ControlTotals, EnteredOrder, MadeRefund, Mode, Payable, PostedCredit, PreparedDocument, Released,
        RunReport, SeenRefund, Total, Waiting,
    },
};
use returns_wire::{Money, QuotaState};
use shopify_returns::{RefundKind, RefundOrigin};
use std::collections::BTreeMap;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What this run did and found anew.
    News,
    /// Also what is open and waiting since earlier.
    Everything,
}

pub(crate) fn report(report: &RunReport, detail: Detail) {
    if let Some(why) = &report.unfinished {
        let what = if report.blocked { "The run did not begin" } else { "The run did not get to its end" };
        say!();
        wrapped(&format!("  {what}: "), why);
    }
    prepared("Sales returns entered in Sage, to be received and credited there", &report.prepared);
    prepared("Sales returns that would be entered in Sage (none was)", &report.would_prepare);
    changes("Taken off sales returns in Sage", &report.changed);
    changes("Would be taken off sales returns in Sage (nothing was)", &report.would_change);
    credits("Posted to the Sage sales ledger and read back", &report.posted);
    credits("Would be posted to the Sage sales ledger (nothing was)", &report.planned);
    if let Some(plan) = &report.plan {
        let (sage, returngo) = (plan.sage_calls, plan.returngo_calls);
        say!(
            "    {} worth {}; a run would take about {sage} calls to Sage and {returngo} to ReturnGO",
            count(plan.documents, "credit note"),
            plan.gross
        );
    }
    entered("Orders of new goods entered in Sage, for what was credited and paid", &report.exchanges);
    entered("Orders of new goods that would be entered in Sage (none was)", &report.would_exchange);
    work_list(&report.work_list, detail);
    released(&report.released, &report.work_list);
    would_release(&report.would_release);
    made("Refunds made in Shopify, the credit note stands in the ledger", &report.refunds_made, report.mode);
    made("Refunds that would be made in Shopify (none was)", &report.would_refund, report.mode);
    seen(&report.shop_refunds, detail);
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

/// A time of day in UTC, as everything here is.
fn time(at: DateTime<Utc>) -> String {
    at.format("%-d %b %H:%M UTC").to_string()
}

fn prepared(title: &str, list: &[PreparedDocument]) {
    if list.is_empty() {
        return;
    }
    part(title);
    for item in list {
        let goods = item.goods.iter().map(|(sku, count)| format!("{count} × {sku}")).collect::<Vec<_>>().join(", ");
        let number = item.document_no.as_deref().unwrap_or("no number yet");
        let gross = item.gross.map_or("?".to_owned(), |gross| gross.to_string());
        let begin = format!("    {:<14} {number:<14} {:<8} {gross:>11}  ", item.key, order(item.order.as_ref()));
        wrapped(&begin, &goods);
        for rounding in &item.rounding {
            let (number, predicted, paid) = (rounding.number, rounding.predicted.amount(), rounding.posted.amount());
            let text =
                format!("rounding: Sage will compute {predicted} VAT at code {number}, the customer paid {paid}");
            wrapped(&format!("    {:<14} ", ""), &text);
        }
    }
}

/// Credited, paid on top and paid back, beside what the order is worth: the account comes to nothing.
fn entered(title: &str, list: &[EnteredOrder]) {
    if list.is_empty() {
        return;
    }
    part(title);
    say!(
        "    {:<9} {:<12} {:<9} {:>9} {:>8} {:>9} {:>9} {:>8} {:>9}  new goods",
        "exchange",
        "Sage order",
        "for",
        "credited",
        "paid",
        "paid back",
        "net",
        "VAT",
        "gross"
    );
    for item in list {
        let money = |value: Option<Money>| value.map_or("?".to_owned(), |money| money.amount().to_string());
        let goods = item.goods.iter().map(|(sku, count)| format!("{count} × {sku}")).collect::<Vec<_>>().join(", ");
        let begin = format!(
            "    {:<9} {:<12} {:<9} {:>9} {:>8} {:>9} {:>9} {:>8} {:>9}  ",
            item.exchange_order,
            item.document_no.as_deref().unwrap_or("-"),
            order(item.order.as_ref()),
            item.credited.amount(),
            item.paid.amount(),
            item.refunded.amount(),
            money(item.net),
            money(item.vat),
            money(item.gross)
        );
        wrapped(&begin, &goods);
        if item.answer_lost {
            wrapped(
                &format!("    {:<9} ", ""),
                "Sage's answer was lost; the order was found by its number, not sent again",
            );
        }
        if let Some(left) = item.rounding.filter(|left| !left.is_zero()) {
            let text = format!("rounding: {left} stays on the account, as no net price comes to it");
            wrapped(&format!("    {:<9} ", ""), &text);
        }
    }
}

fn changes(title: &str, list: &[String]) {
    if list.is_empty() {
        return;
    }
    part(title);
    list.iter().for_each(|text| wrapped("    ", text));
}

fn credits(title: &str, credits: &[PostedCredit]) {
    if credits.is_empty() {
        return;
    }
    part(title);
    say!(
        "    {:<14} {:<7} {:<6} {:<8} {:<20} {:>9} {:>8} {:>9}  goods",
        "2nd reference",
        "URN",
        "date",
        "account",
        "order",
        "net",
        "VAT",
        "gross"
    );
    for credit in credits {
        let money = |value: Option<Money>| value.map_or("?".to_owned(), |money| money.amount().to_string());
        let goods = credit.goods.iter().map(|(sku, count)| format!("{count} × {sku}")).collect::<Vec<_>>().join(", ");
        let urn = credit.urn.map_or("-".to_owned(), |urn| urn.to_string());
        let begin = format!(
            "    {:<14} {urn:<7} {:<6} {:<8} {:<20} {:>9} {:>8} {:>9}  ",
            credit.second_reference,
            credit.date.format("%-d %b").to_string(),
            credit.account,
            order(credit.order.as_ref()),
            money(credit.net),
            money(credit.vat),
            money(credit.gross)
        );
        wrapped(&begin, &goods);
        let note = |text: &str| wrapped(&format!("    {:<14} ", ""), text);
        // One piece of a bundle says all of itself above.
        for bundle in credit.bundles.iter().filter(|bundle| bundle.components.iter().all(|part| part.sku != bundle.sku))
        {
            shares(bundle);
        }
        if credit.answer_lost {
            note("Sage's answer was lost; the credit note was found in the ledger, not sent again");
        }
        if let Some(number) = &credit.credit_note {
            note(&format!("credit note {number}, posted in Sage from the sales return"));
        }
        if let Some(reason) = &credit.standalone {
            note(&format!("stands alone, valued by the shop's order: {reason}"));
        }
        for rounding in &credit.rounding {
            let (number, predicted, posted) = (rounding.number, rounding.predicted.amount(), rounding.posted.amount());
            note(&format!(
                "rounding: VAT code {number} gives {predicted}, the customer paid {posted}, and gets that back"
            ));
        }
    }
}

/// What a bundle is credited as.
fn shares(bundle: &BundleShares) {
    let row = |what: &str, net: &str, vat: &str, gross: &str, code: &str| {
        say!("    {:<14} {what:<40} {net:>9} {vat:>8} {gross:>9}{code}", "");
    };
    row(&format!("{} taken apart:", bundle.sku), "net", "VAT", "gross", "");
    for part in &bundle.components {
        let gross = part.net.amount() + part.vat.amount();
        let (net, vat) = (part.net.amount().to_string(), part.vat.amount().to_string());
        let what = format!("  {} × {}", part.pieces, part.sku);
        row(&what, &net, &vat, &gross.to_string(), &format!("  VAT code {}", part.vat_code));
    }
}

fn work_list(list: &[Payable], detail: Detail) {
    let shown: Vec<_> = list.iter().filter(|item| item.new || detail == Detail::Everything).collect();
    if shown.is_empty() {
        return;
    }
    part("Work list: refunds that staff may pay, the credit note stands in the ledger");
    for item in shown {
        let (order, new) = (order(item.order.as_ref()), if item.new { ", new" } else { "" });
        let (rma, gross, units) = (&item.rma, item.gross, count(item.units.len(), "unit"));
        let what = if item.store_credit { "give STORE CREDIT of" } else { "refund" };
        say!("    RMA {rma} ({order}): {what} {gross} for {units}; URN {}{new}", urns(&item.urns));
    }
    let rest = list.iter().filter(|item| !item.new).count();
    if detail == Detail::News && rest > 0 {
        say!("    {rest} more are still to be paid since earlier.");
    }
}

fn urns(urns: &[sage200_client::Urn]) -> String {
    urns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Refunds that this run has released, where the work list does not show them: they are paid, or made in the shop.
fn released(list: &[Released], payable: &[Payable]) {
    let listed = |item: &&Released| !payable.iter().any(|known| known.rma == item.rma);
    let shown: Vec<_> = list.iter().filter(listed).collect();
    if shown.is_empty() {
        return;
    }
    part("Released by this run, not on the work list");
    for item in shown {
        let units = count(item.units.len(), "unit");
        let (rma, order) = (&item.rma, order(item.order.as_ref()));
        say!("    RMA {rma} ({order}): {} for {units}; URN {}", item.gross, urns(&item.urns));
    }
}

fn would_release(list: &[Released]) {
    if list.is_empty() {
        return;
    }
    part("Refunds that would be released beside those (none was)");
    for item in list {
        let units = count(item.units.len(), "unit");
        let urns = if item.urns.is_empty() { String::new() } else { format!("; URN {}", urns(&item.urns)) };
        say!("    RMA {} ({}): {} for {units}{urns}", item.rma, order(item.order.as_ref()), item.gross);
    }
}

/// "1 unit", "2 units".
fn count<N: TryInto<u64>>(number: N, what: &str) -> String {
    let number = number.try_into().unwrap_or_default();
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn made(title: &str, list: &[MadeRefund], mode: Mode) {
    if list.is_empty() {
        return;
    }
    part(title);
    for item in list {
        let number = match (item.refund, mode) {
            (Some(refund), _) => format!("; refund {refund}"),
            (None, Mode::Run) => "; Shopify's answer was lost, the next run looks it up".to_owned(),
            (None, Mode::Plan) => String::new(),
        };
        let (order, units) = (order(item.order.as_ref()), count(item.units.len(), "unit"));
        say!("    RMA {} ({order}): {} for {units}{number}", item.rma, item.amount);
    }
}

fn seen(list: &[SeenRefund], detail: Detail) {
    if list.is_empty() {
        return;
    }
    let mut makers: BTreeMap<RefundOrigin, u32> = BTreeMap::new();
    for refund in list {
        *makers.entry(refund.origin).or_default() += 1;
    }
    let makers: Vec<_> = makers.into_iter().map(|(origin, count)| format!("{count} {}", maker(origin))).collect();
    let told = list.iter().filter(|refund| refund.told.is_some()).count();
    part("Refunds found in Shopify");
    let numbers = format!("{} looked at: {}; {told} of them need a person", list.len(), makers.join(", "));
    wrapped("    ", &numbers);
    if detail == Detail::News {
        return;
    }
    say!(
        "    {:<14} {:<20} {:<20} {:<16} {:>9} {:>9} {:>9}",
        "refund",
        "order",
        "made",
        "what",
        "paid",
        "under way",
        "refused"
    );
    for refund in list {
        // What was refused explains itself.
        let residual = refund.residual.filter(|_| refund.failed.is_zero());
        let residual = residual.map_or(String::new(), |money| format!("  {} beside its goods", money.amount()));
        say!(
            "    {:<14} {:<20} {:<20} {:<16} {:>9} {:>9} {:>9}{residual}",
            refund.refund.to_string(),
            refund.order,
            maker(refund.origin),
            kind(refund.kind),
            amount(refund.paid),
            amount(refund.pending),
            amount(refund.failed)
        );
    }
}

fn amount(money: Money) -> String {
    if money.is_zero() { "-".to_owned() } else { money.amount().to_string() }
}

fn maker(origin: RefundOrigin) -> &'static str {
    match origin {
        RefundOrigin::ReturnGo => "through ReturnGO",
        RefundOrigin::Ours => "by this sync",
        RefundOrigin::Direct => "past ReturnGO",
        RefundOrigin::Unattributed => "by nobody known",
        RefundOrigin::DoublePayment => "paying twice",
        _ => "in a way unknown",
    }
}

fn kind(kind: RefundKind) -> &'static str {
    match kind {
        RefundKind::Full => "whole order",
        RefundKind::Partial => "some goods",
        RefundKind::ShippingOnly => "shipping",
        RefundKind::AmountOnly => "amount only",
        RefundKind::RestockOnly => "stock only",
        RefundKind::NoMoney => "record only",
        RefundKind::Edit => "order changed",
        RefundKind::Cancellation => "order cancelled",
        RefundKind::Pending => "under way",
        RefundKind::Failed => "refused",
        _ => "of another kind",
    }
}

fn stock(report: &RunReport, detail: Detail) {
    if !report.stock_proved.is_empty() {
        part("Back where they belong, as Sage's stock ledger shows");
        for line in &report.stock_proved {
            say!("    {:<15} {} × {:<12} {}", line.reference, line.quantity, line.sku, line.place);
        }
    }
    let shown: Vec<_> = report.stock.iter().filter(|line| line.new || detail == Detail::Everything).collect();
    if shown.is_empty() {
        return;
    }
    part("For the warehouse to book or move in Sage, once, under the reference given");
    for line in shown {
        let place = match (&line.lies_in, line.disposition) {
            (Some(wrong), Disposition::Saleable) => format!("saleable: move it from {wrong} to where it sells"),
            (Some(wrong), _) => format!("NOT saleable: move it out of {wrong}, or write it off"),
            (None, Disposition::Saleable) => "saleable".to_owned(),
            (None, _) => "NOT saleable: keep apart".to_owned(),
        };
        let new = if line.new { ", new" } else { "" };
        let since = line.since.format("%-d %b");
        say!("    {:<15} {} × {:<12} {place}  (since {since}{new})", line.reference, line.quantity, line.sku);
    }
}

fn waiting(report: &RunReport, detail: Detail) {
    let mut by_owner: BTreeMap<Option<Owner>, Vec<&Waiting>> = BTreeMap::new();
    // The work list says it already.
    let to_pay = |waiting: &&Waiting| {
        let listed = report.work_list.iter().any(|item| item.rma == waiting.rma);
        listed && waiting.wait.what.starts_with("the released refund")
    };
    let (to_pay, others): (Vec<_>, Vec<_>) = report.waiting.iter().partition(to_pay);
    for waiting in others {
        by_owner.entry(waiting.wait.whose).or_default().push(waiting);
    }
    if by_owner.is_empty() && to_pay.is_empty() {
        return;
    }
    part("Waiting");
    if !to_pay.is_empty() {
        say!("    customer service: {} to be paid from the work list", count(to_pay.len(), "refund"));
    }
    for (owner, waiting) in by_owner {
        let owner = owner.map_or("nobody has to act".to_owned(), |owner| owner.to_string());
        if let (Detail::News, [first, _, _, _, _, _, _, ..]) = (detail, waiting.as_slice()) {
            let (count, rma, what) = (waiting.len(), &first.rma, &first.wait.what);
            say!("    {owner}: {count} RMAs wait, among them {rma} for {what}");
            continue;
        }
        for entry in waiting {
            let until = entry.wait.until.map_or(String::new(), |until| format!(", until {}", time(until)));
            let (rma, order, what) = (&entry.rma, order(entry.order.as_ref()), &entry.wait.what);
            wrapped(&format!("    {owner}: "), &format!("RMA {rma} ({order}) waits for {what}{until}"));
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
        let risk = finding.money_at_risk.map_or(String::new(), |money| format!(", {money} at risk"));
        let old = exception.since < report.run.0;
        let since = if old { format!(" (since {})", exception.since.format("%-d %b")) } else { String::new() };
        let title = format!("{}: {}{risk}{since}", place(finding), exception.title);
        wrapped(&format!("    [{}] ", exception.owner), &title);
        wrapped("        found:  ", &finding.facts);
        wrapped("        to do:  ", exception.next_step);
    }
    if detail == Detail::Everything && !report.exceptions.is_empty() {
        say!(
            "    An RMA is settled with --settle RMA --by NAME --why TEXT; a refund, a credit note or an order for nothing is"
        );
        say!(
            "    adopted with --adopt refund:NUMBER, credit-note:URN or order:NUMBER, name and reason alike; where an RMA"
        );
        say!(
            "    waits for the same money, with --paid-return RMA or --paid-something-else. Goods are answered for with"
        );
        say!("    --accept-goods RMA.");
    }
    if rest > 0 {
        say!("    {rest} more {} open since earlier.", if rest == 1 { "is" } else { "are" });
    }
    for exception in &report.cleared {
        wrapped("    cleared: ", &format!("{}: {}", place(&exception.finding), exception.title));
    }
}

/// What a finding is about: an RMA, a refund, a credit note, or the run.
fn place(finding: &Finding) -> String {
    let about = match (&finding.subject, &finding.rma) {
        (Some(subject), _) => subject.clone(),
        (None, Some(rma)) => format!("RMA {rma}"),
        (None, None) => return "the run".to_owned(),
    };
    match &finding.order {
        Some(order) => format!("{about} ({order})"),
        None => about,
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
    wrapped("    ", &list.collect::<Vec<_>>().join(", "));
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
    let of_day = |budget: Option<QuotaState>| {
        budget.map_or(String::new(), |state| format!(" ({} used today, {} left)", state.used, state.left()))
    };
    let text = format!(
        "Run of {}, ended {}: {} to ReturnGO{}, {} to Sage{}, {} to Shopify; {} in Sage, {} in Shopify, {} journal entries.",
        time(report.run.0),
        report.finished.format("%H:%M"),
        count(calls.returngo, "call"),
        of_day(calls.returngo_today),
        calls.sage,
        of_day(calls.sage_today),
        calls.shopify,
        count(report.writes, "write"),
        report.shop_writes,
        report.journal_entries
    );
    say!();
    wrapped("  ", &text);
}
