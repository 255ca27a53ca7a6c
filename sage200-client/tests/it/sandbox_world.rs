//! The company that the sandbox's tests work on, and plain requests to it.

use http::{Method, Request, Response};
use returns_wire::{ManualClock, Transport};
use rust_decimal::Decimal;
use sage200_client::sandbox::{BASE_PATH, NewCustomer, NewLine, NewOrder, SageSandbox};
use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

/// Polls to the end without any runtime.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
}

pub(crate) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) struct World {
    pub(crate) sage: SageSandbox,
    pub(crate) clock: ManualClock,
    pub(crate) transport: Transport,
    pub(crate) token: String,
    pub(crate) web: i64,
}

#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) response: Response<()>,
}

impl Got {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn count(&self) -> usize {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json().as_array().unwrap().len()
    }

    /// The text of a refusal in Sage's shape.
    pub(crate) fn refusal(&self) -> String {
        assert_eq!(self.status, 400, "{}", self.body);
        self.json()["Message"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn world() -> World {
    let clock = ManualClock::at("2026-03-02T09:00:00.120Z".parse().unwrap());
    let sage = SageSandbox::new(Arc::new(clock.clone()));
    let web = sage.add_customer(NewCustomer::new("WEB", "Web shop")).unwrap();
    sage.add_product("SHIRT", "Shirt", true).unwrap();
    World { transport: sage.transport(), token: sage.mint_access_token(), sage, clock, web }
}

impl World {
    pub(crate) fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let mut request = Request::builder().method(method).uri(format!("https://api.example{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned().into_bytes().into()).unwrap();
        let (parts, body) = run(self.transport.send(request)).unwrap().into_parts();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Got { status: parts.status.as_u16(), body, response: Response::from_parts(parts, ()) }
    }

    pub(crate) fn as_user(&self, method: Method, path: &str, body: &str) -> Got {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("Authorization", bearer.as_str()),
            ("X-Site", SageSandbox::SITE_ID),
            ("X-Company", "1"),
            ("Content-Type", "application/json"),
        ];
        self.send(method, &format!("{BASE_PATH}{path}"), &headers, body)
    }

    /// `query` is readable: blanks and the pound sign are encoded here.
    pub(crate) fn get(&self, path: &str) -> Got {
        self.as_user(Method::GET, &path.replace(' ', "%20"), "")
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Got {
        self.as_user(Method::POST, path, body)
    }

    pub(crate) fn credit(&self, fields: &str) -> Got {
        self.post("sales_credit_notes", &format!("{{\"customer_id\":{},{fields}}}", self.web))
    }

    pub(crate) fn order(&self, number: &str) -> i64 {
        let lines = vec![NewLine::item("SHIRT", Decimal::TWO, dec("9.99"), 1)];
        self.sage.add_order(NewOrder::new(self.web, number, lines)).unwrap()
    }

    pub(crate) fn refresh(&self, token: &str, secret: &str) -> Got {
        let form = format!(
            "grant_type=refresh_token&client_id={}&client_secret={secret}&refresh_token={token}",
            self.sage.client_id()
        );
        self.send(Method::POST, "/oauth/token", &[("Content-Type", "application/x-www-form-urlencoded")], &form)
    }
}

/// A credit note of 10 and 2 tax.
pub(crate) const TWELVE: &str = r#""document_goods_value":10,"document_tax_value":2.00"#;
