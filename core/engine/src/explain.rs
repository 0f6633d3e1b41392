//! Why a record was or was not a rule's: every rule of its kind, with what speaks against it.
//!
//! The answer is made from the same guards and conditions that decide. It is about the rules that are loaded now, on the
//! day that is asked for; what older versions said stands in the case's history.

use std::collections::BTreeSet;

use xiezhi_model::policy::Rule;
use xiezhi_model::{AgencyId, CivilDate, Record};

use crate::condition::Verdict;
use crate::condition::guard::Guard;
use crate::rules::CompiledRule;
use crate::{Engine, route};

/// One rule and what it says of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consideration {
    /// The rule.
    pub rule: Rule,
    /// `<policy id>@<version>/<rule version>`, as the case's history names it.
    pub rule_version: String,
    /// The category in Chinese.
    pub category_name: String,
    /// Whether it matches, and why not.
    pub outcome: Outcome,
    /// The outcome in Chinese, with the names of agencies.
    pub reason: String,
}

/// What a rule says of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It matches.
    Matches,
    /// It was not in force on the day.
    NotInForce {
        /// First day of the rule.
        from: CivilDate,
        /// Last day of the rule.
        to: Option<CivilDate>,
    },
    /// It needs another code, code system or sender; every difference.
    Differs(Vec<Difference>),
    /// Code, code system and sender are what it needs; the rest of its condition is false, or a field is absent.
    ConditionFalse,
    /// Its condition cannot be judged; why, in Chinese.
    Undecided(&'static str),
}

/// What a rule needs of a record and what the record has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Of what.
    pub part: Part,
    /// The values of which the rule needs one; empty when no value can ever do.
    pub wanted: BTreeSet<String>,
    /// What the record has.
    pub found: Option<String>,
}

/// What guards look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The issue's code system.
    CodeSystem,
    /// The issue's code.
    Code,
    /// Who sent the record.
    Sender,
}

impl Part {
    /// As programs read it: the path in the condition.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CodeSystem => "record.issue.code_system",
            Self::Code => "record.issue.code",
            Self::Sender => "sender",
        }
    }

    /// As officials read it.
    #[must_use]
    pub fn to_chinese(self) -> &'static str {
        match self {
            Self::CodeSystem => "编码体系",
            Self::Code => "问题编码",
            Self::Sender => "报送单位",
        }
    }
}

impl Outcome {
    /// As programs read it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Matches => "matches",
            Self::NotInForce { .. } => "not_in_force",
            Self::Differs(_) => "differs",
            Self::ConditionFalse => "condition_false",
            Self::Undecided(_) => "undecided",
        }
    }
}

impl Engine {
    /// Every rule that looks at records of this kind, in the order in which they are tried, and what each says of the
    /// record if it was received from `sender` on this day. Empty for a kind that no rule looks at.
    ///
    /// Deterministic; costs one evaluation for each rule whose code, code system and sender fit.
    #[must_use]
    pub fn explain(&self, record: &Record, sender: &AgencyId, on: CivilDate) -> Vec<Consideration> {
        let Some(record) = self.resolver.resolve_record(record, sender, on) else { return Vec::new() };
        let facts = self.language.facts(&record, sender);
        let rules = self.rules.all().iter().filter(|rule| rule.rule.kinds.iter().any(|kind| kind == record.kind()));
        let consider = |rule: &CompiledRule| {
            let outcome = if rule.active(on) {
                let differences = differences(&rule.condition.guard, &record, sender);
                match differences.is_empty() {
                    false => Outcome::Differs(differences),
                    true => match rule.condition.evaluate(&facts) {
                        Verdict::Holds => Outcome::Matches,
                        Verdict::Fails => Outcome::ConditionFalse,
                        Verdict::Undecided(why) => Outcome::Undecided(why),
                    },
                }
            } else {
                Outcome::NotInForce { from: rule.from, to: rule.to }
            };
            Consideration {
                rule: rule.rule.clone(),
                rule_version: rule.rule_version.clone(),
                category_name: rule.category_name.clone(),
                reason: self.reason(&outcome, rule),
                outcome,
            }
        };
        rules.map(consider).collect()
    }

    fn reason(&self, outcome: &Outcome, rule: &CompiledRule) -> String {
        match outcome {
            Outcome::Matches => rule.rule.reason.clone(),
            Outcome::NotInForce { from, to: Some(to) } => format!("收到当日规则不在施行期内（{from}至{to}）"),
            Outcome::NotInForce { from, to: None } => format!("收到当日规则尚未施行（{from}起施行）"),
            Outcome::Differs(differences) => {
                let texts: Vec<String> = differences.iter().map(|difference| self.difference(difference)).collect();
                texts.join("；")
            }
            Outcome::ConditionFalse => {
                let when: Vec<&str> = rule.rule.when.split_whitespace().collect();
                format!("编码和报送单位相符，其余条件不满足或所需字段缺失（条件：{}）", when.join(" "))
            }
            Outcome::Undecided(why) => format!("条件无法判断：{why}"),
        }
    }

    fn difference(&self, difference: &Difference) -> String {
        let shown = |value: &str| match (difference.part, AgencyId::parse(value)) {
            (Part::Sender, Ok(id)) => self.agency_name(&id).to_owned(),
            _ => value.to_owned(),
        };
        let part = difference.part.to_chinese();
        let found = difference.found.as_deref().map_or_else(|| "无".to_owned(), shown);
        let wanted: Vec<String> = difference.wanted.iter().map(|value| shown(value)).collect();
        match wanted.is_empty() {
            true => format!("{part}条件自相矛盾，任何报送都不适用"),
            false => format!("{part}不符：规则要求{}，本件为{found}", wanted.join("或")),
        }
    }
}

fn differences(guard: &Guard, record: &Record, sender: &AgencyId) -> Vec<Difference> {
    let issue = route::issue(record);
    let parts = [
        (Part::CodeSystem, &guard.systems, issue.map(|issue| issue.code_system.as_str())),
        (Part::Code, &guard.codes, issue.map(|issue| issue.code.as_str())),
        (Part::Sender, &guard.senders, Some(sender.as_str())),
    ];
    let differs = |(part, wanted, found): (Part, &Option<BTreeSet<String>>, Option<&str>)| match wanted {
        Some(wanted) if !found.is_some_and(|found| wanted.contains(found)) => {
            Some(Difference { part, wanted: wanted.clone(), found: found.map(str::to_owned) })
        }
        _ => None,
    };
    parts.into_iter().filter_map(differs).collect()
}
