//! How the store is set up: limits and sizes. It does not read configuration files.

/// Settings of [`crate::SqliteStore`]. The defaults suit two cores and a few gigabytes of data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteSettings {
    /// Most messages that wait in one agency's queue; a publish beyond it is answered with `Retry`.
    pub queue_messages_max: u64,
    /// Most write calls that wait for the writer; a further one waits up to [`Self::wait_ms`] for a place.
    pub write_calls_max: usize,
    /// Longest wait, in milliseconds, for a place among the waiting calls or for a read connection.
    pub wait_ms: u64,
    /// Longest wait, in milliseconds, for another process that writes to the same file.
    pub busy_ms: u64,
    /// Read connections, and so the reads that run at the same time.
    pub readers: usize,
    /// Page cache of the writer, in bytes. Each reader has an eighth of it.
    pub cache_bytes: u64,
    /// Pages in the write-ahead log from which on a commit copies them into the file.
    pub checkpoint_pages: u32,
    /// Largest size of the file, in bytes; a write beyond it fails as on a full disk.
    pub file_bytes_max: u64,
}

impl Default for SqliteSettings {
    fn default() -> Self {
        Self {
            queue_messages_max: 100_000,
            write_calls_max: 1_024,
            wait_ms: 10_000,
            busy_ms: 5_000,
            readers: 3,
            cache_bytes: 32 << 20,
            checkpoint_pages: 4_000,
            file_bytes_max: 64 << 30,
        }
    }
}

/// Most items (deliveries, settlements, results, ids) in one call, so that one caller cannot hold the writer for long.
pub(crate) const CALL_ITEMS_MAX: usize = 10_000;

/// Longest message body in bytes. Transports cap far lower; this keeps a mistake from filling memory.
pub(crate) const BODY_BYTES_MAX: usize = 64 << 20;

/// Body bytes from which on a lease takes no further message: decoded, they take many times as much memory.
pub(crate) const LEASE_BYTES_MAX: usize = 1 << 19;

/// Body bytes from which on an answer for publishing takes no further message.
pub(crate) const DUE_BYTES_MAX: usize = 4 << 20;

/// Most rows that one read returns, whatever the caller asks for.
pub(crate) const READ_ROWS_MAX: usize = 10_000;

/// The number of rows to ask SQLite for.
pub(crate) fn row_limit(limit: usize) -> i64 {
    i64::try_from(limit.min(READ_ROWS_MAX)).unwrap_or(i64::MAX)
}
