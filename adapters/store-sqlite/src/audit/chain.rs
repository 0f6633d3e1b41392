//! The end of the chain inside a write transaction: appends rows and moves the head.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params};
use xiezhi_model::Digest;
use xiezhi_model::audit::{AuditEntry, row_hash};

use crate::error::{Db, DbError};
use crate::rows;

/// Rows written by one statement: half of what a small row costs is the statement.
const ROWS_PER_INSERT: usize = 16;

/// Columns of a row.
const COLUMNS: usize = 9;

/// The end of the chain. Read at the start of a write transaction and written at its end, never kept between: another
/// process may append meanwhile.
#[derive(Debug)]
pub(crate) struct Chain {
    /// How many rows there are, new ones included.
    pub(crate) rows: i64,
    /// The hash of the last of them.
    pub(crate) hash: Digest,
    last_case: Option<String>,
    last_inbox: Option<i64>,
    new: Vec<NewRow>,
}

/// A row that is not written yet.
#[derive(Debug)]
struct NewRow {
    seq: i64,
    hash: Digest,
    case_first: bool,
    inbox_first: bool,
    entry: PreparedEntry,
}

/// An entry as it will stand in its row, except for its place. Made outside the writer, which has no time to spare.
#[derive(Debug, Clone)]
pub(crate) struct PreparedEntry {
    at: i64,
    action: &'static str,
    case_number: Option<String>,
    inbox_seq: Option<i64>,
    json: String,
}

impl PreparedEntry {
    /// Writes the exact text that is hashed.
    pub(crate) fn of(entry: &AuditEntry) -> Db<Self> {
        Ok(Self {
            at: entry.at.unix_ms(),
            action: entry.action.as_str(),
            case_number: entry.case_number.as_ref().map(|number| number.as_str().to_owned()),
            inbox_seq: entry.inbox_seq.map(|seq| seq.0),
            json: rows::to_json("audit entry", entry)?,
        })
    }
}

impl Chain {
    /// Index: primary keys of `audit_head` and `audit`.
    pub(crate) fn load(connection: &Connection) -> Db<Self> {
        let sql = "SELECT rows, hash FROM audit_head WHERE id = 1";
        let (rows, hash): (i64, [u8; 32]) =
            connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let sql = "SELECT case_number, inbox_seq FROM audit WHERE seq = ?1";
        // A last row that somebody damaged is for `audit_verify` to name, not for every write to fail on.
        let last = connection.prepare_cached(sql)?.query_row([rows], |row| {
            let case_number = row.get_ref(0)?.as_str().ok().map(str::to_owned);
            Ok((case_number, row.get_ref(1)?.as_i64().ok()))
        });
        let (last_case, last_inbox) = last.optional()?.unwrap_or_default();
        Ok(Self { rows, hash: Digest::from_bytes(hash), last_case, last_inbox, new: Vec::new() })
    }

    /// Appends an entry.
    pub(crate) fn append(&mut self, entry: &AuditEntry) -> Db<()> {
        self.append_prepared(PreparedEntry::of(entry)?)
    }

    /// Appends an entry whose text was written before.
    pub(crate) fn append_prepared(&mut self, entry: PreparedEntry) -> Db<()> {
        self.rows = self.rows.checked_add(1).ok_or(DbError::Stored { what: "audit head" })?;
        self.hash = row_hash(self.rows, &self.hash, entry.json.as_bytes());
        let case_first = is_first(entry.case_number.as_ref(), self.last_case.as_ref());
        let inbox_first = is_first(entry.inbox_seq.as_ref(), self.last_inbox.as_ref());
        self.last_case.clone_from(&entry.case_number);
        self.last_inbox = entry.inbox_seq;
        self.new.push(NewRow { seq: self.rows, hash: self.hash, case_first, inbox_first, entry });
        Ok(())
    }

    /// Writes the new rows and the head. Index: primary key of `audit_head`.
    pub(crate) fn store(&self, connection: &Connection) -> Db<()> {
        if self.new.is_empty() {
            return Ok(());
        }
        let (many, rest) = self.new.as_chunks::<ROWS_PER_INSERT>();
        let sql = insert_sql(ROWS_PER_INSERT);
        for rows in many {
            insert(connection, &sql, rows)?;
        }
        let sql = insert_sql(1);
        for row in rest {
            insert(connection, &sql, std::slice::from_ref(row))?;
        }
        let sql = "UPDATE audit_head SET rows = ?1, hash = ?2 WHERE id = 1";
        connection.prepare_cached(sql)?.execute(params![self.rows, self.hash.as_bytes().as_slice()])?;
        Ok(())
    }
}

/// Whether a row begins a run: it belongs to something, and the row before it to something else.
pub(crate) fn is_first<T: PartialEq>(this: Option<&T>, before: Option<&T>) -> bool {
    this.is_some() && this != before
}

fn insert_sql(rows: usize) -> String {
    let row = format!("({})", ["?"; COLUMNS].join(", "));
    let values = vec![row; rows].join(", ");
    format!(
        "INSERT INTO audit (seq, at, action, case_number, inbox_seq, case_first, inbox_first, hash, entry)
         VALUES {values}"
    )
}

/// Indexes kept: `audit_case`, `audit_inbox`.
fn insert(connection: &Connection, sql: &str, rows: &[NewRow]) -> Db<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let values = rows.iter().flat_map(|row| -> [ToSqlOutput<'_>; COLUMNS] {
        let NewRow { seq, hash, case_first, inbox_first, entry } = row;
        [
            (*seq).into(),
            entry.at.into(),
            entry.action.into(),
            ToSqlOutput::Borrowed(entry.case_number.as_deref().map_or(ValueRef::Null, ValueRef::from)),
            ToSqlOutput::Borrowed(entry.inbox_seq.map_or(ValueRef::Null, ValueRef::Integer)),
            (*case_first).into(),
            (*inbox_first).into(),
            ToSqlOutput::Borrowed(ValueRef::Blob(hash.as_bytes())),
            entry.json.as_str().into(),
        ]
    });
    statement.execute(rusqlite::params_from_iter(values))?;
    Ok(())
}
