//! What is taken for a notice of Shopify's, and what is refused.

use proptest::prelude::*;
use shopify_returns::{
    OrderId, RefundId, Secret,
    webhook::{Notice, NoticeFault, Topic, sign},
};

const BODY: &[u8] = br#"{"id": 900, "order_id": 51, "note": "call Ann", "email": "ann@mail.example"}"#;
const SIGNATURE: &str = "X-Shopify-Hmac-SHA256";

type Headers = Vec<(String, String)>;

fn secret() -> Secret {
    Secret::new("hush")
}

fn headers(body: &[u8]) -> Headers {
    [
        (SIGNATURE, sign(body, &secret()).as_str()),
        ("X-Shopify-Topic", "refunds/create"),
        ("X-Shopify-Shop-Domain", "sample.myshopify.com"),
        ("X-Shopify-Webhook-Id", "w-1"),
        ("X-Shopify-Event-Id", "e-1"),
        ("X-Shopify-API-Version", "2026-10"),
        ("X-Shopify-Triggered-At", "2026-03-02T10:00:00.123456789+01:00"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

fn with(mut headers: Headers, name: &str, value: &str) -> Headers {
    headers.retain(|(known, _)| known != name);
    headers.push((name.to_owned(), value.to_owned()));
    headers
}

fn without(mut headers: Headers, name: &str) -> Headers {
    headers.retain(|(known, _)| known != name);
    headers
}

fn verify(headers: Headers, body: &[u8]) -> Result<Notice, NoticeFault> {
    Notice::verify(headers, body, &[secret()])
}

/// A signed notice about this.
fn notice(topic: &str, body: &str) -> Notice {
    verify(with(headers(body.as_bytes()), "X-Shopify-Topic", topic), body.as_bytes()).unwrap()
}

#[test]
fn the_signature_is_the_one_that_others_compute() {
    let body = b"{\"id\": 900, \"order_id\": 51}\n";
    for (key, signature) in [
        ("hush".to_owned(), "0cz2NKuKIlPxnrRslbcnSw2JqA5gDYYdsanZmgsYEJA="),
        ("k".repeat(64), "FIw+TKKWOckgTWj8qKCToJGQFolubDwaWnYmLi7mkIU="),
        ("k".repeat(65), "u/i9cTHPiWDBVvvrz3p8e+PlaFuBKzdkH4Lij/zHRTk="),
    ] {
        let key = Secret::new(key);
        assert_eq!(sign(body, &key), signature);
        assert!(Notice::verify(with(headers(body), SIGNATURE, signature), body, &[key]).is_ok());
    }
}

#[test]
fn a_notice_says_what_happened_where_and_to_what() {
    let notice = verify(headers(BODY), BODY).unwrap();
    assert_eq!(notice.topic, Topic::RefundsCreate);
    assert_eq!(notice.shop, "sample.myshopify.com");
    assert_eq!(notice.webhook_id, "w-1");
    assert_eq!(notice.event_id.as_deref(), Some("e-1"));
    assert_eq!(notice.api_version.as_deref(), Some("2026-10"));
    let triggered_at = notice.triggered_at.unwrap();
    assert_eq!(triggered_at, "2026-03-02T09:00:00.123456789Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    assert_eq!(notice.subject.refund, Some(RefundId::new(900)));
    assert_eq!(notice.subject.order, Some(OrderId::new(51)));
}

#[test]
fn nothing_personal_is_kept_or_told() {
    let debug = format!("{:?}", verify(headers(BODY), BODY).unwrap());
    assert!(!debug.contains("Ann") && !debug.contains("ann@"), "{debug}");
    let broken = br#"{"email": "ann@mail.example", "#;
    let fault = verify(headers(broken), broken).unwrap_err();
    assert_eq!(fault.status(), 400);
    assert!(!format!("{fault} {fault:?}").contains("ann"), "{fault:?}");
}

#[test]
fn both_spellings_of_a_header_in_any_case_are_read() {
    let expected = verify(headers(BODY), BODY).unwrap();
    let respelt = |change: &dyn Fn(&str) -> String| -> Headers {
        headers(BODY).into_iter().map(|(name, value)| (change(&name), value)).collect()
    };
    for headers in [
        respelt(&str::to_ascii_lowercase),
        respelt(&str::to_ascii_uppercase),
        respelt(&|name| name.replace("X-Shopify", "Shopify")),
        respelt(&|name| name.replace("X-Shopify", "shopify").to_ascii_lowercase()),
    ] {
        assert_eq!(verify(headers.clone(), BODY).as_ref(), Ok(&expected), "{headers:?}");
    }
    let both = with(headers(BODY), "shopify-topic", "Order");
    assert_eq!(verify(both, BODY).unwrap().topic, Topic::RefundsCreate);
}

#[test]
fn headers_of_an_http_library_are_taken_as_they_are() {
    let mut map = http::HeaderMap::new();
    for (name, value) in headers(BODY) {
        map.insert(http::HeaderName::try_from(name).unwrap(), value.try_into().unwrap());
    }
    map.insert("cookie", http::HeaderValue::from_bytes(b"\xff").unwrap());
    assert!(Notice::verify(&map, BODY, &[secret()]).is_ok());
}

#[test]
fn any_of_several_secrets_will_do_and_no_other() {
    let old_and_new = [Secret::new("new"), secret()];
    assert!(Notice::verify(headers(BODY), BODY, &old_and_new).is_ok());
    let others = [Secret::new("new"), Secret::new("newer")];
    assert_eq!(Notice::verify(headers(BODY), BODY, &others), Err(NoticeFault::WrongSignature { tried: 2 }));
}

#[test]
fn a_blank_secret_verifies_nothing() {
    for secrets in [vec![], vec![Secret::new("")], vec![secret(), Secret::new(" \n")]] {
        for signature in [sign(BODY, &Secret::new("")), sign(BODY, &secret())] {
            let fault = Notice::verify(with(headers(BODY), SIGNATURE, &signature), BODY, &secrets).unwrap_err();
            assert_eq!((&fault, fault.status()), (&NoticeFault::NoSecret, 500));
        }
    }
}

#[test]
fn another_body_is_refused_even_if_it_means_the_same() {
    let rewritten = serde_json::to_vec(&serde_json::from_slice::<serde_json::Value>(BODY).unwrap()).unwrap();
    for body in [rewritten.as_slice(), &[BODY, b"\n"].concat(), b"", b"not JSON"] {
        let fault = verify(headers(BODY), body).unwrap_err();
        assert_eq!((&fault, fault.status()), (&NoticeFault::WrongSignature { tried: 1 }, 401));
    }
}

#[test]
fn what_is_no_signature_is_told_from_a_wrong_one() {
    let good = sign(BODY, &secret());
    for odd in ["", "hello", "!!!!", &good[..43], &good[..40], &format!("{good}AAAA"), &format!("{good}, {good}")] {
        let fault = verify(with(headers(BODY), SIGNATURE, odd), BODY).unwrap_err();
        assert_eq!((&fault, fault.status()), (&NoticeFault::SignatureForm, 401), "{odd}");
        assert!(odd.is_empty() || !fault.to_string().contains(odd), "{fault}");
    }
}

#[test]
fn a_header_that_is_missing_or_odd_is_named() {
    for name in [SIGNATURE, "X-Shopify-Topic", "X-Shopify-Shop-Domain", "X-Shopify-Webhook-Id"] {
        let fault = verify(without(headers(BODY), name), BODY).unwrap_err();
        assert_eq!((&fault, fault.status()), (&NoticeFault::MissingHeader { name }, 401));
        assert!(fault.to_string().contains(name), "{fault}");
    }
    let long = "w".repeat(256);
    for (name, value) in [
        ("X-Shopify-Topic", ""),
        ("X-Shopify-Topic", "refunds create"),
        ("X-Shopify-Webhook-Id", "w\u{7}1"),
        ("X-Shopify-Webhook-Id", &long),
        ("X-Shopify-Shop-Domain", "sample.example"),
        ("X-Shopify-Shop-Domain", ".myshopify.com"),
        ("X-Shopify-Shop-Domain", "-a.myshopify.com"),
        ("X-Shopify-Shop-Domain", "evil.example/.myshopify.com"),
        ("X-Shopify-Shop-Domain", "a.b.myshopify.com"),
        ("X-Shopify-Shop-Domain", "sample.myshopify.com.evil.example"),
    ] {
        let fault = verify(with(headers(BODY), name, value), BODY).unwrap_err();
        assert!(matches!(fault, NoticeFault::HeaderForm { name: named, .. } if named == name), "{value}: {fault}");
        assert_eq!(fault.status(), 401);
        assert!(fault.to_string().len() < 300 && !fault.to_string().contains('\u{7}'), "{fault}");
    }
    let shop = with(headers(BODY), "X-Shopify-Shop-Domain", " Sample.MyShopify.com ");
    assert_eq!(verify(shop, BODY).unwrap().shop, "sample.myshopify.com");
}

#[test]
fn nothing_is_said_about_other_headers_before_the_signature_fits() {
    let unsigned = with(without(headers(BODY), "X-Shopify-Topic"), SIGNATURE, &sign(b"{}", &secret()));
    assert_eq!(verify(unsigned, BODY), Err(NoticeFault::WrongSignature { tried: 1 }));
}

#[test]
fn a_header_that_contradicts_itself_is_refused() {
    let mut twice = headers(BODY);
    twice.push(("x-shopify-shop-domain".to_owned(), "sample.myshopify.com".to_owned()));
    assert!(verify(twice.clone(), BODY).is_ok());
    twice.push(("x-shopify-shop-domain".to_owned(), "other.myshopify.com".to_owned()));
    let fault = verify(twice, BODY).unwrap_err();
    assert_eq!(fault, NoticeFault::HeaderTwice { name: "X-Shopify-Shop-Domain" });
    assert_eq!(fault.status(), 401);
}

#[test]
fn headers_that_only_inform_may_be_missing_or_odd() {
    let bare = ["X-Shopify-Event-Id", "X-Shopify-API-Version", "X-Shopify-Triggered-At"]
        .into_iter()
        .fold(headers(BODY), without);
    let odd = with(with(headers(BODY), "X-Shopify-Triggered-At", "yesterday"), "X-Shopify-Event-Id", "e 1");
    let (bare, odd) = (verify(bare, BODY).unwrap(), verify(odd, BODY).unwrap());
    assert_eq!((bare.event_id, bare.api_version, bare.triggered_at), (None, None, None));
    assert_eq!((odd.event_id, odd.triggered_at), (None, None));
}

#[test]
fn other_things_signed_with_the_same_secret_are_no_notices() {
    for body in ["shop=sample.myshopify.com&timestamp=1", "[]", "\"{}\"", "", " ", "null", "\u{feff}{}"] {
        let fault = verify(headers(body.as_bytes()), body.as_bytes()).unwrap_err();
        assert_eq!((&fault, fault.status()), (&NoticeFault::NotAnObject, 400), "{body}");
    }
    let broken = "{\n\"id\": }";
    let fault = verify(headers(broken.as_bytes()), broken.as_bytes()).unwrap_err();
    assert_eq!(fault, NoticeFault::NotJson { line: 2, column: 7 });
}

#[test]
fn a_signed_body_of_another_shop_is_refused() {
    let body = br#"{"id": 77, "myshopify_domain": "other.myshopify.com"}"#;
    let fault = verify(headers(body), body).unwrap_err();
    assert_eq!((&fault, fault.status()), (&NoticeFault::OtherShop { header: "sample.myshopify.com".to_owned() }, 401));
    assert!(!notice("app/uninstalled", r#"{"id": 77, "myshopify_domain": null}"#).shop.is_empty());
    let same = notice("app/uninstalled", r#"{"id": 77, "myshopify_domain": "Sample.myshopify.com"}"#);
    assert!(same.topic.changes_access());
}

#[test]
fn a_topic_that_is_not_known_is_still_a_notice() {
    let notice = notice("orders/split", r#"{"admin_graphql_api_id": "gid://shopify/Order/51"}"#);
    assert_eq!(notice.topic, Topic::Other("orders/split".to_owned()));
    assert_eq!(notice.subject.order, Some(OrderId::new(51)));
}

/// True when a store that holds the keys of the first skips the second.
fn skips(first: &Notice, second: &Notice) -> bool {
    second.duplicate_keys().iter().any(|key| first.duplicate_keys().contains(key))
}

#[test]
fn the_same_notice_is_known_again_by_either_key() {
    let first = notice("refunds/create", r#"{"id": 900}"#);
    assert_eq!(
        first.duplicate_keys(),
        [
            "delivery sample.myshopify.com refunds/create w-1",
            "event sample.myshopify.com refunds/create e-1 gid://shopify/Refund/900"
        ]
    );
    let mut again = first.clone();
    again.event_id = Some("e-2".to_owned());
    assert!(skips(&first, &again), "the same delivery");
    let mut again = first.clone();
    again.webhook_id = "w-2".to_owned();
    assert!(skips(&first, &again), "the same happening for another subscription");
}

#[test]
fn another_thing_is_never_taken_for_a_duplicate() {
    let first = notice("refunds/create", r#"{"id": 900}"#);
    let mut next = notice("refunds/create", r#"{"id": 901}"#);
    next.webhook_id = "w-2".to_owned();
    assert!(!skips(&first, &next), "one happening that touched two refunds");
    let mut elsewhere = first.clone();
    elsewhere.shop = "other.myshopify.com".to_owned();
    assert!(!skips(&first, &elsewhere), "another shop");
    let other_topic = notice("orders/updated", r#"{"admin_graphql_api_id": "gid://shopify/Refund/900"}"#);
    assert!(!skips(&first, &other_topic), "another topic");
}

#[test]
fn without_a_gid_the_body_itself_is_the_key() {
    let first = notice("returns/process", "{}");
    let end = "e-1 RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=";
    assert!(first.duplicate_keys()[1].ends_with(end), "{:?}", first.duplicate_keys());
    let mut next = notice("returns/process", "{ }");
    next.webhook_id = "w-2".to_owned();
    assert!(!skips(&first, &next));
}

#[test]
fn without_an_event_id_only_the_delivery_is_known_again() {
    let mut first = notice("refunds/create", r#"{"id": 900}"#);
    first.event_id = None;
    let [one, two] = first.duplicate_keys();
    assert_ne!(one, two);
    let mut again = first.clone();
    again.webhook_id = "w-2".to_owned();
    assert!(!skips(&first, &again));
}

proptest! {
    #[test]
    fn a_changed_byte_is_noticed(at in 0..BODY.len(), flip in 1u8..) {
        let mut body = BODY.to_vec();
        body[at] ^= flip;
        prop_assert_eq!(verify(headers(BODY), &body), Err(NoticeFault::WrongSignature { tried: 1 }));
    }

    #[test]
    fn a_changed_signature_is_noticed(at in 0usize..32, flip in 1u8..) {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let mut signature = STANDARD.decode(sign(BODY, &secret())).unwrap();
        signature[at] ^= flip;
        let headers = with(headers(BODY), SIGNATURE, &STANDARD.encode(signature));
        prop_assert_eq!(verify(headers, BODY), Err(NoticeFault::WrongSignature { tried: 1 }));
    }

    #[test]
    fn no_signed_body_panics(body: Vec<u8>, text in "\\{.*", value in ".*") {
        for body in [body.as_slice(), text.as_bytes()] {
            let _ignored = verify(with(headers(body), "X-Shopify-Topic", &value), body);
        }
    }
}
