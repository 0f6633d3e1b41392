//! What is wrong with the engine's data, apart from the conditions themselves: every problem at once, each with its
//! place.

mod propose;

use std::collections::BTreeSet;

use xiezhi_model::calendar::YearCalendar;
use xiezhi_model::policy::{Assign, AssignTo, Clock, PolicyDocument, Rule};
use xiezhi_model::{AgencyId, CivilDate};

use crate::condition::fields;
use crate::engine::policy_version;
use crate::route::UNROUTED;
use crate::{AgencyProfile, EngineData, PolicyProblem, Route};

/// Longest clock. The longest statutory one is 90 days; a thousand of anything is a slip of the pen.
const CLOCK_AMOUNT_MAX: u16 = 1_000;
/// Most reminders for one assignment.
const REMINDERS_MAX: u32 = 20;
/// Most agencies that an assignment goes on to, one after another.
const NEXT_MAX: usize = 10;
/// Most rules over all policies: the index and the start-up check are made for hundreds.
const RULES_MAX: usize = 5_000;
/// Monday to Friday are 1 to 5.
const FRIDAY: i8 = 5;

/// Checks everything but the conditions.
pub(crate) fn data(data: &EngineData) -> Vec<PolicyProblem> {
    let mut problems = Vec::new();
    agencies(data, &mut problems);
    calendars(&data.calendars, &mut problems);
    let rules: usize = data.policies.iter().map(|policy| policy.rules.len()).sum();
    if rules > RULES_MAX {
        problems.push(PolicyProblem::new("policies", "rule", format!("{rules} rules, more than {RULES_MAX}")));
    }
    for (index, one) in data.policies.iter().enumerate() {
        for other in data.policies.iter().take(index) {
            versions(one, other, &mut problems);
        }
        PolicyCheck { data, policy: one, problems: &mut problems }.run();
    }
    problems
}

fn agencies(data: &EngineData, problems: &mut Vec<PolicyProblem>) {
    let (mut seen, mut towns) = (BTreeSet::new(), BTreeSet::new());
    for agency in &data.agencies {
        let path = format!("agency[{}]", agency.id);
        if !seen.insert(&agency.id) {
            problems.push(PolicyProblem::new("agencies", path.clone(), "is there twice: keep one"));
        }
        if agency.name.trim().is_empty() {
            problems.push(PolicyProblem::new("agencies", path.clone() + ".name", "is empty: give the Chinese name"));
        }
        if let Some(town) = &agency.town
            && !towns.insert(town)
        {
            let text = format!("{town} is also another agency's: `@town` must find one");
            problems.push(PolicyProblem::new("agencies", path + ".town", text));
        }
    }
}

/// Two versions of one policy may be loaded together, but not for the same day.
fn versions(one: &PolicyDocument, other: &PolicyDocument, problems: &mut Vec<PolicyProblem>) {
    let until = |policy: &PolicyDocument, day: CivilDate| policy.effective_to.is_none_or(|to| day <= to);
    if one.id == other.id && until(one, other.effective_from) && until(other, one.effective_from) {
        let text = format!(
            "{} and {} apply on the same days: end the older one before the newer one begins",
            policy_version(other),
            policy_version(one)
        );
        problems.push(PolicyProblem::new(&one.id, "effective_from", text));
    }
}

fn calendars(calendars: &[YearCalendar], problems: &mut Vec<PolicyProblem>) {
    let mut years = BTreeSet::new();
    for table in calendars {
        let name = format!("calendar/{}", table.year);
        let mut report = |path: &str, text: String| problems.push(PolicyProblem::new(&name, path, text));
        if !years.insert(table.year) {
            report("year", "there are two tables for this year: keep one".to_owned());
        }
        for (path, days) in [("off", &table.off), ("make_up", &table.make_up)] {
            let mut seen = BTreeSet::new();
            for day in days {
                if day.year() != table.year {
                    report(path, format!("{day} is not in {}", table.year));
                }
                if !seen.insert(day) {
                    report(path, format!("{day} is there twice"));
                }
            }
        }
        for day in &table.make_up {
            if table.off.contains(day) {
                report("make_up", format!("{day} is also off: it can only be one of them"));
            }
            if day.weekday() <= FRIDAY {
                report("make_up", format!("{day} is no Saturday or Sunday, so it needs no making up"));
            }
        }
    }
}

struct PolicyCheck<'a> {
    data: &'a EngineData,
    policy: &'a PolicyDocument,
    problems: &'a mut Vec<PolicyProblem>,
}

impl PolicyCheck<'_> {
    fn run(&mut self) {
        let policy = self.policy;
        if policy.effective_to.is_some_and(|to| to < policy.effective_from) {
            self.report("effective_to", "is before effective_from: no rule ever applies");
        }
        if policy.rules.is_empty() {
            self.report("rule", "there is none: every finding would wait for a person");
        }
        let mut categories = BTreeSet::new();
        for category in &policy.categories {
            let path = format!("category[{}]", category.id);
            if !categories.insert(category.id.as_str()) {
                self.report(&path, "is there twice: keep one");
            }
            if category.id == UNROUTED {
                self.report(&path, "is the engine's own category for findings without a rule: choose another id");
            }
        }
        self.clock("reminders.interval", policy.reminders.interval);
        let publication = policy.publication;
        for (name, clock) in [
            ("list_in", publication.list_in),
            ("list_out", publication.list_out),
            ("correction", publication.correction),
            ("object", publication.object),
            ("accept", publication.accept),
            ("verify", publication.verify),
        ] {
            if let Some(clock) = clock {
                self.clock(&format!("publication.{name}"), clock);
            }
        }
        let steps = policy.steps;
        for (name, clock) in
            [("accept", steps.accept), ("remind_before", steps.remind_before), ("verify", steps.verify)]
        {
            if let Some(clock) = clock {
                self.clock(&format!("steps.{name}"), clock);
            }
        }
        if policy.reminders.count_max > REMINDERS_MAX {
            self.report("reminders.count_max", &format!("is more than {REMINDERS_MAX}"));
        }
        let mut rules = BTreeSet::new();
        for rule in &policy.rules {
            if !rules.insert(&rule.id) {
                self.report(&format!("rule[{}].id", rule.id), "is there twice: ids are unique in a policy");
            }
            self.rule(rule);
        }
        self.indicators();
    }

    fn rule(&mut self, rule: &Rule) {
        let path = |field: &str| format!("rule[{}].{field}", rule.id);
        let policy = self.policy;
        if !policy.categories.iter().any(|category| category.id == rule.category) {
            self.report(&path("category"), &format!("unknown category {}: add it or correct it", rule.category));
        }
        if rule.reason.trim().is_empty() {
            self.report(&path("reason"), "is empty: the case history shows it");
        }
        if rule.kinds.is_empty() {
            self.report(&path("kinds"), "is empty: the rule would never be tried");
        }
        for kind in rule.kinds.iter().filter(|kind| !fields::is_routable(kind)) {
            self.report(&path("kinds"), &format!("rules cannot look at records of kind {kind}"));
        }
        let from = rule.effective_from.map_or(policy.effective_from, |from| from.max(policy.effective_from));
        let to = [rule.effective_to, policy.effective_to].into_iter().flatten().min();
        if rule.effective_from.zip(rule.effective_to).is_some_and(|(from, to)| to < from) {
            self.report(&path("effective_to"), "is before effective_from");
        } else if to.is_some_and(|to| to < from) {
            self.report(&path("effective_from"), "the rule's dates lie outside the policy's: it never applies");
        }
        if rule.assign.is_empty() {
            self.report(&path("assign"), "is empty: nobody would have to act");
        }
        for (index, assign) in rule.assign.iter().enumerate() {
            let path = path(&format!("assign[{index}]"));
            if rule.assign.iter().take(index).any(|before| before.to == assign.to) {
                self.report(&format!("{path}.to"), &format!("{} is assigned twice by this rule", assign.to));
            }
            self.assign(&path, assign);
        }
        for (index, propose) in rule.propose.iter().enumerate() {
            self.propose(&path(&format!("propose[{index}]")), propose, false);
        }
    }

    fn assign(&mut self, path: &str, assign: &Assign) {
        self.clock(&format!("{path}.clock"), assign.clock);
        self.target(&format!("{path}.to"), &assign.to);
        if assign.next.len() > NEXT_MAX {
            self.report(&format!("{path}.next"), &format!("names more than {NEXT_MAX}"));
        }
        for (index, next) in assign.next.iter().enumerate() {
            let path = format!("{path}.next[{index}]");
            if *next == assign.to || assign.next.iter().take(index).any(|before| before == next) {
                self.report(&path, &format!("{next} is named before: nobody gets an assignment twice"));
            }
            self.target(&path, next);
        }
    }

    /// Somebody that a rule assigns must be there and able to read it. Whom a selector finds is known only with the record;
    /// all townships must be able to.
    fn target(&mut self, path: &str, to: &AssignTo) {
        let cannot = |agency: &AgencyProfile| {
            agency.route == Route::Linked && !agency.writes.iter().any(|kind| kind == "assignment")
        };
        let text = |id: &AgencyId| format!("the plugin of {id} cannot write assignment records");
        match to {
            AssignTo::Agency(id) => match self.data.agencies.iter().find(|agency| agency.id == *id) {
                None => self.report(path, &format!("unknown agency {id}: add config/agencies/{id}.toml")),
                Some(agency) if cannot(agency) => self.report(path, &text(id)),
                Some(_) => {}
            },
            AssignTo::Town => {
                let towns = self.data.agencies.iter().filter(|agency| agency.town.is_some());
                let mute: Vec<String> = towns.filter(|agency| cannot(agency)).map(|agency| text(&agency.id)).collect();
                mute.iter().for_each(|text| self.report(path, text));
            }
            AssignTo::Sender => {}
        }
    }

    fn clock(&mut self, path: &str, clock: Clock) {
        if !(1..=CLOCK_AMOUNT_MAX).contains(&clock.amount) {
            self.report(&format!("{path}.amount"), &format!("is {}, outside 1 to {CLOCK_AMOUNT_MAX}", clock.amount));
        }
    }

    fn report(&mut self, path: &str, text: &str) {
        self.problems.push(PolicyProblem::new(&self.policy.id, path, text));
    }
}
