//! `xiezhi plugin test`: builds what is to be tested, has the kit check it and prints what it found.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use xiezhi_host::{Host, HostSettings, MeteredPlugin};
use xiezhi_model::AgencyId;

use super::kit::{self, Kit, Mode, Outcome, Report, Vectors};
use super::{build, print, read};

/// The sheet of vectors in a plugin's folder.
const SHEET: &str = "vectors/kit.toml";
/// Where messages that the plugin did not survive are kept, in the folder that cargo builds into.
const KEPT: &str = "kit-failed";

/// What to test.
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// The folder of a plugin's crate, or a component file.
    plugin: PathBuf,
    /// Test this component with the folder's vectors instead of building the folder.
    #[arg(long)]
    component: Option<PathBuf>,
    /// Print JSON, one object a check and one at the end.
    #[arg(long)]
    json: bool,
    /// Write the expected files instead of comparing with them; they must be reviewed afterwards.
    #[arg(long)]
    bless: bool,
    /// What the damage of messages is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What is tested.
struct Subject {
    component: Vec<u8>,
    /// The sheet of vectors; none for a component alone.
    sheet: Option<PathBuf>,
    keep: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &TestArguments) -> anyhow::Result<ExitCode> {
    let subject = subject(arguments)?;
    let json = arguments.json;
    let mut printed = Ok(());
    let mut tell = |outcome: &Outcome| {
        let line = if json { json!(outcome).to_string() } else { outcome.to_string() };
        if printed.is_ok() {
            printed = print::line(&line);
        }
    };
    let mut report = Report::new(&mut tell);
    check(&subject, arguments, &mut report)?;
    let (passed, failed) = (report.passed(), report.failed());
    printed?;
    if json {
        print::line(&json!({ "passed": passed, "failed": failed, "seed": arguments.seed }).to_string())?;
    } else {
        print::line(&format!("{passed} passed, {failed} failed, seed {}", arguments.seed))?;
    }
    if arguments.bless {
        eprintln!("expected files were written as the plugin answers now: review each before you commit it");
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn subject(arguments: &TestArguments) -> anyhow::Result<Subject> {
    let folder = &arguments.plugin;
    if folder.is_file() {
        return Ok(Subject { component: read(folder)?, sheet: None, keep: None });
    }
    let sheet = Some(folder.join(SHEET));
    match &arguments.component {
        Some(file) => Ok(Subject { component: read(file)?, sheet, keep: None }),
        None => {
            let (project, component) = build::component(folder)?;
            Ok(Subject { component, sheet, keep: Some(project.target_dir.join(KEPT)) })
        }
    }
}

fn check(subject: &Subject, arguments: &TestArguments, report: &mut Report<'_>) -> anyhow::Result<()> {
    let limits = HostSettings::default();
    let host = Host::new(limits.clone())?;
    let Some(candidate) = kit::admission::check(&host, &subject.component, report) else { return Ok(()) };
    let manifest = candidate.manifest();
    let vectors = subject.sheet.as_deref().map(|sheet| load(sheet, manifest)).transpose()?;
    host.activate(AgencyId::parse(&manifest.id)?, &candidate);
    for agency in vectors.iter().flat_map(Vectors::agencies) {
        host.activate(agency.clone(), &candidate);
    }
    if let Some(base) = vectors.as_ref().and_then(|vectors| vectors.base.as_ref()) {
        kit::settings::check(&host, base, report);
    }
    let meter = MeteredPlugin::new(&subject.component, &limits).context("the component cannot be measured")?;
    let kit = Kit {
        codec: &host,
        manifest,
        limits: &limits,
        vectors: vectors.as_ref(),
        mode: if arguments.bless { Mode::Bless } else { Mode::Compare },
        seed: arguments.seed,
        keep: subject.keep.clone(),
        meter: Some(&meter),
    };
    kit.run(report).context("a file cannot be written")
}

fn load(sheet: &Path, manifest: &xiezhi_model::plugin::Manifest) -> anyhow::Result<Vectors> {
    Ok(Vectors::load(sheet, manifest)?)
}
