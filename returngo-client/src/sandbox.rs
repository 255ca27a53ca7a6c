//! A stateful, strict model of ReturnGO as an axum router.
//!
//! What comes over HTTP is what a program sees of the real system, quirks included. What people and parcels do
//! (approve, deliver, inspect, refund) are methods beside it. Serve the [`router`](ReturnGoSandbox::router) with
//! [`in_process`] (no socket, no runtime) or [`Loopback`].
//!
//! Its names, addresses and codes are invented.

mod auto_refund;
mod faults;
mod http_side;
mod inspections;
mod new_rma;
mod paging;
mod parcels;
mod payments;
mod people;
mod reports;
mod rows;
mod shipments;
mod world;

pub use auto_refund::AutoRefund;
pub use faults::{EndCursor, FaultPlan};
pub use inspections::Verdict;
pub use new_rma::{NewItem, NewRma};
pub use people::SandboxRefusal;
pub use returns_wire::sandbox::{Loopback, in_process};

use crate::{ReturnedItemId, Rma, RmaId};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};
use returns_wire::Clock;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use world::World;

/// One store owner's ReturnGO. Clones share the same world.
///
/// All shops of a sandbox show the same RMAs; for shops with RMAs of their own make several sandboxes.
#[derive(Clone)]
pub struct ReturnGoSandbox {
    world: Arc<Mutex<World>>,
    clock: Arc<dyn Clock>,
}

/// Largest request body read.
const MAX_BODY: usize = 1 << 20;

impl ReturnGoSandbox {
    /// An empty ReturnGO that accepts nobody yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { world: Arc::new(Mutex::new(World::default())), clock }
    }

    /// Lets a key in to a shop. One key may serve several shops.
    #[must_use]
    pub fn with_shop(self, shop: &str, key: &str) -> Self {
        self.lock().shops.push((shop.to_owned(), key.to_owned()));
        self
    }

    /// Number of the first RMA; 4400123 unless set.
    #[must_use]
    pub fn with_first_rma(self, number: u64) -> Self {
        self.lock().next.rma = number;
        self
    }

    /// How the last page of a list says so; by leaving the cursor out unless set.
    #[must_use]
    pub fn with_end_cursor(self, end: EndCursor) -> Self {
        self.lock().end_cursor = end;
        self
    }

    /// Does an RMA become Validated when its last shipped unit has been inspected? ReturnGO does not say; it does
    /// here unless set otherwise.
    #[must_use]
    pub fn with_validated_after_inspection(self, yes: bool) -> Self {
        self.lock().settings.validated_after_inspection = yes;
        self
    }

    /// Does a parcel that is Validated validate the units in it? ReturnGO does not say; it does here unless set otherwise,
    /// and then only the status of parcel and RMA moves.
    #[must_use]
    pub fn with_shipment_validating_items(self, yes: bool) -> Self {
        self.lock().settings.shipment_validates_items = yes;
        self
    }

    /// Does this shop inspect in ReturnGO? It does unless set otherwise, and then no parcel can become Validated.
    #[must_use]
    pub fn with_shipment_validation(self, yes: bool) -> Self {
        self.lock().settings.validates_shipments = yes;
        self
    }

    /// Must all shipped units be inspected before an RMA can be Done? They need not unless set.
    #[must_use]
    pub fn with_inspection_before_done(self, yes: bool) -> Self {
        self.lock().settings.inspection_before_done = yes;
        self
    }

    /// When ReturnGO asks for refunds by itself; never unless set.
    #[must_use]
    pub fn with_auto_refund(self, rule: AutoRefund) -> Self {
        self.lock().settings.auto_refund = rule;
        self
    }

    /// Are the refunds that ReturnGO asks for by itself paid and reported by another system? They are not unless set.
    #[must_use]
    pub fn with_notify_only(self, yes: bool) -> Self {
        self.lock().settings.notify_only = yes;
        self
    }

    /// Is the presumed body of a report on a transaction the right one? ReturnGO does not say; it is here unless set
    /// otherwise, and then every report is refused with 400.
    #[must_use]
    pub fn with_reports_accepted(self, yes: bool) -> Self {
        self.lock().reports_accepted = yes;
        self
    }

    /// The HTTP side: `/rmas`, `/rma/{id}`, `/rma/{id}/comment`, `/transactions`, `/transaction/{id}`,
    /// `/shipment/{id}`.
    pub fn router(&self) -> Router {
        let sandbox = self.clone();
        Router::new().fallback(move |request: Request| {
            let sandbox = sandbox.clone();
            async move { sandbox.answer(request).await }
        })
    }

    async fn answer(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
        let reply = self.lock().serve(self.clock.now(), &parts, &body);
        let content_type = reply.content_type();
        let mut response = Response::new(Body::from(reply.body));
        *response.status_mut() = reply.status;
        let headers = response.headers_mut();
        headers.insert(axum::http::header::CONTENT_TYPE, content_type);
        headers.insert("x-amzn-requestid", reply.request_id);
        response
    }

    /// The RMA as the HTTP side shows it now.
    ///
    /// # Errors
    /// [`SandboxRefusal`] when there is none, or its body was replaced by one that can't be read.
    pub fn rma(&self, id: &RmaId) -> Result<Rma, SandboxRefusal> {
        let json = self.json(id)?;
        serde_json::from_str(&json).map_err(|cause| SandboxRefusal::Input(format!("RMA {id} can't be read: {cause}")))
    }

    /// The body that the HTTP side answers with for an RMA.
    ///
    /// # Errors
    /// [`SandboxRefusal`] when there is no such RMA.
    pub fn json(&self, id: &RmaId) -> Result<String, SandboxRefusal> {
        let world = self.lock();
        let rma = world.rma(id)?;
        Ok(world.body_of(rma))
    }

    /// All RMAs, oldest first.
    pub fn rmas(&self) -> Vec<RmaId> {
        self.lock().rmas.iter().map(|rma| rma.id.clone()).collect()
    }

    /// The units of an RMA, in the order of its items; none when there is no such RMA.
    pub fn units(&self, id: &RmaId) -> Vec<ReturnedItemId> {
        self.lock().rma(id).map(|rma| rma.units()).unwrap_or_default()
    }

    /// The HTML of an RMA's timeline, newest first; nothing when there is no such RMA.
    pub fn comments(&self, id: &RmaId) -> Vec<String> {
        let world = self.lock();
        let texts =
            world.rma(id).map(|rma| rma.body.comments.iter().map(|comment| comment.html_text.clone()).collect());
        texts.unwrap_or_default()
    }

    /// Every request so far: method, path with query, status.
    pub fn request_log(&self) -> Vec<(String, String, u16)> {
        self.lock().log.clone()
    }

    /// Requests that changed something.
    pub fn writes(&self) -> usize {
        self.lock().writes
    }

    /// Makes the next matching requests fail. Plans are used in the order they were given.
    pub fn fail_next(&self, plan: FaultPlan) {
        self.lock().faults.push(plan);
    }

    /// Answers the reading of one RMA with this text instead, whatever it is.
    ///
    /// # Errors
    /// [`SandboxRefusal`] when there is no such RMA.
    pub fn replace_body(&self, id: &RmaId, text: &str) -> Result<(), SandboxRefusal> {
        self.lock().rma_mut(id)?.replaced = Some(text.to_owned());
        Ok(())
    }

    /// Undoes [`replace_body`](Self::replace_body).
    ///
    /// # Errors
    /// [`SandboxRefusal`] when there is no such RMA.
    pub fn restore_body(&self, id: &RmaId) -> Result<(), SandboxRefusal> {
        self.lock().rma_mut(id)?.replaced = None;
        Ok(())
    }

    /// Requests a UTC day before every further one is answered with 429; `None` is no limit, the default.
    pub fn set_daily_limit(&self, limit: Option<u32>) {
        self.lock().daily_limit = limit;
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ReturnGoSandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = self.lock();
        f.debug_struct("ReturnGoSandbox").field("rmas", &world.rmas.len()).field("requests", &world.log.len()).finish()
    }
}
