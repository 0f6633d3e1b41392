//! The compiled rules of all policies, and the index that finds those a record could match.

use std::collections::{BTreeSet, HashMap};

use xiezhi_model::policy::{PolicyDocument, Rule};
use xiezhi_model::record::Issue;
use xiezhi_model::{AgencyId, CivilDate, RuleId};

use crate::PolicyProblem;
use crate::condition::{Condition, Language};
use crate::engine::policy_version;

/// One rule, compiled.
#[derive(Debug)]
pub(crate) struct CompiledRule {
    pub(crate) rule: Rule,
    pub(crate) condition: Condition,
    /// `<policy id>@<version>`.
    pub(crate) policy_version: String,
    /// `<policy id>@<version>/<rule version>`.
    pub(crate) rule_version: String,
    /// The category in Chinese.
    pub(crate) category_name: String,
    pub(crate) from: CivilDate,
    pub(crate) to: Option<CivilDate>,
}

impl CompiledRule {
    pub(crate) fn active(&self, on: CivilDate) -> bool {
        self.from <= on && self.to.is_none_or(|to| on <= to)
    }
}

/// All rules, in file order.
#[derive(Debug, Default)]
pub(crate) struct RuleSet {
    rules: Vec<CompiledRule>,
    by_kind: HashMap<String, KindIndex>,
}

/// The rules for one record kind, by what their guards need.
#[derive(Debug, Default)]
struct KindIndex {
    /// Rules that look at any issue code.
    any_code: Vec<usize>,
    /// Rules that need one of these issue codes.
    by_code: HashMap<String, Vec<usize>>,
}

impl RuleSet {
    /// Compiles every rule; what does not compile is added to the problems.
    pub(crate) fn compile(policies: &[PolicyDocument], language: &Language, problems: &mut Vec<PolicyProblem>) -> Self {
        let mut set = Self::default();
        for policy in policies {
            for rule in &policy.rules {
                match language.compile(&rule.when, &rule.kinds) {
                    Ok(condition) => set.push(policy, rule, condition),
                    Err(texts) => problems.extend(
                        texts
                            .into_iter()
                            .map(|text| PolicyProblem::new(&policy.id, format!("rule[{}].when", rule.id), text)),
                    ),
                }
            }
        }
        set
    }

    fn push(&mut self, policy: &PolicyDocument, rule: &Rule, condition: Condition) {
        let index = self.rules.len();
        for kind in rule.kinds.iter().collect::<BTreeSet<_>>() {
            let by_kind = self.by_kind.entry(kind.clone()).or_default();
            match &condition.guard.codes {
                Some(codes) => {
                    for code in codes {
                        by_kind.by_code.entry(code.clone()).or_default().push(index);
                    }
                }
                None => by_kind.any_code.push(index),
            }
        }
        let policy_version = policy_version(policy);
        let category = policy.categories.iter().find(|category| category.id == rule.category);
        self.rules.push(CompiledRule {
            rule_version: format!("{policy_version}/{}", rule.version),
            policy_version,
            category_name: category.map(|category| category.name.clone()).unwrap_or_default(),
            from: rule.effective_from.map_or(policy.effective_from, |from| from.max(policy.effective_from)),
            to: [rule.effective_to, policy.effective_to].into_iter().flatten().min(),
            rule: rule.clone(),
            condition,
        });
    }

    /// The rules that a record could match, in file order; the others cannot.
    pub(crate) fn candidates<'a: 'r, 'r>(
        &'a self,
        kind: &str,
        issue: Option<&'r Issue>,
        sender: &'r AgencyId,
        on: CivilDate,
    ) -> impl Iterator<Item = &'a CompiledRule> + use<'a, 'r> {
        let mut indices: Vec<usize> = Vec::new();
        if let Some(index) = self.by_kind.get(kind) {
            indices.extend(&index.any_code);
            indices.extend(issue.and_then(|issue| index.by_code.get(&issue.code)).into_iter().flatten());
            indices.sort_unstable();
        }
        let rules = indices.into_iter().filter_map(|index| self.rules.get(index));
        rules.filter(move |rule| rule.active(on) && rule.condition.guard.admits(issue, sender))
    }

    /// The rule of an id: in the version wanted, else as it applies on a day; `None` where the policies have neither.
    pub(crate) fn find(&self, id: &RuleId, rule_version: Option<&str>, on: CivilDate) -> Option<&CompiledRule> {
        let of_id = || self.rules.iter().filter(|rule| rule.rule.id == *id);
        let exact = of_id().find(|rule| Some(rule.rule_version.as_str()) == rule_version);
        exact.or_else(|| of_id().find(|rule| rule.active(on)))
    }

    /// The version of a rule in one version of its policy.
    pub(crate) fn version_in(&self, id: &RuleId, policy_version: &str) -> Option<String> {
        let mut rules = self.rules.iter();
        let found = rules.find(|rule| rule.rule.id == *id && rule.policy_version == policy_version)?;
        Some(found.rule_version.clone())
    }

    /// Every rule, in file order.
    pub(crate) fn all(&self) -> &[CompiledRule] {
        &self.rules
    }

    pub(crate) fn active(&self, on: CivilDate) -> usize {
        self.rules.iter().filter(|rule| rule.active(on)).count()
    }

    /// The policy versions with a rule that applies on a day, in file order.
    pub(crate) fn policy_on(&self, on: CivilDate) -> Option<&str> {
        self.rules.iter().find(|rule| rule.active(on)).map(|rule| rule.policy_version.as_str())
    }

    pub(crate) fn len(&self) -> usize {
        self.rules.len()
    }
}
