//! What rules cost: the same records decided by the shipped policy and by one of ten times as many rules, in the engine alone.
//!
//! *Indexed*: the copies ask for other codes and code systems, as real rules do, so their guards leave them out. *Scanned*: no
//! guard can be read off any condition, and every rule of the record's kind is evaluated.

use anyhow::Context as _;
use serde::Deserialize;
use xiezhi_engine::{AgencyProfile, CaseBook, Engine, EngineData, IntakeMessage, ReceiptMode, Route};
use xiezhi_kit::place;
use xiezhi_model::plugin::{Decoded, Document, RowRecord};
use xiezhi_model::policy::{PolicyDocument, Rule};
use xiezhi_model::{AgencyId, Digest, InboxSeq, MessageId, Record, RuleId, UtcTime};
use xiezhi_ports::InboxOutcome;

use crate::figure::{Better, Figure, seconds_per_call};

const POLICY: &str = "config/policy/tongzhou-cluster-address.toml";
const CASES: &str = "config/policy/cases/tongzhou-cluster-address.toml";
const CALENDAR: &str = "config/calendar/2026.toml";
/// How often the policy's rules are there in the large one.
const TIMES: usize = 10;

/// The cases beside the policy: each has a record that a rule, or none, matches.
#[derive(Debug, Deserialize)]
struct CaseFile {
    case: Vec<PolicyCase>,
}

#[derive(Debug, Deserialize)]
struct PolicyCase {
    sender: AgencyId,
    received_at: String,
    record: Record,
}

/// How the rules are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    Indexed,
    Scanned,
}

/// Measures both searches, with one and with ten times the rules.
pub(crate) fn measure() -> anyhow::Result<Vec<Figure>> {
    let policy: PolicyDocument = toml::from_str(&read(POLICY)?)?;
    let messages = messages()?;
    let mut figures = Vec::new();
    for search in [Search::Indexed, Search::Scanned] {
        let word = if search == Search::Indexed { "indexed" } else { "scanned" };
        let mut times = Vec::new();
        for copies in [1, TIMES] {
            let repeated = repeated(&policy, copies, search)?;
            let against = format!("{} rules, {} records", repeated.rules.len(), messages.len());
            let engine = engine(repeated)?;
            let ns = ns_per_record(&engine, &messages)?;
            figures.push(Figure::plain(format!("rules_{word}_x{copies}_ns"), ns, "ns", Better::Lower, &against));
            times.push(ns);
        }
        let against = "the same records by the shipped rules alone";
        let ratio =
            Figure::plain(format!("rules_{word}_x10_vs_x1"), times[1] / times[0], "ratio", Better::Lower, against);
        figures.push(match search {
            Search::Indexed => ratio,
            // No faster than linearly.
            Search::Scanned => ratio.demanding(10.0, 10.0),
        });
    }
    Ok(figures)
}

fn read(path: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(place::root().join(path)).with_context(|| format!("{path} cannot be read"))
}

/// The findings among the policy's cases, each as a message: other kinds have no code to index.
fn messages() -> anyhow::Result<Vec<(IntakeMessage, Decoded)>> {
    let file: CaseFile = toml::from_str(&read(CASES)?)?;
    let findings = file.case.into_iter().filter(|case| matches!(case.record, Record::Finding(_)));
    let message = |(seq, case): (i64, PolicyCase)| {
        let message = IntakeMessage {
            seq: InboxSeq(seq),
            agency: case.sender,
            message_id: MessageId::parse(&format!("bench-{seq}"))?,
            digest: Digest::of(&seq.to_le_bytes()),
            received_at: UtcTime::parse_rfc3339(&case.received_at)?,
            redrives: 0,
        };
        let records = vec![RowRecord { row: 1, record: case.record }];
        let document = Document { records, row_faults: Vec::new() };
        Ok((message, Decoded { document, ..Decoded::default() }))
    };
    (1..).zip(findings).map(message).collect()
}

/// The policy with all its rules several times; ids differ, and so does what the guards ask for.
fn repeated(policy: &PolicyDocument, copies: usize, search: Search) -> anyhow::Result<PolicyDocument> {
    let mut repeated = PolicyDocument { rules: Vec::new(), ..policy.clone() };
    for copy in 0..copies {
        for rule in &policy.rules {
            let when = match search {
                Search::Indexed if copy > 0 => elsewhere(&rule.when, copy),
                Search::Indexed => rule.when.clone(),
                // A guard is read off conjunctions only.
                Search::Scanned => format!("({}) || sender == 'nobody-{copy}'", rule.when.trim()),
            };
            let id = RuleId::parse(&format!("{}-x{copy}", rule.id))?;
            repeated.rules.push(Rule { id, when, ..rule.clone() });
        }
    }
    Ok(repeated)
}

/// The condition with another code and code system in place of each that it compares with.
fn elsewhere(when: &str, copy: usize) -> String {
    let mut parts = when.split("record.issue.code");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str("record.issue.code");
        // Up to the end of the literal or list that it is compared with.
        let end = match part.split_once(" in [") {
            Some((before, _)) if !before.contains('\'') => part.find(']'),
            _ => part.match_indices('\'').nth(1).map(|(at, _)| at + 1),
        };
        let (compared, rest) = part.split_at(end.unwrap_or(part.len()));
        for (index, piece) in compared.split('\'').enumerate() {
            if index > 0 {
                text.push('\'');
            }
            text.push_str(piece);
            if index % 2 == 1 {
                text.push_str(&format!("-x{copy}"));
            }
        }
        text.push_str(rest);
    }
    text
}

fn engine(policy: PolicyDocument) -> anyhow::Result<Engine> {
    let mut agencies = Vec::new();
    for entry in std::fs::read_dir(place::root().join("config/agencies"))? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).context("an agency's file has no name")?;
        agencies.push(AgencyProfile {
            id: AgencyId::parse(stem)?,
            name: stem.to_owned(),
            route: Route::Linked,
            receipts: ReceiptMode::Never,
            writes: ["assignment", "joint_punishment", "lift", "notice", "publication"].map(str::to_owned).to_vec(),
            host_unit: None,
            town: None,
        });
    }
    let calendars = vec![toml::from_str(&read(CALENDAR)?)?];
    let data = EngineData { policies: vec![policy], calendars, agencies, ..EngineData::default() };
    Engine::new(data).map_err(|problems| anyhow::anyhow!("{problems:?}"))
}

fn ns_per_record(engine: &Engine, messages: &[(IntakeMessage, Decoded)]) -> anyhow::Result<f64> {
    for (message, decoded) in messages {
        let decision =
            engine.decide(message, Ok((decoded, Digest::ZERO)), &mut CaseBook::default(), message.received_at);
        let is_done = matches!(decision.settlement.outcome, InboxOutcome::Done);
        anyhow::ensure!(is_done && decision.settlement.cases.len() == 1, "{} opened no case", message.message_id);
    }
    let seconds = seconds_per_call(|| {
        for (message, decoded) in messages {
            let read = Ok((decoded, Digest::ZERO));
            let mut book = CaseBook::default();
            std::hint::black_box(engine.decide(message, read, &mut book, message.received_at));
        }
    });
    // Exact: the records are tens.
    Ok(seconds * 1e9 / messages.len() as f64)
}
