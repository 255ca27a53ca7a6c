use super::{
    Company,
    lookups::{equal, mentions, needle},
    returns::{analysis_field, done},
};
use crate::{
    AnalysisText, CountryCode, Courier, Customer, DeliveryAddressRow, DespatchLineView, DespatchView, DocumentType, Id,
    Order, OrderDefaults, OrderDraft, OrderView, Query, SalesOrder, delivery_address_row, despatch_line_view,
    despatch_view, order_view, sales_order,
};
use http::Method;
use returns_wire::{Delivery, Error};

/// A sales order that Sage 200 has entered.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "an order that was made must be read back"]
#[non_exhaustive]
pub enum CreatedOrder {
    /// As Sage 200 answered it.
    Made(Box<SalesOrder>),
    /// It was entered, and the answer can't be read: find it by its customer document number. The message is for logs.
    Unread {
        /// Why it can't be read.
        message: String,
    },
}

const VIEW: &str = "sage200.sop_order_return_views.list";

fn is_order(row: &OrderView) -> bool {
    row.document_type.is_none_or(|kind| kind == DocumentType::Order)
}

/// Sales orders.
impl Company {
    /// Enters a sales order (`POST sop_orders`). It is live at once, and allocated where the site allocates on entry.
    ///
    /// Sage 200 has no idempotency key: after [`Delivery::Unknown`], look the order up by its customer document number
    /// before anything is sent again. A 2xx that can't be read means that it was entered.
    ///
    /// # Errors
    /// [`Error`]; not sent when the tax codes come from another company.
    pub async fn create_order(&self, draft: &OrderDraft<'_>) -> Result<CreatedOrder, Error> {
        const OP: &str = "sage200.sop_orders.create";
        self.same_company(OP, draft.company())?;
        let unread = |error: &Error| CreatedOrder::Unread { message: error.to_string() };
        match self.write(OP, Method::POST, &["sop_orders"], draft.to_body()).await {
            Ok(answer) => Ok(answer.json().map_or_else(|error| unread(&error), CreatedOrder::Made)),
            Err(error) if error.delivery() == Delivery::Applied => Ok(unread(&error)),
            Err(error) => Err(error),
        }
    }

    /// A sales order with its lines; `None` when there is none with this id.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sales_order(&self, id: Id<Order>) -> Result<Option<SalesOrder>, Error> {
        // As a list: its 404 can't be mistaken for "no such order".
        let found = self.read(Query::new().filter(sales_order::ID.eq(id))).await?;
        Ok(found.into_iter().find(|row: &SalesOrder| row.id == id))
    }

    /// Deletes a sales order on which nothing is despatched or invoiced (`DELETE sop_orders`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn delete_order(&self, id: Id<Order>) -> Result<(), Error> {
        let path = ["sop_orders", &id.to_string()];
        done(self.write("sage200.sop_orders.delete", Method::DELETE, &path, Vec::new()).await)
    }

    /// What a new order of an account would begin with (`POST sop_orders_new`). Nothing is stored.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn order_defaults(&self, customer: Id<Customer>) -> Result<OrderDefaults, Error> {
        let body = format!("{{\"customer_id\":{customer}}}").into_bytes();
        self.write("sage200.sop_orders_new.propose", Method::POST, &["sop_orders_new"], body).await?.json()
    }

    /// Sales orders with this text in an analysis code of the header.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Invalid`](returns_wire::ErrorKind::Invalid) for a number that is not 1 to 20.
    pub async fn orders_by_analysis_code(&self, number: u8, text: &AnalysisText) -> Result<Vec<OrderView>, Error> {
        let filter = analysis_field(VIEW, number)?.eq(text).and(order_view::DOCUMENT_TYPE.eq(DocumentType::Order));
        let mut orders = self.read(Query::new().filter(filter)).await?;
        orders.retain(|row| equal(row.analysis_code(number), text.as_str()) && is_order(row));
        Ok(orders)
    }

    /// Sales orders whose customer document number holds this text.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Invalid`](returns_wire::ErrorKind::Invalid) for empty text.
    pub async fn orders_mentioning(&self, text: &str) -> Result<Vec<OrderView>, Error> {
        let text = needle(VIEW, "text", text)?;
        let filter =
            order_view::CUSTOMER_DOCUMENT_NO.contains(text).and(order_view::DOCUMENT_TYPE.eq(DocumentType::Order));
        let mut orders = self.read(Query::new().filter(filter)).await?;
        orders.retain(|row| mentions(row.customer_document_no.as_deref(), text) && is_order(row));
        Ok(orders)
    }

    /// Despatches of an order, with courier and consignment (`sop_order_despatch_views`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn despatches(&self, order: Id<Order>) -> Result<Vec<DespatchView>, Error> {
        let mut rows = self.read(Query::new().filter(despatch_view::ORDER_ID.eq(order))).await?;
        rows.retain(|row: &DespatchView| row.order_id == order);
        Ok(rows)
    }

    /// Lines of despatches of an order (`sop_order_despatch_line_views`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn despatch_lines(&self, order: Id<Order>) -> Result<Vec<DespatchLineView>, Error> {
        let mut rows = self.read(Query::new().filter(despatch_line_view::ORDER_ID.eq(order))).await?;
        rows.retain(|row: &DespatchLineView| row.order_id == order);
        Ok(rows)
    }

    /// Delivery addresses that are stored with an account (`customer_delivery_addresses`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn delivery_addresses(&self, customer: Id<Customer>) -> Result<Vec<DeliveryAddressRow>, Error> {
        let filter = delivery_address_row::CUSTOMER_ID.eq(customer);
        let mut rows = self.read(Query::new().filter(filter)).await?;
        rows.retain(|row: &DeliveryAddressRow| row.customer_id.is_none_or(|of| of == customer));
        Ok(rows)
    }

    /// All couriers (`couriers`, 2022 R2 and later).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn couriers(&self) -> Result<Vec<Courier>, Error> {
        self.read(Query::new()).await
    }

    /// All countries (`country_codes`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn country_codes(&self) -> Result<Vec<CountryCode>, Error> {
        self.read(Query::new()).await
    }
}
