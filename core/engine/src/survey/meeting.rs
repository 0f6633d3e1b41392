//! Rules of one category that meet: a record that both admit has two reasons for one case, and perhaps two answers to who
//! must act and by when. The engine then takes the earlier rule's answer for an agency.

use std::collections::HashMap;

use xiezhi_model::policy::{Assign, Clock, ClockUnit, Role};

use super::reach::makes_redundant;
use super::{Remark, Severity, Surveyed, Topic};

pub(super) fn check(rules: &[&Surveyed<'_>], remarks: &mut Vec<Remark>) {
    let mut by_category: HashMap<&str, Vec<&Surveyed<'_>>> = HashMap::new();
    for &rule in rules {
        let before = by_category.entry(rule.rule.category.as_str()).or_default();
        for &earlier in before.iter() {
            if !makes_redundant(earlier, rule) {
                pair(earlier, rule, remarks);
            }
        }
        before.push(rule);
    }
}

fn pair(earlier: &Surveyed<'_>, rule: &Surveyed<'_>, remarks: &mut Vec<Remark>) {
    let Some(days) = earlier.days.common(rule.days).filter(|_| earlier.meets(rule)) else { return };
    let is_proven = earlier.guard.is_whole && rule.guard.is_whole;
    let name = earlier.name(rule);
    let conflicts = conflicts(earlier, rule);
    if conflicts.is_empty() {
        let meet = if is_proven { "both match the same records" } else { "both may match the same record" };
        let text = format!("{name} and this rule have one category and {meet} {days}: two reasons for one case");
        remarks.push(rule.remark(Severity::Note, Topic::Overlap, "when", text));
        return;
    }
    for conflict in conflicts {
        let (severity, meet) = match is_proven {
            true => (Severity::Error, "both match the same records"),
            false => (Severity::Note, "where both match a record"),
        };
        let text = format!("{name} and this rule, {meet} {days}: {conflict}");
        remarks.push(rule.remark(severity, Topic::Conflict, "assign", text));
    }
}

/// What the two rules say differently.
fn conflicts(earlier: &Surveyed<'_>, rule: &Surveyed<'_>) -> Vec<String> {
    let mut conflicts = Vec::new();
    for one in &earlier.rule.assign {
        for other in rule.rule.assign.iter().filter(|other| other.to == one.to) {
            if one.role != other.role {
                let roles = format!("{} and {}", one.role.as_str(), other.role.as_str());
                conflicts.push(format!("{} is {roles}, the first is taken: give it one role", one.to));
            }
            if one.clock != other.clock {
                let clocks = format!("{} and {}", clock(one.clock), clock(other.clock));
                conflicts.push(format!("{} has {clocks}, the first is taken: give it one clock", one.to));
            }
        }
    }
    let lead = |rule: &Surveyed<'_>| rule.rule.assign.iter().find(|assign| assign.role == Role::Lead).map(target);
    if let (Some(one), Some(other)) = (lead(earlier), lead(rule))
        && one != other
    {
        conflicts.push(format!("the case gets two leads, {one} and {other}: make one of them co"));
    }
    conflicts
}

fn target(assign: &Assign) -> String {
    assign.to.to_string()
}

fn clock(clock: Clock) -> String {
    let unit = match clock.unit {
        ClockUnit::WorkingDay => "working days",
        ClockUnit::CalendarDay => "calendar days",
        ClockUnit::Hour => "hours",
    };
    format!("{} {unit}", clock.amount)
}
