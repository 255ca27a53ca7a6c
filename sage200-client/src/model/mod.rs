//! Rows as Sage 200 prints them: lenient, everything but ids may be missing.

mod credits;
mod ledger;
mod orders;
mod probes;
mod records;
mod returns;
mod sales_orders;
mod stock;

pub use credits::{
    InvoiceCreditView, LineInvoiceCreditView, ReturnReceiptLineView, invoice_credit_view, line_invoice_credit_view,
    return_receipt_line_view,
};
pub use ledger::{PostedTransaction, TaxItem, TransactionView, posted_transaction, tax_item, transaction_view};
pub use orders::{OrderLineView, OrderView, order_line_view, order_view};
pub use probes::{
    AdditionalCharge, AnalysisCode, AnalysisCodeMapping, AnalysisCodeValue, CurrentUser, EnumRow, Licence,
    SopUserPermissions, StockSettings, SystemSettings, additional_charge, analysis_code, analysis_code_mapping,
    analysis_code_value, current_user, enum_row, licence, sop_user_permissions, stock_settings, system_settings,
};
pub use records::{
    CurrencyIso, CurrencyRow, Customer, DateVerdict, ProductView, Site, SopSettings, TaxCodeRow, currency_iso,
    currency_row, customer, date_verdict, product_view, site, sop_settings, tax_code_row,
};
pub use returns::{ReturnLineView, SalesReturn, SalesReturnLine, return_line_view, sales_return, sales_return_line};
pub use sales_orders::{
    CountryCode, Courier, DeliveryAddressRow, DespatchLineView, DespatchView, OrderDefaults, SalesOrder,
    SalesOrderLine, country_code, courier, delivery_address_row, despatch_line_view, despatch_view, order_defaults,
    sales_order, sales_order_line,
};
pub use stock::{
    BinHolding, ProductTransactionView, ProductWarehouseView, WarehouseHolding, WarehouseRow, bin_holding,
    product_transaction_view, product_warehouse_view, warehouse_holding, warehouse_row,
};

/// A struct, its decoding, its field constants and its part of the field table, from one list.
macro_rules! model {
    (
        $(#[$meta:meta])*
        $name:ident, $module:ident, $resource:literal, $schema:literal;
        required { $($(#[$rmeta:meta])* $RC:ident $rf:ident: $rt:ty = $rw:literal $rk:expr;)* }
        optional { $($(#[$ometa:meta])* $OC:ident $of:ident: $ot:ty = $ow:literal $ok:expr;)* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Deserialize)]
        #[non_exhaustive]
        pub struct $name {
            $(
                #[doc = concat!("`", $rw, "`.")]
                $(#[$rmeta])*
                #[serde(rename = $rw, deserialize_with = "crate::reading::required")]
                pub $rf: $rt,
            )*
            $(
                #[doc = concat!("`", $ow, "`.")]
                $(#[$ometa])*
                #[serde(rename = $ow, default, deserialize_with = "crate::reading::optional")]
                pub $of: Option<$ot>,
            )*
        }

        impl $name {
            /// Its fields in the table of fields.
            pub const ENTITY: $crate::fields::Entity = $crate::fields::Entity {
                resource: $resource,
                schema: $schema,
                fields: &[$(($rw, $rk),)* $(($ow, $ok),)*],
            };
        }

        #[doc = concat!("Fields of [`", stringify!($name), "`](crate::", stringify!($name), ") for filters.")]
        pub mod $module {
            #[allow(unused_imports)]
            use super::*;
            use $crate::odata::Field;
            $(
                #[doc = concat!("`", $rw, "`.")]
                pub const $RC: Field<$name, $rt> = Field::new($rw);
            )*
            $(
                #[doc = concat!("`", $ow, "`.")]
                pub const $OC: Field<$name, $ot> = Field::new($ow);
            )*
        }
    };
}

/// Makes a model a list that can be paged.
macro_rules! resource {
    ($name:ident, $op:literal, $key:literal, |$row:ident| $value:expr $(, expand $expand:expr)?) => {
        impl $crate::odata::sealed::Sealed for $name {}
        impl $crate::odata::Resource for $name {
            const PATH: &'static str = Self::ENTITY.resource;
            const OP: &'static str = $op;
            const KEY: &'static str = $key;
            $(const EXPAND: &'static [&'static str] = $expand;)?

            fn key(&self) -> i64 {
                let $row = self;
                $value
            }
        }
    };
}

/// Analysis codes by number.
macro_rules! analysis_codes {
    ($name:ident) => {
        impl $name {
            /// Analysis code 1 to 20, if it is filled.
            pub fn analysis_code(&self, number: u8) -> Option<&str> {
                let code = match number {
                    1 => &self.analysis_code_1,
                    2 => &self.analysis_code_2,
                    3 => &self.analysis_code_3,
                    4 => &self.analysis_code_4,
                    5 => &self.analysis_code_5,
                    6 => &self.analysis_code_6,
                    7 => &self.analysis_code_7,
                    8 => &self.analysis_code_8,
                    9 => &self.analysis_code_9,
                    10 => &self.analysis_code_10,
                    11 => &self.analysis_code_11,
                    12 => &self.analysis_code_12,
                    13 => &self.analysis_code_13,
                    14 => &self.analysis_code_14,
                    15 => &self.analysis_code_15,
                    16 => &self.analysis_code_16,
                    17 => &self.analysis_code_17,
                    18 => &self.analysis_code_18,
                    19 => &self.analysis_code_19,
                    20 => &self.analysis_code_20,
                    _ => return None,
                };
                code.as_deref()
            }
        }
    };
}

pub(crate) use {analysis_codes, model, resource};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{Entity, Field, Kind};
    use serde::de::DeserializeOwned;
    use serde_json::{Map, Value, json};
    use std::fmt::Debug;

    fn sample(kind: Kind) -> Value {
        match kind {
            Kind::Text(_) | Kind::LongText => json!("Sample"),
            Kind::Int64 | Kind::Int32 => json!(7),
            Kind::Int16 => json!(1),
            Kind::Decimal(places) => {
                serde_json::from_str(&format!("1.{}", "5".repeat(usize::try_from(places).unwrap()))).unwrap()
            }
            Kind::Bool => json!(true),
            Kind::Date => json!("2026-03-02T00:00:00"),
            Kind::List(fields) => json!([object(fields)]),
            Kind::Object(fields) => object(fields),
        }
    }

    fn object(fields: &[Field]) -> Value {
        Value::Object(fields.iter().map(|(name, kind)| ((*name).to_owned(), sample(*kind))).collect::<Map<_, _>>())
    }

    fn check<T: DeserializeOwned + Debug>(entity: Entity, required: &[&str]) {
        let full = object(entity.fields);
        let row: T = serde_json::from_str(&full.to_string()).unwrap();
        let shown = format!("{row:?}");
        assert!(!shown.contains("None"), "a field of {} is not read: {shown}", entity.resource);

        // Absent, null, empty and unknown are all fine, one field at a time and together.
        let mut bare = Map::new();
        bare.insert("brand_new_field".into(), json!({"a": [1]}));
        for name in required {
            bare.insert((*name).into(), full[*name].clone());
        }
        assert!(serde_json::from_value::<T>(Value::Object(bare)).is_ok(), "{}", entity.resource);
        for (name, kind) in entity.fields {
            if required.contains(name) {
                let mut without = full.clone();
                without.as_object_mut().unwrap().remove(*name);
                assert!(serde_json::from_str::<T>(&without.to_string()).is_err(), "{name}");
                continue;
            }
            let mut faces = vec![Value::Null];
            if !matches!(kind, Kind::List(_) | Kind::Object(_)) {
                faces.push(json!(""));
            }
            if matches!(kind, Kind::Int64 | Kind::Int32 | Kind::Int16 | Kind::Decimal(_)) {
                faces.push(json!("12"));
            }
            for face in faces {
                let mut row = full.clone();
                row[*name] = face.clone();
                if let Err(error) = serde_json::from_str::<T>(&row.to_string()) {
                    panic!("{}.{name} = {face}: {error}", entity.resource);
                }
            }
        }
    }

    #[test]
    fn every_field_of_the_table_is_read_and_may_be_missing() {
        check::<Site>(Site::ENTITY, &["company_id", "site_id"]);
        check::<Customer>(Customer::ENTITY, &["id"]);
        check::<OrderView>(OrderView::ENTITY, &["id"]);
        check::<OrderLineView>(OrderLineView::ENTITY, &["sop_order_id", "sop_order_line_id"]);
        check::<TaxCodeRow>(TaxCodeRow::ENTITY, &["id"]);
        check::<ProductView>(ProductView::ENTITY, &["id"]);
        check::<SopSettings>(SopSettings::ENTITY, &[]);
        check::<CurrencyRow>(CurrencyRow::ENTITY, &["id"]);
        check::<PostedTransaction>(PostedTransaction::ENTITY, &["id"]);
        check::<TransactionView>(TransactionView::ENTITY, &["posted_customer_transaction_id"]);
        check::<DateVerdict>(DateVerdict::ENTITY, &["classification"]);
        check::<SalesReturnLine>(SalesReturnLine::ENTITY, &["id"]);
        check::<SalesReturn>(SalesReturn::ENTITY, &["id"]);
        check::<ReturnLineView>(ReturnLineView::ENTITY, &["sop_return_id", "sop_return_line_id"]);
        check::<ReturnReceiptLineView>(ReturnReceiptLineView::ENTITY, &["sop_return_id"]);
        check::<InvoiceCreditView>(InvoiceCreditView::ENTITY, &["sop_order_return_id"]);
        check::<LineInvoiceCreditView>(LineInvoiceCreditView::ENTITY, &["sop_order_return_line_id"]);
        check::<WarehouseRow>(WarehouseRow::ENTITY, &["id"]);
        check::<WarehouseHolding>(WarehouseHolding::ENTITY, &["id"]);
        check::<BinHolding>(BinHolding::ENTITY, &["id"]);
        check::<ProductWarehouseView>(ProductWarehouseView::ENTITY, &["warehouse_holding_id"]);
        check::<ProductTransactionView>(ProductTransactionView::ENTITY, &["id"]);
        check::<AnalysisCodeMapping>(AnalysisCodeMapping::ENTITY, &["id"]);
        check::<CurrentUser>(CurrentUser::ENTITY, &[]);
        check::<SopUserPermissions>(SopUserPermissions::ENTITY, &[]);
        check::<Licence>(Licence::ENTITY, &[]);
        check::<StockSettings>(StockSettings::ENTITY, &[]);
        check::<SystemSettings>(SystemSettings::ENTITY, &[]);
        check::<AdditionalCharge>(AdditionalCharge::ENTITY, &["id"]);
        check::<EnumRow>(EnumRow::ENTITY, &["id"]);
    }

    #[test]
    fn persons_are_not_printed() {
        let json = r#"{"id":1,"reference":"WEB01","name":"Ann Example","telephone_subscriber_number":"0123",
            "main_address":{"address_1":"1 Example Street"}}"#;
        let customer: Customer = serde_json::from_str(json).unwrap();
        let shown = format!("{customer:?}");
        assert!(shown.contains("WEB01"), "{shown}");
        assert!(!shown.contains("Ann") && !shown.contains("0123") && !shown.contains("Street"), "{shown}");
        assert_eq!(customer.name.unwrap().expose(), "Ann Example");
    }

    #[test]
    fn money_keeps_its_digits() {
        let json = r#"{"id":1,"total_gross_value":9007199254740993.10}"#;
        let order: OrderView = serde_json::from_str(json).unwrap();
        assert_eq!(order.total_gross_value.unwrap().to_string(), "9007199254740993.10");
    }
}
