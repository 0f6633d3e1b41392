//! From model values to columns and back. Statuses are small integers, because the partial indexes name them.

use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::Serialize;
use serde::de::DeserializeOwned;
use xiezhi_model::case::CaseStatus;
use xiezhi_model::message::InboxStatus;
use xiezhi_model::{AgencyId, CaseNumber, Digest, MessageId, UtcTime};

use crate::error::{Db, DbError};

/// Column value of an inbox status; `schema/0001.sql` lists them.
pub(crate) fn inbox_status_code(status: InboxStatus) -> i64 {
    match status {
        InboxStatus::Pending => 0,
        InboxStatus::Waiting => 1,
        InboxStatus::Done => 2,
        InboxStatus::Dead => 3,
        InboxStatus::Quarantined => 4,
        InboxStatus::Held => 5,
    }
}

/// Column value of a case status.
pub(crate) fn case_status_code(status: CaseStatus) -> i64 {
    match status {
        CaseStatus::Unrouted => 0,
        CaseStatus::Open => 1,
        CaseStatus::FedBack => 2,
        CaseStatus::Closed => 3,
    }
}

/// Reads [`inbox_status_code`].
pub(crate) fn inbox_status(row: &Row<'_>, column: &str) -> Db<InboxStatus> {
    let code: i64 = row.get(column)?;
    InboxStatus::ALL
        .into_iter()
        .find(|&status| inbox_status_code(status) == code)
        .ok_or(DbError::Stored { what: "inbox status" })
}

/// A time column.
pub(crate) fn time(row: &Row<'_>, column: &str) -> Db<UtcTime> {
    UtcTime::from_unix_ms(row.get(column)?).map_err(|_| DbError::Stored { what: "time" })
}

/// A time column that may be empty.
pub(crate) fn time_option(row: &Row<'_>, column: &str) -> Db<Option<UtcTime>> {
    let ms: Option<i64> = row.get(column)?;
    ms.map(|ms| UtcTime::from_unix_ms(ms).map_err(|_| DbError::Stored { what: "time" })).transpose()
}

/// An agency column.
pub(crate) fn agency(row: &Row<'_>, column: &str) -> Db<AgencyId> {
    AgencyId::parse(text(row, column)?).map_err(|_| DbError::Stored { what: "agency" })
}

/// A message id column.
pub(crate) fn message_id(row: &Row<'_>, column: &str) -> Db<MessageId> {
    MessageId::parse(text(row, column)?).map_err(|_| DbError::Stored { what: "message id" })
}

/// A case number column that may be empty.
pub(crate) fn case_number_option(row: &Row<'_>, column: &str) -> Db<Option<CaseNumber>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        value => {
            let text = value.as_str().map_err(rusqlite::Error::from)?;
            CaseNumber::parse(text).map(Some).map_err(|_| DbError::Stored { what: "case number" })
        }
    }
}

/// A digest column.
pub(crate) fn digest(row: &Row<'_>, column: &str) -> Db<Digest> {
    digest_option(row, column)?.ok_or(DbError::Stored { what: "digest" })
}

/// A digest column that may be empty.
pub(crate) fn digest_option(row: &Row<'_>, column: &str) -> Db<Option<Digest>> {
    let bytes: Option<[u8; 32]> = row.get(column)?;
    Ok(bytes.map(Digest::from_bytes))
}

/// A counter column.
pub(crate) fn counter(row: &Row<'_>, column: &str) -> Db<u32> {
    u32::try_from(row.get::<_, i64>(column)?).map_err(|_| DbError::Stored { what: "counter" })
}

/// A text column, borrowed from the row.
pub(crate) fn text<'row>(row: &'row Row<'_>, column: &str) -> Db<&'row str> {
    Ok(row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?)
}

/// Reads a JSON text.
pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Db<T> {
    serde_json::from_str(text).map_err(|_| DbError::Stored { what })
}

/// Writes a JSON text.
pub(crate) fn to_json<T: Serialize>(what: &'static str, value: &T) -> Db<String> {
    serde_json::to_string(value).map_err(|source| DbError::Encode { what, source })
}

/// The column form of an optional digest.
pub(crate) fn digest_bytes(digest: Option<&Digest>) -> Option<&[u8]> {
    digest.map(|digest| digest.as_bytes().as_slice())
}
