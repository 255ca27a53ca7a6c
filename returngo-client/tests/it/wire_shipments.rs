//! Parcels: what is sent, and what is made of every answer.

use crate::shop::{KEY, SHOP};
use returngo_client::{
    DailyQuota, Delivery, ErrorKind, ManualClock, MemoryQuota, ReturnGo, ReturnGoBuilder, ReturnedItemId, Rma, Secret,
    ShipmentId, ShipmentMove, ShipmentUpdate, ShipmentValidation,
};
use returns_wire::{HttpOptions, over_reqwest};
use std::{
    io::{Read, Write},
    sync::Arc,
    time::Duration,
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, body_string, header, method, path},
};

fn builder(base: &str) -> ReturnGoBuilder {
    ReturnGo::builder()
        .base_url(base.parse().unwrap())
        .shop(SHOP)
        .api_key(Secret::new(KEY))
        .clock(Arc::new(ManualClock::at("2026-05-01T09:00:00Z".parse().unwrap())))
}

async fn serving(template: ResponseTemplate) -> (MockServer, ReturnGo) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(template).mount(&server).await;
    let client = builder(&server.uri()).build().unwrap();
    (server, client)
}

fn draft() -> ShipmentValidation {
    let rma: Rma = serde_json::from_str(
        r#"{
            "rmaSummary": {"rmaId": "7001234", "status": "Received"},
            "shipments": [{"shipmentId": 880001, "status": "Received"}],
            "items": [{"returnedItemId": "70000001", "shipmentId": "880001"}]
        }"#,
    )
    .unwrap();
    let unit = ReturnedItemId::new("70000001").unwrap();
    ShipmentValidation::new(&rma, &ShipmentId::new("880001").unwrap(), &[unit]).unwrap()
}

#[tokio::test]
async fn a_validation_says_one_word_and_any_2xx_is_success() {
    for answer in [
        ResponseTemplate::new(200),
        ResponseTemplate::new(200)
            .set_body_raw(r#"{"shipmentId": "880001", "status": "Validated"}"#, "application/json"),
        ResponseTemplate::new(201).set_body_string("saved"),
        ResponseTemplate::new(204),
        ResponseTemplate::new(200).set_body_raw("<p>ok", "text/html"),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("PUT"))
            .and(path("/shipment/880001"))
            .and(header("content-type", "application/json"))
            .and(header("x-api-key", KEY))
            .and(header("x-shop-name", SHOP))
            .and(body_string(r#"{"status":"Validated"}"#))
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        let client = builder(&server.uri()).build().unwrap();
        client.shipments().validate(&draft()).await.unwrap();
        assert!(server.received_requests().await.unwrap()[0].url.query().is_none());
    }
}

#[tokio::test]
async fn a_validation_is_never_sent_twice_and_its_failure_says_what_to_do() {
    use Delivery::{Rejected, Unknown};
    let gateway = "<html><h1>gateway</h1></html>";
    let read = "read RMA 7001234, and validate parcel 880001 again only if it is still not Validated";
    let as_was = "parcel 880001 of RMA 7001234 is as it was";
    for (status, body, kind, delivery, said) in [
        (302, "", ErrorKind::Server, Unknown, vec![read, "base URL"]),
        (400, r#"{"message": "Bad transition"}"#, ErrorKind::Invalid, Rejected, vec!["Bad transition", as_was]),
        (401, "", ErrorKind::Auth, Rejected, vec!["API key is wrong", SHOP]),
        (403, "", ErrorKind::Auth, Rejected, vec!["ask ReturnGO whether", as_was, "key is wrong", SHOP]),
        (403, gateway, ErrorKind::Auth, Unknown, vec![read, "key is wrong", "base URL"]),
        (
            404,
            "",
            ErrorKind::NotFound,
            Rejected,
            vec!["parcel 880001 of RMA 7001234 is not in the shop", SHOP, "deleted"],
        ),
        (405, "", ErrorKind::Invalid, Rejected, vec!["ask ReturnGO whether"]),
        (409, "", ErrorKind::Conflict, Rejected, vec![as_was]),
        (422, "", ErrorKind::Invalid, Rejected, vec![as_was]),
        (429, "", ErrorKind::RateLimited, Unknown, vec![read, "2,000 a day"]),
        (500, "", ErrorKind::Server, Unknown, vec![read]),
        (502, gateway, ErrorKind::Server, Unknown, vec![read, "base URL"]),
        (504, "", ErrorKind::Timeout, Unknown, vec![read]),
    ] {
        let (server, client) = serving(ResponseTemplate::new(status).set_body_string(body)).await;
        let error = client.shipments().validate(&draft()).await.unwrap_err();
        let text = error.to_string();
        assert_eq!((error.kind(), error.delivery(), error.attempts()), (kind, delivery, 1), "{text}");
        assert!(text.starts_with("returngo.shipments.validate: the server answered"), "{text}");
        assert!(said.iter().all(|part| text.contains(part)) && !text.contains(KEY), "{text}");
        assert_eq!(server.received_requests().await.unwrap().len(), 1, "{text}");
    }
    let (server, _) = serving(ResponseTemplate::new(200).set_delay(Duration::from_secs(5))).await;
    let mut options = HttpOptions::default();
    options.timeout = Duration::from_millis(100);
    let client = builder(&server.uri()).transport(over_reqwest(&options).unwrap()).build().unwrap();
    let error = client.shipments().validate(&draft()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery(), client.requests_sent()), (ErrorKind::Timeout, Unknown, 1));
    assert!(error.to_string().contains(read), "{error}");
}

/// A server that reads one request, says this much and hangs up.
fn breaking_off(answer: &'static [u8]) -> (std::thread::JoinHandle<()>, ReturnGo) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut part = [0; 4096];
        while !request.ends_with(b"}") {
            let read = socket.read(&mut part).unwrap();
            assert!(read > 0, "the request ends in its body");
            request.extend_from_slice(&part[..read]);
        }
        socket.write_all(answer).unwrap();
    });
    (server, builder(&base).build().unwrap())
}

#[tokio::test]
async fn a_validation_whose_answer_is_lost_is_open_until_a_status_line_was_seen() {
    let (server, client) = breaking_off(b"");
    let error = client.shipments().validate(&draft()).await.unwrap_err();
    assert_eq!((error.delivery(), client.requests_sent()), (Delivery::Unknown, 1));
    assert!(error.to_string().contains("read RMA 7001234"), "{error}");
    server.join().unwrap();
    let (server, client) = breaking_off(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ship");
    client.shipments().validate(&draft()).await.unwrap();
    assert_eq!(client.requests_sent(), 1);
    server.join().unwrap();
}

#[tokio::test]
async fn a_validation_counts_as_a_call_of_the_day() {
    let (server, _) = serving(ResponseTemplate::new(200)).await;
    let quota = DailyQuota::new(Arc::new(MemoryQuota::default()), "returngo", 1);
    let client = builder(&server.uri()).quota(quota).build().unwrap();
    client.shipments().validate(&draft()).await.unwrap();
    let error = client.shipments().validate(&draft()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Quota, Delivery::NotSent));
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_update_sends_what_is_set_and_nothing_else() {
    let server = MockServer::start().await;
    let parcel = ShipmentId::new("880001").unwrap();
    let sent = ShipmentUpdate::to(ShipmentMove::Shipped).carrier_name("C & Co").unwrap().tracking_number("T1").unwrap();
    let details = ShipmentUpdate::details().tracking_url("https://t.example/1").unwrap();
    let all = details.clone().label_url("https://l.example/1").unwrap();
    for (update, body) in [
        (ShipmentUpdate::to(ShipmentMove::LabelCreated), r#"{"status":"LabelCreated"}"#),
        (ShipmentUpdate::to(ShipmentMove::Received), r#"{"status":"Received"}"#),
        (ShipmentUpdate::to(ShipmentMove::Canceled), r#"{"status":"Canceled"}"#),
        (sent, r#"{"status":"Shipped","carrierName":"C & Co","trackingNumber":"T1"}"#),
        (details, r#"{"trackingURL":"https://t.example/1"}"#),
        (all, r#"{"trackingURL":"https://t.example/1","labelURL":"https://l.example/1"}"#),
    ] {
        Mock::given(method("PUT"))
            .and(path("/shipment/880001"))
            .and(header("content-type", "application/json"))
            .and(body_string(body))
            .respond_with(ResponseTemplate::new(200))
            .expect(1)
            .mount(&server)
            .await;
        builder(&server.uri()).build().unwrap().shipments().update(&parcel, &update).await.unwrap();
    }
    let client = builder(&server.uri()).build().unwrap();
    let error = client.shipments().update(&parcel, &ShipmentUpdate::details()).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery(), client.requests_sent()), (ErrorKind::Invalid, Delivery::NotSent, 0));
    assert!(error.to_string().contains("the update of parcel 880001 says nothing"), "{error}");
}

#[tokio::test]
async fn an_update_is_never_sent_twice_and_its_failure_names_the_parcel() {
    let parcel = ShipmentId::new("880001").unwrap();
    for (status, kind, delivery, said) in [
        (400, ErrorKind::Invalid, Delivery::Rejected, "parcel 880001 is as it was"),
        (404, ErrorKind::NotFound, Delivery::Rejected, "parcel 880001 is not in the shop"),
        (
            429,
            ErrorKind::RateLimited,
            Delivery::Unknown,
            "send this again only if the parcel does not show it; ReturnGO",
        ),
        (504, ErrorKind::Timeout, Delivery::Unknown, "read the RMA of parcel 880001, and send this again only if"),
    ] {
        let (server, client) = serving(ResponseTemplate::new(status)).await;
        let update = ShipmentUpdate::to(ShipmentMove::Shipped).tracking_number("T-SECRET").unwrap();
        let error = client.shipments().update(&parcel, &update).await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert_eq!((error.kind(), error.delivery(), error.attempts()), (kind, delivery, 1), "{text}");
        assert!(text.starts_with("returngo.shipments.update: ") && text.contains(said), "{text}");
        assert!(!text.contains("T-SECRET"), "{text}");
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
}
