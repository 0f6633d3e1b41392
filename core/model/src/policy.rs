//! The policy as data: rules that cite the measure, with conditions in CEL. The engine compiles and applies it.

mod indicator;
mod propose;

use serde::{Deserialize, Serialize};

pub use indicator::{Indicator, IndicatorSubject, Kept, Threshold};
pub use propose::{Expiry, Propose};

use crate::{AgencyId, CivilDate, ClauseId, RuleId};

/// One policy file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyDocument {
    /// The policy's id, such as `tongzhou-cluster-address`.
    pub id: String,
    /// Its version; every step of a case's history names it.
    pub version: String,
    /// The measure's title.
    pub title: String,
    /// Where the text comes from.
    pub source: String,
    /// First day on which the rules apply.
    pub effective_from: CivilDate,
    /// Last day on which they apply.
    #[serde(default)]
    pub effective_to: Option<CivilDate>,
    /// Categories that rules may use.
    #[serde(default, rename = "category")]
    pub categories: Vec<Category>,
    /// The rules, all of which are tried.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
    /// How late assignments are followed up.
    pub reminders: Reminders,
    /// Who decides legal acts under it; without one nothing can be published.
    #[serde(default)]
    pub authority: Option<Authority>,
    /// What is kept in the entities' files (一户一档).
    #[serde(default)]
    pub kept: Kept,
    /// What is counted over the entities' files, and what follows from it.
    #[serde(default, rename = "indicator")]
    pub indicators: Vec<Indicator>,
    /// What is proposed when a decided act ends by itself.
    #[serde(default)]
    pub expiry: Option<Expiry>,
}

/// The deciding authority (作出决定机关), as publications name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Six digits, GB/T 2260.
    pub code: String,
    /// Full name.
    pub name: String,
}

/// What kind of matter a case is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Id, such as `lost_contact`.
    pub id: String,
    /// Chinese name.
    pub name: String,
}

/// One rule: when a record matches, a case of a category is opened or joined, and agencies are assigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Id, unique in the policy.
    pub id: RuleId,
    /// Version of the rule, raised with every change.
    pub version: u32,
    /// The clause it carries out.
    pub clause: ClauseId,
    /// Record kinds it looks at.
    pub kinds: Vec<String>,
    /// CEL condition over `record` (the record's JSON) and `sender` (an agency id). A field that is absent makes the
    /// condition false.
    pub when: String,
    /// Category of the case.
    pub category: String,
    /// Why, in Chinese, for the case history.
    pub reason: String,
    /// First day on which the rule applies; the policy's when absent.
    #[serde(default)]
    pub effective_from: Option<CivilDate>,
    /// Last day on which it applies; the policy's when absent.
    #[serde(default)]
    pub effective_to: Option<CivilDate>,
    /// Who must act.
    #[serde(default)]
    pub assign: Vec<Assign>,
    /// Legal acts that are proposed; two persons decide each.
    #[serde(default)]
    pub propose: Vec<Propose>,
}

/// One agency that a rule assigns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// The agency.
    pub to: AgencyId,
    /// 主办 or 协办.
    pub role: Role,
    /// How long it has.
    pub clock: Clock,
}

/// 主办 or 协办.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 主办.
    Lead,
    /// 协办.
    Co,
}

impl Role {
    /// As stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Co => "co",
        }
    }

    /// As officials read it.
    #[must_use]
    pub fn to_chinese(self) -> &'static str {
        match self {
            Self::Lead => "主办",
            Self::Co => "协办",
        }
    }
}

/// A length of time and how it is counted (民法典 201, 203: the first day does not count).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// How many.
    pub amount: u16,
    /// Of what.
    pub unit: ClockUnit,
}

/// What a clock counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockUnit {
    /// 工作日.
    WorkingDay,
    /// 自然日: a last day off rolls to the next working day.
    CalendarDay,
    /// 小时.
    Hour,
}

/// How late assignments are followed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminders {
    /// Most reminders (督办) for one assignment; after the last one the case is escalated.
    pub count_max: u32,
    /// From one to the next.
    pub interval: Clock,
}
