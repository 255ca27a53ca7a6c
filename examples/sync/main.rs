//! Runs the returns sync: against the sandboxes when nothing is configured, once against the real systems with a
//! `returns.toml`.

mod demo;
mod live;
mod print;

use clap::{ArgGroup, Parser};
use returngo_client::{ReturnedItemId, RmaId};
use returns_examples::Oops;
use returns_sync::{
    policy::Route,
    run::{Adopt, Mode},
};
use sage200_client::Urn;
use std::{path::PathBuf, process::ExitCode};

/// Runs ReturnGO returns of a Shopify shop into Sage 200, in order, once.
///
/// Without a configuration it plays three days of returns in the vendors' sandboxes, on this machine, or with
/// `--route sales_return` a week at the Sage desk. With one it runs once against the systems configured; secrets come from the environment. Exit code: 0 clean, 2 when a person
/// must look at something, 1 when it could not run.
#[derive(Debug, Parser)]
#[command(name = "sync", group(ArgGroup::new("decision").args(["settle", "adopt", "accept_goods"])))]
struct Args {
    /// The configuration; `returns.toml` in this folder is taken when it is there. See returns.example.toml.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Show what would be posted; post nothing and write nothing.
    #[arg(long, conflicts_with_all = ["decision", "new_consent"])]
    plan: bool,
    /// Forget the Sage token kept in the journal's file and start from the one in the environment: after a person has
    /// signed in to Sage again.
    #[arg(long)]
    new_consent: bool,
    /// Settle an RMA instead of running: nothing more is credited or released for its units, its exceptions clear.
    #[arg(long, value_name = "RMA", requires_all = ["by", "why"], conflicts_with = "json")]
    settle: Option<RmaId>,
    /// Settle only this unit of the RMA, by its number in ReturnGO; may be given several times.
    #[arg(long, value_name = "UNIT", requires = "settle")]
    unit: Vec<ReturnedItemId>,
    /// Adopt instead of running: a refund past ReturnGO (`refund:NUMBER`), a credit note that belongs to no RMA
    /// (`credit-note:URN`) or an order for nothing that no RMA names (`order:NUMBER`) is right as it is. Nothing is posted
    /// for it, its exception clears. Where an RMA waits for the same money, --paid-return or --paid-something-else says
    /// what the refund has paid.
    #[arg(long, value_name = "WHAT", value_parser = adoptable, requires_all = ["by", "why"], conflicts_with = "json")]
    adopt: Option<Adopt>,
    /// Answer for the goods of an RMA instead of running: they are booked in Sage in another way, or never will be.
    /// Nothing looks for them any more, the exception clears; credit notes and refunds stay as they are.
    #[arg(long, value_name = "RMA", requires_all = ["by", "why"], conflicts_with = "json")]
    accept_goods: Option<RmaId>,
    /// The refund adopted has paid this RMA, which is settled by it: nothing more is paid for it.
    #[arg(long, value_name = "RMA", requires = "adopt", conflicts_with = "paid_something_else")]
    paid_return: Option<RmaId>,
    /// The refund adopted has paid something else: an RMA that waits for the same money is paid as well.
    #[arg(long, requires = "adopt")]
    paid_something_else: bool,
    /// Who decides it; goes into the journal.
    #[arg(long, value_name = "NAME", requires = "decision")]
    by: Option<String>,
    /// Why; goes into the journal.
    #[arg(long, value_name = "TEXT", requires = "decision")]
    why: Option<String>,
    /// Which story is played where nothing is configured: `ledger_credit_note` or `sales_return`.
    #[arg(long, value_name = "ROUTE", value_parser = route, conflicts_with_all = ["config", "decision"])]
    route: Option<Route>,
    /// Write the report of the (last) run as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where the journal is kept, such as sqlite:returns-journal.sqlite; overrides the configuration.
    #[arg(long, value_name = "URL")]
    journal: Option<String>,
}

impl Args {
    /// What is adopted, with what it has paid.
    fn adopted(&self) -> Result<Option<Adopt>, Oops> {
        match (self.adopt.clone(), self.paid_return.clone(), self.paid_something_else) {
            (Some(Adopt::Refund(refund)), Some(rma), _) => Ok(Some(Adopt::RefundOfReturn(refund, rma))),
            (Some(Adopt::Refund(refund)), None, true) => Ok(Some(Adopt::RefundOfSomethingElse(refund))),
            (what, None, false) => Ok(what),
            (_, Some(_), _) => Err("--paid-return goes with a refund: --adopt refund:NUMBER".into()),
            (_, None, true) => Err("--paid-something-else goes with a refund: --adopt refund:NUMBER".into()),
        }
    }

    fn mode(&self) -> Mode {
        if self.plan { Mode::Plan } else { Mode::Run }
    }
}

fn route(text: &str) -> Result<Route, String> {
    let known = Route::ALL.iter().find(|route| route.as_str() == text);
    known.copied().ok_or_else(|| format!("the routes are {}", Route::NAMES.join(" and ")))
}

/// `refund:` or `order:` with Shopify's number or GID, or `credit-note:` with Sage's URN.
fn adoptable(text: &str) -> Result<Adopt, String> {
    match text.split_once(':') {
        Some(("refund", number)) => number.parse().map(Adopt::Refund).map_err(|error| format!("{error}")),
        Some(("order", number)) => number.parse().map(Adopt::NilOrder).map_err(|error| format!("{error}")),
        Some(("credit-note", urn)) => match urn.parse() {
            Ok(number) if number > 0 => Ok(Adopt::CreditNote(Urn(number))),
            _ => Err(format!("{urn:?} is no URN: Sage's are whole numbers from 1")),
        },
        _ => Err(format!(
            "{text:?} says neither refund:NUMBER nor credit-note:URN nor order:NUMBER; exceptions name them"
        )),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let args = Args::parse();
    let ended = match &returns_examples::live::config(args.config.as_deref()) {
        Some(config) => live::run(config, &args).await,
        None if args.settle.is_some() => Err("--settle works on real systems only; give --config".into()),
        None if args.adopt.is_some() => Err("--adopt works on real systems only; give --config".into()),
        None if args.accept_goods.is_some() => Err("--accept-goods works on real systems only; give --config".into()),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_options_agree_with_each_other() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_decision_takes_one_thing_a_name_and_a_reason() {
        let parse = |text: &str| Args::try_parse_from(text.split(' '));
        let adopted = |text: &str| parse(&format!("sync --adopt {text} --by A --why B")).map(|args| args.adopt);
        let refund = Some(Adopt::Refund("900000000123".parse().unwrap()));
        assert_eq!(adopted("refund:900000000123").unwrap(), refund);
        assert_eq!(adopted("refund:gid://shopify/Refund/900000000123").unwrap(), refund);
        assert_eq!(adopted("credit-note:45").unwrap(), Some(Adopt::CreditNote(Urn(45))));
        let order = Some(Adopt::NilOrder("900000000124".parse().unwrap()));
        assert_eq!(adopted("order:900000000124").unwrap(), order);
        let said = |text: &str| parse(&format!("sync --by A --why B {text}")).unwrap().adopted();
        let (refund, rma) = ("9".parse().unwrap(), "4400123".parse().unwrap());
        let paid = said("--adopt refund:9 --paid-return 4400123").unwrap();
        assert_eq!(paid, Some(Adopt::RefundOfReturn(refund, rma)));
        let paid = said("--adopt refund:9 --paid-something-else").unwrap();
        assert_eq!(paid, Some(Adopt::RefundOfSomethingElse(refund)));
        let wrong = said("--adopt credit-note:45 --paid-something-else").unwrap_err();
        assert!(wrong.to_string().contains("refund:NUMBER"), "{wrong}");
        for wrong in [
            "refund:",
            "refund:EX1",
            "refund:gid://shopify/Order/9",
            "order:EX1",
            "credit-note:0",
            "credit-note:x",
            "45",
        ] {
            assert!(adopted(wrong).unwrap_err().to_string().contains("--adopt"), "{wrong}");
        }
        for wrong in [
            "--adopt refund:9 --by A",
            "--settle 1 --adopt refund:9 --by A --why B",
            "--plan --accept-goods 1 --by A --why B",
            "--by A --why B",
        ] {
            assert!(parse(&format!("sync {wrong}")).is_err(), "{wrong}");
        }
    }
}
