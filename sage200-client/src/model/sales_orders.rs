use super::{Customer, analysis_codes, model, resource};
use crate::{
    CountryCodeRecord, CourierRecord, CurrencyRecord, DeliveryAddressRecord, Despatch, DocumentStatus, Id, LineType,
    Order, OrderLine, Personal, ProcessStatus, Product, TaxCodeRecord, Warehouse, fields::Kind,
};
use chrono::{DateTime, NaiveDate, Utc};
use returns_wire::JsonDecimal;

model! {
    /// A line of a sales order (`sop_orders`, expanded).
    SalesOrderLine, sales_order_line, "sop_orders", "sop_order_line";
    required {
        ID id: Id<OrderLine> = "id" Kind::Int64;
    }
    optional {
        LINE_TYPE line_type: LineType = "line_type" Kind::Text(20);
        LINE_NUMBER line_number: i64 = "line_number" Kind::Int16;
        PRODUCT_ID product_id: Id<Product> = "product_id" Kind::Int64;
        WAREHOUSE_ID warehouse_id: Id<Warehouse> = "warehouse_id" Kind::Int64;
        CODE code: String = "code" Kind::Text(30);
        DESCRIPTION description: String = "description" Kind::Text(6000);
        LINE_QUANTITY line_quantity: JsonDecimal = "line_quantity" Kind::Decimal(5);
        ALLOCATED_QUANTITY allocated_quantity: JsonDecimal = "allocated_quantity" Kind::Decimal(5);
        DESPATCH_RECEIPT_QUANTITY despatch_receipt_quantity: JsonDecimal =
            "despatch_receipt_quantity" Kind::Decimal(5);
        INVOICE_CREDIT_QUANTITY invoice_credit_quantity: JsonDecimal = "invoice_credit_quantity" Kind::Decimal(5);
        SELLING_UNIT_PRICE selling_unit_price: JsonDecimal = "selling_unit_price" Kind::Decimal(5);
        SELLING_UNIT_PRICE_OVERRIDDEN selling_unit_price_overridden: bool =
            "selling_unit_price_overridden" Kind::Bool;
        UNIT_DISCOUNT_PERCENT unit_discount_percent: JsonDecimal = "unit_discount_percent" Kind::Decimal(2);
        UNIT_DISCOUNT_VALUE unit_discount_value: JsonDecimal = "unit_discount_value" Kind::Decimal(5);
        TAX_CODE_ID tax_code_id: Id<TaxCodeRecord> = "tax_code_id" Kind::Int64;
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
analysis_codes!(SalesOrderLine);

model! {
    /// A sales order (`sop_orders`) with its lines.
    SalesOrder, sales_order, "sop_orders", "sop_order";
    required {
        ID id: Id<Order> = "id" Kind::Int64;
    }
    optional {
        CUSTOMER_ID customer_id: Id<Customer> = "customer_id" Kind::Int64;
        IS_DRAFT is_draft: bool = "is_draft" Kind::Bool;
        DOCUMENT_NO document_no: String = "document_no" Kind::Text(20);
        DOCUMENT_DATE document_date: NaiveDate = "document_date" Kind::Date;
        DOCUMENT_STATUS document_status: DocumentStatus = "document_status" Kind::Text(20);
        DESPATCH_RECEIPT_STATUS despatch_receipt_status: ProcessStatus = "despatch_receipt_status" Kind::Text(20);
        INVOICE_CREDIT_STATUS invoice_credit_status: ProcessStatus = "invoice_credit_status" Kind::Text(20);
        CANCELLED_STATUS cancelled_status: ProcessStatus = "cancelled_status" Kind::Text(20);
        CUSTOMER_DOCUMENT_NO customer_document_no: String = "customer_document_no" Kind::Text(30);
        CURRENCY_ID currency_id: Id<CurrencyRecord> = "currency_id" Kind::Int64;
        EXCHANGE_RATE exchange_rate: JsonDecimal = "exchange_rate" Kind::Decimal(6);
        ORDER_PRIORITY order_priority: String = "order_priority" Kind::Text(1);
        USE_INVOICE_ADDRESS use_invoice_address: bool = "use_invoice_address" Kind::Bool;
        IS_CREDIT_LIMIT_EXCEEDED is_credit_limit_exceeded: bool = "is_credit_limit_exceeded" Kind::Bool;
        REQUESTED_DELIVERY_DATE requested_delivery_date: NaiveDate = "requested_delivery_date" Kind::Date;
        DOCUMENT_DISCOUNT_PERCENT document_discount_percent: JsonDecimal = "document_discount_percent" Kind::Decimal(2);
        SUBTOTAL_GOODS_VALUE subtotal_goods_value: JsonDecimal = "subtotal_goods_value" Kind::Decimal(2);
        SUBTOTAL_CHARGE_NET_VALUE subtotal_charge_net_value: JsonDecimal = "subtotal_charge_net_value" Kind::Decimal(2);
        SUBTOTAL_CHARGE_TAX_VALUE subtotal_charge_tax_value: JsonDecimal = "subtotal_charge_tax_value" Kind::Decimal(2);
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
        LINES lines: Vec<SalesOrderLine> = "lines" Kind::List(SalesOrderLine::ENTITY.fields);
        DATE_TIME_CREATED date_time_created: DateTime<Utc> = "date_time_created" Kind::Date;
        DATE_TIME_UPDATED date_time_updated: DateTime<Utc> = "date_time_updated" Kind::Date;
    }
}
resource!(SalesOrder, "sage200.sop_orders.list", "id", |row| row.id.get(), expand & ["lines"]);
analysis_codes!(SalesOrder);

model! {
    /// What a new order of an account begins with (`sop_orders_new`); nothing is stored.
    OrderDefaults, order_defaults, "sop_orders_new", "sop_order";
    required {}
    optional {
        CUSTOMER_ID customer_id: Id<Customer> = "customer_id" Kind::Int64;
        DOCUMENT_DATE document_date: NaiveDate = "document_date" Kind::Date;
        CURRENCY_ID currency_id: Id<CurrencyRecord> = "currency_id" Kind::Int64;
        EXCHANGE_RATE exchange_rate: JsonDecimal = "exchange_rate" Kind::Decimal(6);
        ORDER_PRIORITY order_priority: String = "order_priority" Kind::Text(1);
        USE_INVOICE_ADDRESS use_invoice_address: bool = "use_invoice_address" Kind::Bool;
        SETTLEMENT_DISCOUNT_PERCENT settlement_discount_percent: JsonDecimal =
            "settlement_discount_percent" Kind::Decimal(2);
        DOCUMENT_DISCOUNT_PERCENT document_discount_percent: JsonDecimal = "document_discount_percent" Kind::Decimal(2);
    }
}

model! {
    /// A despatch of an order's goods (`sop_order_despatch_views`).
    DespatchView, despatch_view, "sop_order_despatch_views", "sop_order_despatch_view";
    required {
        ID id: Id<Despatch> = "sop_despatch_id" Kind::Int64;
        ORDER_ID order_id: Id<Order> = "sop_order_id" Kind::Int64;
    }
    optional {
        DOCUMENT_NO document_no: String = "sop_despatch_document_no" Kind::Text(20);
        DATE date: NaiveDate = "sop_despatch_date" Kind::Date;
        COURIER_ID courier_id: Id<CourierRecord> = "sop_despatch_courier_id" Kind::Int64;
        COURIER_NAME courier_name: String = "sop_despatch_courier_name" Kind::Text(60);
        CONSIGNMENT_NO consignment_no: String = "sop_despatch_consignment_no" Kind::Text(60);
        ORDER_DOCUMENT_NO order_document_no: String = "sop_order_document_no" Kind::Text(20);
        ORDER_CUSTOMER_DOCUMENT_NO order_customer_document_no: String =
            "sop_order_customer_document_no" Kind::Text(30);
        CUSTOMER_ID customer_id: Id<Customer> = "customer_id" Kind::Int64;
        CUSTOMER_REFERENCE customer_reference: String = "customer_reference" Kind::Text(8);
    }
}
resource!(DespatchView, "sage200.sop_order_despatch_views.list", "sop_despatch_id", |row| row.id.get());

model! {
    /// A line of a despatch (`sop_order_despatch_line_views`).
    DespatchLineView, despatch_line_view, "sop_order_despatch_line_views", "sop_order_despatch_line_view";
    required {
        ID id: Id<Despatch> = "sop_despatch_line_id" Kind::Int64;
        ORDER_ID order_id: Id<Order> = "sop_order_id" Kind::Int64;
    }
    optional {
        ORDER_LINE_ID order_line_id: Id<OrderLine> = "sop_order_line_id" Kind::Int64;
        DESPATCH_ID despatch_id: Id<Despatch> = "sop_despatch_id" Kind::Int64;
        DESPATCH_DOCUMENT_NO despatch_document_no: String = "sop_despatch_document_no" Kind::Text(20);
        DATE date: NaiveDate = "sop_despatch_date" Kind::Date;
        QUANTITY quantity: JsonDecimal = "sop_despatch_line_quantity" Kind::Decimal(5);
        IS_INVOICED is_invoiced: bool = "sop_despatch_line_is_invoiced" Kind::Bool;
        ITEM_CODE item_code: String = "sop_order_line_item_code" Kind::Text(30);
        WAREHOUSE_ID warehouse_id: Id<Warehouse> = "warehouse_id" Kind::Int64;
        COURIER_NAME courier_name: String = "sop_despatch_courier_name" Kind::Text(60);
        CONSIGNMENT_NO consignment_no: String = "sop_despatch_consignment_no" Kind::Text(60);
        TRACKING_URL tracking_url: String = "sys_courier_tracking_url" Kind::Text(2083);
    }
}
resource!(DespatchLineView, "sage200.sop_order_despatch_line_views.list", "sop_despatch_line_id", |row| row.id.get());

model! {
    /// A delivery address that is stored with an account (`customer_delivery_addresses`).
    DeliveryAddressRow, delivery_address_row, "customer_delivery_addresses", "customer_delivery_address";
    required {
        ID id: Id<DeliveryAddressRecord> = "id" Kind::Int64;
    }
    optional {
        CUSTOMER_ID customer_id: Id<Customer> = "customer_id" Kind::Int64;
        IS_DEFAULT is_default: bool = "is_default" Kind::Bool;
        DESCRIPTION description: Personal = "description" Kind::Text(255);
        POSTAL_NAME postal_name: Personal = "postal_name" Kind::Text(60);
        ADDRESS_1 address_1: Personal = "address_1" Kind::Text(60);
        POSTCODE postcode: Personal = "postcode" Kind::Text(10);
    }
}
resource!(DeliveryAddressRow, "sage200.customer_delivery_addresses.list", "id", |row| row.id.get());

model! {
    /// A courier (`couriers`).
    Courier, courier, "couriers", "courier";
    required {
        ID id: Id<CourierRecord> = "id" Kind::Int64;
    }
    optional {
        NAME name: String = "name" Kind::Text(60);
        TRACKING_URL tracking_url: String = "tracking_url" Kind::Text(2083);
        IS_DEFAULT is_default: bool = "is_default" Kind::Bool;
    }
}
resource!(Courier, "sage200.couriers.list", "id", |row| row.id.get());

model! {
    /// A country (`country_codes`).
    CountryCode, country_code, "country_codes", "country_code";
    required {
        ID id: Id<CountryCodeRecord> = "id" Kind::Int64;
    }
    optional {
        /// Two letters.
        CODE code: String = "code" Kind::Text(2);
        NAME name: String = "name" Kind::Text(60);
    }
}
resource!(CountryCode, "sage200.country_codes.list", "id", |row| row.id.get());
