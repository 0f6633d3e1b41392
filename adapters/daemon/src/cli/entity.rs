//! `xiezhi entity`: an entity's file (一户一档) in one place: ledger, cases, listings, penalties, complaints, reports, and what the
//! indicators count of it. For clerks, in Chinese.

use std::path::Path;
use std::process::ExitCode;

use anyhow::ensure;
use clap::{Args, Subcommand};
use xiezhi_model::act::LegalAct;
use xiezhi_model::ledger::{EntityFile, EntityRecord, host_unit_key};
use xiezhi_model::record::LedgerEntry;
use xiezhi_model::{Record, Uscc};
use xiezhi_ports::{EntityFilter, Ledger as _};

use super::print;
use crate::compose;

/// Records, cases and acts that `show` prints, each.
const SHOWN_MAX: usize = 1_000;
/// Keys that `list` prints at most.
const LISTED_MAX: usize = 10_000;
/// Characters of a complaint's text that are shown.
const TEXT_CHARS: usize = 60;

/// What to do with files.
#[derive(Debug, Subcommand)]
pub(crate) enum EntityCommand {
    /// List entities that have a file, by key.
    List(ListArguments),
    /// Show one file.
    Show {
        /// A unified social credit code, the name of a host unit, or a key as `list` prints it.
        entity: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Which entities to list.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only those that stand under this host unit, or once did.
    #[arg(long)]
    host_unit: Option<String>,
    /// Only keys after this one (the next page).
    #[arg(long)]
    after: Option<String>,
    /// At most this many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

/// Runs the command.
pub(crate) fn run(config: &Path, command: &EntityCommand) -> anyhow::Result<ExitCode> {
    compose::with_store(config, async |store| match command {
        EntityCommand::List(arguments) => list(&store, arguments).await,
        EntityCommand::Show { entity, json } => show(&store, entity, *json).await,
    })
}

async fn list(store: &compose::Opened, arguments: &ListArguments) -> anyhow::Result<ExitCode> {
    let filter = EntityFilter {
        host_unit: arguments.host_unit.clone(),
        since: None,
        after: arguments.after.clone(),
        limit: arguments.limit.min(LISTED_MAX),
    };
    for key in store.entities(&filter).await? {
        print::line(&key)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The file of a credit code, a key, or the name of a host unit, whichever there is.
async fn find(store: &compose::Opened, entity: &str) -> anyhow::Result<EntityFile> {
    let code = Uscc::parse(entity).ok().map(|code| format!("uscc:{code}"));
    for key in code.into_iter().chain([entity.to_owned(), host_unit_key(entity)]) {
        let file = store.entity_file(&key, SHOWN_MAX).await?;
        if !file.records.is_empty() || !file.cases.is_empty() || !file.acts.is_empty() {
            return Ok(file);
        }
    }
    Err(anyhow::anyhow!("没有“{entity}”的档案；请核对统一社会信用代码、主办单位名称，或用 xiezhi entity list 查看"))
}

async fn show(store: &compose::Opened, entity: &str, json: bool) -> anyhow::Result<ExitCode> {
    ensure!(!entity.trim().is_empty(), "请给出统一社会信用代码或主办单位名称");
    let file = find(store, entity).await?;
    if json {
        let ledger = file.ledger();
        print::json(&serde_json::json!({
            "entity": file.entity, "ledger": ledger, "records": file.records, "cases": file.cases, "acts": file.acts,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let party = file.party().unwrap_or_default();
    let code = party.uscc.as_ref().map(|code| format!("（{code}）")).unwrap_or_default();
    print::line(&format!("一户一档：{}{code}", party.name.as_deref().unwrap_or("名称不详")))?;
    match file.ledger() {
        Some(entry) => ledger(&entry)?,
        None => print::line("台账：尚未报送")?,
    }
    section("案件", file.cases.iter().map(super::case::heading))?;
    section("行政事项（列入、惩戒、约谈等）", file.acts.iter().map(|held| act(held, &file.acts)))?;
    let of_kind = |kind: &'static str| file.records.iter().filter(move |kept| kept.record.kind() == kind).map(line);
    section("行政处罚", of_kind("penalty"))?;
    section("信用修复、移出", of_kind("restoration"))?;
    section("投诉举报", of_kind("complaint"))?;
    section("检查、年报等指标", of_kind("indicator"))?;
    section("台账变更", of_kind("ledger_entry"))?;
    Ok(ExitCode::SUCCESS)
}

fn ledger(entry: &LedgerEntry) -> anyhow::Result<()> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "未报送".to_owned());
    print::line(&format!("登记住所：{}", text(&entry.party.address)))?;
    print::line(&format!("集群注册地址：{}", text(&entry.cluster_address)))?;
    print::line(&format!("主办单位：{}；运营单位：{}", text(&entry.host_unit), text(&entry.operator_unit)))?;
    let confirmed = entry.confirmed_on.map_or_else(|| "未报送".to_owned(), |day| day.to_string());
    print::line(&format!("状态：{}；最近核对：{confirmed}", text(&entry.status)))?;
    Ok(())
}

fn section(title: &str, lines: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let lines: Vec<String> = lines.collect();
    print::line(&format!("{title}：{}件", lines.len()))?;
    for line in lines {
        print::line(&format!("  {line}"))?;
    }
    Ok(())
}

fn act(held: &LegalAct, all: &[LegalAct]) -> String {
    let stands = if held.stands(all) { "，现行有效" } else { "" };
    let decision = held.decision.as_deref().map(|number| format!("，文号{number}")).unwrap_or_default();
    let answers: Vec<String> =
        held.answers.iter().map(|answer| format!("{}{}", answer.agency, answer.status.to_chinese(held.kind))).collect();
    let answers = if answers.is_empty() { String::new() } else { format!("；{}", answers.join("、")) };
    format!("{}  {}（{}{stands}{decision}）{answers}", held.id, held.kind.to_chinese(), held.status.to_chinese())
}

fn line(kept: &EntityRecord) -> String {
    let what = match &kept.record {
        Record::Penalty(penalty) => format!("{}：{}", penalty.reference, penalty.category),
        Record::Restoration(restoration) => format!("{}：针对{}", restoration.reference, restoration.restores),
        Record::Complaint(complaint) => {
            let text: String = complaint.text.chars().take(TEXT_CHARS).collect();
            format!("{}：{text}", complaint.reference)
        }
        Record::Indicator(indicator) => {
            let values: Vec<String> = indicator
                .measurements
                .iter()
                .map(|value| format!("{} {}", value.factor, value.value.as_str()))
                .collect();
            format!("{} {}：{}", indicator.period, indicator.reference, values.join("、"))
        }
        Record::LedgerEntry(entry) => {
            let host_unit = entry.host_unit.as_deref().unwrap_or("主办单位未报送");
            format!("{}：{}（{host_unit}）", entry.reference, entry.status.as_deref().unwrap_or("状态未报送"))
        }
        _ => kept.record.kind().to_owned(),
    };
    format!("{}  {}  {what}（报文{}第{}行）", kept.received_at, kept.agency, kept.inbox_seq, kept.row)
}
