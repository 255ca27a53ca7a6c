use super::{
    Company,
    lookups::{equal, needle},
    returns::done,
};
use crate::{
    BinHolding, Id, Product, ProductTransactionView, ProductView, ProductWarehouseView, Query, SecondReference,
    TransferDraft, WarehouseHolding, WarehouseRow, bin_holding, product_transaction_view, product_view,
    product_warehouse_view, reading::fold, warehouse_holding,
};
use http::Method;
use returns_wire::Error;
use std::collections::BTreeSet;

/// Stock.
impl Company {
    /// All warehouses (`warehouses`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn warehouses(&self) -> Result<Vec<WarehouseRow>, Error> {
        self.read(Query::new()).await
    }

    /// Products by id, several at a time; ids without a product are simply absent.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn products_by_id(&self, ids: &[Id<Product>]) -> Result<Vec<ProductView>, Error> {
        let mut wanted = ids.to_vec();
        wanted.sort();
        wanted.dedup();
        let mut found = self.read_any(wanted.iter().map(|id| product_view::ID.eq(*id)).collect()).await?;
        found.retain(|row: &ProductView| wanted.binary_search(&row.id).is_ok());
        Ok(found)
    }

    /// A product's stock in every warehouse that keeps it (`warehouse_holdings`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn warehouse_holdings(&self, product: Id<Product>) -> Result<Vec<WarehouseHolding>, Error> {
        let mut rows = self.read(Query::new().filter(warehouse_holding::PRODUCT_ID.eq(product))).await?;
        rows.retain(|row| row.product_id == Some(product));
        Ok(rows)
    }

    /// A product's stock in every bin (`bin_holdings`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn bin_holdings(&self, product: Id<Product>) -> Result<Vec<BinHolding>, Error> {
        let mut rows = self.read(Query::new().filter(bin_holding::PRODUCT_ID.eq(product))).await?;
        rows.retain(|row| row.product_id == Some(product));
        Ok(rows)
    }

    /// A product's free stock where it can be sold from (`product_warehouse_views`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn product_warehouses(&self, product: Id<Product>) -> Result<Vec<ProductWarehouseView>, Error> {
        let mut rows = self.read(Query::new().filter(product_warehouse_view::PRODUCT_ID.eq(product))).await?;
        rows.retain(|row| row.product_id == Some(product));
        Ok(rows)
    }

    /// Movements of a product whose reference or second reference is this text (`product_transaction_views`): the
    /// number of an order, return, despatch or receipt, or the references of a transfer.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Invalid`](returns_wire::ErrorKind::Invalid) for empty text.
    pub async fn stock_movements(
        &self,
        product: Id<Product>,
        text: &str,
    ) -> Result<Vec<ProductTransactionView>, Error> {
        use product_transaction_view as p;
        let text = needle("sage200.product_transaction_views.list", "text", text)?;
        let filter = p::PRODUCT_ID.eq(product).and(p::REFERENCE.eq(text).or(p::SECOND_REFERENCE.eq(text)));
        let mut rows = self.read(Query::new().filter(filter)).await?;
        rows.retain(|row: &ProductTransactionView| {
            row.product_id == Some(product)
                && (equal(row.reference.as_deref(), text) || equal(row.second_reference.as_deref(), text))
        });
        Ok(rows)
    }

    /// Movements of every product whose reference or second reference is one of these texts, in as few requests as can be:
    /// what became of the goods of many returns.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Invalid`](returns_wire::ErrorKind::Invalid) for empty text.
    pub async fn movements_by_references<'t>(
        &self,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Result<Vec<ProductTransactionView>, Error> {
        use product_transaction_view as p;
        let texts = texts.into_iter().map(|text| needle("sage200.product_transaction_views.list", "text", text));
        let texts = texts.collect::<Result<BTreeSet<_>, _>>()?;
        let conditions = texts.iter().map(|text| p::REFERENCE.eq(*text).or(p::SECOND_REFERENCE.eq(*text)));
        let mut rows = self.read_any(conditions.collect()).await?;
        let wanted: BTreeSet<_> = texts.into_iter().map(fold).collect();
        rows.retain(|row| {
            let texts = [&row.reference, &row.second_reference];
            texts.into_iter().flatten().any(|text| wanted.contains(&fold(text)))
        });
        Ok(rows)
    }

    /// Movements of every product with this second reference: how a transfer is found again. Sage 200 does not keep it
    /// unique.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn movements_by_second_reference(
        &self,
        reference: &SecondReference,
    ) -> Result<Vec<ProductTransactionView>, Error> {
        let filter = product_transaction_view::SECOND_REFERENCE.eq(reference);
        let mut rows = self.read(Query::new().filter(filter)).await?;
        rows.retain(|row: &ProductTransactionView| equal(row.second_reference.as_deref(), reference.as_str()));
        Ok(rows)
    }

    /// Moves stock from one bin to another (`stock_transfers`). Never sent twice. Sage 200 answers with nothing: the
    /// movements are found by second reference.
    ///
    /// # Errors
    /// [`Error`]. With [`Delivery::NotSent`](crate::Delivery::NotSent) and
    /// [`Delivery::Rejected`](crate::Delivery::Rejected) nothing was moved; with
    /// [`Delivery::Unknown`](crate::Delivery::Unknown) it may have been: look it up by its second reference before
    /// anything else.
    pub async fn post_stock_transfer(&self, draft: &TransferDraft) -> Result<(), Error> {
        done(self.write("sage200.stock_transfers.post", Method::POST, &["stock_transfers"], draft.to_body()).await)
    }
}
