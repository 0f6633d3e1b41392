//! Parts of multi-part messages: kept until all are there or their time is over. Whether they are complete, the engine
//! decides.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};
use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::plugin::{PARTS_MAX, Part};
use xiezhi_model::{AgencyId, Digest, InboxSeq, MessageId, UtcTime};
use xiezhi_ports::StoredPart;

use crate::error::{Db, DbError};
use crate::rows;
use crate::settings::row_limit;
use crate::writer::WriteTx;

/// Most missing parts that a fault's text names one by one.
const MISSING_NAMED_MAX: usize = 20;

/// Index: primary key of `parts`. Of a part that came twice, the one of the latest message.
pub(crate) fn load(connection: &Connection, agency: &AgencyId, key: &str, now: UtcTime) -> Db<Vec<StoredPart>> {
    // SQLite takes the other columns from the row that has the maximum.
    let sql = "SELECT part_index, total, max(inbox_seq) AS inbox_seq, body FROM parts
               WHERE agency = ?1 AND key = ?2 AND expires_at > ?3 GROUP BY part_index ORDER BY part_index";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_and_then(params![agency.as_str(), key, now.unix_ms()], |row| {
        Ok(StoredPart {
            index: rows::counter(row, "part_index")?,
            total: rows::counter(row, "total")?,
            inbox_seq: InboxSeq(row.get("inbox_seq")?),
            body: row.get("body")?,
        })
    })?;
    found.collect()
}

/// Index: primary key of `parts`.
pub(crate) fn insert(tx: &WriteTx<'_>, agency: &AgencyId, seq: InboxSeq, part: &Part, at: UtcTime) -> Db<()> {
    let wait_ms = i64::try_from(part.expires_after_ms).unwrap_or(i64::MAX);
    let sql = "INSERT OR REPLACE INTO parts (agency, key, part_index, inbox_seq, total, expires_at, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let expires_at = at.plus_ms(wait_ms).unix_ms();
    tx.execute(sql, params![agency.as_str(), part.key, part.index, seq.0, part.total, expires_at, part.body])?;
    Ok(())
}

/// Drops the parts of a key and settles the messages that waited for nothing else.
pub(crate) fn complete(tx: &mut WriteTx<'_>, agency: &AgencyId, key: &str, at: UtcTime) -> Db<()> {
    for seq in delete_key(tx, agency, key)? {
        if has_parts(tx, seq)? {
            continue;
        }
        let Some(message) = end_waiting(tx, seq, None, at)? else { continue };
        let text = format!("多段报文已收齐，报文{}随同办结", message.message_id);
        append(tx, seq, message, AuditAction::MessageSettled, text, at)?;
    }
    Ok(())
}

/// Makes waiting messages dead whose parts' time is over.
pub(crate) fn expire(tx: &mut WriteTx<'_>, now: UtcTime, limit: usize) -> Db<Vec<InboxSeq>> {
    let expired = expired(tx, now, limit)?;
    // All texts first: the parts of one message say what another one lacks.
    let texts = expired.iter().map(|(_, agency, key)| missing_text(tx, agency, key)).collect::<Db<Vec<_>>>()?;
    let mut dead = Vec::new();
    for ((seq, _, _), text) in expired.into_iter().zip(texts) {
        tx.execute("DELETE FROM parts WHERE inbox_seq = ?1", [seq.0])?;
        let fault = Fault::new(code::PART_TIMEOUT, text.clone());
        // A message that is not waiting any more has only left its parts behind.
        let Some(message) = end_waiting(tx, seq, Some(&fault), now)? else { continue };
        append(tx, seq, message, AuditAction::MessageDead, text, now)?;
        dead.push(seq);
    }
    Ok(dead)
}

/// Gives an agency's parts more time: while its plugin was in quarantine their siblings could not be read.
/// Index: primary key of `parts`.
pub(crate) fn postpone(tx: &WriteTx<'_>, agency: &AgencyId, ms: i64) -> Db<()> {
    tx.execute("UPDATE parts SET expires_at = expires_at + ?2 WHERE agency = ?1", params![agency.as_str(), ms])?;
    Ok(())
}

/// Index: `parts_expiry`. One row per message, oldest part first; not of an agency whose plugin is in quarantine.
fn expired(tx: &WriteTx<'_>, now: UtcTime, limit: usize) -> Db<Vec<(InboxSeq, String, String)>> {
    let sql = "SELECT inbox_seq, agency, key, min(expires_at) FROM parts WHERE expires_at <= ?1
               AND agency NOT IN (SELECT agency FROM plugin_quarantine) GROUP BY inbox_seq ORDER BY inbox_seq LIMIT ?2";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let found = statement.query_map(params![now.unix_ms(), row_limit(limit)], |row| {
        Ok((InboxSeq(row.get(0)?), row.get(1)?, row.get(2)?))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Index: primary key of `parts`.
fn missing_text(tx: &WriteTx<'_>, agency: &str, key: &str) -> Db<String> {
    let sql = "SELECT part_index, total FROM parts WHERE agency = ?1 AND key = ?2";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let found: Vec<(u32, u32)> =
        statement.query_map([agency, key], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let total = found.iter().map(|&(_, total)| total).max().unwrap_or(0).min(PARTS_MAX);
    let there: BTreeSet<u32> = found.into_iter().map(|(index, _)| index).collect();
    let missing: Vec<u32> = (1..=total).filter(|index| !there.contains(index)).collect();
    let named: Vec<String> = missing.iter().take(MISSING_NAMED_MAX).map(u32::to_string).collect();
    let more = if missing.len() > named.len() { format!("等{}段", missing.len()) } else { "段".to_owned() };
    Ok(format!("多段报文{key}共{total}段，逾期未收齐，缺第{}{more}，请补齐后重报全部各段", named.join("、")))
}

/// Index: primary key of `parts`.
fn delete_key(tx: &WriteTx<'_>, agency: &AgencyId, key: &str) -> Db<BTreeSet<InboxSeq>> {
    let sql = "DELETE FROM parts WHERE agency = ?1 AND key = ?2 RETURNING inbox_seq";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let found = statement.query_map([agency.as_str(), key], |row| Ok(InboxSeq(row.get(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Index: `parts_inbox`.
fn has_parts(tx: &WriteTx<'_>, seq: InboxSeq) -> Db<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM parts WHERE inbox_seq = ?1)";
    Ok(tx.connection.prepare_cached(sql)?.query_row([seq.0], |row| row.get(0))?)
}

/// What an audit row says of a message.
struct Message {
    agency: AgencyId,
    message_id: MessageId,
    digest: Digest,
}

/// Index: primary key of `inbox`. Waiting becomes dead with a fault, done without; `None` when it does not wait.
fn end_waiting(tx: &WriteTx<'_>, seq: InboxSeq, fault: Option<&Fault>, at: UtcTime) -> Db<Option<Message>> {
    let sql = "UPDATE inbox SET status = ?2, settled_at = ?3, fault = ?4 WHERE seq = ?1 AND status = 1
               RETURNING agency, message_id, digest";
    let status = if fault.is_some() { 3 } else { 2 };
    let fault = fault.map(|fault| rows::to_json("fault", fault)).transpose()?;
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut found = statement.query_and_then(params![seq.0, status, at.unix_ms(), fault], |row| {
        Ok::<_, DbError>(Message {
            agency: rows::agency(row, "agency")?,
            message_id: rows::message_id(row, "message_id")?,
            digest: rows::digest(row, "digest")?,
        })
    })?;
    let message = found.next().transpose()?;
    // The statement must run to its end for the change to stand.
    while found.next().is_some() {}
    Ok(message)
}

fn append(
    tx: &mut WriteTx<'_>,
    seq: InboxSeq,
    message: Message,
    action: AuditAction,
    text: String,
    at: UtcTime,
) -> Db<()> {
    let mut entry = AuditEntry::new(at, action, ACTOR_GATEWAY, text);
    entry.inbox_seq = Some(seq);
    entry.agency = Some(message.agency);
    entry.message_id = Some(message.message_id);
    entry.message_digest = Some(message.digest);
    if action == AuditAction::MessageDead {
        entry.fault_code = Some(code::PART_TIMEOUT.to_owned());
    }
    tx.chain.append(&entry)
}
