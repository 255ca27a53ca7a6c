//! The schema and the reader agree about the sample, and about every key by itself.

use super::{super::Settings, SAMPLE, keys, keys::Kind, written_out};
use serde_json::{Map, Value, json};

fn schema() -> Value {
    serde_json::from_str(&Settings::json_schema()).unwrap()
}

/// What a schema says against a value, by place. Knows the keywords that ours uses and no others.
fn faults(schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut no = |rule: &str| found.push(format!("{place}: {rule}"));
    let fields = schema.as_object().unwrap();
    let size = |key: &str| usize::try_from(fields[key].as_u64().unwrap()).unwrap();
    let mut deeper = Vec::new();
    for (keyword, rule) in fields {
        match (keyword.as_str(), value) {
            ("$schema" | "title" | "description" | "default" | "examples", _) => {}
            ("type", _) => {
                let kind = match value {
                    Value::Object(_) => "object",
                    Value::Array(_) => "array",
                    Value::String(_) => "string",
                    Value::Bool(_) => "boolean",
                    Value::Number(number) if number.is_i64() => "integer",
                    _ => "another",
                };
                if rule != kind {
                    no(keyword);
                }
            }
            ("enum", _) if !rule.as_array().unwrap().contains(value) => no(keyword),
            ("minimum", Value::Number(number)) if number.as_i64() < rule.as_i64() => no(keyword),
            ("maximum", Value::Number(number)) if number.as_i64() > rule.as_i64() => no(keyword),
            ("maxLength", Value::String(text)) if text.chars().count() > size(keyword) => no(keyword),
            ("pattern", Value::String(text)) if !matches(rule.as_str().unwrap(), text) => no(keyword),
            ("minItems", Value::Array(items)) if items.len() < size(keyword) => no(keyword),
            ("uniqueItems", Value::Array(items)) if (1..items.len()).any(|n| items[..n].contains(&items[n])) => {
                no(keyword);
            }
            ("items", Value::Array(items)) => deeper.extend(items.iter().flat_map(|item| faults(rule, item, place))),
            ("required", Value::Object(entries)) => {
                for name in rule.as_array().unwrap() {
                    let name = name.as_str().unwrap();
                    if !entries.contains_key(name) {
                        no(&format!("{name} is missing"));
                    }
                }
            }
            ("additionalProperties", Value::Object(entries)) => {
                assert_eq!(*rule, json!(false));
                for name in entries.keys().filter(|name| fields["properties"].get(name).is_none()) {
                    no(&format!("{name} is unknown"));
                }
            }
            ("properties", Value::Object(entries)) => {
                for (name, rule) in rule.as_object().unwrap() {
                    let entry = entries.get(name);
                    deeper.extend(entry.into_iter().flat_map(|entry| faults(rule, entry, &format!("{place}.{name}"))));
                }
            }
            (
                "enum"
                | "minimum"
                | "maximum"
                | "maxLength"
                | "pattern"
                | "minItems"
                | "uniqueItems"
                | "items"
                | "required"
                | "additionalProperties"
                | "properties",
                _,
            ) => {}
            (other, _) => panic!("the test does not know {other}"),
        }
    }
    found.extend(deeper);
    found
}

/// Regular expressions as far as the schema uses them: signs, `.`, classes, and `?`, `*`, `+`, `{n}` behind them.
fn matches(pattern: &str, text: &str) -> bool {
    let signs: Vec<_> = text.chars().collect();
    match pattern.strip_prefix('^') {
        Some(anchored) => at(anchored, &signs),
        None => (0..=signs.len()).any(|from| at(pattern, &signs[from..])),
    }
}

fn at(pattern: &str, text: &[char]) -> bool {
    let Some(first) = pattern.chars().next() else { return true };
    if pattern == "$" {
        return text.is_empty();
    }
    let length = if first == '[' { pattern.find(']').unwrap() + 1 } else { first.len_utf8() };
    let (one, rest) = pattern.split_at(length);
    let fits = |sign: char| match one.strip_prefix('[') {
        Some(class) => {
            let class: Vec<_> = class.trim_end_matches(']').chars().collect();
            let ranges = class.windows(3).any(|w| w[1] == '-' && (w[0]..=w[2]).contains(&sign));
            ranges || class.iter().any(|known| *known == sign && sign != '-')
        }
        None => one == "." || one.starts_with(sign),
    };
    let (least, most, rest) = match rest.chars().next() {
        Some('?') => (0, 1, &rest[1..]),
        Some('*') => (0, usize::MAX, &rest[1..]),
        Some('+') => (1, usize::MAX, &rest[1..]),
        Some('{') => {
            let (count, rest) = rest[1..].split_once('}').unwrap();
            let count = count.parse().unwrap();
            (count, count, rest)
        }
        _ => (1, 1, rest),
    };
    let fitting = text.iter().take_while(|sign| fits(**sign)).count().min(most);
    (least..=fitting).any(|count| at(rest, &text[count..]))
}

/// A file as an editor sees it: dates are text.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(as_json).collect(),
        toml::Value::Table(entries) => {
            entries.into_iter().map(|(name, value)| (name, as_json(value))).collect::<Map<_, _>>().into()
        }
    }
}

fn file(text: &str) -> Value {
    as_json(toml::Value::Table(text.parse().unwrap()))
}

/// The sample with every key written, and one of them in another way.
fn with(key: &keys::Key, value: &str) -> (String, Value) {
    let mut tables: toml::Table = written_out(|_| true).parse().unwrap();
    let example: toml::Table = format!("v = {value}").parse().unwrap();
    tables[key.table].as_table_mut().unwrap().insert(key.name.to_owned(), example["v"].clone());
    let text = tables.to_string();
    let json = file(&text);
    (text, json)
}

/// Does the reader refuse this key for its value, whatever it says about the others?
fn refused(key: &keys::Key, text: &str) -> bool {
    let name = format!("{}.{}", key.table, key.name);
    let said = |error: &super::super::SettingsError| {
        let about = error.key.as_deref() == Some(&name);
        // What contradicts another key is no fault of the value.
        about
            && !["can't be", "needs", "cut twice", "never be cut", "allows for", "is not among", "carries one thing"]
                .iter()
                .any(|c| error.to_string().contains(c))
    };
    Settings::from_toml(text, "returns.toml").is_err_and(|errors| errors.all().iter().any(said))
}

#[test]
fn the_sample_is_valid() {
    let valid = |text: &str| {
        Settings::from_toml(text, "returns.toml").unwrap();
        assert_eq!(faults(&schema(), &file(text), "file"), Vec::<String>::new());
    };
    valid(SAMPLE);
    valid(&written_out(|_| true));
    assert_eq!(SAMPLE.lines().next(), Some("#:schema ./returns.schema.json"));
}

#[test]
fn what_is_missing_or_unknown_is_not_valid() {
    let full = file(&written_out(|_| true));
    for key in keys::ALL {
        let mut without = full.clone();
        without[key.table].as_object_mut().unwrap().remove(key.name).unwrap();
        let missing = faults(&schema(), &without, "file");
        let must = key.absent == keys::Absent::Refused;
        let told = format!("file.{}: {} is missing", key.table, key.name);
        assert_eq!(missing, if must { vec![told] } else { Vec::new() }, "{key}");
        let property = &schema()["properties"][key.table]["properties"][key.name];
        assert!(property["description"].as_str().unwrap().ends_with('.'), "{key}");
        assert_eq!(property.get("default").is_some(), key.absent == keys::Absent::Default, "{key}");
    }
    let mut strange = full.clone();
    strange["policy"]["go_liv"] = json!("2026-12-01");
    strange["colour"] = json!({});
    let found = faults(&schema(), &strange, "file");
    assert_eq!(found, ["file: colour is unknown", "file.policy: go_liv is unknown"]);
    let mut none = full;
    none.as_object_mut().unwrap().remove("caps").unwrap();
    assert_eq!(faults(&schema(), &none, "file"), ["file: caps is missing"]);
}

/// At the edges of every key's kind: what one takes, the other takes.
#[test]
fn the_reader_and_the_schema_agree_on_every_key() {
    for key in keys::ALL {
        let (good, bad): (Vec<String>, Vec<String>) = match &key.kind {
            Kind::Word(words) => (
                words.iter().map(|word| format!("{word:?}")).collect(),
                vec!["\"by_faith\"".to_owned(), "1".to_owned()],
            ),
            Kind::Whole(from, to) => {
                let past = to.checked_add(1).map(|number| number.to_string());
                let bad = past.into_iter().chain([(from - 1).to_string(), "\"1\"".to_owned()]).collect();
                (vec![from.to_string(), to.to_string()], bad)
            }
            Kind::Wholes(from, to) => {
                let bad =
                    [format!("[{}]", from - 1), format!("[{}]", to + 1), format!("[{to}, {to}]"), "[]".to_owned()];
                (vec![format!("[{from}, {to}]")], bad.to_vec())
            }
            Kind::Flag => (vec!["true".to_owned(), "false".to_owned()], vec!["\"yes\"".to_owned(), "0".to_owned()]),
            Kind::Instant => {
                let good = ["2026-12-01", "2026-12-01T06:00:00", "2026-12-01T06:00:00Z"].map(str::to_owned);
                (good.to_vec(), vec!["20261201".to_owned(), "06:30:00".to_owned()])
            }
            Kind::Text(form) => {
                let long = form.longest.map(|longest| format!("\"{}\"", "X".repeat(longest + 1)));
                let short = form.longest.map(|longest| format!("\"{}\"", "X".repeat(longest)));
                (
                    short.into_iter().chain([key.example.to_owned()]).collect(),
                    long.into_iter().chain(["1".to_owned()]).collect(),
                )
            }
            Kind::Texts(_) => (vec![key.example.to_owned()], ["[]", "[\"\"]", "[1]", "1"].map(str::to_owned).to_vec()),
        };
        for (values, wrong) in [(good, false), (bad, true)] {
            for value in values {
                let (text, json) = with(key, &value);
                assert_eq!(refused(key, &text), wrong, "{key} = {value}, by the reader");
                let place = format!("file.{}.{}: ", key.table, key.name);
                let found = faults(&schema(), &json, "file");
                assert_eq!(found.iter().any(|fault| fault.starts_with(&place)), wrong, "{key} = {value}: {found:?}");
            }
        }
    }
}

/// What the patterns themselves refuse, the reader refuses.
#[test]
fn patterns_refuse_no_more_than_the_reader() {
    for (name, values) in [
        ("policy.currency", ["gbp", "GB", "GBPX"].as_slice()),
        ("caps.value_per_run", &["£5", ".5", "-5", ""]),
        ("returngo.shop", &["a shop", ""]),
        ("sage.base_url", &["sage.example", "ftp://sage.example", "https://"]),
        ("returngo.api_key_env", &["api_key", "1KEY", ""]),
        ("sage.client_secret_env", &["secret", "A-B"]),
        ("journal.url", &[""]),
    ] {
        let key = keys::by_name(name).unwrap();
        for value in values {
            let (text, json) = with(key, &format!("{value:?}"));
            assert!(refused(key, &text), "{name} = {value:?}, by the reader");
            assert_eq!(faults(&schema(), &json, "file"), [format!("file.{name}: pattern")], "{value:?}");
        }
    }
}
