//! What the adapter is told of one credit system.

use std::fmt;
use std::time::Duration;

use xiezhi_model::AgencyId;
use xiezhi_model::hours::OpeningHours;

/// How a credit system is reached, and what it may cost.
#[derive(Clone)]
pub struct CreditSettings {
    /// The agency that the configuration calls it.
    pub agency: AgencyId,
    /// Where its interface begins, without a slash at the end, such as `https://credit.example/opanomaly/v1`.
    pub url: String,
    /// TLS; none only for a system on this machine's loopback.
    pub tls: Option<CreditTls>,
    /// A proxy on the way, such as `http://proxy.example:3128`.
    pub proxy: Option<String>,
    /// What the gateway shows of itself in `Authorization: Bearer`, beside its certificate.
    pub access_token: Option<String>,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for an answer, to its last byte.
    pub timeout: Duration,
    /// Most requests at the same time.
    pub requests_max: usize,
    /// Largest answer, in bytes.
    pub answer_bytes_max: usize,
    /// When the system takes entries.
    pub hours: OpeningHours,
    /// Entries on one page of the export.
    pub page_entries: usize,
}

/// Certificates, as PEM.
#[derive(Clone)]
pub struct CreditTls {
    /// The authorities that the system's certificate may come from; no other is trusted.
    pub authorities: String,
    /// The gateway's own certificate and key.
    pub identity: Option<(String, String)>,
}

/// Shows no secret.
impl fmt::Debug for CreditSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreditSettings")
            .field("agency", &self.agency)
            .field("url", &self.url)
            .field("tls", &self.tls.is_some())
            .field("access_token", &self.access_token.as_ref().map(|_| "***"))
            .field("timeout", &self.timeout)
            .field("requests_max", &self.requests_max)
            .finish_non_exhaustive()
    }
}
