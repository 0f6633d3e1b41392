//! Records that the gateway sends; [`Receipt`] goes in both directions.

use serde::{Deserialize, Serialize};

use super::shared::{Party, SchemaVersion};
use crate::personal::PersonName;
use crate::{AgencyId, AssignmentId, CaseNumber, CivilDate, ClauseId, MessageId, UtcTime};

/// 派遣: a case goes to an agency, which must answer by `due_at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Assignment {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// The assignment's number; feedback names it.
    pub assignment: AssignmentId,
    /// The case.
    pub case_number: CaseNumber,
    /// Who must act.
    pub agency: AgencyId,
    /// `lead` (主办) or `co` (协办).
    pub role: String,
    /// The clause of the measure that says so.
    pub clause: ClauseId,
    /// What kind of matter, by the policy's category.
    pub category: String,
    /// The category in Chinese.
    pub category_name: String,
    /// Whom it is about.
    pub party: Party,
    /// One line.
    pub title: String,
    /// What was found.
    pub text: String,
    /// Who found it.
    pub source_agency: AgencyId,
    /// The finder's own number.
    pub source_reference: String,
    /// When the gateway decided.
    pub assigned_at: UtcTime,
    /// By when the agency must answer.
    pub due_at: UtcTime,
}

/// 督办: an assignment is to be accepted, its deadline is near, or it has passed without an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reminder {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// The assignment.
    pub assignment: AssignmentId,
    /// The case.
    pub case_number: CaseNumber,
    /// Who must act.
    pub agency: AgencyId,
    /// The clause of the measure.
    pub clause: ClauseId,
    /// Whom the case is about.
    pub party: Party,
    /// One line; before the deadline it begins with what the agency is asked to do.
    pub title: String,
    /// When the answer is or was due.
    pub due_at: UtcTime,
    /// Which reminder after the deadline, counted from 1; 0 before it (接收提醒, 临期提醒).
    pub level: u32,
    /// When the gateway decided.
    pub sent_at: UtcTime,
}

/// 撤回派遣.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recall {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// The assignment that no longer stands.
    pub assignment: AssignmentId,
    /// Why.
    pub reason: String,
}

/// 联合惩戒: a request to apply a measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JointPunishment {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// The request's number.
    pub request: String,
    /// Against whom.
    pub party: Party,
    /// Code in 全国失信惩戒措施基础清单.
    pub measure_code: String,
    /// Legal basis.
    pub legal_basis: String,
    /// When the measure ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<CivilDate>,
    /// By when the agency must answer.
    pub due_at: UtcTime,
}

/// 解除联合惩戒.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lift {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// The request that is lifted.
    pub request: String,
    /// For whom.
    pub party: Party,
    /// Why: repair, expiry or annulment.
    pub reason: String,
}

/// 通知: something that an agency must know or do beside an assignment, such as a decided suspension of an address.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Notice {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// One line.
    pub title: String,
    /// The notice.
    pub text: String,
    /// What was decided, where the notice carries out a legal act: `suspend`, `resume`, `cancel`, `interview`, `rectify` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
    /// Whom or which address it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<Party>,
    /// The cluster address's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_address: Option<String>,
    /// The case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_number: Option<CaseNumber>,
    /// The clause of the measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<ClauseId>,
    /// Document number of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// By when to act, where there is a date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<UtcTime>,
}

/// 公示: an entry of the abnormal-operations list for the credit system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Publication {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// Idempotency key `BusExcList`.
    pub entry: String,
    /// Whom.
    pub party: Party,
    /// `list_in`, `list_out` or `correction`.
    pub act: String,
    /// Cause or removal code of the credit system.
    pub cause: String,
    /// The cause or removal in words, as the credit system's own table has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause_name: Option<String>,
    /// What was found, as the decision says it (`AnomalyRea`, `RemoveRea`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Document number of the decision.
    pub decision: String,
    /// When it was decided.
    pub decided_on: CivilDate,
    /// The deciding authority's six-digit code (`DecOrg`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority_code: Option<String>,
    /// The deciding authority (`DecorgCN`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// 主体身份代码 of the registration system (`PriPID`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<String>,
    /// Registration number of entities from before the unified code (`RegNO`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_number: Option<String>,
    /// 法定代表人 (`LeRep`): the name only, never a number of an identity card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub representative: Option<PersonName>,
}

/// Who a receipt goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The gateway confirms a message of the agency.
    ToAgency,
    /// The agency confirms a message of the gateway.
    FromAgency,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReceiptOutcome {
    /// Everything in it was taken.
    Accepted,
    /// Some rows were refused.
    Partial,
    /// Nothing could be used.
    Refused,
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RowResult {
    /// The row, counted from 1.
    pub row: u32,
    /// Fault code.
    pub code: String,
    /// What is wrong and what to do.
    pub text: String,
}

/// 回执: what became of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// Who confirms to whom.
    pub direction: Direction,
    /// The message confirmed.
    pub message_id: MessageId,
    /// What became of it.
    pub outcome: ReceiptOutcome,
    /// Fault code, where refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// In words.
    pub text: String,
    /// The rows that were refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowResult>,
    /// The cases that the message opened or joined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub case_numbers: Vec<CaseNumber>,
}
