//! The channel over services of this process: budget, counting, pace, trying again, what errors say and hide.

use bytes::Bytes;
use chrono::TimeDelta;
use http::{Request, Response, StatusCode};
use returns_wire::{
    BaseUrl, BoxError, BoxFuture, Call, Channel, ChannelConfig, Clock, DailyQuota, Delivery, Error, ErrorKind,
    ManualClock, MemoryQuota, QuotaStore, Repeat, RetryLimits, Transport, TransportError, TransportErrorKind, report,
};
use std::{
    io,
    num::NonZeroU32,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

type Sent = Result<Response<Bytes>, TransportError>;
type Plays = Vec<fn() -> Sent>;

/// A transport that plays these outcomes in turn, the last one for ever, and counts what it was given.
struct Script {
    transport: Transport,
    received: Arc<AtomicU32>,
}

impl Script {
    fn new(plays: Plays) -> Self {
        let received = Arc::new(AtomicU32::new(0));
        let counter = received.clone();
        let transport = Transport::new(tower::service_fn(move |_: Request<Bytes>| {
            let turn = usize::try_from(counter.fetch_add(1, Ordering::SeqCst)).unwrap();
            std::future::ready(plays[turn.min(plays.len() - 1)]())
        }));
        Self { transport, received }
    }

    fn received(&self) -> u32 {
        self.received.load(Ordering::SeqCst)
    }
}

fn ok() -> Sent {
    Ok(Response::new(Bytes::from_static(b"{}")))
}

fn status(code: u16) -> Sent {
    let mut response = Response::new(Bytes::from_static(br#"{"message":"no"}"#));
    *response.status_mut() = StatusCode::from_u16(code).unwrap();
    Ok(response)
}

fn not_connected() -> Sent {
    Err(TransportErrorKind::NotConnected.because(io::Error::other("refused")))
}

fn interrupted() -> Sent {
    Err(TransportErrorKind::Interrupted.because(io::Error::other("reset")))
}

fn noon() -> ManualClock {
    ManualClock::at("2026-03-02T12:00:00Z".parse().unwrap())
}

struct Setup {
    clock: ManualClock,
    quota: Option<DailyQuota>,
    per_second: u32,
    limits: RetryLimits,
}

impl Default for Setup {
    fn default() -> Self {
        Self { clock: noon(), quota: None, per_second: 1000, limits: RetryLimits::default() }
    }
}

impl Setup {
    fn channel(&self, transport: &Transport) -> Channel {
        Channel::new(ChannelConfig {
            base: base(),
            transport: transport.clone(),
            clock: Arc::new(self.clock.clone()),
            per_second: NonZeroU32::new(self.per_second).unwrap(),
            quota: self.quota.clone(),
            limits: self.limits,
        })
    }
}

fn channel(transport: &Transport) -> Channel {
    Setup::default().channel(transport)
}

fn base() -> BaseUrl {
    "https://api.example/v1/".parse().unwrap()
}

fn call(repeat: Repeat) -> Call {
    let request = Request::post(base().uri(&["credit_notes"], &[])).body(Bytes::new()).unwrap();
    Call { op: "test.credit_notes.post", request, repeat }
}

fn outcome(error: &Error) -> (ErrorKind, Delivery, u32) {
    (error.kind(), error.delivery(), error.attempts())
}

fn memory_quota(limit: u32) -> DailyQuota {
    DailyQuota::new(Arc::new(MemoryQuota::default()), "test", limit)
}

#[tokio::test]
async fn a_used_up_budget_sends_nothing() {
    let script = Script::new(vec![ok]);
    let setup = Setup { quota: Some(memory_quota(2)), ..Setup::default() };
    let channel = setup.channel(&script.transport);
    for _ in 0..2 {
        channel.send(call(Repeat::Never)).await.unwrap();
    }
    let error = channel.send(call(Repeat::Never)).await.unwrap_err();
    assert_eq!(outcome(&error), (ErrorKind::Quota, Delivery::NotSent, 1));
    assert!(error.to_string().contains("midnight UTC"), "{error}");
    assert_eq!((script.received(), channel.requests_sent()), (2, 2));
    let state = channel.quota().unwrap().state(&setup.clock).await.unwrap();
    assert_eq!((state.used, state.left()), (2, 0));
}

#[tokio::test]
async fn the_budget_starts_anew_at_midnight_utc() {
    let script = Script::new(vec![ok]);
    let setup = Setup { quota: Some(memory_quota(1)), per_second: 1, ..Setup::default() };
    setup.clock.set("2026-03-02T23:59:58Z".parse().unwrap());
    let channel = setup.channel(&script.transport);
    channel.send(call(Repeat::Never)).await.unwrap();
    let error = channel.send(call(Repeat::Never)).await.unwrap_err();
    assert_eq!(
        (error.kind(), setup.clock.now().to_rfc3339().as_str()),
        (ErrorKind::Quota, "2026-03-02T23:59:59+00:00")
    );
    // This call waits for its turn over midnight: the day is the one on which it is sent.
    channel.send(call(Repeat::Never)).await.unwrap();
    assert_eq!(setup.clock.now().to_rfc3339(), "2026-03-03T00:00:00+00:00");
    assert_eq!(script.received(), 2);
}

#[derive(Debug)]
struct BrokenStore;

impl QuotaStore for BrokenStore {
    fn take<'a>(&'a self, _: &'a str, _: chrono::NaiveDate, _: u32) -> BoxFuture<'a, Result<Option<u32>, BoxError>> {
        Box::pin(async { Err(io::Error::other("disk full").into()) })
    }
    fn used<'a>(&'a self, _: &'a str, _: chrono::NaiveDate) -> BoxFuture<'a, Result<u32, BoxError>> {
        Box::pin(async { Err(io::Error::other("disk full").into()) })
    }
}

#[tokio::test]
async fn a_budget_that_can_not_be_counted_sends_nothing() {
    let script = Script::new(vec![ok]);
    let quota = Some(DailyQuota::new(Arc::new(BrokenStore), "test", 10));
    let channel = Setup { quota, ..Setup::default() }.channel(&script.transport);
    let error = channel.send(call(Repeat::Read)).await.unwrap_err();
    assert_eq!(outcome(&error), (ErrorKind::Store, Delivery::NotSent, 1));
    assert!(report(&error).ends_with("(disk full)"), "{}", report(&error));
    assert_eq!((script.received(), channel.requests_sent()), (0, 0));
}

#[tokio::test]
async fn each_attempt_counts() {
    let script = Script::new(vec![|| status(500)]);
    let setup = Setup { quota: Some(memory_quota(100)), ..Setup::default() };
    let channel = setup.channel(&script.transport);
    let clone = channel.clone();
    assert_eq!(clone.send(call(Repeat::Read)).await.unwrap_err().attempts(), 3);
    let used = channel.quota().unwrap().state(&setup.clock).await.unwrap().used;
    assert_eq!((used, script.received(), channel.requests_sent()), (3, 3, 3));
}

#[tokio::test]
async fn a_budget_that_ends_between_two_attempts_leaves_the_first_one_open() {
    let script = Script::new(vec![interrupted]);
    let channel = Setup { quota: Some(memory_quota(1)), ..Setup::default() }.channel(&script.transport);
    let error = channel.send(call(Repeat::Idempotent)).await.unwrap_err();
    assert_eq!(outcome(&error), (ErrorKind::Quota, Delivery::Unknown, 2));
    assert_eq!(script.received(), 1);
}

#[tokio::test]
async fn delivery_covers_all_attempts() {
    use Delivery::{NotSent, Rejected, Unknown};
    let cases: Vec<(Repeat, Plays, Delivery, u32)> = vec![
        (Repeat::Read, vec![interrupted, not_connected], Unknown, 3),
        (Repeat::Read, vec![not_connected], NotSent, 3),
        (Repeat::Idempotent, vec![|| status(503), || status(404)], Unknown, 2),
        (Repeat::Idempotent, vec![not_connected, || status(404)], Rejected, 2),
        (Repeat::Never, vec![not_connected, interrupted], Unknown, 2),
        (Repeat::Never, vec![interrupted], Unknown, 1),
        (Repeat::Never, vec![|| status(429)], Unknown, 1),
        (Repeat::Never, vec![|| status(404)], Rejected, 1),
        (Repeat::Never, vec![not_connected], NotSent, 3),
    ];
    for (n, (repeat, plays, delivery, attempts)) in cases.into_iter().enumerate() {
        let script = Script::new(plays);
        let error = channel(&script.transport).send(call(repeat)).await.unwrap_err();
        assert_eq!((error.delivery(), error.attempts(), script.received()), (delivery, attempts, attempts), "case {n}");
        let advised = error.to_string().contains("look for the result before sending this again");
        assert_eq!(advised, delivery == Unknown && repeat != Repeat::Read, "case {n}: {error}");
    }
    let script = Script::new(vec![not_connected, ok]);
    channel(&script.transport).send(call(Repeat::Never)).await.unwrap();
    assert_eq!(script.received(), 2, "what was not sent may be sent");
}

#[tokio::test]
async fn a_storm_of_failures_ends_the_trying_again() {
    let script = Script::new(vec![|| status(500)]);
    let channel = channel(&script.transport);
    for _ in 0..40 {
        channel.send(call(Repeat::Read)).await.unwrap_err();
    }
    assert_eq!(script.received(), 40 + 50, "50 more attempts than calls, then none");
}

#[tokio::test]
async fn successes_pay_the_storm_back() {
    let mut plays: Plays = vec![|| status(500); 40 + 50];
    plays.push(ok);
    plays.push(|| status(500));
    let script = Script::new(plays);
    let channel = channel(&script.transport);
    for _ in 0..40 {
        channel.send(call(Repeat::Read)).await.unwrap_err();
    }
    channel.send(call(Repeat::Read)).await.unwrap();
    assert_eq!(channel.send(call(Repeat::Read)).await.unwrap_err().attempts(), 2, "one success, one more attempt");
}

/// Sends one read to a server that answers 429 with these headers; gives the error and the seconds waited.
async fn asked_to_wait(retry_after: Option<&[u8]>, date: Option<&str>) -> (Error, TimeDelta) {
    let mut response = Response::builder().status(429);
    if let Some(value) = retry_after {
        response = response.header("Retry-After", http::HeaderValue::from_bytes(value).unwrap());
    }
    if let Some(value) = date {
        response = response.header("Date", value);
    }
    let response = response.body(Bytes::new()).unwrap();
    let transport = Transport::new(tower::service_fn(move |_| std::future::ready(Ok(response.clone()))));
    let setup = Setup { limits: RetryLimits { attempts: 2, ..RetryLimits::default() }, ..Setup::default() };
    let start = setup.clock.now();
    let error = setup.channel(&transport).send(call(Repeat::Read)).await.unwrap_err();
    (error, setup.clock.now() - start)
}

#[tokio::test]
async fn retry_after_is_honoured_and_bounded() {
    const DATE: &str = "Mon, 02 Mar 2026 12:00:00 GMT";
    let day = 24 * 60 * 60;
    let cases: [(&[u8], Option<u64>, bool); 15] = [
        (b"7", Some(7), true),
        (b" 7 ", Some(7), true),
        (b"0", Some(0), true),
        (b"30", Some(30), true),
        (b"31", Some(31), false),
        (b"86400", Some(day), false),
        (b"18446744073709551615", Some(day), false),
        (b"99999999999999999999999999", Some(day), false),
        (b"Mon, 02 Mar 2026 12:00:09 GMT", Some(9), true),
        (b"Mon, 02 Mar 2026 13:00:00 GMT", Some(3600), false),
        (b"Fri, 31 Dec 9999 23:59:59 GMT", Some(day), false),
        (b"Mon, 02 Mar 2026 11:00:00 GMT", Some(0), true),
        (b"-5", None, true),
        (b"soon", None, true),
        (b"\xff\xfe", None, true),
    ];
    for (value, seconds, again) in cases {
        let name = String::from_utf8_lossy(value);
        let (error, waited) = asked_to_wait(Some(value), Some(DATE)).await;
        assert_eq!(error.retry_after(), seconds.map(Duration::from_secs), "{name}");
        assert_eq!(error.attempts(), if again { 2 } else { 1 }, "{name}");
        let asked = TimeDelta::seconds(i64::try_from(seconds.unwrap_or_default()).unwrap());
        let least = if again { asked.max(TimeDelta::milliseconds(500)) } else { TimeDelta::zero() };
        assert!(waited >= least && waited <= TimeDelta::seconds(30), "{name}: waited {waited}");
    }
    for (value, date) in
        [(Some("Mon, 02 Mar 2026 12:00:09 GMT"), None), (Some("9"), Some("nonsense")), (None, Some(DATE))]
    {
        let (error, _) = asked_to_wait(value.map(str::as_bytes), date).await;
        assert_eq!(error.retry_after(), (value == Some("9")).then_some(Duration::from_secs(9)), "{value:?}");
        assert_eq!(error.attempts(), 2);
    }
}

#[tokio::test]
async fn requests_keep_the_pace_attempts_included() {
    let script = Script::new(vec![ok]);
    let setup = Setup { per_second: 4, ..Setup::default() };
    let start = setup.clock.now();
    let channel = setup.channel(&script.transport);
    for _ in 0..9 {
        channel.send(call(Repeat::Never)).await.unwrap();
    }
    assert_eq!(setup.clock.now() - start, TimeDelta::seconds(2));

    let script = Script::new(vec![not_connected]);
    let limits = RetryLimits { attempts: 5, base: Duration::ZERO, cap: Duration::ZERO };
    let setup = Setup { per_second: 4, limits, ..Setup::default() };
    setup.channel(&script.transport).send(call(Repeat::Never)).await.unwrap_err();
    assert_eq!((script.received(), setup.clock.now() - start), (5, TimeDelta::seconds(1)));
}

#[tokio::test]
async fn the_same_failures_wait_the_same_time_on_a_clock_of_tests() {
    let mut ends = Vec::new();
    for _ in 0..20 {
        let script = Script::new(vec![interrupted]);
        let setup = Setup::default();
        setup.channel(&script.transport).send(call(Repeat::Read)).await.unwrap_err();
        ends.push(setup.clock.now());
    }
    assert!(ends[0] > noon().now());
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_the_channel_usable() {
    let calls = Arc::new(AtomicU32::new(0));
    let counter = calls.clone();
    let transport = Transport::new(tower::service_fn(move |_: Request<Bytes>| {
        let hangs = counter.fetch_add(1, Ordering::SeqCst) == 0;
        async move { if hangs { std::future::pending().await } else { ok() } }
    }));
    let channel = channel(&transport);
    let mut first = Box::pin(channel.send(call(Repeat::Never)));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    drop(first);
    channel.send(call(Repeat::Never)).await.unwrap();
    assert_eq!(channel.requests_sent(), 2);
}

#[tokio::test]
async fn a_request_to_another_place_is_refused() {
    let script = Script::new(vec![ok]);
    let quota = memory_quota(10);
    let channel = Setup { quota: Some(quota.clone()), ..Setup::default() }.channel(&script.transport);
    for place in
        ["https://evil.example/v1/credit_notes?page=2", "http://api.example/v1/", "https://api.example:444/", "/v1"]
    {
        let mut call = call(Repeat::Read);
        *call.request.uri_mut() = place.parse().unwrap();
        let error = channel.send(call).await.unwrap_err();
        assert_eq!(outcome(&error), (ErrorKind::Config, Delivery::NotSent, 1), "{place}");
        assert!(error.to_string().contains("https://api.example") && !error.to_string().contains("page"), "{error}");
    }
    assert_eq!(script.received(), 0);
    assert_eq!(quota.state(&noon()).await.unwrap().used, 0);
}

#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Link {
    text: &'static str,
    #[source]
    next: Option<Box<Link>>,
}

#[tokio::test]
async fn a_report_names_each_cause_once() {
    let play = || -> Sent {
        let last = Link { text: "connection refused", next: None };
        // Many libraries repeat their cause in their own text.
        let middle = Link { text: "tcp: connection refused", next: Some(Box::new(last)) };
        Err(TransportErrorKind::NotConnected.because(middle))
    };
    let script = Script::new(vec![play]);
    let error = channel(&script.transport).send(call(Repeat::Never)).await.unwrap_err();
    assert_eq!(
        report(&error),
        "test.credit_notes.post: https://api.example: no connection could be opened (tried 3 times); \
         check the host name in the base URL, the network and the firewall (tcp: connection refused)"
    );
}

#[tokio::test]
async fn errors_hide_bodies_and_headers() {
    const SECRETS: [&str; 5] = ["key-4711", "Ann Example", "12 Sample Street", "session-0815", "q-secret"];
    let bodies: [&'static str; 5] = [
        r#"{"message":"name is too long","customer":{"name":"Ann Example","street":"12 Sample Street"}}"#,
        "<html>Ann Example, 12 Sample Street</html>",
        "Ann Example",
        r#"{"message":["Ann Example"],"detail":"12 Sample Street"}"#,
        "",
    ];
    for code in [200, 302, 400, 401, 404, 409, 429, 500, 503] {
        for body in bodies {
            let transport = Transport::new(tower::service_fn(move |_: Request<Bytes>| {
                let response = Response::builder().status(code).header("Set-Cookie", "sid=session-0815");
                let response = response.header("Location", "/login?next=q-secret").header("X-Request-Id", "r-1");
                std::future::ready(Ok(response.body(Bytes::from_static(body.as_bytes())).unwrap()))
            }));
            let mut call = call(Repeat::Read);
            *call.request.body_mut() =
                Bytes::from_static(b"{\"name\":\"Ann Example\",\"street\":\"12 Sample Street\"}");
            *call.request.uri_mut() = base().uri(&["customers"], &[("$filter", "q-secret".to_owned())]);
            call.request.headers_mut().insert("Authorization", "Bearer key-4711".parse().unwrap());
            let sent = channel(&transport).send(call).await;
            let answer = format!("{sent:?}");
            let error = sent.and_then(|answer| answer.json::<Vec<u32>>()).unwrap_err();
            for text in [answer, format!("{error:?}"), format!("{error:#?}"), error.to_string(), report(&error)] {
                for secret in SECRETS {
                    assert!(!text.contains(secret), "{code} {body}: {text}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_body_is_kept_for_support_but_not_all_of_it() {
    let transport = Transport::new(tower::service_fn(|_: Request<Bytes>| {
        let body = Bytes::from(vec![b'x'; 100_000]);
        std::future::ready(Ok(Response::builder().status(400).header("X-Request-Id", "r-1").body(body).unwrap()))
    }));
    let error = channel(&transport).send(call(Repeat::Never)).await.unwrap_err();
    assert_eq!(error.raw_body().unwrap().len(), 64 * 1024);
    assert_eq!(error.api().unwrap().request_ids, [("x-request-id".to_owned(), "r-1".to_owned())]);
    assert!(format!("{error:?}").contains("r-1"));
}

#[tokio::test]
async fn requests_go_one_at_a_time() {
    let open = Arc::new(Mutex::new((0u32, 0u32)));
    let counter = open.clone();
    let transport = Transport::new(tower::service_fn(move |_: Request<Bytes>| {
        let counter = counter.clone();
        async move {
            {
                let mut open = counter.lock().unwrap();
                open.0 += 1;
                open.1 = open.1.max(open.0);
            }
            returns_wire::yield_once().await;
            counter.lock().unwrap().0 -= 1;
            ok()
        }
    }));
    let channel = channel(&transport);
    let send = || channel.send(call(Repeat::Never));
    let (a, b, c) = tokio::join!(send(), send(), send());
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(*open.lock().unwrap(), (0, 1));
}
