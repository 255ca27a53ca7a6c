//! What really happened on the wire, and what the channel says about it. Each row is one misbehaviour of a server on
//! a bare socket. A change of the HTTP library that moves a row must fail here.

use crate::raw_server;

use bytes::Bytes;
use http::{Method, Request};
use raw_server::{Play, RawServer};
use returns_wire::{
    Answer, BaseUrl, Call, Channel, ChannelConfig, Delivery, Error, ErrorKind, HttpOptions, ManualClock, Repeat,
    RetryLimits, Transport, over_reqwest, report,
};
use std::{
    future::Future,
    num::NonZeroU32,
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::runtime::{Builder, Runtime};

/// One runtime for all tests: the transport's connections live on it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());
static PATIENT: LazyLock<Transport> = LazyLock::new(|| over_reqwest(&HttpOptions::default()).unwrap());

const ATTEMPTS: u32 = 3;

fn run<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

/// A channel that waits for nothing: its clock jumps.
fn channel(base: &BaseUrl, transport: &Transport) -> Channel {
    Channel::new(ChannelConfig {
        base: base.clone(),
        transport: transport.clone(),
        clock: Arc::new(ManualClock::at("2026-03-02T09:00:00Z".parse().unwrap())),
        per_second: NonZeroU32::new(10).unwrap(),
        quota: None,
        limits: RetryLimits { attempts: ATTEMPTS, ..RetryLimits::default() },
    })
}

fn call(base: &BaseUrl, method: Method, repeat: Repeat) -> Call {
    let body = if method == Method::POST { r#"{"reference":"RMA-1001"}"# } else { "" };
    let request = Request::builder().method(method).uri(base.uri(&["credit_notes"], &[]));
    Call { op: "test.credit_notes", request: request.body(Bytes::from(body)).unwrap(), repeat }
}

fn read_json(sent: Result<Answer, Error>) -> Result<serde_json::Value, Error> {
    sent.and_then(|answer| answer.json())
}

/// Sends one POST that must never be repeated and one GET that may be, each to a server of its own, and compares
/// requests read by the server, kind and delivery.
fn row_over(transport: &Transport, play: Play, gets: u32, kind: ErrorKind, delivery: Delivery) {
    run(async {
        for (method, repeat, expected) in [(Method::POST, Repeat::Never, 1), (Method::GET, Repeat::Read, gets)] {
            let server = RawServer::start(play).await;
            let channel = channel(&server.base, transport);
            let error = read_json(channel.send(call(&server.base, method.clone(), repeat)).await).unwrap_err();
            let text = report(&error);
            assert_eq!((error.kind(), error.delivery()), (kind, delivery), "{method}: {text}");
            assert_eq!(u64::from(expected), channel.requests_sent(), "{method}: {text}");
            assert_eq!(expected, server.requests_read().await, "{method}: {text}");
        }
    });
}

fn row(play: Play, gets: u32, kind: ErrorKind, delivery: Delivery) {
    row_over(&PATIENT, play, gets, kind, delivery);
}

#[test]
fn closed_without_an_answer() {
    row(Play::Close, ATTEMPTS, ErrorKind::Transport, Delivery::Unknown);
}

#[test]
fn reset() {
    row(Play::Reset, ATTEMPTS, ErrorKind::Transport, Delivery::Unknown);
}

#[test]
fn half_a_status_line() {
    row(Play::Say("HTTP/1.1 20"), ATTEMPTS, ErrorKind::Transport, Delivery::Unknown);
}

#[test]
fn half_the_headers() {
    row(Play::Say("HTTP/1.1 200 OK\r\nContent-Le"), ATTEMPTS, ErrorKind::Transport, Delivery::Unknown);
}

#[test]
fn not_http_at_all() {
    row(Play::Say("SSH-2.0-sshd\r\n\r\n"), ATTEMPTS, ErrorKind::Transport, Delivery::Unknown);
}

#[test]
fn status_200_and_half_the_body() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"urn\": 4";
    row(Play::Say(half), ATTEMPTS, ErrorKind::Decode, Delivery::Applied);
}

#[test]
fn status_200_and_a_chunk_that_breaks_off() {
    let half = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"urn\": 4";
    row(Play::Say(half), ATTEMPTS, ErrorKind::Decode, Delivery::Applied);
}

#[test]
fn status_500_and_half_the_body() {
    let half = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 20\r\n\r\n{\"Mess";
    row(Play::Say(half), ATTEMPTS, ErrorKind::Transport, Delivery::Unknown);
}

#[test]
fn status_200_and_truncated_json() {
    // The exchange itself is complete, so nobody sends it again.
    let cut = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\n{\"urn\": 4";
    row(Play::Say(cut), 1, ErrorKind::Decode, Delivery::Applied);
}

#[test]
fn status_200_and_a_web_page() {
    let page = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 14\r\n\r\n<html>Sign in!";
    row(Play::Say(page), 1, ErrorKind::Decode, Delivery::Applied);
}

#[test]
fn no_answer_in_time() {
    let mut hasty = HttpOptions::default();
    hasty.timeout = Duration::from_millis(150);
    row_over(&over_reqwest(&hasty).unwrap(), Play::Silence, ATTEMPTS, ErrorKind::Timeout, Delivery::Unknown);
}

#[test]
fn an_answer_longer_than_allowed() {
    let mut small = HttpOptions::default();
    small.max_body = 8;
    let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\n{\"urn\":4}";
    row_over(&over_reqwest(&small).unwrap(), Play::Say(answer), ATTEMPTS, ErrorKind::Decode, Delivery::Applied);
    run(async {
        small.max_body = 9;
        let server = RawServer::start(Play::Say(answer)).await;
        let channel = channel(&server.base, &over_reqwest(&small).unwrap());
        let value = read_json(channel.send(call(&server.base, Method::POST, Repeat::Never)).await).unwrap();
        assert_eq!(value["urn"], 4);
        assert_eq!(server.requests_read().await, 1);
    });
}

/// The connection pool may or may not hand out the open connection again, so POSTs are sent until one meets the
/// close. However many it took, the server has read exactly as many: the library resent none.
#[test]
fn second_post_of_a_kept_alive_connection_is_read_and_then_closed() {
    run(async {
        let transport = over_reqwest(&HttpOptions::default()).unwrap();
        let server = RawServer::start(Play::CloseAtSecond).await;
        let channel = channel(&server.base, &transport);
        let mut posts = 0;
        let error = loop {
            posts += 1;
            assert!(posts < 50, "no connection was ever used twice");
            if let Err(error) = channel.send(call(&server.base, Method::POST, Repeat::Never)).await {
                break error;
            }
        };
        assert!(posts >= 2);
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Transport, Delivery::Unknown), "{}", report(&error));
        assert_eq!(error.attempts(), 1);
        // The pool's idle connections end with their last owner.
        drop((channel, transport));
        assert_eq!(server.requests_read().await, posts);
    });
}

/// Where nothing was sent, even a write is tried again; the server is not there to count.
fn row_not_sent(base: &BaseUrl) {
    run(async {
        for (method, repeat) in [(Method::POST, Repeat::Never), (Method::GET, Repeat::Read)] {
            let error = channel(base, &PATIENT).send(call(base, method.clone(), repeat)).await.unwrap_err();
            let text = report(&error);
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::Transport, Delivery::NotSent), "{method}: {text}");
            assert_eq!(error.attempts(), ATTEMPTS, "{method}: {text}");
            assert!(!text.contains("credit_notes?") && text.contains("check the host name"), "{text}");
        }
    });
}

#[test]
fn port_closed() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    row_not_sent(&format!("http://{free}/").parse().unwrap());
}

#[test]
fn name_that_does_not_resolve() {
    row_not_sent(&"https://sage.invalid/".parse().unwrap());
}

#[test]
fn tls_not_spoken() {
    run(async {
        let server = RawServer::start(Play::CloseUnread).await;
        let channel = channel(&server.base, &PATIENT);
        let error = channel.send(call(&server.base, Method::POST, Repeat::Never)).await.unwrap_err();
        let text = report(&error);
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Transport, Delivery::NotSent), "{text}");
        assert_eq!(server.requests_read().await, 0);
    });
}

#[test]
fn redirects_are_not_followed() {
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let text =
            format!("HTTP/1.1 {status}\r\nConnection: close\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
        row(Play::Say(text.leak()), 1, ErrorKind::Server, Delivery::Unknown);
    }
}

/// A complete answer with this status and body.
fn answer(status: &str, body: &str) -> Play {
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    Play::Say(text.leak())
}

#[test]
fn server_errors_and_refusals_for_now() {
    for (status, kind) in [
        ("500 Internal Server Error", ErrorKind::Server),
        ("502 Bad Gateway", ErrorKind::Server),
        ("503 Service Unavailable", ErrorKind::Server),
        ("504 Gateway Timeout", ErrorKind::Timeout),
        ("408 Request Timeout", ErrorKind::Timeout),
        ("429 Too Many Requests", ErrorKind::RateLimited),
    ] {
        for body in ["", r#"{"message":"try later"}"#, "<html>gateway</html>"] {
            row(answer(status, body), ATTEMPTS, kind, Delivery::Unknown);
        }
    }
    row(answer("501 Not Implemented", ""), 1, ErrorKind::Server, Delivery::Unknown);
}

#[test]
fn refusals() {
    for (status, kind) in [
        ("400 Bad Request", ErrorKind::Invalid),
        ("401 Unauthorized", ErrorKind::Auth),
        ("403 Forbidden", ErrorKind::Forbidden),
        ("404 Not Found", ErrorKind::NotFound),
        ("409 Conflict", ErrorKind::Conflict),
        ("422 Unprocessable Entity", ErrorKind::Invalid),
    ] {
        row(answer(status, r#"{"Message":"no"}"#), 1, kind, Delivery::Rejected);
        // A web page comes from something in front of the API: it proves nothing.
        row(answer(status, "\u{feff} <!DOCTYPE html><p>no</p>"), 1, kind, Delivery::Unknown);
    }
}
