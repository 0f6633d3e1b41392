//! Records: the canonical values that messages carry, between every agency's format and the engine.
//!
//! JSON: `{"kind": "finding", "schema_version": 1, …}`. New fields are optional, so that older plugins stay readable;
//! an unknown field is kept out, not refused, for the same reason in the other direction.

pub mod inbound;
mod kind;
pub mod outbound;
pub mod shared;

use serde::Serialize;

pub use inbound::{
    Alarm, Complaint, FacilityState, Feedback, FeedbackResult, Finding, Indicator, LedgerEntry, LedgerSubject,
    MeasureFeedback, Measurement, Penalty, Restoration,
};
pub use outbound::{
    Assignment, Direction, JointPunishment, Lift, Notice, Publication, Recall, Receipt, ReceiptOutcome, Reminder,
    RowResult,
};
pub use shared::{Attachment, Issue, Party, Person, SCHEMA_VERSION, SchemaVersion};

/// Any record, inbound or outbound.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// 检查发现、线索.
    Finding(Box<Finding>),
    /// 处置反馈: an agency's answer to an assignment.
    Feedback(Box<Feedback>),
    /// 行政处罚.
    Penalty(Box<Penalty>),
    /// 投诉、举报.
    Complaint(Box<Complaint>),
    /// 台账、一户一档.
    LedgerEntry(Box<LedgerEntry>),
    /// 监测指标: readings that open no case by themselves.
    Indicator(Box<Indicator>),
    /// 报警、预警.
    Alarm(Box<Alarm>),
    /// 惩戒措施反馈.
    MeasureFeedback(Box<MeasureFeedback>),
    /// 信用修复.
    Restoration(Box<Restoration>),
    /// 派遣.
    Assignment(Box<Assignment>),
    /// 督办.
    Reminder(Box<Reminder>),
    /// 撤回派遣.
    Recall(Box<Recall>),
    /// 联合惩戒.
    JointPunishment(Box<JointPunishment>),
    /// 解除联合惩戒.
    Lift(Box<Lift>),
    /// 通知.
    Notice(Box<Notice>),
    /// 公示.
    Publication(Box<Publication>),
    /// 回执, in both directions.
    Receipt(Box<Receipt>),
}

impl Record {
    /// The `kind` as JSON has it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Finding(_) => "finding",
            Self::Feedback(_) => "feedback",
            Self::Penalty(_) => "penalty",
            Self::Complaint(_) => "complaint",
            Self::LedgerEntry(_) => "ledger_entry",
            Self::Indicator(_) => "indicator",
            Self::Alarm(_) => "alarm",
            Self::MeasureFeedback(_) => "measure_feedback",
            Self::Restoration(_) => "restoration",
            Self::Assignment(_) => "assignment",
            Self::Reminder(_) => "reminder",
            Self::Recall(_) => "recall",
            Self::JointPunishment(_) => "joint_punishment",
            Self::Lift(_) => "lift",
            Self::Notice(_) => "notice",
            Self::Publication(_) => "publication",
            Self::Receipt(_) => "receipt",
        }
    }

    /// Every kind, in the order of the enum.
    pub const KINDS: [&'static str; 17] = [
        "finding",
        "feedback",
        "penalty",
        "complaint",
        "ledger_entry",
        "indicator",
        "alarm",
        "measure_feedback",
        "restoration",
        "assignment",
        "reminder",
        "recall",
        "joint_punishment",
        "lift",
        "notice",
        "publication",
        "receipt",
    ];

    /// Whom the record is about, where it is about an entity.
    #[must_use]
    pub fn party(&self) -> Option<&Party> {
        match self {
            Self::Finding(r) => Some(&r.party),
            Self::Penalty(r) => Some(&r.party),
            Self::Complaint(r) => Some(&r.party),
            Self::LedgerEntry(r) => Some(&r.party),
            Self::Indicator(r) => Some(&r.party),
            Self::Alarm(r) => Some(&r.party),
            Self::Restoration(r) => Some(&r.party),
            Self::Assignment(r) => Some(&r.party),
            Self::Reminder(r) => Some(&r.party),
            Self::JointPunishment(r) => Some(&r.party),
            Self::Lift(r) => Some(&r.party),
            Self::Publication(r) => Some(&r.party),
            Self::Feedback(_) | Self::MeasureFeedback(_) | Self::Recall(_) | Self::Notice(_) | Self::Receipt(_) => None,
        }
    }

    /// The sender's own number for what it reports (案件编号, 任务号, 工单号 …).
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        match self {
            Self::Finding(r) => Some(&r.reference),
            Self::Feedback(r) => Some(&r.reference),
            Self::Penalty(r) => Some(&r.reference),
            Self::Complaint(r) => Some(&r.reference),
            Self::LedgerEntry(r) => Some(&r.reference),
            Self::Indicator(r) => Some(&r.reference),
            Self::Alarm(r) => Some(&r.reference),
            Self::MeasureFeedback(r) => Some(&r.reference),
            Self::Restoration(r) => Some(&r.reference),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_is_the_tag_and_the_version_is_written() {
        let receipt = Record::Receipt(Box::new(Receipt {
            schema_version: SCHEMA_VERSION,
            direction: Direction::ToAgency,
            message_id: crate::MessageId::parse("m-1").unwrap(),
            outcome: ReceiptOutcome::Accepted,
            code: None,
            text: "已受理".into(),
            rows: Vec::new(),
            case_numbers: Vec::new(),
        }));
        let json = serde_json::to_value(&receipt).unwrap();
        assert_eq!(json["kind"], receipt.kind());
        assert_eq!(json["schema_version"], 1);
        assert_eq!(serde_json::from_value::<Record>(json).unwrap(), receipt);
    }

    #[test]
    fn another_schema_version_is_refused() {
        let json = serde_json::json!({"kind": "notice", "schema_version": 2, "title": "t", "text": "x"});
        assert!(serde_json::from_value::<Record>(json).unwrap_err().to_string().contains("schema_version"));
    }
}
