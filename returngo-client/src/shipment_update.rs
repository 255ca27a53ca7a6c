use crate::ShipmentStatus;
use serde::Serialize;
use std::fmt;

/// Where a parcel may be said to be. Validated is not among them: see [`ShipmentValidation`](crate::ShipmentValidation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShipmentMove {
    /// Label made.
    LabelCreated,
    /// On its way.
    Shipped,
    /// Arrived. The RMA becomes Received with it, and where the shop refunds on receipt, the money goes out.
    Received,
    /// Cancelled.
    Canceled,
}

impl ShipmentMove {
    /// The same among the states of a parcel.
    pub const fn status(self) -> ShipmentStatus {
        match self {
            Self::LabelCreated => ShipmentStatus::LabelCreated,
            Self::Shipped => ShipmentStatus::Shipped,
            Self::Received => ShipmentStatus::Received,
            Self::Canceled => ShipmentStatus::Canceled,
        }
    }
}

impl fmt::Display for ShipmentMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.status().as_str())
    }
}

/// What a courier or a warehouse has to say about a parcel, short of its inspection. What is not set is not sent, and stays
/// as it is in ReturnGO.
///
/// ```
/// use returngo_client::{ShipmentMove, ShipmentUpdate, ShipmentUpdateError};
/// let sent = ShipmentUpdate::to(ShipmentMove::Shipped).carrier_name("ExampleCarrier")?.tracking_number("TRK-1")?;
/// let body = r#"{"status":"Shipped","carrierName":"ExampleCarrier","trackingNumber":"TRK-1"}"#;
/// assert_eq!(serde_json::to_string(&sent)?, body);
/// assert!(!format!("{sent:?}").contains("TRK-1"));
/// assert_eq!(ShipmentUpdate::details().label_url(" "), Err(ShipmentUpdateError::Empty { field: "labelURL" }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShipmentUpdate {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<ShipmentStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracking_number: Option<String>,
    #[serde(rename = "trackingURL", skip_serializing_if = "Option::is_none")]
    tracking_url: Option<String>,
    #[serde(rename = "labelURL", skip_serializing_if = "Option::is_none")]
    label_url: Option<String>,
}

/// A detail that must not be sent. Of the text only what is wrong with it is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShipmentUpdateError {
    /// Nothing there.
    #[error("{field} is empty; leave it out to keep what ReturnGO has")]
    Empty {
        /// ReturnGO's name of the field.
        field: &'static str,
    },
    /// A line break, or worse.
    #[error("{field} holds the control character {found:?}; remove it")]
    Control {
        /// ReturnGO's name of the field.
        field: &'static str,
        /// The first such character.
        found: char,
    },
    /// No address that a browser opens.
    #[error("{field} must start with https:// or http://")]
    Address {
        /// ReturnGO's name of the field.
        field: &'static str,
    },
}

impl ShipmentUpdate {
    /// The parcel is there now. ReturnGO refuses ways back, such as from Received to Shipped.
    pub fn to(place: ShipmentMove) -> Self {
        Self { status: Some(place.status()), ..Self::details() }
    }

    /// No word on where the parcel is, only details. Nothing is sent for a detail that is not set, and without any the call
    /// is refused.
    pub const fn details() -> Self {
        Self { status: None, carrier_name: None, tracking_number: None, tracking_url: None, label_url: None }
    }

    /// Who carries it.
    ///
    /// # Errors
    /// [`ShipmentUpdateError`] when empty or with control characters.
    pub fn carrier_name(mut self, name: &str) -> Result<Self, ShipmentUpdateError> {
        self.carrier_name = Some(text("carrierName", name)?);
        Ok(self)
    }

    /// The carrier's number.
    ///
    /// # Errors
    /// [`ShipmentUpdateError`] when empty or with control characters.
    pub fn tracking_number(mut self, number: &str) -> Result<Self, ShipmentUpdateError> {
        self.tracking_number = Some(text("trackingNumber", number)?);
        Ok(self)
    }

    /// Where to follow it.
    ///
    /// # Errors
    /// [`ShipmentUpdateError`] when empty, with control characters, or no web address.
    pub fn tracking_url(mut self, address: &str) -> Result<Self, ShipmentUpdateError> {
        self.tracking_url = Some(web_address("trackingURL", address)?);
        Ok(self)
    }

    /// The label.
    ///
    /// # Errors
    /// [`ShipmentUpdateError`] when empty, with control characters, or no web address.
    pub fn label_url(mut self, address: &str) -> Result<Self, ShipmentUpdateError> {
        self.label_url = Some(web_address("labelURL", address)?);
        Ok(self)
    }

    /// True when it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::details()
    }
}

fn text(field: &'static str, text: &str) -> Result<String, ShipmentUpdateError> {
    let text = text.trim();
    match text.chars().find(|c| c.is_control()) {
        _ if text.is_empty() => Err(ShipmentUpdateError::Empty { field }),
        Some(found) => Err(ShipmentUpdateError::Control { field, found }),
        None => Ok(text.to_owned()),
    }
}

fn web_address(field: &'static str, address: &str) -> Result<String, ShipmentUpdateError> {
    let address = text(field, address)?;
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    if rest.is_some_and(|rest| !rest.is_empty()) { Ok(address) } else { Err(ShipmentUpdateError::Address { field }) }
}

/// Carriers show the recipient under number and address, so these are only said to be there.
impl fmt::Debug for ShipmentUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShipmentUpdate")
            .field("status", &self.status)
            .field("carrier_name", &self.carrier_name)
            .field("has_tracking_number", &self.tracking_number.is_some())
            .field("has_tracking_url", &self.tracking_url.is_some())
            .field("has_label_url", &self.label_url.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_plain_text_and_real_addresses() {
        let details = ShipmentUpdate::details;
        assert!(details().is_empty() && !ShipmentUpdate::to(ShipmentMove::Shipped).is_empty());
        let field = "trackingNumber";
        assert_eq!(details().tracking_number(""), Err(ShipmentUpdateError::Empty { field }));
        assert_eq!(details().tracking_number("T\n1"), Err(ShipmentUpdateError::Control { field, found: '\n' }));
        assert_eq!(details().tracking_number(" T1 "), details().tracking_number("T1"));
        assert!(!details().carrier_name("C").unwrap().is_empty());
        for bad in ["track.example/1", "https://", "ftp://track.example", "javascript:alert(1)"] {
            assert_eq!(
                details().tracking_url(bad),
                Err(ShipmentUpdateError::Address { field: "trackingURL" }),
                "{bad}"
            );
            let error = details().label_url(bad).unwrap_err();
            assert_eq!(error.to_string(), "labelURL must start with https:// or http://");
        }
        let all = details().tracking_url("http://a").unwrap().label_url("https://b").unwrap();
        assert_eq!(serde_json::to_string(&all).unwrap(), r#"{"trackingURL":"http://a","labelURL":"https://b"}"#);
    }

    #[test]
    fn no_move_says_validated() {
        use ShipmentMove::{Canceled, LabelCreated, Received, Shipped};
        let names = [LabelCreated, Shipped, Received, Canceled].map(|place| place.to_string());
        assert_eq!(names, ["LabelCreated", "Shipped", "Received", "Canceled"]);
    }
}
