//! Looks at a site and says what it can do: at the sandboxes when nothing is configured, at the real systems with a
//! `returns.toml`.

mod demo;
mod live;
mod print;

use clap::Parser;
use returns_examples::{Oops, json, live::config};
use returns_sync::probe::Probe;
use std::{path::PathBuf, process::ExitCode};

/// Says what Sage 200, ReturnGO and Shopify can do here, which choices go together, and what of the configuration
/// does not fit.
///
/// It only reads: no document, no journal entry. Without a configuration it looks at the vendors' sandboxes, on this machine. Exit code: 0 clean, 2 when something
/// contradicts the configuration or could not be read, 1 when it could not look.
#[derive(Debug, Parser)]
#[command(name = "check")]
struct Args {
    /// The configuration; `returns.toml` in this folder is taken when it is there. See returns.example.toml.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write what was found as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where the journal is kept, and with it Sage's token; overrides the configuration.
    #[arg(long, value_name = "URL")]
    journal: Option<String>,
    /// Forget the Sage token kept in the journal's file and start from the one in the environment.
    #[arg(long)]
    new_consent: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let args = Args::parse();
    let ended = match &config(args.config.as_deref()) {
        Some(config) => live::look(config, &args).await,
        None if args.new_consent || args.journal.is_some() => {
            Err("--journal and --new-consent work on real systems only; give --config".into())
        }
        None => demo::look(&args).await,
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("could not look: {}", returns_wire::report(&*error));
            ExitCode::from(1)
        }
    }
}

fn write(args: &Args, found: &Probe) -> Result<(), Oops> {
    json::write(json::file(args.json.as_deref())?, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_options_agree_with_each_other() {
        Args::command().debug_assert();
    }
}
