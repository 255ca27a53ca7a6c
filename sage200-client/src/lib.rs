#![doc = include_str!("../README.md")]

#[cfg(feature = "client")]
mod client;
mod draft;
mod enumerations;
mod enums;
mod ids;
mod model;
mod personal;
mod reading;
mod references;
mod returns;
mod tax;
mod text;
mod transfer;

pub mod dates;
pub mod fields;
pub mod odata;
#[cfg(feature = "sandbox")]
pub mod sandbox;

pub use draft::{CreditNoteDraft, CreditNoteParts, DraftFault, DraftFaults, NominalRow, VatRow};
pub use enumerations::{EnumTable, Enumeration, Indistinct};
pub use enums::{
    AccountStatus, DateClassification, DocumentStatus, DocumentType, LineItems, LineType, ProcessStatus, ProductStatus,
    TransactionType,
};
pub use ids::{
    CompanyId, CompanyKey, CurrencyRecord, Id, InvoiceCredit, NotAnId, Order, OrderLine, Product, Receipt, Record,
    SiteId, TaxCodeRecord, Urn, Warehouse,
};
pub use model::*;
pub use odata::{Field, Filter, Query, Resource};
pub use personal::Personal;
pub use references::{
    AccountReference, AnalysisText, ChargeCode, CostCentre, CustomerDocumentNo, Department, DocumentNo, FieldError,
    LineDescription, Narrative, NominalReference, ProductCode, Reference, SecondReference, TransactionAnalysisCode,
};
pub use returns::{
    AmendmentParts, AnalysisCodes, LineChange, LineNominal, PresumedStatus, ReturnAmendment, ReturnDraft, ReturnFault,
    ReturnFaults, ReturnItem, ReturnLine, ReturnParts, ReturnStatus, ReturnTotals, SiteRule, SiteRules, SlotError,
    StatusAdaptor, StatusRequest, StatusVerb, Violation, Violations,
};
pub use returns_wire::{Currency, Delivery, JsonDecimal, Money, Secret};
pub use tax::{SnapshotId, TaxCode, TaxTable, UnknownReason, UnknownTaxCode};
pub use text::{Shortened, Text, TextError, TextRule};
pub use transfer::{TransferDraft, TransferFault, TransferFaults, TransferParts};

#[cfg(feature = "client")]
pub use client::{
    Builder, Company, CreatedReturn, Edition, MemoryTokens, PROFESSIONAL, Posted, ReturnsSupport, STANDARD, Sage,
    StoredTokens, TOKEN_URL, TokenStore,
};
#[cfg(feature = "client")]
pub use returns_wire::{ApiError, Error, ErrorKind, report};
