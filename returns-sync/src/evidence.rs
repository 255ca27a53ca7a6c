//! Proofs that the order of work was kept. They are minted in one file only (`evidence/minted.rs`), and only from what was
//! read from the owning system in this run: a [`Fresh`] value makes the read itself.
//!
//! A credit can't be asked for without [`ReceiptConfirmed`] for its units, a refund not without
//! [`CreditNoteConfirmed`]: it does not compile. Neither can be copied, stored or built by hand, so a restart has
//! to read again.

use crate::{
    journal::{CreditIntent, ExchangeIntent, GoodsValue, Link, RefundIntent, RunId, UnitValue, total},
    policy::{ExchangeSite, NominalAccount},
    rules::exchange_draft,
};
use returngo_client::{ReturnedItemId, Rma, RmaId, ShipmentId, ShipmentValidation};
use returns_wire::{Money, MoneyError};
use sage200_client::{
    CreditNoteDraft, CreditNoteParts, DeliveryAddress, DraftFaults, Narrative, NominalRow, OrderDraft, TaxTable,
    UnknownTaxCode, Urn, VatRow,
};
use shopify_returns::{IdempotencyKey, Payment, RefundDraft};
use std::collections::{BTreeMap, BTreeSet};

#[cfg(feature = "run")]
mod minted;

#[cfg(feature = "run")]
pub(crate) use minted::Proof;
#[cfg(feature = "run")]
pub use minted::{Books, Fresh};

/// Proof that physical units were received, as the policy defines it, read in this run from the system that shows it.
#[derive(Debug)]
#[must_use = "a proof is there to be used"]
pub struct ReceiptConfirmed {
    rma: RmaId,
    units: BTreeSet<ReturnedItemId>,
    run: RunId,
}

/// Proof that units are here and were sold for nothing: no credit note will ever cover them, and none is needed.
#[derive(Debug)]
#[must_use = "a proof is there to be used"]
pub struct NothingToCredit {
    receipt: ReceiptConfirmed,
}

/// Proof that a credit note for units stands in the sales ledger, read from Sage in this run.
#[derive(Debug)]
#[must_use = "a proof is there to be used"]
pub struct CreditNoteConfirmed {
    rma: RmaId,
    units: BTreeSet<ReturnedItemId>,
    gross: Money,
    urns: Vec<Urn>,
    run: RunId,
}

/// A credit note that may be posted, once: its units are proved to be received.
///
/// ```compile_fail
/// # use returns_sync::{evidence::CreditRequest, journal::CreditIntent};
/// # use sage200_client::TaxTable;
/// // Without a receipt there is no credit.
/// fn credit<'t>(intent: &CreditIntent, table: &'t TaxTable) {
///     let _ = CreditRequest::new(intent, table, None);
/// }
/// ```
#[derive(Debug)]
#[must_use = "nothing is posted until it is sent"]
pub struct CreditRequest<'t> {
    rma: RmaId,
    run: RunId,
    draft: CreditNoteDraft<'t>,
}

/// A refund that may be released, once: its units are proved to be credited.
#[derive(Debug)]
#[must_use = "nothing is released until it is written to the journal"]
pub struct RefundRelease {
    credit: CreditNoteConfirmed,
}

/// A credit note that can't be built from an intent and its receipt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreditRefused {
    /// The proof is for other units, or for another RMA.
    #[error("the receipt proves units {proved}, the credit note is for units {asked}")]
    OtherUnits {
        /// Units proved.
        proved: String,
        /// Units to be credited.
        asked: String,
    },
    /// The VAT code is gone from Sage's table.
    #[error(transparent)]
    TaxCode(#[from] UnknownTaxCode),
    /// The VAT code means something else than when the value was computed.
    #[error("VAT code {number} had {then}% when the value was computed and has {now}% today")]
    TaxRate {
        /// Its number.
        number: i16,
        /// Rate then.
        then: String,
        /// Rate now.
        now: String,
    },
    /// Sage's rules for a credit note.
    #[error(transparent)]
    Draft(#[from] DraftFaults),
    /// Amounts that can't be added.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A text that does not fit.
    #[error("{0}")]
    Text(String),
}

fn names<'u>(units: impl IntoIterator<Item = &'u ReturnedItemId>) -> String {
    units.into_iter().map(ReturnedItemId::as_str).collect::<Vec<_>>().join(", ")
}

impl ReceiptConfirmed {
    /// The units proved to be received.
    pub fn units(&self) -> impl Iterator<Item = &ReturnedItemId> {
        self.units.iter()
    }
}

impl CreditNoteConfirmed {
    /// The units proved to be credited.
    pub fn units(&self) -> impl Iterator<Item = &ReturnedItemId> {
        self.units.iter()
    }

    /// The transactions read in the ledger.
    pub fn urns(&self) -> &[Urn] {
        &self.urns
    }
}

impl<'t> CreditRequest<'t> {
    /// Spends the receipt on a credit note. VAT codes are resolved anew against `table`.
    ///
    /// # Errors
    /// [`CreditRefused`]: other units than proved, a VAT code that is gone or has another rate, a draft that breaks
    /// Sage's rules.
    pub fn new(
        receipt: ReceiptConfirmed,
        intent: &CreditIntent,
        table: &'t TaxTable,
        nominal: Option<&NominalAccount>,
    ) -> Result<Self, CreditRefused> {
        let asked: BTreeSet<_> = intent.units.iter().map(|value| &value.unit).collect();
        let reference = format!("RMA{}-", receipt.rma);
        if !asked.iter().copied().eq(receipt.units.iter())
            || asked.len() != intent.units.len()
            || !intent.second_reference.as_str().starts_with(&reference)
        {
            return Err(CreditRefused::OtherUnits { proved: names(&receipt.units), asked: names(asked) });
        }
        let mut groups: BTreeMap<_, Vec<GoodsValue<'_>>> = BTreeMap::new();
        for goods in intent.units.iter().flat_map(UnitValue::goods) {
            groups.entry(goods.tax.id).or_default().push(goods);
        }
        let mut vat = Vec::new();
        for (id, values) in groups {
            let code = table.by_id(id)?;
            for value in &values {
                if code.rate() != value.tax.rate.get() || code.number() != value.tax.number {
                    let (then, now) = (value.tax.rate.get().normalize(), code.rate().normalize());
                    return Err(CreditRefused::TaxRate {
                        number: value.tax.number,
                        then: then.to_string(),
                        now: now.to_string(),
                    });
                }
            }
            vat.push(VatRow {
                code,
                goods: total(values.iter().map(|value| value.net))?,
                tax: total(values.iter().map(|value| value.vat))?,
                pieces: u32::try_from(values.len()).unwrap_or(u32::MAX),
            });
        }
        let goods = intent.net()?;
        let nominal = match nominal {
            Some(account) => vec![NominalRow {
                account: account.account.clone(),
                cost_centre: account.cost_centre.clone(),
                department: account.department.clone(),
                narrative: Some(narrative(&receipt.rma, intent)?),
                value: goods,
                transaction_analysis_code: None,
            }],
            None => Vec::new(),
        };
        let draft = CreditNoteDraft::new(CreditNoteParts {
            customer: intent.order.customer,
            date: intent.date,
            reference: intent.reference.clone(),
            second_reference: intent.second_reference.clone(),
            currency: goods.currency(),
            vat,
            nominal,
        })?;
        Ok(Self { rma: receipt.rma, run: receipt.run, draft })
    }

    /// What will be posted.
    pub fn draft(&self) -> &CreditNoteDraft<'t> {
        &self.draft
    }

    /// The RMA.
    pub fn rma(&self) -> &RmaId {
        &self.rma
    }

    /// The run whose reads prove it.
    pub fn run(&self) -> RunId {
        self.run
    }
}

/// What finance reads in the nominal ledger: RMA, order and goods.
fn narrative(rma: &RmaId, intent: &CreditIntent) -> Result<Narrative, CreditRefused> {
    let mut skus: BTreeMap<&str, u32> = BTreeMap::new();
    for value in &intent.units {
        value.goods().for_each(|goods| *skus.entry(goods.sku).or_default() += goods.pieces);
    }
    let goods = skus.iter().map(|(sku, count)| format!("{count} x {sku}")).collect::<Vec<_>>().join(", ");
    let order = &intent.order;
    let sage = match &order.link {
        Link::Linked { document_no, .. } => format!("Sage order {document_no}"),
        Link::Standalone(reason) => format!("order {reason}"),
    };
    let text = format!("Return RMA {rma}, web order {}, {sage}: {goods}", order.customer_document_no);
    Narrative::new(text).map_err(|error| CreditRefused::Text(error.to_string()))
}

/// A refund that may be asked for in the shop, once: its units are proved to be credited, and Shopify makes one refund
/// for its key.
///
/// ```compile_fail
/// # use returns_sync::{evidence::ShopRefundRequest, journal::RefundIntent};
/// // Without a credit note there is no refund.
/// fn refund(intent: &RefundIntent) {
///     let _ = ShopRefundRequest::new(None, intent);
/// }
/// ```
#[derive(Debug)]
#[must_use = "nothing is refunded until it is sent"]
pub struct ShopRefundRequest {
    run: RunId,
    draft: RefundDraft,
    key: IdempotencyKey,
}

/// A refund that can't be built from an intent and its credit note.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefundRefused {
    /// The proof is for other units, or for another RMA.
    #[error("the credit note proves units {proved}, the refund is for units {asked}")]
    OtherUnits {
        /// Units proved.
        proved: String,
        /// Units to be refunded.
        asked: String,
    },
    /// Another amount than was credited.
    #[error("credited are {credited}, the refund is {asked}")]
    Amount {
        /// What the units were credited with.
        credited: Money,
        /// What is to be refunded.
        asked: Money,
    },
    /// Shopify's rules for a refund.
    #[error("{0}")]
    Draft(String),
}

impl ShopRefundRequest {
    /// Spends a release on a refund of exactly its units and exactly what they were credited with.
    ///
    /// # Errors
    /// [`RefundRefused`].
    pub fn new(release: RefundRelease, intent: &RefundIntent) -> Result<Self, RefundRefused> {
        let asked: BTreeSet<_> = intent.units.iter().collect();
        let marker = format!("{}{}/", RefundIntent::MARKER, release.rma());
        let lines: u32 = intent.lines.iter().map(|(_, count)| count).sum();
        if !asked.iter().copied().eq(release.credit.units.iter())
            || asked.len() != intent.units.len()
            || usize::try_from(lines) != Ok(asked.len())
            || !intent.marker.starts_with(&marker)
        {
            return Err(RefundRefused::OtherUnits { proved: names(&release.credit.units), asked: names(asked) });
        }
        if intent.amount != release.gross() {
            return Err(RefundRefused::Amount { credited: release.gross(), asked: intent.amount });
        }
        let payments = intent.payments.iter().map(|part| Payment {
            parent: part.parent,
            gateway: part.gateway.clone(),
            amount: part.amount,
        });
        let refused = |error: &dyn std::fmt::Display| RefundRefused::Draft(error.to_string());
        let draft = RefundDraft::new(intent.order, intent.lines.clone(), payments.collect(), &intent.marker)
            .map_err(|error| refused(&error))?;
        if draft.amount() != intent.amount {
            return Err(RefundRefused::Amount { credited: release.gross(), asked: draft.amount() });
        }
        let key = IdempotencyKey::new(&intent.key).map_err(|error| refused(&error))?;
        Ok(Self { run: release.run(), draft, key })
    }

    /// What is asked for.
    pub fn draft(&self) -> &RefundDraft {
        &self.draft
    }

    /// Under which key.
    pub fn key(&self) -> &IdempotencyKey {
        &self.key
    }

    /// The run whose reads prove it.
    pub fn run(&self) -> RunId {
        self.run
    }
}

/// The sales order of an exchange that may be entered, once: its units are proved to be credited, and it is worth what they
/// were credited with, and what was paid on top, less what was paid back.
///
/// ```compile_fail
/// # use returns_sync::{evidence::ExchangeRequest, journal::ExchangeIntent, policy::ExchangeSite};
/// # use sage200_client::{DeliveryAddress, TaxTable};
/// // Without credit notes there are no new goods.
/// fn exchange(intent: &ExchangeIntent, to: &DeliveryAddress, table: &TaxTable, site: &ExchangeSite) {
///     let _ = ExchangeRequest::new(None, intent, to, table, site);
/// }
/// ```
///
/// A line has no price of its own, so new goods for nothing can't be asked for against goods credited in full:
///
/// ```compile_fail
/// # use returns_sync::journal::ReplacementLine;
/// # use returns_wire::{Currency, Money};
/// fn for_nothing(line: ReplacementLine) -> ReplacementLine {
///     ReplacementLine { unit_price: Money::zero(Currency::GBP), ..line }
/// }
/// ```
#[derive(Debug)]
#[must_use = "nothing is entered until it is sent"]
pub struct ExchangeRequest<'t> {
    run: RunId,
    draft: OrderDraft<'t>,
}

/// The order of an exchange that can't be built from an intent and its credit notes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeRefused {
    /// The proofs are for other units, or for another RMA.
    #[error("the credit notes prove units {proved}, the exchange is for units {asked}")]
    OtherUnits {
        /// Units proved.
        proved: String,
        /// Units to be exchanged.
        asked: String,
    },
    /// Another amount than was credited.
    #[error("credited are {credited}, the exchange reckons with {asked}")]
    Amount {
        /// What the units were credited with.
        credited: Money,
        /// What the exchange reckons with.
        asked: Money,
    },
    /// Amounts that can't be added.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// Rules of Sage or of its values.
    #[error("{0}")]
    Draft(String),
}

impl<'t> ExchangeRequest<'t> {
    /// Spends credit notes on an order for exactly their units and exactly what these were credited with. VAT codes are
    /// resolved anew against `table`.
    ///
    /// # Errors
    /// [`ExchangeRefused`].
    pub fn new(
        credits: Vec<CreditNoteConfirmed>,
        intent: &ExchangeIntent,
        address: &DeliveryAddress,
        table: &'t TaxTable,
        site: &ExchangeSite,
    ) -> Result<Self, ExchangeRefused> {
        let asked: BTreeSet<_> = intent.units.iter().collect();
        let proved: Vec<_> = credits.iter().flat_map(|credit| &credit.units).collect();
        let other = || ExchangeRefused::OtherUnits {
            proved: names(proved.iter().copied()),
            asked: names(asked.iter().copied()),
        };
        let run = credits.first().map(|credit| credit.run).ok_or_else(other)?;
        let of_rma = |credit: &CreditNoteConfirmed| format!("RMA{}", credit.rma) == intent.rma_no.as_str();
        let same: BTreeSet<_> = proved.iter().copied().collect();
        if same != asked
            || proved.len() != asked.len()
            || intent.units.len() != asked.len()
            || !credits.iter().all(|credit| of_rma(credit) && credit.run == run)
        {
            return Err(other());
        }
        let credited = total(credits.iter().map(|credit| credit.gross))?;
        if credited != intent.credited {
            return Err(ExchangeRefused::Amount { credited, asked: intent.credited });
        }
        let draft = exchange_draft(intent, address, table, site).map_err(ExchangeRefused::Draft)?;
        Ok(Self { run, draft })
    }

    /// What will be entered.
    pub fn draft(&self) -> &OrderDraft<'t> {
        &self.draft
    }

    /// The run whose reads prove it.
    pub fn run(&self) -> RunId {
        self.run
    }
}

/// A parcel that ReturnGO may be told to be validated, once: all its units are proved to be credited, or to be worth nothing.
/// ReturnGO refunds them.
///
/// ```compile_fail
/// # use returns_sync::evidence::ValidationRequest;
/// # use returngo_client::{Rma, ShipmentId};
/// // Without credit notes there is no validation.
/// fn validate(rma: &Rma, parcel: &ShipmentId) {
///     let _ = ValidationRequest::new(None, None, rma, parcel);
/// }
/// ```
#[derive(Debug)]
#[must_use = "nothing is validated until it is sent"]
pub struct ValidationRequest {
    run: RunId,
    draft: ShipmentValidation,
}

impl ValidationRequest {
    /// Spends releases on the parcel that holds exactly their units, and those that are worth nothing.
    ///
    /// # Errors
    /// [`RefundRefused`]: proofs of another RMA or run, no release, or units that are not exactly the parcel's.
    pub fn new(
        releases: Vec<RefundRelease>,
        worthless: Option<NothingToCredit>,
        rma: &Rma,
        shipment: &ShipmentId,
    ) -> Result<Self, RefundRefused> {
        let worthless = worthless.map(|proof| proof.receipt);
        let released = releases.iter().flat_map(RefundRelease::units);
        let units: Vec<_> = released.chain(worthless.iter().flat_map(|receipt| &receipt.units)).cloned().collect();
        let Some(run) = releases.first().map(RefundRelease::run) else {
            return Err(RefundRefused::OtherUnits { proved: String::new(), asked: shipment.to_string() });
        };
        let foreign = releases.iter().any(|release| release.rma() != rma.id() || release.run() != run);
        if foreign || worthless.is_some_and(|receipt| receipt.rma != *rma.id() || receipt.run != run) {
            return Err(RefundRefused::OtherUnits { proved: names(&units), asked: format!("RMA {}", rma.id()) });
        }
        let draft = ShipmentValidation::new(rma, shipment, &units);
        draft.map(|draft| Self { run, draft }).map_err(|error| RefundRefused::Draft(error.to_string()))
    }

    /// What is said.
    pub fn draft(&self) -> &ShipmentValidation {
        &self.draft
    }

    /// The run whose reads prove it.
    pub fn run(&self) -> RunId {
        self.run
    }
}

impl RefundRelease {
    /// Spends the proof of a credit note on releasing the refund of its units.
    pub fn new(credit: CreditNoteConfirmed) -> Self {
        Self { credit }
    }

    /// The RMA.
    pub fn rma(&self) -> &RmaId {
        &self.credit.rma
    }

    /// The units.
    pub fn units(&self) -> impl Iterator<Item = &ReturnedItemId> {
        self.credit.units.iter()
    }

    /// What they were credited with.
    pub fn gross(&self) -> Money {
        self.credit.gross
    }

    /// The transactions that stand for it in the ledger.
    pub fn urns(&self) -> &[Urn] {
        &self.credit.urns
    }

    /// The run whose reads prove it.
    pub fn run(&self) -> RunId {
        self.credit.run
    }
}
