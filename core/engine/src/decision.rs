//! Decisions: what changes, and the records that have to be encoded before it can.

use std::sync::Arc;

use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::message::{Outgoing, RECORD_MEDIA_TYPE};
use xiezhi_model::plugin::Encoded;
use xiezhi_model::{AgencyId, CaseNumber, Digest, MessageId, Record, UtcTime};
use xiezhi_ports::{CodecError, CodecFailure, InboxOutcome, Settlement, Trigger};

use crate::Engine;
use crate::book::{ActBefore, Before};

/// A record to be encoded by its receiver's plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The id of the message that it becomes: derived, so that deciding again gives the same one.
    pub id: MessageId,
    /// The receiver.
    pub agency: AgencyId,
    /// The case.
    pub case_number: Option<CaseNumber>,
    /// The record.
    pub record: Record,
}

/// What follows from a message or a timer. [`Engine::finish`] makes it a settlement.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What T2 will apply, still without the messages that come out of the drafts.
    pub settlement: Settlement,
    /// Records to encode, in the order in which they are sent.
    pub drafts: Vec<Draft>,
    /// The book's entries as they were before, for [`crate::CaseBook::undo`].
    pub(crate) before: Vec<Before>,
    /// The book's acts as they were before, likewise.
    pub(crate) acts_before: Vec<ActBefore>,
}

impl Decision {
    /// A decision that changes no book: a timer's, or a person's.
    pub(crate) fn of(settlement: Settlement, drafts: Vec<Draft>) -> Self {
        Self { settlement, drafts, before: Vec::new(), acts_before: Vec::new() }
    }
}

impl Engine {
    /// Adds the encoded drafts to a decision. `encoded` holds one result for each draft, in the same order.
    ///
    /// A record on which the receiver's plugin itself failed (a trap, a time-out) is sent on as the record: the relay has it
    /// written once the plugin is mended, and nobody else waits for that.
    ///
    /// When a plugin refuses a draft, nothing of the decision is applied: the message is dead with that fault and can be
    /// redriven once the plugin or the settings are mended. Two exceptions: a message that is dead anyway keeps its own
    /// fault and goes without the receipt; a reminder that cannot be written becomes an escalation, because a timer has
    /// no message that could wait for the mending.
    ///
    /// The caller takes a refused decision back from its book with [`crate::CaseBook::undo`] before it decides the next
    /// message; [`Settlement::outcome`] says whether that is due.
    #[must_use]
    pub fn finish(
        &self,
        decision: Decision,
        encoded: Vec<Result<(Encoded, Digest), CodecError>>,
        now: UtcTime,
    ) -> Settlement {
        let Decision { mut settlement, drafts, .. } = decision;
        let mut results = encoded.into_iter();
        for draft in drafts {
            let refused = match results.next() {
                Some(Ok((encoded, plugin))) => {
                    add_outgoing(&mut settlement, draft, encoded, plugin, now);
                    continue;
                }
                Some(Err(error)) if error.failure == CodecFailure::Plugin => match serde_json::to_vec(&draft.record) {
                    Ok(record) => {
                        add_record(&mut settlement, draft, record, now);
                        continue;
                    }
                    Err(_) => (error.fault, error.digest),
                },
                Some(Err(error)) => (error.fault, error.digest),
                None => (Fault::new(code::PLUGIN_CONTRACT, "缺少编码结果"), None),
            };
            match (&settlement.outcome, &settlement.trigger) {
                (InboxOutcome::Dead(_), _) => {}
                (_, Trigger::Timer | Trigger::Person) => {
                    self.escalate_unwritten(&mut settlement, &draft, &refused.0, refused.1)
                }
                (_, Trigger::Inbox { .. }) => return self.refused(settlement, &draft, refused.0, refused.1, now),
            }
        }
        settlement
    }

    fn refused(
        &self,
        settlement: Settlement,
        draft: &Draft,
        fault: Fault,
        plugin: Option<Digest>,
        now: UtcTime,
    ) -> Settlement {
        let text = format!(
            "发往{}的{}未能由其适配插件写出：{}。报文未作任何处理，修复后可重新投递",
            self.agency_name(&draft.agency),
            draft.record.kind(),
            fault.text
        );
        // Sender, number and id of the inbound message stand in every entry; the last is the one that settled it.
        let mut entry = settlement
            .audit
            .last()
            .cloned()
            .unwrap_or_else(|| AuditEntry::new(now, AuditAction::MessageDead, ACTOR_GATEWAY, ""));
        entry = AuditEntry {
            agency: Some(draft.agency.clone()),
            inbox_seq: entry.inbox_seq,
            message_id: entry.message_id,
            message_digest: entry.message_digest,
            plugin_digest: plugin,
            fault_code: Some(fault.code.clone()),
            ..AuditEntry::new(now, AuditAction::MessageDead, ACTOR_GATEWAY, text.clone())
        };
        Settlement {
            outcome: InboxOutcome::Dead(Fault { text, ..fault }),
            parts: Vec::new(),
            parts_complete: Vec::new(),
            cases: Vec::new(),
            acts: Vec::new(),
            entity_records: Vec::new(),
            outgoing: Vec::new(),
            audit: vec![entry],
            ..settlement
        }
    }

    fn escalate_unwritten(&self, settlement: &mut Settlement, draft: &Draft, fault: &Fault, plugin: Option<Digest>) {
        let Some(entry) = settlement.audit.iter_mut().find(|entry| entry.message_id.as_ref() == Some(&draft.id)) else {
            return;
        };
        if matches!(&draft.record, Record::Reminder(reminder) if reminder.level == 0) {
            // It is not late yet: the deadline's own reminders follow.
            entry.text = format!("{}；提醒未能由适配插件写出（{}）", entry.text, fault.text);
            entry.fault_code = Some(fault.code.clone());
            entry.plugin_digest = plugin;
            entry.message_id = None;
            return;
        }
        entry.action = AuditAction::CaseEscalated;
        entry.text = format!("{}；督办未能由适配插件写出（{}），请人工督办", entry.text, fault.text);
        entry.fault_code = Some(fault.code.clone());
        entry.plugin_digest = plugin;
        entry.message_id = None;
        for assignment in settlement.cases.iter_mut().flat_map(|write| &mut Arc::make_mut(&mut write.case).assignments)
        {
            if Some(&assignment.id) == entry.assignment.as_ref() {
                assignment.check_at = None;
                assignment.escalated_at = Some(settlement.at);
            }
        }
    }
}

fn add_record(settlement: &mut Settlement, draft: Draft, record: Vec<u8>, now: UtcTime) {
    settlement.outgoing.push(Outgoing {
        id: draft.id,
        agency: draft.agency,
        case_number: draft.case_number,
        kind: draft.record.kind().to_owned(),
        body: record,
        content_type: RECORD_MEDIA_TYPE.to_owned(),
        created_at: now,
        plugin_digest: None,
    });
}

fn add_outgoing(settlement: &mut Settlement, draft: Draft, encoded: Encoded, plugin: Digest, now: UtcTime) {
    for entry in settlement.audit.iter_mut().filter(|entry| entry.message_id.as_ref() == Some(&draft.id)) {
        entry.plugin_digest = Some(plugin);
        entry.message_digest = Some(Digest::of(&encoded.body));
    }
    settlement.outgoing.push(Outgoing {
        id: draft.id,
        agency: draft.agency,
        case_number: draft.case_number,
        kind: draft.record.kind().to_owned(),
        body: encoded.body,
        content_type: encoded.content_type,
        created_at: now,
        plugin_digest: Some(plugin),
    });
}
