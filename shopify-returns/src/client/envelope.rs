use super::bucket::Cost;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// A GraphQL answer, its data still unread.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    /// Absent when nothing was carried out; `null` when something failed on the way.
    #[serde(default, deserialize_with = "raw")]
    pub(super) data: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "crate::model::list")]
    pub(super) errors: Vec<GraphError>,
    #[serde(default)]
    extensions: Option<Extensions>,
}

/// `Option` alone would make an absent `data` of `null`, and the two mean different things.
fn raw<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

#[derive(Debug, Deserialize)]
struct Extensions {
    #[serde(default)]
    cost: Option<Box<RawValue>>,
    #[serde(default)]
    search: Value,
}

/// One entry of `errors`.
#[derive(Debug, Deserialize)]
pub(super) struct GraphError {
    #[serde(default)]
    message: String,
    #[serde(default)]
    path: Value,
    #[serde(default)]
    locations: Value,
    #[serde(default)]
    extensions: Value,
}

/// What an error means for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Throttled,
    TooExpensive,
    Denied,
    ShopInactive,
    Internal,
    /// Another code, or none: a document that the API does not take.
    Other,
}

impl Envelope {
    pub(super) fn has_data(&self) -> bool {
        self.data.as_ref().is_some_and(|data| data.get() != "null")
    }

    pub(super) fn is(&self, code: Code) -> bool {
        self.errors.iter().any(|error| error.code() == code)
    }

    /// Only a hint for the pace, so that one which can't be read is left out.
    pub(super) fn cost(&self) -> Option<Cost> {
        serde_json::from_str(self.extensions.as_ref()?.cost.as_ref()?.get()).ok()
    }

    /// Shopify's warning that it did not understand a search: it then finds too much.
    pub(super) fn search_warning(&self) -> Option<String> {
        let searches = match &self.extensions.as_ref()?.search {
            Value::Array(searches) => searches.as_slice(),
            one => std::slice::from_ref(one),
        };
        let warnings = searches.iter().filter_map(|search| search.get("warnings")?.as_array()).flatten();
        warnings
            .map(|warning| warning.get("message").and_then(Value::as_str).map_or("no words", |text| text))
            .next()
            .map(plain)
    }
}

impl GraphError {
    pub(super) fn code(&self) -> Code {
        match self.extensions.get("code").and_then(Value::as_str).unwrap_or_default() {
            "THROTTLED" => Code::Throttled,
            "MAX_COST_EXCEEDED" => Code::TooExpensive,
            "ACCESS_DENIED" => Code::Denied,
            "SHOP_INACTIVE" => Code::ShopInactive,
            "INTERNAL_SERVER_ERROR" => Code::Internal,
            _ => Code::Other,
        }
    }

    fn steps(&self) -> &[Value] {
        self.path.as_array().map_or(&[], Vec::as_slice)
    }

    /// How deep in the answer it happened; 0 when it is about the whole request.
    pub(super) fn depth(&self) -> usize {
        self.steps().len()
    }

    /// True when it names a place in the document that was sent.
    pub(super) fn is_about_the_document(&self) -> bool {
        self.locations.as_array().is_some_and(|places| !places.is_empty())
    }

    /// True for a field that is refused, and whose absence costs only itself.
    pub(super) fn costs_only_itself(&self, tolerated: &[&str]) -> bool {
        let field = self.steps().last().and_then(Value::as_str);
        self.code() == Code::Denied && field.is_some_and(|field| tolerated.contains(&field))
    }

    /// Where, in one word, such as `order.refunds.0.return`.
    fn place(&self) -> String {
        let step = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
        plain(&self.steps().iter().map(step).collect::<Vec<_>>().join("."))
    }

    /// What Shopify says, with place, wanted access, cost and request id.
    pub(super) fn said(&self) -> String {
        let mut text = plain(&self.message);
        if self.depth() > 0 {
            text = format!("{text} (at {})", self.place());
        }
        for (key, what) in
            [("requiredAccess", "wants"), ("cost", "cost"), ("maxCost", "most allowed"), ("requestId", "request id")]
        {
            match self.extensions.get(key) {
                Some(Value::String(value)) => text = format!("{text}; {what}: {}", plain(value)),
                Some(Value::Number(value)) => text = format!("{text}; {what}: {value}"),
                _ => {}
            }
        }
        text
    }

    /// Message and code, for words to be looked for in.
    pub(super) fn words(&self) -> String {
        format!("{} {}", self.message, self.extensions.get("code").and_then(Value::as_str).unwrap_or_default())
    }
}

/// Text from outside made fit for one line of ours.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Envelope {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn absent_data_is_not_null_data() {
        assert!(read(r#"{"errors": null}"#).data.is_none());
        let null = read(r#"{"data": null}"#);
        assert!(null.data.is_some() && !null.has_data());
        assert!(read(r#"{"data": {}, "extensions": null}"#).has_data());
    }

    #[test]
    fn odd_extensions_do_not_matter() {
        let odd = read(r#"{"data": {}, "extensions": {"cost": "free", "search": 7, "new": []}}"#);
        assert!(odd.cost().is_none() && odd.search_warning().is_none());
        let warned = read(
            r#"{"data": {}, "extensions": {"search": [{"warnings": []}, {"warnings": [{"message": "bad\nfield"}]}]}}"#,
        );
        assert_eq!(warned.search_warning().unwrap(), "bad field");
    }

    #[test]
    fn an_error_says_what_where_and_what_it_wants() {
        let text = r#"{"message": "no", "path": ["order", "refunds", 0, "return"], "extensions": {"code": "ACCESS_DENIED", "requiredAccess": "`read_returns`"}}"#;
        let error: GraphError = serde_json::from_str(text).unwrap();
        assert_eq!(error.said(), "no (at order.refunds.0.return); wants: `read_returns`");
        assert!(error.costs_only_itself(&["return"]) && !error.costs_only_itself(&["refunds"]));
    }
}
