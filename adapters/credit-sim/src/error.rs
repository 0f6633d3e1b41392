//! Why a simulator cannot start or go on.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a simulator ended otherwise than asked.
#[derive(Debug, Error)]
pub enum SimError {
    /// A setting is wrong.
    #[error("setting {name} must be {wanted}")]
    Setting {
        /// Which.
        name: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// A certificate or a key cannot be used.
    #[error("{what} cannot be used")]
    Certificate {
        /// Which.
        what: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The journal cannot be opened, read or written. After it nothing more is answered.
    #[error("journal {} cannot be {act}", path.display())]
    Journal {
        /// Which.
        path: PathBuf,
        /// Opened, locked, read or written.
        act: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A line of the journal, other than a torn last one, is damaged.
    #[error("journal {} is damaged in line {line}, restore it or move it away", path.display())]
    JournalLine {
        /// Which journal.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The listener gives no connections any more.
    #[error("listener failed {failures} times in a row, check the limit on open files")]
    Accept {
        /// Failures in a row.
        failures: u32,
        /// The last one.
        source: io::Error,
    },
}
