//! `xiezhi case`: lists cases and tells one case's story, in Chinese, with clause, rule version and plugin digest.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use xiezhi_model::CaseNumber;
use xiezhi_model::audit::AuditRow;
use xiezhi_model::case::{Case, CaseStatus, Source};
use xiezhi_ports::{AuditLog as _, CaseFilter, Cases as _};

use super::print;
use crate::compose;

/// Sources and rows of history that `show` prints.
const SHOWN_MAX: usize = 1_000;
/// Hex digits of a plugin digest in the history; the JSON has all.
const DIGEST_SHOWN: usize = 12;

/// What to do with cases.
#[derive(Debug, Subcommand)]
pub(crate) enum CaseCommand {
    /// List cases, newest first.
    List(ListArguments),
    /// Show one case with its sources, assignments and history.
    Show {
        /// The case number.
        number: CaseNumber,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Which cases to list.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only this status: unrouted, open, `fed_back` or closed.
    #[arg(long, value_parser = parse_status)]
    status: Option<CaseStatus>,
    /// Only this category.
    #[arg(long)]
    category: Option<String>,
    /// At most this many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// How many to skip (the next page).
    #[arg(long, default_value_t = 0)]
    offset: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn parse_status(text: &str) -> Result<CaseStatus, String> {
    CaseStatus::parse(text).ok_or_else(|| "one of unrouted, open, fed_back, closed".to_owned())
}

/// Runs the command.
pub(crate) fn run(config: &Path, command: &CaseCommand) -> anyhow::Result<ExitCode> {
    compose::with_store(config, async |store| match command {
        CaseCommand::List(arguments) => list(&store, arguments).await,
        CaseCommand::Show { number, json } => show(&store, number, *json).await,
    })
}

async fn list(store: &compose::Opened, arguments: &ListArguments) -> anyhow::Result<ExitCode> {
    let filter = CaseFilter {
        status: arguments.status,
        category: arguments.category.clone(),
        limit: arguments.limit,
        offset: arguments.offset,
    };
    let cases = store.case_list(&filter).await?;
    if arguments.json {
        print::json(&cases)?;
        return Ok(ExitCode::SUCCESS);
    }
    for case in &cases {
        print::line(&heading(case))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A case in a line.
pub(super) fn heading(case: &Case) -> String {
    let party = case.party.name.as_deref().unwrap_or("（主体未明）");
    let code = case.party.uscc.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
    let agencies: Vec<&str> = case.source_agencies.iter().map(xiezhi_model::AgencyId::as_str).collect();
    format!(
        "{}  {}  {}（{}）  {party}{code}  来源{}条（{}）  派遣{}件",
        case.number,
        case.status.to_chinese(),
        case.category_name,
        case.clause.to_chinese(),
        case.source_count,
        agencies.join("、"),
        case.assignments.len()
    )
}

async fn show(store: &compose::Opened, number: &CaseNumber, json: bool) -> anyhow::Result<ExitCode> {
    let case = store.case_load(number).await?.with_context(|| format!("there is no case {number}"))?;
    let sources = store.case_sources(number, SHOWN_MAX).await?;
    let history = store.audit_by_case(number, SHOWN_MAX).await?;
    if json {
        print::json(&json!({ "case": case, "sources": sources, "history": history }))?;
        return Ok(ExitCode::SUCCESS);
    }
    print::line(&heading(&case))?;
    print::line(&format!("事由：{}", case.title))?;
    print::line("来源：")?;
    for source in &sources {
        print::line(&source_line(source))?;
    }
    print::line("派遣：")?;
    for assignment in &case.assignments {
        print::line(&format!(
            "  {}  {}  {}  期限 {}（{}{}）  {}",
            assignment.id,
            assignment.agency,
            assignment.status.to_chinese(),
            assignment.deadline.at,
            assignment.deadline.basis,
            if assignment.deadline.estimated { "，按周一至周五估算" } else { "" },
            assignment.clause.to_chinese()
        ))?;
    }
    print::line("经过：")?;
    for row in &history {
        print::line(&history_line(row))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A source in a line.
pub(super) fn source_line(source: &Source) -> String {
    format!(
        "  {}  {}  {}（报文 {} 第{}行）  {}",
        source.received_at, source.agency, source.reference, source.message_id, source.row, source.title
    )
}

/// One step of history in a line.
pub(crate) fn history_line(row: &AuditRow) -> String {
    let entry = &row.entry;
    let mut text = format!("  {:>6}  {}  {}", row.seq, entry.at, entry.text);
    let mut notes = Vec::new();
    if let Some(clause) = &entry.clause {
        notes.push(format!("依据 {}", clause.to_chinese()));
    }
    if let (Some(rule), Some(version)) = (&entry.rule, &entry.rule_version) {
        notes.push(format!("规则 {rule} {version}"));
    }
    if let Some(digest) = &entry.plugin_digest {
        notes.push(format!("插件 {}", digest.to_hex().chars().take(DIGEST_SHOWN).collect::<String>()));
    }
    if let Some(code) = &entry.fault_code {
        notes.push(format!("错误码 {code}"));
    }
    if !notes.is_empty() {
        text.push_str(&format!("  〔{}〕", notes.join("；")));
    }
    text
}
