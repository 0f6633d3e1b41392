//! The survey of a policy that loads: rules that can never act, rules that get in each other's way, days without a rule.
//!
//! It reports what follows from dates and guards alone, that is from equalities and lists over the issue's code, its code
//! system and the sender. It cannot prove what the rest of a condition lets through: two rules that differ only there are
//! said to *may* meet, a condition that is false for another reason is not found, and neither are two rules that meet in
//! one case through two different records. What loading refuses is not repeated here.

mod days;
mod meeting;
mod reach;

use std::collections::BTreeSet;
use std::fmt;

use xiezhi_model::policy::{PolicyDocument, Rule};
use xiezhi_model::{AgencyId, CivilDate};

use crate::EngineData;
use crate::condition::guard::Guard;
use crate::condition::{Language, fields};
use crate::engine::policy_version;

/// Most notes that are listed; the others are counted. A policy of hundreds of rules on one code would list every pair.
const NOTES_MAX: usize = 1_000;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The policy does something that nobody can have meant, or fails on a day.
    Error,
    /// Somebody should have meant it.
    Note,
}

/// What a remark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// No record can ever satisfy the rule's guard.
    Unreachable,
    /// An earlier rule does the same for every record that the rule matches.
    Redundant,
    /// Two rules of one category admit the same record on the same day.
    Overlap,
    /// They also say different things about who must act or by when.
    Conflict,
    /// Days on which a policy or what a rule did is missing.
    Gap,
    /// Working-day tables that deadlines need.
    Calendar,
    /// A category without a rule or without somebody in the lead.
    Unowned,
}

/// One thing that the survey found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub topic: Topic,
    /// `<policy id>@<version>`, or `calendar/<year>`.
    pub policy: String,
    /// Where in it, such as `rule[5.3.9-2-lost-contact].when`.
    pub path: String,
    /// What was found and what to do.
    pub text: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, topic, policy, path, text } = self;
        write!(f, "{} {}: {policy}: {path}: {text}", severity.as_str(), topic.as_str())
    }
}

impl Severity {
    /// As printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Note => "note",
        }
    }
}

impl Topic {
    /// As printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Redundant => "redundant",
            Self::Overlap => "overlap",
            Self::Conflict => "conflict",
            Self::Gap => "gap",
            Self::Calendar => "calendar",
            Self::Unowned => "unowned",
        }
    }
}

/// Looks over policies, calendars and agencies; a policy without a last day is looked at up to `until`. Errors come
/// first, each part in the order of the files. Rules that do not compile are left out, and of their categories it is not
/// said that a rule is missing: loading reports them.
#[must_use]
pub fn survey(data: &EngineData, until: CivilDate) -> Vec<Remark> {
    let (rules, unread) = Surveyed::all(data);
    let mut remarks = reach::check(data, &rules);
    let able: Vec<&Surveyed<'_>> = rules.iter().filter(|rule| reach::unreachable(data, rule).is_none()).collect();
    meeting::check(&able, &mut remarks);
    days::check(data, &able, &unread, until, &mut remarks);
    remarks.sort_by_key(|remark| remark.severity);
    let errors = remarks.iter().take_while(|remark| remark.severity == Severity::Error).count();
    if let Some(more) = remarks.len().checked_sub(errors + NOTES_MAX).filter(|more| *more > 0) {
        remarks.truncate(errors + NOTES_MAX);
        if let Some(last) = remarks.last().cloned() {
            remarks.push(Remark { path: "rule".to_owned(), text: format!("{more} more notes are not listed"), ..last });
        }
    }
    remarks
}

/// Days from the first to the last, both included; without a last one, without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Days {
    from: CivilDate,
    to: Option<CivilDate>,
}

impl Days {
    fn holds(self, day: CivilDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// The days of both, where there are any.
    fn common(self, other: Self) -> Option<Self> {
        let both = Self { from: self.from.max(other.from), to: [self.to, other.to].into_iter().flatten().min() };
        both.to.is_none_or(|to| both.from <= to).then_some(both)
    }

    fn cover(self, other: Self) -> bool {
        self.from <= other.from && self.to.is_none_or(|to| other.to.is_some_and(|last| last <= to))
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to {
            Some(to) if to == self.from => write!(f, "on {to}"),
            Some(to) => write!(f, "from {} to {to}", self.from),
            None => write!(f, "from {} on", self.from),
        }
    }
}

/// A rule as the survey sees it.
struct Surveyed<'a> {
    policy: &'a PolicyDocument,
    rule: &'a Rule,
    guard: Guard,
    days: Days,
    /// The kinds that can have what the guard needs.
    kinds: BTreeSet<&'a str>,
}

impl<'a> Surveyed<'a> {
    /// Every rule that compiles and has a day, in the order in which they are tried; and the categories of the others.
    fn all(data: &'a EngineData) -> (Vec<Self>, BTreeSet<&'a str>) {
        let language = Language::new();
        let (mut rules, mut unread) = (Vec::new(), BTreeSet::new());
        for policy in &data.policies {
            let of_policy = Days { from: policy.effective_from, to: policy.effective_to };
            for rule in &policy.rules {
                let of_rule = Days { from: rule.effective_from.unwrap_or(of_policy.from), to: rule.effective_to };
                let (Some(days), Ok(condition)) =
                    (of_policy.common(of_rule), language.compile(&rule.when, &rule.kinds))
                else {
                    unread.insert(rule.category.as_str());
                    continue;
                };
                let guard = condition.guard;
                let needs_issue = guard.codes.is_some() || guard.systems.is_some();
                let can = |kind: &&str| !needs_issue || fields::exists(kind, &["issue"]);
                let kinds = rule.kinds.iter().map(String::as_str).filter(can).collect();
                rules.push(Self { policy, rule, guard, days, kinds });
            }
        }
        (rules, unread)
    }

    /// Whether both guards admit some record of a common kind, on whatever day.
    fn meets(&self, other: &Self) -> bool {
        let meet = |one: &Option<BTreeSet<String>>, other: &Option<BTreeSet<String>>| match (one, other) {
            (Some(one), Some(other)) => !one.is_disjoint(other),
            _ => true,
        };
        !self.kinds.is_disjoint(&other.kinds)
            && meet(&self.guard.codes, &other.guard.codes)
            && meet(&self.guard.systems, &other.guard.systems)
            && meet(&self.guard.senders, &other.guard.senders)
    }

    fn remark(&self, severity: Severity, topic: Topic, field: &str, text: String) -> Remark {
        let path = format!("rule[{}].{field}", self.rule.id);
        Remark { severity, topic, policy: policy_version(self.policy), path, text }
    }

    /// Its id, with the policy's version where another policy is meant.
    fn name(&self, seen_from: &Self) -> String {
        match std::ptr::eq(self.policy, seen_from.policy) {
            true => self.rule.id.to_string(),
            false => format!("{} of {}", self.rule.id, policy_version(self.policy)),
        }
    }
}

/// Senders that the guard asks for and that are no agency.
fn strangers<'g>(data: &EngineData, guard: &'g Guard) -> Vec<&'g str> {
    let is_known = |sender: &str| data.agencies.iter().any(|agency| AgencyId::as_str(&agency.id) == sender);
    guard.senders.iter().flatten().map(String::as_str).filter(|sender| !is_known(sender)).collect()
}
