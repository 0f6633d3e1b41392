//! `xiezhi policy explain`: why a case is with these agencies until these days, and which rules did not apply, in Chinese.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use xiezhi_engine::{Consideration, Difference, Engine, Outcome};
use xiezhi_host::Host;
use xiezhi_model::audit::{AuditAction, AuditRow};
use xiezhi_model::case::{Case, CaseAssignment, Source};
use xiezhi_model::plugin::Input;
use xiezhi_model::{CaseNumber, Record};
use xiezhi_ports::{AuditLog as _, Cases as _, Inbox as _};

use super::reader::Links;
use crate::cli::case::{heading, source_line};
use crate::cli::print;
use crate::compose;

/// Most sources that are read again; each may cost as long as a plugin may take.
const SOURCES_SHOWN_MAX: usize = 20;
/// Rows of history that are looked through for the rules' versions.
const HISTORY_MAX: usize = 1_000;

/// Which case.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The case number.
    number: CaseNumber,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A source and what each rule says of it.
struct Explained {
    source: Source,
    /// The rules, or why the message cannot be read again.
    rules: Result<Vec<Consideration>, String>,
}

/// What explains a case.
struct Explainer {
    store: compose::Opened,
    links: Links,
    host: Host,
    engine: Engine,
}

/// Explains the case. Nothing is stored and nothing is sent.
pub(super) fn run(config: &Path, arguments: &ExplainArguments) -> anyhow::Result<ExitCode> {
    let loaded = compose::configuration_or_problems(config)?;
    let (store, links) = (compose::store(&loaded)?, Links::of(&loaded));
    let (host, engine) = compose::host_and_engine(loaded)?;
    let explainer = Explainer { store, links, host, engine };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(explainer.explain(&arguments.number, arguments.json))
}

impl Explainer {
    async fn explain(&self, number: &CaseNumber, json: bool) -> anyhow::Result<ExitCode> {
        let case = self.store.case_load(number).await?.with_context(|| format!("there is no case {number}"))?;
        let history = self.store.audit_by_case(number, HISTORY_MAX).await?;
        let mut sources = Vec::new();
        for source in self.store.case_sources(number, SOURCES_SHOWN_MAX).await? {
            let rules = self.rules(&source).await?;
            sources.push(Explained { source, rules });
        }
        if json {
            let sources: Vec<Value> = sources.iter().map(source_json).collect();
            let assignments: Vec<Value> =
                case.assignments.iter().map(|assignment| self.assignment_json(assignment, &history)).collect();
            print::json(&json!({ "case": case, "sources": sources, "assignments": assignments }))?;
        } else {
            self.print(&case, &sources, &history)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Every rule's answer to the record that the source is.
    async fn rules(&self, source: &Source) -> anyhow::Result<Result<Vec<Consideration>, String>> {
        let Some((entry, body)) = self.store.inbox_show(source.inbox_seq).await? else {
            return Ok(Err("报文已不在库中".to_owned()));
        };
        let decoded = match self.links.read(&self.host, &entry, &Input::Message(&body)) {
            Ok((decoded, _)) => decoded,
            Err(error) => return Ok(Err(format!("报文现在无法解读：{}", error.fault.text))),
        };
        let is_source = |record: &Record| {
            record.kind() == source.kind && record.reference().unwrap_or_default() == source.reference
        };
        let mut rows = decoded.document.records.iter();
        let Some(row) = rows.find(|row| row.row == source.row && is_source(&row.record)) else {
            let text = match decoded.parts.is_empty() {
                true => "现在的适配插件从报文中读不出这条记录",
                false => "来自分包报文，须与其余分包一起解读，不再逐条说明",
            };
            return Ok(Err(text.to_owned()));
        };
        Ok(Ok(self.engine.explain(&row.record, &source.agency, source.received_at.beijing_date())))
    }

    fn print(&self, case: &Case, sources: &[Explained], history: &[AuditRow]) -> anyhow::Result<()> {
        print::line(&heading(case))?;
        print::line(&format!("立案规则：{}（{}），{}", case.rule, case.policy_version, case.clause.to_chinese()))?;
        print::line("派遣：")?;
        if case.assignments.is_empty() {
            print::line("  （无）没有规则说明由谁处置，须人工分派")?;
        }
        for assignment in &case.assignments {
            for line in self.assignment_lines(assignment, history) {
                print::line(&line)?;
            }
        }
        print::line("来源及各规则的适用情况（按收到当日的现行规则）：")?;
        for explained in sources {
            print::line(&source_line(&explained.source))?;
            match &explained.rules {
                Err(why) => print::line(&format!("    （{why}）"))?,
                Ok(rules) => self.print_rules(rules, history)?,
            }
        }
        let more = usize::try_from(case.source_count).unwrap_or(usize::MAX).saturating_sub(sources.len());
        if more > 0 {
            print::line(&format!("  另有{more}个来源未逐条说明"))?;
        }
        Ok(())
    }

    /// The rules that match first: they are what the clerk asks for.
    fn print_rules(&self, rules: &[Consideration], history: &[AuditRow]) -> anyhow::Result<()> {
        let matches = |rule: &&Consideration| rule.outcome == Outcome::Matches;
        if !rules.iter().any(|rule| matches(&rule)) {
            print::line("    没有规则适用")?;
        }
        for rule in rules.iter().filter(matches).chain(rules.iter().filter(|rule| !matches(rule))) {
            print::line(&format!(
                "    {}  {}  {}  “{}”  {}{}",
                if matches(&rule) { "适用　" } else { "不适用" },
                rule.rule.id,
                rule.rule.clause.to_chinese(),
                rule.category_name,
                rule.reason,
                changed(rule, history)
            ))?;
        }
        Ok(())
    }

    fn assignment_lines(&self, assignment: &CaseAssignment, history: &[AuditRow]) -> Vec<String> {
        let version = version_of(assignment, history).map(|version| format!("（{version}）")).unwrap_or_default();
        let estimated = if assignment.deadline.estimated { "，按周一至周五估算" } else { "" };
        let mut lines = vec![
            format!("  {}  {}  {}", assignment.id, self.links.name(&assignment.agency), role(&assignment.role)),
            format!("    依据：规则 {}{version}，{}", assignment.rule, assignment.clause.to_chinese()),
            format!(
                "    期限：{}（{}{estimated}）",
                assignment.deadline.at.to_spaced_beijing(),
                assignment.deadline.basis
            ),
        ];
        lines.extend(entry_of(assignment, history).map(|row| format!("    经过：{}", row.entry.text)));
        lines
    }

    fn assignment_json(&self, assignment: &CaseAssignment, history: &[AuditRow]) -> Value {
        json!({
            "assignment": assignment,
            "agency_name": self.links.name(&assignment.agency),
            "rule_version": version_of(assignment, history),
            "text": entry_of(assignment, history).map(|row| &row.entry.text),
        })
    }
}

/// The step of history that made the assignment.
fn entry_of<'h>(assignment: &CaseAssignment, history: &'h [AuditRow]) -> Option<&'h AuditRow> {
    let made = |row: &&AuditRow| {
        row.entry.action == AuditAction::CaseAssigned && row.entry.assignment.as_ref() == Some(&assignment.id)
    };
    history.iter().find(made)
}

fn version_of<'h>(assignment: &CaseAssignment, history: &'h [AuditRow]) -> Option<&'h str> {
    entry_of(assignment, history)?.entry.rule_version.as_deref()
}

/// A remark where the case was decided by another version of the rule than the one that is loaded.
fn changed(rule: &Consideration, history: &[AuditRow]) -> String {
    let by_rule = history.iter().filter(|row| row.entry.rule.as_ref() == Some(&rule.rule.id));
    let mut versions = by_rule.filter_map(|row| row.entry.rule_version.as_deref());
    match versions.find(|version| *version != rule.rule_version) {
        Some(version) => format!("（当时的版本是{version}，此处按{}说明）", rule.rule_version),
        None => String::new(),
    }
}

fn role(role: &str) -> &str {
    match role {
        "lead" => "主办",
        "co" => "协办",
        other => other,
    }
}

fn source_json(explained: &Explained) -> Value {
    match &explained.rules {
        Ok(rules) => {
            json!({ "source": explained.source, "rules": rules.iter().map(rule_json).collect::<Vec<_>>() })
        }
        Err(why) => json!({ "source": explained.source, "unread": why }),
    }
}

fn rule_json(rule: &Consideration) -> Value {
    let differences = match &rule.outcome {
        Outcome::Differs(differences) => differences.iter().map(difference_json).collect(),
        _ => Vec::new(),
    };
    json!({
        "rule": rule.rule.id,
        "rule_version": rule.rule_version,
        "clause": rule.rule.clause,
        "category": rule.rule.category,
        "category_name": rule.category_name,
        "outcome": rule.outcome.as_str(),
        "differences": differences,
        "reason": rule.reason,
    })
}

fn difference_json(difference: &Difference) -> Value {
    json!({ "part": difference.part.as_str(), "wanted": difference.wanted, "found": difference.found })
}
