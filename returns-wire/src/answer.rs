use crate::{
    Delivery, Error, ErrorKind,
    error::{is_html, without_bom},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

/// A complete 2xx answer.
#[derive(Clone)]
pub struct Answer {
    /// The operation it answers.
    pub op: &'static str,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({}, {}, {} bytes)", self.op, self.status, self.body.len())
    }
}

impl Answer {
    /// Reads the body.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] with [`Delivery::Applied`]: the server did act.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        decode_json(self.op, &self.body)
    }
}

/// Reads JSON and says, when it can't, which field is wrong and what should stand there. Values are not
/// repeated: they may be personal.
///
/// # Errors
/// [`ErrorKind::Decode`], [`Delivery::Applied`].
pub fn decode_json<T: DeserializeOwned>(op: &'static str, body: &[u8]) -> Result<T, Error> {
    let body = without_bom(body);
    let fail = |message: String, help: &str| Error::new(op, ErrorKind::Decode, Delivery::Applied, message).help(help);
    if is_html(body) {
        return Err(fail(
            "the server answered with a web page (HTML) instead of JSON".into(),
            "check the base URL: a proxy, a login page or a portal answers there",
        ));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        (path, error.into_inner())
    });
    match read.and_then(|value| deserializer.end().map(|()| value).map_err(|error| (".".into(), error))) {
        Ok(value) => Ok(value),
        Err((_, error)) if error.is_eof() => {
            Err(fail(format!("the JSON breaks off after {} bytes", body.len()), "the answer was cut short on its way"))
        }
        Err((path, error)) => {
            let place = if path == "." { "the answer".to_owned() } else { format!("field `{path}`") };
            Err(fail(format!("{place} can't be read: {}", without_values(&error.to_string())), ""))
        }
    }
}

/// serde repeats the offending value (``invalid type: string "Ann", expected u64``, ``unknown variant `Ann` ``); the
/// value may be a name or a telephone number. The kind of value and what was expected stay.
fn without_values(message: &str) -> String {
    let repeats = ["invalid type: ", "invalid value: ", "unknown variant ", "unknown field "];
    let value = message.find(['"', '`']).filter(|_| repeats.iter().any(|form| message.starts_with(form)));
    // The last `expected`: the value itself may hold one.
    let rest = message.rfind(", expected").and_then(|at| message.get(at..)).unwrap_or_default();
    match value.and_then(|at| message.get(..at)) {
        Some(kind) => format!("{}{rest}", kind.trim_end()),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JsonDecimal;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code)]
    struct Order {
        lines: Vec<Line>,
    }
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code)]
    struct Line {
        price: JsonDecimal,
        count: u32,
    }

    fn message(json: &str) -> String {
        let error = decode_json::<Order>("x.get", json.as_bytes()).unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Decode, Delivery::Applied));
        error.to_string()
    }

    #[test]
    fn names_the_place_and_not_the_value() {
        let text = message(r#"{"lines":[{"price":1,"count":1},{"price":"Ann Example","count":1}]}"#);
        assert!(text.contains("lines[1].price") && !text.contains("Ann"), "{text}");
        let text = message(r#"{"lines":[{"price":1,"count":"Ann Example"}]}"#);
        assert!(text.contains("lines[0].count") && text.contains("expected u32") && !text.contains("Ann"), "{text}");
        assert!(
            message(r#"{"lines":[{"price":123456789012345678901234567890,"count":1}]}"#)
                .contains("30 significant digits")
        );
    }

    #[test]
    fn no_form_of_value_is_repeated() {
        for value in [
            r#""I, expected Ann""#,
            r#""Ann \" quote""#,
            "447700900123",
            "-447700900123",
            "4477009.00123",
            "[447700900123]",
        ] {
            let text = message(&format!(r#"{{"lines":[{{"price":1,"count":{value}}}]}}"#));
            assert!(text.contains("expected u32"), "{text}");
            assert!(!text.contains("Ann") && !text.contains("4477"), "{text}");
        }
        #[derive(Debug, serde::Deserialize)]
        enum Colour {
            Red,
        }
        let error = decode_json::<Colour>("x.get", br#""Ann""#).unwrap_err().to_string();
        assert!(error.contains("unknown variant, expected `Red`") && !error.contains("Ann"), "{error}");
        assert!(message(r#"{"line":[]}"#).contains("missing field `lines`"));
    }

    #[test]
    fn knows_a_web_page_and_a_broken_end() {
        assert!(message("\n<!DOCTYPE html><p>Sign in").contains("web page (HTML) instead of JSON"));
        assert!(message(r#"{"lines":[{"pri"#).contains("breaks off after 15 bytes"));
        assert!(decode_json::<Order>("x", b"\xef\xbb\xbf{\"lines\":[]}").is_ok());
        assert!(message(r#"{"lines":[]} trailing"#).contains("the answer can't be read"));
    }
}
