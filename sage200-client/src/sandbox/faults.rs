//! Failures on order.

use http::Method;

/// A failure that requests matching it meet, `times` times.
///
/// ```
/// # use sage200_client::sandbox::{Fault, How};
/// let lost = Fault::on_post("sales_credit_notes", How::ActThenStatus(504));
/// let slow_down = Fault { times: 3, ..Fault::on_get("customers", How::Refuse { status: 429, retry_after: Some(7) }) };
/// # assert_eq!((lost.times, slow_down.times), (1, 3));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its method; any when none.
    pub method: Option<Method>,
    /// Text that the path contains; empty means any path.
    pub path_contains: String,
    /// How many requests meet it.
    pub times: u32,
    /// What they meet.
    pub how: How,
}

impl Fault {
    /// Once, on a GET.
    pub fn on_get(path_contains: &str, how: How) -> Self {
        Self { method: Some(Method::GET), path_contains: path_contains.to_owned(), times: 1, how }
    }

    /// Once, on a POST.
    pub fn on_post(path_contains: &str, how: How) -> Self {
        Self { method: Some(Method::POST), ..Self::on_get(path_contains, how) }
    }

    /// Once, on a PUT.
    pub fn on_put(path_contains: &str, how: How) -> Self {
        Self { method: Some(Method::PUT), ..Self::on_get(path_contains, how) }
    }

    /// Once, on a DELETE.
    pub fn on_delete(path_contains: &str, how: How) -> Self {
        Self { method: Some(Method::DELETE), ..Self::on_get(path_contains, how) }
    }
}

/// What a failing request meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum How {
    /// Nothing is done; this status, with `Retry-After` if seconds are given.
    Refuse {
        /// The status.
        status: u16,
        /// Seconds for the header.
        retry_after: Option<u32>,
    },
    /// The request is carried out; this status all the same.
    ActThenStatus(u16),
    /// Nothing is done; a web page with this status, as a proxy or a login page answers.
    WebPage(u16),
    /// The request is carried out; a web page with this status.
    ActThenWebPage(u16),
    /// The request is carried out; its answer breaks off half-way.
    ActThenTruncate,
    /// The request is carried out; 200 with nothing in it.
    ActThenEmpty,
    /// Nothing is done; 401 with nothing in it.
    Unauthorised,
}

impl How {
    pub(crate) fn acts(self) -> bool {
        match self {
            Self::Refuse { .. } | Self::WebPage(_) | Self::Unauthorised => false,
            Self::ActThenStatus(_) | Self::ActThenWebPage(_) | Self::ActThenTruncate | Self::ActThenEmpty => true,
        }
    }
}

/// Takes the first fault that matches, and counts it down.
pub(crate) fn take(faults: &mut Vec<Fault>, method: &Method, path: &str) -> Option<How> {
    let fault = faults.iter_mut().find(|fault| {
        fault.times > 0
            && fault.method.as_ref().is_none_or(|wanted| wanted == method)
            && path.contains(&fault.path_contains)
    })?;
    fault.times -= 1;
    let how = fault.how;
    faults.retain(|fault| fault.times > 0);
    Some(how)
}
