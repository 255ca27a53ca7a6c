//! Fields of the site's set-up and of stock; the notation is that of `tables`.

pub(crate) const WAREHOUSES: &str = "
    id:i64 name:s20 description:s50 warehouse_type:s50 use_for_sales_trading:b postal_name:s60 address_1..4:s60
    city:s60 county:s60 postcode:s10 country:s60 contact:s50 telephone_number:s30 fax_number:s30 email:s255
    website:s200 spare_text_1..10:s100 spare_number_1..10:d5 spare_date_1..5:date spare_bool_1..5:b
    country_code_id:i64 country_code:obj bom_settings:obj date_time_created:utc date_time_updated:utc
";
pub(crate) const WAREHOUSE_HOLDINGS: &str = "
    id:i64 warehouse_id:i64 product_id:i64 is_default_manufacturing_warehouse:b reorder_level:d5 minimum_level:d5
    maximum_level:d5 quantity_reserved:d5 confirmed_qty_in_stock:d5 unconfirmed_qty_in_stock:d5 quantity_in_stock:d5
    quantity_in_stock_less_reserved:d5 quantity_on_order:d5 quantity_allocated_stock:d5 quantity_allocated_sop:d5
    quantity_allocated_bom:d5 quantity_allocated:d5 free_stock_available:d5 free_stock_available_less_reserved:d5
    warehouse_name:s20 is_to_delete:b product:obj warehouse:obj bin_holdings:list status:obj date_time_created:utc
    date_time_updated:utc
";
pub(crate) const BIN_HOLDINGS: &str = "
    id:i64 warehouse_holding_id:i64 product_id:i64 name:s20 allocation_priority:i64 quantity_reserved:d5
    unconfirmed_qty_in_stock:d5 confirmed_qty_in_stock:d5 quantity_allocated_sop:d5 quantity_allocated_stock:d5
    quantity_allocated_bom:d5 quantity_in_stock:d5 quantity_in_stock_less_reserved:d5 quantity_allocated:d5
    free_stock_available:d5 free_stock_available_less_reserved:d5 last_stocktake:date is_to_delete:b
    spare_text_1..10:s100 spare_number_1..10:d5 spare_date_1..5:date spare_bool_1..5:b product:obj
    warehouse_holding:obj date_time_created:utc date_time_updated:utc
";
pub(crate) const PRODUCT_WAREHOUSE_VIEWS: &str = "
    product_id:i64 warehouse_holding_id:i64 warehouse_id:i64 warehouse_name:s20 use_for_sales_trading:b
    free_stock_quantity:d5
";
pub(crate) const STOCK_SETTINGS: &str = "
    id:i64 use_multiple_locations:b use_search_categories:b integrate_stock_management_with_nominal:b
    generate_cos_for_sop:b allow_negative_stocktake:b allow_negative_stocktake_with_purchase_order:b
    profit_percent_of_revenue:b record_numbers_on_goods_received:b allocate_individual_items:b
    allow_fulfilment_from_stock:b allow_fulfilment_from_supplier_via_stock:b
    allow_fulfilment_from_supplier_direct_to_customer:b use_landed_costs:b landed_costs_nominal_code_id:i64
    internal_areas:list date_time_created:utc date_time_updated:utc
";
/// The body of `POST stock_transfers`.
pub(crate) const STOCK_TRANSFER: &str = "
    product_id:i64 bin_holding_from_id:i64 bin_holding_to_id:i64 quantity:d5 date:date reference:s20
    second_reference:s20 traceable_adjustment_items:list
";
pub(crate) const LICENCE: &str = "
    is_sales_enabled:b is_purchase_enabled:b is_nominal_enabled:b is_fixed_assets_enabled:b is_cash_book_enabled:b
    is_stock_enabled:b is_price_book_enabled:b is_invoicing_enabled:b is_sales_orders_enabled:b
    is_purchase_orders_enabled:b is_bill_of_materials_enabled:b is_additional_excel_reports_enabled:b
    is_project_accounting_enabled:b is_manufacturing_enabled:b is_business_intelligence_enabled:b
    is_scripting_enabled:b
";
pub(crate) const SOP_USER_PERMISSIONS: &str = "
    id:i32 user_number:i32 user_name:s20 view_profit_values:b view_price_calculations:b override_credit_holds:b
    override_prices_discounts:b override_fulfilment_method:b override_confirmation_method:b override_cost_price:b
    generate_purchase_orders:b rapid_order_warehouse_id:i64 trade_order_warehouse_id:i64 full_order_warehouse_id:i64
    invoice_warehouse_id:i64 date_time_created:utc date_time_updated:utc rapid_order_warehouse:obj
    trade_order_warehouse:obj full_order_warehouse:obj invoice_warehouse:obj
";
pub(crate) const ANALYSIS_CODE_MAPPINGS: &str = "
    id:i64 class_name:s255 friendly_class_name:s255 property_name:s255 friendly_property_name:s255 is_mandatory:b
    is_read_only:b slot:i32 analysis_code_id:obj analysis_code:obj date_time_created:utc date_time_updated:utc
";
pub(crate) const ADDITIONAL_CHARGES: &str = "
    id:i64 code:s20 name:s60 charge_value:d2 notional_cost_value:d5 nominal_code_id:i64 tax_code_id:i64
    nominal_code:obj tax_code:obj date_time_created:utc date_time_updated:utc
";
