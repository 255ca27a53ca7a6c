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
mod sop;
mod tax;
mod text;
mod transfer;

pub mod dates;
pub mod fields;
pub mod odata;
#[cfg(feature = "sandbox")]
pub mod sandbox;

pub use draft::{CreditNoteDraft, CreditNoteParts, DraftFault, DraftFaults, NominalRow, VatRow};
pub use enumerations::{EnumTable, Enumeration, Indistinct, StockGroups};
pub use enums::{
    AccountStatus, DateClassification, DocumentStatus, DocumentType, LineItems, LineType, ProcessStatus, ProductStatus,
    TransactionType,
};
pub use ids::{
    CompanyId, CompanyKey, CountryCodeRecord, CourierRecord, CurrencyRecord, DeliveryAddressRecord, Despatch, Id,
    InvoiceCredit, NotAnId, Order, OrderLine, Product, Receipt, Record, SiteId, TaxCodeRecord, Urn, Warehouse,
};
pub use model::*;
pub use odata::{Field, Filter, Query, Resource};
pub use personal::Personal;
pub use references::{
    AccountReference, AnalysisText, ChargeCode, CostCentre, CustomerDocumentNo, Department, DocumentNo, FieldError,
    LineDescription, Narrative, NominalReference, ProductCode, Reference, SecondReference, TransactionAnalysisCode,
};
pub use returns_wire::{Currency, Delivery, JsonDecimal, Money, Secret};
pub use sop::{
    AddressFault, AddressFaults, AddressParts, AmendmentParts, AnalysisCodes, DeliverTo, DeliveryAddress, LineChange,
    LineNominal, NotAPriority, OrderDraft, OrderParts, OrderPriority, PresumedStatus, ReturnAmendment, ReturnDraft,
    ReturnParts, ReturnStatus, SiteRule, SiteRules, SlotError, SopDocument, SopFault, SopFaults, SopItem, SopLine,
    SopTotals, StatusAdaptor, StatusRequest, StatusVerb, Violation, Violations,
};
pub use tax::{SnapshotId, TaxCode, TaxTable, UnknownReason, UnknownTaxCode};
pub use text::{Shortened, Text, TextError, TextRule};
pub use transfer::{TransferDraft, TransferFault, TransferFaults, TransferParts};

#[cfg(feature = "client")]
pub use client::{
    Builder, Company, CreatedOrder, CreatedReturn, Edition, MemoryTokens, PROFESSIONAL, Posted, ReturnsSupport,
    STANDARD, Sage, StoredTokens, TOKEN_URL, TokenStore,
};
#[cfg(feature = "client")]
pub use returns_wire::{ApiError, Error, ErrorKind, report};
