//! Legal acts that the policy proposes. Two persons decide each; the machine decides none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Clock;
use crate::act::ActKind;
use crate::{AgencyId, ClauseId, RuleId};

/// One act to be proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// Which act. One that takes another back is proposed for each act of that kind that stands against the entity.
    pub act: ActKind,
    /// Why, in Chinese.
    pub reason: String,
    /// Cause or removal codes of the credit system by the first two digits of the entity's credit code (`91` enterprises,
    /// `92` individual businesses); `other` for all others.
    #[serde(default)]
    pub causes: BTreeMap<String, String>,
    /// Code in 全国失信惩戒措施基础清单.
    #[serde(default)]
    pub measure_code: Option<String>,
    /// Legal basis of a joint punishment.
    #[serde(default)]
    pub legal_basis: Option<String>,
    /// For how many days a joint punishment holds, from the day on which it is proposed.
    #[serde(default)]
    pub days: Option<u16>,
    /// Who is told, where it does not follow from the act. Of the acts about a host unit, the host unit is told as well.
    #[serde(default)]
    pub receivers: Vec<AgencyId>,
    /// How long the receivers have to answer or act.
    #[serde(default)]
    pub clock: Option<Clock>,
}

/// What is proposed when a decided joint punishment's last day is over: that it is lifted at everybody who got it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expiry {
    /// Id, unique among the policy's rules.
    pub id: RuleId,
    /// Version of the rule, raised with every change.
    pub version: u32,
    /// The clause it carries out.
    pub clause: ClauseId,
    /// Why, in Chinese.
    pub reason: String,
    /// How long the receivers have to say that they ended it.
    pub clock: Clock,
}
