use super::ReturnGo;
use crate::{ShipmentStatus, ShipmentValidation};
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
    /// [`ErrorKind::Invalid`] when ReturnGO lets no way lead from the parcel's state to Validated, such as for a parcel
    /// that somebody validated since (rejected). [`ErrorKind::NotFound`] when there is no such parcel.
    /// [`ErrorKind::Auth`] when the key may not do this.
    pub async fn validate(&self, draft: &ShipmentValidation) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body {
            status: ShipmentStatus,
        }
        const OP: &str = "returngo.shipments.validate";
        let body = serde_json::to_vec(&Body { status: ShipmentStatus::Validated })
            .map_err(|cause| Error::not_sent(OP, ErrorKind::Invalid, "the body can't be written").because(cause))?;
        match self.0.put(OP, &["shipment", draft.shipment().as_str()], body).await {
            Ok(_) => Ok(()),
            // The status line was a 2xx and the body was lost: there is nothing in it that we rely on.
            Err(error) if error.delivery() == Delivery::Applied => Ok(()),
            Err(error) => Err(self.name(error, draft)),
        }
    }

    /// Says which parcel a failure is about, and what to do before validating again.
    fn name(&self, error: Error, draft: &ShipmentValidation) -> Error {
        let (parcel, rma) = (draft.shipment(), draft.rma());
        let advice = match (error.delivery(), error.status()) {
            (Delivery::Unknown, _) => {
                let cause = self.0.cause(&error);
                format!(
                    "ReturnGO may have taken it: read RMA {rma}, and validate parcel {parcel} again only if it is still \
                     not Validated{cause}"
                )
            }
            (Delivery::Rejected, Some(403 | 405)) => {
                let cause = self.0.advice(&error).map(|advice| format!("; if so, {advice}")).unwrap_or_default();
                format!(
                    "parcel {parcel} of RMA {rma} is as it was; ask ReturnGO whether changing parcels is open to this \
                     shop{cause}"
                )
            }
            (Delivery::Rejected, Some(404)) => format!(
                "parcel {parcel} of RMA {rma} is not in the shop `{}`: read the RMA again; the parcel may have been deleted",
                self.0.shop()
            ),
            (Delivery::Rejected, status) if status != Some(401) => format!(
                "parcel {parcel} of RMA {rma} is as it was: read the RMA again; somebody may have validated or cancelled \
                 it since, or the shop does not inspect in ReturnGO"
            ),
            _ => return error,
        };
        error.help(advice)
    }
}
