//! Plugins in use: the active ones, quarantine and trial runs.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};
use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::plugin_state::{ActivePlugin, Quarantine, RefusedPlugin, ShadowRun};
use xiezhi_model::{AgencyId, Digest, InboxSeq, UtcTime};
use xiezhi_ports::{PluginState, StoreError};

use crate::error::{Db, DbError};
use crate::store::{SqliteStore, check_size};
use crate::writer::{Kind, WriteTx};
use crate::{inbox, parts, rows};

#[async_trait]
impl PluginState for SqliteStore {
    async fn quarantine_begin(&self, quarantine: &Quarantine, failed: &[InboxSeq]) -> Result<bool, StoreError> {
        check_size(failed.len(), std::iter::empty())?;
        let (quarantine, failed) = (quarantine.clone(), failed.to_vec());
        self.write(Kind::Other, 0, move |tx| begin(tx, &quarantine, &failed)).await
    }

    async fn quarantine_end(
        &self,
        agency: &AgencyId,
        actor: &str,
        why: &str,
        now: UtcTime,
    ) -> Result<bool, StoreError> {
        let (agency, actor, why) = (agency.clone(), actor.to_owned(), why.to_owned());
        self.write(Kind::Other, 0, move |tx| end(tx, &agency, &actor, &why, now)).await
    }

    async fn quarantines(&self) -> Result<Vec<Quarantine>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT agency, plugin_digest, fault_code, since FROM plugin_quarantine ORDER BY agency";
            connection.prepare_cached(sql)?.query_and_then([], quarantine)?.collect()
        })
        .await
    }

    async fn plugin_activated(&self, plugin: &ActivePlugin) -> Result<bool, StoreError> {
        let plugin = plugin.clone();
        self.write(Kind::Other, 0, move |tx| activated(tx, &plugin)).await
    }

    async fn plugin_refused(&self, refused: &RefusedPlugin) -> Result<(), StoreError> {
        let refused = refused.clone();
        self.write(Kind::Other, 0, move |tx| refuse(tx, &refused)).await
    }

    async fn plugins_refused(&self) -> Result<Vec<RefusedPlugin>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT agency, plugin_digest, code, text, at FROM plugin_refused ORDER BY agency";
            connection.prepare_cached(sql)?.query_and_then([], refused)?.collect()
        })
        .await
    }

    async fn plugins_active(&self) -> Result<Vec<ActivePlugin>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT agency, plugin_digest, version, since FROM plugin_active ORDER BY agency";
            connection.prepare_cached(sql)?.query_and_then([], active)?.collect()
        })
        .await
    }

    async fn shadow_record(&self, run: &ShadowRun) -> Result<(), StoreError> {
        let run = run.clone();
        self.write(Kind::Other, 0, move |tx| shadow_insert(tx, &run)).await
    }

    async fn shadow_latest(&self, agency: &AgencyId, candidate: Digest) -> Result<Option<ShadowRun>, StoreError> {
        let agency = agency.clone();
        self.read(move |connection| shadow_latest(connection, &agency, &candidate)).await
    }
}

/// Index: primary key. Whether an agency's messages are held; asked for every delivery.
pub(crate) fn is_quarantined(tx: &WriteTx<'_>, agency: &AgencyId) -> Db<bool> {
    let sql = "SELECT 1 FROM plugin_quarantine WHERE agency = ?1";
    Ok(tx.connection.prepare_cached(sql)?.exists([agency.as_str()])?)
}

fn begin(tx: &mut WriteTx<'_>, quarantine: &Quarantine, failed: &[InboxSeq]) -> Db<bool> {
    let Quarantine { agency, plugin_digest, fault_code, since } = quarantine;
    let sql = "INSERT INTO plugin_quarantine (agency, plugin_digest, fault_code, since) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT DO NOTHING";
    let digest = plugin_digest.as_bytes().as_slice();
    let begun = tx.execute(sql, params![agency.as_str(), digest, fault_code, since.unix_ms()])? == 1;
    let mut revived = 0_usize;
    for seq in failed {
        let text = "适配插件连续出错已停用，本报文改为等待，插件修复后自动处理";
        revived += usize::from(inbox::revive(tx, *seq, ACTOR_GATEWAY, text, *since)?);
    }
    if !begun {
        return Ok(false);
    }
    let held = inbox::hold(tx, agency)?;
    let text = format!(
        "{agency}的适配插件连续出错（{fault_code}），已停用；该单位报文暂存等待，已有{}件",
        held.saturating_add(revived)
    );
    let mut entry = about(AuditAction::PluginQuarantined, ACTOR_GATEWAY, text, agency, *plugin_digest, *since);
    entry.fault_code = Some(fault_code.clone());
    tx.chain.append(&entry)?;
    Ok(true)
}

fn end(tx: &mut WriteTx<'_>, agency: &AgencyId, actor: &str, why: &str, now: UtcTime) -> Db<bool> {
    let sql = "DELETE FROM plugin_quarantine WHERE agency = ?1 RETURNING agency, plugin_digest, fault_code, since";
    let ended = {
        let mut statement = tx.connection.prepare_cached(sql)?;
        let mut found = statement.query([agency.as_str()])?;
        let ended = found.next()?.map(quarantine).transpose()?;
        // The statement must run to its end for the change to stand.
        while found.next()?.is_some() {}
        ended
    };
    let Some(ended) = ended else { return Ok(false) };
    parts::postpone(tx, agency, now.ms_since(ended.since).max(0))?;
    let released = inbox::release(tx, agency)?;
    let text = format!("{agency}的适配插件恢复使用（{why}），暂存的{released}件报文继续处理");
    tx.chain.append(&about(AuditAction::PluginReleased, actor, text, agency, ended.plugin_digest, now))?;
    Ok(true)
}

fn activated(tx: &mut WriteTx<'_>, plugin: &ActivePlugin) -> Db<bool> {
    let ActivePlugin { agency, plugin_digest, version, since } = plugin;
    let sql = "SELECT plugin_digest FROM plugin_active WHERE agency = ?1";
    let before: Option<[u8; 32]> =
        tx.connection.prepare_cached(sql)?.query_row([agency.as_str()], |row| row.get(0)).optional()?;
    if before.is_some_and(|before| before == *plugin_digest.as_bytes()) {
        return Ok(false);
    }
    let sql = "INSERT INTO plugin_active (agency, plugin_digest, version, since) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT DO UPDATE SET plugin_digest = ?2, version = ?3, since = ?4";
    tx.execute(sql, params![agency.as_str(), plugin_digest.as_bytes().as_slice(), version, since.unix_ms()])?;
    tx.execute("DELETE FROM plugin_refused WHERE agency = ?1", [agency.as_str()])?;
    let text = match before {
        None => format!("{agency}启用适配插件{version}版"),
        Some(_) => format!("{agency}的适配插件更换为{version}版"),
    };
    tx.chain.append(&about(AuditAction::PluginActivated, ACTOR_GATEWAY, text, agency, *plugin_digest, *since))?;
    Ok(true)
}

fn refuse(tx: &mut WriteTx<'_>, refused: &RefusedPlugin) -> Db<()> {
    let RefusedPlugin { agency, plugin_digest, code, text, at } = refused;
    let sql = "INSERT INTO plugin_refused (agency, plugin_digest, code, text, at) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO UPDATE SET plugin_digest = ?2, code = ?3, text = ?4, at = ?5";
    tx.execute(sql, params![agency.as_str(), plugin_digest.as_bytes().as_slice(), code, text, at.unix_ms()])?;
    let text = format!("{agency}的新插件未通过检查，仍使用原插件：{text}");
    let mut entry = about(AuditAction::PluginRefused, ACTOR_GATEWAY, text, agency, *plugin_digest, *at);
    entry.fault_code = Some(code.clone());
    tx.chain.append(&entry)
}

fn about(action: AuditAction, actor: &str, text: String, agency: &AgencyId, plugin: Digest, at: UtcTime) -> AuditEntry {
    let mut entry = AuditEntry::new(at, action, actor, text);
    entry.agency = Some(agency.clone());
    entry.plugin_digest = Some(plugin);
    entry
}

fn shadow_insert(tx: &WriteTx<'_>, run: &ShadowRun) -> Db<()> {
    let sql = "INSERT INTO shadow_runs (agency, candidate, baseline, messages, differing, at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    tx.execute(
        sql,
        params![
            run.agency.as_str(),
            run.candidate.as_bytes().as_slice(),
            run.baseline.as_bytes().as_slice(),
            count(run.messages),
            count(run.differing),
            run.at.unix_ms(),
        ],
    )?;
    Ok(())
}

/// Index: `shadow_runs_candidate`.
fn shadow_latest(connection: &Connection, agency: &AgencyId, candidate: &Digest) -> Db<Option<ShadowRun>> {
    let sql = "SELECT agency, candidate, baseline, messages, differing, at FROM shadow_runs
               WHERE candidate = ?1 AND agency = ?2 ORDER BY id DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(params![candidate.as_bytes().as_slice(), agency.as_str()])?;
    found.next()?.map(shadow_run).transpose()
}

fn shadow_run(row: &Row<'_>) -> Db<ShadowRun> {
    let count = |column: &str| -> Db<u64> {
        u64::try_from(row.get::<_, i64>(column)?).map_err(|_| DbError::Stored { what: "count" })
    };
    Ok(ShadowRun {
        agency: rows::agency(row, "agency")?,
        candidate: rows::digest(row, "candidate")?,
        baseline: rows::digest(row, "baseline")?,
        messages: count("messages")?,
        differing: count("differing")?,
        at: rows::time(row, "at")?,
    })
}

fn quarantine(row: &Row<'_>) -> Db<Quarantine> {
    Ok(Quarantine {
        agency: rows::agency(row, "agency")?,
        plugin_digest: rows::digest(row, "plugin_digest")?,
        fault_code: row.get("fault_code")?,
        since: rows::time(row, "since")?,
    })
}

fn refused(row: &Row<'_>) -> Db<RefusedPlugin> {
    Ok(RefusedPlugin {
        agency: rows::agency(row, "agency")?,
        plugin_digest: rows::digest(row, "plugin_digest")?,
        code: row.get("code")?,
        text: row.get("text")?,
        at: rows::time(row, "at")?,
    })
}

fn active(row: &Row<'_>) -> Db<ActivePlugin> {
    Ok(ActivePlugin {
        agency: rows::agency(row, "agency")?,
        plugin_digest: rows::digest(row, "plugin_digest")?,
        version: row.get("version")?,
        since: rows::time(row, "since")?,
    })
}
