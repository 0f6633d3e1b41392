//! T1 and the inbox rows. Parts of multi-part messages are in `parts.rs`, what T2 does to a row in `settle.rs`.

use async_trait::async_trait;
use rusqlite::{Connection, Row, ToSql, params};
use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::message::{Delivery, InboxEntry, InboxMessage, InboxStatus, Intake};
use xiezhi_model::{AgencyId, Digest, InboxSeq, UtcTime};
use xiezhi_ports::{Inbox, InboxFilter, StoreError, StoredPart};

use crate::error::{Db, DbError};
use crate::leases::InboxLeases;
use crate::parts;
use crate::plugin_state::is_quarantined;
use crate::readers::look_again;
use crate::rows;
use crate::settings::{LEASE_BYTES_MAX, READ_ROWS_MAX, row_limit};
use crate::store::{SqliteStore, check_size};
use crate::writer::{Kind, WriteTx};

#[async_trait]
impl Inbox for SqliteStore {
    async fn inbox_accept(&self, deliveries: Vec<Delivery>) -> Result<Vec<Intake>, StoreError> {
        check_size(deliveries.len(), deliveries.iter().map(|delivery| &delivery.body))?;
        let bytes = deliveries.iter().map(|delivery| delivery.body.len()).sum();
        // Hashed here and not in the writer: the writer is one thread for everybody.
        let deliveries: Vec<_> =
            deliveries.into_iter().map(|delivery| (Digest::of(&delivery.body), delivery)).collect();
        self.write(Kind::Accept, bytes, move |tx| {
            deliveries.iter().map(|(digest, delivery)| accept(tx, delivery, digest)).collect()
        })
        .await
    }

    async fn inbox_lease(&self, limit: usize, lease_ms: i64, now: UtcTime) -> Result<Vec<InboxMessage>, StoreError> {
        let leases = self.inbox_leases();
        self.read(move |connection| lease(connection, &leases, limit, lease_ms, now)).await
    }

    async fn parts_load(&self, agency: &AgencyId, key: &str, now: UtcTime) -> Result<Vec<StoredPart>, StoreError> {
        let (agency, key) = (agency.clone(), key.to_owned());
        self.read(move |connection| parts::load(connection, &agency, &key, now)).await
    }

    async fn parts_expire(&self, now: UtcTime, limit: usize) -> Result<Vec<InboxSeq>, StoreError> {
        self.write(Kind::Other, 0, move |tx| parts::expire(tx, now, limit)).await
    }

    async fn inbox_list(&self, filter: &InboxFilter) -> Result<Vec<InboxEntry>, StoreError> {
        let filter = filter.clone();
        self.read(move |connection| list(connection, &filter)).await
    }

    async fn inbox_show(&self, seq: InboxSeq) -> Result<Option<(InboxEntry, Vec<u8>)>, StoreError> {
        self.read(move |connection| show(connection, seq)).await
    }

    async fn inbox_redrive(&self, seq: InboxSeq, actor: &str, now: UtcTime) -> Result<bool, StoreError> {
        let actor = actor.to_owned();
        self.write(Kind::Other, 0, move |tx| redrive(tx, seq, &actor, now)).await
    }
}

/// What the id of a delivery finds.
enum Known {
    Nothing,
    SameBytes(i64),
    OtherBytes(i64),
}

fn accept(tx: &mut WriteTx<'_>, delivery: &Delivery, digest: &Digest) -> Db<Intake> {
    match known(tx, delivery, digest)? {
        Known::SameBytes(seq) => {
            tx.execute("UPDATE inbox SET duplicates = duplicates + 1 WHERE seq = ?1", [seq])?;
            Ok(Intake::Duplicate(InboxSeq(seq)))
        }
        Known::Nothing => {
            let status = if is_quarantined(tx, &delivery.agency)? { InboxStatus::Held } else { InboxStatus::Pending };
            let seq = insert(tx, delivery, digest, status, None)?;
            let text = format!("收到{}的报文{}，{}字节", delivery.agency, delivery.message_id, delivery.body.len());
            append(tx, delivery, digest, seq, AuditAction::MessageReceived, text)?;
            Ok(Intake::Accepted(seq))
        }
        Known::OtherBytes(first) => {
            let text = format!(
                "报文编号{}已用于另一份内容（收件号{first}），本件留存备查，不作处理；如为新报文请换用新编号重报",
                delivery.message_id
            );
            let fault = Fault::new(code::ID_CONFLICT, text.clone());
            let seq = insert(tx, delivery, digest, InboxStatus::Quarantined, Some(&fault))?;
            append(tx, delivery, digest, seq, AuditAction::MessageQuarantined, text)?;
            Ok(Intake::Quarantined(seq))
        }
    }
}

/// Index: `inbox_message`; an id has one row, and a further one per conflict.
fn known(tx: &WriteTx<'_>, delivery: &Delivery, digest: &Digest) -> Db<Known> {
    let sql = "SELECT seq, digest FROM inbox WHERE message_id = ?1 AND agency = ?2";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut found = statement.query([delivery.message_id.as_str(), delivery.agency.as_str()])?;
    let mut first = None;
    while let Some(row) = found.next()? {
        let seq: i64 = row.get(0)?;
        if rows::digest(row, "digest")? == *digest {
            return Ok(Known::SameBytes(seq));
        }
        first = Some(first.map_or(seq, |first: i64| first.min(seq)));
    }
    Ok(first.map_or(Known::Nothing, Known::OtherBytes))
}

/// Indexes kept: `inbox_message`, `inbox_open`.
fn insert(
    tx: &WriteTx<'_>,
    delivery: &Delivery,
    digest: &Digest,
    status: InboxStatus,
    fault: Option<&Fault>,
) -> Db<InboxSeq> {
    let sql = "INSERT INTO inbox (agency, message_id, digest, bytes, content_type, received_at, status, fault)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    tx.execute(
        sql,
        params![
            delivery.agency.as_str(),
            delivery.message_id.as_str(),
            digest.as_bytes().as_slice(),
            i64::try_from(delivery.body.len()).unwrap_or(i64::MAX),
            delivery.content_type,
            delivery.received_at.unix_ms(),
            rows::inbox_status_code(status),
            fault.map(|fault| rows::to_json("fault", fault)).transpose()?,
        ],
    )?;
    let seq = tx.connection.last_insert_rowid();
    tx.execute("INSERT INTO inbox_body (seq, body) VALUES (?1, ?2)", params![seq, delivery.body])?;
    Ok(InboxSeq(seq))
}

fn append(
    tx: &mut WriteTx<'_>,
    delivery: &Delivery,
    digest: &Digest,
    seq: InboxSeq,
    action: AuditAction,
    text: String,
) -> Db<()> {
    let mut entry = AuditEntry::new(delivery.received_at, action, format!("agency:{}", delivery.agency), text);
    entry.agency = Some(delivery.agency.clone());
    entry.inbox_seq = Some(seq);
    entry.message_id = Some(delivery.message_id.clone());
    entry.message_digest = Some(*digest);
    if action == AuditAction::MessageQuarantined {
        entry.fault_code = Some(code::ID_CONFLICT.to_owned());
    }
    tx.chain.append(&entry)
}

/// Leases what is pending and nobody holds. The bodies are read in a state newer than the leases: in the older one a message could
/// still be pending that another worker settled, and that nobody seems to hold since.
fn lease(
    connection: &Connection,
    leases: &InboxLeases,
    limit: usize,
    lease_ms: i64,
    now: UtcTime,
) -> Db<Vec<InboxMessage>> {
    let limit = limit.min(READ_ROWS_MAX);
    let candidates = pending(connection, limit.saturating_add(leases.count()))?;
    let taken = leases.take(&candidates, limit, now, now.plus_ms(lease_ms));
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let load = || -> Db<Vec<InboxMessage>> {
        look_again(connection)?;
        let mut messages = Vec::with_capacity(taken.len());
        let mut bytes = 0;
        let mut waiting = taken.iter().copied();
        for seq in waiting.by_ref() {
            match message_load(connection, seq)? {
                Some(message) => {
                    bytes += message.body.len();
                    messages.push(message);
                    if bytes >= LEASE_BYTES_MAX {
                        break;
                    }
                }
                // Settled before the lease.
                None => leases.release([seq]),
            }
        }
        leases.release(waiting);
        Ok(messages)
    };
    load().inspect_err(|_| leases.release(taken.iter().copied()))
}

/// Index: `inbox_open`, in row order. `status <> 2` is there for SQLite to see that the partial index fits.
fn pending(connection: &Connection, limit: usize) -> Db<Vec<i64>> {
    let sql = "SELECT seq FROM inbox WHERE status = 0 AND status <> 2 ORDER BY seq LIMIT ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let seqs = statement.query_map([limit], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(seqs)
}

/// Index: primary keys.
fn message_load(connection: &Connection, seq: i64) -> Db<Option<InboxMessage>> {
    let sql = "SELECT seq, agency, message_id, digest, received_at, redrives, body
               FROM inbox JOIN inbox_body USING (seq) WHERE seq = ?1 AND status = 0";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query([seq])?;
    let Some(row) = found.next()? else { return Ok(None) };
    Ok(Some(InboxMessage {
        seq: InboxSeq(row.get("seq")?),
        agency: rows::agency(row, "agency")?,
        message_id: rows::message_id(row, "message_id")?,
        digest: rows::digest(row, "digest")?,
        body: row.get("body")?,
        received_at: rows::time(row, "received_at")?,
        redrives: rows::counter(row, "redrives")?,
    }))
}

/// Indexes: `inbox_open` for a status but done, `inbox_message` for an id, `inbox_faulty` for faulty rows; otherwise the
/// newest rows are walked, so a filter that fits few rows costs a walk over (short) rows.
fn list(connection: &Connection, filter: &InboxFilter) -> Db<Vec<InboxEntry>> {
    let mut wheres: Vec<&str> = vec!["1"];
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    if let Some(status) = filter.status {
        wheres.push(if status == InboxStatus::Done { "status = ?" } else { "status <> 2 AND status = ?" });
        values.push(Box::new(rows::inbox_status_code(status)));
    }
    if let Some(agency) = &filter.agency {
        wheres.push("agency = ?");
        values.push(Box::new(agency.as_str().to_owned()));
    }
    if let Some(id) = &filter.message_id {
        wheres.push("message_id = ?");
        values.push(Box::new(id.as_str().to_owned()));
    }
    if let Some(before) = filter.before {
        wheres.push("seq < ?");
        values.push(Box::new(before.0));
    }
    if filter.faulty {
        wheres.push("row_faults IS NOT NULL");
    }
    values.push(Box::new(row_limit(filter.limit)));
    let sql = format!("SELECT * FROM inbox WHERE {} ORDER BY seq DESC LIMIT ?", wheres.join(" AND "));
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_and_then(rusqlite::params_from_iter(values), entry)?.collect()
}

/// Index: primary keys.
fn show(connection: &Connection, seq: InboxSeq) -> Db<Option<(InboxEntry, Vec<u8>)>> {
    let sql = "SELECT * FROM inbox JOIN inbox_body USING (seq) WHERE seq = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query([seq.0])?;
    found.next()?.map(|row| Ok((entry(row)?, row.get("body")?))).transpose()
}

fn entry(row: &Row<'_>) -> Db<InboxEntry> {
    let fault: Option<String> = row.get("fault")?;
    let row_faults: Option<String> = row.get("row_faults")?;
    Ok(InboxEntry {
        seq: InboxSeq(row.get("seq")?),
        agency: rows::agency(row, "agency")?,
        message_id: rows::message_id(row, "message_id")?,
        digest: rows::digest(row, "digest")?,
        bytes: u64::try_from(row.get::<_, i64>("bytes")?).map_err(|_| DbError::Stored { what: "size" })?,
        status: rows::inbox_status(row, "status")?,
        received_at: rows::time(row, "received_at")?,
        settled_at: rows::time_option(row, "settled_at")?,
        duplicates: rows::counter(row, "duplicates")?,
        redrives: rows::counter(row, "redrives")?,
        records: rows::counter(row, "records")?,
        plugin_digest: rows::digest_option(row, "plugin_digest")?,
        fault: fault.map(|text| rows::from_json("fault", &text)).transpose()?,
        row_faults: row_faults.map(|text| rows::from_json("row faults", &text)).transpose()?.unwrap_or_default(),
    })
}

/// Holds an agency's pending rows. Index: `inbox_open`.
pub(crate) fn hold(tx: &WriteTx<'_>, agency: &AgencyId) -> Db<usize> {
    tx.execute("UPDATE inbox SET status = 5 WHERE status = 0 AND status <> 2 AND agency = ?1", [agency.as_str()])
}

/// Makes an agency's held rows pending. Index: `inbox_open`.
pub(crate) fn release(tx: &WriteTx<'_>, agency: &AgencyId) -> Db<usize> {
    tx.execute("UPDATE inbox SET status = 0 WHERE status = 5 AND status <> 2 AND agency = ?1", [agency.as_str()])
}

fn redrive(tx: &mut WriteTx<'_>, seq: InboxSeq, actor: &str, now: UtcTime) -> Db<bool> {
    revive(tx, seq, actor, "人工要求重新处理", now)
}

/// Has a dead row decoded again, at once or when its sender's plugin is out of quarantine; `false` where it is not dead.
/// Index: primary key. What the row said before stays in the audit chain.
pub(crate) fn revive(tx: &mut WriteTx<'_>, seq: InboxSeq, actor: &str, why: &str, now: UtcTime) -> Db<bool> {
    let sql = "UPDATE inbox SET status = iif(EXISTS (SELECT 1 FROM plugin_quarantine AS q WHERE q.agency = inbox.agency), 5, 0),
               redrives = redrives + 1, settled_at = NULL, fault = NULL, row_faults = NULL
               WHERE seq = ?1 AND status = 3 RETURNING *";
    let revived = {
        let mut statement = tx.connection.prepare_cached(sql)?;
        let mut found = statement.query([seq.0])?;
        let row = found.next()?.map(entry).transpose()?;
        // The statement must run to its end for the change to stand.
        while found.next()?.is_some() {}
        row
    };
    let Some(row) = revived else { return Ok(false) };
    let text = format!("{why}：报文{}（第{}次）", row.message_id, row.redrives);
    let mut entry = AuditEntry::new(now, AuditAction::MessageRedriven, actor, text);
    entry.agency = Some(row.agency);
    entry.inbox_seq = Some(seq);
    entry.message_id = Some(row.message_id);
    entry.message_digest = Some(row.digest);
    tx.chain.append(&entry)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use xiezhi_model::MessageId;

    use super::*;
    use crate::readers::in_one_snapshot;
    use crate::schema;
    use crate::settings::SqliteSettings;

    const LEASE_MS: i64 = 1_000;

    #[tokio::test]
    async fn a_worker_that_looked_before_a_settlement_gets_nothing() {
        let now = UtcTime::from_unix_ms(0).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("xiezhi.db");
        let store = SqliteStore::open(path.clone(), SqliteSettings::default()).unwrap();
        let delivery = Delivery {
            agency: AgencyId::parse("housing").unwrap(),
            message_id: MessageId::parse("m-1").unwrap(),
            body: b"once".to_vec(),
            content_type: None,
            received_at: now,
        };
        store.inbox_accept(vec![delivery]).await.unwrap();
        let late = schema::open_reader(&path, &SqliteSettings::default()).unwrap();
        let late = tokio::task::spawn_blocking({
            let (store, runtime) = (store.clone(), tokio::runtime::Handle::current());
            move || {
                in_one_snapshot(&late, |late| {
                    assert_eq!(pending(late, 10)?.len(), 1, "its state is fixed now");
                    let leased = runtime.block_on(store.inbox_lease(10, LEASE_MS, now)).unwrap();
                    let seq = leased[0].seq.0;
                    let settle = store.write(Kind::Other, 0, move |tx| {
                        tx.execute("UPDATE inbox SET status = 2 WHERE seq = ?1", [seq])
                    });
                    assert_eq!(runtime.block_on(settle).unwrap(), 1);
                    store.inbox_leases().release([seq]);
                    lease(late, &store.inbox_leases(), 10, LEASE_MS, now)
                })
            }
        });
        assert_eq!(late.await.unwrap().unwrap(), []);
        assert_eq!(store.inbox_leases().count(), 0, "nothing is held");
    }
}
