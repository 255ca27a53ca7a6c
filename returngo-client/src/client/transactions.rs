use super::{Pages, ReturnGo};
use crate::{ReportAdaptor, Transaction, TransactionId, TransactionQuery, TransactionReport};
use returns_wire::{Delivery, Error, ErrorKind};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// Pages of transactions.
pub type TransactionPages = Pages<Transaction>;

/// Refunds, store credits and invoice payments.
#[derive(Debug, Clone, Copy)]
pub struct TransactionApi<'a>(pub(super) &'a ReturnGo);

impl TransactionApi<'_> {
    /// Lists transactions; nothing is sent before the first page is asked for. The list is of a live table: a row may
    /// come twice, and the later one counts.
    pub fn list(&self, query: &TransactionQuery) -> TransactionPages {
        Pages::new(self.0.clone(), "returngo.transactions.list", "transactions", query.pairs())
    }

    /// Tells ReturnGO what became of a refund that it asked for and another system was to pay. Any 2xx is a success,
    /// whatever its body; what ReturnGO made of it is seen by reading the transaction.
    ///
    /// It moves no money, and it makes no transaction: it only reports on one that ReturnGO initiated, in the body that
    /// the [`ReportAdaptor`] makes of it. **ReturnGO has not confirmed that body**, nor that the call is open to every
    /// shop: ask before relying on it.
    ///
    /// # Errors
    /// [`Error::delivery`] says whether ReturnGO may have taken it. It is never sent twice by this call: after
    /// [`Delivery::Unknown`], read the transaction ([`TransactionQuery::ids`]) and report again only if it is still
    /// Requested.
    ///
    /// [`ErrorKind::Invalid`] when the adaptor makes no body, or none that is a JSON object (not sent), and when ReturnGO
    /// does not take the body or the transaction is no longer open (rejected). [`ErrorKind::NotFound`] when there is no
    /// such transaction. [`ErrorKind::Auth`] when the key may not do this.
    pub async fn report(
        &self,
        id: &TransactionId,
        report: &TransactionReport,
        adaptor: &dyn ReportAdaptor,
    ) -> Result<(), Error> {
        const OP: &str = "returngo.transactions.report";
        let unfit = |message: String| {
            Error::not_sent(OP, ErrorKind::Invalid, message)
                .help("correct the adaptor, or report on this transaction by hand in ReturnGO")
        };
        let outcome = report.outcome();
        let body = adaptor
            .body(report)
            .map_err(|why| unfit(format!("the adaptor makes no body for transaction {id} as {outcome}: {why}")))?;
        // What stands there is not repeated: the error of the parser might.
        let fields = std::str::from_utf8(&body)
            .ok()
            .and_then(|text| serde_json::from_str::<BTreeMap<String, IgnoredAny>>(text).ok())
            .ok_or_else(|| {
                unfit(format!("the adaptor's body for transaction {id} as {outcome} is no JSON object in UTF-8"))
            })?;
        if fields.is_empty() {
            return Err(unfit(format!("the adaptor's body for transaction {id} as {outcome} says nothing")));
        }
        match self.0.put(OP, &["transaction", id.as_str()], body).await {
            Ok(_) => Ok(()),
            // The status line was a 2xx and the body was lost: there is nothing in it that we need.
            Err(error) if error.delivery() == Delivery::Applied => Ok(()),
            Err(error) => Err(self.name(error, id)),
        }
    }

    /// Says which transaction a failure is about, and what to do before reporting again.
    fn name(&self, error: Error, id: &TransactionId) -> Error {
        let advice = match (error.delivery(), error.status()) {
            (Delivery::Unknown, _) => {
                let cause = self.0.cause(&error);
                format!(
                    "ReturnGO may have taken the report: read transaction {id}, and report again only if it is still \
                     Requested{cause}"
                )
            }
            (Delivery::Rejected, Some(403 | 405)) => {
                let cause = self.0.advice(&error).map(|advice| format!("; if so, {advice}")).unwrap_or_default();
                format!(
                    "transaction {id} is as it was; ask ReturnGO whether reporting on transactions is open to this \
                     shop{cause}"
                )
            }
            (Delivery::Rejected, Some(404)) => format!(
                "transaction {id} is not in the shop `{}`: check its number; a report makes no transaction, ReturnGO \
                 must have asked for it",
                self.0.shop()
            ),
            (Delivery::Rejected, status) if status != Some(401) => format!(
                "transaction {id} is as it was: see whether it is still Requested and to be paid outside ReturnGO; if \
                 so, the body is not as ReturnGO wants it, and its support can say how"
            ),
            _ => return error,
        };
        error.help(advice)
    }
}
