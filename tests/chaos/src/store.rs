//! What the gateway keeps, read from its database beside it. It changes nothing.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use rusqlite::{Connection, OpenFlags};
use xiezhi_model::UtcTime;
use xiezhi_model::case::{Case, Source};

/// The database's file in the data folder.
const FILE: &str = "xiezhi.sqlite";
/// How long a read may wait for the gateway.
const BUSY_LIMIT: std::time::Duration = std::time::Duration::from_secs(20);
/// `inbox.status` of a message that is settled.
pub(crate) const INBOX_DONE: i64 = 2;
/// `outbox.status` of a message that the broker confirmed.
pub(crate) const OUTBOX_SENT: i64 = 1;

/// The database.
pub(crate) struct Store {
    connection: Connection,
}

/// A message that was taken in.
pub(crate) struct InboxRow {
    pub(crate) seq: i64,
    pub(crate) agency: String,
    pub(crate) message_id: String,
    pub(crate) status: i64,
    pub(crate) row_faults: Option<String>,
}

/// A message that was decided to be sent.
pub(crate) struct OutboxRow {
    pub(crate) message_id: String,
    pub(crate) agency: String,
    pub(crate) case_number: Option<String>,
    pub(crate) kind: String,
    pub(crate) status: i64,
}

impl Store {
    /// Opens the database of a data folder.
    pub(crate) fn open(data: &Path) -> anyhow::Result<Self> {
        let file = data.join(FILE);
        let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .with_context(|| format!("{} cannot be opened", file.display()))?;
        connection.busy_timeout(BUSY_LIMIT)?;
        Ok(Self { connection })
    }

    /// Everything that was taken in.
    pub(crate) fn inbox(&self) -> anyhow::Result<Vec<InboxRow>> {
        let mut statement =
            self.connection.prepare("SELECT seq, agency, message_id, status, row_faults FROM inbox ORDER BY seq")?;
        let rows = statement.query_map([], |row| {
            Ok(InboxRow {
                seq: row.get(0)?,
                agency: row.get(1)?,
                message_id: row.get(2)?,
                status: row.get(3)?,
                row_faults: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Everything to be sent, in the order in which it was decided.
    pub(crate) fn outbox(&self) -> anyhow::Result<Vec<OutboxRow>> {
        let mut statement =
            self.connection.prepare("SELECT message_id, agency, case_number, kind, status FROM outbox ORDER BY id")?;
        let rows = statement.query_map([], |row| {
            Ok(OutboxRow {
                message_id: row.get(0)?,
                agency: row.get(1)?,
                case_number: row.get(2)?,
                kind: row.get(3)?,
                status: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every case with its sources.
    pub(crate) fn cases(&self) -> anyhow::Result<Vec<(Case, Vec<Source>)>> {
        let mut sources: BTreeMap<i64, Vec<Source>> = BTreeMap::new();
        for (case_id, doc) in self.documents("SELECT case_id, doc FROM case_sources ORDER BY case_id, nth")? {
            sources.entry(case_id).or_default().push(serde_json::from_str(&doc)?);
        }
        let cases = self.documents("SELECT id, doc FROM cases ORDER BY id")?;
        cases
            .into_iter()
            .map(|(id, doc)| Ok((serde_json::from_str(&doc)?, sources.remove(&id).unwrap_or_default())))
            .collect()
    }

    fn documents(&self, sql: &str) -> anyhow::Result<Vec<(i64, String)>> {
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How often each message that was taken in is noted as an answer to an assignment.
    pub(crate) fn answers(&self) -> anyhow::Result<BTreeMap<i64, u32>> {
        let sql = "SELECT inbox_seq, count(*) FROM audit WHERE action = 'case_feedback' AND inbox_seq IS NOT NULL
                   GROUP BY inbox_seq";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(crate) fn inbox_count(&self) -> anyhow::Result<usize> {
        self.count("SELECT count(*) FROM inbox", [])
    }

    pub(crate) fn outbox_count(&self) -> anyhow::Result<usize> {
        self.count("SELECT count(*) FROM outbox", [])
    }

    /// Assignments that the gateway must look at because of the time.
    pub(crate) fn due_count(&self, now: UtcTime) -> anyhow::Result<u64> {
        let count = self.count("SELECT count(*) FROM assignments WHERE check_at <= ?1", [now.unix_ms()])?;
        Ok(u64::try_from(count)?)
    }

    fn count(&self, sql: &str, parameters: impl rusqlite::Params) -> anyhow::Result<usize> {
        let count: i64 = self.connection.query_row(sql, parameters, |row| row.get(0))?;
        Ok(usize::try_from(count)?)
    }
}
