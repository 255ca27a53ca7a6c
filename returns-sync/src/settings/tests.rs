use super::{
    Settings, below,
    keys::{self, Absent},
};
use std::collections::BTreeSet;

mod schema;

const SAMPLE: &str = include_str!("../../../returns.example.toml");

/// The sample with the keys that `which` picks written out, as if nothing stood before them.
fn written_out(which: impl Fn(&keys::Key) -> bool) -> String {
    let mut table = "";
    let mut text = String::new();
    for line in SAMPLE.lines() {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']');
        }
        let hidden = line.strip_prefix("# ").filter(|rest| {
            let name = rest.split_once(" = ").map_or("", |(name, _)| name);
            keys::ALL.iter().any(|key| key.table == table && key.name == name && which(key))
        });
        text.push_str(hidden.unwrap_or(line));
        text.push('\n');
    }
    text
}

#[test]
fn the_sample_has_every_key_once_and_no_other() {
    let text = written_out(|_| true);
    let tables: toml::Table = text.parse().unwrap();
    let in_sample: BTreeSet<_> = tables
        .iter()
        .flat_map(|(table, entries)| {
            entries.as_table().unwrap().keys().map(move |name| (table.as_str(), name.as_str()))
        })
        .collect();
    let known: BTreeSet<_> = keys::ALL.iter().map(|key| (key.table, key.name)).collect();
    assert_eq!(in_sample, known);
    assert_eq!(known.len(), keys::ALL.len(), "no key is listed twice");
    let in_order: Vec<_> = SAMPLE.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']')).collect();
    assert_eq!(in_order, keys::tables().collect::<Vec<_>>());
}

#[test]
fn the_sample_shows_what_is_the_case() {
    let plain = Settings::from_toml(SAMPLE, "returns.toml").unwrap();
    let with_defaults = Settings::from_toml(&written_out(|key| key.absent == Absent::Default), "returns.toml").unwrap();
    assert_eq!(plain, with_defaults, "what the sample calls a default is one");
    let all = Settings::from_toml(&written_out(|_| true), "returns.toml").unwrap();
    assert_ne!(plain, all);
    // The keys that are not behind `#` are those that must be chosen; the examples of messages are the sample's.
    let tables: toml::Table = SAMPLE.parse().unwrap();
    let full: toml::Table = written_out(|_| true).parse().unwrap();
    for key in keys::ALL {
        let shown = tables[key.table].get(key.name);
        assert_eq!(shown.is_some(), key.absent == Absent::Refused, "{key}");
        let example: toml::Table = format!("v = {}", key.example).parse().unwrap();
        assert_eq!(full[key.table][key.name], example["v"], "{key}");
    }
}

/// Every key is read, and read strictly: a table in its place is always refused, by name and line.
#[test]
fn every_key_is_read() {
    for key in keys::ALL {
        let mut tables: toml::Table = written_out(|_| true).parse().unwrap();
        let entries = tables[key.table].as_table_mut().unwrap();
        entries.insert(key.name.to_owned(), toml::Table::new().into());
        let text = tables.to_string();
        let errors = Settings::from_toml(&text, "returns.toml").unwrap_err();
        let error = errors.all().iter().find(|error| error.key.as_deref() == Some(&key.to_string().replace('`', "")));
        let error = error.unwrap_or_else(|| panic!("{key} is not read"));
        assert!(error.line.is_some() && error.to_string().contains("is a table"), "{error}");
        assert!(error.to_string().contains(key.example), "{error}");
    }
}

#[test]
fn every_key_that_must_be_chosen_is_asked_for() {
    for key in keys::ALL.iter().filter(|key| key.absent == Absent::Refused) {
        let mut tables: toml::Table = SAMPLE.parse().unwrap();
        tables[key.table].as_table_mut().unwrap().remove(key.name).unwrap();
        let errors = Settings::from_toml(&tables.to_string(), "returns.toml").unwrap_err();
        let [error] = errors.all() else { panic!("{errors}") };
        let expected = format!(
            "returns.toml: {key} is missing: {}; add `{} = {}` under [{}]",
            key.what, key.name, key.example, key.table
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.line, None);
    }
}

#[test]
fn names_are_suggested_only_when_they_are_near() {
    let near = |wrong| keys::nearest(wrong, keys::ALL.iter().map(|key| key.name));
    assert_eq!(near("go_liv"), Some("go_live"));
    assert_eq!(near("Go-Live"), Some("go_live"));
    assert_eq!(near("curency"), Some("currency"));
    assert_eq!(near("colour"), None);
    assert_eq!(near(""), None);
}

#[test]
fn a_relative_journal_is_meant_from_the_folder_of_the_file() {
    let folder = std::path::Path::new("conf");
    assert_eq!(below(folder, "sqlite:j.sqlite"), "sqlite:conf/j.sqlite");
    assert_eq!(below(folder, "sqlite://j.sqlite"), "sqlite:conf/j.sqlite");
    assert_eq!(below(folder, "j.sqlite"), "conf/j.sqlite");
    assert_eq!(below(folder, "sqlite:///var/j.sqlite"), "sqlite:/var/j.sqlite");
    assert_eq!(below(folder, "sqlite::memory:"), "sqlite::memory:");
    assert_eq!(below(std::path::Path::new(""), "sqlite:j.sqlite"), "sqlite:j.sqlite");
}
