//! What can go wrong at the broker. No text holds a password: addresses are shown as host and port only.

use std::time::Duration;

use thiserror::Error;

/// Why something at the broker did not work.
#[derive(Debug, Error)]
pub enum AmqpError {
    /// No address answered.
    #[error("no broker can be reached: {0}")]
    Unreachable(String),
    /// The broker, or the way to it, failed.
    #[error("{what}: {cause}")]
    Broker {
        /// What was tried.
        what: &'static str,
        /// What came of it; part of the text, so it is no source of its own.
        cause: lapin::Error,
    },
    /// The broker stayed silent for too long; the outcome is unknown.
    #[error("{what}: no answer from the broker within {}", shown(.limit))]
    Silent {
        /// What was tried.
        what: &'static str,
        /// How long was waited.
        limit: Duration,
    },
    /// The broker has stopped publishers, because it is short of memory or disk.
    #[error("the broker takes no messages for the moment: {0}")]
    Blocked(String),
    /// The broker ended a consumer, because its queue was deleted or has another leader.
    #[error("the broker ended the consumer")]
    Cancelled,
}

fn shown(limit: &Duration) -> String {
    format!("{} ms", limit.as_millis())
}

/// Waits for the broker, but no longer than `limit`.
///
/// # Errors
/// The broker's, or [`AmqpError::Silent`].
pub(crate) async fn within<T>(
    what: &'static str,
    limit: Duration,
    operation: impl Future<Output = lapin::Result<T>>,
) -> Result<T, AmqpError> {
    match tokio::time::timeout(limit, operation).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(cause)) => Err(AmqpError::Broker { what, cause }),
        Err(_) => Err(AmqpError::Silent { what, limit }),
    }
}
