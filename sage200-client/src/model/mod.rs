//! Rows as Sage 200 prints them: lenient, everything but ids may be missing.

mod ledger;
mod orders;
mod records;

pub use ledger::{PostedTransaction, TaxItem, TransactionView, posted_transaction, tax_item, transaction_view};
pub use orders::{OrderLineView, OrderView, order_line_view, order_view};
pub use records::{
    CurrencyIso, CurrencyRow, Customer, DateVerdict, ProductView, Site, SopSettings, TaxCodeRow, currency_iso,
    currency_row, customer, date_verdict, product_view, site, sop_settings, tax_code_row,
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

pub(crate) use {model, resource};

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
