use super::{Mode, RunError, Systems, book::Book};
use crate::journal::{Event, Journal, RunId};
use returngo_client::{ReturnedItemId, RmaId};

/// A person says that an RMA needs nothing more from us: its units, as they are in ReturnGO now, are neither credited
/// nor released any more, and its exceptions clear in the next run. Name and reason go into the journal.
///
/// Units that come into the RMA later are not settled by it. What was posted stays posted.
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
    let (who, why) = (who.trim(), why.trim());
    if who.is_empty() || why.is_empty() {
        return Err(RunError::Policy("an RMA is settled by somebody and for a reason; give both".to_owned()));
    }
    let run = RunId(systems.clock.now());
    let mut book = Book::open(journal, &*systems.clock, run, Mode::Run).await?;
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
    let found = systems.returngo.rmas().get(rma).await.map_err(RunError::System)?;
    let units: Vec<_> = found.items.iter().map(|item| item.returned_item_id.clone()).collect();
    let (who, why) = (who.to_owned(), why.to_owned());
    book.write(Event::Settled { rma: rma.clone(), units: units.clone(), who, why }).await?;
    Ok(units)
}
