//! The entities' files (一户一档). `settle.rs` writes their records.

use async_trait::async_trait;
use rusqlite::{Connection, ToSql, params};
use xiezhi_model::ledger::{EntityFile, EntityRecord};
use xiezhi_ports::{EntityFilter, Ledger, StoreError};

use crate::error::Db;
use crate::settings::row_limit;
use crate::store::SqliteStore;
use crate::writer::WriteTx;
use crate::{acts, cases, rows};

#[async_trait]
impl Ledger for SqliteStore {
    async fn entity_file(&self, entity: &str, limit: usize) -> Result<EntityFile, StoreError> {
        let entity = entity.to_owned();
        self.read(move |connection| {
            Ok(EntityFile {
                records: records(connection, &entity, limit)?,
                cases: cases::of_entity(connection, &entity, limit)?,
                acts: acts::of_entity(connection, &entity, limit)?,
                entity,
            })
        })
        .await
    }

    async fn entities(&self, filter: &EntityFilter) -> Result<Vec<String>, StoreError> {
        let filter = filter.clone();
        self.read(move |connection| entities(connection, &filter)).await
    }

    async fn host_units(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, StoreError> {
        let after = after.map(str::to_owned);
        self.read(move |connection| {
            let sql = "SELECT DISTINCT host_unit FROM entity_records
                       WHERE host_unit IS NOT NULL AND host_unit > ?1 ORDER BY host_unit LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_map(params![after.unwrap_or_default(), row_limit(limit)], |row| row.get(0))?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// A record with its columns and text ready.
pub(crate) struct PreparedRecord {
    entity: String,
    at: i64,
    host_unit: Option<String>,
    doc: String,
}

impl PreparedRecord {
    /// Writes the text.
    pub(crate) fn of(record: &EntityRecord) -> Db<Self> {
        Ok(Self {
            entity: record.entity.clone(),
            at: record.received_at.unix_ms(),
            host_unit: record.host_unit().map(str::to_owned),
            doc: rows::to_json("entity record", record)?,
        })
    }
}

/// Indexes kept: `entity_records_entity`, `entity_records_host`.
pub(crate) fn insert(tx: &WriteTx<'_>, record: &PreparedRecord) -> Db<()> {
    let sql = "INSERT INTO entity_records (entity, at, host_unit, doc) VALUES (?1, ?2, ?3, ?4)";
    tx.execute(sql, params![record.entity, record.at, record.host_unit, record.doc])?;
    Ok(())
}

/// Index: `entity_records_entity`. The newest, oldest first.
fn records(connection: &Connection, entity: &str, limit: usize) -> Db<Vec<EntityRecord>> {
    let sql = "SELECT doc FROM entity_records WHERE entity = ?1 ORDER BY at DESC, id DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_and_then(params![entity, row_limit(limit)], |row| {
        rows::from_json("entity record", rows::text(row, "doc")?)
    })?;
    let mut records: Vec<EntityRecord> = found.collect::<Db<_>>()?;
    records.reverse();
    Ok(records)
}

/// Indexes: `entity_records_host` or `entity_records_entity`.
fn entities(connection: &Connection, filter: &EntityFilter) -> Db<Vec<String>> {
    let mut wheres = vec!["entity > ?"];
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(filter.after.clone().unwrap_or_default())];
    if let Some(host_unit) = &filter.host_unit {
        wheres.push("host_unit IS NOT NULL AND host_unit = ?");
        values.push(Box::new(host_unit.clone()));
    }
    if let Some(since) = filter.since {
        wheres.push("at >= ?");
        values.push(Box::new(since.unix_ms()));
    }
    values.push(Box::new(row_limit(filter.limit)));
    let sql =
        format!("SELECT DISTINCT entity FROM entity_records WHERE {} ORDER BY entity LIMIT ?", wheres.join(" AND "));
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}
