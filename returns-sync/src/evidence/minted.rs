//! The one file that mints proofs.

use super::{CreditNoteConfirmed, NothingToCredit, ReceiptConfirmed};
use crate::{
    journal::{CreditIntent, HandUnit, PreparedReturn, Record, ReturnCredit, ReturnStage, RunId, total},
    policy::{KeptGoods, Policy, ReceiptProof},
    rules::{
        CreditBook, ReturnBook, Stand, arrived, effect_of, is_running, is_there, is_under, keeps, mentions,
        shows_goods, stand, still_stands,
    },
};
use returngo_client::{Inspection, Item, ReturnGo, ReturnedItemId, Rma, RmaId};
use returns_wire::{Error, Money};
use rust_decimal::Decimal;
use sage200_client::{
    Company, Id, InvoiceCreditView, OrderLine, OrderView, ReturnLineView, TransactionType, TransactionView, Urn,
};
use std::collections::{BTreeMap, BTreeSet};

/// Something read from its owning system in this run, by this type itself.
#[derive(Debug)]
pub struct Fresh<T> {
    value: T,
    rma: RmaId,
    run: RunId,
}

impl<T> Fresh<T> {
    /// What was read.
    pub fn get(&self) -> &T {
        &self.value
    }
}

/// What Sage's books hold for one RMA.
#[derive(Debug)]
pub struct Books {
    /// Transactions of the sales ledger whose references hold the RMA's number.
    pub ledger: Vec<TransactionView>,
    /// Sales returns that hold the RMA's number.
    pub returns: Vec<OrderView>,
    /// What Sage shows of our own sales returns.
    pub ours: Vec<ReturnBook>,
}

/// What the receipt of units is proved by.
pub(crate) struct Proof<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) record: &'p Record,
    pub(crate) books: Option<&'p Fresh<Books>>,
}

impl Fresh<Rma> {
    pub(crate) async fn rma(client: &ReturnGo, id: &RmaId, run: RunId) -> Result<Self, Error> {
        let value = client.rmas().get(id).await?;
        Ok(Self { rma: value.id().clone(), value, run })
    }

    /// Proves the receipt of units: each is in the RMA, nobody says that it did not come, and what the policy asks for is
    /// shown.
    pub(crate) fn receipt<'u>(
        &self,
        units: impl IntoIterator<Item = &'u ReturnedItemId>,
        proof: &Proof<'_>,
    ) -> Result<ReceiptConfirmed, String> {
        let mut proved = BTreeSet::new();
        for unit in units {
            let here = self.value.items.iter().find(|item| item.returned_item_id == *unit);
            let here = here.ok_or_else(|| format!("unit {unit} is not in the RMA"))?;
            self.is_received(here, proof)?;
            proved.insert(unit.clone());
        }
        Ok(ReceiptConfirmed { rma: self.rma.clone(), units: proved, run: self.run })
    }

    /// Proves that units are here and that a run before has found them to be sold for nothing; none when there are no units.
    pub(crate) fn nothing_to_credit(
        &self,
        units: &[ReturnedItemId],
        proof: &Proof<'_>,
    ) -> Result<Option<NothingToCredit>, String> {
        if let Some(unit) = units.iter().find(|unit| !proof.record.is_worth_nothing(unit)) {
            return Err(format!("unit {unit} is worth something"));
        }
        let receipt = self.receipt(units, proof)?;
        Ok((!units.is_empty()).then_some(NothingToCredit { receipt }))
    }

    fn is_received(&self, item: &Item, proof: &Proof<'_>) -> Result<(), String> {
        let unit = &item.returned_item_id;
        if keeps(item) {
            let credited = proof.policy.kept_goods == KeptGoods::CreditNote && is_running(self.value.status());
            return credited.then_some(()).ok_or_else(|| format!("unit {unit} stays with the customer"));
        }
        let not = || format!("unit {unit} is not proved to be received");
        let inspected = match item.inspection() {
            Inspection::Returned { .. } => true,
            Inspection::NotInspected => false,
            Inspection::NotReturned { .. } => return Err(not()),
        };
        let on_return = proof.record.prepared(unit);
        let received = match (proof.policy.receipt_proof, on_return) {
            (ReceiptProof::ParcelReceived, _) => inspected || arrived(&self.value, item),
            (ReceiptProof::SageGoodsIn, Some(of)) => {
                let books = proof.books.ok_or("Sage's books were not read")?;
                shows_goods(of, unit, &books.value.ours)?;
                true
            }
            (ReceiptProof::ItemValidated, _) | (ReceiptProof::SageGoodsIn, None) => inspected,
        };
        if received { Ok(()) } else { Err(not()) }
    }
}

impl Fresh<Books> {
    /// Every document in Sage that carries the RMA, and what is received and credited on our own sales returns.
    /// `known`: the sales returns that hold the RMA's number, if they were read before.
    pub(crate) async fn books(
        company: &Company,
        rma: &RmaId,
        record: &Record,
        known: Option<Vec<OrderView>>,
        run: RunId,
    ) -> Result<Self, Error> {
        // The ledger first: a credit note that it shows is then shown by its return as well.
        let ledger = company.transactions_mentioning(rma.as_str()).await?;
        let mut returns = match known {
            Some(returns) => returns,
            None => company.returns_mentioning(rma.as_str()).await?,
        };
        returns.retain(|row| row.customer_document_no.as_deref().is_some_and(|text| mentions(text, rma)));
        let mut ours = Vec::new();
        for of in &record.returns {
            if let Some(book) = read_book(company, of, record, &returns).await? {
                ours.push(book);
            }
        }
        Ok(Self { value: Books { ledger, returns, ours }, rma: rma.clone(), run })
    }

    /// Proves that a credit note of ours stands in the ledger, once and unchanged, for some of its units.
    pub(crate) fn credited(
        &self,
        intent: &CreditIntent,
        units: &[ReturnedItemId],
    ) -> Result<CreditNoteConfirmed, String> {
        let Stand::Once(urns) = stand(&self.value.ledger, intent) else {
            return Err(format!("credit note {} does not stand as it was sent", intent.second_reference));
        };
        let covers = intent.units.iter().map(|value| (&value.unit, [value.net, value.vat]));
        self.confirmed(urns, units, &covers.collect::<Vec<_>>())
    }

    /// Proves that a credit note posted from a sales return of ours stands in the ledger, worth what it was when it was
    /// compared with its units.
    pub(crate) fn credited_by_return(
        &self,
        of: &PreparedReturn,
        credit: &ReturnCredit,
        units: &[ReturnedItemId],
    ) -> Result<CreditNoteConfirmed, String> {
        still_stands(of, credit, &self.value.ours)?;
        let on_it = credit.units.iter().filter_map(|(unit, _)| of.value(unit));
        let covers = on_it.map(|value| (&value.unit, [value.net, value.vat]));
        self.confirmed(credit.urns.clone(), units, &covers.collect::<Vec<_>>())
    }

    /// Proves that somebody else's credit notes stand and are together worth these units, a penny on the net and a
    /// penny on the VAT aside.
    pub(crate) fn credited_by_hand(
        &self,
        urns: &[Urn],
        covers: &[HandUnit],
        units: &[ReturnedItemId],
    ) -> Result<CreditNoteConfirmed, String> {
        let effect = effect_of(&self.value.ledger, urns).ok_or("the credit notes by hand are not in the ledger")?;
        let worth = total(covers.iter().map(|unit| unit.gross)).map_err(|error| error.to_string())?;
        let allowed = worth.currency().smallest() * Decimal::TWO;
        if (effect.net + effect.vat - worth.amount()).abs() > allowed {
            return Err(format!("{effect}; the units are worth {worth}"));
        }
        // Only units that we could value ourselves are ours to release.
        let ours = covers.iter().filter_map(|unit| Some((&unit.unit, unit.value.as_ref()?)));
        let values = ours.map(|(unit, value)| (unit, [value.net, value.vat]));
        self.confirmed(urns.to_vec(), units, &values.collect::<Vec<_>>())
    }

    fn confirmed(
        &self,
        urns: Vec<Urn>,
        units: &[ReturnedItemId],
        covers: &[(&ReturnedItemId, [Money; 2])],
    ) -> Result<CreditNoteConfirmed, String> {
        if let Some(unit) = units.iter().find(|unit| !covers.iter().any(|(covered, _)| covered == unit)) {
            return Err(format!("unit {unit} is not on the credit note"));
        }
        let proved = covers.iter().filter(|(unit, _)| units.contains(unit));
        let gross = total(proved.flat_map(|(_, amounts)| *amounts)).map_err(|error| error.to_string())?;
        let units = units.iter().cloned().collect();
        Ok(CreditNoteConfirmed { rma: self.rma.clone(), units, gross, urns, run: self.run })
    }
}

/// One sales return of ours, as far as something may still follow from it: what is not credited, or not paid.
async fn read_book(
    company: &Company,
    of: &PreparedReturn,
    record: &Record,
    returns: &[OrderView],
) -> Result<Option<ReturnBook>, Error> {
    let open = of.change.is_some() || of.uncredited().next().is_some();
    // What was settled and credited all the same is looked at whether it is paid or not.
    let over = |unit: &ReturnedItemId| record.refunded.contains(unit) && !record.settled.contains(unit);
    let unpaid = of.credits.iter().flat_map(|(_, credit)| &credit.units).any(|(unit, _)| !over(unit));
    let gone = matches!(of.stage, ReturnStage::Abandoned | ReturnStage::Deleted | ReturnStage::Left { .. });
    if gone || !(open || unpaid || matches!(of.stage, ReturnStage::Rejected { .. })) {
        return Ok(None);
    }
    let key = &of.intent.key;
    let mut documents: Vec<_> = returns.iter().filter(|row| is_under(row, key.as_str())).cloned().collect();
    documents.retain(|row| is_there(row.document_status.as_ref()));
    let (mut lines, mut shown) = (Vec::new(), Vec::new());
    if let [document] = documents.as_slice() {
        lines = company.return_lines(document.id).await?;
        let credited = |line: &ReturnLineView| line.invoice_credit_quantity.is_none_or(|value| !value.get().is_zero());
        if lines.iter().any(credited) {
            shown = company.invoices_and_credits(document.id).await?;
        }
    }
    let mut credits = Vec::new();
    let number = |row: &InvoiceCreditView| Some(row.invoice_credit_document_no.as_deref()?.trim().to_owned());
    let noted = of.credits.iter().map(|(_, credit)| credit.credit_note.clone());
    let numbers: BTreeSet<_> = shown.iter().filter_map(number).chain(noted).collect();
    let mut by_line: Option<BTreeMap<String, BTreeMap<Id<OrderLine>, Decimal>>> = None;
    for one in numbers {
        if one.is_empty() {
            continue;
        }
        let mut ledger = company.transactions_with_reference(&one).await?;
        // Numbers of other accounts are alike by chance, and so are second references.
        ledger.retain(|row| {
            row.customer_id == Some(of.intent.order.customer)
                && row.reference.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case(&one))
        });
        // Invoices may have the same numbers; what takes a credit note back carries both its references.
        let seconds: BTreeSet<_> = ledger.iter().filter(|row| is_credit(row)).map(second).collect();
        ledger.retain(|row| seconds.contains(&second(row)));
        let printed = shown.iter().find(|row| number(row).as_deref() == Some(one.as_str())).cloned();
        let known = of.credits.iter().any(|(_, credit)| credit.credit_note == one);
        let mut on_it = BTreeMap::new();
        if !known && !lines.is_empty() {
            if by_line.is_none() {
                by_line = Some(credited_lines(company, &lines).await?);
            }
            on_it = by_line.as_ref().and_then(|all| all.get(&one)).cloned().unwrap_or_default();
        }
        credits.push(CreditBook { number: one, printed, lines: on_it, ledger });
    }
    Ok(Some(ReturnBook { key: key.clone(), documents, lines, credits }))
}

fn is_credit(row: &TransactionView) -> bool {
    row.transaction_type == Some(TransactionType::CreditNote)
}

fn second(row: &TransactionView) -> String {
    row.second_reference.as_deref().unwrap_or_default().trim().to_ascii_uppercase()
}

/// How much of each line each credit note credits.
async fn credited_lines(
    company: &Company,
    lines: &[ReturnLineView],
) -> Result<BTreeMap<String, BTreeMap<Id<OrderLine>, Decimal>>, Error> {
    let mut found: BTreeMap<String, BTreeMap<Id<OrderLine>, Decimal>> = BTreeMap::new();
    for line in lines {
        if line.invoice_credit_quantity.is_some_and(|value| value.get().is_zero()) {
            continue;
        }
        for row in company.line_invoices_and_credits(line.id).await? {
            let number = row.invoice_credit_document_no.as_deref().unwrap_or_default().trim().to_owned();
            let quantity = row.quantity.map_or(Decimal::ZERO, |value| value.get());
            *found.entry(number).or_default().entry(line.id).or_default() += quantity;
        }
    }
    Ok(found)
}
