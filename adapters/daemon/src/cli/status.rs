//! `xiezhi status`: how much of what is pending, dead, queued and open.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use xiezhi_ports::AuditLog as _;

use super::print;
use crate::compose;

/// How to print.
#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(config: &Path, arguments: &StatusArguments) -> anyhow::Result<ExitCode> {
    compose::with_store(config, async |store| {
        let counts = store.counts().await?;
        let rows = [
            ("inbox_pending", counts.inbox_pending),
            ("inbox_waiting", counts.inbox_waiting),
            ("inbox_held", counts.inbox_held),
            ("inbox_dead", counts.inbox_dead),
            ("outbox_pending", counts.outbox_pending),
            ("outbox_dead", counts.outbox_dead),
            ("queued", counts.queued),
            ("cases_open", counts.cases_open),
        ];
        if arguments.json {
            print::json(
                &rows.into_iter().map(|(name, n)| (name.to_owned(), json!(n))).collect::<serde_json::Map<_, _>>(),
            )?;
        } else {
            for (name, n) in rows {
                print::line(&format!("{name:<15} {n}"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
