//! The audit chain: appending to it inside a transaction, reading it, and proving that nobody changed it.

use async_trait::async_trait;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};
use xiezhi_model::audit::{AuditBreak, AuditEntry, AuditReport, AuditRow, row_hash};
use xiezhi_model::{CaseNumber, Digest, InboxSeq};
use xiezhi_ports::{AuditLog, StoreCounts, StoreError};

use crate::error::{Db, DbError};
use crate::rows;
use crate::settings::row_limit;
use crate::store::SqliteStore;

/// The end of the chain inside a write transaction. Read at its start and written at its end, never kept between: another
/// process may append meanwhile.
#[derive(Debug)]
pub(crate) struct Chain {
    rows: i64,
    hash: Digest,
    loaded: i64,
}

/// An entry as it will stand in its row, except for its place. Made outside the writer, which has no time to spare.
#[derive(Debug)]
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
    /// Index: primary key of `meta`.
    pub(crate) fn load(connection: &Connection) -> Db<Self> {
        let sql = "SELECT audit_rows, audit_hash FROM meta WHERE id = 1";
        let (rows, hash): (i64, [u8; 32]) =
            connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self { rows, hash: Digest::from_bytes(hash), loaded: rows })
    }

    /// Appends an entry.
    pub(crate) fn append(&mut self, connection: &Connection, entry: &AuditEntry) -> Db<()> {
        self.append_prepared(connection, &PreparedEntry::of(entry)?)
    }

    /// Appends an entry that was written before. Indexes kept: `audit_case`, `audit_inbox`.
    pub(crate) fn append_prepared(&mut self, connection: &Connection, entry: &PreparedEntry) -> Db<()> {
        let seq = self.rows.checked_add(1).ok_or(DbError::Stored { what: "audit head" })?;
        let hash = row_hash(seq, &self.hash, entry.json.as_bytes());
        let sql = "INSERT INTO audit (seq, at, action, case_number, inbox_seq, hash, entry)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        connection.prepare_cached(sql)?.execute(params![
            seq,
            entry.at,
            entry.action,
            entry.case_number,
            entry.inbox_seq,
            hash.as_bytes().as_slice(),
            entry.json,
        ])?;
        self.rows = seq;
        self.hash = hash;
        Ok(())
    }

    /// Writes the head when it moved. Index: primary key of `meta`.
    pub(crate) fn store(&self, connection: &Connection) -> Db<()> {
        if self.rows != self.loaded {
            let sql = "UPDATE meta SET audit_rows = ?1, audit_hash = ?2 WHERE id = 1";
            connection.prepare_cached(sql)?.execute(params![self.rows, self.hash.as_bytes().as_slice()])?;
        }
        Ok(())
    }
}

#[async_trait]
impl AuditLog for SqliteStore {
    async fn audit_verify(&self) -> Result<AuditReport, StoreError> {
        self.read(verify).await
    }

    async fn audit_by_case(&self, number: &CaseNumber, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        let number = number.as_str().to_owned();
        self.read(move |connection| by_case(connection, &number, limit)).await
    }

    async fn audit_by_message(&self, seq: InboxSeq, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        self.read(move |connection| by_message(connection, seq, limit)).await
    }

    async fn counts(&self) -> Result<StoreCounts, StoreError> {
        self.read(counts).await
    }
}

/// Index: `audit_case`.
fn by_case(connection: &Connection, number: &str, limit: usize) -> Db<Vec<AuditRow>> {
    let sql = "SELECT seq, hash, entry FROM audit WHERE case_number = ?1 ORDER BY seq LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_and_then(params![number, row_limit(limit)], audit_row)?.collect()
}

/// Index: `audit_inbox`.
fn by_message(connection: &Connection, seq: InboxSeq, limit: usize) -> Db<Vec<AuditRow>> {
    let sql = "SELECT seq, hash, entry FROM audit WHERE inbox_seq = ?1 ORDER BY seq LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_and_then(params![seq.0, row_limit(limit)], audit_row)?.collect()
}

fn audit_row(row: &Row<'_>) -> Db<AuditRow> {
    let entry = rows::from_json("audit entry", rows::text(row, "entry")?)?;
    Ok(AuditRow { seq: row.get("seq")?, hash: rows::digest(row, "hash")?, entry })
}

/// Walks the whole chain in one read transaction, so that rows and head belong together.
fn verify(connection: &Connection) -> Db<AuditReport> {
    let tx = connection.unchecked_transaction()?;
    let mut report = AuditReport { rows: 0, head: Digest::ZERO, broken: None };
    let sql = "SELECT seq, at, action, case_number, inbox_seq, hash, entry FROM audit ORDER BY seq";
    let mut statement = tx.prepare_cached(sql)?;
    let mut chain = statement.query([])?;
    while let Some(row) = chain.next()? {
        let expected = report.rows.saturating_add(1);
        match check_row(row, expected, &report.head)? {
            Ok(hash) => {
                report.rows = expected;
                report.head = hash;
            }
            Err(broken) => {
                report.broken = Some(broken);
                return Ok(report);
            }
        }
    }
    report.broken = check_head(&tx, &report)?;
    Ok(report)
}

/// The row's hash when the row is right. Columns are read as raw bytes: a changed byte need not be valid text.
fn check_row(row: &Row<'_>, expected: i64, previous: &Digest) -> Db<Result<Digest, AuditBreak>> {
    let broken = |seq: i64, what: &str| Ok(Err(AuditBreak { seq, what: what.to_owned() }));
    let seq: i64 = row.get("seq")?;
    if seq < expected {
        return broken(seq, "numbered before the start of the chain: inserted or renumbered");
    }
    if seq > expected {
        return broken(expected, "missing");
    }
    let (Ok(json), Ok(stored)) = (row.get_ref("entry")?.as_bytes(), row.get_ref("hash")?.as_bytes()) else {
        return broken(seq, "entry or hash is not a text or a digest");
    };
    let hash = row_hash(seq, previous, json);
    if stored != hash.as_bytes().as_slice() {
        return broken(
            seq,
            "entry and hash do not belong together: one of them was changed, or the row before is gone",
        );
    }
    let Ok(entry) = serde_json::from_slice::<AuditEntry>(json) else {
        return broken(seq, "entry cannot be read");
    };
    let case_number = entry.case_number.as_ref().map(CaseNumber::as_str);
    let copies_right = row.get_ref("at")? == ValueRef::Integer(entry.at.unix_ms())
        && row.get_ref("action")? == ValueRef::Text(entry.action.as_str().as_bytes())
        && row.get_ref("case_number")? == case_number.map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes()))
        && row.get_ref("inbox_seq")? == entry.inbox_seq.map_or(ValueRef::Null, |seq| ValueRef::Integer(seq.0));
    if !copies_right {
        return broken(seq, "a column differs from the entry that it is copied from");
    }
    Ok(Ok(hash))
}

/// The head says how many rows there must be: rows cut from the end are missed here.
fn check_head(connection: &Connection, report: &AuditReport) -> Db<Option<AuditBreak>> {
    let next = report.rows.saturating_add(1);
    let found = Chain::load(connection);
    let broken = |seq: i64, what: &str| Ok(Some(AuditBreak { seq, what: what.to_owned() }));
    match found {
        Ok(head) if head.rows > report.rows => broken(next, "missing: the head counts more rows"),
        Ok(head) if head.rows < report.rows => broken(head.rows.saturating_add(1), "the head does not count this row"),
        Ok(head) if head.hash != report.head => broken(report.rows, "the head has another hash for this last row"),
        Ok(_) => Ok(None),
        Err(_) => broken(report.rows, "the head beside the chain cannot be read"),
    }
}

fn counts(connection: &Connection) -> Db<StoreCounts> {
    let tx = connection.unchecked_transaction()?;
    let one = |sql: &str| -> Db<u64> {
        let count: i64 = tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        u64::try_from(count).map_err(|_| DbError::Stored { what: "count" })
    };
    // Each from a partial index that holds nothing else.
    Ok(StoreCounts {
        inbox_pending: one("SELECT count(*) FROM inbox WHERE status = 0 AND status <> 2")?,
        inbox_waiting: one("SELECT count(*) FROM inbox WHERE status = 1 AND status <> 2")?,
        inbox_dead: one("SELECT count(*) FROM inbox WHERE status = 3 AND status <> 2")?,
        outbox_pending: one("SELECT count(*) FROM outbox INDEXED BY outbox_due WHERE status = 0")?,
        outbox_dead: one("SELECT count(*) FROM outbox INDEXED BY outbox_dead WHERE status = 2")?,
        queued: one("SELECT coalesce(sum(messages), 0) FROM queue_depth")?,
        cases_open: one("SELECT count(*) FROM cases INDEXED BY cases_open WHERE status <> 3")?,
    })
}
