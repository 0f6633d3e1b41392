//! `xiezhi case`: lists cases, has officers act on them, and tells one case's story, in Chinese, with clause, rule version and plugin digest.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use xiezhi_model::CaseNumber;
use xiezhi_model::audit::AuditRow;
use xiezhi_model::case::{Case, CaseAssignment, CaseStatus, Source};
use xiezhi_model::case_request::CaseRequest;
use xiezhi_ports::{AuditLog as _, CaseFilter, Cases as _};

use super::case_step::{self, AnswerArguments, AssignArguments, ReasonArguments, VerifyArguments};
use super::print;
use crate::compose;

/// Sources and rows of history that `show` prints.
const SHOWN_MAX: usize = 1_000;
/// Cases in one page of the work list, and most pages of a status.
const PAGE_CASES: usize = 500;
const PAGES_MAX: usize = 2_000;
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
    /// Assign what no rule assigned, or what was returned (分派).
    Assign(AssignArguments),
    /// Answer an assignment of an agency in the house (办理), which has no link.
    Answer(AnswerArguments),
    /// Verify what was fed back (核查): pass closes the case, fail has it done again.
    Verify(VerifyArguments),
    /// Close a case on which nobody has to act (结案).
    Close(ReasonArguments),
    /// Stop the clocks of a case (中止计时).
    Suspend(ReasonArguments),
    /// Have the clocks of a case run again, with later deadlines (恢复计时).
    Resume(ReasonArguments),
    /// Open a closed case again (重新办理).
    Reopen(ReasonArguments),
}

/// Which cases to list.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only this status: unrouted, open, `fed_back` or closed.
    #[arg(long, value_parser = parse_status)]
    status: Option<CaseStatus>,
    /// Only those that are late beyond the last reminder, or whose verification is late.
    #[arg(long)]
    escalated: bool,
    /// Only those on which a person of the bureau has something to do: assign, assign anew, verify, follow up.
    #[arg(long)]
    waiting: bool,
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
    let asked = match command {
        CaseCommand::List(arguments) => {
            return compose::with_store(config, async |store| list(&store, arguments).await);
        }
        CaseCommand::Show { number, json } => {
            return compose::with_store(config, async |store| show(&store, number, *json).await);
        }
        CaseCommand::Assign(arguments) => arguments.request(),
        CaseCommand::Answer(arguments) => arguments.request(),
        CaseCommand::Verify(arguments) => arguments.request(),
        CaseCommand::Close(arguments) => arguments.request(|reason| CaseRequest::Close { reason }),
        CaseCommand::Suspend(arguments) => arguments.request(|reason| CaseRequest::Suspend { reason }),
        CaseCommand::Resume(arguments) => arguments.request(|reason| CaseRequest::Resume { reason }),
        CaseCommand::Reopen(arguments) => arguments.request(|reason| CaseRequest::Reopen { reason }),
    };
    case_step::run(config, asked)
}

async fn list(store: &compose::Opened, arguments: &ListArguments) -> anyhow::Result<ExitCode> {
    let filter = CaseFilter {
        status: arguments.status,
        category: arguments.category.clone(),
        limit: arguments.limit,
        offset: arguments.offset,
    };
    let cases = match arguments.escalated || arguments.waiting {
        true => worklist(store, arguments, filter).await?,
        false => store.case_list(&filter).await?,
    };
    if arguments.json {
        print::json(&cases)?;
        return Ok(ExitCode::SUCCESS);
    }
    for case in &cases {
        print::line(&heading(case))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The cases among those not closed that a person has to look at: read page by page, because the store keeps no list of them.
async fn worklist(store: &compose::Opened, arguments: &ListArguments, filter: CaseFilter) -> anyhow::Result<Vec<Case>> {
    let wanted = |case: &Case| {
        (!arguments.escalated || case.is_escalated()) && (!arguments.waiting || case.waits_for_a_person())
    };
    let statuses = [CaseStatus::Unrouted, CaseStatus::Open, CaseStatus::FedBack];
    let mut found: Vec<Case> = Vec::new();
    for status in statuses.into_iter().filter(|status| arguments.status.is_none_or(|wanted| wanted == *status)) {
        for page in 0..PAGES_MAX {
            let of_page = CaseFilter {
                status: Some(status),
                category: filter.category.clone(),
                limit: PAGE_CASES,
                offset: page * PAGE_CASES,
            };
            let cases = store.case_list(&of_page).await?;
            let is_last = cases.len() < PAGE_CASES;
            found.extend(cases.into_iter().filter(wanted));
            if is_last {
                break;
            }
        }
    }
    found.sort_by_key(|case| std::cmp::Reverse(case.opened_at));
    Ok(found.into_iter().skip(filter.offset).take(filter.limit).collect())
}

/// A case in a line.
pub(crate) fn heading(case: &Case) -> String {
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
    if let Some(suspension) = &case.suspension {
        print::line(&format!("中止计时：{}起，{}", suspension.at, suspension.reason))?;
    }
    if let Some(due) = &case.verify_due {
        print::line(&format!("核查期限：{}（{}）", due.at, due.basis))?;
    }
    print::line("派遣：")?;
    for assignment in &case.assignments {
        print::line(&assignment_line(assignment))?;
    }
    for part in &case.unassigned {
        let (role, clause) = (part.role.to_chinese(), part.clause.to_chinese());
        print::line(&format!("  待人工分派{role}单位：{}  {clause}", part.why))?;
    }
    print::line("经过：")?;
    for row in &history {
        print::line(&history_line(row))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn assignment_line(assignment: &CaseAssignment) -> String {
    let mut notes = String::new();
    if let Some(at) = assignment.escalated_at {
        notes.push_str(&format!("  {at}转人工督办"));
    }
    if let Some(id) = &assignment.replaced_by {
        notes.push_str(&format!("  已由{id}接替"));
    }
    format!(
        "  {}  {}  {}  期限 {}（{}{}）  {}{notes}",
        assignment.id,
        assignment.agency,
        assignment.status.to_chinese(),
        assignment.deadline.at,
        assignment.deadline.basis,
        if assignment.deadline.estimated { "，按周一至周五估算" } else { "" },
        assignment.clause.to_chinese()
    )
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
