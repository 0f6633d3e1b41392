//! What the HTTP side is given: ports, hooks, access rights and limits. It reads no configuration of its own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use xiezhi_model::{AgencyId, Digest};
use xiezhi_ports::{Clock, Inbox, Mailbox};

use crate::{ActDesk, CaseDesk, PublicityDesk};

/// Everything that the endpoints need.
#[derive(Clone)]
pub struct HttpState {
    /// Where messages go (T1) and are looked up.
    pub inbox: Arc<dyn Inbox>,
    /// Where the bureau's people decide legal acts.
    pub desk: Arc<dyn ActDesk>,
    /// Where they act on cases.
    pub cases: Arc<dyn CaseDesk>,
    /// What they do about published entries.
    pub publicity: Arc<dyn PublicityDesk>,
    /// The agencies' side of the embedded queue.
    pub mailbox: Arc<dyn Mailbox>,
    /// Stamps receipt and leases.
    pub clock: Arc<dyn Clock>,
    /// Who may call. An agency may stand here more than once, with another token each, while a token is replaced.
    pub access: Vec<AgencyAccess>,
    /// Called after a new message is durably in the inbox, so that the workers look at once. Must not block.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// Whether the gateway can do its work. Must not block: it answers from what was observed before.
    pub ready: Arc<dyn Fn() -> Readiness + Send + Sync>,
    /// The metrics in Prometheus' text form.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Bounds.
    pub limits: HttpLimits,
}

impl fmt::Debug for HttpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpState").field("access", &self.access).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// One token of one agency, and what its bearer may send.
#[derive(Clone)]
pub struct AgencyAccess {
    /// The agency that the token stands for.
    pub agency: AgencyId,
    /// SHA-256 of the token's bytes. The token itself is never kept.
    pub token_digest: Digest,
    /// Longest message that the agency may send, in bytes.
    pub message_bytes_max: usize,
}

impl fmt::Debug for AgencyAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgencyAccess")
            .field("agency", &self.agency)
            .field("token_digest", &"***")
            .field("message_bytes_max", &self.message_bytes_max)
            .finish()
    }
}

/// Bounds on what the HTTP side does at once and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// Longest time for a request's body to arrive, in milliseconds; a request may take twice that in all.
    pub request_timeout_ms: u64,
    /// Most requests of agencies worked on at the same time; more are answered `gateway.busy`. Together with the
    /// largest `message_bytes_max` it bounds the memory that bodies take.
    pub concurrency_max: usize,
    /// How long a message read from the outbox is hidden from later reads, in milliseconds.
    pub outbox_lease_ms: i64,
    /// Longest wait for requests in progress when the server stops, in milliseconds.
    pub drain_timeout_ms: u64,
}

impl HttpLimits {
    pub(crate) fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    pub(crate) fn drain_timeout(&self) -> Duration {
        Duration::from_millis(self.drain_timeout_ms)
    }
}

/// Whether the gateway can do its work, check by check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readiness {
    /// The checks; ready means that none failed.
    pub checks: Vec<Check>,
    /// Set when the gateway runs on a simulated clock: what it shows, so that nobody takes its deadlines for real.
    pub clock_note: Option<String>,
}

impl Readiness {
    /// Whether no check failed.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|check| !matches!(check.state, CheckState::Failed(_)))
    }
}

/// One named check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked, such as `store`.
    pub name: String,
    /// What came of it.
    pub state: CheckState,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckState {
    /// It works.
    Ok,
    /// Something is missing, but the gateway goes on and loses nothing; the text as below.
    Degraded(String),
    /// It does not; the text is shown to whoever asks, so it holds nothing secret.
    Failed(String),
}
