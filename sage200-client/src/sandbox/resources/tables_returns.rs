//! Fields of sales returns; the notation is that of `tables`.
//!
//! Sage's published description is older than the returns of 2025 R1: their records are the order's without what only
//! orders have, and the receipts' are the despatches'.

pub(crate) const SOP_RETURNS: &str = "
    id:i64 customer_id:i64 is_draft:b is_editing:b is_to_sequence_lines:b lock_id:i64
    customer_delivery_address_id:i64 suppress_warnings:b document_no:s20 customer_type:s50 document_date:date
    document_status:s20/document_status despatch_receipt_status:s20 invoice_credit_status:s20 cancelled_status:s20
    currency_id:i64 exchange_rate:d6 subtotal_goods_value:d2 subtotal_charge_net_value:d2
    subtotal_charge_tax_value:d2 subtotal_discount_value:d2 total_net_value:d2 total_tax_value:d2
    total_gross_value:d2 customer_document_no:s30 use_invoice_address:b is_triangulated:b
    settlement_discount_days:i16 settlement_discount_percent:d2 document_discount_percent:d2 document_created_by:s30
    external_reference:s20 analysis_code_1..20:s60 spare_text_1..10:s100 spare_number_1..10:d5 spare_date_1..5:date
    spare_bool_1..5:b currency:obj customer:obj delivery_address:obj lines:list memos:list date_time_created:utc
    date_time_updated:utc
";
/// The lines within.
pub(crate) const SOP_RETURN_LINES: &str = "
    id:i64 sop_return_id:i64 line_type:s20 product_id:i64 warehouse_id:i64 code:s30 use_description:b
    description:s6000 line_quantity:d5 line_number:i16 tax_code_id:i64 nominal_reference:s8 nominal_cost_centre:s3
    nominal_department:s3 despatch_receipt_quantity:d5 invoice_credit_quantity:d5 posted_invoice_credit_quantity:d5
    despatch_receipt_status:s20 invoice_credit_status:s20 selling_unit_description:s20 selling_unit_price:d5
    selling_unit_price_overridden:b unit_discount_percent:d2 unit_discount_value:d5 discounted_unit_price:d2
    cost_price:d5 retain_manual_prices:b line_tax_value:d2 line_total_value:d2 picking_list_comment:s160
    despatch_note_comment:s160 show_on_customer_docs:b show_on_picking_list_type:s20 is_complete:b
    is_line_deletable:b analysis_code_1..20:s60 spare_text_1..10:s100 spare_number_1..10:d5 spare_date_1..5:date
    spare_bool_1..5:b is_to_delete:b date_time_created:utc date_time_updated:utc
";
/// The address within.
pub(crate) const SOP_RETURN_ADDRESS: &str = "
    postal_name:s60 address_1..4:s60 city:s60 county:s60 country:s60 postcode:s10 contact:s235 telephone_number:s30
    fax_number:s30 email_address:s255 tax_number:s30 tax_code_id:i64 country_code_id:i64
";
/// The memos within.
pub(crate) const SOP_RETURN_MEMOS: &str = "
    id:i64 sop_order_return_id:i64 is_active:b note:s1000 is_to_delete:b created_by:s20 date_time_created:utc
    date_time_updated:utc
";
/// The body of `POST sop_returns_new`.
pub(crate) const SOP_RETURNS_NEW: &str = "
    customer_id:i64
";
/// The presumed body of a change of status.
pub(crate) const SOP_STATUS: &str = "
    id:i64 status:s50
";
pub(crate) const LOOKUP_SOP_RETURNS: &str = "
    id:i64 document_no:s20 customer_id:i64 customer_document_no:s20 document_status_id:i64
";
pub(crate) const SOP_RETURN_RECEIPT_LINE_VIEWS: &str = "
    sop_return_receipt_line_id:i64 sop_return_receipt_line_quantity:d5 sop_return_receipt_line_is_credited:b
    sop_return_receipt_id:i64 sop_return_receipt_document_no:s20 sop_return_receipt_date:date
    sop_return_receipt_user_name:s20 sop_return_line_id:i64 sop_return_line_type_id:i64
    sop_return_line_item_code:s30 sop_return_line_item_description:s60 sop_return_line_print_sequence_number:i32
    sop_return_line_quantity:d5 sop_return_line_receipt_quantity:d5 sop_return_id:i64 sop_return_document_no:s20
    sop_return_document_date:date sop_return_document_status_type:s20/document_status
    sop_return_customer_document_no:s30 customer_id:i64 customer_reference:s8 customer_name:s60 product_id:i64
    product_code:s30 product_name:s60 warehouse_holding_id:i64 warehouse_id:i64 warehouse_name:s20
    date_time_updated:utc
";
pub(crate) const SOP_ORDER_RETURN_INVOICE_CREDIT_VIEWS: &str = "
    sop_order_return_id:i64 sop_order_return_document_type_id:i64 sop_order_return_document_no:s20
    sop_order_return_document_date:date sop_order_return_document_status_id:i64
    sop_order_return_customer_document_no:s30 sop_order_return_total_net_value:d2
    sop_order_return_total_tax_value:d2 sop_order_return_total_gross_value:d2 customer_id:i64 customer_reference:s8
    customer_name:s60 customer_short_name:s8 sop_invoice_credit_id:i64 sop_invoice_credit_document_no:s20
    sop_invoice_credit_type_id:s20 sop_invoice_credit_document_date:date sop_invoice_credit_document_status_id:s20
    sop_invoice_credit_total_net_value:d2 sop_invoice_credit_total_tax_value:d2
    sop_invoice_credit_total_gross_value:d2
";
pub(crate) const SOP_ORDER_RETURN_LINE_INVOICE_CREDIT_VIEWS: &str = "
    sop_invoice_credit_id:i64 sop_order_return_line_id:i64 sop_invoice_credit_document_no:s20
    sop_invoice_credit_type_id:i64 sop_invoice_credit_document_date:date sop_invoice_credit_document_status_id:i64
    sop_invoice_credit_line_invoice_credit_quantity:d5
";
