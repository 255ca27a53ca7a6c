use super::{Inner, send::Operation};
use crate::List;
use returns_wire::{Delivery, Error, ErrorKind};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Serialize)]
struct Place<'p> {
    id: &'p str,
    after: &'p str,
}

/// The cursors of one list: none may come twice.
#[derive(Debug, Default)]
pub(super) struct Cursors(BTreeSet<String>);

impl Cursors {
    /// Checks a cursor before it is followed.
    pub(super) fn check(&mut self, op: &'static str, cursor: &str) -> Result<(), Error> {
        let fault = |message: &str| {
            Err(Error::new(op, ErrorKind::Decode, Delivery::Applied, message)
                .help("nothing may be concluded from a part of a list; try again, then tell Shopify's support"))
        };
        if cursor.is_empty() {
            return fault("Shopify says that the list goes on, but not where");
        }
        if !self.0.insert(cursor.to_owned()) {
            return fault("the list's cursor leads back to a page that was read already");
        }
        Ok(())
    }
}

/// Root field, then the one connection asked for: `{"order": {"lineItems": …}}`.
#[derive(Deserialize)]
#[serde(transparent)]
struct Page<T: DeserializeOwned>(#[serde(bound = "")] BTreeMap<String, Option<BTreeMap<String, List<T>>>>);

impl Inner {
    /// Reads a connection of the thing with this id to its end.
    pub(super) async fn to_the_end<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        id: &str,
        list: &mut List<T>,
    ) -> Result<(), Error> {
        let mut cursors = Cursors::default();
        while let Some(after) = list.next.take() {
            cursors.check(operation.op, &after)?;
            let page: Page<T> = self.read(operation, &Place { id, after: &after }).await?;
            let found = page.0.into_values().flatten().flat_map(BTreeMap::into_values).next();
            let Some(more) = found else {
                let message = format!("{id} was there and is gone while its lists were read");
                return Err(Error::new(operation.op, ErrorKind::NotFound, Delivery::Applied, message)
                    .help("somebody may have deleted it; read it again"));
            };
            list.items.extend(more.items);
            list.next = more.next;
        }
        Ok(())
    }
}
