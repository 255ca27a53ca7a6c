use super::{Company, send::MAX_ADDRESS};
use crate::{Filter, Query, Resource};
use returns_wire::{Answer, Delivery, Error, ErrorKind, decode_json};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use std::collections::BTreeMap;

/// Conditions of one request: a request that fails costs few of them, and Sage's search stays quick.
const CONDITIONS_PER_REQUEST: usize = 20;

impl Company {
    /// Reads every row that a query asks for, page by page in the order of the resource's key.
    ///
    /// # Errors
    /// [`Error`]; a single row that can't be read is one too, with its place: half a ledger is worse than none.
    pub async fn read<R: Resource>(&self, query: Query<R>) -> Result<Vec<R>, Error> {
        let mut all = Vec::<R>::new();
        let limit = query.limit.unwrap_or(usize::MAX);
        while all.len() < limit {
            let after = all.last().map(Resource::key);
            let answer = self.get(R::OP, R::PATH, &parameters(&query, after)).await?;
            let page: Vec<R> = rows(&answer)?;
            let short = u32::try_from(page.len()).is_ok_and(|rows| rows < query.page_size);
            for row in page {
                if all.last().is_some_and(|last| last.key() >= row.key()) {
                    let message = format!("the rows of {} do not come in the order of `{}`", R::PATH, R::KEY);
                    return Err(Error::new(R::OP, ErrorKind::Decode, Delivery::Applied, message).help(
                        "rows could be missed, so none are used; something between us and Sage 200 drops $orderby",
                    ));
                }
                all.push(row);
            }
            if short {
                break;
            }
        }
        all.truncate(limit);
        Ok(all)
    }

    /// The only row of a resource, which comes as a list of one or by itself.
    pub(crate) async fn one<T: DeserializeOwned>(&self, op: &'static str, path: &str) -> Result<T, Error> {
        let answer = self.get(op, path, &[]).await?;
        let single = decode_json::<BTreeMap<String, IgnoredAny>>(op, &answer.body);
        if single.is_ok_and(|fields| !fields.contains_key("value")) {
            return answer.json();
        }
        rows(&answer)?.into_iter().next().ok_or_else(|| {
            Error::new(op, ErrorKind::Decode, Delivery::Applied, format!("{path} is an empty list"))
                .help("it is not set up in this company, or not for this user")
        })
    }

    /// The rows of a view without a key of its own, all in one page.
    pub(crate) async fn few<T: DeserializeOwned>(
        &self,
        op: &'static str,
        path: &str,
        filter: &str,
    ) -> Result<Vec<T>, Error> {
        let most = Query::<T>::MAX_PAGE_SIZE;
        let query = [("$filter", filter.to_owned()), ("$top", most.to_string())];
        let found: Vec<T> = rows(&self.get(op, path, &query).await?)?;
        if u32::try_from(found.len()).is_ok_and(|rows| rows < most) {
            return Ok(found);
        }
        let message = format!("{path} gives {} rows for one record", found.len());
        Err(Error::new(op, ErrorKind::Decode, Delivery::Applied, message)
            .help("rows could be missing, so none are used; something between us and Sage 200 drops $filter"))
    }

    /// Rows that meet any of these conditions, asked for in as few requests as addresses allow; each row once.
    pub(crate) async fn read_any<R: Resource>(&self, conditions: Vec<Filter<R>>) -> Result<Vec<R>, Error> {
        let mut found = Vec::<R>::new();
        let mut unasked = conditions.as_slice();
        while !unasked.is_empty() {
            let fits = |count: &usize| {
                let some = unasked.iter().take(*count).cloned();
                Filter::any(some).is_some_and(|all| self.address_length(all) < MAX_ADDRESS)
            };
            // A single one that does not fit is refused when it is sent.
            let most = unasked.len().min(CONDITIONS_PER_REQUEST);
            let count = (2..=most).rev().find(fits).unwrap_or(1);
            let (now, later) = unasked.split_at(count);
            if let Some(filter) = Filter::any(now.iter().cloned()) {
                found.extend(self.read(Query::new().filter(filter)).await?);
            }
            unasked = later;
        }
        found.sort_by_key(Resource::key);
        found.dedup_by_key(|row| row.key());
        Ok(found)
    }

    /// Length of the address of a query's first page.
    fn address_length<R: Resource>(&self, filter: Filter<R>) -> usize {
        let query = Query::new().filter(filter);
        // Room for the key of later pages.
        let parameters = parameters(&query, Some(i64::MAX));
        self.sage().0.channel.base().uri(&[R::PATH], &parameters).to_string().len()
    }
}

fn parameters<R: Resource>(query: &Query<R>, after: Option<i64>) -> Vec<(&'static str, String)> {
    let mut parameters = Vec::new();
    let page = after.map(|after| format!("{} gt {after}", R::KEY));
    let filter = match (&query.filter, page) {
        (Some(filter), Some(page)) => Some(format!("({filter}) and ({page})")),
        (Some(filter), None) => Some(filter.to_string()),
        (None, page) => page,
    };
    parameters.extend(filter.map(|filter| ("$filter", filter)));
    parameters.push(("$orderby", format!("{} asc", R::KEY)));
    parameters.push(("$top", query.page_size.to_string()));
    if !R::EXPAND.is_empty() {
        parameters.push(("$expand", R::EXPAND.join(",")));
    }
    parameters
}

/// The rows of a list, which comes bare or as `{"value": [...]}`.
pub(crate) fn rows<T: DeserializeOwned>(answer: &Answer) -> Result<Vec<T>, Error> {
    #[derive(Deserialize)]
    struct Envelope<T> {
        value: Vec<T>,
    }
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body);
    if body.trim_ascii_start().first() == Some(&b'{') {
        Ok(decode_json::<Envelope<T>>(answer.op, body)?.value)
    } else {
        decode_json(answer.op, body)
    }
}
