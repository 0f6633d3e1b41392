//! Cases (案件), their sources and their assignments.

use serde::{Deserialize, Serialize};

use crate::policy::Role;
use crate::record::{FeedbackResult, Party};
use crate::{AgencyId, AssignmentId, CaseNumber, ClauseId, InboxSeq, MessageId, RuleId, UtcTime};

/// Where a case stands. A case closes only when its loop is closed (反馈 → 核查 → 结案).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// 待分派: no rule says who must act; a person must.
    Unrouted,
    /// 处置中: assigned, and at least one assignment is open.
    Open,
    /// 待核查: every assignment is fed back.
    FedBack,
    /// 已结案.
    Closed,
}

impl CaseStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unrouted, Self::Open, Self::FedBack, Self::Closed];

    /// As stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unrouted => "unrouted",
            Self::Open => "open",
            Self::FedBack => "fed_back",
            Self::Closed => "closed",
        }
    }

    /// As officials read it.
    #[must_use]
    pub fn to_chinese(self) -> &'static str {
        match self {
            Self::Unrouted => "待分派",
            Self::Open => "处置中",
            Self::FedBack => "待核查",
            Self::Closed => "已结案",
        }
    }

    /// Reads [`CaseStatus::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// One matter concerning one entity, fed by one or more agencies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The number officials use.
    pub number: CaseNumber,
    /// What makes later findings join this case while it is not closed: entity and category.
    pub join_key: String,
    /// Category, by the policy.
    pub category: String,
    /// Category in Chinese.
    pub category_name: String,
    /// Clause of the rule that opened it.
    pub clause: ClauseId,
    /// The rule that opened it.
    pub rule: RuleId,
    /// The policy version that the rule is from.
    pub policy_version: String,
    /// Whom it is about.
    pub party: Party,
    /// One line, from the first source.
    pub title: String,
    /// Where it stands.
    pub status: CaseStatus,
    /// When it was opened.
    pub opened_at: UtcTime,
    /// When it last changed.
    pub updated_at: UtcTime,
    /// Counts changes; T2 refuses a write that is not based on the stored version. 0 means not stored yet.
    pub version: u32,
    /// How many sources there are; the sources themselves are rows of their own.
    pub source_count: u32,
    /// Which agencies the sources are from, in order of first report.
    pub source_agencies: Vec<AgencyId>,
    /// Who must act.
    pub assignments: Vec<CaseAssignment>,
    /// The first source's own number, for those who are assigned later.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// What the first source says, cut short; empty where the title says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What a rule would have assigned and found nobody for: a person must.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unassigned: Vec<Unassigned>,
    /// While its clocks stand still (中止计时).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspension: Option<Suspension>,
    /// By when it must be verified, while everything is fed back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_due: Option<Deadline>,
}

impl Case {
    /// The assignments that still stand: not replaced by later ones.
    pub fn standing(&self) -> impl Iterator<Item = &CaseAssignment> {
        self.assignments.iter().filter(|assignment| assignment.replaced_by.is_none())
    }

    /// Whether some standing assignment waits for its agency.
    #[must_use]
    pub fn has_open(&self) -> bool {
        self.standing().any(|assignment| assignment.status.is_open())
    }

    /// Whether the case is late beyond the last reminder, or its verification is.
    #[must_use]
    pub fn is_escalated(&self) -> bool {
        let late = |held: &CaseAssignment| {
            held.escalated_at.is_some() && (held.status.is_open() || self.status == CaseStatus::FedBack)
        };
        self.status != CaseStatus::Closed && self.standing().any(late)
    }

    /// Whether a person of the bureau has something to do: assign, assign anew, verify or follow up.
    #[must_use]
    pub fn waits_for_a_person(&self) -> bool {
        let is_returned = |held: &CaseAssignment| held.status == AssignmentStatus::Returned;
        match self.status {
            CaseStatus::Closed => false,
            CaseStatus::Unrouted | CaseStatus::FedBack => true,
            CaseStatus::Open => !self.unassigned.is_empty() || self.standing().any(is_returned) || self.is_escalated(),
        }
    }
}

/// A part of a rule that found nobody to be assigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unassigned {
    /// As what.
    pub role: Role,
    /// Clause of the rule.
    pub clause: ClauseId,
    /// That rule.
    pub rule: RuleId,
    /// Why nobody was found, in Chinese.
    pub why: String,
}

/// Since when and why a case's clocks stand still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Since when.
    pub at: UtcTime,
    /// Why, in Chinese.
    pub reason: String,
}

/// Where an assignment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentStatus {
    /// 已派遣.
    Assigned,
    /// 已接收.
    Accepted,
    /// 办理中.
    InProgress,
    /// 已退回.
    Returned,
    /// 已反馈.
    Done,
}

impl AssignmentStatus {
    /// Whether the agency still owes an answer.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Assigned | Self::Accepted | Self::InProgress)
    }

    /// As stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Accepted => "accepted",
            Self::InProgress => "in_progress",
            Self::Returned => "returned",
            Self::Done => "done",
        }
    }

    /// As officials read it.
    #[must_use]
    pub fn to_chinese(self) -> &'static str {
        match self {
            Self::Assigned => "已派遣",
            Self::Accepted => "已接收",
            Self::InProgress => "办理中",
            Self::Returned => "已退回",
            Self::Done => "已反馈",
        }
    }
}

impl From<FeedbackResult> for AssignmentStatus {
    fn from(result: FeedbackResult) -> Self {
        match result {
            FeedbackResult::Accepted => Self::Accepted,
            FeedbackResult::InProgress => Self::InProgress,
            FeedbackResult::Returned => Self::Returned,
            FeedbackResult::Done => Self::Done,
        }
    }
}

/// A deadline and how it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The last moment in time.
    pub at: UtcTime,
    /// How it was counted, in Chinese, such as `自2026-09-21起10个工作日`.
    pub basis: String,
    /// Counted over a year whose calendar is not published, as Monday to Friday.
    #[serde(default)]
    pub estimated: bool,
}

/// One dispatch of a case to one agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseAssignment {
    /// Its number; feedback names it.
    pub id: AssignmentId,
    /// Who must act.
    pub agency: AgencyId,
    /// `lead` (主办) or `co` (协办).
    pub role: String,
    /// Clause of the rule that assigned it.
    pub clause: ClauseId,
    /// That rule.
    pub rule: RuleId,
    /// Where it stands.
    pub status: AssignmentStatus,
    /// When it was assigned.
    pub assigned_at: UtcTime,
    /// By when it must be answered.
    pub deadline: Deadline,
    /// Reminders sent.
    pub reminders: u32,
    /// When the engine looks at it again; `None` when it needs no more looking at.
    pub check_at: Option<UtcTime>,
    /// Version of that rule and of its policy, `<policy>@<version>/<rule version>`; `None` in rows of older gateways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_version: Option<String>,
    /// When its agency was told that it had not accepted in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_reminded_at: Option<UtcTime>,
    /// When its agency was told that the deadline is near (临期提醒).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near_reminded_at: Option<UtcTime>,
    /// When its clocks began to run again after a suspension: the time to accept is counted from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed_at: Option<UtcTime>,
    /// When it went to a person, because it or its verification was late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalated_at: Option<UtcTime>,
    /// The assignment that took its place: the next agency's, a person's, or the one to do it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<AssignmentId>,
}

/// One record that opened or joined a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Who reported.
    pub agency: AgencyId,
    /// The sender's own number.
    pub reference: String,
    /// The message it was in.
    pub message_id: MessageId,
    /// The message's intake number.
    pub inbox_seq: InboxSeq,
    /// The row in the message, counted from 1.
    pub row: u32,
    /// Record kind.
    pub kind: String,
    /// One line of what was reported.
    pub title: String,
    /// When the gateway received it.
    pub received_at: UtcTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_read_back_and_feedback_maps() {
        for status in CaseStatus::ALL {
            assert_eq!(CaseStatus::parse(status.as_str()), Some(status));
        }
        assert!(AssignmentStatus::from(FeedbackResult::InProgress).is_open());
        assert!(!AssignmentStatus::from(FeedbackResult::Returned).is_open());
    }
}
