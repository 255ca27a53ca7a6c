//! Sales returns of ours: entered when the RMA is approved, watched while people in Sage receive goods on them and credit
//! them.

use super::{
    CreditBook, DocumentFacts, Release, ReturnBook, Standing, Step,
    credit::live_returns,
    decide::{Deciding, Next, is_running},
    return_books::{
        CreditStand, Differs, Group, compare, credit_stand, inspected_rank, likeliest, parts_left, place_of,
        still_stands,
    },
    settle::{Look, TRY_REFUSED_AGAIN, look_again},
    units,
};
use crate::{
    exception::Code,
    journal::{
        ChangeOutcome, Event, PendingChange, PreparedReturn, PreparedUnit, ReturnChange, ReturnOutcome, ReturnStage,
    },
};
use returngo_client::{Inspection, Item, ReturnedItemId, RmaStatus};
use sage200_client::{Id, Order};
use std::collections::BTreeSet;

/// So often a change is sent before a person is asked.
const TRIES: u32 = 3;

pub(super) fn note(event: Event) -> Option<Next> {
    Some((Some(Step::Note(Box::new(event))), Standing::Crediting))
}

pub(super) fn units_of(of: &PreparedReturn) -> Vec<ReturnedItemId> {
    of.uncredited().map(|unit| unit.value.unit.clone()).collect()
}

/// What people call a return: Sage's number, or our key while that is not known.
pub(super) fn name(of: &PreparedReturn) -> String {
    match &of.stage {
        ReturnStage::Found { document_no } if !document_no.is_empty() => format!("sales return {document_no}"),
        _ => format!("sales return {}", of.intent.key),
    }
}

impl<'f> Deciding<'f> {
    /// Sales returns of ours are settled before anything new is decided; what people did on them is noted.
    pub(super) fn settle_returns(&mut self) -> Option<Next> {
        let record = self.facts.record();
        for (position, of) in record.returns.iter().enumerate() {
            // A refused one that was tried again is settled with the later attempt, which has its key.
            if record.returns.iter().skip(position + 1).any(|later| later.intent.key == of.intent.key) {
                continue;
            }
            let settled = |unit: &PreparedUnit| record.settled.contains(&unit.value.unit);
            let refused = matches!(of.stage, ReturnStage::Rejected { .. }) && !of.intent.units.iter().all(settled);
            let open = of.change.is_some() || of.uncredited().next().is_some();
            if !(refused || of.is_live() && open) {
                continue;
            }
            let next = match self.facts.documents {
                Some(documents) if of.change.is_none() && of.uncredited().all(settled) && !refused => {
                    self.settled_return(of, documents)
                }
                Some(documents) => self.settle_return(of, documents),
                None if refused => self.refused(of),
                None => {
                    self.wait_ours(format!("{} to be looked up in Sage", name(of)), None);
                    Some((None, Standing::Crediting))
                }
            };
            if next.is_some() {
                return next;
            }
        }
        None
    }

    fn settle_return(&mut self, of: &'f PreparedReturn, documents: &'f DocumentFacts) -> Option<Next> {
        let book = documents.books.iter().find(|book| book.key == of.intent.key);
        match book.map(|book| (book, book.documents.as_slice())) {
            None | Some((_, [])) => self.absent(of, documents),
            Some((book, [document])) => {
                let document_no = document.document_no.clone().unwrap_or_default().trim().to_owned();
                // Read back for the first time, or entered again by a person under the same key.
                if !matches!(&of.stage, ReturnStage::Found { document_no: known } if *known == document_no) {
                    let (rma, key) = (self.facts.rma.id().clone(), of.intent.key.clone());
                    return note(Event::ReturnFound { rma, key, document_no });
                }
                if document.customer_id.is_some_and(|customer| customer != of.intent.order.customer) {
                    let text = format!("{} stands on another account than {}", name(of), of.intent.order.account);
                    self.find(Code::ReturnChanged, units_of(of), text);
                    return Some((None, Standing::Held));
                }
                // It is taken off all lines after they are added up.
                if let Some(percent) = document.document_discount_percent.filter(|percent| !percent.get().is_zero()) {
                    let text = format!("{} has a discount of {}%", name(of), percent.get().normalize());
                    self.find(Code::ReturnChanged, units_of(of), text);
                    return Some((None, Standing::Held));
                }
                self.present(of, book, document.id)
            }
            Some((_, several)) => {
                let numbers = several.iter().filter_map(|row| row.document_no.as_deref()).map(str::trim);
                let text = format!("{}: {}", of.intent.key, numbers.collect::<Vec<_>>().join(" and "));
                self.find(Code::ReturnDoubled, units_of(of), text);
                Some((None, Standing::Held))
            }
        }
    }

    /// Refused by Sage: tried again later, under the same key.
    fn refused(&mut self, of: &PreparedReturn) -> Option<Next> {
        let ReturnStage::Rejected { at, message, in_use } = &of.stage else { return None };
        let pause = if *in_use { self.policy.settle } else { TRY_REFUSED_AGAIN };
        if self.now - *at >= pause {
            return None;
        }
        let units = of.intent.values().map(|value| value.unit.clone()).collect();
        self.find(Code::SageRefused, units, format!("{}: {message}", name(of)));
        Some((None, Standing::Held))
    }

    /// Sage does not show it.
    fn absent(&mut self, of: &'f PreparedReturn, documents: &DocumentFacts) -> Option<Next> {
        let (rma, key) = (self.facts.rma.id().clone(), of.intent.key.clone());
        if let Some(PendingChange { change: ReturnChange::Delete { .. }, .. }) = &of.change {
            return note(Event::ReturnChangeEnded { rma, key, outcome: ChangeOutcome::Done });
        }
        match &of.stage {
            ReturnStage::Open(lookup) => match look_again(*lookup, of.sent_at, self.policy.settle, self.now) {
                Look::SendAgain => Some((Some(self.again_return(of, documents)), Standing::AwaitingGoods)),
                Look::Now => note(Event::ReturnNotFound { rma, key }),
                Look::At(until) => {
                    self.wait_ours(format!("Sage's answer to {} was lost; Sage is asked again", name(of)), Some(until));
                    Some((None, Standing::AwaitingGoods))
                }
            },
            ReturnStage::NotSent { run, message } => {
                if *run == self.run {
                    self.wait_ours(format!("{} to be sent by the next run: {message}", name(of)), None);
                    return Some((None, Standing::AwaitingGoods));
                }
                Some((Some(self.again_return(of, documents)), Standing::AwaitingGoods))
            }
            ReturnStage::Made { at, .. } if self.now - *at < self.policy.settle => {
                self.wait_ours(format!("{} to appear in Sage", name(of)), Some(*at + self.policy.settle));
                Some((None, Standing::AwaitingGoods))
            }
            ReturnStage::Made { .. } | ReturnStage::Found { .. } => {
                let text = format!("{} (customer document number {key})", name(of));
                self.find(Code::ReturnGone, units_of(of), text);
                Some((None, Standing::Held))
            }
            ReturnStage::Rejected { .. } => self.refused(of),
            ReturnStage::Abandoned | ReturnStage::Deleted | ReturnStage::Left { .. } => None,
        }
    }

    /// Sends a return again that was proved not to be in Sage, unless the RMA or Sage's books changed meanwhile.
    fn again_return(&self, of: &PreparedReturn, documents: &DocumentFacts) -> Step {
        let others = live_returns(documents, self.facts.record()).len() + self.unclaimed(documents).len();
        let changed = of.uncredited().find_map(|unit| self.leaves(unit));
        let why = match changed {
            _ if !is_running(self.facts.rma.status()) => {
                Some(format!("the RMA is {}", self.facts.rma.status().as_str()))
            }
            Some(why) => Some(why),
            None if others > 0 => Some(format!("{others} document(s) of others carry the RMA")),
            None => None,
        };
        match why {
            None => Step::PrepareReturn { intent: of.intent.clone(), resend: true },
            Some(message) => {
                let (rma, key) = (self.facts.rma.id().clone(), of.intent.key.clone());
                let outcome = ReturnOutcome::Abandoned { message };
                Step::Note(Box::new(Event::ReturnEnded { rma, key, outcome }))
            }
        }
    }

    /// Why a unit must not stay on its return, before goods are received for it.
    fn leaves(&self, unit: &PreparedUnit) -> Option<String> {
        let rma = self.facts.rma;
        let id = &unit.value.unit;
        let Some(item) = rma.items.iter().find(|item| item.returned_item_id == *id) else {
            return Some(format!("unit {id} is no longer in the RMA"));
        };
        if matches!(item.inspection(), Inspection::NotReturned { .. }) {
            return Some(format!("unit {id} was inspected as not returned"));
        }
        if let Some((_, why)) = units::unsupported(rma, self.policy, item) {
            return Some(format!("unit {id}: {why}"));
        }
        if units::keeps(item) {
            return Some(format!("unit {id} stays with the customer"));
        }
        let sku = item.sku.as_deref().unwrap_or_default().trim();
        if !sku.eq_ignore_ascii_case(unit.value.sku.trim()) {
            return Some(format!("unit {id} is {sku} now, it was {}", unit.value.sku));
        }
        let taken = unit.value.fee.map_or(rust_decimal::Decimal::ZERO, |fee| fee.net.amount() + fee.vat.amount());
        let of_rma = unit.value.fee.is_some_and(|fee| fee.of_rma);
        let due = units::fee_of_unit(item) + if of_rma { units::fee_of_rma(rma).ok()? } else { Default::default() };
        (due != taken).then(|| format!("unit {id}: its fees are {due} now, they were {taken}"))
    }

    /// The one document, as Sage shows it.
    fn present(&mut self, of: &'f PreparedReturn, book: &'f ReturnBook, document: Id<Order>) -> Option<Next> {
        if let Some(pending) = &of.change {
            return self.settle_change(of, pending, book, document);
        }
        let groups = match compare(&of.intent, of.units(), &book.lines) {
            Ok(groups) => groups,
            Err(Differs { text, wrong_item }) => {
                let code = if wrong_item { Code::WrongItem } else { Code::ReturnChanged };
                self.find(code, units_of(of), format!("{}: {text}", name(of)));
                return Some((None, Standing::Held));
            }
        };
        self.goods_moved(of, &groups)
            .or_else(|| self.goods_received(of, &groups))
            .or_else(|| self.credits_posted(of, book, &groups))
            .or_else(|| self.take_off(of, &groups, document))
            .or_else(|| self.settled_goods(of))
    }

    /// Goods and credit notes count for lines that are alike, and are noted for the units that were likeliest then. Where
    /// a later inspection says that others of them are here, they are given to those, as long as no money depends on it.
    fn goods_moved(&self, of: &PreparedReturn, groups: &[Group<'_>]) -> Option<Next> {
        let record = self.facts.record();
        let fixed = |unit: &ReturnedItemId| {
            let paid =
                record.released.contains(unit) || record.refunded.contains(unit) || record.settled.contains(unit);
            paid || record.refund_of(unit).is_some() || record.validated(unit).is_some()
        };
        let rank = |unit: &ReturnedItemId| inspected_rank(self.facts, unit);
        let lines = |unit: &ReturnedItemId| groups.iter().map(|group| group.lines_of(unit)).collect::<Vec<_>>();
        let noted = |unit: &ReturnedItemId| of.received.contains_key(unit) || of.is_credited(unit);
        let (mut holding, mut free): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
        for unit in of.units().filter(|unit| !fixed(&unit.value.unit)) {
            let id = &unit.value.unit;
            if noted(id) {
                holding.push(id);
            } else if self.leaves(unit).is_none() {
                free.push(id);
            }
        }
        holding.sort_by_key(|unit| std::cmp::Reverse(rank(unit)));
        let (from, to) = holding.into_iter().find_map(|from| {
            let likelier = free.iter().filter(|to| rank(to) < rank(from) && lines(to) == lines(from));
            Some((from, *likelier.min_by_key(|to| rank(to))?))
        })?;
        let disposition = place_of(self.facts, self.policy, to);
        let (rma, key) = (self.facts.rma.id().clone(), of.intent.key.clone());
        note(Event::GoodsMoved { rma, key, from: from.clone(), to: to.clone(), disposition })
    }

    /// Notes on which units goods were received. Lines that are alike can't be told apart: those that ReturnGO says are
    /// here come first.
    pub(super) fn goods_received(&mut self, of: &PreparedReturn, groups: &[Group<'_>]) -> Option<Next> {
        let received: Vec<usize> = groups.iter().map(|group| group.received).collect();
        let (units, left) = likeliest(groups, &received, of, self.facts, |_| true);
        let unknown = units.iter().map(|unit| &unit.value.unit).filter(|unit| !of.received.contains_key(*unit));
        let new: Vec<_> = unknown.cloned().collect();
        let parts = parts_left(groups, &left);
        if !parts.is_empty() {
            let bundles = groups.iter().zip(&left).filter(|(_, left)| **left > 0).flat_map(|(group, _)| &group.units);
            let open = bundles.map(|unit| unit.value.unit.clone()).filter(|unit| !of.received.contains_key(unit));
            let open: BTreeSet<_> = open.filter(|unit| !new.contains(unit)).collect();
            let text = format!("{}: Sage shows a bundle received in part: {parts}, and not the rest of it", name(of));
            self.find(Code::QuantityMismatch, open.into_iter().collect(), text);
        }
        for group in groups {
            let said = |wanted: fn(&Inspection) -> bool| {
                let items = self.facts.rma.items.iter();
                let of_group = items.filter(|i| group.units.iter().any(|unit| unit.value.unit == i.returned_item_id));
                of_group.filter(|item| wanted(&item.inspection())).count()
            };
            let missing = said(|inspection| matches!(inspection, Inspection::NotReturned { .. }));
            if group.received + missing > group.units.len() {
                let sku = group.sku;
                let units = group.units.iter().map(|unit| unit.value.unit.clone()).collect();
                let text = format!(
                    "{}: Sage shows {} x {sku} received, and ReturnGO says that {missing} of {} did not come",
                    name(of),
                    group.received,
                    group.units.len()
                );
                self.find(Code::QuantityMismatch, units, text);
            }
        }
        let (rma, key) = (self.facts.rma.id().clone(), of.intent.key.clone());
        if new.is_empty() { None } else { note(Event::GoodsReceived { rma, key, units: new }) }
    }

    /// Notes credit notes that stand in the ledger; tells those that are not what they should be.
    fn credits_posted(&mut self, of: &PreparedReturn, book: &ReturnBook, groups: &[Group<'_>]) -> Option<Next> {
        let known = |credit: &&CreditBook| !of.credits.iter().any(|(_, known)| known.credit_note == credit.number);
        for credit in book.credits.iter().filter(known) {
            match credit_stand(of, groups, credit, self.facts, self.policy) {
                CreditStand::Stands(credit) => {
                    let (rma, key) = (self.facts.rma.id().clone(), of.intent.key.clone());
                    return note(Event::ReturnCredited { rma, key, credit });
                }
                CreditStand::NotPosted => {}
                CreditStand::Differs(text) => {
                    self.find(Code::CreditNoteDiffers, units_of(of), format!("{}: {text}", name(of)));
                }
            }
        }
        None
    }

    /// Has the parcel of a unit arrived, or does anybody say that its goods are here?
    fn may_be_here(&self, unit: &ReturnedItemId) -> bool {
        let rma = self.facts.rma;
        let is_here = |item: &Item| match item.inspection() {
            Inspection::Returned { .. } => true,
            Inspection::NotInspected => units::arrived(rma, item),
            Inspection::NotReturned { .. } => false,
        };
        rma.items.iter().filter(|item| item.returned_item_id == *unit).any(is_here)
    }

    /// Units that must not stay on the return, and for which nothing was received.
    pub(super) fn take_off(&mut self, of: &PreparedReturn, groups: &[Group<'_>], document: Id<Order>) -> Option<Next> {
        let rma = self.facts.rma;
        let called_off = matches!(rma.status(), RmaStatus::Rejected | RmaStatus::Canceled);
        let settled = |unit: &PreparedUnit| self.facts.record().settled.contains(&unit.value.unit);
        if !called_off && !is_running(rma.status()) && !of.uncredited().any(settled) {
            return None;
        }
        let over = *rma.status() == RmaStatus::Done && !self.is_watched();
        let (mut leaving, mut lines, mut reason) = (Vec::new(), Vec::new(), None);
        let mut untouched: Vec<_> = groups.iter().map(|group| group.untouched.as_slice()).collect();
        for unit in of.uncredited().filter(|unit| !of.received.contains_key(&unit.value.unit)) {
            let id = &unit.value.unit;
            let text = match called_off {
                _ if self.facts.record().settled.contains(id) => Some(format!("a person has settled unit {id}")),
                true => Some(format!("the RMA is {}", rma.status().as_str())),
                false if over && !self.may_be_here(id) => Some("the RMA is Done, and the goods never came".to_owned()),
                false => self.leaves(unit),
            };
            let Some(text) = text else { continue };
            let taken = groups.iter().zip(&untouched).map(|(group, free)| free.split_at_checked(group.lines_of(id)));
            let Some(taken) = taken.collect::<Option<Vec<_>>>() else {
                let text = format!("{}: {text}, and there is no line of one unit to take off", name(of));
                self.find(Code::ReturnChangeRefused, vec![id.clone()], text);
                continue;
            };
            lines.extend(taken.iter().flat_map(|(its, _)| its.iter().copied()));
            untouched = taken.into_iter().map(|(_, free)| free).collect();
            leaving.push(id.clone());
            reason.get_or_insert(text);
        }
        let why = reason?;
        if let Some((at, message)) = &of.refused_change
            && self.now - *at < TRY_REFUSED_AGAIN
        {
            self.find(Code::ReturnChangeRefused, leaving, format!("{} ({why}): {message}", name(of)));
            return None;
        }
        let all = of.credits.is_empty() && of.received.is_empty() && leaving.len() == of.units().count();
        let change = if all { ReturnChange::Delete { why } } else { ReturnChange::Drop { units: leaving, why } };
        let key = of.intent.key.clone();
        let step = Step::ChangeReturn { key, document, lines, change, resend: false };
        Some((Some(step), Standing::AwaitingGoods))
    }

    /// A change that was sent: seen in Sage, sent again, or given up.
    fn settle_change(
        &mut self,
        of: &PreparedReturn,
        pending: &PendingChange,
        book: &ReturnBook,
        document: Id<Order>,
    ) -> Option<Next> {
        let ended = |outcome| {
            note(Event::ReturnChangeEnded { rma: self.facts.rma.id().clone(), key: of.intent.key.clone(), outcome })
        };
        let leaving: BTreeSet<_> = match &pending.change {
            ReturnChange::Drop { units, .. } => units.iter().cloned().collect(),
            ReturnChange::Delete { .. } => of.units().map(|unit| unit.value.unit.clone()).collect(),
        };
        let stays = |unit: &&PreparedUnit| !leaving.contains(&unit.value.unit);
        let deletes = matches!(pending.change, ReturnChange::Delete { .. });
        if !deletes && compare(&of.intent, of.units().filter(stays), &book.lines).is_ok() {
            return ended(ChangeOutcome::Done);
        }
        let groups = match compare(&of.intent, of.units(), &book.lines) {
            Ok(groups) => groups,
            Err(differs) => {
                let why = pending.change.why();
                let text = format!("{}: {}, while units were taken off ({why})", name(of), differs.text);
                self.find(Code::ReturnChanged, units_of(of), text);
                return Some((None, Standing::Held));
            }
        };
        let mut lines = Vec::new();
        for group in &groups {
            let going = group.units.iter().filter(|unit| leaving.contains(&unit.value.unit)).count();
            if going > group.untouched.len() {
                let message = "goods were received, or lines changed, in Sage meanwhile".to_owned();
                return ended(ChangeOutcome::Abandoned { message });
            }
            lines.extend(group.untouched.iter().copied().take(going));
        }
        match (pending.not_sent, pending.sent_at + self.policy.settle) {
            (Some(run), _) if run == self.run => {
                self.wait_ours(format!("{} to be changed by the next run", name(of)), None);
            }
            (None, until) if self.now < until => {
                self.wait_ours(format!("Sage to show {} without what was taken off", name(of)), Some(until));
            }
            // A refusal need not say that nothing was done; said again and again, it is one.
            _ if pending.tries >= TRIES && self.now - pending.sent_at < TRY_REFUSED_AGAIN => {
                let said = pending.message.as_deref().unwrap_or("Sage took it and did nothing");
                let text = format!("{} ({}), {} times: {said}", name(of), pending.change.why(), pending.tries);
                self.find(Code::ReturnChangeRefused, leaving.into_iter().collect(), text);
                return Some((None, Standing::Held));
            }
            _ => {
                let (key, change) = (of.intent.key.clone(), pending.change.clone());
                let step = Step::ChangeReturn { key, document, lines, change, resend: true };
                return Some((Some(step), Standing::AwaitingGoods));
            }
        }
        Some((None, Standing::AwaitingGoods))
    }

    /// Units on sales returns of ours on whose lines goods were received, and that nothing credits yet.
    pub(super) fn received_on_returns(&self) -> Vec<ReturnedItemId> {
        let record = self.facts.record();
        let received = record
            .open_returns()
            .flat_map(|of| of.uncredited().map(|unit| &unit.value.unit).filter(|unit| of.received.contains_key(*unit)));
        received.filter(|unit| !record.settled.contains(*unit)).cloned().collect()
    }

    /// The credit note of a sales return that covers units and stands in the ledger as it was noted.
    pub(super) fn release_by_return(&mut self, due: &[ReturnedItemId]) -> Option<Release> {
        let (record, documents) = (self.facts.record(), self.facts.documents?);
        for of in &record.returns {
            for (_, credit) in &of.credits {
                let of_it = || credit.units.iter().map(|(unit, _)| unit);
                let units: Vec<_> = of_it().filter(|unit| due.contains(unit)).cloned().collect();
                let unpaid = |unit: &ReturnedItemId| record.released.contains(unit) && !record.refunded.contains(unit);
                if units.is_empty() && !of_it().any(unpaid) {
                    continue;
                }
                match still_stands(of, credit, &documents.books) {
                    Ok(()) if units.is_empty() => {}
                    Ok(()) => {
                        let (key, credit) = (of.intent.key.clone(), credit.clone());
                        return Some(Release::ByReturn { key, credit, units });
                    }
                    Err(why) => self.find(Code::CreditNoteDiffers, of_it().cloned().collect(), why),
                }
            }
        }
        None
    }
}

/// Does a document still hold its lines? A cancelled one does not.
pub(crate) fn is_there(status: Option<&sage200_client::DocumentStatus>) -> bool {
    status != Some(&sage200_client::DocumentStatus::Cancelled)
}
