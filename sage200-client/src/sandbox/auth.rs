//! Sage ID: access tokens with a lifetime, refresh tokens that rotate.

use chrono::{DateTime, TimeDelta, Utc};
use std::{collections::HashMap, time::Duration};

pub(crate) const CLIENT_ID: &str = "sandbox-client";
pub(crate) const CLIENT_SECRET: &str = "sandbox-secret";
pub(crate) const FIRST_REFRESH_TOKEN: &str = "sandbox-refresh-0";

pub(crate) struct Auth {
    access: HashMap<String, DateTime<Utc>>,
    /// The one refresh token that works; none after consent was withdrawn.
    refresh: Option<String>,
    pub(crate) refreshes: usize,
    minted: usize,
    pub(crate) lifetime: Duration,
}

/// A refused token request: status and OAuth error.
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) description: &'static str,
}

pub(crate) struct Granted {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) expires_in: u64,
}

impl Auth {
    pub(crate) fn new() -> Self {
        Self {
            access: HashMap::new(),
            refresh: Some(FIRST_REFRESH_TOKEN.to_owned()),
            refreshes: 0,
            minted: 0,
            lifetime: Duration::from_secs(28_800),
        }
    }

    pub(crate) fn mint(&mut self, now: DateTime<Utc>) -> String {
        self.minted += 1;
        let token = format!("sandbox-access-{}", self.minted);
        let expires = TimeDelta::from_std(self.lifetime).ok().and_then(|lifetime| now.checked_add_signed(lifetime));
        self.access.insert(token.clone(), expires.unwrap_or(now));
        token
    }

    pub(crate) fn accepts(&self, token: &str, now: DateTime<Utc>) -> bool {
        self.access.get(token).is_some_and(|expires| now < *expires)
    }

    pub(crate) fn forget_access(&mut self) {
        self.access.clear();
    }

    pub(crate) fn withdraw(&mut self) {
        self.access.clear();
        self.refresh = None;
    }

    /// The refresh grant. The old token is spent by a success.
    pub(crate) fn refresh(&mut self, form: &[(String, String)], now: DateTime<Utc>) -> Result<Granted, Refused> {
        let field =
            |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default();
        let refuse = |status, error, description| Err(Refused { status, error, description });
        if field("grant_type") != "refresh_token" {
            return refuse(403, "unauthorized_client", "Grant type not allowed for the client.");
        }
        if field("client_id") != CLIENT_ID || field("client_secret") != CLIENT_SECRET {
            return refuse(401, "access_denied", "Unauthorized");
        }
        if self.refresh.as_deref() != Some(field("refresh_token")) {
            return refuse(403, "invalid_grant", "Unknown or invalid refresh token.");
        }
        self.refreshes += 1;
        let refresh = format!("sandbox-refresh-{}", self.refreshes);
        self.refresh = Some(refresh.clone());
        Ok(Granted { access: self.mint(now), refresh, expires_in: self.lifetime.as_secs() })
    }
}
