use super::{
    Settings,
    keys::{self, Absent, Form, Key, Kind},
};
use serde_json::{Map, Value, json};

impl Settings {
    /// The JSON Schema (draft 2020-12) of `returns.toml`, for editors. Every file that can be read is valid by it; not
    /// every file that is valid can be read: it knows each key by itself, and no contradictions.
    ///
    /// ```
    /// assert!(returns_sync::settings::Settings::json_schema().contains("\"go_live\""));
    /// ```
    pub fn json_schema() -> String {
        let tables: Map<_, _> = keys::tables().map(|name| (name.to_owned(), table(name))).collect();
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Settings of the returns sync",
            "type": "object",
            "properties": tables,
            "required": keys::tables().filter(|name| must(name).next().is_some()).collect::<Vec<_>>(),
            "additionalProperties": false,
        });
        format!("{schema:#}\n")
    }
}

/// The keys of a table that must be chosen.
fn must(table: &str) -> impl Iterator<Item = &'static str> {
    keys::ALL.iter().filter(move |key| key.table == table && key.absent == Absent::Refused).map(|key| key.name)
}

fn table(name: &str) -> Value {
    let keys = keys::ALL.iter().filter(|key| key.table == name);
    json!({
        "type": "object",
        "properties": keys.map(|key| (key.name.to_owned(), property(key))).collect::<Map<_, _>>(),
        "required": must(name).collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}

fn property(key: &Key) -> Value {
    let mut property = match &key.kind {
        Kind::Text(form) => text(form),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Whole(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Kind::Flag => json!({ "type": "boolean" }),
        // JSON has no dates: editors show them as text.
        Kind::Instant => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}" }),
        Kind::Texts(form) => list(&text(form)),
        Kind::Wholes(from, to) => list(&json!({ "type": "integer", "minimum": from, "maximum": to })),
    };
    let example = example(key);
    if let Some(fields) = property.as_object_mut() {
        fields.insert("description".to_owned(), sentence(key.what).into());
        if key.absent == Absent::Default {
            fields.insert("default".to_owned(), example);
        } else {
            fields.insert("examples".to_owned(), json!([example]));
        }
    }
    property
}

fn text(form: &Form) -> Value {
    let mut text = json!({ "type": "string", "pattern": form.pattern });
    if let (Some(longest), Some(fields)) = (form.longest, text.as_object_mut()) {
        fields.insert("maxLength".to_owned(), longest.into());
    }
    text
}

fn list(item: &Value) -> Value {
    json!({ "type": "array", "items": item, "minItems": 1, "uniqueItems": true })
}

/// The example as JSON. Dates are the only values that TOML writes otherwise.
fn example(key: &Key) -> Value {
    serde_json::from_str(key.example).unwrap_or_else(|_| key.example.into())
}

fn sentence(what: &str) -> String {
    let mut letters = what.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}
