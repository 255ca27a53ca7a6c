use super::{Customer, analysis_codes, model, resource};
use crate::{
    CurrencyRecord, DocumentStatus, Id, LineType, Order, OrderLine, ProcessStatus, Product, TaxCodeRecord, Warehouse,
    fields::Kind,
};
use chrono::{DateTime, NaiveDate, Utc};
use returns_wire::JsonDecimal;

model! {
    /// A line of a sales return. Sage has not published its fields; they are those of an order's line.
    SalesReturnLine, sales_return_line, "sop_returns", "sop_order_line";
    required {
        ID id: Id<OrderLine> = "id" Kind::Int64;
    }
    optional {
        LINE_TYPE line_type: LineType = "line_type" Kind::Text(20);
        LINE_NUMBER line_number: i16 = "line_number" Kind::Int16;
        PRODUCT_ID product_id: Id<Product> = "product_id" Kind::Int64;
        WAREHOUSE_ID warehouse_id: Id<Warehouse> = "warehouse_id" Kind::Int64;
        CODE code: String = "code" Kind::Text(30);
        DESCRIPTION description: String = "description" Kind::Text(6000);
        LINE_QUANTITY line_quantity: JsonDecimal = "line_quantity" Kind::Decimal(5);
        SELLING_UNIT_PRICE selling_unit_price: JsonDecimal = "selling_unit_price" Kind::Decimal(5);
        SELLING_UNIT_PRICE_OVERRIDDEN selling_unit_price_overridden: bool =
            "selling_unit_price_overridden" Kind::Bool;
        UNIT_DISCOUNT_PERCENT unit_discount_percent: JsonDecimal = "unit_discount_percent" Kind::Decimal(2);
        UNIT_DISCOUNT_VALUE unit_discount_value: JsonDecimal = "unit_discount_value" Kind::Decimal(5);
        TAX_CODE_ID tax_code_id: Id<TaxCodeRecord> = "tax_code_id" Kind::Int64;
        NOMINAL_REFERENCE nominal_reference: String = "nominal_reference" Kind::Text(8);
        NOMINAL_COST_CENTRE nominal_cost_centre: String = "nominal_cost_centre" Kind::Text(3);
        NOMINAL_DEPARTMENT nominal_department: String = "nominal_department" Kind::Text(3);
        /// Received so far.
        DESPATCH_RECEIPT_QUANTITY despatch_receipt_quantity: JsonDecimal =
            "despatch_receipt_quantity" Kind::Decimal(5);
        /// Credited so far, posted or not.
        INVOICE_CREDIT_QUANTITY invoice_credit_quantity: JsonDecimal = "invoice_credit_quantity" Kind::Decimal(5);
        /// Credited and posted so far.
        POSTED_INVOICE_CREDIT_QUANTITY posted_invoice_credit_quantity: JsonDecimal =
            "posted_invoice_credit_quantity" Kind::Decimal(5);
        LINE_TOTAL_VALUE line_total_value: JsonDecimal = "line_total_value" Kind::Decimal(2);
        LINE_TAX_VALUE line_tax_value: JsonDecimal = "line_tax_value" Kind::Decimal(2);
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
    }
}
analysis_codes!(SalesReturnLine);

model! {
    /// A sales return (`sop_returns`, 2025 R1 and later). Sage has not published its fields; they are those of an order.
    SalesReturn, sales_return, "sop_returns", "sop_order";
    required {
        ID id: Id<Order> = "id" Kind::Int64;
    }
    optional {
        CUSTOMER_ID customer_id: Id<Customer> = "customer_id" Kind::Int64;
        /// True while the return is not confirmed.
        IS_DRAFT is_draft: bool = "is_draft" Kind::Bool;
        DOCUMENT_NO document_no: String = "document_no" Kind::Text(20);
        DOCUMENT_DATE document_date: NaiveDate = "document_date" Kind::Date;
        DOCUMENT_STATUS document_status: DocumentStatus = "document_status" Kind::Text(20);
        /// How much has been received.
        DESPATCH_RECEIPT_STATUS despatch_receipt_status: ProcessStatus = "despatch_receipt_status" Kind::Text(20);
        /// How much has been credited.
        INVOICE_CREDIT_STATUS invoice_credit_status: ProcessStatus = "invoice_credit_status" Kind::Text(20);
        CANCELLED_STATUS cancelled_status: ProcessStatus = "cancelled_status" Kind::Text(20);
        CUSTOMER_DOCUMENT_NO customer_document_no: String = "customer_document_no" Kind::Text(30);
        CURRENCY_ID currency_id: Id<CurrencyRecord> = "currency_id" Kind::Int64;
        EXCHANGE_RATE exchange_rate: JsonDecimal = "exchange_rate" Kind::Decimal(6);
        DOCUMENT_DISCOUNT_PERCENT document_discount_percent: JsonDecimal = "document_discount_percent" Kind::Decimal(2);
        SETTLEMENT_DISCOUNT_PERCENT settlement_discount_percent: JsonDecimal =
            "settlement_discount_percent" Kind::Decimal(2);
        SUBTOTAL_GOODS_VALUE subtotal_goods_value: JsonDecimal = "subtotal_goods_value" Kind::Decimal(2);
        SUBTOTAL_CHARGE_NET_VALUE subtotal_charge_net_value: JsonDecimal = "subtotal_charge_net_value" Kind::Decimal(2);
        SUBTOTAL_CHARGE_TAX_VALUE subtotal_charge_tax_value: JsonDecimal = "subtotal_charge_tax_value" Kind::Decimal(2);
        SUBTOTAL_DISCOUNT_VALUE subtotal_discount_value: JsonDecimal = "subtotal_discount_value" Kind::Decimal(2);
        TOTAL_NET_VALUE total_net_value: JsonDecimal = "total_net_value" Kind::Decimal(2);
        TOTAL_TAX_VALUE total_tax_value: JsonDecimal = "total_tax_value" Kind::Decimal(2);
        TOTAL_GROSS_VALUE total_gross_value: JsonDecimal = "total_gross_value" Kind::Decimal(2);
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
        /// Absent when the server left them out: read `sop_return_line_views` then.
        LINES lines: Vec<SalesReturnLine> = "lines" Kind::List(SalesReturnLine::ENTITY.fields);
        DATE_TIME_CREATED date_time_created: DateTime<Utc> = "date_time_created" Kind::Date;
        DATE_TIME_UPDATED date_time_updated: DateTime<Utc> = "date_time_updated" Kind::Date;
    }
}
resource!(SalesReturn, "sage200.sop_returns.list", "id", |row| row.id.get(), expand & ["lines"]);
analysis_codes!(SalesReturn);

model! {
    /// A line of a sales return with its return, product and tax code (`sop_return_line_views`), whoever made the return.
    /// Served by every version.
    ReturnLineView, return_line_view, "sop_return_line_views", "sop_return_line_view";
    required {
        RETURN_ID return_id: Id<Order> = "sop_return_id" Kind::Int64;
        ID id: Id<OrderLine> = "sop_return_line_id" Kind::Int64;
    }
    optional {
        RETURN_DOCUMENT_NO return_document_no: String = "sop_return_document_no" Kind::Text(20);
        RETURN_DOCUMENT_DATE return_document_date: NaiveDate = "sop_return_document_date" Kind::Date;
        RETURN_DOCUMENT_STATUS return_document_status: DocumentStatus = "sop_return_document_status" Kind::Text(20);
        RETURN_CUSTOMER_DOCUMENT_NO return_customer_document_no: String =
            "sop_return_customer_document_no" Kind::Text(30);
        RETURN_CURRENCY_ID return_currency_id: Id<CurrencyRecord> = "sop_return_currency_id" Kind::Int64;
        RETURN_EXCHANGE_RATE return_exchange_rate: JsonDecimal = "sop_return_exchange_rate" Kind::Decimal(6);
        LINE_NUMBER line_number: i64 = "sop_return_line_number" Kind::Int32;
        LINE_TYPE line_type: LineType = "sop_return_line_type" Kind::Text(20);
        /// As it stands on the line.
        PRODUCT_CODE product_code: String = "sop_return_line_product_code" Kind::Text(30);
        PRODUCT_DESCRIPTION product_description: String = "sop_return_line_product_description" Kind::Text(1000);
        QUANTITY quantity: JsonDecimal = "sop_return_line_quantity" Kind::Decimal(5);
        /// Received so far.
        DESPATCH_RECEIPT_QUANTITY despatch_receipt_quantity: JsonDecimal =
            "sop_return_line_despatch_receipt_quantity" Kind::Decimal(5);
        /// Credited so far, posted or not.
        INVOICE_CREDIT_QUANTITY invoice_credit_quantity: JsonDecimal =
            "sop_return_line_invoice_credit_quantity" Kind::Decimal(5);
        SELLING_UNIT_PRICE selling_unit_price: JsonDecimal = "sop_return_line_selling_unit_price" Kind::Decimal(5);
        UNIT_DISCOUNT_PERCENT unit_discount_percent: JsonDecimal =
            "sop_return_line_unit_discount_percent" Kind::Decimal(2);
        UNIT_DISCOUNT_VALUE unit_discount_value: JsonDecimal = "sop_return_line_unit_discount_value" Kind::Decimal(5);
        TOTAL_VALUE total_value: JsonDecimal = "sop_return_line_total_value" Kind::Decimal(2);
        LINE_TAX_VALUE line_tax_value: JsonDecimal = "sop_return_line_line_tax_value" Kind::Decimal(2);
        DISCOUNTED_UNIT_PRICE discounted_unit_price: JsonDecimal =
            "sop_return_line_discounted_unit_price" Kind::Decimal(5);
        ANALYSIS_CODE_1 analysis_code_1: String = "sop_return_line_analysis_code_1" Kind::Text(60);
        ANALYSIS_CODE_2 analysis_code_2: String = "sop_return_line_analysis_code_2" Kind::Text(60);
        ANALYSIS_CODE_3 analysis_code_3: String = "sop_return_line_analysis_code_3" Kind::Text(60);
        ANALYSIS_CODE_4 analysis_code_4: String = "sop_return_line_analysis_code_4" Kind::Text(60);
        ANALYSIS_CODE_5 analysis_code_5: String = "sop_return_line_analysis_code_5" Kind::Text(60);
        ANALYSIS_CODE_6 analysis_code_6: String = "sop_return_line_analysis_code_6" Kind::Text(60);
        ANALYSIS_CODE_7 analysis_code_7: String = "sop_return_line_analysis_code_7" Kind::Text(60);
        ANALYSIS_CODE_8 analysis_code_8: String = "sop_return_line_analysis_code_8" Kind::Text(60);
        ANALYSIS_CODE_9 analysis_code_9: String = "sop_return_line_analysis_code_9" Kind::Text(60);
        ANALYSIS_CODE_10 analysis_code_10: String = "sop_return_line_analysis_code_10" Kind::Text(60);
        ANALYSIS_CODE_11 analysis_code_11: String = "sop_return_line_analysis_code_11" Kind::Text(60);
        ANALYSIS_CODE_12 analysis_code_12: String = "sop_return_line_analysis_code_12" Kind::Text(60);
        ANALYSIS_CODE_13 analysis_code_13: String = "sop_return_line_analysis_code_13" Kind::Text(60);
        ANALYSIS_CODE_14 analysis_code_14: String = "sop_return_line_analysis_code_14" Kind::Text(60);
        ANALYSIS_CODE_15 analysis_code_15: String = "sop_return_line_analysis_code_15" Kind::Text(60);
        ANALYSIS_CODE_16 analysis_code_16: String = "sop_return_line_analysis_code_16" Kind::Text(60);
        ANALYSIS_CODE_17 analysis_code_17: String = "sop_return_line_analysis_code_17" Kind::Text(60);
        ANALYSIS_CODE_18 analysis_code_18: String = "sop_return_line_analysis_code_18" Kind::Text(60);
        ANALYSIS_CODE_19 analysis_code_19: String = "sop_return_line_analysis_code_19" Kind::Text(60);
        ANALYSIS_CODE_20 analysis_code_20: String = "sop_return_line_analysis_code_20" Kind::Text(60);
        DATE_TIME_UPDATED date_time_updated: DateTime<Utc> = "sop_return_line_date_time_updated" Kind::Date;
        CUSTOMER_ID customer_id: Id<Customer> = "customer_id" Kind::Int64;
        CUSTOMER_REFERENCE customer_reference: String = "customer_reference" Kind::Text(8);
        PRODUCT_ID product_id: Id<Product> = "product_id" Kind::Int64;
        /// The product record's own code now.
        PRODUCT_RECORD_CODE product_record_code: String = "product_code" Kind::Text(30);
        WAREHOUSE_ID warehouse_id: Id<Warehouse> = "warehouse_id" Kind::Int64;
        WAREHOUSE_NAME warehouse_name: String = "warehouse_name" Kind::Text(20);
        TAX_CODE_ID tax_code_id: Id<TaxCodeRecord> = "tax_code_id" Kind::Int64;
        TAX_CODE_CODE tax_code_code: i16 = "tax_code_code" Kind::Int16;
        /// Per cent.
        TAX_CODE_RATE tax_code_rate: JsonDecimal = "tax_code_rate" Kind::Decimal(2);
    }
}
resource!(ReturnLineView, "sage200.sop_return_line_views.list", "sop_return_line_id", |row| row.id.get());
analysis_codes!(ReturnLineView);
