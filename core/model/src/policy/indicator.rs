//! Indicators (指标): what is counted over the entities' files (一户一档), from which number on somebody must act, and what is
//! proposed then.

use serde::{Deserialize, Serialize};

use super::{Assign, Propose};
use crate::{ClauseId, RuleId};

/// What of an entity's records is kept in its file, beside ledger entries, complaints, penalties and restorations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Periods of indicator records, such as `inspection` and `annual_report`. Readings of devices come by the minute and
    /// belong to no file.
    #[serde(default)]
    pub periods: Vec<String>,
}

/// Whose indicator it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorSubject {
    /// 主办单位: counted over the files that its ledger names.
    HostUnit,
    /// 经营主体: counted in its own file.
    Entity,
}

/// From which number on somebody must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Threshold {
    /// The count is at least this.
    AtLeast(u32),
    /// The share of the base, in percent, is below this.
    BelowPercent(u32),
    /// The share of the base, in percent, is at least this.
    AtLeastPercent(u32),
}

/// One indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Id, unique among the policy's rules.
    pub id: RuleId,
    /// Version of the rule, raised with every change.
    pub version: u32,
    /// The clause it carries out.
    pub clause: ClauseId,
    /// Whose it is.
    pub subject: IndicatorSubject,
    /// Category of the case.
    pub category: String,
    /// What is counted, in Chinese, such as `提供虚假材料骗取登记的户数`.
    pub name: String,
    /// CEL over `file` (an entity's file as JSON): true or false, or a whole number; summed over the files.
    pub count: String,
    /// CEL as `count`; what the share is of.
    #[serde(default)]
    pub base: Option<String>,
    /// The least base of which a share is taken.
    #[serde(default)]
    pub base_min: u32,
    /// When somebody must act.
    pub threshold: Threshold,
    /// Days in which it is not raised again after its case was closed.
    pub rest_days: u16,
    /// Who must act.
    #[serde(default)]
    pub assign: Vec<Assign>,
    /// Acts that are proposed, in this order: the first at once, each next one when the one before is decided, its time is over
    /// and the number is still the same or worse.
    #[serde(default)]
    pub propose: Vec<Propose>,
}
