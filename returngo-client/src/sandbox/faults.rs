use axum::http::StatusCode;

/// How the last page of a list says that it is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EndCursor {
    /// No `next_cursor`.
    #[default]
    Absent,
    /// `"next_cursor": null`.
    Null,
    /// `"next_cursor": ""`.
    Empty,
}

/// Something that goes wrong with the next requests.
///
/// ```
/// use returngo_client::sandbox::FaultPlan;
/// // The comment is posted, and the answer is lost behind a gateway error.
/// let lost_answer = FaultPlan::on("POST", "/rma/").status(504).after_acting();
/// // Two readings are turned away before the third gets through.
/// let busy = FaultPlan::on("GET", "/rma/").status(429).times(2);
/// ```
#[derive(Debug, Clone)]
pub struct FaultPlan {
    method: String,
    path_prefix: String,
    left: u32,
    pub(super) fault: Fault,
    pub(super) acts: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    Status(StatusCode),
    WebPage(StatusCode),
    Truncated,
}

impl FaultPlan {
    /// The next request of this method whose path starts so. It fails with status 500 and without acting, unless said
    /// otherwise.
    pub fn on(method: &str, path_prefix: &str) -> Self {
        Self {
            method: method.to_owned(),
            path_prefix: path_prefix.to_owned(),
            left: 1,
            fault: Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
            acts: false,
        }
    }

    /// Answers with a status and a message in JSON. What is no status becomes 500.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.fault = Fault::Status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        self
    }

    /// Answers with a web page, as a proxy would. What is no status becomes 502.
    #[must_use]
    pub fn web_page(mut self, status: u16) -> Self {
        self.fault = Fault::WebPage(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY));
        self
    }

    /// Acts, and answers with the first half of the body.
    #[must_use]
    pub fn truncated(mut self) -> Self {
        self.fault = Fault::Truncated;
        self.acts = true;
        self
    }

    /// Fails after having done what was asked.
    #[must_use]
    pub fn after_acting(mut self) -> Self {
        self.acts = true;
        self
    }

    /// How many requests fail.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.left = times;
        self
    }

    /// Uses the plan up by one, if it is about this request.
    pub(super) fn take(&mut self, method: &str, path: &str) -> bool {
        let hit = self.left > 0 && self.method == method && path.starts_with(&self.path_prefix);
        if hit {
            self.left -= 1;
        }
        hit
    }
}
