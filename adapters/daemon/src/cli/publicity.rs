//! `xiezhi act preview|resend|object` and `xiezhi credit`: what people do about published entries. The same desk as `/v1/acts`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use xiezhi_http::{DeskError, PublicityDesk as _};
use xiezhi_model::act::{LegalAct, ObjectionRequest, ObjectionStep};
use xiezhi_model::publicity::PublicView;
use xiezhi_model::reconciliation::Reconciliation;
use xiezhi_model::{ActId, AgencyId};
use xiezhi_ports::{Codec, Reconciliations as _, Store};

use super::act::{PersonArguments, sign_in};
use super::print;
use crate::compose::credit::Credit;
use crate::desk::Desk;
use crate::reconcile::reconcile;
use crate::serve::link::Links;
use crate::{clock, compose};

/// Reconciliations that are listed.
const LISTED_MAX: usize = 100;

/// What to send anew.
#[derive(Debug, Args)]
pub(crate) struct ResendArguments {
    /// The act's number.
    id: ActId,
    /// Why.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    person: PersonArguments,
}

/// An objection to a published listing (公示后异议).
#[derive(Debug, Args)]
pub(crate) struct ObjectArguments {
    /// The listing's number.
    id: ActId,
    /// file (登记), accept (受理), reject (不予受理), uphold (异议成立) or dismiss (异议不成立).
    #[arg(value_parser = parse_step)]
    step: ObjectionStep,
    /// What the entity says, or why it is decided so.
    #[arg(long)]
    text: String,
    #[command(flatten)]
    person: PersonArguments,
}

fn parse_step(text: &str) -> Result<ObjectionStep, String> {
    match text {
        "file" => Ok(ObjectionStep::File),
        "accept" => Ok(ObjectionStep::Accept),
        "reject" => Ok(ObjectionStep::Reject),
        "uphold" => Ok(ObjectionStep::Uphold),
        "dismiss" => Ok(ObjectionStep::Dismiss),
        _ => Err("one of file, accept, reject, uphold, dismiss".to_owned()),
    }
}

/// What to do with the credit system's list.
#[derive(Debug, Subcommand)]
pub(crate) enum CreditCommand {
    /// Hold the list here against the credit system's now, keep and print what differs. Exit code 1 when something does.
    Reconcile {
        /// Which credit system, where there are several.
        #[arg(long)]
        agency: Option<AgencyId>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the latest reconciliation, or the latest ones in a line each.
    Report {
        /// So many of them.
        #[arg(long)]
        last: Option<usize>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Prints what a visitor will see of an act's entry.
pub(crate) async fn preview(desk: &Desk, id: &ActId, json: bool) -> anyhow::Result<Result<(), DeskError>> {
    let view = match desk.preview(id).await {
        Ok(view) => view,
        Err(error) => return Ok(Err(error)),
    };
    if json {
        print::json(&view)?
    } else {
        show_view(&view)?
    }
    Ok(Ok(()))
}

fn show_view(view: &PublicView) -> anyhow::Result<()> {
    print::line(&format!("{}  {}", view.name, view.uscc))?;
    for (heading, value) in [
        ("序号", view.number.to_string().as_str()),
        ("列入经营异常名录原因", &view.listed_for),
        ("列入日期", &view.listed_on),
        ("作出决定机关（列入）", &view.listed_by),
        ("移出经营异常名录原因", &view.removed_for),
        ("移出日期", &view.removed_on),
        ("作出决定机关（移出）", &view.removed_by),
    ] {
        print::line(&format!("  {heading}：{value}"))?;
    }
    if !view.reason_sent.is_empty() {
        print::line(&format!("  随文报送理由（不在公示栏内）：{}", view.reason_sent))?;
    }
    if !view.remark.is_empty() {
        print::line(&format!("  说明：{}", view.remark))?;
    }
    Ok(())
}

/// Sends a decided entry anew.
pub(crate) async fn resend(
    desk: &Desk,
    arguments: &ResendArguments,
) -> anyhow::Result<Result<(LegalAct, bool), DeskError>> {
    Ok(match sign_in(desk, &arguments.person).await? {
        Ok(person) => desk.resend(&person, &arguments.id, &arguments.reason).await.map(|act| (act, false)),
        Err(error) => Err(error),
    })
}

/// A step about an objection.
pub(crate) async fn object(
    desk: &Desk,
    arguments: &ObjectArguments,
) -> anyhow::Result<Result<(LegalAct, bool), DeskError>> {
    let request = ObjectionRequest { step: arguments.step, text: arguments.text.clone() };
    Ok(match sign_in(desk, &arguments.person).await? {
        Ok(person) => desk.objection(&person, &arguments.id, &request).await.map(|act| (act, false)),
        Err(error) => Err(error),
    })
}

/// Does it.
pub(crate) fn run(config: &Path, command: &CreditCommand) -> anyhow::Result<ExitCode> {
    match command {
        CreditCommand::Report { last, json } => compose::with_store(config, async |store| {
            let found = store.reconciliations(last.unwrap_or(1).min(LISTED_MAX)).await?;
            match (last, json) {
                (_, true) => print::json(&found)?,
                (None, false) => match found.first() {
                    Some(found) => show(found)?,
                    None => print::line("尚未对账")?,
                },
                (Some(_), false) => {
                    for found in &found {
                        print::line(&format!("{}  {}", found.at, found.to_chinese()))?;
                    }
                }
            }
            Ok(ExitCode::SUCCESS)
        }),
        CreditCommand::Reconcile { agency, json } => {
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(async {
                let found = reconcile_now(config, agency.as_ref()).await?;
                if *json {
                    print::json(&found)?
                } else {
                    show(&found)?
                }
                Ok(if found.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            })
        }
    }
}

async fn reconcile_now(config: &Path, agency: Option<&AgencyId>) -> anyhow::Result<Reconciliation> {
    let loaded = compose::configuration_or_problems(config)?;
    let mut credits = Credit::all(&loaded)?;
    credits.retain(|credit| agency.is_none_or(|agency| credit.settings.agency == *agency));
    let credit = match credits.as_slice() {
        [] => bail!("no agency with transport = \"credit\" (docs/credit.md){}", named(agency)),
        [credit] => credit.clone(),
        _ => bail!("there are several credit systems; name one with --agency"),
    };
    let store: Arc<dyn Store> = Arc::new(compose::store(&loaded)?);
    let settings: Vec<_> = loaded.agencies.iter().map(|agency| (agency.id.clone(), agency.settings.clone())).collect();
    let clock = clock::of(loaded.settings.clock.start);
    let failures_max = loaded.settings.plugins.quarantine_failures;
    let (host, _) = compose::host(&loaded)?;
    let links = Links::new(Arc::new(host) as Arc<dyn Codec>, settings.into_iter(), failures_max);
    reconcile(&credit, &store, &links, &*clock, "operator").await.context("no reconciliation")
}

fn named(agency: Option<&AgencyId>) -> String {
    agency.map(|agency| format!(" is called {agency}")).unwrap_or_default()
}

fn show(found: &Reconciliation) -> anyhow::Result<()> {
    print::line(&format!("{}  {}", found.at, found.to_chinese()))?;
    for difference in &found.differences {
        let act = difference.act.as_ref().map(|act| format!("（{act}）")).unwrap_or_default();
        print::line(&format!("  {}  {}{act}", difference.kind.to_chinese(), difference.entry))?;
        for field in &difference.fields {
            print::line(&format!("    {}：本地“{}”，对方“{}”", field.field, field.here, field.there))?;
        }
        print::line(&format!("    建议：{}", difference.proposal))?;
    }
    for row in &found.unreadable {
        print::line(&format!("  无法读取  {row}"))?;
    }
    Ok(())
}
