//! `xiezhi act`: the bureau's people list, propose, approve and refuse legal acts. The same desk as `/v1/acts`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use tokio::sync::Notify;
use xiezhi_http::{ActDesk as _, DeskError};
use xiezhi_model::act::{Account, ActRequest, ActStatus, Ballot, LegalAct, Proposer};
use xiezhi_model::{ActId, CaseNumber};
use xiezhi_ports::ActFilter;

use super::password::PasswordSource;
use super::publicity::{ObjectArguments, ResendArguments};
use super::{print, publicity};
use crate::desk::Desk;
use crate::serve::link::Links;
use crate::{clock, compose};

/// Longest file with a request, in bytes.
const REQUEST_BYTES_MAX: u64 = 64 * 1024;

/// What to do with legal acts.
#[derive(Debug, Subcommand)]
pub(crate) enum ActCommand {
    /// List acts, newest first.
    List(ListArguments),
    /// Show one act.
    Show {
        /// The act's number, such as TZ-2026-0000017/A1.
        id: ActId,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Propose an act (拟办), as an officer.
    Propose(ProposeArguments),
    /// Approve an act: 初审 as an officer, 审核 as a reviewer.
    Approve(ApproveArguments),
    /// Refuse an act, with the reason.
    Refuse(RefuseArguments),
    /// Show what a visitor of the credit system will see of a listing, removal or correction.
    Preview {
        /// The act's number.
        id: ActId,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Send a decided entry to the credit system anew, under another message id.
    Resend(ResendArguments),
    /// Register, accept or decide an objection to a published listing (公示后异议), as an officer.
    Object(ObjectArguments),
}

/// Which acts to list.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only this status: proposed, examined, decided or refused.
    #[arg(long, value_parser = parse_status)]
    status: Option<ActStatus>,
    /// Only of this case.
    #[arg(long = "case")]
    case_number: Option<CaseNumber>,
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

/// Who acts.
#[derive(Debug, Args)]
pub(crate) struct PersonArguments {
    /// The account.
    #[arg(long = "as", value_name = "ACCOUNT")]
    account: String,
    #[command(flatten)]
    password: PasswordSource,
}

/// What to propose.
#[derive(Debug, Args)]
pub(crate) struct ProposeArguments {
    /// A file with the request as JSON, as `POST /v1/acts` takes it (docs/acts.md).
    request: PathBuf,
    #[command(flatten)]
    person: PersonArguments,
}

/// What to approve.
#[derive(Debug, Args)]
pub(crate) struct ApproveArguments {
    /// The act's number.
    id: ActId,
    /// Document number (文号) of the decision; the reviewer gives it.
    #[arg(long)]
    decision: Option<String>,
    /// A remark.
    #[arg(long, default_value = "")]
    remark: String,
    #[command(flatten)]
    person: PersonArguments,
}

/// What to refuse.
#[derive(Debug, Args)]
pub(crate) struct RefuseArguments {
    /// The act's number.
    id: ActId,
    /// Why.
    #[arg(long)]
    remark: String,
    #[command(flatten)]
    person: PersonArguments,
}

fn parse_status(text: &str) -> Result<ActStatus, String> {
    ActStatus::parse(text).ok_or_else(|| "one of proposed, examined, decided, refused".to_owned())
}

/// Does it.
pub(crate) fn run(config: &Path, command: &ActCommand) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(async {
        let desk = desk(config)?;
        let done = match command {
            ActCommand::List(arguments) => return list(&desk, arguments).await,
            ActCommand::Show { id, json } => desk.show(id).await.map(|act| (act, *json)),
            ActCommand::Propose(arguments) => {
                let request = request(&arguments.request)?;
                match sign_in(&desk, &arguments.person).await? {
                    Ok(person) => desk.propose(&person, request).await.map(|act| (act, false)),
                    Err(error) => Err(error),
                }
            }
            ActCommand::Approve(ApproveArguments { id, decision, remark, person }) => {
                let ballot = Ballot::Approve { decision: decision.clone(), remark: remark.clone() };
                vote(&desk, person, id, ballot).await?
            }
            ActCommand::Refuse(RefuseArguments { id, remark, person }) => {
                vote(&desk, person, id, Ballot::Refuse { remark: remark.clone() }).await?
            }
            ActCommand::Preview { id, json } => match publicity::preview(&desk, id, *json).await? {
                Ok(()) => return Ok(ExitCode::SUCCESS),
                Err(error) => Err(error),
            },
            ActCommand::Resend(arguments) => publicity::resend(&desk, arguments).await?,
            ActCommand::Object(arguments) => publicity::object(&desk, arguments).await?,
        };
        match done {
            Ok((act, true)) => print::json(&act)?,
            Ok((act, false)) => show(&act)?,
            Err(DeskError::NotSignedIn) => bail!("账号或密码不正确，或账号已停用"),
            Err(DeskError::Denied { code, text }) => bail!("{text}（{code}）"),
            Err(DeskError::Conflict) => bail!("该事项刚被他人办理，本次未生效；请重新查看后再办"),
            Err(error) => return Err(error.into()),
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The desk of a configuration, beside the running gateway or without one.
pub(crate) fn desk(config: &Path) -> anyhow::Result<Desk> {
    let loaded = compose::configuration_or_problems(config)?;
    let store = compose::store(&loaded)?;
    let settings: Vec<_> = loaded.agencies.iter().map(|agency| (agency.id.clone(), agency.settings.clone())).collect();
    let clock = clock::of(loaded.settings.clock.start);
    let failures_max = loaded.settings.plugins.quarantine_failures;
    let (host, engine) = compose::host_and_engine(loaded)?;
    let links = Links::new(Arc::new(host), settings.into_iter(), failures_max);
    // The running gateway looks into the outbox by itself.
    let outbox_wake = Arc::new(Notify::new());
    Ok(Desk::new(Arc::new(store), Arc::new(engine), Arc::new(links), clock, outbox_wake))
}

fn request(file: &Path) -> anyhow::Result<ActRequest> {
    let bytes = std::fs::metadata(file).with_context(|| format!("{} cannot be read", file.display()))?.len();
    anyhow::ensure!(bytes <= REQUEST_BYTES_MAX, "{} is longer than {REQUEST_BYTES_MAX} bytes", file.display());
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no request, see docs/acts.md", file.display()))
}

/// The account of whoever acts.
pub(crate) async fn sign_in(desk: &Desk, person: &PersonArguments) -> anyhow::Result<Result<Account, DeskError>> {
    let password = person.password.read()?;
    Ok(desk.sign_in(&person.account, &password).await)
}

/// The act after the vote, to be shown as text.
async fn vote(
    desk: &Desk,
    person: &PersonArguments,
    id: &ActId,
    ballot: Ballot,
) -> anyhow::Result<Result<(LegalAct, bool), DeskError>> {
    Ok(match sign_in(desk, person).await? {
        Ok(person) => desk.vote(&person, id, ballot).await.map(|act| (act, false)),
        Err(error) => Err(error),
    })
}

async fn list(desk: &Desk, arguments: &ListArguments) -> anyhow::Result<ExitCode> {
    let ListArguments { status, case_number, limit, offset, json } = arguments;
    let filter = ActFilter { status: *status, case_number: case_number.clone(), limit: *limit, offset: *offset };
    let acts = desk.list(&filter).await?;
    if *json {
        print::json(&acts)?;
        return Ok(ExitCode::SUCCESS);
    }
    for act in acts {
        let (kind, status) = (act.kind.to_chinese(), act.status.to_chinese());
        print::line(&format!("{:<22} {status}  {kind}  {}  {}", act.id, act.proposed_at, act.reason))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(act: &LegalAct) -> anyhow::Result<()> {
    let proposer = match &act.proposed_by {
        Proposer::Person(name) => name.to_string(),
        Proposer::Policy { rule, rule_version } => format!("规则{rule}（{rule_version}）"),
    };
    print::line(&format!("{}  {}  {}", act.id, act.kind.to_chinese(), act.status.to_chinese()))?;
    print::line(&format!("  依据：{}  理由：{}", act.clause.to_chinese(), act.reason))?;
    print::line(&format!("  拟办：{proposer}  {}", act.proposed_at))?;
    if let Some(decision) = &act.decision {
        print::line(&format!("  文号：{decision}"))?;
    }
    if let Some(due) = &act.terms.due {
        print::line(&format!("  期限：{}（{}）", due.at, due.basis))?;
    }
    if !act.terms.receivers.is_empty() {
        let receivers: Vec<_> = act.terms.receivers.iter().map(ToString::to_string).collect();
        print::line(&format!("  接收单位：{}", receivers.join("、")))?;
    }
    for (place, evidence) in (1..).zip(&act.evidence) {
        let place: u32 = place;
        let (agency, reference) = (&evidence.agency, &evidence.reference);
        print::line(&format!("  证据{place}：{agency}  {reference}  {}  {}", evidence.received_at, evidence.title))?;
    }
    for vote in &act.votes {
        let said = if vote.approved { "同意" } else { "不同意" };
        print::line(&format!("  {}  {}{said}  {}  {}", vote.at, vote.role.to_chinese(), vote.person, vote.remark))?;
    }
    for objection in &act.objections {
        let due = objection.due.as_ref().map(|due| format!("  限{}办理", due.at)).unwrap_or_default();
        let status = objection.status.to_chinese();
        print::line(&format!(
            "  异议：{}  {status}{due}  {}  {}",
            objection.filed_at, objection.text, objection.outcome
        ))?;
    }
    for answer in &act.answers {
        let at = answer.received_at.map(|at| format!("  {at}")).unwrap_or_default();
        let status = answer.status.to_chinese(act.kind);
        print::line(&format!("  反馈：{}  {status}{at}  {}  {}", answer.agency, answer.reference, answer.text))?;
        if let Some(stopped) = &answer.stopped {
            let message = act.message_id(&answer.agency);
            let or = if stopped.was_never_taken && act.kind.is_published() { "，或者另行推送" } else { "" };
            print::line(&format!(
                "    报文已停止推送（{}）；处理后按原编号重发{or}，此后已决定更正或解除的除外：xiezhi message redrive {message}",
                stopped.reason
            ))?;
        }
    }
    Ok(())
}
