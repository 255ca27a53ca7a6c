//! Sage's enumerations: number, literal, description.
//!
//! Sage publishes most literals and few numbers. Where a number or literal is not published, the one here follows
//! the published order; read them from the enumeration's endpoint instead of writing them down.

/// One value of an enumeration: its number in views, its literal on resources, its description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) id: i64,
    pub(crate) literal: &'static str,
    pub(crate) description: &'static str,
}

const fn choice(id: i64, literal: &'static str, description: &'static str) -> Choice {
    Choice { id, literal, description }
}

pub(crate) const DOCUMENT_STATUS: &[Choice] = &[
    choice(0, "EnumDocumentStatusLive", "Live"),
    choice(1, "EnumDocumentStatusOnHold", "On Hold"),
    choice(2, "EnumDocumentStatusComplete", "Completed"),
    choice(3, "EnumDocumentStatusDispute", "Dispute"),
    choice(4, "EnumDocumentStatusCancelled", "Cancelled"),
    choice(5, "EnumDocumentStatusDraft", "Draft"),
    choice(6, "EnumDocumentStatusPrinted", "Printed"),
    choice(7, "EnumDocumentStatusLost", "Lost"),
];
/// Sage publishes no literals here; tell them apart by description.
pub(crate) const DOCUMENT_TYPE: &[Choice] = &[
    choice(0, "SalesOrder", "Sales Order"),
    choice(1, "SalesReturn", "Sales Return"),
    choice(2, "Quotation", "Quotation"),
    choice(3, "ProForma", "Pro Forma"),
];
/// Sage publishes no literals here.
pub(crate) const PROCESS_STATUS: &[Choice] =
    &[choice(0, "None", "None"), choice(1, "Part", "Part"), choice(2, "Full", "Full")];
pub(crate) const LINE_TYPE: &[Choice] = &[
    choice(0, "EnumLineTypeStandard", "Standard"),
    choice(1, "EnumLineTypeFreeText", "Free Text"),
    choice(2, "EnumLineTypeCharge", "Charge"),
    choice(3, "EnumLineTypeComment", "Comment"),
];
pub(crate) const TRADER_TRANSACTION: &[Choice] = &[
    choice(0, "TradingAccountEntryTypeDeletedRecord", "Deleted Record"),
    choice(1, "TradingAccountEntryTypePurchasePaymentSalesReceipt", "Receipt"),
    choice(2, "TradingAccountEntryTypePurchaseReceiptSalesPayment", "Payment"),
    choice(3, "TradingAccountEntryTypeNOTUSED", "Not Used"),
    choice(4, "TradingAccountEntryTypeInvoice", "Invoice"),
    choice(5, "TradingAccountEntryTypeCreditNote", "Credit Note"),
    choice(6, "TradingAccountEntryTypeOpeningBalanceInvoice", "Opening Balance Inv"),
    choice(7, "TradingAccountEntryTypeOpeningBalanceCreditNote", "Opening Balance Crn"),
];
pub(crate) const ACCOUNT_STATUS: &[Choice] =
    &[choice(0, "AccountStatusActive", "Active"), choice(1, "AccountStatusHidden", "Hidden")];
pub(crate) const PRODUCT_STATUS: &[Choice] = &[choice(0, "Active", "Active"), choice(1, "Inactive", "Inactive")];
pub(crate) const STOCK_ITEM: Choice = choice(0, "EnumStockItemTypeStock", "Stock");
pub(crate) const MISCELLANEOUS: Choice = choice(1, "EnumStockItemTypeMiscellaneous", "Miscellaneous");
pub(crate) const PRODUCT_TYPE: &[Choice] =
    &[STOCK_ITEM, MISCELLANEOUS, choice(2, "EnumStockItemTypeServiceLabour", "Service/Labour")];
pub(crate) const NOT_TRACED: Choice = choice(0, "EnumTraceableTypeNone", "None");
pub(crate) const TRACED_BY_BATCH: Choice = choice(2, "EnumTraceableTypeBatch", "Batch");
pub(crate) const TRACEABLE_TYPE: &[Choice] =
    &[NOT_TRACED, choice(1, "EnumTraceableTypeSerial", "Serial"), TRACED_BY_BATCH];
pub(crate) const LEDGER: &[Choice] = &[
    choice(0, "LedgerSales", "Sales Ledger"),
    choice(1, "LedgerSOP", "Sales Order Processing"),
    choice(2, "LedgerWebAPI", "Web API"),
];
pub(crate) const DATE_CLASSIFICATION: &[Choice] =
    &[choice(0, "Normal", "Normal"), choice(1, "Acceptable", "Acceptable"), choice(2, "Unacceptable", "Unacceptable")];
/// Sage publishes the numbers but the last, no literals.
pub(crate) const STOCK_TRANSACTION: &[Choice] = &[
    choice(0, "StockAddition", "Stock addition"),
    choice(1, "InternalReturn", "Internal return"),
    choice(2, "ReturnFromSupplier", "Return from supplier"),
    choice(3, "StocktakeIn", "Stocktake in"),
    choice(4, "TransferIn", "Transfer in"),
    choice(5, "WriteOff", "Write-off"),
    choice(6, "InternalIssue", "Internal issue"),
    choice(7, "FreeOfChargeIssue", "Free-of-charge issue"),
    choice(8, "ReturnToSupplier", "Return to supplier"),
    choice(9, "TransferOut", "Transfer out"),
    choice(10, "StocktakeOut", "Stocktake out"),
    choice(14, "OpeningBalance", "Opening balance"),
    choice(15, "SOPOut", "SOP out"),
    choice(16, "SOPReturn", "SOP return"),
];
pub(crate) const STOCK_TRANSACTION_GROUP: &[Choice] = &[
    choice(0, "Allocation", "Allocation"),
    choice(1, "Goods Out", "Goods Out"),
    choice(2, "Goods In", "Goods In"),
    choice(3, "On POP Order", "On POP Order"),
];

/// Sage publishes no numbers here.
pub(crate) const INVOICE_CREDIT: &[Choice] = &[choice(0, "Invoice", "Invoice"), choice(1, "CreditNote", "Credit Note")];
/// Sage publishes the words, not the literals.
pub(crate) const TRADE_LINE_STATUS: &[Choice] =
    &[choice(0, "None", "None"), choice(1, "Partially", "Partially"), choice(2, "Fully", "Fully")];
pub(crate) const CUSTOMER_TYPE: &[Choice] = &[
    choice(0, "EnumCustomerTypeCash", "Cash"),
    choice(1, "EnumCustomerTypeCredit", "Credit"),
    choice(2, "EnumCustomerTypeProspect", "Prospect"),
];
/// Sage publishes nothing here.
pub(crate) const PRINT_STATUS: &[Choice] = &[choice(0, "NotPrinted", "Not Printed"), choice(1, "Printed", "Printed")];
pub(crate) const CONFIRMATION_INTENT: &[Choice] = &[
    choice(0, "NoConfirmation", "No confirmation"),
    choice(1, "ConfirmOnDespatch", "Confirm on despatch"),
    choice(2, "Confirm", "Confirm"),
];
pub(crate) const LINE_ITEMS: &[Choice] = &[
    choice(0, "StandardAndFreeText", "Standard and free text"),
    choice(1, "Standard", "Standard"),
    choice(2, "FreeText", "Free text"),
];
pub(crate) const WAREHOUSE_TYPE: &[Choice] = &[choice(0, "Warehouse", "Warehouse"), choice(1, "Returns", "Returns")];
pub(crate) const SOURCE_AREA: &[Choice] = &[
    choice(0, "EnumSourceAreaTypeSupplier", "Supplier"),
    choice(1, "EnumSourceAreaTypeCustomer", "Customer"),
    choice(2, "EnumSourceAreaTypeInternal", "Internal"),
    choice(3, "EnumSourceAreaTypeWriteOff", "Write-off"),
    choice(4, "EnumSourceAreaTypeOpeningBalance", "Opening balance"),
    choice(5, "EnumSourceAreaTypeBOM", "BOM"),
];
pub(crate) const ENTRY_SOURCE: &[Choice] = &[
    choice(0, "EnumEntrySourceTypeStock", "Stock"),
    choice(1, "EnumEntrySourceTypeSOP", "SOP"),
    choice(2, "EnumEntrySourceTypePOP", "POP"),
    choice(3, "EnumEntrySourceTypeBOM", "BOM"),
    choice(4, "EnumEntrySourceTypeManual", "Manual"),
];

/// The enumeration a field's kind names.
pub(crate) fn by_name(name: &str) -> Option<&'static [Choice]> {
    Some(match name {
        "document_status" => DOCUMENT_STATUS,
        "line_type" => LINE_TYPE,
        "trader_transaction" => TRADER_TRANSACTION,
        "account_status" => ACCOUNT_STATUS,
        "product_status" => PRODUCT_STATUS,
        "product_type" => PRODUCT_TYPE,
        "ledger" => LEDGER,
        _ => return None,
    })
}

/// Are the numbers published, so that a filter may use them?
pub(crate) fn numbers_are_known(choices: &[Choice]) -> bool {
    choices == DOCUMENT_STATUS || choices == LINE_TYPE
}
