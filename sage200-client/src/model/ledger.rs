use super::{Customer, model, resource};
use crate::{Id, Personal, Record, TaxCodeRecord, TransactionType, Urn, fields::Kind};
use chrono::{DateTime, NaiveDate, Utc};
use returns_wire::JsonDecimal;

model! {
    /// A row of the sales ledger (`sales_transaction_views`). Credits carry negative values.
    TransactionView, transaction_view, "sales_transaction_views", "sales_transaction_view";
    required {
        ID id: Id<PostedTransaction> = "posted_customer_transaction_id" Kind::Int64;
    }
    optional {
        TRANSACTION_TYPE transaction_type: TransactionType = "transaction_type" Kind::Text(30);
        TRANSACTION_DATE transaction_date: NaiveDate = "transaction_date" Kind::Date;
        POSTED_DATE posted_date: NaiveDate = "posted_date" Kind::Date;
        DISCOUNT_DAYS discount_days: i16 = "discount_days" Kind::Int16;
        REFERENCE reference: String = "reference" Kind::Text(20);
        SECOND_REFERENCE second_reference: String = "second_reference" Kind::Text(20);
        STATUS status: String = "status" Kind::Text(20);
        USER_NAME user_name: Personal = "user_name" Kind::Text(20);
        LEDGER_TYPE ledger_type: String = "ledger_type" Kind::Text(30);
        URN urn: Urn = "urn" Kind::Int64;
        EXCHANGE_RATE exchange_rate: JsonDecimal = "exchange_rate" Kind::Decimal(6);
        DOCUMENT_GOODS_VALUE document_goods_value: JsonDecimal = "document_goods_value" Kind::Decimal(2);
        DOCUMENT_TAX_VALUE document_tax_value: JsonDecimal = "document_tax_value" Kind::Decimal(2);
        DOCUMENT_GROSS_VALUE document_gross_value: JsonDecimal = "document_gross_value" Kind::Decimal(2);
        DOCUMENT_DISCOUNT_VALUE document_discount_value: JsonDecimal = "document_discount_value" Kind::Decimal(2);
        DOCUMENT_ALLOCATED_VALUE document_allocated_value: JsonDecimal = "document_allocated_value" Kind::Decimal(2);
        DOCUMENT_OUTSTANDING_VALUE document_outstanding_value: JsonDecimal =
            "document_outstanding_value" Kind::Decimal(2);
        BASE_GROSS_VALUE base_gross_value: JsonDecimal = "base_gross_value" Kind::Decimal(2);
        CUSTOMER_ID customer_id: Id<Customer> = "customer_id" Kind::Int64;
        CUSTOMER_REFERENCE customer_reference: String = "customer_reference" Kind::Text(8);
        CURRENCY_NAME currency_name: String = "currency_name" Kind::Text(30);
        CURRENCY_SYMBOL currency_symbol: String = "currency_symbol" Kind::Text(4);
        TRANSACTION_DATE_TIME_UPDATED transaction_date_time_updated: DateTime<Utc> =
            "transaction_date_time_updated" Kind::Date;
    }
}
resource!(TransactionView, "sage200.sales_transaction_views.list", "posted_customer_transaction_id", |row| row
    .id
    .get());

model! {
    /// One tax code's share of a posted transaction.
    TaxItem, tax_item, "sales_posted_transactions", "sales_posted_transaction";
    required {}
    optional {
        ID id: Id<TaxCodeRecord> = "id" Kind::Int64;
        CODE code: i16 = "code" Kind::Int16;
        NAME name: String = "name" Kind::Text(60);
        GOODS_AMOUNT goods_amount: JsonDecimal = "goods_amount" Kind::Decimal(2);
        TAX_AMOUNT tax_amount: JsonDecimal = "tax_amount" Kind::Decimal(2);
    }
}

model! {
    /// A posted transaction with its analysis (`sales_posted_transactions`). Credits carry negative values.
    PostedTransaction, posted_transaction, "sales_posted_transactions", "sales_posted_transaction";
    required {
        ID id: Id<PostedTransaction> = "id" Kind::Int64;
    }
    optional {
        CUSTOMER_ID customer_id: Id<Customer> = "customer_id" Kind::Int64;
        TRADER_TRANSACTION_TYPE transaction_type: TransactionType = "trader_transaction_type" Kind::Text(30);
        REFERENCE reference: String = "reference" Kind::Text(20);
        SECOND_REFERENCE second_reference: String = "second_reference" Kind::Text(20);
        TRANSACTION_DATE transaction_date: NaiveDate = "transaction_date" Kind::Date;
        POSTED_DATE posted_date: NaiveDate = "posted_date" Kind::Date;
        DOCUMENT_GOODS_VALUE document_goods_value: JsonDecimal = "document_goods_value" Kind::Decimal(2);
        DOCUMENT_TAX_VALUE document_tax_value: JsonDecimal = "document_tax_value" Kind::Decimal(2);
        DOCUMENT_GROSS_VALUE document_gross_value: JsonDecimal = "document_gross_value" Kind::Decimal(2);
        DOCUMENT_ALLOCATED_VALUE document_allocated_value: JsonDecimal = "document_allocated_value" Kind::Decimal(2);
        DOCUMENT_OUTSTANDING_VALUE document_outstanding_value: JsonDecimal =
            "document_outstanding_value" Kind::Decimal(2);
        BASE_GROSS_VALUE base_gross_value: JsonDecimal = "base_gross_value" Kind::Decimal(2);
        EXCHANGE_RATE exchange_rate: JsonDecimal = "exchange_rate" Kind::Decimal(6);
        DISCOUNT_DAYS discount_days: i16 = "discount_days" Kind::Int16;
        URN urn: Urn = "urn" Kind::Int64;
        USER_NAME user_name: Personal = "user_name" Kind::Text(20);
        /// One row per tax code; absent when the server left them out.
        TAX_ANALYSIS_ITEMS tax_analysis_items: Vec<TaxItem> = "tax_analysis_items" Kind::List(TaxItem::ENTITY.fields);
        DATE_TIME_CREATED date_time_created: DateTime<Utc> = "date_time_created" Kind::Date;
        DATE_TIME_UPDATED date_time_updated: DateTime<Utc> = "date_time_updated" Kind::Date;
    }
}
resource!(
    PostedTransaction,
    "sage200.sales_posted_transactions.list",
    "id",
    |row| row.id.get(),
    expand & ["tax_analysis_items"]
);

impl Record for PostedTransaction {
    const NAME: &'static str = "PostedTransaction";
}
