//! The outbox and T3. When to try again and when to give up, the relay decides.
//!
//! Order per agency and case rests on one invariant: among pending rows of one agency and case, `next_attempt_at` never
//! falls as `id` grows. Then the oldest rows of an agency by (`next_attempt_at`, `id`) never hold a later message without the earlier
//! ones, whatever the limit, and nothing that waits for an earlier message is walked over.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};
use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::message::{OutboxMessage, Outgoing, PublishOutcome, RECORD_MEDIA_TYPE};
use xiezhi_model::plugin::Encoded;
use xiezhi_model::{AgencyId, CaseNumber, Digest, MessageId, UtcTime};
use xiezhi_ports::{Outbox, PublishResult, Settled, Settlement, StoreError};

use crate::error::Db;
use crate::rows;
use crate::settings::{DUE_BYTES_MAX, row_limit};
use crate::settle::{Prepared, settle};
use crate::store::{SqliteStore, check_size};
use crate::writer::{Kind, WriteTx};

/// `outbox.status` of a message that is to be sent.
const PENDING: i64 = 0;
/// `outbox.status` of one that was given up.
const DEAD: i64 = 2;

#[async_trait]
impl Outbox for SqliteStore {
    async fn outbox_agencies(&self, now: UtcTime) -> Result<Vec<AgencyId>, StoreError> {
        self.read(move |connection| agencies(connection, now)).await
    }

    async fn outbox_due(
        &self,
        agency: &AgencyId,
        now: UtcTime,
        limit: usize,
    ) -> Result<Vec<OutboxMessage>, StoreError> {
        let agency = agency.clone();
        self.read(move |connection| due(connection, &agency, now, limit)).await
    }

    async fn outbox_encode(
        &self,
        id: &MessageId,
        encoded: &Encoded,
        plugin: Digest,
        now: UtcTime,
    ) -> Result<bool, StoreError> {
        check_size(1, std::iter::once(&encoded.body))?;
        let (id, encoded, digest) = (id.clone(), encoded.clone(), Digest::of(&encoded.body));
        let bytes = encoded.body.len();
        self.write(Kind::Record, bytes, move |tx| encode(tx, &id, &encoded, &digest, &plugin, now)).await
    }

    async fn outbox_record(&self, results: Vec<PublishResult>, now: UtcTime) -> Result<(), StoreError> {
        check_size(results.len(), std::iter::empty())?;
        self.write(Kind::Record, 0, move |tx| results.iter().try_for_each(|result| record(tx, result, now))).await
    }

    async fn outbox_give_up(
        &self,
        result: PublishResult,
        note: &Settlement,
        now: UtcTime,
    ) -> Result<Settled, StoreError> {
        let note = Prepared::of(note)?;
        self.write(Kind::Record, 0, move |tx| {
            if load(tx, &result.id, PENDING)?.is_none() {
                return Ok(Settled::AlreadyDone);
            }
            let settled = settle(tx, &note)?;
            if settled == Settled::Applied {
                record(tx, &result, now)?;
            }
            Ok(settled)
        })
        .await
    }

    async fn outbox_redrive(
        &self,
        id: &MessageId,
        actor: &str,
        note: Option<&Settlement>,
        now: UtcTime,
    ) -> Result<Settled, StoreError> {
        let (id, actor) = (id.clone(), actor.to_owned());
        let note = note.map(Prepared::of).transpose()?;
        self.write(Kind::Other, 0, move |tx| redrive(tx, &id, &actor, note.as_ref(), now)).await
    }

    async fn outbox_newest(&self, agency: &AgencyId) -> Result<Option<UtcTime>, StoreError> {
        let agency = agency.clone();
        self.read(move |connection| newest(connection, &agency)).await
    }

    async fn outbox_case(&self, id: &MessageId) -> Result<Option<CaseNumber>, StoreError> {
        let id = id.clone();
        self.read(move |connection| case_of(connection, &id)).await
    }

    async fn outbox_ids(&self, agency: &AgencyId, offset: usize, limit: usize) -> Result<Vec<MessageId>, StoreError> {
        let agency = agency.clone();
        self.read(move |connection| ids(connection, &agency, offset, limit)).await
    }
}

/// Whether earlier messages of the same case may be pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Predecessors {
    /// The case is new, or the message has none.
    None,
    /// To be looked for.
    Perhaps,
}

/// Indexes kept: `outbox_message`, `outbox_due`, `outbox_case`. An id that is there already is left as it is.
///
/// The first attempt is due when the message was decided, `at`, or with the last of its predecessors.
pub(crate) fn insert(
    tx: &WriteTx<'_>,
    outgoing: &Outgoing,
    digest: &Digest,
    predecessors: Predecessors,
    at: UtcTime,
) -> Db<()> {
    let case_number = outgoing.case_number.as_ref().map(CaseNumber::as_str);
    let before = match predecessors {
        Predecessors::None => None,
        Predecessors::Perhaps => latest_pending(tx, case_number, &outgoing.agency, i64::MAX)?,
    };
    let sql = "INSERT INTO outbox (message_id, agency, case_number, kind, content_type, digest, plugin_digest,
               created_at, next_attempt_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING";
    let inserted = tx.execute(
        sql,
        params![
            outgoing.id.as_str(),
            outgoing.agency.as_str(),
            case_number,
            outgoing.kind,
            outgoing.content_type,
            digest.as_bytes().as_slice(),
            rows::digest_bytes(outgoing.plugin_digest.as_ref()),
            outgoing.created_at.unix_ms(),
            at.unix_ms().max(before.unwrap_or(i64::MIN)),
        ],
    )?;
    if inserted == 1 {
        let id = tx.connection.last_insert_rowid();
        tx.execute("INSERT INTO outbox_body (id, body) VALUES (?1, ?2)", params![id, outgoing.body])?;
    }
    Ok(())
}

/// Index: `outbox_case`. The next attempt of the last pending message of the case before row `id`.
fn latest_pending(tx: &WriteTx<'_>, case_number: Option<&str>, agency: &AgencyId, id: i64) -> Db<Option<i64>> {
    let Some(case_number) = case_number else { return Ok(None) };
    let sql = "SELECT next_attempt_at FROM outbox WHERE status = 0 AND case_number = ?1 AND agency = ?2 AND id < ?3
               ORDER BY id DESC LIMIT 1";
    let found =
        tx.connection.prepare_cached(sql)?.query_row(params![case_number, agency.as_str(), id], |row| row.get(0));
    Ok(found.optional()?)
}

/// Index: `outbox_case`. Holds the later messages of a case back as long as row `id`.
fn hold_back_later(tx: &WriteTx<'_>, row: &Pending, next_attempt_at: i64) -> Db<()> {
    let Some(case_number) = &row.case_number else { return Ok(()) };
    let sql = "UPDATE outbox SET next_attempt_at = ?4
               WHERE status = 0 AND case_number = ?1 AND agency = ?2 AND id > ?3 AND next_attempt_at < ?4";
    tx.execute(sql, params![case_number.as_str(), row.agency.as_str(), row.id, next_attempt_at])?;
    Ok(())
}

/// Index: `outbox_due`, from agency to agency: two steps in it for each.
fn agencies(connection: &Connection, now: UtcTime) -> Db<Vec<AgencyId>> {
    let sql = "WITH RECURSIVE waiting (agency) AS (
                   SELECT min(agency) FROM outbox WHERE status = 0
                   UNION ALL
                   SELECT (SELECT min(agency) FROM outbox WHERE status = 0 AND agency > waiting.agency)
                   FROM waiting WHERE agency IS NOT NULL)
               SELECT agency FROM waiting WHERE agency IS NOT NULL
               AND agency NOT IN (SELECT agency FROM plugin_quarantine)
               AND EXISTS (SELECT 1 FROM outbox WHERE status = 0 AND outbox.agency = waiting.agency AND next_attempt_at <= ?1)";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_and_then(params![now.unix_ms()], |row| rows::agency(row, "agency"))?;
    found.collect()
}

/// Index: `outbox_due`, then primary keys.
fn due(connection: &Connection, agency: &AgencyId, now: UtcTime, limit: usize) -> Db<Vec<OutboxMessage>> {
    let sql = "SELECT message_id, agency, case_number, kind, body, content_type, created_at, plugin_digest, attempts
               FROM outbox JOIN outbox_body USING (id) WHERE status = 0 AND agency = ?1 AND next_attempt_at <= ?2
               AND agency NOT IN (SELECT agency FROM plugin_quarantine)
               ORDER BY next_attempt_at, outbox.id LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(params![agency.as_str(), now.unix_ms(), row_limit(limit)])?;
    let (mut due, mut bytes) = (Vec::new(), 0_usize);
    while bytes < DUE_BYTES_MAX
        && let Some(row) = found.next()?
    {
        let outgoing = outgoing(row)?;
        bytes = bytes.saturating_add(outgoing.body.len());
        due.push(OutboxMessage { outgoing, attempts: rows::counter(row, "attempts")? });
    }
    Ok(due)
}

fn outgoing(row: &Row<'_>) -> Db<Outgoing> {
    Ok(Outgoing {
        id: rows::message_id(row, "message_id")?,
        agency: rows::agency(row, "agency")?,
        case_number: rows::case_number_option(row, "case_number")?,
        kind: row.get("kind")?,
        body: row.get("body")?,
        content_type: row.get("content_type")?,
        created_at: rows::time(row, "created_at")?,
        plugin_digest: rows::digest_option(row, "plugin_digest")?,
    })
}

/// Index: `outbox_due`.
fn newest(connection: &Connection, agency: &AgencyId) -> Db<Option<UtcTime>> {
    let sql = "SELECT created_at FROM outbox WHERE status = 0 AND agency = ?1 ORDER BY created_at DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query([agency.as_str()])?;
    found.next()?.map(|row| rows::time(row, "created_at")).transpose()
}

/// Index: `outbox_message`.
fn case_of(connection: &Connection, id: &MessageId) -> Db<Option<CaseNumber>> {
    let mut statement = connection.prepare_cached("SELECT case_number FROM outbox WHERE message_id = ?1")?;
    let mut found = statement.query([id.as_str()])?;
    let number = found.next()?.map(|row| rows::case_number_option(row, "case_number")).transpose()?;
    Ok(number.flatten())
}

/// A row whose state is about to change.
struct Pending {
    id: i64,
    agency: AgencyId,
    case_number: Option<CaseNumber>,
    digest: Digest,
    plugin_digest: Option<Digest>,
    attempts: u32,
}

/// Index: `outbox_message`.
fn load(tx: &WriteTx<'_>, id: &MessageId, status: i64) -> Db<Option<Pending>> {
    let sql = "SELECT id, agency, case_number, digest, plugin_digest, attempts FROM outbox
               WHERE message_id = ?1 AND status = ?2";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut found = statement.query(params![id.as_str(), status])?;
    let Some(row) = found.next()? else { return Ok(None) };
    Ok(Some(Pending {
        id: row.get("id")?,
        agency: rows::agency(row, "agency")?,
        case_number: rows::case_number_option(row, "case_number")?,
        digest: rows::digest(row, "digest")?,
        plugin_digest: rows::digest_option(row, "plugin_digest")?,
        attempts: rows::counter(row, "attempts")?,
    }))
}

/// Index: `outbox_message`, then primary keys.
fn encode(
    tx: &mut WriteTx<'_>,
    id: &MessageId,
    encoded: &Encoded,
    digest: &Digest,
    plugin: &Digest,
    now: UtcTime,
) -> Db<bool> {
    let sql = "UPDATE outbox SET content_type = ?2, digest = ?3, plugin_digest = ?4
               WHERE message_id = ?1 AND status = 0 AND content_type = ?5";
    let values = params![
        id.as_str(),
        encoded.content_type,
        digest.as_bytes().as_slice(),
        plugin.as_bytes().as_slice(),
        RECORD_MEDIA_TYPE
    ];
    if tx.execute(sql, values)? == 0 {
        return Ok(false);
    }
    let Some(row) = load(tx, id, PENDING)? else { return Ok(false) };
    tx.execute("UPDATE outbox_body SET body = ?2 WHERE id = ?1", params![row.id, encoded.body])?;
    let text = format!("发往{}的内容已由其适配插件补写，待发送", row.agency);
    append(tx, row, id, AuditEntry::new(now, AuditAction::OutgoingEncoded, ACTOR_GATEWAY, text))?;
    Ok(true)
}

fn record(tx: &mut WriteTx<'_>, result: &PublishResult, now: UtcTime) -> Db<()> {
    let Some(row) = load(tx, &result.id, PENDING)? else { return Ok(()) };
    let attempt = row.attempts.saturating_add(1);
    let agency = &row.agency;
    let (action, text) = match (&result.outcome, result.next_attempt_at) {
        (PublishOutcome::Confirmed, _) => {
            sent(tx, &row, attempt, now)?;
            (AuditAction::OutgoingSent, format!("已发送{agency}，对方队列已确认接收（第{attempt}次发送）"))
        }
        (PublishOutcome::Retry { reason }, Some(next)) => {
            attempt_insert(tx, &row, attempt, reason, now)?;
            let next = retried(tx, &row, attempt, next)?;
            (AuditAction::OutgoingRetried, format!("第{attempt}次发送{agency}未成功，定于{next}再次发送"))
        }
        (PublishOutcome::Retry { reason }, None) => {
            attempt_insert(tx, &row, attempt, reason, now)?;
            dead(tx, &row, attempt)?;
            (AuditAction::OutgoingDead, format!("第{attempt}次发送{agency}未成功，不再自动重发，待人工处理"))
        }
        (PublishOutcome::Refused { reason, is_answered }, _) => {
            attempt_insert(tx, &row, attempt, reason, now)?;
            dead(tx, &row, attempt)?;
            let what = if *is_answered { "被对方拒收" } else { "因报文或请求本身有误未能送达" };
            (AuditAction::OutgoingDead, format!("第{attempt}次发送{agency}时{what}，不再自动重发，待人工处理"))
        }
        // Not tried: nothing to record. It goes after the earlier one of its case, which holds it back.
        (PublishOutcome::Held, _) => return Ok(()),
    };
    append(tx, row, &result.id, AuditEntry::new(now, action, ACTOR_GATEWAY, text))
}

/// Index: primary key of `outbox`; leaves `outbox_due` and `outbox_case`.
fn sent(tx: &WriteTx<'_>, row: &Pending, attempt: u32, now: UtcTime) -> Db<()> {
    let sql = "UPDATE outbox SET status = 1, attempts = ?2, sent_at = ?3 WHERE id = ?1";
    tx.execute(sql, params![row.id, attempt, now.unix_ms()])?;
    Ok(())
}

/// Index: primary key of `outbox`. Not before an earlier message of the case, and later ones not before this one.
fn retried(tx: &WriteTx<'_>, row: &Pending, attempt: u32, next: UtcTime) -> Db<UtcTime> {
    let before = latest_pending(tx, row.case_number.as_ref().map(CaseNumber::as_str), &row.agency, row.id)?;
    let wait_ms = before.unwrap_or(i64::MIN).saturating_sub(next.unix_ms()).max(0);
    let next = next.plus_ms(wait_ms);
    let sql = "UPDATE outbox SET attempts = ?2, next_attempt_at = ?3 WHERE id = ?1";
    tx.execute(sql, params![row.id, attempt, next.unix_ms()])?;
    hold_back_later(tx, row, next.unix_ms())?;
    Ok(next)
}

/// Index: primary key of `outbox`. Later messages of the case go on without it.
fn dead(tx: &WriteTx<'_>, row: &Pending, attempt: u32) -> Db<()> {
    tx.execute("UPDATE outbox SET status = 2, attempts = ?2 WHERE id = ?1", params![row.id, attempt])?;
    Ok(())
}

/// Index kept: `attempts_outbox`.
fn attempt_insert(tx: &WriteTx<'_>, row: &Pending, attempt: u32, reason: &str, now: UtcTime) -> Db<()> {
    let sql = "INSERT INTO attempts (outbox_id, attempt, at, reason) VALUES (?1, ?2, ?3, ?4)";
    tx.execute(sql, params![row.id, attempt, now.unix_ms(), reason])?;
    Ok(())
}

/// Index: primary key of `outbox`. Attempts count from 0 again, so that it gets as many as a new message.
fn redrive(tx: &mut WriteTx<'_>, id: &MessageId, actor: &str, note: Option<&Prepared>, now: UtcTime) -> Db<Settled> {
    let Some(row) = load(tx, id, DEAD)? else { return Ok(Settled::AlreadyDone) };
    let settled = note.map_or(Ok(Settled::Applied), |note| settle(tx, note))?;
    if settled != Settled::Applied {
        return Ok(settled);
    }
    let before = latest_pending(tx, row.case_number.as_ref().map(CaseNumber::as_str), &row.agency, row.id)?;
    let next = now.unix_ms().max(before.unwrap_or(i64::MIN));
    let sql = "UPDATE outbox SET status = 0, attempts = 0, next_attempt_at = ?2 WHERE id = ?1";
    tx.execute(sql, params![row.id, next])?;
    hold_back_later(tx, &row, next)?;
    let text = format!("人工要求重新发送{}", row.agency);
    append(tx, row, id, AuditEntry::new(now, AuditAction::OutgoingRedriven, actor, text))?;
    Ok(Settled::Applied)
}

fn append(tx: &mut WriteTx<'_>, row: Pending, id: &MessageId, mut entry: AuditEntry) -> Db<()> {
    entry.agency = Some(row.agency);
    entry.case_number = row.case_number;
    entry.message_id = Some(id.clone());
    entry.message_digest = Some(row.digest);
    entry.plugin_digest = row.plugin_digest;
    tx.chain.append(&entry)
}

/// No index: walks the short rows of all agencies. For tests and operators; an index would cost every settlement.
fn ids(connection: &Connection, agency: &AgencyId, offset: usize, limit: usize) -> Db<Vec<MessageId>> {
    let sql = "SELECT message_id FROM outbox WHERE agency = ?1 ORDER BY id LIMIT ?2 OFFSET ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let offset = i64::try_from(offset).unwrap_or(i64::MAX);
    let found = statement.query_and_then(params![agency.as_str(), row_limit(limit), offset], |row| {
        rows::message_id(row, "message_id")
    })?;
    found.collect()
}
