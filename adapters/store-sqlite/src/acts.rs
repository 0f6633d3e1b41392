//! Legal acts and accounts. When an act may be written, `settle.rs` asks here.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use xiezhi_model::act::{Account, ActStatus, LegalAct};
use xiezhi_model::audit::AuditEntry;
use xiezhi_model::{AccountName, ActId, UtcTime};
use xiezhi_ports::{Accounts, ActFilter, Acts, StoreError};

use crate::error::{Db, DbError};
use crate::rows;
use crate::settings::row_limit;
use crate::store::SqliteStore;
use crate::writer::{Kind, WriteTx};

/// Most accounts that one answer lists: a district bureau has some hundreds of people.
const ACCOUNTS_MAX: usize = 10_000;

#[async_trait]
impl Acts for SqliteStore {
    async fn act_load(&self, id: &ActId) -> Result<Option<LegalAct>, StoreError> {
        let id = id.clone();
        self.read(move |connection| load(connection, &id)).await
    }

    async fn act_list(&self, filter: &ActFilter) -> Result<Vec<LegalAct>, StoreError> {
        let filter = filter.clone();
        self.read(move |connection| list(connection, &filter)).await
    }

    async fn acts_of_entity(&self, entity: &str, limit: usize) -> Result<Vec<LegalAct>, StoreError> {
        let entity = entity.to_owned();
        self.read(move |connection| of_entity(connection, &entity, limit)).await
    }

    async fn acts_due(&self, now: UtcTime, limit: usize) -> Result<Vec<LegalAct>, StoreError> {
        self.read(move |connection| due(connection, now, limit)).await
    }

    async fn acts_published(&self, after: Option<&ActId>, limit: usize) -> Result<Vec<LegalAct>, StoreError> {
        let after = after.map(|id| id.as_str().to_owned()).unwrap_or_default();
        self.read(move |connection| published(connection, &after, limit)).await
    }

    async fn act_denied(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let entry = entry.clone();
        self.write(Kind::Other, 0, move |tx| tx.chain.append(&entry)).await
    }
}

#[async_trait]
impl Accounts for SqliteStore {
    async fn account_add(&self, account: &Account, entry: &AuditEntry) -> Result<bool, StoreError> {
        let sql = "INSERT INTO accounts (name, doc) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.account_write(sql, account, entry).await
    }

    async fn account_change(&self, account: &Account, entry: &AuditEntry) -> Result<bool, StoreError> {
        self.account_write("UPDATE accounts SET doc = ?2 WHERE name = ?1", account, entry).await
    }

    async fn account_load(&self, name: &AccountName) -> Result<Option<Account>, StoreError> {
        let name = name.clone();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached("SELECT doc FROM accounts WHERE name = ?1")?;
            let mut found = statement.query([name.as_str()])?;
            found.next()?.map(account).transpose()
        })
        .await
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT doc FROM accounts ORDER BY name LIMIT ?1")?;
            statement.query_and_then([row_limit(ACCOUNTS_MAX)], account)?.collect()
        })
        .await
    }
}

impl SqliteStore {
    /// Writes an account and its history; `false`, and no history, when the statement changes nothing.
    async fn account_write(
        &self,
        sql: &'static str,
        account: &Account,
        entry: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (name, doc, entry) = (account.name.clone(), rows::to_json("account", account)?, entry.clone());
        self.write(Kind::Other, 0, move |tx| {
            let written = tx.execute(sql, params![name.as_str(), doc])? == 1;
            if written {
                tx.chain.append(&entry)?;
            }
            Ok(written)
        })
        .await
    }
}

/// An act write with its columns and text ready.
pub(crate) struct PreparedAct {
    act: String,
    case_number: String,
    entity: String,
    version: u32,
    status: ActStatus,
    check_at: Option<i64>,
    doc: String,
}

impl PreparedAct {
    /// Writes the text.
    pub(crate) fn of(act: &LegalAct) -> Db<Self> {
        if act.version == 0 {
            return Err(DbError::invalid(format!("act {} to be written as version 0, the first is 1", act.id)));
        }
        Ok(Self {
            act: act.id.as_str().to_owned(),
            case_number: act.case_number.as_str().to_owned(),
            entity: act.entity.clone(),
            version: act.version,
            status: act.status,
            check_at: act.check_at.map(UtcTime::unix_ms),
            doc: rows::to_json("act", act)?,
        })
    }
}

/// Index: `acts_act`. Whether the stored act is the one that the write is based on.
pub(crate) fn is_based(tx: &WriteTx<'_>, act: &PreparedAct) -> Db<bool> {
    let sql = "SELECT version FROM acts WHERE act = ?1";
    let stored: Option<u32> = tx.connection.prepare_cached(sql)?.query_row([&act.act], |row| row.get(0)).optional()?;
    Ok(stored.unwrap_or(0) == act.version.saturating_sub(1))
}

/// Indexes: `acts_act`; kept: `acts_entity`, `acts_check`.
pub(crate) fn write(tx: &WriteTx<'_>, act: &PreparedAct) -> Db<()> {
    let sql = "INSERT INTO acts (act, case_number, entity, version, status, check_at, doc)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (act) DO UPDATE SET version = ?4, status = ?5, check_at = ?6, doc = ?7";
    let status = status_code(act.status);
    tx.execute(sql, params![act.act, act.case_number, act.entity, act.version, status, act.check_at, act.doc])?;
    Ok(())
}

fn status_code(status: ActStatus) -> i64 {
    match status {
        ActStatus::Proposed => 0,
        ActStatus::Examined => 1,
        ActStatus::Decided => 2,
        ActStatus::Refused => 3,
    }
}

/// Index: `acts_act`.
fn load(connection: &Connection, id: &ActId) -> Db<Option<LegalAct>> {
    let mut statement = connection.prepare_cached("SELECT doc FROM acts WHERE act = ?1")?;
    let mut found = statement.query([id.as_str()])?;
    found.next()?.map(act).transpose()
}

/// Indexes: `acts_case` and `acts_open` where they fit, else rows from the newest one on.
fn list(connection: &Connection, filter: &ActFilter) -> Db<Vec<LegalAct>> {
    let mut wheres = vec!["1"];
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    if let Some(status) = filter.status {
        wheres.push(if status.is_open() { "status < 2 AND status = ?" } else { "status = ?" });
        values.push(Box::new(status_code(status)));
    }
    if let Some(number) = &filter.case_number {
        wheres.push("case_number = ?");
        values.push(Box::new(number.as_str().to_owned()));
    }
    values.push(Box::new(row_limit(filter.limit)));
    values.push(Box::new(i64::try_from(filter.offset).unwrap_or(i64::MAX)));
    let sql = format!("SELECT doc FROM acts WHERE {} ORDER BY id DESC LIMIT ? OFFSET ?", wheres.join(" AND "));
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_and_then(rusqlite::params_from_iter(values), act)?.collect()
}

/// Index: `acts_entity`. The newest, oldest first.
pub(crate) fn of_entity(connection: &Connection, entity: &str, limit: usize) -> Db<Vec<LegalAct>> {
    let sql = "SELECT doc FROM acts WHERE entity = ?1 ORDER BY id DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut acts: Vec<LegalAct> =
        statement.query_and_then(params![entity, row_limit(limit)], act)?.collect::<Db<_>>()?;
    acts.reverse();
    Ok(acts)
}

/// Index: `acts_check`.
fn due(connection: &Connection, now: UtcTime, limit: usize) -> Db<Vec<LegalAct>> {
    let sql = "SELECT doc FROM acts WHERE check_at IS NOT NULL AND check_at <= ?1 ORDER BY check_at LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_and_then(params![now.unix_ms(), row_limit(limit)], act)?.collect()
}

/// Index: `acts_act`. A district has some ten thousand acts, and reconciliation reads them once a day.
fn published(connection: &Connection, after: &str, limit: usize) -> Db<Vec<LegalAct>> {
    let sql = "SELECT doc FROM acts WHERE act > ?1 AND status = 2
               AND json_extract(doc, '$.kind') IN ('list_in', 'list_out', 'correction') ORDER BY act LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_and_then(params![after, row_limit(limit)], act)?.collect()
}

fn act(row: &Row<'_>) -> Db<LegalAct> {
    rows::from_json("act", rows::text(row, "doc")?)
}

fn account(row: &Row<'_>) -> Db<Account> {
    rows::from_json("account", rows::text(row, "doc")?)
}
