//! Shopify's own samples of notices, where they are at hand. They are Shopify's and not part of this repository.

use serde_json::Value;
use shopify_returns::{
    Secret,
    webhook::{Notice, Topic, sign},
};
use std::path::Path;

/// Topic and body of each sample; `None` where they are absent.
fn samples() -> Option<Vec<(String, Value)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/shopify-schema/webhooks-2026-07");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("SKIPPED: Shopify's samples are not here, so no notice of theirs was read");
        return None;
    };
    let paths = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "json"));
    let sample = |path: std::path::PathBuf| {
        let mut sample: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        (sample["name"].as_str().unwrap().to_owned(), sample["response"].take())
    };
    Some(paths.map(sample).collect())
}

fn verified(topic: &str, body: &Value) -> Notice {
    let (body, secret) = (serde_json::to_vec_pretty(body).unwrap(), Secret::new("hush"));
    let headers = [
        ("X-Shopify-Hmac-SHA256", sign(&body, &secret)),
        ("X-Shopify-Topic", topic.to_owned()),
        ("X-Shopify-Shop-Domain", "sample.myshopify.com".to_owned()),
        ("X-Shopify-Webhook-Id", "w-1".to_owned()),
    ];
    Notice::verify(headers, &body, &[secret]).unwrap_or_else(|fault| panic!("{topic}: {fault}"))
}

#[test]
fn every_sample_is_known_and_names_its_subject() {
    let Some(samples) = samples() else { return };
    assert!(!samples.is_empty(), "a folder without samples");
    for (topic, body) in samples {
        let Notice { topic: read, subject, .. } = verified(&topic, &body);
        assert!(!matches!(read, Topic::Other(_)), "{topic} is not known");
        assert_eq!(read.as_str(), topic);
        match body["admin_graphql_api_id"].as_str() {
            Some(gid) => assert_eq!(subject.gid.as_deref(), Some(gid), "{topic}"),
            None => assert!(body["id"].is_null() || subject.gid.is_some(), "{topic}: {subject:?}"),
        }
        let kind = topic.split('/').next().unwrap();
        let named = match kind {
            "orders" => subject.order.is_some(),
            "refunds" => subject.refund.is_some() && subject.order.is_some(),
            "returns" => subject.native_return.is_some() && subject.order.is_some(),
            "reverse_deliveries" => subject.native_return.is_some(),
            "order_transactions" => subject.transaction.is_some() && subject.order.is_some(),
            "disputes" => subject.order.is_some(),
            _ => true,
        };
        assert!(named, "{topic}: {subject:?}");
    }
}
