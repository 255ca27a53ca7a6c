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

/// Everything that is sent.
pub const REQUESTS: &[Entity] = &[CREDIT_NOTE, DATE_CHECK];

/// Everything that is read.
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
];
