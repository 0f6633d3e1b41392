//! The audit chain: every change of state is a row, and every row carries the hash of the one before.
//!
//! A row's hash covers its number, the hash before it and the exact bytes of its entry. Changing a byte breaks that
//! row; removing a row breaks the next; removing the last ones breaks the head kept beside the chain.

use serde::{Deserialize, Serialize};

use crate::{ActId, AgencyId, AssignmentId, CaseNumber, ClauseId, Digest, InboxSeq, MessageId, RuleId, UtcTime};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    /// T1: a message was taken into the inbox.
    MessageReceived,
    /// T1: the same id came with other bytes, kept as evidence.
    MessageQuarantined,
    /// A message at the broker was not taken in: its sender is not vouched for, or it breaks the link's limits.
    MessageRefused,
    /// T2: decoded and settled; the detail counts records and row faults.
    MessageSettled,
    /// T2: it waits for other parts.
    MessageWaiting,
    /// T2: it cannot be used.
    MessageDead,
    /// An operator had it tried again.
    MessageRedriven,
    /// T2: a record opened a case.
    CaseOpened,
    /// T2: a record joined a case.
    CaseJoined,
    /// T2: a case was assigned to an agency.
    CaseAssigned,
    /// T2: an agency answered an assignment.
    CaseFeedback,
    /// A deadline passed and a reminder was made.
    CaseReminded,
    /// A deadline passed after the last reminder: a person must act.
    CaseEscalated,
    /// A case's status changed.
    CaseStatusChanged,
    /// A part of a rule found nobody to be assigned: a person must.
    CaseUnassigned,
    /// An agency returned its assignment, and the rule's next one got it.
    CaseForwarded,
    /// A person verified what was fed back: the matter is settled.
    CaseVerified,
    /// A person verified what was fed back: it has to be done again.
    CaseSentBack,
    /// A case was closed.
    CaseClosed,
    /// A closed case was opened again.
    CaseReopened,
    /// A case's clocks were stopped.
    CaseSuspended,
    /// A case's clocks run again, with later deadlines.
    CaseResumed,
    /// A legal act was proposed.
    ActProposed,
    /// The first of two persons approved a legal act.
    ActExamined,
    /// The second one approved it: it is decided and carried out.
    ActDecided,
    /// One of the two refused a legal act.
    ActRefused,
    /// A receiver answered whether it carries a legal act out.
    ActAnswered,
    /// Receivers did not answer in time, or a joint punishment ended and nobody lifts it: a person must act.
    ActOverdue,
    /// A step about an objection to a published act (公示后异议).
    ActObjection,
    /// 报文推送: the message that carries an act is sent no more, or is sent again.
    ActDelivery,
    /// The list here was held against the credit system's.
    CreditReconciled,
    /// Somebody was not let act.
    ActDenied,
    /// A person's account was made.
    AccountAdded,
    /// A person's account was changed or closed.
    AccountChanged,
    /// T3: the transport took an outgoing message.
    OutgoingSent,
    /// An attempt failed and will be repeated.
    OutgoingRetried,
    /// An outgoing message was given up.
    OutgoingDead,
    /// An operator had an outgoing message tried again.
    OutgoingRedriven,
    /// The agency acknowledged an outgoing message.
    OutgoingAcknowledged,
    /// An outgoing record, kept because its receiver's plugin failed, was written at last.
    OutgoingEncoded,
    /// A plugin took the place of the one before.
    PluginActivated,
    /// A plugin was pinned but not admitted; the one before stays.
    PluginRefused,
    /// A plugin kept failing and was stopped for its agency.
    PluginQuarantined,
    /// A plugin's quarantine ended.
    PluginReleased,
}

impl AuditAction {
    /// All of them.
    pub const ALL: [Self; 44] = [
        Self::MessageReceived,
        Self::MessageQuarantined,
        Self::MessageRefused,
        Self::MessageSettled,
        Self::MessageWaiting,
        Self::MessageDead,
        Self::MessageRedriven,
        Self::CaseOpened,
        Self::CaseJoined,
        Self::CaseAssigned,
        Self::CaseFeedback,
        Self::CaseReminded,
        Self::CaseEscalated,
        Self::CaseStatusChanged,
        Self::CaseUnassigned,
        Self::CaseForwarded,
        Self::CaseVerified,
        Self::CaseSentBack,
        Self::CaseClosed,
        Self::CaseReopened,
        Self::CaseSuspended,
        Self::CaseResumed,
        Self::ActProposed,
        Self::ActExamined,
        Self::ActDecided,
        Self::ActRefused,
        Self::ActAnswered,
        Self::ActOverdue,
        Self::ActObjection,
        Self::ActDelivery,
        Self::CreditReconciled,
        Self::ActDenied,
        Self::AccountAdded,
        Self::AccountChanged,
        Self::OutgoingSent,
        Self::OutgoingRetried,
        Self::OutgoingDead,
        Self::OutgoingRedriven,
        Self::OutgoingAcknowledged,
        Self::OutgoingEncoded,
        Self::PluginActivated,
        Self::PluginRefused,
        Self::PluginQuarantined,
        Self::PluginReleased,
    ];

    /// As stored and shown; the same text as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageReceived => "message_received",
            Self::MessageQuarantined => "message_quarantined",
            Self::MessageRefused => "message_refused",
            Self::MessageSettled => "message_settled",
            Self::MessageWaiting => "message_waiting",
            Self::MessageDead => "message_dead",
            Self::MessageRedriven => "message_redriven",
            Self::CaseOpened => "case_opened",
            Self::CaseJoined => "case_joined",
            Self::CaseAssigned => "case_assigned",
            Self::CaseFeedback => "case_feedback",
            Self::CaseReminded => "case_reminded",
            Self::CaseEscalated => "case_escalated",
            Self::CaseStatusChanged => "case_status_changed",
            Self::CaseUnassigned => "case_unassigned",
            Self::CaseForwarded => "case_forwarded",
            Self::CaseVerified => "case_verified",
            Self::CaseSentBack => "case_sent_back",
            Self::CaseClosed => "case_closed",
            Self::CaseReopened => "case_reopened",
            Self::CaseSuspended => "case_suspended",
            Self::CaseResumed => "case_resumed",
            Self::ActProposed => "act_proposed",
            Self::ActExamined => "act_examined",
            Self::ActDecided => "act_decided",
            Self::ActRefused => "act_refused",
            Self::ActAnswered => "act_answered",
            Self::ActOverdue => "act_overdue",
            Self::ActObjection => "act_objection",
            Self::ActDelivery => "act_delivery",
            Self::CreditReconciled => "credit_reconciled",
            Self::ActDenied => "act_denied",
            Self::AccountAdded => "account_added",
            Self::AccountChanged => "account_changed",
            Self::OutgoingSent => "outgoing_sent",
            Self::OutgoingRetried => "outgoing_retried",
            Self::OutgoingDead => "outgoing_dead",
            Self::OutgoingRedriven => "outgoing_redriven",
            Self::OutgoingAcknowledged => "outgoing_acknowledged",
            Self::OutgoingEncoded => "outgoing_encoded",
            Self::PluginActivated => "plugin_activated",
            Self::PluginRefused => "plugin_refused",
            Self::PluginQuarantined => "plugin_quarantined",
            Self::PluginReleased => "plugin_released",
        }
    }
}

/// One step of history, as it is hashed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: UtcTime,
    /// What.
    pub action: AuditAction,
    /// Who: `gateway`, `agency:<id>`, `person:<account>` or `operator`.
    pub actor: String,
    /// In words, Chinese, as the case history shows it. Holds no personal data.
    pub text: String,
    /// The agency concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<AgencyId>,
    /// The inbox row concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbox_seq: Option<InboxSeq>,
    /// The id of the message concerned, inbound or outgoing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// The digest of that message's bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_digest: Option<Digest>,
    /// The case concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_number: Option<CaseNumber>,
    /// The assignment concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment: Option<AssignmentId>,
    /// The legal act concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<ActId>,
    /// The clause of the measure behind the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<ClauseId>,
    /// The rule behind the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// The rule's version and the policy's: `<policy id>@<version>/<rule version>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_version: Option<String>,
    /// The plugin that read or wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_digest: Option<Digest>,
    /// Fault code, where something failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault_code: Option<String>,
}

impl AuditEntry {
    /// An entry with nothing but what it must have.
    #[must_use]
    pub fn new(at: UtcTime, action: AuditAction, actor: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            at,
            action,
            actor: actor.into(),
            text: text.into(),
            agency: None,
            inbox_seq: None,
            message_id: None,
            message_digest: None,
            case_number: None,
            assignment: None,
            act: None,
            clause: None,
            rule: None,
            rule_version: None,
            plugin_digest: None,
            fault_code: None,
        }
    }
}

/// The actor of what the gateway does by itself.
pub const ACTOR_GATEWAY: &str = "gateway";
/// The actor of what an operator does through the command line.
pub const ACTOR_OPERATOR: &str = "operator";

/// An entry in its place in the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Place in the chain, from 1, without gaps.
    pub seq: i64,
    /// Hash of this row.
    pub hash: Digest,
    /// The entry.
    pub entry: AuditEntry,
}

/// The hash of a row: over its number, the hash before it and the exact bytes of its entry.
#[must_use]
pub fn row_hash(seq: i64, previous: &Digest, entry_json: &[u8]) -> Digest {
    Digest::of_parts(&[&seq.to_be_bytes(), previous.as_bytes(), entry_json])
}

/// What `audit verify` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditReport {
    /// Rows that were checked and are right.
    pub rows: i64,
    /// Hash of the last right row: keep it elsewhere to prove later that nothing before it changed.
    pub head: Digest,
    /// The first row that is wrong, and how.
    pub broken: Option<AuditBreak>,
}

/// Where the chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditBreak {
    /// The row.
    pub seq: i64,
    /// What is wrong with it.
    pub what: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_have_one_text() {
        for action in AuditAction::ALL {
            assert_eq!(serde_json::to_string(&action).unwrap(), format!("\"{}\"", action.as_str()));
        }
    }
}
