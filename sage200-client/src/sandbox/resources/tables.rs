//! Fields of the records served, one line of `name:kind` each, in Sage's order (`name_1..20:kind` is a series).
//!
//! Kinds: `iN` integer of N bits, `dN` decimal with N places, `sN` text of at most N UTF-16 units, `b` flag, `date`
//! a document date, `utc` an audit time, `obj` and `list` nested records; `/name` names the enumeration of a text.

pub(super) const SITES: &str = "
    company_id:i32 company_name:s100 site_id:s36 site_name:s100 site_short_name:s50
";
pub(super) const CURRENT_USER: &str = "
    id:i64 logon_name:s256 friendly_name:s250 email_address:s50 is_web_user:b last_logon_date_time:utc
";
pub(super) const CUSTOMERS: &str = "
    id:i64 reference:s8 name:s60 short_name:s8 balance:d2 on_hold:b status_reason:s256
    account_status_type:s20/account_status currency_id:i64 exchange_rate_type:s20 telephone_country_code:s5
    telephone_area_code:s20 telephone_subscriber_number:s200 fax_country_code:s5 fax_area_code:s20
    fax_subscriber_number:s200 website:s200 credit_limit:d2 country_code_id:i64 default_tax_code_id:i64
    vat_number:s30 duns_code:s9 account_type:s20 early_settlement_discount_percent:d2
    early_settlement_discount_days:i16 payment_terms_days:i16 payment_terms_basis:s20 average_time_to_pay:i32
    terms_agreed:b value_of_current_orders_in_sop:d2 credit_bureau_id:i64 credit_position_id:i64
    finance_charge_id:i64 trading_terms:s30 credit_reference:s60 account_opened:date last_credit_review:date
    next_credit_review:date application_date:date date_received:date date_finance_charge_last_run:date
    office_type:s20 associated_head_office_id:i64 produce_statements_for_customer:b is_head_office_with_branches:b
    use_consolidated_billing:b order_priority:s1 use_tax_code_as_default:b months_to_keep_transactions:i16
    default_nominal_code_id:i64 default_nominal_code_reference:s8 default_nominal_code_cost_centre:s3
    default_nominal_code_department:s3 invoice_discount_percent:d2 invoice_line_discount_percent:d2
    customer_discount_group_id:i64 order_value_discount_id:i64 price_band_id:i64 analysis_code_1..20:s60
    spare_text_1..10:s100 spare_number_1..10:d5 spare_date_1..5:date spare_bool_1..5:b associated_head_office:obj
    country_code:obj credit_bureau:obj credit_memo_note:obj credit_position:obj currency:obj
    customer_discount_group:obj default_nominal_code:obj default_tax_code:obj finance_charge:obj main_address:obj
    order_value_discount:obj price_band:obj sales_credit_note_layout:obj sales_invoice_layout:obj
    statement_layout:obj status:obj alerts:list cards:list contacts:list limited_price_bands:list memos:list
    date_time_created:utc date_time_updated:utc
";
pub(super) const CUSTOMER_VIEWS: &str = "
    id:i64 reference:s20 name:s60 short_name:s8 country_code_id:i64 country_code:s2 currency_id:i64
    currency_name:s30 currency_symbol:s4 currency_iso_code_id:i64 currency_iso_code:s3 currency_iso_code_name:s100
    balance:d2 base_balance:d2 credit_limit:d2 vat_number:s30 default_tax_rate_id:i64 default_tax_rate_code:i16
    default_tax_rate_name:s60 default_tax_rate:d2 default_order_priority:s1 default_nominal_account_number:s8
    default_nominal_cost_centre:s3 default_nominal_department:s3 early_settlement_discount_percent:d2
    days_early_settlement_disc_applies:i16 payment_terms_in_days:i16 payment_terms_id:i64 payment_terms:s30
    discount_group_id:i64 discount_group_name:s20 discount_group_description:s50 order_value_discount_id:i64
    order_value_discount_name:s20 order_value_discount_description:s50 price_band_id:i64 price_band_name:s20
    price_band_description:s50 use_consolidated_billing:b invoice_line_discount_percent:d2
    invoice_discount_percent:d2 account_is_on_hold:b account_status_type_id:i64
    account_status_type:s20/account_status account_type_id:i64 account_type:s20 value_of_current_orders_in_sop:d2
    date_account_details_last_changed:date date_of_last_transaction:date date_finance_charge_last_run:date
    trading_terms:s30 credit_reference:s60 credit_bureau_id:i64 credit_bureau_name:s50 credit_position_id:i64
    credit_position_name:s50 average_time_to_pay:i32 account_opened:date last_credit_review:date
    next_credit_review:date application_date:date date_received:date terms_agreed:b is_over_credit_limit:b
    months_to_keep_transactions_for:i16 use_tax_code_as_default:b avg_time_to_pay_date_last_updated:date
    duns_code:s9 telephone_area_code:s20 telephone_country_code:s5 telephone_subscriber_number:s200
    fax_area_code:s20 fax_country_code:s5 fax_subscriber_number:s200 website:s200 send_copy_statement_to_branch:b
    statement_transmission_method_id:i64 statement_transmission_method:s30 invoice_payments_status:s60
    contact_name:s235 contact_first_name:s60 contact_middle_name:s60 contact_last_name:s60
    contact_default_telephone_number:s227 contact_default_email_address:s227 analysis_code_1..20:s60
    customer_location_id:i64 customer_location_address_line_1..4:s60 customer_location_post_code:s10
    customer_location_city:s60 customer_location_county:s60 customer_location_country:s60
    customer_location_full_address:s444 customer_location_date_time_created:utc
    customer_location_date_time_updated:utc customer_location_country_code_id:i64 customer_location_country_code:s2
    customer_location_country_code_name:s60 customer_location_type_id:i64 customer_location_type:s20
    customer_location_address_country_code_id:i64 customer_location_address_country_code:s2
    customer_location_address_country_code_name:s60 date_time_created:utc date_time_updated:utc
";
pub(super) const LOOKUP_CUSTOMERS: &str = "
    id:i64 reference:s20 name:s60 short_name:s8 account_status_type_id:i64 post_code:s10 office_type_id:i64
";
pub(super) const PRODUCTS: &str = "
    id:i64 code:s30 name:s60 description:s1000 use_description_on_documents:b barcode:s60 allow_sales_order:b
    free_stock_quantity:d5 product_group_id:i64 tax_code_id:i64 product_status_type:s20/product_status
    fulfilment_method_type:s50 fulfilment_sequence_type:s50 inactivation_date:date manufacturer:s40 part_number:s60
    label_printing_option_type:s60 traceable_type:s50 sale_from_single_batch:b allow_duplicate_numbers:b
    uses_alternative_ref:b uses_sell_by_date:b uses_use_by_date:b shelf_life:i32 shelf_life_type:s50
    record_nos_on_goods_received:b include_nos_on_count_sheets:b auto_generate_option_type:s50
    auto_generate_separator_id:i64 auto_generate_prefix:s20 auto_generate_next_number:i64 auto_generate_padding:i32
    stocktake_cycle_period:i16 standard_cost:d5 average_buying_price:d5 default_picking_list_comment:s160
    default_despatch_note_comment:s160 commodity_code:s10 country_of_origin_id:i64 weight:d4
    suppress_mass_on_declaration:b is_weee_item:b use_supplementary_units:b supplementary_unit_conversion_ratio:d9
    use_reverse_charge_vat_rules:b landed_costs_type:s20 landed_costs_percentage:d2 landed_costs_per_item:d2
    bom_item_type:s30 stock_nominal_code_id:i64 revenue_nominal_code_id:i64 accrual_nominal_code_id:i64
    issue_nominal_code_id:i64 base_unit_id:i64 stock_unit_id:i64 has_alternative_products:b
    has_cross_sell_products:b has_preferred_supplier:b analysis_code_1..20:s60 spare_text_1..10:s100
    spare_number_1..10:d5 spare_date_1..5:date spare_bool_1..5:b accrual_nominal_code:obj
    auto_generate_separator:obj base_unit:obj bom_settings:obj country_of_origin:obj holding:obj
    issue_nominal_code:obj product_group:obj revenue_nominal_code:obj status:obj stock_nominal_code:obj
    stock_unit:obj tax_code:obj alternative_products:list cross_sell_products:list memos:list
    search_category_values:list suppliers:list units:list warehouse_holdings:list date_time_created:utc
    date_time_updated:utc
";
pub(super) const PRODUCT_VIEWS: &str = "
    id:i64 code:s30 name:s60 status_type_id:i64 status_type:s50/product_status bom_item_type_id:i64
    product_group_product_type_id:i64 product_group_product_type:s50/product_type product_group_code:s20
    product_group_description:s50 product_group_do_items_use_markup:b product_group_costing_method_type_id:i64
    product_group_costing_method_type:s50 traceable_type_id:i64 traceable_type:s50 inactive_date:date
    stock_multiple_of_base_unit:d9 stock_unit_name:s20 base_unit_name:s20 manufacturer:s40 part_number:s60
    label_printing_option_type_id:i64 label_printing_option_type:s50 allow_sales_order:b average_buying_price:d5
    description:s1000 use_description_on_docs:b sale_from_single_batch:b allow_duplicate_numbers:b
    uses_sell_by_date:b uses_use_by_date:b record_nos_on_goods_received:b auto_generate_option_type_id:i64
    auto_generate_option_type:s50 auto_generate_prefix:s20 auto_generate_next_number:i64 commodity_code:s10
    stock_take_cycle_period:i16 suppress_net_mass:b weight:d4 std_cost_variance_last_reset:date
    uses_alternative_ref:b selling_price:d5 standard_cost:d5 sop_item_price:d5 last_archived_up_to:date
    last_trace_archived_up_to:date fulfilment_method_type_id:i64 fulfilment_method_type:s50
    fulfilment_sequence_type_id:i64 fulfilment_sequence_type:s50 shelf_life:i32 shelf_life_type_id:i64
    shelf_life_type:s20 this_is_the_standard_band:b landed_costs_value:d5 default_despatch_note_comment:s160
    default_picking_list_comment:s160 price:d5 free_stock_quantity:d5 quantity_reserved:d5
    confirmed_quantity_in_stock:d5 unconfirmed_quantity_in_stock:d5 actual_quantity:d5 quantity_allocated_stock:d5
    quantity_allocated_sop:d5 quantity_allocated_bom:d5 quantity_on_pop_order:d5 date_of_last_sale:date
    date_of_last_stock_count:date reorder_level:d5 analysis_code_1..20:s60
";
pub(super) const LOOKUP_PRODUCTS: &str = "
    id:i64 code:s30 name:s60 free_stock_quantity:d5 record_nos_on_goods_received:b product_status_id:i64
    bom_item_type_id:i64 traceable_type_id:i64 this_is_the_sop_product_group:b product_type_id:i64
    allow_sales_order:b
";
pub(super) const TAX_CODES: &str = "
    id:i64 code:i16 name:s60 tax_rate:d2 terms:s54 terms_description:s60 is_notional_acquisition_tax:b
    date_time_created:utc date_time_updated:utc
";
pub(super) const CURRENCIES: &str = "
    id:i64 symbol:s4 name:s30 core_currency_rate:d6 euro_currency_rate:d6 is_base_currency:b is_euro_currency:b
    use_for_new_accounts:b exchange_rate_type:s20 exchange_rate_amendability_type:s50 currency_iso_code_id:i64
    currency_iso_code:obj date_time_created:utc date_time_updated:utc
";
pub(super) const SOP_SETTINGS: &str = "
    id:i64 auto_generate_order_return_numbers:b show_order_number_on_confirm:b order_line_item_type:s50
    amend_analysis_codes:b amend_nominal_codes:b allow_payment_with_order:b user_logon_as_order_taker:b
    revenue_nominal_account_same_as:b use_same_cost_centre_department_as_customer:b
    use_same_cost_centre_department_for_issues:b use_same_cost_centre_department_for_assets:b allow_cash_orders:b
    cash_order_account_id:i64 are_prices_tax_inclusive:b allocate_stock_on_order_entry:b update_stock_on_despatch:b
    record_cancelled_order_lines:b print_picking_lists:b auto_print_picking_lists:b
    add_invoice_credit_note_to_sales_ledger:b print_order_acknowledgements:b print_despatch_notes:b
    fully_paid_invoice_text:s60 generate_intrastat_entries:b terms_of_delivery_type:s50
    nature_of_transaction_code_id:i64 orders_returns_last_archived_up_to:date last_archive_run_by:s30
    last_archive_run_on:utc print_traceable_numbers_on_picking_lists:b
    print_traceable_numbers_on_order_acknowledgements:b print_traceable_numbers_on_despatch_notes:b
    print_traceable_numbers_on_invoices:b last_purge_archive_run_by:s30 last_purge_archive_run_on:utc
    archive_last_purged_up_to:date mode_of_transport_id:i64 allow_amend_picking_lists:b
    default_free_text_confirm_intent_type:s50 default_service_labour_confirm_intent_type:s50
    show_unallocated_items_on_picking_list:b show_undespatched_items_on_despatch_note:b allow_prospect_quotes:b
    prospect_quote_account_id:i64 use_invoice_date_on_stock_history:b include_terms_of_delivery_on_intrastat:b
    include_statistical_value_on_intrastat:b intrastat_date_type:s50 use_sop_reverse_charge_invoice_option:b
    sop_print_eu_zero_rated_sales_option_id:i64 invoice_payment_immediately:b use_card_processing:b
    amend_header_analysis_codes:b last_invoicing_delete_run_by:s30 last_invoicing_delete_run_on:utc
    invoicing_last_deleted_up_to:date use_cross_selling_items:b show_frequent_items:b show_recent_items:b
    show_preferred_items:b number_of_days_for_frequent_items:i32 minimum_number_of_lines_for_frequent_items:i32
    number_of_days_for_recent_items:i32 sop_reverse_charge_invoice_option_type:s60
    sop_invoice_cis_reverse_charge_text_type:s50 sop_credit_note_cis_reverse_charge_text_type:s120
    record_tracking_on_despatch:b date_time_created:utc date_time_updated:utc cash_order_account:obj
    prospect_quote_account:obj
";
pub(super) const SYSTEM_SETTINGS: &str = "
    id:i64 next_urn:s30 next_invoice_number:i64 next_credit_note_number:i64 next_journal_entry_number:i64
    first_vat_return_date_defined:b first_vat_return_date:date intrastat_value_for_consolidation:d2
    number_open_periods:i16 update_nominal_online:b use_cost_centre_breakdown:b use_intrastat_reporting:b
    use_period_exchange_rates:b use_segmented_address:b use_additional_trans_analysis:b
    transaction_analysis_heading:s30 accounting_period_validation_type:s20 financial_year_end_date:date
    invoice_credit_note_same_numbers:b reverse_charge_minimum_value:d2 transaction_date_validation:obj
    date_time_created:utc date_time_updated:utc
";
pub(super) const SOP_ORDER_RETURN_VIEWS: &str = "
    id:i64 document_no:s20 document_date:date document_type_id:i64 document_status_id:i64
    document_print_status_id:i64 customer_document_no:s30 currency_id:i64 exchange_rate:d6
    are_prices_tax_inclusive:b subtotal_goods_value:d2 subtotal_charge_net_value:d2 subtotal_charge_tax_value:d2
    subtotal_discount_value:d2 total_net_value:d2 total_tax_value:d2 total_gross_value:d2
    total_gross_value_inc_sett:d2 settlement_discount_days:i16 settlement_discount_percent:d2
    document_discount_percent:d2 document_created_by:s30 requested_delivery_date:date promised_delivery_date:date
    quotation_expiry_date:date intrastat_status_id:i16 ready_for_allocation:b ready_for_despatch_receipt:b
    ready_for_invoice_print:b allocated_status_id:i64 despatch_receipt_status_id:i64 invoice_credit_status_id:i64
    cancelled_status_id:i64 source_document_no:s20 use_invoice_address:b payment_invoiced:b payment_method_name:s20
    payment_reference:s20 payment_value:d2 payment_with_order:b payment_nominal_reference:s8
    payment_nominal_cost_centre:s3 payment_nominal_department:s3 payment_nominal_code_id:i64 analysis_code_1..20:s60
    date_time_updated:utc customer_id:i64 customer_reference:s8 customer_name:s60 customer_short_name:s8
    sop_delivery_addr_postal_name:s60 sop_delivery_addr_description:s60 sop_delivery_addr_address_1..4:s60
    sop_delivery_addr_city:s60 sop_delivery_addr_county:s60 sop_delivery_addr_post_code:s60
    sop_delivery_addr_country:s60 sop_delivery_addr_contact:s60 sop_delivery_addr_telephone:s60
    sop_delivery_addr_fax:s60 sop_delivery_addr_email:s60
";
pub(super) const SOP_ORDER_LINE_VIEWS: &str = "
    sop_order_id:i64 sop_order_document_no:s20 sop_order_document_date:date
    sop_order_document_status:s20/document_status sop_order_customer_document_no:s30 sop_order_currency_id:i64
    sop_order_currency_name:s30 sop_order_currency_symbol:s4 sop_order_exchange_rate:d6
    sop_order_subtotal_goods_value:d2 sop_order_subtotal_charge_net_value:d2 sop_order_subtotal_charge_tax_value:d2
    sop_order_subtotal_discount_value:d2 sop_order_requested_delivery_date:date
    sop_order_promised_delivery_date:date sop_order_settlement_discount_days:i16
    sop_order_settlement_discount_percent:d2 sop_order_document_discount_percent:d2
    sop_order_document_created_by:s30 sop_order_analysis_code_1..20:s60 sop_order_date_time_updated:utc
    sop_order_line_id:i64 sop_order_line_number:i32 sop_order_line_type:s20/line_type
    sop_order_line_product_code:s30 sop_order_line_product_description:s1000 sop_order_line_quantity:d5
    sop_order_line_allocated_quantity:d5 sop_order_line_despatch_receipt_quantity:d5
    sop_order_line_invoice_credit_quantity:d5 sop_order_line_selling_unit_description:s20
    sop_order_line_selling_unit_price:d5 sop_order_line_unit_discount_percent:d2
    sop_order_line_unit_discount_value:d5 sop_order_line_cost_price:d5 sop_order_line_total_value:d2
    sop_order_line_line_tax_value:d2 sop_order_line_discounted_unit_price:d5
    sop_order_line_requested_delivery_date:date sop_order_line_promised_delivery_date:date
    sop_order_line_analysis_code_1..20:s60 sop_order_line_date_time_updated:utc sop_delivery_addr_postal_name:s60
    sop_delivery_addr_description:s60 sop_delivery_addr_address_1..4:s60 sop_delivery_addr_city:s60
    sop_delivery_addr_county:s60 sop_delivery_addr_post_code:s60 sop_delivery_addr_country:s60
    sop_delivery_addr_contact:s60 sop_delivery_addr_telephone:s60 sop_delivery_addr_fax:s60
    sop_delivery_addr_email:s60 customer_id:i64 customer_reference:s8 customer_name:s60 product_id:i64
    product_code:s30 product_name:s60 product_description:s1000 warehouse_id:i64 warehouse_name:s20 tax_code_id:i64
    tax_code_code:i16 tax_code_name:s60 tax_code_rate:d2
";
pub(super) const SOP_RETURN_LINE_VIEWS: &str = "
    sop_return_id:i64 sop_return_document_no:s20 sop_return_document_date:date
    sop_return_document_status:s20/document_status sop_return_customer_document_no:s30 sop_return_currency_id:i64
    sop_return_currency_name:s30 sop_return_currency_symbol:s4 sop_return_exchange_rate:d6
    sop_return_requested_delivery_date:date sop_return_promised_delivery_date:date
    sop_return_analysis_code_1..20:s60 sop_return_date_time_updated:utc sop_return_line_id:i64
    sop_return_line_number:i32 sop_return_line_type:s20/line_type sop_return_line_product_code:s30
    sop_return_line_product_description:s1000 sop_return_line_quantity:d5
    sop_return_line_despatch_receipt_quantity:d5 sop_return_line_invoice_credit_quantity:d5
    sop_return_line_selling_unit_description:s20 sop_return_line_selling_unit_price:d5
    sop_return_line_unit_discount_percent:d2 sop_return_line_unit_discount_value:d5 sop_return_line_cost_price:d5
    sop_return_line_total_value:d2 sop_return_line_line_tax_value:d2 sop_return_line_discounted_unit_price:d5
    sop_return_line_requested_delivery_date:date sop_return_line_promised_delivery_date:date
    sop_return_line_analysis_code_1..20:s60 sop_return_line_date_time_updated:utc customer_id:i64
    customer_reference:s8 customer_name:s60 product_id:i64 product_code:s30 product_name:s60
    product_description:s1000 warehouse_id:i64 warehouse_name:s20 tax_code_id:i64 tax_code_code:i16
    tax_code_name:s60 tax_code_rate:d2
";
pub(super) const SALES_POSTED_TRANSACTIONS: &str = "
    id:i64 customer_id:i64 trader_transaction_type:s30/trader_transaction reference:s20 second_reference:s20
    queried:s1 transaction_date:date posted_date:date due_date:date full_settlement_date:date
    document_goods_value:d2 document_gross_value:d2 document_tax_value:d2 document_discount_value:d2
    discount_percent:d2 document_tax_discount_value:d2 document_allocated_value:d2 document_outstanding_value:d2
    base_goods_value:d2 base_gross_value:d2 base_tax_value:d2 base_discount_value:d2 base_tax_discount_value:d2
    base_allocated_value:d2 control_value_in_base_currency:d2 exchange_rate:d6 settled_immediately:b
    discount_days:i16 urn:i64 user_name:s20 tax_analysis_items:list nominal_analysis_items:list bank_items:list
    allocation_session_items:list allocation_history_items:list customer:obj date_time_created:utc
    date_time_updated:utc
";
pub(super) const SALES_TRANSACTION_VIEWS: &str = "
    posted_customer_transaction_id:i64 transaction_type:s30/trader_transaction transaction_date:date
    posted_date:date due_date:date discount_days:i16 reference:s20 second_reference:s20 query:s1 status:s20
    user_name:s20 ledger_type:s30 urn:i64 exchange_rate:d6 settled_immediately:b base_goods_value:d2
    base_gross_value:d2 base_discount_value:d2 base_tax_value:d2 base_tax_discount_value:d2 base_allocated_value:d2
    base_outstanding_value:d2 document_goods_value:d2 document_gross_value:d2 document_discount_value:d2
    document_tax_value:d2 document_tax_discount_value:d2 document_allocated_value:d2 document_outstanding_value:d2
    customer_id:i64 customer_reference:s8 customer_name:s60 currency_name:s30 currency_symbol:s4
    transaction_date_time_updated:utc
";
pub(super) const PRODUCT_TRANSACTION_VIEWS: &str = "
    id:i64 product_id:i64 product_group_id:i64 product_code:s30 product_group_code:s20 transaction_group_id:i64
    transaction_type_id:i64 transaction_type:s20 transaction_date:date source_area_type_id:i64
    source_area_reference:s20 source_area_name:s20 reference:s20 second_reference:s20 warehouse_name:s20
    bin_name:s20 quantity:d5 unit_cost_price:d5 unit_issue_price:d5 unit_discount_value:d5 total_order_discount:d2
    cost_value:d5 issue_value:d5 memo:s1000 user_name:s20 analysis_code_1..20:s60 date_time_updated:utc
";
/// The body of `POST sales_credit_notes`.
pub(super) const CREDIT_NOTE: &str = "
    customer_id:i64 transaction_date:date exchange_rate:d6 reference:s20 second_reference:s20 settled_immediately:b
    document_goods_value:d2 document_tax_value:d2 document_discount_value:d2 document_tax_discount_value:d2
    discount_percent:d2 discount_days:i16 is_eu_trader:b triangular_transaction:b tax_analysis_items:list
    nominal_analysis_items:list
";
/// Its tax rows.
pub(super) const CREDIT_NOTE_TAX_ANALYSIS_ITEMS: &str = "
    id:i64 goods_amount:d2 discount_amount:d2 tax_amount:d2 tax_discount_amount:d2
";
/// Its nominal rows.
pub(super) const CREDIT_NOTE_NOMINAL_ANALYSIS_ITEMS: &str = "
    code:s8 cost_centre:s3 department:s3 narrative:s6000 value:d2 transaction_analysis_code:s20
";
/// The body of `POST transaction_date_validation`.
pub(super) const DATE_VALIDATION: &str = "date:date ledger_type:s30/ledger";
