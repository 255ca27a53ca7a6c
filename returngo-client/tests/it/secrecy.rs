//! Nothing personal and nothing secret is printed.

use crate::shop::{KEY, MIXED, Shop, mixed, pounds, shirt};
use returngo_client::{ErrorKind, Rma, report, sandbox::FaultPlan};

/// Everything personal, secret or spendable in the fixture.
const PERSONAL: [&str; 15] = [
    "Nora",
    "Fictive",
    "Madeupham",
    "MU5",
    "7946",
    "customer.example",
    "Olaf",
    "shop.example",
    "CREDIT-NORA",
    "GB00SAMP",
    "Money Row",
    "pay soon",
    "open-sesame",
    "labels.example",
    "scratches",
];

#[test]
fn debug_shows_no_person_and_no_code() {
    let text = format!("{:?} {:#?}", mixed(), mixed().transactions);
    for personal in PERSONAL {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    assert!(text.contains("81000001") && text.contains("FX2088"));
}

#[test]
fn the_fixture_is_worth_testing() {
    for personal in PERSONAL {
        assert!(MIXED.contains(personal), "{personal}");
    }
}

#[test]
fn errors_do_not_repeat_values() {
    for field in
        ["taxIncluded", "createdAt", "paidPrice", "returnedItemId", "isOutOfPolicy", "comments", "transactions"]
    {
        let place = MIXED.find(&format!("\"{field}\": ")).unwrap();
        let (before, after) = MIXED.split_at(place);
        let broken =
            format!("{before}\"{field}\": \"Nora / Invented\", \"was_{field}\": {}", after.split_once(": ").unwrap().1);
        let error = returns_wire::decode_json::<Rma>("test", broken.as_bytes()).unwrap_err();
        let text = format!("{error} {error:?} {}", report(&error));
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(!text.contains("Nora"), "{field}: {text}");
    }
}

#[tokio::test]
async fn nothing_of_the_sandboxs_customer_shows() {
    let shop = Shop::open();
    let id = shop.sandbox.submit(shirt()).unwrap();
    shop.sandbox.approve(&id).unwrap();
    shop.sandbox.store_credit_refund(&id, &shop.sandbox.units(&id), pounds(100)).unwrap();
    let rma = shop.client.rmas().get(&id).await.unwrap();
    shop.sandbox.fail_next(FaultPlan::on("GET", "/rma/").truncated());
    let error = shop.client.rmas().get(&id).await.unwrap_err();
    let text = format!("{rma:?} {error:?} {error} {:?} {:?}", shop.client, shop.sandbox);
    for personal in ["Petra", "Samplewell", "customer.example", "CREDIT-PETRA", "Sam Placeholder", "7946", KEY] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    assert_eq!(rma.transactions[0].external_reference_id.as_ref().unwrap().expose(), "CREDIT-PETRA-7Q");
    assert_eq!(rma.shipments[0].customer_address.as_ref().unwrap().country.as_deref(), Some("GB"));
}
