//! Cases, their sources and the assignments to look at again. When a case may be written, `settle.rs` asks here.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use xiezhi_model::case::{Case, CaseStatus, Source};
use xiezhi_model::{AssignmentId, CaseNumber, UtcTime};
use xiezhi_ports::{CaseFilter, CaseWrite, Cases, DueAssignment, LOAD_KEYS_MAX, StoreError};

use crate::error::{Db, DbError};
use crate::rows;
use crate::settings::row_limit;
use crate::store::SqliteStore;
use crate::writer::WriteTx;

#[async_trait]
impl Cases for SqliteStore {
    async fn cases_by_join_key(&self, keys: &[String]) -> Result<Vec<Case>, StoreError> {
        check_load(keys.len())?;
        let keys = keys.to_vec();
        self.read(move |connection| {
            let found = keys.iter().filter_map(|key| by_join_key(connection, key).transpose());
            found.collect()
        })
        .await
    }

    async fn case_load(&self, number: &CaseNumber) -> Result<Option<Case>, StoreError> {
        let number = number.clone();
        self.read(move |connection| load(connection, &number)).await
    }

    async fn case_sources(&self, number: &CaseNumber, limit: usize) -> Result<Vec<Source>, StoreError> {
        let number = number.clone();
        self.read(move |connection| sources(connection, &number, limit)).await
    }

    async fn case_sources_of(&self, numbers: &[CaseNumber], limit_each: usize) -> Result<Vec<Vec<Source>>, StoreError> {
        check_load(numbers.len())?;
        let numbers = numbers.to_vec();
        self.read(move |connection| numbers.iter().map(|number| sources(connection, number, limit_each)).collect())
            .await
    }

    async fn case_list(&self, filter: &CaseFilter) -> Result<Vec<Case>, StoreError> {
        let filter = filter.clone();
        self.read(move |connection| list(connection, &filter)).await
    }

    async fn assignments_due(&self, now: UtcTime, limit: usize) -> Result<Vec<DueAssignment>, StoreError> {
        self.read(move |connection| due(connection, now, limit)).await
    }
}

/// Refuses a read of more than the port allows.
fn check_load(keys: usize) -> Db<()> {
    if keys > LOAD_KEYS_MAX {
        return Err(DbError::invalid(format!("{keys} keys or numbers in one read, at most {LOAD_KEYS_MAX}")));
    }
    Ok(())
}

/// A case write with its columns and texts ready.
pub(crate) struct PreparedCase {
    number: String,
    join_key: String,
    category: String,
    status: CaseStatus,
    version: u32,
    doc: String,
    sources: Vec<String>,
    checks: Vec<(String, i64)>,
}

/// What a case write is based on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// The case is not stored yet.
    New,
    /// It is stored in this row, in the version the write is based on.
    Row(i64, Keys),
}

/// Whether a write changes the columns that a stored case is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Status, category and join key stay: no index is touched.
    Same,
    /// At least one changes.
    Changed,
}

impl PreparedCase {
    /// The case's number.
    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    /// Writes the texts.
    pub(crate) fn of(write: &CaseWrite) -> Db<Self> {
        let case = &*write.case;
        let check = |assignment: &xiezhi_model::case::CaseAssignment| {
            assignment.check_at.map(|at| (assignment.id.as_str().to_owned(), at.unix_ms()))
        };
        let mut checks: Vec<_> = case.assignments.iter().filter_map(check).collect();
        // In the order in which they are read back, to be compared.
        checks.sort_unstable();
        Ok(Self {
            number: case.number.as_str().to_owned(),
            join_key: case.join_key.clone(),
            category: case.category.clone(),
            status: case.status,
            version: case.version,
            doc: rows::to_json("case", case)?,
            sources: write.sources.iter().map(|source| rows::to_json("source", source)).collect::<Db<_>>()?,
            checks,
        })
    }
}

/// What the write can be based on; `None` when the case changed since, or its join key is another open case's.
pub(crate) fn base(tx: &WriteTx<'_>, case: &PreparedCase) -> Db<Option<Base>> {
    let stored = stored(tx, case)?;
    let based_on = case.version.checked_sub(1);
    if stored.map_or(0, |(_, version, _)| version) != based_on.unwrap_or(0) {
        return Ok(None);
    }
    let base = stored.map_or(Base::New, |(id, _, keys)| Base::Row(id, keys));
    let (row, keys) = match base {
        Base::New => (None, Keys::Changed),
        Base::Row(id, keys) => (Some(id), keys),
    };
    if case.status != CaseStatus::Closed && keys == Keys::Changed {
        let holder = join_key_holder(tx, &case.join_key)?;
        if holder.is_some() && holder != row {
            return Ok(None);
        }
    }
    Ok(Some(base))
}

/// Writes the case, its new sources and its checks.
pub(crate) fn write(tx: &WriteTx<'_>, case: &PreparedCase, base: Base) -> Db<()> {
    let (id, mut nth) = match base {
        Base::New => {
            let id = insert(tx, case)?;
            checks_insert(tx, case, id)?;
            (id, 0)
        }
        Base::Row(id, keys) => {
            match keys {
                Keys::Same => update_doc(tx, case, id)?,
                Keys::Changed => update(tx, case, id)?,
            }
            if checks(tx, id)? != case.checks {
                tx.execute("DELETE FROM assignments WHERE case_id = ?1", [id])?;
                checks_insert(tx, case, id)?;
            }
            (id, if case.sources.is_empty() { 0 } else { source_last(tx, id)? })
        }
    };
    for doc in &case.sources {
        nth = nth.saturating_add(1);
        tx.execute("INSERT INTO case_sources (case_id, nth, doc) VALUES (?1, ?2, ?3)", params![id, nth, doc])?;
    }
    Ok(())
}

/// Index: `cases_number`. The row of the case, its version, and whether the write keeps its keys.
fn stored(tx: &WriteTx<'_>, case: &PreparedCase) -> Db<Option<(i64, u32, Keys)>> {
    let sql = "SELECT id, version, status = ?2 AND category = ?3 AND join_key = ?4 FROM cases WHERE number = ?1";
    let status = rows::case_status_code(case.status);
    let values = params![case.number, status, case.category, case.join_key];
    let found = tx.connection.prepare_cached(sql)?.query_row(values, |row| {
        let keys = if row.get(2)? { Keys::Same } else { Keys::Changed };
        Ok((row.get(0)?, row.get(1)?, keys))
    });
    Ok(found.optional()?)
}

/// Index: primary key of `assignments`, in the order of ids.
fn checks(tx: &WriteTx<'_>, case_id: i64) -> Db<Vec<(String, i64)>> {
    let sql = "SELECT id, check_at FROM assignments WHERE case_id = ?1 ORDER BY id";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let found = statement.query_map([case_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Index kept: `assignments_due`.
fn checks_insert(tx: &WriteTx<'_>, case: &PreparedCase, case_id: i64) -> Db<()> {
    for (assignment, check_at) in &case.checks {
        let sql = "INSERT INTO assignments (case_id, id, check_at) VALUES (?1, ?2, ?3)";
        tx.execute(sql, params![case_id, assignment, check_at])?;
    }
    Ok(())
}

/// Index: `cases_join`.
fn join_key_holder(tx: &WriteTx<'_>, join_key: &str) -> Db<Option<i64>> {
    let sql = "SELECT id FROM cases WHERE join_key = ?1 AND status <> 3";
    Ok(tx.connection.prepare_cached(sql)?.query_row([join_key], |row| row.get(0)).optional()?)
}

/// Indexes kept: `cases_number`, `cases_join`, `cases_attention`.
fn insert(tx: &WriteTx<'_>, case: &PreparedCase) -> Db<i64> {
    let sql = "INSERT INTO cases (number, version, status, category, join_key, doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let status = rows::case_status_code(case.status);
    tx.execute(sql, params![case.number, case.version, status, case.category, case.join_key, case.doc])?;
    Ok(tx.connection.last_insert_rowid())
}

/// Index: primary key of `cases`.
fn update(tx: &WriteTx<'_>, case: &PreparedCase, id: i64) -> Db<()> {
    let sql = "UPDATE cases SET version = ?2, status = ?3, category = ?4, join_key = ?5, doc = ?6 WHERE id = ?1";
    let status = rows::case_status_code(case.status);
    tx.execute(sql, params![id, case.version, status, case.category, case.join_key, case.doc])?;
    Ok(())
}

/// Index: primary key of `cases`; touches no other.
fn update_doc(tx: &WriteTx<'_>, case: &PreparedCase, id: i64) -> Db<()> {
    tx.execute("UPDATE cases SET version = ?2, doc = ?3 WHERE id = ?1", params![id, case.version, case.doc])?;
    Ok(())
}

/// Index: primary key of `case_sources`.
fn source_last(tx: &WriteTx<'_>, case_id: i64) -> Db<i64> {
    let sql = "SELECT coalesce(max(nth), 0) FROM case_sources WHERE case_id = ?1";
    Ok(tx.connection.prepare_cached(sql)?.query_row([case_id], |row| row.get(0))?)
}

/// Index: `cases_join`.
fn by_join_key(connection: &Connection, key: &str) -> Db<Option<Case>> {
    let sql = "SELECT doc FROM cases WHERE join_key = ?1 AND status <> 3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query([key])?;
    found.next()?.map(case).transpose()
}

/// Indexes: `cases_join` and `cases_closed`. An entity's newest cases, oldest first.
pub(crate) fn of_entity(connection: &Connection, entity: &str, limit: usize) -> Db<Vec<Case>> {
    let sql = "SELECT id, doc FROM cases WHERE status <> 3 AND join_key >= ?1 AND join_key < ?2
               UNION ALL SELECT id, doc FROM cases WHERE status = 3 AND join_key >= ?1 AND join_key < ?2
               ORDER BY id DESC LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    // `$` follows `#`, which stands between entity and category.
    let bounds = params![format!("{entity}#"), format!("{entity}$"), row_limit(limit)];
    let mut cases: Vec<Case> = statement.query_and_then(bounds, case)?.collect::<Db<_>>()?;
    cases.reverse();
    Ok(cases)
}

/// Index: `cases_number`.
fn load(connection: &Connection, number: &CaseNumber) -> Db<Option<Case>> {
    let mut statement = connection.prepare_cached("SELECT doc FROM cases WHERE number = ?1")?;
    let mut found = statement.query([number.as_str()])?;
    found.next()?.map(case).transpose()
}

/// Indexes: `cases_number`, then the primary key of `case_sources`.
fn sources(connection: &Connection, number: &CaseNumber, limit: usize) -> Db<Vec<Source>> {
    let sql = "SELECT doc FROM case_sources WHERE case_id = (SELECT id FROM cases WHERE number = ?1)
               ORDER BY nth LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_and_then(params![number.as_str(), row_limit(limit)], |row| {
        rows::from_json("source", rows::text(row, "doc")?)
    })?;
    found.collect()
}

/// Indexes: `cases_attention` for the statuses it holds; otherwise the newest cases are walked.
fn list(connection: &Connection, filter: &CaseFilter) -> Db<Vec<Case>> {
    let mut wheres = vec!["1"];
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    if let Some(status) = filter.status {
        wheres.push(match status {
            CaseStatus::Unrouted | CaseStatus::FedBack => "status <> 1 AND status <> 3 AND status = ?",
            CaseStatus::Open | CaseStatus::Closed => "status = ?",
        });
        values.push(Box::new(rows::case_status_code(status)));
    }
    if let Some(category) = &filter.category {
        wheres.push("category = ?");
        values.push(Box::new(category.clone()));
    }
    values.push(Box::new(row_limit(filter.limit)));
    values.push(Box::new(i64::try_from(filter.offset).unwrap_or(i64::MAX)));
    let sql = format!("SELECT doc FROM cases WHERE {} ORDER BY id DESC LIMIT ? OFFSET ?", wheres.join(" AND "));
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_and_then(rusqlite::params_from_iter(values), case)?.collect()
}

/// Index: `assignments_due`.
fn due(connection: &Connection, now: UtcTime, limit: usize) -> Db<Vec<DueAssignment>> {
    let sql = "SELECT cases.number, assignments.id FROM assignments JOIN cases ON cases.id = assignments.case_id
               WHERE check_at <= ?1 ORDER BY check_at LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_and_then(params![now.unix_ms(), row_limit(limit)], |row| {
        let wrong = |_| DbError::Stored { what: "assignment" };
        Ok(DueAssignment {
            case_number: CaseNumber::parse(rows::text(row, "number")?).map_err(wrong)?,
            assignment: AssignmentId::parse(rows::text(row, "id")?).map_err(wrong)?,
        })
    })?;
    found.collect()
}

fn case(row: &Row<'_>) -> Db<Case> {
    rows::from_json("case", rows::text(row, "doc")?)
}
