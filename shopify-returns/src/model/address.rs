use super::text;
use serde::Deserialize;
use std::fmt;

/// Where an order's goods go. Everything in it is about a person: `Debug` hides it, and whoever reads it keeps it out of
/// logs, journals and reports. Each field is missing where the customer left it out, or where the app may not see it.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ShippingAddress {
    /// First and last name.
    #[serde(default, deserialize_with = "text")]
    pub name: Option<String>,
    /// Company.
    #[serde(default, deserialize_with = "text")]
    pub company: Option<String>,
    /// Street and number.
    #[serde(default, deserialize_with = "text")]
    pub address1: Option<String>,
    /// Flat, floor and the like.
    #[serde(default, deserialize_with = "text")]
    pub address2: Option<String>,
    /// City.
    #[serde(default, deserialize_with = "text")]
    pub city: Option<String>,
    /// County, state or province.
    #[serde(default, deserialize_with = "text")]
    pub province: Option<String>,
    /// Postcode.
    #[serde(default, deserialize_with = "text")]
    pub zip: Option<String>,
    /// The country's name.
    #[serde(default, deserialize_with = "text")]
    pub country: Option<String>,
    /// Its code of two letters, such as `GB`.
    #[serde(default, rename = "countryCodeV2", deserialize_with = "text")]
    pub country_code: Option<String>,
    /// Telephone.
    #[serde(default, deserialize_with = "text")]
    pub phone: Option<String>,
}

impl fmt::Debug for ShippingAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShippingAddress(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_not_printed() {
        let read =
            r#"{"name":"A Customer","address1":"1 Example Street","countryCodeV2":"GB","address2":"","phone":null}"#;
        let address: ShippingAddress = serde_json::from_str(read).unwrap();
        assert_eq!(address.address1.as_deref(), Some("1 Example Street"));
        assert_eq!((address.address2.clone(), address.country_code.as_deref()), (None, Some("GB")));
        assert_eq!(format!("{address:?}"), "ShippingAddress(hidden)");
    }
}
