use super::{Mode, RunError, Systems, book::Book};
use crate::{
    exception::Code,
    journal::{AdoptedAs, Event, Journal, RunId, SettledUnit},
    rules::goods,
};
use returngo_client::{ReturnedItemId, RmaId};
use sage200_client::Urn;
use shopify_returns::{OrderId, RefundId};

/// A person says that an RMA needs nothing more from us: its units, as they are in ReturnGO now, are neither credited
/// nor released any more, and its exceptions clear in the next run. Name and reason go into the journal.
///
/// Units that come into the RMA later are not settled by it. What was posted stays posted, and what is still alive in Sage is
/// watched: lines of a sales return that nobody has touched are taken off, goods received on it are told until it is complete
/// or gone, and a credit note that reaches the ledger afterwards is told.
///
/// # Errors
/// [`RunError`]: no name, no reason, a journal that was never used or belongs elsewhere, or an RMA that can't be read.
pub async fn settle(
    systems: &Systems,
    journal: &dyn Journal,
    rma: &RmaId,
    who: &str,
    why: &str,
) -> Result<Vec<ReturnedItemId>, RunError> {
    settle_some(systems, journal, rma, None, who, why).await
}

/// [`settle`] for some units of an RMA; the others go on as before.
///
/// # Errors
/// As [`settle`]; also no units, or a unit that is not in the RMA.
pub async fn settle_units(
    systems: &Systems,
    journal: &dyn Journal,
    rma: &RmaId,
    units: &[ReturnedItemId],
    who: &str,
    why: &str,
) -> Result<Vec<ReturnedItemId>, RunError> {
    settle_some(systems, journal, rma, Some(units), who, why).await
}

/// None: all its units.
async fn settle_some(
    systems: &Systems,
    journal: &dyn Journal,
    rma: &RmaId,
    units: Option<&[ReturnedItemId]>,
    who: &str,
    why: &str,
) -> Result<Vec<ReturnedItemId>, RunError> {
    let (who, why) = (who.trim(), why.trim());
    if who.is_empty() || why.is_empty() {
        return Err(RunError::Policy("an RMA is settled by somebody and for a reason; give both".to_owned()));
    }
    let mut book = open_own(systems, journal).await?;
    let found = systems.returngo.rmas().get(rma).await.map_err(RunError::System)?;
    let all: Vec<_> = found.items.iter().map(|item| item.returned_item_id.clone()).collect();
    let units = units.map_or_else(|| all.clone(), <[ReturnedItemId]>::to_vec);
    if let Some(unit) = units.iter().find(|unit| !all.contains(unit)) {
        let known = all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(RunError::Policy(format!(
            "unit {unit} is not in RMA {rma}, which has {known}; nothing is settled"
        )));
    }
    if units.is_empty() {
        return Err(RunError::Policy(format!(
            "no unit of RMA {rma} is named, or ReturnGO shows none; nothing is settled"
        )));
    }
    let (who, why, mut goods) = (who.to_owned(), why.to_owned(), SettledUnit::all_of(&found));
    goods.retain(|settled| units.contains(&settled.unit));
    book.write(Event::Settled { rma: rma.clone(), units: units.clone(), who, why, goods }).await?;
    Ok(units)
}

/// A person answers for the goods of an RMA that Sage's stock ledger does not show where they belong: they are booked in
/// another way, or never will be. The exception clears in the next run, and nothing looks for them any more. Name and
/// reason go into the journal. Credit notes and refunds stay as they are.
///
/// # Errors
/// [`RunError`]: no name, no reason, a journal that was never used or belongs elsewhere, or no such goods.
pub async fn accept_goods(
    systems: &Systems,
    journal: &dyn Journal,
    rma: &RmaId,
    who: &str,
    why: &str,
) -> Result<Vec<ReturnedItemId>, RunError> {
    let (who, why) = (who.trim(), why.trim());
    if who.is_empty() || why.is_empty() {
        return Err(RunError::Policy("goods are answered for by somebody and for a reason; give both".to_owned()));
    }
    let mut book = open_own(systems, journal).await?;
    let open = goods(book.state()).into_iter().filter(|goods| goods.rma == rma);
    let units: Vec<_> =
        open.flat_map(|goods| goods.unproved().map(|unit| unit.unit.clone()).collect::<Vec<_>>()).collect();
    if units.is_empty() {
        return Err(RunError::Policy(format!("RMA {rma} has no goods that wait to be booked; check the number")));
    }
    let (who, why) = (who.to_owned(), why.to_owned());
    book.write(Event::GoodsAccepted { rma: rma.clone(), units: units.clone(), who, why }).await?;
    Ok(units)
}

/// What a person takes responsibility for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Adopt {
    /// A refund in the shop that no RMA waits for.
    Refund(RefundId),
    /// A refund in the shop that has paid an RMA: the RMA is settled by it.
    RefundOfReturn(RefundId, RmaId),
    /// A refund in the shop that has paid something else than the RMA that waits for the same money: that is paid as well.
    RefundOfSomethingElse(RefundId),
    /// A credit note in Sage.
    CreditNote(Urn),
    /// An order for nothing in the shop that no RMA names: a giveaway, a sample.
    NilOrder(OrderId),
}

impl std::fmt::Display for Adopt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refund(refund) | Self::RefundOfReturn(refund, _) | Self::RefundOfSomethingElse(refund) => {
                write!(f, "refund {refund}")
            }
            Self::CreditNote(urn) => write!(f, "URN {urn}"),
            Self::NilOrder(order) => write!(f, "order {order}"),
        }
    }
}

/// A person approves of a refund past ReturnGO, or of a credit note that belongs to no RMA: it is right as it is, and its
/// exception clears in the next run. Name and reason go into the journal. Nothing is posted for it: a credit note needs a
/// proof of receipt, and there is none.
///
/// Where an RMA waits for the same money, the person must say which of the two the refund has paid.
///
/// # Errors
/// [`RunError`]: no name, no reason, a journal that was never used or belongs elsewhere, nothing open about it, or not
/// said what it has paid.
pub async fn adopt(
    systems: &Systems,
    journal: &dyn Journal,
    what: Adopt,
    who: &str,
    why: &str,
) -> Result<(), RunError> {
    let (who, why) = (who.trim(), why.trim());
    if who.is_empty() || why.is_empty() {
        return Err(RunError::Policy(format!("{what} is adopted by somebody and for a reason; give both")));
    }
    let mut book = open_own(systems, journal).await?;
    let subject = what.to_string();
    let mut open = book.state().exceptions.values().filter(|open| open.finding.subject.as_ref() == Some(&subject));
    // One that was adopted without a word about what it has paid may get that word later.
    let unsaid = book.state().adopted.get(&subject) == Some(&AdoptedAs::Unsaid);
    let code = open.next().map(|open| open.finding.code).or(unsaid.then_some(Code::DoublePayment));
    let Some(code) = code else {
        return Err(RunError::Policy(format!("no exception about {subject} is open; check the number")));
    };
    let paid = match what {
        Adopt::Refund(_) if code == Code::DoublePayment => {
            return Err(RunError::Policy(format!(
                "an RMA waits for the same money as {subject}: say whether it has paid that RMA, which is settled then, or \
                 something else, and the RMA is paid as well"
            )));
        }
        Adopt::Refund(_) | Adopt::CreditNote(_) | Adopt::NilOrder(_) => AdoptedAs::Unsaid,
        Adopt::RefundOfSomethingElse(_) => AdoptedAs::SomethingElse,
        Adopt::RefundOfReturn(_, rma) => {
            let found = systems.returngo.rmas().get(&rma).await.map_err(RunError::System)?;
            AdoptedAs::Return { rma, goods: SettledUnit::all_of(&found) }
        }
    };
    let (who, why) = (who.to_owned(), why.to_owned());
    book.write(Event::Adopted { subject, who, why, paid }).await?;
    Ok(())
}

/// The journal of this very shop and company.
async fn open_own<'j>(systems: &'j Systems, journal: &'j dyn Journal) -> Result<Book<'j>, RunError> {
    let run = RunId(systems.clock.now());
    let book = Book::open(journal, &*systems.clock, run, Mode::Run).await?;
    let here = book.state().binding.as_ref().is_some_and(|bound| {
        bound.shop == systems.returngo.shop()
            && bound.site == systems.sage.key().site
            && bound.company == systems.sage.key().company
    });
    if !here {
        return Err(RunError::Policy(
            "this journal is not that of this shop and company; run the sync first".to_owned(),
        ));
    }
    Ok(book)
}
