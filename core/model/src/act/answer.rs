//! What the receivers of an act answer to it: whether each applies a joint punishment, whether each ended it, and whether the credit
//! system published an entry.

use serde::{Deserialize, Serialize};

use super::ActKind;
use crate::{AgencyId, UtcTime};

/// Where one receiver's answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerStatus {
    /// 待反馈.
    Awaited,
    /// 逾期未反馈: the deadline passed, and a person was told.
    Overdue,
    /// 已落实, 已公示.
    Applied,
    /// 未落实, 未被接收: the receiver said why.
    Refused,
}

impl AnswerStatus {
    /// As officials read it, of an act of this kind.
    #[must_use]
    pub fn to_chinese(self, kind: ActKind) -> &'static str {
        match (self, kind.is_published()) {
            (Self::Awaited, false) => "待反馈",
            (Self::Overdue, false) => "逾期未反馈",
            (Self::Applied, false) => "已落实",
            (Self::Refused, false) => "未落实",
            (Self::Awaited, true) => "待公示系统回执",
            (Self::Overdue, true) => "逾期未获回执",
            (Self::Applied, true) => "已公示",
            (Self::Refused, true) => "未被公示系统接收",
        }
    }

    /// Whether the receiver still owes an answer.
    #[must_use]
    pub fn is_owed(self) -> bool {
        matches!(self, Self::Awaited | Self::Overdue)
    }
}

/// That a message is not sent any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Why, as the last attempt's row has it.
    pub reason: String,
    /// Whether it is certain that the receiver took none of its attempts; else one of them may have been taken.
    pub was_never_taken: bool,
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
    /// While it is owed: that the message which carries the act to the receiver is not sent any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// Since when the entry is public, where an earlier message made it so and it was sent anew since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was_public_since: Option<UtcTime>,
}

impl ActAnswer {
    /// The answer that an agency owes.
    #[must_use]
    pub fn awaited(agency: AgencyId) -> Self {
        Self {
            agency,
            status: AnswerStatus::Awaited,
            text: String::new(),
            reference: String::new(),
            received_at: None,
            stopped: None,
            was_public_since: None,
        }
    }

    /// Whether the message was given up, and certainly taken by nobody.
    #[must_use]
    pub fn was_never_taken(&self) -> bool {
        self.stopped.as_ref().is_some_and(|stopped| stopped.was_never_taken)
    }

    /// Since when the receiver has the entry public, by what it said first; `None` while it never said so.
    #[must_use]
    pub fn public_since(&self) -> Option<UtcTime> {
        let applied_at = self.received_at.filter(|_| self.status == AnswerStatus::Applied);
        self.was_public_since.or(applied_at)
    }
}
