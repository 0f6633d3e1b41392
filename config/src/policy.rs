//! Policy and calendar files: shape, and what must agree inside a file and between files.
//!
//! Conditions, categories and record kinds are the engine's to check, when it compiles the policy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use xiezhi_model::calendar::YearCalendar;
use xiezhi_model::policy::PolicyDocument;
use xiezhi_model::{AgencyId, CivilDate};

use crate::keys::data::{CALENDAR, POLICY};
use crate::problem::Problems;
use crate::shape::{Key, hint};
use crate::{document, folder};

/// Saturday, where Monday is 1.
const SATURDAY: i8 = 6;

/// Loads every policy file of a folder.
pub(crate) fn load_policies(folder: &Path, problems: &mut Problems) -> Vec<(PathBuf, PolicyDocument)> {
    let policies: Vec<(PathBuf, PolicyDocument)> = load_typed(folder, "policy", POLICY, problems);
    let mut seen: BTreeMap<(&str, &str), &Path> = BTreeMap::new();
    for (file, policy) in &policies {
        let prefix = folder::prefix("policy", file);
        if let Some(other) = seen.insert((&policy.id, &policy.version), file) {
            let text = format!("version {} of {} is also in {}", policy.version, policy.id, file_name(other));
            problems.add(file, format!("{prefix}.version"), text);
        }
        check_period(file, &prefix, Some(policy.effective_from), policy.effective_to, problems);
        for (index, rule) in policy.rules.iter().enumerate() {
            let path = format!("{prefix}.rule[{}]", index.saturating_add(1));
            let from = rule.effective_from.or(Some(policy.effective_from));
            check_period(file, &path, from, rule.effective_to, problems);
            if policy.rules.iter().take(index).any(|earlier| earlier.id == rule.id) {
                problems.add(file, format!("{path}.id"), format!("rule {} is there twice", rule.id));
            }
        }
    }
    policies
}

/// Tells where a policy assigns an agency that is not configured.
pub(crate) fn check_agencies(
    policies: &[(PathBuf, PolicyDocument)],
    known: &BTreeSet<AgencyId>,
    problems: &mut Problems,
) {
    for (file, policy) in policies {
        for (rule_index, rule) in policy.rules.iter().enumerate() {
            for (index, assign) in rule.assign.iter().enumerate() {
                let prefix = folder::prefix("policy", file);
                let (rule_number, number) = (rule_index.saturating_add(1), index.saturating_add(1));
                let path = format!("{prefix}.rule[{rule_number}].assign[{number}]");
                let next = (1..).zip(&assign.next).map(|(nth, to): (u32, _)| (format!("next[{nth}]"), to));
                for (key, to) in std::iter::once(("to".to_owned(), &assign.to)).chain(next) {
                    if let Some(agency) = to.agency().filter(|agency| !known.contains(*agency)) {
                        problems.add(file, format!("{path}.{key}"), unknown_agency(agency, known));
                    }
                }
            }
        }
    }
}

/// What is said of an agency id that no agency file has.
pub(crate) fn unknown_agency(id: &AgencyId, known: &BTreeSet<AgencyId>) -> String {
    format!("agency {id} is not configured; {}", hint(id.as_str(), known.iter().map(AgencyId::as_str)))
}

/// Loads every calendar of a folder, by year.
pub(crate) fn load_calendars(folder: &Path, problems: &mut Problems) -> Vec<YearCalendar> {
    let mut calendars: Vec<(PathBuf, YearCalendar)> = load_typed(folder, "calendar", CALENDAR, problems);
    let mut seen: BTreeMap<i16, &Path> = BTreeMap::new();
    for (file, calendar) in &calendars {
        let prefix = folder::prefix("calendar", file);
        if let Some(other) = seen.insert(calendar.year, file) {
            let text = format!("year {} is also in {}", calendar.year, file_name(other));
            problems.add(file, format!("{prefix}.year"), text);
        }
        check_days(file, &prefix, calendar, problems);
    }
    calendars.sort_by_key(|(_, calendar)| calendar.year);
    calendars.into_iter().map(|(_, calendar)| calendar).collect()
}

fn check_days(file: &Path, prefix: &str, calendar: &YearCalendar, problems: &mut Problems) {
    for (list, days) in [("off", &calendar.off), ("make_up", &calendar.make_up)] {
        for (index, day) in days.iter().enumerate() {
            let path = format!("{prefix}.{list}[{}]", index.saturating_add(1));
            if day.year() != calendar.year {
                problems.add(file, &path, format!("{day} is not in the year {}", calendar.year));
            }
            if days.iter().take(index).any(|earlier| earlier == day) {
                problems.add(file, &path, format!("{day} is there twice"));
            }
            if list == "make_up" && calendar.off.contains(day) {
                problems.add(file, &path, format!("{day} is in both off and make_up"));
            }
            if list == "make_up" && day.weekday() < SATURDAY {
                problems.add(file, &path, format!("{day} is no weekend day, so it needs no entry"));
            }
        }
    }
}

fn check_period(file: &Path, prefix: &str, from: Option<CivilDate>, to: Option<CivilDate>, problems: &mut Problems) {
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        problems.add(file, format!("{prefix}.effective_to"), format!("{to} is before effective_from, {from}"));
    }
}

/// The files of a folder that have the shape, with the type they stand for. An empty folder is no problem; a missing
/// one is.
fn load_typed<T: serde::de::DeserializeOwned>(
    folder: &Path,
    area: &str,
    keys: &[Key],
    problems: &mut Problems,
) -> Vec<(PathBuf, T)> {
    let mut loaded = Vec::new();
    for file in folder::toml_files(folder, problems) {
        if let Some(value) = document::load(&file, &folder::prefix(area, &file), keys, problems) {
            loaded.push((file, value));
        }
    }
    loaded
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
