//! What `--json FILE` writes.

use crate::Oops;
use serde::Serialize;
use std::{fs::File, io::Write, path::Path};

/// The file. It is made before the work: what was done must not go untold for want of a folder.
///
/// # Errors
/// When it can't be written.
pub fn file(path: Option<&Path>) -> Result<Option<File>, Oops> {
    let Some(path) = path else { return Ok(None) };
    let file = File::create(path).map_err(|error| format!("--json {}: can't be written: {error}", path.display()))?;
    Ok(Some(file))
}

/// Writes what was found where it was asked for.
///
/// # Errors
/// When it can't be written.
pub fn write(file: Option<File>, found: &impl Serialize) -> Result<(), Oops> {
    let Some(mut file) = file else { return Ok(()) };
    serde_json::to_writer_pretty(&mut file, found)?;
    Ok(writeln!(file)?)
}
