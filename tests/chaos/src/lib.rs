//! Chaos over the broker: the real gateway, a real RabbitMQ and departments that send and receive under load, while the
//! gateway is killed, the broker killed or restarted and the network cut at random. In the end a ledger that only the
//! departments wrote is held against what the gateway keeps.
//!
//! It knows the gateway by its binary and by its database, never by its crates.

#![allow(clippy::missing_panics_doc, reason = "support for tests and automation")]

mod department;
mod figures;
mod ledger;
mod message;
mod proof;
mod stage;
mod store;
mod trouble;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use xiezhi_kit::{Random, wait_until};

pub use figures::Figures;

use department::Departments;
use ledger::Ledger;
use proof::Verdict;
use stage::Stage;
use store::Store;

/// Longest wait, after the last trouble, until everything has come where it belongs.
const DRAIN_LIMIT: Duration = Duration::from_secs(240);
/// Longest wait for an orderly end of the gateway.
const END_LIMIT: Duration = Duration::from_secs(60);
/// What a failing run leaves in its folder, beside the gateway's configuration, data and log.
const REPORT_FILE: &str = "chaos-report.txt";

/// What a run is like.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Chooses messages, troubles and moments. What happens at the same time is still the machine's choice.
    pub seed: u64,
    /// How long there is trouble. Every kind of it comes at least once, however short this is.
    pub length: Duration,
}

/// Runs the scenario and proves what the departments may rely on.
///
/// # Errors
/// When something cannot be started, or when the proof fails: the error says which message, and where the folder is.
pub fn run(plan: &Plan) -> anyhow::Result<Figures> {
    let begin = Instant::now();
    println!("chaos: seed {}, {} s of trouble", plan.seed, plan.length.as_secs());
    let mut random = Random::new(plan.seed);
    let mut stage = Stage::prepare()?;
    match act(plan, &mut stage, &mut random) {
        Ok((mut figures, verdict)) => {
            figures.seed = plan.seed;
            figures.elapsed_s = begin.elapsed().as_secs();
            if verdict.problems.is_empty() {
                return Ok(figures);
            }
            let folder = keep(&mut stage, &format!("{figures}\n{}", verdict.problems.join("\n")))?;
            let shown = verdict.problems.iter().take(20).cloned().collect::<Vec<_>>().join("\n  ");
            bail!(
                "{} thing(s) are not as they must be (seed {}, folder {}):\n  {shown}\n{figures}",
                verdict.problems.len(),
                plan.seed,
                folder.display()
            )
        }
        Err(error) => {
            let folder = keep(&mut stage, &format!("{error:#}"))?;
            Err(error.context(format!("the run failed (seed {}, folder {})", plan.seed, folder.display())))
        }
    }
}

fn act(plan: &Plan, stage: &mut Stage, random: &mut Random) -> anyhow::Result<(Figures, Verdict)> {
    let ledger = Arc::new(Ledger::default());
    stage.gateway_start()?;
    stage.wait_until_laid_out()?;
    let departments = Departments::start(stage, &ledger, plan.seed)?;
    let mut figures = trouble::make(plan.length, stage, random)?;
    ledger.close();
    let over = Instant::now();
    let drained = drain(stage, &ledger);
    figures.rest_s = over.elapsed().as_secs();
    departments.end(&mut figures)?;
    let store = Store::open(&stage.gateway().data_dir())?;
    let mut verdict = proof::prove(stage, &store, &ledger)?;
    if let Err(error) = drained {
        verdict.problems.insert(0, format!("{error:#}"));
    }
    let ended = stage.gateway_mut().terminate(END_LIMIT)?;
    if !ended.success() {
        verdict.problems.push(format!("the gateway ended with {ended}"));
    }
    figures.take(&ledger, &verdict);
    Ok((figures, verdict))
}

/// Waits until every message has come where it belongs, in the order in which they travel: what one look found empty, no
/// later look can find filled again.
fn drain(stage: &Stage, ledger: &Ledger) -> anyhow::Result<()> {
    let store = Store::open(&stage.gateway().data_dir())?;
    let mut waits_for = String::new();
    let drained = wait_until(DRAIN_LIMIT, || match waiting(stage, ledger, &store) {
        Ok(None) => Some(()),
        Ok(Some(what)) => {
            waits_for = what;
            None
        }
        Err(error) => {
            waits_for = format!("{error:#}");
            None
        }
    });
    drained.with_context(|| format!("not everything came to rest within {DRAIN_LIMIT:?}: {waits_for}"))
}

fn waiting(stage: &Stage, ledger: &Ledger, store: &Store) -> anyhow::Result<Option<String>> {
    let unconfirmed = ledger.unconfirmed();
    if unconfirmed > 0 {
        return Ok(Some(format!("{unconfirmed} message(s) are not confirmed by the broker")));
    }
    let missing = ledger.accepted().saturating_sub(store.inbox_count()?);
    if missing > 0 {
        return Ok(Some(format!("{missing} message(s) are not in the inbox")));
    }
    let late = store.due_count(stage.simulated_now())?;
    let status = stage.gateway().json(&["status"])?;
    let pending = |name: &str| {
        status.get(name).and_then(serde_json::Value::as_u64).with_context(|| format!("no {name} in {status}"))
    };
    let (inbox, outbox) = (pending("inbox_pending")?, pending("outbox_pending")?);
    if late + inbox + outbox > 0 {
        return Ok(Some(format!("{inbox} message(s) in the inbox, {late} reminder(s), {outbox} in the outbox")));
    }
    let missing = store.outbox_count()?.saturating_sub(ledger.received());
    if missing > 0 {
        return Ok(Some(format!("{missing} message(s) did not reach their departments")));
    }
    stage.queue_restless()
}

/// Leaves the folder on the disk, with a report.
fn keep(stage: &mut Stage, report: &str) -> anyhow::Result<PathBuf> {
    let folder = stage.gateway_mut().keep();
    std::fs::write(folder.join(REPORT_FILE), format!("{report}\n\nThe broker's log ends:\n{}\n", stage.broker_log()))?;
    Ok(folder)
}
