use super::{
    Company,
    lookups::{equal, mentions, needle},
};
use crate::{
    AnalysisText, CompanyKey, CustomerDocumentNo, DocumentType, Field, Id, InvoiceCreditView, LineInvoiceCreditView,
    Order, OrderLine, OrderView, Query, ReturnAmendment, ReturnDraft, ReturnLineView, ReturnReceiptLineView,
    ReturnStatus, SalesReturn, StatusAdaptor, StatusRequest, StatusVerb, invoice_credit_view, line_invoice_credit_view,
    order_view, return_line_view, return_receipt_line_view, sales_return,
};
use http::Method;
use returns_wire::{Delivery, Error, ErrorKind};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// Can returns be entered through the API here?
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReturnsSupport {
    /// Yes: 2025 R1 or later, and the user may.
    Available,
    /// The site does not have them: its version is older, or its edition lacks them.
    NotOnThisSite,
    /// The site has them, but this user may not use them.
    NotPermitted {
        /// What Sage 200 said, and what to do.
        message: String,
    },
}

/// A sales return that Sage 200 has taken.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a return that was made must be read back"]
#[non_exhaustive]
pub enum CreatedReturn {
    /// As Sage 200 has stored it. Compare it with the draft: what it does not keep, it drops.
    Made(Box<SalesReturn>),
    /// The answer said success, but the return in it can't be read: find it by its customer document number or
    /// analysis code.
    Unread {
        /// What is wrong with the answer.
        message: String,
    },
}

fn is_return(row: &OrderView) -> bool {
    row.document_type.is_none_or(|kind| kind == DocumentType::Return)
}

/// The field of an analysis code.
pub(super) fn analysis_field(op: &'static str, number: u8) -> Result<Field<OrderView, String>, Error> {
    OrderView::analysis_field(number).ok_or_else(|| {
        Error::not_sent(op, ErrorKind::Invalid, format!("there is no analysis code {number}"))
            .help("use 1 to 20 (1 to 5 in Sage 200 Standard)")
    })
}

const VIEW: &str = "sage200.sop_order_return_views.list";

/// Sales returns. None of the writes is ever sent twice.
impl Company {
    /// Asks whether returns can be entered here (`lookup_sop_returns`).
    ///
    /// # Errors
    /// [`Error`], when the question itself fails.
    pub async fn returns_support(&self) -> Result<ReturnsSupport, Error> {
        let top = [("$top", "1".to_owned())];
        let error = match self.get("sage200.sop_returns.probe", "lookup_sop_returns", &top).await {
            Ok(answer) => return super::read::rows::<IgnoredAny>(&answer).map(|_| ReturnsSupport::Available),
            Err(error) => error,
        };
        let spent = |message: &str| message.to_lowercase().contains("quota");
        match error.status() {
            Some(404) => Ok(ReturnsSupport::NotOnThisSite),
            // A gateway whose quota is used up says 403 as well.
            Some(401 | 403) if error.delivery() == Delivery::Rejected && !spent(&error.to_string()) => {
                Ok(ReturnsSupport::NotPermitted { message: error.to_string() })
            }
            _ => Err(error),
        }
    }

    /// Enters a sales return (`sop_returns`). It credits nothing and moves no stock until it is processed in Sage 200.
    /// [`ReturnDraft::check`] first.
    ///
    /// # Errors
    /// [`Error`]. With [`Delivery::NotSent`] and [`Delivery::Rejected`] nothing was entered; with
    /// [`Delivery::Unknown`] it may have been: look it up by its customer document number or analysis code before
    /// anything else. A success that can't be read is [`CreatedReturn::Unread`], not an error.
    pub async fn create_return(&self, draft: &ReturnDraft<'_>) -> Result<CreatedReturn, Error> {
        const OP: &str = "sage200.sop_returns.create";
        self.same_company(OP, draft.company())?;
        let unread = |error: &Error| CreatedReturn::Unread { message: error.to_string() };
        match self.write(OP, Method::POST, &["sop_returns"], draft.to_body()).await {
            Ok(answer) => Ok(answer.json().map_or_else(|error| unread(&error), CreatedReturn::Made)),
            Err(error) if error.delivery() == Delivery::Applied => Ok(unread(&error)),
            Err(error) => Err(error),
        }
    }

    /// A sales return with its lines (`sop_returns`, 2025 R1 and later).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sales_return(&self, id: Id<Order>) -> Result<Option<SalesReturn>, Error> {
        // As a list: its 404 can't be mistaken for "no such return".
        let found = self.read(Query::new().filter(sales_return::ID.eq(id))).await?;
        Ok(found.into_iter().find(|row: &SalesReturn| row.id == id))
    }

    /// Amends a sales return (`sop_returns/{id}`). Read it again afterwards.
    ///
    /// # Errors
    /// [`Error`]. Sage 200 changes one line after the other: a refusal (400) may come after some are changed, so it has
    /// [`Delivery::Unknown`] too. Read the return again after any error but [`Delivery::NotSent`].
    pub async fn amend_return(&self, id: Id<Order>, amendment: &ReturnAmendment<'_>) -> Result<(), Error> {
        const OP: &str = "sage200.sop_returns.amend";
        self.same_company(OP, amendment.company())?;
        let path = ["sop_returns", &id.to_string()];
        match done(self.write(OP, Method::PUT, &path, amendment.to_body()).await) {
            Err(error) if error.status() == Some(400) => {
                let message = format!("Sage 200 refused a part of the amendment of return {id} ({error})");
                Err(Error::new(OP, error.kind(), Delivery::Unknown, message)
                    .help("read the return again: lines before the refused one may be changed already")
                    .because(error))
            }
            other => other,
        }
    }

    /// Deletes a sales return (`sop_returns/{id}`), as long as nothing of it is received or credited.
    ///
    /// # Errors
    /// [`Error`]. After [`Delivery::Unknown`], [`sales_return`](Self::sales_return) says whether it is gone.
    pub async fn delete_return(&self, id: Id<Order>) -> Result<(), Error> {
        let path = ["sop_returns", &id.to_string()];
        done(self.write("sage200.sop_returns.delete", Method::DELETE, &path, Vec::new()).await)
    }

    /// Gives a sales return another status (`sop_returns_status`), in the form that the adaptor makes of it: Sage has
    /// published none. Read the return again to see what became of it.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Invalid`] with [`Delivery::NotSent`] when the adaptor makes no request, or none with a
    /// JSON object.
    pub async fn set_return_status(
        &self,
        id: Id<Order>,
        status: ReturnStatus,
        adaptor: &dyn StatusAdaptor,
    ) -> Result<(), Error> {
        const OP: &str = "sage200.sop_returns_status.set";
        let unfit = |why: &str| {
            let message = format!("the adaptor makes no request for return {id} as {}: {why}", status.literal());
            Error::not_sent(OP, ErrorKind::Invalid, message)
                .help("correct the adaptor, or change the status in Sage 200 by hand")
        };
        let StatusRequest { verb, body } = adaptor.request(id, status).map_err(|why| unfit(&why))?;
        let fields = serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(&body).unwrap_or_default();
        if fields.is_empty() {
            return Err(unfit("its body is no JSON object that says something"));
        }
        let number = id.to_string();
        let (method, path): (_, &[&str]) = match verb {
            StatusVerb::Post => (Method::POST, &["sop_returns_status"]),
            StatusVerb::Put => (Method::PUT, &["sop_returns_status"]),
            StatusVerb::PutWithId => (Method::PUT, &["sop_returns_status", &number]),
        };
        done(self.write(OP, method, path, body).await)
    }

    /// Sales returns with exactly this customer document number.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn returns_by_document_no(&self, number: &CustomerDocumentNo) -> Result<Vec<OrderView>, Error> {
        let filter =
            order_view::CUSTOMER_DOCUMENT_NO.eq(number).and(order_view::DOCUMENT_TYPE.eq(DocumentType::Return));
        let mut returns = self.read(Query::new().filter(filter)).await?;
        returns.retain(|row| equal(row.customer_document_no.as_deref(), number.as_str()) && is_return(row));
        Ok(returns)
    }

    /// Sales returns with exactly this text in an analysis code.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Invalid`] for a number that is not 1 to 20.
    pub async fn returns_by_analysis_code(&self, number: u8, text: &AnalysisText) -> Result<Vec<OrderView>, Error> {
        let filter = analysis_field(VIEW, number)?.eq(text).and(order_view::DOCUMENT_TYPE.eq(DocumentType::Return));
        let mut returns = self.read(Query::new().filter(filter)).await?;
        returns.retain(|row| equal(row.analysis_code(number), text.as_str()) && is_return(row));
        Ok(returns)
    }

    /// Sales returns whose analysis code holds this text.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Invalid`] for empty text or a number that is not 1 to 20.
    pub async fn returns_mentioning_in_code(&self, number: u8, text: &str) -> Result<Vec<OrderView>, Error> {
        let text = needle(VIEW, "text", text)?;
        let field = analysis_field(VIEW, number)?;
        let filter = field.contains(text).and(order_view::DOCUMENT_TYPE.eq(DocumentType::Return));
        let mut returns = self.read(Query::new().filter(filter)).await?;
        returns.retain(|row| mentions(row.analysis_code(number), text) && is_return(row));
        Ok(returns)
    }

    /// The lines of a sales return, with what is received and credited (`sop_return_line_views`, every version).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn return_lines(&self, id: Id<Order>) -> Result<Vec<ReturnLineView>, Error> {
        let mut lines = self.read(Query::new().filter(return_line_view::RETURN_ID.eq(id))).await?;
        lines.retain(|line: &ReturnLineView| line.return_id == id);
        Ok(lines)
    }

    /// The receipts of goods of a sales return (`sop_return_receipt_line_views`, 2025 R1 and later). Its field names
    /// are presumed, see [`ReturnReceiptLineView`].
    ///
    /// # Errors
    /// [`Error`].
    pub async fn return_receipts(&self, id: Id<Order>) -> Result<Vec<ReturnReceiptLineView>, Error> {
        let filter = return_receipt_line_view::RETURN_ID.eq(id);
        let op = "sage200.sop_return_receipt_line_views.list";
        let mut rows: Vec<ReturnReceiptLineView> =
            self.few(op, "sop_return_receipt_line_views", &filter.to_string()).await?;
        rows.retain(|row| row.return_id == id);
        Ok(rows)
    }

    /// The invoices of an order, or the credit notes of a return (`sop_order_return_invoice_credit_views`). They are
    /// printed documents: only the sales ledger says that one is posted.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn invoices_and_credits(&self, id: Id<Order>) -> Result<Vec<InvoiceCreditView>, Error> {
        let filter = invoice_credit_view::DOCUMENT_ID.eq(id);
        let op = "sage200.sop_order_return_invoice_credit_views.list";
        let mut rows: Vec<InvoiceCreditView> =
            self.few(op, "sop_order_return_invoice_credit_views", &filter.to_string()).await?;
        rows.retain(|row| row.document_id == id);
        Ok(rows)
    }

    /// The invoices or credit notes of one line (`sop_order_return_line_invoice_credit_views`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn line_invoices_and_credits(&self, line: Id<OrderLine>) -> Result<Vec<LineInvoiceCreditView>, Error> {
        let filter = line_invoice_credit_view::LINE_ID.eq(line);
        let op = "sage200.sop_order_return_line_invoice_credit_views.list";
        let mut rows: Vec<LineInvoiceCreditView> =
            self.few(op, "sop_order_return_line_invoice_credit_views", &filter.to_string()).await?;
        rows.retain(|row| row.line_id == line);
        Ok(rows)
    }

    pub(super) fn same_company(&self, op: &'static str, theirs: Option<&CompanyKey>) -> Result<(), Error> {
        match theirs {
            Some(theirs) if theirs != self.key() => {
                let message = format!("the draft's tax codes are those of {theirs}, this is {}", self.key());
                Err(Error::not_sent(op, ErrorKind::Config, message)
                    .help("build the draft from the tax table of the company it is sent to"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// A success is one whatever its body, also when the body was lost: there is nothing in it that is needed.
pub(super) fn done(result: Result<returns_wire::Answer, Error>) -> Result<(), Error> {
    match result {
        Ok(_) => Ok(()),
        Err(error) if error.delivery() == Delivery::Applied => Ok(()),
        Err(error) => Err(error),
    }
}
