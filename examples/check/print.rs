//! A probe in plain words.

use returns_examples::{
    say,
    terminal::{heading, wrapped},
};
use returns_sync::{
    policy::{Combination, Contradiction, Policy},
    probe::{
        Account, AnalysisCode, Probe, Release, Returns, SageSite, SopFacts, StockMoves, VatCode, Warehouse, Where, Whom,
    },
};

/// A fact behind its name.
fn fact(name: &str, text: &str) {
    wrapped(&format!("    {name:<26}"), text);
}

/// What was not read, or is not shown.
const UNKNOWN: &str = "not known";

fn yes_no(flag: Option<bool>, yes: &'static str, no: &'static str) -> &'static str {
    flag.map_or(UNKNOWN, |flag| if flag { yes } else { no })
}

/// What each system can do.
pub(crate) fn site(found: &Probe) {
    heading("Sage 200");
    sage(&found.sage);
    heading("ReturnGO");
    let returngo = &found.returngo;
    fact("shop", &returngo.shop);
    fact("returns", if returngo.returns { "can be read" } else { "can't be read" });
    fact("refunds", if returngo.refunds { "can be read" } else { "can't be read" });
    let today = returngo.today.map_or("not limited by us".to_owned(), |today| {
        format!("{} used today, {} left, as counted here", today.used, today.left())
    });
    fact("calls", &today);
    heading("Shopify");
    let Some(shop) = &found.shopify else {
        say!("    not connected, or it does not answer");
        return;
    };
    fact("shop", &format!("{} ({})", shop.name.as_deref().unwrap_or("no name"), shop.shop));
    fact("sells in", &shop.currency.map_or(UNKNOWN.to_owned(), |currency| currency.to_string()));
    let supported = yes_no(shop.supported, "supported", "no longer supported");
    fact("version of its API", &format!("{}, {supported}", shop.version.as_deref().unwrap_or(UNKNOWN)));
    fact("refunds by this program", if shop.makes_refunds { "allowed" } else { "not allowed" });
    for missing in &shop.missing {
        fact("scope missing", &format!("{}; that costs: {}", missing.scope, missing.costs));
    }
    if shop.missing.is_empty() {
        fact("scopes", "all that this program uses");
    }
}

fn sage(sage: &SageSite) {
    let name = sage.company.as_deref().unwrap_or("no name");
    let edition = yes_no(sage.professional, "Professional", "Standard");
    let edition = if sage.professional.is_none() { "edition not known" } else { edition };
    let release = match sage.release {
        Release::From2025R1 => "2025 R1 or later",
        Release::From2024R1 => "2024 R1 or later, without sales returns",
        _ => "older than 2025 R1, or without sales returns",
    };
    fact("company", &format!("{name}, site {}", sage.site.as_deref().unwrap_or("without a name")));
    fact("edition and release", &format!("{edition}, {release}"));
    let returns = match &sage.returns {
        Some(Returns::Available) => "can be entered by this program".to_owned(),
        Some(Returns::NotOnThisSite) => "can't be entered by other programs here".to_owned(),
        Some(Returns::NotPermitted(message)) => format!("not allowed for the API's user: {message}"),
        _ => UNKNOWN.to_owned(),
    };
    fact("sales returns", &returns);
    let modules = sage.modules.map_or(UNKNOWN.to_owned(), |modules| {
        let named =
            [("sales ledger", modules.sales_ledger), ("sales orders", modules.sales_orders), ("stock", modules.stock)];
        named.map(|(name, has)| format!("{name}: {}", yes_no(has, "yes", "no"))).join(", ")
    });
    fact("licensed", &modules);
    match &sage.settings {
        Some(settings) => self::settings(settings),
        None => fact("settings", UNKNOWN),
    }
    let may = sage.user.and_then(|may| may.override_prices);
    fact("price paid on a return", yes_no(may, "the API's user may give it", "the API's user may NOT give it"));
    let warehouses = |all: &Vec<Warehouse>| all.iter().map(warehouse).collect::<Vec<_>>().join(", ");
    fact("warehouses", &sage.warehouses.as_ref().map_or(UNKNOWN.to_owned(), warehouses));
    for (on, title) in [(Where::Header, "analysis codes, returns"), (Where::Line, "analysis codes, lines")] {
        let text = sage.codes.as_ref().map_or(UNKNOWN.to_owned(), |codes| {
            let list: Vec<_> = codes.iter().filter(|code| code.on == on).map(code).collect();
            if list.is_empty() { "none is set up".to_owned() } else { list.join("; ") }
        });
        fact(title, &text);
    }
    let vat = |codes: &Vec<VatCode>| codes.iter().map(vat_code).collect::<Vec<_>>().join("; ");
    fact("VAT codes", &sage.vat_codes.as_ref().map_or(UNKNOWN.to_owned(), vat));
    fact("base currency", &sage.currency.map_or(UNKNOWN.to_owned(), |currency| currency.to_string()));
    let today = sage.today.as_ref().map_or(UNKNOWN.to_owned(), |day| {
        let open = if day.open { "can be posted on" } else { "is in NO open period" };
        format!("{} {open}", day.date.format("%-d %B %Y"))
    });
    fact("today", &today);
    for account in &sage.accounts {
        fact(&format!("account {}", account.account), &self::account(account));
    }
}

fn warehouse(warehouse: &Warehouse) -> String {
    let sells = if warehouse.sells { "sells" } else { "sells nothing" };
    format!("{} ({sells})", warehouse.name)
}

fn settings(settings: &SopFacts) {
    fact("prices on orders", yes_no(settings.prices_include_vat, "with VAT", "without VAT"));
    fact("numbers of returns", yes_no(settings.numbers_documents, "given by Sage", "given by hand"));
    let moves = match settings.stock_moves {
        Some(StockMoves::AtReceipt) => "when the goods are received",
        Some(StockMoves::AtPosting) => "when the credit note is posted",
        _ => UNKNOWN,
    };
    fact("stock moves", moves);
    let posts = yes_no(settings.posts_at_once, "reach the ledger at once", "wait in the pending file");
    fact("posted credit notes", posts);
    fact("cancelled lines", yes_no(settings.keeps_cancelled_lines, "are kept", "are not kept"));
    let archived =
        settings.archived_up_to.map_or("nothing yet".to_owned(), |day| day.format("up to %-d %B %Y").to_string());
    fact("orders archived", &archived);
}

fn code(code: &AnalysisCode) -> String {
    let takes = match (code.read_only, code.from_list) {
        (true, _) => "read only",
        (_, true) => "from a list",
        _ => "any text",
    };
    let must = if code.mandatory { ", must be filled" } else { "" };
    format!("{} {} ({takes}{must})", code.number, code.name.as_deref().unwrap_or("without a name"))
}

fn vat_code(code: &VatCode) -> String {
    let rate = code.rate.map_or("no rate".to_owned(), |rate| format!("{rate}%"));
    format!("{} {} {rate}", code.number, code.name.as_deref().unwrap_or("without a name"))
}

fn account(account: &Account) -> String {
    if !account.exists {
        return "is NOT in Sage".to_owned();
    }
    let active = yes_no(account.active, "active", "hidden");
    let hold = if account.on_hold { ", ON HOLD" } else { "" };
    format!(
        "{active}{hold}, {}",
        account.currency.map_or("currency not known".to_owned(), |currency| currency.to_string())
    )
}

/// What goes together here, what does not fit the policy, and whom to ask.
pub(crate) fn verdict(found: &Probe, policy: &Policy) {
    combinations(found, policy);
    list("What does not fit, and what to do", &found.contradictions);
    list("Good to know", &found.remarks);
    if !found.unread.is_empty() {
        heading("Could not be read");
        for unread in &found.unread {
            wrapped(&format!("    {}: ", unread.part), &unread.why);
            wrapped("        so it is not known ", unread.costs);
        }
    }
    for (whom, title) in [(Whom::SagePartner, "Ask your Sage partner for:"), (Whom::ReturnGo, "Ask ReturnGO:")] {
        heading(title);
        for ask in found.asks.iter().filter(|ask| ask.whom == whom) {
            wrapped("    - ", &ask.what);
        }
    }
    say!();
    let wrong = match found.contradictions.len() {
        0 => "The configuration fits this site".to_owned(),
        1 => "One thing does not fit".to_owned(),
        many => format!("{many} things do not fit"),
    };
    let unread = match found.unread.len() {
        0 => String::new(),
        1 => ", and one could not be read".to_owned(),
        many => format!(", and {many} could not be read"),
    };
    say!("  {wrong}{unread}. Nothing was written in any of the systems.");
}

fn combinations(found: &Probe, policy: &Policy) {
    heading("What goes together here");
    wrapped(
        "    receipt_proof: ",
        "goods count as back when they are inspected in ReturnGO (item_validated), received in Sage (sage_goods_in), or when the parcel has come (parcel_received)",
    );
    wrapped(
        "    route: ",
        "the credit is a credit note by this program (ledger_credit_note), or a sales return that this program prepares and a person receives and posts in Sage (sales_return)",
    );
    wrapped(
        "    refund_gate: ",
        "the refund is made by staff from a list (work_list), by this program in Shopify (shopify_refund), or by ReturnGO once this program marks the parcel as validated (returngo_validation)",
    );
    say!();
    say!("    {:<16} {:<19} {:<20} possible", "receipt_proof", "route", "refund_gate");
    let chosen = Combination { proof: policy.receipt_proof, route: policy.route, gate: policy.refund_gate };
    let mut reasons = Vec::<&String>::new();
    for verdict in &found.combinations {
        let mut notes = Vec::new();
        for why in &verdict.why_not {
            let known = reasons.iter().position(|reason| *reason == why);
            let place = known.unwrap_or_else(|| {
                reasons.push(why);
                reasons.len() - 1
            });
            notes.push(place + 1);
        }
        notes.sort_unstable();
        let notes: Vec<_> = notes.iter().map(usize::to_string).collect();
        let possible = if verdict.possible { "yes".to_owned() } else { format!("no, see {}", notes.join(", ")) };
        let Combination { proof, route, gate } = verdict.combination;
        let mark = if verdict.combination == chosen { "  <- chosen" } else { "" };
        say!("    {:<16} {:<19} {:<20} {possible}{mark}", proof.as_str(), route.as_str(), gate.as_str());
    }
    say!();
    for (place, reason) in reasons.into_iter().enumerate() {
        wrapped(&format!("    {}: ", place + 1), reason);
    }
}

fn list(title: &str, found: &[Contradiction]) {
    if found.is_empty() {
        return;
    }
    heading(title);
    for Contradiction { keys, reason, fix, .. } in found {
        wrapped("    - ", reason);
        wrapped("      to do: ", fix);
        say!("      in returns.toml: {}", keys.join(", "));
    }
}
