//! From the configuration to the credit systems' settings.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use xiezhi_config::{Agency, Loaded};
use xiezhi_credit::{CreditSettings, CreditTls};

/// A credit system and when its list is reconciled.
#[derive(Clone)]
pub(crate) struct Credit {
    pub(crate) settings: Arc<CreditSettings>,
    /// The hour of the day, in Beijing.
    pub(crate) reconcile_hour: u8,
}

impl Credit {
    /// The credit systems of a configuration: none, one, and with several districts' even more.
    ///
    /// # Errors
    /// When a certificate file cannot be read.
    pub(crate) fn all(loaded: &Loaded) -> anyhow::Result<Vec<Self>> {
        loaded.agencies.iter().filter_map(|agency| Self::of(agency).transpose()).collect()
    }

    fn of(agency: &Agency) -> anyhow::Result<Option<Self>> {
        let Some(link) = &agency.credit else { return Ok(None) };
        let read = |file: &Path| fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()));
        let tls = match &link.ca_file {
            Some(file) => {
                let files = link.client_files.as_ref();
                let identity =
                    files.map(|(certificate, key)| anyhow::Ok((read(certificate)?, read(key)?))).transpose()?;
                Some(CreditTls { authorities: read(file)?, identity })
            }
            None => None,
        };
        let settings = CreditSettings {
            agency: agency.id.clone(),
            url: link.url.clone(),
            tls,
            proxy: link.proxy.clone(),
            access_token: link.access_token.as_ref().map(|token| token.expose().to_owned()),
            connect_timeout: Duration::from_millis(link.connect_timeout_ms),
            timeout: Duration::from_millis(link.timeout_ms),
            requests_max: link.requests_max,
            answer_bytes_max: link.answer_bytes_max,
            hours: link.hours.clone(),
            page_entries: link.page_entries,
        };
        Ok(Some(Self { settings: Arc::new(settings), reconcile_hour: link.reconcile_hour }))
    }
}
