use super::{Customer, analysis_codes, model, resource};
use crate::{
    CurrencyRecord, DocumentStatus, DocumentType, Id, LineType, Order, OrderLine, Personal, Product, TaxCodeRecord,
    Warehouse, fields::Kind,
};
use chrono::{DateTime, NaiveDate, Utc};
use returns_wire::JsonDecimal;

model! {
    /// The head of a sales order or return (`sop_order_return_views`).
    OrderView, order_view, "sop_order_return_views", "sop_order_return_view";
    required {
        ID id: Id<Order> = "id" Kind::Int64;
    }
    optional {
        DOCUMENT_NO document_no: String = "document_no" Kind::Text(20);
        DOCUMENT_DATE document_date: NaiveDate = "document_date" Kind::Date;
        DOCUMENT_TYPE document_type: DocumentType = "document_type_id" Kind::Int64;
        DOCUMENT_STATUS document_status: DocumentStatus = "document_status_id" Kind::Int64;
        CUSTOMER_DOCUMENT_NO customer_document_no: String = "customer_document_no" Kind::Text(30);
        CURRENCY_ID currency_id: Id<CurrencyRecord> = "currency_id" Kind::Int64;
        EXCHANGE_RATE exchange_rate: JsonDecimal = "exchange_rate" Kind::Decimal(6);
        /// True when unit prices on lines include VAT.
        ARE_PRICES_TAX_INCLUSIVE are_prices_tax_inclusive: bool = "are_prices_tax_inclusive" Kind::Bool;
        SUBTOTAL_GOODS_VALUE subtotal_goods_value: JsonDecimal = "subtotal_goods_value" Kind::Decimal(2);
        SUBTOTAL_CHARGE_NET_VALUE subtotal_charge_net_value: JsonDecimal = "subtotal_charge_net_value" Kind::Decimal(2);
        SUBTOTAL_CHARGE_TAX_VALUE subtotal_charge_tax_value: JsonDecimal = "subtotal_charge_tax_value" Kind::Decimal(2);
        SUBTOTAL_DISCOUNT_VALUE subtotal_discount_value: JsonDecimal = "subtotal_discount_value" Kind::Decimal(2);
        TOTAL_NET_VALUE total_net_value: JsonDecimal = "total_net_value" Kind::Decimal(2);
        TOTAL_TAX_VALUE total_tax_value: JsonDecimal = "total_tax_value" Kind::Decimal(2);
        TOTAL_GROSS_VALUE total_gross_value: JsonDecimal = "total_gross_value" Kind::Decimal(2);
        SETTLEMENT_DISCOUNT_DAYS settlement_discount_days: i16 = "settlement_discount_days" Kind::Int16;
        SETTLEMENT_DISCOUNT_PERCENT settlement_discount_percent: JsonDecimal =
            "settlement_discount_percent" Kind::Decimal(2);
        DOCUMENT_DISCOUNT_PERCENT document_discount_percent: JsonDecimal = "document_discount_percent" Kind::Decimal(2);
        /// Despatched or received: see `sop_document_process_status_types`.
        READY_FOR_ALLOCATION ready_for_allocation: bool = "ready_for_allocation" Kind::Bool;
        READY_FOR_DESPATCH ready_for_despatch: bool = "ready_for_despatch_receipt" Kind::Bool;
        ALLOCATED_STATUS_ID allocated_status_id: i64 = "allocated_status_id" Kind::Int64;
        CANCELLED_STATUS_ID cancelled_status_id: i64 = "cancelled_status_id" Kind::Int64;
        DESPATCH_RECEIPT_STATUS_ID despatch_receipt_status_id: i64 = "despatch_receipt_status_id" Kind::Int64;
        /// Invoiced or credited: see `sop_document_process_status_types`.
        INVOICE_CREDIT_STATUS_ID invoice_credit_status_id: i64 = "invoice_credit_status_id" Kind::Int64;
        SOURCE_DOCUMENT_NO source_document_no: String = "source_document_no" Kind::Text(20);
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
        CUSTOMER_ID customer_id: Id<Customer> = "customer_id" Kind::Int64;
        CUSTOMER_REFERENCE customer_reference: String = "customer_reference" Kind::Text(8);
        DELIVERY_POSTAL_NAME delivery_postal_name: Personal = "sop_delivery_addr_postal_name" Kind::Text(60);
        DELIVERY_POSTCODE delivery_postcode: Personal = "sop_delivery_addr_post_code" Kind::Text(60);
    }
}
resource!(OrderView, "sage200.sop_order_return_views.list", "id", |row| row.id.get());

analysis_codes!(OrderView);

#[cfg(feature = "client")]
impl OrderView {
    /// The field of analysis code 1 to 20.
    pub(crate) const fn analysis_field(number: u8) -> Option<crate::Field<Self, String>> {
        use order_view as o;
        Some(match number {
            1 => o::ANALYSIS_CODE_1,
            2 => o::ANALYSIS_CODE_2,
            3 => o::ANALYSIS_CODE_3,
            4 => o::ANALYSIS_CODE_4,
            5 => o::ANALYSIS_CODE_5,
            6 => o::ANALYSIS_CODE_6,
            7 => o::ANALYSIS_CODE_7,
            8 => o::ANALYSIS_CODE_8,
            9 => o::ANALYSIS_CODE_9,
            10 => o::ANALYSIS_CODE_10,
            11 => o::ANALYSIS_CODE_11,
            12 => o::ANALYSIS_CODE_12,
            13 => o::ANALYSIS_CODE_13,
            14 => o::ANALYSIS_CODE_14,
            15 => o::ANALYSIS_CODE_15,
            16 => o::ANALYSIS_CODE_16,
            17 => o::ANALYSIS_CODE_17,
            18 => o::ANALYSIS_CODE_18,
            19 => o::ANALYSIS_CODE_19,
            20 => o::ANALYSIS_CODE_20,
            _ => return None,
        })
    }
}

model! {
    /// A line of a sales order with its order, product and tax code (`sop_order_line_views`).
    OrderLineView, order_line_view, "sop_order_line_views", "sop_order_line_view";
    required {
        ORDER_ID order_id: Id<Order> = "sop_order_id" Kind::Int64;
        ID id: Id<OrderLine> = "sop_order_line_id" Kind::Int64;
    }
    optional {
        ORDER_DOCUMENT_NO order_document_no: String = "sop_order_document_no" Kind::Text(20);
        ORDER_DOCUMENT_DATE order_document_date: NaiveDate = "sop_order_document_date" Kind::Date;
        ORDER_DOCUMENT_STATUS order_document_status: DocumentStatus = "sop_order_document_status" Kind::Text(20);
        ORDER_CUSTOMER_DOCUMENT_NO order_customer_document_no: String =
            "sop_order_customer_document_no" Kind::Text(30);
        ORDER_CURRENCY_ID order_currency_id: Id<CurrencyRecord> = "sop_order_currency_id" Kind::Int64;
        ORDER_EXCHANGE_RATE order_exchange_rate: JsonDecimal = "sop_order_exchange_rate" Kind::Decimal(6);
        ORDER_SETTLEMENT_DISCOUNT_PERCENT order_settlement_discount_percent: JsonDecimal =
            "sop_order_settlement_discount_percent" Kind::Decimal(2);
        ORDER_DOCUMENT_DISCOUNT_PERCENT order_document_discount_percent: JsonDecimal =
            "sop_order_document_discount_percent" Kind::Decimal(2);
        LINE_NUMBER line_number: i64 = "sop_order_line_number" Kind::Int32;
        LINE_TYPE line_type: LineType = "sop_order_line_type" Kind::Text(20);
        /// As it stands on the line; it keeps its old value when the product is renamed.
        PRODUCT_CODE product_code: String = "sop_order_line_product_code" Kind::Text(30);
        PRODUCT_DESCRIPTION product_description: String = "sop_order_line_product_description" Kind::Text(1000);
        QUANTITY quantity: JsonDecimal = "sop_order_line_quantity" Kind::Decimal(5);
        ALLOCATED_QUANTITY allocated_quantity: JsonDecimal = "sop_order_line_allocated_quantity" Kind::Decimal(5);
        DESPATCH_RECEIPT_QUANTITY despatch_receipt_quantity: JsonDecimal =
            "sop_order_line_despatch_receipt_quantity" Kind::Decimal(5);
        INVOICE_CREDIT_QUANTITY invoice_credit_quantity: JsonDecimal =
            "sop_order_line_invoice_credit_quantity" Kind::Decimal(5);
        SELLING_UNIT_PRICE selling_unit_price: JsonDecimal = "sop_order_line_selling_unit_price" Kind::Decimal(5);
        UNIT_DISCOUNT_PERCENT unit_discount_percent: JsonDecimal =
            "sop_order_line_unit_discount_percent" Kind::Decimal(2);
        UNIT_DISCOUNT_VALUE unit_discount_value: JsonDecimal = "sop_order_line_unit_discount_value" Kind::Decimal(5);
        TOTAL_VALUE total_value: JsonDecimal = "sop_order_line_total_value" Kind::Decimal(2);
        LINE_TAX_VALUE line_tax_value: JsonDecimal = "sop_order_line_line_tax_value" Kind::Decimal(2);
        DISCOUNTED_UNIT_PRICE discounted_unit_price: JsonDecimal =
            "sop_order_line_discounted_unit_price" Kind::Decimal(5);
        DATE_TIME_UPDATED date_time_updated: DateTime<Utc> = "sop_order_line_date_time_updated" Kind::Date;
        CUSTOMER_ID customer_id: Id<Customer> = "customer_id" Kind::Int64;
        CUSTOMER_REFERENCE customer_reference: String = "customer_reference" Kind::Text(8);
        PRODUCT_ID product_id: Id<Product> = "product_id" Kind::Int64;
        /// The product record's own code now.
        PRODUCT_RECORD_CODE product_record_code: String = "product_code" Kind::Text(30);
        WAREHOUSE_ID warehouse_id: Id<Warehouse> = "warehouse_id" Kind::Int64;
        WAREHOUSE_NAME warehouse_name: String = "warehouse_name" Kind::Text(20);
        TAX_CODE_ID tax_code_id: Id<TaxCodeRecord> = "tax_code_id" Kind::Int64;
        TAX_CODE_CODE tax_code_code: i16 = "tax_code_code" Kind::Int16;
        TAX_CODE_NAME tax_code_name: String = "tax_code_name" Kind::Text(60);
        /// Per cent.
        TAX_CODE_RATE tax_code_rate: JsonDecimal = "tax_code_rate" Kind::Decimal(2);
    }
}
resource!(OrderLineView, "sage200.sop_order_line_views.list", "sop_order_line_id", |row| row.id.get());
