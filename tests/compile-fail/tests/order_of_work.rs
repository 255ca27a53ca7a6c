//! A broken order of work, or a forged value, must not compile. Each program in `fail/` has a twin of the same name
//! in `pass/` that differs by the one legal step, so that it can't fail for an unrelated reason. The twins are modules of
//! this test: they compile with it, from the same build.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fs, path::Path, process::Command};

/// Declares each twin as a module, and the list of their names.
macro_rules! twins {
    ($($name:ident = $file:literal),* $(,)?) => {
        $(#[path = $file] #[allow(dead_code, clippy::let_underscore_must_use, reason = "it only has to compile")] mod $name;)*
        const TWINS: &[&str] = &[$(stringify!($name)),*];
    };
}

twins! {
    credit_before_receipt = "../pass/credit_before_receipt.rs",
    credit_twice = "../pass/credit_twice.rs",
    exchange_before_credit = "../pass/exchange_before_credit.rs",
    exchange_for_nothing = "../pass/exchange_for_nothing.rs",
    forged_credit_note = "../pass/forged_credit_note.rs",
    forged_receipt = "../pass/forged_receipt.rs",
    forged_text = "../pass/forged_text.rs",
    money_plus_number = "../pass/money_plus_number.rs",
    refund_before_credit = "../pass/refund_before_credit.rs",
    refund_twice = "../pass/refund_twice.rs",
    shop_refund_before_credit = "../pass/shop_refund_before_credit.rs",
    shop_refund_twice = "../pass/shop_refund_twice.rs",
    tax_code_from_integer = "../pass/tax_code_from_integer.rs",
    tax_code_outlives_table = "../pass/tax_code_outlives_table.rs",
    tax_code_stored = "../pass/tax_code_stored.rs",
    text_of_another_field = "../pass/text_of_another_field.rs",
    text_too_long = "../pass/text_too_long.rs",
}

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
    assert_eq!(names("pass").into_iter().collect::<Vec<_>>(), TWINS, "every twin is named above, in order");
    let cases = trybuild::TestCases::new();
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
