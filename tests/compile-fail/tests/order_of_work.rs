//! A broken order of work, or a forged value, must not compile. Each program in `fail/` has a twin of the same name
//! in `pass/` that differs by the one legal step, so that it can't fail for an unrelated reason.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fs, path::Path, process::Command};

/// The compiler whose messages are in `fail/*.stderr`.
const MESSAGES_OF: &str = "rustc 1.95.";

fn names(folder: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_breaks_the_order_does_not_compile() {
    assert_eq!(names("fail"), names("pass"), "every program that must fail has a twin that passes");
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = String::from_utf8(Command::new(rustc).arg("--version").output().unwrap().stdout).unwrap();
    if version.starts_with(MESSAGES_OF) {
        cases.compile_fail("fail/*.rs");
    } else {
        // Another compiler uses other words: each program must be refused, in whatever words. They are recorded beside
        // copies, which a process of its own has to be told.
        let copies = Path::new(COPIES);
        fs::create_dir_all(copies).unwrap();
        for name in names("fail") {
            fs::copy(format!("fail/{name}.rs"), copies.join(format!("{name}.rs"))).unwrap();
        }
        let mut process = Command::new(std::env::current_exe().unwrap());
        process.args(["--ignored", "--exact", "refused_in_whatever_words"]).env("TRYBUILD", "overwrite");
        assert!(process.status().unwrap().success(), "a program that must not compile does");
    }
}

const COPIES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/fail");

#[test]
#[ignore = "is started by the other test, where the compiler is not the one whose messages are recorded"]
fn refused_in_whatever_words() {
    trybuild::TestCases::new().compile_fail(format!("{COPIES}/*.rs"));
}
