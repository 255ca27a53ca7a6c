use crate::{CompanyKey, Id, TaxCodeRecord, TaxCodeRow};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

/// The tax codes of one company as read at one moment.
///
/// [`TaxCode`]s come from here and nowhere else.
///
/// ```
/// use sage200_client::{CompanyId, CompanyKey, Id, JsonDecimal, SiteId, TaxCodeRow, TaxTable};
/// let company = CompanyKey::new(SiteId::new("0f1e-example"), CompanyId(1));
/// let standard = TaxCodeRow::new(Id::new(2)?, 1, "Standard rate", JsonDecimal(20.into()));
/// let table = TaxTable::from_rows(company, "2026-03-02T09:00:00Z".parse()?, vec![standard]);
/// assert_eq!(table.by_number(1)?.id(), Id::new(2)?);
/// assert!(table.by_number(7).unwrap_err().to_string().contains("1 (Standard rate, 20%, id 2)"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A code can't outlive its table:
///
/// ```compile_fail,E0597
/// # use sage200_client::{CompanyId, CompanyKey, SiteId, TaxTable};
/// let code = {
///     let table = TaxTable::from_rows(
///         CompanyKey::new(SiteId::new("0f1e"), CompanyId(1)), "2026-03-02T09:00:00Z".parse().unwrap(), vec![]);
///     table.by_number(1).unwrap()
/// };
/// println!("{code:?}");
/// ```
#[derive(Debug, Clone)]
pub struct TaxTable {
    company: CompanyKey,
    read_at: DateTime<Utc>,
    rows: Vec<TaxCodeRow>,
}

/// Identifies one reading of a tax table: company, moment and contents.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SnapshotId {
    company: CompanyKey,
    read_at: DateTime<Utc>,
    contents: u64,
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tax codes of {} read at {} ({:016x})", self.company, self.read_at.to_rfc3339(), self.contents)
    }
}

impl TaxTable {
    /// A table from rows, for plans and tests; `Company::tax_table` reads the real one.
    pub fn from_rows(company: CompanyKey, read_at: DateTime<Utc>, rows: Vec<TaxCodeRow>) -> Self {
        Self { company, read_at, rows }
    }

    /// The company whose table it is.
    pub fn company(&self) -> &CompanyKey {
        &self.company
    }

    /// When it was read.
    pub fn read_at(&self) -> DateTime<Utc> {
        self.read_at
    }

    /// All rows.
    pub fn rows(&self) -> &[TaxCodeRow] {
        &self.rows
    }

    /// Identifies this reading.
    pub fn snapshot(&self) -> SnapshotId {
        let mut hasher = DefaultHasher::new();
        for row in &self.rows {
            (row.id, row.code, &row.name, row.tax_rate).hash(&mut hasher);
        }
        SnapshotId { company: self.company.clone(), read_at: self.read_at, contents: hasher.finish() }
    }

    /// The code with this record id.
    ///
    /// # Errors
    /// [`UnknownTaxCode`] lists the codes that exist.
    pub fn by_id(&self, id: Id<TaxCodeRecord>) -> Result<TaxCode<'_>, UnknownTaxCode> {
        self.only(format!("with id {id}"), |row| row.id == id)
    }

    /// The code with this number (`code`; 1 is often the standard rate, but every company decides).
    ///
    /// # Errors
    /// [`UnknownTaxCode`] lists the codes that exist; several records with one number are refused too.
    pub fn by_number(&self, number: i16) -> Result<TaxCode<'_>, UnknownTaxCode> {
        self.only(format!("number {number}"), |row| row.code == Some(number))
    }

    fn only(&self, asked: String, fits: impl Fn(&TaxCodeRow) -> bool) -> Result<TaxCode<'_>, UnknownTaxCode> {
        let unknown = |reason| UnknownTaxCode {
            asked: asked.clone(),
            reason,
            company: self.company.clone(),
            known: self.rows.iter().map(describe).collect(),
        };
        let mut found = self.rows.iter().filter(|row| fits(row));
        let row = found.next().ok_or_else(|| unknown(UnknownReason::Missing))?;
        if found.next().is_some() {
            return Err(unknown(UnknownReason::Ambiguous));
        }
        match (row.code, row.tax_rate) {
            (Some(number), Some(rate)) if !rate.0.is_sign_negative() => {
                Ok(TaxCode { table: self, row, number, rate: rate.0 })
            }
            _ => Err(unknown(UnknownReason::Incomplete)),
        }
    }
}

fn describe(row: &TaxCodeRow) -> String {
    let number = row.code.map_or_else(|| "no number".to_owned(), |code| code.to_string());
    let name = row.name.as_deref().unwrap_or("no name");
    let rate = row.tax_rate.map_or_else(|| "no rate".to_owned(), |rate| format!("{}%", rate.0.normalize()));
    format!("{number} ({name}, {rate}, id {})", row.id)
}

/// Proof that a tax code stands in a company's table: made only by [`TaxTable`], never stored, never read from JSON.
#[derive(Clone, Copy)]
pub struct TaxCode<'t> {
    table: &'t TaxTable,
    row: &'t TaxCodeRow,
    number: i16,
    rate: Decimal,
}

impl<'t> TaxCode<'t> {
    /// The record's id: what a posting names.
    pub fn id(&self) -> Id<TaxCodeRecord> {
        self.row.id
    }

    /// The number that people know.
    pub fn number(&self) -> i16 {
        self.number
    }

    /// Its name, possibly empty.
    pub fn name(&self) -> &'t str {
        self.row.name.as_deref().unwrap_or_default()
    }

    /// Its rate in per cent.
    pub fn rate(&self) -> Decimal {
        self.rate
    }

    /// The table it stands in.
    pub fn table(&self) -> &'t TaxTable {
        self.table
    }
}

impl fmt::Debug for TaxCode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaxCode({})", describe(self.row))
    }
}

/// Why a tax code can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownReason {
    /// The table has no such code.
    Missing,
    /// The table has several.
    Ambiguous,
    /// The record has no number or no rate of 0 % or more.
    Incomplete,
}

/// A tax code that a company's table does not have, or not usably.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownTaxCode {
    /// What was asked for: `with id 7`, `number 1`.
    pub asked: String,
    /// What is wrong.
    pub reason: UnknownReason,
    /// The company.
    pub company: CompanyKey,
    /// The codes that exist.
    pub known: Vec<String>,
}

impl fmt::Display for UnknownTaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, reason, company, known } = self;
        match reason {
            UnknownReason::Missing => write!(f, "{company} has no tax code {asked}")?,
            UnknownReason::Ambiguous => write!(f, "{company} has several tax codes {asked}")?,
            UnknownReason::Incomplete => write!(f, "in {company}, the tax code {asked} has no number or no rate")?,
        }
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        write!(f, "; it has {known}; ")?;
        f.write_str(match reason {
            UnknownReason::Missing => "use one of these, or restore the code in Sage 200",
            UnknownReason::Ambiguous => "name one of them by its id",
            UnknownReason::Incomplete => "complete the record in Sage 200",
        })
    }
}

impl std::error::Error for UnknownTaxCode {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CompanyId, JsonDecimal, SiteId};

    fn row(id: i64, code: i16, rate: i64) -> TaxCodeRow {
        TaxCodeRow::new(Id::new(id).unwrap(), code, format!("Code {code}"), JsonDecimal(Decimal::from(rate)))
    }

    fn table(rows: Vec<TaxCodeRow>) -> TaxTable {
        let company = CompanyKey::new(SiteId::new("site-1"), CompanyId(4));
        TaxTable::from_rows(company, "2026-03-02T09:00:00Z".parse().unwrap(), rows)
    }

    #[test]
    fn the_number_is_not_the_id() {
        let table = table(vec![row(2, 1, 20), row(1, 2, 0)]);
        let standard = table.by_number(1).unwrap();
        assert_eq!((standard.id().get(), standard.number(), standard.rate()), (2, 1, Decimal::from(20)));
        assert_eq!(table.by_id(Id::new(1).unwrap()).unwrap().number(), 2);
    }

    #[test]
    fn refusals_say_what_there_is_and_what_to_do() {
        let table = table(vec![row(2, 1, 20), row(3, 1, 5), row(4, 9, -1)]);
        let reason = |code| table.by_number(code).unwrap_err().reason;
        assert_eq!(reason(1), UnknownReason::Ambiguous);
        assert_eq!(reason(9), UnknownReason::Incomplete);
        assert_eq!(reason(5), UnknownReason::Missing);
        assert_eq!(
            table.by_number(5).unwrap_err().to_string(),
            "company 4 of site site-1 has no tax code number 5; it has 1 (Code 1, 20%, id 2), 1 (Code 1, 5%, id 3), \
             9 (Code 9, -1%, id 4); use one of these, or restore the code in Sage 200"
        );
    }

    #[test]
    fn a_changed_rate_is_another_snapshot() {
        let (a, b) = (table(vec![row(2, 1, 20)]), table(vec![row(2, 1, 21)]));
        assert_eq!(a.snapshot(), a.clone().snapshot());
        assert_ne!(a.snapshot(), b.snapshot());
    }
}
