//! Writes other than those of the ledger: orders, returns, statuses, stock transfers.

use super::Reply;
use crate::sandbox::{
    Shared, resources,
    settings::StatusShape,
    state::Company,
    writes::{Family, Refusal},
};
use http::Method;
use std::sync::{Mutex, PoisonError};

/// Is this a write that [`act`] answers?
pub(super) fn takes(method: &Method, name: &str, with_id: bool) -> bool {
    match name {
        resources::SOP_RETURNS | resources::SOP_ORDERS if with_id => {
            *method == Method::PUT || *method == Method::DELETE
        }
        resources::SOP_RETURNS
        | resources::SOP_RETURNS_NEW
        | resources::SOP_ORDERS
        | resources::SOP_ORDERS_NEW
        | resources::STOCK_TRANSFER => *method == Method::POST,
        // Their verb is part of the shape.
        resources::SOP_RETURNS_STATUS | resources::SOP_ORDERS_STATUS => *method != Method::GET,
        _ => false,
    }
}

pub(super) fn act(
    shared: &Shared,
    company: &Mutex<Company>,
    method: &Method,
    name: &str,
    id: Option<&str>,
    json: &str,
) -> Reply {
    let now = shared.clock.now();
    let mut company = company.lock().unwrap_or_else(PoisonError::into_inner);
    let of_returns = [resources::SOP_RETURNS, resources::SOP_RETURNS_NEW, resources::SOP_RETURNS_STATUS];
    let family = if of_returns.contains(&name) { Family::Returns } else { Family::Orders };
    let record = id.map(|id| id.parse::<i64>().map_err(|_| Refusal::missing()));
    let (answer, wrote) = match (name, record) {
        (_, Some(Err(refusal))) => (Err(refusal), false),
        (_, Some(Ok(id))) if *method == Method::DELETE => done(company.delete(family, id).map(|()| String::new())),
        (_, Some(Ok(id))) => company.amend(family, id, json, now),
        (resources::SOP_RETURNS | resources::SOP_ORDERS, None) => done(company.create(family, json, now)),
        (resources::SOP_RETURNS_NEW | resources::SOP_ORDERS_NEW, None) => (company.propose(family, json, now), false),
        (resources::STOCK_TRANSFER, None) => done(company.transfer(json, now).map_err(Refusal::from)),
        _ => {
            let shape = company.settings.status_shape.as_ref();
            if shape.is_some_and(|StatusShape { method: verb, .. }| verb != method) {
                return super::not_allowed(method);
            }
            done(company.change_status(family, json, now))
        }
    };
    if wrote {
        shared.lock().writes += 1;
    }
    match answer {
        Ok(body) => Reply::json(body),
        Err(Refusal { status: 401, .. }) => Reply::empty(401),
        Err(Refusal { status, message }) => Reply::message(status, &message),
    }
}

/// What succeeded was written.
fn done(answer: Result<String, Refusal>) -> (Result<String, Refusal>, bool) {
    let wrote = answer.is_ok();
    (answer, wrote)
}
