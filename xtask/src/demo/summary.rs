//! What the demo did, in figures.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use xiezhi_kit::{Gateway, OutboxMessage};
use xiezhi_model::case::AssignmentStatus;

/// Far more rows than the scenario makes.
const LIST_MAX: &str = "1000";

/// Figures of one agency.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct AgencyFigures {
    /// Messages taken in.
    pub(crate) received: u64,
    /// Records read from them.
    pub(crate) records: u64,
    /// Rows that could not be used.
    pub(crate) row_faults: u64,
    /// Messages that could not be used.
    pub(crate) dead: u64,
    /// Assignments to the agency.
    pub(crate) assigned: u64,
}

/// Figures of the whole run.
#[derive(Debug)]
pub(crate) struct Summary {
    /// By agency.
    pub(crate) agencies: BTreeMap<String, AgencyFigures>,
    /// The cases, as `case list --json` prints them.
    pub(crate) cases: Vec<Value>,
    /// Whether the audit chain is whole, and how long it is.
    pub(crate) audit_rows: u64,
    assignments: u64,
    outgoing: BTreeMap<(String, String), u64>,
    elapsed: Duration,
}

impl Summary {
    /// Asks the gateway's command line for everything.
    pub(crate) fn collect(
        gateway: &Gateway,
        outgoing: &[(String, OutboxMessage)],
        elapsed: Duration,
    ) -> anyhow::Result<Self> {
        let mut agencies: BTreeMap<String, AgencyFigures> = BTreeMap::new();
        for entry in list(gateway, "message")? {
            let figures = agencies.entry(text(&entry, "agency")?).or_default();
            figures.received += 1;
            figures.records += entry.get("records").and_then(Value::as_u64).unwrap_or_default();
            figures.row_faults += entry.get("row_faults").and_then(Value::as_array).map_or(0, |rows| rows.len() as u64);
            figures.dead += u64::from(entry.get("status").and_then(Value::as_str) == Some("dead"));
        }
        let cases = list(gateway, "case")?;
        let mut assignments = 0;
        for assignment in cases.iter().flat_map(assignments_of) {
            agencies.entry(text(assignment, "agency")?).or_default().assigned += 1;
            assignments += 1;
        }
        let audit = gateway.json(&["audit", "verify"])?;
        let audit_rows = audit.get("rows").and_then(Value::as_u64).context("audit verify counts no rows")?;
        let mut kinds = BTreeMap::new();
        for (agency, message) in outgoing {
            *kinds.entry((agency.clone(), message.kind.clone())).or_default() += 1;
        }
        Ok(Self { agencies, cases, audit_rows, assignments, outgoing: kinds, elapsed })
    }

    /// How many of the agency's assignments stand as answered (已反馈).
    pub(crate) fn answered(&self, agency: &str) -> u64 {
        let of_agency =
            self.cases.iter().flat_map(assignments_of).filter(|assignment| part(assignment, "agency") == agency);
        of_agency.filter(|assignment| part(assignment, "status") == AssignmentStatus::Done.as_str()).count() as u64
    }

    /// How many messages were written for the agency.
    pub(crate) fn written(&self, agency: &str) -> u64 {
        self.outgoing.iter().filter(|((receiver, _), _)| receiver == agency).map(|(_, count)| count).sum()
    }

    /// Prints the figures for people.
    pub(crate) fn print(&self) {
        println!("\n{:<20} received records row_faults dead assigned", "agency");
        for (agency, f) in &self.agencies {
            println!(
                "{agency:<20} {:>8} {:>7} {:>10} {:>4} {:>8}",
                f.received, f.records, f.row_faults, f.dead, f.assigned
            );
        }
        println!("\ncases:");
        for case in &self.cases {
            let party = case.get("party").and_then(|party| party.get("name")).and_then(Value::as_str).unwrap_or("-");
            let sources: Vec<&str> = case
                .get("source_agencies")
                .and_then(Value::as_array)
                .map(|list| list.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            println!(
                "  {}  {}  {}  {party}  sources: {}",
                part(case, "number"),
                part(case, "clause"),
                part(case, "category_name"),
                sources.join(", ")
            );
            for assignment in assignments_of(case) {
                println!("      {:<20} {}", part(assignment, "agency"), status_name(assignment));
            }
        }
        println!("\nmessages read from the outboxes and acknowledged:");
        for ((agency, kind), count) in &self.outgoing {
            println!("  {agency:<20} {kind:<12} {count}");
        }
        println!(
            "\n{} cases, {} assignments, audit chain whole over {} rows, {} ms",
            self.cases.len(),
            self.assignments,
            self.audit_rows,
            self.elapsed.as_millis()
        );
    }

    /// The figures as one JSON object.
    pub(crate) fn to_json(&self) -> Value {
        let agencies: serde_json::Map<String, Value> = self
            .agencies
            .iter()
            .map(|(agency, f)| {
                let figures = json!({
                    "received": f.received,
                    "records": f.records,
                    "row_faults": f.row_faults,
                    "dead": f.dead,
                    "assigned": f.assigned,
                });
                (agency.clone(), figures)
            })
            .collect();
        json!({
            "agencies": agencies,
            "cases": self.cases.len(),
            "assignments": self.assignments,
            "answered": self.agencies.keys().map(|agency| self.answered(agency)).sum::<u64>(),
            "elapsed_ms": u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

fn assignments_of(case: &Value) -> &[Value] {
    case.get("assignments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Where an assignment stands, as officials read it.
fn status_name(assignment: &Value) -> &'static str {
    let status = assignment.get("status").cloned().unwrap_or_default();
    serde_json::from_value(status).map_or("?", AssignmentStatus::to_chinese)
}

fn part<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list(gateway: &Gateway, what: &str) -> anyhow::Result<Vec<Value>> {
    let value = gateway.json(&[what, "list", "--limit", LIST_MAX])?;
    value.as_array().cloned().with_context(|| format!("{what} list printed no list"))
}

fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    let text = value.get(name).and_then(Value::as_str).with_context(|| format!("{name} is missing in {value}"))?;
    Ok(text.to_owned())
}
