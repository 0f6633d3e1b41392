//! Objections to what was published (公示后异议, 企业经营异常名录管理办法 article 16): filed, accepted or not, decided. While one is open the
//! entry stays public; when it is upheld, a correction is proposed.

use serde::{Deserialize, Serialize};

use crate::UtcTime;
use crate::case::Deadline;

/// An objection to a published act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// What the entity says.
    pub text: String,
    /// When it was filed here.
    pub filed_at: UtcTime,
    /// Where it stands.
    pub status: ObjectionStatus,
    /// By when the next step is due; none once it is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Deadline>,
    /// Whether a person was told that the step is overdue.
    #[serde(default)]
    pub is_overdue: bool,
    /// Why it was not accepted, upheld or dismissed; empty before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub outcome: String,
}

/// Where an objection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectionStatus {
    /// 待决定是否受理.
    Filed,
    /// 已受理, 核实中.
    Accepted,
    /// 不予受理.
    NotAccepted,
    /// 异议成立: the act is to be corrected.
    Upheld,
    /// 异议不成立.
    Dismissed,
}

impl ObjectionStatus {
    /// As officials read it.
    #[must_use]
    pub fn to_chinese(self) -> &'static str {
        match self {
            Self::Filed => "待决定是否受理",
            Self::Accepted => "已受理，核实中",
            Self::NotAccepted => "不予受理",
            Self::Upheld => "异议成立",
            Self::Dismissed => "异议不成立",
        }
    }

    /// Whether somebody still has to decide.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Filed | Self::Accepted)
    }
}

/// A step about an objection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectionStep {
    /// 提出异议: an officer registers it.
    File,
    /// 受理.
    Accept,
    /// 不予受理.
    Reject,
    /// 异议成立: a correction is proposed.
    Uphold,
    /// 异议不成立.
    Dismiss,
}

impl ObjectionStep {
    /// As officials read it.
    #[must_use]
    pub fn to_chinese(self) -> &'static str {
        match self {
            Self::File => "登记异议",
            Self::Accept => "受理异议",
            Self::Reject => "不予受理异议",
            Self::Uphold => "认定异议成立",
            Self::Dismiss => "认定异议不成立",
        }
    }
}

/// What an officer asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionRequest {
    /// Which step.
    pub step: ObjectionStep,
    /// What the entity says, or why it is decided so.
    pub text: String,
}
