//! A configuration: one run against the systems in it.

use crate::{
    Args, json_file,
    print::{self, Detail},
    write_json,
};
use indicatif::ProgressBar;
use returns_examples::Oops;
use returns_sync::{
    journal::SqliteJournal,
    run::{Progress, RunError, adopt, run_watched, settle},
    settings::{Settings, Stores, Transports},
};
use returns_wire::{Clock, ErrorKind, SystemClock};
use std::{io::IsTerminal, path::Path, sync::Arc};

/// Under which name the Sage tokens are kept.
const TOKENS: &str = "sage200";

pub(crate) async fn run(config: &Path, args: &Args) -> Result<u8, Oops> {
    let settings = Settings::load(config)?;
    let json = json_file(args)?;
    let secrets = settings.secrets()?;
    let url = args.journal.clone().unwrap_or_else(|| settings.journal().to_owned());
    let journal = SqliteJournal::open(&url).await?;
    if args.new_consent {
        journal.forget_tokens(TOKENS).await?;
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let stores = Stores { quota: journal.quota(), tokens: journal.tokens(TOKENS) };
    let systems = settings.connect(secrets, stores, clock, Transports::default()).await?;

    let (by, why) = (args.by.as_deref().unwrap_or_default(), args.why.as_deref().unwrap_or_default());
    if let Some(rma) = &args.settle {
        let units = settle(&systems, &journal, rma, by, why).await?;
        println!("RMA {rma} is settled with its {} unit(s). The next run clears its exceptions.", units.len());
        return Ok(0);
    }

    if let Some(what) = args.adopted()? {
        adopt(&systems, &journal, what.clone(), by, why).await?;
        println!("{what} is adopted. The next run clears its exception; nothing is posted for it.");
        return Ok(0);
    }

    // Bars for a person, nothing for a log file.
    let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(0));
    let watch = |progress: Progress<'_>| {
        if let Some(bar) = &bar {
            bar.set_length(u64::try_from(progress.of).unwrap_or_default());
            bar.set_position(u64::try_from(progress.done).unwrap_or_default());
            bar.set_message(progress.rma.to_string());
        }
    };
    let report = run_watched(&systems, &journal, settings.policy(), args.mode(), &watch).await;
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    let report = report.map_err(|error| match &error {
        RunError::System(cause) if cause.kind() == ErrorKind::Auth && cause.op().starts_with("sage200.") => {
            Oops::from(format!("{error}; after a new consent run once with --new-consent"))
        }
        _ => error.into(),
    })?;
    write_json(json, &report)?;
    print::report(&report, Detail::Everything);
    Ok(report.exit_code())
}
