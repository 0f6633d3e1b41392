//! What a year adds up to.

use std::collections::BTreeMap;
use std::fmt;

use xiezhi_model::audit::AuditAction;
use xiezhi_ports::{InboxOutcome, Settlement};

/// Counts of a year; see [`fmt::Display`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// The seed.
    pub seed: u64,
    /// Simulated days.
    pub days: usize,
    /// Enterprises in the ledger at the start.
    pub tenants: usize,
    /// Entities with a file in the end.
    pub files: usize,
    /// Messages taken as new.
    pub messages: usize,
    /// Messages that came again.
    pub duplicates: usize,
    /// Messages whose id came again with other bytes.
    pub quarantined: usize,
    /// Messages dead, by fault.
    pub dead: BTreeMap<String, usize>,
    /// Rows refused in messages that were settled, by fault.
    pub row_faults: BTreeMap<String, usize>,
    /// Records that came.
    pub records: usize,
    /// Cases by category and end.
    pub cases: BTreeMap<(String, &'static str), usize>,
    /// Assignments by how they stand in the end; replaced ones apart.
    pub assignments: BTreeMap<&'static str, usize>,
    /// Rows of history by what was done.
    pub history: BTreeMap<&'static str, usize>,
    /// Acts by kind and end.
    pub acts: BTreeMap<(&'static str, &'static str), usize>,
    /// Suspended addresses of closed cases that were neither resumed nor cancelled: nothing looks at them any more.
    pub suspensions_left: usize,
    /// Answers to joint punishments and liftings, by kind and answer.
    pub answers: BTreeMap<(&'static str, String), usize>,
    /// Messages that went out, by kind.
    pub outgoing: BTreeMap<String, usize>,
    /// Refusals of what somebody may not do, by code.
    pub denials: BTreeMap<&'static str, usize>,
    /// Rows of the audit chain.
    pub audit_rows: i64,
}

impl Totals {
    /// Takes note of what was applied.
    pub(crate) fn note(&mut self, settlement: &Settlement) {
        self.records += usize::try_from(settlement.records).unwrap_or(usize::MAX);
        if let InboxOutcome::Dead(fault) = &settlement.outcome {
            *self.dead.entry(fault.code.clone()).or_default() += 1;
        } else {
            for row in &settlement.row_faults {
                *self.row_faults.entry(row.fault.code.clone()).or_default() += 1;
            }
        }
        for entry in &settlement.audit {
            *self.history.entry(entry.action.as_str()).or_default() += 1;
        }
        for outgoing in &settlement.outgoing {
            *self.outgoing.entry(outgoing.kind.clone()).or_default() += 1;
        }
    }

    /// How often something was done.
    #[must_use]
    pub fn done(&self, action: AuditAction) -> usize {
        self.history.get(action.as_str()).copied().unwrap_or_default()
    }

    /// Acts of a kind that were decided.
    #[must_use]
    pub fn decided(&self, kind: &str) -> usize {
        self.acts.iter().filter(|((of, end), _)| *of == kind && *end == "decided").map(|(_, count)| count).sum()
    }

    /// Cases that ended so, over all categories or one.
    #[must_use]
    pub fn ended(&self, category: Option<&str>, end: &str) -> usize {
        let is_meant = |(of, ended): &(String, &str)| category.is_none_or(|category| of == category) && *ended == end;
        self.cases.iter().filter(|(key, _)| is_meant(key)).map(|(_, count)| count).sum()
    }
}

fn list<K: fmt::Debug>(counts: &BTreeMap<K, usize>) -> String {
    let name = |key: &K| format!("{key:?}").replace(['"', '(', ')'], "").replace(", ", "/");
    let parts: Vec<String> = counts.iter().map(|(key, count)| format!("{} {count}", name(key))).collect();
    parts.join(", ")
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, {} days, {} tenants, {} files", self.seed, self.days, self.tenants, self.files)?;
        let (messages, records) = (self.messages, self.records);
        writeln!(
            f,
            "messages {messages}, duplicates {}, quarantined {}, records {records}",
            self.duplicates, self.quarantined
        )?;
        writeln!(f, "dead: {}", list(&self.dead))?;
        writeln!(f, "rows refused: {}", list(&self.row_faults))?;
        let (closed, escalated) = (self.ended(None, "closed"), self.ended(None, "escalated"));
        writeln!(f, "cases {}, closed {closed}, escalated {escalated}", self.cases.values().sum::<usize>())?;
        writeln!(f, "cases by category and end: {}", list(&self.cases))?;
        writeln!(f, "assignments: {}", list(&self.assignments))?;
        let (reminders, escalations) = (self.done(AuditAction::CaseReminded), self.done(AuditAction::CaseEscalated));
        writeln!(f, "reminders {reminders}, escalations {escalations}")?;
        writeln!(f, "acts by kind and end: {}", list(&self.acts))?;
        writeln!(f, "suspensions of closed cases that stand: {}", self.suspensions_left)?;
        writeln!(f, "answers: {}", list(&self.answers))?;
        writeln!(f, "sent: {}", list(&self.outgoing))?;
        writeln!(f, "denied: {}", list(&self.denials))?;
        writeln!(f, "history: {}", list(&self.history))?;
        write!(f, "audit rows {}", self.audit_rows)
    }
}
