//! Reading the audit chain: the history of a case or a message, and the counts. `audit/chain.rs` appends to it,
//! `audit/verify.rs` proves that nobody changed it.

mod chain;
mod verify;

use async_trait::async_trait;
use rusqlite::{Connection, Row, params};
use xiezhi_model::audit::{AuditReport, AuditRow};
use xiezhi_model::{CaseNumber, InboxSeq};
use xiezhi_ports::{AuditLog, StoreCounts, StoreError};

pub(crate) use chain::{Chain, PreparedEntry};

use crate::error::{Db, DbError};
use crate::rows;
use crate::settings::READ_ROWS_MAX;
use crate::store::SqliteStore;

#[async_trait]
impl AuditLog for SqliteStore {
    async fn audit_verify(&self) -> Result<AuditReport, StoreError> {
        self.read(verify::verify).await
    }

    async fn audit_by_case(&self, number: &CaseNumber, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        let number = number.clone();
        self.read(move |connection| by_case(connection, &number, limit)).await
    }

    async fn audit_by_message(&self, seq: InboxSeq, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        self.read(move |connection| by_message(connection, seq, limit)).await
    }

    async fn counts(&self) -> Result<StoreCounts, StoreError> {
        self.read(counts).await
    }
}

/// Index: `audit_case`, which holds the first row of each run.
fn by_case(connection: &Connection, number: &CaseNumber, limit: usize) -> Db<Vec<AuditRow>> {
    let sql = "SELECT seq FROM audit WHERE case_number = ?1 AND case_first = 1 ORDER BY seq";
    let mut statement = connection.prepare_cached(sql)?;
    let runs = statement.query_map([number.as_str()], |row| row.get(0))?;
    history(connection, runs, limit, |row| row.entry.case_number.as_ref() == Some(number))
}

/// Index: `audit_inbox`, which holds the first row of each run.
fn by_message(connection: &Connection, seq: InboxSeq, limit: usize) -> Db<Vec<AuditRow>> {
    let sql = "SELECT seq FROM audit WHERE inbox_seq = ?1 AND inbox_first = 1 ORDER BY seq";
    let mut statement = connection.prepare_cached(sql)?;
    let runs = statement.query_map([seq.0], |row| row.get(0))?;
    history(connection, runs, limit, |row| row.entry.inbox_seq == Some(seq))
}

/// Index: primary key of `audit`. Walks each run from its first row to the first one that belongs elsewhere.
fn history(
    connection: &Connection,
    runs: impl Iterator<Item = rusqlite::Result<i64>>,
    limit: usize,
    belongs: impl Fn(&AuditRow) -> bool,
) -> Db<Vec<AuditRow>> {
    let limit = limit.min(READ_ROWS_MAX);
    let mut statement = connection.prepare_cached("SELECT seq, hash, entry FROM audit WHERE seq >= ?1 ORDER BY seq")?;
    let mut found = Vec::new();
    for first in runs {
        let mut run = statement.query_and_then(params![first?], audit_row)?;
        while found.len() < limit
            && let Some(row) = run.next().transpose()?.filter(&belongs)
        {
            found.push(row);
        }
        if found.len() >= limit {
            break;
        }
    }
    Ok(found)
}

fn audit_row(row: &Row<'_>) -> Db<AuditRow> {
    let entry = rows::from_json("audit entry", rows::text(row, "entry")?)?;
    Ok(AuditRow { seq: row.get("seq")?, hash: rows::digest(row, "hash")?, entry })
}

fn counts(connection: &Connection) -> Db<StoreCounts> {
    let one = |sql: &str| -> Db<u64> {
        let count: i64 = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        u64::try_from(count).map_err(|_| DbError::Stored { what: "count" })
    };
    // Each from a partial index that holds little else, and none touches a row.
    Ok(StoreCounts {
        inbox_pending: one("SELECT count(*) FROM inbox WHERE status = 0 AND status <> 2")?,
        inbox_waiting: one("SELECT count(*) FROM inbox WHERE status = 1 AND status <> 2")?,
        inbox_held: one("SELECT count(*) FROM inbox WHERE status = 5 AND status <> 2")?,
        inbox_dead: one("SELECT count(*) FROM inbox WHERE status = 3 AND status <> 2")?,
        outbox_pending: one("SELECT count(*) FROM outbox INDEXED BY outbox_due WHERE status = 0")?,
        outbox_dead: one("SELECT count(*) FROM outbox INDEXED BY outbox_dead WHERE status = 2")?,
        queued: one("SELECT coalesce(sum(messages), 0) FROM queue_depth")?,
        cases_open: one("SELECT count(*) FROM cases INDEXED BY cases_join WHERE status <> 3")?,
    })
}
