//! Rules that never act: their guard admits nothing, or an earlier rule has done the same before.

use std::collections::BTreeSet;

use xiezhi_model::policy::Rule;

use super::{Remark, Severity, Surveyed, Topic, strangers};
use crate::EngineData;

pub(super) fn check(data: &EngineData, rules: &[Surveyed<'_>]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        if let Some(text) = unreachable(data, rule) {
            remarks.push(rule.remark(Severity::Error, Topic::Unreachable, "when", text));
            continue;
        }
        for sender in strangers(data, &rule.guard) {
            let text = format!("asks for the sender {sender}, which is no agency: correct it or leave it out");
            remarks.push(rule.remark(Severity::Note, Topic::Unreachable, "when", text));
        }
        let before = rules.iter().take(index).find(|before| makes_redundant(before, rule));
        if let Some(before) = before {
            let name = before.name(rule);
            let text =
                format!("{name} comes first and assigns the same for every record that this rule matches: remove one");
            remarks.push(rule.remark(Severity::Error, Topic::Redundant, "when", text));
        }
    }
    remarks
}

/// Why no record can satisfy the rule's guard.
pub(super) fn unreachable(data: &EngineData, rule: &Surveyed<'_>) -> Option<String> {
    let guard = &rule.guard;
    for (path, values) in
        [("record.issue.code", &guard.codes), ("record.issue.code_system", &guard.systems), ("sender", &guard.senders)]
    {
        if values.as_ref().is_some_and(BTreeSet::is_empty) {
            return Some(format!("{path} would have to be two things at once: join them with ||, or split the rule"));
        }
    }
    if rule.kinds.is_empty() {
        return Some(format!("records of kind {} have no issue to compare: correct kinds", rule.rule.kinds.join(", ")));
    }
    let strangers = strangers(data, guard);
    if !strangers.is_empty() && guard.senders.as_ref().is_some_and(|senders| senders.len() == strangers.len()) {
        let text = "no agency has the id: correct it or add config/agencies/<id>.toml";
        return Some(format!("asks for the sender {}, and {text}", strangers.join(" or ")));
    }
    None
}

/// Whether the later rule changes nothing wherever it matches, because the earlier one matches there too and asks for the
/// same. The earlier one's guard must say all that its condition says, or both have the same condition.
pub(super) fn makes_redundant(before: &Surveyed<'_>, rule: &Surveyed<'_>) -> bool {
    before.rule.category == rule.rule.category
        && rule.kinds.is_subset(&before.kinds)
        && before.days.cover(rule.days)
        && (is_same_text(&before.rule.when, &rule.rule.when) || before.guard.is_whole && covers(before, rule))
        && asks_the_same(before.rule, rule.rule)
}

fn is_same_text(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

fn covers(before: &Surveyed<'_>, rule: &Surveyed<'_>) -> bool {
    let cover = |before: &Option<BTreeSet<String>>, rule: &Option<BTreeSet<String>>| match (before, rule) {
        (None, _) => true,
        (Some(before), Some(rule)) => rule.is_subset(before),
        (Some(_), None) => false,
    };
    cover(&before.guard.codes, &rule.guard.codes)
        && cover(&before.guard.systems, &rule.guard.systems)
        && cover(&before.guard.senders, &rule.guard.senders)
}

/// Whether two rules say the same, apart from when they match and how they are named. Every other field counts, also one
/// that is added to rules later.
fn asks_the_same(before: &Rule, rule: &Rule) -> bool {
    let named_alike = Rule {
        id: rule.id.clone(),
        version: rule.version,
        clause: rule.clause.clone(),
        kinds: rule.kinds.clone(),
        when: rule.when.clone(),
        reason: rule.reason.clone(),
        effective_from: rule.effective_from,
        effective_to: rule.effective_to,
        ..before.clone()
    };
    named_alike == *rule
}
