use super::StockToBook;
use crate::journal::{CreditStage, RunId, State};
use chrono::{DateTime, TimeDelta, Utc};

/// How long goods stay on the list. Nothing proves yet that they were booked, and a report may be lost.
const SHOWN_FOR: TimeDelta = TimeDelta::days(14);

/// Goods credited lately, one entry for each reference, product and place.
pub(super) fn to_book(state: &State, run: RunId, now: DateTime<Utc>) -> Vec<StockToBook> {
    let mut list: Vec<StockToBook> = Vec::new();
    for (rma, record) in &state.rmas {
        for covered in record.credited().iter().filter(|covered| now - covered.since < SHOWN_FOR) {
            let of_ours = record.credits.iter().find(|credit| {
                matches!(credit.stage, CreditStage::ReadBack { .. })
                    && credit.intent.units.iter().any(|value| value.unit == *covered.unit)
            });
            // Credited by hand, or sold for nothing: there is no reference of ours but the RMA itself.
            let reference = of_ours.map_or(format!("RMA{rma}"), |credit| credit.intent.second_reference.to_string());
            let same = |known: &&mut StockToBook| {
                known.reference == reference && known.sku == covered.sku && known.disposition == covered.disposition
            };
            match list.iter_mut().find(same) {
                Some(known) => known.quantity += 1,
                None => list.push(StockToBook {
                    rma: rma.clone(),
                    sku: covered.sku.to_owned(),
                    quantity: 1,
                    disposition: covered.disposition,
                    reference,
                    since: covered.since,
                    new: covered.since >= run.0,
                }),
            }
        }
    }
    list
}
