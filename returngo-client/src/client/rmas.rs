use super::{Pages, ReturnGo};
use crate::{Rma, RmaId, RmaQuery, RmaSummary};
use returns_wire::{Delivery, Error, ErrorKind};
use std::collections::BTreeSet;

/// Pages of RMAs.
pub type RmaPages = Pages<RmaSummary>;

/// RMAs.
#[derive(Debug, Clone, Copy)]
pub struct RmaApi<'a>(pub(super) &'a ReturnGo);

impl RmaApi<'_> {
    /// Lists RMAs; nothing is sent before the first page is asked for. The list is of a live table: a row may come
    /// twice, and it shows number and status only.
    pub fn list(&self, query: &RmaQuery) -> RmaPages {
        Pages::new(self.0.clone(), "returngo.rmas.list", "rmas", query.pairs())
    }

    /// Reads one RMA.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is no such RMA, which may have been deleted. [`ErrorKind::Decode`] when the
    /// answer can't be read, is about another RMA, or names a unit twice: nothing may be concluded from it.
    pub async fn get(&self, id: &RmaId) -> Result<Rma, Error> {
        const OP: &str = "returngo.rmas.get";
        let answer = self.0.get(OP, &["rma", id.as_str()], &[]).await.map_err(|error| name(error, self.0, id))?;
        let wrong = |message| {
            Error::new(OP, ErrorKind::Decode, Delivery::Applied, message)
                .help("leave this RMA alone and tell ReturnGO's support")
        };
        let rma: Rma = answer.json().map_err(|error| {
            let page = answer.body.trim_ascii_start().starts_with(b"<");
            let rest = if page { "check the base URL" } else { "leave this RMA alone and tell ReturnGO's support" };
            error.help(format!("this was the answer for RMA {id}; {rest}"))
        })?;
        if rma.id() != id {
            return Err(wrong(format!("asked for RMA {id}, the answer is about RMA {}", rma.id())));
        }
        let mut seen = BTreeSet::new();
        match rma.items.iter().map(|item| &item.returned_item_id).find(|unit| !seen.insert(*unit)) {
            Some(unit) => Err(wrong(format!("RMA {id} names the unit {unit} twice"))),
            None => Ok(rma),
        }
    }
}

/// Says which RMA a refusal is about.
pub(super) fn name(error: Error, client: &ReturnGo, id: &RmaId) -> Error {
    match error.kind() {
        ErrorKind::NotFound => error.help(format!(
            "RMA {id} is not in the shop `{}`: check its number, which has no letters in front; it may have been deleted",
            client.shop()
        )),
        ErrorKind::Invalid => error.help(format!("this was about RMA {id}")),
        _ => error,
    }
}
