//! The list of resources.

use super::{
    Source, Table,
    choices::{self, Choice},
    documents, master, orders, parse, returns, site, stock, tables, tables_orders, tables_returns, tables_stock,
    transactions,
};
use crate::sandbox::{
    settings::Version,
    state::Company,
    value::{Decimals, Row},
};
use std::sync::LazyLock;

pub(crate) const CREDIT_NOTE: &str = "sales_credit_notes";
pub(crate) const CREDIT_NOTE_TAX: &str = "sales_credit_notes.tax_analysis_items";
pub(crate) const CREDIT_NOTE_NOMINAL: &str = "sales_credit_notes.nominal_analysis_items";
pub(crate) const DATE_VALIDATION: &str = "transaction_date_validation";
pub(crate) const SOP_ORDERS: &str = "sop_orders";
pub(crate) const SOP_ORDER_LINES: &str = "sop_orders.lines";
pub(crate) const SOP_ORDER_ADDRESS: &str = "sop_orders.delivery_address";
pub(crate) const SOP_ORDER_MEMOS: &str = "sop_orders.memos";
pub(crate) const SOP_ORDERS_NEW: &str = "sop_orders_new";
pub(crate) const SOP_RETURNS: &str = "sop_returns";
pub(crate) const SOP_RETURN_LINES: &str = "sop_returns.lines";
pub(crate) const SOP_RETURN_ADDRESS: &str = "sop_returns.delivery_address";
pub(crate) const SOP_RETURN_MEMOS: &str = "sop_returns.memos";
pub(crate) const SOP_RETURNS_NEW: &str = "sop_returns_new";
pub(crate) const SOP_RETURNS_STATUS: &str = "sop_returns_status";
pub(crate) const SOP_ORDERS_STATUS: &str = "sop_orders_status";
pub(crate) const STOCK_TRANSFER: &str = "stock_transfers";

/// All resources, requests last.
pub(super) static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    use Decimals::{Full, Short};
    let table = |path, spec, order, expands, decimals, by_id, rows: fn(&Company) -> Vec<Row>| Table {
        path,
        fields: parse(spec),
        order,
        expands,
        decimals,
        by_id,
        since: Version::R2024_1,
        source: Source::Rows(rows),
    };
    let single = |path, spec, source| Table {
        path,
        fields: parse(spec),
        order: &[],
        expands: &[],
        decimals: Short,
        by_id: false,
        since: Version::R2024_1,
        source,
    };
    let mut tables = vec![
        single("current_user", tables::CURRENT_USER, Source::Single(master::current_user)),
        table("sites", tables::SITES, &[], &[], Short, false, master::sites),
        table(
            "customers",
            tables::CUSTOMERS,
            &["reference"],
            &["currency", "default_tax_code", "main_address", "contacts", "memos", "alerts"],
            Short,
            true,
            master::customers,
        ),
        table("customer_views", tables::CUSTOMER_VIEWS, &["reference"], &[], Full, false, master::customer_views),
        table("lookup_customers", tables::LOOKUP_CUSTOMERS, &["reference"], &[], Full, false, master::lookup_customers),
        table("products", tables::PRODUCTS, &["code"], &["tax_code"], Short, true, master::products),
        table("product_views", tables::PRODUCT_VIEWS, &["code"], &[], Full, false, master::product_views),
        table("lookup_products", tables::LOOKUP_PRODUCTS, &["code"], &[], Full, false, master::lookup_products),
        table("tax_codes", tables::TAX_CODES, &["code"], &[], Short, true, master::tax_codes),
        table("currencies", tables::CURRENCIES, &["name"], &["currency_iso_code"], Short, true, master::currencies),
        table("sop_settings", tables::SOP_SETTINGS, &[], &[], Short, true, master::sop_settings),
        table("system_settings", tables::SYSTEM_SETTINGS, &[], &[], Short, true, master::system_settings),
        table(
            "sop_order_return_views",
            tables::SOP_ORDER_RETURN_VIEWS,
            &["document_no", "id"],
            &[],
            Full,
            false,
            documents::order_return_views,
        ),
        table(
            "sop_order_line_views",
            tables::SOP_ORDER_LINE_VIEWS,
            &["-sop_order_id", "-sop_order_line_id"],
            &[],
            Full,
            false,
            documents::order_line_views,
        ),
        table(
            "sop_return_line_views",
            tables::SOP_RETURN_LINE_VIEWS,
            &["-sop_return_id", "-sop_return_line_id"],
            &[],
            Full,
            false,
            documents::return_line_views,
        ),
        table(
            "sales_posted_transactions",
            tables::SALES_POSTED_TRANSACTIONS,
            &["id"],
            &[
                "tax_analysis_items",
                "nominal_analysis_items",
                "bank_items",
                "allocation_session_items",
                "allocation_history_items",
                "customer",
            ],
            Short,
            true,
            transactions::sales_posted_transactions,
        ),
        table(
            "sales_transaction_views",
            tables::SALES_TRANSACTION_VIEWS,
            &["posted_customer_transaction_id"],
            &[],
            Full,
            false,
            transactions::sales_transaction_views,
        ),
        table(
            "product_transaction_views",
            tables::PRODUCT_TRANSACTION_VIEWS,
            &["-id"],
            &[],
            Full,
            false,
            transactions::product_transaction_views,
        ),
    ];
    tables.extend([
        table(
            "sop_order_return_invoice_credit_views",
            tables_returns::SOP_ORDER_RETURN_INVOICE_CREDIT_VIEWS,
            &["sop_order_return_id", "sop_invoice_credit_id"],
            &[],
            Full,
            false,
            returns::invoice_credit_views,
        ),
        table(
            "sop_order_return_line_invoice_credit_views",
            tables_returns::SOP_ORDER_RETURN_LINE_INVOICE_CREDIT_VIEWS,
            &["sop_order_return_line_id", "sop_invoice_credit_id"],
            &[],
            Full,
            false,
            returns::line_invoice_credit_views,
        ),
        table("warehouses", tables_stock::WAREHOUSES, &["name"], &[], Short, true, stock::warehouses),
        table(
            "warehouse_holdings",
            tables_stock::WAREHOUSE_HOLDINGS,
            &["id"],
            &["warehouse", "bin_holdings"],
            Short,
            true,
            stock::warehouse_holdings,
        ),
        table("bin_holdings", tables_stock::BIN_HOLDINGS, &["id"], &[], Short, true, stock::bin_holdings),
        table(
            "product_warehouse_views",
            tables_stock::PRODUCT_WAREHOUSE_VIEWS,
            &["warehouse_name"],
            &[],
            Full,
            false,
            stock::product_warehouse_views,
        ),
        table("licence", tables_stock::LICENCE, &[], &[], Short, false, site::licence),
        table(
            "stock_settings",
            tables_stock::STOCK_SETTINGS,
            &[],
            &["internal_areas"],
            Short,
            true,
            site::stock_settings,
        ),
        table(
            "current_user_sop_user_permissions",
            tables_stock::SOP_USER_PERMISSIONS,
            &[],
            &[],
            Short,
            false,
            site::permissions,
        ),
        table(
            "analysis_code_mappings",
            tables_stock::ANALYSIS_CODE_MAPPINGS,
            &["id"],
            &["analysis_code"],
            Short,
            true,
            site::analysis_code_mappings,
        ),
        table(
            "sop_additional_charges",
            tables_stock::ADDITIONAL_CHARGES,
            &["code"],
            &[],
            Short,
            true,
            site::additional_charges,
        ),
    ]);
    tables.extend([
        table(
            SOP_ORDERS,
            tables_orders::SOP_ORDERS,
            &["document_no", "id"],
            &["lines", "memos", "delivery_address"],
            Short,
            true,
            orders::sop_orders,
        ),
        table(
            "lookup_sop_orders",
            tables_orders::LOOKUP_SOP_ORDERS,
            &["document_no"],
            &[],
            Full,
            false,
            orders::lookup_sop_orders,
        ),
        table(
            "sop_order_despatch_views",
            tables_orders::SOP_ORDER_DESPATCH_VIEWS,
            &["-sop_despatch_id"],
            &[],
            Full,
            false,
            orders::despatch_views,
        ),
        table(
            "sop_order_despatch_line_views",
            tables_orders::SOP_ORDER_DESPATCH_LINE_VIEWS,
            &["-sop_despatch_id", "-sop_despatch_line_id"],
            &[],
            Full,
            false,
            orders::despatch_line_views,
        ),
        table(
            "customer_delivery_addresses",
            tables_orders::CUSTOMER_DELIVERY_ADDRESSES,
            &["id"],
            &[],
            Short,
            true,
            orders::delivery_addresses,
        ),
        table("couriers", tables_orders::COURIERS, &["name"], &[], Short, true, orders::couriers),
        table("country_codes", tables_orders::COUNTRY_CODES, &["name"], &[], Short, true, orders::country_codes),
        single(SOP_ORDER_LINES, tables_orders::SOP_ORDER_LINES, Source::Request),
        single(SOP_ORDER_ADDRESS, tables_orders::SOP_ORDER_ADDRESS, Source::Request),
        single(SOP_ORDER_MEMOS, tables_orders::SOP_ORDER_MEMOS, Source::Request),
        single(SOP_ORDERS_NEW, tables_orders::SOP_ORDERS_NEW, Source::Request),
    ]);
    let returns_family = [
        table(
            SOP_RETURNS,
            tables_returns::SOP_RETURNS,
            &["document_no", "id"],
            &["lines", "memos", "delivery_address"],
            Short,
            true,
            returns::sop_returns,
        ),
        table(
            "lookup_sop_returns",
            tables_returns::LOOKUP_SOP_RETURNS,
            &["document_no"],
            &[],
            Full,
            false,
            returns::lookup_sop_returns,
        ),
        table(
            "sop_return_receipt_line_views",
            tables_returns::SOP_RETURN_RECEIPT_LINE_VIEWS,
            &["-sop_return_receipt_id", "-sop_return_receipt_line_id"],
            &[],
            Full,
            false,
            returns::receipt_line_views,
        ),
        single(SOP_RETURN_LINES, tables_returns::SOP_RETURN_LINES, Source::Request),
        single(SOP_RETURN_ADDRESS, tables_returns::SOP_RETURN_ADDRESS, Source::Request),
        single(SOP_RETURN_MEMOS, tables_returns::SOP_RETURN_MEMOS, Source::Request),
        single(SOP_RETURNS_NEW, tables_returns::SOP_RETURNS_NEW, Source::Request),
        single(SOP_RETURNS_STATUS, tables_returns::SOP_STATUS, Source::Request),
        single(SOP_ORDERS_STATUS, tables_returns::SOP_STATUS, Source::Request),
    ];
    tables.extend(returns_family.map(|table| Table { since: Version::R2025_1, ..table }));
    let enumerations: [(&str, &str, &'static [Choice]); 22] = [
        ("sop_document_types", "id:i64 description:s50 value:s20", choices::DOCUMENT_TYPE),
        ("sop_document_status_types", "id:i64 description:s20 value:s20", choices::DOCUMENT_STATUS),
        ("sop_document_process_status_types", "id:i64 description:s20 value:s20", choices::PROCESS_STATUS),
        ("order_return_line_types", "id:i64 description:s20 value:s20", choices::LINE_TYPE),
        ("trader_transaction_types", "id:i64 description:s30 value:s30", choices::TRADER_TRANSACTION),
        ("account_status_types", "id:i64 description:s30 value:s30", choices::ACCOUNT_STATUS),
        ("product_status_types", "id:i64 description:s50 value:s50", choices::PRODUCT_STATUS),
        ("product_types", "id:i64 description:s50 value:s50", choices::PRODUCT_TYPE),
        ("traceable_types", "id:i64 description:s50 value:s50", choices::TRACEABLE_TYPE),
        ("ledger_types", "id:i64 description:s30 value:s30", choices::LEDGER),
        (
            "transaction_date_validation_classifications",
            "id:i64 description:s20 value:s20",
            choices::DATE_CLASSIFICATION,
        ),
        ("product_transaction_types", "id:i64 description:s25 value:s25", choices::STOCK_TRANSACTION),
        ("sop_invoice_credit_types", "id:i64 description:s20 value:s20", choices::INVOICE_CREDIT),
        ("sop_trade_line_status_types", "id:i64 description:s50 value:s50", choices::TRADE_LINE_STATUS),
        ("sop_customer_types", "id:i64 description:s20 value:s20", choices::CUSTOMER_TYPE),
        ("sop_document_print_status_types", "id:i64 description:s20 value:s20", choices::PRINT_STATUS),
        ("confirmation_intent_types", "id:i64 description:s30 value:s30", choices::CONFIRMATION_INTENT),
        ("order_line_item_types", "id:i64 description:s50 value:s50", choices::LINE_ITEMS),
        ("warehouse_types", "id:i64 description:s20 value:s20", choices::WAREHOUSE_TYPE),
        ("source_area_types", "id:i64 description:s20 value:s50", choices::SOURCE_AREA),
        ("entry_source_types", "id:i64 description:s20 value:s50", choices::ENTRY_SOURCE),
        ("product_transaction_group_types", "id:i64 description:s20 value:s50", choices::STOCK_TRANSACTION_GROUP),
    ];
    tables.extend(
        enumerations
            .map(|(path, spec, choices)| Table { order: &["id"], ..single(path, spec, Source::Choices(choices)) }),
    );
    tables.extend([
        single(CREDIT_NOTE, tables::CREDIT_NOTE, Source::Request),
        single(CREDIT_NOTE_TAX, tables::CREDIT_NOTE_TAX_ANALYSIS_ITEMS, Source::Request),
        single(CREDIT_NOTE_NOMINAL, tables::CREDIT_NOTE_NOMINAL_ANALYSIS_ITEMS, Source::Request),
        single(DATE_VALIDATION, tables::DATE_VALIDATION, Source::Request),
        single(STOCK_TRANSFER, tables_stock::STOCK_TRANSFER, Source::Request),
    ]);
    tables
});
