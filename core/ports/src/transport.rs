//! The transport ports: how outgoing messages reach an agency.

use async_trait::async_trait;
use thiserror::Error;
use xiezhi_model::message::{Outgoing, PublishOutcome, QueuedMessage};
use xiezhi_model::{AgencyId, MessageId, UtcTime};

use crate::Disposition;

/// Publishes outgoing messages.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Publishes a batch, in order, and returns one outcome per message in the same order.
    ///
    /// `Confirmed` means that the other side holds the message durably. `Retry` says that it does not, or that nobody knows:
    /// publish the same id again. Dropping the future leaves the outcome unknown, as does an error.
    ///
    /// An id that is published again after it was taken: the embedded queue remembers the ids that it took, so it is `Confirmed`
    /// and nothing else happens, even after the agency acknowledged it. A broker remembers none: the agency gets the message once
    /// more, the same bytes under the same id, and drops it by its id.
    ///
    /// The messages of one case to one agency arrive in the order of the calls and of the batch, each for the first time: when one
    /// is not taken, later ones of its case in the same batch are not either (`Held`, or `Retry`), and the caller publishes them
    /// only after it. Between cases there is no order.
    ///
    /// # Errors
    /// [`TransportError`] when nothing can be said about any message of the batch.
    async fn publish(&self, batch: &[Outgoing], now: UtcTime) -> Result<Vec<PublishOutcome>, TransportError>;
}

/// The agency's side of the embedded queue: it reads its messages and acknowledges what it took.
#[async_trait]
pub trait Mailbox: Send + Sync {
    /// Up to `limit` messages of the agency, oldest first, each hidden from later reads for `lease_ms`.
    ///
    /// Messages of one case keep their order: while an earlier one is handed out and not acknowledged, a later one of
    /// the same case is handed out only together with it. What is not acknowledged in time is handed out again with
    /// `deliveries` one higher. Leases are not durable: after a restart everything unacknowledged is there again.
    ///
    /// # Errors
    /// [`TransportError`].
    async fn mailbox_read(
        &self,
        agency: &AgencyId,
        limit: usize,
        lease_ms: i64,
        now: UtcTime,
    ) -> Result<Vec<QueuedMessage>, TransportError>;

    /// Removes messages that the agency took, each with an audit row, durably on return. Returns how many were there;
    /// ids that are not (acknowledged before, or never there) are ignored, so a repetition does no harm.
    ///
    /// # Errors
    /// [`TransportError`].
    async fn mailbox_acknowledge(
        &self,
        agency: &AgencyId,
        ids: &[MessageId],
        now: UtcTime,
    ) -> Result<usize, TransportError>;
}

/// Why a transport could not do its work.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransportError {
    /// The other side cannot be reached or does not answer in time.
    #[error("transport is not available: {0}")]
    Unavailable(String),
    /// The transport cannot go on safely.
    #[error("transport failed: {0}")]
    Failed(String),
}

impl TransportError {
    /// What the caller should do.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Unavailable(_) => Disposition::Retry,
            Self::Failed(_) => Disposition::Stop,
        }
    }
}
