use super::{Company, Sage, read::rows, send::Outgoing};
use crate::Site;
use bytes::Bytes;
use http::Method;
use returns_wire::{Error, ErrorKind, Repeat};

const OP: &str = "sage200.sites.list";

/// Which Sage 200 an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Edition {
    /// Sage 200 Standard: analysis codes 1 to 5 only, documents always numbered by Sage 200.
    Standard,
    /// Sage 200 Professional.
    Professional,
}

impl Sage {
    /// The edition, as the address of the API says it: `sage200` or `sage200extra` is a part of it. None at any other.
    pub fn edition(&self) -> Option<Edition> {
        let mut parts = self.0.channel.base().as_str().split('/');
        parts.find_map(|part| match part {
            "sage200" => Some(Edition::Standard),
            "sage200extra" => Some(Edition::Professional),
            _ => None,
        })
    }

    /// The companies that the Sage ID user may open (`sites`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sites(&self) -> Result<Vec<Site>, Error> {
        let uri = self.0.channel.base().uri(&["sites"], &[]);
        let (method, body, repeat) = (Method::GET, Bytes::new(), Repeat::Read);
        let answer = self.send(Outgoing { op: OP, method, uri, body, repeat, company: None }).await?;
        rows(&answer)
    }
}

impl Company {
    /// Makes sure that the user may open this company.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] says which companies the user may open instead.
    pub async fn check(&self) -> Result<Site, Error> {
        let sites = self.sage().sites().await?;
        let wanted = self.key();
        if let Some(found) = sites.iter().find(|site| site.key() == *wanted) {
            return Ok(found.clone());
        }
        let error = |message: String, help: String| {
            Err(Error::not_sent("sage200.company.check", ErrorKind::Config, message).help(help))
        };
        if sites.is_empty() {
            return error(
                "the Sage ID user may open no company".into(),
                "link the user to a site in Sage 200 System Administration and allow the API there".into(),
            );
        }
        let of_site = sites.iter().filter(|site| site.site_id == wanted.site).collect::<Vec<_>>();
        if of_site.is_empty() {
            return error(
                format!("site {} is not one of the user's sites", wanted.site),
                format!("use one of: {}", list(sites.iter())),
            );
        }
        error(
            format!("site {} has no company {} for this user", wanted.site, wanted.company),
            format!("use one of: {}", list(of_site.into_iter())),
        )
    }
}

fn list<'a>(sites: impl Iterator<Item = &'a Site>) -> String {
    let name = |name: &Option<String>| name.as_deref().unwrap_or("no name").to_owned();
    sites
        .map(|s| {
            let (company, site) = (name(&s.company_name), name(&s.site_name));
            format!("site {} ({site}), company {} ({company})", s.site_id, s.company_id)
        })
        .collect::<Vec<_>>()
        .join("; ")
}
