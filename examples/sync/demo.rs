//! Nothing configured: the invented shop, three days, six runs.

use crate::{
    Args,
    print::{self, Detail},
    write_json,
};
use returns_examples::{Day, Oops, Shop};
use returns_sync::{
    journal::SqliteJournal,
    run::{Mode, run_once},
};
use std::path::PathBuf;

/// Plays the days, with a run after each act. Gives 0: what is open at the end belongs to the story.
pub(crate) async fn play(args: &Args) -> Result<u8, Oops> {
    let folder = Folder::make()?;
    let url = args.journal.clone().unwrap_or_else(|| format!("sqlite:{}", folder.0.join("journal.sqlite").display()));
    let journal = SqliteJournal::open(&url).await?;
    let mut day = Day::new(Shop::open()?)?;
    let (systems, served) = day.shop().on_loopback(journal.quota(), journal.tokens("sage200")).await?;
    let policy = Shop::policy()?;

    println!("Nothing is configured, so this plays in sandboxes: an invented shop, three days of returns.");
    println!("ReturnGO answers on {}, Sage 200 on {}; the journal is {url}.", served[0].base(), served[1].base());

    if args.plan {
        day.play(0)?;
        day.play(1)?;
        print::heading("Monday 16:00, planned");
        let report = run_once(&systems, &journal, &policy, Mode::Plan).await?;
        print::report(&report, Detail::Everything);
        write_json(args, &report)?;
        return Ok(0);
    }
    let last = Day::ACTS.len() - 1;
    for (number, act) in Day::ACTS.iter().enumerate() {
        day.play(number)?;
        print::heading(act.when);
        println!("{}", act.what);
        let report = run_once(&systems, &journal, &policy, Mode::Run).await?;
        print::report(&report, if number == last { Detail::Everything } else { Detail::News });
        if number == last {
            let ledger = day.shop().sage.ledger_totals();
            println!(
                "\nSage's own ledger, looked at from inside: {} credit notes, {} gross.",
                ledger.rows, ledger.gross
            );
            println!(
                "A real run that ends with open exceptions exits with {}; this story exits with 0.",
                report.exit_code()
            );
            write_json(args, &report)?;
        }
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
