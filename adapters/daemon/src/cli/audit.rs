//! `xiezhi audit`: checks the chain.

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use xiezhi_ports::AuditLog as _;

use super::print;
use crate::compose;

/// What to do with the audit chain.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check every row: hash, link, numbering, copies and head. Exit code 1 names the first row that is wrong.
    Verify {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
pub(crate) fn run(config: &Path, command: &AuditCommand) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify { json } = command;
    compose::with_store(config, async |store| {
        let report = store.audit_verify().await?;
        if *json {
            print::json(&report)?;
        } else {
            match &report.broken {
                None => print::line(&format!("audit chain is whole: {} rows, head {}", report.rows, report.head))?,
                Some(broken) => {
                    print::line(&format!("audit chain is broken at row {}: {}", broken.seq, broken.what))?;
                }
            }
        }
        Ok(if report.broken.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}
