//! What an officer asks to have done with a case (六（二）: 建立工作闭环管理机制).

use serde::{Deserialize, Serialize};

use crate::policy::{Clock, Role};
use crate::record::FeedbackResult;
use crate::{AgencyId, AssignmentId, ClauseId};

/// One step at the case desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum CaseRequest {
    /// 分派: what no rule assigned, or what was returned, goes to an agency.
    Assign {
        /// Who must act.
        agency: AgencyId,
        /// As what.
        role: Role,
        /// How long it has.
        clock: Clock,
        /// Why, in Chinese.
        reason: String,
        /// The clause behind it; the case's where absent.
        #[serde(default)]
        clause: Option<ClauseId>,
        /// The returned assignment that it takes the place of; where absent the first one with the same role, else the first.
        #[serde(default)]
        replaces: Option<AssignmentId>,
    },
    /// 办理: an answer to an assignment of an agency in the house, which has no link to answer through.
    Answer {
        /// The assignment.
        assignment: AssignmentId,
        /// What became of it.
        result: FeedbackResult,
        /// What was done, or why it is returned; must be there for these two.
        #[serde(default)]
        text: String,
    },
    /// 核查: whether what was fed back settles the matter.
    Verify {
        /// Whether it does.
        outcome: VerifyOutcome,
        /// Why; must be there where it failed.
        #[serde(default)]
        reason: String,
        /// Of the assignments that are done, those to be done again, where it failed; all of them where empty.
        #[serde(default)]
        assignments: Vec<AssignmentId>,
        /// How long their agencies have; as long as the rule says where absent.
        #[serde(default)]
        clock: Option<Clock>,
    },
    /// 结案 without verification: nobody has to act.
    Close {
        /// Why.
        reason: String,
    },
    /// 中止计时.
    Suspend {
        /// Why.
        reason: String,
    },
    /// 恢复计时.
    Resume {
        /// Why.
        reason: String,
    },
    /// 重新办理 of a closed case.
    Reopen {
        /// Why.
        reason: String,
    },
}

impl CaseRequest {
    /// The step, as officials name it.
    #[must_use]
    pub fn to_chinese(&self) -> &'static str {
        match self {
            Self::Assign { .. } => "分派",
            Self::Answer { .. } => "办理",
            Self::Verify { .. } => "核查",
            Self::Close { .. } => "结案",
            Self::Suspend { .. } => "中止计时",
            Self::Resume { .. } => "恢复计时",
            Self::Reopen { .. } => "重新办理",
        }
    }
}

/// What came of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifyOutcome {
    /// 核查通过.
    Passed,
    /// 核查不通过.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_read_back_and_strangers_are_refused() {
        let texts = [
            r#"{"step":"assign","agency":"fire","role":"lead","clock":{"amount":5,"unit":"working_day"},"reason":"r","clause":null,"replaces":null}"#,
            r#"{"step":"verify","outcome":"failed","reason":"r","assignments":["TZ-2026-0000001/1"],"clock":null}"#,
            r#"{"step":"answer","assignment":"TZ-2026-0000001/1","result":"done","text":"t"}"#,
            r#"{"step":"close","reason":"r"}"#,
            r#"{"step":"suspend","reason":"r"}"#,
            r#"{"step":"resume","reason":"r"}"#,
            r#"{"step":"reopen","reason":"r"}"#,
        ];
        for text in texts {
            let request: CaseRequest = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
        }
        for wrong in
            [r#"{"step":"close"}"#, r#"{"step":"close","reason":"r","more":1}"#, r#"{"step":"burn","reason":"r"}"#]
        {
            assert!(serde_json::from_str::<CaseRequest>(wrong).is_err(), "{wrong}");
        }
    }
}
