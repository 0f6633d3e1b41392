//! `xiezhi plugin`: makes, builds and tests a plugin, looks at a component, runs plugins on files with the gateway's own host
//! and limits, and changes which version the running gateway uses.

mod build;
mod difference;
mod install;
mod kit;
mod new;
mod shadow;
mod status;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use xiezhi_model::fault::{Fault, RowFault};
use xiezhi_model::message::Delivery;
use xiezhi_model::plugin::{Context, Input};
use xiezhi_model::{AgencyId, MessageId, Record, UtcTime};
use xiezhi_ports::{Clock as _, Codec as _};

use super::print;
use crate::clock::SystemClock;
use crate::compose;

/// What to do with plugins.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Make a project for a plugin of your own, with the SDK and a small working format in it.
    New(new::NewArguments),
    /// Build a plugin's folder into a component.
    Build {
        /// The folder of the plugin's crate.
        folder: PathBuf,
    },
    /// Run the conformance kit on a plugin's folder or on a component. Exit code 0: every check passed.
    Test(test::TestArguments),
    /// Say what a component is, and whether it would be admitted.
    Inspect {
        /// A component file.
        component: PathBuf,
    },
    /// Read a message file: one JSON document a record on stdout, row faults on stderr. Exit code 0: everything was
    /// read; 2: some rows were not; 1: nothing was.
    Decode(RunArguments),
    /// Write a record (a JSON file) in the agency's format, to stdout or a file.
    Encode {
        #[command(flatten)]
        run: RunArguments,
        /// Write to this file instead of stdout.
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
    /// Try a candidate on recorded messages, without effect, and say where its answers differ from the plugin in use. Exit
    /// code 0: nowhere; 2: somewhere.
    Shadow(shadow::ShadowArguments),
    /// Check a component and pin it as a plugin's next version; the running gateway swaps it in.
    Install(install::InstallArguments),
    /// Go back to the version before.
    Rollback(install::RollbackArguments),
    /// Say which version each agency's messages go to, and which plugins are in quarantine.
    Status(status::StatusArguments),
    /// End the quarantine of an agency's plugin: its held messages are tried again.
    Release(status::ReleaseArguments),
}

/// Which plugin to run on what.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// An agency of the configuration, or a component file.
    plugin: String,
    /// The message or record.
    file: PathBuf,
    /// The time the plugin is told, RFC 3339; now by default.
    #[arg(long)]
    at: Option<String>,
    /// Settings for the plugin as JSON; for an agency, its link's settings by default.
    #[arg(long)]
    settings: Option<String>,
    /// The message id the plugin is told; derived from the bytes by default.
    #[arg(long)]
    message_id: Option<MessageId>,
}

/// Runs the command.
pub(crate) fn run(config: &Path, command: &PluginCommand) -> anyhow::Result<ExitCode> {
    match command {
        PluginCommand::New(arguments) => new::run(arguments),
        PluginCommand::Build { folder } => build::run(folder),
        PluginCommand::Test(arguments) => test::run(arguments),
        PluginCommand::Inspect { component } => inspect(component),
        PluginCommand::Decode(arguments) => decode(config, arguments),
        PluginCommand::Encode { run, output } => encode(config, run, output.as_deref()),
        PluginCommand::Shadow(arguments) => shadow::run(config, arguments),
        PluginCommand::Install(arguments) => install::install(config, arguments),
        PluginCommand::Rollback(arguments) => install::rollback(config, arguments),
        PluginCommand::Status(arguments) => status::status(config, arguments),
        PluginCommand::Release(arguments) => status::release(config, arguments),
    }
}

fn inspect(component: &Path) -> anyhow::Result<ExitCode> {
    let bytes = read(component)?;
    let host = compose::host_for_files()?;
    let inspection = host
        .inspect(&bytes)
        .map_err(|error| anyhow::anyhow!("{} is refused ({}): {error}", component.display(), error.code()))?;
    print::json(&inspection)?;
    Ok(if inspection.refusal.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn decode(config: &Path, arguments: &RunArguments) -> anyhow::Result<ExitCode> {
    let body = read(&arguments.file)?;
    let (host, context) = prepare(config, arguments, &body)?;
    let decoded = match host.decode(&Input::Message(&body), &context) {
        Ok((decoded, _)) => decoded,
        Err(error) => {
            eprintln!("{}", fault_line(&error.fault));
            return Ok(ExitCode::FAILURE);
        }
    };
    for row in &decoded.document.records {
        print::line(&serde_json::to_string(row)?)?;
    }
    for row in &decoded.document.row_faults {
        eprintln!("{}", row_fault_line(row));
    }
    for part in &decoded.parts {
        eprintln!("part {} of {} of a multi-part message ({})", part.index, part.total, part.key);
    }
    if let Some(reply) = &decoded.reply {
        eprintln!("reply to the sender, {} bytes of {}", reply.body.len(), reply.content_type);
    }
    let nothing = decoded.document.records.is_empty() && decoded.parts.is_empty();
    Ok(match (decoded.document.row_faults.is_empty(), nothing) {
        (true, _) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(2),
        (false, true) => ExitCode::FAILURE,
    })
}

fn encode(config: &Path, arguments: &RunArguments, output: Option<&Path>) -> anyhow::Result<ExitCode> {
    let bytes = read(&arguments.file)?;
    let record: Record = serde_json::from_slice(&bytes)
        .with_context(|| format!("{} holds no record; see docs/schema/record.schema.json", arguments.file.display()))?;
    let (host, context) = prepare(config, arguments, &bytes)?;
    let encoded = match host.encode(&record, &context) {
        Ok((encoded, _)) => encoded,
        Err(error) => {
            eprintln!("{}", fault_line(&error.fault));
            return Ok(ExitCode::FAILURE);
        }
    };
    match output {
        Some(file) => {
            std::fs::write(file, &encoded.body).with_context(|| format!("{} cannot be written", file.display()))?;
        }
        None => std::io::Write::write_all(&mut std::io::stdout().lock(), &encoded.body)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The host with the plugin admitted, and what the plugin is told.
fn prepare(config: &Path, arguments: &RunArguments, body: &[u8]) -> anyhow::Result<(xiezhi_host::Host, Context)> {
    let file = Path::new(&arguments.plugin);
    let (host, agency, mut settings) = if file.is_file() {
        let host = compose::host_for_files()?;
        let agency = AgencyId::parse("plugin-file")?;
        host.admit(agency.clone(), &read(file)?, None)
            .map_err(|error| anyhow::anyhow!("{} is not admitted ({}): {error}", file.display(), error.code()))?;
        (host, agency, serde_json::Map::new())
    } else {
        let agency = AgencyId::parse(&arguments.plugin)
            .with_context(|| format!("\"{}\" is neither a component file nor an agency id", arguments.plugin))?;
        let (host, settings) = compose::host_for_agency(config, &agency)?;
        (host, agency, settings)
    };
    if let Some(text) = &arguments.settings {
        let serde_json::Value::Object(given) = serde_json::from_str(text).context("--settings is not JSON")? else {
            bail!("--settings is not a JSON object: {}", json!({ "name": "value" }));
        };
        settings.extend(given);
    }
    let at = match &arguments.at {
        Some(text) => UtcTime::parse_rfc3339(text).context("--at")?,
        None => SystemClock.now(),
    };
    let message_id = arguments.message_id.clone().unwrap_or_else(|| Delivery::derived_id(body));
    Ok((host, Context { agency, at, message_id, settings }))
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}

fn fault_line(fault: &Fault) -> String {
    let offset = fault.offset.map(|offset| format!(" at byte {offset}")).unwrap_or_default();
    let field = fault.field.as_ref().map(|field| format!(" field {field}")).unwrap_or_default();
    format!("{}{offset}{field}: {}", fault.code, fault.text)
}

fn row_fault_line(row: &RowFault) -> String {
    format!("row {} {}", row.row, fault_line(&row.fault))
}
