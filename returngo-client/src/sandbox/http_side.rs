use super::{
    EndCursor,
    faults::Fault,
    paging::{Params, cursor, lets},
    reports::ReportRefusal,
    shipments::ShipmentRefusal,
    world::{RmaState, World, json},
};
use crate::RmaId;
use axum::http::{HeaderMap, HeaderValue, StatusCode, request::Parts};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

const STATUSES: [&str; 7] = ["Pending", "Approved", "Received", "Validated", "Done", "Rejected", "Canceled"];

/// A complete answer.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: String,
    pub(super) request_id: HeaderValue,
    web_page: bool,
}

impl Reply {
    fn new(status: StatusCode, body: String) -> Self {
        Self { status, body, request_id: HeaderValue::from_static(""), web_page: false }
    }

    fn refuse(status: StatusCode, message: &str) -> Self {
        #[derive(Serialize)]
        struct Body<'a> {
            message: &'a str,
        }
        Self::new(status, json(&Body { message }))
    }

    pub(super) fn content_type(&self) -> HeaderValue {
        HeaderValue::from_static(if self.web_page { "text/html" } else { "application/json" })
    }
}

impl World {
    /// Answers one request and keeps a record of it.
    pub(super) fn serve(&mut self, now: DateTime<Utc>, parts: &Parts, body: &[u8]) -> Reply {
        let method = parts.method.as_str();
        let path = parts.uri.path();
        let fault = self.faults.iter_mut().find_map(|plan| plan.take(method, path).then_some((plan.fault, plan.acts)));
        let mut reply = match fault {
            Some((_, false)) => Reply::new(StatusCode::OK, String::new()),
            Some((_, true)) | None => self.route(now, parts, body).unwrap_or_else(|refusal| refusal),
        };
        match fault.map(|(fault, _)| fault) {
            Some(Fault::Status(status)) => {
                reply = Reply::refuse(status, status.canonical_reason().unwrap_or("fault"));
            }
            Some(Fault::WebPage(status)) => {
                reply = Reply::new(status, format!("<!DOCTYPE html><title>{status}</title><p>Sample proxy"));
                reply.web_page = true;
            }
            Some(Fault::Truncated) => {
                let half = reply.body.chars().count() / 2;
                reply.body = reply.body.chars().take(half).collect();
            }
            None => {}
        }
        let target = parts.uri.path_and_query().map_or(path, |target| target.as_str());
        self.log.push((method.to_owned(), target.to_owned(), reply.status.as_u16()));
        let request_id = HeaderValue::from_str(&format!("sample-{}", self.log.len()));
        reply.request_id = request_id.unwrap_or(HeaderValue::from_static("sample"));
        reply
    }

    fn route(&mut self, now: DateTime<Utc>, parts: &Parts, body: &[u8]) -> Result<Reply, Reply> {
        let calls = self.calls.entry(now.date_naive()).or_default();
        *calls = calls.saturating_add(1);
        if self.daily_limit.is_some_and(|limit| *calls > limit) {
            return Err(Reply::refuse(StatusCode::TOO_MANY_REQUESTS, "Limit Exceeded"));
        }
        self.check_headers(&parts.headers)?;
        let path: Vec<&str> = parts.uri.path().split('/').skip(1).collect();
        match (parts.method.as_str(), path.as_slice()) {
            ("GET", ["rmas"]) => self.list_rmas(parts).map_err(bad_request),
            ("GET", ["transactions"]) => self.list_transactions(parts).map_err(bad_request),
            ("GET", ["rma", id]) => {
                Params::read(&parts.uri, &["includeMedia"]).map_err(bad_request)?;
                let id = self.known(id)?;
                let rma = self.rma(&id).map_err(|_| not_found())?;
                Ok(Reply::new(StatusCode::OK, self.body_of(rma)))
            }
            ("POST", ["rma", id, "comment"]) => {
                Params::read(&parts.uri, &[]).map_err(bad_request)?;
                let id = self.known(id)?;
                let html = comment_text(&parts.headers, body).map_err(bad_request)?;
                let rma = self.rma_mut(&id).map_err(|_| not_found())?;
                rma.comment(now, "merchant", "Kay Ownerly", html);
                self.writes += 1;
                Ok(Reply::new(StatusCode::OK, String::new()))
            }
            ("PUT", ["transaction", id]) => {
                Params::read(&parts.uri, &[]).map_err(bad_request)?;
                let taken = self.take_report(now, id, &parts.headers, body);
                taken.map(|()| Reply::new(StatusCode::OK, String::new())).map_err(|refusal| match refusal {
                    ReportRefusal::UnknownTransaction => Reply::refuse(StatusCode::NOT_FOUND, "Transaction not found"),
                    ReportRefusal::Bad(message) => bad_request(message),
                })
            }
            ("PUT", ["shipment", id]) => {
                Params::read(&parts.uri, &[]).map_err(bad_request)?;
                let taken = self.take_shipment(now, id, &parts.headers, body);
                taken.map(|parcel| Reply::new(StatusCode::OK, parcel)).map_err(|refusal| match refusal {
                    ShipmentRefusal::UnknownShipment => Reply::refuse(StatusCode::NOT_FOUND, "Shipment not found"),
                    ShipmentRefusal::Bad(message) => bad_request(message),
                })
            }
            (_, ["rmas" | "transactions"] | ["rma" | "transaction" | "shipment", _] | ["rma", _, "comment"]) => {
                Err(Reply::refuse(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"))
            }
            _ => Err(Reply::refuse(StatusCode::NOT_FOUND, "Not Found")),
        }
    }

    fn check_headers(&self, headers: &HeaderMap) -> Result<(), Reply> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (shop, key) = (text("x-shop-name"), text("x-api-key"));
        if !self.shops.iter().any(|(_, known)| known == key) {
            return Err(Reply::refuse(StatusCode::UNAUTHORIZED, "Unauthorized"));
        }
        if !self.shops.iter().any(|(name, known)| name == shop && known == key) {
            return Err(Reply::refuse(StatusCode::FORBIDDEN, "Shop not found for this user"));
        }
        Ok(())
    }

    /// The bare number only; letters in front are an error of their own.
    fn known(&self, id: &str) -> Result<RmaId, Reply> {
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad_request("Invalid rmaId".to_owned()));
        }
        let id = RmaId::new(id).map_err(|_| bad_request("Invalid rmaId".to_owned()))?;
        self.rma(&id).map(|rma| rma.id.clone()).map_err(|_| not_found())
    }

    fn list_rmas(&self, parts: &Parts) -> Result<Reply, String> {
        let params = Params::read(
            &parts.uri,
            &[
                "pagesize",
                "cursor",
                "sort_by",
                "rma_created_at",
                "rma_updated_at",
                "status",
                "order_name",
                "customer_ids",
                "tracking_numbers",
            ],
        )?;
        let size = params.page_size()?;
        let created = params.date("rma_created_at")?;
        let updated = params.date("rma_updated_at")?;
        let statuses = params.list_of("status", &STATUSES)?;
        let orders = params.list("order_name")?;
        let tracking = params.list("tracking_numbers")?;
        // No answer shows a customer id, so nobody has one here.
        let customers = params.list("customer_ids")?;
        let mut rows: Vec<&RmaState> = self.rmas.iter().collect();
        sort(&mut rows, params.list("sort_by")?.unwrap_or_default())?;
        let name = |rma: &RmaState| cursor(&format!("returns.id:{}", rma.number));
        let start = match params.text("cursor") {
            None => 0,
            Some(cursor) => rows.iter().position(|rma| name(rma) == cursor).ok_or("invalid cursor")?,
        };
        let lets_through = |rma: &&&RmaState| {
            let parcels = &rma.body.shipments;
            created.as_ref().is_none_or(|filter| filter.lets(rma.body.created_at))
                && updated.as_ref().is_none_or(|filter| filter.lets(rma.body.last_updated))
                && lets(&statuses, rma.body.rma_summary.status)
                && lets(&orders, &rma.body.order_details.order_name)
                && customers.is_none()
                && (tracking.is_none()
                    || parcels.iter().filter_map(|p| p.tracking_number.as_deref()).any(|n| lets(&tracking, n)))
        };
        let mut found = rows.iter().skip(start).filter(lets_through);
        let page: Vec<_> = found.by_ref().take(size).map(|rma| &rma.body.rma_summary).collect();
        // The cursor names the first row of the next page.
        let next = found.next().map(|rma| name(rma));
        Ok(self.page("rmas", &json(&page), next))
    }

    fn list_transactions(&self, parts: &Parts) -> Result<Reply, String> {
        let params = Params::read(
            &parts.uri,
            &[
                "pagesize",
                "cursor",
                "created_at",
                "updated_at",
                "rma_ids",
                "order_ids",
                "statuses",
                "types",
                "processors",
                "ids",
            ],
        )?;
        let size = params.page_size()?;
        let created = params.date("created_at")?;
        let updated = params.date("updated_at")?;
        let rma_ids = params.list("rma_ids")?;
        let order_ids = params.list("order_ids")?;
        let statuses = params.list_of("statuses", &["Requested", "Success", "Failed"])?;
        let types = params.list("types")?;
        let processors = params.list("processors")?;
        let ids = params.list("ids")?;
        let rows = self.transactions();
        // The cursor names the last row of the page before.
        let start = match params.text("cursor") {
            None => 0,
            Some(last) => {
                let place = rows.iter().position(|(_, row)| cursor(&row.id.to_string()) == last);
                place.ok_or("invalid cursor")?.saturating_add(1)
            }
        };
        let mut found = rows.iter().skip(start).filter(|(rma, row)| {
            created.as_ref().is_none_or(|filter| filter.lets(row.created_at))
                && updated.as_ref().is_none_or(|filter| filter.lets(row.last_updated))
                && lets(&rma_ids, rma.id.as_str())
                && lets(&order_ids, &rma.body.order_details.order_id)
                && lets(&statuses, row.status)
                && lets(&types, row.kind)
                && lets(&processors, row.processor)
                && lets(&ids, &row.id.to_string())
        });
        let page: Vec<_> = found.by_ref().take(size).map(|(_, row)| *row).collect();
        let last = page.last().map(|row| cursor(&row.id.to_string()));
        let next = found.next().and(last);
        Ok(self.page("transactions", &json(&page), next))
    }

    fn page(&self, name: &str, rows: &str, next: Option<String>) -> Reply {
        let tail = match (next, self.end_cursor) {
            (Some(cursor), _) => format!(",\"next_cursor\":{}", json(&cursor)),
            (None, EndCursor::Absent) => String::new(),
            (None, EndCursor::Null) => ",\"next_cursor\":null".to_owned(),
            (None, EndCursor::Empty) => ",\"next_cursor\":\"\"".to_owned(),
        };
        Reply::new(StatusCode::OK, format!("{{\"{name}\":{rows}{tail}}}"))
    }
}

/// By the columns given, the first one first; newest number first otherwise.
fn sort(rows: &mut [&RmaState], columns: Vec<&str>) -> Result<(), String> {
    rows.sort_by_key(|rma| std::cmp::Reverse(rma.number));
    for column in columns.into_iter().rev() {
        let by = |rma: &&RmaState| match column.get(1..) {
            Some("rma_created_at") => Some(rma.body.created_at),
            Some("rma_updated_at") => Some(rma.body.last_updated),
            _ => None,
        };
        match (column.get(..1), column.get(1..)) {
            (Some("+"), Some("rma_created_at" | "rma_updated_at")) => rows.sort_by_key(by),
            (Some("-"), Some("rma_created_at" | "rma_updated_at")) => rows.sort_by_key(|r| std::cmp::Reverse(by(r))),
            (Some(" "), _) => return Err("sort_by: a plus must be sent as %2B".to_owned()),
            _ => return Err(format!("sort_by has the unknown value {column}")),
        }
    }
    Ok(())
}

fn comment_text(headers: &HeaderMap, body: &[u8]) -> Result<String, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Body {
        html_text: String,
    }
    let body: Body = json_body(headers, body)?;
    if body.html_text.trim().is_empty() { Err("htmlText is empty".to_owned()) } else { Ok(body.html_text) }
}

/// A body that says it is JSON, and is.
pub(super) fn json_body<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, String> {
    let json = headers.get("content-type").is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if !json {
        return Err("content-type must be application/json".to_owned());
    }
    serde_json::from_slice(body).map_err(|cause| format!("Invalid request body: {cause}"))
}

fn bad_request(message: String) -> Reply {
    Reply::refuse(StatusCode::BAD_REQUEST, &message)
}

fn not_found() -> Reply {
    Reply::refuse(StatusCode::NOT_FOUND, "RMA not found")
}
