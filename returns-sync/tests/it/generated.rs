//! What stands in a file is what the code says. `REGENERATE=1 cargo test -p returns-sync --test it generated` writes the
//! files anew.

use returns_sync::{policy::matrix_table, settings::Settings};
use std::{fs, path::Path};

const HINT: &str =
    "is not what the code says; write it anew: REGENERATE=1 cargo test -p returns-sync --test it generated";

/// Compares a file of the workspace with what it must be, or writes it.
fn is_current(file: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(&path, wanted).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file} can't be read: {error}; {HINT}"));
    assert!(found == wanted, "{file} {HINT}");
}

#[test]
fn the_readme_shows_the_matrix() {
    let file = "returns-sync/README.md";
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (begin, end) = ("<!-- matrix: begin -->\n", "<!-- matrix: end -->");
    let (before, rest) = text.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    is_current(file, &format!("{before}{begin}{}{end}{after}", matrix_table()));
}

#[test]
fn the_schema_stands_beside_the_sample() {
    is_current("returns.schema.json", &Settings::json_schema());
}
