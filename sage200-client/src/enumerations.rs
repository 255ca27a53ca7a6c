use crate::{DocumentStatus, DocumentType, EnumRow};
use std::fmt;

macro_rules! enumerations {
    ($($(#[$meta:meta])* $name:ident = $path:literal;)*) => {
        /// An enumeration of Sage 200 that a company can be asked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Enumeration {
            $($(#[$meta])* $name,)*
        }

        impl Enumeration {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its path.
            pub const fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)*
                }
            }
        }
    };
}

enumerations! {
    /// Orders, returns, quotations and pro formas.
    DocumentTypes = "sop_document_types";
    /// Live, on hold, complete and so on.
    DocumentStatuses = "sop_document_status_types";
    /// Despatched or received, invoiced or credited: not at all, in part, in full.
    ProcessStatuses = "sop_document_process_status_types";
    /// The same of a line.
    TradeLineStatuses = "sop_trade_line_status_types";
    /// Products, free text, charges, comments.
    LineTypes = "order_return_line_types";
    /// Which lines a company enters.
    LineItemTypes = "order_line_item_types";
    /// Invoices and credit notes.
    InvoiceCreditTypes = "sop_invoice_credit_types";
    /// Kinds of ledger transaction.
    TraderTransactionTypes = "trader_transaction_types";
    /// Kinds of stock movement.
    ProductTransactionTypes = "product_transaction_types";
    /// Goods in, goods out and so on.
    ProductTransactionGroups = "product_transaction_group_types";
    /// Where a stock movement comes from.
    SourceAreas = "source_area_types";
    /// Active and inactive.
    ProductStatuses = "product_status_types";
    /// Stock, service and so on.
    ProductTypes = "product_types";
    /// None, batch, serial.
    TraceableTypes = "traceable_types";
    /// Kinds of warehouse.
    WarehouseTypes = "warehouse_types";
}

impl fmt::Display for Enumeration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

/// An enumeration as a company has it: views print its numbers, resources its literals.
#[derive(Debug, Clone, PartialEq)]
pub struct EnumTable {
    of: Enumeration,
    rows: Vec<EnumRow>,
}

/// The numbers by which a company's stock ledger tells what came in from what went out; its other groups (allocated, on
/// order) move nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockGroups {
    /// Goods in.
    pub goods_in: i64,
    /// Goods out.
    pub goods_out: i64,
}

/// An enumeration that can't be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Indistinct {
    /// Which.
    pub of: Enumeration,
    /// What is wrong.
    pub why: String,
    /// Its rows in words.
    pub rows: Vec<String>,
}

impl fmt::Display for Indistinct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, why, rows } = self;
        let rows = if rows.is_empty() { "no rows".to_owned() } else { rows.join(", ") };
        write!(f, "{of}: {why}; the company shows {rows}; stop, nothing read by these numbers can be trusted")
    }
}

impl std::error::Error for Indistinct {}

/// Lower case without blanks and signs.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl EnumTable {
    /// A table from rows; `Company::enumeration` reads the real one.
    ///
    /// # Errors
    /// [`Indistinct`] when a number or a literal stands there twice.
    pub fn new(of: Enumeration, rows: Vec<EnumRow>) -> Result<Self, Indistinct> {
        let table = Self { of, rows };
        for (index, row) in table.rows.iter().enumerate() {
            let mut before = table.rows.iter().take(index);
            let same = |other: &EnumRow| {
                other.id == row.id || other.value.as_deref().is_some_and(|value| row.is_called(value))
            };
            if before.any(same) {
                return Err(table.indistinct(format!("{} has the number or literal of another row", describe(row))));
            }
        }
        Ok(table)
    }

    /// Which enumeration it is.
    pub fn of(&self) -> Enumeration {
        self.of
    }

    /// Its rows.
    pub fn rows(&self) -> &[EnumRow] {
        &self.rows
    }

    /// The literal behind a number.
    pub fn literal(&self, id: i64) -> Option<&str> {
        self.rows.iter().find(|row| row.id == id)?.value.as_deref()
    }

    /// The number of a literal.
    pub fn id(&self, literal: &str) -> Option<i64> {
        self.rows.iter().find(|row| row.is_called(literal)).map(|row| row.id)
    }

    /// Makes sure that orders and returns have the numbers by which [`DocumentType`] tells them apart.
    ///
    /// # Errors
    /// [`Indistinct`] when there is not exactly one row for each, or they have other numbers.
    pub fn check_document_types(&self) -> Result<(), Indistinct> {
        let only = |wanted: &str, other: &str| {
            let fits = |text: &str| {
                let text = bare(text);
                // `OrderReturn` is a prefix in Sage's names, not a kind.
                let text = text.replace("orderreturn", "");
                text.contains(wanted) && !text.contains(other)
            };
            let mut found = self.rows.iter().filter(|row| {
                let texts = [row.value.as_deref(), row.description.as_deref()];
                texts.into_iter().flatten().any(fits)
            });
            match (found.next(), found.next()) {
                (Some(row), None) => Ok(row.id),
                (None, _) => Err(self.indistinct(format!("no row is a sales {wanted}"))),
                (Some(_), Some(_)) => Err(self.indistinct(format!("several rows may be a sales {wanted}"))),
            }
        };
        for (wanted, other, kind) in
            [("order", "return", DocumentType::Order), ("return", "order", DocumentType::Return)]
        {
            let id = only(wanted, other)?;
            if id != kind.id() {
                return Err(self.indistinct(format!("a sales {wanted} has the number {id}, not {}", kind.id())));
            }
        }
        Ok(())
    }

    /// Makes sure that numbers and literals of document statuses are those of [`DocumentStatus`].
    ///
    /// # Errors
    /// [`Indistinct`] names the first that is not.
    pub fn check_document_statuses(&self) -> Result<(), Indistinct> {
        for row in &self.rows {
            let by_literal = row.value.as_deref().map(DocumentStatus::from_literal);
            let by_id = DocumentStatus::from_id(row.id);
            let known = |status: &DocumentStatus| !matches!(status, DocumentStatus::Unknown(_));
            if by_literal.as_ref().is_some_and(|by_literal| *by_literal != by_id && known(&by_id)) {
                return Err(self.indistinct(format!("{} is not {by_id:?}", describe(row))));
            }
        }
        let missing =
            [DocumentStatus::Live, DocumentStatus::OnHold, DocumentStatus::Complete, DocumentStatus::Cancelled]
                .into_iter()
                .find(|status| !self.rows.iter().any(|row| DocumentStatus::from_id(row.id) == *status));
        missing.map_or(Ok(()), |status| Err(self.indistinct(format!("{status:?} is missing"))))
    }

    /// The numbers of goods in and goods out among the groups of stock movements.
    ///
    /// # Errors
    /// [`Indistinct`] when there is not exactly one row for each.
    pub fn stock_groups(&self) -> Result<StockGroups, Indistinct> {
        let only = |wanted: &str| {
            let fits = |row: &&EnumRow| {
                let texts = [row.value.as_deref(), row.description.as_deref()];
                texts.into_iter().flatten().any(|text| bare(text).ends_with(wanted))
            };
            let mut found = self.rows.iter().filter(fits);
            match (found.next(), found.next()) {
                (Some(row), None) => Ok(row.id),
                _ => Err(self.indistinct(format!("not exactly one row is {wanted}"))),
            }
        };
        Ok(StockGroups { goods_in: only("goodsin")?, goods_out: only("goodsout")? })
    }

    fn indistinct(&self, why: String) -> Indistinct {
        Indistinct { of: self.of, why, rows: self.rows.iter().map(describe).collect() }
    }
}

fn describe(row: &EnumRow) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    format!("{} {} ({})", row.id, text(&row.value), text(&row.description))
}

impl EnumRow {
    /// Is this its literal, whatever the case?
    fn is_called(&self, literal: &str) -> bool {
        self.value.as_deref().is_some_and(|value| value.trim().eq_ignore_ascii_case(literal.trim()))
    }
}
