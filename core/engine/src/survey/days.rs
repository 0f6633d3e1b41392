//! Days on which something is missing: a version of a policy, a successor of a rule, a working-day table, a lead.

use std::collections::{BTreeMap, BTreeSet};

use xiezhi_model::CivilDate;
use xiezhi_model::calendar::MissingYear;
use xiezhi_model::policy::{Assign, Category, ClockUnit, PolicyDocument, Role};

use super::{Days, Remark, Severity, Surveyed, Topic};
use crate::EngineData;
use crate::clock::{Calendar, Counting};
use crate::engine::policy_version;

/// Of the categories in `unread`, some rule is not among the rules: of them nothing is said to be missing.
pub(super) fn check(
    data: &EngineData,
    rules: &[&Surveyed<'_>],
    unread: &BTreeSet<&str>,
    until: CivilDate,
    remarks: &mut Vec<Remark>,
) {
    versions(data, remarks);
    let is_read = |category: &str| !unread.contains(category);
    for rule in rules.iter().filter(|rule| is_read(&rule.rule.category)) {
        successor(data, rules, rule, until, remarks);
    }
    calendars(data, rules, until, remarks);
    for policy in &data.policies {
        for category in policy.categories.iter().filter(|category| is_read(&category.id)) {
            owner(policy, category, rules, until, remarks);
        }
    }
}

/// Days between two versions of one policy. Versions that share days are refused when they are loaded.
fn versions(data: &EngineData, remarks: &mut Vec<Remark>) {
    let mut by_id: BTreeMap<&str, Vec<&PolicyDocument>> = BTreeMap::new();
    data.policies.iter().for_each(|policy| by_id.entry(policy.id.as_str()).or_default().push(policy));
    for versions in by_id.values_mut() {
        versions.sort_by_key(|policy| policy.effective_from);
        for (older, newer) in versions.iter().zip(versions.iter().skip(1)) {
            let Some(first) = older.effective_to.map(CivilDate::next_day) else { continue };
            if first < newer.effective_from {
                let days = Days { from: first, to: Some(newer.effective_from.plus_days(-1)) };
                let newer = policy_version(newer);
                let text = format!("no version applies {days}, before {newer}: let one follow the other");
                remarks.push(of_policy(older, Severity::Error, Topic::Gap, "effective_to", text));
            }
        }
    }
}

/// A rule that ends while its policy goes on, in this version or the next, and that no rule of the category takes over from.
fn successor(
    data: &EngineData,
    rules: &[&Surveyed<'_>],
    rule: &Surveyed<'_>,
    until: CivilDate,
    remarks: &mut Vec<Remark>,
) {
    let Some(first) = rule.days.to.map(CivilDate::next_day).filter(|first| *first <= until) else { return };
    let goes_on = |policy: &PolicyDocument| {
        policy.id == rule.policy.id && Days { from: policy.effective_from, to: policy.effective_to }.holds(first)
    };
    if !data.policies.iter().any(goes_on) {
        return;
    }
    let is_heir = |other: &&&Surveyed<'_>| {
        other.rule.category == rule.rule.category
            && other.days.to.is_none_or(|to| first <= to)
            && !std::ptr::eq(**other, rule)
            && other.meets(rule)
    };
    let begins = rules.iter().filter(is_heir).map(|heir| heir.days.from).min();
    if begins.is_some_and(|begins| begins <= first) {
        return;
    }
    let days = Days { from: first, to: begins.map(|begins| begins.plus_days(-1)) };
    let category = &rule.rule.category;
    let text =
        format!("the rule ends and no rule of {category} for its codes and senders follows {days}: is that meant?");
    let field = if rule.rule.effective_to == rule.days.to { "effective_to" } else { "id" };
    remarks.push(rule.remark(Severity::Note, Topic::Gap, field, text));
}

/// Years without a table in which a message that comes in up to `until` has to be counted.
fn calendars(data: &EngineData, rules: &[&Surveyed<'_>], until: CivilDate, remarks: &mut Vec<Remark>) {
    let tables: BTreeSet<i16> = data.calendars.iter().map(|table| table.year).collect();
    let calendar = Calendar::new(&data.calendars, MissingYear::Estimate);
    let mut missing: BTreeMap<i16, String> = BTreeMap::new();
    for rule in rules {
        let last = rule.days.to.map_or(until, |to| to.min(until));
        if last < rule.days.from {
            continue;
        }
        for assign in &rule.rule.assign {
            let counting = match assign.clock.unit {
                ClockUnit::WorkingDay => Counting::WorkingDays,
                ClockUnit::CalendarDay => Counting::CalendarDaysRolled,
                ClockUnit::Hour => continue,
            };
            let id = &rule.rule.id;
            let mut years = rule.days.from.year()..=last.year();
            // The first year is enough: whoever adds its table asks again.
            if let Some(year) = years.find(|year| !tables.contains(year)) {
                missing.entry(year).or_insert_with(|| format!("{id} applies in that year"));
            }
            // The tables are there or estimated, so this cannot fail.
            if let Ok(count) = calendar.last_day(last, assign.clock.amount, counting)
                && let Some(year) = count.estimated_year
            {
                missing.entry(year).or_insert_with(|| format!("a deadline of {id} that starts on {last} needs it"));
            }
        }
    }
    let (severity, effect) = match data.missing_year {
        MissingYear::Refuse => (Severity::Error, "messages whose deadline needs it are dead"),
        MissingYear::Estimate => (Severity::Note, "deadlines are estimated as Monday to Friday"),
    };
    for (year, why) in missing {
        remarks.push(Remark {
            severity,
            topic: Topic::Calendar,
            policy: format!("calendar/{year}"),
            path: "year".to_owned(),
            text: format!("there is no table, {why}, and {effect}: add config/calendar/{year}.toml"),
        });
    }
}

/// A category without a rule or an indicator, or days on which no rule of it assigns a lead.
fn owner(
    policy: &PolicyDocument,
    category: &Category,
    rules: &[&Surveyed<'_>],
    until: CivilDate,
    remarks: &mut Vec<Remark>,
) {
    let path = format!("category[{}]", category.id);
    let mut report = |text: String| remarks.push(of_policy(policy, Severity::Error, Topic::Unowned, &path, text));
    let leads = |assign: &Assign| assign.role == Role::Lead;
    // An indicator applies as long as its policy does.
    let of_indicator = policy.indicators.iter().filter(|indicator| indicator.category == category.id);
    if of_indicator.flat_map(|indicator| &indicator.assign).any(leads) {
        return;
    }
    let of_category = || rules.iter().filter(|rule| rule.rule.category == category.id);
    if of_category().next().is_none() {
        report("no rule that can match has it: write one or remove the category".to_owned());
        return;
    }
    let is_led = |rule: &&&Surveyed<'_>| rule.rule.assign.iter().any(leads);
    let mut led: Vec<Days> = of_category().filter(is_led).map(|rule| rule.days).collect();
    led.sort_by_key(|days| days.from);
    let last = policy.effective_to.unwrap_or(until).max(policy.effective_from);
    for days in without(&led, Days { from: policy.effective_from, to: Some(last) }) {
        let text = format!("no rule assigns a lead {days}: its cases would be in nobody's hands");
        report(text);
    }
}

/// The days that none of the others, sorted by their first day, holds.
fn without(others: &[Days], days: Days) -> Vec<Days> {
    let mut free = Vec::new();
    let mut next = days.from;
    for other in others {
        if next < other.from {
            free.extend(days.common(Days { from: next, to: Some(other.from.plus_days(-1)) }));
        }
        match other.to {
            Some(to) => next = next.max(to.next_day()),
            None => return free,
        }
    }
    free.extend(days.common(Days { from: next, to: None }));
    free
}

fn of_policy(policy: &PolicyDocument, severity: Severity, topic: Topic, path: &str, text: String) -> Remark {
    Remark { severity, topic, policy: policy_version(policy), path: path.to_owned(), text }
}
