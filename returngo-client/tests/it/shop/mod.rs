//! One sandboxed shop, and invented answers.

use returngo_client::{
    ManualClock, ReturnGo, Rma, Secret,
    sandbox::{NewItem, NewRma, ReturnGoSandbox, in_process},
};
use rust_decimal::Decimal;
use std::{sync::Arc, time::Duration};

pub(crate) const MIXED: &str = include_str!("../fixtures/rma_mixed.json");
pub(crate) const SHOP: &str = "sample-shop.myshopify.com";
pub(crate) const KEY: &str = "key-that-must-stay-hidden";

pub(crate) fn mixed() -> Rma {
    serde_json::from_str(MIXED).unwrap()
}

/// The mixed RMA with one piece of its text replaced; the piece must be there.
pub(crate) fn mixed_with(from: &str, to: &str) -> Result<Rma, serde_json::Error> {
    assert!(MIXED.contains(from), "{from}");
    serde_json::from_str(&MIXED.replacen(from, to, 1))
}

pub(crate) struct Shop {
    pub(crate) clock: ManualClock,
    pub(crate) sandbox: ReturnGoSandbox,
    pub(crate) client: ReturnGo,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let clock = ManualClock::at("2026-05-01T09:00:00Z".parse().unwrap());
        let sandbox = ReturnGoSandbox::new(Arc::new(clock.clone())).with_shop(SHOP, KEY);
        let client = ReturnGo::builder()
            .shop(SHOP)
            .api_key(Secret::new(KEY))
            .transport(in_process(sandbox.router()))
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        Self { clock, sandbox, client }
    }

    pub(crate) fn clock_now(&self) -> chrono::DateTime<chrono::Utc> {
        returngo_client::Clock::now(&self.clock)
    }

    pub(crate) fn hours(&self, hours: u64) {
        self.clock.advance(Duration::from_secs(hours * 3600));
    }
}

pub(crate) fn pounds(pence: i64) -> Decimal {
    Decimal::new(pence, 2)
}

pub(crate) fn shirt() -> NewRma {
    NewRma::refund("EX1042").unit("SHIRT-M", pounds(2400), pounds(400))
}

pub(crate) fn mug() -> NewItem {
    NewItem::new("MUG", pounds(2596), pounds(433))
}
