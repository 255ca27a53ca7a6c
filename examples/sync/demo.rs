//! Nothing configured: the invented shop, three days, six runs.

use crate::{
    Args,
    print::{self, Detail},
};
use returns_examples::{Day, Desk, Oops, Shop, Story, json, say, terminal::heading};
use returns_sync::{
    journal::{Journal, SqliteJournal},
    policy::Route,
    run::{Mode, RunReport, adopt, run_once},
};
use rust_decimal::Decimal;
use sage200_client::sandbox::{EntryType, LedgerRow};
use std::path::PathBuf;

/// Plays the days, with a run after each act. Gives 0: what is open at the end belongs to the story.
pub(crate) async fn play(args: &Args) -> Result<u8, Oops> {
    let folder = Folder::make()?;
    let url = args.journal.clone().unwrap_or_else(|| format!("sqlite:{}", folder.0.join("journal.sqlite").display()));
    let file = json::file(args.json.as_deref())?;
    let journal = SqliteJournal::open(&url).await?;
    if !journal.load().await?.is_empty() {
        return Err(format!("the story begins with an empty journal, and {url} is not; name another file").into());
    }
    let mut day: Box<dyn Story> = match args.route {
        Some(Route::SalesReturn) => Box::new(Desk::new(Shop::open()?)?),
        _ => Box::new(Day::new(Shop::open()?)?),
    };
    let (systems, served) = day.shop().on_loopback(journal.quota(), journal.tokens("story")).await?;
    let at_the_desk = args.route == Some(Route::SalesReturn);
    let policy = if at_the_desk { Desk::policy()? } else { Day::policy()? };

    let length = if at_the_desk { "a week of sales returns" } else { "three days of returns" };
    say!("Nothing is configured, so this plays in sandboxes: an invented shop, {length}.");
    let [returngo, sage, shopify] = served.each_ref().map(|loopback| loopback.base().as_str());
    say!("ReturnGO answers on {returngo}, Sage 200 on {sage}, Shopify on {shopify};");
    say!("the journal is {url}.");

    if args.plan {
        day.play(0)?;
        day.play(1)?;
        heading("Monday 16:00, planned");
        let report = run_once(&systems, &journal, &policy, Mode::Plan).await?;
        json::write(file, &report)?;
        print::report(&report, Detail::Everything);
        return Ok(0);
    }
    let mut last: Option<RunReport> = None;
    let acts = day.acts();
    for (number, act) in acts.iter().enumerate() {
        day.play(number)?;
        day.warehouse(number, last.as_ref().map_or(&[], |report| &report.stock))?;
        heading(act.when);
        say!("{}", act.what);
        for adoption in day.adoptions(number)? {
            adopt(&systems, &journal, adoption.what.clone(), adoption.by, adoption.why).await?;
            say!("Adopted by {}: {}.\n\"{}.\"", adoption.by, adoption.what, adoption.why);
        }
        let report = run_once(&systems, &journal, &policy, Mode::Run).await?;
        let end = number + 1 == acts.len();
        print::report(&report, if end { Detail::Everything } else { Detail::News });
        last = Some(report);
    }
    if let Some(report) = last {
        json::write(file, &report)?;
        let ledger = day.shop().sage.ledger();
        let notes = ledger.iter().filter(|row| row.entry_type == EntryType::CreditNote);
        let (ours, by_hand): (Vec<_>, Vec<_>) = notes.partition(|row| !row.by_hand);
        let worth = |rows: &[&LedgerRow]| -> Decimal { rows.iter().map(|row| -row.gross).sum() };
        say!("\nSage's own ledger, looked at from inside:");
        if at_the_desk {
            say!("    {} credit notes posted at the desk, worth {},", by_hand.len(), worth(&by_hand));
            say!("    {} by this program, worth {}: for what the customer keeps.", ours.len(), worth(&ours));
            say!(
                "A real run that ends with open exceptions exits with {}; this story exits with 0.",
                report.exit_code()
            );
            return Ok(0);
        }
        say!("    {} credit notes of ours worth {},", ours.len(), worth(&ours));
        say!("    {} by hand worth {}: the one that covers its RMA (EX1009),", by_hand.len(), worth(&by_hand));
        say!(
            "      the one that is worth something else (EX1010), the one for the refund of EX1051, and the stray one."
        );
        say!("A real run that ends with open exceptions exits with {}; this story exits with 0.", report.exit_code());
    }
    Ok(0)
}

/// A folder that goes away with the story.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, Oops> {
        let path = std::env::temp_dir().join(format!("returns-sync-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| format!("{} can't be made: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} was not removed: {error}", self.0.display());
        }
    }
}
