use crate::{
    CostCentre, Customer, Department, Id, Narrative, NominalReference, Reference, SecondReference, TaxCode,
    TaxCodeRecord, TransactionAnalysisCode, dates::write_date,
};
use chrono::NaiveDate;
use returns_wire::{Currency, JsonDecimal, Money};
use rust_decimal::Decimal;
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// What a sales credit note is made of; [`CreditNoteDraft::new`] checks it.
#[derive(Debug, Clone)]
pub struct CreditNoteParts<'t> {
    /// The customer's account.
    pub customer: Id<Customer>,
    /// Document date, a calendar date.
    pub date: NaiveDate,
    /// First reference; Sage 200 may number credit notes itself when it is left out.
    pub reference: Option<Reference>,
    /// Second reference: the key by which the credit note is found again.
    pub second_reference: SecondReference,
    /// Currency of the account and of all amounts.
    pub currency: Currency,
    /// One row per tax code.
    pub vat: Vec<VatRow<'t>>,
    /// Nominal analysis; empty means the customer's default account.
    pub nominal: Vec<NominalRow>,
}

/// One tax code's share of a credit note. Amounts are positive.
#[derive(Debug, Clone)]
pub struct VatRow<'t> {
    /// The code.
    pub code: TaxCode<'t>,
    /// Net amount.
    pub goods: Money,
    /// VAT.
    pub tax: Money,
    /// Separately rounded amounts that are summed in this row: each may be off by one smallest unit.
    pub pieces: u32,
}

/// One nominal account's share of the goods value.
#[derive(Debug, Clone)]
pub struct NominalRow {
    /// The account.
    pub account: NominalReference,
    /// Its cost centre.
    pub cost_centre: Option<CostCentre>,
    /// Its department.
    pub department: Option<Department>,
    /// Free text.
    pub narrative: Option<Narrative>,
    /// Net amount, positive.
    pub value: Money,
    /// Transaction analysis code.
    pub transaction_analysis_code: Option<TransactionAnalysisCode>,
}

/// A sales credit note that Sage 200 has no reason to refuse: rows and heading agree, every rate is right.
///
/// Header totals are the sums of the rows. Nothing in it can be changed.
///
/// ```
/// use sage200_client::*;
/// let company = CompanyKey::new(SiteId::new("0f1e-example"), CompanyId(1));
/// let standard = TaxCodeRow::new(Id::new(2)?, 1, "Standard rate", JsonDecimal(20.into()));
/// let table = TaxTable::from_rows(company, "2026-03-02T09:00:00Z".parse()?, vec![standard]);
/// let pounds = |pence| Money::new(rust_decimal::Decimal::new(pence, 2), Currency::GBP);
/// let draft = CreditNoteDraft::new(CreditNoteParts {
///     customer: Id::new(12)?,
///     date: "2026-03-02".parse()?,
///     reference: None,
///     second_reference: SecondReference::new("RMA-1001")?,
///     currency: Currency::GBP,
///     vat: vec![VatRow { code: table.by_number(1)?, goods: pounds(2000)?, tax: pounds(400)?, pieces: 1 }],
///     nominal: vec![],
/// })?;
/// assert_eq!(draft.gross().to_string(), "24.00 GBP");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a draft does nothing until it is posted"]
pub struct CreditNoteDraft<'t> {
    parts: CreditNoteParts<'t>,
    goods: Money,
    tax: Money,
    gross: Money,
}

/// All rules that a credit note breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftFaults(Vec<DraftFault>);

impl DraftFaults {
    /// The faults, at least one.
    pub fn faults(&self) -> &[DraftFault] {
        &self.0
    }
}

impl fmt::Display for DraftFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the credit note can't be posted: ")?;
        for (index, fault) in self.0.iter().enumerate() {
            write!(f, "{}{fault}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for DraftFaults {}

/// A rule that a credit note breaks. `place` is like `vat[0].tax`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DraftFault {
    /// No VAT row.
    #[error("vat is empty; give one row per tax code")]
    NoVatRow,
    /// An amount below zero.
    #[error("{place} is {value}; a credit note is written with positive amounts")]
    Negative {
        /// Where.
        place: String,
        /// The amount.
        value: Money,
    },
    /// Nothing to credit.
    #[error("the goods value is {total}; it must be more than zero")]
    NothingToCredit {
        /// The sum.
        total: Money,
    },
    /// An amount in another currency.
    #[error("{place} is in {got}; the credit note is in {expected}")]
    OtherCurrency {
        /// Where.
        place: String,
        /// Its currency.
        got: Currency,
        /// The credit note's.
        expected: Currency,
    },
    /// A currency with more decimal places than Sage 200 keeps.
    #[error("{currency} has {digits} decimal places; Sage 200 keeps 2")]
    TooManyPlaces {
        /// The currency.
        currency: Currency,
        /// Its places.
        digits: u32,
    },
    /// One tax code twice.
    #[error("tax code {number} (id {id}) stands in {rows} rows; add them up to one row per code")]
    RepeatedTaxCode {
        /// Its number.
        number: i16,
        /// Its record.
        id: Id<TaxCodeRecord>,
        /// How often it stands there.
        rows: usize,
    },
    /// Tax codes from two readings of the ledger.
    #[error("{place} comes from another reading of the tax table; take all codes from one table")]
    MixedTables {
        /// Where.
        place: String,
    },
    /// VAT that does not follow from goods and rate.
    #[error(
        "{place} is {tax}, but tax code {number} is {rate}% and gives {expected} on {goods} (up to {tolerance} off); check code and amounts"
    )]
    WrongRate {
        /// Where.
        place: String,
        /// The code's number.
        number: i16,
        /// The code's rate in per cent.
        rate: Decimal,
        /// Net amount.
        goods: Money,
        /// VAT given.
        tax: Money,
        /// VAT that the rate gives, unrounded.
        expected: Decimal,
        /// Difference allowed.
        tolerance: Decimal,
    },
    /// Nominal rows that do not add up to the goods.
    #[error("the nominal rows add up to {nominal}, the goods to {goods}; they must be equal")]
    NominalSum {
        /// Sum of the nominal rows.
        nominal: Money,
        /// Sum of the goods.
        goods: Money,
    },
    /// Amounts past what can be added exactly.
    #[error("the amounts are too large to be added exactly")]
    TooLarge,
}

impl<'t> CreditNoteDraft<'t> {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`DraftFaults`] with everything that is wrong, not just the first.
    pub fn new(parts: CreditNoteParts<'t>) -> Result<Self, DraftFaults> {
        let mut faults = Vec::new();
        let currency = parts.currency;
        if currency.minor_digits() > 2 {
            faults.push(DraftFault::TooManyPlaces { currency, digits: currency.minor_digits() });
        }
        if parts.vat.is_empty() {
            faults.push(DraftFault::NoVatRow);
        }
        for (index, row) in parts.vat.iter().enumerate() {
            check_amount(&mut faults, format!("vat[{index}].goods"), row.goods, currency);
            check_amount(&mut faults, format!("vat[{index}].tax"), row.tax, currency);
            check_rate(&mut faults, format!("vat[{index}].tax"), row, currency);
        }
        check_codes(&mut faults, &parts.vat);
        for (index, row) in parts.nominal.iter().enumerate() {
            check_amount(&mut faults, format!("nominal[{index}].value"), row.value, currency);
        }
        let goods = sum(&mut faults, currency, parts.vat.iter().map(|row| row.goods));
        let tax = sum(&mut faults, currency, parts.vat.iter().map(|row| row.tax));
        let gross = sum(&mut faults, currency, [goods, tax].into_iter());
        let nominal = sum(&mut faults, currency, parts.nominal.iter().map(|row| row.value));
        if !parts.vat.is_empty() && goods.amount() <= Decimal::ZERO {
            faults.push(DraftFault::NothingToCredit { total: goods });
        }
        if !parts.nominal.is_empty() && nominal != goods {
            faults.push(DraftFault::NominalSum { nominal, goods });
        }
        faults.dedup();
        if faults.is_empty() { Ok(Self { parts, goods, tax, gross }) } else { Err(DraftFaults(faults)) }
    }

    /// Net value: the sum of the rows.
    pub fn goods(&self) -> Money {
        self.goods
    }

    /// VAT: the sum of the rows.
    pub fn tax(&self) -> Money {
        self.tax
    }

    /// Net value and VAT together.
    pub fn gross(&self) -> Money {
        self.gross
    }

    /// The customer's account.
    pub fn customer(&self) -> Id<Customer> {
        self.parts.customer
    }

    /// The document date.
    pub fn date(&self) -> NaiveDate {
        self.parts.date
    }

    /// The first reference, if any.
    pub fn reference(&self) -> Option<&Reference> {
        self.parts.reference.as_ref()
    }

    /// The second reference.
    pub fn second_reference(&self) -> &SecondReference {
        &self.parts.second_reference
    }

    /// The currency.
    pub fn currency(&self) -> Currency {
        self.parts.currency
    }

    /// The VAT rows, at least one.
    pub fn vat(&self) -> &[VatRow<'t>] {
        &self.parts.vat
    }

    /// The nominal rows, possibly none.
    pub fn nominal(&self) -> &[NominalRow] {
        &self.parts.nominal
    }

    /// The company whose tax table the codes come from.
    pub fn company(&self) -> Option<&'t crate::CompanyKey> {
        self.parts.vat.first().map(|row| row.code.table().company())
    }

    /// The request body as it is posted, byte for byte (Sage 200 API, `sales_credit_notes`).
    pub fn to_body(&self) -> Vec<u8> {
        let decimal = |money: Money| JsonDecimal(money.amount());
        let body = Body {
            customer_id: self.parts.customer,
            transaction_date: write_date(self.parts.date),
            reference: self.parts.reference.as_ref(),
            second_reference: &self.parts.second_reference,
            document_goods_value: decimal(self.goods),
            document_tax_value: decimal(self.tax),
            tax_analysis_items: self
                .parts
                .vat
                .iter()
                .map(|row| TaxItem {
                    id: row.code.id(),
                    goods_amount: decimal(row.goods),
                    tax_amount: decimal(row.tax),
                })
                .collect(),
            nominal_analysis_items: self
                .parts
                .nominal
                .iter()
                .map(|row| NominalItem {
                    code: &row.account,
                    cost_centre: row.cost_centre.as_ref(),
                    department: row.department.as_ref(),
                    narrative: row.narrative.as_ref(),
                    value: decimal(row.value),
                    transaction_analysis_code: row.transaction_analysis_code.as_ref(),
                })
                .collect(),
        };
        // Texts and numbers into memory: there is nothing that could fail.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

fn check_amount(faults: &mut Vec<DraftFault>, place: String, value: Money, expected: Currency) {
    if value.currency() != expected {
        faults.push(DraftFault::OtherCurrency { place, got: value.currency(), expected });
    } else if value.amount() < Decimal::ZERO {
        faults.push(DraftFault::Negative { place, value });
    }
}

fn check_rate(faults: &mut Vec<DraftFault>, place: String, row: &VatRow<'_>, currency: Currency) {
    let rate = row.code.rate();
    let tolerance = currency.smallest().checked_mul(Decimal::from(row.pieces.max(1)));
    let expected = row.goods.amount().checked_mul(rate).map(|product| product / Decimal::ONE_HUNDRED);
    let (Some(expected), Some(tolerance)) = (expected, tolerance) else {
        faults.push(DraftFault::TooLarge);
        return;
    };
    let off = row.tax.amount().checked_sub(expected);
    if off.is_none_or(|off| off.abs() > tolerance) {
        let (goods, tax, rate) = (row.goods, row.tax, rate.normalize());
        let expected = expected.normalize();
        let number = row.code.number();
        faults.push(DraftFault::WrongRate { place, number, rate, goods, tax, expected, tolerance });
    }
}

fn check_codes(faults: &mut Vec<DraftFault>, rows: &[VatRow<'_>]) {
    let Some(first) = rows.first().map(|row| row.code.table().snapshot()) else { return };
    let mut seen = BTreeMap::<_, (i16, usize)>::new();
    for (index, row) in rows.iter().enumerate() {
        if row.code.table().snapshot() != first {
            faults.push(DraftFault::MixedTables { place: format!("vat[{index}].code") });
        }
        seen.entry(row.code.id()).or_insert((row.code.number(), 0)).1 += 1;
    }
    let repeated = seen.into_iter().filter(|(_, (_, rows))| *rows > 1);
    faults.extend(repeated.map(|(id, (number, rows))| DraftFault::RepeatedTaxCode { number, id, rows }));
}

/// Adds amounts; those in another currency are reported elsewhere.
fn sum(faults: &mut Vec<DraftFault>, currency: Currency, amounts: impl Iterator<Item = Money>) -> Money {
    let zero = Money::zero(currency);
    amounts.filter(|money| money.currency() == currency).try_fold(zero, Money::checked_add).unwrap_or_else(|_| {
        faults.push(DraftFault::TooLarge);
        zero
    })
}

#[derive(Serialize)]
struct Body<'a> {
    customer_id: Id<Customer>,
    transaction_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a Reference>,
    second_reference: &'a SecondReference,
    document_goods_value: JsonDecimal,
    document_tax_value: JsonDecimal,
    tax_analysis_items: Vec<TaxItem>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nominal_analysis_items: Vec<NominalItem<'a>>,
}

#[derive(Serialize)]
struct TaxItem {
    id: Id<TaxCodeRecord>,
    goods_amount: JsonDecimal,
    tax_amount: JsonDecimal,
}

#[derive(Serialize)]
struct NominalItem<'a> {
    code: &'a NominalReference,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_centre: Option<&'a CostCentre>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<&'a Department>,
    #[serde(skip_serializing_if = "Option::is_none")]
    narrative: Option<&'a Narrative>,
    value: JsonDecimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_analysis_code: Option<&'a TransactionAnalysisCode>,
}
