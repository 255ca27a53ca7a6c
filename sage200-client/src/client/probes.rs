use super::{Company, read::rows};
use crate::{
    AdditionalCharge, AnalysisCodeMapping, CurrentUser, EnumTable, Enumeration, Indistinct, Licence, Query, SiteRules,
    SopUserPermissions, StockGroups, StockSettings, SystemSettings,
};
use returns_wire::{Delivery, Error, ErrorKind};

fn unfit(error: Indistinct) -> Error {
    Error::new("sage200.enumerations.check", ErrorKind::Config, Delivery::Applied, error.to_string())
}

/// What a site has and allows.
impl Company {
    /// The user behind the token (`current_user`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn current_user(&self) -> Result<CurrentUser, Error> {
        self.one("sage200.current_user.get", "current_user").await
    }

    /// What that user may do in sales order processing (`current_user_sop_user_permissions`).
    ///
    /// # Errors
    /// [`Error`], also when nothing is set up for the user.
    pub async fn sop_user_permissions(&self) -> Result<SopUserPermissions, Error> {
        self.one("sage200.sop_user_permissions.get", "current_user_sop_user_permissions").await
    }

    /// The modules that the company may use (`licence`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn licence(&self) -> Result<Licence, Error> {
        self.one("sage200.licence.get", "licence").await
    }

    /// Settings of stock control (`stock_settings`).
    ///
    /// # Errors
    /// [`Error`], also when the company has none.
    pub async fn stock_settings(&self) -> Result<StockSettings, Error> {
        self.one("sage200.stock_settings.get", "stock_settings").await
    }

    /// Settings of the company (`system_settings`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn system_settings(&self) -> Result<SystemSettings, Error> {
        self.one("sage200.system_settings.get", "system_settings").await
    }

    /// The analysis codes in use, with their lists (`analysis_code_mappings`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn analysis_code_mappings(&self) -> Result<Vec<AnalysisCodeMapping>, Error> {
        self.read(Query::new()).await
    }

    /// The charges that a document can carry (`sop_additional_charges`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn additional_charges(&self) -> Result<Vec<AdditionalCharge>, Error> {
        self.read(Query::new()).await
    }

    /// Everything that a return is checked against, in six reads, but for customers, products and holdings: read those
    /// of the returns at hand into [`SiteRules::customers`], [`SiteRules::products`] and [`SiteRules::holdings`].
    ///
    /// # Errors
    /// [`Error`].
    pub async fn site_rules(&self) -> Result<SiteRules, Error> {
        let mut rules = SiteRules::new(self.sop_settings().await?, self.sop_user_permissions().await?);
        rules.mappings = self.analysis_code_mappings().await?;
        rules.warehouses = self.warehouses().await?;
        rules.currencies = self.currencies().await?;
        rules.charges = self.additional_charges().await?;
        Ok(rules)
    }

    /// An enumeration: which number of the views stands for which literal.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Config`] when a number or literal stands there twice.
    pub async fn enumeration(&self, of: Enumeration) -> Result<EnumTable, Error> {
        let op = "sage200.enumerations.get";
        let answer = self.get(op, of.path(), &[]).await?;
        EnumTable::new(of, rows(&answer)?)
            .map_err(|error| Error::new(op, ErrorKind::Config, Delivery::Applied, error.to_string()))
    }

    /// The numbers by which the stock ledger tells goods in from goods out (`product_transaction_group_types`).
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Config`] when they can't be told apart.
    pub async fn stock_groups(&self) -> Result<StockGroups, Error> {
        self.enumeration(Enumeration::ProductTransactionGroups).await?.stock_groups().map_err(unfit)
    }

    /// Makes sure that this company numbers orders, returns and their statuses as this crate reads them. To be asked
    /// once, before anything is read or written.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when orders and returns can't be told apart, or a status has another number.
    pub async fn check_enumerations(&self) -> Result<(), Error> {
        self.enumeration(Enumeration::DocumentTypes).await?.check_document_types().map_err(unfit)?;
        self.enumeration(Enumeration::DocumentStatuses).await?.check_document_statuses().map_err(unfit)
    }
}
