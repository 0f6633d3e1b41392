//! What the receivers of an act answer to it: whether each applies a joint punishment, and whether each ended it.

use serde::{Deserialize, Serialize};

use crate::{AgencyId, UtcTime};

/// Where one receiver's answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerStatus {
    /// 待反馈.
    Awaited,
    /// 逾期未反馈: the deadline passed, and a person was told.
    Overdue,
    /// 已落实.
    Applied,
    /// 未落实: the receiver said why.
    Refused,
}

impl AnswerStatus {
    /// As officials read it.
    #[must_use]
    pub fn to_chinese(self) -> &'static str {
        match self {
            Self::Awaited => "待反馈",
            Self::Overdue => "逾期未反馈",
            Self::Applied => "已落实",
            Self::Refused => "未落实",
        }
    }

    /// Whether the receiver still owes an answer.
    #[must_use]
    pub fn is_owed(self) -> bool {
        matches!(self, Self::Awaited | Self::Overdue)
    }
}

/// One receiver's answer (惩戒措施反馈).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActAnswer {
    /// Whose.
    pub agency: AgencyId,
    /// Where it stands.
    pub status: AnswerStatus,
    /// What was done, or why not; empty while it is owed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The receiver's own number of the answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// When the gateway got it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<UtcTime>,
}

impl ActAnswer {
    /// The answer that an agency owes.
    #[must_use]
    pub fn awaited(agency: AgencyId) -> Self {
        Self { agency, status: AnswerStatus::Awaited, text: String::new(), reference: String::new(), received_at: None }
    }
}
