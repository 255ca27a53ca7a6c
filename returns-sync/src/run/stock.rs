//! The warehouse's side of a run: goods that came back, and what Sage's stock ledger shows of them.

use super::{Running, StockProved, StockToBook};
use crate::{
    exception::{Code, Finding},
    journal::{BookedUnit, Event, JournalError},
    rules::{Goods, GoodsStand, StockLedger, goods, judge_goods, overdue},
};
use returns_wire::{Error, ErrorKind, report as error_text};
use sage200_client::{ProductCode, ProductView};
use std::collections::BTreeSet;

/// Where the goods of products are that Sage does not keep in stock.
const NO_STOCK: &str = "no stock item";
/// The literal of products that are kept in stock.
const STOCK_ITEM: &str = "EnumStockItemTypeStock";

/// What one look at the stock ledger has found.
#[derive(Default)]
struct Seen {
    to_book: Vec<StockToBook>,
    proved: Vec<StockProved>,
    events: Vec<Event>,
    findings: Vec<Finding>,
    failed: Option<Error>,
}

impl Running<'_> {
    /// Looks for the bookings of goods that are not proved to be where they belong: all in one sweep of the stock ledger,
    /// whichever RMAs this run has read.
    pub(super) async fn look_at_stock(&mut self) -> Result<(), JournalError> {
        let seen = self.stock_seen().await;
        let looked = self.report.unfinished.is_none() && seen.failed.is_none();
        self.looked.goods = looked;
        for event in seen.events {
            self.book.write(event).await?;
        }
        for finding in seen.findings {
            self.found(finding);
        }
        (self.report.stock, self.report.stock_proved) = (seen.to_book, seen.proved);
        if let Some(error) = seen.failed {
            let text = format!("movements of stock: {}", error_text(&error));
            if error.kind() == ErrorKind::Quota {
                self.report.unfinished.get_or_insert(text);
            } else {
                self.found(Finding::of_the_run(Code::ReadFailed, text));
            }
        }
        Ok(())
    }

    async fn stock_seen(&self) -> Seen {
        let mut seen = Seen::default();
        let all = goods(self.book.state());
        let asked: Vec<_> = all.iter().filter(|goods| goods.may_be_booked(self.run.0)).collect();
        let mut read = None;
        // A run that has stopped asks for nothing more.
        if !asked.is_empty() && self.report.unfinished.is_none() {
            match self.read_stock(&asked).await {
                Ok(found) => read = Some(found),
                Err(error) => seen.failed = Some(error),
            }
        }
        for goods in &all {
            let mut stand = match &read {
                Some((ledger, _)) => ledger.stand(goods, self.policy.stock_proof),
                None => GoodsStand::unknown(goods),
            };
            if read.as_ref().is_some_and(|(_, no_stock)| no_stock.contains(goods.sku)) {
                stand.proved.extend(stand.open.drain(..).map(|(unit, _)| (unit, NO_STOCK.to_owned())));
            }
            if read.is_some() {
                seen.findings.extend(judge_goods(goods, &stand, self.policy, self.systems.clock.now()));
            }
            seen.take(goods, stand, self.run.0);
        }
        if let Some((ledger, _)) = &read {
            seen.findings.extend(ledger.wrong_items(&all));
        }
        seen
    }

    /// The stock ledger, and the products among those overdue that Sage does not keep in stock.
    async fn read_stock(&self, asked: &[&Goods<'_>]) -> Result<(StockLedger, BTreeSet<String>), Error> {
        let sage = &self.systems.sage;
        let ledger = StockLedger {
            rows: sage.movements_by_references(asked.iter().flat_map(|goods| goods.references())).await?,
            groups: sage.stock_groups().await?,
            warehouses: sage.warehouses().await?,
        };
        let late: BTreeSet<_> = overdue(asked, self.policy, self.systems.clock.now()).collect();
        let codes: Vec<_> = late.iter().filter_map(|sku| ProductCode::new(sku.trim()).ok()).collect();
        let products = if codes.is_empty() { Vec::new() } else { sage.products_by_code(&codes).await? };
        let not_kept = |row: &ProductView| row.product_type.as_deref().is_some_and(|kind| kind.trim() != STOCK_ITEM);
        let is_it = |row: &ProductView, sku: &str| {
            row.code.as_deref().is_some_and(|code| code.trim().eq_ignore_ascii_case(sku.trim()))
        };
        let no_stock = late.into_iter().filter(|sku| products.iter().any(|row| is_it(row, sku) && not_kept(row)));
        Ok((ledger, no_stock.map(str::to_owned).collect()))
    }
}

impl Seen {
    fn take(&mut self, goods: &Goods<'_>, stand: GoodsStand<'_>, began: chrono::DateTime<chrono::Utc>) {
        let mut booked = Vec::new();
        for (unit, place) in stand.proved {
            let same = |known: &&mut StockProved| {
                known.is_of(goods) && known.disposition == unit.disposition && known.place == place
            };
            match self.proved.iter_mut().find(same) {
                Some(known) => known.quantity += 1,
                None => self.proved.push(StockProved {
                    rma: goods.rma.clone(),
                    sku: goods.sku.to_owned(),
                    quantity: 1,
                    disposition: unit.disposition,
                    reference: goods.reference.clone(),
                    place: place.clone(),
                }),
            }
            let sku = unit.is_part.then(|| goods.sku.to_owned());
            booked.push(BookedUnit { unit: unit.unit.clone(), sku, disposition: unit.disposition, place });
        }
        if !booked.is_empty() {
            self.events.push(Event::GoodsBooked { rma: goods.rma.clone(), units: booked });
        }
        for (unit, lies_in) in stand.open {
            let same = |known: &&mut StockToBook| {
                known.is_of(goods) && known.disposition == unit.disposition && known.lies_in == lies_in
            };
            match self.to_book.iter_mut().find(same) {
                Some(known) => known.quantity += 1,
                None => self.to_book.push(StockToBook {
                    rma: goods.rma.clone(),
                    sku: goods.sku.to_owned(),
                    quantity: 1,
                    disposition: unit.disposition,
                    reference: goods.reference.clone(),
                    lies_in,
                    since: unit.since,
                    new: unit.since >= began,
                }),
            }
        }
    }
}

impl StockProved {
    fn is_of(&self, goods: &Goods<'_>) -> bool {
        (self.reference.as_str(), self.sku.as_str()) == (goods.reference.as_str(), goods.sku)
    }
}

impl StockToBook {
    fn is_of(&self, goods: &Goods<'_>) -> bool {
        (self.reference.as_str(), self.sku.as_str()) == (goods.reference.as_str(), goods.sku)
    }
}
