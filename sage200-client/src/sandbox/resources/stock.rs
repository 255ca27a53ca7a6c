//! Warehouses and what they hold.

use crate::sandbox::{
    state::Company,
    stock::{Bin, Holding, Warehouse, WarehouseKind},
    value::{Row, Value, int, quantity, text},
};

fn warehouse(company: &Company, warehouse: &Warehouse) -> Row {
    Row::from([
        ("id", int(warehouse.id)),
        ("name", text(&warehouse.name)),
        ("description", text(&warehouse.name)),
        ("warehouse_type", text(warehouse.kind.literal())),
        ("use_for_sales_trading", Value::Flag(warehouse.kind == WarehouseKind::Sales)),
        ("date_time_created", Value::Stamp(company.created)),
        ("date_time_updated", Value::Stamp(company.created)),
    ])
}

pub(super) fn warehouses(company: &Company) -> Vec<Row> {
    company.warehouses.iter().map(|found| warehouse(company, found)).collect()
}

fn bin(company: &Company, holding: &Holding, bin: &Bin) -> Row {
    Row::from([
        ("id", int(bin.id)),
        ("warehouse_holding_id", int(holding.id)),
        ("product_id", int(holding.product_id)),
        ("name", text(&bin.name)),
        ("allocation_priority", int(1)),
        ("confirmed_qty_in_stock", quantity(bin.in_stock)),
        ("quantity_allocated_sop", quantity(bin.allocated)),
        ("quantity_in_stock", quantity(bin.in_stock)),
        ("quantity_in_stock_less_reserved", quantity(bin.in_stock)),
        ("quantity_allocated", quantity(bin.allocated)),
        ("free_stock_available", quantity(bin.free())),
        ("free_stock_available_less_reserved", quantity(bin.free())),
        ("date_time_created", Value::Stamp(company.created)),
        ("date_time_updated", Value::Stamp(company.created)),
    ])
}

pub(super) fn bin_holdings(company: &Company) -> Vec<Row> {
    let all = company.holdings.iter().flat_map(|holding| holding.bins.iter().map(move |found| (holding, found)));
    all.map(|(holding, found)| bin(company, holding, found)).collect()
}

pub(super) fn warehouse_holdings(company: &Company) -> Vec<Row> {
    let row = |holding: &Holding| {
        let (in_stock, allocated) = (holding.in_stock(), holding.allocated());
        let mut row = Row::from([
            ("id", int(holding.id)),
            ("warehouse_id", int(holding.warehouse_id)),
            ("product_id", int(holding.product_id)),
            ("confirmed_qty_in_stock", quantity(in_stock)),
            ("quantity_in_stock", quantity(in_stock)),
            ("quantity_in_stock_less_reserved", quantity(in_stock)),
            ("quantity_allocated_sop", quantity(allocated)),
            ("quantity_allocated", quantity(allocated)),
            ("free_stock_available", quantity(in_stock - allocated)),
            ("free_stock_available_less_reserved", quantity(in_stock - allocated)),
            ("warehouse_name", text(company.warehouse_name(holding.warehouse_id))),
            ("bin_holdings", Value::List(holding.bins.iter().map(|found| bin(company, holding, found)).collect())),
            ("date_time_created", Value::Stamp(company.created)),
            ("date_time_updated", Value::Stamp(company.created)),
        ]);
        if let Some(found) = company.warehouses.iter().find(|found| found.id == holding.warehouse_id) {
            row.put("warehouse", Value::Object(warehouse(company, found)));
        }
        row
    };
    company.holdings.iter().map(row).collect()
}

pub(super) fn product_warehouse_views(company: &Company) -> Vec<Row> {
    let row = |holding: &Holding| {
        let mut sales = company.warehouses.iter().filter(|found| found.kind == WarehouseKind::Sales);
        let found = sales.find(|found| found.id == holding.warehouse_id)?;
        Some(Row::from([
            ("product_id", int(holding.product_id)),
            ("warehouse_holding_id", int(holding.id)),
            ("warehouse_id", int(found.id)),
            ("warehouse_name", text(&found.name)),
            ("use_for_sales_trading", Value::Flag(true)),
            ("free_stock_quantity", quantity(holding.in_stock() - holding.allocated())),
        ]))
    };
    company.holdings.iter().filter_map(row).collect()
}
