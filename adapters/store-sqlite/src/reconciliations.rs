//! Reconciliations with the credit system.

use async_trait::async_trait;
use rusqlite::params;
use xiezhi_model::audit::AuditEntry;
use xiezhi_model::reconciliation::Reconciliation;
use xiezhi_ports::{Reconciliations, StoreError};

use crate::rows;
use crate::settings::row_limit;
use crate::store::SqliteStore;
use crate::writer::Kind;

#[async_trait]
impl Reconciliations for SqliteStore {
    async fn reconciliation_save(&self, found: &Reconciliation, entry: &AuditEntry) -> Result<(), StoreError> {
        let (at, doc, entry) = (found.at.unix_ms(), rows::to_json("reconciliation", found)?, entry.clone());
        self.write(Kind::Other, doc.len(), move |tx| {
            tx.execute("INSERT INTO reconciliations (at, doc) VALUES (?1, ?2)", params![at, doc])?;
            tx.chain.append(&entry)
        })
        .await
    }

    async fn reconciliations(&self, limit: usize) -> Result<Vec<Reconciliation>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT doc FROM reconciliations ORDER BY id DESC LIMIT ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let read = |row: &rusqlite::Row<'_>| rows::from_json("reconciliation", rows::text(row, "doc")?);
            statement.query_and_then([row_limit(limit)], read)?.collect()
        })
        .await
    }
}
