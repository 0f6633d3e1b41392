//! `xiezhi policy`: what the rules do. `test` is here: cases in files beside the rules. Given a record, which cases come out of it, by
//! which rule, whom they are assigned to, and until when. Nothing is stored and nothing is sent.

mod check;
mod explain;
mod reader;
mod replay;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::Subcommand;
use serde::Deserialize;
use xiezhi_engine::{CaseBook, Engine, IntakeMessage};
use xiezhi_model::act::LegalAct;
use xiezhi_model::case::{Case, CaseAssignment};
use xiezhi_model::plugin::{Decoded, Document, RowRecord};
use xiezhi_model::{AgencyId, Digest, InboxSeq, MessageId, Record, RuleId, UtcTime};
use xiezhi_ports::InboxOutcome;

use super::print;
use crate::compose;

/// Longest file of cases, in bytes.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// Most files of cases.
const FILES_MAX: usize = 1_000;

/// What to do with the policy.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Try the policy on the cases beside it: each must come out as it says, and each rule must have one.
    Test {
        /// A file of cases, or a folder with some; `policy/cases` beside the configuration file unless given.
        cases: Option<PathBuf>,
    },
    /// Look for rules that never act, that get in each other's way, and for days without a rule.
    Check(check::CheckArguments),
    /// Say why a case is with its agencies until when, and which rules did not apply to its reports.
    Explain(explain::ExplainArguments),
    /// Decide recorded messages again, by the present policy and by another, and say what differs.
    Replay(replay::ReplayArguments),
}

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    #[serde(default)]
    case: Vec<PolicyCase>,
}

/// A record and what must come out of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyCase {
    name: String,
    sender: AgencyId,
    /// RFC 3339.
    received_at: String,
    record: Record,
    /// A line for each case, as [`sketch`] writes it, then one for each act that is proposed, as [`proposes`] does; empty where
    /// the record is only kept.
    expect: Vec<String>,
}

/// Does it.
pub(crate) fn run(config: &Path, command: &PolicyCommand) -> anyhow::Result<ExitCode> {
    match command {
        PolicyCommand::Test { cases } => test(config, cases.as_deref()),
        PolicyCommand::Check(arguments) => check::run(config, arguments),
        PolicyCommand::Explain(arguments) => explain::run(config, arguments),
        PolicyCommand::Replay(arguments) => replay::run(config, arguments),
    }
}

fn test(config: &Path, cases: Option<&Path>) -> anyhow::Result<ExitCode> {
    let beside = || config.parent().unwrap_or_else(|| Path::new(".")).join("policy/cases");
    let files = files(&cases.map_or_else(beside, Path::to_owned))?;
    let loaded = compose::configuration_or_problems(config)?;
    let mut untried: BTreeSet<RuleId> =
        loaded.policies.iter().flat_map(|(_, policy)| &policy.rules).map(|rule| rule.id.clone()).collect();
    let (_, engine) = compose::host_and_engine(loaded)?;
    let (mut tried, mut wrong) = (0_usize, 0_usize);
    for file in files {
        for case in read(&file)? {
            tried += 1;
            let (out, acts) = decide(&engine, &case).with_context(|| format!("{}: {}", file.display(), case.name))?;
            for case in &out {
                untried.remove(&case.rule);
                case.assignments.iter().for_each(|assignment| _ = untried.remove(&assignment.rule));
            }
            let got: Vec<String> = out.iter().map(sketch).chain(acts.iter().map(proposes)).collect();
            if got != case.expect {
                wrong += 1;
                print::line(&format!("{}: {}", file.display(), case.name))?;
                print::line(&format!("  expected {:?}", case.expect))?;
                print::line(&format!("  came out {got:?}"))?;
            }
        }
    }
    for rule in &untried {
        print::line(&format!("no case tries the rule {rule}"))?;
    }
    print::line(&format!("{tried} cases, {wrong} wrong; {} rules without a case", untried.len()))?;
    Ok(if wrong == 0 && untried.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The file itself, or the TOML files directly in the folder, by name.
fn files(place: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if place.is_file() {
        return Ok(vec![place.to_owned()]);
    }
    let entries = std::fs::read_dir(place).with_context(|| format!("{} cannot be read", place.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
        ensure!(files.len() <= FILES_MAX, "{} has more than {FILES_MAX} files", place.display());
    }
    ensure!(!files.is_empty(), "{} has no file of cases", place.display());
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> anyhow::Result<Vec<PolicyCase>> {
    let bytes = std::fs::metadata(file).with_context(|| format!("{} cannot be read", file.display()))?.len();
    ensure!(bytes <= FILE_BYTES_MAX, "{} is longer than {FILE_BYTES_MAX} bytes", file.display());
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let cases: CaseFile = toml::from_str(&text).with_context(|| format!("{} is no file of cases", file.display()))?;
    Ok(cases.case)
}

/// The cases that come out of the record and the acts that are proposed, where no case is open yet.
fn decide(engine: &Engine, case: &PolicyCase) -> anyhow::Result<(Vec<Case>, Vec<LegalAct>)> {
    let now = UtcTime::parse_rfc3339(&case.received_at).context("received_at")?;
    let message = IntakeMessage {
        seq: InboxSeq(1),
        agency: case.sender.clone(),
        message_id: MessageId::parse("policy-test")?,
        digest: Digest::of(case.name.as_bytes()),
        received_at: now,
        redrives: 0,
    };
    let records = vec![RowRecord { row: 1, record: case.record.clone() }];
    let decoded = Decoded { document: Document { records, row_faults: Vec::new() }, ..Decoded::default() };
    let decision = engine.decide(&message, Ok((&decoded, Digest::ZERO)), &mut CaseBook::default(), now);
    let settlement = decision.settlement;
    if let InboxOutcome::Dead(fault) = settlement.outcome {
        bail!("{}: {}", fault.code, fault.text);
    }
    Ok((settlement.cases.into_iter().map(|write| (*write.case).clone()).collect(), settlement.acts))
}

/// `proposes <act>`.
fn proposes(act: &LegalAct) -> String {
    format!("proposes {}", act.kind.as_str())
}

/// `<category> <rule>: <agency>/<role>/<last day> …`.
fn sketch(case: &Case) -> String {
    sketch_of(case, &case.assignments)
}

/// As [`sketch`], with some of the case's assignments.
fn sketch_of(case: &Case, assignments: &[CaseAssignment]) -> String {
    let assigned: Vec<String> = assignments
        .iter()
        .map(|assignment| {
            let due = assignment.deadline.at.beijing_date();
            format!("{}/{}/{due}", assignment.agency, assignment.role)
        })
        .collect();
    format!("{} {}: {}", case.category, case.rule, assigned.join(" ")).trim_end().to_owned()
}
