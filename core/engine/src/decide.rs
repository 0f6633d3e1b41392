//! From a decoded message to a decision.

use std::collections::BTreeSet;
use std::sync::Arc;

use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::fault::{Fault, RowFault, code};
use xiezhi_model::message::Outgoing;
use xiezhi_model::plugin::{Decoded, Encoded, Part, RowRecord};
use xiezhi_model::{Digest, Record, UtcTime};
use xiezhi_ports::{CodecError, CodecFailure, InboxOutcome, Settlement, Trigger};

use crate::clock::MissingYearError;
use crate::work::Work;
use crate::{CaseBook, Decision, Draft, Engine, IntakeMessage, Joined, acts, feedback, receipt, route};

/// Kind of an outgoing message that is a protocol's own answer; also what its id derives from in place of a rule.
const REPLY: &str = "reply";

impl Engine {
    /// Decides what follows from a message. The book must hold what [`Engine::needs`] named; it is changed as the
    /// decision says, so that the next message of the batch is decided on top of this one.
    ///
    /// `read` is what the sender's plugin made of the bytes, and the plugin's digest.
    #[must_use]
    pub fn decide(
        &self,
        message: &IntakeMessage,
        read: Result<(&Decoded, Digest), &CodecError>,
        book: &mut CaseBook,
        now: UtcTime,
    ) -> Decision {
        self.decide_joined(message, read, &[], book, now)
    }

    /// As [`Engine::decide`], for a message that completed multi-part messages: `joined` holds what the parts of each,
    /// this message's among them, decoded to together. Their records count as this message's; their keys are settled.
    ///
    /// When joined parts could not be decoded, pass that error as `read`: this message is dead with it and can be
    /// redriven, and the others go on waiting.
    #[must_use]
    pub fn decide_joined(
        &self,
        message: &IntakeMessage,
        read: Result<(&Decoded, Digest), &CodecError>,
        joined: &[Joined],
        book: &mut CaseBook,
        now: UtcTime,
    ) -> Decision {
        match read {
            Ok((decoded, plugin)) => self.decide_read(message, &Reading::new(decoded, joined), plugin, book, now),
            Err(error) => {
                let mut work = Work::new(self, message, error.digest, book, now);
                // A plugin that broke its limits is not asked to write a receipt, and the sender is not to blame.
                if error.failure == CodecFailure::Input {
                    receipt::refused(&mut work, &error.fault);
                }
                dead(work, &error.fault, 0)
            }
        }
    }

    fn decide_read(
        &self,
        message: &IntakeMessage,
        reading: &Reading<'_>,
        plugin: Digest,
        book: &mut CaseBook,
        now: UtcTime,
    ) -> Decision {
        let mut work = Work::new(self, message, Some(plugin), book, now);
        work.row_faults = reading.row_faults();
        if let Err(missing) = apply(&mut work, reading) {
            // Neither the sender's fault nor for the sender to mend: no receipt.
            let fault = calendar_missing(missing);
            return dead(Work::new(self, message, Some(plugin), book, now), &fault, reading.records.len());
        }
        // Rows that the plugin refused have no record, rows that the engine refused have one.
        let refused = work.row_faults.len().saturating_sub(reading.row_faults.len());
        let used = reading.records.len().saturating_sub(refused);
        if used == 0 && reading.parts.is_empty() && reading.replies.is_empty() {
            let fault = match work.row_faults.first() {
                Some(row) => Fault { text: format!("第{}行：{}", row.row, row.fault.text), ..row.fault.clone() },
                None => Fault::new(code::EMPTY, "报文中没有任何记录，请核对后重新报送"),
            };
            receipt::refused(&mut work, &fault);
            return dead(work, &fault, reading.records.len());
        }
        let (settlement, drafts, source_keys) = settle(work, reading, plugin);
        let acts_before = book.change_acts(&settlement.acts);
        let changed = settlement.cases.iter().map(|write| Arc::clone(&write.case)).zip(source_keys);
        let before = changed.map(|(case, added)| book.change(case, added)).collect();
        Decision { settlement, drafts, before, acts_before }
    }
}

/// A message and the multi-part messages that it completed, as one.
struct Reading<'a> {
    records: Vec<&'a RowRecord>,
    row_faults: Vec<&'a RowFault>,
    replies: Vec<&'a Encoded>,
    /// Parts that wait for others.
    parts: Vec<&'a Part>,
    /// Keys whose parts are all there.
    complete: Vec<&'a str>,
}

impl<'a> Reading<'a> {
    fn new(decoded: &'a Decoded, joined: &'a [Joined]) -> Self {
        let all = || std::iter::once(decoded).chain(joined.iter().map(|joined| &joined.decoded));
        let complete: Vec<&str> = joined.iter().map(|joined| joined.key.as_str()).collect();
        Self {
            records: all().flat_map(|decoded| &decoded.document.records).collect(),
            row_faults: all().flat_map(|decoded| &decoded.document.row_faults).collect(),
            replies: all().filter_map(|decoded| decoded.reply.as_ref()).collect(),
            parts: decoded.parts.iter().filter(|part| !complete.contains(&part.key.as_str())).collect(),
            complete,
        }
    }

    fn row_faults(&self) -> Vec<RowFault> {
        self.row_faults.iter().map(|&row| row.clone()).collect()
    }
}

fn apply(work: &mut Work<'_>, reading: &Reading<'_>) -> Result<(), MissingYearError> {
    for (index, row) in reading.records.iter().enumerate() {
        match &row.record {
            Record::Feedback(answer) => feedback::answer(work, row.row, index, answer)?,
            Record::MeasureFeedback(answer) => acts::answer(work, row.row, answer),
            Record::Receipt(receipt) if acts::receipt(work, receipt) => {}
            record => route::route(work, row.row, index, record)?,
        }
    }
    Ok(())
}

fn calendar_missing(missing: MissingYearError) -> Fault {
    let year = missing.year;
    Fault::new(
        code::CALENDAR_MISSING,
        format!("缺少{year}年工作日历，无法计算办理期限；录入config/calendar/{year}.toml后可重新投递"),
    )
}

/// The decision of a message that cannot be used: no case changes. A receipt may have been drafted.
fn dead(work: Work<'_>, fault: &Fault, records: usize) -> Decision {
    let text = format!("报文未能使用：{}{}", fault.text, receipt::place(fault));
    let entry = AuditEntry { fault_code: Some(fault.code.clone()), ..work.entry(AuditAction::MessageDead, text) };
    let settlement = Settlement {
        outcome: InboxOutcome::Dead(fault.clone()),
        row_faults: work.row_faults.clone(),
        audit: vec![entry],
        ..blank(&work, records)
    };
    // Drafts other than the receipt belong to changes that are not made.
    let drafts = work.drafts.into_iter().filter(|draft| matches!(draft.record, Record::Receipt(_))).collect();
    Decision::of(settlement, drafts)
}

/// What is written, what is to be encoded, and the keys of the sources that each written case gets.
fn settle(
    mut work: Work<'_>,
    reading: &Reading<'_>,
    plugin: Digest,
) -> (Settlement, Vec<Draft>, Vec<BTreeSet<Digest>>) {
    let records = reading.records.len();
    let waiting = !reading.parts.is_empty();
    let anything = records > 0 || !work.row_faults.is_empty() || !waiting || !reading.complete.is_empty();
    if anything {
        let entry = work.entry(AuditAction::MessageSettled, work.settled_text(records));
        work.audit.push(entry);
        // Whoever confirms is not confirmed to, or two systems would go on for ever.
        let confirms = reading.records.iter().all(|row| matches!(row.record, Record::Receipt(_)));
        if records == 0 || !confirms || !work.row_faults.is_empty() {
            receipt::settled(&mut work, records);
        }
    }
    if waiting {
        let total = reading.parts.iter().map(|part| part.total).max().unwrap_or_default();
        let text = format!("分包报文：已收到{}包，等待其余分包（共{total}包）", reading.parts.len());
        let entry = work.entry(AuditAction::MessageWaiting, text);
        work.audit.push(entry);
    }
    let mut settlement = Settlement {
        outcome: if waiting { InboxOutcome::Waiting } else { InboxOutcome::Done },
        row_faults: std::mem::take(&mut work.row_faults),
        parts: reading.parts.iter().map(|&part| part.clone()).collect(),
        parts_complete: reading.complete.iter().map(|key| (work.message.agency.clone(), (*key).to_owned())).collect(),
        entity_records: std::mem::take(&mut work.entity_records),
        outgoing: replies(&work, reading, plugin),
        audit: std::mem::take(&mut work.audit),
        ..blank(&work, records)
    };
    let drafts = std::mem::take(&mut work.drafts);
    let changes = work.into_changes();
    settlement.cases = changes.writes;
    settlement.acts = changes.acts;
    (settlement, drafts, changes.source_keys)
}

/// The plugin wrote these while it read; they go out before anything that is encoded later.
fn replies(work: &Work<'_>, reading: &Reading<'_>, plugin: Digest) -> Vec<Outgoing> {
    let sender = &work.message.agency;
    let reply = |(index, reply): (usize, &&Encoded)| Outgoing {
        id: Outgoing::derive_id(&work.cause(), REPLY, sender, index),
        agency: sender.clone(),
        case_number: None,
        kind: REPLY.to_owned(),
        body: reply.body.clone(),
        content_type: reply.content_type.clone(),
        created_at: work.now,
        plugin_digest: Some(plugin),
    };
    reading.replies.iter().enumerate().map(reply).collect()
}

fn blank(work: &Work<'_>, records: usize) -> Settlement {
    let trigger = Trigger::Inbox { seq: work.message.seq, redrives: work.message.redrives };
    Settlement {
        records: u32::try_from(records).unwrap_or(u32::MAX),
        plugin_digest: work.plugin,
        ..Settlement::empty(trigger, InboxOutcome::Done, work.now)
    }
}
