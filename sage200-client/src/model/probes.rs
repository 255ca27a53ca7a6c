use super::{model, resource};
use crate::{Id, Personal, Record, TaxCodeRecord, Warehouse, fields::Kind, reading::Read};
use returns_wire::JsonDecimal;
use serde::{Deserialize, Deserializer};

model! {
    /// A value on an analysis code's list.
    AnalysisCodeValue, analysis_code_value, "analysis_code_mappings", "analysis_code_value";
    required {}
    optional {
        VALUE value: String = "value" Kind::Text(60);
        IS_DEFAULT is_default: bool = "is_default" Kind::Bool;
    }
}

model! {
    /// An analysis code that a company has set up.
    AnalysisCode, analysis_code, "analysis_code_mappings", "analysis_code";
    required {}
    optional {
        NAME name: String = "name" Kind::Text(60);
        /// False: only values on the list are taken.
        ALLOW_OVERTYPE allow_overtype: bool = "allow_overtype" Kind::Bool;
        ALLOW_NEW_ON_ENTRY allow_new_on_entry: bool = "allow_new_on_entry" Kind::Bool;
        VALUES values: Vec<AnalysisCodeValue> = "values" Kind::List(AnalysisCodeValue::ENTITY.fields);
    }
}

impl Read for AnalysisCode {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }
}

model! {
    /// Which analysis code stands behind `analysis_code_N` of a kind of record (`analysis_code_mappings`).
    AnalysisCodeMapping, analysis_code_mapping, "analysis_code_mappings", "analysis_code_mapping";
    required {
        ID id: Id<AnalysisCodeMapping> = "id" Kind::Int64;
    }
    optional {
        /// The kind of record: `SOPOrderReturn` for headers of orders and returns.
        CLASS_NAME class_name: String = "class_name" Kind::Text(255);
        PROPERTY_NAME property_name: String = "property_name" Kind::Text(255);
        IS_MANDATORY is_mandatory: bool = "is_mandatory" Kind::Bool;
        IS_READ_ONLY is_read_only: bool = "is_read_only" Kind::Bool;
        /// The N of `analysis_code_N`.
        SLOT slot: i64 = "slot" Kind::Int32;
        ANALYSIS_CODE analysis_code: AnalysisCode = "analysis_code" Kind::Object(AnalysisCode::ENTITY.fields);
    }
}
resource!(
    AnalysisCodeMapping,
    "sage200.analysis_code_mappings.list",
    "id",
    |row| row.id.get(),
    expand & ["analysis_code"]
);

impl Record for AnalysisCodeMapping {
    const NAME: &'static str = "AnalysisCodeMapping";
}

model! {
    /// The user behind the token (`current_user`). All of it is personal.
    CurrentUser, current_user, "current_user", "current_user";
    required {}
    optional {
        /// 2024 R1 and later.
        ID id: i64 = "id" Kind::Int64;
        LOGON_NAME logon_name: Personal = "logon_name" Kind::Text(256);
        FRIENDLY_NAME friendly_name: Personal = "friendly_name" Kind::Text(250);
        EMAIL_ADDRESS email_address: Personal = "email_address" Kind::Text(50);
        IS_WEB_USER is_web_user: bool = "is_web_user" Kind::Bool;
    }
}

model! {
    /// What the user may do in sales order processing (`current_user_sop_user_permissions`).
    SopUserPermissions, sop_user_permissions, "current_user_sop_user_permissions", "sop_user_permission";
    required {}
    optional {
        USER_NAME user_name: Personal = "user_name" Kind::Text(20);
        OVERRIDE_CREDIT_HOLDS override_credit_holds: bool = "override_credit_holds" Kind::Bool;
        /// False: a line with a price or discount of ours is refused.
        OVERRIDE_PRICES_DISCOUNTS override_prices_discounts: bool = "override_prices_discounts" Kind::Bool;
        OVERRIDE_CONFIRMATION_METHOD override_confirmation_method: bool =
            "override_confirmation_method" Kind::Bool;
        OVERRIDE_COST_PRICE override_cost_price: bool = "override_cost_price" Kind::Bool;
        VIEW_PROFIT_VALUES view_profit_values: bool = "view_profit_values" Kind::Bool;
        FULL_ORDER_WAREHOUSE_ID full_order_warehouse_id: Id<Warehouse> = "full_order_warehouse_id" Kind::Int64;
    }
}

model! {
    /// The modules that the company may use (`licence`).
    Licence, licence, "licence", "licence";
    required {}
    optional {
        IS_SALES_ENABLED is_sales_enabled: bool = "is_sales_enabled" Kind::Bool;
        IS_NOMINAL_ENABLED is_nominal_enabled: bool = "is_nominal_enabled" Kind::Bool;
        IS_STOCK_ENABLED is_stock_enabled: bool = "is_stock_enabled" Kind::Bool;
        IS_INVOICING_ENABLED is_invoicing_enabled: bool = "is_invoicing_enabled" Kind::Bool;
        IS_SALES_ORDERS_ENABLED is_sales_orders_enabled: bool = "is_sales_orders_enabled" Kind::Bool;
        IS_PURCHASE_ORDERS_ENABLED is_purchase_orders_enabled: bool = "is_purchase_orders_enabled" Kind::Bool;
        IS_BILL_OF_MATERIALS_ENABLED is_bill_of_materials_enabled: bool = "is_bill_of_materials_enabled" Kind::Bool;
        IS_PRICE_BOOK_ENABLED is_price_book_enabled: bool = "is_price_book_enabled" Kind::Bool;
        IS_PROJECT_ACCOUNTING_ENABLED is_project_accounting_enabled: bool = "is_project_accounting_enabled" Kind::Bool;
        IS_MANUFACTURING_ENABLED is_manufacturing_enabled: bool = "is_manufacturing_enabled" Kind::Bool;
    }
}

model! {
    /// Settings of stock control (`stock_settings`).
    StockSettings, stock_settings, "stock_settings", "stock_settings";
    required {}
    optional {
        USE_MULTIPLE_LOCATIONS use_multiple_locations: bool = "use_multiple_locations" Kind::Bool;
        RECORD_NUMBERS_ON_GOODS_RECEIVED record_numbers_on_goods_received: bool =
            "record_numbers_on_goods_received" Kind::Bool;
        INTEGRATE_WITH_NOMINAL integrate_stock_management_with_nominal: bool =
            "integrate_stock_management_with_nominal" Kind::Bool;
        ALLOW_FULFILMENT_FROM_STOCK allow_fulfilment_from_stock: bool = "allow_fulfilment_from_stock" Kind::Bool;
    }
}

model! {
    /// Settings of the company (`system_settings`).
    SystemSettings, system_settings, "system_settings", "system_settings";
    required {}
    optional {
        NEXT_INVOICE_NUMBER next_invoice_number: i64 = "next_invoice_number" Kind::Int64;
        NEXT_CREDIT_NOTE_NUMBER next_credit_note_number: i64 = "next_credit_note_number" Kind::Int64;
        /// True: invoices and credit notes share one series of numbers.
        INVOICE_CREDIT_NOTE_SAME_NUMBERS invoice_credit_note_same_numbers: bool =
            "invoice_credit_note_same_numbers" Kind::Bool;
        NUMBER_OPEN_PERIODS number_open_periods: i16 = "number_open_periods" Kind::Int16;
        UPDATE_NOMINAL_ONLINE update_nominal_online: bool = "update_nominal_online" Kind::Bool;
        USE_ADDITIONAL_TRANS_ANALYSIS use_additional_trans_analysis: bool =
            "use_additional_trans_analysis" Kind::Bool;
    }
}

model! {
    /// A charge that a document can carry, such as carriage (`sop_additional_charges`).
    AdditionalCharge, additional_charge, "sop_additional_charges", "sop_additional_charge";
    required {
        ID id: Id<AdditionalCharge> = "id" Kind::Int64;
    }
    optional {
        CODE code: String = "code" Kind::Text(20);
        NAME name: String = "name" Kind::Text(60);
        CHARGE_VALUE charge_value: JsonDecimal = "charge_value" Kind::Decimal(2);
        TAX_CODE_ID tax_code_id: Id<TaxCodeRecord> = "tax_code_id" Kind::Int64;
    }
}
resource!(AdditionalCharge, "sage200.sop_additional_charges.list", "id", |row| row.id.get());

impl Record for AdditionalCharge {
    const NAME: &'static str = "AdditionalCharge";
}

model! {
    /// One value of an enumeration: the number that views print, and the literal that resources print.
    EnumRow, enum_row, "sop_document_types", "sop_document_type";
    required {
        ID id: i64 = "id" Kind::Int64;
    }
    optional {
        DESCRIPTION description: String = "description" Kind::Text(50);
        VALUE value: String = "value" Kind::Text(20);
    }
}
