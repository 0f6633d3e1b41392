//! What can go wrong on the way to the credit system. No text holds a token or a document.

use std::time::Duration;

use thiserror::Error;

/// How long after a failure the same is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Why a call to the credit system gave nothing.
#[derive(Debug, Error)]
pub enum CreditError {
    /// A certificate, key, address or proxy cannot be used.
    #[error("the link to the credit system cannot be set up: {0}")]
    Setup(String),
    /// No connection: nothing was sent.
    #[error("the credit system cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// No connection, because one side does not trust the other's certificate: nothing was sent.
    #[error("the credit system's certificate, or the gateway's, is not trusted")]
    Certificate(#[source] reqwest::Error),
    /// The connection ended, or the answer did not come in time: whether the request took effect is unknown.
    #[error("the credit system gave no whole answer")]
    Broken(#[source] reqwest::Error),
    /// The answer is larger than allowed: what it says is unknown.
    #[error("the credit system's answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The answer has a status that its request does not have.
    #[error("the credit system answered {what} with status {status}")]
    Status {
        /// What was asked.
        what: &'static str,
        /// The status.
        status: u16,
    },
    /// The document in the answer cannot be used.
    #[error("the credit system's answer to {what} cannot be read: {text}")]
    Unreadable {
        /// What was asked.
        what: &'static str,
        /// What is wrong with it.
        text: String,
    },
    /// It is busy or closed, and asks to be left alone.
    #[error("the credit system is busy or closed and asks to wait {after_s} s")]
    Later {
        /// In seconds.
        after_s: u64,
    },
    /// The list changed each time while it was read.
    #[error("the credit system's list changed while it was read, {tries} times; try when it is quieter")]
    Moving {
        /// How often it was read.
        tries: u32,
    },
}

impl CreditError {
    /// Sorts an error of the HTTP client by whether anything can have been sent.
    pub(crate) fn of(error: reqwest::Error) -> Self {
        if error.is_builder() {
            return Self::Setup(error.to_string());
        }
        if !error.is_connect() {
            return Self::Broken(error);
        }
        if names_a_certificate(&error) { Self::Certificate(error) } else { Self::Unreachable(error) }
    }

    /// Whether the request cannot have taken effect.
    pub(crate) fn is_unsent(&self) -> bool {
        matches!(self, Self::Setup(_) | Self::Unreachable(_) | Self::Certificate(_))
    }

    /// How long to wait before another try can help; `None` where none can.
    pub(crate) fn wait(&self) -> Option<Duration> {
        match self {
            Self::Setup(_) | Self::TooLarge { .. } | Self::Moving { .. } => None,
            Self::Later { after_s } => Some(Duration::from_secs(*after_s)),
            Self::Unreachable(_)
            | Self::Certificate(_)
            | Self::Broken(_)
            | Self::Status { .. }
            | Self::Unreadable { .. } => Some(PAUSE),
        }
    }

    /// A short word for an attempt's row.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Setup(_) => "credit.setup",
            Self::Unreachable(_) => "credit.unreachable",
            Self::Certificate(_) => "credit.certificate",
            Self::Broken(_) => "credit.no-answer",
            Self::TooLarge { .. } => "credit.answer-too-large",
            Self::Status { .. } => "credit.status",
            Self::Unreadable { .. } => "credit.answer-unreadable",
            Self::Later { .. } => "credit.later",
            Self::Moving { .. } => "credit.list-moving",
        }
    }
}

/// Whether TLS is what failed: both cases are retried, the word only tells the operator where to look.
fn names_a_certificate(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let is_tls = |io: &std::io::Error| io.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
        if inner.is::<rustls::Error>() || inner.downcast_ref::<std::io::Error>().is_some_and(is_tls) {
            return true;
        }
        source = inner.source();
    }
    false
}
