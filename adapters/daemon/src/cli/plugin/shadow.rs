//! `xiezhi plugin shadow`: a candidate and the plugin in use read the same recorded messages; what differs is told field by
//! field. Nothing is settled or sent; only that the trial took place is recorded.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use xiezhi_host::Host;
use xiezhi_model::message::{InboxEntry, InboxStatus};
use xiezhi_model::plugin::{Context, Input};
use xiezhi_model::plugin_state::ShadowRun;
use xiezhi_model::{AgencyId, Digest};
use xiezhi_ports::{Clock as _, Codec as _, Inbox as _, InboxFilter, PluginState as _};
use xiezhi_store_sqlite::SqliteStore;

use super::difference::{Difference, differences};
use super::{print, read};
use crate::clock::SystemClock;
use crate::compose;

/// Rows listed in one call.
const PAGE: usize = 500;

/// What to try on what.
#[derive(Debug, Args)]
pub(crate) struct ShadowArguments {
    /// Whose messages.
    agency: AgencyId,
    /// The candidate's component file.
    component: PathBuf,
    /// How many of the newest messages.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    last: u64,
    /// Print JSON, one object a message that differs and one at the end.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(config: &Path, arguments: &ShadowArguments) -> anyhow::Result<ExitCode> {
    let agency = &arguments.agency;
    let (baseline, settings) = compose::host_for_agency(config, agency)?;
    let candidate = compose::empty_host(&compose::configuration_or_problems(config)?)?;
    let bytes = read(&arguments.component)?;
    candidate.admit(agency.clone(), &bytes, None).map_err(|error| {
        anyhow::anyhow!("{} is not admitted ({}): {error}", arguments.component.display(), error.code())
    })?;
    let digest_of = |host: &Host| host.plugin(agency).map(|(_, digest)| digest).unwrap_or_else(|| Digest::of(b""));
    let (before, after) = (digest_of(&baseline), digest_of(&candidate));
    compose::with_store(config, async |store| {
        let (mut messages, mut differing) = (0_u64, 0_u64);
        for entry in newest(&store, agency, arguments.last).await? {
            let Some((_, body)) = store.inbox_show(entry.seq).await? else { continue };
            let context = Context {
                agency: agency.clone(),
                at: entry.received_at,
                message_id: entry.message_id.clone(),
                settings: settings.clone(),
            };
            let found = differences(&answer(&baseline, &body, &context), &answer(&candidate, &body, &context));
            messages += 1;
            if !found.is_empty() {
                differing += 1;
                tell(&entry, &found, arguments.json)?;
            }
        }
        let at = SystemClock.now();
        let run = ShadowRun { agency: agency.clone(), candidate: after, baseline: before, messages, differing, at };
        store.shadow_record(&run).await?;
        if arguments.json {
            print::line(&serde_json::to_string(&run)?)?;
        } else {
            print::line(&format!("{messages} messages of {agency} read by both, {differing} differ"))?;
        }
        Ok(if differing == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
    })
}

/// The newest messages of an agency, newest first; evidence of ids used twice is none of them.
async fn newest(store: &SqliteStore, agency: &AgencyId, last: u64) -> anyhow::Result<Vec<InboxEntry>> {
    let last = usize::try_from(last)?;
    let mut found: Vec<InboxEntry> = Vec::new();
    let mut before = None;
    while found.len() < last {
        let filter = InboxFilter { agency: Some(agency.clone()), before, limit: PAGE, ..InboxFilter::default() };
        let page = store.inbox_list(&filter).await?;
        let Some(oldest) = page.last() else { break };
        before = Some(oldest.seq);
        found.extend(page.into_iter().filter(|entry| entry.status != InboxStatus::Quarantined));
    }
    found.truncate(last);
    Ok(found)
}

/// Everything that a plugin makes of a message, as one value.
fn answer(host: &Host, body: &[u8], context: &Context) -> Value {
    match host.decode(&Input::Message(body), context) {
        Err(error) => json!({ "fault": error.fault }),
        Ok((decoded, _)) => json!({
            "records": decoded.document.records,
            "row_faults": decoded.document.row_faults,
            "reply": decoded.reply.map(|reply| json!({
                "content_type": reply.content_type,
                "body": String::from_utf8_lossy(&reply.body),
            })),
            "parts": decoded.parts.iter().map(|part| json!({
                "key": part.key, "index": part.index, "total": part.total, "digest": Digest::of(&part.body),
            })).collect::<Vec<_>>(),
        }),
    }
}

fn tell(entry: &InboxEntry, found: &[Difference], json: bool) -> anyhow::Result<()> {
    let (seq, id) = (entry.seq.0, entry.message_id.as_str());
    if json {
        let found: Vec<Value> = found
            .iter()
            .map(
                |difference| json!({ "path": difference.path, "before": difference.before, "after": difference.after }),
            )
            .collect();
        print::line(&json!({ "seq": seq, "message_id": id, "differences": found }).to_string())?;
        return Ok(());
    }
    print::line(&format!("message {seq} ({id})"))?;
    for Difference { path, before, after } in found {
        print::line(&format!("  {path}: {before} → {after}"))?;
    }
    Ok(())
}
