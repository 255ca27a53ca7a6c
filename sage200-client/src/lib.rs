#![doc = include_str!("../README.md")]

#[cfg(feature = "client")]
mod client;
mod draft;
mod enums;
mod ids;
mod model;
mod personal;
mod reading;
mod references;
mod tax;
mod text;

pub mod dates;
pub mod fields;
pub mod odata;
#[cfg(feature = "sandbox")]
pub mod sandbox;

pub use draft::{CreditNoteDraft, CreditNoteParts, DraftFault, DraftFaults, NominalRow, VatRow};
pub use enums::{
    AccountStatus, DateClassification, DocumentStatus, DocumentType, LineType, ProductStatus, TransactionType,
};
pub use ids::{
    CompanyId, CompanyKey, CurrencyRecord, Id, NotAnId, Order, OrderLine, Product, Record, SiteId, TaxCodeRecord, Urn,
    Warehouse,
};
pub use model::*;
pub use odata::{Field, Filter, Query, Resource};
pub use personal::Personal;
pub use references::{
    AccountReference, CostCentre, CustomerDocumentNo, Department, FieldError, Narrative, NominalReference, ProductCode,
    Reference, SecondReference, TransactionAnalysisCode,
};
pub use returns_wire::{Currency, Delivery, JsonDecimal, Money, Secret};
pub use tax::{SnapshotId, TaxCode, TaxTable, UnknownReason, UnknownTaxCode};
pub use text::{Shortened, Text, TextError, TextRule};

#[cfg(feature = "client")]
pub use client::{
    Builder, Company, MemoryTokens, PROFESSIONAL, Posted, STANDARD, Sage, StoredTokens, TOKEN_URL, TokenStore,
};
#[cfg(feature = "client")]
pub use returns_wire::{ApiError, Error, ErrorKind, report};
