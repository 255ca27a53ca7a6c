//! The fields of Sage 200 that this crate reads or writes, with type and limit, as Sage's own API description gives
//! them (v1, 2024 R1).

/// Type and limit of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Text of at most so many characters.
    Text(usize),
    /// Text without a published limit.
    LongText,
    /// A whole number of 64 bits: ids, URNs.
    Int64,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 16 bits.
    Int16,
    /// A decimal number with so many decimal places.
    Decimal(u32),
    /// True or false.
    Bool,
    /// A date, or date and time.
    Date,
    /// A list of rows.
    List(&'static [Field]),
    /// A row inside.
    Object(&'static [Field]),
}

/// A field's name on the wire, and its kind.
pub type Field = (&'static str, Kind);

/// One resource of Sage 200.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Entity {
    /// Its path, such as `sales_transaction_views`.
    pub resource: &'static str,
    /// The name of its schema in Sage's API description.
    pub schema: &'static str,
    /// What this crate uses of it.
    pub fields: &'static [Field],
}

/// What a credit note sends (`sales_credit_notes`).
pub const CREDIT_NOTE: Entity = Entity {
    resource: "sales_credit_notes",
    schema: "sales_credit_note",
    fields: &[
        ("customer_id", Kind::Int64),
        ("transaction_date", Kind::Date),
        ("reference", Kind::Text(20)),
        ("second_reference", Kind::Text(20)),
        ("document_goods_value", Kind::Decimal(2)),
        ("document_tax_value", Kind::Decimal(2)),
        (
            "tax_analysis_items",
            Kind::List(&[("id", Kind::Int64), ("goods_amount", Kind::Decimal(2)), ("tax_amount", Kind::Decimal(2))]),
        ),
        (
            "nominal_analysis_items",
            Kind::List(&[
                ("code", Kind::Text(8)),
                ("cost_centre", Kind::Text(3)),
                ("department", Kind::Text(3)),
                ("narrative", Kind::Text(6000)),
                ("value", Kind::Decimal(2)),
                ("transaction_analysis_code", Kind::Text(20)),
            ]),
        ),
    ],
};

/// What a date check sends (`transaction_date_validation`).
pub const DATE_CHECK: Entity = Entity {
    resource: "transaction_date_validation",
    schema: "transaction_date_validation_request",
    fields: &[("date", Kind::Date), ("ledger_type", Kind::Text(30))],
};

/// What a stock transfer sends (`stock_transfers`).
pub const STOCK_TRANSFER: Entity = Entity {
    resource: "stock_transfers",
    schema: "stock_transfer",
    fields: &[
        ("product_id", Kind::Int64),
        ("bin_holding_from_id", Kind::Int64),
        ("bin_holding_to_id", Kind::Int64),
        ("quantity", Kind::Decimal(5)),
        ("date", Kind::Date),
        ("reference", Kind::Text(20)),
        ("second_reference", Kind::Text(20)),
    ],
};

/// The lines of an order or a return.
const LINES: Field = (
    "lines",
    Kind::List(&[
        ("id", Kind::Int64),
        ("line_type", Kind::Text(20)),
        ("product_id", Kind::Int64),
        ("warehouse_id", Kind::Int64),
        ("code", Kind::Text(30)),
        ("use_description", Kind::Bool),
        ("description", Kind::Text(6000)),
        ("line_quantity", Kind::Decimal(5)),
        ("tax_code_id", Kind::Int64),
        ("selling_unit_price", Kind::Decimal(5)),
        ("selling_unit_price_overridden", Kind::Bool),
        ("nominal_reference", Kind::Text(8)),
        ("nominal_cost_centre", Kind::Text(3)),
        ("nominal_department", Kind::Text(3)),
        ("analysis_code_1", Kind::Text(60)),
        ("is_to_delete", Kind::Bool),
    ]),
);

/// What a sales return sends (`sop_returns`), analysis codes 2 to 20 like the first. Sage has not published its fields;
/// they are those of an order.
pub const SALES_RETURN: Entity = Entity {
    resource: "sop_returns",
    schema: "sop_order",
    fields: &[
        ("customer_id", Kind::Int64),
        ("document_date", Kind::Date),
        ("document_no", Kind::Text(20)),
        ("customer_document_no", Kind::Text(30)),
        ("analysis_code_1", Kind::Text(60)),
        LINES,
    ],
};

/// What a sales order sends (`sop_orders`), analysis codes 2 to 20 like the first.
pub const SALES_ORDER: Entity = Entity {
    resource: "sop_orders",
    schema: "sop_order",
    fields: &[
        ("customer_id", Kind::Int64),
        ("document_date", Kind::Date),
        ("document_no", Kind::Text(20)),
        ("customer_document_no", Kind::Text(30)),
        ("order_priority", Kind::Text(1)),
        ("requested_delivery_date", Kind::Date),
        ("use_invoice_address", Kind::Bool),
        ("customer_delivery_address_id", Kind::Int64),
        (
            "delivery_address",
            Kind::Object(&[
                ("postal_name", Kind::Text(60)),
                ("address_1", Kind::Text(60)),
                ("address_2", Kind::Text(60)),
                ("address_3", Kind::Text(60)),
                ("address_4", Kind::Text(60)),
                ("city", Kind::Text(60)),
                ("county", Kind::Text(60)),
                ("postcode", Kind::Text(10)),
                ("country", Kind::Text(60)),
                ("contact", Kind::Text(235)),
                ("telephone_number", Kind::Text(30)),
                ("email_address", Kind::Text(255)),
                ("country_code_id", Kind::Int64),
            ]),
        ),
        ("analysis_code_1", Kind::Text(60)),
        LINES,
    ],
};

/// Everything that is sent and that Sage describes.
pub const REQUESTS: &[Entity] = &[CREDIT_NOTE, DATE_CHECK, STOCK_TRANSFER, SALES_ORDER];

/// What is sent or read and that Sage's description, which is older, does not have: with the schema whose fields it
/// is presumed to share.
pub const PRESUMED: &[Entity] = &[SALES_RETURN, crate::SalesReturn::ENTITY, crate::SalesReturnLine::ENTITY];

/// Everything that is read and that Sage describes.
pub const ANSWERS: &[Entity] = &[
    crate::Site::ENTITY,
    crate::Customer::ENTITY,
    crate::OrderView::ENTITY,
    crate::OrderLineView::ENTITY,
    crate::TaxCodeRow::ENTITY,
    crate::ProductView::ENTITY,
    crate::SopSettings::ENTITY,
    crate::CurrencyRow::ENTITY,
    crate::PostedTransaction::ENTITY,
    crate::TransactionView::ENTITY,
    crate::DateVerdict::ENTITY,
    crate::ReturnLineView::ENTITY,
    crate::InvoiceCreditView::ENTITY,
    crate::LineInvoiceCreditView::ENTITY,
    crate::WarehouseRow::ENTITY,
    crate::WarehouseHolding::ENTITY,
    crate::BinHolding::ENTITY,
    crate::ProductWarehouseView::ENTITY,
    crate::ProductTransactionView::ENTITY,
    crate::AnalysisCodeMapping::ENTITY,
    crate::CurrentUser::ENTITY,
    crate::SopUserPermissions::ENTITY,
    crate::Licence::ENTITY,
    crate::StockSettings::ENTITY,
    crate::SystemSettings::ENTITY,
    crate::AdditionalCharge::ENTITY,
    crate::SalesOrder::ENTITY,
    crate::SalesOrderLine::ENTITY,
    crate::OrderDefaults::ENTITY,
    crate::DespatchView::ENTITY,
    crate::DespatchLineView::ENTITY,
    crate::DeliveryAddressRow::ENTITY,
    crate::Courier::ENTITY,
    crate::CountryCode::ENTITY,
    crate::EnumRow::ENTITY,
];
