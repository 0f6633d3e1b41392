//! `xiezhi policy replay`: recorded messages, decided again by the present policy and by another. What differs is printed;
//! nothing is stored and nothing is sent.
//!
//! Each policy has its own cases, which begin empty and grow from message to message. So answers to cases that were opened
//! before the first message count as unknown on both sides, and what people did to cases is not done again.

mod track;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use serde_json::json;
use xiezhi_engine::IntakeMessage;
use xiezhi_host::Host;
use xiezhi_model::message::{InboxEntry, InboxStatus};
use xiezhi_model::plugin::Input;
use xiezhi_model::{CaseNumber, CivilDate, InboxSeq};
use xiezhi_ports::{Inbox as _, InboxFilter};

use self::track::{Result as RowResult, Track};
use super::reader::{Links, Waiting};
use crate::cli::print;
use crate::compose;

/// Rows of one page of the inbox.
const PAGE_ROWS: usize = 500;
/// Most messages of one replay.
const MESSAGES_MAX: usize = 1_000_000;
/// Most differences that are listed; the others are counted.
const DIFFERENCES_SHOWN_MAX: usize = 1_000;
/// Most memory that the cases of one side may take, in bytes.
const BOOK_BYTES_MAX: usize = 256 << 20;

/// What to decide again, and by what.
#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// A folder with the policy files to compare with, as they stand in `policy` beside the configuration file.
    #[arg(long)]
    with: PathBuf,
    /// Only messages received on this day (in Beijing) or later.
    #[arg(long, value_parser = CivilDate::parse)]
    from: Option<CivilDate>,
    /// At most this many messages, the newest ones.
    #[arg(long, default_value_t = 10_000)]
    limit: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A record that comes out differently.
#[derive(Debug, Serialize)]
struct Difference {
    seq: InboxSeq,
    agency: String,
    message_id: String,
    received_at: String,
    /// The row in the message, counted from 1; 0 for the message itself.
    row: u32,
    present: Vec<RowResult>,
    proposed: Vec<RowResult>,
}

/// What became of all of them.
#[derive(Debug, Default, Serialize)]
struct Totals {
    messages: usize,
    /// Messages that the plugin cannot read: neither policy gets to see them.
    unread: usize,
    records: usize,
    same: usize,
    different: usize,
    /// The present policy's cases among what differs.
    cases: BTreeSet<CaseNumber>,
    /// Whether it ended early because the cases took too much memory.
    is_cut: bool,
}

/// Replays. The exit code says whether it could be done, not whether something differs.
pub(super) fn run(config: &Path, arguments: &ReplayArguments) -> anyhow::Result<ExitCode> {
    let folder = std::fs::canonicalize(&arguments.with)
        .with_context(|| format!("{} cannot be read", arguments.with.display()))?;
    let loaded = compose::configuration_or_problems(config)?;
    let other = compose::configuration_with_policies(config, &folder)
        .map_err(|problems| anyhow::anyhow!("the policy to compare with is not valid:\n{problems}"))?;
    let (store, links) = (compose::store(&loaded)?, Links::of(&loaded));
    let (host, present) = compose::host_and_engine(loaded)?;
    let proposed = compose::engine(other, &host).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the policy to compare with is not valid:\n{}", lines.join("\n"))
    })?;
    let mut replay = Replay {
        links,
        host,
        waiting: Waiting::default(),
        present: Track::new(present),
        proposed: Track::new(proposed),
        differences: Vec::new(),
        totals: Totals::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(replay.run(&store, arguments))?;
    replay.print(arguments.json)
}

struct Replay {
    links: Links,
    host: Host,
    waiting: Waiting,
    present: Track,
    proposed: Track,
    differences: Vec<Difference>,
    totals: Totals,
}

impl Replay {
    async fn run(&mut self, store: &compose::Opened, arguments: &ReplayArguments) -> anyhow::Result<()> {
        for seq in recorded(store, arguments).await? {
            // Gone since it was listed: rows are never removed, but then there is nothing to decide.
            let Some((entry, body)) = store.inbox_show(seq).await? else { continue };
            self.message(&entry, &body);
            if self.present.bytes().max(self.proposed.bytes()) > BOOK_BYTES_MAX {
                self.totals.is_cut = true;
                break;
            }
        }
        Ok(())
    }

    fn message(&mut self, entry: &InboxEntry, body: &[u8]) {
        self.totals.messages += 1;
        let read = self.links.read(&self.host, entry, &Input::Message(body)).and_then(|(decoded, plugin)| {
            let joined = self.waiting.join(&self.links, &self.host, entry, &decoded.parts)?;
            Ok((decoded, plugin, joined))
        });
        let Ok((decoded, plugin, joined)) = read else {
            self.totals.unread += 1;
            return;
        };
        let message = IntakeMessage {
            seq: entry.seq,
            agency: entry.agency.clone(),
            message_id: entry.message_id.clone(),
            digest: entry.digest,
            received_at: entry.received_at,
            redrives: entry.redrives,
        };
        let mut present = self.present.decide(&message, &decoded, plugin, &joined);
        let mut proposed = self.proposed.decide(&message, &decoded, plugin, &joined);
        let all = std::iter::once(&decoded).chain(joined.iter().map(|joined| &joined.decoded));
        let records: Vec<u32> = all.flat_map(|decoded| &decoded.document.records).map(|row| row.row).collect();
        self.totals.records += records.len();
        let rows: BTreeSet<u32> = present.keys().chain(proposed.keys()).copied().collect();
        let mut different = BTreeSet::new();
        for row in rows {
            let (present, proposed) =
                (present.remove(&row).unwrap_or_default(), proposed.remove(&row).unwrap_or_default());
            if !present.iter().map(|result| &result.outcome).eq(proposed.iter().map(|result| &result.outcome)) {
                different.insert(row);
                self.differs(entry, row, present, proposed);
            }
        }
        // What the message as a whole comes to is every record's.
        let is_different = |row: &&u32| different.contains(*row) || different.contains(&0);
        let differing = records.iter().filter(is_different).count();
        self.totals.different += differing;
        self.totals.same += records.len() - differing;
    }

    fn differs(&mut self, entry: &InboxEntry, row: u32, present: Vec<RowResult>, proposed: Vec<RowResult>) {
        self.totals.cases.extend(present.iter().filter_map(|result| result.case_number.clone()));
        self.differences.push(Difference {
            seq: entry.seq,
            agency: entry.agency.to_string(),
            message_id: entry.message_id.to_string(),
            received_at: entry.received_at.to_string(),
            row,
            present,
            proposed,
        });
        // Counted in the totals all the same.
        self.differences.truncate(DIFFERENCES_SHOWN_MAX);
    }

    fn print(&self, json: bool) -> anyhow::Result<ExitCode> {
        if json {
            print::json(&json!({ "differences": self.differences, "totals": self.totals }))?;
            return Ok(ExitCode::SUCCESS);
        }
        for difference in &self.differences {
            let Difference { seq, message_id, received_at, row, .. } = difference;
            print::line(&format!("报文{seq}  {received_at}  {}  {message_id}  第{row}行", difference.agency))?;
            for (side, results) in [("现行", &difference.present), ("拟改", &difference.proposed)] {
                if results.is_empty() {
                    print::line(&format!("  {side}：不立案、不派遣"))?;
                }
                for result in results {
                    let number =
                        result.case_number.as_ref().map(|number| format!("  案件{number}")).unwrap_or_default();
                    print::line(&format!("  {side}：{}{number}", result.outcome))?;
                }
            }
        }
        let Totals { messages, unread, records, same, different, cases, is_cut } = &self.totals;
        print::line(&format!(
            "报文{messages}件（其中{unread}件无法解读），记录{records}条：相同{same}条，不同{different}条，涉及现行案件{}件",
            cases.len()
        ))?;
        if *is_cut {
            print::line("案件占用内存已达上限，其后的报文未比较；请用 --from 或 --limit 缩小范围")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The newest messages that were settled, oldest first.
async fn recorded(store: &compose::Opened, arguments: &ReplayArguments) -> anyhow::Result<Vec<InboxSeq>> {
    let limit = arguments.limit.min(MESSAGES_MAX);
    let mut found: Vec<InboxSeq> = Vec::new();
    let mut before = None;
    while found.len() < limit {
        let page = store.inbox_list(&InboxFilter { before, limit: PAGE_ROWS, ..InboxFilter::default() }).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.seq);
        let is_wanted = |entry: &&InboxEntry| {
            let is_settled = matches!(entry.status, InboxStatus::Done | InboxStatus::Waiting | InboxStatus::Dead);
            is_settled && arguments.from.is_none_or(|from| from <= entry.received_at.beijing_date())
        };
        // Intake numbers follow the time of receipt but for a clock that is set back: the whole page is looked at.
        let is_past = arguments.from.is_some_and(|from| last.received_at.beijing_date() < from);
        found.extend(page.iter().filter(is_wanted).map(|entry| entry.seq));
        if is_past {
            break;
        }
    }
    found.truncate(limit);
    found.reverse();
    Ok(found)
}
