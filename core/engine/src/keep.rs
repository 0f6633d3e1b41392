//! What of a message goes into the entities' files (台账、一户一档).

use xiezhi_model::Record;
use xiezhi_model::ledger::EntityRecord;

use crate::work::Work;

/// How the key of an entity begins that is nobody in particular.
const NOBODY: [&str; 2] = ["message:", "device:"];

/// Keeps a record in its entity's file, where it is of a kind that files hold. Findings are not kept: their cases are.
pub(crate) fn keep(work: &mut Work<'_>, row: u32, record: &Record, entity: &str) {
    let key = match record {
        Record::LedgerEntry(entry) => EntityRecord::subject_key(entry).unwrap_or_else(|| entity.to_owned()),
        Record::Complaint(_) | Record::Penalty(_) | Record::Restoration(_) => entity.to_owned(),
        Record::Indicator(indicator) if work.engine.keeps_period(&indicator.period) => entity.to_owned(),
        _ => return,
    };
    if NOBODY.iter().any(|beginning| key.starts_with(beginning)) {
        return;
    }
    let kept = EntityRecord {
        entity: key,
        agency: work.message.agency.clone(),
        message_id: work.message.message_id.clone(),
        inbox_seq: work.message.seq,
        row,
        received_at: work.message.received_at,
        record: record.clone(),
    };
    work.entity_records.push(kept);
}
