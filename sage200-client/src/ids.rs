use crate::reading::{Read, Scalar};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{cmp::Ordering, fmt, hash, marker::PhantomData};

/// A kind of record that has ids in a Sage 200 company.
pub trait Record: 'static {
    /// Its name in messages.
    const NAME: &'static str;
}

macro_rules! records {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}

        impl Record for $name {
            const NAME: &'static str = stringify!($name);
        }
    )*};
}

records! {
    /// A sales order or return, marker of [`Id`].
    Order;
    /// A line of a sales order, marker of [`Id`].
    OrderLine;
    /// A product, marker of [`Id`].
    Product;
    /// A tax code's record, marker of [`Id`]. The record id is not the code number.
    TaxCodeRecord;
    /// A warehouse, marker of [`Id`].
    Warehouse;
    /// An invoice or credit note of sales order processing, marker of [`Id`].
    InvoiceCredit;
    /// A receipt of returned goods, or a line of one, marker of [`Id`].
    Receipt;
    /// A currency's record, marker of [`Id`].
    CurrencyRecord;
    /// A country's record, marker of [`Id`].
    CountryCodeRecord;
    /// A delivery address that is stored with an account, marker of [`Id`].
    DeliveryAddressRecord;
    /// A despatch of goods, or a line of one, marker of [`Id`].
    Despatch;
    /// A courier's record, marker of [`Id`].
    CourierRecord;
}

/// The id of a record in one company: positive, never the same thing in two companies.
///
/// ```
/// use sage200_client::{Customer, Id};
/// let id = Id::<Customer>::new(12).unwrap();
/// assert_eq!(format!("{id:?} {id}"), "Customer(12) 12");
/// assert!(Id::<Customer>::new(0).is_err());
/// ```
pub struct Id<T>(i64, PhantomData<fn() -> T>);

/// A number that is not a record id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{got} is not the id of a {record}; ids are positive whole numbers given by Sage 200")]
pub struct NotAnId {
    /// The number.
    pub got: i64,
    /// The kind of record.
    pub record: &'static str,
}

impl<T: Record> Id<T> {
    /// Checks a number.
    ///
    /// # Errors
    /// [`NotAnId`] unless it is positive.
    pub fn new(id: i64) -> Result<Self, NotAnId> {
        if id > 0 { Ok(Self(id, PhantomData)) } else { Err(NotAnId { got: id, record: T::NAME }) }
    }
}

impl<T> Id<T> {
    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<T: Record> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", T::NAME, self.0)
    }
}
impl<T: Record> TryFrom<i64> for Id<T> {
    type Error = NotAnId;

    fn try_from(id: i64) -> Result<Self, NotAnId> {
        Self::new(id)
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}
impl<'de, T: Record> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = Scalar::deserialize(deserializer)?.int()?.ok_or_else(|| de::Error::custom("expected an id"))?;
        Self::new(id).map_err(de::Error::custom)
    }
}
impl<T: Record> Read for Id<T> {
    /// Sage prints 0 or null for "none".
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        match Scalar::deserialize(deserializer)?.int()? {
            None | Some(0) => Ok(None),
            Some(id) => Self::new(id).map(Some).map_err(de::Error::custom),
        }
    }
}

/// Unique reference number of a posting, given by Sage 200. One URN may cover several ledger rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Urn(pub i64);

impl Urn {
    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Urn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(deserializer)?.ok_or_else(|| de::Error::custom("expected a URN"))
    }
}

impl Read for Urn {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(Scalar::deserialize(deserializer)?.int()?.filter(|urn| *urn != 0).map(Self))
    }
}

/// A site's id, sent as `X-Site`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SiteId(pub String);

impl SiteId {
    /// As `/sites` prints it.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Read for SiteId {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(String::read(deserializer)?.map(Self))
    }
}

/// A company's id within its site, sent as `X-Company`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CompanyId(pub i64);

impl CompanyId {
    /// As `/sites` prints it.
    pub const fn new(id: i64) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for CompanyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Read for CompanyId {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(Scalar::deserialize(deserializer)?.int()?.map(Self))
    }
}

/// One company of one site: what ids and tax codes belong to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CompanyKey {
    /// The site.
    pub site: SiteId,
    /// The company in it.
    pub company: CompanyId,
}

impl CompanyKey {
    /// A company of a site.
    pub fn new(site: SiteId, company: CompanyId) -> Self {
        Self { site, company }
    }
}

impl fmt::Display for CompanyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "company {} of site {}", self.company, self.site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_positive_and_come_as_number_or_text() {
        for good in ["12", "\"12\"", "9223372036854775807"] {
            assert!(serde_json::from_str::<Id<Order>>(good).is_ok(), "{good}");
        }
        for bad in ["0", "-1", "\"\"", "null", "1.5", "\"x\"", "9223372036854775808"] {
            assert!(serde_json::from_str::<Id<Order>>(bad).is_err(), "{bad}");
        }
        let id = Id::<Order>::new(5).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "5");
        assert_eq!(
            Id::<Order>::new(-5).unwrap_err().to_string(),
            "-5 is not the id of a Order; ids are positive whole numbers given by Sage 200"
        );
    }

    #[test]
    fn urn_comes_as_number_or_text() {
        assert_eq!(serde_json::from_str::<Urn>("\"123\"").unwrap(), Urn(123));
        assert_eq!(serde_json::from_str::<Urn>("123").unwrap(), Urn(123));
        assert!(serde_json::from_str::<Urn>("\"\"").is_err());
    }
}
