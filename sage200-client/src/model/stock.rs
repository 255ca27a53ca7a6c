use super::{model, resource};
use crate::{Id, Personal, Product, Record, StockGroups, Warehouse, fields::Kind};
use chrono::{DateTime, NaiveDate, Utc};
use returns_wire::JsonDecimal;
use rust_decimal::Decimal;

model! {
    /// A warehouse (`warehouses`).
    WarehouseRow, warehouse_row, "warehouses", "warehouse";
    required {
        ID id: Id<Warehouse> = "id" Kind::Int64;
    }
    optional {
        NAME name: String = "name" Kind::Text(20);
        DESCRIPTION description: String = "description" Kind::Text(50);
        /// A literal of `warehouse_types`.
        WAREHOUSE_TYPE warehouse_type: String = "warehouse_type" Kind::Text(50);
        /// False: nothing is sold from it. Only Professional shows it.
        USE_FOR_SALES_TRADING use_for_sales_trading: bool = "use_for_sales_trading" Kind::Bool;
    }
}
resource!(WarehouseRow, "sage200.warehouses.list", "id", |row| row.id.get());

impl WarehouseRow {
    /// Can what lies there be sold? Where Sage does not say (Standard), it can unless its type is one for returned or
    /// directly delivered goods.
    pub fn sells(&self) -> bool {
        let kind = self.warehouse_type.as_deref().unwrap_or_default().to_ascii_lowercase();
        self.use_for_sales_trading.unwrap_or(!(kind.contains("return") || kind.contains("direct")))
    }
}

model! {
    /// A product's stock in a warehouse (`warehouse_holdings`), in stock units.
    WarehouseHolding, warehouse_holding, "warehouse_holdings", "warehouse_holding";
    required {
        ID id: Id<WarehouseHolding> = "id" Kind::Int64;
    }
    optional {
        WAREHOUSE_ID warehouse_id: Id<Warehouse> = "warehouse_id" Kind::Int64;
        WAREHOUSE_NAME warehouse_name: String = "warehouse_name" Kind::Text(20);
        PRODUCT_ID product_id: Id<Product> = "product_id" Kind::Int64;
        CONFIRMED_QTY_IN_STOCK confirmed_qty_in_stock: JsonDecimal = "confirmed_qty_in_stock" Kind::Decimal(5);
        UNCONFIRMED_QTY_IN_STOCK unconfirmed_qty_in_stock: JsonDecimal = "unconfirmed_qty_in_stock" Kind::Decimal(5);
        QUANTITY_IN_STOCK quantity_in_stock: JsonDecimal = "quantity_in_stock" Kind::Decimal(5);
        QUANTITY_RESERVED quantity_reserved: JsonDecimal = "quantity_reserved" Kind::Decimal(5);
        QUANTITY_ALLOCATED quantity_allocated: JsonDecimal = "quantity_allocated" Kind::Decimal(5);
        FREE_STOCK_AVAILABLE free_stock_available: JsonDecimal = "free_stock_available" Kind::Decimal(5);
        FREE_STOCK_AVAILABLE_LESS_RESERVED free_stock_available_less_reserved: JsonDecimal =
            "free_stock_available_less_reserved" Kind::Decimal(5);
        DATE_TIME_UPDATED date_time_updated: DateTime<Utc> = "date_time_updated" Kind::Date;
    }
}
resource!(WarehouseHolding, "sage200.warehouse_holdings.list", "id", |row| row.id.get());

impl Record for WarehouseHolding {
    const NAME: &'static str = "WarehouseHolding";
}

model! {
    /// A product's stock in a bin (`bin_holdings`), in stock units. Every warehouse has a bin, often "Unspecified".
    BinHolding, bin_holding, "bin_holdings", "bin_holding";
    required {
        ID id: Id<BinHolding> = "id" Kind::Int64;
    }
    optional {
        WAREHOUSE_HOLDING_ID warehouse_holding_id: Id<WarehouseHolding> = "warehouse_holding_id" Kind::Int64;
        PRODUCT_ID product_id: Id<Product> = "product_id" Kind::Int64;
        NAME name: String = "name" Kind::Text(20);
        CONFIRMED_QTY_IN_STOCK confirmed_qty_in_stock: JsonDecimal = "confirmed_qty_in_stock" Kind::Decimal(5);
        UNCONFIRMED_QTY_IN_STOCK unconfirmed_qty_in_stock: JsonDecimal = "unconfirmed_qty_in_stock" Kind::Decimal(5);
        QUANTITY_IN_STOCK quantity_in_stock: JsonDecimal = "quantity_in_stock" Kind::Decimal(5);
        QUANTITY_RESERVED quantity_reserved: JsonDecimal = "quantity_reserved" Kind::Decimal(5);
        QUANTITY_ALLOCATED quantity_allocated: JsonDecimal = "quantity_allocated" Kind::Decimal(5);
        FREE_STOCK_AVAILABLE free_stock_available: JsonDecimal = "free_stock_available" Kind::Decimal(5);
        FREE_STOCK_AVAILABLE_LESS_RESERVED free_stock_available_less_reserved: JsonDecimal =
            "free_stock_available_less_reserved" Kind::Decimal(5);
        DATE_TIME_UPDATED date_time_updated: DateTime<Utc> = "date_time_updated" Kind::Date;
    }
}
resource!(BinHolding, "sage200.bin_holdings.list", "id", |row| row.id.get());

impl Record for BinHolding {
    const NAME: &'static str = "BinHolding";
}

model! {
    /// A product's free stock in a warehouse (`product_warehouse_views`); Sage 200 leaves warehouses for returns and for
    /// direct delivery out.
    ProductWarehouseView, product_warehouse_view, "product_warehouse_views", "product_warehouse_view";
    required {
        WAREHOUSE_HOLDING_ID warehouse_holding_id: Id<WarehouseHolding> = "warehouse_holding_id" Kind::Int64;
    }
    optional {
        PRODUCT_ID product_id: Id<Product> = "product_id" Kind::Int64;
        WAREHOUSE_ID warehouse_id: Id<Warehouse> = "warehouse_id" Kind::Int64;
        WAREHOUSE_NAME warehouse_name: String = "warehouse_name" Kind::Text(20);
        USE_FOR_SALES_TRADING use_for_sales_trading: bool = "use_for_sales_trading" Kind::Bool;
        FREE_STOCK_QUANTITY free_stock_quantity: JsonDecimal = "free_stock_quantity" Kind::Decimal(5);
    }
}
resource!(ProductWarehouseView, "sage200.product_warehouse_views.list", "warehouse_holding_id", |row| row
    .warehouse_holding_id
    .get());

model! {
    /// A row of the stock ledger (`product_transaction_views`).
    ProductTransactionView, product_transaction_view, "product_transaction_views", "product_transaction_view";
    required {
        ID id: Id<ProductTransactionView> = "id" Kind::Int64;
    }
    optional {
        PRODUCT_ID product_id: Id<Product> = "product_id" Kind::Int64;
        PRODUCT_CODE product_code: String = "product_code" Kind::Text(30);
        /// See `product_transaction_group_types`.
        TRANSACTION_GROUP_ID transaction_group_id: i64 = "transaction_group_id" Kind::Int64;
        /// See `product_transaction_types`.
        TRANSACTION_TYPE_ID transaction_type_id: i64 = "transaction_type_id" Kind::Int64;
        TRANSACTION_TYPE transaction_type: String = "transaction_type" Kind::Text(20);
        TRANSACTION_DATE transaction_date: NaiveDate = "transaction_date" Kind::Date;
        /// See `source_area_types`.
        SOURCE_AREA_TYPE_ID source_area_type_id: i64 = "source_area_type_id" Kind::Int64;
        SOURCE_AREA_REFERENCE source_area_reference: String = "source_area_reference" Kind::Text(20);
        SOURCE_AREA_NAME source_area_name: Personal = "source_area_name" Kind::Text(20);
        /// The order's or return's number, or the one given to a transfer.
        REFERENCE reference: String = "reference" Kind::Text(20);
        /// The despatch's or receipt's number, or the one given to a transfer.
        SECOND_REFERENCE second_reference: String = "second_reference" Kind::Text(20);
        WAREHOUSE_NAME warehouse_name: String = "warehouse_name" Kind::Text(20);
        BIN_NAME bin_name: String = "bin_name" Kind::Text(20);
        QUANTITY quantity: JsonDecimal = "quantity" Kind::Decimal(5);
        UNIT_COST_PRICE unit_cost_price: JsonDecimal = "unit_cost_price" Kind::Decimal(5);
        COST_VALUE cost_value: JsonDecimal = "cost_value" Kind::Decimal(5);
        USER_NAME user_name: Personal = "user_name" Kind::Text(20);
        DATE_TIME_UPDATED date_time_updated: DateTime<Utc> = "date_time_updated" Kind::Date;
    }
}
resource!(ProductTransactionView, "sage200.product_transaction_views.list", "id", |row| row.id.get());

impl ProductTransactionView {
    /// What it adds to the stock of its warehouse; less than nothing for what went out. `None` for what moves nothing
    /// (allocated, on order) and for a row that does not say.
    ///
    /// Sage 200 does not publish whether the quantity of goods out is below zero: both forms are read alike.
    pub fn change(&self, groups: &StockGroups) -> Option<Decimal> {
        let (group, quantity) = (self.transaction_group_id?, self.quantity?.get());
        if group == groups.goods_in {
            Some(quantity)
        } else if group == groups.goods_out {
            Some(-quantity.abs())
        } else {
            None
        }
    }

    /// Is it one half of a transfer? Transfers move what is there and add nothing.
    pub fn is_transfer(&self) -> bool {
        self.transaction_type.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains("transfer"))
    }
}

impl Record for ProductTransactionView {
    const NAME: &'static str = "ProductTransactionView";
}
