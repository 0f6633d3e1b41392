//! The embedded transport: each agency's queue is rows of the store's file. Knows nothing of the outbox.

use std::collections::HashMap;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::message::{Outgoing, PublishOutcome, QueuedMessage};
use xiezhi_model::{AgencyId, CaseNumber, MessageId, UtcTime};
use xiezhi_ports::{Mailbox, StoreError, Transport, TransportError};

use crate::error::{Db, transport_error};
use crate::leases::{MailboxLeases, Waiting};
use crate::readers::look_again;
use crate::rows;
use crate::settings::READ_ROWS_MAX;
use crate::store::{SqliteStore, check_size};
use crate::writer::{Kind, WriteTx};

#[async_trait]
impl Transport for SqliteStore {
    async fn publish(&self, batch: &[Outgoing], now: UtcTime) -> Result<Vec<PublishOutcome>, TransportError> {
        check_size(batch.len(), batch.iter().map(|outgoing| &outgoing.body))
            .map_err(|error| transport_error(StoreError::from(error)))?;
        let bytes = batch.iter().map(|outgoing| outgoing.body.len()).sum();
        let messages_max = i64::try_from(self.settings().queue_messages_max).unwrap_or(i64::MAX);
        let batch = batch.to_vec();
        let published = self.write(Kind::Publish, bytes, move |tx| publish(tx, &batch, messages_max, now)).await;
        published.map_err(transport_error)
    }
}

#[async_trait]
impl Mailbox for SqliteStore {
    async fn mailbox_read(
        &self,
        agency: &AgencyId,
        limit: usize,
        lease_ms: i64,
        now: UtcTime,
    ) -> Result<Vec<QueuedMessage>, TransportError> {
        let (leases, agency) = (self.mailbox_leases(), agency.clone());
        let read = self.read(move |connection| hand_out(connection, &leases, &agency, limit, lease_ms, now));
        read.await.map_err(transport_error)
    }

    async fn mailbox_acknowledge(
        &self,
        agency: &AgencyId,
        ids: &[MessageId],
        now: UtcTime,
    ) -> Result<usize, TransportError> {
        check_size(ids.len(), std::iter::empty()).map_err(|error| transport_error(StoreError::from(error)))?;
        let (leases, ids, from) = (self.mailbox_leases(), ids.to_vec(), agency.clone());
        let gone = self.write(Kind::Other, 0, move |tx| acknowledge(tx, &from, &ids, now)).await;
        let gone = gone.map_err(transport_error)?;
        leases.forget(agency, &gone);
        Ok(gone.len())
    }
}

/// Queues what is not there yet, as far as each agency's queue has room.
fn publish(tx: &mut WriteTx<'_>, batch: &[Outgoing], messages_max: i64, now: UtcTime) -> Db<Vec<PublishOutcome>> {
    let first = last_load(tx)?;
    let mut last = first;
    let mut depths: HashMap<&AgencyId, i64> = HashMap::new();
    let mut outcomes = Vec::with_capacity(batch.len());
    for outgoing in batch {
        let agency = &outgoing.agency;
        let depth = match depths.get(agency) {
            Some(&depth) => depth,
            None => depth_load(tx, agency)?,
        };
        if depth >= messages_max && queue_id(tx, agency, &outgoing.id)?.is_none() {
            outcomes.push(PublishOutcome::Retry { reason: format!("queue of {agency} is full ({depth} messages)") });
            continue;
        }
        let next = last.saturating_add(1);
        if id_insert(tx, outgoing, next)? {
            insert(tx, outgoing, next, now)?;
            last = next;
            depths.insert(agency, depth.saturating_add(1));
        }
        outcomes.push(PublishOutcome::Confirmed);
    }
    for (agency, depth) in depths {
        depth_store(tx, agency, depth)?;
    }
    if last != first {
        tx.execute("UPDATE queue_last SET queue_id = ?1 WHERE id = 1", [last])?;
    }
    Ok(outcomes)
}

/// Index: primary key of `queue_last`.
fn last_load(tx: &WriteTx<'_>) -> Db<i64> {
    let sql = "SELECT queue_id FROM queue_last WHERE id = 1";
    Ok(tx.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Index: primary key of `queue_ids`. The row that the id got, gone or not.
fn queue_id(tx: &WriteTx<'_>, agency: &AgencyId, id: &MessageId) -> Db<Option<i64>> {
    let sql = "SELECT queue_id FROM queue_ids WHERE message_id = ?1 AND agency = ?2";
    let found = tx.connection.prepare_cached(sql)?.query_row([id.as_str(), agency.as_str()], |row| row.get(0));
    Ok(found.optional()?)
}

/// Index: primary key of `queue_ids`. `false` when the id was queued before.
fn id_insert(tx: &WriteTx<'_>, outgoing: &Outgoing, queue_id: i64) -> Db<bool> {
    let sql = "INSERT INTO queue_ids (message_id, agency, queue_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    let inserted = tx.execute(sql, params![outgoing.id.as_str(), outgoing.agency.as_str(), queue_id])?;
    Ok(inserted == 1)
}

/// Index kept: `queue_agency`.
fn insert(tx: &WriteTx<'_>, outgoing: &Outgoing, queue_id: i64, now: UtcTime) -> Db<()> {
    let sql = "INSERT INTO queue (id, agency, message_id, case_number, kind, content_type, queued_at, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    tx.execute(
        sql,
        params![
            queue_id,
            outgoing.agency.as_str(),
            outgoing.id.as_str(),
            outgoing.case_number.as_ref().map(CaseNumber::as_str),
            outgoing.kind,
            outgoing.content_type,
            now.unix_ms(),
            outgoing.body,
        ],
    )?;
    Ok(())
}

/// Index: primary key of `queue_depth`.
fn depth_load(tx: &WriteTx<'_>, agency: &AgencyId) -> Db<i64> {
    let sql = "SELECT messages FROM queue_depth WHERE agency = ?1";
    let found = tx.connection.prepare_cached(sql)?.query_row([agency.as_str()], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}

/// Index: primary key of `queue_depth`.
fn depth_store(tx: &WriteTx<'_>, agency: &AgencyId, messages: i64) -> Db<()> {
    let sql = "INSERT INTO queue_depth (agency, messages) VALUES (?1, ?2)
               ON CONFLICT (agency) DO UPDATE SET messages = excluded.messages";
    tx.execute(sql, params![agency.as_str(), messages])?;
    Ok(())
}

/// Hands out what waits and nobody holds. The bodies are read in a state newer than the leases: in the older one a message could
/// still stand that another reader acknowledged, and that nobody seems to hold since.
fn hand_out(
    connection: &Connection,
    leases: &MailboxLeases,
    agency: &AgencyId,
    limit: usize,
    lease_ms: i64,
    now: UtcTime,
) -> Db<Vec<QueuedMessage>> {
    let limit = limit.min(READ_ROWS_MAX);
    let waiting = waiting(connection, agency, limit.saturating_add(leases.count(agency)))?;
    let taken = leases.take(agency, waiting, limit, now, now.plus_ms(lease_ms));
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    look_again(connection)?;
    let mut messages = Vec::with_capacity(taken.len());
    for (id, deliveries) in taken {
        match message_load(connection, id, deliveries)? {
            Some(message) => messages.push(message),
            // Acknowledged before the lease.
            None => leases.forget(agency, &[id]),
        }
    }
    Ok(messages)
}

/// Index: `queue_agency`, in row order.
fn waiting(connection: &Connection, agency: &AgencyId, limit: usize) -> Db<Vec<Waiting>> {
    let sql = "SELECT id, case_number FROM queue WHERE agency = ?1 ORDER BY id LIMIT ?2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement
        .query_map(params![agency.as_str(), limit], |row| Ok(Waiting { id: row.get(0)?, case_number: row.get(1)? }))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Index: primary key of `queue`.
fn message_load(connection: &Connection, id: i64, deliveries: u32) -> Db<Option<QueuedMessage>> {
    let mut statement = connection.prepare_cached("SELECT * FROM queue WHERE id = ?1")?;
    let mut found = statement.query([id])?;
    let Some(row) = found.next()? else { return Ok(None) };
    Ok(Some(QueuedMessage {
        id: rows::message_id(row, "message_id")?,
        case_number: rows::case_number_option(row, "case_number")?,
        kind: row.get("kind")?,
        body: row.get("body")?,
        content_type: row.get("content_type")?,
        queued_at: rows::time(row, "queued_at")?,
        deliveries,
    }))
}

/// Removes what is there and says which rows that were.
fn acknowledge(tx: &mut WriteTx<'_>, agency: &AgencyId, ids: &[MessageId], now: UtcTime) -> Db<Vec<i64>> {
    let mut gone = Vec::new();
    for id in ids {
        let Some(queue_id) = queue_id(tx, agency, id)? else { continue };
        let Some(case_number) = case_of(tx, queue_id)? else { continue };
        tx.execute("DELETE FROM queue WHERE id = ?1", [queue_id])?;
        let actor = format!("agency:{agency}");
        let text = format!("{agency}已取走并确认收到");
        let mut entry = AuditEntry::new(now, AuditAction::OutgoingAcknowledged, actor, text);
        entry.agency = Some(agency.clone());
        entry.message_id = Some(id.clone());
        entry.case_number = case_number;
        tx.chain.append(&entry)?;
        gone.push(queue_id);
    }
    if !gone.is_empty() {
        let taken = i64::try_from(gone.len()).unwrap_or(i64::MAX);
        let depth = depth_load(tx, agency)?.saturating_sub(taken);
        depth_store(tx, agency, depth)?;
    }
    Ok(gone)
}

/// Index: primary key of `queue`. The case of a row, and whether there is such a row.
fn case_of(tx: &WriteTx<'_>, queue_id: i64) -> Db<Option<Option<CaseNumber>>> {
    let mut statement = tx.connection.prepare_cached("SELECT case_number FROM queue WHERE id = ?1")?;
    let mut found = statement.query([queue_id])?;
    found.next()?.map(|row| rows::case_number_option(row, "case_number")).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::in_one_snapshot;
    use crate::schema;
    use crate::settings::SqliteSettings;

    const LEASE_MS: i64 = 1_000;

    #[tokio::test]
    async fn a_reader_that_looked_before_an_acknowledgement_gets_nothing() {
        let now = UtcTime::from_unix_ms(0).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("xiezhi.db");
        let store = SqliteStore::open(path.clone(), SqliteSettings::default()).unwrap();
        let agency = AgencyId::parse("housing").unwrap();
        let message = Outgoing {
            id: MessageId::parse("m-1").unwrap(),
            agency: agency.clone(),
            case_number: None,
            kind: "reminder".to_owned(),
            content_type: "text/plain".to_owned(),
            body: b"once".to_vec(),
            created_at: now,
            plugin_digest: None,
        };
        store.publish(&[message], now).await.unwrap();
        let late = schema::open_reader(&path, &SqliteSettings::default()).unwrap();
        let late = tokio::task::spawn_blocking({
            let (store, agency, runtime) = (store.clone(), agency.clone(), tokio::runtime::Handle::current());
            move || {
                in_one_snapshot(&late, |late| {
                    assert_eq!(waiting(late, &agency, 10)?.len(), 1, "its state is fixed now");
                    let got = runtime.block_on(store.mailbox_read(&agency, 10, LEASE_MS, now)).unwrap();
                    let ids = [got[0].id.clone()];
                    assert_eq!(runtime.block_on(store.mailbox_acknowledge(&agency, &ids, now)).unwrap(), 1);
                    hand_out(late, &store.mailbox_leases(), &agency, 10, LEASE_MS, now)
                })
            }
        });
        assert_eq!(late.await.unwrap().unwrap(), []);
        assert_eq!(store.mailbox_leases().count(&agency), 0, "nothing is held");
    }
}
