//! T2: applies what was decided about a message or a timer, wholly or not at all.
//!
//! Everything that may refuse a settlement is looked at before anything is written, so a refused one leaves no trace
//! and needs no savepoint of its own.

use std::collections::HashSet;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};
use xiezhi_model::case::CaseStatus;
use xiezhi_model::message::{InboxStatus, Outgoing};
use xiezhi_model::{AgencyId, Digest, InboxSeq};
use xiezhi_ports::{InboxOutcome, Settle, Settled, Settlement, StoreError, Trigger};

use crate::audit::PreparedEntry;
use crate::cases::{self, Base, PreparedCase};
use crate::error::{Db, DbError};
use crate::outbox::Predecessors;
use crate::store::{SqliteStore, check_size};
use crate::writer::{Kind, WriteTx};
use crate::{outbox, parts, rows};

#[async_trait]
impl Settle for SqliteStore {
    async fn settle(&self, settlements: Vec<Settlement>) -> Result<Vec<Settled>, StoreError> {
        check_size(settlements.len(), settlements.iter().flat_map(|s| s.outgoing.iter().map(|out| &out.body)))?;
        let bytes = settlements.iter().flat_map(|s| &s.outgoing).map(|out| out.body.len()).sum();
        let seqs: Vec<i64> = settlements.iter().filter_map(|s| trigger_seq(&s.trigger)).map(|seq| seq.0).collect();
        let prepared: Vec<Prepared> = settlements.into_iter().map(Prepared::of).collect::<Db<_>>()?;
        let leases = self.inbox_leases();
        let outcomes =
            self.write(Kind::Settle, bytes, move |tx| prepared.iter().map(|one| settle(tx, one)).collect()).await?;
        // A conflict ends the lease too: the row is pending, and is leased again at once.
        leases.release(seqs);
        Ok(outcomes)
    }
}

/// A settlement with all its texts written: the writer is one thread for everybody, so what can be done before is.
struct Prepared {
    settlement: Settlement,
    cases: Vec<PreparedCase>,
    outgoing_digests: Vec<Digest>,
    audit: Vec<PreparedEntry>,
    fault: Option<String>,
    row_faults: Option<String>,
}

impl Prepared {
    fn of(mut settlement: Settlement) -> Db<Self> {
        check(&settlement)?;
        let seq = trigger_seq(&settlement.trigger);
        for entry in &mut settlement.audit {
            entry.inbox_seq = entry.inbox_seq.or(seq);
        }
        let fault = match &settlement.outcome {
            InboxOutcome::Dead(fault) => Some(rows::to_json("fault", fault)?),
            InboxOutcome::Done | InboxOutcome::Waiting => None,
        };
        let row_faults = (!settlement.row_faults.is_empty())
            .then(|| rows::to_json("row faults", &settlement.row_faults))
            .transpose()?;
        Ok(Self {
            cases: settlement.cases.iter().map(PreparedCase::of).collect::<Db<_>>()?,
            outgoing_digests: settlement.outgoing.iter().map(|out| Digest::of(&out.body)).collect(),
            audit: settlement.audit.iter().map(PreparedEntry::of).collect::<Db<_>>()?,
            fault,
            row_faults,
            settlement,
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
    if trigger_seq(&settlement.trigger).is_none() && !settlement.parts.is_empty() {
        return Err(DbError::invalid("parts without a message that brought them"));
    }
    Ok(())
}

fn trigger_seq(trigger: &Trigger) -> Option<InboxSeq> {
    match trigger {
        Trigger::Inbox { seq, .. } => Some(*seq),
        Trigger::Timer => None,
    }
}

fn settle(tx: &mut WriteTx<'_>, prepared: &Prepared) -> Db<Settled> {
    let settlement = &prepared.settlement;
    let sender = match settlement.trigger {
        Trigger::Timer => None,
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
    if let Some((seq, agency)) = &sender {
        row_settle(tx, prepared, *seq)?;
        for part in &settlement.parts {
            parts::insert(tx, agency, *seq, part, settlement.at)?;
        }
    }
    let mut bases_new = HashSet::new();
    for (case, base) in prepared.cases.iter().zip(bases) {
        cases::write(tx, case, base)?;
        if base == Base::New {
            bases_new.insert(case.number());
        }
    }
    let is_new =
        |outgoing: &Outgoing| outgoing.case_number.as_ref().is_none_or(|number| bases_new.contains(number.as_str()));
    for (outgoing, digest) in settlement.outgoing.iter().zip(&prepared.outgoing_digests) {
        // A case that this settlement opened has no earlier messages to wait for.
        let predecessors = if is_new(outgoing) { Predecessors::None } else { Predecessors::Perhaps };
        outbox::insert(tx, outgoing, digest, predecessors, settlement.at)?;
    }
    for entry in &prepared.audit {
        tx.chain.append_prepared(entry.clone())?;
    }
    for (agency, key) in &settlement.parts_complete {
        parts::complete(tx, agency, key, settlement.at)?;
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
    let settlement = &prepared.settlement;
    let (status, settled_at) = match settlement.outcome {
        InboxOutcome::Done => (InboxStatus::Done, Some(settlement.at.unix_ms())),
        InboxOutcome::Waiting => (InboxStatus::Waiting, None),
        InboxOutcome::Dead(_) => (InboxStatus::Dead, Some(settlement.at.unix_ms())),
    };
    let sql = "UPDATE inbox SET status = ?2, settled_at = ?3, records = ?4, plugin_digest = ?5, fault = ?6,
               row_faults = ?7 WHERE seq = ?1";
    tx.execute(
        sql,
        params![
            seq.0,
            rows::inbox_status_code(status),
            settled_at,
            settlement.records,
            rows::digest_bytes(settlement.plugin_digest.as_ref()),
            prepared.fault,
            prepared.row_faults,
        ],
    )?;
    Ok(())
}
