//! A configuration: its systems.

use crate::{Args, print, write};
use returns_examples::{
    Oops,
    live::{Live, explained},
};
use returns_sync::probe::probe;
use std::path::Path;

pub(crate) async fn look(config: &Path, args: &Args) -> Result<u8, Oops> {
    let live = Live::connect(config, args.journal.as_deref(), args.new_consent).await?;
    let policy = live.settings.policy();
    let found = probe(&live.systems, Some(policy)).await.map_err(explained)?;
    write(args, &found)?;
    print::site(&found);
    print::verdict(&found, policy);
    Ok(found.exit_code())
}
