use serde::{Deserialize, Serialize};
use std::fmt;

/// May the server have acted on a request whose call did not end in a readable success?
///
/// The answer decides whether a write may be sent again. Anything that is not proved is [`Unknown`].
///
/// [`Unknown`]: Delivery::Unknown
///
/// ```
/// use returns_wire::Delivery;
/// // Two attempts of one call: the first may have been applied, so the call as a whole may have been.
/// assert_eq!(Delivery::Unknown.or(Delivery::NotSent), Delivery::Unknown);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Proved that no byte of the request reached the server: it was never built, a permit was refused, or the
    /// connection could not be opened.
    NotSent,
    /// The server answered completely that it did nothing.
    Rejected,
    /// The server may have acted: a timeout, a reset, a 5xx, a gateway page.
    Unknown,
    /// A 2xx status line was seen, whatever happened to the body.
    Applied,
}

impl Delivery {
    /// What two attempts of the same request amount to: the one that leaves more open wins.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let weight = |delivery| match delivery {
            Self::NotSent => 0,
            Self::Rejected => 1,
            Self::Unknown => 2,
            Self::Applied => 3,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown, may have been applied",
            Self::Applied => "applied",
        })
    }
}
