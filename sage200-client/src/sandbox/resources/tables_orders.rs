//! Fields of sales orders, their despatches and what belongs to them; the notation is that of `tables`.

pub(crate) const SOP_ORDERS: &str = "
    id:i64 customer_id:i64 is_draft:b is_editing:b is_to_sequence_lines:b override_on_hold:b recalculate_prices:b
    apply_available_document_discount_percent:b lock_id:i64 customer_delivery_address_id:i64 suppress_warnings:b
    document_no:s20 customer_type:s50 document_date:date document_status:s20/document_status
    despatch_receipt_status:s20 invoice_credit_status:s20 cancelled_status:s20 currency_id:i64 exchange_rate:d6
    subtotal_goods_value:d2 subtotal_charge_net_value:d2 subtotal_charge_tax_value:d2 subtotal_discount_value:d2
    total_net_value:d2 total_tax_value:d2 total_gross_value:d2 customer_document_no:s30 is_credit_limit_exceeded:b
    use_invoice_address:b is_triangulated:b settlement_discount_days:i16 settlement_discount_percent:d2
    document_discount_percent:d2 available_document_discount_percent:d2 document_created_by:s30
    requested_delivery_date:date promised_delivery_date:date quotation_expiry_date:date order_priority:s1
    external_reference:s20 payment_with_order:b payment_type:s20 invoice_payment_with_order_immediately:b
    payment_value:d2 payment_reference:s20 payment_method_id:i64 payment_declared:d2 payment_undeclared:d2
    declared_payment_remaining:d2 analysis_code_1..20:s60 spare_text_1..10:s100 spare_number_1..10:d5
    spare_date_1..5:date spare_bool_1..5:b cash_account_invoice_address:obj currency:obj customer:obj
    delivery_address:obj payment_method:obj payment_status:obj profitability:obj lines:list memos:list
    date_time_created:utc date_time_updated:utc
";
/// The lines within.
pub(crate) const SOP_ORDER_LINES: &str = "
    id:i64 sop_order_id:i64 line_type:s20 product_id:i64 warehouse_id:i64 create_cancelled_line:b is_to_split_line:b
    code:s30 use_description:b description:s6000 line_quantity:d5 to_allocate_quantity:d5 line_number:i16
    tax_code_id:i64 nominal_reference:s8 nominal_cost_centre:s3 nominal_department:s3 allocated_quantity:d5
    available_for_despatch:d5 despatch_receipt_quantity:d5 invoice_credit_quantity:d5
    posted_invoice_credit_quantity:d5 stock_unit_line_quantity:d5 stock_unit_to_allocate_quantity:d5
    stock_unit_allocated_quantity:d5 stock_unit_available_quantity:d5 stock_unit_available_for_despatch:d5
    stock_unit_despatch_receipt_quantity:d5 stock_unit_invoice_credit_quantity:d5
    stock_unit_posted_invoice_credit_quantity:d5 allocation_status:s20 despatch_receipt_status:s20
    invoice_credit_status:s20 selling_unit_id:i64 selling_unit_description:s20 selling_unit_price:d5
    selling_unit_price_overridden:b pricing_unit_id:i64 pricing_unit_description:s20 line_unit_precision:d5
    stock_unit_precision:d5 selling_unit_multiple:d7 stock_unit_multiple:d7 unit_discount_percent:d2
    discount_percent_specified:b unit_discount_value:d5 unit_discount_overridden:b discounted_unit_price:d2
    cost_price:d5 retain_manual_prices:b fulfilment_method:s50 confirmation_intent_type:s50 mark_as_preferred:b
    line_tax_value:d2 line_total_value:d2 requested_delivery_date:date promised_delivery_date:date
    picking_list_comment:s160 despatch_note_comment:s160 show_on_customer_docs:b show_on_picking_list_type:s20
    has_pop_order:b back_to_back_status:s20 is_complete:b is_line_deletable:b analysis_code_1..20:s60
    spare_text_1..10:s100 spare_number_1..10:d5 spare_date_1..5:date spare_bool_1..5:b additional_charge:obj
    discount:obj nominal_code:obj pricing_unit:obj product:obj profitability:obj selling_unit:obj sop_order:obj
    tax_code:obj warehouse:obj traceable_adjustment_items:list is_to_delete:b date_time_created:utc
    date_time_updated:utc
";
/// The address within.
pub(crate) const SOP_ORDER_ADDRESS: &str = "
    id:i64 postal_name:s60 address_1:s60 address_2:s60 address_3:s60 address_4:s60 city:s60 county:s60 country:s60
    postcode:s10 contact:s235 telephone_number:s30 fax_number:s30 email_address:s255 tax_number:s30 tax_code_id:i64
    country_code_id:i64 tax_code:obj country_code:obj date_time_created:utc date_time_updated:utc
";
/// The memos within.
pub(crate) const SOP_ORDER_MEMOS: &str = "
    id:i64 sop_order_return_id:i64 is_active:b note:s1000 is_to_delete:b created_by:s20 date_time_created:utc
    date_time_updated:utc
";
/// The body of `POST sop_orders_new`.
pub(crate) const SOP_ORDERS_NEW: &str = "
    customer_id:i64
";
pub(crate) const LOOKUP_SOP_ORDERS: &str = "
    id:i64 document_no:s20 customer_id:i64 customer_document_no:s20 document_status_id:i64
";
pub(crate) const SOP_ORDER_DESPATCH_VIEWS: &str = "
    sop_despatch_id:i64 sop_despatch_document_no:s20 sop_despatch_date:date sop_despatch_courier_id:i64
    sop_despatch_courier_name:s60 sop_despatch_consignment_no:s60 sop_despatch_incoterm:s60
    sop_despatch_export_reason:s60 sop_despatch_pieces:i32 sop_despatch_weight:d3 sop_despatch_notes:s256
    sop_despatch_user_name:s20 sop_order_id:i64 sop_order_document_no:s20 sop_order_document_date:date
    sop_order_document_status_id:i64 sop_order_customer_document_no:s30 customer_id:i64 customer_reference:s8
    customer_name:s60
";
pub(crate) const SOP_ORDER_DESPATCH_LINE_VIEWS: &str = "
    sop_despatch_line_id:i64 sop_despatch_line_quantity:d5 sop_despatch_line_is_invoiced:b sop_despatch_id:i64
    sop_despatch_document_no:s20 sop_despatch_date:date sop_despatch_user_name:s20 sop_order_line_id:i64
    sop_order_line_type_id:i64 sop_order_line_item_code:s30 sop_order_line_item_description:s60
    sop_order_line_print_sequence_number:i32 sop_order_line_quantity:d5 sop_order_line_despatch_quantity:d5
    sop_order_id:i64 sop_order_document_no:s20 sop_order_document_date:date
    sop_order_document_status_type:s20/document_status sop_order_customer_document_no:s30 customer_id:i64
    customer_reference:s8 customer_name:s60 product_id:i64 product_code:s30 product_name:s60
    warehouse_holding_id:i64 warehouse_id:i64 warehouse_name:s20 sop_despatch_courier_name:s60
    sop_despatch_consignment_no:s60 sop_despatch_incoterm:s60 sop_despatch_export_reason:s60 sop_despatch_pieces:i32
    sop_despatch_weight:d3 sop_despatch_notes:s256 sys_courier_tracking_url:s2083 date_time_updated:utc
";
pub(crate) const CUSTOMER_DELIVERY_ADDRESSES: &str = "
    id:i64 customer_id:i64 is_default:b description:s255 postal_name:s60 address_1:s60 address_2:s60 address_3:s60
    address_4:s60 city:s60 county:s60 postcode:s10 country:s60 address_country_code_id:i64 contact:s235
    telephone:s60 fax:s30 email:s255 tax_number:s30 tax_code_id:i64 country_code_id:i64 date_time_created:utc
    date_time_updated:utc customer:obj address_country_code:obj tax_code:obj country_code:obj
";
pub(crate) const COURIERS: &str = "
    id:i64 name:s60 website:s2083 tracking_url:s2083 is_default:b is_to_delete:b date_time_created:utc
    date_time_updated:utc
";
pub(crate) const COUNTRY_CODES: &str = "
    id:i64 code:s2 name:s60 eu_member:b tax_mask:obj date_time_created:utc date_time_updated:utc
";
