use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{fmt, str::FromStr};
use url::{Host, Url};

/// Everything but the unreserved characters of RFC 3986: a space becomes `%20`, a plus `%2B`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where an API lives. `https`, or plain `http` on this machine only.
///
/// ```
/// use returns_wire::BaseUrl;
/// let base: BaseUrl = "https://api.example/uk/v1/".parse()?;
/// let uri = base.uri(&["orders", "7"], &[("$filter", "name eq 'A+B c'".to_owned())]);
/// assert_eq!(uri.to_string(), "https://api.example/uk/v1/orders/7?$filter=name%20eq%20%27A%2BB%20c%27");
/// assert!("http://api.example/".parse::<BaseUrl>().is_err());
/// # Ok::<(), returns_wire::BaseUrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Path segments and query pairs under this base. Keys are sent as they are, values percent-encoded.
    ///
    /// The segments `.` and `..` can't be sent in a URL and are left out: check ids before they come here. A query
    /// past 64 KiB gives the address `/`, which a [`Channel`](crate::Channel) refuses to send.
    pub fn uri(&self, segments: &[&str], query: &[(&str, String)]) -> Uri {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        let query = query
            .iter()
            .map(|(key, value)| format!("{key}={}", utf8_percent_encode(value, QUERY)))
            .collect::<Vec<_>>()
            .join("&");
        url.set_query((!query.is_empty()).then_some(&query));
        // A serialised http(s) Url is an ASCII absolute URI; only its length can be wrong.
        url.as_str().parse().unwrap_or_default()
    }

    /// Scheme and host, for messages: no path, no query, no credentials.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// True for an address with this base's scheme, host and port.
    pub(crate) fn serves(&self, uri: &Uri) -> bool {
        Url::parse(&uri.to_string()).is_ok_and(|url| url.origin() == self.0.origin())
    }

    /// The whole base.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let url = Url::parse(text).map_err(|error| BaseUrlError::NotAUrl { reason: error.to_string() })?;
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            other => {
                return Err(BaseUrlError::NotSecure {
                    scheme: other.to_owned(),
                    host: url.host_str().unwrap_or_default().to_owned(),
                });
            }
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Extra);
        }
        Ok(Self(url))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A base URL that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaseUrlError {
    /// Not a URL.
    #[error("not a URL ({reason}); write it in full, such as https://api.returngo.ai")]
    NotAUrl {
        /// What the parser says.
        reason: String,
    },
    /// Would send keys in the clear.
    #[error("{scheme}://{host} is not encrypted; use https (plain http is accepted for this machine only)")]
    NotSecure {
        /// Its scheme.
        scheme: String,
        /// Its host.
        host: String,
    },
    /// Carries credentials, a query or a fragment.
    #[error("a base URL has no user, password, query or fragment; keep scheme, host and path")]
    Extra,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in ["http://127.0.0.1:8080", "http://localhost/x", "http://[::1]:9/", "https://a.example"] {
            assert!(good.parse::<BaseUrl>().is_ok(), "{good}");
        }
        for bad in [
            "http://192.168.0.4/",
            "http://localhost.evil.example/",
            "ftp://a.example",
            "a.example",
            "https://u:p@a.example",
            "https://a.example/?k=v",
        ] {
            assert!(bad.parse::<BaseUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn segments_can_not_leave_their_place() {
        let base: BaseUrl = "https://a.example/v1".parse().unwrap();
        assert_eq!(base.uri(&["rma", "1/../x?y"], &[]).to_string(), "https://a.example/v1/rma/1%2F..%2Fx%3Fy");
        assert_eq!(base.uri(&["rma", ".."], &[]).to_string(), "https://a.example/v1/rma");
    }

    #[test]
    fn serves_its_own_origin_only() {
        let base: BaseUrl = "https://a.example/v1".parse().unwrap();
        assert!(base.serves(&base.uri(&["rma"], &[("q", "x".to_owned())])));
        assert!(base.serves(&Uri::from_static("https://a.example:443/v2")));
        for other in [
            "http://a.example/v1",
            "https://b.example/v1",
            "https://a.example:8443/v1",
            "/v1",
            "https://a.example@b.example/",
        ] {
            assert!(!base.serves(&Uri::from_static(other)), "{other}");
        }
        assert!(!base.serves(&base.uri(&[], &[("q", "x".repeat(70_000))])), "too long a URI is not sent");
    }
}
