//! T2: applies what was decided about a message or a timer, wholly or not at all.
//!
//! Everything that may refuse a settlement is looked at before anything is written, so a refused one leaves no trace
//! and needs no savepoint of its own.

use std::collections::HashSet;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};
use xiezhi_model::audit::AuditEntry;
use xiezhi_model::case::CaseStatus;
use xiezhi_model::message::{InboxStatus, Outgoing};
use xiezhi_model::plugin::Part;
use xiezhi_model::{AgencyId, Digest, InboxSeq, UtcTime};
use xiezhi_ports::{InboxOutcome, Settle, Settled, Settlement, StoreError, Trigger};

use crate::acts::{self, PreparedAct};
use crate::audit::PreparedEntry;
use crate::cases::{self, Base, PreparedCase};
use crate::error::{Db, DbError};
use crate::ledger::{self, PreparedRecord};
use crate::outbox::Predecessors;
use crate::store::{SqliteStore, check_size};
use crate::writer::{Kind, WriteTx};
use crate::{outbox, parts, rows};

#[async_trait]
impl Settle for SqliteStore {
    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, StoreError> {
        check_size(settlements.len(), settlements.iter().flat_map(|s| s.outgoing.iter().map(|out| &out.body)))?;
        let bytes = settlements.iter().flat_map(|s| &s.outgoing).map(|out| out.body.len()).sum();
        let seqs: Vec<i64> = settlements.iter().filter_map(|s| trigger_seq(&s.trigger)).map(|seq| seq.0).collect();
        let prepared: Vec<Prepared> = settlements.iter().map(Prepared::of).collect::<Db<_>>()?;
        let leases = self.inbox_leases();
        let outcomes =
            self.write(Kind::Settle, bytes, move |tx| prepared.iter().map(|one| settle(tx, one)).collect()).await?;
        // A conflict ends the lease too: the row is pending, and is leased again at once.
        leases.release(seqs);
        Ok(outcomes)
    }
}

/// A settlement with all its texts written: the writer is one thread for everybody, so what can be done before is.
pub(crate) struct Prepared {
    trigger: Trigger,
    at: UtcTime,
    status: InboxStatus,
    records: u32,
    plugin_digest: Option<Digest>,
    fault: Option<String>,
    row_faults: Option<String>,
    parts: Vec<Part>,
    parts_complete: Vec<(AgencyId, String)>,
    cases: Vec<PreparedCase>,
    acts: Vec<PreparedAct>,
    entity_records: Vec<PreparedRecord>,
    outgoing: Vec<(Outgoing, Digest)>,
    audit: Vec<PreparedEntry>,
}

impl Prepared {
    pub(crate) fn of(settlement: &Settlement) -> Db<Self> {
        check(settlement)?;
        let seq = trigger_seq(&settlement.trigger);
        let (status, fault) = match &settlement.outcome {
            InboxOutcome::Done => (InboxStatus::Done, None),
            InboxOutcome::Waiting => (InboxStatus::Waiting, None),
            InboxOutcome::Dead(fault) => (InboxStatus::Dead, Some(rows::to_json("fault", fault)?)),
        };
        let row_faults = (!settlement.row_faults.is_empty())
            .then(|| rows::to_json("row faults", &settlement.row_faults))
            .transpose()?;
        let audit = settlement.audit.iter().map(|entry| match entry.inbox_seq {
            None if seq.is_some() => PreparedEntry::of(&AuditEntry { inbox_seq: seq, ..entry.clone() }),
            _ => PreparedEntry::of(entry),
        });
        let digested = |outgoing: &Outgoing| (outgoing.clone(), Digest::of(&outgoing.body));
        Ok(Self {
            trigger: settlement.trigger.clone(),
            at: settlement.at,
            status,
            records: settlement.records,
            plugin_digest: settlement.plugin_digest,
            fault,
            row_faults,
            parts: settlement.parts.clone(),
            parts_complete: settlement.parts_complete.clone(),
            cases: settlement.cases.iter().map(PreparedCase::of).collect::<Db<_>>()?,
            acts: settlement.acts.iter().map(PreparedAct::of).collect::<Db<_>>()?,
            entity_records: settlement.entity_records.iter().map(PreparedRecord::of).collect::<Db<_>>()?,
            outgoing: settlement.outgoing.iter().map(digested).collect(),
            audit: audit.collect::<Db<_>>()?,
        })
    }
}

/// Refuses what no state of the store can make right.
fn check(settlement: &Settlement) -> Db<()> {
    let mut numbers = HashSet::new();
    let mut join_keys = HashSet::new();
    for write in &settlement.cases {
        let case = &write.case;
        if case.version == 0 {
            return Err(DbError::invalid(format!("case {} to be written as version 0, the first is 1", case.number)));
        }
        if !numbers.insert(&case.number) {
            return Err(DbError::invalid(format!("case {} written twice in one settlement", case.number)));
        }
        if case.status != CaseStatus::Closed && !join_keys.insert(&case.join_key) {
            return Err(DbError::invalid(format!("case {} has the join key of another in it", case.number)));
        }
    }
    let mut acts = HashSet::new();
    if let Some(twice) = settlement.acts.iter().find(|act| !acts.insert(&act.id)) {
        return Err(DbError::invalid(format!("act {} written twice in one settlement", twice.id)));
    }
    if trigger_seq(&settlement.trigger).is_none() && !settlement.parts.is_empty() {
        return Err(DbError::invalid("parts without a message that brought them"));
    }
    Ok(())
}

fn trigger_seq(trigger: &Trigger) -> Option<InboxSeq> {
    match trigger {
        Trigger::Inbox { seq, .. } => Some(*seq),
        Trigger::Timer | Trigger::Person => None,
    }
}

pub(crate) fn settle(tx: &mut WriteTx<'_>, prepared: &Prepared) -> Db<Settled> {
    let sender = match prepared.trigger {
        Trigger::Timer | Trigger::Person => None,
        Trigger::Inbox { seq, redrives } => match pending_sender(tx, seq, redrives)? {
            Some(agency) => Some((seq, agency)),
            None => return Ok(Settled::AlreadyDone),
        },
    };
    let mut bases = Vec::with_capacity(prepared.cases.len());
    for case in &prepared.cases {
        match cases::base(tx, case)? {
            Some(base) => bases.push(base),
            None => return Ok(Settled::Conflict),
        }
    }
    for act in &prepared.acts {
        if !acts::is_based(tx, act)? {
            return Ok(Settled::Conflict);
        }
    }
    if let Some((seq, agency)) = &sender {
        row_settle(tx, prepared, *seq)?;
        for part in &prepared.parts {
            parts::insert(tx, agency, *seq, part, prepared.at)?;
        }
    }
    let mut bases_new = HashSet::new();
    for (case, base) in prepared.cases.iter().zip(bases) {
        cases::write(tx, case, base)?;
        if base == Base::New {
            bases_new.insert(case.number());
        }
    }
    for act in &prepared.acts {
        acts::write(tx, act)?;
    }
    for record in &prepared.entity_records {
        ledger::insert(tx, record)?;
    }
    let is_new =
        |outgoing: &Outgoing| outgoing.case_number.as_ref().is_none_or(|number| bases_new.contains(number.as_str()));
    for (outgoing, digest) in &prepared.outgoing {
        // A case that this settlement opened has no earlier messages to wait for.
        let predecessors = if is_new(outgoing) { Predecessors::None } else { Predecessors::Perhaps };
        outbox::insert(tx, outgoing, digest, predecessors, prepared.at)?;
    }
    for entry in &prepared.audit {
        tx.chain.append_prepared(entry.clone())?;
    }
    for (agency, key) in &prepared.parts_complete {
        parts::complete(tx, agency, key, prepared.at)?;
    }
    Ok(Settled::Applied)
}

/// Index: primary key of `inbox`. The sender, when the row is as it was leased.
fn pending_sender(tx: &WriteTx<'_>, seq: InboxSeq, redrives: u32) -> Db<Option<AgencyId>> {
    let sql = "SELECT agency FROM inbox WHERE seq = ?1 AND status = 0 AND redrives = ?2";
    let agency: Option<String> =
        tx.connection.prepare_cached(sql)?.query_row(params![seq.0, redrives], |row| row.get(0)).optional()?;
    agency.map(|text| AgencyId::parse(&text).map_err(|_| DbError::Stored { what: "agency" })).transpose()
}

/// Index: primary key of `inbox`; leaves `inbox_open` when done.
fn row_settle(tx: &WriteTx<'_>, prepared: &Prepared, seq: InboxSeq) -> Db<()> {
    let settled_at = (prepared.status != InboxStatus::Waiting).then_some(prepared.at.unix_ms());
    let sql = "UPDATE inbox SET status = ?2, settled_at = ?3, records = ?4, plugin_digest = ?5, fault = ?6,
               row_faults = ?7 WHERE seq = ?1";
    tx.execute(
        sql,
        params![
            seq.0,
            rows::inbox_status_code(prepared.status),
            settled_at,
            prepared.records,
            rows::digest_bytes(prepared.plugin_digest.as_ref()),
            prepared.fault,
            prepared.row_faults,
        ],
    )?;
    Ok(())
}
