use super::{analysis_codes, model, resource};
use crate::{
    AccountStatus, CompanyId, CompanyKey, CurrencyRecord, DateClassification, Id, LineItems, Personal, Product,
    ProductStatus, Record, SiteId, TaxCodeRecord, fields::Kind, reading::Read,
};
use chrono::{DateTime, NaiveDate, Utc};
use returns_wire::{Currency, JsonDecimal};
use serde::{Deserialize, Deserializer};

model! {
    /// A company that the Sage ID user may open (`sites`).
    Site, site, "sites", "site";
    required {
        COMPANY_ID company_id: CompanyId = "company_id" Kind::Int32;
        SITE_ID site_id: SiteId = "site_id" Kind::Text(36);
    }
    optional {
        COMPANY_NAME company_name: String = "company_name" Kind::Text(100);
        SITE_NAME site_name: String = "site_name" Kind::Text(100);
        SITE_SHORT_NAME site_short_name: String = "site_short_name" Kind::Text(50);
    }
}

impl Site {
    /// Site and company together.
    pub fn key(&self) -> CompanyKey {
        CompanyKey::new(self.site_id.clone(), self.company_id)
    }
}

model! {
    /// A customer's account (`customers`). Name and telephone are personal and not printed by `Debug`.
    Customer, customer, "customers", "customer";
    required {
        ID id: Id<Customer> = "id" Kind::Int64;
    }
    optional {
        REFERENCE reference: String = "reference" Kind::Text(8);
        NAME name: Personal = "name" Kind::Text(60);
        BALANCE balance: JsonDecimal = "balance" Kind::Decimal(2);
        ON_HOLD on_hold: bool = "on_hold" Kind::Bool;
        ACCOUNT_STATUS account_status_type: AccountStatus = "account_status_type" Kind::Text(20);
        CURRENCY_ID currency_id: Id<CurrencyRecord> = "currency_id" Kind::Int64;
        CREDIT_LIMIT credit_limit: JsonDecimal = "credit_limit" Kind::Decimal(2);
        DEFAULT_TAX_CODE_ID default_tax_code_id: Id<TaxCodeRecord> = "default_tax_code_id" Kind::Int64;
        TELEPHONE_SUBSCRIBER_NUMBER telephone_subscriber_number: Personal =
            "telephone_subscriber_number" Kind::Text(200);
        ANALYSIS_CODE_1 analysis_code_1: String = "analysis_code_1" Kind::Text(60);
        ANALYSIS_CODE_2 analysis_code_2: String = "analysis_code_2" Kind::Text(60);
        ANALYSIS_CODE_3 analysis_code_3: String = "analysis_code_3" Kind::Text(60);
        ANALYSIS_CODE_4 analysis_code_4: String = "analysis_code_4" Kind::Text(60);
        ANALYSIS_CODE_5 analysis_code_5: String = "analysis_code_5" Kind::Text(60);
        ANALYSIS_CODE_6 analysis_code_6: String = "analysis_code_6" Kind::Text(60);
        ANALYSIS_CODE_7 analysis_code_7: String = "analysis_code_7" Kind::Text(60);
        ANALYSIS_CODE_8 analysis_code_8: String = "analysis_code_8" Kind::Text(60);
        ANALYSIS_CODE_9 analysis_code_9: String = "analysis_code_9" Kind::Text(60);
        ANALYSIS_CODE_10 analysis_code_10: String = "analysis_code_10" Kind::Text(60);
        ANALYSIS_CODE_11 analysis_code_11: String = "analysis_code_11" Kind::Text(60);
        ANALYSIS_CODE_12 analysis_code_12: String = "analysis_code_12" Kind::Text(60);
        ANALYSIS_CODE_13 analysis_code_13: String = "analysis_code_13" Kind::Text(60);
        ANALYSIS_CODE_14 analysis_code_14: String = "analysis_code_14" Kind::Text(60);
        ANALYSIS_CODE_15 analysis_code_15: String = "analysis_code_15" Kind::Text(60);
        ANALYSIS_CODE_16 analysis_code_16: String = "analysis_code_16" Kind::Text(60);
        ANALYSIS_CODE_17 analysis_code_17: String = "analysis_code_17" Kind::Text(60);
        ANALYSIS_CODE_18 analysis_code_18: String = "analysis_code_18" Kind::Text(60);
        ANALYSIS_CODE_19 analysis_code_19: String = "analysis_code_19" Kind::Text(60);
        ANALYSIS_CODE_20 analysis_code_20: String = "analysis_code_20" Kind::Text(60);
        DATE_TIME_UPDATED date_time_updated: DateTime<Utc> = "date_time_updated" Kind::Date;
    }
}
resource!(Customer, "sage200.customers.list", "id", |row| row.id.get());
analysis_codes!(Customer);

impl Record for Customer {
    const NAME: &'static str = "Customer";
}

model! {
    /// A tax code as the ledger has it now (`tax_codes`).
    TaxCodeRow, tax_code_row, "tax_codes", "tax_code";
    required {
        ID id: Id<TaxCodeRecord> = "id" Kind::Int64;
    }
    optional {
        CODE code: i16 = "code" Kind::Int16;
        NAME name: String = "name" Kind::Text(60);
        /// Per cent.
        TAX_RATE tax_rate: JsonDecimal = "tax_rate" Kind::Decimal(2);
    }
}
resource!(TaxCodeRow, "sage200.tax_codes.list", "id", |row| row.id.get());

impl TaxCodeRow {
    /// A row, for plans made without a connection. `rate` is in per cent.
    pub fn new(id: Id<TaxCodeRecord>, code: i16, name: impl Into<String>, rate: JsonDecimal) -> Self {
        Self { id, code: Some(code), name: Some(name.into()), tax_rate: Some(rate) }
    }
}

model! {
    /// A product (`product_views`).
    ProductView, product_view, "product_views", "product_view";
    required {
        ID id: Id<Product> = "id" Kind::Int64;
    }
    optional {
        CODE code: String = "code" Kind::Text(30);
        NAME name: String = "name" Kind::Text(60);
        STATUS_TYPE_ID status_type_id: i64 = "status_type_id" Kind::Int64;
        STATUS_TYPE status_type: ProductStatus = "status_type" Kind::Text(50);
        BOM_ITEM_TYPE_ID bom_item_type_id: i64 = "bom_item_type_id" Kind::Int64;
        PRODUCT_TYPE product_type: String = "product_group_product_type" Kind::Text(50);
        TRACEABLE_TYPE traceable_type: String = "traceable_type" Kind::Text(50);
        ALLOW_SALES_ORDER allow_sales_order: bool = "allow_sales_order" Kind::Bool;
        FREE_STOCK_QUANTITY free_stock_quantity: JsonDecimal = "free_stock_quantity" Kind::Decimal(5);
        STOCK_UNIT_NAME stock_unit_name: String = "stock_unit_name" Kind::Text(20);
    }
}
resource!(ProductView, "sage200.product_views.list", "id", |row| row.id.get());

model! {
    /// Settings of sales order processing (`sop_settings`).
    SopSettings, sop_settings, "sop_settings", "sop_settings";
    required {}
    optional {
        /// False: orders and returns need a document number from us.
        AUTO_GENERATE auto_generate_order_return_numbers: bool = "auto_generate_order_return_numbers" Kind::Bool;
        /// Which kinds of line may be entered.
        ORDER_LINE_ITEM_TYPE order_line_item_type: LineItems = "order_line_item_type" Kind::Text(50);
        AMEND_ANALYSIS_CODES amend_analysis_codes: bool = "amend_analysis_codes" Kind::Bool;
        AMEND_HEADER_ANALYSIS_CODES amend_header_analysis_codes: bool = "amend_header_analysis_codes" Kind::Bool;
        AMEND_NOMINAL_CODES amend_nominal_codes: bool = "amend_nominal_codes" Kind::Bool;
        ALLOW_CASH_ORDERS allow_cash_orders: bool = "allow_cash_orders" Kind::Bool;
        CASH_ORDER_ACCOUNT_ID cash_order_account_id: Id<Customer> = "cash_order_account_id" Kind::Int64;
        /// True: unit prices on lines include VAT.
        ARE_PRICES_TAX_INCLUSIVE are_prices_tax_inclusive: bool = "are_prices_tax_inclusive" Kind::Bool;
        /// True: stock moves at despatch and receipt; false: when the invoice or credit note is posted.
        UPDATE_STOCK_ON_DESPATCH update_stock_on_despatch: bool = "update_stock_on_despatch" Kind::Bool;
        /// True: invoices and credit notes are posted at once; false: they wait in the pending file.
        ADD_TO_SALES_LEDGER add_invoice_credit_note_to_sales_ledger: bool =
            "add_invoice_credit_note_to_sales_ledger" Kind::Bool;
        RECORD_CANCELLED_ORDER_LINES record_cancelled_order_lines: bool = "record_cancelled_order_lines" Kind::Bool;
        ORDERS_RETURNS_LAST_ARCHIVED_UP_TO orders_returns_last_archived_up_to: NaiveDate =
            "orders_returns_last_archived_up_to" Kind::Date;
        ARCHIVE_LAST_PURGED_UP_TO archive_last_purged_up_to: NaiveDate = "archive_last_purged_up_to" Kind::Date;
        INVOICING_LAST_DELETED_UP_TO invoicing_last_deleted_up_to: NaiveDate =
            "invoicing_last_deleted_up_to" Kind::Date;
    }
}

model! {
    /// The ISO code of a currency.
    CurrencyIso, currency_iso, "currencies", "currency_iso_code";
    required {}
    optional {
        CODE code: String = "code" Kind::Text(3);
        NAME name: String = "name" Kind::Text(100);
    }
}

impl Read for CurrencyIso {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }
}

model! {
    /// A currency of the company (`currencies`, with `currency_iso_code`).
    CurrencyRow, currency_row, "currencies", "currency";
    required {
        ID id: Id<CurrencyRecord> = "id" Kind::Int64;
    }
    optional {
        SYMBOL symbol: String = "symbol" Kind::Text(4);
        NAME name: String = "name" Kind::Text(30);
        CORE_CURRENCY_RATE core_currency_rate: JsonDecimal = "core_currency_rate" Kind::Decimal(6);
        IS_BASE_CURRENCY is_base_currency: bool = "is_base_currency" Kind::Bool;
        CURRENCY_ISO_CODE_ID currency_iso_code_id: i64 = "currency_iso_code_id" Kind::Int64;
        CURRENCY_ISO_CODE currency_iso_code: CurrencyIso = "currency_iso_code" Kind::Object(CurrencyIso::ENTITY.fields);
    }
}
resource!(CurrencyRow, "sage200.currencies.list", "id", |row| row.id.get(), expand & ["currency_iso_code"]);

impl CurrencyRow {
    /// Its ISO code, when Sage 200 gives one that is one.
    pub fn iso_code(&self) -> Option<Currency> {
        self.currency_iso_code.as_ref()?.code.as_deref()?.trim().to_ascii_uppercase().parse().ok()
    }
}

model! {
    /// What Sage 200 says about a transaction date (`transaction_date_validation`).
    DateVerdict, date_verdict, "transaction_date_validation", "transaction_date_validation_response";
    required {
        CLASSIFICATION classification: DateClassification = "classification" Kind::Text(20);
    }
    optional {
        MESSAGE message: String = "message" Kind::LongText;
    }
}
