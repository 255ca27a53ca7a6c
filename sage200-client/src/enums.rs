use crate::reading::{Read, Scalar};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// Enumerations that arrive as text. Unknown literals are kept as they are.
macro_rules! literals {
    ($($(#[$meta:meta])* $name:ident, prefix $prefix:literal { $($(#[$vmeta:meta])* $variant:ident = $suffix:literal,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* $variant,)*
            /// A literal that this crate does not know.
            Unknown(String),
        }

        impl $name {
            /// Reads a literal, with or without its prefix.
            pub fn from_literal(text: &str) -> Self {
                let text = text.trim();
                let suffix = text.strip_prefix($prefix).unwrap_or(text);
                $(if suffix.eq_ignore_ascii_case($suffix) { return Self::$variant; })*
                Self::Unknown(text.to_owned())
            }

            /// The literal as Sage 200 writes it.
            pub fn literal(&self) -> &str {
                match self {
                    $(Self::$variant => concat!($prefix, $suffix),)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.literal())
            }
        }

        impl Read for $name {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                Ok(Scalar::deserialize(deserializer)?.text().map(|text| Self::from_literal(&text)))
            }
        }
    )*};
}

literals! {
    /// Kind of a ledger transaction (Sage 200 API, `trader_transaction_types`).
    TransactionType, prefix "TradingAccountEntryType" {
        /// A sales invoice.
        Invoice = "Invoice",
        /// A sales credit note.
        CreditNote = "CreditNote",
        /// An invoice brought forward.
        OpeningBalanceInvoice = "OpeningBalanceInvoice",
        /// A credit note brought forward.
        OpeningBalanceCreditNote = "OpeningBalanceCreditNote",
        /// Money received from a customer.
        SalesReceipt = "PurchasePaymentSalesReceipt",
        /// Money paid to a customer.
        SalesPayment = "PurchaseReceiptSalesPayment",
        /// A deleted record.
        DeletedRecord = "DeletedRecord",
    }

    /// State of a customer's account (Sage 200 API, `account_status_types`).
    AccountStatus, prefix "AccountStatus" {
        /// In use.
        Active = "Active",
        /// Hidden: no longer to be posted to.
        Hidden = "Hidden",
    }

    /// What Sage 200 thinks of a transaction date (`transaction_date_validation_classifications`).
    DateClassification, prefix "" {
        /// In the current period.
        Normal = "Normal",
        /// Outside of the current period, but accepted.
        Acceptable = "Acceptable",
        /// Refused: a closed period, or none.
        Unacceptable = "Unacceptable",
    }

    /// Kind of an order line (Sage 200 API, `order_return_line_types`).
    LineType, prefix "EnumLineType" {
        /// A product.
        Standard = "Standard",
        /// Free text with a price.
        FreeText = "FreeText",
        /// A charge, such as carriage.
        Charge = "Charge",
        /// A comment without value.
        Comment = "Comment",
    }
}

impl TransactionType {
    /// A credit note of either kind.
    pub fn is_credit_note(&self) -> bool {
        matches!(self, Self::CreditNote | Self::OpeningBalanceCreditNote)
    }

    /// A credit note, or a kind that this crate does not know and that may therefore be one.
    pub fn may_be_credit_note(&self) -> bool {
        self.is_credit_note() || matches!(self, Self::Unknown(_))
    }
}

/// State of a product. Sage 200 writes it with differing prefixes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProductStatus {
    /// In use.
    Active,
    /// Withdrawn, or being withdrawn.
    Inactive,
    /// A literal that this crate does not know.
    Unknown(String),
}

impl ProductStatus {
    /// Reads a literal whatever its prefix.
    pub fn from_literal(text: &str) -> Self {
        let lower = text.trim().to_ascii_lowercase();
        // "inactive" ends with "active" too.
        if lower.ends_with("inactive") {
            Self::Inactive
        } else if lower.ends_with("active") {
            Self::Active
        } else {
            Self::Unknown(text.trim().to_owned())
        }
    }
}

impl fmt::Display for ProductStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Unknown(text) => text,
        })
    }
}

impl Read for ProductStatus {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(Scalar::deserialize(deserializer)?.text().map(|text| Self::from_literal(&text)))
    }
}

/// How far a document or line has come: received, credited, cancelled. Sage 200 does not publish the literals.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProcessStatus {
    /// Not at all.
    None,
    /// In part.
    Part,
    /// In full.
    Full,
    /// A literal that this crate does not know.
    Unknown(String),
}

impl ProcessStatus {
    /// Reads a literal whatever its prefix.
    pub fn from_literal(text: &str) -> Self {
        let lower = text.trim().to_ascii_lowercase();
        let ends = |words: &[&str]| words.iter().any(|word| lower.ends_with(word));
        if ends(&["none"]) {
            Self::None
        } else if ends(&["part", "partial", "partially"]) {
            Self::Part
        } else if ends(&["full", "fully"]) {
            Self::Full
        } else {
            Self::Unknown(text.trim().to_owned())
        }
    }
}

impl Read for ProcessStatus {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(Scalar::deserialize(deserializer)?.text().map(|text| Self::from_literal(&text)))
    }
}

/// Which kinds of line a company enters (`order_line_item_type`). Sage 200 does not publish the literals.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineItems {
    /// Products and free text.
    Both,
    /// Products only.
    StandardOnly,
    /// Free text only.
    FreeTextOnly,
    /// A literal that this crate does not know.
    Unknown(String),
}

impl LineItems {
    /// Reads a literal whatever its prefix.
    pub fn from_literal(text: &str) -> Self {
        let lower = text.trim().to_ascii_lowercase();
        match (lower.contains("both"), lower.contains("standard"), lower.contains("free")) {
            (true, _, _) | (false, true, true) => Self::Both,
            (false, true, false) => Self::StandardOnly,
            (false, false, true) => Self::FreeTextOnly,
            (false, false, false) => Self::Unknown(text.trim().to_owned()),
        }
    }
}

impl Read for LineItems {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(Scalar::deserialize(deserializer)?.text().map(|text| Self::from_literal(&text)))
    }
}

/// Kind of a SOP document (`document_type_id` of the views).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentType {
    /// A sales order, id 0.
    Order,
    /// A sales return, id 1.
    Return,
    /// A quotation, a pro forma or something newer.
    Other(i64),
}

impl DocumentType {
    /// From the id.
    pub fn from_id(id: i64) -> Self {
        match id {
            0 => Self::Order,
            1 => Self::Return,
            other => Self::Other(other),
        }
    }

    /// The id.
    pub fn id(self) -> i64 {
        match self {
            Self::Order => 0,
            Self::Return => 1,
            Self::Other(id) => id,
        }
    }
}

impl Read for DocumentType {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(Scalar::deserialize(deserializer)?.int()?.map(Self::from_id))
    }
}

/// State of a SOP document: a number on header views, a literal on line views.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentStatus {
    /// Being worked on, id 0.
    Live,
    /// Held, id 1.
    OnHold,
    /// Everything despatched and invoiced, id 2.
    Complete,
    /// In dispute, id 3.
    Dispute,
    /// Cancelled, id 4.
    Cancelled,
    /// Not confirmed yet.
    Draft,
    /// Printed (pro formas and quotations).
    Printed,
    /// Lost (quotations).
    Lost,
    /// An id or literal that this crate does not know.
    Unknown(String),
}

impl DocumentStatus {
    /// From the id of a header view.
    pub fn from_id(id: i64) -> Self {
        match id {
            0 => Self::Live,
            1 => Self::OnHold,
            2 => Self::Complete,
            3 => Self::Dispute,
            4 => Self::Cancelled,
            other => Self::Unknown(other.to_string()),
        }
    }

    /// From a literal, with or without its prefix, or a number as text.
    pub fn from_literal(text: &str) -> Self {
        let text = text.trim();
        let suffix = text.strip_prefix("EnumDocumentStatus").unwrap_or(text);
        match suffix.to_ascii_lowercase().as_str() {
            "live" => Self::Live,
            "onhold" => Self::OnHold,
            "complete" | "completed" => Self::Complete,
            "dispute" => Self::Dispute,
            "cancelled" => Self::Cancelled,
            "draft" => Self::Draft,
            "printed" => Self::Printed,
            "lost" => Self::Lost,
            other => other.parse().map_or_else(|_| Self::Unknown(text.to_owned()), Self::from_id),
        }
    }
}

impl Read for DocumentStatus {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(match Scalar::deserialize(deserializer)? {
            Scalar::Int(id) => Some(Self::from_id(id)),
            other => other.text().map(|text| Self::from_literal(&text)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_go_with_and_without_prefix() {
        assert_eq!(TransactionType::from_literal("TradingAccountEntryTypeCreditNote"), TransactionType::CreditNote);
        assert_eq!(TransactionType::from_literal("CreditNote"), TransactionType::CreditNote);
        assert_eq!(TransactionType::CreditNote.literal(), "TradingAccountEntryTypeCreditNote");
        let odd = TransactionType::from_literal("TradingAccountEntryTypeCreditN");
        assert!(!odd.is_credit_note() && odd.may_be_credit_note());
        assert!(!TransactionType::Invoice.may_be_credit_note());
        assert_eq!(DateClassification::from_literal("Unacceptable"), DateClassification::Unacceptable);
        assert_eq!(LineType::from_literal("EnumLineTypeCharge"), LineType::Charge);
        assert_eq!(AccountStatus::from_literal("AccountStatusHidden"), AccountStatus::Hidden);
    }

    #[test]
    fn inactive_is_not_active() {
        for (text, status) in [
            ("Active", ProductStatus::Active),
            ("Inactive", ProductStatus::Inactive),
            ("EnumStockItemStatusTypeInactive", ProductStatus::Inactive),
            ("EnumStockItemStatusTypeActive", ProductStatus::Active),
            ("BeingRevived", ProductStatus::Unknown("BeingRevived".into())),
        ] {
            assert_eq!(ProductStatus::from_literal(text), status);
        }
    }

    #[test]
    fn progress_is_read_whatever_its_prefix() {
        for (text, status) in [
            ("None", ProcessStatus::None),
            ("EnumProcessStatusPart", ProcessStatus::Part),
            ("Partially", ProcessStatus::Part),
            ("Fully", ProcessStatus::Full),
            ("Full", ProcessStatus::Full),
            ("Nearly", ProcessStatus::Unknown("Nearly".into())),
        ] {
            assert_eq!(ProcessStatus::from_literal(text), status);
        }
        for (text, items) in [
            ("StandardAndFreeText", LineItems::Both),
            ("EnumOrderLineItemTypeBoth", LineItems::Both),
            ("Standard", LineItems::StandardOnly),
            ("EnumFreeText", LineItems::FreeTextOnly),
            ("?", LineItems::Unknown("?".into())),
        ] {
            assert_eq!(LineItems::from_literal(text), items);
        }
    }

    #[test]
    fn status_by_number_and_by_name() {
        assert_eq!(DocumentStatus::from_literal("EnumDocumentStatusComplete"), DocumentStatus::from_id(2));
        assert_eq!(DocumentStatus::from_literal("2"), DocumentStatus::Complete);
        assert_eq!(DocumentStatus::from_literal("Parked"), DocumentStatus::Unknown("Parked".into()));
        assert_eq!(DocumentType::from_id(7).id(), 7);
    }
}
