//! `xiezhi message`: lists messages, shows one, and has dead ones tried again.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use xiezhi_model::audit::ACTOR_OPERATOR;
use xiezhi_model::message::{InboxEntry, InboxStatus};
use xiezhi_model::{AgencyId, InboxSeq, MessageId, UtcTime};
use xiezhi_ports::{AuditLog as _, Inbox as _, InboxFilter};

use super::print;
use crate::compose;
use crate::delivery::{self, Redriven};

/// Rows of history that `show` prints.
const HISTORY_MAX: usize = 200;
/// Messages that one `redrive --all` takes; call it again for more.
const REDRIVE_MAX: usize = 10_000;

/// What to do with messages.
#[derive(Debug, Subcommand)]
pub(crate) enum MessageCommand {
    /// List messages, newest first.
    List(ListArguments),
    /// Show one message with its faults and history.
    Show {
        /// The intake number, or the sender's message id.
        message: String,
        /// Write the message's bytes, as received, to this file.
        #[arg(long)]
        body_to: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Have dead messages tried again, after what made them dead was mended.
    Redrive {
        /// Intake numbers, or the id of an outgoing message that was given up.
        messages: Vec<String>,
        /// Every dead message.
        #[arg(long, conflicts_with = "messages")]
        all: bool,
        /// With --all: of this agency only.
        #[arg(long, requires = "all")]
        agency: Option<AgencyId>,
    },
}

/// Which messages to list.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only dead ones (the same as --status dead).
    #[arg(long)]
    dead: bool,
    /// Only this status: pending, waiting, done, dead or quarantined.
    #[arg(long, value_parser = parse_status, conflicts_with = "dead")]
    status: Option<InboxStatus>,
    /// Only of this agency.
    #[arg(long)]
    agency: Option<AgencyId>,
    /// Only those with rows that could not be used.
    #[arg(long)]
    faulty: bool,
    /// Only those before this intake number (the next page).
    #[arg(long)]
    before: Option<i64>,
    /// At most this many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn parse_status(text: &str) -> Result<InboxStatus, String> {
    InboxStatus::parse(text).ok_or_else(|| "one of pending, waiting, done, dead, quarantined".to_owned())
}

/// Runs the command.
pub(crate) fn run(config: &Path, command: &MessageCommand) -> anyhow::Result<ExitCode> {
    compose::with_store_and_clock(config, async |store, clock| match command {
        MessageCommand::List(arguments) => list(&store, arguments).await,
        MessageCommand::Show { message, body_to, json } => show(&store, message, body_to.as_deref(), *json).await,
        MessageCommand::Redrive { messages, all, agency } => {
            redrive(&store, messages, *all, agency.as_ref(), clock.now()).await
        }
    })
}

async fn list(store: &compose::Opened, arguments: &ListArguments) -> anyhow::Result<ExitCode> {
    let filter = InboxFilter {
        status: if arguments.dead { Some(InboxStatus::Dead) } else { arguments.status },
        agency: arguments.agency.clone(),
        message_id: None,
        faulty: arguments.faulty,
        before: arguments.before.map(InboxSeq),
        limit: arguments.limit,
    };
    let entries = store.inbox_list(&filter).await?;
    if arguments.json {
        print::json(&entries)?;
        return Ok(ExitCode::SUCCESS);
    }
    for entry in &entries {
        print::line(&summary(entry))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn summary(entry: &InboxEntry) -> String {
    let mut text = format!(
        "{:>8}  {}  {:<18} {:<11} {}",
        entry.seq,
        entry.received_at,
        entry.agency.as_str(),
        entry.status.as_str(),
        entry.message_id
    );
    if let Some(fault) = &entry.fault {
        text.push_str(&format!("\n          {}{}  {}", fault.code, offset(fault.offset), fault.text));
    }
    for row in &entry.row_faults {
        text.push_str(&format!(
            "\n          row {} {}{}  {}",
            row.row,
            row.fault.code,
            offset(row.fault.offset),
            row.fault.text
        ));
    }
    text
}

fn offset(offset: Option<u64>) -> String {
    offset.map(|offset| format!(" at byte {offset}")).unwrap_or_default()
}

async fn show(store: &compose::Opened, message: &str, body_to: Option<&Path>, json: bool) -> anyhow::Result<ExitCode> {
    let seq = find(store, message).await?;
    let (entry, body) = store.inbox_show(seq).await?.with_context(|| format!("there is no message {seq}"))?;
    let history = store.audit_by_message(seq, HISTORY_MAX).await?;
    if let Some(file) = body_to {
        std::fs::write(file, &body).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    if json {
        print::json(&json!({ "message": entry, "history": history }))?;
        return Ok(ExitCode::SUCCESS);
    }
    print::line(&summary(&entry))?;
    print::line(&format!(
        "          {} bytes, sha256 {}, {} record(s), repeated {} time(s), redriven {} time(s), plugin {}",
        entry.bytes,
        entry.digest,
        entry.records,
        entry.duplicates,
        entry.redrives,
        entry.plugin_digest.map_or_else(|| "-".to_owned(), |digest| digest.to_hex())
    ))?;
    for row in history {
        print::line(&super::case::history_line(&row))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// An intake number, or else the newest message with that id.
async fn find(store: &compose::Opened, message: &str) -> anyhow::Result<InboxSeq> {
    if let Ok(seq) = message.parse() {
        return Ok(InboxSeq(seq));
    }
    let filter = InboxFilter { message_id: Some(MessageId::parse(message)?), limit: 1, ..InboxFilter::default() };
    let found = store.inbox_list(&filter).await?;
    Ok(found.first().with_context(|| format!("there is no message with the id {message}"))?.seq)
}

async fn redrive(
    store: &compose::Opened,
    messages: &[String],
    all: bool,
    agency: Option<&AgencyId>,
    now: UtcTime,
) -> anyhow::Result<ExitCode> {
    let mut targets = messages.to_vec();
    if all {
        let filter = InboxFilter {
            status: Some(InboxStatus::Dead),
            agency: agency.cloned(),
            limit: REDRIVE_MAX,
            ..InboxFilter::default()
        };
        targets = store.inbox_list(&filter).await?.iter().map(|entry| entry.seq.to_string()).collect();
    } else if targets.is_empty() {
        bail!("name intake numbers or outgoing ids, or give --all");
    }
    let mut code = ExitCode::SUCCESS;
    for target in targets {
        let (done, then) = match target.parse() {
            Ok(seq) => (store.inbox_redrive(InboxSeq(seq), ACTOR_OPERATOR, now).await?, None),
            Err(_) => match delivery::redrive(store, &MessageId::parse(&target)?, ACTOR_OPERATOR, now).await? {
                Redriven::Pending(then) => (true, then),
                Redriven::NotDead => (false, None),
                Redriven::Denied(denial) => {
                    eprintln!("{target}: {}（{}）", denial.text, denial.code);
                    code = ExitCode::FAILURE;
                    continue;
                }
            },
        };
        if done {
            print::line(&format!("{target} is pending again"))?;
        } else {
            eprintln!("{target} is not there or not dead");
            code = ExitCode::FAILURE;
        }
        if let Some(then) = then {
            print::line(&format!(
                "该条目此后已决定{then}；列入公示后请查看，未被接收的另行推送：xiezhi act resend {then}"
            ))?;
        }
    }
    Ok(code)
}
