//! The policy as data: rules that cite the measure, with conditions in CEL. The engine compiles and applies it.

mod indicator;
mod propose;

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

pub use indicator::{Indicator, IndicatorSubject, Kept, Threshold};
pub use propose::{Expiry, Propose};

use crate::act::ActKind;
use crate::id::IdError;
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
    /// The clocks of the steps before and after a deadline; without them only the deadline counts.
    #[serde(default)]
    pub steps: Steps,
    /// Who decides legal acts under it; without one nothing can be published.
    #[serde(default)]
    pub authority: Option<Authority>,
    /// By when a decided act must be public, and how long the steps of an objection may take.
    #[serde(default)]
    pub publication: PublicationClocks,
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

/// The clocks of publication (企业经营异常名录管理办法). A clock that is absent does not run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicationClocks {
    /// 列入: from the proposal (查实) to the credit system's receipt.
    #[serde(default)]
    pub list_in: Option<Clock>,
    /// 移出, likewise.
    #[serde(default)]
    pub list_out: Option<Clock>,
    /// 更正, likewise.
    #[serde(default)]
    pub correction: Option<Clock>,
    /// From the receipt: how long an objection may be filed.
    #[serde(default)]
    pub object: Option<Clock>,
    /// From the filing: by when it must be accepted or not.
    #[serde(default)]
    pub accept: Option<Clock>,
    /// From the acceptance: by when it must be decided.
    #[serde(default)]
    pub verify: Option<Clock>,
}

impl PublicationClocks {
    /// The clock of an act's publication.
    #[must_use]
    pub fn of(&self, kind: ActKind) -> Option<Clock> {
        match kind {
            ActKind::ListIn => self.list_in,
            ActKind::ListOut => self.list_out,
            ActKind::Correction => self.correction,
            _ => None,
        }
    }
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
    /// The agency, or how it is found.
    pub to: AssignTo,
    /// 主办 or 协办.
    pub role: Role,
    /// How long it has.
    pub clock: Clock,
    /// Who gets it, with the same clock counted anew, when the one before returns it (非本单位职责), in order; after the last
    /// one a person says.
    #[serde(default)]
    pub next: Vec<AssignTo>,
}

/// Who is assigned: an agency, or the one that the case leads to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum AssignTo {
    /// That agency.
    Agency(AgencyId),
    /// `@town`: the township agency of the party's town.
    Town,
    /// `@sender`: whoever reported.
    Sender,
}

impl AssignTo {
    /// The selectors, as policies write them.
    pub const SELECTORS: [&'static str; 2] = ["@town", "@sender"];

    /// Reads an agency's id or a selector.
    ///
    /// # Errors
    /// [`IdError`] where it is neither.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        match text {
            "@town" => Ok(Self::Town),
            "@sender" => Ok(Self::Sender),
            id => AgencyId::parse(id).map(Self::Agency),
        }
    }

    /// The agency, where it is named.
    #[must_use]
    pub fn agency(&self) -> Option<&AgencyId> {
        match self {
            Self::Agency(agency) => Some(agency),
            Self::Town | Self::Sender => None,
        }
    }
}

impl fmt::Display for AssignTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agency(agency) => agency.as_str(),
            Self::Town => "@town",
            Self::Sender => "@sender",
        })
    }
}

impl TryFrom<String> for AssignTo {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl Serialize for AssignTo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
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

/// The clocks of the steps of the closed loop beside the deadline itself; each may be absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// How long an agency has to accept or return an assignment.
    #[serde(default)]
    pub accept: Option<Clock>,
    /// How long before the deadline its agency is told that it is near (临期提醒).
    #[serde(default)]
    pub remind_before: Option<Clock>,
    /// How long the bureau has to verify, after everything is fed back.
    #[serde(default)]
    pub verify: Option<Clock>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_to_assign_reads_back() {
        for text in ["police", "@town", "@sender"] {
            let to: AssignTo = serde_json::from_value(text.into()).unwrap();
            assert_eq!((to.to_string(), serde_json::to_value(&to).unwrap()), (text.to_owned(), text.into()));
            assert_eq!(to.agency().is_none(), AssignTo::SELECTORS.contains(&text));
        }
        for wrong in ["@nobody", "", "@Town", "Police!"] {
            assert!(AssignTo::parse(wrong).is_err(), "{wrong}");
        }
    }
}
