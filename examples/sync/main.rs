//! Runs the returns sync: against the sandboxes when nothing is configured, once against the real systems with a
//! `returns.toml`.

mod demo;
mod live;
mod print;

use clap::Parser;
use returngo_client::RmaId;
use returns_examples::Oops;
use returns_sync::run::{Mode, RunReport};
use std::{fs::File, io::Write, path::PathBuf, process::ExitCode};

/// Runs ReturnGO returns into Sage 200, in order, once.
///
/// Without a configuration it plays three days of returns in both vendors' sandboxes, on this machine. With one it
/// runs once against the systems configured; secrets come from the environment. Exit code: 0 clean, 2 when a person
/// must look at something, 1 when it could not run.
#[derive(Debug, Parser)]
#[command(name = "sync")]
struct Args {
    /// The configuration; `returns.toml` in this folder is taken when it is there. See returns.example.toml.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Show what would be posted; post nothing and write nothing.
    #[arg(long, conflicts_with_all = ["settle", "new_consent"])]
    plan: bool,
    /// Forget the Sage token kept in the journal's file and start from the one in the environment: after a person has
    /// signed in to Sage again.
    #[arg(long)]
    new_consent: bool,
    /// Settle an RMA instead of running: nothing more is credited or released for its units, its exceptions clear.
    #[arg(long, value_name = "RMA", requires_all = ["by", "why"], conflicts_with = "json")]
    settle: Option<RmaId>,
    /// Who settles it; goes into the journal.
    #[arg(long, value_name = "NAME", requires = "settle")]
    by: Option<String>,
    /// Why it is settled; goes into the journal.
    #[arg(long, value_name = "TEXT", requires = "settle")]
    why: Option<String>,
    /// Write the report of the (last) run as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where the journal is kept, such as sqlite:returns-journal.sqlite; overrides the configuration.
    #[arg(long, value_name = "URL")]
    journal: Option<String>,
}

impl Args {
    fn mode(&self) -> Mode {
        if self.plan { Mode::Plan } else { Mode::Run }
    }
}

const DEFAULT_CONFIG: &str = "returns.toml";

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let args = Args::parse();
    let here = PathBuf::from(DEFAULT_CONFIG);
    let config = args.config.clone().or_else(|| here.exists().then_some(here));
    let ended = match &config {
        Some(config) => live::run(config, &args).await,
        None if args.settle.is_some() => Err("an RMA is settled on real systems only; give --config".into()),
        None => demo::play(&args).await,
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("could not run: {}", returns_wire::report(&*error));
            ExitCode::from(1)
        }
    }
}

/// The file the report goes to. It is made before the run: what was posted must not go untold for want of a folder.
fn json_file(args: &Args) -> Result<Option<File>, Oops> {
    let Some(path) = &args.json else { return Ok(None) };
    let file = File::create(path).map_err(|error| format!("--json {}: can't be written: {error}", path.display()))?;
    Ok(Some(file))
}

/// Writes the report where it was asked for.
fn write_json(file: Option<File>, report: &RunReport) -> Result<(), Oops> {
    let Some(mut file) = file else { return Ok(()) };
    serde_json::to_writer_pretty(&mut file, report)?;
    Ok(writeln!(file)?)
}
