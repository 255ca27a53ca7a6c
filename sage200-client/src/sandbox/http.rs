//! The HTTP surface: routes, headers, answers.

mod writes;

use super::{
    Request, SageSandbox, Shared,
    auth::Refused,
    credit_notes,
    faults::{self, How},
    odata::Query,
    resources::{self, Source, Table},
    state::Company,
    value::{Row, Value, write_text},
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Query as Pairs, State},
    response::Response,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use std::sync::{Arc, Mutex};

/// Where the Professional edition lives under its host.
pub const BASE_PATH: &str = "/uk/sage200extra/accounts/v1/";

const LARGEST_BODY: usize = 1 << 20;

pub(crate) fn router(sandbox: SageSandbox) -> Router {
    Router::new().fallback(answer).with_state(sandbox)
}

async fn answer(State(sandbox): State<SageSandbox>, request: http::Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, LARGEST_BODY).await {
        Ok(body) => serve(&sandbox.shared, &parts, &body).into_response(),
        Err(_) => Reply::message(413, "The request is too large.").into_response(),
    }
}

struct Reply {
    status: u16,
    content_type: &'static str,
    retry_after: Option<u32>,
    body: String,
}

impl Reply {
    fn json(body: String) -> Self {
        Self { status: 200, content_type: "application/json; charset=utf-8", retry_after: None, body }
    }

    fn empty(status: u16) -> Self {
        Self { status, ..Self::json(String::new()) }
    }

    /// What Sage itself says.
    fn message(status: u16, text: &str) -> Self {
        let mut body = String::from("{\"Message\":");
        write_text(&mut body, text);
        body.push('}');
        Self { status, ..Self::json(body) }
    }

    /// What the gateway in front of Sage says to a path that it does not know.
    fn no_such_path() -> Self {
        let body = "{\"statusCode\":404,\"message\":\"Resource not found\"}".to_owned();
        Self { status: 404, ..Self::json(body) }
    }

    fn page(status: u16) -> Self {
        let body = "<!DOCTYPE html><html><head><title>Sandbox</title></head><body>Try later</body></html>".to_owned();
        Self { status, content_type: "text/html", ..Self::json(body) }
    }

    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Faults and log around [`act`].
fn serve(shared: &Shared, parts: &Parts, body: &Bytes) -> Reply {
    let path = parts.uri.path();
    let fault = faults::take(&mut shared.lock().faults, &parts.method, path);
    let reply = match fault {
        None => act(shared, parts, body),
        Some(how) => {
            let acted = how.acts().then(|| act(shared, parts, body));
            match how {
                How::Refuse { status, retry_after } => {
                    Reply { retry_after, ..Reply::message(status, "The sandbox refuses as it was told to.") }
                }
                How::ActThenStatus(status) => Reply::message(status, "The sandbox fails as it was told to."),
                How::WebPage(status) | How::ActThenWebPage(status) => Reply::page(status),
                How::ActThenTruncate => {
                    let mut reply = acted.unwrap_or_else(|| Reply::empty(200));
                    reply.body = reply.body.chars().take(reply.body.chars().count() / 2).collect();
                    reply
                }
                How::ActThenEmpty => Reply::empty(200),
                How::Unauthorised => Reply::empty(401),
            }
        }
    };
    shared.lock().log.push(Request {
        method: parts.method.clone(),
        path: path.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        status: reply.status,
    });
    reply
}

fn act(shared: &Shared, parts: &Parts, body: &Bytes) -> Reply {
    let path = parts.uri.path();
    if path == "/oauth/token" {
        return token(shared, parts, body);
    }
    let Some(rest) = path.strip_prefix(BASE_PATH) else { return Reply::no_such_path() };
    let (name, id) = match rest.split_once('/') {
        Some((name, id)) => (name, Some(id)),
        None => (rest, None),
    };
    // The returns of one customer are a list below the customer.
    let of_customer = id.filter(|_| name == "customers").and_then(|id| id.strip_suffix("/sop_returns"));
    let (name, id) = if of_customer.is_some() { (resources::SOP_RETURNS, None) } else { (name, id) };
    let Some(table) = resources::table(name).filter(|table| id.is_none() || table.by_id) else {
        return Reply::no_such_path();
    };
    let now = shared.clock.now();
    let bearer = text_header(&parts.headers, "authorization").and_then(|value| value.strip_prefix("Bearer "));
    if !bearer.is_some_and(|token| shared.lock().auth.accepts(token, now)) {
        return Reply::empty(401);
    }
    let Ok(Pairs(pairs)) = Pairs::<Vec<(String, String)>>::try_from_uri(&parts.uri) else {
        return Reply::message(400, "The query string can't be read.");
    };
    if name == "sites" {
        return if parts.method == Method::GET { sites(shared, table, &pairs) } else { not_allowed(&parts.method) };
    }
    let Some(company) = company(shared, &parts.headers) else { return Reply::empty(401) };
    if company.lock().unwrap_or_else(std::sync::PoisonError::into_inner).settings.version < table.since {
        return Reply::no_such_path();
    }
    if of_customer.is_none() && writes::takes(&parts.method, name, id.is_some()) {
        return match body_of(parts, &pairs, body) {
            Ok(json) => writes::act(shared, &company, &parts.method, name, id, json),
            Err(reply) => reply,
        };
    }
    match (&parts.method, &table.source) {
        (&Method::POST, Source::Request) => post(shared, &company, name, parts, &pairs, body),
        (&Method::GET, Source::Rows(_) | Source::Single(_) | Source::Choices(_)) => {
            let mut company = company.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if matches!(name, "sales_posted_transactions" | "sales_transaction_views") {
                company.begin_ledger_read(now);
            }
            read(&company, table, id, of_customer, &pairs)
        }
        (method, _) => not_allowed(method),
    }
}

fn not_allowed(method: &Method) -> Reply {
    Reply::message(405, &format!("The requested resource does not support http method '{method}'."))
}

fn text_header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn company(shared: &Shared, headers: &HeaderMap) -> Option<Arc<Mutex<Company>>> {
    let site = text_header(headers, "x-site")?;
    let number: i32 = text_header(headers, "x-company")?.parse().ok()?;
    let companies = shared.lock().companies.clone();
    companies.into_iter().find(|company| {
        let company = company.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        company.site.site_id.eq_ignore_ascii_case(site) && company.site.company_id == number
    })
}

fn token(shared: &Shared, parts: &Parts, body: &Bytes) -> Reply {
    if parts.method != Method::POST {
        return not_allowed(&parts.method);
    }
    let is_form = text_header(&parts.headers, "content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let form = std::str::from_utf8(body).ok().and_then(|body| format!("/?{body}").parse::<Uri>().ok());
    let form = form.and_then(|uri| Pairs::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    let (true, Some(Pairs(form))) = (is_form, form) else {
        let body = "{\"error\":\"invalid_request\",\"error_description\":\"A form is expected.\"}".to_owned();
        return Reply { status: 400, ..Reply::json(body) };
    };
    let granted = shared.lock().auth.refresh(&form, shared.clock.now());
    match granted {
        Ok(granted) => Reply::json(format!(
            "{{\"access_token\":\"{}\",\"refresh_token\":\"{}\",\"scope\":\"openid profile email offline_access\",\
             \"expires_in\":{},\"token_type\":\"Bearer\"}}",
            granted.access, granted.refresh, granted.expires_in
        )),
        Err(Refused { status, error, description }) => Reply {
            status,
            ..Reply::json(format!("{{\"error\":\"{error}\",\"error_description\":\"{description}\"}}"))
        },
    }
}

fn sites(shared: &Shared, table: &'static Table, pairs: &[(String, String)]) -> Reply {
    let companies = shared.lock().companies.clone();
    let rows: Vec<Row> = companies
        .iter()
        .flat_map(|company| table.rows(&company.lock().unwrap_or_else(std::sync::PoisonError::into_inner)))
        .collect();
    match Query::parse(pairs, table, true) {
        Ok(query) => Reply::json(query.list(rows)),
        Err(reason) => Reply::message(400, &reason),
    }
}

fn read(
    company: &Company,
    table: &'static Table,
    id: Option<&str>,
    of_customer: Option<&str>,
    pairs: &[(String, String)],
) -> Reply {
    let single = id.is_some() || matches!(table.source, Source::Single(_));
    let query = match Query::parse(pairs, table, !single) {
        Ok(query) => query,
        Err(reason) => return Reply::message(400, &reason),
    };
    let mut rows = table.rows(company);
    if let Some(customer) = of_customer {
        let customer = customer.parse::<i64>().ok().filter(|id| company.customer(*id).is_ok());
        let Some(customer) = customer else { return Reply::message(404, "The record does not exist.") };
        rows.retain(|row| row.value("customer_id") == Some(&Value::Int(customer)));
    }
    if !single {
        return Reply::json(query.list(rows));
    }
    let wanted = id.map(str::parse::<i64>);
    let found = rows.iter().find(|row| match &wanted {
        None => true,
        Some(Ok(id)) => row.value("id") == Some(&Value::Int(*id)),
        Some(Err(_)) => false,
    });
    match found {
        Some(row) => Reply::json(query.single(row)),
        None => Reply::message(404, "The record does not exist."),
    }
}

/// The JSON of a write.
fn body_of<'b>(parts: &Parts, pairs: &[(String, String)], body: &'b Bytes) -> Result<&'b str, Reply> {
    if let Some((option, _)) = pairs.first() {
        return Err(Reply::message(400, &format!("{option} is not a supported query option.")));
    }
    if parts.method == Method::DELETE {
        return Ok("");
    }
    if !text_header(&parts.headers, "content-type").is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(Reply::message(415, "The request's media type is not supported for this resource."));
    }
    std::str::from_utf8(body).map_err(|_| Reply::message(400, "The request body is not UTF-8."))
}

fn post(
    shared: &Shared,
    company: &Mutex<Company>,
    name: &str,
    parts: &Parts,
    pairs: &[(String, String)],
    body: &Bytes,
) -> Reply {
    let json = match body_of(parts, pairs, body) {
        Ok(json) => json,
        Err(reply) => return reply,
    };
    let now = shared.clock.now();
    let mut company = company.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let answer = match name {
        resources::DATE_VALIDATION => {
            credit_notes::validate_date(&company, json, now).map(|(classification, message)| {
                let mut answer = format!("{{\"classification\":\"{classification}\",\"message\":");
                write_text(&mut answer, message);
                answer.push('}');
                answer
            })
        }
        resources::CREDIT_NOTE => credit_notes::read_credit_note(&company, json, now).and_then(|mut entry| {
            if company.settings.auto_number_credit_notes {
                entry.reference = company.take_credit_note_no();
            }
            let urn = company.post(entry, now).map_err(|error| error.to_string())?;
            shared.lock().writes += 1;
            Ok(format!("{{\"urn\":\"{urn}\"}}"))
        }),
        // Rows within a body have a table, but no path.
        _ => return Reply::no_such_path(),
    };
    match answer {
        Ok(body) => Reply::json(body),
        Err(reason) => Reply::message(400, &reason),
    }
}
