use super::ReturnGo;
use futures_core::Stream;
use returns_wire::{BoxFuture, Delivery, Error, ErrorKind, decode_json};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

/// One page of a list.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<T> {
    /// Rows that could be read.
    pub items: Vec<T>,
    /// Rows that could not. They are not lost on the way: somebody must look at them.
    pub unreadable: Vec<ItemError>,
}

/// A row of a list that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ItemError {
    /// Its place on the page, from 0.
    pub index: usize,
    /// Its id, when at least that could be read.
    pub id: Option<String>,
    /// The field that is wrong and what should stand there.
    pub message: String,
}

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} of the page", self.index)?;
        if let Some(id) = &self.id {
            write!(f, " (id {id})")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ItemError {}

/// A list, read page by page with a cursor.
pub struct Pages<T> {
    client: ReturnGo,
    op: &'static str,
    /// Path and key of the list: ReturnGO uses one word for both.
    name: &'static str,
    query: Vec<(&'static str, String)>,
    next: Next,
    seen: BTreeSet<String>,
    row: PhantomData<fn() -> T>,
}

enum Next {
    Page(Option<String>),
    Loop,
    End,
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("op", &self.op).field("query", &self.query).finish_non_exhaustive()
    }
}

impl<T: DeserializeOwned> Pages<T> {
    pub(super) fn new(
        client: ReturnGo,
        op: &'static str,
        name: &'static str,
        query: &[(&'static str, String)],
    ) -> Self {
        let (next, seen) = (Next::Page(None), BTreeSet::new());
        Self { client, op, name, query: query.to_vec(), next, seen, row: PhantomData }
    }

    /// The next page; `None` at the end. After an error the same page is asked for again.
    ///
    /// # Errors
    /// Those of a read; and [`ErrorKind::Decode`] when the answer is no page, or its cursor leads back to a page that
    /// was read already.
    pub async fn next_page(&mut self) -> Result<Option<Page<T>>, Error> {
        let mut query = self.query.clone();
        match &self.next {
            Next::Page(Some(cursor)) => query.push(("cursor", cursor.clone())),
            Next::Page(None) => {}
            Next::End => return Ok(None),
            Next::Loop => {
                return Err(Error::new(
                    self.op,
                    ErrorKind::Decode,
                    Delivery::Applied,
                    "the cursor leads back to a page that was read already; the list is not complete",
                )
                .help("start again from the first page; if it happens again, tell ReturnGO's support"));
            }
        }
        let answer = self.client.get(self.op, &[self.name], &query).await?;
        let mut fields: BTreeMap<String, Box<RawValue>> = answer.json()?;
        let Some(rows) = fields.remove(self.name) else {
            return Err(Error::new(
                self.op,
                ErrorKind::Decode,
                Delivery::Applied,
                format!("the answer has no field `{}`, so it is not a page of that list", self.name),
            )
            .help("check the base URL: something else may answer there"));
        };
        let rows: Option<Vec<Box<RawValue>>> = decode_json(self.op, rows.get().as_bytes())?;
        let cursor = match fields.remove("next_cursor") {
            Some(cursor) => decode_json::<Cursor>(self.op, cursor.get().as_bytes())?.0,
            None => None,
        };
        let rows = rows.unwrap_or_default();
        if rows.is_empty() {
            self.next = Next::End;
            return Ok(None);
        }
        self.next = match cursor {
            None => Next::End,
            Some(cursor) if self.seen.insert(cursor.clone()) => Next::Page(Some(cursor)),
            Some(_) => Next::Loop,
        };
        let mut page = Page { items: Vec::with_capacity(rows.len()), unreadable: Vec::new() };
        for (index, row) in rows.iter().enumerate() {
            match decode_json(self.op, row.get().as_bytes()) {
                Ok(item) => page.items.push(item),
                Err(error) => {
                    let id = serde_json::from_str::<AnyId>(row.get()).ok().and_then(|row| row.rma_id.or(row.id));
                    page.unreadable.push(ItemError { index, id, message: error.to_string() });
                }
            }
        }
        Ok(Some(page))
    }

    /// Row by row. A row that can't be read is an error in its place, and the stream goes on; after any other error
    /// it ends.
    pub fn into_stream(self) -> impl Stream<Item = Result<T, Error>> + Send + Unpin + use<T>
    where
        T: Send + Unpin + 'static,
    {
        Rows { ready: VecDeque::new(), step: Step::Idle(Box::new(self)) }
    }
}

#[derive(Deserialize)]
struct Cursor(#[serde(deserialize_with = "crate::lenient::text")] Option<String>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyId {
    #[serde(default, deserialize_with = "crate::lenient::text")]
    rma_id: Option<String>,
    #[serde(default, deserialize_with = "crate::lenient::text")]
    id: Option<String>,
}

type Turn<T> = (Box<Pages<T>>, Result<Option<Page<T>>, Error>);

struct Rows<T> {
    ready: VecDeque<Result<T, Error>>,
    step: Step<T>,
}

enum Step<T> {
    Idle(Box<Pages<T>>),
    Reading(BoxFuture<'static, Turn<T>>),
    Done,
}

impl<T: DeserializeOwned + Send + Unpin + 'static> Stream for Rows<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Poll::Ready(Some(row));
            }
            self.step = match std::mem::replace(&mut self.step, Step::Done) {
                Step::Done => return Poll::Ready(None),
                Step::Idle(mut pages) => Step::Reading(Box::pin(async move {
                    let page = pages.next_page().await;
                    (pages, page)
                })),
                Step::Reading(mut turn) => {
                    let (pages, page) = match turn.as_mut().poll(context) {
                        Poll::Ready(turn) => turn,
                        Poll::Pending => {
                            self.step = Step::Reading(turn);
                            return Poll::Pending;
                        }
                    };
                    let op = pages.op;
                    match page {
                        Ok(Some(page)) => {
                            self.ready.extend(page.items.into_iter().map(Ok));
                            self.ready.extend(page.unreadable.into_iter().map(|row| Err(unreadable(op, row))));
                            Step::Idle(pages)
                        }
                        Ok(None) => Step::Done,
                        Err(error) => {
                            self.ready.push_back(Err(error));
                            Step::Done
                        }
                    }
                }
            };
        }
    }
}

fn unreadable(op: &'static str, row: ItemError) -> Error {
    Error::new(op, ErrorKind::Decode, Delivery::Applied, "a row of the list can't be read").because(row)
}
