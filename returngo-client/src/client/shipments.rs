use super::ReturnGo;
use crate::{ShipmentId, ShipmentStatus, ShipmentUpdate, ShipmentValidation};
use returns_wire::{Delivery, Error, ErrorKind};
use serde::Serialize;

/// Parcels. They are read with their RMA.
#[derive(Debug, Clone, Copy)]
pub struct ShipmentApi<'a>(pub(super) &'a ReturnGo);

impl ShipmentApi<'_> {
    /// Marks a parcel as Validated, which validates all units in it. It can't be taken back. The shop's automations run and
    /// its customer may be written to; where the shop refunds after validation, **the money goes out**.
    ///
    /// Any 2xx is a success, whatever its body, and means no more than that ReturnGO took it. Whether it was applied is seen
    /// by reading the RMA: [`ShipmentValidation::seen_in`]. What money followed is seen in its transactions.
    ///
    /// # Errors
    /// [`Error::delivery`] says whether ReturnGO may have taken it. It is never sent twice by this call: after
    /// [`Delivery::Unknown`], read the RMA, and validate again only if the parcel is still not Validated.
    ///
    /// [`ErrorKind::Invalid`] when ReturnGO lets no way lead from the parcel's state to Validated, or the shop does not
    /// inspect there (rejected). [`ErrorKind::NotFound`] when there is no such parcel. [`ErrorKind::Auth`] when the key may
    /// not do this. A parcel that somebody validated since it was read is no error: it stays as it is.
    pub async fn validate(&self, draft: &ShipmentValidation) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body {
            status: ShipmentStatus,
        }
        let (id, rma) = (draft.shipment(), draft.rma());
        let about = About {
            op: "returngo.shipments.validate",
            parcel: format!("parcel {id} of RMA {rma}"),
            look: format!("read RMA {rma}, and validate parcel {id} again only if it is still not Validated"),
            reasons: "somebody may have moved it since, or the shop does not inspect in ReturnGO",
        };
        self.put(id, &Body { status: ShipmentStatus::Validated }, &about).await
    }

    /// Tells where a parcel is, or details of it. The shop's automations run and its customer may be written to; where the
    /// shop refunds when parcels are sent or received, **the money goes out**. So never for parcels of the past.
    ///
    /// Any 2xx is a success, whatever its body. Whether it was applied is seen by reading the RMA of the parcel:
    /// [`Rma::shipment`](crate::Rma::shipment).
    ///
    /// # Errors
    /// As [`validate`](Self::validate); and [`ErrorKind::Invalid`] for an update that says nothing (not sent).
    pub async fn update(&self, id: &ShipmentId, update: &ShipmentUpdate) -> Result<(), Error> {
        let about = About {
            op: "returngo.shipments.update",
            parcel: format!("parcel {id}"),
            look: format!("read the RMA of parcel {id}, and send this again only if the parcel does not show it"),
            reasons: "no way may lead there from its state, or back; Validated is the end",
        };
        if update.is_empty() {
            return Err(Error::not_sent(
                about.op,
                ErrorKind::Invalid,
                format!("the update of parcel {id} says nothing"),
            )
            .help("say where the parcel is, or give a detail of it"));
        }
        self.put(id, update, &about).await
    }

    async fn put(&self, id: &ShipmentId, body: &impl Serialize, about: &About) -> Result<(), Error> {
        let body = serde_json::to_vec(body).map_err(|cause| {
            Error::not_sent(about.op, ErrorKind::Invalid, "the body can't be written").because(cause)
        })?;
        match self.0.put(about.op, &["shipment", id.as_str()], body).await {
            Ok(_) => Ok(()),
            // The status line was a 2xx and the body was lost: there is nothing in it that we rely on.
            Err(error) if error.delivery() == Delivery::Applied => Ok(()),
            Err(error) => Err(self.name(error, about)),
        }
    }

    /// Says which parcel a failure is about, and what to do before sending again.
    fn name(&self, error: Error, About { parcel, look, reasons, .. }: &About) -> Error {
        let advice = match (error.delivery(), error.status()) {
            (Delivery::Unknown, _) => format!("ReturnGO may have taken it: {look}{}", self.0.cause(&error)),
            (Delivery::Rejected, Some(403 | 405)) => {
                let cause = self.0.advice(&error).map(|advice| format!("; if so, {advice}")).unwrap_or_default();
                format!("{parcel} is as it was; ask ReturnGO whether changing parcels is open to this shop{cause}")
            }
            (Delivery::Rejected, Some(404)) => format!(
                "{parcel} is not in the shop `{}`: read the RMA again; the parcel may have been deleted",
                self.0.shop()
            ),
            (Delivery::Rejected, status) if status != Some(401) => {
                format!("{parcel} is as it was: read its RMA again; {reasons}")
            }
            _ => return error,
        };
        error.help(advice)
    }
}

/// What a failure is about.
struct About {
    op: &'static str,
    parcel: String,
    /// What to do when nobody knows whether it was applied.
    look: String,
    /// What may stand in the way.
    reasons: &'static str,
}
