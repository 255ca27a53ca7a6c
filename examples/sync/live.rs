//! A configuration: one run against the systems in it.

use crate::{
    Args,
    print::{self, Detail},
};
use indicatif::ProgressBar;
use returns_examples::{
    Oops, json,
    live::{Live, explained},
};
use returns_sync::run::{Progress, accept_goods, adopt, run_watched, settle, settle_units};
use std::{io::IsTerminal, path::Path};

pub(crate) async fn run(config: &Path, args: &Args) -> Result<u8, Oops> {
    let Live { settings, journal, systems } = Live::connect(config, args.journal.as_deref(), args.new_consent).await?;
    let file = json::file(args.json.as_deref())?;

    let (by, why) = (args.by.as_deref().unwrap_or_default(), args.why.as_deref().unwrap_or_default());
    if let Some(rma) = &args.settle {
        let units = match args.unit.as_slice() {
            [] => settle(&systems, &journal, rma, by, why).await?,
            units => settle_units(&systems, &journal, rma, units, by, why).await?,
        };
        println!("RMA {rma} is settled with its {} unit(s). The next run clears its exceptions.", units.len());
        return Ok(0);
    }

    if let Some(rma) = &args.accept_goods {
        let units = accept_goods(&systems, &journal, rma, by, why).await?;
        println!("{} unit(s) of RMA {rma} are answered for. The next run clears the exception.", units.len());
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
    let report = report.map_err(explained)?;
    json::write(file, &report)?;
    print::report(&report, Detail::Everything);
    Ok(report.exit_code())
}
