use super::{Customer, WarehouseHolding, model};
use crate::{
    DocumentStatus, DocumentType, Id, InvoiceCredit, Order, OrderLine, Personal, Product, Receipt, Warehouse,
    fields::Kind,
};
use chrono::{DateTime, NaiveDate, Utc};
use returns_wire::JsonDecimal;

model! {
    /// An order or return with one of its invoices or credit notes (`sop_order_return_invoice_credit_views`). It shows
    /// the printed document, posted or not.
    InvoiceCreditView, invoice_credit_view, "sop_order_return_invoice_credit_views",
        "sop_order_return_invoice_credit_view";
    required {
        DOCUMENT_ID document_id: Id<Order> = "sop_order_return_id" Kind::Int64;
    }
    optional {
        DOCUMENT_TYPE document_type: DocumentType = "sop_order_return_document_type_id" Kind::Int64;
        DOCUMENT_NO document_no: String = "sop_order_return_document_no" Kind::Text(20);
        DOCUMENT_DATE document_date: NaiveDate = "sop_order_return_document_date" Kind::Date;
        DOCUMENT_STATUS document_status: DocumentStatus = "sop_order_return_document_status_id" Kind::Int64;
        CUSTOMER_DOCUMENT_NO customer_document_no: String = "sop_order_return_customer_document_no" Kind::Text(30);
        TOTAL_NET_VALUE total_net_value: JsonDecimal = "sop_order_return_total_net_value" Kind::Decimal(2);
        TOTAL_TAX_VALUE total_tax_value: JsonDecimal = "sop_order_return_total_tax_value" Kind::Decimal(2);
        TOTAL_GROSS_VALUE total_gross_value: JsonDecimal = "sop_order_return_total_gross_value" Kind::Decimal(2);
        CUSTOMER_ID customer_id: Id<Customer> = "customer_id" Kind::Int64;
        CUSTOMER_REFERENCE customer_reference: String = "customer_reference" Kind::Text(8);
        INVOICE_CREDIT_ID invoice_credit_id: Id<InvoiceCredit> = "sop_invoice_credit_id" Kind::Int64;
        /// Number of the invoice or credit note; the ledger's `reference`.
        INVOICE_CREDIT_DOCUMENT_NO invoice_credit_document_no: String = "sop_invoice_credit_document_no" Kind::Text(20);
        /// A number as text: see `sop_invoice_credit_types`.
        INVOICE_CREDIT_TYPE_ID invoice_credit_type_id: String = "sop_invoice_credit_type_id" Kind::Text(20);
        INVOICE_CREDIT_DATE invoice_credit_date: NaiveDate = "sop_invoice_credit_document_date" Kind::Date;
        INVOICE_CREDIT_STATUS_ID invoice_credit_status_id: String =
            "sop_invoice_credit_document_status_id" Kind::Text(20);
        INVOICE_CREDIT_NET_VALUE invoice_credit_net_value: JsonDecimal =
            "sop_invoice_credit_total_net_value" Kind::Decimal(2);
        INVOICE_CREDIT_TAX_VALUE invoice_credit_tax_value: JsonDecimal =
            "sop_invoice_credit_total_tax_value" Kind::Decimal(2);
        INVOICE_CREDIT_GROSS_VALUE invoice_credit_gross_value: JsonDecimal =
            "sop_invoice_credit_total_gross_value" Kind::Decimal(2);
    }
}

model! {
    /// A line of an order or return with one of its invoices or credit notes (`sop_order_return_line_invoice_credit_views`).
    LineInvoiceCreditView, line_invoice_credit_view, "sop_order_return_line_invoice_credit_views",
        "sop_order_return_line_invoice_credit_view";
    required {
        LINE_ID line_id: Id<OrderLine> = "sop_order_return_line_id" Kind::Int64;
    }
    optional {
        INVOICE_CREDIT_ID invoice_credit_id: Id<InvoiceCredit> = "sop_invoice_credit_id" Kind::Int64;
        INVOICE_CREDIT_DOCUMENT_NO invoice_credit_document_no: String = "sop_invoice_credit_document_no" Kind::Text(20);
        INVOICE_CREDIT_TYPE_ID invoice_credit_type_id: i64 = "sop_invoice_credit_type_id" Kind::Int64;
        INVOICE_CREDIT_DATE invoice_credit_date: NaiveDate = "sop_invoice_credit_document_date" Kind::Date;
        INVOICE_CREDIT_STATUS_ID invoice_credit_status_id: i64 = "sop_invoice_credit_document_status_id" Kind::Int64;
        QUANTITY quantity: JsonDecimal = "sop_invoice_credit_line_invoice_credit_quantity" Kind::Decimal(5);
    }
}

model! {
    /// Goods received on a line of a sales return (`sop_return_receipt_line_views`, 2025 R1 and later).
    ///
    /// Sage has not published its fields: these are those of `sop_order_despatch_line_views` with the words of a return.
    /// A field that a site calls otherwise reads as none, and a row without its return's id is an error. The
    /// quantities received stand on [`ReturnLineView`](crate::ReturnLineView) too, under published names.
    ReturnReceiptLineView, return_receipt_line_view, "sop_return_receipt_line_views", "sop_order_despatch_line_view";
    required {
        RETURN_ID return_id: Id<Order> = "sop_return_id" Kind::Int64;
    }
    optional {
        ID id: Id<Receipt> = "sop_return_receipt_line_id" Kind::Int64;
        QUANTITY quantity: JsonDecimal = "sop_return_receipt_line_quantity" Kind::Decimal(5);
        RECEIPT_ID receipt_id: Id<Receipt> = "sop_return_receipt_id" Kind::Int64;
        RECEIPT_DOCUMENT_NO receipt_document_no: String = "sop_return_receipt_document_no" Kind::Text(20);
        RECEIPT_DATE receipt_date: NaiveDate = "sop_return_receipt_date" Kind::Date;
        RECEIPT_USER_NAME receipt_user_name: Personal = "sop_return_receipt_user_name" Kind::Text(20);
        LINE_ID line_id: Id<OrderLine> = "sop_return_line_id" Kind::Int64;
        LINE_ITEM_CODE line_item_code: String = "sop_return_line_item_code" Kind::Text(30);
        LINE_QUANTITY line_quantity: JsonDecimal = "sop_return_line_quantity" Kind::Decimal(5);
        RETURN_DOCUMENT_NO return_document_no: String = "sop_return_document_no" Kind::Text(20);
        RETURN_CUSTOMER_DOCUMENT_NO return_customer_document_no: String =
            "sop_return_customer_document_no" Kind::Text(30);
        CUSTOMER_ID customer_id: Id<Customer> = "customer_id" Kind::Int64;
        PRODUCT_ID product_id: Id<Product> = "product_id" Kind::Int64;
        PRODUCT_CODE product_code: String = "product_code" Kind::Text(30);
        WAREHOUSE_HOLDING_ID warehouse_holding_id: Id<WarehouseHolding> = "warehouse_holding_id" Kind::Int64;
        WAREHOUSE_ID warehouse_id: Id<Warehouse> = "warehouse_id" Kind::Int64;
        WAREHOUSE_NAME warehouse_name: String = "warehouse_name" Kind::Text(20);
        DATE_TIME_UPDATED date_time_updated: DateTime<Utc> = "date_time_updated" Kind::Date;
    }
}
