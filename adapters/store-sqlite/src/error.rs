//! What can go wrong with a statement, and what the ports' callers learn of it.

use rusqlite::ErrorCode;
use thiserror::Error;
use xiezhi_ports::{StoreError, TransportError};

/// The result of work on a connection.
pub(crate) type Db<T> = Result<T, DbError>;

/// Why work on a connection failed.
#[derive(Debug, Error)]
pub(crate) enum DbError {
    /// SQLite refused or failed.
    #[error("statement failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A value could not be written as JSON.
    #[error("{what} cannot be written as JSON")]
    Encode {
        /// The value.
        what: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// What is stored is not what this crate writes.
    #[error("stored {what} cannot be read; restore the file from a backup")]
    Stored {
        /// The column.
        what: &'static str,
    },
    /// The call cannot be right.
    #[error("{0}")]
    Invalid(String),
}

impl DbError {
    /// A value out of range, or too many at once.
    pub(crate) fn invalid(what: impl Into<String>) -> Self {
        Self::Invalid(what.into())
    }
}

impl From<DbError> for StoreError {
    /// Foreign error types stop here: their text goes along, their type does not.
    fn from(error: DbError) -> Self {
        match &error {
            DbError::Sqlite(source) => match source.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    Self::Unavailable("another process is writing to the file".to_owned())
                }
                Some(ErrorCode::ConstraintViolation | ErrorCode::TooBig) => Self::Invalid(source.to_string()),
                _ => Self::Failed(source.to_string()),
            },
            DbError::Encode { source, .. } => Self::Invalid(format!("{error}: {source}")),
            DbError::Stored { .. } => Self::Failed(error.to_string()),
            DbError::Invalid(what) => Self::Invalid(what.clone()),
        }
    }
}

/// The same failure, as the transport ports say it. A call that cannot be right is a fault of the program.
pub(crate) fn transport_error(error: StoreError) -> TransportError {
    match error {
        StoreError::Unavailable(what) => TransportError::Unavailable(what),
        StoreError::Invalid(what) | StoreError::Failed(what) => TransportError::Failed(what),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn sqlite_codes_become_dispositions() {
        let cases = [
            (ffi::SQLITE_BUSY, "store is not available: ", "another process is writing to the file"),
            (ffi::SQLITE_FULL, "store failed: ", "database or disk is full"),
            (ffi::SQLITE_IOERR, "store failed: ", "disk I/O error"),
            (ffi::SQLITE_CORRUPT, "store failed: ", "database disk image is malformed"),
            (ffi::SQLITE_CONSTRAINT, "store refused the call: ", "constraint failed"),
        ];
        for (code, start, end) in cases {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let text = StoreError::from(DbError::from(error)).to_string();
            assert!(text.starts_with(start) && text.ends_with(end), "{code}: {text}");
        }
        let stored = StoreError::from(DbError::Stored { what: "case document" });
        assert_eq!(
            stored.to_string(),
            "store failed: stored case document cannot be read; restore the file from a backup"
        );
    }
}
