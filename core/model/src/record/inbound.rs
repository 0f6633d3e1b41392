//! Records that agencies send.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::shared::{Attachment, Issue, Party, Person, SchemaVersion};
use crate::money::{DecimalText, Fen};
use crate::{AssignmentId, CivilDate, UtcTime};

/// 检查发现、线索: something an agency found at or about an entity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// The sender's own number (案件编号, 任务号).
    pub reference: String,
    /// Whom it is about.
    pub party: Party,
    /// What is wrong, by the sender's code table.
    pub issue: Issue,
    /// One line.
    pub title: String,
    /// The whole description.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// When it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_at: Option<UtcTime>,
    /// When the sender wants an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<UtcTime>,
    /// The sender's handling stage (CJ/T 315 `03` 任务派遣 …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Legal basis of the transfer, as the sender cites it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// People concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
    /// Evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Further fields of the format that have no place above, by the format's own names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// What became of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FeedbackResult {
    /// 已接收.
    Accepted,
    /// 退回: not this agency's duty; `text` says why.
    Returned,
    /// 办理中.
    InProgress,
    /// 已办结.
    Done,
}

/// 处置反馈: an agency's answer to an assignment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Feedback {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// The sender's own number.
    pub reference: String,
    /// The assignment answered.
    pub assignment: AssignmentId,
    /// What became of it.
    pub result: FeedbackResult,
    /// What was done.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UtcTime>,
    /// Evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// 行政处罚, after the 双公示 fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Penalty {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// 决定书文号.
    pub reference: String,
    /// Who was punished.
    pub party: Party,
    /// 违法行为类型.
    pub violation: String,
    /// 处罚类别, joined by `;`.
    pub category: String,
    /// 处罚内容.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// 罚款金额.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine: Option<Fen>,
    /// 没收.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forfeit: Option<Fen>,
    /// 决定日期.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_on: Option<CivilDate>,
    /// 处罚机关.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// 处罚依据, as the sender cites it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// 公示截止期.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_until: Option<CivilDate>,
    /// Further fields of the format that have no place above, by the format's own names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// 投诉、举报. Carries nothing about who complains (投诉举报处理暂行办法 art. 33).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Complaint {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// 工单号.
    pub reference: String,
    /// Whom it is about.
    pub party: Party,
    /// 投诉 or 举报, by the sender's code table.
    pub issue: Issue,
    /// What is said.
    pub text: String,
    /// When it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<UtcTime>,
    /// When an answer is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<UtcTime>,
    /// Money in dispute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Fen>,
    /// How often the same was said before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_count: Option<u32>,
    /// Further fields of the format that have no place above, by the format's own names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// What an entry of the ledger is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LedgerSubject {
    /// 集群注册经营主体 at an address (一户一档).
    #[default]
    Tenant,
    /// 集群注册地址.
    Address,
    /// 主办单位.
    HostUnit,
    /// 运营单位.
    OperatorUnit,
}

/// 台账、一户一档: one entity at one cluster address, or an address or unit itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerEntry {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// What the entry is about.
    #[serde(default)]
    pub subject: LedgerSubject,
    /// The sender's own number.
    pub reference: String,
    /// The entity: the tenant, or the unit that the entry is about; for an address, the address.
    pub party: Party,
    /// 主办单位.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_unit: Option<String>,
    /// 运营单位.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_unit: Option<String>,
    /// The cluster address's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_address: Option<String>,
    /// When the entry was last confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_on: Option<CivilDate>,
    /// Where the entry stands, such as `filed`, `active`, `suspended`, `cancelled`, `moved_out`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Further fields of the format that have no place above, by the format's own names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// One reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Measurement {
    /// What is measured, by the format's code (HJ 212 `a24088`).
    pub factor: String,
    /// Which value of it: `rtd`, `min`, `avg`, `max`, `cou`, `zs_rtd` …
    pub statistic: String,
    /// The value as it was written: no float touches it.
    pub value: DecimalText,
    /// Data flag (HJ 212: N normal, F stopped, M maintenance, D fault …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
}

/// What a facility does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FacilityState {
    /// The facility at the site (HJ 212 `SB1`).
    pub facility: String,
    /// `off`, `running`, `calibrating`, `maintenance`, `alarm`, `blowing`, or `code-<n>` where unknown.
    pub state: String,
}

/// 监测指标: readings and states at one time at one device.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Indicator {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// The sender's own number of the report.
    pub reference: String,
    /// The entity or its device.
    pub party: Party,
    /// Which report it is: `realtime`, `minute`, `hour`, `day`, `facility_state`, `site_log` …
    pub period: String,
    /// The time that the values stand for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_time: Option<UtcTime>,
    /// Readings, in the order of the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurements: Vec<Measurement>,
    /// Facility states, in the order of the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facilities: Vec<FacilityState>,
    /// Free text of the site (HJ 212 `i11001-Info`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// Further fields, by the format's own names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// 报警、预警: an event that opens no case by itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Alarm {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// The sender's own number.
    pub reference: String,
    /// Whom it is about.
    pub party: Party,
    /// What kind of event.
    pub issue: Issue,
    /// What happened.
    pub text: String,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UtcTime>,
    /// Severity, by the format's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Further fields of the format that have no place above, by the format's own names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// 惩戒措施反馈: an agency's answer to a joint punishment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MeasureFeedback {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// The sender's own number.
    pub reference: String,
    /// The request answered.
    pub request: String,
    /// Whether the agency applies the measure.
    pub applied: bool,
    /// What was done, or why not.
    pub text: String,
    /// When it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UtcTime>,
}

/// 信用修复.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Restoration {
    /// Schema version.
    pub schema_version: SchemaVersion,
    /// The sender's own number.
    pub reference: String,
    /// Whose credit is restored.
    pub party: Party,
    /// What is restored: a penalty's or a listing's number.
    pub restores: String,
    /// When it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_on: Option<CivilDate>,
    /// Further fields of the format that have no place above, by the format's own names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}
