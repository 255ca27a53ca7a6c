use crate::text::{Text, TextError, TextRule};
use crate::{Id, ids::CountryCodeRecord};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::fmt;

/// A delivery address as it comes from elsewhere; [`DeliveryAddress::new`] checks it. Blanks at the ends are taken off, and
/// what is empty then is left out.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct AddressParts {
    /// Who receives the goods, 60 characters.
    pub postal_name: String,
    /// Four lines of the address, 60 characters each.
    pub lines: [String; 4],
    /// City, 60 characters; sites with unsegmented addresses keep it in the lines.
    pub city: String,
    /// County, 60 characters; as the city.
    pub county: String,
    /// Postcode, 10 characters.
    pub postcode: String,
    /// Country, 60 characters.
    pub country: String,
    /// Whom to ask for, 235 characters.
    pub contact: String,
    /// Telephone, 30 characters here, though 60 where addresses are stored.
    pub telephone: String,
    /// E-mail, 255 characters.
    pub email: String,
    /// The country's record ([`country_codes`](crate::Company::country_codes)), for VAT.
    pub country_code: Option<Id<CountryCodeRecord>>,
}

impl fmt::Debug for AddressParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressParts(hidden)")
    }
}

/// A field of an address that Sage 200 does not take. The text is not repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddressFault {
    /// The field.
    pub field: &'static str,
    /// UTF-16 units that it holds.
    pub limit: usize,
    /// UTF-16 units that the text has.
    pub got: usize,
    /// The rule broken.
    pub rule: TextRule,
}

/// Everything that is wrong with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressFaults(Vec<AddressFault>);

impl AddressFaults {
    /// The faults.
    pub fn faults(&self) -> &[AddressFault] {
        &self.0
    }
}

impl fmt::Display for AddressFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the delivery address does not fit: ")?;
        for (index, AddressFault { field, limit, got, rule }) in self.0.iter().enumerate() {
            let why = TextError { limit: *limit, got: *got, rule: *rule };
            write!(f, "{}{field} {why}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for AddressFaults {}

/// A delivery address that fits. `Debug` hides it.
///
/// ```
/// use sage200_client::{AddressParts, DeliveryAddress};
/// let mut parts = AddressParts {
///     postal_name: "A Customer".to_owned(),
///     lines: ["1 Example Street".to_owned(), String::new(), String::new(), String::new()],
///     postcode: "EX1 1EX".to_owned(),
///     ..AddressParts::default()
/// };
/// assert!(DeliveryAddress::new(parts.clone()).is_ok());
/// parts.postcode = "EX1 1EX (rear)".to_owned();
/// let error = DeliveryAddress::new(parts).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the delivery address does not fit: postcode has 14 characters; Sage 200 allows 10; shorten it"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DeliveryAddress {
    /// Field and text, in the order of the fields.
    fields: Vec<(&'static str, String)>,
    country_code: Option<Id<CountryCodeRecord>>,
}

impl fmt::Debug for DeliveryAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeliveryAddress(hidden)")
    }
}

fn fit<const MAX: usize>(text: &str) -> Result<String, TextError> {
    Text::<MAX>::new(text).map(|text| text.as_str().to_owned())
}

type Fit = fn(&str) -> Result<String, TextError>;

impl DeliveryAddress {
    /// Checks the parts. Name and first line must be there: goods are sent to it.
    ///
    /// # Errors
    /// [`AddressFaults`] with every field that does not fit, not just the first.
    pub fn new(parts: AddressParts) -> Result<Self, AddressFaults> {
        let AddressParts { postal_name, lines, city, county, postcode, country, contact, telephone, email, .. } =
            &parts;
        let [first, second, third, fourth] = lines;
        let all: [(&'static str, &str, bool, Fit); 12] = [
            ("postal_name", postal_name, true, fit::<60>),
            ("address_1", first, true, fit::<60>),
            ("address_2", second, false, fit::<60>),
            ("address_3", third, false, fit::<60>),
            ("address_4", fourth, false, fit::<60>),
            ("city", city, false, fit::<60>),
            ("county", county, false, fit::<60>),
            ("postcode", postcode, false, fit::<10>),
            ("country", country, false, fit::<60>),
            ("contact", contact, false, fit::<235>),
            ("telephone_number", telephone, false, fit::<30>),
            ("email_address", email, false, fit::<255>),
        ];
        let (mut fields, mut faults) = (Vec::new(), Vec::new());
        for (field, text, needed, fit) in all {
            let text = text.trim();
            if text.is_empty() && !needed {
                continue;
            }
            match fit(text) {
                Ok(text) => fields.push((field, text)),
                Err(TextError { limit, got, rule }) => faults.push(AddressFault { field, limit, got, rule }),
            }
        }
        if faults.is_empty() {
            Ok(Self { fields, country_code: parts.country_code })
        } else {
            Err(AddressFaults(faults))
        }
    }
}

impl Serialize for DeliveryAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (field, text) in &self.fields {
            map.serialize_entry(field, text)?;
        }
        if let Some(id) = self.country_code {
            map.serialize_entry("country_code_id", &id)?;
        }
        map.end()
    }
}
