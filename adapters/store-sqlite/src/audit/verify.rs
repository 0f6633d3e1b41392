//! Proves that the chain is what was written: walks all of it and names the first row that is not right.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use xiezhi_model::audit::{AuditBreak, AuditEntry, AuditReport, row_hash};
use xiezhi_model::{CaseNumber, Digest, InboxSeq};

use super::chain::{Chain, is_first};
use crate::error::Db;

/// Where the walk stands: what the next row must fit to.
struct Walk {
    rows: i64,
    head: Digest,
    case_number: Option<CaseNumber>,
    inbox_seq: Option<InboxSeq>,
}

/// Walks the whole chain. Every read is one transaction, so rows and head belong together.
pub(super) fn verify(connection: &Connection) -> Db<AuditReport> {
    let mut walk = Walk { rows: 0, head: Digest::ZERO, case_number: None, inbox_seq: None };
    let mut broken = None;
    let mut statement = connection.prepare_cached("SELECT * FROM audit ORDER BY seq")?;
    let mut chain = statement.query([])?;
    while let Some(row) = chain.next()?
        && broken.is_none()
    {
        broken = walk.step(row)?;
    }
    if broken.is_none() {
        broken = walk.check_head(connection);
    }
    Ok(AuditReport { rows: walk.rows, head: walk.head, broken })
}

impl Walk {
    /// Takes one row; says what is wrong with it, if anything. Columns are read as raw bytes: what somebody changed need
    /// not be valid text.
    fn step(&mut self, row: &Row<'_>) -> Db<Option<AuditBreak>> {
        let broken = |seq: i64, what: &str| Ok(Some(AuditBreak { seq, what: what.to_owned() }));
        let expected = self.rows.saturating_add(1);
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
        let hash = row_hash(seq, &self.head, json);
        if stored != hash.as_bytes().as_slice() {
            return broken(seq, "entry and hash do not belong together: one of them was changed");
        }
        let Ok(entry) = serde_json::from_slice::<AuditEntry>(json) else {
            return broken(seq, "entry cannot be read");
        };
        if !self.copies_right(row, &entry)? {
            return broken(seq, "a column differs from the entry that it is copied from");
        }
        self.rows = seq;
        self.head = hash;
        self.case_number = entry.case_number;
        self.inbox_seq = entry.inbox_seq;
        Ok(None)
    }

    /// Whether the columns that rows are found by are what the entry says.
    fn copies_right(&self, row: &Row<'_>, entry: &AuditEntry) -> Db<bool> {
        let case_number = entry.case_number.as_ref();
        let case_first = is_first(case_number, self.case_number.as_ref());
        let inbox_first = is_first(entry.inbox_seq.as_ref(), self.inbox_seq.as_ref());
        let case_text = case_number.map_or(ValueRef::Null, |number| number.as_str().into());
        Ok(row.get_ref("at")? == ValueRef::Integer(entry.at.unix_ms())
            && row.get_ref("action")? == ValueRef::from(entry.action.as_str())
            && row.get_ref("case_number")? == case_text
            && row.get_ref("inbox_seq")? == entry.inbox_seq.map_or(ValueRef::Null, |seq| ValueRef::Integer(seq.0))
            && row.get_ref("case_first")? == ValueRef::Integer(i64::from(case_first))
            && row.get_ref("inbox_first")? == ValueRef::Integer(i64::from(inbox_first)))
    }

    /// The head says how many rows there must be: rows cut from the end are missed here.
    fn check_head(&self, connection: &Connection) -> Option<AuditBreak> {
        let broken = |seq: i64, what: &str| Some(AuditBreak { seq, what: what.to_owned() });
        match Chain::load(connection) {
            Ok(head) if head.rows > self.rows => {
                broken(self.rows.saturating_add(1), "missing: the head counts more rows")
            }
            Ok(head) if head.rows < self.rows => {
                broken(head.rows.saturating_add(1), "the head does not count this row")
            }
            Ok(head) if head.hash != self.head => broken(self.rows, "the head has another hash for this last row"),
            Ok(_) => None,
            Err(_) => broken(self.rows, "the head beside the chain cannot be read"),
        }
    }
}
